"""The same action over many records: each stands or falls by itself, all are one change set, and a dry run tells it beforehand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from models.fields import Kind
from services.crud import flow, history, values, write
from services.crud.access import Actor, Forbidden, field_right
from services.crud.errors import Invalid, Missing, Stale, Unconfirmed, listed
from services.crud.registry import Field, Table
from services.crud.titles import titles
from services.platform.i18n import Message, msg
from services.platform.settings import settings


@dataclass(frozen=True)
class Edit:
    """Give these fields these values."""

    values: Mapping[str, Any]
    reason: str = ""


@dataclass(frozen=True)
class MoveTo:
    """Make this move."""

    move: str
    values: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Delete:
    """Put into the trash."""

    reason: str = ""


@dataclass(frozen=True)
class Restore:
    """Take out of the trash."""

    reason: str = ""


Action = Edit | MoveTo | Delete | Restore


@dataclass(frozen=True)
class Outcome:
    """What became of one record."""

    id: int
    title: str
    ok: bool
    message: Message | str | None
    """Why not, or what to look at all the same."""


LOOKED_AT = 1_000
"""Records up to which each is looked at before a field is offered."""


class _Undo(Exception):
    """Ends a dry run: everything it wrote is rolled back."""


def editable(actor: Actor, table: Table) -> list[Field]:
    """The fields that the actor's roles include and that can have one value in many records."""
    return [
        one
        for one in table.declared
        if one is not table.state
        and not one.spec.unique
        and not one.spec.sensitive
        and one.kind not in (Kind.FILE, Kind.IMAGE)
        and one.typed
        and (actor.trusted or not (when := one.spec.editable_if) or not when.roles or actor.roles.intersection(when.roles))
    ]


def editable_in(db: Session, actor: Actor, table: Table, ids: Sequence[int]) -> list[Field]:
    """Those of the `editable` fields that can be changed in at least one of these records as it stands now; of very many, all."""
    fields = editable(actor, table)
    if len(ids) > LOOKED_AT:
        return fields
    records = values.load(db, table, ids).values()
    return [one for one in fields if any(field_right(actor, one, record) == "editable" for record in records)]


def bulk(db: Session, actor: Actor, table: Table, ids: Iterable[int], action: Action, *, dry_run: bool) -> list[Outcome]:
    """Do it to each of these records, in their order. `dry_run`: really, and then all is undone.

    Warnings don't stop it: they are told in the outcome.

    Raises:
        Invalid: more records than one action may take.
    """
    chosen = list(dict.fromkeys(ids))
    most = settings().bulk_limit
    if len(chosen) > most:
        raise Invalid({"": [msg("At most {n} records at once. Please choose fewer.", n=most)]})
    called = titles(db, table, chosen, actor)
    outcomes: list[Outcome] = []
    try:
        with db.begin_nested(), history.change_set(db, actor, "bulk", table.name, reason=_reason(action)) as changes:
            _ = changes.id  # before the savepoint of the first record, which may be rolled back
            outcomes = [_one(db, actor, table, one, called.get(one, f"#{one}"), action) for one in chosen]
            if dry_run or not any(outcome.ok for outcome in outcomes):
                raise _Undo
    except _Undo:
        return outcomes
    return outcomes


def _reason(action: Action) -> str:
    return action.note if isinstance(action, MoveTo) else action.reason


def _one(db: Session, actor: Actor, table: Table, id: int, title: str, action: Action) -> Outcome:
    warned: Message | str | None = None
    try:
        with db.begin_nested():
            try:
                _act(db, actor, table, id, action, confirm=False)
            except Unconfirmed as unconfirmed:
                warned = _first(unconfirmed.warnings, table)
                _act(db, actor, table, id, action, confirm=True)
    except Invalid as invalid:
        return Outcome(id, title, False, _first(invalid.errors, table))
    except (Forbidden, Stale) as refused:
        return Outcome(id, title, False, refused.message)
    except Missing:
        return Outcome(id, title, False, msg("It is not there any more, or you may not see it."))
    return Outcome(id, title, True, warned)


def _act(db: Session, actor: Actor, table: Table, id: int, action: Action, *, confirm: bool) -> None:
    if isinstance(action, Restore):
        write.restore(db, actor, table, id)
        return
    # What stands now is what the action applies to: nobody looked at each record before.
    version = values.find(db, actor, table, id)["version"]
    match action:
        case Edit():
            write.update(db, actor, table, id, action.values, version, confirm=confirm)
        case MoveTo():
            flow.move(db, actor, table, id, action.move, action.values, note=action.note, version=version, confirm=confirm)
        case Delete():
            write.delete(db, actor, table, id, version)


def _first(messages: Mapping[str, list[Message]], table: Table) -> Message | str | None:
    """What stands at the record and its fields, in one line."""
    said = [
        msg("{what}: {problem}", what=table.fields[name].label, problem=one) if name in table.fields else one
        for name, several in messages.items()
        for one in several
    ]
    return listed(said) if said else None
