"""What an agenda shows: all that lasts at some time of it, of whoever may read it, in bounded statements; side by side, never on top."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.fields import When
from services.crud import agenda, rules, write
from services.crud.errors import Invalid
from services.crud.periods import end_of, start_of
from services.crud.registry import table
from services.crud.view import Filter, View
from services.platform import db
from services.platform.i18n import LOCAL
from services.platform.settings import override
from tests.conftest import Database
from tests.crud import sample
from tests.crud.conftest import OTHER, actor
from tests.crud.desk import undone
from tests.crud.test_query import counting

LOAN, BOOK = table("sample_loan"), table("sample_book")
KEEPER, CLERK, AUDITOR = actor("facility"), actor("clerk"), actor("auditor")
FIRST = date(2026, 3, 2)
"""A Monday."""
DAYS = [FIRST + timedelta(days=n) for n in range(7)]


@pytest.fixture(scope="module")
def loans(shared_library: Database) -> list[dict[str, Any]]:
    """Loans of minutes and of months, around that week; cancelled and deleted ones, and some of another centre."""
    random = Random(3)
    with db.writing() as session:
        shelf = sample.put(session, "sample_shelf", [{"mark": "A-01", "name": "Shelf"}])[0]
        books = sample.put(session, "sample_book", [{"title": f"Book {n}", "number": f"XB{n}", "shelf": shelf} for n in range(6)])
        readers = sample.put(session, "sample_reader", [{"card": "R1", "name": "王五"}])
        made = []
        for n in range(400):
            start = datetime(2026, 1, 20, tzinfo=UTC) + timedelta(minutes=15 * random.randrange(4 * 24 * 70))
            lasts = random.choice([timedelta(minutes=30), timedelta(hours=3), timedelta(days=2), timedelta(days=89)])
            made.append({"book": random.choice(books), "reader": readers[0], "starts_at": start, "ends_at": start + lasts,
                         "kind": random.choice(["home", "hall"]), "cancelled": n % 9 == 0})  # fmt: skip
        # At the very edges of the week: they end when it begins, begin when it ends, fill it exactly.
        hour, day = timedelta(hours=1), timedelta(days=1)
        low, high = start_of(FIRST), end_of(DAYS[-1])
        edges = [(low - hour, low), (high, high + hour), (low, high), (low - day, high + day)]
        made += [
            {"book": books[0], "reader": readers[0], "starts_at": a, "ends_at": b, "kind": "hall", "cancelled": False} for a, b in edges
        ]
        for row, id_ in zip(made, sample.put(session, "sample_loan", made), strict=True):
            row["id"] = id_
        at = {"book": books[0], "reader": readers[0], "starts_at": start_of(FIRST), "ends_at": end_of(FIRST)}
        sample.put(session, "sample_loan", [{**at, "deleted_at": datetime(2026, 1, 1, tzinfo=UTC)}])
        sample.put(session, "sample_loan", [at], centre=OTHER)
    return made


def lasting(loans: list[dict[str, Any]], first: date, last: date, *, cancelled: bool = False) -> list[int]:
    """The ids of what lasts at some time of these days, soonest first."""
    found = [row for row in loans if row["starts_at"] < end_of(last) and row["ends_at"] > start_of(first) and row["cancelled"] == cancelled]
    return [row["id"] for row in sorted(found, key=lambda row: (row["starts_at"], row["id"]))]


def ids(entries: list[agenda.Entry]) -> list[int]:
    return [one.row["id"] for one in entries]


@pytest.mark.parametrize(
    ("first", "last"), [(FIRST, FIRST), (FIRST, DAYS[-1]), (date(2026, 1, 1), date(2026, 1, 20)), (FIRST, date(2026, 9, 1))]
)
def test_all_that_lasts_then_is_found_and_nothing_else(loans: list[dict[str, Any]], first: date, last: date) -> None:
    with db.reading() as session, override(agenda_entries=1_000):
        found, more = agenda.during(session, KEEPER, LOAN, View(), first, last)
        cancelled, _more = agenda.during(session, KEEPER, LOAN, View(filters=(Filter("cancelled", "in", (True,)),)), first, last)
    assert ids(found) == lasting(loans, first, last)
    assert not more
    assert ids(cancelled) == lasting(loans, first, last, cancelled=True), "what takes nothing is there when it is asked for"
    assert all(one.start.tzinfo is LOCAL for one in found)


def test_filters_narrow_it_and_its_length_is_bounded(loans: list[dict[str, Any]]) -> None:
    week = lasting(loans, FIRST, DAYS[-1])
    hall = {row["id"] for row in loans if row["kind"] == "hall"}
    with db.reading() as session, override(agenda_entries=5):
        view = View(filters=(Filter("kind", "in", ("hall",)),))
        found, more = agenda.during(session, KEEPER, LOAN, view, FIRST, DAYS[-1])
    assert ids(found) == [one for one in week if one in hall][:5]
    assert more


@pytest.mark.parametrize("at_once", [0, 5_000], ids=["very many", "not so many"])
def test_a_month_counts_every_day_and_shows_the_first_ones(loans: list[dict[str, Any]], at_once: int) -> None:
    days = agenda.weeks_of(date(2026, 3, 15))
    assert (days[0], days[-1], len(days)) == (date(2026, 2, 23), date(2026, 4, 5), 42)
    with db.reading() as session, override(agenda_month_entries=3, agenda_month_at_once=at_once):
        found = agenda.by_day(session, KEEPER, LOAN, View(), days)
    for day in days:
        there = lasting(loans, day, day)
        assert found[day].count.value == len(there)
        assert ids(found[day].entries) == there[:3]


@pytest.mark.parametrize("at_once", [0, 5_000])
def test_counts_of_a_day_stop_at_a_bound(loans: list[dict[str, Any]], at_once: int) -> None:
    with db.reading() as session, override(facet_bound=2, agenda_month_at_once=at_once):
        found = agenda.by_day(session, KEEPER, LOAN, View(), [FIRST])[FIRST]
    assert (found.count.value, found.count.exact) == (2, False)


def test_statements_do_not_grow_with_the_entries(loans: list[dict[str, Any]]) -> None:
    week: list[int] = []
    for most in (1, 400):
        with override(agenda_entries=most), counting() as sent, db.reading() as session:
            agenda.during(session, KEEPER, LOAN, View(), FIRST, DAYS[-1])
        week.append(len([one for one in sent if one.startswith("SELECT")]))
    # 1 the ids and times; 2 the records; 3 titles of books, 4 of readers.
    assert max(week) <= 4, week
    with counting() as sent, db.reading() as session:
        agenda.by_day(session, KEEPER, LOAN, View(), agenda.weeks_of(FIRST))
    assert len([one for one in sent if one.startswith(("SELECT", "WITH"))]) <= 5, sent


def test_who_may_not_read_sees_nothing_and_who_may_not_edit_moves_nothing(loans: list[dict[str, Any]]) -> None:
    with db.reading() as session:
        assert agenda.during(session, actor("hr"), LOAN, View(), FIRST, DAYS[-1]) == ([], False)
        for who, movable in ((CLERK, True), (AUDITOR, False)):
            found, _more = agenda.during(session, who, LOAN, View(), FIRST, DAYS[-1])
            assert {one.movable for one in found} == {movable}
            assert {bool(one.fixed) for one in found} == {not movable}


def test_a_condition_on_a_time_field_holds_an_entry_fast(loans: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    start = LOAN.fields["starts_at"]
    monkeypatch.setitem(start.__dict__, "spec", replace(start.spec, editable_if=When(kind="hall")))
    with db.reading() as session:
        found, _more = agenda.during(session, KEEPER, LOAN, View(), FIRST, DAYS[-1])
    hall = {row["id"] for row in loans if row["kind"] == "hall"}
    assert {one.row["id"] for one in found if one.movable} == {one.row["id"] for one in found} & hall


def test_what_is_taken_stands_beside_one_another(loans: list[dict[str, Any]]) -> None:
    field = LOAN.fields["book"]
    with db.reading() as session:
        entries, _more = agenda.during(session, KEEPER, LOAN, View(), FIRST, FIRST)
        refs, more = agenda.taken(session, KEEPER, LOAN, field, View(), entries)
        assert sorted(ref.title for ref in refs) == [f"Book {n}" for n in range(6)]
        assert not more
        with override(agenda_rows=2):
            few, more = agenda.taken(session, KEEPER, LOAN, field, View(), entries)
        held = {one.row["book"].id for one in entries}
        assert more
        assert len(few) == 2
        assert {ref.id for ref in few} <= held, "those that are taken come first"
        chosen = View(filters=(Filter("book", "in", (refs[2].id,)),))
        only, more = agenda.taken(session, KEEPER, LOAN, field, chosen, [])
        assert [ref.id for ref in only] == [refs[2].id]
        assert agenda.taken(session, actor("hr"), LOAN, field, View(), []) == ([], False)


def test_closed_times_come_from_the_rule_of_the_area(loans: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "_closed", {})
    field = LOAN.fields["book"]
    with db.reading() as session:
        assert agenda.closed(session, KEEPER, LOAN, field, [1], DAYS) == {}
        night = (datetime(2026, 3, 2, 0, tzinfo=LOCAL), datetime(2026, 3, 2, 8, tzinfo=LOCAL))

        @rules.closed("sample_loan")
        def closed(_session: Any, centre: int, name: str, taken: Any, days: Any) -> Any:
            assert (centre, name, taken, days) == (1, "book", [1, None], DAYS)
            return {key: [night] for key in taken}

        assert agenda.closed(session, KEEPER, LOAN, field, [1, None], DAYS) == {1: [night], None: [night]}


def test_nothing_lasts_longer_than_declared(shared_library: Database) -> None:
    with undone() as desk:
        reader = write.create(desk.db, desk.product, table("sample_reader"), {"card": "R9", "name": "x"}, confirm=True)
        base = {"book": desk.book(), "reader": reader, "starts_at": "2027-01-01 10:00"}
        with pytest.raises(Invalid, match="2160 hours at most"):
            write.create(desk.db, desk.product, LOAN, {**base, "ends_at": "2027-04-01 10:01"}, confirm=True)
        made = write.create(desk.db, desk.product, LOAN, {**base, "ends_at": "2027-04-01 10:00"}, confirm=True)
        with pytest.raises(Invalid, match="2160 hours at most"):
            write.update(desk.db, desk.product, LOAN, made, {"starts_at": "2026-12-31 10:00"}, 1, confirm=True)


@given(st.lists(st.tuples(st.integers(0, 95), st.integers(1, 40)), max_size=30))
def test_lanes(lengths: list[tuple[int, int]]) -> None:
    spans = [(start, start + length) for start, length in lengths]
    found = agenda.lanes(spans)
    assert len(found) == len(spans)
    for (start, end), (lane, lanes) in zip(spans, found, strict=True):
        assert 0 <= lane < lanes
        busiest = max(sum(a <= t < b for a, b in spans) for t in range(start, end))
        assert lanes >= busiest
    for place, (start, end) in enumerate(spans):
        for other in range(place):
            if spans[other][0] < end and start < spans[other][1]:
                assert found[place][0] != found[other][0], "two on top of one another"
                assert found[place][1] == found[other][1], "those that touch are equally wide"


@given(st.lists(st.tuples(st.integers(0, 95), st.integers(1, 40)), min_size=1, max_size=30))
def test_no_more_lanes_than_needed(lengths: list[tuple[int, int]]) -> None:
    spans = [(start, start + length) for start, length in lengths]
    busiest = max(sum(a <= t < b for a, b in spans) for t in range(140))
    assert max(lane for lane, _lanes in agenda.lanes(spans)) == busiest - 1


@given(st.dates(date(1901, 1, 1), date(2199, 1, 1)))
def test_the_weeks_of_a_month(day: date) -> None:
    days = agenda.weeks_of(day)
    assert days[0].weekday() == 0
    assert days[-1].weekday() == 6
    assert len(days) in (28, 35, 42)
    assert all(b - a == timedelta(days=1) for a, b in pairwise(days))
    assert {one for one in days if one.month == day.month and one.year == day.year} >= {day.replace(day=1), day}
    assert (days[-1] + timedelta(days=1)).month != day.month
