"""Fields and records as columns and rows of the grid."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from models.fields import FILLED, Colour, Kind, When
from pages.parts import grid
from pages.parts.display import colour, display, joined, line, unit_of
from pages.parts.navigation import href, reachable
from services.crud.access import Actor
from services.crud.query import Ref
from services.crud.registry import Field, Table
from services.platform.files import link
from services.platform.i18n import _, format_moment

_KINDS: dict[Kind, grid.Kind] = {
    Kind.TEXT: "text",
    Kind.LONG_TEXT: "text",
    Kind.EMAIL: "text",
    Kind.TIME: "code",
    Kind.DURATION: "code",
    Kind.COLOUR: "code",
    Kind.CODE: "code",
    Kind.PHONE: "code",
    Kind.ID_NUMBER: "code",
    Kind.CREDIT_CODE: "code",
    Kind.BANK_ACCOUNT: "code",
    Kind.POINT: "code",
    Kind.INTEGER: "number",
    Kind.DECIMAL: "number",
    Kind.MONEY: "money",
    Kind.PERCENT: "percent",
    Kind.DATE: "date",
    Kind.MOMENT: "moment",
    Kind.CHOICE: "badge",
    Kind.CHOICES: "badges",
    Kind.BOOLEAN: "boolean",
    Kind.LINK: "link",
    Kind.FILE: "link",
    Kind.IMAGE: "image",
    Kind.REFERENCE: "reference",
    Kind.PARENT: "reference",
    Kind.REFERENCES: "badges",
}

_CODE_WIDTH = 10.0
"""Rem of a column that names the records by a number: the room is for what tells more."""

Make = Callable[[Any], grid.Cell]


def primary(table: Table, fields: Sequence[Field]) -> Field | None:
    """The column that names the record and leads to it: the first of its titles that is shown, or else the first column."""
    return next((field for field in table.titles if field in fields), fields[0] if fields else None)


def columns(table: Table, fields: Sequence[Field], *, trash: bool = False) -> list[grid.Column]:
    """These fields as columns; of the trash, before them when and by whom a record was deleted."""
    name = primary(table, fields)
    gone = (
        [grid.Column("deleted_at", _("Deleted"), "moment", sortable=False), grid.Column("deleted_by", _("By"), sortable=False)]
        if trash
        else []
    )
    return gone + [
        grid.Column(
            field.name,
            field.title,
            "text" if field is name else _KINDS[field.kind],
            unit=unit_of(field),
            sortable=not trash and table.sortable(field),
            help=field.help,
            primary=field is name,
            width=_CODE_WIDTH if field is name and _KINDS[field.kind] == "code" else None,
        )
        for field in fields
    ]


def rows(
    table: Table,
    fields: Sequence[Field],
    found: Sequence[Mapping[str, Any]],
    who: Actor,
    params: Mapping[str, Sequence[str]],
    people: Mapping[int, str] | None = None,
) -> list[grid.Row]:
    """Records as `crud.query` gives them → rows. `params`: the address of the list, which a record's own address carries along;
    `people`: the names of the accounts that deleted the records of a trash."""
    name = primary(table, fields)
    makers = [(field.name, _text(field) if field is name else _maker(field, who)) for field in fields]
    address = href(table.name, params)
    address += "&id=" if params else "?id="
    mark = marks(table)
    made = []
    for row in found:
        shade, note = mark(row)
        cells = {field: make(row.get(field)) for field, make in makers}
        if row.get("deleted_at"):
            cells |= {"deleted_at": format_moment(row["deleted_at"]), "deleted_by": (people or {}).get(row["deleted_by"], "")}
        made.append(grid.Row(row["id"], cells, f"{address}{row['id']}", shade, note))
    return made


def marks(table: Table) -> Callable[[Mapping[str, Any]], tuple[Colour | None, str]]:
    """What says of a record its row colour, and what that means."""
    declared = [(shade, when, _meaning(table, when)) for shade, when in table.screen.row_colours.items()]

    def mark(row: Mapping[str, Any]) -> tuple[Colour | None, str]:
        bare = {name: value.id if isinstance(value, Ref) else value for name, value in row.items()} if declared else {}
        return next(((shade, note) for shade, when, note in declared if when.holds(bare)), (None, ""))

    return mark


def _meaning(table: Table, when: When) -> str:
    """A row colour's condition in words."""
    parts = []
    for name, wanted in when.conditions.items():
        field = table.fields[name]
        if hasattr(wanted, "filled"):
            value = _("Not empty") if wanted is FILLED else _("Empty")
        else:
            several = wanted if isinstance(wanted, tuple | list | set | frozenset) else (wanted,)
            value = joined(display(field, one) for one in several)
        parts.append(_("{field}: {value}", field=field.title, value=value))
    return joined(parts)


# One function per column, made once a page


def _maker(field: Field, who: Actor) -> Make:
    match field.kind:
        case Kind.CHOICE:
            return _badge(field)
        case Kind.CHOICES:
            badge = _badge(field)
            return lambda value: [badge(code) for code in value or ()]  # type: ignore[misc]
        case Kind.REFERENCES:
            return lambda value: [{"text": one.title} for one in value or ()]
        case Kind.REFERENCE | Kind.PARENT:
            return _reference(field)
        case Kind.BOOLEAN:
            return lambda value: "" if value is None else {"text": display(field, value), "on": value is True}
        case Kind.LINK:
            return lambda value: {"text": value, "href": value} if value else ""
        case Kind.FILE:
            return lambda value: {"text": _("Open"), "href": link(who, value)} if value else ""
        case Kind.IMAGE:
            return lambda value: {"text": field.title, "src": link(who, value, side=96)} if value else ""
        case _:
            return _text(field)


def _text(field: Field) -> Make:
    return lambda value: line(field, value)


def _badge(field: Field) -> Make:
    kept: dict[str, grid.Cell] = {}

    def make(code: Any) -> grid.Cell:
        if not code:
            return ""
        if code not in kept:
            kept[code] = grid.Rich(text=field.choice_title(code), colour=colour(field, code))
        return kept[code]

    return make


def _reference(field: Field) -> Make:
    target = field.spec.target
    address = f"{href(target)}?id=" if reachable(target) else ""

    def make(value: Ref | None) -> grid.Cell:
        if value is None:
            return ""
        return {"text": value.title, "href": f"{address}{value.id}", "id": value.id} if address else value.title

    return make
