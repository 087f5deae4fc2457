"""streamlit-authenticator: it checks passwords, and signs and reads the cookie. Slow to load: imported by who signs in."""

from typing import Any

import jwt
from streamlit_authenticator.controllers import AuthenticationController
from streamlit_authenticator.models import CookieModel

from pages.parts.cookies import BrowserCookies
from services import accounts
from services.platform.settings import secrets, settings


def check(candidate: accounts.Candidate, password: str) -> bool:
    """Whether this is the candidate's password. The library is given this one name only, and takes as long for nobody."""
    usable = len(password.encode()) <= accounts.LONGEST and "\0" not in password
    library = AuthenticationController(
        {"usernames": {candidate.username or "-": {"name": candidate.name, "password": candidate.password_hash}}},
        auto_hash=False,
        secret_key=secrets().cookie_key,
    )
    passed = library.login(candidate.username or "-", password if password and usable else "-")
    return bool(passed) and candidate.account is not None


class Cookie(CookieModel):  # type: ignore[misc]
    """The library's cookie, whose token also carries the account and the stamp of its password.

    The browser writes it by a component of our own: the library's is an iframe that makes the page run again.
    """

    def __init__(self, username: str = "", account: int = 0, stamp: str = "") -> None:
        self.cookie_name = "centre"
        self.cookie_key = secrets().cookie_key
        self.cookie_expiry_days = settings().sign_in_days
        self.token: str | None = None
        self.exp_date = None
        self.cookie_manager = BrowserCookies()
        self.claims = {"username": username, "account": account, "stamp": stamp}

    def _token_decode(self) -> Any:
        if self.token is None:
            return False
        try:
            return jwt.decode(self.token, self.cookie_key, algorithms=["HS256"])
        except jwt.PyJWTError:
            return False

    def _token_encode(self) -> str:
        return jwt.encode({**self.claims, "exp_date": self.exp_date}, self.cookie_key, algorithm="HS256")
