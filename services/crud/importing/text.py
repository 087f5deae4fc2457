"""Text tables: in whatever encoding, with whatever sign between the cells."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from services.crud.importing.table import Grid, Line, Unreadable
from services.platform import sheets
from services.platform.i18n import msg
from services.platform.settings import settings

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DELIMITERS = (",", "\t", ";", "|", "，", "；", "、", "^", "~", ":")
_LOOKED_AT = 60
_MARKUP = re.compile(r"\s*(<!DOCTYPE|<html|<table|<\?xml)", re.IGNORECASE)


def read_text(path: Path) -> Grid:
    """The lines of a text table.

    Raises:
        Unreadable: no text, or quotation marks that are never closed.
    """
    text = decoded(path.read_bytes())
    if _MARKUP.match(text[:500]):
        raise Unreadable(
            msg("This is a web page, whatever its name says. Open it in Excel or WPS, and save it as an Excel workbook (.xlsx).")
        )
    told = re.match(r"sep=(.)\r?\n?", text)
    text = text[told.end() :] if told else text
    delimiter = told[1] if told else _delimiter(text)
    lines: list[Line] = []
    most = settings().import_rows + settings().import_title_lines
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = 1 + bool(told)
    try:
        for cells in reader:
            if any(cells):
                lines.append(Line(number, [sheets.unguarded(cell) for cell in cells]))
            number = reader.line_num + 1 + bool(told)
            if len(lines) > most:
                raise Unreadable(msg("This table has more than {most} rows. Split it into several files.", most=settings().import_rows))
    except csv.Error:
        raise Unreadable(
            msg(
                'In line {n} a quotation mark (") is opened and never closed. Put it right, or save it as an Excel workbook (.xlsx).',
                n=number,
            )
        ) from None
    return Grid(lines)


def decoded(content: bytes) -> str:
    """Bytes as text: by the mark at their beginning, else by what they can be.

    Raises:
        Unreadable: no text in any encoding that is used here.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decode(content[len(mark) :], encoding)
    if b"\0" in content[:4096]:
        head = content[:4096]
        return _decode(content, "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _decode(content, "gb18030")


def _decode(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text or any(sign < " " and sign not in "\t\r\n\x0b\x0c\x1a" for sign in set(text[:10_000])):
        raise Unreadable(
            msg("This is not a text table, or its encoding is unknown. Open it in Excel or WPS and save it as an Excel workbook (.xlsx).")
        )
    return text.removeprefix("\ufeff")


def _delimiter(text: str) -> str:
    """The sign that cuts most lines into the same number of cells, more than one."""
    best, delimiter = (0.0, 0), ","
    for sign in _DELIMITERS:
        widths = [len(cells) for cells in _first(text, sign) if any(cells)]
        counted = Counter(width for width in widths if width > 1).most_common(1)
        if counted:
            ((width, lines),) = counted
            score = (lines / len(widths), width)
            if score[0] > best[0] + 0.2 or (score[0] > best[0] - 0.2 and score[1] > best[1] and score[0] >= 0.5):
                best, delimiter = score, sign
    return delimiter


def _first(text: str, delimiter: str) -> Iterable[list[str]]:
    try:
        return list(islice(csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=delimiter), _LOOKED_AT))
    except csv.Error:
        return []
