"""Undo: any change set is taken back as a whole, by whoever may do the reverse, unless later changes depend on it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select, text
from sqlmodel import SQLModel

from services.crud import attachments, bulk, changesets, flow, history, rules, search, undo, values, write
from services.crud.access import Actor, Forbidden
from services.crud.errors import Blocked, Invalid, Missing
from services.crud.registry import Table
from services.crud.undo import Refused
from services.platform.i18n import msg
from tests.conftest import Database
from tests.crud import desk as at_work
from tests.crud.desk import BOOK, COPY, LOAN, ONE_COPY, READER, SHELF, STAMP, Desk, own_rules

__all__ = ["own_rules"]
TABLES = (SHELF, READER, BOOK, COPY, LOAN)
CHANGE, SETS, EVENT, ATTACHMENT = (SQLModel.metadata.tables[name] for name in ("change", "change_set", "event", "attachment"))
State = dict[tuple[str, int], dict[str, Any]]


@pytest.fixture
def desk(shared_library: Database) -> Iterator[Desk]:
    with at_work.undone() as made:
        yield made


def live(desk: Desk) -> State:
    """All that people see: the live records, field by field, and their files."""
    found: State = {}
    for table in TABLES:
        ids = list(desk.db.execute(select(table.sql.c.id).where(table.sql.c.deleted_at.is_(None))).scalars())
        names = [field.name for field in values.stored(table) if not field.common]
        found |= {(table.name, id_): {name: row[name] for name in names} for id_, row in values.load(desk.db, table, ids).items()}
    files = select(ATTACHMENT.c.table_name, ATTACHMENT.c.record_id, func.count()).where(ATTACHMENT.c.deleted_at.is_(None))
    for name, id_, n in desk.db.execute(files.group_by(ATTACHMENT.c.table_name, ATTACHMENT.c.record_id)):
        found.setdefault((name, id_), {})["files"] = n
    return found


def entries(desk: Desk) -> list[Any]:
    query = "select table_name, record_id, live, body from search_entry where table_name like 'sample_%' order by table_name, record_id"
    return [tuple(row) for row in desk.db.execute(text(query))]


def last(desk: Desk) -> int:
    """The newest change set."""
    return int(desk.db.execute(select(func.max(SETS.c.id))).scalar_one())


def there_and_back(desk: Desk, who: Actor, act: Callable[[], Any], by: Actor | None = None) -> None:
    """What was done is undone, done again by undoing that, and the search index follows."""
    before = live(desk)
    act()
    after, made = live(desk), last(desk)
    assert before != after
    assert undo.preview(desk.db, by or who, made).possible
    assert live(desk) == after
    undone = undo.undo(desk.db, by or who, made, reason="wrong")
    assert live(desk) == before
    again = undo.undo(desk.db, by or who, undone)
    assert live(desk) == after
    undo.undo(desk.db, by or who, again)
    assert live(desk) == before
    written = entries(desk)
    search.rebuild(desk.db)
    assert written == entries(desk)


def refused(desk: Desk, who: Actor, change_set: int) -> Refused:
    """The undo is refused, as its preview says, and nothing is written."""
    before, sets = live(desk), desk.count("change_set")
    told = undo.preview(desk.db, who, change_set)
    with pytest.raises(Refused) as wrong:
        undo.undo(desk.db, who, change_set)
    assert [one.message for one in told.against.named] == [one.message for one in wrong.value.obstacles]
    assert not told.possible
    assert live(desk) == before
    assert desk.count("change_set") == sets
    return wrong.value


# Every kind of change


def test_a_record_that_was_made(desk: Desk) -> None:
    shelf = desk.shelf()
    there_and_back(desk, desk.keeper, lambda: desk.book(title="Wrong", shelf=shelf, also_on=[shelf], marks=["rare"], price="3.50"))


def test_fields_that_were_changed(desk: Desk) -> None:
    one, other = desk.shelf(), desk.shelf()
    book = desk.book(shelf=one, also_on=[one], pages=10)
    given = {"title": "Other", "shelf": other, "also_on": [other], "pages": 20, "price": "9", "marks": ["audio"], "missing": True}
    there_and_back(desk, desk.keeper, lambda: write.update(desk.db, desk.keeper, BOOK, book, given, 1, confirm=True))


def test_sealed_fields_go_back_sealed(desk: Desk) -> None:
    who = desk.director
    reader = write.create(desk.db, who, READER, {"card": "C1", "name": "王芳", "id_no": "11010519491231002X"}, confirm=True)
    there_and_back(desk, who, lambda: write.update(desk.db, who, READER, reader, {"id_no": None, "mobile": "13800138000"}, 1, confirm=True))
    kept = desk.db.execute(select(READER.sql.c.id_no, READER.sql.c.id_no__hash).where(READER.sql.c.id == reader)).one()
    assert "1101" not in kept[0]
    assert kept[1]


def test_a_move_goes_back_with_an_event(desk: Desk) -> None:
    book = desk.book(shelf=desk.shelf())
    there_and_back(desk, desk.keeper, lambda: flow.move(desk.db, desk.keeper, BOOK, book, "shelve", version=1))
    told = [(one.move, one.from_state, one.to_state) for one in flow.events(desk.db, desk.keeper, BOOK, book)]
    assert told == [("undo", "open", "draft"), ("undo", "draft", "open"), ("undo", "open", "draft"), ("shelve", "draft", "open")]


def test_a_deletion_with_all_that_went_along(desk: Desk) -> None:
    reader = write.create(desk.db, desk.director, READER, {"card": "C2", "name": "李静"}, confirm=True)
    book = desk.book()
    write.update(desk.db, desk.product, BOOK, book, {"keeper": reader}, None, confirm=True)
    there_and_back(desk, desk.keeper, lambda: write.delete(desk.db, desk.keeper, BOOK, book, 2))
    there_and_back(desk, desk.director, lambda: write.delete(desk.db, desk.director, READER, reader, 1))


def test_a_restoring(desk: Desk) -> None:
    book = desk.book()
    write.delete(desk.db, desk.keeper, BOOK, book, 1)
    there_and_back(desk, desk.keeper, lambda: write.restore(desk.db, desk.keeper, BOOK, book))


def test_child_rows_of_a_form(desk: Desk) -> None:
    book = desk.book(pages=3)
    copy = next(id_ for name, id_ in live(desk) if name == COPY.name)
    rows: write.Rows = {COPY.name: [{"id": copy, "version": 1, "_delete": True}, {"label": "2"}, {"label": "3", "cost": "4"}]}
    there_and_back(desk, desk.keeper, lambda: write.update(desk.db, desk.keeper, BOOK, book, {"pages": 4}, 1, rows, confirm=True))


def test_a_bulk_change(desk: Desk) -> None:
    books = [desk.book(pages=place + 1) for place in range(5)]
    there_and_back(desk, desk.keeper, lambda: bulk.bulk(desk.db, desk.keeper, BOOK, books, bulk.Edit({"pages": 9}), dry_run=False))
    there_and_back(desk, desk.keeper, lambda: bulk.bulk(desk.db, desk.keeper, BOOK, books, bulk.Delete(), dry_run=False))


def test_a_tree_that_was_deleted_together(desk: Desk) -> None:
    top = desk.shelf()
    below = desk.shelf(above=top)
    there_and_back(desk, desk.keeper, lambda: bulk.bulk(desk.db, desk.keeper, SHELF, [below, top], bulk.Delete(), dry_run=False))


def test_a_file_of_a_record(desk: Desk) -> None:
    book = desk.book()
    stored = SQLModel.metadata.tables["file"]
    row = {"centre_id": 1, "sha256": "0" * 64, "name": "a.pdf", "media_type": "application/pdf", "size": 1, "created_at": datetime.now(UTC)}
    file = desk.db.execute(stored.insert().values(**row).returning(stored.c.id)).scalar_one()
    there_and_back(desk, desk.keeper, lambda: attachments.add(desk.db, desk.keeper, BOOK, book, file))
    key = attachments.add(desk.db, desk.keeper, BOOK, book, file)
    there_and_back(desk, desk.keeper, lambda: attachments.remove(desk.db, desk.keeper, BOOK, book, key))


def test_what_a_rule_wrote_along_goes_back_along(desk: Desk, own_rules: None) -> None:
    shelf = desk.shelf(shut=False)

    @rules.effect(BOOK.name)
    def shut(change: rules.Change) -> None:
        if change.verb == "create":
            write.update(change.db, change.by_rule, SHELF, shelf, {"shut": True}, None, confirm=True)

    overseer = replace(desk.director, roles=frozenset({"director", "clerk", "facility"}))
    there_and_back(desk, desk.clerk, lambda: desk.book(desk.clerk, title="Shuts"), by=overseer)
    assert not desk.row(SHELF, shelf)["shut"]
    # A clerk may not change shelves; what a rule did there is taken back with the rest.
    book = desk.book(desk.clerk, title="Again")
    write.update(desk.db, desk.clerk, BOOK, book, {"pages": 3}, 1, confirm=True)
    undo.undo(desk.db, desk.clerk, last(desk))


# What stands against it


def test_the_same_field_was_changed_since(desk: Desk) -> None:
    book = desk.book(pages=1)
    write.update(desk.db, desk.keeper, BOOK, book, {"pages": 2, "title": "Two"}, 1, confirm=True)
    wrong = last(desk)
    write.update(desk.db, desk.clerk, BOOK, book, {"pages": 3}, 2, confirm=True)
    (one,) = refused(desk, desk.keeper, wrong).obstacles
    assert (one.table, one.record, one.change_set) == (BOOK.name, book, last(desk))
    assert "Clerk" in str(one.message)
    assert "Pages" in str(one.message)
    undo.undo(desk.db, desk.clerk, last(desk))
    undo.undo(desk.db, desk.keeper, wrong)
    assert (desk.row(BOOK, book)["pages"], desk.row(BOOK, book)["title"]) == (1, "A book")


def test_other_fields_changed_since_stay(desk: Desk) -> None:
    book = desk.book(pages=1)
    write.update(desk.db, desk.keeper, BOOK, book, {"pages": 2}, 1, confirm=True)
    wrong = last(desk)
    write.update(desk.db, desk.clerk, BOOK, book, {"title": "Theirs"}, 2, confirm=True)
    undo.undo(desk.db, desk.keeper, wrong)
    assert (desk.row(BOOK, book)["pages"], desk.row(BOOK, book)["title"]) == (1, "Theirs")


def test_an_import_whose_rows_were_changed_since(desk: Desk) -> None:
    with history.change_set(desk.db, desk.keeper, "import", BOOK.name) as made:
        books = [desk.book(title=f"Book {place}") for place in range(4)]
    write.update(desk.db, desk.clerk, BOOK, books[2], {"pages": 7}, 1, confirm=True)
    (one,) = refused(desk, desk.keeper, made.id).obstacles
    assert one.record == books[2]
    assert one.change_set == last(desk)
    undo.undo(desk.db, desk.clerk, last(desk))
    write.delete(desk.db, desk.keeper, BOOK, books[0], 1)  # taken out by hand: it is gone already
    undo.undo(desk.db, desk.keeper, made.id)
    assert not live(desk)


def test_references_made_since(desk: Desk) -> None:
    shelf = desk.shelf()
    made = last(desk)
    book = desk.book(title="Stands there", shelf=shelf)
    stands = last(desk)
    (one,) = refused(desk, desk.keeper, made).obstacles
    assert (one.table, one.record) == (BOOK.name, book)
    assert "Stands there" in str(one.message)
    undo.undo(desk.db, desk.keeper, stands)
    undo.undo(desk.db, desk.keeper, made)
    assert not live(desk)


def test_a_number_taken_since(desk: Desk) -> None:
    first = write.create(desk.db, desk.keeper, SHELF, {"mark": "X-01", "name": "First"})
    write.delete(desk.db, desk.keeper, SHELF, first, 1)
    gone = last(desk)
    write.create(desk.db, desk.keeper, SHELF, {"mark": "X-01", "name": "Second"}, confirm=True)
    assert "Second has the same Mark" in str(refused(desk, desk.keeper, gone))


def test_what_it_refers_to_is_in_the_trash(desk: Desk) -> None:
    shelf, book = desk.shelf(name="Old shelf"), desk.book()
    write.update(desk.db, desk.keeper, BOOK, book, {"shelf": shelf}, 1, confirm=True)
    write.update(desk.db, desk.keeper, BOOK, book, {"shelf": None}, 2, confirm=True)
    wrong = last(desk)
    write.delete(desk.db, desk.keeper, SHELF, shelf, 1)
    assert "Shelf" in str(refused(desk, desk.keeper, wrong))


def test_a_record_that_is_in_the_trash_by_now(desk: Desk) -> None:
    book = desk.book(pages=1)
    write.update(desk.db, desk.keeper, BOOK, book, {"pages": 2}, 1, confirm=True)
    wrong = last(desk)
    write.delete(desk.db, desk.keeper, BOOK, book, 2)
    (one,) = refused(desk, desk.keeper, wrong).obstacles
    assert one.change_set == last(desk)


def test_files_added_since(desk: Desk) -> None:
    book = desk.book()
    made = last(desk)
    with history.change_set(desk.db, desk.clerk, "attach", BOOK.name) as changes:
        changes.change(values.Record(1, BOOK.name, book), "attach", 1, {}, {"file": "a.pdf", "attachment": 1})
    assert "added files" in str(refused(desk, desk.keeper, made))


def test_a_rule_forbids(desk: Desk, own_rules: None) -> None:
    book = desk.book(pages=1)
    write.update(desk.db, desk.keeper, BOOK, book, {"pages": 2}, 1, confirm=True)

    @rules.rule(BOOK.name)
    def never_fewer(change: rules.Change) -> None:
        if change.verb == "edit" and change.new["pages"] < change.old["pages"]:
            change.error("pages", msg("Pages only grow."))

    assert "Pages only grow." in str(refused(desk, desk.keeper, last(desk)))


def test_the_last_child_row_that_is_needed(desk: Desk) -> None:
    book = desk.book()
    copy = next(id_ for name, id_ in live(desk) if name == COPY.name)
    write.update(desk.db, desk.keeper, BOOK, book, {}, 1, {COPY.name: [{"label": "2"}]}, confirm=True)
    second = last(desk)
    write.update(desk.db, desk.keeper, BOOK, book, {}, 1, {COPY.name: [{"id": copy, "version": 1, "_delete": True}]}, confirm=True)
    assert "At least 1" in str(refused(desk, desk.keeper, second))


def test_a_check_over_what_others_changed(desk: Desk) -> None:
    who, hour = desk.keeper, timedelta(hours=1)
    reader = write.create(desk.db, desk.director, READER, {"card": "C3", "name": "R"}, confirm=True)
    start = datetime(2099, 1, 1, 8, tzinfo=UTC)
    loan = write.create(desk.db, desk.product, LOAN, {"book": desk.book(), "reader": reader, "starts_at": start, "ends_at": start + hour},
                        confirm=True)  # fmt: skip
    write.update(desk.db, who, LOAN, loan, {"ends_at": start + 4 * hour}, 1, confirm=True)
    wrong = last(desk)
    write.update(desk.db, who, LOAN, loan, {"starts_at": start + 2 * hour}, 2, confirm=True)
    assert "The end is before the start." in str(refused(desk, who, wrong))


def test_undone_already(desk: Desk) -> None:
    desk.shelf()
    made = last(desk)
    first = undo.undo(desk.db, desk.keeper, made)
    (one,) = refused(desk, desk.keeper, made).obstacles
    assert one.change_set == first
    redone = undo.undo(desk.db, desk.keeper, first)
    assert (changesets.undone_by(desk.db, made), changesets.find(desk.db, desk.keeper, redone).undoes) == (None, first)
    undo.undo(desk.db, desk.keeper, made)


def test_what_is_never_taken_back(desk: Desk) -> None:
    who = replace(desk.keeper, roles=frozenset({"facility", "director"}))
    write.create(desk.db, who, STAMP, {"shelf": desk.shelf(), "amount": "1", "sequence": 1}, confirm=True)
    assert "only ever added to" in str(refused(desk, who, last(desk)))
    reader = write.create(desk.db, desk.director, READER, {"card": "C4", "name": "R"}, confirm=True)
    start = datetime(2099, 1, 1, 8, tzinfo=UTC)
    write.create(desk.db, desk.product, LOAN, {"book": desk.book(), "reader": reader, "starts_at": start, "ends_at": start + timedelta(1)},
                 confirm=True)  # fmt: skip
    assert "is never deleted" in str(refused(desk, who, last(desk)))


def test_an_import_into_a_table_that_is_never_deleted_from(desk: Desk) -> None:
    reader = write.create(desk.db, desk.director, READER, {"card": "C5", "name": "R"}, confirm=True)
    books, start = [desk.book() for _ in range(2)], datetime(2099, 1, 1, 8, tzinfo=UTC)

    def load() -> None:
        with history.change_set(desk.db, desk.keeper, "import", LOAN.name):
            for book in books:
                times = {"starts_at": start, "ends_at": start + timedelta(1)}
                write.create(desk.db, replace(desk.keeper, trusted=True), LOAN, {"book": book, "reader": reader, **times}, confirm=True)

    there_and_back(desk, desk.keeper, load)


def test_a_decision_of_a_second_person_stays(desk: Desk) -> None:
    book = desk.book(desk.clerk, shelf=desk.shelf())
    flow.move(desk.db, desk.keeper, BOOK, book, "withdraw", note="torn", version=1)
    assert "decided by a second person" in str(refused(desk, desk.keeper, last(desk)))


# Who may


def test_who_may_look_and_who_may_undo(desk: Desk) -> None:
    book = desk.book(desk.clerk, pages=1)
    made = last(desk)
    write.update(desk.db, desk.clerk, BOOK, book, {"pages": 2}, 1, confirm=True)
    changed = last(desk)
    for who in (desk.keeper, desk.stranger):  # neither their own, nor do they oversee the centre
        with pytest.raises(Missing):
            undo.undo(desk.db, who, changed)
    for who in (desk.auditor, desk.director):  # they look, but have no right to change books
        assert "no right" in str(refused(desk, who, changed))
    assert "no right" in str(refused(desk, replace(desk.clerk, roles=frozenset()), changed))
    undo.undo(desk.db, replace(desk.director, roles=frozenset({"director", "facility"})), changed)
    assert made != changed


def test_a_field_that_is_not_theirs(desk: Desk) -> None:
    book = desk.book(price="10")
    write.update(desk.db, desk.keeper, BOOK, book, {"discount": "5"}, 1, confirm=True)
    clerk = replace(desk.clerk, account=desk.keeper.account)
    assert "Discount" in str(refused(desk, clerk, last(desk)))


def test_a_move_needs_the_role_of_the_move(desk: Desk) -> None:
    book = desk.book(shelf=desk.shelf())
    flow.move(desk.db, desk.keeper, BOOK, book, "shelve", version=1)
    somebody = replace(desk.keeper, roles=frozenset({"auditor"}))
    assert "Put on the shelf" in str(refused(desk, somebody, last(desk)))


# Any sequence of writes

MARKS = ("A-01", "A-02", "A-03")
GIVEN = st.fixed_dictionaries({}, optional={
    "title": st.sampled_from(("西游记", "红楼梦", "Emma")), "pages": st.integers(1, 5), "missing": st.booleans(),
    "price": st.sampled_from((None, Decimal("1.50"), Decimal("2.00"))), "marks": st.sampled_from(([], ["rare"], ["audio", "rare"])),
})  # fmt: skip
PLACE = st.integers(0, 50)


class Back(RuleBasedStateMachine):
    """Somebody works at random; what stood before each change set is remembered, and at the end all is taken back step by step."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.desk: Desk = self.stack.enter_context(at_work.undone())
        keeper = self.desk.keeper
        self.who = replace(keeper, roles=frozenset({"facility", "director", "clerk"}))
        self.past: list[tuple[int, State, State]] = []
        """Change set, what people saw before it and after it."""

    def teardown(self) -> None:
        try:
            self.take_back()
        finally:
            self.stack.close()

    def take_back(self) -> None:
        for made, before, after in reversed(self.past):
            assert live(self.desk) == after
            undone = undo.undo(self.desk.db, self.who, made)
            assert live(self.desk) == before
            again = undo.undo(self.desk.db, self.who, undone)
            assert live(self.desk) == after
            undo.undo(self.desk.db, self.who, again)
            assert live(self.desk) == before
        written = entries(self.desk)
        search.rebuild(self.desk.db)
        assert written == entries(self.desk)

    def did(self, act: Callable[[], Any]) -> None:
        before, newest = live(self.desk), last(self.desk) if self.past else 0
        try:
            act()
        except (Invalid, Blocked, Missing, Forbidden):
            assert live(self.desk) == before
            return
        after = live(self.desk)
        if after != before:
            assert last(self.desk) != newest
            self.past.append((last(self.desk), before, after))

    def some(self, table: Table, place: int) -> int:
        ids = sorted(id_ for name, id_ in live(self.desk) if name == table.name)
        return ids[place % len(ids)] if ids else 0

    def trashed(self, table: Table, place: int) -> int:
        ids = list(self.desk.db.execute(select(table.sql.c.id).where(table.sql.c.deleted_at.is_not(None)).order_by("id")).scalars())
        return ids[place % len(ids)] if ids else 0

    def version(self, table: Table, id: int) -> int:
        return int(self.desk.row(table, id)["version"]) if id else 0

    @initialize()
    def begin(self) -> None:
        self.did(lambda: self.desk.shelf(self.who))
        self.did(lambda: self.desk.book(self.who))

    @rule(mark=st.sampled_from(MARKS), place=PLACE)
    def make_shelf(self, mark: str, place: int) -> None:
        given = {"mark": mark, "name": mark, "above": self.some(SHELF, place) or None}
        self.did(lambda: write.create(self.desk.db, self.who, SHELF, given, confirm=True))

    @rule(given=GIVEN, place=PLACE)
    def make_book(self, given: dict[str, Any], place: int) -> None:
        given = {"title": "New", "shelf": self.some(SHELF, place) or None, **given}
        self.did(lambda: write.create(self.desk.db, self.who, BOOK, given, ONE_COPY, confirm=True))

    @rule(given=GIVEN, place=PLACE, rows=st.booleans())
    def save_book(self, given: dict[str, Any], place: int, rows: bool) -> None:
        book = self.some(BOOK, place)
        children = {COPY.name: [{"label": f"L{place}"}]} if rows else None
        version = self.version(BOOK, book)
        self.did(lambda: write.update(self.desk.db, self.who, BOOK, book, given, version, children, confirm=True))

    @rule(place=PLACE, name=st.sampled_from(("shelve", "lend")))
    def move_book(self, place: int, name: str) -> None:
        book = self.some(BOOK, place)
        given = {"due_at": "2099-01-01 10:00"} if name == "lend" else {}
        version = self.version(BOOK, book)
        self.did(lambda: flow.move(self.desk.db, self.who, BOOK, book, name, given, version=version, confirm=True))

    @rule(books=st.booleans(), place=PLACE)
    def drop(self, books: bool, place: int) -> None:
        table = BOOK if books else SHELF
        id_ = self.some(table, place)
        version = self.version(table, id_)
        self.did(lambda: write.delete(self.desk.db, self.who, table, id_, version))

    @rule(books=st.booleans(), place=PLACE)
    def lift(self, books: bool, place: int) -> None:
        table = BOOK if books else SHELF
        id_ = self.trashed(table, place)
        self.did(lambda: write.restore(self.desk.db, self.who, table, id_))

    @rule(given=GIVEN)
    def change_all(self, given: dict[str, Any]) -> None:
        ids = sorted(id_ for name, id_ in live(self.desk) if name == BOOK.name)
        self.did(lambda: bulk.bulk(self.desk.db, self.who, BOOK, ids, bulk.Edit(given), dry_run=False))

    @precondition(lambda self: self.past)
    @rule(place=PLACE)
    def undo_any(self, place: int) -> None:
        """Not the newest one: it goes, or is refused without a trace; either way all of the rest can still be taken back."""
        made = self.past[place % len(self.past)][0]
        self.did(lambda: undo.undo(self.desk.db, self.who, made))


@pytest.mark.usefixtures("shared_library")
def test_any_sequence_of_writes_can_be_taken_back(shared_library: Database) -> None:
    few = settings(max_examples=8, stateful_step_count=12, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    run_state_machine_as_test(Back, settings=few)
