"""Search: the same on both databases and as reading every record would find; kept with the records; pickers."""

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text as sql

from models.fields import EMPTY, FILLED
from models.system import Recent
from services.crud import pick, query, search, searchtext, sortkey
from services.crud.registry import table, tables
from services.crud.view import LAST, View
from services.platform import db
from tests.conftest import Database
from tests.crud import sample
from tests.crud.conftest import CENTRE, OTHER, actor

BOOK, SHELF, READER = table("sample_book"), table("sample_shelf"), table("sample_reader")
FACILITY, DIRECTOR = actor("facility"), actor("director")

SIGNS = "陈养老服务中心明aAbz0128７８ -_%'\"，。/楼号\u3000ｅéß\U00020bb7\U0001f600\u202e"
TEXTS = st.text(st.sampled_from(SIGNS) | st.sampled_from("0123456789"), max_size=24)


# What a word finds, told a second time and in another way: as a sequence of Chinese characters and of words.


def pieces(text: str) -> list[str]:
    """Chinese characters, words, and a blank where other signs stand between what would otherwise touch."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    found: list[str] = []
    touching = False
    for sign in plain:
        if not sign.isalnum():
            touching = False
            continue
        if sign >= "\u2e80":
            if found and not touching:
                found.append(" ")
            found.append(sign)
        elif touching and found and found[-1] < "\u2e80":
            found[-1] += sign
        else:
            found.append(sign)
        touching = True
    return found


def stands(word: list[str], text: list[str]) -> bool:
    """Whether the word's pieces follow one another in the text; the last word may be a beginning, a number of four digits a part."""

    def same(place: int, start: int) -> bool:
        wanted, there = word[place], text[start + place]
        first, last = place == 0, place == len(word) - 1
        number = first and len(wanted) >= 4 and wanted.isascii() and wanted.isdigit()
        if wanted >= "\u2e80" or wanted == " ":
            return wanted == there
        if last:
            return there.startswith(wanted) or (number and wanted in there)
        return there == wanted or (number and there.endswith(wanted))

    return any(all(same(place, start) for place in range(len(word))) for start in range(len(text) - len(word) + 1))


def finds(asked: str, texts: list[str]) -> bool:
    words = [word for part in asked.split() if (word := pieces(part))]
    return bool(words) and all(any(stands(word, pieces(text)) for text in texts) for word in words)


@pytest.fixture(scope="module")
def library(shared_library: Database) -> Database:
    return shared_library


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6),
    asked=st.lists(TEXTS, min_size=1, max_size=4),
    cuts=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 24), st.integers(1, 24)), max_size=4),
)
@example(texts=[("服务中心", "ZC20260807")], asked=["服务中", "中服", "0807", "zc2026", "260", "2608", "心 zc"], cuts=[])
@example(texts=[("养老服务", "务中心"), ("服务中心", "")], asked=["服务中", "务中"], cuts=[])
@example(texts=[("3号楼", "楼3"), ("3 号楼", "13号")], asked=["3号楼", "楼3", "3号", "3 号", "13"], cuts=[])
@example(texts=[("1234567890" * 8, "")], asked=["456789012345678901234567890", "9999", "7890"], cuts=[])
def test_lists_find_what_reading_every_record_would_find(
    library: Database, texts: list[tuple[str, str]], asked: list[str], cuts: list[tuple[int, int, int]]
) -> None:
    for which, start, length in cuts:  # parts of what is there, so that something is found
        asked = [*asked, texts[which % len(texts)][which % 2][start : start + length]]
    with db.writing() as session:
        rows = [{"title": "t", "isbn": isbn[:20] or None, "blurb": blurb} for blurb, isbn in texts]
        ids = sample.put(session, "sample_book", rows)
        try:
            for one in asked:
                wanted = {id_ for id_, row in zip(ids, rows, strict=True) if finds(one, ["t", row["blurb"] or "", row["isbn"] or ""])}
                if not one.strip():
                    wanted = set(ids)
                for size in (search.RARE, 0):
                    with pytest.MonkeyPatch.context() as patch:
                        patch.setattr(search, "RARE", size)  # 0: every word counts as frequent, and is tested record by record
                        found = query.matching(session, FACILITY, BOOK, View(search=one), 100)
                        assert set(found) == wanted, (one, size)
                        assert query.count(session, FACILITY, BOOK, View(search=one)).value == len(wanted)
                        for sort in ("id", "-pages"):
                            assert set(query.matching(session, FACILITY, BOOK, View(search=one, sort=sort), 100)) == wanted
        finally:
            session.rollback()


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=60), other=st.text(max_size=20), start=st.integers(0, 50), length=st.integers(1, 30))
def test_the_index_knows_every_record_that_meets_a_query(text: str, other: str, start: int, length: int) -> None:
    body = f" {searchtext.normal(text)}\n {searchtext.normal(other)}"
    kept = searchtext.tokens(body)
    assert all(token and " " not in token and "'" not in token and "\\" not in token for token in kept)
    for asked in (text[start : start + length], other, text):
        wanted = searchtext.parse(asked)
        known = set(wanted.tokens()) <= set(kept)
        assert known or not wanted.meets(body)
        if wanted.exact and wanted.words:
            assert known == wanted.meets(body)


ODD = [
    *(
        "%",
        "_",
        '"',
        "'",
        "\\",
        "*",
        "。，",
        "--",
        "((",
        "\U0001f600",
        "\u200b",
        "AND",
        "OR NOT",
        '"a" OR "b"',
        "NEAR(a b)",
        "rowid:1",
        "^a",
        "a*",
    ),
    *("'':*", "& | !", "x" * 10_000, "陈" * 10_000, "1" * 10_000, "陈 " * 5_000, "\ue000陈", "\ue0031234"),
]


@pytest.mark.parametrize("asked", ODD, ids=range(len(ODD)))
def test_odd_searches_end_well(library: Database, asked: str) -> None:
    with db.reading() as session:
        for view in (View(search=asked), View(search=asked, trash=True), View(search=asked, before=LAST), View(search=asked, sort="shelf")):
            page = query.page(session, FACILITY, BOOK, view)
            assert page.rows == []
            assert query.count(session, FACILITY, BOOK, view).value == 0
        assert search.find(session, FACILITY, asked) == []
        assert pick.pick(session, FACILITY, SHELF, asked).options == []


def test_blank_is_no_search(library: Database) -> None:
    with db.writing() as session:
        ids = sample.put(session, "sample_shelf", [{"mark": "A-01", "name": "x"}])
        assert query.matching(session, FACILITY, SHELF, View(search=" \u3000\t"), 9) == ids
        assert search.find(session, FACILITY, "  ") == []
        session.rollback()


PEOPLE = [
    {"card": "13800000807", "name": "陈明", "home": "秘密路1号", "mobile": "13900001111", "mail": "养老@example.cn"},
    {"card": "13800001234", "name": "陈养老", "mail": "x0807@example.cn"},
    {"card": "L3", "name": "张三丰"},
    {"card": "L4", "name": "重庆人"},
    {"card": "L5", "name": "Ａｎｎａ ＭÜLLER"},
]


@pytest.fixture
def people(library: Database) -> Iterator[list[int]]:
    with db.writing() as session:
        shelves = sample.put(session, "sample_shelf", [{"mark": "A-07", "name": "养老书架"}, {"mark": "B-01", "name": "0807 架"}])
        readers = sample.put(session, "sample_reader", PEOPLE)
        books = sample.put(session, "sample_book", [
            {"title": "养老指南", "shelf": shelves[1], "blurb": "陈先生推荐"},
            {"title": "陈氏养老 0807", "shelf": shelves[0]},
            {"title": "手册", "shelf": shelves[0], "isbn": "978-0807"},
        ])  # fmt: skip
        sample.put(session, "sample_reader", [{"card": "F1", "name": "陈外人"}], centre=OTHER)
    yield [*shelves, *readers, *books]
    with db.writing() as session:
        for name in ("sample_book", "sample_reader", "sample_shelf"):
            session.execute(table(name).sql.delete())
        session.execute(sql("DELETE FROM search_entry"))
        if db.is_sqlite(session):
            session.execute(sql("DELETE FROM search_index"))


def titles_of(hits: list[search.Hit]) -> list[str]:
    return [hit.title for hit in hits]


def test_search_over_all_tables(people: list[int]) -> None:
    who = actor("director", "facility")
    with db.reading() as session:
        hits = search.find(session, who, "陈 养老 0807")
        assert titles_of(hits) == ["陈氏养老 0807", "养老指南"], (
            "words stand in title, second line and text; all of them in the title first"
        )
        assert hits[0].highlight == ((0, 1), (2, 4), (5, 9))
        assert hits[1].second == ""
        assert {hit.title for hit in search.find(session, who, "养老")} == {"养老书架", "陈养老", "陈氏养老 0807", "养老指南", "手册"}
        assert titles_of(search.find(session, who, "养老"))[-1] == "手册", "its shelf alone is called so"
        assert {hit.title for hit in search.find(session, who, "0807")} == {"0807 架", "陈氏养老 0807", "养老指南", "手册", "陈明"}
        assert {(hit.table.name, hit.title) for hit in search.find(session, who, "陈")} >= {
            ("sample_reader", "陈明"),
            ("sample_book", "养老指南"),
        }
        assert len(search.find(session, who, "陈", limit=1)) == 1


def test_search_keeps_to_rights(people: list[int]) -> None:
    with db.reading() as session:
        assert {hit.table.name for hit in search.find(session, FACILITY, "陈")} == {"sample_book"}
        assert {hit.table.name for hit in search.find(session, actor("head", departments=(1,)), "陈")} <= {"sample_shelf"}
        assert {hit.table.name for hit in search.find(session, DIRECTOR, "陈")} == {"sample_reader"}
        assert "陈外人" not in titles_of(search.find(session, DIRECTOR, "陈"))
        assert "陈外人" in titles_of(search.find(session, actor("auditor"), "陈")), "who reads all centres finds in all"
        assert search.find(session, actor(), "陈") == []


def test_what_is_sensitive_is_found_by_nobody(people: list[int]) -> None:
    with db.reading() as session:
        for asked in ("秘密", "13900001111", "139", "1111"):
            assert search.find(session, DIRECTOR, asked) == []
            assert query.count(session, DIRECTOR, READER, View(search=asked)).value == 0
            assert pick.pick(session, DIRECTOR, READER, asked).options == []
        bodies = session.execute(sql("SELECT body FROM search_entry")).scalars().all()
    assert not any("秘密" in body or "1390000" in body for body in bodies)


FOUND = {
    "张三丰": ("zhangsan", "zhangsanfeng", "zsf", "zs", "sanfeng", "ZHANGSAN", "三丰", "丰", "l3"),
    "重庆人": ("chongqing", "cqr"),
    "Ａｎｎａ ＭÜLLER": ("anna", "müller", "ＡＮＮＡ"),
    "陈明": ("0807", "00000807", "138000008", "chenming"),
}


@pytest.mark.parametrize(("asked", "name"), [(asked, name) for name, several in FOUND.items() for asked in several])
def test_names_by_pinyin_initials_and_tails(people: list[int], asked: str, name: str) -> None:
    with db.reading() as session:
        found = {row["name"] for row in query.page(session, DIRECTOR, READER, View(search=asked)).rows}
        assert name in found
        assert name in {option.text for option in pick.pick(session, DIRECTOR, READER, asked).options}
        assert name in titles_of(search.find(session, DIRECTOR, asked))


def test_the_index_follows_the_record(people: list[int]) -> None:
    reader = {**PEOPLE[2], "id": people[4], "centre_id": CENTRE}
    with db.writing() as session:

        def found(asked: str, *, trash: bool = False) -> list[int]:
            return query.matching(session, DIRECTOR, READER, View(search=asked, trash=trash), 9)

        assert found("张三丰") == [people[4]]
        session.execute(READER.sql.update().where(READER.sql.c.id == people[4]).values(name="李四", name__sort="x"))
        search.index(session, READER, people[4], {**reader, "name": "李四"})
        assert found("张三丰") == []
        assert found("zsf") == []
        assert found("李四") == found("ls") == [people[4]]
        search.index(session, READER, people[4], {**reader, "name": "李四"})
        assert found("李四") == [people[4]]

        session.execute(READER.sql.update().where(READER.sql.c.id == people[4]).values(deleted_at=datetime.now(UTC)))
        search.remove(session, READER, people[4])
        assert found("李四") == []
        assert found("李四", trash=True) == [people[4]]
        assert "李四" not in titles_of(search.find(session, DIRECTOR, "李四"))

        session.execute(READER.sql.update().where(READER.sql.c.id == people[4]).values(deleted_at=None))
        search.index(session, READER, people[4], {**reader, "name": "李四"})
        assert found("李四") == [people[4]]
        assert found("李四", trash=True) == []
        session.rollback()


def test_a_new_title_reaches_what_refers_to_it(people: list[int]) -> None:
    with db.writing() as session:
        assert len(query.matching(session, FACILITY, BOOK, View(search="养老书架"), 9)) == 2
        session.execute(SHELF.sql.update().where(SHELF.sql.c.id == people[0]).values(name="新架子", name__sort="x"))
        search.index(session, SHELF, people[0], {"mark": "A-07", "name": "新架子", "centre_id": CENTRE})
        assert query.matching(session, FACILITY, BOOK, View(search="养老书架"), 9) == []
        assert len(query.matching(session, FACILITY, BOOK, View(search="新架子"), 9)) == 2
        assert len(query.matching(session, FACILITY, BOOK, View(search="新架子 手册"), 9)) == 1
        session.rollback()


def test_the_index_can_be_made_anew(people: list[int]) -> None:
    with db.writing() as session:
        before = session.execute(sql("SELECT id, body, live FROM search_entry ORDER BY id")).all()
        assert search.rebuild(session, OTHER) < search.rebuild(session)
        after = {row.id: row.body for row in session.execute(sql("SELECT id, body FROM search_entry"))}
        assert all(after[row.id] == row.body for row in before)
        session.execute(sql("DELETE FROM search_entry"))
        if db.is_sqlite(session):
            session.execute(sql("DELETE FROM search_index"))
        assert search.find(session, DIRECTOR, "陈") == []
        search.rebuild(session, CENTRE)
        assert {hit.title for hit in search.find(session, DIRECTOR, "陈")} == {"陈明", "陈养老"}
        session.rollback()


def test_entries_of_no_two_tables_meet() -> None:
    bases = [search.base_of(one) for one in tables().values()]
    assert len(set(bases)) == len(bases)
    assert all(0 <= base < 2**63 - 2**32 and base % 2**32 == 0 for base in bases)


def test_pages_of_a_search_both_ways(library: Database) -> None:
    with db.writing() as session:
        ids = sample.put(session, "sample_book", [{"title": f"共同的词 {n}", "pages": n % 7 + 1} for n in range(53)])
        for limit in (search.RARE, 10):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(search, "RARE", limit)
                for sort, wanted in (("", ids[::-1]), ("id", ids), ("-id", ids[::-1])):
                    for backwards in (False, True):
                        assert _walk(session, View(search="共同的词", sort=sort, size=20), backwards=backwards) == wanted
                by_pages = sorted(ids, key=lambda id_: ((id_ - ids[0]) % 7, id_))
                assert _walk(session, View(search="共同", sort="pages", size=20), backwards=False) == by_pages
                assert query.neighbours(session, FACILITY, BOOK, View(search="共同"), ids[5]) == (ids[6], ids[4])
        session.rollback()


def _walk(session: Any, view: View, *, backwards: bool) -> list[int]:
    found: list[int] = []
    view = view.but(before=LAST) if backwards else view
    while True:
        page = query.page(session, FACILITY, BOOK, view)
        assert page.refused is None
        ids = [row["id"] for row in page.rows]
        found = ids + found if backwards else found + ids
        if not (page.has_previous if backwards else page.has_next):
            return found
        view = view.but(after="", before=page.first) if backwards else view.but(after=page.last, before="")


# Pickers


def texts(picked: pick.Picked) -> list[str]:
    return [option.text for option in picked.options]


def test_a_picker_finds_codes_titles_and_whatever_is_searched(people: list[int]) -> None:
    with db.reading() as session:
        assert texts(pick.pick(session, FACILITY, SHELF, "a-0"))[0] == "养老书架"
        assert texts(pick.pick(session, FACILITY, SHELF, "A-07")) == ["养老书架"]
        found = pick.pick(session, FACILITY, BOOK, "养老")
        assert texts(found) == ["养老指南", "陈氏养老 0807", "手册"], "what begins so, what has it in the title, what has it elsewhere"
        assert pick.pick(session, FACILITY, SHELF, "养老").options[0].second == "A-07"
        assert not found.more
        assert pick.pick(session, actor("facility"), READER, "陈").options == []
        assert texts(pick.pick(session, DIRECTOR, READER, "陈 养老")) == ["陈养老"]


def test_a_picker_offers_first_what_was_used_lately(people: list[int]) -> None:
    with db.writing() as session:
        sample.put(session, "account", [{"id": 70, "username": "u", "name": "U", "roles": ["facility"]}])
        who = actor("facility", account=70)
        plain = texts(pick.pick(session, who, SHELF, ""))
        assert plain == ["0807 架", "养老书架"]
        recent: Any = Recent.__table__  # type: ignore[attr-defined]
        for id_, minute in ((people[0], 5), (999_999, 9)):
            session.execute(recent.insert().values(account_id=70, table_name="sample_shelf", record_id=id_, centre_id=CENTRE,
                                                   at=datetime(2026, 1, 1, 0, minute, tzinfo=UTC)))  # fmt: skip
        assert texts(pick.pick(session, who, SHELF, " ")) == ["养老书架", "0807 架"]
        assert texts(pick.pick(session, actor("facility", account=71), SHELF, "")) == plain
        session.rollback()


def test_a_picker_keeps_to_what_it_is_narrowed_to(people: list[int]) -> None:
    shelf, other = people[:2]
    with db.reading() as session:

        def offered(term: str = "", **narrow: Any) -> set[str]:
            return set(texts(pick.pick(session, FACILITY, BOOK, term, narrow)))

        assert offered(shelf=shelf) == {"陈氏养老 0807", "手册"}
        assert offered("养老", shelf=other) == {"养老指南"}
        assert offered("手册", shelf=other) == set()
        assert offered(shelf=[shelf, other], state="draft") == {"养老指南", "陈氏养老 0807", "手册"}
        assert offered(shelf=None) == {"养老指南", "陈氏养老 0807", "手册"}
        assert offered(isbn=FILLED) == {"手册"}
        assert offered(isbn=EMPTY) == {"养老指南", "陈氏养老 0807"}
        assert offered(marks="rare") == offered(also_on=shelf) == offered(shelf=[]) == set()
        assert offered(also_on=EMPTY) == {"养老指南", "陈氏养老 0807", "手册"}


def test_a_picker_never_gives_more_than_its_limit(library: Database) -> None:
    with db.writing() as session:
        ids = sample.put(session, "sample_shelf", [{"mark": f"Z-{n:02}", "name": f"架子{n}", "shut": n % 2 == 0} for n in range(60)])
        for term in ("", "架子", "Z-", "jiazi", "架"):
            found = pick.pick(session, FACILITY, SHELF, term, {}, 1_000)
            assert len(found.options) == 20
            assert found.more
            assert len({option.id for option in found.options}) == 20
        assert len(pick.pick(session, FACILITY, SHELF, "架子", {}, 3).options) == 3
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pick, "_WINDOW", 5)
            assert texts(pick.pick(session, FACILITY, SHELF, "架子", {"shut": True, "mark": "Z-00"})) == ["架子0"], (
                "also behind what is looked at first"
            )
        assert [option.id for option in pick.chosen(session, FACILITY, SHELF, [ids[3], ids[1], 999_999])] == [ids[3], ids[1], 999_999]
        assert pick.chosen(session, FACILITY, SHELF, [999_999])[0].text == "—"
        session.rollback()


# Pinyin


@pytest.mark.parametrize(
    "order",
    [
        ["张", "张三", "张三丰", "赵四"],
        ["安", "北京", "重庆", "上海", "中国"],
        ["2号楼", "10号楼", "100号楼", "阿"],
        ["", "1", "2", "10", "a", "A1", "a2", "a10", "b"],
        ["阿姨", "Apple", "zebra", "张"],
        ["A-2", "A-10", "B-1"],
        ["长江", "行长", "银行"],
    ],
    ids=str,
)
def test_the_order_of_chinese_readers(order: list[str]) -> None:
    mixed = order[::-1]
    assert sorted(mixed, key=sortkey.sort_key) == order


@given(text=st.text(max_size=400), other=st.text(max_size=400))
def test_sort_keys_are_short_and_tell_texts_apart(text: str, other: str) -> None:
    key = sortkey.sort_key(text)
    assert "\0" not in key or "\0" in text
    assert len(key) <= sortkey.LONGEST + 1 + sortkey.LONGEST // 4
    if text[:20] == text and other[:20] == other and key == sortkey.sort_key(other):
        plain = [" ".join(unicodedata.normalize("NFKC", one).casefold().split()) for one in (text, other)]
        assert plain[0] == plain[1]


def test_no_text_has_no_key() -> None:
    assert sortkey.sort_key(None) is None
    assert sortkey.sort_key("中") != sortkey.sort_key("重")
