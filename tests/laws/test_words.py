"""Say it in their words: every label of every table is there in both languages, and no two of a table are the same."""

import re
from collections import Counter

import pytest

from services.crud.registry import table, tables, texts_of
from services.platform.i18n import LANGUAGES, pgettext, translated, use_language
from tests.laws.conftest import NAMES

CHINESE = re.compile(r"[\u4e00-\u9fff]")
WORD = re.compile(r"[A-Za-z]{3}")
"""What is no unit and no abbreviation has three letters in a row."""


@pytest.mark.parametrize("name", NAMES)
def test_every_label_is_translated(name: str) -> None:
    for text in texts_of(table(name)):
        assert translated(name, text), text
        with use_language("zh_CN"):
            said = pgettext(name, text)
        assert CHINESE.search(said) or not WORD.search(text) or text in LANGUAGES.values(), (text, said)
        # A foreign word may stand inside Chinese, an English sentence may not.
        assert not re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", said), said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_no_two_fields_choices_or_moves_are_called_the_same(name: str, language: str) -> None:
    of = table(name)
    with use_language(language):
        groups = [[field.title for field in of.declared if not field.common]]
        groups += [[field.choice_title(choice.code) for choice in field.spec.choices] for field in of.declared]
        if of.flow:
            # Two moves of one name lead from different states.
            for state in {state for move in of.flow.moves for state in move.sources}:
                groups.append([pgettext(name, move.title) for move in of.flow.moves if state in move.sources])
        groups.append([pgettext(name, chart.title) for chart in of.charts])
        for titles in groups:
            assert not [title for title, count in Counter(titles).items() if count > 1]
            assert all(titles)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_tables_are_called_the_same(language: str) -> None:
    with use_language(language):
        for titles in ([tables()[name].title for name in NAMES], [tables()[name].plural for name in NAMES]):
            assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("name", NAMES)
def test_every_table_says_what_it_is_for(name: str) -> None:
    screen = table(name).screen
    assert screen.help or screen.hidden
    assert screen.empty
    assert re.fullmatch(r"\d\.\d", screen.section)
