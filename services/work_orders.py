"""Repairs: their deadlines, who may do what, and what they mean for the asset."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.assets import USABLE
from models.fields import now
from models.maintenance import IN_CHARGE, OPEN
from services import workdays
from services.crud import flow, query, rules, values
from services.crud.registry import table
from services.platform.i18n import msg

Span = tuple[int, workdays.Unit]

USUAL: Mapping[str, tuple[Span, Span]] = {
    "P1": ((30, "minutes"), (4, "hours")),
    "P2": ((4, "hours"), (1, "workdays")),
    "P3": ((1, "workdays"), (3, "workdays")),
    "P4": ((3, "workdays"), (10, "workdays")),
}
"""Priority → how soon a repair begins, and how soon it is finished, where the centre has set nothing else [J]."""
BACK = {"in_use": "repaired", "in_stock": "restock", "idle": "set_idle"}
"""State of an asset before its repair → the move that brings it back there."""


def deadlines(db: Session, centre: int, priority: str, reported_at: datetime) -> tuple[datetime, datetime]:
    """By when a repair of this priority has to begin, and to be finished."""
    c = table("repair_deadline").sql.c
    own = db.execute(
        select(c.response, c.response_unit, c.fix, c.fix_unit).where(c.centre_id == centre, c.deleted_at.is_(None), c.priority == priority)
    ).first()
    begin, finish = ((own.response, own.response_unit), (own.fix, own.fix_unit)) if own else USUAL[priority]
    return workdays.deadline(db, centre, reported_at, *begin)[0], workdays.deadline(db, centre, reported_at, *finish)[0]


@rules.rule("work_order")
def _where_and_when(change: rules.Change) -> None:
    """The place of the asset, and the two deadlines."""
    new = change.new
    if new.get("asset") is None and new.get("place") is None:
        change.error("place", msg("Choose the asset or the place that needs the repair."))
        return
    if new.get("place") is None:
        new["place"] = query.raw(change.db, table("asset"), new["asset"])["place"]
    if new["reported_at"] > now():
        change.error("reported_at", msg("A fault is reported once it is there: give now or an earlier time."))
    if new["response_due"] is None or change.changed("priority", "reported_at"):
        new["response_due"], new["fix_due"] = deadlines(change.db, change.actor.centre, new["priority"], new["reported_at"])


@rules.rule("work_order")
def _beside_the_asset(change: rules.Change) -> None:
    """What state the asset was in before it went out of use, to bring it back to."""
    new = change.new
    if new.get("asset") is None or not new["out_of_use"] or not change.changed("asset", "out_of_use"):
        return
    state = query.raw(change.db, table("asset"), new["asset"])["state"]
    new["asset_was"] = state if state in USABLE else _as_another_says(change)


def _as_another_says(change: rules.Change) -> str | None:
    """What another open repair remembers of the asset."""
    c = table("work_order").sql.c
    found = select(c.asset_was).where(*_open_repairs(change), c.asset_was.is_not(None))
    return change.db.scalar(found.order_by(c.id.desc()).limit(1))


@rules.guard("work_order", "assign")
def _to_somebody(change: rules.Change) -> None:
    if change.new["assignee"] is None and not change.new["vendor"]:
        change.error("assignee", msg("Choose who repairs it: a colleague or a firm."))


@rules.guard("work_order", "start", "wait", "finish")
def _by_whoever_repairs(change: rules.Change) -> None:
    """Only who is assigned goes on with a repair, or who answers for all of them."""
    actor = change.actor
    if not (actor.trusted or actor.roles.intersection(IN_CHARGE) or (actor.staff is not None and actor.staff == change.new["assignee"])):
        change.error("", msg("Only the person it is assigned to can do this, or whoever answers for repairs."))


@rules.guard("work_order", "start", "finish")
def _begun(change: rules.Change) -> None:
    change.new["responded_at"] = change.new["responded_at"] or now()


@rules.guard("work_order", "finish")
def _fixed(change: rules.Change) -> None:
    new, at = change.new, now()
    new["fixed_at"], new["on_time"] = at, at <= new["fix_due"]
    new["fixed_by"] = change.actor.staff
    hours = Decimal(int((at - new["reported_at"]).total_seconds())) / 3600
    new["downtime"] = hours.quantize(Decimal("0.1")) if new["out_of_use"] else Decimal(0)


@rules.guard("work_order", "reject")
def _not_fixed(change: rules.Change) -> None:
    change.new.update(fixed_at=None, fixed_by=None, on_time=False, downtime=Decimal(0))


@rules.guard("work_order", "accept")
def _accepted(change: rules.Change) -> None:
    change.new["accepted_by"] = change.actor.staff


@rules.rule("work_order")
def _next_deadline(change: rules.Change) -> None:
    new = change.new
    new["cost"] = new["parts_cost"] + new["labour_cost"]
    if new["state"] in ("pending", "assigned") and new["responded_at"] is None:
        new["due"] = new["response_due"]
    else:
        new["due"] = new["fix_due"] if new["state"] in ("assigned", "in_progress", "waiting") else None


# The asset goes to repair and comes back


@rules.effect("work_order")
def _take_out_of_use(change: rules.Change) -> None:
    new = change.new
    if new["asset"] is None or new["state"] not in OPEN or not new["asset_was"] or not change.changed("asset", "out_of_use"):
        return
    asset = _asset(change)
    if asset["state"] == new["asset_was"]:
        flow.move(change.db, change.by_rule, table("asset"), asset["id"], "repair", note=new["no"], version=asset["version"], confirm=True)


@rules.moved("work_order", "accept", "cancel")
def _back_into_use(change: rules.Change) -> None:
    """The asset comes back, unless another repair keeps it out of use."""
    new = change.new
    if new["asset"] is None or not new["asset_was"]:
        return
    asset = _asset(change)
    c = table("work_order").sql.c
    others = select(c.id).where(*_open_repairs(change), c.id != change.id, c.out_of_use)
    if asset["state"] == "repair" and change.db.scalar(others.limit(1)) is None:
        move = BACK[new["asset_was"]]
        flow.move(change.db, change.by_rule, table("asset"), asset["id"], move, note=new["no"], version=asset["version"], confirm=True)


def _open_repairs(change: rules.Change) -> tuple[Any, ...]:
    """The condition of all open repairs of the asset."""
    c = table("work_order").sql.c
    return c.centre_id == change.actor.centre, c.asset == change.new["asset"], c.deleted_at.is_(None), c.state.in_(OPEN)


def _asset(change: rules.Change) -> dict[str, Any]:
    known = table("asset")
    return values.load(change.db, known, [change.new["asset"]], lock="edit")[change.new["asset"]]
