"""Workbooks. Values only: formulas give what they gave last, macros and links are never looked at.

A zip tells what it unpacks to only while it is unpacked, and one cell at the end of a sheet makes it reach over everything before:
both are counted before anything is built in memory.
"""

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from services.crud.importing.table import Broken, Grid, Line, Unreadable
from services.platform.i18n import msg
from services.platform.settings import settings

_CHUNK = 1 << 20
_REACH = 30_000_000
"""Cells between the first one and the last: they stand in memory, filled or not."""
_CELL = re.compile(rb"<(?:\w+:)?c\s(?=[^>]*?\br=[\"']([A-Z]{1,3})(\d{1,7})[\"'])(?:[^>]*?\bs=[\"'](\d+)[\"'])?[^>]*?(?<!/)>")
_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*?\br=[\"'](\d{1,7})[\"']")
_ERROR = re.compile(
    rb"<(?:\w+:)?c\s(?=[^>]*?\br=[\"']([A-Z]{1,3})(\d{1,7})[\"'])(?=[^>]*?\bt=[\"']e[\"'])[^>]*>.*?<(?:\w+:)?v>([^<]{1,40})<", re.DOTALL
)
_DAMAGED = msg("This workbook can't be opened: it is damaged. Open it in Excel or WPS, save it anew, and try again.")
_LOCKED = msg("This workbook is protected by a password. Open it, take the password off, and save it again.")
_HUGE = msg("This workbook unpacks to more than {n} MB. Copy the rows that are needed into a new workbook, without pictures and formats.")


def read_xlsx(path: Path, sheet: str = "") -> Grid:
    """The lines of a sheet of an XLSX.

    Raises:
        Unreadable: damaged, locked, of another kind, or far too large when it is unpacked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if "xl/workbook.bin" in archive.namelist() or "xl/workbook.xml" not in archive.namelist():
                raise Unreadable(
                    msg("This is not an Excel workbook, whatever its name says. Open it and save it as an Excel workbook (.xlsx).")
                )
            _weigh(archive)
            grid = _read(path, sheet)
            return _precise(archive, grid)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ElementTree.ParseError, KeyError) as error:
        raise Unreadable(_DAMAGED) from error


def read_xls(path: Path, sheet: str = "") -> Grid:
    """The lines of a sheet of an XLS.

    Raises:
        Unreadable: damaged, locked, or of another kind (a document, a workbook with a password).
    """
    if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
        raise Unreadable(_LOCKED)
    return _read(path, sheet)


def _read(path: Path, wanted: str) -> Grid:
    try:
        with CalamineWorkbook.from_path(path) as book:
            seen = [
                one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible and one.typ == SheetTypeEnum.WorkSheet
            ]
            if not seen:
                raise Unreadable(msg("This workbook has no sheet that can be seen."))
            for name in [wanted] if wanted in seen else seen:
                sheet = book.get_sheet_by_name(name)
                lines = list(_lines(sheet))
                if lines:
                    break
            return Grid(lines, tuple(seen), name, tuple(sheet.merged_cell_ranges or ()))
    except PasswordError as error:
        raise Unreadable(_LOCKED) from error
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(_DAMAGED) from error


def _lines(sheet: CalamineSheet) -> Iterator[Line]:
    """The lines that hold something; more than can be imported are not built."""
    if sheet.start is None:
        return
    before = [None] * sheet.start[1]
    most = settings().import_rows + settings().import_title_lines
    for place, cells in enumerate(sheet.iter_rows()):
        if any(cell != "" for cell in cells):
            yield Line(place + 1, [*before, *cells])
            most -= 1
            if most < -1:
                raise Unreadable(msg("This table has more than {most} rows. Split it into several files.", most=settings().import_rows))


# Before it is opened


def _weigh(archive: zipfile.ZipFile) -> None:
    """Unpack everything piece by piece, counting; and see how far each sheet reaches."""
    room = settings().import_unpacked_megabytes * 1024 * 1024
    if len(archive.infolist()) > 5_000:
        raise Unreadable(_DAMAGED)
    for member in archive.infolist():
        if member.flag_bits & 1:
            raise Unreadable(_LOCKED)
        reach = _Reach() if member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml") else None
        with archive.open(member) as packed:
            while piece := packed.read(_CHUNK):
                room -= len(piece)
                if room < 0:
                    raise Unreadable(msg(_HUGE.text, n=settings().import_unpacked_megabytes))
                if reach is not None:
                    reach.look(piece)


class _Reach:
    """How far the filled cells of a sheet reach."""

    def __init__(self) -> None:
        self.left, self.row, self.column = b"", 0, 0

    def look(self, piece: bytes) -> None:
        piece = self.left + piece
        cut = piece.rfind(b"<")
        piece, self.left = (piece[:cut], piece[cut:][-4096:]) if cut > 0 else (piece, b"")
        letters = {found[0] for found in _CELL.findall(piece)}
        self.column = max([self.column, *(column_of(one) for one in letters)])
        self.row = max([self.row, *(int(one) for one in _ROW.findall(piece)[-1:])])
        if self.row * self.column > _REACH:
            raise Unreadable(
                msg(
                    "This sheet reaches to row {row} and column {column}, far beyond its table. Copy the table into a new workbook.",
                    row=self.row, column=self.column,
                )
            )  # fmt: skip


def column_of(letters: bytes) -> int:
    """`A` → 1, `AA` → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


# What the values alone don't tell


def _precise(archive: zipfile.ZipFile, grid: Grid) -> Grid:
    """The grid with percentages as they are shown, and errors of formulas as such."""
    styles = _percent_styles(archive)
    content = archive.read(_member(archive, grid.sheet))
    lines = {line.number: line for line in grid.lines}
    if b't="e"' in content or b"t='e'" in content:
        _put(lines, ((letters, row, said) for letters, row, said in _ERROR.findall(content)), lambda said, _value: Broken(said.decode()))
    if styles:
        told = ((letters, row, b"") for letters, row, style in _CELL.findall(content) if style in styles)
        _put(lines, told, lambda _said, value: f"{Decimal(f'{value * 100:.13g}'):f}%" if isinstance(value, float) else value)
    return Grid([lines[number] for number in sorted(lines)], grid.sheets, grid.sheet, grid.merged)


def _put(lines: dict[int, Line], cells: Iterable[tuple[bytes, bytes, bytes]], change: Callable[[bytes, Any], Any]) -> None:
    for letters, row, said in cells:
        number, column = int(row), column_of(letters) - 1
        held = lines.get(number)
        filled = [*held.cells] if held else []
        filled += [None] * (column + 1 - len(filled))
        value = change(said, filled[column])
        if value != filled[column]:
            filled[column] = value
            lines[number] = Line(number, filled)


_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def _percent_styles(archive: zipfile.ZipFile) -> set[bytes]:
    """The numbers of the styles that show a share as percent."""
    if "xl/styles.xml" not in archive.namelist():
        return set()
    root = _parsed(archive, "xl/styles.xml")
    formats = {9, 10}
    for one in root.iter(f"{_MAIN}numFmt"):
        code = re.sub(r'"[^"]*"|\\.', "", one.get("formatCode", ""))
        if "%" in code:
            formats.add(int(one.get("numFmtId", "0")))
    styles = root.find(f"{_MAIN}cellXfs")
    found = enumerate(styles if styles is not None else ())
    return {str(place).encode() for place, one in found if int(one.get("numFmtId", "0")) in formats}


def _parsed(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    content = archive.read(name)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Unreadable(_DAMAGED)  # no workbook has any; they can be made to grow without end
    return ElementTree.fromstring(content)


def _member(archive: zipfile.ZipFile, sheet: str) -> str:
    """The part of the archive that holds a sheet."""
    book, links = _parsed(archive, "xl/workbook.xml"), _parsed(archive, "xl/_rels/workbook.xml.rels")
    key = next((one.get(_REL) for one in book.iter() if one.tag.endswith("}sheet") and one.get("name") == sheet), None)
    target = next(one.get("Target", "") for one in links if one.get("Id") == key)
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
