"""States and the moves between them: what may be done now, doing it, what was done, and the picture of it all."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from models.base import Flow, Move
from services.crud import access, prepare, rules, saving
from services.crud.access import Actor, Forbidden
from services.crud.errors import Invalid, listed
from services.crud.history import ChangeSet
from services.crud.registry import Field, Table
from services.crud.rules import Change
from services.crud.validate import Problem, empty, plain_text
from services.crud.values import Record, find, known, load, stored
from services.platform.i18n import Message, label, msg

LONGEST_NOTE = 2_000
_EVENTS = SQLModel.metadata.tables["event"]


@dataclass(frozen=True)
class Offer:
    """A move that is the actor's to make, from the state that the record is in."""

    move: Move
    allowed: bool
    why: Message | None
    """Why it is not possible now."""
    requires: list[Field]
    """Fields it demands that are still empty."""
    asks: list[Field]
    """What its dialog asks for: those, and the ones offered without being demanded."""


@dataclass(frozen=True)
class Happened:
    """A move that was made."""

    move: str
    from_state: str | None
    to_state: str
    at: datetime
    actor: str
    note: str


def offered(db: Session, actor: Actor, table: Table, row: Mapping[str, Any]) -> list[Offer]:
    """The moves from the state of this record (only its `id` is looked at) that the actor's roles may make.

    Raises:
        Missing: no such record for this actor.
    """
    old = find(db, actor, table, row["id"])
    return [_offer(db, actor, table, old, move) for move in _from(_flow(table), old) if _has_role(actor, move)]


def glance(db: Session, actor: Actor, table: Table, ids: Iterable[int]) -> dict[int, list[Offer]]:
    """The same of many records at once, read in one statement (and one for each field of several references).

    What the guards of the areas would say is left open: only `offered`, which looks at one record, asks them.
    """
    flow = _flow(table)
    mine = [move for move in flow.moves if _has_role(actor, move)]
    return {
        id_: [_offer(db, actor, table, old, move, guarded=False) for move in mine if old[flow.field] in move.sources]
        for id_, old in load(db, table, ids).items()
        if old["deleted_at"] is None and access.permits(actor, table, "read", old)
    }


def _offer(db: Session, actor: Actor, table: Table, old: Mapping[str, Any], move: Move, *, guarded: bool = True) -> Offer:
    change = _begin(db, actor, table, old, move)
    requires = [field for field in _required(change, move) if empty(change.new[field.name])]
    asks = list(dict.fromkeys((*requires, *(table.fields[name] for name in move.asks))))
    why = _hindrance(change, move)
    if why is None and not requires and guarded:
        # What the guards would say of the record as it stands; of fields that the dialog asks for, it is too early to tell.
        rules.guards(change)
        open_fields = {field.name for field in asks}
        why = next((found[0] for name, found in change.errors.items() if found and name not in open_fields), None)
    return Offer(move, why is None, why, requires, asks)


def move(
    db: Session,
    actor: Actor,
    table: Table,
    id: int,
    name: str,
    values: Mapping[str, Any] | None = None,
    *,
    note: str = "",
    version: int | None,
    confirm: bool = False,
) -> int:
    """Make a move: the new version. `values`: the fields that it asks for.

    Any change since the version that the actor saw stands against it: what is decided is what was seen.

    Raises:
        Missing: no such record for this actor.
        Forbidden: none of the actor's roles may make this move.
        Stale: somebody changed the record since.
        Invalid: the state, a guard, a person, a missing field or reason (`note`) is against it.
        Unconfirmed: warnings, and `confirm` is not set.
    """
    old = find(db, actor, table, id, "edit")
    chosen = _named(table, old, name)
    change = _begin(db, actor, table, old, chosen)
    saving.compare(change, version, whole=True)
    if old[_flow(table).field] not in chosen.sources:
        raise Invalid({"": [_wrong_state(table, old, chosen)]})
    if not _has_role(actor, chosen):
        raise Forbidden(msg("Your roles do not include the move “{move}”.", move=label(table.name, chosen.title)))
    if why := _hindrance(change, chosen):
        raise Invalid({"": [why]})
    required = _required(change, chosen)
    prepare.fill(change, values or {}, frozenset((*(field.name for field in required), *chosen.asks)))
    _take_note(change, chosen, note)
    for field in required:
        if empty(change.new[field.name]) and not change.errors.get(field.name):
            change.error(field.name, msg("Please fill this in."))
    prepare.judge(change, writes=True)
    state = _flow(table).field

    def event(changes: ChangeSet) -> None:
        record = Record(old["centre_id"], table.name, id)
        changes.event(record, chosen.name, old[state], change.new[state], change.note)

    saving.save(change, reason=change.note, confirm=confirm, inside=event)
    return saving.version(change)


def _flow(table: Table) -> Flow:
    if table.flow is None:
        raise LookupError(f"{table.name} has no states")
    return table.flow


def _from(flow: Flow, old: Mapping[str, Any]) -> Iterable[Move]:
    return (move for move in flow.moves if old[flow.field] in move.sources)


def _named(table: Table, old: Mapping[str, Any], name: str) -> Move:
    """The move of that name from the record's state; if none starts there, any of that name."""
    found = [move for move in _flow(table).moves if move.name == name]
    if not found:
        raise Invalid({"": [msg("There is no move “{move}” here.", move=name)]})
    return next((move for move in found if old[_flow(table).field] in move.sources), found[0])


def _begin(db: Session, actor: Actor, table: Table, old: Mapping[str, Any], move: Move) -> Change:
    change = prepare.begin(db, actor, table, "move", old, move=move.name)
    change.new[_flow(table).field] = move.target
    return change


def _has_role(actor: Actor, move: Move) -> bool:
    return actor.trusted or "*" in move.roles or bool(actor.roles.intersection(move.roles))


def may_make(actor: Actor, table: Table, row: Mapping[str, Any], move: Move) -> bool:
    """Whether it is this person's move: by role and, where it is for the people that the record names only, by name."""
    named = not move.only_by or any(_is(actor, table.fields[name], row[name]) for name in move.only_by)
    return actor.trusted or (_has_role(actor, move) and named)


def _required(change: Change, move: Move) -> list[Field]:
    """The fields that must be filled after the move: its own, and those that the new state demands."""
    demanded = [
        field
        for field in stored(change.table)
        if field.spec.required_if and field.typed and field.spec.required_if.holds(change.new, change.actor.roles)
    ]
    return list(dict.fromkeys((*(change.table.fields[name] for name in move.requires), *demanded)))


def _hindrance(change: Change, move: Move) -> Message | None:
    """Why this person can't make this move with this record as it stands."""
    actor, table, old = change.actor, change.table, change.old
    if not actor.trusted:
        for name in move.apart_from:
            if _is(actor, table.fields[name], old[name]):
                return msg("Somebody else has to do this: you are its “{field}”.", field=table.fields[name].label)
        if move.only_by and not any(_is(actor, table.fields[name], old[name]) for name in move.only_by):
            return msg("Only this person may do this: {fields}.", fields=listed([table.fields[name].label for name in move.only_by]))
    if move.guard is not None and not move.guard.holds(old, None if actor.trusted else actor.roles):
        return label(table.name, move.guard_message) if move.guard_message else msg("The record is not ready for this.")
    return None


def _is(actor: Actor, field: Field, person: Any) -> bool:
    """Whether a person field (account or staff) holds the actor."""
    own = actor.account if field.spec.target == "account" else actor.staff
    return own is not None and person == own


def _wrong_state(table: Table, old: Mapping[str, Any], move: Move) -> Message:
    state = table.fields[_flow(table).field]
    sources = listed([_choice(state, code) for code in move.sources])
    return msg(
        "“{move}” starts from {sources}; this record is “{state}”.",
        move=label(table.name, move.title), sources=sources, state=_choice(state, old[state.name]),
    )  # fmt: skip


def _choice(state: Field, code: str) -> Message | str:
    found = state.choice(code)
    return label(state.table, found.title) if found else code


def _take_note(change: Change, move: Move, note: str) -> None:
    try:
        change.note = plain_text(note, LONGEST_NOTE)
    except Problem as problem:
        change.error("note", problem.message)
    else:
        if move.reason and not change.note:
            change.error("note", msg("Please give the reason."))


def events(db: Session, actor: Actor, table: Table, id: int) -> list[Happened]:
    """The moves that were made with a record, newest first.

    Raises:
        Missing: no such record for this actor.
    """
    record = known(db, actor, table, id)
    own = _EVENTS.c
    columns = (own.move, own.from_state, own.to_state, own.at, own.actor, own.note)
    where = (own.centre_id == record.centre, own.table_name == record.table, own.record_id == id)
    return [Happened(*row) for row in db.execute(select(*columns).where(*where).order_by(own.id.desc()))]


# The picture


def diagram(table: Table, row: Mapping[str, Any] | None = None, offers: Sequence[Offer] | None = None) -> str:
    """The flow as a Mermaid flowchart in the reader's language, the record's state filled, the moves open now in bold.

    `offers`: those that are open to the actor; without, every move from the record's state.
    """
    flow, state = _flow(table), table.fields[_flow(table).field]
    codes = list(dict.fromkeys((flow.initial, *(code for move in flow.moves for code in (*move.sources, move.target)))))
    names = {code: f"s{place}" for place, code in enumerate(codes)}
    here = row.get(flow.field) if row else None
    allowed = {offer.move.name for offer in offers if offer.allowed} if offers is not None else {move.name for move in flow.moves}
    lines = ["flowchart LR" if len(codes) <= 4 else "flowchart TB", f"    begin(( )) --> {names[flow.initial]}"]
    lines += [f"    {names[code]}([{_quoted([state.choice_title(code)])}])" for code in codes]
    for (source, target, bold), titles in _arrows(table, flow, here, allowed).items():
        lines.append(f"    {names[source]} {'==>' if bold else '-->'}|{_quoted(titles)}| {names[target]}")
    if here in names:
        lines += ["    classDef here fill:#1d4ed8,stroke:#93c5fd,stroke-width:3px,color:#ffffff", f"    class {names[here]} here"]
    return "\n".join(lines)


def _arrows(table: Table, flow: Flow, here: str | None, allowed: set[str]) -> dict[tuple[str, str, bool], list[str]]:
    """Moves between the same two states share an arrow."""
    found: dict[tuple[str, str, bool], list[str]] = defaultdict(list)
    for move in flow.moves:
        for source in move.sources:
            found[source, move.target, source == here and move.name in allowed].append(str(label(table.name, move.title)))
    return found


def _quoted(lines: Iterable[str]) -> str:
    """Lines of text as a label: nothing in them is read as Mermaid or HTML."""
    text = "\0".join(lines)
    for sign, code in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("\0", "<br/>")):
        text = text.replace(sign, code)
    return f'"{text}"'
