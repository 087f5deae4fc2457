"""Quick edit: the page of a list as a sheet. A row is saved as soon as a cell is left; what can't be saved stays, and says why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pandas as pd
import streamlit as st

from models.fields import NUMBERS, Kind
from pages.parts.display import display, heading, joined, line
from pages.parts.markdown import plain
from services.crud import query, write
from services.crud.access import Actor, Forbidden, field_right, may
from services.crud.registry import Field, Table
from services.crud.view import View
from services.platform.db import writing
from services.platform.i18n import LOCAL, Message, _, msg

_NOTE = "__note"
_TEXTS = frozenset({Kind.TEXT, Kind.CODE, Kind.LONG_TEXT, Kind.PHONE, Kind.EMAIL, Kind.LINK})
_KINDS = frozenset({*_TEXTS, *NUMBERS, Kind.CHOICE, Kind.BOOLEAN, Kind.DATE, Kind.MOMENT, Kind.TIME})
"""Kinds that a cell of the sheet can hold. Others are changed in the form."""
_MOST, _TALLEST = 18, 640
"""Rows up to which the sheet is as tall as they need, and the pixels of a longer one, which scrolls."""
_OLDEST, _LATEST = date(1900, 1, 1), date(2199, 12, 31)


@dataclass
class Unsaved:
    """What somebody typed into a row and what stands against it."""

    values: dict[str, Any] = field(default_factory=dict)
    tried: dict[str, Any] | None = None
    """The values that were refused last: not tried again until something changes."""
    wrong: list[tuple[str, Message]] = field(default_factory=list)
    """Field (`""`: the record) and message."""
    doubts: list[Message] = field(default_factory=list)
    """What makes one ask; it is saved once the person says so."""
    newer: int | None = None
    """The version that somebody else has saved meanwhile, in the same fields."""


@dataclass
class Sheet:
    """A page being edited. Its rows stay as they were read: nothing jumps away while it is changed."""

    page: str
    """The address of the page it was made from."""
    rows: dict[int, dict[str, Any]]
    fields: list[Field]
    frame: pd.DataFrame
    saved: set[int] = field(default_factory=set)
    key: str = field(default_factory=lambda: f"sheet.{uuid4().hex[:8]}")


def editable(table: Table, who: Actor) -> list[Field]:
    """The fields that this person may change in the list."""
    return [one for one in table.declared if one.spec.inline and one.kind in _KINDS and field_right(who, one) == "editable"]


def possible(table: Table, who: Actor, view: View) -> bool:
    """Whether the list offers quick edit."""
    return not view.trash and may(who, table, "edit") and bool(editable(table, who))


def switch(table: Table) -> None:
    """The toggle above the list."""
    st.toggle(
        _("Quick edit"),
        key=f"{table.name}.inline",
        help=_("Change several records right here. Each is saved as soon as you leave the cell."),
    )


def wanted(table: Table, who: Actor, view: View) -> bool:
    """Whether the page is to be drawn as a sheet."""
    if st.session_state.get(f"{table.name}.inline") and possible(table, who, view):
        return True
    st.session_state.pop(f"{table.name}.sheet", None)
    return False


def columns(table: Table, who: Actor, fields: Sequence[Field]) -> list[Field]:
    """The columns of the sheet of a list that shows `fields`: what names a record, what may be changed, and the rest of what is shown."""
    named = [one for one in fields if one in table.titles]
    return list(dict.fromkeys([*named, *editable(table, who), *fields]))


def draw(who: Actor, table: Table, view: View, fields: Sequence[Field], rows: Sequence[Mapping[str, Any]]) -> None:
    """The sheet of these records, with these columns."""
    open_fields = {one.name for one in editable(table, who)}
    sheet = _sheet(table, view, fields, open_fields, rows)
    frame = sheet.frame.copy(deep=False)
    unsaved = _unsaved(table)
    frame[_NOTE] = [_note(sheet, id_, unsaved) for id_ in frame.index]
    configured = {one.name: _column(one, one.name in open_fields, pinned=one in table.titles[:1]) for one in sheet.fields}
    st.data_editor(
        frame,
        key=sheet.key,
        hide_index=True,
        num_rows="fixed",
        height="content" if len(frame) <= _MOST else _TALLEST,
        on_change=_edited,
        args=(who, table),
        alt=table.plural,
        placeholder="",
        disabled=[_NOTE, *(one.name for one in sheet.fields if one.name not in open_fields)],
        column_order=[_NOTE, *configured],
        column_config={_NOTE: st.column_config.TextColumn(_("Saved?"), width=110, pinned=True), **configured},
    )
    for id_ in frame.index:
        if id_ in unsaved:
            _say(who, table, id_, sheet.rows[id_], unsaved[id_], sheet.key)


def remind(table: Table) -> None:
    """Say, where the sheet is closed, that some of its rows were not saved."""
    left = _unsaved(table)
    if not left:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(_("Changes of quick edit that could not be saved yet: {n}", n=len(left)), icon=":material/edit_note:", width="stretch")
        st.button(_("Drop them"), key=f"{table.name}.drop_unsaved", on_click=left.clear)


def _unsaved(table: Table) -> dict[int, Unsaved]:
    found: dict[int, Unsaved] = st.session_state.setdefault(f"{table.name}.unsaved", {})
    return found


def _sheet(table: Table, view: View, fields: Sequence[Field], open_fields: set[str], rows: Sequence[Mapping[str, Any]]) -> Sheet:
    """The sheet of this page: the one that is open, or a new one, with what could not be saved laid over it."""
    page = repr(sorted(view.but(density="normal").to_params().items()))
    sheet: Sheet | None = st.session_state.get(f"{table.name}.sheet")
    if sheet is None or sheet.page != page:
        unsaved = _unsaved(table)
        held = {row["id"]: {**row, **(unsaved[row["id"]].values if row["id"] in unsaved else {})} for row in rows}
        data = {one.name: _values(one, [row.get(one.name) for row in held.values()], one.name in open_fields) for one in fields}
        frame = pd.DataFrame(data, index=list(held))
        sheet = st.session_state[f"{table.name}.sheet"] = Sheet(page, {row["id"]: dict(row) for row in rows}, list(fields), frame)
    return sheet


def _note(sheet: Sheet, id_: int, unsaved: Mapping[int, Unsaved]) -> str:
    if id_ in unsaved:
        return _("⚠ not saved")
    return _("✓ saved") if id_ in sheet.saved else ""


def _say(who: Actor, table: Table, id_: int, row: Mapping[str, Any], left: Unsaved, key: str) -> None:
    name = query.title_of(table, row)
    for where, message in left.wrong:
        about = f"{table.fields[where].title}: " if where in table.fields else ""
        st.error(plain(f"{name} — {about}{message}"), icon=":material/error:")
    if left.doubts:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning(plain(f"{name} — {' '.join(map(str, left.doubts))}"), icon=":material/help:", width="stretch")
            st.button(_("Save all the same"), key=f"{key}.{id_}", on_click=_save, args=(who, table, id_), kwargs={"confirm": True})
    if left.newer is not None:
        with st.container(horizontal=True):
            st.button(_("Save mine over it"), key=f"{key}.{id_}.mine", on_click=_save, args=(who, table, id_), kwargs={"over": True})
            st.button(_("Take theirs"), key=f"{key}.{id_}.theirs", on_click=_drop, args=(table, id_))


def _drop(table: Table, id_: int) -> None:
    """Give up what was typed into a row, and read the page anew."""
    _unsaved(table).pop(id_, None)
    st.session_state.pop(f"{table.name}.sheet", None)


# Between Python's values and the cells of the sheet


def _values(one: Field, values: list[Any], is_open: bool) -> Any:
    if not is_open:
        return [line(one, value) for value in values]
    if one.kind in NUMBERS:
        return pd.Series([None if value is None else float(value) for value in values], dtype="float64").to_numpy()
    if one.kind is Kind.BOOLEAN:
        return [bool(value) for value in values]
    if one.kind is Kind.MOMENT:
        return pd.Series(
            [value.astimezone(LOCAL).replace(tzinfo=None) if value else None for value in values], dtype="datetime64[us]"
        ).to_numpy()
    return pd.Series(values, dtype=object).to_numpy()


def _meant(one: Field, cell: Any) -> Any:
    """A cell as it comes back → the value to be written."""
    if cell is None or cell == "":
        return None
    if one.kind in NUMBERS:
        return int(cell) if one.kind is Kind.INTEGER and float(cell).is_integer() else Decimal(str(cell))
    if one.kind is Kind.DATE:
        return date.fromisoformat(str(cell)[:10])
    if one.kind is Kind.MOMENT:
        return datetime.fromisoformat(str(cell).removesuffix("Z")).replace(tzinfo=LOCAL)
    return time.fromisoformat(str(cell).removesuffix("Z")) if one.kind is Kind.TIME else cell


def _column(one: Field, is_open: bool, *, pinned: bool) -> Any:
    make, spec = st.column_config, one.spec
    common: dict[str, Any] = {
        "pinned": pinned,
        "label": heading(one),
        "help": one.help or None,
        "required": one.required and is_open,
        "disabled": not is_open,
    }
    if not is_open or one.kind in _TEXTS:
        return make.TextColumn(**common, max_chars=spec.max_length if is_open else None)
    if one.kind in NUMBERS:
        places = 0 if one.kind is Kind.INTEGER else spec.places
        return make.NumberColumn(**common, step=10**-places if places else 1, format="localized", min_value=spec.ge, max_value=spec.le)
    if one.kind is Kind.CHOICE:
        codes = [choice.code for choice in spec.choices if choice.active]
        return make.SelectboxColumn(**common, options=codes, format_func=lambda code: one.choice_title(str(code)))
    if one.kind is Kind.BOOLEAN:
        return make.CheckboxColumn(**{**common, "required": None})
    if one.kind is Kind.DATE:
        return make.DateColumn(**common, format="YYYY-MM-DD", min_value=_OLDEST, max_value=_LATEST)
    if one.kind is Kind.TIME:
        return make.TimeColumn(**common, format="HH:mm")
    return make.DatetimeColumn(**common, format="YYYY-MM-DD HH:mm")


# Saving


def _edited(who: Actor, table: Table) -> None:
    """Save every row in which something new stands."""
    sheet: Sheet = st.session_state[f"{table.name}.sheet"]
    allowed = {one.name: one for one in editable(table, who)}
    ids, unsaved = list(sheet.rows), _unsaved(table)
    for at, cells in st.session_state[sheet.key]["edited_rows"].items():
        id_ = ids[int(at)]
        typed = {name: _meant(allowed[name], cell) for name, cell in cells.items() if name in allowed}
        values = {**(unsaved[id_].values if id_ in unsaved else {}), **typed}
        values = {name: value for name, value in values.items() if value != sheet.rows[id_].get(name)}
        if not values:
            unsaved.pop(id_, None)
        elif id_ not in unsaved or unsaved[id_].tried != values:
            unsaved[id_] = Unsaved(values)
            _save(who, table, id_)


def _save(who: Actor, table: Table, id_: int, *, confirm: bool = False, over: bool = False) -> None:
    """Write a row through the one path; what stands against it is kept beside it."""
    sheet: Sheet = st.session_state[f"{table.name}.sheet"]
    row, unsaved = sheet.rows[id_], _unsaved(table)
    left = unsaved[id_]
    if over and left.newer is not None:
        row["version"] = left.newer
    left.tried, left.wrong, left.doubts, left.newer = dict(left.values), [], [], None
    try:
        with writing() as db:
            row["version"] = write.update(db, who, table, id_, left.values, row["version"], confirm=confirm)
        row.update(left.values)
        sheet.saved.add(id_)
        del unsaved[id_]
    except write.Invalid as invalid:
        left.wrong = [(name, message) for name, found in invalid.errors.items() for message in found]
    except write.Unconfirmed as unconfirmed:
        left.doubts = [message for found in unconfirmed.warnings.values() for message in found]
    except write.Stale as stale:
        theirs = (f"{table.fields[one.field].title}: {display(table.fields[one.field], one.theirs)}" for one in stale.conflicts)
        left.wrong, left.newer = (
            [("", msg("{problem} There it says now: {theirs}", problem=stale.message, theirs=joined(theirs)))],
            stale.version,
        )
    except write.Missing:
        left.wrong = [("", msg("It was deleted meanwhile, or you may not see it any more."))]
    except Forbidden as forbidden:
        left.wrong = [("", forbidden.message)]
