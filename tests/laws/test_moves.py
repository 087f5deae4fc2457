"""States change by moves only: none starts from a state it is not declared for, and nobody makes one whose roles do not have it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from models.base import Flow
from models.fields import Kind, today
from services.crud import access, bulk, flow, values, write
from services.crud.access import Actor, Forbidden
from services.crud.errors import Invalid, Missing
from services.crud.registry import Field, Table, table
from tests.laws import specimens
from tests.laws.conftest import ALL_ROLES, NAMES, Demo, live
from tests.laws.test_writing import content, replayed, unexplained

STATED = [name for name in NAMES if table(name).flow]
EVENT = SQLModel.metadata.tables["event"]


def flow_of(of: Table) -> Flow:
    assert of.flow is not None
    return of.flow


def states(of: Table) -> list[str]:
    """Every state that a record may be in."""
    return [choice.code for choice in of.fields[flow_of(of).field].spec.choices]


def put(session: Session, of: Table, id: int, state: str) -> bool:
    """Put a record into a state, past every rule; False: the database itself does not let it."""
    try:
        with session.begin_nested():
            session.execute(update(of.sql).where(of.sql.c.id == id).values({flow_of(of).field: state}))
    except IntegrityError:
        return False
    return True


def events(session: Session, of: Table, id: int) -> int:
    return session.execute(select(func.count()).where(EVENT.c.table_name == of.name, EVENT.c.record_id == id)).scalar_one()


def version(session: Session, of: Table, id: int) -> int:
    return int(values.load(session, of, [id])[id]["version"])


@pytest.mark.parametrize("name", STATED)
def test_no_move_starts_from_a_wrong_state(demo: Demo, session: Session, name: str) -> None:
    of = table(name)
    id_ = specimens.make(session, demo, of)
    for state in states(of):
        if not put(session, of, id_, state):
            continue
        kept = content(session, of, id_)
        for move in flow_of(of).moves:
            if any(state in other.sources for other in flow_of(of).moves if other.name == move.name):
                continue
            for who in (demo.everybody, demo.product):
                with pytest.raises(Invalid) as refused:
                    flow.move(session, who, of, id_, move.name, note="x", version=version(session, of, id_), confirm=True)
                assert "starts from" in str(refused.value.errors[""][0])
        offered = {offer.move.name for offer in flow.offered(session, demo.everybody, of, {"id": id_})}
        assert offered == {move.name for move in flow_of(of).moves if state in move.sources and move.roles}
        assert content(session, of, id_) == kept
        assert events(session, of, id_) == 0


@pytest.mark.parametrize("name", STATED)
def test_nobody_makes_a_move_of_other_roles(demo: Demo, session: Session, name: str) -> None:
    of = table(name)
    id_ = specimens.make(session, demo, of)
    kept = values.load(session, of, [id_])[id_]
    for move in flow_of(of).moves:
        for place, state in enumerate(move.sources):
            if not put(session, of, id_, state):
                continue
            for role in (*sorted(ALL_ROLES - set(move.roles)), "") if "*" not in move.roles else ():
                if any(other.name == move.name and state in other.sources and role in other.roles for other in flow_of(of).moves):
                    continue
                who = replace(demo.everybody, roles=frozenset({role} - {""}))
                seen = access.permits(who, of, "read", kept)
                with pytest.raises(Forbidden if seen else Missing):
                    flow.move(session, who, of, id_, move.name, note="x", version=kept["version"], confirm=True)
                if place:
                    continue
                if seen:
                    assert move.name not in {offer.move.name for offer in flow.offered(session, who, of, {"id": id_})}
                (outcome,) = bulk.bulk(session, who, of, [id_], bulk.MoveTo(move.name, note="x"), dry_run=False)
                assert not outcome.ok
    assert events(session, of, id_) == 0


@pytest.mark.parametrize("name", STATED)
def test_a_state_is_never_typed(demo: Demo, session: Session, name: str) -> None:
    of = table(name)
    id_ = specimens.make(session, demo, of)
    field = flow_of(of).field
    now = values.load(session, of, [id_])[id_]
    for state in states(of):
        if state != now[field]:
            with pytest.raises(Invalid) as refused:
                write.update(session, demo.everybody, of, id_, {field: state}, now["version"], confirm=True)
            assert "moves" in str(refused.value.errors[field][0])
        if state != flow_of(of).initial:
            assert write.probe(session, demo.everybody, of, {field: state}).errors[field]
    assert values.load(session, of, [id_])[id_] == now


@pytest.mark.parametrize(("name", "place"), [(name, place) for name in STATED for place, move in enumerate(flow_of(table(name)).moves)
                                             if move.only_by or move.apart_from])  # fmt: skip
def test_the_persons_are_looked_at(demo: Demo, session: Session, name: str, place: int) -> None:
    of = table(name)
    move = flow_of(of).moves[place]
    id_ = specimens.make(session, demo, of)
    mine, other = demo.everybody, demo.people["clerk"]
    assert put(session, of, id_, move.sources[0])

    def name_in(fields: tuple[str, ...], who: Actor) -> None:
        named = {field: who.account if of.fields[field].spec.target == "account" else who.staff for field in fields}
        session.execute(update(of.sql).where(of.sql.c.id == id_).values(named))

    for fields, who in ((move.only_by, other), (move.apart_from, mine)):
        if not fields:
            continue
        name_in((*move.only_by, *move.apart_from), other)
        name_in(fields, who)
        with pytest.raises(Invalid):
            flow.move(session, mine, of, id_, move.name, note="x", version=version(session, of, id_), confirm=True)
        offer = next(offer for offer in flow.offered(session, mine, of, {"id": id_}) if offer.move is move)
        assert not offer.allowed
        assert str(offer.why)


@pytest.mark.parametrize("name", STATED)
def test_a_move_made_is_an_event_in_the_history(demo: Demo, session: Session, name: str) -> None:
    """Walk on by whatever move the record offers, as far as it goes: what is refused says why, what is made is told."""
    of, who = table(name), demo.everybody
    id_ = specimens.make(session, demo, of)
    field, walked = flow_of(of).field, 0
    for _step in range(6):
        here, begun = values.load(session, of, [id_])[id_], datetime.now(UTC)
        made = next((offer for offer in flow.offered(session, who, of, {"id": id_}) if refused(session, demo, of, here, offer) == []), None)
        if made is None:
            break
        walked += 1
        last = flow.events(session, who, of, id_)[0]
        assert (last.move, last.from_state, last.to_state, last.note) == (made.move.name, here[field], made.move.target, "理由")
        assert replayed(session, of, id_) == content(session, of, id_)
        assert [one for one in unexplained(session, begun) if one[0] == name] == []
    assert walked, "no move of this record can be made"


def refused(session: Session, demo: Demo, of: Table, here: dict[str, Any], offer: flow.Offer) -> list[str]:
    """Make a move: what is said against it; nothing: it was made."""
    asked = {one.name: _answer(session, demo, one) for one in offer.requires}
    try:
        with session.begin_nested():
            flow.move(session, demo.everybody, of, here["id"], offer.move.name, asked, note="理由", version=here["version"], confirm=True)
    except Invalid as wrong:
        return [str(message) for found in wrong.errors.values() for message in found]
    return []


def _answer(session: Session, demo: Demo, field: Field) -> Any:
    """Something to fill in where a move asks."""
    match field.kind:
        case Kind.REFERENCE if field.spec.target == "staff":
            return demo.people["clerk"].staff
        case Kind.REFERENCE:
            return live(session, table(field.spec.target), demo.centre, 1)[0]
        case Kind.DATE:
            return today()
        case Kind.MOMENT:
            return datetime.now(UTC)
        case Kind.CHOICE:
            return field.spec.choices[0].code
        case Kind.INTEGER | Kind.MONEY | Kind.DECIMAL:
            return 1
        case Kind.BOOLEAN:
            return True
        case _:
            return "说明"
