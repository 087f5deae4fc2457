"""GENERATED: records of any table out of a file: upload, columns, a look at every row, the import, its result."""

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

import streamlit as st

from pages.parts import jobs as work
from pages.parts import navigation
from pages.parts.markdown import plain
from services import jobs
from services.crud.access import Actor, Forbidden, may
from services.crud.errors import Invalid, Missing, listed
from services.crud.importing import job as imports
from services.crud.importing import layout, plan, template, upload
from services.crud.importing.apply import Remark, Told, rows_of
from services.crud.importing.plan import Mode, Plan
from services.crud.importing.reading import ACCEPTED
from services.crud.importing.table import Grid, Unreadable
from services.crud.registry import Table
from services.jobs import Job
from services.platform.db import reading, writing
from services.platform.i18n import _, ngettext, pgettext
from services.platform.settings import settings
from services.platform.sheets import MEDIA_TYPES
from services.platform.workbooks import write_xlsx

LISTED = 100
"""Remarks that are shown; all of them stand in the marked workbook."""
_LEFT_OUT = ""


def possible(who: Actor, table: Table) -> bool:
    """Whether this person may import into the table."""
    return may(who, table, "import") and plan.hindrance(who, table) is None


def button(table: Table, name: str = "import") -> None:
    """The button that leads to the import."""
    st.button(pgettext("list", "Import"), icon=":material/upload:", key=f"{table.name}.{name}", on_click=begin)


def begin() -> None:
    """Go to the import of this table."""
    st.query_params.from_dict({"import": "1"})


def show_import(table: Table, who: Actor) -> None:
    """Draw the step that the address asks for: `file=` an uploaded one, `job=` a look at its rows or the import itself."""
    with st.container(horizontal=True, vertical_alignment="center", key="import.head"):
        st.button(_("Back to the list"), icon=":material/arrow_back:", type="tertiary", key="import.leave", on_click=st.query_params.clear)
    st.markdown(f"### {plain(_('Import {what}', what=table.plural))}")
    if not possible(who, table):
        st.warning(plain(plan.hindrance(who, table) or ""), icon=":material/block:")
        return
    file, job = _number("file"), _number("job")
    _steps(0 if file is None and job is None else 1 if job is None else 2)
    if job is not None:
        _looked(table, who, job)
    elif file is not None:
        _columns(table, who, file)
    else:
        _upload(table, who)


def _number(name: str) -> int | None:
    asked = st.query_params.get(name, "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None


def _steps(now: int) -> None:
    names = (pgettext("import", "1 File"), pgettext("import", "2 Columns"), pgettext("import", "3 Rows"))
    said = [f"**:primary[{plain(name)}]**" if place == now else f":gray[{plain(name)}]" for place, name in enumerate(names)]
    st.markdown(" :gray[›] ".join(said))


def _go(**params: Any) -> None:
    """Go to a step, drawing the whole page anew."""
    st.query_params.from_dict({"import": "1", **{name: str(value) for name, value in params.items() if value is not None}})
    st.rerun(scope="app")


# 1 File


def _upload(table: Table, who: Actor) -> None:
    turn = st.session_state.setdefault("import.turn", 0)
    if refused := st.session_state.pop("import.refused", None):
        st.error(plain(refused), icon=":material/block:")
    found = st.file_uploader(
        _("An Excel workbook (.xlsx, .xls) or a text table (.csv, .txt)"),
        type=list(ACCEPTED),
        key=f"import.{table.name}.{turn}",
        max_upload_size=settings().import_megabytes,
    )
    st.caption(
        _("At most {rows} rows. Nothing is written yet: first you see what is in the file and what is wrong with it.",
          rows=f"{settings().import_rows:,}")
    )  # fmt: skip
    with st.container(border=True, key="import.template"):
        st.markdown(f":material/table_view: **{_('No file yet?')}**")
        st.caption(
            _("The template has a column for each field, explains it, and lets you choose from lists where there is something to choose.")
        )
        st.download_button(
            _("Get the template"),
            data=lambda: _template(table, who),
            file_name=f"{table.plural}.xlsx",
            mime=MEDIA_TYPES["xlsx"],
            icon=":material/download:",
            key="import.template.file",
            on_click="ignore",
        )
    if found is None:
        return
    try:
        file = upload.take(who, found.name, found)
    except Unreadable as error:
        st.session_state["import.refused"] = str(error.message)
        st.session_state["import.turn"] += 1
        st.rerun()
    _go(file=file)


def _template(table: Table, who: Actor) -> bytes:
    into = BytesIO()
    with reading() as db:
        write_xlsx(into, template.sheet(db, who, table))
    return into.getvalue()


# 2 Columns


def _columns(table: Table, who: Actor, file: int) -> None:
    try:
        with reading() as db:
            name = upload.name_of(db, who, file)
        grid = _grid(who, file, str(st.session_state.get("import.sheet") or ""))
    except Unreadable as error:
        st.error(plain(error.message), icon=":material/block:")
        st.button(_("Choose another file"), icon=":material/upload_file:", key="import.other", on_click=begin)
        return
    st.markdown(f":material/description: **{plain(name)}**")
    header = _place(table, who, grid)
    found = layout.columns(grid, header)
    mode, clear = _mode(table, who)
    mapping = _mapping(table, who, found, mode)
    key = _key(table, mode, mapping)
    made = Plan(file, name, grid.sheet, header, mapping, mode, key, clear=clear, dry=True, titles=tuple(one.title for one in found))
    rows = len(rows_of(grid, made))
    label = ngettext("Check {n} row", "Check {n} rows", rows)
    with st.container(horizontal=True, vertical_alignment="center", key="import.go"):
        checks = st.button(label, type="primary", icon=":material/fact_check:", disabled=not rows, key="import.check")
        st.button(_("Choose another file"), icon=":material/upload_file:", type="tertiary", key="import.other", on_click=begin)
    if checks:
        _check(table, who, made, found)


def _grid(who: Actor, file: int, sheet: str) -> Grid:
    """The lines of the file, read once in a session."""
    held: tuple[Any, Grid] | None = st.session_state.get("import.grid")
    if held is None or held[0] != (file, sheet):
        held = st.session_state["import.grid"] = ((file, sheet), upload.read(who, file, sheet))
    return held[1]


def _place(table: Table, who: Actor, grid: Grid) -> int:
    """Which sheet, and which line holds the headings."""
    guessed = layout.header_line(who, table, grid)
    lines = [line.number for line in grid.lines[: settings().import_title_lines]]
    with st.container(horizontal=True, vertical_alignment="bottom", key="import.place"):
        if len(grid.sheets) > 1:
            st.selectbox(_("Sheet"), grid.sheets, index=grid.sheets.index(grid.sheet), key="import.sheet", width=260)
        chosen: int = st.selectbox(
            _("Row with the headings"),
            lines,
            index=lines.index(guessed) if guessed in lines else 0,
            format_func=lambda number: f"{number}: {_start(grid, number)}",
            key=f"import.header.{grid.sheet}",
            width=420,
        )
    return chosen


def _start(grid: Grid, number: int) -> str:
    line = next(one for one in grid.lines if one.number == number)
    text = " · ".join(filter(None, map(layout.said, line.cells)))
    return text if len(text) <= 60 else text[:60] + "…"


def _mode(table: Table, who: Actor) -> tuple[Mode, bool]:
    words: dict[Mode, str] = {
        "insert": _("Add new records"),
        "update": _("Change records that are there"),
        "both": _("Both: change those that are there, add the others"),
    }
    modes = plan.modes(who, table)
    mode: Mode = st.radio(_("What shall the rows do?"), modes, format_func=words.__getitem__, key="import.mode")
    if mode == "insert":
        return mode, False
    return mode, st.checkbox(_("An empty cell empties the field (otherwise the field stays as it is)"), key="import.clear")


def _mapping(table: Table, who: Actor, found: Sequence[layout.Heading], mode: Mode) -> dict[int, str]:
    """A choice of a field for each column of the file."""
    with reading() as db:
        known = layout.remembered(db, who, table, found)
    guessed = layout.guess(who, table, found) if known is None else known
    fields = [one.name for one in layout.fields(who, table)] if mode == "insert" else list(layout.targets(who, table))
    fit = [one for one in found if one.title or one.samples]
    better = layout.better(who, table, found)
    if better is not None:
        st.warning(
            plain(
                _("The headings look like “{other}”, not like “{this}”. Is this the right list?", other=better.plural, this=table.plural)
            ),
            icon=":material/help:",
        )
    if known is not None:
        st.caption(":material/history: " + _("The columns are chosen as you chose them for the last file like this one."))
    digest, mapping = layout.digest(found)[:12], {}
    shelf = st.grid(columns=3, min_column_width=260)
    for one in fit:
        with shelf.cell(), st.container(border=True, gap="xsmall"):
            st.markdown(f"**{plain(one.title or _('Column {n}', n=one.place + 1))}**")
            st.caption(plain(" · ".join(one.samples)) or "—")
            chosen = st.selectbox(
                _("Field for “{column}”", column=one.title or one.place + 1),
                [_LEFT_OUT, *fields],
                index=fields.index(guessed[one.place]) + 1 if guessed.get(one.place) in fields else 0,
                format_func=lambda name: layout.title_of(table, name) if name else _("(leave out)"),
                key=f"import.column.{digest}.{mode}.{one.place}",
                label_visibility="collapsed",
            )
            if chosen:
                mapping[one.place] = chosen
    missing = [
        one.title for one in layout.fields(who, table) if one.required and one.name not in mapping.values() and one.spec.default is None
    ]
    st.caption(
        ngettext("{n} column of the file is used.", "{n} columns of the file are used.", len(mapping))
        + (
            " " + _("Not in the file, though needed for new records: {fields}", fields=_(", ").join(missing))
            if missing and mode != "update"
            else ""
        )
    )
    return mapping


def _key(table: Table, mode: Mode, mapping: dict[int, str]) -> tuple[str, ...]:
    """By which column records that are there are found."""
    if mode == "insert":
        return ()
    keys = layout.keys(table, mapping)
    if not keys:
        st.info(
            _("Choose a column by which the records are found: a number, a code, or the record ID of an export."), icon=":material/key:"
        )
        return ()
    chosen: tuple[str, ...] = st.selectbox(
        _("The records are found by"),
        keys,
        format_func=lambda names: " + ".join(layout.title_of(table, name) for name in names),
        key="import.key",
        width=420,
    )
    return chosen


def _check(table: Table, who: Actor, made: Plan, found: Sequence[layout.Heading]) -> None:
    try:
        with writing() as db:
            id_ = imports.submit(db, who, table, made)
            layout.remember(db, who, table, found, made.mapping)
    except (Invalid, Forbidden) as refused:
        said = listed([one for several in refused.errors.values() for one in several]) if isinstance(refused, Invalid) else refused.message
        st.error(plain(said), icon=":material/error:")
        return
    jobs.wait(id_, SHORT)
    _go(job=id_)


SHORT = 1.5
"""Seconds for which a page waits: small files are there at once."""


# 3 Rows


def _looked(table: Table, who: Actor, id: int) -> None:
    try:
        with reading() as db:
            made = imports.plan_of(db, who, id)
    except Missing:
        st.error(_("There is no such import of yours."), icon=":material/block:")
        return
    st.markdown(f":material/description: **{plain(made.name)}**")
    work.progress(id, ended=lambda job: _ended(table, who, made, job))


def _ended(table: Table, who: Actor, made: Plan, job: Job) -> None:
    told = _told(job)
    if told is not None:
        _sums(made, told)
        if made.dry:
            _decide(table, who, made, told, given_up=bool(job.result.get("given_up")))
        _list(made, told.remarks)
    with st.container(horizontal=True, key="import.after"):
        if made.dry and st.button(_("Choose the columns again"), icon=":material/arrow_back:", type="tertiary", key="import.again"):
            _go(file=made.file)
        if st.button(_("Choose another file"), icon=":material/upload_file:", type="tertiary", key="import.other"):
            _go()
        if not made.dry and job.state == "done" and st.button(_("Open the list"), icon=":material/table_rows:", key="import.list"):
            st.query_params.clear()
            st.rerun(scope="app")


def result(who: Actor, job: Job) -> None:
    """Draw what an import has to say, where all long work is shown."""
    with reading() as db:
        made = imports.plan_of(db, who, job.id)
    told = _told(job)
    if told is not None:
        _sums(made, told)
        _list(made, told.remarks)
    if made.dry and job.state == "done" and navigation.reachable(job.table) and st.button(_("Go on with this import"), key="import.go_on"):
        navigation.open_page(job.table, {"import": "1", "job": str(job.id)})


def _told(job: Job) -> Told | None:
    if not job.result:
        return None
    return Told.from_json({name: job.result[name] for name in ("new", "changed", "same", "refused", "doubtful", "remarks")})


def _sums(made: Plan, told: Told) -> None:
    figures = {
        _("New records") if not made.dry else _("Would be new"): told.new,
        _("Changed") if not made.dry else _("Would change"): told.changed,
        _("Stay as they are"): told.same,
        _("Perhaps there already"): told.doubtful,
        _("With errors"): told.refused - told.doubtful,
    }
    with st.container(horizontal=True, key="import.sums"):
        for name, number in figures.items():
            if number or name in list(figures)[:1]:
                st.metric(name, f"{number:,}", width="content")


def _decide(table: Table, who: Actor, made: Plan, told: Told, *, given_up: bool) -> None:
    """What can be done after the look: all rows, the good ones, or none."""
    if given_up:
        st.warning(_("So many errors have one cause, most likely. Look at the first of them: the file, the sheet, or a column."))
        return
    doubtful = bool(told.doubtful) and st.checkbox(
        ngettext(
            "Also import the {n} row that is perhaps there already",
            "Also import the {n} rows that are perhaps there already",
            told.doubtful,
        ),
        key="import.doubtful",
    )
    fine = told.stand + (told.doubtful if doubtful else 0)
    wrong = told.refused - (told.doubtful if doubtful else 0)
    if not fine:
        st.info(_("Put the cells right that are listed below, and upload the file again."), icon=":material/edit_note:")
        return
    if wrong:
        st.info(
            _("Best: get the file with the errors marked, put them right there, and upload it. Or import the rows without errors now."),
            icon=":material/edit_note:",
        )  # fmt: skip
        label = ngettext("Import only {n} row without errors", "Import only {n} rows without errors", fine)
    else:
        label = ngettext("Import {n} row", "Import all {n} rows", fine)
    if st.button(label, type="secondary" if wrong else "primary", icon=":material/play_arrow:", key="import.run"):
        _start_import(table, who, replace(made, dry=False, whole=not wrong, doubtful=doubtful))


def _start_import(table: Table, who: Actor, made: Plan) -> None:
    try:
        with writing() as db:
            id_ = imports.submit(db, who, table, made)
    except (Invalid, Forbidden) as refused:
        said = listed([one for several in refused.errors.values() for one in several]) if isinstance(refused, Invalid) else refused.message
        st.error(plain(said), icon=":material/error:")
        return
    jobs.wait(id_, SHORT)
    _go(job=id_)


def _list(made: Plan, remarks: Sequence[Remark]) -> None:
    """What is wrong, row by row."""
    if not remarks:
        return
    st.table(
        [
            {
                _("Row"): f"{one.line:,}",
                pgettext("import", "Column"): plain(_title(made, one)),
                _("Stands there"): plain(one.text),
                _("What is wrong"): (":material/help: " if one.doubt else "") + plain(one.message),
            }
            for one in remarks[:LISTED]
        ],
        border="horizontal",
        hide_index=True,
    )
    if len(remarks) > LISTED:
        st.caption(_("These are the first {n}; the file with the errors marked has all of them.", n=LISTED))


def _title(made: Plan, one: Remark) -> str:
    return made.titles[one.column] if one.column is not None and one.column < len(made.titles) else ""
