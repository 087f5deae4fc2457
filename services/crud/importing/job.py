"""An import as long work: looked at first, then written chunk by chunk as one change set, taken up again behind the last chunk."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from services import jobs
from services.crud import changesets, history, undo
from services.crud.access import Actor
from services.crud.errors import listed
from services.crud.importing import plan as plans
from services.crud.importing import report, upload
from services.crud.importing.apply import Applier, Told, rows_of
from services.crud.importing.plan import Plan
from services.crud.importing.table import Grid, Line, Unreadable
from services.crud.registry import Table
from services.jobs import Cancelled, Failed, Lost, Running, Stopped
from services.platform import files, sheets
from services.platform.db import DatabaseUnavailable, writing
from services.platform.i18n import Message, _, msg, nmsg
from services.platform.settings import settings

KIND = "import"


class _Back(Exception):
    """Rolls back what only had to be looked at."""


class _Refused(Exception):
    """A row is refused where all or none shall be written."""


def submit(db: Session, actor: Actor, table: Table, plan: Plan) -> int:
    """Have the plan carried out; the id of the job.

    Raises:
        Forbidden: no right to import.
        Invalid: the plan can't be carried out, or too much is under way.
    """
    plans.check(actor, table, plan)
    return jobs.submit(db, actor, KIND, table, plan.to_params())


def plan_of(db: Session, actor: Actor, id: int) -> Plan:
    """What an import of this actor was to do.

    Raises:
        Missing: there is none of that number.
    """
    jobs.get(db, actor, id)
    return Plan.from_params(db.execute(select(jobs.JOB.c.params).where(jobs.JOB.c.id == id)).scalar_one())


def _undone(job: Running) -> None:
    """A cancelled import of all or none leaves nothing."""
    plan = Plan.from_params(job.params)
    if plan.whole and not plan.dry:
        with writing() as db:
            _take_back(db, job)
            job.end("cancelled", msg("Cancelled. Nothing was imported."))


def _take_back(db: Session, job: Running) -> None:
    """Undo what was written so far.

    Raises:
        Failed: somebody has changed some of it meanwhile.
    """
    begun = job.change_set_id
    if begun is None or changesets.undone_by(db, begun) is not None:
        return
    product: Actor = replace(job.actor, trusted=True, source="import")
    try:
        undo.undo(db, product, begun, reason=_("The import was given up."))
    except undo.Refused as refused:
        why = listed([one for several in refused.errors.values() for one in several])
        raise Failed(msg("A part was imported and could not be taken back: {why} Look at it in the history.", why=why)) from refused


@jobs.work(KIND, title=msg("Import"), undone=_undone)
def run(job: Running) -> None:
    """Carry out a plan, or only look what it would do."""
    assert job.table is not None
    plan = Plan.from_params(job.params)
    try:
        plans.check(job.actor, job.table, plan)
        grid = upload.read(job.actor, plan.file, plan.sheet)
    except Unreadable as error:
        raise Failed(error.message) from error
    try:
        _run(job, job.table, plan, grid)
    except (Cancelled, Stopped, Lost):
        raise
    except DatabaseUnavailable as error:
        if error.full and plan.whole and not plan.dry:
            _clear_away(job)
        raise
    except Exception:
        if plan.whole and not plan.dry:
            _clear_away(job)
        raise


def _clear_away(job: Running) -> None:
    """Nothing stays of an import of all or none that can't go on.

    Raises:
        Failed: that can't be written either.
    """
    try:
        with writing() as db:
            _take_back(db, job)
    except DatabaseUnavailable as error:
        raise Failed(msg("A part was imported, and there is no room on the disk to take it back: undo it in the history later.")) from error


def _run(job: Running, table: Table, plan: Plan, grid: Grid) -> None:
    lines = rows_of(grid, plan)
    applier = Applier(job.actor, table, plan)
    if plan.dry or job.cursor is None:
        told, begun = Told(), 0
    else:
        told, begun = Told.from_json(job.cursor["told"]), int(job.cursor["next"])
    size = settings().batch_rows
    for start in range(begun, len(lines), size):
        job.checkpoint()
        part = lines[start : start + size]
        try:
            (_look if plan.dry else _write)(job, applier, part, told, start + len(part), len(lines))
        except _Refused:
            _give_up(job, plan, grid, lines, told)
            return
        if told.refused > settings().import_errors:
            break
    _finish(job, plan, grid, lines, told)


def _look(job: Running, applier: Applier, part: Sequence[Line], told: Told, done: int, total: int) -> None:
    try:
        with writing() as db:
            with history.change_set(db, applier.actor, KIND, applier.table.name):
                applier.write(db, part, told)
            raise _Back
    except _Back:
        with writing() as db:
            job.step(db, done=done, total=total, failed=told.refused)


def _write(job: Running, applier: Applier, part: Sequence[Line], told: Told, done: int, total: int) -> None:
    """Write a chunk, and note behind which row the next run goes on, in one transaction."""
    at = None
    with writing() as db:
        if job.change_set_id is not None:
            at = changesets.find(db, applier.actor, job.change_set_id).at
        with history.change_set(
            db, applier.actor, KIND, applier.table.name, reason=applier.plan.name, at=at, continuing=job.change_set_id
        ) as changes:
            before = told.refused
            applier.write(db, part, told)
            if applier.plan.whole and told.refused > before:
                raise _Refused
            begun = changes.id
        job.step(
            db, done=done, total=total, failed=told.refused, cursor={"next": done, "told": told.to_json()}, change_set_id=begun
        )  # fmt: skip


def _give_up(job: Running, plan: Plan, grid: Grid, lines: Sequence[Line], told: Told) -> None:
    """All or none: a row was refused, so nothing stays."""
    with writing() as db:
        _take_back(db, job)
        said = nmsg("Nothing was imported: {n} row has an error.", "Nothing was imported: {n} rows have errors.", told.refused)
        file = _report(db, job, plan, grid, lines, told)
        job.end("failed", said, {"result": _result(plan, told, len(lines)), "file_id": file})


def _finish(job: Running, plan: Plan, grid: Grid, lines: Sequence[Line], told: Told) -> None:
    with writing() as db:
        file = _report(db, job, plan, grid, lines, told) if told.remarks else None
        job.finish(message=_message(plan, told), result=_result(plan, told, len(lines)), file_id=file, change_set_id=job.change_set_id)


def _message(plan: Plan, told: Told) -> Message:
    if told.refused > settings().import_errors:
        return msg("More than {n} rows have errors: this is perhaps the wrong file, or a column is wrong.", n=settings().import_errors)
    if plan.dry:
        fine = nmsg("{n} row can be imported.", "{n} rows can be imported.", told.stand)
        wrong = nmsg("{n} row needs a look.", "{n} rows need a look.", told.refused)
        return msg("{first} {next}", first=fine, next=wrong) if told.refused else fine
    said = msg("Imported: {new} new, {changed} changed.", new=told.new, changed=told.changed)
    left = nmsg("{n} row was left out.", "{n} rows were left out.", told.refused)
    return msg("{first} {next}", first=said, next=left) if told.refused else said


def _result(plan: Plan, told: Told, rows: int) -> dict[str, object]:
    return {**told.to_json(), "rows": rows, "dry": plan.dry, "given_up": told.refused > settings().import_errors}


def _report(db: Session, job: Running, plan: Plan, grid: Grid, lines: Sequence[Line], told: Told) -> int:
    """The table back with its errors marked: after a look all of it, after an import what was left out."""
    wrong = {one.line for one in told.remarks}
    shown = lines if plan.dry else [line for line in lines if line.number in wrong]
    stem = plan.name.rpartition(".")[0] or plan.name
    with files.draft() as made:
        report.write(made, grid, plan, shown, told.remarks)
        return files.keep(db, job.actor, _("{name} with errors marked.xlsx", name=stem[:100]), made, sheets.MEDIA_TYPES["xlsx"])
