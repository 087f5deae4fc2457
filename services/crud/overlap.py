"""No two records take the same thing at the same time (`Bookable`): told before saving, and certain under a race."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from models.base import Bookable
from services.crud import values
from services.crud.conditions import in_sql
from services.crud.errors import Invalid
from services.crud.references import centre_of
from services.crud.registry import table as described
from services.crud.rules import Change
from services.crud.titles import titles
from services.platform.i18n import msg


def check(change: Change) -> None:
    """Look at the other live records at that time; what is taken becomes errors."""
    bookable = change.table.screen.bookable
    if bookable is not None:
        _lasts(change, bookable)
    if bookable is None or not _takes(change, bookable):
        return
    for name in bookable.of:
        if change.new[name] is None or change.errors.get(name):
            continue
        other = _other(change, bookable, name)
        if other is not None:
            message = msg(
                "Taken from {start} to {end} ({other}). Choose another time.", start=other["start"], end=other["end"], other=other["title"]
            )
            change.error(name, message)


def hold(change: Change) -> None:
    """Look once more when the row is written, one writer at a time for each thing that is taken.

    Raises:
        Invalid: somebody was quicker.
    """
    bookable = change.table.screen.bookable
    if bookable is None or not _takes(change, bookable):
        return
    taken = {(change.table.fields[name].spec.target, change.new[name]) for name in bookable.of if change.new[name] is not None}
    for target, id_ in sorted(taken):
        values.load(change.db, described(target), [id_], lock="edit")
    check(change)
    if any(change.errors.values()):
        raise Invalid(change.errors)


def _lasts(change: Change, bookable: Bookable) -> None:
    """Refuse what is longer than declared: an agenda that looks for it would miss it."""
    start, end = change.new[bookable.start], change.new[bookable.end]
    if bookable.longest is None or start is None or end is None or change.verb == "delete":
        return
    if end - start > bookable.longest and (not change.old or change.changed(bookable.start, bookable.end)):
        change.error(bookable.end, msg("It lasts {n} hours at most.", n=bookable.longest // timedelta(hours=1)))


def _takes(change: Change, bookable: Bookable) -> bool:
    """Whether the record takes something, and this write touches what or when."""
    new = change.new
    if change.verb == "delete" or (bookable.free is not None and bookable.free.holds(new)):
        return False
    start, end = new[bookable.start], new[bookable.end]
    if start is None or end is None or end <= start:
        return False
    freed_before = bool(change.old) and bookable.free is not None and bookable.free.holds(change.old)
    return change.verb != "edit" or freed_before or change.changed(bookable.start, bookable.end, *bookable.of)


def _other(change: Change, bookable: Bookable, name: str) -> dict[str, Any] | None:
    """The first live record that takes the same thing at the same time."""
    own, new = change.table.sql.c, change.new
    found = select(own.id, own[bookable.start], own[bookable.end]).where(
        own.centre_id == centre_of(change), own.deleted_at.is_(None), own[name] == new[name],
        own[bookable.start] < new[bookable.end], own[bookable.end] > new[bookable.start],
    )  # fmt: skip
    if change.id is not None:
        found = found.where(own.id != change.id)
    if bookable.free is not None:
        found = found.where(~in_sql(bookable.free, own))
    first = change.db.execute(found.order_by(own[bookable.start]).limit(1)).first()
    if first is None:
        return None
    return {"start": first[1], "end": first[2], "title": titles(change.db, change.table, [first.id])[first.id]}
