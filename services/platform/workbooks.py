"""Sheets as XLSX: typed cells, a frozen heading, drop-downs, and cells marked with what is wrong.

Two libraries write it: a plain sheet streams through the quick one; marks and drop-downs, which it has not, need the other.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

import rustpy_xlsxwriter
from rustpy_xlsxwriter import Format as FastFormat
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from services.platform.i18n import _, msg
from services.platform.sheets import (
    MOST_DIGITS,
    MOST_ROWS,
    PLAIN,
    Column,
    Sheet,
    Type,
    Unfit,
    digits,
    local,
    plain_duration,
    plain_moment,
    speakable,
)

MOST_COLUMNS = 16_384
LONGEST_TEXT = 32_767
"""Characters of one cell, counted as Excel does: one beyond the basic plane is two."""
FIRST_DAY = date(1900, 3, 1)
"""The first day that Excel and everybody else agree on: Excel counts a 29 February 1900."""
_DAY = 86_400
_FILL, _FILL_REQUIRED, _FILL_WRONG, _INK_WRONG = "#E8EEF4", "#FFF2CC", "#FFC7CE", "#9C0006"


def write_xlsx(into: BinaryIO | Path, *sheets: Sheet) -> None:
    """The sheets as a workbook with typed cells, a frozen heading and a filter on it.

    A plain sheet of a million rows takes 20 MB of memory; one with marks or drop-downs is written about seven times slower.

    Raises:
        Unfit: too many columns or rows, or too long a text (where there are marks, it is cut instead: the text is the reader's own).
    """
    for sheet in sheets:
        if len(sheet.columns) > MOST_COLUMNS:
            raise Unfit(msg("A workbook holds at most {n} columns. Choose fewer, or take CSV.", n=MOST_COLUMNS))
    if len(sheets) == 1 and not _asks_more(sheets[0]):
        _write_fast(into, sheets[0])
    else:
        _write_rich(into, sheets)


def _asks_more(sheet: Sheet) -> bool:
    titles = {column.title for column in sheet.columns}
    return bool(sheet.marks) or len(titles) < len(sheet.columns) or any(one.choices or one.help or one.required for one in sheet.columns)


def _write_fast(into: BinaryIO | Path, sheet: Sheet) -> None:
    titles = [_heading(column) for column in sheet.columns]
    formats = {title: FastFormat().set_num_format(_number_format(column)) for title, column in zip(titles, sheet.columns, strict=True)}
    texts = [title for title, column in zip(titles, sheet.columns, strict=True) if column.type == "text"]
    rows = _records(titles, sheet)
    count = max(1, -(-sheet.total // MOST_ROWS))
    parts: list[tuple[str, Any]] = [(name, islice(rows, MOST_ROWS)) for name in _names([sheet.title] * count)]
    first = next(rows, None)
    if first is None:  # a writer that sees no row writes no heading either
        parts[0] = (parts[0][0], [dict.fromkeys(titles)])
    else:
        parts[0] = (parts[0][0], chain([first], islice(rows, MOST_ROWS - 1)))
    every, head = [name for name, _rows in parts], FastFormat().set_bold().set_background_color(_FILL)
    rustpy_xlsxwriter.write_worksheets(
        parts,
        into,
        freeze_panes={"general": {"row": 1, "col": 0}},
        column_widths={name: [_width(column) for column in sheet.columns] for name in every},
        column_formats=dict.fromkeys(every, formats),
        header_format=dict.fromkeys(every, head),
        autofilter=dict.fromkeys(every, True),
        ignore_errors=dict.fromkeys(every, texts) if texts else None,
    )
    if next(rows, None) is not None:
        raise Unfit(msg("There are more rows than the workbook has place for. Filter the list, or take CSV."))


def _records(titles: Sequence[str], sheet: Sheet) -> Iterator[dict[str, Any]]:
    gets = [_as(column.type).get for column in sheet.columns]
    for row in sheet.rows:
        yield dict(zip(titles, [get(type(value), str)(value) for get, value in zip(gets, row, strict=True)], strict=True))


def _as(kind: Type) -> dict[type, Callable[[Any], Any]]:
    """How a column of this type keeps its values: what would look like something else in it becomes text."""
    return {one: keep if _shows(kind, one) else PLAIN[one] for one, keep in _CELLS.items()}


def _shows(kind: Type, value: type) -> bool:
    """Whether such a value looks like what it is in a column of this type."""
    look = _LOOKS.get(value, "text")
    return kind == look if look in _TIMES else look == "text" or kind not in _TIMES


def _heading(column: Column) -> str:
    return speakable(column.title)[: LONGEST_TEXT // 2]


# Values as an XLSX keeps them


def _cell_text(text: str) -> str:
    if len(text) * 2 > LONGEST_TEXT and units(text) > LONGEST_TEXT:
        raise Unfit(
            msg("A cell of a workbook holds at most {most} characters; “{text}…” has more. Take CSV instead.", most=LONGEST_TEXT,
                text=text[:20])
        )  # fmt: skip
    return speakable(text)


def units(text: str) -> int:
    """The length of a text as Excel counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cell_integer(value: int) -> int | str:
    return value if abs(value) < 10**MOST_DIGITS else str(value)


def _cell_decimal(value: Decimal) -> float | str:
    return float(value) if digits(value) <= MOST_DIGITS else format(value, "f")


def _cell_date(value: date) -> date | str:
    return value if value >= FIRST_DAY else value.isoformat()


def _cell_moment(value: datetime) -> datetime | str:
    value = local(value).replace(microsecond=0)
    return value if value.date() >= FIRST_DAY else plain_moment(value)


def _cell_time(value: time) -> float:
    return (value.hour * 3600 + value.minute * 60 + value.second) / _DAY


def _cell_duration(value: timedelta) -> float | str:
    return value.total_seconds() / _DAY if value >= timedelta(0) else plain_duration(value)


_CELLS: dict[type, Callable[[Any], Any]] = {
    str: _cell_text,
    type(None): lambda _nothing: None,
    bool: lambda value: value,
    int: _cell_integer,
    float: lambda value: value if math.isfinite(value) else None,
    Decimal: _cell_decimal,
    date: _cell_date,
    datetime: _cell_moment,
    time: _cell_time,
    timedelta: _cell_duration,
}
_LOOKS: dict[type, Type] = {
    int: "integer",
    float: "decimal",
    Decimal: "decimal",
    date: "date",
    datetime: "moment",
    time: "time",
    timedelta: "duration",
}
_TIMES = frozenset({"date", "moment", "time", "duration"})


def _number_format(column: Column) -> str:
    decimals = f"0.{'0' * column.places}" if column.places else "0"
    match column.type:
        case "decimal":
            return f"#,##{decimals}"
        case "percent":
            return f'{decimals}"%"'
        case other:
            return _NUMBER_FORMATS[other]


_NUMBER_FORMATS: dict[str, str] = {
    "text": "@",
    "integer": "0",
    "date": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm",
    "time": "hh:mm",
    "duration": "[h]:mm",
}
_WIDTHS: dict[Type, float] = {"text": 18, "date": 12, "moment": 17, "decimal": 14}


def _width(column: Column) -> float:
    title = sum(2 if sign > "\u2e7f" else 1 for sign in column.title)
    return column.width or min(max(_WIDTHS.get(column.type, 10), title + 4), 60)


def _names(titles: Sequence[str]) -> list[str]:
    """Names of sheets: allowed by Excel, and none twice."""
    found: dict[str, str] = {}
    for title in titles:
        plain_title = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", speakable(title)).strip().strip("'").strip()
        if plain_title.lower() in ("", "history"):
            plain_title = _("Data")
        name, turn = _cut(plain_title, 31), 1
        while name.lower() in found:
            turn += 1
            name = f"{_cut(plain_title, 31 - len(f' ({turn})'))} ({turn})"
        found[name.lower()] = name
    return list(found.values())


def _cut(text: str, most: int) -> str:
    """As much of a text as so many of Excel's characters hold."""
    return text.encode("utf-16-le")[: most * 2].decode("utf-16-le", "ignore").strip().strip("'")


# Workbooks with marks and drop-downs


def _write_rich(into: BinaryIO | Path, sheets: Sequence[Sheet]) -> None:
    book = Workbook(str(into) if isinstance(into, Path) else into, {"constant_memory": True, "use_zip64": True})
    try:
        *names, lists = _names([*(sheet.title for sheet in sheets), _("Choices")])
        made = [(sheet, book.add_worksheet(name)) for sheet, name in zip(sheets, names, strict=True)]
        offered = book.add_worksheet(lists) if any(column.choices for sheet in sheets for column in sheet.columns) else None
        if offered is not None:
            _offer(offered, made)
        for sheet, page in made:
            _Rich(book, page, sheet).write()
    finally:
        book.close()


def _offer(lists: Worksheet, made: Sequence[tuple[Sheet, Worksheet]]) -> None:
    """Put what is offered into a hidden sheet (a list inside the rule holds 255 characters and no commas), and point the rules to it."""
    lists.hide()
    asked = [(sheet, page, place) for sheet, page in made for place, column in enumerate(sheet.columns) if column.choices]
    columns = [[_cell_text(choice) for choice in sheet.columns[place].choices] for sheet, _page, place in asked]
    for row in range(max(map(len, columns))):
        for place, choices in enumerate(columns):
            if row < len(choices):
                lists.write_string(row, place, choices[row])
    quoted = lists.get_name().replace("'", "''")
    for source, (sheet, page, place) in enumerate(asked):
        column = sheet.columns[place]
        letters = _letters(source)
        rule = {"validate": "list", "source": f"='{quoted}'!${letters}$1:${letters}${len(columns[source])}"}
        if column.several:
            rule |= {"error_type": "information", "error_title": _("Several"), "error_message": _("Several values: with a comma between.")}
        page.data_validation(1, place, sheet.dropdown_rows, place, rule)


def _letters(place: int) -> str:
    letters, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class _Rich:
    """A sheet that is written cell by cell. Its rows may be longer than its heading."""

    def __init__(self, book: Workbook, page: Worksheet, sheet: Sheet) -> None:
        self.book, self.page, self.sheet = book, page, sheet
        self.made: dict[tuple[str, bool], Any] = {}

    def write(self) -> None:
        page, columns = self.page, self.sheet.columns
        page.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            page.set_column(place, place, _width(column), self.look(column, wrong=False))
            wrong = self.sheet.marks.get(-1, {}).get(place)
            page.write_string(0, place, _heading(column), self.head(_FILL_REQUIRED if column.required else _FILL, bool(wrong)))
            if remark := wrong or column.help:
                self.remark(0, place, remark)
        last = 0
        for last, row in enumerate(self.sheet.rows, 1):
            if last > MOST_ROWS:
                raise Unfit(msg("There are more rows than the workbook has place for. Filter the list, or take CSV."))
            marks = self.sheet.marks.get(last - 1, {})
            for place, value in enumerate(chain(row, [None] * (max(marks, default=-1) + 1 - len(row)))):
                self.cell(last, place, value, place in marks)
            for place, remark in marks.items():
                self.remark(last, place, remark)
        if columns:
            page.autofilter(0, 0, last, len(columns) - 1)
        if texts := [f"{_letters(p)}2:{_letters(p)}{last + 1}" for p, column in enumerate(columns) if column.type == "text" and last]:
            page.ignore_errors({"number_stored_as_text": " ".join(texts)})

    def cell(self, row: int, place: int, value: Any, wrong: bool) -> None:
        column = self.sheet.columns[place] if place < len(self.sheet.columns) else Column("")
        if isinstance(value, str) and self.sheet.marks:
            value = _cut_text(value)
        elif not _shows(column.type, type(value)):
            column = Column("", _LOOKS[type(value)])
        look = self.look(column, wrong)
        kept = _CELLS.get(type(value), str)(value)
        if kept is None or kept == "":
            if wrong:
                self.page.write_blank(row, place, None, look)
        elif isinstance(kept, str):
            self.page.write_string(row, place, kept, look)
        elif isinstance(kept, bool):
            self.page.write_boolean(row, place, kept, look)
        elif isinstance(kept, date):
            self.page.write_datetime(row, place, kept, look)
        else:
            self.page.write_number(row, place, kept, look)

    def remark(self, row: int, place: int, text: str) -> None:
        text = _cut_text(re.sub("[\x00-\x08\x0b-\x1f]", " ", text))
        lines = sum(1 + units(line) // 24 for line in text.split("\n"))
        self.page.write_comment(row, place, text, {"x_scale": 1.6, "y_scale": min(max(lines / 4, 0.6), 4)})

    def look(self, column: Column, wrong: bool) -> Any:
        return self.format({"num_format": _number_format(column)}, wrong)

    def head(self, fill: str, wrong: bool) -> Any:
        return self.format({"bold": True, "bg_color": fill}, wrong)

    def format(self, said: dict[str, Any], wrong: bool) -> Any:
        key = str(said), wrong
        if key not in self.made:
            self.made[key] = self.book.add_format(said | ({"bg_color": _FILL_WRONG, "font_color": _INK_WRONG} if wrong else {}))
        return self.made[key]


def _cut_text(text: str) -> str:
    text = speakable(text)
    return text if len(text) * 2 <= LONGEST_TEXT or units(text) <= LONGEST_TEXT else _cut(text, LONGEST_TEXT - 1) + "…"
