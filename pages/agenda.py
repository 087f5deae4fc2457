"""GENERATED: any table whose records last from one moment to another as an agenda (`?show=agenda`): a day, a week or a month.

What is moved and stretched here is written like a form is saved: with its version, every rule, and no two at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st
from sqlalchemy.orm import Session

from models.fields import now, today
from pages.parts import address, cells, filters, moves, views
from pages.parts import list as lists
from pages.parts.browser import done, whole
from pages.parts.display import colour, line
from pages.parts.markdown import plain
from pages.parts.navigation import go, href
from pages.parts.said import refuse
from pages.parts.timebar import Asked, asked_for, bar, day_of, first_of, in_full, weekday, weekdays
from pages.parts.timetable import Axis, Entry, Labels, Track, timetable
from services.crud import access, agenda, query, write
from services.crud.access import Actor, may
from services.crud.agenda import Span
from services.crud.errors import Messages
from services.crud.query import Missing, Ref
from services.crud.registry import Field, Table
from services.crud.view import View
from services.platform.db import reading, writing
from services.platform.i18n import LOCAL, Message, _, msg

STEP = 15
"""Minutes to which times snap."""
USUAL = (8 * 60, 20 * 60)
"""The hours that are shown at least."""
_DAY = timedelta(days=1)
_DOUBTED = "agenda.doubted"


@dataclass(frozen=True)
class Shown:
    """The tracks and the entries of an agenda, and which hours they need."""

    tracks: list[Track]
    entries: list[Entry]
    hours: tuple[int, int] = USUAL
    cut: str = ""
    """What is not shown, in words."""


@dataclass
class Doubted:
    """A change of time that has to be confirmed."""

    table: str
    id: int
    version: int
    values: dict[str, Any]
    warnings: Messages


def show_agenda(table: Table, who: Actor) -> None:
    """Draw the agenda of a table, and do first what was just done with it."""
    views.enter(who, table)
    key = f"{table.name}.agenda"
    asked = asked_for(table)
    _heed(table, who, key, asked)
    with reading() as db:
        view, unread = address.view_of(who, table, db)
        named = lists.chip_titles(db, table, who, view)
        asked, shown = _read(db, table, who, view, asked)
    for message in unread:
        st.warning(plain(message), icon=":material/link_off:")
    lists.top(table, who, view)
    filters.draw(who, table, view, named)
    bar(table, who, asked)
    axis: Axis = "cells" if asked.range == "month" else "across" if asked.field is not None else "down"
    timetable(
        key,
        axis,
        shown.tracks,
        shown.entries,
        hours=shown.hours,
        step=STEP,
        field=asked.field.name if asked.field else "",
        now=_now(asked),
        weekdays=weekdays(),
        creatable=may(who, table, "create"),
        labels=_labels(),
    )
    if shown.cut:
        st.caption(plain(shown.cut))
    _confirm(table, who)
    if said := moves.said():
        st.toast(said, icon=":material/check_circle:")


# What is shown


def _read(db: Session, table: Table, who: Actor, view: View, asked: Asked) -> tuple[Asked, Shown]:
    """What is shown, and of what: a day is not split where there is nothing to take."""
    if asked.range == "month":
        return asked, _month(table, asked, agenda.by_day(db, who, table, view, asked.days))
    entries, more = agenda.during(db, who, table, view, asked.days[0], asked.days[-1])
    if asked.field is not None:
        taken, others = agenda.taken(db, who, table, asked.field, view, entries)
        rows = _rows(asked.field, taken, entries)
        if rows:
            closed = agenda.closed(db, who, table, asked.field, [row.id if row else None for row in rows], asked.days)
            return asked, _split(table, asked, rows, entries, closed, cut=more or others)
    field, only = _only(table, view)
    closed = agenda.closed(db, who, table, field, [only], asked.days)
    return replace(asked, field=None), _days(table, asked, entries, closed.get(only, ()), cut=more)


def _days(table: Table, asked: Asked, entries: Sequence[agenda.Entry], closed: Sequence[Span], *, cut: bool) -> Shown:
    """Days beside one another."""
    made, tracks, make = [], [], _maker(table)
    by_day = _by_day(asked.days, entries)
    for place, day in enumerate(asked.days):
        pieces = by_day[day]
        for (one, piece), lane in zip(pieces, agenda.lanes([piece for _one, piece in pieces]), strict=True):
            made.append(make(one, place, piece, lane, day))
        shut = [part for span in closed if (part := _piece(*span, day))]
        title = f"{weekday(day)} {day.day}" if len(asked.days) > 1 else in_full(day)
        tracks.append(Track(day.isoformat(), title, in_full(day), today=day == today(), closed=shut, day=len(asked.days) > 1))
    return Shown(tracks, made, _hours(tracks, made), _cut() if cut else "")


def _split(
    table: Table,
    asked: Asked,
    rows: Sequence[Ref | None],
    entries: Sequence[agenda.Entry],
    closed: Mapping[int | None, Sequence[Span]],
    *,
    cut: bool,
) -> Shown:
    """One day, a row for each record that is taken."""
    assert asked.field is not None
    made, tracks, make, day = [], [], _maker(table, without=asked.field), asked.day
    for place, row in enumerate(rows):
        id_ = row.id if row else None
        mine = [one for one in entries if _held(one, asked.field) == id_]
        pieces = [(one, piece) for one in mine if (piece := _piece(one.start, one.end, day))]
        for (one, piece), lane in zip(pieces, agenda.lanes([piece for _one, piece in pieces]), strict=True):
            made.append(make(one, place, piece, lane, day))
        shut = [piece for span in closed.get(id_, ()) if (piece := _piece(*span, day))]
        title = row.title if row else _("Without {what}", what=asked.field.title)
        tracks.append(Track(f"{day.isoformat()}/{id_ or ''}", title, today=False, closed=shut, day=False))
    return Shown(tracks, made, _hours(tracks, made), _cut() if cut else "")


def _month(table: Table, asked: Asked, days: Mapping[date, agenda.Day]) -> Shown:
    made, tracks, make = [], [], _maker(table)
    for place, (day, found) in enumerate(days.items()):
        for one in found.entries:
            piece = _piece(one.start, one.end, day)
            if piece:
                made.append(make(one, place, piece, (0, 1), day))
        beyond = found.count.value - len(found.entries)
        number = f"{found.count.value:,}{'' if found.count.exact else '+'}"
        more = _("{n} more", n=f"{beyond:,}{'' if found.count.exact else '+'}") if beyond > 0 else ""
        title = str(day.day) if day.day > 1 else first_of(day)
        tracks.append(
            Track(
                day.isoformat(),
                title,
                in_full(day),
                today=day == today(),
                other=day.month != asked.day.month,
                count=number if found.count.value else "",
                more=more,
            )
        )
    return Shown(tracks, made, (0, 1440))


def _rows(field: Field, taken: Sequence[Ref], entries: Sequence[agenda.Entry]) -> list[Ref | None]:
    """What stands beside one another; at the end those entries that take nothing of this kind."""
    return [*taken, *([None] if any(_held(one, field) is None for one in entries) else [])]


def _held(entry: agenda.Entry, field: Field) -> int | None:
    held = entry.row.get(field.name)
    return held.id if isinstance(held, Ref) else None


def _only(table: Table, view: View) -> tuple[Field | None, int | None]:
    """The one record that the list is narrowed to by what is taken: its closed times count."""
    for name in agenda.bookable(table).of:
        one = view.filter(name)
        if one is not None and one.op == "in" and len(one.values) == 1:
            return table.fields[name], int(one.values[0])
    return None, None


def _maker(table: Table, without: Field | None = None) -> Any:
    """What makes the entry of a record's piece on a track."""
    booked = agenda.bookable(table)
    mark, base = cells.marks(table), href(table.name, address.behind())
    link = f"{base}{'&' if '?' in base else '?'}id="
    tint = table.fields.get(booked.colour)
    named = [field for field in table.titles if not field.spec.number]  # what a number names is told by the rest
    second = [field for field in table.second if field.name not in (booked.start, booked.end) and field is not without]

    def make(one: agenda.Entry, track: int, piece: tuple[int, int], lane: tuple[int, int], day: date) -> Entry:
        row = one.row
        shade, note = mark(row)
        if tint is not None and row.get(tint.name):
            shade, note = colour(tint, row[tint.name]), tint.choice_title(row[tint.name])
        begins, ends = one.start.date() == day, one.end <= datetime.combine(day + _DAY, time(), LOCAL)
        return Entry(
            row["id"],
            row["version"],
            track,
            *piece,
            time=_times(one),
            title=" ".join(text for field in named if (text := line(field, row.get(field.name)))) or query.title_of(table, row),
            second=" · ".join(text for field in second if (text := line(field, row.get(field.name)))),
            href=f"{link}{row['id']}",
            colour=shade,
            note=note,
            movable=one.movable,
            free=one.free,
            fixed=without is not None and without.name in one.fixed,
            head=begins,
            tail=ends,
            lane=lane[0],
            lanes=lane[1],
        )

    return make


def _times(one: agenda.Entry) -> str:
    if one.start.date() == one.end.date():
        return f"{one.start:%H:%M}–{one.end:%H:%M}"
    return f"{one.start:%m-%d %H:%M} – {one.end:%m-%d %H:%M}"


def _by_day(days: Sequence[date], entries: Sequence[agenda.Entry]) -> dict[date, list[tuple[agenda.Entry, tuple[int, int]]]]:
    """What of each entry lies on each of these days, which follow one another."""
    found: dict[date, list[tuple[agenda.Entry, tuple[int, int]]]] = {day: [] for day in days}
    for one in entries:
        day, last = max(days[0], one.start.date()), min(days[-1], one.end.date())
        while day <= last:
            piece = _piece(one.start, one.end, day)
            if piece is not None:
                found[day].append((one, piece))
            day += _DAY
    return found


def _piece(start: datetime, end: datetime, day: date) -> tuple[int, int] | None:
    """What of a span lies on this day, as minutes of it."""
    midnight = datetime.combine(day, time(), LOCAL)
    first, last = (int((moment - midnight).total_seconds()) // 60 for moment in (start, end))
    return (max(0, first), min(1440, last)) if last > 0 and first < 1440 and last > first else None


def _hours(tracks: Sequence[Track], entries: Sequence[Entry]) -> tuple[int, int]:
    """Whole hours: the usual ones, those in which it is open, and those of every entry."""
    low, high = USUAL
    for track in tracks:
        if track.closed and track.closed[0][0] == 0 and track.closed[0][1] < 1440:
            low = min(low, track.closed[0][1])
        if track.closed and track.closed[-1][1] == 1440 and track.closed[-1][0] > 0:
            high = max(high, track.closed[-1][0])
    low = min([low, *(one.start for one in entries)])
    high = max([high, *(one.end for one in entries)])
    return low // 60 * 60, -(-high // 60) * 60


def _now(asked: Asked) -> tuple[int, int] | None:
    """The track of today (-1: every track is), and the minute."""
    at = now().astimezone(LOCAL)
    if asked.range == "month" or at.date() not in asked.days:
        return None
    return -1 if asked.field is not None else asked.days.index(at.date()), at.hour * 60 + at.minute


def _cut() -> str:
    return _("Not everything is shown. Filter the list, or look at a shorter time.")


def _labels() -> Labels:
    return Labels(
        empty=_("Nothing on this day"),
        how=_("Press M to move it with the arrow keys."),
        keys=_("Arrows move it, with Shift they stretch it. Enter saves, Esc leaves it as it was."),
    )


# What was done


def _heed(table: Table, who: Actor, key: str, asked: Asked) -> None:
    """Follow what was done in the agenda, before anything is drawn."""
    for name, value in done(key, "open", "day", "create", "change"):
        id_ = whole(value.get("id"))
        if name == "day":
            go({**address.behind(), "range": "day", "on": day_of(str(value.get("key"))[:10]).isoformat()})
        if name == "create" and may(who, table, "create"):
            go({**address.behind(), "new": "1", **_preset(table, who, asked, value)})
        if name == "open" and id_ is not None:
            go(address.behind(id_))
        if name == "change" and id_ is not None:
            refuse(key, id_, _change(table, who, id_, asked, value))


def _preset(table: Table, who: Actor, asked: Asked, value: Mapping[str, Any]) -> dict[str, str]:
    """What the form of a new entry begins with: its time, and what is taken."""
    booked = agenda.bookable(table)
    day, _slash, taken = str(value.get("track")).partition("/")
    midnight = datetime.combine(day_of(day), time(), LOCAL)
    first, last = (timedelta(minutes=_minutes(value.get(name), 0, 1440)) for name in ("from", "to"))
    found = {f"set.{booked.start}": f"{midnight + first:%Y-%m-%d %H:%M}", f"set.{booked.end}": f"{midnight + last:%Y-%m-%d %H:%M}"}
    if asked.field is not None and taken.isascii() and taken.isdigit():
        return found | {f"set.{asked.field.name}": taken}
    view, _refused = address.view_of(who, table)
    field, only = _only(table, view)
    return found | ({f"set.{field.name}": str(only)} if field is not None else {})


def _minutes(value: Any, low: int, high: int) -> int:
    return min(max(value, low), high) if isinstance(value, int) and not isinstance(value, bool) else 0


def _change(table: Table, who: Actor, id: int, asked: Asked, value: Mapping[str, Any]) -> Sequence[Message]:
    """Move or stretch a record; what stands against it."""
    booked = agenda.bookable(table)
    try:
        with reading() as db:
            row = query.record(db, who, table, id)
    except (Missing, access.Forbidden):
        return [msg("This record is not there any more.")]
    version = whole(value.get("version"))
    if row["version"] != version:
        person = row["updated_by"].title if row.get("updated_by") else msg("The product")
        return [msg("{who} has changed this meanwhile. It is shown as it is now: look at it, then move it.", who=person)]
    days = 0 if asked.field is not None else _minutes(value.get("tracks"), -366, 366)
    values: dict[str, Any] = {}
    for name, part in ((booked.start, "start"), (booked.end, "end")):
        shift = timedelta(days=days, minutes=_minutes(value.get(part), -1440, 1440))
        if shift:
            values[name] = row[name] + shift
    if asked.field is not None and value.get("tracks"):
        taken = str(value.get("track")).partition("/")[2]
        values[asked.field.name] = int(taken[:9]) if taken.isascii() and taken.isdigit() else None
    return _save(table, who, Doubted(table.name, id, row["version"], values, {})) if values else []


def _save(table: Table, who: Actor, change: Doubted) -> Sequence[Message]:
    """Write it; warnings are asked about first, those seen before are confirmed."""
    try:
        with writing() as db:
            write.update(db, who, table, change.id, change.values, change.version, confirm=bool(change.warnings))
    except write.Invalid as invalid:
        return [message for found in invalid.errors.values() for message in found]
    except write.Unconfirmed as unconfirmed:
        change.warnings = dict(unconfirmed.warnings)
        st.session_state[_DOUBTED] = change
        return []
    except write.Stale as stale:
        return [msg("{who} has changed this meanwhile. It is shown as it is now: look at it, then move it.", who=stale.who)]
    except write.Missing:
        return [msg("This record is not there any more.")]
    except access.Forbidden as forbidden:
        return [forbidden.message]
    st.session_state["record.said"] = _("Saved.")
    return []


def _confirm(table: Table, who: Actor) -> None:
    """The dialog of a change that has to be confirmed."""
    change: Doubted | None = st.session_state.get(_DOUBTED)
    if change is None or change.table != table.name:
        return

    @st.dialog(_("Move it all the same?"), on_dismiss=_forget)
    def ask() -> None:
        for message in [each for found in change.warnings.values() for each in found]:
            st.warning(plain(message), icon=":material/warning:")
        for message in st.session_state.get(f"{_DOUBTED}.wrong", ()):
            st.error(plain(message), icon=":material/error:")
        with st.container(horizontal=True):
            if st.button(_("Do it all the same"), type="primary", key="agenda.go"):
                wrong = _save(table, who, change)
                st.session_state[f"{_DOUBTED}.wrong"] = wrong
                if not wrong:
                    _forget()
                    st.rerun()
                st.rerun(scope="fragment")
            if st.button(_("Leave it as it was"), key="agenda.leave"):
                _forget()
                st.rerun()

    ask()


def _forget() -> None:
    st.session_state.pop(_DOUBTED, None)
    st.session_state.pop(f"{_DOUBTED}.wrong", None)
