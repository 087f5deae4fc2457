"""What a person may open: the pages of the product by area and rights, and the menu that leads to them."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from models.areas import AREAS
from pages.parts import navigation, notfound, session
from pages.parts.browser import component, said
from services.accounts import Person
from services.crud.access import Actor, may
from services.crud.registry import tables
from services.platform.i18n import N_, Message, _, label, language, pgettext

_menu = component(__file__)
_KEY = "menu"


@dataclass(frozen=True)
class Written:
    """A page written by hand: its address, what it is called, and the module whose `show()` draws it."""

    path: str
    title: Message
    icon: str
    module: str
    help: str
    in_menu: bool = True


PAGES = (
    Written("today", label("page", "Today"), "today", "pages.today",
            N_("What waits for you, what is late or due soon, and what you worked on lately. Everything leads to its records.")),
    Written("results", label("page", "Results"), "monitoring", "pages.results",
            N_("The charts of every list that is open to you, by area and period. A click on a mark leads to its records.")),
    Written("history", label("page", "History"), "history", "pages.history",
            N_("Who changed what, when and why. Every change can be looked at as a whole and, as long as nothing depends on it, undone.")),
    Written("about", label("page", "About this product"), "info", "pages.about",
            N_("Which tables and pages serve each section of the service standard, what each table holds, and the version.")),
    Written("me", label("page", "My account"), "account_circle", "pages.me",
            N_("Your language, appearance and size of type, and your password."), in_menu=False),
    Written("jobs", label("page", "My long work"), "pending_actions", "pages.jobs",
            N_("What you have asked for that takes its time: how far it is, how it ended, and its files."), in_menu=False),
)  # fmt: skip
"""The first one is where a person starts."""


@dataclass(frozen=True)
class Plan:
    """All that people with the same roles see in one language."""

    pages: Mapping[str, Any]
    """Path → `st.Page`, to be copied for a run."""
    menu: Mapping[str, Any]
    """What the menu shows."""
    titles: Mapping[str, tuple[str, str]]
    """Path → (title of its area, title of the page)."""


def plan(actor: Actor) -> Plan:
    """The pages of an actor, and how the menu groups them."""
    return _plan(actor.roles, actor.trusted, language(), tuple(tables()))


@lru_cache(maxsize=200)
def _plan(roles: frozenset[str], trusted: bool, spoken: str, names: tuple[str, ...]) -> Plan:
    actor = Actor(account=None, name="", centre=0, roles=roles, trusted=trusted)
    declared = list(tables().values())
    readable = {table.name for table in declared if may(actor, table, "read")}
    pages: dict[str, Any] = {}
    titles: dict[str, tuple[str, str]] = {}
    tops: list[dict[str, str]] = []
    areas: list[dict[str, Any]] = []

    def add(path: str, title: str, icon: str, show: Callable[[], None], area: str = "") -> dict[str, str]:
        pages[path] = st.Page(show, title=title, icon="", url_path=path, default=not pages)
        titles[path] = (area, title)
        return {"path": path, "title": title, "icon": icon, "href": navigation.href(path)}

    for one in PAGES:
        entry = add(one.path, str(one.title), one.icon, partial(_written, one.module))
        if one.in_menu:
            tops.append(entry)
    for area in AREAS:
        own = [table for table in declared if table.screen.area == area.name]
        shown = [table for table in own if table.name in readable]
        title = pgettext("area", area.title)
        if not own:
            continue
        head = add(area.name, title, area.icon, partial(_area, area.name))
        entries = []
        for table in own:
            entry = add(table.name, table.plural, table.screen.icon, partial(_table, table.name), title)
            if table.name in readable and not table.screen.hidden:
                entries.append(entry)
        if shown:
            areas.append({**head, "name": area.name, "pages": entries})
    words = {
        "menu": _("Menu"),
        "overview": _("Overview"),
        "find": _("Find in the menu"),
        "nothing": _("Nothing in the menu is called that."),
    }
    return Plan(pages, {"tops": tops, "areas": areas, "words": words}, titles)


def _written(module: str) -> None:
    import_module(module).show()


def _area(name: str) -> None:
    import_module("pages.area").show(name)


def _table(name: str) -> None:
    table = tables()[name]
    if may(session.actor(), table, "read"):
        import_module("pages.table").show(name)
    else:
        notfound.forbidden(table)


def requested() -> str:
    """The path that the browser asks for, without slashes; empty at the root of the product."""
    path = urlsplit(st.context.url or "").path.strip("/")
    return path.removeprefix(base()).strip("/").rpartition("/")[2]


def base() -> str:
    """The path under which the product is served, without slashes; mostly empty."""
    return str(st.get_option("server.baseUrlPath") or "").strip("/")


def navigate(actor: Actor) -> Any:
    """Tell Streamlit the pages of this actor and get the one to run; an unknown address gets a page that says so."""
    pages = {path: copy(page) for path, page in plan(actor).pages.items()}
    navigation.remember(pages)
    asked = requested()
    if asked and asked not in pages:
        pages[asked] = st.Page(notfound.unknown, title=_("Not found"), icon="", url_path=asked)
    return st.navigation(list(pages.values()), position="hidden")


def locked(show: Callable[[], None]) -> Any:
    """The page to run while nobody is signed in: the same at every address, so that the address is kept."""
    paths = {one.path for one in PAGES} | {area.name for area in AREAS} | set(tables()) | {requested()}
    first = PAGES[0].path
    pages = [st.Page(show, title=_("Sign in"), icon="", url_path=path, default=path == first) for path in paths if path]
    return st.navigation(pages, position="hidden")


def draw(person: Person, current: str) -> None:
    """Draw the menu into the sidebar, under the name of the centre."""
    data = {"centre": person.centre, "current": current, **plan(person.actor).menu}
    with st.sidebar:
        _menu(key=_KEY, data=data, on_open_change=_open)


def _open() -> None:
    path = said(_KEY, "open")
    if isinstance(path, str) and navigation.reachable(path):
        navigation.open_page(path)
