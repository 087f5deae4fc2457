"""A record as it stood at any moment of its life: exactly what it was, masked as it is now, for whoever may read it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from services.crud import flow, past, query, values, write
from services.crud.errors import Missing
from services.crud.titles import Ref
from tests.conftest import Database
from tests.crud import desk as at_work
from tests.crud.desk import BOOK, READER, Desk

SETS = SQLModel.metadata.tables["change_set"]


@pytest.fixture
def desk(shared_library: Database) -> Iterator[Desk]:
    with at_work.undone() as made:
        yield made


def latest(desk: Desk) -> datetime:
    found: datetime = desk.db.execute(select(SETS.c.at).order_by(SETS.c.id.desc()).limit(1)).scalar_one()
    return found


def shown(desk: Desk, who: Any, id: int) -> dict[str, Any]:
    row = query.record(desk.db, who, BOOK, id)
    return {field.name: row[field.name] for field in values.stored(BOOK) if field.name in row}


def test_every_state_of_a_life(desk: Desk) -> None:
    one, other, who = desk.shelf(), desk.shelf(), desk.keeper
    book = desk.book(shelf=one, also_on=[one], price="2.50")
    life = [(latest(desk), shown(desk, who, book))]
    for given in (
        {"title": "Second", "also_on": [other]},
        {"price": None, "marks": ["rare"], "missing": True},
        {"missing": False, "shelf": other},
    ):
        write.update(desk.db, who, BOOK, book, given, None or desk.row(BOOK, book)["version"], confirm=True)
        life.append((latest(desk), shown(desk, who, book)))
    flow.move(desk.db, who, BOOK, book, "shelve", version=4)
    life.append((latest(desk), shown(desk, who, book)))
    for moment, then in life:
        found = past.record_at(desk.db, who, BOOK, book, moment)
        assert {name: found[name] for name in then} == then
    first = past.stood(desk.db, who, BOOK, book, life[0][0])
    assert first.differs == {"title", "also_on", "price", "marks", "shelf", "state"}
    assert isinstance(first.row["shelf"], Ref)
    assert past.stood(desk.db, who, BOOK, book, life[-1][0] + timedelta(days=1)).differs == frozenset()
    with pytest.raises(past.NotYet) as early:
        past.record_at(desk.db, who, BOOK, book, life[0][0] - timedelta(seconds=1))
    assert early.value.since == desk.row(BOOK, book)["created_at"]


def test_what_was_in_the_trash(desk: Desk) -> None:
    book = desk.book()
    made = latest(desk)
    write.delete(desk.db, desk.keeper, BOOK, book, 1)
    gone = latest(desk)
    write.restore(desk.db, desk.keeper, BOOK, book)
    assert not past.stood(desk.db, desk.keeper, BOOK, book, made).gone
    assert past.stood(desk.db, desk.keeper, BOOK, book, gone).gone
    with pytest.raises(Missing):
        past.record_at(desk.db, desk.keeper, BOOK, book, gone)
    assert not past.stood(desk.db, desk.keeper, BOOK, book, latest(desk)).gone


def test_masks_and_rights(desk: Desk) -> None:
    who = desk.director
    reader = write.create(desk.db, desk.clerk, READER, {"card": "P1", "name": "王芳", "mobile": "13812345678"}, confirm=True)
    made = latest(desk)
    write.update(desk.db, who, READER, reader, {"mobile": "13900000000", "id_no": "11010519491231002X"}, 1, confirm=True)
    assert past.record_at(desk.db, who, READER, reader, made)["mobile"] == "13812345678"
    masked = past.record_at(desk.db, desk.clerk, READER, reader, made)
    assert masked["mobile"] == "138****5678"
    assert "secret" not in masked
    assert past.record_at(desk.db, desk.clerk, READER, reader, latest(desk))["id_no"].startswith("110***")
    for stranger in (desk.keeper, desk.stranger):
        with pytest.raises(Missing):
            past.record_at(desk.db, stranger, READER, reader, made)
