"""What is settled is neither edited nor deleted by anybody, nor is what goes with it; every declared table, both databases."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.crud import query, write
from services.crud.access import Forbidden
from services.crud.conditions import in_sql
from services.crud.errors import Invalid
from services.crud.registry import Table, table
from tests.laws.conftest import NAMES, Demo

SETTLED = [name for name in NAMES if table(name).screen.settled is not None]
WITH_ROWS = [
    (name, child.table)
    for name in SETTLED
    for child in table(name).children
    if table(child.table).fields[child.via].spec.on_delete == "cascade"
]


def _one(demo: Demo, session: Session, of: Table, *, settled: bool) -> int:
    """A record of the demo centre that is settled, or is not; one is made settled where there is none."""
    own, condition = of.sql.c, of.screen.settled
    assert condition is not None
    where = in_sql(condition, own)
    found = session.execute(select(own.id).where(own.centre_id == demo.centre, where if settled else ~where).limit(1)).scalar()
    if found is None:
        found = session.execute(select(own.id).where(own.centre_id == demo.centre).limit(1)).scalar_one()
        state, wanted = next(iter(condition.conditions.items()))
        open_ = next(one.code for one in of.fields[state].spec.choices if one.code not in wanted)
        session.execute(of.sql.update().where(own.id == found).values({state: wanted[0] if settled else open_}))
    return int(found)


def test_there_are_such_tables() -> None:
    assert {"stocktake", "disposal", "booking", "work_order"} <= set(SETTLED)
    assert ("disposal", "disposal_line") in WITH_ROWS


@pytest.mark.parametrize("name", SETTLED)
def test_a_settled_record_is_left_as_it_is(demo: Demo, session: Session, name: str) -> None:
    of, everybody = table(name), demo.everybody
    id_ = _one(demo, session, of, settled=True)
    assert not {"edit", "delete"} & query.permitted(session, everybody, of, id_)
    version = query.raw(session, of, id_)["version"]
    for action in (
        lambda: write.update(session, everybody, of, id_, {}, version),
        lambda: write.delete(session, everybody, of, id_, version),
    ):
        with pytest.raises(Forbidden):
            action()


@pytest.mark.parametrize("name", SETTLED)
def test_until_then_it_can_be_edited(demo: Demo, session: Session, name: str) -> None:
    of = table(name)
    assert "edit" in query.permitted(session, demo.everybody, of, _one(demo, session, of, settled=False))


@pytest.mark.parametrize(("name", "below"), WITH_ROWS)
def test_so_are_the_rows_that_go_with_it(demo: Demo, session: Session, name: str, below: str) -> None:
    of, rows, everybody = table(name), table(below), demo.everybody
    via = next(child.via for child in of.children if child.table == below)
    id_ = _one(demo, session, of, settled=True)
    with pytest.raises(Invalid) as refused:
        write.create(session, everybody, rows, {via: id_}, confirm=True)
    assert any("is settled" in str(one) for one in refused.value.errors[""])
    own = rows.sql.c
    row = session.execute(select(own.id, own.version).where(own[via] == id_, own.deleted_at.is_(None)).limit(1)).first()
    if row is not None:
        assert not {"edit", "delete"} & query.permitted(session, everybody, rows, row.id)
        with pytest.raises(Forbidden):
            write.update(session, everybody, rows, row.id, {}, row.version)
