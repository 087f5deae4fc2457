"""Child rows edited in a grid inside the form of their parent; saved with it, all or nothing."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st
from sqlalchemy.orm import Session

from models.base import Child
from models.fields import Kind
from pages.parts import widgets
from pages.parts.chooser import chooser
from pages.parts.display import display, heading
from pages.parts.markdown import plain
from services.crud import access, pick, query
from services.crud.access import Actor
from services.crud.query import Ref
from services.crud.registry import Field, Table, table
from services.crud.view import Filter, View
from services.platform.db import reading
from services.platform.i18n import Message, _, pgettext
from services.platform.settings import settings

Rows = list[dict[str, Any]]
_TITLE = "title of "


def _grids(parent: Table) -> list[tuple[Child, Table]]:
    return [(child, table(child.table)) for child in parent.children if child.in_form]


def empty(parent: Table) -> dict[str, Rows]:
    """The grids of a new record."""
    return {rows.name: [] for _child, rows in _grids(parent)}


def _columns(child: Child, rows: Table) -> list[Field]:
    return [
        one for one in rows.declared if one.typed and one.name != child.via and one.kind not in (Kind.FILE, Kind.IMAGE, Kind.REFERENCES)
    ]


def _told(child: Child, rows: Table) -> list[Field]:
    """Columns of the list that nobody types: shown in the grid, as text."""
    return [one for one in rows.list_fields if not one.typed and one.name != child.via]


def load(db: Session, who: Actor, parent: Table, id: int) -> dict[str, Rows]:
    """The child rows of a record, raw, as the grid wants them: id, version, fields, and titles of references.

    A table with more rows than a form holds is left out, and with it its grid.
    """
    found: dict[str, Rows] = {}
    for child, rows in _grids(parent):
        columns, told = _columns(child, rows), _told(child, rows)
        names = tuple(one.name for one in (*columns, *told))
        view = View(filters=(Filter(child.via, "in", (id,)),), size=settings().form_rows, sort="id", columns=names)
        page = query.page(db, who, rows, view)
        if not page.has_next:
            found[rows.name] = [_raw(row, columns) | {one.name: display(one, row.get(one.name)) for one in told} for row in page.rows]
    return found


def _raw(row: Mapping[str, Any], columns: list[Field]) -> dict[str, Any]:
    kept: dict[str, Any] = {"id": row["id"], "version": row["version"]}
    for one in columns:
        value = row.get(one.name)
        kept[one.name] = value.id if isinstance(value, Ref) else _json(value)
        if isinstance(value, Ref):
            kept[_TITLE + one.name] = value.title
    return kept


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date | datetime) else value


def meaning(parent: Table, children: Mapping[str, Rows], loaded: Mapping[str, Rows]) -> tuple[dict[str, Rows], dict[str, list[int]]]:
    """What `write` is to be told: rows that are new, changed or taken out; and for each of them its line in the grid."""
    told: dict[str, Rows] = {}
    lines: dict[str, list[int]] = {}
    for child, rows in _grids(parent):
        if rows.name not in children:
            continue
        columns = _columns(child, rows)
        before = {row["id"]: row for row in loaded.get(rows.name, [])}
        told[rows.name], lines[rows.name] = [], []
        for line, row in enumerate(children[rows.name]):
            old = before.pop(row.get("id"), None)
            if old is not None and all(_same(old.get(one.name), row.get(one.name)) for one in columns):
                continue
            keys = {name: row[name] for name in ("id", "version") if row.get(name)}
            told[rows.name].append({**keys, **{one.name: _value(one, row.get(one.name)) for one in columns}})
            lines[rows.name].append(line)
        for gone in before.values():
            told[rows.name].append({"id": gone["id"], "version": gone["version"], "_delete": True})
            lines[rows.name].append(-1)
    return told, lines


def placed(messages: Mapping[str, list[Message]], lines: Mapping[str, list[int]]) -> dict[str, list[Message]]:
    """Messages of rows as `write` counts them → by their lines in the grid."""
    found: dict[str, list[Message]] = {}
    for name, said in messages.items():
        head, _dot, rest = name.partition(".")
        place, _dot, column = rest.partition(".")
        if head in lines and place.isdigit() and int(place) < len(lines[head]):
            name = f"{head}.{lines[head][int(place)]}.{column}"
        found[name] = said
    return found


def _same(old: Any, new: Any) -> bool:
    return bool(old == new) or (old in (None, "", False) and new in (None, "", False))


def _value(one: Field, kept: Any) -> Any:
    if kept is None or kept == "":
        return None
    if one.kind in (Kind.DECIMAL, Kind.MONEY, Kind.PERCENT):
        return Decimal(str(kept))
    if one.kind is Kind.DATE:
        return date.fromisoformat(str(kept)[:10])
    if one.kind is Kind.MOMENT:
        moment = datetime.fromisoformat(str(kept))
        return moment if moment.tzinfo else moment.replace(tzinfo=widgets.ZONE)
    return kept


def edit(parent: Table, children: dict[str, Rows], errors: Mapping[str, list[Message]], who: Actor, key: str) -> bool:
    """Draw a grid for each child table; `children` takes the rows as they stand. True: something differs from the start."""
    changed = False
    for child, rows in _grids(parent):
        if rows.name in children and access.may(who, rows, "read"):
            changed |= _grid(child, rows, children, errors, who, f"{key}.{rows.name}")
    return changed


def _grid(child: Child, rows: Table, children: dict[str, Rows], errors: Mapping[str, list[Message]], who: Actor, key: str) -> bool:
    present = children[rows.name]
    st.markdown(f"**{plain(pgettext(rows.fields[child.via].spec.target, child.title) if child.title else rows.plural)}**")
    columns, told = _columns(child, rows), _told(child, rows)
    picked = next((one for one in columns if one.is_reference), None)
    round_key = f"{key}.round"
    start = st.session_state.setdefault(f"{key}.start", [dict(row) for row in present])
    turn = st.session_state.setdefault(round_key, 0)
    may_write = access.may(who, rows, "create")
    if picked is not None and may_write:
        _chooser(picked, who, present, key, round_key)
    if picked is not None and not present:
        st.caption(_("Choose above what shall stand here."))
        children[rows.name] = []
        return bool(start)
    frame_key = f"{key}.frame.{turn}"
    frame = st.session_state.setdefault(frame_key, _frame(present, columns, told))
    edited = st.data_editor(
        frame,
        key=f"{key}.grid.{turn}",
        num_rows="fixed" if not may_write else "delete" if picked else "dynamic",
        hide_index=True,
        column_config=_config(columns, told, picked),
        column_order=_order(rows, columns, told),
        disabled=not may_write,
        alt=rows.plural,
        placeholder="",
    )
    children[rows.name] = _rows(edited, columns)
    for name, messages in sorted(errors.items()):
        if name.startswith(f"{rows.name}."):
            where, _dot, column = name[len(rows.name) + 1 :].partition(".")
            title = rows.fields[column].title if column in rows.fields else ""
            for message in messages:
                line = _("Line {n}", n=int(where) + 1) if where.isdigit() else _("A line that was taken out")
                st.markdown(f":red[:material/error: {plain(' · '.join(filter(None, (line, title, str(message)))))}]")
    return bool(children[rows.name] != start)


def _chooser(one: Field, who: Actor, present: Rows, key: str, round_key: str) -> None:
    """A picker above the grid: what is chosen becomes a new line."""
    added = f"{key}.add.{st.session_state[round_key]}"
    taken = [row[one.name] for row in present if row.get(one.name)]
    event = chooser(added, _("Add: {what}", what=one.title), who, table(one.spec.target), narrow=one.spec.narrow)
    if isinstance(event.value, int):
        if event.value not in taken:
            with reading() as db:
                title = pick.chosen(db, who, table(one.spec.target), [event.value])[0].text
            present.append({one.name: event.value, _TITLE + one.name: title})
        st.session_state[round_key] += 1
        st.rerun(scope="fragment")


def _frame(present: Rows, columns: list[Field], told: list[Field]) -> pd.DataFrame:
    data: dict[str, Any] = {"id": pd.array([row.get("id") for row in present], dtype="Int64")}
    data["version"] = pd.array([row.get("version") for row in present], dtype="Int64")
    for one in columns:
        values = [row.get(one.name) for row in present]
        if one.is_reference:
            data[one.name] = pd.array(values, dtype="Int64")
            data[_TITLE + one.name] = pd.array([row.get(_TITLE + one.name) for row in present], dtype="string")
        elif one.kind is Kind.INTEGER:
            data[one.name] = pd.array(values, dtype="Int64")
        elif one.is_number:
            data[one.name] = pd.array([None if value is None else float(value) for value in values], dtype="Float64")
        elif one.kind is Kind.BOOLEAN:
            data[one.name] = pd.array([bool(value) for value in values], dtype="boolean")
        elif one.kind in (Kind.DATE, Kind.MOMENT):
            data[one.name] = pd.Series([_naive(value) for value in values], dtype="datetime64[s]")
        else:
            data[one.name] = pd.array(values, dtype="string")
    for one in told:
        data[one.name] = pd.array([row.get(one.name) for row in present], dtype="string")
    return pd.DataFrame(data)


def _naive(kept: str | None) -> datetime | None:
    """A kept date or moment as the grid shows it: local, without a zone."""
    if not kept:
        return None
    moment = datetime.fromisoformat(kept)
    return moment.astimezone(widgets.ZONE).replace(tzinfo=None) if moment.tzinfo else moment


def _config(columns: list[Field], told: list[Field], picked: Field | None) -> dict[str, Any]:
    config: dict[str, Any] = {"id": None, "version": None}
    make = st.column_config
    for one in columns:
        common: dict[str, Any] = {"label": heading(one) + (" *" if one.required else ""), "help": one.help or None}
        if one.is_reference:
            config[one.name] = None
            config[_TITLE + one.name] = make.TextColumn(disabled=True, pinned=one is picked, **common)
        elif one.kind is Kind.INTEGER:
            config[one.name] = make.NumberColumn(step=1, min_value=one.spec.ge, max_value=one.spec.le, **common)
        elif one.is_number:
            config[one.name] = make.NumberColumn(step=10.0**-one.spec.places, format=f"%.{one.spec.places}f", **common)
        elif one.kind is Kind.BOOLEAN:
            config[one.name] = make.CheckboxColumn(**common)
        elif one.kind is Kind.DATE:
            config[one.name] = make.DateColumn(format="YYYY-MM-DD", **common)
        elif one.kind is Kind.MOMENT:
            config[one.name] = make.DatetimeColumn(format="YYYY-MM-DD HH:mm", **common)
        elif one.kind is Kind.CHOICE:
            codes = [choice.code for choice in one.spec.choices if choice.active]
            config[one.name] = make.SelectboxColumn(options=codes, format_func=_titles(one), **common)
        else:
            config[one.name] = make.TextColumn(max_chars=one.spec.max_length, **common)
    for one in told:
        config[one.name] = make.TextColumn(one.title, help=one.help or None, disabled=True)
    return config


def _order(rows: Table, columns: list[Field], told: list[Field]) -> list[str]:
    """The columns in the order of the declaration."""
    shown = [one for one in rows.declared if one in columns or one in told]
    return [_TITLE + one.name if one.is_reference and one in columns else one.name for one in shown]


def _rows(edited: pd.DataFrame, columns: list[Field]) -> Rows:
    rows: Rows = []
    for record in edited.to_dict("records"):
        row = {str(name): _plain(value) for name, value in record.items()}
        for one in columns:
            if one.kind in (Kind.DECIMAL, Kind.MONEY, Kind.PERCENT) and row.get(one.name) is not None:
                row[one.name] = format(Decimal(str(row[one.name])).quantize(Decimal(1).scaleb(-one.spec.places)), "f")
        if any(row.get(one.name) not in (None, "", False) for one in columns):
            rows.append({name: value for name, value in row.items() if not (name in ("id", "version") and value is None)})
    return rows


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or (not isinstance(value, list | dict | str) and pd.isna(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat() if value.time() != datetime.min.time() else value.date().isoformat()
    return value.item() if hasattr(value, "item") else value


def _titles(one: Field) -> Callable[[str | int | float | bool], str]:
    return lambda code: one.choice_title(str(code))
