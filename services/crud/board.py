"""A table with states as columns of cards: what each column holds, and where its cards may go."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from models.fields import Colour, When, now, today
from services.crud import aggregate, flow, query
from services.crud.access import Actor
from services.crud.flow import Offer
from services.crud.query import Count, Ref, Row
from services.crud.registry import Field, Table
from services.crud.view import Filter, View
from services.platform.settings import settings


@dataclass(frozen=True)
class Card:
    """A record on a board."""

    row: Row
    offers: list[Offer]
    """The moves that the person's roles may make from its state; what guards of the areas say is asked when it is picked up."""
    who: str
    """Whose it is, or for whom it waits."""
    due: date | datetime | None
    """By when it has to be dealt with, while it is open."""
    late: bool


@dataclass(frozen=True)
class Column:
    """A state, and the first of the records in it."""

    state: str
    title: str
    colour: Colour
    count: Count
    cards: list[Card]
    more: bool


def columns(db: Session, actor: Actor, table: Table, view: View, depth: Mapping[str, int] | None = None) -> list[Column]:
    """The columns of a board under the filters and the search of a view, in the order of the states.

    `depth`: state → how many times as many cards as usual. Statements: for each state those of a list, for the counts those of
    a chip, one for the cards and one for their moves; and one for each table and each field of several references in sight.
    """
    state = table.state
    if state is None:
        raise LookupError(f"{table.name} has no states")
    counts = {facet.value: Count(facet.count, facet.exact) for facet in aggregate.facets(db, actor, table, view, state)}
    states = [code for code in _states(table, state, view) if code in counts and (counts[code].value or state.choice(code).active)]  # type: ignore[union-attr]
    ids: dict[str, list[int]] = {}
    more = set()
    for code in states:
        most = settings().board_cards * max(1, (depth or {}).get(code, 1))
        found = query.matching(db, actor, table, view.filtered(Filter(state.name, "in", (code,))), most + 1) if counts[code].value else []
        ids[code] = found[:most]
        if len(found) > most:
            more.add(code)
    every = [id_ for found in ids.values() for id_ in found]
    rows = query.some(db, actor, table, every, _fields(table))
    offers = flow.glance(db, actor, table, every)
    return [
        Column(
            code,
            state.choice_title(code),
            state.choice(code).colour,  # type: ignore[union-attr]
            counts[code],
            [_card(table, rows[id_], offers.get(id_, [])) for id_ in ids[code] if id_ in rows],
            code in more,
        )
        for code in states
    ]


def _states(table: Table, state: Field, view: View) -> list[str]:
    """The states in their order, the first one of a new record before all; only those that the view asks for."""
    chosen = view.filter(state.name)
    wanted = set(chosen.values) if chosen is not None and chosen.op == "in" else None
    codes = [choice.code for choice in state.spec.choices]
    codes.sort(key=lambda code: table.flow is None or code != table.flow.initial)
    return [code for code in codes if wanted is None or code in wanted]


def _fields(table: Table) -> list[str]:
    """What a card shows, besides title, state and colour."""
    screen = table.screen
    open_while = screen.due_while.conditions if screen.due and screen.due_while else {}
    waiting = [name for names in (table.flow.waits.values() if table.flow else ()) for name in names]
    names = [*screen.second, *waiting, *screen.owners, *filter(None, [screen.due]), *open_while]
    return [name for name in dict.fromkeys(names) if name in table.fields] or [table.titles[0].name if table.titles else "id"]


def _card(table: Table, row: Row, offers: list[Offer]) -> Card:
    due = row.get(table.screen.due) if table.screen.due and is_open(table, row) else None
    return Card(row, offers, next(_people(table, row), ""), due, due is not None and _past(due))


def _people(table: Table, row: Row) -> Iterator[str]:
    """Whose it is to deal with now, then whose it is."""
    waits = table.flow.waits.get(row[table.flow.field], ()) if table.flow else ()
    for name in (*waits, *table.screen.owners):
        held = row.get(name) if name in table.fields else None
        if isinstance(held, Ref):
            yield held.title


def _past(due: date | datetime) -> bool:
    return due < now() if isinstance(due, datetime) else due < today()


def is_open(table: Table, row: Mapping[str, Any]) -> bool:
    """Whether a record is still to be dealt with, so that it may be late."""
    condition = table.screen.due_while
    if condition is None and table.flow is not None:
        condition = When(**{table.flow.field: tuple({state for move in table.flow.moves for state in move.sources})})
    bare = {name: value.id if isinstance(value, Ref) else value for name, value in row.items()}
    return condition is None or condition.holds(bare)
