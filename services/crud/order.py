"""The order of a list, and how to begin behind any row of it without counting the rows before (keyset pages).

A page that begins behind a row is read in segments: parts of the list that one index can walk, one after the other.
Sorted by price, upwards, behind a row without price: first the other rows without price, then those with one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import Column, FromClause, Join, Select, literal, select, true, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement, Label

from models.base import sort_column
from services.crud import columns
from services.crud.columns import Loose, Source
from services.crud.registry import Field, Table
from services.crud.registry import table as described

Key = tuple[Any, ...]
"""The values by which a row is found again in its list; the id stands last."""
Where = tuple[ColumnElement[bool], ...]


class Term(NamedTuple):
    """Something to sort by. Empty values come first upwards and last downwards, on both databases."""

    expression: ColumnElement[Any]
    descending: bool = False
    nullable: bool = False

    def ordering(self, backwards: bool, expression: ColumnElement[Any] | None = None) -> ColumnElement[Any]:
        """As it stands in ORDER BY; spelled so that the index of the declaration serves it both ways."""
        by = self.expression if expression is None else expression
        down = self.descending != backwards
        if not self.nullable:
            return by.desc() if down else by.asc()
        return by.desc().nulls_last() if down else by.asc().nulls_first()


class Driven(Join):
    """A join that walks the left side in its order and looks up the right side row by row: SQLite's CROSS JOIN."""

    inherit_cache = True


@compiles(Driven, "sqlite")
def _cross_join(element: Driven, compiler: Any, asfrom: bool = False, from_linter: Any = None, **kw: Any) -> str:
    left, right = (compiler.process(side, asfrom=True, from_linter=from_linter, **kw) for side in (element.left, element.right))
    return f"{left} CROSS JOIN {right} ON {compiler.process(element.onclause, from_linter=from_linter, **kw)}"


@dataclass(frozen=True)
class Driver:
    """The records that a reference points to, when the list follows their order."""

    title: Column[Any]
    """The column that they are sorted by."""
    target: FromClause
    where: Where
    terms: tuple[Term, ...]
    joined: ColumnElement[bool]
    leads: bool = True
    """Whether they are walked in their order; otherwise they are looked up for each of few rows, which are sorted then."""


@dataclass(frozen=True)
class Segment:
    """A part of a list that one index can walk."""

    terms: tuple[Term, ...]
    backwards: bool
    where: Where = ()
    driver: Driver | None = None

    def statement(self, source: FromClause, wanted: Sequence[ColumnElement[Any]], keys: Sequence[Label[Any]], where: Where,
                  limit: int, sqlite: bool) -> Select[Any]:  # fmt: skip
        """Its first rows under these conditions: the wanted columns, then the keys."""
        found = select(*wanted, *keys).where(*where, *self.where)
        within = [term.ordering(self.backwards) for term in self.terms]
        if self.driver is None:
            return found.select_from(source).order_by(*within).limit(limit)
        by = [term.ordering(self.backwards) for term in self.driver.terms]
        if sqlite or not self.driver.leads:
            sides = (self.driver.target, source) if self.driver.leads else (source, self.driver.target)
            return found.select_from(Driven(*sides, self.driver.joined)).where(*self.driver.where).order_by(*by, *within).limit(limit)
        # PostgreSQL does not keep the order of a nested loop's inner side: each target brings its first rows in their order.
        inner = found.select_from(source).where(self.driver.joined).order_by(*within).limit(limit).lateral()
        ends = list(inner.c)[-len(self.terms) :]
        again = [term.ordering(self.backwards, end) for term, end in zip(self.terms, ends, strict=True)]
        outer = select(*inner.c).select_from(self.driver.target.join(inner, true()))
        return outer.where(*self.driver.where).order_by(*by, *again).limit(limit)


class Order:
    """The order of a list: by one expression (or none) and the id."""

    def __init__(self, source: FromClause, terms: Sequence[Term]) -> None:
        self.source = source
        self.terms = tuple(terms)

    def key_columns(self) -> list[Label[Any]]:
        """The columns whose values are the key of a row."""
        return [term.expression.label(f"key_{place}") for place, term in enumerate(self.terms)]

    def segments(self, behind: Key | None = None, backwards: bool = False) -> list[Segment]:
        """The parts of the list behind a row (of the whole list without), in the order in which they are read."""
        if behind is None:
            return [Segment(self.terms, backwards)]
        return [Segment(self.terms, backwards, where) for where in self.behind(behind, backwards)]

    def behind(self, key: Key, backwards: bool) -> list[Where]:
        """The conditions of those parts."""
        last = self.terms[-1]
        up = last.descending == backwards
        id_ = literal(key[-1], last.expression.type)
        next_id = last.expression > id_ if up else last.expression < id_
        if len(self.terms) == 1:
            return [(next_id,)]
        term, value = self.terms[0], key[0]
        empty = term.expression.is_(None)
        if value is None:
            return [(empty, next_id), (term.expression.is_not(None),)] if up else [(empty, next_id)]
        here = tuple_(term.expression, last.expression)
        there = tuple_(literal(value, term.expression.type), id_)
        beyond = here > there if up else here < there
        return [(beyond,)] if up or not term.nullable else [(beyond,), (empty,)]


class ByReference(Order):
    """The order of the records that a reference points to, then that of the list itself; without reference first upwards.

    Live records refer to live records of their own centre: the writer sees to that, and the index of the target relies on it.
    """

    def __init__(self, source: FromClause, reference: ColumnElement[Any], driver: Driver, terms: Sequence[Term]) -> None:
        super().__init__(source, terms)
        self.reference = reference
        self.driver = driver

    def key_columns(self) -> list[Label[Any]]:
        """The reference, then the keys of the list itself."""
        return [self.reference.label("key_reference"), *super().key_columns()]

    def segments(self, behind: Key | None = None, backwards: bool = False) -> list[Segment]:
        """Without reference; with one and the same; with those that follow."""
        up = self.driver.terms[0].descending == backwards
        without = Segment(self.terms, backwards, (self.reference.is_(None),))
        filled = Segment(self.terms, backwards, (), self.driver)
        if behind is None:
            return [without, filled] if up else [filled, without]
        target, *key = behind
        if target is None:
            rest = [Segment(self.terms, backwards, (self.reference.is_(None), *where)) for where in self.behind(tuple(key), backwards)]
            return [*rest, filled] if up else rest
        same = [Segment(self.terms, backwards, (self.reference == target, *where)) for where in self.behind(tuple(key), backwards)]
        return [*same, self._following(target, backwards, up), *([] if up else [without])]

    def _following(self, target: int, backwards: bool, up: bool) -> Segment:
        driver = self.driver
        key = literal(target, self.reference.type)
        other = driver.title.table.alias()
        there = tuple_(select(other.c[driver.title.name]).where(other.c.id == key).scalar_subquery(), key)
        here = tuple_(*(term.expression for term in driver.terms))
        beyond = here > there if up else here < there
        return Segment(self.terms, backwards, (), replace(driver, where=(*driver.where, beyond)))


def order_of(
    table: Table, sort: str, source: FromClause, *, centre: int | None, live: bool = True, few: bool = False, loose: Loose | None = None
) -> Order:
    """The order that a list asks for (`sort` as in a view; empty: the table's own).

    `centre`: the only centre whose records are listed; None: of several. `live`: no deleted ones. Only then can the list
    follow the order of what it refers to; otherwise each row looks up its own title. `few`: so few rows are left by the
    conditions that they are sorted as they are found; `loose`: their columns, if SQLite must be told so.
    """
    own = loose or source
    asked = sort or table.default_sort
    name, down = asked.removeprefix("-"), asked.startswith("-")
    id_ = own.c.id
    field = table.fields.get(name)
    if field is None:
        return Order(source, [Term(id_, down)])
    if not field.spec.target:
        return Order(source, [_term(field, own, down), Term(id_, down)])
    reference = columns.value(field, own)
    title = _title(described(field.spec.target))
    if centre is None or not live or field.spec.computed or title.nullable:
        return Order(source, [Term(_looked_up(field, reference), down, nullable=True), Term(id_, down)])
    target = title.table.alias("target")
    by = (Term(target.c[title.name], down), Term(target.c.id, down))
    where = (target.c.centre_id == centre, target.c.deleted_at.is_(None))
    driver = Driver(title, target, where, by, target.c.id == reference, leads=not few)
    return ByReference(source, reference, driver, _own_terms(table, field, own))


def _term(field: Field, source: Source, down: bool) -> Term:
    expression = columns.order(field, source)
    nullable = field.column is None or bool(sort_column(field.sql, field.name).nullable)
    return Term(expression, down, nullable)


def _own_terms(table: Table, by: Field, source: Source) -> list[Term]:
    """What sorts the rows that refer to the same record: the columns of the index of the reference."""
    default = table.fields.get(table.default_sort.removeprefix("-"))
    down = table.default_sort.startswith("-")
    if default is None or default is by or default.spec.computed:
        return [Term(source.c.id, down)]
    return [_term(default, source, down), Term(source.c.id, down)]


def _title(target: Table) -> Column[Any]:
    """The column that records are sorted by where others refer to them: that of their first title that has one."""
    for field in target.titles:
        if field.column is not None and not field.spec.sensitive:
            return sort_column(target.sql, field.name)
    return target.sql.c.id


def _looked_up(field: Field, reference: ColumnElement[Any]) -> ColumnElement[Any]:
    """The title of the record referred to, looked up for each row."""
    title = _title(described(field.spec.target))
    there = title.table.alias()
    return select(there.c[title.name]).where(there.c.id == reference).scalar_subquery()
