"""The first steps of an empty installation."""

import pytest
from sqlalchemy import func, select

from services import accounts, areas, setup
from services.crud.access import Forbidden
from services.crud.errors import Invalid
from services.crud.registry import table
from services.platform.db import reading, writing
from tests.conftest import Database

assert areas
GOOD = "three blue boats"


def establish(**changes: str) -> int:
    given = {"given_code": setup.code(), "centre": "东湖中心", "name": "赵明", "username": "Zhao", "password": GOOD} | changes
    with writing() as db:
        return setup.establish(db, **given)


def test_whoever_has_the_code_makes_the_centre_and_may_sign_in(database: Database) -> None:
    with reading() as db:
        assert setup.needed(db)
    centre = establish()
    with reading() as db:
        assert not setup.needed(db)
        found = accounts.candidate(db, "zhao")
        assert accounts.matches(GOOD, found.password_hash)
        actor = accounts.actor_for(db, found.account or 0)
    assert actor.centre == centre
    assert actor.roles == {"admin", "director"}


@pytest.mark.parametrize("code", ["", "AAAA-AAAA", "汉字", " " * 9])
def test_without_the_code_nothing_is_made(database: Database, code: str) -> None:
    with pytest.raises(Forbidden):
        establish(given_code=code)
    with reading() as db:
        assert setup.needed(db)


def test_the_code_is_good_once(database: Database) -> None:
    establish()
    with pytest.raises(Forbidden):
        establish(username="second")


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"centre": " "}, "centre"), ({"password": "short"}, "password"), ({"username": "不行"}, "username"), ({"name": ""}, "name")],
)
def test_what_is_wrong_is_said_by_field_and_leaves_nothing(database: Database, changes: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        establish(**changes)
    assert field in refused.value.errors
    centre = table("centre").sql
    with reading() as db:
        assert db.scalar(select(func.count()).select_from(centre)) == 0
        assert setup.needed(db)


def test_codes_are_read_however_they_are_typed(database: Database) -> None:
    establish(given_code=f" {setup.code().lower()} ")
