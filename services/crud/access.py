"""Who may do what: table, row, field, transition. Nothing is allowed until a right grants it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import and_, false, not_, or_, true
from sqlalchemy.sql.elements import ColumnElement

from models.accounts import READ_ONLY
from models.base import SCOPES
from models.fields import Mask, When
from services.crud.columns import Source as Columns
from services.crud.conditions import in_sql
from services.crud.registry import Field, Table
from services.crud.registry import table as described
from services.platform.i18n import Message, msg

Source = Literal["screen", "import", "job", "command", "seed"]
FieldRight = Literal["hidden", "masked", "readonly", "editable"]

_CHANGES = ("edit", "delete", "restore")
_LOOKS = ("read", "export")


@dataclass(frozen=True)
class Actor:
    """Who does it: account, roles, centre, session, and from where."""

    account: int | None
    name: str
    centre: int
    roles: frozenset[str] = frozenset()
    staff: int | None = None
    department: int | None = None
    departments: frozenset[int] = field(default_factory=frozenset)
    """The person's own department and all below it."""
    language: str = "zh_CN"
    source: Source = "screen"
    session: str = ""
    trusted: bool = False
    """The product itself (seed, jobs): every right, in its own centre."""


class Forbidden(Exception):
    """The actor has no right to do this."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(message)

    def __str__(self) -> str:
        return str(self.message)


def system_actor(centre: int, source: Source) -> Actor:
    """The product itself at work in a centre: every right, and the history says from where."""
    return Actor(account=None, name=source, centre=centre, source=source, trusted=True)


# Tables and rows


def scope(actor: Actor, table: Table, verb: str) -> str | None:
    """The widest scope (`own`, `department`, `centre`, `all`) that the actor's roles grant for this verb; None: none.

    `*` in the rights of a table means whoever has any role; to write, any but those that only read. Records of an
    append-only table are never changed, those of a table that is not deletable never deleted, whatever the roles.
    """
    if actor.trusted:
        return "centre"
    if table.screen.append_only and verb in _CHANGES:
        return None
    if not table.screen.deletable and verb in ("delete", "restore"):
        return None
    everybody = actor.roles if verb in _LOOKS else actor.roles - READ_ONLY
    granted = [
        verbs[verb] for role, verbs in table.rights.items() if verb in verbs and (role in actor.roles or (role == "*" and everybody))
    ]
    return max(granted, key=SCOPES.index, default=None)


def may(actor: Actor, table: Table, verb: str) -> bool:
    """Whether the actor may do this with any record of the table at all."""
    return scope(actor, table, verb) is not None


def demand(actor: Actor, table: Table, verb: str) -> None:
    """Go on only if `may`.

    Raises:
        Forbidden: no role of the actor grants this verb.
    """
    if not may(actor, table, verb):
        raise refusal(table)


def refusal(table: Table) -> Forbidden:
    """What to raise when the actor may not do something with records of this table."""
    plural = Message(table.screen.plural, context=table.name)
    return Forbidden(msg("You have no right to do this with “{table}”. Ask whoever manages the accounts.", table=plural))


def rows(actor: Actor, table: Table, verb: str = "read", columns: Columns | None = None) -> ColumnElement[bool]:
    """The condition that a record must meet for the actor to do this with it: centre and scope.

    `columns`: the table or an alias of it that the statement reads from. Deleted records are the reader's concern.
    """
    c = (table.sql if columns is None else columns).c
    settled = _settled(actor, table, verb)
    return _scoped(actor, table, verb, c) if settled is None else and_(_scoped(actor, table, verb, c), not_(in_sql(settled, c)))


def _scoped(actor: Actor, table: Table, verb: str, c: Any) -> ColumnElement[bool]:
    granted = scope(actor, table, verb)
    if granted is None:
        return false()
    if granted == "all":
        return true()
    centre: ColumnElement[bool] = c.centre_id == actor.centre
    if granted == "centre":
        return centre
    ways: list[ColumnElement[bool]] = []
    if granted == "department" and table.screen.department and actor.departments:
        ways.append(c[table.screen.department].in_(sorted(actor.departments)))
    if actor.account is not None:
        ways.append(c.created_by == actor.account)
    if actor.staff is not None:
        ways += [c[owner] == actor.staff for owner in table.screen.owners]
    return and_(centre, or_(*ways)) if ways else false()


def permits(actor: Actor, table: Table, verb: str, values: Mapping[str, Any]) -> bool:
    """Whether the actor may do this with the record of these values: what `rows` says in SQL."""
    settled = _settled(actor, table, verb)
    if settled is not None and settled.holds(values):
        return False
    granted = scope(actor, table, verb)
    if granted is None or granted == "all":
        return granted is not None
    if values.get("centre_id") != actor.centre:
        return False
    if granted == "centre":
        return True
    if granted == "department" and table.screen.department and values.get(table.screen.department) in actor.departments:
        return True
    if actor.account is not None and values.get("created_by") == actor.account:
        return True
    return actor.staff is not None and any(values.get(owner) == actor.staff for owner in table.screen.owners)


def _settled(actor: Actor, table: Table, verb: str) -> When | None:
    """What the actor leaves as it is, whatever their scope."""
    return table.screen.settled if verb in ("edit", "delete") and not actor.trusted else None


# Fields


def sees(actor: Actor, field: Field) -> bool:
    """Whether the actor sees the plain value of this field."""
    spec = field.spec
    if spec.hidden:
        return False
    return not spec.sensitive or actor.trusted or bool(actor.roles.intersection(spec.unmasked_for))


def usable(field: Field) -> bool:
    """Whether anybody may filter, sort, search, sum or chart by this field: never by one that is masked or hidden.

    A sensitive field is ciphertext in the database, so that this holds whatever the roles.
    """
    return not field.spec.sensitive and not field.spec.hidden


def writes(actor: Actor, table: Table, values: Mapping[str, Any] | None) -> bool:
    """Whether the actor may make the record, or change this one (its values with the id)."""
    if values is None or values.get("id") is None:
        return may(actor, table, "create")
    return permits(actor, table, "edit", values)


def field_right(actor: Actor, field: Field, values: Mapping[str, Any] | None = None, *, may_write: bool | None = None) -> FieldRight:
    """What the actor may do with this field of a record (its values with the id; without: a new record).

    `masked`: shown masked, and not edited unseen. In a new record there is nothing to hide. `may_write`: what `writes` says, if
    it has been asked already.
    """
    if field.spec.hidden:
        return "hidden"
    new = values is None or values.get("id") is None
    if not new and not sees(actor, field):
        return "masked"
    if not field.typed:
        return "readonly"
    if actor.trusted:
        return "editable"
    allowed = writes(actor, described(field.table), values) if may_write is None else may_write
    return "editable" if allowed and _condition_holds(actor, field, values) else "readonly"


def _condition_holds(actor: Actor, field: Field, values: Mapping[str, Any] | None) -> bool:
    condition = field.spec.editable_if
    if condition is None:
        return True
    if values is None:
        return not condition.roles or bool(actor.roles.intersection(condition.roles))
    return condition.holds(values, actor.roles)


# Masks

_BUILDING = re.compile(r"^.{0,60}?(?:\d+号楼|\d+[栋幢座]|\d+号院?|小区|家园|花园|[Bb]uilding \w+)")
STARS = "***"


def mask(kind: Mask, text: str) -> str:
    """The text with what identifies a person covered, as much as its kind asks for.

    Name: 张*明; ID number: first 3 and last 4; phone: 138****1234; account: last 4; address: up to the building;
    e-mail: a***@x.cn; anything else and what is too short to be covered in part: `***`.
    """
    text = text.strip()
    return _MASKS[kind](text) if text else ""


def _name(text: str) -> str:
    if len(text) < 3:
        return text[:-1] + "*"
    return text[0] + "*" * (len(text) - 2) + text[-1]


def _ends(head: int, tail: int) -> Callable[[str], str]:
    def cover(text: str) -> str:
        covered = len(text) - head - tail
        return text[:head] + "*" * covered + text[-tail:] if covered >= head + tail - 3 and covered > 2 else STARS

    return cover


def _address(text: str) -> str:
    found = _BUILDING.match(text)
    shown = found.group() if found else text[: len(text) // 3]
    return shown + STARS if len(shown) < len(text) else text[: len(text) // 3] + STARS


def _email(text: str) -> str:
    user, at, host = text.rpartition("@")
    return f"{user[0]}{STARS}@{host}" if at and user else STARS


_MASKS: dict[str, Callable[[str], str]] = {
    "name": _name,
    "id_number": _ends(3, 4),
    "phone": _ends(3, 4),
    "account": _ends(0, 4),
    "address": _address,
    "email": _email,
    "all": lambda _text: STARS,
}
