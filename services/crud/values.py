"""A record's values in their three forms: as Python keeps them, as the database keeps them, as history keeps them (JSON).

Sensitive values are sealed in the database and in the history.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import RowMapping, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from models.fields import Kind
from models.types import Place
from services.crud import access
from services.crud.access import Actor
from services.crud.errors import Missing
from services.crud.registry import Field, Table
from services.crud.sortkey import sort_key
from services.crud.validate import empty
from services.platform.crypto import keyed_hash, seal, unseal

Lock = Literal["edit", "delete"]
_AT_ONCE = 5_000


@cache
def stored(table: Table) -> tuple[Field, ...]:
    """The fields that are kept (all but the computed ones)."""
    return tuple(field for field in table.fields.values() if not field.spec.computed)


@cache
def own(table: Table) -> tuple[Field, ...]:
    """The fields that are kept, without those that every record has."""
    return tuple(field for field in stored(table) if not field.common)


def load(db: Session, table: Table, ids: Iterable[int], lock: Lock | None = None) -> dict[int, dict[str, Any]]:
    """Records by id, deleted ones too, unsealed and without the computed fields; for rules, never for people.

    `lock`: nobody else writes them until the transaction ends; "delete" also keeps others from beginning to refer to them.
    """
    own = table.sql.c
    columns = [column for column in own if "__" not in column.name]
    several = [field for field in stored(table) if field.kind is Kind.REFERENCES]
    found: dict[int, dict[str, Any]] = {}
    for part in parts(ids):
        query = select(*columns).where(own.id.in_(part)).order_by(own.id)
        rows = db.execute(query.with_for_update(key_share=lock == "edit") if lock else query).mappings()
        here = {row["id"]: _unsealed(table, row) for row in rows}
        for field in several:
            linked = _linked(db, field, part)
            for id_, values in here.items():
                values[field.name] = linked[id_]
        found |= here
    return found


def parts(ids: Iterable[int]) -> Iterator[list[int]]:
    """Ids in order, as many at a time as a statement takes on every database."""
    every = sorted(set(ids))
    return (every[start : start + _AT_ONCE] for start in range(0, len(every), _AT_ONCE))


def _unsealed(table: Table, row: RowMapping) -> dict[str, Any]:
    values = dict(row)
    for name in _sensitive(table):
        if values[name] is not None:
            values[name] = unseal(values[name])
    return values


def _sensitive(table: Table) -> list[str]:
    return [field.name for field in table.fields.values() if field.spec.sensitive]


def _linked(db: Session, field: Field, owners: list[int]) -> dict[int, list[int]]:
    link = field.link.c
    found: dict[int, list[int]] = defaultdict(list)
    for owner, target in db.execute(select(link.owner_id, link.target_id).where(link.owner_id.in_(owners)).order_by(link.target_id)):
        found[owner].append(target)
    return found


class Record(NamedTuple):
    """Which record of which table and centre."""

    centre: int
    table: str
    id: int


def find(db: Session, actor: Actor, table: Table, id: int, lock: Lock | None = None, *, deleted: bool = False) -> dict[str, Any]:
    """A record as it stands, for a write.

    Raises:
        Missing: it is not there (`deleted`: not in the trash), or the actor may not see it.
    """
    found = load(db, table, [id], lock).get(id)
    if found is None or (found["deleted_at"] is not None) is not deleted or not access.permits(actor, table, "read", found):
        raise Missing(table.name, id)
    return found


def known(db: Session, actor: Actor, table: Table, id: int) -> Record:
    """A record, in the trash or not, for what hangs on it (history, remarks, files).

    Raises:
        Missing: it is not there, or the actor may not see it.
    """
    found = load(db, table, [id]).get(id)
    if found is None or not access.permits(actor, table, "read", found):
        raise Missing(table.name, id)
    return Record(found["centre_id"], table.name, id)


def columns(table: Table, values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The columns that keep these fields: sealed where sensitive, with sort keys and fingerprints."""
    kept: dict[str, Any] = {}
    kinds = _kinds(table)
    for name in names:
        match kinds[name]:
            case "plain":
                kept[name] = values[name]
            case "sorted":
                kept[name] = values[name]
                kept[f"{name}__sort"] = sort_key(values[name])
            case "sealed":
                value = values[name]
                kept[f"{name}__hash"] = None if value is None else keyed_hash(value)
                kept[name] = None if value is None else seal(value)
    return kept


@cache
def _kinds(table: Table) -> dict[str, str]:
    """How each field is kept: plain, sorted (with the key by which it is), sealed, or linked (in a table of its own)."""
    own = table.sql.c
    return {
        name: "linked" if field.kind is Kind.REFERENCES
        else "sealed" if field.spec.sensitive
        else "sorted" if f"{name}__sort" in own else "plain"
        for name, field in table.fields.items()
    }  # fmt: skip


def relink(db: Session, field: Field, owner: int, centre: int, old: Iterable[int], new: Iterable[int]) -> None:
    """Make the link table of several references say what the record says."""
    relink_many(db, field, [(owner, centre, old, new)])


def relink_many(db: Session, field: Field, records: Iterable[tuple[int, int, Iterable[int], Iterable[int]]]) -> None:
    """Make the link table say what these records (id, centre, targets before and now) say."""
    link, gone, come = field.link, [], []
    for owner, centre, old, new in records:
        before, after = set(old), set(new)
        gone += [{"owner": owner, "target": target} for target in sorted(before - after)]
        come += [{"owner_id": owner, "target_id": target, "centre_id": centre} for target in sorted(after - before)]
    if gone:
        db.execute(delete(link).where(link.c.owner_id == bindparam("owner"), link.c.target_id == bindparam("target")), gone)
    if come:
        db.execute(insert(link), come)


def pack(field: Field, value: Any) -> Any:
    """A value as JSON can hold it; a sensitive one sealed."""
    if empty(value):
        return None
    if field.spec.sensitive:
        return seal(value)
    if type(value) in (str, int, bool):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, tuple):
        return [str(side) for side in value]
    return value


def unpack(field: Field, kept: Any) -> Any:
    """The value that `pack` packed."""
    if kept is None:
        return [] if field.kind in (Kind.CHOICES, Kind.REFERENCES) else None
    if field.spec.sensitive:
        return unseal(kept)
    read = _UNPACK.get(field.kind)
    return read(kept) if read else kept


_UNPACK: dict[Kind, Callable[[Any], Any]] = {
    Kind.DECIMAL: Decimal,
    Kind.MONEY: Decimal,
    Kind.PERCENT: Decimal,
    Kind.DATE: date.fromisoformat,
    Kind.TIME: time.fromisoformat,
    Kind.MOMENT: datetime.fromisoformat,
    Kind.DURATION: lambda kept: timedelta(seconds=kept),
    Kind.POINT: lambda kept: Place(Decimal(kept[0]), Decimal(kept[1])),
}
