"""Where a person starts: what waits, what is late, what comes, and what they worked on."""

import streamlit as st

from services.platform.i18n import _


def show() -> None:
    """Draw the page."""
    st.write(_("Today"))
