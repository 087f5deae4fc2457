"""Rules and effects of areas inside the write path: who does it, what joins which change set, what fails with what. On both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlmodel import SQLModel

from models.base import Check
from services.crud import conditions, history, rules, write
from services.crud.errors import Invalid, Unconfirmed
from services.crud.rules import Change
from services.platform import db
from services.platform.i18n import msg
from tests.conftest import Database
from tests.crud import desk as at_work
from tests.crud.desk import BOOK, COPY, ONE_COPY, READER, SHELF, STAMP, Desk, own_rules

__all__ = ["own_rules"]
pytestmark = pytest.mark.usefixtures("own_rules")


@pytest.fixture
def desk(shared_library: Database) -> Iterator[Desk]:
    with at_work.undone() as made:
        yield made


def test_a_rule_completes_refuses_and_asks(desk: Desk) -> None:
    seen: list[Any] = []

    @rules.rule("sample_shelf")
    def look(change: Change) -> None:
        seen.append((change.verb, change.id, change.old.get("name"), change.actor))
        change.new["length"] = Decimal("1.5")
        if change.new["name"] == "wrong":
            change.error("name", msg("Not this name."))
        if change.new["name"] == "odd":
            change.warn("name", msg("Really?"))

    shelf = desk.shelf(name="fine")
    assert desk.row(SHELF, shelf)["length"] == Decimal("1.50")
    assert seen == [("create", None, None, desk.keeper)]
    with pytest.raises(Invalid):
        write.update(desk.db, desk.keeper, SHELF, shelf, {"name": "wrong"}, 1)
    assert seen[-1] == ("edit", shelf, "fine", desk.keeper)
    with pytest.raises(Unconfirmed):
        write.update(desk.db, desk.keeper, SHELF, shelf, {"name": "odd"}, 1)
    assert write.update(desk.db, desk.keeper, SHELF, shelf, {"name": "odd"}, 1, confirm=True) == 2


def test_rules_meet_only_complete_values(desk: Desk) -> None:
    @rules.rule("sample_book")
    def compute(change: Change) -> None:
        assert change.new["title"].upper()
        assert change.new["pages"] + 1

    with pytest.raises(Invalid) as caught:
        write.create(desk.db, desk.keeper, BOOK, {"pages": None}, ONE_COPY)
    assert set(caught.value.errors) == {"title", "pages"}
    assert write.probe(desk.db, desk.keeper, BOOK, {"pages": "x"}).errors


def test_a_rule_sees_the_child_rows_as_they_shall_be(desk: Desk) -> None:
    seen: list[list[tuple[str, Decimal]]] = []

    @rules.rule("sample_book")
    def add_up(change: Change) -> None:
        if "sample_copy" in change.children:
            seen.append([(row["label"], row["cost"]) for row in change.children["sample_copy"]])

    rows = {"sample_copy": [{"label": "1", "cost": "1"}, {"label": "2", "cost": "2"}]}
    book = write.create(desk.db, desk.keeper, BOOK, {"title": "x"}, rows)
    first, second = desk.db.execute(select(COPY.sql.c.id).where(COPY.sql.c.book == book).order_by(COPY.sql.c.id)).scalars()
    changed = {"sample_copy": [{"id": first, "version": 1, "cost": "５"}, {"label": "3"}, {"id": second, "version": 1, "_delete": True}]}
    write.update(desk.db, desk.keeper, BOOK, book, {}, 1, changed)
    assert seen == [[("1", Decimal(1)), ("2", Decimal(2))], [("1", Decimal(5)), ("3", Decimal(0))]]


def test_effects_write_on_behalf_of_the_person_in_the_same_change_set(desk: Desk) -> None:
    @rules.effect("sample_copy")
    def stamp(change: Change) -> None:
        shelf = write.create(change.db, change.by_rule, SHELF, {"mark": f"Z-{change.id:02}"[:4], "name": "made by a rule"}, confirm=True)
        write.create(change.db, change.by_rule, STAMP, {"shelf": shelf, "amount": change.new["cost"], "sequence": 1})

    write.create(desk.db, desk.clerk, BOOK, {"title": "x"}, ONE_COPY)
    (one,) = desk.db.execute(select(SQLModel.metadata.tables["change_set"])).mappings()
    assert (one["account_id"], one["actor"], one["action"], one["source"]) == (desk.clerk.account, "Clerk", "create", "screen")
    tables = desk.db.execute(text("select table_name from change order by id")).scalars().all()
    assert tables == ["sample_book", "sample_copy", "sample_shelf", "sample_stamp"]
    assert desk.db.execute(select(SHELF.sql.c.created_by).order_by(SHELF.sql.c.id.desc())).scalar() == desk.clerk.account


def test_without_the_right_an_effect_may_not_write_as_the_person(desk: Desk) -> None:
    @rules.effect("sample_copy")
    def forbidden(change: Change) -> None:
        write.create(change.db, change.actor, SHELF, {"mark": "Z-99", "name": "x"})

    from services.crud.access import Forbidden

    with pytest.raises(Forbidden):
        write.create(desk.db, desk.clerk, BOOK, {"title": "x"}, ONE_COPY)
    assert desk.count("change") == 0
    assert desk.count("sample_book") == 0


def test_an_effect_that_fails_takes_everything_with_it(desk: Desk) -> None:
    @rules.effect("sample_book")
    def fail(change: Change) -> None:
        if change.new["title"] == "bad":
            write.create(change.db, change.by_rule, READER, {"card": ""})

    book = desk.book(title="good")
    with pytest.raises(Invalid):
        write.update(desk.db, desk.keeper, BOOK, book, {"title": "bad"}, 1)
    assert desk.row(BOOK, book)["title"] == "good"
    assert desk.history(BOOK, book) == [("create", 1)]


def test_an_effect_may_change_the_record_itself(desk: Desk) -> None:
    @rules.effect("sample_copy")
    def count(change: Change) -> None:
        write.update(change.db, change.by_rule, BOOK, change.new["book"], {"pages": 50}, None)

    book = desk.book()
    assert desk.row(BOOK, book)["version"] == 2
    assert write.update(desk.db, desk.keeper, BOOK, book, {"title": "y"}, 2) == 3


def test_a_rule_may_refuse_a_deletion(desk: Desk) -> None:
    @rules.rule("sample_copy")
    def keep(change: Change) -> None:
        if change.verb == "delete":
            change.error("", msg("This copy is needed."))

    book = desk.book()
    with pytest.raises(Invalid, match="This copy is needed"):
        write.delete(desk.db, desk.keeper, BOOK, book, 1)
    assert desk.row(BOOK, book)["deleted_at"] is None


def test_records_of_the_past_have_their_own_time(desk: Desk) -> None:
    then = datetime(2024, 3, 5, 1, 0, tzinfo=UTC)
    with history.change_set(desk.db, desk.product, "seed", at=then):
        book = write.create(desk.db, desk.product, BOOK, {"title": "x", "state": "open", "pages": 5})
    row = desk.row(BOOK, book)
    assert (row["created_at"], row["number"], row["state"]) == (then, "SB20240001", "open")


def test_a_change_set_belongs_to_its_transaction(library: Database) -> None:
    with db.writing() as session:
        desk = Desk(session)
        with history.change_set(session, desk.keeper, "outer") as outer, history.change_set(session, desk.clerk, "inner") as inner:
            assert inner is outer
    with db.writing() as session, history.change_set(session, desk.clerk, "next") as later:
        assert later.actor is desk.clerk


def test_a_change_set_goes_on_in_a_later_transaction(library: Database) -> None:
    shelves = []
    with db.writing() as session:
        desk = Desk(session)
        with history.change_set(session, desk.keeper, "import", "sample_shelf") as first:
            shelves.append(desk.shelf())
        began = first.id
    with db.writing() as session, history.change_set(session, desk.keeper, "import", "sample_shelf", continuing=began) as later:
        desk.db = session
        shelves.append(desk.shelf())
        assert later.id == began
    with db.reading() as session:
        change = SQLModel.metadata.tables["change"].c
        told = session.execute(select(change.record_id, change.change_set_id).where(change.table_name == "sample_shelf")).all()
        assert [tuple(row) for row in told] == [(shelf, began) for shelf in shelves]


@pytest.mark.parametrize(
    ("rule", "passing", "failing"),
    [
        (lambda t: t.a <= t.b, [{"a": 1, "b": 1}, {"a": None, "b": 1}, {"a": 1, "b": None}], [{"a": 2, "b": 1}]),
        (lambda t: (t.a > 0) | (t.b == "x"), [{"a": 1, "b": "y"}, {"a": None, "b": "y"}, {"a": 0, "b": "x"}], [{"a": 0, "b": "y"}]),
        (lambda t: (t.a > 0) & (t.b > 0), [{"a": None, "b": 1}, {"a": 1, "b": 1}], [{"a": None, "b": 0}, {"a": 0, "b": 1}]),
        (lambda t: ~t.a, [{"a": False}, {"a": None}], [{"a": True}]),
        (lambda t: t.a.is_(None) | t.b.is_not(None), [{"a": None, "b": None}, {"a": 1, "b": 1}], [{"a": 1, "b": None}]),
        (lambda t: t.a.in_(["x"]) | t.a.not_in(["x", "y"]), [{"a": "x"}, {"a": "z"}, {"a": None}], [{"a": "y"}]),
        (lambda t: t.a.between(t.b, 9), [{"a": 5, "b": 5}, {"a": None, "b": 1}, {"a": 5, "b": None}], [{"a": 4, "b": 5}]),
        (lambda t: t.a + t.b - 1 == 2 * t.a, [{"a": 1, "b": 2}], [{"a": 1, "b": 1}]),
        (lambda t: 10 - t.a >= t.b * 1, [{"a": 1, "b": 9}], [{"a": 1, "b": 10}]),
    ],
)
def test_a_declared_rule_on_values(rule: object, passing: list[dict[str, object]], failing: list[dict[str, object]]) -> None:
    check = Check("it", rule, "No.", "a")  # type: ignore[arg-type]
    assert all(conditions.holds(check, values) for values in passing)
    assert not any(conditions.holds(check, values) for values in failing)
