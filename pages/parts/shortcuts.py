"""The sheet of keyboard shortcuts."""

from html import escape

import streamlit as st

from services.platform.i18n import N_, _

SHEET: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        N_("Everywhere"),
        (
            ("/", N_("Search everything")),
            ("Ctrl K", N_("Search everything")),
            ("g t", N_("To the start page")),
            ("g m", N_("My account")),
            ("g a", N_("About this product")),
            ("h", N_("What is this page?")),
            ("?", N_("This list")),
            ("Esc", N_("Close what is open")),
        ),
    ),
    (
        N_("In the search box"),
        (
            ("↑ ↓", N_("Choose a result")),
            ("Enter", N_("Open it")),
        ),
    ),
    (
        N_("In a list or a record"),
        (
            ("n", N_("New record")),
            ("Tab", N_("To the next field")),
            ("Shift Tab", N_("To the field before")),
        ),
    ),
    (
        N_("On a board or in an agenda"),
        (
            ("← ↑ ↓ →", N_("To the next card or entry")),
            ("m", N_("Move it")),
            ("Shift ↑ ↓", N_("Stretch the entry that is being moved")),
            ("Enter", N_("Open it, or save what was moved")),
            ("k j", N_("Back and forth in the agenda")),
        ),
    ),
)


def show() -> None:
    """Open the sheet."""
    _sheet(_("Keyboard shortcuts"))


def _sheet(title: str) -> None:
    @st.dialog(title, icon=":material/keyboard:")
    def sheet() -> None:
        for heading, lines in SHEET:
            rows = "".join(f"<tr><td>{_caps(keys)}</td><td>{escape(_(text))}</td></tr>" for keys, text in lines)
            st.html(f'<h4>{escape(_(heading))}</h4><table class="shortcuts">{rows}</table>')

    sheet()


def _caps(keys: str) -> str:
    return " ".join(f"<kbd>{escape(key)}</kbd>" for key in keys.split())
