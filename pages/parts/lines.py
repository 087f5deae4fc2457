"""Cards of lines that lead to records and lists: one element, however many cards and lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from html import escape

import streamlit as st

from models.fields import today
from pages.parts.display import display
from pages.parts.navigation import href
from services.crud.access import Actor, may
from services.crud.registry import Table
from services.crud.titles import title_of
from services.crud.view import View
from services.platform.i18n import LOCAL, _, ngettext
from services.today import Due, Waiting


@dataclass(frozen=True)
class Line:
    """One line: where it leads, its icon, what it says, and what stands at its end."""

    href: str
    icon: str
    text: str
    second: str = ""
    end: str = ""
    colour: str = ""
    """Of the end: red, orange, blue or grey; empty: plain."""


@dataclass(frozen=True)
class Card:
    """Lines under a heading."""

    title: str
    icon: str
    lines: list[Line]


def draw(cards: Iterable[Card]) -> None:
    """Draw the cards that have lines, in as many columns as fit."""
    shown = [_card(card) for card in cards if card.lines]
    if shown:
        st.html(f'<div class="lines-cards">{"".join(shown)}</div>')


def _card(card: Card) -> str:
    head = f'<h3 class="lines-head"><span class="lines-icon" aria-hidden="true">{card.icon}</span>{escape(card.title)}</h3>'
    return f'<section class="lines">{head}{"".join(map(_line, card.lines))}</section>'


def _line(line: Line) -> str:
    second = f'<span class="lines-second">{escape(line.second)}</span>' if line.second else ""
    end = f'<span class="lines-end lines-{line.colour or "plain"}">{escape(line.end)}</span>' if line.end else ""
    return (
        f'<a class="page-link line" href="{escape(line.href)}"><span class="lines-icon" aria-hidden="true">{line.icon}</span>'
        f'<span class="lines-text"><span class="lines-title">{escape(line.text)}</span>{second}</span>{end}</a>'
    )


def list_href(table: Table, view: View) -> str:
    """The address of a list that shows this view."""
    return href(table.name, View(filters=view.filters, sort=view.sort).to_params())


def waiting_lines(found: Iterable[Waiting]) -> list[Line]:
    """What waits, as lines: table, state, and how many."""
    lines = []
    for one in found:
        assert one.table.state is not None
        state = one.table.state.choice_title(one.state)
        second = state if one.field is None else f"{state} · {one.field.title}"
        lines.append(Line(list_href(one.table, one.view), one.table.screen.icon, one.table.plural, second, str(one.count), "blue"))
    return lines


def due_lines(found: Iterable[Due]) -> list[Line]:
    """What is due, as lines: the records with their dates, and the list where there are more."""
    lines = []
    for one in found:
        for row in one.rows:
            where = href(one.table.name, {"id": str(row["id"])})
            due = row[one.field.name]
            second = f"{one.table.title} · {display(one.field, due)}"
            colour = "red" if one.late else "orange"
            lines.append(Line(where, one.table.screen.icon, title_of(one.table, row), second, from_today(due), colour))
        if one.count.value > len(one.rows):
            text = _("All {n} of “{table}”", n=str(one.count), table=one.table.plural)
            lines.append(Line(list_href(one.table, one.view), "more_horiz", text))
    return lines


def from_today(when: date) -> str:
    """How far a date or a moment is from today: `today`, `in 3 days`, `3 days late`."""
    day = when.astimezone(LOCAL).date() if isinstance(when, datetime) else when
    days = (day - today()).days
    if days < 0:
        return ngettext("{n} day late", "{n} days late", -days)
    if days > 1:
        return ngettext("in {n} day", "in {n} days", days)
    return _("tomorrow") if days else _("today")


def table_lines(actor: Actor, found: Iterable[Table]) -> list[Line]:
    """Lists, as lines, each with the way to a new record."""
    return [Line(href(one.name), one.screen.icon, one.plural, one.help and _first(one.help)) for one in found if may(actor, one, "read")]


def _first(text: str) -> str:
    """The first sentence."""
    for stop in ("。", ". "):
        if stop in text:
            return text.partition(stop)[0] + stop.strip()
    return text
