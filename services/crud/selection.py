"""Which records a view selects: rights, trash and filters as SQL conditions."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Text, and_, false, or_, select, true, type_coerce
from sqlalchemy.sql.elements import ColumnElement

from models.fields import Kind, now
from services.crud import columns
from services.crud.access import Actor, rows
from services.crud.columns import Source
from services.crud.periods import end_of, span, start_of
from services.crud.registry import Field, Table
from services.crud.view import Filter, filterable

Condition = ColumnElement[bool]


def readable(actor: Actor, table: Table, source: Source, *, trash: bool = False) -> list[Condition]:
    """The records that the actor may read; of the trash, those that the actor may bring back."""
    gone = source.c.deleted_at
    return [rows(actor, table, "restore" if trash else "read", source), gone.is_not(None) if trash else gone.is_(None)]


def filtered(table: Table, filters: Iterable[Filter], source: Source) -> list[Condition]:
    """The conditions of these filters. One that may not be used selects nothing: no way to guess at what is hidden."""
    return [_condition(table, one, source) for one in filters]


def _condition(table: Table, one: Filter, source: Source) -> Condition:
    if one.field == "id":
        return source.c.id.in_(one.values)
    field = table.fields[one.field]
    if not filterable(table, field):
        return false()
    if field.kind is Kind.REFERENCES:
        return _linked(field, one, source)
    return _OPS[one.op](field, columns.value(field, source), one.values)


def _linked(field: Field, one: Filter, source: Source) -> Condition:
    link = field.link.c
    linked = select(link.target_id).where(link.owner_id == source.c.id)
    return ~linked.exists() if one.op == "empty" else (linked.where(link.target_id.in_(one.values)) if one.op == "in" else linked).exists()


def _in(field: Field, value: ColumnElement[Any], wanted: tuple[Any, ...]) -> Condition:
    if field.kind is Kind.CHOICES:
        kept = type_coerce(value, Text())
        return or_(*(kept.contains(f'"{code}"', autoescape=True) for code in wanted))
    return value.in_(wanted) if len(wanted) > 1 else value == wanted[0]


def _between(field: Field, value: ColumnElement[Any], ends: tuple[Any, ...]) -> Condition:
    low, high = ends
    found: list[Condition] = []
    if low is not None:
        found.append(value >= (start_of(low) if _is_day_of_moment(field, low) else low))
    if high is not None:
        found.append(value < end_of(high) if _is_day_of_moment(field, high) else value <= high)
    return and_(true(), *found)


def _is_day_of_moment(field: Field, end: Any) -> bool:
    return field.kind is Kind.MOMENT and isinstance(end, date) and not isinstance(end, datetime)


def _period(field: Field, value: ColumnElement[Any], names: tuple[Any, ...]) -> Condition:
    if names[0] == "overdue" and field.kind is Kind.MOMENT:
        return value < now()
    if names[0].startswith("next_") and names[0].endswith("_days") and field.kind is Kind.MOMENT:
        # What comes begins with this moment: what is over today does not come any more.
        return and_(value >= now(), _between(field, value, (None, span(names[0])[1])))
    return _between(field, value, span(names[0]))


def _contains(field: Field, value: ColumnElement[Any], texts: tuple[Any, ...]) -> Condition:
    return value.icontains(texts[0], autoescape=True)


def _empty(field: Field, value: ColumnElement[Any], _nothing: tuple[Any, ...]) -> Condition:
    return value.is_(None)


def _filled(field: Field, value: ColumnElement[Any], _nothing: tuple[Any, ...]) -> Condition:
    return value.is_not(None)


_OPS: dict[str, Callable[[Field, ColumnElement[Any], tuple[Any, ...]], Condition]] = {
    "in": _in,
    "between": _between,
    "period": _period,
    "contains": _contains,
    "empty": _empty,
    "filled": _filled,
}
