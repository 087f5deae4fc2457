"""What stands in a cell → what somebody would have typed into the field. Whether that can be kept is decided by the writer."""

import math
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from models.fields import Kind
from services.crud.importing.table import Broken
from services.crud.registry import Field
from services.crud.validate import Problem
from services.platform.i18n import LOCAL, msg

_LAST_SERIAL = 2_958_465
"""31 December 9999 as Excel counts days."""
_LEAP = 60
"""The 29 February 1900, which Excel counts and the calendar does not."""
_EXACT = 10**15
"""From here on a number in a workbook has lost its last digits."""
_PERCENT = re.compile(r"\s*(-?[\d.,]+)\s*[%％]\s*")


def meaning(field: Field, cell: Any) -> Any:
    """What the cell says, as the writer understands it; None for an empty one.

    Raises:
        Problem: it can't be meant so.
    """
    if cell is None:
        return None
    if isinstance(cell, Broken):
        raise Problem(msg("This cell holds an error ({error}). Put its formula right, or type the value.", error=cell.said))
    if type(cell) is str:
        found = _TYPED.get(field.kind)
        return found(cell) if found else cell
    if isinstance(cell, float) and not math.isfinite(cell):
        raise Problem(msg("This is not a number."))
    return _of_kind(field.kind)(cell)


def _of_kind(kind: Kind) -> Callable[[Any], Any]:
    return _VALUES.get(kind, _text)


def _text(cell: Any) -> str:
    match cell:
        case bool():
            return "1" if cell else "0"
        case int() | float():
            if abs(cell) >= _EXACT:
                raise Problem(
                    msg("The last digits of this number are lost: Excel keeps fifteen. Format the cell as text and type it again.")
                )
            return str(int(cell)) if float(cell).is_integer() else f"{Decimal(f'{cell:.15g}'):f}"
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M}"
        case date():
            return cell.isoformat()
        case time():
            return f"{cell:%H:%M:%S}" if cell.second else f"{cell:%H:%M}"
        case timedelta():
            minutes = int(cell.total_seconds()) // 60
            return f"{minutes // 60}:{minutes % 60:02}"
        case _:
            return str(cell)


def _number(cell: Any) -> Any:
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return _text(cell)
    return Decimal(f"{cell:.15g}") if isinstance(cell, float) else cell


def _share(text: str) -> str:
    """A share in percent as a plain number: 12.5% is 0.125."""
    found = _PERCENT.fullmatch(text)
    return f"{Decimal(found[1].replace(',', '')) / 100:f}" if found and found[1].strip(".,") else text


def _day(cell: Any) -> Any:
    if isinstance(cell, date):
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return f"{int(cell)}" if cell > _LAST_SERIAL else _from_serial(cell).date()
    return _text(cell)


def _moment(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=cell.tzinfo or LOCAL)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day, tzinfo=LOCAL)
    if isinstance(cell, int | float) and not isinstance(cell, bool) and cell <= _LAST_SERIAL:
        return _from_serial(cell).replace(tzinfo=LOCAL)
    return _text(cell)


def _from_serial(number: float) -> datetime:
    """A day as Excel counts them, from 1 January 1900 on."""
    if number < 1 or int(number) == _LEAP:
        raise Problem(msg("There is no such day in the calendar: {text}.", text=f"{number:g}"))
    first = datetime(1899, 12, 31 if number < _LEAP else 30)  # noqa: DTZ001  (a day of the calendar, of no zone)
    return first + timedelta(seconds=round(number * 86_400))


def _time(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.time()
    if isinstance(cell, float) and 0 <= cell < 1:
        return _from_serial(1 + cell).time()
    return cell if isinstance(cell, time) else _text(cell)


def _span(cell: Any) -> Any:
    if isinstance(cell, timedelta):
        return timedelta(seconds=round(cell.total_seconds()))
    if isinstance(cell, time):
        return timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second)
    if isinstance(cell, float) and abs(cell) <= _LAST_SERIAL:
        return timedelta(seconds=round(cell * 86_400))
    return _text(cell)


def _yes_no(cell: Any) -> Any:
    return int(cell) if isinstance(cell, float) and cell in (0, 1) else cell


_VALUES: dict[Kind, Callable[[Any], Any]] = {
    Kind.INTEGER: _number, Kind.DECIMAL: _number, Kind.MONEY: _number, Kind.PERCENT: _number,
    Kind.DATE: _day, Kind.MOMENT: _moment, Kind.TIME: _time, Kind.DURATION: _span, Kind.BOOLEAN: _yes_no,
}  # fmt: skip
_TYPED: dict[Kind, Callable[[str], Any]] = {Kind.DECIMAL: _share, Kind.MONEY: _share}
