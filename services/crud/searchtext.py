"""What is searched: the normalised text of a record, the words of a query, and the tokens that the index knows of both.

Found is any part of a Chinese text, the beginning of a word or a number, the tail of a number, a title by its pinyin.

`search_entry` holds the normalised text of every record. A word of a query is found where it stands in that text: that
alone decides (`LIKE`), on both databases alike. An index over tokens made here (FTS5 on SQLite, a GIN index of a
tsvector on PostgreSQL) finds the candidates.

In the normalised text every word of letters and digits follows a blank, Chinese follows without: `张三 a1203` is found by
`张`, `三 a1`, `a12` and, since four digits and more are also looked for inside a number, by `1203`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from models.fields import Kind
from services.crud.registry import Field, Table
from services.crud.sortkey import syllables
from services.crud.titles import text_of
from services.platform.i18n import LANGUAGES, use_language

BODY = 20_000
"""Characters of a record's text that are searched."""
LONGEST = 200
"""Characters of a query that are looked at."""
MOST_WORDS = 10
"""Words of a query that are looked at."""
_GRAM = 4
"""Letters or digits of a token; so many digits in a row are also found inside a number."""
_ASKED = 8
"""Letters or digits at the end of a word of a query for which tokens are asked: they tell most. The text decides anyway."""
_TITLE = "\ue000"
"""Begins a token of the title."""
_BEGIN = "\ue003"
"""Begins a token that stands at the beginning of a word."""
_IDEOGRAPH = "\u2e80-\U0010ffff"
_BREAK = re.compile(r"[\W_]+")
_BEFORE_WORD = re.compile(rf"(?<=[{_IDEOGRAPH}])(?=[^\s{_IDEOGRAPH}])")
_RUN = re.compile(rf"[{_IDEOGRAPH}]+|[^\s{_IDEOGRAPH}]+")
_PINYIN_TEXT, _PINYIN_WORD, _INITIALS = 24, 6, 8


def normal(given: str) -> str:
    """Text as it is searched: full width as half width, small letters, a blank for each run of other signs and before each word."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", given).casefold())
    return _BEFORE_WORD.sub(" ", _BREAK.sub(" ", plain)).strip()


# What is asked


@dataclass(frozen=True)
class Word:
    """One word of a query: what stands in the text, and the tokens that any record with it has."""

    pattern: str
    tokens: tuple[str, ...]
    """None for a single letter or digit: too many records have it for an index to help."""
    exact: bool
    """Whether having the tokens is enough."""


@dataclass(frozen=True)
class Query:
    """A search: all of its words must be found."""

    words: tuple[Word, ...]

    @property
    def exact(self) -> bool:
        """Whether the index alone decides."""
        return all(word.exact for word in self.words)

    def tokens(self, title: bool = False) -> list[str]:
        """The tokens that a record must have; `title`: in its title."""
        mark = _TITLE if title else ""
        return list(dict.fromkeys(mark + token for word in self.words for token in word.tokens))

    def match(self, title: bool = False) -> str:
        """The query in the language of FTS5."""
        return " ".join(f'"{token}"' for token in self.tokens(title))

    def tsquery(self, *more: str, title: bool = False) -> str:
        """The query in the language of PostgreSQL; `more`: further tokens."""
        return " & ".join(f"'{token}'" for token in (*more, *self.tokens(title)))

    def meets(self, body: str) -> bool:
        """Whether a normalised text has every word."""
        return all(word.pattern in body for word in self.words)


def parse(given: str) -> Query:
    """The query of what somebody typed; without words where there is nothing but blanks and punctuation."""
    parts = (normal(part) for part in given[:LONGEST].split())
    return Query(tuple(_word(part) for part in dict.fromkeys(part for part in parts if part))[:MOST_WORDS])


def _word(part: str) -> Word:
    runs = _RUN.findall(part)
    first = runs[0]
    inside = len(first) >= _GRAM and first.isascii() and first.isdigit()
    pattern = part if _is_ideograph(first[0]) or inside else f" {part}"
    tokens = tuple(token for place, run in enumerate(runs) for token in _asked(run, inside and not place))
    known = len(first) <= 2 if _is_ideograph(first[0]) else len(first) == _GRAM if inside else 1 < len(first) <= _GRAM
    return Word(pattern, tokens, exact=known and len(runs) == 1)


def _is_ideograph(sign: str) -> bool:
    return sign >= "\u2e80"


def _asked(run: str, inside: bool) -> Iterator[str]:
    """The tokens of every text in which a word begins with this run (`inside`: in which these digits stand)."""
    if _is_ideograph(run[0]):
        yield from _grams(run, 2) if len(run) > 1 else (run,)
        return
    if inside or len(run) > _GRAM:
        yield from _grams(run[-_ASKED:], _GRAM)
    elif len(run) > 1:
        yield _BEGIN + run


def _grams(run: str, length: int) -> Iterable[str]:
    return map("".join, zip(*(run[place:] for place in range(length)), strict=False))


# What is kept


def tokens(body: str) -> set[str]:
    """The tokens of a normalised text, those of its first line a second time as tokens of the title."""
    title, _, rest = body.partition("\n")
    called = _kept(_RUN.findall(title))
    return called.union(_kept(_RUN.findall(rest)), [_TITLE + token for token in called])


def _kept(runs: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for run in runs:
        found.update(_of_known(run) if len(run) <= _KNOWN else _of_run(run))
    return found


def _of_run(run: str) -> list[str]:
    if _is_ideograph(run[0]):
        return [*run, *_grams(run, 2)]
    begins = [_BEGIN + run[:length] for length in range(2, min(len(run), _GRAM) + 1)]
    return [*begins, *_grams(run, _GRAM)] if len(run) >= _GRAM else begins


_KNOWN = 16
"""Runs up to this length are remembered: names, faults and their syllables come again and again."""
_of_known = lru_cache(maxsize=20_000)(_of_run)


def _pinyin(title: str) -> str:
    """The words by which a title is found in pinyin: from each character on, in full and by initials: zhangsan zs san s."""
    if title.isascii():
        return ""
    runs = _RUN.findall(title[:_PINYIN_TEXT])
    return normal(" ".join(dict.fromkeys(word for run in runs if _is_ideograph(run[0]) for word in _spoken(run))))


@lru_cache(maxsize=10_000)
def _spoken(run: str) -> tuple[str, ...]:
    sounds = syllables(run)
    initials = "".join([sound[0] for sound in sounds])
    words = ((("".join(sounds[place : place + _PINYIN_WORD])), initials[place : place + _INITIALS]) for place in range(len(sounds)))
    return tuple(word for pair in words for word in pair)


def title_of(body: str) -> str:
    """The normalised title in a searchable text."""
    return body.partition("\n")[0].strip()


def body_of(table: Table, row: Mapping[str, Any], called: Mapping[tuple[str, int], str]) -> str:
    """The searchable text of a record; `called`: the titles of the records that it refers to."""
    named = _title_fields(table)
    title = normal(" ".join(_said(field, row, called) for field in named))
    rest = (normal(_said(field, row, called)) for field in fields_of(table) if field not in named)
    return "\n".join(f" {line}" for line in (title, _pinyin(title), *filter(None, rest)))[:BODY]


@cache
def _title_fields(table: Table) -> tuple[Field, ...]:
    return tuple(field for field in table.titles if _may_be_kept(field))


@cache
def fields_of(table: Table) -> tuple[Field, ...]:
    """The fields whose text is searched: the titles, the second line, and those marked for it."""
    every = {field.name: field for field in (*table.titles, *table.second, *table.search_fields)}
    return tuple(field for field in every.values() if _may_be_kept(field))


def _may_be_kept(field: Field) -> bool:
    return not (field.spec.sensitive or field.spec.hidden or field.spec.computed or field.kind is Kind.REFERENCES)


def _said(field: Field, row: Mapping[str, Any], called: Mapping[tuple[str, int], str]) -> str:
    value = row.get(field.name)
    if value is None:
        return ""
    if field.spec.target:
        return called.get((field.spec.target, value), "")
    if not field.spec.choices:
        return text_of(field, value)
    return " ".join(_labels(field, code) for code in (value if isinstance(value, list) else [value]))


@lru_cache(maxsize=10_000)
def _labels(field: Field, code: str) -> str:
    """What a choice is called, in every language."""
    labels: list[str] = []
    for language in LANGUAGES:
        with use_language(language):
            labels.append(text_of(field, code))
    return " ".join(labels)
