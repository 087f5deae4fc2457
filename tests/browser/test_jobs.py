"""Long work in a browser: it goes on while the browser is closed and the server is started again, and its end is told."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import WIDE, sign_in
from tests.conftest import serve

Open = Callable[..., Page]


@pytest.fixture
def folder(demo_database: Path, tmp_path: Path) -> Path:
    shutil.copytree(demo_database, tmp_path, dirs_exist_ok=True)
    return tmp_path


def environment(folder: Path) -> dict[str, str]:
    """A server that does everything slowly, so that there is something to see."""
    return {"DATA_DIR": str(folder), "DATABASE_URL": "", "DEMO": "1", "BULK_IN_PAGE": "5", "JOB_CHUNK": "1", "JOB_LEASE_SECONDS": "2"}


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Open]:
    contexts = []

    def open_(address: str, asked: list[object] | None = None) -> Page:
        context = chromium.new_context(locale="zh-CN", viewport=WIDE)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        if asked is not None:
            page.on("websocket", lambda socket: socket.on("framesent", lambda frame: asked.append(frame)))
        page.goto(address)
        sign_in(page, "facility")
        return page

    yield open_
    for context in contexts:
        context.close()


def settled(page: Page) -> None:
    page.wait_for_timeout(150)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def begin(page: Page) -> None:
    """Ask for a new remark in all assets in use."""
    settled(page)
    page.locator("table thead input[type=checkbox]").check()
    page.get_by_role("button", name=re.compile("选择符合条件的全部")).click()
    page.get_by_role("button", name="批量修改").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="备注").click()
    dialog.get_by_role("textbox").fill("年底清查")
    dialog.get_by_role("textbox").press("Tab")
    settled(page)
    dialog.get_by_role("button", name="预览结果").click()
    expect(dialog.get_by_text("已先试算前 5 条")).to_be_visible()
    dialog.get_by_role("button", name=re.compile("确认处理")).click()
    expect(dialog.get_by_text(re.compile(r"已完成 [1-9]\d* / \d+"))).to_be_visible()


def test_it_goes_on_without_browser_and_over_a_restart_and_tells_its_end(folder: Path, opened: Open) -> None:
    with serve(environment(folder)) as address:
        page = opened(f"{address}/asset?f.state=in_use")
        begin(page)
        page.keyboard.press("Escape")
        expect(page.locator(".st-key-bar-jobs")).to_be_visible()
        page.context.close()
    with serve(environment(folder)) as address:
        page = opened(f"{address}/jobs")
        card = page.locator("[class*='st-key-job-1']").first
        expect(card.get_by_text(re.compile("排队中|进行中|已完成")).first).to_be_visible()
        expect(card.get_by_text(re.compile(r"完成 \d+ 条。"))).to_be_visible(timeout=60_000)
        page.locator(".st-key-bar-notices-new button").first.click()
        page.get_by_role("dialog").get_by_text(re.compile("批量处理：资产")).click()
        page.wait_for_url(re.compile(r"jobs\?id=1"))
        with page.expect_popup() as popup, page.expect_download() as download:
            page.get_by_role("link", name="下载文件").click()
        assert download.value.suggested_filename.endswith(".xlsx")
        assert popup.value
        page.goto(f"{address}/asset?f.state=in_use&q=年底清查")
        expect(page.get_by_text(re.compile("没有符合条件|共 2"))).to_be_visible()


def test_it_is_stopped_when_asked_and_then_nothing_more_is_asked(folder: Path, opened: Open) -> None:
    with serve(environment(folder)) as address:
        asked: list[object] = []
        page = opened(f"{address}/asset?f.state=in_use", asked)
        begin(page)
        page.keyboard.press("Escape")
        page.locator(".st-key-bar-jobs button").first.click()
        page.get_by_role("button", name="停止任务").click()
        expect(page.get_by_text(re.compile("要停止吗"))).to_be_visible()
        page.get_by_role("button", name="停止", exact=True).click()
        expect(page.get_by_text(re.compile(r"已取消，取消前已完成 \d+ 条"))).to_be_visible()
        expect(page.locator(".st-key-bar-jobs-done")).to_be_visible()
        settled(page)
        quiet = len(asked)
        page.wait_for_timeout(4000)
        assert len(asked) == quiet
