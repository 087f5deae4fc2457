"""Supplies: never negative, always the sum of all movements, first expired first issued; requests with separated duties."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from models.fields import today
from models.resources import MOVE_KINDS, signed
from services.crud import access, flow, query, write
from services.crud.errors import Blocked, Invalid, Unconfirmed
from services.crud.registry import table
from services.crud.view import View
from services.platform.db import DatabaseUnavailable, reading, writing
from tests.areas.conftest import House

D = Decimal


def days(n: int) -> date:
    return today() + timedelta(days=n)


def refused(error: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return set(error.value.errors)


def item(house: House, sku: str = "BG-A4", **more: Any) -> int:
    return house.create(
        "supply_item", "facility", confirm=True, sku=sku, **{"name": f"物资{sku}", "category": "office", "unit": "包", **more}
    )


def lot(house: House, of: int, no: str, expires: date) -> int:
    return house.create("stock_lot", "facility", item=of, lot_no=no, expires_on=expires)


def move(house: House, of: int, kind: str, quantity: str | int | Decimal, who: str = "facility", **more: Any) -> int:
    given: dict[str, Any] = {"receiver": house.staff["clerk"]} if kind == "issue" and "reverses" not in more else {}
    if kind in ("surplus", "shortage", "scrap"):
        given |= {"approved_by": house.staff["director"], "reason": "盘点"}
    return house.create("stock_move", who, confirm=True, item=of, kind=kind, quantity=D(str(quantity)), **{**given, **more})


def on_hand(house: House, of: int, name: str = "supply_item") -> Decimal:
    found: Decimal = house.raw(name, of)["on_hand"]
    return found


def consistent(house: House) -> None:
    """What is on hand is the sum of the movements, item by item and lot by lot, and lots add up to their item."""
    moves, lots, items = (table(name).sql.c for name in ("stock_move", "stock_lot", "supply_item"))
    with reading() as db:
        for one in db.execute(select(items.id, items.on_hand, items.tracks_expiry).where(items.centre_id == house.centre)):
            total = db.scalar(select(func.sum(signed(moves))).where(moves.item == one.id)) or D(0)
            assert one.on_hand == total >= 0
            if one.tracks_expiry:
                assert one.on_hand == (db.scalar(select(func.sum(lots.on_hand)).where(lots.item == one.id)) or D(0))
        for each in db.execute(select(lots.id, lots.on_hand).where(lots.centre_id == house.centre)):
            assert each.on_hand == (db.scalar(select(func.sum(signed(moves))).where(moves.lot == each.id)) or D(0)) >= 0


# Movements


def test_every_kind_counts_as_it_should(house: House) -> None:
    paper = item(house)
    expected = D(0)
    for kind, quantity in (("receipt", 100), ("issue", 30), ("return", "2.5"), ("surplus", 1), ("shortage", 4), ("scrap", "0.25")):
        move(house, paper, kind, quantity)
        expected += D(str(quantity)) * (1 if kind in ("receipt", "return", "surplus") else -1)
        assert on_hand(house, paper) == expected
    assert {kind.code for kind in MOVE_KINDS} == {"receipt", "issue", "return", "surplus", "shortage", "scrap"}
    consistent(house)


@pytest.mark.parametrize("kind", ["issue", "shortage", "scrap"])
def test_stock_is_never_negative(house: House, kind: str) -> None:
    paper = item(house)
    move(house, paper, "receipt", 5)
    with pytest.raises(Invalid) as told:
        move(house, paper, kind, "5.01")
    assert refused(told) == {"quantity"}
    assert "5" in str(told.value)
    move(house, paper, kind, 5)
    with pytest.raises(Invalid):
        move(house, paper, kind, "0.01")
    assert on_hand(house, paper) == 0


def test_what_is_on_hand_is_not_typed(house: House) -> None:
    paper = item(house)
    with pytest.raises(Invalid) as told:
        house.update("supply_item", paper, "facility", on_hand=D(5))
    assert refused(told) == {"on_hand"}
    with pytest.raises(Invalid):
        item(house, "X", on_hand=D(5))


@pytest.mark.parametrize("name", ["supply_item", "stock_lot"])
def test_the_database_itself_refuses_negative_stock(house: House, name: str) -> None:
    milk = item(house, tracks_expiry=True)
    one = {"supply_item": milk, "stock_lot": lot(house, milk, "L1", days(9))}[name]
    with pytest.raises(IntegrityError), writing() as db:
        db.execute(update(table(name).sql).where(table(name).sql.c.id == one).values(on_hand=D("-0.01")))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"quantity": D(0)}, "quantity"),
        ({"quantity": D(-1)}, "quantity"),
        ({"quantity": D("0.001")}, "quantity"),
        ({"moved_on": date(2999, 1, 1)}, "moved_on"),
        ({"kind": "gift"}, "kind"),
        ({"item": 10**6}, "item"),
        ({"unit_price": D(-1)}, "unit_price"),
    ],
)
def test_movements_that_make_no_sense(house: House, values: dict[str, Any], field: str) -> None:
    given = {"item": item(house), "kind": "receipt", "quantity": D(1), **values}
    with pytest.raises(Invalid) as told:
        house.create("stock_move", "facility", **given)
    assert refused(told) == {field}


def test_movements_are_never_changed_or_deleted(house: House) -> None:
    paper = item(house)
    done = move(house, paper, "receipt", 5)
    with pytest.raises(access.Forbidden):
        house.update("stock_move", done, "facility", quantity=D(6))
    with pytest.raises(access.Forbidden):
        house.delete("stock_move", done, "facility")
    with pytest.raises(access.Forbidden):
        move(house, paper, "receipt", 5, who="clerk")
    with pytest.raises(Blocked):
        house.delete("supply_item", paper, "facility")


def test_losses_need_a_second_person_and_a_reason(house: House) -> None:
    paper = item(house)
    move(house, paper, "receipt", 5)
    for more, field in (
        ({"approved_by": None}, "approved_by"),
        ({"approved_by": house.staff["facility"]}, "approved_by"),
        ({"reason": None}, "reason"),
    ):
        with pytest.raises(Invalid) as told:
            move(house, paper, "scrap", 1, **more)
        assert refused(told) == {field}
    with pytest.raises(Invalid) as told:
        move(house, paper, "issue", 1, receiver=None)
    assert refused(told) == {"receiver"}


def test_more_than_the_maximum_only_warns(house: House) -> None:
    paper = item(house, minimum=D(2), maximum=D(10))
    with pytest.raises(Unconfirmed) as asked:
        house.create("stock_move", "facility", item=paper, kind="receipt", quantity=D(11))
    assert set(asked.value.warnings) == {"quantity"}
    with pytest.raises(Invalid) as told:
        house.update("supply_item", paper, "facility", minimum=D(11))
    assert refused(told) == {"maximum"}


def test_level_and_value_of_an_item(house: House) -> None:
    paper = item(house, minimum=D(5), maximum=D(20), unit_price=D("3.33"))
    levels = []
    for kind, quantity in (("receipt", "2.5"), ("receipt", 10), ("receipt", 10)):
        levels.append(house.record("supply_item", paper, "clerk")["level"])
        move(house, paper, kind, quantity)
    found = house.record("supply_item", paper, "clerk")
    assert [*levels, found["level"]] == ["out", "low", "enough", "over"]
    assert found["value"] == D("74.93")  # 22.5 × 3.33 = 74.925, half up
    with reading() as db:
        shown, refused_ = View.from_params(house.actor("facility"), table("supply_item"), {"f.level": ["over"]})
        assert not refused_
        assert [row["id"] for row in query.page(db, house.actor("facility"), table("supply_item"), shown).rows] == [paper]


# Reversals


def test_a_reversal_undoes_at_most_what_was_done(house: House) -> None:
    paper = item(house, unit_price=D(2))
    received = move(house, paper, "receipt", 10, unit_price=D(3))
    taken = move(house, paper, "issue", 4)
    move(house, paper, "receipt", 6, reverses=received, reason="多录一笔")
    assert on_hand(house, paper) == 0
    with pytest.raises(Invalid) as told:
        move(house, paper, "receipt", 4, reverses=received, reason="再冲")  # would be negative: 4 were issued
    assert refused(told) == {"quantity"}
    back = move(house, paper, "issue", 4, reverses=taken, reason="未领走")
    assert on_hand(house, paper) == 4
    assert house.raw("stock_move", back)["receiver"] == house.staff["clerk"]
    for target, kind, quantity in ((received, "receipt", 5), (taken, "issue", 1), (back, "issue", 1), (received, "issue", 1)):
        with pytest.raises(Invalid):
            move(house, paper, kind, quantity, reverses=target, reason="再冲")
    with pytest.raises(Invalid) as told:
        move(house, paper, "receipt", 1, reverses=received)
    assert refused(told) == {"reason"}
    found = house.record("stock_move", back, "facility")
    assert (found["change"], found["value"]) == (D(4), D(-8))
    consistent(house)


# Lots


def test_what_expires_first_goes_first(house: House) -> None:
    milk = item(house, tracks_expiry=True)
    late, soon, expired = lot(house, milk, "L3", days(90)), lot(house, milk, "L2", days(10)), lot(house, milk, "L1", days(-1))
    for one, quantity in ((late, 50), (soon, 3)):
        move(house, milk, "receipt", quantity, lot=one)
    with pytest.raises(Invalid) as told:
        move(house, milk, "receipt", 5, lot=expired)
    assert refused(told) == {"lot"}
    move(house, milk, "surplus", 5, lot=expired)
    move(house, milk, "issue", 2)
    assert [on_hand(house, one, "stock_lot") for one in (late, soon, expired)] == [50, 1, 5]
    move(house, milk, "issue", 11)  # over two lots, in one go
    assert [on_hand(house, one, "stock_lot") for one in (late, soon, expired)] == [40, 0, 5]
    with pytest.raises(Invalid) as told:
        move(house, milk, "issue", 41)  # 45 are there, 5 of them expired
    assert refused(told) == {"quantity"}
    with pytest.raises(Invalid) as told:
        move(house, milk, "issue", 1, lot=expired)
    assert refused(told) == {"lot"}
    move(house, milk, "scrap", 5, lot=expired)
    consistent(house)


def test_lots_where_they_belong(house: House) -> None:
    milk, paper = item(house, "M", tracks_expiry=True), item(house, "P")
    of_milk = lot(house, milk, "L1", days(10))
    with pytest.raises(Invalid) as told:
        move(house, milk, "receipt", 1)
    assert refused(told) == {"lot"}
    with pytest.raises(Invalid) as told:
        move(house, paper, "receipt", 1, lot=of_milk)
    assert refused(told) == {"lot"}
    with pytest.raises(Invalid) as told:
        lot(house, paper, "L1", days(10))
    assert refused(told) == {"item"}
    with pytest.raises(Invalid) as told:
        lot(house, milk, "L1", days(20))
    assert refused(told) == {"lot_no"}
    with pytest.raises(Invalid) as told:
        house.create("stock_lot", "facility", item=milk, lot_no="L2", made_on=days(3), expires_on=days(2))
    assert refused(told) == {"expires_on"}
    move(house, milk, "receipt", 3, lot=of_milk)
    with pytest.raises(Invalid) as told:
        move(house, milk, "issue", 4, lot=of_milk)
    assert refused(told) == {"quantity"}


def test_an_item_with_stock_stays_as_it_is(house: House) -> None:
    paper = item(house)
    move(house, paper, "receipt", 1)
    changes: tuple[dict[str, Any], ...] = ({"tracks_expiry": True}, {"active": False})
    for values in changes:
        with pytest.raises(Invalid) as told:
            house.update("supply_item", paper, "facility", **values)
        assert refused(told) == set(values)
    with pytest.raises(Unconfirmed):
        house.update("supply_item", paper, "facility", unit="箱")
    move(house, paper, "issue", 1)
    house.update("supply_item", paper, "facility", active=False)
    with pytest.raises(Invalid) as told:
        move(house, paper, "receipt", 1)
    assert refused(told) == {"item"}


@pytest.mark.parametrize(("expires", "freshness"), [(-1, "expired"), (0, "soon"), (30, "soon"), (31, "fresh")])
def test_freshness(house: House, expires: int, freshness: str) -> None:
    one = lot(house, item(house, tracks_expiry=True), "L1", days(expires))
    found = house.record("stock_lot", one, "clerk")
    assert (found["freshness"], found["stocked"]) == (freshness, False)


# Many at once


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Run all of them at the same moment; what each returns or raises."""
    together = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        together.wait()
        for _try in range(20):
            try:
                return job()
            except DatabaseUnavailable:
                continue
            except Invalid as error:
                return error
        raise AssertionError("the database stayed busy")

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@pytest.mark.parametrize("by_lot", [False, True])
def test_eight_people_take_from_the_same_shelf(house: House, by_lot: bool) -> None:
    thing = item(house, tracks_expiry=by_lot)
    if by_lot:
        for no in range(3):
            move(house, thing, "receipt", 4, lot=lot(house, thing, f"L{no}", days(10 + no)))
    else:
        move(house, thing, "receipt", 12)
    done = at_once(*(lambda: move(house, thing, "issue", 3) for _person in range(8)))
    taken = [one for one in done if isinstance(one, int)]
    assert all(isinstance(one, int | Invalid) for one in done)
    assert 1 <= len(taken) <= 4
    assert on_hand(house, thing) == 12 - 3 * len(taken)
    consistent(house)
    while on_hand(house, thing) >= 3:
        move(house, thing, "issue", 3)
    with pytest.raises(Invalid):
        move(house, thing, "issue", 3)


def test_two_reversals_at_once_undo_once(house: House) -> None:
    paper = item(house)
    move(house, paper, "receipt", 100)
    taken = move(house, paper, "issue", 10)
    done = at_once(*(lambda: move(house, paper, "issue", 10, reverses=taken, reason="冲销") for _person in range(4)))
    assert sum(isinstance(one, int) for one in done) == 1
    assert on_hand(house, paper) == 100
    consistent(house)


def test_the_same_things_come_back_once(house: House) -> None:
    tents = item(house, "T", returnable=True)
    move(house, tents, "receipt", 6)
    request = ask(house, **{f"i{tents}": 4})
    for step, who in (("submit", "clerk"), ("approve", "head"), ("issue", "facility")):
        house.move("resource_request", request, step, who)
    done = at_once(*(lambda: move(house, tents, "return", 3, request=request) for _person in range(4)))
    assert sum(isinstance(one, int) for one in done) == 1
    assert on_hand(house, tents) == 5
    consistent(house)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["receipt", "issue", "return", "surplus", "shortage", "scrap", "reverse"]),
        st.integers(0, 1),
        st.decimals(D("0.01"), 30, places=2),
        st.integers(0, 3),
    ),
    max_size=12,
)


@given(STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_happens_the_sums_hold(house: House, steps: list[tuple[str, int, Decimal, int]]) -> None:
    stamp = house.create("supply_item", sku=f"P{len(_made)}", name=f"纸{len(_made)}", category="office", unit="包", confirm=True)
    milk = house.create(
        "supply_item", sku=f"M{len(_made)}", name=f"奶{len(_made)}", category="food", unit="箱", tracks_expiry=True, confirm=True
    )
    _made.append(stamp)
    lots = [lot(house, milk, f"L{no}", days(no * 20 - 5)) for no in range(3)]
    moves: list[int] = []
    for kind, which, quantity, choice in steps:
        thing = (stamp, milk)[which]
        more: dict[str, Any] = {"lot": lots[choice]} if which and choice < 3 else {}
        try:
            if kind != "reverse":
                moves.append(move(house, thing, kind, quantity, **more))
            elif moves:
                undone = house.raw("stock_move", moves[choice % len(moves)])
                moves.append(move(house, undone["item"], undone["kind"], quantity, reverses=undone["id"], reason="冲销"))
        except Invalid:
            continue
    consistent(house)


_made: list[int] = []


# Requests


def ask(house: House, who: str = "clerk", /, **quantities: Any) -> int:
    rows = [{"item": int(of.removeprefix("i")), "quantity": D(str(quantity))} for of, quantity in quantities.items()]
    return house.create("resource_request", who, {"resource_request_line": rows}, purpose="重阳节敬老活动", needed_on=days(3))


def lines(house: House, request: int, who: str = "facility") -> list[dict[str, Any]]:
    c = table("resource_request_line").sql.c
    with reading() as db:
        ids = db.scalars(select(c.id).where(c.request == request, c.deleted_at.is_(None)).order_by(c.id)).all()
        return [query.record(db, house.actor(who), table("resource_request_line"), one) for one in ids]


def test_from_asking_to_handing_out(house: House) -> None:
    paper, milk = item(house, "P"), item(house, "M", tracks_expiry=True)
    move(house, paper, "receipt", 20)
    for no, expires in ((1, 5), (2, 50)):
        move(house, milk, "receipt", 4, lot=lot(house, milk, f"L{no}", days(expires)))
    request = ask(house, **{f"i{paper}": 5, f"i{milk}": 6})
    kept = house.raw("resource_request", request)
    assert (kept["applicant"], kept["department"], kept["state"]) == (house.staff["clerk"], house.departments["office"], "draft")
    house.move("resource_request", request, "submit", "clerk")
    granted = lines(house, request)[0]
    house.update("resource_request_line", granted["id"], "head", approved=D(4))
    house.move("resource_request", request, "approve", "head")
    house.move("resource_request", request, "issue", "facility")
    assert [on_hand(house, paper), on_hand(house, milk)] == [16, 2]
    assert [one["given"] for one in lines(house, request)] == [4, 6]
    kept = house.raw("resource_request", request)
    assert (kept["state"], kept["approver"], kept["issuer"]) == ("issued", house.staff["head"], house.staff["facility"])
    with pytest.raises(Invalid):
        house.move("resource_request", request, "return", "facility")  # nothing of it was lent
    consistent(house)


def test_duties_stay_apart(house: House) -> None:
    paper = item(house)
    move(house, paper, "receipt", 20)
    request = ask(house, "head", **{f"i{paper}": 5})
    with pytest.raises(Invalid):
        house.move("resource_request", request, "submit", "deputy")  # only the applicant submits
    house.move("resource_request", request, "submit", "head")
    with pytest.raises(Invalid):
        house.move("resource_request", request, "approve", "head")
    with pytest.raises(access.Forbidden):
        house.move("resource_request", request, "approve", "facility")
    house.move("resource_request", request, "approve", "director")
    with pytest.raises(access.Forbidden):
        house.move("resource_request", request, "issue", "director")
    own = ask(house, "facility", **{f"i{paper}": 1})
    house.move("resource_request", own, "submit", "facility")
    house.move("resource_request", own, "approve", "head")
    with pytest.raises(Invalid):
        house.move("resource_request", own, "issue", "facility")


def test_short_stock_stops_the_whole_request(house: House) -> None:
    paper, pens = item(house, "P", name="A4复印纸"), item(house, "Q", name="中性笔")
    move(house, paper, "receipt", 2)
    move(house, pens, "receipt", 50)
    request = ask(house, **{f"i{pens}": 5, f"i{paper}": 3})
    house.move("resource_request", request, "submit", "clerk")
    house.move("resource_request", request, "approve", "head")
    with pytest.raises(Invalid) as told:
        house.move("resource_request", request, "issue", "facility")
    assert "A4复印纸" in str(told.value)
    assert "2" in str(told.value)
    assert "中性笔" not in str(told.value)
    assert on_hand(house, pens) == 50
    assert house.raw("resource_request", request)["state"] == "approved"
    with pytest.raises(Invalid) as told:
        house.update("resource_request_line", lines(house, request)[1]["id"], "facility", approved=D("3.01"))
    assert refused(told) == {"approved"}
    house.update("resource_request_line", lines(house, request)[1]["id"], "facility", approved=D(2))
    house.move("resource_request", request, "issue", "facility")
    assert [on_hand(house, pens), on_hand(house, paper)] == [45, 0]


def test_what_is_asked_for_changes_in_the_draft_only(house: House) -> None:
    paper = item(house)
    request = ask(house, **{f"i{paper}": 3})
    line = lines(house, request)[0]["id"]
    house.update("resource_request_line", line, "clerk", quantity=D(2))
    with pytest.raises(Invalid):
        house.update("resource_request_line", line, "head", quantity=D(9))
    with pytest.raises(Invalid) as told:
        house.update("resource_request_line", line, "clerk", approved=D(1))
    assert refused(told) == {"approved"}
    house.move("resource_request", request, "submit", "clerk")
    changes: tuple[dict[str, Any], ...] = ({"quantity": D(9)}, {"approved": D(1)})
    for values in changes:
        with pytest.raises(Invalid):
            house.update("resource_request_line", line, "clerk", **values)
    with pytest.raises(Invalid):
        house.create("resource_request_line", "clerk", request=request, item=item(house, "N"), quantity=D(1))
    with pytest.raises(Invalid):
        house.update("resource_request", request, "clerk", purpose="别的用途")
    house.move("resource_request", request, "send_back", "head", note="数量写清楚")
    house.update("resource_request_line", line, "clerk", quantity=D(1))
    with pytest.raises(Invalid) as told:
        house.update("resource_request_line", line, "head", approved=D(2))
    assert refused(told)


def test_a_request_asks_for_something_once(house: House) -> None:
    paper = item(house)
    with pytest.raises(Invalid):
        ask(house)
    with pytest.raises(Invalid):
        house.create("resource_request", "clerk", {"resource_request_line": [{"item": paper, "quantity": D(1)}] * 2}, purpose="重复")
    stranger = access.Actor(account=house.accounts["clerk"], name="无档案", centre=house.centre, roles=frozenset({"clerk"}))
    with pytest.raises(Invalid, match="administrator"), writing() as db:
        rows = {"resource_request_line": [{"item": paper, "quantity": D(1)}]}
        write.create(db, stranger, table("resource_request"), {"purpose": "无人"}, rows)


def test_what_was_lent_comes_back(house: House) -> None:
    tents, paper = item(house, "T", returnable=True), item(house, "P")
    move(house, tents, "receipt", 6)
    move(house, paper, "receipt", 6)
    request = ask(house, **{f"i{tents}": 4, f"i{paper}": 1})
    for step, who in (("submit", "clerk"), ("approve", "head"), ("issue", "facility")):
        house.move("resource_request", request, step, who)
    move(house, tents, "return", 1, request=request)
    with pytest.raises(Invalid) as told:
        move(house, tents, "return", 4, request=request)
    assert refused(told) == {"quantity"}
    with pytest.raises(Invalid) as told:
        move(house, tents, "issue", 1, request=request)
    assert refused(told) == {"request"}
    house.move("resource_request", request, "return", "facility")
    assert [on_hand(house, tents), on_hand(house, paper)] == [6, 5]
    assert [one["given"] for one in lines(house, request)] == [0, 1]
    consistent(house)


def test_refused_and_cancelled_requests_take_nothing(house: House) -> None:
    paper = item(house)
    move(house, paper, "receipt", 6)
    first, second = ask(house, **{f"i{paper}": 4}), ask(house, **{f"i{paper}": 4})
    house.move("resource_request", first, "submit", "clerk")
    with pytest.raises(Invalid):
        house.move("resource_request", first, "refuse", "head")
    house.move("resource_request", first, "refuse", "head", note="库存紧张")
    with pytest.raises(Invalid):
        house.move("resource_request", second, "cancel", "head")
    house.move("resource_request", second, "cancel", "clerk")
    with pytest.raises(Invalid):
        house.move("resource_request", second, "submit", "clerk")
    assert on_hand(house, paper) == 6


def test_two_keepers_hand_out_the_same_request_once(house: House) -> None:
    paper = item(house)
    move(house, paper, "receipt", 100)
    request = ask(house, **{f"i{paper}": 10})
    house.move("resource_request", request, "submit", "clerk")
    house.move("resource_request", request, "approve", "head")
    version = house.version("resource_request", request)

    def hand_out() -> bool:
        try:
            with writing() as db:
                flow.move(db, house.actor("facility"), table("resource_request"), request, "issue", version=version)
        except write.Stale:
            return False
        return True

    done = at_once(hand_out, hand_out, hand_out)
    assert sorted(one is True for one in done) == [False, False, True]
    assert on_hand(house, paper) == 90
    consistent(house)


def test_a_person_reads_their_own_requests_and_the_head_those_of_the_department(house: House) -> None:
    paper = item(house)
    request = ask(house, **{f"i{paper}": 1})
    assert house.record("resource_request", request, "clerk")["id"] == request
    assert house.record("resource_request", request, "head")["id"] == request
    with pytest.raises(query.Missing):
        house.record("resource_request", request, "cashier")


def test_lines_are_taken_out_in_the_draft_only(house: House) -> None:
    paper, pens = item(house, "P"), item(house, "Q")
    request = ask(house, **{f"i{paper}": 3, f"i{pens}": 1})
    first, second = (line["id"] for line in lines(house, request))
    with pytest.raises(Invalid):
        house.delete("resource_request_line", second, "cashier")
    house.delete("resource_request_line", second, "clerk")
    house.move("resource_request", request, "submit", "clerk")
    for who in ("clerk", "head", "facility"):
        with pytest.raises(Invalid):
            house.delete("resource_request_line", first, who)
    with pytest.raises(access.Forbidden), writing() as db:
        write.restore(db, house.actor("clerk"), table("resource_request_line"), second)
