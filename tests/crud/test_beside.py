"""What hangs on records and people: history in words, remarks, files, drafts, views, lately opened, notices, bulk. On both databases."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from services.crud import attachments, comments, drafts, flow, history, notices, recent, views, write
from services.crud.access import Forbidden
from services.crud.bulk import Delete, Edit, MoveTo, Restore, bulk, editable, editable_in
from services.crud.errors import Invalid, Missing
from services.platform.i18n import Message, msg, use_language
from services.platform.settings import override
from tests.conftest import Database
from tests.crud import desk as at_work
from tests.crud.desk import BOOK, READER, SHELF, STAMP, Desk


@pytest.fixture
def desk(shared_library: Database) -> Iterator[Desk]:
    with at_work.undone() as made:
        yield made


# History


def told(desk: Desk, who: Any, table: Any, id: int) -> list[tuple[str, str, dict[str, tuple[str, str]]]]:
    entries = history.of(desk.db, who, table, id)
    return [(str(one.action), one.actor, {change.field: (change.old_text, change.new_text) for change in one.changes}) for one in entries]


def test_the_history_is_told_in_plain_words(desk: Desk) -> None:
    shelf, other = desk.shelf(name="甲架"), desk.shelf(name="乙架")
    book = desk.book(desk.clerk, title="Old", shelf=shelf, price="1234.5", weight="1.2", also_on=[shelf])
    given = {
        "title": "New",
        "shelf": other,
        "missing": True,
        "genre": "law",
        "discount": "5",
        "also_on": [shelf, other],
        "blurb": "x" * 300,
    }
    write.update(desk.db, desk.keeper, BOOK, book, given, 1, reason="corrected")
    flow.move(desk.db, desk.keeper, BOOK, book, "withdraw", note="lost", version=2)
    moved, changed, created = history.of(desk.db, desk.auditor, BOOK, book)
    assert (str(moved.action), moved.reason, str(moved.source)) == ("Withdraw", "lost", "On the screen")
    assert changed.reason == "corrected"
    _moved, (action, actor, fields), (_created, _clerk, first) = told(desk, desk.auditor, BOOK, book)
    assert (action, actor) == ("Changed", "Keeper")
    assert fields["title"] == ("Old", "New")
    assert fields["shelf"] == ("甲架", "乙架")
    assert fields["missing"] == ("No", "Yes")
    assert fields["genre"] == ("Novel", "Law")
    assert fields["discount"] == ("", "5%")
    assert fields["also_on"] == ("甲架", "甲架, 乙架")
    assert fields["blurb"][1].endswith("x…")
    assert (first["price"], first["weight"]) == (("", "¥1,234.50"), ("", "1.2 kg"))
    assert created.version == 1
    with use_language("zh_CN"):
        assert [str(one.action) for one in history.of(desk.db, desk.auditor, BOOK, book)][1:] == ["修改", "创建"]
    assert len(history.of(desk.db, desk.auditor, BOOK, book, before=changed.change_set)) == 1


def test_the_history_masks_what_the_reader_sees_masked(desk: Desk) -> None:
    reader = write.create(desk.db, desk.director, READER, {"card": "1", "name": "甲", "mobile": "13812345678", "home": "某某小区3栋"})
    write.update(desk.db, desk.director, READER, reader, {"mobile": "13987654321"}, 1)
    write.update(desk.db, desk.product, READER, reader, {"secret": "for rules"}, 2)
    head = replace(desk.director, roles=frozenset({"auditor"}))
    assert told(desk, desk.director, READER, reader)[1][2] == {"mobile": ("13812345678", "13987654321")}
    assert told(desk, head, READER, reader)[1][2] == {"mobile": ("138****5678", "139****4321")}
    assert told(desk, desk.director, READER, reader)[0][2] == {}, "a hidden field is told to nobody"
    with pytest.raises(Missing):
        history.of(desk.db, desk.stranger, READER, reader)


# Remarks and notices


def test_remarks_and_the_colleagues_they_call(desk: Desk) -> None:
    book = desk.book()
    said = "@clerk 看一下，＠Auditor请复核；@clerk2 mail@director.cn @Stranger @keeper"
    comments.add(desk.db, desk.keeper, BOOK, book, f" {said}\n")
    (remark,) = comments.of(desk.db, desk.clerk, BOOK, book)
    assert (remark.body, remark.actor, remark.mine) == (said, "Keeper", False)
    assert notices.waiting(desk.db, desk.clerk) == 1
    assert notices.waiting(desk.db, desk.auditor) == 1
    for nobody in (desk.keeper, desk.stranger):
        assert notices.waiting(desk.db, nobody) == 0
    (notice,) = notices.of(desk.db, desk.clerk)
    assert (notice.kind, notice.table, notice.record, notice.seen) == ("mention", "sample_book", book, False)
    with use_language("zh_CN"):
        assert str(notice.message) == "Keeper 在评论中提到了您。"


def test_a_chinese_name_is_called_without_a_blank(desk: Desk) -> None:
    rows = {"username": "wangfang", "name": "王芳", "roles": ["clerk"], "active": True}
    from tests.crud import sample

    (short,) = sample.put(desk.db, "account", [rows])
    (long,) = sample.put(desk.db, "account", [{**rows, "username": "wangfangfang", "name": "王芳芳"}])
    sample.put(desk.db, "account", [{**rows, "username": "gone", "name": "李四", "active": False}])
    assert comments.mentioned(desk.db, 1, "@王芳请看") == [short]
    assert comments.mentioned(desk.db, 1, "@王芳芳请看，@ wangfang 也看 @李四") == [long, short]
    assert comments.mentioned(desk.db, 1, "@王") == []


def test_what_is_no_remark(desk: Desk) -> None:
    book = desk.book()
    for body in ("", "  \n ", "x" * 5001, "a\0"):
        with pytest.raises(Invalid):
            comments.add(desk.db, desk.keeper, BOOK, book, body)
    with pytest.raises(Missing):
        comments.add(desk.db, desk.stranger, BOOK, book, "x")
    remark = comments.add(desk.db, desk.keeper, BOOK, book, "<script>")
    with pytest.raises(Forbidden):
        comments.remove(desk.db, desk.clerk, BOOK, book, remark)
    comments.remove(desk.db, desk.keeper, BOOK, book, remark)
    assert comments.of(desk.db, desk.keeper, BOOK, book) == []
    with pytest.raises(Missing):
        comments.remove(desk.db, desk.keeper, BOOK, book, remark)


def test_notices_are_seen_once_and_read_in_each_language(desk: Desk) -> None:
    account = desk.clerk.account
    assert account is not None
    for n in range(3):
        notices.send(desk.db, [account, account], 1, "work", msg("At most {n} records at once. Please choose fewer.", n=n))
    assert notices.waiting(desk.db, desk.clerk) == 3
    newest = notices.of(desk.db, desk.clerk)[0]
    notices.see(desk.db, desk.keeper, [newest.id])
    assert notices.waiting(desk.db, desk.clerk) == 3
    notices.see(desk.db, desk.clerk, [newest.id])
    assert [one.seen for one in notices.of(desk.db, desk.clerk)] == [True, False, False]
    assert len(notices.of(desk.db, desk.clerk, unseen=True)) == 2
    assert len(notices.of(desk.db, desk.clerk, before=newest.id)) == 2
    notices.see(desk.db, desk.clerk)
    assert notices.waiting(desk.db, desk.clerk) == 0
    assert isinstance(newest.message, Message)


# Files


def put_file(desk: Desk, centre: int = 1) -> int:
    row = "insert into file (centre_id, sha256, name, media_type, size, created_at) values (:c, '', 'a.pdf', 'application/pdf', 5, :t)"
    given = {"c": centre, "t": "2026-01-01 00:00:00"}
    key: int = desk.db.execute(text(row + " returning id"), given).scalar_one()
    return key


def test_files_of_a_record(desk: Desk) -> None:
    book = desk.book()
    attached = attachments.add(desk.db, desk.keeper, BOOK, book, put_file(desk), " the invoice ")
    (one,) = attachments.of(desk.db, desk.auditor, BOOK, book)
    assert (one.name, one.media_type, one.size, one.note, one.actor) == ("a.pdf", "application/pdf", 5, "the invoice", "Keeper")
    for who, error in ((desk.auditor, Forbidden), (desk.stranger, Missing)):
        with pytest.raises(error):
            attachments.add(desk.db, who, BOOK, book, put_file(desk))
        with pytest.raises(error):
            attachments.remove(desk.db, who, BOOK, book, attached)
    for wrong in (put_file(desk, centre=2), 99_999):
        with pytest.raises(Invalid):
            attachments.add(desk.db, desk.keeper, BOOK, book, wrong)
    with pytest.raises(Missing):
        attachments.remove(desk.db, desk.keeper, BOOK, desk.book(title="y"), attached)
    attachments.remove(desk.db, desk.keeper, BOOK, book, attached)
    assert attachments.of(desk.db, desk.keeper, BOOK, book) == []
    assert [action for action, *_rest in told(desk, desk.keeper, BOOK, book)] == ["File removed", "File added", "Created"]
    assert write.update(desk.db, desk.keeper, BOOK, book, {"title": "merged"}, 1) == 2, "a file makes no new version"


def test_a_file_is_added_to_an_append_only_record_but_not_taken_off(desk: Desk) -> None:
    stamp = write.create(desk.db, desk.clerk, STAMP, {"shelf": desk.shelf(), "amount": 5, "sequence": 1})
    attached = attachments.add(desk.db, desk.clerk, STAMP, stamp, put_file(desk))
    with pytest.raises(Forbidden):
        attachments.remove(desk.db, desk.clerk, STAMP, stamp, attached)


# Drafts, views, lately opened


def test_drafts_are_ones_own_and_sealed(desk: Desk) -> None:
    body = {"typed": {"mobile": "13812345678", "pages": 5}}
    assert drafts.load(desk.db, desk.clerk, BOOK, None) is None
    assert drafts.save(desk.db, desk.clerk, BOOK, None, 0, {"typed": {}})
    assert drafts.save(desk.db, desk.clerk, BOOK, None, 0, body)
    assert drafts.save(desk.db, desk.clerk, BOOK, 7, 3, {"typed": {"title": "x"}})
    kept = drafts.load(desk.db, desk.clerk, BOOK, None)
    assert kept is not None
    assert (kept.body, kept.version) == (body, 0)
    assert drafts.load(desk.db, desk.keeper, BOOK, None) is None
    assert drafts.load(desk.db, desk.clerk, SHELF, None) is None
    assert "13812345678" not in str(desk.db.execute(text("select body from draft")).all())
    drafts.drop(desk.db, desk.clerk, BOOK, None)
    assert drafts.load(desk.db, desk.clerk, BOOK, None) is None
    assert drafts.load(desk.db, desk.clerk, BOOK, 7) is not None
    assert not drafts.save(desk.db, desk.clerk, BOOK, None, 0, "x" * 2_000_000)
    assert not drafts.save(desk.db, desk.product, BOOK, None, 0, body)


def test_saved_views(desk: Desk) -> None:
    mine = views.save(desk.db, desk.clerk, BOOK, " 新书 ", "sort=-bought_on")
    views.save(desk.db, desk.keeper, BOOK, "大家的", "q=1", shared=True)
    views.save(desk.db, desk.keeper, BOOK, "Private", "q=2")
    assert [(one.name, one.mine) for one in views.of(desk.db, desk.clerk, BOOK)] == [("新书", True), ("大家的", False)]
    assert views.of(desk.db, desk.stranger, BOOK) == []
    assert views.of(desk.db, desk.clerk, SHELF) == []
    for name in ("", " ", "新书", "x" * 81):
        with pytest.raises(Invalid):
            views.save(desk.db, desk.clerk, BOOK, name, "q=3")
    with pytest.raises(Invalid, match="colleague shares"):
        views.save(desk.db, desk.clerk, BOOK, "大家的", "q=3", shared=True)
    views.save(desk.db, desk.clerk, BOOK, "大家的", "q=3")
    assert views.save(desk.db, desk.clerk, BOOK, "新书", "q=4", id=mine) == mine
    theirs = next(one.id for one in views.of(desk.db, desk.clerk, BOOK) if not one.mine)
    for forbidden in (
        lambda: views.save(desk.db, desk.clerk, BOOK, "x", "", id=theirs),
        lambda: views.remove(desk.db, desk.clerk, BOOK, theirs),
        lambda: views.save(desk.db, desk.product, BOOK, "x", ""),
    ):
        with pytest.raises(Forbidden):
            forbidden()
    with pytest.raises(Missing):
        views.remove(desk.db, desk.stranger, BOOK, mine)
    views.remove(desk.db, desk.clerk, BOOK, mine)
    with pytest.raises(Invalid):
        views.save(desk.db, desk.clerk, BOOK, "long", "x" * 5000)


def test_lately_opened(desk: Desk) -> None:
    books = [desk.book(title=f"Book {n}") for n in range(3)]
    shelf = desk.shelf(name="甲架")
    for one in (*books, books[0], 99_999):
        recent.note(desk.db, desk.clerk, BOOK, one)
    recent.note(desk.db, desk.clerk, SHELF, shelf)
    assert recent.ids(desk.db, desk.clerk, BOOK) == [99_999, books[0], books[2], books[1]]
    write.delete(desk.db, desk.keeper, BOOK, books[2], 1)
    assert [one.title for one in recent.opened(desk.db, desk.clerk)] == ["甲架", "Book 0", "Book 1"]
    assert recent.opened(desk.db, desk.clerk, limit=1)[0].table == "sample_shelf"
    assert recent.opened(desk.db, replace(desk.clerk, roles=frozenset({"hr"})))[0].table == "sample_shelf"
    assert recent.opened(desk.db, desk.keeper) == []
    for n in range(recent.KEPT + 10):
        recent.note(desk.db, desk.clerk, BOOK, 1000 + n)
    assert len(recent.ids(desk.db, desk.clerk, BOOK, 1000)) == recent.KEPT
    assert recent.ids(desk.db, desk.clerk, SHELF) == [shelf]


# Many at once


def outcomes(desk: Desk, who: Any, table: Any, ids: list[int], action: Any, *, dry: bool = False) -> list[tuple[int, bool, str]]:
    return [(one.id, one.ok, str(one.message or "")) for one in bulk(desk.db, who, table, ids, action, dry_run=dry)]


def test_each_record_stands_or_falls_by_itself(desk: Desk) -> None:
    books = [desk.book(title=title) for title in ("One", "Two", "Three")]
    flow.move(desk.db, replace(desk.keeper, account=desk.clerk.account), BOOK, books[1], "withdraw", note="x", version=1)
    before = desk.count("change_set"), desk.count("change"), desk.count("event")
    shelf = desk.shelf()
    action = MoveTo("shelve", {"shelf": shelf}, "moved")
    expected = [
        (books[0], True, ""),
        (books[1], False, "“Put on the shelf” starts from Draft, Lent; this record is “Withdrawn”."),
        (books[2], True, ""),
        (99_999, False, "It is not there any more, or you may not see it."),
    ]
    counted = desk.count("change_set")
    assert outcomes(desk, desk.keeper, BOOK, [*books, 99_999, books[0]], action, dry=True) == expected
    assert desk.row(BOOK, books[0])["state"] == "draft"
    assert desk.count("change_set") == counted
    assert outcomes(desk, desk.keeper, BOOK, [*books, 99_999], action) == expected
    assert [desk.row(BOOK, one)["state"] for one in books] == ["open", "gone", "open"]
    assert desk.count("change_set") == before[0] + 2  # that of the shelf, and one for all
    assert desk.count("event") == before[2] + 2


def test_warnings_are_told_and_errors_name_their_field(desk: Desk) -> None:
    books = [desk.book(title=title) for title in ("One", "Two")]
    same = "Title: There is already a record with the same Title: One. Is it the same?"
    assert outcomes(desk, desk.keeper, BOOK, books, Edit({"title": "One"})) == [(books[0], True, ""), (books[1], True, same)]
    assert outcomes(desk, desk.keeper, BOOK, books[:1], Edit({"pages": -1})) == [(books[0], False, "Pages: This must be 0 or more.")]
    assert desk.count("change_set") == 3
    assert outcomes(desk, desk.auditor, BOOK, books[:1], Edit({"pages": 2}))[0][1] is False


def test_delete_and_restore_many(desk: Desk) -> None:
    shelves = [desk.shelf() for _n in range(3)]
    desk.book(shelf=shelves[1])
    gone = outcomes(desk, desk.keeper, SHELF, shelves, Delete("unused"))
    assert [ok for _id, ok, _message in gone] == [True, False, True]
    assert "1 × Books refer to it" in gone[1][2]
    assert history.of(desk.db, desk.keeper, SHELF, shelves[0])[0].reason == "unused"
    back = outcomes(desk, desk.keeper, SHELF, shelves, Restore())
    assert [ok for _id, ok, _message in back] == [True, False, True]


def test_a_bulk_action_has_a_limit(desk: Desk) -> None:
    with override(bulk_limit=2), pytest.raises(Invalid, match="At most 2 records"):
        bulk(desk.db, desk.keeper, BOOK, [1, 2, 3], Delete(), dry_run=True)


def test_only_what_can_be_changed_is_offered(desk: Desk) -> None:
    books = [desk.book(title=title) for title in ("One", "Two")]
    offered = editable_in(desk.db, desk.keeper, BOOK, books)
    assert offered == editable(desk.keeper, BOOK)
    assert {"pages", "discount"} <= {one.name for one in offered}
    assert not {"state", "id_no"} & {one.name for one in offered}
    assert "discount" not in {one.name for one in editable(desk.clerk, BOOK)}
    assert editable_in(desk.db, desk.stranger, BOOK, books) == []
    assert editable_in(desk.db, desk.keeper, BOOK, [99_999]) == []
