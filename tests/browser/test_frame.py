"""The frame in a browser: signing in and out, addresses, menu, search, help, language, appearance, and a database that goes away."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PASSWORD, Visit, sign_in
from tests.conftest import serve

TITLE = ".bar-title"


def settled(page: Page) -> None:
    """Wait until the page has done what it was asked."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_function("document.documentElement.lang === 'zh-CN'")


def cookie_written(page: Page) -> None:
    """Wait until the browser keeps the cookie."""
    page.wait_for_function("document.cookie.includes('centre=')")


# Signing in


def test_the_sign_in_page_says_that_it_is_a_demo_and_fills_the_name(visit: Visit) -> None:
    page = visit("/")
    expect(page.get_by_text("当前为演示环境")).to_be_visible()
    page.get_by_text(re.compile("· 设施管理员")).click()
    expect(page.locator("input[autocomplete=username]")).to_have_value("facility")


def test_unknown_names_and_wrong_passwords_read_the_same(visit: Visit) -> None:
    page = visit("/", locale="en-GB")
    said = []
    for name, password in (("nobody-here", PASSWORD), ("facility", "wrong"), ("facility", " "), ("facility", "密" * 60)):
        page.locator("input[autocomplete=username]").fill(name)
        page.locator("input[autocomplete=current-password]").fill(password)
        page.get_by_role("button", name="Sign in").click()
        said.append(page.get_by_test_id("stAlert").inner_text())
        page.get_by_role("button", name="Sign in").click()
    assert len(set(said)) == 1
    expect(page.locator(".st-key-bar")).to_have_count(0)


def test_a_deep_link_survives_sign_in_and_reload(visit: Visit) -> None:
    page = visit("/asset?f.state=in_use&sort=-id", "facility")
    expect(page.locator(TITLE)).to_have_text("资产")
    assert page.url.endswith("/asset?f.state=in_use&sort=-id")
    cookie_written(page)
    page.reload()
    expect(page.locator(TITLE)).to_have_text("资产")
    assert page.url.endswith("/asset?f.state=in_use&sort=-id")


def test_sign_out_forgets_the_browser(visit: Visit) -> None:
    page = visit("/asset", "facility")
    cookie_written(page)
    menu_choose(page, "退出登录")
    expect(page.locator("input[autocomplete=username]")).to_be_visible()
    page.wait_for_function("!document.cookie.includes('centre=')")
    page.reload()
    expect(page.locator("input[autocomplete=username]")).to_be_visible()
    assert page.url.endswith("/asset")


def menu_choose(page: Page, text: str) -> None:
    """Choose a line of the menu of the person."""
    page.locator(".st-key-bar-person button").click()
    page.get_by_text(text, exact=False).last.click()


# Addresses


def test_an_unknown_address_says_so_and_offers_the_way_back(visit: Visit) -> None:
    page = visit("/no-such-page", "facility")
    expect(page.get_by_text("该地址没有对应的页面")).to_be_visible()
    page.get_by_role("button", name="返回首页").click()
    expect(page.get_by_text("待我处理")).to_be_visible()


def test_a_table_without_the_right_is_refused_in_plain_words(visit: Visit) -> None:
    page = visit("/account", "facility")
    expect(page.get_by_text("您无权查看“账号”")).to_be_visible()
    expect(page.locator(".stMain")).not_to_contain_text("admin")


# The menu


def test_the_menu_opens_areas_and_finds_pages(visit: Visit) -> None:
    page = visit("/", "facility")
    menu = page.locator(".st-key-menu")
    expect(menu.get_by_text("资产盘点")).to_be_hidden()
    menu.get_by_text("场所与设备").click()
    menu.get_by_text("资产盘点").click()
    expect(page.locator(TITLE)).to_have_text("资产盘点")
    assert page.url.endswith("/stocktake")
    menu.get_by_role("searchbox").fill("报修")
    expect(menu.get_by_text("资产盘点")).to_be_hidden()
    menu.get_by_role("searchbox").press("Enter")
    expect(page.locator(TITLE)).to_have_text("报修工单")


def test_on_a_phone_the_menu_leaves_when_a_page_is_chosen(visit: Visit) -> None:
    page = visit("/", "facility", phone=True)
    page.get_by_test_id("stExpandSidebarButton").click()
    page.locator(".st-key-menu").get_by_text("场所与设备").click()
    page.locator(".st-key-menu").get_by_text("资产", exact=True).click()
    expect(page.locator(TITLE)).to_have_text("资产")
    expect(page.locator(".stSidebar")).to_have_attribute("data-collapsed", "true")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    menu_choose(page, "快捷键")
    expect(page.get_by_role("dialog")).to_be_visible()


@pytest.mark.parametrize("phone", [False, True])
def test_the_bar_stays_at_the_top(visit: Visit, phone: bool) -> None:
    page = visit("/facilities", "facility", phone=phone)
    page.locator(".card").last.scroll_into_view_if_needed()
    expect(page.locator(TITLE)).to_be_in_viewport()
    page.locator(".st-key-bar-help button:visible").click()
    expect(page.get_by_role("dialog")).to_contain_text("场所与设备")


# Search and keys


def test_search_by_keyboard_alone(visit: Visit) -> None:
    page = visit("/", "facility")
    settled(page)
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="姓名、编号、电话、页面……")
    expect(box).to_be_focused()
    box.press_sequentially("新增资产")
    expect(page.get_by_role("option").first).to_contain_text("新增资产")
    box.fill("空调")
    expect(page.locator("mark").first).to_have_text("空调")
    box.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected]")
    title = chosen.locator(".title").inner_text()
    box.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".stMain")).to_contain_text(title.split()[0])
    assert re.search(r"/\w+\?id=\d+$", page.url)


def test_words_that_no_record_holds_together_are_looked_for_one_by_one(visit: Visit) -> None:
    page = visit("/", "facility")
    settled(page)
    page.keyboard.press("/")
    page.get_by_role("combobox", name="姓名、编号、电话、页面……").press_sequentially("陈 养老 0807")
    for word in ("陈", "养老", "0807"):
        expect(page.get_by_role("dialog")).to_contain_text(f"包含“{word}”")


def test_search_opens_with_control_k_and_closes_with_escape(visit: Visit) -> None:
    page = visit("/", "facility")
    settled(page)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_keys_lead_to_pages_and_sheets_but_not_while_typing(visit: Visit) -> None:
    page = visit("/", "facility")
    settled(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("快捷键")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page.locator(TITLE)).to_have_text("关于本系统")
    find = page.locator(".st-key-menu").get_by_role("searchbox")
    find.press_sequentially("h/?")
    expect(find).to_have_value("h/?")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_help_explains_the_table(visit: Visit) -> None:
    page = visit("/work_order", "facility")
    settled(page)
    page.keyboard.press("h")
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("报修工单")
    expect(drawer).to_contain_text("您可以：")
    expect(drawer).to_contain_text("状态与流转")


# Language, appearance, type


def test_the_browsers_language_first_then_the_persons(visit: Visit) -> None:
    page = visit("/", "clerk", locale="en-GB")
    expect(page.locator(".st-key-menu")).to_contain_text("About this product")
    menu_choose(page, "中文")
    expect(page.locator(".st-key-menu")).to_contain_text("关于本系统")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    again = visit("/", "clerk", locale="en-GB")
    expect(again.locator(".st-key-menu")).to_contain_text("关于本系统")


def test_dark_appearance_is_kept_on_every_page(visit: Visit) -> None:
    page = visit("/", "archivist")
    cookie_written(page)
    menu_choose(page, "深色外观")
    dark = "getComputedStyle(document.querySelector('.stApp')).colorScheme === 'dark'"
    page.wait_for_function(dark)
    page.goto(page.url + "asset")
    page.wait_for_selector(".st-key-bar")
    page.wait_for_function(dark)
    settled(page)
    menu_choose(page, "浅色外观")
    page.wait_for_function(f"!({dark})")


def test_large_type_scales_everything(visit: Visit) -> None:
    page = visit("/me", "hr")
    before = page.locator(TITLE).evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    menu_choose(page, "大字")
    page.wait_for_function(f"parseFloat(getComputedStyle(document.querySelector('{TITLE}')).fontSize) > {before * 1.15}")


# A database that goes away


@pytest.fixture
def own_server(demo_database: Path, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A product whose database this test may take away."""
    with sqlite3.connect(demo_database / "centre.db") as source, sqlite3.connect(tmp_path / "centre.db") as copy:
        source.backup(copy)
    with serve({"DATA_DIR": str(tmp_path), "DATABASE_URL": "", "DEMO": "1"}) as address:
        yield address, tmp_path / "centre.db"


def test_the_database_gone_for_a_while(chromium: Browser, own_server: tuple[str, Path]) -> None:
    address, file = own_server
    page = chromium.new_page(locale="en-GB")
    page.goto(f"{address}/me")
    sign_in(page, "facility")
    page.get_by_label("New password", exact=True).fill("half a thought")
    away = file.with_suffix(".away")
    file.rename(away)
    page.get_by_text("Large type").last.click()
    expect(page.get_by_text("The database can't be reached").first).to_be_visible()
    away.rename(file)
    expect(page.locator(".st-key-outage")).to_have_count(0)
    expect(page.get_by_label("New password", exact=True)).to_have_value("half a thought")
    expect(page.get_by_test_id("stAlert")).to_contain_text("Nothing was saved")
    file.rename(away)
    page.get_by_role("link", name="Today").click()
    expect(page.get_by_text("The database can't be reached").first).to_be_visible()
    expect(page.get_by_text("Traceback")).to_have_count(0)
    new = chromium.new_page(locale="en-GB")
    new.goto(address)
    expect(new.get_by_text("The database can't be reached").first).to_be_visible()
    away.rename(file)
    expect(page.locator(TITLE)).to_have_text("Today")
    expect(page.get_by_text("The database can't be reached")).to_have_count(0)
    expect(new.locator("input[autocomplete=username]")).to_be_visible()
    page.close()
    new.close()


def test_the_data_dictionary_has_an_address(visit: Visit) -> None:
    page = visit("/about?table=asset", "facility")
    expect(page.locator(".stMain")).to_contain_text("您可以：")
    expect(page.get_by_role("combobox", name="数据表")).to_have_value("资产 · asset")


def test_the_about_page_leads_to_tables_in_the_session(visit: Visit) -> None:
    page = visit("/about", "facility")
    page.evaluate("window.same = true")
    page.get_by_role("link", name="设施达标情况").click()
    expect(page.locator(TITLE)).to_have_text("设施达标情况")
    assert page.evaluate("window.same") is True
