"""Deleting is putting into the trash, with what hangs on the record; restoring takes all of it out again."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy import update as sql_update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.fields import Kind
from services.crud import access, history, overlap, prepare, references, rules, saving, search, uniqueness, values
from services.crud.access import Actor, Forbidden
from services.crud.errors import Blocked, Blocker, Invalid, Missing
from services.crud.history import ChangeSet
from services.crud.registry import Field, Table, referring, tables
from services.crud.registry import table as described
from services.crud.rules import Change
from services.crud.titles import titles
from services.platform.i18n import msg

TITLES_SHOWN = 5
"""Titles named of the records that stand against a deletion."""


@dataclass(frozen=True)
class Along:
    """Records of a table that go into the trash together with their parent."""

    table: Table
    count: int


@dataclass(frozen=True)
class DeletePreview:
    """What a deletion would do: what goes along, and who stands against it."""

    goes_along: list[Along]
    blocked: list[Blocker]


@dataclass
class _Plan:
    """Everything a deletion touches: table → ids that go; references that are emptied; references that stand against it."""

    going: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    emptied: list[tuple[Field, int]] = field(default_factory=list)
    against: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))


def delete(db: Session, actor: Actor, table: Table, id: int, version: int | None, *, reason: str = "", with_parent: bool = False) -> None:
    """Put a record into the trash, with the children that hang on it.

    `with_parent`: it is a child row that goes while its parent is saved, which then looks whether enough are left.

    Raises:
        Missing: no such record for this actor.
        Forbidden: no right, or records of this table are never deleted.
        Stale: somebody changed it since that version.
        Blocked: live records refer to it.
        Invalid: a rule is against it.
    """
    change = prepare.begin(db, actor, table, "delete", values.find(db, actor, table, id, "delete"))
    demand(change)
    saving.compare(change, version, whole=True)
    plan = _plan(db, actor, table, [id], lock=True)
    if plan.against:
        raise Blocked(_blockers(db, actor, plan))
    if not with_parent:
        _leaves_enough(change, plan)
    with history.change_set(db, actor, "delete", table.name, reason=reason) as changes:
        _ = changes.id
        with db.begin_nested():
            for other, owner in plan.emptied:
                _empty(change, other, owner)
            for name in reversed(plan.going):
                _bury(changes, actor, described(name), plan.going[name])


def _leaves_enough(change: Change, plan: _Plan) -> None:
    """A parent that needs child rows keeps as many of them."""
    own = change.table.sql.c
    for above in tables().values():
        for child in above.children:
            parent = change.old[child.via] if child.table == change.table.name and child.minimum else None
            if parent is None or parent in plan.going.get(above.name, ()):
                continue
            values.load(change.db, above, [parent], "edit")  # one at a time: two people must not delete the last two together
            left = select(own.id).where(own[child.via] == parent, own.deleted_at.is_(None), own.id != change.id).limit(child.minimum)
            if len(change.db.execute(left).all()) < child.minimum:
                change.error("", msg("At least {n} × {what} are needed.", n=child.minimum, what=change.table.label_plural))
    prepare.settle(change, confirm=True)


def demand(change: Change) -> None:
    """Go on only if this record may be deleted at all, and by this actor.

    Raises:
        Forbidden: no right, or records of this table are never deleted.
    """
    if not change.table.screen.deletable:
        raise Forbidden(msg("“{table}” is never deleted: use one of its moves instead.", table=change.table.label_plural))
    prepare.demand(change)


def delete_preview(db: Session, actor: Actor, table: Table, ids: Iterable[int]) -> DeletePreview:
    """What deleting these records would do. Reads only."""
    chosen = list(ids)
    plan = _plan(db, actor, table, chosen, lock=False)
    counts = {name: len(found) - (len(set(chosen)) if name == table.name else 0) for name, found in plan.going.items()}
    return DeletePreview([Along(described(name), count) for name, count in counts.items() if count], _blockers(db, actor, plan))


def _plan(db: Session, actor: Actor, table: Table, ids: list[int], *, lock: bool) -> _Plan:
    plan = _Plan()
    plan.going[table.name] = list(dict.fromkeys(ids))
    waiting = [(table, plan.going[table.name][:])]
    held: list[tuple[Field, int]] = []
    while waiting:
        above, keys = waiting.pop()
        for other in referring(above.name):
            going = set(plan.going[other.table])
            found = [one for one in referrers(db, other, keys) if one not in going]
            if not found:
                continue
            goes, stays = _sort_out(db, actor, above, other, found, lock=lock)
            plan.going[other.table] += goes
            if goes:
                waiting.append((described(other.table), goes))
            held += [(other, one) for one in stays]
    gone = {name: set(found) for name, found in plan.going.items()}
    for other, one in held:
        if one in gone[other.table]:
            continue
        if other.spec.on_delete == "set null":
            plan.emptied.append((other, one))
        else:
            plan.against[other.table, other.name].append(one)
    return plan


def referrers(db: Session, other: Field, keys: Iterable[int]) -> list[int]:
    """Live records that refer to one of these by that field."""
    own = other.sql.c
    found: list[int] = []
    for part in values.parts(keys):
        if other.kind is Kind.REFERENCES:
            query = select(own.id).join(other.link, other.link.c.owner_id == own.id).where(other.link.c.target_id.in_(part)).distinct()
        else:
            query = select(own.id).where(own[other.name].in_(part))
        found += db.execute(query.where(own.deleted_at.is_(None)).order_by(own.id)).scalars()
    return list(dict.fromkeys(found))


def _sort_out(db: Session, actor: Actor, above: Table, other: Field, found: list[int], *, lock: bool) -> tuple[list[int], list[int]]:
    """Of the records that refer: those that go along, and those that stay."""
    below = described(other.table)
    child = any(one.table == below.name and one.via == other.name for one in above.children)
    if not (child or other.spec.on_delete == "cascade") or not below.screen.deletable or below.screen.append_only:
        return [], found
    rows = values.load(db, below, found, "delete" if lock else None)
    goes = [one for one in found if access.permits(actor, below, "delete", rows[one])]
    return goes, sorted(set(found) - set(goes))


def _blockers(db: Session, actor: Actor, plan: _Plan) -> list[Blocker]:
    blockers = []
    for (name, via), ids in plan.against.items():
        table = described(name)
        shown = titles(db, table, ids[:TITLES_SHOWN], actor)
        blockers.append(Blocker(table, table.fields[via], len(ids), list(shown.values())))
    return blockers


def _empty(change: Change, other: Field, owner: int) -> None:
    """Take the record out of a reference that may be empty."""
    table = described(other.table)
    old = values.load(change.db, table, [owner], "edit")[owner]
    emptied = prepare.begin(change.db, change.by_rule, table, "edit", old)
    kept = [one for one in old[other.name] if one != change.id] if other.kind is Kind.REFERENCES else None
    prepare.fill(emptied, {other.name: kept})
    prepare.judge(emptied, writes=True)
    saving.save(emptied, confirm=True)


def _bury(changes: ChangeSet, actor: Actor, table: Table, ids: list[int]) -> None:
    going = []
    for old in values.load(changes.db, table, ids, "delete").values():
        change = prepare.begin(changes.db, actor, table, "delete", old)
        rules.before(change)
        prepare.settle(change, confirm=True)
        going.append(change)
    turn(changes, going, deleted=True)


def turn(changes: ChangeSet, turned: Sequence[Change], *, deleted: bool) -> None:
    """Put records of one table, read and locked, into the trash, or take them out; what stands against it was looked at before.

    As many statements for thousands as for one; only the effects run one by one.

    Raises:
        Missing: somebody has done it already.
        Invalid: somebody was quicker to take what they take.
    """
    if not turned:
        return
    db, table, by = changes.db, turned[0].table, changes.actor.account
    news = {"updated_at": changes.at, "updated_by": by}
    news |= {"deleted_at": changes.at, "deleted_by": by} if deleted else {"deleted_at": None, "deleted_by": None}
    own = table.sql.c
    there = own.deleted_at.is_(None) if deleted else own.deleted_at.is_not(None)
    for part in values.parts(change.new["id"] for change in turned):
        turning = sql_update(table.sql).where(own.id.in_(part), there).values(version=own.version + 1, **news)
        if db.execute(turning).rowcount != len(part):  # type: ignore[attr-defined]
            raise Missing(table.name, part[0])
    for change in turned:
        change.new |= news | {"version": change.new["version"] + 1}
    if deleted:
        search.remove_all(db, table, [change.new["id"] for change in turned])
    else:
        search.index_all(db, table, [change.new for change in turned])
    changes.changes([
        changes.row(values.Record(one.new["centre_id"], table.name, one.new["id"]), one.verb, one.new["version"], {}, {}, one.actor)
        for one in turned
    ])  # fmt: skip
    for change in turned:
        overlap.hold(change)
        rules.after(change)


def restore(db: Session, actor: Actor, table: Table, id: int) -> None:
    """Take a record out of the trash, with the children that went along.

    Raises:
        Missing: not in the trash, or not to be seen by this actor.
        Forbidden: no right to restore it.
        Invalid: its number was taken meanwhile, or what it refers to is in the trash itself.
    """
    old = values.find(db, actor, table, id, "edit", deleted=True)
    change = prepare.begin(db, actor, table, "restore", old)
    demand(change)
    with history.change_set(db, actor, "restore", table.name) as changes:
        _ = changes.id
        try:
            with db.begin_nested():
                _raise(changes, change)
        except IntegrityError as error:
            uniqueness.explain(change, error)
            raise Invalid(change.errors) from error


def weigh(change: Change) -> None:
    """Look whether a record can come back as it was; what stands against it becomes errors."""
    names = [one.name for one in values.stored(change.table) if not one.common]
    references.check(change, names, lock=True, anew=True)
    uniqueness.check(change, names)
    rules.before(change)


def _raise(changes: ChangeSet, change: Change) -> None:
    weigh(change)
    prepare.settle(change, confirm=True)
    turn(changes, [change], deleted=False)
    for child in change.table.children:
        table = described(child.table)
        own = table.sql.c
        together = (
            own[child.via] == change.id,
            own.deleted_at == change.old["deleted_at"],
            own.deleted_by.is_not_distinct_from(change.old["deleted_by"]),
        )
        ids = list(changes.db.execute(select(own.id).where(*together).order_by(own.id)).scalars())
        for old in values.load(changes.db, table, ids, "edit").values():
            _raise_child(changes, prepare.begin(changes.db, change.actor, table, "restore", old), change)


def _raise_child(changes: ChangeSet, child: Change, parent: Change) -> None:
    try:
        _raise(changes, child)
    except Invalid as invalid:
        name = child.table.label
        parent.errors[""] = [msg("{what}: {problem}", what=name, problem=one) for several in invalid.errors.values() for one in several]
        raise Invalid(parent.errors) from invalid
