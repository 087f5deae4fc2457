"""A list as a script: what it shows, what it asks the database, and what a person does with it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from streamlit.testing.v1 import AppTest

from services.crud.access import Actor

Open = Callable[..., AppTest]


def _script(name: str) -> None:
    from pages import table

    table.show(name)


def opener(monkeypatch: pytest.MonkeyPatch, who: Actor) -> Open:
    """Opens the screen of a table for somebody: `open("sample_book", **{"f.state": "draft"})`."""
    monkeypatch.setattr("pages.parts.session.actor", lambda: who)

    def open_(name: str, **params: str) -> AppTest:
        screen = AppTest.from_function(_script, args=(name,), default_timeout=20)
        for key, value in params.items():
            screen.query_params[key] = value
        return run(screen)

    return open_


def run(what: Any) -> AppTest:
    """Run a screen once more, or what was just done with one of its widgets; a fault fails the test."""
    screen: AppTest = what.run()
    assert not screen.exception, screen.exception[0].value
    return screen


def grid(screen: AppTest) -> dict[str, Any]:
    """What was sent to the grid."""
    (found,) = [one for one in screen.get("bidi_component") if one.proto.component_name.endswith("grid")]
    sent: dict[str, Any] = json.loads(found.proto.json or found.proto.mixed.json)
    return sent


def titles(screen: AppTest) -> list[str]:
    """The texts of the column that names the records."""
    sent = grid(screen)
    at = next(place for place, column in enumerate(sent["columns"]) if column["primary"])
    return [row[4][at] for row in sent["rows"]]


def column(screen: AppTest, name: str) -> list[Any]:
    """The cells of a column."""
    sent = grid(screen)
    at = next(place for place, one in enumerate(sent["columns"]) if one["name"] == name)
    return [row[4][at] for row in sent["rows"]]


def texts(screen: AppTest) -> str:
    """All that stands on the screen as Markdown, captions and alerts."""
    parts = [*screen.markdown, *screen.caption, *screen.error, *screen.warning, *screen.info, *screen.success]
    return "\n".join(str(one.value) for one in parts)


def keys(screen: AppTest) -> set[str]:
    """The keys of the buttons."""
    return {str(one.key) for one in screen.button}


def address(screen: AppTest) -> dict[str, Any]:
    """The query of the address."""
    return dict(screen.query_params)


def do(screen: AppTest, key: str, value: Any) -> AppTest:
    """Report something done in a component of the browser, as it would."""
    screen.session_state[key] = value
    return run(screen)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that reads, while the block runs."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lower().lstrip().startswith(("select", "with", "(select")):
            said.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", note)
