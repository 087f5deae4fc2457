"""The few styles that Streamlit's theme has no word for: the bar in the header row, the width of the page, large type."""

import json
from functools import cache
from pathlib import Path

import streamlit as st

from services.platform.i18n import _, language
from services.platform.settings import settings

_SHEET = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
_COLOURS = {
    "background": "backgroundColor",
    "blue-text": "blueTextColor",
    "orange-text": "orangeTextColor",
    "primary": "primaryColor",
    "red-text": "redTextColor",
}
"""Names that the sheet uses (`--centre-…`) → the theme's."""
_LARGE = "<style>html { font-size: 118.75%; }</style>"


def apply(large: bool) -> None:
    """Put the styles into the page. Large type scales everything, since all sizes follow the root's."""
    st.html(_style() + _words(language()) + _scheme() + (_LARGE if large else ""))


def _scheme() -> str:
    """What opens over the page stands outside of the element that Streamlit tells whether it is dark."""
    return f"<style>:root {{ color-scheme: {st.context.theme.type or 'normal'}; }}</style>"


@cache
def _words(_language: str) -> str:
    """Words of Streamlit's own, which it has in English alone, and which the sheet replaces."""
    size = settings().upload_megabytes
    words = {
        "choose": _("Choose a file"),
        "limit": _("at most {n} MB", n=size),
        "large": _("Larger than {n} MB: not taken", n=size),
        "unmade": _("The file could not be made. The notices say why."),
    }
    names = "".join(f"--words-{name}: {json.dumps(text, ensure_ascii=False)};" for name, text in words.items())
    return f"<style>:root {{ {names} }}</style>"


@cache
def _style() -> str:
    pairs = {name: (st.get_option(f"theme.light.{theirs}"), st.get_option(f"theme.dark.{theirs}")) for name, theirs in _COLOURS.items()}
    colours = "".join(f"--centre-{name}: light-dark({light}, {dark});" for name, (light, dark) in pairs.items() if light and dark)
    return f"<style>:root {{ {colours} }}\n{_SHEET}</style>"
