"""Checks of a table and its screen."""

import keyword
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import UniqueConstraint

from models.areas import AREAS, SECTIONS
from models.base import COMMON
from models.fields import Kind, When
from services.crud.checklist import Found, Tables, check
from services.crud.registry import Field, Table, texts_of
from services.platform.i18n import msg, translated

RESERVED = frozenset({"today", "now", "other", "roles", "metadata"})
"""Names that expressions and conditions use for something else."""
UNTITLED = frozenset({Kind.LONG_TEXT, Kind.FILE, Kind.IMAGE, Kind.REFERENCES, Kind.CHOICES, Kind.POINT})
"""Kinds of fields that can't name a record."""
PICTOGRAPH = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50-\u2b55\ufe0f]")


@cache
def icons() -> frozenset[str]:
    """The names of Material Symbols, read from the list that Streamlit brings along."""
    package = find_spec("streamlit")
    assert package is not None
    assert package.origin is not None
    names = (Path(package.origin).parent / "material_icon_names.py").read_text("utf-8")
    return frozenset(re.findall(r'"([a-z0-9_]+)"', names))


def unknown_fields(table: Table, names: Iterable[str], what: str) -> Found:
    """A problem for each name that is no field of the table."""
    for name in names:
        if name not in table.fields and name != "id":
            yield "", msg("{what} names the field “{field}”, which the table does not have.", what=what, field=name)


def unknown_in(table: Table, when: When | None, what: str) -> Found:
    """A problem for each name and value of a condition that the table does not know."""
    if when is None:
        return
    for name, wanted in when.conditions.items():
        field = table.fields.get(name)
        if field is None:
            yield "", msg("{what} names the field “{field}”, which the table does not have.", what=what, field=name)
        elif field.spec.choices:
            for code in wanted if isinstance(wanted, tuple | list | set | frozenset) else (wanted,):
                if isinstance(code, str) and field.choice(code) is None:
                    yield "", msg("{what} asks for “{choice}”, which is not a choice of “{field}”.", what=what, choice=code, field=name)


@check("E001")
def area(table: Table, known: Tables) -> Found:
    """The area is one of the product's."""
    if table.screen.area not in {one.name for one in AREAS}:
        yield "", msg("Its area “{area}” is not one of those in models/areas.py.", area=table.screen.area)


@check("E002")
def section(table: Table, known: Tables) -> Found:
    """The section is one of the service standard."""
    if hasattr(table.model, "__screen__") and table.screen.section not in SECTIONS:
        yield "", msg("Its section “{section}” is not one of the service standard (models/areas.py).", section=table.screen.section)


@check("E003")
def icon(table: Table, known: Tables) -> Found:
    """Icons are Material Symbols."""
    flow = table.flow
    for where, name in (("", table.screen.icon), *((move.name, move.icon) for move in (flow.moves if flow else ()))):
        if name and name not in icons():
            yield where, msg("“{icon}” is not the name of a Material Symbols icon.", icon=name)


@check("E004")
def pictographs(table: Table, known: Tables) -> Found:
    """Labels are words; icons are declared as icons."""
    for text in texts_of(table):
        if PICTOGRAPH.search(text):
            yield "", msg("The text “{text}” holds an emoji: use words, and an icon where there is one to declare.", text=text)


@check("E005")
def screen_names(table: Table, known: Tables) -> Found:
    """Every field that the screen names exists."""
    screen = table.screen
    yield from unknown_fields(table, screen.titles, "titles")
    yield from unknown_fields(table, screen.second, "second")
    yield from unknown_fields(table, [screen.sort.removeprefix("-")], "sort")
    yield from unknown_fields(table, [name for group in screen.uniques for name in group], "uniques")
    yield from unknown_fields(table, screen.similar or (), "similar")
    yield from unknown_fields(table, screen.owners, "owners")
    yield from unknown_fields(table, [screen.department] if screen.department else [], "department")


@check("E006")
def groups_and_tabs(table: Table, known: Tables) -> Found:
    """Groups and tabs are listed and used alike."""
    screen = table.screen
    used = {"groups": {field.spec.group for field in table.declared}, "tabs": {field.spec.tab for field in table.declared}}
    for what, named in (("groups", screen.groups), ("tabs", screen.tabs)):
        for name in named:
            if name not in used[what]:
                yield "", msg("{what} lists “{name}”, which no field uses.", what=what, name=name)
        for name in sorted(used[what] - {"", *named}) if named else ():
            yield "", msg("A field uses “{name}”, which {what} does not list.", what=what, name=name)


@check("E007")
def title_kinds(table: Table, known: Tables) -> Found:
    """Titles and second lines are made of fields that fit on a line."""
    for field in (*table.titles, *table.second):
        if field.kind in UNTITLED or field.spec.hidden:
            yield field.name, msg("A field of this kind can't name a record: take it out of titles and second.")


@check("E008")
def children(table: Table, known: Tables) -> Found:
    """Child tables exist and refer to this table."""
    for child in table.children:
        below = known.get(child.table)
        if below is None:
            yield "", msg("children names the table “{table}”, which is not declared.", table=child.table)
        elif child.via not in below.fields:
            yield "", msg("The child table “{table}” has no field “{field}”.", table=child.table, field=child.via)
        elif below.fields[child.via].spec.target != table.name or not below.fields[child.via].is_reference:
            yield (
                "",
                msg("The field “{field}” of the child table “{table}” does not refer to this table.", field=child.via, table=child.table),
            )
        if child.minimum and not child.in_form:
            yield "", msg("The child table “{table}” has a minimum, so it must be edited in the form (in_form=True).", table=child.table)


@check("E009")
def bookable(table: Table, known: Tables) -> Found:
    """What is booked has a beginning, an end, and things that are taken."""
    booked = table.screen.bookable
    if booked is None:
        return
    yield from unknown_fields(table, [booked.start, booked.end, *booked.of, *filter(None, [booked.colour])], "bookable")
    for name in (booked.start, booked.end):
        if name in table.fields and (table.fields[name].kind is not Kind.MOMENT or table.fields[name].spec.computed):
            yield name, msg("bookable needs a moment here.")
    for name in booked.of:
        if name in table.fields and not table.fields[name].is_reference:
            yield name, msg("bookable needs a reference here: what is taken.")
    if booked.colour in table.fields and table.fields[booked.colour].kind is not Kind.CHOICE:
        yield booked.colour, msg("bookable takes its colours from a choice field.")
    yield from unknown_in(table, booked.free, "bookable.free")
    if not table.screen.few:
        if booked.longest is None:
            yield booked.end, msg("bookable of a big table has to say how long a record lasts at most (longest), or declare few=True.")
        start = table.fields.get(booked.start)
        if start is not None and not start.spec.filter and table.screen.sort.removeprefix("-") != booked.start:
            yield booked.start, msg("The agenda of a big table is read by this field: declare filter=True, so that an index leads to it.")


@check("E010")
def row_colours(table: Table, known: Tables) -> Found:
    """Conditions of row colours name fields and choices that exist."""
    for colour, when in table.screen.row_colours.items():
        yield from unknown_in(table, when, f"row_colours[{colour}]")


@check("E011")
def default_sort(table: Table, known: Tables) -> Found:
    """A list is sorted by something that an index serves."""
    name = table.screen.sort.removeprefix("-")
    field = table.fields.get(name)
    if field is None:
        return
    if field.spec.sensitive or field.kind in (Kind.REFERENCES, Kind.LONG_TEXT, Kind.CHOICES, Kind.POINT, Kind.FILE, Kind.IMAGE):
        yield name, msg("A list can't be sorted by this kind of field.")
    elif field.spec.computed and not table.screen.few:
        yield name, msg("A big list can't be sorted by a computed field: store the value, or declare few=True.")


@check("E012")
def unique_without_centre(table: Table, known: Tables) -> Found:
    """Unique rules hold within a centre: another centre may use the same number."""
    rules: list[tuple[Any, list[str]]] = [
        (one, [column.name for column in one.columns]) for one in table.sql.constraints if isinstance(one, UniqueConstraint)
    ]
    rules += [(one, [column.name for column in one.columns]) for one in table.sql.indexes if one.unique]
    for _rule, columns in rules:
        if "centre_id" not in columns:
            text = ", ".join(columns)
            yield "", msg("The unique rule over {columns} lacks the centre: use unique=True of models.fields, or uniques.", columns=text)


@check("E013")
def index_names(table: Table, known: Tables) -> Found:
    """No two indexes are cut to the same name."""
    names = Counter(index.name for index in table.sql.indexes)
    for name, count in names.items():
        if count > 1:
            yield "", msg("Two indexes have the name {name}: names are cut at 63 characters, so shorten the field names.", name=str(name))


@check("E014")
def names(table: Table, known: Tables) -> Found:
    """Field names are free: not those of every record, nor words that expressions use."""
    own = vars(table.model).get("__annotations__", {})
    for name in sorted({*own, *table.model.__specs__}):
        if name in COMMON:
            yield name, msg("Every record has a field of this name already: choose another one.")
        elif name in RESERVED and name != "roles":
            yield name, msg("This name means something else in expressions: choose another one.")
        elif keyword.iskeyword(name) or "__" in name or not re.fullmatch(r"[a-z][a-z0-9_]{0,47}", name):
            yield name, msg("A field name has small letters, digits and single underscores, at most 48, and is no word of Python.")


@check("E015")
def translations(table: Table, known: Tables) -> Found:
    """Every text of the declaration has its Chinese."""
    for text in texts_of(table):
        if not translated(table.name, text):
            yield "", msg("The text “{text}” has no Chinese translation: add it to a file in locale/zh_CN.", text=text)


@check("E016")
def department(table: Table, known: Tables) -> Found:
    """Owners and departments are references."""
    for name in (*table.screen.owners, *filter(None, [table.screen.department])):
        if name in table.fields and not table.fields[name].is_reference:
            yield name, msg("owners and department are references: to a person, to a department.")


@check("E017")
def similar(table: Table, known: Tables) -> Found:
    """Duplicates are guessed by stored fields that can be compared."""
    for name in table.screen.similar or ():
        field = table.fields.get(name)
        if field is not None and (field.spec.computed or field.kind in UNTITLED):
            yield name, msg("Duplicates can't be guessed by a field of this kind: take it out of similar.")


@check("E018")
def nothing_to_show(table: Table, known: Tables) -> Found:
    """Other tables refer to this one, so its records have a name."""
    if table.titles:
        return
    referring = [f"{other.name}.{field.name}" for other in known.values() for field in _referring(other, table.name)]
    if referring:
        yield "", msg("{field} refers to it, but it has no titles: declare the fields that name a record.", field=referring[0])


def _referring(other: Table, name: str) -> Iterable[Field]:
    return (field for field in other.fields.values() if field.spec.target == name and not field.common)


@check("E019")
def wrong_uniques(table: Table, known: Tables) -> Found:
    """Unique groups are made of stored fields that are always comparable."""
    for group in table.screen.uniques:
        for name in group:
            field = table.fields.get(name)
            if field is not None and (field.spec.computed or field.spec.sensitive or field.kind in UNTITLED):
                yield name, msg("uniques needs a stored field whose values can be compared.")


@check("E020")
def far_times(table: Table, known: Tables) -> Found:
    """An append-only table does not offer what it forbids."""
    if table.screen.append_only and (table.flow or any(field.spec.inline for field in table.declared)):
        yield "", msg("append_only records never change: take out its moves and inline fields, or the word append_only.")
