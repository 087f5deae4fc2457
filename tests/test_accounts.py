"""Accounts: who is let in and who is not, what an actor is, passwords, preferences."""

from collections.abc import Iterator
from dataclasses import replace

import bcrypt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from streamlit_authenticator.utilities.hasher import Hasher

from models.fields import now
from services import accounts, areas, centres
from services.crud import history, write
from services.crud.access import Actor, Forbidden, system_actor
from services.crud.errors import Invalid
from services.crud.registry import table
from services.platform.db import reading, writing
from tests.areas.conftest import House, furnish
from tests.conftest import Database

assert areas
GOOD = "three blue boats"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A hash that takes a millisecond: how long it takes is the library's affair."""
    salt = bcrypt.gensalt
    monkeypatch.setattr(bcrypt, "gensalt", lambda: salt(4))
    accounts.nobody.cache_clear()
    yield
    accounts.nobody.cache_clear()


@pytest.fixture
def house(database: Database) -> House:
    """A centre in a database of the test's own, everybody with a password."""
    with writing() as db:
        made = furnish()
        for account in made.accounts.values():
            accounts.set_password(db, made.system, account, GOOD)
    return made


def admin(house: House) -> Actor:
    """Somebody who may edit accounts."""
    made = house.create("account", username="admin", name="管理员", roles=["admin"])
    return Actor(account=made, name="管理员", centre=house.centre, roles=frozenset({"admin"}))


def candidate(username: str) -> accounts.Candidate:
    with reading() as db:
        return accounts.candidate(db, username)


def person(account: int) -> accounts.Person | None:
    with reading() as db:
        return accounts.person(db, account)


# Who is let in


@pytest.mark.parametrize("typed", ["clerk", " Clerk ", "CLERK", "ｃｌｅｒｋ", "clerk\t"])
def test_a_name_is_found_however_it_is_typed(house: House, typed: str) -> None:
    assert candidate(typed).account == house.accounts["clerk"]


@pytest.mark.parametrize("typed", ["", "nobody", "clerk'--", "clerk\0", "%", "cl_rk", "x" * 5000, "张clerk"])
def test_whoever_is_unknown_meets_a_hash_that_nothing_meets(house: House, typed: str) -> None:
    found = candidate(typed)
    assert found.account is None
    assert not accounts.matches(GOOD, found.password_hash)


def test_an_account_switched_off_deleted_or_without_a_password_is_nobody(house: House) -> None:
    off, gone = house.accounts["clerk"], house.accounts["head"]
    without = house.create("account", username="fresh", name="新人", roles=["clerk"])
    house.update("account", off, active=False)
    with writing() as db:
        db.execute(update(table("account").sql).where(table("account").sql.c.id == gone).values(deleted_at=now()))
    for username, account in (("clerk", off), ("head", gone), ("fresh", without)):
        assert candidate(username).account is None
        assert person(account) is None
        with pytest.raises(accounts.Inactive), reading() as db:
            accounts.actor_for(db, account)


def test_an_unknown_name_costs_one_check_like_a_wrong_password(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = []
    check = bcrypt.checkpw

    def counted(password: bytes, hashed: bytes) -> bool:
        checks.append(password)
        return check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    for username, password in (("nobody", GOOD), ("clerk", "wrong"), ("clerk", "密" * 200), ("clerk", "a\0b")):
        before = len(checks)
        assert not accounts.matches(password, candidate(username).password_hash)
        assert len(checks) == before + 1


# What an actor is


def test_an_actor_has_roles_staff_and_the_departments_below(house: House) -> None:
    office = house.departments["office"]
    below = house.create("department", code="ZH-1", name="后勤组", layer="operation", duties="后勤", parent=office)
    lowest = house.create("department", code="ZH-2", name="保洁组", layer="operation", duties="保洁", parent=below)
    with reading() as db:
        actor = accounts.actor_for(db, house.accounts["facility"], session="abc")
    assert actor.roles == {"facility"}
    assert (actor.account, actor.staff, actor.centre) == (house.accounts["facility"], house.staff["facility"], house.centre)
    assert actor.department == office
    assert actor.departments == {office, below, lowest}
    assert actor.session == "abc"
    assert not actor.trusted


def test_an_actor_without_staff_has_no_department(house: House) -> None:
    boss = admin(house)
    with writing() as db:
        accounts.set_password(db, house.system, boss.account or 0, GOOD)
    with reading() as db:
        actor = accounts.actor_for(db, boss.account or 0)
    assert (actor.staff, actor.department, actor.departments) == (None, None, frozenset())


def test_a_role_taken_away_is_gone_at_once(house: House) -> None:
    account = house.accounts["cashier"]
    house.update("account", account, roles=["clerk"])
    with reading() as db:
        assert accounts.actor_for(db, account).roles == {"clerk"}


# Passwords


def test_a_password_is_kept_as_the_library_checks_it(house: House) -> None:
    kept = candidate("clerk").password_hash
    assert Hasher.is_hash(kept)
    assert Hasher.check_pw(GOOD, kept)
    assert GOOD not in kept


def test_people_change_their_own_password_only_and_administrators_anyones(house: House) -> None:
    clerk, head = house.actor("clerk"), house.accounts["head"]
    with writing() as db:
        accounts.set_password(db, clerk, house.accounts["clerk"], "another good one")
    with pytest.raises(Forbidden), writing() as db:
        accounts.set_password(db, clerk, head, "another good one")
    with writing() as db:
        accounts.set_password(db, admin(house), head, "set by the office")
    assert accounts.matches("another good one", candidate("clerk").password_hash)
    assert accounts.matches("set by the office", candidate("head").password_hash)


def test_an_administrator_of_another_centre_has_no_say(house: House) -> None:
    stranger = Actor(account=None, name="x", centre=house.centre + 1, roles=frozenset({"admin"}))
    for account in (house.accounts["clerk"], 10**9):
        with pytest.raises(Forbidden), writing() as db:
            accounts.set_password(db, stranger, account, GOOD)


def test_a_new_password_ends_what_was_signed_in_with_the_old_one(house: House) -> None:
    account = house.accounts["clerk"]
    before = person(account)
    with writing() as db:
        accounts.set_password(db, house.actor("clerk"), account, "another good one")
    after = person(account)
    assert before is not None
    assert after is not None
    assert before.stamp != after.stamp


def test_the_history_says_who_set_a_password_and_never_which(house: House) -> None:
    account = house.accounts["clerk"]
    with writing() as db:
        accounts.set_password(db, admin(house), account, "set by the office")
    with reading() as db:
        told = history.of(db, house.system, table("account"), account)
    assert told[0].actor == "管理员"
    assert str(told[0].action) == "New password"
    assert not told[0].changes
    house.update("account", account, name="李娜")


@pytest.mark.parametrize(
    "weak",
    ["", "short", "1234567", "x" * 73, "汉" * 25, " leading blank", "trailing blank ", "a\0bcdefgh", "clerk-2026!", "aaaaaaaa", "11112222"],
)
def test_weak_passwords_are_refused_with_a_reason(house: House, weak: str) -> None:
    with pytest.raises(Invalid) as refused, writing() as db:
        accounts.set_password(db, house.actor("clerk"), house.accounts["clerk"], weak)
    assert set(refused.value.errors) == {"password"}
    assert accounts.matches(GOOD, candidate("clerk").password_hash)


@given(st.text(max_size=90))
def test_whatever_is_accepted_can_be_hashed_and_survives_being_stripped(password: str) -> None:
    if accounts.weakness(password) is None:
        assert len(password.encode()) <= accounts.LONGEST
        assert password == password.strip()


# Preferences


def test_people_keep_their_own_preferences_and_nothing_else(house: House) -> None:
    clerk = house.actor("clerk")
    with writing() as db:
        accounts.set_preferences(db, clerk, language="en", theme="dark", large_type=True, roles=["admin"], active=False)
    found = person(house.accounts["clerk"])
    assert found is not None
    assert (found.language, found.theme, found.large_type) == ("en", "dark", True)
    assert found.actor.roles == {"clerk"}


def test_a_preference_that_does_not_exist_is_refused(house: House) -> None:
    with pytest.raises(Invalid), writing() as db:
        accounts.set_preferences(db, house.actor("clerk"), theme="pink")


def test_a_change_of_preference_meets_no_stale_version(house: House) -> None:
    clerk = house.actor("clerk")
    for language in ("en", "zh_CN", "en"):
        with writing() as db:
            accounts.set_preferences(db, clerk, language=language)
    assert house.raw("account", house.accounts["clerk"])["language"] == "en"


# The demo


def test_the_demo_has_its_people_in_the_order_of_the_roles(database: Database) -> None:
    with writing() as db:
        house = furnish()
        for account in house.accounts.values():
            write.update(
                db,
                house.system,
                table("account"),
                account,
                {"active": False, "username": f"was.{account}"},
                house.version("account", account),
            )
        people = [accounts.DemoPerson("clerk", "李娜", ("clerk",)), accounts.DemoPerson("director", "赵明", ("director",))]
        made = accounts.create_demo(db, house.system, people, GOOD)
    with reading() as db:
        assert [one.username for one in accounts.demo_people(db)] == ["director", "clerk"]
        assert accounts.actor_for(db, made["director"]).roles == {"director"}
    assert accounts.matches(GOOD, candidate("director").password_hash)


def test_nobody_gives_themselves_roles_or_shuts_themselves_out(house: House) -> None:
    boss = admin(house)

    def change(account: int | None, **values: object) -> None:
        with writing() as db:
            write.update(db, boss, table("account"), account or 0, values, house.version("account", account or 0))

    wrong: tuple[dict[str, object], ...] = ({"roles": ["admin", "director"]}, {"active": False}, {"roles": []})
    for values in wrong:
        with pytest.raises(Invalid) as refused:
            change(boss.account, **values)
        assert refused.value.errors.keys() & values.keys()
    change(boss.account, name="管理员甲")
    change(house.accounts["clerk"], roles=["admin", "clerk"])
    change(house.accounts["clerk"], active=False)


def test_a_new_account_gets_its_first_password_from_who_manages_accounts(database: Database) -> None:
    with writing() as db:
        centre = centres.establish(db, {"name": "密码中心", "code": "MM-01"})
        product = system_actor(centre, "seed")
        manager = replace(product, trusted=False, roles=frozenset({"admin"}))
        clerk = replace(product, trusted=False, roles=frozenset({"clerk"}))
        id_ = write.create(db, manager, table("account"), {"username": "newbie", "name": "新同事", "roles": ["clerk"]})
        assert accounts.candidate(db, "newbie").account is None
        with pytest.raises(Forbidden):
            accounts.new_password(db, clerk, id_)
        first, second = (accounts.new_password(db, manager, id_) for _time in range(2))
        known = accounts.candidate(db, "newbie")
        assert known.account == id_
        assert accounts.matches(second, known.password_hash)
        assert not accounts.matches(first, known.password_hash)
