"""Forms: what is typed is what is kept, whatever it is; what is wrong is said beside it; nothing typed is lost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.fields import today
from models.types import Place
from services.platform import db
from services.platform.i18n import LOCAL
from tests.conftest import Database, fresh
from tests.crud import sample
from tests.crud.conftest import prepare
from tests.crud.desk import BOOK, COPY, READER, SHELF
from tests.screens.forms import Person, Sit, children, every_statement, kept

FAMILY = "🪑👨‍👩‍👧‍👦 椅子"
HEBREW = "שלום עולם (abc) 123"
SCRIPT = '<script>alert(1)</script> [x](javascript:y) :red[z] $a$ **b** `c` {n} %s "q" &amp;'
LONG = "长" * 10_000


@pytest.fixture(scope="module")
def house(_templates: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A library with three shelves; every test has people of its own."""
    with fresh("sqlite", _templates, tmp_path_factory.mktemp("form"), "") as made:
        prepare(made)
        with db.writing() as session:
            sample.put(session, "sample_shelf", [{"mark": f"A-{n:02}", "name": f"架{n}"} for n in (1, 2, 3)])
            sample.put(session, "sample_shelf", [{"mark": "S-01", "name": "shut", "shut": True}])
        yield made


def new_book(person: Person, **typed: Any) -> Person:
    """A new book with one copy, not saved yet."""
    person.open("sample_book", new=1).lines("sample_copy", added=[{"label": "1", "cost": "0"}])
    return person.type(**{"title": f"Book {person.who.name}", **typed})


# What is typed is what is kept, and what is read again

# field → what is typed, what is kept, what is read on the record page
TYPED: list[tuple[str, str, dict[str, tuple[Any, Any, list[str]]]]] = [
    ("facility", "sample_book", {
        "title": ("《平凡的世界》", "《平凡的世界》", ["《平凡的世界》"]),
        "isbn": ("９７８－７", "978-7", ["978-7"]),
        "edition": (" 3 ", 3, ["3"]),
        "genre": ("law", "law", ["Law"]),
        "marks": (["rare", "audio"], ["audio", "rare"], ["With sound", "Rare"]),
        "shelf": (2, 2, ["架2"]),
        "also_on": ([1, 3], [1, 3], ["架1", "架3"]),
        "pages": ("１２，３４５", 12345, ["12,345"]),
        "price": ("¥1,234.5", Decimal("1234.50"), ["¥1,234.50"]),
        "discount": ("12.5%", Decimal("12.50"), ["12.5%"]),
        "weight": ("0.125 kg", Decimal("0.125"), ["0.125 kg"]),
        "bought_on": (date(2024, 2, 29), date(2024, 2, 29), ["2024-02-29"]),
        "opens_at": (time(9, 30), time(9, 30), ["09:30"]),
        "lasts": ("1:30:15", timedelta(hours=1, minutes=30, seconds=15), ["1 hour 30 minutes"]),
        "missing": (True, True, ["Yes"]),
        "page": ("https://example.org/a?b=1&c=2", "https://example.org/a?b=1&c=2", ["https://example.org/a?b=1&c=2"]),
        "cover_colour": ("1F7", "#11ff77", ["#11ff77"]),
        "found_at": ("101.7781, 36.6171", Place(Decimal("101.778100"), Decimal("36.617100")), ["101.7781, 36.6171"]),
    }),
    ("facility", "sample_book", {
        "title": (FAMILY, FAMILY, [FAMILY]),
        "isbn": (None, None, ["—"]),
        "price": ("999999999999999.99", Decimal("999999999999999.99"), ["¥999,999,999,999,999.99"]),
        "weight": (".001", Decimal("0.001"), ["0.001 kg"]),
        "lasts": ("2天", timedelta(days=2), ["2 days"]),
        "genre": ("poetry", "poetry", ["Poetry"]),
        "marks": ([], [], ["—"]),
        "isbn_note": (SCRIPT[:80], SCRIPT[:80], [SCRIPT[:80]]),
    }),
    ("facility", "sample_book", {
        "title": (HEBREW, HEBREW, [HEBREW]),
        "isbn": (SCRIPT[:20], SCRIPT[:20], [SCRIPT[:20]]),
        "edition": ("２", 2, ["2"]),
    }),
    ("facility", "sample_book", {"title": (SCRIPT, SCRIPT, [SCRIPT])}),
    ("facility", "sample_book", {"title": ("  blanks at the ends\u3000", "blanks at the ends", ["blanks at the ends"])}),
    ("facility", "sample_book", {"title": ("Cafe\u0301 \u202egnp.exe", "Café gnp.exe", ["Café gnp.exe"])}),
    ("facility", "sample_shelf", {
        "mark": ("Ｑ-０１", "Q-01", ["Q-01"]),
        "name": (FAMILY, FAMILY, [FAMILY]),
        "at": ("25 75.5", Place(Decimal("25.00"), Decimal("75.50")), ["25, 75.5"]),
        "length": ("3.5", Decimal("3.50"), ["3.50 m"]),
        "above": (1, 1, ["架1"]),
        "paint": ("#AbC123", "#abc123", ["#abc123"]),
        "shut": (True, True, ["Yes"]),
    }),
    ("director", "sample_reader", {
        "card": ("卡-1", "卡-1", ["卡-1"]),
        "name": ("阿依古丽·买买提", "阿依古丽·买买提", ["阿依古丽·买买提"]),
        "born_on": (date(1931, 1, 1), date(1931, 1, 1), ["1931-01-01"]),
        "id_no": ("110101199003077758", "110101199003077758", ["110101199003077758"]),
        "mobile": ("138 1234 5678", "13812345678", ["13812345678"]),
        "account": ("6222 0212 3456 7894", "6222021234567894", ["************7894"]),
        "home": ("东湖路 1号楼 2 单元 301", "东湖路 1号楼 2 单元 301", ["东湖路 1号楼***"]),
        "mail": ("wang@EXAMPLE.cn", "wang@example.cn", ["wang@example.cn"]),
        "company": ("91350100m000100y43", "91350100M000100Y43", ["91350100M000100Y43"]),
        "team": (3, 3, ["架3"]),
    }),
]  # fmt: skip


@pytest.mark.parametrize(("role", "name", "fields"), TYPED, ids=[f"{one[1]}-{n}" for n, one in enumerate(TYPED)])
def test_what_is_typed_is_kept_and_read_again(sit: Sit, role: str, name: str, fields: dict[str, tuple[Any, Any, list[str]]]) -> None:
    person = sit(role)
    typed = {field: given for field, (given, _kept, _read) in fields.items()}
    if name == "sample_book":
        new_book(person, **typed)
    else:
        person.open(name, new=1).type(**typed)
    person.save()
    if "new" in person.address:  # a doubt is confirmed
        assert "Save all the same" in person.said
        person.save()
    id_ = person.id
    row, facts = kept(person.table, id_), person.facts
    for field, (_typed, value, read) in fields.items():
        assert row[field] == value, field
        assert facts[person.table.fields[field].title] == read
    # Opening it again and saving it changes nothing.
    person.go(id=id_, edit=1).save()
    assert kept(person.table, id_) == row


# What can't be kept is said beside the field, and stays as it was typed

WRONG: list[tuple[str, Any, str]] = [
    ("title", "", "Please fill this in."),
    ("title", LONG, "At most 120 characters: this has 10000."),
    ("title", "a\0b", "can't be kept (NUL)"),
    ("isbn", "\x07", "invisible control character"),
    ("blurb", "长" * 20_001, "At most 20000 characters"),
    ("pages", "zehn", "This is not a number."),
    ("pages", "1.5", "This has to be a whole number."),
    ("pages", "-1", "This must be 0 or more."),
    ("pages", "9" * 30, "This number is too large."),
    ("price", "1.005", "At most 2 digits after the point."),
    ("price", "1e3", "This is not a number."),
    ("price", "9" * 400, "This is not a number."),
    ("weight", "0", "This must be more than 0."),
    ("discount", "101", "This must be 100 or less."),
    ("bought_on", date(2199, 1, 1), "This must not be after"),
    ("lasts", "soon", "This is not a length of time."),
    ("page", "javascript:alert(1)", "A web address begins with https:// or http://"),
    ("page", "https://user:secret@example.org", "must not hold a name or a password"),
    ("cover_colour", "red", "A colour is written as #"),
    ("found_at", "200, 0", "longitude and latitude"),
    ("shelf", 4, "This does not belong here."),
    ("shelf", 999_999, "Please choose"),
]


@pytest.mark.parametrize(("field", "typed", "said"), WRONG, ids=[f"{one[0]}-{n}" for n, one in enumerate(WRONG)])
def test_what_is_wrong_is_said_beside_the_field_and_stays_as_it_was_typed(keeper: Person, field: str, typed: Any, said: str) -> None:
    new_book(keeper, **{field: typed}).save()
    assert keeper.address == {"new": "1"}
    assert said in keeper.said
    assert f"Not saved yet. Please look at: {BOOK.fields[field].title}" in keeper.said
    assert keeper.form.typed[field] == typed
    # Somebody else who opens the form sees nothing of it; who typed it goes on from it.
    keeper.open("sample_book", new=1)
    assert keeper.form.typed[field] == typed
    keeper.type(**{field: {"title": "mended", "pages": "5", "bought_on": date(2020, 1, 1)}.get(field)})
    keeper.save()
    if "new" in keeper.address:
        keeper.save()
    assert keeper.id


def test_ten_thousand_characters_fit_where_there_is_room(keeper: Person) -> None:
    text = LONG + SCRIPT + FAMILY + HEBREW
    new_book(keeper, blurb=text).save()
    assert kept(BOOK, keeper.id)["blurb"] == text
    assert text in "\n".join(one.value for one in keeper.screen.markdown)


def test_a_wrong_entry_in_a_field_that_is_hidden_does_not_hinder(keeper: Person) -> None:
    keeper.open("sample_book", new=1).lines("sample_copy", added=[{"label": "1", "cost": "0"}])
    keeper.form.typed["due_at"] = "nonsense"  # of a draft that was typed while the field was there
    keeper.type(title="hidden things do not hinder").save()
    assert kept(BOOK, keeper.id)["due_at"] is None


# Rules


def test_the_same_number_twice_is_refused_by_name(keeper: Person) -> None:
    keeper.open("sample_shelf", new=1).type(mark="A-01", name="again")
    assert "架1 has the same Mark" in keeper.said
    keeper.save()
    assert "new" in keeper.address
    assert "架1 has the same Mark" in keeper.said


def test_what_only_the_database_knows_stands_beside_the_field(keeper: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper.open("sample_shelf", new=1).type(mark="R-01", name="race")
    with db.writing() as session:
        sample.put(session, "sample_shelf", [{"mark": "R-01", "name": "first"}])
    monkeypatch.setattr("services.crud.uniqueness.check", lambda *_given: None)
    monkeypatch.setattr("services.crud.uniqueness.warn", lambda *_given: None)
    keeper.save()
    assert "first has the same Mark" in keeper.said
    assert "Not saved yet. Please look at: Mark" in keeper.said


def test_a_check_over_several_fields_stands_beside_its_field(keeper: Person) -> None:
    new_book(keeper, pages="0").save()
    id_ = keeper.id
    with db.writing() as session:
        session.execute(BOOK.sql.update().where(BOOK.sql.c.id == id_).values(state="open", pages=3, shelf=1))
    keeper.go(id=id_, edit=1).type(pages="0")
    assert "A book on the shelf has pages." in keeper.said
    keeper.save()
    assert kept(BOOK, id_)["pages"] == 3


def test_what_one_refers_to_may_be_gone(keeper: Person) -> None:
    with db.writing() as session:
        (shelf,) = sample.put(session, "sample_shelf", [{"mark": "G-01", "name": "going"}])
    new_book(keeper, shelf=shelf)
    with db.writing() as session:
        session.execute(SHELF.sql.delete().where(SHELF.sql.c.id == shelf))
    keeper.save()
    assert "Not saved yet. Please look at: Shelf" in keeper.said


def test_fields_that_are_needed_only_sometimes(keeper: Person) -> None:
    new_book(keeper, isbn="123")
    assert any(one.label == "Note on the ISBN *" for one in keeper.screen.text_input)
    keeper.save()
    assert "Not saved yet. Please look at: Note on the ISBN" in keeper.said
    keeper.type(edition="2")
    assert any(one.label == "Note on the ISBN" for one in keeper.screen.text_input)
    assert "Not saved" not in keeper.said


def test_a_similar_record_is_told_before_saving_and_asked_about(sit: Sit) -> None:
    first, second = sit("facility"), sit("facility")
    new_book(first, title="活着").save()
    new_book(second, title="活着")
    assert "There is already a record with the same Title" in second.said
    assert "Save all the same" in second.said
    second.save()
    assert second.id != first.id
    # A doubt that nobody has seen yet is not confirmed by a click on “Save”.
    third = sit("facility")
    new_book(third, title="unlike any other")
    third.set(title="活着").save()
    assert "new" in third.address
    assert "Save all the same" in third.said


# Whose turn it is


def test_two_who_save_the_same_field_are_told_and_choose(sit: Sit) -> None:
    first, second = sit("facility"), sit("clerk")
    new_book(first, title="begun").save()
    id_ = first.id
    first.go(id=id_, edit=1).type(title="mine", pages="7")
    second.open("sample_book", id=id_, edit=1).type(title="theirs", edition="4").save()
    first.save()
    assert f"{second.who.name} has written: theirs" in first.said
    assert kept(BOOK, id_)["title"] == "theirs"
    assert kept(BOOK, id_)["pages"] == 1
    # What I typed elsewhere stands; here I take theirs.
    first.click("title.theirs").save()
    row = kept(BOOK, id_)
    assert (row["title"], row["pages"], row["edition"]) == ("theirs", 7, 4)


def test_who_has_seen_what_others_wrote_may_write_over_it(sit: Sit) -> None:
    first, second = sit("facility"), sit("clerk")
    new_book(first, title="begun").save()
    id_ = first.id
    first.go(id=id_, edit=1).type(title="mine after all")
    second.open("sample_book", id=id_, edit=1).type(title="theirs for now").save()
    first.save().save()
    assert kept(BOOK, id_)["title"] == "mine after all"


def test_a_line_that_somebody_else_changed_too_is_told(sit: Sit) -> None:
    first, second = sit("facility"), sit("clerk")
    new_book(first).save()
    id_ = first.id
    first.go(id=id_, edit=1).lines("sample_copy", edited={0: {"cost": "5"}})
    second.open("sample_book", id=id_, edit=1).lines("sample_copy", edited={0: {"cost": "9"}}).save()
    first.save()
    assert f"{second.who.name} has written “9.00” here meanwhile" in first.said.replace("¥", "")
    assert [row["cost"] for row in children(COPY, "book", id_)] == [Decimal(9)]
    first.save()
    assert [row["cost"] for row in children(COPY, "book", id_)] == [Decimal(5)]


def test_a_record_deleted_meanwhile_is_told(sit: Sit) -> None:
    person = sit("facility")
    new_book(person).save()
    id_ = person.id
    person.go(id=id_, edit=1).type(title="too late")
    with db.writing() as session:
        session.execute(BOOK.sql.update().where(BOOK.sql.c.id == id_).values(deleted_at=datetime.now(LOCAL)))
    person.save()
    assert "Somebody has deleted this record meanwhile" in person.said


# Drafts


def test_a_draft_is_there_in_another_browser_and_gone_once_saved(keeper: Person) -> None:
    new_book(keeper, title="half a title", shelf=2, lasts="1:30", opens_at=time(8, 15), marks=["rare"], also_on=[1])
    keeper.lines("sample_copy", added=[{"label": "1", "cost": "2"}, {"label": "2", "cost": "x"}])
    keeper.open("sample_book", new=1)
    typed = keeper.form.typed
    assert (typed["title"], typed["shelf"], typed["lasts"]) == ("half a title", 2, "1:30")
    assert (typed["opens_at"], typed["marks"], typed["also_on"]) == (time(8, 15), ["rare"], [1])
    assert [row["label"] for row in keeper.form.children["sample_copy"]] == ["1", "2"]
    assert "Kept as a draft" in keeper.said
    keeper.lines("sample_copy", edited={1: {"cost": "3"}}).save()
    assert [row["cost"] for row in children(COPY, "book", keeper.id)] == [Decimal(2), Decimal(3)]
    keeper.open("sample_book", new=1)
    assert not keeper.form.dirty


def test_a_draft_is_for_nobody_else(sit: Sit) -> None:
    new_book(sit("facility"), title="mine alone")
    other = sit("facility").open("sample_book", new=1)
    assert not other.form.dirty


def test_going_back_keeps_what_was_typed_and_giving_up_asks(keeper: Person) -> None:
    keeper.open("sample_book", new=1, f__genre="law", sort="title").type(title="kept")
    keeper.click("back")
    assert keeper.address == {"f.genre": "law", "sort": "title"}
    keeper.go(new=1)
    assert keeper.form.typed["title"] == "kept"
    keeper.click("cancel")
    assert "Give up what you typed?" in keeper.said
    keeper.click("stay")
    assert keeper.form.typed["title"] == "kept"
    keeper.click("cancel").click("give_up")
    assert keeper.address == {}
    keeper.go(new=1)
    assert keeper.form.typed["title"] == ""


def test_starting_afresh_stays_in_the_form(keeper: Person) -> None:
    keeper.open("sample_book", new=1).type(title="no")
    keeper.click("afresh").click("give_up")
    assert keeper.address == {"new": "1"}
    assert keeper.form.typed["title"] == ""
    assert not keeper.form.dirty


def test_leaving_an_empty_form_asks_nothing(keeper: Person) -> None:
    keeper.open("sample_book", new=1, sort="title").click("cancel")
    assert keeper.address == {"sort": "title"}


def test_a_draft_over_an_older_version_loses_nothing_and_overwrites_nothing(sit: Sit) -> None:
    first, second = sit("facility"), sit("clerk")
    new_book(first, title="begun").save()
    id_ = first.id
    first.go(id=id_, edit=1).type(title="mine").lines("sample_copy", edited={0: {"label": "A"}})
    second.open("sample_book", id=id_, edit=1).type(title="theirs", pages="9")
    second.lines("sample_copy", added=[{"label": "theirs", "cost": "1"}]).save()
    first.open("sample_book", id=id_, edit=1)
    assert first.form.typed["title"] == "mine"
    first.save()
    assert f"{second.who.name} has written: theirs" in first.said
    first.save()
    row = kept(BOOK, id_)
    assert (row["title"], row["pages"]) == ("mine", 9)
    assert [row["label"] for row in children(COPY, "book", id_)] == ["A", "theirs"]


# Lines


def test_lines_are_saved_with_their_record_or_nothing_is(keeper: Person) -> None:
    keeper.open("sample_book", new=1).type(title="lines").save()
    assert "At least 1" in keeper.said
    keeper.lines("sample_copy", added=[{"label": "1", "cost": "1.00"}, {"label": "2", "cost": "-1"}, {"label": "1", "cost": ""}]).save()
    assert "Line 2 · Cost · This must be 0 or more." in keeper.said
    with db.reading() as session:
        assert not session.execute(BOOK.sql.select().where(BOOK.sql.c.title == "lines")).all()
    keeper.lines("sample_copy", added=[{"label": "1", "cost": "1.00"}, {"label": "2", "cost": "3"}, {"label": "1", "cost": "2"}]).save()
    assert "Line 3 · Label ·" in keeper.said
    keeper.lines(
        "sample_copy", added=[{"label": "1", "cost": "1.00"}, {"label": "2", "cost": "３"}, {"label": "3", "worn": True, "cost": "2"}]
    )
    keeper.save()
    id_ = keeper.id
    rows = children(COPY, "book", id_)
    assert [(row["label"], row["cost"], row["worn"]) for row in rows] == [("1", 1, False), ("2", 3, False), ("3", 2, True)]
    keeper.go(id=id_, edit=1).lines("sample_copy", edited={0: {"to go": True}, 1: {"cost": "999999999999999.99"}}).save()
    rows = children(COPY, "book", id_)
    assert [(row["label"], row["cost"]) for row in rows] == [("2", Decimal("999999999999999.99")), ("3", Decimal(2))]
    assert rows[1]["version"] == 1
    keeper.go(id=id_, edit=1).lines("sample_copy", edited={0: {"to go": True}, 1: {"to go": True}}).save()
    assert "At least 1" in keeper.said
    assert len(children(COPY, "book", id_)) == 2


# Ways into a form


def test_a_copy_has_no_number_of_the_other_and_no_fresh_dates(keeper: Person) -> None:
    new_book(keeper, shelf=2, price="12", bought_on=date(2001, 1, 1), isbn="77", edition="1").save()
    id_ = keeper.id
    keeper.go(new=1, copy=id_, sort="title")
    assert not keeper.form.draft_at
    typed = keeper.form.typed
    assert (typed["shelf"], typed["price"], typed["isbn"]) == (2, "12.00", "77")
    assert typed["bought_on"] == today()
    assert [row["label"] for row in keeper.form.children["sample_copy"]] == ["1"]
    keeper.type(edition="2").save()
    if "new" in keeper.address:
        keeper.save()
    assert keeper.address == {"sort": "title", "id": str(keeper.id)}
    assert keeper.id != id_
    assert kept(BOOK, keeper.id)["number"] != kept(BOOK, id_)["number"]


def test_a_copy_tells_nothing_that_is_masked(sit: Sit) -> None:
    with db.writing() as session:
        row = {"card": "M1", "name": "masked", "mobile": "13912345678", "home": "东湖路 8号楼 1 单元"}
        (reader,) = sample.put(session, "sample_reader", [row])
    head = sit("head")
    head.who = replace_departments(head.who)
    with db.writing() as session:
        session.execute(READER.sql.update().where(READER.sql.c.id == reader).values(team=1))
    head.open("sample_reader", new=1, copy=reader)
    assert head.form.typed["mobile"] == "13912345678"  # heads see it
    assert head.form.typed["home"] == ""
    assert head.form.typed["card"] == ""


def replace_departments(who: Any) -> Any:
    return replace(who, departments=frozenset({1}))


def test_save_and_add_another_begins_anew_with_what_the_address_brings(keeper: Person) -> None:
    keeper.open("sample_book", new=1, set__shelf=3, set__genre="law").lines("sample_copy", added=[{"label": "1", "cost": "0"}])
    assert keeper.form.typed["shelf"] == 3
    keeper.type(title="first of two").click("save.another")
    assert keeper.address == {"new": "1", "set.shelf": "3", "set.genre": "law"}
    assert (keeper.form.typed["title"], keeper.form.typed["shelf"], keeper.form.typed["genre"]) == ("", 3, "law")


@pytest.mark.parametrize(
    ("name", "text"), [("state", "gone"), ("number", "X1"), ("nothing", "1"), ("pages", "x"), ("shelf", "-1"), ("id", "5"), ("net", "1"),
                       ("centre_id", "2"), ("genre", "old"), ("bought_on", "2199-01-01"), ("shelf", "99999999999999999999")],
)  # fmt: skip
def test_an_address_can_not_bring_along_what_nobody_may_type(keeper: Person, name: str, text: str) -> None:
    keeper.open("sample_book", new=1, **{f"set.{name}": text})
    fresh_form = Person.open(keeper, "sample_book", new=1).form.typed
    keeper.open("sample_book", new=1, **{f"set.{name}": text})
    if name != "shelf" or text == "-1":
        assert keeper.form.typed == fresh_form


def test_a_record_that_a_picker_lacks_is_made_and_comes_back_chosen(keeper: Person) -> None:
    keeper.open("sample_book", new=1, sort="title", set__genre="law").type(title="needs a shelf")
    keeper.screen.session_state[f"{keeper.key('shelf')}.picker"] = {"value": {"n": 0, "ids": []}, "add": "新书架"}
    keeper.run(keeper.screen)
    assert keeper.went == ("sample_shelf", {"new": "1", "set.name": "新书架", "for": "sample_book.shelf.0"})
    keeper.open("sample_shelf", **keeper.went[1]).type(mark="N-01").save()
    name, params = keeper.went
    assert [name, params] == ["sample_book", {"new": ["1"], "sort": ["title"], "set.genre": ["law"]}]
    keeper.open(name, **params)
    assert keeper.form.typed["title"] == "needs a shelf"
    assert keeper.form.typed["genre"] == "law"
    with db.reading() as session:
        (made,) = session.execute(SHELF.sql.select().where(SHELF.sql.c.mark == "N-01")).all()
    assert keeper.form.typed["shelf"] == made.id


@pytest.mark.parametrize(
    "where", ["", "x", "sample_book.title.0", "sample_book.nothing.0", "account.id.0", "sample_book.shelf.x", "...", "."]
)
def test_a_way_back_that_leads_nowhere_is_not_taken(keeper: Person, where: str) -> None:
    mark = int(keeper.who.name[6:])
    keeper.open("sample_shelf", **{"new": 1, "for": where}).type(mark=f"{'KLMNOPQ'[mark // 100]}-{mark % 100:02}", name="x").save()
    if "new" in keeper.address:
        keeper.save()
    assert not keeper.went[0]
    assert keeper.id


# Rights


def test_who_may_not_make_or_change_a_record_is_told_so(sit: Sit) -> None:
    keeper, auditor = sit("facility"), sit("auditor")
    new_book(keeper).save()
    auditor.open("sample_book", new=1)
    assert "You have no right to do this" in auditor.said
    auditor.open("sample_book", id=keeper.id, edit=1, sort="title")
    assert "You have no right to do this" in auditor.said
    auditor.click("form.refused")
    assert auditor.address == {"sort": "title", "id": str(keeper.id)}


def test_a_record_that_may_only_be_read_has_no_form(sit: Sit) -> None:
    head = sit("head")
    head.who = replace_departments(head.who)
    with db.writing() as session:
        mine, other = sample.put(session, "sample_reader", [{"card": f"H{n}", "name": "h", "team": n} for n in (1, 2)])
    head.open("sample_reader", id=mine, edit=1)
    assert head.form.typed["name"] == "h"
    head.open("sample_reader", id=other, edit=1)
    assert "can't be shown" in head.said or "not change it" in head.said


@pytest.mark.parametrize(
    "params", [{"id": 999999, "edit": 1}, {"new": 1, "copy": 999999}, {"new": 1, "copy": "x"}, {"id": "9" * 30, "edit": 1}]
)
def test_a_record_that_is_not_there_has_no_form(keeper: Person, params: dict[str, Any]) -> None:
    keeper.open("sample_book", **params)
    assert "can't be shown" in keeper.said or params.get("copy") == "x"


def test_a_masked_value_is_shown_masked_and_not_edited_unseen(sit: Sit) -> None:
    clerk = sit("clerk")
    with db.writing() as session:
        row = {"card": "K1", "name": "masked", "mobile": "13912345678", "id_no": "110101199003077731", "created_by": clerk.who.account}
        (reader,) = sample.put(session, "sample_reader", [row])
    clerk.open("sample_reader", id=reader, edit=1)
    shown = {one.label: (one.value, one.disabled) for one in clerk.screen.text_input}
    assert shown["Mobile"] == ("139****5678", True)
    clerk.type(name="renamed").save()
    row = kept(READER, reader)
    assert (row["name"], row["mobile"], row["id_no"]) == ("renamed", "13912345678", "110101199003077731")


def test_handing_a_record_over_does_not_lock_the_form(sit: Sit) -> None:
    head = sit("head")
    head.who = replace_departments(head.who)
    with db.writing() as session:
        (reader,) = sample.put(session, "sample_reader", [{"card": "O1", "name": "o", "team": 1}])
    head.open("sample_reader", id=reader, edit=1).type(team=2)
    assert not any(one.disabled for one in head.screen.text_input if one.label == "Name *")
    head.save()
    assert "Not saved yet. Please look at: Team" in head.said
    assert kept(READER, reader)["team"] == 1


def test_a_field_that_only_some_may_set_is_read_only_for_others(sit: Sit) -> None:
    clerk = sit("clerk")
    new_book(clerk)
    assert all(one.disabled for one in clerk.screen.text_input if one.label.startswith("Discount"))
    clerk.save()
    assert clerk.id


# What it costs


def test_a_form_asks_the_database_nothing_until_something_is_typed(keeper: Person) -> None:
    new_book(keeper, shelf=2, also_on=[1, 3]).save()
    keeper.go(id=keeper.id, edit=1)
    with every_statement() as said:
        keeper.run(keeper.screen)
    assert said == []


def test_what_is_typed_costs_the_same_however_much_there_is(keeper: Person) -> None:
    # 1 the draft; 2 the record and 3 what it is also on, to check it against; 4 whether another one is called the same;
    # 5 who else has it open.
    counts = []
    for lines in (1, 60):
        new_book(keeper, shelf=2, also_on=[1, 3])
        keeper.lines("sample_copy", added=[{"label": f"L{n}", "cost": "1"} for n in range(lines)]).save()
        if "new" in keeper.address:
            keeper.save()
        keeper.go(id=keeper.id, edit=1)
        with every_statement() as said:
            keeper.type(title=f"{lines} lines of {keeper.who.name}")
        counts.append(len(said))
    assert counts == [5, 5]


def test_opening_a_form_costs_the_same_however_much_there_is(keeper: Person) -> None:
    # 1 the record, 2 what it is also on, the titles of 3 the shelves and 4 the accounts; 5 what may be done with it; 6 its lines;
    # 7 the draft; 8 that it is being changed now, and 9 who else has it open.
    counts = []
    for lines in (1, 60):
        new_book(keeper, shelf=2, also_on=[1, 3])
        keeper.lines("sample_copy", added=[{"label": f"L{n}", "cost": "1"} for n in range(lines)]).save()
        if "new" in keeper.address:
            keeper.save()
        with every_statement() as said:
            keeper.open("sample_book", id=keeper.id, edit=1)
        counts.append(len(said))
    assert counts == [9, 9]
