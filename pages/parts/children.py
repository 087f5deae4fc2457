"""What hangs on a record: its child records as short lists, and all that refers to it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from models.base import Child
from pages.parts import cells
from pages.parts.grid import grid
from pages.parts.markdown import plain
from pages.parts.navigation import open_page, reachable
from services.crud import access, query
from services.crud.access import Actor
from services.crud.registry import Table, table
from services.crud.view import Filter, View
from services.platform.db import reading
from services.platform.i18n import _, pgettext
from services.platform.settings import settings


def child_list(child: Child, row: Mapping[str, Any], who: Actor, *, may_add: bool) -> None:
    """The newest child records, with a way to the whole list and to a new one."""
    rows = table(child.table)
    view = View(filters=(Filter(child.via, "in", (row["id"],)),), size=settings().child_rows)
    with reading() as db:
        page = query.page(db, who, rows, view)
        count = query.count(db, who, rows, view)
    fields = [one for one in rows.list_fields if one.name != child.via]
    if page.rows:
        event = grid(
            f"child.{rows.name}.{row['id']}",
            cells.columns(rows, fields),
            cells.rows(rows, fields, page.rows, who, view.to_params()),
            caption=rows.plural,
            density="compact",
            height="content",
        )
        if event.open is not None and reachable(rows.name):
            open_page(rows.name, {"id": str(event.open)})
        if event.follow is not None and reachable(rows.fields[event.follow[1]].spec.target):
            open_page(rows.fields[event.follow[1]].spec.target, {"id": str(event.follow[0])})
    else:
        st.caption(plain(pgettext(rows.name, rows.screen.empty)) if rows.screen.empty else _("Nothing here yet."))
    with st.container(horizontal=True):
        may_go = reachable(rows.name)
        adds = may_go and may_add and access.may(who, rows, "create")
        if adds and st.button(_("Add: {what}", what=rows.title), icon=":material/add:", key=f"child.add.{rows.name}"):
            open_page(rows.name, {"new": "1", f"set.{child.via}": str(row["id"])})
        more, whole = may_go and bool(page.rows), _("All {n} in the list", n=count)
        if more and st.button(whole, icon=":material/list:", type="tertiary", key=f"child.all.{rows.name}"):
            open_page(rows.name, {f"f.{child.via}": str(row["id"])})


def backlinks(parent: Table, row: Mapping[str, Any], who: Actor) -> None:
    """Which records refer to this one, by table and field, each a way to their list."""
    with reading() as db:
        found = [one for one in query.backlinks(db, who, parent, row["id"]) if one.count.value]
    if not found:
        st.caption(_("Nothing refers to this record."))
    for one in found:
        text = plain(_("{table} by “{field}”: {n}", table=one.table.plural, field=one.field.title, n=one.count))
        if st.button(
            text,
            key=f"back.{one.table.name}.{one.field.name}",
            icon=f":material/{one.table.screen.icon}:",
            type="tertiary",
            disabled=not reachable(one.table.name),
        ):
            open_page(one.table.name, {f"f.{one.field.name}": str(row["id"])})
