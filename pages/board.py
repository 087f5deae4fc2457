"""GENERATED: any table with states as a board (`?show=board`): the records by state, moved as their record pages would move them."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from models.base import Move
from pages.parts import address, cards, cells, filters, moves, views
from pages.parts import list as lists
from pages.parts.browser import done, whole
from pages.parts.display import display
from pages.parts.markdown import plain
from pages.parts.navigation import go, href
from pages.parts.said import refuse
from services.crud import access, board, flow, query
from services.crud.access import Actor
from services.crud.query import Count, Missing, second_of, title_of
from services.crud.registry import Table
from services.platform.db import reading
from services.platform.i18n import Message, _, msg, pgettext

DEEPEST = 10
"""How many times as many cards as usual a column shows at most; whoever looks for more, filters or takes the list."""


def show_board(table: Table, who: Actor) -> None:
    """Draw the board of a table, and do first what was just done with it."""
    views.enter(who, table)
    key = f"{table.name}.board"
    picked = _heed(table, who, key)
    with reading() as db:
        view, unread = address.view_of(who, table, db)
        columns = board.columns(db, who, table, view, _depth(table))
        named = lists.chip_titles(db, table, who, view)
    for message in unread:
        st.warning(plain(message), icon=":material/link_off:")
    lists.top(table, who, view)
    filters.draw(who, table, view, named)
    cards.cards(key, _columns(table, columns), _ways(table), picked=picked, labels=_labels())
    _dialog(table, who)
    if said := moves.said():
        st.toast(said, icon=":material/check_circle:")


# What is shown


def _columns(table: Table, columns: Sequence[board.Column]) -> list[cards.Column]:
    mark, base = cells.marks(table), href(table.name, address.behind())
    link = f"{base}{'&' if '?' in base else '?'}id="
    due = table.fields.get(table.screen.due)

    def card(one: board.Card) -> cards.Card:
        shade, note = mark(one.row)
        return cards.Card(
            one.row["id"],
            one.row["version"],
            title_of(table, one.row),
            second_of(table, one.row),
            f"{link}{one.row['id']}",
            one.who,
            _("Due {when}", when=display(due, one.due)) if due is not None and one.due is not None else "",
            one.late,
            shade,
            note,
            _offers(one.offers),
            [offer.move.name for offer in one.offers if moves.asks(offer)],
        )

    deep = {state for state, depth in _depth(table).items() if depth >= DEEPEST}
    return [
        cards.Column(
            one.state, one.title, one.colour, _number(one.count), [card(each) for each in one.cards], one.more and one.state not in deep
        )
        for one in columns
    ]


def _offers(offers: Sequence[flow.Offer]) -> list[tuple[str, str]]:
    return [(offer.move.name, "" if offer.why is None else str(offer.why)) for offer in offers]


def _ways(table: Table) -> dict[str, cards.Way]:
    found: Sequence[Move] = table.flow.moves if table.flow else ()
    return {move.name: cards.Way(pgettext(table.name, move.title), move.sources, move.target) for move in found}


def _number(count: Count) -> str:
    return f"{count.value:,}{'' if count.exact else '+'}"


def _labels() -> cards.Labels:
    return cards.Labels(
        move=pgettext("board", "Move"),
        more=_("Show more"),
        empty=pgettext("board", "Nothing here"),
        no_moves=_("Nothing can be done with this now."),
        none=_("No move leads from “{from}” to “{to}”.", **{"from": "{from}", "to": "{to}"}),
        not_yours=_("Your roles do not include the move “{move}”.", move="{move}"),
    )


def _depth(table: Table) -> dict[str, int]:
    """How deep the address asks for the columns: `more=done.3,waiting.2`."""
    found: dict[str, int] = {}
    for part in st.query_params.get("more", "").split(","):
        state, _dot, times = part.rpartition(".")
        if table.state is not None and table.state.choice(state) is not None and times.isascii() and times.isdigit():
            found[state] = min(DEEPEST, max(1, int(times[:3])))
    return found


# What was done


def _heed(table: Table, who: Actor, key: str) -> cards.Picked | None:
    """Follow what was done in the board, before anything is drawn; the card that somebody has in their hand."""
    picked = None
    for name, value in done(key, "open", "more", "pick", "move"):
        id_, version = whole(value.get("id")), whole(value.get("version"))
        if name == "more":
            _deeper(table, who, str(value.get("state")))
        elif id_ is None:
            continue
        elif name == "open":
            go(address.behind(id_))
        elif name == "pick":
            picked = _look(table, who, key, id_, version)
        else:
            refuse(key, id_, _move(table, who, id_, version, str(value.get("name"))))
    return picked


def _deeper(table: Table, who: Actor, state: str) -> None:
    depth = _depth(table)
    if table.state is not None and table.state.choice(state) is not None:
        depth[state] = min(DEEPEST, depth.get(state, 1) + 1)
        view, _refused = address.view_of(who, table)
        address.go(view, more=",".join(f"{code}.{times}" for code, times in depth.items()))


def _look(table: Table, who: Actor, key: str, id: int, version: int | None) -> cards.Picked | None:
    """Somebody has picked up a card: what its record page would offer."""
    try:
        row, offers = _read(table, who, id)
    except Missing:
        refuse(key, id, [_gone()])
        return None
    if row["version"] != version:
        refuse(key, id, [_changed(row)])
        return None
    return cards.Picked(id, row["version"], _offers(offers))


def _move(table: Table, who: Actor, id: int, version: int | None, name: str) -> Sequence[Message]:
    """Make a move, or begin to ask for what it demands; what stands against it."""
    try:
        row, offers = _read(table, who, id)
    except Missing:
        return [_gone()]
    if row["version"] != version:
        return [_changed(row)]
    offer = next((one for one in offers if one.move.name == name), None)
    if offer is None:
        return [msg("This move is not open to you here.")]
    if not offer.allowed:
        return [offer.why or msg("This move is not open to you here.")]
    asked = moves.begin(table, row, who, offer)
    if asked.done or moves.asks(offer) or asked.warned is not None:
        return []
    moves.forget()
    return [message for found in asked.problems.values() for message in found]


def _read(table: Table, who: Actor, id: int) -> tuple[Mapping[str, Any], list[flow.Offer]]:
    with reading() as db:
        try:
            return query.record(db, who, table, id), flow.offered(db, who, table, {"id": id})
        except access.Forbidden as forbidden:
            raise Missing(table.name, id) from forbidden


def _changed(row: Mapping[str, Any]) -> Message:
    person = row["updated_by"].title if row.get("updated_by") else msg("The product")
    return msg("{who} has changed this meanwhile. It is shown as it is now: look at it, then move it.", who=person)


def _gone() -> Message:
    return msg("This record is not there any more.")


def _dialog(table: Table, who: Actor) -> None:
    """The dialog of a move that asks for something, as on the record page."""
    asked = moves.asked()
    if asked is None or asked.table != table.name:
        return
    try:
        row, offers = _read(table, who, asked.id)
    except Missing:
        moves.forget()
        return
    moves.dialog(table, row, who, offers)
