"""A record as a sheet of paper: everything on it, no buttons, black on white."""

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from models.base import Child
from models.fields import Kind, now
from pages.parts import address
from pages.parts.display import display, heading
from pages.parts.navigation import go
from services.crud import access, query
from services.crud.access import Actor
from services.crud.registry import Field, Table, table
from services.crud.titles import title_of
from services.crud.view import Filter, View
from services.platform.db import reading
from services.platform.i18n import _, format_moment, pgettext
from services.platform.settings import settings

_TIGHT = frozenset({Kind.CODE, Kind.DATE, Kind.MOMENT, Kind.TIME, Kind.CHOICE, Kind.BOOLEAN, Kind.PHONE})
_SHORT, _WORD = 20, 4
"""Characters up to which a cell is not broken into lines: of a code or a date, and of any text."""
_STYLE = """
<style>
.sheet { font-family: -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", sans-serif; }
.sheet { background: #fff; color: #000; padding: 2rem; border: 1px solid #ccc; border-radius: .25rem; font-size: .95rem; }
.sheet h1 { font-size: 1.4rem; margin: 0 0 .25rem; padding: 0; color: #000; }
.sheet h2 { font-size: 1.05rem; margin: 1.25rem 0 .5rem; padding: 0; color: #000; }
.sheet table { border-collapse: collapse; width: 100%; }
.sheet th, .sheet td { border: 1px solid #888; padding: .3rem .5rem; text-align: left; vertical-align: top; color: #000;
  overflow-wrap: anywhere; }
.sheet th { font-weight: 600; background: #f2f2f2; width: 9rem; }
.sheet thead th { width: auto; }
.sheet .fields { table-layout: fixed; }
.sheet .number { text-align: right; }
.sheet .number, .sheet .tight { white-space: nowrap; }
.sheet .foot { margin-top: 1rem; font-size: .8rem; color: #444; }
@media screen and (max-width: 640px) {
  .sheet { padding: 1rem; overflow-x: auto; }
  .sheet .fields, .sheet .fields tbody { display: block; }
  .sheet .fields tr { display: grid; grid-template-columns: 7rem 1fr; }
  .sheet .fields th { width: auto; }
}
@media print {
  @page { size: A4; margin: 15mm; }
  body *:not(:has(.sheet)):not(.sheet, .sheet *) { display: none !important; }
  *:has(.sheet) { all: revert !important; display: block !important; margin: 0 !important; }
  .sheet { border: 0; padding: 0; font-size: 10.5pt; }
  .sheet thead { display: table-header-group; }
  .sheet table:not(.fields) { font-size: 9pt; }
  .sheet tr { break-inside: avoid; }
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
            go(address.behind(row["id"]))
        _button(key="print.go", data={"label": _("Print")}, width="content")
    fields = [one for one in table_.declared if row.get(one.name) not in (None, [], "") and one.kind not in (Kind.IMAGE, Kind.FILE)]
    short = [one for one in fields if one.kind is not Kind.LONG_TEXT]
    lines = [short[place : place + 2] for place in range(0, len(short), 2)] + [[one] for one in fields if one.kind is Kind.LONG_TEXT]
    body = "".join(f"<tr>{''.join(_pair(one, row, span=7 - 4 * len(line)) for one in line)}</tr>" for line in lines)
    parts = [f"<h1>{escape(table_.title)} · {escape(title_of(table_, row))}</h1>", f"<table class='fields'><tbody>{body}</tbody></table>"]
    parts += [_child(child, row, who) for child in table_.children]
    foot = _("Printed by {who} on {when}.", who=who.name, when=format_moment(now()))
    st.html(_STYLE + f'<article class="sheet">{"".join(parts)}<p class="foot">{escape(foot)}</p></article>')


def _pair(one: Field, row: Mapping[str, Any], span: int) -> str:
    text = escape(display(one, row[one.name])).replace("\n", "<br>")
    return f"<th scope='row'>{escape(one.title)}</th><td colspan='{max(span, 1)}'>{text}</td>"


def _child(child: Child, row: Mapping[str, Any], who: Actor) -> str:
    rows = table(child.table)
    if not access.may(who, rows, "read"):
        return ""
    with reading() as db:
        page = query.page(db, who, rows, View(filters=(Filter(child.via, "in", (row["id"],)),), size=settings().child_rows))
    if not page.rows:
        return ""
    fields = [one for one in rows.list_fields if one.name != child.via]
    head = "".join(f"<th scope='col'>{escape(heading(one))}</th>" for one in fields)
    lines = "".join(f"<tr>{''.join(_cell(one, line) for one in fields)}</tr>" for line in page.rows)
    title = pgettext(rows.fields[child.via].spec.target, child.title) if child.title else rows.plural
    more = f"<p>{escape(_('The newest {n}; there are more.', n=len(page.rows)))}</p>" if page.has_next else ""
    return f"<h2>{escape(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>{more}"


def _cell(one: Field, line: Mapping[str, Any]) -> str:
    text = display(one, line.get(one.name), unit=False)
    look = "number" if one.is_number else "tight" if len(text) <= (_SHORT if one.kind in _TIGHT else _WORD) else ""
    return f"<td class='{look}'>{escape(text)}</td>"
