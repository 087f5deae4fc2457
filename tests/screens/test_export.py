"""The button that makes a file of a list: for whom it is there, what it offers, and that the click alone makes the file.

A screen speaks Chinese here: nobody has told it otherwise.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel
from streamlit.testing.v1 import AppTest

from models.system import Credential
from pages.parts import export
from services import areas, worker
from services.crud import exporting
from services.crud.access import Actor, Forbidden
from services.crud.view import Filter, View
from services.platform import db
from services.platform.settings import override
from tests.conftest import Database, fresh
from tests.crud import sample
from tests.crud.conftest import actor, prepare
from tests.crud.desk import BOOK, READER
from tests.screens.lists import Open, do, opener, run, statements, texts

assert areas
FACILITY, CLERK, AUDITOR = (actor(role, account=1) for role in ("facility", "clerk", "auditor"))
KEY = "sample_book.export"


@pytest.fixture(scope="module")
def books(_templates: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Thirty books, half of them law, and an account for who exports them."""
    with fresh("sqlite", _templates, tmp_path_factory.mktemp("books"), "") as made:
        prepare(made)
        with db.writing() as session:
            sample.put(session, "account", [{"id": 1, "username": "keeper", "name": "Keeper", "roles": ["facility"], "active": True}])
            session.add(Credential(account_id=1, password_hash="x"))
            rows = [{"title": f"b{n:02}", "pages": n, "genre": ("novel", "law")[n % 2], "bought_on": date(2026, 7, 1) - timedelta(days=n)}
                    for n in range(30)]  # fmt: skip
            sample.put(session, "sample_book", rows)
            sample.put(session, "sample_reader", [{"card": "D1", "name": "王芳", "id_no": "110101199003077475"}])
        yield made


@pytest.fixture
def open_(books: Database, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the screens of the library as its keeper."""
    return opener(monkeypatch, FACILITY)


def opened(screen: AppTest, key: str = KEY) -> AppTest:
    """The screen with the button pressed."""
    return do(screen, key, True)


def downloads(screen: AppTest) -> list[str]:
    """The files on offer."""
    return [one.proto.label for one in screen.get("download_button")]


def files() -> int:
    sets = SQLModel.metadata.tables["change_set"]
    with db.reading() as session:
        return len(session.execute(select(sets.c.id).where(sets.c.action == "export")).all())


@pytest.mark.parametrize("role", ["facility", "auditor", "clerk", "hr"])
def test_the_button_is_there_for_who_may(books: Database, monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    who = actor(role, account=1)
    assert export.possible(who, BOOK, View()) is (role in ("facility", "auditor"))
    assert not export.possible(who, BOOK, View(trash=True))


def test_nothing_is_read_or_made_before_the_click(open_: Open) -> None:
    before = files()
    screen = open_("sample_book")
    with statements() as closed:
        run(screen)
    with statements() as said:
        opened(screen)
    assert len(said) <= len(closed) + 1  # how many there are
    assert downloads(screen) == ["下载"]
    assert files() == before


def test_what_it_offers(open_: Open) -> None:
    screen = opened(open_("sample_book", **{"f.genre": "law", "cols": "title,pages"}))
    assert "共 15 条记录。" in texts(screen)
    assert "与列表相同（3）" in str(screen.get("button_group"))
    assert "全部字段（3" in str(screen.get("button_group"))
    assert "记录" not in [one.proto.label for one in screen.get("button_group")]
    assert "脱敏" not in texts(screen)


def test_an_empty_list_has_nothing_to_take(open_: Open) -> None:
    screen = opened(open_("sample_book", q="nowhere"))
    assert "没有可导出的记录。" in texts(screen)
    assert downloads(screen) == []


def test_only_the_selected_ones_where_some_are_selected(open_: Open) -> None:
    screen = open_("sample_book")
    do(screen, "sample_book.grid", {"selected": {"n": 1, "ids": [3, 5]}})
    assert "共 2 条记录。" in texts(opened(screen))
    do(screen, f"{KEY}.rows", "all")
    assert "共 30 条记录。" in texts(screen)


def test_it_says_that_masks_stay(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    head = replace(actor("head", account=1), departments=frozenset({1}))
    screen = opener(monkeypatch, head)("sample_reader")
    assert "脱敏" not in texts(opened(screen, "sample_reader.export"))
    assert "对您脱敏的内容在文件中同样脱敏。" in texts(do(screen, "sample_reader.export.columns", "all"))


# The click


def made(who: Actor, view: View, spoken: str = "en") -> list[list[str]]:
    content = export.file(who, BOOK, view, "csv", exporting.fields(BOOK, view), spoken)
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_click_makes_the_file_in_the_language_of_the_person(books: Database) -> None:
    view = View(filters=(Filter("genre", "in", ("law",)),), columns=("title",))
    before = files()
    head, *rows = made(FACILITY, view)
    assert head == ["Number", "Title", "Record ID", "Version"]
    assert len(rows) == 15
    assert made(FACILITY, view, "zh_CN")[0][-1] == "版本号"
    assert files() == before + 2


def test_the_rights_of_the_moment_of_the_click_count(books: Database) -> None:
    """The page was drawn for somebody who has lost the role since, or the account."""
    with pytest.raises(Forbidden):
        made(replace(FACILITY, account=99), View())
    account = SQLModel.metadata.tables["account"]
    with db.engine().begin() as other:
        other.execute(account.update().where(account.c.id == 1).values(roles=["clerk"]))
    try:
        with pytest.raises(Forbidden):
            made(FACILITY, View())
    finally:
        with db.engine().begin() as other:
            other.execute(account.update().where(account.c.id == 1).values(roles=["facility"]))
    assert "The export of “Books” was not made. You have no right" in notice()


def notice() -> str:
    from services.crud import notices

    with db.reading() as session:
        return str(notices.of(session, FACILITY)[0].message)


def test_what_goes_wrong_stands_among_the_notices(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with override(export_rows=10), pytest.raises(exporting.TooMany):
        made(FACILITY, View())
    assert "more than 10 records" in notice()

    def broken(*_arguments: Any, **_more: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(exporting, "make", broken)
    with pytest.raises(ZeroDivisionError):
        made(FACILITY, View())
    assert "Tell a system administrator this number" in notice()


# Many rows


def test_many_rows_become_long_work(open_: Open, books: Database) -> None:
    with override(export_at_once=10):
        screen = opened(open_("sample_book"))
        assert "超过 10 条记录" in texts(screen)
        assert downloads(screen) == []
        run(screen.button(key=f"{KEY}.make").click())
        assert "排队" in texts(screen)
        assert worker.run_next(lambda: False)
        run(screen)
        assert "文件中共有 30 条记录。" in texts(screen)
        assert [one.proto.label for one in screen.get("link_button")] == ["下载文件"]
        do(screen, f"{KEY}.format", "csv")  # another wish is another file
        assert f"{KEY}.make" in {one.key for one in screen.button}


def test_too_much_under_way_is_said(open_: Open, books: Database) -> None:
    with override(export_at_once=10, jobs_under_way=0):
        screen = opened(open_("sample_book"))
        run(screen.button(key=f"{KEY}.make").click())
        assert "请等其中一项完成" in texts(screen)


def test_reader_list_has_the_button(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    assert export.possible(actor("director", account=1), READER, View())
    assert not export.possible(AUDITOR, READER, View())
    assert not export.possible(CLERK, BOOK, View())
