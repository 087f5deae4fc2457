"""Where a person starts: what waits, what is late, what comes, and what they worked on lately."""

from datetime import datetime

import streamlit as st

from pages.parts import lines, session
from pages.parts.lines import Card, Line
from pages.parts.markdown import plain
from pages.parts.navigation import href
from services import today
from services.crud import notices, recent
from services.crud.registry import table
from services.platform.db import reading
from services.platform.i18n import LOCAL, _, format_date, format_moment

_NEWS = 5
_LATELY = 8


def show() -> None:
    """Draw the page."""
    person = session.person()
    actor = person.actor
    with reading() as db:
        waiting = today.waiting(db, actor)
        due = today.due(db, actor)
        told = notices.of(db, actor, unseen=True)[:_NEWS]
        opened = recent.opened(db, actor, _LATELY)
    _greet(actor.name)
    if not waiting and not due and not told:
        st.markdown(":material/task_alt: " + _("Nothing waits for you and nothing is due within a week."))
    late, soon = [one for one in due if one.late], [one for one in due if not one.late]
    lines.draw([
        Card(_("Waits for you"), "inbox", lines.waiting_lines(waiting)),
        Card(_("Overdue"), "alarm", lines.due_lines(late)),
        Card(_("Due within 7 days"), "event_upcoming", lines.due_lines(soon)),
        Card(_("News for you"), "notifications", [_told(one) for one in told]),
        Card(_("Lately opened"), "history", [_opened(one) for one in opened]),
        Card(_("Your lists"), "bolt", lines.table_lines(actor, today.own_tables(actor))),
    ])  # fmt: skip


def _greet(name: str) -> None:
    now = datetime.now(LOCAL)
    words = _("Good morning, {name}") if now.hour < 12 else _("Good afternoon, {name}") if now.hour < 18 else _("Good evening, {name}")
    st.markdown(f"### {plain(words.format(name=name))}")
    st.caption(format_date(now, "long"))


def _opened(one: recent.Opened) -> Line:
    return Line(href(one.table, {"id": str(one.id)}), table(one.table).screen.icon, one.title, one.second)


def _told(one: notices.Told) -> Line:
    where = href(one.table, {"id": str(one.record)}) if one.table and one.record else href("today")
    return Line(where, "chat" if one.kind == "mention" else "info", str(one.message), format_moment(one.at))
