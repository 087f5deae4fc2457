"""What a save costs, in time of the processor, on SQLite: rights, checks, references, unique rules, history and search included."""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from services.crud import flow, write
from services.platform import db
from tests.bench.figures import Figures
from tests.conftest import Database
from tests.crud.conftest import prepare
from tests.crud.desk import BOOK, READER, Desk

BUDGET = 8.0
"""Milliseconds for one save of a record with several references."""
TIMES = 150


def measured(work: Callable[[Any, int], Any]) -> float:
    taken = []
    for turn in range(TIMES):
        began = time.process_time()
        with db.writing() as session:
            work(session, turn)
        taken.append(1000 * (time.process_time() - began))
    return statistics.median(taken[10:])


def test_saves(sqlite_database: Database, figures: Figures) -> None:
    prepare(sqlite_database)
    with db.writing() as session:
        desk = Desk(session)
        who = replace(desk.keeper, roles=frozenset({"facility", "director"}))
        shelves = [desk.shelf() for _n in range(20)]
        readers = [write.create(session, who, READER, {"card": f"{n}", "name": f"读者{n}", "team": shelves[n]}) for n in range(20)]
        books = [desk.book(title=f"书名第{n}册") for n in range(TIMES)]

    def edit(session: Any, turn: int) -> None:
        given = {"title": f"新书名第{turn}册", "shelf": shelves[turn % 20], "keeper": readers[turn % 20], "price": 5}
        write.update(session, who, BOOK, books[turn], given, 1)

    def look(session: Any, turn: int) -> None:
        write.probe(session, who, BOOK, {"title": f"再改第{turn}册", "shelf": shelves[turn % 20], "pages": 5}, id=books[turn])

    def move(session: Any, turn: int) -> None:
        flow.move(session, desk.clerk, BOOK, books[turn], "shelve", version=2)

    for what, work, budget in (
        ("save four fields, two of them references", edit, BUDGET),
        ("check while typing", look, BUDGET / 2),
        ("move", move, BUDGET),
    ):
        taken = measured(work)
        figures.add(f"library, of the processor: {what}", taken, target=budget)
        assert taken < budget
