"""What taking back an import costs: ten thousand records of many fields and two references, with history and search."""

import time
from datetime import date

import pytest
from sqlalchemy import func, select

from services.crud import history, undo
from services.crud.load import load
from services.platform import db
from tests.bench.figures import Figures
from tests.conftest import Database
from tests.crud.conftest import actor, prepare
from tests.crud.desk import BOOK, Desk

ROWS = 10_000
BUDGET = 2.0
"""Seconds."""


@pytest.fixture
def imported(database: Database) -> int:
    """A centre with an import: its change set."""
    prepare(database)
    with db.writing() as session:
        desk = Desk(session)
        shelves = [desk.shelf() for _n in range(20)]
        rows = [
            {"title": f"第{n}册 图书馆的书", "isbn": f"978{n:07}", "edition": 1, "blurb": "一本好书" * 5,
             "genre": "novel", "marks": ["rare"],
             "shelf": shelves[n % 20], "pages": n % 900 + 1, "price": "12.50", "discount": "5", "weight": "0.4", "missing": False,
             "bought_on": date(2026, 1, 1 + n % 28), "page": "https://example.org/", "sequel_of": None, "keeper": None}
            for n in range(ROWS)
        ]  # fmt: skip
        with history.change_set(session, desk.director, "import", BOOK.name) as made:
            load(session, desk.product, BOOK, rows)
        return made.id


def test_an_import_is_taken_back(imported: int, database: Database, figures: Figures) -> None:
    keeper = actor("facility", "director", account=4)
    began = time.perf_counter()
    with db.writing() as session:
        undone = undo.undo(session, keeper, imported)
    taken = time.perf_counter() - began
    with db.reading() as session:
        live = select(func.count()).select_from(BOOK.sql).where(BOOK.sql.c.deleted_at.is_(None))
        assert session.execute(live).scalar_one() == 0
    figures.add("undo of an import of 10,000 records", taken, unit="s", engine=database.engine, target=BUDGET)
    began = time.perf_counter()
    with db.writing() as session:
        undo.undo(session, keeper, undone)
    figures.add("and undo of that", time.perf_counter() - began, unit="s", engine=database.engine)
    assert taken < BUDGET
