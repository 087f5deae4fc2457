"""All change sets of a centre: who may look through them, a page of them by what was done, and what one of them changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, true
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from models.accounts import OVERSEERS
from services.crud import history
from services.crud.access import Actor
from services.crud.errors import Missing
from services.crud.history import FieldChange
from services.crud.periods import end_of, start_of
from services.crud.query import Count
from services.crud.registry import tables
from services.crud.titles import titles
from services.platform.i18n import Message, msg
from services.platform.settings import settings

_SETS = SQLModel.metadata.tables["change_set"]
_CHANGES = SQLModel.metadata.tables["change"]
COUNTED = 1_000
"""Changes of a change set that are counted for the list; more are only said to be more."""


@dataclass(frozen=True)
class Told:
    """A change set as the history tells it."""

    id: int
    centre: int
    at: datetime
    account: int | None
    actor: str
    source: str
    action: str
    table: str
    reason: str
    undoes: int | None


_COLUMNS = (
    _SETS.c.id, _SETS.c.centre_id, _SETS.c.at, _SETS.c.account_id, _SETS.c.actor, _SETS.c.source, _SETS.c.action, _SETS.c.table_name,
    _SETS.c.reason, _SETS.c.undoes,
)  # fmt: skip


def oversees(actor: Actor) -> bool:
    """Whether the actor may look at what everybody in the centre did; everybody may look at what they did themselves."""
    return actor.trusted or bool(actor.roles & OVERSEERS)


def _visible(actor: Actor) -> ColumnElement[bool]:
    centre = _SETS.c.centre_id == actor.centre
    return centre if oversees(actor) else and_(centre, _SETS.c.account_id == (actor.account or 0))


def find(db: Session, actor: Actor, id: int, *, lock: bool = False) -> Told:
    """A change set. `lock`: nobody else undoes it until the transaction ends.

    Raises:
        Missing: there is none, or it is not for this actor to look at.
    """
    query = select(*_COLUMNS).where(_SETS.c.id == id, _visible(actor))
    row = db.execute(query.with_for_update() if lock else query).first() if 0 < id < 2**31 else None
    if row is None:
        raise Missing("change_set", id)
    return _told(row)


def _told(row: Sequence[Any]) -> Told:
    return Told(*row)


def mine(db: Session, actor: Actor, ids: Sequence[int]) -> set[int]:
    """Those of these change sets that the actor may look at."""
    wanted = list(dict.fromkeys(ids))
    return set(db.execute(select(_SETS.c.id).where(_SETS.c.id.in_(wanted), _visible(actor))).scalars()) if wanted else set()


def undone_by(db: Session, id: int) -> Told | None:
    """The change set that undid this one, unless that was undone in turn."""
    for row in db.execute(select(*_COLUMNS).where(_SETS.c.undoes == id).order_by(_SETS.c.id.desc())).all():
        if undone_by(db, row.id) is None:
            return _told(row)
    return None


def newest(db: Session, actor: Actor) -> int | None:
    """The change set that this person wrote last, in this session."""
    if actor.account is None:
        return None
    own = (_SETS.c.centre_id == actor.centre, _SETS.c.account_id == actor.account, _SETS.c.session == actor.session)
    return db.execute(select(_SETS.c.id).where(*own).order_by(_SETS.c.at.desc(), _SETS.c.id.desc()).limit(1)).scalar()


# Looking through them


@dataclass(frozen=True)
class Sought:
    """Which change sets: as the address says it."""

    who: int | None = None
    """Account."""
    table: str = ""
    action: str = ""
    source: str = ""
    since: date | None = None
    until: date | None = None
    text: str = ""
    """In the reason."""
    record: int | None = None
    """A record of the table."""

    @classmethod
    def from_params(cls, params: Mapping[str, Sequence[str]]) -> "Sought":
        """What an address asks for; what can't be understood is left out."""
        said = {name: values[0].strip() for name, values in params.items() if values}

        def number(name: str) -> int | None:
            text = said.get(name, "")
            return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:10]) < 2**31 else None

        def day(name: str) -> date | None:
            try:
                return date.fromisoformat(said.get(name, ""))
            except ValueError:
                return None

        table = said.get("table", "")
        return cls(
            number("who"), table if table in tables() else "", said.get("action", "")[:40], said.get("source", "")[:20], day("from"),
            day("to"), said.get("q", "")[:200], number("record") if table in tables() else None,
        )  # fmt: skip

    def to_params(self) -> dict[str, list[str]]:
        """The same as an address."""
        names = {"since": "from", "until": "to", "text": "q"}
        return {names.get(one.name, one.name): [str(value)] for one in fields(self) if (value := getattr(self, one.name))}

    def but(self, **changes: Any) -> "Sought":
        """The same with other values."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Line:
    """A change set in the list."""

    told: Told
    action: Message
    source: Message
    table: str
    """What kind of records it is about, in the reader's language."""
    count: Count
    """Changes."""
    record: tuple[str, int] | None
    """Table and id, where it is about one record."""
    title: str
    """Of that record, if the reader may know it."""
    undone: bool


@dataclass(frozen=True)
class Page:
    """A page of change sets, newest first."""

    lines: list[Line]
    next: str
    """Key for `after` of the next page; empty: this is the last."""


def page(db: Session, actor: Actor, sought: Sought, after: str = "", size: int | None = None) -> Page:
    """Change sets that the actor may look at, newest first. A constant number of statements."""
    size = size or settings().page_size
    own = _SETS.c
    query = select(*_COLUMNS).where(_visible(actor), *_conditions(sought), _behind(after))
    rows = [_told(row) for row in db.execute(query.order_by(own.at.desc(), own.id.desc()).limit(size + 1))]
    shown, last = rows[:size], rows[size - 1] if len(rows) > size else None
    return Page(_lines(db, actor, shown), f"{last.at.timestamp():.6f}.{last.id}" if last else "")


def _conditions(sought: Sought) -> Iterable[ColumnElement[bool]]:
    own = _SETS.c
    for column, wanted in (
        (own.account_id, sought.who),
        (own.table_name, sought.table),
        (own.action, sought.action),
        (own.source, sought.source),
    ):
        if wanted and not (column is own.table_name and sought.record):
            yield column == wanted
    if sought.since:
        yield own.at >= start_of(sought.since)
    if sought.until:
        yield own.at < end_of(sought.until)
    if sought.text:
        yield own.reason.icontains(sought.text, autoescape=True)
    if sought.record:
        there = _CHANGES.c
        about = (there.centre_id == own.centre_id, there.table_name == sought.table, there.record_id == sought.record)
        yield own.id.in_(select(there.change_set_id).where(*about))


def _behind(after: str) -> ColumnElement[bool]:
    seconds, _dot, id_ = after.rpartition(".")
    try:
        at, key = datetime.fromtimestamp(float(seconds), start_of(date(2000, 1, 1)).tzinfo), int(id_)
    except (ValueError, OverflowError, OSError):
        return true()
    if not 0 < key < 2**31:
        return true()
    own = _SETS.c
    return or_(own.at < at, and_(own.at == at, own.id < key))


def _lines(db: Session, actor: Actor, found: Sequence[Told]) -> list[Line]:
    ids = [one.id for one in found]
    if not ids:
        return []
    own = _CHANGES.c
    asked: list[Any] = []
    for id_ in ids:
        several = select(literal(1)).where(own.change_set_id == id_).limit(COUNTED + 1).subquery()
        asked += [select(func.count()).select_from(several).scalar_subquery().label(f"n{id_}"),
                  select(func.min(own.id)).where(own.change_set_id == id_).scalar_subquery().label(f"first{id_}")]  # fmt: skip
    answers = list(db.execute(select(*asked)).one())
    counts = {id_: Count(min(n, COUNTED), n <= COUNTED) for id_, n in zip(ids, answers[::2], strict=True)}
    query = select(own.change_set_id, own.table_name, own.record_id).where(own.id.in_([one for one in answers[1::2] if one]))
    firsts: dict[int, tuple[str, int]] = {row.change_set_id: (row.table_name, row.record_id) for row in db.execute(query)}
    single = {id_: record for id_, record in firsts.items() if counts[id_].value == 1 and counts[id_].exact}
    named = {
        (name, id_): title
        for name in {name for name, _id in single.values() if name in tables()}
        for id_, title in titles(db, tables()[name], [id_ for own_name, id_ in single.values() if own_name == name], actor).items()
    }
    undone = {one for one in db.execute(select(_SETS.c.undoes).where(_SETS.c.undoes.in_(ids))).scalars() if undone_by(db, one or 0)}
    return [
        Line(one, history.action_title(one.action, one.table), history.source_title(one.source), _kind_of(one, firsts.get(one.id)),
             counts[one.id], single.get(one.id), named.get(single.get(one.id, ("", 0)), ""), one.id in undone)
        for one in found
    ]  # fmt: skip


def _kind_of(one: Told, first: tuple[str, int] | None) -> str:
    name = one.table or (first[0] if first else "")
    return tables()[name].plural if name in tables() else ""


# What one of them changed


@dataclass(frozen=True)
class Difference:
    """What a change set did to one record."""

    id: int
    table: str
    record: int
    title: str
    """Empty: the reader may not read the record, and its changes are not told."""
    gone: bool
    """It is in the trash now."""
    verb: Message
    by_rule: bool
    changes: list[FieldChange]


@dataclass(frozen=True)
class Differences:
    """A page of what a change set did, in the order in which it was done."""

    several: list[Difference]
    next: int | None


def differences(db: Session, actor: Actor, told: Told, after: int = 0, size: int | None = None) -> Differences:
    """What a change set did, record by record, in words; a page of it."""
    size = size or settings().undo_rows_shown
    own = _CHANGES.c
    query = select(_CHANGES).where(own.change_set_id == told.id, own.id > after).order_by(own.id).limit(size + 1)
    rows = [dict(row) for row in db.execute(query).mappings()]
    shown = rows[:size]
    said: dict[int, Difference] = {}
    for name in dict.fromkeys(row["table_name"] for row in shown):
        said |= _told_of(db, actor, name, [row for row in shown if row["table_name"] == name])
    return Differences([said[row["id"]] for row in shown], shown[-1]["id"] if len(rows) > size else None)


def _told_of(db: Session, actor: Actor, name: str, rows: list[dict[str, Any]]) -> dict[int, Difference]:
    """The changes of one table."""
    table = tables().get(name)
    if table is None:
        return {row["id"]: Difference(row["id"], name, row["record_id"], "", True, msg("Changed"), False, []) for row in rows}
    ids = [row["record_id"] for row in rows]
    called = titles(db, table, ids, actor)
    source = table.sql.c
    gone = set(db.execute(select(source.id).where(source.id.in_(ids), source.deleted_at.is_not(None))).scalars())
    words = history.told(db, actor, table, [row for row in rows if row["record_id"] in called])
    told_ = dict(zip((row["id"] for row in rows if row["record_id"] in called), words, strict=True))
    return {
        row["id"]: Difference(
            row["id"], name, row["record_id"], called.get(row["record_id"], ""), row["record_id"] in gone, history.verb_title(row["verb"]),
            row["by_rule"], told_.get(row["id"], []),
        )
        for row in rows
    }  # fmt: skip
