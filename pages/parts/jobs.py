"""Long work on the screen: how far it is, a way to stop it, how it ended. It draws itself anew while it is under way, and only then."""

import time
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

from pages.parts import navigation, session
from pages.parts.markdown import plain
from services import jobs
from services.crud.access import Actor
from services.crud.errors import Missing
from services.jobs import Job
from services.platform.db import reading, writing
from services.platform.files import link
from services.platform.i18n import _, format_duration, format_moment, format_number, ngettext, pgettext

EVERY = 1.0
"""Seconds after which work under way is drawn anew."""
SIGN_EVERY = 3.0
_PACE = 8
"""So many times of drawing tell the pace."""
_RESULTS = {"bulk": "pages.parts.bulk", "import": "pages.parts.importing"}
"""Kind of work → module whose `result(who, job)` draws more of what came out."""

_SIGNS = {
    "waiting": (":material/hourglass_empty:", "gray"),
    "running": (":material/progress_activity:", "blue"),
    "done": (":material/check_circle:", "green"),
    "failed": (":material/error:", "red"),
    "cancelled": (":material/cancel:", "orange"),
}


def progress(id: int, *, ended: Callable[[Job], None] | None = None) -> None:
    """Draw a piece of work of the person, under way or at its end; `ended` draws what else there is to say then.

    May stand in a page or in a dialog. Somebody else's work is not there.
    """
    job = _read(session.actor(), id)
    if job is None:
        st.caption(_("There is no such piece of work of yours."))
        return
    first = [job]
    st.fragment(_progress, run_every=EVERY if job.open else None)(id, first, ended)


def _progress(id: int, first: list[Job], ended: Callable[[Job], None] | None) -> None:
    who = session.actor()
    job = first.pop() if first else _read(who, id)
    if job is None:
        return
    with st.container(border=True, key=f"job-{id}"):
        head(job)
        if job.open:
            _under_way(who, job)
            return
        _end(who, job)
        if ended is not None:
            ended(job)
    _no_more()


def _read(who: Actor, id: int) -> Job | None:
    try:
        with reading() as db:
            return jobs.get(db, who, id)
    except Missing:
        return None


def _no_more() -> None:
    """End the drawing anew of this fragment: there is nothing left to wait for."""
    context = get_script_run_ctx()
    fragment = ThreadState.get().fragment_id
    if context is not None and fragment and context.fragment_ids_this_run:
        message = ForwardMsg()
        message.stop_auto_rerun.fragment_ids.append(fragment)
        context.enqueue(message)


def head(job: Job) -> None:
    """Draw what it is and how it stands, in one line."""
    icon, colour = _SIGNS[job.state]
    words = {
        "waiting": pgettext("job", "Waits for its turn"),
        "running": pgettext("job", "Is being cancelled") if job.cancel_asked else pgettext("job", "Under way"),
        "done": pgettext("job", "Done"),
        "failed": pgettext("job", "Failed"),
        "cancelled": pgettext("job", "Cancelled"),
    }
    st.markdown(f"{icon} **{plain(job.title)}** :{colour}-badge[{words[job.state]}]")


# Under way


def _under_way(who: Actor, job: Job) -> None:
    said = [_("{n} of {total} done", n=f"{job.done:,}", total=f"{job.total:,}") if job.total else _("{n} done so far", n=f"{job.done:,}")]
    pace = _pace(job)
    if job.state == "running" and pace:
        said.append(_("{n} per second", n=format_number(pace, 0 if pace >= 10 else 1)))
        if job.total:
            said.append(_left(timedelta(seconds=(job.total - job.done) / pace)))
    if job.failed:
        said.append(_("{n} refused", n=f"{job.failed:,}"))
    if job.state == "running" or job.done:
        st.progress(min(job.done / job.total, 1.0) if job.total else 0.0, text=" · ".join(said))
    st.caption(_("You may close this, and the browser too: it goes on by itself, and a notice tells you its end."))
    asks = f"job-{job.id}-asks"
    if job.cancel_asked:
        return
    if not st.session_state.get(asks):
        st.button(_("Stop this work"), icon=":material/stop_circle:", key=f"job-{job.id}-cancel", on_click=_ask, args=(asks, True))
        return
    st.markdown(_question(job))
    with st.container(horizontal=True):
        st.button(_("Yes, stop it"), type="primary", key=f"job-{job.id}-yes", on_click=_cancel, args=(who, job.id, asks))
        st.button(_("Let it go on"), key=f"job-{job.id}-no", on_click=_ask, args=(asks, False))


def _pace(job: Job) -> float:
    """How much is done in a second: over the last times of drawing, or else since its beginning."""
    marks: list[tuple[float, int]] = st.session_state.setdefault(f"job-{job.id}-pace", [])
    marks.append((time.monotonic(), job.done))
    del marks[:-_PACE]
    (began, before), (ended, after) = marks[0], marks[-1]
    if after > before:
        return (after - before) / (ended - began)
    lasted = job.lasted.total_seconds() if job.lasted else 0.0
    return job.done / lasted if lasted > 1 and len(marks) < _PACE else 0.0


def _left(left: timedelta) -> str:
    seconds = int(left.total_seconds()) + 1
    if seconds < 90:
        return ngettext("about {n} second left", "about {n} seconds left", seconds)
    return _("about {time} left", time=format_duration(left + timedelta(minutes=1)))


def _question(job: Job) -> str:
    kind = jobs.kinds().get(job.kind)
    if kind is not None and kind.undone is not None:
        return _("Stop it? What it has done so far is taken back.")
    if job.change_set_id is not None:
        return _("Stop it? What it has done so far stays, and can be undone in the history.")
    return _("Really stop it?")


def _ask(asks: str, on: bool) -> None:
    st.session_state[asks] = on


def _cancel(who: Actor, id: int, asks: str) -> None:
    st.session_state[asks] = False
    with writing() as db:
        jobs.cancel(db, who, id)


# At its end


def _end(who: Actor, job: Job) -> None:
    say: Any = {"done": st.warning if job.failed else st.success, "failed": st.error}.get(job.state, st.warning)
    say(plain(job.message or ""), icon=_SIGNS[job.state][0])
    st.caption(times(job))
    with st.container(horizontal=True):
        links(who, job)


def times(job: Job) -> str:
    """When it ended, and how long it took."""
    said = [format_moment(job.ended_at)] if job.ended_at else []
    if job.lasted is not None:
        seconds = max(1, round(job.lasted.total_seconds()))
        said.append(_("took {time}", time=ngettext("{n} second", "{n} seconds", seconds) if seconds < 90 else format_duration(job.lasted)))
    return " · ".join(said)


def links(who: Actor, job: Job) -> None:
    """Draw the buttons to its file and to what it changed."""
    if job.file_id is not None:
        st.link_button(_("Get the file"), link(who, job.file_id), icon=":material/download:")
    if job.change_set_id is not None and navigation.reachable("history"):
        st.button(
            _("See what was changed"), icon=":material/history:", type="tertiary", key=f"job-{job.id}-history",
            on_click=navigation.open_page, args=("history", {"set": str(job.change_set_id)}),
        )  # fmt: skip


def more(who: Actor, job: Job) -> None:
    """Draw what else its kind tells of the result."""
    module = _RESULTS.get(job.kind)
    if module is not None and job.result is not None:
        import_module(module).result(who, job)


# In the bar


def sign(under_way: int) -> None:
    """A small sign that something of the person is under way, which leads to it."""
    if under_way:
        st.fragment(_sign, run_every=SIGN_EVERY)()


def _sign() -> None:
    with reading() as db:
        several = [one for one in jobs.mine(db, session.actor(), 20) if one.open]
    known = [one for one in several if one.total]
    if several:
        total = sum(one.total or 0 for one in known)
        text = f"{sum(one.done for one in known) * 100 // total}%" if total else "…"
        label = ngettext("{n} piece of long work of yours is under way", "{n} pieces of long work of yours are under way", len(several))
    else:
        text, label = pgettext("job", "Done"), _("Your long work is done")
        _no_more()
    with st.container(key="bar-jobs" if several else "bar-jobs-done", width="content"):
        icon = ":material/progress_activity:" if several else ":material/task_alt:"
        if st.button(text, icon=icon, type="tertiary", help=label, key="bar-jobs-open"):
            navigation.open_page(jobs.PAGE)
