"""The end of every write: the row, its links, the search index, the history and the effects, or nothing of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy import update as sql_update
from sqlalchemy.exc import IntegrityError

from models.fields import Kind
from services.crud import access, history, overlap, prepare, rules, search, uniqueness, values
from services.crud.errors import Conflict, Invalid, Missing, Stale
from services.crud.history import ChangeSet
from services.crud.registry import Field
from services.crud.rules import Change
from services.crud.searchtext import fields_of
from services.crud.titles import refer
from services.crud.validate import empty
from services.crud.values import Record
from services.platform.i18n import LOCAL
from services.platform.numbering import next_number

Inside = Callable[[ChangeSet], None]


class _Refused(Exception):
    def __init__(self, error: IntegrityError) -> None:
        self.error = error


def version(change: Change) -> int:
    """The version of the record after the write and its effects."""
    own = change.table.sql.c
    now: int = change.db.execute(select(own.version).where(own.id == change.id)).scalar_one()
    return now


def save(change: Change, *, reason: str = "", confirm: bool = False, inside: Inside | None = None) -> None:
    """Write what was prepared. `inside` writes what belongs to it (child rows, an event) before the effects run.

    Raises:
        Invalid, Unconfirmed: something stands against it, also when only the database knows (a race).
    """
    prepare.settle(change, confirm=confirm)
    names = prepare.changed(change)
    if change.verb == "edit" and not names and inside is None:
        return
    with history.change_set(change.db, change.actor, change.move or change.verb, change.table.name, reason=reason) as changes:
        if change.verb != "edit" or names:
            _ = changes.id  # before the savepoint: the set outlives a row that is refused inside it
        try:
            with change.db.begin_nested():
                if change.verb != "edit" or names:
                    _row(change, changes, names)
                if inside:
                    inside(changes)
                overlap.hold(change)
                rules.after(change)
        except _Refused as refused:
            uniqueness.explain(change, refused.error)
            raise Invalid(change.errors) from refused.error


def _row(change: Change, changes: ChangeSet, names: Sequence[str]) -> None:
    table, new = change.table, change.new
    new["updated_at"], new["updated_by"] = changes.at, changes.actor.account
    try:
        if change.id is None:
            names = _insert(change, changes, names)
        else:
            _update(change, names)
        for name in names:
            field = table.fields[name]
            if field.kind is Kind.REFERENCES:
                values.relink(change.db, field, new["id"], new["centre_id"], change.old.get(name) or (), new[name])
    except IntegrityError as error:
        raise _Refused(error) from error
    if change.id is None or any(field.name in names for field in fields_of(table)):
        search.index(change.db, table, new["id"], new)
    change.id = new["id"]
    record = Record(new["centre_id"], table.name, change.id)
    changes.change(record, change.verb, new["version"], *history.packed(table, change.old, new, names), change.actor)


def _insert(change: Change, changes: ChangeSet, names: Sequence[str]) -> list[str]:
    table, new = change.table, change.new
    new["created_at"], new["created_by"], new["deleted_at"], new["deleted_by"] = changes.at, changes.actor.account, None, None
    numbered = [field for field in values.stored(table) if field.spec.number and empty(new[field.name])]
    for field in numbered:
        new[field.name] = next_number(change.db, new["centre_id"], field.spec.number, changes.at.astimezone(LOCAL).date())
    kept = values.columns(table, new, [field.name for field in values.stored(table)])
    kept |= {"centre_id": new["centre_id"], "version": new["version"]}
    new["id"] = change.db.execute(insert(table.sql), kept).inserted_primary_key[0]  # type: ignore[attr-defined]
    return [*names, *(field.name for field in numbered)]


def _update(change: Change, names: Sequence[str]) -> None:
    new = change.new
    new["version"] = change.old["version"] + 1
    kept = values.columns(change.table, new, names)
    alter(change, kept | {name: new[name] for name in ("version", "updated_at", "updated_by")})


def alter(change: Change, kept: Mapping[str, Any]) -> None:
    """Set columns of the record's row, if it is still the version that was read.

    Raises:
        Missing: it is not.
    """
    own = change.table.sql.c
    where = (own.id == change.id, own.version == change.old["version"])
    if change.db.execute(sql_update(change.table.sql).where(*where), kept).rowcount != 1:  # type: ignore[attr-defined]
        raise Missing(change.table.name, change.id)


def compare(change: Change, version: int | None, *, whole: bool = False) -> None:
    """Look at what others saved since the version that the actor has seen. `whole`: any change counts, not only of the same field.

    `version` None (only for the product itself): whatever stands there.

    Raises:
        Stale: their changes and these meet.
    """
    now = change.old["version"]
    if version == now or (version is None and change.actor.trusted):
        return
    record = Record(change.old["centre_id"], change.table.name, change.old["id"])
    since = history.since(change.db, record, version or 0, now)
    mine = prepare.changed(change)
    met = list(since.base) if whole else [name for name in mine if name in since.base or not since.complete]
    if not met and not (whole or (not since.complete and mine)):
        return
    conflicts = [_conflict(change, change.table.fields[name], since) for name in met if name in change.table.fields]
    raise Stale(_told(change, conflicts), since.who, since.when, now)


def _conflict(change: Change, field: Field, since: history.Since) -> Conflict:
    base = values.unpack(field, since.base[field.name]) if field.name in since.base else None
    theirs = change.old[field.name]
    mine = change.new[field.name] if change.changed(field.name) else base
    return Conflict(field.name, base, mine, theirs)


def _told(change: Change, conflicts: list[Conflict]) -> list[Conflict]:
    """Conflicts as the actor may see them: references with their titles, masks where there are masks."""
    told = []
    for one in conflicts:
        field = change.table.fields[one.field]
        right = access.field_right(change.actor, field, change.old)
        if right == "hidden":
            continue
        base, mine, theirs = one.base, one.mine, one.theirs
        if field.spec.sensitive and not access.sees(change.actor, field):
            base, theirs = (None if side is None else access.mask(field.spec.mask, side) for side in (base, theirs))
        sides = [{field.name: side} for side in (base, mine, theirs)]
        refer(change.db, [field], sides, change.actor)
        told.append(Conflict(field.name, *(side[field.name] for side in sides)))
    return told
