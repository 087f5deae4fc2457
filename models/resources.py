"""6.1 Supplies: what is in store, every movement of it, and requests for it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import and_, case, func

from models.base import Chart, Check, Child, Flow, Move, Record, Screen
from models.expressions import days_between, found, summing, worth
from models.fields import (
    EMPTY,
    FILLED,
    Choice,
    Kind,
    When,
    choice,
    code,
    computed,
    day,
    decimal,
    image,
    long_text,
    moment,
    money,
    number,
    reference,
    text,
    today,
    yes_no,
)

CATEGORIES = (
    Choice("office", "Office supplies", "blue"),
    Choice("cleaning", "Cleaning", "teal"),
    Choice("food", "Food", "green"),
    Choice("medicine", "Medicine and first aid", "red"),
    Choice("emergency", "Emergency supplies", "orange"),
    Choice("activity", "Activities", "purple"),
    Choice("care", "Care of the elderly", "yellow"),
    Choice("other", "Other", "grey"),
)

LEVELS = (
    Choice("out", "Out of stock", "red"),
    Choice("low", "Below minimum", "orange"),
    Choice("enough", "Enough", "green"),
    Choice("over", "Above maximum", "blue"),
)

FRESHNESS = (
    Choice("expired", "Expired", "red"),
    Choice("soon", "Expires within 30 days", "orange"),
    Choice("fresh", "Fresh", "green"),
)

MOVE_KINDS = (
    Choice("receipt", "Receipt", "green"),
    Choice("issue", "Issue", "blue"),
    Choice("return", "Return", "teal"),
    Choice("surplus", "Surplus found", "yellow"),
    Choice("shortage", "Shortage found", "orange"),
    Choice("scrap", "Write-off", "red"),
)

INCOMING = ("receipt", "return", "surplus")
"""Kinds that add to the stock; the others take from it. A reversal does the opposite of its kind."""

REQUEST_STATES = (
    Choice("draft", "Draft", "grey"),
    Choice("submitted", "Submitted", "yellow"),
    Choice("approved", "Approved", "blue"),
    Choice("issued", "Issued", "green"),
    Choice("returned", "Returned", "grey"),
    Choice("refused", "Refused", "red"),
    Choice("cancelled", "Cancelled", "grey"),
)


def signed(t: Any) -> Any:
    """What a move does to the stock: its quantity, below zero where it takes away."""
    adds = t.kind.in_(INCOMING) == t.reverses.is_(None)
    return case((adds, t.quantity), else_=-t.quantity)


def _level(t: Any) -> Any:
    return case(
        (t.on_hand <= 0, "out"),
        (t.on_hand < func.coalesce(t.minimum, 0), "low"),
        (and_(t.maximum.is_not(None), t.on_hand > t.maximum), "over"),
        else_="enough",
    )


def _freshness(t: Any) -> Any:
    days = days_between(t.today, t.expires_on)
    return case((days < 0, "expired"), (days <= 30, "soon"), else_="fresh")


def _value(t: Any) -> Any:
    value = worth(t.quantity, t.unit_price)
    return case((t.reverses.is_(None), value), else_=-value)


def _given(t: Any) -> Any:
    """How much of a request's line is with whoever asked: issued, less what came back."""
    return -summing("stock_move", "request_line", signed)(t)


class SupplyItem(Record, table=True):
    """A kind of thing kept in store."""

    __screen__ = Screen(
        "Supply item", "Supplies", area="resources", section="6.1", icon="inventory_2", titles=("name",), second=("sku", "spec"),
        few=True, sort="name", order=1, owners=("keeper",),
        children=(
            Child("stock_lot", "item", title="Lots"),
            Child("stock_move", "item", title="Movements"),
        ),
        row_colours={"red": When(level="out", active=True), "orange": When(level="low", active=True), "grey": When(active=False)},
        groups=("Item", "Stock", "Keeping"),
        help="What is on hand is the sum of all movements: it can't be typed and never falls below zero.",
        empty="Add the things kept in store, with the least that should be there; then record what comes in.",
    )  # fmt: skip
    __rights__ = {"facility": "all", "director deputy auditor accountant": "read export", "*": "read"}
    __checks__ = (
        Check("never_negative", lambda t: t.on_hand >= 0, "There is not that much in stock.", "on_hand"),
        Check("limits_in_order", lambda t: t.maximum >= t.minimum, "The maximum is below the minimum.", "maximum"),
    )
    __charts__ = (
        Chart(name="value", title="Value of stock by category", by="category", measure="sum:value"),
        Chart(name="levels", title="Items by stock level", by="category", split="level", only=When(active=True)),
    )

    sku: str = code("Item no.", max_length=32, unique=True, column=True, search=True, pattern=r"[A-Za-z0-9-]+",
                    pattern_help="Letters, digits and dashes.", example="BG-A4-70", group="Item")  # fmt: skip
    name: str = text("Name", max_length=80, column=True, search=True, example="A4复印纸", group="Item")
    spec: str | None = text("Specification", max_length=120, column=True, search=True, example="70克 500张/包", group="Item")
    category: str = choice("Category", CATEGORIES, column=True, filter=True, group="Item")
    unit: str = text("Unit", max_length=10, column=True, example="包", group="Item", help="In which it is counted: piece, box, kg.")
    barcode: str | None = code("Barcode", max_length=32, search=True, group="Item")
    photo: int | None = image("Photo", group="Item")
    on_hand: Decimal = decimal("On hand", places=2, default=Decimal(0), readonly=True, column=True, group="Stock")
    level: ClassVar = computed("Stock level", Kind.CHOICE, _level, choices=LEVELS, column=True, filter=True, group="Stock")
    minimum: Decimal | None = decimal(
        "Minimum", places=2, ge=0, column=True, inline=True, group="Stock", help="Below it the row turns orange."
    )
    maximum: Decimal | None = decimal("Maximum", places=2, ge=0, inline=True, group="Stock", help="More than this is not bought at once.")
    unit_price: Decimal = money(
        "Reference price", default=Decimal(0), ge=0, group="Stock", help="Of one unit; used where a movement gives none."
    )
    value: ClassVar = computed("Value", Kind.MONEY, lambda t: worth(t.on_hand, t.unit_price), places=2, unit="元", column=True, sum=True,
                               group="Stock")  # fmt: skip
    tracks_expiry: bool = yes_no("Kept by lot and expiry date", filter=True, group="Keeping",
                                 help="For food, medicine and emergency goods. What expires first is issued first.")  # fmt: skip
    returnable: bool = yes_no("Comes back after use", filter=True, group="Keeping", help="Lent rather than used up: folding tables, tents.")
    place: int | None = reference("Kept in", "place", column=True, filter=True, group="Keeping")
    keeper: int | None = reference("Keeper", "staff", filter=True, add_new=False, group="Keeping")
    active: bool = yes_no("In use", default=True, filter=True, group="Keeping")
    note: str | None = text("Note", group="Keeping")


class StockLot(Record, table=True):
    """A lot of an item that expires together."""

    __screen__ = Screen(
        "Lot", "Lots", area="resources", section="6.1", icon="package_2", titles=("lot_no",), second=("item", "expires_on"),
        few=True, sort="expires_on", order=2, uniques=(("item", "lot_no"),), similar=(),
        children=(Child("stock_move", "lot", title="Movements"),),
        row_colours={"grey": When(on_hand=Decimal(0)), "red": When(freshness="expired"), "orange": When(freshness="soon")},
        help="Expired lots are never issued: write them off.",
        empty="Lots are made when something with an expiry date is received.",
    )  # fmt: skip
    __rights__ = {"facility": "all", "director deputy auditor accountant": "read export", "*": "read"}
    __checks__ = (
        Check("never_negative", lambda t: t.on_hand >= 0, "There is not that much in stock.", "on_hand"),
        Check("expires_after_making", lambda t: t.expires_on >= t.made_on, "It expires before it was made.", "expires_on"),
    )
    __charts__ = (
        Chart(name="expiry", title="Lots in stock by month of expiry", over="expires_on", standing=True, only=When(stocked=True)),
        Chart(name="freshness", title="Lots in stock by freshness", by="freshness", standing=True, only=When(stocked=True)),
    )

    item: int = reference("Item", "supply_item", column=True, filter=True, narrow={"tracks_expiry": True})
    lot_no: str = code("Lot no.", max_length=40, column=True, search=True, example="20260915")
    made_on: date | None = day("Made on")
    expires_on: date = day("Expires on", column=True, filter=True, help="Last day on which it may be used.")
    freshness: ClassVar = computed("Freshness", Kind.CHOICE, _freshness, choices=FRESHNESS, column=True, filter=True)
    on_hand: Decimal = decimal("On hand", places=2, default=Decimal(0), readonly=True, column=True)
    stocked: ClassVar = computed("In stock", Kind.BOOLEAN, lambda t: t.on_hand > 0, filter=True)
    place: int | None = reference("Kept in", "place", column=True, filter=True)
    note: str | None = text("Note")


class StockMove(Record, table=True):
    """Something came into the store or left it."""

    __screen__ = Screen(
        "Stock movement", "Stock movements", area="resources", section="6.1", icon="swap_vert", titles=("no",), second=("item", "kind"),
        sort="-id", order=3, append_only=True, owners=("receiver",), department="department",
        row_colours={"orange": When(kind=("shortage", "scrap")), "yellow": When(reverses=FILLED)},
        help="Never changed: a mistake is put right by a movement that reverses it.",
        empty="Record what comes in as a receipt; what is handed out follows from requests, or is entered here.",
    )  # fmt: skip
    __rights__ = {"facility": "read create import export", "director deputy auditor accountant supervisor": "read export", "*": "read"}
    __charts__ = (
        Chart(name="used", title="Value issued by month", over="moved_on", measure="sum:value", only=When(kind="issue")),
        Chart(name="departments", title="Value issued by department", by="department", measure="sum:value", only=When(kind="issue")),
        Chart(name="losses", title="Shortages and write-offs by month", over="moved_on", split="kind", measure="sum:value",
              only=When(kind=("shortage", "scrap")), lower_is_better=True),
    )  # fmt: skip

    no: str = number("Movement no.", "KC{year}{seq:05}")
    kind: str = choice("Kind", MOVE_KINDS, column=True, filter=True)
    item: int = reference("Item", "supply_item", column=True, filter=True, narrow={"active": True})
    lot: int | None = reference("Lot", "stock_lot", column=True, filter=True, narrow={"item": "$item"},
                                help="For items kept by lot. Empty when something is issued: what expires first goes first.")  # fmt: skip
    quantity: Decimal = decimal("Quantity", places=2, gt=0, column=True)
    change: ClassVar = computed("Change of stock", Kind.DECIMAL, signed, places=2, column=True, sum=True)
    unit_price: Decimal | None = money("Price of one unit", ge=0, help="Empty: the reference price of the item.")
    value: ClassVar = computed("Value", Kind.MONEY, _value, places=2, unit="元", column=True, sum=True)
    moved_on: date = day("Date", default=today, le=today, column=True, filter=True)
    receiver: int | None = reference("Received by", "staff", filter=True, add_new=False, required_if=When(kind="issue", reverses=EMPTY),
                                     shown_if=When(kind=("issue", "return")))  # fmt: skip
    department: int | None = reference("Department", "department", column=True, filter=True, add_new=False,
                                       shown_if=When(kind=("issue", "return")),
                                       help="Empty: that of the person who receives it.")  # fmt: skip
    request: int | None = reference("Request", "resource_request", filter=True, add_new=False, shown_if=When(kind=("issue", "return")))
    request_line: int | None = reference("Line of the request", "resource_request_line", readonly=True, hidden=True)
    supplier: str | None = text("Supplier or donor", max_length=80, search=True, shown_if=When(kind="receipt"))
    document: str | None = code("Document no.", search=True, help="Delivery note, invoice, list of a stocktake.", example="送货单20261105")
    approved_by: int | None = reference("Approved by", "staff", add_new=False, shown_if=When(kind=("surplus", "shortage", "scrap")),
                                        required_if=When(kind=("surplus", "shortage", "scrap")),
                                        help="Somebody other than who records it.")  # fmt: skip
    reverses: int | None = reference("Reverses", "stock_move", filter=True, add_new=False, narrow={"item": "$item"},
                                     help="The movement that this one undoes, wholly or in part: same kind, opposite effect.")  # fmt: skip
    reason: str | None = text("Reason", search=True)


class ResourceRequest(Record, table=True):
    """Somebody needs things from the store."""

    __screen__ = Screen(
        "Supply request", "Supply requests", area="resources", section="6.1", icon="shopping_basket", titles=("no", "purpose"),
        second=("applicant", "needed_on"), sort="-id", order=4, owners=("applicant",), department="department", deletable=False,
        similar=(), due="needed_on", due_while=When(state=("submitted", "approved")),
        children=(
            Child("resource_request_line", "request", in_form=True, title="What is needed", minimum=1),
            Child("stock_move", "request", title="Movements"),
        ),
        row_colours={"yellow": When(state="submitted"), "blue": When(state="approved"), "grey": When(state=("refused", "cancelled"))},
        help="Who asks, who approves and who hands out are different people. Handing out takes the things from the stock.",
        empty="Ask for what you need from the store; your head of department approves it.",
        settled=When(state=("issued", "returned", "refused", "cancelled")),
    )  # fmt: skip
    __rights__ = {
        "facility": "read create edit export",
        "director deputy accountant supervisor": "read create edit export",
        "auditor": "read export",
        "head": "read:department create:department edit:department export:department",
        "*": "read:own create edit:own",
    }
    __flow__ = Flow(initial="draft", waits={"submitted": ("head", "deputy"), "approved": ("facility",)}, moves=(
        Move(name="submit", title="Submit", sources=("draft",), target="submitted", roles=("*",), only_by=("applicant",), icon="send"),
        Move(name="send_back", title="Send back", sources=("submitted",), target="draft", roles=("head", "deputy", "director"), reason=True,
             apart_from=("applicant",), icon="undo", colour="orange"),
        Move(name="approve", title="Approve", sources=("submitted",), target="approved", roles=("head", "deputy", "director"),
             apart_from=("applicant",), icon="check", colour="green"),
        Move(name="refuse", title="Refuse", sources=("submitted",), target="refused", roles=("head", "deputy", "director"), reason=True,
             apart_from=("applicant",), icon="close", colour="red"),
        Move(name="issue", title="Hand out", sources=("approved",), target="issued", roles=("facility",),
             apart_from=("applicant", "approver"), icon="outbox", colour="green", confirm="The things are taken from the stock."),
        Move(name="return", title="Take back", sources=("issued",), target="returned", roles=("facility",),
             icon="move_to_inbox", colour="teal",
             confirm="What was lent and has not come back yet is put into the stock again."),
        Move(name="cancel", title="Cancel", sources=("draft", "submitted", "approved"), target="cancelled", roles=("*",),
             only_by=("applicant",), icon="cancel", colour="grey"),
    ))  # fmt: skip
    __charts__ = (
        Chart(name="months", title="Requests by month", over="submitted_at", split="state"),
        Chart(name="departments", title="Requests by department", by="department", split="state"),
    )

    no: str = number("Request no.", "SL{year}{seq:04}")
    state: str = choice("State", REQUEST_STATES, default="draft", column=True, filter=True)
    applicant: int = reference("Applicant", "staff", readonly=True, column=True, filter=True)
    department: int = reference("Department", "department", readonly=True, column=True, filter=True)
    purpose: str = text("Purpose", max_length=120, column=True, search=True, example="重阳节敬老活动", editable_if=When(state="draft"))
    needed_on: date = day("Needed on", default=today, column=True, filter=True, editable_if=When(state="draft"))
    note: str | None = long_text("Note", max_length=2000, editable_if=When(state="draft"))
    submitted_at: datetime | None = moment("Submitted at", readonly=True, filter=True, shown_if=When(submitted_at=FILLED))
    approver: int | None = reference("Approved by", "staff", readonly=True, filter=True, shown_if=When(approver=FILLED))
    issuer: int | None = reference("Handed out by", "staff", readonly=True, shown_if=When(issuer=FILLED))
    issued_at: datetime | None = moment("Handed out at", readonly=True, shown_if=When(issued_at=FILLED))


class ResourceRequestLine(Record, table=True):
    """One thing that is asked for."""

    __screen__ = Screen(
        "Line of a supply request", "Lines of supply requests", area="resources", section="6.1", icon="list", titles=("item",),
        sort="id", hidden=True, order=5, uniques=(("request", "item"),),
        help="One line for each item.",
        empty="Add what is needed.",
    )  # fmt: skip
    __rights__ = {"*": "read create edit delete"}
    __checks__ = (
        Check("not_more_than_asked", lambda t: t.approved <= t.quantity, "No more can be approved than was asked for.", "approved"),
    )

    request: int = reference("Request", "resource_request", on_delete="cascade", filter=True)
    item: int = reference("Item", "supply_item", column=True, filter=True, narrow={"active": True}, add_new=False)
    quantity: Decimal = decimal("Quantity", places=2, gt=0, column=True)
    unit: ClassVar = computed("Unit", Kind.TEXT, lambda t: found("supply_item", "unit", t.item), column=True)
    in_stock: ClassVar = computed("In stock", Kind.DECIMAL, lambda t: found("supply_item", "on_hand", t.item), places=2, column=True)
    approved: Decimal | None = decimal("Approved", places=2, ge=0, column=True, help="Empty: all that was asked for.",
                                       editable_if=When(roles=("head", "deputy", "director", "facility")))  # fmt: skip
    given: ClassVar = computed("Handed out", Kind.DECIMAL, _given, places=2, column=True, help="Less what has come back.")
    note: str | None = text("Note", column=True)
