"""The browser's history: one step back for one thing done. Drawn once a run by the frame; shows nothing."""

from pages.parts.browser import component

_component = component(__file__)


def keep_steps() -> None:
    """Fold the steps that Streamlit adds to the history while a page is changed or a search is typed."""
    _component(key="address")
