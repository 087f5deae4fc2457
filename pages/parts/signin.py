"""The sign-in page."""

import streamlit as st

from models.accounts import ROLES
from pages.parts import session
from pages.parts.markdown import plain
from services import accounts, centres
from services.platform.db import reading
from services.platform.i18n import LANGUAGES, _, pgettext
from services.platform.settings import settings

_NAME, _PASSWORD, _DEMO = "signin.name", "signin.password", "signin.demo"
_REFUSED = "signin.refused"


def show() -> None:
    """Ask for name and password; whoever passes lands on the page of the address they came with."""
    with reading() as db:
        centre = centres.shown_name(db)
        people = accounts.demo_people(db) if settings().demo else []
    with st.container(key="signin", horizontal_alignment="center"):
        with st.container(width=420, key="signin-card"):
            st.markdown(f"## :material/home_work: {plain(centre)}", text_alignment="center")
            st.caption(_("Back office of the community service centre"), text_alignment="center")
            if people:
                _demo(people)
            with st.form("signin-form"):
                st.text_input(_("Sign-in name"), key=_NAME, autocomplete="username", icon=":material/person:")
                st.text_input(_("Password"), key=_PASSWORD, type="password", autocomplete="current-password", icon=":material/key:")
                refused = st.session_state.pop(_REFUSED, None)
                if refused:
                    st.error(refused, icon=":material/error:")
                st.form_submit_button(_("Sign in"), type="primary", width="stretch", on_click=_check)
            with st.container(horizontal=True, horizontal_alignment="center"):
                st.segmented_control(
                    _("Language"), list(LANGUAGES), format_func=LANGUAGES.__getitem__, default=session.language(), key="signin.language",
                    label_visibility="collapsed", required=True, on_change=_speak,
                )  # fmt: skip


def _check() -> None:
    name, password = st.session_state[_NAME], st.session_state[_PASSWORD]
    if not name.strip() or not password:
        st.session_state[_REFUSED] = _("Enter your sign-in name and your password.")
    elif not session.sign_in(name, password):
        st.session_state[_REFUSED] = _("The name or the password is wrong. Check both; a system administrator can set a new password.")


def _speak() -> None:
    chosen = st.session_state["signin.language"]
    if chosen in LANGUAGES:
        session.speak(chosen)


def _demo(people: list[accounts.DemoPerson]) -> None:
    roles = {role.code: role.title for role in ROLES}
    titles = {one.username: f"{one.name} · {pgettext('account', roles[one.roles[0]])}" for one in people if one.roles}
    with st.container(border=True, key="signin-demo"):
        st.markdown(_("**This is a demo.** All people and records are invented, and everybody may try everything. Choose who you want to be:"))
        st.pills(
            _("Demo names"), list(titles), format_func=lambda name: plain(titles[name]), key=_DEMO, label_visibility="collapsed",
            on_change=_take,
        )  # fmt: skip
        st.caption(_("The password of the demo was printed where the product was started."))


def _take() -> None:
    chosen = st.session_state[_DEMO]
    if isinstance(chosen, str):
        st.session_state[_NAME] = chosen
