"""Places: opening and closing them, and who is hit by it."""

from typing import Any

from models.fields import today
from services import bookings
from services.crud import rules
from services.platform.i18n import nmsg, msg

SHOWN = 5
"""Bookings named in the warning before a place is closed."""


@rules.guard("place", "restrict", "maintain", "close")
def _note_why(change: rules.Change) -> None:
    change.new["state_note"] = change.note
    reopens = change.new.get("reopens_on")
    if reopens is not None and reopens <= today():
        change.error("reopens_on", msg("Give a day after today."))


@rules.guard("place", "reopen")
def _open_again(change: rules.Change) -> None:
    change.new["state_note"] = change.new["reopens_on"] = None


@rules.guard("place", "maintain", "close")
def _who_is_hit(change: rules.Change) -> None:
    """Closing a place names the bookings that can't be held."""
    if change.id is None:
        return
    found = bookings.hit(change.db, change.actor.centre, change.id, change.new.get("reopens_on"))
    if found:
        listed = "; ".join(_named(one) for one in found[:SHOWN]) + ("; …" if len(found) > SHOWN else "")
        change.warn("", nmsg("{n} booking can't be held: {listed}. Tell those who booked.",
                             "{n} bookings can't be held: {listed}. Tell those who booked.", len(found), listed=listed))  # fmt: skip


def _named(booking: Any) -> str:
    from services.platform.i18n import format_moment

    return f"{booking['no']} {format_moment(booking['starts_at'])} {booking['purpose']}"
