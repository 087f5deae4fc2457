"""The notices of a person: mentions, and the end of long work; in a drawer at the side."""

from html import escape

import streamlit as st

from pages.parts import session
from pages.parts.navigation import href
from services.crud import notices
from services.platform.db import reading, writing
from services.platform.i18n import _, format_moment


def show() -> None:
    """Open the drawer; what it shows counts as seen."""
    actor = session.actor()
    with reading() as db:
        told = notices.of(db, actor)
    fresh = [one.id for one in told if not one.seen]
    if fresh:
        with writing() as db:
            notices.see(db, actor, fresh)

    @st.dialog(_("Notices"), position="right", icon=":material/notifications:")
    def drawer() -> None:
        if told:
            st.html("".join(map(_line, told)))
        else:
            st.caption(_("Nothing yet. When a colleague calls you with @ in a remark, or long work is done, it stands here."))

    drawer()


def _line(one: notices.Told) -> str:
    icon = "chat" if one.kind == "mention" else "info"
    dot = "" if one.seen else '<span class="lines-end lines-blue">•</span>'
    text = (
        f'<span class="lines-icon" aria-hidden="true">{icon}</span><span class="lines-text"><span>{escape(str(one.message))}</span>'
        f'<span class="lines-second">{escape(format_moment(one.at))}</span></span>{dot}'
    )
    if one.table and one.record:
        return f'<a class="page-link line" href="{href(one.table, {"id": str(one.record)})}">{text}</a>'
    return f'<div class="line">{text}</div>'
