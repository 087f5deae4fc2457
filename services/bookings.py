"""Bookings of places and equipment: when they are open, free, large enough and safe to use."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.assets import USABLE
from models.fields import now
from services import inspections, opening
from services.assets import state_title
from services.crud import query, rules
from services.crud.registry import table
from services.platform.i18n import LOCAL, msg

FREE = ("cancelled", "no_show")
"""States in which a booking takes nothing."""
LIVE = ("requested", "confirmed", "checked_in")
EARLY = timedelta(hours=1)
"""How long before the start people may be checked in [J]."""
ASKED = ("place", "asset", "starts_at", "ends_at", "party_size")


@rules.rule("booking")
def _figures(change: rules.Change) -> None:
    """What the charts count by: hours, day of the week and hour of the start."""
    new = change.new
    start, end = new.get("starts_at"), new.get("ends_at")
    new["missed"] = new["state"] == "no_show"
    if start is None or end is None:
        return
    here = start.astimezone(LOCAL)
    new["hours"] = (Decimal(int((end - start).total_seconds())) / 3600).quantize(Decimal("0.01"))
    new["weekday"], new["hour"] = str(here.isoweekday()), here.hour


@rules.rule("booking")
def _can_be_held(change: rules.Change) -> None:
    """A place or thing can be booked while it is open, in order, usable and large enough."""
    new = change.new
    if new["state"] in FREE or change.verb == "delete" or not (change.verb != "edit" or change.changed(*ASKED)):
        return
    if change.verb == "move" and change.move not in ("confirm", "check_in"):
        return
    if new.get("place") is None and new.get("asset") is None:
        change.error("place", msg("Choose a place, a piece of equipment, or both."))
        return
    start, end = new.get("starts_at"), new.get("ends_at")
    if start is None or end is None or end <= start:
        return
    if start.astimezone(LOCAL).date() != (end - timedelta(seconds=1)).astimezone(LOCAL).date():
        change.error("ends_at", msg("A booking ends on the day it starts. Make one for each day."))
        return
    if change.verb == "create" and end < now():
        change.warn("starts_at", msg("This time is over already. Is it entered afterwards?"))
    if new.get("place") is not None:
        _place(change, start, end)
    if new.get("asset") is not None:
        _asset(change, start)


def _place(change: rules.Change, start: datetime, end: datetime) -> None:
    new, db, centre = change.new, change.db, change.actor.centre
    place = query.raw(db, table("place"), new["place"])
    on = start.astimezone(LOCAL).date()
    if not place["bookable"]:
        change.error("place", msg("This place is not given out for bookings."))
    if _out_of_use(place, on):
        change.error("place", msg("{name} can't be used: {reason}", name=place["name"], reason=place["state_note"] or ""))
    elif place["state"] == "restricted":
        change.warn(
            "place", msg("{name} may be used with restrictions only: {reason}", name=place["name"], reason=place["state_note"] or "")
        )
    if place["capacity"] and (new.get("party_size") or 0) > place["capacity"]:
        change.error("party_size", msg("{name} holds {n} people at most. Choose a larger place.", name=place["name"], n=place["capacity"]))
    closed = opening.is_open(db, centre, new["place"], start, end)
    if closed is not None:
        change.error("starts_at", closed)
    for reason in inspections.shut(db, centre, place=new["place"]):
        change.error("place", reason)
    soon = inspections.due_before(db, centre, on, place=new["place"])
    for reason in soon:
        change.warn("place", reason)


def _out_of_use(place: Mapping[str, Any], on: date) -> bool:
    """Whether the place is closed or under maintenance on that day, as far as is known."""
    return place["state"] in ("maintenance", "closed") and (place["reopens_on"] is None or on < place["reopens_on"])


def _asset(change: rules.Change, start: datetime) -> None:
    new, db, centre = change.new, change.db, change.actor.centre
    asset = query.raw(db, table("asset"), new["asset"])
    if not asset["bookable"]:
        change.error("asset", msg("This piece of equipment is not given out for bookings."))
    if asset["state"] not in USABLE:
        change.error("asset", msg("{name} can't be used now ({state}).", name=asset["name"], state=state_title(asset["state"])))
    for reason in inspections.shut(db, centre, asset=new["asset"]):
        change.error("asset", reason)
    for reason in inspections.due_before(db, centre, start.astimezone(LOCAL).date(), asset=new["asset"]):
        change.warn("asset", reason)


@rules.guard("booking", "check_in")
def _not_too_early(change: rules.Change) -> None:
    start: datetime = change.new["starts_at"]
    if now() < start - EARLY:
        change.error("", msg("It begins at {start}: people can be checked in from one hour before.", start=start))


@rules.guard("booking", "miss")
def _not_before_the_start(change: rules.Change) -> None:
    start: datetime = change.new["starts_at"]
    if now() < start:
        change.error("", msg("It begins at {start}: until then, cancel it instead.", start=start))


@rules.closed("booking")
def _closed(db: Session, centre: int, field: str, taken: Sequence[int | None], days: Sequence[date]) -> rules.Times:
    """When the places are not open; what is not a place goes by the hours of the centre."""
    places = taken if field == "place" else [None]
    found = {place: [span for day, spans in by_day.items() for span in opening.shut_spans(day, spans)]
             for place, by_day in opening.open_times(db, centre, places, days).items()}  # fmt: skip
    return found if field == "place" else dict.fromkeys(taken, found[None])


def hit(db: Session, centre: int, place: int | None, start: datetime, end: datetime | None) -> Sequence[Mapping[str, Any]]:
    """The live bookings of a place (none: of every place) in a time, soonest first; no end: from then on."""
    c = table("booking").sql.c
    chosen = select(c.id, c.no, c.purpose, c.starts_at).where(
        c.centre_id == centre, c.deleted_at.is_(None), c.state.in_(LIVE), c.ends_at > start
    )
    if place is not None:
        chosen = chosen.where(c.place == place)
    if end is not None:
        chosen = chosen.where(c.starts_at < end)
    return [dict(one) for one in db.execute(chosen.order_by(c.starts_at)).mappings()]
