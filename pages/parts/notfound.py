"""Addresses that lead nowhere, or to what this person may not see: said plainly, with the way back."""

import streamlit as st

from pages.parts import navigation
from pages.parts.markdown import plain
from services.crud.registry import Table
from services.platform.i18n import _


def unknown() -> None:
    """There is no page at this address."""
    _say(
        ":material/explore_off:",
        _("There is no page at this address"),
        _("Perhaps the link was cut off, or the page has another name now. The search at the top finds pages and records by name."),
    )


def forbidden(table: Table) -> None:
    """The table exists, but not for this person."""
    closed(table.plural)


def closed(title: str) -> None:
    """The page of that title exists, but not for this person."""
    _say(
        ":material/lock:",
        _("“{page}” is not open to you", page=plain(title)),
        _("Your roles do not include the right to see it. If your work needs it, ask a system administrator to give you the role."),
    )


def missing(table: Table) -> None:
    """No such record, or not one that this person may see: both look the same."""
    _say(
        ":material/search_off:",
        _("This record can't be shown"),
        _("It does not exist in “{table}”, it was deleted, or your roles do not include it.", table=plain(table.plural)),
        back=table.name,
    )


def _say(icon: str, title: str, text: str, back: str = "") -> None:
    with st.container(horizontal_alignment="center", key="notfound"):
        st.space("large")
        st.markdown(f"# {icon}", width="content")
        st.subheader(title, anchor=False, text_alignment="center")
        st.markdown(text, width=560, text_alignment="center")
        with st.container(horizontal=True, horizontal_alignment="center"):
            if back and navigation.reachable(back) and st.button(_("To the list"), icon=":material/table_rows:"):
                navigation.open_page(back)
            if st.button(_("To the start page"), icon=":material/today:", type="primary"):
                navigation.open_page("today")
