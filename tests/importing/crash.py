"""A server that is killed at any moment of an import, and started again."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlmodel import SQLModel

from services import jobs
from services.crud.importing import job
from services.platform import db
from services.platform.settings import ROOT
from tests.conftest import Database
from tests.crud.conftest import prepare
from tests.crud.desk import SHELF
from tests.importing.clerk import WHO, csv_of, keep, plan_of

WORK = (
    "import tests.crud.sample\n"
    "from services import worker\n"
    "from services.platform.settings import override\n"
    "worker.load_kinds()\n"
    "with override(batch_rows=20, job_lease_seconds=1, job_attempts=1000):\n"
    "    print('ready', flush=True)\n"
    "    worker.work_off()\n"
)
"""What the server does in its background."""
ROWS, CHUNK = 800, 20
CHANGE, ENTRY = (SQLModel.metadata.tables[name] for name in ("change", "search_entry"))


def start(database: Database) -> "subprocess.Popen[bytes]":
    """A worker of its own process, ready to work."""
    environment = {**os.environ, **database.environment, "PYTHONPATH": str(ROOT)}
    worker = subprocess.Popen([sys.executable, "-c", WORK], cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"ready\n"
    return worker


def table(wrong: bool) -> bytes:
    """So many shelves; `wrong`: the last of them is refused, so that nothing may stay."""
    named = [f"{chr(65 + n // 100)}-{n % 100:02}" for n in range(ROWS)]
    rows = [[mark, f"架{n}"] for n, mark in enumerate(named)]
    if wrong:
        rows[-1][0] = "bad"
    return csv_of([["Mark", "Name"], *rows])


def killed(database: Database, times: int, chance: random.Random, *, wrong: bool = False) -> int:
    """Have a table imported, over and over, in a process that is killed at random points, so often: how often it was met at work."""
    prepare(database)
    met = 0
    while times > 0:
        asked, here = once(database, times, chance, wrong)
        times, met = times - asked, met + here
    return met


def once(database: Database, times: int, chance: random.Random, wrong: bool) -> tuple[int, int]:
    """One import, killed until it has its end all the same: how often it was killed, and how often at work."""
    before = Before.now()
    with db.writing() as session:
        id_ = job.submit(session, WHO, SHELF, plan_of(SHELF, keep(table(wrong)), doubtful=True))
    asked = met = 0
    found = state(id_)
    while found.open and asked < times:
        worker = start(database)
        time.sleep(chance.uniform(0.0, 0.8))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        found, asked = state(id_), asked + 1
        before.look(found, wrong)
        met += found.open and found.started_at is not None
        left(id_)
    if found.open:
        start(database).wait(120)
    found = state(id_)
    before.look(found, wrong)
    assert (found.state, len(before.marks())) == (("failed", 0) if wrong else ("done", ROWS)), found.message
    with db.writing() as session:
        session.execute(SHELF.sql.update().values(deleted_at=datetime.now(UTC)))
    return asked, met


def state(id_: int) -> jobs.Job:
    """How the import stands."""
    with db.reading() as session:
        return jobs.get(session, WHO, id_)


def left(id_: int) -> None:
    """The lease of the killed process has run out."""
    with db.writing() as session:
        session.execute(jobs.JOB.update().where(jobs.JOB.c.id == id_).values(lease_until=datetime(2020, 1, 1, tzinfo=UTC)))


@dataclass
class Before:
    """What was there before an import."""

    shelf: int
    change: int

    @classmethod
    def now(cls) -> "Before":
        """What is there now."""
        with db.reading() as session:
            last = [session.execute(select(func.max(column))).scalar() or 0 for column in (SHELF.sql.c.id, CHANGE.c.id)]
        return cls(*last)

    def marks(self) -> list[str]:
        """The shelves that came since."""
        own = SHELF.sql.c
        with db.reading() as session:
            return list(session.execute(select(own.mark).where(own.id > self.shelf, own.deleted_at.is_(None))).scalars())

    def look(self, found: jobs.Job, wrong: bool) -> None:
        """What came since fits together: whole chunks, each row once, with its history and its search entry, in one change set."""
        marks = self.marks()
        assert len(marks) == len(set(marks))
        if found.open:
            assert len(marks) == found.done
            assert len(marks) % CHUNK == 0
        own = CHANGE.c
        with db.reading() as session:
            made = session.execute(select(own.record_id, own.change_set_id).where(own.id > self.change, own.verb == "create")).all()
            entries = select(func.count()).where(ENTRY.c.table_name == SHELF.name, ENTRY.c.live, ENTRY.c.record_id > self.shelf)
            assert session.execute(entries).scalar_one() == len(marks)
        assert all(count == 1 for count in Counter(row.record_id for row in made).values())
        assert len({row.change_set_id for row in made}) <= 1
        assert wrong or len(made) == len(marks)


def times() -> int:
    """How often the long test kills."""
    return int(os.environ.get("SOAK_KILLS", "50"))


def quick_check(database: Database) -> Any:
    """Whether the file of SQLite is sound."""
    if database.engine != "sqlite":
        return "ok"
    with db.reading() as session:
        return session.execute(text("pragma quick_check")).scalar()
