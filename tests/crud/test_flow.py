"""States and moves: what is offered and why not, what a move demands, what it leaves behind, and its picture. On both databases."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from models.base import Flow, Move
from models.fields import now
from services.crud import flow, rules, write
from services.crud.access import Forbidden
from services.crud.errors import Invalid, Missing, Stale, Unconfirmed
from services.crud.registry import Table
from services.crud.rules import Change
from services.platform.i18n import msg, use_language
from tests.conftest import Database
from tests.crud import desk as at_work
from tests.crud.desk import BOOK, READER, Desk, own_rules

__all__ = ["own_rules"]


@pytest.fixture
def desk(shared_library: Database) -> Iterator[Desk]:
    with at_work.undone() as made:
        yield made


def offers(desk: Desk, who: Any, book: int) -> dict[str, tuple[bool, str, list[str], list[str]]]:
    return {
        one.move.name: (one.allowed, str(one.why or ""), [f.name for f in one.requires], [f.name for f in one.asks])
        for one in flow.offered(desk.db, who, BOOK, {"id": book})
    }


def test_what_is_offered(desk: Desk) -> None:
    book = desk.book(desk.clerk)
    assert offers(desk, desk.clerk, book) == {"shelve": (True, "", ["shelf"], ["shelf"])}
    assert set(offers(desk, desk.keeper, book)) == {"shelve", "withdraw"}
    assert offers(desk, desk.auditor, book) == {}
    with pytest.raises(Missing):
        offers(desk, desk.stranger, book)


def test_a_move_says_why_it_is_not_possible(desk: Desk) -> None:
    book = desk.book(desk.keeper, shelf=desk.shelf(), missing=True)
    flow.move(desk.db, desk.clerk, BOOK, book, "shelve", version=1)
    allowed, why, _requires, asks = offers(desk, desk.keeper, book)["lend"]
    assert (allowed, why, asks) == (False, "A missing book can't be lent.", ["due_at"])
    assert offers(desk, desk.keeper, book)["withdraw"][:2] == (False, "Somebody else has to do this: you are its “Created by”.")
    with pytest.raises(Invalid, match="A missing book can't be lent"):
        flow.move(desk.db, desk.keeper, BOOK, book, "lend", {"due_at": now()}, version=2)
    with pytest.raises(Invalid, match="Somebody else has to do this"):
        flow.move(desk.db, desk.keeper, BOOK, book, "withdraw", note="x", version=2)
    other = replace(desk.keeper, account=desk.director.account)
    assert flow.move(desk.db, other, BOOK, book, "withdraw", note="lost", version=2) == 3


def test_what_a_move_demands_stands_beside_its_fields(desk: Desk) -> None:
    book = desk.book(desk.clerk)
    with pytest.raises(Invalid) as caught:
        flow.move(desk.db, desk.keeper, BOOK, book, "shelve", version=1)
    assert {name: str(found[0]) for name, found in caught.value.errors.items()} == {"shelf": "Please fill this in."}
    with pytest.raises(Invalid) as caught:
        flow.move(desk.db, desk.keeper, BOOK, book, "withdraw", note="  ", version=1)
    assert {name: str(found[0]) for name, found in caught.value.errors.items()} == {"note": "Please give the reason."}
    with pytest.raises(Invalid) as caught:
        flow.move(desk.db, desk.keeper, BOOK, book, "withdraw", note="x" * 2001, version=1)
    assert set(caught.value.errors) == {"note"}
    shelf = desk.shelf()
    assert flow.move(desk.db, desk.keeper, BOOK, book, "shelve", {"shelf": shelf}, version=1) == 2
    # The new state demands it (required_if), so the move asks for it.
    assert offers(desk, desk.keeper, book)["lend"] == (True, "", ["due_at"], ["due_at"])
    with pytest.raises(Invalid) as caught:
        flow.move(desk.db, desk.keeper, BOOK, book, "lend", version=2)
    assert set(caught.value.errors) == {"due_at"}


def test_a_move_sets_only_what_it_asks_for(desk: Desk) -> None:
    book = desk.book(desk.clerk)
    for given in ({"title": "x"}, {"state": "lent"}, {"version": 9}, {"discount": 5}):
        with pytest.raises(Invalid) as caught:
            flow.move(desk.db, desk.keeper, BOOK, book, "shelve", {"shelf": desk.shelf(), **given}, version=1)
        assert "shelf" not in caught.value.errors
    assert desk.row(BOOK, book)["state"] == "draft"


def test_roles_states_and_names_are_looked_at(desk: Desk) -> None:
    book = desk.book(desk.clerk)
    with pytest.raises(Forbidden, match="Withdraw"):
        flow.move(desk.db, desk.clerk, BOOK, book, "withdraw", note="x", version=1)
    with pytest.raises(Invalid, match="“Lend” starts from On the shelf; this record is “Draft”"):
        flow.move(desk.db, desk.keeper, BOOK, book, "lend", version=1)
    with pytest.raises(Invalid, match="no move “fly”"):
        flow.move(desk.db, desk.keeper, BOOK, book, "fly", version=1)
    with pytest.raises(Missing):
        flow.move(desk.db, desk.stranger, BOOK, book, "shelve", version=1)
    assert flow.move(desk.db, desk.product, BOOK, book, "withdraw", note="by the system", version=1) == 2


def test_whoever_decides_decides_on_what_they_saw(desk: Desk) -> None:
    book = desk.book(desk.clerk, shelf=desk.shelf(), price=5)
    write.update(desk.db, desk.clerk, BOOK, book, {"price": 5000}, 1)
    with pytest.raises(Stale) as caught:
        flow.move(desk.db, desk.keeper, BOOK, book, "shelve", version=1)
    assert [one.field for one in caught.value.conflicts] == ["price"]


def test_a_move_leaves_an_event_and_a_change_in_one_set(desk: Desk) -> None:
    book = desk.book(desk.clerk)
    flow.move(desk.db, desk.keeper, BOOK, book, "shelve", {"shelf": desk.shelf()}, note="new", version=1)
    flow.move(desk.db, desk.keeper, BOOK, book, "lend", {"due_at": "2099-01-01 10:00"}, version=2)
    events = flow.events(desk.db, desk.auditor, BOOK, book)
    assert [(one.move, one.from_state, one.to_state, one.actor, one.note) for one in events] == [
        ("lend", "open", "lent", "Keeper", ""),
        ("shelve", "draft", "open", "Keeper", "new"),
    ]
    assert desk.history(BOOK, book) == [("create", 1), ("move", 2), ("move", 3)]
    row = desk.row(BOOK, book)
    assert (row["state"], row["version"], row["updated_by"]) == ("lent", 3, desk.keeper.account)
    with pytest.raises(Missing):
        flow.events(desk.db, desk.stranger, BOOK, book)


def test_guards_refuse_and_complete(desk: Desk, own_rules: None) -> None:
    @rules.guard("sample_book", "shelve")
    def not_too_heavy(change: Change) -> None:
        if change.new["weight"] is not None and change.new["weight"] > 10:
            change.error("weight", msg("Too heavy for a shelf."))
        change.new["pages"] = 100

    @rules.guard("sample_book", "lend")
    def ask(change: Change) -> None:
        change.warn("", msg("Nobody has lent it before."))

    heavy, light = desk.book(shelf=desk.shelf(), weight=11), desk.book(shelf=desk.shelf())
    assert offers(desk, desk.clerk, heavy)["shelve"][:2] == (False, "Too heavy for a shelf.")
    assert offers(desk, desk.clerk, light)["shelve"][0]
    with pytest.raises(Invalid):
        flow.move(desk.db, desk.clerk, BOOK, heavy, "shelve", version=1)
    flow.move(desk.db, desk.clerk, BOOK, light, "shelve", version=1)
    assert desk.row(BOOK, light)["pages"] == 100
    due = {"due_at": "2099-01-01 10:00"}
    with pytest.raises(Unconfirmed):
        flow.move(desk.db, desk.clerk, BOOK, light, "lend", due, version=2)
    assert flow.move(desk.db, desk.clerk, BOOK, light, "lend", due, version=2, confirm=True) == 3


def test_an_effect_that_fails_takes_the_move_with_it(desk: Desk, own_rules: None) -> None:
    @rules.moved("sample_book", "withdraw")
    def never(change: Change) -> None:
        write.create(change.db, change.by_rule, READER, {"card": "1"})

    book = desk.book(desk.clerk)
    before = desk.count("change"), desk.count("event")
    with pytest.raises(Invalid):
        flow.move(desk.db, desk.keeper, BOOK, book, "withdraw", note="x", version=1)
    assert desk.row(BOOK, book)["state"] == "draft"
    assert (desk.count("change"), desk.count("event")) == before


def test_persons_are_told_apart_by_staff_and_by_account(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def book_with(**words: Any) -> Table:
        moves = (Move(name="end", title="End", sources=("draft",), target="gone", roles=("facility",), **words),)
        monkeypatch.setattr(BOOK.model, "__flow__", Flow(initial="draft", moves=moves))
        return BOOK

    mentor = write.create(desk.db, desk.director, READER, {"card": "1", "name": "甲"})
    both = replace(desk.keeper, roles=frozenset({"facility", "director"}))
    book = write.create(desk.db, both, BOOK, {"title": "x", "keeper": mentor}, at_work.ONE_COPY, confirm=True)
    person = replace(desk.keeper, staff=mentor)
    book_with(apart_from=("keeper",))
    assert offers(desk, person, book)["end"][:2] == (False, "Somebody else has to do this: you are its “Keeper”.")
    assert offers(desk, desk.keeper, book)["end"][0]
    book_with(only_by=("keeper", "created_by"))
    assert offers(desk, person, book)["end"][0]
    assert offers(desk, desk.keeper, book)["end"][0], "made it"
    other = replace(desk.keeper, account=desk.clerk.account)
    assert offers(desk, other, book)["end"][:2] == (False, "Only this person may do this: Keeper, Created by.")


# The picture


def test_the_picture_marks_where_the_record_is(desk: Desk) -> None:
    source = flow.diagram(BOOK, {"state": "open"})
    assert source.startswith("flowchart LR\n    begin(( )) --> s0")
    assert 's0(["Draft"])' in source
    assert '==>|"Lend"|' in source
    assert '-->|"Put on the shelf"|' in source
    here = next(line for line in source.splitlines() if line.endswith(" here") and "class " in line).split()[1]
    assert f'{here}(["On the shelf"])' in source
    assert "==>" not in flow.diagram(BOOK)
    book = desk.book(desk.keeper, missing=True)
    closed = flow.diagram(BOOK, {"state": "draft"}, flow.offered(desk.db, desk.clerk, BOOK, {"id": book}))
    assert '==>|"Put on the shelf"|' in closed
    assert '-->|"Withdraw"|' in closed


def test_nothing_in_a_title_is_read_as_a_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    nasty = '"] --> x; <script>#'
    moves = (
        Move(name="a", title=nasty, sources=("draft",), target="gone", roles=("facility",)),
        Move(name="b", title="Other", sources=("draft",), target="gone", roles=("facility",)),
    )
    monkeypatch.setattr(BOOK.model, "__flow__", Flow(initial="draft", moves=moves))
    source = flow.diagram(BOOK)
    assert "<script>" not in source
    assert '|"#quot;] --#gt; x; #lt;script#gt;#35;<br/>Other"|' in source
    with use_language("zh_CN"):
        assert flow.diagram(BOOK)
