"""Long work outside the page: who asked for it, how far it got, how it ended. `services.worker` runs it.

A kind of work is a function that works in chunks: before each it calls `checkpoint`, and in the transaction of each `step`, so
that whoever takes the work up again goes on exactly behind the last chunk that was committed:

    @work("recount", title=msg("Count again"))
    def recount(job: Running) -> None:
        while rest := next_ids(job.cursor):
            job.checkpoint()
            with writing() as db:
                …
                job.step(db, done=job.done + len(rest), cursor=rest[-1])
        job.finish(message=msg("Counted."))
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, Select, delete, event, func, insert, select, update
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from services import accounts
from services.crud import notices
from services.crud.access import Actor
from services.crud.errors import Invalid, Missing
from services.crud.registry import Table, tables
from services.crud.registry import table as described
from services.crud.values import Record
from services.platform import files
from services.platform.db import is_sqlite, reading, writing
from services.platform.i18n import Message, label, msg, nmsg
from services.platform.settings import settings

State = Literal["waiting", "running", "done", "failed", "cancelled"]
OPEN: tuple[State, ...] = ("waiting", "running")
PAGE = "jobs"
"""The address of the screen of a person's long work."""

JOB = SQLModel.metadata.tables["job"]
_LIGHT = [column for column in JOB.c if column.name not in ("actor", "params", "cursor", "result")]
_WORK_SECONDS = 0.5
_TURN_SECONDS = 0.11
"""A writer that waits for SQLite asks again every tenth of a second: this long the database is left alone."""

submitted = threading.Event()
"""Set when this process has submitted work, so that its worker need not look again and again."""


class Cancelled(Exception):
    """The person asked for an end."""


class Stopped(Exception):
    """The server stops: the work goes on when it is started again."""


class Lost(Exception):
    """Another worker has taken the work up, since this one did not say for too long that it lives."""


class Failed(Exception):
    """The work can't be done; the message says why and what to do."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(message)


@dataclass(frozen=True)
class Kind:
    """A kind of work: what does it, what tidies up after a cancelled one, and what it is called."""

    run: "Callable[[Running], None]"
    undone: "Callable[[Running], None] | None"
    title: Message


_kinds: dict[str, Kind] = {}


def work(
    kind: str, *, title: Message | None = None, undone: "Callable[[Running], None] | None" = None
) -> "Callable[[Callable[[Running], None]], Callable[[Running], None]]":
    """Declare what does a kind of work.

    It may be run again at any point behind its last committed `step`. `undone` is called before the work counts as cancelled,
    and again if that did not come to its end.
    """

    def declare(run: "Callable[[Running], None]") -> "Callable[[Running], None]":
        _kinds[kind] = Kind(run, undone, title or label("job", kind.replace("_", " ").capitalize()))
        return run

    return declare


def kinds() -> Mapping[str, Kind]:
    """Every kind of work that is declared so far."""
    return _kinds


# What people see of it


@dataclass(frozen=True)
class Job:
    """A piece of long work as its person sees it."""

    id: int
    kind: str
    table: str
    state: State
    total: int | None
    done: int
    failed: int
    result: Any
    file_id: int | None
    change_set_id: int | None
    message: Message | None
    cancel_asked: bool
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def open(self) -> bool:
        """Whether it is not at its end."""
        return self.state in OPEN

    @property
    def title(self) -> Message:
        """What it is, and with which table."""
        return _title(self.kind, self.table)

    @property
    def lasted(self) -> timedelta | None:
        """From its start to its end, or until now."""
        return None if self.started_at is None else (self.ended_at or clock()) - self.started_at


def _title(kind: str, table: str) -> Message:
    what = _kinds[kind].title if kind in _kinds else msg("Long work")
    return msg("{what}: {table}", what=what, table=described(table).label_plural) if table in tables() else what


def submit(db: Session, actor: Actor, kind: str, table: Table | None, params: Mapping[str, Any], total: int | None = None) -> int:
    """Ask for work; it begins when the transaction is committed and a worker is free. Its id.

    `params`: whatever its kind needs, as JSON can hold it.

    Raises:
        Invalid: this person has too much under way.
    """
    mine = JOB.c.centre_id == actor.centre, JOB.c.account_id == (actor.account or 0)
    most = settings().jobs_under_way
    if actor.account and db.execute(select(func.count()).where(*mine, JOB.c.state.in_(OPEN))).scalar_one() >= most:
        raise Invalid({"": [msg("{n} pieces of long work of yours are under way. Wait until one is done.", n=most)]})
    row = {
        "centre_id": actor.centre, "account_id": actor.account or 0, "actor": _packed(actor), "kind": kind,
        "table_name": table.name if table else "", "params": dict(params), "state": "waiting", "total": total, "done": 0, "failed": 0,
        "worker": "", "attempts": 0, "cancel_asked": False, "created_at": clock(),
    }  # fmt: skip
    made = cast("CursorResult[Any]", db.execute(insert(JOB), row))
    event.listen(db, "after_commit", lambda _session: submitted.set())
    return int(made.inserted_primary_key[0])  # type: ignore[index]


def get(db: Session, actor: Actor, id: int) -> Job:
    """A piece of work of this person, with its result.

    Raises:
        Missing: there is none of that number, or it is somebody else's.
    """
    found = db.execute(_of(actor, [*_LIGHT, JOB.c.result]).where(JOB.c.id == id)).mappings().first()
    if found is None:
        raise Missing("job", id)
    return _seen(found)


def mine(db: Session, actor: Actor, limit: int = 50, kind: str = "", table: str = "") -> list[Job]:
    """What this person asked for, newest first, without the results; `kind`, `table`: only of these."""
    query = _of(actor, _LIGHT)
    query = query.where(JOB.c.kind == kind) if kind else query
    query = query.where(JOB.c.table_name == table) if table else query
    return [_seen({**row, "result": None}) for row in db.execute(query.order_by(JOB.c.id.desc()).limit(limit)).mappings()]


def _of(actor: Actor, columns: Sequence[Any]) -> Select[Any]:
    return select(*columns).where(JOB.c.centre_id == actor.centre, JOB.c.account_id == (actor.account or 0))


def _seen(row: Any) -> Job:
    said = row["message"]
    return Job(
        row["id"], row["kind"], row["table_name"], row["state"], row["total"], row["done"], row["failed"], row["result"], row["file_id"],
        row["change_set_id"], Message.from_json(said) if said else None, row["cancel_asked"], row["created_at"], row["started_at"],
        row["ended_at"],
    )  # fmt: skip


@dataclass(frozen=True)
class Signs:
    """What the bar tells a person at every step."""

    notices: int
    """Not seen yet; counted up to 99."""
    jobs: int
    """Long work under way."""


def signs(db: Session, actor: Actor) -> Signs:
    """What waits for this person and what is under way, in one statement."""
    under_way = (
        select(func.count())
        .where(JOB.c.centre_id == actor.centre, JOB.c.account_id == actor.account, JOB.c.state.in_(OPEN))
        .scalar_subquery()
    )
    return Signs(*db.execute(select(notices.unseen(actor), under_way)).one())


def cancel(db: Session, actor: Actor, id: int) -> None:
    """Ask for an end. What never began is cancelled at once; what runs stops at its next checkpoint and tidies up.

    Raises:
        Missing: there is none of that number, or it is somebody else's.
    """
    get(db, actor, id)
    own = update(JOB).where(JOB.c.id == id)
    at_once = own.where(JOB.c.state == "waiting", JOB.c.started_at.is_(None))
    if changed(db, at_once.values(state="cancelled", cancel_asked=True, ended_at=clock(), message=_NOT_BEGUN.to_json())):
        return
    db.execute(own.where(JOB.c.state.in_(OPEN)).values(cancel_asked=True))


_NOT_BEGUN = msg("Cancelled before it began. Nothing was changed.")


def forget() -> None:
    """Remove work that ended long ago, and the files that were made by it."""
    with writing() as db:
        old = db.execute(select(JOB.c.id, JOB.c.file_id).where(JOB.c.ended_at < clock() - timedelta(days=settings().job_days))).all()
        db.execute(delete(JOB).where(JOB.c.id.in_([one.id for one in old])))
        unused = files.remove(db, [one.file_id for one in old if one.file_id is not None])
    for path in unused:
        path.unlink(missing_ok=True)


def wait(id: int, seconds: float) -> Job:
    """Wait for the end of work for so long, and give it as it then stands (for short work, and for tests)."""
    until = time.monotonic() + seconds
    while True:
        with reading() as db:
            found = _seen(db.execute(select(JOB).where(JOB.c.id == id)).mappings().one())
        if not found.open or time.monotonic() > until:
            return found
        time.sleep(0.05)


# What the worker and the work itself see of it


def changed(db: Session, statement: Any) -> bool:
    """Run an update that may find nothing to do; whether it did something."""
    return bool(cast("CursorResult[Any]", db.execute(statement)).rowcount)


def _packed(actor: Actor) -> dict[str, Any]:
    return {**asdict(actor), "roles": sorted(actor.roles), "departments": sorted(actor.departments)}


def _unpacked(packed: Mapping[str, Any]) -> Actor:
    return Actor(**{**packed, "roles": frozenset(packed["roles"]), "departments": frozenset(packed["departments"])})


def _standing(db: Session, asked: Actor) -> Actor:
    """Who asked for the work, with the rights that they have now.

    Raises:
        Failed: the account may not work here any more.
    """
    if asked.account is None:
        return asked
    try:
        found = accounts.actor_for(db, asked.account, asked.session)
    except accounts.Inactive as error:
        raise Failed(msg("The account that asked for this may not sign in any more. The rest was not done.")) from error
    return replace(found, source=asked.source, language=asked.language)


class Running:
    """A piece of work, as the function that does it sees it."""

    def __init__(self, row: Mapping[str, Any], stopping: Callable[[], bool]) -> None:
        self.id: int = row["id"]
        self.kind: str = row["kind"]
        self.table: Table | None = described(row["table_name"]) if row["table_name"] else None
        self.params: dict[str, Any] = row["params"] or {}
        self.cursor: Any = row["cursor"]
        self.result: Any = row["result"]
        self.done: int = row["done"]
        self.failed: int = row["failed"]
        self.total: int | None = row["total"]
        self.change_set_id: int | None = row["change_set_id"]
        self.created_at: datetime = row["created_at"]
        self.ended = False
        self.tidying = False
        """A cancelled one is tidying up: it isn't cancelled again."""
        self._row, self._stopping = row, stopping
        self._turn = time.monotonic()
        self.actor = _unpacked(row["actor"])

    @property
    def centre(self) -> int:
        """The centre in which it is done."""
        return int(self._row["centre_id"])

    def checkpoint(self) -> None:
        """Call it between chunks, outside of any transaction: others get their turn, and an end that was asked for is heard.

        Raises:
            Cancelled: the person asked for an end.
            Stopped: the server stops.
            Lost: another worker has taken this up.
            Failed: the person may not work here any more.
        """
        if self._stopping():
            raise Stopped
        with reading() as db:
            found = db.execute(select(JOB.c.worker, JOB.c.cancel_asked).where(JOB.c.id == self.id)).one()
            if found.worker != self._row["worker"]:
                raise Lost
            if found.cancel_asked and not self.tidying:
                raise Cancelled
            self.actor = _standing(db, self.actor)
            shared = is_sqlite(db)
        if shared and time.monotonic() - self._turn > _WORK_SECONDS:
            time.sleep(_TURN_SECONDS)
            self._turn = time.monotonic()

    def step(
        self,
        db: Session,
        *,
        done: int | None = None,
        total: int | None = None,
        failed: int | None = None,
        cursor: Any = None,
        result: Any = None,
        change_set_id: int | None = None,
    ) -> None:
        """Note in the transaction of a chunk how far the work is with it: counts from its beginning, and what a later run needs.

        Raises:
            Lost: another worker has taken this up; the chunk must not be committed.
        """
        given = {
            "done": done, "total": total, "failed": failed, "cursor": cursor, "result": result, "change_set_id": change_set_id
        }  # fmt: skip
        news = {name: value for name, value in given.items() if value is not None}
        self._note(db, news | {"attempts": 0, "lease_until": lease()})
        for name, value in news.items():
            setattr(self, name, value)

    def finish(
        self,
        *,
        message: Message | None = None,
        result: Any = None,
        file_id: int | None = None,
        change_set_id: int | None = None,
    ) -> None:
        """The work is done. Inside the transaction of the last chunk it is committed with it.

        Raises:
            Lost: another worker has taken this up.
        """
        news = {"result": result, "file_id": file_id, "change_set_id": change_set_id}
        self.end("done", message or msg("Done."), {name: value for name, value in news.items() if value is not None})

    def end(self, state: State, message: Message, news: Mapping[str, Any] | None = None) -> None:
        """It ends like this, and the person is told.

        Raises:
            Lost: another worker has taken this up.
        """
        with writing() as db:
            self._note(db, {**(news or {}), "state": state, "message": message.to_json(), "ended_at": clock(), "lease_until": None})
            if self.actor.account:
                told = msg("{work}. {message}", work=_title(self.kind, self._row["table_name"]), message=message)
                notices.send(db, [self.actor.account], self.centre, "job", told, Record(self.centre, PAGE, self.id))
        self.ended = True

    def _note(self, db: Session, news: Mapping[str, Any]) -> None:
        own = (JOB.c.id == self.id, JOB.c.worker == self._row["worker"], JOB.c.state == "running")
        if not changed(db, update(JOB).where(*own).values(**news)):
            raise Lost


def clock() -> datetime:
    """The time to the microsecond: leases may be short, and progress is told per second."""
    return datetime.now(UTC)


def lease() -> datetime:
    """Until when a worker that now says it lives is believed."""
    return clock() + timedelta(seconds=settings().job_lease_seconds)


def cancelled(done: int) -> Message:
    """The words for work that was cancelled after so much of it."""
    if not done:
        return msg("Cancelled. Nothing was done.")
    return nmsg("Cancelled. {n} was done before.", "Cancelled. {n} were done before.", done)
