"""Nothing is lost: what is written can be followed to the letter, what is deleted comes back, what two people write is told."""

import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from models.fields import REFERENCES, Kind
from services import charts
from services.crud import access, aggregate, history, pick, query, search, values, write
from services.crud.access import Actor, Forbidden
from services.crud.errors import Blocked, Invalid, Stale
from services.crud.registry import Field, Table, referring, table
from services.crud.view import View
from tests.laws import specimens
from tests.laws.conftest import NAMES, Demo, live
from tests.laws.specimens import typed

CHANGE, SETS = (SQLModel.metadata.tables[name] for name in ("change", "change_set"))
EDITED = [name for name in NAMES if not table(name).screen.append_only]
DELETED = [name for name in EDITED if table(name).screen.deletable]
NUMBERED = [(name, field.name) for name in NAMES for field in table(name).declared if field.spec.number]
NEW = [name for name in NAMES if any("create" in verbs for verbs in table(name).rights.values())]


def restorer(demo: Demo, of: Table) -> Actor:
    """Who takes a record out of the trash: where nobody may, the product."""
    return demo.everybody if access.may(demo.everybody, of, "restore") else demo.product


def content(session: Session, of: Table, id: int) -> dict[str, Any]:
    """The declared fields of a record as they are kept."""
    row = values.load(session, of, [id])[id]
    return {field.name: row[field.name] for field in values.stored(of) if not field.common}


def replayed(session: Session, of: Table, id: int) -> dict[str, Any]:
    """The record as its history tells it, from nothing to now; each step agrees with the one before."""
    rows = session.execute(select(CHANGE.c.version, CHANGE.c.old, CHANGE.c.new, CHANGE.c.verb).where(
        CHANGE.c.table_name == of.name, CHANGE.c.record_id == id).order_by(CHANGE.c.id)).all()  # fmt: skip
    found: dict[str, Any] = {field.name: values.unpack(field, None) for field in values.stored(of) if not field.common}
    found |= {name: False for name in found if of.fields[name].kind is Kind.BOOLEAN}
    for place, row in enumerate(rows):
        assert row.version == place + 1
        for name, packed in row.old.items():
            assert values.unpack(of.fields[name], packed) == found[name]
        for name, packed in row.new.items():
            found[name] = values.unpack(of.fields[name], packed)
    return found


def unexplained(session: Session, begun: datetime) -> list[tuple[str, int]]:
    """The records, of whatever table, that were changed since then without a trace of their version."""
    found = []
    for name in NAMES:
        own = table(name).sql.c
        told = select(CHANGE.c.id).where(CHANGE.c.table_name == name, CHANGE.c.record_id == own.id, CHANGE.c.version == own.version)
        found += [(name, id_) for id_ in session.execute(select(own.id).where(own.updated_at >= begun, ~told.exists())).scalars()]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_history_tells_every_value(demo: Demo, session: Session, name: str) -> None:
    of, who, begun = table(name), demo.everybody, datetime.now(UTC)
    id_ = specimens.make(session, demo, of)
    assert replayed(session, of, id_) == content(session, of, id_)
    verbs = ["create"]
    if name in EDITED:
        specimens.alter(session, demo, of, id_)
        verbs.append("edit")
    if name in DELETED:
        version = values.load(session, of, [id_])[id_]["version"]
        write.delete(session, who, of, id_, version, reason="试一试")
        write.restore(session, restorer(demo, of), of, id_)
        verbs += ["delete", "restore"]
    assert replayed(session, of, id_) == content(session, of, id_)
    assert unexplained(session, begun) == []
    found = session.execute(select(CHANGE.c.verb, SETS.c.account_id, SETS.c.actor, SETS.c.reason, SETS.c.centre_id)
                            .join(SETS, SETS.c.id == CHANGE.c.change_set_id)
                            .where(CHANGE.c.table_name == name, CHANGE.c.record_id == id_).order_by(CHANGE.c.id)).all()  # fmt: skip
    assert [row.verb for row in found if row.verb != "edit"] == [verb for verb in verbs if verb != "edit"]
    by = {"create": who if access.may(who, of, "create") else demo.product, "restore": restorer(demo, of)}
    for row in found:
        assert (row.account_id, row.actor, row.centre_id) == (by.get(row.verb, who).account, by.get(row.verb, who).name, demo.centre)
    assert [row.reason for row in found if row.verb == "delete"] == ["试一试"] * verbs.count("delete")
    if access.may(who, of, "read"):
        told = history.of(session, who, of, id_)
        assert [entry.version for entry in told] == list(range(len(found), 0, -1))
        assert {change.title for entry in told for change in entry.changes} <= {field.title for field in of.fields.values()}


@pytest.mark.parametrize("name", EDITED)
def test_two_who_save_the_same_are_told(demo: Demo, session: Session, name: str) -> None:
    of = table(name)
    id_ = specimens.make(session, demo, of)
    seen = values.load(session, of, [id_])[id_]
    changed = specimens.alter(session, demo, of, id_)
    saved = values.load(session, of, [id_])
    with pytest.raises(Stale) as stale:
        write.update(session, demo.everybody, of, id_, {changed: None}, seen["version"], confirm=True)
    assert changed in {one.field for one in stale.value.conflicts}
    assert values.load(session, of, [id_]) == saved


# The trash


def whereabouts(session: Session, demo: Demo, of: Table, id: int) -> dict[str, Any]:
    """Everything that tells of a record without naming its id."""
    who = demo.everybody
    title = query.titles(session, of, [id])[id]
    row = values.load(session, of, [id])[id]
    return {
        "list": id in query.matching(session, who, of, View(sort="-id"), 50),
        "count": query.count(session, who, of, View()).value,
        "record": query.exists(session, who, of, id),
        "search": any(hit.id == id for hit in search.find(session, who, title) if hit.table is of),
        "search of the list": id in query.matching(session, who, of, View(search=title, sort="-id"), 50),
        "picker": any(one.id == id for one in pick.pick(session, who, of, title).options),
        "facets": [(f.name, facet.value, facet.count) for f in of.filter_fields for facet in aggregate.facets(session, who, of, View(), f)],
        "sums": aggregate.sums(session, who, of, View()),
        "charts": [charts.data(session, who, of, chart).count for chart in of.charts],
        "backlinks": [
            (field.name, [link.count.value for link in query.backlinks(session, who, table(field.spec.target), row[field.name])])
            for field in of.declared if field.kind in REFERENCES and row[field.name] is not None
        ],
    }  # fmt: skip


@pytest.mark.parametrize("name", DELETED)
def test_what_is_deleted_is_gone_everywhere_and_comes_back(demo: Demo, session: Session, name: str) -> None:
    of, who = table(name), demo.everybody
    id_ = specimens.make(session, demo, of)
    before = whereabouts(session, demo, of, id_)
    assert before["list"]
    assert before["record"]
    kept = content(session, of, id_)
    write.delete(session, who, of, id_, values.load(session, of, [id_])[id_]["version"])
    gone = whereabouts(session, demo, of, id_)
    assert not any(gone[way] for way in ("list", "record", "search", "search of the list", "picker"))
    assert gone["count"] == before["count"] - 1
    for way in ("facets", "backlinks"):
        assert len(gone[way]) <= len(before[way])
        assert gone[way] != before[way] or not before[way]
    assert all(after <= then for after, then in zip(gone["charts"], before["charts"], strict=True))
    again = restorer(demo, of)
    assert query.page(session, again, of, View(trash=True, sort="-id")).rows[0]["id"] == id_
    assert query.record(session, again, of, id_, trash=True)["id"] == id_
    write.restore(session, again, of, id_)
    assert whereabouts(session, demo, of, id_) == before
    assert content(session, of, id_) == kept


@pytest.mark.parametrize("name", NAMES)
def test_what_others_refer_to_stays(demo: Demo, session: Session, name: str) -> None:
    """Whoever deletes what live records refer to is told by which; nothing happens."""
    of = table(name)
    children = {(child.table, child.via) for child in of.children}
    for field in referring(name):
        if field.table not in NAMES or field.spec.on_delete != "restrict" or (field.table, field.name) in children or field.spec.computed:
            continue
        column = field.link.c.target_id if field.kind is Kind.REFERENCES else field.sql.c[field.name]
        found = select(column).where(column.is_not(None))
        if field.kind is not Kind.REFERENCES:
            found = found.where(field.sql.c.deleted_at.is_(None))
        referred = session.execute(found.limit(1)).scalar()
        if referred is None:
            continue
        before = values.load(session, of, [referred])
        with pytest.raises((Blocked, Forbidden, Invalid)) as refused:
            write.delete(session, demo.product, of, referred, None)
        if isinstance(refused.value, Blocked):
            assert any(one.count for one in refused.value.by)
        assert values.load(session, of, [referred]) == before


@pytest.mark.parametrize("name", sorted({n for n in NAMES for f in table(n).declared if f.kind is Kind.PARENT}))
def test_no_tree_becomes_a_loop(demo: Demo, session: Session, name: str) -> None:
    of = table(name)
    above = next(field.name for field in of.declared if field.kind is Kind.PARENT)
    top = specimens.make(session, demo, of, **{above: None})
    below = specimens.make(session, demo, of, **{above: top})
    lowest = specimens.make(session, demo, of, **{above: below})
    for wrong in (top, below, lowest):
        assert write.probe(session, demo.product, of, {above: wrong}, id=top).errors[above]


# Numbers


@pytest.mark.parametrize(("name", "field"), NUMBERED)
def test_numbers_have_no_gap_and_come_once(demo: Demo, session: Session, name: str, field: str) -> None:
    of = table(name)

    def number(id: int) -> int:
        found = values.load(session, of, [id])[id][field]
        return int("".join(sign for sign in found if sign.isdigit())[-3:])

    first = specimens.make(session, demo, of)
    undone = session.begin_nested()
    specimens.make(session, demo, of)
    undone.rollback()
    second = specimens.make(session, demo, of)
    assert number(second) == number(first) + 1
    if name in DELETED:
        write.delete(session, demo.everybody, of, second, values.load(session, of, [second])[second]["version"])
        assert number(specimens.make(session, demo, of)) == number(first) + 2
    found = write.probe(session, demo.everybody, of, {field: "ZZ20990001"})
    assert found.errors.get(field), "nobody gives a number"


# Text as it was typed

NAUGHTY = (
    "<script>alert(1)</script>",
    "'; DROP TABLE asset; --",
    "👩‍👧‍👦 与 🇨🇳",
    "𠮷野家 㐂",
    "\u200fالاسم\u200f",
    "e\u0301 한\u1100\u1161",
    "%s {0} {name} ${x} %(x)s",
    "=1+1|cmd",
    "NULL",
    "\\' \\n \\u0041 \\",
    "ﬁ Ⅷ ㎡ ①",
    "**粗** [链](javascript:alert(1)) :red[x]",
)


def free(of: Table) -> list[Field]:
    """The fields that take any text."""
    return [field for field in typed(of) if field.kind in (Kind.TEXT, Kind.LONG_TEXT) and not field.spec.pattern]


@pytest.mark.parametrize("name", [name for name in NEW if free(table(name))])
def test_text_comes_back_as_it_was_typed(demo: Demo, session: Session, name: str) -> None:
    of, who = table(name), demo.everybody
    for place, text in enumerate(NAUGHTY):
        given = {field.name: text for field in free(of) if (field.spec.max_length or 255) >= len(text) + 2}
        given = {one: f"{text}{place}" if of.fields[one].spec.unique else text for one in given}
        id_ = specimens.make(session, demo, of, **given)
        kept = content(session, of, id_)
        seen = query.record(session, who, of, id_)
        listed = next(row for row in query.page(session, who, of, View(sort="-id", columns=tuple(given) or None)).rows if row["id"] == id_)
        for field, typed_ in given.items():
            wanted = unicodedata.normalize("NFC", typed_)
            if kept[field] is None and of.fields[field].spec.shown_if:
                continue  # the record has no place for it
            assert kept[field] == wanted
            if access.sees(who, of.fields[field]):
                assert seen[field] == listed[field] == wanted
        assert replayed(session, of, id_) == kept


# Records one after the other


@pytest.mark.parametrize("name", NAMES)
def test_the_key_of_another_list_is_refused(demo: Demo, session: Session, name: str) -> None:
    of, who = table(name), demo.everybody
    if len(live(session, of, demo.centre, 30)) < 25:
        return
    last = query.page(session, who, of, View(size=20)).last
    others = (View(size=20, sort="-id", after=last), View(size=20, search="a", after=last), View(size=20, trash=True, after=last))
    for view in others:
        if (view.sort, view.search, view.trash) == (of.default_sort, "", False):
            continue
        assert query.page(session, who, of, view).refused
    for key in ("x", last[:-3], last + "A", "====", "9" * 3000):
        assert query.page(session, who, of, View(size=20, after=key)).refused or key == last
