"""Does the long work of `services.jobs`: any number of processes may, on either database, and no piece is done by two.

A worker takes the oldest piece that waits, or that was left behind (its lease ran out: its process was killed), under a token of
its own, and renews the lease while it lives. Every chunk is committed together with the token: whoever has lost the piece to
another worker can't commit.
"""

import errno
import logging
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from sqlalchemy import and_, case, func, literal, or_, select, update

from services import crud, jobs
from services.crud.errors import Invalid, listed
from services.jobs import JOB, OPEN, Cancelled, Failed, Lost, Running, Stopped, changed, clock, lease
from services.platform import log
from services.platform.db import DatabaseUnavailable, reading, writing
from services.platform.i18n import Message, msg, use_language
from services.platform.settings import settings

_log = logging.getLogger("centre.jobs")
_AGAIN_SECONDS = 2.0
"""How long a worker waits before it goes on with work that the database did not let it do."""


class Worker:
    """The threads of this process that do long work."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, threads: int) -> None:
        """Begin, with so many pieces at a time (none: other processes do the work)."""
        for number in range(threads):
            thread = threading.Thread(target=self._go_on, name=f"worker-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End: work under way stops behind the chunk it is in, and waits for the next worker."""
        self._stopping.set()
        jobs.submitted.set()
        until = time.monotonic() + settings().job_stop_seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _go_on(self) -> None:
        while not self._stopping.is_set():
            jobs.submitted.clear()
            if not self._one():
                jobs.submitted.wait(settings().job_look_seconds)

    def _one(self) -> bool:
        try:
            load_kinds()
            return run_next(self._stopping.is_set)
        except DatabaseUnavailable as error:
            _log.warning("%s", error)
        except Exception as error:  # noqa: BLE001  (whatever goes wrong, the worker goes on)
            log.reference(error)
        self._stopping.wait(_AGAIN_SECONDS)
        return False


@cache
def load_kinds() -> None:
    """Import whatever may declare a kind of work: the engine and the areas."""
    for found in iter_modules(crud.__path__, f"{crud.__name__}."):
        import_module(found.name)
    import_module("services.areas")


def work_off() -> int:
    """Do all work that waits, in this thread; how many pieces it was."""
    load_kinds()
    count = 0
    while run_next(lambda: False):
        count += 1
    return count


def run_next(stopping: Callable[[], bool]) -> bool:
    """Do the next piece of work; False: there is none.

    Raises:
        DatabaseUnavailable: the database is away or busy; what was begun goes on later.
    """
    row = _take()
    if row is None:
        return False
    job = Running(row, stopping)
    with use_language(job.actor.language), _alive(job.id, row["worker"]):
        _do(job, row)
    return True


def _take() -> dict[str, Any] | None:
    """The oldest piece that may be taken, now this worker's."""
    known = JOB.c.kind.in_(list(jobs.kinds()))
    left = and_(JOB.c.state == "running", JOB.c.lease_until < clock())
    free = (JOB.c.state.in_(OPEN), known, or_(JOB.c.state == "waiting", left))
    with reading() as db:
        ids = list(db.scalars(select(JOB.c.id).where(*free).order_by(JOB.c.id).limit(5)))
    for id_ in ids:
        token = uuid.uuid4().hex
        mine = {
            "state": "running", "worker": token, "lease_until": lease(), "attempts": JOB.c.attempts + 1,
            "started_at": func.coalesce(JOB.c.started_at, literal(clock(), JOB.c.started_at.type)),
        }  # fmt: skip
        with writing() as db:
            if changed(db, update(JOB).where(JOB.c.id == id_, *free).values(**mine)):
                return dict(db.execute(select(JOB).where(JOB.c.id == id_)).mappings().one())
    return None


def _do(job: Running, row: dict[str, Any]) -> None:
    """Run it to its end, and see that it has one."""
    kind = jobs.kinds()[job.kind]
    try:
        if row["attempts"] > settings().job_attempts:
            raise Failed(msg("It was begun {n} times and broke off each time without getting any further.", n=row["attempts"] - 1))
        try:
            job.checkpoint()
            kind.run(job)
        except Cancelled:
            if kind.undone is not None:
                job.tidying = True
                kind.undone(job)
            if not job.ended:
                job.end("cancelled", jobs.cancelled(job.done - job.failed))
        else:
            if not job.ended:
                job.finish()
    except Stopped:
        _put_back(job, row["worker"], tried=False)
    except Lost:
        _log.warning("job %s went on in another worker", job.id)
    except DatabaseUnavailable as error:
        if not error.full:
            _put_back(job, row["worker"], tried=error.busy)
            raise
        _fail(job, error.message)
    except Exception as error:  # noqa: BLE001  (whatever went wrong is told to its person, and the worker goes on)
        _fail(job, _words(error))


def _put_back(job: Running, token: str, *, tried: bool) -> None:
    """It waits again, for whoever is free; `tried`: that it was begun counts as an attempt."""
    untried = case((JOB.c.attempts > 0, JOB.c.attempts - 1), else_=0)
    with writing() as db:
        mine = (JOB.c.id == job.id, JOB.c.worker == token, JOB.c.state == "running")
        db.execute(update(JOB).where(*mine).values(state="waiting", lease_until=None, attempts=JOB.c.attempts if tried else untried))


def _fail(job: Running, message: Message) -> None:
    try:
        job.end("failed", message)
    except Lost:
        _log.warning("job %s failed, and went on in another worker", job.id)


def _words(error: Exception) -> Message:
    """What is said of a failure."""
    if isinstance(error, Invalid):
        said = listed([one for several in error.errors.values() for one in several])
        return said if isinstance(said, Message) else Message(said)
    found = getattr(error, "message", None)
    if isinstance(found, Message):
        return found
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return msg("The disk of the server is full. Ask whoever looks after it to make room, then begin again.")
    return msg(
        "Something went wrong here, and it was written down. What was done before is safe. Begin again; if it happens once more, tell "
        "a system administrator this number: {number}",
        number=log.reference(error),
    )


@contextmanager
def _alive(id_: int, token: str) -> Iterator[None]:
    """Renew the lease of a piece of work for as long as it is done in here."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(settings().job_lease_seconds / 3):
            try:
                with writing() as db:
                    mine = (JOB.c.id == id_, JOB.c.worker == token, JOB.c.state == "running")
                    if not changed(db, update(JOB).where(*mine).values(lease_until=lease())):
                        return
            except DatabaseUnavailable as error:
                # Its own chunk may hold the database; it renews the lease as it is committed.
                _log.info("the lease of job %s could not be renewed: %s", id_, error)

    thread = threading.Thread(target=beat, name=f"alive-{id_}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def main() -> None:
    """Do long work in this process until it is told to end: for a server whose screens shall not feel it (`JOB_THREADS=0`)."""
    log.start()
    worker, told = Worker(), threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: told.set())
    worker.start(max(1, settings().job_threads))
    told.wait()
    worker.stop()


if __name__ == "__main__":
    main()
