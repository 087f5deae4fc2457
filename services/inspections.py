"""Inspections: when they are due, what follows from their results, and what must not be used meanwhile."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from models.base import link_table
from models.fields import now, today
from models.maintenance import OPEN
from services.crud import query, rules, values, write
from services.crud.registry import table
from services.platform.i18n import N_, Message, msg

LEAD_DAYS = 7
STATUTORY_LEAD_DAYS = 30
"""The application for a statutory inspection goes in a month before its date [L 特种设备安全法 40]."""


def after(day: date, amount: int, unit: str) -> date:
    """The day so many days, weeks, months or years later; the 31st becomes the last day of a shorter month."""
    if unit in ("day", "week"):
        return day + timedelta(days=amount * (7 if unit == "week" else 1))
    year, month = divmod(day.year * 12 + day.month - 1 + amount * (12 if unit == "year" else 1), 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


# Plans


@rules.rule("inspection_plan")
def _next_due(change: rules.Change) -> None:
    """The system keeps the next date: the end of the certificate, or the interval after the last time."""
    new = change.new
    if new["last_done"] is None:
        new["next_due"] = new["starts_on"]
    elif new["last_result"] == "fail":
        new["next_due"] = new["last_done"]
    else:
        new["next_due"] = new["valid_until"] or after(new["last_done"], new["interval"], new["unit"])


@rules.rule("inspection_plan")
def _what_it_is_about(change: rules.Change) -> None:
    new = change.new
    if new.get("asset") is None and new.get("place") is None:
        change.error("asset", msg("Choose the asset or the place that is inspected."))
    if new["lead_days"] is None:
        new["lead_days"] = STATUTORY_LEAD_DAYS if new["kind"] == "statutory" else LEAD_DAYS
    elif new["kind"] == "statutory" and new["lead_days"] < STATUTORY_LEAD_DAYS:
        change.error(
            "lead_days",
            msg("The application goes in a month before the date [特种设备安全法 第40条]: at least {n} days.", n=STATUTORY_LEAD_DAYS),
        )
    if new["kind"] == "statutory" and not new["statutory"]:
        change.error("statutory", msg("A statutory inspection is demanded by law: tick this and name the legal basis."))


# What was found


@rules.rule("inspection_record")
def _complete(change: rules.Change) -> None:
    new = change.new
    if change.verb != "create":
        return
    plan = query.raw(change.db, table("inspection_plan"), new["plan"])
    new["due_on"], new["on_time"] = plan["next_due"], new["done_on"] <= plan["next_due"]
    if new["done_on"] > today():
        change.error("done_on", msg("An inspection is recorded once it has been made: give today or an earlier day."))
    if new["inspector"] is None and not new["firm"]:
        change.error("inspector", msg("Who inspected: a colleague, or a firm or authority?"))
    if plan["kind"] == "statutory" and new["result"] == "pass" and not new["certificate_no"]:
        change.error("certificate_no", msg("A statutory inspection that was passed has a certificate: enter its number."))


@rules.effect("inspection_record")
def _follow(change: rules.Change) -> None:
    """The plan learns of its latest inspection; a fault opens a repair."""
    if change.verb != "create":
        return
    new, db = change.new, change.db
    known = table("inspection_plan")
    plan = values.load(db, known, [new["plan"]], lock="edit")[new["plan"]]
    if plan["last_done"] is None or new["done_on"] >= plan["last_done"]:
        learnt = {"last_done": new["done_on"], "last_result": new["result"], "valid_until": new["valid_until"]}
        write.update(db, change.by_rule, known, plan["id"], learnt, plan["version"], confirm=True)
    if new["result"] != "pass" and not _being_repaired(db, plan):
        _open_repair(change, plan)


def _being_repaired(db: Session, plan: Mapping[str, Any]) -> bool:
    order, record = table("work_order").sql.c, table("inspection_record").sql.c
    found = select(order.id).join(record.id.table, record.id == order.inspection)
    of_plan = (
        record.centre_id == plan["centre_id"],
        order.centre_id == plan["centre_id"],
        record.plan == plan["id"],
        order.deleted_at.is_(None),
        order.state.in_(OPEN),
    )
    return db.scalar(found.where(*of_plan).limit(1)) is not None


def _open_repair(change: rules.Change, plan: Mapping[str, Any]) -> None:
    new = change.new
    failed = new["result"] == "fail"
    fault = msg("Inspection failed: {name}", name=plan["name"]) if failed else msg("To be rectified: {name}", name=plan["name"])
    order = {
        "fault": str(fault)[:120], "description": new["findings"], "asset": plan["asset"], "place": plan["place"],
        "priority": "P3" if not failed else "P1" if plan["statutory"] else "P2",
        "out_of_use": failed and plan["statutory"] and plan["asset"] is not None,
        "came_from": "inspection", "reporter": new["inspector"], "reported_at": now(), "inspection": change.id,
    }  # fmt: skip
    write.create(change.db, change.by_rule, table("work_order"), order, confirm=True)


# What must not be used


def _of(place: int | None, asset: int | None) -> Any:
    """The plans that a place (with what stands in it, and what it depends on) or an asset hangs on."""
    plan, thing, link = table("inspection_plan").sql.c, table("asset").sql.c, link_table("inspection_plan", "places").c
    if place is None:
        return plan.asset == asset
    return or_(
        plan.place == place,
        exists().where(thing.id == plan.asset, thing.place == place, thing.removed_on.is_(None)),
        exists().where(link.owner_id == plan.id, link.target_id == place),
    )


def _plans(db: Session, centre: int, condition: Any, place: int | None, asset: int | None) -> list[Any]:
    c = table("inspection_plan").sql.c
    found = select(c.name, c.basis, c.next_due, c.last_done, c.last_result).where(
        c.centre_id == centre, c.deleted_at.is_(None), c.active, c.statutory, condition, _of(place, asset)
    )
    return list(db.execute(found.order_by(c.next_due)))


def shut(db: Session, centre: int, *, place: int | None = None, asset: int | None = None) -> list[Message]:
    """Why a place or an asset must not be used today: statutory inspections that are overdue or were failed [L 特种设备安全法 33, 40]."""
    c = table("inspection_plan").sql.c
    return [_why(one) for one in _plans(db, centre, or_(c.next_due < today(), c.last_result == "fail"), place, asset)]


def _why(plan: Any) -> Message:
    if plan.last_result == "fail":
        text = N_("“{name}” was failed on {day}: not to be used until it is passed {basis}.")
        return msg(text, name=plan.name, day=plan.last_done, basis=_cited(plan))
    text = N_("“{name}” was due on {day} and is overdue: not to be used until it is passed {basis}.")
    return msg(text, name=plan.name, day=plan.next_due, basis=_cited(plan))


def due_before(db: Session, centre: int, on: date, *, place: int | None = None, asset: int | None = None) -> list[Message]:
    """Statutory inspections that are in order today, but have to be made before that day."""
    c = table("inspection_plan").sql.c
    coming = _plans(db, centre, c.next_due.between(today(), on - timedelta(days=1)) & c.last_result.is_distinct_from("fail"), place, asset)
    return [msg("“{name}” is due on {day}, before this booking: without it the place can't be used {basis}.",
                name=one.name, day=one.next_due, basis=_cited(one)) for one in coming]  # fmt: skip


def _cited(plan: Any) -> str:
    return f"[{plan.basis}]" if plan.basis else ""
