"""When the centre and its places are open, and when they are closed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import RowMapping, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from models.fields import now
from services import workdays
from services.crud import flow, rules
from services.crud.access import system_actor
from services.crud.registry import table
from services.platform.i18n import LOCAL, Message, msg

Span = tuple[datetime, datetime]
MIDNIGHT = time(23, 59)
"""As a closing time: until the end of the day."""
DAYS_AHEAD = 7
"""A planned closure is published so many days ahead [L 公共文化体育设施条例 18]."""
_SAME_DAY = timedelta(days=1)


# Hours


def open_spans(db: Session, centre: int, place: int | None, day: date) -> list[Span]:
    """From when to when a place (or the centre) is open on a day, in Shanghai time, without what closures take away.

    A place without hours of its own follows the centre; where no hours are recorded at all, it is always open.
    """
    return open_times(db, centre, [place], [day])[place][day]


def open_times(db: Session, centre: int, places: Sequence[int | None], days: Sequence[date]) -> dict[int | None, dict[date, list[Span]]]:
    """The same of several places on several days: two statements, and one for each year of the calendar."""
    hours, closures = _hours(db, centre, places), _closures(db, centre, places, days)
    return {place: {day: _open(db, centre, hours, closures, place, day) for day in days} for place in places}


def _open(db: Session, centre: int, hours: list[dict[str, Any]], closures: list[RowMapping], place: int | None, day: date) -> list[Span]:
    if workdays.is_shut(db, centre, day):
        return []
    own = [row for row in hours if place is not None and row["place"] == place] or [row for row in hours if row["place"] is None]
    spans = [_span(day, time(0), MIDNIGHT)]
    if own:
        spans = _merged(_span(day, row["opens_at"], row["closes_at"]) for row in _in_force(db, centre, own, day))
    for closure in closures:
        if closure["place"] in (None, place):
            start, end = closure["starts_at"].astimezone(LOCAL), closure["ends_at"].astimezone(LOCAL)
            spans = [part for span in spans for part in _without(span, start, end)]
    return spans


def shut_spans(day: date, spans: Sequence[Span]) -> list[Span]:
    """What is left of a day beside the times in which it is open."""
    shut = [_span(day, time(0), MIDNIGHT)]
    for start, end in spans:
        shut = [part for span in shut for part in _without(span, start, end)]
    return shut


def is_open(db: Session, centre: int, place: int | None, start: datetime, end: datetime) -> Message | None:
    """Why a place (or the centre) can't be used from one moment to another; None: it is open."""
    closed = _closure_within(db, centre, place, start, end)
    if closed is not None:
        return msg(
            "Closed from {start} to {end}: {reason} ({no}).",
            start=closed["starts_at"], end=closed["ends_at"], reason=closed["reason"], no=closed["no"],
        )  # fmt: skip
    free = start.astimezone(LOCAL)
    until = end.astimezone(LOCAL)
    while free < until:
        spans = open_spans(db, centre, place, free.date())
        found = next((span for span in spans if span[0] <= free < span[1]), None)
        if found is None:
            return _closed_then(free.date(), spans)
        if found[1] < until and found[1].date() == free.date():
            return _closed_then(free.date(), spans)
        free = found[1]
    return None


def _closed_then(day: date, spans: list[Span]) -> Message:
    if not spans:
        return msg("Closed on {day}.", day=day)
    hours = ", ".join(f"{start:%H:%M}–{'24:00' if end.date() > day else format(end, '%H:%M')}" for start, end in spans)
    return msg("Outside opening hours: open on {day} {hours}.", day=day, hours=hours)


def _hours(db: Session, centre: int, places: Sequence[int | None]) -> list[dict[str, Any]]:
    c = table("opening_hours").sql.c
    found = db.execute(
        select(c.place, c.kind, c.weekday, c.only_on, c.opens_at, c.closes_at, c.valid_from, c.valid_to).where(
            c.centre_id == centre, c.deleted_at.is_(None), _at(c.place, places)
        )
    ).mappings()
    return [dict(row) for row in found]


def _at(column: Any, places: Sequence[int | None]) -> ColumnElement[bool]:
    """What counts for one of these places: its own, and what is of the whole centre."""
    return or_(column.in_([place for place in places if place is not None]), column.is_(None))


def _in_force(db: Session, centre: int, hours: list[dict[str, Any]], day: date) -> list[dict[str, Any]]:
    """Of the hours of one place those that count on this day."""
    dated = [row for row in hours if row["only_on"] == day]
    if dated:
        return dated
    weekly = [row for row in hours if row["only_on"] is None and _valid(row, day)]
    if workdays.is_holiday(db, centre, day):
        return [row for row in weekly if row["kind"] == "holiday" and row["weekday"] in (None, str(day.isoweekday()))]
    weekly = [row for row in weekly if row["kind"] != "holiday"]
    that_day = [row for row in weekly if row["weekday"] == str(day.isoweekday())]
    if that_day or not workdays.is_made_up(db, centre, day):
        return that_day
    # A weekend day that is worked in exchange keeps the hours of the nearest weekday.
    stand_in = "5" if day.isoweekday() == 6 else "1"
    return [row for row in weekly if row["weekday"] == stand_in]


def _valid(row: Mapping[str, Any], day: date) -> bool:
    return (row["valid_from"] or day) <= day <= (row["valid_to"] or day)


def _span(day: date, start: time, end: time) -> Span:
    opens = datetime.combine(day, start, LOCAL)
    closes = datetime.combine(day + _SAME_DAY, time(0), LOCAL) if end >= MIDNIGHT else datetime.combine(day, end, LOCAL)
    return opens, closes


def _merged(spans: Iterator[Span]) -> list[Span]:
    """In order, those that touch or overlap as one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _without(span: Span, start: datetime, end: datetime) -> Iterator[Span]:
    if span[0] < start:
        yield span[0], min(span[1], start)
    if end < span[1]:
        yield max(span[0], end), span[1]


@rules.rule("opening_hours")
def _hours_make_sense(change: rules.Change) -> None:
    new = change.new
    if new.get("only_on") is not None:
        new["weekday"] = new["valid_from"] = new["valid_to"] = None
    elif new.get("weekday") is None and new.get("kind") != "holiday":
        change.error("weekday", msg("Choose a weekday, or the single date on which these hours count."))
        return
    if new.get("valid_from") and new.get("valid_to") and new["valid_to"] < new["valid_from"]:
        change.error("valid_to", msg("The end is before the start."))
    if change.verb == "delete" or new.get("opens_at") is None or new.get("closes_at") is None:
        return
    for other in _same_day(change):
        if other["opens_at"] < new["closes_at"] and new["opens_at"] < other["closes_at"] and _overlap(other, new):
            change.error(
                "opens_at",
                msg("These hours overlap with {start}–{end} of the same day.",
                    start=format(other["opens_at"], "%H:%M"), end=format(other["closes_at"], "%H:%M")),
            )  # fmt: skip
            return


def _same_day(change: rules.Change) -> Iterator[RowMapping]:
    """Other hours of the same place that count on the same day."""
    c, new = change.table.sql.c, change.new
    same = c.only_on == new["only_on"] if new.get("only_on") else c.only_on.is_(None) & (c.weekday.is_not_distinct_from(new.get("weekday")))
    yield from change.db.execute(
        select(c.opens_at, c.closes_at, c.valid_from, c.valid_to, c.kind).where(
            c.centre_id == change.actor.centre,
            c.deleted_at.is_(None),
            c.id != (change.id or 0),
            c.place.is_not_distinct_from(new.get("place")),
            same,
            c.kind == "holiday" if new.get("kind") == "holiday" else c.kind != "holiday",
        )
    ).mappings()


def _overlap(one: RowMapping, two: Mapping[str, Any]) -> bool:
    """Whether the seasons of two weekly hours have a day in common."""
    return (one["valid_from"] or date.min) <= (two.get("valid_to") or date.max) and (two.get("valid_from") or date.min) <= (
        one["valid_to"] or date.max
    )


# Closures


def _closing(centre: int, places: Sequence[int | None], start: datetime, end: datetime) -> tuple[Any, ...]:
    """The conditions for a closure that keeps one of these places (or the centre) shut in some part of this time."""
    c = table("closure_notice").sql.c
    in_force = c.state.in_(("published", "over"))
    return c.centre_id == centre, c.deleted_at.is_(None), in_force, _at(c.place, places), c.starts_at < end, c.ends_at > start


def _closures(db: Session, centre: int, places: Sequence[int | None], days: Sequence[date]) -> list[RowMapping]:
    c = table("closure_notice").sql.c
    first, last = (_span(day, time(0), MIDNIGHT) for day in (min(days), max(days)))
    chosen = select(c.place, c.starts_at, c.ends_at).where(*_closing(centre, places, first[0], last[1]))
    return list(db.execute(chosen).mappings())


def _closure_within(db: Session, centre: int, place: int | None, start: datetime, end: datetime) -> RowMapping | None:
    c = table("closure_notice").sql.c
    found = select(c.no, c.starts_at, c.ends_at, c.reason).where(*_closing(centre, [place], start, end)).order_by(c.starts_at).limit(1)
    return db.execute(found).mappings().first()


@rules.guard("closure_notice", "publish")
def _published_in_time(change: rules.Change) -> None:
    """A planned closure is published at least 7 days ahead; nothing is announced that is over already."""
    new, at = change.new, now()
    starts: datetime = new["starts_at"]
    if new["ends_at"] <= at:
        change.error("ends_at", msg("This closure is over already: nothing is left to publish."))
    last_day = starts.astimezone(LOCAL).date() - timedelta(days=DAYS_AHEAD)
    on = at.astimezone(LOCAL).date()
    if new["kind"] == "planned" and on > last_day:
        change.error(
            "starts_at",
            msg("A planned closure is published at least {n} days ahead [L 公共文化体育设施条例 18]: let it start on {day} or later, or "
                "choose “urgent” if it can't wait.", n=DAYS_AHEAD, day=on + timedelta(days=DAYS_AHEAD)),
        )  # fmt: skip
    new["published_at"] = at


@rules.guard("closure_notice", "finish")
def _over_when_over(change: rules.Change) -> None:
    if change.new["ends_at"] > now():
        change.error("", msg("It lasts until {end}. To open earlier, withdraw the notice.", end=change.new["ends_at"]))


def finish_closures(db: Session, centre: int) -> int:
    """Close the notices whose time is over; how many."""
    known = table("closure_notice")
    c = known.sql.c
    past = db.execute(select(c.id).where(c.centre_id == centre, c.deleted_at.is_(None), c.state == "published", c.ends_at <= now())).all()
    for one in past:
        flow.move(db, system_actor(centre, "job"), known, one.id, "finish", version=None)
    return len(past)
