"""What waits for a person to see it: a mention, the end of a long piece of work."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, func, insert, select, update
from sqlalchemy.orm import Session

from models.fields import now
from models.system import Notice
from services.crud.access import Actor
from services.crud.values import Record
from services.platform.i18n import Message

SHOWN = 50
COUNTED = 99
"""A count of unseen notices stops here."""
_notice: Any = Notice.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Told:
    """A notice: what it says, and the record it is about."""

    id: int
    kind: str
    message: Message
    table: str
    record: int | None
    at: datetime
    seen: bool


def send(db: Session, accounts: Iterable[int], centre: int, kind: str, message: Message, about: Record | None = None) -> None:
    """Leave a notice for these accounts; read in each one's language."""
    body, record = message.to_json(), {"table_name": about.table, "record_id": about.id} if about else {}
    rows = [{"centre_id": centre, "account_id": one, "kind": kind, "body": body, "at": now(), **record} for one in dict.fromkeys(accounts)]
    if rows:
        db.execute(insert(_notice), rows)


def of(db: Session, actor: Actor, *, unseen: bool = False, before: int | None = None) -> list[Told]:
    """The actor's notices, newest first, at most 50 (`before`: those older than this one)."""
    own = _notice.c
    query = select(own.id, own.kind, own.body, own.table_name, own.record_id, own.at, own.seen_at)
    query = query.where(own.centre_id == actor.centre, own.account_id == actor.account)
    query = query.where(own.seen_at.is_(None)) if unseen else query
    query = query.where(own.id < before) if before is not None else query
    found = db.execute(query.order_by(own.id.desc()).limit(SHOWN))
    return [
        Told(id, kind, Message.from_json(body), table, record, at, seen is not None) for id, kind, body, table, record, at, seen in found
    ]


def unseen(actor: Actor) -> ScalarSelect[int]:
    """How many notices the actor has not seen, at most 99, as a part of a statement."""
    own = _notice.c
    some = select(own.id).where(own.centre_id == actor.centre, own.account_id == actor.account, own.seen_at.is_(None)).limit(COUNTED)
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


def waiting(db: Session, actor: Actor) -> int:
    """How many notices the actor has not seen, at most 99."""
    return db.execute(select(unseen(actor))).scalar_one()


def see(db: Session, actor: Actor, ids: Iterable[int] | None = None) -> None:
    """Mark the actor's notices as seen: these, or all."""
    own = _notice.c
    mine = update(_notice).where(own.centre_id == actor.centre, own.account_id == actor.account, own.seen_at.is_(None))
    db.execute((mine if ids is None else mine.where(own.id.in_(list(ids)))).values(seen_at=now()))
