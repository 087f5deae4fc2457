"""Records that last from one moment to another, read by time: a day, a week, a month, and by what is taken.

Whatever lasts at some time of a span is found: the declaration says how long a record lasts at most, so that an index leads there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, literal, select, union_all
from sqlalchemy.orm import Session

from models.base import Bookable
from services.crud import pick, query, rules
from services.crud.access import Actor, rows
from services.crud.columns import Loose
from services.crud.conditions import in_sql
from services.crud.listing import Listing, counted, listing
from services.crud.periods import end_of, start_of
from services.crud.query import Count, Ref, Row
from services.crud.registry import Field, Table
from services.crud.registry import table as described
from services.crud.selection import Condition
from services.crud.view import View
from services.platform.i18n import LOCAL
from services.platform.settings import settings

Span = tuple[datetime, datetime]
_DAY, _INSTANT = timedelta(days=1), timedelta(microseconds=1)


@dataclass(frozen=True)
class Entry:
    """A record in an agenda."""

    row: Row
    start: datetime
    end: datetime
    movable: bool
    """Whether this person may change when it is."""
    free: bool = False
    """It takes nothing."""
    fixed: frozenset[str] = frozenset()
    """Which of the fields that say what is taken the person may not change."""


@dataclass(frozen=True)
class Day:
    """A day of a month: the first entries, and how many there are."""

    entries: list[Entry]
    count: Count


def bookable(table: Table) -> Bookable:
    """What of the table takes time.

    Raises:
        LookupError: nothing is declared.
    """
    if table.screen.bookable is None:
        raise LookupError(f"{table.name} has no beginning and end")
    return table.screen.bookable


def during(db: Session, actor: Actor, table: Table, view: View, first: date, last: date) -> tuple[list[Entry], bool]:
    """What the view shows of these days (both included), soonest first; and whether there is more than the settings allow.

    Statements: those of a list, one for the rows, and one for each table referred to.
    """
    most = settings().agenda_entries
    here = _listing(db, actor, table, view)
    found = db.execute(_first(here, actor, (start_of(first), end_of(last)), most + 1)).all()
    return _entries(db, actor, table, found[:most]), len(found) > most


def by_day(db: Session, actor: Actor, table: Table, view: View, days: Sequence[date]) -> dict[date, Day]:
    """The first entries of each of these days, which follow one another, and how many there are (as far as chips count).

    Statements: as `during`; where there are very many, two more.
    """
    here, bound, most = _listing(db, actor, table, view), settings().facet_bound, settings().agenda_month_entries
    at_once = settings().agenda_month_at_once
    found = db.execute(_first(here, actor, (start_of(days[0]), end_of(days[-1])), at_once + 1)).all()
    if len(found) <= at_once:
        lasting = _lasting(days, found)
        totals = [len(lasting[day]) for day in days]
        shown = {day: rows[:most] for day, rows in lasting.items()}
    else:
        totals, shown = _counted(db, here, actor, days)
    entries = {entry.row["id"]: entry for entry in _entries(db, actor, table, [row for rows in shown.values() for row in rows])}
    return {
        day: Day([entries[row[0]] for row in shown[day] if row[0] in entries], Count(min(total, bound), total <= bound))
        for day, total in zip(days, totals, strict=True)
    }


def _lasting(days: Sequence[date], found: Sequence[Any]) -> dict[date, list[Any]]:
    """Which of these rows, soonest first, last at some time of each day."""
    lasting: dict[date, list[Any]] = {day: [] for day in days}
    for row in found:
        _id, start, end, _may = row
        day, last = max(days[0], start.astimezone(LOCAL).date()), min(days[-1], (end - _INSTANT).astimezone(LOCAL).date())
        while day <= last:
            lasting[day].append(row)
            day += _DAY
    return lasting


def _counted(db: Session, here: Listing, actor: Actor, days: Sequence[date]) -> tuple[list[int], dict[date, list[Any]]]:
    """How many last at some time of each day, up to one more than chips count, and the first of them."""
    spans, bound, most = [(start_of(day), end_of(day)) for day in days], settings().facet_bound, settings().agenda_month_entries
    counts = [counted(here.select(literal(1)).where(*_within(here, span)), bound).label(f"n{place}") for place, span in enumerate(spans)]
    totals = list(db.execute(select(*counts)).one())
    parts = [
        select(literal(place).label("day"), _first(here, actor, spans[place], most).subquery())
        for place, total in enumerate(totals)
        if total
    ]
    shown: dict[date, list[Any]] = {day: [] for day in days}
    for place, *row in db.execute(union_all(*parts)).all() if parts else ():
        shown[days[place]].append(row)
    return totals, {day: sorted(rows, key=lambda row: (row[1], row[0])) for day, rows in shown.items()}


def _listing(db: Session, actor: Actor, table: Table, view: View) -> Listing:
    """What the view shows; what takes nothing and is over (it was cancelled, say) only if the view asks for it."""
    here, free = listing(db, actor, table, view, ordered=False), bookable(table).free
    if free is None or any(view.filter(name) for name in free.conditions):
        return here
    hidden = in_sql(free, table.sql.c)
    if table.flow is not None:
        goes_on = {state for move in table.flow.moves for state in move.sources}
        hidden = and_(hidden, table.sql.c[table.flow.field].not_in(sorted(goes_on)))
    return replace(here, where=(*here.where, ~hidden))


def _within(here: Listing, span: Span) -> list[Condition]:
    """Lasting at some time of the span. The index of the beginning leads there: of the end, SQLite shall use none."""
    booked, (start, end) = bookable(here.table), span
    began = here.source.c[booked.start]
    found = [began < end, (Loose(here.source) if here.sqlite else here.source).c[booked.end] > start]
    return found if booked.longest is None else [*found, began > start - booked.longest]


def _first(here: Listing, actor: Actor, span: Span, most: int) -> Select[Any]:
    c, booked = here.source.c, bookable(here.table)
    may = rows(actor, here.table, "edit", here.source).label("may_edit")
    wanted = here.select(c.id.label("id"), c[booked.start].label("began"), c[booked.end].label("ended"), may)
    return wanted.where(*_within(here, span)).order_by(c[booked.start], c.id).limit(most)


def _entries(db: Session, actor: Actor, table: Table, found: Iterable[Any]) -> list[Entry]:
    booked = bookable(table)
    times = {id_: (start.astimezone(LOCAL), end.astimezone(LOCAL), may) for id_, start, end, may in found}
    fields = [table.fields[name] for name in (booked.start, booked.end, *booked.of)]
    asked = [name for field in fields if field.spec.editable_if for name in field.spec.editable_if.conditions]
    shown = [*booked.of, *table.screen.second, booked.colour, *(booked.free.conditions if booked.free else ()), *asked]
    names = [name for name in dict.fromkeys(shown) if name in table.fields]
    read = query.some(db, actor, table, times, names)
    made = []
    for id_, (start, end, may) in times.items():
        if id_ in read:
            open_fields = _open(actor, fields, read[id_]) if may else frozenset()
            movable = {booked.start, booked.end} <= open_fields
            made.append(Entry(read[id_], start, end, movable, _free(booked, read[id_]), frozenset(booked.of) - open_fields))
    return made


def _free(booked: Bookable, row: Mapping[str, Any]) -> bool:
    return booked.free is not None and booked.free.holds(_bare(row))


def _bare(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.id if isinstance(value, Ref) else value for name, value in row.items()}


def _open(actor: Actor, fields: Sequence[Field], row: Mapping[str, Any]) -> frozenset[str]:
    """Which of the fields this person may set, of a record that they may edit."""
    bare, roles = _bare(row), None if actor.trusted else actor.roles
    return frozenset(
        field.name for field in fields if field.typed and (field.spec.editable_if is None or field.spec.editable_if.holds(bare, roles))
    )


# What is taken


def taken(db: Session, actor: Actor, table: Table, field: Field, view: View, entries: Sequence[Entry]) -> tuple[list[Ref], bool]:
    """The records that can be taken (by this field), to stand beside one another, and whether there are more.

    Those that the view asks for; otherwise those that a picker offers for the field. Those that are taken come first where not
    all have room; they stand in the order of their own list.
    """
    target, most = described(field.spec.target), settings().agenda_rows
    chosen = view.filter(field.name)
    if chosen is not None and chosen.op == "in":
        ids = list(chosen.values)
    else:
        fixed = {name: wanted for name, wanted in field.spec.narrow.items() if not (isinstance(wanted, str) and wanted.startswith("$"))}
        here = listing(db, actor, target, View())
        narrowed = [pick.narrowed(target.fields[name], here.source, wanted) for name, wanted in fixed.items()]
        ids = [row[0] for row in replace(here, where=(*here.where, *narrowed)).fetch(db, [here.source.c.id], most + 1)]
    held = list(dict.fromkeys(entry.row[field.name].id for entry in entries if isinstance(entry.row.get(field.name), Ref)))
    free = [id_ for id_ in ids if id_ not in held]
    shown = [*held, *free][:most]
    order = {id_: place for place, id_ in enumerate(ids)}
    shown.sort(key=lambda id_: order.get(id_, len(order)))
    called = query.titles(db, target, shown, actor)
    return [Ref(id_, called[id_]) for id_ in shown if id_ in called], len(held) + len(free) > most


def closed(
    db: Session, actor: Actor, table: Table, field: Field | None, taken: Sequence[int | None], days: Sequence[date]
) -> Mapping[int | None, Sequence[Span]]:
    """The times of these days in which each of these records can't be taken, as the area's rule says."""
    return rules.closed_times(db, actor.centre, table, field.name if field else "", taken, days)


# Side by side


def lanes(spans: Sequence[tuple[Any, Any]]) -> list[tuple[int, int]]:
    """For each span its lane, and how many lanes those have that hang together: no two that overlap share one."""
    found = [(0, 1)] * len(spans)
    group: list[int] = []
    free_from: list[Any] = []
    for place in sorted(range(len(spans)), key=lambda at: (spans[at][0], _reversed(spans[at]))):
        start, end = spans[place]
        if free_from and all(until <= start for until in free_from):
            _share(found, group, len(free_from))
            group, free_from = [], []
        lane = next((lane for lane, until in enumerate(free_from) if until <= start), len(free_from))
        free_from[lane : lane + 1] = [end]
        found[place] = (lane, 1)
        group.append(place)
    _share(found, group, len(free_from))
    return found


def _reversed(span: tuple[Any, Any]) -> Any:
    """Of those that begin together the longest comes first."""
    return span[0] - span[1]


def _share(found: list[tuple[int, int]], group: Sequence[int], width: int) -> None:
    for place in group:
        found[place] = (found[place][0], width)


def weeks_of(day: date) -> list[date]:
    """The days of the weeks that the month of a day lies in, from Monday to Sunday."""
    first = day.replace(day=1)
    monday = first - timedelta(days=first.weekday())
    following = (first + timedelta(days=31)).replace(day=1)
    weeks = (following - monday + timedelta(days=6)) // timedelta(days=7)
    return [monday + timedelta(days=n) for n in range(7 * weeks)]
