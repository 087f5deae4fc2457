"""Forms and record pages in a browser, on the demo centre: nothing typed is lost, nothing is done twice, all of it is in Chinese."""

import re
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from services.platform.db import sqlite_module
from tests.browser.conftest import PHONE, Visit, sign_in
from tests.browser.counter import READY, cell, into
from tests.conftest import serve

FOOT = ".st-key-form-foot"
EXE = b"MZ\x90\x00" + bytes(200)


def settled(page: Page) -> None:
    """Wait until the page has done what it was asked."""
    page.wait_for_timeout(120)
    page.wait_for_selector(READY)
    page.wait_for_timeout(60)


def box(page: Page, label: str) -> Locator:
    """A field for text by its label."""
    return page.locator(".stMain, [role=dialog]").get_by_role("textbox", name=re.compile(f"^{re.escape(label)}( \\*)?$")).last


def put(page: Page, label: str, text: str) -> None:
    """Type into a field and leave it."""
    box(page, label).fill(text)
    box(page, label).blur()
    settled(page)


def pick(page: Page, label: str, term: str, nth: int = 0) -> None:
    """Search in a picker and choose."""
    field = page.locator(".stMain, [role=dialog]").get_by_role("combobox", name=label, exact=True)
    field.click()
    field.fill(term)
    page.locator(".drop.shown li").nth(nth).click()
    settled(page)


def choose(page: Page, label: str, text: str) -> None:
    """Choose from a list."""
    page.locator(".stMain, [role=dialog]").get_by_role("combobox", name=re.compile(label)).click()
    page.get_by_role("option", name=text, exact=True).click()
    settled(page)


def click(page: Page, name: str) -> None:
    """Click a button."""
    page.locator(".stMain, [role=dialog]").get_by_role("button", name=name).last.click()
    settled(page)


def save(page: Page) -> None:
    page.locator(FOOT).get_by_role("button", name="保存").first.click()
    settled(page)


def opened(page: Page, path: str) -> None:
    """Go to an address of the product."""
    page.goto(re.sub(r"(https?://[^/]+).*", r"\1", page.url) + path)
    page.wait_for_selector(f"{FOOT}, .st-key-record-head, .st-key-list-search")
    settled(page)


def rows(folder: Path, statement: str, *given: Any) -> list[tuple[Any, ...]]:
    """What stands in the database of the product."""
    connection = sqlite_module().connect(f"file:{folder / 'centre.db'}?mode=ro", uri=True)
    try:
        return [tuple(row) for row in connection.execute(statement, given)]
    finally:
        connection.close()


def first(folder: Path, statement: str, *given: Any) -> Any:
    return rows(folder, statement, *given)[0][0]


# Forms


def test_a_new_record_from_the_list_and_back_to_it(visit: Visit, folder: Path) -> None:
    page = visit("/asset?f.state=idle&sort=-original_value", "facility")
    page.get_by_role("button", name="新建").click()
    page.wait_for_selector(FOOT)
    settled(page)
    save(page)
    expect(page.locator(FOOT)).to_contain_text("尚未保存，请更正：资产名称、资产分类、存放地点、保管人、原值（价值）、资金来源（价值）")
    put(page, "资产名称", "《测试》<b>电脑</b> 🖥️")
    put(page, "数量", "０x")
    expect(page.locator(".stMain")).to_contain_text("这不是数字")
    put(page, "数量", "１")
    pick(page, "资产分类", "台式")
    pick(page, "存放地点", "A1-01")
    pick(page, "保管人", "梁静")
    page.get_by_role("tab", name="价值").click()
    put(page, "原值 (¥)", "-5")
    # The tab stays where it is while errors come and go.
    expect(page.locator(".stMain")).to_contain_text("必须大于 0。")
    put(page, "原值 (¥)", "4,510.5")
    pick(page, "资金来源", "财政")
    # Twice as quickly as somebody in doubt: one record.
    page.locator(FOOT).get_by_role("button", name="保存").first.dblclick()
    expect(page.locator(".st-key-record-head")).to_contain_text("《测试》<b>电脑</b> 🖥️")
    settled(page)
    assert first(folder, "select count(*) from asset where name like '《测试》%'") == 1
    assert first(folder, "select original_value from asset where name like '《测试》%'") == 451_050
    assert "f.state=idle&sort=-original_value&id=" in page.url
    click(page, "列表")
    assert page.url.endswith("/asset?f.state=idle&sort=-original_value")


def test_fields_that_do_not_apply_come_and_go_and_the_cursor_stays(visit: Visit) -> None:
    page = visit("/asset_move?new=1", "facility")
    reason = box(page, "事由")
    expect(box(page, "借用人")).to_have_count(0)
    page.get_by_text("借出", exact=True).click()
    expect(box(page, "借用人")).to_be_visible()
    reason.click()
    page.keyboard.type("借给社区使用", delay=40)
    settled(page)
    page.keyboard.type("三天", delay=40)
    expect(reason).to_be_focused()
    expect(reason).to_have_value("借给社区使用三天")
    page.get_by_text("领用", exact=True).click()
    expect(box(page, "借用人")).to_have_count(0)
    expect(page.get_by_role("combobox", name="新保管人")).to_be_visible()
    expect(reason).to_have_value("借给社区使用三天")


def test_what_is_being_typed_is_there_after_the_browser_was_closed(visit: Visit) -> None:
    page = visit("/work_order?new=1", "facility")
    field = box(page, "故障描述")
    field.click()
    page.keyboard.type("水管一直在漏，地面湿滑", delay=20)
    expect(page.locator(".stMain")).to_contain_text("草稿已保存", timeout=10_000)
    expect(field).to_be_focused()
    page.keyboard.type("，请尽快", delay=20)
    expect(field).to_have_value("水管一直在漏，地面湿滑，请尽快")
    page.wait_for_timeout(1800)
    settled(page)
    page.context.close()
    page = visit("/work_order?new=1", "facility")
    expect(box(page, "故障描述")).to_have_value("水管一直在漏，地面湿滑，请尽快")
    click(page, "取消")
    expect(page.locator(FOOT)).to_contain_text("放弃已填写的内容？")
    click(page, "放弃")
    assert page.url.endswith("/work_order")


def test_ctrl_enter_saves_what_is_still_being_typed(visit: Visit, folder: Path) -> None:
    id_ = first(folder, "select min(id) from asset_class")
    page = visit(f"/asset_class?id={id_}&edit=1", "facility")
    box(page, "最低使用年限 (个月)").fill("77")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".st-key-record-head")).to_be_visible()
    assert first(folder, "select life_months from asset_class where id = ?", id_) == 77


def test_two_who_change_the_same_field(visit: Visit, folder: Path) -> None:
    id_ = first(folder, "select max(id) from asset_class where life_months is not null")
    one, other = (visit(f"/asset_class?id={id_}&edit=1", name) for name in ("facility", "accountant"))
    put(one, "最低使用年限 (个月)", "91")
    put(other, "最低使用年限 (个月)", "92")
    save(other)
    expect(other.locator(".st-key-record-head")).to_be_visible()
    save(one)
    expect(one.locator(FOOT)).to_contain_text("修改了这条记录")
    expect(one.locator(".stMain")).to_contain_text(re.compile("填写的是：92"))
    assert first(folder, "select life_months from asset_class where id = ?", id_) == 92
    click(one, "改用此值")
    expect(box(one, "最低使用年限 (个月)")).to_have_value("92")
    put(one, "最低使用年限 (个月)", "93")
    save(one)
    expect(one.locator(".st-key-record-head")).to_be_visible()
    assert first(folder, "select life_months from asset_class where id = ?", id_) == 93


def test_a_doubt_that_comes_with_the_click_is_shown_before_anything_is_saved(visit: Visit, folder: Path) -> None:
    page = visit("/asset_class?new=1", "facility")
    put(page, "分类代码", "A09990001")
    choose(page, "资产大类", "设备")
    box(page, "分类名称").fill("台式计算机")
    save(page)
    expect(page.locator(".stMain")).to_contain_text("是同一个吗？")
    assert first(folder, "select count(*) from asset_class where code = 'A09990001'") == 0
    click(page, "仍要保存")
    expect(page.locator(".st-key-record-head")).to_be_visible()
    assert first(folder, "select count(*) from asset_class where code = 'A09990001'") == 1


def test_a_record_that_a_picker_lacks(visit: Visit) -> None:
    page = visit("/asset?new=1&f.state=idle", "facility")
    put(page, "资产名称", "还没有分类的资产")
    field = page.locator(".stMain").get_by_role("combobox", name="资产分类", exact=True)
    field.click()
    field.fill("没有的分类")
    page.locator(".drop.shown li").filter(has_text="新建资产分类").click()
    expect(box(page, "分类名称")).to_have_value("没有的分类")
    put(page, "分类代码", "A09990002")
    choose(page, "资产大类", "设备")
    save(page)
    expect(box(page, "资产名称")).to_have_value("还没有分类的资产")
    expect(page.locator(".stMain").get_by_role("combobox", name="资产分类", exact=True)).to_have_value("没有的分类")
    assert page.url.endswith("/asset?new=1&f.state=idle")


def test_lines_are_picked_changed_and_taken_out(visit: Visit, folder: Path) -> None:
    page = visit("/disposal?new=1", "facility")
    page.set_viewport_size({"width": 1440, "height": 1400})
    put(page, "处置原因", "浏览器里逐行填写")
    save(page)
    expect(page.locator(".stMain")).to_contain_text("至少需要 1 条处置明细")
    for nth in (0, 1):
        pick(page, "添加资产", "文件柜", nth)
    into(page, 0.2, 0, "x")
    save(page)
    expect(page.locator(".stMain")).to_contain_text("第 1 行 · 处置数量 · 这不是数字")
    into(page, 0.2, 0, "1")
    into(page, 0.2, 1, "999")
    save(page)
    expect(page.locator(".stMain")).to_contain_text("第 2 行 · 处置数量 · 该卡片数量仅为")
    into(page, 0.2, 1, "1")
    save(page)
    # They are younger than they should become: that is only doubted.
    expect(page.locator(".stMain")).to_contain_text("尚未达到使用年限，请在处置原因中说明")
    click(page, "仍要保存")
    expect(page.locator(".st-key-record-head")).to_be_visible()
    id_ = re.search(r"id=(\d+)", page.url)
    assert id_
    lines = "select quantity from disposal_line where disposal = ? and deleted_at is null"
    assert rows(folder, lines, id_[1]) == [(1,), (1,)]
    page.get_by_role("button", name="编辑").click()
    page.wait_for_selector("[data-testid=stDataFrame] canvas")
    settled(page)
    page.mouse.click(*cell(page, 0.93, 0))
    settled(page)
    save(page)
    expect(page.locator(".st-key-record-head")).to_be_visible()
    assert rows(folder, lines, id_[1]) == [(1,)]


def chosen(page: Page, name: str, content: bytes) -> None:
    page.locator("[data-testid=stFileUploader] input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "image/jpeg", "buffer": content}
    )


def test_pictures_are_taken_and_other_things_refused_in_plain_words(visit: Visit, folder: Path) -> None:
    page = visit("/asset?new=1", "facility")
    picture = BytesIO()
    Image.new("RGB", (900, 600), "teal").save(picture, "JPEG")
    chosen(page, "程序.jpg", EXE)
    expect(page.locator(".stMain")).to_contain_text("的内容与扩展名 .jpg 不符")
    big = folder / "big.jpg"
    with big.open("wb") as file:
        file.truncate(60_000_000)
    page.locator("[data-testid=stFileUploader] input[type=file]").first.set_input_files(big)
    chip = page.locator("[data-testid=stFileChip][aria-invalid=true]")
    expect(chip).to_be_visible()
    said = chip.evaluate("e => getComputedStyle(e.querySelector(':scope > div > div:last-child'), '::after').content")
    assert "超过 50 MB" in said
    chosen(page, "照片.jpg", picture.getvalue())
    expect(page.locator(".stMain img.preview")).to_be_visible()
    assert page.locator(".stMain img.preview").evaluate("e => e.decode().then(() => e.naturalWidth)") == 480
    click(page, "移除")
    expect(page.locator(".stMain img.preview")).to_have_count(0)
    click(page, "取消")


# Record pages


def test_moves_ask_for_what_they_demand_and_are_made_once(visit: Visit, folder: Path) -> None:
    id_ = first(folder, "select min(id) from work_order where state = 'waiting' and deleted_at is null")
    page = visit(f"/work_order?id={id_}&f.state=waiting", "facility")
    click(page, "修复完成")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="修复完成").click()
    expect(dialog.get_by_text("请填写此项。")).to_have_count(2)
    page.get_by_role("dialog").get_by_role("combobox", name=re.compile("故障原因")).click()
    page.get_by_role("option").first.click()
    settled(page)
    put(page, "维修情况", "更换灯泡")
    dialog.get_by_role("button", name="修复完成").dblclick()
    expect(dialog).to_have_count(0)
    expect(page.locator(".st-key-record-head")).to_contain_text("待验收")
    settled(page)
    assert (
        first(folder, "select count(*) from event where table_name = 'work_order' and record_id = ? and to_state = 'to_accept'", id_) == 1
    )
    page.get_by_role("tab", name="流程").click()
    expect(page.get_by_role("img", name="报修工单的状态及其流转")).to_be_visible()
    assert "f.state=waiting" in page.url


def test_a_record_goes_to_the_trash_and_comes_back(visit: Visit, folder: Path) -> None:
    id_ = first(folder, "select id from asset_class where id not in (select asset_class from asset) and deleted_at is null limit 1")
    page = visit(f"/asset_class?id={id_}&sort=code", "facility")
    click(page, "更多")
    page.get_by_text("删除", exact=True).last.click()
    put(page, "原因（将记入历史）", "重复")
    page.get_by_role("dialog").get_by_role("button", name="删除").dblclick()
    page.wait_for_url(re.compile(r"/asset_class\?sort=code$"))
    opened(page, f"/asset_class?id={id_}&trash=1")
    click(page, "恢复")
    page.wait_for_url(re.compile(rf"id={id_}$"))
    assert first(folder, "select deleted_at from asset_class where id = ?", id_) is None


def test_what_others_refer_to_is_named(visit: Visit, folder: Path) -> None:
    id_ = first(folder, "select asset_class from asset group by 1 order by count(*) desc limit 1")
    page = visit(f"/asset_class?id={id_}", "facility")
    click(page, "更多")
    page.get_by_text("删除", exact=True).last.click()
    expect(page.get_by_role("dialog")).to_contain_text(re.compile("条资产通过“资产分类”引用它"))
    expect(page.get_by_role("dialog").get_by_role("button", name="删除")).to_have_count(0)


def test_a_remark_calls_a_colleague(visit: Visit, folder: Path) -> None:
    id_ = first(folder, "select max(id) from asset")
    page = visit(f"/asset?id={id_}", "facility")
    page.get_by_role("tab", name="评论").click()
    put(page, "评论", "@director 请看 <script>document.title='hit'</script> **粗**")
    click(page, "发送")
    expect(page.get_by_test_id("stChatMessage")).to_contain_text("<script>document.title='hit'</script> **粗**")
    theirs = visit("/", "director")
    expect(theirs.locator(".st-key-bar-notices-new")).to_be_visible()


def test_going_through_a_list_record_by_record(visit: Visit) -> None:
    page = visit("/asset?f.state=idle&sort=no", "facility")
    page.locator(".stMain a").filter(has_text="ZC").first.click()
    title = page.locator(".st-key-record-head h3")
    expect(title).to_be_visible()
    one = title.inner_text()
    page.keyboard.press("j")
    expect(title).not_to_have_text(one)
    page.keyboard.press("k")
    expect(title).to_have_text(one)
    click(page, "列表")
    assert page.url.endswith("/asset?f.state=idle&sort=no")


def test_only_the_sheet_is_printed(visit: Visit, folder: Path) -> None:
    page = visit(f"/place?id={first(folder, 'select min(id) from place')}&print=1", "facility")
    expect(page.locator(".sheet h1")).to_be_visible()
    page.emulate_media(media="print")
    others = "e => !e.closest('.sheet') && !e.querySelector('.sheet') && e.checkVisibility()"
    seen = page.evaluate(f"[...document.querySelectorAll('body *')].filter({others}).length")
    assert seen == 0
    sheet = page.locator(".sheet").bounding_box()
    assert sheet
    assert (sheet["x"], sheet["y"]) < (20, 20)
    assert sheet["width"] > 1300


@pytest.mark.parametrize("path", ["/asset?new=1", "/disposal?new=1", "/booking?new=1", "/work_order?id={id}", "/work_order?id={id}&edit=1"])
@pytest.mark.parametrize("phone", [False, True])
def test_nothing_is_in_english_or_too_wide(visit: Visit, folder: Path, path: str, phone: bool) -> None:
    page = visit(path.format(id=first(folder, "select max(id) from work_order")), "facility", phone=phone)
    page.wait_for_selector(f"{FOOT}, .st-key-record-head")
    settled(page)
    if "new" in path:
        box(page, "用途" if "booking" in path else "处置原因" if "disposal" in path else "资产名称").click()
        page.keyboard.type("x")
    page.set_viewport_size({"width": PHONE["width"] if phone else 1440, "height": 2400})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # Words as they are seen: not those of icons, keys, and what stands at a size of nothing.
    seen = page.evaluate(
        """() => {
          const words = [], walker = document.createTreeWalker(document.querySelector(".stMain"), NodeFilter.SHOW_TEXT)
          while (walker.nextNode()) {
            const parent = walker.currentNode.parentElement
            if (parent.closest("style, script, kbd, [data-testid=stIconMaterial], [role=img], [aria-hidden=true] svg, .dates")) continue
            if (!parent.checkVisibility() || parseFloat(getComputedStyle(parent).fontSize) < 1) continue
            words.push(walker.currentNode.textContent)
          }
          return words
        }"""
    )
    english = [
        word
        for word in seen
        if re.search("[A-Za-z]{3,}", word) and not re.search(r"[\u4e00-\u9fff]|^(yyyy|GD\d+|ZC\d+|Ctrl.*)$", word.strip())
    ]
    assert not english


# When the database is away


@pytest.fixture(scope="module")
def apart(demo_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A product whose database may be taken away: its address and folder."""
    folder = tmp_path_factory.mktemp("apart")
    shutil.copytree(demo_database, folder, dirs_exist_ok=True)
    with serve({"DATA_DIR": str(folder), "DATABASE_URL": "", "DEMO": "1"}) as address:
        yield address, folder


def test_a_save_while_the_database_is_away_loses_nothing(chromium: Browser, apart: tuple[str, Path]) -> None:
    address, folder = apart
    page = chromium.new_page(locale="zh-CN")
    page.set_default_timeout(15_000)
    page.goto(f"{address}/asset_class?new=1")
    sign_in(page, "facility")
    put(page, "分类代码", "A09990003")
    put(page, "分类名称", "断网时填写")
    choose(page, "资产大类", "设备")
    away = folder / "away.db"
    (folder / "centre.db").rename(away)
    page.locator(FOOT).get_by_role("button", name="保存").first.click()
    expect(page.get_by_text("无法连接数据库").first).to_be_visible()
    away.rename(folder / "centre.db")
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible(timeout=20_000)
    expect(box(page, "分类名称")).to_have_value("断网时填写")
    save(page)
    expect(page.locator(".st-key-record-head")).to_contain_text("断网时填写")
    page.close()
