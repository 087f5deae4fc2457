"""No two live records of a centre with the same number: told before saving, and when the database tells it under a race.

Also the softer question: is this perhaps a record that is there already?
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from models.fields import Kind
from services.crud import references, values
from services.crud.errors import listed
from services.crud.references import centre_of
from services.crud.registry import Field, Table
from services.crud.rules import Change
from services.crud.sortkey import sort_key
from services.crud.titles import titles
from services.crud.validate import empty
from services.platform.crypto import keyed_hash
from services.platform.i18n import Message, msg

SIMILAR_SHOWN = 3
"""Titles named in a warning of duplicates."""


@cache
def groups(table: Table) -> list[tuple[str, ...]]:
    """The fields that are unique together."""
    single = [(field.name,) for field in table.fields.values() if field.spec.unique]
    return [*single, *(group for group in table.screen.uniques if all(name in table.fields for name in group))]


def check(change: Change, changed: Iterable[str]) -> None:
    """Every unique rule that the changed fields touch; what is taken becomes errors."""
    touched = set(changed)
    for group in groups(change.table):
        if touched.isdisjoint(group) or any(change.errors.get(name) for name in group):
            continue
        if not any(empty(change.new[name]) for name in group):
            other = _other(change, group)
            if other is not None:
                change.error(group[-1] if len(group) > 1 else group[0], taken(change, group, other))


class Term(NamedTuple):
    """A field as it is compared: the column, and the form of a value that stands in it."""

    name: str
    column: str
    form: Callable[[Any], Any]


Question = tuple[Term, ...]
"""Whether a live record of the centre is the same in all of these."""


def _plain(value: Any) -> Any:
    return value


def exactly(field: Field) -> Term:
    """A value as it is kept, a sealed one by its fingerprint."""
    return Term(field.name, f"{field.name}__hash", keyed_hash) if field.spec.sensitive else Term(field.name, field.name, _plain)


def _alike(field: Field) -> Term:
    """A text however it is spelt."""
    sorted_by = f"{field.name}__sort"
    return Term(field.name, sorted_by, sort_key) if not field.spec.sensitive and sorted_by in field.sql.c else exactly(field)


def questions(table: Table) -> list[Question]:
    """All that `check` and `warn` may ask of a record of this table."""
    single = [tuple(exactly(table.fields[name]) for name in group) for group in groups(table)]
    texts, same = _similar(table)
    return [*single, *((*same, _alike(field)) for field in texts), *([same] if same and not texts else [])]


def answer_of(question: Question, new: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a record with these values holds in the columns of a question."""
    return tuple(None if empty(new[term.name]) else term.form(new[term.name]) for term in question)


def _others(change: Change, question: Question) -> Select[int] | None:
    """The live records of the centre that are the same, the record itself aside; None where it is known that there are none."""
    wanted = answer_of(question, change.new)
    if change.ahead is not None and change.ahead.absent(question, wanted, centre_of(change)):
        return None
    own = change.table.sql.c
    same = (own[term.column] == value for term, value in zip(question, wanted, strict=True))
    query = select(own.id).where(own.centre_id == centre_of(change), own.deleted_at.is_(None), *same)
    return query.where(own.id != change.id) if change.id else query


def _other(change: Change, group: tuple[str, ...]) -> int | None:
    query = _others(change, tuple(exactly(change.table.fields[name]) for name in group))
    return None if query is None else change.db.execute(query).scalar()


def taken(change: Change, group: tuple[str, ...], other: int | None) -> Message:
    """Says which record has these values already (if the actor may know of it)."""
    title = list(titles(change.db, change.table, [other] if other else [], change.actor).values())
    what = listed([change.table.fields[name].label for name in group])
    if change.verb == "restore":
        if title:
            return msg("{other} has the same {field} by now. Change it there first, then restore this one.", other=title[0], field=what)
        return msg("Another record has the same {field} by now. It has to be changed there before this one can be restored.", field=what)
    if title:
        return msg("{other} has the same {field}. Please open that record, or give another value.", other=title[0], field=what)
    return msg("Another record has the same {field}. Please give another value.", field=what)


# Duplicates


@cache
def similar_fields(table: Table) -> list[Field]:
    """The fields by which a duplicate is guessed: as declared, else the titles and unique fields that hold a text.

    Records that are reached from their parent only (lines of an order) may well be named alike.
    """
    names = table.screen.similar
    if names is not None or table.screen.hidden:
        return [table.fields[name] for name in names or () if name in table.fields]
    found = dict.fromkeys((*table.titles, *(field for field in table.declared if field.spec.unique)))
    return [field for field in found if field.is_text and field.kind is not Kind.LONG_TEXT and not field.spec.number]


def warn(change: Change, changed: Iterable[str]) -> None:
    """Warn where another record has the same text, however it is spelt, and is the same in the other fields that count."""
    fields = similar_fields(change.table)
    if set(changed).isdisjoint(field.name for field in fields) or any(change.errors.get(field.name) for field in fields):
        return
    texts, same = _similar(change.table)
    for field in texts:
        if change.new[field.name]:
            _suspect(change, field, (*same, _alike(field)))
    if not texts and any(not empty(change.new[field.name]) for field in fields):
        _suspect(change, fields[0], same)


@cache
def _similar(table: Table) -> tuple[list[Field], Question]:
    """The texts that are compared, and what has to be the same besides."""
    fields = similar_fields(table)
    texts = [field for field in fields if field.is_text]
    return texts, tuple(exactly(field) for field in fields if field not in texts and field.column is not None)


def _suspect(change: Change, field: Field, question: Question) -> None:
    query = _others(change, question)
    if query is None:
        return
    newest = query.order_by(change.table.sql.c.id.desc()).limit(SIMILAR_SHOWN)
    found = titles(change.db, change.table, change.db.execute(newest).scalars(), change.actor)
    if not found:
        return
    others = listed([*found.values()])
    if field.is_text:
        change.warn(
            field.name, msg("There is already a record with the same {field}: {others}. Is it the same?", field=field.label, others=others)
        )
    else:
        change.warn(field.name, msg("There is already such a record: {others}. Is it the same?", others=others))


# What the database says


def explain(change: Change, error: IntegrityError) -> None:
    """Turn what the database refused (a race, a rule that slipped by) into errors beside fields."""
    said = str(error.orig)
    diagnostics = getattr(error.orig, "diag", None)
    name = getattr(diagnostics, "constraint_name", None) or ""
    column = getattr(diagnostics, "column_name", None) or ""
    kind = _kind(said, getattr(error.orig, "sqlstate", None))
    if kind == "unique":
        group = _group(change.table, name, said)
        change.error(
            group[-1] if group else "", taken(change, group, _other(change, group)) if group else msg("Another record has the same values.")
        )
    elif kind == "check":
        _check(change, name or said)
    elif kind == "empty":
        field = column or said.rpartition(".")[2].strip()
        change.error(field if field in change.table.fields else "", msg("Please fill this in."))
    elif kind == "reference":
        _reference(change)
    else:
        raise error


_SQLSTATES = {"23505": "unique", "23514": "check", "23502": "empty", "23503": "reference"}


def _kind(said: str, state: str | None) -> str:
    if state:
        return _SQLSTATES.get(state, "")
    found = re.match(r"(UNIQUE|CHECK|NOT NULL|FOREIGN KEY) constraint failed", said)
    return {"UNIQUE": "unique", "CHECK": "check", "NOT NULL": "empty", "FOREIGN KEY": "reference"}.get(found[1], "") if found else ""


def _group(table: Table, name: str, said: str) -> tuple[str, ...]:
    """The fields of the unique rule that was hit: PostgreSQL names the index, SQLite its columns."""
    columns = {part.rpartition(".")[2] for part in said.rpartition(": ")[2].split(", ")}
    for index in table.sql.indexes:
        parts = {column.name for column in index.columns}
        if index.unique and (index.name == name or (not name and parts == columns)):
            return tuple(part.removesuffix("__hash") for part in (column.name for column in index.columns) if part != "centre_id")
    return ()


def _check(change: Change, said: str) -> None:
    for check in change.table.checks:
        if said.endswith(f"ck_{change.table.name}_{check.name}"):
            change.error(check.field, Message(check.message, context=change.table.name))
            return
    change.error("", msg("These values do not go together."))


def _reference(change: Change) -> None:
    before: Mapping[str, int] = {name: len(found) for name, found in change.errors.items()}
    references.check(
        change, [field.name for field in values.stored(change.table) if field.name in change.new and not field.common], lock=False
    )
    if all(len(found) == before.get(name, 0) for name, found in change.errors.items()):
        change.error("", msg("Something this record refers to is no longer there. Please load it again."))
