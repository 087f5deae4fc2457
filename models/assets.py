"""6.2 What the centre owns: classes, cards, moves and depreciation of its assets."""

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import BigInteger, and_, case, cast, type_coerce

from models.base import Chart, Check, Child, Flow, Move, Record, Screen
from models.expressions import days_between, month_number, share, summing
from models.fields import (
    EMPTY,
    Choice,
    Kind,
    When,
    choice,
    computed,
    day,
    image,
    integer,
    long_text,
    money,
    number,
    parent,
    reference,
    text,
    today,
    yes_no,
)
from models.fields import code as short_code
from models.types import Fen

GROUPS = (
    Choice("building", "Buildings and structures", "purple"),
    Choice("equipment", "Equipment", "blue"),
    Choice("relic", "Cultural relics and exhibits", "yellow"),
    Choice("books", "Books and archives", "teal"),
    Choice("furniture", "Furniture and utensils", "green"),
    Choice("living", "Special animals and plants", "orange"),
    Choice("intangible", "Intangible assets", "grey"),
)


class AssetClass(Record, table=True):
    """6.2 A class of assets by the national classification, with its shortest life."""

    __screen__ = Screen(
        "Asset class", "Asset classes", area="facilities", section="6.2", icon="category", order=60, few=True,
        titles=("name",), second=("code", "life_months"), sort="code",
        help="Classes of GB/T 14885. The shortest life comes from the guide to the government accounting standard no. 3; without one, "
             "assets of the class are not depreciated (relics, animals and plants, books).",
        empty="Add the classes that the centre's assets belong to.", children=(Child("asset", "asset_class", title="Assets"),),
    )  # fmt: skip
    __rights__ = {"facility accountant": "all", "*": "read"}
    __charts__ = (
        Chart(name="groups", title="Classes by group", by="group"),
        Chart(name="value", title="Original value by class", measure="sum:value", by="group"),
    )
    __checks__ = (
        Check("life_positive", lambda t: t.life_months >= 1, "The life must be at least one month.", "life_months"),
        Check("threshold_not_negative", lambda t: t.threshold >= 0, "The threshold can't be negative.", "threshold"),
    )

    code: str = short_code("Class code", max_length=20, unique=True, column=True, search=True, pattern=r"A\d{2,12}",
                           pattern_help="A and digits, as in GB/T 14885.", example="A02010105")  # fmt: skip
    name: str = text("Name", max_length=80, column=True, search=True, example="台式计算机")
    above: int | None = parent("Class above", "asset_class", column=True, filter=True)
    group: str = choice("Group", GROUPS, column=True, filter=True)
    life_months: int | None = integer("Shortest life", unit="months", ge=1, le=1200, column=True, help="Empty: not depreciated.")
    threshold: Decimal = money("Counts as an asset from", default=Decimal(1000), ge=0,
                               help="Unit price from which a thing kept for over a year is a fixed asset [事业单位财务规则].")  # fmt: skip
    value: ClassVar = computed("Original value", Kind.MONEY,
                               summing("asset", "asset_class", "original_value", lambda a: a.removed_on.is_(None)),
                               unit="元", places=2, column=True, sum=True)  # fmt: skip


# Depreciation: straight line, no residual value [K 政府会计准则第3号]


def months_worn(acquired: Any, removed: Any, until: Any) -> Any:
    """Months depreciated up to the month numbered `until`: from the month of addition, not in the month of removal."""
    last = case((and_(removed.is_not(None), month_number(removed) - 1 < until), month_number(removed) - 1), else_=until)
    months = last - month_number(acquired) + 1
    return case((months > 0, months), else_=0)


def shared_out(fen: Any, among: Any) -> Any:
    """Whole fen for each of so many, half up."""
    return (fen * 2 + among) // (among * 2)


def worn(value: Any, life: Any, months: Any) -> Any:
    """Fen after so many months: equal months, the last one takes what is left; nothing without a life."""
    so_far = months * shared_out(value, life)
    return case((life.is_(None), 0), (months >= life, value), (so_far > value, value), else_=so_far)


def _value(t: Any) -> Any:
    return type_coerce(t.original_value, BigInteger)


def worn_at(t: Any, until: Any) -> Any:
    """Accumulated depreciation of an asset, in fen, at the end of the month numbered `until`."""
    return cast(worn(_value(t), t.life_months, months_worn(t.acquired_on, t.removed_on, until)), BigInteger)


def _last_month(t: Any) -> Any:
    return month_number(t.today) - 1


def _worn(t: Any) -> Any:
    return worn_at(t, _last_month(t))


def _left(t: Any) -> Any:
    return _value(t) - _worn(t)


def _held(t: Any) -> Any:
    return t.removed_on.is_(None)


ORIGINS = (
    Choice("bought", "Bought", "blue"),
    Choice("built", "Built", "purple"),
    Choice("received", "Transferred in", "teal"),
    Choice("donated", "Donated", "green"),
    Choice("found", "Found in a stocktake", "orange"),
)
ASSET_STATES = (
    Choice("in_stock", "In stock", "teal"),
    Choice("in_use", "In use", "green"),
    Choice("lent", "Lent", "blue"),
    Choice("repair", "In repair", "orange"),
    Choice("idle", "Idle", "yellow"),
    Choice("to_scrap", "To be disposed of", "red"),
    Choice("scrapped", "Disposed of"),
    Choice("transferred", "Transferred out"),
)
HELD = ("in_stock", "in_use", "lent", "repair", "idle", "to_scrap")
USABLE = ("in_stock", "in_use", "idle")
FRESH = When(no=EMPTY)
"""A card that is being made; afterwards place and keeper change by asset moves only."""
REPAIR_ADVICE = 50
"""Percent of the original value: whoever has spent more on repairs should think of replacing [J]."""


def _repaired(t: Any) -> Any:
    return summing("work_order", "asset", "cost", lambda w: w.state != "cancelled")(t)


def _repair_share(t: Any) -> Any:
    return share(type_coerce(_repaired(t), BigInteger), _value(t), times=100)


def _replace(t: Any) -> Any:
    return and_(_held(t), type_coerce(_repaired(t), BigInteger) * 100 > _value(t) * REPAIR_ADVICE)


class Asset(Record, table=True):
    """6.2 One asset card: a thing, or a batch of equal things."""

    __screen__ = Screen(
        "Asset", "Assets", area="facilities", section="6.2", icon="inventory_2", order=30,
        titles=("no", "name"), second=("place", "keeper"), sort="-acquired_on", owners=("keeper",), department="department",
        deletable=False,
        help="The asset cards: what it is, what it cost, who keeps it and where. Hand-outs, returns and loans are recorded as asset moves, "
             "which bring place, keeper and state up to date. Depreciation follows by itself: straight line, from the month of addition.",
        empty="Add the first asset card. Class, price, source of funds, place and keeper are needed.",
        tabs=("Value", "Purchase"), groups=("Asset", "Where and who", "Value", "Purchase", "Upkeep"),
        children=(Child("asset_move", "asset", title="Moves"), Child("work_order", "asset", title="Repairs"),
                  Child("inspection_plan", "asset", title="Inspections"), Child("depreciation", "asset", title="Depreciation")),
        row_colours={"red": When(state="to_scrap"), "grey": When(state=("scrapped", "transferred")), "orange": When(replace=True),
                     "yellow": When(state=("repair", "idle"))},
        similar=(), due="due_back", due_while=When(state="lent"),
        settled=When(state=("scrapped", "transferred")),
    )  # fmt: skip
    __rights__ = {
        "facility": "read create edit import export",
        "accountant": "read edit export",
        "director deputy auditor": "read export",
        "*": "read",
    }
    __flow__ = Flow(
        initial="in_stock",
        moves=(
            Move(name="issue", title="Hand out", sources=("in_stock", "idle"), target="in_use", roles=(), requires=("place", "keeper")),
            Move(name="hand_in", title="Hand in", sources=("in_use", "lent", "idle"), target="in_stock", roles=(),
                 requires=("place", "keeper")),
            Move(name="lend", title="Lend", sources=("in_stock", "in_use", "idle"), target="lent", roles=()),
            Move(name="repair", title="Send to repair", sources=("in_stock", "in_use", "idle"), target="repair",
                 roles=("facility",), reason=True,
                 icon="build", colour="orange"),
            Move(name="repaired", title="Back from repair", sources=("repair",), target="in_use", roles=("facility",),
                 icon="build_circle", colour="green"),
            Move(name="restock", title="Back from repair, into stock", sources=("repair",), target="in_stock", roles=("facility",),
                 icon="inventory", colour="teal"),
            Move(name="set_idle", title="Set idle", sources=("in_stock", "in_use", "repair"), target="idle",
                 roles=("facility",), reason=True,
                 icon="pause_circle", colour="yellow"),
            Move(name="use", title="Use again", sources=("idle",), target="in_use", roles=("facility",), icon="play_circle",
                 colour="green"),
            Move(name="propose", title="Propose for disposal", sources=("in_stock", "in_use", "repair", "idle"),
                 target="to_scrap", roles=("facility",),
                 reason=True, icon="delete_sweep", colour="red"),
            Move(name="keep", title="Keep after all", sources=("to_scrap",), target="idle", roles=("facility",), reason=True,
                 icon="undo", colour="grey"),
            Move(name="write_off", title="Write off", sources=HELD, target="scrapped", roles=(), requires=("removed_on",)),
            Move(name="hand_over", title="Hand over to another unit", sources=HELD, target="transferred", roles=(),
                 requires=("removed_on",)),
        ),
    )  # fmt: skip
    __charts__ = (
        Chart(name="net", title="Net value by class", measure="sum:net", by="asset_class", mark="pareto", standing=True,
              only=When(state=HELD)),
        Chart(name="age", title="Age of the assets", mark="histogram", by="age", bins=(0, 1, 2, 3, 5, 8, 10, 15, 20, 30, 50), standing=True,
              only=When(state=HELD)),
        Chart(name="bought", title="Value added by year", measure="sum:original_value", over="acquired_on", step="year",
              split="source", standing=True),
        Chart(name="states", title="Assets by state", by="state", standing=True),
        Chart(name="places", title="Original value by place", measure="sum:original_value", by="place", standing=True,
              only=When(state=HELD)),
    )  # fmt: skip
    __checks__ = (
        Check("value_positive", lambda t: t.original_value > 0, "The original value must be more than 0.", "original_value"),
        Check("quantity_positive", lambda t: t.quantity >= 1, "The quantity must be at least 1.", "quantity"),
        Check("life_at_least_one", lambda t: t.life_months >= 1, "The life must be at least one month.", "life_months"),
        Check("used_after_bought", lambda t: t.in_service_on >= t.acquired_on, "It can't be used before it was acquired.", "in_service_on"),
        Check("removed_after_bought", lambda t: t.removed_on >= t.acquired_on, "It can't leave before it was acquired.", "removed_on"),
    )

    no: str = number("Asset no.", "ZC{year}{seq:04}", group="Asset")
    name: str = text("Name", max_length=80, column=True, search=True, group="Asset", example="台式计算机")
    asset_class: int = reference("Class", "asset_class", column=True, filter=True, group="Asset")
    brand: str | None = text("Brand", max_length=60, search=True, group="Asset")
    model: str | None = text("Model and specification", max_length=120, search=True, group="Asset", example="启天M450 i5/16G/512G")
    serial: str | None = short_code(
        "Serial no.", unique=True, search=True, group="Asset", help="As on the label of the maker; no two assets share it."
    )
    quantity: int = integer(
        "Quantity", ge=1, le=100_000, default=1, column=True, sum=True, group="Asset", help="More than one for a batch of equal things."
    )
    unit: str = text("Counted in", max_length=10, default="台", group="Asset")
    photo: int | None = image("Photo", group="Asset")
    place: int = reference("Place", "place", column=True, filter=True, editable_if=FRESH, group="Where and who",
                           help="Later on, record an asset move.")  # fmt: skip
    keeper: int = reference("Keeper", "staff", column=True, filter=True, add_new=False, editable_if=FRESH, group="Where and who")
    department: int | None = reference("Department that uses it", "department", filter=True, editable_if=FRESH, group="Where and who",
                                       help="Empty: the department of the keeper.")  # fmt: skip
    state: str = choice("State", ASSET_STATES, default="in_stock", column=True, filter=True, group="Where and who")
    borrower: str | None = text("Borrower", max_length=80, readonly=True, shown_if=When(state="lent"), group="Where and who")
    due_back: date | None = day("Due back on", readonly=True, filter=True, shown_if=When(state="lent"), group="Where and who")
    bookable: bool = yes_no("Can be booked", filter=True, group="Where and who")
    counted_on: date | None = day("Last counted on", readonly=True, filter=True, group="Where and who")
    original_value: Decimal = money(
        "Original value", gt=0, column=True, sum=True, group="Value", tab="Value", help="Of the whole batch, taxes and delivery included."
    )
    unit_price: ClassVar = computed("Unit price", Kind.MONEY, lambda t: type_coerce(shared_out(_value(t), t.quantity), Fen()),
                                    unit="元", places=2, group="Value", tab="Value")  # fmt: skip
    source: int = reference("Source of funds", "fund_source", column=True, filter=True, group="Value", tab="Value")
    plate: bool = yes_no("Plate of the lottery fund fixed", filter=True, inline=True, group="Value", tab="Value",
                         help="彩票公益金资助—中国福利彩票: needed on whatever the welfare lottery fund has paid for.")  # fmt: skip
    acquired_on: date = day(
        "Acquired on",
        default=today,
        le=today,
        column=True,
        filter=True,
        group="Value",
        tab="Value",
        help="Depreciation starts in this month.",
    )
    in_service_on: date | None = day("In use since", group="Value", tab="Value")
    life_months: int | None = integer("Useful life", unit="months", ge=1, le=1200, group="Value", tab="Value",
                                      help="Not below the shortest life of the class; taken from it if left empty.")  # fmt: skip
    accumulated: ClassVar = computed("Accumulated depreciation", Kind.MONEY, lambda t: type_coerce(_worn(t), Fen()),
                                     unit="元", places=2, sum=True,
                                     group="Value", tab="Value", help="At the end of last month.")  # fmt: skip
    net: ClassVar = computed("Net value", Kind.MONEY, lambda t: type_coerce(_left(t), Fen()), unit="元", places=2, column=True, sum=True,
                             group="Value", tab="Value", help="At the end of last month.")  # fmt: skip
    removed_on: date | None = day(
        "Left on", readonly=True, filter=True, shown_if=When(state=("scrapped", "transferred")), group="Value", tab="Value"
    )
    origin: str = choice("How acquired", ORIGINS, default="bought", filter=True, group="Purchase", tab="Purchase")
    supplier: str | None = text("Supplier", max_length=80, search=True, group="Purchase", tab="Purchase")
    contract: str | None = short_code("Contract or invoice no.", search=True, group="Purchase", tab="Purchase")
    warranty_ends_on: date | None = day("Warranty until", filter=True, group="Purchase", tab="Purchase")
    age: ClassVar = computed(
        "Age", Kind.INTEGER, lambda t: days_between(t.acquired_on, t.today) * 100 // 36525, unit="years", group="Upkeep", tab="Value"
    )
    repair_cost: ClassVar = computed("Spent on repairs", Kind.MONEY, _repaired, unit="元", places=2, group="Upkeep", tab="Value")
    repair_share: ClassVar = computed(
        "Repairs of the original value", Kind.PERCENT, _repair_share, places=2, unit="%", group="Upkeep", tab="Value"
    )
    replace: ClassVar = computed("Better replaced", Kind.BOOLEAN, _replace, group="Upkeep", tab="Value",
                                 help="More than half of its original value has been spent on repairs.")  # fmt: skip
    note: str | None = long_text("Notes", max_length=2000, group="Asset")


MOVE_KINDS = (
    Choice("issue", "Hand out", "green"),
    Choice("hand_in", "Hand in", "teal"),
    Choice("relocate", "Relocate", "blue"),
    Choice("lend", "Lend", "orange"),
)


STAYS_HERE = When(kind=("issue", "hand_in", "relocate"))


class AssetMove(Record, table=True):
    """6.2 An asset changes hands or place. Never changed: a wrong one is put right by another one."""

    __screen__ = Screen(
        "Asset move", "Asset moves", area="facilities", section="6.2", icon="swap_horiz", order=31,
        titles=("no", "asset"), second=("kind", "moved_on"), sort="-moved_on", append_only=True,
        help="Hand out, hand in, relocate, lend. The asset's place, keeper and state follow at once.",
        empty="Hand out the first asset: choose the asset, the place and the new keeper.",
        row_colours={"orange": When(kind="lend")}, similar=("asset", "moved_on", "kind"),
    )  # fmt: skip
    __rights__ = {"facility": "read create import export", "director deputy accountant auditor": "read export", "*": "read"}
    __charts__ = (
        Chart(name="months", title="Moves by month", over="moved_on", split="kind"),
        Chart(name="departments", title="Hand-outs by department", by="to_department", only=When(kind="issue")),
    )
    __checks__ = (Check("back_after_lent", lambda t: t.due_back >= t.moved_on, "It can't be due back before it is lent.", "due_back"),)

    no: str = number("Move no.", "DB{year}{seq:05}")
    kind: str = choice("Kind", MOVE_KINDS, column=True, filter=True)
    asset: int = reference(
        "Asset", "asset", column=True, filter=True, add_new=False, narrow={"state": ("in_stock", "in_use", "lent", "idle")}
    )
    moved_on: date = day("Date", default=today, le=today, column=True, filter=True)
    to_place: int | None = reference("To the place", "place", column=True, filter=True, shown_if=STAYS_HERE,
                                     required_if=STAYS_HERE)  # fmt: skip
    to_keeper: int | None = reference("To the keeper", "staff", column=True, filter=True, add_new=False, shown_if=STAYS_HERE,
                                      required_if=STAYS_HERE)  # fmt: skip
    to_department: int | None = reference("To the department", "department", filter=True, shown_if=When(kind=("issue", "relocate")),
                                          help="Empty: the department of the keeper.")  # fmt: skip
    borrower: str | None = text("Borrower", max_length=80, search=True, shown_if=When(kind="lend"), required_if=When(kind="lend"))
    due_back: date | None = day("Due back on", shown_if=When(kind="lend"), required_if=When(kind="lend"))
    reason: str | None = text("Reason", max_length=200, search=True)
    from_place: int | None = reference("From the place", "place", readonly=True)
    from_keeper: int | None = reference("From the keeper", "staff", readonly=True)


ENTRY_KINDS = (Choice("month", "Of the month", "blue"), Choice("correction", "Correction", "orange"))


class Depreciation(Record, table=True):
    """6.2 The depreciation of one asset in one month, as entered in the books."""

    __screen__ = Screen(
        "Depreciation", "Depreciation", area="facilities", section="6.2", icon="trending_down", order=34,
        titles=("asset", "month"), second=("amount",), sort="-month", append_only=True, uniques=(("asset", "month", "kind"),),
        help="Made by the product at the beginning of each month for the month before. When a card is put right afterwards, "
             "a correction makes the sum agree with it again.",
        empty="The first entries come at the beginning of next month.", row_colours={"orange": When(kind="correction")},
    )  # fmt: skip
    __rights__ = {"accountant director deputy auditor facility": "read export"}
    __charts__ = (
        Chart(name="months", title="Depreciation by month", measure="sum:amount", over="month", split="group"),
        Chart(name="classes", title="Depreciation by class", measure="sum:amount", by="asset_class", mark="pareto"),
    )

    asset: int = reference("Asset", "asset", column=True, filter=True)
    month: date = day("Month", column=True, filter=True, help="Its first day.")
    kind: str = choice("Kind", ENTRY_KINDS, default="month", column=True, filter=True)
    asset_class: int | None = reference("Class", "asset_class", column=True, filter=True, readonly=True)
    group: str | None = choice("Group", GROUPS, filter=True, readonly=True)
    department: int | None = reference("Department", "department", filter=True, readonly=True)
    amount: Decimal = money("Amount", column=True, sum=True)
    accumulated: Decimal = money("Accumulated", column=True)
    net: Decimal = money("Net value", column=True)
