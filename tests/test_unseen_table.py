"""Tables that nobody has seen before: everything the product generates works on them, from the declaration alone."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import Table as SqlTable
from sqlmodel import SQLModel

from models.fields import today
from models.types import Place
from services import charts
from services import today as start_page
from services.crud import (
    aggregate,
    attachments,
    bulk,
    checks,
    comments,
    drafts,
    flow,
    history,
    notices,
    pick,
    query,
    recent,
    registry,
    search,
    views,
    write,
)
from services.crud.access import Forbidden
from services.crud.errors import Blocked, Invalid, Missing, Stale, Unconfirmed
from services.crud.registry import Table, table, tables
from services.crud.view import Filter, View
from services.platform import db
from services.platform.files import store
from tests.areas.conftest import House, furnish
from tests.conftest import Database
from tests.screens.forms import Person
from tests.screens.lists import column, grid, keys, texts

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture(scope="module")
def unseen() -> Iterator[dict[str, Table]]:
    """The tables, declared now, and forgotten afterwards: hangar, flight, leg, sighting."""
    models = import_module("tests.unseen").MODELS
    for model, made in models.items():
        type.__setattr__(model, "__table__", made)
    yield {made.name.removeprefix("unseen_"): table(made.name) for made in models.values()}
    for model in models:
        registry._known.pop(model, None)
        type.__delattr__(model, "__table__")
    assert not [name for name in tables() if name.startswith("unseen_")]


def _made() -> list[SqlTable]:
    return [one for name, one in SQLModel.metadata.tables.items() if name.startswith("unseen_")]


def _open() -> House:
    SQLModel.metadata.create_all(db.engine(), tables=_made())
    return furnish()


@pytest.fixture(scope="module")
def house(shared_database: Database, unseen: dict[str, Table]) -> House:
    """A small centre with the tables, on each database."""
    return _open()


@pytest.fixture(scope="module")
def hangars(house: House) -> list[int]:
    return [house.create("unseen_hangar", "facility", mark=f"H{n:02}", name=f"东湖机库{n}", closed=n == 3) for n in range(1, 4)]


_days = iter(range(1, 10_000))


def plan(house: House, hangar: int, who: str = "facility", **given: Any) -> int:
    """A flight on a day of its own."""
    day = today() + timedelta(days=next(_days))
    takes_off = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    times = {"planned_on": day, "starts_at": takes_off, "ends_at": takes_off + timedelta(hours=1)}
    values = {"purpose": f"湖面巡查{day:%m%d}", "hangar": hangar, **times, "pilot": house.staff["clerk"], **given}  # fmt: skip
    return house.create("unseen_flight", who, {"unseen_leg": [{"label": "A"}, {"label": "B", "metres": 250}]}, True, **values)


def full(house: House, hangars: list[int]) -> dict[str, Any]:
    """Every field that a person can fill in, as it is typed."""
    return {
        "purpose": "防汛测绘", "task": "mapping", "loads": ["lamp", "camera"], "hangar": hangars[0], "also": hangars[:2],
        "planned_on": today() + timedelta(days=400), "starts_at": "2027-12-30 10:00", "ends_at": "2027年12月30日 11:30",
        "briefing": "9点半", "lead": "1:30", "height": "100.5", "battery": "８０", "battery_wh": "1,200", "above": "114.38, 30.55",
        "insured": "是", "policy": "BD-2027-1", "report_by": "2028-01-05",
        "pilot": house.staff["clerk"], "department": house.departments["office"],
        "guest": "王秀英", "guest_id": "110101199003077475", "guest_phone": "139 1234 5678", "guest_mail": "guest@Example.CN",
        "cost": "¥1,250.50", "payee": "91350100M000100Y43", "account": "6222021234567890128", "page": "https://example.cn/flights",
        "note": "**小心**高压线",
    }  # fmt: skip


KEPT = {
    "loads": ["camera", "lamp"], "starts_at": datetime(2027, 12, 30, 2, tzinfo=UTC), "briefing": time(9, 30), "lead": timedelta(minutes=90),
    "height": Decimal("100.5"), "battery": Decimal(80), "battery_wh": 1200, "above": Place(Decimal("114.38"), Decimal("30.55")),
    "insured": True, "report_by": date(2028, 1, 5), "guest_phone": "13912345678", "guest_mail": "guest@example.cn",
    "cost": Decimal("1250.50"), "state": "planned",
}  # fmt: skip


# What is declared


def test_the_declarations_have_no_problem_but_their_chinese(unseen: dict[str, Table]) -> None:
    found = checks.run(unseen.values(), tables())
    assert [str(one) for one in found if one.code != "E015"] == []


# Writing and reading


def test_every_kind_of_field_is_typed_kept_and_read(house: House, hangars: list[int], unseen: dict[str, Table]) -> None:
    flight, keeper = unseen["flight"], house.actor("facility")
    given = full(house, hangars)
    with db.writing() as session:
        given |= {name: store(session, keeper, f"{name}.{kind}", io.BytesIO(data)) for name, kind, data in
                  (("licence", "pdf", PDF), ("photo", "png", _png()))}  # fmt: skip
        id_ = write.create(session, keeper, flight, given, {"unseen_leg": [{"label": "A"}]}, confirm=True)
    kept = house.raw("unseen_flight", id_)
    for name, value in KEPT.items():
        assert kept[name] == value, name
    assert [str(one) for one in kept["also"]] == [str(one) for one in hangars[:2]]
    assert kept["no"].startswith("FX")
    with db.reading() as session:
        row = query.record(session, keeper, flight, id_)
        assert row["hangar"].title == "东湖机库1"
        assert row["ready"] == 400
        assert row["per_minute"] is None
        assert (row["guest_id"], row["guest_phone"], row["account"]) == ("110101199003077475", "139****5678", "***************0128")
        told = history.of(session, keeper, flight, id_)[0]
        assert {change.title: change.new_text for change in told.changes}["Cost"] == "¥1,250.50"
        assert {change.title: change.new_text for change in told.changes}["Guest's phone"] == "139****5678"
    assert house.record("unseen_flight", id_, "clerk")["guest_id"] == "110***********7475"


def _png() -> bytes:
    from PIL import Image

    written = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(written, "png")
    return written.getvalue()


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"purpose": ""}, "purpose", "fill this in"),
        ({"purpose": "长" * 81}, "purpose", "At most 80"),
        ({"task": "show"}, "task", "no longer offered"),
        ({"height": 121}, "height", "120 or less"),
        ({"battery": 20}, "battery", "Only a rescue"),
        ({"starts_at": "2031-01-01 10:00", "ends_at": "2031-01-01 09:00"}, "ends_at", "lands before"),
        ({"hangar": 3}, "hangar", "does not belong"),
        ({"insured": True, "policy": ""}, "policy", "fill this in"),
        ({"guest_phone": ""}, "guest_phone", "fill this in"),
        ({"page": "javascript:alert(1)"}, "page", "web address"),
        ({"licence": 99}, "licence", "not there"),
        ({"state": "flown"}, "state", "moves"),
        ({"no": "FX1"}, "no", "may not set"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    house: House, hangars: list[int], unseen: dict[str, Table], given: dict[str, Any], field: str, said: str
) -> None:
    with db.reading() as session:
        found = write.probe(session, house.actor("facility"), unseen["flight"], {**full(house, hangars), **given})
    assert any(said in str(message) for message in found.errors[field]), found.errors


def test_a_row_of_the_grid_that_is_wrong_keeps_all_out(house: House, hangars: list[int], unseen: dict[str, Table]) -> None:
    before = house_count(house, unseen["flight"])
    for rows, where in (
        ([], "unseen_leg"),
        ([{"label": "A"}, {"label": "A"}], "unseen_leg.1"),
        ([{"label": "A", "metres": 0}], "unseen_leg.0.metres"),
    ):
        with db.writing() as session, pytest.raises(Invalid) as wrong, session.begin_nested():
            given = full(house, hangars) | {"policy": "X", "purpose": "x", "hangar": hangars[1]}
            write.create(session, house.actor("facility"), unseen["flight"], given, {"unseen_leg": rows}, confirm=True)
        assert any(name.startswith(where) for name in wrong.value.errors), wrong.value.errors
    assert house_count(house, unseen["flight"]) == before


def house_count(house: House, of: Table) -> int:
    with db.reading() as session:
        return query.count(session, house.actor("facility"), of, View()).value


def test_a_hangar_holds_one_flight_at_a_time(house: House, hangars: list[int]) -> None:
    id_ = plan(house, hangars[1])
    kept = house.raw("unseen_flight", id_)
    times = {name: kept[name] for name in ("starts_at", "ends_at")}
    with pytest.raises(Invalid) as taken:
        plan(house, hangars[1], **times)
    assert "Taken from" in str(taken.value.errors["hangar"][0])
    plan(house, hangars[0], **times)
    house.move("unseen_flight", id_, "call_off", "facility", "大雾")
    plan(house, hangars[1], **times)


def test_duplicates_and_unique_numbers(house: House, hangars: list[int], unseen: dict[str, Table]) -> None:
    plan(house, hangars[0], purpose="同一件事", insured=True, policy="P-1")
    with db.writing() as session, pytest.raises(Unconfirmed) as doubtful, session.begin_nested():
        day = today() + timedelta(days=next(_days))
        at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
        write.create(session, house.actor("facility"), unseen["flight"],
                     {"purpose": "同一件事", "hangar": hangars[0], "planned_on": day, "starts_at": at, "ends_at": at + timedelta(hours=1),
                      "pilot": house.staff["clerk"]}, {"unseen_leg": [{"label": "A"}]})  # fmt: skip
    assert doubtful.value.warnings["purpose"]
    with pytest.raises(Invalid) as taken:
        plan(house, hangars[0], insured=True, policy="P-1")
    assert taken.value.errors["policy"]


def test_two_people_at_one_flight(house: House, hangars: list[int]) -> None:
    id_ = plan(house, hangars[0])
    seen = house.version("unseen_flight", id_)
    house.update("unseen_flight", id_, "facility", height=Decimal(50))
    with db.writing() as session:
        write.update(session, house.actor("facility"), table("unseen_flight"), id_, {"battery_wh": 90}, seen)  # merges
    with db.writing() as session, pytest.raises(Stale) as stale, session.begin_nested():
        write.update(session, house.actor("facility"), table("unseen_flight"), id_, {"height": Decimal(60)}, seen)
    assert [one.field for one in stale.value.conflicts] == ["height"]
    assert house.raw("unseen_flight", id_)["height"] == Decimal(50)


def test_states_roles_persons_and_guards(house: House, hangars: list[int], unseen: dict[str, Table]) -> None:
    flight = unseen["flight"]
    id_ = plan(house, hangars[0])
    with db.reading() as session:
        offers = {offer.move.name: offer for offer in flow.offered(session, house.actor("facility"), flight, {"id": id_})}
    assert not offers["clear"].allowed
    assert "uninsured" in str(offers["clear"].why)
    house.update("unseen_flight", id_, "facility", insured=True, policy=f"P{id_}")
    with pytest.raises(Forbidden):
        house.move("unseen_flight", id_, "clear", "clerk")
    house.move("unseen_flight", id_, "clear", "facility")
    with pytest.raises(Invalid):
        house.move("unseen_flight", id_, "fly", "facility", minutes=30)
    with pytest.raises(Invalid) as asked:
        house.move("unseen_flight", id_, "fly", "clerk")
    assert asked.value.errors["minutes"]
    with db.reading() as session:
        waits = start_page.waiting(session, house.actor("clerk"))
        assert [(one.table, one.state) for one in waits if one.table is flight] == [(flight, "cleared")]
    house.move("unseen_flight", id_, "fly", "clerk", minutes=25, report="一切正常")
    with pytest.raises(Invalid):
        house.move("unseen_flight", id_, "call_off", "facility", "晚了")
    with db.reading() as session:
        assert [one.move for one in flow.events(session, house.actor("clerk"), flight, id_)] == ["fly", "clear"]
        picture = flow.diagram(flight, {"state": "flown"})
    assert "Clear for take-off" in picture
    assert "classDef here" in picture


def test_rights_by_role_owner_and_department(house: House, hangars: list[int], unseen: dict[str, Table]) -> None:
    flight = unseen["flight"]
    mine = plan(house, hangars[0])
    theirs = plan(house, hangars[0], pilot=house.staff["hr"])
    ours = plan(house, hangars[0], pilot=house.staff["hr"], department=house.departments["office"])
    other = plan(house, hangars[0], pilot=house.staff["hr"], department=house.departments["service"])
    with db.reading() as session:

        def sees(who: str) -> set[int]:
            return set(query.matching(session, house.actor(who), flight, View(), 500)) & {mine, theirs, ours, other}

        assert sees("clerk") == {mine}
        assert sees("head") == {ours}
        assert sees("facility") == {mine, theirs, ours, other}
        assert sees("cashier") == set()
        with pytest.raises(Missing):
            query.record(session, house.actor("clerk"), flight, theirs)
        assert search.find(session, house.actor("cashier"), "湖面") == []
        found = write.probe(session, house.actor("clerk"), flight, {"cost": 5}, id=mine)
    assert "may not set" in str(found.errors["cost"][0])


# Lists


def test_lists_search_pick_and_count(house: House, hangars: list[int], unseen: dict[str, Table]) -> None:
    flight, keeper = unseen["flight"], house.actor("facility")
    id_ = plan(house, hangars[1], purpose="寻找走失的老人", task="rescue", cost=Decimal(10), also=[hangars[0]])
    no = house.raw("unseen_flight", id_)["no"]
    with db.reading() as session:
        for text in ("走失", "xunzhao", no, no[-4:], "机库2 老人"):
            assert id_ in query.matching(session, keeper, flight, View(search=text), 50), text
            assert id_ in [hit.id for hit in search.find(session, keeper, text) if hit.table is flight] or text == no[-4:]
        assert pick.pick(session, keeper, flight, "走失").options[0].text == f"{no} 寻找走失的老人"
        assert {one.id for one in pick.pick(session, keeper, unseen["hangar"], "H0", {"closed": False}).options} == set(hangars[:2])
        for sort in ("purpose", "-hangar", "planned_on", "-cost", "pilot", "starts_at", "minutes"):
            page = query.page(session, keeper, flight, View(sort=sort, size=20))
            again = query.page(session, keeper, flight, View(sort=sort, size=20, after=page.last))
            assert not {row["id"] for row in page.rows} & {row["id"] for row in again.rows}
        for one in (Filter("task", "in", ("rescue",)), Filter("hangar", "in", (hangars[1],)), Filter("also", "in", (hangars[0],)),
                    Filter("cost", "between", (Decimal(9), Decimal(11))), Filter("planned_on", "between", (today(), None)),
                    Filter("loads", "empty")):  # fmt: skip
            assert id_ in query.matching(session, keeper, flight, View(filters=(one,)), 500), one
        facets = {facet.value: facet.count for facet in aggregate.facets(session, keeper, flight, View(), flight.fields["hangar"])}
        assert facets[hangars[1]] >= 1
        assert aggregate.sums(session, keeper, flight, View(filters=(Filter("task", "in", ("rescue",)),)))["cost"] == Decimal(10)
        links = {link.field.name: link.count.value for link in query.backlinks(session, keeper, unseen["hangar"], hangars[0])}
        assert links["also"] >= 1
        before, after = query.neighbours(session, keeper, flight, View(), id_)
        assert before or after
        assert query.record(session, keeper, unseen["hangar"], hangars[1])["flights"] >= 1


def test_every_chart_adds_up_and_leads_to_its_records(house: House, hangars: list[int], unseen: dict[str, Table]) -> None:
    flight, keeper = unseen["flight"], house.actor("facility")
    plan(house, hangars[0], battery_wh=70, loads=["lamp"])
    with db.reading() as session:
        for chart in flight.charts:
            data = charts.data(session, keeper, flight, chart)
            assert data.marks or chart.name in ("cost", "weeks"), chart.name
            for mark in data.marks if chart.measure == "count" else ():
                view, refused = View.from_params(keeper, flight, mark.params or {}, session)
                assert refused == []
                assert query.count(session, keeper, flight, view).value == mark.count


# What hangs on a record


def test_remarks_files_drafts_views_and_notices(house: House, hangars: list[int], unseen: dict[str, Table]) -> None:
    flight, keeper, clerk = unseen["flight"], house.actor("facility"), house.actor("clerk")
    id_ = plan(house, hangars[0])
    with db.writing() as session:
        comments.add(session, keeper, flight, id_, "@clerk 请检查电池")
        attachments.add(session, keeper, flight, id_, store(session, keeper, "航线.pdf", io.BytesIO(PDF)))
        drafts.save(session, keeper, flight, id_, 1, {"typed": {"purpose": "改"}})
        views.save(session, keeper, flight, "本周", "f.planned_on=this_week", shared=True)
        recent.note(session, keeper, flight, id_)
    with db.reading() as session:
        assert [one.body for one in comments.of(session, clerk, flight, id_)] == ["@clerk 请检查电池"]
        assert [(one.table, one.record) for one in notices.of(session, clerk)] == [("unseen_flight", id_)]
        assert [one.name for one in attachments.of(session, clerk, flight, id_)] == ["航线.pdf"]
        kept = drafts.load(session, keeper, flight, id_)
        assert kept is not None
        assert kept.body == {"typed": {"purpose": "改"}}
        assert [one.name for one in views.of(session, clerk, flight)] == ["本周"]
        assert recent.opened(session, keeper)[0].id == id_


def test_bulk_trash_and_what_refers(house: House, hangars: list[int], unseen: dict[str, Table]) -> None:
    flight, keeper = unseen["flight"], house.actor("facility")
    ids = [plan(house, hangars[0]) for _ in range(3)]
    with db.writing() as session:
        tried = bulk.bulk(session, keeper, flight, ids, bulk.Edit({"task": "mapping"}), dry_run=True)
        done = bulk.bulk(session, keeper, flight, ids, bulk.Edit({"task": "mapping"}), dry_run=False)
        moved = bulk.bulk(session, keeper, flight, ids, bulk.MoveTo("clear"), dry_run=False)
    assert [one.ok for one in (*tried, *done)] == [True] * 6
    assert [one.ok for one in moved] == [False] * 3
    assert "uninsured" in str(moved[0].message)
    sighting = house.create("unseen_sighting", "clerk", flight=ids[0], what="白鹭")
    with pytest.raises(Blocked) as blocked:
        house.delete("unseen_flight", ids[0], "facility")
    assert blocked.value.by[0].titles == ["白鹭"]
    with pytest.raises(Forbidden):
        house.update("unseen_sighting", sighting, "facility", what="苍鹭")
    house.delete("unseen_flight", ids[1], "facility")
    with db.reading() as session:
        assert ids[1] not in query.matching(session, keeper, flight, View(), 500)
        assert query.count(session, keeper, unseen["leg"], View(filters=(Filter("flight", "in", (ids[1],)),))).value == 0
        assert query.page(session, keeper, flight, View(trash=True)).rows[0]["id"] == ids[1]
    with db.writing() as session:
        write.restore(session, keeper, flight, ids[1])
    with db.reading() as session:
        assert query.count(session, keeper, unseen["leg"], View(filters=(Filter("flight", "in", (ids[1],)),))).value == 2
    loop = house.create("unseen_hangar", "facility", mark="H08", name="里间", within=hangars[0])
    with pytest.raises(Invalid) as wrong:
        house.update("unseen_hangar", hangars[0], "facility", within=loop)
    assert wrong.value.errors["within"]


# Screens


@pytest.fixture
def keeper(house: House, monkeypatch: pytest.MonkeyPatch) -> Person:
    """The facility keeper at a screen."""
    return Person(monkeypatch, house.actor("facility"))


def test_the_list_on_the_screen(house: House, hangars: list[int], keeper: Person) -> None:
    id_ = plan(house, hangars[1], purpose="夜间巡航", task="rescue", cost=Decimal("99.50"))
    screen = keeper.open("unseen_flight", q="夜间巡航").screen
    assert column(screen, "purpose") == ["夜间巡航"]
    assert [cell["text"] for cell in column(screen, "task")] == ["Rescue"]
    assert column(screen, "cost") == ["¥99.50"]
    assert grid(screen)["rows"][0][0] == id_
    screen = keeper.open("unseen_flight", **{"f.task": "rescue", "f.hangar": str(hangars[1]), "sort": "-cost"}).screen
    assert "夜间巡航" in column(screen, "purpose")
    assert column(keeper.open("unseen_hangar").screen, "flights")
    assert "There is no field" in texts(keeper.open("unseen_flight", **{"f.nothing": "1"}).screen)


def test_a_flight_from_the_form_to_its_page(house: House, hangars: list[int], keeper: Person) -> None:
    day = today() + timedelta(days=next(_days))
    keeper.open("unseen_flight", new=1)
    keeper.save()
    assert "Please fill this in." in keeper.said
    keeper.type(purpose="环湖测绘", hangar=hangars[0], planned_on=day, starts_at=datetime.combine(day, time(10)),
                ends_at=datetime.combine(day, time(9)), battery="12", pilot=house.staff["clerk"])  # fmt: skip
    assert "It lands before it takes off." in keeper.said
    assert "Only a rescue starts with less than 30 %." in keeper.said
    keeper.type(ends_at=datetime.combine(day, time(11)), battery="88")
    assert "Policy no." not in keeper.said
    keeper.type(insured=True)
    keeper.type(policy="BD-1", loads=["lamp"], height="60", lead="0:45", guest="王秀英")
    keeper.type(guest_phone="139123")
    assert "phone" in keeper.said
    keeper.type(guest_phone="13912345678", guest_id="110101199003077475", cost="250")
    keeper.lines("unseen_leg", added=[{"label": "A", "metres": 300}, {"label": "B", "metres": 0}])
    keeper.save()
    assert "Line 2" in keeper.said
    keeper.lines("unseen_leg", added=[{"label": "A", "metres": 300}, {"label": "B", "metres": 20}])
    keeper.save()
    id_ = keeper.id
    kept = house.raw("unseen_flight", id_)
    assert (kept["purpose"], kept["height"], kept["lead"], kept["cost"]) == ("环湖测绘", Decimal(60), timedelta(minutes=45), Decimal(250))
    assert kept["starts_at"] == datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    facts = keeper.facts
    assert facts["Guest's phone"] == ["139****5678"]
    assert facts["Hangar"] == ["东湖机库1"]
    keeper.go(id=id_, edit=1).type(purpose="环湖测绘二").save()
    assert house.raw("unseen_flight", id_)["purpose"] == "环湖测绘二"


def test_the_record_page_and_its_moves(house: House, hangars: list[int], keeper: Person) -> None:
    id_ = plan(house, hangars[0], insured=True, policy=f"V{next(_days)}")
    keeper.open("unseen_flight", id=id_)
    labels = [one.label for one in keeper.screen.tabs]
    assert labels == ["Details", "Legs", "Sightings", "Related", "Files", "Comments", "History", "States"]
    for label in labels:
        keeper.screen.session_state["record.tabs.unseen_flight"] = label
        keeper.run(keeper.screen)
    keeper.click(f"move.clear.{id_}.1")
    assert house.raw("unseen_flight", id_)["state"] == "cleared"
    assert any(key.startswith(f"move.fly.{id_}") for key in keys(keeper.screen))
    keeper.go(id=id_, print=1)
    assert any("湖面巡查" in one.proto.body for one in keeper.screen.get("html"))


def test_the_charts_on_the_screen(house: House, hangars: list[int], keeper: Person, unseen: dict[str, Table]) -> None:
    id_ = plan(house, hangars[0], insured=True, policy=f"C{next(_days)}", cost=Decimal(5), battery_wh=60, loads=["lamp"])
    house.move("unseen_flight", id_, "clear", "facility")
    house.move("unseen_flight", id_, "fly", "clerk", minutes=9)
    screen = keeper.open("unseen_flight", **{"as": "charts", "period": "all"}).screen
    drawn = screen.get("vega_lite_chart")
    assert len(drawn) == len(unseen["flight"].charts)
    assert all(any(sign.isdigit() for sign in one.proto.alt) for one in drawn)


def sent(person: Person, name: str) -> dict[str, Any]:
    """What was sent to a component of the screen."""
    (found,) = [one for one in person.screen.get("bidi_component") if one.proto.component_name.endswith(name)]
    made: dict[str, Any] = json.loads(found.proto.json or found.proto.mixed.json)
    return made


def happen(person: Person, way: str, what: str, **value: Any) -> None:
    """Something is done on the board or in the agenda of the flights."""
    person.screen.session_state[f"unseen_flight.{way}"] = {what: {"n": next(_days), **value}}
    person.run(person.screen)


def test_the_board_on_the_screen(house: House, hangars: list[int], keeper: Person) -> None:
    id_ = plan(house, hangars[0], task="rescue", report_by=today() - timedelta(days=1), insured=True, policy=f"B{next(_days)}")
    bare = plan(house, hangars[0])
    keeper.open("unseen_flight", show="board")
    columns = {one["state"]: {card["id"]: card for card in one["cards"]} for one in sent(keeper, "cards")["columns"]}
    assert list(columns) == ["planned", "cleared", "flown", "called_off"]
    card = columns["planned"][id_]
    assert card["title"] == f"{house.raw('unseen_flight', id_)['no']} {house.raw('unseen_flight', id_)['purpose']}"
    assert (card["colour"], card["late"], card["who"].endswith("张clerk")) == ("red", True, True)
    assert (dict(card["moves"])["clear"], card["dialogs"]) == ("", ["call_off"])
    assert dict(columns["planned"][bare]["moves"])["clear"] == "An uninsured drone stays on the ground."
    happen(keeper, "board", "move", id=bare, version=1, name="clear")
    assert sent(keeper, "cards")["said"]["text"] == "An uninsured drone stays on the ground."
    happen(keeper, "board", "move", id=id_, version=1, name="clear")
    assert house.raw("unseen_flight", id_)["state"] == "cleared"
    happen(keeper, "board", "move", id=id_, version=2, name="call_off")
    assert "The hangar becomes free again." in keeper.said


def test_the_agenda_on_the_screen(house: House, hangars: list[int], keeper: Person) -> None:
    id_, other = plan(house, hangars[0]), plan(house, hangars[1])
    day = house.raw("unseen_flight", id_)["planned_on"]
    house.update(
        "unseen_flight",
        other,
        "facility",
        confirm=True,
        **{name: house.raw("unseen_flight", id_)[name] for name in ("starts_at", "ends_at")},
    )
    keeper.open("unseen_flight", show="agenda", range="day", on=day.isoformat(), by="hangar")
    shown = sent(keeper, "timetable")
    rows = {track["title"]: place for place, track in enumerate(shown["tracks"])}
    assert list(rows)[:2] == ["东湖机库1", "东湖机库2"]
    assert "东湖机库3" not in rows, "it is closed: nothing can be booked in it"
    entry = next(one for one in shown["entries"] if one["id"] == id_)
    assert (entry["track"], entry["time"], entry["colour"], entry["movable"]) == (0, "10:00–11:00", "blue", True)
    across = {"tracks": 1, "start": 0, "end": 0, "track": shown["tracks"][1]["key"]}
    happen(keeper, "agenda", "change", id=id_, version=1, **across)
    assert "Taken from" in sent(keeper, "timetable")["said"]["text"]
    happen(keeper, "agenda", "change", id=id_, version=1, **{**across, "start": 60, "end": 120})
    assert house.raw("unseen_flight", id_)["hangar"] == hangars[1]
    assert next(one for one in sent(keeper, "timetable")["entries"] if one["id"] == id_)["time"] == "11:00–13:00"
    for range_ in ("week", "month"):
        keeper.open("unseen_flight", show="agenda", range=range_, on=day.isoformat())
        assert {id_, other} <= {one["id"] for one in sent(keeper, "timetable")["entries"]}
    house.move("unseen_flight", other, "call_off", "facility", note="雾")
    keeper.run(keeper.screen)
    assert other not in {one["id"] for one in sent(keeper, "timetable")["entries"]}, "it takes nothing any more"


def test_nobody_else_sees_it_on_the_screen(house: House, hangars: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = plan(house, hangars[0], pilot=house.staff["hr"])
    day = house.raw("unseen_flight", id_)["planned_on"].isoformat()
    for role in ("clerk", "cashier"):
        other = Person(monkeypatch, house.actor(role))
        for address in ({"id": id_}, {"id": id_, "edit": 1}, {"id": id_, "print": 1}, {"f.hangar": hangars[0]}, {"q": "湖面"},
                        {"show": "board"}, {"show": "agenda", "on": day, "range": "day"}):  # fmt: skip
            screen = other.open("unseen_flight", **address).screen
            assert house.raw("unseen_flight", id_)["no"] not in other.said + str(screen.get("html"))
