"""What the table of CONTRIBUTING.md can do once somebody has followed it; `test_contributing` runs this in a copy of the repository."""

from datetime import timedelta
from typing import Any

import pytest

from models.fields import today
from services import charts
from services.crud import flow, history, query, search
from services.crud.errors import Invalid
from services.crud.registry import table
from services.crud.view import Filter, View
from services.platform import db, migrate
from services.platform.i18n import use_language
from tests.areas.conftest import House, furnish
from tests.conftest import Database
from tests.screens.lists import column, opener


@pytest.fixture
def house(database: Database) -> House:
    assert migrate.drift() == []
    return furnish()


def lend(house: House, who: str = "facility", **values: Any) -> int:
    return house.create("key_loan", who, **{"label": "A3-01 备用", "borrower": house.staff["clerk"], **values})


def test_it_works_on_both_databases(house: House) -> None:
    loans, keeper = table("key_loan"), house.actor("facility")
    first, second = lend(house, due_on=today()), lend(house)
    with db.reading() as session:
        page = query.page(session, keeper, loans, View(filters=(Filter("state", "in", ("out",)),)))
        assert {row["id"] for row in page.rows} == {first, second}
        assert [hit.id for hit in search.find(session, keeper, "备用") if hit.table is loans] == [second, first]
        assert charts.data(session, keeper, loans, loans.charts[0]).total == 2
        assert query.record(session, keeper, loans, first)["no"] == f"YS{today().year}0001"
    house.move("key_loan", first, "give_back", "facility")
    with db.reading() as session:
        assert [one.move for one in flow.events(session, keeper, loans, first)] == ["give_back"]
        assert len(history.of(session, keeper, loans, first)) == 2
    with pytest.raises(Invalid) as refused:
        lend(house, due_on=today() - timedelta(days=1))
    assert [str(one) for one in refused.value.errors["due_on"]] == ["It can't be due before it is lent."]


def test_the_rule_holds_whoever_writes(house: House) -> None:
    for who in ("facility", "system"):
        with pytest.raises(Invalid) as refused:
            lend(house, who, due_on=today() + timedelta(days=400))
        with use_language("zh_CN"):
            assert [str(one) for one in refused.value.errors["due_on"]] == ["钥匙最长可借用一年。"]
    lend(house, due_on=today() + timedelta(days=300))


def test_its_screens_are_there(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    first = lend(house)
    open_ = opener(monkeypatch, house.actor("facility"))
    assert column(open_("key_loan"), "label") == ["A3-01 备用"]
    assert "应还日期" in {one.label for one in open_("key_loan", new="1").date_input}
    assert "归还" in {one.label for one in open_("key_loan", id=str(first)).button}
    assert len(open_("key_loan", **{"as": "charts", "period": "all"}).get("vega_lite_chart")) == 1
