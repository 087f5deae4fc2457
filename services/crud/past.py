"""A record as it stood at some moment, worked out from its history: what came after is taken off, newest first."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from services.crud import access, values
from services.crud.access import Actor
from services.crud.dependence import value
from services.crud.errors import Missing
from services.crud.history import BESIDE
from services.crud.query import Row
from services.crud.registry import Field, Table
from services.crud.titles import refer

_SETS = SQLModel.metadata.tables["change_set"]
_CHANGES = SQLModel.metadata.tables["change"]


class NotYet(Missing):
    """The record was made later; `since` says when."""

    def __init__(self, table: str, id: int, since: datetime) -> None:
        self.since = since
        super().__init__(table, id)


@dataclass(frozen=True)
class Past:
    """A record as it stood."""

    row: Row
    """As a person may see it, without what is computed: that was not kept."""
    gone: bool
    """It was in the trash then."""
    differs: frozenset[str]
    """Fields that hold something else now."""


def stood(db: Session, actor: Actor, table: Table, id: int, moment: datetime) -> Past:
    """A record at the end of this moment, with the rights and masks of whoever looks.

    Raises:
        Missing: no such record for this actor.
        NotYet: it was made later.
    """
    now = values.load(db, table, [id]).get(id)
    if now is None or not access.permits(actor, table, "read", now):
        raise Missing(table.name, id)
    if now["created_at"] > moment:
        raise NotYet(table.name, id, now["created_at"])
    then = {**now, "updated_at": now["created_at"], "updated_by": now["created_by"]}
    for change in _changes(db, table, now):
        if change.at <= moment:
            then |= {"version": change.version, "updated_at": change.at, "updated_by": change.account_id}
            break
        _take_off(then, table, change)
    if not access.permits(actor, table, "read", then):
        raise Missing(table.name, id)
    fields = [field for field in values.stored(table) if not field.spec.hidden]
    differs = frozenset(field.name for field in fields if not field.common and then[field.name] != now[field.name])
    return Past(_seen(db, actor, fields, then), then["deleted_at"] is not None, differs)


def record_at(db: Session, actor: Actor, table: Table, id: int, moment: datetime) -> Row:
    """The record as it stood: as `query.record` gives the present one.

    Raises:
        Missing, NotYet: as `stood`; Missing also when it was in the trash then.
    """
    found = stood(db, actor, table, id, moment)
    if found.gone:
        raise Missing(table.name, id)
    return found.row


def _changes(db: Session, table: Table, now: Mapping[str, Any]) -> Iterator[Any]:
    """What became of a record, newest first."""
    own = _CHANGES.c
    yield from db.execute(
        select(own.verb, own.version, own.old, own.new, _SETS.c.at, _SETS.c.account_id)
        .join(_SETS, _SETS.c.id == own.change_set_id)
        .where(own.centre_id == now["centre_id"], own.table_name == table.name, own.record_id == now["id"], own.verb.not_in(BESIDE))
        .order_by(own.id.desc())
    )


def _take_off(then: dict[str, Any], table: Table, change: Any) -> None:
    """One step back."""
    then["version"] = change.version - 1
    if change.verb in ("delete", "restore"):
        then["deleted_at"] = change.at if change.verb == "restore" else None
    for name in {*(change.old or {}), *(change.new or {})}:
        field = table.fields.get(name)
        if field is not None and not field.spec.computed and not field.common:
            then[name] = value(field, (change.old or {}).get(name))


def _seen(db: Session, actor: Actor, fields: Iterable[Field], then: Mapping[str, Any]) -> Row:
    """The record in the eyes of the actor: what is sensitive masked, references by their titles."""
    row: Row = {"id": then["id"], "version": then["version"], **{field.name: then[field.name] for field in fields}}
    for field in fields:
        if field.spec.sensitive and row[field.name] is not None and not access.sees(actor, field):
            row[field.name] = access.mask(field.spec.mask, row[field.name])
    refer(db, fields, [row], actor)
    return row
