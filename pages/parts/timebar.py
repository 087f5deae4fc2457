"""The bar above an agenda: which days the address asks for, and the way to others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

import streamlit as st
from babel import dates

from models.fields import today
from pages.parts import address
from pages.parts.address import held
from pages.parts.markdown import plain
from services.crud import agenda
from services.crud.access import Actor
from services.crud.registry import Field, Table
from services.crud.view import EARLIEST, LATEST
from services.platform.i18n import _, format_date, language, pgettext

Range = Literal["day", "week", "month"]
TOGETHER = "~"
"""In the address: a day not split by what is taken."""
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    range: Range
    day: date
    field: Field | None
    """What the day is split by."""

    @property
    def days(self) -> list[date]:
        """The days that are shown."""
        if self.range == "month":
            return agenda.weeks_of(self.day)
        first = self.day - timedelta(days=self.day.weekday()) if self.range == "week" else self.day
        return [first + timedelta(days=n) for n in range(7 if self.range == "week" else 1)]


def asked_for(table: Table) -> Asked:
    """What the address asks for: this week, where it says nothing."""
    params = st.query_params
    range_: Range = params.get("range") if params.get("range") in ("day", "month") else "week"  # type: ignore[assignment]
    day = day_of(params.get("on", ""))
    of = agenda.bookable(table).of
    by = params.get("by", "")
    name = by if by in of else "" if by == TOGETHER or not of else of[0]
    return Asked(range_, day, table.fields[name] if range_ == "day" and name else None)


def day_of(text: str) -> date:
    """The day of an address; today where it makes no sense."""
    try:
        return min(max(date.fromisoformat(text), EARLIEST), LATEST)
    except ValueError:
        return today()


def weekday(day: date) -> str:
    """Its short name: Mon, 周一."""
    return _written(day, "EEE", _region())


def weekdays() -> list[str]:
    """From Monday to Sunday."""
    monday = date(2024, 1, 1)
    return [weekday(monday + timedelta(days=n)) for n in range(7)]


def in_full(day: date) -> str:
    """The day with its weekday, month and year."""
    return _written(day, "full", _region())


def first_of(day: date) -> str:
    """The first of a month, with the name of the month."""
    return _written(day, "M月d日" if language() == "zh_CN" else "d MMM", _region())


@lru_cache(maxsize=2_000)
def _written(day: date, how: str, region: str) -> str:
    """A day as the language writes it: an agenda asks for many, and Babel takes its time."""
    return dates.format_date(day, how, locale=region)


# The bar


def bar(table: Table, who: Actor, asked: Asked) -> None:
    """Draw it: back and forth, today, any day, by what and how long."""
    key = f"{table.name}.agenda"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{key}.bar"):
        for name, icon, text, day, shortcut in (
            ("before", "chevron_left", _("Before"), _step(asked, -1), "K"),
            ("today", "", _("Today"), today(), "Alt+T"),
            ("after", "chevron_right", _("After"), _step(asked, 1), "J"),
        ):
            st.button(
                text,
                key=f"{key}.{name}",
                icon=f":material/{icon}:" if icon else None,
                type="tertiary" if icon else "secondary",
                shortcut=shortcut,
                on_click=_turn_to,
                args=(table, who, {"on": day.isoformat()}),
            )
        st.markdown(f"**{_heading(asked)}**", width="content")
        st.space("stretch")
        st.date_input(
            _("Go to"),
            value=None,
            min_value=EARLIEST,
            max_value=LATEST,
            format="YYYY-MM-DD",
            key=held(f"{key}.on", asked.day),
            label_visibility="collapsed",
            width=165,
            on_change=_jump,
            args=(table, who),
        )
        of = agenda.bookable(table).of
        if asked.range == "day" and of:
            ways = {TOGETHER: _("Together")} | {name: plain(table.fields[name].title) for name in of}
            st.segmented_control(
                pgettext("agenda", "By"),
                list(ways),
                format_func=ways.__getitem__,
                key=held(f"{key}.by", asked.field.name if asked.field else TOGETHER),
                required=True,
                label_visibility="collapsed",
                on_change=_choose,
                args=(table, who, "by"),
            )
        ranges = {"day": pgettext("agenda", "Day"), "week": pgettext("agenda", "Week"), "month": pgettext("agenda", "Month")}
        st.segmented_control(
            _("How long"),
            list(ranges),
            format_func=ranges.__getitem__,
            key=held(f"{key}.range", asked.range),
            required=True,
            label_visibility="collapsed",
            on_change=_choose,
            args=(table, who, "range"),
        )


def _heading(asked: Asked) -> str:
    zh = language() == "zh_CN"
    if asked.range == "month":
        return _written(asked.day, "y年M月" if zh else "MMMM y", _region())
    if asked.range == "day":
        return in_full(asked.day) if zh else f"{weekday(asked.day)}, {format_date(asked.day, 'medium')}"
    return f"{format_date(asked.days[0], 'medium')} – {format_date(asked.days[-1], 'medium')}"


def _step(asked: Asked, n: int) -> date:
    """The day that the arrow leads to."""
    if asked.range == "month":
        first = asked.day.replace(day=1)
        day = (first - _DAY).replace(day=1) if n < 0 else (first + timedelta(days=31)).replace(day=1)
    else:
        day = asked.day + n * timedelta(days=7 if asked.range == "week" else 1)
    return min(max(day, EARLIEST), LATEST)


def _turn_to(table: Table, who: Actor, params: Mapping[str, str]) -> None:
    view, _refused = address.view_of(who, table)
    address.go(view, **params)


def _jump(table: Table, who: Actor) -> None:
    day = st.session_state[f"{table.name}.agenda.on"]
    if isinstance(day, date):
        _turn_to(table, who, {"on": day.isoformat()})


def _choose(table: Table, who: Actor, what: str) -> None:
    _turn_to(table, who, {what: str(st.session_state[f"{table.name}.agenda.{what}"])})


def _region() -> str:
    return "zh_CN" if language() == "zh_CN" else "en_GB"
