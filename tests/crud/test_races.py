"""Two people at the same moment, on both databases: nothing is overwritten, nothing is twice, no raw error comes out."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from services.crud import flow, history, write
from services.crud.errors import Blocked, Invalid, Missing, Stale
from services.platform import db
from services.platform.db import DatabaseUnavailable
from services.platform.i18n import set_language
from tests.conftest import Database
from tests.crud.desk import BOOK, COPY, LOAN, READER, SHELF, Desk

EXPECTED = (Invalid, Missing, Stale, Blocked, DatabaseUnavailable)


@pytest.fixture
def desk(library: Database) -> Desk:
    """Records that are really there: each thread has its own transaction."""
    with db.writing() as session:
        return Desk(session)


def at_once(*works: Callable[[Any], Any]) -> list[Any]:
    """What each of these gives (or the error it ends with), each in a thread and a transaction of its own, begun together."""
    ready = threading.Barrier(len(works))
    found: list[Any] = [None] * len(works)

    def run(place: int) -> None:
        set_language("en")
        ready.wait()
        try:
            with db.writing() as session:
                found[place] = works[place](session)
        except EXPECTED as error:
            found[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert all(one is not None for one in found)
    return found


def made(desk: Desk, work: Callable[[Desk], Any]) -> Any:
    with db.writing() as session:
        desk.db = session
        return work(desk)


def kinds(found: list[Any]) -> Counter[str]:
    return Counter(type(one).__name__ for one in found)


def test_the_same_number_is_given_once(desk: Desk) -> None:
    def make(session: Any) -> int:
        return write.create(session, desk.keeper, SHELF, {"mark": "A-01", "name": "x"}, confirm=True)

    found = at_once(*[make] * 6)
    assert kinds(found) == {"int": 1, "Invalid": 5}
    assert {name for one in found if isinstance(one, Invalid) for name in one.errors} == {"mark"}
    assert all("has the same Mark" in str(one) for one in found if isinstance(one, Invalid))


def test_numbers_of_the_system_are_given_without_gaps(desk: Desk) -> None:
    def make(session: Any) -> int:
        return write.create(session, desk.keeper, BOOK, {"title": "x"}, {"sample_copy": [{"label": "1"}]}, confirm=True)

    ids = at_once(*[make] * 8)
    numbers = made(desk, lambda d: sorted(d.row(BOOK, one)["number"][-4:] for one in ids))
    assert numbers == [f"{n:04}" for n in range(1, 9)]


def test_the_same_field_is_saved_once_and_different_fields_both(desk: Desk) -> None:
    book = made(desk, lambda d: d.book(title="Old"))
    found = at_once(*(saving(desk, BOOK, book, {"title": f"Mine {n}"}) for n in range(5)))
    assert kinds(found) == {"int": 1, "Stale": 4}
    names = ("pages", "price", "weight", "edition", "discount")
    assert sorted(at_once(*(saving(desk, BOOK, book, {name: 7}, 2) for name in names))) == [3, 4, 5, 6, 7]
    now = row(desk, BOOK, book)
    assert [int(now[name]) for name in names] == [7] * 5
    assert now["title"].startswith("Mine")
    assert made(desk, lambda d: d.history(BOOK, book)) == [("create", 1), *(("edit", n) for n in range(2, 8))]


def test_a_move_is_made_once(desk: Desk) -> None:
    book = made(desk, lambda d: d.book(d.clerk))
    found = at_once(*[lambda session: flow.move(session, desk.keeper, BOOK, book, "withdraw", note="x", version=1)] * 4)
    assert kinds(found) == {"int": 1, "Stale": 3}
    assert len(made(desk, lambda d: flow.events(d.db, d.keeper, BOOK, book))) == 1


def saving(desk: Desk, table: Any, id: int, given: dict[str, Any], version: int = 1) -> Callable[[Any], int]:
    return lambda session: write.update(session, desk.keeper, table, id, given, version)


def deleting(desk: Desk, table: Any, id: int) -> Callable[[Any], str]:
    def work(session: Any) -> str:
        write.delete(session, desk.keeper, table, id, 1)
        return "gone"

    return work


def row(desk: Desk, table: Any, id: int) -> dict[str, Any]:
    with db.writing() as session:
        desk.db = session
        return desk.row(table, id)


@pytest.mark.parametrize("turn", range(4))
def test_nothing_refers_to_what_goes_into_the_trash(desk: Desk, turn: int) -> None:
    shelf, book = made(desk, lambda d: (d.shelf(), d.book()))
    works = [deleting(desk, SHELF, shelf), saving(desk, BOOK, book, {"shelf": shelf})]
    at_once(*(works if turn % 2 else reversed(works)))
    assert (row(desk, SHELF, shelf)["deleted_at"] is not None) != (row(desk, BOOK, book)["shelf"] == shelf)


@pytest.mark.parametrize("turn", range(3))
def test_two_people_do_not_close_a_loop_together(desk: Desk, turn: int) -> None:
    one, two = made(desk, lambda d: (d.shelf(), d.shelf()))
    at_once(saving(desk, SHELF, one, {"above": two}), saving(desk, SHELF, two, {"above": one}))
    above = [row(desk, SHELF, one)["above"], row(desk, SHELF, two)["above"]]
    assert above in ([two, None], [None, one]), "one of them comes through"


@pytest.mark.parametrize("turn", range(3))
def test_the_last_two_copies_are_not_both_deleted(desk: Desk, turn: int) -> None:
    rows = {"sample_copy": [{"label": "1"}, {"label": "2"}]}
    book = made(desk, lambda d: write.create(d.db, d.keeper, BOOK, {"title": "x"}, rows))
    ids = made(desk, lambda d: list(d.db.execute(select(COPY.sql.c.id).where(COPY.sql.c.book == book)).scalars()))
    assert kinds(at_once(*(deleting(desk, COPY, one) for one in ids))) == {"str": 1, "Invalid": 1}


@pytest.mark.parametrize("turn", range(3))
def test_the_same_book_is_lent_once_at_a_time(desk: Desk, turn: int) -> None:
    """Each of them looked and found it free."""
    book, reader = made(desk, lambda d: (d.book(), write.create(d.db, d.product, READER, {"card": "R1", "name": "x"}, confirm=True)))
    at = datetime(2027, 3, 1, 9, tzinfo=UTC)

    def lend(minutes: int) -> Callable[[Any], int]:
        given = {"book": book, "reader": reader, "starts_at": at + timedelta(minutes=minutes), "ends_at": at + timedelta(hours=2)}
        return lambda session: write.create(session, desk.product, LOAN, given, confirm=True)

    found = at_once(*(lend(10 * n) for n in range(5)))
    assert kinds(found) == {"int": 1, "Invalid": 4}
    assert {name for one in found if isinstance(one, Invalid) for name in one.errors} == {"book"}
    assert all("Taken from" in str(one) for one in found if isinstance(one, Invalid))
    overlapping = made(desk, lambda d: d.db.execute(select(LOAN.sql.c.id).where(LOAN.sql.c.book == book)).all())
    assert len(overlapping) == 1


def lending(given: dict[str, Any]) -> Callable[[Desk], int]:
    return lambda desk: write.create(desk.db, desk.product, LOAN, given, confirm=True)


def test_two_entries_are_not_moved_into_one_gap(desk: Desk) -> None:
    book, reader = made(desk, lambda d: (d.book(), write.create(d.db, d.product, READER, {"card": "R1", "name": "x"}, confirm=True)))
    at = datetime(2027, 3, 1, 9, tzinfo=UTC)
    times = [{"starts_at": at + timedelta(hours=2 * n), "ends_at": at + timedelta(hours=2 * n + 1)} for n in range(5)]
    loans = [made(desk, lending({"book": book, "reader": reader, **one})) for one in times]
    gap = {"starts_at": at - timedelta(hours=3), "ends_at": at - timedelta(hours=2)}

    def moving(id: int) -> Callable[[Any], int]:
        return lambda session: write.update(session, desk.product, LOAN, id, gap, 1, confirm=True)

    assert kinds(at_once(*map(moving, loans))) == {"int": 1, "Invalid": 4}
    assert sum(row(desk, LOAN, one)["starts_at"] == gap["starts_at"] for one in loans) == 1


def test_the_history_can_t_be_altered(desk: Desk) -> None:
    made(desk, lambda d: flow.move(d.db, d.keeper, BOOK, d.book(d.clerk), "withdraw", note="x", version=1))
    for table in history.APPEND_ONLY:
        for statement in (f"update {table} set centre_id = 2", f"delete from {table}"):
            with pytest.raises(DatabaseError, match="append only"), db.writing() as session:
                session.execute(text(statement))
