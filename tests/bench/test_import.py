"""What an import costs: ten thousand rows of fifteen columns, two of them references, from the uploaded file to the last row written.

Reading, matching, every check, numbers, history and search are in it; it runs as the job does.
"""

import time
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from models.base import Record, Screen
from models.fields import Choice, choice, code, day, integer, long_text, moment, money, number, phone, reference, text, yes_no
from services.crud.registry import table
from services.platform import db
from tests.bench.figures import Figures
from tests.conftest import Database
from tests.crud import sample
from tests.crud.conftest import prepare
from tests.crud.desk import Desk
from tests.importing.clerk import brought, csv_of, xlsx_of

ROWS = 10_000
BUDGETS = {"csv": 1.5, "xlsx": 2.5}
"""Seconds."""


class SampleGift(Record, table=True):
    """Something that was given to the library."""

    __screen__ = Screen("Gift", "Gifts", area="system", section="6.4", titles=("name",), second=("serial",), sort="-given_on")
    __rights__ = {"facility": "all"}  # noqa: RUF012  (a declaration is read, never changed)

    no: str | None = number("Number", "SG{year}{seq:06}")
    name: str = text("Name", max_length=80, column=True, search=True)
    serial: str = code("Serial number", unique=True, column=True, search=True)
    kind: str = choice("Kind", (Choice("book", "Book"), Choice("chair", "Chair"), Choice("lamp", "Lamp")), column=True, filter=True)
    shelf: int = reference("Shelf", "sample_shelf", column=True, filter=True)
    giver: int | None = reference("Giver", "sample_reader", column=True, filter=True)
    pieces: int = integer("Pieces", default=1, ge=0, sum=True)
    worth: Decimal | None = money("Worth", column=True, sum=True, ge=0)
    given_on: date = day("Given on", column=True, filter=True)
    thanked_at: datetime | None = moment("Thanked at")
    phone: str | None = phone()
    colour: str | None = text("Colour", max_length=20)
    fragile: bool = yes_no("Fragile", filter=True)
    street: str | None = text("Street", max_length=80)
    note: str | None = long_text("Note")
    state: str = choice("State", (Choice("here", "Here"), Choice("lent", "Lent")), default="here", filter=True)


GIFT = table("sample_gift")
SIGNS = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜"


def rows_of(format: str) -> list[list[Any]]:
    """The headings and the rows, as a clerk keeps them: names of shelves and givers, dates, thousands separators."""
    first = date(2025, 1, 1)
    head = ["Name", "Serial number", "Kind", "Shelf", "Giver", "Pieces", "Worth", "Given on", "Thanked at", "Phone", "Colour", "Fragile",
            "Street", "Note", "State"]  # fmt: skip
    rows: list[list[Any]] = [head]
    for n in range(ROWS):
        name = f"{SIGNS[n % 40]}{SIGNS[n * 7 % 40]}{SIGNS[n * 3 % 37]}{n}号"
        price: Any = f"{n % 3000 + 1000:,}.50" if format == "csv" else n % 3000 + 1000.5
        given = first + timedelta(days=n % 600)
        rows.append([name, f"SN-{n:06}", ("Book", "Chair", "Lamp")[n % 3], f"Shelf {n % 20 + 1}", f"读者{n % 200}", n % 9 + 1, price,
                     f"{given:%Y/%m/%d}", f"{given} 09:30", f"138{n:08}", SIGNS[n % 30], "是" if n % 5 else "否", f"东湖路{n % 400}号",
                     f"由{name}捐赠，存放在书架上", "Here"])  # fmt: skip
    return rows


@pytest.mark.parametrize("format", BUDGETS)
def test_an_import(database: Database, figures: Figures, format: str) -> None:
    prepare(database)
    with db.writing() as session:
        desk = Desk(session)
        for _n in range(20):
            desk.shelf()
        sample.put(session, "sample_reader", [{"card": f"D{n}", "name": f"读者{n}"} for n in range(200)])
    content = (csv_of if format == "csv" else xlsx_of)(rows_of(format))
    taken = []
    for turn in range(2):
        with db.writing() as session:
            session.execute(GIFT.sql.delete())
        began = time.perf_counter()
        done = brought(GIFT, content, name=f"gifts.{format}", doubtful=True)
        taken.append(time.perf_counter() - began)
        assert (done.state, done.result["new"]) == ("done", ROWS), (turn, done.message, done.result["remarks"][:3])
    with db.reading() as session:
        assert session.execute(select(func.count()).select_from(GIFT.sql)).scalar() == ROWS
    target = BUDGETS[format]
    figures.add(f"import of {format.upper()}, 15 columns", min(taken), unit="s", engine=database.engine, rows=ROWS, target=target)
    assert min(taken) < target
