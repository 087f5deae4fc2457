"""Long work: done once and in whole whatever happens to its processes, stopped when asked, and never silent about its end."""

import errno
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from models.fields import now
from services import accounts, jobs, worker
from services.crud import attachments, bulk, notices
from services.crud.access import Actor, Forbidden
from services.crud.errors import Invalid, Missing
from services.crud.registry import table
from services.jobs import JOB, Failed, Job, Lost, Running
from services.platform import db, files
from services.platform.db import reading, writing
from services.platform.i18n import language, msg
from services.platform.settings import ROOT, override
from tests.areas.conftest import furnish
from tests.conftest import Database
from tests.crud import crashes
from tests.crud.desk import BOOK, Desk

CREDENTIAL = SQLModel.metadata.tables["credential"]


@pytest.fixture(autouse=True)
def _own_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_kinds", {})
    monkeypatch.setattr(worker, "load_kinds", lambda: None)


@pytest.fixture
def desk(library: Database) -> Desk:
    with writing() as session:
        session.execute(text("create table unit (n integer not null, by_whom varchar(40))"))
        return Desk(session)


def submit(who: Actor, kind: str, total: int | None = None, **params: Any) -> int:
    with writing() as session:
        return jobs.submit(session, who, kind, None, params, total)


def seen(who: Actor, id: int) -> Job:
    with reading() as session:
        return jobs.get(session, who, id)


def units() -> list[int]:
    with reading() as session:
        return [n for (n,) in session.execute(text("select n from unit order by n"))]


def told(who: Actor) -> list[str]:
    with reading() as session:
        return [str(one.message) for one in notices.of(session, who)]


def counting(pause: float = 0.0, size: int = 5) -> None:
    """A kind of work that writes the numbers below `upto`, some at a time."""

    @jobs.work("count", title=msg("Counted"), undone=_uncounted)
    def count(job: Running) -> None:
        upto = job.params["upto"]
        while job.done < upto:
            job.checkpoint()
            with writing() as session:
                part = range(job.done, min(job.done + size, upto))
                for n in part:
                    session.execute(text("insert into unit values (:n, :by)"), {"n": n, "by": job.actor.name})
                    time.sleep(pause)
                job.step(session, done=job.done + len(part), cursor={"last": part[-1]})
                time.sleep(pause)
            time.sleep(pause)
        job.finish(message=msg("Counted up to {n}.", n=upto), result={"sum": sum(range(upto))})


def _uncounted(job: Running) -> None:
    with writing() as session:
        session.execute(text("delete from unit"))
        job.end("cancelled", msg("Nothing is left of it."))


# From beginning to end


def test_it_is_done_and_its_person_is_told(desk: Desk) -> None:
    counting()
    id_ = submit(desk.keeper, "count", 12, upto=12)
    waiting = seen(desk.keeper, id_)
    assert (waiting.state, waiting.open, waiting.total, waiting.lasted) == ("waiting", True, 12, None)
    assert worker.work_off() == 1
    done = seen(desk.keeper, id_)
    assert (done.state, done.done, done.result, str(done.message)) == ("done", 12, {"sum": 66}, "Counted up to 12.")
    assert done.started_at is not None
    assert done.ended_at is not None
    assert units() == list(range(12))
    assert told(desk.keeper) == ["Counted. Counted up to 12."]
    with reading() as session:
        (notice,) = notices.of(session, desk.keeper)
        assert (notice.table, notice.record) == ("jobs", id_)
        assert [one.id for one in jobs.mine(session, desk.keeper)] == [id_]
        assert jobs.signs(session, desk.keeper) == jobs.Signs(notices=1, jobs=0)
    assert worker.work_off() == 0


def test_others_neither_see_nor_cancel_it(desk: Desk) -> None:
    counting()
    id_ = submit(desk.keeper, "count", upto=5)
    for other in (desk.clerk, desk.stranger):
        with writing() as session:
            assert jobs.mine(session, other) == []
            assert jobs.signs(session, other).jobs == 0
            with pytest.raises(Missing):
                jobs.get(session, other, id_)
            with pytest.raises(Missing):
                jobs.cancel(session, other, id_)
    assert not seen(desk.keeper, id_).cancel_asked


def test_work_of_one_person_is_bounded(desk: Desk) -> None:
    counting()
    with override(jobs_under_way=3):
        for _turn in range(3):
            submit(desk.keeper, "count", upto=1)
        with pytest.raises(Invalid, match="3 pieces of long work"):
            submit(desk.keeper, "count", upto=1)
        submit(desk.clerk, "count", upto=1)
        worker.work_off()
        submit(desk.keeper, "count", upto=1)


def test_the_oldest_is_done_first_and_what_nobody_knows_waits(desk: Desk) -> None:
    order: list[int] = []
    unknown = submit(desk.keeper, "of tomorrow")

    @jobs.work("note")
    def note(job: Running) -> None:
        order.append(job.id)

    ids = [submit(desk.keeper, "note") for _turn in range(4)]
    worker.work_off()
    assert order == ids
    assert seen(desk.keeper, unknown).state == "waiting"
    assert str(seen(desk.keeper, ids[0]).message) == "Done."


def test_it_speaks_the_language_of_its_person(desk: Desk) -> None:
    spoken: list[str] = []

    @jobs.work("speak")
    def speak(job: Running) -> None:
        spoken.append(language())

    for code in ("zh_CN", "en"):
        with writing() as session:
            account = SQLModel.metadata.tables["account"]
            session.execute(update(account).where(account.c.id == desk.keeper.account).values(language=code))
        submit(Actor(**{**vars(desk.keeper), "language": code}), "speak")
    worker.work_off()
    assert spoken == ["zh_CN", "en"]


def test_what_ended_long_ago_goes_with_its_file(desk: Desk) -> None:
    with writing() as session:
        made = [files.store(session, desk.keeper, f"{n}.csv", body) for n, body in enumerate((b"a,1", b"b,2", b"c,3", b"b,2"))]
        places = [files.read(session, one).path for one in made]
        book = desk_book(desk, session)
        attachments.add(session, desk.keeper, BOOK, book, made[2])
    ids = [submit(desk.keeper, "of old") for _file in made]
    for id_, file in zip(ids, made, strict=True):
        ended = now() - timedelta(days=89 if id_ == ids[3] else 91)
        with writing() as session:
            session.execute(update(JOB).where(JOB.c.id == id_).values(state="done", ended_at=ended, file_id=file))
    waiting = submit(desk.keeper, "of old")
    jobs.forget()
    jobs.forget()
    with reading() as session:
        assert [one.id for one in jobs.mine(session, desk.keeper)] == [waiting, ids[3]]
    assert [one.exists() for one in places] == [False, True, True, True]


def desk_book(desk: Desk, session: Session) -> int:
    desk.db = session
    return desk.book()


# Ends that nobody wished for


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Failed(msg("The file holds no table.")), "The file holds no table."),
        (Forbidden(msg("You may not.")), "You may not."),
        (Invalid({"name": [msg("Too long.")], "": [msg("Too many.")]}), "Too long., Too many."),
        (OSError(errno.ENOSPC, "No space left on device"), "The disk of the server is full."),
        (db.DatabaseUnavailable(False, True, full=True), "The disk of the server is full"),
        (ZeroDivisionError("secret"), "tell a system administrator this number"),
        (MemoryError(), "tell a system administrator this number"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_failure_is_said_in_plain_words(desk: Desk, error: Exception, words: str) -> None:
    @jobs.work("fail")
    def fail(job: Running) -> None:
        with writing() as session:
            session.execute(text("insert into unit values (1, 'x')"))
            job.step(session, done=1)
        with writing() as session:
            session.execute(text("insert into unit values (2, 'x')"))
            job.step(session, done=2)
            raise error

    id_ = submit(desk.keeper, "fail")
    worker.work_off()
    ended = seen(desk.keeper, id_)
    assert (ended.state, ended.done) == ("failed", 1)
    assert units() == [1]
    assert words in str(ended.message)
    assert "secret" not in str(ended.message)
    assert words in told(desk.keeper)[0]


def test_a_full_disk_is_seen_in_what_the_database_says(sqlite_database: Database) -> None:
    with pytest.raises(db.DatabaseUnavailable) as said, writing() as session:
        session.execute(text("create table big (body blob)"))
        session.execute(text("pragma max_page_count = 1"))
        try:
            for _turn in range(1000):
                session.execute(text("insert into big values (randomblob(100000))"))
        finally:
            session.execute(text("pragma max_page_count = 4294967294"))
    assert said.value.full
    assert "disk" in str(said.value)


def test_work_that_breaks_its_process_is_given_up(desk: Desk) -> None:
    counting()
    id_ = submit(desk.keeper, "count", upto=5)
    with writing() as session:
        session.execute(update(JOB).values(state="running", worker="gone", attempts=5, lease_until=now() - timedelta(seconds=1)))
    worker.work_off()
    ended = seen(desk.keeper, id_)
    assert ended.state == "failed"
    assert "begun 5 times" in str(ended.message)


def test_a_busy_database_is_tried_again_and_in_the_end_said(desk: Desk) -> None:
    tries: list[int] = []

    @jobs.work("busy")
    def busy(job: Running) -> None:
        tries.append(job.done)
        raise db.DatabaseUnavailable(True, True)

    id_ = submit(desk.keeper, "busy")
    for _turn in range(5):
        with pytest.raises(db.DatabaseUnavailable):
            worker.work_off()
        assert seen(desk.keeper, id_).state == "waiting"
    worker.work_off()
    assert len(tries) == 5
    assert seen(desk.keeper, id_).state == "failed"


def test_who_may_no_longer_sign_in_has_nothing_done(desk: Desk) -> None:
    counting()
    id_ = submit(desk.keeper, "count", upto=5)
    with writing() as session:
        session.execute(CREDENTIAL.delete().where(CREDENTIAL.c.account_id == desk.keeper.account))
    worker.work_off()
    assert seen(desk.keeper, id_).state == "failed"
    assert units() == []


def test_rights_are_those_of_now_at_every_chunk(desk: Desk) -> None:
    found: list[frozenset[str]] = []

    @jobs.work("look")
    def look(job: Running) -> None:
        found.append(job.actor.roles)
        with writing() as session:
            session.execute(update(BOOK.sql.metadata.tables["account"]).values(roles=["auditor"]))
        job.checkpoint()
        found.append(job.actor.roles)

    submit(desk.keeper, "look")
    worker.work_off()
    assert found == [frozenset({"facility"}), frozenset({"auditor"})]


# Cancelled


def test_what_never_began_is_cancelled_at_once(desk: Desk) -> None:
    counting()
    id_ = submit(desk.keeper, "count", upto=5)
    with writing() as session:
        jobs.cancel(session, desk.keeper, id_)
    ended = seen(desk.keeper, id_)
    assert (ended.state, str(ended.message)) == ("cancelled", "Cancelled before it began. Nothing was changed.")
    assert worker.work_off() == 0
    with writing() as session:
        jobs.cancel(session, desk.keeper, id_)
    assert seen(desk.keeper, id_).state == "cancelled"


@pytest.mark.parametrize("after", [0, 5, 10, 15])
def test_a_cancelled_one_leaves_nothing_half(desk: Desk, after: int) -> None:
    counting()
    id_ = submit(desk.keeper, "count", upto=20)

    def no_more() -> bool:
        if len(units()) == after:
            with writing() as session:
                jobs.cancel(session, desk.keeper, id_)
        return False

    assert worker.run_next(no_more)
    ended = seen(desk.keeper, id_)
    assert (ended.state, ended.done) == ("cancelled", after)
    assert units() == []
    assert told(desk.keeper) == ["Counted. Nothing is left of it."]


def test_without_a_way_back_it_says_how_much_was_done(desk: Desk) -> None:
    @jobs.work("some")
    def some(job: Running) -> None:
        while True:
            job.checkpoint()
            with writing() as session:
                job.step(session, done=job.done + 1)
                if job.done == 3:
                    jobs.cancel(session, desk.keeper, job.id)

    id_ = submit(desk.keeper, "some")
    worker.work_off()
    assert str(seen(desk.keeper, id_).message) == "Cancelled. 3 were done before."


# Stopped, lost, killed


def test_a_server_that_stops_hands_its_work_on(desk: Desk) -> None:
    counting()
    id_ = submit(desk.keeper, "count", upto=20)
    assert worker.run_next(lambda: len(units()) == 10)
    stopped = seen(desk.keeper, id_)
    assert (stopped.state, stopped.done) == ("waiting", 10)
    assert told(desk.keeper) == []
    assert worker.work_off() == 1
    assert units() == list(range(20))


def test_stopping_again_and_again_is_no_failure(desk: Desk) -> None:
    counting()
    id_ = submit(desk.keeper, "count", upto=5)
    for _turn in range(8):
        worker.run_next(lambda: True)
    worker.work_off()
    assert seen(desk.keeper, id_).state == "done"


def test_a_stopped_one_that_is_cancelled_then_is_tidied_up(desk: Desk) -> None:
    counting()
    id_ = submit(desk.keeper, "count", upto=20)
    worker.run_next(lambda: len(units()) == 10)
    with writing() as session:
        jobs.cancel(session, desk.keeper, id_)
    worker.work_off()
    assert seen(desk.keeper, id_).state == "cancelled"
    assert units() == []


def test_whoever_has_lost_it_can_not_commit(desk: Desk) -> None:
    outcome: list[str] = []

    @jobs.work("slow")
    def slow(job: Running) -> None:
        if outcome:
            outcome.append("again")
            with writing() as session:
                session.execute(text("insert into unit values (1, 'second')"))
                job.step(session, done=1)
            return
        outcome.append("first")
        with writing() as session:
            session.execute(update(JOB).values(lease_until=now() - timedelta(seconds=1)))
        assert worker.run_next(lambda: False)
        try:
            with writing() as session:
                session.execute(text("insert into unit values (1, 'first')"))
                job.step(session, done=1)
        except Lost:
            outcome.append("lost")
            raise

    id_ = submit(desk.keeper, "slow")
    worker.work_off()
    assert outcome == ["first", "again", "lost"]
    assert units() == [1]
    assert seen(desk.keeper, id_).state == "done"
    assert len(told(desk.keeper)) == 1


def test_a_chunk_longer_than_the_lease_is_not_taken_away(desk: Desk) -> None:
    counting(pause=0.3)
    with override(job_lease_seconds=0.9):
        id_ = submit(desk.keeper, "count", upto=5)
        first = threading.Thread(target=worker.work_off)
        first.start()
        time.sleep(0.1)
        until = time.monotonic() + 20
        while seen(desk.keeper, id_).open:
            assert not worker.run_next(lambda: False)
            time.sleep(0.03)
            assert time.monotonic() < until
        first.join()
    assert units() == list(range(5))


def test_many_workers_do_every_piece_once(desk: Desk) -> None:
    counting(pause=0.001)
    ids = [submit(desk.keeper, "count", upto=10) for _turn in range(12)]
    errors: list[BaseException] = []

    def go_on() -> None:
        try:
            while any(seen(desk.keeper, id_).open for id_ in ids):
                worker.run_next(lambda: False)
        except BaseException as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=go_on) for _turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
    assert Counter(units()) == dict.fromkeys(range(10), 12)
    assert len(told(desk.keeper)) == 12


def test_killed_at_random_points_every_unit_is_done_once(desk: Desk) -> None:
    counting(pause=0.004, size=7)
    ids = [submit(desk.keeper, "count", upto=150), submit(desk.clerk, "count", upto=60)]
    db.engine().dispose()
    killed = crashes.killed_again_and_again(
        lambda: not any(seen(who, id_).open for who, id_ in zip((desk.keeper, desk.clerk), ids, strict=True)), times=10, longest=0.5
    )
    assert killed >= 3
    assert Counter(units()) == {n: 2 if n < 60 else 1 for n in range(150)}
    assert [seen(desk.keeper, ids[0]).done, seen(desk.clerk, ids[1]).done] == [150, 60]
    assert len(told(desk.keeper)) == len(told(desk.clerk)) == 1


def test_killed_and_cancelled_nothing_half_is_left(desk: Desk) -> None:
    counting(pause=0.004)
    id_ = submit(desk.keeper, "count", upto=400)
    db.engine().dispose()
    began = time.monotonic()

    def ended() -> bool:
        found = seen(desk.keeper, id_)
        if time.monotonic() - began > 1.5 and not found.cancel_asked:
            with writing() as session:
                jobs.cancel(session, desk.keeper, id_)
        return not found.open

    crashes.killed_again_and_again(ended, times=6, longest=0.4, seed=1)
    assert seen(desk.keeper, id_).state == "cancelled"
    assert units() == []


# The threads of a server


@pytest.fixture
def at_work() -> Iterator[worker.Worker]:
    one = worker.Worker()
    one.start(1)
    yield one
    one.stop()


def test_a_server_begins_at_once_what_it_was_given(desk: Desk, at_work: worker.Worker) -> None:
    counting()
    with override(job_look_seconds=30):
        time.sleep(1.2)
        began = time.monotonic()
        id_ = submit(desk.keeper, "count", upto=5)
        assert jobs.wait(id_, 10).state == "done"
    assert time.monotonic() - began < 5


def test_a_server_finds_what_another_was_given(desk: Desk, at_work: worker.Worker) -> None:
    counting()
    id_ = submit(desk.keeper, "count", upto=5)
    jobs.submitted.clear()
    assert jobs.wait(id_, 10).state == "done"


def test_a_server_stops_behind_a_chunk_and_the_next_goes_on(desk: Desk) -> None:
    counting(pause=0.02)
    first = worker.Worker()
    first.start(1)
    id_ = submit(desk.keeper, "count", upto=60)
    until = time.monotonic() + 10
    while not units() and time.monotonic() < until:
        time.sleep(0.01)
    began = time.monotonic()
    first.stop()
    assert time.monotonic() - began < 3
    half = seen(desk.keeper, id_)
    assert half.state == "waiting"
    assert 0 < half.done < 60
    assert units() == list(range(half.done))
    second = worker.Worker()
    second.start(1)
    assert jobs.wait(id_, 20).state == "done"
    second.stop()
    assert units() == list(range(60))


def test_a_fault_does_not_end_the_worker(desk: Desk, at_work: worker.Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    counting()
    real, wrong = worker._take, [KeyError("x"), db.DatabaseUnavailable(False)]
    monkeypatch.setattr(worker, "_AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(worker, "_take", lambda: (_ for _ in ()).throw(wrong.pop()) if wrong else real())
    id_ = submit(desk.keeper, "count", upto=5)
    assert jobs.wait(id_, 10).state == "done"
    assert not wrong


def test_a_process_that_does_nothing_else(sqlite_database: Database) -> None:
    with writing() as session:
        house = furnish()
        accounts.set_password(session, house.system, house.accounts["facility"], "three blue boats")
        told = bulk.submit(session, house.actor("facility"), table("place"), [99_999], bulk.Delete())
    environment = {**os.environ, **sqlite_database.environment, "JOB_THREADS": "0"}
    process = subprocess.Popen([sys.executable, "-m", "services.worker"], cwd=ROOT, env=environment, stderr=subprocess.PIPE)
    try:
        assert jobs.wait(told, 60).state == "done"
    finally:
        process.terminate()
    said = process.communicate(timeout=20)[1].decode()
    assert process.returncode == 0, said
    assert "error" not in said
