"""Declared rules over one record: a `Check` worked out on values as the database works it out on columns (empty means unknown), a
`When` in SQL."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import and_
from sqlalchemy.sql.elements import ColumnElement

from models.base import Check
from models.fields import EMPTY, FILLED, When


def holds(check: Check, values: Mapping[str, Any]) -> bool:
    """Whether the record of these values passes; a rule over an empty value does.

    Raises:
        TypeError: the rule can be worked out in SQL only (the start-up checks tell).
    """
    found = _bare(check.holds(_Record(values)))
    if found is not None and not isinstance(found, bool):
        raise TypeError(f"the rule {check.name} gives {type(found).__name__}, not yes or no")
    return found is not False


def in_sql(when: When, c: Any) -> ColumnElement[bool]:
    """A condition over the fields of a record (not the roles) as SQL; `c`: the columns."""
    parts = []
    for name, wanted in when.conditions.items():
        if wanted in (FILLED, EMPTY):
            parts.append(c[name].is_not(None) if wanted is FILLED else c[name].is_(None))
        else:
            parts.append(c[name].in_(wanted if isinstance(wanted, tuple | list | set | frozenset) else (wanted,)))
    return and_(*parts)


class _Record:
    """A record's values as attributes."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __getattr__(self, name: str) -> "_Value":
        return _Value(self._values[name])


class _Value:
    """A value with the operators of a column; what is unknown stays unknown, unless the rest decides."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any) -> None:
        self.value = value

    def __and__(self, other: Any) -> "_Value":
        sides = (self.value, _bare(other))
        return _Value(False if False in sides else None if None in sides else True)

    def __or__(self, other: Any) -> "_Value":
        sides = (self.value, _bare(other))
        return _Value(True if True in sides else None if None in sides else False)

    def __invert__(self) -> "_Value":
        return _Value(None if self.value is None else not self.value)

    __rand__, __ror__ = __and__, __or__

    def is_(self, other: Any) -> "_Value":
        return _Value(self.value is other)

    def is_not(self, other: Any) -> "_Value":
        return _Value(self.value is not other)

    def in_(self, several: Any) -> "_Value":
        return _Value(None if self.value is None else self.value in several)

    def not_in(self, several: Any) -> "_Value":
        return ~self.in_(several)

    def between(self, least: Any, most: Any) -> "_Value":
        least, most = _bare(least), _bare(most)
        return _Value(None if None in (self.value, least, most) else least <= self.value <= most)


def _bare(value: Any) -> Any:
    return value.value if isinstance(value, _Value) else value


def _two(work: Callable[[Any, Any], Any]) -> tuple[Callable[[_Value, Any], _Value], Callable[[_Value, Any], _Value]]:
    def forward(left: _Value, right: Any) -> _Value:
        other = _bare(right)
        return _Value(None if left.value is None or other is None else work(left.value, other))

    def backward(right: _Value, left: Any) -> _Value:
        return _Value(None if right.value is None or left is None else work(left, right.value))

    return forward, backward


for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(_Value, f"__{_name}__", _two(getattr(operator, _name))[0])
for _name in ("add", "sub", "mul", "truediv", "mod"):
    for _method, _work in zip((f"__{_name}__", f"__r{_name}__"), _two(getattr(operator, _name)), strict=True):
        setattr(_Value, _method, _work)
