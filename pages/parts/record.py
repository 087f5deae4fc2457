"""GENERATED: the page of one record. What it is, in which state, what may be done with it, and all that hangs on it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from models.base import Child
from models.fields import Kind
from pages.parts import address, comments, files, history, notfound, past, presence, printing, trash, undone
from pages.parts.children import backlinks, child_list
from pages.parts.facts import facts, long_text
from pages.parts.markdown import plain
from pages.parts.moves import hindrances, moves
from pages.parts.navigation import go
from pages.parts.session import actor
from services.crud import access, flow, query, recent
from services.crud.access import Actor
from services.crud.presence import Other
from services.crud.registry import Table
from services.crud.registry import table as described
from services.crud.titles import title_of
from services.crud.view import View
from services.platform.db import reading, writing
from services.platform.i18n import _, format_moment, pgettext

_LABELS_OF = {"green": "green", "blue": "blue", "red": "red", "orange": "orange", "yellow": "yellow", "purple": "violet", "teal": "primary"}


def show_record(table: Table, id: int) -> None:
    """Draw the record of that id, or say plainly that it can't be seen."""
    who, then = actor(), past.asked()
    if then is not None:
        past.show(table, id, who, then)
        return
    gone = st.query_params.get("trash") == "1"
    try:
        with reading() as db:
            row = query.record(db, who, table, id, trash=gone)
            offers = flow.offered(db, who, table, row) if table.flow and not gone else []
            rights = query.permitted(db, who, table, id)
            around = query.neighbours(db, who, table, _list(table, who), id)
    except (query.Missing, access.Forbidden):
        if _say():  # it was deleted just now
            go(address.behind())
        notfound.missing(table)
        return
    _say()
    _noted(table, id, who)
    if st.query_params.get("print") == "1":
        printing.sheet(table, row, who)
        return
    _head(table, row, around, presence.here(table, id, who))
    undone.draw(table, who, id)
    if gone:
        trash.restore(table, row, who, allowed="restore" in rights)
    else:
        _actions(table, row, who, offers, rights)
    _tabs(table, row, who, offers, rights if not gone else frozenset())


def _say() -> bool:
    """Say what was just done with the record; whether there was something."""
    said = st.session_state.pop("record.said", "")
    if said:
        st.toast(said, icon=":material/check_circle:")
    return bool(said)


def _noted(table: Table, id: int, who: Actor) -> None:
    """Note the record as recently opened, once per visit."""
    if st.session_state.get("record.noted") != (table.name, id):
        st.session_state["record.noted"] = (table.name, id)
        with writing() as db:
            recent.note(db, who, table, id)


def _list(table: Table, who: Actor) -> View:
    view, _refused = View.from_params(who, table, address.behind())
    return view


def _head(table: Table, row: Mapping[str, Any], around: tuple[int | None, int | None], others: Sequence[Other]) -> None:
    before, after = around
    with st.container(horizontal=True, vertical_alignment="center", key="record.head"):
        if st.button(_("List"), icon=":material/arrow_back:", type="tertiary", key="record.back", help=_("Back to the list")):
            go(address.behind())
        st.subheader(plain(title_of(table, row)), anchor=False, width="content")
        if table.state is not None and row.get(table.state.name):
            code = row[table.state.name]
            choice = table.state.choice(code)
            st.badge(plain(table.state.choice_title(code)), color=_LABELS_OF.get(choice.colour if choice else "", "gray"))  # type: ignore[arg-type]
        presence.say(others)
        st.space("stretch")
        for text, icon, target, shortcut in ((_("Previous"), "chevron_left", before, "K"), (_("Next"), "chevron_right", after, "J")):
            if st.button(
                text, icon=f":material/{icon}:", disabled=target is None, key=f"record.{icon}", type="tertiary", shortcut=shortcut
            ):
                go({**address.behind(), "id": str(target)})


def _actions(table: Table, row: Mapping[str, Any], who: Actor, offers: list[flow.Offer], rights: frozenset[str]) -> None:
    with st.container(horizontal=True, key="record.actions"):
        moves(table, row, who, offers)
        if (
            "edit" in rights
            and not table.screen.append_only
            and st.button(_("Edit"), icon=":material/edit:", key="record.edit", shortcut="E")
        ):
            go({**address.behind(), "id": str(row["id"]), "edit": "1"})
        more: dict[str, str] = {}
        if access.may(who, table, "create"):
            more["copy"] = _("Make a copy")
        more["print"] = _("Print")
        if table.screen.deletable and not table.screen.append_only and "delete" in rights:
            more["delete"] = _("Delete")
        chosen = st.menu_button(_("More"), list(more), format_func=more.__getitem__, key="record.more", icon=":material/more_horiz:")
        if chosen == "copy":
            go({**address.behind(), "new": "1", "copy": str(row["id"])})
        if chosen == "print":
            go({**address.behind(), "id": str(row["id"]), "print": "1"})
        if chosen == "delete":
            trash.ask(table, row["id"])
    hindrances(table, offers)
    trash.dialog(table, row, who)


def _tabs(table: Table, row: Mapping[str, Any], who: Actor, offers: list[flow.Offer], rights: frozenset[str]) -> None:
    """Only the tab that is open is read and drawn."""
    tabs: list[tuple[str, Callable[[], None]]] = [(_("Details"), lambda: details(table, row, who))]
    for child in table.children:
        if access.may(who, described(child.table), "read"):
            adds = bool(rights) and ("edit" in rights or not child.in_form)
            tabs.append((_child_title(child), partial(child_list, child, row, who, may_add=adds)))
    adds = ("create" if table.screen.append_only else "edit") in rights
    tabs += [
        (_("Related"), lambda: backlinks(table, row, who)),
        (_("Files"), lambda: files.files(table, row, who, may_add=adds)),
        (_("Comments"), lambda: comments.comments(table, row, who)),
        (_("History"), lambda: history.history(table, row, who)),
    ]
    if table.flow:
        tabs.append((_("States"), lambda: _states(table, row, who, offers)))
    places = st.tabs([title for title, _draw in tabs], on_change="rerun", key=f"record.tabs.{table.name}")
    for place, (_title, draw) in zip(places, tabs, strict=True):
        if place.open:
            with place:
                draw()


def _states(table: Table, row: Mapping[str, Any], who: Actor, offers: list[flow.Offer]) -> None:
    st.mermaid_chart(flow.diagram(table, row, offers), alt=_("States of {what} and the moves between them", what=table.title))
    history.events(table, row, who)


def _child_title(child: Child) -> str:
    of = described(child.table)
    return pgettext(of.fields[child.via].spec.target, child.title) if child.title else of.plural


def details(table: Table, row: Mapping[str, Any], who: Actor) -> None:
    """All fields that the person may see, by group; long texts below."""
    fields = [one for one in table.declared if one.name in row]
    facts(f"facts.{table.name}.{row['id']}", table, row, fields, who)
    for one in fields:
        if one.kind is Kind.LONG_TEXT and row[one.name]:
            long_text(one, row[one.name])
    st.caption(
        _(
            "Made on {made} by {maker}, last changed on {changed} by {changer}.",
            made=format_moment(row["created_at"]),
            maker=_who(row, "created_by"),
            changed=format_moment(row["updated_at"]),
            changer=_who(row, "updated_by"),
        )
    )


def _who(row: Mapping[str, Any], name: str) -> str:
    return plain(row[name].title) if row.get(name) else _("the system")
