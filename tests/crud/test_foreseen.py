"""What a record that is not saved yet would show, on both databases: the same as when it is saved."""

from datetime import date
from decimal import Decimal

import pytest

import models
from services.crud import query, write
from services.crud.access import system_actor
from services.crud.foreseen import foreseen
from services.crud.registry import table, tables
from services.platform import db
from tests.conftest import Database
from tests.crud import sample
from tests.crud.conftest import CENTRE, OTHER, actor

KEEPER = actor("facility")
BOOK = {"title": "Foreseen", "price": Decimal("80.00"), "discount": Decimal("12.50"), "pages": 3, "bought_on": date(2026, 3, 5)}


def test_what_is_foreseen_is_what_is_saved(library: Database) -> None:
    books = table("sample_book")
    with db.writing() as session:
        before = foreseen(session, KEEPER, books, BOOK)
        saved = query.record(session, KEEPER, books, write.create(session, KEEPER, books, BOOK, {"sample_copy": [{"label": "1"}]}))
    assert before == {name: saved[name] for name in ("net", "late")}
    assert before["net"] == Decimal("70.00")


def test_a_record_of_another_centre_is_not_looked_into(library: Database) -> None:
    shelves = table("sample_shelf")
    with db.writing() as session:
        (foreign,) = sample.put(session, "sample_shelf", [{"mark": "F", "name": "Foreign", "length": Decimal(3)}], centre=OTHER)
        books = table("sample_book")
        assert not query.exists(session, KEEPER, shelves, foreign)
        assert foreseen(session, KEEPER, books, {**BOOK, "shelf": foreign}) == foreseen(session, KEEPER, books, BOOK)


@pytest.mark.parametrize(
    "one",
    [name for name in tables() if name in models.TABLES],
)
def test_every_table_can_be_foreseen_from_nothing(shared_library: Database, one: str) -> None:
    described = table(one)
    with db.reading() as session:
        found = foreseen(session, system_actor(CENTRE, "screen"), described, {})
    assert set(found) == {field.name for field in described.declared if field.spec.computed and not field.spec.hidden}
