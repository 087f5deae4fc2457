"""Charts: figures as counted by hand, every mark leads to its records, nothing is told that may not be read."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base import Chart
from models.fields import FILLED, When
from services import charts
from services.charts import ChartData
from services.crud import query
from services.crud.access import Forbidden
from services.crud.registry import table
from services.crud.view import Filter, View
from services.platform import db
from tests.conftest import Database
from tests.crud import sample
from tests.crud.conftest import OTHER, actor

BOOK, READER = table("sample_book"), table("sample_reader")
FACILITY = actor("facility")
DECLARED = {chart.name: chart for chart in BOOK.charts}
MORE = (
    Chart(name="marks", title="Marks", by="marks"),
    Chart(name="also", title="Also on", by="also_on"),
    Chart(name="heat", title="Heat", by="genre", split="missing", mark="heat"),
    Chart(name="quarters", title="Quarters", over="bought_on", step="quarter", measure="sum:price"),
    Chart(name="years", title="Years", over="bought_on", step="year", by="genre", split="missing"),
    Chart(name="days", title="Days", over="due_at", step="day", measure="max:pages"),
    Chart(name="cheapest", title="Cheapest", by="genre", measure="min:price"),
    Chart(name="lasts", title="Lasts", by="genre", measure="avg:lasts"),
    Chart(name="prices", title="Prices", by="price", mark="histogram"),
    Chart(name="whole", title="All", measure="sum:price"),
    Chart(name="gone", title="Missing", by="genre", measure="share:missing"),
    Chart(name="shelved", title="On a shelf", by="genre", only=When(shelf=FILLED, genre=("law", "novel"))),
)
ALL = {**DECLARED, **{chart.name: chart for chart in MORE}}


@pytest.fixture(scope="module")
def books(shared_library: Database) -> list[dict[str, Any]]:
    random = Random(3)
    with db.writing() as session:
        shelves = sample.put(session, "sample_shelf", [{"mark": f"A-{n:02}", "name": f"架{n}"} for n in range(30)])
        made = [
            {
                "title": f"b{n}",
                "genre": random.choice(["novel", "poetry", "law"]),
                "state": random.choice(["draft", "open", "lent"]),
                "marks": random.sample(["large", "audio", "rare"], random.randrange(4)),
                "shelf": None if n % 5 == 0 else shelves[min(int(random.paretovariate(0.7)), 29)],
                "pages": random.choice([1, 98, 99, 100, 199, 200, 499, 500, 501]),
                "price": None if n % 6 == 0 else Decimal(random.randrange(1, 9999)) / 100,
                "bought_on": date(2025, 10, 1) + timedelta(days=random.randrange(200)),
                # Around midnight in Shanghai, on a Sunday and a Monday.
                "due_at": None if n % 3 == 0 else datetime(2026, 3, 1, 15, 58, tzinfo=UTC) + timedelta(minutes=random.randrange(4)),
                "lasts": None if n % 4 == 0 else timedelta(minutes=random.randrange(100)),
                "missing": n % 7 == 0,
                "also_on": random.sample(shelves[:4], random.randrange(3)),
            }
            for n in range(300)
        ]
        for row, id_ in zip(made, sample.put(session, "sample_book", made), strict=True):
            row["id"] = id_
        sample.put(session, "sample_book", [{"title": "gone", "deleted_at": datetime(2026, 1, 1, tzinfo=UTC), "price": 7}] * 3)
        sample.put(session, "sample_book", [{"title": "foreign", "price": 9}] * 3, centre=OTHER)
        sample.put(session, "sample_reader", [{"card": "1", "name": "x", "mobile": "13812341234"}])
    return made


def data(name: str, view: View | None = None, period: str = "", **more: Any) -> ChartData:
    with db.reading() as session:
        return charts.data(session, more.get("who", FACILITY), BOOK, ALL[name], view, period)


def values(found: ChartData) -> dict[tuple[Any, ...], Any]:
    return {tuple(group.key for group in mark.groups.values()): mark.value for mark in found.marks}


def test_groups_and_splits_are_counted(books: list[dict[str, Any]]) -> None:
    found = data("by_genre")
    assert values(found) == Counter((row["genre"], row["state"]) for row in books)
    assert [group.key for group in found.groups["by"]] == ["novel", "poetry", "law"], "in the declared order"
    assert [group.title for group in found.groups["split"]] == ["Draft", "On the shelf", "Lent"]
    assert found.total == found.count == 300
    assert found.rows[0] == {"by": "Novel", "split": "Draft", "value": found.marks[0].value, "count": found.marks[0].count}


def test_sums_are_exact_and_the_smallest_groups_stand_together(books: list[dict[str, Any]]) -> None:
    found = data("by_shelf")
    by_shelf: Counter[Any] = Counter()
    for row in books:
        by_shelf[row["shelf"]] += row["price"] or Decimal(0)  # type: ignore[assignment]
    got = values(found)
    shown = [key for (key,) in got if key not in (None, charts.OTHERS)]
    assert len(by_shelf) > charts.MOST_GROUPS + 1
    assert {key: got[key,] for key in shown} == {key: by_shelf[key] for key in shown}
    assert [got[key,] for key in shown] == sorted((got[key,] for key in shown), reverse=True)
    assert sum(got.values()) == found.total == sum(row["price"] or 0 for row in books)
    assert len(got) == charts.MOST_GROUPS + 1
    others = next(mark for mark in found.marks if mark.groups["by"].key == charts.OTHERS)
    assert others.params is None
    assert found.groups["by"][-1].title == "Others"


def test_time_by_steps_with_those_in_which_nothing_was(books: list[dict[str, Any]]) -> None:
    found = data("bought")
    assert values(found) == Counter((row["bought_on"].replace(day=1), row["genre"]) for row in books)
    months = [group.key for group in found.groups["over"]]
    assert months == [date(2025 + (m + 9) // 12, (m + 9) % 12 + 1, 1) for m in range(7)]
    quarters = data("quarters")
    sums: Counter[date] = Counter()
    for row in books:
        sums[date(row["bought_on"].year, (row["bought_on"].month - 1) // 3 * 3 + 1, 1)] += row["price"] or 0
    assert {key: value for (key,), value in values(quarters).items()} == sums
    assert [group.title for group in quarters.groups["over"]] == ["2025 Q4", "2026 Q1", "2026 Q2"]
    years = data("years")
    assert values(years) == Counter((row["bought_on"].replace(month=1, day=1), row["genre"], row["missing"]) for row in books)


def test_a_moment_counts_on_its_day_in_shanghai(books: list[dict[str, Any]]) -> None:
    lent = [row for row in books if row["state"] == "lent" and row["due_at"]]
    sunday = sum(row["due_at"] < datetime(2026, 3, 1, 16, tzinfo=UTC) for row in lent)
    found = values(data("due"))
    assert found[(date(2026, 2, 23),)] == sunday, "a Sunday ends the week that began on Monday the 23rd"
    assert found[(date(2026, 3, 2),)] == len(lent) - sunday
    days = values(data("days"))
    assert {key for (key,) in days} == {date(2026, 3, 1), date(2026, 3, 2), None}


def test_means_tell_of_how_many(books: list[dict[str, Any]]) -> None:
    found = data("missing")
    for mark in found.marks:
        prices = [row["price"] for row in books if row["missing"] is mark.groups["by"].key and row["price"] is not None]
        assert mark.count == len(prices)
        assert mark.value == (sum(prices) / len(prices)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    cheapest = values(data("cheapest"))
    assert all(value == min(row["price"] for row in books if row["genre"] == key and row["price"]) for (key,), value in cheapest.items())
    for mark in data("lasts").marks:
        lasts = [row["lasts"] for row in books if row["genre"] == mark.groups["by"].key and row["lasts"] is not None]
        assert mark.value == timedelta(seconds=round(sum(lasts, timedelta()).total_seconds() / len(lasts)))
    for mark in data("gone").marks:
        here = [row["missing"] for row in books if row["genre"] == mark.groups["by"].key]
        assert mark.value == (Decimal(100 * sum(here)) / len(here)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert mark.count == len(here)


def test_histograms(books: list[dict[str, Any]]) -> None:
    found = data("pages")
    assert [group.title for group in found.groups["by"]] == ["0–99", "100–199", "200–499", "≥ 500"]
    counts = [sum(low <= row["pages"] < high for row in books) for low, high in ((0, 100), (100, 200), (200, 500), (500, 10**9))]
    assert [mark.value for mark in found.marks] == counts
    with db.reading() as session:
        narrow = charts.data(session, FACILITY, BOOK, replace(ALL["pages"], bins=(0, 300, 301)))
    assert [group.title for group in narrow.groups["by"]] == ["0–299", "300", "≥ 301"]
    prices = data("prices")
    assert sum(mark.count for mark in prices.marks) == 300
    assert 8 <= len(prices.groups["by"]) <= 12
    assert prices.groups["by"][-1].key is None


def test_records_with_several_values_count_in_each_and_once_in_all(books: list[dict[str, Any]]) -> None:
    found = data("marks")
    assert values(found) == Counter((one,) for row in books for one in (row["marks"] or [None]))
    assert found.total == 300
    found = data("also")
    assert values(found) == Counter((one,) for row in books for one in (row["also_on"] or [None]))
    assert found.total == 300


@pytest.mark.parametrize("name", list(ALL))
@pytest.mark.parametrize("narrowed", [False, True])
def test_every_mark_leads_to_its_records(books: list[dict[str, Any]], name: str, narrowed: bool) -> None:
    view = View(filters=(Filter("pages", "between", (1, 400)),), search="b1") if narrowed else None
    period = "2025-11-15..2026-03-20" if narrowed else ""
    found = data(name, view, period)
    measured = found.measure is not None and found.measure.name in ("price", "lasts")
    with db.reading() as session:

        def behind(params: dict[str, list[str]]) -> int:
            again, refused = View.from_params(FACILITY, BOOK, params, session)
            assert refused == []
            if measured:
                assert found.measure is not None
                ids = query.matching(session, FACILITY, BOOK, again, 1_000)
                return sum(row[found.measure.name] is not None for row in books if row["id"] in ids)
            return query.count(session, FACILITY, BOOK, again).value

        assert found.marks
        for mark in found.marks:
            if mark.params is not None:
                assert behind(mark.params) == mark.count, mark.params
        assert behind(found.params) == found.count


def test_a_period_cuts_the_first_and_the_last_step(books: list[dict[str, Any]]) -> None:
    found = data("bought", period="2025-11-15..2026-01-10")
    inside = [row for row in books if date(2025, 11, 15) <= row["bought_on"] <= date(2026, 1, 10)]
    assert found.total == len(inside)
    assert found.groups["over"][0].key == date(2025, 11, 1)
    assert found.marks[0].params is not None
    assert found.marks[0].params["f.bought_on"] == ["2025-11-15..2025-11-30"]
    assert data("bought", period="..2020-01-01").marks == []
    assert data("by_genre", period="2025-11-15..2026-01-10").total == len(inside), "by the date of the list where there is no time axis"
    with pytest.raises(ValueError, match="whenever"):
        data("bought", period="whenever")


def test_no_period_narrows_what_there_is(books: list[dict[str, Any]]) -> None:
    standing = replace(ALL["by_genre"], standing=True)
    with db.reading() as session:
        found = charts.data(session, FACILITY, BOOK, standing, period="2025-11-15..2026-01-10")
    assert found.total == len(books)


def test_the_condition_of_a_chart(books: list[dict[str, Any]]) -> None:
    assert values(data("shelved")) == Counter((row["genre"],) for row in books if row["shelf"] and row["genre"] in ("law", "novel"))


def test_a_chart_without_groups_is_one_figure(books: list[dict[str, Any]]) -> None:
    found = data("whole")
    assert [(mark.groups, mark.value) for mark in found.marks] == [({}, found.total)]
    assert found.total == sum(row["price"] or 0 for row in books)


def test_who_may_not_read_sees_nothing(books: list[dict[str, Any]]) -> None:
    for who in (actor(), actor("publicity")):
        found = data("by_genre", who=who)
        assert found.marks == []
        assert found.total == found.count == 0


@pytest.mark.parametrize("measure", ["count", "min:born_on"])
@pytest.mark.parametrize("name", ["mobile", "id_no", "secret"])
def test_no_chart_of_what_is_masked(books: list[dict[str, Any]], name: str, measure: str) -> None:
    for chart in (
        Chart(name="x", title="x", by=name),
        Chart(name="x", title="x", split=name),
        Chart(name="x", title="x", only=When(**{name: "1"})),
    ):
        with db.reading() as session, pytest.raises(Forbidden):
            charts.data(session, actor("director"), READER, chart)


def test_only_harmless_charts_are_offered() -> None:
    assert [chart.name for chart in charts.offered(BOOK)] == list(DECLARED)


@given(
    low=st.decimals(-(10**9), 10**9, places=2),
    width=st.decimals(0, 10**9, places=2),
    smallest=st.sampled_from([Decimal(1), Decimal("0.01")]),
)
def test_bins_are_about_ten_and_cover_all(low: Decimal, width: Decimal, smallest: Decimal) -> None:
    edges = list(charts._round_edges(low, low + width, smallest))
    assert len(edges) <= 12
    assert edges == sorted(set(edges))
    assert all(low < edge <= low + width for edge in edges)
