"""Files that belong to a record, beside those in its fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from models.accounts import Account
from models.fields import now
from models.system import Attachment, File
from services.crud import access, history
from services.crud.access import Actor, Forbidden
from services.crud.errors import Invalid, Missing
from services.crud.history import ChangeSet
from services.crud.registry import Table
from services.crud.validate import Problem, plain_text
from services.crud.values import Record, find, known
from services.platform.i18n import msg

LONGEST_NOTE = 255
MOST = 500
"""Files of one record."""
_attachment: Any = Attachment.__table__  # type: ignore[attr-defined]
_file: Any = File.__table__  # type: ignore[attr-defined]
_account: Any = Account.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Attached:
    """A file of a record."""

    id: int
    file_id: int
    name: str
    media_type: str
    size: int
    """In octets."""
    note: str
    created_at: datetime
    actor: str
    """Who added it."""


def of(db: Session, actor: Actor, table: Table, id: int) -> list[Attached]:
    """The files of a record, oldest first.

    Raises:
        Missing: no such record for this actor.
    """
    own, file = _attachment.c, _file.c
    query = (
        select(own.id, own.file_id, file.name, file.media_type, file.size, own.note, own.created_at, _account.c.name.label("actor"))
        .join(_file, file.id == own.file_id)
        .outerjoin(_account, _account.c.id == own.created_by)
        .where(*_about(known(db, actor, table, id)))
    )
    rows = db.execute(query.order_by(own.id).limit(MOST))
    return [Attached(*row[:5], row.note or "", row.created_at, row.actor or "") for row in rows]


def add(db: Session, actor: Actor, table: Table, id: int, file_id: int, note: str = "") -> int:
    """Add a stored file to a record.

    Raises:
        Missing: no such record for this actor.
        Forbidden: no right to change it (to an append-only one: to add to it).
        Invalid: no such file in this centre, or too many.
    """
    old = find(db, actor, table, id, "edit")
    if not access.permits(actor, table, "create" if table.screen.append_only else "edit", old):
        raise Forbidden(msg("You may see this record, but not add files to it."))
    name = db.execute(select(_file.c.name).where(_file.c.id == file_id, _file.c.centre_id == old["centre_id"])).scalar()
    if name is None:
        raise Invalid({"": [msg("This file is not there. Please upload it again.")]})
    record = Record(old["centre_id"], table.name, id)
    if len(db.execute(select(_attachment.c.id).where(*_about(record)).limit(MOST)).all()) >= MOST:
        raise Invalid({"": [msg("A record has at most {n} files.", n=MOST)]})
    try:
        said = plain_text(note, LONGEST_NOTE)
    except Problem as problem:
        raise Invalid({"note": [problem.message]}) from None
    row = {"centre_id": record.centre, "table_name": table.name, "record_id": id, "file_id": file_id, "note": said or None,
           "created_at": now(), "created_by": actor.account}  # fmt: skip
    key: int = db.execute(insert(_attachment).values(row)).inserted_primary_key[0]  # type: ignore[attr-defined]
    with history.change_set(db, actor, "attach", table.name) as changes:
        changes.change(record, "attach", old["version"], {}, {"file": name, "attachment": key})
    return key


def remove(db: Session, actor: Actor, table: Table, id: int, attachment: int) -> None:
    """Take a file off a record; it stays in the store, and the history says so.

    Raises:
        Missing: no such record for this actor, or no such file on it.
        Forbidden: no right to change the record.
    """
    old = find(db, actor, table, id, "edit")
    if not access.permits(actor, table, "edit", old) or table.screen.append_only:
        raise Forbidden(msg("You may see this record, but not take files off it."))
    record, own = Record(old["centre_id"], table.name, id), _attachment.c
    where = (*_about(record), own.id == attachment)
    name = db.execute(select(_file.c.name).join(_attachment, own.file_id == _file.c.id).where(*where)).scalar()
    if name is None:
        raise Missing(table.name, id)
    db.execute(update(_attachment).where(*where).values(deleted_at=now()))
    with history.change_set(db, actor, "detach", table.name) as changes:
        changes.change(record, "detach", old["version"], {"file": name, "attachment": attachment}, {})


def turn(changes: ChangeSet, record: Record, version: int, said: Mapping[str, Any], *, back: bool) -> bool:
    """Take a file off a record, or (`back`) put it there again, as a change of its history tells it; False: it is so already."""
    own, file = _attachment.c, _file.c
    there = own.deleted_at.is_not(None) if back else own.deleted_at.is_(None)
    where = (own.centre_id == record.centre, own.table_name == record.table, own.record_id == record.id, there)
    known = said.get("attachment")
    wanted = select(own.id).where(*where, own.id == known)
    if known is None:
        wanted = select(own.id).join(file, file.id == own.file_id).where(*where, file.name == said.get("file")).order_by(own.id.desc())
    key = changes.db.execute(wanted.limit(1)).scalar()
    if key is None:
        return False
    changes.db.execute(update(_attachment).where(own.id == key).values(deleted_at=None if back else now()))
    told = {"file": said.get("file", ""), "attachment": key}
    changes.change(record, "attach" if back else "detach", version, {} if back else told, told if back else {})
    return True


def _about(record: Record) -> tuple[Any, ...]:
    own = _attachment.c
    return own.centre_id == record.centre, own.table_name == record.table, own.record_id == record.id, own.deleted_at.is_(None)
