"""What an import does to the records: what cells mean, whom they name, new and changed records, all or nothing. On both databases."""

import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import SQLModel

from services import jobs, worker
from services.crud import undo, write
from services.crud.access import Forbidden
from services.crud.errors import Invalid
from services.crud.importing import job, layout, plan, template, upload
from services.crud.importing.apply import Applier
from services.crud.importing.table import Unreadable
from services.platform import db, files
from services.platform.i18n import use_language
from services.platform.settings import override
from services.platform.workbooks import write_xlsx
from tests.crud import sample
from tests.crud.conftest import actor, library
from tests.crud.desk import BOOK, COPY, LOAN, READER, SHELF
from tests.importing.clerk import WHO, brought, csv_of, keep, kept, plan_of, read, run, said, xlsx_of

__all__ = ["library"]
CHANGE, FILE = (SQLModel.metadata.tables[name] for name in ("change", "file"))
pytestmark = pytest.mark.usefixtures("library")


def put(name: str, *rows: dict[str, Any]) -> list[int]:
    with db.writing() as session:
        return sample.put(session, name, rows)


def copies(**columns: list[Any]) -> tuple[int, list[list[Any]]]:
    """A book, and a table for its copies with these columns."""
    (book,) = put("sample_book", {"title": "书", "pages": 1})
    return book, [["Book", *columns], *([f"#{book}", *row] for row in zip(*columns.values(), strict=True))]


# What cells mean


def test_dates_in_every_form() -> None:
    forms = ["2026-01-05", "2026/1/5", "2026.1.5", "20260105", "2026年1月5日", "２０２６－０１－０５", "2026/1/5 0:00:00"]
    rows = [["Card", "Name", "Born"], *([f"T{n}", f"人{n}", form] for n, form in enumerate(forms))]
    assert brought(READER, csv_of(rows)).state == "done"
    values: list[Any] = [46027, 20260105, "46027.0"]
    rows = [["Card", "Name", "Born"], *([f"X{n}", f"客{n}", value] for n, value in enumerate(values))]
    done = brought(READER, xlsx_of(rows), name="x.xlsx", whole=False)
    assert [line for line, _column, _words in said(done)] == [4]
    assert {born for (born,) in kept(READER, "born_on")} == {date(2026, 1, 5)}


def test_days_that_are_not_in_the_calendar() -> None:
    rows: list[list[Any]] = [["Card", "Name", "Born"], ["1", "a", "2026-02-31"], ["2", "b", 60], ["3", "c", 0.5], ["4", "d", "1900-01-05"],
                             ["5", "e", 5], ["6", "f", "0026-01-01"]]  # fmt: skip
    done = brought(READER, xlsx_of(rows), name="x.xlsx", whole=False)
    assert [(line, words.split(":")[0]) for line, _column, words in said(done)] == [
        *((line, "There is no such day in the calendar") for line in (2, 3, 4)), (7, "The year 26 can't be meant."),
    ]  # fmt: skip
    assert kept(READER, "born_on") == [(date(1900, 1, 5),), (date(1900, 1, 5),)]


def test_numbers_as_clerks_write_them() -> None:
    _book, rows = copies(Label=[1, "２", 3.0, "4"], Cost=["1,234.50", "￥１２", 0.1 + 0.2, "12元"], Worn=["是", 1, False, "√"])
    assert brought(COPY, xlsx_of(rows), name="x.xlsx").state == "done"
    assert kept(COPY, "label", "cost", "worn") == [
        ("1", Decimal("1234.50"), True), ("2", Decimal("12.00"), True), ("3", Decimal("0.30"), False), ("4", Decimal("12.00"), True),
    ]  # fmt: skip


def test_long_numbers_stay_what_they_are() -> None:
    rows: list[list[Any]] = [["Card", "Name", "ID number", "Account"], ["1", "a", "11010519491231002X", "6222021001001234563"],
                             ["2", "b", None, 6222021001001234563.0], [13800001234.0, "c", None, None]]  # fmt: skip
    done = brought(READER, xlsx_of(rows), name="x.xlsx", whole=False)
    assert [(line, words) for line, _column, words in said(done)] == [
        (3, "The last digits of this number are lost: Excel keeps fifteen. Format the cell as text and type it again.")
    ]
    assert [card for (card,) in kept(READER, "card")] == ["1", "13800001234"]


def test_moments_of_a_workbook() -> None:
    (book,) = put("sample_book", {"title": "书", "pages": 1})
    with db.writing() as session:
        (reader,) = sample.put(session, "sample_reader", [{"card": "R1", "name": "张三"}])

    def more(out: Any, sheet: Any) -> None:
        moment = out.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_datetime(1, 2, datetime(2026, 1, 2, 9, 30), moment)  # noqa: DTZ001
        sheet.write(1, 3, 46024.5)

    rows = [["Book", "Reader", "From", "Until"], ["书", "张三", None, None]]
    assert brought(LOAN, xlsx_of(rows, more), name="x.xlsx").state == "done"
    assert kept(LOAN, "book", "reader", "starts_at", "ends_at") == [
        (book, reader, datetime(2026, 1, 2, 1, 30, tzinfo=UTC), datetime(2026, 1, 2, 4, 0, tzinfo=UTC))
    ]


def test_fields_of_a_book() -> None:
    (book,) = put("sample_book", {"title": "书", "pages": 1, "price": Decimal(1)})

    def more(out: Any, sheet: Any) -> None:
        sheet.write(1, 1, 0.125, out.add_format({"num_format": "0.0%"}))
        sheet.write(1, 2, 0.375, out.add_format({"num_format": "hh:mm"}))
        sheet.write(1, 3, 0.0625)
        sheet.write_datetime(1, 4, datetime(2026, 1, 2), out.add_format({"num_format": "yyyy-mm-dd"}))  # noqa: DTZ001

    rows: list[list[Any]] = [["Record ID", "Discount", "From", "Lasts", "Bought on", "Marks", "Found at", "Genre", "Edition"],
                             [book, None, None, None, None, "Large type；With sound", "101.5，36.5", "Law", 3]]  # fmt: skip
    done = brought(BOOK, xlsx_of(rows, more), name="x.xlsx", mode="update", key=("id",))
    assert (done.state, said(done)) == ("done", [])
    names = ("discount", "opens_at", "lasts", "bought_on", "marks", "genre", "edition", "price")
    assert kept(BOOK, *names) == [
        (Decimal("12.50"), time(9), timedelta(hours=1.5), date(2026, 1, 2), ["audio", "large"], "law", 3, Decimal("1.00"))
    ]


def test_errors_of_formulas_are_told_and_nothing_runs() -> None:
    def more(_out: Any, sheet: Any) -> None:
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 1, '="甲"&"乙"', None, "甲乙")

    rows = [["Mark", "Name"], ["A-01", None], ["A-02", None], ["A-03", '=cmd|" /C calc"!A0']]
    done = brought(SHELF, xlsx_of(rows, more), name="x.xlsx", whole=False)
    assert said(done) == [(2, 1, "This cell holds an error (#DIV/0!). Put its formula right, or type the value.")]
    assert kept(SHELF, "name") == [("甲乙",), ('=cmd|" /C calc"!A0',)]


def test_sums_at_the_end_are_no_records() -> None:
    assert brought(SHELF, csv_of([["Mark", "Name", "Length"], ["A-01", "x", 1], ["合计", None, 1], [None, None, None]])).result["rows"] == 1


# Whom they name


def shelves(*named: tuple[str, str]) -> list[int]:
    return put("sample_shelf", *({"mark": mark, "name": name} for mark, name in named))


@pytest.mark.parametrize("few", [True, False])
def test_references_by_name_number_or_id(few: bool) -> None:
    one, two, three, four = shelves(("A-01", "东架"), ("A-02", "西 架"), ("A-03", "同名"), ("A-04", "同名"))
    named = ["东架", "a-01", "西　架", f"#{two}", "A-04", "同名", "没有", None, "#99999"]
    rows = [["Card", "Name", "Team"], *([str(n + 1), "人", name] for n, name in enumerate(named))]
    with override(import_known=100 if few else 2):
        done = brought(READER, csv_of(rows), whole=False, doubtful=True)
    found = dict(kept(READER, "card", "team"))
    assert {card: found[card] for card in "13458"} == {"1": one, "3": two, "4": two, "5": four, "8": None}
    assert found["2"] == one
    assert len(found) == 6
    told = {line: words for line, _column, words in said(done)}
    assert told[7] == "2 × Shelves are called “同名”. Write the number of the one that is meant."
    assert told[8].startswith("There is no “没有” among the Shelves.")
    assert told[10] == "This is no longer there, or you may not use it. Please choose another one."
    assert three


def test_a_slip_of_the_pen_is_pointed_out() -> None:
    shelves(("A-01", "Reading room"))
    done = brought(READER, csv_of([["Card", "Name", "Team"], ["1", "a", "Reading rom"]]))
    assert said(done) == [(2, 2, "There is no “Reading rom” among the Shelves. Is “reading room” meant?")]


def test_of_two_of_a_name_the_one_that_fits() -> None:
    put("sample_shelf", {"mark": "A-01", "name": "架", "shut": True})
    (fits,) = put("sample_shelf", {"mark": "A-02", "name": "架"})
    (book,) = put("sample_book", {"title": "书", "pages": 1})
    rows = [["Record ID", "Shelf", "Also on"], [book, "架", "A-01; A-02"]]
    done = brought(BOOK, csv_of(rows), mode="update", key=("id",))
    assert (done.state, kept(BOOK, "shelf")) == ("done", [(fits,)])
    with db.reading() as session:
        assert session.execute(select(func.count()).select_from(sample.ALSO_ON)).scalar() == 2


def test_nobody_refers_to_what_they_may_not_see() -> None:
    put("sample_book", {"title": "书", "pages": 1})
    with db.writing() as session:
        sample.put(session, "sample_reader", [{"card": "R1", "name": "张三"}])
    who = replace(actor("clerk", account=None), source="screen")
    rows = [["Book", "Reader", "From", "Until"], ["书", "张三", "2026-01-01 09:00", "2026-01-01 10:00"]]
    done = run(LOAN, plan_of(LOAN, keep(csv_of(rows), who=who), who=who), who)
    assert [words for _line, _column, words in said(done)] == [
        "There is no “张三” among the Readers. Write its name or number as it stands there."
    ]


# New and changed


def test_changing_by_a_number() -> None:
    shelves(("A-01", "旧"), ("A-02", "旧"), ("A-03", "旧"))
    rows = [["Mark", "Name", "Length"], ["A-01", "新", 5], ["a-02", "旧", None], ["A-09", "x", 1], ["A-01", "再", 1]]
    done = brought(SHELF, csv_of(rows), mode="update", key=("mark",), whole=False)
    assert said(done) == [
        (3, 0, "There is no record with this. Put it right, or choose to add new records as well."),
        (4, 0, "There is no record with this. Put it right, or choose to add new records as well."),
        (5, 0, "Row 2 has the same: it may be there only once."),
    ]
    assert kept(SHELF, "mark", "name", "length", "version")[0] == ("A-01", "新", Decimal(5), 2)


def test_both_at_once_and_what_is_as_it_was() -> None:
    shelves(("A-01", "旧"), ("A-02", "旧"))
    rows = [["Mark", "Name"], ["A-01", "旧"], ["A-02", "新"], ["A-03", "添"]]
    done = brought(SHELF, csv_of(rows), mode="both", key=("mark",))
    assert [done.result[name] for name in ("new", "changed", "same")] == [1, 1, 1]
    assert str(done.message) == "Imported: 1 new, 1 changed."
    assert kept(SHELF, "mark", "name") == [("A-01", "旧"), ("A-02", "新"), ("A-03", "添")]


def test_empty_cells_leave_or_empty() -> None:
    put("sample_shelf", {"mark": "A-01", "name": "架", "length": Decimal(3)})
    rows = [["Mark", "Name", "Length"], ["A-01", "架", None]]
    brought(SHELF, csv_of(rows), mode="update", key=("mark",))
    assert kept(SHELF, "length") == [(Decimal(3),)]
    brought(SHELF, csv_of(rows), mode="update", key=("mark",), clear=True)
    assert kept(SHELF, "length") == [(None,)]


def test_a_record_that_somebody_changed_since_the_export() -> None:
    (shelf,) = shelves(("A-01", "旧"))
    with db.writing() as session:
        write.update(session, WHO, SHELF, shelf, {"name": "他人改过"}, 1, confirm=True)
    rows = [["Record ID", "Version", "Name"], [shelf, 1, "我改"]]
    done = brought(SHELF, csv_of(rows), mode="update", key=("id",))
    assert "changed this record on" in said(done)[0][2]
    rows = [["Record ID", "Version", "Length"], [shelf, 1, 2]]
    assert brought(SHELF, csv_of(rows), mode="update", key=("id",)).state == "done"
    assert kept(SHELF, "name", "length") == [("他人改过", Decimal(2))]


def test_a_number_that_the_system_gives_is_not_taken_from_a_file() -> None:
    (book,) = put("sample_book", {"title": "书", "pages": 1, "number": "SB20260001"})
    rows = [["Number", "Title"], ["SB20260001", "改"], ["SB20269999", "x"]]
    done = brought(BOOK, csv_of(rows), mode="update", key=("number",), whole=False)
    assert (kept(BOOK, "id", "title"), len(said(done))) == ([(book, "改")], 1)


def test_perhaps_there_already() -> None:
    shelves(("A-01", "架子"))
    rows = [["Mark", "Name"], ["A-02", "架子"], ["A-03", "别的"]]
    looked = brought(SHELF, csv_of(rows), dry=True)
    assert [looked.result[name] for name in ("new", "refused", "doubtful")] == [1, 1, 1]
    assert brought(SHELF, csv_of(rows)).state == "failed"
    assert brought(SHELF, csv_of(rows), doubtful=True).result["new"] == 2


# All or nothing


def test_a_look_writes_nothing() -> None:
    done = brought(SHELF, csv_of([["Mark", "Name"], ["A-01", "x"], ["A-01", "y"], ["bad", "z"]]), dry=True)
    assert [done.result[name] for name in ("new", "refused")] == [1, 2]
    assert said(done) == [(3, 0, "Row 2 has the same: it may be there only once."), (4, 0, "A letter, a dash and two digits.")]
    assert (kept(SHELF, "id"), changes()) == ([], 0)


def changes() -> int:
    with db.reading() as session:
        return session.execute(select(func.count()).select_from(CHANGE)).scalar_one()


def many(rows: int, wrong: int = -1) -> bytes:
    named = ((f"{chr(65 + n // 100)}-{n % 100:02}" if n != wrong else "bad") for n in range(rows))
    return csv_of([["Mark", "Name"], *([mark, f"架{n}"] for n, mark in enumerate(named))])


def test_all_or_nothing_over_many_chunks() -> None:
    with override(batch_rows=7):
        done = brought(SHELF, many(40, wrong=33))
    assert (done.state, kept(SHELF, "id")) == ("failed", [])
    assert str(done.message) == "Nothing was imported: 1 row has an error."
    assert done.file_id is not None


def test_only_the_good_rows() -> None:
    with override(batch_rows=7):
        done = brought(SHELF, many(40, wrong=33), whole=False)
    assert (done.state, len(kept(SHELF, "id")), said(done)) == ("done", 39, [(35, 0, "A letter, a dash and two digits.")])


def test_one_change_set_for_all_chunks_that_can_be_undone() -> None:
    with override(batch_rows=7):
        done = brought(SHELF, many(40))
    with db.reading() as session:
        sets = session.execute(select(CHANGE.c.change_set_id, func.count()).group_by(CHANGE.c.change_set_id)).all()
    assert [tuple(row) for row in sets] == [(done.change_set_id, 40)]
    assert done.change_set_id is not None
    with db.writing() as session:
        undo.undo(session, WHO, done.change_set_id)
    assert kept(SHELF, "id") == []


@pytest.mark.parametrize("whole", [True, False])
def test_cancelled_in_the_middle(monkeypatch: pytest.MonkeyPatch, whole: bool) -> None:
    once = Applier.write

    def stop_after_two(self: Applier, session: Any, lines: Any, told: Any) -> None:
        once(self, session, lines, told)
        if told.new == 14:
            session.execute(jobs.JOB.update().values(cancel_asked=True))

    monkeypatch.setattr(Applier, "write", stop_after_two)
    with override(batch_rows=7):
        done = brought(SHELF, many(40), whole=whole)
    assert (done.state, len(kept(SHELF, "id"))) == ("cancelled", 0 if whole else 14)


@pytest.mark.parametrize("whole", [True, False])
def test_a_fault_of_our_own_in_the_middle(monkeypatch: pytest.MonkeyPatch, whole: bool) -> None:
    once = Applier.write

    def break_later(self: Applier, session: Any, lines: Any, told: Any) -> None:
        if told.new == 14:
            raise ZeroDivisionError
        once(self, session, lines, told)

    monkeypatch.setattr(Applier, "write", break_later)
    with override(batch_rows=7):
        done = brought(SHELF, many(40), whole=whole)
    assert (done.state, len(kept(SHELF, "id"))) == ("failed", 0 if whole else 14)


def test_a_full_disk_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    once = Applier.write

    def no_room(self: Applier, session: Any, lines: Any, told: Any) -> None:
        if told.new == 14:
            raise db.DatabaseUnavailable(False, True, full=True)
        once(self, session, lines, told)

    monkeypatch.setattr(Applier, "write", no_room)
    with override(batch_rows=7):
        done = brought(SHELF, many(40))
    assert (done.state, kept(SHELF, "id")) == ("failed", [])
    assert "full" in str(done.message)


def test_taken_up_again_behind_the_last_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    once = Applier.write

    def die(self: Applier, session: Any, lines: Any, told: Any) -> None:
        once(self, session, lines, told)
        if told.new == 21:
            raise Killed

    with override(batch_rows=7, job_lease_seconds=1):
        planned = plan_of(SHELF, keep(many(40)))
        with db.writing() as session:
            id_ = job.submit(session, WHO, SHELF, planned)
        monkeypatch.setattr(Applier, "write", die)
        with pytest.raises(Killed):
            worker.work_off()
        assert len(kept(SHELF, "id")) == 14
        monkeypatch.setattr(Applier, "write", once)
        with db.writing() as session:
            session.execute(jobs.JOB.update().values(lease_until=datetime(2020, 1, 1, tzinfo=UTC)))
        worker.work_off()
    with db.reading() as session:
        done = jobs.get(session, WHO, id_)
    assert (done.state, done.result["new"], len(kept(SHELF, "id"))) == ("done", 40, 40)


def test_so_many_errors_are_the_wrong_file() -> None:
    rows = [["Mark", "Name"], *(["bad", "x"] for _n in range(60))]
    with override(import_errors=20, batch_rows=10):
        done = brought(SHELF, csv_of(rows), dry=True)
    assert (done.result["refused"], done.result["given_up"]) == (30, True)
    assert str(done.message).startswith("More than 20 rows have errors")


# The workbook back


def remarks_in(file: int) -> tuple[list[list[Any]], str]:
    """The rows of a kept workbook, and its remarks."""
    from python_calamine import CalamineWorkbook

    with db.reading() as session:
        stored = files.read(session, file)
    content = stored.path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        comments = "".join(archive.read(name).decode() for name in archive.namelist() if "comments" in name)
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(), comments


def test_the_marked_workbook_holds_what_was_typed() -> None:
    rows: list[list[Any]] = [
        ["Mark", "Name", "Length", "Shut"],
        ["A-01", "好", 1.5, None],
        ["bad", "坏", "x", "maybe"],
        ["A-02", None, 2, None],
    ]
    looked = brought(SHELF, xlsx_of(rows), name="清单.xlsx", dry=True)
    assert looked.file_id is not None
    back, comments = remarks_in(looked.file_id)
    assert [row[:2] for row in back[:4]] == [["Mark", "Name"], ["A-01", "好"], ["bad", "坏"], ["A-02", ""]]
    for words in ("A letter, a dash and two digits.", "This is not a number.", "Write “yes” or “no”.", "Please fill this in."):
        assert words in comments
    done = brought(SHELF, xlsx_of(rows), name="清单.xlsx", whole=False)
    assert done.file_id is not None
    assert [row[0] for row in remarks_in(done.file_id)[0][1:]] == ["bad", "A-02"]


def test_an_error_of_the_whole_row_stands_beside_it() -> None:
    (book,) = put("sample_book", {"title": "书", "pages": 1})
    done = brought(BOOK, csv_of([["Record ID", "Title"], [book, "好"], [99999, "坏"]]), mode="update", key=("id",), dry=True)
    assert said(done) == [(3, None, "It is not there any more, or you may not see it.")]
    assert done.file_id is not None
    assert remarks_in(done.file_id)[0][2][2] == "It is not there any more, or you may not see it."


# What can't be planned


def refused(table: Any, content: bytes, **given: Any) -> str:
    with pytest.raises(Invalid) as wrong:
        brought(table, content, **given)
    return str(wrong.value)


def test_plans_that_are_refused() -> None:
    rows = csv_of([["Mark", "Name", "Other"], ["A-01", "x", "y"]])
    assert "“Name” is chosen for two columns" in refused(SHELF, rows, mapping={0: "mark", 1: "name", 2: "name"})
    assert "“Mark” is needed for every new record" in refused(SHELF, rows, mapping={1: "name"})
    assert "at least one column" in refused(SHELF, rows, mapping={0: "books"})
    assert "at least one column" in refused(SHELF, rows, mapping={0: "nothing"})
    assert "by which the records are found" in refused(SHELF, rows, mode="update", key=("name",))
    assert "by which the records are found" in refused(SHELF, rows, mode="both")


def test_only_with_the_right() -> None:
    rows = csv_of([["Mark", "Name"], ["A-01", "x"]])
    clerk = actor("clerk")
    with pytest.raises(Forbidden):
        run(SHELF, plan_of(SHELF, keep(rows, who=clerk), who=clerk), clerk)


def test_books_that_need_a_copy_are_only_changed() -> None:
    assert plan.modes(WHO, BOOK) == ["update"]


def test_nobody_imports_from_a_file_of_somebody_else() -> None:
    file = keep(csv_of([["Mark", "Name"], ["A-01", "secret"]]), who=replace(WHO, account=None))
    for other in (replace(WHO, account=7), replace(WHO, centre=2)):
        with pytest.raises(Unreadable):
            upload.read(other, file)


def test_a_refused_upload_leaves_no_file() -> None:
    with pytest.raises(Unreadable):
        upload.take(WHO, "a.xlsx", io.BytesIO(b"PK\x03\x04 nothing"))
    with db.reading() as session:
        assert session.execute(select(func.count()).select_from(FILE)).scalar() == 0


def test_columns_are_remembered(tmp_path: Path) -> None:
    with db.writing() as session:
        (account,) = sample.put(session, "account", [{"username": "c", "name": "C", "roles": ["clerk"], "active": True}])
    who = replace(WHO, account=account)
    found = layout.columns(read(csv_of([["甲", "乙"], ["1", "2"]]), tmp_path), 1)
    for mapping in ({0: "mark"}, {0: "name", 1: "mark"}):
        with db.writing() as session:
            layout.remember(session, who, SHELF, found, mapping)
    with db.reading() as session:
        assert layout.remembered(session, who, SHELF, found) == {0: "name", 1: "mark"}
        assert layout.remembered(session, replace(who, account=account + 1), SHELF, found) is None
        assert layout.remembered(session, who, SHELF, found[:1]) is None


# The template


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_filled_template_is_understood(language: str, tmp_path: Path) -> None:
    (above,) = shelves(("A-00", "上架"))
    with use_language(language), db.reading() as session:
        sheet = template.sheet(session, WHO, SHELF)
        made = io.BytesIO()
        filled = {"mark": "A-01", "name": "下架"}
        row = [filled.get(one.name) or (one.choices[0] if one.choices else None) for one in sheet.columns]
        write_xlsx(made, replace(sheet, rows=[row]))
    done = brought(SHELF, made.getvalue(), name="x.xlsx")
    assert (done.state, said(done)) == ("done", [])
    assert kept(SHELF, "mark", "above", "shut")[1] == ("A-01", above, True)
