"""The demo centre at any size: what it says of itself adds up, and rows come in a stream."""

from collections import Counter
from datetime import UTC, date, datetime
from itertools import islice, pairwise
from typing import Any

import pytest
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from seed import demo, facilities, resources
from seed.world import OPENED, World
from services.crud.registry import table
from services.platform import db
from services.platform.i18n import LOCAL
from tests.conftest import Database

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def centre(shared_database: Database) -> World:
    """The demo centre, twice as busy."""
    with db.writing() as session:
        return demo.make(session, 2)


def signed(move: Any) -> Any:
    return func.sum(case((move.kind.in_(("receipt", "return", "surplus")), move.quantity), else_=-move.quantity))


def test_what_is_on_hand_is_the_sum_of_the_movements(centre: World) -> None:
    item, lot, move = (table(name).sql.c for name in ("supply_item", "stock_lot", "stock_move"))
    with db.reading() as session:
        for own, by in ((item, move.item), (lot, move.lot)):
            moved = {row[0]: row[1] for row in session.execute(select(by, signed(move)).where(by.is_not(None)).group_by(by))}
            kept = {row[0]: row[1] for row in session.execute(select(own.id, own.on_hand))}
            assert kept
            assert {id_: moved.get(id_, 0) for id_ in kept} == kept
        assert not session.scalar(select(func.count()).where(lot.on_hand < 0))


def test_stock_never_runs_below_nothing(centre: World) -> None:
    own = table("stock_move").sql.c
    so_far: Counter[int] = Counter()
    with db.reading() as session:
        for item, kind, quantity in session.execute(select(own.item, own.kind, own.quantity).order_by(own.moved_on, own.id)):
            so_far[item] += quantity if kind in ("receipt", "return") else -quantity
            assert so_far[item] >= 0


def test_nobody_is_in_a_room_with_others(centre: World) -> None:
    own = table("booking").sql.c
    with db.reading() as session:
        rows = session.execute(select(own.place, own.starts_at, own.ends_at).order_by(own.place, own.starts_at)).all()
    assert len(rows) > 1_000
    for one, other in pairwise(rows):
        assert one.place != other.place or one.ends_at <= other.starts_at


def test_repairs_are_of_things_that_stood_there_by_then(centre: World) -> None:
    order, asset = table("work_order").sql.c, table("asset").sql.c
    with db.reading() as session:
        joined = select(order.place, order.reported_at, asset.place, asset.acquired_on).join_from(
            order.id.table, asset.id.table, order.asset == asset.id
        )
        rows = session.execute(joined).all()
    assert len(rows) > 100
    for place, reported, stands, acquired in rows:
        assert place == stands
        assert acquired <= reported.astimezone(LOCAL).date()


def test_what_is_lent_has_been_handed_out_and_is_expected_back(centre: World) -> None:
    asset, move = table("asset").sql.c, table("asset_move").sql.c
    with db.reading() as session:
        lent = {row.id: row.due_back for row in session.execute(select(asset.id, asset.due_back).where(asset.state == "lent"))}
        moves = session.execute(select(move.asset, move.kind, move.moved_on).where(move.asset.in_(lent)).order_by(move.id)).all()
    assert lent
    for id_, due in lent.items():
        kinds = [(kind, moved_on) for of, kind, moved_on in moves if of == id_]
        assert [kind for kind, _on in kinds] == ["issue", "lend"]
        assert kinds[0][1] <= kinds[1][1] <= due


def test_ids_and_numbers_follow_the_days(centre: World) -> None:
    with db.reading() as session:
        for name, on in (("booking", "starts_at"), ("work_order", "reported_at"), ("stock_move", "moved_on"), ("asset", "acquired_on")):
            own = table(name).sql.c
            days = list(session.scalars(select(own[on]).order_by(own.id)))
            assert [_day(day) for day in days] == sorted(_day(day) for day in days)


def _day(moment: date | datetime) -> date:
    return moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment


@pytest.mark.parametrize("scale", [1, 40, 1_000])
def test_nothing_is_older_than_the_centre_however_much_there_is(scale: int) -> None:
    world = World(Session(), 1, TODAY, scale)
    rooms = facilities.buildings(world)
    codes = [place[0] for place in facilities.PLACES]
    world.ids = {"staff": {"FW-01/0": 1}, "place": {code: number for number, code in enumerate(codes)}}
    world.ids["place"] |= {f"{building}-{code}": 0 for building in range(2, rooms + 1) for code in codes}
    first = next(facilities._bookings(world))
    assert first["starts_at"].date() >= OPENED
    assert (rooms > 1) is (scale > 25)
    shelf = resources._Shelf(world, [1], *resources.ITEMS[0])
    days = [move["moved_on"] for move in islice(shelf.moves(), 2_000)]
    assert days == sorted(days)
    assert days[0] >= OPENED
