"""Undo is a law of every table: what was made, changed or deleted is as before, what never goes back is refused without a trace."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from models.fields import Kind
from services.crud import access, undo, values, write
from services.crud.access import Actor
from services.crud.registry import Table, table
from services.crud.undo import Refused
from tests.laws import specimens
from tests.laws.conftest import NAMES, Demo

SETS, CHANGE = (SQLModel.metadata.tables[name] for name in ("change_set", "change"))
EDITED = [name for name in NAMES if not table(name).screen.append_only]
DELETED = [name for name in EDITED if table(name).screen.deletable]
UNTOUCHED = ("version", "updated_at", "updated_by")
"""Columns that tell of the undo itself."""


def last(session: Session) -> int:
    return int(session.execute(select(func.max(SETS.c.id))).scalar_one())


def whole(session: Session) -> dict[str, list[Any]]:
    """Every live row of every table, but for what tells of the undo."""
    found = {}
    for name in NAMES:
        own = table(name).sql
        columns = [column for column in own.c if column.name not in UNTOUCHED]
        sealed = {field.name for field in table(name).fields.values() if field.spec.sensitive}
        kept = [column for column in columns if column.name not in sealed]  # the same value is sealed differently each time
        found[name] = list(session.execute(select(*kept).where(own.c.deleted_at.is_(None)).order_by(own.c.id)))
        for field in table(name).fields.values():
            if field.kind is Kind.REFERENCES:
                found[f"{name}.{field.name}"] = list(session.execute(select(field.link).order_by("owner_id", "target_id")))
    return found


def there_and_back(session: Session, who: Actor, act: Callable[[], Any]) -> None:
    before, begun = whole(session), last(session)
    act()
    after, made = whole(session), last(session)
    undone = undo.undo(session, who, made)
    if made > begun + 1:  # it took more than one change set to get there
        before = whole(session)
    assert whole(session) == before != after
    again = undo.undo(session, who, undone)
    assert whole(session) == after
    undo.undo(session, who, again)
    assert whole(session) == before


def overseer(demo: Demo, of: Table, *verbs: str) -> Actor:
    """Somebody with every role; where nobody may do the reverse, the product."""
    return demo.everybody if all(access.may(demo.everybody, of, verb) for verb in verbs) else demo.product


@pytest.mark.parametrize("name", NAMES)
def test_what_was_made(demo: Demo, session: Session, name: str) -> None:
    of = table(name)
    if name in DELETED:
        there_and_back(session, overseer(demo, of, "delete", "restore"), lambda: specimens.make(session, demo, of))
        return
    id_ = specimens.make(session, demo, of)
    before = whole(session)
    with pytest.raises(Refused) as refused:
        undo.undo(session, demo.everybody, last(session))
    assert refused.value.obstacles
    assert whole(session) == before
    assert values.load(session, of, [id_])


@pytest.mark.parametrize("name", EDITED)
def test_what_was_changed(demo: Demo, session: Session, name: str) -> None:
    of = table(name)
    id_ = specimens.make(session, demo, of)
    there_and_back(session, overseer(demo, of, "edit"), lambda: specimens.alter(session, demo, of, id_))


@pytest.mark.parametrize("name", DELETED)
def test_what_was_deleted(demo: Demo, session: Session, name: str) -> None:
    of = table(name)
    id_ = specimens.make(session, demo, of)
    version = values.load(session, of, [id_])[id_]["version"]
    who = overseer(demo, of, "delete", "restore")
    there_and_back(session, who, lambda: write.delete(session, demo.everybody, of, id_, version))
