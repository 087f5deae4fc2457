"""The same room in the same second, over and over, on both databases: one of them has it, the others are told."""

import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from services.crud import write
from services.crud.errors import Invalid
from services.crud.registry import table
from services.platform.db import DatabaseUnavailable, reading, writing
from services.platform.i18n import set_language
from tests.areas.conftest import furnish
from tests.areas.premises import at, days, fit_out, stock
from tests.conftest import Database

TIMES = int(os.environ.get("SOAK_BOOKINGS", "1000"))
PEOPLE = 2
BOOKING = table("booking")


def test_two_book_the_same_room_in_the_same_second(database: Database) -> None:
    set_language("en")
    with writing():
        house = furnish()
    room = fit_out(stock(house)).places["multi"]
    who, start = house.actor("facility"), at(days(2), 9)
    begin = threading.Barrier(PEOPLE)

    def book(turn: int, person: int) -> str:
        set_language("en")
        day = start + timedelta(days=turn // 10)
        begins = day + timedelta(hours=turn % 10)
        given = {
            "purpose": f"第{turn}次，第{person}人",
            "place": room,
            "starts_at": begins,
            "ends_at": begins + timedelta(minutes=50),
            "party_size": 5,
        }
        begin.wait(60)
        try:
            with writing() as session:
                write.create(session, who, BOOKING, given, confirm=True)
        except Invalid as invalid:
            return "told" if list(invalid.errors) == ["place"] and "Taken from" in str(invalid) else str(invalid)
        except DatabaseUnavailable:
            return "busy"
        return "booked"

    with ThreadPoolExecutor(PEOPLE) as pool:
        outcomes = [Counter(pool.map(book, [turn] * PEOPLE, range(PEOPLE))) for turn in range(TIMES)]
    total: Counter[str] = sum(outcomes, Counter())
    print(f"\n{database.engine}: {TIMES} times {PEOPLE} people: {dict(total)}")  # noqa: T201
    assert total == {"booked": TIMES, "told": TIMES * (PEOPLE - 1)}
    assert all(one["booked"] == 1 for one in outcomes)
    assert not overlaps(room)


def overlaps(room: int) -> list[Any]:
    """Live bookings of the room that begin before the one before them has ended."""
    own = BOOKING.sql.c
    with reading() as session:
        spans = session.execute(select(own.starts_at, own.ends_at).where(own.place == room).order_by(own.starts_at)).all()
    return [two for one, two in pairwise(spans) if two.starts_at < one.ends_at]
