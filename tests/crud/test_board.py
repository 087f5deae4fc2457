"""What a board shows: each record in its column and no other, bounded, with the moves that its record page would offer."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from models.base import Screen
from models.fields import When, now
from services.crud import board, flow, query
from services.crud.access import Actor
from services.crud.registry import table
from services.crud.view import Filter, View
from services.platform import db
from services.platform.settings import override
from tests.conftest import Database
from tests.crud import sample
from tests.crud.conftest import OTHER, actor
from tests.crud.test_query import counting

BOOK = table("sample_book")
KEEPER = actor("facility", account=None)
STATES = ("draft", "open", "lent", "gone")


@pytest.fixture(scope="module")
def books(shared_library: Database) -> list[dict[str, Any]]:
    """Books in every state, some late, some deleted, some of another centre."""
    random = Random(5)
    with db.writing() as session:
        shelves = sample.put(session, "sample_shelf", [{"mark": f"A-{n:02}", "name": f"Shelf {n}"} for n in range(4)])
        readers = sample.put(session, "sample_reader", [{"card": f"R{n}", "name": name} for n, name in enumerate(("王五", "赵六"))])
        made = [
            {
                "number": f"SB2026{n:04}", "title": f"Book {n}", "state": random.choice(STATES), "missing": n % 4 == 0,
                "shelf": random.choice([None, *shelves]), "keeper": random.choice([None, *readers]), "also_on": shelves[: n % 3],
                "genre": random.choice(["novel", "law"]), "bought_on": date(2026, 1, 1) + timedelta(days=random.randrange(90)),
                "due_at": now() + timedelta(days=random.randrange(-5, 5)) if n % 2 else None,
            }
            for n in range(150)
        ]  # fmt: skip
        for row, id_ in zip(made, sample.put(session, "sample_book", made), strict=True):
            row["id"] = id_
        sample.put(session, "sample_book", [{"title": "gone", "state": "open", "deleted_at": datetime(2026, 1, 1, tzinfo=UTC)}])
        sample.put(session, "sample_book", [{"title": "foreign", "state": "open"}], centre=OTHER)
    return made


def columns(view: View | None = None, who: Actor = KEEPER, depth: dict[str, int] | None = None) -> dict[str, board.Column]:
    with db.reading() as session:
        return {one.state: one for one in board.columns(session, who, BOOK, view or View(), depth)}


def test_every_record_stands_in_its_column(books: list[dict[str, Any]]) -> None:
    with override(board_cards=1_000):
        found = columns()
    assert tuple(found) == STATES, "the order of the states"
    for state, column in found.items():
        assert {card.row["id"] for card in column.cards} == {row["id"] for row in books if row["state"] == state}
        assert (column.count.value, column.count.exact, column.more) == (len(column.cards), True, False)
        dates = [next(row["bought_on"] for row in books if row["id"] == card.row["id"]) for card in column.cards]
        assert dates == sorted(dates, reverse=True), "in the order of the list"


def test_a_column_is_bounded_and_goes_deeper_when_asked(books: list[dict[str, Any]]) -> None:
    counts = Counter(row["state"] for row in books)
    with override(board_cards=3, facet_bound=10):
        found, deeper = columns(), columns(depth={"open": 4})
    for state, column in found.items():
        assert len(column.cards) == 3
        assert column.more
        assert (column.count.value, column.count.exact) == (10, False)
        assert counts[state] > 12
    assert [len(column.cards) for column in deeper.values()] == [3, 12, 3, 3]
    assert [card.row["id"] for card in deeper["open"].cards[:3]] == [card.row["id"] for card in found["open"].cards]


def test_filters_and_search_are_those_of_the_list(books: list[dict[str, Any]]) -> None:
    view = View(filters=(Filter("genre", "in", ("law",)), Filter("state", "in", ("open", "gone"))))
    with override(board_cards=1_000):
        found, searched = columns(view), columns(View(search="Book 7"))
    assert tuple(found) == ("open", "gone"), "only the states that are asked for"
    for state, column in found.items():
        wanted = {row["id"] for row in books if row["state"] == state and row["genre"] == "law"}
        assert {card.row["id"] for card in column.cards} == wanted
        assert column.count.value == len(wanted)
    with db.reading() as session:
        hits = query.matching(session, KEEPER, BOOK, View(search="Book 7"), 1_000)
    assert sorted(card.row["id"] for column in searched.values() for card in column.cards) == sorted(hits)
    assert hits


def test_nobody_sees_on_the_board_what_they_may_not_read(books: list[dict[str, Any]]) -> None:
    assert all(not column.cards and not column.count.value for column in columns(who=actor("hr")).values())
    foreign = columns(who=replace(KEEPER, centre=OTHER))
    assert [card.row["title"] for column in foreign.values() for card in column.cards] == ["foreign"]
    assert all(not card.offers for column in columns(who=actor("auditor")).values() for card in column.cards), (
        "who only reads moves nothing"
    )


@pytest.mark.parametrize("roles", [("facility",), ("clerk",), ("facility", "clerk")])
def test_a_card_offers_what_its_record_page_offers(books: list[dict[str, Any]], roles: tuple[str, ...]) -> None:
    who = actor(*roles)
    with db.reading() as session:
        for column in board.columns(session, who, BOOK, View()):
            for card in column.cards:
                offered = flow.offered(session, who, BOOK, card.row)
                assert [(one.move.name, one.allowed, str(one.why or "")) for one in card.offers] == [
                    (one.move.name, one.allowed, str(one.why or "")) for one in offered
                ]
                assert all(column.state in one.move.sources for one in card.offers)


def test_who_and_when(books: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {**vars(BOOK.screen), "due": "due_at", "due_while": When(state=("open", "lent"))}
    given.pop("_", None)
    monkeypatch.setitem(BOOK.__dict__, "screen", Screen(given.pop("title"), given.pop("plural"), **given))
    with override(board_cards=1_000):
        found = columns()
    by_id = {row["id"]: row for row in books}
    for column in found.values():
        for card in column.cards:
            row = by_id[card.row["id"]]
            assert bool(card.who) == (row["keeper"] is not None)
            waits = row["due_at"] is not None and row["state"] in ("open", "lent")
            assert (card.due is not None) == waits
            assert card.late == (waits and row["due_at"] < now())
    assert any(card.late for column in found.values() for card in column.cards)


def test_statements_do_not_grow_with_the_cards(books: list[dict[str, Any]]) -> None:
    said = []
    for most in (1, 40):
        with override(board_cards=most), counting() as sent:
            columns()
        said.append(len([one for one in sent if one.startswith("SELECT")]))
    # 1 the counts; 4 the ids of each column; 1 the cards; 1 their moves, and 1 the links of those; 1 the titles of keepers.
    assert max(said) <= 9, said
