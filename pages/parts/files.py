"""Files and pictures of a record."""

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from pages.parts.markdown import plain
from pages.parts.navigation import again
from services.crud import attachments
from services.crud.access import Actor, Forbidden
from services.crud.registry import Table
from services.platform.db import reading, writing
from services.platform.file_kinds import FileRefused
from services.platform.files import link, store
from services.platform.i18n import _, format_moment, format_number
from services.platform.settings import settings


@st.fragment
def files(table: Table, row: Mapping[str, Any], who: Actor, *, may_add: bool) -> None:
    """What is attached, pictures as previews, and a way to add more."""
    with reading() as db:
        found = attachments.of(db, who, table, row["id"])
    shelf = st.grid(columns=4, min_column_width=220)
    for one in found:
        with shelf.cell(), st.container(border=True):
            if one.media_type.startswith("image/"):
                st.html(f'<img src="{escape(link(who, one.file_id, side=480))}" alt="{escape(one.name)}" class="preview">')
            st.markdown(f"**{plain(one.name)}**")
            st.caption(f"{_size(one.size)} · {format_moment(one.created_at)} · {plain(one.actor)}")
            with st.container(horizontal=True):
                st.link_button(_("Open"), link(who, one.file_id), icon=":material/open_in_new:")
                if may_add and st.button(_("Remove"), key=f"file.remove.{one.id}", icon=":material/close:", type="tertiary"):
                    with writing() as db:
                        attachments.remove(db, who, table, row["id"], one.id)
                    again()
    if not found:
        st.caption(_("No files yet."))
    if may_add:
        _add(table, row, who)


def _size(octets: int) -> str:
    """In kB, or in MB from a million octets."""
    return f"{format_number(octets / 1_000_000, 1)} MB" if octets >= 1_000_000 else f"{format_number(max(octets // 1000, 1))} kB"


def _add(table: Table, row: Mapping[str, Any], who: Actor) -> None:
    turn = st.session_state.setdefault("files.turn", 0)
    for message in st.session_state.pop("files.refused", []):
        st.error(plain(message), icon=":material/block:")
    uploads = st.file_uploader(
        _("Add files"),
        accept_multiple_files=True,
        key=f"files.{table.name}.{row['id']}.{turn}",
        max_upload_size=settings().upload_megabytes,
    )
    if not uploads:
        return
    refused = []
    for upload in uploads:
        try:
            with writing() as db:
                attachments.add(db, who, table, row["id"], store(db, who, upload.name, upload))
        except FileRefused as reason:
            refused.append(str(reason.message))
        except Forbidden as reason:
            refused.append(str(reason.message))
    st.session_state["files.refused"] = refused
    st.session_state["files.turn"] += 1
    again()
