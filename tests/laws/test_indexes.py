"""Bounded work: whatever a list offers to filter and to sort by, an index serves it on both databases, also at a million rows."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, inspect, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from models.fields import Kind, today
from services.crud import agenda, board, columns, query
from services.crud.registry import Field, Table, table
from services.crud.view import LAST, Filter, View, ops
from services.platform import db
from tests.laws.conftest import NAMES, Demo

BIG = [name for name in NAMES if not table(name).screen.few]
ROWS = 2_000_000
"""What PostgreSQL is told that each big table holds; SQLite always thinks of big tables."""
MOST_SORTED = 4_000
"""Rows that may be fetched and sorted: as many as the listing calls few, with room for wrong estimates."""


@pytest.fixture(scope="module")
def swollen(demo: Demo) -> Demo:
    """The demo centre as its database would look with a million rows a table."""
    if demo.engine == "postgresql":
        with db.writing() as session:
            session.execute(sql("analyze"))
            swell = "update pg_class set reltuples = :rows where relname = any(:names) or relname like any(:indexes)"
            indexes = [f"{prefix}\\_{name}\\_%" for name in BIG for prefix in ("ix", "uq")]
            session.execute(sql(swell), {"rows": ROWS, "names": BIG, "indexes": indexes})
    return demo


@contextmanager
def plans(session: Session) -> Iterator[list[tuple[str, Any]]]:
    """What is asked of the database meanwhile, each with the plan that it makes of it."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        asked.append((statement, parameters))

    found: list[tuple[str, Any]] = []
    event.listen(db.engine(), "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine(), "before_cursor_execute", note)
    connection = session.connection()
    found += [(statement, _plan(connection, statement, parameters)) for statement, parameters in asked if statement.startswith("SELECT")]


def _plan(connection: Connection, statement: str, parameters: Any) -> Any:
    if connection.dialect.name == "sqlite":
        return [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    found = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def faults(statement: str, plan: Any) -> list[str]:
    """Where the plan reads a big table from end to end, or sorts much."""
    return _sqlite_faults(statement, plan) if isinstance(plan, list) else list(_postgresql_faults(plan))


def _sqlite_faults(statement: str, details: list[str]) -> list[str]:
    called = {alias: name for name, alias in re.findall(r"\b(?:FROM|JOIN|,) ?(\w+) AS (\w+)", statement)}
    sorted_ = [detail for detail in details if "TEMP B-TREE FOR ORDER BY" in detail]
    scans = [detail for detail in details if (hit := re.match(r"SCAN (\w+)", detail)) and called.get(hit[1], hit[1]) in BIG]
    if not sorted_ and re.search(r"ORDER BY \w+\.id (ASC|DESC)\s+LIMIT", statement):
        return []  # the records are walked as they stand, until there are enough
    if sorted_ or "ORDER BY" not in statement:  # read to its end, so an index must lead to less than all of a centre
        scans += [
            detail
            for detail in details
            if (hit := re.match(r"SEARCH (\w+) .*\(centre_id=\?\)$", detail)) and called.get(hit[1], hit[1]) in BIG
        ]
    few = "+" in statement  # the listing has seen that few are left, and tells SQLite so
    return scans + ([] if few else sorted_)


def _postgresql_faults(node: dict[str, Any], *, stopped: bool = False) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan" and node["Relation Name"] in BIG and not stopped:
        yield f"Seq Scan on {node['Relation Name']}"
    if node["Node Type"] == "Sort" and node["Plans"][0]["Plan Rows"] > MOST_SORTED:
        yield f"Sort of {node['Plans'][0]['Plan Rows']} rows"
    for below in node.get("Plans", ()):
        # A limit that is reached soon makes an end of the scan below it.
        soon = node["Node Type"] == "Limit" and node["Total Cost"] < below["Total Cost"] / 10
        yield from _postgresql_faults(below, stopped=soon or stopped)


def examples(session: Session, of: Table, field: Field) -> list[Filter]:
    """Every way in which a chip of this field can filter, with values that are there."""
    found: list[Filter] = []
    for op in ops(field):
        if op in ("empty", "filled"):
            found += [Filter(field.name, op)] if field.column is None or field.column.nullable else []
        elif op == "period":
            found += [Filter(field.name, op, (name,)) for name in ("this_year", "overdue")]
        elif op != "contains":
            if field.kind is Kind.REFERENCES:
                value: Any = session.execute(select(func.min(field.link.c.target_id))).scalar()
            else:
                own = columns.value(field, of.sql)
                value = session.execute(select(own).where(own.is_not(None)).group_by(own).order_by(func.count().desc()).limit(1)).scalar()
            if isinstance(value, list):
                value = value[0]
            if value is not None:
                found.append(Filter(field.name, op, (value, value) if op == "between" else (value,)))
    return found


def sorts(of: Table) -> list[str]:
    """What a click on a head sorts by, both ways."""
    names = ["id", *(field.name for field in of.list_fields if of.sortable(field))]
    return [f"{way}{name}" for name in dict.fromkeys(names) for way in ("", "-")]


def views(session: Session, of: Table) -> Iterator[View]:
    """Each sort alone, from both ends; each filter alone, and with sorts in turn."""
    shown = (of.titles[0].name,)
    for sort in sorts(of):
        yield View(sort=sort, columns=shown)
    yield View(before=LAST, columns=shown)
    turn = cycle(sorts(of))
    for field in of.filter_fields:
        for one in examples(session, of, field):
            yield View(filters=(one,), columns=shown)
            yield View(filters=(one,), sort=next(turn), columns=shown)


@pytest.mark.parametrize("rare", [False, True], ids=["much is found", "little is found"])
@pytest.mark.parametrize("name", BIG)
def test_no_list_reads_a_table_from_end_to_end(swollen: Demo, monkeypatch: pytest.MonkeyPatch, name: str, rare: bool) -> None:
    if not rare:
        monkeypatch.setattr("services.crud.listing.RARE", 0)
    elif swollen.engine == "postgresql":
        return  # what it is told about the rows and what the listing has seen of them would not agree
    of, wrong = table(name), []
    with db.reading() as session:
        for view in views(session, of):
            with plans(session) as found:
                page = query.page(session, swollen.everybody, of, view)
                if page.has_next and not view.filters:
                    query.page(session, swollen.everybody, of, view.but(after=page.last, before=""))
            wrong += [(view.to_params(), fault, statement) for statement, plan in found for fault in faults(statement, plan)]
    assert not wrong, f"{len(wrong)} plans: " + "\n".join(map(str, wrong[:3]))


@pytest.mark.parametrize("name", [name for name in BIG if table(name).flow or table(name).screen.bookable])
def test_no_board_and_no_agenda_reads_a_table_from_end_to_end(swollen: Demo, name: str) -> None:
    of, who, wrong = table(name), swollen.everybody, []
    monday = today() - timedelta(days=today().weekday())
    with db.reading() as session:
        narrow = [View(), *(View(filters=(one,)) for field in of.filter_fields for one in examples(session, of, field)[:1])]
        for view in narrow:
            with plans(session) as found:
                if of.flow:
                    board.columns(session, who, of, view)
                if of.screen.bookable:
                    agenda.during(session, who, of, view, monday, monday + timedelta(days=6))
                    agenda.by_day(session, who, of, view, [monday, monday + timedelta(days=1)])
            wrong += [(view.to_params(), fault, statement) for statement, plan in found for fault in faults(statement, plan)]
    assert not wrong, f"{len(wrong)} plans: " + "\n".join(map(str, wrong[:3]))


@pytest.mark.parametrize("name", NAMES)
def test_every_index_begins_with_the_centre(demo: Demo, name: str) -> None:
    with db.reading() as session:
        told = inspect(session.connection())
        named = [one["column_names"] for one in told.get_indexes(name)] + [one["column_names"] for one in told.get_unique_constraints(name)]
    assert {columns_[0] for columns_ in named} == {"centre_id"}


@pytest.mark.parametrize("name", NAMES)
def test_every_unique_rule_has_its_index(demo: Demo, name: str) -> None:
    of = table(name)
    with db.reading() as session:
        kept = {tuple(one["column_names"]) for one in inspect(session.connection()).get_indexes(name) if one["unique"]}
    for field in of.declared:
        if field.spec.unique:
            assert ("centre_id", f"{field.name}__hash" if field.spec.sensitive else field.name) in kept
    for group in of.screen.uniques:
        assert ("centre_id", *group) in kept
