"""The cookies of the browser, as far as we write them."""

from datetime import datetime

from pages.parts.browser import component

_writer = component(__file__)


class BrowserCookies:
    """Writes and removes cookies; has the two methods that streamlit-authenticator asks for."""

    def set(self, cookie: str, value: str, expires_at: datetime) -> None:
        """Keep a cookie until that (local) time."""
        _writer(key="cookies", data={"name": cookie, "value": value, "expires": expires_at.astimezone().isoformat()})

    def delete(self, cookie: str) -> None:
        """Remove a cookie."""
        _writer(key="cookies", data={"name": cookie, "value": "", "expires": ""})
