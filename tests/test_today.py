"""What waits for whom and until when: from the declarations, and the checks of what they say."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from models.fields import When, today
from services import areas
from services import today as work
from services.crud import checks_work
from services.crud.access import Actor
from services.crud.registry import Table, table, tables
from services.crud.view import View
from services.platform.db import reading
from tests.areas.conftest import House, furnish
from tests.conftest import Database

assert areas


@pytest.fixture
def house(database: Database) -> House:
    """A centre in a database of the test's own."""
    return furnish()


def ask(house: House, days: int, who: str = "clerk") -> int:
    """A supply request, submitted, needed in so many days."""
    item = house.create("supply_item", confirm=True, sku=f"W{days}", name=f"物品{days}", category="office", unit="包")
    lines = {"resource_request_line": [{"item": item, "quantity": 1}]}
    made = house.create("resource_request", who, rows=lines, confirm=True, purpose="活动用品", needed_on=today() + timedelta(days=days))
    house.move("resource_request", made, "submit", who, confirm=True)
    return made


def waiting(actor: Actor, area: str = "") -> list[tuple[str, str, int]]:
    with reading() as db:
        return [(one.table.name, one.state, one.count.value) for one in work.waiting(db, actor, area)]


def due(actor: Actor, area: str = "") -> list[tuple[str, bool, int]]:
    with reading() as db:
        return [(one.table.name, one.late, one.count.value) for one in work.due(db, actor, area)]


def test_a_request_waits_for_the_head_and_then_for_the_keeper(house: House) -> None:
    request = ask(house, 3)
    assert ("resource_request", "submitted", 1) in waiting(house.actor("head"))
    assert not [one for one in waiting(house.actor("facility")) if one[0] == "resource_request"]
    house.move("resource_request", request, "approve", "head", confirm=True)
    assert not [one for one in waiting(house.actor("head")) if one[0] == "resource_request"]
    assert ("resource_request", "approved", 1) in waiting(house.actor("facility"))
    assert not waiting(house.actor("facility"), "organisation")


def test_what_is_late_comes_before_what_is_due_soon(house: House) -> None:
    for days in (0, 6, 7, 30):
        ask(house, days)
    found = [one for one in due(house.actor("facility")) if one[0] == "resource_request"]
    assert found == [("resource_request", False, 2)]


def test_what_is_late_stands_before_those_whose_duty_it_is(house: House) -> None:
    place = house.create("place", code="A1-01", name="大厅", function="reception", area=100)
    house.create("inspection_plan", name="防火巡查", place=place, kind="daily", interval=1, unit="day", starts_on=today() - timedelta(9))
    late = ("inspection_plan", True, 1)
    assert late in due(house.actor("facility"))
    assert late in due(house.actor("supervisor"))
    assert late not in due(house.actor("clerk"))
    assert late in due(house.actor("clerk"), "facilities")
    ask(house, 2)
    assert ("resource_request", False, 1) in due(house.actor("clerk")), "one's own"


def test_everything_counted_is_what_its_list_shows(house: House) -> None:
    ask(house, 2)
    actor = house.actor("head")
    with reading() as db:
        found: list[work.Waiting | work.Due] = [*work.waiting(db, actor), *work.due(db, actor)]
        assert found
        for one in found:
            view, refused = View.from_params(actor, one.table, View(filters=one.view.filters).to_params(), db)
            assert not refused
            assert view.filters == one.view.filters


def test_every_declaration_of_waiting_and_due_is_sound() -> None:
    problems = [message for one in tables().values() for check in (checks_work.waits, checks_work.due) for message in check(one, tables())]
    assert not problems


def altered(name: str, flow: dict[str, Any] | None = None, **screen: Any) -> Table:
    """A table as declared, but for these words."""
    one = table(name)
    assert one.flow is not None
    model: Any = SimpleNamespace(__charts__=one.charts, __screen__=replace(one.screen, **screen), __flow__=replace(one.flow, **flow or {}))
    return Table(one.name, model, one.fields)


@pytest.mark.parametrize("waits", [{"nowhere": ("facility",)}, {"pending": ("plumber",)}, {"pending": ("fault",)}, {"pending": ("place",)}])
def test_waiting_in_unknown_states_or_for_nobody_stops_the_start(waits: dict[str, tuple[str, ...]]) -> None:
    assert list(checks_work.waits(altered("work_order", {"waits": waits}), tables()))


@pytest.mark.parametrize(
    "words",
    [
        {"due": "nowhere"},
        {"due": "fault"},
        {"due": "fixed_at"},
        {"due": "", "due_while": When(state="done")},
        {"due_while": When(nowhere=1)},
    ],
)
def test_due_dates_that_no_list_can_show_stop_the_start(words: dict[str, Any]) -> None:
    assert list(checks_work.due(altered("work_order", **words), tables()))
