"""Figures of a list: how many records each value of a chip would leave, and the sums in its footer."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, Text, func, literal, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from models.fields import Kind
from services.crud import columns
from services.crud.access import Actor, rows, usable
from services.crud.listing import Listing, counted, listing
from services.crud.order import order_of
from services.crud.registry import Field, Table
from services.crud.registry import table as described
from services.crud.sortkey import sort_key
from services.crud.titles import UNREADABLE, titles
from services.crud.view import View, filterable
from services.platform.i18n import _
from services.platform.settings import settings


@dataclass(frozen=True, slots=True)
class Facet:
    """A value of a field and how many records have it; not exact: at least so many."""

    value: Any
    """None: those without a value."""
    title: str
    count: int
    exact: bool = True


def facets(db: Session, actor: Actor, table: Table, view: View, field: Field) -> list[Facet]:
    """The values of a choice, yes/no or reference field and how many records of the list have each, under its other filters.

    Choices come in their order with those that nobody has, references by their title. A count stops at a bound; the values
    of a reference to many records are given only where the list is short enough to count them all, the most frequent ones.
    One statement, two for references; under filters one more, and where they leave many rows as many again.
    """
    if not filterable(table, field):
        return []
    view = view.without(field.name)
    many = bool(field.spec.target) and not described(field.spec.target).screen.few
    if many or view.filters or view.search:
        found = _grouped(db, actor, listing(db, actor, table, view, ordered=False), field)
        if view.search or all(facet.exact for facet in found):
            return found
        if many:
            return []
    indexed = field.column is not None and field.kind is not Kind.CHOICES
    here = listing(db, actor, table, view, ordered=False, each=indexed)
    if field.spec.target:
        return _of_few(db, actor, here, field, described(field.spec.target))
    return _listed(db, here, field, _offered(field))


def _offered(field: Field) -> list[tuple[Any, str]]:
    if field.kind is Kind.BOOLEAN:
        return [(True, _("Yes")), (False, _("No"))]
    return [(choice.code, field.choice_title(choice.code)) for choice in field.spec.choices]


def _listed(db: Session, here: Listing, field: Field, offered: Sequence[tuple[Any, str]]) -> list[Facet]:
    value = columns.value(field, here.source)
    has = [_has(field, value, code) for code, _title in offered]
    asked = list(offered)
    if field.kind is not Kind.BOOLEAN and (field.column is None or field.column.nullable):
        asked.append((None, ""))
        has.append(value.is_(None))
    bound = settings().facet_bound
    totals = [counted(here.select(literal(1)).where(one), bound).label(f"n{place}") for place, one in enumerate(has)]
    found = db.execute(select(*totals)).one() if totals else ()
    facets = [_facet(code, title, total, bound) for (code, title), total in zip(asked, found, strict=True)]
    return [facet for facet in facets if facet.value is not None or facet.count]


def _has(field: Field, value: ColumnElement[Any], code: Any) -> ColumnElement[bool]:
    if field.kind is Kind.CHOICES:
        return type_coerce(value, Text()).contains(f'"{code}"', autoescape=True)
    return value.is_(code) if isinstance(code, bool) and field.spec.computed else value == code


def _facet(value: Any, title: str, total: int, bound: int) -> Facet:
    return Facet(value, title, min(total, bound), exact=total <= bound)


def _of_few(db: Session, actor: Actor, here: Listing, field: Field, target: Table) -> list[Facet]:
    """Every record that can be referred to (as many as are shown), each counted up to the bound."""
    there = target.sql.alias("there")
    bound = settings().facet_bound
    total = counted(_referring(here, field, there.c.id).correlate(there), bound)
    first = order_of(target, "", there, centre=None, live=False).terms
    wanted = select(there.c.id, total).where(rows(actor, target, columns=there), there.c.deleted_at.is_(None))
    found = db.execute(wanted.order_by(*(term.ordering(backwards=False) for term in first)).limit(settings().facet_values)).all()
    called = titles(db, target, [id_ for id_, n in found if n], actor)
    return [_facet(id_, called.get(id_, UNREADABLE), n, bound) for id_, n in found if n]


def _grouped(db: Session, actor: Actor, here: Listing, field: Field) -> list[Facet]:
    """All values at once, of as many records as are counted; where there are more, each value has at least so many."""
    bound = settings().count_bound
    if field.kind is Kind.REFERENCES:
        value: Any = field.link.c.target_id
        chosen = here.select(value.label("value")).join(field.link, field.link.c.owner_id == here.source.c.id)
    else:
        chosen = here.select(columns.value(field, here.source).label("value"))
    part = chosen.limit(bound + 1).subquery()
    counts: Counter[Any] = Counter()
    total = 0
    for held, n in db.execute(select(part.c.value, func.count()).group_by(part.c.value)):
        total += n
        for one in (held or [None]) if field.kind is Kind.CHOICES else [held]:
            counts[one] += n
    if not field.spec.target:
        found = [(code, title, counts[code]) for code, title in _offered(field)]
        found += [(None, "", counts[None])] if counts[None] else []
    else:
        most = [(id_, n) for id_, n in counts.most_common(settings().facet_values + 1) if id_ is not None][: settings().facet_values]
        called = titles(db, described(field.spec.target), [id_ for id_, _n in most], actor)
        found = [(id_, called.get(id_, UNREADABLE), n) for id_, n in most]
        if described(field.spec.target).screen.few:
            found.sort(key=lambda one: sort_key(one[1]))
    return [Facet(value, title, n, exact=total <= bound) for value, title, n in found]


def _referring(here: Listing, field: Field, id_: ColumnElement[int]) -> Select[Any]:
    if field.kind is Kind.REFERENCES:
        link = field.link.c
        return here.select(literal(1)).join(field.link, link.owner_id == here.source.c.id).where(link.target_id == id_)
    return here.select(literal(1)).where(columns.value(field, here.source) == id_)


def sums(db: Session, actor: Actor, table: Table, view: View) -> dict[str, Decimal | timedelta]:
    """The sums of the fields that are summed, over all that the view selects: field → sum, 0 where nothing is. One statement."""
    fields = [field for field in table.sum_fields if usable(field)]
    if not fields:
        return {}
    here = listing(db, actor, table, view, ordered=False)
    wanted = [type_coerce(func.sum(columns.value(field, here.source)), columns.sql_type(field)).label(field.name) for field in fields]
    found = db.execute(here.select(*wanted)).one()
    return {field.name: _sum(field, total) for field, total in zip(fields, found, strict=True)}


def _sum(field: Field, total: Any) -> Decimal | timedelta:
    if field.kind is Kind.DURATION:
        return total or timedelta()
    return Decimal(total or 0)
