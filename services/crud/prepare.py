"""From what is given to a record that may be kept: rights on fields, validation, defaults, conditions, rules. Writes nothing.

Order: each value by itself, then the right to set it, then what depends on several values, then other records, then the
rules of the areas (only where nothing is wrong so far, so that they can rely on complete values).
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic_core import PydanticUndefined
from sqlalchemy.orm import Session

from models.fields import Kind, When, me
from services.crud import access, conditions, overlap, references, rules, settled, uniqueness
from services.crud.access import Actor, Forbidden
from services.crud.errors import Invalid, Unconfirmed
from services.crud.registry import Field, Table
from services.crud.rules import Change, Verb
from services.crud.validate import Problem, clean, doubt, empty
from services.crud.values import own, stored
from services.platform.i18n import Message, msg

NOTHING: Mapping[str, Any] = {}


def begin(
    db: Session, actor: Actor, table: Table, verb: Verb, old: Mapping[str, Any] = NOTHING, *, move: str = "", note: str = ""
) -> Change:
    """A write in the making: the record as it stands, or a new one with its defaults."""
    new = dict(old) if old else _fresh(actor, table)
    return Change(db, actor, table, verb, old.get("id"), old, new, move, note)


def _fresh(actor: Actor, table: Table) -> dict[str, Any]:
    common = {"id": None, "centre_id": actor.centre, "version": 1, "created_by": actor.account, "updated_by": actor.account}
    constant, made = _defaults(table)
    return {**common, **constant, **{field.name: default(table, field, actor) for field in made}}


@cache
def _defaults(table: Table) -> tuple[dict[str, Any], list[Field]]:
    """What every new record holds, and the fields for which that is made anew each time."""
    made = [field for field in own(table) if _made_anew(table, field)]
    return {field.name: default(table, field) for field in own(table) if field not in made}, made


def _made_anew(table: Table, field: Field) -> bool:
    info = table.model.model_fields.get(field.name)
    return (
        field.spec.default is me or field.kind in (Kind.CHOICES, Kind.REFERENCES) or (info is not None and info.default_factory is not None)
    )


def default(table: Table, field: Field, actor: Actor | None = None) -> Any:
    """What a field holds when nobody says anything; a default `me` is the actor."""
    if field.spec.default is me:
        return (actor.account if field.spec.target == "account" else actor.staff) if actor is not None else None
    if table.flow and field.name == table.flow.field:
        return table.flow.initial
    info = table.model.model_fields.get(field.name)
    value = info.get_default(call_default_factory=True) if info is not None else None
    if value is PydanticUndefined or empty(value):
        return [] if field.kind in (Kind.CHOICES, Kind.REFERENCES) else False if field.kind is Kind.BOOLEAN else None
    return value


def demand(change: Change) -> None:
    """Go on only if the actor may do this with this very record.

    Raises:
        Forbidden: no right, or a record that is never changed.
    """
    table, verb = change.table, change.verb
    if verb != "create" and table.screen.append_only:
        raise Forbidden(msg("“{table}” is only ever added to: put it right with another entry.", table=table.label_plural))
    if verb == "move":
        return
    access.demand(change.actor, table, verb)
    if change.old and not access.permits(change.actor, table, verb, change.old):
        raise Forbidden(msg("You may see this record, but not change it."))
    if change.old and verb in ("edit", "delete") and (why := settled.reason(change.db, change.actor, table, change.old)):
        raise Forbidden(why)


def fill(change: Change, given: Mapping[str, Any], asked: frozenset[str] = frozenset()) -> None:
    """Take over what is given, each value by itself: understood, complete, and the actor may set it.

    `asked`: fields that a move asks for; nothing else can be set along with it.
    """
    named: list[Field] = []
    fields, old, new = change.table.fields, change.old, change.new
    understand = understood if change.ahead is None else change.ahead.understood
    for name, raw in given.items():
        field = fields.get(name)
        if field is None or field.common or field.spec.computed:
            change.error("", msg("There is no field “{name}” here that can be set.", name=name))
        elif not old or not _is_mask(change, field, raw):
            named.append(field)
            new[name], wrong, doubtful = understand(field, raw, old.get(name))
            if wrong is not None:
                change.error(name, wrong)
            if doubtful is not None:
                change.warn(name, doubtful)
    may_write = access.writes(change.actor, change.table, change.new)
    free = change.ahead.free if change.ahead is not None and may_write and change.verb != "move" else frozenset()
    for field in named:
        if field.name not in free and not _may_set(change, field, asked, may_write):
            change.errors[field.name] = [_refusal(change, field)]
            change.new[field.name] = change.old.get(field.name, default(change.table, field, change.actor))


def understood(field: Field, raw: Any, old: Any) -> tuple[Any, Message | None, Message | None]:
    """What is given as it is kept, what is wrong with it, and what makes one ask all the same."""
    try:
        value = clean(field, raw, old)
    except Problem as problem:
        return None, problem.message, None
    return value, None, doubt(field, value) if value != old else None


def _is_mask(change: Change, field: Field, raw: Any) -> bool:
    """A form sends a masked field back as it was shown: that is no change."""
    old = change.old.get(field.name)
    if not (field.spec.sensitive and isinstance(raw, str) and isinstance(old, str)) or access.sees(change.actor, field):
        return False
    return raw == access.mask(field.spec.mask, old)


def _may_set(change: Change, field: Field, asked: frozenset[str], may_write: bool) -> bool:
    if change.actor.trusted:
        return not _is_state(change.table, field) or change.verb == "create" or not change.changed(field.name)
    if change.verb == "move":
        return field.name in asked
    right = access.field_right(change.actor, field, change.new, may_write=may_write)
    if right == "editable" and not _is_state(change.table, field):
        return True
    # Given along unchanged (a form sends what it shows): no attempt to set it, and nothing is told that was not seen.
    before = change.old.get(field.name) if change.old else default(change.table, field, change.actor)
    return right in ("editable", "readonly") and not change.errors.get(field.name) and change.new[field.name] == before


def _is_state(table: Table, field: Field) -> bool:
    return table.flow is not None and field.name == table.flow.field


def _refusal(change: Change, field: Field) -> Message:
    if _is_state(change.table, field):
        return msg("The state changes only by one of the moves that the record offers.")
    if change.verb == "move":
        return msg("This can't be set along with the move: edit the record instead.")
    return msg("You may not set this field.")


def changed(change: Change) -> list[str]:
    """The fields that get another value (of a new record: that get one at all)."""
    if not change.old:
        return [field.name for field in own(change.table) if not empty(change.new[field.name])]
    return [field.name for field in own(change.table) if change.new[field.name] != change.old[field.name]]


def judge(change: Change, *, writes: bool, spare: str = "") -> None:
    """Everything that depends on more than one value; what is wrong becomes errors, what is doubtful warnings.

    `writes`: the write follows in this transaction, so what is relied on is locked. `spare`: a field that is filled in
    later (the parent of a child row that is not there yet); the rules of the areas wait for it too.
    """
    _hide(change)
    _require(change, spare)
    for check in change.table.checks:
        if not conditions.holds(check, change.new):
            change.error(check.field, Message(check.message, context=change.table.name))
    touched = [name for name in changed(change) if name != spare and not change.errors.get(name)]
    references.check(change, touched, lock=writes)
    uniqueness.check(change, touched if not spare else [])
    uniqueness.warn(change, touched)
    if not change.old and not spare and (why := settled.reason(change.db, change.actor, change.table, change.new)):
        change.error("", why)
    if not spare:
        overlap.check(change)
    if not any(change.errors.values()) and not spare:
        rules.before(change)
    _stays_mine(change)


def _hide(change: Change) -> None:
    """Empty what the record has no place for. A condition on the state only shows and hides: what was filled in stays."""
    state = change.table.flow.field if change.table.flow else ""
    for field, condition in _hidden_at_times(change.table):
        if empty(change.new[field.name]):
            continue
        lasting = When(**{name: wanted for name, wanted in condition.conditions.items() if name != state})
        if not lasting.holds(change.new):
            column = field.column
            change.new[field.name] = default(change.table, field) if column is not None and not column.nullable else _nothing(field)
            change.errors.pop(field.name, None)


@cache
def _hidden_at_times(table: Table) -> list[tuple[Field, When]]:
    return [(field, field.spec.shown_if) for field in stored(table) if field.spec.shown_if is not None]


def _nothing(field: Field) -> Any:
    return [] if field.kind in (Kind.CHOICES, Kind.REFERENCES) else None


def _require(change: Change, spare: str) -> None:
    for field in _demanding(change.table):
        if not empty(change.new.get(field.name)) or change.errors.get(field.name) or field.name == spare:
            continue
        if field.required or _demanded(change, field):
            change.error(field.name, msg("Please fill this in."))


@cache
def _demanding(table: Table) -> list[Field]:
    """The fields that have to be filled, always or at times."""
    return [field for field in stored(table) if field.required or field.spec.required_if is not None]


def _demanded(change: Change, field: Field) -> bool:
    """Whether the record demands this field now: looked at when the field or what its condition is about changes."""
    condition = field.spec.required_if
    if condition is None or not condition.holds(change.new, change.actor.roles):
        return False
    return not change.old or change.changed(field.name, *condition.conditions)


def _stays_mine(change: Change) -> None:
    """The record must not slip out of the rows that the actor may change."""
    if change.verb != "move" and not access.permits(change.actor, change.table, change.verb, change.new):
        change.error(change.table.screen.department, msg("You could not change this record any more. Please choose your own department."))


def settle(change: Change, *, confirm: bool) -> None:
    """End the write here if something stands against it.

    Raises:
        Invalid: there are errors.
        Unconfirmed: there are warnings that nobody has confirmed.
    """
    if any(change.errors.values()):
        raise Invalid(change.errors)
    if any(change.warnings.values()) and not confirm:
        raise Unconfirmed(change.warnings)
