"""Bookings: open, free, large enough and safe to use; no two at once, however many try."""

from datetime import time, timedelta
from functools import partial

import pytest

from models.fields import now
from services.crud.errors import Invalid, Unconfirmed
from tests.areas.premises import Premises, at, days, doubts, problems, race


def test_a_booking_counts_its_hours_and_its_hour(premises: Premises) -> None:
    day = days(2)
    found = premises.house.raw("booking", premises.booking(start=at(day, 14, 30), hours=1.5))
    assert (found["hours"], found["weekday"], found["hour"], found["missed"]) == (1.5, str(day.isoweekday()), 14, False)
    assert found["no"].startswith("YY")


def test_no_two_in_the_same_room_at_once(premises: Premises) -> None:
    premises.booking(start=at(days(1), 10), hours=2)
    for start, hours in ((at(days(1), 11), 2), (at(days(1), 9), 2), (at(days(1), 10, 30), 0.5), (at(days(1), 9), 5), (at(days(1), 10), 2)):
        assert "Taken from" in problems(partial(premises.booking, start=start, hours=hours))["place"]
    premises.booking(start=at(days(1), 12), hours=1)
    premises.booking(start=at(days(1), 8), hours=2)
    premises.booking(place="meeting", start=at(days(1), 10), party_size=5)


def test_equipment_is_taken_too(premises: Premises) -> None:
    projector = premises.asset("投影仪", bookable=True)
    premises.booking(place="multi", asset=projector)
    assert "Taken from" in problems(lambda: premises.booking(place="meeting", asset=projector))["asset"]
    assert "Taken from" in problems(lambda: premises.booking(place=None, asset=projector))["asset"]


def test_a_cancelled_booking_frees_the_room_and_cannot_come_back_over_another(premises: Premises) -> None:
    first = premises.booking()
    premises.house.move("booking", first, "cancel", "facility", note="讲师请假")
    second = premises.booking()
    assert premises.house.raw("booking", second)["state"] == "requested"


def test_moving_a_booking_looks_again(premises: Premises) -> None:
    first = premises.booking(start=at(days(1), 10))
    premises.booking(start=at(days(1), 14))
    found = problems(lambda: premises.house.update("booking", first, starts_at=at(days(1), 13), ends_at=at(days(1), 15)))
    assert "Taken from" in found["place"]
    premises.house.update("booking", first, purpose="合唱团排练")


def test_many_at_once_get_one_booking(premises: Premises) -> None:
    outcomes = race(lambda n: premises.booking(start=at(days(3), 9) + timedelta(minutes=7 * n), purpose=f"第{n}组"))
    assert sum(isinstance(one, int) for one in outcomes) == 1, outcomes
    assert all(isinstance(one, int | Invalid) for one in outcomes), outcomes


def test_many_moved_into_one_gap_at_once(premises: Premises) -> None:
    """Editing takes no number, so nothing but the room itself keeps the writers apart."""
    made = [premises.booking(start=at(days(4), 8) + timedelta(hours=2 * n), hours=1) for n in range(5)]
    gap = at(days(5), 9)
    outcomes = race(lambda n: premises.house.update("booking", made[n], starts_at=gap, ends_at=gap + timedelta(hours=1)), runners=5)
    assert outcomes.count(None) == 1, outcomes
    held = [one for one in made if premises.house.raw("booking", one)["starts_at"] == gap]
    assert len(held) == 1


def test_something_must_be_booked_and_time_must_run_forwards(premises: Premises) -> None:
    assert "place" in problems(lambda: premises.booking(place=None))
    assert "ends_at" in problems(lambda: premises.booking(hours=0))
    assert "ends_at" in problems(lambda: premises.booking(start=at(days(1), 22), hours=3))
    premises.booking(start=at(days(1), 22), hours=2)


def test_not_more_people_than_the_room_holds(premises: Premises) -> None:
    assert "30" in problems(lambda: premises.booking(place="meeting", party_size=31))["party_size"]
    premises.booking(place="meeting", party_size=30)
    assert "party_size" in problems(lambda: premises.booking(start=at(days(2), 9), party_size=0))


def test_only_inside_opening_hours(premises: Premises) -> None:
    for weekday in "1234567":
        premises.house.create("opening_hours", place=premises.places["multi"], weekday=weekday, opens_at=time(9), closes_at=time(17))
    assert "Outside opening hours" in problems(lambda: premises.booking(start=at(days(1), 8), hours=2))["starts_at"]
    assert "starts_at" in problems(lambda: premises.booking(start=at(days(1), 16), hours=2))


def test_not_while_a_closure_lasts(premises: Premises) -> None:
    house = premises.house
    notice = house.create(
        "closure_notice",
        place=premises.places["multi"],
        kind="urgent",
        starts_at=at(days(1), 9),
        ends_at=at(days(1), 12),
        reason="管道抢修",
    )
    house.move("closure_notice", notice, "publish", "facility", confirm=True)
    assert "管道抢修" in problems(premises.booking)["starts_at"]
    premises.booking(place="meeting")


def test_a_closure_names_the_bookings_it_hits(premises: Premises) -> None:
    house = premises.house
    premises.booking(start=at(days(1), 10), purpose="书法班")
    notice = house.create(
        "closure_notice", place=premises.places["multi"], kind="urgent", starts_at=at(days(1), 9), ends_at=at(days(1), 12), reason="停电"
    )
    assert "书法班" in doubts(lambda: house.move("closure_notice", notice, "publish", "facility"))[""]


def test_only_what_is_given_out(premises: Premises) -> None:
    assert "place" in problems(lambda: premises.booking(place="hall"))
    fixed = premises.asset("服务器")
    assert "asset" in problems(lambda: premises.booking(place=None, asset=fixed))


def test_not_a_closed_room_but_after_it_opens_again(premises: Premises) -> None:
    premises.house.move("place", premises.places["multi"], "maintain", "facility", note="地面翻新", reopens_on=days(10))
    assert "地面翻新" in problems(premises.booking)["place"]
    premises.booking(start=at(days(10), 9))
    premises.house.move("place", premises.places["multi"], "reopen", "facility")
    premises.booking()


def test_a_restricted_room_warns(premises: Premises) -> None:
    premises.house.move("place", premises.places["multi"], "restrict", "facility", note="空调检修，仅开放半场")
    assert "半场" in doubts(premises.booking)["place"]
    premises.house.create(
        "booking", confirm=True, place=premises.places["multi"], starts_at=at(days(1), 9), ends_at=at(days(1), 10), purpose="讲座",
        party_size=10, organiser=premises.house.staff["clerk"],
    )  # fmt: skip


def test_equipment_in_repair_is_not_given_out(premises: Premises) -> None:
    projector = premises.asset("投影仪", bookable=True)
    premises.house.move("asset", projector, "repair", "facility", note="灯泡")
    assert "In repair" in problems(lambda: premises.booking(place=None, asset=projector))["asset"]


# Statutory inspections [L 特种设备安全法 33, 40]


def test_an_overdue_inspection_of_the_room_blocks_it(premises: Premises) -> None:
    premises.plan(starts_on=days(-3))
    found = problems(premises.booking)["place"]
    assert days(-3).isoformat() in found
    assert "《特种设备安全法》第33、40条" in found
    premises.booking(place="meeting")


def test_an_overdue_inspection_of_what_stands_in_it_blocks_it(premises: Premises) -> None:
    lift = premises.asset("电梯", kind="lift", place="multi")
    premises.plan(place=None, asset=lift, starts_on=days(-1))
    assert "place" in problems(premises.booking)


def test_an_overdue_lift_blocks_the_rooms_that_depend_on_it(premises: Premises) -> None:
    lift = premises.asset("电梯", kind="lift", place="store")
    premises.plan(place=None, asset=lift, starts_on=days(-1), places=[premises.places["meeting"]])
    assert "place" in problems(lambda: premises.booking(place="meeting"))
    premises.booking(place="multi")


def test_a_failed_inspection_blocks_until_it_is_passed(premises: Premises) -> None:
    house, plan = premises.house, premises.plan()
    premises.booking(start=at(days(1), 8), hours=1)
    house.create("inspection_record", plan=plan, result="fail", findings="限速器失效", firm="市特检院")
    assert "failed" in problems(premises.booking)["place"]
    house.create(
        "inspection_record", confirm=True, plan=plan, result="pass", firm="市特检院", certificate_no="TS-2026-88", valid_until=days(365)
    )
    premises.booking()


def test_other_plans_do_not_block(premises: Premises) -> None:
    premises.plan(kind="monthly", statutory=False, basis=None, starts_on=days(-40), unit="month")
    premises.plan(name="2号电梯定期检验", starts_on=days(-40), active=False)
    premises.booking()


def test_an_inspection_due_before_the_booking_warns(premises: Premises) -> None:
    premises.plan(starts_on=days(3))
    assert "is due on" in doubts(lambda: premises.booking(start=at(days(4), 9)))["place"]
    premises.booking(start=at(days(2), 9))


def test_what_was_confirmed_is_not_begun_when_the_inspection_is_overdue(premises: Premises) -> None:
    house = premises.house
    booking = premises.booking(start=now() + timedelta(minutes=5), hours=0.1)
    house.move("booking", booking, "confirm", "facility")
    premises.plan(starts_on=days(-1))
    assert "place" in problems(lambda: house.move("booking", booking, "check_in", "clerk"))
    house.move("booking", booking, "cancel", "clerk", note="电梯停用")


# The course of a booking


def test_check_in_from_an_hour_before(premises: Premises) -> None:
    house = premises.house
    early = premises.booking(start=at(days(1), 10))
    house.move("booking", early, "confirm", "facility")
    assert "one hour before" in problems(lambda: house.move("booking", early, "check_in", "clerk"))[""]
    assert "cancel" in problems(lambda: house.move("booking", early, "miss", "clerk"))[""]


def test_from_request_to_attendance(premises: Premises) -> None:
    house = premises.house
    booking = premises.booking("clerk", start=now() + timedelta(minutes=2), hours=0.05)
    with pytest.raises(Exception, match="roles"):
        house.move("booking", booking, "confirm", "clerk")
    house.move("booking", booking, "confirm", "facility")
    house.move("booking", booking, "check_in", "clerk")
    assert "attended" in problems(lambda: house.move("booking", booking, "finish", "clerk"))
    house.move("booking", booking, "finish", "clerk", attended=18)
    assert house.raw("booking", booking)["state"] == "done"


def test_nobody_came(premises: Premises) -> None:
    house = premises.house
    start = now() - timedelta(minutes=30)
    with pytest.raises(Unconfirmed):
        premises.booking(start=now() - timedelta(hours=30), hours=1)
    booking = premises.booking(start=start, hours=0.75)
    house.move("booking", booking, "confirm", "facility")
    house.move("booking", booking, "miss", "clerk")
    assert house.raw("booking", booking)["missed"] is True
    premises.booking(start=start, hours=0.75)


def test_cancelling_needs_a_reason(premises: Premises) -> None:
    booking = premises.booking()
    assert "note" in problems(lambda: premises.house.move("booking", booking, "cancel", "facility"))


def test_times_are_not_changed_once_it_has_begun(premises: Premises) -> None:
    house = premises.house
    booking = premises.booking(start=now() + timedelta(minutes=2), hours=0.05)
    house.move("booking", booking, "confirm", "facility")
    house.move("booking", booking, "check_in", "clerk")
    assert "ends_at" in problems(lambda: house.update("booking", booking, "facility", ends_at=now() + timedelta(hours=4)))
