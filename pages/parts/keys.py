"""What belongs to no place on a page: shortcuts of one key, the appearance that the person chose, the language of the document."""

from collections.abc import Mapping

from pages.parts import menu, navigation
from pages.parts.browser import component, nothing, said
from services.accounts import Person
from services.platform.i18n import language

_keys = component(__file__)
_KEY = "bar-keys"

PRESSED = ("/", "?", "h")
"""Keys that open something on this page: search, shortcuts, help."""
GO: Mapping[str, str] = {"t": "today", "a": "about", "m": "me"}
"""`g`, then this key: go to that page."""


def listen(person: Person) -> str:
    """Listen to the keyboard, and give back the key that was pressed (empty: none)."""
    chosen = person.theme in ("light", "dark")
    base = f"/{menu.base()}".rstrip("/")
    data = {
        "lang": language().replace("_", "-"),
        "theme": person.theme,
        "paths": [f"{base}/{path}" for path in ("", *navigation.paths())] if chosen else [],
        "keys": dict.fromkeys(PRESSED, True),
        "go": GO,
    }
    pressed = _keys(key=_KEY, data=data, on_press_change=nothing, on_go_change=_go, on_open_change=_open).press
    return pressed if pressed in PRESSED else ""


def _go() -> None:
    path = GO.get(str(said(_KEY, "go")))
    if path and navigation.reachable(path):
        navigation.open_page(path)


def _open() -> None:
    chosen = said(_KEY, "open")
    if not isinstance(chosen, Mapping) or not isinstance(chosen.get("params"), Mapping):
        return
    path = str(chosen.get("path"))
    if navigation.reachable(path):
        navigation.open_page(path, {str(name): [str(one) for one in values] for name, values in chosen["params"].items()})
