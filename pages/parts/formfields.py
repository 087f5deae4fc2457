"""The fields of an open form: by tab and group, only those that apply, with what is wrong beside them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from models.fields import Kind
from pages.parts import widgets
from pages.parts.display import LINE, display
from pages.parts.formstate import Form
from pages.parts.markdown import plain
from services.crud.access import Actor
from services.crud.errors import Conflict
from services.crud.registry import Field, Table
from services.crud.validate import Problem
from services.platform.i18n import Message, _, pgettext

Shown = Sequence[tuple[Field, bool]]
"""Fields of the form, and whether they can be changed."""


def fields(form: Form, who: Actor) -> None:
    """Draw them; what stands in the widgets is taken over into the form."""
    values = form.values()
    shown = form.shown(who, values)
    names = {one.spec.tab for one, _editable in shown}
    tabs = [tab for tab in dict.fromkeys(("", *form.table.screen.tabs, *(one.spec.tab for one, _editable in shown))) if tab in names]
    if len(tabs) < 2:
        _groups(form, who, shown, values)
        return
    key = f"{form.token}-tabs"
    wrong = [place for place, tab in enumerate(tabs, 1) if any(one.spec.tab == tab and problems(form, one) for one, _editable in shown)]
    st.html(_marks(key, wrong))
    for tab, place in zip(tabs, st.tabs([title(form.table, tab) for tab in tabs], key=key), strict=True):
        with place:
            _groups(form, who, [(one, editable) for one, editable in shown if one.spec.tab == tab], values)


def title(table: Table, tab: str) -> str:
    """What a tab is called."""
    return plain(pgettext(table.name, tab)) if tab else _("General")


def _marks(key: str, places: Iterable[int]) -> str:
    """A dot after the tabs on which something is wrong: by style, since tabs of other names would be other tabs."""
    names = ",".join(f'.st-key-{key} [role="tab"]:nth-of-type({place}) p::after' for place in places)
    dot = "content: ' ●'; font-size: 0.6em; vertical-align: 0.2em; color: var(--centre-red-text)"
    return f"<style>{names or '.none'} {{ {dot} }}</style>"


def _groups(form: Form, who: Actor, shown: Shown, values: Mapping[str, Any]) -> None:
    declared = (*(one.spec.group for one, _editable in shown if not one.spec.group), *form.table.screen.groups)
    for group in dict.fromkeys((*declared, *(one.spec.group for one, _editable in shown))):
        members = [(one, editable) for one, editable in shown if one.spec.group == group]
        if not members:
            continue
        if group:
            st.markdown(f"**{plain(pgettext(form.table.name, group))}**")
        small = [(one, editable) for one, editable in members if one.kind is not Kind.LONG_TEXT]
        if small:
            grid = st.grid(columns=3, min_column_width=280, key=f"{form.token}.{group or 'main'}.{members[0][0].spec.tab}")
            for one, editable in small:
                with grid.cell(), st.container(gap="xxsmall"):
                    _field(form, who, one, editable, values)
        for one, editable in members:
            if one.kind is Kind.LONG_TEXT:
                with st.container(gap="xxsmall"):
                    _field(form, who, one, editable, values)


def _field(form: Form, who: Actor, one: Field, editable: bool, values: Mapping[str, Any]) -> None:
    key = f"{form.token}.{one.name}"
    if not editable:
        text = display(one, form.row.get(one.name))
        help_ = "\n\n".join(filter(None, (plain(one.help), _("You can see this but not change it."))))
        if one.kind is Kind.LONG_TEXT:
            st.text_area(widgets.label(one, False), value=text, disabled=True, height="content", key=f"{key}.shown", help=help_)
        else:
            st.text_input(widgets.label(one, False), value=text, disabled=True, key=f"{key}.shown", help=help_)
        return
    required = one.required or (one.spec.required_if is not None and one.spec.required_if.holds(values, who.roles))
    error = " ".join(str(message) for message in problems(form, one))
    now = widgets.draw(one, who, key, form.typed[one.name], required=required, values=values, error=error, add_new=True)
    form.set(one.name, now)
    for message in form.warnings.get(one.name, []):
        widgets.doubt(message)
    if form.stale is not None:
        for conflict in form.stale.conflicts:
            if conflict.field == one.name:
                _theirs(form, one, conflict, form.stale.who)


def problems(form: Form, one: Field) -> list[Message]:
    """What is wrong with what stands in the field: it can't be understood, or something is against it."""
    value = widgets.meaning(one, form.typed[one.name])
    return [value.message] if isinstance(value, Problem) else form.errors.get(one.name, [])


def _theirs(form: Form, one: Field, conflict: Conflict, who: str) -> None:
    """What somebody else has saved in this field meanwhile, and a way to take it over."""
    widgets.doubt(_("{who} has written: {theirs}", who=who, theirs=display(one, conflict.theirs)[:LINE] or "—"))
    if form.typed[one.name] != widgets.raw(one, conflict.theirs):
        key = f"{form.token}.{one.name}.theirs"
        st.button(_("Take this over"), key=key, icon=":material/undo:", on_click=_take_over, args=(form, one, conflict))


def _take_over(form: Form, one: Field, conflict: Conflict) -> None:
    form.show(one.name, widgets.raw(one, conflict.theirs))
