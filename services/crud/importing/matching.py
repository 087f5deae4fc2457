"""What a file calls a record → the record: by its title, its number or code, or its name."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.fields import Kind
from services.crud import access, references, titles
from services.crud.access import Actor
from services.crud.registry import Field, Table
from services.crud.registry import table as described
from services.crud.sortkey import sort_key
from services.crud.validate import Problem
from services.platform.i18n import msg
from services.platform.settings import settings

_SEVERAL = re.compile(r"[;；,，、\n|]")
_MOST = 50_000
"""Records that are looked at for the names of a chunk."""
_NUMBERED = re.compile(r"#(\d{1,10})")


def same(text: str) -> str:
    """A name as it is compared: full width, capitals and blanks don't count."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass
class _Known:
    """Records of one table by what they may be called."""

    complete: bool
    """All that the actor may refer to; otherwise only those that were asked for."""
    by: list[dict[str, set[int]]] = field(default_factory=lambda: [defaultdict(set), defaultdict(set)])
    """First what tells one record (its title, a number, a code), then a name or another text."""
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What decides whether a field takes the record."""
    asked: set[str] = field(default_factory=set)
    flooded: bool = False
    """More are called so than were looked at: that a name is the only one of its kind is not known."""


class Matcher:
    """Finds the records that the cells of an import name; what was found is kept for the rows that follow."""

    def __init__(self, db: Session, actor: Actor, table: Table, fields: Iterable[Field]) -> None:
        self.db, self.actor, self.table = db, actor, table
        self.fields = [one for one in fields if one.spec.target]
        self._known: dict[str, _Known] = {}

    def learn(self, texts: Mapping[str, Iterable[Any]]) -> None:
        """Look up what the next rows name: field → the cells."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for one in self.fields:
            for cell in texts.get(one.name, ()):
                wanted[one.spec.target].update(_names(one, cell))
        for target, names in wanted.items():
            self._look(described(target), names)

    def find(self, one: Field, cell: Any, values: Mapping[str, Any]) -> Any:
        """The id that a cell means (of several references a list); `values`: the rest of the row, by which the choice is narrowed.

        Raises:
            Problem: none or several are called so.
        """
        if cell is None:
            return None
        ids = [self._one(one, name, values) for name in _names(one, cell)]
        return sorted(set(ids)) if one.kind is Kind.REFERENCES else ids[0] if ids else None

    def _one(self, one: Field, name: str, values: Mapping[str, Any]) -> int:
        target, known = described(one.spec.target), self._known[one.spec.target]
        for place, by in enumerate(known.by):
            ids = by.get(same(name), set())
            fitting = {id_ for id_ in ids if references.fits(one, known.rows[id_], values)}
            found = fitting or ids
            if len(found) == 1 and not (place and known.flooded):
                return next(iter(found))
            if found:
                said = msg("{n} × {what} are called “{name}”. Write the number of the one that is meant.", n=len(found),
                           what=target.label_plural, name=name[:40])  # fmt: skip
                raise Problem(said)
        if numbered := _NUMBERED.fullmatch(name.strip()):
            return int(numbered[1])
        near = get_close_matches(same(name), [key for by in known.by for key in by][:2_000], n=1, cutoff=0.7) if known.complete else []
        if near:
            raise Problem(
                msg("There is no “{name}” among the {what}. Is “{near}” meant?", name=name[:40], what=target.label_plural, near=near[0])
            )
        raise Problem(msg("There is no “{name}” among the {what}. Write its name or number as it stands there.", name=name[:40],
                          what=target.label_plural))  # fmt: skip

    # Looking up

    def _look(self, target: Table, names: set[str]) -> None:
        known = self._known.get(target.name)
        if known is None:
            own, most = target.sql.c, settings().import_known
            some = select(own.id).where(*self._usable(target)).limit(most + 1).subquery()
            known = self._known[target.name] = _Known(self.db.execute(select(func.count()).select_from(some)).scalar_one() <= most)
            if known.complete:
                self._add(target, known, self.db.execute(select(own.id).where(*self._usable(target))).scalars())
        fresh = names - known.asked
        if known.complete or not fresh:
            return
        known.asked |= fresh
        self._add(target, known, self._called(target, fresh))

    def _usable(self, target: Table) -> tuple[Any, ...]:
        own = target.sql.c
        return own.centre_id == self.actor.centre, own.deleted_at.is_(None), access.rows(self.actor, target)

    def _called(self, target: Table, names: set[str]) -> set[int]:
        """Records of a large table that may be called so."""
        own = target.sql.c
        parts = {part for name in names for part in _beginnings(name)}
        ways = []
        for one in _texts(target):
            if f"{one.name}__sort" in own:
                ways.append(own[f"{one.name}__sort"].in_({sort_key(part) for part in parts}))
            else:
                ways.append(own[one.name].in_({*parts, *(unicodedata.normalize("NFKC", part) for part in parts)}))
        found = list(self.db.execute(select(own.id).where(*self._usable(target), or_(*ways)).limit(_MOST + 1)).scalars())
        self._known[target.name].flooded |= len(found) > _MOST
        return set(found)

    def _add(self, target: Table, known: _Known, ids: Iterable[int]) -> None:
        own, fresh = target.sql.c, set(ids) - known.rows.keys()
        if not fresh:
            return
        texts = _texts(target)
        narrow = {name for one in self.fields if one.spec.target == target.name for name in one.spec.narrow if name in own}
        columns = [own.id, *(own[name] for name in {*narrow, *(one.name for one in texts)})]
        called = titles.titles(self.db, target, fresh, self.actor)
        for start in range(0, len(fresh), 5_000):
            part = sorted(fresh)[start : start + 5_000]
            for row in self.db.execute(select(*columns).where(own.id.in_(part))).mappings():
                known.rows[row["id"]] = dict(row)
                known.by[0][same(called.get(row["id"], ""))].add(row["id"])
                for one in texts:
                    if row[one.name]:
                        known.by[0 if one.spec.unique else 1][same(row[one.name])].add(row["id"])


def _texts(target: Table) -> list[Field]:
    """The texts by which a record may be called: its titles, what is unique, numbers and codes of the second line."""
    named = dict.fromkeys((*target.titles, *(one for one in target.declared if one.spec.unique), *target.second))
    return [one for one in named if one.is_text and one.kind is not Kind.LONG_TEXT and access.usable(one) and one.column is not None]


def _names(one: Field, cell: Any) -> list[str]:
    """The records that a cell names."""
    if cell is None:
        return []
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    parts = _SEVERAL.split(text) if one.kind is Kind.REFERENCES else [text]
    return [part.strip() for part in parts if part.strip()]


def _beginnings(name: str) -> list[str]:
    """A title may be made of several texts: what its first one may be."""
    words = name.split(" ")[:8]
    return [" ".join(words[:count]) for count in range(1, len(words) + 1)] + ([name] if len(words) == 8 else [])
