"""Any sequence of writes: the history replays to what stands, unique holds, no update is lost, the search index says what the rows say."""

from contextlib import ExitStack
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import select, text
from sqlmodel import SQLModel

from services.crud import flow, search, values, write
from services.crud.errors import Blocked, Invalid, Missing, Stale
from services.crud.registry import Table
from tests.conftest import Database
from tests.crud import desk as at_work
from tests.crud.desk import BOOK, COPY, SHELF, Desk

CHANGE = SQLModel.metadata.tables["change"]
MARKS = ("A-01", "A-02", "A-03")
TITLES = ("西游记", "红楼梦", "Emma")
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "title": st.sampled_from(TITLES),
    "pages": st.integers(1, 5),
    "price": st.sampled_from((None, Decimal("1.50"), Decimal("2.00"))),
    "marks": st.sampled_from(([], ["rare"], ["audio", "rare"])),
    "missing": st.booleans(),
}
GIVEN = st.fixed_dictionaries({}, optional=FIELDS)
AGE = st.integers(0, 3)
PLACE = st.integers(0, 50)


class Library(RuleBasedStateMachine):
    """Somebody works at random; beside the database stands what each record has to be."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.desk: Desk = self.stack.enter_context(at_work.undone())
        self.shelves: dict[int, dict[str, Any]] = {}
        self.books: dict[int, dict[str, Any]] = {}
        self.past: dict[int, list[dict[str, Any]]] = {}
        """Book → what it was at each version, from version 1 on."""

    def teardown(self) -> None:
        try:
            self.look()
        finally:
            self.stack.close()

    def book(self, place: int) -> int:
        return sorted(self.books)[place % len(self.books)]

    def shelf(self, place: int) -> int:
        return sorted(self.shelves)[place % len(self.shelves)]

    def live(self, shelf: int) -> bool:
        return not self.shelves[shelf]["gone"]

    def wrote(self, book: int, **changed: Any) -> None:
        self.books[book] = self.books[book] | changed
        self.past[book].append(dict(self.books[book]))

    # Shelves

    @initialize()
    def begin(self) -> None:
        self.make_shelf(MARKS[0])

    @rule(mark=st.sampled_from(MARKS))
    def make_shelf(self, mark: str) -> None:
        taken = any(one["mark"] == mark and not one["gone"] for one in self.shelves.values())
        try:
            made = write.create(self.desk.db, self.desk.keeper, SHELF, {"mark": mark, "name": f"Shelf {mark}"}, confirm=True)
        except Invalid:
            assert taken
        else:
            assert not taken
            self.shelves[made] = {"mark": mark, "gone": False}

    @rule(place=PLACE)
    def drop_shelf(self, place: int) -> None:
        shelf = self.shelf(place)
        used = any(one["shelf"] == shelf and not one["gone"] for one in self.books.values())
        try:
            write.delete(self.desk.db, self.desk.keeper, SHELF, shelf, self.desk.row(SHELF, shelf)["version"])
        except Blocked:
            assert used
        except Missing:
            assert not self.live(shelf)
        else:
            assert not used
            self.shelves[shelf]["gone"] = True

    @rule(place=PLACE)
    def raise_shelf(self, place: int) -> None:
        shelf = self.shelf(place)
        taken = any(one["mark"] == self.shelves[shelf]["mark"] and not one["gone"] for one in self.shelves.values())
        try:
            write.restore(self.desk.db, self.desk.keeper, SHELF, shelf)
        except Missing:
            assert self.live(shelf)
        except Invalid:
            assert taken
        else:
            self.shelves[shelf]["gone"] = False

    # Books

    @rule(given=GIVEN, place=PLACE)
    def make_book(self, given: dict[str, Any], place: int) -> None:
        shelf = self.shelf(place)
        given = {"title": TITLES[0], "shelf": shelf, **given}
        try:
            made = write.create(self.desk.db, self.desk.clerk, BOOK, given, at_work.ONE_COPY, confirm=True)
        except Invalid:
            assert not self.live(shelf)
            return
        blank: dict[str, Any] = {"pages": 1, "price": None, "marks": [], "missing": False, "state": "draft", "gone": False}
        self.books[made], self.past[made] = {}, []
        self.wrote(made, **(blank | given))

    @precondition(lambda self: self.books)
    @rule(given=GIVEN, place=PLACE, age=AGE)
    def save_book(self, given: dict[str, Any], place: int, age: int) -> None:
        book = self.book(place)
        past = self.past[book]
        seen = max(len(past) - age, 1)
        theirs = {name for name in FIELDS if any(one[name] != past[seen - 1][name] for one in past[seen:])}
        changed = {name: value for name, value in given.items() if value != self.books[book][name]}
        try:
            version = write.update(self.desk.db, self.desk.clerk, BOOK, book, given, seen, confirm=True)
        except Missing:
            assert self.books[book]["gone"]
        except Stale as stale:
            met = {one.field for one in stale.conflicts}
            assert met == {name for name in changed if name in theirs or self.touched(book, seen, name)}
            assert met
        else:
            assert not any(name in theirs for name in changed)
            if changed:
                self.wrote(book, **changed)
            assert version == len(self.past[book])

    def touched(self, book: int, seen: int, name: str) -> bool:
        """Whether somebody changed a field since and put it back."""
        past = self.past[book][seen - 1 :]
        return any(one[name] != before[name] for before, one in pairwise(past))

    @precondition(lambda self: self.books)
    @rule(place=PLACE, name=st.sampled_from(("shelve", "lend", "withdraw")), age=st.integers(0, 1))
    def move_book(self, place: int, name: str, age: int) -> None:
        book = self.book(place)
        now, seen = self.books[book], max(len(self.past[book]) - age, 1)
        sources = {"shelve": ("draft", "lent"), "lend": ("open",), "withdraw": ("open", "draft")}[name]
        given = {"due_at": "2099-01-01 10:00"} if name == "lend" else {}
        try:
            flow.move(self.desk.db, self.desk.keeper, BOOK, book, name, given, note="x", version=seen, confirm=True)
        except Missing:
            assert now["gone"]
        except Stale:
            assert seen < len(self.past[book])
        except Invalid:
            assert now["state"] not in sources or (name == "lend" and now["missing"])
        else:
            assert now["state"] in sources
            self.wrote(book, state={"shelve": "open", "lend": "lent", "withdraw": "gone"}[name])

    @precondition(lambda self: self.books)
    @rule(place=PLACE)
    def drop_book(self, place: int) -> None:
        book = self.book(place)
        try:
            write.delete(self.desk.db, self.desk.keeper, BOOK, book, len(self.past[book]))
        except Missing:
            assert self.books[book]["gone"]
        else:
            self.wrote(book, gone=True)

    @precondition(lambda self: self.books)
    @rule(place=PLACE)
    def raise_book(self, place: int) -> None:
        book = self.book(place)
        try:
            write.restore(self.desk.db, self.desk.keeper, BOOK, book)
        except Missing:
            assert not self.books[book]["gone"]
        except Invalid:
            assert not self.live(self.books[book]["shelf"])
        else:
            self.wrote(book, gone=False)

    # What holds

    def look(self) -> None:
        """Compare the database with what has to be."""
        for book, wanted in self.books.items():
            row = self.desk.row(BOOK, book)
            assert {name: row[name] for name in wanted if name != "gone"} == {k: v for k, v in wanted.items() if k != "gone"}
            assert (row["deleted_at"] is not None) == wanted["gone"]
            assert row["version"] == len(self.past[book])
            copies = self.desk.db.execute(select(COPY.sql.c.deleted_at).where(COPY.sql.c.book == book)).scalars().all()
            assert [one is not None for one in copies] == [wanted["gone"]]
        for table in (SHELF, BOOK, COPY):
            for id_ in self.desk.db.execute(select(table.sql.c.id)).scalars().all():
                assert self.replayed(table, id_) == {
                    f.name: self.desk.row(table, id_)[f.name] for f in values.stored(table) if not f.common
                }
        live = [one["mark"] for one in self.shelves.values() if not one["gone"]]
        assert len(live) == len(set(live))
        written = self.entries()
        search.rebuild(self.desk.db)
        assert written == self.entries()

    def replayed(self, table: Table, id: int) -> dict[str, Any]:
        """The record as its history tells it."""
        rows = self.desk.db.execute(
            select(CHANGE.c.verb, CHANGE.c.version, CHANGE.c.old, CHANGE.c.new)
            .where(CHANGE.c.table_name == table.name, CHANGE.c.record_id == id)
            .order_by(CHANGE.c.id)
        ).all()
        assert [row.version for row in rows] == list(range(1, len(rows) + 1))
        found = {field.name: values.unpack(field, None) for field in values.stored(table) if not field.common}
        for row in rows:
            for name, kept in row.old.items():
                assert values.unpack(table.fields[name], kept) == found[name]
            found |= {name: values.unpack(table.fields[name], kept) for name, kept in row.new.items()}
        return found

    def entries(self) -> list[Any]:
        query = "select table_name, record_id, live, body from search_entry where table_name like 'sample_%' order by table_name, record_id"
        return [tuple(row) for row in self.desk.db.execute(text(query))]


@pytest.mark.usefixtures("shared_library")
def test_any_sequence_of_writes(shared_library: Database) -> None:
    few = settings(max_examples=15, stateful_step_count=20, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    run_state_machine_as_test(Library, settings=few)
