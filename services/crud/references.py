"""What a record refers to: it has to exist, be live, be of the same centre, be visible to the actor and fit what the field asks for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import or_, select, true
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import SQLModel

from models.fields import REFERENCES, Kind, When
from services.crud import access
from services.crud.registry import Field, Table
from services.crud.registry import table as described
from services.crud.rules import Change
from services.crud.titles import titles
from services.platform.i18n import Message, msg

_FILES = SQLModel.metadata.tables["file"]
_GONE = msg("This is no longer there, or you may not use it. Please choose another one.")


def check(change: Change, names: Iterable[str], *, lock: bool, anew: bool = False) -> None:
    """Look at the references and files in these fields; what is wrong becomes errors.

    `lock`: what is referred to stays live until the transaction ends. `anew`: only whether it is live, for a record that
    comes back as it was.
    """
    by_target: dict[str, list[Field]] = defaultdict(list)
    pointing = _pointing(change.table)
    touched = [pointing[name] for name in names if name in pointing]
    for field in touched:
        if field.kind in (Kind.FILE, Kind.IMAGE):
            _file(change, field)
        else:
            by_target[field.spec.target].append(field)
    for target, fields in by_target.items():
        _targets(change, described(target), fields, lock, anew)
    for field in touched:
        if field.kind is Kind.PARENT and not change.errors.get(field.name):
            _no_loop(change, field.name, lock)


@cache
def _pointing(table: Table) -> dict[str, Field]:
    """The fields that hold references or files."""
    kinds = (*REFERENCES, Kind.REFERENCES, Kind.FILE, Kind.IMAGE)
    return {name: field for name, field in table.fields.items() if field.kind in kinds}


def _ids(value: Any) -> list[int]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _targets(change: Change, target: Table, fields: list[Field], lock: bool, anew: bool) -> None:
    wanted = {id_ for field in fields for id_ in _ids(change.new[field.name])}
    if not wanted:
        return
    found = change.ahead.targets(target, wanted, centre_of(change)) if change.ahead is not None else None
    if found is None:
        found = _asked(change, target, fields, wanted, lock, anew)
    for field in fields:
        ids = _ids(change.new[field.name])
        lost = [id_ for id_ in ids if id_ not in found]
        if lost:
            change.error(field.name, _restore_first(change, target, lost[0]) if anew else _GONE)
        elif not anew and not all(fits(field, found[id_], change.new) for id_ in ids):
            change.error(field.name, msg("This does not belong here. Please choose one from the list that is offered."))


def _restore_first(change: Change, target: Table, id: int) -> Message:
    """What has to come back before this record can."""
    title = titles(change.db, target, [id], change.actor).get(id)
    if title is None:
        return msg(
            "It belongs to a record of “{table}” that is not there any more. That has to be restored first.", table=target.label_plural
        )
    return msg("“{record}”, which it belongs to, is in the trash. Restore that first.", record=title)


def _asked(change: Change, target: Table, fields: list[Field], wanted: set[int], lock: bool, anew: bool) -> dict[int, dict[str, Any]]:
    """Those of these records that may be referred to, with what decides whether they fit; what is referred to already may stay."""
    held = {id_ for field in fields for id_ in _ids(change.old.get(field.name))}
    visible = true() if anew else access.rows(change.actor, target)
    own = target.sql.c
    return usable(change.db, target, fields, wanted, centre_of(change), or_(visible, own.id.in_(held)) if held else visible, lock=lock)


def usable(
    db: Session, target: Table, fields: Iterable[Field], ids: Iterable[int], centre: int, visible: ColumnElement[bool], *, lock: bool
) -> dict[int, dict[str, Any]]:
    """The live ones of these records of a centre, with the columns by which these fields narrow them."""
    own = target.sql.c
    asked = {own.id, *(own[name] for field in fields for name in field.spec.narrow if name in own)}
    query = select(*asked).where(own.id.in_(ids), own.deleted_at.is_(None), own.centre_id == centre, visible)
    if lock:
        query = query.with_for_update(read=True, key_share=True)
    return {row["id"]: dict(row) for row in db.execute(query).mappings()}


def fits(field: Field, target: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether a record is among those that the field's picker offers; an empty field of this record narrows nothing."""
    wanted: dict[str, Any] = {}
    for name, value in field.spec.narrow.items():
        if isinstance(value, str) and value.startswith("$"):
            value = values.get(value[1:])
            if value is None:
                continue
        wanted[name] = value
    return When(**wanted).holds(target)


def centre_of(change: Change) -> int:
    """The centre of the record; a new one is of the actor's."""
    centre: int = change.old.get("centre_id", change.actor.centre)
    return centre


def _file(change: Change, field: Field) -> None:
    key = change.new[field.name]
    if key is None:
        return
    name = change.db.execute(select(_FILES.c.name).where(_FILES.c.id == key, _FILES.c.centre_id == centre_of(change))).scalar()
    if name is None:
        change.error(field.name, msg("This file is not there. Please upload it again."))
    elif field.spec.accept and name.rpartition(".")[2].lower() not in field.spec.accept:
        change.error(field.name, msg("Only these kinds of files: {kinds}.", kinds=", ".join(field.spec.accept)))


def _no_loop(change: Change, name: str, lock: bool) -> None:
    """Walk up from the new parent; the record itself must not be met. Locked, so that two people can't close a loop together."""
    own, above, seen = change.table.sql.c, change.new[name], set()
    while above is not None and change.id is not None:
        if above == change.id or above in seen:
            change.error(name, msg("This would hang the record below itself. Please choose one that is not below it."))
            return
        seen.add(above)
        query = select(own[name]).where(own.id == above)
        above = change.db.execute(query.with_for_update(read=True) if lock else query).scalar()
