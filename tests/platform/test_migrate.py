"""Migrations: up, down, no drift, many at once, and nothing half done."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from models import TABLES
from services.platform import db, migrate
from services.platform.db import reading, writing
from services.platform.settings import ROOT, override
from tests.conftest import ENGINES, Database


def quiet(_line: str) -> None:
    return None


def tables() -> set[str]:
    with reading() as session:
        return set(inspect(session.connection()).get_table_names()) - {"alembic_version"}


def test_the_migrations_make_what_is_declared(database: Database) -> None:
    assert migrate.current() == migrate.head()
    assert tables() >= TABLES
    assert migrate.drift() == []


def test_down_to_nothing_and_up_again(database: Database) -> None:
    full = tables()
    migrate.downgrade()
    assert not tables() & TABLES
    migrate.upgrade(quiet)
    assert tables() == full
    assert migrate.drift() == []


def test_a_missing_column_is_seen_as_drift(database: Database) -> None:
    with writing() as session:
        session.execute(text("alter table notice drop column kind"))
        session.execute(text("create table stray (id integer primary key)"))
    said = "\n".join(migrate.drift())
    assert "kind" in said
    assert "stray" in said


def test_nothing_to_do_takes_no_time_and_needs_no_alembic(database: Database) -> None:
    code = (
        "import sys, time; from services.platform import migrate; migrate.current(); began = time.perf_counter(); "
        "migrate.upgrade(); assert 'alembic' not in sys.modules; assert 'models' not in sys.modules; print(time.perf_counter() - began)"
    )
    took = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment(database), capture_output=True, text=True, check=True)
    assert float(took.stdout) < 0.2


def environment(database: Database) -> dict[str, str]:
    import os

    return {**os.environ, **database.environment, "PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize("engine", ENGINES)
def test_several_processes_that_start_at_once(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if engine == "sqlite":
        url = f"sqlite:///{(tmp_path / 'centre.db').as_posix()}"
    else:
        server: str = request.getfixturevalue("postgresql")
        name = f"together_{time.time_ns()}"
        with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
            connection.execute(f"create database {name}")
        url = server.format(name)
    fresh = Database(engine, url, tmp_path)
    code = "from services.platform import migrate; migrate.upgrade(); assert migrate.current() == migrate.head()"
    started = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment(fresh), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(4)
    ]
    said = [process.communicate()[0].decode() for process in started]
    assert [process.returncode for process in started] == [0] * 4, said
    assert sum("Bringing the database" in one for one in said) == 1
    with override(data_dir=tmp_path, database_url=url):
        assert migrate.drift() == []
        db.engine().dispose()


@pytest.fixture
def versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The migrations with room for one more, away from the real ones."""
    copy = tmp_path / "migrations"
    shutil.copytree(migrate.MIGRATIONS, copy)
    monkeypatch.setattr(migrate, "MIGRATIONS", copy)
    return copy / "versions"


def add_version(versions: Path, upgrade: str) -> None:
    before = migrate.head()
    (versions / "9999_next.py").write_text(
        f'from alembic import op\nimport sqlalchemy as sa\nrevision = "9999"\ndown_revision = "{before}"\n'
        f"def upgrade():\n{upgrade}\ndef downgrade():\n    pass\n",
        "utf-8",
    )


def test_a_migration_that_fails_changes_nothing(database: Database, versions: Path) -> None:
    before = (migrate.current(), tables())
    add_version(versions, '    op.create_table("half", sa.Column("id", sa.Integer))\n    op.execute("select * from nowhere")')
    with pytest.raises(SQLAlchemyError):
        migrate.upgrade(quiet)
    assert (migrate.current(), tables()) == before


def test_rebuilding_a_table_keeps_what_refers_to_it_and_a_copy_is_put_aside(sqlite_database: Database, versions: Path) -> None:
    with writing() as session:
        session.execute(text("create table parent (id integer primary key, name text)"))
        session.execute(text("create table child (id integer primary key, parent_id integer references parent (id) on delete cascade)"))
        session.execute(text("insert into parent values (1, 'a')"))
        session.execute(text("insert into child values (1, 1)"))
    add_version(
        versions,
        '    with op.batch_alter_table("parent", recreate="always") as batch:\n        batch.add_column(sa.Column("more", sa.Integer))',
    )
    migrate.upgrade(quiet)
    with reading() as session:
        assert session.execute(text("select count(*) from child")).scalar_one() == 1
        assert session.execute(text("select name, more from parent")).one() == ("a", None)
    assert [path.suffix for path in (sqlite_database.data_dir / "backups").iterdir()] == [".db"]


def test_rows_that_would_refer_to_nothing_are_noticed(sqlite_database: Database, versions: Path) -> None:
    with writing() as session:
        session.execute(text("create table parent (id integer primary key)"))
        session.execute(text("create table child (id integer primary key, parent_id integer references parent (id))"))
        session.execute(text("insert into parent values (1)"))
        session.execute(text("insert into child values (1, 1)"))
    add_version(versions, '    op.execute("delete from parent")')
    with pytest.raises(migrate.MigrationBroken):
        migrate.upgrade(quiet)
    with reading() as session:
        assert session.execute(text("select count(*) from parent")).scalar_one() == 1


def test_only_the_newest_copies_are_kept(sqlite_database: Database) -> None:
    folder = sqlite_database.data_dir / "backups"
    folder.mkdir()
    for number in range(9):
        (folder / f"centre-20260101T00000{number}-0001.db").touch()
    migrate._back_up(sqlite_database.data_dir / "centre.db")
    left = sorted(path.name for path in folder.iterdir())
    assert len(left) == migrate.BACKUPS_KEPT
    assert (folder / left[-1]).stat().st_size > 0
