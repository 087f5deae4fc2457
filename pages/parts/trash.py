"""Putting a record into the trash, after a look at what goes along or stands against it, and bringing it back."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.parts import undone
from pages.parts.display import joined
from pages.parts.markdown import plain
from pages.parts.navigation import go
from services.crud import access, write
from services.crud.access import Actor
from services.crud.errors import Messages
from services.crud.registry import Table
from services.crud.titles import title_of
from services.platform.db import reading, writing
from services.platform.i18n import _, format_moment, msg

_ASKED = "record.delete"
_PROBLEMS = "record.delete.problems"


def ask(table: Table, id: int) -> None:
    """Ask whether this record shall go."""
    st.session_state[_ASKED] = (table.name, id)


def dialog(table: Table, row: Mapping[str, Any], who: Actor) -> None:
    """The question, while it is asked about this record."""
    if st.session_state.get(_ASKED) == (table.name, row["id"]):
        st.dialog(_("Delete this record?"), width="medium", on_dismiss=forget)(_question)(table, row, who)


def forget() -> None:
    """Nothing is being asked."""
    st.session_state.pop(_ASKED, None)
    st.session_state.pop(_PROBLEMS, None)


def _question(table: Table, row: Mapping[str, Any], who: Actor) -> None:
    if _ASKED not in st.session_state:  # it is gone: the page will find out
        st.rerun()
    try:
        with reading() as db:
            preview = write.delete_preview(db, who, table, [row["id"]])
    except (write.Missing, access.Forbidden):
        st.error(_("Somebody has deleted this record already."), icon=":material/error:")
        return
    st.markdown(_("**{title}** goes to the trash and can be restored from there.", title=plain(title_of(table, row))))
    for along in preview.goes_along:
        text = plain(_("Goes along: {n} × {what}", n=along.count, what=along.table.plural))
        st.markdown(f":material/subdirectory_arrow_right: {text}")
    for one in preview.blocked:
        names = joined(one.titles) + ("…" if one.count > len(one.titles) else "")
        text = _("{n} × {what} refer to it by “{field}”: {titles}", n=one.count, what=one.table.plural, field=one.field.title, titles=names)
        st.error(plain(text), icon=":material/link:")
    if preview.blocked:
        st.markdown(_("Change or delete those first."))
        return
    st.text_input(_("Why? (kept in the history)"), max_chars=500, key="delete.reason")
    _say(st.session_state.get(_PROBLEMS, {}))
    st.button(_("Delete"), type="primary", icon=":material/delete:", key="delete.go", on_click=_delete, args=(table, row, who))


def _say(problems: Messages) -> None:
    for messages in problems.values():
        for message in messages:
            st.error(plain(message), icon=":material/error:")


def _delete(table: Table, row: Mapping[str, Any], who: Actor) -> None:
    """A click in the dialog; the second of two does nothing."""
    if _ASKED not in st.session_state:
        return
    try:
        with writing() as db:
            write.delete(db, who, table, row["id"], row["version"], reason=st.session_state.get("delete.reason") or "")
            undone.offer(db, who, table, _("Deleted: {title}", title=title_of(table, row)))
    except (write.Stale, write.Missing):
        st.session_state[_PROBLEMS] = {"": [msg("Somebody has changed this record meanwhile. Close this window and look at it again.")]}
    except write.Invalid as invalid:
        st.session_state[_PROBLEMS] = invalid.errors
    except access.Forbidden as forbidden:
        st.session_state[_PROBLEMS] = {"": [forbidden.message]}
    else:
        st.session_state["record.said"] = _("Deleted. You find it in the trash.")
        forget()


def restore(table: Table, row: Mapping[str, Any], who: Actor, *, allowed: bool) -> None:
    """Say that the record is in the trash, and offer to bring it back."""
    st.info(_("This record is in the trash since {when}.", when=format_moment(row["deleted_at"])), icon=":material/delete:")
    if allowed and st.button(_("Restore"), icon=":material/restore_from_trash:", type="primary", key="record.restore"):
        try:
            with writing() as db:
                write.restore(db, who, table, row["id"])
        except write.Invalid as invalid:
            _say(invalid.errors)
        except write.Missing:
            _say({"": [msg("Somebody has restored this record already.")]})
        except access.Forbidden as forbidden:
            _say({"": [forbidden.message]})
        else:
            st.session_state["record.said"] = _("Restored.")
            go({"id": str(row["id"])})
