"""Working days of China: what the calendar says, and an estimate past the last year that is announced.

Law: days of rest as in [L 全国年节及纪念日放假办法 2024]; a period in days does not count the day on which it starts, and its last
day ends at closing time [L 民法典 201, 203]; a period in working days leaves out the statutory holidays [L 行政许可法 82].
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal

import chinese_calendar
from lunar_python import Lunar
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.crud import rules
from services.crud.access import Actor
from services.crud.load import load
from services.crud.registry import table
from services.platform.i18n import LOCAL, msg

Unit = Literal["minutes", "hours", "workdays"]

WORKED = "adjusted_work"
CERTAIN = ("notice", "library")
"""Sources that make a year announced."""
FIRST_YEAR = 2020
"""The built-in calendar is put in from this year on; older days matter to no deadline."""


@dataclass
class _Calendar:
    """What is known of a centre's days, as far as it has been read in this transaction."""

    kinds: dict[date, str] = field(default_factory=dict)
    estimates: set[date] = field(default_factory=set)
    announced: set[int] = field(default_factory=set)
    loaded: set[int] = field(default_factory=set)


def is_workday(db: Session, centre: int, day: date) -> tuple[bool, bool]:
    """(whether it is a working day of the centre, whether that is certain rather than an estimate)."""
    return _judge(_calendar(db, centre, day, day), day)


def is_holiday(db: Session, centre: int, day: date) -> bool:
    """Whether it is a public holiday, or a day off in exchange that belongs to one; an ordinary weekend is not."""
    calendar = _calendar(db, centre, day, day)
    kind = calendar.kinds.get(day)
    if kind is not None:
        return kind in ("statutory", "adjusted_off", "local_holiday")
    return day.year not in calendar.announced and day in festivals(day.year)


def is_made_up(db: Session, centre: int, day: date) -> bool:
    """Whether it is a weekend day that is worked in exchange for another."""
    return _calendar(db, centre, day, day).kinds.get(day) == WORKED


def is_shut(db: Session, centre: int, day: date) -> bool:
    """Whether the centre is closed for this one day, whatever its weekday."""
    return _calendar(db, centre, day, day).kinds.get(day) == "temporary_closure"


def add_workdays(db: Session, centre: int, day: date, n: int) -> tuple[date, bool]:
    """The nth working day after a day (which is not counted itself); n = 0: the day. And whether that is certain.

    Raises:
        ValueError: n is negative.
    """
    if n < 0:
        raise ValueError(f"{n} working days: can't count backwards")
    calendar = _calendar(db, centre, day, day + timedelta(days=2 * n + 20))
    certain = True
    while n:
        day += timedelta(days=1)
        if day.year not in calendar.loaded:
            calendar = _calendar(db, centre, day, day)
        works, sure = _judge(calendar, day)
        certain = certain and sure
        n -= works
    return day, certain


def deadline(db: Session, centre: int, start: datetime, amount: int, unit: Unit) -> tuple[datetime, bool]:
    """When a period that starts at this moment ends, in UTC, and whether that is certain.

    Minutes and hours run by the clock, at once. Working days begin with the day after, and the last one ends when the
    centre closes.
    """
    if unit != "workdays":
        return start + timedelta(**{unit: amount}), True
    last, certain = add_workdays(db, centre, start.astimezone(LOCAL).date(), amount)
    return datetime.combine(last, closing_time(db, centre), LOCAL).astimezone(UTC), certain


def closing_time(db: Session, centre: int) -> time:
    """When the centre closes, for deadlines."""
    known: dict[int, time] = db.info.setdefault("closing times", {})
    if centre not in known:
        c = table("centre").sql.c
        known[centre] = db.scalar(select(c.closes_at).where(c.id == centre)) or time(17, 30)
    return known[centre]


@rules.effect("centre")
def _closing_time_changed(change: rules.Change) -> None:
    change.db.info.pop("closing times", None)


# What the calendar says


def _judge(calendar: _Calendar, day: date) -> tuple[bool, bool]:
    kind = calendar.kinds.get(day)
    if kind is not None:
        return kind == WORKED, day not in calendar.estimates
    announced = day.year in calendar.announced
    return day.weekday() < 5 and (announced or day not in festivals(day.year)), announced


def _calendar(db: Session, centre: int, first: date, last: date) -> _Calendar:
    """The centre's calendar, with the years of these days read (at most one query)."""
    kept: dict[int, _Calendar] = db.info.setdefault("calendars", {})
    calendar = kept.setdefault(centre, _Calendar())
    missing = [year for year in range(first.year, last.year + 1) if year not in calendar.loaded]
    if missing:
        c = table("calendar_day").sql.c
        found = db.execute(
            select(c.falls_on, c.kind, c.source).where(
                c.centre_id == centre, c.deleted_at.is_(None), c.falls_on.between(date(missing[0], 1, 1), date(missing[-1], 12, 31))
            )
        )
        for falls_on, kind, source in found:
            calendar.kinds[falls_on] = kind
            if source == "estimate":
                calendar.estimates.add(falls_on)
            elif source in CERTAIN:
                calendar.announced.add(falls_on.year)
        calendar.loaded.update(missing)
    return calendar


@rules.effect("calendar_day")
def _calendar_changed(change: rules.Change) -> None:
    change.db.info.pop("calendars", None)


@rules.rule("calendar_day")
def _exchanged_day(change: rules.Change) -> None:
    """A working day in exchange lies on a weekend: on another day it would change nothing."""
    falls_on = change.new.get("falls_on")
    if falls_on is not None and change.new.get("kind") == WORKED and falls_on.weekday() < 5:
        change.error("kind", msg("{day} is no weekend: it is a working day anyway.", day=falls_on))


# The law, for years without a notice


@lru_cache(maxsize=64)
def festivals(year: int) -> dict[date, str]:
    """The 13 statutory holidays of a year by the law of 2024: what is sure without the yearly notice."""
    new_year = _lunar(year, 1, 1)
    bright = Lunar.fromYmd(year, 3, 1).getJieQiTable()["清明"]
    days = {
        date(year, 1, 1): "元旦",
        date(bright.getYear(), bright.getMonth(), bright.getDay()): "清明节",
        date(year, 5, 1): "劳动节",
        date(year, 5, 2): "劳动节",
        _lunar(year, 5, 5): "端午节",
        _lunar(year, 8, 15): "中秋节",
    }
    days |= {new_year + timedelta(days=n): "春节" for n in range(-1, 3)}
    days |= {date(year, 10, n): "国庆节" for n in range(1, 4)}
    return days


def _lunar(year: int, month: int, day: int) -> date:
    found = Lunar.fromYmd(year, month, day).getSolar()
    return date(found.getYear(), found.getMonth(), found.getDay())


# The built-in calendar


def announced_days(since: int = FIRST_YEAR) -> Iterator[dict[str, Any]]:
    """The special days of every announced year that the built-in calendar knows, as values of `calendar_day`."""
    for day in sorted({*chinese_calendar.holidays, *chinese_calendar.workdays}):
        if day.year < since:
            continue
        off, english = chinese_calendar.get_holiday_detail(day)
        name = next((one.chinese for one in chinese_calendar.Holiday if one.value == english), english or "")
        if not off and day.weekday() < 5:
            continue
        yield {"falls_on": day, "kind": _kind(day, off), "name": f"{name}节" if len(name) == 2 and name[1] in "明午秋" else name,
               "source": "library"}  # fmt: skip


def _kind(day: date, off: bool) -> str:
    if not off:
        return WORKED
    in_exchange = chinese_calendar.is_in_lieu(day) or (day.weekday() >= 5 and day not in festivals(day.year))
    return "adjusted_off" if in_exchange else "statutory"


def fill_calendar(db: Session, actor: Actor) -> int:
    """Put the years that the built-in calendar knows and the centre lacks into its calendar; how many days were added.

    Days of such a year that are there already stay as they are; a year that is announced is not touched.
    """
    c = table("calendar_day").sql.c
    there = db.execute(select(c.falls_on, c.source).where(c.centre_id == actor.centre, c.deleted_at.is_(None))).all()
    announced = {one.falls_on.year for one in there if one.source in CERTAIN}
    own = {one.falls_on for one in there}
    added = [day for day in announced_days() if day["falls_on"].year not in announced and day["falls_on"] not in own]
    load(db, actor, table("calendar_day"), added)
    db.info.pop("calendars", None)
    return len(added)
