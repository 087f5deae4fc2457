"""A clerk with files: makes them in every encoding and layout, and has them imported."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from services import jobs, worker
from services.crud.access import Actor
from services.crud.importing import job, layout, reading, upload
from services.crud.importing.plan import Plan
from services.crud.importing.table import Grid
from services.crud.registry import Table
from services.platform import db, files
from tests.crud.conftest import CENTRE

WHO = Actor(account=None, name="clerk", centre=CENTRE, roles=frozenset({"facility", "director", "clerk", "admin"}), language="en")


def csv_of(rows: Sequence[Any], encoding: str = "utf-8", delimiter: str = ",", end: str = "\r\n") -> bytes:
    """A text table."""

    def quoted(cell: Any) -> str:
        text = "" if cell is None else str(cell)
        return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in (delimiter, '"', "\r", "\n")) else text

    return "".join(delimiter.join(map(quoted, row)) + end for row in rows).encode(encoding)


def xlsx_of(rows: Sequence[Any], work: Any = None) -> bytes:
    """A workbook; `work(book, sheet)` does more to it."""
    import xlsxwriter

    into = io.BytesIO()
    book = xlsxwriter.Workbook(into, {"strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("Sheet 1")
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if cell is not None:
                sheet.write(row, column, cell)
    if work:
        work(book, sheet)
    book.close()
    return into.getvalue()


def keep(content: bytes, name: str = "table.csv", who: Actor = WHO) -> int:
    """Upload a file: its id."""
    with files.draft() as made, db.writing() as session:
        made.write_bytes(content)
        return files.keep(session, who, name, made, "text/csv")


def read(content: bytes, tmp: Path, name: str = "table.csv") -> Grid:
    """The lines of a file."""
    path = tmp / "uploaded"
    path.write_bytes(content)
    return reading.read(path, name)


def plan_of(table: Table, file: int, who: Actor = WHO, name: str = "table.csv", sheet: str = "", **given: Any) -> Plan:
    """What is guessed of a file, with these answers."""
    grid = upload.read(who, file, sheet)
    header = given.pop("header", None) or layout.header_line(who, table, grid)
    found = layout.columns(grid, header)
    mapping = given.pop("mapping", None) or layout.guess(who, table, found)
    made = Plan(file, name, grid.sheet, header, mapping, titles=tuple(one.title for one in found))
    return replace(made, **given)


def run(table: Table, plan: Plan, who: Actor = WHO) -> jobs.Job:
    """Have it done, to its end."""
    with db.writing() as session:
        id_ = job.submit(session, who, table, plan)
    worker.work_off()
    with db.reading() as session:
        return jobs.get(session, who, id_)


def brought(table: Table, content: bytes, name: str = "table.csv", **given: Any) -> jobs.Job:
    """Upload a file and have it imported as it is guessed."""
    return run(table, plan_of(table, keep(content, name), name=name, **given))


def said(done: jobs.Job) -> list[tuple[int, int | None, str]]:
    """The remarks of a job: line, column, words."""
    from services.platform.i18n import Message

    return [(line, column, str(Message.from_json(message))) for line, column, _text, message, _doubt in done.result["remarks"]]


def kept(table: Table, *names: str, where: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """These fields of the live records, in the order they were made."""
    from sqlalchemy import select

    own = table.sql.c
    query = select(*(own[name] for name in names)).where(own.deleted_at.is_(None), *(own[n] == v for n, v in (where or {}).items()))
    with db.reading() as session:
        return [tuple(row) for row in session.execute(query.order_by(own.id))]
