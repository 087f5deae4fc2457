"""A form that somebody has open: what was loaded, what is typed, what is wrong with it. It lives in the session and in a draft."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import uuid4

import streamlit as st

from models.fields import now
from pages.parts import address, childgrid, chooser, presence, widgets
from services.crud import access, drafts, prepare, query, write
from services.crud.access import Actor, Forbidden
from services.crud.errors import Messages
from services.crud.presence import Other
from services.crud.query import Ref
from services.crud.registry import Field, Table
from services.crud.titles import title_of
from services.crud.validate import Problem
from services.platform.db import reading, writing
from services.platform.i18n import msg

Rows = dict[str, childgrid.Rows]


@dataclass
class Form:
    """One record being typed. Raw values are those of the widgets, see `widgets`."""

    table: Table
    id: int | None
    address: dict[str, list[str]]
    """The address it was opened at, to come back to."""
    title: str = ""
    version: int = 0
    token: str = field(default_factory=lambda: uuid4().hex[:8])
    """Before the keys of its widgets: another form has other widgets."""
    row: dict[str, Any] = field(default_factory=dict)
    """The record as it was read; of a new one nothing."""
    loaded: dict[str, Any] = field(default_factory=dict)
    """Raw values as they were read, or as a new record begins."""
    typed: dict[str, Any] = field(default_factory=dict)
    """Raw values as they stand in the widgets."""
    children: Rows = field(default_factory=dict)
    loaded_children: Rows = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)
    """Child table → the lines of its grid that were sent to be saved."""
    touched: set[str] = field(default_factory=set)
    """Fields that somebody has been in: what is wrong with the others is not said before they are."""
    errors: Messages = field(default_factory=dict)
    warnings: Messages = field(default_factory=dict)
    stale: write.Stale | None = None
    refused: bool = False
    """Saving was tried, and something stood against it."""
    leaving: Literal["", "left", "afresh"] = ""
    """Somebody wants to go or to begin anew, and has typed something: they are asked."""
    saved: int | None = None
    """The record that it became."""
    done: Literal["", "saved", "another", "left", "afresh"] = ""
    """What the person did last, once it is over with this form."""
    draft_at: datetime | None = None
    others: list[Other] = field(default_factory=list)
    """Who else has the record open."""
    kept: Any = None
    """What the draft in the database holds."""

    @property
    def changed(self) -> dict[str, Any]:
        """Fields whose raw value differs from what was loaded."""
        return {name: value for name, value in self.typed.items() if value != self.loaded[name]}

    @property
    def body(self) -> dict[str, Any]:
        """What is typed, as JSON can hold it."""
        typed = {name: widgets.stored(value) for name, value in self.changed.items()}
        same = childgrid.same(self.table, self.children, self.loaded_children)
        return {"typed": typed, "children": {} if same else childgrid.stored(self.children)}

    @property
    def dirty(self) -> bool:
        """Whether something would be lost by going away."""
        return self.body != _NOTHING

    def meanings(self) -> dict[str, Any]:
        """What is typed, as values or problems."""
        return {name: widgets.meaning(self.table.fields[name], typed) for name, typed in self.typed.items()}

    def values(self) -> dict[str, Any]:
        """The record as it would be, for conditions; what can't be understood is empty."""
        found = {name: None if isinstance(value, Problem) else value for name, value in self.meanings().items()}
        return {**_bare(self.row), **found}

    def shown(self, who: Actor, values: Mapping[str, Any] | None = None) -> list[tuple[Field, bool]]:
        """The fields that belong into the form as it stands (its `values`), and whether they can be changed."""
        values = self.values() if values is None else values
        # Whose record it is, is what it was: handing it over must not lock the rest of the form.
        scope = {name: self.row.get(name) for name in ("id", "created_by", *self.table.screen.owners, self.table.screen.department)}
        rights = {**values} | (_bare(scope) | {"centre_id": who.centre} if self.id else {})
        later, state = (_later(self.table) if self.id is None else ()), self.table.flow.field if self.table.flow else ""
        return [
            (one, right == "editable")
            for one in self.table.declared
            if one.typed and one.name not in later and one.name != state
            if one.spec.shown_if is None or one.spec.shown_if.holds(values)
            if (right := access.field_right(who, one, rights)) != "hidden"
        ]

    def given(self, who: Actor) -> dict[str, Any]:
        """What goes to the writer, as values or problems: what can be changed, of a present record what was changed."""
        changed, meanings = self.changed, self.meanings()
        return {one.name: meanings[one.name] for one, editable in self.shown(who) if editable and (self.id is None or one.name in changed)}

    def set(self, name: str, typed: Any) -> None:
        """Something else stands in a widget."""
        if typed != self.typed[name]:
            self.typed[name] = typed
            self.touched.add(name)
            self.errors.pop(name, None)

    def take(self) -> None:
        """Take over what stands in the widgets before they are drawn, so that the whole form goes by it."""
        for name in self.typed:
            self.set(name, st.session_state.get(f"{self.token}.{name}", self.typed[name]))

    def show(self, name: str, typed: Any) -> None:
        """Put a value into a widget that is not drawn yet in this run."""
        self.typed[name] = typed
        st.session_state[f"{self.token}.{name}"] = typed


_NOTHING: dict[str, Any] = {"typed": {}, "children": {}}


def _bare(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.id if isinstance(value, Ref) else value for name, value in row.items()}


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


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# Opening


def open_form(table: Table, id: int | None, who: Actor) -> Form:
    """Read the record, or begin a new one (`copy=` and `set.<field>=` in the address), and go on from the draft if there is one.

    Raises:
        Missing: there is no such record for this person.
        Forbidden: they may not make or change it.
    """
    access.demand(who, table, "create" if id is None else "edit")
    form = Form(table, id, address.params(), title=table.title)
    begun = _present(form, who) if id is not None else _new(form, who)
    form.typed = form.loaded | begun
    with reading() as db:
        draft = drafts.load(db, who, table, id)
    if draft is not None:
        preset = _preset(table)
        kept = {name: widgets.restored(value) for name, value in draft.body["typed"].items() if name in form.typed and name not in preset}
        form.typed |= kept
        form.children = {name: childgrid.over(rows, draft.body["children"].get(name, [])) for name, rows in form.children.items()}
        # Typed over an older version: what others saved since is theirs to weigh when it is saved.
        form.version = draft.version or form.version
        form.touched, form.draft_at = set(kept), draft.at
    form.kept = form.body
    _meet(form, who)
    return form


def _meet(form: Form, who: Actor) -> None:
    """Note that the record is being changed, and see who else is at it."""
    if form.id is not None:
        form.others = presence.here(form.table, form.id, who, editing=True)


def _present(form: Form, who: Actor) -> dict[str, Any]:
    assert form.id is not None
    with reading() as db:
        form.row = query.record(db, who, form.table, form.id)
        if "edit" not in query.permitted(db, who, form.table, form.id):
            raise Forbidden(msg("You may see this record, but not change it."))
        form.children = childgrid.load(db, who, form.table, form.id)
    form.version, form.title = form.row["version"], title_of(form.table, form.row)
    form.loaded = {one.name: widgets.raw(one, form.row.get(one.name)) for one in form.table.declared}
    for one in form.table.declared:
        refs = [ref for ref in _list(form.row.get(one.name)) if isinstance(ref, Ref)]
        if refs:
            chooser.remember(widgets.picker_key(f"{form.token}.{one.name}"), refs)
    form.loaded_children = {name: [dict(row) for row in rows] for name, rows in form.children.items()}
    return {}


def _new(form: Form, who: Actor) -> dict[str, Any]:
    table = form.table
    preset = _preset(table)
    defaults = {one.name: preset.get(one.name, prepare.default(table, one, who)) for one in table.declared}
    form.loaded = {one.name: widgets.raw(one, defaults[one.name]) for one in table.declared}
    form.children, form.loaded_children = childgrid.empty(table), childgrid.empty(table)
    copied = st.query_params.get("copy", "")
    return _copied(form, who, int(copied[:9])) if copied.isascii() and copied.isdigit() else {}


def _copied(form: Form, who: Actor, id: int) -> dict[str, Any]:
    """The values of another record, without those that are its alone, that are not to be seen, or that begin anew each time."""
    with reading() as db:
        row = query.record(db, who, form.table, id)
        children = childgrid.load(db, who, form.table, id)
    form.children |= {name: [childgrid.fresh(line) for line in rows] for name, rows in children.items()}
    state, later = form.table.flow.field if form.table.flow else "", _later(form.table)
    return {
        one.name: widgets.raw(one, row.get(one.name))
        for one in form.table.declared
        if one.typed and one.name != state and one.name not in later
        if access.sees(who, one) and not one.spec.unique and not callable(one.spec.default)
    }


def _preset(table: Table) -> dict[str, Any]:
    """Values that the address brings along (`set.place=12`): only fields a person may type."""
    found: dict[str, Any] = {}
    for key, text in st.query_params.items():
        one = table.fields.get(key[4:]) if key.startswith("set.") else None
        if one is None or not one.typed:
            continue
        value = (int(text[:9]) if text.isdigit() else None) if one.is_reference else write.parse(one, text)
        if value is not None and not isinstance(value, Problem):
            found[one.name] = value
    return found


# While it is open


def keep(form: Form, who: Actor) -> bool:
    """Keep a draft and check what was touched, if something was typed since the last time; whether it was."""
    if form.body == form.kept:
        return False
    store(form, who, empty=False)
    given = {name: value for name, value in form.given(who).items() if not isinstance(value, Problem)}
    try:
        with reading() as db:
            found = write.probe(db, who, form.table, given, id=form.id)
    except (write.Missing, Forbidden):
        return True
    lines = {name: said for name, said in form.errors.items() if "." in name}
    form.errors = {name: said for name, said in found.errors.items() if name in form.touched} | lines
    form.warnings = {name: said for name, said in found.warnings.items() if name in form.touched or not name}
    return True


def store(form: Form, who: Actor, *, empty: bool = True) -> None:
    """Keep what is typed as a draft; where that is nothing, only if `empty`."""
    form.kept = form.body
    with writing() as db:
        if empty or form.dirty:
            kept = drafts.save(db, who, form.table, form.id, form.version, form.kept | {"address": form.address})
            form.draft_at = now() if kept else None
        else:
            drafts.drop(db, who, form.table, form.id)
            form.draft_at = None
    _meet(form, who)


def drop(form: Form, who: Actor) -> None:
    """Forget what is typed."""
    with writing() as db:
        drafts.drop(db, who, form.table, form.id)


def close() -> None:
    """No form is open any more."""
    for key in [key for key in st.session_state if str(key).startswith(SLOT)]:
        del st.session_state[key]


SLOT = "form:"
"""Before the keys under which open forms stand in the session."""
