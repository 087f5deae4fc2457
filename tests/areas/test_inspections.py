"""Inspections: when they are due, what their results bring about, and what must not be used meanwhile."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from services import inspections
from services.crud.access import Forbidden
from services.crud.registry import table
from services.platform.db import reading
from tests.areas.premises import Premises, days, problems, race


def inspect(premises: Premises, plan: int, who: str = "system", **more: Any) -> int:
    """An inspection of today that was passed, unless something else is said."""
    values = {"plan": plan, "done_on": days(0), "result": "pass", "firm": "市特检院", "certificate_no": "TS-2026-88", **more}
    return premises.house.create("inspection_record", who, confirm=True, **values)


def patrol(premises: Premises, **more: Any) -> int:
    """A plan that no law demands."""
    values = {"kind": "monthly", "statutory": False, "basis": None, "name": "灭火器月检", "unit": "month", **more}
    return premises.plan(**values)


def repairs(record: int) -> list[dict[str, Any]]:
    c = table("work_order").sql.c
    with reading() as db:
        return [dict(one) for one in db.execute(select(table("work_order").sql).where(c.inspection == record)).mappings()]


# When it is due


@pytest.mark.parametrize(
    ("day", "amount", "unit", "then"),
    [
        (date(2026, 1, 31), 1, "month", date(2026, 2, 28)),
        (date(2028, 1, 31), 1, "month", date(2028, 2, 29)),
        (date(2028, 2, 29), 1, "year", date(2029, 2, 28)),
        (date(2026, 12, 31), 2, "month", date(2027, 2, 28)),
        (date(2026, 11, 30), 1, "month", date(2026, 12, 30)),
        (date(2026, 12, 25), 1, "week", date(2027, 1, 1)),
        (date(2026, 2, 28), 1, "day", date(2026, 3, 1)),
        (date(2026, 8, 31), 6, "month", date(2027, 2, 28)),
    ],
)
def test_the_interval_after_a_day(day: date, amount: int, unit: str, then: date) -> None:
    assert inspections.after(day, amount, unit) == then


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 60), st.sampled_from(["day", "week", "month", "year"]))
def test_the_interval_always_leads_forwards_and_never_into_a_later_month(day: date, amount: int, unit: str) -> None:
    then = inspections.after(day, amount, unit)
    assert then > day
    if unit in ("month", "year"):
        assert (then.year * 12 + then.month) - (day.year * 12 + day.month) == amount * (12 if unit == "year" else 1)
        assert then.day <= day.day


def test_a_new_plan_is_due_when_it_starts(premises: Premises) -> None:
    found = premises.house.raw("inspection_plan", patrol(premises, starts_on=days(9)))
    assert (found["next_due"], found["lead_days"]) == (days(9), 7)
    assert premises.house.raw("inspection_plan", premises.plan())["lead_days"] == 30


def test_the_next_date_follows_from_the_last_inspection(premises: Premises) -> None:
    house, plan = premises.house, patrol(premises, starts_on=days(-1))
    inspect(premises, plan, done_on=days(-1))
    found = house.raw("inspection_plan", plan)
    assert (found["last_done"], found["last_result"], found["next_due"]) == (days(-1), "pass", inspections.after(days(-1), 1, "month"))
    house.update("inspection_plan", plan, "facility", interval=3)
    assert house.raw("inspection_plan", plan)["next_due"] == inspections.after(days(-1), 3, "month")


def test_the_certificate_decides_when_it_has_an_end(premises: Premises) -> None:
    plan = premises.plan()
    inspect(premises, plan, valid_until=days(200))
    assert premises.house.raw("inspection_plan", plan)["next_due"] == days(200)


def test_an_older_inspection_entered_later_changes_nothing(premises: Premises) -> None:
    house, plan = premises.house, patrol(premises)
    inspect(premises, plan)
    inspect(premises, plan, done_on=days(-40), result="fail", findings="压力不足")
    found = house.raw("inspection_plan", plan)
    assert (found["last_done"], found["last_result"]) == (days(0), "pass")


@pytest.mark.parametrize(("starts", "status"), [(-1, "overdue"), (0, "due"), (7, "due"), (8, "in_time")])
def test_the_status_of_a_plan(premises: Premises, starts: int, status: str) -> None:
    plan = patrol(premises, starts_on=days(starts))
    found = premises.house.record("inspection_plan", plan, "facility")
    assert (found["status"], found["days_left"]) == (status, starts)


def test_the_status_of_a_failed_and_of_a_paused_plan(premises: Premises) -> None:
    house, plan = premises.house, patrol(premises, starts_on=days(30))
    inspect(premises, plan, result="fail", findings="过期")
    assert house.record("inspection_plan", plan, "facility")["status"] == "failed"
    house.update("inspection_plan", plan, "facility", active=False)
    assert house.record("inspection_plan", plan, "facility")["status"] == "paused"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"place": None}, "asset"),
        ({"interval": 0}, "interval"),
        ({"lead_days": 29}, "lead_days"),
        ({"lead_days": -1}, "lead_days"),
        ({"basis": None}, "basis"),
        ({"statutory": False}, "statutory"),
    ],
)
def test_impossible_plans(premises: Premises, wrong: dict[str, Any], field: str) -> None:
    found = problems(lambda: premises.plan(**wrong))
    assert field in found, found


# What is found


def test_an_inspection_says_whether_it_was_in_time(premises: Premises) -> None:
    plan = patrol(premises, starts_on=days(-3))
    late = premises.house.raw("inspection_record", inspect(premises, plan, done_on=days(-2)))
    assert (late["on_time"], late["due_on"]) == (False, days(-3))
    assert premises.house.raw("inspection_record", inspect(premises, plan))["on_time"] is True


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"done_on": days(1)}, "done_on"),
        ({"firm": None}, "inspector"),
        ({"certificate_no": None}, "certificate_no"),
        ({"result": "fail"}, "findings"),
        ({"result": "rectify"}, "findings"),
        ({"valid_until": days(0)}, "valid_until"),
        ({"cost": -1}, "cost"),
    ],
)
def test_impossible_inspections(premises: Premises, wrong: dict[str, Any], field: str) -> None:
    plan = premises.plan()
    found = problems(lambda: inspect(premises, plan, **wrong))
    assert field in found, found


def test_a_failed_statutory_inspection_opens_an_urgent_repair(premises: Premises) -> None:
    house = premises.house
    lift = premises.asset("电梯", kind="lift", place="multi")
    plan = premises.plan(place=None, asset=lift)
    record = inspect(premises, plan, result="fail", findings="限速器失效")
    (order,) = repairs(record)
    assert (order["priority"], order["asset"], order["place"], order["came_from"]) == ("P1", lift, premises.places["multi"], "inspection")
    assert "1号电梯定期检验" in order["fault"]
    assert order["description"] == "限速器失效"
    assert house.raw("asset", lift)["state"] == "repair"


def test_lesser_faults_open_lesser_repairs(premises: Premises) -> None:
    (failed,) = repairs(inspect(premises, patrol(premises, name="插座月检"), result="fail", findings="松动"))
    (rectify,) = repairs(inspect(premises, patrol(premises, name="门窗月检"), result="rectify", findings="合页生锈"))
    assert (failed["priority"], rectify["priority"]) == ("P2", "P3")
    assert repairs(inspect(premises, patrol(premises, name="灯具月检"))) == []


def test_a_fault_that_is_being_repaired_opens_no_second_repair(premises: Premises) -> None:
    house, plan = premises.house, patrol(premises)
    (order,) = repairs(inspect(premises, plan, result="fail", findings="压力不足", done_on=days(-1)))
    assert repairs(inspect(premises, plan, result="fail", findings="仍不足")) == []
    house.move("work_order", order["id"], "cancel", "facility", note="改为更换")
    assert len(repairs(inspect(premises, plan, result="fail", findings="还是不足"))) == 1


def test_inspections_are_never_changed(premises: Premises) -> None:
    record = inspect(premises, patrol(premises))
    with pytest.raises(Forbidden):
        premises.house.update("inspection_record", record, result="fail", findings="改判")
    with pytest.raises(Forbidden):
        premises.house.delete("inspection_record", record)


def test_a_clerk_records_no_inspections(premises: Premises) -> None:
    plan = patrol(premises)
    with pytest.raises(Forbidden):
        inspect(premises, plan, "clerk")


def test_inspections_entered_at_once_leave_the_latest_one(premises: Premises) -> None:
    plan = patrol(premises)
    outcomes = race(lambda n: inspect(premises, plan, done_on=days(-n)))
    assert all(isinstance(one, int) for one in outcomes), outcomes
    assert premises.house.raw("inspection_plan", plan)["last_done"] == days(0)


# What must not be used


def test_why_a_place_must_not_be_used(premises: Premises) -> None:
    house = premises.house
    lift = premises.asset("电梯", kind="lift", place="store")
    plan = premises.plan(place=None, asset=lift, starts_on=days(-5), places=[premises.places["meeting"]])
    with reading() as db:
        assert inspections.shut(db, house.centre, place=premises.places["multi"]) == []
        for where in ({"place": premises.places["store"]}, {"place": premises.places["meeting"]}, {"asset": lift}):
            (why,) = inspections.shut(db, house.centre, **where)
            assert "1号电梯定期检验" in str(why)
            assert days(-5).isoformat() in str(why)
            assert "《特种设备安全法》第33、40条" in str(why)
    house.move("asset", lift, "write_off", removed_on=days(0))
    with reading() as db:
        assert inspections.shut(db, house.centre, place=premises.places["store"]) == []
    assert plan


def test_due_today_is_not_overdue(premises: Premises) -> None:
    premises.plan(starts_on=days(0))
    with reading() as db:
        assert inspections.shut(db, premises.house.centre, place=premises.places["multi"]) == []
        assert len(inspections.due_before(db, premises.house.centre, days(1), place=premises.places["multi"])) == 1
        assert inspections.due_before(db, premises.house.centre, days(0), place=premises.places["multi"]) == []
