"""1.2 Organisation: the centre, its departments, posts and grids, who holds which post, and who acts for whom."""

from datetime import date, time
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import and_, case, or_

from models.base import Chart, Check, Child, Flow, Move, Record, Screen
from models.expressions import counting, days_between, share, summing
from models.fields import (
    Choice,
    Kind,
    When,
    choice,
    choices,
    clock,
    code,
    computed,
    credit_code,
    day,
    decimal,
    email,
    image,
    integer,
    link,
    long_text,
    number,
    parent,
    phone,
    point,
    reference,
    text,
    today,
    yes_no,
)
from models.types import Place

LEGAL_FORMS = (
    Choice("public_institution", "Public institution", "blue"),
    Choice("residents_committee", "Residents' committee with book-keeping by the street", "teal"),
    Choice("private_non_enterprise", "Social service organisation", "purple"),
)

LAYERS = (
    Choice("management", "Management", "purple"),
    Choice("execution", "Execution", "blue"),
    Choice("operation", "Operation", "teal"),
)
"""The three layers of the flat organisation [S 1.2]."""

POST_CERTIFICATES = (
    Choice("none", "None"),
    Choice("assistant_social_worker", "Assistant social worker", "teal"),
    Choice("social_worker", "Social worker", "green"),
    Choice("health", "Health certificate", "yellow"),
    Choice("electrician", "Electrician's licence", "orange"),
    Choice("accountant", "Accountant's certificate", "blue"),
)

DUTIES = (
    Choice("apply", "Applying for payment", "blue"),
    Choice("approve", "Approving", "purple"),
    Choice("accounting", "Accounting review", "orange"),
    Choice("pay", "Paying out", "red"),
    Choice("requests", "Reviewing requests and plans", "teal"),
    Choice("publicity", "Reviewing releases", "yellow"),
    Choice("acceptance", "Accepting goods and repairs", "green"),
    Choice("personnel", "Personnel matters", "grey"),
)

DELEGATION_STATES = (
    Choice("draft", "Draft", "grey"),
    Choice("active", "In force", "green"),
    Choice("ended", "Ended", "grey"),
    Choice("revoked", "Revoked", "red"),
)

COMMUNITY_SIZES = (
    Choice("small", "Below 100 households", "yellow"),
    Choice("usual", "100 to 700 households", "green"),
    Choice("large", "Above 700 households", "orange"),
)


def _members(t: Any) -> Any:
    return counting("staff", "department", lambda s: s.status != "left")(t)


def _holders(t: Any) -> Any:
    return counting("staff", "post", lambda s: s.status != "left")(t)


def _employed(t: Any) -> Any:
    return counting("staff", "centre_id", lambda s: s.status != "left")(t)


def _size(t: Any) -> Any:
    households = summing("grid", "community", "households")(t)
    return case((households < 100, "small"), (households <= 700, "usual"), else_="large")


class Centre(Record, table=True):
    """The tenant: one community service centre. Its `centre_id` is its own id."""

    __screen__ = Screen(
        "Centre", "Centres", area="organisation", section="1.2", icon="home_work", titles=("name",), second=("code", "street_office"),
        few=True, sort="name", order=1, deletable=False,
        help="The centre itself: its legal form, address and the people it serves. Printed forms, deadlines and public pages take their "
             "particulars from here.",
        empty="Record the centre first: its name, address and closing time stand on every form and in every deadline.",
    )  # fmt: skip
    __rights__ = {"admin director": "read edit", "*": "read"}
    __checks__ = (
        Check("elderly_within_population", lambda t: t.elderly <= t.population, "More people of 60 and over than people.", "elderly"),
    )

    name: str = text("Name", max_length=80, column=True, search=True, example="东湖街道社区服务中心")
    short_name: str | None = text("Short name", max_length=20, search=True, help="For narrow places: phone screens, labels, receipts.")
    code: str = code("Centre code", max_length=16, unique=True, column=True, pattern=r"[A-Z0-9-]+", default="CENTRE",
                     pattern_help="Capital letters, digits and dashes.", example="DH-01")  # fmt: skip
    legal_form: str = choice("Legal form", LEGAL_FORMS, default="public_institution", column=True, filter=True,
                             help="Decides which accounting rules and which approvers apply.")  # fmt: skip
    credit_code: str | None = credit_code(search=True, help="As printed on the certificate of the institution; it stands on invoices.")
    street_office: str | None = text("Street office", max_length=80, column=True, help="The authority that the centre answers to.")
    opened_on: date | None = day("Opened on")
    logo: int | None = image("Logo")

    address: str | None = text("Address", search=True, group="Contact")
    position: Place | None = point("Position on the map", group="Contact")
    phone: str | None = phone("Service phone", group="Contact", column=True)
    email: str | None = email(group="Contact")
    website: str | None = link("Website", group="Contact")

    opens_at: time = clock("Opens at", default=time(8, 30), group="Office hours", help="Used where no opening hours are recorded.")
    closes_at: time = clock("Closes at", default=time(17, 30), group="Office hours",
                            help="A deadline counted in working days ends at this time of its last day [L 民法典 203].")  # fmt: skip

    population: int | None = integer("Population served", unit="people", ge=0, group="People served", column=True)
    households: int | None = integer("Households", ge=0, group="People served")
    elderly: int | None = integer("People of 60 and over", unit="people", ge=0, group="People served")
    building_area: Decimal | None = decimal("Building area", unit="m²", ge=0, group="People served", help="Floor area of the whole centre.")
    staff: ClassVar = computed("Staff", Kind.INTEGER, _employed, unit="people", group="People served")
    staff_per_10_000: ClassVar = computed(
        "Staff per 10,000 residents", Kind.DECIMAL, lambda t: share(_employed(t), t.population, places=1, times=10_000),
        places=1, group="People served", help="The plans of the provinces ask for at least 18 [R-145].",
    )  # fmt: skip
    area_per_100_households: ClassVar = computed(
        "Building area per 100 households", Kind.DECIMAL, lambda t: share(t.building_area, t.households),
        places=2, unit="m²", group="People served", help="The norm is at least 30 m², the aim 80 m² [R-GUIDE].",
    )  # fmt: skip


class Department(Record, table=True):
    """A department of the centre, in a tree of at most three levels."""

    __screen__ = Screen(
        "Department", "Departments", area="organisation", section="1.2", icon="account_tree", titles=("name",), second=("code", "head"),
        few=True, sort="code", order=2,
        children=(
            Child("post", "department", title="Posts"),
            Child("staff", "department", title="Staff"),
            Child("department", "parent", title="Departments below"),
        ),
        row_colours={"grey": When(active=False), "red": When(overstaffed=True)},
        help="The organisation is flat: management, execution and operation, at most three levels deep.",
        empty="Begin with the management, then add the departments below it.",
    )  # fmt: skip
    __rights__ = {"hr admin": "all", "director": "read create edit export", "*": "read"}
    __charts__ = (
        Chart(name="quota_by_layer", title="Authorised posts by layer", by="layer", measure="sum:quota"),
        Chart(name="vacancies", title="Vacancies by layer", by="layer", measure="sum:vacancies",
              help="Authorised posts that nobody holds; below zero: more people than posts.", only=When(active=True)),
    )  # fmt: skip

    code: str = code("Department code", max_length=16, unique=True, column=True, search=True, pattern=r"[A-Z0-9-]+",
                     pattern_help="Capital letters, digits and dashes.", example="FW")  # fmt: skip
    name: str = text("Name", max_length=40, unique=True, column=True, search=True, example="服务部")
    layer: str = choice("Layer", LAYERS, column=True, filter=True)
    parent: int | None = parent("Department above", "department", column=True, filter=True, narrow={"active": True},
                                help="Empty for a department that answers to the director.")  # fmt: skip
    head: int | None = reference("Head", "staff", column=True, add_new=False, help="Must be a member of the department.")
    phone: str | None = phone("Office phone")
    quota: int = integer("Authorised posts", default=0, ge=0, unit="people", column=True, sum=True)
    members: ClassVar = computed("Members", Kind.INTEGER, _members, unit="people", column=True, sum=True)
    vacancies: ClassVar = computed("Vacancies", Kind.INTEGER, lambda t: t.quota - _members(t), unit="people", column=True, sum=True,
                                   help="Authorised posts less members; below zero: more people than posts.")  # fmt: skip
    overstaffed: ClassVar = computed("More members than posts", Kind.BOOLEAN, lambda t: _members(t) > t.quota, filter=True)
    duties: str = long_text("Duties", max_length=4000, search=True)
    active: bool = yes_no("In use", default=True, column=True, filter=True, help="A department with members can't be switched off.")


class Post(Record, table=True):
    """A post: what is to be done, for how many people, and what they must bring."""

    __screen__ = Screen(
        "Post", "Posts", area="organisation", section="1.2", icon="badge", titles=("name",), second=("department", "code"),
        few=True, sort="code", order=3, department="department", uniques=(("department", "name"),),
        children=(Child("assignment", "post", title="Who holds it"),),
        row_colours={"grey": When(active=False), "yellow": When(vacant=True)},
        help="A post belongs to one department; its headcount is how many people may hold it.",
        empty="Add the posts of each department with their headcount: vacancies are worked out from them.",
    )  # fmt: skip
    __rights__ = {"hr admin": "all", "director": "read create edit export", "*": "read"}
    __checks__ = (Check("grades_in_order", lambda t: t.grade_min <= t.grade_max, "The lowest grade is above the highest.", "grade_max"),)
    __charts__ = (
        Chart(name="headcount", title="Headcount by department and layer", by="department", split="layer", measure="sum:headcount",
              only=When(active=True)),
        Chart(name="vacancies", title="Vacancies by department", by="department", measure="sum:vacancies", only=When(active=True)),
    )  # fmt: skip

    code: str = code("Post code", max_length=16, unique=True, column=True, search=True, pattern=r"[A-Z0-9-]+",
                     pattern_help="Capital letters, digits and dashes.", example="FW-03")  # fmt: skip
    name: str = text("Name", max_length=40, column=True, search=True, example="综合窗口服务专员")
    department: int = reference("Department", "department", column=True, filter=True, narrow={"active": True})
    layer: str = choice("Layer", LAYERS, column=True, filter=True)
    headcount: int = integer("Headcount", default=1, ge=1, unit="people", column=True, sum=True)
    holders: ClassVar = computed("Holders", Kind.INTEGER, _holders, unit="people", column=True, sum=True)
    vacancies: ClassVar = computed("Vacancies", Kind.INTEGER, lambda t: t.headcount - _holders(t), unit="people", column=True, sum=True)
    vacant: ClassVar = computed("Has a vacancy", Kind.BOOLEAN, lambda t: and_(t.active, t.headcount > _holders(t)), filter=True)
    grade_min: int | None = integer("Lowest grade", ge=1, le=18, group="Requirements", help="On the ladder of 18 grades [R-3G18].")
    grade_max: int | None = integer("Highest grade", ge=1, le=18, group="Requirements")
    required_certificate: str = choice("Required certificate", POST_CERTIFICATES, default="none", filter=True, group="Requirements")
    duties: str | None = long_text("Duties", max_length=4000, search=True)
    active: bool = yes_no("In use", default=True, column=True, filter=True)


class Community(Record, table=True):
    """A community (residents' committee) that the centre serves; its figures are those of its grids."""

    __screen__ = Screen(
        "Community", "Communities", area="organisation", section="1.2", icon="holiday_village", titles=("name",), second=("code",),
        few=True, sort="code", order=6, children=(Child("grid", "community", title="Grids"),),
        help="Households and people are added up from the grids of the community.",
        empty="Add the communities that the centre serves, then their grids.",
    )  # fmt: skip
    __rights__ = {"admin head": "all", "director deputy": "read create edit export", "*": "read"}
    __charts__ = (
        Chart(name="size", title="Communities by size", by="size"),
        Chart(name="opened", title="Communities set up by year", over="founded_on", step="year"),
    )

    code: str = code("Community code", max_length=16, unique=True, column=True, search=True, pattern=r"[A-Z0-9-]+",
                     pattern_help="Capital letters, digits and dashes.", example="SQ-01")  # fmt: skip
    name: str = text("Name", max_length=40, unique=True, column=True, search=True, example="湖滨社区")
    chair: str | None = text("Chair of the residents' committee", max_length=20, column=True, search=True)
    phone: str | None = phone("Office phone", column=True)
    address: str | None = text("Address", search=True)
    founded_on: date | None = day("Set up on")
    grids: ClassVar = computed("Number of grids", Kind.INTEGER, counting("grid", "community"), column=True, sum=True)
    households: ClassVar = computed("Households", Kind.INTEGER, summing("grid", "community", "households"), column=True, sum=True)
    population: ClassVar = computed("Population", Kind.INTEGER, summing("grid", "community", "population"),
                                    unit="people", column=True, sum=True)  # fmt: skip
    elderly: ClassVar = computed("People of 60 and over", Kind.INTEGER, summing("grid", "community", "elderly"),
                                 unit="people", column=True, sum=True)  # fmt: skip
    size: ClassVar = computed("Size", Kind.CHOICE, _size, choices=COMMUNITY_SIZES, filter=True,
                              help="A residents' committee is usually set up for 100 to 700 households "
                                   "[L 城市居民委员会组织法 6].")  # fmt: skip


class Grid(Record, table=True):
    """A grid: a few hundred households that one grid worker knows."""

    __screen__ = Screen(
        "Grid", "Grids", area="organisation", section="1.2", icon="grid_view", titles=("name",), second=("code", "community"),
        few=True, sort="code", order=7, owners=("worker",),
        help="The smallest unit of the neighbourhood; residents, needs and visits are counted by grid.",
        empty="Divide each community into grids of about 200 households.",
    )  # fmt: skip
    __rights__ = {"admin head": "all", "director deputy": "read create edit export", "clerk": "read edit:own", "*": "read"}
    __checks__ = (
        Check("elderly_within_population", lambda t: t.elderly <= t.population, "More people of 60 and over than people.", "elderly"),
    )
    __charts__ = (
        Chart(name="population", title="Population by community", by="community", measure="sum:population"),
        Chart(name="elderly", title="People of 60 and over by community", by="community", measure="sum:elderly"),
        Chart(name="households", title="Grids by number of households", mark="histogram", by="households",
              bins=(0, 100, 200, 300, 400, 500)),
    )  # fmt: skip

    code: str = code("Grid code", max_length=16, unique=True, column=True, search=True, pattern=r"[A-Z0-9-]+",
                     pattern_help="Capital letters, digits and dashes.", example="SQ-01-03")  # fmt: skip
    name: str = text("Name", max_length=40, column=True, search=True, example="湖滨社区第三网格")
    community: int = reference("Community", "community", column=True, filter=True)
    worker: int | None = reference("Grid worker", "staff", column=True, filter=True, add_new=False)
    households: int = integer("Households", default=0, ge=0, column=True, sum=True)
    population: int = integer("Population", default=0, ge=0, unit="people", column=True, sum=True)
    elderly: int = integer("People of 60 and over", default=0, ge=0, unit="people", column=True, sum=True)
    elderly_share: ClassVar = computed("Share of 60 and over", Kind.PERCENT, lambda t: share(t.elderly, t.population, places=1, times=100),
                                       places=1, unit="%", column=True)  # fmt: skip
    bounds: str | None = text("Bounds", help="Streets, buildings or entrances that it covers.", example="湖滨路1号至27号(单号)")
    position: Place | None = point("Position on the map")


class Assignment(Record, table=True):
    """Who holds which post from when to when."""

    __screen__ = Screen(
        "Assignment", "Assignments", area="organisation", section="1.2", icon="assignment_ind", titles=("staff", "post"),
        second=("starts_on", "ends_on"), few=True, sort="-starts_on", order=4, owners=("staff",),
        row_colours={"grey": When(current=False), "yellow": When(acting=True)},
        help="The history of posts. The main post in force today is the one shown with the person.",
        empty="Each person's first assignment is made when the person is recorded; changes of post are added here.",
    )  # fmt: skip
    __rights__ = {"hr": "all", "admin director deputy auditor": "read export", "*": "read"}
    __checks__ = (Check("ends_after_start", lambda t: t.ends_on >= t.starts_on, "The end is before the start.", "ends_on"),)
    __charts__ = (
        Chart(name="starts", title="Assignments begun by month", over="starts_on", split="acting"),
        Chart(name="posts", title="Assignments in force by post", by="post", standing=True, only=When(current=True)),
    )

    staff: int = reference("Staff member", "staff", column=True, filter=True)
    post: int = reference("Post", "post", column=True, filter=True, narrow={"active": True})
    starts_on: date = day("From", default=today, column=True, filter=True)
    ends_on: date | None = day("To", column=True, filter=True, help="Last day; empty while it lasts.")
    primary: bool = yes_no("Main post", default=True, column=True, filter=True, help="A person has one main post at a time.")
    acting: bool = yes_no("Acting", column=True, filter=True, help="Holds the post for the time being, without being appointed to it.")
    current: ClassVar = computed(
        "In force", Kind.BOOLEAN, lambda t: and_(t.starts_on <= t.today, or_(t.ends_on.is_(None), t.ends_on >= t.today)), filter=True,
    )  # fmt: skip
    document: str | None = code("Document no.", search=True, example="东街办发〔2026〕12号")
    note: str | None = text("Note")


class Delegation(Record, table=True):
    """One person acts for another, for named duties and a limited time."""

    __screen__ = Screen(
        "Delegation", "Delegations", area="organisation", section="1.2", icon="handshake", titles=("no",), second=("principal", "deputy"),
        few=True, sort="-starts_on", order=5, owners=("principal",), deletable=False,
        row_colours={"green": When(state="active"), "grey": When(state=("ended", "revoked"))},
        help="Only duties that one holds can be handed on, and nobody may gain two duties that must stay apart: applying, approving, "
             "accounting and paying.",
        empty="Before a leave or a business trip, hand your duties on here, so that nothing waits.",
        settled=When(state=("ended", "revoked")),
    )  # fmt: skip
    __rights__ = {"director deputy hr": "read create edit export", "head accountant cashier": "read create:own edit:own", "*": "read"}
    __checks__ = (
        Check("ends_after_start", lambda t: t.ends_on >= t.starts_on, "The end is before the start.", "ends_on"),
        Check("not_to_oneself", lambda t: t.principal != t.deputy, "Nobody can act for themselves: choose another person.", "deputy"),
    )
    __flow__ = Flow(initial="draft", moves=(
        Move(name="start", title="Put in force", sources=("draft",), target="active", roles=("director", "deputy", "head", "hr"),
             apart_from=("deputy",), icon="play_arrow", colour="green"),
        Move(name="end", title="End", sources=("active",), target="ended", roles=("director", "deputy", "hr"), icon="stop"),
        Move(name="revoke", title="Revoke", sources=("draft", "active"), target="revoked",
             roles=("director", "deputy", "head", "hr", "accountant", "cashier"), reason=True, apart_from=("deputy",),
             icon="block", colour="red"),
    ))  # fmt: skip
    __charts__ = (
        Chart(name="states", title="Delegations by state", by="state"),
        Chart(name="starts", title="Delegations begun by month", over="starts_on"),
    )

    no: str = number("Delegation no.", "SQ{year}{seq:03}")
    state: str = choice("State", DELEGATION_STATES, default="draft", column=True, filter=True)
    principal: int = reference("Delegated by", "staff", column=True, filter=True, add_new=False, editable_if=When(state="draft"))
    deputy: int = reference("Delegated to", "staff", column=True, filter=True, add_new=False, editable_if=When(state="draft"))
    duties: list[str] = choices("Duties handed on", DUTIES, column=True, filter=True, editable_if=When(state="draft"))
    starts_on: date = day("From", default=today, column=True, filter=True, editable_if=When(state="draft"))
    ends_on: date = day("To", column=True, filter=True, help="Last day.", editable_if=When(state=("draft", "active")))
    reason: str = text("Reason", search=True, example="外出培训一周", editable_if=When(state="draft"))
    days: ClassVar = computed("Days", Kind.INTEGER, lambda t: days_between(t.starts_on, t.ends_on) + 1)
