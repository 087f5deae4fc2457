"""Saved views: lists as somebody wants to see them again, mine or shared; one of them may be what the list opens with."""

from collections.abc import Sequence
from urllib.parse import parse_qs, urlencode

import streamlit as st

from pages.parts import address
from pages.parts.markdown import plain
from services.crud import views as kept
from services.crud.access import Actor, Forbidden
from services.crud.errors import Invalid, Missing
from services.crud.registry import Table
from services.crud.view import FIRST, View
from services.crud.views import LONGEST_NAME, Saved
from services.platform.db import reading, writing
from services.platform.i18n import Message, _

_OPENS = "opens"
"""Stands in the query of the view that the list opens with."""
_HERE = "list.here"


def enter(who: Actor, table: Table) -> None:
    """Whoever comes to the list from elsewhere, without asking for anything, finds the view that it opens with."""
    came = st.session_state.get(_HERE) != table.name
    st.session_state[_HERE] = table.name
    if not came or st.query_params:
        return
    first = next((one for one in _all(who, table) if _opens(one)), None)
    if first is not None:
        _go(who, table, first)


def leave() -> None:
    """Another screen than a list is drawn."""
    st.session_state.pop(_HERE, None)


def draw(who: Actor, table: Table, view: View) -> None:
    """The button with the name of the view, and behind it the others."""
    key = f"{table.name}.views"
    saved = _all(who, table) if view.name or st.session_state.get(key) else []
    current = next((one for one in saved if str(one.id) == view.name), None)
    box = st.popover(plain(current.name) if current else _("Views"), icon=":material/bookmark:", key=key, on_change="rerun")
    if not box.open:
        return
    with box:
        for one in saved or _all(who, table):
            icon = "home" if _opens(one) else "bookmark" if one.mine else "group"
            st.button(
                plain(one.name),
                icon=f":material/{icon}:",
                type="primary" if one is current else "tertiary",
                width="stretch",
                key=f"{key}.{one.id}",
                help=None if one.mine else _("Shared by a colleague"),
                on_click=_go,
                args=(who, table, one),
            )
        st.button(_("The whole list"), icon=":material/table_rows:", type="tertiary", width="stretch", key=f"{key}.whole", on_click=_whole)
        _form(who, table, view, current, key)


def _form(who: Actor, table: Table, view: View, current: Saved | None, key: str) -> None:
    mine = current if current is not None and current.mine else None
    for message in st.session_state.pop(f"{key}.wrong", ()):
        st.error(plain(message), icon=":material/error:")
    with st.form(f"{key}.form.{view.name}", border=False):
        st.text_input(_("Name of the view"), value=mine.name if mine else "", max_chars=LONGEST_NAME, key=f"{key}.name.{view.name}")
        st.checkbox(_("Share it with colleagues"), value=bool(mine and mine.shared), key=f"{key}.shared.{view.name}")
        st.checkbox(_("Open the list with it"), value=bool(mine and _opens(mine)), key=f"{key}.opens.{view.name}")
        with st.container(horizontal=True):
            if mine:
                st.form_submit_button(
                    _("Save"),
                    type="primary",
                    key=f"{key}.save",
                    help=_("The list as it is now, with this name"),
                    on_click=_keep,
                    args=(who, table, mine.id),
                )
            st.form_submit_button(
                _("Keep as a new view"), type="secondary" if mine else "primary", key=f"{key}.new", on_click=_keep, args=(who, table, None)
            )
            if mine:
                st.form_submit_button(
                    _("Delete"),
                    icon=":material/delete:",
                    type="tertiary",
                    key=f"{key}.remove",
                    on_click=_remove,
                    args=(who, table, mine.id),
                )


def _all(who: Actor, table: Table) -> Sequence[Saved]:
    with reading() as db:
        return kept.of(db, who, table)


def _opens(one: Saved) -> bool:
    return _OPENS in parse_qs(one.query)


# What people do


def _go(who: Actor, table: Table, one: Saved) -> None:
    view, _refused = View.from_params(who, table, parse_qs(one.query))
    address.go(view.but(name=str(one.id)))


def _whole() -> None:
    address.go(View())


def _keep(who: Actor, table: Table, id_: int | None) -> None:
    key = f"{table.name}.views"
    view, _refused = address.view_of(who, table)
    name, shared, opens = (st.session_state[f"{key}.{part}.{view.name}"] for part in ("name", "shared", "opens"))
    said = view.but(name="", after=FIRST, before="").to_params() | ({_OPENS: ["1"]} if opens else {})
    try:
        with writing() as db:
            made = kept.save(db, who, table, name, urlencode(said, doseq=True), shared=shared, id=id_)
            if opens:
                _only(who, table, made, kept.of(db, who, table))
    except Invalid as invalid:
        _wrong(key, [message for found in invalid.errors.values() for message in found])
    except Forbidden as forbidden:
        _wrong(key, [forbidden.message])
    except Missing:
        address.go(view.but(name=""))
    else:
        address.go(view.but(name=str(made)))


def _only(who: Actor, table: Table, made: int, saved: Sequence[Saved]) -> None:
    """A list opens with one view: the others no longer say so."""
    for one in saved:
        if one.mine and one.id != made and _opens(one):
            said = {name: values for name, values in parse_qs(one.query).items() if name != _OPENS}
            with writing() as db:
                kept.save(db, who, table, one.name, urlencode(said, doseq=True), shared=one.shared, id=one.id)


def _remove(who: Actor, table: Table, id_: int) -> None:
    view, _refused = address.view_of(who, table)
    try:
        with writing() as db:
            kept.remove(db, who, table, id_)
    except Forbidden as forbidden:
        _wrong(f"{table.name}.views", [forbidden.message])
        return
    except Missing:
        pass
    address.go(view.but(name=""))


def _wrong(key: str, messages: Sequence[Message]) -> None:
    st.session_state[f"{key}.wrong"] = list(messages)
