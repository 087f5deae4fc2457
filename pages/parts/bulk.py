"""What can be done with the selected records: a bar at the bottom, and for each action a preview, the doing, and a result per row.

A few records are done while the person waits. Many are long work: it is tried with the first of them, goes on by itself, and
tells the result at its end.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import streamlit as st

from models.base import Move
from pages.parts import jobs, undone, widgets
from pages.parts.display import joined, line
from pages.parts.markdown import plain
from pages.parts.navigation import again
from services.crud import query, write
from services.crud.access import Actor, may
from services.crud.bulk import Action, Delete, Edit, MoveTo, Outcome, Restore, bulk, editable, editable_in, said, submit
from services.crud.errors import Invalid
from services.crud.query import Count
from services.crud.registry import Field, Table
from services.crud.registry import table as described
from services.crud.validate import Problem
from services.crud.view import View
from services.jobs import Job
from services.platform.db import reading, writing
from services.platform.i18n import Message, _, msg, ngettext, pgettext
from services.platform.settings import settings

NAMED = 5
"""Records named in a preview; of the rest only their number is said."""
REASONS = 8
"""Reasons told at the end of long work, those of the most records."""
LISTED = 500
"""Records told one by one at the end of long work; its file tells of all."""
ALONG = 2_000
"""Records up to which a preview of deleting also says what goes along."""


@dataclass
class Order:
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
    work: int | None = None
    """The long work that it became."""
    typed: dict[str, Any] = field(default_factory=dict)
    """What stands in the widgets, for the way back from the preview."""
    key: str = field(default_factory=lambda: f"bulk.{uuid4().hex[:8]}")

    @property
    def long(self) -> bool:
        """Whether it is too much to wait for."""
        return len(self.ids) > settings().bulk_in_page


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
    order = Order(kind, ids, more)
    st.dialog(_title(table, kind), width="large", on_dismiss="rerun")(_run)(who, table, order)


def _title(table: Table, kind: str) -> str:
    if kind.startswith("move:"):
        return plain(pgettext(table.name, _move(table, kind).title))
    return {"edit": _("Change fields of several records"), "delete": _("Delete several records"), "restore": _("Restore several records")}[
        kind
    ]


def _move(table: Table, kind: str) -> Move:
    assert table.flow is not None
    return next(move for move in table.flow.moves if move.name == kind.removeprefix("move:"))


def _run(who: Actor, table: Table, order: Order) -> None:
    if order.more:
        st.info(
            _(
                "Only the first {n} records: one action takes no more. Do it again for the rest ({more}).",
                n=len(order.ids),
                more=order.more,
            ),
            icon=":material/info:",
        )
    if order.work is not None:
        jobs.progress(order.work, ended=lambda job: jobs.more(who, job))
    elif order.outcomes is None:
        _ask(who, table, order)
    elif not order.done:
        _preview(who, table, order)
    else:
        _report(table, order)


def _ask(who: Actor, table: Table, order: Order) -> None:
    """What shall be done, and with which values."""
    st.markdown(ngettext("{n} record", "{n} records", len(order.ids)))
    wrong: Message | None = None
    action: Action | None
    if order.kind == "edit":
        values = _ask_values(who, table, order)
        action = Edit(values) if values else None
    elif order.kind == "delete":
        order.typed["reason"] = reason = st.text_input(_("Why? (kept in the history)"), max_chars=500, key=_kept(order, "reason", ""))
        action = Delete(reason)
    elif order.kind == "restore":
        action = Restore()
    else:
        action, wrong = _ask_move(who, table, order)
    unasked = order.kind == "edit" and not order.typed.get("fields")
    if st.button(_("See what it will do"), type="primary", icon=":material/visibility:", disabled=unasked, key=f"{order.key}.preview"):
        if wrong is not None:
            st.error(plain(wrong), icon=":material/error:")
        elif action is not None:
            order.action = action
            order.outcomes = _try(who, table, order)
            again()


def _ask_values(who: Actor, table: Table, order: Order) -> dict[str, Any] | None:
    if order.fields is None:
        with reading() as db:
            order.fields = editable_in(db, who, table, order.ids)
    offered = {one.name: one for one in order.fields}
    if not offered:
        st.info(_("None of their fields can be changed as they are now."), icon=":material/block:")
        return None
    names = order.typed["fields"] = st.pills(
        _("Which fields?"),
        list(offered),
        selection_mode="multi",
        format_func=lambda name: plain(offered[name].title),
        key=_kept(order, "fields", []),
    )
    return _values(who, order, [offered[name] for name in names]) if names else None


def _ask_move(who: Actor, table: Table, order: Order) -> tuple[MoveTo | None, Message | None]:
    """The move, or why it can't be made like this."""
    move = _move(table, order.kind)
    if move.confirm:
        st.markdown(plain(pgettext(table.name, move.confirm)))
    asked = [table.fields[name] for name in (*move.requires, *move.asks) if name in table.fields]
    if asked:
        st.caption(_("What is left empty here stays as it is in each record."))
    values = _values(who, order, asked)
    label = _("Why?") + " *" if move.reason else _("Note")
    note = order.typed["note"] = st.text_area(label, max_chars=2000, key=_kept(order, "note", ""))
    if values is None:
        return None, None
    given = {name: value for name, value in values.items() if value not in (None, "", [])}
    return MoveTo(move.name, given, note.strip()), msg("Please give the reason.") if move.reason and not note.strip() else None


def _values(who: Actor, order: Order, fields: Sequence[Field]) -> dict[str, Any] | None:
    """A widget for each field: the values, or None while one of them can't be used."""
    found: dict[str, Any] = {}
    for one in fields:
        name, here = f"value.{one.name}", replace(one, spec=replace(one.spec, add_new=False))
        typed = widgets.draw(here, who, _kept(order, name, widgets.raw(one, None)), widgets.raw(one, None), required=False, values={})
        order.typed[name] = typed
        found[one.name] = value = widgets.meaning(one, typed)
        if isinstance(value, Problem):
            st.caption(f":red[{plain(value.message)}]")
    return None if any(isinstance(value, Problem) for value in found.values()) else found


def _kept(order: Order, name: str, default: Any) -> str:
    """The key of a widget that shows again what stood in it."""
    key = f"{order.key}.{name}"
    st.session_state.setdefault(key, order.typed.get(name, default))
    return key


def _preview(who: Actor, table: Table, order: Order) -> None:
    outcomes = order.outcomes or []
    _new_values(who, table, order)
    fine = [one for one in outcomes if one.ok]
    if order.long:
        st.info(
            _("It was tried with the first {n} of {total}: they show what it will do. It will be done in the background, each record "
              "stands or falls by itself, and the result tells about every one.", n=f"{len(outcomes):,}", total=f"{len(order.ids):,}"),
            icon=":material/info:",
        )  # fmt: skip
    if fine:
        names = joined(plain(one.title) for one in fine[:NAMED]) + ("…" if len(fine) > NAMED else "")
        st.success(_("It will be done with {n}: {names}", n=f"{len(fine):,}", names=names), icon=":material/check:")
    _refusals(outcomes, order.ids[: len(outcomes)] if order.long else order.ids)
    if order.kind == "delete" and not order.long and len(order.ids) <= ALONG:
        _along(who, table, [one.id for one in fine])
    with st.container(horizontal=True):
        many = len(order.ids) if order.long else len(fine)
        if st.button(
            _("Do it with {n}", n=f"{many:,}"), type="primary", icon=":material/play_arrow:", disabled=not (fine or order.long),
            key=f"{order.key}.go",
        ):  # fmt: skip
            _go(who, table, order)
        if st.button(_("Back"), type="tertiary", icon=":material/arrow_back:", key=f"{order.key}.back"):
            order.outcomes = None
            again()


def _new_values(who: Actor, table: Table, order: Order) -> None:
    """What will stand in the fields of each record."""
    if not isinstance(order.action, Edit | MoveTo):
        return
    new = dict(order.action.values)
    if isinstance(order.action, MoveTo) and table.flow:
        new = {table.flow.field: _move(table, order.kind).target, **new}
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


def _report(table: Table, order: Order) -> None:
    outcomes = order.outcomes or []
    st.success(_("Done with {n}.", n=f"{sum(one.ok for one in outcomes):,}"), icon=":material/check_circle:")
    _refusals(outcomes, order.ids)
    _table([(one.title, one.ok, str(one.message or "")) for one in sorted(outcomes, key=lambda one: one.ok)])
    if st.button(_("Close"), type="primary", key=f"{order.key}.close"):
        st.rerun()


def _table(outcomes: Sequence[tuple[str, bool, str]]) -> None:
    """A row for each of these records (title, whether it was done, why not)."""
    names = pgettext("list", "Record"), pgettext("list", "Result"), pgettext("list", "Why")
    rows = [dict(zip(names, (title, "✓" if ok else "✗", why), strict=True)) for title, ok, why in outcomes]
    with st.expander(_("Result of every record"), icon=":material/list:"):
        st.dataframe(rows, hide_index=True, height=min(400, 40 + 35 * len(rows)), alt=_("Result of every record"))


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
        _reason(ok, reason, [title for title in titles if title], len(titles))


def _reason(ok: bool, reason: str, titles: Sequence[str], count: int) -> None:
    names = joined(plain(title) for title in titles[:NAMED]) + ("…" if count > NAMED else "")
    text = _("Look at {n}: {why}") if ok else _("Not with {n}: {why}")
    told = text.format(n=f"{count:,}", why=plain(reason)) + (f" ({names})" if names else "")
    st.warning(told, icon=":material/help:" if ok else ":material/block:")


def _gone() -> Message:
    return msg("Deleted meanwhile, or not for you to see.")


def _try(who: Actor, table: Table, order: Order) -> list[Outcome]:
    """What would become of the records; of very many, of the first."""
    assert order.action is not None
    first = order.ids[: settings().bulk_in_page]
    with st.spinner(_("Looking at {n} records …", n=len(first))), writing() as db:
        return bulk(db, who, table, first, order.action, dry_run=True)


def _go(who: Actor, table: Table, order: Order) -> None:
    """Do it, or have it done."""
    assert order.action is not None
    if order.long:
        try:
            with writing() as db:
                order.work = submit(db, who, table, order.ids, order.action)
        except Invalid as error:
            st.error(plain(str(error)), icon=":material/block:")
            return
        forget(table)
    else:
        with st.spinner(_("Working on {n} records …", n=len(order.ids))), writing() as db:
            order.outcomes = bulk(db, who, table, order.ids, order.action, dry_run=False)
            fine = sum(one.ok for one in order.outcomes)
            if fine:
                undone.offer(db, who, table, _("Done with {n}.", n=f"{fine:,}"))
        order.done = True
        _settle(table, order)
    again()


def _settle(table: Table, order: Order) -> None:
    """What could not be done stays selected."""
    st.session_state[f"{table.name}.selected"] = tuple(one.id for one in order.outcomes or () if not one.ok)
    st.session_state.pop(f"{table.name}.all", None)


# At the end of long work


def result(who: Actor, job: Job) -> None:
    """Draw what long work has to say of its records: reasons with the first records of each, and the first of the refused ones."""
    table = described(job.table)
    told = said(job.result)
    first = {id_ for one in told for id_ in one.ids[:NAMED]}
    refused = [(id_, one) for one in told for id_ in one.ids][:LISTED]
    with reading() as db:
        called = query.titles(db, table, first | {id_ for id_, _one in refused}, who)
    for one in sorted(told, key=lambda one: -len(one.ids))[:REASONS]:
        _reason(one.ok, str(one.message or ""), [called.get(id_, f"#{id_}") for id_ in one.ids[:NAMED]], len(one.ids))
    if refused:
        _table([(called.get(id_, f"#{id_}"), one.ok, str(one.message or "")) for id_, one in refused])
