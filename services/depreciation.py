"""Depreciation of the assets, month by month: straight line, no residual value [K 政府会计准则第3号].

It starts in the month of addition, stops in the month of removal, and never takes an asset below zero. What is entered in the
books always adds up to what the card says: where a card was put right, a correction entry makes up for the difference.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, cast, exists, func, select, type_coerce
from sqlalchemy.orm import Session

from models.assets import worn_at
from models.fields import today
from services.crud import access, load, values
from services.crud.access import Actor
from services.crud.registry import table
from services.platform.i18n import msg


class NotOver(ValueError):
    """The month is not over yet: what is bought or leaves until its end would be missing."""


@dataclass(frozen=True)
class Booked:
    """What was entered for a month."""

    assets: int
    amount: Decimal
    """Of the month itself, in yuan."""
    correction: Decimal
    """Of earlier months, in yuan; may be negative."""


def depreciate(db: Session, actor: Actor, year: int, month: int) -> Booked:
    """Enter the depreciation of a month that is over; what is entered already stays as it is.

    Raises:
        Forbidden: the actor is not the product itself.
        NotOver: the month is not over.
    """
    if not actor.trusted:
        raise access.Forbidden(msg("Depreciation is entered by the product itself, at the beginning of the next month."))
    first = date(year, month, 1)
    if (today().year, today().month) <= (year, month):
        raise NotOver(f"{year}-{month:02}")
    # One run at a time: the next one sees what this one has entered.
    values.load(db, table("centre"), [actor.centre], lock="edit")
    entries = [entry for row in _due(db, actor.centre, first) for entry in _entries(row, first)]
    load.load(db, actor, table("depreciation"), entries)
    of_month = [entry["amount"] for entry in entries if entry["kind"] == "month"]
    corrections = [entry["amount"] for entry in entries if entry["kind"] == "correction"]
    return Booked(len({entry["asset"] for entry in entries}), sum(of_month, Decimal(0)), sum(corrections, Decimal(0)))


def _due(db: Session, centre: int, first: date) -> Iterator[Any]:
    """Assets with what they have lost before this month and by its end, and what is in the books, all in fen."""
    c, entry, known = table("asset").sql.c, table("depreciation").sql.c, table("asset_class").sql.c
    number = first.year * 12 + first.month
    booked = (
        select(func.coalesce(cast(func.sum(type_coerce(entry.amount, BigInteger)), BigInteger), 0))
        .where(entry.centre_id == centre, entry.asset == c.id, entry.deleted_at.is_(None))
        .correlate(c.id.table)
        .scalar_subquery()
    )
    later = (entry.centre_id == centre, entry.asset == c.id, entry.deleted_at.is_(None), entry.month >= first)
    done = exists().where(*later).correlate(c.id.table)
    before, after = worn_at(c, number - 1), worn_at(c, number)
    chosen = (
        select(
            c.id,
            c.asset_class,
            c.department,
            c.original_value,
            known.group,
            before.label("before"),
            after.label("after"),
            booked.label("booked"),
        )
        .join(known.id.table, known.id == c.asset_class)
        .where(c.centre_id == centre, c.deleted_at.is_(None), c.acquired_on < _next(first), ~done)
        .order_by(c.id)
    )
    yield from db.execute(chosen)


def _next(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def _entries(row: Any, first: date) -> Iterator[dict[str, Any]]:
    common = {"asset": row.id, "month": first, "asset_class": row.asset_class, "group": row.group, "department": row.department}
    so_far = row.booked
    for kind, fen in (("correction", row.before - row.booked), ("month", row.after - row.before)):
        if fen:
            so_far += fen
            accumulated = Decimal(so_far) / 100
            yield {
                **common,
                "kind": kind,
                "amount": Decimal(fen) / 100,
                "accumulated": accumulated,
                "net": row.original_value - accumulated,
            }


def book_last_month(db: Session, actor: Actor) -> Booked:
    """Enter the depreciation of the month before this one (for the beginning of each month)."""
    year, month = divmod(today().year * 12 + today().month - 2, 12)
    return depreciate(db, actor, year, month + 1)
