"""Expressions for computed fields that mean the same on SQLite and PostgreSQL."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, Integer, Table, cast, func, literal, select, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlmodel import SQLModel

from models.types import Duration, Fen, Scaled

Expression = Callable[[Any], Any]
"""Takes a table's columns (and `.today`, `.now`), gives an SQL expression."""


def counting(table: str, via: str, where: Expression | None = None) -> Expression:
    """How many live records of a table refer to this one: `counting("staff", "department", lambda s: s.status != "left")`."""
    return _of_children(table, via, lambda _: func.count(), where)


def summing(table: str, via: str, of: str, where: Expression | None = None) -> Expression:
    """The sum of a field over the live records that refer to this one; without any, 0."""
    return _of_children(table, via, lambda t: func.coalesce(func.sum(t[of]), literal(0, t[of].type)), where)


def _of_children(table: str, via: str, measure: Expression, where: Expression | None) -> Expression:
    def expression(t: Any) -> Any:
        # An alias: the records that refer here may be of this very table (a tree).
        children = SQLModel.metadata.tables[table].alias()
        chosen = select(measure(children.c)).where(children.c[via] == t.id, children.c.deleted_at.is_(None))
        if where is not None:
            chosen = chosen.where(where(children.c))
        return chosen.correlate(t.id.table).scalar_subquery()

    return expression


def found(table: str, column: str, key: Any) -> Any:
    """A column of the record that a reference points to: `found("supply_item", "unit_price", t.item)`."""
    other: Table = SQLModel.metadata.tables[table]
    there = other.alias()
    return select(there.c[column]).where(there.c.id == key).correlate(key.table).scalar_subquery()


def share(part: Any, whole: Any, places: int = 2, times: int = 1) -> Any:
    """`part` of `whole` times so many, exact to the places; empty where the whole is 0 or empty."""
    return type_coerce(cast(func.round(part * times * 10**places / func.nullif(whole, 0)), BigInteger), Scaled(places))


def worth(quantity: Any, price: Any, places: int = 2) -> Any:
    """Money: a quantity with so many places times a price, half up to the fen."""
    raw = type_coerce(quantity, BigInteger) * type_coerce(price, BigInteger)
    half = 10**places // 2
    return type_coerce((raw + half) // 10**places, Fen())


class days_between(GenericFunction[int]):  # noqa: N801  (named as it is called)
    """Whole days from one date to another."""

    type = Integer()
    inherit_cache = True


@compiles(days_between)
def _days(element: Any, compiler: Any, **kw: Any) -> str:
    start, end = (compiler.process(one, **kw) for one in element.clauses)
    return f"CAST(round(julianday({end}) - julianday({start})) AS INTEGER)"


@compiles(days_between, "postgresql")
def _days_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    start, end = (compiler.process(one, **kw) for one in element.clauses)
    return f"(CAST({end} AS DATE) - CAST({start} AS DATE))"


class elapsed(GenericFunction[Any]):  # noqa: N801
    """The time from one moment to another."""

    type = Duration()
    inherit_cache = True


@compiles(elapsed)
def _elapsed(element: Any, compiler: Any, **kw: Any) -> str:
    start, end = (compiler.process(one, **kw) for one in element.clauses)
    return f"(CAST(strftime('%s', {end}) AS INTEGER) - CAST(strftime('%s', {start}) AS INTEGER))"


@compiles(elapsed, "postgresql")
def _elapsed_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    start, end = (compiler.process(one, **kw) for one in element.clauses)
    return f"CAST(EXTRACT(EPOCH FROM ({end} - {start})) AS BIGINT)"
