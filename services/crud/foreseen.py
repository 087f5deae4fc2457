"""What computed fields would hold in a record that is not saved yet, so that a line shows them as soon as it is chosen."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import cast, literal, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeEngine

from services.crud import access, columns
from services.crud.access import Actor
from services.crud.query import exists
from services.crud.registry import Field, Table
from services.crud.registry import table as described
from services.crud.titles import refer
from services.platform.db import is_sqlite


def foreseen(db: Session, actor: Actor, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """Computed field → what it would hold with these values. What refers to a record that the actor may not read counts as empty."""
    fields = [one for one in table.declared if one.spec.computed and not one.spec.hidden and access.sees(actor, one)]
    if not fields:
        return {}
    known = {name: _readable(db, actor, table.fields[name], value) for name, value in values.items()}
    given = {column.name: _bound(known.get(column.name), column.type, is_sqlite(db)).label(column.name) for column in table.sql.columns}
    source = select(*(given | {"centre_id": literal(actor.centre).label("centre_id")}).values()).subquery()
    row = dict(db.execute(select(*(columns.value(one, source).label(one.name) for one in fields))).one()._mapping)
    refer(db, fields, [row], actor)
    return row


def _readable(db: Session, actor: Actor, field: Field, value: Any) -> Any:
    """A reference that the actor may read; any other value as it is."""
    return value if not (field.is_reference and value) or exists(db, actor, described(field.spec.target), value) else None


def _bound(value: Any, type_: TypeEngine[Any], sqlite: bool) -> ColumnElement[Any]:
    """A value as a column of that type; PostgreSQL wants it said, SQLite would change what it casts."""
    bound = literal(value, type_)
    return bound if sqlite else cast(bound, type_)
