"""Texts in two languages, messages that travel, and how things are written."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.platform import i18n, translations
from services.platform.i18n import (
    Message,
    _,
    format_date,
    format_duration,
    format_moment,
    format_money,
    format_number,
    format_percent,
    label,
    language,
    match_language,
    msg,
    nmsg,
    pgettext,
    use_language,
)

CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Save"
msgstr "保存"

msgctxt "asset"
msgid "State"
msgstr "资产状态"

msgid "State"
msgstr "状态"

msgid "At most {n} characters"
msgstr "最多 {n} 个字"

msgid "{n} record"
msgid_plural "{n} records"
msgstr[0] "{n} 条记录"

#, fuzzy
msgid "Doubtful"
msgstr "可疑"

msgid "Empty"
msgstr ""
"""


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "zh_CN" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "one.po").write_text(CATALOGUE, "utf-8")
    monkeypatch.setattr(i18n, "LOCALE", tmp_path)
    monkeypatch.setattr(translations, "LOCALE", tmp_path)
    found = i18n.read_catalogue([folder / "one.po"])
    monkeypatch.setattr(i18n, "_catalogue", lambda code: found if code == "zh_CN" else {})
    return folder


@pytest.mark.usefixtures("catalogue")
def test_a_text_is_found_by_its_context_first() -> None:
    with use_language("zh_CN"):
        assert _("Save") == "保存"
        assert pgettext("asset", "State") == "资产状态"
        assert pgettext("place", "State") == "状态"
        assert str(label("asset", "State")) == "资产状态"
        assert _("Doubtful") == "Doubtful"
        assert _("Empty") == "Empty"
        assert str(nmsg("{n} record", "{n} records", 1)) == "1 条记录"
    with use_language("en"):
        assert pgettext("asset", "State") == "State"
        assert [str(nmsg("{n} record", "{n} records", n)) for n in (0, 1, 2)] == ["0 records", "1 record", "2 records"]


@pytest.mark.usefixtures("catalogue")
def test_a_message_speaks_the_language_of_its_reader() -> None:
    message = msg("At most {n} characters", n=20)
    with use_language("zh_CN"):
        assert str(message) == "最多 20 个字"
    with use_language("en"):
        assert str(message) == "At most 20 characters"


def test_an_unknown_language_becomes_chinese() -> None:
    with use_language("xx"):
        assert language() == "zh_CN"
    with use_language("en"):
        assert language() == "en"


VALUES = st.one_of(
    st.integers(), st.text(), st.booleans(), st.none(), st.dates(), st.decimals(allow_nan=False, allow_infinity=False),
    st.datetimes(timezones=st.just(UTC)),
)  # fmt: skip
MESSAGES = st.recursive(
    st.builds(Message, st.text(), st.dictionaries(st.text(min_size=1), VALUES, max_size=3), st.text(), st.text()),
    lambda inner: st.builds(Message, st.text(), st.dictionaries(st.text(min_size=1), inner, max_size=2)),
    max_leaves=3,
)


@given(MESSAGES)
def test_a_message_survives_json(message: Message) -> None:
    assert Message.from_json(json.loads(json.dumps(message.to_json()))) == message


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh_CN"),
        ("en-US,en;q=0.9,zh-CN;q=0.8", "en"),
        ("fr;q=0.9,zh;q=0.5,en;q=0.4", "zh_CN"),
        ("fr-FR,fr", "en"),
        ("", "zh_CN"),
        ("zh;q=x,en", "en"),
    ],
)
def test_the_browser_is_listened_to(header: str, code: str) -> None:
    assert match_language(header) == code


def test_dates_and_moments_are_those_of_shanghai() -> None:
    evening = datetime(2026, 8, 6, 17, 30, tzinfo=UTC)
    assert format_moment(evening) == "2026-08-07 01:30"
    assert format_date(evening) == "2026-08-07"
    with use_language("zh_CN"):
        assert format_date(date(2026, 8, 7), "medium") == "2026年8月7日"
        assert format_date(date(2026, 8, 7), "long") == "2026年8月7日星期五"
    with use_language("en"):
        assert format_date(date(2026, 8, 7), "medium") == "7 Aug 2026"


def test_dates_inside_a_text_are_written_too() -> None:
    assert str(msg("until {day}: {sum}", day=date(2026, 8, 7), sum=Decimal("1234.50"))) == "until 2026-08-07: 1,234.5"


def test_money_numbers_and_percent() -> None:
    assert format_money(Decimal("1234.5")) == "¥1,234.50"
    assert format_money(Decimal("-0.07")) == "-¥0.07"
    assert format_number(Decimal("1234567.890")) == "1,234,567.89"
    assert format_number(Decimal("12"), 2) == "12.00"
    assert format_percent(Decimal("0.125")) == "12.5%"
    with use_language("zh_CN"):
        assert format_money(Decimal("1234500"), "wan") == "¥123.45万"
    with use_language("en"):
        assert format_money(Decimal("1234500"), "wan") == "¥1,234.5k"


def test_durations_have_their_two_largest_units() -> None:
    with use_language("zh_CN"):
        assert format_duration(timedelta(days=3, hours=4, minutes=5)) == "3 天 4 小时"
        assert format_duration(timedelta(seconds=59)) == "0 分钟"
    with use_language("en"):
        assert format_duration(timedelta(minutes=-61)) == "-1 hour 1 minute"


def test_the_catalogue_is_cached_until_a_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "zh_CN" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    po = folder / "one.po"
    monkeypatch.setattr(i18n, "LOCALE", tmp_path)
    from services.platform.settings import override

    def read() -> str | None:
        i18n._catalogue.cache_clear()
        with use_language("zh_CN"):
            return i18n._find("Save")

    try:
        with override(data_dir=tmp_path / "data"):
            for translation in ("保存", "存好"):
                po.write_text(CATALOGUE.replace('"保存"', f'"{translation}"') + f"# {translation}", "utf-8")
                assert read() == translation
                monkeypatch.setattr(i18n, "read_catalogue", lambda _files: {})
                assert read() == translation
                monkeypatch.undo()
                monkeypatch.setattr(i18n, "LOCALE", tmp_path)
                po.write_bytes(b"\n" + po.read_bytes())
    finally:
        i18n._catalogue.cache_clear()


def test_the_check_finds_what_is_missing_and_what_contradicts(catalogue: Path) -> None:
    (catalogue / "two.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "Save"\nmsgstr "储存"\n\nmsgid "Hello {name}"\nmsgstr "你好 {nam}"\n',
        "utf-8",
    )
    texts = [("a.py:1", "", "Save"), ("a.py:2", "", "Doubtful"), ("a.py:3", "asset", "Kind"), ("a.py:4", "", "Empty")]
    said = "\n".join(translations._problems("zh_CN", texts))
    assert "'Save'" in said
    assert "'储存'" in said
    assert "other {names}" in said
    assert "fuzzy" in said
    assert "a.py:2: 'Doubtful'" in said
    assert "a.py:3: (asset) 'Kind'" in said
    assert "a.py:4: 'Empty'" in said
    assert "a.py:1" not in said


def test_texts_of_the_code_are_extracted() -> None:
    found = {(context, text) for _place, context, text in translations.extracted()}
    assert ("", "The database is busy. Nothing was saved: try again in a moment.") in found
    assert ("", "Open in a browser: {address}") in found
    assert ("", "{n} day") in found
