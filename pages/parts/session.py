"""Who sits at this screen, and in which language: the one place where screens learn it.

Signing in is done by streamlit-authenticator over the accounts of the database: it is given the one name that was
submitted (or that its cookie names), checks the password, and keeps the signed cookie.
"""

import time
from importlib import import_module
from typing import Any, NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from services import accounts
from services.accounts import Person
from services.crud.access import Actor
from services.platform.db import reading, writing
from services.platform.i18n import LANGUAGES, follow, match_language

_ACCOUNT = "session.account"
"""(account id, stamp of the password) of whoever is signed in."""
_PERSON = "session.person"
"""(when it was read, the person)."""
_LANGUAGE = "session.language"
"""Spoken while nobody is signed in."""
_CHOSEN = "session.chosen"
"""Whether a person chose it: then it becomes their account's."""
_COOKIE = "session.cookie"
"""`set` or `delete`: what is still to be done to the browser's cookie."""
_FRESH = 1.0
"""Seconds for which a fragment believes what the last step found out about the person."""
_SPOKEN: dict[str, str] = {}
_SPOKEN_MOST = 10_000


def _reader_language() -> str | None:
    """The language of the session that this thread works for. Never yields to another run, so services may ask at any time."""
    context = get_script_run_ctx(suppress_warning=True)
    return _SPOKEN.get(context.session_id) if context else None


follow(_reader_language)


def sign_in(username: str, password: str) -> bool:
    """Check a name and a password; whoever passes is signed in, and the next run writes the cookie."""
    with reading() as db:
        found = accounts.candidate(db, username)
    if not _authenticator().check(found, password) or found.account is None:
        return False
    with reading() as db:
        person = accounts.person(db, found.account, _session_id())
    if person is None:
        return False
    chosen = st.session_state.get(_LANGUAGE) if st.session_state.pop(_CHOSEN, False) else None
    st.session_state[_ACCOUNT] = (found.account, person.stamp)
    st.session_state[_COOKIE] = "set"
    if chosen and chosen != person.language:
        with writing() as db:
            accounts.set_preferences(db, person.actor, language=chosen)
    return True


def sign_out() -> None:
    """End the session: forget all that it holds, and the cookie."""
    kept = language()
    for key in list(st.session_state):
        del st.session_state[key]
    st.session_state["logout"] = True
    st.session_state[_LANGUAGE] = kept
    st.session_state[_COOKIE] = "delete"


def settle_cookie() -> None:
    """Do to the browser's cookie what signing in or out left to be done. Called at the end of a full run."""
    task = st.session_state.pop(_COOKIE, None)
    if task == "set":
        _authenticator().Cookie(person().username, *st.session_state[_ACCOUNT]).set_cookie()
    elif task == "delete":
        _authenticator().Cookie().delete_cookie()


def resume() -> Person | None:
    """Who is signed in, checked against the database; by the cookie in a new session. Called at the start of a full run.

    Raises:
        DatabaseUnavailable: it can't be checked.
    """
    known = st.session_state.get(_ACCOUNT) or _by_cookie()
    found = None
    if known is not None:
        account, stamp = known
        with reading() as db:
            found = accounts.person(db, account, _session_id())
        if found is None or found.stamp != stamp:
            found = None
            sign_out()
        else:
            st.session_state[_ACCOUNT] = known
            st.session_state[_PERSON] = (time.monotonic(), found)
    _speak(found)
    return found


def _by_cookie() -> tuple[int, str] | None:
    st.session_state.setdefault("logout", None)
    if not st.context.cookies:
        return None
    token = _authenticator().Cookie().get_cookie()
    if not token or not isinstance(token.get("account"), int):
        return None
    return token["account"], str(token.get("stamp"))


def person() -> Person:
    """Who is signed in, as of this step. Stops and asks for the password where nobody is any more."""
    kept = st.session_state.get(_PERSON)
    if kept is not None and time.monotonic() - kept[0] < _FRESH:
        return kept[1]  # type: ignore[no-any-return]
    return resume() or _out()


def actor() -> Actor:
    """Who works at this screen."""
    return person().actor


def renew() -> None:
    """Read the person anew (after a change of their own account), keeping them signed in with a new password."""
    account, old = st.session_state[_ACCOUNT]
    with reading() as db:
        found = accounts.person(db, account, _session_id())
    if found is not None:
        if found.stamp != old:
            st.session_state[_COOKIE] = "set"
        st.session_state[_ACCOUNT] = (account, found.stamp)
        st.session_state[_PERSON] = (time.monotonic(), found)
    _speak(found)


def language() -> str:
    """The language of this session: chosen, the account's, or the browser's."""
    context = get_script_run_ctx(suppress_warning=True)
    return _SPOKEN.get(context.session_id, "zh_CN") if context else "zh_CN"


def speak(code: str) -> None:
    """Choose the language before signing in."""
    st.session_state[_LANGUAGE] = code
    st.session_state[_CHOSEN] = True
    _speak(None)


def _speak(found: Person | None) -> None:
    code = (found.language if found else None) or st.session_state.get(_LANGUAGE) or match_language(st.context.locale or "")
    if len(_SPOKEN) > _SPOKEN_MOST:
        del _SPOKEN[next(iter(_SPOKEN))]
    _SPOKEN[_session_id()] = code if code in LANGUAGES else "zh_CN"


def _authenticator() -> Any:
    return import_module("pages.parts.authenticator")


def _session_id() -> str:
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def _out() -> NoReturn:
    st.rerun()
