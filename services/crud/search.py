"""Search over all tables: the index of what `searchtext` makes of each record, written with it, and how lists are searched."""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

from sqlalchemy import (
    BigInteger,
    FromClause,
    Select,
    String,
    cast,
    column,
    delete,
    false,
    func,
    literal,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy import table as sql_table
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement, Label

from models.system import SearchEntry
from services.crud.access import Actor, may, scope
from services.crud.order import Driven, Key, Order, Segment, Term, Where
from services.crud.registry import Table, referring, tables
from services.crud.registry import table as described
from services.crud.searchtext import LONGEST, Query, body_of, fields_of, normal, parse, title_of, tokens
from services.crud.titles import lines, titles
from services.platform.db import is_sqlite
from services.platform.settings import settings

RARE = 2_000
"""Up to so many records are fetched from the index at once; what is found more often is tested while the list is walked."""

DDL: dict[str, tuple[str, ...]] = {
    "sqlite": (
        "CREATE VIRTUAL TABLE IF NOT EXISTS search_index USING fts5"
        "(tokens, content='', contentless_delete=1, detail=none, tokenize='ascii')",
        # Bulk loads are written in larger pieces: half the time.
        "INSERT INTO search_index (search_index, rank) VALUES ('hashsize', 16777216)",
    ),
    "postgresql": (
        "ALTER TABLE search_entry ADD COLUMN IF NOT EXISTS tokens tsvector",
        "CREATE INDEX IF NOT EXISTS ix_search_entry_tokens ON search_entry USING gin (tokens)",
    ),
}
"""What makes the index, by dialect, once `search_entry` is there."""


_entry: Any = SearchEntry.__table__  # type: ignore[attr-defined]
_index = sql_table("search_index", column("rowid", BigInteger), column("search_index", String))


# Writing the index


def base_of(table: Table) -> int:
    """What is added to a record's id to make that of its entry."""
    return (crc32(table.name.encode()) & 0x7FFFFFFF) << 32


def index(db: Session, table: Table, id: int, row: Mapping[str, Any]) -> None:
    """Make a record found by what it holds now; after each write of it, also when it comes back from the trash.

    `row`: its values by field, references as ids, and its `centre_id`. A new title reaches the records that refer to it.
    """
    index_all(db, table, [{**row, "id": id}])


def index_all(db: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Make records found by what they hold now, as `index` does with one; each is there once."""
    for other, ids in index_many(db, table, rows).items():
        _again(db, other, ids)


def remove(db: Session, table: Table, id: int) -> None:
    """Let a record be found in the trash only."""
    remove_all(db, table, [id])


def remove_all(db: Session, table: Table, ids: Iterable[int]) -> None:
    """Let records be found in the trash only."""
    there = [base_of(table) + id_ for id_ in sorted(ids)]
    if not fields_of(table) or not there:
        return
    for start in range(0, len(there), _CHUNK):
        db.execute(update(_entry).where(among(db, _entry.c.id, there[start : start + _CHUNK])).values(live=False))
    if is_sqlite(db):
        db.execute(text("DELETE FROM search_index WHERE rowid = :id"), [{"id": one} for one in there])
    else:
        db.execute(text("UPDATE search_entry SET tokens = NULL WHERE id = ANY(CAST(:ids AS bigint[]))"), {"ids": there})


def index_many(db: Session, table: Table, records: Sequence[Mapping[str, Any]]) -> dict[Table, list[int]]:
    """Make many records found by what they hold (values by field, with `id` and `centre_id`; deleted ones with `deleted_at`).

    Gives back, by table, the records that must be indexed again because they name one whose title changed.
    """
    if not fields_of(table) or not records:
        return {}
    base = base_of(table)
    called = _called(db, table, records)
    known = among(db, _entry.c.id, [base + record["id"] for record in records])
    old = {id_: (body, live) for id_, body, live in db.execute(select(_entry.c.id, _entry.c.body, _entry.c.live).where(known))}
    changed: list[dict[str, Any]] = []
    renamed: list[int] = []
    for record in records:
        body, live = body_of(table, record, called), record.get("deleted_at") is None
        before = old.get(base + record["id"])
        if before == (body, live):
            continue
        if before and title_of(before[0]) != title_of(body):
            renamed.append(record["id"])
        changed.append({"id": base + record["id"], "centre_id": record["centre_id"], "table_name": table.name,
                        "record_id": record["id"], "live": live, "body": body})  # fmt: skip
    _put(db, table, changed, [entry["id"] for entry in changed if entry["id"] in old])
    return _naming(db, table, renamed) if renamed else {}


def rebuild(db: Session, centre: int | None = None) -> int:
    """Make the entries of every record anew (of one centre, or of all): how many."""
    gone = delete(_entry) if centre is None else delete(_entry).where(_entry.c.centre_id == centre)
    if is_sqlite(db):
        whole = "" if centre is None else " WHERE rowid IN (SELECT id FROM search_entry WHERE centre_id = :centre)"
        db.execute(text(f"DELETE FROM search_index{whole}"), {} if centre is None else {"centre": centre})
    db.execute(gone)
    count = 0
    for table in tables().values():
        wanted = select(*_columns(table)).order_by(table.sql.c.id)
        if centre is not None:
            wanted = wanted.where(table.sql.c.centre_id == centre)
        last = 0
        while chunk := [dict(row) for row in db.execute(wanted.where(table.sql.c.id > last).limit(_CHUNK)).mappings()]:
            index_many(db, table, chunk)
            last = chunk[-1]["id"]
            count += len(chunk)
    return count


_CHUNK = 1_000


def _columns(table: Table) -> list[Any]:
    own = table.sql.c
    return [own.id, own.centre_id, own.deleted_at, *(own[field.name] for field in fields_of(table))]


def _called(db: Session, table: Table, records: Sequence[Mapping[str, Any]]) -> dict[tuple[str, int], str]:
    """The titles of the records that these refer to in searched fields: one statement for each table referred to."""
    wanted: dict[str, set[int]] = {}
    for field in fields_of(table):
        if field.spec.target:
            ids = {record[field.name] for record in records if record.get(field.name) is not None}
            wanted.setdefault(field.spec.target, set()).update(ids)
    return {(name, id_): title for name, ids in wanted.items() if ids for id_, title in titles(db, described(name), ids).items()}


def _put(db: Session, table: Table, entries: list[dict[str, Any]], known: list[int]) -> None:
    if not entries:
        return
    if known:
        db.execute(delete(_entry).where(among(db, _entry.c.id, known)))
    live = [entry for entry in entries if entry["live"]]
    if not is_sqlite(db):
        _insert(db, table, entries)
        return
    db.execute(_entry.insert(), entries)
    if known:
        db.execute(text("DELETE FROM search_index WHERE rowid = :id"), [{"id": id_} for id_ in known])
    if live:
        made = [{"id": entry["id"], "tokens": " ".join(tokens(entry["body"]))} for entry in live]
        db.execute(text("INSERT INTO search_index (rowid, tokens) VALUES (:id, :tokens)"), made)


def _insert(db: Session, table: Table, entries: Sequence[Mapping[str, Any]]) -> None:
    """All entries in one statement: PostgreSQL takes half the time."""
    made = {name: [entry[name] for entry in entries] for name in ("id", "centre_id", "record_id", "live", "body")}
    marked = [" ".join(_marked(table, entry)) if entry["live"] else None for entry in entries]
    db.execute(_INSERT, {**made, "table_name": table.name, "tokens": marked})


_INSERT = text(
    "INSERT INTO search_entry (id, centre_id, table_name, record_id, live, body, tokens)"
    " SELECT id, centre_id, CAST(:table_name AS text), record_id, live, body, array_to_tsvector(string_to_array(tokens, ' '))"
    " FROM unnest(CAST(:id AS bigint[]), CAST(:centre_id AS int[]), CAST(:record_id AS int[]), CAST(:live AS boolean[]),"
    " CAST(:body AS text[]), CAST(:tokens AS text[])) AS made (id, centre_id, record_id, live, body, tokens)"
)


def _marked(table: Table, entry: Mapping[str, Any]) -> list[str]:
    return [*_places(table, entry["centre_id"]), *tokens(entry["body"])]


def _places(table: Table, centre: int | None) -> list[str]:
    """Tokens of where an entry belongs: in PostgreSQL's index, which keeps no order, they narrow a search to one list."""
    of_all = f"\ue001{table.name}"
    return [of_all] if centre is None else [of_all, _place_of(centre), f"{of_all}\ue002{centre}"]


def _narrowest(table: Table, centre: int | None) -> str:
    """The token of the one list: the others are those of many more entries, which take long to go through."""
    return _places(table, centre)[-1]


def _place_of(centre: int) -> str:
    return f"\ue002{centre}"


def _naming(db: Session, table: Table, ids: list[int]) -> dict[Table, list[int]]:
    """The records whose searched text names these."""
    found: dict[Table, list[int]] = {}
    for field in referring(table.name):
        other = described(field.table)
        if field in fields_of(other) and field.column is not None:
            found.setdefault(other, []).extend(db.execute(select(other.sql.c.id).where(field.column.in_(ids))).scalars())
    return found


def _again(db: Session, table: Table, ids: list[int]) -> None:
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), _CHUNK):
        chunk = select(*_columns(table)).where(among(db, table.sql.c.id, wanted[start : start + _CHUNK]))
        for other, more in index_many(db, table, [dict(row) for row in db.execute(chunk).mappings()]).items():
            _again(db, other, more)


# Searching a list


@dataclass(frozen=True)
class Match:
    """How the records of a list are searched."""

    condition: ColumnElement[bool]
    """Whether a record is found."""
    query: Query
    frequent: bool
    """Whether more are found than `RARE`: then the condition tests each record by itself."""
    walked: bool = False
    """Whether the index can be walked instead."""


def match(db: Session, table: Table, given: str, source: FromClause, *, centre: int | None, trash: bool = False) -> Match | None:
    """How to find the records of a table (of a centre, or of all) with every word of a text; None without any text."""
    if not given.strip():
        return None
    query = parse(given)
    if not query.words or not fields_of(table):
        return Match(false(), query, frequent=False)
    each = Match(tested(table, query, source), query, frequent=True)
    if trash or not query.tokens():
        return each
    ids = candidates(db, table, query, RARE + 1, centre=centre)
    return replace(each, walked=True) if len(ids) > RARE else Match(among(db, source.c.id, ids), query, frequent=False)


def candidates(db: Session, table: Table, query: Query, limit: int, *, centre: int | None, title: bool = False) -> list[int]:
    """The ids of the newest live records with every word (`title`: in their title), whoever may read them."""
    found = _candidates(table, query, sqlite=is_sqlite(db), centre=centre, title=title)
    base = base_of(table)
    return [entry - base for entry in db.execute(found.limit(limit)).scalars()]


def _candidates(table: Table, query: Query, *, sqlite: bool, centre: int | None, title: bool) -> Select[Any]:
    base = base_of(table)
    if sqlite:
        found = (
            select(_index.c.rowid).where(_matched(query, title), _index.c.rowid.between(base, base + _IDS)).order_by(_index.c.rowid.desc())
        )
        if query.exact:
            return found
        return found.select_from(Driven(_index, _entry, _entry.c.id == _index.c.rowid)).where(*_meets(query))
    asked = query.tsquery(_narrowest(table, centre), title=title)
    return select(_entry.c.id).where(_tokens.op("@@")(cast(asked, TSQUERY)), *([] if query.exact else _meets(query)))


_IDS = 2**32 - 1
_tokens: Any = literal_column("search_entry.tokens")


def _matched(query: Query, title: bool = False) -> ColumnElement[bool]:
    return _index.c.search_index.op("MATCH", is_comparison=True)(query.match(title))


def _meets(query: Query) -> list[ColumnElement[bool]]:
    """What decides whether a record is found."""
    return [_entry.c.body.like(f"%{word.pattern}%") for word in query.words]


def tested(table: Table, query: Query, source: FromClause) -> ColumnElement[bool]:
    """Whether a record has every word, looked up in its entry."""
    there = _entry.c.id == cast(source.c.id, BigInteger) + base_of(table)
    return select(_entry.c.id).where(there, *_meets(query)).exists()


def among(db: Session, id_: ColumnElement[int], ids: Iterable[int]) -> ColumnElement[bool]:
    """The condition of being one of many ids: one parameter, however many there are."""
    wanted = list(ids)
    if not wanted:
        return false()
    if is_sqlite(db):
        each = func.json_each(json.dumps(wanted)).table_valued("value", name="each")
        return id_.in_(select(each.c.value))
    return id_ == func.any(literal(wanted, ARRAY(id_.type)))


def found_by_index(table: Table, query: Query, source: FromClause, *, centre: int | None) -> tuple[FromClause, Where]:
    """What is found often, to be counted: from PostgreSQL's index to the records."""
    asked = query.tsquery(_narrowest(table, centre))
    where: Where = (_tokens.op("@@")(cast(asked, TSQUERY)),)
    return _entry.join(source, source.c.id == _entry.c.record_id), where if query.exact else (*where, *_meets(query))


class Newest(Order):
    """The order of what is found often: newest first (or last), driven by SQLite's index, which keeps its rows in that order."""

    def __init__(self, table: Table, query: Query, source: FromClause, *, descending: bool) -> None:
        base = base_of(table)
        driven = Driven(_index, source, source.c.id == _index.c.rowid - base)
        super().__init__(driven, [Term(_index.c.rowid, descending)])
        self._base, self._id = base, source.c.id
        self.where: Where = (_matched(query), _index.c.rowid.between(base, base + _IDS))
        if not query.exact:
            self.where += (tested(table, query, source),)

    def key_columns(self) -> list[Label[Any]]:
        """The id alone."""
        return [self._id.label("key_0")]

    def segments(self, behind: Key | None = None, backwards: bool = False) -> list[Segment]:
        """One, behind the row of that id."""
        found = super().segments(None if behind is None else (self._base + behind[-1],), backwards)
        return [replace(segment, where=(*self.where, *segment.where)) for segment in found]


# Searching all tables


@dataclass(frozen=True)
class Hit:
    """A record found in whatever table."""

    table: Table
    id: int
    title: str
    second: str
    highlight: tuple[tuple[int, int], ...]
    """Where in the title words of the query stand: from, to."""


def find(db: Session, actor: Actor, given: str, limit: int | None = None) -> list[Hit]:
    """The records of all tables, as far as the actor may read them, with every word somewhere: those first that have them in the title.

    A single letter or digit finds nothing by itself. Of what is found very often, each table brings its newest.
    """
    most = min(limit or settings().search_rows, settings().search_rows)
    query = parse(given)
    readable = {base_of(table): table for table in tables().values() if fields_of(table) and may(actor, table, "read")}
    if not query.tokens() or not readable:
        return []
    every = any(scope(actor, table, "read") == "all" for table in readable.values())
    found: dict[tuple[str, int], Hit] = {}
    for title in (True, False):
        if len(found) < most:
            entries = _everywhere(db, query, most, centre=None if every else actor.centre, title=title)
            for base, ids in entries.items():
                if base in readable:
                    found |= {(hit.table.name, hit.id): hit for hit in _hits(db, actor, readable[base], ids, given)}
    order = {table.name: place for place, table in enumerate(readable.values())}
    best = sorted(found.values(), key=lambda hit: (-_weight(hit.title, query), order[hit.table.name], -hit.id))
    return best[:most]


def _hits(db: Session, actor: Actor, table: Table, ids: list[int], given: str) -> list[Hit]:
    called = lines(db, table, ids, actor)
    return [Hit(table, id_, title, second, _spans(title, given)) for id_, (title, second) in called.items()]


def _weight(title: str, query: Query) -> int:
    """How well a title fits: its words of the query, and whether it begins with one or is one."""
    plain = f" {normal(title)}"
    words = [word.pattern.strip() for word in query.words]
    return 4 * sum(word in plain for word in words) + 2 * (plain.strip() in words) + any(plain.strip().startswith(word) for word in words)


def _spans(title: str, given: str) -> tuple[tuple[int, int], ...]:
    small = title.casefold()
    if len(small) != len(title):
        return ()
    words = (unicodedata.normalize("NFKC", word).casefold() for word in given[:LONGEST].split())
    return tuple(sorted((place, place + len(word)) for word in words if (place := small.find(word)) >= 0))


_AT_ONCE = 5_000
_TABLES = 12


def _everywhere(db: Session, query: Query, each: int, *, centre: int | None, title: bool) -> dict[int, list[int]]:
    """Base of a table → the ids of its newest records with every word, at most so many."""
    entries = (_newest_of_each if is_sqlite(db) else _ranked)(db, query, each, centre, title)
    found: dict[int, list[int]] = {}
    for entry in entries:
        base, id_ = entry >> 32 << 32, entry & _IDS
        here = found.setdefault(base, [])
        if len(here) < each:
            here.append(id_)
    return found


def _newest_of_each(db: Session, query: Query, each: int, centre: int | None, title: bool) -> list[int]:
    """SQLite's index gives its rows in order: the newest of all; where those are too many, table by table."""
    found = select(_index.c.rowid).where(_matched(query, title)).order_by(_index.c.rowid.desc())
    if centre is not None or not query.exact:
        theirs = [] if centre is None else [_entry.c.centre_id == centre]
        found = found.select_from(Driven(_index, _entry, _entry.c.id == _index.c.rowid)).where(*theirs, *_meets(query))
    entries = list(db.execute(found.limit(_AT_ONCE)).scalars())
    if len(entries) < _AT_ONCE:
        return entries
    for _place in range(_TABLES):
        # The rows of the next table lie below those of this one.
        more = list(db.execute(found.where(_index.c.rowid < entries[-1] >> 32 << 32).limit(each)).scalars())
        entries += more
        if not more:
            break
    return entries


def _ranked(db: Session, query: Query, each: int, centre: int | None, title: bool) -> list[int]:
    """PostgreSQL's index keeps no order: all that is found, the newest of each table."""
    asked = query.tsquery(*([] if centre is None else [_place_of(centre)]), title=title)
    there = (_tokens.op("@@")(cast(asked, TSQUERY)), *([] if query.exact else _meets(query)))
    rank = func.row_number().over(partition_by=_entry.c.table_name, order_by=_entry.c.id.desc()).label("rank")
    ranked = select(_entry.c.id, rank).where(*there).subquery()
    return list(db.execute(select(ranked.c.id).where(ranked.c.rank <= each).order_by(ranked.c.id.desc())).scalars())
