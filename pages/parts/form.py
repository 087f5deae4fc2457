"""GENERATED: the form of any table. Groups and tabs, fields that show only where they apply, errors beside the fields.

What is typed lives in the session and, a moment later, as a draft in the database: an error, a stale record or a closed
browser loses nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import streamlit as st
from sqlalchemy.orm import Session

from models.fields import Kind
from pages.parts import childgrid, widgets
from pages.parts.display import display
from pages.parts.markdown import plain
from pages.parts.navigation import go, open_page, reachable
from pages.parts.session import actor
from services.crud import access, drafts, prepare, query, recent, write
from services.crud.access import Actor
from services.crud.registry import Field, Table
from services.crud.registry import table as described
from services.crud.titles import title_of
from services.crud.validate import Problem
from services.platform.db import reading, writing
from services.platform.i18n import Message, _, format_moment, msg, pgettext


@dataclass
class Form:
    """A form that somebody has open: what was loaded, what is typed, what is wrong with it."""

    table: Table
    id: int | None
    version: int = 0
    token: str = field(default_factory=lambda: uuid4().hex[:8])
    loaded: dict[str, Any] = field(default_factory=dict)
    """Raw values as loaded or as defaults."""
    row: dict[str, Any] = field(default_factory=dict)
    """The record as it was read, to show what can't be changed."""
    typed: dict[str, Any] = field(default_factory=dict)
    """Raw values as they stand in the widgets."""
    children: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    loaded_children: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)
    """Child table → the lines of the grid that were sent to be saved."""
    touched: set[str] = field(default_factory=set)
    errors: dict[str, list[Message]] = field(default_factory=dict)
    warnings: dict[str, list[Message]] = field(default_factory=dict)
    stale: write.Stale | None = None
    saved: int | None = None
    draft_at: Any = None

    @property
    def changed(self) -> dict[str, Any]:
        """Fields whose raw value differs from what was loaded."""
        return {name: value for name, value in self.typed.items() if value != self.loaded.get(name)}


def show_form(table: Table, id: int | None) -> None:
    """The form of one record, or of a new one; the address may carry `copy=` and preset values `set.<field>=`."""
    who = actor()
    form = _opened(table, id, who)
    if form is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(_("Back"), icon=":material/arrow_back:", type="tertiary", key=f"{form.token}.back"):
            _leave(form, id)
        st.subheader(_heading(form), anchor=False)
    _edit(form, who)


def _heading(form: Form) -> str:
    if form.id is None:
        return _("New: {what}", what=plain(form.table.title))
    return _("Edit: {what}", what=plain(form.loaded.get("", form.table.title)))


def _opened(table: Table, id: int | None, who: Actor) -> Form | None:
    slot = f"form:{table.name}:{id or 'new'}:{st.query_params.get('copy', '')}"
    form: Form | None = st.session_state.get(slot)
    if form is not None and form.saved is None:
        return form
    for other in [key for key in st.session_state if str(key).startswith("form:")]:
        del st.session_state[other]
    form = Form(table, id)
    verb = "create" if id is None else "edit"
    if not access.may(who, table, verb):
        st.error(_("You may not do this here. Ask the person who keeps the accounts if you need it."), icon=":material/lock:")
        return None
    form.children = childgrid.empty(table)
    with reading() as db:
        if id is None:
            copied = st.query_params.get("copy", "")
            row = query.record(db, who, table, int(copied)) if copied.isdigit() else {}
            values = {f.name: row[f.name] for f in table.declared if f.typed and f.name in row} if row else _defaults(table, who)
            values |= _preset(table)
            if table.flow:
                values[table.flow.field] = table.flow.initial
        else:
            values = query.record(db, who, table, id)
            form.version, form.row = values["version"], values
            form.loaded[""] = title_of(table, values)
            form.children = childgrid.load(db, who, table, id)
            form.loaded_children = {name: [dict(row) for row in rows] for name, rows in form.children.items()}
        draft = drafts.load(db, who, table, id)
    for one in table.declared:
        form.loaded[one.name] = widgets.raw(one, values.get(one.name))
    form.typed = {name: value for name, value in form.loaded.items() if name}
    if id is None and table.flow:
        form.loaded[table.flow.field] = form.typed[table.flow.field] = table.flow.initial
    if draft is not None and (id is None or draft.version == form.version):
        form.typed |= {name: widgets.restored(kept) for name, kept in draft.body.get("typed", {}).items() if name in form.typed}
        form.children |= draft.body.get("children", {})
        form.touched = set(draft.body.get("typed", {}))
        form.draft_at = draft.at
    st.session_state[slot] = form
    return form


def _defaults(table: Table, who: Actor) -> dict[str, Any]:
    return {one.name: prepare.default(table, one, who) for one in table.declared if one.typed}


def _preset(table: Table) -> dict[str, Any]:
    """Values that the address brings along (`set.place=12`): only fields a person may type."""
    found: dict[str, Any] = {}
    for key, text in st.query_params.items():
        one = table.fields.get(key[4:]) if key.startswith("set.") else None
        if one is None or not one.typed:
            continue
        if one.is_reference:
            found[one.name] = int(text) if text.isdigit() else None
        else:
            value = write.parse(one, text)
            found[one.name] = None if isinstance(value, Problem) else value
    return found


@st.fragment
def _edit(form: Form, who: Actor) -> None:
    if form.saved is not None:
        _finish(form, another=False)
    _notices(form)
    values = _values(form)
    rights = {one.name: access.field_right(who, one, values) for one in form.table.declared}
    fields = [one for one in form.table.declared if _shows(form, one, rights[one.name], values)]
    tabs = [
        tab
        for tab in dict.fromkeys(("", *form.table.screen.tabs, *(one.spec.tab for one in fields)))
        if any(f.spec.tab == tab for f in fields)
    ]
    if len(tabs) > 1:
        titles = [pgettext(form.table.name, tab) if tab else _("General") for tab in tabs]
        marked = [f"{title} :red[•]" if _wrong(form, fields, tab) else title for tab, title in zip(tabs, titles, strict=True)]
        for tab, place in zip(tabs, st.tabs(marked), strict=True):
            with place:
                _groups(form, who, [one for one in fields if one.spec.tab == tab], rights, values)
    else:
        _groups(form, who, fields, rights, values)
    changed_children = childgrid.edit(form.table, form.children, form.errors, who, f"{form.token}.children")
    _keep(form, who, changed_children)
    _add_new(form)
    _buttons(form, who)


def _add_new(form: Form) -> None:
    """Go and make a record that a picker lacks; what is typed here stays as a draft, and saving leads back."""
    asked = st.session_state.pop(widgets.ADD_NEW, None)
    if asked is not None:
        one, typed = asked
        target = described(one.spec.target)
        preset = {f"set.{target.titles[-1].name}": typed} if typed and target.titles else {}
        open_page(target.name, {"new": "1", **preset, "for": f"{form.table.name}.{one.name}.{form.id or 0}"})


def _come_back(form: Form, who: Actor) -> None:
    """Put the new record into the form that lacked it, and go back there."""
    table_name, field_name, id_ = (*st.query_params.get("for", "").split("."), "", "")[:3]
    one = described(table_name).fields.get(field_name) if reachable(table_name) else None
    if one is None or one.spec.target != form.table.name or not id_.isdigit():
        return
    owner, waiting = described(table_name), int(id_) or None
    with writing() as db:
        draft = drafts.load(db, who, owner, waiting)
        body = draft.body if draft else {"typed": {}, "children": {}}
        body["typed"][one.name] = form.saved
        drafts.save(db, who, owner, waiting, draft.version if draft else _version(db, who, owner, waiting), body)
    open_page(owner.name, {"new": "1"} if waiting is None else {"id": id_, "edit": "1"})


def _version(db: Session, who: Actor, table: Table, id: int | None) -> int:
    return 0 if id is None else int(query.record(db, who, table, id)["version"])


def _wrong(form: Form, fields: list[Field], tab: str) -> bool:
    return any(form.errors.get(one.name) for one in fields if one.spec.tab == tab)


def _shows(form: Form, one: Field, right: str, values: Mapping[str, Any]) -> bool:
    if right == "hidden" or not one.typed or (form.table.flow and one.name == form.table.flow.field):
        return False
    if form.id is None and one.name in _later(form.table):
        return False
    return one.spec.shown_if is None or one.spec.shown_if.holds(values)


def _later(table: Table) -> frozenset[str]:
    """Fields that only a move asks for which a new record can't make yet: they come with that move."""
    if table.flow is None:
        return frozenset()
    asked: dict[bool, set[str]] = {True: set(), False: set()}
    for move in table.flow.moves:
        asked[table.flow.initial in move.sources].update((*move.requires, *move.asks))
    return frozenset(
        name for name in asked[False] - asked[True] if not table.fields[name].required or table.fields[name].spec.default is not None
    )


def _values(form: Form) -> dict[str, Any]:
    """What is typed, as values; what can't be understood is left out."""
    found = {name: widgets.meaning(form.table.fields[name], typed) for name, typed in form.typed.items()}
    return {name: None if isinstance(value, Problem) else value for name, value in found.items()}


def _groups(form: Form, who: Actor, fields: list[Field], rights: Mapping[str, str], values: Mapping[str, Any]) -> None:
    groups = list(
        dict.fromkeys(
            (*[one.spec.group for one in fields if not one.spec.group], *form.table.screen.groups, *(one.spec.group for one in fields))
        )
    )
    for group in groups:
        members = [one for one in fields if one.spec.group == group]
        if not members:
            continue
        if group:
            st.markdown(f"**{plain(pgettext(form.table.name, group))}**")
        grid = st.grid(columns=3, min_column_width=280, key=f"{form.token}.{group or 'main'}.{members[0].spec.tab}")
        for one in members:
            if one.kind is Kind.LONG_TEXT:
                continue
            with grid.cell():
                _field(form, who, one, rights[one.name], values)
        for one in members:
            if one.kind is Kind.LONG_TEXT:
                _field(form, who, one, rights[one.name], values)


def _field(form: Form, who: Actor, one: Field, right: str, values: Mapping[str, Any]) -> None:
    required = one.required or (one.spec.required_if is not None and one.spec.required_if.holds(values))
    if right != "editable":
        st.text_input(
            widgets.label(one, False),
            value=display(one, form.row.get(one.name)),
            disabled=True,
            key=f"{form.token}.{one.name}.shown",
            help=_("You can see this but not change it."),
        )
        return
    now = widgets.draw(one, who, f"{form.token}.{one.name}", form.typed[one.name], required=required, values=values)
    if now != form.typed[one.name]:
        form.typed[one.name] = now
        form.touched.add(one.name)
        form.errors.pop(one.name, None)
    _problems(form, one)


def _problems(form: Form, one: Field) -> None:
    value = widgets.meaning(one, form.typed[one.name])
    messages = [value.message] if isinstance(value, Problem) else form.errors.get(one.name, [])
    for message in messages:
        st.markdown(f":red[:material/error: {plain(message)}]")
    for message in form.warnings.get(one.name, []):
        st.markdown(f":orange[:material/warning: {plain(message)}]")


def _notices(form: Form) -> None:
    if form.draft_at is not None:
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            st.markdown(_(":material/history_edu: This goes on from what you typed on {when}.", when=format_moment(form.draft_at)))
            if st.button(_("Start afresh"), key=f"{form.token}.afresh", type="tertiary"):
                _discard(form)
    for message in form.errors.get("", []):
        st.error(plain(message), icon=":material/error:")
    if any(form.errors.values()) and not form.errors.get(""):
        st.error(_("Not saved yet: please mend the fields marked in red."), icon=":material/error:")
    for message in form.warnings.get("", []):
        st.warning(plain(message), icon=":material/warning:")
    if form.stale is not None:
        _conflicts(form, form.stale)


def _conflicts(form: Form, stale: write.Stale) -> None:
    st.warning(
        _(
            "{who} changed this record on {when}, while you had it open. Choose what shall stand, then save again.",
            who=plain(stale.who),
            when=format_moment(stale.when),
        ),
        icon=":material/group:",
    )
    for conflict in stale.conflicts:
        one = form.table.fields[conflict.field]
        mine, theirs = display(one, conflict.mine), display(one, conflict.theirs)
        st.segmented_control(
            plain(one.title),
            ["mine", "theirs"],
            default="mine",
            required=True,
            key=f"{form.token}.{one.name}.choose",
            format_func={"mine": _("Mine: {value}", value=mine), "theirs": _("Theirs: {value}", value=theirs)}.__getitem__,
        )


def _settle(form: Form) -> None:
    """Take over what was chosen among conflicting values, and the version that they were compared with."""
    assert form.stale is not None
    for conflict in form.stale.conflicts:
        one = form.table.fields[conflict.field]
        theirs = widgets.raw(one, conflict.theirs)
        form.loaded[one.name] = theirs
        if st.session_state.get(f"{form.token}.{one.name}.choose") == "theirs":
            form.typed[one.name] = theirs
    form.version, form.stale = form.stale.version, None


def _keep(form: Form, who: Actor, changed_children: bool) -> None:
    """Keep a draft whenever something typed differs from the last run, and check what was touched."""
    body = {
        "typed": {name: widgets.stored(value) for name, value in form.changed.items()},
        "children": form.children if changed_children else {},
    }
    mark = f"{form.token}.kept"
    if st.session_state.get(mark, {"typed": {}, "children": {}}) == body:
        return
    st.session_state[mark] = body
    if form.draft_at is None or form.changed:
        with writing() as db:
            drafts.save(db, who, form.table, form.id, form.version, body)
    before = (dict(form.errors), dict(form.warnings))
    with reading() as db:
        found = write.probe(db, who, form.table, _values(form), id=form.id)
    form.errors = {name: messages for name, messages in found.errors.items() if name in form.touched}
    form.warnings = {name: messages for name, messages in found.warnings.items() if name in form.touched or name == ""}
    if before != (form.errors, form.warnings):
        st.rerun(scope="fragment")


def _buttons(form: Form, who: Actor) -> None:
    with st.container(horizontal=True, key=f"{form.token}.buttons"):
        confirm = any(form.warnings.values()) and not any(form.errors.values())
        text = _("Save all the same") if confirm else _("Save")
        if st.button(text, type="primary", icon=":material/check:", key=f"{form.token}.save", shortcut="Ctrl+Enter"):
            _save(form, who, confirm=confirm, another=False)
        if form.id is None and st.button(_("Save and add another"), icon=":material/add:", key=f"{form.token}.another"):
            _save(form, who, confirm=confirm, another=True)
        if st.button(_("Cancel"), type="tertiary", key=f"{form.token}.cancel"):
            _discard(form, leave=True)


def _save(form: Form, who: Actor, *, confirm: bool, another: bool) -> None:
    if form.saved is not None:
        _finish(form, another)
    if form.stale is not None:
        _settle(form)
    problems = {name: [value.message] for name, value in _meanings(form).items() if isinstance(value, Problem)}
    form.errors, form.warnings = problems, {}
    if not problems:
        try:
            form.saved = _write(form, who, confirm)
        except write.Invalid as invalid:
            form.errors = childgrid.placed(invalid.errors, form.lines)
        except write.Unconfirmed as unconfirmed:
            form.warnings = childgrid.placed(unconfirmed.warnings, form.lines)
        except write.Stale as stale:
            form.stale = stale
        except write.Missing:
            form.errors = {"": [msg("Somebody has deleted this record meanwhile. Look for it in the trash.")]}
        except access.Forbidden as forbidden:
            form.errors = {"": [forbidden.message]}
    if form.saved is not None:
        _finish(form, another)
    form.touched |= set(form.errors)
    st.rerun(scope="fragment")


def _meanings(form: Form) -> dict[str, Any]:
    hidden = {one.name for one in form.table.declared if not one.typed}
    return {name: widgets.meaning(form.table.fields[name], typed) for name, typed in form.typed.items() if name not in hidden}


def _write(form: Form, who: Actor, confirm: bool) -> int:
    values = _meanings(form)
    state = form.table.flow.field if form.table.flow else None
    children, form.lines = childgrid.meaning(form.table, form.children, form.loaded_children)
    with writing() as db:
        if form.id is None:
            editable = {
                name: value
                for name, value in values.items()
                if name != state and access.field_right(who, form.table.fields[name], values) == "editable"
            }
            saved = write.create(db, who, form.table, editable, children, confirm=confirm)
        else:
            changed = {name: values[name] for name in form.changed if name in values and name != state}
            write.update(db, who, form.table, form.id, changed, form.version, children, confirm=confirm)
            saved = form.id
        drafts.drop(db, who, form.table, form.id)
        recent.note(db, who, form.table, saved)
    return saved


def _finish(form: Form, another: bool) -> None:
    """Saved: go to the record, or to a fresh form. Reached twice by a double click, it saves nothing twice."""
    st.toast(_("Saved."), icon=":material/check_circle:")
    _come_back(form, actor())
    if another:
        go({"new": "1"})
    go({**_list_params(), "id": str(form.saved)})


def _discard(form: Form, leave: bool = False) -> None:
    with writing() as db:
        drafts.drop(db, actor(), form.table, form.id)
    id, form.saved = form.id, 0
    for key in [key for key in st.session_state if str(key).startswith("form:")]:
        del st.session_state[key]
    if leave:
        go({**_list_params(), **({"id": str(id)} if id else {})})
    st.rerun()


def _leave(form: Form, id: int | None) -> None:
    go({**_list_params(), **({"id": str(id)} if id else {})})


def _list_params() -> dict[str, str]:
    """The part of the address that belongs to the list behind this form."""
    own = {"new", "edit", "copy", "id", "for"}
    return {name: value for name, value in st.query_params.items() if name not in own and not name.startswith("set.")}
