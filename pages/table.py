"""GENERATED: any table. The address decides: a list, a record (`?id=12`), a form (`?new=1`, `?id=12&edit=1`), an import."""

from importlib import import_module
from typing import Any

import streamlit as st

from pages.parts import list as lists
from pages.parts import notfound, session, views
from services.crud.access import Actor
from services.crud.registry import Table
from services.crud.registry import table as described

_LARGEST = 2**31 - 1


def show(name: str) -> None:
    """Draw the table of that name as its address asks."""
    table, who = described(name), session.actor()
    lists.heed(table, who)
    asked = st.query_params.get("id")
    if not {"new", "edit"} & set(st.query_params):
        _part("formstate").close()
    if asked is None and not {"new", "import"} & set(st.query_params):
        _overview(table, who)
        return
    views.leave()
    if asked is None and st.query_params.get("import") == "1":
        _part("importing").show_import(table, who)
        return
    if st.query_params.get("new") == "1":
        _part("form").show_form(table, None)
    elif asked is None or not (asked.isascii() and asked.isdigit() and 0 < int(asked[:12]) <= _LARGEST):
        notfound.missing(table)
    elif st.query_params.get("edit") == "1":
        _part("form").show_form(table, int(asked))
    else:
        _part("record").show_record(table, int(asked))


def _overview(table: Table, who: Actor) -> None:
    way = lists.way(table)
    if way == "board":
        import_module("pages.board").show_board(table, who)
    elif way == "agenda":
        import_module("pages.agenda").show_agenda(table, who)
    else:
        lists.show_list(table, who)


def _part(name: str) -> Any:
    """The module that draws a part; loaded when it is first needed."""
    return import_module(f"pages.parts.{name}")
