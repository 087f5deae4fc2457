"""The words for fields: each says what a field is, once, for every screen, rule and file.

A field is required when its annotation does not allow `None` and it has no default:

    name: str = text("Name", column=True, search=True)
    serial: str | None = code("Serial number", unique=True)
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from pydantic_core import PydanticUndefined
from sqlalchemy import Boolean, Date, Integer, Time
from sqlalchemy.types import TypeEngine
from sqlmodel import Field

from models.types import Codes, Duration, Fen, Moment, Point, Scaled, text_type


class Kind(StrEnum):
    """What a field holds; decides its widget, filter, format, check and column."""

    TEXT = "text"
    CODE = "code"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    PERCENT = "percent"
    DATE = "date"
    TIME = "time"
    MOMENT = "moment"
    DURATION = "duration"
    CHOICE = "choice"
    CHOICES = "choices"
    BOOLEAN = "boolean"
    PHONE = "phone"
    ID_NUMBER = "id_number"
    CREDIT_CODE = "credit_code"
    BANK_ACCOUNT = "bank_account"
    EMAIL = "email"
    LINK = "link"
    COLOUR = "colour"
    POINT = "point"
    FILE = "file"
    IMAGE = "image"
    REFERENCE = "reference"
    REFERENCES = "references"
    PARENT = "parent"


TEXTS = frozenset({Kind.TEXT, Kind.CODE, Kind.LONG_TEXT, Kind.PHONE, Kind.ID_NUMBER, Kind.CREDIT_CODE,
                   Kind.BANK_ACCOUNT, Kind.EMAIL, Kind.LINK, Kind.COLOUR})  # fmt: skip
NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.MONEY, Kind.PERCENT})
TIMES = frozenset({Kind.DATE, Kind.MOMENT})
REFERENCES = frozenset({Kind.REFERENCE, Kind.PARENT})

Colour = Literal["grey", "blue", "teal", "green", "yellow", "orange", "red", "purple"]
Mask = Literal["name", "id_number", "phone", "account", "address", "email", "all"]


@dataclass(frozen=True)
class Choice:
    """One value of a choice field: what is stored, what is shown, and its colour."""

    code: str
    title: str
    colour: Colour = "grey"
    active: bool = True
    """False: still shown where it is used, no longer offered."""


class When:
    """A condition over a record's fields and the actor's roles.

    `When(kind="lift")`, `When(state=("open", "late"), roles=("facility",))`, `When(serial=FILLED)`. All must hold.
    """

    def __init__(self, *, roles: Sequence[str] = (), **conditions: Any) -> None:
        self.roles = tuple(roles)
        self.conditions: dict[str, Any] = conditions

    def holds(self, values: Mapping[str, Any], roles: frozenset[str] | None = None) -> bool:
        """Whether the record (field → value) and the actor's roles meet it; roles None: not asked."""
        if self.roles and roles is not None and not roles.intersection(self.roles):
            return False
        return all(_meets(values.get(name), wanted) for name, wanted in self.conditions.items())

    def __repr__(self) -> str:
        return f"When({self.conditions}, roles={self.roles})"


class _Filled:
    def __init__(self, filled: bool) -> None:
        self.filled = filled


FILLED = _Filled(True)
EMPTY = _Filled(False)


def _meets(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, _Filled):
        return (value not in (None, "", [])) is wanted.filled
    if isinstance(value, list):
        return any(one in _several(wanted) for one in value)
    return value in _several(wanted)


def _several(wanted: Any) -> tuple[Any, ...]:
    return tuple(wanted) if isinstance(wanted, tuple | list | set | frozenset) else (wanted,)


@dataclass(frozen=True, kw_only=True)
class Spec:
    """All that is declared of one field. `services.crud.registry` completes it with its name and table."""

    kind: Kind
    title: str = ""
    help: str = ""
    unit: str = ""
    unique: bool = False
    """No two live records of a centre have the same value."""
    choices: tuple[Choice, ...] = ()
    column: bool = False
    """Shown in the list unless a view says otherwise."""
    filter: bool = False
    """Offered as a chip; gets the index that serves it."""
    sort: bool | None = None
    """Sortable in the list; default: every list column that has an index or belongs to a table of few records."""
    search: bool = False
    """Found by the search box of its list and of the frame."""
    sum: bool = False
    """Summed in the footer of the list (numbers that can be added up)."""
    inline: bool = False
    """Can be changed in the list itself."""
    readonly: bool = False
    """Set by the system (a number, a derived value), never typed."""
    hidden: bool = False
    """Kept for the rules, shown nowhere."""
    sensitive: bool = False
    """Personal data: encrypted at rest, masked by default, found only by exact match."""
    mask: Mask = "all"
    unmasked_for: tuple[str, ...] = ()
    """Roles that see it without asking."""
    group: str = ""
    tab: str = ""
    shown_if: When | None = None
    required_if: When | None = None
    editable_if: When | None = None
    placeholder: str = ""
    example: str = ""
    places: int = 0
    ge: Any = None
    le: Any = None
    gt: Any = None
    max_length: int | None = None
    pattern: str = ""
    pattern_help: str = ""
    """What the pattern asks for, in plain words."""
    number: str = ""
    """Pattern of a number that the system gives: `ZC{year}{seq:04}`."""
    target: str = ""
    """Table that a reference points to."""
    narrow: Mapping[str, Any] = field(default_factory=dict)
    """What a picker offers: field of the target → value, or `"$field"` of this record."""
    add_new: bool = True
    """A picker offers to make a new record of the target (where the actor may)."""
    on_delete: Literal["restrict", "cascade", "set null"] = "restrict"
    on: Literal["map", "plan"] = "map"
    accept: tuple[str, ...] = ()
    """File extensions that may be uploaded; empty: all that the product allows."""
    default: Any = None
    """A value, or a function without arguments (`today`, `now`) that gives one; `me`: whoever makes the record."""
    expression: Callable[[Any], Any] | None = None
    """Computed in SQL: takes the table's columns (and `.today`, `.now`), gives an SQL expression."""
    python_type: type = str

    @property
    def computed(self) -> bool:
        """Whether it is worked out in SQL and stored nowhere."""
        return self.expression is not None


def today() -> date:
    """The default "today" in the centre's time zone."""
    from zoneinfo import ZoneInfo

    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def now() -> datetime:
    """The default "now", aware, without microseconds."""
    from datetime import UTC

    return datetime.now(UTC).replace(microsecond=0)


def me() -> None:
    """The default "whoever makes the record" of a field for staff or an account; the writer knows who that is."""


def declare(spec: Spec, sa_type: TypeEngine[Any] | None, **more: Any) -> Any:
    """A SQLModel field that carries its declaration; the words below are the way to make one."""
    default = more.pop("default", spec.default)
    arguments: dict[str, Any] = {
        "title": spec.title or None,
        "description": spec.help or None,
        "schema_extra": {"json_schema_extra": {"spec": spec}},
        **more,
    }
    if sa_type is not None:
        arguments["sa_type"] = sa_type
    if callable(default) and default is not me:
        arguments["default_factory"] = default
    else:
        arguments["default"] = PydanticUndefined if default is None or default is me else default
    return Field(**arguments)


def _word(kind: Kind, title: str, sa_type: TypeEngine[Any], python_type: type, flags: dict[str, Any]) -> Any:
    return declare(Spec(kind=kind, title=title, python_type=python_type, **flags), sa_type)


def _column(length: int, flags: Mapping[str, Any]) -> TypeEngine[str]:
    """Text of that length; a sealed one is longer than what is typed."""
    return text_type(None if flags.get("sensitive") else length)


def text(title: str = "", *, max_length: int = 255, **flags: Any) -> Any:
    """One line of text that people read: sorts by pinyin."""
    return _word(Kind.TEXT, title, text_type(None if flags.get("sensitive") else max_length), str, {"max_length": max_length, **flags})


def code(title: str = "", *, max_length: int = 64, **flags: Any) -> Any:
    """A number or code that people copy: letters, digits, no blanks at the ends; sorts by character."""
    return _word(Kind.CODE, title, _column(max_length, flags), str, {"max_length": max_length, **flags})


def number(title: str, pattern: str, **flags: Any) -> Any:
    """The record's number, given by the system without gaps: `number("Asset no.", "ZC{year}{seq:04}")`."""
    return code(title, number=pattern, **{"readonly": True, "unique": True, "search": True, "column": True, **flags})


def long_text(title: str = "", *, max_length: int = 20_000, **flags: Any) -> Any:
    """Several lines in Markdown."""
    return _word(Kind.LONG_TEXT, title, text_type(), str, {"max_length": max_length, **flags})


def integer(title: str = "", **flags: Any) -> Any:
    """A whole number."""
    return _word(Kind.INTEGER, title, Integer(), int, flags)


def decimal(title: str = "", *, places: int = 2, **flags: Any) -> Any:
    """An exact number with a fixed count of places; give its `unit`."""
    return _word(Kind.DECIMAL, title, Scaled(places), Decimal, {"places": places, **flags})


def money(title: str = "", **flags: Any) -> Any:
    """Yuan, exact to the fen."""
    return _word(Kind.MONEY, title, Fen(), Decimal, {"places": 2, "unit": "元", **flags})


def percent(title: str = "", *, places: int = 2, **flags: Any) -> Any:
    """A share, kept as percent: 12.5 is 12.5 %."""
    return _word(Kind.PERCENT, title, Scaled(places), Decimal, {"places": places, "unit": "%", **flags})


def day(title: str = "", **flags: Any) -> Any:
    """A date."""
    return _word(Kind.DATE, title, Date(), date, flags)


def clock(title: str = "", **flags: Any) -> Any:
    """A time of day."""
    return _word(Kind.TIME, title, Time(), time, flags)


def moment(title: str = "", **flags: Any) -> Any:
    """A date and time, stored in UTC, shown in Asia/Shanghai."""
    return _word(Kind.MOMENT, title, Moment(), datetime, flags)


def duration(title: str = "", **flags: Any) -> Any:
    """A length of time (timedelta), kept in seconds."""
    from datetime import timedelta

    return _word(Kind.DURATION, title, Duration(), timedelta, flags)


def choice(title: str, choices: Sequence[Choice], **flags: Any) -> Any:
    """One of a few values."""
    return _word(Kind.CHOICE, title, text_type(40), str, {"choices": tuple(choices), **flags})


def choices(title: str, choices: Sequence[Choice], **flags: Any) -> Any:
    """Any number of a few values."""
    return _word(Kind.CHOICES, title, Codes(), list, {"choices": tuple(choices), **flags})


def yes_no(title: str = "", *, default: bool = False, **flags: Any) -> Any:
    """Yes or no, never empty."""
    return _word(Kind.BOOLEAN, title, Boolean(), bool, {"default": default, **flags})


def phone(title: str = "Phone", **flags: Any) -> Any:
    """A mobile or fixed phone number of mainland China."""
    return _word(Kind.PHONE, title, text_type(200 if flags.get("sensitive") else 32), str, {"mask": "phone", "max_length": 32, **flags})


def id_number(title: str = "ID number", **flags: Any) -> Any:
    """A resident identity number [K GB 11643]: always sensitive."""
    return _word(Kind.ID_NUMBER, title, text_type(200), str, {"sensitive": True, "mask": "id_number", "max_length": 18, **flags})


def credit_code(title: str = "Unified social credit code", **flags: Any) -> Any:
    """An organisation's credit code [K GB 32100]."""
    return _word(Kind.CREDIT_CODE, title, text_type(18), str, {"max_length": 18, **flags})


def bank_account(title: str = "Bank account", **flags: Any) -> Any:
    """A bank card or account number: always sensitive; a wrong check digit only warns (companies have none)."""
    return _word(Kind.BANK_ACCOUNT, title, text_type(200), str, {"sensitive": True, "mask": "account", "max_length": 32, **flags})


def email(title: str = "E-mail", **flags: Any) -> Any:
    """An e-mail address."""
    return _word(Kind.EMAIL, title, text_type(None if flags.get("sensitive") else 254), str, {"mask": "email", "max_length": 254, **flags})


def link(title: str = "Link", **flags: Any) -> Any:
    """A web address, http or https only."""
    return _word(Kind.LINK, title, text_type(2000), str, {"max_length": 2000, **flags})


def colour(title: str = "Colour", **flags: Any) -> Any:
    """A colour as `#rrggbb`."""
    return _word(Kind.COLOUR, title, text_type(7), str, {"max_length": 7, **flags})


def point(title: str = "Position", *, on: Literal["map", "plan"] = "map", **flags: Any) -> Any:
    """A place on a map (longitude, latitude) or on a floor plan (x, y in percent)."""
    return _word(Kind.POINT, title, Point(), tuple, {"on": on, **flags})


def file(title: str = "File", **flags: Any) -> Any:
    """One file of the file store."""
    return declare(Spec(kind=Kind.FILE, title=title, python_type=int, **flags), None, foreign_key="file.id")


def image(title: str = "Picture", **flags: Any) -> Any:
    """One picture of the file store."""
    return declare(Spec(kind=Kind.IMAGE, title=title, python_type=int, **flags), None, foreign_key="file.id")


def reference(title: str, target: str, **flags: Any) -> Any:
    """Another record: `place_id: int = reference("Place", "place")`."""
    return declare(Spec(kind=Kind.REFERENCE, title=title, target=target, python_type=int, **flags), None, foreign_key=f"{target}.id")


def parent(title: str, target: str, **flags: Any) -> Any:
    """The record above in a tree of the same table; a loop is refused."""
    return declare(Spec(kind=Kind.PARENT, title=title, target=target, python_type=int, **flags), None, foreign_key=f"{target}.id")


def references(title: str, target: str, **flags: Any) -> Any:
    """Several records of another table, kept in a link table: `courses: ClassVar = references("Courses", "course")`."""
    return Spec(kind=Kind.REFERENCES, title=title, target=target, python_type=list, **flags)


def computed(title: str, kind: Kind, expression: Callable[[Any], Any], **flags: Any) -> Any:
    """Worked out in SQL whenever it is read: `net: ClassVar = computed("Net value", Kind.MONEY, lambda t: t.cost - t.worn)`.

    The expression is called with the table's columns as attributes, and `today` and `now` as bound values.
    """
    return Spec(kind=kind, title=title, expression=expression, readonly=True, **flags)
