"""Record pages: what a person may see and do with one record, and all that hangs on it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from sqlmodel import SQLModel

from models.fields import now
from models.types import Place
from services.crud import attachments, comments, history, write
from services.platform import db
from services.platform.files import store
from services.platform.settings import override
from tests.conftest import Database, fresh
from tests.crud import sample
from tests.crud.conftest import OTHER, prepare
from tests.crud.desk import BOOK, COPY, LOAN, READER, SHELF, STAMP
from tests.screens.forms import Person, Sit, every_statement, kept, somebody

SCRIPT = "<script>alert(1)</script> [x](javascript:y) :red[z] $a$ **b** `c` {n} %s"
HEBREW = "שלום עולם (abc)"
EXE = b"MZ\x90\x00" + bytes(200)


@pytest.fixture(scope="module")
def house(_templates: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A library with two shelves; every test has books and people of its own."""
    with fresh("sqlite", _templates, tmp_path_factory.mktemp("record"), "") as made:
        prepare(made)
        with db.writing() as session:
            sample.put(session, "sample_shelf", [{"mark": f"A-{n:02}", "name": f"架{n}"} for n in (1, 2)])
        yield made


def book(**given: Any) -> int:
    """A book with one copy."""
    with db.writing() as session:
        (id_,) = sample.put(session, "sample_book", [{"title": "A book", "pages": 9, **given}])
        sample.put(session, "sample_copy", [{"book": id_, "label": "1", "cost": Decimal(2)}])
    return id_


def at(person: Person, id: int, of: str = "sample_book", tab: str = "", **params: Any) -> Person:
    """Open the page of a record, at one of its tabs."""
    person.open(of, id=id, **params)
    if tab:
        person.screen.session_state[f"record.tabs.{of}"] = tab
        person.run(person.screen)
    return person


def picture(colour: str = "red") -> bytes:
    made = BytesIO()
    Image.new("RGB", (640, 480), colour).save(made, "JPEG")
    return made.getvalue()


# What is shown


def test_every_kind_of_field_is_shown(keeper: Person) -> None:
    with db.writing() as session:
        cover = store(session, keeper.who, "cover.jpg", picture())
        scan = store(session, keeper.who, "scan.pdf", b"%PDF-1.4\n%%EOF\n")
        (reader,) = sample.put(session, "sample_reader", [{"card": "E1", "name": "王芳"}])
    id_ = book(
        title=SCRIPT, isbn=HEBREW, edition=2, genre="law", marks=["rare", "large"], state="lent", shelf=1, keeper=reader, pages=1234,
        price=Decimal("1234.5"), discount=Decimal("12.5"), weight=Decimal("0.125"), due_at=datetime(2026, 3, 1, 1, 30, tzinfo=now().tzinfo),
        lasts=timedelta(minutes=90), missing=True, page="https://example.org/", cover_colour="#11ff77",
        found_at=Place(Decimal("101.7781"), Decimal("36.6171")), scan=scan, cover=cover, also_on=[1, 2], blurb="# Heading\n\n**bold**",
    )  # fmt: skip
    at(keeper, id_)
    facts = keeper.facts
    assert facts["Title"] == [SCRIPT]
    assert facts["ISBN"] == [HEBREW]
    assert sorted(facts["Marks"]) == ["Large type", "Rare"]
    assert facts["Also on"] == ["架1", "架2"]
    assert facts["Due"] == ["2026-03-01 09:30"]
    assert facts["Net price"] == ["¥1,080.19"]
    assert facts["Scan"] == ["Open the file"]
    assert facts["Keeper"] == ["Not for you to see"]
    assert facts["Number"] == ["—"]
    assert "# Heading" in "\n".join(one.value for one in keeper.screen.markdown)
    assert "Lent" in keeper.said


def test_fields_that_do_not_apply_are_not_shown(keeper: Person) -> None:
    assert "Due" not in at(keeper, book(state="draft")).facts
    assert "Due" in at(keeper, book(state="open")).facts


def test_a_masked_field_is_masked(sit: Sit) -> None:
    with db.writing() as session:
        row = {"card": "F1", "name": "masked", "mobile": "13912345678", "id_no": "110101199003077731", "home": "东湖路 8号楼 1 单元"}
        (reader,) = sample.put(session, "sample_reader", [row])
    facts = at(sit("auditor"), reader, "sample_reader").facts
    assert (facts["Mobile"], facts["ID number"], facts["Home"]) == (["139****5678"], ["110***********7731"], ["东湖路 8号楼***"])
    assert "Kept for the rules" not in facts
    facts = at(sit("director"), reader, "sample_reader").facts
    assert (facts["Mobile"], facts["ID number"]) == (["13912345678"], ["110101199003077731"])


@pytest.mark.parametrize("id_", [999999, 2**31 - 1, 0, 2**40])
def test_a_record_that_is_not_there_is_said_plainly(keeper: Person, id_: int) -> None:
    assert "can't be shown" in at(keeper, id_).said


def test_a_record_of_another_centre_looks_as_if_it_were_not_there(keeper: Person) -> None:
    with db.writing() as session:
        (theirs,) = sample.put(session, "sample_book", [{"title": "theirs"}], centre=OTHER)
    assert "can't be shown" in at(keeper, theirs).said
    assert "theirs" not in keeper.said


def test_next_and_previous_go_through_the_list_it_came_from(keeper: Person) -> None:
    ids = [book(title=f"walk {n}", genre="poetry", pages=n) for n in (1, 2, 3)]
    other = book(title="walk 1.5", genre="law", pages=1)
    params: dict[str, Any] = {"f.genre": "poetry", "sort": "pages", "q": "walk"}
    at(keeper, ids[1], **params).click("record.chevron_right")
    assert keeper.address == {**params, "id": str(ids[2])}
    keeper.click("record.chevron_left").click("record.chevron_left")
    assert keeper.id == ids[0]
    assert next(one for one in keeper.screen.button if one.key == "record.chevron_left").disabled
    keeper.click("record.back")
    assert keeper.address == params
    assert all(one.disabled for one in at(keeper, other, **params).screen.button if "chevron" in str(one.key))


def test_going_to_the_form_and_to_the_sheet_keeps_the_list(keeper: Person) -> None:
    id_ = book()
    at(keeper, id_, **{"f.genre": "novel", "sort": "title"}).click("record.edit")
    assert keeper.address == {"f.genre": "novel", "sort": "title", "id": str(id_), "edit": "1"}
    more(at(keeper, id_, sort="title"), "print")
    assert keeper.address == {"sort": "title", "id": str(id_), "print": "1"}
    keeper.click("print.back")
    assert keeper.address == {"sort": "title", "id": str(id_)}
    more(at(keeper, id_, sort="title"), "copy")
    assert keeper.address == {"sort": "title", "new": "1", "copy": str(id_)}


def more(person: Person, what: str) -> Person:
    """Choose a line of the menu of a record."""
    return person.run(person.screen.menu_button(key="record.more").click(what))


def choices(person: Person) -> list[str]:
    return [str(one) for one in person.screen.menu_button(key="record.more").options]


def test_only_what_one_may_do_is_offered(sit: Sit) -> None:
    id_ = book()
    keeper, clerk, auditor = sit("facility"), sit("clerk"), sit("auditor")
    assert "Delete" in choices(at(keeper, id_))
    assert "Delete" not in choices(at(clerk, id_))
    assert "record.edit" in keys(clerk)
    assert choices(at(auditor, id_)) == ["Print"]
    assert "record.edit" not in keys(auditor)


def keys(person: Person) -> set[str]:
    return {str(one.key) for one in person.screen.button}


# Moves


def move(person: Person, name: str) -> Person:
    """Click the button of a move."""
    (button,) = [one for one in person.screen.button if str(one.key).startswith(f"move.{name}.")]
    return person.run(button.click())


def ask(person: Person, **typed: Any) -> Person:
    """Fill in the dialog of a move, and click its button."""
    token = person.screen.session_state["record.move"].token
    for name, value in typed.items():
        if name == "note":
            person.screen.text_area(key=f"{token}.note").set_value(value)
        else:
            person.screen.session_state[f"{token}.{name}"] = value
    return person.click(f"{token}.go")


def test_a_move_asks_for_what_it_demands(keeper: Person) -> None:
    id_ = book(shelf=None)
    move(at(keeper, id_), "shelve")
    assert kept(BOOK, id_)["state"] == "draft"
    ask(keeper)
    assert "Please fill this in." in keeper.said
    ask(keeper, shelf=2, note=SCRIPT)
    row = kept(BOOK, id_)
    assert (row["state"], row["shelf"]) == ("open", 2)
    assert "On the shelf" in keeper.said
    assert "record.move" not in keeper.screen.session_state
    assert SCRIPT in at(keeper, id_, tab="States").said


def test_a_move_that_needs_nothing_is_made_at_once(keeper: Person) -> None:
    id_ = book(shelf=1)
    move(at(keeper, id_), "shelve")
    assert kept(BOOK, id_)["state"] == "open"


def test_a_move_wants_its_reason(sit: Sit) -> None:
    first, keeper = sit("facility"), sit("facility")
    id_ = book(created_by=first.who.account)
    move(at(keeper, id_), "withdraw")
    assert "It leaves the lists." in keeper.said
    ask(keeper)
    assert "Please give the reason." in keeper.said
    ask(keeper, note="worn out")
    assert kept(BOOK, id_)["state"] == "gone"


def test_a_move_that_is_not_possible_says_why(keeper: Person) -> None:
    id_ = book(state="open", missing=True, shelf=1, created_by=keeper.who.account)
    at(keeper, id_)
    assert "“Lend” is not possible now: A missing book can't be lent." in keeper.said
    assert "Somebody else has to do this" in keeper.said
    assert all(one.disabled for one in keeper.screen.button if str(one.key).startswith(("move.lend", "move.withdraw")))


def test_a_move_of_what_was_changed_meanwhile_is_not_made(keeper: Person) -> None:
    id_ = book(shelf=None)
    move(at(keeper, id_), "shelve")
    with db.writing() as session:
        write.update(session, somebody("facility"), BOOK, id_, {"title": "changed"}, 1, confirm=True)
    ask(keeper, shelf=1)
    assert "Somebody has changed this record meanwhile." in keeper.said
    assert kept(BOOK, id_)["state"] == "draft"


def test_a_move_asks_about_what_is_doubtful(keeper: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.crud import rules
    from services.platform.i18n import msg

    id_ = book(shelf=1, state="open", pages=77)
    real = rules.before

    def before(change: Any) -> None:
        real(change)
        if change.verb == "move" and change.old["id"] == id_:
            change.warn("", msg("Are you sure?"))

    monkeypatch.setattr(rules, "before", before)
    move(at(keeper, id_), "lend")
    ask(keeper, due_at=datetime(2030, 1, 1, 9, 0), note="a")  # noqa: DTZ001  (as the widget gives it)
    assert "Are you sure?" in keeper.said
    assert "Do it all the same" in keeper.said
    # Something else is typed: the question is asked again.
    ask(keeper, note="b")
    assert kept(BOOK, id_)["state"] == "open"
    ask(keeper)
    assert kept(BOOK, id_)["state"] == "lent"


# The trash


def test_a_record_goes_to_the_trash_and_comes_back(keeper: Person) -> None:
    id_ = book()
    more(at(keeper, id_, sort="title"), "delete")
    assert "Goes along: 1 × Copies" in keeper.said
    keeper.screen.text_input(key="delete.reason").set_value("twice")
    keeper.click("delete.go")
    assert keeper.address == {"sort": "title"}
    assert "can't be shown" in at(keeper, id_).said
    at(keeper, id_, trash=1)
    assert "This record is in the trash since" in keeper.said
    assert not [one for one in keeper.screen.button if str(one.key).startswith(("move.", "record.edit"))]
    keeper.click("record.restore")
    assert keeper.address == {"id": str(id_)}
    assert kept(BOOK, id_)["deleted_at"] is None
    assert "twice" in at(keeper, id_, tab="History").said


def test_what_others_refer_to_stays(keeper: Person) -> None:
    with db.writing() as session:
        (shelf,) = sample.put(session, "sample_shelf", [{"mark": "B-01", "name": "full"}])
    book(title=SCRIPT, shelf=shelf)
    more(at(keeper, shelf, "sample_shelf"), "delete")
    assert "1 × Books refer to it by “Shelf”" in keeper.said
    assert SCRIPT in keeper.said
    assert "delete.go" not in keys(keeper)
    assert kept(SHELF, shelf)["deleted_at"] is None


def test_deleting_what_was_changed_meanwhile_is_refused(keeper: Person) -> None:
    id_ = book()
    more(at(keeper, id_), "delete")
    with db.writing() as session:
        write.update(session, somebody("facility"), BOOK, id_, {"title": "changed"}, 1, confirm=True)
    row = keeper.screen.session_state["record.delete"]
    assert row == ("sample_book", id_)
    keeper.click("delete.go")
    assert kept(BOOK, id_)["deleted_at"] is None or "trash" in keeper.said


# What hangs on it


def test_children_are_listed_and_added(keeper: Person) -> None:
    id_ = book()
    with db.writing() as session:
        sample.put(session, "sample_copy", [{"book": id_, "label": f"c{n}", "cost": Decimal(n)} for n in range(30)])
    at(keeper, id_, tab="Copies")
    assert "c29" in keeper.said
    keeper.click("child.add.sample_copy")
    assert keeper.went == ("sample_copy", {"new": "1", "set.book": str(id_)})
    at(keeper, id_, tab="Copies").click("child.all.sample_copy")
    assert keeper.went == ("sample_copy", {"f.book": str(id_)})


def test_what_refers_to_it_is_told_by_table(keeper: Person) -> None:
    with db.writing() as session:
        (shelf,) = sample.put(session, "sample_shelf", [{"mark": "B-02", "name": "referred"}])
    assert "Nothing refers to this record." in at(keeper, shelf, "sample_shelf", tab="Related").said
    book(shelf=shelf, also_on=[shelf])
    at(keeper, shelf, "sample_shelf", tab="Related").click("back.sample_book.shelf")
    assert keeper.went == ("sample_book", {"f.shelf": str(shelf)})


def test_remarks_call_colleagues_and_can_be_taken_back(sit: Sit) -> None:
    first, second = sit("facility"), sit("clerk")
    id_ = book()
    at(first, id_, tab="Comments")
    first.click("comment.send")
    assert "Please write something." in first.said
    box = first.screen.text_area[0]
    first.run(box.set_value(f"@{second.who.name.lower()} {SCRIPT} {HEBREW}\nsecond line"))
    first.click("comment.send")
    assert SCRIPT in first.said
    notice = SQLModel.metadata.tables["notice"]
    with db.reading() as session:
        called = list(session.execute(select(notice.c.account_id).where(notice.c.record_id == id_)).scalars())
        (remark,) = comments.of(session, first.who, BOOK, id_)
    assert called == [second.who.account]
    assert not [key for key in keys(at(second, id_, tab="Comments")) if key.startswith("comment.remove")]
    at(first, id_, tab="Comments").click(f"comment.remove.{remark.id}")
    assert "No remarks yet." in first.said


def test_a_remark_that_can_not_be_kept_stays_in_the_box(keeper: Person) -> None:
    at(keeper, book(), tab="Comments")
    keeper.run(keeper.screen.text_area[0].set_value("a\0b"))
    keeper.click("comment.send")
    assert "NUL" in keeper.said
    assert keeper.screen.text_area[0].value == "a\0b"


def upload(person: Person, *files: tuple[str, bytes]) -> Person:
    (box,) = [one for one in person.screen.file_uploader if str(one.key).startswith("files.")]
    return person.run(box.set_value([(name, content, "application/octet-stream") for name, content in files]))


def test_files_are_added_shown_and_taken_off(keeper: Person) -> None:
    id_ = book()
    at(keeper, id_, tab="Files")
    upload(keeper, ("照片 <b>.jpg", picture()), ("notes.txt", "日志".encode()))
    assert "notes.txt" in keeper.said
    with db.reading() as session:
        found = attachments.of(session, keeper.who, BOOK, id_)
    assert [one.name for one in found] == ["照片 _b_.jpg", "notes.txt"]
    keeper.click(f"file.remove.{found[1].id}")
    assert "notes.txt" not in keeper.said
    assert "notes.txt" in at(keeper, id_, tab="History").said


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("evil.jpg", EXE, "is something else inside"),
        ("evil.exe", EXE, "is not of a kind that can be stored here"),
        ("none", b"x", "is not of a kind that can be stored here"),
        ("empty.pdf", b"", "is empty"),
        ("page.txt", b"<!doctype html><script>alert(1)</script>", "page.txt"),
        ("torn.jpg", picture()[:400], "torn.jpg"),
    ],
)  # fmt: skip
def test_files_that_can_not_be_kept_are_refused_in_plain_words(keeper: Person, name: str, content: bytes, said: str) -> None:
    id_ = book()
    upload(at(keeper, id_, tab="Files"), (name, content), ("good.txt", b"good"))
    assert said in keeper.said
    assert "good.txt" in keeper.said
    with db.reading() as session:
        assert [one.name for one in attachments.of(session, keeper.who, BOOK, id_)] == ["good.txt"]


def test_a_file_that_is_too_large_is_refused_by_the_server_too(keeper: Person) -> None:
    id_ = book()
    with override(upload_megabytes=1):
        upload(at(keeper, id_, tab="Files"), ("big.txt", b"x" * 1_100_000))
        assert "is larger than 1 MB" in keeper.said


def test_who_may_only_read_adds_no_files(sit: Sit) -> None:
    auditor = at(sit("auditor"), book(), tab="Files")
    assert not auditor.screen.file_uploader


def test_an_entry_that_is_never_changed_can_have_files(keeper: Person) -> None:
    with db.writing() as session:
        (stamp,) = sample.put(session, "sample_stamp", [{"shelf": 1, "amount": Decimal(1), "sequence": 1}])
    at(keeper, stamp, "sample_stamp", tab="Files")
    assert "record.edit" not in keys(keeper)
    upload(keeper, ("receipt.txt", b"paid"))
    with db.reading() as session:
        assert len(attachments.of(session, keeper.who, STAMP, stamp)) == 1


def test_the_history_tells_what_changed_in_plain_words(keeper: Person) -> None:
    id_ = book()
    with db.writing() as session:
        write.update(
            session, keeper.who, BOOK, id_, {"title": SCRIPT, "price": Decimal("1234.5"), "shelf": 1}, 1, reason=HEBREW, confirm=True
        )
    at(keeper, id_, tab="History")
    assert HEBREW in keeper.said
    assert "¥1,234.50" in keeper.said
    assert SCRIPT in keeper.said
    with db.reading() as session:
        (entry,) = history.of(session, keeper.who, BOOK, id_)
    assert entry.actor == keeper.who.name


def test_the_sheet_holds_everything_and_runs_nothing(keeper: Person) -> None:
    id_ = book(title=SCRIPT, isbn=HEBREW, blurb="first\nsecond", price=Decimal("12.5"))
    at(keeper, id_, print=1)
    (sheet,) = [one.proto.body for one in keeper.screen.get("html") if "sheet" in one.proto.body]
    assert "<script>" not in sheet
    assert "&lt;script&gt;" in sheet
    assert HEBREW in sheet
    assert "first<br>second" in sheet
    assert "¥12.50" in sheet
    assert "<td class='number'>¥2.00</td>" in sheet
    assert f"Printed by {keeper.who.name}" in sheet


# What it costs


def test_a_record_page_costs_the_same_whatever_hangs_on_it(sit: Sit) -> None:
    # 1 the record; 2 what it is also on; the titles of 3 the shelves, 4 the books and 5 the accounts that it refers to; 6, 7 the same
    # record for its moves; 8 what may be done with it; 9 its place in the list, 10 the one before and 11 the one behind;
    # 12 who else has it open. Once per visit it is noted that it was opened, and now and then that it still is.
    person = sit("facility")
    counts = []
    for copies in (1, 40):
        id_ = book(shelf=1, also_on=[1, 2], sequel_of=book(), created_by=person.who.account)
        with db.writing() as session:
            sample.put(session, "sample_copy", [{"book": id_, "label": f"c{n}", "cost": Decimal(n)} for n in range(copies)])
        at(person, id_)
        with every_statement() as said:
            person.run(person.screen)
        counts.append(len(said))
    assert counts == [12, 12]


assert COPY
assert LOAN
assert READER
