"""The numbered checks of declarations: how one is written, and what it finds."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from services.crud.registry import Table
from services.platform.i18n import Message

Tables = Mapping[str, Table]
Found = Iterator[tuple[str, Message]]
"""Where in the table (a field, a move, a chart; `""`: the table itself), and what to mend."""


@dataclass(frozen=True)
class Problem:
    """Something in a declaration that must be mended before the product starts."""

    code: str
    where: str
    """`asset.kind`: table and field (or move, or chart)."""
    message: Message

    def __str__(self) -> str:
        return f"{self.code} {self.where}: {self.message}"


CHECKS: dict[str, Callable[[Table, Tables], Found]] = {}
"""Number → check of one table, given all tables. A number is never used again for something else."""


def check(code: str) -> Callable[[Callable[[Table, Tables], Found]], Callable[[Table, Tables], Found]]:
    """Register a check under its number."""

    def register(function: Callable[[Table, Tables], Found]) -> Callable[[Table, Tables], Found]:
        assert code not in CHECKS, code
        CHECKS[code] = function
        return function

    return register
