"""The check of the catalogues: every text has its Chinese, once, with the same `{names}`. Run by `make check`."""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.pofile import read_po

from services.platform.i18n import LANGUAGES, LOCALE, SOURCE, Catalogue, catalogue_files, params_of, read_catalogue
from services.platform.settings import ROOT

WORDS = {"_": (0,), "N_": (0,), "msg": (0,), "ngettext": (0, 1), "nmsg": (0, 1), "pgettext": (1,), "label": (1,)}
"""The functions of `i18n` that take a text, and where among their arguments texts stand (one before it: its context)."""
PLACES = ("app.py", "services", "pages", "seed")


def extracted() -> Iterator[tuple[str, str, str]]:
    """Every text of the code, as (place, context, text), also those inside f-strings."""
    for place in PLACES:
        top = ROOT / place
        for file in (top,) if top.is_file() else sorted(top.rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    yield from _texts(node, file.relative_to(ROOT).as_posix())


def _texts(call: ast.Call, file: str) -> Iterator[tuple[str, str, str]]:
    name = call.func.id if isinstance(call.func, ast.Name) else call.func.attr if isinstance(call.func, ast.Attribute) else ""
    places = [place for place in WORDS.get(name, ()) if place < len(call.args)]
    texts = [
        argument.value for place in places if isinstance(argument := call.args[place], ast.Constant) and isinstance(argument.value, str)
    ]
    context = call.args[0].value if texts and places[0] == 1 and isinstance(call.args[0], ast.Constant) else ""
    if texts and texts[0]:
        yield f"{file}:{call.lineno}", str(context), texts[0]


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
