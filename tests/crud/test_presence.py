"""Who else has a record open: seen by others, not by oneself, and forgotten by itself."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlmodel import SQLModel

from services.crud import presence
from services.platform.settings import override
from tests.conftest import Database
from tests.crud import desk as at_work
from tests.crud.desk import BOOK, Desk


@pytest.fixture
def desk(shared_library: Database) -> Iterator[Desk]:
    with at_work.undone() as made:
        yield made


def seen(desk: Desk, who: object, id: int = 1) -> list[tuple[str, bool]]:
    return [(one.name, one.editing) for one in presence.others(desk.db, who, BOOK, id)]  # type: ignore[arg-type]


def test_others_are_seen(desk: Desk) -> None:
    presence.note(desk.db, desk.keeper, BOOK, 1)
    presence.note(desk.db, desk.keeper, BOOK, 1)
    presence.note(desk.db, desk.clerk, BOOK, 1, editing=True)
    presence.note(desk.db, desk.clerk, BOOK, 2)
    assert seen(desk, desk.keeper) == [("clerk".capitalize(), True)]
    assert seen(desk, desk.director) == [("Clerk", True), ("Keeper", False)]
    assert seen(desk, desk.clerk) == [("Keeper", False)]
    assert seen(desk, desk.stranger) == []
    presence.note(desk.db, desk.clerk, BOOK, 1)
    assert ("Clerk", False) in seen(desk, desk.director)
    presence.leave(desk.db, desk.clerk, BOOK, 1)
    assert seen(desk, desk.keeper) == []


def test_one_person_at_two_devices_is_one(desk: Desk) -> None:
    for session in ("a", "b"):
        presence.note(desk.db, replace(desk.clerk, session=session), BOOK, 1, editing=session == "b")
    assert seen(desk, desk.keeper) == [("Clerk", True)]
    assert seen(desk, replace(desk.clerk, session="c")) == []


def test_who_is_not_seen_any_more_is_forgotten(desk: Desk) -> None:
    presence.note(desk.db, desk.clerk, BOOK, 1)
    with override(presence_seconds=-1):
        assert seen(desk, desk.keeper) == []
        presence.note(desk.db, desk.keeper, BOOK, 2)
    own = SQLModel.metadata.tables["presence"]
    assert desk.db.execute(select(func.count()).select_from(own)).scalar_one() <= 1
