"""What people type, or a program gives, → the one value that is kept: one function per kind of field.

Nothing here asks the database: whether a reference exists is checked in `references`.
"""

import math
import operator
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from models.fields import Choice, Kind
from models.types import Place
from services.crud import identifiers
from services.crud.registry import Field
from services.platform.i18n import LANGUAGES, LOCAL, Message, msg, use_language

BIGGEST_INTEGER = 2**31 - 1
BIGGEST_SCALED = 10**17
"""Of a decimal's smallest unit: sums over a million such rows still fit into 64 bits on both databases where rows are ordinary."""
YEARS = range(1800, 2200)
_SEVERAL = (Kind.CHOICES, Kind.REFERENCES)


class Problem(ValueError):
    """A value that can't be kept, and why, in plain words."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(message)

    def __str__(self) -> str:
        return str(self.message)


def clean(field: Field, given: Any, old: Any = None) -> Any:
    """The value as it is kept; None (`[]` for several, False for yes/no) for an empty one. Its own result comes back unchanged.

    `old`: what stands there now; a choice that is no longer offered may stay.

    Raises:
        Problem: it can't be kept.
    """
    if _empty(given):
        return [] if field.kind in _SEVERAL else False if field.kind is Kind.BOOLEAN else None
    if field.kind in (Kind.CHOICE, Kind.CHOICES):
        return _CHOICE[field.kind](field, given, old)
    value = _KINDS[field.kind](field, given)
    if field.is_text and value is not None:
        _fits(field, value)
    return value


def parse(field: Field, given: Any) -> Any:
    """The value that somebody typed, or a `Problem` (returned, not raised) that says what is wrong with it."""
    try:
        return clean(field, given)
    except Problem as problem:
        return problem


def doubt(field: Field, value: Any) -> Message | None:
    """What a good value makes one ask all the same: it is kept once the person has seen it."""
    look = _DOUBTS.get(field.kind)
    return look(value) if look and value is not None else None


def empty(value: Any) -> bool:
    """Whether a field with this value counts as not filled."""
    return value is None or value == "" or value == []


def _empty(given: Any) -> bool:
    if isinstance(given, str):
        return not given or (given.isspace() if given.isprintable() else not _visible(given).strip())
    if isinstance(given, float):
        return math.isnan(given)
    if isinstance(given, Decimal):
        return given.is_nan()
    if isinstance(given, datetime):
        return given != given  # an empty moment of pandas
    return given is None or (isinstance(given, list | tuple | set | frozenset) and not given)


def plain_text(given: Any, most: int) -> str:
    """Text beside the fields of a table (a reason, a remark), `""` for none.

    Raises:
        Problem: it can't be kept, or has more than `most` characters.
    """
    text = _text(given or "").strip()
    if len(text) > most:
        raise Problem(_too_long(most, len(text)))
    return text


# Text

_HALF = {0xFF01 + n: 0x21 + n for n in range(94)} | {0x3000: " ", 0x3002: ".", 0xFFE5: "¥"}
"""Full-width signs, as a Chinese keyboard gives them, → the plain ones."""
_UNSEEN = dict.fromkeys([0xFEFF, 0x200B, 0x2060, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Marks without a glyph that come along with copied text; those that turn the direction of reading could disguise it."""


def _visible(text: str) -> str:
    return text if text.isascii() else text.translate(_UNSEEN)


def _text(given: Any) -> str:
    """Text in NFC without anything that can't be kept or seen."""
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) < 10**20:
        given = str(given)
    if not isinstance(given, str):
        raise Problem(msg("This is not a text."))
    if given.isprintable() and unicodedata.is_normalized("NFC", given):
        return given
    if "\0" in given:
        raise Problem(msg("The text holds a character that can't be kept (NUL). Please type it again."))
    if any("\ud800" <= sign <= "\udfff" for sign in given):
        raise Problem(msg("The text holds half a character. Please type it again."))
    text = unicodedata.normalize("NFC", "\n".join(_visible(given).splitlines()))
    if any(sign not in "\n\t" and unicodedata.category(sign) == "Cc" for sign in text):
        raise Problem(msg("The text holds an invisible control character. Please type it again."))
    return text


def _line(given: Any) -> str:
    text = _text(given)
    return (text if text.isprintable() else text.replace("\n", " ").replace("\t", " ")).strip()


def _half(given: Any) -> str:
    text = _text(given)
    return text.strip() if text.isascii() and text.isprintable() else _line(text.translate(_HALF))


def _fits(field: Field, text: str) -> None:
    spec = field.spec
    if spec.max_length is not None and len(text) > spec.max_length:
        raise Problem(_too_long(spec.max_length, len(text)))
    if spec.pattern and not re.fullmatch(spec.pattern, text):
        raise Problem(Message(spec.pattern_help, context=field.table) if spec.pattern_help else msg("This is not written as it should be."))


def _too_long(most: int, count: int) -> Message:
    return msg("At most {most} characters: this has {count}.", most=most, count=count)


def _one_line(field: Field, given: Any) -> str | None:
    return _line(given) or None


def _code(field: Field, given: Any) -> str | None:
    return _half(given) or None


def _long(field: Field, given: Any) -> str | None:
    return _text(given).rstrip().lstrip("\n") or None


def _identifier(read: Callable[[str], str | Message]) -> Callable[[Field, Any], str]:
    def of(field: Field, given: Any) -> str:
        found = read(_half(given))
        if isinstance(found, Message):
            raise Problem(found)
        return found

    return of


_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}"
)


def _email(field: Field, given: Any) -> str:
    text = _half(given)
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        raise Problem(msg("This is not an e-mail address: it looks like name@example.cn."))
    name, _at, host = text.rpartition("@")
    return f"{name}@{host.lower()}"


def _link(field: Field, given: Any) -> str:
    text = _line(given)
    try:
        parts = urlsplit(text)
        host, secret = parts.hostname, parts.username is not None or parts.password is not None
        _ = parts.port
    except ValueError:
        host, secret, parts = None, False, urlsplit("")
    if parts.scheme.lower() not in ("http", "https") or not host or "\\" in text or re.search(r"[\s<>\"]", text):
        raise Problem(msg("A web address begins with https:// or http:// and holds no blanks."))
    if secret:
        raise Problem(msg("A web address must not hold a name or a password."))
    return text


def _colour(field: Field, given: Any) -> str:
    digits = _half(given).lower().removeprefix("#")
    if re.fullmatch(r"[0-9a-f]{3}", digits):
        digits = "".join(sign * 2 for sign in digits)
    if not re.fullmatch(r"[0-9a-f]{6}", digits):
        raise Problem(msg("A colour is written as # and six digits or letters a to f: #1f77b4."))
    return f"#{digits}"


# Numbers

_NUMBER = re.compile(r"([+-]?)(\d+|\d{1,3}(?:[, ]\d{3})+)(\.\d*)?|([+-]?)(\.\d+)", re.ASCII)
_DASHES = str.maketrans("−–—‐", "----")


def _decimal_of(field: Field, given: Any) -> Decimal:
    """An exact number from a number or from text; a float is never exact."""
    if isinstance(given, Decimal):
        number = given
    elif isinstance(given, str):
        number = _typed_number(field, given)
    else:
        try:
            if isinstance(given, bool):
                raise TypeError
            number = Decimal(operator.index(given))
        except TypeError:
            raise Problem(msg("This is not an exact number.")) from None
    if not number.is_finite():
        raise Problem(msg("This is not a number."))
    return number


def _typed_number(field: Field, given: str) -> Decimal:
    text = _half(given).translate(_DASHES)
    for sign in filter(None, ("¥", "元", "%" if field.kind is Kind.PERCENT else "", field.spec.unit)):
        text = text.removeprefix(sign).removesuffix(sign).strip()
    if len(text) > 64 or not _NUMBER.fullmatch(text):
        raise Problem(msg("This is not a number. Write it in digits, such as 1,234.50."))
    return Decimal(re.sub(r"[, ]", "", text))


def _integer(field: Field, given: Any) -> int:
    number = _decimal_of(field, given)
    if number.adjusted() > 18 or abs(number) > BIGGEST_INTEGER:
        raise Problem(msg("This number is too large."))
    if number != number.to_integral_value():
        raise Problem(msg("This has to be a whole number."))
    _bounds(field, int(number))
    return int(number)


def _exact(field: Field, given: Any) -> Decimal:
    number, places = _decimal_of(field, given), field.spec.places
    if number and number.adjusted() >= 18 - places:
        raise Problem(msg("This number is too large."))
    try:
        kept = number.quantize(Decimal(1).scaleb(-places))
    except InvalidOperation:
        raise Problem(msg("This number is too large.")) from None
    if kept != number:
        raise Problem(msg("At most {n} digits after the point.", n=places) if places else msg("This has to be a whole number."))
    if abs(kept.scaleb(places)) > BIGGEST_SCALED:
        raise Problem(msg("This number is too large."))
    _bounds(field, kept)
    return kept or abs(kept)


def _bounds(field: Field, value: Any) -> None:
    least, most, above = (bound() if callable(bound) else bound for bound in (field.spec.ge, field.spec.le, field.spec.gt))
    if least is not None and value < least:
        raise Problem(msg("This must be {least} or more.", least=least))
    if above is not None and value <= above:
        raise Problem(msg("This must be more than {above}.", above=above))
    if most is not None and value > most:
        raise Problem(msg("This must be {most} or less.", most=most))


def _day_bounds(field: Field, value: Any) -> None:
    first, last = (bound() if callable(bound) else bound for bound in (field.spec.ge, field.spec.le))
    if first is not None and value < first:
        raise Problem(msg("This must not be before {first}.", first=first))
    if last is not None and value > last:
        raise Problem(msg("This must not be after {last}.", last=last))


# Time

_DAY = r"(\d{4})(?:\s*年\s*|[-/.])(\d{1,2})(?:\s*月\s*|[-/.])(\d{1,2})\s*日?|(\d{4})(\d{2})(\d{2})"
_CLOCK = r"(\d{1,2})\s*(?:[:时点])\s*(?:(半)|(\d{1,2})?)\s*(?:分?|[:分]\s*(\d{1,2})(?:\.0*)?\s*秒?)"
_ZONE = r"\s*(Z|[+-]\d{2}:?\d{2})?"
_DATE_TEXT = re.compile(rf"(?:{_DAY})(?:[ T]+0?0:00(?::00(?:\.0*)?)?)?", re.ASCII)
_TIME_TEXT = re.compile(_CLOCK, re.ASCII)
_MOMENT_TEXT = re.compile(rf"(?:{_DAY})\s*T?\s*{_CLOCK}{_ZONE}", re.ASCII)
_SPANS = (("天|日|days?|d", 86400), ("小时|时|hours?|h", 3600), ("分钟|分|minutes?|min|m", 60), ("秒钟?|seconds?|s", 1))
_SPAN_TEXT = re.compile("".join(rf"(?:(\d+(?:\.\d+)?)\s*(?:{words})\s*)?" for words, _seconds in _SPANS), re.ASCII | re.IGNORECASE)


def _day_of(parts: tuple[str | None, ...], text: str) -> date:
    year, month, day = (int(part) for part in (parts[:3] if parts[0] else parts[3:6]) if part)
    if year not in YEARS:
        raise Problem(msg("The year {year} can't be meant.", year=str(year)))
    try:
        return date(year, month, day)
    except ValueError:
        raise Problem(msg("There is no such day in the calendar: {text}.", text=text)) from None


def _clock_of(parts: tuple[str | None, ...], text: str) -> time:
    hour, half, minute, second = parts
    try:
        return time(int(hour or 0), 30 if half else int(minute or 0), int(second or 0))
    except ValueError:
        raise Problem(msg("There is no such time of day: {text}.", text=text)) from None


def _date(field: Field, given: Any) -> date:
    if isinstance(given, datetime):
        day = (given.astimezone(LOCAL) if given.tzinfo and given.year in YEARS else given).date()
    elif isinstance(given, date):
        day = given
    else:
        text = _half(given)[:40]
        found = _DATE_TEXT.fullmatch(text)
        if not found:
            raise Problem(msg("This is not a date. Write it as 2026-11-24 or 2026年11月24日."))
        day = _day_of(found.groups(), text)
    if day.year not in YEARS:
        raise Problem(msg("The year {year} can't be meant.", year=str(day.year)))
    _day_bounds(field, day)
    return day


def _time(field: Field, given: Any) -> time:
    if isinstance(given, time):
        return given.replace(tzinfo=None, fold=0)
    text = _half(given)[:40]
    found = _TIME_TEXT.fullmatch(text)
    if not found:
        raise Problem(msg("This is not a time of day. Write it as 09:30."))
    return _clock_of(found.groups(), text)


def _moment(field: Field, given: Any) -> datetime:
    if isinstance(given, datetime):
        if given.tzinfo is None or given.utcoffset() is None:
            raise Problem(msg("This moment lacks its time zone."))
        moment = given
    else:
        text = _half(given)[:60]
        found = _MOMENT_TEXT.fullmatch(text)
        if not found:
            raise Problem(msg("This is not a date with a time. Write it as 2026-11-24 09:30."))
        *parts, zone = found.groups()
        moment = datetime.combine(_day_of(tuple(parts[:6]), text), _clock_of(tuple(parts[6:]), text), LOCAL)
        if zone:
            moment = datetime.fromisoformat(f"{moment:%Y-%m-%dT%H:%M:%S}{zone}")
    if moment.year not in YEARS:
        raise Problem(msg("The year {year} can't be meant.", year=str(moment.year)))
    moment = moment.astimezone(UTC)
    _day_bounds(field, moment)
    return moment


def _duration(field: Field, given: Any) -> timedelta:
    if isinstance(given, timedelta):
        span = given
    else:
        text = _half(given)[:60]
        if found := re.fullmatch(r"(\d{1,6}):(\d{2})(?::(\d{2}))?", text, re.ASCII):
            hours, minutes, seconds = (int(part or 0) for part in found.groups())
            span = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        elif (found := _SPAN_TEXT.fullmatch(text)) and any(found.groups()):
            seconds_of = [Decimal(part or 0) * size for part, (_words, size) in zip(found.groups(), _SPANS, strict=True)]
            total = sum(seconds_of, Decimal(0))
            span = timedelta(seconds=int(total)) if total == int(total) and total < 10**11 else timedelta(microseconds=1)
        else:
            raise Problem(msg("This is not a length of time. Write it as 1:30 (hours and minutes), 90分钟 or 2天."))
    if span.microseconds:
        raise Problem(msg("A length of time is kept in whole seconds."))
    if abs(span) > timedelta(days=366_000):
        raise Problem(msg("This length of time is too long."))
    _bounds(field, span)
    return span


# Choices

_YES = frozenset({"1", "true", "yes", "y", "是", "有", "对", "√", "✓", "✔"})
_NO = frozenset({"0", "false", "no", "n", "否", "无", "没有", "×", "✗"})


def _boolean(field: Field, given: Any) -> bool:
    if isinstance(given, bool):
        return given
    if type(given).__name__ in ("bool", "bool_") or (isinstance(given, int) and given in (0, 1)):
        return bool(given)
    word = _half(given).lower() if isinstance(given, str) else ""
    if word in _YES or word in _NO:
        return word in _YES
    raise Problem(msg("Write “yes” or “no”."))


def _choice(field: Field, given: Any, old: Any) -> str:
    found = _chosen(field, _line(given))
    if not found.active and found.code != old:
        raise Problem(msg("“{choice}” is no longer offered. Please choose another one.", choice=Message(found.title, context=field.table)))
    return found.code


def _choices(field: Field, given: Any, old: Any) -> list[str]:
    if isinstance(given, str):
        given = [part for part in re.split(r"[,，、;；|\n]", given) if part.strip()]
    if not isinstance(given, Iterable):
        raise Problem(msg("This is not a list of choices."))
    stays = old if isinstance(old, list) else []
    return sorted({_choice(field, one, one if one in stays else None) for one in given})


def _chosen(field: Field, word: str) -> Choice:
    found = field.choice(word)
    if found is not None:
        return found
    folded = word.casefold()
    for code in LANGUAGES:
        with use_language(code):
            for choice in field.spec.choices:
                if field.choice_title(choice.code).casefold() == folded:
                    return choice
    raise Problem(msg("“{word}” is not one of the choices.", word=word[:40]))


# Points, files, references


def _point(field: Field, given: Any) -> Place:
    if isinstance(given, str):
        given = re.split(r"\s*[,;\s]\s*", _half(given))
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise Problem(_point_help(field))
    on_map = field.spec.on == "map"
    limits = ((-180, 180), (-90, 90)) if on_map else ((0, 100), (0, 100))
    sides = []
    for side, (least, most) in zip(given, limits, strict=True):
        try:
            number = Decimal(str(side) if isinstance(side, int | float | Decimal) and not isinstance(side, bool) else _half(side))
        except (InvalidOperation, ValueError):
            raise Problem(_point_help(field)) from None
        if not number.is_finite() or not least <= number <= most:
            raise Problem(_point_help(field))
        sides.append(number.quantize(Decimal(1).scaleb(-6 if on_map else -2)) + 0)
    return Place(*sides)


def _point_help(field: Field) -> Message:
    if field.spec.on == "map":
        return msg("A place on the map is longitude and latitude in degrees: 101.7781, 36.6171.")
    return msg("A place on the plan is two numbers from 0 to 100: percent from the left and from the top.")


def _key(field: Field, given: Any) -> int:
    given = getattr(given, "id", given)
    if isinstance(given, str) and re.fullmatch(r"[0-9]{1,10}", given.strip()):
        given = int(given)
    try:
        if isinstance(given, bool):
            raise TypeError
        key = operator.index(given)
    except TypeError:
        raise Problem(msg("Please choose one from the list.")) from None
    if not 0 < key <= BIGGEST_INTEGER:
        raise Problem(msg("Please choose one from the list."))
    return key


def _keys(field: Field, given: Any) -> list[int]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise Problem(msg("Please choose from the list."))
    return sorted({_key(field, one) for one in given})


_KINDS: dict[Kind, Callable[[Field, Any], Any]] = {
    Kind.TEXT: _one_line, Kind.CODE: _code, Kind.LONG_TEXT: _long,
    Kind.INTEGER: _integer, Kind.DECIMAL: _exact, Kind.MONEY: _exact,
    Kind.PERCENT: _exact, Kind.DATE: _date, Kind.TIME: _time,
    Kind.MOMENT: _moment, Kind.DURATION: _duration, Kind.BOOLEAN: _boolean,
    Kind.PHONE: _identifier(identifiers.phone), Kind.ID_NUMBER: _identifier(identifiers.id_number),
    Kind.CREDIT_CODE: _identifier(identifiers.credit_code),
    Kind.BANK_ACCOUNT: _identifier(identifiers.bank_account), Kind.EMAIL: _email, Kind.LINK: _link,
    Kind.COLOUR: _colour, Kind.POINT: _point, Kind.FILE: _key,
    Kind.IMAGE: _key, Kind.REFERENCE: _key, Kind.REFERENCES: _keys,
    Kind.PARENT: _key,
}  # fmt: skip
_CHOICE = {Kind.CHOICE: _choice, Kind.CHOICES: _choices}
_DOUBTS: dict[Kind, Callable[[Any], Message | None]] = {
    Kind.ID_NUMBER: identifiers.id_doubt,
    Kind.BANK_ACCOUNT: identifiers.bank_doubt,
}
