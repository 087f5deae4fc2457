"""Checks of charts."""

from collections import Counter

from models.base import Chart
from models.fields import NUMBERS, TIMES, Kind
from services.crud.checklist import Found, Tables, check
from services.crud.checks_tables import unknown_in
from services.crud.registry import Table
from services.platform.i18n import msg

GROUPS = frozenset(
    {Kind.CHOICE, Kind.CHOICES, Kind.BOOLEAN, Kind.REFERENCE, Kind.PARENT, Kind.REFERENCES, Kind.CODE, Kind.TEXT, Kind.INTEGER}
)
"""Kinds whose values make the groups of a chart."""
_MEASURES = ("sum", "avg", "min", "max", "share")


def _named(chart: Chart) -> dict[str, str]:
    of = chart.measure.partition(":")[2]
    return {word: name for word, name in (("measure", of), ("by", chart.by), ("over", chart.over), ("split", chart.split)) if name}


@check("E301")
def chart_fields(table: Table, known: Tables) -> Found:
    """Charts are drawn of fields that exist."""
    for chart in table.charts:
        for word, name in _named(chart).items():
            if name not in table.fields:
                yield chart.name, msg("{what} names the field “{field}”, which the table does not have.", what=word, field=name)
        yield from ((chart.name, message) for _where, message in unknown_in(table, chart.only, "only"))


@check("E302")
def measures(table: Table, known: Tables) -> Found:
    """A measure is a count, or worked out of numbers."""
    for chart in table.charts:
        how, _colon, name = chart.measure.partition(":")
        if chart.measure == "count":
            continue
        if how not in _MEASURES or not name:
            yield chart.name, msg("The measure is count, or sum:, avg:, min: or max: and a number field, or share: and a yes/no field.")
        elif how == "share":
            if name in table.fields and table.fields[name].kind is not Kind.BOOLEAN:
                yield chart.name, msg("A share needs a yes/no field; “{field}” is none.", field=name)
        elif name in table.fields and table.fields[name].kind not in {*NUMBERS, Kind.DURATION}:
            yield chart.name, msg("The measure needs a number field; “{field}” is none.", field=name)


@check("E303")
def chart_times(table: Table, known: Tables) -> Found:
    """Time runs over dates."""
    for chart in table.charts:
        if chart.over in table.fields and table.fields[chart.over].kind not in TIMES:
            yield chart.name, msg("over needs a date or a moment; “{field}” is none.", field=chart.over)


@check("E304")
def heats(table: Table, known: Tables) -> Found:
    """A heat map has two axes, every chart one."""
    for chart in table.charts:
        axes = [name for name in (chart.by, chart.over, chart.split) if name]
        if chart.mark == "heat" and len(axes) < 2:
            yield chart.name, msg("A heat map needs two of by, over and split.")
        elif not axes:
            yield chart.name, msg("The chart needs by or over: what its marks stand for.")
        elif chart.mark in ("line", "area") and not chart.over:
            yield chart.name, msg("A line or an area runs over time: it needs over.")


@check("E305")
def chart_groups(table: Table, known: Tables) -> Found:
    """Groups are made of values that recur."""
    for chart in table.charts:
        histogram = chart.mark == "histogram"
        for name in (chart.by, chart.split):
            field = table.fields.get(name)
            if field is None:
                continue
            if histogram and name == chart.by:
                if field.kind not in {*NUMBERS, Kind.DURATION} or not chart.bins:
                    yield chart.name, msg("A histogram needs a number field and bins.")
            elif field.kind not in GROUPS:
                yield chart.name, msg("“{field}” makes no groups: take a choice, a reference or yes/no.", field=name)
        if list(chart.bins) != sorted(set(chart.bins)):
            yield chart.name, msg("bins have to rise.")


@check("E306")
def chart_names(table: Table, known: Tables) -> Found:
    """Each chart has a name of its own."""
    for name, count in Counter(chart.name for chart in table.charts).items():
        if count > 1:
            yield name, msg("Two charts have this name.")


@check("E307")
def chart_secrets(table: Table, known: Tables) -> Found:
    """No chart tells what is masked."""
    for chart in table.charts:
        for name in {*_named(chart).values(), *(chart.only.conditions if chart.only else ())}:
            if name in table.fields and (table.fields[name].spec.sensitive or table.fields[name].spec.hidden):
                yield chart.name, msg("“{field}” is sensitive or hidden: a chart must not tell it.", field=name)


@check("E308")
def targets_titled(table: Table, known: Tables) -> Found:
    """A line to compare with says what it is."""
    for chart in table.charts:
        if chart.target is not None and not chart.target_title:
            yield chart.name, msg("The chart has a target without target_title: say what the line is.")
