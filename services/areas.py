"""The rules of every area: importing this module hangs them into the one write path."""

from sqlalchemy.orm import Session

from services import (  # noqa: F401 (importing one registers its rules)
    accounts,
    assets,
    bookings,
    depreciation,
    disposals,
    facilities,
    inspections,
    opening,
    organisation,
    people,
    resources,
    stocktakes,
    work_orders,
    workdays,
)
from services.crud.access import system_actor


def daily(db: Session, centre: int) -> None:
    """What time alone changes in a centre; run once a day, and at the start. Running it again does nothing."""
    workdays.fill_calendar(db, system_actor(centre, "job"))
    organisation.apply_assignments(db, centre)
    organisation.end_delegations(db, centre)
    opening.finish_closures(db, centre)
    depreciation.book_last_month(db, system_actor(centre, "job"))
