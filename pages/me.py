"""My account: language, appearance, size of type, password."""

import streamlit as st

from models.accounts import THEMES
from pages.parts import bar, session
from pages.parts import help as explanation
from pages.parts.chooser import chooser
from pages.parts.markdown import plain
from services import accounts
from services.crud import access
from services.crud.errors import Invalid
from services.crud.registry import table
from services.crud.titles import titles
from services.platform.db import reading, writing
from services.platform.i18n import LANGUAGES, _, language, pgettext

_SAID = "account-said"
_RENEWED = "account-renewed"


def show() -> None:
    """Draw the page."""
    person = session.person()
    with st.container(width=640):
        with st.container(border=True):
            st.markdown(f"#### :material/account_circle: {plain(person.actor.name)}")
            roles = " ".join(f":blue-badge[{plain(explanation.role_title(role))}]" for role in sorted(person.actor.roles))
            st.markdown(_("Sign-in name: {name}", name=f"`{person.username}`") + "  \n" + roles)
        with st.container(border=True):
            st.markdown("#### " + _("How it looks"))
            _preferences(person)
        with st.container(border=True):
            st.markdown("#### " + _("Password"))
            _password(person)
        if access.may(person.actor, table("account"), "edit"):
            with st.container(border=True):
                st.markdown("#### " + _("Password of a colleague"))
                _colleague(person)


def _preferences(person: accounts.Person) -> None:
    themes = {choice.code: pgettext("account", choice.title) for choice in THEMES}
    st.session_state["account-language"] = language()
    st.session_state["account-theme"] = person.theme
    st.session_state["account-type"] = person.large_type
    st.segmented_control(
        _("Language"), list(LANGUAGES), format_func=LANGUAGES.__getitem__, key="account-language", required=True,
        on_change=lambda: bar.prefer(language=st.session_state["account-language"]),
    )  # fmt: skip
    st.segmented_control(
        _("Appearance"), list(themes), format_func=themes.__getitem__, key="account-theme", required=True,
        on_change=lambda: bar.prefer(theme=st.session_state["account-theme"]),
    )  # fmt: skip
    st.toggle(
        _("Large type"), key="account-type", help=_("Everything is shown a fifth larger."),
        on_change=lambda: bar.prefer(large_type=st.session_state["account-type"]),
    )  # fmt: skip


def _password(person: accounts.Person) -> None:
    said = st.session_state.pop(_SAID, None)
    with st.form("account-password", border=False):
        st.text_input(_("Present password"), type="password", autocomplete="current-password", key="account-old")
        st.text_input(
            _("New password"), type="password", autocomplete="new-password", key="account-new",
            help=_("At least {n} characters. A few words in a row are easy to remember and hard to guess.", n=accounts.SHORTEST),
        )  # fmt: skip
        st.text_input(_("New password once more"), type="password", autocomplete="new-password", key="account-again")
        if isinstance(said, str):
            st.error(said, icon=":material/error:")
        elif said:
            st.success(_("Your password is changed. Wherever else you were signed in, you are out."), icon=":material/check_circle:")
        st.form_submit_button(_("Change password"), on_click=_change)


def _colleague(person: accounts.Person) -> None:
    st.caption(_("For a new account, or for whoever has forgotten theirs. They are signed out everywhere, and change it after signing in."))
    held = st.session_state.get("account-colleague")
    event = chooser("colleague", _("Account"), person.actor, table("account"), [held] if held else [], narrow={"active": True})
    st.session_state["account-colleague"] = event.value
    if isinstance(event.value, int):
        st.button(_("Make a new password"), icon=":material/key:", on_click=_renew, args=(person, event.value))
    said = st.session_state.pop(_RENEWED, None)
    if said is not None:
        who, password = said
        st.success(_("The new password of {name}, shown this once:", name=plain(who)), icon=":material/key:")
        st.code(password, language=None)


def _renew(person: accounts.Person, account: int) -> None:
    with writing() as db:
        made = accounts.new_password(db, person.actor, account)
        st.session_state[_RENEWED] = (titles(db, table("account"), [account])[account], made)


def _change() -> None:
    """Check and keep the new password; what to say of it stands in the session."""
    state = st.session_state
    wrong = _wrong(state["account-old"], state["account-new"], state["account-again"])
    if wrong is None:
        for name in ("account-old", "account-new", "account-again"):
            state[name] = ""
        session.renew()
    state[_SAID] = wrong or True


def _wrong(old: str, new: str, again: str) -> str | None:
    person = session.person()
    with reading() as db:
        known = accounts.candidate(db, person.username)
    if not accounts.matches(old, known.password_hash):
        return _("The present password is wrong.")
    if new != again:
        return _("The two new passwords differ. Type the new one twice.")
    try:
        with writing() as db:
            accounts.set_password(db, person.actor, person.actor.account or 0, new)
    except Invalid as error:
        return str(error.errors["password"][0])
    return None
