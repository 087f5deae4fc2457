"""Which line holds the headings, and which field each column is: guessed, corrected by the person, remembered."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from models.fields import Kind, now
from services.crud import exporting, uniqueness
from services.crud.access import Actor, field_right, may
from services.crud.importing.table import Grid, Line
from services.crud.registry import Field, Table, tables
from services.platform.i18n import LANGUAGES, _, pgettext, use_language
from services.platform.settings import settings

_MAPPINGS = SQLModel.metadata.tables["import_mapping"]
_CLOSE = 0.75
"""How alike a heading has to be to the title of a field."""
_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]|【.*?】|〔.*?〕")
_SIGNS = re.compile(r"[\W_]+")

Chosen = dict[int, str]
"""Column (from 0) → field, `id` or `version`; a column that is left out is not imported."""


@dataclass(frozen=True)
class Heading:
    """A column of the file."""

    place: int
    title: str
    samples: tuple[str, ...] = ()


def fields(actor: Actor, table: Table) -> list[Field]:
    """The fields that can be filled by an import."""
    return [
        field
        for field in table.declared
        if field is not table.state
        and field.kind not in (Kind.FILE, Kind.IMAGE)
        and (field_right(actor, field) == "editable" or (field.typed and may(actor, table, "edit")))
    ]


def targets(actor: Actor, table: Table) -> dict[str, Field | None]:
    """What a column can be: the fields to be filled, those by which a record is found, and the keys of an export."""
    found: dict[str, Field | None] = {field.name: field for field in fields(actor, table)}
    if may(actor, table, "edit") and not table.screen.append_only:
        found |= {field.name: field for field in table.declared if field.spec.unique and not field.spec.hidden}
        found |= dict.fromkeys(exporting.KEYS)
    return found


def keys(table: Table, mapping: Mapping[int, str]) -> list[tuple[str, ...]]:
    """By what a record can be found, best first."""
    there = set(mapping.values())
    groups = [("id",)] if "id" in there else []
    return [*groups, *(group for group in uniqueness.groups(table) if there.issuperset(group))]


def title_of(table: Table, name: str) -> str:
    """What a field is called, or a key of an export."""
    return table.fields[name].title if name in table.fields else _(exporting.KEYS[name])


# The line of headings


def header_line(actor: Actor, table: Table, grid: Grid) -> int:
    """The number of the line that holds the headings: the one that names most fields, else the first that has several cells."""
    known = _known(actor, table)
    looked_at = grid.lines[: settings().import_title_lines]
    named = [(sum(bool(_named(known, title)) for title in headings(grid, line)), -place) for place, line in enumerate(looked_at)]
    best, place = max(named, default=(0, 0))
    if best:
        return looked_at[-place].number
    widest = max((sum(cell is not None for cell in line.cells) for line in looked_at), default=0)
    return next((line.number for line in looked_at if sum(cell is not None for cell in line.cells) * 2 > widest), 1)


def headings(grid: Grid, line: Line) -> list[str]:
    """The headings of a line; a merged cell counts for all that it covers, a heading over several columns goes before theirs."""
    row = line.number - 1
    found = [said(cell) for cell in line.cells]
    found += [""] * (grid.width - len(found))
    lines = {one.number - 1: one for one in grid.lines[: 2 * settings().import_title_lines]}
    # Several merged cells side by side are headings of groups; a single one is the title of the table.
    grouped = sum(top == bottom == row - 1 and right > left for (top, left), (bottom, right) in grid.merged) > 1
    for (top, left), (bottom, right) in grid.merged:
        held = lines.get(top)
        text = said(held.cells[left]) if held and left < len(held.cells) else ""
        if not text or left >= len(found):
            continue
        for column in range(left, min(right, len(found) - 1) + 1):
            if top <= row <= bottom:
                found[column] = text
            elif grouped and bottom == row - 1 and right > left and found[column]:
                found[column] = f"{text} {found[column]}"
    return found


def columns(grid: Grid, number: int) -> list[Heading]:
    """The columns below this line, with what stands in them first."""
    line = next((one for one in grid.lines if one.number == number), Line(number, []))
    below = [one for one in grid.lines if one.number > number][:3]
    return [
        Heading(place, title, tuple(said(one.cells[place]) for one in below if place < len(one.cells) and one.cells[place] is not None))
        for place, title in enumerate(headings(grid, line))
    ]


def said(cell: Any) -> str:
    """A cell as a line of text."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())


# Which field a column is


def guess(actor: Actor, table: Table, found: Sequence[Heading]) -> Chosen:
    """The field that each heading names: in either language, without unit and signs, or nearly so."""
    known, taken, mapping = _known(actor, table), set[str](), Chosen()
    for heading in found:
        name = _named(known, heading.title)
        if name and name not in taken:
            mapping[heading.place] = name
            taken.add(name)
    near = [
        (ratio, heading.place, name)
        for heading in found
        if heading.place not in mapping and len(plain := _plain(heading.title)) > 1
        for title, name in known.items()
        if name not in taken and (ratio := _alike(plain, title)) >= _CLOSE
    ]
    for _ratio, place, name in sorted(near, reverse=True):
        if place not in mapping and name not in taken:
            mapping[place] = name
            taken.add(name)
    return dict(sorted(mapping.items()))


def _named(known: Mapping[str, str], title: str) -> str | None:
    """The field that a heading names as it stands, or behind the heading of its group."""
    return known.get(_whole(title)) or known.get(_plain(title)) or known.get(_plain(title.rpartition(" ")[2]))


def _alike(heading: str, title: str) -> float:
    """From 0 to 1; one that holds the other (单价 in 参考单价) is as good as a slip of the pen."""
    ratio = SequenceMatcher(None, heading, title).ratio()
    return max(ratio, _CLOSE + ratio / 10) if len(title) > 1 and (title in heading or heading in title) else ratio


def _known(actor: Actor, table: Table) -> dict[str, str]:
    """What headings may say → the field."""
    known: dict[str, str] = {}
    for code in reversed(LANGUAGES):
        with use_language(code):
            for name, field in targets(actor, table).items():
                known[_plain(title_of(table, name))] = name
                if field is not None:
                    known.setdefault(_plain(exporting.heading(field)), name)
                known.setdefault(_plain(name), name)
    for code in LANGUAGES:
        with use_language(code):
            known |= {_whole(exporting.heading(field)): name for name, field in targets(actor, table).items() if field is not None}
    known.pop("", None)
    return known


def _whole(text: str) -> str:
    """A heading with what stands in its brackets, which may be all that tells two apart."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text).casefold())


def _plain(text: str) -> str:
    """A heading without unit, star, blanks and signs."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return _SIGNS.sub("", _BRACKETS.sub("", text)) or _SIGNS.sub("", text)


def better(actor: Actor, table: Table, found: Sequence[Heading]) -> Table | None:
    """Another table that these headings fit far better."""
    titles = {_plain(heading.title) for heading in found} - {""}
    fits = {one.name: len(titles.intersection(_known(actor, one))) for one in tables().values() if may(actor, one, "import")}
    mine = fits.pop(table.name, 0)
    name, most = max(fits.items(), key=lambda one: one[1], default=("", 0))
    return tables()[name] if most >= 3 and most > 2 * mine else None


# What was chosen the last time


def digest(found: Iterable[Heading]) -> str:
    """By which the same line of headings is known again."""
    return hashlib.sha256("\x1f".join(heading.title for heading in found).encode()).hexdigest()


def remembered(db: Session, actor: Actor, table: Table, found: Sequence[Heading]) -> Chosen | None:
    """What this person chose for a file with these headings, as far as it can still be chosen."""
    own = _MAPPINGS.c
    kept = db.execute(select(own.mapping).where(*_mine(actor, table, found))).scalar()
    if kept is None:
        return None
    possible = targets(actor, table)
    return {int(place): name for place, name in kept.items() if name in possible and int(place) < len(found)}


def remember(db: Session, actor: Actor, table: Table, found: Sequence[Heading], mapping: Mapping[int, str]) -> None:
    """Keep what this person chose."""
    if actor.account is None:
        return
    db.execute(delete(_MAPPINGS).where(*_mine(actor, table, found)))
    row = {"centre_id": actor.centre, "account_id": actor.account, "table_name": table.name, "header": digest(found),
           "mapping": {str(place): name for place, name in mapping.items()}, "at": now()}  # fmt: skip
    db.execute(insert(_MAPPINGS), row)


def _mine(actor: Actor, table: Table, found: Sequence[Heading]) -> tuple[Any, ...]:
    own = _MAPPINGS.c
    return (
        own.centre_id == actor.centre,
        own.account_id == (actor.account or 0),
        own.table_name == table.name,
        own.header == digest(found),
    )


def choices_of(field: Field) -> list[str]:
    """What can be written for a choice, in the reader's language."""
    return [pgettext(field.table, choice.title) for choice in field.spec.choices if choice.active]
