"""Clerks' files: every encoding, delimiter and layout, and those that are no tables at all."""

import io
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from services.crud.importing import layout
from services.crud.importing.table import Broken, Grid, Unreadable
from services.platform.i18n import use_language
from services.platform.settings import override
from tests.crud.desk import BOOK, SHELF
from tests.importing.clerk import WHO, csv_of, read, xlsx_of

MIDNIGHT, MORNING = datetime(2026, 1, 2), datetime(2026, 1, 2, 9, 30)  # noqa: DTZ001  (as a workbook holds them)
ROWS = [["编号", "名称", "说明"], ["A-01", "张三，李四", '他说"好"'], ["A-02", "两\n行", "a,b;c\td"]]


def cells(grid: Grid) -> list[list[Any]]:
    return [list(line.cells) for line in grid.lines]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_any_text_table(tmp_path: Path, encoding: str, delimiter: str, end: str) -> None:
    assert cells(read(csv_of(ROWS, encoding, delimiter, end), tmp_path)) == ROWS


def test_utf_16_with_a_mark_of_either_order(tmp_path: Path) -> None:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        assert cells(read(mark + csv_of(ROWS, encoding), tmp_path)) == ROWS


def test_rare_characters_of_gb18030(tmp_path: Path) -> None:
    rows = [["姓名", "地址"], ["㑇𠮷", "䶮街道"]]
    assert cells(read(csv_of(rows, "gb18030"), tmp_path)) == rows


def test_a_told_delimiter_and_a_full_width_one(tmp_path: Path) -> None:
    assert cells(read(b"sep=^\r\na^b\r\n1^2\r\n", tmp_path)) == [["a", "b"], ["1", "2"]]
    assert cells(read("编号，名称\nA，甲\n".encode(), tmp_path)) == [["编号", "名称"], ["A", "甲"]]
    assert cells(read("名称\n甲,乙\n丙\n丁\n".encode(), tmp_path))[2] == ["丙"]


def test_text_in_a_file_called_xls(tmp_path: Path) -> None:
    assert cells(read(csv_of(ROWS, "gbk", "\t"), tmp_path, "报表.xls")) == ROWS


def test_what_an_export_guards_is_what_it_was(tmp_path: Path) -> None:
    assert cells(read(b"a,b\r\n'=1+1,'007\r\n", tmp_path))[1] == ["=1+1", "007"]


@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.lists(st.text(st.characters(codec="gb18030", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn", "Co")), max_size=6), min_size=3,
                 max_size=3), min_size=3, max_size=6),
    encoding=st.sampled_from(["utf-8-sig", "gb18030", "utf-16"]), end=st.sampled_from(["\r\n", "\r", "\n"]),
)  # fmt: skip
def test_every_text_comes_back(tmp_path: Path, rows: list[list[str]], encoding: str, end: str) -> None:
    head = ["编号", "名称", "说明"]
    told = [head, *([f"x{place}", *row[1:]] for place, row in enumerate(rows))]
    found = cells(read(csv_of(told, encoding, ",", end), tmp_path))
    for row, cells_ in zip(told, found, strict=True):
        kept = [*cells_, *[None] * (3 - len(cells_))]
        assert kept == [cell if cell.strip() else None for cell in row] or any(cell.startswith(("'", "\ufeff")) for cell in row)


# Workbooks


def test_values_as_they_are_meant(tmp_path: Path) -> None:
    def more(book: Any, sheet: Any) -> None:
        sheet.write_datetime(1, 0, MIDNIGHT, book.add_format({"num_format": "yyyy/m/d"}))
        sheet.write_datetime(1, 1, MORNING, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
        sheet.write(1, 2, 0.5, book.add_format({"num_format": "hh:mm"}))
        sheet.write(1, 3, 0.125, book.add_format({"num_format": "0.0%"}))
        sheet.write(1, 4, 12.5, book.add_format({"num_format": '0.0"%"'}))
        sheet.write_formula(1, 5, "=1/0", None, "#DIV/0!")
        sheet.write_formula(1, 6, "=6*7", None, 42)
        sheet.write(1, 7, True)

    (line,) = read(xlsx_of([["a"] * 8], more), tmp_path, "x.xlsx").lines[1:]
    assert list(line.cells) == [date(2026, 1, 2), MORNING, time(12), "12.5%", 12.5, Broken("#DIV/0!"), 42.0, True]


def test_hidden_sheets_are_left_alone(tmp_path: Path) -> None:
    def more(book: Any, sheet: Any) -> None:
        sheet.hide()
        second = book.add_worksheet("看得见")
        second.write_row(0, 0, ["编号", "名称"])
        second.activate()
        second.set_first_sheet()

    grid = read(xlsx_of([["secret"]], more), tmp_path, "x.xlsx")
    assert (grid.sheets, cells(grid)) == (("看得见",), [["编号", "名称"]])


def test_the_first_sheet_that_holds_something(tmp_path: Path) -> None:
    def more(book: Any, _sheet: Any) -> None:
        book.add_worksheet("数据").write_row(0, 0, ["编号", "名称"])

    grid = read(xlsx_of([], more), tmp_path, "x.xlsx")
    assert (grid.sheet, grid.sheets) == ("数据", ("Sheet 1", "数据"))


def test_a_million_empty_rows_cost_nothing(tmp_path: Path) -> None:
    def more(book: Any, sheet: Any) -> None:
        look = book.add_format({"bold": True})
        for row in range(3, 3000):
            sheet.write_blank(row, 0, None, look)
        sheet.write_blank(1_048_575, 5, None, look)

    assert len(read(xlsx_of([["a", "b"], [1, 2]], more), tmp_path, "x.xlsx").lines) == 2


def test_a_table_that_does_not_begin_in_the_corner(tmp_path: Path) -> None:
    grid = read(xlsx_of([[], [], [None, None, "编号", "名称"], [None, None, "A", "甲"]]), tmp_path, "x.xlsx")
    assert [(line.number, list(line.cells)) for line in grid.lines] == [(3, [None, None, "编号", "名称"]), (4, [None, None, "A", "甲"])]


# What is no table


def zipped(**members: bytes) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return into.getvalue()


def altered(content: bytes, name: str, change: Any) -> bytes:
    """A workbook with one of its parts changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {one: archive.read(one) for one in archive.namelist()}
    return zipped(**{**members, name: change(members.get(name, b""))})


GOOD = xlsx_of([["编号", "名称"], ["A", "甲"]])
SHEET = "xl/worksheets/sheet1.xml"
REFUSED: dict[str, tuple[str, bytes, str]] = {
    "empty": ("a.csv", b"", "This file is empty"),
    "only blanks": ("a.csv", b" , ,\r\n\r\n", "There is nothing"),
    "a picture": ("a.png", b"\x89PNG\r\n\x1a\n", "Only Excel"),
    "a picture called a table": ("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xfe", "not a text table"),
    "macros": ("a.xlsm", GOOD, "“.xlsm”"),
    "binary workbook": ("a.xlsb", GOOD, "“.xlsb”"),
    "open document": ("a.ods", GOOD, "“.ods”"),
    "a document called a workbook": ("a.xlsx", zipped(**{"word/document.xml": b"<x/>"}), "not an Excel workbook"),
    "binary called xlsx": ("a.xlsx", zipped(**{"xl/workbook.xml": b"<x/>", "xl/workbook.bin": b"x"}), "not an Excel workbook"),
    "cut off": ("a.xlsx", GOOD[:-200], "damaged"),
    "broken": ("a.xlsx", altered(GOOD, SHEET, lambda xml: xml[: len(xml) // 2]), "damaged"),
    "no sheet": ("a.xlsx", altered(GOOD, "xl/workbook.xml", lambda _xml: b"<workbook/>"), "no sheet that can be seen"),
    "entities": ("a.xlsx", altered(GOOD, "xl/styles.xml", lambda xml: b'<!DOCTYPE x [<!ENTITY a "a">]>' + xml), "damaged"),
    "a web page": ("a.xls", "<html><table><tr><td>编号</td></tr></table></html>".encode(), "web page"),
    "a locked workbook": ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "password"),
    "a broken xls": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096, "damaged"),
    "a quotation mark that stays open": ("a.csv", b'a,b\r\n"x,y\r\n' + b"z,z\r\n" * 40_000, "quotation mark"),
    "2,000 columns": ("a.csv", b",".join(b"c%d" % n for n in range(2000)) + b"\r\n", "2000 columns"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_table_is_refused_in_plain_words(tmp_path: Path, what: str) -> None:
    name, content, said = REFUSED[what]
    with pytest.raises(Unreadable) as refused:
        read(content, tmp_path, name)
    assert said in str(refused.value)
    with use_language("zh_CN"):
        assert "。" in str(refused.value)


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = altered(GOOD, SHEET, lambda xml: xml.replace(b"</sheetData>", b"</sheetData>" + b" " * 60_000_000))
    assert len(bomb) < 200_000
    with override(import_unpacked_megabytes=20), pytest.raises(Unreadable, match="unpacks to more than 20 MB"):
        read(bomb, tmp_path, "a.xlsx")


def test_a_cell_at_the_end_of_the_sheet_fills_no_memory(tmp_path: Path) -> None:
    far = altered(
        GOOD, SHEET, lambda xml: xml.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
    )
    with pytest.raises(Unreadable, match="reaches to row"):
        read(far, tmp_path, "a.xlsx")


def test_limits_are_told(tmp_path: Path) -> None:
    rows = [["a", "b"], *([str(n), "x"] for n in range(60))]
    with override(import_rows=20, import_title_lines=5):
        for content, name in ((csv_of(rows), "a.csv"), (xlsx_of(rows), "a.xlsx")):
            with pytest.raises(Unreadable, match=r"more than 20 rows|at most 20"):
                read(content, tmp_path, name)
    with override(import_megabytes=0), pytest.raises(Unreadable, match="larger than 0 MB"):
        read(csv_of(rows), tmp_path)


# Headings


def guessed(grid: Grid, table: Any = SHELF) -> dict[str, str]:
    found = layout.columns(grid, layout.header_line(WHO, table, grid))
    mapping = layout.guess(WHO, table, found)
    return {found[place].title: name for place, name in mapping.items()}


def test_title_lines_above_the_headings(tmp_path: Path) -> None:
    def more(book: Any, sheet: Any) -> None:
        sheet.merge_range(0, 0, 0, 2, "2026 Shelves")

    grid = read(xlsx_of([[], ["by the clerk"], [], ["Mark", "Name", "Length (m)"], ["A-01", "x", 1]], more), tmp_path, "x.xlsx")
    assert layout.header_line(WHO, SHELF, grid) == 4
    assert guessed(grid) == {"Mark": "mark", "Name": "name", "Length (m)": "length"}


def test_merged_headings(tmp_path: Path) -> None:
    def more(book: Any, sheet: Any) -> None:
        sheet.merge_range(0, 0, 1, 0, "Mark")
        sheet.merge_range(0, 1, 0, 2, "Looks")
        sheet.merge_range(0, 3, 0, 4, "Where")
        sheet.write_row(1, 1, ["Name", "Paint", "Length", "Above"])

    grid = read(xlsx_of([[], [], ["A-01", "x", "#fff", 1, None]], more), tmp_path, "x.xlsx")
    assert layout.header_line(WHO, SHELF, grid) == 2
    assert guessed(grid) == {"Mark": "mark", "Looks Name": "name", "Looks Paint": "paint", "Where Length": "length", "Where Above": "above"}


@pytest.mark.parametrize("heading", ["Name", "name", " ＮＡＭＥ ", "*Name", "Name（必填）", "Nam", "name_"])
def test_headings_however_written(tmp_path: Path, heading: str) -> None:
    assert guessed(read(csv_of([["Mark", heading], ["A-01", "x"]]), tmp_path))[heading.strip()] == "name"


def test_a_column_given_twice_is_taken_once(tmp_path: Path) -> None:
    grid = read(csv_of([["Mark", "Name", "Name"], ["A-01", "x", "y"]]), tmp_path)
    assert layout.guess(WHO, SHELF, layout.columns(grid, 1)) == {0: "mark", 1: "name"}


def test_a_file_of_another_table_is_noticed(tmp_path: Path) -> None:
    grid = read(csv_of([["Title", "ISBN", "Pages", "Price", "Genre"], ["x", "y", "1", "2", "Novel"]]), tmp_path)
    found = layout.columns(grid, 1)
    assert layout.better(WHO, SHELF, found) is BOOK
    assert layout.better(WHO, BOOK, found) is None


def test_without_any_known_heading_the_first_full_line(tmp_path: Path) -> None:
    grid = read(csv_of([["表"], ["甲", "乙", "丙"], ["1", "2", "3"]]), tmp_path)
    assert layout.header_line(WHO, SHELF, grid) == 2
    assert layout.guess(WHO, SHELF, layout.columns(grid, 2)) == {}
