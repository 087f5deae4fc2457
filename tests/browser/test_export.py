"""A list is taken along as a file and opened, in a browser."""

import csv
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from services.platform.sheets import unguarded
from tests.browser.conftest import Visit
from tests.browser.counter import Counter

BUTTON = ".st-key-asset-export button"


def opened(page: Page) -> Counter:
    """The list with the button pressed."""
    clerk = Counter(page)
    page.locator(BUTTON).first.click()
    expect(page.locator(".st-key-asset-export-file button")).to_be_visible()
    clerk.settle()
    return clerk


def taken(page: Page, folder: Path) -> Path:
    """The file that a press of the button gives."""
    with page.expect_download() as download:
        page.locator(".st-key-asset-export-file button").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def choose(clerk: Counter, text: str) -> None:
    clerk.page.get_by_text(text, exact=True).last.click()
    clerk.settle()


@pytest.mark.parametrize("phone", [False, True])
def test_a_workbook_of_what_the_list_shows(visit: Visit, tmp_path: Path, phone: bool) -> None:
    page = visit("/asset?sort=-original_value&cols=name,original_value,acquired_on,state", "facility", phone=phone)
    opened(page)
    path = taken(page, tmp_path)
    assert path.name.startswith("资产 ")
    assert path.suffix == ".xlsx"
    head, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert head == ["资产编号", "资产名称", "原值（元）", "取得日期", "状态", "记录号", "版本号"]
    values: list[Any] = [row[2] for row in rows if row[2] != ""]
    assert values == sorted(values, reverse=True)
    assert len(rows) > 100
    assert all(not isinstance(row[3], datetime) for row in rows)
    assert "在用" in {row[4] for row in rows}


def test_all_fields_as_csv_and_json(visit: Visit, tmp_path: Path) -> None:
    page = visit("/asset?f.state=in_use", "facility")
    clerk = opened(page)
    choose(clerk, "CSV")
    page.get_by_text("全部字段", exact=False).last.click()
    clerk.settle()
    with taken(page, tmp_path).open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    assert len(head) > 15
    assert {unguarded(row[head.index("状态")]) for row in rows} == {"在用"}
    choose(clerk, "JSON")
    records = json.loads(taken(page, tmp_path).read_text("utf-8"))
    assert len(records) == len(rows)
    assert {one["state"] for one in records} == {"in_use"}
    assert [one["id"] for one in records] == [int(row[-2]) for row in rows]


def test_the_selected_ones_only(visit: Visit, tmp_path: Path) -> None:
    page = visit("/asset", "facility")
    clerk = Counter(page)
    boxes = page.locator(".st-key-asset-grid tbody input[type=checkbox]")
    boxes.nth(0).click()
    boxes.nth(2).click()
    expect(page.locator(".st-key-asset-bulk")).to_contain_text("已选 2 条")
    clerk.settle()
    opened(page)
    _head, *rows = CalamineWorkbook.from_path(taken(page, tmp_path)).get_sheet_by_index(0).to_python()
    assert len(rows) == 2


def test_who_may_not_sees_no_button(visit: Visit) -> None:
    page = visit("/asset", "clerk")
    Counter(page)
    expect(page.locator(BUTTON)).to_have_count(0)
