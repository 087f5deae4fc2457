"""GENERATED: the declared charts of a table. A click on a mark leads to the records behind it."""

from datetime import date
from functools import partial

import streamlit as st

from models.base import Chart
from models.fields import today
from pages.parts import address, figures, navigation
from pages.parts.address import held
from pages.parts.browser import component
from pages.parts.figures import Figures
from pages.parts.markdown import plain
from pages.parts.plot import CLICKED, specification
from services import charts
from services.crud.access import Actor
from services.crud.periods import PERIODS, months_later, title
from services.crud.registry import Table
from services.crud.view import View
from services.platform.db import reading
from services.platform.i18n import N_, _, format_date, pgettext
from services.platform.settings import settings

YEAR, ALL, OWN = "last_12_months", "all", "own"
_OFFERED = (YEAR, "this_month", "last_month", "this_quarter", "last_quarter", "this_year", "last_year", "last_30_days", ALL, OWN)
_WORDS = {YEAR: N_("Last 12 months"), ALL: N_("All time"), OWN: N_("From … to …")}
_picture = component(__file__)


def show_charts(table: Table, who: Actor, view: View) -> None:
    """The charts of one table over what its list shows."""
    draw(who, [(table, chart) for chart in charts.offered(table)], view)


def draw(who: Actor, chosen: list[tuple[Table, Chart]], view: View | None = None) -> None:
    """These charts, two beside each other where there is room."""
    period = _period()
    shelf = st.grid(columns=2, min_column_width=420)
    for table, chart in chosen:
        with shelf.cell(), st.container(border=True, height="stretch"):
            _chart(who, table, chart, view, period)


# Period


def period_choice(key: str) -> None:
    """Which time the charts are over; it stands in the address."""
    now = st.query_params.get("period", YEAR)
    own = ".." in now
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
        st.selectbox(
            pgettext("charts", "Period"),
            _OFFERED,
            format_func=lambda name: str(title(name)) if name in PERIODS else _(_WORDS[name]),
            key=held(f"{key}.period", OWN if own else now if now in _OFFERED else YEAR),
            width=220,
            label_visibility="collapsed",
            on_change=_choose_period,
            args=(key,),
        )
        if own:
            days = [_day(end) for end in (*now.split(".."), "")[:2]]
            for name, label, day in zip(("from", "to"), (_("From"), _("To")), days, strict=True):
                st.date_input(
                    label,
                    value=None,
                    key=held(f"{key}.{name}", day),
                    format="YYYY-MM-DD",
                    width=160,
                    label_visibility="collapsed",
                    on_change=_own_period,
                    args=(key,),
                )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _period() -> str:
    """The period as `services.charts` reads it."""
    asked = st.query_params.get("period", YEAR)
    if asked == ALL:
        return ""
    if asked in PERIODS:
        return asked
    first, _dots, last = asked.partition("..")
    if _day(first) or _day(last):
        return f"{first if _day(first) else ''}..{last if _day(last) else ''}"
    return f"{months_later(today().replace(day=1), -11)}..{today()}"


def _choose_period(key: str) -> None:
    chosen = st.session_state[f"{key}.period"]
    if chosen == OWN:
        chosen = f"{months_later(today().replace(day=1), -11)}..{today()}"
    _set_period("" if chosen == YEAR else chosen)


def _own_period(key: str) -> None:
    ends = [st.session_state[f"{key}.{name}"] for name in ("from", "to")]
    if all(ends) and ends[0] > ends[1]:
        ends.reverse()
    _set_period("..".join(end.isoformat() if end else "" for end in ends))


def _set_period(period: str) -> None:
    kept = {name: values for name, values in address.params().items() if name != "period"}
    st.query_params.from_dict(kept | ({"period": period} if period else {}))


# One chart


def _chart(who: Actor, table: Table, chart: Chart, view: View | None, period: str) -> None:
    key = f"chart.{table.name}.{chart.name}"
    with reading() as db:
        data = charts.data(db, who, table, chart, view, period)
    name = figures.title_of(table, chart)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        help_text = "\n\n".join(plain(text) for text in (figures.help_of(table, chart), _about_time(table, chart)) if text)
        st.markdown(f"**{plain(name)}**", help=help_text or None, width="stretch")
        if data.marks:
            _downloads(key, name, data)
    if not data.marks:
        st.caption(_("No figures here: nothing in this period, or nothing that passes the filters."))
        return
    drawn = figures.figures(data)
    turn = st.session_state.setdefault(f"{key}.turn", 0)
    st.vega_lite_chart(
        figures.frame(drawn.rows),
        specification(drawn.look, drawn.labels, drawn.target, drawn.target_title),
        key=f"{key}.{turn}",
        on_select=partial(_clicked, key, turn, drawn),
        selection_mode=[CLICKED],
        alt=drawn.summary,
    )
    st.caption(plain(figures.whole(data)))
    with st.expander(_("Figures"), icon=":material/table:"):
        rows = figures.table(data)
        st.table(rows[: settings().facet_values], border="horizontal", alt=name)
        if len(rows) > settings().facet_values:
            st.caption(_("The first {n} of {total}. All of them are in the file.", n=settings().facet_values, total=len(rows)))


def _about_time(table: Table, chart: Chart) -> str:
    """Which date the period looks at."""
    field = charts.period_field(table, chart)
    return (
        _("The period looks at “{field}”.", field=field.title)
        if field
        else _("This chart shows what there is now: the period does not change it.")
    )


def _downloads(key: str, name: str, data: charts.ChartData) -> None:
    day = format_date(today())
    _picture(
        key=f"{key}.picture",
        data={
            "chart": f"{key}.".replace(".", "-"),
            "title": name,
            "file": f"{name} {day}",
            "labels": {"png": _("Picture (PNG)"), "svg": _("Picture (SVG)")},
        },
        width="content",
    )
    st.download_button(
        "",
        data=partial(figures.spreadsheet, data),
        file_name=f"{name} {day}.csv",
        mime="text/csv",
        icon=":material/csv:",
        help=_("The figures as a file (CSV)"),
        type="tertiary",
        key=f"{key}.csv",
        on_click="ignore",
    )


def _clicked(key: str, turn: int, drawn: Figures) -> None:
    """Go to the records behind a mark."""
    chosen = st.session_state[f"{key}.{turn}"].selection.get(CLICKED) or []
    mark = drawn.mark(chosen[0].get("key")) if chosen else None
    if mark is None:
        return
    st.session_state[f"{key}.turn"] = turn + 1
    if mark.params is None:
        st.toast(_("These records can't be listed by themselves."), icon=":material/info:")
        return
    navigation.open_page(drawn.data.table.name, mark.params)
