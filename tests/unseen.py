# ruff: noqa: RUF012 (a declaration is read, never changed)
"""Tables that the product has never seen: the drones that look after the district. Imported by `test_unseen_table` alone, and forgotten
after it; between them they use every kind of field and every word of a declaration."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from models.base import Bookable, Chart, Check, Child, Flow, Move, Record, Screen
from models.expressions import counting, days_between
from models.fields import (
    FILLED,
    Choice,
    Kind,
    When,
    bank_account,
    choice,
    choices,
    clock,
    code,
    colour,
    computed,
    credit_code,
    day,
    decimal,
    duration,
    email,
    file,
    id_number,
    image,
    integer,
    link,
    long_text,
    me,
    moment,
    money,
    number,
    parent,
    percent,
    phone,
    point,
    reference,
    references,
    text,
    today,
    yes_no,
)
from models.types import Place as Spot

TASKS = (
    Choice("patrol", "Patrol", "blue"),
    Choice("mapping", "Mapping", "teal"),
    Choice("rescue", "Rescue", "red"),
    Choice("show", "Light show", active=False),
)
LOADS = (Choice("camera", "Camera"), Choice("speaker", "Loudspeaker"), Choice("lamp", "Lamp", "yellow"))
STATES = (
    Choice("planned", "Planned", "yellow"),
    Choice("cleared", "Cleared", "blue"),
    Choice("flown", "Flown", "green"),
    Choice("called_off", "Called off"),
)
BEFORE = When(state="planned")


class UnseenHangar(Record, table=True):
    """Where drones stand: a tree of few records."""

    __screen__ = Screen(
        "Hangar", "Hangars", area="facilities", section="2.4", icon="warehouse", titles=("name",), second=("mark",), few=True, sort="name",
        help="Where drones stand.", empty="Add the first hangar.", children=(Child("unseen_flight", "hangar", title="Flights"),),
        groups=("Where", "Looks"),
    )  # fmt: skip
    __rights__ = {"facility": "all", "*": "read"}
    __charts__ = (Chart(name="flights", title="Flights by hangar", measure="sum:flights", by="within"),)

    mark: str = code("Mark", unique=True, column=True, search=True, pattern=r"H\d{2}", pattern_help="H and two digits.", example="H01")
    name: str = text("Name", column=True, search=True, inline=True)
    within: int | None = parent("Within", "unseen_hangar", column=True, filter=True)
    at: Spot | None = point("On the floor plan", on="plan", group="Where")
    paint: str | None = colour("Paint", group="Looks")
    closed: bool = yes_no("Closed", column=True, filter=True)
    flights: ClassVar = computed("Flights", Kind.INTEGER, counting("unseen_flight", "hangar"), column=True, sum=True)


class UnseenFlight(Record, table=True):
    """A flight: every kind of field, states, a booking of its hangar, legs in a grid."""

    __screen__ = Screen(
        "Flight", "Flights", area="facilities", section="6.2", icon="flight", titles=("no", "purpose"), second=("hangar", "starts_at"),
        sort="-planned_on", help="What flies when, and who is at the controls.", empty="Plan the first flight.",
        tabs=("Papers",), groups=("Flight", "Crew", "Money"), owners=("pilot",), department="department", due="report_by",
        children=(Child("unseen_leg", "flight", in_form=True, minimum=1), Child("unseen_sighting", "flight")),
        bookable=Bookable("starts_at", "ends_at", of=("hangar",), free=When(state="called_off"),
                          longest=timedelta(days=2), colour="task"),
        row_colours={"red": When(task="rescue"), "grey": When(state="called_off")}, uniques=(("purpose", "planned_on"),),
        similar=("purpose", "task"),
    )  # fmt: skip
    __rights__ = {
        "facility": "all", "head": "read:department edit:department", "clerk": "read:own create edit:own", "auditor": "read:all export",
    }  # fmt: skip
    __flow__ = Flow(
        initial="planned",
        moves=(
            Move(name="clear", title="Clear for take-off", sources=("planned",), target="cleared", roles=("facility", "head"),
                 apart_from=("pilot",), guard=When(insured=True), guard_message="An uninsured drone stays on the ground.", icon="flight"),
            Move(name="fly", title="Record the flight", sources=("cleared",), target="flown", roles=("*",), only_by=("pilot",),
                 requires=("minutes",), asks=("report",), colour="green"),
            Move(name="call_off", title="Call off", sources=("planned", "cleared"), target="called_off", roles=("facility", "clerk"),
                 reason=True, confirm="The hangar becomes free again.", icon="event_busy", colour="red"),
        ),
        waits={"planned": ("facility",), "cleared": ("pilot",)},
    )  # fmt: skip
    __checks__ = (
        Check("ends_after_start", lambda t: t.ends_at > t.starts_at, "It lands before it takes off.", "ends_at"),
        Check("reserve", lambda t: (t.battery >= 30) | (t.task == "rescue"), "Only a rescue starts with less than 30 %.", "battery"),
    )
    __charts__ = (
        Chart(name="tasks", title="Flights by task", by="task", split="state"),
        Chart(name="months", title="Flights by month", over="planned_on", split="task", mark="line", target=Decimal(4), target_title="Aim"),
        Chart(name="weeks", title="Minutes by week", over="starts_at", step="week", measure="sum:minutes", mark="area"),
        Chart(name="cost", title="Cost by hangar", measure="sum:cost", by="hangar", mark="pareto", only=When(state=("cleared", "flown"))),
        Chart(name="battery", title="Battery at the start", by="battery_wh", mark="histogram", bins=(0, 50, 100)),
        Chart(name="insured", title="Share of insured flights", measure="share:insured", over="planned_on", mark="line"),
        Chart(name="heat", title="Task and load", by="task", split="loads", mark="heat", standing=True),
        Chart(name="mean", title="Mean cost", measure="avg:cost", by="insured", lower_is_better=True),
    )

    no: str = number("Flight no.", "FX{year}{seq:03}", group="Flight")
    purpose: str = text("Purpose", max_length=80, column=True, search=True, inline=True, group="Flight", placeholder="What for?",
                        example="湖面巡查")  # fmt: skip
    task: str = choice("Task", TASKS, default="patrol", column=True, filter=True, inline=True, group="Flight")
    loads: list[str] | None = choices("Carries", LOADS, column=True, filter=True, group="Flight")
    state: str = choice("State", STATES, default="planned", column=True, filter=True)
    hangar: int = reference("Hangar", "unseen_hangar", column=True, filter=True, search=True, narrow={"closed": False}, group="Flight")
    also: ClassVar = references("Lands at", "unseen_hangar", filter=True, group="Flight")
    follows: int | None = parent("Follows", "unseen_flight", group="Flight")
    planned_on: date = day("Planned on", default=today, column=True, filter=True, group="Flight")
    starts_at: datetime = moment("Takes off", column=True, filter=True, group="Flight", editable_if=BEFORE)
    ends_at: datetime = moment("Lands", group="Flight", editable_if=BEFORE)
    briefing: time | None = clock("Briefing", group="Flight")
    lead: timedelta | None = duration("Lead time", group="Flight")
    height: Decimal | None = decimal("Height", places=1, unit="m", gt=0, le=120, group="Flight")
    battery: Decimal = percent("Battery", default=Decimal(100), ge=0, le=100, group="Flight")
    battery_wh: int | None = integer("Charge", unit="Wh", ge=0, group="Flight")
    above: Spot | None = point("Over", group="Flight")
    minutes: int | None = integer(
        "Minutes in the air", ge=1, column=True, sum=True, shown_if=When(state=("cleared", "flown")), group="Flight"
    )
    report: str | None = long_text("Report", search=True, shown_if=When(state="flown"), group="Flight")
    report_by: date | None = day("Report by", filter=True, group="Flight")
    insured: bool = yes_no("Insured", column=True, filter=True, group="Flight")
    policy: str | None = code("Policy no.", unique=True, required_if=When(insured=True), shown_if=When(insured=True), group="Flight")
    pilot: int = reference("Pilot", "staff", default=me, column=True, filter=True, add_new=False, group="Crew")
    department: int | None = reference("Department", "department", filter=True, group="Crew", on_delete="set null")
    guest: str | None = text("Guest on the ground", max_length=40, group="Crew")
    guest_id: str | None = id_number("Guest's ID number", shown_if=When(guest=FILLED), group="Crew", unmasked_for=("facility",))
    guest_phone: str | None = phone(
        "Guest's phone", sensitive=True, required_if=When(guest=FILLED), shown_if=When(guest=FILLED), group="Crew"
    )
    guest_mail: str | None = email("Guest's e-mail", shown_if=When(guest=FILLED), group="Crew")
    cost: Decimal | None = money("Cost", ge=0, column=True, sum=True, filter=True, group="Money", editable_if=When(roles=("facility",)))
    payee: str | None = credit_code("Payee", group="Money")
    account: str | None = bank_account("Payee's account", shown_if=When(payee=FILLED), group="Money")
    licence: int | None = file("Licence", accept=("pdf",), tab="Papers")
    photo: int | None = image("Photo", tab="Papers")
    page: str | None = link("Announcement", tab="Papers", help="Where the district was told.")
    note: str | None = long_text("Note", max_length=500, tab="Papers")
    ready: ClassVar = computed("Days until then", Kind.INTEGER, lambda t: days_between(t.today, t.planned_on), group="Flight")
    per_minute: ClassVar = computed("Cost a minute", Kind.MONEY, lambda t: t.cost / t.minutes, unit="元", places=2, group="Money")


class UnseenLeg(Record, table=True):
    """A part of a flight, edited in its form."""

    __screen__ = Screen("Leg", "Legs", area="facilities", section="6.2", titles=("label",), uniques=(("flight", "label"),), hidden=True)
    __rights__ = {"facility clerk": "all", "*": "read"}

    flight: int = reference("Flight", "unseen_flight", on_delete="cascade", column=True)
    label: str = code("Leg", max_length=20, column=True, search=True)
    metres: int = integer("Length", unit="m", default=100, ge=1, column=True, sum=True)
    low: bool = yes_no("Below the trees")


class UnseenSighting(Record, table=True):
    """What was seen from above: only ever added."""

    __screen__ = Screen("Sighting", "Sightings", area="facilities", section="6.2", titles=("what",), append_only=True, sort="-seen_on")
    __rights__ = {"*": "read create"}

    flight: int = reference("Flight", "unseen_flight", column=True, filter=True)
    what: str = text("What", column=True, search=True)
    seen_on: date = day("Seen on", default=today, column=True, filter=True)


MODELS: dict[Any, Any] = {model: vars(model)["__table__"] for model in (UnseenHangar, UnseenFlight, UnseenLeg, UnseenSighting)}
"""Each with its SQL table."""
