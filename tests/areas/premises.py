"""Rooms, classes of assets and sources of funds for the tests of places and assets."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from models.fields import today
from services.crud import errors
from services.platform.i18n import LOCAL

if TYPE_CHECKING:
    from tests.areas.conftest import House

_wings = count(1)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A time of day in Shanghai."""
    return datetime.combine(day, time(hour, minute), LOCAL)


def days(n: int) -> date:
    """So many days from today."""
    return today() + timedelta(days=n)


@dataclass
class Premises:
    """A house with rooms."""

    house: "House"
    places: dict[str, int] = field(default_factory=dict)
    classes: dict[str, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)

    def asset(self, name: str = "台式计算机", *, kind: str = "pc", place: str = "meeting", confirm: bool = True, **more: Any) -> int:
        """An asset card; everything that is not given has a sensible value."""
        values = {
            "name": name, "asset_class": self.classes[kind], "place": self.places[place], "keeper": self.house.staff["facility"],
            "original_value": Decimal(6000), "source": self.sources["fiscal"], "acquired_on": date(2024, 1, 15), **more,
        }  # fmt: skip
        return self.house.create("asset", confirm=confirm, **values)

    def booking(
        self, who: str = "system", *, place: str | None = "multi", start: datetime | None = None, hours: float = 2, **more: Any
    ) -> int:
        """A booking for tomorrow at 10, unless something else is said."""
        starts = start or at(days(1), 10)
        values = {
            "place": self.places[place] if place else None, "starts_at": starts, "ends_at": starts + timedelta(hours=hours),
            "purpose": "老年太极班", "party_size": 20, "organiser": self.house.staff["clerk"], **more,
        }  # fmt: skip
        return self.house.create("booking", who, **values)

    def plan(self, **more: Any) -> int:
        """A statutory inspection of the multi-purpose hall, due in half a year."""
        values = {
            "name": "1号电梯定期检验", "place": self.places["multi"], "kind": "statutory", "statutory": True,
            "basis": "《特种设备安全法》第33、40条",
            "interval": 1, "unit": "year", "starts_on": days(180), **more,
        }  # fmt: skip
        return self.house.create("inspection_plan", **values)


def stock(house: "House") -> Premises:
    """Classes of assets and sources of funds, no room yet."""
    made = Premises(house)
    for key, code, name, group, life in (
        ("pc", "A02010105", "台式计算机", "equipment", 72),
        ("lift", "A02051227", "电梯", "equipment", 120),
        ("chair", "A05010301", "办公椅", "furniture", 180),
        ("relic", "A03010000", "字画", "relic", None),
    ):
        made.classes[key] = house.create("asset_class", code=code, name=name, group=group, life_months=life)
    made.sources["fiscal"] = house.create("fund_source", code="CZ-01", name="财政基本经费", kind="fiscal_basic")
    made.sources["lottery"] = house.create(
        "fund_source", code="FC-01", name="福彩公益金", kind="lottery", restricted=True, purpose="养老服务设备"
    )
    return made


def fit_out(stocked: Premises) -> Premises:
    """The same with four new rooms."""
    made, house, wing = replace(stocked, places={}), stocked.house, next(_wings)
    for key, code, name, function, area, capacity, public, bookable in (
        ("hall", "101", "综合受理厅", "reception", 190, 60, True, False),
        ("multi", "301", "多功能厅", "multi", 200, 120, True, True),
        ("meeting", "401", "会议室", "meeting", 60, 30, False, True),
        ("store", "001", "物资库房", "storage", 60, 0, False, False),
    ):
        made.places[key] = house.create(
            "place", code=f"W{wing}-{code}", name=f"{name}{wing}", function=function, area=Decimal(area), capacity=capacity,
            public=public, bookable=bookable,
        )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def stocked(shared_house: "House") -> Premises:
    """A centre that the tests of a module share."""
    return stock(shared_house)


@pytest.fixture
def premises(stocked: Premises) -> Premises:
    """Rooms of a test's own in it."""
    return fit_out(stocked)


def problems(act: Callable[[], Any]) -> dict[str, str]:
    """What stands against it, by field; empty if nothing does."""
    try:
        act()
    except errors.Invalid as invalid:
        return {name: " / ".join(map(str, found)) for name, found in invalid.errors.items()}
    return {}


def doubts(act: Callable[[], Any]) -> dict[str, str]:
    """What it warns of, by field; empty if nothing."""
    try:
        act()
    except errors.Unconfirmed as unconfirmed:
        return {name: " / ".join(map(str, found)) for name, found in unconfirmed.warnings.items()}
    return {}


def race(act: Callable[[int], Any], runners: int = 6) -> list[Any]:
    """Do it at the same time in so many threads: what came of each, an exception being its own outcome."""

    with ThreadPoolExecutor(runners) as pool:
        running = [pool.submit(act, n) for n in range(runners)]
        return [one.exception() or one.result() for one in running]
