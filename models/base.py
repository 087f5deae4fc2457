"""Declare once: a class says what a table holds, how it is shown, its states, rights and charts.

    class Room(Record, table=True):
        __screen__ = Screen("Room", "Rooms", area="facilities", section="2.4", icon="meeting_room", titles=("name",))
        __rights__ = {"facility": "all", "*": "read"}

        name: str = text("Name", column=True, search=True)
        area: Decimal | None = decimal("Floor area", unit="m²", sum=True)
        public: bool = yes_no("Open to the public", filter=True)

Declarations do not use `from __future__ import annotations`: the annotation says whether a field may be empty.
A plain annotation (`name: str`) is a field too, with every flag at its default.
"""

import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import nulls_first_op
from sqlmodel import Field, SQLModel
from sqlmodel._compat import get_annotations
from sqlmodel.main import SQLModelMetaclass

from models import fields as words
from models.fields import Colour, Kind, Spec, When
from models.types import Moment, text_type

VERBS = ("read", "create", "edit", "delete", "restore", "import", "export")
SCOPES = ("own", "department", "centre", "all")


@dataclass(frozen=True)
class Child:
    """Records that hang on this one: their table and the field that refers here."""

    table: str
    via: str
    in_form: bool = False
    """Edited in a grid inside the form, saved with the record, all or nothing."""
    title: str = ""
    minimum: int = 0


@dataclass(frozen=True)
class Bookable:
    """A record takes a place or a thing from one moment to another: no two overlap."""

    start: str
    end: str
    of: tuple[str, ...]
    """Reference fields; two live records with the same value in one of them must not overlap."""
    free: When | None = None
    """Records that take nothing (cancelled ones)."""
    longest: timedelta | None = None
    """No record lasts longer: the agenda has to look back no further. Only a table of few records can do without."""
    colour: str = ""
    """Choice field whose colours the agenda uses."""


@dataclass(frozen=True)
class Check:
    """A rule over one record, declared once: a message beside a field, and a CHECK constraint in the database.

    `Check("ends_after_start", lambda t: t.ends_on >= t.starts_on, "The end is before the start.", "ends_on")`.
    The expression works on columns and on values alike: combine with `&` and `|`. An empty value passes.
    """

    name: str
    holds: Callable[[Any], Any]
    message: str
    field: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A figure over the records: a measure, grouped by a field, over time, split by another field."""

    name: str
    title: str
    mark: Literal["bar", "line", "area", "heat", "histogram", "pareto", "point"] = "bar"
    measure: str = "count"
    """`count`; `sum:`, `avg:`, `min:`, `max:` and a number field; `share:` and a yes/no field: percent of the records that say yes."""
    by: str = ""
    """Field of the groups (choice, reference, yes/no; a number for a histogram)."""
    over: str = ""
    """Date or moment of the time axis."""
    step: Literal["day", "week", "month", "quarter", "year"] = "month"
    split: str = ""
    target: Decimal | None = None
    """Line to compare with."""
    target_title: str = ""
    standing: bool = False
    """What there is, not what happened: no period narrows it."""
    lower_is_better: bool = False
    only: When | None = None
    bins: tuple[int, ...] = ()
    help: str = ""


@dataclass(frozen=True, kw_only=True)
class Move:
    """A transition that a person makes."""

    name: str
    title: str
    sources: tuple[str, ...]
    target: str
    roles: tuple[str, ...]
    requires: tuple[str, ...] = ()
    """Fields that must be filled; those still empty are asked for in the dialog."""
    asks: tuple[str, ...] = ()
    """Fields offered in the dialog without being demanded."""
    reason: bool = False
    """A note is demanded."""
    apart_from: tuple[str, ...] = ()
    """Staff or account fields: the person who moves must be none of them (separation of duties)."""
    only_by: tuple[str, ...] = ()
    """Staff or account fields: only one of these persons may move it (besides the role)."""
    guard: When | None = None
    guard_message: str = ""
    confirm: str = ""
    icon: str = ""
    colour: Colour = "blue"


@dataclass(frozen=True, kw_only=True)
class Flow:
    """The states of a record (a choice field) and the moves between them."""

    initial: str
    moves: tuple[Move, ...]
    waits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """State → for whom a record in it waits: roles, or fields that hold the person. It stands on their start page."""
    field: str = "state"


@dataclass(frozen=True)
class Screen:
    """How a table is shown. Only the names and the area are needed; the rest has sound defaults."""

    title: str
    plural: str
    _: KW_ONLY
    area: str
    section: str
    """Section of the service standard it serves, `6.2`."""
    icon: str = "table_rows"
    """Name of a Material Symbols icon."""
    help: str = ""
    titles: tuple[str, ...] = ()
    """Fields that name a record wherever it is referred to."""
    second: tuple[str, ...] = ()
    """Fields of the second line in pickers and search results."""
    sort: str = "-id"
    few: bool = False
    """Never more than some thousand records in a centre: unindexed sorts and computed filters are allowed."""
    children: tuple[Child, ...] = ()
    bookable: Bookable | None = None
    row_colours: Mapping[Colour, When] = field(default_factory=dict)
    tabs: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    """Order of the groups in forms and on the record page; default: as first used."""
    owners: tuple[str, ...] = ()
    """Staff fields whose person owns the record (scope `own`, besides who created it)."""
    department: str = ""
    """Department field that the scope `department` looks at."""
    due: str = ""
    """Date by which a record has to be dealt with: late when it is past, while the record is open."""
    due_while: When | None = None
    """What is open; default: every state that a move leads out of."""
    empty: str = ""
    append_only: bool = False
    """Never edited or deleted: corrected by another record."""
    deletable: bool = True
    """False: voided by a move, never deleted."""
    settled: When | None = None
    """What is over and done: neither edited nor deleted any more, nor are the records that go with it; moves and rules still can."""
    uniques: tuple[tuple[str, ...], ...] = ()
    similar: tuple[str, ...] | None = None
    """Fields compared to warn of a duplicate before saving: the same text in one of the text fields, and the same value in all
    others named here. Default: the text titles and unique fields (never, if `hidden`); `()`: never."""
    order: int = 0
    """Place in the navigation of its area."""
    hidden: bool = False
    """Not in the navigation: reached from its parent."""


def snake(name: str) -> str:
    """`WorkOrder` → `work_order`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def spoken(name: str) -> str:
    """`bought_on` → `Bought on`."""
    return name.replace("_", " ").capitalize()


class NullsFirst(UnaryExpression[Any]):
    """A column in an index in which empty values come first, as SQLite keeps them anyway."""

    inherit_cache = True

    def __init__(self, column: Column[Any]) -> None:
        super().__init__(column, modifier=nulls_first_op)


@compiles(NullsFirst, "sqlite")
def _plain(element: NullsFirst, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.element, **kw))


_PLAIN: dict[type, Callable[[], Any]] = {
    str: words.text,
    int: words.integer,
    Decimal: words.decimal,
    bool: words.yes_no,
    datetime: words.moment,
    date: words.day,
    time: words.clock,
    timedelta: words.duration,
}


def _optional(annotation: Any) -> bool:
    origin = typing.get_origin(annotation)
    return origin in (typing.Union, types.UnionType) and type(None) in typing.get_args(annotation)


def _bare(annotation: Any) -> Any:
    if _optional(annotation):
        return next(a for a in typing.get_args(annotation) if a is not type(None))
    return annotation


class _Declaration(SQLModelMetaclass):
    """Completes a declared class: specs of its fields, table name, sort keys, unique rules, indexes, checks."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kw: Any) -> Any:
        if kw.get("table"):
            namespace.setdefault("__tablename__", snake(name))
            for field_name, annotation in get_annotations(namespace).items():
                if isinstance(annotation, str):
                    raise TypeError(f"{name}: declarations must not use `from __future__ import annotations`")
                if typing.get_origin(annotation) is ClassVar or annotation is ClassVar or field_name.startswith("_"):
                    continue
                value = namespace.get(field_name, PydanticUndefined)
                if not isinstance(value, FieldInfo):
                    word = _PLAIN.get(_bare(annotation))
                    if word is None:
                        raise TypeError(f"{name}.{field_name}: no field kind for {annotation!r}; use a word of models.fields")
                    default = value
                    value = word()
                    if default is not PydanticUndefined:
                        value.default = default
                if _optional(annotation) and value.is_required():
                    value.default = None
                namespace[field_name] = value
        return super().__new__(mcs, name, bases, namespace, **kw)

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kw: Any) -> None:
        super().__init__(name, bases, namespace, **kw)
        if kw.get("table"):
            _complete(cls, get_annotations(namespace))


class _Names:
    """The columns of a table as attributes, for a check's expression."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __getattr__(self, name: str) -> Any:
        return self._table.c[name]


def _complete(cls: Any, declared: Mapping[str, Any]) -> None:
    table: Table = cls.__table__
    specs: dict[str, Spec] = {}
    for name in [*declared, *cls.model_fields]:  # as they are written, computed ones among the stored
        info = cls.model_fields.get(name)
        extra = info.json_schema_extra if info is not None else None
        spec = extra.get("spec") if isinstance(extra, dict) else vars(cls).get(name)
        if isinstance(spec, Spec) and name not in specs:
            specs[name] = spec
    cls.__specs__ = specs
    screen: Screen | None = getattr(cls, "__screen__", None)
    for name, spec in specs.items():
        if spec.kind is Kind.REFERENCES:
            _link_table(table, name, spec)
        elif spec.sensitive:
            table.append_column(Column(f"{name}__hash", text_type(64)))
        elif (
            spec.kind is Kind.TEXT
            and name in table.c
            and screen
            and (spec.column or name in screen.titles or screen.sort.lstrip("-") == name)
        ):
            table.append_column(Column(f"{name}__sort", text_type(), nullable=table.c[name].nullable))
    _index(table, specs, screen)
    for check in getattr(cls, "__checks__", ()):
        table.append_constraint(CheckConstraint(check.holds(_Names(table)), name=f"ck_{table.name}_{check.name}"))


def sort_column(table: Table, name: str) -> Column[Any]:
    """The column that a list sorted by this field really sorts by (the pinyin key of a text)."""
    key = f"{name}__sort"
    return table.c[key] if key in table.c else table.c[name]


def link_table(table: str, name: str) -> Table:
    """The link table of a `references` field."""
    return SQLModel.metadata.tables[f"{table}__{name}"]


def _link_table(table: Table, name: str, spec: Spec) -> None:
    Table(
        f"{table.name}__{name}",
        table.metadata,
        Column("owner_id", Integer, ForeignKey(f"{table.name}.id", ondelete="CASCADE"), primary_key=True),
        Column("target_id", Integer, ForeignKey(f"{spec.target}.id", ondelete="RESTRICT"), primary_key=True, index=True),
        Column("centre_id", Integer, nullable=False),
    )


def _index(table: Table, specs: Mapping[str, Spec], screen: Screen | None) -> None:
    live = table.c.deleted_at.is_(None)
    where: dict[str, Any] = {"sqlite_where": live, "postgresql_where": live}
    made: set[tuple[tuple[str, ...], bool]] = set()

    def add(*columns: Column[Any], unique: bool = False) -> None:
        names = tuple(dict.fromkeys(column.name for column in columns))
        if (names, unique) in made:
            return
        made.add((names, unique))
        parts = [NullsFirst(table.c[n]) if table.c[n].nullable and not unique else table.c[n] for n in names]
        Index(f"{'uq' if unique else 'ix'}_{table.name}_{'_'.join(n.strip('_') for n in names[1:])}"[:63], *parts, unique=unique, **where)

    centre, key = table.c.centre_id, table.c.id
    default = screen.sort.lstrip("-") if screen else "id"
    order = sort_column(table, default) if default in table.c else key
    add(centre, order, key)
    for name, spec in specs.items():
        if name not in table.c:
            continue
        if spec.sensitive:
            add(centre, table.c[f"{name}__hash"], unique=spec.unique)
            continue
        if spec.unique:
            add(centre, table.c[name], unique=True)
        if (spec.filter or spec.kind in words.REFERENCES) and spec.kind is not Kind.CHOICES:
            add(centre, table.c[name], order, key)
        if spec.column and spec.sort is not False and spec.kind not in (Kind.LONG_TEXT, Kind.CHOICES, Kind.FILE, Kind.IMAGE, Kind.POINT):
            add(centre, sort_column(table, name), key)
    for group in screen.uniques if screen else ():
        if all(name in table.c for name in group):
            add(centre, *(table.c[name] for name in group), unique=True)


class Record(SQLModel, metaclass=_Declaration):
    """What every record of a centre has."""

    __specs__: ClassVar[dict[str, Spec]] = {}
    __screen__: ClassVar[Screen]
    __flow__: ClassVar[Flow | None] = None
    __charts__: ClassVar[tuple[Chart, ...]] = ()
    __checks__: ClassVar[tuple[Check, ...]] = ()
    __rights__: ClassVar[Mapping[str, str]] = {}
    """Role (or several, or `*`) → verbs, each with a scope: `"read create edit:own delete:department"`; `all`: every verb."""

    id: int | None = Field(default=None, primary_key=True)
    centre_id: int = Field(foreign_key="centre.id")
    version: int = 1
    created_at: datetime = Field(default_factory=words.now, sa_type=Moment)
    created_by: int | None = Field(default=None, foreign_key="account.id")
    updated_at: datetime = Field(default_factory=words.now, sa_type=Moment)
    updated_by: int | None = Field(default=None, foreign_key="account.id")
    deleted_at: datetime | None = Field(default=None, sa_type=Moment)
    deleted_by: int | None = Field(default=None, foreign_key="account.id")


COMMON = frozenset(Record.model_fields)
"""Names of the columns that every record has."""
