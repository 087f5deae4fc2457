"""What a change set did, and what others did to the same records afterwards: where they went on from it, they depend on it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, null, select, type_coerce
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from models.fields import Kind
from models.types import Json
from services.crud import changesets, values
from services.crud.errors import listed
from services.crud.history import BESIDE
from services.crud.registry import Field, Table
from services.platform.i18n import Message, msg

UNDO = "undo"
"""Action of the change set of an undo, and name of the event that a move leaves which is taken back."""

_SETS = SQLModel.metadata.tables["change_set"]
_CHANGES = SQLModel.metadata.tables["change"]


@dataclass(frozen=True)
class Made:
    """One change of a change set. `new` of a record that was made is left out."""

    id: int
    verb: str
    table: str
    record: int
    version: int
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    by_rule: bool


@dataclass(frozen=True)
class Later:
    """What another change set did to the record afterwards."""

    change_set: int
    at: datetime
    actor: str
    action: str
    verb: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    undone: bool = False
    """It put the record into the trash, and was undone itself."""


def made(db: Session, change_set: int, before: int | None, most: int) -> list[Made]:
    """The changes of a change set, newest first; `before`: those before this one."""
    own = _CHANGES.c
    new = type_coerce(case((own.verb == "create", null()), else_=own.new), Json)
    query = select(own.id, own.verb, own.table_name, own.record_id, own.version, own.old, new, own.by_rule).where(
        own.change_set_id == change_set
    )
    query = query.where(own.id < before) if before is not None else query
    rows = db.execute(query.order_by(own.id.desc()).limit(most))
    return [Made(*row[:5], row[5] or {}, row[6] or {}, row[7]) for row in rows]


def later(db: Session, changes: Sequence[Made], change_set: int, besides: int | None = None) -> dict[int, list[Later]]:
    """By change: what other change sets (`besides` aside) did to its record afterwards, in their order."""
    if not changes:
        return {}
    own, then = _CHANGES.alias("own").c, _CHANGES.alias("then").c
    skipped = [change_set, *([besides] if besides is not None else [])]
    query = (
        select(own.id, then.change_set_id, _SETS.c.at, _SETS.c.actor, _SETS.c.action, then.verb, then.old, then.new)
        .join(then.id.table, (then.centre_id == own.centre_id) & (then.table_name == own.table_name) & (then.record_id == own.record_id))
        .join(_SETS, _SETS.c.id == then.change_set_id)
        .where(own.change_set_id == change_set, own.id <= changes[0].id, own.id >= changes[-1].id)
        .where(then.id > own.id, then.change_set_id.not_in(skipped))
        .order_by(then.id)
    )
    rows = db.execute(query).all()
    deleting = {row.change_set_id for row in rows if row.verb == "delete" and row.action != UNDO}
    undone = {one for one in deleting if changesets.undone_by(db, one) is not None}
    found: dict[int, list[Later]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(Later(*row[1:6], row[6] or {}, row[7] or {}, row.change_set_id in undone))
    return found


def value(field: Field, kept: Any) -> Any:
    """A value of the history as the record holds it."""
    found = values.unpack(field, kept)
    return False if found is None and field.kind is Kind.BOOLEAN else found


def different(table: Table, row: Mapping[str, Any], since: Iterable[Later]) -> dict[str, Later]:
    """The fields that others left with another value than they found → who changed them last."""
    found: dict[str, Any] = {}
    by: dict[str, Later] = {}
    for one in since:
        if one.verb in BESIDE:
            continue
        for name in {*one.old, *one.new}:
            found.setdefault(name, one.old.get(name))
            by[name] = one
    return {
        name: by[name] for name, kept in found.items() if name in table.fields and value(table.fields[name], kept) != row[name]
    }  # fmt: skip


def fields_of(change: Made, table: Table) -> list[str]:
    """The fields that a change is about, of those that are still kept."""
    kept = (table.fields.get(name) for name in dict.fromkeys((*change.old, *change.new)))
    return [one.name for one in kept if one is not None and not one.spec.computed and not one.common]


def conflicts(change: Made, table: Table, row: Mapping[str, Any], since: Sequence[Later]) -> dict[str, Later]:
    """The fields in which later changes depend on this one → who changed them last; `""`: the record as a whole."""
    differing = different(table, row, since)
    gone = row["deleted_at"] is not None
    match change.verb:
        case "create" | "restore":
            files = [one for one in since if one.verb in ("attach", "detach")]
            added = sum(1 if one.verb == "attach" else -1 for one in files) > 0
            return {} if gone else differing | ({"": files[-1]} if added else {})
        case "delete":
            # Deleted anew by somebody; what an undo deleted again is as this change left it.
            again = [one for one in since if one.verb == "delete" and one.action != UNDO and not one.undone]
            return {"": again[-1]} if gone and again else {}
        case "edit" | "move":
            deleted = [one for one in since if one.verb == "delete"]
            if gone and deleted:
                return {"": deleted[-1]}
            own = [name for name in fields_of(change, table) if row[name] != value(table.fields[name], change.old.get(name))]
            return {name: differing[name] for name in own if name in differing and typed(table, table.fields[name])}
    return {}


def typed(table: Table, field: Field) -> bool:
    """Whether somebody sets it, by typing or by a move. What a rule works out from the rest, it works out again."""
    return field.typed or field is table.state


def told_conflicts(db: Session, table: Table, record: int, found: Mapping[str, Later]) -> list[tuple[Message, Later]]:
    """Who went on from the change, when and in which fields: a message for each later change set."""
    by: dict[int, tuple[Later, list[str]]] = {}
    for name, one in found.items():
        by.setdefault(one.change_set, (one, []))[1].append(name)
    said = []
    for one, names in by.values():
        fields = [table.fields[name].label for name in names if name]
        if fields:
            text = msg("{who} changed it since, on {when}: {fields}. Undo that first.", who=one.actor, when=one.at, fields=listed(fields))
        elif one.verb in ("attach", "detach"):
            text = msg("{who} added files to it since, on {when}. Undo that first.", who=one.actor, when=one.at)
        else:
            text = msg("{who} deleted it since, on {when}. Undo that first.", who=one.actor, when=one.at)
        said.append((text, one))
    return said
