"""A board of cards in columns: a card is dragged, or moved by its menu or the keyboard, where it may go.

Presentation only: it knows no table and decides nothing. What the person did is told once by `done`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pages.parts.browser import component, nothing, turn
from pages.parts.said import refusal

if TYPE_CHECKING:  # the word alone; the tables stay unknown here
    from models.fields import Colour


@dataclass(frozen=True)
class Way:
    """A move: from which columns to which."""

    title: str
    sources: Sequence[str]
    target: str


@dataclass(frozen=True)
class Card:
    """A card: what stands on it, and the moves that are this person's to make, each with what stands against it (empty: nothing)."""

    id: int
    version: int
    title: str
    second: str
    href: str
    who: str
    due: str
    late: bool
    colour: Colour | None
    note: str
    moves: Sequence[tuple[str, str]]
    dialogs: Sequence[str] = ()
    """The moves that ask for something before they are made."""


@dataclass(frozen=True)
class Column:
    """A column, the number of all its cards, and those that are shown."""

    state: str
    title: str
    colour: Colour
    count: str
    cards: Sequence[Card]
    more: bool


@dataclass(frozen=True)
class Picked:
    """What may be done with a card that was picked up, after a closer look."""

    id: int
    version: int
    moves: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Labels:
    """The words of the frame, in the language of the reader."""

    move: str = "Move"
    more: str = "Show more"
    empty: str = "Nothing here"
    no_moves: str = "Nothing can be done with this now."
    none: str = "No move leads from “{from}” to “{to}”."
    not_yours: str = "Your roles do not include the move “{move}”."


_component = component(__file__, "placed", "gridcells", "said")


def cards(
    key: str,
    columns: Sequence[Column],
    ways: Mapping[str, Way],
    *,
    picked: Picked | None = None,
    labels: Labels,
) -> None:
    """Draw the board. It is drawn anew after each thing done with it (`browser.done`), as the columns say.

    It reports `open` (`id`), `more` (`state`), `pick` (`id`: somebody is about to move it) and `move` (`id`, `version`, `name`).
    """
    with refusal(key) as refused:
        _component(
            key=key,
            data={
                "key": key,
                "columns": [{**vars(one), "cards": [vars(card) for card in one.cards]} for one in columns],
                "ways": {name: vars(way) for name, way in ways.items()},
                "turn": turn(key),
                "picked": asdict(picked) if picked else None,
                "said": refused,
                "labels": asdict(labels),
            },
            on_open_change=nothing,
            on_more_change=nothing,
            on_pick_change=nothing,
            on_move_change=nothing,
        )
