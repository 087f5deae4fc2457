"""The laws of writing, over every table that the product declares: no input, however wrong, ends in anything but words."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from models.accounts import READ_ONLY
from models.base import VERBS
from models.fields import Kind
from services.crud import access, flow, prepare, write
from services.crud.access import Forbidden, system_actor
from services.crud.checks_fields import ROLE_CODES
from services.crud.errors import Invalid, Missing
from services.crud.registry import Table, tables
from services.crud.validate import empty
from services.crud.values import stored
from tests.conftest import Database
from tests.crud import desk as at_work
from tests.crud.conftest import CENTRE, actor
from tests.crud.desk import Desk

NASTY = (
    "",
    "\0",
    "\ud800",
    "<script>alert(1)</script>",
    "长" * 10_000,
    "-1",
    "9" * 30,
    "2026-02-31",
    "الاسم",
    "=cmd|' /C calc'!A0",
    "👩‍👧",
)
NAMES = sorted(tables())


@pytest.fixture
def desk(shared_library: Database) -> Iterator[Desk]:
    with at_work.undone() as made:
        yield made


def typed(table: Table) -> list[str]:
    return [field.name for field in stored(table) if not field.common and not (table.flow and field.name == table.flow.field)]


@pytest.mark.parametrize("name", NAMES)
def test_any_input_ends_in_words(desk: Desk, name: str) -> None:
    table = tables()[name]
    product = system_actor(CENTRE, "job")
    required = {field.name for field in stored(table) if field.required and empty(prepare.default(table, field))}
    nothing = write.probe(desk.db, product, table, {})
    assert required <= {*nothing.errors, *(f.name for f in stored(table) if f.spec.shown_if or f.name == "state")}
    for nasty in NASTY:
        found = write.probe(desk.db, product, table, dict.fromkeys(typed(table), nasty))
        for messages in (*found.errors.values(), *found.warnings.values()):
            for message in messages:
                assert str(message)
                assert "Error" not in str(message)
        with pytest.raises(Invalid):
            write.create(desk.db, product, table, {**dict.fromkeys(typed(table), nasty), "no such field": 1}, confirm=True)
    assert desk.count("change") == 0


@pytest.mark.parametrize("name", NAMES)
def test_who_has_no_right_writes_nothing(desk: Desk, name: str) -> None:
    table = tables()[name]
    nobody = replace(desk.clerk, roles=frozenset())
    stranger = replace(desk.clerk, roles=frozenset(ROLE_CODES))
    assert not access.may(nobody, table, "read")
    with pytest.raises(Forbidden):
        write.create(desk.db, nobody, table, {})
    for what in (
        lambda who: write.update(desk.db, who, table, 999_999, {}, 1),
        lambda who: write.delete(desk.db, who, table, 999_999, 1),
        lambda who: write.restore(desk.db, who, table, 999_999),
    ):
        for who in (nobody, stranger):
            with pytest.raises((Missing, Forbidden)):
                what(who)
    if table.flow:
        with pytest.raises(Missing):
            flow.move(desk.db, stranger, table, 999_999, table.flow.moves[0].name, version=1)
        assert flow.diagram(table).startswith("flowchart")


@pytest.mark.parametrize("name", NAMES)
def test_nobody_sets_what_the_system_sets(desk: Desk, name: str) -> None:
    table = tables()[name]
    everybody = replace(desk.clerk, roles=frozenset(ROLE_CODES))
    if not access.may(everybody, table, "create"):
        return
    values: dict[str, Any] = {"created_by": 1, "version": 5, "centre_id": 2, "deleted_at": None}
    values |= {field.name: 1 for field in table.fields.values() if field.spec.computed}
    found = write.probe(desk.db, everybody, table, values)
    assert len(found.errors[""]) == len(values)
    readonly = {f.name: "x" for f in stored(table) if not f.common and not f.typed and f.kind in (Kind.CODE, Kind.TEXT)}
    if readonly:
        assert set(write.probe(desk.db, everybody, table, readonly).errors) >= set(readonly)


@pytest.mark.parametrize("name", NAMES)
def test_roles_that_only_read_write_nothing(name: str) -> None:
    for role in READ_ONLY:
        granted = [verb for verb in VERBS if access.may(actor(role), tables()[name], verb)]
        assert set(granted) <= {"read", "export"}
