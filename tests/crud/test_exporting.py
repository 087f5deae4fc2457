"""Files of a list: what is shown, to whom it may be shown, as it stood at one moment, and noted."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlmodel import SQLModel

from models.fields import today
from models.system import Credential
from models.types import Place
from services import jobs, worker
from services.crud import exporting, history, query
from services.crud.access import Forbidden
from services.crud.exporting import TooMany, export, fields, make
from services.crud.query import count
from services.crud.registry import Table
from services.crud.view import Filter, View
from services.platform import db, files
from services.platform.i18n import use_language
from services.platform.settings import override
from services.platform.sheets import Format, unguarded
from tests.conftest import Database
from tests.crud import sample
from tests.crud.conftest import OTHER, actor
from tests.crud.desk import BOOK, READER, SHELF

FORMATS: tuple[Format, ...] = ("csv", "xlsx", "json")
FACILITY, CLERK, AUDITOR, DIRECTOR = (actor(role, account=1) for role in ("facility", "clerk", "auditor", "director"))
CHANGE_SET = SQLModel.metadata.tables["change_set"]
FULL: dict[str, Any] = {
    "number": "SB20260001", "title": "=1+1", "isbn": "007", "edition": 2, "blurb": "第一行\n第二行, “引号”", "genre": "law",
    "marks": ["audio", "rare"], "state": "lent", "pages": 321, "price": Decimal("1234.50"), "discount": Decimal("12.50"),
    "weight": Decimal("0.125"), "bought_on": date(2026, 8, 7), "opens_at": time(9, 30), "due_at": datetime(2026, 8, 7, 1, 30, tzinfo=UTC),
    "lasts": timedelta(hours=30), "missing": True, "page": "https://example.cn/a?b=c", "cover_colour": "#1f77b4",
    "found_at": Place(Decimal("101.778100"), Decimal("36.617100")),
}  # fmt: skip


@pytest.fixture
def books(library: Database) -> Database:
    """Forty books; the newest has everything filled in."""
    with db.writing() as session:
        keeper = sample.put(session, "account", [{"username": "keeper", "name": "Keeper", "roles": ["facility"], "active": True}])[0]
        session.add(Credential(account_id=keeper, password_hash="x"))
        shelves = sample.put(session, "sample_shelf", [{"mark": f"A-{n:02}", "name": f"架{n}"} for n in range(3)])
        rows = [{"title": f"b{n:02}", "shelf": shelves[n % 3] if n % 4 else None, "pages": n, "genre": ("novel", "law")[n % 2],
                 "bought_on": date(2026, 7, 1) - timedelta(days=n)} for n in range(39)]  # fmt: skip
        scan = files.store(session, FACILITY, "扫描.pdf", b"%PDF-1.4\n%%EOF\n")
        sample.put(session, "sample_book", [{**FULL, "shelf": shelves[0], "also_on": shelves[1:], "scan": scan}, *rows])
        sample.put(session, "sample_book", [{"title": "theirs"}], centre=OTHER)
        sample.put(session, "sample_book", [{"title": "gone", "deleted_at": datetime(2026, 1, 1, tzinfo=UTC)}])
    return library


def made(who: Any, table: Table, view: View, format: Format, *, everything: bool = False) -> bytes:
    into = io.BytesIO()
    make(into, who, table, view, format, fields(table, view, everything=everything))
    return into.getvalue()


def rows(content: bytes, format: Format) -> list[dict[str, Any]]:
    """What somebody reads who opens the file: heading → cell."""
    if format == "json":
        return list(json.loads(content))
    if format == "csv":
        head, *found = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        return [dict(zip(head, map(unguarded, row), strict=True)) for row in found]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    head, *found = sheet.to_python(skip_empty_area=False)  # type: ignore[assignment]
    return [dict(zip(head, row, strict=True)) for row in found]


def text_of(content: bytes, format: Format) -> str:
    """All that stands anywhere in the file."""
    if format != "xlsx":
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))


def noted() -> list[Any]:
    with db.reading() as session:
        return list(session.execute(select(CHANGE_SET).where(CHANGE_SET.c.action == "export").order_by(CHANGE_SET.c.id)))


# What is in it


@pytest.mark.parametrize("format", FORMATS)
def test_the_columns_of_the_list_in_its_order_under_its_filters(books: Database, format: Format) -> None:
    view = View(filters=(Filter("genre", "in", ("law",)),), sort="-pages", columns=("title", "pages", "shelf"))
    found = rows(made(FACILITY, BOOK, view, format), format)
    title, pages, shelf = ("title", "pages", "shelf") if format == "json" else ("Title", "Pages", "Shelf")
    assert list(found[0]) == (
        ["number", "title", "pages", "shelf", "id", "version"]
        if format == "json"
        else ["Number", "Title", "Pages", "Shelf", "Record ID", "Version"]
    )
    assert [str(row[title]) for row in found] == ["=1+1", *(f"b{n:02}" for n in range(37, 0, -2))]
    assert [int(row[pages]) for row in found] == [321, *range(37, 0, -2)]
    assert {row[shelf] for row in found} <= ({1, 2, 3, None} if format == "json" else {"架0", "架1", "架2", ""})


def test_people_read_what_a_screen_says(books: Database) -> None:
    csv_row, xlsx_row = (rows(made(FACILITY, BOOK, View(), format, everything=True), format)[0] for format in ("csv", "xlsx"))
    for row in (csv_row, xlsx_row):
        assert row["Title"] == "=1+1"
        assert row["ISBN"] == "007"
        assert row["Genre"] == "Law"
        assert row["Marks"] == "With sound；Rare"
        assert row["State"] == "Lent"
        assert row["Shelf"] == "架0"
        assert row["Also on"] == "架1；架2"
        assert row["Missing"] == "Yes"
        assert row["Found at"] == "101.778100, 36.617100"
        assert row["Scan"] == "扫描.pdf"
        assert row["Blurb"] == FULL["blurb"]
        assert row["Cover picture"] == ""
    assert csv_row["Price (yuan)"] == "1234.50"
    assert csv_row["Due"] == "2026-08-07 09:30:00"
    assert csv_row["Discount (%)"] == "12.50"
    assert xlsx_row["Price (yuan)"] == 1234.5
    assert xlsx_row["Bought on"] == date(2026, 8, 7)
    assert xlsx_row["Due"].isoformat() == "2026-08-07T09:30:00"
    assert xlsx_row["Lasts"] == timedelta(hours=30)
    assert xlsx_row["Weight (kg)"] == 0.125
    assert xlsx_row["Net price (yuan)"] == 1080.19
    assert xlsx_row["Record ID"] == 1
    assert xlsx_row["Version"] == 1
    assert not [head for head in csv_row if "Kept" in head]


def test_json_holds_what_is_kept(books: Database) -> None:
    row = rows(made(FACILITY, BOOK, View(), "json", everything=True), "json")[0]
    assert row["genre"] == "law"
    assert row["marks"] == ["audio", "rare"]
    assert row["also_on"] == [2, 3]
    assert (row["shelf"], row["missing"], row["price"], row["lasts"]) == (1, True, 1234.5, 108_000)
    assert row["due_at"] == "2026-08-07T01:30:00+00:00"
    assert row["found_at"] == [101.7781, 36.6171]
    assert row["created_by"] is None
    assert isinstance(row["scan"], int)


def test_in_chinese(books: Database) -> None:
    with use_language("zh_CN"):
        row = rows(made(FACILITY, BOOK, View(), "csv"), "csv")[0]
        assert list(row)[-2:] == ["记录号", "版本号"]
        assert "是" in row.values()
        assert exporting.file_name(BOOK, "xlsx") == f"Books {today()}.xlsx"


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("sort", ["", "title", "-price", "shelf", "-shelf", "due_at", "id"])
def test_every_row_once_over_many_pages(books: Database, format: Format, sort: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query.every, "__defaults__", ("read", 7))
    view = View(sort=sort)
    found = rows(made(FACILITY, BOOK, view, format), format)
    with db.reading() as session:
        assert [int(row.get("id") or row["Record ID"]) for row in found] == query.matching(session, FACILITY, BOOK, view, 100)
    assert len(found) == 40


def test_only_those_that_were_selected(books: Database) -> None:
    found = rows(made(FACILITY, BOOK, View().filtered(Filter("id", "in", (5, 3, 999))), "csv"), "csv")
    assert sorted(row["Record ID"] for row in found) == ["3", "5"]
    assert "Selected one by one" in noted()[-1].reason


def test_a_search_is_obeyed(books: Database) -> None:
    with db.writing() as session:
        sample.put(session, "sample_book", [{"title": "青海湖"}])
    assert [row["Title"] for row in rows(made(FACILITY, BOOK, View(search="海湖"), "csv"), "csv")] == ["青海湖"]


# Who may


@pytest.mark.parametrize("format", FORMATS)
def test_nobody_without_the_right(books: Database, format: Format) -> None:
    for who in (CLERK, actor("hr", account=1), actor()):
        with pytest.raises(Forbidden):
            made(who, BOOK, View(), format)
        with pytest.raises(Forbidden), db.writing() as session:
            exporting.submit(session, who, BOOK, View(), format)
    assert noted() == []
    assert len(rows(made(AUDITOR, BOOK, View(), format), format)) == 40


def test_the_scope_of_the_right_counts_not_that_of_reading(books: Database) -> None:
    """Clerks read what is theirs and export nothing; heads export what is their department's."""
    with db.writing() as session:
        sample.put(session, "sample_reader", [{"card": f"D{n}", "name": f"读者{n}", "team": 1 + n % 2} for n in range(10)])
        sample.put(session, "sample_reader", [{"card": "X1", "name": "theirs", "team": 1}], centre=OTHER)
    head = actor("head", "auditor", account=1, departments=(1,))
    with db.reading() as session:
        assert count(session, head, READER, View()).value == 11  # auditors read those of every centre
        assert count(session, head, READER, View(), verb="export").value == 5
    for format in FORMATS:
        found = rows(made(head, READER, View(sort="name"), format), format)
        assert len(found) == 5
        assert {row.get("team") or row.get("Team") for row in found} <= {1, "架0"}
    for search in ("读者", "theirs"):
        assert all("theirs" not in str(row) for row in rows(made(head, READER, View(search=search), "csv"), "csv"))


SECRETS = {"id_no": "110101199003077475", "mobile": "13812345678", "account": "6222021234567890123", "home": "城东区某路8号楼301室"}


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_masked_stays_masked(books: Database, format: Format) -> None:
    with db.writing() as session:
        sample.put(session, "sample_reader", [{"card": "D1", "name": "王芳", "team": 1, "secret": "nobody's", **SECRETS}])
    head = actor("head", account=1, departments=(1,))
    text = text_of(made(head, READER, View(), format, everything=True), format)
    assert [name for name, value in SECRETS.items() if value in text] == ["mobile"]
    assert "110***********7475" in text
    text = text_of(made(DIRECTOR, READER, View(), format, everything=True), format)
    assert [name for name, value in SECRETS.items() if value in text] == ["id_no", "mobile"]
    assert "nobody's" not in text
    hidden = READER.fields["secret"]
    into = io.BytesIO()
    make(into, DIRECTOR, READER, View(), format, [READER.fields["name"], hidden])
    assert "nobody's" not in text_of(into.getvalue(), format)


def test_titles_of_records_that_may_not_be_read_are_not_told(books: Database) -> None:
    with db.writing() as session:
        reader = sample.put(session, "sample_reader", [{"card": "D1", "name": "王芳", "team": 1}])[0]
        sample.put(session, "sample_book", [{"title": "kept", "keeper": reader, "bought_on": date(2026, 8, 8)}])
    row = rows(made(FACILITY, BOOK, View(), "csv", everything=True), "csv")[0]
    assert (row["Title"], row["Keeper"]) == ("kept", "—")


def test_the_trash_of_others_is_not_exported(books: Database) -> None:
    assert "gone" not in {row["Title"] for row in rows(made(FACILITY, BOOK, View(), "csv"), "csv")}
    assert rows(made(AUDITOR, BOOK, View(trash=True), "csv"), "csv") == []


# Noted, bounded, at one moment


def test_the_history_says_who_took_what(books: Database) -> None:
    view = View(filters=(Filter("genre", "in", ("law",)),), search="b", columns=("title",))
    made(replace(FACILITY, name="王芳", session="s1"), BOOK, view, "xlsx")
    [one] = noted()
    assert (one.actor, one.account_id, one.table_name, one.source, one.session, one.centre_id) == (
        "王芳",
        1,
        "sample_book",
        "screen",
        "s1",
        1,
    )
    for said in ("19 records as XLSX", "Title", "f.genre=law", "q=b"):
        assert said in one.reason, one.reason
    with db.reading() as session:
        changes = SQLModel.metadata.tables["change"]
        assert session.execute(select(changes).where(changes.c.change_set_id == one.id)).first() is None
        assert history.of(session, FACILITY, BOOK, 1) == []


def test_no_file_without_a_note(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: Any, **_more: Any) -> int:
        raise db.DatabaseUnavailable(busy=True)

    monkeypatch.setattr(exporting, "note", broken)
    with pytest.raises(db.DatabaseUnavailable):
        made(FACILITY, BOOK, View(), "csv")


def test_too_many_rows_are_refused(books: Database) -> None:
    for format in FORMATS:
        with override(export_rows=39), pytest.raises(TooMany) as refused:
            made(FACILITY, BOOK, View(), format)
        assert "39" in str(refused.value.message)
        with override(export_rows=40):
            assert len(rows(made(FACILITY, BOOK, View(), format), format)) == 40
    assert len(noted()) == 3


def test_a_file_shows_one_moment(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody renames, adds and deletes books while the second page is still to be read."""
    monkeypatch.setattr(query.every, "__defaults__", ("read", 7))
    book = BOOK.sql
    done: list[int] = []

    def meddle(_count: int) -> None:
        if not done:
            done.append(1)
            with db.engine().begin() as other:
                other.execute(book.update().where(book.c.centre_id == 1).values(title="changed", title__sort="changed"))
                other.execute(book.delete().where(book.c.id.in_([30, 31])))

    into = io.BytesIO()
    assert make(into, FACILITY, BOOK, View(), "csv", watch=meddle) == 40
    assert done
    assert not [row for row in rows(into.getvalue(), "csv") if row["Title"] == "changed"]


def test_the_number_of_statements_does_not_grow_with_the_rows(books: Database) -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    def asked(view: View) -> int:
        said: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            said.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            with db.reading() as session:
                for _piece in export(session, FACILITY, BOOK, view, "csv", fields(BOOK, view, everything=True)):
                    pass
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        return len([one for one in said if one.lower().startswith(("select", "with"))])

    few, many = asked(View(filters=(Filter("id", "in", (1, 2)),))), asked(View())
    assert many <= few + 1


# Many rows


def run_job(id: int) -> jobs.Job:
    assert worker.run_next(lambda: False)
    return jobs.wait(id, 0)


@pytest.mark.parametrize("format", FORMATS)
def test_a_large_one_is_a_job(books: Database, format: Format) -> None:
    view = View(filters=(Filter("genre", "in", ("law",)),), sort="pages")
    with db.writing() as session:
        keeper = replace(FACILITY, account=_account(session), language="en")
        number = exporting.submit(session, keeper, BOOK, view, format, [BOOK.fields["title"], BOOK.fields["pages"]])
    done = run_job(number)
    assert done.state == "done", done.message
    assert str(done.message) == "20 records are in the file."
    with db.reading() as session:
        stored = files.read(session, done.file_id or 0)
    assert stored.name == f"Books {today()}.{format}"
    found = rows(stored.path.read_bytes(), format)
    assert len(found) == 20
    assert set(found[0]) == ({"title", "pages", "id", "version"} if format == "json" else {"Title", "Pages", "Record ID", "Version"})
    assert len(noted()) == 1
    assert not list((stored.path.parents[2] / "incoming").iterdir())


def test_a_job_takes_the_selected_ones(books: Database) -> None:
    with db.writing() as session:
        number = exporting.submit(
            session, replace(FACILITY, account=_account(session)), BOOK, View().filtered(Filter("id", "in", (3, 5))), "csv"
        )
    done = run_job(number)
    with db.reading() as session:
        assert len(rows(files.read(session, done.file_id or 0).path.read_bytes(), "csv")) == 2


def test_a_job_that_can_not_be_done_says_why(books: Database) -> None:
    with db.writing() as session:
        number = exporting.submit(session, replace(FACILITY, account=_account(session)), BOOK, View(), "xlsx")
    with override(export_rows=10):
        done = run_job(number)
    assert (done.state, done.file_id) == ("failed", None)
    assert "10 records" in str(done.message)
    assert noted() == []


def test_a_job_can_be_cancelled_in_the_middle(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_TELL_SECONDS", 0)
    monkeypatch.setattr(query.every, "__defaults__", ("read", 7))
    with db.writing() as session:
        keeper = replace(FACILITY, account=_account(session), language="en")
        number = exporting.submit(session, keeper, BOOK, View(), "csv")
    tell = exporting._Progress.tell

    def cancelling(self: exporting._Progress, done: int) -> None:
        tell(self, done)
        if done == 14:
            with db.writing() as session:
                jobs.cancel(session, keeper, number)

    monkeypatch.setattr(exporting._Progress, "tell", cancelling)
    ended = run_job(number)
    assert (ended.state, ended.file_id, ended.total) == ("cancelled", None, 40)
    assert noted() == []


def _account(session: Any) -> int:
    account = SQLModel.metadata.tables["account"].c
    return int(session.scalars(select(account.id).where(account.username == "keeper")).one())


def test_the_shelf_has_no_number(books: Database) -> None:
    assert [field.name for field in fields(SHELF, View(columns=("name",)))] == ["name"]
