"""Child rows edited in a grid inside the form of their parent; saved with it, all or nothing.

A row is kept as JSON: `id` and `version` of one that is there already, its fields as they are typed, the titles of its
references, and whether it shall go. What is typed is understood when it is saved, so that a wrong entry is never lost.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

import pandas as pd
import streamlit as st
from sqlalchemy.orm import Session

from models.base import Child
from models.fields import Kind
from pages.parts import widgets
from pages.parts.chooser import chooser
from pages.parts.display import display, heading, line
from pages.parts.markdown import plain
from pages.parts.navigation import again
from services.crud import access, pick, prepare, query, write
from services.crud.access import Actor
from services.crud.errors import Messages
from services.crud.foreseen import foreseen
from services.crud.query import Ref
from services.crud.registry import Field, Table, table
from services.crud.validate import Problem, parse
from services.crud.view import Filter, View
from services.platform.db import reading
from services.platform.i18n import _, msg, pgettext
from services.platform.settings import settings

Row = dict[str, Any]
Rows = list[Row]
_TITLE = "title of "
_GONE = "to go"
_EMPTY: tuple[Any, ...] = (None, "", False, [])
_UNTYPED = frozenset({Kind.FILE, Kind.IMAGE, Kind.REFERENCES})
"""Kinds that a cell can't hold: they are set on the page of the row itself."""


def _grids(parent: Table) -> list[tuple[Child, Table]]:
    return [(child, table(child.table)) for child in parent.children if child.in_form]


def empty(parent: Table) -> dict[str, Rows]:
    """The grids of a new record."""
    return {rows.name: [] for _child, rows in _grids(parent)}


def _columns(child: Child, rows: Table) -> list[Field]:
    return [one for one in rows.declared if one.typed and one.name != child.via and one.kind not in _UNTYPED]


def _told(child: Child, rows: Table) -> list[Field]:
    """Columns of the list that nobody types: shown in the grid, as text."""
    return [one for one in rows.list_fields if not one.typed and one.name != child.via]


# Reading, and what is to be written


def load(db: Session, who: Actor, parent: Table, id: int) -> dict[str, Rows]:
    """The child rows of a record. A table with more rows than a form holds is left out, and with it its grid."""
    found: dict[str, Rows] = {}
    for child, rows in _grids(parent):
        if not access.may(who, rows, "read"):
            continue
        columns, told = _columns(child, rows), _told(child, rows)
        names = tuple(one.name for one in (*columns, *told))
        view = View(filters=(Filter(child.via, "in", (id,)),), size=settings().form_rows, sort="id", columns=names)
        page = query.page(db, who, rows, view)
        if not page.has_next:
            found[rows.name] = [_raw(row, columns) | {one.name: display(one, row.get(one.name)) for one in told} for row in page.rows]
    return found


def _raw(row: Mapping[str, Any], columns: Sequence[Field]) -> Row:
    kept: Row = {"id": row["id"], "version": row["version"]}
    for one in columns:
        value = row.get(one.name)
        if isinstance(value, Ref):
            kept[_TITLE + one.name] = value.title
        kept[one.name] = _json(widgets.raw(one, value))
    return kept


def _json(typed: Any) -> Any:
    return typed.isoformat() if isinstance(typed, date | datetime | time) else typed


def fresh(row: Row) -> Row:
    """A row of another record as a new one."""
    return {name: value for name, value in row.items() if name not in ("id", "version")}


def stored(children: Mapping[str, Rows]) -> dict[str, Rows]:
    """The rows for a draft: a copy, without what is empty."""
    return {name: [{key: value for key, value in row.items() if value not in _EMPTY} for row in rows] for name, rows in children.items()}


def over(rows: Rows, draft: Rows) -> Rows:
    """Rows as they were typed, and those that came since."""
    there, typed = {row["id"] for row in rows}, {row.get("id") for row in draft}
    return [row for row in draft if row.get("id") is None or row["id"] in there] + [row for row in rows if row["id"] not in typed]


def same(parent: Table, children: Mapping[str, Rows], loaded: Mapping[str, Rows]) -> bool:
    """Whether nothing in the grids was changed."""
    return not any(
        _changed(_columns(child, rows), row, before)
        for child, rows in _grids(parent)
        for row, before in _beside(children.get(rows.name, ()), loaded.get(rows.name, ()))
    )


def _beside(rows: Sequence[Row], loaded: Sequence[Row]) -> list[tuple[Row, Row | None]]:
    before = {row["id"]: row for row in loaded}
    return [(row, before.get(row.get("id"))) for row in rows]


def _changed(columns: Sequence[Field], row: Row, before: Row | None) -> bool:
    if before is None or row.get(_GONE):
        return before is not None or not row.get(_GONE)
    return any((row.get(one.name) or None) != (before.get(one.name) or None) for one in columns)


def meaning(
    parent: Table, children: Mapping[str, Rows], loaded: Mapping[str, Rows]
) -> tuple[dict[str, Rows], dict[str, list[int]], Messages]:
    """What `write` is to be told: rows that are new, changed or to go; for each of them its line in the grid; and what can't be
    understood, by line."""
    told: dict[str, Rows] = {}
    lines: dict[str, list[int]] = {}
    wrong: Messages = {}
    for child, rows in _grids(parent):
        if rows.name not in children:
            continue
        columns = _columns(child, rows)
        told[rows.name], lines[rows.name] = [], []
        for place, (row, before) in enumerate(_beside(children[rows.name], loaded.get(rows.name, ()))):
            if not _changed(columns, row, before):
                continue
            keys = {name: row[name] for name in ("id", "version") if row.get(name)}
            values: Row = {"_delete": True} if row.get(_GONE) else {one.name: _meant(one, row.get(one.name)) for one in columns}
            wrong |= {f"{rows.name}.{place}.{name}": [value.message] for name, value in values.items() if isinstance(value, Problem)}
            told[rows.name].append(keys | values)
            lines[rows.name].append(place)
    return told, lines, wrong


def _meant(one: Field, typed: Any) -> Any:
    return typed if one.spec.choices else parse(one, typed)


def placed(messages: Messages, lines: Mapping[str, list[int]]) -> Messages:
    """Messages of rows as `write` counts them → by their lines in the grid."""
    return {_place(name, lines): said for name, said in messages.items()}


def _place(name: str, lines: Mapping[str, list[int]]) -> str:
    head, _dot, rest = name.partition(".")
    place, _dot, column = rest.partition(".")
    return f"{head}.{lines[head][int(place)]}.{column}".rstrip(".") if head in lines and place.isdigit() else name


def settle(stale: write.Stale, children: Mapping[str, Rows], lines: Mapping[str, list[int]]) -> Messages:
    """Rows that somebody else changed too: what they wrote, by line. From here on the row counts as seen: saving again keeps mine."""
    said: Messages = {}
    for conflict in stale.conflicts:
        head, _dot, rest = _place(conflict.field, lines).partition(".")
        place, _dot, column = rest.partition(".")
        if head not in children or not place.isdigit():
            continue
        children[head][int(place)]["version"] = stale.version
        theirs = line(table(head).fields[column], conflict.theirs) or "—"
        said[f"{head}.{place}.{column}"] = [
            msg("{who} has written “{theirs}” here meanwhile. Take that over, or save again to keep yours.", who=stale.who, theirs=theirs)
        ]
    return said


# Drawing


def edit(parent: Table, children: dict[str, Rows], errors: Messages, warnings: Messages, who: Actor, key: str) -> None:
    """Draw a grid for each child table; `children` takes the rows as they stand."""
    for child, rows in _grids(parent):
        if access.may(who, rows, "read"):
            st.markdown(f"**{plain(pgettext(parent.name, child.title) if child.title else rows.plural)}**")
            if rows.name in children:
                with st.container(key=f"childgrid-{rows.name}"):
                    _grid(child, rows, children, who, f"{key}.{rows.name}")
                _say(rows, errors, widgets.problem)
                _say(rows, warnings, widgets.doubt)
            else:
                st.caption(_("Here are more than {n} lines: change them in their own list.", n=settings().form_rows))


def _grid(child: Child, rows: Table, children: dict[str, Rows], who: Actor, key: str) -> None:
    present = children[rows.name]
    columns, told = _columns(child, rows), _told(child, rows)
    picked = next((one for one in columns if one.is_reference), None)
    turn = st.session_state.setdefault(f"{key}.turn", 0)
    adds = access.may(who, rows, "create")
    if picked is not None and adds:
        _chooser(picked, who, rows, present, _blank(rows, columns, who), key, turn)
    if picked is not None and not present:
        st.caption(_("Choose above what shall stand here."))
        return
    frame = st.session_state.get(f"{key}.frame.{turn}")
    if frame is None:
        frame = st.session_state[f"{key}.frame.{turn}"] = _frame(present, columns, told)
    changes, blank = access.may(who, rows, "edit"), _blank(rows, columns, who)
    edited = st.data_editor(
        frame,
        key=f"{key}.grid.{turn}",
        num_rows="add" if adds and picked is None else "fixed",
        hide_index=True,
        column_config=_config(columns, told, picked, blank),
        column_order=[*_order(rows, columns, told), *([_GONE] if adds or access.may(who, rows, "delete") else [])],
        disabled=not (adds or changes),
        alt=rows.plural,
        placeholder="",
    )
    versions = {row.get("id"): row.get("version") for row in present}
    children[rows.name] = [row | {"version": versions.get(row["id"])} for row in _rows(edited, blank)]
    others = [one for one in columns if one.is_reference and one is not picked]
    if others and (adds or changes):
        _references(others, who, rows, children[rows.name], key, turn)


def _say(rows: Table, said: Messages, say: Callable[[str], None]) -> None:
    """What there is to say of the lines, and of all of them together."""
    for name, messages in sorted(said.items()):
        head, _dot, rest = name.partition(".")
        if head != rows.name:
            continue
        place, _dot, column = rest.partition(".")
        where = _("Line {n}", n=int(place) + 1) if place.isdigit() else ""
        title = rows.fields[column].title if column in rows.fields else ""
        for message in messages:
            say(" · ".join(filter(None, (where, title, str(message)))))


def _blank(rows: Table, columns: Sequence[Field], who: Actor) -> Row:
    """What a new row begins with."""
    return {one.name: _json(widgets.raw(one, prepare.default(rows, one, who))) for one in columns}


def _chooser(one: Field, who: Actor, rows: Table, present: Rows, blank: Row, key: str, turn: int) -> None:
    """A picker above the grid: what is chosen becomes a new line."""
    event = chooser(f"{key}.add.{turn}", _("Add: {what}", what=one.title), who, table(one.spec.target), narrow=one.spec.narrow)
    if isinstance(event.value, int):
        here = next((row for row in present if row.get(one.name) == event.value), None)
        if here is None:
            present.append(_foreseen(rows, who, {**blank, one.name: event.value, _TITLE + one.name: _title(who, one, event.value)}))
        else:
            here[_GONE] = False
        _turn(key, turn)


def _foreseen(rows: Table, who: Actor, row: Row) -> Row:
    """A line with what is computed from what was chosen in it."""
    meant = {one.name: _meant(one, row[one.name]) for one in rows.declared if one.typed and row.get(one.name) not in _EMPTY}
    known = {name: value for name, value in meant.items() if not isinstance(value, Problem)}
    with reading() as db:
        found = foreseen(db, who, rows, known)
    return {**row, **{name: display(rows.fields[name], value) for name, value in found.items()}}


def _references(others: Sequence[Field], who: Actor, rows: Table, present: Rows, key: str, turn: int) -> None:
    """A grid has no pickers: the further references of each line stand under it."""
    shelf = st.grid(columns=3, min_column_width=280)
    for place, row in enumerate(present):
        for one in others:
            with shelf.cell():
                label = f"{_('Line {n}', n=place + 1)} · {one.title}"
                held = [row[one.name]] if row.get(one.name) else []
                narrow = widgets.narrowed(one, row)
                event = chooser(f"{key}.{place}.{one.name}.{turn}", label, who, table(one.spec.target), held, narrow=narrow)
            if event.value != row.get(one.name):
                row[one.name] = event.value
                row[_TITLE + one.name] = _title(who, one, event.value) if isinstance(event.value, int) else None
                row |= _foreseen(rows, who, row)
                _turn(key, turn)


def _title(who: Actor, one: Field, id: int) -> str:
    with reading() as db:
        return pick.chosen(db, who, table(one.spec.target), [id])[0].text


def _turn(key: str, turn: int) -> None:
    """Draw the grid anew from the rows as they stand."""
    st.session_state.pop(f"{key}.frame.{turn}", None)
    st.session_state[f"{key}.turn"] = turn + 1
    again()


def _frame(present: Rows, columns: Sequence[Field], told: Sequence[Field]) -> pd.DataFrame:
    data: dict[str, Any] = {"id": pd.array([row.get("id") for row in present], dtype="Int64")}
    for one in columns:
        values = [row.get(one.name) for row in present]
        if one.is_reference:
            data[one.name] = pd.array(values, dtype="Int64")
            data[_TITLE + one.name] = pd.array([row.get(_TITLE + one.name) for row in present], dtype="string")
        elif one.kind is Kind.BOOLEAN:
            data[one.name] = pd.array([bool(value) for value in values], dtype="boolean")
        elif one.kind in (Kind.DATE, Kind.MOMENT):
            data[one.name] = pd.Series([value or None for value in values], dtype="datetime64[s]")
        elif one.kind is Kind.CHOICES:
            data[one.name] = pd.Series([value or [] for value in values], dtype="object")
        else:
            data[one.name] = pd.array(values, dtype="string")
    for one in told:
        data[one.name] = pd.array([row.get(one.name) for row in present], dtype="string")
    data[_GONE] = pd.array([bool(row.get(_GONE)) for row in present], dtype="boolean")
    return pd.DataFrame(data)


def _config(columns: Sequence[Field], told: Sequence[Field], picked: Field | None, blank: Row) -> dict[str, Any]:
    make = st.column_config
    config: dict[str, Any] = {
        "id": None,
        _GONE: make.CheckboxColumn(_("Take out"), help=_("Ticked lines go when you save."), width="small"),
    }
    for one in columns:
        title = widgets.label(one, one.required)
        common: dict[str, Any] = {"label": title, "help": one.help or None}
        if one.is_reference:
            config[one.name] = None
            config[_TITLE + one.name] = make.TextColumn(disabled=True, pinned=one is picked, **common)
            continue
        common["default"] = blank[one.name] or None
        if one.kind is Kind.BOOLEAN:
            config[one.name] = make.CheckboxColumn(**common)
        elif one.kind is Kind.DATE:
            config[one.name] = make.DateColumn(format="YYYY-MM-DD", **common)
        elif one.kind is Kind.MOMENT:
            config[one.name] = make.DatetimeColumn(format="YYYY-MM-DD HH:mm", **common)
        elif one.kind in (Kind.CHOICE, Kind.CHOICES):
            codes = [choice.code for choice in one.spec.choices if choice.active]
            column = make.SelectboxColumn if one.kind is Kind.CHOICE else make.MultiselectColumn
            config[one.name] = column(options=codes, format_func=_titles(one), **common)
        else:
            config[one.name] = make.TextColumn(alignment="right" if one.is_number else None, **common)
    for one in told:
        config[one.name] = make.TextColumn(heading(one), help=one.help or None, disabled=True, alignment="right" if one.is_number else None)
    return config


def _order(rows: Table, columns: Sequence[Field], told: Sequence[Field]) -> list[str]:
    """The columns in the order of the declaration."""
    shown = [one for one in rows.declared if one in columns or one in told]
    return [_TITLE + one.name if one.is_reference and one in columns else one.name for one in shown]


def _rows(edited: pd.DataFrame, blank: Row) -> Rows:
    """The rows as they stand in the grid; one that was added and left as it was is none."""
    rows = [{str(name): _plain(value) for name, value in record.items()} for record in edited.to_dict("records")]
    return [row for row in rows if row["id"] or any((row[name] or None) != (begun or None) for name, begun in blank.items())]


def _plain(value: Any) -> Any:
    if isinstance(value, list | dict | str):
        return value
    if value is None or value is pd.NA or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    return value.item() if hasattr(value, "item") else value


def _titles(one: Field) -> Callable[[str | int | float | bool], str]:
    return lambda code: one.choice_title(str(code))
