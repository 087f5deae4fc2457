"""What a file of a list costs: fifteen columns, two of them references, read, written and noted in the history."""

import time
from datetime import date
from decimal import Decimal
from tempfile import TemporaryFile

import pytest

from services.crud.exporting import make
from services.crud.load import load
from services.crud.view import View
from services.platform import db
from services.platform.sheets import Format
from tests.bench.figures import Figures
from tests.conftest import Database
from tests.crud.conftest import actor, prepare
from tests.crud.desk import BOOK, READER, Desk

COLUMNS = ("number", "title", "isbn", "edition", "genre", "marks", "state", "shelf", "keeper", "pages", "price", "discount", "weight",
           "bought_on", "missing")  # fmt: skip
BUDGETS: dict[Format, float] = {"csv": 0.3, "xlsx": 1.0, "json": 1.0}
"""Seconds for 10,000 records."""
TIMES = 3


def fill(rows: int) -> None:
    """A library of so many books."""
    with db.writing() as session:
        desk = Desk(session)
        shelves = [desk.shelf() for _n in range(50)]
        load(session, desk.product, READER, [{"card": f"D{n}", "name": f"读者{n}"} for n in range(200)])
        books = [
            {"title": f"第{n}册 图书馆的书", "isbn": f"978{n:07}", "edition": 1 + n % 3, "genre": "novel", "marks": ["rare"],
             "shelf": shelves[n % 50], "keeper": 1 + n % 200, "pages": n % 900 + 1, "price": Decimal(n) / 100, "discount": Decimal(5),
             "weight": Decimal("0.4"), "bought_on": date(2026, 1, 1 + n % 28), "missing": n % 7 == 0}
            for n in range(rows)
        ]  # fmt: skip
        load(session, desk.product, BOOK, books)
    db.analyze()


@pytest.mark.parametrize("rows", [10_000, 100_000])
def test_files(database: Database, figures: Figures, rows: int) -> None:
    prepare(database)
    fill(rows)
    who, view = actor("facility", "director", account=1), View(columns=COLUMNS)
    for format, budget in BUDGETS.items():
        taken = []
        for _turn in range(TIMES if rows <= 10_000 else 1):
            with TemporaryFile() as into:
                began = time.perf_counter()
                assert make(into, who, BOOK, view, format) == rows
                taken.append(time.perf_counter() - began)
        target = budget if rows <= 10_000 else None
        figures.add(f"export as {format.upper()}, 15 columns", min(taken), unit="s", engine=database.engine, rows=rows, target=target)
        assert target is None or min(taken) < target
