"""What can be done with the selected records: a bar at the bottom, and for each action a preview, the doing, and a result per row."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import streamlit as st

from models.base import Move
from pages.parts import widgets
from pages.parts.display import joined, line
from pages.parts.markdown import plain
from pages.parts.navigation import again
from services.crud import query, write
from services.crud.access import Actor, may
from services.crud.bulk import Action, Delete, Edit, MoveTo, Outcome, Restore, bulk, editable, editable_in
from services.crud.query import Count
from services.crud.registry import Field, Table
from services.crud.registry import table as described
from services.crud.validate import Problem
from services.crud.view import View
from services.platform.db import reading, writing
from services.platform.i18n import Message, _, msg, ngettext, pgettext
from services.platform.settings import settings

NAMED = 5
"""Records named in a preview; of the rest only their number is said."""
ALONG = 2_000
"""Records up to which a preview of deleting also says what goes along."""


@dataclass
class Job:
    """An action over several records, on its way from question to result."""

    kind: str
    """`edit`, `delete`, `restore`, or `move:` and the name of the move."""
    ids: list[int]
    more: int = 0
    """Records that match but are beyond the limit of one action."""
    fields: list[Field] | None = None
    """What an edit may change."""
    action: Action | None = None
    outcomes: list[Outcome] | None = None
    done: bool = False
    typed: dict[str, Any] = field(default_factory=dict)
    """What stands in the widgets, for the way back from the preview."""
    key: str = field(default_factory=lambda: f"bulk.{uuid4().hex[:8]}")


# The selection


def selected(table: Table) -> tuple[int, ...]:
    """The records selected in the list."""
    found: tuple[int, ...] = st.session_state.get(f"{table.name}.selected", ())
    return found


def possible(table: Table, who: Actor, view: View) -> bool:
    """Whether there is anything that this person may do with several records."""
    return bool(_actions(table, who, view))


def draw(who: Actor, table: Table, view: View, chosen: tuple[int, ...], here: Sequence[int], count: Count) -> None:
    """Keep the selection, and show the bar while there is one."""
    list_of = f"{table.name}.selected_in"
    if st.session_state.get(list_of) != view.digest(table):
        # Another list: what is no longer seen is no longer selected.
        if list_of in st.session_state and chosen == selected(table):
            chosen = tuple(id_ for id_ in chosen if id_ in here)
            st.session_state[f"{table.name}.selected"] = chosen
            st.session_state[list_of] = view.digest(table)
            st.session_state.pop(f"{table.name}.all", None)
            st.rerun()
        st.session_state[list_of] = view.digest(table)
    if chosen != selected(table):
        st.session_state[f"{table.name}.selected"] = chosen
        st.session_state.pop(f"{table.name}.all", None)
    if chosen:
        _bar(who, table, view, chosen, here, count)


def _actions(table: Table, who: Actor, view: View) -> dict[str, str]:
    """What may be done: name → label."""
    if view.trash:
        return {"restore": pgettext("list", "Restore")} if may(who, table, "restore") else {}
    found: dict[str, str] = {}
    if may(who, table, "edit") and editable(who, table):
        found["edit"] = _("Change fields")
    for move in _moves(table, who):
        found[f"move:{move.name}"] = pgettext(table.name, move.title)
    if may(who, table, "delete"):
        found["delete"] = _("Delete")
    return found


def _moves(table: Table, who: Actor) -> list[Move]:
    """The moves that the roles include; of several with one name the first."""
    mine = (
        [move for move in table.flow.moves if who.trusted or "*" in move.roles or who.roles.intersection(move.roles)] if table.flow else []
    )
    return list({move.name: move for move in reversed(mine)}.values())[::-1]


def _bar(who: Actor, table: Table, view: View, chosen: tuple[int, ...], here: Sequence[int], count: Count) -> None:
    everything = st.session_state.get(f"{table.name}.all") == view.digest(table)
    actions = _actions(table, who, view)
    with st.bottom, st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{table.name}.bulk"):
        total = f"{count.value:,}{'' if count.exact else '+'}"
        number = total if everything else f"{len(chosen):,}"
        st.markdown(f"**{_('{n} selected', n=number)}**", width="content")
        if not everything and set(here) <= set(chosen) and (not count.exact or count.value > len(chosen)):
            st.button(
                _("Select all {n} that match", n=total), type="tertiary", key=f"{table.name}.every", on_click=_every, args=(table, view)
            )
        for name in ("edit", "restore"):
            if name in actions and st.button(
                actions[name], icon=f":material/{'edit' if name == 'edit' else 'restore'}:", key=f"{table.name}.{name}"
            ):
                _begin(who, table, view, chosen, everything, name)
        moves = [name for name in actions if name.startswith("move:")]
        if moves:
            picked = st.menu_button(
                pgettext("list", "Move"), moves, format_func=actions.__getitem__, icon=":material/moving:", key=f"{table.name}.moves"
            )
            if picked:
                _begin(who, table, view, chosen, everything, picked)
        if "delete" in actions and st.button(actions["delete"], icon=":material/delete:", key=f"{table.name}.delete"):
            _begin(who, table, view, chosen, everything, "delete")
        st.button(
            _("Clear the selection"), icon=":material/close:", type="tertiary", key=f"{table.name}.none", on_click=forget, args=(table,)
        )


def _every(table: Table, view: View) -> None:
    st.session_state[f"{table.name}.all"] = view.digest(table)


def forget(table: Table) -> None:
    """Select nothing."""
    st.session_state[f"{table.name}.selected"] = ()
    st.session_state.pop(f"{table.name}.all", None)


# From question to result, in a dialog


def _begin(who: Actor, table: Table, view: View, chosen: tuple[int, ...], everything: bool, kind: str) -> None:
    limit, more = settings().bulk_limit, 0
    ids = list(chosen)
    if everything:
        with reading() as db:
            ids = query.matching(db, who, table, view, limit)
            more = query.count(db, who, table, view, None).value - len(ids)
    job = Job(kind, ids, more)
    st.dialog(_title(table, kind), width="large", on_dismiss="rerun")(_run)(who, table, job)


def _title(table: Table, kind: str) -> str:
    if kind.startswith("move:"):
        return plain(pgettext(table.name, _move(table, kind).title))
    return {"edit": _("Change fields of several records"), "delete": _("Delete several records"), "restore": _("Restore several records")}[
        kind
    ]


def _move(table: Table, kind: str) -> Move:
    assert table.flow is not None
    return next(move for move in table.flow.moves if move.name == kind.removeprefix("move:"))


def _run(who: Actor, table: Table, job: Job) -> None:
    if job.more:
        st.info(
            _("Only the first {n} records: one action takes no more. Do it again for the rest ({more}).", n=len(job.ids), more=job.more),
            icon=":material/info:",
        )
    if job.outcomes is None:
        _ask(who, table, job)
    elif not job.done:
        _preview(who, table, job)
    else:
        _report(table, job)


def _ask(who: Actor, table: Table, job: Job) -> None:
    """What shall be done, and with which values."""
    st.markdown(ngettext("{n} record", "{n} records", len(job.ids)))
    wrong: Message | None = None
    action: Action | None
    if job.kind == "edit":
        values = _ask_values(who, table, job)
        action = Edit(values) if values else None
    elif job.kind == "delete":
        job.typed["reason"] = reason = st.text_input(_("Why? (kept in the history)"), max_chars=500, key=_kept(job, "reason", ""))
        action = Delete(reason)
    elif job.kind == "restore":
        action = Restore()
    else:
        action, wrong = _ask_move(who, table, job)
    unasked = job.kind == "edit" and not job.typed.get("fields")
    if st.button(_("See what it will do"), type="primary", icon=":material/visibility:", disabled=unasked, key=f"{job.key}.preview"):
        if wrong is not None:
            st.error(plain(wrong), icon=":material/error:")
        elif action is not None:
            job.action = action
            job.outcomes = _do(who, table, job, dry_run=True)
            again()


def _ask_values(who: Actor, table: Table, job: Job) -> dict[str, Any] | None:
    if job.fields is None:
        with reading() as db:
            job.fields = editable_in(db, who, table, job.ids)
    offered = {one.name: one for one in job.fields}
    if not offered:
        st.info(_("None of their fields can be changed as they are now."), icon=":material/block:")
        return None
    names = job.typed["fields"] = st.pills(
        _("Which fields?"),
        list(offered),
        selection_mode="multi",
        format_func=lambda name: plain(offered[name].title),
        key=_kept(job, "fields", []),
    )
    return _values(who, job, [offered[name] for name in names]) if names else None


def _ask_move(who: Actor, table: Table, job: Job) -> tuple[MoveTo | None, Message | None]:
    """The move, or why it can't be made like this."""
    move = _move(table, job.kind)
    if move.confirm:
        st.markdown(plain(pgettext(table.name, move.confirm)))
    asked = [table.fields[name] for name in (*move.requires, *move.asks) if name in table.fields]
    if asked:
        st.caption(_("What is left empty here stays as it is in each record."))
    values = _values(who, job, asked)
    label = _("Why?") + " *" if move.reason else _("Note")
    note = job.typed["note"] = st.text_area(label, max_chars=2000, key=_kept(job, "note", ""))
    if values is None:
        return None, None
    given = {name: value for name, value in values.items() if value not in (None, "", [])}
    return MoveTo(move.name, given, note.strip()), msg("Please give the reason.") if move.reason and not note.strip() else None


def _values(who: Actor, job: Job, fields: Sequence[Field]) -> dict[str, Any] | None:
    """A widget for each field: the values, or None while one of them can't be used."""
    found: dict[str, Any] = {}
    for one in fields:
        name, here = f"value.{one.name}", replace(one, spec=replace(one.spec, add_new=False))
        typed = widgets.draw(here, who, _kept(job, name, widgets.raw(one, None)), widgets.raw(one, None), required=False, values={})
        job.typed[name] = typed
        found[one.name] = value = widgets.meaning(one, typed)
        if isinstance(value, Problem):
            st.caption(f":red[{plain(value.message)}]")
    return None if any(isinstance(value, Problem) for value in found.values()) else found


def _kept(job: Job, name: str, default: Any) -> str:
    """The key of a widget that shows again what stood in it."""
    key = f"{job.key}.{name}"
    st.session_state.setdefault(key, job.typed.get(name, default))
    return key


def _preview(who: Actor, table: Table, job: Job) -> None:
    outcomes = job.outcomes or []
    _new_values(who, table, job)
    fine = [one for one in outcomes if one.ok]
    if fine:
        names = joined(plain(one.title) for one in fine[:NAMED]) + ("…" if len(fine) > NAMED else "")
        st.success(_("It will be done with {n}: {names}", n=f"{len(fine):,}", names=names), icon=":material/check:")
    _refusals(outcomes, job.ids)
    if job.kind == "delete" and len(job.ids) <= ALONG:
        _along(who, table, [one.id for one in fine])
    with st.container(horizontal=True):
        if st.button(
            _("Do it with {n}", n=f"{len(fine):,}"), type="primary", icon=":material/play_arrow:", disabled=not fine, key=f"{job.key}.go"
        ):
            job.outcomes = _do(who, table, job, dry_run=False)
            job.done = True
            _settle(table, job)
            again()
        if st.button(_("Back"), type="tertiary", icon=":material/arrow_back:", key=f"{job.key}.back"):
            job.outcomes = None
            again()


def _new_values(who: Actor, table: Table, job: Job) -> None:
    """What will stand in the fields of each record."""
    if not isinstance(job.action, Edit | MoveTo):
        return
    new = dict(job.action.values)
    if isinstance(job.action, MoveTo) and table.flow:
        new = {table.flow.field: _move(table, job.kind).target, **new}
    lines = []
    with reading() as db:
        for name, value in new.items():
            one = table.fields[name]
            if one.spec.target and value:
                ids = value if isinstance(value, list) else [value]
                value = list(query.titles(db, described(one.spec.target), ids, who).values())
            lines.append(f"{plain(one.title)} → **{plain(line(one, value) or _('Empty'))}**")
    st.markdown("  \n".join(lines))


def _along(who: Actor, table: Table, ids: list[int]) -> None:
    with reading() as db:
        preview = write.delete_preview(db, who, table, ids)
    for one in preview.goes_along:
        st.markdown(":material/subdirectory_arrow_right: " + plain(_("Goes along: {n} × {what}", n=one.count, what=one.table.plural)))


def _report(table: Table, job: Job) -> None:
    outcomes = job.outcomes or []
    st.success(_("Done with {n}.", n=f"{sum(one.ok for one in outcomes):,}"), icon=":material/check_circle:")
    _refusals(outcomes, job.ids)
    rows = [
        {
            pgettext("list", "Record"): one.title,
            pgettext("list", "Result"): "✓" if one.ok else "✗",
            pgettext("list", "Why"): str(one.message or ""),
        }
        for one in sorted(outcomes, key=lambda one: one.ok)
    ]
    with st.expander(_("Result of every record"), icon=":material/list:"):
        st.dataframe(rows, hide_index=True, height=min(400, 40 + 35 * len(rows)), alt=_("Result of every record"))
    if st.button(_("Close"), type="primary", key=f"{job.key}.close"):
        st.rerun()


def _refusals(outcomes: Sequence[Outcome], ids: Sequence[int]) -> None:
    """What can't be done, and what is doubtful, by reason."""
    by_reason: dict[tuple[bool, str], list[str]] = defaultdict(list)
    for one in outcomes:
        if not one.ok or one.message:
            by_reason[one.ok, str(one.message or "")].append(one.title)
    missing = len(ids) - len(outcomes)
    if missing > 0:
        by_reason[False, str(_gone())] += [""] * missing
    for (ok, reason), titles in by_reason.items():
        names = joined(plain(title) for title in titles[:NAMED] if title) + ("…" if len(titles) > NAMED else "")
        text = _("Look at {n}: {why}") if ok else _("Not with {n}: {why}")
        said = text.format(n=f"{len(titles):,}", why=plain(reason)) + (f" ({names})" if names else "")
        st.warning(said, icon=":material/help:" if ok else ":material/block:")


def _gone() -> Message:
    return msg("Deleted meanwhile, or not for you to see.")


def _do(who: Actor, table: Table, job: Job, *, dry_run: bool) -> list[Outcome]:
    assert job.action is not None
    wait = _("Looking at {n} records …", n=len(job.ids)) if dry_run else _("Working on {n} records …", n=len(job.ids))
    with st.spinner(wait), writing() as db:
        return bulk(db, who, table, job.ids, job.action, dry_run=dry_run)


def _settle(table: Table, job: Job) -> None:
    """What could not be done stays selected."""
    st.session_state[f"{table.name}.selected"] = tuple(one.id for one in job.outcomes or () if not one.ok)
    st.session_state.pop(f"{table.name}.all", None)
