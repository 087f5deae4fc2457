"""Rights: what `rows` says in SQL and `permits` in Python is the same; fields and masks."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from models.base import VERBS
from services.crud import access, query, titles
from services.crud.access import Actor, Forbidden, field_right, mask, may, permits, rows, scope, system_actor
from services.crud.registry import table
from services.crud.view import View
from services.platform import db
from tests.conftest import Database
from tests.crud import sample
from tests.crud.conftest import CENTRE, OTHER, actor

ROLES = ("director", "head", "clerk", "auditor", "facility", "admin", "nobody knows this role")
SOMEBODY = (None, 1, 2)


def test_nothing_without_a_right() -> None:
    readers = table("sample_reader")
    for who in (actor(), actor("facility"), actor("nobody knows this role"), actor("Director"), actor("*")):
        assert not any(may(who, readers, verb) for verb in VERBS)
        assert not any(permits(who, readers, verb, {"centre_id": CENTRE, "created_by": None}) for verb in VERBS)
    with pytest.raises(Forbidden) as refused:
        access.demand(actor("facility"), readers, "read")
    assert "Readers" in str(refused.value.message)


def test_everybody_means_whoever_has_a_role() -> None:
    shelves = table("sample_shelf")
    assert may(actor("clerk"), shelves, "read")
    assert not may(actor("clerk"), shelves, "edit")
    assert not may(actor(), shelves, "read")


def test_the_widest_scope_of_several_roles() -> None:
    readers = table("sample_reader")
    assert scope(actor("clerk"), readers, "read") == "own"
    assert scope(actor("clerk", "head"), readers, "read") == "department"
    assert scope(actor("clerk", "head", "director"), readers, "read") == "centre"
    assert scope(actor("auditor", "clerk"), readers, "read") == "all"
    assert scope(actor("head"), readers, "create") == "centre"
    assert scope(actor("head"), readers, "delete") is None


def test_what_is_never_changed_is_changed_by_nobody() -> None:
    stamps, loans = table("sample_stamp"), table("sample_loan")
    for verb in ("edit", "delete", "restore"):
        assert not may(actor("admin", "facility"), stamps, verb)
    assert may(actor("facility"), loans, "edit")
    assert not may(actor("facility"), loans, "delete")


def test_the_product_itself_works_in_its_own_centre_only() -> None:
    who = system_actor(CENTRE, "job")
    readers = table("sample_reader")
    assert all(may(who, readers, verb) for verb in VERBS)
    assert permits(who, readers, "edit", {"centre_id": CENTRE})
    assert not permits(who, readers, "edit", {"centre_id": OTHER})


@pytest.fixture(scope="module")
def readers(shared_library: Database) -> Iterator[dict[int, dict[str, Any]]]:
    """A reader for every combination of what a scope looks at."""
    with db.writing() as session:
        sample.put(session, "sample_shelf", [{"mark": f"A-0{n}", "name": f"Shelf {n}"} for n in (1, 2)])
        for account in (1, 2):
            sample.put(session, "account", [{"id": account, "username": f"user{account}", "name": f"User {account}", "roles": ["clerk"]}])
        made: dict[int, dict[str, Any]] = {}
        for number, (centre, created_by, keeper, team) in enumerate(product((CENTRE, OTHER), SOMEBODY, SOMEBODY, SOMEBODY)):
            row = {
                "card": f"L{number}",
                "name": f"Reader {number}",
                "created_by": created_by,
                "team": team,
                "keeper": keeper if made else None,
            }
            (id_,) = sample.put(session, "sample_reader", [row], centre=centre)
            made[id_] = {**row, "id": id_, "centre_id": centre}
    yield made
    with db.writing() as session:
        own = table("sample_reader").sql
        session.execute(own.update().values(keeper=None))
        session.execute(own.delete())
        session.execute(table("account").sql.delete())
        session.execute(table("sample_shelf").sql.delete())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    roles=st.frozensets(st.sampled_from(ROLES)),
    account=st.sampled_from([None, 1, 2, 3]),
    staff=st.sampled_from([None, 1, 2, 3]),
    departments=st.frozensets(st.sampled_from([1, 2, 3])),
    centre=st.sampled_from([CENTRE, OTHER, 3]),
    trusted=st.booleans(),
    verb=st.sampled_from(VERBS),
)
def test_sql_and_python_agree(
    readers: dict[int, dict[str, Any]], roles: frozenset[str], account: int | None, staff: int | None, departments: frozenset[int],
    centre: int, trusted: bool, verb: str,
) -> None:  # fmt: skip
    who = Actor(account, "x", centre, roles, staff, None, departments, trusted=trusted)
    for name in ("sample_reader", "sample_shelf"):
        one = table(name)
        with db.reading() as session:
            kept = [dict(row) for row in session.execute(select(one.sql)).mappings()]
            allowed = set(session.execute(select(one.sql.c.id).where(rows(who, one, verb))).scalars())
        assert allowed == {row["id"] for row in kept if permits(who, one, verb, row)}
        assert not allowed or scope(who, one, verb) is not None


def test_nobody_reads_another_centre(readers: dict[int, dict[str, Any]]) -> None:
    one = table("sample_reader")
    mine = {id_ for id_, row in readers.items() if row["centre_id"] == CENTRE}
    foreign = next(iter(readers.keys() - mine))
    view = replace(View(), size=200)
    with db.reading() as session:
        for who in (actor("director"), actor("head", departments=(1, 2, 3)), actor("clerk", account=1, staff=1)):
            found = {row["id"] for row in query.page(session, who, one, view).rows}
            assert found
            assert found <= mine
            assert not query.exists(session, who, one, foreign)
            with pytest.raises(query.Missing):
                query.record(session, who, one, foreign)
            assert query.neighbours(session, who, one, view, foreign) == (None, None)
        assert len(query.page(session, actor("auditor"), one, view).rows) == len(readers)


def test_a_reference_to_what_one_may_not_read_is_not_named(readers: dict[int, dict[str, Any]]) -> None:
    one = table("sample_reader")
    keeper = next(id_ for id_ in readers if id_ in (1, 2))
    kept = next(row for row in readers.values() if row["keeper"] == keeper and row["created_by"] == 2 and row["centre_id"] == CENTRE)
    with db.reading() as session:
        clerk = actor("clerk", account=2)
        seen = query.record(session, clerk, one, kept["id"])
        assert (seen["keeper"].id, seen["keeper"].title) == (keeper, titles.UNREADABLE) or query.exists(session, clerk, one, keeper)
        assert query.record(session, actor("director"), one, kept["id"])["keeper"].title == readers[keeper]["name"]
        assert seen["created_by"].title not in ("", titles.UNREADABLE), "who made a record is named to all who see it"


def test_rights_over_fields() -> None:
    readers, books = table("sample_reader").fields, table("sample_book").fields
    head, director, clerk = actor("head", departments=(1,)), actor("director"), actor("clerk", account=5)
    theirs = {"id": 9, "centre_id": CENTRE, "team": 1, "created_by": 5}
    assert field_right(director, readers["secret"], theirs) == "hidden"
    assert field_right(director, readers["id_no"], theirs) == "editable"
    assert field_right(head, readers["id_no"], theirs) == "masked"
    assert field_right(head, readers["mobile"], theirs) == "editable"
    assert field_right(head, readers["name"], {**theirs, "team": 2, "created_by": 1}) == "readonly"
    assert field_right(head, readers["id_no"]) == "editable", "what a person types into a new record is not hidden from them"
    assert field_right(clerk, readers["id_no"], theirs) == "masked"
    assert field_right(clerk, readers["created_at"], theirs) == "readonly"
    book = {"id": 1, "centre_id": CENTRE, "state": "draft"}
    assert field_right(actor("clerk"), books["discount"], book) == "readonly", "editable only for one role"
    assert field_right(actor("facility"), books["discount"], book) == "editable"
    assert field_right(actor("facility"), books["net"], book) == "readonly"
    assert field_right(actor("facility"), books["state"], book) == "readonly"
    assert field_right(actor("auditor"), books["title"], book) == "readonly"
    assert field_right(system_actor(CENTRE, "seed"), readers["id_no"], theirs) == "editable"


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        ("name", "张明", "张*"),
        ("name", "张小明", "张*明"),
        ("name", "欧阳小明", "欧**明"),
        ("name", "张", "*"),
        ("id_number", "110101199003070011", "110***********0011"),
        ("phone", "13812341234", "138****1234"),
        ("phone", "110", "***"),
        ("account", "6222021234567890123", "***************0123"),
        ("account", "123", "***"),
        ("address", "西宁市城西区胜利路12号3单元401", "西宁市城西区胜利路12号***"),
        ("address", "某村", "***"),
        ("email", "abc@example.cn", "a***@example.cn"),
        ("email", "not an address", "***"),
        ("all", "秘密", "***"),
        ("all", "", ""),
    ],
)
def test_masks(kind: Any, text: str, shown: str) -> None:
    assert mask(kind, text) == shown


@given(kind=st.sampled_from(["name", "id_number", "phone", "account", "address", "email", "all"]), text=st.text(min_size=1))
def test_a_mask_always_covers_something(kind: Any, text: str) -> None:
    shown = mask(kind, text)
    assert not text.strip() or "*" in shown
    assert text not in shown or set(text.strip()) <= {"*"} or not text.strip()
