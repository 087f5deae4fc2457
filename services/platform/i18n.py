"""Languages: texts, and how dates, numbers and money are written.

The source language is English. Chinese stands in `locale/zh_CN/LC_MESSAGES/*.po`, one file per area; all are read
together, without a build step.
"""

import json
import logging
import os
import string
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from services.platform.settings import ROOT, BadSetting, settings

LANGUAGES = {"zh_CN": "中文", "en": "English"}
SOURCE = "en"
LOCAL = ZoneInfo("Asia/Shanghai")
"""The time zone in which everything is shown."""

LOCALE = ROOT / "locale"
_language: ContextVar[str | None] = ContextVar("language", default=None)
_reader: list[Callable[[], str | None]] = []
_REGION = {"zh_CN": "zh_CN", "en": "en_GB"}
"""Day before month in English: 8/7 would be read either way."""

Catalogue = dict[str, list[str]]
"""Key (context, U+0004, text; or text alone) → translation: one form, or one for each number."""


def language() -> str:
    """The language of this thread or task; where none was set, that of whoever reads the screen."""
    return _language.get() or next((found for ask in _reader if (found := ask())), "zh_CN")


def follow(reader: Callable[[], str | None]) -> None:
    """Where a thread or task has no language of its own, ask this function (the screens know who is reading)."""
    _reader[:] = [reader]


def set_language(code: str) -> None:
    """Speak this language from here on; one that is not spoken becomes Chinese."""
    _language.set(code if code in LANGUAGES else "zh_CN")


@contextmanager
def use_language(code: str) -> Iterator[None]:
    """Speak this language for a while."""
    token = _language.set(code if code in LANGUAGES else "zh_CN")
    try:
        yield
    finally:
        _language.reset(token)


def match_language(header: str) -> str:
    """The best of our languages for an `Accept-Language` header; English for a browser that asks for neither."""
    asked: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            asked.append((float(weight or 1), tag.lower()))
        except ValueError:
            continue
    for _weight, tag in sorted(asked, key=lambda one: -one[0]):
        if tag.startswith("zh"):
            return "zh_CN"
        if tag.startswith("en"):
            return "en"
    return "en" if asked and asked[0][1] else "zh_CN"


def N_(text: str) -> str:
    """Mark a text for translation and leave it as it is."""
    return text


def _(text: str, /, **params: Any) -> str:
    """The text in the current language, with `{name}` filled in (dates, moments and Decimals as they are written here)."""
    return _fill(_find(text) or text, params)


def pgettext(context: str, text: str, /, **params: Any) -> str:
    """The text as it is meant in this context (a table's name for a label); without one, the plain text."""
    return _fill(_find(f"{context}\4{text}") or _find(text) or text, params)


def ngettext(one: str, many: str, n: int, /, **params: Any) -> str:
    """One of two texts by number; `{n}` is the number."""
    found = _catalogue(language()).get(one)
    text = found[-1 if n != 1 else 0] if found else (one if n == 1 else many)
    return _fill(text, {"n": n, **params})


def _find(key: str) -> str | None:
    found = _catalogue(language()).get(key)
    return found[0] if found else None


def translated(context: str, text: str) -> bool:
    """Whether a label of a declaration (context: its table) is known in every language."""
    others = (_catalogue(code) for code in LANGUAGES if code != SOURCE)
    return all(f"{context}\4{text}" in one or text in one for one in others)


def _fill(text: str, params: Mapping[str, Any]) -> str:
    return text.format_map({name: _shown(value) for name, value in params.items()}) if params else text


def _shown(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_moment(value)
    if isinstance(value, date):
        return format_date(value)
    return format_number(value) if isinstance(value, Decimal) else value


@dataclass(frozen=True)
class Message:
    """A text that is put into words when it is shown, in the language of whoever reads it."""

    text: str
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)
    context: str = ""
    plural: str = ""

    def __str__(self) -> str:
        if self.plural:
            return ngettext(self.text, self.plural, self.params["n"], **{k: v for k, v in self.params.items() if k != "n"})
        return pgettext(self.context, self.text, **self.params) if self.context else _(self.text, **self.params)

    def to_json(self) -> dict[str, Any]:
        """A structure that JSON can hold; parameters may be messages, texts, numbers, Decimals, dates and moments."""
        packed: dict[str, Any] = {"text": self.text}
        if self.params:
            packed["params"] = {name: _pack(value) for name, value in self.params.items()}
        if self.context:
            packed["context"] = self.context
        if self.plural:
            packed["plural"] = self.plural
        return packed

    @classmethod
    def from_json(cls, packed: Mapping[str, Any]) -> "Message":
        """The message that `to_json` packed."""
        params = {name: _unpack(value) for name, value in packed.get("params", {}).items()}
        return cls(packed["text"], params, packed.get("context", ""), packed.get("plural", ""))


def msg(text: str, /, **params: Any) -> Message:
    """A message: `msg("At most {n} characters", n=20)`."""
    return Message(text, params)


def nmsg(one: str, many: str, n: int, /, **params: Any) -> Message:
    """A message whose words depend on a number: `nmsg("{n} record", "{n} records", 3)`."""
    return Message(one, {"n": n, **params}, plural=many)


def label(context: str, text: str) -> Message:
    """A label of a declaration (context: its table) as a message, to stand inside others."""
    return Message(text, context=context)


def _pack(value: Any) -> Any:
    if isinstance(value, Message):
        return {"message": value.to_json()}
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value


def _unpack(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    if kind == "message":
        return Message.from_json(inner)
    if kind == "decimal":
        return Decimal(inner)
    return datetime.fromisoformat(inner) if kind == "moment" else date.fromisoformat(inner)


# Catalogues


def catalogue_files(code: str) -> list[Path]:
    """The .po files of a language."""
    return sorted((LOCALE / code / "LC_MESSAGES").glob("*.po"))


@cache
def _catalogue(code: str) -> Catalogue:
    if code == SOURCE:
        return {}
    files = catalogue_files(code)
    stamp = [[file.name, file.stat().st_mtime_ns, file.stat().st_size] for file in files]
    cached = _cache(code)
    if cached is not None and cached.exists():
        kept = json.loads(cached.read_bytes())
        if kept["files"] == stamp:
            return kept["texts"]  # type: ignore[no-any-return]
    fresh = read_catalogue(files)
    if cached is not None:
        _keep(cached, json.dumps({"files": stamp, "texts": fresh}, ensure_ascii=False))
    return fresh


def _cache(code: str) -> Path | None:
    """Where a catalogue is kept as read; nowhere while settings are wrong, which has to be said in words of a catalogue."""
    try:
        return settings().data_dir / "cache" / f"catalogue-{code}.json"
    except BadSetting:
        return None


def read_catalogue(files: list[Path]) -> Catalogue:
    """All translations of these .po files; the empty and the doubtful (fuzzy) ones are left out."""
    from babel.messages.pofile import read_po

    found: Catalogue = {}
    for file in files:
        with file.open("rb") as lines:
            for entry in read_po(lines):
                if not entry.id or entry.fuzzy:
                    continue
                source = entry.id[0] if isinstance(entry.id, tuple | list) else entry.id
                words = [word for word in (entry.string if isinstance(entry.string, tuple | list) else (entry.string,)) if word]
                if words:
                    found[f"{entry.context}\4{source}" if entry.context else source] = words
    return found


def _keep(path: Path, content: str) -> None:
    """Keep a cache that only saves time: a folder that can't be written is no reason to stop."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.write_text(content, "utf-8")
        draft.replace(path)
    except OSError as error:
        logging.getLogger("centre.i18n").info("the catalogues are not cached: %s", error)


# How things are written


def _region() -> str:
    return _REGION[language()]


def format_date(value: date, style: Literal["short", "medium", "long"] = "short") -> str:
    """`2026-08-07`; medium: 2026年8月7日; long: with the day of the week. A moment is taken in Shanghai."""
    from babel import dates

    day = value.astimezone(LOCAL).date() if isinstance(value, datetime) else value
    if style == "short":
        return day.isoformat()
    return dates.format_date(day, "medium" if style == "medium" else "full", locale=_region())


def format_moment(value: datetime, style: Literal["short", "medium", "long"] = "short") -> str:
    """A date as in `format_date` with hours and minutes, in Shanghai: `2026-08-07 09:30`."""
    return f"{format_date(value, style)} {value.astimezone(LOCAL):%H:%M}"


def format_number(value: Decimal | float, places: int | None = None) -> str:
    """With thousands separators and so many places (None: as many as it has, at most ten)."""
    # Both languages write numbers alike; Babel takes 100 µs for what a list does some hundred times.
    if places is None:
        text = f"{value:,.10f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    return f"{value:,.{places}f}"


def format_money(value: Decimal | int, unit: Literal["yuan", "wan"] = "yuan") -> str:
    """`¥1,234.50`; in units of ten thousand yuan: `¥0.12万`, in English `¥1.2k`."""
    sign, amount = ("-" if value < 0 else ""), abs(Decimal(value))
    if unit == "yuan":
        return f"{sign}¥{format_number(amount, 2)}"
    if language() == "zh_CN":
        return f"{sign}¥{format_number(amount / 10_000, 2)}万"
    return f"{sign}¥{format_number(amount / 1_000, 1)}k"


def format_percent(ratio: Decimal | float, places: int = 1) -> str:
    """A ratio (0.125) as `12.5%`."""
    return f"{format_number(ratio * 100, places)}%"


def format_duration(value: timedelta) -> str:
    """The two largest units: 3 天 4 小时, `3 days 4 hours`; less than a minute is 0 minutes."""
    minutes = int(abs(value).total_seconds()) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [
        ngettext("{n} day", "{n} days", days) if days else "",
        ngettext("{n} hour", "{n} hours", hours) if hours else "",
        ngettext("{n} minute", "{n} minutes", minutes) if minutes or not (days or hours) else "",
    ]
    joined = " ".join([part for part in parts if part][:2])
    return f"-{joined}" if value < timedelta(0) and joined else joined


def params_of(text: str) -> frozenset[str]:
    """The names in braces of a text."""
    return frozenset(name for _before, name, _spec, _conversion in string.Formatter().parse(text) if name is not None)
