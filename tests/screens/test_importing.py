"""The import as a script: from the list to the file, its columns, its rows, and back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts import importing as _part
from services import jobs, worker
from services.crud.access import Actor
from services.platform import db, i18n
from services.platform.settings import override
from tests.conftest import Database
from tests.crud import sample
from tests.crud.conftest import prepare
from tests.crud.desk import READER, SHELF, Desk
from tests.importing.clerk import csv_of, keep, kept, xlsx_of
from tests.screens.lists import address, keys, run, texts

assert _part
NASTY = '<script>alert(1)</script> **b** :red[z] =cmd|" /C calc"!A0'
ROWS: list[Any] = [["Mark", "Name", "Length (m)"], ["A-01", "甲", 1.5], ["bad", NASTY, "x"], ["A-02", "乙", None]]
Open = Callable[..., AppTest]


@pytest.fixture
def desk(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Desk:
    prepare(sqlite_database)
    with db.writing() as session:
        made = Desk(session)
    monkeypatch.setattr(i18n, "_reader", [lambda: "en"])
    once = jobs.wait

    def at_once(id: int, seconds: float) -> jobs.Job:
        worker.work_off()
        return once(id, seconds)

    monkeypatch.setattr(jobs, "wait", at_once)
    # Whoever asked is looked up again; the desk's people have no session of a browser.
    monkeypatch.setattr(jobs, "_standing", lambda _db, asked: asked)
    return made


@pytest.fixture
def open_(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Open:
    def opened(who: Actor, name: str = "sample_shelf", **params: Any) -> AppTest:
        monkeypatch.setattr("pages.parts.session.actor", lambda: who)
        screen = AppTest.from_function(_script, args=(name,), default_timeout=20)
        for key, value in params.items():
            screen.query_params["import" if key == "import_" else key] = str(value)
        return run(screen)

    return opened


def _script(name: str) -> None:
    import streamlit as st

    from pages import table
    from services.crud.registry import tables as known

    st.session_state["navigation.pages"] = dict.fromkeys(known())
    table.show(name)


def click(screen: AppTest, key: str) -> AppTest:
    return run(screen.button(key=key).click())


def said(screen: AppTest) -> str:
    cells = [str(cell) for one in screen.table for row in one.value.to_numpy() for cell in row]
    return "\n".join([texts(screen), *cells]).replace("\\", "").replace("\u2060", "")


def sums(screen: AppTest) -> dict[str, str]:
    return {one.label: one.value for one in screen.metric}


def test_the_list_leads_to_the_import_of_who_may(desk: Desk, open_: Open) -> None:
    screen = open_(desk.keeper)
    click(screen, "sample_shelf.import")
    assert address(screen) == {"import": ["1"]} or address(screen) == {"import": "1"}
    assert "Nothing is written yet" in said(screen)
    assert "sample_shelf.import" not in keys(open_(desk.auditor))
    assert "sample_book.import" in keys(open_(desk.keeper, "sample_book"))


def test_who_may_not_is_told(desk: Desk, open_: Open) -> None:
    screen = open_(desk.auditor, import_=1)
    assert "You have no right to do this with “Shelves”" in said(screen)


def test_from_the_file_to_the_records(desk: Desk, open_: Open) -> None:
    file = keep(xlsx_of(ROWS), "shelves.xlsx", desk.keeper)
    screen = open_(desk.keeper, import_=1, file=file)
    assert [one.value for one in screen.selectbox if "column" in str(one.key)] == ["mark", "name", "length"]
    click(screen, "import.check")
    assert sums(screen) == {"Would be new": "2", "With errors": "1"}
    assert "A letter, a dash and two digits." in said(screen)
    assert NASTY not in texts(screen)
    assert kept(SHELF, "id") == []
    click(screen, "import.run")
    assert sums(screen) == {"New records": "2", "With errors": "1"}
    assert kept(SHELF, "mark", "name") == [("A-01", "甲"), ("A-02", "乙")]
    click(screen, "import.list")
    assert address(screen) == {}


def test_a_file_without_errors_goes_in_whole(desk: Desk, open_: Open) -> None:
    screen = open_(desk.keeper, import_=1, file=keep(csv_of([ROWS[0], ROWS[1]]), who=desk.keeper))
    click(screen, "import.check")
    assert screen.button(key="import.run").label == "Import 1 row"
    click(screen, "import.run")
    assert "Imported: 1 new, 0 changed." in said(screen)


def test_what_is_perhaps_there_already_is_asked(desk: Desk, open_: Open) -> None:
    with db.writing() as session:
        sample.put(session, "sample_shelf", [{"mark": "B-01", "name": "甲"}])
    screen = open_(desk.keeper, import_=1, file=keep(csv_of(ROWS[:2]), who=desk.keeper))
    click(screen, "import.check")
    assert "import.run" not in keys(screen)
    run(screen.checkbox(key="import.doubtful").check())
    click(screen, "import.run")
    assert len(kept(SHELF, "id")) == 2


def test_changing_by_a_column(desk: Desk, open_: Open) -> None:
    with db.writing() as session:
        sample.put(session, "sample_shelf", [{"mark": "A-01", "name": "旧"}])
    screen = open_(desk.keeper, import_=1, file=keep(csv_of([ROWS[0], ["A-01", "新", None]]), who=desk.keeper))
    run(screen.radio(key="import.mode").set_value("update"))
    assert screen.selectbox(key="import.key").value == ("mark",)
    click(screen, "import.check")
    assert sums(screen)["Would change"] == "1"
    click(screen, "import.run")
    assert kept(SHELF, "name") == [("新",)]


def test_columns_are_corrected_and_remembered(desk: Desk, open_: Open) -> None:
    rows = [["甲列", "乙列"], ["A-01", "架"]]
    screen = open_(desk.keeper, import_=1, file=keep(csv_of(rows), who=desk.keeper))
    click(screen, "import.check")
    assert "Choose for at least one column what it is." in said(screen)
    first, second = (one for one in screen.selectbox if "column" in str(one.key))
    first.set_value("name")
    run(second.set_value("name"))
    click(screen, "import.check")
    assert "“Name” is chosen for two columns" in said(screen)
    first, second = (one for one in screen.selectbox if "column" in str(one.key))
    first.set_value("mark")
    run(second.set_value("name"))
    click(screen, "import.check")
    assert sums(screen)["Would be new"] == "1"
    again = open_(desk.keeper, import_=1, file=keep(csv_of(rows), who=desk.keeper))
    assert [one.value for one in again.selectbox if "column" in str(one.key)] == ["mark", "name"]
    assert "as you chose them for the last file" in said(again)


def test_the_wrong_list_is_pointed_out(desk: Desk, open_: Open) -> None:
    rows = [["Card", "Name", "Born", "E-mail"], ["1", "x", "2000-01-01", "a@b.cn"]]
    who = replace(desk.keeper, roles=frozenset({"facility", "director"}))
    screen = open_(who, import_=1, file=keep(csv_of(rows), who=who))
    assert "The headings look like “Readers”, not like “Shelves”." in said(screen)
    assert "The headings" not in said(open_(who, READER.name, import_=1, file=keep(csv_of(rows), who=who)))


@pytest.mark.parametrize("params", [{"file": "x"}, {"file": "-1"}, {"file": "9" * 40}, {"job": "1e3"}])
def test_nonsense_in_the_address_begins_anew(desk: Desk, open_: Open, params: dict[str, str]) -> None:
    assert "Nothing is written yet" in said(open_(desk.keeper, import_=1, **params))


def test_what_is_somebody_elses_is_not_there(desk: Desk, open_: Open) -> None:
    file = keep(csv_of(ROWS), who=desk.clerk)
    assert "The file is not there any more." in said(open_(desk.keeper, import_=1, file=file))
    assert "The file is not there any more." in said(open_(desk.keeper, import_=1, file=999))
    mine = open_(desk.keeper, import_=1, file=keep(csv_of(ROWS), who=desk.keeper))
    click(mine, "import.check")
    job = str(address(mine)["job"][0] if isinstance(address(mine)["job"], list) else address(mine)["job"])
    who = replace(desk.keeper, account=desk.clerk.account)
    assert "There is no such import of yours." in said(open_(who, import_=1, job=job))


def test_too_many_errors_have_one_cause(desk: Desk, open_: Open) -> None:
    rows = [ROWS[0], *(["bad", "x", None] for _n in range(30))]
    with override(import_errors=10, batch_rows=5):
        screen = open_(desk.keeper, import_=1, file=keep(csv_of(rows), who=desk.keeper))
        click(screen, "import.check")
    assert "have one cause, most likely" in said(screen)
    assert "import.run" not in keys(screen)
