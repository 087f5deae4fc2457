"""The list of a table as a real HTML table: sorting, selecting, opening, badges; cards where it is narrow.

Presentation only: it knows no table and formats nothing. The page passes texts that are ready to show.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Required, TypedDict

from pages.parts.browser import Choice, component, nothing, whole

if TYPE_CHECKING:  # the word alone; the tables stay unknown here
    from models.fields import Colour

Kind = Literal[
    "text", "code", "number", "money", "percent", "date", "moment", "badge", "badges", "boolean", "link", "image", "reference", "progress"
]
Density = Literal["compact", "normal", "comfortable"]

LONGEST_TEXT = 500
"""Characters of a cell that are sent; the rest is on the record page."""

_RIGHT = frozenset({"number", "money", "percent"})
_ELASTIC = frozenset({"text", "reference", "link", "badges"})
_WIDTHS: dict[Kind, float] = {
    "text": 11, "code": 9, "number": 6.5, "money": 8.5, "percent": 6, "date": 7, "moment": 9.5, "badge": 7.5, "badges": 11,
    "boolean": 5, "link": 11, "image": 4.5, "reference": 10, "progress": 8,
}  # fmt: skip
_TITLE_WIDTH = 16.0


class Rich(TypedDict, total=False):
    """A cell that is more than a text."""

    text: Required[str]
    second: str
    """A second line, smaller."""
    title: str
    """Shown when the pointer rests on the cell."""
    colour: Colour
    href: str
    """Where the text leads (`reference`, `link`)."""
    id: int
    """`reference`: the record it leads to. A plain click is then reported as `follow` and stays in the session."""
    src: str
    """`image`: a path of this server or a `data:image/` address."""
    share: float
    """`progress`: 0 to 1."""
    on: bool
    """`boolean`: a tick or a dash."""


Cell = str | Rich | Sequence[Rich]
"""A text; a rich cell; or several (`badges`)."""


@dataclass(frozen=True)
class Column:
    """One column. `primary` is the record's name: it leads to the record and stays in view when scrolling sideways and on phones."""

    name: str
    title: str
    kind: Kind = "text"
    unit: str = ""
    sortable: bool = True
    help: str = ""
    primary: bool = False
    width: float | None = None
    """In rem; without it by kind and title, so that it is the same on every page of the list."""


class Row(NamedTuple):
    """One record: cells by column name (a missing one is empty), its own address, and a colour along its left edge with what it means."""

    id: int
    cells: Mapping[str, Cell]
    href: str = ""
    colour: Colour | None = None
    note: str = ""


@dataclass(frozen=True)
class Labels:
    """The words of the frame, in the language of the reader."""

    select_all: str = "Select all on this page"
    select: str = "Select"
    selected: str = "{count} selected"
    sort: str = "Sort by"
    unsorted: str = "Standard order"
    ascending: str = "ascending"
    descending: str = "descending"
    total: str = "Total"


@dataclass(frozen=True)
class GridEvent:
    """What the person did in this run. `selected` always holds; the others are None unless they just happened."""

    selected: tuple[int, ...] = ()
    open: int | None = None
    """The record whose row was clicked."""
    follow: tuple[int, str] | None = None
    """A reference that was clicked: the id of the record it leads to, and the column."""
    sort: tuple[str, bool] | None = None
    """The column to sort by now, and True for descending."""


_LABELS = Labels()
_component = component(__file__, "placed", "gridcells")


def grid(
    key: str,
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    caption: str,
    sort: tuple[str, bool] | None = None,
    selectable: bool = False,
    selected: Sequence[int] = (),
    density: Density = "normal",
    footer: Mapping[str, str] | None = None,
    empty: str = "",
    height: Literal["window", "content"] = "window",
    labels: Labels = _LABELS,
) -> GridEvent:
    """Draw the list and say what was done with it.

    `selected` is what is selected now, also rows of other pages: keep `GridEvent.selected` and pass it on the next run; pass
    something else to set or clear. `footer` holds sums by column name. `height`: "window" scrolls inside, below a fixed head.
    Ids and names that come back are checked for their shape only: read the record through an allowed query.
    """
    choice = Choice(key, "selected", selected)
    order = choice.order()
    result = _component(
        key=key,
        data={
            "key": key,
            "columns": [_column(one) for one in columns],
            "rows": [_row(one, columns) for one in rows],
            "caption": caption,
            "sort": sort,
            "selectable": selectable,
            "selected": order,
            "density": density,
            "footer": [_cut(footer.get(one.name, "")) for one in columns] if footer else None,
            "empty": empty,
            "height": height,
            "labels": asdict(labels),
        },
        on_selected_change=nothing,
        on_open_change=nothing,
        on_follow_change=nothing,
        on_sort_change=nothing,
    )
    choice.take()
    return GridEvent(
        selected=choice.ids if selectable else (),
        open=whole(result.open),
        follow=_follow(result.follow, columns),
        sort=_sort(result.sort, columns),
    )


def _column(one: Column) -> dict[str, Any]:
    width = one.width or max(_TITLE_WIDTH if one.primary else _WIDTHS[one.kind], min(_title_width(one), 12.0))
    return {
        "name": one.name,
        "title": one.title,
        "kind": one.kind,
        "unit": one.unit,
        "sortable": one.sortable,
        "help": one.help,
        "primary": one.primary,
        "width": width,
        "elastic": one.width is None and (one.primary or one.kind in _ELASTIC),
        "right": one.kind in _RIGHT,
    }


def _title_width(one: Column) -> float:
    """What the head needs in rem: a Chinese character is as wide as its size, others about half."""
    text = f"{one.title} {one.unit}" if one.unit else one.title
    ems = sum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.56 for letter in text)
    return ems * 0.8125 + 2.4


def _row(one: Row, columns: Sequence[Column]) -> list[Any]:
    cells = [_cell(one.cells.get(column.name, "")) for column in columns]
    return [one.id, one.href, one.colour, one.note, cells]


def _cell(cell: Cell) -> Any:
    if isinstance(cell, str):
        return _cut(cell)
    if isinstance(cell, Sequence):
        return [_cell(part) for part in cell]
    return {**cell, "text": _cut(cell["text"]), "second": _cut(cell.get("second", ""))}


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"


def _follow(value: Any, columns: Sequence[Column]) -> tuple[int, str] | None:
    if not isinstance(value, Mapping):
        return None
    id_, name = whole(value.get("id")), value.get("column")
    column = next((one.name for one in columns if one.name == name and one.kind == "reference"), None)
    return (id_, column) if id_ is not None and column is not None else None


def _sort(value: Any, columns: Sequence[Column]) -> tuple[str, bool] | None:
    if not isinstance(value, Mapping) or not isinstance(value.get("descending"), bool):
        return None
    name = value.get("column")
    return next(((one.name, value["descending"]) for one in columns if one.name == name and one.sortable), None)
