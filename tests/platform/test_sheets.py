"""What goes into a file comes out of it, and nothing in it ever runs."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from services.platform import sheets, workbooks
from services.platform.sheets import Column, Sheet, Unfit, guarded, unguarded, write
from services.platform.workbooks import units, write_xlsx

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
ATTACKS = [
    "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1+1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "\u00a0=1", "\u3000＝1+1", "\ufeff=1",
    "＝1+1", "＋1", "－1", "＠SUM(1)", "'=1+1", "''=1", "-", "=HYPERLINK(\"http://x\",\"y\")", "%0A-3+3+cmd|' /C calc'!D2",
]  # fmt: skip
MANGLED = [
    "007",
    "0",
    "00",
    "110101199003078515",
    "6222021234567890123",
    "3-12",
    "1/2",
    "2026-1-2",
    "12E5",
    "1e3",
    "０１２",
    "3.14",
    "1,234",
]

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), max_size=40)
tricky = st.one_of(
    text, st.sampled_from(ATTACKS + MANGLED), st.builds(str.__add__, st.sampled_from(DANGEROUS), text),
    st.builds(str.__add__, st.sampled_from(["'", " ", "'''", " '"]), st.sampled_from(ATTACKS + MANGLED)),
)  # fmt: skip


def made(sheet: Sheet, format: sheets.Format = "xlsx") -> bytes:
    into = io.BytesIO()
    write(format, into, sheet)
    return into.getvalue()


def of_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def of_xlsx(content: bytes, place: int = 0) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(place).to_python(skip_empty_area=False)


def formulas(content: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return sum(parts.read(name).count(b"<f>") + parts.read(name).count(b"<f ") for name in parts.namelist() if "sheet" in name)


def sheet_xml(content: bytes, place: int = 1) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return parts.read(f"xl/worksheets/sheet{place}.xml").decode()


def starts_a_formula(cell: str) -> bool:
    return cell.lstrip(" \u00a0\u3000\ufeff\u200b")[:1] in ("=", "+", "-", "@", "＝", "＋", "－", "＠") or cell[:1] in ("\t", "\r", "\n")


# Text


@given(st.lists(tricky, min_size=1, max_size=6))
@settings(max_examples=300, deadline=None)
def test_what_goes_into_csv_comes_out_and_never_runs(texts: list[str]) -> None:
    content = made(Sheet([Column("=Title"), Column("x")], [[one, "end"] for one in texts]), "csv")
    head, *rows = of_csv(content)
    assert unguarded(head[0]) == "=Title"
    assert [unguarded(row[0]) for row in rows] == texts
    assert all(row[1] == "end" for row in rows)
    assert not any(starts_a_formula(cell) for row in [head, *rows] for cell in row)


@given(st.lists(tricky.filter(lambda one: one != ""), min_size=1, max_size=6), st.booleans())
@settings(max_examples=150, deadline=None)
def test_what_goes_into_a_workbook_comes_out_and_never_runs(texts: list[str], marked: bool) -> None:
    marks = {0: {0: "=wrong"}} if marked else {}
    content = made(Sheet([Column("=Title"), Column("x")], [[one, "end"] for one in texts], marks=marks))
    assert of_xlsx(content) == [["=Title", "x"], *([one, "end"] for one in texts)]
    assert formulas(content) == 0


@given(st.lists(tricky, min_size=1, max_size=6))
def test_what_goes_into_json_comes_out(texts: list[str]) -> None:
    content = made(Sheet([Column("Title", name="a"), Column("x")], [[one, 1] for one in texts]), "json")
    assert json.loads(content) == [{"a": one, "x": 1} for one in texts]
    assert b"<" not in content


@given(tricky)
@settings(max_examples=500)
def test_the_guard_can_be_taken_off(one: str) -> None:
    assert unguarded(guarded(one)) == one
    assert guarded(one) in (one, f"'{one}")


@pytest.mark.parametrize("one", ATTACKS)
def test_attacks_are_guarded(one: str) -> None:
    assert guarded(one) == f"'{one}" or one.startswith("%")


@pytest.mark.parametrize("one", ["13812345678", "0971-8230000", "ZC-2026-001", "a=b", "1.5", "青海省", "x-1", "'tis", "3-201室", "a@b.cn"])
def test_harmless_text_is_left_alone(one: str) -> None:
    assert guarded(one) == one
    assert unguarded(one) == one


@pytest.mark.parametrize("one", ["007", "110101199003078515", "3-12", "12E5", "2026-1-2"])
def test_text_that_would_lose_digits_is_kept(one: str) -> None:
    assert guarded(one) == f"'{one}"
    assert of_xlsx(made(Sheet([Column("a")], [[one]])))[1] == [one]


def test_half_characters_become_a_sign() -> None:
    sheet = [["a\ud800b\uffff"]]
    assert of_csv(made(Sheet([Column("a")], sheet), "csv"))[1] == ["a\ufffdb\ufffd"]
    assert of_xlsx(made(Sheet([Column("a")], sheet)))[1] == ["a\ufffdb\ufffd"]
    assert json.loads(made(Sheet([Column("a")], sheet), "json"))[0]["a"] == "a\ufffdb\ufffd"


# Typed cells

ROW: list[Any] = ["文字", 42, Decimal("-1234.50"), Decimal("12.5"), date(2026, 8, 7), datetime(2026, 8, 7, 1, 30, 5, tzinfo=UTC),
                  time(9, 30), timedelta(hours=30, minutes=15), None, True]  # fmt: skip
COLUMNS = [Column("文"), Column("数", "integer"), Column("钱", "decimal", places=2), Column("率", "percent", places=1),
           Column("日", "date"), Column("时刻", "moment"), Column("时", "time"),
           Column("长", "duration"), Column("空"), Column("是")]  # fmt: skip


@pytest.mark.parametrize("marks", [{}, {0: {8: "Fill this in."}}])
def test_cells_of_a_workbook_have_types(marks: dict[int, dict[int, str]]) -> None:
    content = made(Sheet(COLUMNS, [ROW], marks=marks))
    head, row = of_xlsx(content)
    assert head == [column.title for column in COLUMNS]
    assert row[:5] == ["文字", 42, -1234.5, 12.5, date(2026, 8, 7)]
    assert row[5].isoformat() == "2026-08-07T09:30:05"  # in Shanghai
    assert row[6] in (time(9, 30), pytest.approx(9.5 / 24))
    assert row[7] == timedelta(hours=30, minutes=15)
    assert row[8:] == ["", True]
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        styles = parts.read("xl/styles.xml").decode()
    for look in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm", "[h]:mm", "0.0&quot;%&quot;"):
        assert f'formatCode="{look}"' in styles
    assert 'formatCode="#,##0.00"' in styles or 'numFmtId="4"' in styles
    page = sheet_xml(content)
    assert 'state="frozen"' in page
    assert "<autoFilter" in page
    assert "numberStoredAsText" in page


def test_cells_of_csv() -> None:
    _head, row = of_csv(made(Sheet(COLUMNS, [ROW]), "csv"))
    assert row == ["文字", "42", "-1234.50", "12.5", "2026-08-07", "2026-08-07 09:30:05", "09:30", "30:15:00", "", "1"]


def test_values_of_json() -> None:
    [row] = json.loads(made(Sheet(COLUMNS, [ROW]), "json"))
    assert list(row.values()) == ["文字", 42, -1234.5, 12.5, "2026-08-07", "2026-08-07T01:30:05+00:00", "09:30:00", 108_900, None, True]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**15), max_value=10**15))
@settings(max_examples=100, deadline=None)
def test_numbers_are_exact(number: Decimal) -> None:
    sheet = Sheet([Column("a", "decimal", places=2)], [[number]])
    cell = of_xlsx(made(sheet))[1][0]
    assert Decimal(repr(cell) if isinstance(cell, float) else cell) == number
    assert Decimal(of_csv(made(sheet, "csv"))[1][0]) == number
    kept = json.loads(made(sheet, "json"))[0]["a"]
    assert Decimal(repr(kept) if isinstance(kept, float) else kept) == number


@pytest.mark.parametrize("number", [10**15, -(10**18), Decimal("1234567890123456.78"), Decimal("0.1234567890123456")])
def test_numbers_beyond_fifteen_digits_are_text(number: Any) -> None:
    assert of_xlsx(made(Sheet([Column("a", "decimal")], [[number]])))[1] == [
        format(number, "f") if isinstance(number, Decimal) else str(number)
    ]


@pytest.mark.parametrize(("day", "kept"), [
    (date(1899, 12, 31), "1899-12-31"), (date(1900, 2, 28), "1900-02-28"),
    (date(1900, 3, 1), date(1900, 3, 1)), (date(9999, 12, 31), date(9999, 12, 31)),
])  # fmt: skip
def test_days_that_excel_counts_wrongly_are_text(day: date, kept: Any) -> None:
    assert of_xlsx(made(Sheet([Column("a", "date")], [[day]])))[1] == [kept]
    assert of_xlsx(made(Sheet([Column("a", "moment")], [[datetime(1850, 1, 1, 12, tzinfo=UTC)]])))[1][0].startswith("1850-01-01")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_empty(number: float) -> None:
    assert of_csv(made(Sheet([Column("a"), Column("b")], [[number, 1]]), "csv"))[1] == ["", "1"]
    assert of_xlsx(made(Sheet([Column("a"), Column("b")], [[number, 1]])))[1] == ["", 1]
    assert json.loads(made(Sheet([Column("a")], [[number]]), "json")) == [{"a": None}]


def test_a_length_of_time_before_zero_is_text() -> None:
    assert of_xlsx(made(Sheet([Column("a", "duration")], [[-timedelta(minutes=90)]])))[1] == ["-1:30:00"]


def test_a_column_may_hold_anything() -> None:
    column = [1, "text", None, date(2026, 1, 2), Decimal("1.5")]
    rows = [[one, one] for one in column]
    plain = of_xlsx(made(Sheet([Column("a"), Column("b", "date")], rows)))
    assert plain[1:] == [[1, "1"], ["text", "text"], ["", ""], ["2026-01-02", date(2026, 1, 2)], [1.5, "1.5"]]
    marked = of_xlsx(made(Sheet([Column("a"), Column("b", "date")], rows, marks={4: {0: "?", 1: "?"}})))
    assert marked[1:] == [[one, one] for one in (1, "text", "", date(2026, 1, 2), 1.5)]


# The limits of Excel


@pytest.mark.parametrize("long", ["x" * 32_768, "😀" * 16_384])
def test_a_text_that_no_cell_holds_is_refused_in_plain_words(long: str) -> None:
    with pytest.raises(Unfit, match="Take CSV instead"):
        made(Sheet([Column("a")], [[long]]))
    assert of_csv(made(Sheet([Column("a")], [[long]]), "csv"))[1] == [long]
    fits = long[:-1]
    assert of_xlsx(made(Sheet([Column("a")], [[fits]])))[1] == [fits]


def test_a_long_text_beside_marks_is_cut() -> None:
    cell = of_xlsx(made(Sheet([Column("a")], [["😀" * 20_000]], marks={0: {0: "At most 255 characters."}})))[1][0]
    assert cell.endswith("…")
    assert units(cell) <= 32_767


def test_more_rows_than_a_sheet_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 10)
    content = made(Sheet([Column("a", "integer")], ([n] for n in range(25)), title="资产", total=25))
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names == ["资产", "资产 (2)", "资产 (3)"]
    rows = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert [row[0] for one in rows for row in one[1:]] == list(range(25))
    assert all(one[0] == ["a"] for one in rows)
    with pytest.raises(Unfit, match="more rows"):
        made(Sheet([Column("a")], ([n] for n in range(25)), total=20))
    with pytest.raises(Unfit, match="more rows"):
        made(Sheet([Column("a")], ([n] for n in range(25)), marks={0: {0: "?"}}))


def test_more_columns_than_a_sheet_holds() -> None:
    with pytest.raises(Unfit, match="16384 columns"):
        made(Sheet([Column(f"c{n}") for n in range(16_385)], []))


def test_a_sheet_without_rows_has_its_heading() -> None:
    for format_ in ("csv", "xlsx"):
        content = made(Sheet([Column("a"), Column("b", "date")], []), format_)
        rows = of_csv(content) if format_ == "csv" else of_xlsx(content)
        assert rows[0] == ["a", "b"]
        assert not any(any(row) for row in rows[1:])
    assert json.loads(made(Sheet([Column("a")], []), "json")) == []


@pytest.mark.parametrize(("title", "name"), [
    ("资产/设备", "资产 设备"), ("", "Data"), ("History", "Data"), ("'x'", "x"), ("a" * 40, "a" * 31), ("😀" * 20, "😀" * 15),
    ("[:*?\\]", "Data"),
])  # fmt: skip
def test_names_of_sheets_are_allowed(title: str, name: str) -> None:
    content = made(Sheet([Column("a")], [["x"]], title=title))
    assert CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names == [name]


def test_two_columns_may_have_one_heading() -> None:
    assert of_xlsx(made(Sheet([Column("a"), Column("a"), Column("")], [[1, 2, 3]]))) == [["a", "a", ""], [1, 2, 3]]


def test_an_error_while_rows_are_read_is_not_swallowed() -> None:
    def rows() -> Iterator[list[int]]:
        yield [1]
        raise LookupError("gone")

    for format_ in ("csv", "xlsx", "json"):
        with pytest.raises(LookupError):
            made(Sheet([Column("a")], rows()), format_)


def test_memory_stays_bounded(tmp_path: Path) -> None:
    rows = ([f"文字{n}", n, Decimal(n) / 100, date(2026, 1, 1)] * 3 for n in range(60_000))
    columns = [Column(f"c{n}") for n in range(12)]
    before = psutil.Process().memory_info().rss
    with (tmp_path / "big.xlsx").open("wb") as into:
        write_xlsx(into, Sheet(columns, rows))
    with (tmp_path / "big.csv").open("wb") as into:
        write("csv", into, Sheet(columns, ([f"文字{n}"] * 12 for n in range(60_000))))
    assert psutil.Process().memory_info().rss - before < 40_000_000


# Marks and templates


def test_wrong_cells_are_marked_with_a_remark() -> None:
    marks = {0: {1: "There is no such place."}, 1: {0: "请填写。", 2: "Too long"}, -1: {0: "Twice"}}
    content = made(Sheet([Column("编号"), Column("place")], [["1", "x"], [None]], marks=marks, title="错误"))
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        remarks = parts.read("xl/comments1.xml").decode()
        styles = parts.read("xl/styles.xml").decode()
    assert all(one in remarks for one in ("There is no such place.", "请填写。", "Too long", "Twice", 'ref="B2"', 'ref="A3"', 'ref="A1"'))
    assert "FFFFC7CE" in styles


def test_a_template_has_its_choices_as_drop_downs() -> None:
    many = tuple(f"选项, {n}号 “引号”" for n in range(200))
    columns = [
        Column("名称", required=True, help="怎么称呼它"),
        Column("种类", choices=many),
        Column("状态", choices=("在用", "=停用"), several=True),
    ]
    content = made(Sheet(columns, [], title="模板'一"))
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names == ["模板'一", "Choices"]
    hidden = {one.name: str(one.visible) for one in book.sheets_metadata}
    assert "Hidden" in hidden["Choices"]
    lists = book.get_sheet_by_name("Choices").to_python()
    assert tuple(row[0] for row in lists) == many
    assert [row[1] for row in lists[:3]] == ["在用", "=停用", ""]
    page = sheet_xml(content)
    assert "'Choices'!$A$1:$A$200" in page
    assert "'Choices'!$B$1:$B$2" in page
    assert 'errorStyle="information"' in page
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert "怎么称呼它" in parts.read("xl/comments1.xml").decode()
    assert formulas(content) == 0


def test_several_sheets_in_one_workbook() -> None:
    into = io.BytesIO()
    write_xlsx(into, Sheet([Column("a")], [[1]], title="数据"), Sheet([Column("b", choices=("x",))], [], title="数据"))
    assert CalamineWorkbook.from_filelike(io.BytesIO(into.getvalue())).sheet_names == ["数据", "数据 (2)", "Choices"]
