# ruff: noqa: RUF012 (a declaration is read, never changed)
"""Tables that the product has never seen: a small library. Between them they use every kind of field and every flag.

Every table name begins with `sample_`, so that comparing the models with the migrations can leave them out.
"""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy import Table as SqlTable
from sqlalchemy import text as sql
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlmodel import SQLModel

import models  # noqa: F401  (declares the tables that these refer to)
from models.base import Bookable, Chart, Check, Child, Flow, Move, Record, Screen, link_table
from models.expressions import days_between
from models.fields import (
    FILLED,
    Choice,
    Kind,
    When,
    bank_account,
    choice,
    choices,
    clock,
    code,
    colour,
    computed,
    credit_code,
    day,
    decimal,
    duration,
    email,
    file,
    id_number,
    image,
    integer,
    link,
    long_text,
    moment,
    money,
    now,
    number,
    parent,
    percent,
    phone,
    point,
    reference,
    references,
    text,
    today,
    yes_no,
)
from models.types import Place
from services.crud import search
from services.crud.registry import Table
from services.crud.registry import table as table_of
from services.crud.values import columns as values_of

GENRES = (
    Choice("novel", "Novel", "blue"),
    Choice("poetry", "Poetry", "purple"),
    Choice("law", "Law", "grey"),
    Choice("old", "Old", active=False),
)
STATES = (
    Choice("draft", "Draft"),
    Choice("open", "On the shelf", "green"),
    Choice("lent", "Lent", "orange"),
    Choice("gone", "Withdrawn", "red"),
)
MARKS = (Choice("large", "Large type"), Choice("audio", "With sound"), Choice("rare", "Rare", "red"))


def _books(t: Any) -> Any:
    book = t.other("sample_book")
    return select(func.count()).where(book.shelf == t.id, book.deleted_at.is_(None)).scalar_subquery()


class SampleShelf(Record, table=True):
    """A tree of few records, named by a code and a text."""

    __screen__ = Screen(
        "Shelf", "Shelves", area="system", section="6.1", icon="shelves", titles=("name",), second=("mark",), few=True, sort="name",
        groups=("Where", "Looks"), empty="Add the first shelf.",
    )  # fmt: skip
    __rights__ = {"facility admin": "all", "*": "read"}

    mark: str = code(
        "Mark",
        unique=True,
        column=True,
        search=True,
        pattern=r"[A-Z]-\d{2}",
        pattern_help="A letter, a dash and two digits.",
        example="A-01",
    )
    name: str = text("Name", column=True, search=True, inline=True)
    above: int | None = parent("Above", "sample_shelf", column=True)
    length: Decimal | None = decimal("Length", unit="m", column=True, sum=True, ge=0, le=100, group="Where")
    at: Place | None = point("On the plan", on="plan", group="Where")
    paint: str | None = colour("Paint", group="Looks")
    shut: bool = yes_no("Shut", column=True, filter=True)
    books: ClassVar = computed("Books", Kind.INTEGER, lambda t: _books(t), column=True, sort=True)
    roomy: ClassVar = computed("Roomy", Kind.BOOLEAN, lambda t: t.length >= Decimal(2), column=True, filter=True)


class SampleReader(Record, table=True):
    """A person: sensitive fields, a department and an owner."""

    __screen__ = Screen(
        "Reader", "Readers", area="system", section="2.1", icon="person", titles=("name",), second=("card",), sort="name",
        owners=("keeper",), department="team", similar=("name", "id_no"),
    )  # fmt: skip
    __rights__ = {
        "director": "all",
        "head": "read:department edit:department create export:department",
        "clerk": "read:own create edit:own",
        "auditor": "read:all",
    }

    card: str = code("Card", unique=True, column=True, search=True, max_length=20)
    name: str = text("Name", column=True, search=True, max_length=60)
    born_on: date | None = day("Born", column=True, le=today)
    id_no: str | None = id_number(unique=True, unmasked_for=("director",))
    mobile: str | None = phone("Mobile", sensitive=True, column=True, unmasked_for=("director", "head"))
    account: str | None = bank_account("Account")
    home: str | None = text("Home", sensitive=True, mask="address", max_length=200)
    mail: str | None = email("E-mail", column=True)
    company: str | None = credit_code("Company")
    team: int | None = reference("Team", "sample_shelf", column=True, filter=True)
    keeper: int | None = reference("Keeper", "sample_reader", column=True, on_delete="set null")
    secret: str | None = text("Kept for the rules", hidden=True)


class SampleBook(Record, table=True):
    """The big table: every ordinary kind of field, states, children, charts."""

    __screen__ = Screen(
        "Book", "Books", area="system", section="6.2", icon="book", titles=("title",), second=("number",), sort="-bought_on",
        help="What the library lends.", tabs=("Main", "More"), groups=("Book", "Price"),
        children=(Child("sample_copy", "book", in_form=True, minimum=1), Child("sample_loan", "book")),
        row_colours={"red": When(state="gone"), "yellow": When(state="lent", missing=True)},
        uniques=(("isbn", "edition"),), similar=("title", "isbn"), owners=("keeper",),
        empty="Add the first book.",
    )  # fmt: skip
    __rights__ = {"facility": "all", "clerk": "read create edit", "auditor": "read export"}
    __flow__ = Flow(
        initial="draft",
        moves=(
            Move(name="shelve", title="Put on the shelf", sources=("draft", "lent"), target="open", roles=("facility", "clerk"),
                 requires=("shelf",)),
            Move(name="lend", title="Lend", sources=("open",), target="lent", roles=("facility", "clerk"), guard=When(missing=False),
                 guard_message="A missing book can't be lent.", asks=("due_at",)),
            Move(name="withdraw", title="Withdraw", sources=("open", "draft"), target="gone", roles=("facility",), reason=True,
                 apart_from=("created_by",), confirm="It leaves the lists.", icon="delete", colour="red"),
        ),
    )  # fmt: skip
    __charts__ = (
        Chart(name="by_genre", title="Books by genre", by="genre", split="state"),
        Chart(name="by_shelf", title="Worth by shelf", measure="sum:price", by="shelf", mark="pareto"),
        Chart(
            name="bought", title="Bought by month", over="bought_on", split="genre", mark="line", target=Decimal(20), target_title="Goal"
        ),
        Chart(name="due", title="Due by week", over="due_at", step="week", mark="area", only=When(state="lent")),
        Chart(name="pages", title="Pages", by="pages", mark="histogram", bins=(0, 100, 200, 500)),
        Chart(name="missing", title="Mean price of missing books", measure="avg:price", by="missing", lower_is_better=True),
    )
    __checks__ = (Check("pages", lambda t: (t.pages > 0) | (t.state == "draft"), "A book on the shelf has pages.", "pages"),)

    number: str | None = number("Number", "SB{year}{seq:04}")
    title: str = text(
        "Title", column=True, search=True, max_length=120, inline=True, placeholder="As on the cover", group="Book", tab="Main"
    )
    isbn: str | None = code("ISBN", search=True, column=True, max_length=20)
    edition: int | None = integer("Edition", ge=1, group="Book")
    blurb: str | None = long_text("Blurb", search=True, tab="More")
    genre: str = choice("Genre", GENRES, default="novel", column=True, filter=True, group="Book", inline=True)
    marks: list[str] | None = choices("Marks", MARKS, column=True, filter=True)
    state: str = choice("State", STATES, default="draft", column=True, filter=True, readonly=True)
    shelf: int | None = reference("Shelf", "sample_shelf", column=True, filter=True, search=True, narrow={"shut": False})
    keeper: int | None = reference("Keeper", "sample_reader", narrow={"team": "$shelf"}, on_delete="set null", add_new=False)
    sequel_of: int | None = parent("Sequel of", "sample_book")
    also_on: ClassVar = references("Also on", "sample_shelf", filter=True)
    pages: int = integer("Pages", default=1, ge=0, le=100_000, column=True, sum=True, filter=True, inline=True)
    price: Decimal | None = money("Price", column=True, sum=True, filter=True, ge=0, group="Price")
    discount: Decimal | None = percent("Discount", ge=0, le=100, group="Price", editable_if=When(roles=("facility",)))
    weight: Decimal | None = decimal("Weight", places=3, unit="kg", gt=0, column=True)
    bought_on: date = day("Bought on", default=today, column=True, filter=True, le=today)
    opens_at: time | None = clock("From")
    due_at: datetime | None = moment("Due", column=True, filter=True, shown_if=When(state=("open", "lent")), required_if=When(state="lent"))
    lasts: timedelta | None = duration("Lasts", column=True)
    missing: bool = yes_no("Missing", column=True, filter=True)
    page: str | None = link("Page", help="Where it is described.")
    cover_colour: str | None = colour("Cover")
    found_at: Place | None = point("Found at", tab="More")
    scan: int | None = file("Scan", accept=("pdf",))
    cover: int | None = image("Cover picture")
    isbn_note: str | None = text("Note on the ISBN", required_if=When(isbn=FILLED, edition=None), max_length=80)
    net: ClassVar = computed("Net price", Kind.MONEY, lambda t: t.price - t.price * t.discount / 10_000, column=True)
    late: ClassVar = computed("Days late", Kind.INTEGER, lambda t: days_between(t.bought_on, t.today))


class SampleCopy(Record, table=True):
    """A child edited inside the form of its book; goes with it."""

    __screen__ = Screen("Copy", "Copies", area="system", section="6.2", titles=("label",), uniques=(("book", "label"),), hidden=True)
    __rights__ = {"facility clerk": "all", "auditor": "read"}

    book: int = reference("Book", "sample_book", on_delete="cascade", column=True)
    label: str = code("Label", max_length=20, column=True, search=True)
    cost: Decimal = money("Cost", default=Decimal(0), ge=0, column=True, sum=True)
    worn: bool = yes_no("Worn")


class SampleLoan(Record, table=True):
    """A record that takes a book for a while, named by a reference and a moment."""

    __screen__ = Screen(
        "Loan", "Loans", area="system", section="2.3", titles=("book", "starts_at"), second=("reader",), sort="-starts_at",
        bookable=Bookable("starts_at", "ends_at", of=("book",), free=When(cancelled=True), longest=timedelta(days=90), colour="kind"),
        deletable=False,
    )  # fmt: skip
    __rights__ = {"facility clerk": "all", "auditor": "read"}
    __checks__ = (Check("order", lambda t: t.ends_at > t.starts_at, "The end is before the start.", "ends_at"),)

    book: int = reference("Book", "sample_book", column=True, filter=True, search=True)
    reader: int = reference("Reader", "sample_reader", column=True, filter=True, search=True)
    starts_at: datetime = moment("From", column=True, filter=True)
    ends_at: datetime = moment("Until", column=True)
    kind: str = choice("Kind", (Choice("home", "At home"), Choice("hall", "Reading hall", "teal")), default="home", filter=True)
    cancelled: bool = yes_no("Cancelled", filter=True)


class SampleStamp(Record, table=True):
    """Entries that are only ever added; a shelf's balance is their sum."""

    __screen__ = Screen("Stamp", "Stamps", area="system", section="6.1", append_only=True, few=True)
    __rights__ = {"*": "read create"}

    shelf: int = reference("Shelf", "sample_shelf", column=True, filter=True)
    amount: Decimal = money("Amount", column=True, sum=True)
    sequence: int = integer("Sequence")


def tables() -> list[SqlTable]:
    """The SQL tables of the sample, link tables included."""
    return [one for name, one in SQLModel.metadata.tables.items() if name.startswith("sample_")]


def create(bind: Engine | Connection) -> None:
    """Make the sample's tables and the search index beside the product's tables."""
    SQLModel.metadata.create_all(bind, tables=tables())
    with contextlib.nullcontext(bind) if isinstance(bind, Connection) else bind.begin() as connection:
        for statement in search.DDL[bind.dialect.name]:
            connection.execute(sql(statement))


def put(db: Session, name: str, rows: Sequence[Mapping[str, Any]], *, centre: int = 1) -> list[int]:
    """Keep these records as they are, past the write path, and index them: their ids."""
    table = table_of(name)
    ids: list[int] = []
    complete: list[dict[str, Any]] = []
    stored = [field for field in table.fields.values() if not field.spec.computed and field.kind is not Kind.REFERENCES]
    for row in rows:
        values = {**_defaults(table), "centre_id": centre, "bought_on": today(), **row}
        kept = values_of(table, values, [field.name for field in stored])
        extra = {key: values[key] for key in ("id", "centre_id", "version", "deleted_at", "deleted_by") if values.get(key) is not None}
        id_ = db.execute(table.sql.insert().values(**kept, **extra).returning(table.sql.c.id)).scalar_one()
        ids.append(id_)
        complete.append({**values, "id": id_})
        for field in table.fields.values():
            if field.kind is Kind.REFERENCES:
                for target in row.get(field.name, ()):
                    db.execute(field.link.insert().values(owner_id=id_, target_id=target, centre_id=values["centre_id"]))
    search.index_many(db, table, complete)
    return ids


def _defaults(table: Table) -> dict[str, Any]:
    scalars = {column.name: column.default.arg for column in table.sql.c if isinstance(column.default, ScalarElementColumnDefault)}
    empty = dict.fromkeys(column.name for column in table.sql.c)
    return {**empty, **scalars, "version": 1, "created_at": now(), "updated_at": now()}


ALSO_ON: SqlTable = link_table("sample_book", "also_on")
