"""Supplies: what is on hand is the sum of all movements, never below zero; what expires first goes first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from models.fields import now, today
from models.resources import INCOMING, signed
from services.crud import query, rules, write
from services.crud.errors import Invalid
from services.crud.registry import table
from services.platform.i18n import Message, msg

FOUND_OTHERWISE = ("surplus", "shortage", "scrap")
"""Kinds that a second person approves."""
OPEN = ("submitted", "approved")
"""States of a request in which it waits for somebody."""


def _c(name: str) -> Any:
    return table(name).sql.c


def _row(db: Session, name: str, id: int) -> Mapping[str, Any]:
    return query.raw(db, table(name), id)


# Items and lots


@rules.rule("supply_item")
def _item_with_stock(change: rules.Change) -> None:
    if change.verb != "edit" or not change.old["on_hand"]:
        return
    if change.changed("tracks_expiry"):
        change.error("tracks_expiry", msg("Only while there is none in stock: issue or write off the rest first."))
    if change.old["active"] and not change.new["active"]:
        change.error("active", msg("There is still some in stock: issue or write off the rest first."))
    if change.changed("unit"):
        change.warn("unit", msg("What is on hand was counted in “{unit}”: is it the same number in the new unit?", unit=change.old["unit"]))


@rules.rule("stock_lot")
def _lot_stays_with_its_item(change: rules.Change) -> None:
    if change.verb == "edit" and change.changed("item"):
        change.error("item", msg("A lot belongs to its item for good: make another lot."))


# Movements


@dataclass(frozen=True)
class Part:
    """What one lot gives to an issue."""

    lot: int
    quantity: Decimal


@rules.rule("stock_move")
def _movement(change: rules.Change) -> None:
    new, db = change.new, change.db
    item = _row(db, "supply_item", new["item"])
    if new.get("reverses") is not None:
        _reversal(change)
    if any(change.errors.values()):
        return
    _completed(change, item)
    _second_person(change)
    if new.get("request") is not None:
        _of_request(change)
    if item["tracks_expiry"]:
        _lots(change, item)
    elif new.get("lot") is not None:
        change.error("lot", msg("“{item}” is not kept by lot.", item=item["name"]))
    if not any(change.errors.values()):
        _amounts(change, item)


def _adds(move: Mapping[str, Any]) -> bool:
    """Whether a movement adds to the stock."""
    return (move["kind"] in INCOMING) == (move.get("reverses") is None)


def _reversal(change: rules.Change) -> None:
    """A reversal does the opposite of one movement, at most as much as is left of it."""
    new, db = change.new, change.db
    undone = _row(db, "stock_move", new["reverses"])
    if undone["reverses"] is not None:
        change.error("reverses", msg("{no} is itself a reversal: record the movement anew instead.", no=undone["no"]))
        return
    for name in ("item", "kind"):
        if new[name] != undone[name]:
            change.error(name, msg("A reversal has the same item and kind as the movement it undoes ({no}).", no=undone["no"]))
    if new.get("lot") not in (None, undone["lot"]):
        change.error("lot", msg("A reversal is of the same lot as the movement it undoes ({no}).", no=undone["no"]))
    c = _c("stock_move")
    done = db.scalar(select(func.sum(c.quantity)).where(c.reverses == undone["id"])) or Decimal(0)
    if new["quantity"] > undone["quantity"] - done:
        change.error("quantity", msg("Of {no} only {left} can still be reversed.", no=undone["no"], left=undone["quantity"] - done))
    if not new.get("reason"):
        change.error("reason", msg("Say why the movement is reversed."))
    new.update({name: undone[name] for name in ("lot", "unit_price", "request", "request_line", "department", "receiver")})


def _completed(change: rules.Change, item: Mapping[str, Any]) -> None:
    new = change.new
    if new.get("unit_price") is None:
        new["unit_price"] = item["unit_price"]
    if new["kind"] == "issue" and new.get("department") is None and new.get("receiver") is not None:
        staff = _c("staff")
        new["department"] = change.db.scalar(select(staff.department).where(staff.id == new["receiver"]))
    if new["kind"] in FOUND_OTHERWISE and not new.get("reason"):
        change.error("reason", msg("Say what was found, and why."))


def _second_person(change: rules.Change) -> None:
    approver = change.new.get("approved_by")
    if approver is not None and approver == change.actor.staff:
        change.error("approved_by", msg("Somebody other than you approves this."))


def _of_request(change: rules.Change) -> None:
    """Issues for a request follow from handing it out; what comes back is at most what was handed out."""
    new = change.new
    if new.get("request_line") is None:
        lines = _c("resource_request_line")
        new["request_line"] = change.db.scalar(
            select(lines.id).where(lines.request == new["request"], lines.item == new["item"], lines.deleted_at.is_(None))
        )
        if new["request_line"] is None:
            change.error("request", msg("This request does not ask for this item."))
            return
        if new["kind"] == "issue":
            change.error("request", msg("Things for a request are handed out with the request itself."))
            return
    if new["kind"] == "return":
        given = sum((left for _lot, left in _given(change.db, new["request_line"])), Decimal(0))
        if new["quantity"] > given and new.get("reverses") is None:
            change.error("quantity", msg("Only {given} were handed out for this request and have not come back.", given=given))


def _given(db: Session, line: int) -> list[tuple[int | None, Decimal]]:
    """Lot by lot (None: not kept by lot) how much of a request's line was handed out and has not come back."""
    c = _c("stock_move")
    found = db.execute(
        select(c.lot, func.sum(signed(c))).where(c.request_line == line, c.deleted_at.is_(None)).group_by(c.lot).order_by(c.lot)
    )
    return [(lot, -change) for lot, change in found if change < 0]


def _lots(change: rules.Change, item: Mapping[str, Any]) -> None:
    """Which lot a movement is of; an issue without one takes what expires first, from several lots if need be."""
    new, db = change.new, change.db
    if new.get("lot") is None:
        if _adds(new) or new["kind"] not in ("issue", "shortage"):
            change.error("lot", msg("“{item}” is kept by lot: choose the lot, or add a new one.", item=item["name"]))
            return
        parts = list(first_expiring(db, item["id"], new["quantity"], usable=new["kind"] == "issue"))
        there = sum((part.quantity for part in parts), Decimal(0))
        if there < new["quantity"]:
            change.error("quantity", _short(item, there))
            return
        new["lot"], new["quantity"] = parts[0].lot, parts[0].quantity
        change.kept["rest"] = parts[1:]
        change.kept["whole"] = sum((part.quantity for part in parts), Decimal(0))
        return
    lot = _row(db, "stock_lot", new["lot"])
    expired = lot["expires_on"] < today()
    if expired and new["kind"] == "issue" and new.get("reverses") is None:
        change.error("lot", msg("Lot {lot} expired on {day}: it can only be written off.", lot=lot["lot_no"], day=lot["expires_on"]))
    if expired and new["kind"] == "receipt" and new.get("reverses") is None:
        change.error("lot", msg("Lot {lot} expired on {day}: don't take it into the store.", lot=lot["lot_no"], day=lot["expires_on"]))
    if not _adds(new) and lot["on_hand"] < new["quantity"]:
        change.error("quantity", msg("Lot {lot} holds only {there}.", lot=lot["lot_no"], there=lot["on_hand"]))


def first_expiring(db: Session, item: int, quantity: Decimal, *, usable: bool = True) -> Iterator[Part]:
    """The lots that give a quantity, first those that expire first; `usable`: without expired ones. They may give less."""
    c = _c("stock_lot")
    lots = select(c.id, c.on_hand).where(c.item == item, c.deleted_at.is_(None), c.on_hand > 0).order_by(c.expires_on, c.id)
    for lot in db.execute(lots.where(c.expires_on >= today()) if usable else lots):
        if quantity <= 0:
            return
        taken = min(quantity, lot.on_hand)
        quantity -= taken
        yield Part(lot.id, taken)


def _amounts(change: rules.Change, item: Mapping[str, Any]) -> None:
    new = change.new
    quantity = change.kept.get("whole", new["quantity"])
    if not _adds(new) and item["on_hand"] < quantity:
        change.error("quantity", _short(item, item["on_hand"]))
    if new["kind"] == "receipt" and item["maximum"] is not None and _adds(new) and item["on_hand"] + quantity > item["maximum"]:
        change.warn("quantity", msg("With this there are {there} {unit}; the maximum is {maximum}.",
                                    there=item["on_hand"] + quantity, unit=item["unit"], maximum=item["maximum"]))  # fmt: skip


def _short(item: Mapping[str, Any], there: Decimal) -> Message:
    return msg("Not enough “{item}” in stock: {there} {unit} are there.", item=item["name"], there=there, unit=item["unit"])


@rules.effect("stock_move")
def _counted(change: rules.Change) -> None:
    """Count the movement in item and lot, in its transaction: the condition holds even when two write at once."""
    new = change.new
    amount = new["quantity"] if _adds(new) else -new["quantity"]
    for name, id in (("supply_item", new["item"]), ("stock_lot", new.get("lot"))):
        if id is None:
            continue
        c = _c(name)
        done = change.db.execute(update(table(name).sql).where(c.id == id, c.on_hand + amount >= 0).values(on_hand=c.on_hand + amount))
        if done.rowcount != 1:  # type: ignore[attr-defined]
            raise Invalid({"quantity": [_taken()]})
    _not_twice(change)
    for part in change.kept.get("rest", ()):
        rest = {name: new[name] for name in _SHARED if new.get(name) is not None}
        write.create(change.db, change.by_rule, change.table, {**rest, "lot": part.lot, "quantity": part.quantity}, confirm=True)


def _not_twice(change: rules.Change) -> None:
    """The item's row is locked by now: nobody else reverses or returns the same things at the same moment."""
    new, c = change.new, _c("stock_move")
    over = False
    if new.get("reverses") is not None:
        undone = change.db.scalar(select(c.quantity).where(c.id == new["reverses"])) or Decimal(0)
        over = (change.db.scalar(select(func.sum(c.quantity)).where(c.reverses == new["reverses"])) or Decimal(0)) > undone
    elif new["kind"] == "return" and new.get("request_line") is not None:
        over = (change.db.scalar(select(func.sum(signed(c))).where(c.request_line == new["request_line"])) or Decimal(0)) > 0
    if over:
        raise Invalid({"quantity": [_taken()]})


def _taken() -> Message:
    return msg("Somebody else has just taken some of it: look at what is there now, and try again.")


_SHARED = (
    "kind",
    "item",
    "unit_price",
    "moved_on",
    "receiver",
    "department",
    "request",
    "request_line",
    "document",
    "approved_by",
    "reason",
)
"""What the movements of one issue over several lots have in common."""


# Requests


@rules.rule("resource_request")
def _from_the_applicant(change: rules.Change) -> None:
    new = change.new
    if change.verb == "create":
        new["applicant"] = new.get("applicant") or change.actor.staff
        if new["applicant"] is None:
            change.error("", msg("Your account belongs to no member of staff: ask the administrator to link it."))
            return
    if new.get("applicant") is not None and new.get("department") is None:
        staff = _c("staff")
        new["department"] = change.db.scalar(select(staff.department).where(staff.id == new["applicant"]))


@rules.rule("resource_request_line")
def _line_in_its_time(change: rules.Change) -> None:
    """What is asked for changes in the draft only; how much is granted is for who approves, later only downwards."""
    if change.new.get("request") is None:
        return
    c = _c("resource_request")
    request = change.db.execute(select(c.state, c.applicant).where(c.id == change.new["request"])).first()
    state = request.state if request is not None else "draft"
    asked = change.verb != "edit" or change.changed("item", "quantity", "request", "note")
    granted = change.changed("approved") if change.verb in ("create", "edit") else False
    mine = change.actor.trusted or request is None or request.applicant == change.actor.staff
    if asked and (state != "draft" or not mine):
        change.error("", msg("What is asked for can be changed only by the applicant, and only before it is submitted."))
    if not granted or change.actor.trusted:
        return
    if state == "draft" or mine:
        change.error("approved", msg("Who approves the request says how much is granted."))
    elif state == "approved":
        before = change.old.get("approved")
        limit = change.old["quantity"] if before is None else before
        if change.new.get("approved") is None or change.new["approved"] > limit:
            change.error("approved", msg("After approval less can be granted, never more."))
    elif state != "submitted":
        change.error("approved", msg("This request is finished."))


@dataclass(frozen=True)
class _Wanted:
    line: int
    item: Mapping[str, Any]
    quantity: Decimal


def _wanted(db: Session, request: int) -> list[_Wanted]:
    """What is granted line by line, without lines of nothing."""
    c = _c("resource_request_line")
    lines = db.execute(select(c.id, c.item, c.quantity, c.approved).where(c.request == request, c.deleted_at.is_(None)).order_by(c.id))
    granted = ((line, line.quantity if line.approved is None else line.approved) for line in lines.all())
    return [_Wanted(line.id, _row(db, "supply_item", line.item), quantity) for line, quantity in granted if quantity > 0]


@rules.guard("resource_request", "submit")
def _something_is_asked_for(change: rules.Change) -> None:
    assert change.id is not None
    if not _wanted(change.db, change.id):
        change.error("", msg("Add what you need before you submit the request."))
    change.new["submitted_at"] = now()


@rules.guard("resource_request", "send_back")
def _not_submitted(change: rules.Change) -> None:
    change.new["submitted_at"] = None


@rules.guard("resource_request", "approve", "refuse")
def _who_decided(change: rules.Change) -> None:
    change.new["approver"] = change.actor.staff


@rules.guard("resource_request", "issue")
def _enough_is_there(change: rules.Change) -> None:
    assert change.id is not None
    wanted = _wanted(change.db, change.id)
    if not wanted:
        change.error("", msg("Nothing was granted: there is nothing to hand out."))
    for one in wanted:
        there = one.item["on_hand"]
        if one.item["tracks_expiry"]:
            there = sum((part.quantity for part in first_expiring(change.db, one.item["id"], one.quantity)), Decimal(0))
        if there < one.quantity:
            change.error("", msg("Not enough “{item}” in stock: {wanted} {unit} are granted, {there} can be issued.", item=one.item["name"],
                                 wanted=one.quantity, there=there, unit=one.item["unit"]))  # fmt: skip
    change.new.update(issuer=change.actor.staff, issued_at=now())


@rules.moved("resource_request", "issue")
def _handed_out(change: rules.Change) -> None:
    assert change.id is not None
    for one in _wanted(change.db, change.id):
        _move(change, one.line, "issue", one.item["id"], one.quantity, None)


@rules.guard("resource_request", "return")
def _something_to_return(change: rules.Change) -> None:
    assert change.id is not None
    if not list(_lent(change.db, change.id)):
        change.error("", msg("Nothing of it was lent, or all has come back already."))


@rules.moved("resource_request", "return")
def _taken_back(change: rules.Change) -> None:
    assert change.id is not None
    for line, item, lot, quantity in list(_lent(change.db, change.id)):
        _move(change, line, "return", item, quantity, lot)


def _lent(db: Session, request: int) -> Iterator[tuple[int, int, int | None, Decimal]]:
    """(line, item, lot, quantity) of what comes back after use and has not come back yet."""
    for one in _wanted(db, request):
        if one.item["returnable"]:
            for lot, quantity in _given(db, one.line):
                yield one.line, one.item["id"], lot, quantity


def _move(change: rules.Change, line: int, kind: str, item: int, quantity: Decimal, lot: int | None) -> None:
    values = {
        "kind": kind,
        "item": item,
        "quantity": quantity,
        "lot": lot,
        "receiver": change.new["applicant"],
        "department": change.new["department"],
        "request": change.id,
        "request_line": line,
        "moved_on": today(),
    }
    write.create(change.db, change.by_rule, table("stock_move"), values, confirm=True)
