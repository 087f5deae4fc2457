"""An agenda: entries along the hours of days (or of what is taken), or in the cells of a month; made, moved and stretched there.

Presentation only: it knows no table and decides nothing. Times are minutes of the day in Shanghai.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from pages.parts.browser import component, nothing, turn
from pages.parts.said import refusal

if TYPE_CHECKING:  # the word alone; the tables stay unknown here
    from models.fields import Colour

Axis = Literal["down", "across", "cells"]
"""Days beside one another with the hours downwards; rows with the hours across; the cells of a month."""


@dataclass(frozen=True)
class Track:
    """A day, or something that is taken on a day."""

    key: str
    """What the events call it."""
    title: str
    full: str = ""
    """The day in full."""
    second: str = ""
    day: bool = True
    """A day that can be opened, not a thing."""
    today: bool = False
    other: bool = False
    """A day of another month."""
    closed: Sequence[tuple[int, int]] = ()
    count: str = ""
    more: str = ""
    """How many entries of the day are not shown."""


@dataclass(frozen=True)
class Entry:
    """A record, or what of it lies on one track."""

    id: int
    version: int
    track: int
    start: int
    end: int
    time: str
    title: str
    second: str
    href: str
    colour: Colour | None
    note: str
    movable: bool
    free: bool = False
    """It takes nothing (yet, or any more)."""
    fixed: bool = False
    """It may change its time, but not what it takes."""
    head: bool = True
    """It begins here (or went on from the day before)."""
    tail: bool = True
    lane: int = 0
    lanes: int = 1


@dataclass(frozen=True)
class Labels:
    """The words of the frame, in the language of the reader."""

    empty: str = "Nothing on this day"
    how: str = "Press M to move it with the arrow keys."
    keys: str = "Arrows move it, with Shift they stretch it. Enter saves, Esc leaves it as it was."


_component = component(__file__, "placed", "gridcells", "said")


def timetable(
    key: str,
    axis: Axis,
    tracks: Sequence[Track],
    entries: Sequence[Entry],
    *,
    hours: tuple[int, int],
    step: int,
    field: str = "",
    now: tuple[int, int] | None = None,
    weekdays: Sequence[str] = (),
    creatable: bool = False,
    labels: Labels,
) -> None:
    """Draw the agenda from one minute of the day to another (`hours`). `now`: the track (-1: all of them) and the minute.

    It reports (`browser.done`) `open` (`id`), `day` (`key` of the track), `create` (`track`,
    `from`, `to`) and `change` (`id`, `version`, `track`, by how many `tracks`, and how many minutes its `start` and `end` move).
    """
    first, last = hours
    with refusal(key) as refused:
        _component(
            key=key,
            data={
                "key": key,
                "axis": axis,
                "tracks": [vars(one) for one in tracks],
                "entries": [_entry(one) for one in entries],
                "first": first,
                "last": last,
                "step": step,
                "turn": turn(key),
                "field": field,
                "now": {"track": now[0], "at": now[1]} if now else None,
                "weekdays": list(weekdays),
                "creatable": creatable,
                "said": refused,
                "labels": asdict(labels),
            },
            on_open_change=nothing,
            on_day_change=nothing,
            on_create_change=nothing,
            on_change_change=nothing,
        )


def _entry(one: Entry) -> dict[str, object]:
    sent = dict(vars(one))
    sent["from"], sent["to"] = sent.pop("start"), sent.pop("end")
    return sent
