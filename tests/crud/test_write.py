"""Creating, changing and probing: rights, defaults, conditions, unique rules, child rows, versions. On both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text, update

from models.fields import now, today
from services.crud import values, write
from services.crud.access import Forbidden
from services.crud.errors import Invalid, Missing, Stale, Unconfirmed
from services.platform.crypto import unseal
from services.platform.i18n import use_language
from tests.conftest import Database
from tests.crud import desk as at_work
from tests.crud import sample
from tests.crud.desk import BOOK, COPY, LOAN, ONE_COPY, READER, SHELF, STAMP, Desk

JOIN = "\n"


@pytest.fixture
def desk(shared_library: Database) -> Iterator[Desk]:
    with at_work.undone() as made:
        yield made


def errors(caught: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {name: JOIN.join(map(str, found)) for name, found in caught.value.errors.items()}


def warnings(caught: pytest.ExceptionInfo[Unconfirmed]) -> dict[str, str]:
    return {name: JOIN.join(map(str, found)) for name, found in caught.value.warnings.items()}


# Making


def test_a_new_record_has_its_defaults_its_number_and_its_history(desk: Desk) -> None:
    first, second = desk.book(desk.clerk, price="￥1,234.50"), desk.book(title="Another")
    row = desk.row(BOOK, first)
    assert row["price"] == Decimal("1234.50")
    assert (row["state"], row["genre"], row["pages"], row["bought_on"]) == ("draft", "novel", 1, today())
    assert (row["version"], row["created_by"], row["updated_by"]) == (1, desk.clerk.account, desk.clerk.account)
    year = today().year
    assert row["number"] == f"SB{year}0001"
    assert desk.row(BOOK, second)["number"] == f"SB{year}0002"
    assert desk.history(BOOK, first) == [("create", 1)]


def test_a_refused_record_takes_no_number(desk: Desk) -> None:
    with pytest.raises(Invalid):
        desk.book(pages=-1)
    with pytest.raises(Invalid):
        write.create(desk.db, desk.keeper, BOOK, {"title": "x"}, {"sample_copy": [{"label": "1", "cost": "-1"}]})
    assert desk.row(BOOK, desk.book())["number"].endswith("0001")


def test_everything_wrong_is_told_at_once_beside_its_field(desk: Desk) -> None:
    rows = {"sample_copy": [{"label": "1"}, {"label": "", "cost": "x"}]}
    with pytest.raises(Invalid) as caught:
        write.create(desk.db, desk.keeper, BOOK, {"title": " ", "pages": "x", "price": "1.234", "shelf": 99}, rows)
    assert errors(caught) == {
        "title": "Please fill this in.",
        "pages": "This is not a number. Write it in digits, such as 1,234.50.",
        "price": "At most 2 digits after the point.",
        "shelf": "This is no longer there, or you may not use it. Please choose another one.",
        "sample_copy.1.label": "Please fill this in.",
        "sample_copy.1.cost": "This is not a number. Write it in digits, such as 1,234.50.",
    }
    assert desk.count("change") == 0


def test_in_chinese(desk: Desk) -> None:
    with pytest.raises(Invalid) as caught:
        write.create(desk.db, desk.keeper, BOOK, {"title": "书" * 121}, ONE_COPY)
    with use_language("zh_CN"):
        assert errors(caught) == {"title": "最多 120 个字，现有 121 个。"}


@pytest.mark.parametrize("name", ["id", "version", "centre_id", "created_by", "deleted_at", "net", "nonsense", "title__sort"])
def test_what_is_no_field_to_type_is_refused(desk: Desk, name: str) -> None:
    for who in (desk.keeper, desk.product):
        with pytest.raises(Invalid, match="can be set"):
            write.create(desk.db, who, BOOK, {"title": "x", name: 5}, ONE_COPY)


# Rights


def test_without_a_right_nothing_is_written(desk: Desk) -> None:
    book = desk.book()
    for what in (
        lambda: write.create(desk.db, desk.auditor, BOOK, {"title": "x"}),
        lambda: write.update(desk.db, desk.auditor, BOOK, book, {"title": "x"}, 1),
        lambda: write.delete(desk.db, desk.clerk, BOOK, book, 1),
        lambda: write.probe(desk.db, desk.auditor, BOOK, {"title": "x"}),
    ):
        with pytest.raises(Forbidden):
            what()


def test_records_of_another_centre_are_not_there(desk: Desk) -> None:
    book = desk.book()
    for what in (
        lambda: write.update(desk.db, desk.stranger, BOOK, book, {"title": "x"}, 1),
        lambda: write.delete(desk.db, desk.stranger, BOOK, book, 1),
        lambda: write.probe(desk.db, desk.stranger, BOOK, {}, id=book),
    ):
        with pytest.raises(Missing):
            what()
    foreign = desk.shelf(desk.stranger)
    with pytest.raises(Invalid) as caught:
        desk.book(shelf=foreign)
    assert set(errors(caught)) == {"shelf"}
    with pytest.raises(Invalid):
        desk.book(also_on=[desk.shelf(), foreign])


def test_the_row_scope_holds_before_and_after(desk: Desk) -> None:
    mine, theirs = desk.shelf(), desk.shelf()
    head = replace(desk.clerk, roles=frozenset({"head"}), departments=frozenset({mine}))
    inside = write.create(desk.db, desk.director, READER, {"card": "1", "name": "甲", "team": mine})
    outside = write.create(desk.db, desk.director, READER, {"card": "2", "name": "乙", "team": theirs})
    assert write.update(desk.db, head, READER, inside, {"name": "丙"}, 1) == 2
    with pytest.raises(Missing):
        write.update(desk.db, head, READER, outside, {"name": "丁"}, 1)
    with pytest.raises(Invalid) as caught:
        write.update(desk.db, head, READER, inside, {"team": theirs}, 2)
    assert set(errors(caught)) == {"team"}


def test_a_field_that_one_may_not_set_is_refused_and_not_ignored(desk: Desk) -> None:
    book = desk.book(discount="5")
    for given, who in (({"discount": 10}, desk.clerk), ({"number": "X"}, desk.keeper), ({"state": "open"}, desk.keeper)):
        with pytest.raises(Invalid) as caught:
            write.update(desk.db, who, BOOK, book, given, 1)
        assert set(errors(caught)) == set(given)
    row = desk.row(BOOK, book)
    # A form sends along what it shows: unchanged, that is no attempt.
    shown = {"discount": row["discount"], "number": row["number"], "state": "draft", "title": "Changed"}
    assert write.update(desk.db, desk.clerk, BOOK, book, shown, 1) == 2
    with pytest.raises(Invalid):
        write.create(desk.db, desk.keeper, BOOK, {"title": "x", "state": "open"}, ONE_COPY)
    assert desk.row(BOOK, desk.book(state="draft"))["state"] == "draft"


def test_hidden_and_masked_fields(desk: Desk) -> None:
    number = "11010519491231002X"
    reader = write.create(desk.db, desk.clerk, READER, {"card": "1", "name": "王小明", "mobile": "13812345678", "id_no": number})
    with pytest.raises(Invalid):
        write.update(desk.db, desk.director, READER, reader, {"secret": "x"}, 1)
    for attempt in ("13987654321", "13812345678", None):
        with pytest.raises(Invalid) as caught:
            write.update(desk.db, desk.clerk, READER, reader, {"mobile": attempt}, 1)
        assert set(errors(caught)) == {"mobile"}
    assert write.update(desk.db, desk.clerk, READER, reader, {"mobile": "138****5678", "name": "王明"}, 1) == 2
    assert desk.row(READER, reader)["mobile"] == "13812345678"
    assert write.update(desk.db, desk.director, READER, reader, {"mobile": "13987654321"}, 2) == 3


def test_sensitive_values_are_sealed_wherever_they_are_kept(desk: Desk) -> None:
    reader = write.create(desk.db, desk.director, READER, {"card": "1", "name": "甲", "mobile": "13812345678", "home": "长" * 200})
    write.update(desk.db, desk.director, READER, reader, {"mobile": "13987654321"}, 1)
    own = READER.sql.c
    kept, finger = desk.db.execute(select(own.mobile, own["mobile__hash"]).where(own.id == reader)).one()
    assert "139" not in kept
    assert len(finger) == 64
    assert unseal(kept) == "13987654321"
    written = " ".join(str(row) for row in desk.db.execute(text("select old, new from change")))
    assert "13812345678" not in written
    assert "13987654321" not in written


# What depends on several values


def test_hidden_fields_are_emptied_but_not_by_the_state(desk: Desk) -> None:
    book = desk.book(due_at=now() + timedelta(days=1))
    assert desk.row(BOOK, book)["due_at"] is not None


def test_required_by_a_condition(desk: Desk) -> None:
    with pytest.raises(Invalid) as caught:
        desk.book(isbn="978-1")
    assert errors(caught) == {"isbn_note": "Please fill this in."}
    book = desk.book(isbn="978-1", edition=2)
    with pytest.raises(Invalid) as caught:
        write.update(desk.db, desk.keeper, BOOK, book, {"edition": None}, 1)
    assert set(errors(caught)) == {"isbn_note"}
    assert write.update(desk.db, desk.keeper, BOOK, book, {"edition": None, "isbn_note": "lost"}, 1) == 2


def test_a_declared_rule_holds_and_empty_values_pass(desk: Desk) -> None:
    book, reader = desk.book(), write.create(desk.db, desk.director, READER, {"card": "1", "name": "甲"})
    start = now()
    with pytest.raises(Invalid) as caught:
        write.create(desk.db, desk.keeper, LOAN, {"book": book, "reader": reader, "starts_at": start, "ends_at": start})
    assert "ends_at" in errors(caught)
    with pytest.raises(Invalid) as caught:
        write.create(desk.db, desk.keeper, LOAN, {"book": book, "reader": reader, "starts_at": start})
    assert errors(caught)["ends_at"] == "Please fill this in."


def test_a_tree_does_not_become_a_loop(desk: Desk) -> None:
    top = desk.shelf()
    middle = desk.shelf(above=top)
    low = desk.shelf(above=middle)
    for where in (top, middle, low):
        with pytest.raises(Invalid) as caught:
            write.update(desk.db, desk.keeper, SHELF, top, {"above": where}, 1)
        assert set(errors(caught)) == {"above"}
    assert write.update(desk.db, desk.keeper, SHELF, low, {"above": top}, 1) == 2


def test_a_reference_fits_what_its_picker_offers(desk: Desk) -> None:
    shut, open_ = desk.shelf(shut=True), desk.shelf()
    with pytest.raises(Invalid):
        desk.book(shelf=shut)
    book = desk.book(shelf=open_)
    write.update(desk.db, desk.keeper, SHELF, open_, {"shut": True}, 1)
    assert write.update(desk.db, desk.keeper, BOOK, book, {"title": "Stays where it is"}, 1) == 2
    reader = write.create(desk.db, desk.director, READER, {"card": "1", "name": "甲", "team": open_})
    facility = replace(desk.keeper, roles=frozenset({"facility", "director"}))
    assert write.update(desk.db, facility, BOOK, book, {"keeper": reader}, 2) == 3
    other = desk.shelf()
    with pytest.raises(Invalid):
        write.create(desk.db, facility, BOOK, {"title": "x", "shelf": other, "keeper": reader}, ONE_COPY)


def test_files_exist_in_the_centre_and_are_of_the_kind(desk: Desk) -> None:
    file = text("insert into file (centre_id, sha256, name, media_type, size, created_at) values (:c, '', :n, '', 0, :t) returning id")
    mine, foreign, wrong = (
        desk.db.execute(file, {"c": centre, "n": name, "t": "2026-01-01 00:00:00"}).scalar_one()
        for centre, name in ((1, "a.PDF"), (2, "a.pdf"), (1, "a.png"))
    )
    book = desk.book(scan=mine)
    for one in (foreign, wrong, 99_999):
        with pytest.raises(Invalid) as caught:
            write.update(desk.db, desk.keeper, BOOK, book, {"scan": one}, 1)
        assert set(errors(caught)) == {"scan"}


# No two alike


def test_a_unique_number_names_the_other_record(desk: Desk) -> None:
    shelf = desk.shelf(name="甲架")
    mark = desk.row(SHELF, shelf)["mark"]
    with pytest.raises(Invalid) as caught:
        desk.shelf(mark=mark.lower().upper())
    assert errors(caught) == {"mark": "甲架 has the same Mark. Please open that record, or give another value."}
    assert desk.shelf(desk.stranger, mark=mark)
    write.delete(desk.db, desk.keeper, SHELF, shelf, 1)
    assert desk.shelf(mark=mark)
    with pytest.raises(Invalid):
        write.restore(desk.db, desk.keeper, SHELF, shelf)


def test_a_unique_sensitive_value_is_found_by_its_fingerprint(desk: Desk) -> None:
    number = "11010519491231002X"
    write.create(desk.db, desk.director, READER, {"card": "1", "name": "甲", "id_no": number})
    with pytest.raises(Invalid) as caught:
        write.create(desk.db, desk.director, READER, {"card": "2", "name": "乙", "id_no": "11010519491231002x"}, confirm=True)
    assert "id_no" in errors(caught)
    with pytest.raises(Invalid) as caught:
        write.create(desk.db, desk.clerk, READER, {"card": "3", "name": "丙", "id_no": number}, confirm=True)
    assert errors(caught)["id_no"] == "Another record has the same ID number. Please give another value."


def test_fields_that_are_unique_together(desk: Desk) -> None:
    desk.book(isbn="978-1", edition=1)
    desk.book(isbn="978-1", edition=2)
    desk.book(isbn="978-1", isbn_note="no edition")
    desk.book(isbn="978-1", isbn_note="no edition")
    with pytest.raises(Invalid) as caught:
        desk.book(isbn="978-1", edition=1)
    assert set(errors(caught)) == {"edition"}
    assert "ISBN, Edition" in errors(caught)["edition"]


@pytest.mark.parametrize(
    ("table", "name", "given"),
    [(SHELF, "mark", {"mark": "Q-01", "name": "x"}), (BOOK, "edition", {"title": "x", "isbn": "1", "edition": 1})],
)
def test_what_only_the_database_knows_is_told_beside_the_field(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, table: Any, name: str, given: dict[str, Any]
) -> None:
    rows = ONE_COPY if table is BOOK else None
    write.create(desk.db, desk.keeper, table, given, rows, confirm=True)
    monkeypatch.setattr("services.crud.uniqueness.check", lambda *_: None)
    with pytest.raises(Invalid) as caught:
        write.create(desk.db, desk.keeper, table, given, rows, confirm=True)
    assert set(errors(caught)) == {name}
    assert "has the same" in errors(caught)[name]
    assert desk.shelf()  # the transaction goes on


def test_other_refusals_of_the_database(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.crud.conditions.holds", lambda *_: True)
    with pytest.raises(Invalid) as caught:
        write.create(desk.db, desk.product, BOOK, {"title": "x", "pages": 0, "state": "open"})
    assert errors(caught) == {"pages": "A book on the shelf has pages."}
    monkeypatch.setattr("services.crud.references.check", lambda *_, **__: None)
    with pytest.raises(Invalid) as caught:
        write.create(desk.db, desk.product, BOOK, {"title": "x", "keeper": 99_999})
    assert errors(caught)
    assert "FOREIGN" not in str(caught.value)
    monkeypatch.setattr("services.crud.prepare._require", lambda *_: None)
    with pytest.raises(Invalid) as caught:
        write.create(desk.db, desk.product, COPY, {"label": "x"})
    assert errors(caught) == {"book": "Please fill this in."}


def test_a_duplicate_is_a_question_however_it_is_spelt(desk: Desk) -> None:
    desk.book(title="西游记")
    for title in ("西游记", " 西游记 ", "西游记\u3000"):
        with pytest.raises(Unconfirmed) as caught:
            write.create(desk.db, desk.keeper, BOOK, {"title": title}, ONE_COPY)
        assert warnings(caught) == {"title": "There is already a record with the same Title: 西游记. Is it the same?"}
    assert write.create(desk.db, desk.keeper, BOOK, {"title": "西游记"}, ONE_COPY, confirm=True)
    assert write.create(desk.db, desk.stranger, BOOK, {"title": "西游记"}, ONE_COPY)
    book = desk.book(title="水浒传")
    assert write.update(desk.db, desk.keeper, BOOK, book, {"pages": 5}, 1) == 2
    with pytest.raises(Unconfirmed):
        write.update(desk.db, desk.keeper, BOOK, book, {"title": "西游记"}, 2)


def test_a_doubt_is_a_question(desk: Desk) -> None:
    given = {"card": "1", "name": "甲", "account": "6222021001001234564"}
    with pytest.raises(Unconfirmed) as caught:
        write.create(desk.db, desk.director, READER, given)
    assert set(warnings(caught)) == {"account"}
    assert write.create(desk.db, desk.director, READER, given, confirm=True)


# Versions


def test_different_fields_merge_and_the_same_field_is_shown_side_by_side(desk: Desk) -> None:
    shelf = desk.shelf(name="甲架")
    book = desk.book(title="Old", shelf=desk.shelf())
    assert write.update(desk.db, desk.clerk, BOOK, book, {"title": "Theirs", "shelf": shelf, "also_on": [shelf]}, 1) == 2
    assert write.update(desk.db, desk.keeper, BOOK, book, {"pages": 7}, 1) == 3
    assert desk.row(BOOK, book)["title"] == "Theirs"
    assert write.update(desk.db, desk.keeper, BOOK, book, {"title": "Theirs"}, 1) == 3
    with pytest.raises(Stale) as caught:
        write.update(desk.db, desk.keeper, BOOK, book, {"title": "Mine", "shelf": None, "pages": 9}, 1)
    stale = caught.value
    assert (stale.who, stale.version) == ("Keeper", 3)
    found = {one.field: (one.base, one.mine, one.theirs) for one in stale.conflicts}
    assert found["title"] == ("Old", "Mine", "Theirs")
    assert found["pages"] == (1, 9, 7)
    assert str(found["shelf"][2]) == "甲架"
    assert desk.row(BOOK, book)["title"] == "Theirs"
    assert write.update(desk.db, desk.keeper, BOOK, book, {"title": "Mine"}, stale.version) == 4


def test_a_conflict_shows_a_mask_to_who_sees_a_mask(desk: Desk) -> None:
    reader = write.create(desk.db, desk.director, READER, {"card": "1", "name": "甲", "mobile": "13812345678"})
    write.update(desk.db, desk.director, READER, reader, {"mobile": "13987654321", "name": "乙"}, 1)
    clerk = replace(desk.director, roles=frozenset({"clerk"}))
    with pytest.raises(Stale) as caught:
        write.update(desk.db, clerk, READER, reader, {"name": "丙", "mobile": "13800000000"}, 1)
    found = {one.field: (one.base, one.theirs) for one in caught.value.conflicts}
    assert "mobile" not in found or "139****4321" in found["mobile"]
    assert found["name"] == ("甲", "乙")


@pytest.mark.parametrize("version", [0, -1, 99])
def test_a_version_that_never_was_overwrites_nothing(desk: Desk, version: int) -> None:
    book = desk.book()
    desk.db.execute(update(BOOK.sql).where(BOOK.sql.c.id == book).values(title="Past the write path", version=5))
    with pytest.raises(Stale):
        write.update(desk.db, desk.keeper, BOOK, book, {"title": "Mine"}, version)


def test_only_the_product_itself_may_leave_out_the_version(desk: Desk) -> None:
    book = desk.book()
    write.update(desk.db, desk.clerk, BOOK, book, {"title": "Theirs"}, 1)
    with pytest.raises(Stale):
        write.update(desk.db, desk.keeper, BOOK, book, {"title": "Mine"}, None)
    assert write.update(desk.db, desk.product, BOOK, book, {"title": "Product"}, None) == 3


def test_saving_nothing_new_writes_nothing(desk: Desk) -> None:
    book = desk.book(title="Same", price=5)
    before = desk.count("change_set")
    assert write.update(desk.db, desk.keeper, BOOK, book, {"title": " Same ", "price": "5.0", "marks": []}, 1) == 1
    assert desk.count("change_set") == before


# Child rows


def test_child_rows_are_made_changed_and_taken_out_with_their_record(desk: Desk) -> None:
    book = write.create(desk.db, desk.keeper, BOOK, {"title": "x"}, {"sample_copy": [{"label": "1"}, {"label": "2"}, {"label": "3"}]})
    one, two, three = copies(desk, book)
    rows = {
        "sample_copy": [
            {"id": one["id"], "version": 1, "cost": "12.5"},
            {"id": two["id"], "version": 1, "_delete": True},
            {"label": "4"},
        ]
    }
    write.update(desk.db, desk.keeper, BOOK, book, {"title": "y"}, 1, rows)
    assert [(row["label"], row["cost"]) for row in copies(desk, book)] == [("1", Decimal("12.50")), ("3", Decimal(0)), ("4", Decimal(0))]
    sets = desk.db.execute(text("select count(distinct change_set_id) from change where table_name like 'sample_%'")).scalar()
    assert sets == 2
    assert three["version"] == 1


def copies(desk: Desk, book: int) -> list[dict[str, Any]]:
    own = COPY.sql.c
    ids = desk.db.execute(select(own.id).where(own.book == book, own.deleted_at.is_(None)).order_by(own.id)).scalars()
    return list(values.load(desk.db, COPY, ids).values())


def test_a_wrong_row_stops_all_of_them(desk: Desk) -> None:
    book = desk.book(title="x")
    rows = {"sample_copy": [{"label": "2"}, {"label": "2"}, {"label": "3", "cost": -1}, {"id": 99_999, "label": "4"}]}
    with pytest.raises(Invalid) as caught:
        write.update(desk.db, desk.keeper, BOOK, book, {"title": "y"}, 1, rows)  # type: ignore[arg-type]
    assert set(errors(caught)) == {"sample_copy.1.label", "sample_copy.2.cost", "sample_copy.3"}
    assert desk.row(BOOK, book)["title"] == "x"
    assert [row["label"] for row in copies(desk, book)] == ["1"]
    with pytest.raises(Invalid) as caught:
        write.create(desk.db, desk.keeper, BOOK, {"title": "z"}, {"sample_copy": []})
    assert errors(caught) == {"sample_copy": "At least 1 × Copies are needed."}
    with pytest.raises(Invalid):
        write.update(
            desk.db, desk.keeper, BOOK, book, {}, 1, {"sample_copy": [{"id": copies(desk, book)[0]["id"], "_delete": True, "version": 1}]}
        )


def test_a_row_of_another_record_is_not_taken_over(desk: Desk) -> None:
    mine, theirs = desk.book(title="a"), desk.book(title="b")
    row = copies(desk, theirs)[0]
    for given in ({"label": "x"}, {"_delete": True}):
        with pytest.raises(Invalid):
            write.update(desk.db, desk.keeper, BOOK, mine, {}, 1, {"sample_copy": [{"id": row["id"], "version": 1, **given}]})


def test_a_row_that_somebody_changed_meanwhile(desk: Desk) -> None:
    book = desk.book()
    row = copies(desk, book)[0]
    write.update(desk.db, desk.clerk, COPY, row["id"], {"cost": 3}, 1)
    with pytest.raises(Stale) as caught:
        write.update(desk.db, desk.keeper, BOOK, book, {"title": "y"}, 1, {"sample_copy": [{"id": row["id"], "version": 1, "cost": 4}]})
    assert [one.field for one in caught.value.conflicts] == ["sample_copy.0.cost"]
    assert desk.row(BOOK, book)["version"] == 1
    # A row that the form never saw stays.
    write.create(desk.db, desk.clerk, COPY, {"book": book, "label": "new"})
    write.update(desk.db, desk.keeper, BOOK, book, {}, 1, {"sample_copy": [{"id": row["id"], "version": 2, "cost": 4}]})
    assert len(copies(desk, book)) == 2


# Probing


def test_probing_writes_nothing_and_says_the_same(desk: Desk) -> None:
    desk.book(title="西游记")
    before = desk.count("change")
    found = write.probe(desk.db, desk.keeper, BOOK, {"title": "西游记", "pages": -1}, children={"sample_copy": [{"label": ""}]})
    assert set(found.errors) == {"pages", "sample_copy.0.label"}
    assert set(found.warnings) == {"title"}
    book = desk.book(title="x")
    assert write.probe(desk.db, desk.keeper, BOOK, {"title": ""}, id=book).errors.keys() == {"title"}
    assert write.probe(desk.db, desk.keeper, BOOK, {"title": "y"}, id=book).errors == {}
    assert desk.count("change") == before + 2  # the book and its copy
    assert desk.row(BOOK, book)["number"].endswith("0002")


def test_what_is_only_added_to_is_never_changed(desk: Desk) -> None:
    stamp = write.create(desk.db, desk.clerk, STAMP, {"shelf": desk.shelf(), "amount": 5, "sequence": 1})
    for who in (desk.clerk, desk.keeper, desk.product):
        with pytest.raises(Forbidden, match="only ever added to"):
            write.update(desk.db, who, STAMP, stamp, {"amount": 6}, 1)
        with pytest.raises(Forbidden):
            write.delete(desk.db, who, STAMP, stamp, 1)


def test_rows_of_an_insert_past_the_path_have_no_trace_and_yet_nothing_is_lost(desk: Desk) -> None:
    (shelf,) = sample.put(desk.db, "sample_shelf", [{"mark": "Z-99", "name": "x", "version": 3}])
    with pytest.raises(Stale):
        write.update(desk.db, desk.keeper, SHELF, shelf, {"name": "mine"}, 2)
    assert write.update(desk.db, desk.keeper, SHELF, shelf, {"name": "mine"}, 3) == 4
