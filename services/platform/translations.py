"""The check of the catalogues: every text has its Chinese, once, with the same `{names}`. Run by `make check`."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from services.platform.i18n import LANGUAGES, LOCALE, SOURCE, Catalogue, catalogue_files, params_of, read_catalogue
from services.platform.settings import ROOT

WORDS = {
    "_": None,
    "N_": None,
    "msg": None,
    "ngettext": (1, 2),
    "nmsg": (1, 2),
    "pgettext": ((1, "c"), 2),
    "label": ((1, "c"), 2),
}
"""The functions of `i18n` that take a text, and where in their arguments it stands."""
PLACES = ("app.py", "services", "pages", "seed")


def extracted() -> Iterator[tuple[str, str, str]]:
    """Every text of the code, as (place, context, text)."""
    for place in PLACES:
        top = ROOT / place
        method_map = [("**.py", "python")]
        folder, only = (top, "") if top.is_dir() else (ROOT, place)
        found = extract_from_dir(folder, method_map, keywords=WORDS, directory_filter=None if not only else lambda _path: False)
        for name, line, texts, _comments, context in found:
            if only and name != only:
                continue
            file = Path(name) if only else Path(place) / name
            for text in (texts[0],) if isinstance(texts, tuple) else (texts,):
                yield f"{file.as_posix()}:{line}", context or "", text


def declared() -> Iterator[tuple[str, str, str]]:
    """Every text of the declarations, as (place, context, text)."""
    import models  # noqa: F401  (declares every table)
    from services.crud.registry import labels

    for context, text in labels():
        yield f"declaration of {context}", context, text


def missing_translations() -> list[str]:
    """What a person would see untranslated, and what is wrong in the catalogues: one line each, empty when all is well."""
    texts = [*extracted(), *declared()]
    return [line for code in LANGUAGES if code != SOURCE for line in _problems(code, texts)]


def _problems(code: str, texts: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    files = catalogue_files(code)
    catalogue = read_catalogue(files)
    yield from _untranslated(code, catalogue, texts)
    yield from _conflicts(files)


def _untranslated(code: str, catalogue: Catalogue, texts: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    told: set[tuple[str, str]] = set()
    for place, context, text in texts:
        if not text or (context, text) in told:
            continue
        told.add((context, text))
        if text not in catalogue and f"{context}\4{text}" not in catalogue:
            yield f"{place}: {f'({context}) ' if context else ''}{text!r} has no translation into {code}"


def _conflicts(files: list[Path]) -> Iterator[str]:
    """Entries that say two things about one text, that are doubtful, or whose `{names}` differ from the source."""
    seen: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for file in files:
        name = file.relative_to(LOCALE).as_posix()
        with file.open("rb") as lines:
            catalogue = read_po(lines, abort_invalid=True)
        for entry in catalogue:
            if not entry.id:
                continue
            sources = entry.id if isinstance(entry.id, tuple | list) else (entry.id,)
            words = entry.string if isinstance(entry.string, tuple | list) else (entry.string or "",)
            place = f"{name}:{entry.lineno}: {sources[0]!r}"
            if entry.fuzzy:
                yield f"{place} is marked as doubtful (fuzzy)"
            for translation in filter(None, words):
                if params_of(translation) != params_of(sources[-1]):
                    yield f"{place} is translated with other {{names}}: {translation!r}"
            others = seen[entry.context or "", sources[0]]
            for other, translation in others.items():
                if translation != words[0] and words[0] and translation:
                    yield f"{place} is {words[0]!r} here and {translation!r} in {other}"
            others[name] = words[0]


def main() -> int:
    """Print what is wrong; 1 if anything is."""
    problems = missing_translations()
    for line in problems:
        print(line, file=sys.stderr)  # noqa: T201
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
