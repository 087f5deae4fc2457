"""A form and a record page as scripts: what a person types, clicks and reads."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from models.fields import Kind
from pages.parts.formstate import SLOT, Form
from services.crud import values
from services.crud.access import Actor
from services.crud.registry import Table, table
from services.platform import db
from tests.crud import sample
from tests.crud.conftest import CENTRE, actor
from tests.screens.lists import address, run, texts

_accounts = count(1)
_choices = count(1)
_WIDGETS = {
    Kind.LONG_TEXT: "text_area",
    Kind.CHOICES: "pills",
    Kind.BOOLEAN: "toggle",
    Kind.DATE: "date_input",
    Kind.TIME: "time_input",
    Kind.MOMENT: "datetime_input",
}


def somebody(*roles: str, centre: int = CENTRE, staff: int | None = None) -> Actor:
    """Somebody with an account of their own, so that drafts and what was used lately are theirs alone."""
    name = f"person{next(_accounts)}"
    with db.writing() as session:
        row = {"username": name, "name": name.capitalize(), "roles": list(roles), "active": True}
        (account,) = sample.put(session, "account", [row], centre=centre)
    return replace(actor(*roles, account=account, staff=staff, centre=centre), name=name.capitalize())


def kept(of: Table, id: int) -> dict[str, Any]:
    """The record as it is kept."""
    with db.reading() as session:
        return values.load(session, of, [id])[id]


def children(of: Table, via: str, id: int) -> list[dict[str, Any]]:
    """The live records that hang on another one, as they are kept."""
    own = of.sql.c
    with db.reading() as session:
        ids = list(session.execute(select(own.id).where(own[via] == id, own.deleted_at.is_(None)).order_by(own.id)).scalars())
        return list(values.load(session, of, ids).values())


def _script(name: str) -> None:
    import streamlit as st

    from pages import table
    from services.crud.registry import tables as known

    st.session_state["navigation.pages"] = dict.fromkeys(known())
    table.show(name)


class Person:
    """Somebody at a screen: a session of the browser."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, who: Actor) -> None:
        self.who = who
        self._monkeypatch = monkeypatch
        self.screen: AppTest
        self.language = "en"
        self.went: tuple[str, dict[str, Any]] = ("", {})
        """The other page that was opened last, and its address."""

    def open(self, name: str, **params: Any) -> "Person":
        """Open an address in a new session of the browser: `open("sample_book", id=3, edit=1)`."""
        self.screen = AppTest.from_function(_script, args=(name,), default_timeout=20)
        for key, value in params.items():
            self.screen.query_params[key.replace("__", ".")] = value if isinstance(value, list) else str(value)
        self.table = table(name)
        return self.run(self.screen)

    def go(self, **params: Any) -> "Person":
        """Another address in the same session."""
        self.screen.query_params.clear()
        for key, value in params.items():
            self.screen.query_params[key.replace("__", ".")] = str(value)
        return self.run(self.screen)

    def run(self, what: Any) -> "Person":
        """Run a step as this person; a fault fails the test."""

        def open_page(name: str, params: Mapping[str, Any] | None = None) -> None:
            import streamlit as st

            self.went = (name, dict(params or {}))
            st.stop()

        self._monkeypatch.setattr("pages.parts.session.actor", lambda: self.who)
        self._monkeypatch.setattr("services.platform.i18n._reader", [lambda: self.language])
        for module in ("form", "record"):
            self._monkeypatch.setattr(f"pages.parts.{module}.actor", lambda: self.who)
        for module in ("form", "facts", "children"):
            self._monkeypatch.setattr(f"pages.parts.{module}.open_page", open_page)
        run(what)
        return self

    # What is typed

    @property
    def form(self) -> Form:
        """The form that is open."""
        found: Form = self.screen.session_state[f"{SLOT}{self.table.name}:{self.address.get('id', 'new')}"]
        return found

    def key(self, name: str) -> str:
        """The key of a field's widget."""
        return f"{self.form.token}.{name}"

    def set(self, **typed: Any) -> "Person":
        """Put values into widgets; nothing runs yet. References and files by id."""
        for name, value in typed.items():
            field, key = self.table.fields[name], self.key(name)
            if field.is_reference or field.kind is Kind.REFERENCES:
                ids = value if isinstance(value, list) else [value] if value else []
                self.screen.session_state[f"{key}.picker"] = {"value": {"n": next(_choices), "ids": ids}}
            else:
                self.widget(name).set_value(value)
        return self

    def type(self, **typed: Any) -> "Person":
        """Type into fields, and leave them."""
        return self.set(**typed).run(self.screen)

    def widget(self, name: str) -> Any:
        """The widget of a field."""
        field = self.table.fields[name]
        kinds = ["segmented_control", "selectbox"] if field.kind is Kind.CHOICE else [_WIDGETS.get(field.kind, "text_input")]
        found = [one for kind in kinds for one in getattr(self.screen, kind) if one.key == self.key(name)]
        assert found, f"no widget for {name}"
        return found[0]

    def lines(self, of: str, *, added: Sequence[Mapping[str, Any]] = (), edited: Mapping[int, Mapping[str, Any]] | None = None) -> "Person":
        """Type into the grid of a child table: rows added at its end, and cells changed by line."""
        turn = self.screen.session_state[f"{self.form.token}.children.{of}.turn"]
        key = f"{self.form.token}.children.{of}.grid.{turn}"
        edits = {line: dict(cells) for line, cells in (edited or {}).items()}
        self.screen.session_state[key] = {"edited_rows": edits, "added_rows": [dict(row) for row in added], "deleted_rows": []}
        return self.run(self.screen)

    def click(self, name: str) -> "Person":
        """Click the button whose key is, or ends with, this name."""
        found = [one for one in self.screen.button if str(one.key) == name or str(one.key).endswith(f".{name}")]
        assert len(found) == 1, f"{name}: {[one.key for one in self.screen.button]}"
        return self.run(found[0].click())

    def save(self) -> "Person":
        """Click the first button of the form's foot."""
        start = f"{self.form.token}.save"
        (button,) = [one for one in self.screen.button if str(one.key).startswith(start) and not str(one.key).endswith(".another")]
        return self.run(button.click())

    # What is read

    @property
    def said(self) -> str:
        """All that stands on the screen as text."""
        parts = [texts(self.screen), *(str(one.value) for one in self.screen.subheader), *(one.label for one in self.screen.button)]
        parts += [str(text) for one in self.screen.table for text in one.value.iloc[:, 0]]
        parts += [
            json.dumps(json.loads(sent), ensure_ascii=False)
            for one in self.screen.get("bidi_component")
            if (sent := one.proto.json or one.proto.mixed.json)
        ]
        return "\n".join(parts).replace("\\", "").replace("\u2060", "")

    @property
    def address(self) -> dict[str, Any]:
        """The query of the address."""
        return address(self.screen)

    @property
    def id(self) -> int:
        """The record whose page is open."""
        assert set(self.address) & {"new", "edit"} == set(), self.said
        return int(self.address["id"])

    @property
    def facts(self) -> dict[str, list[str]]:
        """What stands on the record page: label → texts."""
        (found,) = [one for one in self.screen.get("bidi_component") if one.proto.component_name.endswith("facts")]
        groups = json.loads(found.proto.json or found.proto.mixed.json)["groups"]
        return {row["label"]: [cell["text"] for cell in row["cells"]] for group in groups for row in group["rows"]}


@contextmanager
def every_statement() -> Iterator[list[str]]:
    """Every statement, writing ones too, while the block runs."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lower().lstrip().startswith(("begin", "pragma", "savepoint", "release", "set ")):
            said.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", note)


Sit = Callable[..., Person]
"""Somebody of some roles sits down."""
