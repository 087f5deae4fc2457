"""The page of an area: what needs attention, its tables with how much they hold, and its charts."""

from html import escape

import streamlit as st

from models.areas import AREAS
from pages.parts import chart, lines, notfound, session
from pages.parts.lines import Card
from pages.parts.navigation import href
from services import charts, today
from services.crud import query
from services.crud.access import Actor, may
from services.crud.query import Count
from services.crud.registry import Table, tables
from services.crud.view import View
from services.platform.db import reading
from services.platform.i18n import _, pgettext


def show(name: str) -> None:
    """Draw the page of the area of that name."""
    area = next(one for one in AREAS if one.name == name)
    actor = session.actor()
    shown = [one for one in tables().values() if one.screen.area == name and not one.screen.hidden and may(actor, one, "read")]
    if not shown:
        notfound.closed(pgettext("area", area.title))
        return
    with reading() as db:
        waiting, due = today.waiting(db, actor, name), today.due(db, actor, name, first=3)
        counts = {one.name: query.count(db, actor, one, View()) for one in shown}
    _attention(waiting, due)
    st.html(f'<div class="cards">{"".join(_card(actor, one, counts[one.name]) for one in shown)}</div>')
    _charts(actor, name, shown)


def _attention(waiting: list[today.Waiting], due: list[today.Due]) -> None:
    late, soon = [one for one in due if one.late], [one for one in due if not one.late]
    lines.draw([
        Card(_("Waits for you"), "inbox", lines.waiting_lines(waiting)),
        Card(_("Overdue"), "alarm", lines.due_lines(late)),
        Card(_("Due within 7 days"), "event_upcoming", lines.due_lines(soon)),
    ])  # fmt: skip


def _charts(actor: Actor, area: str, shown: list[Table]) -> None:
    """The first chart of each table; the others stand on the page of the table."""
    drawn = [(one, declared[0]) for one in shown if (declared := charts.offered(one))]
    if drawn:
        st.space("small")
        chart.period_choice(area)
        chart.draw(actor, drawn)


def _card(actor: Actor, table: Table, count: Count) -> str:
    add = ""
    if may(actor, table, "create"):
        title = escape(_("Add: {table}", table=table.title))
        add = (
            f'<a class="page-link card-add lines-icon" href="{href(table.name, {"new": "1"})}" title="{title}" aria-label="{title}">add</a>'
        )
    return (
        f'<div class="card"><a class="page-link card-main" href="{href(table.name)}">'
        f'<span class="card-head"><span class="lines-icon" aria-hidden="true">{table.screen.icon}</span>'
        f'<span class="lines-title">{escape(table.plural)}</span><span class="card-count">{count}</span></span>'
        f'<span class="card-help">{escape(table.help)}</span></a>{add}</div>'
    )
