"""Departments, posts, people, assignments and delegations: every rule with a case that breaks it."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.fields import today
from services import areas, organisation
from services.crud import access, write
from services.crud.errors import Blocked, Invalid, Stale, Unconfirmed
from services.crud.registry import table
from services.platform.db import reading, writing
from tests.areas.conftest import House


def refused(error: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return set(error.value.errors)


def warned(error: pytest.ExceptionInfo[Unconfirmed]) -> set[str]:
    return set(error.value.warnings)


def days(n: int) -> date:
    return today() + timedelta(days=n)


def department(house: House, code: str, **more: Any) -> int:
    return house.create("department", **{"code": code, "name": f"科室{code}", "layer": "execution", "duties": "职责", **more})


def person(house: House, **more: Any) -> int:
    given = {
        "name": "王晓燕", "gender": "female", "department": house.departments["office"], "post": house.posts["office"],
        "employment": "community_worker", "hired_on": days(-400),
    }  # fmt: skip
    return house.create("staff", "hr", confirm=True, **{**given, **more})


def assignments(house: House, staff: int) -> list[tuple[int, date, date | None, bool]]:
    c = table("assignment").sql.c
    with reading() as db:
        found = db.execute(
            select(c.post, c.starts_on, c.ends_on, c.primary).where(c.staff == staff, c.deleted_at.is_(None)).order_by(c.starts_on, c.id)
        )
        return [(one.post, one.starts_on, one.ends_on, one.primary) for one in found]


# Departments


def test_three_levels_and_no_more(house: House) -> None:
    top = department(house, "A")
    middle = department(house, "B", parent=top)
    low = department(house, "C", parent=middle)
    with pytest.raises(Invalid) as told:
        department(house, "D", parent=low)
    assert refused(told) == {"parent"}
    other = department(house, "E")
    with pytest.raises(Invalid) as told:  # with what hangs below it, it would be four levels
        house.update("department", top, parent=other)
    assert refused(told) == {"parent"}
    house.update("department", low, parent=other)
    with pytest.raises(Invalid) as told:
        house.update("department", top, parent=middle)
    assert refused(told) == {"parent"}


def test_the_head_is_a_member(house: House) -> None:
    office, service = house.departments["office"], house.departments["service"]
    house.update("department", office, head=house.staff["head"])
    with pytest.raises(Invalid) as told:
        house.update("department", service, head=house.staff["head"])
    assert refused(told) == {"head"}
    with pytest.raises(Invalid) as told:
        department(house, "N", head=house.staff["head"])
    assert refused(told) == {"head"}


def test_a_head_goes_only_after_another_is_named(house: House) -> None:
    office = house.departments["office"]
    house.update("department", office, head=house.staff["head"])
    with pytest.raises(Invalid) as told:
        house.update("staff", house.staff["head"], department=house.departments["service"], post=house.posts["service"])
    assert refused(told) == {"department"}
    with pytest.raises(Invalid):
        house.move("staff", house.staff["head"], "leave", "hr", left_on=today())
    house.update("department", office, head=house.staff["deputy"])
    house.move("staff", house.staff["head"], "leave", "hr", left_on=today())
    assert house.raw("staff", house.staff["head"])["status"] == "left"


def test_a_department_with_somebody_or_something_in_it_stays(house: House) -> None:
    service = house.departments["service"]
    below = department(house, "FW-1", parent=service)
    with pytest.raises(Invalid) as told:
        house.update("department", service, active=False)
    assert refused(told) == {"active"}
    house.update("department", below, active=False)
    member = person(house, department=service, post=house.posts["service"])
    with pytest.raises(Invalid) as told:
        house.update("department", service, active=False)
    assert refused(told) == {"active"}
    house.move("staff", member, "leave", "hr", left_on=today())
    house.update("department", service, active=False)
    with pytest.raises(Invalid) as told:
        person(house, department=service, post=house.posts["service"])
    assert refused(told) >= {"department"}
    with pytest.raises(Blocked):
        house.delete("department", service)


def test_what_is_worked_out(house: House) -> None:
    office = house.record("department", house.departments["office"], "hr")
    assert (office["members"], office["vacancies"], office["overstaffed"]) == (9, 3, False)
    post = house.record("post", house.posts["service"], "hr")
    assert (post["holders"], post["vacancies"], post["vacant"]) == (0, 2, True)
    centre = house.record("centre", house.centre, "director")
    assert centre["staff"] == 9
    assert str(centre["staff_per_10_000"]) == "4.1"
    assert centre["area_per_100_households"] is None


def test_grids_add_up_to_their_community(house: House) -> None:
    community = house.create("community", code="SQ-01", name="湖滨社区")
    for number, (households, population, elderly) in enumerate(((50, 130, 30), (40, 100, 25))):
        house.create("grid", code=f"SQ-01-{number}", name=f"第{number}网格", community=community, households=households,
                     population=population, elderly=elderly)  # fmt: skip
    found = house.record("community", community, "clerk")
    assert (found["grids"], found["households"], found["population"], found["elderly"], found["size"]) == (2, 90, 230, 55, "small")
    with pytest.raises(Invalid) as told:
        house.create("grid", code="SQ-01-9", name="第九网格", community=community, households=1, population=1, elderly=2)
    assert refused(told) == {"elderly"}
    house.delete("community", community)
    with reading() as db:
        assert (
            db.scalars(
                select(table("grid").sql.c.id).where(table("grid").sql.c.community == community, table("grid").sql.c.deleted_at.is_(None))
            ).all()
            == []
        )


# Posts


def test_a_post_with_holders_stays_where_it_is(house: House) -> None:
    post = house.posts["office"]
    with pytest.raises(Invalid) as told:
        house.update("post", post, department=house.departments["service"])
    assert refused(told) == {"department"}
    with pytest.raises(Invalid) as told:
        house.update("post", post, active=False)
    assert refused(told) == {"active"}
    with pytest.raises(Unconfirmed) as asked:
        house.update("post", post, headcount=3)
    assert warned(asked) == {"headcount"}


@pytest.mark.parametrize(("low", "high"), [(10, 9), (0, 5), (3, 19)])
def test_grades_are_in_order(house: House, low: int, high: int) -> None:
    with pytest.raises(Invalid):
        house.create(
            "post", code="X", name="某岗", department=house.departments["office"], layer="operation", grade_min=low, grade_max=high
        )


# People


def test_what_the_id_number_says(house: House) -> None:
    staff = person(house, id_no="11010519491231002X")
    assert house.raw("staff", staff)["birth_on"] == date(1949, 12, 31)
    assert house.record("staff", staff, "hr")["age"] == today().year - 1949 - (today() < date(today().year, 12, 31))
    with pytest.raises(Unconfirmed) as asked:
        house.update("staff", staff, gender="male")
    assert warned(asked) == {"gender"}
    house.update("staff", staff, id_no=None)
    assert house.raw("staff", staff)["birth_on"] is None
    for wrong in ("110105194912310021", "11010519491331002X", "123"):
        with pytest.raises(Invalid) as told:
            house.update("staff", staff, id_no=wrong)
        assert refused(told) == {"id_no"}


def test_sensitive_data_is_masked_and_set_by_human_resources_only(house: House) -> None:
    staff = person(house, id_no="11010519491231002X", phone="13800001234")
    assert house.record("staff", staff, "hr")["id_no"] == "11010519491231002X"
    for role in ("director", "clerk", "facility"):
        assert "0002X" not in str(house.record("staff", staff, role)["id_no"])
    assert house.record("staff", staff, "director")["phone"] == "13800001234"
    assert house.record("staff", staff, "clerk")["phone"] == "138****1234"
    with pytest.raises(access.Forbidden):
        house.update("staff", staff, "clerk", name="李四")
    with pytest.raises(Invalid):
        house.update("staff", staff, "hr", birth_on=date(1990, 1, 1))


def test_one_person_one_id_number(house: House) -> None:
    person(house, id_no="11010519491231002X")
    with pytest.raises(Invalid) as told:
        person(house, id_no="11010519491231002x", name="另一人")
    assert refused(told) == {"id_no"}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"hired_on": date(2999, 1, 1)}, "hired_on"),
        ({"probation_ends_on": date(2001, 1, 1)}, "probation_ends_on"),
        ({"grade": 19}, "grade"),
        ({"name": "名" * 21}, "name"),
        ({"phone": "12345"}, "phone"),
        ({"department": 10**6}, "department"),
    ],
)
def test_files_that_make_no_sense(house: House, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as told:
        person(house, **values)
    assert field in refused(told)


def test_the_post_is_one_of_the_department(house: House) -> None:
    with pytest.raises(Invalid) as told:
        person(house, post=house.posts["service"])
    assert refused(told) == {"post"}
    staff = person(house)
    with pytest.raises(Invalid) as told:
        house.update("staff", staff, department=house.departments["service"])
    assert refused(told) == {"post"}


def test_the_status_changes_by_moves_only(house: House) -> None:
    staff = person(house)
    assert house.raw("staff", staff)["status"] == "trial"
    with pytest.raises(Invalid):
        house.update("staff", staff, "hr", status="active")
    with pytest.raises(access.Forbidden):
        house.move("staff", staff, "confirm", "director")
    house.move("staff", staff, "confirm", "hr")
    with pytest.raises(Invalid):
        house.move("staff", staff, "second", "hr")  # without a reason
    house.move("staff", staff, "second", "hr", note="借调到街道")
    house.move("staff", staff, "back", "hr")
    with pytest.raises(Invalid) as told:
        house.move("staff", staff, "leave", "hr")
    assert refused(told) == {"left_on"}
    for wrong in (days(1), days(-1000)):
        with pytest.raises(Invalid) as told:
            house.move("staff", staff, "leave", "hr", left_on=wrong)
        assert refused(told) == {"left_on"}


def test_whoever_leaves_hands_everything_over(house: House) -> None:
    clerk = house.staff["clerk"]
    from_, to = days(0), days(9)
    given = house.create("delegation", "director", principal=clerk, deputy=house.staff["facility"], duties=["requests"], starts_on=from_,
                         ends_on=to, reason="休假")  # fmt: skip
    house.move("staff", clerk, "leave", "hr", left_on=today())
    assert house.raw("delegation", given)["state"] == "revoked"
    assert house.raw("account", house.accounts["clerk"])["active"] is False
    assert [end for _post, _start, end, _main in assignments(house, clerk)] == [today()]
    house.move("staff", clerk, "rehire", "hr", note="返聘")
    again = house.raw("staff", clerk)
    assert (again["status"], again["left_on"], again["hired_on"]) == ("trial", None, date(2020, 3, 1))
    assert assignments(house, clerk)[-1][2] is None


def test_whoever_comes_back_later_begins_anew(house: House) -> None:
    clerk = house.staff["clerk"]
    house.move("staff", clerk, "leave", "hr", left_on=days(-30), left_because="个人原因")
    house.move("staff", clerk, "rehire", "hr", note="返聘")
    again = house.raw("staff", clerk)
    assert (again["hired_on"], again["left_on"], again["left_because"]) == (today(), None, None)
    assert [(start, end) for _post, start, end, _main in assignments(house, clerk)] == [(date(2020, 3, 1), days(-30)), (today(), None)]


# Assignments


def test_a_new_person_gets_their_first_assignment(house: House) -> None:
    staff = person(house)
    assert assignments(house, staff) == [(house.posts["office"], days(-400), None, True)]


def test_another_post_in_the_file_begins_an_assignment(house: House) -> None:
    staff = person(house)
    house.update("staff", staff, department=house.departments["service"], post=house.posts["service"])
    assert assignments(house, staff) == [
        (house.posts["office"], days(-400), days(-1), True),
        (house.posts["service"], today(), None, True),
    ]
    house.update("staff", staff, department=house.departments["office"], post=house.posts["office"])
    assert assignments(house, staff)[-1] == (house.posts["office"], today(), None, True), "changed twice on a day: one assignment"
    assert len(assignments(house, staff)) == 2


def test_an_assignment_in_force_changes_the_file(house: House) -> None:
    staff = person(house)
    with pytest.raises(Unconfirmed) as asked:
        house.create("assignment", "hr", staff=staff, post=house.posts["service"], starts_on=days(-10))
    assert warned(asked) == {"starts_on"}
    house.create("assignment", "hr", confirm=True, staff=staff, post=house.posts["service"], starts_on=days(-10))
    assert house.raw("staff", staff)["post"] == house.posts["service"]
    assert house.raw("staff", staff)["department"] == house.departments["service"]
    assert assignments(house, staff)[0][2] == days(-11)


def test_an_assignment_to_come_changes_the_file_on_its_day(house: House) -> None:
    staff = person(house)
    house.create("assignment", "hr", confirm=True, staff=staff, post=house.posts["service"], starts_on=days(5))
    assert house.raw("staff", staff)["post"] == house.posts["office"]
    with writing() as db:
        areas.daily(db, house.centre)
    assert house.raw("staff", staff)["post"] == house.posts["office"]
    with writing() as db:
        c = table("assignment").sql
        db.execute(c.update().where(c.c.staff == staff, c.c.starts_on < today()).values(ends_on=days(-1)))
        db.execute(c.update().where(c.c.staff == staff, c.c.starts_on == days(5)).values(starts_on=today()))
        assert organisation.apply_assignments(db, house.centre) == 1
        assert organisation.apply_assignments(db, house.centre) == 0
    assert house.raw("staff", staff)["department"] == house.departments["service"]


def test_one_main_post_at_a_time(house: House) -> None:
    staff = person(house)
    house.update("staff", staff, department=house.departments["service"], post=house.posts["service"])
    for start, end in ((days(-300), days(-200)), (days(-1), days(-1)), (days(-500), None)):
        with pytest.raises(Invalid) as told:
            house.create("assignment", "hr", confirm=True, staff=staff, post=house.posts["office"], starts_on=start, ends_on=end)
        assert "starts_on" in refused(told)


def test_a_second_post_beside_the_main_one(house: House) -> None:
    staff = person(house)
    house.create("assignment", "hr", staff=staff, post=house.posts["service"], starts_on=today(), primary=False, acting=True)
    assert house.raw("staff", staff)["post"] == house.posts["office"]
    with pytest.raises(Invalid) as told:
        house.create("assignment", "hr", staff=staff, post=house.posts["service"], starts_on=days(3), primary=False)
    assert refused(told) == {"post"}
    with pytest.raises(Invalid) as told:
        house.create("assignment", "hr", staff=staff, post=house.posts["service"], starts_on=today(), ends_on=days(-1), primary=False)
    assert refused(told) == {"ends_on"}


def test_more_holders_than_the_headcount_only_warn(house: House) -> None:
    for name in ("甲一", "乙二"):
        person(house, name=name, department=house.departments["service"], post=house.posts["service"])
    third = person(house, name="丙三")
    with pytest.raises(Unconfirmed) as asked:
        house.create("assignment", "hr", staff=third, post=house.posts["service"], starts_on=today(), primary=False)
    assert warned(asked) == {"post"}
    house.create("assignment", "hr", confirm=True, staff=third, post=house.posts["service"], starts_on=today(), primary=False)


def test_no_post_before_hiring_or_after_leaving(house: House) -> None:
    staff = person(house)
    with pytest.raises(Invalid) as told:
        house.create("assignment", "hr", staff=staff, post=house.posts["service"], starts_on=days(-401), ends_on=days(-400), primary=False)
    assert refused(told) == {"starts_on"}
    house.move("staff", staff, "leave", "hr", left_on=today())
    with pytest.raises(Invalid) as told:
        house.create("assignment", "hr", staff=staff, post=house.posts["service"], starts_on=today(), primary=False)
    assert refused(told) == {"staff"}


# Delegations


def delegate(house: House, principal: str, deputy: str, duties: list[str], who: str = "hr", **more: Any) -> int:
    given = {"starts_on": today(), "ends_on": days(7), "reason": "外出培训"}
    return house.create("delegation", who, principal=house.staff[principal], deputy=house.staff[deputy], duties=duties, **{**given, **more})


@pytest.mark.parametrize(
    ("principal", "deputy", "duties"),
    [
        ("director", "cashier", ["approve"]),
        ("director", "accountant", ["approve"]),
        ("cashier", "accountant", ["pay"]),
        ("cashier", "director", ["pay"]),
        ("cashier", "head", ["pay"]),
        ("accountant", "cashier", ["accounting"]),
        ("accountant", "deputy", ["accounting"]),
        ("clerk", "cashier", ["apply"]),
        ("clerk", "accountant", ["apply"]),
        ("clerk", "director", ["apply"]),
        ("director", "clerk", ["apply", "approve"]),
    ],
)
def test_nobody_gains_two_duties_that_stay_apart(house: House, principal: str, deputy: str, duties: list[str]) -> None:
    with pytest.raises(Invalid) as told:
        delegate(house, principal, deputy, duties)
    assert refused(told) == {"deputy"}


@pytest.mark.parametrize(
    ("principal", "deputy", "duties"),
    [
        ("director", "deputy", ["approve", "publicity"]),
        ("director", "clerk", ["approve"]),
        ("cashier", "clerk", ["pay"]),
        ("accountant", "supervisor", ["accounting"]),
        ("clerk", "facility", ["apply", "requests"]),
        ("facility", "cashier", ["acceptance"]),
    ],
)
def test_duties_that_may_be_handed_on(house: House, principal: str, deputy: str, duties: list[str]) -> None:
    given = delegate(house, principal, deputy, duties)
    house.move("delegation", given, "start", "hr")
    with reading() as db:
        found = organisation.acting_for(db, house.centre, house.staff[deputy], duties[0], today())
        assert found == [house.staff[principal]]
        assert organisation.acting_for(db, house.centre, house.staff[deputy], duties[0], days(8)) == []


def test_a_pair_is_not_gained_in_two_steps(house: House) -> None:
    delegate(house, "director", "clerk", ["approve"])
    with pytest.raises(Invalid) as told:
        delegate(house, "cashier", "clerk", ["pay"])
    assert refused(told) == {"deputy"}
    delegate(house, "cashier", "clerk", ["pay"], starts_on=days(8), ends_on=days(9))


def test_a_pair_is_not_gained_by_a_role_that_came_later(house: House) -> None:
    given = delegate(house, "director", "clerk", ["approve"])
    house.update("account", house.accounts["clerk"], roles=["clerk", "cashier"])
    with pytest.raises(Invalid) as told:
        house.move("delegation", given, "start", "hr")
    assert refused(told) == {"deputy"}


@pytest.mark.parametrize("duties", [["pay"], ["approve"], ["accounting"], ["publicity"]])
def test_only_ones_own_duties_and_never_onward(house: House, duties: list[str]) -> None:
    with pytest.raises(Invalid) as told:
        delegate(house, "supervisor", "facility", duties)
    assert refused(told) == {"duties"}
    house.move("delegation", delegate(house, "director", "supervisor", ["approve"]), "start", "hr")
    with pytest.raises(Invalid):
        delegate(house, "supervisor", "facility", ["approve"])


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"ends_on": days(-1)}, "ends_on"),
        ({"duties": []}, "duties"),
        ({"deputy": "director"}, "deputy"),
        ({"reason": None}, "reason"),
    ],
)
def test_delegations_that_make_no_sense(house: House, values: dict[str, Any], field: str) -> None:
    given = {"deputy": "clerk", "duties": ["approve"], **values}
    with pytest.raises(Invalid) as told:
        delegate(house, "director", **given)
    assert refused(told) == {field}


def test_one_duty_is_handed_on_once(house: House) -> None:
    delegate(house, "director", "clerk", ["approve"])
    with pytest.raises(Invalid) as told:
        delegate(house, "director", "supervisor", ["approve", "publicity"], starts_on=days(7), ends_on=days(8))
    assert refused(told) == {"duties"}
    delegate(house, "director", "supervisor", ["publicity"])
    delegate(house, "deputy", "supervisor", ["approve"])


def test_who_starts_ends_and_revokes(house: House) -> None:
    given = delegate(house, "cashier", "hr", ["pay"], who="cashier")
    with pytest.raises(Invalid):
        house.move("delegation", given, "start", "hr")  # the one who gains it
    house.move("delegation", given, "start", "director")
    with pytest.raises(Invalid) as told:
        house.update("delegation", given, "cashier", duties=["pay", "apply"])
    assert refused(told) == {"duties"}
    with pytest.raises(Invalid):
        house.move("delegation", given, "revoke", "accountant", note="不该由我撤")
    house.move("delegation", given, "revoke", "cashier", note="提前返岗")
    kept = house.raw("delegation", given)
    assert (kept["state"], kept["ends_on"]) == ("revoked", today())
    with pytest.raises(access.Forbidden):
        house.delete("delegation", given, "director")


def test_a_delegation_ends_with_its_last_day(house: House) -> None:
    given = delegate(house, "director", "clerk", ["approve"], starts_on=days(-3), ends_on=today())
    house.move("delegation", given, "start", "deputy")
    with writing() as db:
        assert organisation.end_delegations(db, house.centre) == 0
        c = table("delegation").sql
        db.execute(c.update().where(c.c.id == given).values(ends_on=days(-1)))
        areas.daily(db, house.centre)
    assert house.raw("delegation", given)["state"] == "ended"
    late = delegate(house, "director", "clerk", ["approve"], starts_on=days(-9), ends_on=days(-8))
    with pytest.raises(Invalid) as told:
        house.move("delegation", late, "start", "deputy")
    assert refused(told) == {"ends_on"}


# Sources of funds


def test_earmarked_money_is_restricted_and_says_for_what(house: House) -> None:
    for kind in ("lottery", "party_service"):
        with pytest.raises(Invalid) as told:
            house.create("fund_source", "accountant", code="X", name="某资金", kind=kind)
        assert refused(told) == {"restricted"}
    with pytest.raises(Invalid) as told:
        house.create("fund_source", "accountant", code="X", name="某资金", kind="lottery", restricted=True)
    assert refused(told) == {"purpose"}
    house.create("fund_source", "accountant", code="X", name="某资金", kind="lottery", restricted=True, purpose="老年福利")
    with pytest.raises(Invalid) as told:
        house.create("fund_source", "accountant", code="X", name="另一资金", kind="donation")
    assert refused(told) == {"code"}


def test_two_who_edit_the_same_post_do_not_overwrite_each_other(house: House) -> None:
    post = house.posts["service"]
    seen = house.version("post", post)
    house.update("post", post, duties="窗口受理")
    with writing() as db:
        write.update(db, house.actor("hr"), table("post"), post, {"grade_min": 9}, seen)
    assert house.raw("post", post)["duties"] == "窗口受理"
    with writing() as db, pytest.raises(Stale):
        write.update(db, house.actor("hr"), table("post"), post, {"duties": "别的"}, seen)
