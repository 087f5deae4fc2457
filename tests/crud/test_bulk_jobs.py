"""Bulk actions over many records as long work: the same as at once, a chunk at a time, whole in the end whatever happens between."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update
from sqlmodel import SQLModel

from models.types import Place
from services import jobs, worker
from services.crud import bulk, flow, notices, write
from services.crud.bulk import Action, Delete, Edit, MoveTo, Outcome, Restore
from services.crud.errors import Invalid
from services.jobs import Job
from services.platform import db, files
from services.platform.db import reading, writing
from services.platform.i18n import msg
from services.platform.settings import override
from tests.conftest import Database
from tests.crud import crashes
from tests.crud.desk import BOOK, SHELF, Desk

CHANGE = SQLModel.metadata.tables["change"]
ACCOUNT = SQLModel.metadata.tables["account"]


@pytest.fixture(autouse=True)
def _only_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "load_kinds", lambda: None)


@pytest.fixture(autouse=True)
def _small_chunks() -> Iterator[None]:
    with override(job_chunk=3):
        yield


@pytest.fixture
def desk(library: Database) -> Desk:
    with writing() as session:
        return Desk(session)


def books(desk: Desk, count: int) -> list[int]:
    with writing() as session:
        desk.db = session
        return [desk.book(title=f"Book {n}", pages=n % 5) for n in range(count)]


def submit(desk: Desk, ids: list[int], action: Action, table: Any = BOOK) -> int:
    with writing() as session:
        return bulk.submit(session, desk.keeper, table, ids, action)


def seen(desk: Desk, id: int) -> Job:
    with reading() as session:
        return jobs.get(session, desk.keeper, id)


def kept(table: Any, ids: list[int], *names: str) -> list[tuple[Any, ...]]:
    with reading() as session:
        own = table.sql.c
        query = select(*(own[name] for name in names)).where(own.id.in_(ids)).order_by(own.id)
        return [tuple(row) for row in session.execute(query)]


def changes(table: Any, ids: list[int]) -> list[tuple[int, int]]:
    """Record and change set of each change but the first."""
    with reading() as session:
        own = CHANGE.c
        query = select(own.record_id, own.change_set_id).where(own.table_name == table.name, own.record_id.in_(ids), own.verb != "create")
        return [(row[0], row[1]) for row in session.execute(query)]


def sheet(id: int) -> list[list[Any]]:
    with reading() as session:
        return CalamineWorkbook.from_path(files.read(session, id).path).get_sheet_by_index(0).to_python()


def outcome(action: Action, at_once: list[Outcome], many: Job) -> None:
    """A job says of its records what the page would have said of the same."""
    refused = [one for one in at_once if not one.ok]
    assert (many.state, many.done, many.failed) == ("done", len(at_once), len(refused))
    told = {id_: (one.ok, str(one.message)) for one in bulk.said(many.result) for id_ in one.ids}
    assert len(told) == sum(not one.ok or one.message is not None for one in at_once), action


@pytest.mark.parametrize(
    "action",
    [
        Edit({"pages": 7, "price": Decimal("12.30"), "bought_on": date(2024, 2, 29)}),
        Edit({"pages": -1}),
        MoveTo("withdraw", note="Worn out"),
        MoveTo("lend", {"due_at": datetime(2030, 1, 1, 8, tzinfo=UTC)}),
        Delete("Worn out"),
        Restore(),
    ],
    ids=lambda action: f"{type(action).__name__}",
)
def test_many_end_as_few_would(desk: Desk, action: Action) -> None:
    few, many = books(desk, 8), books(desk, 8)
    others = replace(desk.keeper, account=desk.clerk.account)
    for one in (few[2], many[2], few[3], many[3]):
        with writing() as session:
            flow.move(session, others, BOOK, one, "withdraw", note="x", version=1)
    with writing() as session:
        at_once = bulk.bulk(session, desk.keeper, BOOK, few, action, dry_run=False)
    id_ = submit(desk, many, action)
    worker.work_off()
    ended = seen(desk, id_)
    outcome(action, at_once, ended)
    names = ("version", "pages", "price", "bought_on", "state", "due_at")
    assert kept(BOOK, many, *names) == kept(BOOK, few, *names)
    assert [one is None for (one,) in kept(BOOK, many, "deleted_at")] == [one is None for (one,) in kept(BOOK, few, "deleted_at")]
    made = {change_set for record, change_set in changes(BOOK, many) if record not in (many[2], many[3])}
    assert made == ({ended.change_set_id} if any(one.ok for one in at_once) else set())
    assert ended.file_id is not None
    rows = sheet(ended.file_id)
    assert rows[0] == ["记录", "结果", "原因"]
    assert [row[1] for row in rows[1:]] == ["✓" if one.ok else "✗" for one in at_once]
    assert all(row[2] for row in rows[1:] if row[1] == "✗")


def test_the_end_is_told_in_numbers(desk: Desk) -> None:
    ids = books(desk, 5)
    with writing() as session:
        write.delete(session, desk.keeper, BOOK, ids[0], 1)
    id_ = submit(desk, [*ids, ids[1]], Edit({"pages": 3}))
    worker.work_off()
    ended = seen(desk, id_)
    assert ended.total == 5
    assert str(ended.message) == "4 records done. 1 refused."
    with reading() as session:
        assert str(notices.of(session, desk.keeper)[0].message) == "Change of several records: Books. 4 records done. 1 refused."


def test_what_may_not_be_done_by_now_is_refused_by_row(desk: Desk) -> None:
    ids = books(desk, 7)
    id_ = submit(desk, ids, Edit({"pages": 3}))

    def meanwhile() -> bool:
        if any(version == 2 for (version,) in kept(BOOK, ids, "version")):
            with writing() as session:
                session.execute(update(ACCOUNT).where(ACCOUNT.c.id == desk.keeper.account).values(roles=["auditor"]))
        return False

    assert worker.run_next(meanwhile)
    ended = seen(desk, id_)
    assert (ended.state, ended.done, ended.failed) == ("done", 7, 4)
    assert [version for (version,) in kept(BOOK, ids, "version")] == [2, 2, 2, 1, 1, 1, 1]
    assert "You have no right" in str(bulk.said(ended.result)[0].message)


def test_cancelled_on_the_way_the_rest_stays_as_it_was(desk: Desk) -> None:
    ids = books(desk, 9)
    id_ = submit(desk, ids, Edit({"pages": 3}))

    def meanwhile() -> bool:
        if any(version == 2 for (version,) in kept(BOOK, ids, "version")):
            with writing() as session:
                jobs.cancel(session, desk.keeper, id_)
        return False

    worker.run_next(meanwhile)
    ended = seen(desk, id_)
    assert (ended.state, ended.done) == ("cancelled", 3)
    assert str(ended.message) == "Cancelled. 3 were done before."
    assert [version for (version,) in kept(BOOK, ids, "version")] == [2] * 3 + [1] * 6
    assert {change_set for _record, change_set in changes(BOOK, ids)} == {ended.change_set_id}


def test_killed_at_random_points_every_record_is_done_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = books(desk, 60)
    real = bulk._part

    def slow(*given: Any, **more: Any) -> Any:
        found = real(*given, **more)
        time.sleep(0.02)
        return found

    monkeypatch.setattr(bulk, "_part", slow)
    moved = submit(desk, ids, MoveTo("shelve", {"shelf": one_shelf(desk)}))
    edited = submit(desk, ids, Edit({"missing": True}))
    db.engine().dispose()
    killed = crashes.killed_again_and_again(
        lambda: not (seen(desk, moved).open or seen(desk, edited).open), times=8, longest=0.6, seed=7
    )  # fmt: skip
    assert killed >= 2
    refused = [n for n in range(60) if n % 5 == 0]  # a book on the shelf has pages
    assert [seen(desk, moved).failed, seen(desk, edited).failed] == [len(refused), 0]
    assert kept(BOOK, ids, "version", "missing") == [(2 if n in refused else 3, True) for n in range(60)]
    by_set = Counter(change_set for _record, change_set in changes(BOOK, ids))
    assert by_set == {seen(desk, moved).change_set_id: 60 - len(refused), seen(desk, edited).change_set_id: 60}
    assert len(sheet(seen(desk, moved).file_id or 0)) == 61


def one_shelf(desk: Desk) -> int:
    with writing() as session:
        desk.db = session
        return desk.shelf()


def test_more_than_one_action_may_take_is_refused_at_once(desk: Desk) -> None:
    with override(bulk_limit=2), pytest.raises(Invalid, match="At most 2 records"):
        submit(desk, [1, 2, 3], Delete())


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "pages": st.integers(0, 9),
            "price": st.decimals(0, 10**6, places=2),
            "weight": st.none() | st.decimals("0.001", 99, places=3),
            "bought_on": st.dates(),
            "opens_at": st.none() | st.times(clock(0), clock(23, 59)),
            "due_at": st.none() | st.datetimes(datetime(1900, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
            "lasts": st.none() | st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
            "missing": st.booleans(),
            "marks": st.lists(st.sampled_from(["signed", "torn"]), unique=True),
            "also_on": st.lists(st.integers(1, 99), unique=True),
            "shelf": st.none() | st.integers(1, 99),
            "found_at": st.none() | st.tuples(st.decimals(0, 99, places=4), st.decimals(0, 99, places=4)).map(lambda xy: Place(*xy)),
            "blurb": st.none() | st.text(min_size=1),
        },
    ),
    st.text(),
)
def test_an_action_comes_to_the_worker_as_it_was_given(values: dict[str, Any], note: str) -> None:
    import json

    for action in (Edit(values, note), MoveTo("lend", values, note), Delete(note), Restore(note)):
        packed = json.loads(json.dumps(bulk._packed(BOOK, action)))
        assert bulk._unpacked(BOOK, packed) == action


def test_a_secret_is_sealed_on_its_way(desk: Desk) -> None:
    reader = desk_table("sample_reader")
    packed = bulk._packed(reader, Edit({"id_no": "11010519491231002X"}))
    assert "11010519491231002X" not in str(packed)
    assert bulk._unpacked(reader, packed) == Edit({"id_no": "11010519491231002X"})


def desk_table(name: str) -> Any:
    from services.crud.registry import table

    return table(name)


def test_reasons_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "REASONS", 3)
    outcomes = [Outcome(n, "", n % 7 == 0, None if n % 7 == 0 else msg("Not because of {n}.", n=n)) for n in range(50)]
    result: Any = None
    for start in range(0, 50, 10):
        result = bulk._noted(result, outcomes[start : start + 10])
    told = bulk.said(result)
    assert len(told) == 4
    assert sorted(id_ for one in told for id_ in one.ids) == [n for n in range(50) if n % 7]
    assert "another reason" in str(told[-1].message)


def test_shelves_go_too(desk: Desk) -> None:
    shelf = one_shelf(desk)
    id_ = submit(desk, [shelf, 99_999], Delete("Broken"), SHELF)
    worker.work_off()
    assert (seen(desk, id_).done, seen(desk, id_).failed) == (2, 1)
    assert kept(SHELF, [shelf], "deleted_at") != [(None,)]
