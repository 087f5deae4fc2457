"""What a picker offers: a few records to refer to, found by name, number or pinyin, those used lately first."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, false, or_, select, type_coerce
from sqlalchemy.orm import Session

from models.fields import EMPTY, FILLED, Kind
from models.system import Recent
from services.crud import columns, search
from services.crud.access import Actor, scope
from services.crud.columns import Loose, Source
from services.crud.order import order_of
from services.crud.registry import Field, Table
from services.crud.searchtext import Query, normal, parse
from services.crud.selection import Condition, readable
from services.crud.titles import UNREADABLE, lines
from services.platform.db import is_sqlite
from services.platform.settings import settings

_WINDOW = 500
"""So many of the newest records with the words are looked at first."""
_recent: Any = Recent.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Option:
    """A record that can be chosen: what it is called, and a second line that tells it from others."""

    id: int
    text: str
    second: str


@dataclass(frozen=True)
class Picked:
    """What a picker offers."""

    options: list[Option]
    more: bool
    """There are further ones: type more to find them."""


def pick(db: Session, actor: Actor, table: Table, term: str, narrow: Mapping[str, Any] | None = None, limit: int | None = None) -> Picked:
    """The records that the actor may refer to, best first: by code, by title, by any searched text. Without a term: those used lately.

    `narrow`: field → value (or several, `FILLED`, `EMPTY`) that they must have; None leaves a field open.
    """
    most = min(limit or settings().picker_rows, settings().picker_rows)
    look = _Look(db, actor, table, narrow or {}, most + 1)
    ids = look.by(term) if term.strip() else look.lately()
    return Picked(options(db, actor, table, ids[:most], term), len(ids) > most)


def chosen(db: Session, actor: Actor, table: Table, ids: Iterable[int]) -> list[Option]:
    """These records as a picker shows them, in the same order; of one that the actor may not read only that it is there."""
    wanted = list(ids)
    called = lines(db, table, wanted, actor)
    return [Option(id_, *called.get(id_, (UNREADABLE, ""))) for id_ in wanted]


def options(db: Session, actor: Actor, table: Table, ids: Sequence[int], term: str = "") -> list[Option]:
    """These records with their two lines; those whose title is or begins with the term come first."""
    called = lines(db, table, ids, actor)
    found = [Option(id_, *called[id_]) for id_ in ids if id_ in called]
    sought = normal(term)
    if sought:
        found.sort(key=lambda one: _nearness(normal(one.text), sought))
    return found


def _nearness(title: str, sought: str) -> int:
    return 0 if title == sought else 1 if title.startswith(sought) else 2


class _Look:
    """One look for records under conditions, until there are enough."""

    def __init__(self, db: Session, actor: Actor, table: Table, narrow: Mapping[str, Any], enough: int) -> None:
        self.db, self.actor, self.table, self.enough = db, actor, table, enough
        self.where = self.conditions(table.sql, narrow)
        self.loose = self.conditions(Loose(table.sql), narrow) if is_sqlite(db) else self.where
        """The same where the ids are known: SQLite would read the whole centre."""
        self.centre = None if scope(actor, table, "read") == "all" else actor.centre

    def conditions(self, source: Source, narrow: Mapping[str, Any]) -> list[Condition]:
        conditions = [narrowed(self.table.fields[name], source, wanted) for name, wanted in narrow.items() if wanted is not None]
        return [*readable(self.actor, self.table, source), *conditions]

    def ids(self, *conditions: Condition, by: Any = None) -> list[int]:
        own = self.table.sql.c
        found = select(own.id).where(*conditions).order_by(own.id.desc() if by is None else by).limit(self.enough)
        return list(self.db.execute(found).scalars())

    def lately(self) -> list[int]:
        """Those that the account used last, then the first of the list."""
        own = self.table.sql
        used: list[int] = []
        if self.actor.account is not None:
            mine = (_recent.c.account_id == self.actor.account, _recent.c.table_name == self.table.name)
            joined = select(own.c.id).select_from(_recent.join(own, own.c.id == _recent.c.record_id))
            used = list(self.db.execute(joined.where(*mine, *self.where).order_by(_recent.c.at.desc()).limit(self.enough)).scalars())
        if len(used) >= self.enough:
            return used
        segments = order_of(self.table, "", own, centre=self.centre).segments()
        for segment in segments:
            found = segment.statement(own, [own.c.id], [], tuple(self.where), self.enough, is_sqlite(self.db))
            used += self.db.execute(found).scalars()
        return list(dict.fromkeys(used))[: self.enough]

    def by(self, term: str) -> list[int]:
        """Those whose code begins with the term, those with its words in the title, those with them anywhere."""
        query = parse(term)
        found: dict[int, None] = dict.fromkeys(self.coded(term))
        stages: tuple[Callable[[Query], tuple[list[int], bool]], ...] = (self.titled, self.anywhere)
        complete = False
        for stage in stages if query.words else ():
            if len(found) < self.enough:
                ids, complete = stage(query)
                found |= dict.fromkeys(ids)
        if query.words and len(found) < self.enough and not complete:
            found |= dict.fromkeys(self.ids(search.tested(self.table, query, self.table.sql), *self.where))
        return list(found)[: self.enough]

    def titled(self, query: Query) -> tuple[list[int], bool]:
        return self.among(query, title=True)

    def anywhere(self, query: Query) -> tuple[list[int], bool]:
        return self.among(query, title=False)

    def among(self, query: Query, *, title: bool) -> tuple[list[int], bool]:
        """Those among the newest with the words; and whether these are all."""
        if not query.tokens():
            return [], False
        near = search.candidates(self.db, self.table, query, _WINDOW, centre=self.centre, title=title)
        found = self.ids(search.among(self.db, self.table.sql.c.id, near), *self.loose) if near else []
        return found, len(near) < _WINDOW

    def coded(self, term: str) -> list[int]:
        """Those of which a code that an index leads to begins with the term."""
        sought = "".join(unicodedata.normalize("NFKC", term).split())
        codes = [field for field in self.table.declared if _is_key(field)]
        if not sought.isascii() or not codes:
            return []
        spellings = dict.fromkeys((sought, sought.upper(), sought.lower()))
        found: dict[int, None] = {}
        for field in codes:
            column = self.table.sql.c[field.name]
            for spelling in spellings:
                # In the order of the code, so that its index serves the condition and the order.
                found |= dict.fromkeys(self.ids(column >= spelling, column < spelling + "\U0010ffff", *self.where, by=column))
        return list(found)


def _is_key(field: Field) -> bool:
    spec = field.spec
    return field.kind is Kind.CODE and field.column is not None and not spec.sensitive and (spec.unique or spec.column)


def narrowed(field: Field, source: Source, wanted: Any) -> Condition:
    """The condition that a picker's offer meets: this value, one of several, `FILLED` or `EMPTY`."""
    several = list(wanted) if isinstance(wanted, tuple | list | set | frozenset) else [wanted]
    if field.kind is Kind.REFERENCES:
        link = field.link.c
        linked = select(link.target_id).where(link.owner_id == source.c.id)
        if wanted is EMPTY:
            return ~linked.exists()
        return (linked if wanted is FILLED else linked.where(link.target_id.in_(several))).exists()
    value = columns.value(field, source)
    if wanted is FILLED or wanted is EMPTY:
        return value.is_not(None) if wanted is FILLED else value.is_(None)
    if not several:
        return false()
    if field.kind is Kind.CHOICES:
        return or_(*(type_coerce(value, Text()).contains(f'"{code}"', autoescape=True) for code in several))
    return value.in_(several) if len(several) > 1 else value == several[0]
