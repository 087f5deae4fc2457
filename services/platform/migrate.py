"""Brings the database to what the declarations say: the migrations of `models/migrations`, run safely at every start."""

import re
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fasteners import InterProcessLock
from sqlalchemy import Connection, Engine, MetaData, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from services.platform import db
from services.platform.settings import ROOT, override, settings

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = ROOT / "models" / "migrations"
BACKUPS_KEPT = 5
_ADVISORY_LOCK = 7_201_519_001


class MigrationBroken(Exception):
    """A migration left rows that refer to nothing; it was rolled back."""


def metadata() -> MetaData:
    """Every declared table."""
    from sqlmodel import SQLModel

    import models  # noqa: F401  (declares every table)

    warnings.filterwarnings("ignore", "Cannot correctly sort tables")
    return SQLModel.metadata


def head() -> str | None:
    """The newest revision, read from the files without Alembic."""
    revisions: set[str] = set()
    parents: set[str] = set()
    for file in (MIGRATIONS / "versions").glob("*.py"):
        said = dict(re.findall(r'^(revision|down_revision)\b[^=]*= "(\w+)"', file.read_text("utf-8"), re.MULTILINE))
        revisions.add(said["revision"])
        parents.add(said.get("down_revision", ""))
    return next(iter(revisions - parents), None)


def current() -> str | None:
    """The revision that the database is at; none for an empty one.

    Raises:
        DatabaseUnavailable: it can't be reached.
    """
    path = _sqlite_path()
    if path is not None and not path.exists():
        return None
    with db.reading() as session:
        if not inspect(session.connection()).has_table("alembic_version"):
            return None
        found: str | None = session.execute(text("select version_num from alembic_version")).scalar()
        return found


def upgrade(echo: Callable[[str], Any] = print) -> None:
    """Bring the database to the newest revision; does nothing, quickly, when it is there. Several processes may do it at once.

    On SQLite a copy is put into `backups/` first, and everything is one transaction: a migration that fails changes nothing.

    Raises:
        DatabaseUnavailable: it can't be reached.
        MigrationBroken: rows would refer to nothing.
    """
    if current() == head():
        return
    with alone():
        if current() == head():
            return
        echo(f"正在更新数据库到版本 {head()} …… / Bringing the database to revision {head()} …")
        _run("upgrade", "head")


def downgrade(revision: str = "base") -> None:
    """Take the database back to a revision (all of it: `base`)."""
    with alone():
        _run("downgrade", revision)


@contextmanager
def alone() -> Iterator[None]:
    """Only one process at a time, of all that use this database, is in here."""
    path = _sqlite_path()
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with InterProcessLock(path.with_name(f"{path.name}.lock")):
            path.touch()
            yield
        return
    with db.unlimited().connect() as connection:
        connection.execute(text("select pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
        try:
            yield
        finally:
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": _ADVISORY_LOCK})


def drift() -> list[str]:
    """How the database differs from the declarations, one line each; empty when they agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with db.reading() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True, "include_object": declared_object})
        return [str(difference) for difference in compare_metadata(context, metadata())]


def declared_object(_object: Any, name: str | None, kind: str, reflected: bool, counterpart: Any) -> bool:
    """Whether Alembic compares this: not the search index of each database, which no declaration can express."""
    from models import TABLES

    if kind == "table" and not reflected and name not in TABLES:
        return False
    made_here = ("search_index", "sqlite_", "tokens", "ix_search_entry_tokens")
    return not (reflected and counterpart is None and (name or "").startswith(made_here))


def write(message: str) -> None:
    """Write the migration from the newest revision to the declarations."""
    from alembic import command

    with (
        tempfile.TemporaryDirectory() as folder,
        override(data_dir=Path(folder), database_url=f"sqlite:///{Path(folder).as_posix()}/new.db"),
    ):
        upgrade(lambda _line: None)
        number = len(list((MIGRATIONS / "versions").glob("*.py"))) + 1
        with alone(), _connection() as connection:
            command.revision(_config(connection), message, autogenerate=True, rev_id=f"{number:04}")
        db.engine().dispose()


def _run(direction: str, revision: str) -> None:
    from alembic import command

    path = _sqlite_path()
    if path is not None and current() is not None:
        _back_up(path)
    with _connection() as connection:
        getattr(command, direction)(_config(connection), revision)
        if path is not None and (lost := connection.exec_driver_sql("pragma foreign_key_check").fetchall()):
            raise MigrationBroken(f"rows that refer to nothing: {lost[:10]}")


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config(attributes={"connection": connection, "metadata": metadata(), "declared_object": declared_object})
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


@contextmanager
def _connection() -> Iterator[Connection]:
    """A connection of its own in one transaction; on SQLite with foreign keys off, since tables are rebuilt."""
    path = _sqlite_path()
    engine = _loose_sqlite(path) if path is not None else db.unlimited()
    with engine.begin() as connection:
        yield connection


def _loose_sqlite(path: Path) -> Engine:
    made = create_engine(f"sqlite:///{path.as_posix()}", module=db.sqlite_module(), poolclass=NullPool)

    @event.listens_for(made, "connect")
    def connect(connection: Any, _entry: Any) -> None:
        connection.isolation_level = None
        connection.execute("pragma foreign_keys = off")
        connection.execute("pragma busy_timeout = 60000")

    @event.listens_for(made, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("begin immediate")

    return made


def _back_up(path: Path) -> None:
    """Copy the database beside the data before it is changed; the oldest copies go."""
    folder = settings().data_dir / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    module = db.sqlite_module()
    source, target = module.connect(path), module.connect(folder / f"{path.stem}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{current()}.db")
    with target:
        source.backup(target)
    target.close()
    source.close()
    for old in sorted(folder.glob(f"{path.stem}-*.db"))[:-BACKUPS_KEPT]:
        old.unlink()


def _sqlite_path() -> Path | None:
    url = make_url(settings().database_url)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


if __name__ == "__main__":
    write(sys.argv[1])
