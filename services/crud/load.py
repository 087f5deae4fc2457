"""Many trusted records at once: data that the product itself brings along. People's data goes through `write`.

Rows are completed (defaults, numbers, sort keys, seals, search entries) and written in bulk, as one change set. Rules of the
areas do not run: whoever loads vouches for the rows; the database's own checks hold all the same.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import cast, func, insert, select
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.orm import Session

from models.fields import Kind, now
from services.crud import history, search, values
from services.crud.access import Actor, Forbidden
from services.crud.history import ChangeSet
from services.crud.prepare import default
from services.crud.registry import Table
from services.crud.validate import empty
from services.crud.values import Record
from services.platform.db import is_sqlite
from services.platform.i18n import LOCAL, msg
from services.platform.numbering import next_numbers, period

AT = "_at"
"""Key of a row that says when it was made; default: now. Rows come in the order of this moment."""


def load(db: Session, actor: Actor, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Write complete rows (field → value): their ids in order.

    Raises:
        Forbidden: the actor is not the product itself.
        IntegrityError: a row breaks a rule of the database.
    """
    if not actor.trusted:
        raise Forbidden(msg("Only the product itself loads records in bulk."))
    if not rows:
        return []
    fresh = _fresh(table, actor)
    complete = [_complete(fresh, row) for row in rows]
    _number(db, actor, table, complete)
    names = [field.name for field in values.stored(table) if not field.common and field.kind is not Kind.REFERENCES]
    common = ("id", "centre_id", "version", "created_at", "created_by", "updated_at", "updated_by")
    ids = next_ids(db, table, len(complete))
    for id_, row in zip(ids, complete, strict=True):
        row["id"] = id_
    db.execute(insert(table.sql), [{**{name: row[name] for name in common}, **values.columns(table, row, names)} for row in complete])
    _link(db, actor, table, complete)
    search.index_many(db, table, complete)
    with history.change_set(db, actor, "load", table.name) as changes:
        assert changes.id
        if changes.action != "load":
            _tell(changes, actor, table, complete)
    return ids


def _tell(changes: ChangeSet, actor: Actor, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """What is written along with what a person does is told record by record, so that it can be followed and undone."""
    kept = [field for field in values.stored(table) if not field.common]
    told = []
    for row in rows:
        names = [field.name for field in kept if not empty(row[field.name])]
        record = Record(row["centre_id"], table.name, row["id"])
        told.append(changes.row(record, "create", 1, *history.packed(table, {}, row, names), actor))
    changes.changes(told)


def next_ids(db: Session, table: Table, many: int) -> list[int]:
    """The next ids: known before, the rows go in as one; SQLite would give them back one by one only."""
    if is_sqlite(db):
        # The ids that SQLite itself would give; the writer is alone.
        last = db.execute(select(func.max(table.sql.c.id))).scalar() or 0
        return list(range(last + 1, last + many + 1))
    sequence = func.pg_get_serial_sequence(table.name, "id")
    return list(db.execute(select(func.nextval(cast(sequence, REGCLASS))).select_from(func.generate_series(1, many))).scalars())


def _fresh(table: Table, actor: Actor) -> dict[str, Any]:
    """What a record of these holds where its row says nothing."""
    defaults = {field.name: default(table, field) for field in values.stored(table) if not field.common}
    return {**defaults, AT: now(), "centre_id": actor.centre, "version": 1, "created_by": actor.account}


def _complete(fresh: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    full = {**fresh, **row}
    full["created_at"] = full["updated_at"] = full[AT]
    full["updated_by"] = full["created_by"]
    return full


def _number(db: Session, actor: Actor, table: Table, rows: list[dict[str, Any]]) -> None:
    """Give the numbers that the system gives, in the order of the rows, by the day each was made: a statement for each period."""
    for field in table.declared:
        pattern = field.spec.number
        if not pattern:
            continue
        by_period: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            if row[field.name] is None:
                by_period.setdefault(period(pattern, _day(row)), []).append(row)
        for same in by_period.values():
            numbers = next_numbers(db, actor.centre, pattern, _day(same[0]), len(same))
            for row, number in zip(same, numbers, strict=True):
                row[field.name] = number


def _day(row: Mapping[str, Any]) -> date:
    made: datetime = row["created_at"]
    return made.astimezone(LOCAL).date()


def _link(db: Session, actor: Actor, table: Table, rows: list[dict[str, Any]]) -> None:
    for field in table.declared:
        if field.kind is Kind.REFERENCES:
            links = [{"owner_id": row["id"], "target_id": target, "centre_id": actor.centre} for row in rows for target in row[field.name]]
            if links:
                db.execute(insert(field.link), links)
