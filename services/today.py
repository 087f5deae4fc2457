"""What waits for a person, what is late and what is due soon: read from the states and dates that the tables declare."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from models.fields import Kind, today
from services.crud import query
from services.crud.access import Actor, may
from services.crud.query import Count
from services.crud.registry import Field, Table, tables
from services.crud.view import Filter, View

SOON_DAYS = 7
"""How far ahead "due soon" looks."""


@dataclass(frozen=True)
class Waiting:
    """Records of one state that this person can move on."""

    table: Table
    state: str
    view: View
    count: Count


@dataclass(frozen=True)
class Due:
    """Records that should be done by a date: late, or due within the next days."""

    table: Table
    late: bool
    view: View
    count: Count
    rows: list[dict[str, Any]]
    """The first few."""


def waiting(db: Session, actor: Actor) -> list[Waiting]:
    """What waits for a move that one of the actor's roles makes, most at hand first."""
    found = []
    for table in _readable(actor):
        for state, filters in _movable(actor, table):
            assert table.flow is not None
            view = View(filters=(Filter(table.flow.field, "in", (state,)), *filters))
            count = query.count(db, actor, table, view)
            if count.value:
                found.append(Waiting(table, state, view, count))
    return found


def _movable(actor: Actor, table: Table) -> Iterator[tuple[str, tuple[Filter, ...]]]:
    """State → what else must hold for the actor to move it on. A state that anybody may end is not one that waits."""
    if table.flow is None:
        return
    seen: set[str] = set()
    for move in table.flow.moves:
        if not actor.roles.intersection(move.roles):
            continue
        filters = _only_by(actor, table, move.only_by)
        for state in move.sources:
            if filters is not None and state not in seen and state != move.target:
                seen.add(state)
                yield state, filters


def _only_by(actor: Actor, table: Table, names: tuple[str, ...]) -> tuple[Filter, ...] | None:
    """The filters that leave what only this person may move; None: nothing."""
    if not names:
        return ()
    field = table.fields[names[0]]
    mine = actor.account if field.spec.target == "account" else actor.staff
    return (Filter(field.name, "in", (mine,)),) if mine is not None else None


def due(db: Session, actor: Actor, first: int = 5) -> list[Due]:
    """What is late and what is due within the next days, late things first, each with its first few records."""
    day = today()
    late, soon = [], []
    for table in _readable(actor):
        field = table.fields.get(table.screen.due)
        if field is None or field.kind not in (Kind.DATE, Kind.MOMENT):
            continue
        for is_late, start, end, into in ((True, None, day - timedelta(days=1), late), (False, day, day + timedelta(days=SOON_DAYS), soon)):
            view = View(filters=(_between(field, start, end), *_open(table)), sort=field.name, size=first)
            count = query.count(db, actor, table, view)
            if count.value:
                into.append(Due(table, is_late, view, count, query.page(db, actor, table, view).rows))
    return late + soon


def _between(field: Field, start: date | None, end: date | None) -> Filter:
    return Filter(field.name, "between", (start, end))


def _open(table: Table) -> tuple[Filter, ...]:
    """The filters that leave what is not done yet."""
    condition = table.screen.due_while
    if condition is not None:
        return tuple(Filter(name, "in", wanted if isinstance(wanted, tuple) else (wanted,)) for name, wanted in condition.conditions.items())
    if table.flow is None:
        return ()
    moving = {state for move in table.flow.moves for state in move.sources}
    return (Filter(table.flow.field, "in", tuple(sorted(moving))),)


def _readable(actor: Actor) -> Iterator[Table]:
    return (table for table in tables().values() if may(actor, table, "read"))


def own_tables(actor: Actor, most: int = 8) -> list[Table]:
    """The tables that are this person's work: those they may add to, the ones of fewest other roles first."""
    mine = [table for table in tables().values() if not table.screen.hidden and may(actor, table, "create")]
    return sorted(mine, key=lambda table: sum("create" in verbs for verbs in table.rights.values()))[:most]
