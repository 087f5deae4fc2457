"""GENERATED: the form of any table. What is typed is checked beside the fields, kept as a draft, and saved all or nothing."""

from typing import Literal

import streamlit as st
from sqlalchemy.orm import Session

from pages.parts import address, childgrid, formfields, formstate, notfound, pause, presence, undone, widgets
from pages.parts.display import joined
from pages.parts.formstate import SLOT, Form, Rows
from pages.parts.markdown import plain
from pages.parts.navigation import again, go, open_page, reachable
from pages.parts.session import actor
from services.crud import drafts, query, recent, write
from services.crud.access import Actor, Forbidden
from services.crud.registry import Field, Table
from services.crud.registry import table as described
from services.crud.validate import Problem
from services.platform.db import reading, writing
from services.platform.i18n import _, format_moment, msg, pgettext

NAMED = 8
"""Fields that are named where something stands against saving."""


def show_form(table: Table, id: int | None) -> None:
    """The form of one record, or of a new one; the address may carry `copy=` and preset values `set.<field>=`."""
    who = actor()
    try:
        form = _opened(table, id, who)
    except query.Missing:
        notfound.missing(table)
        return
    except Forbidden as forbidden:
        st.error(plain(forbidden.message), icon=":material/lock:")
        if st.button(_("Back"), icon=":material/arrow_back:", key="form.refused"):
            go(address.behind(id))
        return
    _edit(form, who)


def _opened(table: Table, id: int | None, who: Actor) -> Form:
    slot = f"{SLOT}{table.name}:{id or 'new'}"
    form: Form | None = st.session_state.get(slot)
    if form is None or (not form.done and form.address != address.params()):
        formstate.close()
        form = st.session_state[slot] = formstate.open_form(table, id, who)
    return form


@st.fragment
def _edit(form: Form, who: Actor) -> None:
    if form.done:
        _finish(form, who)
    form.take()
    formstate.keep(form, who)
    _head(form, who)
    formfields.fields(form, who)
    childgrid.edit(form.table, form.children, form.errors, form.warnings, who, f"{form.token}.children")
    _foot(form, who)
    pause.commit()
    _add_new(form, who)
    if formstate.keep(form, who):  # a picker, a file, a grid: known only once they are drawn
        again()


def _head(form: Form, who: Actor) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(_("Back"), icon=":material/arrow_back:", type="tertiary", key=f"{form.token}.back", on_click=_leave, args=(form, who))
        title = _("New: {what}", what=plain(form.title)) if form.id is None else _("Edit: {what}", what=plain(form.title))
        st.subheader(title, anchor=False, width="content")
        if form.draft_at is not None:
            st.badge(_("Kept as a draft, {when}", when=format_moment(form.draft_at)), icon=":material/history_edu:", color="gray")
            st.button(_("Start afresh"), key=f"{form.token}.afresh", type="tertiary", on_click=_cancel, args=(form, who, "afresh"))
        presence.say(form.others)


# The foot: what stands against saving, and the ways out


def _foot(form: Form, who: Actor) -> None:
    with st.container(key="form-foot"):
        _against(form, who)
        with st.container(horizontal=True, vertical_alignment="center"):
            if form.leaving:
                st.markdown(f"**{_('Give up what you typed?')}**", width="content")
                st.button(_("Give it up"), key=f"{form.token}.give_up", icon=":material/delete:", on_click=_give_up, args=(form, who))
                st.button(_("Go on typing"), type="primary", key=f"{form.token}.stay", on_click=_stay, args=(form,))
            else:
                _buttons(form, who)


def _buttons(form: Form, who: Actor) -> None:
    doubts = "".join(f"{name}{message}" for name, found in form.warnings.items() for message in found)
    confirm = bool(doubts) and not any(form.errors.values())
    # A click on a button that did not warn of this yet must not confirm it: with other warnings it is another button.
    key = f"{form.token}.save.{hash(doubts)}" if confirm else f"{form.token}.save"
    text = _("Save all the same") if confirm else _("Save")
    st.button(text, type="primary", icon=":material/check:", key=key, shortcut="Ctrl+Enter", on_click=_save, args=(form, who, confirm))
    if form.id is None:
        st.button(_("Save and add another"), icon=":material/add:", key=f"{key}.another", on_click=_save, args=(form, who, confirm, True))
    st.button(_("Cancel"), type="tertiary", key=f"{form.token}.cancel", on_click=_cancel, args=(form, who))


def _against(form: Form, who: Actor) -> None:
    shown = {one.name: one for one, editable in form.shown(who) if editable}
    if form.refused:
        wrong = [one for one in shown.values() if formfields.problems(form, one)]
        names = [_where(form, one) for one in wrong]
        names += [rows.plural for rows in _children(form) if any(name.partition(".")[0] == rows.name for name in form.errors)]
        if names:
            fields = joined(names[:NAMED]) + ("…" if len(names) > NAMED else "")
            st.error(plain(_("Not saved yet. Please look at: {fields}", fields=fields)), icon=":material/error:")
    children = {rows.name for rows in _children(form)}
    for messages, say, icon in ((form.errors, st.error, ":material/error:"), (form.warnings, st.warning, ":material/warning:")):
        for name, found in messages.items():
            if name not in shown and name.partition(".")[0] not in children:
                title = f"{form.table.fields[name].title}: " if name in form.table.fields else ""
                for message in found:
                    say(plain(f"{title}{message}"), icon=icon)
    if form.stale is not None:
        when = format_moment(form.stale.when)
        said = _("{who} changed this record on {when}, while you had it open.", who=form.stale.who, when=when)
        st.warning(plain(f"{said} {_('Look at what is marked, then save again.')}"), icon=":material/group:")


def _where(form: Form, one: Field) -> str:
    """The field, and the tab that it stands on if that is not the first."""
    return _("{field} ({tab})", field=one.title, tab=pgettext(form.table.name, one.spec.tab)) if one.spec.tab else one.title


def _children(form: Form) -> list[Table]:
    return [described(child.table) for child in form.table.children if child.in_form]


# Saving


def _save(form: Form, who: Actor, confirm: bool, another: bool = False) -> None:
    """A click on one of the save buttons; the second of two does nothing."""
    if form.done:
        return
    form.take()
    given = form.given(who)
    children, form.lines, wrong = childgrid.meaning(form.table, form.children, form.loaded_children)
    form.errors = {name: [value.message] for name, value in given.items() if isinstance(value, Problem)} | wrong
    form.warnings, form.stale, form.refused = {}, None, bool(form.errors)
    if form.errors:
        return
    try:
        with writing() as db:
            saved = _write(db, form, who, given, children, confirm)
        form.saved, form.done = saved, "another" if another else "saved"
    except write.Invalid as invalid:
        form.errors = childgrid.placed(invalid.errors, form.lines)
    except write.Unconfirmed as unconfirmed:
        form.warnings = childgrid.placed(unconfirmed.warnings, form.lines)
    except write.Stale as stale:
        _weigh(form, stale)
    except write.Missing:
        form.errors = {"": [msg("Somebody has deleted this record meanwhile. Look for it in the trash.")]}
    except Forbidden as forbidden:
        form.errors = {"": [forbidden.message]}
    form.refused = form.saved is None
    form.touched |= {*form.errors, *form.warnings}


def _write(db: Session, form: Form, who: Actor, given: dict[str, object], children: Rows, confirm: bool) -> int:
    if form.id is None:
        saved = write.create(db, who, form.table, given, children, confirm=confirm)
    else:
        write.update(db, who, form.table, form.id, given, form.version, children, confirm=confirm)
        saved = form.id
    drafts.drop(db, who, form.table, form.id)
    undone.offer(db, who, form.table, _("Saved."), record=saved)
    recent.note(db, who, form.table, saved)
    return saved


def _weigh(form: Form, stale: write.Stale) -> None:
    """Somebody saved the same fields: say so beside them. Whoever has seen that and saves again means it."""
    form.errors = childgrid.settle(stale, form.children, form.lines)
    if not form.errors:
        form.stale, form.version = stale, stale.version
        form.loaded |= {conflict.field: widgets.raw(form.table.fields[conflict.field], conflict.theirs) for conflict in stale.conflicts}


def _finish(form: Form, who: Actor) -> None:
    """It is over with this form: go to the record, to a fresh form, back to the form that lacked it, or just back."""
    formstate.close()
    if form.done == "afresh":
        st.rerun()
    if form.done == "left":
        if form.dirty:
            st.toast(_("What you typed is kept as a draft."), icon=":material/history_edu:")
        go(address.behind(form.id))
    st.toast(_("Saved."), icon=":material/check_circle:")
    _come_back(form, who)
    if form.done == "another":
        go({name: values for name, values in form.address.items() if name != "copy"})
    go(address.behind(form.saved))


# Ways out


def _leave(form: Form, who: Actor) -> None:
    """Go; what is typed stays as a draft."""
    form.take()
    formstate.keep(form, who)
    form.done = "left"


def _cancel(form: Form, who: Actor, then: Literal["left", "afresh"] = "left") -> None:
    """Go, or begin anew, without what was typed; whoever typed something is asked."""
    form.take()
    form.leaving = then
    if not form.dirty:
        _give_up(form, who)


def _stay(form: Form) -> None:
    form.leaving = ""


def _give_up(form: Form, who: Actor) -> None:
    formstate.drop(form, who)
    form.done, form.typed, form.children = form.leaving or "left", dict(form.loaded), form.loaded_children


# A record that a picker lacks


def _add_new(form: Form, who: Actor) -> None:
    """Go and make a record that a picker lacks; what is typed here stays as a draft, and saving leads back."""
    asked = st.session_state.pop(widgets.ADD_NEW, None)
    if asked is not None:
        one, typed = asked
        target = described(one.spec.target)
        preset = {f"set.{target.titles[-1].name}": typed} if typed and target.titles else {}
        formstate.store(form, who)
        open_page(target.name, {"new": "1", **preset, "for": f"{form.table.name}.{one.name}.{form.id or 0}"})


def _come_back(form: Form, who: Actor) -> None:
    """Put the new record into the form that lacked it, and go back there."""
    table_name, field_name, id_ = (*st.query_params.get("for", "").split("."), "", "")[:3]
    one = described(table_name).fields.get(field_name) if reachable(table_name) else None
    if one is None or one.spec.target != form.table.name or not id_.isdigit():
        return
    owner, waiting = described(table_name), int(id_) or None
    with reading() as db:
        draft = drafts.load(db, who, owner, waiting)
    if draft is None:
        return
    body = {**draft.body, "typed": {**draft.body["typed"], one.name: form.saved}}
    with writing() as db:
        drafts.save(db, who, owner, waiting, draft.version, body)
    open_page(owner.name, draft.body["address"])
