"""What waits for a person, what is late and what is due soon: read from the states and dates that the tables declare."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from services.crud import query
from services.crud.access import Actor, may, scope
from services.crud.query import Count
from services.crud.registry import Field, Table, tables
from services.crud.view import Filter, View

LATE, SOON = "overdue", "next_7_days"
"""The periods of dates that are late, and that come soon."""


@dataclass(frozen=True)
class Waiting:
    """Records of one state that wait for this person; `field`: because it names them there."""

    table: Table
    state: str
    field: Field | None
    view: View
    count: Count


@dataclass(frozen=True)
class Due:
    """Open records whose date is late, or comes within the next days; and the first few of them."""

    table: Table
    late: bool
    view: View
    count: Count
    rows: list[dict[str, Any]]

    @property
    def field(self) -> Field:
        """The date."""
        return self.table.fields[self.table.screen.due]


def waiting(db: Session, actor: Actor, area: str = "") -> list[Waiting]:
    """What waits for the actor, by table and state; `area`: in that area only."""
    found = []
    for table in _readable(actor, area):
        for state, field in _awaited(actor, table):
            assert table.flow is not None
            mine = (Filter(field.name, "in", (_person(actor, field),)),) if field else ()
            view = View(filters=(Filter(table.flow.field, "in", (state,)), *mine))
            count = query.count(db, actor, table, view)
            if count.value:
                found.append(Waiting(table, state, field, view, count))
    return found


def _awaited(actor: Actor, table: Table) -> Iterator[tuple[str, Field | None]]:
    """The states in which records wait for one of the actor's roles, or for the actor in person (in this field)."""
    for state, whom in table.flow.waits.items() if table.flow else ():
        if actor.roles.intersection(whom):
            yield state, None
        else:
            fields = (table.fields[name] for name in whom if name in table.fields)
            yield from ((state, field) for field in fields if _person(actor, field) is not None)


def _person(actor: Actor, field: Field) -> int | None:
    return actor.account if field.spec.target == "account" else actor.staff


def due(db: Session, actor: Actor, area: str = "", first: int = 5) -> list[Due]:
    """What is late and what is due soon, late things first; `first`: so many records of each table.

    `area`: all that the actor may see of that area; without: only of tables that are among their duties, or show them their own.
    """
    found = []
    for table in _readable(actor, area):
        for period in (LATE, SOON) if table.screen.due and (area or _concerns(actor, table)) else ():
            view = View(
                filters=(Filter(table.screen.due, "period", (period,)), *_open(table)),
                sort=table.screen.due,
                size=first,
                columns=(table.screen.due,),
            )
            page = query.page(db, actor, table, view)
            if page.rows:
                count = query.count(db, actor, table, view) if page.has_next else Count(len(page.rows), exact=True)
                found.append(Due(table, period == LATE, view, count, page.rows))
    return sorted(found, key=lambda one: not one.late)


def _concerns(actor: Actor, table: Table) -> bool:
    return bool(actor.roles.intersection(table.rights)) or scope(actor, table, "read") == "own"


def _open(table: Table) -> tuple[Filter, ...]:
    """The filters that leave what is not dealt with yet."""
    condition = table.screen.due_while
    if condition is not None:
        wanted = {name: value if isinstance(value, tuple) else (value,) for name, value in condition.conditions.items()}
        return tuple(Filter(name, "in", values) for name, values in wanted.items())
    if table.flow is None:
        return ()
    left = {state for move in table.flow.moves for state in move.sources}
    return (Filter(table.flow.field, "in", tuple(sorted(left))),)


def _readable(actor: Actor, area: str) -> Iterator[Table]:
    return (one for one in tables().values() if area in ("", one.screen.area) and may(actor, one, "read"))


def own_tables(actor: Actor, most: int = 8) -> list[Table]:
    """The tables that are this person's work: those they may add to, the ones of fewest other roles first."""
    mine = [one for one in tables().values() if not one.screen.hidden and may(actor, one, "create")]
    return sorted(mine, key=lambda one: sum("create" in verbs for verbs in one.rights.values()))[:most]
