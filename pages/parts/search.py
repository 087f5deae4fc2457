"""Search over everything: pages and commands at once, records as one types; by keyboard alone."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import streamlit as st

from pages.parts import menu, navigation, session
from pages.parts.browser import component, nothing, said, whole
from services.crud import recent
from services.crud import search as index
from services.crud.access import Actor, may
from services.crud.registry import Table, table, tables
from services.crud.sortkey import syllables
from services.platform.db import reading
from services.platform.i18n import LANGUAGES, _, language, use_language

_box = component(__file__)
_KEY = "search-box"
_LONGEST = 80
"""Characters of a search that are looked at."""
_PAGES_MOST = 6
_WORDS_MOST, _EACH_MOST = 4, 8
"""Words that are looked for one by one, and results of each."""

NEW_WORDS = ("add", "new", "create", "新增", "新建", "添加", "登记", "录入")
"""What people write before the name of a table to make a record of it."""


def show() -> None:
    """Open the search."""
    st.session_state.pop(_KEY, None)
    _dialog(_("Search everything"))


def _dialog(title: str) -> None:
    @st.dialog(title, width="large", icon=":material/search:")
    def dialog() -> None:
        actor = session.actor()
        typed = str(said(_KEY, "q") or "")[:_LONGEST].strip()
        data = {"q": typed, "groups": _found(actor, typed) if typed else _lately(actor), "words": _words(typed)}
        _box(key=_KEY, data=data, on_q_change=nothing, on_open_change=_open)

    dialog()


def _words(typed: str) -> dict[str, str]:
    return {
        "find": _("Name, number, telephone, page …"),
        "nothing": _("Nothing found. Try fewer or other words; numbers may be cut short.")
        if typed
        else _("What you open will be listed here."),
        "keys": _("↑ ↓ to choose, Enter to open, Esc to close"),
    }


def _open() -> None:
    chosen = said(_KEY, "open")
    if not isinstance(chosen, Mapping) or not navigation.reachable(str(chosen.get("path"))):
        return
    record = whole(chosen.get("id"))
    params = {"id": str(record)} if record else {"new": "1"} if chosen.get("new") else {}
    navigation.open_page(str(chosen["path"]), params)


# What is found


def _found(actor: Actor, typed: str) -> list[dict[str, Any]]:
    pages = {"title": _("Pages and commands"), "icon": "bolt", "hits": commands(actor, typed)}
    words = typed.split()[:_WORDS_MOST]
    with reading() as db:
        groups = _grouped(index.find(db, actor, typed))
        if not groups and len(words) > 1:
            groups = [_holding(word, index.find(db, actor, word, _EACH_MOST)) for word in words]
    return [group for group in [pages, *groups] if group["hits"]]


def _holding(word: str, hits: list[index.Hit]) -> dict[str, Any]:
    """What holds one of several words, where no record holds them all."""
    lines = [_line(hit.table, hit.id, hit.title, hit.second) | {"marks": hit.highlight} for hit in hits]
    return {"title": _("With “{word}”", word=word), "icon": "search", "hits": lines}


def _lately(actor: Actor) -> list[dict[str, Any]]:
    with reading() as db:
        lines = [_line(table(one.table), one.id, one.title, one.second) for one in recent.opened(db, actor)]
    return [{"title": _("Lately opened"), "icon": "history", "hits": lines}] if lines else []


def _grouped(hits: Iterable[index.Hit]) -> list[dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for hit in hits:
        group = groups.setdefault(hit.table.name, {"title": hit.table.plural, "icon": hit.table.screen.icon, "hits": []})
        group["hits"].append(_line(hit.table, hit.id, hit.title, hit.second) | {"marks": hit.highlight})
    return list(groups.values())


def _line(found: Table, id: int, title: str, second: str) -> dict[str, Any]:
    return {
        "title": title,
        "second": second,
        "icon": found.screen.icon,
        "path": found.name,
        "id": id,
        "href": navigation.href(found.name, {"id": str(id)}),
    }


def commands(actor: Actor, typed: str) -> list[dict[str, Any]]:
    """The pages that are called so, and "add …" where the person may: in any of the languages, in pinyin, by its initials."""
    wanted, new = _without_new(typed.lower())
    known = menu.plan(actor)
    declared = tables()
    lines: list[tuple[int, int, dict[str, Any]]] = []
    for path, names in _names(tuple(known.pages), language()).items():
        fit = max((3 if name == wanted else 2 if name.startswith(wanted) else int(wanted in name) for name in names), default=0)
        table = declared.get(path)
        if not fit or (table is not None and not may(actor, table, "read")):
            continue
        area, title = known.titles[path]
        icon = table.screen.icon if table else "web_asset"
        lines.append((not new, fit, {"title": title, "second": area, "icon": icon, "path": path, "href": navigation.href(path)}))
        if table is not None and may(actor, table, "create"):
            made = _("Add: {table}", table=table.title)
            href = navigation.href(path, {"new": "1"})
            lines.append((new, fit, {"title": made, "second": area, "icon": "add", "path": path, "new": True, "href": href}))
    lines.sort(key=lambda line: (-line[0], -line[1]))
    return [line for _wanted, _fit, line in lines[:_PAGES_MOST]]


def _without_new(typed: str) -> tuple[str, bool]:
    for word in NEW_WORDS:
        if typed.startswith(word) and typed != word:
            return typed.removeprefix(word).strip(), True
    return typed, False


@lru_cache(maxsize=50)
def _names(paths: tuple[str, ...], spoken: str) -> Mapping[str, tuple[str, ...]]:
    """Path → what people may call the page: in every language, in pinyin and its initials."""
    found: dict[str, set[str]] = {path: {path.replace("_", " ")} for path in paths}
    for code in LANGUAGES:
        with use_language(code):
            for path, declared in tables().items():
                if path in found:
                    found[path] |= {declared.title.lower(), declared.plural.lower()}
            for one in menu.PAGES:
                found[one.path].add(str(one.title).lower())
    return {path: tuple(names | {form for name in names for form in _pinyin(name)}) for path, names in found.items()}


def _pinyin(name: str) -> tuple[str, str]:
    spoken = syllables(name)
    return "".join(spoken), "".join(one[0] for one in spoken)
