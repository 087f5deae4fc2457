"""GENERATED: a record as it stood at some moment, chosen by date and time or from its history."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

import streamlit as st

from models.fields import Kind, now
from pages.parts import address, notfound
from pages.parts.facts import facts, long_text
from pages.parts.markdown import plain
from pages.parts.navigation import go
from services.crud import past
from services.crud.access import Actor
from services.crud.errors import Missing
from services.crud.registry import Table
from services.crud.titles import title_of
from services.platform.db import reading
from services.platform.i18n import LOCAL, _, format_moment

AT = "then"
"""Name of the moment in the address."""
_DAY, _HOUR = "past.day", "past.hour"


def choose(table: Table, row: Mapping[str, Any]) -> None:
    """A date and a time, and the way to what the record was then."""
    made: datetime = row["created_at"]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="past.choose"):
        st.date_input(
            _("As it stood on"), value=now().astimezone(LOCAL).date(), key=_DAY, format="YYYY-MM-DD", width=160,
            min_value=made.astimezone(LOCAL).date(), max_value=now().astimezone(LOCAL).date(),
        )  # fmt: skip
        st.time_input(_("At the end of"), value=time(23, 59), key=_HOUR, width=120)
        st.button(_("Show"), icon=":material/history:", key="past.show", on_click=_chosen)


def _chosen() -> None:
    day, hour = st.session_state.get(_DAY), st.session_state.get(_HOUR)
    if day is not None:
        go_to(datetime.combine(day, hour or time(23, 59), LOCAL) + timedelta(seconds=59, microseconds=999_999))


def go_to(moment: datetime) -> None:
    """The record page, as it stood at this moment."""
    st.query_params[AT] = moment.isoformat()


def asked() -> datetime | None:
    """The moment that the address asks for."""
    try:
        found = datetime.fromisoformat(st.query_params.get(AT, ""))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=LOCAL)


def show(table: Table, id: int, who: Actor, moment: datetime) -> None:
    """Draw the record as it stood, and say what is another value now."""
    try:
        with reading() as db:
            found = past.stood(db, who, table, id, moment)
    except past.NotYet as early:
        _head(table, title_of(table, {"id": id}), moment)
        st.info(_("It did not exist yet: it was made on {when}.", when=early.since), icon=":material/event_upcoming:")
        return
    except Missing:
        notfound.missing(table)
        return
    _head(table, title_of(table, found.row), moment)
    if found.gone:
        st.info(_("It was in the trash then."), icon=":material/delete:")
    changed = [table.fields[name].title for name in table.fields if name in found.differs and not table.fields[name].spec.hidden]
    if changed:
        st.caption(_("Another value now: {fields}", fields=plain(_(", ").join(changed))))
    else:
        st.caption(_("Nothing has changed since."))
    fields = [one for one in table.declared if one.name in found.row]
    facts(f"then.{table.name}.{id}", table, found.row, fields, who)
    for one in fields:
        if one.kind is Kind.LONG_TEXT and found.row[one.name]:
            long_text(one, found.row[one.name])


def _head(table: Table, title: str, moment: datetime) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="past.head"):
        if st.button(_("As it is now"), icon=":material/arrow_back:", type="tertiary", key="past.back"):
            go({name: values for name, values in address.params().items() if name != AT})
        st.subheader(plain(title), anchor=False, width="content")
        st.badge(_("As it stood on {when}", when=format_moment(moment)), icon=":material/history:", color="orange")
