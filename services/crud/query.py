"""The one way to read: rights, trash, filters and search are applied here, whoever asks and for whatever.

Every list of rows is a keyset page: its cost does not grow with the rows before it, and the number of statements does
not grow with the rows on it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import FromClause, Select, literal, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from models.base import VERBS
from models.fields import Kind
from services.crud import columns, settled
from services.crud.access import Actor, may, rows, scope, usable
from services.crud.columns import Loose
from services.crud.errors import Missing
from services.crud.listing import Listing, counted, listing
from services.crud.order import Key, Order
from services.crud.pagekey import ForeignKey, decode, encode
from services.crud.registry import Field, Table, referring
from services.crud.registry import table as described
from services.crud.selection import readable
from services.crud.titles import Ref, refer, second_of, title_of, titles, uncover
from services.crud.values import load
from services.crud.view import LAST, View
from services.platform.db import is_sqlite
from services.platform.i18n import Message, msg
from services.platform.settings import settings

__all__ = [
    "Backlink", "Count", "Missing", "Page", "Ref", "Row", "backlinks", "count", "every", "exists", "find_by_hash", "matching", "neighbours",
    "page", "permitted", "raw", "record", "second_of", "some", "title_of", "titles",
]  # fmt: skip

Row = dict[str, Any]
"""A record as a person may see it: field → value, with `id` and `version`. References are `Ref`s, sensitive values masked."""

BOUND = -1
"""Count as far as the settings say."""


@dataclass(frozen=True)
class Page:
    """A page of a list."""

    rows: list[Row]
    first: str
    """Key of the first row, for `before` of the page before; empty without rows."""
    last: str
    """Key of the last row, for `after` of the next page."""
    has_next: bool
    has_previous: bool
    refused: Message | None = None
    """Why the page is the first one instead of the one that was asked for."""


@dataclass(frozen=True)
class Count:
    """How many there are; not exact: at least so many."""

    value: int
    exact: bool

    def __str__(self) -> str:
        return str(self.value) if self.exact else f"{self.value}+"


@dataclass(frozen=True)
class Backlink:
    """How many records refer to one record by one of their fields."""

    table: Table
    field: Field
    count: Count


# Lists


def page(db: Session, actor: Actor, table: Table, view: View) -> Page:
    """One page of a list: the rows that the actor may read, with the columns of the view and what their titles and colours need.

    A key that is broken or belongs to another list gives the first page and says so in `refused`.
    Statements: one for the rows (two where a page goes from filled to empty values, three in the order of a reference), those
    of a search, one for each table referred to and one for each field of several references.
    """
    here = listing(db, actor, table, view)
    digest = view.digest(table)
    behind, backwards, refused = _start(view, digest, here.order)
    fields = _shown(table, view)
    plain = [field for field in fields if field.kind is not Kind.REFERENCES]
    found = here.fetch(db, _columns(plain, here.source, trash=view.trash), view.size + 1, behind, backwards)
    more = len(found) > view.size
    found = found[: view.size]
    if backwards:
        found.reverse()
    width = len(here.order.key_columns())
    keys = [encode(digest, tuple(row[-width:])) for row in (found[:1] + found[-1:])]
    return Page(
        rows=_rows(db, actor, fields, plain, found, trash=view.trash),
        first=keys[0] if keys else "",
        last=keys[-1] if keys else "",
        has_next=more if not backwards else behind is not None,
        has_previous=more if backwards else behind is not None,
        refused=refused,
    )


def _start(view: View, digest: str, order: Order) -> tuple[Key | None, bool, Message | None]:
    """Behind which row the page begins, whether it is read backwards, and why it is the first one after all."""
    if view.before == LAST:
        return None, True, None
    text = view.before or view.after
    if not text:
        return None, False, None
    try:
        return decode(text, digest, order), bool(view.before), None
    except ForeignKey:
        return None, False, msg("This page belongs to another list or another order: here is the first page.")


def _shown(table: Table, view: View) -> list[Field]:
    """The fields of a list's rows: its columns, the titles, the state, and what decides on colours and on whether they are settled."""
    names = view.columns or [field.name for field in table.list_fields]
    conditions = (*table.screen.row_colours.values(), *([table.screen.settled] if table.screen.settled else ()))
    coloured = [name for condition in conditions for name in condition.conditions]
    state = [table.state.name] if table.state else []
    every = dict.fromkeys([*names, *(field.name for field in table.titles), *state, *coloured])
    return [field for name in every if (field := table.fields.get(name)) is not None and not field.spec.hidden]


def _columns(fields: Iterable[Field], source: FromClause, *, trash: bool = False) -> list[ColumnElement[Any]]:
    gone = [source.c.deleted_at, source.c.deleted_by] if trash else []
    return [source.c.id, source.c.version, *gone, *(columns.value(field, source).label(field.name) for field in fields)]


def _rows(
    db: Session, actor: Actor, fields: Sequence[Field], plain: Sequence[Field], found: Sequence[Any], *, trash: bool = False
) -> list[Row]:
    names = ["id", "version", *(["deleted_at", "deleted_by"] if trash else []), *(field.name for field in plain)]
    made: list[Row] = [dict(zip(names, row, strict=False)) for row in found]
    uncover(plain, made, actor)
    _link(db, [field for field in fields if field.kind is Kind.REFERENCES], made)
    refer(db, fields, made, actor)
    return made


def _link(db: Session, fields: Iterable[Field], made: Sequence[Row]) -> None:
    """Put the ids of several references into the rows."""
    by_id = {row["id"]: row for row in made}
    for field in fields:
        for row in made:
            row[field.name] = []
        link = field.link.c
        chosen = select(link.owner_id, link.target_id).where(link.owner_id.in_(list(by_id))).order_by(link.target_id)
        for owner, target in db.execute(chosen) if by_id else ():
            by_id[owner][field.name].append(target)


def every(
    db: Session, actor: Actor, table: Table, view: View, fields: Sequence[Field], verb: str = "read", at_once: int = 1_000
) -> Iterator[list[Row]]:
    """All rows of a list with these fields, in its order, so many at a time; `verb`: only those with which the actor may do that.

    One listing for all pages, then the statements of a page each time: memory and cost of a page don't grow with the rows before.
    """
    here = _granted(listing(db, actor, table, view), actor, verb)
    plain = [field for field in fields if field.kind is not Kind.REFERENCES]
    wanted, width = _columns(plain, here.source, trash=view.trash), len(here.order.key_columns())
    behind: Key | None = None
    while found := here.fetch(db, wanted, at_once, behind):
        yield _rows(db, actor, fields, plain, found, trash=view.trash)
        if len(found) < at_once:
            return
        behind = tuple(found[-1][-width:])


def _granted(here: Listing, actor: Actor, verb: str) -> Listing:
    """Only the records with which the actor may do this besides reading them."""
    if scope(actor, here.table, verb) == scope(actor, here.table, "read"):
        return here
    return replace(here, where=(*here.where, rows(actor, here.table, verb, Loose(here.source) if here.sqlite else here.source)))


def count(db: Session, actor: Actor, table: Table, view: View, bound: int | None = BOUND, verb: str = "read") -> Count:
    """How many records the view selects: up to the bound of the settings, up to another one, or (None) exactly."""
    here = _granted(listing(db, actor, table, view, ordered=False), actor, verb)
    bound = settings().count_bound if bound == BOUND else bound
    value = db.execute(select(counted(here.select(literal(1)), bound))).scalar_one()
    return _counted(value, bound)


def _counted(value: int, bound: int | None) -> Count:
    return Count(value, exact=True) if bound is None or value <= bound else Count(bound, exact=False)


def matching(db: Session, actor: Actor, table: Table, view: View, limit: int) -> list[int]:
    """The ids of the records that the view selects, in its order, at most so many."""
    here = listing(db, actor, table, view)
    return [row[0] for row in here.fetch(db, [here.source.c.id], limit)]


def some(db: Session, actor: Actor, table: Table, ids: Iterable[int], names: Iterable[str]) -> dict[int, Row]:
    """Of these records those that the actor may read, by id, with the fields of these names and what titles and colours need.

    Statements: one for the records, one for each table referred to and one for each field of several references.
    """
    fields = _shown(table, View(columns=tuple(names)))
    plain = [field for field in fields if field.kind is not Kind.REFERENCES]
    source = table.sql
    wanted = sorted(set(ids))
    # The ids lead to the records: SQLite would read the whole centre.
    may = readable(actor, table, columns.Loose(source) if is_sqlite(db) else source)
    found = select(*_columns(plain, source)).where(source.c.id.in_(wanted), *may)
    return {row["id"]: row for row in _rows(db, actor, fields, plain, db.execute(found).all() if wanted else [])}


def neighbours(db: Session, actor: Actor, table: Table, view: View, id: int) -> tuple[int | None, int | None]:
    """The records before and behind this one in the list of the view; none where the list does not have it."""
    here = listing(db, actor, table, view)
    key = db.execute(here.select(*here.order.key_columns()).where(here.source.c.id == id)).first()
    if key is None:
        return None, None
    before, behind = (here.fetch(db, [here.source.c.id], 1, tuple(key), backwards) for backwards in (True, False))
    return before[0][0] if before else None, behind[0][0] if behind else None


# Records


def record(db: Session, actor: Actor, table: Table, id: int, trash: bool = False) -> Row:
    """All that the actor may see of a record (`trash`: of a deleted one, which the actor may bring back).

    Raises:
        Missing: there is none, or the actor may not know of it.
    """
    fields = [field for field in table.fields.values() if not field.spec.hidden]
    plain = [field for field in fields if field.kind is not Kind.REFERENCES]
    source = table.sql
    wanted = select(*_columns(plain, source, trash=trash)).where(source.c.id == id, *readable(actor, table, source, trash=trash))
    found = db.execute(wanted).all() if _is_id(id) else []
    if not found:
        raise Missing(table.name, id)
    return _rows(db, actor, fields, plain, found, trash=trash)[0]


def raw(db: Session, table: Table, id: int) -> dict[str, Any]:
    """A record as it is kept, unmasked, deleted or not; for rules, never for people.

    Raises:
        Missing: there is none.
    """
    found = load(db, table, [id]) if _is_id(id) else {}
    if id not in found:
        raise Missing(table.name, id)
    return found[id]


def exists(db: Session, actor: Actor, table: Table, id: int) -> bool:
    """Whether the actor may read a live record of this id."""
    there = select(literal(1)).where(table.sql.c.id == id, *readable(actor, table, table.sql))
    return _is_id(id) and db.execute(there).first() is not None


def permitted(db: Session, actor: Actor, table: Table, id: int) -> frozenset[str]:
    """What the actor may do with this very record, whatever became of it: verbs. One statement; one more for what goes with another."""
    possible = [rows(actor, table, verb).label(f"may {verb}") for verb in VERBS]
    wanted = select(table.sql, *possible).where(table.sql.c.id == id)
    found = db.execute(wanted).mappings().first() if _is_id(id) else None
    if found is None:
        return frozenset()
    fixed = ("edit", "delete") if settled.reason(db, actor, table, dict(found)) else ()
    return frozenset(verb for verb in VERBS if found[f"may {verb}"] and verb not in fixed)


def _is_id(id: int) -> bool:
    return 0 < id < 2**31


def find_by_hash(db: Session, table: Table, field: Field, fingerprint: str, centre: int) -> list[int]:
    """The live records of a centre whose sensitive field has this fingerprint (`crypto.keyed_hash`): for the check of uniqueness,
    the only way in which a sensitive value can be looked for."""
    own = table.sql.c
    there = select(own.id).where(own.centre_id == centre, own[f"{field.name}__hash"] == fingerprint, own.deleted_at.is_(None))
    return list(db.execute(there).scalars())


def backlinks(db: Session, actor: Actor, table: Table, id: int) -> list[Backlink]:
    """What refers to this record, by table and field, as far as the actor may read it. One statement."""
    bound = settings().count_bound
    known = [(described(field.table), field) for field in referring(table.name)]
    fields = [(other, field) for other, field in known if usable(field) and may(actor, other, "read") and not field.spec.computed]
    if not fields:
        return []
    totals = [counted(_referring(actor, other, field, id), bound) for other, field in fields]
    found = db.execute(select(*(total.label(f"n{place}") for place, total in enumerate(totals)))).one()
    return [Backlink(other, field, _counted(value, bound)) for (other, field), value in zip(fields, found, strict=True)]


def _referring(actor: Actor, table: Table, field: Field, id: int) -> Select[Any]:
    source = table.sql
    found = select(literal(1)).where(rows(actor, table), source.c.deleted_at.is_(None))
    if field.kind is Kind.REFERENCES:
        link = field.link
        return found.select_from(source.join(link, link.c.owner_id == source.c.id)).where(link.c.target_id == id)
    return found.where(source.c[field.name] == id)
