"""Long work on the screen: under way, stopped, ended, from the dialog of a list to the sign in the bar."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update
from streamlit.testing.v1 import AppTest

from pages.parts import session as _session
from services import jobs, worker
from services.crud import bulk
from services.crud.bulk import Action, Edit
from services.crud.registry import table
from services.jobs import JOB, Running, clock
from services.platform import db, files, i18n
from services.platform.db import reading, writing
from services.platform.i18n import msg
from services.platform.settings import override
from tests.conftest import Database
from tests.crud import sample
from tests.crud.conftest import prepare
from tests.crud.desk import BOOK, Desk
from tests.screens.lists import run, texts

assert _session
NASTY = "**x** <script>alert(1)</script> :red[x] {n}"
Draw = Callable[..., AppTest]


@pytest.fixture
def desk(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Desk:
    prepare(sqlite_database)
    monkeypatch.setattr(worker, "load_kinds", lambda: None)
    with writing() as session:
        made = Desk(session)
    monkeypatch.setattr("pages.parts.session.actor", lambda: made.keeper)
    monkeypatch.setattr(i18n, "_reader", [lambda: "en"])
    return made


def _screen() -> None:
    from pages import jobs

    jobs.show()


def show(**params: str) -> AppTest:
    screen = AppTest.from_function(_screen, default_timeout=20)
    for name, value in params.items():
        screen.query_params[name] = value
    return run(screen)


def submit(desk: Desk, total: int | None = 100, **columns: Any) -> int:
    with writing() as session:
        id_ = jobs.submit(session, desk.keeper, "bulk", BOOK, {"ids": [], "action": {"kind": "Restore"}}, total)
        if columns:
            session.execute(update(JOB).where(JOB.c.id == id_).values(**columns))
    return id_


def state(id: int) -> str:
    return jobs.wait(id, 0).state


def test_nothing_yet(desk: Desk) -> None:
    screen = show()
    assert "Nothing here yet" in texts(screen)
    assert not screen.button


def test_what_waits_is_stopped_after_a_question(desk: Desk) -> None:
    id_ = submit(desk)
    screen = show()
    assert "Waits for its turn" in texts(screen)
    run(screen.button(key=f"job-{id_}-cancel").click())
    assert "Really stop it?" in texts(screen)
    run(screen.button(key=f"job-{id_}-no").click())
    assert "Really stop it?" not in texts(screen)
    run(screen.button(key=f"job-{id_}-cancel").click())
    run(screen.button(key=f"job-{id_}-yes").click())
    assert state(id_) == "cancelled"
    assert "Cancelled before it began" in texts(screen)


def test_what_runs_says_how_far_it_is_and_hears_of_its_end(desk: Desk) -> None:
    began = clock() - timedelta(seconds=10)
    id_ = submit(desk, state="running", done=30, failed=2, started_at=began, worker="x", lease_until=clock() + timedelta(hours=1))
    screen = show()
    (bar,) = screen.get("progress")
    assert bar.proto.value == 30
    assert bar.proto.text.startswith("30 of 100 done · ")
    assert "about" in bar.proto.text
    assert bar.proto.text.endswith("2 refused")
    run(screen.button(key=f"job-{id_}-cancel").click())
    run(screen.button(key=f"job-{id_}-yes").click())
    assert state(id_) == "running"
    assert "Is being cancelled" in texts(screen)
    assert not [one for one in screen.button if str(one.key).startswith(f"job-{id_}")]


def test_the_pace_is_that_of_the_last_moments(desk: Desk) -> None:
    long_ago = clock() - timedelta(days=1)
    id_ = submit(desk, 10**6, state="running", done=10, started_at=long_ago, worker="x", lease_until=clock() + timedelta(hours=1))
    screen = show()
    with writing() as session:
        session.execute(update(JOB).values(done=1000))
    run(screen)
    (bar,) = screen.get("progress")
    pace = float(bar.proto.text.split(" · ")[1].split()[0].replace(",", ""))
    assert pace > 20, bar.proto.text
    assert id_


def test_ends_of_every_kind(desk: Desk) -> None:
    with writing() as session:
        file = files.store(session, desk.keeper, "result.csv", b"a,b\n1,2\n")
    at: dict[str, Any] = {"started_at": clock() - timedelta(seconds=200), "ended_at": clock()}
    done = submit(desk, state="done", message=msg("5 records done.").to_json(), file_id=file, **at)
    failed = submit(desk, state="failed", message=msg("Not so: {why}", why=NASTY).to_json(), **at)
    cancelled = submit(desk, state="cancelled", message=jobs.cancelled(3).to_json(), **at)
    screen = show()
    said = texts(screen).replace("\\", "")
    assert "5 records done." in said
    assert "took 3 minutes" in said
    assert "\\<script" in texts(screen)
    assert {f"job-{one}-open" for one in (done, failed, cancelled)} <= {str(one.key) for one in screen.button}
    (fetch,) = screen.get("link_button")
    assert f"/file/{file}?" in fetch.proto.url
    one = show(id=str(failed))
    assert len(one.error) == 1
    assert len(show(id=str(done)).success) == 1
    assert "3 were done before" in show(id=str(cancelled)).warning[0].value


@pytest.mark.parametrize("asked", ["99999", "9" * 40, "-1", "x", "٣", ""])
def test_addresses_that_lead_to_no_work_of_mine(desk: Desk, asked: str) -> None:
    submit(desk)
    screen = show(id=asked)
    assert not screen.exception
    if asked == "99999":
        assert "no such piece of work" in texts(screen)


def test_work_of_others_is_not_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = submit(desk)
    for other in (desk.clerk, desk.stranger):
        monkeypatch.setattr("pages.parts.session.actor", lambda other=other: other)
        assert "Nothing here yet" in texts(show())
        assert "no such piece of work" in texts(show(id=str(id_)))


def test_a_bulk_action_tells_its_reasons_and_its_records(desk: Desk) -> None:
    with writing() as session:
        ids = sample.put(session, "sample_book", [{"title": f"Book {n}", "number": f"n{n}", "pages": n} for n in range(8)])
        id_ = bulk.submit(session, desk.keeper, BOOK, [*ids, 99_999], Edit({"pages": -1}))
    worker.work_off()
    screen = show(id=str(id_))
    warnings = " ".join(one.value for one in screen.warning)
    assert "Not with 8" in warnings
    assert "Not with 1" in warnings
    assert "Book 0" in warnings
    (rows,) = screen.dataframe
    assert len(rows.value) == 9
    assert set(rows.value["Result"]) == {"✗"}
    i18n._reader[:] = [lambda: "zh_CN"]
    assert "9 条记录都未通过" in show(id=str(id_)).warning[0].value


def _order(kind: str, ids: list[int], action: "Action") -> None:
    import streamlit as st

    from pages.parts import bulk, session
    from services.crud.registry import table

    order = st.session_state.setdefault("order", bulk.Order(kind, ids, action=action))
    if order.outcomes is None:
        order.outcomes = bulk._try(session.actor(), table("sample_book"), order)
    bulk._run(session.actor(), table("sample_book"), order)


def test_many_records_go_on_by_themselves(desk: Desk) -> None:
    with writing() as session:
        ids = sample.put(session, "sample_book", [{"title": f"Book {n}", "number": f"n{n}", "pages": n} for n in range(8)])
    with override(bulk_in_page=3, job_chunk=2):
        screen = run(AppTest.from_function(_order, args=("edit", ids, Edit({"pages": 5})), default_timeout=20))
        assert "tried with the first 3 of 8" in screen.info[0].value
        (go,) = [one for one in screen.button if str(one.key).endswith(".go")]
        assert go.label == "Do it with 8"
        run(go.click())
        assert "Waits for its turn" in texts(screen)
        assert "You may close this" in texts(screen)
        with reading() as session:
            assert session.execute(table("sample_book").sql.select().where(BOOK.sql.c.version > 1)).first() is None
        assert worker.work_off() == 1
        run(screen)
        assert "8 records done" in screen.success[0].value


def test_too_much_under_way_is_said(desk: Desk) -> None:
    with writing() as session:
        ids = sample.put(session, "sample_book", [{"title": f"Book {n}", "number": f"n{n}"} for n in range(4)])
    with override(bulk_in_page=3, jobs_under_way=1):
        submit(desk)
        screen = run(AppTest.from_function(_order, args=("edit", ids, Edit({"pages": 5})), default_timeout=20))
        run(next(one for one in screen.button if str(one.key).endswith(".go")).click())
        assert "are under way" in screen.error[0].value


def _sign(under_way: int) -> None:
    from pages.parts import jobs

    jobs.sign(under_way)


def test_the_sign_in_the_bar(desk: Desk) -> None:
    assert not run(AppTest.from_function(_sign, args=(0,))).button
    submit(desk, state="running", done=30, worker="x", lease_until=clock() + timedelta(hours=1))
    submit(desk, None)
    screen = run(AppTest.from_function(_sign, args=(2,)))
    assert screen.button(key="bar-jobs-open").label == "30%"
    assert screen.button(key="bar-jobs-open").help == "2 pieces of long work of yours are under way"
    with writing() as session:
        session.execute(update(JOB).values(state="done"))
    run(screen)
    assert screen.button(key="bar-jobs-open").label == "Done"


def test_what_the_bar_asks_at_every_step_is_one_statement(desk: Desk) -> None:
    said: list[str] = []
    event.listen(db.engine(), "before_cursor_execute", lambda *given: said.append(given[2]))
    with reading() as session:
        assert jobs.signs(session, desk.keeper) == jobs.Signs(0, 0)
    assert len([one for one in said if one.lower().startswith("select")]) == 1


def test_a_kind_that_takes_back_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(job: Running) -> None:
        return None

    monkeypatch.setitem(jobs._kinds, "bulk", jobs.Kind(nothing, nothing, msg("Undo")))
    id_ = submit(desk)
    screen = show()
    run(screen.button(key=f"job-{id_}-cancel").click())
    assert "is taken back" in texts(screen)
