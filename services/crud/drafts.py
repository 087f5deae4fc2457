"""What somebody typed into a form and has not saved yet: theirs alone, sealed, one for each record (and one for a new one)."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.fields import now
from models.system import Draft
from services.crud.access import Actor
from services.crud.registry import Table
from services.platform.crypto import Unreadable, seal, unseal
from services.platform.db import is_sqlite

LARGEST = 1_000_000
"""Characters of a draft as JSON; a larger one is not kept."""
_draft: Any = Draft.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Kept:
    """A draft: what was typed, and over which version of the record."""

    version: int
    body: Any
    at: datetime


def save(db: Session, actor: Actor, table: Table, id: int | None, version: int, body: Any) -> bool:
    """Keep what was typed (anything that JSON can hold) in place of what was kept before; False: too large."""
    text = json.dumps(body, ensure_ascii=False)
    if actor.account is None or len(text) > LARGEST:
        return False
    insert = sqlite.insert if is_sqlite(db) else postgresql.insert
    fresh = {"centre_id": actor.centre, "version": version, "body": seal(text), "at": now()}
    row = {"account_id": actor.account, "table_name": table.name, "record_id": id or 0, **fresh}
    keys = ["account_id", "table_name", "record_id"]
    db.execute(insert(_draft).values(row).on_conflict_do_update(index_elements=keys, set_=fresh))
    return True


def load(db: Session, actor: Actor, table: Table, id: int | None) -> Kept | None:
    """What the actor typed last and did not save; None also when the keys of the installation were changed."""
    own = _draft.c
    row = db.execute(select(own.version, own.body, own.at).where(*_mine(actor, table, id))).first()
    if row is None:
        return None
    try:
        return Kept(row.version, json.loads(unseal(row.body)), row.at)
    except Unreadable:
        return None


def drop(db: Session, actor: Actor, table: Table, id: int | None) -> None:
    """Forget it: it was saved, or given up."""
    db.execute(delete(_draft).where(*_mine(actor, table, id)))


def _mine(actor: Actor, table: Table, id: int | None) -> tuple[Any, ...]:
    own = _draft.c
    return own.account_id == actor.account, own.table_name == table.name, own.record_id == (id or 0), own.centre_id == actor.centre
