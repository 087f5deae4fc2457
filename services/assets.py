"""Asset cards and the moves of assets between places and people."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from models.assets import HELD
from models.fields import now
from services.crud import flow, query, rules, values, write
from services.crud.registry import table
from services.platform.i18n import LOCAL, label, msg

LOTTERY = "lottery"
"""Kind of the sources of funds whose assets need a plate [R-LOT]."""
FIGURES = ("original_value", "life_months", "acquired_on", "quantity")
SOURCES = {
    "issue": ("in_stock", "idle"),
    "hand_in": ("in_use", "lent", "idle"),
    "relocate": ("in_stock", "in_use", "idle"),
    "lend": ("in_stock", "in_use", "idle"),
}
"""Kind of an asset move → the states from which it can be made."""


def state_title(state: str) -> Any:
    """The state of an asset in words."""
    return label("asset", next(one.title for one in table("asset").fields["state"].spec.choices if one.code == state))


# Cards


@rules.rule("asset")
def _where_it_begins(change: rules.Change) -> None:
    """A new asset is in stock if it goes to a store room, otherwise in use; it belongs to the department of its keeper."""
    new = change.new
    if change.verb != "create":
        return
    place, keeper = query.raw(change.db, table("place"), new["place"]), query.raw(change.db, table("staff"), new["keeper"])
    new["state"] = "in_stock" if place["function"] == "storage" else "in_use"
    new["department"] = new.get("department") or keeper["department"]
    if keeper["status"] == "left":
        change.error("keeper", msg("This person has left. Choose somebody who works here."))


@rules.rule("asset")
def _life_and_class(change: rules.Change) -> None:
    """The useful life is not below the shortest one of the class [K 政府会计准则第3号应用指南]."""
    new = change.new
    if change.verb not in ("create", "edit") or not change.changed("asset_class", "life_months"):
        return
    known = query.raw(change.db, table("asset_class"), new["asset_class"])
    shortest = known["life_months"]
    if shortest is None:
        new["life_months"] = None
    elif new.get("life_months") is None:
        new["life_months"] = shortest
    elif new["life_months"] < shortest:
        change.error(
            "life_months", msg("The shortest life of “{name}” is {n} months [政府会计准则第3号应用指南].", name=known["name"], n=shortest)
        )


@rules.rule("asset")
def _large_enough(change: rules.Change) -> None:
    """A thing below the threshold is no fixed asset, unless it belongs to a batch of its kind [K 事业单位财务规则]."""
    new = change.new
    if change.verb not in ("create", "edit") or not change.changed("original_value", "quantity", "asset_class"):
        return
    threshold = query.raw(change.db, table("asset_class"), new["asset_class"])["threshold"]
    if new["quantity"] == 1 and new["original_value"] < threshold:
        below = msg(
            "Below {threshold} yuan apiece it is no fixed asset [事业单位财务规则]: keep it with the supplies, unless it belongs to a "
            "batch of its kind.", threshold=threshold,
        )  # fmt: skip
        change.warn("original_value", below)


@rules.rule("asset")
def _plate(change: rules.Change) -> None:
    """What the welfare lottery fund has paid for bears its plate [R-LOT]."""
    new = change.new
    if change.verb in ("create", "edit") and change.changed("source", "plate") and not new["plate"] and from_lottery(change, new["source"]):
        change.error("plate", msg("The welfare lottery fund pays for this: fix the plate 彩票公益金资助—中国福利彩票, then tick this."))


def from_lottery(change: rules.Change, source: int) -> bool:
    """Whether a source of funds is money of the welfare lottery."""
    return bool(query.raw(change.db, table("fund_source"), source)["kind"] == LOTTERY)


@rules.rule("asset")
def _gone_is_gone(change: rules.Change) -> None:
    """The card of an asset that has left is not changed any more."""
    if change.verb == "edit" and change.old["state"] not in HELD and not change.actor.trusted:
        change.error("", msg("This asset has left the centre: its card is not changed any more."))


@rules.rule("asset")
def _figures_in_the_books(change: rules.Change) -> None:
    """Changing what depreciation is worked out from, after it has been entered, calls for a correction."""
    if change.verb != "edit" or change.actor.trusted or not change.changed(*FIGURES[:3]):
        return
    c = table("depreciation").sql.c
    booked = change.db.scalar(
        select(func.sum(c.amount)).where(c.centre_id == change.actor.centre, c.asset == change.id, c.deleted_at.is_(None))
    )
    if booked:
        entered = msg(
            "{amount} yuan of depreciation are in the books already. The difference is entered as a correction with the next month.",
            amount=booked,
        )
        change.warn("original_value", entered)


@rules.guard("asset", "write_off", "hand_over")
def _leaves_today(change: rules.Change) -> None:
    change.new["removed_on"] = now().astimezone(LOCAL).date()


# Moves


@rules.rule("asset_move")
def _move_fits(change: rules.Change) -> None:
    """An asset can only be handed on from where it is."""
    new = change.new
    if change.verb != "create":
        return
    asset = query.raw(change.db, table("asset"), new["asset"])
    new["from_place"], new["from_keeper"] = asset["place"], asset["keeper"]
    if asset["state"] not in SOURCES[new["kind"]]:
        change.error(
            "asset", msg("{no} is “{state}”: this move can't be made from there.", no=asset["no"], state=state_title(asset["state"]))
        )
    if new["moved_on"] < asset["acquired_on"]:
        change.error("moved_on", msg("The asset was acquired on {day}: it can't move before that.", day=asset["acquired_on"]))
    if new["kind"] == "lend":
        return
    keeper = query.raw(change.db, table("staff"), new["to_keeper"])
    new["to_department"] = new.get("to_department") or keeper["department"]
    if keeper["status"] == "left" and new["kind"] != "hand_in":
        change.error("to_keeper", msg("This person has left. Choose somebody who works here."))
    if new["kind"] == "relocate" and (new["to_place"], new["to_keeper"]) == (asset["place"], asset["keeper"]):
        change.error("to_place", msg("The asset is there already, and this person keeps it."))


@rules.effect("asset_move")
def _move_the_asset(change: rules.Change) -> None:
    """Place, keeper and state of the asset follow its move in the same transaction."""
    new, db = change.new, change.db
    known = table("asset")
    asset = values.load(db, known, [new["asset"]], lock="edit")[new["asset"]]
    if asset["state"] not in SOURCES[new["kind"]] or (asset["place"], asset["keeper"]) != (new["from_place"], new["from_keeper"]):
        raise write.Invalid({"asset": [msg("Somebody else has just moved this asset. Look at its card and try again.")]})
    there: Mapping[str, Any] = {"place": new["to_place"], "keeper": new["to_keeper"], "department": new["to_department"]}
    if new["kind"] == "relocate":
        write.update(db, change.by_rule, known, asset["id"], there, asset["version"], confirm=True)
        return
    if new["kind"] == "lend":
        there = {"borrower": new["borrower"], "due_back": new["due_back"]}
    elif asset["state"] == "lent":
        there = {**there, "borrower": None, "due_back": None}
    if new["kind"] == "issue" and asset["in_service_on"] is None:
        there = {**there, "in_service_on": max(new["moved_on"], asset["acquired_on"])}
    flow.move(db, change.by_rule, known, asset["id"], new["kind"], there, version=asset["version"], confirm=True)
