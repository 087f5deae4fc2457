"""The people who work at the centre: what follows from their ID number, their post and their leaving."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import or_, select

from models.fields import today
from services import organisation
from services.crud import flow, rules, write
from services.crud.registry import table
from services.platform.i18n import msg


def _c(name: str) -> Any:
    return table(name).sql.c


@rules.rule("staff")
def _from_id_number(change: rules.Change) -> None:
    """Date of birth and gender stand in the ID number [K GB 11643]; it has passed its check before."""
    id_no = change.new.get("id_no")
    if not change.changed("id_no", "gender"):
        return
    if not id_no:
        change.new["birth_on"] = None
        return
    change.new["birth_on"] = date(int(id_no[6:10]), int(id_no[10:12]), int(id_no[12:14]))
    if change.new.get("gender") not in (None, "male" if int(id_no[16]) % 2 else "female"):
        change.warn("gender", msg("The ID number says otherwise: its 17th digit is odd for men, even for women."))


@rules.rule("staff")
def _post_of_the_department(change: rules.Change) -> None:
    new = change.new
    if new.get("post") is None or not change.changed("post", "department", "grade"):
        return
    c = _c("post")
    post = change.db.execute(select(c.department, c.active, c.grade_min, c.grade_max).where(c.id == new["post"])).one()
    if change.changed("post", "department"):
        if new.get("department") is not None and post.department != new["department"]:
            change.error("post", msg("This post belongs to another department."))
        elif not post.active and new.get("status") != "left":
            change.error("post", msg("This post is no longer in use."))
    grade = new.get("grade")
    if grade is not None and not (post.grade_min or 1) <= grade <= (post.grade_max or 18):
        change.warn("grade", msg("The post is for grades {low} to {high}.", low=post.grade_min or 1, high=post.grade_max or 18))


@rules.rule("staff")
def _heads_stay(change: rules.Change) -> None:
    """Whoever leads a department neither leaves it nor the centre before there is another head."""
    if change.id is None or change.verb == "create":
        return
    leaves = change.move == "leave"
    if not leaves and not change.changed("department"):
        return
    c = _c("department")
    led = change.db.scalar(
        select(c.name)
        .where(c.head == change.id, c.deleted_at.is_(None), c.id != (0 if leaves else change.new.get("department") or 0))
        .limit(1)
    )
    if led:
        change.error(
            "" if leaves else "department", msg("This person is head of “{department}”: name another head there first.", department=led)
        )


@rules.effect("staff")
def _assignment_follows(change: rules.Change) -> None:
    """A post that is given in the file of the person begins an assignment, today or on the day of hiring."""
    if change.id is None or change.new.get("status") == "left" or not change.changed("post"):
        return
    current = organisation.main_post(change.db, change.id, today())
    if current is not None and current["post"] == change.new["post"]:
        return
    assignment = table("assignment")
    starts = today()
    if change.verb == "create":
        starts = change.new["hired_on"]
    elif current is not None and current["starts_on"] == today():
        write.update(change.db, change.by_rule, assignment, current["id"], {"post": change.new["post"]}, None, confirm=True)
        return
    elif current is not None and current["ends_on"] is not None:
        last = {"ends_on": today() - timedelta(days=1)}
        write.update(change.db, change.by_rule, assignment, current["id"], last, None, confirm=True)
    values = {"staff": change.id, "post": change.new["post"], "starts_on": starts}
    write.create(change.db, change.by_rule, assignment, values, confirm=True)


# Leaving and coming back


@rules.guard("staff", "leave")
def _leaving(change: rules.Change) -> None:
    left_on = change.new.get("left_on")
    if left_on is not None and left_on > today():
        change.error("left_on", msg("Record it on the day the person leaves, not before: the account is switched off at once."))


@rules.moved("staff", "leave")
def _gone(change: rules.Change) -> None:
    """Posts end, delegations from and to the person are revoked, the account is switched off."""
    db, left_on = change.db, change.new["left_on"]
    c = _c("assignment")
    for one in db.execute(select(c.id, c.starts_on).where(
        c.staff == change.id, c.deleted_at.is_(None), or_(c.ends_on.is_(None), c.ends_on > left_on)
    )).all():  # fmt: skip
        last = {"ends_on": max(left_on, one.starts_on)}
        write.update(db, change.by_rule, table("assignment"), one.id, last, None, confirm=True)
    c = _c("delegation")
    for one in db.execute(select(c.id).where(
        or_(c.principal == change.id, c.deputy == change.id), c.deleted_at.is_(None), c.state.in_(("draft", "active"))
    )).all():  # fmt: skip
        flow.move(db, change.by_rule, table("delegation"), one.id, "revoke", note=str(msg("The person left on {day}.", day=left_on)),
                  version=None)  # fmt: skip
    c = _c("account")
    for one in db.execute(select(c.id).where(c.staff == change.id, c.active, c.deleted_at.is_(None))).all():
        write.update(db, change.by_rule, table("account"), one.id, {"active": False}, None, confirm=True)


@rules.guard("staff", "rehire")
def _hired_anew(change: rules.Change) -> None:
    """Employment begins anew, unless the person is back on the day of leaving."""
    if change.old["left_on"] != today():
        change.new.update(hired_on=today(), probation_ends_on=None)
    change.new.update(left_on=None, left_because=None)


@rules.moved("staff", "rehire")
def _post_begins_anew(change: rules.Change) -> None:
    assert change.id is not None
    assignment = table("assignment")
    last = organisation.main_post(change.db, change.id, today())
    if last is not None:
        write.update(change.db, change.by_rule, assignment, last["id"], {"ends_on": None}, None, confirm=True)
    else:
        values = {"staff": change.id, "post": change.new["post"], "starts_on": today()}
        write.create(change.db, change.by_rule, assignment, values, confirm=True)
