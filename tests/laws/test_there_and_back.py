"""What is exported and imported again changes nothing, for every table, in CSV and XLSX, whoever does it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from services.crud import exporting, history, query
from services.crud.access import Actor, may
from services.crud.importing import layout, plan, reading
from services.crud.importing.apply import Applier, Told, rows_of
from services.crud.importing.plan import Plan
from services.crud.registry import Table, table
from services.crud.view import View
from services.platform.i18n import LANGUAGES, use_language
from tests.laws import specimens
from tests.laws.conftest import ALL_ROLES, NAMES, Demo
from tests.laws.test_exporting import newest


def brought_back(session: Session, who: Actor, of: Table, format: Any, view: View, folder: Path, *, clear: bool) -> tuple[Told, set[str]]:
    """Export with all fields, import what was exported: what became of the rows, and what the columns were taken for."""
    path = folder / f"file.{format}"
    path.write_bytes(b"".join(exporting.export(session, who, of, view, format, exporting.fields(of, view, everything=True))))
    grid = reading.read(path, path.name)
    header = layout.header_line(who, of, grid)
    found = layout.columns(grid, header)
    mapping = layout.guess(who, of, found)
    made = Plan(0, path.name, grid.sheet, header, mapping, mode="update", key=("id",), clear=clear)
    plan.check(who, of, made)
    told = Told()
    with history.change_set(session, who, "import", of.name):
        Applier(who, of, made).write(session, rows_of(grid, made), told)
    return told, set(mapping.values())


def people(demo: Demo, of: Table) -> list[Actor]:
    """Who may take the records out and bring them in: the product, and people who see some of it masked."""
    roles = [replace(demo.everybody, roles=frozenset({role})) for role in ALL_ROLES]
    return [demo.product, demo.everybody, *(who for who in roles if all(may(who, of, verb) for verb in ("import", "export", "edit")))]


@pytest.mark.parametrize("name", NAMES)
def test_there_and_back_changes_nothing(demo: Demo, session: Session, tmp_path: Path, name: str) -> None:
    of = table(name)
    specimens.make(session, demo, of)
    view = newest(session, demo, of)
    for who in people(demo, of):
        if not may(who, of, "export") or "update" not in plan.modes(who, of) or plan.hindrance(who, of):
            continue
        rows = query.count(session, who, of, view, bound=None, verb="export").value
        for language in LANGUAGES:
            with use_language(language):
                for format in ("csv", "xlsx"):
                    told, taken = brought_back(session, who, of, format, view, tmp_path, clear=format == "csv")
                    said = [(one.line, one.column, one.text, str(one.message)) for one in told.remarks[:5]]
                    assert (told.same, told.changed, told.new, told.refused) == (rows, 0, 0, 0), (who.roles, format, language, said)
                    assert taken >= {"id", "version"} | {field.name for field in layout.fields(who, of)}, (format, language)
