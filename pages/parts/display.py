"""Values as people read them: localised text, and the colours of choices. Shared by lists, record pages and forms."""

from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from typing import Any

from models.fields import Colour, Kind
from services.crud.query import Ref
from services.crud.registry import Field
from services.platform.i18n import _, format_date, format_duration, format_moment, format_money, format_number, language, pgettext

LINE = 200
"""Most characters of a text in a list cell."""


def display(field: Field, value: Any, *, unit: bool = True) -> str:
    """A value as `crud.query` gives it → localised text, `""` for an empty one.

    A sensitive value comes masked, as text, and stays as it is. `unit=False` where a heading already says the unit.
    """
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, Ref):
        return value.title
    if isinstance(value, list | tuple) and field.kind is not Kind.POINT:
        return joined(display(field, one, unit=unit) for one in value)
    if isinstance(value, str):
        return field.choice_title(value) if field.spec.choices else value
    show = _SHOWN.get(field.kind)
    text = show(field, value) if show else str(value)
    return f"{text} {unit_of(field)}" if unit and unit_of(field) else text


def line(field: Field, value: Any) -> str:
    """A value for one line of a list: without its unit, a long text cut."""
    text = display(field, value, unit=False)
    if len(text) <= LINE and "\n" not in text:
        return text
    text = " ".join(text[: LINE * 2].split())
    return text if len(text) <= LINE else text[:LINE] + "…"


def heading(field: Field) -> str:
    """The field's title as the heading of a column, with its unit."""
    return f"{field.title} ({unit_of(field)})" if unit_of(field) else field.title


def unit_of(field: Field) -> str:
    """The unit that stands beside its numbers, in the reader's language; money and percent carry theirs in the number itself."""
    return pgettext(field.table, field.spec.unit) if field.spec.unit and field.kind not in (Kind.MONEY, Kind.PERCENT) else ""


def colour(field: Field, code: Any) -> Colour:
    """The colour of a choice; grey for a code that is no longer declared."""
    choice = field.choice(str(code))
    return choice.colour if choice else "grey"


def joined(texts: Iterable[str]) -> str:
    """Several texts in a row, with the comma of the language."""
    return ("、" if language() == "zh_CN" else ", ").join(texts)


def _point(_field: Field, value: Any) -> str:
    return f"{format_number(value[0])}, {format_number(value[1])}"


def _moment(_field: Field, value: datetime) -> str:
    return format_moment(value)


def _time(_field: Field, value: time) -> str:
    return f"{value:%H:%M}"


def _duration(_field: Field, value: timedelta) -> str:
    return format_duration(value)


_SHOWN: dict[Kind, Callable[[Field, Any], str]] = {
    Kind.BOOLEAN: lambda _field, value: _("Yes") if value else _("No"),
    Kind.INTEGER: lambda _field, value: format_number(value, 0),
    Kind.DECIMAL: lambda field, value: format_number(value, field.spec.places),
    Kind.MONEY: lambda _field, value: format_money(value),
    Kind.PERCENT: lambda _field, value: f"{format_number(value)}%",
    Kind.DATE: lambda _field, value: format_date(value),
    Kind.MOMENT: _moment,
    Kind.TIME: _time,
    Kind.DURATION: _duration,
    Kind.POINT: _point,
    Kind.FILE: lambda _field, _value: _("File"),
    Kind.IMAGE: lambda _field, _value: _("Picture"),
}
