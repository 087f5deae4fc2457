"""Charts on the screen: every mark is drawn, named, explained and leads somewhere; nothing a person wrote is run."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from models.base import Chart
from pages.parts import chart as screen_of
from pages.parts import figures, plot
from pages.parts.figures import MOST_TICKS
from services import charts
from services.crud.registry import table, tables
from services.platform import db
from services.platform.i18n import use_language
from tests.conftest import Database, fresh
from tests.crud import sample
from tests.crud.conftest import actor, prepare
from tests.crud.test_charts import ALL
from tests.screens.lists import address, keys, opener, run, texts

BOOK = table("sample_book")
FACILITY, NOBODY = actor("facility", account=1), actor("hr", account=1)
FORMULA = '=HYPERLINK("http://x","x")'


@pytest.fixture(scope="module")
def books(_templates: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A library bought in the course of three years; one shelf is called like a formula."""
    with fresh("sqlite", _templates, tmp_path_factory.mktemp("books"), "") as made:
        prepare(made)
        with db.writing() as session:
            names = [FORMULA, "同名", "同名", "\"'<b>`\\", *(f"架{n}" for n in range(30))]
            shelves = sample.put(session, "sample_shelf", [{"mark": f"A-{n:02}", "name": name} for n, name in enumerate(names)])
            rows = [
                {
                    "title": f"b{n}",
                    "genre": ("novel", "poetry", "law")[n % 3],
                    "state": ("draft", "open", "lent", "gone")[n % 4],
                    "marks": ["rare"] if n % 2 else ["rare", "audio"],
                    "shelf": None if n % 9 == 0 else shelves[n % 4 if n % 5 < 2 else n % len(shelves)],
                    "pages": n * 3,
                    "price": None if n % 10 == 0 else Decimal(n) * 100,
                    "lasts": timedelta(hours=n % 30),
                    "bought_on": date(2023, 11, 15) + timedelta(days=n * 5 if n < 150 else 1000),
                    "missing": n % 2 == 0,
                }
                for n in range(180)
            ]
            sample.put(session, "sample_book", rows)
        yield made


def of(chart: Chart) -> figures.Figures:
    with db.reading() as session:
        return figures.figures(charts.data(session, FACILITY, BOOK, chart))


# Figures and pictures


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("name", sorted(ALL))
def test_every_mark_is_drawn_and_explained(books: Database, name: str, language: str) -> None:
    with use_language(language):
        drawn = of(ALL[name])
        assert drawn.title
        assert {row["key"] for row in drawn.rows if row["key"] >= 0} == set(range(len(drawn.data.marks)))
        for row in drawn.rows:
            assert row["at"]
            assert row["text"]
            assert row["of"]
            assert isinstance(row["v"], float) or row["v"] is None
        made = plot.specification(drawn.look, drawn.labels, drawn.target, drawn.target_title)
        assert json.loads(json.dumps(made)) == made
        assert figures.frame(drawn.rows).num_rows == len(drawn.rows)
        assert len(figures.table(drawn.data)) == len(drawn.data.marks)
        assert drawn.summary.startswith(drawn.title)


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_group_has_a_label_and_a_time_axis_only_so_many(books: Database, name: str) -> None:
    drawn = of(ALL[name])
    places = {row[channel] for row in drawn.rows for channel in drawn.labels}
    for labels in drawn.labels.values():
        assert set(labels) <= places | {str(n) for n in range(2000)}
        if drawn.look.axis == "time":
            assert 0 < len(labels) <= MOST_TICKS + 1
        else:
            assert set(labels) == {str(at) for at in range(len(labels))}


def test_two_groups_of_one_name_stay_two(books: Database) -> None:
    drawn = of(DECLARED_WORTH)
    assert list(drawn.labels["y"].values()).count("同名") == 2


DECLARED_WORTH = Chart(name="worth", title="Worth", measure="sum:price", by="shelf")


def test_labels_can_not_break_out_of_the_expression(books: Database) -> None:
    drawn = of(Chart(name="worth", title="Worth", measure="count", by="shelf"))
    made = plot.specification(drawn.look, drawn.labels)
    expressions = [layer["encoding"]["y"]["axis"]["labelExpr"] for layer in made["layer"]]
    for expression in expressions:
        assert json.loads(expression.removeprefix("(").removesuffix(")[datum.value]")) == drawn.labels["y"]


def test_a_step_without_records_is_nothing_on_a_line(books: Database) -> None:
    drawn = of(ALL["bought"])
    months = len(drawn.data.groups["over"])
    assert len(drawn.rows) == months * len(drawn.data.groups["split"])
    assert any(row["key"] == -1 and row["v"] == 0 for row in drawn.rows)


def test_a_mean_of_nothing_is_no_point(books: Database) -> None:
    drawn = of(Chart(name="mean", title="Mean", measure="avg:price", over="bought_on", mark="line"))
    assert all(row["key"] >= 0 for row in drawn.rows)


def test_big_money_is_counted_in_ten_thousands(books: Database) -> None:
    chart = Chart(name="worth", title="Worth", measure="sum:price", by="genre")
    for language, scale, unit in (("zh_CN", 10_000, "万元"), ("en", 1_000, "thousand yuan")):
        with use_language(language):
            drawn = of(chart)
            assert unit in drawn.look.value
            assert drawn.rows[0]["v"] == float(drawn.data.marks[0].value or 0) / scale  # type: ignore[arg-type]
            assert drawn.rows[0]["text"] == f"¥{drawn.data.marks[0].value:,.2f}"


@pytest.mark.parametrize(("lower", "values"), [(False, ["bad", "ok", "ok"]), (True, ["ok", "ok", "bad"])])
def test_a_target_judges(books: Database, lower: bool, values: list[str]) -> None:
    chart = Chart(name="x", title="X", by="state", measure="max:pages", target=Decimal(534), target_title="Goal", lower_is_better=lower)
    drawn = of(chart)
    found = [row["good"] for row in sorted(drawn.rows, key=lambda row: row["v"])]
    assert found[0] == values[0]
    assert found[-1] == values[-1]
    assert drawn.target_title.startswith("Goal 534")
    made = plot.specification(drawn.look, drawn.labels, drawn.target, drawn.target_title)
    assert [layer["encoding"]["x"]["datum"] for layer in made["layer"][-2:]] == [534, 534]


def test_shares_run_up_to_a_hundred(books: Database) -> None:
    drawn = of(ALL["by_shelf"])
    running = [row["sum"] for row in drawn.rows]
    assert running == sorted(running)
    assert running[-1] == pytest.approx(100)


def test_a_picture_is_built_once(books: Database) -> None:
    drawn = of(ALL["bought"])
    plot._built.cache_clear()
    for target in (1.0, 2.0):
        made = plot.specification(drawn.look, drawn.labels, target, "x")
        assert made["layer"][-1]["encoding"]["y"]["datum"] == target
    assert plot._built.cache_info().misses == 1


def test_what_is_built_is_not_changed_by_what_is_put_in(books: Database) -> None:
    look = of(ALL["bought"]).look
    first = plot.specification(look, {"x": {"0": "a"}}, 5.0, "five")
    assert plot.specification(look, {"x": {"0": "b"}}, 6.0, "six") != first
    assert plot.specification(look, {"x": {"0": "a"}}, 5.0, "five") == first


@pytest.mark.parametrize(("step", "count"), [("day", 400), ("week", 200), ("month", 60), ("quarter", 30), ("year", 30), ("month", 5)])
def test_ticks_are_few_and_even(step: str, count: int) -> None:
    days = [
        (n, date(2000 + n // 12, n % 12 + 1, 1) if step == "month" else date(2000, 1, 1) + timedelta(days=n * 91)) for n in range(count)
    ]
    found = figures._ticks(days, step)
    assert 0 < len(found) <= MOST_TICKS
    gaps = {after[0] - before[0] for before, after in pairwise(found)}
    assert len(gaps) <= 1 or step == "quarter"
    if step == "month" and count > 24:
        assert all(day.month == 1 or (day.month - 1) % 6 == 0 for _at, day in found)


# Files


def test_the_file_has_every_figure_and_no_formula(books: Database) -> None:
    with db.reading() as session:
        data = charts.data(session, FACILITY, BOOK, Chart(name="worth", title="Worth", measure="sum:price", by="shelf", split="genre"))
    text = figures.spreadsheet(data).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == len(data.marks) + 1
    assert sum(Decimal(row[2]) for row in rows[1:]) == data.total
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)
    assert any(cell == f"'{FORMULA}" for row in rows for cell in row)


# Screens


def charted(monkeypatch: pytest.MonkeyPatch, **params: str) -> AppTest:
    return opener(monkeypatch, FACILITY)("sample_book", **{"as": "charts", **params})


def specs(screen: AppTest) -> list[Any]:
    return [one.proto for one in screen.get("vega_lite_chart")]


def test_the_charts_of_a_list_follow_its_filters_and_the_period(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = charted(monkeypatch, period="all")
    assert len(specs(everything)) == len(charts.offered(BOOK))
    assert "180" in texts(everything)
    drafts = charted(monkeypatch, period="all", **{"f.state": "draft"})
    assert "45" in texts(drafts)
    assert "180" not in texts(drafts)
    assert not specs(charted(monkeypatch, period="2001-01-01..2001-12-31"))


@pytest.mark.parametrize(
    "period", ["", "this_year", "all", "2024-01-01..", "..2024-12-31", "..", "x", "2024-99-01..2024-01-01", "\0", "this"]
)
def test_a_period_that_is_none_is_the_usual_one(books: Database, monkeypatch: pytest.MonkeyPatch, period: str) -> None:
    charted(monkeypatch, period=period)


def test_the_period_is_kept_in_the_address(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = charted(monkeypatch, **{"f.state": "draft"})
    with use_language("zh_CN"):
        run(screen.selectbox(key="sample_book.period").set_value("all"))
    assert address(screen) == {"as": "charts", "period": "all", "f.state": "draft"}
    with use_language("zh_CN"):
        run(screen.selectbox(key="sample_book.period").set_value("own"))
        run(screen.date_input(key="sample_book.from").set_value(date(2024, 12, 31)))
        run(screen.date_input(key="sample_book.to").set_value(date(2024, 1, 1)))
    assert address(screen)["period"] == "2024-01-01..2024-12-31"


def test_every_picture_has_a_name_that_says_what_it_shows(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for proto in specs(charted(monkeypatch, period="all")):
        assert proto.alt
        assert any(sign.isdigit() for sign in proto.alt)


def _click(key: object) -> None:
    import streamlit as st

    from models.base import Chart
    from pages.parts import chart, figures, session
    from services import charts
    from services.crud.registry import table
    from services.platform.db import reading

    with reading() as db:
        data = charts.data(
            db, session.actor(), table("sample_book"), Chart(name="x", title="X", by="shelf", measure="sum:price", mark="pareto")
        )
    st.session_state["c.0"] = type("State", (), {"selection": {"mark": [{"key": key}]}})()
    chart._clicked("c", 0, figures.figures(data))


@pytest.mark.parametrize("key", [0, 3, -1, 999, "x", None, True, 1.5])
def test_a_click_leads_to_the_records_and_nonsense_nowhere(books: Database, monkeypatch: pytest.MonkeyPatch, key: Any) -> None:
    went: list[tuple[str, Any]] = []
    monkeypatch.setattr("pages.parts.session.actor", lambda: FACILITY)
    monkeypatch.setattr("pages.parts.navigation.open_page", lambda name, params=None: went.append((name, params)))
    run(AppTest.from_function(_click, args=(key,), default_timeout=20))
    if isinstance(key, int) and not isinstance(key, bool) and 0 <= key < 20:
        assert went[0][0] == "sample_book"
        assert list(went[0][1]) == ["f.shelf"]
    else:
        assert not went


def test_what_is_left_over_can_not_be_listed(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.parts.session.actor", lambda: FACILITY)
    went: list[Any] = []
    monkeypatch.setattr("pages.parts.navigation.open_page", lambda *given: went.append(given))
    run(AppTest.from_function(_click, args=(20,), default_timeout=20))
    assert not went


def test_no_chart_tells_what_is_masked(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = table("sample_reader")
    monkeypatch.setattr(reader.model, "__charts__", (Chart(name="x", title="X", by="mobile"),))
    assert not charts.offered(reader)
    screen = opener(monkeypatch, actor("director"))("sample_reader", **{"as": "charts"})
    assert not specs(screen)


# Results


def _results() -> None:
    from pages import results

    results.show()


def results(monkeypatch: pytest.MonkeyPatch, who: Any, **params: str) -> AppTest:
    monkeypatch.setattr("pages.parts.session.actor", lambda: who)
    screen = AppTest.from_function(_results, default_timeout=30)
    for name, value in params.items():
        screen.query_params[name] = value
    return run(screen)


def test_results_show_one_area_at_a_time(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = results(monkeypatch, FACILITY, area="system", period="all")
    assert any(str(one.key).startswith("chart.sample_book") for one in screen.get("vega_lite_chart"))
    assert not any(str(one.key).startswith("chart.asset") for one in screen.get("vega_lite_chart"))


def test_results_of_an_unknown_area_are_those_of_the_first(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    results(monkeypatch, FACILITY, area="../nowhere", period="\0")


def test_results_are_for_who_may_read(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "sample_book" not in {one.name for found in _areas(NOBODY) for one in found}
    assert "sample_book" in {one.name for found in _areas(FACILITY) for one in found}
    screen = results(monkeypatch, actor())
    assert screen.info
    assert not keys(screen)


def _areas(who: Any) -> list[Any]:
    from pages import results as page

    return [list(found) for found in page.by_area(who).values()]


@pytest.mark.parametrize("name", sorted(one.name for one in tables().values() if one.charts))
def test_every_declared_chart_can_be_drawn_of_nothing(books: Database, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    from services.crud.access import system_actor

    with db.reading() as session:
        for chart in table(name).charts:
            data = charts.data(session, system_actor(1, "screen"), table(name), chart)
            drawn = figures.figures(data)
            plot.specification(drawn.look, drawn.labels, drawn.target, drawn.target_title)
    assert screen_of.YEAR


def test_charts_of_what_is_only_added_to_look_at_one_date() -> None:
    moves = table("stock_move")
    assert moves.screen.append_only
    assert {getattr(charts.period_field(moves, chart), "name", "") for chart in moves.charts} == {"moved_on"}
    # What stands there today is not cut to what came lately.
    assets = table("asset")
    assert charts.period_field(assets, next(chart for chart in assets.charts if chart.by and not chart.over)) is None
