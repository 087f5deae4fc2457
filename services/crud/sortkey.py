"""Texts in the order of Chinese readers: by pinyin without tones, numbers by their value, the same on every database."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import overload

LONGEST = 160
"""Characters of the ordering part of a key: enough to order by, short enough for an index."""
_TIE = "\t"
"""Sorts before every letter, digit and blank: a text comes before the longer texts that begin with it."""
_NUMBER = re.compile(r"0*(\d+)", re.ASCII)


@overload
def sort_key(text: str) -> str: ...
@overload
def sort_key(text: None) -> None: ...
def sort_key(text: str | None) -> str | None:
    """The key by which a text sorts, byte by byte: pinyin of its characters among Latin letters, 2 before 10, capitals ignored.

    Texts that sound the same are told apart by their characters, so that the order is always the same.
    """
    return None if text is None else _key(text[: 2 * LONGEST])


@lru_cache(maxsize=20_000)
def _key(text: str) -> str:
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    spoken = plain if plain.isascii() else " ".join(syllables(plain))
    if any(sign.isdigit() for sign in spoken):
        spoken = _NUMBER.sub(_by_value, spoken)
    return f"{spoken[:LONGEST]}{_TIE}{plain[: LONGEST // 4]}"


def syllables(text: str) -> list[str]:
    """The pinyin syllables of a text, without tones; what is not Chinese stays in one piece: 张三2号 → zhang san 2 hao."""
    readings = _readings()
    found: list[str] = []
    other = ""
    at = 0
    while at < len(text):
        phrase, sounds = readings.at(text, at)
        if sounds:
            found += [other.strip(), *sounds]
            other = ""
        else:
            other += phrase
        at += len(phrase)
    return [part for part in (*found, other.strip()) if part]


def _by_value(found: "re.Match[str]") -> str:
    """A number behind the count of its digits: 2 → 12, 10 → 210, so that they sort by value."""
    digits = found.group(1)
    count = len(digits)
    return f"{count}{digits}" if count < 9 else f"9{min(count, 99):02}{digits}"


class _Readings:
    """How characters are read: each by itself, and in the phrases where it is read otherwise (重 in 重庆)."""

    def __init__(self) -> None:
        from pypinyin.contrib.tone_convert import to_normal
        from pypinyin.phrases_dict import phrases_dict
        from pypinyin.pinyin_dict import pinyin_dict

        toneless = cache(to_normal)
        self._signs: dict[str, list[str]] = {chr(sign): [toneless(sounds.split(",")[0])] for sign, sounds in pinyin_dict.items()}
        self._phrases: dict[str, list[tuple[str, list[str]]]] = {}
        for phrase, given in sorted(phrases_dict.items(), key=lambda one: -len(one[0])):
            sounds = [toneless(variants[0]) for variants in given]
            if any(self._signs.get(sign) != [sound] for sign, sound in zip(phrase, sounds, strict=False)):
                self._phrases.setdefault(phrase[0], []).append((phrase, sounds))

    def at(self, text: str, place: int) -> tuple[str, list[str]]:
        """The phrase or the character at this place and its syllables (none: not Chinese)."""
        sign = text[place]
        for phrase, sounds in self._phrases.get(sign, ()):
            if text.startswith(phrase, place):
                return phrase, sounds
        return sign, self._signs.get(sign, [])


@cache
def _readings() -> _Readings:
    """pypinyin's dictionaries, read (0.3 s) when the first Chinese text comes."""
    return _Readings()
