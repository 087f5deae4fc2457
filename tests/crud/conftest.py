"""The sample tables in a database, two centres, and somebody for every role."""

import pytest
from sqlalchemy import text

from services.crud.access import Actor
from services.platform import db
from tests.conftest import Database
from tests.crud import sample

CENTRE, OTHER = 1, 2


def prepare(database: Database) -> Database:
    """Make the sample tables and two centres."""
    with db.engine().begin() as connection:
        sample.create(connection)
    with db.writing() as session:
        sample.put(
            session, "centre", [{"id": id_, "centre_id": id_, "name": f"Centre {id_}", "code": f"C{id_}"} for id_ in (CENTRE, OTHER)]
        )
        if database.engine == "postgresql":
            session.execute(text("SELECT setval(pg_get_serial_sequence('centre', 'id'), 10)"))
    return database


@pytest.fixture
def library(database: Database) -> Database:
    """A fresh database with the sample tables."""
    return prepare(database)


@pytest.fixture(scope="module")
def shared_library(shared_database: Database) -> Database:
    """One database with the sample tables for all tests of a module."""
    return prepare(shared_database)


def actor(
    *roles: str, account: int | None = None, staff: int | None = None, departments: tuple[int, ...] = (), centre: int = CENTRE
) -> Actor:
    """Somebody with these roles."""
    return Actor(account=account, name="+".join(roles) or "nobody", centre=centre, roles=frozenset(roles), staff=staff,
                 departments=frozenset(departments))  # fmt: skip
