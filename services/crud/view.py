"""What a list shows: filters, search, sort, page, columns. It lives in the address bar, so it is read with suspicion."""

import hashlib
import json
import logging
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.fields import NUMBERS, REFERENCES, Kind
from services.crud import columns
from services.crud.access import Actor, rows, usable
from services.crud.periods import PERIODS
from services.crud.registry import Field, Table
from services.crud.registry import table as described
from services.platform.i18n import LOCAL, Message, msg
from services.platform.settings import settings

log = logging.getLogger("centre.view")

Op = Literal["in", "between", "period", "empty", "filled", "contains"]
Density = Literal["compact", "normal", "comfortable"]

FIRST, LAST = "", "last"
"""`after=FIRST` is the first page, `before=LAST` the last one."""
EMPTY, FILLED = "~", "!~"
LONGEST_SEARCH = 200
"""Characters of a search that are looked at."""
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
"""Days that can be looked for."""
MOST_VALUES = 200
"""Values of one filter that are looked at."""

_EXACT = frozenset({Kind.CODE, Kind.PHONE, Kind.CREDIT_CODE, Kind.EMAIL, Kind.LINK, Kind.COLOUR})
_LISTED = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.BOOLEAN, Kind.REFERENCES, *REFERENCES, *_EXACT})
_RANGED = frozenset({*NUMBERS, Kind.DATE, Kind.MOMENT, Kind.TIME, Kind.DURATION})
_SHOWN = 40


@dataclass(frozen=True)
class Filter:
    """One chip. Values by op: `in` one of these; `between` two, both included, None for open; `period` its name; `contains` a text."""

    field: str
    op: Op
    values: tuple[Any, ...] = ()


class _Refused(ValueError):
    """A value in the address that can't be used."""


@dataclass(frozen=True)
class View:
    """A list as somebody wants to see it."""

    filters: tuple[Filter, ...] = ()
    search: str = ""
    sort: str = ""
    """Field name, `-` in front for descending; empty: the table's own order (of a search: newest first)."""
    after: str = FIRST
    """Key of the row before the page."""
    before: str = ""
    """Key of the row behind the page, or `LAST`."""
    size: int = field(default_factory=lambda: settings().page_size)
    columns: tuple[str, ...] | None = None
    """None: the columns that the table shows by itself."""
    density: Density = "normal"
    trash: bool = False
    name: str = ""
    """The saved view it came from."""

    def but(self, **changes: Any) -> "View":
        """The same with changes; back to the first page where they change which records are listed or in which order."""
        if not changes.keys() <= {"after", "before", "columns", "density", "name"}:
            changes = {"after": FIRST, "before": "", **changes}
        return replace(self, **changes)

    def filter(self, field: str) -> Filter | None:
        """The filter on a field."""
        return next((one for one in self.filters if one.field == field), None)

    def filtered(self, *filters: Filter) -> "View":
        """The same with these filters in place of those on the same fields."""
        names = {one.field for one in filters}
        return self.but(filters=tuple(one for one in self.filters if one.field not in names) + filters)

    def without(self, *fields: str) -> "View":
        """The same without the filters on these fields."""
        return self.but(filters=tuple(one for one in self.filters if one.field not in fields))

    def digest(self, table: Table) -> str:
        """What a page key must carry to belong to this list: table, order, filters and search."""
        said = [table.name, self.sort or table.default_sort, sorted(f"{f.field}={write(f)}" for f in self.filters), self.search, self.trash]
        return hashlib.blake2b(json.dumps(said, ensure_ascii=False).encode(), digest_size=6).hexdigest()

    def to_params(self) -> dict[str, list[str]]:
        """The view as it stands in the address bar; what is as by default is left out."""
        found = {f"f.{one.field}": [write(one)] for one in self.filters}
        plain = {
            "q": self.search,
            "sort": self.sort,
            "after": self.after,
            "before": self.before,
            "size": "" if self.size == settings().page_size else str(self.size),
            "cols": "" if self.columns is None else ",".join(self.columns),
            "density": "" if self.density == "normal" else self.density,
            "trash": "1" if self.trash else "",
            "view": self.name,
        }
        return found | {name: [text] for name, text in plain.items() if text}

    @classmethod
    def from_params(
        cls, actor: Actor, table: Table, params: Mapping[str, Sequence[str]], db: Session | None = None
    ) -> tuple["View", list[Message]]:
        """The view of an address, and what of it was refused (and logged): unknown or forbidden names, values that make no sense.

        With `db` the records that filters refer to are looked up: those that the actor may not read are refused too.
        Other names than those of a view are not its concern.
        """
        reading = _Reading(actor, table, {name: list(values) for name, values in params.items() if values})
        view = reading.view()
        if db is not None:
            view = reading.known(db, view)
        for message in reading.refused:
            log.warning("refused in the address of %s: %s", table.name, message, extra={"account": actor.account, "table": table.name})
        return view, reading.refused


def filterable(table: Table, field: Field) -> bool:
    """Whether a list can be filtered by this field, in its chips or from a chart or a record that leads to it."""
    if not usable(field) or not ops(field):
        return False
    if field.spec.filter or table.screen.few:
        return True
    if field.spec.computed or field.common:
        return False
    charted = {
        name for chart in table.charts for name in (chart.by, chart.over, chart.split, *(chart.only.conditions if chart.only else ()))
    }
    return field.is_reference or field is table.state or field.name in charted


def _charted(table: Table) -> set[str]:
    axes = {name for chart in table.charts for name in (chart.by, chart.over, chart.split)}
    return axes | {name for chart in table.charts if chart.only for name in chart.only.conditions}


def ops(field: Field) -> tuple[Op, ...]:
    """What a filter on this field can ask for."""
    optional: tuple[Op, ...] = () if field.kind is Kind.BOOLEAN else ("empty", "filled")
    if field.kind in _LISTED:
        return ("in", *optional)
    if field.kind in (Kind.DATE, Kind.MOMENT):
        return ("between", "period", *optional)
    if field.kind in _RANGED:
        return ("between", *optional)
    return ("contains", *optional) if field.is_text else optional


def write(one: Filter) -> str:
    """A filter as it stands in the address bar."""
    match one.op:
        case "empty":
            return EMPTY
        case "filled":
            return FILLED
        case "between":
            return "..".join("" if end is None else _written(end) for end in one.values)
        case "in":
            return ",".join(_escaped(_written(value)) for value in one.values)
        case _:
            text = str(one.values[0])
            return f"\\{text}" if text.startswith(("~", "!~", "\\")) else text


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(LOCAL).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, timedelta):
        return str(int(value.total_seconds()) // 60)
    return str(value)


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\").replace(",", "\\,")
    return f"\\{text}" if text.startswith(("~", "!~")) else text


def _listed(text: str) -> Iterator[str]:
    """The values between commas; a backslash keeps the sign behind it."""
    part, kept = "", False
    for sign in text:
        if kept or sign not in "\\,":
            part, kept = part + sign, False
        elif sign == "\\":
            kept = True
        else:
            yield part
            part = ""
    yield part


class _Reading:
    """One address being read."""

    def __init__(self, actor: Actor, table: Table, params: Mapping[str, list[str]]) -> None:
        self.actor, self.table, self.params = actor, table, params
        self.refused: list[Message] = []

    def refuse(self, message: Message) -> None:
        if message not in self.refused:
            self.refused.append(message)

    def first(self, name: str) -> str:
        return self.params.get(name, [""])[0]

    def view(self) -> View:
        return View(
            filters=self.filters(),
            search=" ".join(clean(self.first("q")).split())[:LONGEST_SEARCH],
            sort=self.sort(),
            after=self.first("after"),
            before=self.first("before"),
            size=self.size(),
            columns=self.columns(),
            density=self.density(),
            trash=self.first("trash") == "1",
            name=clean(self.first("view"))[:_SHOWN],
        )

    def named(self, name: str) -> Field | None:
        """The field of that name, unless it is kept from the actor."""
        found = self.table.fields.get(name)
        if found is None or found.spec.hidden:
            self.refuse(msg("There is no field “{name}” here.", name=clean(name)[:_SHOWN]))
            return None
        return found

    def filters(self) -> tuple[Filter, ...]:
        found: dict[str, Filter] = {}
        for key, values in self.params.items():
            if not key.startswith("f."):
                continue
            field = self.named(key[2:])
            if field is None:
                continue
            if not filterable(self.table, field):
                self.refuse(msg("The list can't be filtered by “{field}”.", field=label(field)))
                continue
            try:
                found[field.name] = read(field, values[0])
            except _Refused:
                self.refuse(
                    msg("“{value}” can't be looked for in “{field}”: the filter was left out.", value=clean(values[0])[:_SHOWN],
                        field=label(field))
                )  # fmt: skip
        return tuple(found.values())

    def sort(self) -> str:
        asked = self.first("sort")
        if not asked:
            return ""
        name = asked.removeprefix("-")
        if name == "id":
            return asked
        field = self.named(name)
        if field is None:
            return ""
        if not usable(field) or not self.table.sortable(field):
            self.refuse(msg("The list can't be sorted by “{field}”.", field=label(field)))
            return ""
        return asked

    def columns(self) -> tuple[str, ...] | None:
        asked = [name for name in self.first("cols").split(",") if name]
        found = tuple(dict.fromkeys(name for name in asked if self.named(name)))
        return found or None

    def size(self) -> int:
        asked = self.first("size")
        if not asked:
            return settings().page_size
        if asked.isascii() and asked.isdigit() and int(asked[:6]) in settings().page_sizes:
            return int(asked)
        self.refuse(msg("The list can't show “{value}” rows at a time.", value=clean(asked)[:_SHOWN]))
        return settings().page_size

    def density(self) -> Density:
        asked = self.first("density")
        return asked if asked in ("compact", "comfortable") else "normal"  # type: ignore[return-value]

    def known(self, db: Session, view: View) -> View:
        """The view without filters by records that the actor may not read."""
        kept: list[Filter] = []
        for one in view.filters:
            field = self.table.fields[one.field]
            if one.op == "in" and field.spec.target:
                target = described(field.spec.target)
                there = target.sql.c.id
                readable = set(db.execute(select(there).where(there.in_(one.values), rows(self.actor, target))).scalars())
                if not readable.issuperset(one.values):
                    self.refuse(msg("What “{field}” was filtered by is not there.", field=label(field)))
                    one = replace(one, values=tuple(value for value in one.values if value in readable))
                    if not one.values:
                        continue
            kept.append(one)
        return replace(view, filters=tuple(kept))


def label(field: Field) -> Message:
    """The field's title, put into words when it is read."""
    from models.base import spoken

    return Message(field.spec.title or spoken(field.name), context=field.table)


def clean(text: str) -> str:
    """Text as people mean it: composed, without control characters."""
    return "".join(" " if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in unicodedata.normalize("NFC", text))


def read(field: Field, text: str) -> Filter:
    """The filter that an address asks for.

    Raises:
        ValueError: it makes no sense for this field.
    """
    allowed = ops(field)
    text = clean(text)
    if text in (EMPTY, FILLED):
        op: Op = "empty" if text == EMPTY else "filled"
        if op not in allowed:
            raise _Refused(text)
        return Filter(field.name, op)
    if "period" in allowed and text in PERIODS:
        return Filter(field.name, "period", (text,))
    if "between" in allowed:
        low, dots, high = text.partition("..")
        ends = [_value(field, end) if end.strip() else None for end in ((low, high) if dots else (low, low))]
        if ends == [None, None]:
            raise _Refused(text)
        return Filter(field.name, "between", tuple(ends))
    if "contains" in allowed:
        text = " ".join(text.removeprefix("\\").split())[:LONGEST_SEARCH]
        if not text:
            raise _Refused(text)
        return Filter(field.name, "contains", (text,))
    if "in" not in allowed:
        raise _Refused(text)
    values = tuple(dict.fromkeys(_value(field, part) for part in _listed(text) if part.strip()))
    if not 0 < len(values) <= MOST_VALUES:
        raise _Refused(text)
    return Filter(field.name, "in", values)


def _value(field: Field, text: str) -> Any:
    text = unicodedata.normalize("NFKC", text).strip()
    try:
        return _READERS.get(field.kind, _text)(field, text)
    except (InvalidOperation, OverflowError, ValueError) as error:
        raise _Refused(text) from error


def _text(field: Field, text: str) -> str:
    return text[: field.spec.max_length or LONGEST_SEARCH]


def _choice(field: Field, text: str) -> str:
    if field.choice(text) is None:
        raise _Refused(text)
    return text


def _yes_no(_field: Field, text: str) -> bool:
    return {"yes": True, "no": False, "1": True, "0": False}[text] if text in ("yes", "no", "1", "0") else _nonsense(text)


def _nonsense(text: str) -> NoReturn:
    raise _Refused(text)


def _id(field: Field, text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:12]) <= columns.largest(field) else _nonsense(text)


def _integer(field: Field, text: str) -> int:
    number = _decimal(field, text)
    return int(number) if number == number.to_integral_value() else _nonsense(text)


def _decimal(field: Field, text: str) -> Decimal:
    number = Decimal(text.replace(",", "")[:_SHOWN])
    fits = number.is_finite() and abs(number) * 10**field.spec.places <= columns.largest(field)
    return number if fits else _nonsense(text)


def _day(_field: Field, text: str) -> date:
    day = date.fromisoformat(text)
    return day if EARLIEST <= day <= LATEST else _nonsense(text)


def _moment(field: Field, text: str) -> date | datetime:
    """A day stands for all of it; a moment without an offset is in Shanghai."""
    if len(text) <= len("2026-01-01"):
        return _day(field, text)
    found = datetime.fromisoformat(text)
    if not EARLIEST <= found.date() <= LATEST:
        return _nonsense(text)
    return found.replace(tzinfo=LOCAL) if found.tzinfo is None else found


def _clock(_field: Field, text: str) -> time:
    return time.fromisoformat(text).replace(tzinfo=None)


def _minutes(field: Field, text: str) -> timedelta:
    found = timedelta(minutes=float(_decimal(field, text)))
    return found if abs(found) <= columns.LONGEST_DURATION else _nonsense(text)


_READERS: dict[Kind, Callable[[Field, str], Any]] = {
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choice,
    Kind.BOOLEAN: _yes_no,
    Kind.REFERENCE: _id,
    Kind.PARENT: _id,
    Kind.REFERENCES: _id,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.MONEY: _decimal,
    Kind.PERCENT: _decimal,
    Kind.DATE: _day,
    Kind.MOMENT: _moment,
    Kind.TIME: _clock,
    Kind.DURATION: _minutes,
}
