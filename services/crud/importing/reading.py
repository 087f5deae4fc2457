"""Opening a file: what it is by its content, whatever its name says, within limits."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.crud.importing import text, workbook
from services.crud.importing.table import Grid, Line, Unreadable
from services.platform.i18n import msg
from services.platform.settings import settings

ACCEPTED = ("xlsx", "xls", "csv", "txt", "tsv")
"""Endings of the files that can be imported."""
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS = ("xlsm", "xlsb", "xltx", "xltm", "ods", "et", "numbers")


def read(path: Path, name: str, sheet: str = "") -> Grid:
    """The lines of a file; of a workbook those of this sheet (default: the first that holds something).

    Raises:
        Unreadable: too large, or of a kind that can't be imported.
    """
    ending = name.rpartition(".")[2].lower()
    size = path.stat().st_size
    if size > settings().import_megabytes * 1024 * 1024:
        raise Unreadable(
            msg("This file is larger than {n} MB. Split it into several files, and leave out pictures.", n=settings().import_megabytes)
        )
    if not size:
        raise Unreadable(msg("This file is empty."))
    if ending in _OTHERS:
        raise Unreadable(
            msg(
                "Files of the kind “.{kind}” are not imported. Open it, choose “Save as”, and save it as an Excel workbook (.xlsx).",
                kind=ending,
            )
        )
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(_ZIP):
        grid = workbook.read_xlsx(path, sheet)
    elif head == _OLE:
        grid = workbook.read_xls(path, sheet)
    elif ending in ACCEPTED:
        grid = text.read_text(path)
    else:
        raise Unreadable(msg("Only Excel workbooks (.xlsx, .xls) and text tables (.csv, .txt, .tsv) can be imported."))
    return _fitting(grid)


def _fitting(grid: Grid) -> Grid:
    """The grid without blanks at its edges, if it is not too large."""
    lines = [Line(line.number, cells) for line in grid.lines if (cells := _trimmed(line.cells))]
    if not lines:
        raise Unreadable(msg("There is nothing in this file. Choose another file, or another sheet of it."))
    width, rows = max(len(line.cells) for line in lines), len(lines)
    if width > settings().import_columns:
        raise Unreadable(
            msg("This table has {n} columns; at most {most} can be imported. Delete those that are not needed.", n=width,
                most=settings().import_columns)
        )  # fmt: skip
    if rows > settings().import_rows + settings().import_title_lines:
        raise Unreadable(
            msg("This table has {n} rows; at most {most} can be imported at once. Split it into several files.", n=rows,
                most=settings().import_rows)
        )  # fmt: skip
    return Grid(lines, grid.sheets, grid.sheet, grid.merged)


def _trimmed(cells: Sequence[Any]) -> list[Any]:
    found = [None if cell == "" or (type(cell) is str and cell.isspace()) else cell for cell in cells]
    while found and found[-1] is None:
        found.pop()
    return found
