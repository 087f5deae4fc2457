"""A reference field: type to search on the server, pick one record or several.

Presentation only: the page passes a function that searches, which is called when the list is open and asks for something, never
otherwise. Not for use inside `st.form`: a form holds everything back until it is sent, searching included.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from pages.parts.browser import Choice, component, nothing, said, whole

MOST_OPTIONS = 20
LONGEST_TERM = 200


class Option(NamedTuple):
    """A record that can be picked: two lines, enough to tell it from others."""

    id: int
    text: str
    second: str = ""


@dataclass(frozen=True)
class Found:
    """What a search found."""

    options: Sequence[Option]
    more: bool = False
    """There are more than these."""
    recent: bool = False
    """These were used lately: nothing has been typed yet."""


@dataclass(frozen=True)
class Labels:
    """The words of the frame, in the language of the reader."""

    clear: str = "Clear"
    remove: str = "Remove {text}"
    recent: str = "Used lately"
    searching: str = "Searching…"
    nothing: str = "Nothing found for “{term}”"
    start: str = "Type to search"
    more: str = "There are more. Type on to narrow the search."
    failed: str = "No answer yet. Please try again."


@dataclass(frozen=True)
class PickerEvent:
    """What stands in the field now, and what the person asked for in this run."""

    value: int | list[int] | None
    """The id; several: the ids in the order they were picked."""
    add_new: str | None = None
    """"Add new" was chosen: what was typed so far."""


Search = Callable[[str], Found]

_LABELS = Labels()
_component = component(__file__, "placed", "pickerparts")


def picker(
    key: str,
    label: str,
    *,
    search: Search,
    value: Option | Sequence[Option] | None = None,
    multiple: bool = False,
    required: bool = False,
    disabled: bool = False,
    help: str = "",
    error: str = "",
    placeholder: str = "",
    add_new: str = "",
    labels: Labels = _LABELS,
) -> PickerEvent:
    """Draw the field and say what stands in it.

    `value` is what stands in it now: keep `PickerEvent.value` and pass its option on the next run; pass something else to set
    or clear. `search` takes what was typed ("" when the list has just been opened: answer with what was used lately) and gives
    at most 20 options. `add_new` is the text of a last entry that leads to a new record. The ids that come back are checked for
    their shape only: read the records through an allowed query.
    """
    held = [value] if isinstance(value, Option) else list(value or ())
    choice = Choice(key, "value", [one.id for one in held])
    result = _component(
        key=key,
        data={
            "key": key,
            "label": label,
            "value": {"n": choice.n, "ids": choice.ids, "options": held},
            "answer": _answer(said(key, "ask"), search),
            "multiple": multiple,
            "required": required,
            "disabled": disabled,
            "help": help,
            "error": error,
            "placeholder": placeholder,
            "add_new": add_new,
            "labels": asdict(labels),
        },
        on_value_change=nothing,
        on_ask_change=nothing,
        on_add_change=nothing,
    )
    choice.take()
    ids = list(choice.ids)
    added = result.add
    return PickerEvent(
        value=ids if multiple else (ids[0] if ids else None),
        add_new=added[:LONGEST_TERM] if add_new and isinstance(added, str) else None,
    )


def _answer(asked: Any, search: Search) -> dict[str, Any] | None:
    if not isinstance(asked, Mapping):
        return None
    n, term = whole(asked.get("n")), asked.get("term")
    if n is None or not isinstance(term, str) or len(term) > LONGEST_TERM:
        return None
    found = search(term)
    return {"n": n, "term": term, "options": found.options[:MOST_OPTIONS], "more": found.more, "recent": found.recent}
