"""GENERATED: the list of any table. Search, chips, columns, pages, sums, selection; all of it stands in the address bar."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st
from sqlalchemy.orm import Session

from pages.parts import address, bulk, cells, chart, columns, export, filters, importing, inline, navigation, pager, undone, views
from pages.parts.address import held
from pages.parts.browser import said, whole
from pages.parts.display import display
from pages.parts.grid import Labels, grid
from pages.parts.markdown import plain
from services.crud import aggregate, query
from services.crud.access import Actor, may
from services.crud.query import Count, Page
from services.crud.registry import Field, Table
from services.crud.registry import table as described
from services.crud.view import View
from services.platform.db import reading
from services.platform.i18n import Message, _, pgettext
from services.platform.settings import settings

TYPING = "300ms"
"""How long a person pauses before a search begins."""


@dataclass
class Read:
    """All that one run of a list reads, in one transaction."""

    view: View
    refused: list[Message]
    page: Page
    count: Count
    sums: Mapping[str, Any]
    titles: dict[str, dict[int, str]]
    people: dict[int, str]
    """Who deleted the records of a trash."""
    sheet: list[Field] | None
    """The columns of quick edit, while it is on."""


def heed(table: Table, who: Actor) -> None:
    """Follow what was just done in the grid, before anything is drawn: open a record, follow a reference, sort, choose columns."""
    key = f"{table.name}.grid"
    opened, followed, asked = whole(said(key, "open")), said(key, "follow"), said(key, "sort")
    chosen = columns.chosen(f"{table.name}.options.columns", table.fields)
    if opened is None and chosen is None and not isinstance(followed, Mapping) and not isinstance(asked, Mapping):
        return
    view, _refused = address.view_of(who, table)
    if chosen is not None:
        standard = tuple(one.name for one in table.list_fields)
        address.go(view.but(columns=None if chosen == standard else chosen))
    elif opened is not None:
        address.go(view, id=str(opened))
    elif isinstance(asked, Mapping):
        one = table.fields.get(str(asked.get("column")))
        if one is not None and table.sortable(one):
            address.go(view.but(sort=f"{'-' if asked.get('descending') is True else ''}{one.name}"))
    elif isinstance(followed, Mapping):
        one, id_ = table.fields.get(str(followed.get("column"))), whole(followed.get("id"))
        if one is not None and id_ is not None and navigation.reachable(one.spec.target):
            navigation.open_page(one.spec.target, {"id": str(id_)})


def show_list(table: Table, who: Actor) -> None:
    """Draw the list of a table, or its charts."""
    views.enter(who, table)
    if way(table) == "charts":
        _charts(table, who)
        return
    read = _read(table, who)
    view = read.view
    for message in read.refused:
        st.warning(plain(message), icon=":material/link_off:")
    top(table, who, view)
    undone.draw(table, who)
    if view.trash:
        _trash_head(table, who)
    filters.draw(who, table, view, read.titles)
    if not read.page.rows:
        _nothing(table, who, view)
        return
    if read.sheet is not None:
        inline.draw(who, table, view, read.sheet, read.page.rows)
    else:
        inline.remind(table)
        _grid(table, who, read, shown(table, view))
    pager.draw(who, table, view, read.page, read.count)


def _charts(table: Table, who: Actor) -> None:
    """The charts of what the list shows."""
    with reading() as db:
        view, _refused = address.view_of(who, table, db)
        named = chip_titles(db, table, who, view)
    top(table, who, view)
    filters.draw(who, table, view, named)
    chart.show_charts(table, who, view)


def chip_titles(db: Session, table: Table, who: Actor, view: View) -> dict[str, dict[int, str]]:
    """The titles of the records that the view filters by."""
    return {
        one.field: query.titles(db, described(table.fields[one.field].spec.target), one.values, who)
        for one in view.filters
        if one.op == "in" and table.fields[one.field].spec.target
    }


def _read(table: Table, who: Actor) -> Read:
    with reading() as db:
        view, refused = address.view_of(who, table, db)
        sheet = inline.columns(table, who, shown(table, view)) if inline.wanted(table, who, view) else None
        page = query.page(db, who, table, view if sheet is None else view.but(columns=tuple(one.name for one in sheet)))
        count = query.count(db, who, table, view, bound=pager.bound(table, view))
        summed = sheet is None and any(one in table.sum_fields for one in shown(table, view))
        sums = aggregate.sums(db, who, table, view) if summed and count.exact and page.rows else {}
        named = chip_titles(db, table, who, view)
        deleters = {row["deleted_by"] for row in page.rows if row.get("deleted_by")}
        people = query.titles(db, described(table.fields["created_by"].spec.target), deleters) if deleters else {}
    return Read(view, [*refused, *([page.refused] if page.refused else [])], page, count, sums, named, people, sheet)


# The rows above the list


def way(table: Table) -> str:
    """As what the address asks to show the table: list, board, agenda or charts; as a list where it has nothing to show so."""
    asked = "charts" if st.query_params.get("as") == "charts" else st.query_params.get("show", "list")
    return asked if asked in _ways(table) and st.query_params.get("trash") != "1" else "list"


def _ways(table: Table) -> dict[str, str]:
    ways = {
        "list": (True, "table_rows", _("List")),
        "board": (table.state is not None, "view_kanban", _("Board")),
        "agenda": (table.screen.bookable is not None, "calendar_month", _("Agenda")),
        "charts": (bool(table.charts), "bar_chart", _("Charts")),
    }
    return {name: f":material/{icon}: {title}" for name, (there, icon, title) in ways.items() if there}


def _switch(table: Table, who: Actor) -> str:
    """The choice between the ways of showing a table; the one that it is shown in."""
    ways, now = _ways(table), way(table)
    if len(ways) > 1:
        st.segmented_control(
            _("Show as"),
            list(ways),
            format_func=ways.__getitem__,
            key=held(f"{table.name}.as", now),
            required=True,
            label_visibility="collapsed",
            on_change=_show_as,
            args=(who, table),
        )
    return now


def top(table: Table, who: Actor, view: View) -> None:
    """The row above what is shown: as what, the search, saved views, and what else there is to do with a list."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{table.name}.top"):
        now = _switch(table, who) if not view.trash else "list"
        if now == "charts":
            chart.period_choice(table.name)
            return
        with st.container(key="list.search"):
            st.text_input(
                _("Search"),
                key=held(f"{table.name}.q", _typed(table, view)),
                type="search",
                live=TYPING,
                placeholder=_("Search {what}", what=table.plural),
                label_visibility="collapsed",
                on_change=_search,
                args=(who, table),
            )
        if not view.trash:
            views.draw(who, table, view)
        if now == "list" and inline.possible(table, who, view):
            with st.container(key="list.quick", width="content"):
                inline.switch(table)
        if now == "list":
            _options(table, who, view)
            if export.possible(who, table, view):
                export.draw(who, table, view)
            if not view.trash and importing.possible(who, table):
                importing.button(table)
        if may(who, table, "create") and not view.trash:
            st.button(pgettext("list", "New"), icon=":material/add:", type="primary", key=f"{table.name}.new", shortcut="N", on_click=_new)


def _typed(table: Table, view: View) -> str:
    """What stands in the search box: as typed, as long as it means the search of the address."""
    text = str(st.session_state.get(f"{table.name}.q") or "")
    return text if " ".join(text.split()) == view.search else view.search


def _options(table: Table, who: Actor, view: View) -> None:
    key = f"{table.name}.options"
    box = st.popover(pgettext("list", "Display"), icon=":material/tune:", key=key, on_change="rerun")
    if not box.open:
        return
    with box:
        st.markdown(f"**{pgettext('list', 'Columns')}**")
        columns.draw(f"{key}.columns", offered(table, view))
        if view.columns is not None:
            st.button(
                _("Standard columns"),
                type="tertiary",
                icon=":material/undo:",
                key=f"{key}.standard",
                on_click=address.change,
                args=(who, table),
                kwargs={"columns": None},
            )
        words = {"compact": pgettext("list", "Compact"), "normal": pgettext("list", "Normal"), "comfortable": pgettext("list", "Roomy")}
        st.segmented_control(
            pgettext("list", "Rows"),
            list(words),
            format_func=words.__getitem__,
            key=held(f"{key}.density", view.density),
            required=True,
            on_change=_choose,
            args=(who, table, "density"),
        )
        st.segmented_control(
            _("Rows on a page"),
            settings().page_sizes,
            key=held(f"{key}.size", view.size),
            required=True,
            on_change=_choose,
            args=(who, table, "size"),
        )
        if may(who, table, "restore"):
            st.button(
                _("Open the trash"), icon=":material/delete:", type="tertiary", key=f"{key}.trash", on_click=_trash, args=(table, True)
            )


def offered(table: Table, view: View) -> list[columns.Offered]:
    """The columns that may be shown: the shown ones in their order, then the rest."""
    now = shown(table, view)
    name = cells.primary(table, now)
    everything = [one for one in (*table.declared, *table.fields.values()) if not one.spec.hidden]
    rest = [one for one in dict.fromkeys(everything) if one not in now]
    return [columns.Offered(one.name, one.title, True, one is name) for one in now] + [
        columns.Offered(one.name, one.title, False) for one in rest
    ]


def shown(table: Table, view: View) -> list[Field]:
    """The columns of the list, what names a record always among them."""
    if view.columns is None:
        return list(table.list_fields)
    chosen = [table.fields[name] for name in view.columns]
    return chosen if any(one in table.titles for one in chosen) else [*table.titles[:1], *chosen]


# The list itself


def _grid(table: Table, who: Actor, read: Read, fields: list[Field]) -> None:
    view = read.view
    sort = view.sort or ("" if view.search else table.default_sort)
    selected = bulk.selected(table)
    event = grid(
        f"{table.name}.grid",
        cells.columns(table, fields, trash=view.trash),
        cells.rows(table, fields, read.page.rows, who, view.to_params(), read.people),
        caption=table.plural,
        sort=(sort.removeprefix("-"), sort.startswith("-")),
        selectable=bulk.possible(table, who, view) or export.possible(who, table, view),
        selected=selected,
        density=view.density,
        footer={one.name: display(one, read.sums[one.name], unit=False) for one in fields if one.name in read.sums},
        labels=_labels(),
    )
    bulk.draw(who, table, view, event.selected, [row["id"] for row in read.page.rows], read.count)


def _labels() -> Labels:
    return Labels(
        select_all=_("Select all on this page"),
        select=pgettext("list", "Select"),
        selected=_("{count} selected"),
        sort=_("Sort by"),
        unsorted=_("Standard order"),
        ascending=_("ascending"),
        descending=_("descending"),
        total=pgettext("list", "Total"),
    )


def _nothing(table: Table, who: Actor, view: View) -> None:
    """An empty list says what belongs there, and the first step."""
    with st.container(horizontal_alignment="center", key=f"{table.name}.nothing"):
        st.space("medium")
        if view.filters or view.search:
            st.markdown("## :material/search_off:", width="content")
            st.markdown(f"**{_('Nothing matches')}**", width="content")
            st.caption(_("No record meets the search and all the filters together."), width="content")
            st.button(
                _("Clear the search and the filters"),
                icon=":material/filter_alt_off:",
                key=f"{table.name}.all",
                on_click=_all,
                args=(who, table),
            )
        elif view.trash:
            st.markdown("## :material/delete:", width="content")
            st.markdown(f"**{_('The trash is empty')}**", width="content")
        else:
            st.markdown(f"## :material/{table.screen.icon}:", width="content")
            st.markdown(f"**{_('Nothing here yet')}**", width="content")
            st.caption(plain(pgettext(table.name, table.screen.empty) or table.help), width="content")
            if may(who, table, "create"):
                st.button(_("Add the first one"), icon=":material/add:", type="primary", key=f"{table.name}.first", on_click=_new)
            if importing.possible(who, table):
                importing.button(table, "first.import")


def _trash_head(table: Table, who: Actor) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/delete: **{_('Trash')}** · " + _("deleted records that can be restored"), width="content")
        st.button(
            _("Back to the list"),
            icon=":material/arrow_back:",
            type="tertiary",
            key=f"{table.name}.leave",
            on_click=_trash,
            args=(table, False),
        )


# What people do


def _search(who: Actor, table: Table) -> None:
    address.change(who, table, search=" ".join(str(st.session_state[f"{table.name}.q"] or "").split()))


def _choose(who: Actor, table: Table, what: str) -> None:
    address.change(who, table, **{what: st.session_state[f"{table.name}.options.{what}"]})


def _show_as(who: Actor, table: Table) -> None:
    view, _refused = address.view_of(who, table)
    chosen = st.session_state[f"{table.name}.as"]
    said = {"as": chosen if chosen == "charts" else "", "show": chosen if chosen in ("board", "agenda") else ""}
    address.go(view, **{**address.PLAIN, **said})


def _all(who: Actor, table: Table) -> None:
    filters.clear(who, table)
    address.change(who, table, search="")


def _trash(table: Table, on: bool) -> None:
    st.session_state[f"{table.name}.options"] = False
    bulk.forget(table)
    address.go(View(trash=on))


def _new() -> None:
    st.query_params["new"] = "1"
