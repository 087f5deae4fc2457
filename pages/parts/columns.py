"""Which columns a list shows, and in which order: a list to tick and to drag, or to move by the arrow keys."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from pages.parts.browser import component, nothing, said, whole
from services.platform.i18n import _

_component = component(__file__)


@dataclass(frozen=True)
class Offered:
    """A column that may be shown."""

    name: str
    title: str
    shown: bool
    fixed: bool = False
    """Always shown (what names the record)."""


def chosen(key: str, known: Container[str]) -> tuple[str, ...] | None:
    """The columns chosen just now, in their order, or None. Readable before `draw`, so that the list can follow in the same run."""
    told = said(key, "chosen")
    names = told.get("names") if isinstance(told, Mapping) else None
    if not isinstance(names, list):
        return None
    return tuple(name for name in dict.fromkeys(names) if isinstance(name, str) and name in known) or None


def draw(key: str, offered: Sequence[Offered]) -> None:
    """The list of columns, the shown ones first."""
    told = said(key, "chosen")
    n = whole(told.get("n")) if isinstance(told, Mapping) else None
    taken: dict[str, int] = st.session_state.setdefault(f"{key}:taken", {"n": 0})
    taken["n"] = max(taken["n"], n or 0)
    _component(
        key=key,
        data={
            "n": taken["n"],
            "columns": [{"name": one.name, "title": one.title, "shown": one.shown, "fixed": one.fixed} for one in offered],
            "labels": {"up": _("Move up"), "down": _("Move down"), "drag": _("Drag to another place")},
        },
        on_chosen_change=nothing,
    )
