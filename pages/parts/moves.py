"""The moves a person may make with a record: buttons, and a dialog that asks for what the move demands."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import streamlit as st

from pages.parts import widgets
from pages.parts.markdown import plain
from pages.parts.navigation import again
from services.crud import access, flow, write
from services.crud.access import Actor
from services.crud.registry import Field, Table
from services.crud.validate import Problem
from services.platform.db import writing
from services.platform.i18n import Message, _, msg, pgettext


def moves(table: Table, row: Mapping[str, Any], who: Actor, offers: Sequence[flow.Offer]) -> None:
    """Draw a button for each move from the record's state. The first that leads on, and needs no reason to be made, stands out."""
    state = row[table.flow.field] if table.flow else None
    main = next((one for one in offers if one.allowed and not one.move.reason and one.move.target != state), None)
    for offer in offers:
        clicked = st.button(
            plain(pgettext(table.name, offer.move.title)),
            key=f"move.{offer.move.name}.{row['id']}.{row['version']}",  # the second of two clicks is for a version that is gone
            icon=f":material/{offer.move.icon}:" if offer.move.icon else None,
            type="primary" if offer is main else "secondary",
            disabled=not offer.allowed,
        )
        if clicked:
            _start(table, row, who, offer)


def hindrances(table: Table, offers: Sequence[flow.Offer]) -> None:
    """Say of each move that is not possible now why."""
    for offer in offers:
        if offer.why is not None:
            title = pgettext(table.name, offer.move.title)
            st.caption(":material/block: " + plain(_("“{move}” is not possible now: {why}", move=title, why=offer.why)))


def _start(table: Table, row: Mapping[str, Any], who: Actor, offer: flow.Offer) -> None:
    move = offer.move
    if offer.asks or move.reason or move.confirm:
        st.session_state["move.token"] = uuid4().hex[:8]
        st.dialog(plain(pgettext(table.name, move.title)), width="medium")(_ask)(table, row, who, offer)
        return
    token = st.session_state["move.token"] = uuid4().hex[:8]
    problems = _make(table, row, who, offer, {}, "", confirm=False)
    if problems:
        st.session_state[f"{token}.problems"] = problems
        st.session_state[f"{token}.warned"] = ({}, "") if st.session_state.pop(f"{token}.doubtful", False) else None
        st.dialog(plain(pgettext(table.name, move.title)), width="medium")(_ask)(table, row, who, offer)


def _ask(table: Table, row: Mapping[str, Any], who: Actor, offer: flow.Offer) -> None:
    move, token = offer.move, st.session_state["move.token"]
    if st.session_state.get(f"{token}.done"):
        st.rerun()
    problems: dict[str, list[Message]] = st.session_state.get(f"{token}.problems", {})
    if move.confirm:
        st.markdown(plain(pgettext(table.name, move.confirm)))
    typed: dict[str, Any] = {}
    for one in offer.asks:
        key = f"{token}.{one.name}"
        required = one.name in move.requires or one in offer.requires
        start = widgets.raw(one, row.get(one.name))
        with st.container(gap="xxsmall"):
            said = _said(one, st.session_state.get(key, start), problems)
            typed[one.name] = widgets.draw(one, who, key, start, required=required, values=row, error=said)
    note = st.text_area(_("Reason") + " *" if move.reason else _("Note"), key=f"{token}.note", max_chars=2000)
    for message in (*problems.get("note", []), *problems.get("", [])):
        st.error(plain(message), icon=":material/error:")
    others = {name: messages for name, messages in problems.items() if name not in typed and name not in ("", "note")}
    for name, messages in others.items():
        title = table.fields[name].title if name in table.fields else name
        for message in messages:
            st.error(plain(f"{title}: {message}"), icon=":material/error:")
    # Warnings are confirmed for what stands there now, and for nothing else.
    confirm = st.session_state.get(f"{token}.warned") == (typed, note)
    if st.button(_("Do it all the same") if confirm else plain(pgettext(table.name, move.title)), type="primary", key=f"{token}.go"):
        values = {one.name: widgets.meaning(one, typed[one.name]) for one in offer.asks}
        wrong = {name: [value.message] for name, value in values.items() if isinstance(value, Problem)}
        wrong = wrong or _make(table, row, who, offer, values, note, confirm=confirm)
        st.session_state[f"{token}.problems"] = wrong
        st.session_state[f"{token}.warned"] = (typed, note) if st.session_state.pop(f"{token}.doubtful", False) else None
        again()


def _said(one: Field, typed: Any, problems: Mapping[str, list[Message]]) -> str:
    """What is wrong with what stands in the field."""
    value = widgets.meaning(one, typed)
    return " ".join(str(message) for message in ([value.message] if isinstance(value, Problem) else problems.get(one.name, [])))


def _make(
    table: Table, row: Mapping[str, Any], who: Actor, offer: flow.Offer, values: Mapping[str, Any], note: str, *, confirm: bool
) -> dict[str, list[Message]]:
    """Make the move and draw the page anew; what stands against it comes back by field."""
    token = st.session_state.get("move.token", "")
    try:
        with writing() as db:
            flow.move(db, who, table, row["id"], offer.move.name, dict(values), note=note, version=row["version"], confirm=confirm)
    except write.Invalid as invalid:
        return dict(invalid.errors)
    except write.Unconfirmed as unconfirmed:
        st.session_state[f"{token}.doubtful"] = True
        return dict(unconfirmed.warnings)
    except (write.Stale, write.Missing):
        return {"": [msg("Somebody has changed this record meanwhile. Close this window and look at it again.")]}
    except access.Forbidden as forbidden:
        return {"": [forbidden.message]}
    st.session_state[f"{token}.done"] = True
    title = plain(pgettext(table.name, offer.move.title))
    st.toast(_("Done: {move}", move=title), icon=":material/check_circle:")
    return st.rerun()
