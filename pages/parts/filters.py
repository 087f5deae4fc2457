"""The chips above a list: what is filtered by what, one click from being changed or taken away."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import streamlit as st

from models.fields import TIMES, Kind
from pages.parts import address
from pages.parts.address import held
from pages.parts.chooser import chooser
from pages.parts.display import display, joined, unit_of
from pages.parts.markdown import plain
from services.crud import aggregate
from services.crud.access import Actor
from services.crud.periods import PERIODS, title
from services.crud.registry import Field, Table
from services.crud.registry import table as described
from services.crud.validate import Problem, parse
from services.crud.view import Filter, View, filterable, ops
from services.platform.db import reading
from services.platform.i18n import LOCAL, _, format_date, format_moment, pgettext

IDLE = 4
"""Chips shown while nothing is filtered; the rest waits under “Add filter”."""
_OLDEST, _LATEST = date(1900, 1, 1), date(2199, 12, 31)
_EMPTINESS = {"empty": "~", "filled": "!~"}


def draw(who: Actor, table: Table, view: View, titles: dict[str, dict[int, str]]) -> None:
    """The chips in one wrapping row. `titles`: reference field → id → title of what the view filters by."""
    offered = [field for field in table.filter_fields if filterable(table, field)]
    added: list[str] = st.session_state.setdefault(_key(table, "added"), [])
    active = {one.field for one in view.filters}
    shown = [field for at, field in enumerate(offered) if at < IDLE or field.name in active or field.name in added]
    shown += [table.fields[name] for name in sorted(active) if table.fields[name] not in offered]
    rest = [field for field in offered if field not in shown]
    if not shown:
        return
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key=_key(table, "chips")):
        for field in shown:
            _chip(who, table, view, field, titles.get(field.name, {}))
        if rest:
            names = {field.name: plain(field.title) for field in rest}
            st.menu_button(
                _("Add filter"),
                list(names),
                format_func=names.__getitem__,
                icon=":material/add:",
                type="tertiary",
                key=_key(table, "add"),
                on_click=_add,
                args=(table,),
            )
        if view.filters:
            st.button(
                _("Clear all"),
                type="tertiary",
                icon=":material/filter_alt_off:",
                key=_key(table, "clear"),
                on_click=clear,
                args=(who, table),
            )


def said(field: Field, one: Filter, titles: dict[int, str]) -> str:
    """What a filter asks for, in words."""
    match one.op:
        case "empty":
            return _("Empty")
        case "filled":
            return _("Not empty")
        case "period":
            return str(title(one.values[0]))
        case "between":
            return _range(field, *one.values)
        case "contains":
            return _("contains “{text}”", text=one.values[0])
        case _ if field.spec.target:
            return joined(titles.get(value, _("not there")) for value in one.values)
        case _:
            return joined(display(field, value) for value in one.values)


def _range(field: Field, low: Any, high: Any) -> str:
    if low == high:
        return _end(field, low)
    if field.kind not in TIMES:
        return (
            f"≥ {_end(field, low)}"
            if high is None
            else f"≤ {_end(field, high)}"
            if low is None
            else f"{_end(field, low)} – {_end(field, high)}"
        )
    if high is None:
        return _("from {low}", low=_end(field, low))
    if low is None:
        return _("up to {high}", high=_end(field, high))
    return _("{low} to {high}", low=_end(field, low), high=_end(field, high))


def _end(field: Field, value: Any) -> str:
    if isinstance(value, datetime):
        return format_moment(value)
    return format_date(value) if isinstance(value, date) else display(field, value)


def _key(table: Table, part: str) -> str:
    return f"{table.name}.filter.{part}"


# Chips


def _chip(who: Actor, table: Table, view: View, field: Field, titles: dict[int, str]) -> None:
    key = _key(table, field.name)
    one = view.filter(field.name)
    with st.container(horizontal=True, gap="xsmall", width="content", vertical_alignment="center"):
        box = st.popover(plain(field.title), key=key, on_change="rerun")
        if one is not None:
            text = said(field, one, titles)
            st.button(
                f"**{plain(text[:60])}**",
                icon=":material/close:",
                icon_position="right",
                type="tertiary",
                key=f"{key}.drop",
                help=_("Take this filter away"),
                on_click=_drop,
                args=(who, table, field),
            )
    if box.open:
        with box:
            _body(who, table, view, field, key)
            _emptiness(who, table, field, key, one)


def _body(who: Actor, table: Table, view: View, field: Field, key: str) -> None:
    allowed = ops(field)
    if field.spec.target and "in" in allowed:
        _reference(who, table, view, field, key)
    elif field.spec.choices or field.kind is Kind.BOOLEAN:
        _choice(who, table, view, field, key)
    elif "period" in allowed:
        _dates(who, table, view, field, key)
    elif "between" in allowed:
        _numbers(who, table, view, field, key)
    elif "in" in allowed or "contains" in allowed:
        _words(who, table, view, field, key)


def _choice(who: Actor, table: Table, view: View, field: Field, key: str) -> None:
    with reading() as db:
        counts = {facet.value: facet for facet in aggregate.facets(db, who, table, view, field)}
    chosen = _values(view, field, "in")
    codes: list[Any] = [choice.code for choice in field.spec.choices if choice.active or choice.code in (*counts, *chosen)]
    if field.kind is Kind.BOOLEAN:
        codes = [True, False]

    def counted(code: Any) -> str:
        found = counts.get(code)
        number = f"{found.count:,}{'' if found.exact else '+'}" if found else "0"
        return f"{plain(display(field, code))} :gray[{number}]"

    # The browser knows a pill by its text, of which the count is a part: it is told each time which are chosen.
    st.session_state[f"{key}.in"] = list(chosen)
    st.pills(
        field.title,
        codes,
        selection_mode="multi",
        format_func=counted,
        key=f"{key}.in",
        label_visibility="collapsed",
        wrap=True,
        on_change=_pick,
        args=(who, table, field, f"{key}.in"),
    )


def _dates(who: Actor, table: Table, view: View, field: Field, key: str) -> None:
    period = next(iter(_values(view, field, "period")), None)
    st.pills(
        pgettext("charts", "Period"),
        list(PERIODS),
        format_func=lambda name: str(title(name)),
        key=held(f"{key}.period", period),
        wrap=True,
        label_visibility="collapsed",
        on_change=_period,
        args=(who, table, field, f"{key}.period"),
    )
    low, high = (*_values(view, field, "between"), None, None)[:2]
    with st.container(horizontal=True):
        for name, label, value in (("low", _("From"), low), ("high", _("To"), high)):
            day = value.astimezone(LOCAL).date() if isinstance(value, datetime) else value
            st.date_input(
                label,
                value=None,
                min_value=_OLDEST,
                max_value=_LATEST,
                format="YYYY-MM-DD",
                key=held(f"{key}.{name}", day),
                width=150,
                on_change=_days,
                args=(who, table, field, key),
            )


def _numbers(who: Actor, table: Table, view: View, field: Field, key: str) -> None:
    low, high = (*_values(view, field, "between"), None, None)[:2]
    unit = f" ({unit_of(field)})" if unit_of(field) else ""
    with st.container(horizontal=True):
        for name, label, value in (("low", pgettext("range", "At least"), low), ("high", pgettext("range", "At most"), high)):
            wrong = st.session_state.get(f"{key}.{name}.wrong")
            text = wrong[0] if wrong else _typed(field, value)
            st.text_input(plain(label + unit), key=held(f"{key}.{name}", text), width=150, on_change=_ends, args=(who, table, field, key))
    for name in ("low", "high"):
        if wrong := st.session_state.get(f"{key}.{name}.wrong"):
            st.caption(f":red[{plain(wrong[1])}]")


def _words(who: Actor, table: Table, view: View, field: Field, key: str) -> None:
    values = _values(view, field, "in") or _values(view, field, "contains")
    st.text_input(
        plain(field.title),
        key=held(f"{key}.words", ", ".join(map(str, values))),
        label_visibility="collapsed",
        placeholder=_("Several with commas between them") if "in" in ops(field) else _("A word or a part of one"),
        on_change=_said,
        args=(who, table, field, f"{key}.words"),
    )


def _reference(who: Actor, table: Table, view: View, field: Field, key: str) -> None:
    chosen = list(_values(view, field, "in"))
    event = chooser(f"{key}.picker", field.title, who, described(field.spec.target), chosen, multiple=True)
    if event.value != chosen:
        _set(who, table, field, "in", event.value if isinstance(event.value, list) else ())
        st.rerun()


def _emptiness(who: Actor, table: Table, field: Field, key: str, one: Filter | None) -> None:
    allowed = [op for op in ops(field) if op in _EMPTINESS]
    if not allowed or field.required:
        return
    words = {"empty": _("Empty"), "filled": _("Not empty")}
    now = one.op if one is not None and one.op in allowed else None
    st.pills(
        _("Filled in?"),
        allowed,
        format_func=words.__getitem__,
        key=held(f"{key}.fill", now),
        label_visibility="collapsed",
        on_change=_fill,
        args=(who, table, field, f"{key}.fill"),
    )


def _values(view: View, field: Field, op: str) -> tuple[Any, ...]:
    one = view.filter(field.name)
    return one.values if one is not None and one.op == op else ()


def _typed(field: Field, value: Any) -> str:
    """A value as somebody would type it."""
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds()) // 60
        return f"{minutes // 60}:{minutes % 60:02}"
    return "" if value is None else display(field, value, unit=False).replace("¥", "").removesuffix("%")


# What people do. Each reads the address as it is now: two quick clicks never undo each other.


def _set(who: Actor, table: Table, field: Field, op: Any, values: Sequence[Any]) -> None:
    view, _refused = address.view_of(who, table)
    empty = op not in _EMPTINESS and not any(value is not None for value in values)
    address.go(view.without(field.name) if empty else view.filtered(Filter(field.name, op, tuple(values))))


def _pick(who: Actor, table: Table, field: Field, key: str) -> None:
    _set(who, table, field, "in", st.session_state[key])


def _period(who: Actor, table: Table, field: Field, key: str) -> None:
    _set(who, table, field, "period", [st.session_state[key]])


def _fill(who: Actor, table: Table, field: Field, key: str) -> None:
    op = st.session_state[key]
    _set(who, table, field, op or "in", ())


def _days(who: Actor, table: Table, field: Field, key: str) -> None:
    low, high = st.session_state[f"{key}.low"], st.session_state[f"{key}.high"]
    _set(who, table, field, "between", (high, low) if low and high and low > high else (low, high))


def _ends(who: Actor, table: Table, field: Field, key: str) -> None:
    ends: list[Any] = []
    for name in ("low", "high"):
        text = st.session_state[f"{key}.{name}"]
        value = parse(field, text)
        st.session_state.pop(f"{key}.{name}.wrong", None)
        if isinstance(value, Problem):
            st.session_state[f"{key}.{name}.wrong"] = (text, value.message)
            value = None
        ends.append(value)
    low, high = ends
    _set(who, table, field, "between", (high, low) if low is not None and high is not None and low > high else (low, high))


def _said(who: Actor, table: Table, field: Field, key: str) -> None:
    text = " ".join(str(st.session_state[key] or "").split())
    if "in" in ops(field):
        _set(who, table, field, "in", [part for part in text.replace("，", ",").replace(",", " ").split() if part])
    else:
        _set(who, table, field, "contains", [text or None])


def _drop(who: Actor, table: Table, field: Field) -> None:
    view, _refused = address.view_of(who, table)
    _forget(table, field)
    address.go(view.without(field.name))


def clear(who: Actor, table: Table) -> None:
    """Take every filter away."""
    view, _refused = address.view_of(who, table)
    for one in view.filters:
        _forget(table, table.fields[one.field])
    st.session_state[_key(table, "added")] = []
    address.go(view.but(filters=()))


def _forget(table: Table, field: Field) -> None:
    key = _key(table, field.name)
    for name in ("low", "high"):
        st.session_state.pop(f"{key}.{name}.wrong", None)


def _add(table: Table) -> None:
    name = st.session_state[_key(table, "add")]
    if name:
        st.session_state[_key(table, "added")] = [*st.session_state[_key(table, "added")], name]
        st.session_state[_key(table, name)] = True
