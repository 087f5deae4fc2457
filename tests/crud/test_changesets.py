"""The history of a centre: who may look through it, filters from the address, pages, and what each change set did, in words."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from services.crud import bulk, changesets, undo, write
from services.crud.changesets import Sought
from services.crud.errors import Missing
from tests.conftest import Database
from tests.crud import desk as at_work
from tests.crud.desk import BOOK, READER, SHELF, Desk


@pytest.fixture
def desk(shared_library: Database) -> Iterator[Desk]:
    with at_work.undone() as made:
        yield made


def told(desk: Desk, reader: object, **sought: str) -> list[str]:
    page = changesets.page(desk.db, reader, Sought.from_params({name.rstrip("_"): [text] for name, text in sought.items()}))  # type: ignore[arg-type]
    return [f"{one.action} {one.table} {one.title}".strip() for one in page.lines]


def test_everybody_sees_their_own_and_overseers_see_all(desk: Desk) -> None:
    desk.shelf(name="One")
    desk.book(desk.clerk, title="Two")
    assert told(desk, desk.keeper) == ["Created Shelves One"]
    assert told(desk, desk.clerk) == ["Created Books"]  # a book and its copy
    assert told(desk, desk.director) == ["Created Books", "Created Shelves One"]
    assert told(desk, desk.auditor) == told(desk, desk.director)
    assert told(desk, desk.stranger) == []


def test_filters(desk: Desk) -> None:
    shelf = desk.shelf(name="One")
    write.update(desk.db, desk.keeper, SHELF, shelf, {"name": "Other"}, 1, reason="misspelt")
    desk.book(desk.clerk)
    who = desk.director
    assert told(desk, who, table="sample_shelf") == ["Changed Shelves Other", "Created Shelves Other"]
    assert told(desk, who, table="sample_shelf", record=str(shelf), action="edit") == ["Changed Shelves Other"]
    assert told(desk, who, q="SPELT") == ["Changed Shelves Other"]
    assert told(desk, who, who=str(desk.clerk.account)) == ["Created Books"]
    assert told(desk, who, source="import") == []
    assert told(desk, who, from_="2999-01-01") == []
    assert told(desk, who, to="2999-01-01") != []
    assert told(desk, who, q="%") == []
    # What can't be understood is left out.
    assert told(desk, who, who="x", table="nothing", from_="yesterday", record="-1") == told(desk, who)


@pytest.mark.parametrize("after", ["", "x", "1.x", "nan.1", "9" * 400 + ".1", "-1e300.5", "1.9999999999999999999"])
def test_pages_follow_each_other_and_broken_keys_do_no_harm(desk: Desk, after: str) -> None:
    for _n in range(5):
        desk.shelf()
    changesets.page(desk.db, desk.keeper, Sought(), after)
    seen, key = [], ""
    while True:
        page = changesets.page(desk.db, desk.keeper, Sought(), key, 2)
        seen += [one.told.id for one in page.lines]
        key = page.next
        if not key:
            break
    assert len(seen) == 5
    assert seen == sorted(set(seen), reverse=True)


def test_a_page_asks_little(desk: Desk) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    def statements() -> int:
        asked.clear()
        changesets.page(desk.db, desk.keeper, Sought())
        return len(asked)

    for _n in range(2):
        desk.shelf()
    event.listen(Engine, "before_cursor_execute", note)
    try:
        few = statements()
        for _n in range(10):
            desk.shelf()
        assert statements() == few <= 6
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_what_a_change_set_did(desk: Desk) -> None:
    books = [desk.book(title=f"Book {n}", pages=n) for n in range(1, 6)]
    bulk.bulk(desk.db, desk.keeper, BOOK, books, bulk.Edit({"pages": 50}, "recounted"), dry_run=False)
    found = changesets.newest(desk.db, desk.keeper)
    assert found is not None
    one = changesets.find(desk.db, desk.keeper, found)
    assert (one.action, one.reason) == ("bulk", "recounted")
    page = changesets.differences(desk.db, desk.keeper, one, size=3)
    assert [(each.title, each.changes[0].old_text, each.changes[0].new_text) for each in page.several] == [
        ("Book 1", "1", "50"), ("Book 2", "2", "50"), ("Book 3", "3", "50"),
    ]  # fmt: skip
    rest = changesets.differences(desk.db, desk.keeper, one, page.next or 0, size=3)
    assert [each.title for each in rest.several] == ["Book 4", "Book 5"]
    assert rest.next is None
    (line,) = [each for each in changesets.page(desk.db, desk.keeper, Sought()).lines if each.told.id == found]
    assert (line.count.value, line.undone) == (5, False)
    undo.undo(desk.db, desk.keeper, found)
    assert [each.undone for each in changesets.page(desk.db, desk.keeper, Sought()).lines][:2] == [False, True]


def test_records_that_they_may_not_read_are_named_as_such(desk: Desk) -> None:
    write.create(desk.db, desk.director, READER, {"card": "1", "name": "王芳", "mobile": "13812345678"}, confirm=True)
    made = changesets.newest(desk.db, desk.director)
    assert made is not None
    (seen,) = changesets.differences(desk.db, desk.director, changesets.find(desk.db, desk.director, made)).several
    assert ("Mobile", "13812345678") in [(one.title, one.new_text) for one in seen.changes]
    (masked,) = changesets.differences(desk.db, desk.auditor, changesets.find(desk.db, desk.auditor, made)).several
    assert ("Mobile", "138****5678") in [(one.title, one.new_text) for one in masked.changes]
    from dataclasses import replace

    admin = replace(desk.keeper, roles=frozenset({"admin"}))
    (closed,) = changesets.differences(desk.db, admin, changesets.find(desk.db, admin, made)).several
    assert (closed.title, closed.changes) == ("", [])
    with pytest.raises(Missing):
        changesets.find(desk.db, desk.clerk, made)
