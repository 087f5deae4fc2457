"""Transactions: what is together, what is undone, and what happens when the database is gone."""

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy import exc, text

from services.platform import db
from services.platform.db import DatabaseUnavailable, reading, writing
from services.platform.settings import override
from tests.conftest import Database

ADD = text("insert into sequence (centre_id, name, period, value) values (1, :name, '', 1)")


def names() -> list[str]:
    with reading() as session:
        return list(session.execute(text("select name from sequence order by name")).scalars())


def add(name: str) -> None:
    with writing() as session:
        session.execute(ADD, {"name": name})


def test_commits_at_the_end_and_rolls_back_on_an_error(database: Database) -> None:
    add("a")
    with pytest.raises(ZeroDivisionError), writing() as session:
        session.execute(ADD, {"name": "b"})
        _ = 1 / 0
    assert names() == ["a"]


def test_a_part_is_undone_alone_when_its_error_is_caught(database: Database) -> None:
    with writing() as outer:
        outer.execute(ADD, {"name": "a"})
        with pytest.raises(ZeroDivisionError), writing() as inner:
            assert inner is outer
            inner.execute(ADD, {"name": "b"})
            _ = 1 / 0
        add("c")
    assert names() == ["a", "c"]


def test_the_whole_is_undone_with_its_part(database: Database) -> None:
    def both() -> None:
        with writing() as session:
            session.execute(ADD, {"name": "a"})
            add("a")

    with pytest.raises(exc.IntegrityError):
        both()
    assert names() == []


def test_reading_inside_writing_sees_what_is_not_committed(database: Database) -> None:
    with writing() as session:
        session.execute(ADD, {"name": "a"})
        assert names() == ["a"]


def test_reading_can_not_write(database: Database) -> None:
    with pytest.raises((exc.OperationalError, exc.InternalError)), reading() as session:
        session.execute(ADD, {"name": "a"})
    add("b")
    assert names() == ["b"]


def test_another_thread_has_a_transaction_of_its_own(database: Database) -> None:
    seen: list[list[str]] = []
    with writing() as session:
        session.execute(ADD, {"name": "a"})
        other = threading.Thread(target=lambda: seen.append(names()))
        other.start()
        other.join()
    assert seen == [[]]
    assert names() == ["a"]


def test_writers_take_turns(database: Database) -> None:
    add("n")

    def raise_by_one() -> None:
        for _ in range(10):
            with writing() as session:
                value = session.execute(
                    text("select value from sequence where name = 'n'" + ("" if db.is_sqlite(session) else " for update"))
                ).scalar_one()
                session.execute(text("update sequence set value = :value"), {"value": value + 1})

    threads = [threading.Thread(target=raise_by_one) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with reading() as session:
        assert session.execute(text("select value from sequence")).scalar_one() == 81


SLOW = {
    "sqlite": "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n",
    "postgresql": "select pg_sleep(20)",
}


def test_a_statement_that_takes_too_long_is_stopped(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable) as caught, reading(seconds=1) as session:
        session.execute(text(SLOW[database.engine]))
    assert caught.value.busy
    assert "Try again" in str(caught.value)
    assert names() == []


def test_gone_for_a_while_and_back_without_a_restart(database: Database, postgresql: str) -> None:
    add("before")
    bring_back = take_away(database, postgresql)
    for action in (names, lambda: add("lost")):
        with pytest.raises(DatabaseUnavailable) as caught:
            action()
        assert not caught.value.busy
    bring_back()
    add("after")
    assert names() == ["after", "before"]


def take_away(database: Database, server: str) -> Callable[[], None]:
    if database.engine == "sqlite":
        path = database.data_dir / "centre.db"
        away = path.rename(path.with_suffix(".away"))

        def put_back() -> None:
            away.rename(path)

        return put_back

    def run(*statements: str) -> None:
        with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
            for one in statements:
                connection.execute(one)

    run(
        f"alter database {database.name} allow_connections false",
        f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database.name}'",
    )
    return lambda: run(f"alter database {database.name} allow_connections true")


def test_gone_in_the_middle_of_a_transaction(database: Database, postgresql: str) -> None:
    if database.engine == "sqlite":
        return  # an open file stays readable and writable
    with pytest.raises(DatabaseUnavailable), writing() as session:
        session.execute(ADD, {"name": "a"})
        take_away(database, postgresql)()
        session.execute(ADD, {"name": "b"})
    assert names() == []


def test_a_database_put_in_place_of_another_is_noticed(sqlite_database: Database) -> None:
    path = sqlite_database.data_dir / "centre.db"
    copy = path.with_suffix(".copy")
    copy.write_bytes(path.read_bytes())
    add("in the old file")
    copy.replace(path)
    for leftover in ("centre.db-wal", "centre.db-shm"):
        path.with_name(leftover).unlink(missing_ok=True)
    assert names() == []


def test_a_missing_file_is_not_an_empty_database(sqlite_database: Database) -> None:
    with override(database_url=f"sqlite:///{sqlite_database.data_dir}/nowhere.db"), pytest.raises(DatabaseUnavailable):
        names()
    assert not (sqlite_database.data_dir / "nowhere.db").exists()


def test_a_writer_that_waits_too_long_is_told(database: Database) -> None:
    with override(lock_seconds=1):
        db._engine.cache_clear()
        try:
            told: list[Any] = []

            def second() -> None:
                try:
                    with writing() as session:
                        session.execute(ADD, {"name": "a"})
                except DatabaseUnavailable as error:
                    told.append(error.busy)

            with writing() as session:
                session.execute(ADD, {"name": "a"})
                waits = threading.Thread(target=second)
                waits.start()
                waits.join()
            assert told == [True]
        finally:
            db.engine().dispose()
            db._engine.cache_clear()


def test_the_log_never_shows_values(database: Database) -> None:
    with pytest.raises(exc.IntegrityError) as caught, writing() as session:
        session.execute(ADD, {"name": "陈某"})
        session.execute(ADD, {"name": "陈某"})
    assert "陈某" not in str(caught.value).split("DETAIL")[0]


def test_the_database_learns_how_many_rows_were_loaded(database: Database) -> None:
    with writing() as session:
        session.execute(text("create table many as select 1 as n"))
        for _time in range(10):
            session.execute(text("insert into many select n from many"))
    db.analyze()
    with reading() as session:
        assert database.engine == "sqlite" or session.scalar(text("select reltuples from pg_class where relname = 'many'")) == 1024
