"""Places: closing them and opening them again, and whose bookings that hits."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from models.fields import now, today
from services import bookings
from services.crud import rules
from services.platform.i18n import LOCAL, format_moment, msg, nmsg

SHOWN = 5
"""Bookings named in the warning before a place is closed."""


@rules.guard("place", "restrict", "maintain", "close")
def _note_why(change: rules.Change) -> None:
    change.new["state_note"] = change.note
    reopens = change.new["reopens_on"]
    if reopens is not None and reopens <= today():
        change.error("reopens_on", msg("Give a day after today."))


@rules.guard("place", "reopen")
def _open_again(change: rules.Change) -> None:
    change.new["state_note"] = change.new["reopens_on"] = None


@rules.guard("place", "maintain", "close")
def _closing_hits(change: rules.Change) -> None:
    reopens = change.new["reopens_on"]
    until = datetime.combine(reopens, time(0), LOCAL) if reopens else None
    _warn(change, bookings.hit(change.db, change.actor.centre, change.id, now(), until))


@rules.guard("closure_notice", "publish")
def _closure_hits(change: rules.Change) -> None:
    new = change.new
    _warn(change, bookings.hit(change.db, change.actor.centre, new["place"], max(now(), new["starts_at"]), new["ends_at"]))


def _warn(change: rules.Change, found: Sequence[Mapping[str, Any]]) -> None:
    """Name the bookings that can't be held, before anything is closed."""
    if not found:
        return
    listed = "; ".join(f"{one['no']} {format_moment(one['starts_at'])} {one['purpose']}" for one in found[:SHOWN])
    listed += "; …" if len(found) > SHOWN else ""
    change.warn("", nmsg("{n} booking can't be held: {listed}. Tell those who booked.",
                         "{n} bookings can't be held: {listed}. Tell those who booked.", len(found), listed=listed))  # fmt: skip
