"""Below the list: which rows these are, of how many, and the way to the others."""

import streamlit as st

from pages.parts import address
from services.crud.access import Actor
from services.crud.query import Count, Page
from services.crud.registry import Table
from services.crud.view import FIRST, LAST, View
from services.platform.i18n import _, format_number, pgettext
from services.platform.settings import settings


def bound(table: Table, view: View) -> int | None:
    """Where the total stops counting: nowhere, once the exact one was asked for this list."""
    return None if st.session_state.get(f"{table.name}.exact") == view.digest(table) else settings().count_bound


def draw(who: Actor, table: Table, view: View, page: Page, count: Count) -> None:
    """The row of buttons, and which rows these are."""
    at = _at(view, page, count)
    steps = (
        ("first", "first_page", pgettext("pager", "First"), page.has_previous, FIRST, "", 1),
        ("previous", "chevron_left", pgettext("pager", "Previous"), page.has_previous, "", page.first, max((at or 1) - view.size, 1)),
        ("next", "chevron_right", pgettext("pager", "Next"), page.has_next, page.last, "", (at or 1) + len(page.rows)),
        ("last", "last_page", pgettext("pager", "Last"), page.has_next, "", LAST, 0),
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{table.name}.pager"):
        for name, icon, text, there, after, before, start in steps:
            if name == "next":
                st.markdown(_where(at, page, count), width="content")
            st.button(
                text,
                icon=f":material/{icon}:",
                icon_position="right" if name in ("next", "last") else "left",
                key=f"{table.name}.{name}",
                disabled=not there,
                type="tertiary",
                on_click=_turn,
                args=(who, table, after, before, start if at or start == 1 else 0),
            )
        if not count.exact:
            st.button(
                _("Count all"),
                type="tertiary",
                icon=":material/functions:",
                key=f"{table.name}.count",
                help=_count_help(table),
                on_click=_exactly,
                args=(table, view),
            )


def _at(view: View, page: Page, count: Count) -> int | None:
    """The place of the first row in the list, as far as it is known."""
    if not page.has_previous:
        return 1
    if not page.has_next and count.exact:
        return count.value - len(page.rows) + 1
    said = st.query_params.get("at", "")
    return int(said) if said.isascii() and said.isdigit() and 0 < int(said[:9]) <= count.value + view.size * (not count.exact) else None


def _where(at: int | None, page: Page, count: Count) -> str:
    total = f"{format_number(count.value, 0)}{'' if count.exact else '+'}"
    if at is None:
        return _("{n} of {total}", n=len(page.rows), total=total)
    return _("{first}–{last} of {total}", first=format_number(at, 0), last=format_number(at + len(page.rows) - 1, 0), total=total)


def _count_help(table: Table) -> str:
    if table.sum_fields:
        return _("Counts and sums up every record of this list; with very many it takes a moment.")
    return _("Counts every record of this list; with very many it takes a moment.")


def _turn(who: Actor, table: Table, after: str, before: str, start: int) -> None:
    view, _refused = address.view_of(who, table)
    address.go(view.but(after=after, before=before), at=str(start) if start > 1 else "")


def _exactly(table: Table, view: View) -> None:
    st.session_state[f"{table.name}.exact"] = view.digest(table)
