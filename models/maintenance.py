"""6.2 Keeping places and equipment in order: inspections that come round, and repairs with their deadlines."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import case, func

from models.base import Chart, Check, Child, Flow, Move, Record, Screen
from models.expressions import days_between
from models.fields import (
    EMPTY,
    FILLED,
    Choice,
    Kind,
    When,
    choice,
    computed,
    day,
    decimal,
    file,
    image,
    integer,
    long_text,
    me,
    moment,
    money,
    now,
    number,
    reference,
    references,
    text,
    today,
    yes_no,
)
from models.fields import code as short_code

INSPECTION_KINDS = (
    Choice("daily", "Daily look", "grey"),
    Choice("monthly", "Monthly check", "blue"),
    Choice("quarterly", "Quarterly check", "teal"),
    Choice("yearly", "Yearly check", "green"),
    Choice("statutory", "Statutory inspection", "red"),
    Choice("maintenance", "Maintenance", "purple"),
)
UNITS = (Choice("day", "days"), Choice("week", "weeks"), Choice("month", "months"), Choice("year", "years"))
RESULTS = (
    Choice("pass", "Passed", "green"),
    Choice("rectify", "To be rectified", "orange"),
    Choice("fail", "Failed", "red"),
)
PLAN_STATUS = (
    Choice("failed", "Failed", "red"),
    Choice("overdue", "Overdue", "red"),
    Choice("due", "Due soon", "orange"),
    Choice("in_time", "In time", "green"),
    Choice("paused", "Not in use"),
)


def _status(t: Any) -> Any:
    return case(
        (~t.active, "paused"),
        (t.last_result == "fail", "failed"),
        (t.next_due < t.today, "overdue"),
        (days_between(t.today, t.next_due) <= t.lead_days, "due"),
        else_="in_time",
    )


class InspectionPlan(Record, table=True):
    """6.2 What is inspected or maintained, how often, and when it is due."""

    __screen__ = Screen(
        "Inspection plan", "Inspection plans", area="facilities", section="6.2", icon="event_repeat", order=40, few=True,
        titles=("name",), second=("asset", "place"), sort="next_due", owners=("keeper",),
        due="next_due", due_while=When(active=True),
        help="What has to be looked at again and again: fire patrols, lifts, extinguishers, maintenance. When a statutory inspection is "
             "overdue or was failed, the places that depend on it can't be booked.",
        empty="Add what has to be inspected, beginning with lifts and fire equipment: the product reminds and keeps the dates.",
        groups=("What", "How often", "Last and next"), children=(Child("inspection_record", "plan", title="Inspections made"),),
        row_colours={"red": When(status=("failed", "overdue")), "orange": When(status="due"), "grey": When(active=False)},
        similar=("name", "asset", "place"),
    )  # fmt: skip
    __rights__ = {"facility": "all", "director deputy auditor supervisor": "read export", "*": "read"}
    __charts__ = (
        Chart(name="calendar", title="Due by week", over="next_due", step="week", split="kind", standing=True, only=When(active=True)),
        Chart(name="status", title="Plans by state", by="kind", split="status", standing=True, only=When(active=True)),
    )  # fmt: skip
    __checks__ = (
        Check("interval_positive", lambda t: t.interval >= 1, "The interval must be at least 1.", "interval"),
        Check("lead_not_negative", lambda t: t.lead_days >= 0, "The number of days can't be negative.", "lead_days"),
    )

    name: str = text("What is inspected", max_length=120, column=True, search=True, group="What", example="1号电梯定期检验")
    status: ClassVar = computed("Status", Kind.CHOICE, _status, choices=PLAN_STATUS, column=True, filter=True, group="Last and next")
    next_due: date | None = day("Next due on", readonly=True, column=True, filter=True, group="Last and next")
    kind: str = choice("Kind", INSPECTION_KINDS, column=True, filter=True, group="What")
    asset: int | None = reference("Asset", "asset", column=True, filter=True, add_new=False, required_if=When(place=EMPTY), group="What")
    place: int | None = reference("Place", "place", column=True, filter=True, add_new=False, required_if=When(asset=EMPTY), group="What",
                                  help="Give the asset or the place.")  # fmt: skip
    statutory: bool = yes_no("Demanded by law", filter=True, group="What",
                             help="Overdue or failed: the asset must not be used, and the places can't be booked.")  # fmt: skip
    basis: str | None = text("Legal basis", max_length=120, required_if=When(statutory=True), shown_if=When(statutory=True), group="What",
                             example="《特种设备安全法》第33、40条", help="Stands in the message to whoever wants to book.")  # fmt: skip
    places: ClassVar = references("Places that depend on it", "place", shown_if=When(statutory=True), group="What",
                                  help="Besides the place itself: for a lift, the rooms that can't be reached without it.")  # fmt: skip
    interval: int = integer("Every", ge=1, le=1000, group="How often")
    unit: str = choice("Unit", UNITS, default="month", group="How often")
    starts_on: date = day("First due on", default=today, group="How often")
    lead_days: int | None = integer("Remind so many days before", unit="days", ge=0, le=365, group="How often",
                                    help="Empty: 7. Statutory inspections: at least 30, the application goes in a month before the date "
                                         "[特种设备安全法 第40条].")  # fmt: skip
    keeper: int | None = reference("In charge", "staff", column=True, filter=True, add_new=False, group="How often")
    vendor: str | None = text("Inspected by (firm)", max_length=80, search=True, group="How often", example="市特种设备检验检测研究院")
    checklist: str | None = long_text("What to look at", max_length=4000, group="How often")
    active: bool = yes_no("In use", default=True, filter=True, group="How often")
    last_done: date | None = day("Last done on", readonly=True, column=True, group="Last and next")
    valid_until: date | None = day("Certificate valid until", readonly=True, group="Last and next")
    last_result: str | None = choice("Last result", RESULTS, readonly=True, column=True, filter=True, group="Last and next")
    days_left: ClassVar = computed(
        "Days left", Kind.INTEGER, lambda t: days_between(t.today, t.next_due), unit="days", group="Last and next"
    )


class InspectionRecord(Record, table=True):
    """6.2 An inspection that was made. Never changed: a wrong one is corrected by another one."""

    __screen__ = Screen(
        "Inspection", "Inspections", area="facilities", section="6.2", icon="fact_check", order=41,
        titles=("no", "plan"), second=("done_on", "result"), sort="-done_on", append_only=True, owners=("inspector",),
        help="What was found. The plan's next date follows from it, and a fault opens a repair.",
        empty="Record an inspection from its plan: the next date follows by itself.",
        row_colours={"red": When(result="fail"), "orange": When(result="rectify")},
        children=(Child("work_order", "inspection", title="Repairs that came of it"),), similar=("plan", "done_on"),
    )  # fmt: skip
    __rights__ = {"facility": "read create import export", "director deputy auditor supervisor": "read export", "*": "read"}
    __charts__ = (
        Chart(name="results", title="Results by month", over="done_on", split="result"),
        Chart(name="on_time", title="Inspections made in time", measure="share:on_time", over="done_on", mark="line", target=Decimal(100),
              target_title="All in time"),
        Chart(name="cost", title="Cost of inspections by month", measure="sum:cost", over="done_on"),
    )  # fmt: skip
    __checks__ = (
        Check("valid_after_done", lambda t: t.valid_until > t.done_on,
              "The certificate must be valid for longer than the day of the inspection.",
              "valid_until"),
        Check("cost_not_negative", lambda t: t.cost >= 0, "The cost can't be negative.", "cost"),
    )  # fmt: skip

    no: str = number("Inspection no.", "XJ{year}{seq:05}")
    plan: int = reference("Plan", "inspection_plan", column=True, filter=True, narrow={"active": True})
    done_on: date = day("Done on", default=today, column=True, filter=True)
    inspector: int | None = reference(
        "Inspector", "staff", default=me, column=True, filter=True, add_new=False, help="The colleague who did it or went along."
    )
    firm: str | None = text("Firm or authority", max_length=80, search=True)
    result: str = choice("Result", RESULTS, default="pass", column=True, filter=True)
    findings: str | None = long_text("What was found", max_length=4000, search=True, required_if=When(result=("rectify", "fail")))
    certificate_no: str | None = short_code("Certificate no.", search=True, help="Needed for a statutory inspection that was passed.")
    valid_until: date | None = day("Certificate valid until", column=True, filter=True, help="Decides when the next inspection is due.")
    report: int | None = file("Report")
    photo: int | None = image("Photo")
    cost: Decimal | None = money("Cost", ge=0, sum=True)
    due_on: date | None = day("Was due on", readonly=True)
    on_time: bool = yes_no("In time", readonly=True, filter=True)


# Repairs

PRIORITIES = (
    Choice("P1", "P1 Danger or standstill", "red"),
    Choice("P2", "P2 Urgent", "orange"),
    Choice("P3", "P3 Ordinary", "blue"),
    Choice("P4", "P4 When convenient", "grey"),
)
TIME_UNITS = (Choice("minutes", "minutes"), Choice("hours", "hours"), Choice("workdays", "working days"))


class RepairDeadline(Record, table=True):
    """6.2 How soon a repair of each priority must begin and be finished."""

    __screen__ = Screen(
        "Repair deadline", "Repair deadlines", area="facilities", section="6.2", icon="timer", order=61, few=True,
        titles=("priority",), second=("response", "response_unit"), sort="priority",
        help="Minutes and hours run round the clock; working days end at closing time. A change holds for repairs reported from then on.",
        empty="Without a line here, a priority has the usual deadlines: P1 30 minutes and 4 hours, P2 4 hours and 1 working day, "
              "P3 1 and 3 working days, P4 3 and 10 working days.",
    )  # fmt: skip
    __rights__ = {"facility deputy director": "read create edit delete restore", "*": "read"}
    __checks__ = (
        Check("response_positive", lambda t: t.response >= 1, "The time must be at least 1.", "response"),
        Check("fix_positive", lambda t: t.fix >= 1, "The time must be at least 1.", "fix"),
    )

    priority: str = choice("Priority", PRIORITIES, unique=True, column=True)
    response: int = integer("Begun within", ge=1, le=10_000, column=True)
    response_unit: str = choice("Unit (begun)", TIME_UNITS, column=True)
    fix: int = integer("Finished within", ge=1, le=10_000, column=True)
    fix_unit: str = choice("Unit (finished)", TIME_UNITS, column=True)


WORK_ORDER_STATES = (
    Choice("pending", "To be assigned", "red"),
    Choice("assigned", "Assigned", "blue"),
    Choice("in_progress", "In progress", "teal"),
    Choice("waiting", "Waiting for parts", "orange"),
    Choice("to_accept", "To be accepted", "yellow"),
    Choice("done", "Done", "green"),
    Choice("cancelled", "Cancelled"),
)
OPEN = ("pending", "assigned", "in_progress", "waiting", "to_accept")
TRADES = (
    Choice("electricity", "Electricity", "yellow"),
    Choice("water", "Water and drains", "blue"),
    Choice("climate", "Heating and air conditioning", "teal"),
    Choice("lift", "Lift", "red"),
    Choice("fire", "Fire protection", "red"),
    Choice("computer", "Computers and network", "purple"),
    Choice("kitchen", "Kitchen", "orange"),
    Choice("furniture", "Furniture", "green"),
    Choice("building", "Building, doors and windows", "grey"),
    Choice("other", "Other", "grey"),
)
CAUSES = (
    Choice("wear", "Wear and age", "orange"),
    Choice("use", "Wrong use", "red"),
    Choice("maintenance", "Too little maintenance", "yellow"),
    Choice("part", "Quality of a part", "purple"),
    Choice("installation", "Fault of installation", "blue"),
    Choice("outside", "From outside (mains, weather, vandalism)", "grey"),
    Choice("unknown", "Not found", "grey"),
)
CAME_FROM = (
    Choice("staff", "Colleague", "blue"),
    Choice("resident", "Resident", "green"),
    Choice("inspection", "Inspection", "orange"),
)
IN_CHARGE = ("facility", "head", "deputy", "director")


class WorkOrder(Record, table=True):
    """6.2 A repair: from the report of a fault to its acceptance, with two deadlines."""

    __screen__ = Screen(
        "Repair", "Repairs", area="facilities", section="6.2", icon="build", order=20,
        titles=("no", "fault"), second=("place", "asset"), sort="-reported_at", owners=("reporter", "assignee"), deletable=False,
        due="due", due_while=When(state=OPEN),
        help="Report a fault, assign it, repair it, accept it. The priority sets how soon work must begin and end; whoever repaired "
             "it does not accept it.",
        empty="Report a fault: say what is broken and where, the rest follows.",
        groups=("Fault", "Work", "Deadlines", "Outcome"),
        row_colours={"red": When(late=True), "orange": When(priority="P1", state=OPEN), "grey": When(state="cancelled")},
        similar=("fault", "asset", "place"),
        settled=When(state=("done", "cancelled")),
    )  # fmt: skip
    __rights__ = {
        "facility": "read create edit import export",
        "head deputy director": "read create edit export",
        "auditor supervisor": "read export",
        "*": "read create edit:own",
    }
    __flow__ = Flow(
        initial="pending",
        waits={"pending": ("facility",), "assigned": ("assignee",), "in_progress": ("assignee",), "to_accept": ("facility", "head")},
        moves=(
            Move(name="assign", title="Assign", sources=("pending", "assigned"), target="assigned", roles=IN_CHARGE,
                 asks=("assignee", "vendor"),
                 icon="person_add", colour="blue"),
            Move(name="start", title="Begin", sources=("assigned", "waiting"), target="in_progress", roles=("*",),
                 icon="play_arrow", colour="teal"),
            Move(name="wait", title="Wait for parts", sources=("in_progress",), target="waiting", roles=("*",), reason=True,
                 icon="hourglass_top", colour="orange"),
            Move(name="finish", title="Repaired", sources=("assigned", "in_progress", "waiting"), target="to_accept", roles=("*",),
                 requires=("cause", "solution"), asks=("parts_cost", "labour_cost", "after"), icon="build_circle", colour="yellow"),
            Move(name="accept", title="Accept", sources=("to_accept",), target="done", roles=(*IN_CHARGE, "clerk"),
                 apart_from=("assignee", "fixed_by"), icon="verified", colour="green"),
            Move(name="reject", title="Send back", sources=("to_accept",), target="in_progress", roles=(*IN_CHARGE, "clerk"),
                 apart_from=("assignee", "fixed_by"), reason=True, icon="undo", colour="red"),
            Move(name="cancel", title="Cancel", sources=("pending", "assigned"), target="cancelled", roles=IN_CHARGE, reason=True,
                 icon="close", colour="grey"),
        ),
    )  # fmt: skip
    __charts__ = (
        Chart(name="months", title="Repairs by month", over="reported_at", split="priority"),
        Chart(name="on_time", title="Repairs finished in time", measure="share:on_time", over="reported_at", mark="line",
              only=When(state="done"),
              target=Decimal(95), target_title="Aim", help="Share of the accepted repairs that were finished by their deadline."),
        Chart(name="cost", title="Cost by trade", measure="sum:cost", by="trade", mark="pareto"),
        Chart(name="downtime", title="Downtime by place", measure="sum:downtime", by="place", lower_is_better=True),
        Chart(name="causes", title="Root causes", by="cause", mark="pareto", only=When(state="done")),
        Chart(name="open", title="Open repairs by state and priority", by="state", split="priority", standing=True, only=When(state=OPEN)),
    )  # fmt: skip
    __checks__ = (
        Check("parts_cost_not_negative", lambda t: t.parts_cost >= 0, "The cost can't be negative.", "parts_cost"),
        Check("labour_cost_not_negative", lambda t: t.labour_cost >= 0, "The cost can't be negative.", "labour_cost"),
        Check("downtime_not_negative", lambda t: t.downtime >= 0, "The downtime can't be negative.", "downtime"),
    )

    no: str = number("Repair no.", "GD{year}{seq:05}", group="Fault")
    fault: str = text("Fault", max_length=120, column=True, search=True, group="Fault", example="三楼女卫生间水龙头漏水")
    state: str = choice("State", WORK_ORDER_STATES, default="pending", column=True, filter=True, group="Work")
    description: str | None = long_text("Description", max_length=4000, search=True, group="Fault")
    asset: int | None = reference("Asset", "asset", column=True, filter=True, add_new=False, required_if=When(place=EMPTY), group="Fault")
    place: int | None = reference("Place", "place", column=True, filter=True, add_new=False, required_if=When(asset=EMPTY), group="Fault",
                                  help="Taken from the asset if left empty.")  # fmt: skip
    trade: str = choice("Trade", TRADES, default="other", filter=True, group="Fault")
    priority: str = choice("Priority", PRIORITIES, default="P3", column=True, filter=True,
                           editable_if=When(state=("pending", "assigned")), group="Fault",
                           help="P1: danger to people, or the centre stands still.")  # fmt: skip
    due: datetime | None = moment(
        "Next deadline", readonly=True, column=True, filter=True, group="Deadlines", help="Empty once it is repaired."
    )
    out_of_use: bool = yes_no(
        "Can't be used meanwhile", group="Fault", help="Counts as downtime, and takes the asset out of use until it is repaired."
    )
    came_from: str = choice("Reported by", CAME_FROM, default="staff", filter=True, group="Fault")
    reporter: int | None = reference("Colleague who reports", "staff", default=me, add_new=False, group="Fault")
    reported_at: datetime = moment("Reported at", default=now, column=True, filter=True, editable_if=When(state="pending"), group="Fault")
    before: int | None = image("Photo of the fault", group="Fault")
    inspection: int | None = reference(
        "Came of the inspection", "inspection_record", readonly=True, shown_if=When(inspection=FILLED), group="Fault"
    )
    assignee: int | None = reference("Assigned to", "staff", column=True, filter=True, add_new=False, group="Work")
    vendor: str | None = text("Firm", max_length=80, search=True, group="Work")
    responded_at: datetime | None = moment("Begun at", readonly=True, group="Deadlines")
    fixed_at: datetime | None = moment("Repaired at", readonly=True, group="Deadlines")
    response_due: datetime | None = moment("Begin by", readonly=True, group="Deadlines")
    fix_due: datetime | None = moment("Finish by", readonly=True, group="Deadlines")
    late: ClassVar = computed("Late", Kind.BOOLEAN, lambda t: func.coalesce(t.due < t.now, False), group="Deadlines")
    on_time: bool = yes_no("Finished in time", readonly=True, filter=True, group="Deadlines", shown_if=When(fixed_at=FILLED))
    cause: str | None = choice("Root cause", CAUSES, filter=True, group="Outcome")
    solution: str | None = long_text("What was done", max_length=4000, search=True, group="Outcome")
    parts_cost: Decimal = money("Parts", ge=0, default=Decimal(0), group="Outcome")
    labour_cost: Decimal = money("Labour", ge=0, default=Decimal(0), group="Outcome")
    cost: Decimal = money("Cost", readonly=True, default=Decimal(0), sum=True, group="Outcome")
    downtime: Decimal = decimal("Downtime", unit="h", places=1, readonly=True, default=Decimal(0), sum=True, group="Outcome")
    after: int | None = image("Photo after the repair", group="Outcome")
    fixed_by: int | None = reference("Repaired by", "staff", readonly=True, group="Outcome", help="Who reported it as repaired.")
    asset_was: str | None = text("State of the asset before", max_length=40, hidden=True)
    accepted_by: int | None = reference("Accepted by", "staff", readonly=True, group="Outcome", help="Never the one who repaired it.")
