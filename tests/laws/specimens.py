"""A valid record of any table, made from those that the demo centre has: what must be unique gets another value.

A table whose rules ask for more than that says so in `HINTS`.
"""

import string
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.fields import TEXTS, Kind, today
from services.crud import values, write
from services.crud.access import may
from services.crud.errors import Invalid, Missing
from services.crud.registry import Field, Table
from services.crud.registry import table as described
from services.platform.i18n import LOCAL
from tests.laws.conftest import Demo, live

Values = dict[str, Any]
_TRIES = 60


def make(session: Session, demo: Demo, of: Table, **given: Any) -> int:
    """Make a record, as somebody with every role (where only the product writes: as the product): its id.

    `given`: values that it shall have.
    """
    who = demo.everybody if may(demo.everybody, of, "create") else demo.product
    random, said = Random(of.name), []
    for row in _originals(session, demo, of, random):
        try:
            with session.begin_nested():
                copied = _copy(session, of, row, random) | (HINTS[of.name](session, demo, row) if of.name in HINTS else {})
                return write.create(session, who, of, {**copied, **given}, _children(session, of, row), confirm=True)
        except (Invalid, Missing) as wrong:
            said.append(str(wrong))
    raise AssertionError(f"say in HINTS what a valid record of {of.name} needs: {said[-3:]}")


def typed(of: Table) -> list[Field]:
    """The fields that somebody fills in (of a table that only the product writes: all)."""
    kept = [field for field in values.stored(of) if not field.common and not (of.flow and field.name == of.flow.field)]
    return [field for field in kept if field.typed] or kept


def _originals(session: Session, demo: Demo, of: Table, random: Random) -> Iterator[Values]:
    """Records to begin with, in any order, some of them more than once; without any, one with nothing in it."""
    own = of.sql.c
    ids = list(session.execute(select(own.id).where(own.centre_id == demo.centre, own.deleted_at.is_(None)).order_by(own.id)).scalars())
    if not ids:
        yield dict.fromkeys(of.fields)
    for one in random.choices(ids, k=_TRIES) if ids else ():
        yield values.load(session, of, [one])[one]


def _copy(session: Session, of: Table, row: Mapping[str, Any], random: Random) -> Values:
    copied = {field.name: row[field.name] for field in typed(of)}
    grouped = {name for group in of.screen.uniques for name in group}
    for field in typed(of):
        if (field.spec.unique or field.name in grouped) and copied[field.name] is not None:
            copied[field.name] = _another(session, field, copied[field.name], random)
    return copied


def _children(session: Session, of: Table, row: Mapping[str, Any]) -> dict[str, list[Values]]:
    """A row for each child table that needs one."""
    found = {}
    for child in of.children:
        if child.minimum:
            table = described(child.table)
            own = table.sql.c
            id_ = session.execute(select(func.min(own.id)).where(own[child.via] == row["id"])).scalar_one()
            kept = values.load(session, table, [id_])[id_]
            found[child.table] = [{field.name: kept[field.name] for field in typed(table) if field.name != child.via}]
    return found


def _another(session: Session, field: Field, value: Any, random: Random) -> Any:
    """Some other value of the same kind."""
    spec = field.spec
    if field.kind in (Kind.ID_NUMBER, Kind.CREDIT_CODE, Kind.BANK_ACCOUNT):
        return None
    if field.kind in TEXTS:
        changed = "".join(random.choice(string.digits) if sign in string.digits else sign for sign in value)
        return changed if changed != value else f"{value[: (spec.max_length or 255) - 4]}{random.randrange(1000)}"
    if field.kind is Kind.CHOICE:
        return random.choice([choice.code for choice in spec.choices if choice.active])
    if field.is_reference:
        target = described(spec.target).sql.c
        return random.choice(list(session.execute(select(target.id).where(target.deleted_at.is_(None)).order_by(target.id)).scalars()))
    if field.kind in (Kind.DATE, Kind.MOMENT):
        return value + timedelta(days=random.randrange(1, 2000))
    return random.randrange(1, 100) if field.kind is Kind.INTEGER else value


# What the rules of the areas ask for


def _count(session: Session, name: str) -> int:
    return session.execute(select(func.count()).select_from(described(name).sql)).scalar_one()


def _delegation(session: Session, demo: Demo, _row: Values) -> Values:
    """The director hands on what a director does, at another time than before."""
    staff = {role: demo.people[role].staff for role in ("director", "deputy")}
    first = today() + timedelta(days=7 * _count(session, "delegation"))
    return {"principal": staff["director"], "deputy": staff["deputy"], "duties": ["approve"], "starts_on": first,
            "ends_on": first + timedelta(days=5), "reason": "外出培训"}  # fmt: skip


def _early_hours(session: Session, _demo: Demo, _row: Values) -> Values:
    """Before anything else opens, each time a little later."""
    minutes = 5 * _count(session, "opening_hours")
    return {"opens_at": time(minutes // 60, minutes % 60), "closes_at": time((minutes + 5) // 60, (minutes + 5) % 60)}


def _line_of_a_request(session: Session, demo: Demo, _row: Values) -> Values:
    """The applicant adds to a request that is not submitted yet."""
    return {"request": make(session, demo, described("resource_request"))}


def _line_of_a_stocktake(session: Session, demo: Demo, _row: Values) -> Values:
    """A thing that was found without a card."""
    stocktake, ids = (
        described("stocktake").sql.c,
        {name: live(session, described(name), demo.centre, 1)[0] for name in ("place", "asset_class")},
    )
    counting = session.execute(select(stocktake.id).where(stocktake.state == "counting")).scalar_one()
    return {"stocktake": counting, "asset": None, "name": "书架", "counted": 1, "found_in": ids["place"], "value": Decimal(900),
            "asset_class": ids["asset_class"], "explanation": "清查时发现"}  # fmt: skip


def _booking(_session: Session, _demo: Demo, row: Values) -> Values:
    """On a morning that nobody has booked yet; another one for each booking that is tried."""
    starts = datetime.combine(today() + timedelta(days=60 + row["id"] % 300), time(10), LOCAL)
    return {"starts_at": starts, "ends_at": starts + timedelta(hours=1), "attended": None}


def _deadline(session: Session, demo: Demo, row: Values) -> Values:
    """Every priority has its deadline: one makes room."""
    write.delete(session, demo.everybody, described("repair_deadline"), row["id"], row["version"])
    return {"priority": row["priority"]}


HINTS: dict[str, Callable[[Session, Demo, Values], Values]] = {
    "department": lambda _session, _demo, _row: {"head": None},
    "assignment": lambda session, demo, _row: {"staff": make(session, demo, described("staff")), "primary": False},
    "delegation": _delegation,
    "opening_hours": _early_hours,
    "resource_request_line": _line_of_a_request,
    "asset_move": lambda _session, demo, _row: {"kind": "relocate", "moved_on": today(), "to_keeper": demo.people["clerk"].staff},
    "stocktake_line": _line_of_a_stocktake,
    "booking": _booking,
    "repair_deadline": _deadline,
}
"""Table → what a copy of one of its records needs besides."""


# Changing one


def alter(session: Session, demo: Demo, of: Table, id: int) -> str:
    """Give one field of a record another value, as somebody with every role; the first that the rules let change: its name."""
    said = []
    for field in typed(of):
        row = values.load(session, of, [id])[id]
        for value in _others(session, field, row[field.name]):
            try:
                with session.begin_nested():
                    write.update(session, demo.everybody, of, id, {field.name: value}, row["version"], confirm=True)
            except Invalid as wrong:
                said.append(str(wrong))
            else:
                assert values.load(session, of, [id])[id][field.name] != row[field.name]
                return field.name
    raise AssertionError(f"nothing of {of.name} can be changed: {said[:5]}")


def _others(session: Session, field: Field, value: Any) -> list[Any]:
    """Values that the field might have instead."""
    match field.kind:
        case Kind.TEXT | Kind.LONG_TEXT:
            return [f"{(value or '')[: (field.spec.max_length or 255) - 2]}改"] if not field.spec.unique else []
        case Kind.BOOLEAN:
            return [not value]
        case Kind.CHOICE:
            return [choice.code for choice in field.spec.choices if choice.active and choice.code != value]
        case Kind.INTEGER | Kind.MONEY | Kind.DECIMAL | Kind.PERCENT:
            return [value + 1] if value is not None else [1]
        case Kind.DATE:
            return [value + timedelta(days=1), value - timedelta(days=1)] if value else [today()]
        case _:
            return []
