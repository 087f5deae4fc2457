"""The page of an area: its tables with how much they hold, and its charts."""

from typing import Any

import streamlit as st

from models.areas import AREAS
from pages.parts import navigation, notfound, session
from pages.parts.markdown import plain

from services.crud.access import Actor, may
from services.crud.registry import Table, tables
from services.crud.view import View
from services.platform.db import reading
from services.platform.i18n import _, format_number, pgettext


def show(name: str) -> None:
    """Draw the page of the area of that name."""
    area = next(one for one in AREAS if one.name == name)
    actor = session.actor()
    shown = [one for one in tables().values() if one.screen.area == name and not one.screen.hidden and may(actor, one, "read")]
    if not shown:
        notfound.closed(pgettext("area", area.title))
        return
    from services.crud import query

    with reading() as db:
        counts = {one.name: query.count(db, actor, one, View()) for one in shown}
    with st.grid(3, min_column_width=260):
        for one in shown:
            _card(actor, one, counts[one.name])


def _card(actor: Actor, table: Table, count: Any) -> None:
    with st.container(border=True, height="stretch", key=f"card-{table.name}"):
        number = format_number(count.value) + ("" if count.exact else "+")
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button(f"**{plain(table.plural)}**", icon=f":material/{table.screen.icon}:", type="tertiary", key=f"open-{table.name}"):
                navigation.open_page(table.name)
            st.space("stretch")
            st.badge(number, color="gray")
        st.caption(plain(table.help))
        if may(actor, table, "create"):
            st.space("stretch")
            if st.button(_("Add: {table}", table=plain(table.title)), icon=":material/add:", key=f"add-{table.name}"):
                navigation.open_page(table.name, {"new": "1"})
