"""Stocktakes: the list by the books, the differences, and what approval makes of them [L 行政事业性国有资产管理条例 34, 39]."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.assets import HELD
from services.crud import load, query, rules, values, write
from services.crud.registry import table
from services.platform.i18n import Message, msg, nmsg


def _line() -> Any:
    return table("stocktake_line").sql.c


# Lines


@rules.rule("stocktake_line")
def _result(change: rules.Change) -> None:
    """What was counted against what the books say gives the result; a difference is explained."""
    new = change.new
    stocktake = query.raw(change.db, table("stocktake"), new["stocktake"])
    if stocktake["state"] != "counting" and not change.actor.trusted:
        change.error("counted", msg("Lines are entered while counting is on. Start the stocktake first, or have it sent back."))
        return
    if change.verb == "delete":
        if new["asset"] is not None and not change.actor.trusted:
            change.error("", msg("What should be there stays on the list. If it is not there, enter 0."))
        return
    if new["asset"] is not None and change.changed("asset"):
        _from_the_card(change)
    counted, expected = new["counted"], new["expected"]
    if counted is None:
        new["result"] = "open"
    else:
        new["result"] = "match" if counted == expected else "surplus" if counted > expected else "missing"
    if new["result"] in ("surplus", "missing") and not new["explanation"]:
        change.error(
            "explanation", msg("Explain the difference: {expected} by the books, {counted} there.", expected=expected, counted=counted)
        )
    if new["asset"] is None:
        _without_a_card(change)


def _from_the_card(change: rules.Change) -> None:
    new = change.new
    asset = query.raw(change.db, table("asset"), new["asset"])
    new.update(name=asset["name"], place=asset["place"], keeper=asset["keeper"], expected=asset["quantity"], asset_class=None, value=None)


def _without_a_card(change: rules.Change) -> None:
    """A thing without a card is surplus; its class and value are needed to make one."""
    new = change.new
    if new["counted"] == 0:
        change.error("counted", msg("A thing without a card was found: count at least 1."))
    for name in ("found_in", "asset_class", "value"):
        if new[name] is None:
            change.error(name, msg("Needed to make a card for it."))


# The course of a stocktake


@rules.moved("stocktake", "start")
def _write_the_list(change: rules.Change) -> None:
    """All assets that should be in the chosen places (without a choice: everywhere)."""
    c, places = table("asset").sql.c, change.new["places"]
    chosen = select(c.id, c.name, c.place, c.keeper, c.quantity).where(
        c.centre_id == change.actor.centre, c.deleted_at.is_(None), c.state.in_(HELD), *([c.place.in_(places)] if places else [])
    )
    listed = [
        {"stocktake": change.id, "asset": one.id, "name": one.name, "place": one.place, "keeper": one.keeper, "expected": one.quantity}
        for one in change.db.execute(chosen.order_by(c.place, c.id))
    ]
    if not listed:
        raise write.Invalid({"": [msg("There are no assets in these places.")]})
    load.load(change.db, change.by_rule, table("stocktake_line"), listed)


@rules.guard("stocktake", "submit")
def _all_counted(change: rules.Change) -> None:
    left = _count(change, _line().result == "open")
    if left:
        change.error("", nmsg("{n} line is not counted yet. Enter what is there; 0 if nothing is.",
                              "{n} lines are not counted yet. Enter what is there; 0 if nothing is.", left))  # fmt: skip
    unexplained = _count(change, _line().result.in_(("surplus", "missing")), func.coalesce(_line().explanation, "") == "")
    if unexplained:
        change.error("", nmsg("{n} difference is not explained.", "{n} differences are not explained.", unexplained))


def _count(change: rules.Change, *conditions: Any) -> int:
    return change.db.scalar(select(func.count()).where(*_of_this(change), *conditions)) or 0


def _of_this(change: rules.Change) -> tuple[Any, ...]:
    c = _line()
    return c.centre_id == change.actor.centre, c.stocktake == change.id, c.deleted_at.is_(None)


@rules.guard("stocktake", "approve")
def _who_approves(change: rules.Change) -> None:
    change.new["approved_by"] = change.actor.staff


@rules.moved("stocktake", "approve")
def _apply(change: rules.Change) -> None:
    """Cards learn when and where their asset was seen; surplus things get a card, for missing ones a disposal is drawn up."""
    db = change.db
    c = _line()
    ids = db.scalars(select(c.id).where(*_of_this(change)).order_by(c.id)).all()
    lines = list(values.load(db, table("stocktake_line"), ids).values())
    assets = values.load(db, table("asset"), [line["asset"] for line in lines if line["asset"]], lock="edit")
    for line in lines:
        if line["asset"] is None:
            _make_card(change, line)
        elif assets[line["asset"]]["state"] in HELD:
            _bring_up_to_date(change, line, assets[line["asset"]])
    missing = [line for line in lines if line["result"] == "missing" and assets[line["asset"]]["state"] in HELD]
    if missing:
        _draw_up_disposal(change, missing)


def _make_card(change: rules.Change, line: Mapping[str, Any]) -> None:
    new = change.new
    source = _own_source(change.db, change.actor.centre)
    if source is None:
        raise write.Invalid({"": [msg("Add a source of funds first: the card of a surplus thing needs one.")]})
    card = {
        "name": line["name"], "asset_class": line["asset_class"], "quantity": line["counted"], "original_value": line["value"],
        "place": line["found_in"], "keeper": new["counter"], "source": source, "acquired_on": new["counted_on"], "origin": "found",
        "note": f"{new['no']} {line['explanation'] or ''}".strip(),
    }  # fmt: skip
    write.create(change.db, change.by_rule, table("asset"), card, confirm=True)


def _own_source(db: Session, centre: int) -> int | None:
    """The source that surplus things are entered under: the centre's own income, else the first one."""
    c = table("fund_source").sql.c
    found = select(c.id).where(c.centre_id == centre, c.deleted_at.is_(None), c.active)
    return db.scalar(found.order_by((c.kind == "own_income").desc(), c.restricted, c.id).limit(1))


def _bring_up_to_date(change: rules.Change, line: Mapping[str, Any], asset: Mapping[str, Any]) -> None:
    new = change.new
    learnt: dict[str, Any] = {}
    if line["counted"] and (asset["counted_on"] is None or asset["counted_on"] < new["counted_on"]):
        learnt["counted_on"] = new["counted_on"]
    if line["found_in"] and line["found_in"] != asset["place"]:
        learnt["place"] = line["found_in"]
    if line["result"] == "surplus":
        learnt["quantity"] = asset["quantity"] + line["counted"] - line["expected"]
    if learnt:
        write.update(change.db, change.by_rule, table("asset"), asset["id"], learnt, asset["version"], confirm=True)


def _draw_up_disposal(change: rules.Change, missing: Sequence[Mapping[str, Any]]) -> None:
    new = change.new
    lines = [
        {"asset": line["asset"], "quantity": line["expected"] - line["counted"], "note": line["explanation"][:200]} for line in missing
    ]
    reason: Message = msg("Missing in the stocktake {no}", no=new["no"])
    values_ = {"kind": "loss", "reason": str(reason), "applicant": new["counter"], "stocktake": change.id}
    write.create(change.db, change.by_rule, table("disposal"), values_, {"disposal_line": lines}, confirm=True)
