"""Every table that can be imported: its template is understood in both languages, and what is written into it becomes a record."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from services.crud import exporting, history, titles, values
from services.crud.access import Actor, may
from services.crud.importing import layout, plan, reading, template
from services.crud.importing.apply import Applier, Told, rows_of
from services.crud.importing.plan import Plan
from services.crud.registry import Table, table
from services.platform.i18n import LANGUAGES, use_language
from services.platform.workbooks import write_xlsx
from tests.laws import specimens
from tests.laws.conftest import NAMES, Demo

FILLED = [name for name in NAMES if any("import" in verbs for verbs in table(name).rights.values())]


def who_may(demo: Demo, of: Table) -> Actor | None:
    """Somebody who adds records to this table out of a file."""
    return demo.everybody if may(demo.everybody, of, "import") and "insert" in plan.modes(demo.everybody, of) else None


def written(session: Session, who: Actor, of: Table, folder: Path, rows: list[dict[str, Any]]) -> tuple[Told, dict[int, str]]:
    """The template with these rows in it, imported."""
    sheet = template.sheet(session, who, of)
    made = io.BytesIO()
    write_xlsx(made, replace(sheet, rows=[[row.get(column.name) for column in sheet.columns] for row in rows]))
    path = folder / "template.xlsx"
    path.write_bytes(made.getvalue())
    grid = reading.read(path, path.name)
    header = layout.header_line(who, of, grid)
    assert header == 1
    mapping = layout.guess(who, of, layout.columns(grid, header))
    planned = Plan(0, path.name, grid.sheet, header, mapping, doubtful=True)
    plan.check(who, of, planned)
    told = Told()
    with history.change_set(session, who, "import", of.name):
        Applier(who, of, planned).write(session, rows_of(grid, planned), told)
    return told, mapping


def filled(session: Session, demo: Demo, of: Table, who: Actor) -> dict[str, Any]:
    """What a valid record of this table would stand there as in people's files; it itself is not there any more."""
    with session.begin_nested() as tried:
        made = specimens.make(session, demo, of)
        row = values.load(session, of, [made])[made]
        names = [field.name for field in layout.fields(who, of)]
        shown = {name: row[name] for name in names}
        titles.refer(session, [of.fields[name] for name in names], [shown], who)
        found = {name: exporting.cell(of.fields[name], value) for name, value in shown.items()}
        tried.rollback()
    return found


@pytest.mark.parametrize("name", FILLED)
def test_what_stands_in_the_template_becomes_a_record(demo: Demo, session: Session, tmp_path: Path, name: str) -> None:
    of = table(name)
    who = who_may(demo, of)
    if who is None:
        assert plan.modes(demo.everybody, of) != ["insert"]
        return
    for language in LANGUAGES:
        with use_language(language):
            row = filled(session, demo, of, who)
            told, mapping = written(session, who, of, tmp_path, [row])
            assert set(mapping.values()) >= {field.name for field in layout.fields(who, of)}
            assert (told.new, told.refused) == (1, 0), [
                (row.get(mapping.get(one.column or 0, "")), str(one.message)) for one in told.remarks
            ]
