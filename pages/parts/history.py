"""What changed on a record, and who did it, in plain words."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.parts import past
from pages.parts.markdown import plain
from pages.parts.navigation import open_page
from services.crud import changesets, flow
from services.crud import history as kept
from services.crud.access import Actor
from services.crud.history import FieldChange
from services.crud.registry import Table
from services.platform.db import reading
from services.platform.i18n import _, format_moment, pgettext


def history(table: Table, row: Mapping[str, Any], who: Actor) -> None:
    """The change sets that touched the record, newest first."""
    with reading() as db:
        entries = kept.of(db, who, table, row["id"])
        mine = changesets.mine(db, who, [entry.change_set for entry in entries])
    past.choose(table, row)
    if not entries:
        st.caption(_("Nothing recorded yet."))
    for place, entry in enumerate(entries):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"history.entry.{place}"):
            said = f"**{plain(entry.action)}** · {plain(entry.actor)} · :gray[{format_moment(entry.at)} · {plain(entry.source)}]"
            st.markdown(said, width="content")
            st.button(
                _("As it stood then"), icon=":material/history:", type="tertiary", key=f"history.then.{place}", on_click=past.go_to,
                args=(entry.at,),
            )  # fmt: skip
            if entry.change_set in mine and st.button(
                _("All of this change"), icon=":material/difference:", type="tertiary", key=f"history.set.{place}"
            ):
                open_page("history", {"set": str(entry.change_set)})
        if entry.reason:
            st.markdown(f":material/chat_bubble: {plain(entry.reason)}")
        changes(entry.changes)


def changes(several: Sequence[FieldChange]) -> None:
    """Fields with what stood in them before and after."""
    lines = {
        plain(change.title): f":red[{plain(change.old_text)}] :material/arrow_forward: :green[{plain(change.new_text)}]"
        for change in several
    }
    if lines:
        st.table(lines, border="horizontal", width="content", alt=_("What changed"))


def events(table: Table, row: Mapping[str, Any], who: Actor) -> None:
    """The moves of the record, newest first: who, when, from, to, note."""
    with reading() as db:
        found = flow.events(db, who, table, row["id"])
    state = table.state
    for event in found:
        before = state.choice_title(event.from_state) if state and event.from_state else ""
        after = state.choice_title(event.to_state) if state else event.to_state
        title = (
            next((pgettext(table.name, move.title) for move in table.flow.moves if move.name == event.move), event.move)
            if table.flow
            else event.move
        )
        st.markdown(f"**{plain(title)}** · {plain(before)} → {plain(after)} · {plain(event.actor)} · :gray[{format_moment(event.at)}]")
        if event.note:
            st.markdown(f":material/chat_bubble: {plain(event.note)}")
