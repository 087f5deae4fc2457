"""Departments, posts and grids; who holds which post; who acts for whom."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import RowMapping, func, or_, select
from sqlalchemy.orm import Session

from models.fields import today
from models.organisation import DUTIES
from services.crud import flow, rules, write
from services.crud.access import system_actor
from services.crud.errors import listed
from services.crud.registry import table
from services.platform.i18n import Message, label, msg, nmsg

LEVELS = 3
"""Deepest tree of departments: the organisation is flat [S 1.2]."""

KEPT_APART = frozenset({"apply", "approve", "accounting", "pay"})
"""Of these duties one person holds at most one [L 会计法 25, 35]; that everybody may apply for themselves does not count."""

DUTIES_OF: dict[str, frozenset[str]] = {
    "director": frozenset({"approve", "requests", "publicity", "personnel"}),
    "deputy": frozenset({"approve", "requests", "publicity"}),
    "head": frozenset({"approve", "requests", "acceptance"}),
    "accountant": frozenset({"accounting"}),
    "cashier": frozenset({"pay"}),
    "hr": frozenset({"personnel"}),
    "publicity": frozenset({"publicity"}),
    "facility": frozenset({"acceptance"}),
    "clerk": frozenset({"requests"}),
}
"""What each role may hand on besides applying."""

REVOKING = frozenset({"director", "deputy", "hr"})
"""Roles that revoke anybody's delegation; others only their own."""


def _c(name: str) -> Any:
    return table(name).sql.c


def _count(change: rules.Change, name: str, *conditions: Any) -> int:
    c = _c(name)
    return change.db.scalar(select(func.count()).where(c.centre_id == change.actor.centre, c.deleted_at.is_(None), *conditions)) or 0


# Departments


@rules.rule("department")
def _tree_is_flat(change: rules.Change) -> None:
    if change.verb in ("create", "edit") and change.changed("parent") and change.new.get("parent") is not None and _too_deep(change):
        change.error("parent", msg("Departments go at most {n} levels deep: choose one further up.", n=LEVELS))


def _too_deep(change: rules.Change) -> bool:
    c = _c("department")
    tree = change.db.execute(select(c.id, c.parent).where(c.centre_id == change.actor.centre, c.deleted_at.is_(None)))
    above: dict[int, int | None] = {one.id: one.parent for one in tree}
    below: dict[int | None, list[int]] = {}
    for id, parent in above.items():
        below.setdefault(parent, []).append(id)
    level: int | None = change.new["parent"]
    depth = 1
    while level is not None and depth <= LEVELS:
        depth, level = depth + 1, above.get(level)
    hanging = below.get(change.id, []) if change.id else []
    while hanging and depth <= LEVELS:
        depth, hanging = depth + 1, [child for one in hanging for child in below.get(one, ())]
    return depth > LEVELS


@rules.rule("department")
def _head_is_a_member(change: rules.Change) -> None:
    head = change.new.get("head")
    if change.verb not in ("create", "edit") or head is None or not change.changed("head"):
        return
    c = _c("staff")
    member_of = change.db.scalar(select(c.department).where(c.id == head, c.status != "left"))
    if change.id is None or member_of != change.id:
        change.error("head", msg("The head must be a member of the department: move the person into it first."))


@rules.rule("department")
def _nothing_left_inside(change: rules.Change) -> None:
    """A department is switched off when nobody works in it, nothing hangs below it and nothing waits in it."""
    if not (change.verb == "edit" and change.old.get("active") and not change.new.get("active")):
        return
    staff, department, request = _c("staff"), _c("department"), _c("resource_request")
    if n := _count(change, "staff", staff.department == change.id, staff.status != "left"):
        change.error("active", nmsg("{n} member works here: move the person first.", "{n} members work here: move them first.", n))
    if n := _count(change, "department", department.parent == change.id, department.active):
        change.error("active", nmsg("{n} department below it is in use: switch it off first.",
                                    "{n} departments below it are in use: switch them off first.", n))  # fmt: skip
    if n := _count(change, "resource_request", request.department == change.id, request.state.in_(("submitted", "approved"))):
        change.error("active", nmsg("{n} supply request is still open here: finish it first.",
                                    "{n} supply requests are still open here: finish them first.", n))  # fmt: skip


# Posts


@rules.rule("post")
def _post_with_holders(change: rules.Change) -> None:
    if change.verb != "edit":
        return
    staff = _c("staff")
    holders = _count(change, "staff", staff.post == change.id, staff.status != "left")
    if not holders:
        return
    if change.changed("department"):
        change.error("department", nmsg("{n} person holds this post: give the person another post first.",
                                        "{n} people hold this post: give them other posts first.", holders))  # fmt: skip
    if change.old.get("active") and not change.new.get("active"):
        change.error("active", nmsg("{n} person holds this post: give the person another post first.",
                                    "{n} people hold this post: give them other posts first.", holders))  # fmt: skip
    if change.changed("headcount") and change.new["headcount"] < holders:
        change.warn("headcount", nmsg("{n} person holds this post already.", "{n} people hold this post already.", holders))


# Assignments: the main post in force today is the post of the person


@rules.rule("assignment")
def _assignment(change: rules.Change) -> None:
    new = change.new
    if change.verb == "delete" or None in (new.get("staff"), new.get("post"), new.get("starts_on")):
        return
    staff = _c("staff")
    person = change.db.execute(select(staff.hired_on, staff.status).where(staff.id == new["staff"])).one()
    if person.status == "left" and new.get("ends_on") is None:
        change.error("staff", msg("This person has left: hire the person again first."))
    if new["starts_on"] < person.hired_on and change.changed("starts_on", "staff"):
        change.error("starts_on", msg("The person was hired on {day}: no post can begin before that.", day=person.hired_on))
    _one_main_post(change)
    _not_twice(change)
    _within_headcount(change)


def _overlapping(change: rules.Change, *conditions: Any) -> list[RowMapping]:
    """Other assignments that have a day in common with this one."""
    c, new = _c("assignment"), change.new
    post = _c("post")
    found = change.db.execute(
        select(c.id, c.staff, c.post, c.starts_on, c.ends_on, post.name.label("post_name"))
        .join(post.id.table, post.id == c.post)
        .where(
            c.centre_id == change.actor.centre, c.deleted_at.is_(None), c.id != (change.id or 0),
            or_(c.ends_on.is_(None), c.ends_on >= new["starts_on"]), c.starts_on <= (new.get("ends_on") or date.max), *conditions,
        )
    )  # fmt: skip
    return list(found.mappings())


def _one_main_post(change: rules.Change) -> None:
    """One main post at a time; one that is open and began earlier ends the day before the new one, once the person agrees."""
    if not change.new.get("primary"):
        return
    c, starts = _c("assignment"), change.new["starts_on"]
    for other in _overlapping(change, c.staff == change.new["staff"], c.primary):
        if other["ends_on"] is None and other["starts_on"] < starts and change.verb == "create":
            change.warn(
                "starts_on", msg("The main post “{post}” will end on {day}.", post=other["post_name"], day=starts - timedelta(days=1))
            )
            change.kept["ending"] = other
        else:
            change.error(
                "starts_on",
                msg("The person has another main post then: “{post}” since {day}. End it first, or switch “Main post” off here.",
                    post=other["post_name"], day=other["starts_on"]),
            )  # fmt: skip


def _not_twice(change: rules.Change) -> None:
    c = _c("assignment")
    for other in _overlapping(change, c.staff == change.new["staff"], c.post == change.new["post"]):
        if other is not change.kept.get("ending"):
            change.error("post", msg("The person holds this post then already, since {day}.", day=other["starts_on"]))
            return


def _within_headcount(change: rules.Change) -> None:
    c, post = _c("assignment"), _c("post")
    if change.new.get("acting"):
        return
    headcount = change.db.scalar(select(post.headcount).where(post.id == change.new["post"])) or 0
    holders = {one["staff"] for one in _overlapping(change, c.post == change.new["post"], ~c.acting)} | {change.new["staff"]}
    if len(holders) > headcount and change.changed("post", "starts_on", "ends_on", "acting"):
        change.warn("post", msg("The post is for {headcount}; with this person {n} would hold it.", headcount=headcount, n=len(holders)))


@rules.effect("assignment")
def _assignment_kept(change: rules.Change) -> None:
    ending = change.kept.get("ending")
    if ending is not None:
        last = {"ends_on": change.new["starts_on"] - timedelta(days=1)}
        write.update(change.db, change.by_rule, change.table, ending["id"], last, None, confirm=True)
    for person in {change.old.get("staff", change.new["staff"]), change.new["staff"]}:
        _bring_post_up_to_date(change, person)


def _bring_post_up_to_date(change: rules.Change, person: int) -> None:
    current = main_post(change.db, person, today())
    staff, post = _c("staff"), _c("post")
    held = change.db.execute(select(staff.post, staff.status).where(staff.id == person)).one()
    if current is None or current["post"] == held.post or held.status == "left":
        return
    values = {"post": current["post"], "department": change.db.scalar(select(post.department).where(post.id == current["post"]))}
    write.update(change.db, change.by_rule, table("staff"), person, values, None, confirm=True)


def main_post(db: Session, person: int, on: date) -> RowMapping | None:
    """The assignment that is a person's main post on a day: id, post, starts_on, ends_on."""
    c = _c("assignment")
    return db.execute(
        select(c.id, c.post, c.starts_on, c.ends_on)
        .where(
            c.staff == person, c.deleted_at.is_(None), c.primary, c.starts_on <= on, or_(c.ends_on.is_(None), c.ends_on >= on)
        )
        .order_by(c.starts_on.desc())
        .limit(1)
    ).mappings().first()  # fmt: skip


def apply_assignments(db: Session, centre: int) -> int:
    """Give everybody the post that begins today (or began since this last ran); how many changed."""
    c, staff = _c("assignment"), _c("staff")
    now = today()
    begun = db.execute(
        select(c.staff, c.post)
        .join(staff.id.table, staff.id == c.staff)
        .where(
            c.centre_id == centre, c.deleted_at.is_(None), c.primary, c.starts_on <= now, or_(c.ends_on.is_(None), c.ends_on >= now),
            staff.post != c.post, staff.status != "left",
        )
    ).all()  # fmt: skip
    post = _c("post")
    for one in begun:
        values = {"post": one.post, "department": db.scalar(select(post.department).where(post.id == one.post))}
        write.update(db, system_actor(centre, "job"), table("staff"), one.staff, values, None, confirm=True)
    return len(begun)


# Delegations


@rules.rule("delegation")
def _delegation(change: rules.Change) -> None:
    new = change.new
    handed = frozenset(new.get("duties") or ())
    if change.verb not in ("create", "edit", "move") or None in (
        new.get("principal"),
        new.get("deputy"),
        new.get("starts_on"),
        new.get("ends_on"),
    ):
        return
    if new.get("state") not in ("draft", "active"):
        return
    if not handed:
        change.error("duties", msg("Choose the duties that are handed on."))
    _only_ones_own(change, handed)
    _kept_apart(change, handed)
    _once_only(change, handed)


def _only_ones_own(change: rules.Change, handed: frozenset[str]) -> None:
    lacking = handed - _by_role(change.db, change.new["principal"]) - {"apply"}
    if lacking:
        change.error(
            "duties", msg("Only duties that one holds can be handed on; this person does not hold: {duties}.", duties=_named(lacking))
        )


def _kept_apart(change: rules.Change, handed: frozenset[str]) -> None:
    new = change.new
    others = _handed_to(change, new["deputy"])
    held = (_by_role(change.db, new["deputy"]) | others | handed) & KEPT_APART
    if len(held) > 1 and handed & KEPT_APART:
        change.error("deputy", msg("One person may not hold these duties together: {duties}. Choose another person.", duties=_named(held)))


def _once_only(change: rules.Change, handed: frozenset[str]) -> None:
    c = _c("delegation")
    for other in _at_the_same_time(change, c.principal == change.new["principal"]):
        twice = handed.intersection(other["duties"])
        if twice:
            change.error(
                "duties", msg("Already handed on to somebody else in this time ({no}): {duties}.", no=other["no"], duties=_named(twice))
            )


def _by_role(db: Session, person: int) -> frozenset[str]:
    c = _c("account")
    roles = db.scalar(select(c.roles).where(c.staff == person, c.active, c.deleted_at.is_(None))) or []
    return frozenset().union(*(DUTIES_OF.get(role, frozenset()) for role in roles))


def _handed_to(change: rules.Change, person: int) -> frozenset[str]:
    c = _c("delegation")
    return frozenset().union(*(other["duties"] for other in _at_the_same_time(change, c.deputy == person)))


def _at_the_same_time(change: rules.Change, condition: Any) -> list[RowMapping]:
    c, new = _c("delegation"), change.new
    found = change.db.execute(
        select(c.no, c.duties).where(
            c.centre_id == change.actor.centre, c.deleted_at.is_(None), c.id != (change.id or 0), c.state.in_(("draft", "active")),
            c.starts_on <= new["ends_on"], c.ends_on >= new["starts_on"], condition,
        )
    )  # fmt: skip
    return list(found.mappings())


def _named(duties: frozenset[str]) -> Message | str:
    """Duties in words, as one message."""
    return listed([label("delegation", one.title) for one in DUTIES if one.code in duties])


@rules.guard("delegation", "start")
def _not_over_yet(change: rules.Change) -> None:
    if change.new["ends_on"] < today():
        change.error("ends_on", msg("This time is over already."))


@rules.guard("delegation", "revoke")
def _ones_own_or_above(change: rules.Change) -> None:
    actor = change.actor
    if not (actor.trusted or actor.roles & REVOKING or actor.staff == change.new["principal"]):
        change.error("", msg("Only the person who handed the duties on, the director, a deputy or human resources can revoke them."))


@rules.guard("delegation", "end", "revoke")
def _ends_today(change: rules.Change) -> None:
    change.new["ends_on"] = max(change.new["starts_on"], min(change.new["ends_on"], today()))


def end_delegations(db: Session, centre: int) -> int:
    """End the delegations whose last day is over; how many."""
    known = table("delegation")
    c = known.sql.c
    over = db.scalars(select(c.id).where(c.centre_id == centre, c.deleted_at.is_(None), c.state == "active", c.ends_on < today())).all()
    for one in over:
        flow.move(db, system_actor(centre, "job"), known, one, "end", version=None)
    return len(over)


def acting_for(db: Session, centre: int, deputy: int, duty: str, on: date) -> list[int]:
    """The people for whom somebody performs a duty on a day."""
    c = _c("delegation")
    found = db.execute(
        select(c.principal, c.duties).where(
            c.centre_id == centre, c.deleted_at.is_(None), c.deputy == deputy, c.state == "active", c.starts_on <= on, c.ends_on >= on
        )
    )
    return [one.principal for one in found if duty in one.duties]
