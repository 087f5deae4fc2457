"""The one way to write: rights, validation, rules, states, history and search, in one transaction, whoever writes.

Every function works in the transaction of the `db` it is given, and leaves nothing behind when it raises.
Moves from state to state are in `flow`, the same action over many records is in `bulk`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.base import Child
from services.crud import prepare
from services.crud.access import Actor
from services.crud.errors import Blocked, Blocker, Conflict, Invalid, Messages, Missing, Stale, Unconfirmed
from services.crud.history import ChangeSet
from services.crud.registry import Table
from services.crud.registry import table as described
from services.crud.rules import Change
from services.crud.saving import compare, save
from services.crud.saving import version as saved_version
from services.crud.trash import DeletePreview, delete, delete_preview, restore
from services.crud.validate import Problem, clean, parse
from services.crud.values import find, load, stored
from services.platform.i18n import msg

__all__ = [
    "Blocked", "Blocker", "Conflict", "DeletePreview", "Invalid", "Missing", "Problem", "Problems", "Stale", "Unconfirmed",
    "create", "delete", "delete_preview", "parse", "probe", "restore", "update",
]  # fmt: skip

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Child table → rows of a grid: fields; with `id` and `version` a row that is there already; with `_delete` true one that goes.
A row that is not mentioned stays as it is."""


@dataclass(frozen=True)
class Problems:
    """What would stand against a write, by field."""

    errors: Messages
    warnings: Messages


def create(
    db: Session,
    actor: Actor,
    table: Table,
    values: Mapping[str, Any],
    children: Rows | None = None,
    *,
    reason: str = "",
    confirm: bool = False,
) -> int:
    """Make a record, with its child rows: its id.

    Raises:
        Forbidden: no right to make one.
        Invalid: errors by field.
        Unconfirmed: warnings, and `confirm` is not set.
    """
    change = prepare.begin(db, actor, table, "create")
    prepare.demand(change)
    _write(change, values, children, reason, confirm)
    assert change.id is not None
    return change.id


def update(
    db: Session,
    actor: Actor,
    table: Table,
    id: int,
    values: Mapping[str, Any],
    version: int | None,
    children: Rows | None = None,
    *,
    reason: str = "",
    confirm: bool = False,
) -> int:
    """Change fields of a record, and its child rows: its new version.

    Only what the person changed is given, with the version they saw (the product itself may give None: whatever stands).
    What others saved since is kept where it is in other fields.

    Raises:
        Missing: no such record for this actor.
        Forbidden: no right to change it.
        Stale: somebody else changed the same fields since that version.
        Invalid, Unconfirmed: as for `create`.
    """
    change = prepare.begin(db, actor, table, "edit", find(db, actor, table, id, "edit"))
    prepare.demand(change)
    return _write(change, values, children, reason, confirm, version)


def probe(
    db: Session,
    actor: Actor,
    table: Table,
    values: Mapping[str, Any],
    id: int | None = None,
    children: Rows | None = None,
) -> Problems:
    """What would stand against a write, without writing. Reads only.

    Raises:
        Missing, Forbidden: as for the write itself.
    """
    change = prepare.begin(db, actor, table, *(("create",) if id is None else ("edit", find(db, actor, table, id))))
    prepare.demand(change)
    prepare.fill(change, values)
    change.children = _grids(change, children)
    prepare.judge(change, writes=False)
    for child, rows in _declared(change.table, children):
        for place, row in enumerate(rows):
            _probe_row(change, child, place, row)
    return Problems(*({name: found for name, found in each.items() if found} for each in (change.errors, change.warnings)))


def _write(change: Change, given: Mapping[str, Any], children: Rows | None, reason: str, confirm: bool, version: int | None = None) -> int:
    prepare.fill(change, given)
    if change.old:
        compare(change, version)
    change.children = _grids(change, children)
    prepare.judge(change, writes=True)
    grids = list(_declared(change.table, children))
    if any(change.errors.values()):
        for child, rows in grids:
            for place, row in enumerate(rows):
                _probe_row(change, child, place, row)

    def rows_inside(_changes: ChangeSet) -> None:
        for child, rows in grids:
            for place, row in enumerate(rows):
                _row(change, child, place, row, confirm)
        prepare.settle(change, confirm=confirm)
        for child in change.table.children:
            if child.table in change.children or _minimum(change):
                _enough(change, child)
        prepare.settle(change, confirm=confirm)

    save(change, reason=reason, confirm=confirm, inside=rows_inside if grids or _minimum(change) else None)
    return saved_version(change)


# Child rows


def _declared(table: Table, children: Rows | None) -> list[tuple[Child, Sequence[Mapping[str, Any]]]]:
    declared = {child.table: child for child in table.children}
    return [(declared[name], rows) for name, rows in (children or {}).items()]


def _minimum(change: Change) -> bool:
    """Whether a new record needs child rows at once; the product itself may add them later in its transaction."""
    return change.verb == "create" and not change.actor.trusted and any(child.minimum for child in change.table.children)


def _grids(change: Change, children: Rows | None) -> dict[str, list[dict[str, Any]]]:
    """The child rows as they shall be, for the rules of the record: those that are there, with what is given laid over them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for child, rows in _declared(change.table, children):
        table = described(child.table)
        there = _there(change, child) if change.id else {}
        new: list[dict[str, Any]] = []
        for row in rows:
            fields = {name: _understood(table, name, value) for name, value in row.items() if name in table.fields}
            if row.get("_delete"):
                there.pop(row.get("id"), None)
            elif row.get("id") in there:
                there[row["id"]] = {**there[row["id"]], **fields}
            elif not row.get("id"):
                blank = {field.name: prepare.default(table, field, change.actor) for field in stored(table) if not field.common}
                new.append({**blank, **fields})
        found[child.table] = [*there.values(), *new]
    return found


def _there(change: Change, child: Child) -> dict[Any, dict[str, Any]]:
    own = described(child.table).sql.c
    ids = change.db.execute(select(own.id).where(own[child.via] == change.id, own.deleted_at.is_(None)).order_by(own.id)).scalars()
    return dict(load(change.db, described(child.table), ids))


def _understood(table: Table, name: str, value: Any) -> Any:
    try:
        return clean(table.fields[name], value)
    except Problem:
        return None


def _row(change: Change, child: Child, place: int, row: Mapping[str, Any], confirm: bool) -> None:
    """Save one row of a grid; what stands against it goes to the record's errors under the row's place."""
    table, fields = described(child.table), {name: value for name, value in row.items() if name not in ("id", "version", "_delete")}
    where = f"{child.table}.{place}"
    try:
        if not row.get("id"):
            if not row.get("_delete"):
                create(change.db, change.actor, table, {**fields, child.via: change.id}, confirm=confirm)
            return
        held = find(change.db, change.actor, table, row["id"], "edit")
        if held[child.via] != change.id:
            raise Missing(table.name, row["id"])
        if row.get("_delete"):
            delete(change.db, change.actor, table, row["id"], row.get("version"), with_parent=True)
        else:
            update(change.db, change.actor, table, row["id"], {**fields, child.via: change.id}, row.get("version"), confirm=confirm)
    except Invalid as invalid:
        _under(change.errors, where, invalid.errors)
    except Unconfirmed as unconfirmed:
        _under(change.warnings, where, unconfirmed.warnings)
    except Missing:
        change.error(where, msg("Somebody has deleted this row meanwhile. Please take it out."))
    except Stale as stale:
        conflicts = [Conflict(f"{where}.{one.field}", one.base, one.mine, one.theirs) for one in stale.conflicts]
        raise Stale(conflicts, stale.who, stale.when, stale.version) from stale


def _probe_row(change: Change, child: Child, place: int, row: Mapping[str, Any]) -> None:
    table = described(child.table)
    fields = {name: value for name, value in row.items() if name not in ("id", "version", "_delete", child.via)}
    if row.get("_delete"):
        return
    held = load(change.db, table, [row["id"]]).get(row["id"], {}) if row.get("id") else {}
    probed = prepare.begin(change.db, change.actor, table, "edit" if held else "create", held)
    prepare.fill(probed, fields)
    prepare.judge(probed, writes=False, spare="" if held else child.via)
    _under(change.errors, f"{child.table}.{place}", probed.errors)
    _under(change.warnings, f"{child.table}.{place}", probed.warnings)


def _under(messages: dict[str, Any], where: str, found: Mapping[str, Any]) -> None:
    for name, several in found.items():
        if several:
            messages[f"{where}.{name}" if name else where].extend(several)


def _enough(change: Change, child: Child) -> None:
    table = described(child.table)
    own = table.sql.c
    live = select(func.count()).select_from(table.sql).where(own[child.via] == change.id, own.deleted_at.is_(None))
    if change.db.execute(live).scalar_one() < child.minimum:
        change.error(child.table, msg("At least {n} × {what} are needed.", n=child.minimum, what=table.label_plural))
