"""Going from one screen to another without leaving the session."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_PAGES = "navigation.pages"
Params = Mapping[str, str | Sequence[str]]


def remember(pages: Mapping[str, Any]) -> None:
    """Keep the pages of this run (url path → `st.Page`); the frame calls it before it runs a page."""
    st.session_state[_PAGES] = dict(pages)


def reachable(name: str) -> bool:
    """Whether the person has a page of that name."""
    return name in st.session_state.get(_PAGES, {})


def paths() -> tuple[str, ...]:
    """The addresses of all pages."""
    return tuple(st.session_state.get(_PAGES, ()))


def open_page(name: str, params: Params | None = None) -> NoReturn:
    """Go to the page of a table (or another page by its url path) with these query parameters."""
    st.switch_page(st.session_state[_PAGES][name], query_params=dict(params or {}))


def href(name: str, params: Params | None = None) -> str:
    """The address of a page, relative to the product's root, for links that may open a new tab."""
    query = urlencode(dict(params or {}), doseq=True)
    return f"{name}?{query}" if query else name


def go(params: Params) -> NoReturn:
    """Stay on this page with another address, and draw it anew."""
    st.query_params.from_dict(dict(params))
    st.rerun()


def again() -> NoReturn:
    """Draw anew what is being drawn: the fragment, where only one is running, or else the page."""
    context = get_script_run_ctx()
    st.rerun(scope="fragment" if context is not None and context.fragment_ids_this_run else "app")
