"""2.3 Service hours: when the centre and its places are open, when they are closed, and which days are working days."""

from datetime import date, datetime, time
from typing import Any, ClassVar

from sqlalchemy import extract

from models.base import Bookable, Chart, Check, Flow, Move, Record, Screen
from models.expressions import elapsed, share
from models.fields import (
    EMPTY,
    FILLED,
    Choice,
    Kind,
    When,
    choice,
    clock,
    code,
    computed,
    day,
    long_text,
    moment,
    number,
    phone,
    reference,
    text,
)

WEEKDAYS = (
    Choice("1", "Monday", "blue"),
    Choice("2", "Tuesday", "blue"),
    Choice("3", "Wednesday", "blue"),
    Choice("4", "Thursday", "blue"),
    Choice("5", "Friday", "blue"),
    Choice("6", "Saturday", "orange"),
    Choice("7", "Sunday", "orange"),
)
"""ISO numbers of the days of the week."""

HOURS_KINDS = (
    Choice("regular", "Regular", "blue"),
    Choice("extended", "Extended", "teal"),
    Choice("staggered", "Staggered", "purple"),
    Choice("holiday", "Public holidays", "orange"),
)

CLOSURE_KINDS = (Choice("planned", "Planned", "blue"), Choice("urgent", "Urgent", "red"))

CLOSURE_STATES = (
    Choice("draft", "Draft", "grey"),
    Choice("published", "Published", "orange"),
    Choice("withdrawn", "Withdrawn", "grey"),
    Choice("over", "Over", "green"),
)

DAY_KINDS = (
    Choice("statutory", "Statutory holiday", "red"),
    Choice("adjusted_off", "Day off in exchange", "orange"),
    Choice("adjusted_work", "Working day in exchange", "blue"),
    Choice("local_holiday", "Local holiday", "purple"),
    Choice("temporary_closure", "Closed for the day", "grey"),
)

DAY_SOURCES = (
    Choice("notice", "Notice of the State Council", "green"),
    Choice("library", "Built-in calendar", "blue"),
    Choice("estimate", "Estimate", "yellow"),
    Choice("own", "This centre", "grey"),
)


KEEPERS = ("director", "deputy", "facility")
WEEKLY = When(kind=("regular", "extended", "staggered"), only_on=EMPTY)


def _hours(t: Any) -> Any:
    minutes = (
        (extract("hour", t.closes_at) - extract("hour", t.opens_at)) * 60 + extract("minute", t.closes_at) - extract("minute", t.opens_at)
    )
    return share(minutes, 60, places=2)


class OpeningHours(Record, table=True):
    """From when to when the centre or one of its places is open."""

    __screen__ = Screen(
        "Opening hours", "Opening hours", area="catalogue", section="2.3", icon="schedule", titles=("kind", "opens_at", "closes_at"),
        second=("place", "weekday", "only_on"), few=True, sort="weekday", order=2,
        help="A place without hours of its own is open with the centre. Hours of one date replace those of its weekday; on public holidays "
             "only the hours for public holidays count. Public places must be open outside working hours too, and longer on weekends and "
             "in holidays [L 公共文化体育设施条例 17].",
        empty="Enter the hours of the centre for each weekday, morning and afternoon apart: bookings are taken within them only.",
    )  # fmt: skip
    __rights__ = {"director deputy facility": "all", "head": "read create edit", "*": "read"}
    __checks__ = (Check("closes_after_opening", lambda t: t.closes_at > t.opens_at, "It closes before it opens.", "closes_at"),)
    __charts__ = (
        Chart(name="weekdays", title="Open hours by weekday", by="weekday", split="kind", measure="sum:hours", only=WEEKLY),
        Chart(name="places", title="Open hours a week by place", by="place", measure="sum:hours", only=WEEKLY),
    )

    place: int | None = reference("Place", "place", column=True, filter=True, help="Empty: the centre as a whole.")
    kind: str = choice("Kind", HOURS_KINDS, default="regular", column=True, filter=True,
                       help="Extended: after the usual hours. Staggered: at noon or on weekends, when others work.")  # fmt: skip
    weekday: str | None = choice("Weekday", WEEKDAYS, column=True, filter=True, shown_if=When(only_on=EMPTY),
                                 help="Empty, for public holidays: on all of them.")  # fmt: skip
    only_on: date | None = day("Only on", column=True, filter=True, help="A single date; its hours replace the usual ones.")
    opens_at: time = clock("Opens at", column=True)
    closes_at: time = clock("Closes at", column=True, help="23:59 means until midnight.")
    hours: ClassVar = computed("Hours", Kind.DECIMAL, _hours, places=2, unit="h", column=True, sum=True)
    valid_from: date | None = day("Valid from", help="For summer and winter hours; empty: always.", shown_if=When(only_on=EMPTY))
    valid_to: date | None = day("Valid to", shown_if=When(only_on=EMPTY))
    note: str | None = text("Note")


class ClosureNotice(Record, table=True):
    """The centre or a place is closed for a while."""

    __screen__ = Screen(
        "Closure notice", "Closure notices", area="catalogue", section="2.3", icon="event_busy", titles=("no", "reason"), second=("place",),
        few=True, sort="-starts_at", order=3, deletable=False, similar=("place", "starts_at", "reason"),
        bookable=Bookable("starts_at", "ends_at", of=("place",), free=When(state=("draft", "withdrawn", "over")), colour="kind"),
        row_colours={"orange": When(state="published"), "grey": When(state=("withdrawn", "over"))},
        help="A closure for repairs or the like is published at least 7 days ahead [L 公共文化体育设施条例 18]. While it lasts nothing can "
             "be booked.",
        empty="Nothing is closed. A notice is needed before a place is shut for repairs or an event.",
        settled=When(state=("withdrawn", "over")),
    )  # fmt: skip
    __rights__ = {"director deputy facility": "read create edit export", "head": "read create edit:own", "*": "read"}
    __checks__ = (Check("ends_after_start", lambda t: t.ends_at > t.starts_at, "The end is not after the start.", "ends_at"),)
    __flow__ = Flow(initial="draft", moves=(
        Move(name="publish", title="Publish", sources=("draft",), target="published", roles=KEEPERS,
             icon="campaign", colour="orange", confirm="From now on nothing can be booked in this time."),
        Move(name="withdraw", title="Withdraw", sources=("draft", "published"), target="withdrawn", roles=KEEPERS,
             reason=True, icon="undo", colour="grey"),
        Move(name="finish", title="Close the notice", sources=("published",), target="over", roles=KEEPERS,
             icon="task_alt", colour="green"),
    ))  # fmt: skip
    __charts__ = (
        Chart(name="months", title="Closures by month", over="starts_at", split="kind"),
        Chart(name="places", title="Closures by place", by="place", split="kind"),
    )

    no: str = number("Notice no.", "GB{year}{seq:03}")
    state: str = choice("State", CLOSURE_STATES, default="draft", column=True, filter=True)
    place: int | None = reference(
        "Place", "place", column=True, filter=True, help="Empty: the whole centre.", editable_if=When(state="draft")
    )
    kind: str = choice("Kind", CLOSURE_KINDS, default="planned", column=True, filter=True, editable_if=When(state="draft"),
                       help="Urgent: a danger or a breakdown that can't wait for seven days.")  # fmt: skip
    starts_at: datetime = moment("From", column=True, filter=True, editable_if=When(state="draft"))
    ends_at: datetime = moment("To", column=True, filter=True, editable_if=When(state="draft"))
    length: ClassVar = computed("Length", Kind.DURATION, lambda t: elapsed(t.starts_at, t.ends_at))
    reason: str = text("Reason", max_length=120, column=True, search=True, example="电梯大修", editable_if=When(state="draft"))
    instead: str | None = long_text("What people can do instead", max_length=2000, editable_if=When(state=("draft", "published")),
                                    help="Another place, a phone number, a home visit.")  # fmt: skip
    phone: str | None = phone("Phone for questions")
    published_at: datetime | None = moment("Published at", readonly=True, column=True, shown_if=When(published_at=FILLED))


class CalendarDay(Record, table=True):
    """A day that is not what its weekday says."""

    __screen__ = Screen(
        "Special day", "Calendar of working days", area="catalogue", section="2.3", icon="calendar_month", titles=("falls_on", "name"),
        few=True, sort="-falls_on", order=4, similar=(),
        row_colours={"blue": When(kind="adjusted_work"), "red": When(kind="statutory"), "orange": When(kind="adjusted_off")},
        help="Holidays and exchanged working days, as the State Council announces them each year. Deadlines in working days follow it; "
             "past the last year that is announced they are an estimate.",
        empty="The calendar of the known years is put in when the centre is set up.",
    )  # fmt: skip
    __rights__ = {"admin hr": "all", "*": "read"}
    __charts__ = (
        Chart(name="kinds", title="Special days by year", over="falls_on", step="year", split="kind"),
        Chart(name="sources", title="Special days by source", by="source"),
    )

    falls_on: date = day("Date", unique=True, column=True, filter=True)
    kind: str = choice("Kind", DAY_KINDS, column=True, filter=True)
    name: str = text("Name", max_length=40, column=True, search=True, example="国庆节")
    source: str = choice("Source", DAY_SOURCES, default="own", column=True, filter=True)
    document: str | None = code("Document no.", search=True, example="国办发明电〔2025〕7号")
