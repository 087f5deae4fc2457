"""Deleting and restoring: what goes along, what stands against it, what is in the way of coming back. On both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from models.fields import now
from services.crud import flow, write
from services.crud.access import Forbidden
from services.crud.errors import Blocked, Invalid, Missing, Stale
from tests.conftest import Database
from tests.crud import desk as at_work
from tests.crud.desk import BOOK, COPY, LOAN, READER, SHELF, Desk


@pytest.fixture
def desk(shared_library: Database) -> Iterator[Desk]:
    with at_work.undone() as made:
        yield made


def copies(desk: Desk, book: int) -> list[int]:
    own = COPY.sql.c
    return list(desk.db.execute(select(own.id).where(own.book == book, own.deleted_at.is_(None)).order_by(own.id)).scalars())


def found(desk: Desk, table: str) -> list[int]:
    where = text("select record_id from search_entry where table_name = :t and live order by record_id")
    return list(desk.db.execute(where, {"t": table}).scalars())


def test_children_go_along_and_come_back(desk: Desk) -> None:
    book = desk.book()
    other = desk.book(title="Stays")
    write.create(desk.db, desk.keeper, COPY, {"book": book, "label": "2"})
    (early, late) = copies(desk, book)
    write.delete(desk.db, desk.keeper, COPY, early, 1)
    preview = write.delete_preview(desk.db, desk.keeper, BOOK, [book])
    assert [(one.table.name, one.count) for one in preview.goes_along] == [("sample_copy", 1)]
    assert preview.blocked == []
    write.delete(desk.db, desk.keeper, BOOK, book, 1, reason="worn out")
    assert copies(desk, book) == []
    assert found(desk, "sample_book") == [other]
    row = desk.row(BOOK, book)
    assert (row["deleted_by"], row["version"], row["state"]) == (desk.keeper.account, 2, "draft")
    for what in (
        lambda: write.update(desk.db, desk.keeper, BOOK, book, {"title": "x"}, 2),
        lambda: write.delete(desk.db, desk.keeper, BOOK, book, 2),
        lambda: flow.move(desk.db, desk.keeper, BOOK, book, "withdraw", note="x", version=2),
    ):
        with pytest.raises(Missing):
            what()
    write.restore(desk.db, desk.keeper, BOOK, book)
    assert copies(desk, book) == [late], "a copy that was deleted before stays in the trash"
    assert found(desk, "sample_book") == [book, other]
    assert desk.history(BOOK, book) == [("create", 1), ("delete", 2), ("restore", 3)]
    with pytest.raises(Missing):
        write.restore(desk.db, desk.keeper, BOOK, book)


def test_what_others_refer_to_is_not_deleted(desk: Desk) -> None:
    shelf, below = desk.shelf(name="甲架"), desk.shelf()
    write.update(desk.db, desk.keeper, SHELF, below, {"above": shelf}, 1)
    for title in ("One", "Two", "Three"):
        desk.book(title=title, shelf=shelf)
    desk.book(title="Four", also_on=[shelf])
    with pytest.raises(Blocked) as caught:
        write.delete(desk.db, desk.keeper, SHELF, shelf, 1)
    by = {(one.table.name, one.field.name): (one.count, one.titles) for one in caught.value.by}
    assert by["sample_book", "shelf"] == (3, ["One", "Two", "Three"])
    assert by["sample_book", "also_on"] == (1, ["Four"])
    assert by["sample_shelf", "above"][0] == 1
    assert "3 × Books refer to it (One, Two, Three). Change or delete those first." in str(caught.value)
    admin = replace(desk.keeper, roles=frozenset({"admin"}))
    shown = {one.table.name: one.titles for one in write.delete_preview(desk.db, admin, SHELF, [shelf]).blocked}
    assert shown["sample_book"] == [], "titles only of what the actor may read"
    assert desk.row(SHELF, shelf)["deleted_at"] is None


def test_a_reference_that_may_be_empty_is_emptied(desk: Desk) -> None:
    shelf = desk.shelf()
    mentor = write.create(desk.db, desk.director, READER, {"card": "1", "name": "甲", "team": shelf})
    pupil = write.create(desk.db, desk.director, READER, {"card": "2", "name": "乙", "keeper": mentor})
    both = replace(desk.director, roles=frozenset({"director", "facility"}))
    book = write.create(desk.db, both, BOOK, {"title": "x", "shelf": shelf, "keeper": mentor}, at_work.ONE_COPY)
    write.delete(desk.db, desk.director, READER, mentor, 1)
    assert desk.row(READER, pupil)["keeper"] is None
    assert desk.row(BOOK, book)["keeper"] is None
    assert desk.history(BOOK, book) == [("create", 1), ("edit", 2)]


def test_a_child_that_is_never_deleted_stands_against_it(desk: Desk) -> None:
    book = desk.book()
    reader = write.create(desk.db, desk.director, READER, {"card": "1", "name": "甲"})
    both = replace(desk.keeper, roles=frozenset({"facility", "director"}))
    loan = write.create(desk.db, both, LOAN, {"book": book, "reader": reader, "starts_at": now(), "ends_at": now() + timedelta(days=9)})
    with pytest.raises(Blocked):
        write.delete(desk.db, desk.keeper, BOOK, book, 1)
    for who in (desk.keeper, desk.product):
        with pytest.raises(Forbidden):
            write.delete(desk.db, who, LOAN, loan, 1)


def test_a_child_that_the_actor_may_not_delete_stands_against_it(desk: Desk) -> None:
    book = desk.book()
    limited = replace(desk.keeper, roles=frozenset({"facility"}))
    object.__setattr__(COPY, "rights", {"facility": {"read": "centre"}, "clerk": COPY.rights["clerk"]})
    try:
        with pytest.raises(Blocked):
            write.delete(desk.db, limited, BOOK, book, 1)
    finally:
        COPY.__dict__.pop("rights")


def test_somebody_changed_it_meanwhile(desk: Desk) -> None:
    book = desk.book(title="Old")
    write.update(desk.db, desk.clerk, BOOK, book, {"title": "New"}, 1)
    with pytest.raises(Stale) as caught:
        write.delete(desk.db, desk.keeper, BOOK, book, 1)
    assert [(one.field, one.base, one.theirs) for one in caught.value.conflicts] == [("title", "Old", "New")]


def test_what_it_refers_to_is_in_the_trash(desk: Desk) -> None:
    shelf = desk.shelf()
    book = desk.book(shelf=shelf)
    write.delete(desk.db, desk.keeper, BOOK, book, 1)
    write.delete(desk.db, desk.keeper, SHELF, shelf, 1)
    with pytest.raises(Invalid) as caught:
        write.restore(desk.db, desk.keeper, BOOK, book)
    assert set(caught.value.errors) == {"shelf"}
    write.restore(desk.db, desk.keeper, SHELF, shelf)
    write.restore(desk.db, desk.keeper, BOOK, book)


def test_a_child_whose_place_was_taken_keeps_its_parent_out(desk: Desk) -> None:
    one, two = desk.shelf(), desk.shelf()
    mark = desk.row(SHELF, one)["mark"]
    write.delete(desk.db, desk.keeper, SHELF, one, 1)
    write.update(desk.db, desk.keeper, SHELF, two, {"mark": mark}, 1)
    with pytest.raises(Invalid, match="has the same Mark"):
        write.restore(desk.db, desk.keeper, SHELF, one)


def test_the_last_row_that_a_record_needs_is_kept(desk: Desk) -> None:
    book = desk.book()
    (only,) = copies(desk, book)
    with pytest.raises(Invalid, match="At least 1 × Copies"):
        write.delete(desk.db, desk.keeper, COPY, only, 1)
    rows = {"sample_copy": [{"id": only, "version": 1, "_delete": True}, {"label": "1"}]}
    write.update(desk.db, desk.keeper, BOOK, book, {}, 1, rows)  # type: ignore[arg-type]
    assert len(copies(desk, book)) == 1
    assert copies(desk, book) != [only]


def test_restoring_needs_its_own_right(desk: Desk) -> None:
    book = desk.book()
    write.delete(desk.db, desk.keeper, BOOK, book, 1)
    with pytest.raises(Forbidden):
        write.restore(desk.db, desk.clerk, BOOK, book)
    with pytest.raises(Missing):
        write.restore(desk.db, desk.stranger, BOOK, book)


def test_a_number_taken_since_is_said_with_what_to_do(desk: Desk) -> None:
    first = write.create(desk.db, desk.keeper, SHELF, {"mark": "Q-01", "name": "First"})
    write.delete(desk.db, desk.keeper, SHELF, first, 1)
    second = write.create(desk.db, desk.keeper, SHELF, {"mark": "Q-01", "name": "Second"}, confirm=True)
    with pytest.raises(Invalid) as taken:
        write.restore(desk.db, desk.keeper, SHELF, first)
    assert str(taken.value) == "mark: Second has the same Mark by now. Change it there first, then restore this one."
    write.update(desk.db, desk.keeper, SHELF, second, {"mark": "Q-02"}, 1, confirm=True)
    write.restore(desk.db, desk.keeper, SHELF, first)


def test_what_it_belongs_to_is_named_when_that_is_in_the_trash(desk: Desk) -> None:
    shelf = desk.shelf(name="Gone shelf")
    book = desk.book(shelf=shelf)
    write.delete(desk.db, desk.keeper, BOOK, book, 1)
    write.delete(desk.db, desk.keeper, SHELF, shelf, 1)
    with pytest.raises(Invalid) as gone:
        write.restore(desk.db, desk.keeper, BOOK, book)
    assert "“Gone shelf”, which it belongs to, is in the trash. Restore that first." in str(gone.value)
    write.restore(desk.db, desk.keeper, SHELF, shelf)
    write.restore(desk.db, desk.keeper, BOOK, book)
