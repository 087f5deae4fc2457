"""When something breaks: the database is away, or there is a fault in the product. Never a traceback."""

import time
from typing import Any

import streamlit as st
from sqlalchemy import text
from streamlit.runtime.scriptrunner import get_script_run_ctx

from services.platform import log
from services.platform.db import DatabaseUnavailable, reading
from services.platform.i18n import _

RETRY_SECONDS = 2.0
HOLD_SECONDS = 120.0
"""How long a page is kept on the screen, with what was typed into it, while the database is away."""
_SAID = "failure.said"


def hold(slot: Any, error: DatabaseUnavailable) -> None:
    """Say at the top (`slot`) that the database is away, and go on by itself as soon as it answers.

    The step is kept waiting, not ended: so whatever the person has typed stays in the page under the message.
    """
    with slot.container():
        note = _away(error)
    give_up = time.monotonic() + HOLD_SECONDS
    back = False
    while not back and time.monotonic() < give_up:
        note.caption(_("Trying again by itself; you need not do anything."), text_alignment="center")
        time.sleep(RETRY_SECONDS)
        back = answers()
    if back:
        slot.empty()
        st.rerun()
    else:
        _again()


def _away(error: DatabaseUnavailable) -> Any:
    """The message; gives back the place of its last line."""
    with st.container(horizontal_alignment="center", key="outage", border=True):
        st.markdown(":material/cloud_off: **" + _("The database can't be reached") + "**", width="content")
        st.markdown(str(error.message), text_alignment="center")
        return st.empty()


@st.fragment(run_every=RETRY_SECONDS)
def _again() -> None:
    if answers():
        st.rerun()


def answers() -> bool:
    """Whether the database answers."""
    try:
        with reading() as db:
            db.execute(text("select 1"))
    except DatabaseUnavailable:
        return False
    return True


def fault(error: Exception) -> bool:
    """Say what happened to a step that no screen caught. The server calls it; True: nothing else is shown.

    An error in the answer to a click comes before the page is drawn: then the page is drawn now, with the message on top,
    so that nothing typed is lost.
    """
    context = get_script_run_ctx()
    if context is not None and not context.has_script_started:
        st.session_state[_SAID] = _words(error)
        from pages.parts import frame

        context.on_script_start()
        frame.run()
    else:
        st.error(_words(error), icon=":material/report:")
        if isinstance(error, DatabaseUnavailable):
            _again()
        else:
            st.button(_("Try again"), icon=":material/refresh:", key="failure-again")
    return True


def say() -> None:
    """Show what went wrong before this page was drawn."""
    said = st.session_state.pop(_SAID, None)
    if said:
        st.error(said, icon=":material/report:")


def _words(error: Exception) -> str:
    if isinstance(error, DatabaseUnavailable):
        return str(error.message)
    return _(
        "Something went wrong here, and it was written down. What you saved before is safe. Try again; if it happens once more, tell a "
        "system administrator this number: {number}",
        number=log.reference(error),
    )
