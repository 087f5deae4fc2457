"""Where the areas hang their rules: each runs inside the one write path, whoever writes."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy.orm import Session

from services.crud.access import Actor
from services.crud.registry import Table
from services.platform.i18n import Message

if TYPE_CHECKING:
    from services.crud.lookahead import Lookahead

AREAS = "services.areas"
"""The module that imports the rules of every area."""

Verb = Literal["create", "edit", "move", "delete", "restore"]


@dataclass
class Change:
    """A write in the making, as a rule sees it: what the record is, what it shall be, and who does it."""

    db: Session
    actor: Actor
    table: Table
    verb: Verb
    id: int | None
    old: Mapping[str, Any]
    """The record as it stands (empty for a new one)."""
    new: dict[str, Any]
    """The record as it shall be: complete, field → value."""
    move: str = ""
    note: str = ""
    children: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Child table → its rows as they shall be, when they are saved with the record."""
    errors: dict[str, list[Message]] = field(default_factory=lambda: defaultdict(list))
    warnings: dict[str, list[Message]] = field(default_factory=lambda: defaultdict(list))
    kept: dict[str, Any] = field(default_factory=dict)
    """What a rule worked out and its effect needs."""
    ahead: "Lookahead | None" = None
    """What is known already of many writes together, so that it is not asked for each."""

    @property
    def by_rule(self) -> Actor:
        """The same person with every right, for the writes that follow from this one by a rule."""
        return replace(self.actor, trusted=True)

    def error(self, name: str, message: Message) -> None:
        """Refuse the write; the message stands beside the field (`""`: at the record)."""
        self.errors[name].append(message)

    def warn(self, name: str, message: Message) -> None:
        """Let the write pass once the person has seen this."""
        self.warnings[name].append(message)

    def changed(self, *names: str) -> bool:
        """Whether one of these fields gets another value (or is new)."""
        return any(self.old.get(name) != self.new.get(name) for name in names)


Rule = Callable[[Change], None]
Times = Mapping[int | None, Sequence[tuple[datetime, datetime]]]
"""Record that is taken (None: whichever) → spans."""
Closed = Callable[[Session, int, str, Sequence[int | None], Sequence[date]], Times]
"""The centre, the field that is taken, which records of it, and which days."""
_closed: dict[str, Closed] = {}
_rules: dict[str, list[Rule]] = defaultdict(list)
_effects: dict[str, list[Rule]] = defaultdict(list)
_guards: dict[tuple[str, str], list[Rule]] = defaultdict(list)
_moved: dict[tuple[str, str], list[Rule]] = defaultdict(list)


def rule(*tables: str) -> Callable[[Rule], Rule]:
    """Before every write of these tables: complete `new`, or refuse with `error`. Reads, never writes."""
    return _into([_rules[name] for name in tables])


def effect(*tables: str) -> Callable[[Rule], Rule]:
    """After every write of these tables, in the same transaction: writes elsewhere through `write`."""
    return _into([_effects[name] for name in tables])


def guard(table: str, *moves: str) -> Callable[[Rule], Rule]:
    """Before these moves: refuse with `error`, or set fields of `new`."""
    return _into([_guards[table, move] for move in moves])


def moved(table: str, *moves: str) -> Callable[[Rule], Rule]:
    """After these moves, in the same transaction."""
    return _into([_moved[table, move] for move in moves])


def closed(table: str) -> Callable[[Closed], Closed]:
    """The times in which records of this bookable table can't take something; its agenda shades them."""

    def register(function: Closed) -> Closed:
        _closed[table] = function
        return function

    return register


def closed_times(db: Session, centre: int, table: Table, field: str, taken: Sequence[int | None], days: Sequence[date]) -> Times:
    """The times of these days in which these records of the field (None: whichever) can't be taken; nothing where no rule says so."""
    _load()
    told = _closed.get(table.name)
    return told(db, centre, field, taken, days) if told else {}


def _into(places: list[list[Rule]]) -> Callable[[Rule], Rule]:
    def register(function: Rule) -> Rule:
        for place in places:
            place.append(function)
        return function

    return register


@cache
def _load() -> None:
    """Bring in the rules of every area, before the first write of the process, whoever writes."""
    import_module(AREAS)


def before(change: Change) -> None:
    """Run the rules (and, for a move, its guards) that come before the write."""
    _load()
    for one in _rules.get(change.table.name, ()):
        one(change)
    if change.move:
        guards(change)


def guards(change: Change) -> None:
    """Run the guards of the move alone: whether it is possible at all."""
    _load()
    for one in _guards.get((change.table.name, change.move), ()):
        one(change)


def after(change: Change) -> None:
    """Run the effects that come after the write, in its transaction."""
    for one in _effects.get(change.table.name, ()):
        one(change)
    for one in _moved.get((change.table.name, change.move), ()) if change.move else ():
        one(change)


def has_effects(table: Table) -> bool:
    """Whether something else is written after each write of this table."""
    _load()
    return bool(_effects.get(table.name))


def registered() -> dict[str, set[str]]:
    """Tables with rules → the moves that have guards or effects; the start-up checks look for unknown names."""
    found: dict[str, set[str]] = {name: set() for name in (*_rules, *_effects)}
    for name, move in (*_guards, *_moved):
        found.setdefault(name, set()).add(move)
    return found
