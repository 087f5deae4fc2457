"""Charts as declared: measures over groups and time, worked out by the database, each mark with the way to its records."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any, Literal

from sqlalchemy import Date, Integer, String, case, cast, func, literal, null, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from models.base import Chart
from models.fields import EMPTY, FILLED, NUMBERS, TIMES, Kind
from services.crud import columns
from services.crud.access import Actor, Forbidden, usable
from services.crud.listing import Listing, listing
from services.crud.periods import months_later, span
from services.crud.registry import Field, Table
from services.crud.registry import table as described
from services.crud.titles import UNREADABLE, text_of, titles
from services.crud.view import Filter, View, filterable, read
from services.platform.i18n import _, format_number, msg
from services.platform.settings import settings

MOST_GROUPS = 20
"""Groups of a chart that are shown by themselves; what is left is shown as one."""
MOST_SPLITS = 8
_BINS = 10

Dimension = Literal["over", "by", "split"]
Params = dict[str, list[str]]


@dataclass(frozen=True)
class Group:
    """A place on one axis of a chart."""

    key: Any
    """First day of a step, choice, id, yes/no, or (low, high) of a bin; None: without a value."""
    title: str
    filter: Filter | None = None
    """What leads to its records; None: nothing does (the groups that are left)."""


@dataclass(frozen=True)
class Mark:
    """One mark of a chart."""

    groups: dict[Dimension, Group]
    value: Decimal | timedelta | None
    """None: nothing to compute from."""
    count: int
    """Records that went into the value: its denominator."""
    params: Params | None
    """The list of these records, as it stands in the address bar."""

    def row(self) -> dict[str, Any]:
        """The mark as a row of data: the titles of its groups, value and count."""
        return {
            **{name: group.key if name == "over" else group.title for name, group in self.groups.items()},
            "value": self.value,
            "count": self.count,
        }


@dataclass(frozen=True)
class ChartData:
    """The figures of a chart."""

    table: Table
    chart: Chart
    fields: dict[Dimension, Field]
    """The field of each axis that the chart has."""
    groups: dict[Dimension, list[Group]]
    """The places on each axis in their order."""
    marks: list[Mark]
    measure: Field | None
    """The field that is measured; None: records are counted."""
    total: Decimal | timedelta | None
    """The measure over all records of the chart."""
    count: int
    """All records of the chart that have a value to measure: the denominator of a share."""
    params: Params
    """The list of all these records."""

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The marks as rows of data."""
        return [mark.row() for mark in self.marks]


def offered(table: Table) -> list[Chart]:
    """The declared charts that anybody may see: none of a masked or hidden field."""
    return [chart for chart in table.charts if all(usable(field) for field in _used(table, chart))]


def period_field(table: Table, chart: Chart) -> Field | None:
    """The date that the period of a chart looks at: its time axis, the date by which the list is sorted, or (of a table that is only
    added to) the time axis of its other charts, so that they agree. None: no period counts."""
    if chart.standing:
        return None
    others = [one.over for one in table.charts if one.over and not one.standing] if table.screen.append_only else []
    for name in (chart.over, table.default_sort.removeprefix("-"), *others):
        field = table.fields.get(name)
        if field is not None and field.kind in TIMES and (name == chart.over or filterable(table, field)):
            return field
    return None


def data(db: Session, actor: Actor, table: Table, chart: Chart, view: View | None = None, period: str = "") -> ChartData:
    """The figures of a chart over the records that the actor may read and the view selects, in a period (`this_year`,
    `2026-01-01..2026-03-31`; empty: of all time).

    Raises:
        Forbidden: the chart uses a field whose values are masked or hidden.
        ValueError: there is no such period.
    """
    if not all(usable(field) for field in _used(table, chart)):
        raise Forbidden(msg("This chart would tell what is masked."))
    view = _within(table, chart, (view or View()).but(after="", before="", trash=False), period)
    return _Figures(db, actor, table, chart, view).data()


def _used(table: Table, chart: Chart) -> list[Field]:
    named = (chart.over, chart.by, chart.split, chart.measure.partition(":")[2], *(chart.only.conditions if chart.only else ()))
    return [table.fields[name] for name in named if name]


def _within(table: Table, chart: Chart, view: View, period: str) -> View:
    """The view with the condition of the chart and the period as filters."""
    for name, wanted in (chart.only.conditions if chart.only else {}).items():
        several = tuple(wanted) if isinstance(wanted, tuple | list | set | frozenset) else (wanted,)
        only = Filter(name, "filled" if wanted is FILLED else "empty") if wanted in (FILLED, EMPTY) else Filter(name, "in", several)
        view = view.filtered(only) if view.filter(name) is None else view
    field = period_field(table, chart)
    return view.filtered(read(field, period)) if period and field is not None else view


@dataclass
class _Sum:
    """A measure over some records, from which others can be added."""

    count: int = 0
    value: Any = None

    def add(self, other: "_Sum", measure: str) -> None:
        self.count += other.count
        if other.value is None:
            return
        if self.value is None:
            self.value = other.value
        elif measure == "min":
            self.value = min(self.value, other.value)
        elif measure == "max":
            self.value = max(self.value, other.value)
        else:
            self.value += other.value


Keys = tuple[Any, ...]
OTHERS = "\0others"
"""Key of the group of what is left."""
_MOST_ROWS = 10_000
"""Groups that are fetched from the database: beyond, only the sum of what is left."""


class _Figures:
    """One chart being worked out."""

    def __init__(self, db: Session, actor: Actor, table: Table, chart: Chart, view: View) -> None:
        self.db, self.actor, self.table, self.chart, self.view = db, actor, table, chart, view
        self.kind, _colon, name = chart.measure.partition(":")
        self.measure = table.fields[name] if name else None
        axes: tuple[tuple[Dimension, str], ...] = (("over", chart.over), ("by", chart.by), ("split", chart.split))
        self.fields: dict[Dimension, Field] = {axis: table.fields[name] for axis, name in axes if name}
        self.here: Listing = listing(db, actor, table, view, ordered=False)
        binned = [axis for axis, field in self.fields.items() if axis != "over" and _is_binned(chart, field)]
        self.bins: dict[Dimension, list[Any]] = {axis: self.edges(self.fields[axis]) for axis in binned}

    def data(self) -> ChartData:
        sums = self.sums()
        total = self.whole()
        groups: dict[Dimension, list[Group]] = {}
        for place, axis in enumerate(self.fields):
            groups[axis], into = self.groups(axis, place, sums)
            sums = self.folded(sums, place, into)
        marks = [self.mark(keys, one, groups) for keys, one in sums.items()]
        order = {axis: {group.key: place for place, group in enumerate(found)} for axis, found in groups.items()}
        marks.sort(key=lambda mark: [order[axis][group.key] for axis, group in mark.groups.items()])
        return ChartData(self.table, self.chart, self.fields, groups, marks, self.measure, self.value(total), total.count,
                         self.view.to_params())  # fmt: skip

    # What the database works out

    def sums(self) -> dict[Keys, _Sum]:
        """The measure by the values of all axes: the largest groups, and under `OTHERS` what is left of one axis."""
        source = self.here.source
        keys = [self.key(axis, field).label(axis) for axis, field in self.fields.items()]
        chosen = self.here.select(*keys, self.measured().label("value"))
        for field in self.fields.values():
            if field.kind is Kind.REFERENCES:
                chosen = chosen.join(field.link, field.link.c.owner_id == source.c.id, isouter=True)
        part = chosen.subquery()
        axes = [part.c[axis] for axis in self.fields]
        value, count = self.worked_out(part.c.value)
        grouped = select(*axes, value, count).group_by(*axes).order_by(count.desc()).limit(_MOST_ROWS)
        found: dict[Keys, _Sum] = defaultdict(_Sum)
        rows = self.db.execute(grouped).all()
        for *key, total, n in rows:
            for one in self.spread(tuple(key)):
                found[one].add(_Sum(n, total), self.kind)
        if len(rows) == _MOST_ROWS and len(self.fields) == 1 and self.kind in ("count", "sum"):
            found[(OTHERS,)] = self.rest(found.values())
        return found

    def rest(self, known: Iterable[_Sum]) -> _Sum:
        total = self.whole()
        return _Sum(total.count - sum(one.count for one in known), (total.value or 0) - sum(one.value or 0 for one in known))

    def whole(self) -> _Sum:
        """The measure over all records, each once."""
        part = self.here.select(self.measured().label("value")).subquery()
        value, count = self.db.execute(select(*self.worked_out(part.c.value))).one()
        return _Sum(count, value)

    def measured(self) -> ColumnElement[Any]:
        if self.measure is None:
            return literal(1)
        value = columns.value(self.measure, self.here.source)
        return case((value, 100), (value.is_not(None), 0)) if self.kind == "share" else value

    def worked_out(self, value: ColumnElement[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """The measure (of a mean or a share: the sum) and the number of records that have a value."""
        count = func.count(value)
        if self.measure is None:
            return null(), count
        if self.kind == "share":
            return type_coerce(func.sum(value), Integer()), count
        work: dict[str, Callable[..., Any]] = {"sum": func.sum, "avg": func.sum, "min": func.min, "max": func.max}
        return type_coerce(work[self.kind](value), columns.sql_type(self.measure)), count

    def key(self, axis: Dimension, field: Field) -> ColumnElement[Any]:
        """What the records are grouped by."""
        if field.kind is Kind.REFERENCES:
            return field.link.c.target_id
        value = columns.value(field, self.here.source)
        if axis == "over":
            return _first_day(field, value, self.chart.step, sqlite=self.here.sqlite)
        if axis in self.bins:
            edges = self.bins[axis]
            below = ((value < edge, place) for place, edge in enumerate(edges))
            return type_coerce(case((value.is_(None), null()), *below, else_=len(edges)), Integer())
        return value

    def edges(self, field: Field) -> list[Any]:
        """Where the bins of a number begin: as declared, or about ten equal ones of round numbers."""
        kind = int if field.kind is Kind.INTEGER else Decimal
        if self.chart.bins:
            return [kind(edge) for edge in self.chart.bins]
        value = columns.value(field, self.here.source)
        ends = [type_coerce(work(value), columns.sql_type(field)) for work in (func.min, func.max)]
        low, high = self.db.execute(self.here.select(*ends)).one()
        return [] if low is None else [kind(edge) for edge in _round_edges(Decimal(low), Decimal(high), Decimal(_smallest(field)))]

    def spread(self, key: Keys) -> Iterator[Keys]:
        """The keys of each value where a field holds several."""
        keys: list[Keys] = [()]
        for field, value in zip(self.fields.values(), key, strict=True):
            several = (value or [None]) if field.kind is Kind.CHOICES else [value]
            keys = [(*before, one) for before in keys for one in several]
        yield from keys

    # Groups

    def groups(self, axis: Dimension, place: int, sums: dict[Keys, _Sum]) -> tuple[list[Group], dict[Any, Any]]:
        """The groups of an axis in their order, and into which group each value goes that has none of its own."""
        field = self.fields[axis]
        weights: dict[Any, _Sum] = defaultdict(_Sum)
        for keys, one in sums.items():
            weights[keys[place]].add(one, self.kind)
        if axis == "over":
            return self.steps(field, [key for key in weights if key is not None], empty=None in weights), {}
        values = self.ordered(axis, field, weights)
        most = MOST_SPLITS if axis == "split" else MOST_GROUPS
        adds_up = axis not in self.bins and self.kind in ("count", "sum")
        kept, left = (values[:most], values[most:]) if adds_up and len(values) > most else (values[: settings().chart_points], [])
        names = self.names(axis, field, kept)
        found = [Group(key, names[key], self.filter(axis, field, key)) for key in kept]
        if left or OTHERS in weights:
            found.append(Group(OTHERS, _("Others")))
        return found, dict.fromkeys(left, OTHERS)

    def ordered(self, axis: Dimension, field: Field, weights: dict[Any, _Sum]) -> list[Any]:
        """The values in the order in which they stand on the axis: as declared, or the largest first."""
        present = sorted((key for key in weights if key is not None and key is not OTHERS), key=str)
        if axis in self.bins:
            places = range(min(present), max(present) + 1) if present else range(0)
            return [*places, *([None] if None in weights else [])]
        declared = [choice.code for choice in field.spec.choices] if self.chart.mark != "pareto" else []
        if declared:
            present.sort(key=lambda code: declared.index(code) if code in declared else len(declared))
        elif field.kind in NUMBERS:
            present.sort()
        elif field.kind is not Kind.BOOLEAN:
            present.sort(key=lambda key: self.weight(weights[key]), reverse=True)
        return [*present, *([None] if None in weights else [])]

    def weight(self, one: _Sum) -> Any:
        value = self.value(one)
        return value.total_seconds() if isinstance(value, timedelta) else float(value if value is not None else "-inf")

    def steps(self, field: Field, days: Iterable[date], *, empty: bool) -> list[Group]:
        """Every step from the first to the last, also those in which nothing was."""
        known = sorted(days)
        found: list[Group] = []
        if known:
            day = known[0]
            while day <= known[-1] and len(found) < settings().chart_points:
                after = _next(day, self.chart.step)
                end = after - timedelta(days=1)
                found.append(Group(day, _step_title(day, self.chart.step), Filter(field.name, "between", (day, end))))
                day = after
        return [*found, Group(None, _("without"), Filter(field.name, "empty"))] if empty else found

    def names(self, axis: Dimension, field: Field, keys: Sequence[Any]) -> dict[Any, str]:
        names: dict[Any, str] = {None: _("without")}
        if axis in self.bins:
            return names | {place: _bin_title(field, self.bins[axis], place) for place in keys if place is not None}
        if field.spec.target:
            known = titles(self.db, described(field.spec.target), [key for key in keys if key is not None], self.actor)
            return names | {key: known.get(key, UNREADABLE) for key in keys if key is not None}
        if field.kind is Kind.BOOLEAN:
            return names | {True: _("Yes"), False: _("No")}
        return names | {key: text_of(field, key) for key in keys if key is not None}

    def filter(self, axis: Dimension, field: Field, key: Any) -> Filter | None:
        if not filterable(self.table, field):
            return None
        if key is None:
            return Filter(field.name, "empty")
        if axis not in self.bins:
            return Filter(field.name, "between", (key, key)) if field.kind in NUMBERS else Filter(field.name, "in", (key,))
        edges = self.bins[axis]
        below = edges[key] - _smallest(field) if key < len(edges) else None
        return Filter(field.name, "between", (edges[key - 1] if key else None, below))

    def folded(self, sums: dict[Keys, _Sum], place: int, into: dict[Any, Any]) -> dict[Keys, _Sum]:
        """The same with the values of one axis put into the groups that they go into."""
        if not into:
            return sums
        found: dict[Keys, _Sum] = defaultdict(_Sum)
        for keys, one in sums.items():
            found[(*keys[:place], into.get(keys[place], keys[place]), *keys[place + 1 :])].add(one, self.kind)
        return found

    # Marks

    def mark(self, keys: Keys, one: _Sum, groups: dict[Dimension, list[Group]]) -> Mark:
        here = {axis: next(group for group in groups[axis] if group.key == key) for axis, key in zip(groups, keys, strict=True)}
        filters = [group.filter for group in here.values()]
        params = None if None in filters else self.view_of(filters).to_params()
        return Mark(here, self.value(one), one.count, params)

    def view_of(self, filters: Sequence[Filter | None]) -> View:
        """The list behind a mark: a filter of the view on the same field gives way, unless it is the narrower one."""
        view = self.view
        for one in filters:
            if one is not None:
                view = view.filtered(_narrowed(view.filter(one.field), one))
        return view

    def value(self, one: _Sum) -> Decimal | timedelta | None:
        if self.measure is None:
            return Decimal(one.count)
        if one.value is None:
            return Decimal(0) if self.kind == "sum" else None
        if self.kind not in ("avg", "share"):
            return one.value if isinstance(one.value, timedelta) else Decimal(one.value)
        if isinstance(one.value, timedelta):
            return timedelta(seconds=round(one.value.total_seconds() / one.count))
        places = max(self.measure.spec.places, 2)
        return (Decimal(one.value) / one.count).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _is_binned(chart: Chart, field: Field) -> bool:
    return field.kind in NUMBERS and chart.mark != "heat"


def _first_day(field: Field, value: ColumnElement[Any], step: str, *, sqlite: bool) -> ColumnElement[Any]:
    """The first day of the step in which a date or a moment (as it is in Shanghai) lies."""
    moment = field.kind is Kind.MOMENT
    if not sqlite:
        return cast(func.date_trunc(step, func.timezone("Asia/Shanghai", value) if moment else value), Date())
    day = func.date(value, "+8 hours") if moment else func.date(value)
    if step == "quarter":
        into = cast((cast(func.strftime("%m", day), Integer()) - 1) % 3, String())
        day = func.date(day, "start of month", literal("-").concat(into).concat(" months"))
    else:
        day = func.date(day, *{"day": (), "week": ("-6 days", "weekday 1"), "month": ("start of month",), "year": ("start of year",)}[step])
    return type_coerce(day, Date())


def _next(day: date, step: str) -> date:
    """The first day of the step behind the one that begins on this day."""
    if step in ("day", "week"):
        return day + timedelta(days=7 if step == "week" else 1)
    return months_later(day, {"month": 1, "quarter": 3, "year": 12}[step])


def _step_title(day: date, step: str) -> str:
    year, week, _weekday = day.isocalendar()
    return {
        "day": day.isoformat(),
        "week": f"{year}-W{week:02}",
        "month": f"{day:%Y-%m}",
        "quarter": f"{day.year} Q{(day.month + 2) // 3}",
        "year": str(day.year),
    }[step]


def _smallest(field: Field) -> Any:
    return 1 if field.kind is Kind.INTEGER else Decimal(1).scaleb(-field.spec.places)


def _round_edges(low: Decimal, high: Decimal, smallest: Decimal) -> Iterator[Decimal]:
    """Where about ten equal bins between two numbers begin, the first one left out: multiples of 1, 2 or 5 times a power of ten."""
    rough = max((high - low) / _BINS, smallest)
    power = Decimal(1).scaleb(rough.adjusted())
    width = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
    edge = ((low / width).to_integral_value(ROUND_FLOOR) + 1) * width
    while edge <= high:
        yield edge
        edge += width


def _bin_title(field: Field, edges: Sequence[Any], place: int) -> str:
    """`100–199`, `5`, `< 100`, `≥ 500`."""
    if not edges:
        return _("all")
    if place == 0:
        return f"< {format_number(edges[0])}"
    if place == len(edges):
        return f"≥ {format_number(edges[-1])}"
    first, last = edges[place - 1], edges[place] - _smallest(field)
    return format_number(first) if first == last else f"{format_number(first)}–{format_number(last)}"


def _narrowed(before: Filter | None, one: Filter) -> Filter:
    """The filter of a mark within a filter that the list already has on the same field."""
    if before is None or one.op != "between" or before.op not in ("between", "period"):
        return one
    ends = span(before.values[0]) if before.op == "period" else before.values
    if any(end is not None and type(end) is not type(other) for end in ends for other in one.values if other is not None):
        return one
    low = max((end for end in (ends[0], one.values[0]) if end is not None), default=None)
    high = min((end for end in (ends[1], one.values[1]) if end is not None), default=None)
    return Filter(one.field, "between", (low, high))
