"""The address bar: what it says of a list, the one way to change that, and one step back for one thing done."""

from collections.abc import Mapping
from typing import Any

import streamlit as st
from sqlalchemy.orm import Session

from pages.parts.browser import component
from services.crud.access import Actor
from services.crud.registry import Table
from services.crud.view import View
from services.platform.i18n import Message

_component = component(__file__)
PLAIN: Mapping[str, str] = {"more": "", "range": "", "on": "", "by": ""}
"""What only a board or an agenda says, taken out: how deep its columns are; how long and when it is, and by what it is split."""
_SCREEN = ("as", "period", "show", *PLAIN)
"""What a list's address says besides its view: list, charts (and their period), board or agenda; and `at`, the place of its page."""

_RECORD = frozenset({"id", "new", "edit", "copy", "print", "for", "then"})
"""What belongs to a record page or a form in front of the list."""


def keep_steps() -> None:
    """Fold the steps that Streamlit adds to the history while a page is changed or a search is typed. Shows nothing."""
    _component(key="address")


def params() -> dict[str, list[str]]:
    """The address as name → values."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def behind(id: int | None = None) -> dict[str, list[str]]:
    """The address of the list behind a record page or a form; `id`: of a record in it."""
    kept = {name: values for name, values in params().items() if name not in _RECORD and not name.startswith("set.")}
    return kept | ({"id": [str(id)]} if id else {})


def view_of(who: Actor, table: Table, db: Session | None = None) -> tuple[View, list[Message]]:
    """The view that the address asks for, and what of it was refused."""
    return View.from_params(who, table, params(), db)


def go(view: View, **more: str) -> None:
    """Make the address say this view, and whatever `more` says: from a callback, or before anything is drawn.

    Every change of a list goes through here. An empty text in `more` takes a name out; what else the screen keeps in the
    address stays.
    """
    now, wanted = params(), view.to_params()
    same_page = all(now.get(name) == wanted.get(name) for name in ("after", "before"))
    kept: dict[str, Any] = {name: values for name, values in now.items() if name in _SCREEN or (name == "at" and same_page)}
    wanted = kept | wanted | more
    st.query_params.from_dict({name: values for name, values in wanted.items() if values})


def change(who: Actor, table: Table, **changes: Any) -> None:
    """`go` to the present view with these changes (see `View.but`)."""
    view, _refused = view_of(who, table)
    go(view.but(**changes))


def held(key: str, value: Any) -> str:
    """Make the widget of this key show what the address says, and give back the key. Call it before the widget is drawn.

    Untouched when it says so already: what somebody is typing is never overwritten.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return key
