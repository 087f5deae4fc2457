"""Boards and agendas as scripts: what they show, what is done with them, and what stands against it."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.fields import today
from services.crud import flow, rules, write
from services.platform import db
from services.platform.i18n import LOCAL, msg
from services.platform.settings import override
from tests.conftest import Database, fresh
from tests.crud import sample
from tests.crud.conftest import OTHER, prepare
from tests.crud.desk import BOOK, LOAN, own_rules
from tests.screens.forms import Person, every_statement, kept, somebody

__all__ = ["own_rules"]
MONDAY = "2027-03-01"
SCRIPT = "<script>alert(1)</script> [x](javascript:y)"


@pytest.fixture(scope="module")
def house(_templates: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with fresh("sqlite", _templates, tmp_path_factory.mktemp("board"), "") as made:
        prepare(made)
        with db.writing() as session:
            sample.put(session, "sample_shelf", [{"mark": "A-01", "name": "架1"}])
            sample.put(session, "sample_reader", [{"card": "R1", "name": "王五"}])
        yield made


@pytest.fixture
def sit(house: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Person]:
    return lambda *roles: Person(monkeypatch, somebody(*roles or ("facility",)))


@pytest.fixture
def keeper(sit: Callable[..., Person]) -> Person:
    return sit("facility")


def put(name: str, **given: Any) -> int:
    with db.writing() as session:
        (id_,) = sample.put(session, name, [given])
        if name == "sample_book":
            sample.put(session, "sample_copy", [{"book": id_, "label": "1"}])
    return id_


def book(**given: Any) -> int:
    return put("sample_book", **{"title": "A book", "pages": 9, **given})


def loan(book: int, day: str = MONDAY, hour: int = 10, hours: float = 1, **given: Any) -> int:
    start = datetime.fromisoformat(day).replace(hour=hour, tzinfo=LOCAL).astimezone(UTC)
    return put("sample_loan", book=book, reader=1, starts_at=start, ends_at=start + timedelta(hours=hours), kind="hall", **given)


def sent(person: Person, name: str) -> dict[str, Any]:
    """What was sent to the component."""
    (found,) = [one for one in person.screen.get("bidi_component") if one.proto.component_name.endswith(name)]
    made: dict[str, Any] = json.loads(found.proto.json or found.proto.mixed.json)
    return made


class Board:
    """Somebody at the board of the books."""

    def __init__(self, person: Person, **params: Any) -> None:
        self.person = person.open("sample_book", show="board", **params)
        self.n = 0

    def do(self, what: str, /, **value: Any) -> "Board":
        """Something is done in the browser."""
        self.n += 1
        self.person.screen.session_state["sample_book.board"] = {what: {"n": self.n, **value}}
        self.person.run(self.person.screen)
        return self

    @property
    def sent(self) -> dict[str, Any]:
        return sent(self.person, "cards")

    def cards(self, state: str) -> dict[int, dict[str, Any]]:
        (column,) = [one for one in self.sent["columns"] if one["state"] == state]
        return {card["id"]: card for card in column["cards"]}

    def where(self, id: int) -> str:
        """The column of a card."""
        (state,) = [one["state"] for one in self.sent["columns"] if any(card["id"] == id for card in one["cards"])]
        return str(state)

    def move(self, id: int, name: str, version: int = 1) -> "Board":
        return self.do("move", id=id, version=version, name=name)

    @property
    def refused(self) -> str:
        said = self.sent["said"]
        return said["text"] if said else ""


def test_the_head_leads_to_the_board_and_back(keeper: Person) -> None:
    keeper.open("sample_book")
    (switch,) = [one for one in keeper.screen.segmented_control if one.key == "sample_book.as"]
    assert [option.split(": ")[-1] for option in switch.options] == ["List", "Board", "Charts"]
    keeper.run(switch.set_value("board"))
    assert keeper.address["show"] == "board"
    keeper.run(keeper.screen.segmented_control(key="sample_book.as").set_value("list"))
    assert not keeper.address
    loans = keeper.open("sample_loan")
    (switch,) = [one for one in loans.screen.segmented_control if one.key == "sample_loan.as"]
    assert [option.split(": ")[-1] for option in switch.options] == ["List", "Agenda"]
    keeper.open("sample_shelf", show="board")
    assert not [one for one in keeper.screen.get("bidi_component") if one.proto.component_name.endswith("cards")], "it has no states"


def test_filters_stay_on_the_board_and_in_the_address(keeper: Person) -> None:
    law, novel = book(genre="law"), book(genre="novel")
    board = Board(keeper, f__genre="law")
    assert law in board.cards("draft")
    assert novel not in board.cards("draft")
    board.person.click("sample_book.filter.genre.drop")
    assert keeper.address == {"show": "board"}
    assert novel in board.cards("draft")


def test_a_card_says_what_it_is_and_nothing_of_it_runs(keeper: Person) -> None:
    id_ = book(title=SCRIPT, number="SB20261234", state="gone")
    card = Board(keeper, q="SB20261234").cards("gone")[id_]
    assert (card["title"], card["second"], card["colour"], card["note"]) == (SCRIPT, "SB20261234", "red", "State: Withdrawn")
    assert card["href"] == f"sample_book?show=board&q=SB20261234&id={id_}"
    assert card["moves"] == []


def test_a_move_is_made_and_said(keeper: Person) -> None:
    id_ = book(shelf=1)
    board = Board(keeper).move(id_, "shelve")
    assert board.where(id_) == "open"
    assert [one.value for one in keeper.screen.toast] == ["Done: Put on the shelf"]
    assert kept(BOOK, id_)["state"] == "open"
    board.person.run(board.person.screen)
    assert kept(BOOK, id_)["version"] == 2, "what was done once is not done again by the next run"


def test_a_move_that_asks_opens_the_dialog_of_the_record_page(keeper: Person) -> None:
    id_ = book(state="open", shelf=1, created_by=None)
    board = Board(keeper)
    assert board.cards("open")[id_]["dialogs"] == ["lend", "withdraw"]
    board.move(id_, "withdraw")
    assert "It leaves the lists." in keeper.said
    assert board.where(id_) == "open"
    (note,) = [one for one in keeper.screen.text_area if str(one.key).endswith(".note")]
    note.set_value("damp")
    (go,) = [one for one in keeper.screen.button if str(one.key).endswith(".go")]
    keeper.run(go.click())
    assert board.where(id_) == "gone"
    with db.reading() as session:
        assert [one.note for one in flow.events(session, keeper.who, BOOK, id_)] == ["damp"]


def test_a_move_to_a_state_without_what_it_needs_asks_for_it(keeper: Person) -> None:
    id_ = book()
    board = Board(keeper).move(id_, "shelve")
    assert "Shelf" in keeper.said
    assert board.where(id_) == "draft"
    assert board.refused == ""


def test_refused_moves_say_why_and_leave_the_card(keeper: Person, own_rules: None) -> None:
    @rules.guard("sample_book", "shelve")
    def closed(change: rules.Change) -> None:
        change.error("", msg("The stacks are closed."))

    id_ = book(shelf=1)
    missing = book(state="open", missing=True)
    board = Board(keeper)
    assert dict(board.cards("draft")[id_]["moves"])["shelve"] == "", "what a guard says is asked when the card is picked up"
    assert dict(board.cards("open")[missing]["moves"])["lend"] == "A missing book can't be lent."
    board.do("pick", id=id_, version=1)
    assert dict(board.sent["picked"]["moves"])["shelve"] == "The stacks are closed."
    assert board.sent["picked"]["version"] == 1
    for given, name in ((id_, "shelve"), (missing, "lend"), (id_, "lend"), (id_, "fly")):
        before = kept(BOOK, given)["state"]
        board.move(given, name)
        assert board.refused
        assert board.where(given) == before
    assert board.move(id_, "shelve").refused == "The stacks are closed."


def test_the_second_of_two_is_told(keeper: Person, sit: Callable[..., Person]) -> None:
    id_ = book(shelf=1)
    first, second, third = Board(keeper), Board(sit("clerk")), Board(sit("clerk"))
    assert first.move(id_, "shelve").where(id_) == "open"
    third.do("pick", id=id_, version=1)
    assert "has changed this meanwhile" in third.refused, "told as soon as they take it in their hand"
    second.move(id_, "shelve")
    assert f"{keeper.who.name} " in second.refused
    assert "has changed this meanwhile" in second.refused
    assert second.where(id_) == "open", "it is shown as it is now"
    assert kept(BOOK, id_)["version"] == 2


def test_a_card_that_is_gone_or_not_theirs(keeper: Person, sit: Callable[..., Person]) -> None:
    id_, elsewhere = book(shelf=1), put("sample_book", title="foreign")
    board = Board(keeper)
    with db.writing() as session:
        write.delete(session, keeper.who, BOOK, id_, 1)
        session.execute(BOOK.sql.update().where(BOOK.sql.c.id == elsewhere).values(centre_id=OTHER))
    for given in (id_, elsewhere, 999_999):
        for name in ("move", "pick"):
            assert board.do(name, id=given, version=1, name="shelve").refused == "This record is not there any more."
    auditor = Board(sit("auditor"))
    assert all(card["moves"] == [] for one in auditor.sent["columns"] for card in one["cards"])
    other = book(shelf=1)
    assert auditor.move(other, "shelve").refused == "This move is not open to you here."
    assert kept(BOOK, other)["version"] == 1


@pytest.mark.parametrize(
    "value", [{}, {"id": "1"}, {"id": -1}, {"id": True}, {"id": 1e9}, {"id": {"x": 1}}, {"id": 1, "name": ["shelve"], "version": "1"}]
)
def test_nonsense_from_the_browser_does_nothing(keeper: Person, value: dict[str, Any]) -> None:
    board = Board(keeper)
    before = json.dumps(board.sent["columns"])
    for name in ("move", "pick", "open", "more"):
        board.do(name, **value)
        assert keeper.address.get("id") in (None, "1")
        keeper.screen.query_params.clear()
        keeper.screen.query_params["show"] = "board"
    keeper.run(keeper.screen)
    assert json.dumps(board.sent["columns"]) == before


def test_a_click_opens_the_record_and_leaves_the_board_behind(keeper: Person) -> None:
    id_ = book()
    Board(keeper, f__genre="novel").do("open", id=id_)
    assert keeper.address == {"show": "board", "f.genre": "novel", "id": str(id_)}
    assert keeper.facts


def test_more_cards_stand_in_the_address(keeper: Person) -> None:
    for _n in range(5):
        book(genre="poetry")
    with override(board_cards=2):
        board = Board(keeper, f__genre="poetry")
        assert len(board.cards("draft")) == 2
        board.do("more", state="draft")
        assert keeper.address["more"] == "draft.2"
        assert len(board.cards("draft")) == 4
        board.do("more", state="nothing")
        assert keeper.address["more"] == "draft.2"
        for text in ("draft.999999", "draft.-1", "draft.x", "x.3", ".", "draft.٣", "draft.2,draft.3"):
            keeper.open("sample_book", show="board", f__genre="poetry", more=text)
            assert len(board.cards("draft")) <= 6


def test_statements_of_a_board(keeper: Person) -> None:
    found = []
    for n in (1, 25):
        for _n in range(n):
            book(shelf=1)
        with every_statement() as said:
            Board(keeper)
        found.append([one for one in said if one.lstrip().upper().startswith(("SELECT", "WITH"))])
    assert len(found[0]) == len(found[1]), "\n".join(found[1])
    # 1 the view that opens the list; 2 counts; 4 ids of the columns; 1 cards; 2 their moves and links; 1 titles of keepers.
    assert len(found[1]) <= 11, "\n".join(found[1])


# Agendas


class Agenda:
    """Somebody at the agenda of the loans."""

    def __init__(self, person: Person, **params: Any) -> None:
        self.person = person.open("sample_loan", show="agenda", **{"on": MONDAY, **params})
        self.n = 0

    def do(self, what: str, /, **value: Any) -> "Agenda":
        self.n += 1
        self.person.screen.session_state["sample_loan.agenda"] = {what: {"n": self.n, **value}}
        self.person.run(self.person.screen)
        return self

    def change(self, id: int, version: int = 1, **by: Any) -> "Agenda":
        return self.do("change", **{"id": id, "version": version, "tracks": 0, "start": 0, "end": 0, "track": "", **by})

    @property
    def sent(self) -> dict[str, Any]:
        return sent(self.person, "timetable")

    def entry(self, id: int) -> dict[str, Any]:
        return next(one for one in self.sent["entries"] if one["id"] == id)

    @property
    def refused(self) -> str:
        said = self.sent["said"]
        return said["text"] if said else ""


def test_a_week_is_shown_by_the_hour(keeper: Person) -> None:
    id_ = loan(book(title="史记"), hour=6)
    late = loan(book(title="x"), hour=23, hours=3)
    agenda = Agenda(keeper)
    sent_ = agenda.sent
    assert [track["key"] for track in sent_["tracks"]] == [f"2027-03-0{n}" for n in range(1, 8)]
    assert (sent_["axis"], sent_["first"], sent_["last"], sent_["creatable"]) == ("down", 0, 1440, True)
    entry = agenda.entry(id_)
    assert (entry["track"], entry["from"], entry["to"], entry["time"], entry["movable"]) == (0, 360, 420, "06:00–07:00", True)
    assert entry["title"].startswith("史记")
    pieces = [one for one in sent_["entries"] if one["id"] == late]
    assert [(one["track"], one["from"], one["to"], one["head"], one["tail"]) for one in pieces] == [
        (0, 1380, 1440, True, False), (1, 0, 120, False, True)
    ]  # fmt: skip


def test_overlapping_ones_lie_side_by_side(keeper: Person) -> None:
    day = "2027-03-10"
    one, two, three = loan(book(), day, 9, 2), loan(book(), day, 10, 2), loan(book(), day, 14)
    agenda = Agenda(keeper, on=day)
    assert [(agenda.entry(id_)["lane"], agenda.entry(id_)["lanes"]) for id_ in (one, two, three)] == [(0, 2), (1, 2), (0, 1)]


def test_moving_and_stretching_write_the_record(keeper: Person) -> None:
    id_ = loan(book(), "2027-03-15")
    agenda = Agenda(keeper, on="2027-03-15").change(id_, tracks=2, start=90, end=90)
    assert (agenda.entry(id_)["track"], agenda.entry(id_)["time"]) == (2, "11:30–12:30")
    agenda.change(id_, 2, end=45)
    assert agenda.entry(id_)["time"] == "11:30–13:15"
    assert kept(LOAN, id_)["starts_at"] == datetime(2027, 3, 17, 3, 30, tzinfo=UTC)
    agenda.person.run(agenda.person.screen)
    assert kept(LOAN, id_)["version"] == 3


def test_a_clash_is_refused_with_its_reason(keeper: Person) -> None:
    shared, day = book(), "2027-03-22"
    loan(shared, day, 14)
    id_ = loan(shared, day, 10)
    agenda = Agenda(keeper, on=day).change(id_, start=210, end=210)
    assert "Taken from 2027-03-22 14:00" in agenda.refused
    assert agenda.entry(id_)["time"] == "10:00–11:00"
    assert agenda.change(id_, end=-60).refused == "The end is before the start."
    assert agenda.change(id_, end=10**9).refused
    assert agenda.entry(id_)["version"] == 1


def test_the_second_of_two_movers_is_told(keeper: Person, sit: Callable[..., Person]) -> None:
    id_ = loan(book(), "2027-03-29")
    first, second = Agenda(keeper, on="2027-03-29"), Agenda(sit("facility"), on="2027-03-29")
    first.change(id_, start=60, end=60)
    second.change(id_, start=-60, end=-60)
    assert f"{keeper.who.name} " in second.refused
    assert "has changed this meanwhile" in second.refused
    assert second.entry(id_)["time"] == "11:00–12:00"


def test_who_may_not_edit_moves_nothing(sit: Callable[..., Person]) -> None:
    id_ = loan(book(), "2027-04-05")
    agenda = Agenda(sit("auditor"), on="2027-04-05")
    assert (agenda.entry(id_)["movable"], agenda.sent["creatable"]) == (False, False)
    assert agenda.change(id_, start=60, end=60).refused
    agenda.do("create", track="2027-04-05", **{"from": 600, "to": 660})
    assert "new" not in agenda.person.address
    assert kept(LOAN, id_)["version"] == 1


def test_warnings_are_confirmed_first(keeper: Person, own_rules: None) -> None:
    @rules.rule("sample_loan")
    def late(change: rules.Change) -> None:
        if change.verb == "edit":
            change.warn("starts_at", msg("The hall is cold then."))

    id_ = loan(book(), "2027-04-12")
    agenda = Agenda(keeper, on="2027-04-12").change(id_, start=60, end=60)
    assert "The hall is cold then." in keeper.said
    assert agenda.entry(id_)["time"] == "10:00–11:00"
    keeper.click("agenda.leave")
    assert "The hall is cold then." not in keeper.said
    assert kept(LOAN, id_)["version"] == 1
    agenda.change(id_, start=60, end=60)
    keeper.click("agenda.go")
    assert agenda.entry(id_)["time"] == "11:00–12:00"
    assert "The hall is cold then." not in keeper.said


def test_an_empty_time_opens_the_form_with_it(keeper: Person) -> None:
    agenda = Agenda(keeper)
    agenda.do("create", track="2027-03-03", **{"from": 570, "to": 690})
    new = {name: value for name, value in keeper.address.items() if name not in ("show", "on")}
    assert new == {"new": "1", "set.starts_at": "2027-03-03 09:30", "set.ends_at": "2027-03-03 11:30"}
    assert keeper.form.values()["starts_at"] == datetime(2027, 3, 3, 9, 30, tzinfo=LOCAL)
    keeper.click("back")
    assert keeper.address == {"show": "agenda", "on": MONDAY}


def test_a_day_is_split_by_what_is_taken(keeper: Person) -> None:
    day = "2027-05-03"
    one, two = book(title="One"), book(title="Two")
    id_ = loan(one, day)
    agenda = Agenda(keeper, on=day, range="day", f__book=f"{one},{two}")
    sent_ = agenda.sent
    assert (sent_["axis"], sent_["field"]) == ("across", "book")
    assert [(track["title"], track["key"]) for track in sent_["tracks"]] == [("One", f"{day}/{one}"), ("Two", f"{day}/{two}")]
    agenda.change(id_, tracks=1, start=30, end=30, track=f"{day}/{two}")
    assert kept(LOAN, id_)["book"] == two
    assert agenda.entry(id_)["track"] == 1
    loan(one, day, 15)
    assert "Taken" in agenda.change(id_, 2, tracks=-1, start=270, end=270, track=f"{day}/{one}").refused
    assert agenda.change(id_, 2, tracks=-1, track=f"{day}/999999").refused
    agenda.do("create", track=f"{day}/{two}", **{"from": 0, "to": 60})
    assert keeper.address["set.book"] == str(two)
    together = Agenda(keeper, on=day, range="day", by="~")
    assert (together.sent["axis"], len(together.sent["tracks"])) == ("down", 1)


def test_a_month_counts_what_it_does_not_show(keeper: Person) -> None:
    day = "2027-06-15"
    for n in range(4):
        loan(book(), day, 8 + n)
    with override(agenda_month_entries=3):
        agenda = Agenda(keeper, on=day, range="month")
    track = next(one for one in agenda.sent["tracks"] if one["key"] == day)
    assert (track["count"], track["more"]) == ("4", "1 more")
    assert len([one for one in agenda.sent["entries"] if agenda.sent["tracks"][one["track"]]["key"] == day]) == 3
    assert [one["other"] for one in agenda.sent["tracks"]] == [True] + [False] * 30 + [True] * 4
    agenda.do("day", key=day)
    assert (keeper.address["range"], keeper.address["on"]) == ("day", day)


def test_back_and_forth(keeper: Person) -> None:
    for range_, before, after in (
        ("day", "2027-02-28", "2027-03-01"),
        ("week", "2027-02-22", "2027-03-01"),
        ("month", "2027-02-01", "2027-03-01"),
    ):
        agenda = Agenda(keeper, range=range_)
        keeper.click("sample_loan.agenda.before")
        assert keeper.address["on"] == before
        keeper.click("sample_loan.agenda.after")
        assert keeper.address["on"] == after
        keeper.click("sample_loan.agenda.today")
        assert keeper.address["on"] == today().isoformat()
        assert agenda.sent["now"] is not None or range_ == "month" or agenda.sent["field"]


@pytest.mark.parametrize("address", [{"on": "nonsense"}, {"on": "0001-01-01"}, {"on": "9999-12-31"}, {"range": "year"}, {"by": "centre_id"},
                                     {"range": "day", "by": "reader"}, {"on": "2027-13-45", "range": "month"}])  # fmt: skip
def test_nonsense_in_the_address_shows_something(keeper: Person, address: dict[str, str]) -> None:
    assert Agenda(keeper, **address).sent["tracks"]


@pytest.mark.parametrize("name", ["open", "day", "create", "change"])
@pytest.mark.parametrize("value", [{}, {"id": "x"}, {"id": 10**12},
                                   {"track": 5, "from": "a", "to": None}, {"track": "x/y/z", "from": 1e9, "to": -5},
                                   {"id": 1, "version": 1, "tracks": 10**9, "start": True, "end": "x", "track": []}])  # fmt: skip
def test_nonsense_from_the_agenda(keeper: Person, name: str, value: dict[str, Any]) -> None:
    Agenda(keeper).do(name, **value)


def test_statements_of_an_agenda(keeper: Person) -> None:
    day, found = "2027-09-06", []
    for n in (1, 30):
        for _n in range(n):
            loan(book(), day)
        for range_ in ("week", "day", "month"):
            with every_statement() as said:
                Agenda(keeper, on=day, range=range_)
            found.append(len([one for one in said if one.lstrip().upper().startswith(("SELECT", "WITH"))]))
    assert max(found) <= 8, found
    assert found[:3] == found[3:]


def test_what_takes_nothing_is_told_from_the_rest(keeper: Person) -> None:
    day = "2027-10-04"
    kept_, cancelled = loan(book(), day), loan(book(), day, cancelled=True)
    assert [one["id"] for one in Agenda(keeper, on=day).sent["entries"]] == [kept_]
    shown = Agenda(keeper, on=day, f__cancelled="yes,no").sent["entries"]
    assert {one["id"]: one["free"] for one in shown} == {kept_: False, cancelled: True}


def test_who_is_quicker_than_the_server_loses_nothing(keeper: Person) -> None:
    one, two, three = book(shelf=1), book(shelf=1), book(state="open", missing=True)
    board = Board(keeper).move(one, "shelve")
    made = {"pick": {"n": 4, "id": two, "version": 1}, "move": {"n": 3, "id": two, "version": 1, "name": "shelve"}}
    keeper.screen.session_state["sample_book.board"] = made
    keeper.run(keeper.screen)
    assert board.where(two) == "open"
    keeper.screen.session_state["sample_book.board"] = {
        "pick": {"n": 5, "id": three, "version": 1},
        "move": {"n": 6, "id": three, "version": 1, "name": "lend"},
    }
    keeper.run(keeper.screen)
    assert board.refused == "A missing book can't be lent."
    keeper.run(keeper.screen)
    assert (board.refused, kept(BOOK, two)["version"]) == ("", 2), "each thing once"
