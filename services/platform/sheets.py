"""The one writer of tables for other programs: CSV and JSON here, XLSX in `workbooks`; all in bounded memory.

What people typed never runs in the program that opens it. In XLSX every text is a text cell in the format "Text", which
stays text even when it is edited. CSV has no types: there a text that a spreadsheet would run or mangle gets an apostrophe
in front (`guarded`); who reads such a file takes it off again (`unguarded`). JSON has types and is kept as it is.

Numbers stay numbers, dates stay dates. What Excel can't hold exactly (more than 15 digits, days before March 1900) is
written as text; what it can't hold at all is refused with `Unfit`, which says what to do.
"""

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain, islice
from typing import Any, BinaryIO, Literal

from services.platform.i18n import LOCAL, Message

Type = Literal["text", "integer", "decimal", "percent", "date", "moment", "time", "duration"]
Format = Literal["xlsx", "csv", "json"]
MEDIA_TYPES: dict[Format, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "json": "application/json",
}

MOST_ROWS = 1_048_575
"""Rows below the header of one sheet [ECMA-376]; more go on in a further sheet."""
MOST_DIGITS = 15
"""Digits of a number that Excel, and most readers of JSON, keep."""
_AT_ONCE = 500


@dataclass(frozen=True)
class Column:
    """A column of a sheet."""

    title: str
    type: Type = "text"
    """How its numbers look and how wide it is; a cell is written by the type of its own value."""
    name: str = ""
    """Its key in JSON; the title if there is none."""
    places: int = 0
    """Digits after the point of a decimal."""
    width: float = 0
    """In characters; 0: by type and title."""
    choices: tuple[str, ...] = ()
    """Offered in a drop-down (XLSX); other values can't be typed, but for several at once (`several`)."""
    several: bool = False
    help: str = ""
    """A remark on the heading (XLSX)."""
    required: bool = False
    """The heading is coloured (XLSX)."""


@dataclass(frozen=True)
class Sheet:
    """A table to be written. Its rows are read once, as they are needed."""

    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    title: str = ""
    total: int = MOST_ROWS
    """At most so many rows; beyond `MOST_ROWS` an XLSX has several sheets."""
    marks: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    """Row (from 0; -1: the heading) → column (from 0) → what is wrong there: a coloured cell with a remark (XLSX)."""
    dropdown_rows: int = MOST_ROWS
    """Rows that have the drop-downs."""


class Unfit(ValueError):
    """The format can't hold this, and what to do instead."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(message)

    def __str__(self) -> str:
        return str(self.message)


def write(format: Format, into: BinaryIO, sheet: Sheet) -> None:
    """Write a sheet in one of the formats.

    Raises:
        Unfit: it does not fit into XLSX.
    """
    if format == "xlsx":
        from services.platform.workbooks import write_xlsx

        write_xlsx(into, sheet)
    else:
        into.writelines(csv_chunks(sheet) if format == "csv" else json_chunks(sheet))


# Texts that a spreadsheet would take for something else

_BLANK = "\t-\r\x1c- \x85\xa0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
_SIGNS = r"=+\-@＝＋－＠﹦﹢﹣﹫"
_GUARDED = re.compile(
    rf"[{_BLANK}']*[{_SIGNS}]"  # a formula, also behind blanks
    r"|'*[\t\r\n]"
    r"|'*(?:[0０][0-9０-９]+|[0-9０-９]{16,}|[0-9]+[eE][0-9]+|[0-9]{1,4}[-/][0-9]{1,2}(?:[-/][0-9]{1,4})?)\Z"  # a number, a date
)
_SUSPECT = frozenset(re.findall(rf"[{_BLANK}{_SIGNS}'0-9０-９]", "".join(map(chr, chain(range(0x3001), range(0xFE00, 0xFFFF))))))
"""What such a text begins with: most texts need no second look."""


def guarded(text: str) -> str:
    """A text for a cell without a type: with an apostrophe if a spreadsheet would run it, or lose zeros and digits of it."""
    return f"'{text}" if text[:1] in _SUSPECT and _GUARDED.match(text) else text


def unguarded(text: str) -> str:
    """The text that `guarded` was given, for every text; other apostrophes stay."""
    return text[1:] if text[:1] == "'" and _GUARDED.match(text, 1) else text


_UNSPEAKABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")


def speakable(text: str) -> str:
    """A text without what no file can hold (half characters)."""
    return _UNSPEAKABLE.sub("\ufffd", text)


# CSV


def csv_chunks(sheet: Sheet) -> Iterator[bytes]:
    """The sheet as CSV: UTF-8 with a mark, so that Excel takes it for that; commas; CR LF."""
    into = io.StringIO(newline="")
    put, get = csv.writer(into).writerow, PLAIN.get
    put([guarded(column.title) for column in sheet.columns])
    yield b"\xef\xbb\xbf" + speakable(into.getvalue()).encode()
    rows = iter(sheet.rows)
    while part := list(islice(rows, _AT_ONCE)):
        into.seek(0)
        into.truncate()
        for row in part:
            put([get(type(value), str)(value) for value in row])
        yield speakable(into.getvalue()).encode()


def plain_moment(moment: datetime) -> str:
    """To the second."""
    return local(moment).isoformat(" ", "seconds")


def _plain_time(value: time) -> str:
    return f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}"


def plain_duration(value: timedelta) -> str:
    """Hours, minutes and seconds."""
    seconds = int(abs(value).total_seconds())
    return f"{'-' if value < timedelta(0) else ''}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def local(moment: datetime) -> datetime:
    """A moment as the clock in Shanghai shows it."""
    return moment.astimezone(LOCAL).replace(tzinfo=None) if moment.tzinfo else moment


PLAIN: dict[type, Callable[[Any], str]] = {
    str: guarded,
    type(None): lambda _nothing: "",
    bool: lambda value: "1" if value else "0",
    int: str,
    float: lambda value: repr(value) if math.isfinite(value) else "",
    Decimal: lambda value: format(value, "f"),
    date: date.isoformat,
    datetime: plain_moment,
    time: _plain_time,
    timedelta: plain_duration,
}
"""Type of a value → how it stands in a cell without a type."""


# JSON


def json_chunks(sheet: Sheet) -> Iterator[bytes]:
    """The sheet as JSON: a list of objects, one a line, under the names of the columns."""
    names = [column.name or column.title for column in sheet.columns]
    dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_machine, allow_nan=False).encode
    yield b"["
    rows, before = iter(sheet.rows), "\n"
    while part := list(islice(rows, _AT_ONCE)):
        lines = [dump(dict(zip(names, (_finite(value) for value in row), strict=True))) for row in part]
        # Nobody takes it for a page, whatever stands in it.
        yield speakable(before + ",\n".join(lines)).replace("<", "\\u003c").encode()
        before = ",\n"
    yield b"\n]\n"


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _machine(value: Any) -> Any:
    """Decimals of more digits than every reader keeps are texts, as are days and times [ISO 8601]; lengths of time are seconds."""
    match value:
        case Decimal():
            return float(value) if digits(value) <= MOST_DIGITS else format(value, "f")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return int(value.total_seconds())
        case _:
            return str(value)


def digits(value: Decimal) -> int:
    """Digits that matter."""
    _sign, figures, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        return MOST_DIGITS + 1
    if len(figures) <= MOST_DIGITS and exponent <= 0:
        return len(figures)
    return max(len(figures) + max(exponent, 0) - (len(figures) - len("".join(map(str, figures)).rstrip("0"))), 1)
