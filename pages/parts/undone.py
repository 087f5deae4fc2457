"""Taking back on the screen: the offer right after something was done, and the dialog that says beforehand what an undo does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import streamlit as st
from sqlalchemy.orm import Session

from pages.parts import jobs, lines
from pages.parts.lines import Card, Line
from pages.parts.markdown import plain
from pages.parts.navigation import again, href, open_page
from services.crud import changesets, query, undo
from services.crud.access import Actor
from services.crud.errors import Invalid, Missing
from services.crud.registry import Table, tables
from services.crud.reversal import Obstacle
from services.platform.db import reading, writing
from services.platform.i18n import _, ngettext, pgettext

PAGE = "history"
"""Address of the screen of all change sets."""
SHOWN = 10
"""Obstacles that are shown by name."""
_OFFER = "undo.offer"


@dataclass
class Offer:
    """What was just done, and can be taken back with one click."""

    change_set: int
    table: str
    record: int | None
    """The record on whose page it is offered; None: on the list."""
    text: str
    against: list[Obstacle] = field(default_factory=list)


def offer(db: Session, who: Actor, table: Table, text: str, *, record: int | None = None) -> None:
    """Offer to take back what was just written in this transaction."""
    made = changesets.newest(db, who)
    if made is not None and changesets.find(db, who, made).table == table.name:
        st.session_state[_OFFER] = Offer(made, table.name, record, text)


def draw(table: Table, who: Actor, record: int | None = None) -> None:
    """The offer, where it belongs to this screen; on another one it is over."""
    given: Offer | None = st.session_state.get(_OFFER)
    if given is None:
        return
    if given.table != table.name or given.record != record:
        del st.session_state[_OFFER]
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="undo-offer"):
        st.markdown(f":material/check_circle: {plain(given.text)}", width="content")
        st.button(pgettext("history", "Undo"), icon=":material/undo:", key="undo.now", on_click=_take_back, args=(who,))
        if st.button(_("What changed"), icon=":material/difference:", type="tertiary", key="undo.look"):
            open_page(PAGE, {"set": str(given.change_set)})
        st.button(_("Close"), icon=":material/close:", type="tertiary", key="undo.close", on_click=_forget)
    if given.against:
        obstacles(who, given.against, len(given.against))


def _forget() -> None:
    st.session_state.pop(_OFFER, None)


def _take_back(who: Actor) -> None:
    """A click on the offer; the second of two does nothing."""
    given: Offer | None = st.session_state.get(_OFFER)
    if given is None:
        return
    try:
        with writing() as db:
            begun = undo.begin(db, who, given.change_set)
    except undo.Refused as refused:
        given.against = refused.obstacles
    except Invalid as invalid:
        st.toast(plain(str(invalid)), icon=":material/block:")
    else:
        _forget()
        st.toast(_told(begun), icon=":material/undo:")


def _told(begun: undo.Begun) -> str:
    return _("Undone.") if begun.job is None else _("It is being undone. A notice tells you its end.")


def obstacles(who: Actor, against: Sequence[Obstacle], count: int) -> None:
    """What stands against it, each with the way to where it can be looked at."""
    st.error(_("It can't be undone as a whole, so nothing is:"), icon=":material/block:")
    named: dict[tuple[str, int], str] = {}
    with reading() as db:
        for name in {one.table for one in against if one.table in tables()}:
            ids = [one.record for one in against[:SHOWN] if one.table == name and one.record]
            named |= {(name, id_): title for id_, title in query.titles(db, tables()[name], ids, who).items()}
    found = [_line(one, named.get((one.table, one.record or 0), "")) for one in against[:SHOWN]]
    sets = dict.fromkeys(one.change_set for one in against[:SHOWN] if one.change_set)
    found += [Line(href(PAGE, {"set": str(one)}), "history", _("The later change"), "") for one in sets]
    lines.draw([Card(ngettext("{n} reason", "{n} reasons", count), "block", found)])


def _line(one: Obstacle, title: str) -> Line:
    table = tables().get(one.table)
    if table is None:
        return Line(href(PAGE), "block", str(one.message))
    if not title:
        return Line(href(table.name), table.screen.icon, table.plural, str(one.message))
    return Line(href(table.name, {"id": str(one.record)}), table.screen.icon, title, str(one.message))


# The dialog


@dataclass
class Asked:
    """An undo that somebody thinks about."""

    change_set: int
    key: str = field(default_factory=lambda: f"undo.{uuid4().hex[:8]}")
    refused: tuple[list[Obstacle], int] | None = None
    job: int | None = None


_ASKED = "undo.asked"


def ask(change_set: int) -> None:
    """Ask whether this change set shall be undone."""
    st.session_state[_ASKED] = Asked(change_set)


def dialog(who: Actor, change_set: int) -> None:
    """The question, while it is asked about this change set."""
    asked: Asked | None = st.session_state.get(_ASKED)
    if asked is not None and asked.change_set == change_set:
        st.dialog(_("Undo this change?"), width="large", on_dismiss=_no_more)(_question)(who, asked)


def _no_more() -> None:
    st.session_state.pop(_ASKED, None)


def _question(who: Actor, asked: Asked) -> None:
    if asked.job is not None:
        jobs.progress(asked.job)
        return
    try:
        with writing() as db:
            seen = undo.preview(db, who, asked.change_set)
    except Missing:
        st.error(_("This change set is not there, or not for you to see."), icon=":material/error:")
        return
    for one in seen.effects:
        st.markdown(f":material/undo: {plain(effect(one))}")
    against = asked.refused or (seen.against.named, seen.against.count)
    if against[1]:
        obstacles(who, *against)
        return
    if seen.large:
        st.info(_("There are many: it goes on by itself and takes all of it back, or nothing."), icon=":material/pending_actions:")
    st.text_input(_("Why? (kept in the history)"), max_chars=500, key=f"{asked.key}.reason")
    if st.button(pgettext("history", "Undo"), type="primary", icon=":material/undo:", key=f"{asked.key}.go"):
        _do(who, asked)


def _do(who: Actor, asked: Asked) -> None:
    try:
        with st.spinner(_("Undoing …")), writing() as db:
            begun = undo.begin(db, who, asked.change_set, reason=st.session_state.get(f"{asked.key}.reason") or "")
    except undo.Refused as refused:
        asked.refused = refused.obstacles, refused.count
        again()
    except (Invalid, Missing) as invalid:
        st.error(plain(str(invalid)), icon=":material/block:")
    else:
        if begun.job is not None:
            asked.job = begun.job
            again()
        _no_more()
        st.toast(_told(begun), icon=":material/undo:")
        open_page(PAGE, {"set": str(begun.change_set)})


def effect(one: undo.Effect) -> str:
    """What becomes of these records."""
    table = tables().get(one.table)
    what = table.plural if table else one.table
    texts = {
        "create": _("{n} × {what}: into the trash", n=f"{one.count:,}", what=what),
        "restore": _("{n} × {what}: back into the trash", n=f"{one.count:,}", what=what),
        "delete": _("{n} × {what}: out of the trash", n=f"{one.count:,}", what=what),
        "move": _("{n} × {what}: back into the state before", n=f"{one.count:,}", what=what),
        "attach": _("{n} × {what}: the file is taken off", n=f"{one.count:,}", what=what),
        "detach": _("{n} × {what}: the file comes back", n=f"{one.count:,}", what=what),
    }
    return texts.get(one.verb, _("{n} × {what}: the values before", n=f"{one.count:,}", what=what))
