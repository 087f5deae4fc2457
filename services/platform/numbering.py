"""Numbers that the system gives: gapless within their period, never given twice, right while many write at once."""

import string
from datetime import date

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from models.system import Sequence
from services.platform.db import is_sqlite

PERIODS = {"year": "%Y", "month": "%Y%m", "date": "%Y%m%d"}
"""Placeholders that begin a new count: `{year}`, `{month}` (year and month), `{date}`."""


class BadPattern(ValueError):
    """A number pattern that can't give different numbers, or holds an unknown placeholder."""


def check_pattern(pattern: str) -> None:
    """Refuse a pattern that is not made of text, `{seq:04}` and at most the placeholders of `PERIODS`.

    Raises:
        BadPattern: says what is wrong with it.
    """
    try:
        names = [name for _text, name, _spec, _conversion in string.Formatter().parse(pattern) if name is not None]
        pattern.format(seq=1, **dict.fromkeys(PERIODS, ""))
    except (KeyError, IndexError, ValueError) as error:
        raise BadPattern(f"{pattern}: only {{seq:04}}, {{year}}, {{month}} and {{date}} can stand in braces") from error
    if names.count("seq") != 1:
        raise BadPattern(f"{pattern}: {{seq:04}} has to stand in it once")


def period(pattern: str, day: date) -> str:
    """The period whose count a day belongs to: `2026` for `ZC{year}{seq:04}`; empty for a pattern that counts on for ever."""
    used = [form for name, form in PERIODS.items() if f"{{{name}}}" in pattern]
    return day.strftime(used[-1]) if used else ""


def next_number(db: Session, centre_id: int, pattern: str, day: date) -> str:
    """The next number of the pattern, `ZC{year}{seq:04}` → `ZC20260001`; given back if the transaction is rolled back."""
    return next_numbers(db, centre_id, pattern, day, 1)[0]


def next_numbers(db: Session, centre_id: int, pattern: str, day: date, n: int) -> list[str]:
    """The next `n` numbers in their order. Others who want one wait until this transaction ends."""
    if n < 1:
        return []
    parts = {name: day.strftime(form) for name, form in PERIODS.items()}
    insert = sqlite.insert if is_sqlite(db) else postgresql.insert
    row = {"centre_id": centre_id, "name": pattern, "period": period(pattern, day), "value": n}
    value = SQLModel.metadata.tables["sequence"].c.value
    upsert = insert(Sequence).values(row).on_conflict_do_update(index_elements=["centre_id", "name", "period"], set_={"value": value + n})
    last = db.execute(upsert.returning(value)).scalar_one()
    return [pattern.format(seq=seq, **parts) for seq in range(last - n + 1, last + 1)]
