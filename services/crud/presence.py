"""Who else has a record open, or is changing it: noted when it is opened and while a draft is kept, forgotten by itself."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Integer, delete, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.accounts import Account
from models.system import Presence
from services.crud.access import Actor
from services.crud.registry import Table
from services.platform.db import is_sqlite
from services.platform.settings import settings

_presence: Any = Presence.__table__  # type: ignore[attr-defined]
_account: Any = Account.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Other:
    """Somebody else at the same record."""

    name: str
    editing: bool
    seen_at: datetime


def note(db: Session, actor: Actor, table: Table, id: int, *, editing: bool = False) -> None:
    """The actor has this record open (`editing`: in a form, one statement); now and then whoever was not seen lately is forgotten."""
    if actor.account is None:
        return
    insert = sqlite.insert if is_sqlite(db) else postgresql.insert
    now = datetime.now(UTC)
    fresh = {"centre_id": actor.centre, "account_id": actor.account, "editing": editing, "seen_at": now}
    row = {"table_name": table.name, "record_id": id, "session": _session(actor), **fresh}
    keys = ["table_name", "record_id", "session"]
    db.execute(insert(_presence).values(row).on_conflict_do_update(index_elements=keys, set_=fresh))
    if editing:
        return
    own = _presence.c
    names = (own.table_name, own.record_id, own.session)
    # What somebody else is just writing is not waited for.
    gone = select(*names).where(own.seen_at < now - 2 * _lasting()).with_for_update(skip_locked=True)
    db.execute(delete(_presence).where(tuple_(*names).in_(gone)))


def leave(db: Session, actor: Actor, table: Table, id: int) -> None:
    """The actor has closed it."""
    own = _presence.c
    db.execute(delete(_presence).where(own.table_name == table.name, own.record_id == id, own.session == _session(actor)))


def others(db: Session, actor: Actor, table: Table, id: int) -> list[Other]:
    """Who else was seen at this record lately, those who change it first. One statement."""
    own = _presence.c
    editing = func.max(own.editing.cast(Integer)).label("editing")
    query = (
        select(_account.c.name, editing, func.max(own.seen_at))
        .join(_account, _account.c.id == own.account_id)
        .where(own.table_name == table.name, own.record_id == id, own.centre_id == actor.centre)
        .where(own.session != _session(actor), own.account_id != (actor.account or 0), own.seen_at >= datetime.now(UTC) - _lasting())
        .group_by(_account.c.id, _account.c.name)
        .order_by(editing.desc(), _account.c.name)
    )
    return [Other(name, bool(busy), seen) for name, busy, seen in db.execute(query)]


def _session(actor: Actor) -> str:
    return actor.session or f"account {actor.account}"


def _lasting() -> timedelta:
    return timedelta(seconds=settings().presence_seconds)
