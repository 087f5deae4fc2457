"""When something breaks: the database is away, or there is a fault in the product. Never a traceback."""

import streamlit as st
from sqlalchemy import text

from services.platform import log
from services.platform.db import DatabaseUnavailable, reading
from services.platform.i18n import _

RETRY_SECONDS = 3


def wait(error: DatabaseUnavailable) -> None:
    """Say that the database can't be reached, try again by itself, and go on as soon as it answers."""
    with st.container(horizontal_alignment="center", key="outage"):
        st.space("large")
        st.markdown("# :material/cloud_off:", width="content")
        st.subheader(_("The database can't be reached"), anchor=False, text_alignment="center")
        st.markdown(str(error.message), width=560, text_alignment="center")
        _again()


@st.fragment(run_every=RETRY_SECONDS)
def _again() -> None:
    if answers():
        st.rerun()
    st.caption(_("Trying again every {n} seconds …", n=RETRY_SECONDS))


def answers() -> bool:
    """Whether the database answers."""
    try:
        with reading() as db:
            db.execute(text("select 1"))
    except DatabaseUnavailable:
        return False
    return True


def fault(error: Exception) -> bool:
    """Show that something broke, under a number that the log explains. The server calls it for whatever no screen caught."""
    if isinstance(error, DatabaseUnavailable):
        wait(error)
        return True
    number = log.reference(error)
    st.error(
        _("Something went wrong here; what you saved before is safe. Try again; if it happens once more, tell a system administrator this number: {number}", number=number),
        icon=":material/report:",
    )
    return True
