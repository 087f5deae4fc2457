"""The sign-in page."""

from importlib import import_module

import streamlit as st

from models.accounts import ROLES
from pages.parts import session
from pages.parts.markdown import plain
from services import accounts, centres, setup
from services.platform.db import reading
from services.platform.i18n import LANGUAGES, _, pgettext
from services.platform.settings import settings

_NAME, _PASSWORD, _DEMO, _LANGUAGE = "signin-name", "signin-password", "signin-who", "signin-language"
_REFUSED = "signin-refused"


def show() -> None:
    """Ask for name and password; whoever passes lands on the page of the address they came with."""
    with reading() as db:
        empty = setup.needed(db)
        centre = centres.shown_name(db)
        people = accounts.demo_people(db) if settings().demo else []
    if empty:
        import_module("pages.parts.setup").show()
        return
    with st.container(key="signin", horizontal_alignment="center", gap="medium"):
        with st.container(width=920 if people else 400, key="signin-card", gap="medium"):
            st.markdown(f"# :primary[:material/home_work:] {plain(centre)}", text_alignment="center")
            st.caption(_("Back office of the community service centre"), text_alignment="center")
            if people:
                left, right = st.columns([5, 4], gap="medium")
                with left.container(border=True, height="stretch"):
                    _demo(people)
                with right:
                    _form()
            else:
                _form()
        _languages()


def _form() -> None:
    with st.form("signin-form", height="stretch"):
        st.text_input(_("Sign-in name"), key=_NAME, autocomplete="username", icon=":material/person:", max_chars=80)
        st.text_input(_("Password"), key=_PASSWORD, type="password", autocomplete="current-password", icon=":material/key:", max_chars=200)
        refused = st.session_state.pop(_REFUSED, None)
        if refused:
            st.error(refused, icon=":material/error:")
        st.form_submit_button(_("Sign in"), type="primary", width="stretch", on_click=_check)


def _check() -> None:
    name, password = st.session_state[_NAME], st.session_state[_PASSWORD]
    if not name.strip() or not password:
        st.session_state[_REFUSED] = _("Enter your sign-in name and your password.")
    elif not session.sign_in(name, password):
        st.session_state[_REFUSED] = _("The name or the password is wrong. Check both; a system administrator can set a new password.")


def _demo(people: list[accounts.DemoPerson]) -> None:
    titles = {role.code: pgettext("account", role.title) for role in ROLES}
    names = {one.username: f"{one.name} · {titles[one.roles[0]]}" for one in people if one.roles}
    st.markdown(
        ":material/science: "
        + _("**This is a demo.** All people and records are invented; try whatever you like. Choose who you want to be:")
    )
    st.pills(
        _("Demo names"), list(names), format_func=lambda name: plain(names[name]), key=_DEMO, label_visibility="collapsed", on_change=_take
    )
    st.caption(_("The password stands where the product was started, under the address."))


def _take() -> None:
    chosen = st.session_state[_DEMO]
    if isinstance(chosen, str):
        st.session_state[_NAME] = chosen


def _languages() -> None:
    st.session_state[_LANGUAGE] = session.language()
    st.segmented_control(
        _("Language"), list(LANGUAGES), format_func=LANGUAGES.__getitem__, key=_LANGUAGE, label_visibility="collapsed", required=True,
        on_change=_speak, width="content",
    )  # fmt: skip


def _speak() -> None:
    chosen = st.session_state[_LANGUAGE]
    if chosen in LANGUAGES:
        session.speak(chosen)
