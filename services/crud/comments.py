"""Remarks on a record. `@` and the sign-in name or the name of a colleague calls them."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from models.accounts import Account
from models.fields import now
from models.system import Comment
from services.crud import notices
from services.crud.access import Actor, Forbidden
from services.crud.errors import Invalid, Missing
from services.crud.registry import Table
from services.crud.validate import Problem, plain_text
from services.crud.values import Record, known
from services.platform.i18n import msg

LONGEST = 5_000
SHOWN = 200
_comment: Any = Comment.__table__  # type: ignore[attr-defined]
_account: Any = Account.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Remark:
    """What somebody said of a record."""

    id: int
    body: str
    at: datetime
    actor: str
    mine: bool


def of(db: Session, actor: Actor, table: Table, id: int) -> list[Remark]:
    """The last 200 remarks on a record, oldest first.

    Raises:
        Missing: no such record for this actor.
    """
    own = _comment.c
    query = select(own.id, own.body, own.at, own.actor, own.account_id).where(
        *_about(known(db, actor, table, id)), own.deleted_at.is_(None)
    )
    found = [*db.execute(query.order_by(own.id.desc()).limit(SHOWN))]
    return [
        Remark(key, body, at, name, account is not None and account == actor.account) for key, body, at, name, account in reversed(found)
    ]


def add(db: Session, actor: Actor, table: Table, id: int, body: str) -> int:
    """Say something of a record; whoever may read it may. Colleagues named with @ get a notice.

    Raises:
        Missing: no such record for this actor.
        Invalid: nothing said, or too much.
    """
    record = known(db, actor, table, id)
    try:
        text = plain_text(body, LONGEST)
    except Problem as problem:
        raise Invalid({"body": [problem.message]}) from None
    if not text:
        raise Invalid({"body": [msg("Please write something.")]})
    called = mentioned(db, actor.centre, text)
    row = {"centre_id": record.centre, "table_name": table.name, "record_id": id, "body": text, "mentions": called, "at": now(),
           "account_id": actor.account, "actor": actor.name}  # fmt: skip
    key: int = db.execute(insert(_comment).values(row)).inserted_primary_key[0]  # type: ignore[attr-defined]
    others = [one for one in called if one != actor.account]
    notices.send(db, others, actor.centre, "mention", msg("{who} calls you in a remark.", who=actor.name), record)
    return key


def remove(db: Session, actor: Actor, table: Table, id: int, comment: int) -> None:
    """Take back one's own remark.

    Raises:
        Missing: no such record for this actor, or no such remark on it.
        Forbidden: somebody else said it.
    """
    own = _comment.c
    where = (*_about(known(db, actor, table, id)), own.id == comment, own.deleted_at.is_(None))
    found = db.execute(select(own.account_id).where(*where)).first()
    if found is None:
        raise Missing(table.name, id)
    if found.account_id is None or found.account_id != actor.account:
        raise Forbidden(msg("Only who made a remark can take it back."))
    db.execute(update(_comment).where(*where).values(deleted_at=now()))


def mentioned(db: Session, centre: int, text: str) -> list[int]:
    """The active accounts of the centre that a text calls with @: by sign-in name, or by the longest name that follows."""
    if "@" not in text and "＠" not in text:
        return []
    own = _account.c
    live = (own.centre_id == centre, own.active, own.deleted_at.is_(None))
    people = [*db.execute(select(own.id, own.username, own.name).where(*live))]
    names: dict[str, list[int]] = {}
    for key, username, name in people:
        for called in {username.casefold(), name.casefold()}:
            names.setdefault(called, []).append(key)
    found: list[int] = []
    for place in re.finditer(r"[@＠]\s?", text):
        after = text[place.end() : place.end() + 120].casefold()
        best = max((name for name in names if name and after.startswith(name) and _ends(name, after)), key=len, default=None)
        found += names[best] if best else []
    return list(dict.fromkeys(found))


def _ends(name: str, after: str) -> bool:
    """A name of letters ends where the letters end; a Chinese one may be followed by anything: @王芳请看."""
    following = after[len(name) : len(name) + 1]
    return not (name[-1].isascii() and following.isascii() and (following.isalnum() or following == "_"))


def _about(record: Record) -> tuple[Any, ...]:
    own = _comment.c
    return own.centre_id == record.centre, own.table_name == record.table, own.record_id == record.id
