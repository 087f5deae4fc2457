"""Column types that mean the same on SQLite and PostgreSQL.

SQLite stores Numeric as a float and drops the offset of a moment; these types keep money, decimals and
time exact on both engines.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, DateTime, Dialect, Numeric, String, Text
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator, TypeEngine


def text_type(length: int | None = None) -> TypeEngine[str]:
    """Text that sorts by code point on both engines (order by people's rules is kept in a sort key)."""
    kind = String(length) if length else Text()
    return kind.with_variant(type(kind)(length, collation="C"), "postgresql")


class Scaled(TypeDecorator[Decimal]):
    """A decimal with a fixed number of places, kept as an integer of its smallest unit."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, places: int = 2) -> None:
        super().__init__()
        self.places = places

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        """Round half up to the places of the column; a float is refused."""
        if value is None:
            return None
        if isinstance(value, float):
            raise TypeError("a float can't be stored exactly: give a Decimal")
        return int(Decimal(value).scaleb(self.places).to_integral_value(ROUND_HALF_UP))

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Integer of the smallest unit → Decimal; also right for a sum (which PostgreSQL gives as Decimal)."""
        if value is None:
            return None
        return Decimal(int(value)).scaleb(-self.places).quantize(Decimal(1).scaleb(-self.places))

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        """What is added or compared is of the same unit; a factor or a divisor is a plain number."""
        if op in (operators.mul, operators.truediv, operators.floordiv, operators.mod):
            return BigInteger() if isinstance(value, int) else Numeric()
        return self


class Fen(Scaled):
    """Money in yuan with two places, kept as an integer of fen."""

    cache_ok = True

    def __init__(self) -> None:
        super().__init__(2)


class Moment(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database (`timestamptz` on PostgreSQL). A naive value is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware → UTC (without the offset on SQLite, which would keep it as text)."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC → aware UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Duration(TypeDecorator[timedelta]):
    """A length of time, kept as whole seconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        """timedelta → seconds."""
        return None if value is None else int(value.total_seconds())

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:
        """seconds → timedelta."""
        return None if value is None else timedelta(seconds=int(value))


class Codes(TypeDecorator[list[str]]):
    """Several choices of one field, kept as a JSON list in canonical order: found by `LIKE '%"code"%'`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> str | None:
        """codes → JSON; none at all is NULL."""
        codes = sorted(set(value or ()))
        return json.dumps(codes, ensure_ascii=False) if codes else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[str]:
        """JSON → codes."""
        return json.loads(value) if value else []


class Json(TypeDecorator[Any]):
    """A small structure of our own (values of a draft, a change), as text with the same bytes on both engines."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """structure → compact JSON with sorted keys."""
        return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """JSON → structure."""
        return None if value is None else json.loads(value)


class Place(NamedTuple):
    """A point: longitude and latitude on a map, or x and y in percent of a floor plan."""

    x: Decimal
    y: Decimal


class Point(TypeDecorator[Place]):
    """A point on a map or a floor plan, kept as `x,y`."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """(x, y) → text."""
        return None if value is None else f"{value[0]},{value[1]}"

    def process_result_value(self, value: str | None, dialect: Dialect) -> Place | None:
        """text → (x, y)."""
        if value is None:
            return None
        x, y = value.split(",")
        return Place(Decimal(x), Decimal(y))
