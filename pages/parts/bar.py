"""The bar at the top: where I am, search, notices, help, and who I am."""

from typing import Any

import streamlit as st

from pages.parts import navigation, session
from pages.parts.markdown import plain
from services.accounts import Person
from services.platform.i18n import _


def draw(person: Person, page: Any) -> None:
    """Draw the bar."""
    with st.container(key="bar", horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(page.title)}**", width="stretch")
        chosen = st.menu_button(person.actor.name, ["account", "out"], format_func=lambda one: {"account": _("My account"), "out": _("Sign out")}[one], type="tertiary", icon=":material/account_circle:", key="bar.person", on_click=_chosen)


def _chosen() -> None:
    if st.session_state["bar.person"] == "out":
        session.sign_out()
    else:
        navigation.open_page("account")
