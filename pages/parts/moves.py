"""The moves a person may make with a record: buttons, and a dialog that asks for what the move demands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import streamlit as st

from pages.parts import undone, widgets
from pages.parts.markdown import plain
from services.crud import access, flow, write
from services.crud.access import Actor
from services.crud.errors import Messages
from services.crud.registry import Field, Table
from services.crud.validate import Problem
from services.platform.db import writing
from services.platform.i18n import _, msg, pgettext

_ASKED = "record.move"


@dataclass
class Asked:
    """A move that somebody is about to make, and what stands against it so far."""

    table: str
    id: int
    version: int
    """Of the record that they saw when they began."""
    move: str
    token: str = field(default_factory=lambda: uuid4().hex[:8])
    problems: Messages = field(default_factory=dict)
    warned: Any = None
    """What was typed when warnings were given: they are confirmed for that, and for nothing else."""
    done: bool = False


def moves(table: Table, row: Mapping[str, Any], who: Actor, offers: Sequence[flow.Offer]) -> None:
    """Draw a button for each move from the record's state. The first that leads on, and needs no reason to be made, stands out."""
    state = row[table.flow.field] if table.flow else None
    main = next(
        (one for one in offers if one.allowed and not one.move.reason and one.move.colour != "red" and one.move.target != state), None
    )
    for offer in offers:
        st.button(
            _title(table, offer),
            key=f"move.{offer.move.name}.{row['id']}.{row['version']}",  # the second of two clicks is for a version that is gone
            icon=f":material/{offer.move.icon}:" if offer.move.icon else None,
            type="primary" if offer is main else "secondary",
            disabled=not offer.allowed,
            on_click=_press,
            args=(table, row, who, offer),
        )
    dialog(table, row, who, offers)


def dialog(table: Table, row: Mapping[str, Any], who: Actor, offers: Sequence[flow.Offer]) -> None:
    """The dialog of the move that is being asked about, if it is one of these."""
    now = asked()
    for offer in offers:
        if now is not None and (now.table, now.id, now.move) == (table.name, row["id"], offer.move.name):
            st.dialog(_title(table, offer), width="medium", on_dismiss=forget)(_ask)(table, row, who, offer, now)


def asked() -> Asked | None:
    """The move that somebody is about to make and is asked about."""
    found: Asked | None = st.session_state.get(_ASKED)
    return found


def hindrances(table: Table, offers: Sequence[flow.Offer]) -> None:
    """Say of each move that is not possible now why."""
    for offer in offers:
        if offer.why is not None:
            title = pgettext(table.name, offer.move.title)
            st.caption(":material/block: " + plain(_("“{move}” is not possible now: {why}", move=title, why=offer.why)))


def said() -> str:
    """What was just done with a record, to be said once; empty: nothing."""
    return str(st.session_state.pop("record.said", ""))


def forget() -> None:
    """No move is being asked about."""
    st.session_state.pop(_ASKED, None)


def _title(table: Table, offer: flow.Offer) -> str:
    return plain(pgettext(table.name, offer.move.title))


def _press(table: Table, row: Mapping[str, Any], who: Actor, offer: flow.Offer) -> None:
    begin(table, row, who, offer)


def asks(offer: flow.Offer) -> bool:
    """Whether something is asked before the move is made."""
    return bool(offer.asks or offer.move.reason or offer.move.confirm)


def begin(table: Table, row: Mapping[str, Any], who: Actor, offer: flow.Offer) -> Asked:
    """A click on the button: make the move, or ask first for what it demands."""
    asked = Asked(table.name, row["id"], row["version"], offer.move.name)
    if not asks(offer):
        _make(table, who, offer, asked, {}, "")
    if not asked.done:
        st.session_state[_ASKED] = asked
    return asked


def _ask(table: Table, row: Mapping[str, Any], who: Actor, offer: flow.Offer, asked: Asked) -> None:
    move = offer.move
    if asked.done:
        st.rerun()
    if move.confirm:
        st.markdown(plain(pgettext(table.name, move.confirm)))
    for one in offer.asks:
        key, start = f"{asked.token}.{one.name}", widgets.raw(one, row.get(one.name))
        required = one.name in move.requires or one in offer.requires
        with st.container(gap="xxsmall"):
            error = _against(one, st.session_state.get(key, start), asked.problems)
            widgets.draw(one, who, key, start, required=required, values=row, error=error)
    st.text_area(_("Reason") + " *" if move.reason else _("Note"), key=f"{asked.token}.note", max_chars=2000)
    names = {one.name for one in offer.asks}
    for name, messages in asked.problems.items():
        title = f"{table.fields[name].title}: " if name in table.fields else ""
        for message in messages if name not in names else ():
            st.error(plain(f"{title}{message}"), icon=":material/error:")
    confirm = asked.warned is not None and asked.warned == _typed(offer, asked)
    text = _("Do it all the same") if confirm else _title(table, offer)
    st.button(text, type="primary", key=f"{asked.token}.go", on_click=_go, args=(table, who, offer, asked))


def _against(one: Field, typed: Any, problems: Messages) -> str:
    """What is wrong with what stands in the field."""
    value = widgets.meaning(one, typed)
    return " ".join(str(message) for message in ([value.message] if isinstance(value, Problem) else problems.get(one.name, [])))


def _typed(offer: flow.Offer, asked: Asked) -> tuple[dict[str, Any], str]:
    """What stands in the widgets of the dialog: fields, and the note."""
    state = st.session_state
    return {one.name: state.get(f"{asked.token}.{one.name}") for one in offer.asks}, str(state.get(f"{asked.token}.note") or "")


def _go(table: Table, who: Actor, offer: flow.Offer, asked: Asked) -> None:
    """A click in the dialog; the second of two does nothing."""
    typed, note = _typed(offer, asked)
    values = {one.name: widgets.meaning(one, typed[one.name]) for one in offer.asks}
    asked.problems = {name: [value.message] for name, value in values.items() if isinstance(value, Problem)}
    if not asked.problems and not asked.done:
        _make(table, who, offer, asked, values, note)


def _make(table: Table, who: Actor, offer: flow.Offer, asked: Asked, values: Mapping[str, Any], note: str) -> None:
    """Make the move; what stands against it goes into the dialog."""
    confirm = asked.warned is not None and asked.warned == _typed(offer, asked)
    asked.problems, asked.warned = {}, None
    try:
        with writing() as db:
            flow.move(db, who, table, asked.id, asked.move, dict(values), note=note, version=asked.version, confirm=confirm)
            undone.offer(db, who, table, _("Done: {move}", move=_title(table, offer)), record=asked.id)
    except write.Invalid as invalid:
        asked.problems = dict(invalid.errors)
    except write.Unconfirmed as unconfirmed:
        asked.problems, asked.warned = dict(unconfirmed.warnings), _typed(offer, asked)
    except (write.Stale, write.Missing):
        asked.problems = {"": [msg("Somebody has changed this record meanwhile. Close this window and look at it again.")]}
    except access.Forbidden as forbidden:
        asked.problems = {"": [forbidden.message]}
    else:
        asked.done = True
        st.session_state["record.said"] = _("Done: {move}", move=_title(table, offer))
        forget()
