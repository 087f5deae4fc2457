"""Many records of one table written at once, to the same effect as one by one through `write`.

Each row stands or falls by itself. What the rows ask of the database is asked for all of a chunk together (`Lookahead`), and
what they leave there goes in together. Whoever asks the database in between, a rule of an area for instance, sees all rows
before the one in hand. Where that is not enough (a table with effects or bookings, a race that only the database notices) the rows of the
chunk are written one by one.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, event, insert
from sqlalchemy import update as sql_update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, SessionTransaction

from models.fields import Kind
from services.crud import access, history, load, prepare, rules, search, values, write
from services.crud.access import Actor, Forbidden
from services.crud.errors import Invalid, Messages, Missing, Stale, Unconfirmed
from services.crud.history import ChangeSet
from services.crud.lookahead import Lookahead
from services.crud.registry import Table
from services.crud.rules import Change
from services.crud.saving import compare
from services.crud.searchtext import fields_of
from services.crud.validate import empty
from services.crud.values import Record
from services.platform.i18n import LOCAL, msg
from services.platform.numbering import next_numbers
from services.platform.settings import settings

GONE = msg("It is not there any more, or you may not see it.")
COMMON = ("id", "centre_id", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at", "deleted_by")


@dataclass(frozen=True)
class Row:
    """What one record shall hold: a new one, or with `id` changed fields of one that is there (`version` None: as it stands now)."""

    values: Mapping[str, Any]
    id: int | None = None
    version: int | None = None
    errors: Messages = field(default_factory=dict)
    """What is wrong with it already: the row is refused, once all else that stands against it is known too."""


@dataclass(frozen=True)
class Outcome:
    """What became of one row: the record that is now as the row says, or what stands against it."""

    id: int | None
    ok: bool = False
    written: bool = False
    """False also for a record that had all these values before."""
    created: bool = False
    errors: Messages = field(default_factory=dict)
    warnings: Messages = field(default_factory=dict)
    """What was to be confirmed; of a row that stands, all the same."""


def write_many(
    db: Session, actor: Actor, table: Table, rows: Sequence[Row], *, confirm: bool, action: str = "batch", reason: str = ""
) -> list[Outcome]:
    """Create or change a record for each row, in their order, in the one change set that is open (or a new one).

    `confirm`: warnings don't stop a row; they are told in its outcome either way.

    Raises:
        DatabaseError: other than what a row can be blamed for.
    """
    outcomes: list[Outcome] = []
    with history.change_set(db, actor, action, table.name, reason=reason) as changes:
        for chunk in _chunks(rows):
            written = _Chunk(db, actor, table, changes, confirm).write(chunk) if _together(actor, table) else None
            if written is None:
                _ = changes.id  # before the savepoint of the first row, which may be rolled back
                written = [one_by_one(db, actor, table, row, confirm=confirm) for row in chunk]
            outcomes += written
    return outcomes


def one_by_one(db: Session, actor: Actor, table: Table, row: Row, *, confirm: bool) -> Outcome:
    """Write one row by itself."""
    try:
        try:
            with db.begin_nested():
                return _alone(db, actor, table, row, {}, confirm=False)
        except Unconfirmed as unconfirmed:
            if not confirm:
                raise
            with db.begin_nested():
                return _alone(db, actor, table, row, unconfirmed.warnings, confirm=True)
    except (Invalid, Unconfirmed, Forbidden, Stale, Missing) as refused:
        return _refused(row, refused)


def _alone(db: Session, actor: Actor, table: Table, row: Row, warnings: Messages, *, confirm: bool) -> Outcome:
    if row.errors:
        found = write.probe(db, actor, table, row.values, row.id)
        raise Invalid(found.errors | row.errors)
    if row.id is None:
        return Outcome(write.create(db, actor, table, row.values, confirm=confirm), True, True, True, warnings=warnings)
    now: int = values.find(db, actor, table, row.id, "edit")["version"]
    after = write.update(db, actor, table, row.id, row.values, now if row.version is None else row.version, confirm=confirm)
    return Outcome(row.id, True, after != now, warnings=warnings)


def _refused(row: Row, why: Exception) -> Outcome:
    match why:
        case Invalid():
            return Outcome(row.id, errors=why.errors)
        case Unconfirmed():
            return Outcome(row.id, warnings=why.warnings)
        case Forbidden() | Stale():
            return Outcome(row.id, errors={"": [why.message]})
        case _:
            return Outcome(row.id, errors={"": [GONE]})


def _chunks(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """The rows in pieces in which no record is changed twice."""
    chunk: list[Row] = []
    seen: set[int] = set()
    for row in rows:
        if len(chunk) == settings().batch_rows or row.id in seen:
            yield chunk
            chunk, seen = [], set()
        chunk.append(row)
        if row.id is not None:
            seen.add(row.id)
    if chunk:
        yield chunk


def _together(actor: Actor, table: Table) -> bool:
    """Whether the rows can wait for each other: nothing else is written along with each."""
    return (
        table.screen.bookable is None
        and not rules.has_effects(table)
        and (actor.trusted or not any(child.minimum for child in table.children))
    )


def _stands(change: Change) -> Outcome:
    created = change.verb == "create"
    warnings = {name: list(said) for name, said in change.warnings.items() if said}
    return Outcome(change.new["id"], True, created or change.new["version"] != change.old["version"], created, warnings=warnings)


class _Chunk:
    """Some rows that are written together."""

    def __init__(self, db: Session, actor: Actor, table: Table, changes: ChangeSet, confirm: bool) -> None:
        self.db, self.actor, self.table, self.changes, self.confirm = db, actor, table, changes, confirm
        self.ahead = Lookahead(db, actor, table)
        self.waiting: list[tuple[Change, list[str]]] = []
        """Rows that stand, on their way into the database, with the fields that change."""
        self.written: list[tuple[Change, list[str]]] = []
        self.savepoint: SessionTransaction | None = None

    def write(self, rows: Sequence[Row]) -> list[Outcome] | None:
        """What became of the rows; None where the database refused one of them: nothing is written then."""
        try:
            judged = self._judge(self._begin(rows))
            self._flush()
        except IntegrityError:
            assert self.savepoint is not None
            self.savepoint.rollback()
            return None
        self._tell()
        if self.savepoint is not None:
            self.savepoint.commit()
        return [found if isinstance(found, Outcome) else _stands(found) for _row, found in judged]

    def _begin(self, rows: Sequence[Row]) -> list[tuple[Row, Change | Outcome]]:
        """The rows as writes in the making, each value looked at by itself."""
        old = values.load(self.db, self.table, [row.id for row in rows if row.id is not None], "edit")
        begun = [(row, self._take(row, old)) for row in rows]
        self.ahead.look([change for _row, change in begun if isinstance(change, Change)])
        return begun

    def _take(self, row: Row, old: Mapping[int, Mapping[str, Any]]) -> Change | Outcome:
        try:
            held = old.get(row.id) if row.id is not None else None
            if row.id is not None and (
                held is None or held["deleted_at"] is not None or not access.permits(self.actor, self.table, "read", held)
            ):
                raise Missing(self.table.name, row.id)
            change = prepare.begin(self.db, self.actor, self.table, "create" if held is None else "edit", held or prepare.NOTHING)
            change.ahead = self.ahead
            prepare.demand(change)
            prepare.fill(change, row.values)
            for name, said in row.errors.items():
                change.errors[name].extend(said)
            if held is not None:
                compare(change, held["version"] if row.version is None else row.version)
        except (Forbidden, Stale, Missing) as refused:
            return _refused(row, refused)
        return change

    def _judge(self, begun: Sequence[tuple[Row, Change | Outcome]]) -> list[tuple[Row, Change | Outcome]]:
        """What stands against each row; those that stand wait to be written, or are as they shall be already."""
        judged: list[tuple[Row, Change | Outcome]] = []
        with self._seen():
            for row, change in begun:
                judged.append((row, self._stand(row, change) if isinstance(change, Change) else change))
        return judged

    def _stand(self, row: Row, change: Change) -> Change | Outcome:
        try:
            prepare.judge(change, writes=True)
            prepare.settle(change, confirm=self.confirm)
        except (Invalid, Unconfirmed) as refused:
            return _refused(row, refused)
        names = prepare.changed(change)
        if change.verb == "create" or names:
            self.waiting.append((change, names))
            self.ahead.written(change)
        return change

    @contextmanager
    def _seen(self) -> Iterator[None]:
        """Before anything is asked of the database, the rows that stand are put there."""

        def ask(_state: Any) -> None:
            if self.waiting:
                self._flush()

        event.listen(self.db, "do_orm_execute", ask)
        try:
            yield
        finally:
            event.remove(self.db, "do_orm_execute", ask)

    # Into the database

    def _flush(self) -> None:
        """Put the waiting rows there, in their order; neighbours of one kind in one statement."""
        waiting, self.waiting = self.waiting, []
        if not waiting:
            return
        if self.savepoint is None:
            _ = self.changes.id  # before the savepoint: the set outlives rows that are refused inside it
            self.savepoint = self.db.begin_nested()
        for change, _names in waiting:
            change.new["updated_at"], change.new["updated_by"] = self.changes.at, self.changes.actor.account
        for verb, run in groupby(waiting, key=lambda one: one[0].verb):
            several = list(run)
            (self._insert if verb == "create" else self._update)(several)
            self.written += several

    def _insert(self, run: Sequence[tuple[Change, list[str]]]) -> None:
        table, stored = self.table, values.stored(self.table)
        fresh = [change.new for change, _names in run]
        made = {"created_at": self.changes.at, "created_by": self.changes.actor.account, "deleted_at": None, "deleted_by": None}
        for new in fresh:
            new.update(made)
        for one in stored:
            if one.spec.number:
                self._number(one.name, one.spec.number, run)
        for new, id_ in zip(fresh, load.next_ids(self.db, table, len(fresh)), strict=True):
            new["id"] = id_
        names = [one.name for one in stored if not one.common]
        self.db.execute(insert(table.sql), [{**values.columns(table, new, names), **{name: new[name] for name in COMMON}} for new in fresh])
        self._link(run)
        for change, _names in run:
            change.id = change.new["id"]

    def _number(self, name: str, pattern: str, run: Sequence[tuple[Change, list[str]]]) -> None:
        unnumbered = [(change, names) for change, names in run if empty(change.new[name])]
        given = next_numbers(self.db, self.actor.centre, pattern, self.changes.at.astimezone(LOCAL).date(), len(unnumbered))
        for (change, names), number in zip(unnumbered, given, strict=True):
            change.new[name] = number
            names.append(name)

    def _update(self, run: Sequence[tuple[Change, list[str]]]) -> None:
        """One statement sets what changes in any of them: the rows are locked, and nobody else changed the rest."""
        own, table = self.table.sql.c, self.table
        every = list(dict.fromkeys(name for _change, names in run for name in names))
        kept = []
        for change, _names in run:
            new = change.new
            new["version"] = change.old["version"] + 1
            common = {name: new[name] for name in ("version", "updated_at", "updated_by")}
            kept.append({**values.columns(table, new, every), **common, "this": new["id"], "before": change.old["version"]})
        where = (own.id == bindparam("this"), own.version == bindparam("before"))
        self.db.execute(sql_update(table.sql).where(*where), kept)
        self._link(run)

    def _link(self, run: Sequence[tuple[Change, list[str]]]) -> None:
        for name, several in self.table.fields.items():
            if several.kind is Kind.REFERENCES:
                changed = [change for change, names in run if name in names]
                links = [(one.new["id"], one.new["centre_id"], one.old.get(name) or (), one.new[name]) for one in changed]
                values.relink_many(self.db, several, links)

    def _tell(self) -> None:
        """History and search of all rows of the chunk."""
        if not self.written:
            return
        told = []
        for change, names in self.written:
            record = Record(change.new["centre_id"], self.table.name, change.new["id"])
            old, new = history.packed(self.table, change.old, change.new, names)
            told.append(self.changes.row(record, change.verb, change.new["version"], old, new, change.actor))
        self.changes.changes(told)
        searched = {one.name for one in fields_of(self.table)}
        found = [change.new for change, names in self.written if change.verb == "create" or not searched.isdisjoint(names)]
        search.index_all(self.db, self.table, found)
