"""Reads the declarations once and hands out one description per table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Column
from sqlalchemy import Table as SqlTable

from models.areas import AREAS, CHAPTERS, SECTIONS
from models.base import VERBS, Chart, Check, Child, Flow, Record, Screen, link_table, sort_column, spoken
from models.fields import NUMBERS, REFERENCES, TEXTS, Choice, Kind, Spec
from services.platform.i18n import Message, pgettext

COMMON_SPECS: dict[str, Spec] = {
    "created_at": Spec(kind=Kind.MOMENT, title="Created", readonly=True, sort=False),
    "created_by": Spec(kind=Kind.REFERENCE, title="Created by", target="account", readonly=True, sort=False, python_type=int),
    "updated_at": Spec(kind=Kind.MOMENT, title="Changed", readonly=True, sort=False),
    "updated_by": Spec(kind=Kind.REFERENCE, title="Changed by", target="account", readonly=True, sort=False, python_type=int),
}


class UnknownTable(LookupError):
    """No table is declared under that name."""


@dataclass(frozen=True, eq=False, repr=False)
class Field:
    """A declared field of a table."""

    table: str
    name: str
    spec: Spec
    required: bool
    sql: SqlTable

    def __repr__(self) -> str:
        return f"<Field {self.table}.{self.name}>"

    @property
    def kind(self) -> Kind:
        """What it holds."""
        return self.spec.kind

    @property
    def column(self) -> Column[Any] | None:
        """Its own column; none for computed fields and for several references."""
        return self.sql.c.get(self.name) if not self.spec.computed else None

    @property
    def title(self) -> str:
        """Its label in the reader's language."""
        return pgettext(self.table, self.spec.title or spoken(self.name))

    @property
    def label(self) -> Message:
        """Its title, to stand inside a message."""
        return Message(self.spec.title or spoken(self.name), context=self.table)

    @property
    def help(self) -> str:
        """Its explanation in the reader's language."""
        return pgettext(self.table, self.spec.help) if self.spec.help else ""

    @property
    def common(self) -> bool:
        """Whether every record has it (created, changed, …)."""
        return self.name in COMMON_SPECS

    @property
    def typed(self) -> bool:
        """Whether a person may ever type it in a form."""
        return not (self.spec.readonly or self.spec.computed or self.spec.hidden or self.common)

    @property
    def is_reference(self) -> bool:
        """Whether it holds the id of one other record."""
        return self.kind in REFERENCES

    @property
    def is_text(self) -> bool:
        """Whether it holds text."""
        return self.kind in TEXTS

    @property
    def is_number(self) -> bool:
        """Whether it holds a number that can be computed with."""
        return self.kind in NUMBERS

    @property
    def link(self) -> SqlTable:
        """The link table of several references."""
        return link_table(self.table, self.name)

    @property
    def sort_column(self) -> Column[Any] | None:
        """The column a list sorts by for this field."""
        return sort_column(self.sql, self.name) if self.column is not None else None

    def choice(self, code: str) -> Choice | None:
        """The declared choice of that code."""
        return self._choices.get(code)

    def choice_title(self, code: str) -> str:
        """Its label in the reader's language; an unknown code as it is."""
        found = self._choices.get(code)
        return pgettext(self.table, found.title) if found else code

    @cached_property
    def _choices(self) -> dict[str, Choice]:
        return {choice.code: choice for choice in self.spec.choices}


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """A declared table: everything that screens and services ask of it."""

    name: str
    model: type[Record]
    fields: Mapping[str, Field]
    """Declared fields in their order, then the common ones."""

    def __repr__(self) -> str:
        return f"<Table {self.name}>"

    @property
    def sql(self) -> SqlTable:
        """Its SQLAlchemy table."""
        return self.model.__table__  # type: ignore[attr-defined, no-any-return]

    @cached_property
    def screen(self) -> Screen:
        """How it is shown."""
        declared = getattr(self.model, "__screen__", None)
        return declared or Screen(spoken(self.name), spoken(self.name), area="system", section="")

    @property
    def flow(self) -> Flow | None:
        """Its states and moves."""
        return self.model.__flow__

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Its declared charts."""
        return self.model.__charts__

    @property
    def checks(self) -> tuple[Check, ...]:
        """Its rules over one record."""
        return self.model.__checks__

    @cached_property
    def rights(self) -> dict[str, dict[str, str]]:
        """role → verb → scope; `*` stands for every role."""
        granted: dict[str, dict[str, str]] = {}
        for roles, words in self.model.__rights__.items():
            verbs: dict[str, str] = {}
            for word in words.split():
                verb, _, scope = word.partition(":")
                for one in VERBS if verb == "all" else (verb,):
                    verbs[one] = scope or "centre"
            for role in roles.split():
                granted.setdefault(role, {}).update(verbs)
        return granted

    @property
    def title(self) -> str:
        """One record of it, in the reader's language."""
        return pgettext(self.name, self.screen.title)

    @property
    def plural(self) -> str:
        """Many records of it, in the reader's language."""
        return pgettext(self.name, self.screen.plural)

    @property
    def label(self) -> Message:
        """One record of it, to stand inside a message."""
        return Message(self.screen.title, context=self.name)

    @property
    def label_plural(self) -> Message:
        """Many records of it, to stand inside a message."""
        return Message(self.screen.plural, context=self.name)

    @property
    def help(self) -> str:
        """What it is for, in the reader's language."""
        return pgettext(self.name, self.screen.help) if self.screen.help else ""

    @cached_property
    def declared(self) -> tuple[Field, ...]:
        """The fields without the common ones and the hidden ones."""
        return tuple(field for field in self.fields.values() if not field.common and not field.spec.hidden)

    @cached_property
    def titles(self) -> tuple[Field, ...]:
        """The fields that name a record; without a declaration the first text."""
        if self.screen.titles:
            return tuple(self.fields[name] for name in self.screen.titles if name in self.fields)
        return tuple(field for field in self.declared if field.is_text and not field.spec.sensitive)[:1]

    @cached_property
    def second(self) -> tuple[Field, ...]:
        """The fields of the second line in pickers and search results."""
        return tuple(self.fields[name] for name in self.screen.second if name in self.fields)

    @cached_property
    def list_fields(self) -> tuple[Field, ...]:
        """The columns a list shows by itself; without a declaration the first six."""
        marked = tuple(field for field in self.declared if field.spec.column)
        plain = (field for field in self.declared if field.kind not in (Kind.LONG_TEXT, Kind.FILE, Kind.IMAGE))
        return marked or tuple(plain)[:6]

    @cached_property
    def filter_fields(self) -> tuple[Field, ...]:
        """The fields offered as chips."""
        return tuple(field for field in self.declared if field.spec.filter)

    @cached_property
    def search_fields(self) -> tuple[Field, ...]:
        """The fields whose text the search index holds; without a declaration the titles."""
        marked = tuple(field for field in self.declared if field.spec.search and not field.spec.sensitive)
        return marked or tuple(field for field in self.titles if not field.spec.sensitive)

    @cached_property
    def sum_fields(self) -> tuple[Field, ...]:
        """The numbers summed in the footer."""
        return tuple(field for field in self.declared if field.spec.sum)

    @cached_property
    def state(self) -> Field | None:
        """The field that holds the state."""
        return self.fields.get(self.flow.field) if self.flow else None

    @property
    def default_sort(self) -> str:
        """Field name, with `-` in front for descending."""
        return self.screen.sort

    def sortable(self, field: Field) -> bool:
        """Whether a list may be sorted by it: an index serves it, or the table holds few records."""
        if field.name == "id" or field.name == self.default_sort.lstrip("-"):
            return True
        if field.spec.sort is False or field.spec.sensitive or field.kind in _UNSORTABLE:
            return False
        if self.screen.few:
            return True
        return field.column is not None and (field.spec.column or bool(field.spec.sort))

    @property
    def children(self) -> tuple[Child, ...]:
        """The records that hang on one of these."""
        return self.screen.children


_UNSORTABLE = (Kind.LONG_TEXT, Kind.CHOICES, Kind.FILE, Kind.IMAGE, Kind.POINT, Kind.REFERENCES)
_known: dict[type, Table] = {}
_named: dict[str, Table] = {}


def _classes(base: type[Record]) -> Iterator[type[Record]]:
    for found in base.__subclasses__():
        if "__table__" in vars(found):
            yield found
        yield from _classes(found)


def describe(model: type[Record]) -> Table:
    """The description of one declared class."""
    table = _known.get(model)
    if table is None:
        sql: SqlTable = model.__table__  # type: ignore[attr-defined]
        name = sql.name
        fields = {
            field: Field(name, field, spec, _required(model, field, spec), sql)
            for field, spec in (*model.__specs__.items(), *COMMON_SPECS.items())
        }
        table = _known[model] = _named[name] = Table(name, model, fields)
    return table


def _required(model: type[Record], name: str, spec: Spec) -> bool:
    column = model.__table__.c.get(name)  # type: ignore[attr-defined]
    return column is not None and not column.nullable and not spec.readonly and spec.kind is not Kind.BOOLEAN


def tables() -> dict[str, Table]:
    """Every declared table by name, in the order of areas, `Screen.order` and declaration."""
    order = {area.name: place for place, area in enumerate(AREAS)}
    found = [describe(model) for model in _classes(Record)]
    found.sort(key=lambda table: (order.get(table.screen.area, len(order)), table.screen.order))
    return {table.name: table for table in found}


def table(name: str) -> Table:
    """The table of that name.

    Raises:
        UnknownTable: nothing is declared under that name.
    """
    found = _named.get(name)
    if found is None or _known.get(found.model) is not found:
        found = tables().get(name)
    if found is None:
        raise UnknownTable(name)
    return found


def referring(name: str) -> list[Field]:
    """The fields of all tables that refer to this one (without who created or changed a record)."""
    return [field for other in tables().values() for field in other.fields.values() if field.spec.target == name and not field.common]


def labels() -> Iterator[tuple[str, str]]:
    """Every text of every declaration that a person sees, as (context, text), for the check of translations."""
    for area in AREAS:
        yield "area", area.title
    for text in (*CHAPTERS.values(), *SECTIONS.values()):
        yield "standard", text
    for one in tables().values():
        yield from ((one.name, text) for text in texts_of(one))


def texts_of(one: Table) -> list[str]:
    """Every text of the declaration of one table that a person sees."""
    screen = one.screen
    texts = [screen.title, screen.plural, screen.help, screen.empty, *screen.tabs, *(child.title for child in screen.children)]
    for field in one.fields.values():
        spec = field.spec
        texts += [spec.title or spoken(field.name), spec.help, spec.group, spec.tab, spec.placeholder, spec.pattern_help, spec.unit]
        texts += [choice.title for choice in spec.choices]
    texts += [check.message for check in one.checks]
    for move in one.flow.moves if one.flow else ():
        texts += [move.title, move.confirm, move.guard_message]
    for chart in one.charts:
        texts += [chart.title, chart.target_title, chart.help]
    return [text for text in dict.fromkeys(texts) if text]
