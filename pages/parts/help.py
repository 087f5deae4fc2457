"""What a page is for and how it works: said from the declarations, in a drawer at the side."""

from collections.abc import Iterable

import streamlit as st

from models.accounts import ROLES
from models.areas import AREAS, SECTIONS, Area
from models.base import VERBS, Move
from models.fields import Kind
from pages.parts import menu, session
from pages.parts.markdown import plain
from services.crud.access import Actor, may, scope
from services.crud.registry import Field, Table, tables
from services.platform.i18n import N_, _, pgettext

KINDS: dict[Kind, str] = {
    Kind.TEXT: N_("text"),
    Kind.CODE: N_("number or code"),
    Kind.LONG_TEXT: N_("long text"),
    Kind.INTEGER: N_("whole number"),
    Kind.DECIMAL: N_("number"),
    Kind.MONEY: N_("amount of money"),
    Kind.PERCENT: N_("per cent"),
    Kind.DATE: N_("date"),
    Kind.TIME: N_("time of day"),
    Kind.MOMENT: N_("date and time"),
    Kind.DURATION: N_("length of time"),
    Kind.CHOICE: N_("one of several"),
    Kind.CHOICES: N_("some of several"),
    Kind.BOOLEAN: N_("yes or no"),
    Kind.PHONE: N_("telephone"),
    Kind.ID_NUMBER: N_("ID number"),
    Kind.CREDIT_CODE: N_("credit code"),
    Kind.BANK_ACCOUNT: N_("bank account"),
    Kind.EMAIL: N_("e-mail"),
    Kind.LINK: N_("web address"),
    Kind.COLOUR: N_("colour"),
    Kind.POINT: N_("place on a map"),
    Kind.FILE: N_("file"),
    Kind.IMAGE: N_("picture"),
    Kind.REFERENCE: N_("another record"),
    Kind.REFERENCES: N_("several records"),
    Kind.PARENT: N_("the record above"),
}
VERB_TITLES: dict[str, str] = {
    "read": N_("read"),
    "create": N_("add"),
    "edit": N_("change"),
    "delete": N_("delete"),
    "restore": N_("restore"),
    "import": N_("import"),
    "export": N_("export"),
}
SCOPE_TITLES: dict[str, str] = {"own": N_("own records"), "department": N_("own department"), "centre": N_("all"), "all": N_("all centres")}


def show(path: str) -> None:
    """Open the drawer for the page at this address."""

    declared = tables().get(path)
    area = next((area for area in AREAS if area.name == path), None)
    page = next((page for page in menu.PAGES if page.path == path), menu.PAGES[0])
    title = declared.plural if declared else pgettext("area", area.title) if area else str(page.title)

    @st.dialog(plain(title), position="right", icon=":material/help:")
    def drawer() -> None:
        if declared is not None:
            about_table(session.actor(), declared)
        elif area is not None:
            _about_area(session.actor(), area)
        else:
            st.markdown(_(page.help))
        st.caption(_("Press ? for the keyboard shortcuts."))

    drawer()


def role_title(code: str) -> str:
    """What a role is called."""
    return next((pgettext("account", role.title) for role in ROLES if role.code == code), _("Everybody") if code == "*" else code)


def _joined(words: Iterable[str]) -> str:
    return _(", ").join(words)


# A table


def about_table(actor: Actor, table: Table) -> None:
    """What a table is for, what this person may do, its states, its fields, and who may do what."""
    st.markdown(plain(table.help or (table.screen.empty and pgettext(table.name, table.screen.empty))))
    if table.screen.section in SECTIONS:
        st.caption(_("Serves section {number} of the service standard: {title}", number=table.screen.section,
                     title=pgettext("standard", SECTIONS[table.screen.section])))  # fmt: skip
    st.markdown(_mine(actor, table))
    if table.flow:
        with st.expander(_("States and what leads from one to the next"), expanded=True, icon=":material/account_tree:"):
            st.markdown(_moves(table))
    with st.expander(_("Fields"), icon=":material/list:"):
        st.markdown("\n".join(_field(field) for field in table.declared))
    with st.expander(_("Who may do what"), icon=":material/group:"):
        st.markdown(_rights(table))


def _mine(actor: Actor, table: Table) -> str:
    granted = []
    for verb in VERBS:
        found = scope(actor, table, verb)
        if found:
            part = _(VERB_TITLES[verb])
            granted.append(part if found in ("centre", "all") else f"{part} ({_(SCOPE_TITLES[found])})")
    if not granted:
        return _("You may do nothing here.")
    return _("**You may:** {verbs}", verbs=_joined(granted))


def _moves(table: Table) -> str:
    assert table.flow is not None
    assert table.state is not None
    lines = []
    for move in table.flow.moves:
        sources = _joined(f":{_tint(table, code)}-badge[{plain(table.state.choice_title(code))}]" for code in move.sources)
        target = f":{_tint(table, move.target)}-badge[{plain(table.state.choice_title(move.target))}]"
        lines.append(f"- **{plain(pgettext(table.name, move.title))}**: {sources} → {target}  \n  {plain(_conditions(table, move))}")
    return "\n".join(lines)


def _tint(table: Table, code: str) -> str:
    choice = table.state.choice(code) if table.state else None
    colour = choice.colour if choice else "grey"
    return {"grey": "gray", "teal": "green", "purple": "violet"}.get(colour, colour)


def _conditions(table: Table, move: Move) -> str:
    roles = _joined(role_title(role) for role in move.roles)
    parts = [_("by {roles}", roles=roles) if roles else _("by the product itself, when another record says so")]
    if move.requires:
        parts.append(_("needs {fields}", fields=_joined(table.fields[name].title for name in move.requires)))
    if move.reason:
        parts.append(_("asks for a reason"))
    if move.apart_from:
        parts.append(_("not by the person of {fields}", fields=_joined(table.fields[name].title for name in move.apart_from)))
    if move.only_by:
        parts.append(_("only by the person of {fields}", fields=_joined(table.fields[name].title for name in move.only_by)))
    if move.guard_message:
        parts.append(pgettext(table.name, move.guard_message))
    return _("; ").join(parts)


def _field(field: Field) -> str:
    spec = field.spec
    marks = [_(KINDS[field.kind])]
    if field.required:
        marks.append(_("required"))
    if spec.unique:
        marks.append(_("no two alike"))
    if spec.computed or spec.readonly:
        marks.append(_("set by the system"))
    if spec.sensitive:
        marks.append(_("personal data, shown masked"))
    text = f"- **{plain(field.title)}** :gray[{plain(_joined(marks))}]"
    more = [field.help]
    if spec.example:
        more.append(_("Example: {example}", example=spec.example))
    explained = " ".join(part for part in more if part)
    return f"{text}  \n  {plain(explained)}" if explained else text


def _rights(table: Table) -> str:
    lines = []
    for role, verbs in table.rights.items():
        parts = [
            _(VERB_TITLES[verb]) + (f" ({_(SCOPE_TITLES[verbs[verb]])})" if verbs[verb] not in ("centre", "all") else "")
            for verb in VERBS
            if verb in verbs
        ]
        lines.append(f"- **{plain(role_title(role))}**: {plain(_joined(parts))}")
    return "\n".join(lines)


# An area


def _about_area(actor: Actor, area: Area) -> None:
    lines = [
        f"- **{plain(one.plural)}**  \n  {plain(one.help)}"
        for one in tables().values()
        if one.screen.area == area.name and not one.screen.hidden and may(actor, one, "read")
    ]
    st.markdown("\n".join(lines))
