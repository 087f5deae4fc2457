"""The SQL of fields: columns of a table, and what is computed from them."""

from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, FromClause, Integer, Numeric, String, Time, cast, func, literal, type_coerce
from sqlalchemy.sql.elements import ColumnElement, UnaryExpression
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

from models.base import sort_column
from models.fields import NUMBERS, Kind, now, today
from models.types import Codes, Duration, Fen, Moment, Point, Scaled, text_type
from services.crud.registry import Field


class Columns:
    """The columns of a table (or of an alias of it) as attributes, for the expression of a computed field.

    Besides: `today` and `now` as bound values, and `other(table)`: the columns of another table for a correlated
    subquery: `select(func.sum(t.other("move").n)).where(t.other("move").asset == t.id).scalar_subquery()`.
    """

    def __init__(self, source: "Source") -> None:
        self._source = source
        self._others: dict[str, Columns] = {}

    def __getattr__(self, name: str) -> Any:
        column = self._source.c.get(name)
        if column is None:
            raise AttributeError(name)
        return column

    @property
    def today(self) -> Any:
        """The date in Shanghai."""
        return literal(today(), Date())

    @property
    def now(self) -> Any:
        """This moment."""
        return literal(now(), Moment())

    def other(self, table: str) -> "Columns":
        """The columns of another table: always the same alias of it."""
        if table not in self._others:
            self._others[table] = Columns(SQLModel.metadata.tables[table].alias())
        return self._others[table]


class Loose:
    """The columns of a table, written so that SQLite looks none of them up in an index: `+column`."""

    def __init__(self, source: FromClause) -> None:
        self.c = _LooseColumns(source)


class _LooseColumns:
    def __init__(self, source: FromClause) -> None:
        self._source = source

    def get(self, name: str) -> Any:
        column = self._source.c.get(name)
        return None if column is None else _Plus(column)

    def __getitem__(self, name: str) -> Any:
        return _Plus(self._source.c[name])

    def __getattr__(self, name: str) -> Any:
        return self[name]


class _Plus(UnaryExpression[Any]):
    """`+column`: it still says which table it is of, for the looks into other tables that are written for the column."""

    inherit_cache = True

    def __init__(self, column: Any) -> None:
        super().__init__(column, operator=_PLUS, type_=column.type)
        self.table = column.table


_PLUS: custom_op[Any] = custom_op("+")
Source = FromClause | Loose
"""Where the columns of an expression come from."""


def value(field: Field, source: Source) -> ColumnElement[Any]:
    """The value of a field as SQL, its type that of the kind. Not for several references, which have a table of their own."""
    if field.spec.expression is None:
        return source.c[field.name]
    return _typed(field, field.spec.expression(Columns(source)))


def order(field: Field, source: Source) -> ColumnElement[Any]:
    """What a list sorted by this field sorts by (a text: its pinyin key)."""
    if field.spec.expression is not None:
        return value(field, source)
    return source.c[sort_column(field.sql, field.name).name]


def sql_type(field: Field) -> TypeEngine[Any]:
    """The type of a field's values in SQL."""
    column = field.column
    return _computed_type(field) if column is None else column.type


def _computed_type(field: Field) -> TypeEngine[Any]:
    match field.kind:
        case Kind.MONEY:
            return Fen()
        case Kind.DECIMAL | Kind.PERCENT:
            return Scaled(field.spec.places)
        case Kind.INTEGER | Kind.REFERENCE | Kind.PARENT | Kind.FILE | Kind.IMAGE:
            return Integer()
        case kind:
            return _TYPES.get(kind, text_type())


_TYPES: dict[Kind, TypeEngine[Any]] = {
    Kind.DATE: Date(),
    Kind.TIME: Time(),
    Kind.MOMENT: Moment(),
    Kind.DURATION: Duration(),
    Kind.BOOLEAN: Boolean(),
    Kind.CHOICES: Codes(),
    Kind.POINT: Point(),
}


def _typed(field: Field, expression: Any) -> ColumnElement[Any]:
    """The expression with the type of its kind; numbers become whole in their smallest unit, half away from zero."""
    if not isinstance(expression, ColumnElement):
        expression = literal(expression)
    kind = expression.type
    if isinstance(kind, Scaled | Duration | Moment | Boolean | Codes | Point):
        return expression  # type: ignore[no-any-return]
    if field.kind in NUMBERS and not isinstance(kind, Integer):
        # A sum of integers is Numeric on PostgreSQL, a quotient a float on SQLite.
        expression = cast(func.round(expression), BigInteger())
    if field.kind is Kind.DURATION and isinstance(kind, Numeric):
        expression = cast(expression, BigInteger())
    if isinstance(kind, String) and isinstance(_computed_type(field), String):
        return expression  # type: ignore[no-any-return]
    return type_coerce(expression, _computed_type(field))


def largest(field: Field) -> int:
    """The largest absolute number that the field's column can be compared with, in its smallest unit."""
    return 2**63 - 1 if isinstance(sql_type(field), Scaled | Duration) else 2**31 - 1


LONGEST_DURATION = timedelta(days=36_500)
