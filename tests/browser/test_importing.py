"""A clerk's own workbook goes in, in a browser: the template, the columns, the errors by row, the marked workbook, the records."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from tests.browser.conftest import Visit
from tests.browser.counter import Counter
from tests.importing.clerk import xlsx_of

HEAD = ["物资编码", "物资名称", "类别", "计量单位", "最低库存", "单价（元）", "存放地点"]


def workbook(folder: Path, rows: list[list[Any]]) -> Path:
    """A clerk's list with its title above the headings."""

    def more(_book: Any, sheet: Any) -> None:
        sheet.merge_range(0, 0, 0, len(HEAD) - 1, "2026 年物资清单")

    path = folder / "物资清单.xlsx"
    path.write_bytes(xlsx_of([[], HEAD, *rows, ["合计"]], more))
    return path


def press(clerk: Counter, key: str) -> None:
    clerk.page.locator(f".st-key-{key} button").first.click()
    clerk.settle()


def give(clerk: Counter, path: Path) -> None:
    clerk.page.locator("input[type=file]").set_input_files(path)
    expect(clerk.page.locator(".st-key-import-check button")).to_be_visible()
    clerk.settle()


def saved(page: Page, key: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.locator(key).first.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


@pytest.mark.parametrize("phone", [False, True])
def test_from_the_workbook_to_the_list(visit: Visit, tmp_path: Path, phone: bool) -> None:
    mark = "P" if phone else "W"
    page = visit("/supply_item", "facility", phone=phone)
    clerk = Counter(page)
    press(clerk, "supply_item-import")
    template = saved(page, ".st-key-import-template-file button", tmp_path)
    (head, *_rest) = CalamineWorkbook.from_path(template).get_sheet_by_index(0).to_python()
    assert head[:2] == ["物资编码", "名称"]

    rows: list[list[Any]] = [[f"{mark}-1", f"{mark} 一次性纸杯", "办公用品", "包", "１０", "1,023.50", ""],
                             [f"{mark}-2", f"{mark} 坏的一行", "没有这类", "包", "十", 1, "没有的房间"],
                             [f"{mark}-3", f"{mark} 签字笔", "办公用品", "支", 5, 1.2, ""]]  # fmt: skip
    give(clerk, workbook(tmp_path, rows))
    press(clerk, "import-check")
    expect(page.get_by_text("有 2 行可以导入。有 1 行需要检查。")).to_be_visible()
    for words in ("不在可选范围内", "这不是数字", "“场所”中没有“没有的房间”"):
        expect(page.get_by_text(words).first).to_be_visible()
    press(clerk, "import-run")
    expect(page.get_by_text("导入完成：新增 2 条，更改 0 条。有 1 行未导入。")).to_be_visible()

    marked = page.get_by_role("link", name="下载文件")
    with page.expect_download() as download:
        marked.evaluate("link => { link.removeAttribute('target'); link.click() }")
    back = tmp_path / "marked.xlsx"
    download.value.save_as(back)
    found = CalamineWorkbook.from_path(back).get_sheet_by_index(0).to_python()
    assert [row[0] for row in found] == ["物资编码", f"{mark}-2"]

    press(clerk, "import-list")
    page.goto(page.evaluate("location.origin") + f"/supply_item?q={mark}-1")
    page.wait_for_selector(".st-key-bar")
    clerk.settle()
    expect(page.get_by_text(f"{mark} 一次性纸杯").first).to_be_visible()


def test_a_file_that_is_no_table_is_refused_and_another_is_taken(visit: Visit, tmp_path: Path) -> None:
    page = visit("/supply_item?import=1", "facility", locale="en-GB")
    clerk = Counter(page)
    clerk.settle()
    wrong = tmp_path / "pages.xlsx"
    wrong.write_bytes(b"PK\x03\x04 nothing")
    page.locator("input[type=file]").set_input_files(wrong)
    expect(page.get_by_text("it is damaged").first).to_be_visible()
    clerk.settle()
    give(clerk, workbook(tmp_path, [["Q-1", "Q paper", "Office supplies", "pack", 1, 2, ""]]))
    page.reload()
    expect(page.locator(".st-key-import-check button")).to_be_visible()
