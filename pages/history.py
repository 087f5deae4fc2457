"""All change sets: who changed what, when, why and from where, filtered by the address; one of them with its differences and its undo."""

from datetime import date
from typing import Any

import streamlit as st

from pages.parts import address, chooser, notfound, session, undone
from pages.parts import history as parts
from pages.parts.address import held
from pages.parts.grid import Column, Row, grid
from pages.parts.markdown import plain
from pages.parts.navigation import go, href, open_page, reachable
from services.crud import changesets, history
from services.crud.access import Actor, may
from services.crud.changesets import Difference, Line, Sought, Told
from services.crud.errors import Missing
from services.crud.registry import table as described
from services.crud.registry import tables
from services.platform.db import reading
from services.platform.i18n import _, format_moment, pgettext

_KEY = "history"
PEOPLE = "account"
"""The table of those who change things."""


def show() -> None:
    """Draw the list, or one change set (`?set=12`)."""
    who = session.actor()
    asked = st.query_params.get("set")
    if asked is None:
        _list(who)
    elif asked.isascii() and asked.isdigit():
        _one(who, int(asked[:10]))
    else:
        notfound.unknown()


# The list


def _list(who: Actor) -> None:
    sought = Sought.from_params(address.params())
    after = st.query_params.get("after", "")
    if not changesets.oversees(who):
        st.caption(_("What you have changed yourself. Directors, administrators and auditors see what everybody in the centre did."))
    _filters(who, sought)
    with reading() as db:
        page = changesets.page(db, who, sought, after)
    if not page.lines:
        _nothing(sought)
        return
    event = grid(
        f"{_KEY}.grid",
        [
            Column("at", pgettext("history", "When"), "moment", sortable=False),
            Column("what", pgettext("history", "What"), sortable=False, primary=True),
            Column("count", pgettext("history", "Changes"), "number", sortable=False),
            Column("who", pgettext("history", "Who"), sortable=False, width=8),
            Column("source", pgettext("history", "From where"), sortable=False, width=8),
            Column("reason", pgettext("history", "Why"), sortable=False),
        ],
        [_row(one) for one in page.lines],
        caption=_("History"),
    )
    if event.open is not None:
        go({**address.params(), "set": str(event.open)})
    with st.container(horizontal=True, key=f"{_KEY}.pager"):
        if after:
            st.button(_("Newest"), icon=":material/first_page:", type="tertiary", key=f"{_KEY}.first", on_click=_turn, args=("",))
        if page.next:
            st.button(
                _("Older"), icon=":material/chevron_right:", icon_position="right", type="tertiary", key=f"{_KEY}.next", on_click=_turn,
                args=(page.next,),
            )  # fmt: skip


def _turn(after: str) -> None:
    kept = {name: values for name, values in address.params().items() if name != "after"}
    st.query_params.from_dict(kept | ({"after": [after]} if after else {}))


def _row(one: Line) -> Row:
    action = str(one.action)
    about = f"{one.table}: {one.title}" if one.title else one.table
    text = f"{action} · {about}" if about else action
    second = _("Undone since") if one.undone else ""
    count = f"{one.count.value:,}{'' if one.count.exact else '+'}" if one.count.value else ""
    cells: dict[str, Any] = {
        "at": format_moment(one.told.at), "what": {"text": text, "second": second}, "count": count, "who": _who(one.told),
        "source": str(one.source), "reason": one.told.reason,
    }  # fmt: skip
    return Row(one.told.id, cells, href(_KEY, {"set": str(one.told.id)}), "grey" if one.undone else None, second)


def _who(told: Told) -> str:
    return told.actor if told.account is not None else _("the system")


def _nothing(sought: Sought) -> None:
    with st.container(horizontal_alignment="center", key=f"{_KEY}.nothing"):
        st.space("medium")
        st.markdown("## :material/history:", width="content")
        if sought == Sought():
            st.markdown(f"**{_('Nothing here yet')}**", width="content")
            st.caption(_("Whatever is made, changed or deleted stands here from then on."), width="content")
            return
        st.markdown(f"**{_('Nothing matches')}**", width="content")
        st.button(_("Clear the filters"), icon=":material/filter_alt_off:", key=f"{_KEY}.clear", on_click=st.query_params.clear)


def _filters(who: Actor, sought: Sought) -> None:
    names = {name: table.plural for name, table in tables().items() if may(who, table, "read")}
    actions = {name: str(title) for name, title in history.actions().items()}
    if sought.table and (flow := described(sought.table).flow):
        actions |= {move.name: pgettext(sought.table, move.title) for move in flow.moves}
    sources = {name: str(title) for name, title in history.sources().items()}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=f"{_KEY}.filters"):
        _choice("table", pgettext("history", "Records"), names, sought.table)
        _choice("action", pgettext("history", "What was done"), actions, sought.action)
        _choice("source", pgettext("history", "From where"), sources, sought.source)
        for name, label, now in (("from", pgettext("history", "From"), sought.since), ("to", pgettext("history", "Until"), sought.until)):
            st.date_input(
                label, value=None, key=held(f"{_KEY}.{name}", now), format="YYYY-MM-DD", width=150, max_value=date(2100, 1, 1),
                min_value=date(2000, 1, 1), on_change=_take, args=(name,),
            )  # fmt: skip
        st.text_input(
            pgettext("history", "Why"),
            key=held(f"{_KEY}.q", sought.text),
            type="search",
            width=180,
            placeholder=_("Search"),
            on_change=_take,
            args=("q",),
        )
    if changesets.oversees(who) and may(who, described(PEOPLE), "read"):
        with st.container(width=360, key=f"{_KEY}.people"):
            chosen = chooser.chooser(f"{_KEY}.who", pgettext("history", "Who"), who, described(PEOPLE), [sought.who] if sought.who else [])
        if chosen.value != sought.who:
            _set("who", str(chosen.value or ""))
            st.rerun()
    if sought.record:
        st.badge(_("Only one record"), icon=":material/filter_alt:", color="blue")


def _choice(name: str, label: str, options: dict[str, str], now: str) -> None:
    shown = options if not now or now in options else {**options, now: now}
    st.selectbox(
        label, list(shown), index=None, format_func=shown.__getitem__, key=held(f"{_KEY}.{name}", now or None), width=190,
        placeholder=pgettext("history", "All"), on_change=_take, args=(name,),
    )  # fmt: skip


def _take(name: str) -> None:
    given = st.session_state[f"{_KEY}.{name}"]
    _set(name, given.isoformat() if isinstance(given, date) else str(given or ""))


def _set(name: str, text: str) -> None:
    kept = {key: values for key, values in address.params().items() if key not in ("after", name)}
    if name == "table":
        kept.pop("record", None)
    st.query_params.from_dict(kept | ({name: [text]} if text else {}))


# One change set


def _one(who: Actor, id: int) -> None:
    after = st.query_params.get("behind", "")
    try:
        with reading() as db:
            told = changesets.find(db, who, id)
            by = changesets.undone_by(db, id)
            found = changesets.differences(db, who, told, int(after) if after.isascii() and after.isdigit() and len(after) < 12 else 0)
    except Missing:
        _gone()
        return
    _head(told, by, who)
    if not found.several:
        st.caption(_("Nothing was told record by record here."))
    for one in found.several:
        _difference(one)
    with st.container(horizontal=True, key=f"{_KEY}.more"):
        if after:
            st.button(
                _("From the beginning"), icon=":material/first_page:", type="tertiary", key=f"{_KEY}.begin", on_click=_behind, args=(0,)
            )
        if found.next is not None:
            st.button(
                _("More records"), icon=":material/chevron_right:", icon_position="right", type="tertiary", key=f"{_KEY}.behind",
                on_click=_behind, args=(found.next,),
            )  # fmt: skip
    undone.dialog(who, id)


def _behind(id: int) -> None:
    kept = {name: values for name, values in address.params().items() if name != "behind"}
    st.query_params.from_dict(kept | ({"behind": [str(id)]} if id else {}))


def _gone() -> None:
    st.info(_("This change set is not there, or not for you to see."), icon=":material/search_off:")
    _back()


def _back() -> None:
    if st.button(_("All changes"), icon=":material/arrow_back:", type="tertiary", key=f"{_KEY}.back"):
        go({name: values for name, values in address.params().items() if name not in ("set", "behind")})


def _head(told: Told, by: Told | None, who: Actor) -> None:
    table = tables().get(told.table)
    title = str(history.action_title(told.action, told.table))
    with st.container(horizontal=True, vertical_alignment="center", key=f"{_KEY}.head"):
        _back()
        st.subheader(plain(f"{title} · {table.plural}" if table else title), anchor=False, width="content")
        if by is not None:
            st.badge(_("Undone since"), icon=":material/undo:", color="gray")
        st.space("stretch")
        st.button(
            pgettext("history", "Undo"), icon=":material/undo:", key=f"{_KEY}.undo", disabled=by is not None, on_click=undone.ask,
            args=(told.id,), help=_("Take all of it back. You see first what that does."),
        )  # fmt: skip
    said = [plain(_who(told)), format_moment(told.at), plain(history.source_title(told.source))]
    st.markdown(" · ".join(said))
    if told.reason:
        st.markdown(f":material/chat_bubble: {plain(told.reason)}")
    with st.container(horizontal=True, key=f"{_KEY}.links"):
        if told.undoes is not None and st.button(
            _("It takes back an earlier change"), icon=":material/undo:", type="tertiary", key=f"{_KEY}.earlier"
        ):
            open_page(_KEY, {"set": str(told.undoes)})
        if by is not None and st.button(
            _("{who} has undone it on {when}", who=plain(by.actor), when=by.at),
            icon=":material/undo:",
            type="tertiary",
            key=f"{_KEY}.later",
        ):
            open_page(_KEY, {"set": str(by.id)})


def _difference(one: Difference) -> None:
    """What became of one record."""
    table = tables().get(one.table)
    kind = table.title if table else one.table
    with st.container(border=True, key=f"{_KEY}.change.{one.id}"):
        if not one.title:
            text = _("A record of “{table}” that you may not read", table=plain(table.plural if table else one.table))
            st.markdown(f":material/lock: **{text}** · {plain(one.verb)}")
            return
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            address_ = {"id": str(one.record), **({"trash": "1"} if one.gone else {})}
            text = f"{plain(kind)}: {plain(one.title)}"
            if reachable(one.table):
                if st.button(text, type="tertiary", key=f"{_KEY}.open.{one.id}", icon=f":material/{table.screen.icon}:" if table else None):
                    open_page(one.table, address_)
            else:
                st.markdown(f"**{text}**", width="content")
            st.badge(plain(one.verb), color="gray")
            if one.gone:
                st.badge(_("In the trash"), icon=":material/delete:", color="orange")
            if one.by_rule:
                st.badge(
                    _("By a rule"), icon=":material/bolt:", color="gray", help=_("The product did this along with what the person did.")
                )
        parts.changes(one.changes)
