"""6.2 Counting the assets once a year, and disposing of them."""

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from models.base import Chart, Check, Child, Flow, Move, Record, Screen
from models.expressions import counting, share, summing
from models.fields import (
    EMPTY,
    FILLED,
    Choice,
    Kind,
    When,
    choice,
    computed,
    day,
    file,
    integer,
    long_text,
    me,
    money,
    number,
    reference,
    references,
    text,
    today,
    yes_no,
)
from models.fields import code as short_code

STOCKTAKE_STATES = (
    Choice("planned", "Planned", "grey"),
    Choice("counting", "Counting", "blue"),
    Choice("to_approve", "To be approved", "yellow"),
    Choice("approved", "Approved", "green"),
    Choice("cancelled", "Cancelled"),
)
LINE_RESULTS = (
    Choice("open", "Not counted", "grey"),
    Choice("match", "Agrees", "green"),
    Choice("surplus", "Surplus", "orange"),
    Choice("missing", "Missing", "red"),
)
CONDITIONS = (
    Choice("good", "Good", "green"),
    Choice("worn", "Worn", "yellow"),
    Choice("broken", "Broken", "red"),
)


def _lines(*results: str) -> Any:
    return counting("stocktake_line", "stocktake", (lambda line: line.result.in_(results)) if results else None)


class Stocktake(Record, table=True):
    """6.2 A count of assets: the list by the books against what is there [L 行政事业性国有资产管理条例 34, 39]."""

    __screen__ = Screen(
        "Stocktake", "Stocktakes", area="facilities", section="6.2", icon="checklist", order=32, few=True,
        titles=("no", "name"), second=("counted_on",), sort="-counted_on", deletable=False, owners=("counter", "second_counter"),
        help="At least once a year. Starting it writes the list of all assets that should be there; each is counted, differences are "
             "explained, and somebody else approves. Approval brings the cards up to date [行政事业性国有资产管理条例 第34、39条].",
        empty="Plan the yearly stocktake: choose the places and who counts.",
        groups=("Count", "Result"), children=(Child("stocktake_line", "stocktake", title="What was counted"),),
        row_colours={"yellow": When(state="to_approve"), "orange": When(differs=True, state=("counting", "to_approve"))},
        settled=When(state=("to_approve", "approved", "cancelled")),
    )  # fmt: skip
    __rights__ = {
        "facility": "read create edit export",
        "accountant": "read edit export",
        "director deputy auditor supervisor": "read export",
        "*": "read",
    }
    __flow__ = Flow(
        initial="planned",
        waits={"counting": ("counter", "second_counter"), "to_approve": ("director", "deputy")},
        moves=(
            Move(name="start", title="Start counting", sources=("planned",), target="counting", roles=("facility", "accountant"),
                 icon="playlist_add_check", colour="blue", confirm="Writes the list of all assets that should be in these places."),
            Move(name="submit", title="Submit", sources=("counting",), target="to_approve", roles=("facility", "accountant"),
                 icon="send", colour="yellow"),
            Move(name="send_back", title="Send back", sources=("to_approve",), target="counting",
                 roles=("director", "deputy", "accountant"),
                 reason=True, icon="undo", colour="orange"),
            Move(name="approve", title="Approve", sources=("to_approve",), target="approved", roles=("director", "deputy"),
                 apart_from=("counter", "second_counter", "created_by"), icon="verified", colour="green",
                 confirm="Places are brought up to date, surplus things get a card, and for missing ones a disposal is drawn up."),
            Move(name="cancel", title="Cancel", sources=("planned", "counting"), target="cancelled", roles=("facility",), reason=True,
                 icon="close", colour="grey"),
        ),
    )  # fmt: skip
    __charts__ = (
        Chart(name="agreement", title="Share that agrees, by stocktake", measure="avg:agreement", over="counted_on",
              step="year", standing=True,
              only=When(state="approved"), target=Decimal(100), target_title="All agree"),
        Chart(name="differences", title="Missing assets by year", measure="sum:missing", over="counted_on", step="year", standing=True,
              lower_is_better=True),
    )  # fmt: skip

    no: str = number("Stocktake no.", "PD{year}{seq:03}", group="Count")
    name: str = text("Name", max_length=80, column=True, search=True, group="Count", example="2026年度固定资产盘点")
    counted_on: date = day("Date of the count", default=today, column=True, filter=True, group="Count")
    places: ClassVar = references("Places", "place", group="Count", help="Empty: all of them.", editable_if=When(state="planned"))
    counter: int = reference("Counted by", "staff", default=me, column=True, add_new=False, group="Count")
    second_counter: int | None = reference("And by", "staff", add_new=False, group="Count", help="The keeper does not count alone.")
    state: str = choice("State", STOCKTAKE_STATES, default="planned", column=True, filter=True, group="Count")
    lines: ClassVar = computed("On the list", Kind.INTEGER, _lines(), column=True, group="Result")
    uncounted: ClassVar = computed("Not counted", Kind.INTEGER, _lines("open"), column=True, group="Result")
    surplus: ClassVar = computed("Surplus", Kind.INTEGER, _lines("surplus"), column=True, group="Result")
    missing: ClassVar = computed("Missing", Kind.INTEGER, _lines("missing"), column=True, group="Result")
    agreement: ClassVar = computed("Share that agrees", Kind.PERCENT,
                                   lambda t: share(_lines("match")(t), _lines()(t), times=100), places=2, unit="%",
                                   column=True, group="Result")  # fmt: skip
    differs: ClassVar = computed("Has differences", Kind.BOOLEAN, lambda t: _lines("surplus", "missing")(t) > 0, group="Result")
    approved_by: int | None = reference("Approved by", "staff", readonly=True, group="Result", shown_if=When(state="approved"))
    conclusion: str | None = long_text("Conclusion", max_length=4000, group="Result")


class StocktakeLine(Record, table=True):
    """6.2 One asset on the list of a stocktake, or a thing that was found without a card."""

    __screen__ = Screen(
        "Stocktake line", "Stocktake lines", area="facilities", section="6.2", icon="checklist_rtl", order=70, hidden=True,
        titles=("name",), second=("asset", "place"), sort="id", uniques=(("stocktake", "asset"),),
        help="Enter how many are there: the result follows.", empty="Starting the stocktake writes the list.",
        row_colours={"red": When(result="missing"), "orange": When(result="surplus"), "green": When(result="match")},
    )  # fmt: skip
    __rights__ = {
        "facility accountant": "read create edit delete restore import export",
        "director deputy auditor supervisor": "read export",
    }

    stocktake: int = reference("Stocktake", "stocktake", add_new=False, on_delete="cascade")
    asset: int | None = reference("Asset", "asset", column=True, add_new=False, help="Empty for a thing without a card.")
    name: str | None = text("Name", max_length=80, column=True, search=True, required_if=When(asset=EMPTY))
    place: int | None = reference("Should be in", "place", column=True, filter=True, readonly=True)
    keeper: int | None = reference("Keeper", "staff", column=True, filter=True, readonly=True)
    expected: int = integer("By the books", default=0, readonly=True, column=True, sum=True)
    counted: int | None = integer("Counted", ge=0, le=100_000, column=True, sum=True, inline=True)
    result: str = choice("Result", LINE_RESULTS, default="open", readonly=True, column=True, filter=True)
    found_in: int | None = reference(
        "Found in", "place", column=True, add_new=False, inline=True, help="Only if it is not where it should be."
    )
    condition: str = choice("Condition", CONDITIONS, default="good", column=True, filter=True, inline=True)
    explanation: str | None = text("Explanation", max_length=255, column=True, inline=True, required_if=When(result=("surplus", "missing")),
                                   help="Needed for every difference.")  # fmt: skip
    asset_class: int | None = reference("Class", "asset_class", shown_if=When(asset=EMPTY), help="For a thing without a card.")
    value: Decimal | None = money(
        "Value as new", gt=0, shown_if=When(asset=EMPTY), help="For a thing without a card: what it would cost today."
    )


# Disposal

DISPOSAL_KINDS = (
    Choice("scrap", "Scrapping", "red"),
    Choice("loss", "Writing off a loss", "orange"),
    Choice("transfer", "Transfer without charge", "blue"),
    Choice("sale", "Sale", "green"),
    Choice("donation", "Donation to others", "teal"),
)
DISPOSAL_STATES = (
    Choice("draft", "Draft", "grey"),
    Choice("submitted", "To be approved", "yellow"),
    Choice("approved", "Approved", "blue"),
    Choice("executed", "Executed", "green"),
    Choice("rejected", "Rejected", "red"),
    Choice("cancelled", "Cancelled"),
)
UNDECIDED = When(state=("draft", "rejected"))


class Disposal(Record, table=True):
    """6.2 Assets leave the centre: decided together, approved, written off at once [L 行政事业性国有资产管理条例 19, 35]."""

    __screen__ = Screen(
        "Disposal", "Disposals", area="facilities", section="6.2", icon="delete_sweep", order=33, few=True,
        titles=("no", "reason"), second=("kind",), sort="-applied_on", deletable=False, owners=("applicant",),
        help="Nothing leaves without a decision taken together (minutes) and an approval; once it is executed the assets leave the books "
             "at once, and the proceeds go to the treasury [行政事业性国有资产管理条例 第19、35条].",
        empty="Nothing is being disposed of. Propose the first: choose the assets and attach the minutes.",
        groups=("Application", "Decision", "Execution"),
        children=(Child("disposal_line", "disposal", in_form=True, title="Assets", minimum=1),),
        row_colours={"yellow": When(state="submitted"), "blue": When(state="approved"), "grey": When(state=("cancelled", "rejected"))},
        settled=When(state=("approved", "executed", "cancelled")),
    )  # fmt: skip
    __rights__ = {
        "facility": "read create edit export",
        "accountant": "read edit export",
        "director deputy auditor supervisor": "read export",
    }
    __flow__ = Flow(
        initial="draft",
        waits={"submitted": ("director",), "approved": ("facility", "accountant")},
        moves=(
            Move(name="submit", title="Submit", sources=("draft", "rejected"), target="submitted", roles=("facility",),
                 requires=("minutes", "decided_on"), icon="send", colour="yellow"),
            Move(name="approve", title="Approve", sources=("submitted",), target="approved", roles=("director",),
                 apart_from=("applicant", "created_by"),
                 asks=("approval_no",), icon="verified", colour="green"),
            Move(name="reject", title="Reject", sources=("submitted",), target="rejected", roles=("director",),
                 apart_from=("applicant", "created_by"),
                 reason=True, icon="cancel", colour="red"),
            Move(name="execute", title="Execute", sources=("approved",), target="executed", roles=("facility", "accountant"),
                 asks=("proceeds", "receiver"), icon="task_alt", colour="green",
                 confirm="The assets leave the books at once. This can't be undone."),
            Move(name="cancel", title="Cancel", sources=("draft", "submitted", "approved", "rejected"), target="cancelled",
                 roles=("facility", "director"), reason=True, icon="close", colour="grey"),
        ),
    )  # fmt: skip
    __charts__ = (
        Chart(name="years", title="Value disposed of by year", measure="sum:original_value", over="applied_on", step="year",
              standing=True, split="kind",
              only=When(state=("approved", "executed"))),
        Chart(name="states", title="Disposals by state", by="state", split="kind", standing=True),
    )  # fmt: skip
    __checks__ = (
        Check("proceeds_not_negative", lambda t: t.proceeds >= 0, "The proceeds can't be negative.", "proceeds"),
        Check(
            "decided_before_executed", lambda t: t.executed_on >= t.decided_on, "It can't be executed before it was decided.", "executed_on"
        ),
    )

    no: str = number("Disposal no.", "CZ{year}{seq:04}", group="Application")
    kind: str = choice("Kind", DISPOSAL_KINDS, default="scrap", column=True, filter=True, editable_if=UNDECIDED, group="Application")
    reason: str = text(
        "Reason", max_length=200, column=True, search=True, editable_if=UNDECIDED, group="Application", example="超过使用年限且无法修复"
    )
    applied_on: date = day("Applied on", default=today, column=True, filter=True, editable_if=UNDECIDED, group="Application")
    applicant: int = reference(
        "Applicant", "staff", default=me, column=True, filter=True, add_new=False, editable_if=UNDECIDED, group="Application"
    )
    appraisal: int | None = file(
        "Technical appraisal", editable_if=UNDECIDED, group="Application", help="For cars, lifts and other equipment."
    )
    decided_on: date | None = day(
        "Decided on", le=today, editable_if=UNDECIDED, group="Decision", help="Day of the meeting that decided it together."
    )
    minutes: int | None = file("Minutes of the meeting", editable_if=UNDECIDED, group="Decision",
                               help="A disposal is decided together [行政事业性国有资产管理条例 第19条].")  # fmt: skip
    approval_no: str | None = short_code("No. of the authority's reply", search=True,
                                         editable_if=When(state=("draft", "rejected", "submitted")), group="Decision",
                                         help="Needed where the welfare lottery fund has paid.", example="东民函〔2026〕15号")  # fmt: skip
    state: str = choice("State", DISPOSAL_STATES, default="draft", column=True, filter=True, group="Decision")
    approved_by: int | None = reference("Approved by", "staff", readonly=True, group="Decision")
    original_value: ClassVar = computed("Original value", Kind.MONEY, summing("disposal_line", "disposal", "original_value"),
                                        unit="元", places=2,
                                        column=True, sum=True, group="Application")  # fmt: skip
    net: ClassVar = computed("Net value", Kind.MONEY, summing("disposal_line", "disposal", "net"), unit="元", places=2,
                             column=True, sum=True,
                             group="Application")  # fmt: skip
    executed_on: date | None = day("Executed on", readonly=True, filter=True, group="Execution")
    receiver: str | None = text(
        "Receiver", max_length=120, required_if=When(kind=("transfer", "sale", "donation"), state="executed"), group="Execution"
    )
    proceeds: Decimal | None = money("Proceeds", ge=0, sum=True, group="Execution", help="Go to the treasury.")
    stocktake: int | None = reference(
        "Came of the stocktake", "stocktake", readonly=True, shown_if=When(stocktake=FILLED), group="Application"
    )


class DisposalLine(Record, table=True):
    """6.2 One asset of a disposal, whole or a part of its batch."""

    __screen__ = Screen(
        "Disposal line", "Disposal lines", area="facilities", section="6.2", icon="delete", order=71, hidden=True,
        titles=("asset",), second=("quantity",), sort="id", uniques=(("disposal", "asset"),), empty="Choose the assets.",
    )  # fmt: skip
    __rights__ = {"facility": "read create edit delete restore", "accountant director deputy auditor supervisor": "read export"}
    __checks__ = (Check("quantity_positive", lambda t: t.quantity >= 1, "The quantity must be at least 1.", "quantity"),)

    disposal: int = reference("Disposal", "disposal", add_new=False, on_delete="cascade")
    asset: int = reference("Asset", "asset", column=True, filter=True, add_new=False,
                           narrow={"state": ("in_stock", "in_use", "lent", "repair", "idle", "to_scrap")})  # fmt: skip
    quantity: int | None = integer("Quantity", ge=1, le=100_000, column=True, sum=True, help="Empty: all of the card.")
    original_value: Decimal | None = money("Original value", readonly=True, column=True, sum=True)
    net: Decimal | None = money("Net value", readonly=True, column=True, sum=True)
    lottery: bool = yes_no("Paid by the lottery fund", readonly=True, column=True)
    note: str | None = text("Remark", max_length=200)
