"""Records that a person opened or chose lately: first in pickers and in the search box."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.system import Recent
from services.crud import access
from services.crud.access import Actor
from services.crud.registry import Table, tables
from services.crud.titles import lines
from services.platform.db import is_sqlite

KEPT = 50
"""Records remembered of one table for one account."""
_recent: Any = Recent.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Opened:
    """A record opened lately, as a hit of the search is."""

    table: str
    id: int
    title: str
    second: str


def note(db: Session, actor: Actor, table: Table, id: int) -> None:
    """Remember that the actor opened or chose this record just now."""
    if actor.account is None:
        return
    insert = sqlite.insert if is_sqlite(db) else postgresql.insert
    row = {"account_id": actor.account, "table_name": table.name, "record_id": id, "centre_id": actor.centre, "at": datetime.now(UTC)}
    keys = ["account_id", "table_name", "record_id"]
    db.execute(insert(_recent).values(row).on_conflict_do_update(index_elements=keys, set_={"at": row["at"], "centre_id": actor.centre}))
    own = _recent.c
    mine = (own.account_id == actor.account, own.table_name == table.name)
    oldest = db.execute(select(own.at).where(*mine).order_by(own.at.desc()).offset(KEPT - 1).limit(1)).scalar()
    if oldest is not None:
        db.execute(delete(_recent).where(*mine, own.at < oldest))


def ids(db: Session, actor: Actor, table: Table, limit: int = KEPT) -> list[int]:
    """The records of a table that the actor opened or chose lately, the last one first. Says nothing of rights."""
    own = _recent.c
    mine = (own.account_id == actor.account, own.table_name == table.name, own.centre_id == actor.centre)
    return list(db.execute(select(own.record_id).where(*mine).order_by(own.at.desc()).limit(limit)).scalars())


def opened(db: Session, actor: Actor, limit: int = 12) -> list[Opened]:
    """The records of all tables that the actor opened lately and may still see, the last one first."""
    own = _recent.c
    mine = (own.account_id == actor.account, own.centre_id == actor.centre)
    latest = [*db.execute(select(own.table_name, own.record_id).where(*mine).order_by(own.at.desc()).limit(limit * 3))]
    known = tables()
    found: dict[tuple[str, int], tuple[str, str]] = {}
    for name in dict.fromkeys(row.table_name for row in latest):
        if name in known and access.may(actor, known[name], "read"):
            source = known[name].sql.c
            wanted = [row.record_id for row in latest if row.table_name == name]
            live = list(db.execute(select(source.id).where(source.id.in_(wanted), source.deleted_at.is_(None))).scalars())
            found |= {(name, key): line for key, line in lines(db, known[name], live, actor).items()}
    keys = [(row.table_name, row.record_id) for row in latest if (row.table_name, row.record_id) in found]
    return [Opened(*key, *found[key]) for key in keys[:limit]]
