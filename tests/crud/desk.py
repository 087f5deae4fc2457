"""People at work in the library: accounts that exist, and records as they would make them."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from models.system import Credential
from services.crud import rules, values, write
from services.crud.access import Actor, system_actor
from services.crud.registry import table
from services.platform import db
from tests.crud import sample
from tests.crud.conftest import CENTRE, OTHER, actor

SHELF, BOOK, COPY, LOAN, READER, STAMP = (table(f"sample_{name}") for name in ("shelf", "book", "copy", "loan", "reader", "stamp"))
ONE_COPY = {"sample_copy": [{"label": "1"}]}


class Desk:
    """An open transaction, and who works in it."""

    def __init__(self, session: Session) -> None:
        self.db = session
        names = ("keeper", "clerk", "auditor", "director", "stranger")
        roles = ("facility", "clerk", "auditor", "director", "facility")
        rows = [
            {"username": name, "name": name.capitalize(), "roles": [role], "active": True} for name, role in zip(names, roles, strict=True)
        ]
        ids = [sample.put(session, "account", [row], centre=OTHER if row["username"] == "stranger" else CENTRE)[0] for row in rows]
        session.add_all(Credential(account_id=id_, password_hash="x") for id_ in ids)
        self.keeper, self.clerk, self.auditor, self.director, self.stranger = (
            replace(actor(role, account=id_, centre=OTHER if name == "stranger" else CENTRE), name=name.capitalize())
            for role, id_, name in zip(roles, ids, names, strict=True)
        )
        self.product = system_actor(CENTRE, "job")
        self._marks = 0

    def shelf(self, who: Actor | None = None, **given: Any) -> int:
        """A shelf with a mark of its own."""
        self._marks += 1
        mark = f"{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[self._marks // 100]}-{self._marks % 100:02}"
        return write.create(self.db, who or self.keeper, SHELF, {"mark": mark, "name": f"Shelf {self._marks}", **given}, confirm=True)

    def book(self, who: Actor | None = None, **given: Any) -> int:
        """A book with one copy."""
        return write.create(self.db, who or self.keeper, BOOK, {"title": "A book", **given}, ONE_COPY, confirm=True)

    def row(self, of: Any, id: int) -> dict[str, Any]:
        """The record as it is kept."""
        return values.load(self.db, of, [id])[id]

    def history(self, of: Any, id: int) -> list[tuple[str, int]]:
        """Verb and version of each change of a record."""
        change = SQLModel.metadata.tables["change"].c
        where = (change.table_name == of.name, change.record_id == id)
        return [tuple(row) for row in self.db.execute(select(change.verb, change.version).where(*where).order_by(change.id))]

    def count(self, name: str) -> int:
        """How many rows a table of the product holds."""
        own = SQLModel.metadata.tables[name]
        return len(self.db.execute(select(own.c.centre_id)).all())


class _Undo(Exception):
    pass


@contextmanager
def undone() -> Iterator[Desk]:
    """A desk in a transaction that is rolled back at the end."""
    try:
        with db.writing() as session:
            yield Desk(session)
            raise _Undo
    except _Undo:
        return


@pytest.fixture
def own_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules that a test hangs into the write path are gone after it."""
    rules._load()
    for name in ("_rules", "_effects", "_guards", "_moved"):
        monkeypatch.setattr(rules, name, defaultdict(list, {key: [*found] for key, found in getattr(rules, name).items()}))
