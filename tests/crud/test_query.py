"""Lists: every order in both directions, page by page, is that of a plain sort; filters, counts, facets, sums; bounded statements."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from models.fields import today
from services.crud import aggregate, query
from services.crud.access import system_actor
from services.crud.query import Count, Ref
from services.crud.registry import table
from services.crud.sortkey import sort_key
from services.crud.titles import UNREADABLE
from services.crud.view import LAST, Filter, View, write
from services.platform import db
from services.platform.i18n import use_language
from services.platform.settings import Settings
from tests.conftest import Database
from tests.crud import sample
from tests.crud.conftest import OTHER, actor

BOOKS = 211
NAMES = ("赵四", "张三", "张三丰", "重庆", "中国", "10号", "2号", "zebra", "Apple", "安")
FACILITY = actor("facility")


@pytest.fixture(scope="module")
def books(shared_library: Database) -> list[dict[str, Any]]:
    """Books with many equal and many empty values, some deleted, some of another centre."""
    random = Random(7)
    with db.writing() as session:
        shelves = sample.put(session, "sample_shelf", [{"mark": f"A-{n:02}", "name": name, "length": n} for n, name in enumerate(NAMES)])
        sample.put(session, "sample_shelf", [{"mark": "B-01", "name": "Nobody's"}])
        foreign = sample.put(session, "sample_shelf", [{"mark": "A-00", "name": "Foreign"}], centre=OTHER)
        readers = sample.put(session, "sample_reader", [
            {"card": f"R{n}", "name": name, "mobile": f"1381234{n:04}", "id_no": f"11010119900307{n:04}"} for n, name in enumerate(NAMES)
        ])  # fmt: skip
        made = [
            {
                "number": f"SB2026{n:04}" if n % 7 else None,
                "title": f"{random.choice(NAMES)}{random.choice(['', ' ', '的书', '2', '10'])}",
                "isbn": None if n % 5 == 0 else f"978-{random.randrange(40)}",
                "edition": n,
                "genre": random.choice(["novel", "poetry", "law"]),
                "marks": random.sample(["large", "audio", "rare"], random.randrange(4)),
                "state": random.choice(["draft", "open", "open", "lent", "gone"]),
                "shelf": None if n % 4 == 0 else random.choice(shelves),
                "keeper": None if n % 3 else random.choice(readers),
                "pages": random.randrange(1, 30),
                "price": None if n % 6 == 0 else Decimal(random.randrange(1, 2000)) / 100,
                "discount": None if n % 2 else Decimal("12.50"),
                "weight": None if n % 9 else Decimal(random.randrange(1, 9)) / 8,
                "bought_on": date(2026, 1, 1) + timedelta(days=random.randrange(60)),
                "opens_at": time(random.randrange(24), 30),
                "due_at": None if n % 3 else datetime(2026, 3, 1, 15, 59, tzinfo=UTC) + timedelta(minutes=random.randrange(3)),
                "lasts": None if n % 8 else timedelta(minutes=random.randrange(5)),
                "missing": n % 10 == 0,
                "also_on": random.sample(shelves, random.randrange(3)),
            }
            for n in range(BOOKS)
        ]
        for row, id_ in zip(made, sample.put(session, "sample_book", made), strict=True):
            row["id"] = id_
        gone = {"title": "deleted", "deleted_at": datetime(2026, 1, 1, tzinfo=UTC)}
        sample.put(session, "sample_book", [{**gone, "number": f"X{n}", "shelf": shelves[n % 3]} for n in range(7)])
        sample.put(session, "sample_book", [{"title": "foreign", "shelf": foreign[0], "number": f"F{n}"} for n in range(5)], centre=OTHER)
    return made


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(db.engine(), "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine(), "before_cursor_execute", note)


def walk(view: View, *, backwards: bool = False, name: str = "sample_book") -> list[int]:
    """The ids of a list, page by page, to the end or from the end."""
    found: list[int] = []
    view = view.but(before=LAST) if backwards else view
    with db.reading() as session:
        for _round in range(400):
            page = query.page(session, FACILITY, table(name), view)
            assert page.refused is None
            ids = [row["id"] for row in page.rows]
            found = ids + found if backwards else found + ids
            if not (page.has_previous if backwards else page.has_next):
                return found
            view = view.but(after="", before=page.first) if backwards else view.but(after=page.last, before="")
    raise AssertionError("the pages never end")


def expected(rows: list[dict[str, Any]], key: Callable[[dict[str, Any]], Any], *, down: bool) -> list[int]:
    """The ids by a plain sort: empty values first upwards, equal ones by id in the same direction."""

    def place(row: dict[str, Any]) -> tuple[Any, ...]:
        value = key(row)
        return (value is not None, *([] if value is None else [value]), row["id"])

    return [row["id"] for row in sorted(rows, key=place, reverse=down)]


PLAIN = ("number", "isbn", "genre", "state", "pages", "price", "weight", "bought_on", "due_at", "lasts", "missing")


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("name", [*PLAIN, "title", "id"])
@pytest.mark.parametrize("size", [1, 20, 500])
def test_every_order_page_by_page(books: list[dict[str, Any]], name: str, down: bool, size: int) -> None:
    if size == 1 and name not in ("price", "due_at", "title"):
        size = 7
    view = View(sort=f"{'-' if down else ''}{name}", size=size)
    wanted = expected(books, (lambda row: sort_key(row["title"])) if name == "title" else (lambda row: row[name]), down=down)
    assert walk(view) == wanted
    assert walk(view, backwards=True) == wanted


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("size", [3, 20, 500])
def test_the_order_of_a_reference_is_that_of_its_titles(books: list[dict[str, Any]], down: bool, size: int) -> None:
    with db.reading() as session:
        names = query.titles(session, table("sample_shelf"), range(1, 50))
    order = sorted(books, key=lambda row: (row["bought_on"], row["id"]), reverse=True)
    filled = [row for row in order if row["shelf"]]
    filled.sort(key=lambda row: (sort_key(names[row["shelf"]]), row["shelf"]), reverse=down)
    empty = [row for row in order if not row["shelf"]]
    wanted = [row["id"] for row in (filled + empty if down else empty + filled)]
    view = View(sort=f"{'-' if down else ''}shelf", size=size)
    assert walk(view) == wanted
    assert walk(view, backwards=True) == wanted


def test_computed_fields_sort_filter_and_show(books: list[dict[str, Any]]) -> None:
    with db.reading() as session:
        page = query.page(session, FACILITY, table("sample_shelf"), View(sort="-books", size=50))
        counted = {row["id"]: row["books"] for row in page.rows}
        assert list(counted.values()) == sorted(counted.values(), reverse=True)
        assert counted == {id_: sum(row["shelf"] == id_ for row in books) for id_ in counted}
        roomy = query.page(session, FACILITY, table("sample_shelf"), View(filters=(Filter("roomy", "in", (True,)),), size=50))
        assert {row["id"] for row in roomy.rows} == {row["id"] for row in page.rows if row["length"] is not None and row["length"] >= 2}
        assert all(row["roomy"] is True for row in roomy.rows)
        book = next(row for row in books if row["price"] and row["discount"])
        seen = query.record(session, FACILITY, table("sample_book"), book["id"])
        assert seen["net"] == (book["price"] * Decimal("0.875")).quantize(Decimal("0.01"), "ROUND_HALF_UP")
        assert seen["late"] == (today() - book["bought_on"]).days
        unpriced = next(row for row in books if row["price"] is None)
        assert query.record(session, FACILITY, table("sample_book"), unpriced["id"])["net"] is None


def test_values_come_back_as_python_has_them(books: list[dict[str, Any]]) -> None:
    with db.reading() as session:
        for row in books[:40]:
            seen = query.record(session, FACILITY, table("sample_book"), row["id"])
            for name, value in row.items():
                if name in ("shelf", "keeper"):
                    assert seen[name] is None if value is None else (seen[name].id == value)
                elif name == "also_on":
                    assert [ref.id for ref in seen[name]] == sorted(value)
                    assert all(isinstance(ref, Ref) and ref.title for ref in seen[name])
                elif name == "marks":
                    assert seen[name] == sorted(value)
                else:
                    assert seen[name] == value, name
            assert "isbn_note" in seen
            assert "title__sort" not in seen


FILTERS: list[tuple[Filter, Callable[[dict[str, Any]], bool]]] = [
    (Filter("genre", "in", ("law",)), lambda row: row["genre"] == "law"),
    (Filter("genre", "in", ("law", "novel")), lambda row: row["genre"] in ("law", "novel")),
    (Filter("marks", "in", ("audio", "rare")), lambda row: bool({"audio", "rare"} & set(row["marks"]))),
    (Filter("marks", "empty"), lambda row: not row["marks"]),
    (Filter("missing", "in", (False,)), lambda row: not row["missing"]),
    (Filter("pages", "between", (5, 9)), lambda row: 5 <= row["pages"] <= 9),
    (Filter("pages", "between", (None, 9)), lambda row: row["pages"] <= 9),
    (Filter("price", "between", (Decimal("3.50"), None)), lambda row: row["price"] is not None and row["price"] >= Decimal("3.5")),
    (Filter("price", "empty"), lambda row: row["price"] is None),
    (
        Filter("bought_on", "between", (date(2026, 1, 31), date(2026, 2, 1))),
        lambda row: date(2026, 1, 31) <= row["bought_on"] <= date(2026, 2, 1),
    ),
    # 15:59 and 16:00 UTC are the last minute of one day and the first of the next in Shanghai.
    (Filter("due_at", "between", (date(2026, 3, 1), date(2026, 3, 1))), lambda row: bool(row["due_at"]) and row["due_at"].minute == 59),
    (Filter("due_at", "between", (date(2026, 3, 2), None)), lambda row: bool(row["due_at"]) and row["due_at"].minute != 59),
    (Filter("due_at", "period", ("overdue",)), lambda row: row["due_at"] is not None),
    (Filter("due_at", "filled"), lambda row: row["due_at"] is not None),
    (Filter("shelf", "in", (1, 2)), lambda row: row["shelf"] in (1, 2)),
    (Filter("shelf", "empty"), lambda row: row["shelf"] is None),
    (Filter("also_on", "in", (2,)), lambda row: 2 in row["also_on"]),
    (Filter("also_on", "empty"), lambda row: not row["also_on"]),
    (Filter("also_on", "filled"), lambda row: bool(row["also_on"])),
]


@pytest.mark.parametrize(("one", "holds"), FILTERS, ids=lambda value: f"{value.field}-{write(value)}" if isinstance(value, Filter) else "")
def test_filters(books: list[dict[str, Any]], one: Filter, holds: Callable[[dict[str, Any]], bool]) -> None:
    wanted = [row["id"] for row in books if holds(row)]
    assert wanted
    assert sorted(walk(View(filters=(one,), size=50))) == sorted(wanted)
    with db.reading() as session:
        assert query.count(session, FACILITY, table("sample_book"), View(filters=(one,))) == Count(len(wanted), exact=True)
        assert sorted(query.matching(session, FACILITY, table("sample_book"), View(filters=(one,)), 1000)) == sorted(wanted)


SORTS = ("", "id", "-id", "price", "-due_at", "title", "-shelf", "shelf", "missing")
orders: dict[tuple[str, str], list[int]] = {}


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chosen=st.lists(st.sampled_from(FILTERS), min_size=1, max_size=3, unique_by=lambda one: one[0].field),
    sort=st.sampled_from(SORTS),
    size=st.sampled_from([2, 20, 300]),
    rare=st.sampled_from([0, 5, 30, 2_000]),
    search=st.sampled_from(["", "", "张", "的书", "zhang"]),
)
@example(chosen=[FILTERS[-1]], sort="price", size=20, rare=0, search="张")  # two EXISTS: SQLite 3.51.1 by itself gives rows twice
def test_however_the_database_begins_the_list_is_the_same(
    shared_library: Database, books: list[dict[str, Any]], chosen: list[Any], sort: str, size: int, rare: int, search: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.crud.listing.RARE", rare)
        patch.setattr("services.crud.search.RARE", rare)
        asked = sort or ("-id" if search else "-bought_on")
        key = (shared_library.engine, asked)
        order = orders.get(key) or orders.setdefault(key, walk(View(sort=asked, size=500)))
        found = {row["id"] for row in books if all(holds(row) for _one, holds in chosen)}
        if search:
            found &= set(walk(View(search=search, size=500)))
        view = View(filters=tuple(one for one, _holds in chosen), sort=sort, size=size, search=search)
        wanted = [id_ for id_ in order if id_ in found]
        assert walk(view) == wanted
        assert walk(view, backwards=True) == wanted
        with db.reading() as session:
            assert query.count(session, FACILITY, table("sample_book"), view).value == len(wanted)
            if wanted:
                place = len(wanted) // 2
                around = (wanted[place - 1] if place else None, wanted[place + 1] if place + 1 < len(wanted) else None)
                assert query.neighbours(session, FACILITY, table("sample_book"), view, wanted[place]) == around
            rows = [row for row in books if row["id"] in found]
            for name in ("genre", "state"):
                if name not in {one.field for one, _holds in chosen}:
                    facets = aggregate.facets(session, FACILITY, table("sample_book"), view, table("sample_book").fields[name])
                    assert {facet.value: facet.count for facet in facets if facet.count} == Counter(row[name] for row in rows)


def test_a_filter_that_may_not_be_used_finds_nothing(books: list[dict[str, Any]]) -> None:
    readers = table("sample_reader")
    director = actor("director")
    with db.reading() as session:
        assert query.count(session, director, readers, View()).value == len(NAMES)
        for name in ("mobile", "id_no", "secret", "home"):
            for op in ("empty", "filled"):
                assert query.count(session, director, readers, View(filters=(Filter(name, op),))).value == 0
        assert query.count(session, FACILITY, table("sample_book"), View(filters=(Filter("blurb", "filled"),))).value == 0


def test_masked_values_stay_masked(books: list[dict[str, Any]]) -> None:
    readers = table("sample_reader")
    view = View(columns=("name", "mobile", "id_no"), size=50)
    with db.writing() as session:
        session.execute(readers.sql.update().values(team=1))
    with db.reading() as session:
        plain = query.page(session, actor("director"), readers, view).rows
        half = query.page(session, actor("head", departments=(1,)), readers, view).rows
        masked = query.page(session, actor("auditor"), readers, view).rows
    assert all(row["mobile"].startswith("1381234") for row in plain)
    assert all(row["mobile"].startswith("1381234") and row["id_no"].startswith("110***") for row in half)
    assert all("****" in row["mobile"] and row["id_no"].startswith("110***") for row in masked)
    assert not any("secret" in row or "mobile__hash" in row for row in (*plain, *half, *masked))


def test_a_value_sealed_with_another_key_hides_nothing_else(books: list[dict[str, Any]], caplog: pytest.LogCaptureFixture) -> None:
    readers = table("sample_reader")
    view = View(columns=("name", "mobile"), size=50)
    with db.writing() as session:
        session.execute(readers.sql.update().where(readers.sql.c.card == "R0").values(mobile="1.bm90IHNlYWxlZCBoZXJl"))
        rows = query.page(session, actor("director"), readers, view).rows
        assert [row["mobile"] for row in rows].count(UNREADABLE) == 1
        assert len(rows) == len(NAMES)
        session.rollback()
    assert "sample_reader.mobile" in caplog.text


def test_the_trash_is_apart(books: list[dict[str, Any]]) -> None:
    one = table("sample_book")
    trash = View(trash=True, size=5, sort="shelf")
    gone = walk(trash)
    assert len(gone) == 7
    assert walk(trash, backwards=True) == gone
    assert not set(gone) & {row["id"] for row in books}
    with db.reading() as session:
        assert query.page(session, actor("clerk"), one, trash).rows == [], "who may not restore sees no trash"
        row = query.record(session, FACILITY, one, gone[0], trash=True)
        assert row["deleted_at"] is not None
        with pytest.raises(query.Missing):
            query.record(session, FACILITY, one, gone[0])
        with pytest.raises(query.Missing):
            query.record(session, FACILITY, one, books[0]["id"], trash=True)
        assert query.count(session, FACILITY, one, View(trash=True, search="deleted")).value == 7
        assert query.count(session, FACILITY, one, View(search="deleted")).value == 0


@pytest.mark.parametrize("id_", [0, -1, 2**31, 2**70])
def test_ids_that_cannot_be(books: list[dict[str, Any]], id_: int) -> None:
    with db.reading() as session:
        assert not query.exists(session, FACILITY, table("sample_book"), id_)
        with pytest.raises(query.Missing):
            query.record(session, FACILITY, table("sample_book"), id_)
        with pytest.raises(query.Missing):
            query.raw(session, table("sample_book"), id_)


def test_a_key_of_another_list_gives_the_first_page_and_says_so(books: list[dict[str, Any]]) -> None:
    one = table("sample_book")
    with db.reading() as session:
        first = query.page(session, FACILITY, one, View(sort="price", size=20))
        keys = [
            query.page(session, FACILITY, one, View(sort="-price", size=20)).last,
            query.page(session, FACILITY, one, View(sort="price", size=20, search="张")).last,
            query.page(session, FACILITY, one, View(sort="price", size=20, filters=(Filter("missing", "in", (False,)),))).last,
            query.page(session, FACILITY, table("sample_shelf"), View(size=5)).last,
            "x", "%%%", "é", "\0", "null", "W10", "e30", "WyI", first.last[:-3], first.last + "AAAA", "A" * 100_000,
        ]  # fmt: skip
        for key in keys:
            assert key
            for view in (View(sort="price", size=20, after=key), View(sort="price", size=20, before=key)):
                page = query.page(session, FACILITY, one, view)
                assert page.rows == first.rows
                assert page.refused is not None
                assert not page.has_previous


def test_a_page_key_survives_the_row_that_it_came_from(books: list[dict[str, Any]]) -> None:
    one = table("sample_book")
    with db.reading() as session:
        first = query.page(session, FACILITY, one, View(sort="title", size=10))
        rest = query.page(session, FACILITY, one, View(sort="title", size=10, after=first.last))
    with db.writing() as session:
        session.execute(one.sql.update().where(one.sql.c.id == first.rows[-1]["id"]).values(deleted_at=datetime.now(UTC)))
    try:
        with db.reading() as session:
            again = query.page(session, FACILITY, one, View(sort="title", size=10, after=first.last))
        assert again.rows == rest.rows
    finally:
        with db.writing() as session:
            session.execute(one.sql.update().where(one.sql.c.id == first.rows[-1]["id"]).values(deleted_at=None))


def test_counts_stop_at_the_bound(books: list[dict[str, Any]]) -> None:
    one = table("sample_book")
    with db.reading() as session:
        assert query.count(session, FACILITY, one, View()) == Count(BOOKS, exact=True)
        assert query.count(session, FACILITY, one, View(), bound=100) == Count(100, exact=False)
        assert query.count(session, FACILITY, one, View(), bound=BOOKS) == Count(BOOKS, exact=True)
        assert query.count(session, FACILITY, one, View(), bound=None) == Count(BOOKS, exact=True)
        assert query.count(session, actor("publicity"), one, View()) == Count(0, exact=True)
        assert len(query.matching(session, FACILITY, one, View(), 17)) == 17


def test_neighbours_are_those_of_the_list(books: list[dict[str, Any]]) -> None:
    one = table("sample_book")
    for view in (
        View(sort="price"),
        View(sort="-shelf"),
        View(sort="-due_at"),
        View(sort="title", filters=(Filter("missing", "in", (False,)),)),
    ):
        ids = walk(view.but(size=50))
        with db.reading() as session:
            for place in (0, 1, len(ids) // 2, len(ids) - 2, len(ids) - 1):
                before = ids[place - 1] if place else None
                behind = ids[place + 1] if place + 1 < len(ids) else None
                assert query.neighbours(session, FACILITY, one, view, ids[place]) == (before, behind), view.sort
            assert query.neighbours(session, FACILITY, one, view, 999_999) == (None, None)


def test_backlinks_count_what_refers_here(books: list[dict[str, Any]]) -> None:
    with db.reading() as session:
        found = {
            (link.table.name, link.field.name): link.count.value for link in query.backlinks(session, FACILITY, table("sample_shelf"), 2)
        }
        assert found["sample_book", "shelf"] == sum(row["shelf"] == 2 for row in books)
        assert found["sample_book", "also_on"] == sum(2 in row["also_on"] for row in books)
        assert ("sample_reader", "team") not in found, "nothing is said of tables that one may not read"
        assert query.backlinks(session, actor(), table("sample_shelf"), 2) == []


@pytest.mark.parametrize("bound", [10_000, 0], ids=["all at once", "value by value"])
def test_facets_count_under_the_other_filters(books: list[dict[str, Any]], bound: int, monkeypatch: pytest.MonkeyPatch) -> None:
    one = table("sample_book")
    view = View(filters=(Filter("missing", "in", (False,)), Filter("genre", "in", ("law",))))
    others = [row for row in books if not row["missing"]]
    # A list is short where it is no longer than the bound.
    for module in ("aggregate", "listing"):
        monkeypatch.setattr(f"services.crud.{module}.settings", lambda: Settings(count_bound=bound))
    with db.reading() as session:
        genres = aggregate.facets(session, FACILITY, one, view, one.fields["genre"])
        assert [(facet.value, facet.title, facet.count) for facet in genres] == [
            (code, title, sum(row["genre"] == code for row in others))
            for code, title in (("novel", "Novel"), ("poetry", "Poetry"), ("law", "Law"), ("old", "Old"))
        ]
        view = View(filters=(Filter("genre", "in", ("law",)),))
        law = [row for row in books if row["genre"] == "law"]
        marks = {facet.value: facet.count for facet in aggregate.facets(session, FACILITY, one, view, one.fields["marks"])}
        assert marks == {code: sum(code in row["marks"] for row in law) for code in ("large", "audio", "rare")} | {
            None: sum(not row["marks"] for row in law)
        }
        missing = {facet.value: facet.count for facet in aggregate.facets(session, FACILITY, one, view, one.fields["missing"])}
        assert missing == {True: sum(row["missing"] for row in law), False: sum(not row["missing"] for row in law)}
        shelves = aggregate.facets(session, FACILITY, one, view, one.fields["shelf"])
        assert {facet.value: facet.count for facet in shelves} == {
            id_: n for id_ in range(1, 20) if (n := sum(row["shelf"] == id_ for row in law))
        }
        assert [facet.title for facet in shelves] == sorted((facet.title for facet in shelves), key=sort_key)
        also = {facet.value: facet.count for facet in aggregate.facets(session, FACILITY, one, view, one.fields["also_on"])}
        assert also == {id_: n for id_ in range(1, 20) if (n := sum(id_ in row["also_on"] for row in law))}
        keepers = aggregate.facets(session, FACILITY, one, view, one.fields["keeper"])
        if bound:
            kept = {id_: n for id_ in range(1, 20) if (n := sum(row["keeper"] == id_ for row in law))}
            assert {facet.value: facet.count for facet in keepers} == kept
            assert {facet.title for facet in keepers} == {UNREADABLE}, "the facility keeper may not read readers"
        else:
            assert keepers == [], "values of a reference to many are counted all or none"
        assert aggregate.facets(session, actor("director"), table("sample_reader"), View(), table("sample_reader").fields["mobile"]) == []


def test_sums_are_exact(books: list[dict[str, Any]]) -> None:
    one = table("sample_book")
    view = View(filters=(Filter("genre", "in", ("law",)),))
    law = [row for row in books if row["genre"] == "law"]
    with db.reading() as session:
        assert aggregate.sums(session, FACILITY, one, view) == {
            "pages": sum(row["pages"] for row in law),
            "price": sum((row["price"] for row in law if row["price"]), Decimal(0)),
        }
        nothing = view.filtered(Filter("pages", "between", (10_000, None)))
        assert aggregate.sums(session, FACILITY, one, nothing) == {"pages": 0, "price": 0}


def test_the_system_reads_its_centre(books: list[dict[str, Any]]) -> None:
    with db.reading() as session:
        assert query.count(session, system_actor(OTHER, "job"), table("sample_book"), View()).value == 5


@pytest.mark.parametrize("rows", [1, 60])
def test_statements_do_not_grow_with_rows(books: list[dict[str, Any]], rows: int) -> None:
    one = table("sample_book")
    columns = ("title", "shelf", "keeper", "sequel_of", "also_on", "created_by", "updated_by")
    with db.reading() as session, counting() as sent:
        query.page(
            session, FACILITY, one, View(size=rows, columns=columns, filters=(Filter("shelf", "filled"), Filter("keeper", "filled")))
        )
    # 1 the rows; 2 the links of "also on"; 3 titles of shelves (shelf and also_on at once); 4 titles of readers.
    # Books (sequel_of) and accounts (created_by, updated_by) are not asked for: nothing refers to one.
    assert len(sent) == 4, sent
    with db.reading() as session, counting() as sent:
        query.record(session, FACILITY, one, books[3]["id"])
    # 1 the record; 2 its links; 3 titles of shelves; 4 titles of readers.
    assert len(sent) == 4, sent
    for work in (
        lambda: query.count(session, FACILITY, one, View(size=rows)),
        lambda: query.backlinks(session, FACILITY, table("sample_shelf"), 1),
        lambda: aggregate.sums(session, FACILITY, one, View(size=rows)),
        lambda: aggregate.facets(session, FACILITY, one, View(size=rows), one.fields["genre"]),
        lambda: query.matching(session, FACILITY, one, View(), rows),
    ):
        with db.reading() as session, counting() as sent:
            work()
        assert len(sent) == 1, sent


def test_a_page_over_the_edge_of_empty_values_takes_two_statements(books: list[dict[str, Any]]) -> None:
    one = table("sample_book")
    priced = sum(row["price"] is not None for row in books)
    view = View(sort="-price", size=priced - 5, columns=("title", "price"))
    with db.reading() as session:
        first = query.page(session, FACILITY, one, view)
        with counting() as sent:
            query.page(session, FACILITY, one, view.but(after=first.last))
    # 1 the last with a price; 2 those without.
    assert len(sent) == 2, sent


def test_titles_of_records_named_by_what_they_refer_to(books: list[dict[str, Any]]) -> None:
    at = datetime(2026, 3, 1, 1, 30, tzinfo=UTC)
    loan = {"book": books[0]["id"], "reader": 1, "starts_at": at, "ends_at": at + timedelta(hours=1)}
    with db.writing() as session:
        (id_,) = sample.put(session, "sample_loan", [loan])
        with use_language("zh_CN"):
            called = query.titles(session, table("sample_loan"), [id_, 999])
        assert called == {id_: f"{books[0]['title'].strip()} 2026-03-01 09:30"} or called[id_].split() == [
            *books[0]["title"].split(),
            "2026-03-01",
            "09:30",
        ]
        session.execute(table("sample_loan").sql.delete())
