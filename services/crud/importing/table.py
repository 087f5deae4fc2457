"""What is read of a file: lines of cells, whatever format it has."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from services.platform.i18n import Message


class Unreadable(ValueError):
    """The file can't be imported; the message says why and what to do."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(message)

    def __str__(self) -> str:
        return str(self.message)


@dataclass(frozen=True)
class Broken:
    """A cell whose value is lost: what stands in it instead, such as `#N/A`."""

    said: str

    def __str__(self) -> str:
        return self.said


@dataclass(frozen=True)
class Line:
    """A line that holds something: its number in the file (from 1) and its cells; an empty cell is None."""

    number: int
    cells: Sequence[Any]


@dataclass(frozen=True)
class Grid:
    """One sheet of a file, or a text file."""

    lines: list[Line]
    sheets: tuple[str, ...] = ()
    """The sheets that can be seen, of a workbook."""
    sheet: str = ""
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = field(default=())
    """Merged cells: (row, column) of the first and the last, from 0."""

    @property
    def width(self) -> int:
        """Columns that hold something."""
        return max((len(line.cells) for line in self.lines), default=0)
