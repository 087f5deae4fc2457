"""The first steps of an empty installation: the centre, and the account of the person who sets it up."""

import base64
import hmac

from sqlalchemy import select
from sqlalchemy.orm import Session

from services import accounts, centres
from services.crud import write
from services.crud.access import Forbidden, system_actor
from services.crud.errors import Invalid
from services.crud.registry import table
from services.platform.i18n import msg
from services.platform.settings import secrets

FIRST_ROLES = ("admin", "director")
"""Whoever sets the product up may then give out the roles, and complete the particulars of the centre."""


def needed(db: Session) -> bool:
    """Whether there is no account yet: nobody could sign in."""
    return db.execute(select(table("account").sql.c.id).limit(1)).first() is None


def code() -> str:
    """What proves that somebody may set this installation up: printed where it was started, good until there is an account."""
    digest = hmac.digest(secrets().cookie_key.encode(), b"set-up code", "sha256")
    signs = base64.b32encode(digest).decode()[:8]
    return f"{signs[:4]}-{signs[4:]}"


def establish(db: Session, given_code: str, centre: str, name: str, username: str, password: str) -> int:
    """Make the centre and its first account; the id of the centre.

    Raises:
        Forbidden: the code is wrong, or somebody was faster.
        Invalid: errors by `centre`, `name`, `username` and `password`.
    """
    if not hmac.compare_digest(given_code.strip().upper().encode(), code().encode()) or not needed(db):
        raise Forbidden(msg("The set-up code is not right. It stands where the product was started."))
    errors = {
        "centre": [] if centre.strip() else [msg("Enter the name of the centre.")],
        "password": [wrong] if (wrong := accounts.weakness(password, accounts.spelled(username))) else [],
    }
    if any(errors.values()):
        raise Invalid(errors)
    made = centres.establish(db, {"name": centre.strip()})
    actor = system_actor(made, "command")
    values = {"username": accounts.spelled(username), "name": name, "roles": list(FIRST_ROLES)}
    account = write.create(db, actor, table("account"), values)
    accounts.set_password(db, actor, account, password)
    return made
