"""What this product is: the service standard section by section with the tables that serve it, and what each table holds."""

from collections import defaultdict
from html import escape

import streamlit as st

from models.areas import CHAPTERS, SECTIONS
from pages.parts import help as explanation
from pages.parts import navigation, session
from pages.parts.address import held
from pages.parts.markdown import plain
from services.crud.access import may
from services.crud.registry import Table, tables
from services.platform import version
from services.platform.i18n import _, pgettext
from services.platform.settings import ROOT


def show() -> None:
    """Draw the page."""
    st.markdown(
        _(
            "A back office for community service centres. Each table is declared once; lists, forms, states, rights, search and charts "
            "follow from the declaration. This page is made from the same declarations."
        )
    )
    with st.container(horizontal=True):
        st.badge(_("Version {version}", version=version.number()), icon=":material/sell:", color="gray")
        st.badge(_("MIT licence"), icon=":material/balance:", color="gray")
        st.badge(_("{n} tables", n=len(tables())), icon=":material/database:", color="gray")
    titles = [_("The service standard"), _("Data dictionary"), _("Licence")]
    first = titles["table" in st.query_params]
    standard, dictionary, licence = st.tabs(titles, default=first, key="about-tab", on_change="rerun")
    if standard.open:
        with standard:
            _standard()
    if dictionary.open:
        with dictionary:
            _dictionary()
    if licence.open:
        with licence:
            st.text((ROOT / "LICENSE").read_text("utf-8"))


def served() -> dict[str, list[Table]]:
    """Section of the standard → the tables that serve it; a section without one is there too."""
    found: dict[str, list[Table]] = defaultdict(list, {section: [] for section in SECTIONS})
    for table in tables().values():
        found[table.screen.section].append(table)
    return found


def _standard() -> None:
    actor = session.actor()
    by_section = served()
    done = sum(bool(by_section[section]) for section in SECTIONS)
    st.caption(_("{done} of {all} sections have tables.", done=done, all=len(SECTIONS)))
    for chapter, title in CHAPTERS.items():
        st.subheader(f"{chapter} {plain(pgettext('standard', title))}", anchor=False)
        rows = []
        for section, name in SECTIONS.items():
            if section.partition(".")[0] == chapter:
                links = [_link(table, may(actor, table, "read")) for table in by_section[section]]
                shown = " ".join(links) or f'<span class="about-none">{escape(_("not yet"))}</span>'
                rows.append(f"<tr><th>{section}</th><td>{escape(pgettext('standard', name))}</td><td>{shown}</td></tr>")
        st.html(f'<table class="about-standard">{"".join(rows)}</table>')


def _link(table: Table, open_to_me: bool) -> str:
    title = escape(table.plural)
    if not open_to_me:
        return f'<span class="about-chip about-closed" title="{escape(_("Not open to your roles"))}">{title}</span>'
    return f'<a class="about-chip page-link" href="{navigation.href(table.name)}">{title}</a>'


def _dictionary() -> None:
    known = tables()
    asked = st.query_params.get("table")
    name = st.selectbox(
        _("Table"),
        list(known),
        format_func=lambda one: f"{known[one].plural} · {one}",
        key=held("about-table", asked if asked in known else None),
        placeholder=_("Choose a table"),
        index=None,
        on_change=_choose,
    )
    if name is None:
        st.caption(_("Choose a table to see its fields, states and rights."))
        return
    explanation.about_table(session.actor(), known[name])


def _choose() -> None:
    chosen = st.session_state["about-table"]
    st.query_params.from_dict({"table": chosen} if chosen else {})
