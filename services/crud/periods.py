"""Periods that move with the calendar: this week, last month, overdue."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from models.fields import today
from services.platform.i18n import LOCAL, N_, Message

Span = tuple[date | None, date | None]
"""First and last day, both included; None: without end."""


def _month(first: date, months: int = 0, length: int = 1) -> Span:
    """So many months, beginning so many months after the first of this one."""
    start = months_later(first.replace(day=1), months)
    return start, months_later(start, length) - timedelta(days=1)


def months_later(first: date, months: int) -> date:
    """The first of the month so many months later."""
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _week(day: date, weeks: int = 0) -> Span:
    monday = day - timedelta(days=day.weekday()) + timedelta(weeks=weeks)
    return monday, monday + timedelta(days=6)


PERIODS: dict[str, tuple[str, Callable[[date], Span]]] = {
    "today": (N_("Today"), lambda day: (day, day)),
    "yesterday": (N_("Yesterday"), lambda day: (day - timedelta(days=1), day - timedelta(days=1))),
    "this_week": (N_("This week"), _week),
    "last_week": (N_("Last week"), lambda day: _week(day, -1)),
    "next_week": (N_("Next week"), lambda day: _week(day, 1)),
    "this_month": (N_("This month"), _month),
    "last_month": (N_("Last month"), lambda day: _month(day, -1)),
    "next_month": (N_("Next month"), lambda day: _month(day, 1)),
    "this_quarter": (N_("This quarter"), lambda day: _month(day, -((day.month - 1) % 3), 3)),
    "last_quarter": (N_("Last quarter"), lambda day: _month(day, -((day.month - 1) % 3) - 3, 3)),
    "this_year": (N_("This year"), lambda day: _month(day, 1 - day.month, 12)),
    "last_year": (N_("Last year"), lambda day: _month(day, -day.month - 11, 12)),
    "last_7_days": (N_("Last 7 days"), lambda day: (day - timedelta(days=6), day)),
    "last_30_days": (N_("Last 30 days"), lambda day: (day - timedelta(days=29), day)),
    "next_7_days": (N_("Next 7 days"), lambda day: (day, day + timedelta(days=6))),
    "next_30_days": (N_("Next 30 days"), lambda day: (day, day + timedelta(days=29))),
    "overdue": (N_("Overdue"), lambda day: (None, day - timedelta(days=1))),
}
"""Name → label and the days it means. A week begins on Monday. A moment is overdue from the moment on, not from the next day."""


def title(period: str) -> Message:
    """The label of a period."""
    return Message(PERIODS[period][0])


def span(period: str, day: date | None = None) -> Span:
    """The days that a period means today (or on that day), in Shanghai."""
    return PERIODS[period][1](day or today())


def start_of(day: date) -> datetime:
    """The moment at which a day begins in Shanghai."""
    return datetime.combine(day, time(), LOCAL).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The moment at which a day is over in Shanghai: the next one begins."""
    return start_of(day + timedelta(days=1))
