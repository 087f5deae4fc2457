"""The database: one engine per address, and the two ways to open a transaction on it."""

import contextlib
import math
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy import exc as sql_errors
from sqlalchemy.engine import make_url
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.selectable import Exists

from services.platform.i18n import Message, msg
from services.platform.settings import settings

SQLITE_NEEDED = (3, 43)
"""The first SQLite whose full-text index can delete without keeping the text (`contentless_delete`)."""
_BUSY = "database is locked"
_GONE = ("unable to open database file", "disk i/o error", "database disk image", "file is not a database")
_READ_ONLY = "readonly database"
"""The file, for a writer; in `reading` it is the statement that is wrong."""
_FULL = "disk is full"
_POSTGRES_FULL = "53100"
_POSTGRES_GONE = ("08", "53", "57P", "58")
"""SQLSTATE classes: connection, resources, operator intervention, system error."""
_POSTGRES_BUSY = ("57014", "55P03", "40P01", "40001")
"""Stopped by a time limit, lock not to be had, deadlock, conflict."""


_WORDS = {
    (False, False): msg("The database can't be reached. Try again in a minute."),
    (False, True): msg("The database can't be reached. Nothing was saved: try again in a minute."),
    (True, False): msg("The database is busy. Try again in a moment."),
    (True, True): msg("The database is busy. Nothing was saved: try again in a moment."),
}
"""(busy, writes) → what is said."""
_NO_ROOM = msg("The disk of the server is full, so nothing was saved. Ask whoever looks after it to make room, then try again.")


class DatabaseUnavailable(Exception):
    """The database can't be reached, or is too busy to answer. Nothing was written; trying again later may work."""

    def __init__(self, busy: bool, writes: bool = False, full: bool = False) -> None:
        self.busy, self.full = busy, full
        self.message: Message = _NO_ROOM if full else _WORDS[busy, writes]
        super().__init__(busy)

    def __str__(self) -> str:
        return str(self.message)


@dataclass(frozen=True)
class _Open:
    session: Session
    thread: int
    writes: bool


_open: ContextVar[_Open | None] = ContextVar("open transaction", default=None)


def engine() -> Engine:
    """The engine of the database in the settings; made once per address."""
    return _engine(settings().database_url)


def unlimited() -> Engine:
    """The engine for work that may take its time: no limit on statements (migrations)."""
    return engine().execution_options(seconds=0)


def is_sqlite(db: Session | Connection | Engine) -> bool:
    """Whether this runs on SQLite (otherwise PostgreSQL)."""
    bind = db.get_bind() if isinstance(db, Session) else db
    return bind.dialect.name == "sqlite"


@contextlib.contextmanager
def reading(*, seconds: int | None = None, snapshot: bool = False) -> Iterator[Session]:
    """A transaction that reads and can't write. Inside another one it is that one.

    `seconds`: longest time of a statement instead of the setting; 0: no limit (exports that stream). `snapshot`: all its
    statements see the same moment (on SQLite they always do).

    Raises:
        DatabaseUnavailable: the database is gone, locked, or slower than the limit.
    """
    around = _around()
    if around is not None:
        yield around.session
        return
    with _transaction(writes=False, seconds=seconds, snapshot=snapshot) as session:
        yield session


@contextlib.contextmanager
def writing(*, seconds: int | None = None) -> Iterator[Session]:
    """A transaction that writes: committed at the end, rolled back on an error.

    Inside another `writing` it is a part of it: an error undoes this part, and the whole unless it is caught.

    Raises:
        DatabaseUnavailable: the database is gone, locked, or slower than the limit; nothing was written.
    """
    around = _around()
    if around is not None and around.writes:
        with around.session.begin_nested():
            yield around.session
        return
    with _transaction(writes=True, seconds=seconds) as session:
        yield session


def analyze() -> None:
    """After a load of many rows, outside of any transaction: PostgreSQL learns how many there are; without, it plans as for few.

    SQLite needs no figures: it is told what to begin with.
    """
    if is_sqlite(engine()):
        return
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT", seconds=0) as connection:
        connection.exec_driver_sql("vacuum (analyze)")


def _around() -> _Open | None:
    around = _open.get()
    return around if around is not None and around.thread == threading.get_ident() else None


@contextlib.contextmanager
def _transaction(*, writes: bool, seconds: int | None, snapshot: bool = False) -> Iterator[Session]:
    limit = settings().statement_seconds if seconds is None else seconds
    session = Session(engine(), expire_on_commit=False)
    token = _open.set(_Open(session, threading.get_ident(), writes))
    try:
        with session, session.begin():
            session.connection(execution_options={"writes": writes, "seconds": limit, "snapshot": snapshot})
            yield session
    except (sql_errors.OperationalError, sql_errors.InterfaceError, sql_errors.TimeoutError, sql_errors.DBAPIError) as error:
        found = _unavailable(error, writes)
        if found is None:
            raise
        raise found from error
    finally:
        _open.reset(token)


def _unavailable(error: sql_errors.SQLAlchemyError, writes: bool) -> DatabaseUnavailable | None:
    """What an error of the driver says about the database; nothing when it is about the statement."""
    if isinstance(error, sql_errors.TimeoutError):
        return DatabaseUnavailable(True, writes)
    if not isinstance(error, sql_errors.DBAPIError):
        return None
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state is not None:
        if state in _POSTGRES_BUSY:
            return DatabaseUnavailable(True, writes)
        if state == _POSTGRES_FULL:
            return DatabaseUnavailable(False, writes, full=True)
        return DatabaseUnavailable(False, writes) if state.startswith(_POSTGRES_GONE) else None
    text = str(error.orig).lower()
    if _BUSY in text or text == "interrupted":
        return DatabaseUnavailable(True, writes)
    if _FULL in text:
        return DatabaseUnavailable(False, writes, full=True)
    if error.connection_invalidated or any(sign in text for sign in _GONE) or (writes and _READ_ONLY in text):
        return DatabaseUnavailable(False, writes)
    # psycopg gives no SQLSTATE for a server that can't be reached or went away.
    if type(error.orig).__module__.startswith("psycopg") and isinstance(error, sql_errors.OperationalError | sql_errors.InterfaceError):
        return DatabaseUnavailable(False, writes)
    return None


@lru_cache
def _engine(address: str) -> Engine:
    url = make_url(address)
    pool: dict[str, Any] = {
        "pool_size": settings().pool_size,
        "max_overflow": settings().pool_overflow,
        "pool_timeout": settings().lock_seconds,
        "hide_parameters": True,
    }
    if url.get_backend_name() == "sqlite":
        return _sqlite(Path(url.database or ""), pool)
    return _postgresql(address, pool)


def _postgresql(address: str, pool: dict[str, Any]) -> Engine:
    # Fifty rows of a list are there before helping processes have started; charts over all rows still have them.
    parallel = "-c parallel_setup_cost=20000"
    options = f"-c lock_timeout={settings().lock_seconds}s -c idle_in_transaction_session_timeout=300s -c timezone=UTC {parallel}"
    made = create_engine(
        address,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={"connect_timeout": settings().lock_seconds, "options": options},
        **pool,
    )

    @event.listens_for(made, "begin")
    def begin(connection: Connection) -> None:
        asked = connection.get_execution_options()
        level = "isolation level repeatable read, " if asked.get("snapshot") else ""
        mode = "" if asked.get("writes", True) else f"set transaction {level}read only; "
        connection.exec_driver_sql(f"{mode}set local statement_timeout = '{int(asked.get('seconds', 0))}s'")

    return made


def sqlite_module() -> Any:
    """The SQLite of Python, or the newer one of pysqlite3 where Python's lacks what the product uses."""
    if sqlite3.sqlite_version_info >= SQLITE_NEEDED:
        return sqlite3
    try:
        from pysqlite3 import dbapi2
    except ImportError:
        return sqlite3
    return dbapi2


def _sqlite(path: Path, pool: dict[str, Any]) -> Engine:
    """An engine that opens its transactions itself (pysqlite would not at a SELECT) and notices a file put in its place."""
    # mode=rw: a database file that went away is an error, not an empty database. `migrate` makes the file.
    made = create_engine(
        f"sqlite:///file:{path.as_posix()}?mode=rw&uri=true",
        module=sqlite_module(),
        connect_args={"timeout": settings().lock_seconds, "check_same_thread": False, "cached_statements": 512},
        **pool,
    )

    @event.listens_for(made, "connect")
    def connect(connection: Any, entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode = wal",
            "foreign_keys = on",
            "synchronous = normal",
            "cache_size = -16000",
            "mmap_size = 1073741824",
            "temp_store = memory",
            "journal_size_limit = 67108864",
        ):
            connection.execute(f"pragma {pragma}")
        entry.info["file"] = _identity(path)
        entry.info["stop_at"] = math.inf
        # SQLite gives up a reading statement after its time, as PostgreSQL does. Writers wait for each other instead.
        connection.set_progress_handler(lambda: time.monotonic() > entry.info["stop_at"], 1_000_000)

    @event.listens_for(made, "before_cursor_execute")
    def before_statement(connection: Connection, *_statement: Any) -> None:
        seconds = connection.info.get("seconds")
        connection.info["stop_at"] = time.monotonic() + seconds if seconds else math.inf

    @event.listens_for(made, "checkout")
    def checkout(_connection: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
        if entry.info.get("file") != _identity(path):
            raise sql_errors.DisconnectionError("the database file is another one now")

    @event.listens_for(made, "begin")
    def begin(connection: Connection) -> None:
        asked = connection.get_execution_options()
        writes = asked.get("writes", True)
        if connection.info.get("writes") is not writes:
            connection.exec_driver_sql(f"pragma query_only = {'off' if writes else 'on'}")
            connection.info["writes"] = writes
        connection.info["seconds"] = 0 if writes else asked.get("seconds", 0)
        connection.exec_driver_sql("begin immediate" if writes else "begin")

    return made


@compiles(Exists, "sqlite")
def _exists(element: Exists, compiler: Any, **kw: Any) -> str:
    """`+EXISTS`: SQLite 3.51.0 and 3.51.1 turn EXISTS into a join, and where there are two of them give rows several times."""
    return f"+{compiler.visit_unary(element, **kw)}"


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
