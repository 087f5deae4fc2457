"""Expressions for computed fields that mean the same on SQLite and PostgreSQL."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, FromClause, Integer, Table, Text, case, cast, extract, func, literal, select, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlmodel import SQLModel

from models.types import Codes, Duration, Fen, Scaled

Expression = Callable[[Any], Any]
"""Takes a table's columns (and `.today`, `.now`), gives an SQL expression."""


def counting(table: str, via: str, where: Expression | None = None) -> Expression:
    """How many live records of a table refer to this one: `counting("staff", "department", lambda s: s.status != "left")`."""
    return _of_children(table, via, lambda _: func.count(), where)


def summing(table: str, via: str, of: str | Expression, where: Expression | None = None) -> Expression:
    """The sum of a field, or of an expression, over the live records that refer to this one; without any, 0."""

    def measure(t: Any) -> Any:
        each = t[of] if isinstance(of, str) else of(t)
        return func.coalesce(func.sum(each), literal(0, each.type))

    return _of_children(table, via, measure, where)


def _of_children(table: str, via: str, measure: Expression, where: Expression | None) -> Expression:
    def expression(t: Any) -> Any:
        # An alias: the records that refer here may be of this very table (a tree).
        children = SQLModel.metadata.tables[table].alias()
        # The centre comes first in every index.
        live = (children.c.centre_id == t.centre_id, children.c.deleted_at.is_(None))
        chosen = select(measure(children.c)).where(children.c[via] == t.id, *live)
        if where is not None:
            chosen = chosen.where(where(children.c))
        return chosen.correlate(t.id.table).scalar_subquery()

    return expression


def found(table: str, column: str, key: Any) -> Any:
    """A column of the record that a reference points to: `found("supply_item", "unit_price", t.item)`."""
    other: Table = SQLModel.metadata.tables[table]
    there = other.alias()
    return select(there.c[column]).where(there.c.id == key).correlate(key.table).scalar_subquery()


@cache
def other(table: str) -> FromClause:
    """Another table (or this one once more), to look into from an expression; end the look with `.correlate(t.id.table)`."""
    return SQLModel.metadata.tables[table].alias()


def has(codes: Any, code: str) -> Any:
    """Whether a field of several choices holds this one."""
    return func.coalesce(type_coerce(codes, Text()), "").contains(f'"{code}"', autoescape=True)


def codes_where(conditions: Mapping[str, Any]) -> Any:
    """The codes whose condition holds, as the value of a field of several choices."""
    joined: Any = literal("")
    for code, holds in sorted(conditions.items()):
        joined = joined + case((holds, f'"{code}",'), else_="")
    return type_coerce(case((joined != "", literal("[") + func.rtrim(joined, ",") + "]")), Codes())


def month_number(day: Any) -> Any:
    """A date as a count of months, to tell how many lie between two: January 2026 is 24313."""
    return cast(extract("year", day), Integer) * 12 + cast(extract("month", day), Integer)


def share(part: Any, whole: Any, places: int = 2, times: int = 1) -> Any:
    """`part` of `whole` times so many, exact to the places; empty where the whole is 0 or empty."""
    return type_coerce(cast(func.round(cast(part, BigInteger) * (times * 10**places) / func.nullif(whole, 0)), BigInteger), Scaled(places))


def worth(quantity: Any, price: Any, places: int = 2) -> Any:
    """Money: a quantity with so many places times a price, half up to the fen."""
    raw = type_coerce(quantity, BigInteger) * type_coerce(price, BigInteger)
    half = 10**places // 2
    return type_coerce((raw + half) // 10**places, Fen())


class days_between(GenericFunction[int]):
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


class elapsed(GenericFunction[Any]):
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
