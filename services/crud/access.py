"""Who may do what: table, row, field, transition. Nothing is allowed until a right grants it."""

from dataclasses import dataclass, field
from typing import Literal

Source = Literal["screen", "import", "job", "command", "seed"]


@dataclass(frozen=True)
class Actor:
    """Who does it: account, roles, centre, session, and from where."""

    account: int | None
    name: str
    centre: int
    roles: frozenset[str] = frozenset()
    staff: int | None = None
    department: int | None = None
    departments: frozenset[int] = field(default_factory=frozenset)
    """The person's own department and all below it."""
    language: str = "zh_CN"
    source: Source = "screen"
    session: str = ""
    trusted: bool = False
    """The product itself (seed, jobs): every right, in its own centre."""
