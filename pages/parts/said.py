"""Why something is back where it was: what a board and an agenda say beside it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Refused:
    """What stands against what was done with a record; `n` tells one refusal from the next."""

    n: int
    id: int
    text: str
