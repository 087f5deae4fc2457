"""The demo centre in a database of each kind, and the people who work in it."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from fasteners import InterProcessLock
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from models import TABLES
from models.accounts import ROLES
from seed import demo as demo_centre
from services import areas, centres
from services.crud.access import Actor, system_actor
from services.crud.registry import Table, table, tables
from services.platform import db
from services.platform.settings import override
from tests.conftest import ENGINES

NAMES = [name for name in tables() if name in TABLES]
"""Every table that the product declares, without those of tests."""
ALL_ROLES = frozenset(role.code for role in ROLES)


@dataclass(frozen=True)
class Demo:
    """The demo centre, and an empty one beside it."""

    engine: str
    centre: int
    other: int
    people: dict[str, Actor]
    """Role → whoever has it in the demo."""

    @property
    def product(self) -> Actor:
        """The product itself."""
        return system_actor(self.centre, "job")

    @property
    def everybody(self) -> Actor:
        """Somebody with every role."""
        return replace(self.people["facility"], roles=ALL_ROLES)

    @property
    def nobody(self) -> Actor:
        """Somebody who is signed in and has no role."""
        return replace(self.people["facility"], roles=frozenset())

    @property
    def stranger(self) -> Actor:
        """Somebody with every role in the other centre."""
        return Actor(account=None, name="stranger", centre=self.other, roles=ALL_ROLES)


@pytest.fixture(scope="session")
def _seeded(_templates: Callable[[str], str], _shared: Path, request: pytest.FixtureRequest) -> Callable[[str], tuple[str, Path]]:
    """Makes the database with the demo centre that modules copy, once per engine and run: its address and its data folder."""

    def seeded(engine: str) -> tuple[str, Path]:
        folder = _shared / f"demo-{engine}"
        server = request.getfixturevalue("postgresql") if engine == "postgresql" else ""
        url = server.format("demo_centre") if server else f"sqlite:///{(folder / 'centre.db').as_posix()}"
        with InterProcessLock(_shared / f"demo-{engine}.lock"):
            if not (folder / "done").exists():
                folder.mkdir(exist_ok=True)
                _copy(_templates(engine), url, "template_centre", server)
                with override(data_dir=folder, database_url=url):
                    _fill()
                    db.engine().dispose()
                (folder / "done").touch()
        return url, folder

    return seeded


def _fill() -> None:
    with db.writing() as session:
        centre = demo_centre.make(session).centre
        centres.establish(session, {"name": "别处的社区服务中心", "code": "BC-02"})
    with db.writing() as session:
        areas.daily(session, centre)


def _copy(source: str, url: str, template: str, server: str) -> None:
    if not server:
        shutil.copy(source.removeprefix("sqlite:///"), url.removeprefix("sqlite:///"))
        return
    with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {make_url(url).database} template {template} strategy file_copy")


@pytest.fixture(scope="module", params=ENGINES)
def demo(
    request: pytest.FixtureRequest, _seeded: Callable[[str], tuple[str, Path]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    """The demo centre for all tests of a module, which must leave it as they found it: once on SQLite and once on PostgreSQL."""
    source, data = _seeded(request.param)
    server = request.getfixturevalue("postgresql") if request.param == "postgresql" else ""
    name = f"demo_{uuid4().hex[:12]}"
    url = server.format(name) if server else f"sqlite:///{(tmp_path_factory.mktemp('demo') / 'centre.db').as_posix()}"
    _copy(source, url, "demo_centre", server)
    with override(data_dir=data, database_url=url):
        try:
            yield _people(request.param)
        finally:
            db.engine().dispose()
            if server:
                with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
                    connection.execute(f"drop database {name} with (force)")


def _people(engine: str) -> Demo:
    account, staff = table("account").sql.c, table("staff").sql
    with db.reading() as session:
        centre, other = session.execute(select(table("centre").sql.c.id).order_by("id")).scalars()
        rows = session.execute(select(account.id, account.name, account.roles, account.staff, staff.c.department)
                               .outerjoin(staff, staff.c.id == account.staff).where(account.centre_id == centre)).all()  # fmt: skip
    people = {
        row.roles[0]: Actor(account=row.id, name=row.name, centre=centre, roles=frozenset(row.roles), staff=row.staff,
                            department=row.department, departments=frozenset({row.department} - {None}), language="en")
        for row in rows
    }  # fmt: skip
    assert people.keys() == ALL_ROLES
    return Demo(engine, centre, other, people)


class _Undo(Exception):
    pass


@contextlib.contextmanager
def undone() -> Iterator[Session]:
    """A transaction that is rolled back at the end."""
    with contextlib.suppress(_Undo), db.writing() as session:
        yield session
        raise _Undo


@pytest.fixture
def session(demo: Demo) -> Iterator[Session]:
    """A transaction over the demo centre; what a test writes is gone after it."""
    with undone() as made:
        yield made


def live(session: Session, of: Table, centre: int, most: int = 30) -> list[int]:
    """The newest live records of a table."""
    own = of.sql.c
    where = (own.centre_id == centre, own.deleted_at.is_(None))
    return list(session.execute(select(own.id).where(*where).order_by(own.id.desc()).limit(most)).scalars())
