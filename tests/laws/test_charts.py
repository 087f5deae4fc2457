"""Every declared chart draws the demo centre, and every mark leads to exactly the records that it stands for."""

import json

import pytest
from sqlalchemy.orm import Session

from models.base import Chart
from pages.parts import figures, plot
from services import charts
from services.crud import query
from services.crud.access import may
from services.crud.registry import Table, table
from services.crud.view import Filter, View, filterable
from services.platform.i18n import LANGUAGES, use_language
from tests.laws.conftest import NAMES, Demo

CHARTS = [(name, chart.name) for name in NAMES for chart in table(name).charts]


def chart_of(name: str, chart: str) -> tuple[Table, Chart]:
    of = table(name)
    return of, next(one for one in of.charts if one.name == chart)


@pytest.mark.parametrize(("name", "chart"), CHARTS)
def test_every_chart_draws_the_demo_centre(demo: Demo, session: Session, name: str, chart: str) -> None:
    of, declared = chart_of(name, chart)
    for language in LANGUAGES:
        with use_language(language):
            data = charts.data(session, demo.everybody, of, declared)
            drawn = figures.figures(data)
            assert data.marks
            assert {row["key"] for row in drawn.rows if row["key"] >= 0} == set(range(len(data.marks)))
            assert all(row["text"] and row["at"] for row in drawn.rows)
            made = plot.specification(drawn.look, drawn.labels, drawn.target, drawn.target_title)
            assert json.loads(json.dumps(made)) == made
            assert drawn.summary.startswith(drawn.title)
            assert len(figures.table(data)) == len(data.marks)


@pytest.mark.parametrize("period", ["", "this_year", "last_month"])
@pytest.mark.parametrize(("name", "chart"), CHARTS)
def test_every_mark_leads_to_its_records(demo: Demo, session: Session, name: str, chart: str, period: str) -> None:
    of, declared = chart_of(name, chart)
    who = demo.everybody
    assert may(who, of, "read")
    data = charts.data(session, who, of, declared, period=period)

    def behind(params: charts.Params) -> int:
        view, refused = View.from_params(who, of, params, session)
        assert refused == []
        if data.measure is not None and _may_be_empty(of, data):
            view = view.filtered(Filter(data.measure.name, "filled")) if filterable(of, data.measure) else view
        return query.count(session, who, of, view, bound=None).value

    exact = data.measure is None or not _may_be_empty(of, data) or filterable(of, data.measure)
    for mark in data.marks:
        if mark.params is None:
            assert any(group.key == charts.OTHERS for group in mark.groups.values()) or _led_by_no_index(of, data)
        elif exact:
            assert behind(mark.params) == mark.count, mark.params
        else:
            assert behind(mark.params) >= mark.count
    if exact:
        assert behind(data.params) == data.count
    if declared.measure == "count" and not any(field.kind in ("choices", "references") for field in data.fields.values()):
        assert sum(mark.count for mark in data.marks) == data.count


def _led_by_no_index(of: Table, data: charts.ChartData) -> bool:
    """Whether a group is worked out, in a table too big to look through for it."""
    return not of.screen.few and any(field.spec.computed for field in data.fields.values())


def _may_be_empty(of: Table, data: charts.ChartData) -> bool:
    """Whether some records have nothing to measure."""
    assert data.measure is not None
    return data.measure.column is None or bool(data.measure.column.nullable)


@pytest.mark.parametrize(("name", "chart"), CHARTS)
def test_a_chart_tells_no_more_than_the_list(demo: Demo, session: Session, name: str, chart: str) -> None:
    of, declared = chart_of(name, chart)
    for who in (*demo.people.values(), demo.nobody):
        data = charts.data(session, who, of, declared)
        view, _refused = View.from_params(who, of, data.params, session)
        assert data.count <= query.count(session, who, of, view, bound=None).value
