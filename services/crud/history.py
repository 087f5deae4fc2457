"""What changed, who did it, when, why and from where: written in the transaction of the change itself, never altered.

Everything that one action writes is one change set. `change_set` opens one; writes inside it (also those of effects)
join it, and count as done by the actor who opened it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from models.fields import Kind
from services.crud import access, values
from services.crud.access import Actor
from services.crud.registry import Field, Table, tables
from services.crud.titles import refer, text_of
from services.crud.validate import empty
from services.crud.values import Record
from services.platform.i18n import Message, _, format_money, format_number, label, msg, pgettext

_SETS = SQLModel.metadata.tables["change_set"]
_CHANGES = SQLModel.metadata.tables["change"]
_EVENTS = SQLModel.metadata.tables["event"]

APPEND_ONLY = ("change_set", "change", "event")
DDL: dict[str, list[str]] = {
    "sqlite": [
        f"create trigger {table}_no_{verb} before {verb} on {table} begin select raise(abort, '{table} is append only'); end"
        for table in APPEND_ONLY
        for verb in ("update", "delete")
    ],
    "postgresql": [
        "create function append_only() returns trigger language plpgsql as "
        "$$ begin raise exception '% is append only', tg_table_name using errcode = 'restrict_violation'; end $$",
        *(
            f"create trigger {table}_append_only before update or delete or truncate on {table} "
            "for each statement execute function append_only()"
            for table in APPEND_ONLY
        ),
    ],
}
"""Triggers by which the database itself refuses to alter the history; made once, by the migrations."""


BESIDE = ("attach", "detach", "password")
"""Changes beside the fields of a record: they make no new version of it."""
LONGEST = 200
"""Characters of a value that are shown of a change."""
_SHOWN = 200
"""Changes of a record that are shown at once."""


class ChangeSet:
    """All that one action changes. Its row is written with the first change."""

    def __init__(
        self,
        db: Session,
        actor: Actor,
        action: str,
        table: str,
        reason: str,
        at: datetime,
        id: int | None = None,
        undoes: int | None = None,
    ) -> None:
        self.db, self.actor, self.action, self.table, self.reason, self.at = db, actor, action, table, reason, at
        self._id, self.undoes = id, undoes

    @property
    def id(self) -> int:
        """Its key; writes its row if that has not been done."""
        if self._id is None:
            row = {
                "centre_id": self.actor.centre, "at": self.at, "account_id": self.actor.account, "actor": self.actor.name,
                "roles": sorted(self.actor.roles), "source": self.actor.source, "session": self.actor.session,
                "action": self.action, "table_name": self.table, "reason": self.reason, "undoes": self.undoes,
            }  # fmt: skip
            self._id = self.db.execute(insert(_SETS), row).inserted_primary_key[0]  # type: ignore[attr-defined]
        return self._id

    def change(
        self, record: Record, verb: str, version: int, old: Mapping[str, Any], new: Mapping[str, Any], by: Actor | None = None
    ) -> None:
        """Note what became of a record: the fields that changed, before and after, packed. `by`: who wrote it, if not the actor."""
        self.changes([self.row(record, verb, version, old, new, by)])

    def row(
        self, record: Record, verb: str, version: int, old: Mapping[str, Any], new: Mapping[str, Any], by: Actor | None = None
    ) -> dict[str, Any]:
        """A change as `changes` takes it. One that a rule of the product made with its own rights (`Change.by_rule`) is told apart."""
        return {
            "change_set_id": self.id, "centre_id": record.centre, "table_name": record.table, "record_id": record.id, "verb": verb,
            "version": version, "old": dict(old), "new": dict(new), "by_rule": by is not None and by.trusted and not self.actor.trusted,
        }  # fmt: skip

    def changes(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Note what became of several records."""
        if rows:
            self.db.execute(insert(_CHANGES), rows)

    def event(self, record: Record, move: str, source: str | None, target: str, note: str) -> None:
        """Note a move from one state to another."""
        row = {
            "change_set_id": self.id, "centre_id": record.centre, "table_name": record.table, "record_id": record.id, "move": move,
            "from_state": source, "to_state": target, "at": self.at, "account_id": self.actor.account, "actor": self.actor.name,
            "note": note,
        }  # fmt: skip
        self.db.execute(insert(_EVENTS), row)


_open: ContextVar[ChangeSet | None] = ContextVar("open change set", default=None)


@contextmanager
def change_set(
    db: Session,
    actor: Actor,
    action: str,
    table: str = "",
    *,
    reason: str = "",
    at: datetime | None = None,
    continuing: int | None = None,
    undoes: int | None = None,
) -> Iterator[ChangeSet]:
    """The change set of what is written inside; inside another one of the same transaction it is that one.

    `action`: create, edit, a move's name, bulk, import, …; `at`: when it happened, if not now (records of the past);
    `continuing`: the change set of an earlier transaction (of a job, perhaps in another process) that this one adds to;
    `undoes`: the change set that it takes back.
    """
    around = _open.get()
    if around is not None and around.db is db:
        yield around
        return
    made = ChangeSet(db, actor, action, table, reason, at or datetime.now(UTC), continuing, undoes)
    token = _open.set(made)
    try:
        yield made
    finally:
        _open.reset(token)


@dataclass(frozen=True)
class Since:
    """What others did to a record after a version of it: field → its value at that version, packed; who was last, and when."""

    base: Mapping[str, Any]
    complete: bool
    """False: not every version left its trace, so any field may have changed."""
    who: str
    when: datetime


def since(db: Session, record: Record, version: int, now: int) -> Since:
    """What happened to a record between two of its versions."""
    query = (
        select(_CHANGES.c.version, _CHANGES.c.old, _CHANGES.c.new, _SETS.c.actor, _SETS.c.at)
        .join(_SETS, _SETS.c.id == _CHANGES.c.change_set_id)
        .where(_CHANGES.c.centre_id == record.centre, _CHANGES.c.table_name == record.table, _CHANGES.c.record_id == record.id)
        .where(_CHANGES.c.version > version, _CHANGES.c.verb.not_in(BESIDE))
        .order_by(_CHANGES.c.id)
    )
    base: dict[str, Any] = {}
    rows = db.execute(query).all()
    for row in rows:
        for name in (*row.old, *row.new):
            base.setdefault(name, row.old.get(name))
    complete = version <= now and [row.version for row in rows] == list(range(version + 1, now + 1))
    return Since(base, complete, rows[-1].actor if rows else "", rows[-1].at if rows else datetime.now(UTC))


def packed(table: Table, old: Mapping[str, Any], new: Mapping[str, Any], names: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The named fields of a record before and after, as a change keeps them."""
    before = {name: values.pack(table.fields[name], old[name]) for name in names if name in old}
    after = {name: values.pack(table.fields[name], new[name]) for name in names}
    return before, after


# In plain words


@dataclass(frozen=True)
class FieldChange:
    """What became of one field, as text in the reader's language, masked where the reader sees a mask."""

    field: str
    title: str
    old_text: str
    new_text: str


@dataclass(frozen=True)
class Entry:
    """What one change set did to a record."""

    change_set: int
    at: datetime
    actor: str
    action: Message
    reason: str
    source: Message
    version: int
    changes: list[FieldChange]


_ACTIONS = {
    "create": label("history", "Created"),
    "edit": label("history", "Changed"),
    "move": label("history", "Moved"),
    "delete": label("history", "Put into the trash"),
    "restore": label("history", "Restored"),
    "attach": label("history", "File added"),
    "detach": label("history", "File removed"),
    "password": label("history", "New password"),
    "bulk": label("history", "Several at once"),
    "import": label("history", "Import"),
    "undo": label("history", "Undone"),
    "load": label("history", "Loaded"),
    "export": label("history", "Export"),
}
_SOURCES = {
    "screen": msg("On the screen"),
    "import": msg("By an import"),
    "job": msg("By the system"),
    "command": msg("By a command"),
    "seed": msg("Supplied with the system"),
}


def actions() -> dict[str, Message]:
    """What change sets can be, moves aside: name → title."""
    return dict(_ACTIONS)


def sources() -> dict[str, Message]:
    """From where change sets can come: name → title."""
    return dict(_SOURCES)


def verb_title(verb: str) -> Message:
    """What was done to a record, in words."""
    return _ACTIONS.get(verb, _ACTIONS["edit"])


def source_title(source: str) -> Message:
    """From where a change set came, in words."""
    return _SOURCES.get(source, _SOURCES["job"])


def action_title(action: str, table: str) -> Message:
    """What a change set was, in words: an action, or a move of its table."""
    flow = tables()[table].flow if table in tables() else None
    moves = {move.name: label(table, move.title) for move in flow.moves} if flow else {}
    return _ACTIONS.get(action) or moves.get(action) or _ACTIONS["edit"]


def of(db: Session, actor: Actor, table: Table, id: int, before: int | None = None) -> list[Entry]:
    """What happened to a record, newest first, at most 200 changes (`before`: those before this change set).

    Raises:
        Missing: no such record for this actor.
    """
    record = values.known(db, actor, table, id)
    query = (
        select(_CHANGES, _SETS.c.at, _SETS.c.actor, _SETS.c.action, _SETS.c.reason, _SETS.c.source)
        .join(_SETS, _SETS.c.id == _CHANGES.c.change_set_id)
        .where(_CHANGES.c.centre_id == record.centre, _CHANGES.c.table_name == record.table, _CHANGES.c.record_id == id)
    )
    query = query.where(_CHANGES.c.change_set_id < before) if before is not None else query
    rows = [dict(row) for row in db.execute(query.order_by(_CHANGES.c.id.desc()).limit(_SHOWN)).mappings()]
    moves = _moves(db, table, record)
    return [
        Entry(row["change_set_id"], row["at"], row["actor"], _title(table, row, moves), row["reason"], source_title(row["source"]),
              row["version"], changes)
        for row, changes in zip(rows, told(db, actor, table, rows), strict=True)
    ]  # fmt: skip


def _title(table: Table, row: Mapping[str, Any], moves: Mapping[tuple[int, str | None], Message]) -> Message:
    """What was done to the record: the move that was made, or what was taken back."""
    if row["action"] == "undo":
        return _ACTIONS["undo"]
    return moves.get((row["change_set_id"], _reached(table, row)), _ACTIONS[row["verb"]])


def _reached(table: Table, row: Mapping[str, Any]) -> str | None:
    return row["new"].get(table.flow.field) if table.flow and row["verb"] == "move" else None


def _moves(db: Session, table: Table, record: Record) -> dict[tuple[int, str | None], Message]:
    """The titles of the moves that were made, by change set and the state they led to."""
    if table.flow is None:
        return {}
    titles = {move.name: label(table.name, move.title) for move in table.flow.moves}
    own = _EVENTS.c
    where = (own.centre_id == record.centre, own.table_name == record.table, own.record_id == record.id)
    made = db.execute(select(own.change_set_id, own.to_state, own.move).where(*where))
    return {(row.change_set_id, row.to_state): titles[row.move] for row in made if row.move in titles}


def told(db: Session, actor: Actor, table: Table, rows: list[dict[str, Any]]) -> list[list[FieldChange]]:
    """The changes of each row in words: references by their titles, one statement for each table referred to."""
    shown = [field for field in values.stored(table) if not field.spec.hidden and not field.common]
    sides: list[dict[str, Any]] = []
    for row in rows:
        names = {*row["old"], *row["new"]}
        fields = [field for field in shown if field.name in names]
        sides += [{field.name: values.unpack(field, side.get(field.name)) for field in fields} for side in (row["old"], row["new"])]
    refer(db, shown, sides, actor)
    found = []
    for row, old, new in zip(rows, sides[::2], sides[1::2], strict=True):
        changes = [
            FieldChange(
                name,
                table.fields[name].title,
                _spelled(actor, table.fields[name], old[name]),
                _spelled(actor, table.fields[name], new[name]),
            )
            for name in new
        ]
        if row["verb"] in ("attach", "detach"):
            changes = [FieldChange("", _("File"), row["old"].get("file", ""), row["new"].get("file", ""))]
        found.append(changes)
    return found


def _spelled(actor: Actor, field: Field, value: Any) -> str:
    """A value in the reader's language; masked where they see a mask."""
    if empty(value):
        return ""
    if field.spec.sensitive and not access.sees(actor, field):
        return access.mask(field.spec.mask, value)
    match field.kind:
        case Kind.BOOLEAN:
            return _("Yes") if value else _("No")
        case Kind.MONEY:
            return format_money(value)
        case Kind.PERCENT:
            return f"{format_number(value)}%"
    text = text_of(field, value) if field.kind is not Kind.POINT else f"{format_number(value[0])}, {format_number(value[1])}"
    if field.spec.unit:
        text = f"{text} {pgettext(field.table, field.spec.unit)}"
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
