"""The figures of a chart as its picture, its table and its file show them: rows, labels and words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pyarrow as pa
from babel import dates

from models.base import Chart
from models.fields import Kind
from pages.parts.display import display, heading
from pages.parts.plot import Labels, Look
from services.charts import ChartData, Dimension, Group, Mark
from services.crud.registry import Table
from services.platform.i18n import _, format_date, format_money, format_number, format_percent, language, pgettext
from services.platform.sheets import Column, Sheet, csv_chunks

BIG_MONEY = 100_000
"""Yuan from which on an axis counts in units of ten thousand (in English: of a thousand)."""
MOST_TICKS = 12
"""Labels on a time axis."""


@dataclass(frozen=True)
class Figures:
    """A chart ready to be drawn."""

    data: ChartData
    title: str
    look: Look
    rows: list[dict[str, Any]]
    """One row per mark, as `plot` wants it; a `key` below 0: nothing stands behind it."""
    labels: dict[str, Labels]
    target: float | None
    target_title: str
    summary: str
    """What the chart says, in a sentence."""

    def mark(self, key: Any) -> Mark | None:
        """The mark of that number."""
        return self.data.marks[key] if type(key) is int and 0 <= key < len(self.data.marks) else None


def figures(data: ChartData) -> Figures:
    """Put the figures of a chart into words and places."""
    chart, table = data.chart, data.table
    scale, unit = _scale(data)
    across, rest = _axes(data)
    series = _series(data, rest)
    heat = chart.mark == "heat"
    split = bool(rest) and not heat
    judged = chart.target is not None and not split and chart.mark in ("bar", "line", "point", "histogram")
    lying = chart.mark == "bar" and across != "over"
    look = Look(
        mark=chart.mark,
        axis="time" if across == "over" else "bins" if chart.mark == "histogram" else "groups",
        split=split,
        judged=judged,
        target=chart.target is not None and chart.mark not in ("heat", "pareto"),
        value=f"{measured(data)} ({unit})" if unit else measured(data),
        group=data.fields[across].title if across else "",
        split_title=" · ".join(data.fields[axis].title for axis in rest) if split else "",
        of=_("Of these"),
        share=_("Running share"),
        good=_("as aimed at"),
        bad=_("off the aim"),
        suffix="%" if _is_percent(data) else "",
    )
    rows = _rows(data, across, rest, series, scale, judged=judged)
    labels: dict[str, Labels] = {}
    if across:
        labels["y" if lying else "x"] = _labels(data, across)
    if heat and rest:
        labels["y"] = {str(at): _title(data, rest, one) for at, one in enumerate(series)}
    if lying:
        for row in rows:
            row["y"] = row["x"]
    return Figures(
        data=data,
        title=title_of(table, chart),
        look=look,
        rows=rows,
        labels=labels,
        target=float(chart.target) / scale if chart.target is not None else None,
        target_title=_target_title(data),
        summary=_summary(data, across),
    )


def title_of(table: Table, chart: Chart) -> str:
    """The title of a chart."""
    return pgettext(table.name, chart.title)


def help_of(table: Table, chart: Chart) -> str:
    """What the chart is for, as declared."""
    return pgettext(table.name, chart.help) if chart.help else ""


def measured(data: ChartData) -> str:
    """What is measured, in words."""
    kind = data.chart.measure.partition(":")[0]
    if data.measure is None:
        return data.table.plural
    title = heading(data.measure) if kind in ("min", "max") else data.measure.title
    return {
        "sum": title,
        "avg": _("{field} (mean)", field=title),
        "min": _("{field} (least)", field=title),
        "max": _("{field} (most)", field=title),
    }.get(kind, title)


def worded(data: ChartData, value: Decimal | timedelta | None) -> str:
    """A value in words, exact."""
    if value is None:
        return "—"
    if _is_percent(data):
        return f"{format_number(Decimal(value), 1)}%" if isinstance(value, Decimal) else str(value)
    if data.measure is None:
        return format_number(Decimal(value), 0) if isinstance(value, Decimal) else str(value)
    if data.measure.kind is Kind.INTEGER and isinstance(value, Decimal):
        return format_number(value) + (f" {pgettext(data.table.name, data.measure.spec.unit)}" if data.measure.spec.unit else "")
    return display(data.measure, value)


def _is_percent(data: ChartData) -> bool:
    return data.chart.measure.startswith("share:") or (data.measure is not None and data.measure.kind is Kind.PERCENT)


def _number(value: Decimal | timedelta | None, scale: float) -> float | None:
    """A value as a place on an axis: money in the unit of the axis, time in hours."""
    if value is None:
        return None
    return value.total_seconds() / 3600 if isinstance(value, timedelta) else float(value) / scale


def _scale(data: ChartData) -> tuple[float, str]:
    """By what the values of the axis are divided, and what the result is called."""
    if data.measure is None or _is_percent(data):
        return 1, ""
    if data.measure.kind is Kind.DURATION:
        return 1, _("hours")
    if data.measure.kind is Kind.MONEY:
        largest = max((abs(mark.value) for mark in data.marks if isinstance(mark.value, Decimal)), default=Decimal(0))
        if largest < BIG_MONEY:
            return 1, _("yuan")
        return (10_000, _("ten thousand yuan")) if language() == "zh_CN" else (1_000, _("thousand yuan"))
    return 1, pgettext(data.table.name, data.measure.spec.unit) if data.measure.spec.unit else ""


# Places


def _axes(data: ChartData) -> tuple[Dimension | None, tuple[Dimension, ...]]:
    """What stands along the chart, and what splits it (of a heat map: its lines)."""
    axes = tuple(data.fields)
    if data.chart.mark == "heat" and axes == ("by", "split"):
        return "split", ("by",)
    return (axes[0], axes[1:]) if axes else (None, ())


def _series(data: ChartData, rest: Sequence[Dimension]) -> list[tuple[int, ...]]:
    """The places on the axes that split a chart, combined: those that occur where there are several axes."""
    places = _places(data)
    every = [tuple(one) for one in product(*(range(len(data.groups[axis])) for axis in rest))]
    there = {tuple(places[axis][mark.groups[axis].key] for axis in rest) for mark in data.marks}
    return [one for one in every if len(rest) < 2 or one in there]


def _places(data: ChartData) -> dict[Dimension, dict[Any, int]]:
    return {axis: {group.key: at for at, group in enumerate(found)} for axis, found in data.groups.items()}


def _title(data: ChartData, rest: Sequence[Dimension], one: tuple[int, ...]) -> str:
    return " · ".join(data.groups[axis][at].title for axis, at in zip(rest, one, strict=True))


def _rows(
    data: ChartData, across: Dimension | None, rest: Sequence[Dimension], series: Sequence[tuple[int, ...]], scale: float, *, judged: bool
) -> list[dict[str, Any]]:
    """A row for every mark, and one for a place where there is none, if that means 0: a line goes down to it, an axis has it."""
    places = _places(data)
    axes = (*((across,) if across else ()), *rest)
    marks = {tuple(places[axis][mark.groups[axis].key] for axis in axes): at for at, mark in enumerate(data.marks)}
    filled = data.chart.mark in ("line", "area", "point") or across == "over"
    adds_up = data.chart.measure.partition(":")[0] in ("count", "sum") and data.chart.mark != "heat"
    rows: list[dict[str, Any]] = []
    running = Decimal(0)
    for here in range(len(data.groups[across]) if across else 1):
        name = _place(data, across, data.groups[across][here]) if across else data.table.plural
        for there, one in enumerate(series):
            at = marks.get(((here,) if across else ()) + one)
            # In the first place every part of a split stands, so that the legend has them in their order.
            if at is None and not (adds_up and (filled or here == 0)):
                continue
            mark = data.marks[at] if at is not None else None
            value = mark.value if mark else Decimal(0)
            row: dict[str, Any] = {
                "key": at if at is not None else -1,
                "x": str(here),
                "y": str(there),
                "s": _title(data, rest, one),
                "at": name,
                "v": _number(value, scale),
                "text": worded(data, value),
                "of": denominator(data, mark),
            }
            if judged:
                row["good"] = "ok" if _meets(data.chart, value) else "bad"
            if data.chart.mark == "pareto" and isinstance(value, Decimal):
                running += value
                row["sum"] = float(running / data.total * 100) if isinstance(data.total, Decimal) and data.total else 0.0
            rows.append(row)
    return rows


def denominator(data: ChartData, mark: Mark | None) -> str:
    """Out of how many a value is, and which share of the whole."""
    kind = data.chart.measure.partition(":")[0]
    count = mark.count if mark else 0
    if kind == "count":
        share = format_percent(Decimal(count) / data.count) if data.count else "—"
        return _("{share} of {total}", share=share, total=format_number(data.count, 0))
    if kind == "sum" and isinstance(data.total, Decimal) and data.total and mark and isinstance(mark.value, Decimal):
        return _("{share} of the total, {n} records", share=format_percent(mark.value / data.total), n=format_number(count, 0))
    return _("{n} records", n=format_number(count, 0))


def _meets(chart: Chart, value: Decimal | timedelta | None) -> bool:
    if chart.target is None or not isinstance(value, Decimal):
        return True
    return value <= chart.target if chart.lower_is_better else value >= chart.target


def _target_title(data: ChartData) -> str:
    if data.chart.target is None:
        return ""
    name = pgettext(data.table.name, data.chart.target_title) if data.chart.target_title else _("Aim")
    return f"{name} {worded(data, data.chart.target)}"


# Words


def _labels(data: ChartData, axis: Dimension) -> Labels:
    """Place on the axis → label: of the groups each, of the time as many as there is room for."""
    groups = data.groups[axis]
    if axis != "over":
        return {str(at): group.title for at, group in enumerate(groups)}
    days = [(at, group.key) for at, group in enumerate(groups) if isinstance(group.key, date)]
    ticks = _ticks(days, data.chart.step)
    starts = [
        before is None or _year_of(before[1], data.chart.step) != _year_of(day, data.chart.step)
        for before, (_at, day) in zip([None, *ticks], ticks, strict=False)
    ]
    if starts[1:2] == [True]:
        starts[0] = False  # two years side by side would run into each other
    found = {str(at): _step_label(day, data.chart.step, with_year=starts[place]) for place, (at, day) in enumerate(ticks)}
    return found | {str(at): group.title for at, group in enumerate(groups) if group.key is None}


def _ticks(days: list[tuple[int, date]], step: str) -> list[tuple[int, date]]:
    """At most so many steps, evenly; of months and quarters those with which a year begins among them."""
    for every in (1, 2, 3, 6, 12):
        if step == "month" and len(days) <= every * MOST_TICKS:
            return [one for one in days if (one[1].month - 1) % every == 0]
    if step in ("month", "quarter") and len(days) > MOST_TICKS:
        days = [one for one in days if one[1].month == 1]
    every = -(-len(days) // MOST_TICKS)
    return days[:: every or 1]


def _region() -> str:
    return "zh_CN" if language() == "zh_CN" else "en_GB"


def _step_label(day: date, step: str, *, with_year: bool) -> str | list[str]:
    """The label of a step; the year stands below where it begins."""
    if step == "year":
        return _year(day)
    short = {
        "day": lambda: dates.format_skeleton("MMMd", day, locale=_region()),
        "week": lambda: _("W{n}", n=day.isocalendar().week),
        "month": lambda: dates.format_date(day, "LLL", locale=_region()),
        "quarter": lambda: dates.format_date(day, "QQQ", locale=_region()),
    }[step]()
    return [short, _year(date(_year_of(day, step), 6, 1))] if with_year else short


def _year_of(day: date, step: str) -> int:
    """The year that a step belongs to."""
    return day.isocalendar().year if step == "week" else day.year


def _year(day: date) -> str:
    return dates.format_skeleton("y", day, locale=_region())


def _place(data: ChartData, axis: Dimension, group: Group) -> str:
    """A place on an axis in full."""
    if axis != "over" or not isinstance(group.key, date):
        return group.title
    day = group.key
    match data.chart.step:
        case "day":
            return format_date(day, "medium")
        case "week":
            return _(
                "week {n} of {year}, from {day}", n=day.isocalendar().week, year=day.isocalendar().year, day=format_date(day, "medium")
            )
        case "year":
            return _year(day)
        case step:
            return dates.format_skeleton("yMMM" if step == "month" else "yQQQ", day, locale=_region())


def _summary(data: ChartData, across: Dimension | None) -> str:
    """The chart's title and what it says: the highest and the lowest, and the whole."""
    title = title_of(data.table, data.chart)
    known = [mark for mark in data.marks if mark.value is not None]
    if not known or across is None:
        return title
    high, low = max(known, key=_size), min(known, key=_size)
    parts = [_("highest {place}: {value}", place=_name(data, high), value=worded(data, high.value))]
    if len(known) > 1:
        parts.append(_("lowest {place}: {value}", place=_name(data, low), value=worded(data, low.value)))
    return f"{title}. {'; '.join(parts)}. {whole(data)}"


def whole(data: ChartData) -> str:
    """Over how many records the chart is, and their total."""
    records = _("{n} records", n=format_number(data.count, 0))
    if data.chart.measure.startswith("sum:"):
        total = (
            format_money(data.total)
            if isinstance(data.total, Decimal) and data.measure and data.measure.kind is Kind.MONEY
            else worded(data, data.total)
        )
        return _("{records}, total {total}", records=records, total=total)
    if data.chart.measure != "count" and data.total is not None:
        return _("{records}, overall {total}", records=records, total=worded(data, data.total))
    return records


def _size(mark: Mark) -> float:
    return _number(mark.value, 1) or 0.0


def _name(data: ChartData, mark: Mark) -> str:
    return " · ".join(_place(data, axis, group) for axis, group in mark.groups.items())


def table(data: ChartData) -> list[dict[str, str]]:
    """The figures as rows of texts: places, value, out of how many."""
    heads = {axis: field.title for axis, field in data.fields.items()}
    value, of = measured(data), _("Of these")
    return [
        {
            **{heads[axis]: _place(data, axis, group) for axis, group in mark.groups.items()},
            value: worded(data, mark.value),
            of: denominator(data, mark),
        }
        for mark in data.marks
    ]


def spreadsheet(data: ChartData) -> bytes:
    """The figures as CSV that Excel opens rightly: plain numbers, and nothing in it runs."""
    titles = [*(field.title for field in data.fields.values()), measured(data), _("Records")]
    rows = ([*(_place(data, axis, group) for axis, group in mark.groups.items()), mark.value, mark.count] for mark in data.marks)
    return b"".join(csv_chunks(Sheet([Column(title) for title in titles], rows)))


def frame(rows: Sequence[Mapping[str, Any]]) -> Any:
    """The rows as an Arrow table: the way to the browser that costs least."""
    names = list(rows[0]) if rows else []
    return pa.table({name: [row.get(name) for row in rows] for name in names})
