"""Remarks on a record; `@name` calls a colleague."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.parts.markdown import plain
from pages.parts.navigation import again
from services.crud import access
from services.crud import comments as remarks
from services.crud.access import Actor
from services.crud.registry import Table
from services.crud.write import Invalid, Missing
from services.platform.db import reading, writing
from services.platform.i18n import _, format_moment


@st.fragment
def comments(table: Table, row: Mapping[str, Any], who: Actor) -> None:
    """The remarks, oldest first, and a box for another."""
    with reading() as db:
        found = remarks.of(db, who, table, row["id"])
    for one in found:
        with st.chat_message("user", avatar=":material/person:"):
            st.markdown(f"**{plain(one.actor)}** · :gray[{format_moment(one.at)}]  \n{plain(one.body)}")
            if one.mine:
                st.button(
                    _("Take back"),
                    key=f"comment.remove.{one.id}",
                    type="tertiary",
                    on_click=_take_back,
                    args=(who, table, row["id"], one.id),
                )
    if not found:
        st.caption(_("No remarks yet."))
    turn = st.session_state.setdefault("comment.turn", 0)
    body = st.text_area(
        _("Remark"),
        key=f"comment.{table.name}.{row['id']}.{turn}",
        max_chars=5000,
        height=80,
        help=_("Write @ and a sign-in name to call a colleague; they get a notice."),
    )
    if st.button(_("Send"), icon=":material/send:", key="comment.send"):
        try:
            with writing() as db:
                remarks.add(db, who, table, row["id"], body)
        except Invalid as invalid:
            for messages in invalid.errors.values():
                for message in messages:
                    st.error(plain(message), icon=":material/error:")
            return
        except access.Forbidden as forbidden:
            st.error(plain(forbidden.message), icon=":material/lock:")
            return
        st.session_state["comment.turn"] += 1
        again()


def _take_back(who: Actor, table: Table, id: int, comment: int) -> None:
    try:
        with writing() as db:
            remarks.remove(db, who, table, id, comment)
    except (Missing, access.Forbidden):
        st.toast(_("It has been taken back already."))
