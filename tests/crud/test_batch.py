"""Many rows together leave behind what the same rows leave one by one: records, links, history, search, numbers, and what is said."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from models.types import Place
from services.crud import batch, history, rules, values, write
from services.crud.access import Actor
from services.crud.batch import Outcome, Row
from services.crud.lookahead import Lookahead
from services.crud.registry import Table
from services.crud.rules import Change
from services.platform import db
from services.platform.crypto import unseal
from services.platform.i18n import msg
from services.platform.settings import override
from tests.conftest import Database
from tests.crud import sample
from tests.crud.desk import BOOK, COPY, LOAN, READER, SHELF, STAMP, Desk, own_rules
from tests.crud.test_query import counting

__all__ = ["own_rules"]

CHANGE = SQLModel.metadata.tables["change"]
ENTRY = SQLModel.metadata.tables["search_entry"]
SEQUENCE = SQLModel.metadata.tables["sequence"]

Pool = dict[str, list[Any]]


@dataclass
class Hall:
    """A library with something in it, and who works there."""

    desk: Desk
    pools: dict[str, Pool]
    """Table → field → values to give, good and bad, few enough to meet each other."""
    ids: dict[str, list[int]]

    def __repr__(self) -> str:
        return "the library"


@pytest.fixture(scope="module")
def hall(shared_library: Database) -> Hall:
    with db.writing() as session:
        desk = Desk(session)
        who = replace(desk.keeper, roles=frozenset({"facility", "director", "clerk"}))
        shelves = [desk.shelf(who, name=name, shut=shut) for name, shut in (("甲", False), ("乙", False), ("丙", True))]
        readers = [
            write.create(session, who, READER, {"card": f"R{n}", "name": name, "team": shelves[n % 2], "id_no": id_no}, confirm=True)
            for n, (name, id_no) in enumerate([("张三", "11010519491231002X"), ("李四", None), ("王五", None)])
        ]
        books = [desk.book(who, title=f"旧书{n}", isbn=f"I-{n}", edition=n or None, isbn_note="x", shelf=shelves[0]) for n in range(4)]
        gone = desk.book(who, title="没了")
        write.delete(session, who, BOOK, gone, 1)
        write.update(session, who, BOOK, books[0], {"title": "旧书零"}, 1, confirm=True)
        copies = list(session.execute(select(COPY.sql.c.id).where(COPY.sql.c.deleted_at.is_(None)).order_by(COPY.sql.c.id)).scalars())
        file = SQLModel.metadata.tables["file"]
        scans = [
            session.execute(file.insert().returning(file.c.id), {"centre_id": 1, "sha256": name, "name": name, "media_type": "x", "size": 1,
                                                                 "created_at": datetime.now(UTC)}).scalar_one()
            for name in ("a.pdf", "b.png")
        ]  # fmt: skip
    some = [*shelves, 9999]
    pools: dict[str, Pool] = {
        "sample_shelf": {
            "mark": ["Z-01", "Z-02", "Ｚ－０２", "A-01", "bad", ""], "name": ["甲", "新架", "新 架", " ", "长" * 300], "above": some,
            "length": ["1,234.5", "2.5", "２", "x", -1], "at": ["10,20", (Decimal(1), Decimal(2)), "200,1"], "paint": ["#FFF", "red"],
            "shut": ["是", "no", True, "maybe"], "books": [3], "nothing": [1], "created_at": [1],
        },
        "sample_reader": {
            "card": ["R0", "N1", "N2", "N3", ""], "name": ["张三", "赵六", "Zhao", "钱\x00"],
            "born_on": ["1990年1月2日", "2999-01-01", date(2000, 2, 29)],
            "id_no": ["11010519491231002X", "440308199901101512", "１１０１０５１９４９１２３１００２X", "110105194912310021", None],
            "mobile": ["13800001234", "+86 138 0000 1234", "12"], "account": ["6222021001001234563", "6222021001001234560"],
            "home": ["某路1号", None], "mail": ["a@B.cn", "@"], "company": ["91110000600037341L", "x"], "team": [*some, None],
            "keeper": [*readers, 9999, None], "secret": ["psst"],
        },
        "sample_book": {
            "title": ["旧书1", "新书", "新　书", "XIN", "", None], "isbn": ["I-1", "I-7", "I-8", None], "edition": [1, "2", 0, None],
            "blurb": ["一\n二", " "], "genre": ["novel", "Law", "old", "法律?", None], "marks": ["Rare, audio", ["large"], "what"],
            "state": ["draft", "open"], "shelf": [*some, None], "keeper": [*readers, None], "sequel_of": [*books, gone, None],
            "also_on": [[shelves[0]], [shelves[0], shelves[1]], [shelves[2]], [9999], []], "pages": [0, 5, "１２", "1.5", 10**12],
            "price": ["¥1,234.50", "12", "1.234", -1], "discount": ["5%", 101, 5], "weight": ["0.1234", "0.5"],
            "bought_on": ["2026.1.5", "20260105", "2026-02-31", "2999-01-01"], "opens_at": ["9点半", time(8), "25:00"],
            "due_at": ["2026-01-01 09:30", None], "lasts": ["90分钟", "x"], "missing": ["√", False], "page": ["https://a.cn", "a"],
            "cover_colour": ["#abc"], "found_at": [Place(Decimal(1), Decimal(2)), "1"], "scan": [*scans, 9999], "cover": [scans[0]],
            "isbn_note": ["n", None], "number": ["SB1"], "id": [1],
        },
        "sample_copy": {
            "book": [*books, gone, 9999, None], "label": ["1", "2", "3", None], "cost": ["5", "x", 0], "worn": [True, "no"],
        },
        "sample_loan": {
            "book": [*books, None], "reader": [*readers, 9999], "starts_at": ["2026-01-01 09:00", "2026-01-01 10:00"],
            "ends_at": ["2026-01-01 10:30", "2026-01-01 11:00"], "cancelled": [True, False],
        },
        "sample_stamp": {"shelf": [*some], "amount": ["1", "x"], "sequence": [1, None]},
    }  # fmt: skip
    ids = {"sample_shelf": shelves, "sample_reader": readers, "sample_book": [*books, gone], "sample_copy": copies,
           "sample_loan": [], "sample_stamp": []}  # fmt: skip
    return Hall(desk, pools, ids)


TABLES = {
    "sample_shelf": SHELF,
    "sample_reader": READER,
    "sample_book": BOOK,
    "sample_copy": COPY,
    "sample_loan": LOAN,
    "sample_stamp": STAMP,
}


@st.composite
def rows_of(draw: st.DrawFn, hall: Hall, name: str) -> list[Row]:
    pool, ids = hall.pools[name], [*hall.ids[name], 9999]
    found = []
    for _n in range(draw(st.integers(1, 8))):
        names = draw(st.lists(st.sampled_from(list(pool)), max_size=5, unique=True))
        id_ = draw(st.sampled_from([None, None, *ids]))
        if id_ is None:
            # Mostly what is needed, so that many rows stand.
            names = list(dict.fromkeys([*names, *list(pool)[: draw(st.integers(1, 3))]]))
        given = {one: draw(st.sampled_from(pool[one])) for one in names}
        found.append(Row(given, id_, draw(st.sampled_from([None, None, 1, 2, 9])) if id_ else None))
    return found


class _UndoneError(Exception):
    pass


def left_behind(hall: Hall, name: str, work: Callable[[Session], list[Outcome]]) -> Any:
    """What the work says and leaves, with the ids of new records as their places, and all of it undone."""
    table = TABLES[name]
    found: Any = None
    try:
        with db.writing() as session:
            last = session.execute(select(func.max(table.sql.c.id))).scalar() or 0
            before = session.execute(select(func.max(CHANGE.c.id))).scalar() or 0
            outcomes = work(session)
            new = [*session.execute(select(table.sql.c.id).where(table.sql.c.id > last).order_by(table.sql.c.id)).scalars()]
            place = {id_: f"new {n}" for n, id_ in enumerate(new)}
            found = {
                "said": [_said(one, place) for one in outcomes],
                "rows": _rows(session, table, place),
                "history": _history(session, before, place),
                "search": sorted(
                    (
                        row.table_name,
                        str(place.get(row.record_id, row.record_id) if row.table_name == name else row.record_id),
                        row.live,
                        row.body,
                    )
                    for row in session.execute(select(ENTRY)).all()
                ),
                "found": _findable(session, table, place),
                "numbers": [tuple(row) for row in session.execute(select(SEQUENCE).order_by(SEQUENCE.c.name)).all()],
            }
            raise _UndoneError
    except _UndoneError:
        return found


def _said(outcome: Outcome, place: dict[int, str]) -> Any:
    told = [{name: [str(one) for one in several] for name, several in each.items()} for each in (outcome.errors, outcome.warnings)]
    return place.get(outcome.id or 0, outcome.id), outcome.ok, outcome.written, told


def _rows(session: Session, table: Table, place: dict[int, str]) -> Any:
    sealed = {one.name for one in table.fields.values() if one.spec.sensitive}
    rows = []
    for row in session.execute(select(table.sql).order_by(table.sql.c.id)).mappings():
        kept = {
            key: value for key, value in row.items() if not key.endswith("_at") or (key in table.fields and not table.fields[key].common)
        }
        rows.append({key: unseal(value) if key in sealed and value else place.get(value, value) if key == "id" else value
                     for key, value in kept.items()})  # fmt: skip
    links = [tuple(row) for row in session.execute(select(sample.ALSO_ON).order_by(*sample.ALSO_ON.c)).all()]
    return rows, [(place.get(owner, owner), *rest) for owner, *rest in links] if table is BOOK else links


def _history(session: Session, before: int, place: dict[int, str]) -> Any:
    told = []
    for row in session.execute(select(CHANGE).where(CHANGE.c.id > before).order_by(CHANGE.c.id)).mappings():
        sides = []
        for side in (row["old"], row["new"]):
            fields = TABLES[row["table_name"]].fields
            sides.append({key: str(values.unpack(fields[key], value)) for key, value in side.items()})
        told.append((row["table_name"], place.get(row["record_id"], row["record_id"]), row["verb"], row["version"], sides))
    assert len({*session.execute(select(CHANGE.c.change_set_id).where(CHANGE.c.id > before)).scalars()}) <= 1
    return told


def _findable(session: Session, table: Table, place: dict[int, str]) -> Any:
    if session.get_bind().dialect.name == "postgresql":
        query = "select record_id, tokens::text from search_entry where table_name = :name order by id"
        return [(str(place.get(row[0], row[0])), row[1]) for row in session.execute(text(query), {"name": table.name})]
    query = "select count(*) from search_index"
    return session.execute(text(query)).scalar()


def single(session: Session, who: Actor, table: Table, rows: list[Row], confirm: bool) -> list[Outcome]:
    with history.change_set(session, who, "batch", table.name) as changes:
        assert changes.id
        return [batch.one_by_one(session, who, table, row, confirm=confirm) for row in rows]


def together(session: Session, who: Actor, table: Table, rows: list[Row], confirm: bool) -> list[Outcome]:
    return batch.write_many(session, who, table, rows, confirm=confirm)


PAIRS = [("sample_shelf", "keeper"), ("sample_shelf", "clerk"), ("sample_reader", "director"), ("sample_reader", "clerk"),
         ("sample_book", "product"), ("sample_book", "keeper"), ("sample_copy", "clerk"), ("sample_copy", "product"),
         ("sample_loan", "keeper"), ("sample_stamp", "clerk"), ("sample_reader", "stranger")]  # fmt: skip


@pytest.mark.parametrize(("name", "role"), PAIRS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_together_is_as_one_by_one(hall: Hall, name: str, role: str, data: st.DataObject) -> None:
    who, table = getattr(hall.desk, role), TABLES[name]
    rows, confirm = data.draw(rows_of(hall, name)), data.draw(st.booleans())
    one = left_behind(hall, name, lambda session: single(session, who, table, rows, confirm))
    with override(batch_rows=data.draw(st.sampled_from([2, 1000]))):
        many = left_behind(hall, name, lambda session: together(session, who, table, rows, confirm))
    for part, expected in one.items():
        assert many[part] == expected, part


@pytest.mark.usefixtures("own_rules")
def test_a_rule_sees_the_rows_before(hall: Hall) -> None:
    seen: list[list[str]] = []

    @rules.rule("sample_shelf")
    def look(change: Change) -> None:
        if change.new["name"] != "quiet":
            seen.append(
                list(change.db.execute(select(SHELF.sql.c.name).where(SHELF.sql.c.mark.like("Y-%")).order_by(SHELF.sql.c.id)).scalars())
            )
        if change.new["name"] == "no":
            change.error("name", msg("No."))

    rows = [Row({"mark": f"Y-0{n}", "name": name}) for n, name in enumerate(["one", "quiet", "two", "no", "three"])]
    found = left_behind(hall, "sample_shelf", lambda session: together(session, hall.desk.keeper, SHELF, rows, True))
    assert [said[1] for said in found["said"]] == [True, True, True, False, True]
    assert seen == [[], ["one", "quiet"], ["one", "quiet", "two"], ["one", "quiet", "two"]]


@pytest.mark.usefixtures("own_rules")
def test_effects_run_for_each_row(hall: Hall) -> None:
    @rules.effect("sample_shelf")
    def stamp(change: Change) -> None:
        if change.new["name"] == "broken":
            write.create(change.db, change.by_rule, STAMP, {"shelf": change.id})
        write.create(change.db, change.by_rule, STAMP, {"shelf": change.id, "amount": 1, "sequence": change.id})

    rows = [Row({"mark": f"Y-0{n}", "name": name}) for n, name in enumerate(["one", "broken", "two"])]

    def work(session: Session) -> list[Outcome]:
        outcomes = together(session, hall.desk.keeper, SHELF, rows, True)
        stamps = session.execute(select(STAMP.sql.c.shelf).order_by(STAMP.sql.c.id)).scalars()
        assert list(stamps) == [one.id for one in outcomes if one.ok]
        return outcomes

    found = left_behind(hall, "sample_shelf", work)
    assert [said[1] for said in found["said"]] == [True, False, True]


def test_what_only_the_database_notices_falls_on_its_row_alone(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    """As under a race: somebody else takes a number between the look and the writing."""
    monkeypatch.setattr(Lookahead, "absent", lambda *_asked: True)
    rows = [Row({"mark": mark, "name": f"S{n}"}) for n, mark in enumerate(["Y-01", "A-01", "Y-02", "Y-01"])]
    found = left_behind(hall, "sample_shelf", lambda session: together(session, hall.desk.keeper, SHELF, rows, True))
    assert [said[1] for said in found["said"]] == [True, False, True, False]
    assert [row["mark"] for row in found["rows"][0]][-2:] == ["Y-01", "Y-02"]
    assert len(found["history"]) == 2


def test_nothing_at_all(hall: Hall) -> None:
    found = left_behind(hall, "sample_shelf", lambda session: together(session, hall.desk.keeper, SHELF, [], True))
    assert (found["said"], found["history"]) == ([], [])


@pytest.mark.parametrize("many", [30, 600])
def test_statements_do_not_grow_with_rows(hall: Hall, many: int) -> None:
    shelf = hall.ids["sample_shelf"][0]
    rows = [Row({"title": f"第{n}册", "isbn": f"J-{n}", "edition": 1, "shelf": shelf}) for n in range(many)]

    def work(session: Session) -> list[Outcome]:
        with counting() as sent:
            outcomes = together(session, hall.desk.product, BOOK, rows, True)
        # Shelves; the two unique rules and the two likenesses; the change set, the savepoint, number, ids, rows; history; search in five.
        assert len(sent) <= 20, sent
        return outcomes

    assert all(said[1] for said in left_behind(hall, "sample_book", work)["said"])
