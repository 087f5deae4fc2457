"""Many trusted records at once: complete, numbered, found, and in as many statements for few as for many."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.crud import query
from services.crud.access import Forbidden
from services.crud.load import load
from services.crud.view import View
from tests.conftest import Database
from tests.crud.desk import BOOK, Desk, undone
from tests.crud.test_query import counting

FIRST = datetime(2025, 12, 31, 15, 30, tzinfo=UTC)
"""Half an hour before the new year in Shanghai."""
DAY = timedelta(days=1)


def books(many: int, step: timedelta, first: datetime = FIRST) -> list[dict[str, Any]]:
    return [{"_at": first + place * step, "title": f"旧书第{place}册"} for place in range(many)]


def numbers(desk: Desk, ids: list[int]) -> list[str]:
    kept = {row.id: row.number for row in desk.db.execute(select(BOOK.sql.c.id, BOOK.sql.c.number))}
    return [kept[id_] for id_ in ids]


def test_numbers_follow_the_day_of_each_record(library: Database) -> None:
    with undone() as desk:
        ids = load(desk.db, desk.product, BOOK, books(3, timedelta(minutes=20)))
        assert numbers(desk, ids) == ["SB20250001", "SB20250002", "SB20260001"]
        # Not in the order of time: still without a gap in each year.
        ids = load(desk.db, desk.product, BOOK, books(4, timedelta(minutes=20))[::-1])
        assert numbers(desk, ids) == ["SB20260002", "SB20260003", "SB20250003", "SB20250004"]


def test_what_was_loaded_is_found(library: Database) -> None:
    with undone() as desk:
        load(desk.db, desk.product, BOOK, books(40, DAY))
        found = query.page(desk.db, desk.keeper, BOOK, View(search="第12册"))
        assert [row["title"] for row in found.rows] == ["旧书第12册"]


@pytest.mark.parametrize("many", [30, 900])
def test_statements_do_not_grow_with_records(library: Database, many: int) -> None:
    with undone() as desk:
        shelf = desk.shelf()
        rows = [{**row, "shelf": shelf} for row in books(many, timedelta(hours=6), FIRST - 300 * DAY)]
        with counting() as sent:
            load(desk.db, desk.product, BOOK, rows)
        # The ids; the numbers of the one year; the books; titles of shelves, entries that are there, entries, index; the change set.
        assert len(sent) <= 8, sent


def test_nobody_but_the_product_loads(library: Database) -> None:
    with undone() as desk, pytest.raises(Forbidden):
        load(desk.db, desk.director, BOOK, books(1, DAY))
