"""The few styles that Streamlit's theme has no word for."""

import streamlit as st

_STYLE = """<style>
{large}
</style>"""


def apply(large: bool) -> None:
    """Put the styles into the page; large type scales everything, since all sizes follow the root's."""
    st.html(_STYLE.format(large="html { font-size: 125%; }" if large else "html { font-size: 100%; }"))
