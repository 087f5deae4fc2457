"""Working days: measured vectors, and what holds past the last announced year."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from services import workdays
from services.crud import write
from services.crud.errors import Invalid
from services.crud.registry import table
from services.platform import db as platform
from services.platform.db import reading, writing
from services.platform.i18n import LOCAL
from tests.areas.conftest import House

SEVEN = {
    date(2026, 9, 24): date(2026, 10, 12),
    date(2026, 2, 13): date(2026, 3, 2),
    date(2026, 4, 30): date(2026, 5, 13),
    date(2025, 1, 24): date(2025, 2, 10),
    date(2024, 2, 8): date(2024, 2, 23),
    date(2026, 12, 18): date(2026, 12, 29),
}
"""Day of submission → the 7th working day after it."""
OTHERS = {
    (date(2026, 9, 18), 1): date(2026, 9, 20),
    (date(2026, 10, 9), 1): date(2026, 10, 10),
    (date(2025, 9, 26), 20): date(2025, 10, 30),
}
PER_YEAR = {2020: 249, 2021: 250, 2022: 249, 2023: 249, 2024: 251, 2025: 248, 2026: 248}


@pytest.fixture(scope="module")
def centre(shared_house: House) -> int:
    with writing() as db:
        assert workdays.fill_calendar(db, shared_house.system) > 200
    return shared_house.centre


@pytest.mark.parametrize(("start", "n", "expected"), [*((a, 7, b) for a, b in SEVEN.items()), *((a, n, b) for (a, n), b in OTHERS.items())])
def test_measured_vectors(centre: int, start: date, n: int, expected: date) -> None:
    with reading() as db:
        assert workdays.add_workdays(db, centre, start, n) == (expected, True)


@pytest.mark.parametrize(("year", "days"), PER_YEAR.items())
def test_working_days_of_a_year(centre: int, year: int, days: int) -> None:
    with reading() as db:
        count = sum(workdays.is_workday(db, centre, date(year, 1, 1) + timedelta(days=n))[0] for n in range(366 if year % 4 == 0 else 365))
    assert count == days


def test_past_the_last_year_is_an_estimate_and_no_error(centre: int) -> None:
    with reading() as db:
        day, certain = workdays.add_workdays(db, centre, date(2026, 12, 28), 7)
        assert day == date(2027, 1, 7)  # 29, 30, 31 December, then 4 to 7 January: New Year's Day is a holiday by law
        assert not certain
        assert workdays.is_workday(db, centre, date(2027, 10, 1)) == (False, False)
        assert workdays.is_workday(db, centre, date(2027, 2, 8)) == (False, False)  # 2nd day after the lunar new year
        assert workdays.is_workday(db, centre, date(2031, 7, 1)) == (True, False)
        assert workdays.add_workdays(db, centre, date(2099, 12, 30), 300)[0].year == 2101


def test_statutory_festivals_agree_with_the_announced_years() -> None:
    """The law's days of an announced year are days off in the built-in calendar too (those of the law of 2024)."""
    announced = {day["falls_on"]: day["kind"] for day in workdays.announced_days(2025)}
    for year in (2025, 2026):
        for day in workdays.festivals(year):
            assert announced.get(day) == "statutory", day


def test_no_day_counts_back(centre: int) -> None:
    with reading() as db, pytest.raises(ValueError, match="backwards"):
        workdays.add_workdays(db, centre, date(2026, 1, 5), -1)
    with reading() as db:
        assert workdays.add_workdays(db, centre, date(2026, 10, 3), 0) == (date(2026, 10, 3), True)


@given(st.dates(date(2019, 1, 1), date(2032, 12, 31)), st.integers(0, 40), st.integers(0, 40))
def test_counting_in_two_steps_is_counting_once(centre: int, start: date, first: int, second: int) -> None:
    with reading() as db:
        half, sure = workdays.add_workdays(db, centre, start, first)
        whole, certain = workdays.add_workdays(db, centre, start, first + second)
        then, sure_then = workdays.add_workdays(db, centre, half, second)
        assert (then, sure and sure_then) == (whole, certain)
        assert first == 0 or workdays.is_workday(db, centre, half)[0]


def test_one_query_for_a_whole_range(centre: int) -> None:
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "calendar_day" in statement:
            statements.append(statement)

    event.listen(platform.engine(), "before_cursor_execute", count)
    try:
        with reading() as db:
            workdays.add_workdays(db, centre, date(2025, 6, 1), 300)
            workdays.is_workday(db, centre, date(2026, 1, 1))
            for n in range(50):
                workdays.add_workdays(db, centre, date(2025, 6, 1) + timedelta(days=n), 7)
    finally:
        event.remove(platform.engine(), "before_cursor_execute", count)
    assert len(statements) == 1


def test_deadlines(centre: int) -> None:
    start = datetime(2026, 9, 24, 16, 40, tzinfo=LOCAL)
    with reading() as db:
        assert workdays.deadline(db, centre, start, 30, "minutes") == (start + timedelta(minutes=30), True)
        assert workdays.deadline(db, centre, start, 24, "hours") == (start + timedelta(hours=24), True)
        due, certain = workdays.deadline(db, centre, start, 7, "workdays")
    assert (due, certain) == (datetime(2026, 10, 12, 17, 30, tzinfo=LOCAL), True)
    assert due.utcoffset() == timedelta(0)


def test_the_day_is_that_of_shanghai(centre: int) -> None:
    """An application shortly after midnight in Shanghai is of that day, though it is still the day before in UTC."""
    start = datetime(2026, 9, 17, 16, 30, tzinfo=UTC)  # 18 September, 00:30 in Shanghai
    with reading() as db:
        due, _certain = workdays.deadline(db, centre, start, 1, "workdays")
    assert due.astimezone(LOCAL).date() == date(2026, 9, 20)


def test_closing_time_of_the_centre_counts(house: House) -> None:
    house.update("centre", house.centre, closes_at=time(20, 0))
    with writing() as db:
        workdays.fill_calendar(db, house.system)
        due, _certain = workdays.deadline(db, house.centre, datetime(2026, 9, 18, 10, tzinfo=LOCAL), 1, "workdays")
    assert due == datetime(2026, 9, 20, 20, 0, tzinfo=LOCAL)


def test_days_of_ones_own_count_and_the_cache_follows(house: House) -> None:
    day = date(2026, 8, 5)
    with writing() as db:
        workdays.fill_calendar(db, house.system)
        assert workdays.fill_calendar(db, house.system) == 0
        assert workdays.is_workday(db, house.centre, day) == (True, True)
        write.create(db, house.system, table("calendar_day"), {"falls_on": day, "kind": "temporary_closure", "name": "台风停工"})
        assert workdays.is_workday(db, house.centre, day) == (False, True)


def test_an_estimate_that_was_entered_stays_an_estimate(house: House) -> None:
    house.create("calendar_day", falls_on=date(2027, 1, 2), kind="adjusted_work", name="元旦", source="estimate")
    with reading() as db:
        assert workdays.is_workday(db, house.centre, date(2027, 1, 2)) == (True, False)


def test_a_working_day_in_exchange_is_a_weekend_day(house: House) -> None:
    with pytest.raises(Invalid) as told:
        house.create("calendar_day", falls_on=date(2026, 11, 24), kind="adjusted_work", name="测试")
    assert "kind" in told.value.errors
    with pytest.raises(Invalid) as told:
        for _twice in range(2):
            house.create("calendar_day", falls_on=date(2026, 11, 28), kind="adjusted_work", name="测试")
    assert "falls_on" in told.value.errors
