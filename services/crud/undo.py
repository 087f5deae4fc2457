"""Taking back a change set as a whole: what it would do, what stands against it, and doing it, at once or as a job.

An undo is itself a change set and can be undone. It is all or nothing: where later changes depend on it, where a right or a
rule is against it, nothing is written, and what stands against it is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from services import jobs
from services.crud import access, changesets, dependence, history, values
from services.crud.access import Actor
from services.crud.changesets import Told
from services.crud.dependence import Made
from services.crud.errors import Invalid, Missing
from services.crud.registry import Table, tables
from services.crud.reversal import Obstacle, Obstacles, Reversal
from services.jobs import Failed, Running
from services.platform.db import DatabaseUnavailable, writing
from services.platform.i18n import Message, msg, nmsg
from services.platform.settings import settings

_CHANGES = SQLModel.metadata.tables["change"]
_AT_ONCE = 1_000
"""Changes taken back together: so much is held in memory."""


class Refused(Invalid):
    """The change set can't be undone: what stands against it, the first of it by name."""

    def __init__(self, against: Obstacles) -> None:
        self.obstacles, self.count = against.named, against.count
        super().__init__({"": [one.message for one in against.named]})


@dataclass(frozen=True)
class Effect:
    """What becomes of records of one table."""

    table: str
    verb: str
    """Of the changes that are taken back."""
    count: int


@dataclass(frozen=True)
class UndoPreview:
    """What an undo would do."""

    change_set: Told
    effects: list[Effect]
    against: Obstacles
    large: bool
    """It goes on as a job; the rules of the areas are asked only then."""

    @property
    def possible(self) -> bool:
        """Whether nothing stands against it, as far as is known."""
        return not self.against.count


def preview(db: Session, actor: Actor, change_set: int) -> UndoPreview:
    """What undoing would do. A small one is tried out and rolled back, so `db` has to be a transaction that writes.

    Raises:
        Missing: no such change set for this actor.
    """
    told = changesets.find(db, actor, change_set)
    effects = _effects(db, told)
    large = _large(effects)
    against = _undone(db, told)
    if not against.count:
        against = _looked_at(db, actor, told, effects) if large else _tried(db, actor, told, "")[1]
    return UndoPreview(told, effects, against, large)


def undo(db: Session, actor: Actor, change_set: int, *, reason: str = "") -> int:
    """Take back all that a change set did, in the transaction of `db`: the change set of the undo.

    Raises:
        Missing: no such change set for this actor.
        Refused: something stands against it; nothing was written.
    """
    told = changesets.find(db, actor, change_set, lock=True)
    against = _undone(db, told)
    made = 0
    if not against.count:
        made, against = _tried(db, actor, told, reason, keep=True)
    if against.count:
        raise Refused(against)
    return made


@dataclass(frozen=True)
class Begun:
    """An undo that was done at once (its change set), or goes on as a job."""

    change_set: int | None
    job: int | None


def begin(db: Session, actor: Actor, change_set: int, *, reason: str = "") -> Begun:
    """Undo at once what is small, as a job what is large.

    Raises:
        Missing, Refused: as `undo`.
    """
    told = changesets.find(db, actor, change_set)
    effects = _effects(db, told)
    if not _large(effects):
        return Begun(undo(db, actor, change_set, reason=reason), None)
    against = _undone(db, told)
    if against.count:
        raise Refused(against)
    total = sum(one.count for one in effects)
    params = {"change_set": change_set, "reason": reason}
    return Begun(None, jobs.submit(db, actor, "undo", tables().get(told.table), params, total))


class _Back(Exception):
    """Rolls back what was tried."""


def _tried(db: Session, actor: Actor, told: Told, reason: str, *, keep: bool = False) -> tuple[int, Obstacles]:
    """Undo it; unless it shall be kept and nothing stands against it, nothing of it stays."""
    against, made = Obstacles(), 0
    try:
        with db.begin_nested(), history.change_set(db, actor, "undo", told.table, reason=reason, undoes=told.id) as changes:
            made = changes.id
            back = Reversal(changes, told)
            against = back.against
            _all(db, back, told)
            if against.count or not keep:
                raise _Back
    except _Back:
        return 0, against
    except (IntegrityError, Missing):
        against.add(Obstacle(_QUICKER))
        return 0, against
    return made, against


_QUICKER = msg("Somebody is working on the same records at this moment. Please try again.")


def _all(db: Session, back: Reversal, told: Told) -> None:
    before = None
    while rows := dependence.made(db, told.id, before, _AT_ONCE):
        back.part(rows)
        before = rows[-1].id
    back.close()
    if not back.done and not back.against.count:
        back.against.add(Obstacle(msg("There is nothing in it that could be undone: all of it is as it was before already.")))


def _effects(db: Session, told: Told) -> list[Effect]:
    own = _CHANGES.c
    query = select(own.table_name, own.verb, func.count()).where(own.change_set_id == told.id).group_by(own.table_name, own.verb)
    return [Effect(*row) for row in db.execute(query.order_by(func.min(own.id)))]


def _large(effects: Sequence[Effect]) -> bool:
    return sum(one.count for one in effects) > settings().undo_at_once


def _undone(db: Session, told: Told) -> Obstacles:
    """What stands against any undo of it: it was undone already, or nothing is known of what it did."""
    against = Obstacles()
    by = changesets.undone_by(db, told.id)
    if by is not None:
        said = msg("{who} has undone this already, on {when}. To have it again, undo that.", who=by.actor, when=by.at)
        against.add(Obstacle(said, change_set=by.id))
    elif told.action == "load":
        against.add(Obstacle(msg("These records came with the system: what was loaded so can't be undone.")))
    return against


# A large one


def _looked_at(db: Session, actor: Actor, told: Told, effects: Sequence[Effect]) -> Obstacles:
    """What can be said without trying: what never goes back, rights, and what others changed since."""
    against = Obstacles()
    for one in effects:
        table = tables().get(one.table)
        if table is not None:
            _kinds(actor, told, table, one.verb, against)
    before = None
    while not against.count and (rows := dependence.made(db, told.id, before, _AT_ONCE)):
        _since(db, told, rows, against)
        before = rows[-1].id
    return against


def _kinds(actor: Actor, told: Told, table: Table, verb: str, against: Obstacles) -> None:
    if actor.trusted:
        return
    back = {"create": "delete", "restore": "delete", "delete": "restore"}.get(verb, "edit")
    if table.screen.append_only and back != "edit":
        said = msg("“{table}” is only ever added to: put it right with another entry.", table=table.label_plural)
        against.add(Obstacle(said, table.name))
    elif not table.screen.deletable and back != "edit":
        if told.action not in ("import", "undo"):
            against.add(Obstacle(msg("“{table}” is never deleted: use one of its moves instead.", table=table.label_plural), table.name))
        elif not access.may(actor, table, "import"):
            against.add(Obstacle(access.refusal(table).message, table.name))
    elif verb != "move" and not access.may(actor, table, back) and table.name == told.table:
        against.add(Obstacle(access.refusal(table).message, table.name))


def _since(db: Session, told: Told, rows: Sequence[Made], against: Obstacles) -> None:
    found = dependence.later(db, rows, told.id)
    touched = [one for one in rows if one.id in found and one.table in tables()]
    for name in dict.fromkeys(one.table for one in touched):
        table = tables()[name]
        own = [one for one in touched if one.table == name]
        records = values.load(db, table, [one.record for one in own])
        for one in own:
            differing = dependence.conflicts(one, table, records[one.record], found[one.id]) if one.record in records else {}
            for message, later in dependence.told_conflicts(db, table, one.record, differing):
                against.add(Obstacle(message, name, one.record, later.change_set))


def _tidy(job: Running) -> None:
    """Of an undo that stops half way, nothing stays: what it did so far is taken back in turn."""
    begun = job.change_set_id
    if begun is None:
        return
    with writing() as db:
        product = replace(job.actor, trusted=True)
        told = changesets.find(db, product, begun)
        if changesets.undone_by(db, begun) is None:
            _made, against = _tried(db, product, told, told.reason, keep=True)
            if against.count and dependence.made(db, begun, None, 1):
                raise Failed(_because(against))
            job.step(db, done=0)


@jobs.work("undo", title=msg("Undo"), undone=_tidy)
def run(job: Running) -> None:
    """Undo a large change set, a chunk a transaction; a refusal on the way takes all of it back."""
    done = False
    try:
        while not done:
            job.checkpoint()
            done = _chunk(job)
    except (jobs.Cancelled, jobs.Stopped, jobs.Lost, Failed, DatabaseUnavailable):
        raise
    except Exception:
        _tidy(job)
        raise


def _chunk(job: Running) -> bool:
    """Take back the next changes; True: those were the last."""
    against = Obstacles()
    try:
        with writing() as db:
            told = changesets.find(db, job.actor, int(job.params["change_set"]))
            if job.cursor is None:
                against = _undone(db, told)
                against = against if against.count else _looked_at(db, job.actor, told, _effects(db, told))
                if against.count:
                    raise Refused(against)
            begun = changesets.find(db, job.actor, job.change_set_id).at if job.change_set_id is not None else None
            with history.change_set(
                db, job.actor, "undo", told.table, reason=str(job.params.get("reason") or ""), at=begun,
                continuing=job.change_set_id, undoes=told.id,
            ) as changes:  # fmt: skip
                back = Reversal(changes, told)
                against = back.against
                rows = dependence.made(db, told.id, job.cursor, settings().job_chunk)
                back.part(rows)
                last = len(rows) < settings().job_chunk
                if last:
                    back.close()
                if against.count:
                    raise Refused(against)
                done = job.done + len(rows)
                job.step(db, done=done, cursor=rows[-1].id if rows else job.cursor, change_set_id=changes.id)
                if last:
                    said = nmsg("Undone: {n} change.", "Undone: {n} changes.", done)
                    job.finish(message=said, change_set_id=changes.id)
        return last
    except Refused as refused:
        _tidy(job)
        raise Failed(_because(against)) from refused
    except IntegrityError as error:
        _tidy(job)
        raise Failed(_QUICKER) from error


def _because(against: Obstacles) -> Message:
    first = against.named[0].message
    if against.count == 1:
        return msg("Nothing was undone. {why}", why=first)
    return msg("Nothing was undone. {why} (and {n} more)", why=first, n=against.count - 1)
