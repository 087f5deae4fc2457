"""What changed, who did it, when, why and from where: written in the transaction of the change itself, never altered.

Everything that one action writes is one change set. `change_set` opens one; writes inside it (also those of effects)
join it, and count as done by the actor who opened it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from services.crud import values
from services.crud.access import Actor
from services.crud.registry import Table

_SETS = SQLModel.metadata.tables["change_set"]
_CHANGES = SQLModel.metadata.tables["change"]
_EVENTS = SQLModel.metadata.tables["event"]

APPEND_ONLY = ("change_set", "change", "event")
DDL: dict[str, list[str]] = {
    "sqlite": [
        f"create trigger {table}_no_{verb} before {verb} on {table} begin select raise(abort, '{table} is append only'); end"
        for table in APPEND_ONLY
        for verb in ("update", "delete")
    ],
    "postgresql": [
        "create function append_only() returns trigger language plpgsql as "
        "$$ begin raise exception '% is append only', tg_table_name using errcode = 'restrict_violation'; end $$",
        *(
            f"create trigger {table}_append_only before update or delete or truncate on {table} "
            "for each statement execute function append_only()"
            for table in APPEND_ONLY
        ),
    ],
}
"""Triggers by which the database itself refuses to alter the history; made once, by the migrations."""


class Record(NamedTuple):
    """Which record of which table and centre."""

    centre: int
    table: str
    id: int


class ChangeSet:
    """All that one action changes. Its row is written with the first change."""

    def __init__(self, db: Session, actor: Actor, action: str, table: str, reason: str, at: datetime) -> None:
        self.db, self.actor, self.action, self.table, self.reason, self.at = db, actor, action, table, reason, at
        self._id: int | None = None

    @property
    def id(self) -> int:
        """Its key; writes its row if that has not been done."""
        if self._id is None:
            row = {
                "centre_id": self.actor.centre, "at": self.at, "account_id": self.actor.account, "actor": self.actor.name,
                "roles": sorted(self.actor.roles), "source": self.actor.source, "session": self.actor.session,
                "action": self.action, "table_name": self.table, "reason": self.reason,
            }  # fmt: skip
            self._id = _key(self.db, insert(_SETS).values(row))
        return self._id

    def change(self, record: "Record", verb: str, version: int, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Note what became of a record: the fields that changed, before and after, packed."""
        row = {
            "change_set_id": self.id, "centre_id": record.centre, "table_name": record.table, "record_id": record.id,
            "verb": verb, "version": version, "old": dict(old), "new": dict(new),
        }  # fmt: skip
        self.db.execute(insert(_CHANGES).values(row))

    def event(self, record: "Record", move: str, source: str | None, target: str, note: str) -> None:
        """Note a move from one state to another."""
        row = {
            "change_set_id": self.id, "centre_id": record.centre, "table_name": record.table, "record_id": record.id, "move": move,
            "from_state": source, "to_state": target, "at": self.at, "account_id": self.actor.account, "actor": self.actor.name,
            "note": note,
        }  # fmt: skip
        self.db.execute(insert(_EVENTS).values(row))


def _key(db: Session, statement: Any) -> int:
    found: int = db.execute(statement).inserted_primary_key[0]  # type: ignore[attr-defined]
    return found


_open: ContextVar[ChangeSet | None] = ContextVar("open change set", default=None)


@contextmanager
def change_set(
    db: Session, actor: Actor, action: str, table: str = "", *, reason: str = "", at: datetime | None = None
) -> Iterator[ChangeSet]:
    """The change set of what is written inside; inside another one of the same transaction it is that one.

    `action`: create, edit, a move's name, bulk, import, …; `at`: when it happened, if not now (records of the past).
    """
    around = _open.get()
    if around is not None and around.db is db:
        yield around
        return
    made = ChangeSet(db, actor, action, table, reason, at or datetime.now(UTC))
    token = _open.set(made)
    try:
        yield made
    finally:
        _open.reset(token)


@dataclass(frozen=True)
class Since:
    """What others did to a record after a version of it: field → its value at that version, packed; who was last, and when."""

    base: Mapping[str, Any]
    complete: bool
    """False: not every version left its trace, so any field may have changed."""
    who: str
    when: datetime


def since(db: Session, record: Record, version: int, now: int) -> Since:
    """What happened to a record between two of its versions."""
    query = (
        select(_CHANGES.c.version, _CHANGES.c.old, _CHANGES.c.new, _SETS.c.actor, _SETS.c.at)
        .join(_SETS, _SETS.c.id == _CHANGES.c.change_set_id)
        .where(_CHANGES.c.centre_id == record.centre, _CHANGES.c.table_name == record.table, _CHANGES.c.record_id == record.id)
        .where(_CHANGES.c.version > version)
        .order_by(_CHANGES.c.id)
    )
    base: dict[str, Any] = {}
    rows = db.execute(query).all()
    for row in rows:
        for name in (*row.old, *row.new):
            base.setdefault(name, row.old.get(name))
    complete = [row.version for row in rows] == list(range(version + 1, now + 1))
    return Since(base, complete, rows[-1].actor if rows else "", rows[-1].at if rows else datetime.now(UTC))


def packed(table: Table, old: Mapping[str, Any], new: Mapping[str, Any], names: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The named fields of a record before and after, as a change keeps them."""
    before = {name: values.pack(table.fields[name], old[name]) for name in names if name in old}
    after = {name: values.pack(table.fields[name], new[name]) for name in names}
    return before, after
