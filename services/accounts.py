"""Accounts: who may sign in, with which password, and as what actor they then work.

Passwords are bcrypt hashes in the form that streamlit-authenticator checks.
"""

import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import bcrypt
from sqlalchemy import Row, Select, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from models.accounts import ROLES
from models.system import Credential
from services.crud import history, rules, write
from services.crud.access import Actor, Forbidden, may
from services.crud.errors import Invalid
from services.crud.registry import table
from services.crud.values import Record
from services.platform.i18n import Message, msg

LONGEST = 72
"""Bytes of a password that bcrypt looks at."""
SHORTEST = 8
"""Characters of a new password."""

_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Signs that are not taken for one another when they are read out."""
_credential: Any = Credential.__table__  # type: ignore[attr-defined]


class Inactive(LookupError):
    """The account may not sign in: unknown, switched off or without a password."""


@dataclass(frozen=True)
class Person:
    """Somebody signed in: the actor, and how the screens shall look for them."""

    actor: Actor
    centre: str
    """Name of the centre."""
    username: str
    language: str | None
    """None: the browser's."""
    theme: str
    large_type: bool
    stamp: str
    """Changes with the password: whoever signed in with the old one is out."""


@dataclass(frozen=True)
class Candidate:
    """What a submitted name stands for, before the password is checked."""

    username: str
    name: str
    password_hash: str
    account: int | None
    """None: nobody; the hash is one that no password meets, so that the answer takes equally long."""


@rules.rule("account")
def _not_over_oneself(change: rules.Change) -> None:
    """Nobody gives themselves roles, or shuts themselves out: so there is always somebody left who manages the accounts."""
    if change.verb != "edit" or change.actor.account is None or change.old["id"] != change.actor.account:
        return
    for name in ("roles", "active"):
        if change.changed(name):
            change.error(name, msg("Nobody changes this of their own account: ask another administrator."))


def spelled(username: str) -> str:
    """A sign-in name as it is kept: small letters, half width, no blanks around it."""
    return unicodedata.normalize("NFKC", username).strip().lower().replace("\0", "\ufffd")


@cache
def nobody() -> str:
    """A hash that no password meets; made once, at the start, so that an unknown name takes as long as a wrong password."""
    return hash_password(secrets.token_urlsafe(32))


def hash_password(password: str) -> str:
    """The bcrypt hash of a password."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt()).decode()


def matches(password: str, password_hash: str) -> bool:
    """Whether this is the password; takes a quarter of a second, whatever the answer."""
    offered = password.encode()
    usable = len(offered) <= LONGEST and b"\0" not in offered
    return bcrypt.checkpw(offered if usable else b"-", password_hash.encode()) and usable


def candidate(db: Session, username: str) -> Candidate:
    """The account of that name if it may sign in, else nobody (who takes equally long to refuse)."""
    account = table("account").sql
    wanted = spelled(username)
    found = db.execute(
        select(account.c.id, account.c.name, _credential.c.password_hash)
        .join(_credential, _credential.c.account_id == account.c.id)
        .where(account.c.username == wanted, account.c.active.is_(True), account.c.deleted_at.is_(None))
        .order_by(account.c.id)
        .limit(1)
    ).first()
    if found is None:
        return Candidate(wanted, wanted, nobody(), None)
    return Candidate(wanted, found.name, found.password_hash, found.id)


@cache
def _standing() -> Select[Any]:
    """What every step asks for: put together once."""
    account, staff, centre = table("account").sql, table("staff").sql, table("centre").sql
    return (
        select(
            account.c.id, account.c.centre_id, account.c.username, account.c.name, account.c.roles, account.c.staff,
            account.c.language, account.c.theme, account.c.large_type, staff.c.department, _credential.c.changed_at,
            centre.c.name.label("centre"),
        )
        .join(_credential, _credential.c.account_id == account.c.id)
        .join(centre, centre.c.id == account.c.centre_id)
        .outerjoin(staff, staff.c.id == account.c.staff)
        .where(account.c.id == bindparam("wanted"), account.c.active.is_(True), account.c.deleted_at.is_(None))
    )  # fmt: skip


def person(db: Session, account_id: int, session: str = "") -> Person | None:
    """The person of that account as they stand now; None when they may not (or no longer) work here."""
    found = db.execute(_standing(), {"wanted": account_id}).first()
    if found is None:
        return None
    return Person(
        actor=_actor(db, found, session),
        centre=found.centre,
        username=found.username,
        language=found.language,
        theme=found.theme,
        large_type=found.large_type,
        stamp=_stamp(found.changed_at),
    )


def actor_for(db: Session, account_id: int, session: str = "") -> Actor:
    """The actor of that account: roles, staff member, department and the departments below it.

    Raises:
        Inactive: the account may not sign in.
    """
    found = person(db, account_id, session)
    if found is None:
        raise Inactive(account_id)
    return found.actor


def _actor(db: Session, found: Row[Any], session: str) -> Actor:
    below = _below(db, found.centre_id, found.department) if found.department is not None else frozenset()
    return Actor(
        account=found.id,
        name=found.name,
        centre=found.centre_id,
        roles=frozenset(found.roles),
        staff=found.staff,
        department=found.department,
        departments=below,
        language=found.language or "zh_CN",
        session=session,
    )


def _below(db: Session, centre: int, top: int) -> frozenset[int]:
    department = table("department").sql
    tree = select(department.c.id).where(department.c.id == top, department.c.centre_id == centre).cte("tree", recursive=True)
    tree = tree.union(select(department.c.id).join(tree, department.c.parent == tree.c.id))
    return frozenset(db.scalars(select(tree.c.id)))


def _stamp(changed_at: datetime) -> str:
    return format(int(changed_at.timestamp() * 1_000_000), "x")


def weakness(password: str, username: str = "") -> Message | None:
    """What is wrong with a new password, as a message; None: nothing."""
    if len(password) < SHORTEST:
        return msg("At least {n} characters, please.", n=SHORTEST)
    if len(password.encode()) > LONGEST:
        return msg("Too long: at most {n} letters, or {m} Chinese characters.", n=LONGEST, m=LONGEST // 3)
    if password != password.strip() or "\0" in password:
        return msg("No blanks at the beginning or the end, please.")
    if len(username) > 3 and username in password.lower():
        return msg("The sign-in name must not be a part of the password.")
    if len(set(password)) < 4:
        return msg("Too easy to guess: use more different characters.")
    return None


def set_password(db: Session, actor: Actor, account_id: int, password: str) -> None:
    """Give an account a new password. Whoever is signed in with the old one is out at their next step.

    Raises:
        Forbidden: it is neither the actor's own account nor one that the actor may edit.
        Invalid: the password is too weak (the error stands at `password`).
    """
    accounts = table("account").sql.c
    wanted = select(accounts.username, accounts.centre_id, accounts.version)
    found = db.execute(wanted.where(accounts.id == account_id, accounts.deleted_at.is_(None))).first()
    own = actor.account == account_id
    if found is None or found.centre_id != actor.centre or not (own or may(actor, table("account"), "edit")):
        raise Forbidden(msg("You may change your own password only."))
    wrong = weakness(password, found.username)
    if wrong is not None:
        raise Invalid({"password": [wrong]})
    _keep(db, account_id, hash_password(password))
    with history.change_set(db, actor, "password", "account") as changes:
        changes.change(Record(found.centre_id, "account", account_id), "password", found.version, {}, {})


def new_password(db: Session, actor: Actor, account_id: int) -> str:
    """Give somebody else's account a password that nobody could guess: to be told them once, and changed by them.

    Raises:
        Forbidden: the actor may not edit this account.
    """
    made = "-".join("".join(secrets.choice(_READABLE) for _place in range(4)) for _part in range(4))
    set_password(db, actor, account_id, made)
    return made


def _keep(db: Session, account_id: int, password_hash: str) -> None:
    db.execute(delete(_credential).where(_credential.c.account_id == account_id))
    db.execute(insert(_credential).values(account_id=account_id, password_hash=password_hash, changed_at=datetime.now(UTC)))


def set_preferences(db: Session, actor: Actor, **preferences: Any) -> None:
    """Change the actor's own language, appearance (`theme`) or size of type (`large_type`).

    Raises:
        Inactive: the actor has no account (the product itself).
    """
    accounts = table("account")
    if actor.account is None:
        raise Inactive(actor.name)
    version = db.execute(select(accounts.sql.c.version).where(accounts.sql.c.id == actor.account)).scalar_one()
    allowed = {name: value for name, value in preferences.items() if name in ("language", "theme", "large_type")}
    write.update(db, replace(actor, trusted=True), accounts, actor.account, allowed, version)


# The demo centre


@dataclass(frozen=True)
class DemoPerson:
    """Somebody of the demo centre who can sign in: one for each role."""

    username: str
    name: str
    roles: tuple[str, ...]
    staff: int | None = None


def create_demo(db: Session, actor: Actor, people: Iterable[DemoPerson], password: str) -> dict[str, int]:
    """Make the demo's accounts, all with the same password; sign-in name → account id. The actor is the seed's."""
    accounts = table("account")
    shared = hash_password(password)
    made: dict[str, int] = {}
    for one in people:
        values = {"username": one.username, "name": one.name, "roles": list(one.roles), "staff": one.staff}
        made[one.username] = write.create(db, actor, accounts, values)
        _keep(db, made[one.username], shared)
    return made


def demo_people(db: Session) -> list[DemoPerson]:
    """The demo's accounts, in the order of the roles: those that are called like a role."""
    accounts = table("account").sql
    names = {role.code: place for place, role in enumerate(ROLES)}
    rows = db.execute(
        select(accounts.c.username, accounts.c.name, accounts.c.roles, accounts.c.staff)
        .where(accounts.c.username.in_(names), accounts.c.active.is_(True), accounts.c.deleted_at.is_(None))
    )  # fmt: skip
    found = [DemoPerson(row.username, row.name, tuple(row.roles), row.staff) for row in rows]
    return sorted(found, key=lambda one: names[one.username])
