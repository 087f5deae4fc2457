"""Numbers: gapless, never twice, also when many ask at once."""

import threading
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.platform.db import writing
from services.platform.numbering import BadPattern, check_pattern, next_number, next_numbers
from tests.conftest import Database

DAY = date(2026, 8, 7)
YEARLY = "ZC{year}{seq:04}"


def test_counts_by_period_centre_and_pattern(database: Database) -> None:
    with writing() as db:
        assert next_number(db, 1, YEARLY, DAY) == "ZC20260001"
        assert next_number(db, 1, YEARLY, DAY) == "ZC20260002"
        assert next_number(db, 1, YEARLY, date(2027, 1, 1)) == "ZC20270001"
        assert next_number(db, 2, YEARLY, DAY) == "ZC20260001"
        assert next_number(db, 1, "FW{date}-{seq:04}", DAY) == "FW20260807-0001"
        assert next_number(db, 1, "FW{date}-{seq:04}", date(2026, 8, 8)) == "FW20260808-0001"
        assert next_number(db, 1, "{month}/{seq}", DAY) == "202608/1"
        assert next_number(db, 1, "N{seq}", DAY) == "N1"
        assert next_numbers(db, 1, YEARLY, DAY, 3) == ["ZC20260003", "ZC20260004", "ZC20260005"]
        assert next_numbers(db, 1, YEARLY, DAY, 0) == []


def test_a_number_of_something_undone_is_given_again(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), writing() as db:
        next_number(db, 1, YEARLY, DAY)
        _ = 1 / 0
    with writing() as db:
        assert next_number(db, 1, YEARLY, DAY) == "ZC20260001"


def test_more_than_the_digits_hold_goes_on(database: Database) -> None:
    with writing() as db:
        next_numbers(db, 1, YEARLY, DAY, 9999)
        assert next_number(db, 1, YEARLY, DAY) == "ZC202610000"


def test_many_at_once_get_each_number_once(database: Database) -> None:
    given_out: list[str] = []

    def ask() -> None:
        for place in range(15):
            try:
                with writing() as db:
                    mine = next_numbers(db, 1, YEARLY, DAY, 1 + place % 3)
                    if place % 5 == 4:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                continue
            given_out.extend(mine)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(given_out) == [f"ZC2026{n:04}" for n in range(1, len(given_out) + 1)]


@pytest.mark.parametrize("pattern", [YEARLY, "FW{date}-{seq:04}", "{month}{seq}", "A{seq:06}"])
def test_sound_patterns_pass(pattern: str) -> None:
    check_pattern(pattern)


@pytest.mark.parametrize("pattern", ["ZC", "ZC{year}", "{seq}{seq}", "{name}{seq}", "{seq", "{seq:z}", "{}{seq}", "{0}{seq}"])
def test_patterns_that_can_not_work_are_refused(pattern: str) -> None:
    with pytest.raises(BadPattern):
        check_pattern(pattern)


@given(st.text(max_size=20))
def test_any_text_passes_or_is_refused(pattern: str) -> None:
    try:
        check_pattern(pattern)
    except BadPattern:
        return
    assert pattern.format(seq=1, year="", month="", date="") != pattern.format(seq=2, year="", month="", date="")
