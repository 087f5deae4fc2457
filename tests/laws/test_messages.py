"""Whatever is wrong with a field is told at that field, in words, in both languages."""

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.fields import EMPTY, FILLED, TEXTS, Kind, When
from services.crud import prepare, values, write
from services.crud.references import fits
from services.crud.registry import Field, Table, table
from services.crud.validate import empty
from services.platform.i18n import use_language
from tests.laws.conftest import NAMES, Demo
from tests.laws.specimens import typed

FIELDS = [(name, field.name) for name in NAMES for field in typed(table(name))]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
WRONG: dict[Kind, tuple[Any, ...]] = {
    Kind.INTEGER: ("many", "1.5", "9" * 30, 1.5),
    Kind.DECIMAL: ("much", "9" * 30, "1.23456789", 1.5, "1e400"),
    Kind.MONEY: ("much", "9" * 30, "1.234", 1.5),
    Kind.PERCENT: ("most", "9" * 30, "1.23456789"),
    Kind.DATE: ("2026-02-31", "soon", "0001-01-01", "31/12"),
    Kind.TIME: ("25:00", "early"),
    Kind.MOMENT: ("2026-02-31 10:00", "tomorrow", "2026-01-01 25:61"),
    Kind.DURATION: ("long", "-"),
    Kind.CHOICE: ("no such choice", ";"),
    Kind.CHOICES: ("no such choice", ["no such choice"], 5),
    Kind.BOOLEAN: ("perhaps", "2"),
    Kind.PHONE: ("123", "phone", "1" * 40),
    Kind.ID_NUMBER: ("110101199003077476", "x" * 18, "1"),
    Kind.CREDIT_CODE: ("1" * 18, "x"),
    Kind.BANK_ACCOUNT: ("12", "account"),
    Kind.EMAIL: ("a@b", "nobody", "a b@example.cn"),
    Kind.LINK: ("javascript:alert(1)", "example.cn", "ftp://example.cn"),
    Kind.COLOUR: ("red", "#12345"),
    Kind.POINT: ("here", "1", "200,200", "1,2,3"),
    Kind.FILE: (999_999, "x", 0, -1),
    Kind.IMAGE: (999_999, "x", 0, -1),
    Kind.REFERENCE: (999_999, "x", 0, -1, 2**40, "９"),
    Kind.PARENT: (999_999, "x", 0, -1),
    Kind.REFERENCES: ([999_999], "x", [0]),
}  # fmt: skip
"""Kind → what no field of that kind can hold."""


def wrong(field: Field) -> list[Any]:
    """What this field can't hold."""
    spec = field.spec
    found = list(WRONG.get(field.kind, ()))
    if field.kind in TEXTS and spec.max_length:
        found.append("长" * (spec.max_length + 1))
    if spec.pattern:
        found.append("!?")
    for bound, beyond in ((spec.ge, -1), (spec.le, 1), (spec.gt, 0)):
        limit = bound() if callable(bound) else bound
        if limit is not None:
            found.append(limit + (timedelta(days=beyond) if field.kind in (Kind.DATE, Kind.MOMENT, Kind.DURATION) else beyond))
    return found


def context(session: Session, of: Table, condition: When | None) -> dict[str, Any]:
    """Values with which a condition over a record holds."""
    found: dict[str, Any] = {}
    for name, wanted in (condition.conditions if condition else {}).items():
        field = of.fields[name]
        if wanted is EMPTY:
            found[name] = None
        elif wanted is FILLED:
            found[name] = _something(session, field)
        else:
            value = wanted[0] if isinstance(wanted, tuple) else wanted
            found[name] = [value] if field.kind is Kind.CHOICES else value
        found |= context(session, of, field.spec.shown_if)
    return found


def _something(session: Session, field: Field) -> Any:
    if field.is_reference:
        return session.execute(select(table(field.spec.target).sql.c.id).limit(1)).scalar_one()
    return {Kind.DATE: "2026-01-01", Kind.INTEGER: 1, Kind.MONEY: Decimal(1), Kind.IMAGE: 1, Kind.FILE: 1}.get(field.kind, "x")


def said(session: Session, demo: Demo, of: Table, given: Mapping[str, Any], name: str) -> list[str]:
    """What is said at a field of a new record, in English; in Chinese it is said too."""
    found = write.probe(session, demo.product, of, given).errors.get(name, [])
    for message in found:
        with use_language("zh_CN"):
            assert CHINESE.search(str(message))
        assert not re.search(r"Error|Traceback|None|sqlite|psycopg|Decimal", str(message))
        assert str(message)[-1] in ".?:。」”"
    return [str(message) for message in found]


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_what_is_wrong_is_told_at_the_field(demo: Demo, session: Session, name: str, field: str) -> None:
    of = table(name)
    one = of.fields[field]
    around = context(session, of, one.spec.shown_if)
    if of.flow and of.flow.field in around:
        around.pop(of.flow.field)
    for value in wrong(one):
        assert said(session, demo, of, {**around, field: value}, field), f"{value!r} is not told at {one}"


@pytest.mark.parametrize(("name", "field"), [(name, field) for name, field in FIELDS if table(name).fields[field].required])
def test_what_is_missing_is_told_at_the_field(demo: Demo, session: Session, name: str, field: str) -> None:
    of = table(name)
    around = context(session, of, of.fields[field].spec.shown_if)
    for nothing in (None, "", "   ", "\u3000", "\u200b"):
        told = said(session, demo, of, {**around, field: nothing}, field)
        assert told == ["Please fill this in."], nothing


@pytest.mark.parametrize(("name", "field"), [(name, field) for name, field in FIELDS if table(name).fields[field].spec.required_if])
def test_what_is_missing_in_this_case_is_told_at_the_field(demo: Demo, session: Session, name: str, field: str) -> None:
    of = table(name)
    spec = of.fields[field].spec
    assert spec.required_if
    around = context(session, of, spec.shown_if) | context(session, of, spec.required_if)
    if of.flow and of.flow.field in around:
        return  # a state is reached by a move, which asks for it
    filled = {one.name: prepare.default(of, one) for one in typed(of)} | around
    if spec.required_if.holds(filled, demo.product.roles) and (not spec.shown_if or spec.shown_if.holds(filled)):
        assert "Please fill this in." in said(session, demo, of, {**around, field: None}, field)


@pytest.mark.parametrize(("name", "field"), [(name, field) for name, field in FIELDS if table(name).fields[field].spec.narrow])
def test_what_the_picker_does_not_offer_is_refused(demo: Demo, session: Session, name: str, field: str) -> None:
    of = table(name)
    one = of.fields[field]
    target = table(one.spec.target)
    own = target.sql.c
    rows = values.load(session, target, session.execute(select(own.id).where(own.deleted_at.is_(None))).scalars())
    around = context(session, of, one.spec.shown_if)
    outside = next((id_ for id_, row in rows.items() if not fits(one, row, around)), None)
    if outside is None:
        return
    given = [outside] if one.kind is Kind.REFERENCES else outside
    assert any("does not belong here" in text for text in said(session, demo, of, {**around, field: given}, field))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_at_all_is_told_field_by_field(demo: Demo, session: Session, name: str) -> None:
    of = table(name)
    needed = {one.name for one in typed(of) if one.required and not one.spec.shown_if and empty(prepare.default(of, one, demo.product))}
    assert needed <= write.probe(session, demo.product, of, {}).errors.keys()
