"""The person's own table back, with what is wrong marked in its cells."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from services.crud.importing.apply import Remark
from services.crud.importing.plan import Plan
from services.crud.importing.table import Broken, Grid, Line
from services.platform.i18n import _
from services.platform.sheets import Column, Sheet
from services.platform.workbooks import write_xlsx


def write(into: Path, grid: Grid, plan: Plan, lines: Sequence[Line], remarks: Iterable[Remark]) -> None:
    """These lines as a workbook, below their headings; a remark on each cell that is wrong, one on the row in a column of its own."""
    width = max(len(plan.titles), grid.width)
    titles = [*plan.titles, *([""] * (width - len(plan.titles)))]
    place = {line.number: row for row, line in enumerate(lines)}
    marks: dict[int, dict[int, str]] = {}
    for one in remarks:
        if one.line in place:
            cells = marks.setdefault(place[one.line], {})
            column = width if one.column is None else one.column
            cells[column] = "\n".join(filter(None, (cells.get(column), str(one.message))))
    columns = [Column(title) for title in titles]
    rows: Iterable[list[Any]] = ([_shown(cell) for cell in line.cells] + [None] * (width - len(line.cells)) for line in lines)
    if any(width in cells for cells in marks.values()):
        columns.append(Column(_("What is wrong with the row"), width=40))
        rows = ([*row, marks.get(number, {}).get(width)] for number, row in enumerate(rows))
    write_xlsx(into, Sheet(columns, rows, marks=marks, total=len(lines)))


def _shown(cell: Any) -> Any:
    return cell.said if isinstance(cell, Broken) else cell
