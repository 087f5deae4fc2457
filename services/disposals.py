"""Disposal of assets: decided together, approved by somebody else, written off at once [L 行政事业性国有资产管理条例 19, 35]."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import BigInteger, select, type_coerce
from sqlalchemy.orm import Session

from models.assets import HELD, worn_at
from models.fields import now, today
from models.types import Fen
from services.assets import from_lottery, state_title
from services.crud import flow, query, rules, values, write
from services.crud.registry import table
from services.platform.i18n import LOCAL, msg

LEAVES_BY = {"scrap": "write_off", "loss": "write_off", "transfer": "hand_over", "sale": "write_off", "donation": "hand_over"}
"""Kind of a disposal → the move by which its assets leave."""
FEN = Decimal("0.01")


# Lines


@rules.rule("disposal_line")
def _part_of_a_card(change: rules.Change) -> None:
    """What leaves of the card, and what it is worth."""
    new = change.new
    if change.verb == "delete":
        return
    disposal = query.raw(change.db, table("disposal"), new["disposal"])
    if disposal["state"] not in ("draft", "rejected") and not change.actor.trusted:
        change.error("asset", msg("The disposal has been submitted: its list is not changed any more."))
        return
    asset = query.raw(change.db, table("asset"), new["asset"])
    if asset["state"] not in HELD:
        change.error("asset", msg("{no} is “{state}”: it has left already.", no=asset["no"], state=state_title(asset["state"])))
        return
    new["quantity"] = new["quantity"] or asset["quantity"]
    if new["quantity"] > asset["quantity"]:
        change.error("quantity", msg("The card counts {n} only.", n=asset["quantity"]))
        return
    if disposal["kind"] == "scrap" and not _worn_out(change.db, new["asset"]):
        change.warn("asset", msg("{no} has not reached the end of its useful life: explain why in the reason.", no=asset["no"]))
    new["original_value"] = _part(asset["original_value"], new["quantity"], asset["quantity"])
    new["net"] = _part(_net(change.db, new["asset"]), new["quantity"], asset["quantity"])
    new["lottery"] = from_lottery(change, asset["source"])


def _part(value: Decimal, quantity: int, whole: int) -> Decimal:
    return (value * quantity / whole).quantize(FEN, ROUND_HALF_UP)


def _net(db: Session, asset: int) -> Decimal:
    c = table("asset").sql.c
    until = today().year * 12 + today().month - 1
    found = db.scalar(select(type_coerce(type_coerce(c.original_value, BigInteger) - worn_at(c, until), Fen())).where(c.id == asset))
    return Decimal(found or 0)


def _worn_out(db: Session, asset: int) -> bool:
    return _net(db, asset) == 0


# The course of a disposal


def _lines(change: rules.Change) -> list[dict[str, Any]]:
    c = table("disposal_line").sql.c
    of_this = (c.centre_id == change.actor.centre, c.disposal == change.id, c.deleted_at.is_(None))
    ids = change.db.scalars(select(c.id).where(*of_this).order_by(c.id)).all()
    return list(values.load(change.db, table("disposal_line"), ids).values())


def _cards(change: rules.Change, lines: Iterable[Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
    return values.load(change.db, table("asset"), [line["asset"] for line in lines], lock="edit")


@rules.guard("disposal", "submit")
def _something_to_dispose_of(change: rules.Change) -> None:
    if not _lines(change):
        change.error("", msg("Choose the assets first."))


@rules.guard("disposal", "submit", "approve")
def _decided_together(change: rules.Change) -> None:
    """No disposal without the minutes of the meeting that decided it [L 行政事业性国有资产管理条例 19]."""
    if change.new["minutes"] is None or change.new["decided_on"] is None:
        change.error(
            "minutes",
            msg("A disposal is decided together: attach the minutes and give the day of the meeting [行政事业性国有资产管理条例 第19条]."),
        )


@rules.guard("disposal", "approve")
def _approved(change: rules.Change) -> None:
    new = change.new
    new["approved_by"] = change.actor.staff
    if not new["approval_no"] and any(line["lottery"] for line in _lines(change)):
        change.error(
            "approval_no",
            msg("The welfare lottery fund has paid for some of these assets: enter the number of the civil affairs authority's reply."),
        )


@rules.guard("disposal", "execute")
def _executed(change: rules.Change) -> None:
    new = change.new
    new["executed_on"] = now().astimezone(LOCAL).date()
    if new["kind"] in ("transfer", "sale", "donation") and not new["receiver"]:
        change.error("receiver", msg("Enter who receives it."))
    if new["kind"] == "sale" and new["proceeds"] is None:
        change.error("proceeds", msg("Enter the proceeds; they go to the treasury."))


@rules.moved("disposal", "submit")
def _set_aside(change: rules.Change) -> None:
    """Whole cards that shall leave are set aside until it is decided."""
    lines = _lines(change)
    cards = _cards(change, lines)
    proposable = next(one for one in table("asset").flow.moves if one.name == "propose").sources  # type: ignore[union-attr]
    for line in lines:
        card = cards[line["asset"]]
        if card["state"] not in HELD:
            raise write.Invalid({"": [msg("{no} is “{state}”: it has left already.", no=card["no"], state=state_title(card["state"]))]})
        if line["quantity"] == card["quantity"] and card["state"] in proposable:
            _move(change, card, "propose")


@rules.moved("disposal", "cancel", "reject")
def _give_back(change: rules.Change) -> None:
    for card in _cards(change, _lines(change)).values():
        if card["state"] == "to_scrap":
            _move(change, card, "keep")


@rules.moved("disposal", "execute")
def _write_off(change: rules.Change) -> None:
    """The assets leave the books at once; of a batch only the part that goes [L 行政事业性国有资产管理条例 35]."""
    lines = _lines(change)
    cards = _cards(change, lines)
    for line in lines:
        card = cards[line["asset"]]
        if card["state"] not in HELD or card["quantity"] < line["quantity"]:
            raise write.Invalid({"": [msg("{no} is “{state}”: it has left already.", no=card["no"], state=state_title(card["state"]))]})
        if line["quantity"] == card["quantity"]:
            _move(change, card, LEAVES_BY[change.new["kind"]], removed_on=change.new["executed_on"])
        else:
            left = {"quantity": card["quantity"] - line["quantity"], "original_value": card["original_value"] - line["original_value"]}
            write.update(
                change.db, change.by_rule, table("asset"), card["id"], left, card["version"], reason=change.new["no"], confirm=True
            )


def _move(change: rules.Change, card: Mapping[str, Any], name: str, **given: Any) -> None:
    flow.move(
        change.db, change.by_rule, table("asset"), card["id"], name, given, note=change.new["no"], version=card["version"], confirm=True
    )
