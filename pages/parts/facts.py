"""A record's fields by group, as a description list (`<dl>`): badges, links to other records, pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from models.fields import Kind
from pages.parts.display import display
from pages.parts.markdown import plain
from pages.parts.navigation import href, open_page, reachable
from services.crud.access import Actor
from services.crud.query import Ref
from services.crud.registry import Field, Table
from services.crud.titles import UNREADABLE
from services.platform.files import link
from services.platform.i18n import _, pgettext

_HERE = Path(__file__)
_component = st.components.v2.component(
    "facts",
    html='<div class="facts"></div>',
    css=_HERE.with_suffix(".css").read_text(encoding="utf-8"),
    js=_HERE.with_suffix(".js").read_text(encoding="utf-8"),
)


def facts(key: str, table: Table, row: Mapping[str, Any], fields: Sequence[Field], who: Actor) -> None:
    """Draw these fields of a record by group; a click on a reference opens that record in the session."""
    groups = _grouped(table, row, fields, who)
    result = _component(key=key, data={"groups": groups}, on_open_change=lambda: None)
    target = result.open
    if isinstance(target, Mapping) and reachable(str(target.get("table"))) and isinstance(target.get("id"), int):
        open_page(str(target["table"]), {"id": str(target["id"])})


def _grouped(table: Table, row: Mapping[str, Any], fields: Sequence[Field], who: Actor) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name in ("", *table.screen.groups)}
    for field in fields:
        if field.kind is Kind.LONG_TEXT or field.name not in row:
            continue
        if field.spec.shown_if is not None and not field.spec.shown_if.holds(row):
            continue
        cells = _cells(field, row[field.name], who)
        groups.setdefault(field.spec.group, []).append({"label": field.title, "help": field.help, "cells": cells, "wide": len(cells) > 4})
    return [{"title": pgettext(table.name, title) if title else "", "rows": rows} for title, rows in groups.items() if rows]


def _cells(field: Field, value: Any, who: Actor) -> list[dict[str, Any]]:
    if value is None or value == [] or value == "":
        return [{"text": "—", "muted": True, "title": _("Empty")}]
    if isinstance(value, list) and value and isinstance(value[0], Ref):
        return [_reference(field, one) for one in value]
    if isinstance(value, Ref):
        return [_reference(field, value)]
    if field.kind in (Kind.CHOICE, Kind.CHOICES):
        codes = value if isinstance(value, list) else [value]
        return [{"kind": "badge", "text": field.choice_title(code), "colour": _colour(field, code)} for code in codes]
    if field.kind is Kind.LINK:
        return [{"kind": "link", "text": value, "href": value, "external": True}]
    if field.kind is Kind.EMAIL and "*" not in value:
        return [{"kind": "link", "text": value, "href": f"mailto:{value}", "external": True}]
    if field.kind is Kind.COLOUR:
        return [{"kind": "colour", "text": value}]
    if field.kind is Kind.IMAGE:
        return [{"kind": "image", "text": field.title, "src": link(who, int(value), side=480)}]
    if field.kind is Kind.FILE:
        return [{"kind": "link", "text": _("Open the file"), "href": link(who, int(value)), "external": True}]
    return [{"text": display(field, value), "numeric": field.is_number}]


def _colour(field: Field, code: str) -> str:
    choice = field.choice(code)
    return choice.colour if choice else "grey"


def _reference(field: Field, ref: Ref) -> dict[str, Any]:
    target = field.spec.target
    if ref.title == UNREADABLE:
        return {"text": _("Not for you to see"), "muted": True}
    if not reachable(target):
        return {"text": ref.title}
    return {
        "kind": "link",
        "text": ref.title,
        "href": href(target, {"id": str(ref.id)}),
        "open": {"table": target, "id": ref.id},
    }


def long_text(one: Field, text: str) -> None:
    """A long text under its title."""
    st.markdown(f"**{plain(one.title)}**")
    with st.container(border=True):
        st.markdown(text)
