"""Whatever befalls long work, in whatever order: every unit is done once and its end is told once, or nothing is left of it."""

import time
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update
from sqlmodel import SQLModel

from services import jobs, worker
from services.jobs import JOB, Failed, Running, clock
from services.platform import db
from services.platform.db import DatabaseUnavailable, reading, writing
from services.platform.i18n import msg
from services.platform.settings import override
from tests.conftest import Database
from tests.crud import crashes
from tests.crud.desk import Desk

NOTICE = SQLModel.metadata.tables["notice"]
UPTO = 12


class Killed(BaseException):
    """The process is gone: nothing of it runs any more, not even what tidies up."""


class Fate:
    """What happens at one moment after the other; in the end nothing more does."""

    def __init__(self, moments: list[str], who: Desk) -> None:
        self.moments, self.who, self.stopping, self.cancelled = iter(moments), who, False, False

    def moment(self, job: Running, *, inside: bool = False) -> None:
        """What happens now; `inside` a transaction nothing that needs one of its own: a thread has one at a time."""
        happens = next(self.moments, "")
        match "" if inside and happens in ("cancelled", "lost") else happens:
            case "killed":
                raise Killed
            case "busy":
                raise DatabaseUnavailable(True, True)
            case "away":
                raise DatabaseUnavailable(False, True)
            case "stopped":
                self.stopping = True
            case "cancelled" if not self.cancelled:
                self.cancelled = True
                with writing() as session:
                    jobs.cancel(session, self.who.keeper, job.id)
            case "lost":
                # Held up for so long that another worker does a part, or all, of the rest.
                with writing() as session:
                    session.execute(update(JOB).where(JOB.c.id == job.id).values(lease_until=clock().replace(year=2020)))
                again(self)


def again(fate: Fate) -> bool:
    """One worker's turn, in a process of its own; whether there was work."""
    fate.stopping = False
    try:
        return worker.run_next(lambda: fate.stopping)
    except Killed:
        with writing() as session:
            session.execute(update(JOB).where(JOB.c.state == "running").values(lease_until=clock().replace(year=2020)))
    except DatabaseUnavailable:
        pass
    return True


@pytest.fixture(scope="module")
def desk(shared_library: Database) -> Desk:
    with writing() as session:
        session.execute(text("create table unit (job integer not null, n integer not null)"))
        return Desk(session)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(jobs, "_kinds", {})
    monkeypatch.setattr(worker, "load_kinds", lambda: None)
    with override(job_attempts=10_000):
        yield


def declare(fate: Fate, *, back: bool) -> None:
    def tidy(job: Running) -> None:
        while True:
            job.checkpoint()
            fate.moment(job)
            with writing() as session:
                left = session.execute(text("select max(n) from unit where job = :job"), {"job": job.id}).scalar()
                if left is None:
                    job.end("cancelled", msg("Nothing is left of it."))
                    return
                session.execute(text("delete from unit where job = :job and n = :n"), {"job": job.id, "n": left})
                fate.moment(job, inside=True)
                job.step(session)

    @jobs.work("fated", undone=tidy if back else None)
    def run(job: Running) -> None:
        while job.done < UPTO:
            fate.moment(job)
            job.checkpoint()
            with writing() as session:
                part = range(job.done, min(job.done + 4, UPTO))
                for n in part:
                    session.execute(text("insert into unit values (:job, :n)"), {"job": job.id, "n": n})
                fate.moment(job, inside=True)
                job.step(session, done=job.done + len(part))
                fate.moment(job, inside=True)
        fate.moment(job)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(["", "", "killed", "busy", "away", "stopped", "lost", "cancelled"]), max_size=24),
    st.booleans(),
)
def test_every_unit_once_or_nothing(desk: Desk, moments: list[str], back: bool) -> None:
    fate = Fate(moments, desk)
    declare(fate, back=back)
    with writing() as session:
        id_ = jobs.submit(session, desk.keeper, "fated", None, {})
    for _turn in range(60):
        if not again(fate):
            break
    ended = jobs.wait(id_, 0)
    with reading() as session:
        units = sorted(session.scalars(text("select n from unit where job = :job"), {"job": id_}))
        told = Counter(session.scalars(NOTICE.select().with_only_columns(NOTICE.c.record_id).where(NOTICE.c.record_id == id_)))
    assert told == {id_: 1}
    if ended.state == "done":
        assert units == list(range(UPTO))
        assert ended.done == UPTO
    else:
        assert ended.state == "cancelled"
        assert fate.cancelled
        assert units == ([] if back else list(range(ended.done)))


def test_processes_side_by_side_never_share_a_piece(desk: Desk) -> None:
    @jobs.work("shared")
    def run(job: Running) -> None:
        while job.done < UPTO:
            job.checkpoint()
            with writing() as session:
                session.execute(text("insert into unit values (:job, :n)"), {"job": job.id, "n": job.done})
                job.step(session, done=job.done + 1)
        if job.params["fails"]:
            raise Failed(msg("Not so."))

    with writing() as session:
        ids = [jobs.submit(session, desk.keeper, "shared", None, {"fails": n % 3 == 0}) for n in range(12)]
    db.engine().dispose()
    workers = [crashes.worker_process() for _worker in range(3)]
    try:
        until = time.monotonic() + 60
        while any(jobs.wait(one, 0).open for one in ids):
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        for one in workers:
            crashes.kill(one)
    with reading() as session:
        done = Counter(session.scalars(text("select job from unit")))
    assert {one: done[one] for one in ids} == dict.fromkeys(ids, UPTO)
    assert [jobs.wait(one, 0).state for one in ids] == ["failed" if n % 3 == 0 else "done" for n in range(12)]
