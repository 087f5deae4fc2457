"""What the engine costs at several sizes: each step of a person in a list, a form and a record, rights and masks applied."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from itertools import combinations, count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.fields import Kind
from models.fields import today as day
from services import charts, today
from services.crud import agenda, aggregate, board, comments, flow, history, pick, query, search, write
from services.crud.registry import Field, Table, table
from services.crud.view import LAST, Filter, View, filterable, ops
from services.platform import db
from tests.bench.conftest import Hall
from tests.bench.figures import Figures

RARE, COMMON = "缆绳", "空调"
"""Words of two characters: of five repairs, and of every eighth."""
LIST, PICK, TOTAL, SAVE, BOARD = 10, 5, 2, 8, 25
"""Targets in milliseconds."""


def read(work: Callable[[Session], Any]) -> Callable[[], Any]:
    """The step as a screen takes it: in a transaction of its own."""

    def step() -> Any:
        with db.reading() as session:
            return work(session)

    return step


class Bench:
    def __init__(self, hall: Hall, figures: Figures) -> None:
        self.hall, self.figures, self.who, self.repairs = hall, figures, hall.who, hall.repairs

    def time(self, step: str, work: Callable[[Session], Any], target: float = LIST, times: int = 15) -> float:
        return self.figures.time(step, read(work), times, target=target, rows=self.hall.rows, engine=self.hall.engine)

    def worst(self, step: str, works: Mapping[str, Callable[[Session], Any]], target: float = LIST, times: int = 3) -> None:
        """Every one of them; kept is the slowest, with its name."""
        tried, again = Figures(), Figures()
        for name, work in works.items():
            tried.time(name, read(work), times)
        for one in sorted(tried.found, key=lambda one: -one.value)[:3]:
            again.time(one.step, read(works[one.step]))
        found = max(again.found, key=lambda one: one.value)
        more = {"target": target, "rows": self.hall.rows, "engine": self.hall.engine}
        self.figures.add(step, found.value, median=found.median, **more)
        print(f"\n{self.hall.engine} {self.hall.rows} {step}: {found.step} {found.value:.1f} ms", end="")  # noqa: T201

    def page(self, view: View, of: Table | None = None) -> Callable[[Session], query.Page]:
        return lambda session: query.page(session, self.who, of or self.repairs, view)


def test_lists(hall: Hall, figures: Figures) -> None:
    bench = Bench(hall, figures)
    repairs, who = hall.repairs, hall.who
    with db.writing() as session:
        if len(query.page(session, who, repairs, View(search=RARE)).rows) < 5:
            for _place in range(5):
                place = session.scalars(select(table("place").sql.c.id).limit(1)).one()
                write.create(session, who, repairs, {"fault": f"升降机{RARE}磨损", "place": place}, confirm=True)
    bench.time("list: first page", bench.page(View()))
    bench.time("list: total", lambda session: query.count(session, who, repairs, View()), TOTAL)
    bench.time("list: sums", lambda session: aggregate.sums(session, who, repairs, View()), 60)
    for name in ("place", "asset", "assignee"):
        bench.time(f"sort by reference: {name}", bench.page(View(sort=name)))
    sorts = [f"{sign}{field.name}" for field in repairs.declared if repairs.sortable(field) for sign in ("", "-")]
    bench.worst("sort: slowest column", {sort: bench.page(View(sort=sort)) for sort in sorts})
    bench.time("filter by two chips", bench.page(View(filters=(Filter("state", "in", ("done",)), Filter("priority", "in", ("P1",))))))
    pairs = {" & ".join(f"{one.field} {one.values}" for one in pair): View(filters=pair) for pair in _pairs(hall)}
    bench.worst("filter: slowest two chips", {said: bench.page(view) for said, view in pairs.items()})
    bench.worst(
        "filter: slowest total of two chips",
        {said: partial(query.count, actor=who, table=repairs, view=view) for said, view in pairs.items()},
    )
    bench.time("search: rare word of two characters", bench.page(View(search=RARE)))
    bench.time("search: common word of two characters", bench.page(View(search=COMMON)))
    bench.time("search: total of a common word", lambda session: query.count(session, who, repairs, View(search=COMMON)))
    everywhere = {word: partial(search.find, actor=who, given=word) for word in (RARE, COMMON, "王", "GD2026", "kongtiao")}
    bench.worst("search all tables: slowest", everywhere, 20)
    with db.reading() as session:
        middle = query.page(session, who, repairs, View(size=hall.rows // 2)).last
        by_place = query.page(session, who, repairs, View(sort="place", size=hall.rows // 2)).last
    bench.time("deep page", bench.page(View(after=middle)))
    bench.time("deep page, sorted by reference", bench.page(View(sort="place", after=by_place)))
    bench.time("last page", bench.page(View(before=LAST)))
    chips = [field for field in repairs.filter_fields if field.spec.choices or field.spec.target or field.kind is Kind.BOOLEAN]
    for chip in ("state", "place"):
        bench.time(f"facets: {chip}", partial(aggregate.facets, actor=who, table=repairs, view=View(), field=repairs.fields[chip]))
    narrowed = View(filters=(Filter("priority", "in", ("P3",)), Filter("trade", "in", ("water",))))
    bench.worst(
        "facets: slowest chip, under two filters",
        {chip.name: partial(aggregate.facets, actor=who, table=repairs, view=narrowed, field=chip) for chip in chips},
    )
    every = {chart.name: partial(charts.data, actor=who, table=repairs, chart=chart) for chart in repairs.charts}
    bench.worst("charts: slowest, of all time", every, 250)


def _pairs(hall: Hall) -> list[tuple[Filter, ...]]:
    """Two chips at a time: each chip with a frequent and a rare value."""
    repairs = hall.repairs
    chips = [field for field in repairs.filter_fields if filterable(repairs, field)]
    with db.reading() as session:
        ends = {field.name: _ends(session, hall, field) for field in chips}
    return [(one, other) for a, b in combinations(ends.values(), 2) for one, other in ((a[0], b[-1]), (a[-1], b[0]))]


def _ends(session: Session, hall: Hall, field: Field) -> list[Filter]:
    if "period" in ops(field):
        return [Filter(field.name, "period", ("this_year",)), Filter(field.name, "period", ("this_week",))]
    found = [one for one in aggregate.facets(session, hall.who, hall.repairs, View(), field) if one.count and one.value is not None]
    if not found:
        of = field.column
        assert of is not None
        values = list(session.scalars(select(of).where(of.is_not(None)).limit(1)))
        return [Filter(field.name, "in", tuple(values))]
    found.sort(key=lambda one: -one.count)
    return [Filter(field.name, "in", (found[0].value,)), Filter(field.name, "in", (found[-1].value,))]


def test_boards_and_agendas(hall: Hall, figures: Figures) -> None:
    bench, who = Bench(hall, figures), hall.who
    bookings = table("booking")
    monday = day() - timedelta(days=day().weekday())
    priority = View(filters=(Filter("priority", "in", ("P1",)),))
    for step, of, view in (
        ("board: repairs", hall.repairs, View()), ("board: repairs, under a filter", hall.repairs, priority),
        ("board: repairs, a common word", hall.repairs, View(search=COMMON)), ("board: bookings", bookings, View()),
        ("board: assets", table("asset"), View()),
    ):  # fmt: skip
        bench.time(step, partial(board.columns, actor=who, table=of, view=view), BOARD)
    shown: dict[str, Any] = {"actor": who, "table": bookings, "view": View()}
    bench.time("agenda: week", partial(agenda.during, **shown, first=monday, last=monday + timedelta(days=6)), BOARD)
    bench.time("agenda: month", partial(agenda.by_day, **shown, days=agenda.weeks_of(monday)), BOARD)

    def rooms(session: Session) -> None:
        entries, _more = agenda.during(session, **shown, first=monday, last=monday)
        taken, _more = agenda.taken(session, who, bookings, bookings.fields["place"], View(), entries)
        agenda.closed(session, who, bookings, bookings.fields["place"], [one.id for one in taken], [monday])

    bench.time("agenda: a day by rooms", rooms, BOARD)


def test_pickers(hall: Hall, figures: Figures) -> None:
    bench = Bench(hall, figures)
    picks = {"place": "", "asset": "空调", "staff": "王", "work_order": "空调"}
    for name, term in picks.items():
        step = f"pick: {name}{' by a word' if term else ''}"
        bench.time(step, partial(pick.pick, actor=hall.who, table=table(name), term=term), PICK)
    bench.time("pick: asset, without a word", partial(pick.pick, actor=hall.who, table=table("asset"), term=""), PICK)


def test_records(hall: Hall, figures: Figures) -> None:
    bench = Bench(hall, figures)
    repairs, who = hall.repairs, hall.who
    with db.reading() as session:
        id_ = query.page(session, who, repairs, View(filters=(Filter("state", "in", ("done",)),))).rows[0]["id"]
        place = session.scalars(select(table("place").sql.c.id).order_by(table("place").sql.c.id).limit(1)).one()

    def record_page(of: Table, id: int) -> Callable[[Session], Any]:
        def step(session: Session) -> None:
            row = query.record(session, who, of, id)
            flow.offered(session, who, of, row)
            query.permitted(session, who, of, id)
            query.neighbours(session, who, of, View(), id)
            history.of(session, who, of, id)
            flow.events(session, who, of, id)
            comments.of(session, who, of, id)
            query.backlinks(session, who, of, id)
            for child in of.children:
                mine = View(filters=(Filter(child.via, "in", (id,)),), size=20)
                query.page(session, who, table(child.table), mine)
                query.count(session, who, table(child.table), mine)

        return step

    def form(session: Session) -> None:
        row = query.record(session, who, repairs, id_)
        query.permitted(session, who, repairs, id_)
        pick.chosen(session, who, table("place"), [row["place"].id])

    bench.time("form: read", form)
    bench.time("form: check while typing", lambda session: write.probe(session, who, repairs, {"trade": "water"}, id=id_))
    bench.time("record: a repair", record_page(repairs, id_), 40)
    bench.time("record: a place with its bookings, repairs …", record_page(table("place"), place), 40)
    bench.time("today: what waits and what is due", lambda session: (today.waiting(session, who), today.due(session, who)), 100)


def test_writes(hall: Hall, figures: Figures) -> None:
    bench = Bench(hall, figures)
    repairs, who = hall.repairs, hall.who
    about: dict[str, Any] = {"target": SAVE, "rows": hall.rows, "engine": hall.engine}
    many = 40
    with db.writing() as session:
        place = session.scalars(select(table("place").sql.c.id).limit(1)).one()
        staff = session.scalars(select(table("staff").sql.c.id).limit(5)).all()
    made: list[int] = []
    turns = count()

    def create() -> None:
        with db.writing() as session:
            made.append(write.create(session, who, repairs, {"fault": f"门把手松动{len(made)}", "place": place}, confirm=True))

    def save() -> None:
        turn, id_, version = upcoming()
        given = {"fault": f"门把手松动，第{turn}次", "trade": ("water", "building")[turn % 2]}
        with db.writing() as session:
            write.update(session, who, repairs, id_, given, version, confirm=True)

    def move() -> None:
        turn, id_, version = upcoming()
        with db.writing() as session:
            flow.move(session, who, repairs, id_, "assign", {"assignee": staff[turn % 5]}, version=version, confirm=True)

    def upcoming() -> tuple[int, int, int]:
        """The turn, and the record whose turn it is in the version that it has by now."""
        turn = next(turns)
        return turn, made[turn % len(made)], 1 + turn // len(made)

    figures.time("save: a new record", create, many, **about)
    figures.time("save: two fields", save, many, **about)
    figures.time("move", move, many, **about)
    bench.time("list: first page after the writes", bench.page(View()))
