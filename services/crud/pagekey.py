"""The key of a row in the address bar: where a page begins. It belongs to one list (table, order, filters, search) and to no other."""

import base64
import binascii
import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, Integer, String, Text, Time
from sqlalchemy.types import TypeEngine

from models.types import Duration, Moment, Scaled
from services.crud.order import Key, Order

_LONGEST = 2_000


class ForeignKey(ValueError):
    """The key is broken, or it is that of another list."""


def encode(digest: str, key: Key) -> str:
    """Digest of the list and values of the row → text that an address can hold."""
    said = json.dumps([digest, *(_packed(value) for value in key)], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def decode(text: str, digest: str, order: Order) -> Key:
    """The values behind a text of `encode`.

    Raises:
        ForeignKey: broken, or made for another list.
    """
    try:
        said = json.loads(base64.b64decode(text[:_LONGEST] + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        types = [key.type for key in order.key_columns()]
        if not isinstance(said, list) or said[:1] != [digest] or len(said) != len(types) + 1 or said[-1] is None:
            raise ForeignKey(text)
        return tuple(None if value is None else _unpacked(kind, value) for kind, value in zip(types, said[1:], strict=True))
    except (binascii.Error, UnicodeDecodeError, InvalidOperation, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise ForeignKey(text) from error


def _packed(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | time):
        return value.isoformat()
    return int(value.total_seconds()) if isinstance(value, timedelta) else value


def _unpacked(kind: TypeEngine[Any], value: Any) -> Any:
    read = next((read for known, read in _READERS if isinstance(kind, known)), None)
    if read is None:
        raise TypeError(kind)
    return read(value)


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**63:
        raise TypeError(value)
    return value


def _small(value: Any) -> int:
    if abs(_whole(value)) >= 2**31:
        raise TypeError(value)
    return int(value)


def _scaled(value: Any) -> Decimal:
    number = Decimal(str(value))
    if not number.is_finite() or abs(number) > 10**12:
        raise TypeError(value)
    return number


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None or not 1 < moment.year < 9999:
        raise TypeError(value)
    return moment


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise TypeError(value)
    value.encode()
    return value


_READERS: tuple[tuple[type[TypeEngine[Any]], Callable[[Any], Any]], ...] = (
    (Scaled, _scaled),
    (Moment, _moment),
    (Duration, lambda value: timedelta(seconds=_whole(value))),
    (Boolean, bool),
    (BigInteger, _whole),
    (Integer, _small),
    (Date, date.fromisoformat),
    (Time, time.fromisoformat),
    (String, _text),
    (Text, _text),
)
