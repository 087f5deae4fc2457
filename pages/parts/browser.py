"""What the components that run in the browser share: where their files are, and what may come back from there.

A choice that a person makes in the browser (rows ticked, an option picked) is shown at once and counted: `{"n": 7, "ids": [3, 5]}`.
The server takes each count once; until a newer one comes, what the page passes holds. So a page that keeps the event and passes
it on the next run never fights with a person who clicks faster than the server answers, and can still set or clear the choice.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

MOST_IDS = 10_000
"""More than anybody ticks by hand; a longer list from the browser is not believed."""


def component(source: str, *before: str) -> ComponentRenderer:
    """The component of the module `source` (its `__file__`), whose `.js` and `.css` lie beside it.

    Its script finds one element, `<div class="slot">`, to live in. In the module's data, `key` tells instances apart.
    `before`: names of scripts that stand before its own, as one module with it, with their styles where they have some.
    """
    path = Path(source)
    scripts = [*(path.with_name(f"{name}.js") for name in before), path.with_suffix(".js")]
    styles = [style for script in scripts if (style := script.with_suffix(".css")).exists()]
    return st.components.v2.component(
        path.stem,
        html='<div class="slot"></div>',
        css="\n".join(style.read_text(encoding="utf-8") for style in styles),
        js="\n".join(script.read_text(encoding="utf-8") for script in scripts),
    )


def said(key: str, name: str) -> Any:
    """The state or trigger `name` that the browser sent for this run, readable before the component is drawn."""
    present = st.session_state.get(key)
    return present.get(name) if isinstance(present, Mapping) else None


def done(key: str, *names: str) -> list[tuple[str, Mapping[str, Any]]]:
    """What was just done in a component that counts what is done with it (`{"n": 7, …}`), in that order, each thing once.

    Several things where a person was quicker than the server.
    """
    fresh: list[tuple[int, str, Mapping[str, Any]]] = []
    for name in names:
        value = said(key, name)
        n = whole(value.get("n")) if isinstance(value, Mapping) else None
        if n is not None and n > turn(key):
            fresh.append((n, name, value))
    fresh.sort(key=lambda one: one[0])
    if fresh:
        st.session_state[f"{key}:turn"] = fresh[-1][0]
    return [(name, value) for _n, name, value in fresh]


def turn(key: str) -> int:
    """How many things were done in the component."""
    return int(st.session_state.get(f"{key}:turn", 0))


def whole(value: Any) -> int | None:
    """A positive whole number, such as a record's id, or None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def counted(value: Any) -> tuple[int, tuple[int, ...]] | None:
    """The count and the ids of a choice, each id once, or None for anything else."""
    if not isinstance(value, Mapping):
        return None
    n, ids = whole(value.get("n")), value.get("ids")
    if n is None or not isinstance(ids, list) or len(ids) > MOST_IDS or any(whole(one) is None for one in ids):
        return None
    return n, tuple(dict.fromkeys(ids))


def nothing() -> None:
    """A callback: Streamlit gives back only the states and triggers that have one."""


class Choice:
    """What is chosen in one component: `ids` for this run, and `n`, the newest count taken."""

    def __init__(self, key: str, name: str, passed: Iterable[int]) -> None:
        self._memory: dict[str, Any] = st.session_state.setdefault(f"{key}:choice", {"n": 0, "order": None})
        made = counted(said(key, name))
        self.fresh = made is not None and made[0] > self._memory["n"]
        self._shown = made[1] if made else ()
        self.n: int = self._memory["n"]
        self.ids = tuple(passed)
        if made and self.fresh:
            self.n, self.ids = made

    def order(self) -> dict[str, Any]:
        """What the browser has to show once it is at this count; the same as before as long as it shows the right thing already.

        So a tick does not change the component's data, and its rows are not sent again.
        """
        order: dict[str, Any] | None = self._memory["order"]
        if order is None or (not self.fresh and list(self.ids) != self._browser_shows(order)):
            order = self._memory["order"] = {"n": self.n, "ids": list(self.ids)}
        return order

    def _browser_shows(self, order: dict[str, Any]) -> list[int]:
        ids: list[int] = order["ids"] if order["n"] == self.n else list(self._shown)
        return ids

    def take(self) -> None:
        """Count the choice as taken; call it once the component is drawn."""
        self._memory["n"] = self.n
