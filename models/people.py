"""4.1 and 1.3 People who work at the centre."""

from datetime import date
from typing import Any, ClassVar

from sqlalchemy import Integer, case, cast, extract

from models.base import Chart, Check, Child, Flow, Move, Record, Screen
from models.expressions import found
from models.fields import (
    FILLED,
    Choice,
    Kind,
    When,
    choice,
    code,
    computed,
    day,
    email,
    id_number,
    image,
    integer,
    long_text,
    number,
    phone,
    reference,
    text,
    today,
)
from models.organisation import LAYERS

GENDERS = (Choice("male", "Male", "blue"), Choice("female", "Female", "purple"))

EMPLOYMENTS = (
    Choice("established", "Established post", "blue"),
    Choice("community_worker", "Community worker", "teal"),
    Choice("dispatched", "Dispatched worker", "yellow"),
    Choice("welfare_post", "Public welfare post", "green"),
    Choice("part_time", "Part-time", "grey"),
)

EDUCATIONS = (
    Choice("secondary", "Secondary school or below"),
    Choice("college", "College"),
    Choice("bachelor", "Bachelor"),
    Choice("master", "Master or above"),
)

CERTIFICATES = (
    Choice("none", "None", "grey"),
    Choice("assistant_social_worker", "Assistant social worker", "teal"),
    Choice("social_worker", "Social worker", "green"),
    Choice("senior_social_worker", "Senior social worker", "purple"),
)

STATUSES = (
    Choice("trial", "On probation", "yellow"),
    Choice("active", "At work", "green"),
    Choice("waiting", "Awaiting a post", "orange"),
    Choice("seconded", "Seconded", "blue"),
    Choice("left", "Left", "grey"),
)


HERE = When(status=("trial", "active", "waiting", "seconded"))
CERTIFIED = When(certificate=("assistant_social_worker", "social_worker", "senior_social_worker"))


def _age(t: Any) -> Any:
    born, today_ = (extract("month", moment) * 100 + extract("day", moment) for moment in (t.birth_on, t.today))
    years = extract("year", t.today) - extract("year", t.birth_on) - case((born > today_, 1), else_=0)
    return cast(years, Integer)


class Staff(Record, table=True):
    """A person who works at the centre."""

    __screen__ = Screen(
        "Staff member", "Staff", area="people", section="4.1", icon="person", titles=("name",), second=("no", "department", "post"),
        few=True, sort="no", order=1, department="department", deletable=False, similar=("name", "phone"),
        children=(
            Child("assignment", "staff", title="Posts held"),
            Child("account", "staff", title="Account"),
        ),
        row_colours={"grey": When(status="left"), "yellow": When(status="trial"), "orange": When(status="waiting")},
        due="probation_ends_on", due_while=When(status="trial"),
        groups=("Person", "Post", "Qualification", "Contact"),
        help="One file for each person: post, contract, qualification. Sensitive data is masked; showing it asks for a reason and "
             "is logged.",
        empty="Add the people who work here: rights, duties and keepers of things refer to them.",
    )  # fmt: skip
    __rights__ = {"hr": "all", "director deputy auditor": "read export", "*": "read"}
    __checks__ = (
        Check("probation_after_hiring", lambda t: t.probation_ends_on >= t.hired_on, "Probation can't end before the person was hired.",
              "probation_ends_on"),
        Check("left_after_hiring", lambda t: t.left_on >= t.hired_on, "Nobody leaves before they were hired.", "left_on"),
    )  # fmt: skip
    __flow__ = Flow(initial="trial", field="status", moves=(
        Move(name="confirm", title="Confirm after probation", sources=("trial",), target="active", roles=("hr",),
             icon="how_to_reg", colour="green"),
        Move(name="stand_by", title="Take off the post", sources=("trial", "active", "seconded"), target="waiting", roles=("hr",),
             reason=True, icon="pause", colour="orange"),
        Move(name="second", title="Second to another body", sources=("active",), target="seconded", roles=("hr",), reason=True,
             icon="move_up"),
        Move(name="back", title="Back to work", sources=("waiting", "seconded"), target="active", roles=("hr",),
             icon="undo", colour="green"),
        Move(name="leave", title="Leave", sources=("trial", "active", "waiting", "seconded"), target="left", roles=("hr",),
             requires=("left_on",), asks=("left_because",), icon="logout", colour="red",
             confirm="Posts end, delegations are revoked and the account is switched off on that day."),
        Move(name="rehire", title="Hire again", sources=("left",), target="trial", roles=("hr",), reason=True, icon="login"),
    ))  # fmt: skip
    __charts__ = (
        Chart(name="departments", title="Staff by department and layer", by="department", split="layer", only=HERE),
        Chart(name="employment", title="Staff by kind of employment", by="employment", only=HERE),
        Chart(name="certificates", title="Certificates held", by="certificate", only=HERE,
              help="Some provinces aim at half of all staff holding a social worker's certificate."),
        Chart(name="ages", title="Staff by age", mark="histogram", by="age", bins=(18, 25, 30, 35, 40, 45, 50, 55, 60, 65),
              only=HERE),
        Chart(name="hired", title="Hired by year", over="hired_on", step="year"),
    )  # fmt: skip

    no: str = number("Staff no.", "RY{seq:05}")
    status: str = choice("Status", STATUSES, default="trial", column=True, filter=True)
    name: str = text("Name", max_length=20, column=True, search=True, group="Person")
    gender: str = choice("Gender", GENDERS, filter=True, group="Person")
    id_no: str | None = id_number(unique=True, unmasked_for=("hr",), group="Person")
    birth_on: date | None = day(
        "Date of birth", readonly=True, group="Person", shown_if=When(id_no=FILLED), help="Taken from the ID number."
    )
    age: ClassVar = computed("Age", Kind.INTEGER, _age, group="Person")
    photo: int | None = image("Photo", group="Person")
    department: int = reference("Department", "department", column=True, filter=True, narrow={"active": True}, group="Post")
    post: int = reference("Post", "post", column=True, filter=True, narrow={"department": "$department", "active": True}, group="Post")
    layer: ClassVar = computed("Layer", Kind.CHOICE, lambda t: found("post", "layer", t.post), choices=LAYERS, filter=True, group="Post")
    grade: int | None = integer("Grade", ge=1, le=18, group="Post", help="On the ladder of 18 grades [R-3G18].")
    employment: str = choice("Kind of employment", EMPLOYMENTS, column=True, filter=True, group="Post")
    hired_on: date = day("Hired on", default=today, le=today, column=True, filter=True, group="Post")
    probation_ends_on: date | None = day("Probation ends on", group="Post", filter=True,
                                         help="12 months for a first job with a contract of three years or more "
                                              "[L 事业单位人事管理条例 13].")  # fmt: skip
    left_on: date | None = day("Left on", required_if=When(status="left"), shown_if=When(status="left"), filter=True, group="Post")
    left_because: str | None = text("Reason for leaving", shown_if=When(status="left"), group="Post")
    education: str | None = choice("Education", EDUCATIONS, filter=True, group="Qualification")
    certificate: str = choice("Social worker's certificate", CERTIFICATES, default="none", filter=True, group="Qualification")
    certificate_no: str | None = code("Certificate no.", shown_if=CERTIFIED,
                                      group="Qualification")  # fmt: skip
    certificate_ends_on: date | None = day(
        "Registered until", filter=True, group="Qualification", help="The registration of a social worker is renewed every three years.",
        shown_if=CERTIFIED,
    )  # fmt: skip
    extension: str | None = phone("Office phone", column=True, group="Contact")
    phone: str | None = phone(
        "Mobile phone", sensitive=True, unmasked_for=("hr", "director", "deputy", "admin"), column=True, group="Contact"
    )
    email: str | None = email(group="Contact")
    note: str | None = long_text("Note", max_length=4000)
