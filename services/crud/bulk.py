"""The same action over many records: each stands or falls by itself, all are one change set, and a dry run tells it beforehand.

A few records are done at once (`bulk`); many go through a job (`submit`), a chunk a transaction, all in the one change set.
"""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from models.fields import Kind
from services import jobs
from services.crud import batch, flow, history, values, write
from services.crud.access import Actor, Forbidden, field_right
from services.crud.errors import Invalid, Missing, Stale, Unconfirmed, listed
from services.crud.registry import Field, Table
from services.crud.titles import titles
from services.jobs import Running
from services.platform import files, sheets
from services.platform.db import reading, writing
from services.platform.i18n import Message, _, msg, nmsg, pgettext
from services.platform.settings import settings


@dataclass(frozen=True)
class Edit:
    """Give these fields these values."""

    values: Mapping[str, Any]
    reason: str = ""


@dataclass(frozen=True)
class MoveTo:
    """Make this move."""

    move: str
    values: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Delete:
    """Put into the trash."""

    reason: str = ""


@dataclass(frozen=True)
class Restore:
    """Take out of the trash."""

    reason: str = ""


Action = Edit | MoveTo | Delete | Restore


@dataclass(frozen=True)
class Outcome:
    """What became of one record."""

    id: int
    title: str
    ok: bool
    message: Message | str | None
    """Why not, or what to look at all the same."""


REASONS = 100
"""Different reasons that are kept of a job; what is refused for yet another one is told under a common one."""
_OTHERS = msg("For another reason. Do it with this record alone, and it is told.")
_TITLES = 1_000
_FIRST = 20
"""Records of the first chunk of a job, which tells how long one takes."""
_CHUNK_SECONDS = 0.25
"""So long a chunk may take, for others wait for it."""
LOOKED_AT = 1_000
"""Records up to which each is looked at before a field is offered."""


class _Undo(Exception):
    """Ends a dry run: everything it wrote is rolled back."""


def editable(actor: Actor, table: Table) -> list[Field]:
    """The fields that the actor's roles include and that can have one value in many records."""
    return [
        one
        for one in table.declared
        if one is not table.state
        and not one.spec.unique
        and not one.spec.sensitive
        and one.kind not in (Kind.FILE, Kind.IMAGE)
        and one.typed
        and (actor.trusted or not (when := one.spec.editable_if) or not when.roles or actor.roles.intersection(when.roles))
    ]


def editable_in(db: Session, actor: Actor, table: Table, ids: Sequence[int]) -> list[Field]:
    """Those of the `editable` fields that can be changed in at least one of these records as it stands now; of very many, all."""
    fields = editable(actor, table)
    if len(ids) > LOOKED_AT:
        return fields
    records = values.load(db, table, ids).values()
    return [one for one in fields if any(field_right(actor, one, record) == "editable" for record in records)]


def bulk(db: Session, actor: Actor, table: Table, ids: Iterable[int], action: Action, *, dry_run: bool) -> list[Outcome]:
    """Do it to each of these records, in their order. `dry_run`: really, and then all is undone.

    Warnings don't stop it: they are told in the outcome.

    Raises:
        Invalid: more records than one action may take.
    """
    return _part(db, actor, table, _chosen(ids), action, dry_run=dry_run)[0]


def _chosen(ids: Iterable[int]) -> list[int]:
    chosen = list(dict.fromkeys(ids))
    most = settings().bulk_limit
    if len(chosen) > most:
        raise Invalid({"": [msg("At most {n} records at once. Please choose fewer.", n=most)]})
    return chosen


def _part(
    db: Session, actor: Actor, table: Table, chosen: Sequence[int], action: Action, *, dry_run: bool = False, continuing: int | None = None
) -> tuple[list[Outcome], int | None]:
    """What became of each, and the change set (`continuing`: an earlier part's), if there is any."""
    called = titles(db, table, chosen, actor)
    outcomes: list[Outcome] = []
    try:
        with (
            db.begin_nested(),
            history.change_set(db, actor, "bulk", table.name, reason=_reason(action), continuing=continuing) as changes,
        ):
            _ = changes.id  # before the savepoint of the first record, which may be rolled back
            if isinstance(action, Edit):
                outcomes = _edited(db, actor, table, chosen, called, action)
            else:
                outcomes = [_one(db, actor, table, one, called.get(one, f"#{one}"), action) for one in chosen]
            if dry_run or not any(outcome.ok for outcome in outcomes):
                raise _Undo
            return outcomes, changes.id
    except _Undo:
        return outcomes, continuing


def _reason(action: Action) -> str:
    return action.note if isinstance(action, MoveTo) else action.reason


def _edited(db: Session, actor: Actor, table: Table, chosen: Sequence[int], called: Mapping[int, str], action: Edit) -> list[Outcome]:
    written = batch.write_many(db, actor, table, [batch.Row(action.values, id_) for id_ in chosen], confirm=True)
    return [
        Outcome(id_, called.get(id_, f"#{id_}"), one.ok, _first(one.warnings if one.ok else one.errors, table))
        for id_, one in zip(chosen, written, strict=True)
    ]


def _one(db: Session, actor: Actor, table: Table, id: int, title: str, action: MoveTo | Delete | Restore) -> Outcome:
    warned: Message | str | None = None
    try:
        with db.begin_nested():
            try:
                _act(db, actor, table, id, action, confirm=False)
            except Unconfirmed as unconfirmed:
                warned = _first(unconfirmed.warnings, table)
                _act(db, actor, table, id, action, confirm=True)
    except Invalid as invalid:
        return Outcome(id, title, False, _first(invalid.errors, table))
    except (Forbidden, Stale) as refused:
        return Outcome(id, title, False, refused.message)
    except Missing:
        return Outcome(id, title, False, msg("It is not there any more, or you may not see it."))
    return Outcome(id, title, True, warned)


def _act(db: Session, actor: Actor, table: Table, id: int, action: MoveTo | Delete | Restore, *, confirm: bool) -> None:
    if isinstance(action, Restore):
        write.restore(db, actor, table, id)
        return
    # What stands now is what the action applies to: nobody looked at each record before.
    version = values.find(db, actor, table, id)["version"]
    match action:
        case MoveTo():
            flow.move(db, actor, table, id, action.move, action.values, note=action.note, version=version, confirm=confirm)
        case Delete():
            write.delete(db, actor, table, id, version)


def _first(messages: Mapping[str, list[Message]], table: Table) -> Message | str | None:
    """What stands at the record and its fields, in one line."""
    said = [
        msg("{what}: {problem}", what=table.fields[name].label, problem=one) if name in table.fields else one
        for name, several in messages.items()
        for one in several
    ]
    return listed(said) if said else None


# Many records: a job


def submit(db: Session, actor: Actor, table: Table, ids: Iterable[int], action: Action) -> int:
    """Have it done outside of the page: the number of the job.

    Raises:
        Invalid: more records than one action may take, or too much under way.
    """
    chosen = _chosen(ids)
    return jobs.submit(db, actor, "bulk", table, {"ids": chosen, "action": _packed(table, action)}, len(chosen))


def _packed(table: Table, action: Action) -> dict[str, Any]:
    """An action as JSON can hold it."""
    kept = dict(vars(action))
    if "values" in kept:
        kept["values"] = {name: values.pack(table.fields[name], value) for name, value in kept["values"].items()}
    return {"kind": type(action).__name__, **kept}


def _unpacked(table: Table, kept: Mapping[str, Any]) -> Action:
    given = {name: value for name, value in kept.items() if name != "kind"}
    if "values" in given:
        given["values"] = {name: values.unpack(table.fields[name], value) for name, value in given["values"].items()}
    kinds: dict[str, type[Action]] = {kind.__name__: kind for kind in (Edit, MoveTo, Delete, Restore)}
    return kinds[kept["kind"]](**given)


@jobs.work("bulk", title=msg("Change of several records"))
def run(job: Running) -> None:
    """Go on with the records behind those that are done; in the end, a file with the result of each."""
    assert job.table is not None
    table, ids = job.table, job.params["ids"]
    action = _unpacked(table, job.params["action"])
    size = _FIRST
    while job.done < len(ids):
        job.checkpoint()
        size = min(size, settings().job_chunk)
        part = ids[job.done : job.done + size]
        began = time.monotonic()
        with writing() as db:
            outcomes, change_set = _part(db, job.actor, table, part, action, continuing=job.change_set_id)
            job.step(
                db,
                done=job.done + len(part),
                failed=job.failed + sum(not one.ok for one in outcomes),
                result=_noted(job.result, outcomes),
                change_set_id=change_set,
            )
        size = max(1, int(size * _CHUNK_SECONDS / max(time.monotonic() - began, _CHUNK_SECONDS / 4)))
    with files.draft() as made:
        with made.open("wb") as into:
            sheets.write("xlsx", into, _sheet(job))
        with writing() as db:
            file = files.keep(db, job.actor, f"{_('Result of every record')}.xlsx", made, sheets.MEDIA_TYPES["xlsx"])
            job.finish(file_id=file, message=_ended(job.done - job.failed, job.failed))


def _ended(fine: int, failed: int) -> Message:
    if failed and not fine:
        return nmsg("It could not be done.", "It could be done with none of the {n} records.", failed)
    done = nmsg("{n} record done.", "{n} records done.", fine)
    return msg("{done} {n} refused.", done=done, n=failed) if failed else done


@dataclass(frozen=True)
class Said:
    """Records of which the same is to be said: why not, or what to look at all the same."""

    ok: bool
    message: Message | None
    ids: list[int]


def said(result: Any) -> list[Said]:
    """What is to be said of records in the result of a job; of all others there is nothing to say: they are done."""
    return [Said(one["ok"], Message.from_json(one["message"]) if one["message"] else None, one["ids"]) for one in (result or [])]


def _noted(result: Any, outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """The result with these outcomes: records of which the same is to be said stand together."""
    noted: list[dict[str, Any]] = list(result or [])
    places = {(one["ok"], json.dumps(one["message"])): one for one in noted}
    for outcome in outcomes:
        if outcome.ok and not outcome.message:
            continue
        message = outcome.message if isinstance(outcome.message, Message) else Message(str(outcome.message or ""))
        told = message.to_json() if message.text else None
        key = outcome.ok, json.dumps(told)
        if key not in places and len(noted) >= REASONS:
            told = _OTHERS.to_json()
            key = outcome.ok, json.dumps(told)
        if key not in places:
            places[key] = {"ok": outcome.ok, "message": told, "ids": []}
            noted.append(places[key])
        places[key]["ids"].append(outcome.id)
    return noted


def _sheet(job: Running) -> sheets.Sheet:
    """Every record with what became of it, in the order in which it was done."""
    assert job.table is not None
    told = {id_: (one.ok, str(one.message or "")) for one in said(job.result) for id_ in one.ids}
    columns = [sheets.Column(pgettext("list", "Record")), sheets.Column(pgettext("list", "Result")), sheets.Column(pgettext("list", "Why"))]
    return sheets.Sheet(columns, _rows(job.actor, job.table, job.params["ids"], told), title=_("Result of every record"))


def _rows(actor: Actor, table: Table, ids: Sequence[int], told: Mapping[int, tuple[bool, str]]) -> Iterator[tuple[str, str, str]]:
    for start in range(0, len(ids), _TITLES):
        part = ids[start : start + _TITLES]
        with reading() as db:
            called = titles(db, table, part, actor)
        for one in part:
            ok, why = told.get(one, (True, ""))
            yield called.get(one, f"#{one}"), "✓" if ok else "✗", why
