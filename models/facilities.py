"""2.3, 2.4 Places, what the norms ask of them, and their bookings."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import BigInteger, and_, case, cast, exists, func, literal, or_, select, type_coerce

from models.base import Bookable, Chart, Check, Child, Flow, Move, Record, Screen
from models.catalogue import WEEKDAYS
from models.expressions import codes_where, found, has, other
from models.fields import (
    EMPTY,
    FILLED,
    Choice,
    Kind,
    When,
    choice,
    choices,
    computed,
    day,
    decimal,
    image,
    integer,
    long_text,
    me,
    moment,
    number,
    phone,
    point,
    reference,
    text,
    yes_no,
)
from models.fields import code as short_code
from models.types import Codes, Scaled
from models.types import Place as Spot

FUNCTIONS = (
    Choice("reception", "Reception hall", "blue"),
    Choice("mediation", "Mediation", "purple"),
    Choice("day_care", "Day care for the elderly", "orange"),
    Choice("meals", "Meals for the elderly", "yellow"),
    Choice("reading", "Reading", "teal"),
    Choice("multi", "Multi-purpose", "blue"),
    Choice("culture", "Culture and sport", "green"),
    Choice("counselling", "Counselling", "purple"),
    Choice("child_care", "Care of children", "red"),
    Choice("volunteers", "Volunteers", "green"),
    Choice("meeting", "Meetings", "teal"),
    Choice("office", "Offices"),
    Choice("storage", "Storage"),
    Choice("other", "Passages and others"),
)
ACCESSIBILITY = (
    Choice("low_counter", "Low counter", "blue"),
    Choice("ramp", "Ramp", "teal"),
    Choice("toilet", "Accessible toilet", "green"),
    Choice("display", "Electronic display", "purple"),
    Choice("writing_pad", "Writing pad", "orange"),
    Choice("voice", "Voice prompts", "yellow"),
)
BY_LAW = ("low_counter", "display", "writing_pad", "voice")
"""What a public reception hall must have [L 无障碍环境建设法 40]."""
PLACE_STATES = (
    Choice("open", "Open", "green"),
    Choice("restricted", "Restricted", "yellow"),
    Choice("maintenance", "Under maintenance", "orange"),
    Choice("closed", "Closed", "red"),
)
NOT_OPEN = When(state=("restricted", "maintenance", "closed"))
KEEPERS = ("facility", "deputy", "director")


def _accessibility_share(t: Any) -> Any:
    held = sum((case((has(t.accessibility, one.code), 1), else_=0) for one in ACCESSIBILITY), literal(0))
    return case((t.public, type_coerce(cast(func.round(held * 10000.0 / len(ACCESSIBILITY)), BigInteger), Scaled(2))))


def _lacking_by_law(t: Any) -> Any:
    hall = and_(t.function == "reception", t.public)
    return codes_where({item: and_(hall, ~has(t.accessibility, item)) for item in BY_LAW})


def _shut(t: Any) -> Any:
    """Whether a statutory inspection that the place depends on is overdue or was failed."""
    plan, asset, link = other("inspection_plan"), other("asset"), other("inspection_plan__places")
    here = t.id.table
    stands_here = exists().where(asset.c.id == plan.c.asset, asset.c.place == t.id, asset.c.removed_on.is_(None)).correlate(plan, here)
    depends = exists().where(link.c.owner_id == plan.c.id, link.c.target_id == t.id).correlate(plan, here)
    return (
        exists()
        .where(plan.c.centre_id == t.centre_id, plan.c.deleted_at.is_(None), plan.c.active, plan.c.statutory)
        .where(or_(plan.c.next_due < t.today, plan.c.last_result == "fail"), or_(plan.c.place == t.id, stands_here, depends))
        .correlate(here)
    )


class Place(Record, table=True):
    """2.4 A room or area of the centre."""

    __screen__ = Screen(
        "Place", "Places", area="facilities", section="2.4", icon="meeting_room", order=25, few=True,
        titles=("code", "name"), second=("function", "floor"), sort="code", department="department", owners=("keeper",),
        help="Every room and area of the centre: what it is for, how large it is, who may get in, and whether it may be used. "
             "The norm report compares what is here with what the norms ask for.",
        empty="Add the rooms of the centre, beginning with the reception hall.",
        tabs=("Accessibility and safety", "Floor plan"), groups=("Where", "Use", "Accessibility and safety", "Floor plan"),
        children=(Child("booking", "place", title="Bookings"), Child("asset", "place", title="Assets here"),
                  Child("inspection_plan", "place", title="Inspections"), Child("work_order", "place", title="Repairs")),
        row_colours={"red": When(state="closed"), "orange": When(shut=True), "yellow": When(state=("restricted", "maintenance"))},
    )  # fmt: skip
    __rights__ = {"facility": "all", "director deputy auditor": "read export", "*": "read"}
    __flow__ = Flow(
        initial="open",
        moves=(
            Move(name="restrict", title="Restrict", sources=("open",), target="restricted", roles=KEEPERS, reason=True,
                 asks=("reopens_on",),
                 icon="do_not_disturb_on", colour="yellow"),
            Move(name="maintain", title="Take out for maintenance", sources=("open", "restricted"), target="maintenance",
                 roles=KEEPERS, reason=True,
                 asks=("reopens_on",), icon="build", colour="orange"),
            Move(name="close", title="Close", sources=("open", "restricted", "maintenance"), target="closed", roles=KEEPERS, reason=True,
                 asks=("reopens_on",), icon="block", colour="red"),
            Move(name="reopen", title="Open again", sources=("restricted", "maintenance", "closed"), target="open", roles=KEEPERS,
                 icon="lock_open", colour="green"),
        ),
    )  # fmt: skip
    __charts__ = (
        Chart(name="area", title="Floor area by function", measure="sum:area", by="function", split="public", mark="bar"),
        Chart(name="accessibility", title="Accessibility items met by function", measure="avg:accessibility_share", by="function",
              only=When(public=True), target=Decimal(100), target_title="All items"),
        Chart(name="states", title="Places by state", by="function", split="state"),
    )  # fmt: skip
    __checks__ = (
        Check("area_positive", lambda t: t.area > 0, "The floor area must be more than 0.", "area"),
        Check("capacity_not_negative", lambda t: t.capacity >= 0, "The capacity can't be negative.", "capacity"),
    )

    code: str = short_code("Place code", max_length=20, unique=True, column=True, search=True, pattern=r"[A-Z0-9][A-Z0-9-]*",
                           pattern_help="Capital letters, digits and dashes.", example="A1-03", group="Where")  # fmt: skip
    name: str = text("Name", max_length=60, column=True, search=True, example="多功能厅", group="Where")
    state: str = choice("State", PLACE_STATES, default="open", column=True, filter=True, group="Use")
    building: str | None = text("Building", max_length=60, search=True, example="主楼", group="Where")
    floor: int | None = integer(
        "Floor", ge=-5, le=60, column=True, filter=True, help="Basements are negative: -1 is the first basement.", group="Where"
    )
    department: int | None = reference("Department in charge", "department", filter=True, group="Where")
    keeper: int | None = reference("Keeper", "staff", column=True, help="Who answers for the place.", group="Where")
    photo: int | None = image("Photo", group="Where")
    function: str = choice("Function", FUNCTIONS, column=True, filter=True, group="Use")
    area: Decimal = decimal("Floor area", unit="m²", gt=0, le=100_000, column=True, sum=True, help="Usable floor area.", group="Use")
    capacity: int = integer(
        "Capacity", unit="people", ge=0, default=0, column=True, help="Most people at once; 0: not limited.", group="Use"
    )
    public: bool = yes_no("Open to residents", column=True, filter=True, group="Use",
                          help="Counts towards the share of the building that residents may use.")  # fmt: skip
    bookable: bool = yes_no("Can be booked", filter=True, inline=True, group="Use")
    accessibility: list[str] | None = choices("Accessibility", ACCESSIBILITY, group="Accessibility and safety",
                                              tab="Accessibility and safety",
                                              help="What is there for disabled and elderly people [无障碍环境建设法 第40条].")  # fmt: skip
    fire_exit_ok: bool = yes_no("Escape routes clear", default=True, filter=True, inline=True, group="Accessibility and safety",
                                tab="Accessibility and safety")  # fmt: skip
    accessibility_share: ClassVar = computed("Accessibility items met", Kind.PERCENT, _accessibility_share, places=2, unit="%", column=True,
                                             group="Accessibility and safety", tab="Accessibility and safety",
                                             help="Of the six items, for places open to residents.")  # fmt: skip
    lacking: ClassVar = computed("Missing by law", Kind.CHOICES, _lacking_by_law, choices=ACCESSIBILITY, group="Accessibility and safety",
                                 tab="Accessibility and safety",
                                 help="A public reception hall must have a low counter, a display, a writing pad and voice prompts "
                                      "[无障碍环境建设法 第40条].")  # fmt: skip
    shut: ClassVar = computed("Inspection overdue or failed", Kind.BOOLEAN, _shut, filter=True, group="Accessibility and safety",
                              tab="Accessibility and safety", help="It can't be booked until the inspection is passed.")  # fmt: skip
    plan: int | None = image("Floor plan", group="Floor plan", tab="Floor plan")
    position: Spot | None = point("Position on the floor plan", on="plan", shown_if=When(plan=FILLED), group="Floor plan", tab="Floor plan")
    state_note: str | None = text("Reason of the state", max_length=255, readonly=True, shown_if=NOT_OPEN,
                                  group="Use")  # fmt: skip
    reopens_on: date | None = day("Opens again on", shown_if=NOT_OPEN, group="Use",
                                  help="Bookings up to the day before are hit.")  # fmt: skip
    note: str | None = long_text("Notes", max_length=2000, group="Use")


# What the norms ask for

MEASURES = (
    Choice("function_area", "Function area", "blue"),
    Choice("household_area", "Household area", "teal"),
    Choice("building_area", "Building area", "purple"),
    Choice("public_share", "Open share", "green"),
    Choice("items", "Items", "orange"),
)
MEASURE_UNITS = (
    Choice("square", "m²", "blue"),
    Choice("square_per_100", "m² per 100 households", "teal"),
    Choice("percent", "%", "green"),
    Choice("items", "items", "orange"),
)
COUNTED = When(measure=("function_area", "household_area", "building_area", "public_share"))


def _places(t: Any, measure: Any, *where: Any) -> Any:
    place = other("place").c
    chosen = select(measure(place)).where(place.centre_id == t.centre_id, place.deleted_at.is_(None), place.state != "closed")
    return chosen.where(*(one(place) for one in where)).correlate(t.id.table).scalar_subquery()


def _of_function(t: Any) -> Any:
    return lambda place: or_(t.function.is_(None), place.function == t.function)


def _public(place: Any) -> Any:
    return place.public


def _square(t: Any, *where: Any) -> Any:
    """Floor area of places, in hundredths of a square metre."""
    return _places(t, lambda place: cast(func.coalesce(func.sum(type_coerce(place.area, BigInteger)), 0), BigInteger), *where)


def _households(t: Any) -> Any:
    return found("centre", "households", t.centre_id)


def _rounded(value: Any) -> Any:
    return cast(func.round(value), BigInteger)


def _everywhere(place: Any, item: str) -> Any:
    """1 if every one of the places has the item, 0 if one lacks it or there is none."""
    return func.coalesce(func.min(case((has(place.accessibility, item), 1), else_=0)), 0)


def _missing(t: Any) -> Any:
    def lacking(place: Any) -> Any:
        return codes_where({one.code: and_(has(t.must_have, one.code), _everywhere(place, one.code) == 0) for one in ACCESSIBILITY})

    return type_coerce(_places(t, lacking, _of_function(t), _public), Codes())


def _items(t: Any, held: Any) -> Any:
    return sum((case((has(t.must_have, one.code), 100 * held(one.code)), else_=0) for one in ACCESSIBILITY), literal(0))


def _unit(t: Any) -> Any:
    return case(
        (t.measure == "household_area", "square_per_100"), (t.measure == "public_share", "percent"),
        (t.measure == "items", "items"), else_="square"
    )  # fmt: skip


def _asked(t: Any) -> Any:
    """What is asked for, in hundredths of the measure's unit."""
    return case((t.measure == "items", _items(t, lambda item: 1)), else_=type_coerce(t.minimum, BigInteger))


def _there(t: Any) -> Any:
    """What is there, in hundredths of the measure's unit; empty where it can't be known."""
    items = _places(t, lambda place: _items(t, lambda item: _everywhere(place, item)), _of_function(t), _public)
    return case(
        (t.measure == "items", items),
        (t.measure == "function_area", _square(t, _of_function(t))),
        (t.measure == "building_area", _square(t)),
        (t.measure == "household_area", _rounded(_square(t) * 100.0 / func.nullif(_households(t), 0))),
        (t.measure == "public_share", _rounded(_square(t, _public) * 10000.0 / func.nullif(_square(t), 0))),
    )


def _gap(t: Any) -> Any:
    lack = _asked(t) - _there(t)
    return (lack + func.abs(lack)) // 2


def _square_short(t: Any) -> Any:
    """Square metres to add (or to open to residents), in hundredths."""
    per_unit = case(
        (t.measure.in_(("function_area", "building_area")), 1.0),
        (t.measure == "household_area", _households(t) / 100.0),
        (t.measure == "public_share", _square(t) / 10000.0),
    )
    return _rounded(_gap(t) * per_unit)


class FacilityRequirement(Record, table=True):
    """2.4 What a norm asks of the places; compared with what is there whenever it is looked at."""

    __screen__ = Screen(
        "Norm and gap", "Norms and gaps", area="facilities", section="2.4", icon="square_foot", order=50, few=True,
        titles=("name",), second=("source",), sort="name",
        help="One line for each thing a norm asks for. What is there, what is missing and how many square metres must be added "
             "are worked out from the places and from the number of households of the centre.",
        empty="Add what the norms ask for: the report of gaps follows by itself.",
        groups=("Norm", "Gap"), row_colours={"red": When(met=False), "yellow": When(met=True, aim_reached=False)},
    )  # fmt: skip
    __rights__ = {"facility": "all", "director deputy": "read create edit export", "auditor": "read export", "*": "read"}
    __charts__ = (
        Chart(name="gap", title="Floor area missing", measure="sum:short", by="measure", mark="bar", lower_is_better=True,
              only=COUNTED),
        Chart(name="met", title="Norms met", by="measure", split="met"),
    )  # fmt: skip
    __checks__ = (
        Check("minimum_not_negative", lambda t: t.minimum >= 0, "The minimum can't be negative.", "minimum"),
        Check("aim_above_minimum", lambda t: t.aim >= t.minimum, "The aim is below the minimum.", "aim"),
    )

    name: str = text("What is asked for", max_length=120, unique=True, column=True, search=True, group="Norm", example="每百户服务设施面积")
    measure: str = choice("Measured as", MEASURES, column=True, filter=True, group="Norm")
    function: str | None = choice("Function", FUNCTIONS, column=True, filter=True, group="Norm",
                                  shown_if=When(measure=("function_area", "items")),
                                  required_if=When(measure="function_area"), help="Empty: every place.")  # fmt: skip
    minimum: Decimal | None = decimal("At least", column=True, ge=0, group="Norm", shown_if=COUNTED,
                                      required_if=COUNTED)  # fmt: skip
    aim: Decimal | None = decimal("Aim", ge=0, group="Norm", shown_if=COUNTED)
    must_have: list[str] | None = choices(
        "Must have", ACCESSIBILITY, group="Norm", shown_if=When(measure="items"), required_if=When(measure="items")
    )
    source: str = text("Source", max_length=200, search=True, group="Norm", example="城市社区嵌入式服务设施建设导则（试行）")
    unit: ClassVar = computed("Counted in", Kind.CHOICE, _unit, choices=MEASURE_UNITS, column=True, group="Gap")
    actual: ClassVar = computed("There is", Kind.DECIMAL, lambda t: type_coerce(_there(t), Scaled(2)), places=2, column=True, group="Gap")
    gap: ClassVar = computed("Gap", Kind.DECIMAL, lambda t: type_coerce(_gap(t), Scaled(2)), places=2, column=True, group="Gap")
    short: ClassVar = computed("Floor area missing", Kind.DECIMAL, lambda t: type_coerce(_square_short(t), Scaled(2)),
                               places=2, unit="m²", column=True,
                               group="Gap", help="Square metres to add, or to open to residents.")  # fmt: skip
    missing: ClassVar = computed("Items missing", Kind.CHOICES, _missing, choices=ACCESSIBILITY, column=True, group="Gap",
                                 help="Items that at least one place of the function lacks.")  # fmt: skip
    met: ClassVar = computed(
        "Met", Kind.BOOLEAN, lambda t: func.coalesce(_there(t) >= _asked(t), False), column=True, filter=True, group="Gap"
    )
    aim_reached: ClassVar = computed("Aim reached", Kind.BOOLEAN,
                                     lambda t: or_(t.aim.is_(None), func.coalesce(_there(t) >= type_coerce(t.aim, BigInteger), False)),
                                     group="Gap")  # fmt: skip
    note: str | None = long_text("Notes", max_length=2000, group="Norm")


# Bookings

PURPOSES = (
    Choice("activity", "Activity", "green"),
    Choice("service", "Service to residents", "blue"),
    Choice("meeting", "Meeting", "teal"),
    Choice("training", "Training", "purple"),
    Choice("outside", "Use by others", "orange"),
)
BOOKING_STATES = (
    Choice("requested", "Requested", "yellow"),
    Choice("confirmed", "Confirmed", "blue"),
    Choice("checked_in", "Checked in", "teal"),
    Choice("done", "Done", "green"),
    Choice("cancelled", "Cancelled"),
    Choice("no_show", "No show", "red"),
)
DESK = ("facility", "clerk", "head", "deputy", "director")
BEFORE = When(state=("requested", "confirmed"))
HELD = When(state=("confirmed", "checked_in", "done"))


class Booking(Record, table=True):
    """2.3 A place or a piece of equipment, taken from one moment to another."""

    __screen__ = Screen(
        "Booking", "Bookings", area="facilities", section="2.3", icon="event_seat", order=10,
        titles=("no", "purpose"), second=("place", "starts_at"), sort="-starts_at", owners=("organiser",), deletable=False,
        help="Who uses which room or piece of equipment, and when. A place can be booked inside its opening hours, while it is open "
             "and its inspections are in order, and by one at a time.",
        empty="Book a room or a piece of equipment: choose what and when, and the product checks that it is free.",
        groups=("What and when", "For whom", "Outcome"),
        bookable=Bookable("starts_at", "ends_at", ("place", "asset"), free=When(state=("cancelled", "no_show")),
                          longest=timedelta(days=1), colour="state"),
        row_colours={"red": When(state="no_show"), "yellow": When(state="requested")},
        similar=(),
        settled=When(state=("done", "cancelled", "no_show")),
    )  # fmt: skip
    __rights__ = {
        "facility": "read create edit import export",
        "clerk head deputy director": "read create edit export",
        "auditor": "read export",
        "*": "read create edit:own",
    }
    __flow__ = Flow(
        initial="requested",
        waits={"requested": KEEPERS},
        moves=(
            Move(name="confirm", title="Confirm", sources=("requested",), target="confirmed", roles=KEEPERS,
                 icon="event_available", colour="green"),
            Move(name="check_in", title="Check in", sources=("confirmed",), target="checked_in", roles=DESK, icon="login", colour="teal"),
            Move(name="finish", title="Finish", sources=("checked_in",), target="done", roles=DESK, requires=("attended",),
                 icon="task_alt", colour="green"),
            Move(name="cancel", title="Cancel", sources=("requested", "confirmed"), target="cancelled", roles=DESK, reason=True,
                 icon="event_busy", colour="grey"),
            Move(name="miss", title="Nobody came", sources=("confirmed",), target="no_show", roles=DESK, icon="person_off", colour="red"),
        ),
    )  # fmt: skip
    __charts__ = (
        Chart(name="use", title="Hours booked by place", measure="sum:hours", by="place", split="kind", only=HELD,
              help="Cancelled bookings and no-shows are left out."),
        Chart(name="heat", title="Busy times", mark="heat", by="weekday", split="hour", only=HELD,
              help="Bookings by day of the week and hour of the start."),
        Chart(name="no_shows", title="No-shows by month", measure="share:missed", over="starts_at", mark="line", lower_is_better=True,
              only=When(state=("done", "no_show"))),
        Chart(name="months", title="Bookings by month", over="starts_at", split="kind", mark="area"),
        Chart(name="visitors", title="Attendance by month", measure="sum:attended", over="starts_at", split="kind"),
    )  # fmt: skip
    __checks__ = (
        Check("ends_after_start", lambda t: t.ends_at > t.starts_at, "The end must be after the start.", "ends_at"),
        Check("party_size_positive", lambda t: t.party_size >= 1, "At least one person must be expected.", "party_size"),
        Check("attended_not_negative", lambda t: t.attended >= 0, "The number of people can't be negative.", "attended"),
    )

    no: str = number("Booking no.", "YY{year}{seq:05}", group="What and when")
    purpose: str = text("Purpose", max_length=120, column=True, search=True, group="What and when", example="老年太极班")
    state: str = choice("State", BOOKING_STATES, default="requested", column=True, filter=True, group="Outcome")
    place: int | None = reference("Place", "place", column=True, filter=True, add_new=False,
                                  narrow={"bookable": True},
                                  required_if=When(asset=EMPTY), editable_if=BEFORE, group="What and when")  # fmt: skip
    asset: int | None = reference("Equipment", "asset", filter=True, add_new=False, narrow={"bookable": True},
                                  editable_if=BEFORE, group="What and when",
                                  help="A projector, a bus: with or without a place.")  # fmt: skip
    starts_at: datetime = moment("From", column=True, filter=True, editable_if=BEFORE, group="What and when")
    ends_at: datetime = moment("To", column=True, editable_if=BEFORE, group="What and when", help="On the same day.")
    kind: str = choice("Kind", PURPOSES, default="activity", column=True, filter=True, group="For whom")
    party_size: int = integer("People expected", unit="people", ge=1, le=100_000, editable_if=BEFORE, group="For whom")
    organiser: int = reference("Organiser", "staff", default=me, column=True, filter=True, add_new=False, group="For whom",
                               help="The colleague who answers for it, also when others use the place.")  # fmt: skip
    contact: str | None = text("Contact", max_length=60, required_if=When(kind="outside"), group="For whom", help="Who comes from outside.")
    contact_phone: str | None = phone("Phone of the contact", sensitive=True, unmasked_for=("facility", "clerk"), group="For whom")
    set_up: str | None = long_text("What to prepare", max_length=1000, group="For whom", placeholder="Projector, microphone, seating …")
    attended: int | None = integer(
        "People who came", unit="people", ge=0, le=100_000, sum=True, group="Outcome", editable_if=When(state=("checked_in", "done"))
    )
    hours: Decimal | None = decimal("Hours", unit="h", readonly=True, sum=True, group="Outcome")
    missed: bool = yes_no("Nobody came", readonly=True, group="Outcome")
    weekday: str | None = choice("Day of the week", WEEKDAYS, readonly=True, group="Outcome")
    hour: int | None = integer("Hour of the start", readonly=True, group="Outcome")
