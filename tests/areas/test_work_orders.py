"""Repairs: deadlines, who may do what, and what they mean for the asset."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.fields import now
from services import charts, work_orders
from services.crud.access import Forbidden
from services.crud.errors import Invalid, Stale
from services.crud.registry import table
from services.platform.db import reading, writing
from services.platform.i18n import LOCAL
from tests.areas.premises import Premises, at, days, problems, race

WEDNESDAY = datetime(2026, 11, 18, 10, 0, tzinfo=LOCAL)
FRIDAY = datetime(2026, 9, 25, 10, 0, tzinfo=LOCAL)
"""The day of the Mid-Autumn Festival, before the National Day holidays."""


def order(premises: Premises, who: str = "system", **more: Any) -> int:
    """A leaking tap in the multi-purpose hall."""
    values = {"fault": "水龙头漏水", "place": premises.places["multi"], "trade": "water", **more}
    return premises.house.create("work_order", who, confirm=True, **values)


def begun(premises: Premises, **more: Any) -> int:
    """A repair that the clerk, to whom it is assigned, has begun."""
    house, made = premises.house, order(premises, **more)
    house.move("work_order", made, "assign", "facility", assignee=house.staff["clerk"])
    house.move("work_order", made, "start", "clerk")
    return made


def repaired(premises: Premises, **more: Any) -> int:
    made = begun(premises, **more)
    premises.house.move(
        "work_order", made, "finish", "clerk", cause="wear", solution="更换阀芯", parts_cost=Decimal("35.50"), labour_cost=Decimal(80)
    )
    return made


# Deadlines


@pytest.mark.parametrize(
    ("priority", "response", "fix"),
    [
        ("P1", datetime(2026, 11, 18, 10, 30, tzinfo=LOCAL), datetime(2026, 11, 18, 14, 0, tzinfo=LOCAL)),
        ("P2", datetime(2026, 11, 18, 14, 0, tzinfo=LOCAL), datetime(2026, 11, 19, 17, 30, tzinfo=LOCAL)),
        ("P3", datetime(2026, 11, 19, 17, 30, tzinfo=LOCAL), datetime(2026, 11, 23, 17, 30, tzinfo=LOCAL)),
        ("P4", datetime(2026, 11, 23, 17, 30, tzinfo=LOCAL), datetime(2026, 12, 2, 17, 30, tzinfo=LOCAL)),
    ],
)
def test_the_usual_deadlines(premises: Premises, priority: str, response: datetime, fix: datetime) -> None:
    with writing() as db:
        assert work_orders.deadlines(db, premises.house.centre, priority, WEDNESDAY.astimezone(UTC)) == (response, fix)


def test_working_days_leave_out_the_holidays(premises: Premises) -> None:
    with writing() as db:
        _begin, finish = work_orders.deadlines(db, premises.house.centre, "P3", FRIDAY.astimezone(UTC))
    assert finish.astimezone(LOCAL).date().isoformat() == "2026-09-30"


def test_the_centre_sets_its_own_deadlines(premises: Premises) -> None:
    house = premises.house
    line = house.create("repair_deadline", priority="P4", response=2, response_unit="hours", fix=45, fix_unit="minutes")
    with reading() as db:
        found = work_orders.deadlines(db, house.centre, "P4", WEDNESDAY)
    assert found == (WEDNESDAY + timedelta(hours=2), WEDNESDAY + timedelta(minutes=45))
    assert "priority" in problems(
        lambda: house.create("repair_deadline", priority="P4", response=1, response_unit="hours", fix=1, fix_unit="hours")
    )
    assert "fix" in problems(lambda: house.update("repair_deadline", line, fix=0))
    house.delete("repair_deadline", line)


def test_the_priority_moves_the_deadlines_and_the_next_one_shows(premises: Premises) -> None:
    house, made = premises.house, order(premises)
    found = house.raw("work_order", made)
    assert found["due"] == found["response_due"]
    house.update("work_order", made, "facility", priority="P1")
    found = house.raw("work_order", made)
    assert found["response_due"] == found["reported_at"] + timedelta(minutes=30)
    house.move("work_order", made, "assign", "facility", assignee=house.staff["clerk"])
    assert house.raw("work_order", made)["due"] == found["response_due"]
    house.move("work_order", made, "start", "clerk")
    assert house.raw("work_order", made)["due"] == found["fix_due"] == found["reported_at"] + timedelta(hours=4)
    house.move("work_order", made, "finish", "clerk", cause="wear", solution="拧紧")
    assert house.raw("work_order", made)["due"] is None


def test_late_is_worked_out_by_the_database(premises: Premises) -> None:
    house = premises.house
    late = order(premises, priority="P1", reported_at=now() - timedelta(minutes=31))
    soon = order(premises, priority="P1", fault="插座打火")
    assert house.record("work_order", late, "facility")["late"] is True
    assert house.record("work_order", soon, "facility")["late"] is False
    house.move("work_order", late, "cancel", "facility", note="误报")
    assert house.record("work_order", late, "facility")["late"] is False


# Reporting


def test_a_report_takes_the_place_of_the_asset_and_who_reports(premises: Premises) -> None:
    house, pc = premises.house, premises.asset(place="meeting")
    made = house.create("work_order", "clerk", fault="蓝屏", asset=pc, trade="computer")
    found = house.raw("work_order", made)
    assert (found["place"], found["reporter"], found["state"], found["priority"]) == (
        premises.places["meeting"], house.staff["clerk"], "pending", "P3",
    )  # fmt: skip
    assert found["no"].startswith("GD")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"place": None}, "place"),
        ({"fault": None}, "fault"),
        ({"reported_at": now() + timedelta(hours=3)}, "reported_at"),
        ({"parts_cost": Decimal(-1)}, "parts_cost"),
    ],
)
def test_impossible_reports(premises: Premises, wrong: dict[str, Any], field: str) -> None:
    found = problems(lambda: order(premises, **wrong))
    assert field in found, found


def test_somebody_else_does_not_change_a_report(premises: Premises) -> None:
    house = premises.house
    made = house.create("work_order", "clerk", fault="灯不亮", place=premises.places["hall"])
    house.update("work_order", made, "clerk", description="靠窗第二盏")
    with pytest.raises(Forbidden):
        house.update("work_order", made, "cashier", description="……")


# The course of a repair


def test_from_report_to_acceptance(premises: Premises) -> None:
    house, made = premises.house, repaired(premises)
    found = house.raw("work_order", made)
    assert (found["state"], found["fixed_by"], found["on_time"], found["cost"]) == (
        "to_accept",
        house.staff["clerk"],
        True,
        Decimal("115.50"),
    )
    house.move("work_order", made, "accept", "facility")
    found = house.raw("work_order", made)
    assert (found["state"], found["accepted_by"]) == ("done", house.staff["facility"])


def test_it_is_assigned_to_somebody(premises: Premises) -> None:
    house, made = premises.house, order(premises)
    assert "assignee" in problems(lambda: house.move("work_order", made, "assign", "facility"))
    house.move("work_order", made, "assign", "facility", vendor="诚信水电维修部")


def test_only_who_is_assigned_goes_on(premises: Premises) -> None:
    house, made = premises.house, order(premises)
    house.move("work_order", made, "assign", "facility", assignee=house.staff["clerk"])
    assert "assigned" in problems(lambda: house.move("work_order", made, "start", "cashier"))[""]
    house.move("work_order", made, "start", "clerk")
    assert "assigned" in problems(lambda: house.move("work_order", made, "wait", "cashier", note="缺件"))[""]
    house.move("work_order", made, "wait", "clerk", note="等阀芯")
    house.move("work_order", made, "start", "facility")


def test_who_repairs_does_not_accept(premises: Premises) -> None:
    house, made = premises.house, repaired(premises)
    assert "Assigned to" in problems(lambda: house.move("work_order", made, "accept", "clerk"))[""]
    other = order(premises, fault="门锁坏")
    house.move("work_order", other, "assign", "facility", vendor="锁匠")
    house.move("work_order", other, "finish", "facility", cause="wear", solution="换锁芯")
    assert "Repaired by" in problems(lambda: house.move("work_order", other, "accept", "facility"))[""]
    house.move("work_order", other, "accept", "head")


def test_a_repair_that_is_sent_back_is_open_again(premises: Premises) -> None:
    house, made = premises.house, repaired(premises)
    assert "note" in problems(lambda: house.move("work_order", made, "reject", "facility"))
    house.move("work_order", made, "reject", "facility", note="仍在滴水")
    found = house.raw("work_order", made)
    assert (found["state"], found["fixed_at"], found["fixed_by"], found["due"]) == ("in_progress", None, None, found["fix_due"])


def test_a_repair_says_why_and_how(premises: Premises) -> None:
    made = begun(premises)
    assert {"cause", "solution"} <= set(problems(lambda: premises.house.move("work_order", made, "finish", "clerk")))


def test_a_repair_after_its_deadline_is_not_on_time(premises: Premises) -> None:
    made = repaired(premises, priority="P1", reported_at=now() - timedelta(hours=5), out_of_use=True)
    found = premises.house.raw("work_order", made)
    assert found["on_time"] is False
    assert found["downtime"] == Decimal("5.0")
    assert premises.house.raw("work_order", repaired(premises, fault="窗户关不严"))["downtime"] == 0


def test_two_accept_at_once(premises: Premises) -> None:
    house, made = premises.house, repaired(premises)
    outcomes = race(lambda n: house.move("work_order", made, "accept", ("facility", "head", "deputy", "director")[n]), runners=4)
    assert outcomes.count(None) == 1, outcomes
    assert all(one is None or isinstance(one, Invalid | Stale) for one in outcomes), outcomes


# The asset


@pytest.mark.parametrize(("place", "state"), [("meeting", "in_use"), ("store", "in_stock")])
def test_the_asset_goes_to_repair_and_comes_back_to_where_it_was(premises: Premises, place: str, state: str) -> None:
    house, pc = premises.house, premises.asset(place=place)
    made = repaired(premises, asset=pc, place=None, out_of_use=True)
    assert house.raw("asset", pc)["state"] == "repair"
    house.move("work_order", made, "accept", "facility")
    assert house.raw("asset", pc)["state"] == state


def test_an_asset_that_can_be_used_meanwhile_stays(premises: Premises) -> None:
    house, pc = premises.house, premises.asset()
    made = order(premises, asset=pc)
    assert house.raw("asset", pc)["state"] == "in_use"
    house.update("work_order", made, "facility", out_of_use=True)
    assert house.raw("asset", pc)["state"] == "repair"
    house.move("work_order", made, "cancel", "facility", note="重启后正常")
    assert house.raw("asset", pc)["state"] == "in_use"


def test_the_last_repair_brings_the_asset_back(premises: Premises) -> None:
    house, pc = premises.house, premises.asset()
    first, second = order(premises, asset=pc, out_of_use=True), order(premises, asset=pc, fault="异响", out_of_use=True)
    house.move("work_order", first, "cancel", "facility", note="并入另一单")
    assert house.raw("asset", pc)["state"] == "repair"
    house.move("work_order", second, "cancel", "facility", note="已恢复")
    assert house.raw("asset", pc)["state"] == "in_use"


def test_a_booked_day_and_a_broken_projector(premises: Premises) -> None:
    """Repair and booking know of each other: what is in repair is not given out."""
    projector = premises.asset("投影仪", bookable=True)
    order(premises, asset=projector, out_of_use=True)
    assert "asset" in problems(lambda: premises.booking(place=None, asset=projector, start=at(days(1), 9)))


# Figures


def test_the_share_on_time_says_out_of_how_many(premises: Premises) -> None:
    house = premises.house
    fresh = [repaired(premises, fault=f"故障{n}") for n in range(3)]
    fresh.append(repaired(premises, fault="故障4", priority="P1", reported_at=now() - timedelta(hours=5)))
    for made in fresh:
        house.move("work_order", made, "accept", "facility")
    known = table("work_order")
    chart = next(one for one in known.charts if one.name == "on_time")
    with reading() as db:
        found = charts.data(db, house.actor("facility"), known, chart)
    done = [house.raw("work_order", one) for one in range(1, fresh[-1] + 1)]
    done = [one for one in done if one["state"] == "done"]
    on_time = sum(one["on_time"] for one in done)
    assert found.count == len(done)
    assert found.total == (Decimal(100 * on_time) / len(done)).quantize(Decimal("0.01"))
