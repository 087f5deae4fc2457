"""Undo of many changes as long work: a chunk at a time, and in the end all of it or nothing, whatever happens between."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from services import jobs, worker
from services.crud import changesets, history, undo, write
from services.crud.undo import Refused
from services.jobs import Job
from services.platform import db
from services.platform.db import reading, writing
from services.platform.settings import override
from tests.conftest import Database
from tests.crud import crashes
from tests.crud.desk import BOOK, COPY, Desk

SETS, CHANGE = (SQLModel.metadata.tables[name] for name in ("change_set", "change"))


@pytest.fixture(autouse=True)
def _small() -> Iterator[None]:
    with override(job_chunk=7, undo_at_once=10, job_attempts=50):
        yield


@pytest.fixture
def desk(library: Database) -> Desk:
    with writing() as session:
        return Desk(session)


def imported(desk: Desk, count: int = 20) -> tuple[int, list[int]]:
    """An import: its change set and the books, a copy with each."""
    with writing() as session, history.change_set(session, desk.keeper, "import", BOOK.name) as made:
        desk.db = session
        ids = [desk.book(title=f"Book {n}", pages=n + 1) for n in range(count)]
        return made.id, ids


def begin(desk: Desk, change_set: int) -> int:
    with writing() as session:
        begun = undo.begin(session, desk.keeper, change_set, reason="wrong file")
    assert begun.job is not None
    return begun.job


def seen(desk: Desk, id: int) -> Job:
    with reading() as session:
        return jobs.get(session, desk.keeper, id)


def live(*tables: Any) -> list[int]:
    with reading() as session:
        return [len(session.execute(select(of.sql.c.id).where(of.sql.c.deleted_at.is_(None))).all()) for of in tables or (BOOK, COPY)]


def test_all_of_it_in_one_change_set(desk: Desk) -> None:
    made, _ids = imported(desk)
    with writing() as session:
        told = undo.preview(session, desk.keeper, made)
    assert (told.large, told.possible, [(one.table, one.count) for one in told.effects]) == (
        True, True, [("sample_book", 20), ("sample_copy", 20)],
    )  # fmt: skip
    id_ = begin(desk, made)
    worker.work_off()
    ended = seen(desk, id_)
    assert (ended.state, ended.done, ended.total) == ("done", 40, 40)
    assert live() == [0, 0]
    assert ended.change_set_id is not None
    with reading() as session:
        undone = changesets.find(session, desk.keeper, ended.change_set_id)
        assert (undone.action, undone.undoes, undone.reason) == ("undo", made, "wrong file")
        assert changesets.undone_by(session, made) == undone
    again = begin(desk, ended.change_set_id)
    worker.work_off()
    assert seen(desk, again).state == "done"
    assert live() == [20, 20]


def test_what_depends_on_it_is_told_beforehand(desk: Desk) -> None:
    made, ids = imported(desk)
    with writing() as session:
        write.update(session, desk.clerk, BOOK, ids[3], {"pages": 99}, 1, confirm=True)
        told = undo.preview(session, desk.keeper, made)
    assert [(one.table, one.record) for one in told.against.named] == [("sample_book", ids[3])]
    id_ = begin(desk, made)
    worker.work_off()
    ended = seen(desk, id_)
    assert ended.state == "failed"
    assert "Nothing was undone" in str(ended.message)
    assert "Clerk changed it since" in str(ended.message)
    assert live() == [20, 20]


def test_a_refusal_on_the_way_takes_all_of_it_back(desk: Desk) -> None:
    made, ids = imported(desk)
    id_ = begin(desk, made)

    def meanwhile() -> bool:
        with writing() as session:
            version = session.execute(select(BOOK.sql.c.version).where(BOOK.sql.c.id == ids[0])).scalar_one()
            if live()[0] < 20 and version == 1:
                write.update(session, desk.clerk, BOOK, ids[0], {"pages": 99}, 1, confirm=True)
        return False

    worker.run_next(meanwhile)
    ended = seen(desk, id_)
    assert (ended.state, live()) == ("failed", [20, 20])
    assert "Clerk changed it since" in str(ended.message)
    with reading() as session:
        assert changesets.undone_by(session, made) is None


def test_cancelled_on_the_way_nothing_is_undone(desk: Desk) -> None:
    made, _ids = imported(desk)
    id_ = begin(desk, made)

    def meanwhile() -> bool:
        if live()[0] < 20:
            with writing() as session:
                jobs.cancel(session, desk.keeper, id_)
        return False

    worker.run_next(meanwhile)
    assert (seen(desk, id_).state, live()) == ("cancelled", [20, 20])
    with writing() as session:
        assert changesets.undone_by(session, made) is None
        assert undo.undo(session, desk.keeper, made)
    assert live() == [0, 0]


def test_killed_at_random_points_it_is_done_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    made, ids = imported(desk, 60)
    real = undo._chunk

    def slow(job: Any) -> bool:
        time.sleep(0.02)
        return real(job)

    monkeypatch.setattr(undo, "_chunk", slow)
    id_ = begin(desk, made)
    db.engine().dispose()
    killed = crashes.killed_again_and_again(lambda: not seen(desk, id_).open, times=8, longest=0.5, seed=3)
    assert killed >= 2
    assert (seen(desk, id_).state, live()) == ("done", [0, 0]), str(seen(desk, id_).message)
    with reading() as session:
        own = CHANGE.c
        told = session.execute(select(own.record_id).where(own.change_set_id == seen(desk, id_).change_set_id, own.table_name == BOOK.name))
        assert sorted(told.scalars()) == ids
        assert session.execute(select(SETS.c.id).where(SETS.c.undoes == made)).all() == [(seen(desk, id_).change_set_id,)]


def test_a_fault_on_the_way_takes_all_of_it_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ids = imported(desk)
    real = undo._chunk

    def faulty(job: Any) -> bool:
        if job.done > 10:
            raise ZeroDivisionError
        return real(job)

    monkeypatch.setattr(undo, "_chunk", faulty)
    id_ = begin(desk, made)
    worker.work_off()
    assert (seen(desk, id_).state, live()) == ("failed", [20, 20])


def test_it_is_refused_at_once_what_was_undone_already(desk: Desk) -> None:
    made, _ids = imported(desk)
    begin(desk, made)
    worker.work_off()
    with pytest.raises(Refused):
        begin(desk, made)
