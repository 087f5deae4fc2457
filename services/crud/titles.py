"""What records are called: the text of their title fields, wherever something refers to them."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.crud import columns
from services.crud.access import Actor, mask, rows, sees
from services.crud.registry import Field, Table
from services.crud.registry import table as described
from services.platform.crypto import Unreadable, unseal
from services.platform.db import is_sqlite
from services.platform.i18n import _, format_date, format_duration, format_moment, format_number

log = logging.getLogger("centre.titles")

UNREADABLE = "—"
"""Stands for the title of a record that the actor may not read, and for a value that nobody can."""
_DEEPEST = 2
"""A title may name a record by what it refers to, and that one again; no further."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Ref:
    """A record that another one refers to: its id and what it is called."""

    id: int
    title: str

    def __str__(self) -> str:
        return self.title


def titles(db: Session, table: Table, ids: Iterable[int], actor: Actor | None = None) -> dict[int, str]:
    """What these records are called, deleted ones too: all that exist; with an actor, those that the actor may read."""
    return {id_: text for id_, (text, _second) in lines(db, table, ids, actor, second=False).items()}


def lines(
    db: Session, table: Table, ids: Iterable[int], actor: Actor | None = None, *, second: bool = True, deepest: int = _DEEPEST
) -> dict[int, tuple[str, str]]:
    """The title and the second line of records: one statement, and one for each table that these lines refer to."""
    wanted = sorted(set(ids))
    shown = [*table.titles, *(table.second if second else ())]
    fields = list({field.name: field for field in shown if not field.spec.hidden}.values())
    found: dict[int, dict[str, Any]] = {}
    source = table.sql
    selected = select(source.c.id, *(columns.value(field, source).label(field.name) for field in fields))
    for start in range(0, len(wanted), _AT_ONCE):
        here = selected.where(source.c.id.in_(wanted[start : start + _AT_ONCE]))
        if actor is not None:
            here = here.where(rows(actor, table, columns=columns.Loose(source) if is_sqlite(db) else source))
        found |= {row[0]: dict(zip([field.name for field in fields], row[1:], strict=True)) for row in db.execute(here)}
    uncover(fields, found.values(), actor)
    refer(db, fields, found.values(), actor, deepest=deepest - 1)
    return {id_: (title_of(table, {"id": id_, **values}), second_of(table, values)) for id_, values in found.items()}


def uncover(fields: Iterable[Field], records: Collection[dict[str, Any]], actor: Actor | None) -> None:
    """Open the sealed values of these fields: plain for who may see them, masked for everybody else."""
    for field in fields:
        if not field.spec.sensitive:
            continue
        plain = actor is not None and sees(actor, field)
        for record in records:
            sealed = record.get(field.name)
            if sealed is not None:
                record[field.name] = _opened(field, record, sealed, plain)


def _opened(field: Field, record: Mapping[str, Any], sealed: str, plain: bool) -> str:
    """The value, or what stands for one that was sealed with another key: the rest of the record can still be read."""
    try:
        text = unseal(sealed)
    except Unreadable:
        log.error("%s.%s of record %s is sealed with another key", field.table, field.name, record.get("id"))
        return UNREADABLE
    return text if plain else mask(field.spec.mask, text)


def refer(
    db: Session, fields: Iterable[Field], records: Collection[dict[str, Any]], actor: Actor | None, *, deepest: int = _DEEPEST
) -> None:
    """Put a `Ref` in place of each id (a list of them in place of several): one statement for each table referred to.

    Who made or changed a record is named to everybody who may see the record.
    """
    by_target: dict[tuple[str, bool], list[Field]] = {}
    for field in fields:
        if field.spec.target:
            by_target.setdefault((field.spec.target, field.common), []).append(field)
    for (target, common), referring in by_target.items():
        ids = {id_ for record in records for field in referring for id_ in _ids(record.get(field.name))}
        table, reader = described(target), None if common else actor
        called = (
            {id_: line[0] for id_, line in lines(db, table, ids, reader, second=False, deepest=deepest).items()} if ids and deepest else {}
        )
        for record in records:
            for field in referring:
                held = record.get(field.name)
                if isinstance(held, list):
                    record[field.name] = [Ref(id_, called.get(id_, UNREADABLE)) for id_ in held]
                elif held is not None:
                    record[field.name] = Ref(held, called.get(held, UNREADABLE))


def _ids(held: Any) -> Sequence[int]:
    if held is None:
        return ()
    return held if isinstance(held, list) else (held,)


def title_of(table: Table, row: Mapping[str, Any]) -> str:
    """What the record of this row is called; one without any title by its number."""
    return " ".join(_texts(table.titles, row)) or f"#{row.get('id', '')}"


def second_of(table: Table, row: Mapping[str, Any]) -> str:
    """The second line of the record of this row."""
    return " · ".join(_texts(table.second, row))


def _texts(fields: Iterable[Field], row: Mapping[str, Any]) -> list[str]:
    return [text for field in fields if (text := text_of(field, row.get(field.name)))]


def text_of(field: Field, value: Any) -> str:
    """A value as it stands in a title: short, in the reader's language."""
    match value:
        case None | "" | []:
            return ""
        case Ref():
            return value.title
        case bool():
            return field.title if value else ""
        case str():
            return field.choice_title(value) if field.spec.choices else value
        case list():
            return _(", ").join(text_of(field, one) for one in value)
        case datetime():
            return format_moment(value)
        case date():
            return format_date(value)
        case time():
            return f"{value:%H:%M}"
        case timedelta():
            return format_duration(value)
        case Decimal():
            return format_number(value)
        case _:
            return str(value)
