"""Rights by default: nothing is to be seen or touched until a right grants it, and nothing of another centre at all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from models.fields import today as day
from services import charts, today
from services.crud import (
    access,
    agenda,
    aggregate,
    attachments,
    board,
    comments,
    exporting,
    flow,
    history,
    pick,
    query,
    recent,
    search,
    values,
    write,
)  # fmt: skip
from services.crud.access import Actor, Forbidden
from services.crud.errors import Invalid, Missing
from services.crud.registry import Table, referring, table
from services.crud.titles import UNREADABLE
from services.crud.view import View, filterable
from tests.laws import specimens
from tests.laws.conftest import ALL_ROLES, NAMES, Demo, live

LONG = (day() - timedelta(days=400), day() + timedelta(days=400))
Look = Callable[[Session, Actor, Table, int], Any]


def _facets(db: Session, who: Actor, of: Table, _id: int) -> Any:
    return [facet for field in of.filter_fields for facet in aggregate.facets(db, who, of, View(), field) if facet.count]


def _charts(db: Session, who: Actor, of: Table, _id: int) -> Any:
    return [data.count or data.marks for chart in of.charts if (data := charts.data(db, who, of, chart)).count or data.marks]


def _backlinks(db: Session, who: Actor, of: Table, id: int) -> Any:
    """What the records that this one refers to tell of it."""
    row = values.load(db, of, [id])[id]
    referred = [(table(field.spec.target), row[field.name]) for field in of.declared if field.is_reference and row[field.name]]
    return [link for target, one in referred for link in query.backlinks(db, who, target, one) if link.table is of and link.count.value]


def _today(db: Session, who: Actor, of: Table, _id: int) -> Any:
    told: list[today.Waiting | today.Due] = [*today.waiting(db, who), *today.due(db, who)]
    return [one for one in told if one.table is of]


def _board(db: Session, who: Actor, of: Table) -> Any:
    return [column.count.value or column.cards for column in board.columns(db, who, of, View()) if column.count.value or column.cards]


def _agenda(db: Session, who: Actor, of: Table) -> Any:
    month = agenda.by_day(db, who, of, View(), agenda.weeks_of(day())).values()
    return [one.count.value for one in month if one.count.value or one.entries] or agenda.during(db, who, of, View(), *LONG)[0]


def _title(db: Session, of: Table, id: int) -> str:
    return query.titles(db, of, [id])[id]


WAYS: dict[str, Look] = {
    "list": lambda db, who, of, _id: query.page(db, who, of, View()).rows,
    "trash": lambda db, who, of, _id: query.page(db, who, of, View(trash=True)).rows,
    "count": lambda db, who, of, _id: query.count(db, who, of, View()).value,
    "exact count": lambda db, who, of, _id: query.count(db, who, of, View(), bound=None).value,
    "all that match": lambda db, who, of, _id: query.matching(db, who, of, View(), 10),
    "facets": _facets,
    "sums": lambda db, who, of, _id: [one for one in aggregate.sums(db, who, of, View()).values() if one],
    "record": lambda db, who, of, id: query.record(db, who, of, id),
    "exists": lambda db, who, of, id: query.exists(db, who, of, id),
    "rights": lambda db, who, of, id: query.permitted(db, who, of, id),
    "neighbours": lambda db, who, of, id: [one for one in query.neighbours(db, who, of, View(), id) if one],
    "picker": lambda db, who, of, _id: pick.pick(db, who, of, "").options,
    "picker by title": lambda db, who, of, id: pick.pick(db, who, of, _title(db, of, id)).options,
    "chosen": lambda db, who, of, id: [one for one in pick.chosen(db, who, of, [id]) if one.text != UNREADABLE],
    "titles": lambda db, who, of, id: query.titles(db, of, [id], who),
    "search": lambda db, who, of, id: [hit for hit in search.find(db, who, _title(db, of, id)) if hit.table is of],
    "search of the list": lambda db, who, of, id: query.page(db, who, of, View(search=_title(db, of, id))).rows,
    "charts": _charts,
    "backlinks": _backlinks,
    "history": lambda db, who, of, id: (history.of(db, who, of, id), True),
    "events": lambda db, who, of, id: (flow.events(db, who, of, id), True),
    "moves": lambda db, who, of, id: (flow.offered(db, who, of, {"id": id}), True) if of.flow else None,
    "board": lambda db, who, of, _id: _board(db, who, of) if of.flow else None,
    "agenda": lambda db, who, of, _id: _agenda(db, who, of) if of.screen.bookable else None,
    "remarks": lambda db, who, of, id: (comments.of(db, who, of, id), True),
    "files": lambda db, who, of, id: (attachments.of(db, who, of, id), True),
    "lately opened": lambda db, who, of, _id: [one for one in recent.opened(db, who) if one.table == of.name],
    "start page": _today,
    "export": lambda db, who, of, _id: b'"id":' in b"".join(exporting.export(db, who, of, View(), "json")),
}
"""Every way in which something of a table can be learnt."""


def seen(db: Session, who: Actor, of: Table, id: int) -> set[str]:
    """The ways in which somebody learns something of this table or this record."""
    found = set()
    for name, look in WAYS.items():
        try:
            if look(db, who, of, id):
                found.add(name)
        except (Missing, Forbidden):
            continue
    return found


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_to_be_seen_without_a_right(demo: Demo, session: Session, name: str) -> None:
    of = table(name)
    id_ = specimens.make(session, demo, of)
    recent.note(session, demo.everybody, of, id_)
    if access.may(demo.everybody, of, "read"):
        assert {"list", "count", "record", "exists", "rights", "picker", "titles", "history", "lately opened"} <= seen(
            session, demo.everybody, of, id_
        )
    without = [role for role in ALL_ROLES if not access.may(demo.people[role], of, "read")]
    elsewhere = replace(demo.stranger, centre=demo.other + 1)
    for who in (demo.nobody, elsewhere, *(replace(demo.everybody, roles=frozenset({role})) for role in without)):
        assert seen(session, who, of, id_) == set(), who


@pytest.mark.parametrize("name", NAMES)
def test_another_centres_record_is_out_of_reach(demo: Demo, session: Session, name: str) -> None:
    of, stranger = table(name), demo.stranger
    id_ = specimens.make(session, demo, of)
    before = values.load(session, of, [id_])
    tries: list[Callable[[], Any]] = [
        lambda: write.update(session, stranger, of, id_, {}, 1),
        lambda: write.delete(session, stranger, of, id_, 1),
        lambda: write.restore(session, stranger, of, id_),
        lambda: comments.add(session, stranger, of, id_, "x"),
        lambda: history.of(session, stranger, of, id_),
    ]
    tries += [partial(flow.move, session, stranger, of, id_, move.name, version=1) for move in (of.flow.moves if of.flow else ())]
    for attempt in tries:
        with pytest.raises((Missing, Forbidden)):
            attempt()
    assert values.load(session, of, [id_]) == before
    for other in referring(name):
        if other.table not in NAMES or other.spec.readonly or other.spec.hidden or not access.may(stranger, table(other.table), "create"):
            continue
        given = [id_] if other.kind.value == "references" else id_
        found = write.probe(session, stranger, table(other.table), {**_shown(other), other.name: given})
        assert found.errors.get(other.name), f"{other} may refer to another centre's {name}"
        assert all("no longer there" in str(one) or "You may not" in str(one) for one in found.errors[other.name])


def _shown(field: Any) -> dict[str, Any]:
    """What must be filled in for a field to be part of the form."""
    conditions = field.spec.shown_if.conditions if field.spec.shown_if else {}
    return {
        name: wanted[0] if isinstance(wanted, tuple) else wanted
        for name, wanted in conditions.items()
        if isinstance(wanted, str | tuple | bool)
    }


@pytest.mark.parametrize("name", NAMES)
def test_what_sql_lists_is_what_python_permits(demo: Demo, session: Session, name: str) -> None:
    of = table(name)
    rows = values.load(session, of, live(session, of, demo.centre, 150))
    own = of.sql.c
    for who in (*demo.people.values(), demo.nobody, demo.stranger, demo.product):
        for verb in ("read", "edit", "delete", "restore"):
            listed = set(session.execute(select(own.id).where(own.id.in_(rows), access.rows(who, of, verb))).scalars())
            assert listed == {id_ for id_, row in rows.items() if access.permits(who, of, verb, row)}, (who.name, verb)


# What is masked

COVERED = [(name, field.name) for name in NAMES for field in table(name).fields.values() if field.spec.sensitive or field.spec.hidden]
PLAIN = {"id_number": "110101199003077475", "phone": "13912345678", "bank_account": "6222021234567890128", "email": "somebody@example.cn"}


@pytest.mark.parametrize(("name", "covered"), COVERED)
def test_nobody_guesses_at_what_is_covered(demo: Demo, name: str, covered: str) -> None:
    of = table(name)
    field = of.fields[covered]
    for who in (demo.product, demo.everybody, *demo.people.values()):
        for params in ({f"f.{covered}": "~"}, {f"f.{covered}": "138"}, {"sort": covered}, {"sort": f"-{covered}"}):
            view, refused = View.from_params(who, of, {key: [text] for key, text in params.items()})
            assert view == View()
            assert refused
    assert not filterable(of, field)
    assert not of.sortable(field)
    assert field not in of.search_fields
    assert field not in of.sum_fields
    for chart in of.charts:
        assert covered not in {
            chart.by,
            chart.over,
            chart.split,
            chart.measure.partition(":")[2],
            *(chart.only.conditions if chart.only else ()),
        }


@pytest.mark.parametrize(("name", "covered"), [one for one in COVERED if table(one[0]).fields[one[1]].spec.sensitive])
def test_what_is_masked_is_told_to_nobody_else(demo: Demo, session: Session, name: str, covered: str) -> None:
    of = table(name)
    field = of.fields[covered]
    plain = PLAIN.get(field.kind.value, "湖滨花园12号楼3单元801")
    id_ = specimens.make(session, demo, of, **{covered: plain})
    for role, person in demo.people.items():
        if not access.may(person, of, "read"):
            continue
        told = str(query.record(session, person, of, id_)[covered]) if query.exists(session, person, of, id_) else ""
        listed = [row[covered] for row in query.page(session, person, of, View(columns=(covered,), sort="-id")).rows if row["id"] == id_]
        changes = history.of(session, person, of, id_) if told else []
        texts = [change.new_text for entry in changes for change in entry.changes if change.field == covered]
        if role in field.spec.unmasked_for:
            assert {told, *listed, *texts} <= {plain, ""}
        else:
            assert plain not in {told, *listed, *texts}
            assert not told or access.mask(field.spec.mask, plain) == told
        assert not [hit for hit in search.find(session, person, plain) if hit.id == id_ and hit.table is of]
        assert not pick.pick(session, person, of, plain[-6:]).options or plain[-6:] in query.titles(session, of, [id_])[id_]
    kept = session.execute(select(of.sql.c[covered]).where(of.sql.c.id == id_)).scalar_one()
    change, entry = SQLModel.metadata.tables["change"].c, SQLModel.metadata.tables["search_entry"].c
    history_ = session.execute(select(change.new).where(change.table_name == name, change.record_id == id_)).scalars()
    indexed = session.execute(select(entry.body).where(entry.table_name == name, entry.record_id == id_)).scalars()
    for text in (kept, *map(str, history_), *indexed):
        assert plain not in text
        assert plain[-6:] not in text


@pytest.mark.parametrize("name", sorted({name for name, field in COVERED if table(name).fields[field].spec.hidden}))
def test_what_is_hidden_is_not_there(demo: Demo, session: Session, name: str) -> None:
    of = table(name)
    hidden = {field.name for field in of.fields.values() if field.spec.hidden}
    id_ = specimens.make(session, demo, of)
    assert not hidden & query.record(session, demo.everybody, of, id_).keys()
    page = query.page(session, demo.everybody, of, View(columns=tuple(of.fields)))
    assert not any(hidden & row.keys() for row in page.rows)
    assert not hidden & {change.field for entry in history.of(session, demo.everybody, of, id_) for change in entry.changes}
    with pytest.raises(Invalid):
        write.create(session, demo.everybody, of, dict.fromkeys(hidden, 1))
