"""GENERATED: every declared chart, by area, with the choice of a period."""

import streamlit as st

from models.areas import AREAS
from models.base import Chart
from pages.parts import address, chart, session
from pages.parts.address import held
from services import charts
from services.crud.access import Actor, may
from services.crud.registry import Table, tables
from services.platform.i18n import _, pgettext


def show() -> None:
    """Draw the charts of one area; the address says which (`?area=facilities`)."""
    who = session.actor()
    found = by_area(who)
    if not found:
        st.info(_("None of the lists that are open to you has charts."), icon=":material/bar_chart:")
        return
    asked = st.query_params.get("area", "")
    area = asked if asked in found else next(iter(found))
    names = {one.name: f":material/{one.icon}: {pgettext('area', one.title)}" for one in AREAS if one.name in found}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.pills(
            pgettext("results", "Area"),
            list(names),
            format_func=names.__getitem__,
            key=held("results.area", area),
            required=True,
            label_visibility="collapsed",
            on_change=_choose,
        )
        chart.period_choice("results")
    for table, own in found[area].items():
        st.subheader(f":material/{table.screen.icon}: {table.plural}", anchor=False)
        chart.draw(who, [(table, one) for one in own])


def by_area(who: Actor) -> dict[str, dict[Table, list[Chart]]]:
    """Area → table → charts that this person may see, in the order of the menu."""
    found: dict[str, dict[Table, list[Chart]]] = {}
    for table in tables().values():
        own = charts.offered(table) if may(who, table, "read") else []
        if own:
            found.setdefault(table.screen.area, {})[table] = own
    return found


def _choose() -> None:
    kept = {name: values for name, values in address.params().items() if name != "area"}
    st.query_params.from_dict(kept | {"area": st.session_state["results.area"]})
