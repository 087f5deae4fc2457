"""How a write can end other than well. Each says, in words for people, what stands against it; nothing was written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.crud.registry import Field, Table
from services.platform.i18n import Message, msg

Messages = dict[str, list[Message]]
"""Field → what is wrong with it; `""`: the record; `line.3.amount`: field of the fourth row of the child table `line`."""


class Missing(LookupError):
    """There is no such record, or the actor may not know of it."""


class Invalid(Exception):
    """What was given can't be kept: messages by field."""

    def __init__(self, errors: Mapping[str, list[Message]]) -> None:
        self.errors: Messages = {name: list(found) for name, found in errors.items() if found}
        super().__init__(self.errors)

    def __str__(self) -> str:
        return _lines(self.errors)


class Unconfirmed(Exception):
    """It can be kept, once the person has seen these warnings and says so."""

    def __init__(self, warnings: Mapping[str, list[Message]]) -> None:
        self.warnings: Messages = {name: list(found) for name, found in warnings.items() if found}
        super().__init__(self.warnings)

    def __str__(self) -> str:
        return _lines(self.warnings)


@dataclass(frozen=True)
class Conflict:
    """A field that two people changed: what it was, what one wants, what the other has saved. Masked where the actor sees a mask."""

    field: str
    base: Any
    mine: Any
    theirs: Any


class Stale(Exception):
    """Somebody else saved the same fields meanwhile. Saving again over `version` takes mine."""

    def __init__(self, conflicts: list[Conflict], who: str, when: datetime, version: int) -> None:
        self.conflicts, self.who, self.when, self.version = conflicts, who, when, version
        self.message = msg("{who} changed this record on {when}, after you had opened it.", who=who, when=when)
        super().__init__(conflicts)

    def __str__(self) -> str:
        return str(self.message)


@dataclass(frozen=True)
class Blocker:
    """Live records that refer to one that shall be deleted: how many, and the titles of a few that the actor may see."""

    table: Table
    field: Field
    count: int
    titles: list[str]


class Blocked(Invalid):
    """It can't be deleted: others refer to it."""

    def __init__(self, by: list[Blocker]) -> None:
        self.by = by
        super().__init__({"": [_refers(one) for one in by]})


def _refers(one: Blocker) -> Message:
    name = one.table.label_plural
    if not one.titles:
        return msg("{n} × {what} refer to it. Change or delete those first.", n=one.count, what=name)
    return msg("{n} × {what} refer to it ({titles}). Change or delete those first.", n=one.count, what=name, titles=listed(one.titles))


def listed(several: Sequence[Message | str]) -> Message | str:
    """Several names in a row, as a part of a message."""
    together = several[0]
    for one in several[1:]:
        together = msg("{first}, {next}", first=together, next=one)
    return together


def _lines(messages: Messages) -> str:
    return "\n".join(f"{name}: {message}" if name else str(message) for name, found in messages.items() for message in found)
