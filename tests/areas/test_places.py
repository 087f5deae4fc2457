"""Places: who is hit when one is closed, and what the norms find missing."""

from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from services import centres
from services.crud.access import Forbidden
from services.platform.db import writing
from tests.areas.conftest import House
from tests.areas.premises import Premises, at, days, doubts, problems

_codes = count(1)


def norm(house: House, **values: Any) -> dict[str, Any]:
    """The line of the gap report for a norm."""
    made = house.create("facility_requirement", name=f"要求 {values}"[:120], source="城市社区嵌入式服务设施建设导则（试行）", **values)
    return house.record("facility_requirement", made, "system")


def room(house: House, code: str, function: str, area: Any, **more: Any) -> int:
    return house.create("place", code=code, name=code, function=function, area=Decimal(area), **more)


# Closing and opening


def test_closing_a_place_names_the_bookings_it_hits(premises: Premises) -> None:
    house, hall = premises.house, premises.places["multi"]
    for n in range(7):
        premises.booking(start=at(days(1 + n), 10), purpose=f"太极班第{n + 1}课")
    told = doubts(lambda: house.move("place", hall, "close", "facility", note="屋面漏水"))[""]
    assert told.startswith("7 bookings")
    assert "太极班第5课" in told
    assert "太极班第6课" not in told
    assert house.raw("place", hall)["state"] == "open"
    house.move("place", hall, "close", "facility", note="屋面漏水", confirm=True)
    found = house.raw("place", hall)
    assert (found["state"], found["state_note"]) == ("closed", "屋面漏水")


def test_only_bookings_before_it_opens_again_are_hit(premises: Premises) -> None:
    house, hall = premises.house, premises.places["multi"]
    premises.booking(start=at(days(2), 10), purpose="合唱排练")
    premises.booking(start=at(days(3), 8), purpose="法律讲座")
    cancelled = premises.booking(start=at(days(1), 8), purpose="棋牌")
    house.move("booking", cancelled, "cancel", "facility", note="改期")
    told = doubts(lambda: house.move("place", hall, "maintain", "facility", note="刷墙", reopens_on=days(3)))[""]
    assert "合唱排练" in told
    assert "法律讲座" not in told
    assert "棋牌" not in told


def test_closing_needs_a_reason_and_a_later_day(premises: Premises) -> None:
    house, hall = premises.house, premises.places["hall"]
    assert "note" in problems(lambda: house.move("place", hall, "close", "facility"))
    assert "reopens_on" in problems(lambda: house.move("place", hall, "close", "facility", note="消杀", reopens_on=days(0)))


def test_opening_again_clears_the_reason(premises: Premises) -> None:
    house, hall = premises.house, premises.places["hall"]
    house.move("place", hall, "restrict", "facility", note="窗口改造", reopens_on=days(9))
    house.move("place", hall, "maintain", "facility", note="停水")
    house.move("place", hall, "reopen", "facility")
    found = house.raw("place", hall)
    assert (found["state"], found["state_note"], found["reopens_on"]) == ("open", None, None)


def test_a_clerk_does_not_close_places(premises: Premises) -> None:
    with pytest.raises(Forbidden):
        premises.house.move("place", premises.places["hall"], "close", "clerk", note="下班")


@pytest.mark.parametrize("wrong", [{"area": 0}, {"area": -5}, {"capacity": -1}, {"code": "a 1"}, {"floor": 99}])
def test_impossible_rooms(premises: Premises, wrong: dict[str, Any]) -> None:
    values = {"code": "Z-99", "name": "空房", "function": "other", "area": 10, **wrong}
    assert next(iter(wrong)) in problems(lambda: premises.house.create("place", **values))


# Accessibility [L 无障碍环境建设法 40]


def test_a_public_hall_must_have_what_the_law_lists(premises: Premises) -> None:
    house = premises.house
    hall = house.record("place", premises.places["hall"], "facility")
    assert hall["lacking"] == ["display", "low_counter", "voice", "writing_pad"]
    assert hall["accessibility_share"] == 0
    house.update("place", premises.places["hall"], accessibility=["low_counter", "ramp", "voice"])
    hall = house.record("place", premises.places["hall"], "facility")
    assert hall["lacking"] == ["display", "writing_pad"]
    assert hall["accessibility_share"] == Decimal("50.00")
    house.update("place", premises.places["hall"], public=False)
    hall = house.record("place", premises.places["hall"], "facility")
    assert hall["lacking"] == []
    assert hall["accessibility_share"] is None


def test_other_rooms_are_not_held_to_the_law_of_the_hall(premises: Premises) -> None:
    assert premises.house.record("place", premises.places["multi"], "facility")["lacking"] == []


def test_a_place_says_that_its_inspection_is_overdue(premises: Premises) -> None:
    house = premises.house
    assert house.record("place", premises.places["multi"], "clerk")["shut"] is False
    lift = premises.asset("电梯", kind="lift", place="store")
    premises.plan(place=None, asset=lift, starts_on=days(-1), places=[premises.places["meeting"]], name="2号电梯")
    premises.plan(starts_on=days(-2))
    shut = {key: house.record("place", id, "clerk")["shut"] for key, id in premises.places.items()}
    assert shut == {"hall": False, "multi": True, "meeting": True, "store": True}


# Norms and gaps


@pytest.fixture
def centre(shared_house: House) -> House:
    """A centre of its own without any room: the gap report adds up all that it has."""
    with writing() as db:
        return House(centres.establish(db, {"name": "西湖街道社区服务中心", "code": f"XH-{next(_codes)}"}))


def test_floor_area_of_a_function(centre: House) -> None:
    room(centre, "D-01", "day_care", 150)
    room(centre, "D-02", "day_care", "49.50")
    closed = room(centre, "D-03", "day_care", 500)
    centre.move("place", closed, "close", "system", note="危房", confirm=True)
    found = norm(centre, measure="function_area", function="day_care", minimum=Decimal(250), aim=Decimal(300))
    assert (found["actual"], found["gap"], found["short"], found["met"]) == (Decimal("199.50"), Decimal("50.50"), Decimal("50.50"), False)
    room(centre, "D-04", "day_care", 60)
    found = centre.record("facility_requirement", found["id"], "system")
    assert (found["actual"], found["gap"], found["met"], found["aim_reached"]) == (Decimal("259.50"), Decimal(0), True, False)


def test_floor_area_per_100_households(centre: House) -> None:
    room(centre, "M-01", "multi", 1860)
    found = norm(centre, measure="household_area", minimum=Decimal(30), aim=Decimal(80))
    assert (found["actual"], found["gap"], found["short"], found["met"]) == (None, None, None, False)
    centre.update("centre", centre.centre, households=8500)
    found = centre.record("facility_requirement", found["id"], "system")
    assert found["actual"] == Decimal("21.88")
    assert found["gap"] == Decimal("8.12")
    assert found["short"] == Decimal("690.20")
    assert found["met"] is False


def test_building_area_and_the_share_open_to_residents(centre: House) -> None:
    room(centre, "M-01", "multi", 500, public=True)
    room(centre, "B-01", "office", 500)
    building = norm(centre, measure="building_area", minimum=Decimal(600), aim=Decimal(800))
    assert (building["actual"], building["met"], building["aim_reached"]) == (Decimal(1000), True, True)
    share = norm(centre, measure="public_share", minimum=Decimal(60))
    assert (share["actual"], share["gap"], share["short"], share["met"]) == (Decimal(50), Decimal(10), Decimal(100), False)


def test_items_that_must_be_there(centre: House) -> None:
    must = ["low_counter", "ramp", "voice"]
    found = norm(centre, measure="items", function="reception", must_have=must)
    assert (found["missing"], found["met"], found["gap"]) == (must, False, Decimal(3))
    first = room(centre, "S-01", "reception", 100, public=True, accessibility=["ramp", "voice", "toilet"])
    second = room(centre, "S-02", "reception", 100, public=True, accessibility=["low_counter", "voice"])
    found = centre.record("facility_requirement", found["id"], "system")
    assert (found["missing"], found["actual"], found["gap"]) == (["low_counter", "ramp"], Decimal(1), Decimal(2))
    centre.update("place", first, accessibility=must)
    centre.update("place", second, accessibility=must)
    found = centre.record("facility_requirement", found["id"], "system")
    assert (found["missing"], found["met"]) == ([], True)


def test_a_norm_says_what_it_asks_for(centre: House) -> None:
    assert "minimum" in problems(lambda: norm(centre, measure="building_area"))
    assert "function" in problems(lambda: norm(centre, measure="function_area", minimum=Decimal(1)))
    assert "must_have" in problems(lambda: norm(centre, measure="items"))
    assert "aim" in problems(lambda: norm(centre, measure="building_area", minimum=Decimal(800), aim=Decimal(600)))


def test_another_centre_counts_for_itself(centre: House, shared_house: House) -> None:
    room(centre, "M-01", "multi", 100)
    room(shared_house, "M-01", "multi", 900)
    assert norm(centre, measure="building_area", minimum=Decimal(600))["actual"] == Decimal(100)
