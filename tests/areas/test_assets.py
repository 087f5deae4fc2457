"""Asset cards, their moves, depreciation, stocktakes and disposal."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from services import depreciation
from services.crud.access import Forbidden
from services.crud.errors import Invalid, Stale
from services.crud.registry import table
from services.platform.db import reading, writing
from tests.areas.conftest import House
from tests.areas.premises import Premises, days, doubts, problems, race

TODAY = days(0)
LAST = TODAY.year * 12 + TODAY.month - 1
"""Number of the last month that is over."""


def month(number: int) -> tuple[int, int]:
    """Year and month of a month's number."""
    return (number - 1) // 12, (number - 1) % 12 + 1


# Cards


def test_a_card_takes_number_life_department_and_state(premises: Premises) -> None:
    house = premises.house
    used = house.raw("asset", premises.asset(acquired_on=TODAY))
    assert used["no"].startswith(f"ZC{TODAY.year}")
    assert (used["life_months"], used["department"], used["state"]) == (72, house.departments["office"], "in_use")
    assert house.raw("asset", premises.asset(place="store"))["state"] == "in_stock"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"original_value": Decimal(0)}, "original_value"),
        ({"original_value": Decimal(-1)}, "original_value"),
        ({"quantity": 0}, "quantity"),
        ({"acquired_on": days(1)}, "acquired_on"),
        ({"in_service_on": date(2023, 12, 31)}, "in_service_on"),
        ({"life_months": 71}, "life_months"),
    ],
)
def test_impossible_cards(premises: Premises, wrong: dict[str, Any], field: str) -> None:
    assert field in problems(lambda: premises.asset(**wrong))


def test_the_life_is_not_below_that_of_the_class(premises: Premises) -> None:
    house = premises.house
    pc = premises.asset(life_months=96)
    assert "72" in problems(lambda: house.update("asset", pc, "facility", life_months=60))["life_months"]
    house.update("asset", pc, "facility", life_months=72)
    assert "180" in problems(lambda: house.update("asset", pc, "facility", asset_class=premises.classes["chair"]))["life_months"]


def test_no_two_have_the_same_serial_number(premises: Premises) -> None:
    premises.asset(serial="SN-7788")
    assert "serial" in problems(lambda: premises.asset(serial="SN-7788"))
    premises.asset()
    premises.asset()


def test_the_lottery_fund_wants_its_plate(premises: Premises) -> None:
    house, lottery = premises.house, premises.sources["lottery"]
    assert "plate" in problems(lambda: premises.asset(source=lottery))
    card = premises.asset(source=lottery, plate=True)
    assert "plate" in problems(lambda: house.update("asset", card, "facility", plate=False))


def test_a_small_thing_is_no_asset_unless_in_a_batch(premises: Premises) -> None:
    assert "original_value" in doubts(lambda: premises.asset(original_value=Decimal("999.99"), confirm=False))
    premises.asset(original_value=Decimal(1000), confirm=False)
    premises.asset("折叠椅", kind="chair", original_value=Decimal(6000), quantity=60, confirm=False)


def test_nobody_who_has_left_keeps_anything(premises: Premises) -> None:
    house = premises.house
    gone = house.create("staff", name="李离", gender="male", department=house.departments["office"], post=house.posts["office"],
                        employment="dispatched", hired_on=date(2020, 1, 1), phone="13900000001", status="left", left_on=date(2025, 1, 1),
                        confirm=True)  # fmt: skip
    with writing() as db:
        db.execute(table("staff").sql.update().where(table("staff").sql.c.id == gone).values(status="left"))
    assert "keeper" in problems(lambda: premises.asset(keeper=gone))


def test_place_and_keeper_change_by_moves_only(premises: Premises) -> None:
    house, pc = premises.house, premises.asset()
    assert set(problems(lambda: house.update("asset", pc, "facility", place=premises.places["hall"], keeper=house.staff["clerk"]))) == {
        "place",
        "keeper",
    }


def test_what_the_card_works_out(premises: Premises) -> None:
    house = premises.house
    batch = premises.asset("折叠椅", kind="chair", original_value=Decimal(100), quantity=3, acquired_on=TODAY)
    found = house.record("asset", batch, "facility")
    assert (found["unit_price"], found["accumulated"], found["net"], found["age"]) == (Decimal("33.33"), Decimal(0), Decimal(100), 0)
    relic = house.record("asset", premises.asset("字画", kind="relic", acquired_on=date(2001, 1, 1)), "facility")
    assert (relic["life_months"], relic["accumulated"], relic["net"]) == (None, Decimal(0), Decimal(6000))


def test_costly_repairs_advise_to_replace(premises: Premises) -> None:
    house, pc = premises.house, premises.asset(original_value=Decimal(6000))
    for cost in (Decimal(2000), Decimal(1000)):
        house.create("work_order", confirm=True, fault=f"主板故障{cost}", asset=pc, parts_cost=cost)
    found = house.record("asset", pc, "facility")
    assert (found["repair_cost"], found["repair_share"], found["replace"]) == (Decimal(3000), Decimal(50), False)
    house.create("work_order", fault="电源", asset=pc, parts_cost=Decimal("0.01"))
    assert house.record("asset", pc, "facility")["replace"] is True


# Moves


def test_hand_out_hand_in_lend(premises: Premises) -> None:
    house = premises.house
    pc = premises.asset(place="store")
    clerk, hall, store = house.staff["clerk"], premises.places["hall"], premises.places["store"]
    move = house.create("asset_move", "facility", kind="issue", asset=pc, to_place=hall, to_keeper=clerk)
    card = house.raw("asset", pc)
    assert (card["state"], card["place"], card["keeper"], card["in_service_on"]) == ("in_use", hall, clerk, TODAY)
    made = house.raw("asset_move", move)
    assert (made["from_place"], made["from_keeper"], made["to_department"]) == (store, house.staff["facility"], house.departments["office"])
    house.create("asset_move", "facility", kind="relocate", asset=pc, to_place=premises.places["multi"], to_keeper=clerk)
    assert house.raw("asset", pc)["place"] == premises.places["multi"]
    house.create("asset_move", "facility", kind="lend", asset=pc, borrower="湖滨社区居委会", due_back=days(30))
    card = house.raw("asset", pc)
    assert (card["state"], card["borrower"], card["due_back"]) == ("lent", "湖滨社区居委会", days(30))
    house.create("asset_move", "facility", kind="hand_in", asset=pc, to_place=store, to_keeper=house.staff["facility"])
    card = house.raw("asset", pc)
    assert (card["state"], card["place"], card["borrower"], card["due_back"]) == ("in_stock", store, None, None)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "issue"}, "to_place"),
        ({"kind": "lend"}, "borrower"),
        ({"kind": "lend", "borrower": "某单位", "due_back": days(-1)}, "due_back"),
        ({"kind": "lend", "borrower": "某单位", "due_back": days(5), "moved_on": days(1)}, "moved_on"),
        ({"kind": "lend", "borrower": "某单位", "due_back": days(5), "moved_on": date(2020, 1, 1)}, "moved_on"),
    ],
)
def test_impossible_moves(premises: Premises, values: dict[str, Any], field: str) -> None:
    pc = premises.asset(place="store")
    assert field in problems(lambda: premises.house.create("asset_move", "facility", asset=pc, **values))


def test_a_move_starts_from_where_the_asset_is(premises: Premises) -> None:
    house = premises.house
    pc = premises.asset()
    there = {"to_place": premises.places["hall"], "to_keeper": house.staff["clerk"]}
    assert "In use" in problems(lambda: house.create("asset_move", "facility", kind="issue", asset=pc, **there))["asset"]  # type: ignore[arg-type]
    same = {"to_place": premises.places["meeting"], "to_keeper": house.staff["facility"]}
    assert "to_place" in problems(lambda: house.create("asset_move", "facility", kind="relocate", asset=pc, **same))  # type: ignore[arg-type]
    house.move("asset", pc, "repair", "facility", note="送修")
    assert "asset" in problems(lambda: house.create("asset_move", "facility", kind="relocate", asset=pc, **there))  # type: ignore[arg-type]


def test_moves_are_never_changed(premises: Premises) -> None:
    house = premises.house
    move = house.create(
        "asset_move", kind="relocate", asset=premises.asset(), to_place=premises.places["hall"], to_keeper=house.staff["clerk"]
    )
    with pytest.raises(Forbidden):
        house.update("asset_move", move, reason="写错了")
    with pytest.raises(Forbidden):
        house.delete("asset_move", move)


def test_two_hand_out_the_same_thing_at_once(premises: Premises) -> None:
    house = premises.house
    pc = premises.asset(place="store")

    def issue(n: int) -> int:
        keeper = house.staff[("clerk", "hr", "cashier", "accountant")[n]]
        return house.create("asset_move", "facility", kind="issue", asset=pc, to_place=premises.places["hall"], to_keeper=keeper)

    outcomes = race(issue, runners=4)
    assert sum(isinstance(one, int) for one in outcomes) == 1, outcomes
    assert all(isinstance(one, int | Invalid | Stale) for one in outcomes), outcomes
    with reading() as db:
        c = table("asset_move").sql.c
        assert db.scalar(select(func.count()).where(c.asset == pc)) == 1


# Depreciation [K 政府会计准则第3号]


def reference(value: Decimal, life: int | None, months: int) -> Decimal:
    """Accumulated depreciation, worked out plainly: equal months, the last one takes what is left."""
    if life is None or months <= 0:
        return Decimal(0)
    if months >= life:
        return value
    return min(value, (value / life).quantize(Decimal("0.01"), ROUND_HALF_UP) * months)


def accumulated(house: House, card: int) -> Decimal:
    return Decimal(house.record("asset", card, "facility")["accumulated"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fen=st.one_of(st.integers(1, 2000), st.integers(1, 10**12)), life=st.one_of(st.none(), st.integers(1, 1200)),
    bought=st.integers(-1300, 0), left=st.one_of(st.none(), st.integers(0, 1300)),
)  # fmt: skip
def test_the_database_works_out_what_python_does(stocked: Premises, fen: int, life: int | None, bought: int, left: int | None) -> None:
    """For any price, life and dates: both databases agree with the plain reckoning, and the net value is never below zero."""
    acquired = date(*month(LAST + bought), 15)
    gone = None if left is None else min(LAST, LAST + bought + left)
    value = Decimal(fen) / 100
    with writing() as db:
        c = table("asset").sql.c
        known = table("asset").sql
        card = db.scalar(select(c.id).where(c.name == "试算").limit(1)) or _trial(stocked)
        db.execute(
            known.update().where(c.id == card).values(
                original_value=value, life_months=life, acquired_on=acquired, removed_on=None if gone is None else date(*month(gone), 28)
            )
        )  # fmt: skip
    found = stocked.house.record("asset", card, "facility")
    until = LAST if gone is None else min(LAST, gone - 1)
    expected = reference(value, life, until - (LAST + bought) + 1)
    assert found["accumulated"] == expected
    assert found["net"] == value - expected >= 0


def _trial(stocked: Premises) -> int:
    house = stocked.house
    place = house.create("place", code="TRIAL", name="试算", function="other", area=Decimal(1))
    return house.create("asset", confirm=True, name="试算", asset_class=stocked.classes["pc"], place=place, keeper=house.staff["facility"],
                        original_value=Decimal(1), source=stocked.sources["fiscal"], acquired_on=date(2020, 1, 1))  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fen=st.integers(1, 10**9), life=st.integers(1, 14))
def test_the_entries_add_up_to_the_price_to_the_fen(stocked: Premises, fen: int, life: int) -> None:
    """Month by month, over the whole life and beyond: never negative, always what the card says, in the end the whole price."""
    house, value = stocked.house, Decimal(fen) / 100
    first = LAST - life - 2
    with writing() as db:
        c = table("asset").sql.c
        card = db.scalar(select(c.id).where(c.name == "试算").limit(1)) or _trial(stocked)
        db.execute(table("asset").sql.update().values(acquired_on=TODAY, removed_on=None, life_months=None))
        db.execute(table("asset").sql.update().where(c.id == card).values(
            original_value=value, life_months=life, acquired_on=date(*month(first), 1), removed_on=None))  # fmt: skip
        db.execute(table("depreciation").sql.delete())
    amounts = []
    for number in range(first, LAST + 1):
        with writing() as db:
            booked = depreciation.depreciate(db, house.system, *month(number))
            assert booked.correction == 0
            amounts.append(booked.amount)
            assert depreciation.depreciate(db, house.system, *month(number)) == depreciation.Booked(0, Decimal(0), Decimal(0))
        assert sum(amounts) == reference(value, life, number - first + 1)
    assert min(amounts) >= 0
    assert sum(amounts) == value == accumulated(house, card)
    assert amounts[life:] == [Decimal(0)] * 3


def test_only_months_that_are_over_and_only_by_the_product(premises: Premises) -> None:
    house = premises.house
    with writing() as db, pytest.raises(depreciation.NotOver):
        depreciation.depreciate(db, house.system, TODAY.year, TODAY.month)
    with writing() as db, pytest.raises(Forbidden):
        depreciation.depreciate(db, house.actor("accountant"), *month(LAST))


def test_a_card_put_right_is_made_up_for(premises: Premises) -> None:
    house = premises.house
    pc = premises.asset(original_value=Decimal(7200), acquired_on=date(*month(LAST - 3), 9))
    with writing() as db:
        depreciation.depreciate(db, house.system, *month(LAST - 1))
    assert _entries(pc) == [("correction", Decimal(200)), ("month", Decimal(100))]
    assert "300" in doubts(lambda: house.update("asset", pc, "facility", original_value=Decimal(3600)))["original_value"]
    house.update("asset", pc, "facility", original_value=Decimal(3600), confirm=True)
    with writing() as db:
        depreciation.book_last_month(db, house.system)
    assert _entries(pc)[2:] == [("correction", Decimal(-150)), ("month", Decimal(50))]
    assert sum(amount for _kind, amount in _entries(pc)) == accumulated(house, pc) == Decimal(200)


def test_two_runs_at_once_enter_a_month_once(premises: Premises) -> None:
    house = premises.house
    pc = premises.asset(original_value=Decimal(7200), acquired_on=date(*month(LAST), 1))

    def run(_n: int) -> depreciation.Booked:
        with writing() as db:
            return depreciation.book_last_month(db, house.system)

    outcomes = race(run, runners=4)
    assert all(isinstance(one, depreciation.Booked) for one in outcomes), outcomes
    assert _entries(pc) == [("month", Decimal(100))]


def _entries(card: int) -> list[tuple[str, Decimal]]:
    c = table("depreciation").sql.c
    with reading() as db:
        return [(one.kind, one.amount) for one in db.execute(select(c.kind, c.amount).where(c.asset == card).order_by(c.id))]


# Stocktakes [L 行政事业性国有资产管理条例 34, 39]


def _count(premises: Premises, *places: str, who: str = "facility") -> int:
    """A stocktake of these places that has begun."""
    house = premises.house
    made = house.create(
        "stocktake", confirm=True, name="年度盘点", places=[premises.places[one] for one in places], counter=house.staff["facility"],
        second_counter=house.staff["accountant"],
    )  # fmt: skip
    house.move("stocktake", made, "start", who)
    return made


def _lines(stocktake: int) -> dict[int | None, int]:
    """The lines of a stocktake by their asset."""
    c = table("stocktake_line").sql.c
    with reading() as db:
        return {one.asset: one.id for one in db.execute(select(c.asset, c.id).where(c.stocktake == stocktake, c.deleted_at.is_(None)))}


def test_starting_writes_the_list_of_the_chosen_places(premises: Premises) -> None:
    house = premises.house
    here, there = premises.asset(place="meeting"), premises.asset(place="hall")
    gone = premises.asset(place="meeting")
    house.move("asset", gone, "write_off", removed_on=TODAY)
    lines = _lines(_count(premises, "meeting"))
    assert set(lines) == {here}
    line = house.raw("stocktake_line", lines[here])
    assert (line["expected"], line["place"], line["result"]) == (1, premises.places["meeting"], "open")
    assert there not in lines


def test_a_stocktake_of_empty_rooms_does_not_start(premises: Premises) -> None:
    assert "" in problems(lambda: _count(premises, "hall"))


def test_counting_gives_the_result_and_differences_are_explained(premises: Premises) -> None:
    house = premises.house
    chairs = premises.asset("折叠椅", kind="chair", quantity=60)
    stocktake = _count(premises, "meeting")
    line = _lines(stocktake)[chairs]
    house.update("stocktake_line", line, "facility", counted=60)
    assert house.raw("stocktake_line", line)["result"] == "match"
    assert "explanation" in problems(lambda: house.update("stocktake_line", line, "facility", counted=57))
    house.update("stocktake_line", line, "facility", counted=57, explanation="三把损坏已丢弃")
    assert house.raw("stocktake_line", line)["result"] == "missing"
    assert "counted" in problems(lambda: house.update("stocktake_line", line, "facility", counted=-1))
    assert "" in problems(lambda: house.delete("stocktake_line", line, "facility"))
    found = house.record("stocktake", stocktake, "facility")
    assert (found["lines"], found["missing"], found["agreement"], found["differs"]) == (1, 1, Decimal(0), True)


def test_nothing_is_submitted_uncounted_nor_approved_by_who_counted(premises: Premises) -> None:
    house = premises.house
    pc = premises.asset()
    stocktake = _count(premises, "meeting")
    assert "not counted" in problems(lambda: house.move("stocktake", stocktake, "submit", "facility"))[""]
    line = _lines(stocktake)[pc]
    house.update("stocktake_line", line, "facility", counted=1)
    house.move("stocktake", stocktake, "submit", "facility")
    with pytest.raises(Forbidden, match="is settled"):
        house.update("stocktake_line", line, "facility", counted=0, explanation="找不到")
    with writing() as db:
        db.execute(table("stocktake").sql.update().where(table("stocktake").sql.c.id == stocktake).values(counter=house.staff["deputy"]))
    assert "Counted by" in problems(lambda: house.move("stocktake", stocktake, "approve", "deputy"))[""]
    with pytest.raises(Forbidden):
        house.move("stocktake", stocktake, "approve", "accountant")
    house.move("stocktake", stocktake, "approve", "director")
    assert house.raw("stocktake", stocktake)["approved_by"] == house.staff["director"]
    assert house.raw("asset", pc)["counted_on"] == TODAY


def test_approval_applies_what_was_found(premises: Premises) -> None:
    house = premises.house
    moved, lost, chairs = premises.asset("投影仪"), premises.asset("笔记本电脑"), premises.asset("折叠椅", kind="chair", quantity=60)
    stocktake = _count(premises, "meeting")
    lines = _lines(stocktake)
    house.update("stocktake_line", lines[moved], "facility", counted=1, found_in=premises.places["multi"])
    house.update("stocktake_line", lines[lost], "facility", counted=0, explanation="借出未归还，无法追回")
    house.update("stocktake_line", lines[chairs], "facility", counted=62, explanation="社区移交两把")
    assert set(problems(lambda: house.create("stocktake_line", "facility", stocktake=stocktake, name="饮水机", counted=1))) >= {
        "explanation"
    }
    house.create(
        "stocktake_line", "facility", stocktake=stocktake, name="饮水机", counted=1, explanation="捐赠未入账",
        found_in=premises.places["meeting"], asset_class=premises.classes["pc"], value=Decimal(1500),
    )  # fmt: skip
    house.move("stocktake", stocktake, "submit", "facility")
    house.move("stocktake", stocktake, "approve", "director")
    assert house.raw("asset", moved)["place"] == premises.places["multi"]
    assert house.raw("asset", chairs)["quantity"] == 62
    c, d = table("asset").sql.c, table("disposal").sql.c
    with reading() as db:
        found = db.execute(select(c.origin, c.original_value).where(c.place == premises.places["meeting"], c.name == "饮水机")).one()
        disposal = db.execute(select(d.id, d.kind, d.state).where(d.stocktake == stocktake)).one()
        listed = (
            db.execute(select(table("disposal_line").sql.c.asset).where(table("disposal_line").sql.c.disposal == disposal.id))
            .scalars()
            .all()
        )
    assert tuple(found) == ("found", Decimal(1500))
    assert (disposal.kind, disposal.state, listed) == ("loss", "draft", [lost])
    assert house.raw("asset", lost)["state"] == "in_use"


# Disposal [L 行政事业性国有资产管理条例 19, 35]


def _minutes(house: House) -> int:
    known = table("disposal").sql.metadata.tables["file"]
    with writing() as db:
        row = {"centre_id": house.centre, "sha256": "0" * 64, "name": "会议纪要.pdf", "media_type": "application/pdf", "size": 10}
        return int(db.execute(known.insert().values(row).returning(known.c.id)).scalar_one())


def _disposal(premises: Premises, *cards: int, kind: str = "scrap", quantity: int | None = None, **more: Any) -> int:
    house = premises.house
    lines = [{"asset": card, "quantity": quantity} for card in cards]
    values = {
        "kind": kind,
        "reason": "超过使用年限且无法修复",
        "applicant": house.staff["facility"],
        "minutes": _minutes(house),
        "decided_on": TODAY,
        **more,
    }
    return house.create("disposal", "facility", {"disposal_line": lines}, True, **values)


def test_a_disposal_from_application_to_write_off(premises: Premises) -> None:
    house, old = premises.house, premises.asset(acquired_on=date(2015, 5, 1))
    disposal = _disposal(premises, old)
    found = house.record("disposal", disposal, "facility")
    assert (found["original_value"], found["net"]) == (Decimal(6000), Decimal(0))
    house.move("disposal", disposal, "submit", "facility")
    assert house.raw("asset", old)["state"] == "to_scrap"
    with pytest.raises(Forbidden):
        house.move("disposal", disposal, "approve", "facility")
    house.move("disposal", disposal, "approve", "director")
    house.move("disposal", disposal, "execute", "facility")
    card = house.raw("asset", old)
    assert (card["state"], card["removed_on"]) == ("scrapped", TODAY)
    assert house.raw("disposal", disposal)["approved_by"] == house.staff["director"]
    with pytest.raises(Forbidden):
        house.update("asset", old, "facility", brand="联想")


def test_nothing_leaves_without_minutes(premises: Premises) -> None:
    house = premises.house
    disposal = _disposal(premises, premises.asset(), minutes=None)
    assert "minutes" in problems(lambda: house.move("disposal", disposal, "submit", "facility"))
    house.update("disposal", disposal, "facility", minutes=_minutes(house))
    house.move("disposal", disposal, "submit", "facility")


def test_who_applies_does_not_approve(premises: Premises) -> None:
    house = premises.house
    disposal = _disposal(premises, premises.asset(), applicant=house.staff["director"])
    house.move("disposal", disposal, "submit", "facility")
    assert "Applicant" in problems(lambda: house.move("disposal", disposal, "approve", "director"))[""]


def test_assets_of_the_lottery_fund_need_the_authority(premises: Premises) -> None:
    house = premises.house
    disposal = _disposal(premises, premises.asset(source=premises.sources["lottery"], plate=True))
    house.move("disposal", disposal, "submit", "facility")
    assert "approval_no" in problems(lambda: house.move("disposal", disposal, "approve", "director"))
    house.move("disposal", disposal, "approve", "director", approval_no="东民函〔2026〕15号")


def test_a_rejected_disposal_gives_the_asset_back(premises: Premises) -> None:
    house, pc = premises.house, premises.asset()
    disposal = _disposal(premises, pc)
    house.move("disposal", disposal, "submit", "facility")
    house.move("disposal", disposal, "reject", "director", note="仍可使用")
    assert house.raw("asset", pc)["state"] == "idle"
    house.move("disposal", disposal, "submit", "facility")
    house.move("disposal", disposal, "cancel", "facility", note="撤回")
    assert house.raw("asset", pc)["state"] == "idle"


def test_a_part_of_a_batch_leaves(premises: Premises) -> None:
    house = premises.house
    chairs = premises.asset("折叠椅", kind="chair", quantity=60, original_value=Decimal(7200))
    assert any(name.endswith("quantity") for name in problems(lambda: _disposal(premises, chairs, quantity=61)))
    disposal = _disposal(premises, chairs, quantity=5)
    house.move("disposal", disposal, "submit", "facility")
    assert house.raw("asset", chairs)["state"] == "in_use"
    house.move("disposal", disposal, "approve", "director")
    house.move("disposal", disposal, "execute", "facility")
    card = house.raw("asset", chairs)
    assert (card["quantity"], card["original_value"], card["state"]) == (55, Decimal(6600), "in_use")


def test_what_has_left_does_not_leave_again(premises: Premises) -> None:
    house, pc = premises.house, premises.asset()
    first, second = _disposal(premises, pc), _disposal(premises, pc)
    for disposal in (first, second):
        house.move("disposal", disposal, "submit", "facility")
        house.move("disposal", disposal, "approve", "director")
    house.move("disposal", first, "execute", "facility")
    assert "" in problems(lambda: house.move("disposal", second, "execute", "facility"))
    assert house.raw("disposal", second)["state"] == "approved"


def test_a_disposal_has_assets_and_they_stay_as_submitted(premises: Premises) -> None:
    house = premises.house
    with pytest.raises(Invalid):
        _disposal(premises)
    disposal = _disposal(premises, premises.asset())
    house.move("disposal", disposal, "submit", "facility")
    assert "asset" in problems(lambda: house.create("disposal_line", "facility", disposal=disposal, asset=premises.asset()))


def test_a_sale_names_receiver_and_proceeds(premises: Premises) -> None:
    house = premises.house
    disposal = _disposal(premises, premises.asset(), kind="sale")
    house.move("disposal", disposal, "submit", "facility")
    house.move("disposal", disposal, "approve", "director")
    assert {"receiver"} <= set(problems(lambda: house.move("disposal", disposal, "execute", "facility")))
    assert {"proceeds"} <= set(problems(lambda: house.move("disposal", disposal, "execute", "facility", receiver="废旧物资公司")))
    house.move("disposal", disposal, "execute", "facility", receiver="废旧物资公司", proceeds=Decimal(200))
    card = house.raw("disposal", disposal)
    assert (card["executed_on"], card["proceeds"]) == (TODAY, Decimal(200))
