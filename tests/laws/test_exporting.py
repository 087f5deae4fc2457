"""Every table goes into a file and comes out of it: what was kept is what is read again, and no more than may be seen."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from models.fields import Kind
from services.crud import access, exporting, query, values, write
from services.crud.access import Forbidden, sees
from services.crud.registry import Field, Table, table
from services.crud.view import Filter, View
from services.platform.i18n import LANGUAGES, LOCAL, use_language
from services.platform.sheets import Format, unguarded
from tests.laws import specimens
from tests.laws.conftest import ALL_ROLES, NAMES, Demo, live

FORMATS: tuple[Format, ...] = ("csv", "xlsx", "json")
MOST = 40


def exported(session: Session, who: Any, of: Table, format: Format, view: View | None = None) -> list[list[Any]]:
    """The rows of the file, with all fields; the first is the heading."""
    view = view or View()
    content = b"".join(exporting.export(session, who, of, view, format, exporting.fields(of, view, everything=True)))
    return _READ[format](content)


def newest(session: Session, demo: Demo, of: Table) -> View:
    """A list of the newest records."""
    return View(filters=(Filter("id", "in", tuple(live(session, of, demo.centre, MOST))),))


def _of_csv(content: bytes) -> list[list[Any]]:
    return [[unguarded(cell) for cell in row] for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))]


def _of_xlsx(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)


def _of_json(content: bytes) -> list[list[Any]]:
    rows = json.loads(content)
    return [list(rows[0]), *(list(row.values()) for row in rows)] if rows else []


_READ: Mapping[Format, Callable[[bytes], list[list[Any]]]] = {"csv": _of_csv, "xlsx": _of_xlsx, "json": _of_json}


def kept(field: Field, cell: Any) -> Any:
    """The value that somebody who types the cell means."""
    if isinstance(cell, float):
        cell = Decimal(repr(cell))
    if isinstance(cell, datetime) and field.kind is Kind.MOMENT:
        cell = cell.replace(tzinfo=LOCAL)
    if field.kind is Kind.TIME and isinstance(cell, Decimal):
        seconds = round(cell * 86_400)
        cell = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if field.kind is Kind.DURATION and isinstance(cell, int):
        cell = f"{cell}秒"
    if field.kind is Kind.MOMENT and isinstance(cell, str) and "T" in cell:
        return datetime.fromisoformat(cell)
    return write.parse(field, cell)


def to_the_second(field: Field, value: Any) -> Any:
    """People's files tell moments to the second: only the product itself ever notes less."""
    return value.replace(microsecond=0) if isinstance(value, datetime) and not field.typed else value


@pytest.mark.parametrize("name", NAMES)
def test_what_goes_out_is_what_is_kept(demo: Demo, session: Session, name: str) -> None:
    """Parsed back, every cell of every format is the value in the database; written back, it changes nothing."""
    of = table(name)
    specimens.make(session, demo, of)
    fields, view = exporting.fields(of, View(), everything=True), newest(session, demo, of)
    plain = [field for field in fields if not field.spec.computed and field.kind not in (Kind.FILE, Kind.IMAGE)]
    for language in LANGUAGES:
        with use_language(language):
            for format in FORMATS:
                head, *rows = exported(session, demo.product, of, format, view)
                assert len(set(head)) == len(head), f"two columns of {name} have one heading"
                assert len(rows) == query.count(session, demo.product, of, view, bound=None).value > 0
                stored = values.load(session, of, [int(row[-2]) for row in rows])
                for row in rows:
                    record = stored[int(row[-2])]
                    assert int(row[-1]) == record["version"]
                    for field, cell in zip(fields, row, strict=False):
                        if field in plain and (format == "json" or not field.spec.target):
                            value = record[field.name] if format == "json" else to_the_second(field, record[field.name])
                            assert kept(field, cell) == value, (format, field, cell)


@pytest.mark.parametrize("name", NAMES)
def test_what_goes_out_and_comes_back_changes_nothing(demo: Demo, session: Session, name: str) -> None:
    of = table(name)
    id_ = specimens.make(session, demo, of)
    fields = exporting.fields(of, View(), everything=True)
    for format in FORMATS:
        _head, *rows = exported(session, demo.product, of, format, newest(session, demo, of))
        row = next(one for one in rows if int(one[-2]) == id_)
        given = {field.name: kept(field, cell) for field, cell in zip(fields, row, strict=False)
                 if field.typed and field is not of.state and (format == "json" or not field.spec.target)
                 and field.kind not in (Kind.FILE, Kind.IMAGE)}  # fmt: skip
        if not of.screen.append_only:
            assert write.update(session, demo.product, of, id_, given, int(row[-1]), confirm=True) == int(row[-1])


@pytest.mark.parametrize("name", NAMES)
def test_titles_of_references_and_labels_of_choices(demo: Demo, session: Session, name: str) -> None:
    of = table(name)
    specimens.make(session, demo, of)
    fields = exporting.fields(of, View(), everything=True)
    if not access.may(demo.everybody, of, "export"):
        return
    _head, *rows = exported(session, demo.everybody, of, "csv", newest(session, demo, of))
    for row in rows:
        record = query.record(session, demo.everybody, of, int(row[-2]))
        for field, cell in zip(fields, row, strict=False):
            if field.is_reference:
                assert cell == str(record[field.name] or ""), field
            for choice in field.spec.choices:
                title = field.choice_title(choice.code)
                assert exporting.SEVERAL not in title
                if choice.code == record[field.name]:
                    assert cell == title


@pytest.mark.parametrize("name", NAMES)
def test_only_who_may_and_only_what_is_seen(demo: Demo, session: Session, name: str) -> None:
    of = table(name)
    id_ = specimens.make(session, demo, of)
    secrets = {field: str(values.load(session, of, [id_])[id_][field.name] or "") for field in of.declared if field.spec.sensitive}
    everybody = demo.everybody
    view, fields = newest(session, demo, of), exporting.fields(of, View(), everything=True)
    people = [demo.nobody, everybody, *(replace(everybody, roles=frozenset({role})) for role in ALL_ROLES)]
    for who in people:
        if not access.may(who, of, "export"):
            with pytest.raises(Forbidden):
                exported(session, who, of, "csv")
            continue
        for format in FORMATS if secrets else FORMATS[:1]:
            _head, *rows = exported(session, who, of, format, view)
            seen = {int(row[-2]): row for row in rows}
            if id_ in seen:
                for field, secret in secrets.items():
                    cell = seen[id_][fields.index(field)]
                    shown = secret if sees(who, field) else access.mask(field.spec.mask, secret)
                    assert str(cell or "") == shown, (who.roles, field)
            may_read = (
                {one for one in live(session, of, demo.centre, 10_000) if query.exists(session, who, of, one)} if len(seen) < 50 else seen
            )
            assert set(seen) <= set(may_read)
    assert not any(field.spec.hidden for field in exporting.fields(of, View(), everything=True))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_another_centre(demo: Demo, session: Session, name: str) -> None:
    of = table(name)
    specimens.make(session, demo, of)
    if access.may(demo.stranger, of, "export") and access.scope(demo.stranger, of, "export") != "all":
        assert all(values.load(session, of, [int(row[-2])])[int(row[-2])]["centre_id"] == demo.other
                   for row in exported(session, demo.stranger, of, "json")[1:])  # fmt: skip
