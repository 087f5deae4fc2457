"""Long work in a browser: it goes on while the browser is closed and the server is started again, and its end is told."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from services import worker
from services.crud import bulk
from services.platform import db
from services.platform.settings import override
from tests.browser.conftest import WIDE, sign_in
from tests.conftest import serve

SOON = 20_000
Open = Callable[..., Page]


@pytest.fixture
def folder(demo_database: Path, tmp_path: Path) -> Path:
    shutil.copytree(demo_database, tmp_path, dirs_exist_ok=True)
    return tmp_path


def environment(folder: Path, **more: str) -> dict[str, str]:
    """A server to which six records are many, and which leaves the work to others unless told otherwise."""
    return {"DATA_DIR": str(folder), "DATABASE_URL": "", "DEMO": "1", "BULK_IN_PAGE": "5", "JOB_THREADS": "0", **more}


@contextmanager
def slow_worker(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody who does the work, a record at a time and with pauses."""
    over, real = threading.Event(), bulk._part

    def slowly(*given: Any, **more: Any) -> Any:
        over.wait(0.3)
        return real(*given, **more)

    def work() -> None:
        while not over.is_set():
            worker.run_next(over.is_set)
            over.wait(0.1)

    monkeypatch.setattr(bulk, "_part", slowly)
    with override(data_dir=folder, job_chunk=1):
        worker.load_kinds()
        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            db.engine().dispose()


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
    expect(dialog.get_by_text("已先试算前 5 条")).to_be_visible(timeout=SOON)
    dialog.get_by_role("button", name=re.compile("确认处理")).click()
    expect(dialog.get_by_text("排队中")).to_be_visible(timeout=SOON)


def test_it_goes_on_without_browser_and_over_a_restart_and_tells_its_end(folder: Path, opened: Open) -> None:
    with serve(environment(folder)) as address:
        page = opened(f"{address}/asset?f.state=in_use")
        begin(page)
        page.keyboard.press("Escape")
        expect(page.locator(".st-key-bar-jobs")).to_be_visible(timeout=SOON)
        page.context.close()
    with serve(environment(folder, JOB_THREADS="1")) as address:
        page = opened(f"{address}/jobs")
        card = page.locator("[class*='st-key-job-1']").first
        expect(card.get_by_text(re.compile("排队中|进行中|已完成")).first).to_be_visible(timeout=SOON)
        expect(card.get_by_text(re.compile(r"完成 \d+ 条。"))).to_be_visible(timeout=3 * SOON)
        page.locator(".st-key-bar-notices-new button").first.click()
        page.get_by_role("dialog").get_by_text(re.compile("批量处理：资产")).click()
        page.wait_for_url(re.compile(r"jobs\?id=1"))
        with page.expect_popup() as popup, page.expect_download() as download:
            page.get_by_role("link", name="下载文件").click()
        assert download.value.suggested_filename.endswith(".xlsx")
        assert popup.value
        page.goto(f"{address}/asset?f.state=in_use&q=年底清查")
        expect(page.get_by_text(re.compile("没有符合条件|共 2"))).to_be_visible(timeout=SOON)


def test_it_is_stopped_when_asked_and_then_nothing_more_is_asked(folder: Path, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(environment(folder)) as address:
        asked: list[object] = []
        page = opened(f"{address}/asset?f.state=in_use", asked)
        begin(page)
        with slow_worker(folder, monkeypatch):
            expect(page.get_by_role("dialog").get_by_text(re.compile(r"已完成 [1-9]\d* / \d+"))).to_be_visible(timeout=SOON)
            page.keyboard.press("Escape")
            page.locator(".st-key-bar-jobs button").first.click()
            page.get_by_role("button", name="停止任务").click()
            expect(page.get_by_text(re.compile("要停止吗"))).to_be_visible(timeout=SOON)
            page.get_by_role("button", name="停止", exact=True).click()
            expect(page.get_by_text(re.compile(r"已取消，取消前已完成 \d+ 条"))).to_be_visible(timeout=SOON)
        expect(page.locator(".st-key-bar-jobs-done")).to_be_visible(timeout=SOON)
        settled(page)
        quiet = len(asked)
        page.wait_for_timeout(4000)
        assert len(asked) == quiet
