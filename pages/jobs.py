"""My long work: what is under way, and what is done, with its files."""

import streamlit as st

from pages.parts import jobs as parts
from pages.parts import navigation, session
from pages.parts.markdown import plain
from services import jobs
from services.crud.access import Actor
from services.jobs import Job
from services.platform.db import reading
from services.platform.i18n import _


def show() -> None:
    """Draw all of it, or one piece (`?id=12`)."""
    who = session.actor()
    asked = st.query_params.get("id", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 10:
        st.button(_("All my long work"), icon=":material/arrow_back:", type="tertiary", key="jobs-all", on_click=_all)
        parts.progress(int(asked), ended=lambda job: parts.more(who, job))
        return
    with reading() as db:
        several = jobs.mine(db, who)
    if not several:
        with st.container(horizontal_alignment="center", key="jobs-nothing"):
            st.space("medium")
            st.markdown("## :material/pending_actions:", width="content")
            st.markdown(f"**{_('Nothing here yet')}**", width="content")
            st.caption(
                _("Large imports, exports and changes of many records go on here by themselves, also while this screen is closed."),
                width="content",
            )
        return
    for one in several:
        if one.open:
            parts.progress(one.id)
    ended = [one for one in several if not one.open]
    if ended and len(ended) < len(several):
        st.markdown("#### " + _("Done before"))
    for one in ended:
        _ended(who, one)


def _ended(who: Actor, one: Job) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"job-{one.id}"):
        with st.container():
            parts.head(one)
            st.markdown(plain(one.message or ""))
            st.caption(parts.times(one))
        parts.links(who, one)
        st.button(
            _("Details"), icon=":material/list:", type="tertiary", key=f"job-{one.id}-open", on_click=navigation.open_page,
            args=(jobs.PAGE, {"id": str(one.id)}),
        )  # fmt: skip


def _all() -> None:
    st.query_params.clear()
