"""Lists: what stands in the address is what is shown, whoever looks, and nothing that is done is lost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text as sql
from streamlit.testing.v1 import AppTest

from models.base import Record
from models.types import Place
from pages.parts import cells, inline
from pages.parts import list as lists
from pages.parts.display import display, heading, line
from pages.parts.filters import said
from services import areas
from services.crud import views as kept
from services.crud import write
from services.crud.access import Actor, system_actor
from services.crud.bulk import Action, Delete, Edit, Restore
from services.crud.query import Ref
from services.crud.registry import Field, table, tables
from services.crud.view import Filter, View, filterable, ops
from services.platform import db
from services.platform.i18n import use_language
from services.platform.settings import override
from tests.conftest import Database
from tests.crud import sample
from tests.crud.conftest import OTHER, actor, prepare
from tests.crud.desk import BOOK, ONE_COPY, READER, SHELF
from tests.screens.lists import Open, address, column, do, grid, keys, opener, run, statements, texts, titles

assert areas
FACILITY, CLERK, AUDITOR, STRANGER = (actor(role, account=1) for role in ("facility", "clerk", "auditor", "hr"))
NASTY = "*](javascript:x) <script>alert(1)</script> :red[x] $a$ `b` {n} %s \u202e"


@pytest.fixture(scope="module")
def books(_templates: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A library of 130 books that nobody changes: `b000` was bought last."""
    from tests.conftest import fresh

    with fresh("sqlite", _templates, tmp_path_factory.mktemp("books"), "") as made:
        prepare(made)
        with db.writing() as session:
            sample.put(session, "account", [{"username": "keeper", "name": "Keeper", "roles": ["facility"], "active": True}])
            shelves = sample.put(session, "sample_shelf", [{"mark": f"A-{n:02}", "name": f"架{n}"} for n in range(3)])
            rows: list[dict[str, Any]] = [
                {
                    "title": NASTY if n == 7 else f"b{n:03}",
                    "number": f"SB2026{n:04}",
                    "state": ("draft", "open", "lent", "gone")[n % 4],
                    "genre": ("novel", "poetry", "law")[n % 3],
                    "shelf": None if n % 5 == 0 else shelves[n % 3],
                    "pages": n,
                    "price": None if n % 10 == 0 else Decimal(n) + Decimal("0.50"),
                    "bought_on": date(2026, 8, 1) - timedelta(days=n),
                    "missing": n % 2 == 0,
                    "marks": ["rare"],
                }
                for n in range(130)
            ]
            sample.put(session, "sample_book", rows)
            sample.put(session, "sample_book", [{"title": "theirs"}], centre=OTHER)
            sample.put(session, "sample_reader", [{"card": "D1", "name": "王芳", "mobile": "13812345678", "id_no": "110101199003077475"}])
        yield made


@pytest.fixture
def open_(books: Database, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the screens of the library as its keeper."""
    return opener(monkeypatch, FACILITY)


# What is shown


def test_a_list_opens_at_once_newest_first(open_: Open) -> None:
    screen = open_("sample_book")
    assert titles(screen)[:3] == ["b000", "b001", "b002"]
    assert len(titles(screen)) == 50
    assert grid(screen)["sort"] == ["bought_on", True]
    assert "1–50" in texts(screen)
    assert "130" in texts(screen)
    assert not address(screen)


def test_a_page_costs_the_same_statements_however_many_rows(open_: Open) -> None:
    # 1 the rows; 2 the titles of the shelves; 3 the count; 4 the sums of the footer.
    counts = []
    for size in ("20", "50", "100", "200"):
        screen = open_("sample_book", size=size)
        with statements() as said_:
            run(screen)
        counts.append(len(said_))
    assert counts == [4, 4, 4, 4]


def test_filters_cost_three_more(open_: Open) -> None:
    # As above, and: 5 whether the shelf may be read; 6 its title for the chip; 7 how many rows each filter leaves, to choose the index.
    screen = open_("sample_book", **{"f.shelf": "1", "f.state": "draft,open", "f.pages": "5..", "f.bought_on": "this_year"})
    with statements() as said_:
        run(screen)
    assert len(said_) == 7


def test_counts_of_a_chip_are_asked_for_only_while_it_is_open(open_: Open) -> None:
    screen = open_("sample_book")
    screen.session_state["sample_book.filter.state"] = True
    with statements() as said_:
        run(screen)
    assert len(said_) == 5
    options = screen.get("button_group")
    assert any("33" in str(one.proto.options) for one in options)


def test_the_footer_sums_what_is_filtered(open_: Open) -> None:
    sent = grid(open_("sample_book", **{"f.state": "draft", "cols": "title,pages,price"}))
    drafts = [n for n in range(130) if n % 4 == 0]
    assert sent["footer"] == ["", f"{sum(drafts):,}", f"¥{sum(n + 0.5 for n in drafts if n % 10):,.2f}"]


def test_without_a_summed_column_there_is_no_footer(open_: Open) -> None:
    screen = open_("sample_book", cols="title,state")
    with statements() as said_:
        run(screen)
    assert grid(screen)["footer"] is None
    assert not [one for one in said_ if "sum(" in one.lower()]


def test_beyond_the_bound_nothing_is_counted_or_summed_until_it_is_asked_for(open_: Open) -> None:
    with override(count_bound=100):
        screen = open_("sample_book")
        assert "100+" in texts(screen)
        assert grid(screen)["footer"] is None
        run(screen.button(key="sample_book.count").click())
        assert "130" in texts(screen)
        assert grid(screen)["footer"]
        # Another list is another count.
        screen.query_params["f.missing"] = "no"
        assert "65" in texts(run(screen))


def test_columns_and_their_order_are_those_of_the_address(open_: Open) -> None:
    sent = grid(open_("sample_book", cols="price,shelf,title"))
    assert [one["name"] for one in sent["columns"]] == ["price", "shelf", "title"]
    assert [one["primary"] for one in sent["columns"]] == [False, False, True]


def test_a_list_never_loses_what_names_its_records(open_: Open) -> None:
    sent = grid(open_("sample_book", cols="price"))
    assert [one["name"] for one in sent["columns"]] == ["title", "price"]


def test_rows_carry_their_own_address_and_the_list_they_came_from(open_: Open) -> None:
    screen = open_("sample_book", **{"f.genre": "law", "sort": "title"})
    id_, href = grid(screen)["rows"][0][:2]
    assert href == f"sample_book?f.genre=law&sort=title&id={id_}"


def test_row_colours_say_what_they_mean(open_: Open) -> None:
    rows = grid(open_("sample_book", **{"f.state": "gone"}))["rows"]
    assert {row[2] for row in rows} == {"red"}
    assert "State" in rows[0][3] or "状态" in rows[0][3]


def test_sensitive_values_reach_the_browser_masked(monkeypatch: pytest.MonkeyPatch, books: Database) -> None:
    screen = opener(monkeypatch, actor("auditor"))("sample_reader")
    assert column(screen, "mobile") == ["138****5678"]
    assert "13812345678" not in str(grid(screen))
    assert not any(one["sortable"] for one in grid(screen)["columns"] if one["name"] == "mobile")


def test_what_people_wrote_is_never_markup(open_: Open) -> None:
    screen = open_("sample_book", q="javascript")
    assert titles(screen) == [NASTY]
    screen = open_("sample_book", **{"f.isbn_note": "x", "q": "<script>alert(1)</script>"})
    assert "<script>" not in texts(screen).replace("\\<script", "")


# Search, filters, pages


def test_search_stands_in_the_address_and_is_left_alone_while_it_is_typed(open_: Open) -> None:
    screen = open_("sample_book")
    run(screen.text_input(key="sample_book.q").set_value("b01 "))
    assert address(screen) == {"q": "b01"}
    assert titles(screen) == [f"b{n:03}" for n in range(19, 9, -1)]
    assert screen.text_input(key="sample_book.q").value == "b01 "
    run(screen.text_input(key="sample_book.q").set_value(""))
    assert address(screen) == {}


def test_the_address_wins_over_the_box(open_: Open) -> None:
    screen = open_("sample_book", q="b01")
    screen.query_params["q"] = "b02"
    run(screen)
    assert screen.text_input(key="sample_book.q").value == "b02"


def test_chips_show_what_they_ask_for_and_go_away(open_: Open) -> None:
    screen = open_(
        "sample_book", **{"f.state": "draft,open", "f.pages": "10..20", "f.price": "..15", "f.bought_on": "2026-01-01..", "f.shelf": "~"}
    )
    for name in ("state", "pages", "price", "bought_on", "shelf"):
        assert f"sample_book.filter.{name}.drop" in keys(screen)
    run(screen.button(key="sample_book.filter.state.drop").click())
    assert "f.state" not in address(screen)
    assert "f.pages" in address(screen)
    run(screen.button(key="sample_book.filter.clear").click())
    assert address(screen) == {}


def chip(screen: AppTest, name: str) -> AppTest:
    """Run with a chip open."""
    screen.session_state[f"sample_book.filter.{name}"] = True
    return run(screen)


def test_a_choice_is_picked_in_its_chip(open_: Open) -> None:
    screen = chip(open_("sample_book"), "state")
    pills: Any = next(one for one in screen.get("button_group") if one.key == "sample_book.filter.state.in")
    with use_language("zh_CN"):
        pills.set_value(["draft", "lent"])
        chip(screen, "state")
    assert address(screen) == {"f.state": "draft,lent"}
    assert len({cell["text"] for cell in column(screen, "state")}) == 2


def test_a_number_that_is_none_stays_as_typed_and_says_why(open_: Open) -> None:
    screen = open_("sample_book")
    screen.session_state["sample_book.filter.added"] = ["pages"]
    chip(screen, "pages").text_input(key="sample_book.filter.pages.low").set_value("ten")
    chip(screen, "pages")
    assert screen.text_input(key="sample_book.filter.pages.low").value == "ten"
    assert any(":red[" in str(one.value) for one in screen.caption)
    assert address(screen) == {}
    screen.text_input(key="sample_book.filter.pages.low").set_value("１２")
    assert address(chip(screen, "pages")) == {"f.pages": "12.."}
    screen.text_input(key="sample_book.filter.pages.high").set_value("3")
    assert address(chip(screen, "pages")) == {"f.pages": "3..12"}


def test_days_in_the_wrong_order_are_turned_round(open_: Open) -> None:
    screen = chip(open_("sample_book", **{"f.bought_on": "~"}), "bought_on")
    screen.date_input(key="sample_book.filter.bought_on.low").set_value(date(2026, 7, 31))
    chip(screen, "bought_on").date_input(key="sample_book.filter.bought_on.high").set_value(date(2026, 7, 1))
    assert address(chip(screen, "bought_on")) == {"f.bought_on": "2026-07-01..2026-07-31"}
    assert len(titles(screen)) == 31


def test_a_filter_is_added_and_opens_at_once(open_: Open) -> None:
    screen = open_("sample_book")
    assert not any(one.key == "sample_book.filter.pages" for one in screen.get("popover"))
    add: Any = screen.get("menu_button")[0]
    add.click("pages")
    run(screen)
    assert screen.text_input(key="sample_book.filter.pages.low")


def test_filters_lead_back_to_the_first_page_and_columns_do_not(open_: Open) -> None:
    screen = open_("sample_book")
    run(screen.button(key="sample_book.next").click())
    assert "after" in address(screen)
    assert titles(screen)[0] == "b050"
    do(screen, "sample_book.options.columns", {"chosen": {"n": 1, "names": ["title", "pages"]}})
    assert address(screen)["cols"] == "title,pages"
    assert titles(screen)[0] == "b050"
    assert "51–100" in texts(screen)
    run(screen.text_input(key="sample_book.q").set_value("b0"))
    assert "after" not in address(screen)
    assert "at" not in address(screen)


def test_pages_go_forth_and_back_and_to_both_ends(open_: Open) -> None:
    screen = open_("sample_book")
    seen = titles(screen)
    for _turn in range(2):
        run(screen.button(key="sample_book.next").click())
        seen += titles(screen)
    assert len(seen) == len(set(seen)) == 130
    assert "101–130" in texts(screen)
    assert screen.button(key="sample_book.next").disabled
    run(screen.button(key="sample_book.previous").click())
    assert titles(screen)[0] == "b050"
    assert "51–100" in texts(screen)
    run(screen.button(key="sample_book.last").click())
    assert titles(screen)[-1] == "b129"
    assert "81–130" in texts(screen)
    run(screen.button(key="sample_book.first").click())
    assert titles(screen)[0] == "b000"


def test_a_copied_address_shows_the_same_list(open_: Open) -> None:
    first = open_("sample_book", **{"f.missing": "yes", "sort": "-pages", "size": "20", "cols": "title,pages"})
    run(first.button(key="sample_book.next").click())
    second = open_("sample_book", **{name: str(value) for name, value in address(first).items()})
    assert grid(second)["rows"] == grid(first)["rows"]


@pytest.mark.parametrize(
    "params",
    [
        {"f.nothing": "1"},
        {"f.title": "x"},
        {"f.secret": "x"},
        {"f.state": "flying"},
        {"f.bought_on": "2026-13-01"},
        {"f.pages": "1e400"},
        {"f.shelf": "999"},
        {"f.shelf": "1;drop table sample_book"},
        {"sort": "blurb"},
        {"sort": "nothing"},
        {"cols": "nothing,title"},
        {"size": "7"},
        {"after": "xyz"},
        {"before": "W10"},
        {"after": "last"},
        {"f.\0": "\0", "q": "\0"},
        {"view": "77"},
        {"at": "-5"},
    ],
)
def test_nonsense_in_the_address_is_refused_and_the_list_is_shown(open_: Open, params: dict[str, str]) -> None:
    screen = open_("sample_book", **params)
    assert titles(screen)
    if not {"view", "at", "q"} & set(params):
        assert screen.warning


def test_a_page_key_of_another_list_is_refused(open_: Open) -> None:
    screen = open_("sample_book")
    run(screen.button(key="sample_book.next").click())
    other = open_("sample_book", after=address(screen)["after"], **{"f.state": "draft"})
    assert other.warning
    assert titles(other)[0] == "b000"


@pytest.mark.parametrize("id_", ["abc", "0", "-1", "99999999999999999999", "1e3", "１２", " 1", ""])
def test_an_id_that_is_none_says_so(open_: Open, id_: str) -> None:
    screen = open_("sample_book", id=id_)
    assert not [one for one in screen.get("bidi_component") if one.proto.component_name == "grid"]


def test_somebody_elses_record_and_none_look_the_same(open_: Open) -> None:
    theirs, none = (texts(open_("sample_book", id=id_)).replace(id_, "") for id_ in ("131", "4711"))
    assert theirs == none


# What is done in the grid


def test_a_row_opens_its_record_and_keeps_the_list(open_: Open) -> None:
    screen = open_("sample_book", **{"f.state": "draft"})
    do(screen, "sample_book.grid", {"open": 5})
    assert address(screen) == {"f.state": "draft", "id": "5"}


def test_a_head_sorts_on_the_server(open_: Open) -> None:
    screen = open_("sample_book")
    do(screen, "sample_book.grid", {"sort": {"column": "pages", "descending": True}})
    assert address(screen) == {"sort": "-pages"}
    assert titles(screen)[0] == "b129"
    do(screen, "sample_book.grid", {"sort": {"column": "shelf", "descending": False}})
    assert column(screen, "shelf")[:26] == [""] * 26


@pytest.mark.parametrize(
    "told",
    [
        {"open": "5"}, {"open": -1}, {"open": True}, {"sort": "x"}, {"sort": {"column": "blurb"}}, {"sort": {"column": 7}},
        {"sort": {"column": "secret", "descending": 1}}, {"follow": {"id": 1, "column": "nothing"}}, {"follow": {"column": "shelf"}},
    ],
)  # fmt: skip
def test_nonsense_from_the_browser_does_nothing(open_: Open, told: dict[str, Any]) -> None:
    screen = open_("sample_book")
    do(screen, "sample_book.grid", told)
    assert address(screen) == {}
    assert titles(screen)[0] == "b000"


def test_nonsense_as_columns_does_nothing(open_: Open) -> None:
    screen = open_("sample_book")
    for names in (["secret", 5, None], "title", {"a": 1}, []):
        do(screen, "sample_book.options.columns", {"chosen": {"n": 1, "names": names}})
    assert [one["name"] for one in grid(screen)["columns"]] == [one.name for one in BOOK.list_fields]


# Nothing here


def test_an_empty_list_says_what_belongs_there(open_: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = open_("sample_loan")
    assert "sample_loan.first" in keys(screen)
    assert "sample_loan.all" not in keys(screen)
    stranger = opener(monkeypatch, AUDITOR)("sample_loan")
    assert "sample_loan.first" not in keys(stranger)


def test_nothing_matches_is_another_thing_and_offers_to_clear(open_: Open) -> None:
    screen = open_("sample_book", q="nowhere", **{"f.state": "draft"})
    assert "sample_book.first" not in keys(screen)
    run(screen.button(key="sample_book.all").click())
    assert address(screen) == {}
    assert titles(screen)[0] == "b000"


# Rights


def test_what_a_person_may_not_do_is_not_offered(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    auditor = opener(monkeypatch, AUDITOR)("sample_book")
    assert "sample_book.new" not in keys(auditor)
    assert not auditor.toggle
    assert grid(auditor)["selectable"] is True  # to export some of them
    assert "sample_book.delete" not in keys(select(auditor, 1))
    keeper = opener(monkeypatch, FACILITY)("sample_book")
    assert "sample_book.new" in keys(keeper)
    assert [one.key for one in keeper.toggle] == ["sample_book.inline"]
    assert grid(keeper)["selectable"] is True


def test_the_trash_is_for_who_may_restore(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for who, may in ((FACILITY, True), (CLERK, False)):
        screen = opener(monkeypatch, who)("sample_book")
        screen.session_state["sample_book.options"] = True
        assert ("sample_book.options.trash" in keys(run(screen))) is may
    assert not titles_or_none(opener(monkeypatch, CLERK)("sample_book", trash="1"))


def titles_or_none(screen: AppTest) -> list[str]:
    return titles(screen) if any(one.proto.component_name == "grid" for one in screen.get("bidi_component")) else []


def test_a_form_that_may_not_be_opened_says_so(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.parts.form.actor", lambda: AUDITOR)
    screen = opener(monkeypatch, AUDITOR)("sample_book", new="1")
    assert not screen.text_input


# Saved views, bulk actions and quick edit write: each test has a library of its own


@pytest.fixture
def library(sqlite_database: Database) -> Database:
    """A library with a few books, and a keeper with an account."""
    prepare(sqlite_database)
    with db.writing() as session:
        for name in ("keeper", "other"):
            sample.put(session, "account", [{"username": name, "name": name.capitalize(), "roles": ["facility"], "active": True}])
        for n in range(5):
            write.create(session, FACILITY, BOOK, {"title": f"b{n}", "pages": n + 1}, ONE_COPY, confirm=True)
    return sqlite_database


OTHER_KEEPER = replace(FACILITY, account=2)


def keep(screen: AppTest, name: str, *, shared: bool = False, opens: bool = False, button: str = "new") -> AppTest:
    screen.session_state["sample_book.views"] = True
    run(screen)
    here = screen.query_params.get("view", "")
    here = here[0] if isinstance(here, list) else here
    screen.text_input(key=f"sample_book.views.name.{here}").set_value(name)
    for part, on in (("shared", shared), ("opens", opens)):
        box = screen.checkbox(key=f"sample_book.views.{part}.{here}")
        box.check() if on else box.uncheck()
    return run(screen.button(key=f"sample_book.views.{button}").click())


def test_a_view_is_kept_renamed_and_forgotten(library: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    open_ = opener(monkeypatch, FACILITY)
    screen = keep(open_("sample_book", **{"f.state": "draft", "sort": "title", "after": ""}), "Drafts")
    assert address(screen)["view"] == "1"
    screen.query_params["f.pages"] = "2.."
    keep(run(screen), "Long drafts", button="save")
    with db.reading() as session:
        (saved,) = kept.of(session, FACILITY, BOOK)
    assert (saved.name, saved.shared) == ("Long drafts", False)
    assert "f.pages=2.." in saved.query
    fresh = open_("sample_book")
    fresh.session_state["sample_book.views"] = True
    run(fresh)
    fresh.button(key="sample_book.views.1").click()
    fresh.session_state["sample_book.views"] = True
    run(fresh)
    assert address(fresh) == {"f.state": "draft", "f.pages": "2..", "sort": "title", "view": "1"}
    fresh.session_state["sample_book.views"] = True
    run(run(fresh).button(key="sample_book.views.remove").click())
    with db.reading() as session:
        assert not kept.of(session, FACILITY, BOOK)


def test_a_name_is_needed_and_only_once(library: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    open_ = opener(monkeypatch, FACILITY)
    assert keep(open_("sample_book"), "  ").error
    keep(open_("sample_book"), NASTY[:60])
    assert keep(open_("sample_book"), NASTY[:60]).error


def test_shared_views_are_seen_by_all_and_changed_by_their_owner(library: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(opener(monkeypatch, FACILITY)("sample_book", **{"f.state": "open"}), "For all", shared=True)
    keep(opener(monkeypatch, FACILITY)("sample_book", **{"f.state": "open"}), "For me")
    theirs = opener(monkeypatch, OTHER_KEEPER)("sample_book", view="1", **{"f.state": "open"})
    theirs.session_state["sample_book.views"] = True
    run(theirs)
    assert {"sample_book.views.1"} == {key for key in keys(theirs) if key.startswith("sample_book.views.") and key[-1].isdigit()}
    assert "sample_book.views.remove" not in keys(theirs)


def test_a_list_opens_with_the_view_of_ones_choice(library: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    open_ = opener(monkeypatch, FACILITY)
    keep(open_("sample_book", **{"f.pages": "4.."}), "Long", opens=True)
    keep(open_("sample_book", **{"f.pages": "..2"}), "Short", opens=True)
    screen = open_("sample_book")
    assert address(screen) == {"f.pages": "..2", "view": "2"}
    screen.session_state["sample_book.views"] = True
    run(screen)
    run(screen.button(key="sample_book.views.whole").click())
    assert address(screen) == {}
    assert "f.pages" not in address(run(screen))
    asked = open_("sample_book", q="b")
    assert address(asked) == {"q": "b"}


def select(screen: AppTest, *ids: int, n: int = 1) -> AppTest:
    return do(screen, "sample_book.grid", {"selected": {"n": n, "ids": list(ids)}})


def test_selecting_shows_what_can_be_done(library: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = opener(monkeypatch, FACILITY)("sample_book")
    assert "sample_book.edit" not in keys(screen)
    select(screen, 1, 2)
    assert {"sample_book.edit", "sample_book.delete", "sample_book.none"} <= keys(screen)
    assert screen.get("menu_button")
    run(screen.button(key="sample_book.none").click())
    assert "sample_book.edit" not in keys(screen)


def test_a_whole_page_leads_to_all_that_match(library: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with override(page_sizes=(2, 50), page_size=2):
        screen = select(opener(monkeypatch, FACILITY)("sample_book"), 5, 4)
        run(screen.button(key="sample_book.every").click())
        assert "sample_book.every" not in keys(screen)
        # Another list: what is out of sight is no longer selected, and not all of it either.
        screen.query_params["f.pages"] = "5.."
        run(screen)
        assert screen.session_state["sample_book.selected"] == (5,)
        assert "sample_book.all" not in screen.session_state


def _order(kind: str, ids: list[int], action: "Action | None", done: bool) -> None:
    import streamlit as st

    from pages.parts import bulk, session
    from services.crud.registry import table

    who, book = session.actor(), table("sample_book")
    order = st.session_state.setdefault("order", bulk.Order(kind, ids, action=action))
    if order.outcomes is None and action is not None:
        order.outcomes = bulk._try(who, book, order)
        if done:
            bulk._go(who, book, order)
    bulk._run(who, book, order)


def ordered(kind: str, ids: list[int], action: Action | None = None, *, done: bool = False) -> AppTest:
    return run(AppTest.from_function(_order, args=(kind, ids, action, done), default_timeout=20))


def pages(id_: int) -> int:
    with db.reading() as session:
        return int(session.execute(sql(f"select pages from sample_book where id = {id_}")).scalar_one())


def test_a_bulk_action_is_previewed_then_done_with_a_result_per_record(library: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.parts.session.actor", lambda: FACILITY)
    before = ordered("edit", [1, 2, 99], Edit({"pages": 9}))
    assert pages(1) == 1
    assert len(before.success) == len(before.warning) == 1
    assert any("→ **9**" in one.value for one in before.markdown)
    after = ordered("edit", [1, 2, 99], Edit({"pages": 9}), done=True)
    assert (pages(1), pages(2), pages(3)) == (9, 9, 3)
    assert len(after.success) == 1
    assert len(after.dataframe[0].value) == 3


def test_a_bulk_action_that_none_can_take_can_not_be_started(library: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.parts.session.actor", lambda: FACILITY)
    screen = ordered("edit", [1, 2], Edit({"pages": -1}))
    assert not screen.success
    assert [one.disabled for one in screen.button if str(one.key).endswith(".go")] == [True]


def test_what_was_typed_is_there_again_on_the_way_back(library: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.parts.session.actor", lambda: FACILITY)
    screen = ordered("delete", [1])
    (reason,) = screen.text_input
    reason.set_value("wrong shelf")
    run(screen)
    assert screen.session_state["order"].typed["reason"] == "wrong shelf"


def test_a_move_that_needs_a_reason_asks_for_it(library: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.parts.session.actor", lambda: OTHER_KEEPER)
    screen = ordered("move:withdraw", [1, 2])
    run(screen.button[0].click())
    assert len(screen.error) == 1
    screen.text_area[0].set_value("torn")
    run(screen.button[0].click())
    assert not screen.error
    assert any("→" in one.value for one in screen.markdown)
    assert [(one.id, one.ok) for one in screen.session_state["order"].outcomes] == [(1, True), (2, True)]


def test_fields_that_none_of_the_records_lets_change_are_not_offered(library: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.parts.session.actor", lambda: FACILITY)
    screen = ordered("edit", [99])
    assert len(screen.info) == 1
    assert screen.button[0].disabled


def test_deleting_and_restoring_several(library: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.parts.session.actor", lambda: FACILITY)
    ordered("delete", [1, 2], Delete("twice"), done=True)
    screen = opener(monkeypatch, FACILITY)("sample_book", trash="1")
    assert sorted(titles(screen)) == ["b0", "b1"]
    assert column(screen, "deleted_by") == ["Keeper keeper", "Keeper keeper"] or all(column(screen, "deleted_by"))
    ordered("restore", [1, 2, 3], Restore(), done=True)
    assert sorted(titles(opener(monkeypatch, FACILITY)("sample_book"))) == ["b0", "b1", "b2", "b3", "b4"]
    with db.reading() as session:
        back = (
            session.execute(sql("select change_set_id from change where verb = 'restore' and table_name = 'sample_book'")).scalars().all()
        )
    assert len(back) == 2
    assert len(set(back)) == 1


# Quick edit


def _sheet(name: str) -> None:
    import streamlit as st

    from pages import table
    from pages.parts import inline, session
    from services.crud.registry import table as described

    if st.session_state.pop("edited", False):
        inline._edited(session.actor(), described(name))
    table.show(name)


class SheetOf:
    """The list of books as a sheet."""

    def __init__(self, **params: str) -> None:
        self.screen = AppTest.from_function(_sheet, args=("sample_book",), default_timeout=20)
        for key, value in params.items():
            self.screen.query_params[key] = value
        self.screen.session_state["sample_book.inline"] = True
        run(self.screen)

    @property
    def sheet(self) -> inline.Sheet:
        found: inline.Sheet = self.screen.session_state["sample_book.sheet"]
        return found

    def edit(self, **rows: dict[str, Any]) -> "SheetOf":
        """`edit(_3={"pages": 7})`: record 3."""
        ids = list(self.sheet.rows)
        edited = {ids.index(int(name[1:])): cells_ for name, cells_ in rows.items()}
        self.screen.session_state[self.sheet.key] = {"edited_rows": edited, "added_rows": [], "deleted_rows": []}
        self.screen.session_state["edited"] = True
        run(self.screen)
        return self

    @property
    def unsaved(self) -> dict[int, inline.Unsaved]:
        found: dict[int, inline.Unsaved] = self.screen.session_state["sample_book.unsaved"]
        return found


@pytest.fixture
def sheet(library: Database, monkeypatch: pytest.MonkeyPatch) -> SheetOf:
    monkeypatch.setattr("pages.parts.session.actor", lambda: FACILITY)
    return SheetOf()


def test_each_row_is_saved_by_itself(sheet: SheetOf) -> None:
    sheet.edit(_1={"pages": 77}, _2={"pages": -5}, _3={"title": "", "pages": 88})
    assert (pages(1), pages(2), pages(3)) == (77, 2, 3)
    assert set(sheet.unsaved) == {2, 3}
    assert len(sheet.screen.error) == 2
    # Mending one saves it, with all that was typed into its row.
    sheet.edit(_1={"pages": 77}, _2={"pages": 5}, _3={"title": "named", "pages": 88})
    assert (pages(2), pages(3)) == (5, 88)
    assert not sheet.unsaved
    assert not sheet.screen.error


def test_saving_again_writes_nothing_again(sheet: SheetOf) -> None:
    sheet.edit(_1={"pages": 77})
    version = sheet.sheet.rows[1]["version"]
    sheet.edit(_1={"pages": 77})
    assert sheet.sheet.rows[1]["version"] == version
    sheet.edit(_1={"pages": 1})
    assert pages(1) == 1


def test_a_refused_row_is_not_tried_again_until_it_changes(sheet: SheetOf, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet.edit(_2={"pages": -5})
    tries: list[int] = []
    real = write.update

    def count(*given: Any, **more: Any) -> int:
        tries.append(given[3])
        return real(*given, **more)

    monkeypatch.setattr(write, "update", count)
    sheet.edit(_2={"pages": -5}, _4={"pages": 9})
    assert tries == [4]


def test_somebody_elses_save_is_shown_beside_mine(sheet: SheetOf) -> None:
    with db.writing() as session:
        write.update(session, OTHER_KEEPER, BOOK, 1, {"pages": 50}, 1)
        write.update(session, OTHER_KEEPER, BOOK, 2, {"title": "theirs"}, 1)
    sheet.edit(_1={"pages": 60}, _2={"pages": 60})
    # Other fields: both are kept. The same field: mine waits.
    assert (pages(1), pages(2)) == (50, 60)
    assert sheet.unsaved[1].newer == 2
    run(sheet.screen.button(key=f"{sheet.sheet.key}.1.mine").click())
    assert pages(1) == 60


def test_theirs_can_be_taken(sheet: SheetOf) -> None:
    with db.writing() as session:
        write.update(session, OTHER_KEEPER, BOOK, 1, {"pages": 50}, 1)
    sheet.edit(_1={"pages": 60})
    run(sheet.screen.button(key=f"{sheet.sheet.key}.1.theirs").click())
    assert pages(1) == 50
    assert sheet.sheet.frame.loc[1, "pages"] == 50
    assert not sheet.unsaved


def test_nothing_unsaved_is_lost_when_the_sheet_is_closed_or_turned(sheet: SheetOf) -> None:
    sheet.edit(_2={"pages": -5})
    run(sheet.screen.toggle(key="sample_book.inline").set_value(False))
    assert sheet.screen.warning
    run(sheet.screen.toggle(key="sample_book.inline").set_value(True))
    assert sheet.sheet.frame.loc[2, "pages"] == -5
    assert sheet.screen.error
    sheet.screen.query_params["sort"] = "title"
    run(sheet.screen)
    assert sheet.sheet.frame.loc[2, "pages"] == -5
    run(sheet.screen.toggle(key="sample_book.inline").set_value(False))
    run(sheet.screen.button(key="sample_book.drop_unsaved").click())
    assert not sheet.unsaved


def test_a_row_stays_where_it_is_while_it_is_edited(library: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.parts.session.actor", lambda: FACILITY)
    sheet = SheetOf(sort="pages", **{"f.pages": "..3"})
    before = list(sheet.sheet.rows)
    sheet.edit(_1={"pages": 99})
    assert pages(1) == 99
    assert list(sheet.sheet.rows) == before


def test_a_deleted_row_says_so(sheet: SheetOf) -> None:
    with db.writing() as session:
        write.delete(session, FACILITY, BOOK, 1, 1)
    sheet.edit(_1={"pages": 5})
    assert len(sheet.screen.error) == 1


def test_only_open_fields_come_through(sheet: SheetOf) -> None:
    sheet.edit(_1={"state": "gone", "number": "X", "price": "5"})
    with db.reading() as session:
        row = session.execute(sql("select state, number, price, version from sample_book where id = 1")).one()
    assert (row.state, row.price, row.version) == ("draft", None, 1)


def test_quick_edit_is_not_for_who_may_not_edit(library: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.parts.session.actor", lambda: AUDITOR)
    screen = AppTest.from_function(_sheet, args=("sample_book",), default_timeout=20)
    screen.session_state["sample_book.inline"] = True
    run(screen)
    assert not screen.get("data_editor")
    assert grid(screen)["rows"]


# Laws over every table


@pytest.fixture(scope="module")
def empty(_templates: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    from tests.conftest import fresh

    with fresh("sqlite", _templates, tmp_path_factory.mktemp("empty"), "") as made:
        prepare(made)
        yield made


@pytest.mark.parametrize("name", sorted(tables()))
def test_every_list_opens(empty: Database, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    who: Actor = system_actor(1, "screen")
    open_ = opener(monkeypatch, who)
    open_(name)
    if table(name).charts:
        open_(name, **{"as": "charts"})
    if table(name).flow:
        open_(name, show="board")
    for range_ in ("day", "week", "month") if table(name).screen.bookable else ():
        open_(name, show="agenda", range=range_)


@pytest.mark.parametrize("name", sorted(tables()))
def test_every_column_and_filter_can_be_shown(name: str) -> None:
    one = table(name)
    view = View(columns=tuple(field.name for field in one.fields.values() if not field.spec.hidden))
    made = cells.columns(one, lists.shown(one, view))
    assert sum(column_.primary for column_ in made) == 1
    assert all(column_.title for column_ in made)
    for field in one.fields.values():
        if filterable(one, field):
            assert ops(field)


# Values as people read them


def field(name: str, of: Any = BOOK) -> Field:
    found: Field = of.fields[name]
    return found


@pytest.mark.parametrize(
    ("one", "value", "english", "chinese"),
    [
        (field("title"), "红楼梦", "红楼梦", "红楼梦"),
        (field("genre"), "novel", "Novel", None),
        (field("genre"), "unknown", "unknown", "unknown"),
        (field("marks"), ["large", "rare"], "Large type, Rare", None),
        (field("marks"), [], "", ""),
        (field("missing"), True, "Yes", "是"),
        (field("missing"), False, "No", "否"),
        (field("pages"), 12345, "12,345", "12,345"),
        (field("pages"), 0, "0", "0"),
        (field("price"), Decimal("1234.5"), "¥1,234.50", "¥1,234.50"),
        (field("price"), Decimal("-0.05"), "-¥0.05", "-¥0.05"),
        (field("discount"), Decimal("12.50"), "12.5%", "12.5%"),
        (field("weight"), Decimal("1.5"), "1.500 kg", None),
        (field("bought_on"), date(2026, 3, 4), "2026-03-04", "2026-03-04"),
        (field("due_at"), datetime(2026, 3, 4, 23, 30, tzinfo=UTC), "2026-03-05 07:30", "2026-03-05 07:30"),
        (field("lasts"), timedelta(hours=49), "2 days 1 hour", "2 天 1 小时"),
        (field("shelf"), Ref(3, "架3"), "架3", "架3"),
        (field("also_on"), [Ref(3, "a"), Ref(4, "b")], "a, b", "a、b"),
        (field("found_at"), Place(Decimal("114.3"), Decimal("30.5")), "114.3, 30.5", "114.3, 30.5"),
        (field("price"), "***", "***", "***"),
        (field("mobile", READER), "138****5678", "138****5678", "138****5678"),
        (field("price"), None, "", ""),
        (field("title"), "", "", ""),
    ],
)
def test_values_are_written_as_people_read_them(one: Field, value: Any, english: str, chinese: str | None) -> None:
    with use_language("en"):
        assert display(one, value) == english
    with use_language("zh_CN"):
        assert display(one, value) if chinese is None and english else display(one, value) == chinese


def test_a_long_text_is_one_short_line_in_a_list() -> None:
    assert line(field("blurb"), "a\n\n b " + "x" * 20_000) == "a b " + "x" * 196 + "…"
    assert heading(field("weight")) == "Weight (kg)"
    assert heading(field("price")) == "Price"


@pytest.mark.parametrize(
    ("name", "op", "values", "text"),
    [
        ("pages", "between", (1, None), "≥ 1"),
        ("pages", "between", (None, 9), "≤ 9"),
        ("price", "between", (Decimal(1), Decimal(2)), "¥1.00 – ¥2.00"),
        ("bought_on", "between", (date(2026, 1, 1), date(2026, 1, 1)), "2026-01-01"),
        ("bought_on", "between", (date(2026, 1, 1), None), "from 2026-01-01"),
        ("bought_on", "period", ("this_year",), "This year"),
        ("due_at", "between", (None, date(2026, 1, 1)), "up to 2026-01-01"),
        ("state", "in", ("draft", "lent"), "Draft, Lent"),
        ("shelf", "in", (3, 4), "架3, not there"),
        ("shelf", "empty", (), "Empty"),
        ("shelf", "filled", (), "Not empty"),
        ("missing", "in", (True,), "Yes"),
    ],
)
def test_chips_are_put_into_words(name: str, op: Any, values: tuple[Any, ...], text: str) -> None:
    assert said(field(name), Filter(name, op, values), {3: "架3"}) == text


def test_the_sample_is_a_table_like_any_other() -> None:
    assert issubclass(SHELF.model, Record)
