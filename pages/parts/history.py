"""What changed on a record, and who did it, in plain words."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.parts.markdown import plain
from services.crud import flow
from services.crud import history as kept
from services.crud.access import Actor
from services.crud.registry import Table
from services.platform.db import reading
from services.platform.i18n import _, format_moment, pgettext


def history(table: Table, row: Mapping[str, Any], who: Actor) -> None:
    """The change sets that touched the record, newest first."""
    with reading() as db:
        entries = kept.of(db, who, table, row["id"])
    if not entries:
        st.caption(_("Nothing recorded yet."))
    for entry in entries:
        st.markdown(f"**{plain(entry.action)}** · {plain(entry.actor)} · :gray[{format_moment(entry.at)} · {plain(entry.source)}]")
        if entry.reason:
            st.markdown(f":material/chat_bubble: {plain(entry.reason)}")
        lines = {
            plain(change.title): f":red[{plain(change.old_text)}] :material/arrow_forward: :green[{plain(change.new_text)}]"
            for change in entry.changes
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
