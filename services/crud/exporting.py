"""What a list shows, as a file: the records that its filters leave, in its order, in the columns it shows or in all.

Whoever may read a value gets it, nobody else: what is masked stays masked. People's files (XLSX, CSV) hold what a screen
says: titles of references, labels of choices, names of files. JSON holds what the product keeps: ids and codes. Every file
carries the number, the id and the version of each record, so that an import finds it again.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import Context
from dataclasses import replace
from typing import Any, BinaryIO
from urllib.parse import unquote, urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from models.fields import Kind, today
from services import jobs
from services.crud import history, query
from services.crud.access import Actor, demand
from services.crud.query import Ref, Row
from services.crud.registry import Field, Table
from services.crud.view import Filter, View
from services.platform import files, sheets
from services.platform.db import reading, writing
from services.platform.i18n import N_, _, format_date, msg, nmsg, pgettext
from services.platform.settings import settings
from services.platform.sheets import Column, Format, Sheet, Type

ACTION = "export"
"""The verb of the right, the action in the history, the kind of the job."""
_TELL_SECONDS = 1.0
_FILE = SQLModel.metadata.tables["file"]
ID, VERSION = N_("Record ID"), N_("Version")
KEYS: Mapping[str, str] = {"id": ID, "version": VERSION}
"""The columns behind the fields: by them an import finds the record, and knows whether somebody changed it since."""
SEVERAL = "；"
"""Between several choices or references in one cell; no title of the product holds it."""


class TooMany(Exception):
    """More rows than one export may have."""

    def __init__(self) -> None:
        self.message = msg("This is more than {n} records: too many for one file. Filter the list first.", n=settings().export_rows)
        super().__init__(self.message)


# Columns


def fields(table: Table, view: View, *, everything: bool = False) -> list[Field]:
    """The fields of an export: the columns of the list, or all that people see of a record; its number first among them."""
    if everything:
        return [field for field in table.fields.values() if not field.spec.hidden]
    shown = [table.fields[name] for name in view.columns] if view.columns else list(table.list_fields)
    numbers = [field for field in table.declared if field.spec.number]
    return list(dict.fromkeys([*(one for one in numbers if one not in shown), *shown]))


def heading(field: Field) -> str:
    """The field's title as the heading of a column, with its unit."""
    match field.kind:
        case Kind.MONEY:
            unit = _("yuan")
        case Kind.PERCENT:
            unit = "%"
        case _:
            unit = pgettext(field.table, field.spec.unit) if field.spec.unit else ""
    return _("{title} ({unit})", title=field.title, unit=unit) if unit else field.title


def columns(shown: Sequence[Field]) -> list[Column]:
    """The columns of a sheet with these fields, the keys of the record behind them."""
    return [*(column(field) for field in shown), *(Column(_(title), "integer", name) for name, title in KEYS.items())]


def column(field: Field) -> Column:
    """How a field stands in a sheet."""
    wide = {Kind.LONG_TEXT: 40.0, Kind.BOOLEAN: 8.0}.get(field.kind, 0.0)
    return Column(heading(field), _TYPES.get(field.kind, "text"), field.name, field.spec.places, wide)


_TYPES: dict[Kind, Type] = {
    Kind.INTEGER: "integer",
    Kind.DECIMAL: "decimal",
    Kind.MONEY: "decimal",
    Kind.PERCENT: "percent",
    Kind.DATE: "date",
    Kind.TIME: "time",
    Kind.MOMENT: "moment",
    Kind.DURATION: "duration",
}


# Values


def cell(field: Field, value: Any) -> Any:
    """A value as `query` gives it → as it stands in people's files: as a screen says it, numbers and dates as they are."""
    match value:
        case None | "" | []:
            return None
        case Ref():
            return value.title
        case bool():
            return _("Yes") if value else _("No")
        case str():
            return field.choice_title(value) if field.spec.choices else value
        case list():
            return SEVERAL.join(str(cell(field, one)) for one in value)
        case tuple():
            return ", ".join(format(side, "f") for side in value)
        case _:
            return value


def machine(_field: Field, value: Any) -> Any:
    """A value as `query` gives it → as JSON keeps it: ids and codes."""
    match value:
        case Ref():
            return value.id
        case list():
            return [machine(_field, one) for one in value]
        case tuple():
            return [float(side) for side in value]
        case _:
            return value


def _cells(format: Format, shown: Sequence[Field]) -> Callable[[Row], list[Any]]:
    """What makes a row of the file of a row of the list."""
    if format == "json":
        return lambda row: [*(machine(field, row[field.name]) for field in shown), row["id"], row["version"]]
    makers = [_maker(field) for field in shown]
    return lambda row: [*(make(row[name]) for name, make in makers), row["id"], row["version"]]


def _maker(field: Field) -> tuple[str, Callable[[Any], Any]]:
    """The name of a field and what `cell` does with its values; the words of its choices are looked up once."""
    if field.kind is Kind.CHOICE:
        titles = {choice.code: field.choice_title(choice.code) for choice in field.spec.choices}
        return field.name, lambda code: titles.get(code, code)
    if field.kind is Kind.BOOLEAN:
        words = {True: _("Yes"), False: _("No"), None: None}
        return field.name, words.__getitem__
    if field.is_reference:
        return field.name, lambda ref: ref and ref.title
    if field.is_text or field.kind in _TYPES or field.kind in (Kind.FILE, Kind.IMAGE):
        return field.name, lambda value: value
    return field.name, lambda value: cell(field, value)


# Making the file


def export(
    db: Session,
    actor: Actor,
    table: Table,
    view: View,
    format: Format,
    shown: Sequence[Field] | None = None,
    *,
    watch: Callable[[int], None] = lambda _rows: None,
) -> Iterator[bytes]:
    """The file piece by piece. `db`: one snapshot, so that no record is in it twice or half. `watch`: told how many rows are in it.

    Raises:
        Forbidden: no right to export this table.
        TooMany: more rows than a file may have; before the last piece.
        Unfit: XLSX can't hold it.
    """
    demand(actor, table, "export")
    shown = fields(table, view) if shown is None else [field for field in shown if not field.spec.hidden]
    sheet = Sheet(columns(shown), _read(db, actor, table, view, format, shown, watch), table.plural)
    if format == "csv":
        yield from sheets.csv_chunks(sheet)
    elif format == "json":
        yield from sheets.json_chunks(sheet)
    else:
        total = query.count(db, actor, table, view, settings().export_rows, verb="export").value
        with tempfile.TemporaryFile() as into:
            sheets.write("xlsx", into, replace(sheet, total=total))
            into.seek(0)
            while piece := into.read(_PIECE):
                yield piece


_PIECE = 1 << 20


def _read(
    db: Session, actor: Actor, table: Table, view: View, format: Format, shown: Sequence[Field], watch: Callable[[int], None]
) -> Iterator[list[Any]]:
    make, count = _cells(format, shown), 0
    named = [] if format == "json" else [field.name for field in shown if field.kind in (Kind.FILE, Kind.IMAGE)]
    for rows in query.every(db, actor, table, view, shown, "export"):
        count += len(rows)
        if count > settings().export_rows:
            raise TooMany
        if named:
            _name(db, rows, named)
        yield from map(make, rows)
        watch(count)


def _name(db: Session, rows: Iterable[Row], names: Sequence[str]) -> None:
    """Put the names of files in place of their ids."""
    ids = {row[name] for row in rows for name in names if row[name] is not None}
    called = {row.id: row.name for row in db.execute(select(_FILE.c.id, _FILE.c.name).where(_FILE.c.id.in_(ids)))} if ids else {}
    for row in rows:
        for name in names:
            row[name] = called.get(row[name])


def make(
    into: BinaryIO,
    actor: Actor,
    table: Table,
    view: View,
    format: Format,
    shown: Sequence[Field] | None = None,
    *,
    watch: Callable[[int], None] = lambda _rows: None,
) -> int:
    """Write the whole file and note in the history who took what: the number of rows.

    Raises:
        Forbidden, TooMany, Unfit: as for `export`.
        DatabaseUnavailable: nothing was handed out.
    """
    count = 0

    def counted(rows: int) -> None:
        nonlocal count
        count = rows
        watch(rows)

    with reading(seconds=0, snapshot=True) as db:
        into.writelines(export(db, actor, table, view, format, shown, watch=counted))
    with writing() as db:
        note(db, actor, table, view, format, shown or fields(table, view), count)
    return count


def note(db: Session, actor: Actor, table: Table, view: View, format: Format, shown: Sequence[Field], rows: int) -> int:
    """Put into the history that somebody took these records out; the change set, which changes nothing."""
    chosen = view.filter("id")
    asked = {name: values for name, values in view.without("id").to_params().items() if name == "q" or name.startswith("f.")}
    said = nmsg("{n} record as {format}: {fields}.", "{n} records as {format}: {fields}.", rows, format=format.upper(),
                fields=_(", ").join(field.title for field in shown))  # fmt: skip
    if chosen:
        filtered = _("Selected one by one.")
    else:
        filtered = _("Filter: {filter}", filter=unquote(urlencode(asked, doseq=True))) if asked else _("No filter.")
    with history.change_set(db, actor, ACTION, table.name, reason=f"{said} {filtered}") as noted:
        return noted.id


def file_name(table: Table, format: Format) -> str:
    """What the file is called: the table and today's date."""
    return f"{table.plural} {format_date(today())}.{format}"


# Many rows: a job


def submit(db: Session, actor: Actor, table: Table, view: View, format: Format, shown: Sequence[Field] | None = None) -> int:
    """Have the file made outside of the page; the number of the job.

    Raises:
        Forbidden: no right to export this table.
        Invalid: this person has too much under way.
    """
    demand(actor, table, "export")
    names = None if shown is None else [field.name for field in shown]
    return jobs.submit(
        db, actor, ACTION, table, {"view": view.without("id").to_params(), "ids": _ids(view), "format": format, "fields": names}
    )


def _ids(view: View) -> list[int] | None:
    """The records that were selected by hand: they don't stand in an address."""
    chosen = view.filter("id")
    return list(chosen.values) if chosen else None


@jobs.work(ACTION)
def run(job: jobs.Running) -> None:
    """Make the file of a job from its beginning, also where another worker broke off: half a file is none."""
    assert job.table is not None
    table, params = job.table, job.params
    with reading() as db:
        view, _refused = View.from_params(job.actor, table, params["view"], db)
        if params["ids"] is not None:
            view = view.filtered(Filter("id", "in", tuple(params["ids"])))
        total = query.count(db, job.actor, table, view, settings().export_rows, verb="export").value
    with writing() as db:
        job.step(db, done=0, total=total)
    shown = None if params["fields"] is None else [table.fields[name] for name in params["fields"] if name in table.fields]
    with files.draft() as made:
        with made.open("wb") as into:
            rows = make(into, job.actor, table, view, params["format"], shown, watch=_Progress(job))
        with writing() as db:
            file = files.keep(db, job.actor, file_name(table, params["format"]), made, sheets.MEDIA_TYPES[params["format"]])
            job.finish(
                file_id=file, result={"rows": rows}, message=nmsg("{n} record is in the file.", "{n} records are in the file.", rows)
            )


class _Progress:
    """Says how far an export is, and hears whether it shall end, about once a second."""

    def __init__(self, job: jobs.Running) -> None:
        self.job, self.last = job, time.monotonic()

    def __call__(self, rows: int) -> None:
        if time.monotonic() - self.last > _TELL_SECONDS:
            # Not in the snapshot that the rows are read from: there nobody would ever have asked for an end.
            Context().run(self.tell, rows)
            self.last = time.monotonic()

    def tell(self, rows: int) -> None:
        self.job.checkpoint()
        with writing() as db:
            self.job.step(db, done=rows)
