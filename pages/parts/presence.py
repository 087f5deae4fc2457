"""Who else has this record open, said where it is shown and where it is changed."""

import time
from collections.abc import Sequence

import streamlit as st

from pages.parts.display import joined
from pages.parts.markdown import plain
from services.crud import presence
from services.crud.access import Actor
from services.crud.presence import Other
from services.crud.registry import Table
from services.platform.db import reading, writing
from services.platform.i18n import _
from services.platform.settings import settings

_NOTED = "presence.noted"


def here(table: Table, id: int, who: Actor, *, editing: bool = False) -> list[Other]:
    """Note that the person is at this record, when that was not noted lately, and say who else is."""
    key, now = (table.name, id, editing), time.monotonic()
    noted, when = st.session_state.get(_NOTED, (None, 0.0))
    if noted != key or now - when > settings().presence_seconds / 2:
        st.session_state[_NOTED] = (key, now)
        with writing() as db:
            presence.note(db, who, table, id, editing=editing)
    with reading() as db:
        return presence.others(db, who, table, id)


def say(others: Sequence[Other]) -> None:
    """Say who else is here; nothing where nobody is."""
    editing = joined(one.name for one in others if one.editing)
    looking = joined(one.name for one in others if not one.editing)
    if editing:
        st.badge(_("{who} is changing this now", who=plain(editing)), icon=":material/edit:", color="orange",
                 help=_("Whoever saves second is asked about the fields that both have changed. Nothing is lost."))  # fmt: skip
    if looking:
        st.badge(_("{who} has this open too", who=plain(looking)), icon=":material/visibility:", color="gray")
