"""The address of a list: what comes out goes in again, and nothing that is typed there breaks or tells anything."""

import logging
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.fields import Kind
from services.crud import periods, query
from services.crud.registry import Field, tables
from services.crud.registry import table as described
from services.crud.view import LAST, Filter, View, filterable, ops, read, write
from services.platform import db
from services.platform.i18n import LOCAL
from tests.conftest import Database
from tests.crud import sample
from tests.crud.conftest import CENTRE, OTHER, actor

BOOK = described("sample_book")
FACILITY = actor("facility")
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(lambda text: bool(text.strip()))


def view_of(params: dict[str, str], table: str = "sample_book") -> tuple[View, list[str]]:
    view, refused = View.from_params(FACILITY, described(table), {name: [text] for name, text in params.items()})
    return view, [str(message) for message in refused]


def values_of(field: Field) -> st.SearchStrategy[Any]:
    """Values that a filter on the field can ask for."""
    match field.kind:
        case Kind.CHOICE | Kind.CHOICES:
            return st.sampled_from([choice.code for choice in field.spec.choices])
        case Kind.BOOLEAN:
            return st.booleans()
        case Kind.REFERENCE | Kind.PARENT | Kind.REFERENCES:
            return st.integers(1, 2**31 - 1)
        case Kind.INTEGER:
            return st.integers(-(2**31) + 1, 2**31 - 1)
        case Kind.MONEY | Kind.DECIMAL | Kind.PERCENT:
            return st.decimals(-(10**9), 10**9, places=field.spec.places)
        case Kind.DATE:
            return st.dates(date(1900, 1, 1), date(2199, 12, 31))
        case Kind.MOMENT:
            days = st.dates(date(1900, 1, 2), date(2199, 12, 30))
            return days | st.builds(
                lambda day, at: datetime(day.year, day.month, day.day, at.hour, at.minute, tzinfo=LOCAL), days, st.times()
            )
        case Kind.TIME:
            return st.times().map(lambda at: time(at.hour, at.minute))
        case Kind.DURATION:
            return st.integers(-50_000, 50_000).map(lambda minutes: timedelta(minutes=minutes))
        case _:
            return TEXT.map(lambda text: " ".join(text.split())).filter(lambda text: read_as(text))


def read_as(text: str) -> bool:
    import unicodedata

    return text == unicodedata.normalize("NFKC", text).strip()


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    field = draw(st.sampled_from([field for field in BOOK.fields.values() if filterable(BOOK, field)]))
    op = draw(st.sampled_from(ops(field)))
    if op in ("empty", "filled"):
        return Filter(field.name, op)
    if op == "period":
        return Filter(field.name, op, (draw(st.sampled_from(list(periods.PERIODS))),))
    value = values_of(field)
    if op == "between":
        low, high = draw(st.none() | value), draw(st.none() | value)
        return Filter(field.name, op, (low, draw(value) if low is None and high is None else high))
    if op == "contains":
        return Filter(field.name, op, (draw(value),))
    return Filter(field.name, op, tuple(draw(st.lists(value, min_size=1, max_size=4, unique=True))))


@st.composite
def views(draw: st.DrawFn) -> View:
    found = {one.field: one for one in draw(st.lists(filters(), max_size=5))}
    columns = draw(st.lists(st.sampled_from([field.name for field in BOOK.declared]), unique=True, max_size=4))
    sortable = [field.name for field in BOOK.fields.values() if BOOK.sortable(field)]
    return View(
        filters=tuple(found.values()),
        search=" ".join(draw(TEXT).split()) if draw(st.booleans()) else "",
        sort=draw(st.sampled_from(["", "id", "-id", *sortable, *(f"-{name}" for name in sortable)])),
        after=draw(st.sampled_from(["", "abc"])),
        before=draw(st.sampled_from(["", LAST])),
        size=draw(st.sampled_from([20, 50, 100, 200])),
        columns=tuple(columns) or None,
        density=draw(st.sampled_from(["compact", "normal", "comfortable"])),
        trash=draw(st.booleans()),
        name=draw(st.sampled_from(["", "7"])),
    )


@settings(max_examples=300, deadline=None)
@given(view=views())
def test_a_view_survives_its_address(view: View) -> None:
    from services.crud.view import clean

    again, refused = View.from_params(FACILITY, BOOK, view.to_params())
    assert refused == []
    assert again == view.but(search=clean(view.search), after=view.after, before=view.before)


ODD = [
    *("~", "!~", "..", "1..2", "NaN", "inf", "-1e999", "1e400", "9" * 50, "2147483648", "9223372036854775808", "1,000.50", "１００"),
    *("0001-01-01", "9999-12-31", "9999-12-31T23:59", "2026-02-30", "25:00", "this_year", "yes", "-", "--id", "\\", ",", "%", "_"),
    *("'; drop table sample_book; --", "<script>", "\U0001f600", "x" * 10_000, "\u202eabc"),
]
NAMES = [
    *(f"f.{name}" for name in (*BOOK.fields, "id", "nothing", "title__sort", "", "f.state")),
    *("q", "sort", "size", "cols", "after", "before", "density", "trash", "view", "x"),
]


@settings(max_examples=300, deadline=None)
@given(
    params=st.dictionaries(st.sampled_from(NAMES), st.lists(st.text(max_size=40) | st.sampled_from([*ODD, "\0"]), max_size=2), max_size=6)
)
def test_whatever_stands_in_the_address_gives_a_view(params: dict[str, list[str]]) -> None:
    view, refused = View.from_params(FACILITY, BOOK, params)
    assert all(str(message) for message in refused)
    again, more = View.from_params(FACILITY, BOOK, view.to_params())
    assert (again, more) == (view, [])


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_values_never_reach_the_database_as_an_error(shared_library: Database, text: str) -> None:
    params = {f"f.{field.name}": [text] for field in BOOK.fields.values()} | {"q": [text]}
    with db.reading() as session:
        view, _refused = View.from_params(FACILITY, BOOK, params, session)
        for one in view.filters:
            query.count(session, FACILITY, BOOK, View(filters=(one,)))
        query.page(session, FACILITY, BOOK, view)
        for name in ("sort", "after", "before", "cols", "size", "view"):
            view, _refused = View.from_params(FACILITY, BOOK, {name: [text]}, session)
            query.page(session, FACILITY, BOOK, view)


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_values_in_a_table_of_few(shared_library: Database, text: str) -> None:
    for name in ("sample_shelf", "sample_stamp", "account"):
        table = described(name)
        with db.reading() as session:
            view, _refused = View.from_params(actor("admin"), table, {f"f.{field}": [text] for field in table.fields}, session)
            for one in view.filters:
                query.count(session, actor("admin"), table, View(filters=(one,)))


def test_what_is_forbidden_is_refused_said_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="centre.view"):
        view, refused = view_of(
            {"f.nothing": "1", "f.title__sort": "a", "f.blurb": "x", "sort": "also_on", "cols": "title,nothing,title__sort"}
        )
    assert view == View(columns=("title",))
    assert refused == [
        "There is no field “nothing” here.",
        "There is no field “title__sort” here.",
        "The list can't be filtered by “Blurb”.",
        "The list can't be sorted by “Also on”.",
    ]
    assert len(caplog.records) == 4
    assert {record.__dict__["table"] for record in caplog.records} == {"sample_book"}


@pytest.mark.parametrize("name", ["mobile", "id_no", "account", "home", "secret", "mobile__hash", "id_no__hash"])
def test_nobody_filters_or_sorts_by_what_is_masked(name: str) -> None:
    for who in (actor("director"), actor("auditor"), actor("head")):
        view, refused = View.from_params(who, described("sample_reader"), {f"f.{name}": ["138"], "sort": [name]})
        assert view == View()
        assert refused
    assert not any(filterable(table, field) for table in tables().values() for field in table.fields.values() if field.spec.sensitive)


def test_a_hidden_field_does_not_even_exist() -> None:
    _view, refused = View.from_params(actor("director"), described("sample_reader"), {"f.secret": ["~"], "cols": ["secret"]})
    assert [str(message) for message in refused] == ["There is no field “secret” here."]


NONSENSE = {
    "genre": ("unknown", "1,2", ""),
    "pages": ("many", "1.5", "2147483648", "a..b", ".."),
    "price": ("NaN", "1e30"),
    "bought_on": ("2026-02-30", "last_century", "0001-01-01"),
    "due_at": ("9999-12-31", "0001-01-01T00:00"),
    "missing": ("perhaps", "~"),
    "shelf": ("-1", "0", "x", "99999999999"),
    "also_on": ("1.5",),
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in NONSENSE.items() for text in texts])
def test_values_that_make_no_sense_are_refused(name: str, text: str) -> None:
    view, refused = view_of({f"f.{name}": text})
    assert view == View()
    assert len(refused) == 1
    assert BOOK.fields[name].title in refused[0]


def test_another_centres_record_is_refused(library: Database) -> None:
    with db.writing() as session:
        (mine,) = sample.put(session, "sample_shelf", [{"mark": "A-01", "name": "Mine"}], centre=CENTRE)
        (theirs,) = sample.put(session, "sample_shelf", [{"mark": "A-01", "name": "Theirs"}], centre=OTHER)
    with db.reading() as session:
        view, refused = View.from_params(FACILITY, BOOK, {"f.shelf": [f"{mine},{theirs}"], "f.keeper": ["1"]}, session)
    assert view.filters == (Filter("shelf", "in", (mine,)),)
    assert [str(message) for message in refused] == [
        "What “Shelf” was filtered by is not there.",
        "What “Keeper” was filtered by is not there.",
    ]


@pytest.mark.parametrize(
    ("name", "text", "filter_"),
    [
        ("state", "open,lent", Filter("state", "in", ("open", "lent"))),
        ("bought_on", "this_year", Filter("bought_on", "period", ("this_year",))),
        ("bought_on", "2026-01-01..2026-03-31", Filter("bought_on", "between", (date(2026, 1, 1), date(2026, 3, 31)))),
        ("bought_on", "2026-01-01", Filter("bought_on", "between", (date(2026, 1, 1), date(2026, 1, 1)))),
        ("price", "100..500", Filter("price", "between", (Decimal(100), Decimal(500)))),
        ("price", "..1,000.50", Filter("price", "between", (None, Decimal("1000.50")))),
        ("price", "１００..", Filter("price", "between", (Decimal(100), None))),
        ("shelf", "12", Filter("shelf", "in", (12,))),
        ("due_at", "~", Filter("due_at", "empty")),
        ("due_at", "!~", Filter("due_at", "filled")),
        ("missing", "yes", Filter("missing", "in", (True,))),
    ],
)
def test_how_filters_are_written(name: str, text: str, filter_: Filter) -> None:
    assert read(BOOK.fields[name], text) == filter_
    assert read(BOOK.fields[name], write(filter_)) == filter_


def test_a_change_of_the_list_goes_back_to_its_first_page() -> None:
    view = View(after="key")
    assert view.but(density="compact").after == "key"
    assert view.but(columns=("title",)).after == "key"
    assert view.but(search="x").after == ""
    assert view.filtered(Filter("missing", "in", (True,))).after == ""
    assert view.but(after="other").after == "other"


@pytest.mark.parametrize(
    ("period", "span"),
    [
        ("today", ("2026-11-24", "2026-11-24")),
        ("yesterday", ("2026-11-23", "2026-11-23")),
        ("this_week", ("2026-11-23", "2026-11-29")),
        ("last_week", ("2026-11-16", "2026-11-22")),
        ("next_week", ("2026-11-30", "2026-12-06")),
        ("this_month", ("2026-11-01", "2026-11-30")),
        ("last_month", ("2026-10-01", "2026-10-31")),
        ("next_month", ("2026-12-01", "2026-12-31")),
        ("this_quarter", ("2026-10-01", "2026-12-31")),
        ("last_quarter", ("2026-07-01", "2026-09-30")),
        ("this_year", ("2026-01-01", "2026-12-31")),
        ("last_year", ("2025-01-01", "2025-12-31")),
        ("last_7_days", ("2026-11-18", "2026-11-24")),
        ("last_30_days", ("2026-10-26", "2026-11-24")),
        ("next_7_days", ("2026-11-24", "2026-11-30")),
        ("next_30_days", ("2026-11-24", "2026-12-23")),
        ("overdue", (None, "2026-11-23")),
    ],
)
def test_periods(period: str, span: tuple[str | None, str]) -> None:
    low, high = periods.span(period, date(2026, 11, 24))
    assert (low and low.isoformat(), high and high.isoformat()) == span
    assert set(periods.PERIODS) >= {period}


@given(day=st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_periods_hold_on_every_day(day: date) -> None:
    for period in periods.PERIODS:
        low, high = periods.span(period, day)
        assert high is not None
        assert low is None or low <= high
        if period.startswith(("this_", "today")):
            assert low is not None
            assert low <= day <= high
        if period.startswith("last_") and not period.endswith("_days"):
            assert high < day
    months = [periods.span(f"{which}_month", day) for which in ("last", "this", "next")]
    assert months[0][1] == months[1][0] - timedelta(days=1)  # type: ignore[operator]
    assert months[1][1] == months[2][0] - timedelta(days=1)  # type: ignore[operator]
