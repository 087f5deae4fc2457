"""The bar at the top: where I am, search, notices, help, and who I am."""

from collections.abc import Callable
from html import escape
from typing import Any

import streamlit as st

from models.accounts import ROLES
from pages.parts import help as explanation
from pages.parts import jobs, keys, navigation, notices, search, session, shortcuts
from pages.parts.markdown import plain
from services import accounts
from services import jobs as work
from services.accounts import Person
from services.platform.db import reading, writing
from services.platform.i18n import LANGUAGES, _, language, pgettext
from services.platform.settings import settings

_PERSON = "bar-person"


def draw(person: Person, area: str, title: str, path: str) -> None:
    """Draw the bar: `area` and `title` say where this is, `path` is the page's address."""
    with st.container(key="bar", horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.html(_where(person.centre, area, title), width="stretch")
        if settings().demo:
            st.badge(_("Demo"), color="orange", help=_("All people and records are invented."))
        find = st.button(_("Search"), icon=":material/search:", shortcut="Ctrl+K", key="bar-search",
                         help=_("Search everything: people, places, things, pages"))  # fmt: skip
        with reading() as db:
            signs = work.signs(db, person.actor)
        jobs.sign(signs.jobs)
        bell = _bell(signs.notices)
        what = st.button(_("What is this page?"), icon=":material/help:", type="tertiary", key="bar-help", help=_("What is this page?"))
        _menu(person)
        pressed = keys.listen(person)
    if find or pressed == "/":
        search.show()
    elif bell:
        notices.show()
    elif what or pressed == "h":
        explanation.show(path)
    elif pressed == "?":
        shortcuts.show()


def _bell(waiting: int) -> bool:
    label = _("Notices: {n} new", n=waiting) if waiting else _("Notices")
    return st.button(
        f":red-badge[{waiting}]" if waiting else label, icon=":material/notifications:", type="tertiary", help=label,
        key="bar-notices-new" if waiting else "bar-notices",
    )  # fmt: skip


def _where(centre: str, area: str, title: str) -> str:
    parts = [("centre", centre), ("area", area), ("title", title)]
    spans = [f'<span class="bar-{name}">{escape(text)}</span>' for name, text in parts if text]
    return f'<div class="bar-where">{"".join(spans)}</div>'


def _menu(person: Person) -> None:
    dark = st.context.theme.type == "dark"
    other = next(code for code in LANGUAGES if code != language())
    roles = {role.code: role.title for role in ROLES}
    titles = "、".join(pgettext("account", roles[code]) for code in sorted(person.actor.roles, key=list(roles).index) if code in roles)
    options = {
        "account": f":material/account_circle: **{plain(person.actor.name)}** :small[{plain(titles)}]",
        "language": f":material/translate: {LANGUAGES[other]}",
        "theme": f":material/light_mode: {_('Light appearance')}" if dark else f":material/dark_mode: {_('Dark appearance')}",
        "type": f":material/format_size: {_('Normal type')}" if person.large_type else f":material/format_size: {_('Large type')}",
        "jobs": f":material/pending_actions: {_('My long work')}",
        "keys": f":material/keyboard: {_('Keyboard shortcuts')}",
        "out": f":material/logout: {_('Sign out')}",
    }
    chosen = st.menu_button(
        plain(person.actor.name), list(options), format_func=options.__getitem__, type="tertiary", icon=":material/account_circle:",
        key=_PERSON, on_click=_chosen,
    )  # fmt: skip
    if chosen == "keys":
        shortcuts.show()


def _chosen() -> None:
    actions: dict[str, Callable[[], Any]] = {
        "account": lambda: navigation.open_page("me"),
        "jobs": lambda: navigation.open_page(work.PAGE),
        "language": lambda: prefer(language=next(code for code in LANGUAGES if code != language())),
        "theme": lambda: prefer(theme="light" if st.context.theme.type == "dark" else "dark"),
        "type": lambda: prefer(large_type=not session.person().large_type),
        "out": session.sign_out,
    }
    act = actions.get(str(st.session_state[_PERSON]))
    if act is not None:
        act()


def prefer(**preferences: Any) -> None:
    """Keep a preference of the person, and go by it at once."""
    with writing() as db:
        accounts.set_preferences(db, session.actor(), **preferences)
    session.renew()
