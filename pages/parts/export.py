"""The list as a file: in which format, which columns, which rows. A small file is made by the click, a large one as long work."""

from functools import partial
from io import BytesIO

import streamlit as st

from pages.parts import bulk, jobs
from pages.parts.markdown import plain
from services import accounts
from services.accounts import Inactive
from services.crud import exporting, notices, query
from services.crud.access import Actor, Forbidden, may, refusal, sees
from services.crud.errors import Invalid
from services.crud.exporting import TooMany
from services.crud.registry import Field, Table
from services.crud.view import Filter, View
from services.platform import log
from services.platform.db import DatabaseUnavailable, reading, writing
from services.platform.i18n import _, language, msg, pgettext, use_language
from services.platform.settings import settings
from services.platform.sheets import MEDIA_TYPES, Format, Unfit

WIDTH = 340
"""Of what the button opens, in pixels: it stays as wide whatever is chosen, and fits a phone."""


def possible(who: Actor, table: Table, view: View) -> bool:
    """Whether this person may take the list out."""
    return not view.trash and may(who, table, exporting.ACTION)


def draw(who: Actor, table: Table, view: View) -> None:
    """The button above the list, and what it asks."""
    key = f"{table.name}.export"
    box = st.popover(pgettext("list", "Export"), icon=":material/download:", key=key, on_change="rerun")
    if not box.open:
        return
    with box, st.container(width=WIDTH):
        format, shown, wanted = _choices(who, table, view, key)
        with reading() as db:
            count = query.count(db, who, table, wanted, settings().export_at_once, verb=exporting.ACTION)
        _say(who, shown, count)
        if not count.exact:
            _long(who, table, wanted, format, shown, key)
        elif count.value:
            st.download_button(
                pgettext("list", "Download"),
                data=partial(file, who, table, wanted, format, shown, language()),
                file_name=exporting.file_name(table, format),
                mime=MEDIA_TYPES[format],
                icon=":material/download:",
                type="primary",
                width="stretch",
                key=f"{key}.file",
                on_click="ignore",
            )


def _choices(who: Actor, table: Table, view: View, key: str) -> tuple[Format, list[Field], View]:
    """What the person chose: the format, the fields, and the rows as a view."""
    formats: dict[Format, str] = {"xlsx": "Excel (XLSX)", "csv": "CSV", "json": "JSON"}
    format: Format = st.segmented_control(
        _("File format"), list(formats), format_func=formats.__getitem__, default="xlsx", required=True, key=f"{key}.format"
    )
    st.caption(
        {
            "xlsx": _("For Excel and WPS: numbers and dates can be computed with."),
            "csv": _("For other programs. An apostrophe stands before text that a spreadsheet would take for a formula or a number."),
            "json": _("For programs: names of fields, codes of choices, and the IDs of records."),
        }[format]
    )
    few, every = (exporting.fields(table, view, everything=everything) for everything in (False, True))
    columns = {
        "shown": _("As in the list ({n})", n=len(few)),
        "all": _("All fields ({n})", n=len(every)),
    }
    chosen = st.segmented_control(
        pgettext("list", "Columns"), list(columns), format_func=columns.__getitem__, default="shown", required=True, key=f"{key}.columns"
    )
    return format, every if chosen == "all" else few, _rows(table, view, key)


def _rows(table: Table, view: View, key: str) -> View:
    """The rows that are wanted: all that the list shows, or only those that are selected."""
    ids = bulk.selected(table)
    if not ids or st.session_state.get(f"{table.name}.all") == view.digest(table):
        return view
    rows = {"selected": _("Selected ({n})", n=len(ids)), "all": _("All that match")}
    chosen = st.segmented_control(
        pgettext("export", "Records"), list(rows), format_func=rows.__getitem__, default="selected", required=True, key=f"{key}.rows"
    )
    return view.filtered(Filter("id", "in", ids)) if chosen == "selected" else view


def _say(who: Actor, shown: list[Field], count: query.Count) -> None:
    if count.exact:
        said = [_("{count} records.", count=f"{count.value:,}") if count.value else _("There is nothing to take out.")]
    else:
        said = [_("More than {n} records: the file is made in the background.", n=f"{count.value:,}")]
    if any(not sees(who, field) for field in shown):
        said.append(_("What is masked for you stays masked."))
    st.caption(" ".join([*said, _("The history notes who took what.")]))


# A small file


def file(who: Actor, table: Table, view: View, format: Format, shown: list[Field], spoken: str) -> bytes:
    """The file, made when it is asked for, with the rights that the person then has. What goes wrong stands among the notices."""
    with use_language(spoken):
        into = BytesIO()
        try:
            exporting.make(into, _now(who, table), table, view, format, shown)
        except Exception as error:
            _tell(who, table, error)
            raise
        return into.getvalue()


def _now(who: Actor, table: Table) -> Actor:
    if who.account is None:
        return who
    try:
        with reading() as db:
            return accounts.actor_for(db, who.account, who.session)
    except Inactive as error:
        raise refusal(table) from error


def _tell(who: Actor, table: Table, error: Exception) -> None:
    if isinstance(error, Forbidden | TooMany | Unfit | DatabaseUnavailable):
        message = error.message
    else:
        message = msg("Tell a system administrator this number: {number}", number=log.reference(error))
    if who.account is not None:
        told = msg("The export of “{table}” was not made. {message}", table=table.label_plural, message=message)
        with writing() as db:
            notices.send(db, [who.account], who.centre, "export", told)


# A large one


def _long(who: Actor, table: Table, view: View, format: Format, shown: list[Field], key: str) -> None:
    wish = f"{view.digest(table)} {format} {len(shown)}"
    number = st.session_state.get(f"{key}.jobs", {}).get(wish)
    if number is not None:
        jobs.progress(number)
        return
    if wrong := st.session_state.pop(f"{key}.wrong", None):
        st.error(plain(wrong), icon=":material/error:")
    st.button(
        _("Make the file"),
        icon=":material/pending_actions:",
        type="primary",
        width="stretch",
        key=f"{key}.make",
        on_click=_submit,
        args=(who, table, view, format, shown, wish, key),
    )


def _submit(who: Actor, table: Table, view: View, format: Format, shown: list[Field], wish: str, key: str) -> None:
    try:
        with writing() as db:
            st.session_state.setdefault(f"{key}.jobs", {})[wish] = exporting.submit(db, who, table, view, format, shown)
    except (Invalid, Forbidden) as error:
        st.session_state[f"{key}.wrong"] = str(error)
