"""Values as people type them: what is understood, what is refused, and in which words."""

import math
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.fields import Choice, Kind, Spec
from models.types import Place
from services.crud.registry import Field
from services.crud.validate import Problem, clean, doubt, parse, plain_text
from services.crud.values import pack, unpack
from services.platform.i18n import set_language

CHOICES = (Choice("new", "New"), Choice("old", "Old", active=False), Choice("due", "Overdue"))
SHANGHAI = timezone(timedelta(hours=8))


def field(kind: Kind, **flags: Any) -> Field:
    """A field of that kind, of no table."""
    if kind in (Kind.CHOICE, Kind.CHOICES):
        flags.setdefault("choices", CHOICES)
    if kind in (Kind.TEXT, Kind.CODE, Kind.LONG_TEXT):
        flags.setdefault("max_length", 255)
    return Field("no_table", "it", Spec(kind=kind, **flags), False, None)  # type: ignore[arg-type]


def refusal(one: Field, typed: Any, old: Any = None) -> str:
    """The words with which a value is refused."""
    with pytest.raises(Problem) as caught:
        clean(one, typed, old)
    return str(caught.value)


# Text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  王芳 ", "王芳"),
        ("e\u0301", "é"),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("a\ttab", "a tab"),
        ("\ufeff\u200b头\u202e尾\u2069", "头尾"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("عربي 👩\u200d👧", "عربي 👩\u200d👧"),
        ("   ", None),
        ("\u200b", None),
        ("", None),
        (None, None),
        (12345678901234, "12345678901234"),
    ],
)
def test_text(typed: Any, kept: str | None) -> None:
    assert clean(field(Kind.TEXT), typed) == kept


@pytest.mark.parametrize("typed", ["a\0b", "\0", "a\ud800b", "bell\x07", "esc\x1b[31m", 1.5, True, b"bytes", object(), ["a"]])
@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.CODE, Kind.LONG_TEXT])
def test_what_can_t_be_kept_as_text_is_said_plainly(kind: Kind, typed: Any) -> None:
    said = refusal(field(kind), typed)
    assert "Error" not in said
    assert said.endswith(".")


def test_length_is_counted_in_characters() -> None:
    assert clean(field(Kind.TEXT, max_length=4), "👍👍👍👍") == "👍👍👍👍"
    assert refusal(field(Kind.TEXT, max_length=255), "长" * 10_000) == "At most 255 characters: this has 10000."


def test_long_text_keeps_its_lines_and_loses_only_the_ends() -> None:
    assert clean(field(Kind.LONG_TEXT), "\r\n    code\r\n\r\nend \n\n") == "    code\n\nend"


def test_a_code_is_half_width() -> None:
    assert clean(field(Kind.CODE), " ＺＣ－２０２６ ") == "ZC-2026"
    assert clean(field(Kind.CODE), "政办发〔2026〕12号") == "政办发〔2026〕12号"


def test_a_pattern_says_what_it_asks_for() -> None:
    one = field(Kind.CODE, pattern=r"[A-Z]-\d{2}", pattern_help="A letter, a dash and two digits.")
    assert clean(one, "Ａ－０１") == "A-01"
    assert refusal(one, "A-012") == "A letter, a dash and two digits."
    assert refusal(field(Kind.CODE, pattern="x"), "y")


def test_text_beside_fields() -> None:
    assert plain_text("  why \r\n not ", 20) == "why \n not"
    assert plain_text(None, 20) == ""
    with pytest.raises(Problem, match="At most 3"):
        plain_text("long", 3)


# Numbers


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("１，２３４．５０", "1234.50"),
        ("1,234,567.8", "1234567.80"),
        ("1 234.5", "1234.50"),
        ("￥12", "12.00"),
        ("¥ 12 元", "12.00"),
        ("−3.5", "-3.50"),
        ("3。5", "3.50"),
        (".5", "0.50"),
        ("5.", "5.00"),
        ("+7", "7.00"),
        ("-0", "0.00"),
        ("0.5000", "0.50"),
        (7, "7.00"),
        (np.int64(7), "7.00"),
        (Decimal("1E+3"), "1000.00"),
    ],
)
def test_money(typed: Any, kept: str) -> None:
    value = clean(field(Kind.MONEY, places=2, unit="元"), typed)
    assert str(value) == kept
    assert isinstance(value, Decimal)


@pytest.mark.parametrize(
    "typed", ["1,23", "12,34,567", "1e5", "١٢", "abc", "5²", "1/2", "--1", "1.2.3", "9" * 70, 1.5, True, "NaN", "Infinity"]
)
def test_what_is_no_money(typed: Any) -> None:
    assert refusal(field(Kind.MONEY, places=2, unit="元"), typed)


def test_more_places_than_are_kept_are_an_error_and_not_rounded() -> None:
    assert refusal(field(Kind.MONEY, places=2), "0.125") == "At most 2 digits after the point."
    assert refusal(field(Kind.DECIMAL, places=0), "1.5") == "This has to be a whole number."
    assert refusal(field(Kind.INTEGER), "1.5") == "This has to be a whole number."
    assert clean(field(Kind.INTEGER), "3.0") == 3


@pytest.mark.parametrize("typed", [Decimal("1e30"), "1" * 25, Decimal("1E+999999"), 10**400])
@pytest.mark.parametrize("kind", [Kind.MONEY, Kind.INTEGER])
def test_too_large(kind: Kind, typed: Any) -> None:
    assert refusal(field(kind, places=2), typed) == "This number is too large."


def test_bounds_say_the_bound() -> None:
    assert refusal(field(Kind.INTEGER, ge=1), 0) == "This must be 1 or more."
    assert refusal(field(Kind.DECIMAL, places=1, gt=0), "0") == "This must be more than 0."
    assert refusal(field(Kind.PERCENT, places=1, le=100), "100.1%") == "This must be 100 or less."
    assert clean(field(Kind.PERCENT, places=1, ge=0, le=100), "１２．５％") == Decimal("12.5")


# Time


@pytest.mark.parametrize(
    "typed",
    [
        "2026-11-24", "2026/11/24", "2026.11.24", "2026年11月24日", "20261124", "２０２６－１１－２４", "2026 年 11 月 24 日",
        " 2026-11-24 ", "2026-11-24 00:00:00", date(2026, 11, 24), datetime(2026, 11, 24), pd.Timestamp("2026-11-24"),  # noqa: DTZ001
        datetime(2026, 11, 23, 16, 30, tzinfo=UTC),
    ],
)  # fmt: skip
def test_a_date_in_every_form(typed: Any) -> None:
    assert clean(field(Kind.DATE), typed) == date(2026, 11, 24)


def test_days_that_are_not_in_the_calendar() -> None:
    assert refusal(field(Kind.DATE), "2026-02-31") == "There is no such day in the calendar: 2026-02-31."
    assert refusal(field(Kind.DATE), "2026年2月29日") == "There is no such day in the calendar: 2026年2月29日."
    assert refusal(field(Kind.DATE), "2026-13-01")
    assert refusal(field(Kind.DATE), "0026-01-01") == "The year 26 can't be meant."
    assert refusal(field(Kind.DATE), "26-01-01")
    assert refusal(field(Kind.DATE), "2026-11-24 09:30")
    assert refusal(field(Kind.DATE), 20261124.0)


def test_in_chinese() -> None:
    set_language("zh_CN")
    assert refusal(field(Kind.DATE), "2026-02-31") == "日历上没有这一天：2026-02-31。"


def test_bounds_of_days_may_be_worked_out() -> None:
    one = field(Kind.DATE, le=lambda: date(2026, 1, 1))
    assert clean(one, "2026-01-01") == date(2026, 1, 1)
    assert refusal(one, "2026-01-02") == "This must not be after 2026-01-01."


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2026-11-24 09:30", "2026-11-24T01:30:00+00:00"),
        ("2026年11月24日 9时30分", "2026-11-24T01:30:00+00:00"),
        ("2026年11月24日9点半", "2026-11-24T01:30:00+00:00"),
        ("2026-11-24T09:30:15+08:00", "2026-11-24T01:30:15+00:00"),
        ("2026-11-24T09:30:15Z", "2026-11-24T09:30:15+00:00"),
        ("20261124 0:05", "2026-11-23T16:05:00+00:00"),
        (datetime(2026, 11, 24, 9, 30, tzinfo=SHANGHAI), "2026-11-24T01:30:00+00:00"),
    ],
)
def test_a_moment_without_a_zone_is_meant_in_shanghai(typed: Any, kept: str) -> None:
    value = clean(field(Kind.MOMENT), typed)
    assert value.isoformat() == kept
    assert value.tzinfo is UTC


@pytest.mark.parametrize("typed", ["2026-11-24", "2026-11-24 25:00", "2026-02-30 10:00", datetime(2026, 11, 24, 9, 30), "soon", 5])  # noqa: DTZ001
def test_what_is_no_moment(typed: Any) -> None:
    assert refusal(field(Kind.MOMENT), typed)


@pytest.mark.parametrize(
    ("typed", "kept"), [("9:30", time(9, 30)), ("０９：３０：１５", time(9, 30, 15)), ("9点", time(9)), ("9时半", time(9, 30))]
)
def test_a_time_of_day(typed: str, kept: time) -> None:
    assert clean(field(Kind.TIME), typed) == kept
    assert refusal(field(Kind.TIME), "24:01")


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [("1:30", 90), ("90分钟", 90), ("1.5小时", 90), ("2天", 2880), ("1天2小时30分", 1590), ("2 h 15 min", 135), (timedelta(hours=1), 60)],
)
def test_a_length_of_time(typed: Any, minutes: int) -> None:
    assert clean(field(Kind.DURATION), typed) == timedelta(minutes=minutes)
    for wrong in ("90", "long", timedelta(microseconds=5), "0.3秒", "99999999999天"):
        assert refusal(field(Kind.DURATION), wrong)


# Choices


def test_a_choice_by_its_code_or_its_title_in_any_language() -> None:
    assert clean(field(Kind.CHOICE), "new") == "new"
    assert clean(field(Kind.CHOICE), " overdue ") == "due"
    assert refusal(field(Kind.CHOICE), "newer") == "“newer” is not one of the choices."


def test_a_choice_that_is_no_longer_offered_stays_where_it_is() -> None:
    assert clean(field(Kind.CHOICE), "old", "old") == "old"
    assert "no longer offered" in refusal(field(Kind.CHOICE), "old", "new")
    assert clean(field(Kind.CHOICES), ["old", "new"], ["old"]) == ["new", "old"]
    assert "no longer offered" in refusal(field(Kind.CHOICES), ["old"], ["new"])


def test_several_choices() -> None:
    assert clean(field(Kind.CHOICES), "Overdue、new") == ["due", "new"]
    assert clean(field(Kind.CHOICES), ["new", "new"]) == ["new"]
    assert clean(field(Kind.CHOICES), None) == []
    assert refusal(field(Kind.CHOICES), 5)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("是", True), ("否", False), ("√", True), ("Yes", True), ("0", False), (1, True), (np.bool_(True), True), (None, False)],
)
def test_yes_and_no(typed: Any, kept: bool) -> None:
    assert clean(field(Kind.BOOLEAN), typed) is kept
    assert refusal(field(Kind.BOOLEAN), "maybe")


# The vectors of Chinese numbers


@pytest.mark.parametrize(
    "number", ["11010519491231002X", "440308199901101512", "310115198507040036", "510107197602290458", "110101199003070011"]
)
def test_id_numbers(number: str) -> None:
    assert clean(field(Kind.ID_NUMBER), f" {number.lower()} ") == number
    assert clean(field(Kind.ID_NUMBER), f"{number[:6]} {number[6:14]} {number[14:]}") == number


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("110105194912310021", "check digit"),
        ("110105194902310020", "calendar"),
        ("11010529491231002X", "future"),
        ("110105180012310023", "120 years"),
        ("11010519491231002", "17 digits"),
        ("1101051949123100XX", "17 digits"),
    ],
)
def test_wrong_id_numbers(number: str, why: str) -> None:
    assert why in refusal(field(Kind.ID_NUMBER), number)


def test_an_unknown_area_is_only_a_doubt() -> None:
    digits = "99010519491231002"
    check = "10X98765432"[sum(int(d) * w for d, w in zip(digits, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11]
    assert clean(field(Kind.ID_NUMBER), digits + check) == digits + check
    assert doubt(field(Kind.ID_NUMBER), digits + check)
    assert doubt(field(Kind.ID_NUMBER), "11010519491231002X") is None


@pytest.mark.parametrize("code", ["91110000600037341L", "91310000775785552L", "12310115MB2F39218K", "52310115MJ5319872P"])
def test_credit_codes(code: str) -> None:
    assert clean(field(Kind.CREDIT_CODE), code.lower()) == code
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert refusal(field(Kind.CREDIT_CODE), wrong)
    assert refusal(field(Kind.CREDIT_CODE), code[:-1]) == "A credit code has 18 letters and digits."


@pytest.mark.parametrize("number", ["6222021001001234563", "6217000010001234569", "6228480402564890018"])
def test_bank_accounts(number: str) -> None:
    spaced = " ".join(number[place : place + 4] for place in range(0, len(number), 4))
    assert clean(field(Kind.BANK_ACCOUNT), spaced) == number
    assert doubt(field(Kind.BANK_ACCOUNT), number) is None
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert clean(field(Kind.BANK_ACCOUNT), wrong) == wrong
    assert doubt(field(Kind.BANK_ACCOUNT), wrong)
    assert refusal(field(Kind.BANK_ACCOUNT), "12ab")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13812345678", "13812345678"),
        ("+86 138-1234-5678", "13812345678"),
        ("0086 138 1234 5678", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("\u202a13812345678\u202c", "13812345678"),
        ("010-12345678", "010-12345678"),
        ("(0971) 6123456", "0971-6123456"),
        ("09716123456", "0971-6123456"),
        ("0971-6123456-801", "0971-6123456-801"),
        ("0971-6123456转801", "0971-6123456-801"),
        ("400-810-8888", "4008108888"),
    ],
)
def test_phones(typed: str, kept: str) -> None:
    assert clean(field(Kind.PHONE, max_length=32), typed) == kept


@pytest.mark.parametrize("typed", ["1381234567", "12812345678", "138123456789", "6123456", "phone", "110", "0971-612345"])
def test_wrong_phones(typed: str) -> None:
    assert refusal(field(Kind.PHONE, max_length=32), typed)


@pytest.mark.parametrize(
    "typed",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://x.cn",
        "https://",
        "http://user:pass@x.cn/",
        "https://user@x.cn",
        "x.cn",
        "https://x.cn/a b",
        "https://x\\y.cn",
        "http://[::1",
        "http://x.cn:99999/",
        "https://x.cn/<script>",
    ],
)
def test_links_that_are_none(typed: str) -> None:
    assert refusal(field(Kind.LINK, max_length=2000), typed)


def test_links() -> None:
    for typed in ("https://www.x.cn/路径?a=1#b", "HTTP://x.cn:8080"):
        assert clean(field(Kind.LINK, max_length=2000), f" {typed} ") == typed


def test_mail() -> None:
    assert clean(field(Kind.EMAIL), "Wang.Fang@Example.CN ") == "Wang.Fang@example.cn"
    for typed in ("wang", "wang@", "@x.cn", "a b@x.cn", "a..b@x.cn", "a@x", "a@-x.cn", "王@x.cn"):
        assert refusal(field(Kind.EMAIL), typed)


def test_colours() -> None:
    assert clean(field(Kind.COLOUR), "#1F77B4") == "#1f77b4"
    assert clean(field(Kind.COLOUR), "abc") == "#aabbcc"
    assert refusal(field(Kind.COLOUR), "#12345g")


def test_points() -> None:
    assert clean(field(Kind.POINT), "101.77812345，36.6171") == Place(Decimal("101.778123"), Decimal("36.617100"))
    assert clean(field(Kind.POINT), (101.5, 36)) == Place(Decimal("101.5"), Decimal(36))
    assert clean(field(Kind.POINT, on="plan"), ["0", "100"]) == Place(Decimal(0), Decimal(100))
    for typed in ("181,0", "0,91", "1", "1,2,3", "a,b", (math.nan, 1), (math.inf, 1), {1: 2}, (None, 1)):
        assert refusal(field(Kind.POINT), typed)
    assert refusal(field(Kind.POINT, on="plan"), "101,5")


def test_references_are_ids() -> None:
    assert clean(field(Kind.REFERENCE), "12") == 12
    assert clean(field(Kind.REFERENCE), SimpleNamespace(id=12)) == 12
    assert clean(field(Kind.REFERENCES), [3, "2", SimpleNamespace(id=3)]) == [2, 3]
    for typed in ("x", 0, -1, 2**31, True, 1.5, "9" * 30):
        assert refusal(field(Kind.REFERENCE), typed) == "Please choose one from the list."
    assert refusal(field(Kind.REFERENCES), "12")


@pytest.mark.parametrize("empty", [None, "", "  ", "\u3000", math.nan, Decimal("NaN"), Decimal("sNaN"), pd.NaT, [], ()])
@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_is_empty_whatever_the_kind(kind: Kind, empty: Any) -> None:
    assert clean(field(kind), empty) == ([] if kind in (Kind.CHOICES, Kind.REFERENCES) else False if kind is Kind.BOOLEAN else None)


# Whatever comes


_SIGNS = st.text(alphabet="0123456789-+.,/年月日时点半分: ¥％%eE#@xX转", max_size=24)
_UNSEEN = st.text(alphabet=st.characters(categories=["Cs", "Cc", "Cf", "Zs", "Mn"]), max_size=6)
_WHEN = st.one_of(st.dates(), st.datetimes(), st.datetimes(timezones=st.timezones()), st.times(), st.timedeltas())
_OTHER = st.one_of(
    st.binary(max_size=8),
    st.lists(st.integers() | st.text(max_size=3), max_size=3),
    st.tuples(st.floats(), st.floats()),
    st.just(object()),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
    st.just(pd.NA),
)
_NASTY = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.decimals(), st.text(max_size=40), _SIGNS, _UNSEEN, _WHEN, _OTHER
)


@pytest.mark.parametrize("kind", list(Kind))
def test_any_input_is_kept_or_refused_and_what_is_kept_stays(kind: Kind) -> None:
    one = field(kind, **({"places": 2} if kind in (Kind.DECIMAL, Kind.MONEY, Kind.PERCENT) else {}))

    @settings(max_examples=150, deadline=None, database=None)
    @given(_NASTY)
    @example("9999-12-31 23:59")
    @example(datetime.max.replace(tzinfo=UTC))
    @example(datetime.min.replace(tzinfo=timezone(timedelta(hours=14))))
    @example(Decimal("-0"))
    @example("1" * 5000)
    def anything(typed: Any) -> None:
        value = parse(one, typed)
        if isinstance(value, Problem):
            assert str(value.message)
            return
        assert clean(one, value) == value
        assert unpack(one, pack(one, value)) == (value if kind is not Kind.BOOLEAN else bool(value))
        if isinstance(value, str):
            assert unicodedata.is_normalized("NFC", value)
            assert "\0" not in value
            value.encode()

    anything()


def test_doubts_are_few() -> None:
    look: Callable[[Kind, Any], Any] = lambda kind, value: doubt(field(kind), value)  # noqa: E731
    assert look(Kind.TEXT, "x") is None
    assert look(Kind.ID_NUMBER, None) is None
