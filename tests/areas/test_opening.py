"""Opening hours and closures: when something can be booked."""

import itertools
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.fields import now, today
from services import opening, workdays
from services.crud import write
from services.crud.access import Forbidden
from services.crud.errors import Invalid
from services.crud.registry import table
from services.platform.db import reading, writing
from services.platform.i18n import LOCAL
from tests.areas.conftest import House

MONDAY, SATURDAY = date(2026, 11, 23), date(2026, 11, 28)
NATIONAL_DAY, MADE_UP_SATURDAY, MADE_UP_SUNDAY = date(2026, 10, 1), date(2026, 10, 10), date(2026, 9, 20)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), LOCAL)


def hours(house: House, weekday: str | None, start: time, end: time, **more: Any) -> int:
    return house.create("opening_hours", weekday=weekday, opens_at=start, closes_at=end, **more)


def place(house: House, code: str = "A1-01") -> int:
    return house.create(
        "place", code=code, name=f"多功能厅{code}", building="主楼", floor=1, function="multi", area=200, capacity=50, confirm=True
    )


def spans(house: House, day: date, where: int | None = None) -> list[tuple[time, time]]:
    with reading() as db:
        return [(start.time(), end.time()) for start, end in opening.open_spans(db, house.centre, where, day)]


def why(house: House, start: datetime, end: datetime, where: int | None = None) -> str:
    with reading() as db:
        return str(opening.is_open(db, house.centre, where, start, end) or "")


@pytest.fixture
def open_house(house: House) -> House:
    """Open on weekdays with a break at noon, and with the calendar of the known years."""
    with writing() as db:
        workdays.fill_calendar(db, house.system)
    for weekday in "12345":
        hours(house, weekday, time(8, 30), time(12))
        hours(house, weekday, time(14), time(17, 30))
    return house


def test_without_hours_it_is_always_open(house: House) -> None:
    assert spans(house, MONDAY) == [(time(0), time(0))]
    assert why(house, at(MONDAY, 22), at(MONDAY + timedelta(days=1), 3)) == ""


def test_hours_of_a_weekday(open_house: House) -> None:
    assert spans(open_house, MONDAY) == [(time(8, 30), time(12)), (time(14), time(17, 30))]
    assert spans(open_house, SATURDAY) == []
    assert why(open_house, at(MONDAY, 9), at(MONDAY, 12)) == ""
    assert "08:30–12:00, 14:00–17:30" in why(open_house, at(MONDAY, 11), at(MONDAY, 15))
    assert "08:30–12:00" in why(open_house, at(MONDAY, 17), at(MONDAY, 18))
    assert "Closed on" in why(open_house, at(SATURDAY, 9), at(SATURDAY, 10))


def test_spans_that_touch_are_one(open_house: House) -> None:
    hours(open_house, "1", time(12), time(14), kind="staggered")
    assert spans(open_house, MONDAY) == [(time(8, 30), time(17, 30))]


def test_a_place_with_hours_of_its_own(open_house: House) -> None:
    where, other = place(open_house), place(open_house, "A1-02")
    hours(open_house, "6", time(9), time(21), place=where)
    assert spans(open_house, SATURDAY, where) == [(time(9), time(21))]
    assert spans(open_house, MONDAY, where) == []
    assert spans(open_house, MONDAY, other) == spans(open_house, MONDAY)


def test_hours_of_one_date_replace_the_usual_ones(open_house: House) -> None:
    single = hours(open_house, "2", time(10), time(11), only_on=MONDAY)
    assert spans(open_house, MONDAY) == [(time(10), time(11))]
    assert open_house.raw("opening_hours", single)["weekday"] is None


def test_public_holidays_have_hours_of_their_own(open_house: House) -> None:
    assert spans(open_house, NATIONAL_DAY) == []
    hours(open_house, None, time(9), time(16), kind="holiday")
    assert spans(open_house, NATIONAL_DAY) == [(time(9), time(16))]
    assert spans(open_house, MONDAY) == [(time(8, 30), time(12)), (time(14), time(17, 30))]


def test_a_weekend_worked_in_exchange_has_the_hours_of_a_weekday(open_house: House) -> None:
    usual = [(time(8, 30), time(12)), (time(14), time(17, 30))]
    assert spans(open_house, MADE_UP_SATURDAY) == usual
    assert spans(open_house, MADE_UP_SUNDAY) == usual
    hours(open_house, "6", time(9), time(17), kind="staggered")
    assert spans(open_house, MADE_UP_SATURDAY) == [(time(9), time(17))]


def test_summer_and_winter_hours(house: House) -> None:
    hours(house, "1", time(8), time(18), valid_from=date(2026, 5, 1), valid_to=date(2026, 9, 30))
    hours(house, "1", time(8, 30), time(17, 30), valid_from=date(2026, 10, 1), valid_to=date(2027, 4, 30))
    assert spans(house, date(2026, 7, 6)) == [(time(8), time(18))]
    assert spans(house, MONDAY) == [(time(8, 30), time(17, 30))]


def test_until_midnight_and_over_it(house: House) -> None:
    hours(house, "1", time(18), time(23, 59))
    hours(house, "2", time(0), time(2))
    tuesday = MONDAY + timedelta(days=1)
    assert why(house, at(MONDAY, 23), at(tuesday, 1)) == ""
    assert "Outside opening hours" in why(house, at(MONDAY, 23), at(tuesday, 3))


def test_a_day_on_which_the_centre_is_shut(open_house: House) -> None:
    open_house.create("calendar_day", falls_on=MONDAY, kind="temporary_closure", name="台风")
    assert spans(open_house, MONDAY) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"opens_at": time(9), "closes_at": time(8)}, "closes_at"),
        ({"opens_at": time(9), "closes_at": time(9)}, "closes_at"),
        ({"weekday": None, "opens_at": time(9), "closes_at": time(10)}, "weekday"),
        ({"opens_at": time(11), "closes_at": time(13)}, "opens_at"),
        ({"opens_at": time(18), "closes_at": time(19), "valid_from": date(2026, 5, 1), "valid_to": date(2026, 4, 1)}, "valid_to"),
    ],
)
def test_hours_that_make_no_sense(open_house: House, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as told:
        open_house.create("opening_hours", **{"weekday": "1", **values})
    assert set(told.value.errors) == {field}


def test_the_same_hours_in_another_season_are_no_overlap(house: House) -> None:
    hours(house, "1", time(8), time(18), valid_to=date(2026, 9, 30))
    hours(house, "1", time(9), time(17), valid_from=date(2026, 10, 1))
    hours(house, "1", time(9), time(17), kind="holiday")
    with pytest.raises(Invalid):
        hours(house, "1", time(9), time(17), valid_from=date(2026, 9, 30))


# Closures


def notice(house: House, start: datetime, end: datetime, **more: Any) -> int:
    return house.create("closure_notice", "facility", starts_at=start, ends_at=end, **{"reason": "电梯大修", **more})


def test_a_published_closure_shuts_the_place_and_no_other(open_house: House) -> None:
    where, other = place(open_house), place(open_house, "A1-02")
    day = today() + timedelta(days=14)
    closure = notice(open_house, at(day, 10), at(day, 15), place=where)
    hours(open_house, str(day.isoweekday()), time(9), time(16), only_on=day)
    assert spans(open_house, day, where) == [(time(9), time(16))], "a draft closes nothing"
    open_house.move("closure_notice", closure, "publish", "facility")
    assert spans(open_house, day, where) == [(time(9), time(10)), (time(15), time(16))]
    assert spans(open_house, day, other) == spans(open_house, day) == [(time(9), time(16))]
    told = why(open_house, at(day, 9), at(day, 11), where)
    assert "电梯大修" in told
    assert open_house.raw("closure_notice", closure)["no"] in told
    assert why(open_house, at(day, 9), at(day, 10), where) == ""
    open_house.move("closure_notice", closure, "withdraw", "facility", note="提前完工")
    assert spans(open_house, day, where) == [(time(9), time(16))]


def test_a_closure_of_the_centre_shuts_every_place(house: House) -> None:
    where = place(house)
    day = today() + timedelta(days=8)
    house.move("closure_notice", notice(house, at(day, 0), at(day + timedelta(days=1), 0)), "publish", "director")
    assert spans(house, day, where) == spans(house, day) == []


@pytest.mark.parametrize(
    ("days", "kind", "refused"), [(6, "planned", True), (7, "planned", False), (0, "urgent", False), (1, "planned", True)]
)
def test_planned_closures_are_published_seven_days_ahead(house: House, days: int, kind: str, refused: bool) -> None:
    day = today() + timedelta(days=days)
    closure = notice(house, at(day, 23, 50), at(day + timedelta(days=1), 12), kind=kind)
    if not refused:
        house.move("closure_notice", closure, "publish", "facility")
        kept = house.raw("closure_notice", closure)
        assert kept["state"] == "published"
        assert kept["published_at"] <= now()
        return
    with pytest.raises(Invalid) as told:
        house.move("closure_notice", closure, "publish", "facility")
    assert "公共文化体育设施条例 18" in str(told.value)
    assert house.raw("closure_notice", closure)["state"] == "draft"


def test_a_published_notice_is_not_moved_forward_quietly(house: House) -> None:
    day = today() + timedelta(days=20)
    closure = notice(house, at(day, 9), at(day, 12))
    house.move("closure_notice", closure, "publish", "facility")
    with pytest.raises(Invalid) as told:
        house.update("closure_notice", closure, "facility", starts_at=at(today() + timedelta(days=1), 9))
    assert "starts_at" in told.value.errors


def test_who_may_publish(house: House) -> None:
    day = today() + timedelta(days=20)
    closure = notice(house, at(day, 9), at(day, 12))
    with pytest.raises(Forbidden):
        house.move("closure_notice", closure, "publish", "clerk")


def test_a_closure_is_over_when_it_is_over(house: House) -> None:
    with writing() as db:
        past = write.create(db, house.system, table("closure_notice"), {
            "kind": "urgent", "reason": "停电抢修", "starts_at": now() - timedelta(hours=2), "ends_at": now() + timedelta(seconds=2),
        })  # fmt: skip
    house.move("closure_notice", past, "publish", "facility")
    with pytest.raises(Invalid, match="withdraw"):
        house.move("closure_notice", past, "finish", "facility")
    with reading() as db:
        assert opening.finish_closures(db, house.centre) == 0
    with writing() as db:
        c = table("closure_notice").sql
        db.execute(c.update().where(c.c.id == past).values(ends_at=now() - timedelta(minutes=1)))
        assert opening.finish_closures(db, house.centre) == 1
        assert opening.finish_closures(db, house.centre) == 0
    assert house.raw("closure_notice", past)["state"] == "over"


def test_an_old_closure_is_not_published(house: House) -> None:
    with pytest.raises(Invalid) as told:
        house.move(
            "closure_notice", notice(house, now() - timedelta(days=3), now() - timedelta(days=2), kind="urgent"), "publish", "facility"
        )
    assert "ends_at" in told.value.errors
    with pytest.raises(Invalid):
        notice(house, now() + timedelta(days=9), now() + timedelta(days=9))


@given(
    st.lists(st.tuples(st.integers(0, 1438), st.integers(1, 300)), max_size=6),
    st.lists(st.tuples(st.integers(0, 1438), st.integers(1, 300)), max_size=3),
    st.integers(0, 1439),
)
@settings(max_examples=300)
def test_spans_are_the_hours_without_the_closures(open_: list[tuple[int, int]], shut: list[tuple[int, int]], minute: int) -> None:
    """Minute by minute: open exactly where some hours are and no closure is; spans in order and apart."""
    day = datetime.combine(MONDAY, time(0), LOCAL)

    def span(pair: tuple[int, int]) -> tuple[datetime, datetime]:
        return day + timedelta(minutes=pair[0]), day + timedelta(minutes=pair[0] + pair[1])

    left = opening._merged(span(one) for one in open_)
    for closure in shut:
        left = [part for one in left for part in opening._without(one, *span(closure))]
    assert all(start < end for start, end in left)
    assert all(one[1] < two[0] or (one[1] == two[0] and shut) for one, two in itertools.pairwise(left))
    moment = day + timedelta(minutes=minute)
    expected = any(start <= moment < end for start, end in map(span, open_)) and not any(
        start <= moment < end for start, end in map(span, shut)
    )
    assert any(start <= moment < end for start, end in left) is expected
