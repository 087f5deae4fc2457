"""Undo on the screen: the offer after a save, the history of the centre, one change set with its undo, the past, and who else is there."""

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services.crud import changesets, presence, write
from services.crud.access import Actor
from services.platform import db
from tests.conftest import Database, fresh
from tests.crud.conftest import prepare
from tests.crud.desk import SHELF
from tests.screens.forms import Person, Sit, kept, somebody
from tests.screens.lists import column, run, texts


@pytest.fixture(scope="module")
def house(_templates: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A library; every test has shelves and people of its own."""
    with fresh("sqlite", _templates, tmp_path_factory.mktemp("undo"), "") as made:
        prepare(made)
        yield made


_marks = iter(f"{letter}-{n:02}" for letter in "ABCDEFG" for n in range(100))


def shelf(who: Actor, name: str = "A shelf") -> int:
    with db.writing() as session:
        return write.create(session, who, SHELF, {"mark": next(_marks), "name": name}, confirm=True)


def rename(who: Actor, id: int, name: str, reason: str = "") -> int:
    """Give it another name: the change set."""
    with db.writing() as session:
        write.update(session, who, SHELF, id, {"name": name}, kept(SHELF, id)["version"], confirm=True, reason=reason)
        found = changesets.newest(session, who)
    assert found is not None
    return found


def _history() -> None:
    import streamlit as st

    from pages import history
    from services.crud.registry import tables

    st.session_state["navigation.pages"] = dict.fromkeys([*tables(), "history"])
    history.show()


def history(person: Person, **params: Any) -> AppTest:
    """The screen of all change sets, as this person."""
    screen = AppTest.from_function(_history, default_timeout=20)
    for name, value in params.items():
        screen.query_params[name] = str(value)
    person.run(screen)
    return screen


def went(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The pages that are opened from here on."""
    opened: list[Any] = []

    def open_page(name: str, params: Any = None) -> None:
        import streamlit as st

        opened.append((name, params))
        st.stop()

    for module in ("history", "parts.undone"):
        monkeypatch.setattr(f"pages.{module}.open_page", open_page)
    return opened


def test_a_save_can_be_taken_back_at_once(sit: Sit) -> None:
    person = sit()
    id_ = shelf(person.who)
    person.open("sample_shelf", id=id_, edit=1)
    person.type(name="Wrong")
    person.save()
    assert "undo.now" in {one.key for one in person.screen.button}
    run(person.screen.button(key="undo.now").click())
    assert kept(SHELF, id_)["name"] == "A shelf"
    assert "undo.now" not in {one.key for one in person.screen.button}


def test_an_offer_that_came_too_late_says_why(sit: Sit) -> None:
    person, other = sit(), somebody("facility")
    id_ = shelf(person.who)
    person.open("sample_shelf", id=id_, edit=1)
    person.type(name="Mine")
    person.save()
    rename(other, id_, "Theirs")
    run(person.screen.button(key="undo.now").click())
    assert kept(SHELF, id_)["name"] == "Theirs"
    assert "can't be undone" in texts(person.screen)
    assert "changed it since" in "\n".join(one.proto.body for one in person.screen.get("html"))


def test_the_history_shows_what_one_may_see(sit: Sit) -> None:
    keeper = somebody("facility")
    id_ = shelf(keeper, "Ours")
    rename(keeper, id_, "Ours too", "misspelt")
    person = sit("facility")
    shelf(person.who, "Mine")
    assert [one["text"] for one in column(history(person), "what")] == ["Created · Shelves: Mine"]
    director = sit("director", "facility")
    assert column(history(director, q="misspelt"), "reason") == ["misspelt"]
    assert len(column(history(director, table="sample_shelf", record=id_), "reason")) == 2
    assert "Nothing matches" in texts(history(director, q="never said"))


def test_filters_stand_in_the_address(sit: Sit) -> None:
    person = sit()
    shelf(person.who)
    screen = history(person)
    run(screen.selectbox(key="history.table").set_value("sample_shelf"))
    assert screen.query_params["table"] in ("sample_shelf", ["sample_shelf"])
    run(screen.selectbox(key="history.action").set_value("create"))
    assert sorted(screen.query_params) == ["action", "table"]
    assert len(column(screen, "what")) == 1


def test_a_change_set_is_shown_and_undone(sit: Sit, monkeypatch: pytest.MonkeyPatch) -> None:
    person, opened = sit(), went(monkeypatch)
    id_ = shelf(person.who, "Before")
    made = rename(person.who, id_, "After", "by mistake")
    screen = history(person, set=made)
    assert "by mistake" in texts(screen)
    assert screen.get("table") or screen.get("arrow_table")
    run(screen.button(key="history.undo").click())
    go = next(one for one in screen.button if str(one.key).endswith(".go"))
    reason = next(one for one in screen.text_input if str(one.key).endswith(".reason"))
    reason.set_value("put right")
    run(go.click())
    assert kept(SHELF, id_)["name"] == "Before"
    with db.reading() as session:
        newest = changesets.newest(session, person.who)
        assert newest is not None
        told = changesets.find(session, person.who, newest)
    assert (told.undoes, told.reason, told.action) == (made, "put right", "undo")
    assert opened == [("history", {"set": str(newest)})]
    assert history(person, set=made).button(key="history.undo").disabled


def test_what_stands_against_it_is_named(sit: Sit) -> None:
    person = sit()
    id_ = shelf(person.who, "Before")
    made = rename(person.who, id_, "After")
    rename(person.who, id_, "Later")
    screen = history(person, set=made)
    run(screen.button(key="history.undo").click())
    assert "can't be undone" in texts(screen)
    assert not any(str(one.key).endswith(".go") for one in screen.button)


@pytest.mark.parametrize("asked", ["0", "999999", "x", "9" * 30, "-1", "1;drop"])
def test_a_change_set_that_is_not_theirs(sit: Sit, asked: str) -> None:
    screen = history(sit(), set=asked)
    assert not any(one.key == "history.undo" for one in screen.button)


def test_a_record_as_it_stood(sit: Sit) -> None:
    person = sit()
    id_ = shelf(person.who, "Young")
    with db.reading() as session:
        first = changesets.newest(session, person.who)
        assert first is not None
        moment = changesets.find(session, person.who, first).at
    rename(person.who, id_, "Old")
    person.open("sample_shelf", id=id_, then=moment.isoformat())
    assert person.facts["Name"] == ["Young"]
    assert "Another value now: Name" in person.said
    person.open("sample_shelf", id=id_, then="2001-01-01T00:00:00+08:00")
    assert "did not exist yet" in person.said
    person.open("sample_shelf", id=id_, then="yesterday")
    assert person.facts["Name"] == ["Old"]


def test_who_else_is_there(sit: Sit) -> None:
    person, other = sit(), somebody("facility")
    id_ = shelf(person.who)
    person.open("sample_shelf", id=id_)
    assert "changing this now" not in person.said
    with db.writing() as session:
        presence.note(session, other, SHELF, id_, editing=True)
    person.run(person.screen)
    assert f"{other.name} is changing this now" in person.said
    person.open("sample_shelf", id=id_, edit=1)
    assert f"{other.name} is changing this now" in person.said
    with db.reading() as session:
        assert [(one.name, one.editing) for one in presence.others(session, other, SHELF, id_)] == [(person.who.name, True)]
