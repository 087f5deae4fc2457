"""A record as a sheet of paper: everything on it, no buttons, black on white."""

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from models.fields import Kind, now
from pages.parts.display import display
from pages.parts.navigation import go
from services.crud import access, query
from services.crud.access import Actor
from services.crud.registry import Field, Table, table
from services.crud.titles import title_of
from services.crud.view import Filter, View
from services.platform.db import reading
from services.platform.i18n import _, format_moment
from services.platform.settings import settings

_STYLE = """
<style>
.sheet { background: #fff; color: #000; padding: 2rem; border: 1px solid #ccc; border-radius: .25rem; font-size: .95rem; }
.sheet h1 { font-size: 1.4rem; margin: 0 0 .25rem; padding: 0; color: #000; }
.sheet h2 { font-size: 1.05rem; margin: 1.25rem 0 .5rem; padding: 0; color: #000; }
.sheet table { border-collapse: collapse; width: 100%; }
.sheet th, .sheet td { border: 1px solid #888; padding: .3rem .5rem; text-align: left; vertical-align: top; color: #000;
  overflow-wrap: anywhere; }
.sheet th { font-weight: 600; background: #f2f2f2; width: 9rem; }
.sheet thead th { width: auto; }
.sheet .foot { margin-top: 1rem; font-size: .8rem; color: #444; }
@media print {
  [data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stToolbar"],
  .st-key-print-tools, .st-key-topbar { display: none !important; }
  .sheet { border: 0; padding: 0; }
}
</style>
"""

_button = st.components.v2.component(
    "print_button",
    html='<button type="button"></button>',
    css="""
button { font: inherit; padding: .5rem 1rem; border-radius: var(--st-button-radius); border: 1px solid transparent; cursor: pointer;
  background: var(--st-primary-color); color: #fff; }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
""",
    js="""
export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button")
  button.textContent = data.label
  button.onclick = () => window.print()
}
""",
)


def sheet(table_: Table, row: Mapping[str, Any], who: Actor) -> None:
    """Draw the sheet, with a button that prints it and one that goes back."""
    with st.container(horizontal=True, key="print-tools"):
        if st.button(_("Back"), icon=":material/arrow_back:", type="tertiary", key="print.back"):
            go({name: value for name, value in st.query_params.items() if name != "print"})
        _button(key="print.go", data={"label": _("Print")}, width="content")
    fields = [
        one
        for one in table_.declared
        if one.name in row and row[one.name] not in (None, [], "") and one.kind not in (Kind.IMAGE, Kind.FILE)
    ]
    pairs = [fields[place : place + 2] for place in range(0, len(fields), 2)]
    body = "".join(
        "<tr>" + "".join(_pair(one, row) for one in pair) + ("" if len(pair) == 2 else "<th></th><td></td>") + "</tr>" for pair in pairs
    )
    parts = [f"<h1>{escape(table_.title)} · {escape(title_of(table_, row))}</h1>", f"<table><tbody>{body}</tbody></table>"]
    parts += [_child(child.table, child.via, row, who) for child in table_.children]
    foot = _("Printed by {who} on {when}.", who=who.name, when=format_moment(now()))
    st.html(_STYLE + f'<article class="sheet">{"".join(parts)}<p class="foot">{escape(foot)}</p></article>')


def _pair(one: Field, row: Mapping[str, Any]) -> str:
    return f"<th scope='row'>{escape(one.title)}</th><td>{escape(display(one, row[one.name])).replace(chr(10), '<br>')}</td>"


def _child(name: str, via: str, row: Mapping[str, Any], who: Actor) -> str:
    rows = table(name)
    if not access.may(who, rows, "read"):
        return ""
    with reading() as db:
        page = query.page(db, who, rows, View(filters=(Filter(via, "in", (row["id"],)),), size=settings().child_rows))
    if not page.rows:
        return ""
    fields = [one for one in rows.list_fields if one.name != via]
    head = "".join(f"<th scope='col'>{escape(one.title)}</th>" for one in fields)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(display(one, line.get(one.name)))}</td>" for one in fields) + "</tr>" for line in page.rows
    )
    return f"<h2>{escape(rows.plural)}</h2><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
