"""Lists and charts in a browser: addresses that can be sent and gone back to, and everything done with a mouse, a keyboard or a thumb."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit

DRAW_MS = 20_000


def settled(page: Page) -> None:
    """Wait until the page has done what it was asked."""
    page.wait_for_timeout(150)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def rows(page: Page) -> Locator:
    return page.locator("table tbody tr")


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def chip(page: Page, name: str) -> Locator:
    return page.locator("[data-testid=stPopover] button", has_text=name).first


def body(page: Page) -> Locator:
    return page.get_by_test_id("stPopoverBody")


def where(page: Page) -> Locator:
    return page.get_by_text(re.compile(r"第 [\d,]+–[\d,]+ 条，共 [\d,+]+ 条"))


def test_a_list_can_be_filtered_sent_and_gone_back_to(visit: Visit) -> None:
    page = visit("/work_order", "facility")
    everything = where(page).inner_text()
    chip(page, "状态").click()
    body(page).get_by_role("button", name=re.compile("^已完成")).click()
    page.wait_for_url(re.compile(r"f\.state=done"))
    expect(where(page)).not_to_have_text(everything)
    closed = where(page).inner_text()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="添加筛选").click()
    page.get_by_role("menuitem").first.click()
    expect(body(page)).to_be_visible()
    page.keyboard.press("Escape")
    page.go_back()
    expect(where(page)).to_have_text(everything)
    page.go_forward()
    expect(where(page)).to_have_text(closed)
    other = page.context.new_page()
    other.goto(page.url)
    expect(where(other)).to_have_text(closed)
    other.get_by_role("button", name="清除全部").click()
    expect(where(other)).to_have_text(everything)
    assert not query(other)


def test_typing_a_search_is_one_step_back(visit: Visit) -> None:
    page = visit("/asset", "facility")
    everything = where(page).inner_text()
    box = page.get_by_placeholder("搜索资产")
    for letter in "空调":
        box.press_sequentially(letter)
        page.wait_for_url(re.compile("q="))
        page.wait_for_timeout(600)
    settled(page)
    expect(where(page)).not_to_have_text(everything)
    expect(box).to_be_focused()
    expect(box).to_have_value("空调")
    page.go_back()
    expect(where(page)).to_have_text(everything)
    expect(box).to_have_value("")


def test_heads_sort_and_pages_turn(visit: Visit) -> None:
    page = visit("/asset?size=20", "facility")
    expect(rows(page)).to_have_count(20)
    page.locator("button.sort", has_text="存放地点").click()
    page.wait_for_url(re.compile("sort=place"))
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("存放地点")
    settled(page)
    first = rows(page).first.inner_text()
    page.get_by_role("button", name="下一页").click()
    expect(where(page)).to_contain_text("第 21–40 条")
    page.go_back()
    expect(rows(page).first).to_have_text(re.compile(re.escape(first.split("\n")[0])))
    page.get_by_role("button", name="末页").click()
    expect(page.get_by_role("button", name="下一页")).to_be_disabled()


def test_a_row_opens_its_record_and_back_leads_to_the_same_list(visit: Visit) -> None:
    page = visit("/asset?f.state=in_use&sort=name", "facility")
    name = rows(page).nth(2).locator("a.title").inner_text()
    with page.context.expect_page() as opened:
        rows(page).nth(2).locator("a.title").click(modifiers=["Control"])
    expect(opened.value.get_by_text(name).first).to_be_visible()
    rows(page).nth(2).locator("a.title").click()
    page.wait_for_url(re.compile(r"id=\d+"))
    assert query(page)["f.state"] == ["in_use"]
    expect(page.get_by_text(name).first).to_be_visible()
    page.go_back()
    expect(rows(page).nth(2).locator("a.title")).to_have_text(name)
    assert "id" not in query(page)


def test_records_of_one_or_two_places_are_picked_while_typing(visit: Visit) -> None:
    page = visit("/asset", "facility")
    everything = where(page).inner_text()
    chip(page, "资产分类").click()
    box = body(page).get_by_role("combobox")
    for word, address in (("空调机", r"f\.asset_class=\d+$"), ("电梯", r"f\.asset_class=\d+%2C\d+$")):
        box.fill(word)
        page.get_by_role("option", name=re.compile(word)).first.click()
        page.wait_for_url(re.compile(address))
    expect(page.get_by_role("button", name=re.compile("空调机、电梯"))).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name=re.compile("^空调机"))).to_be_visible()
    page.go_back()
    expect(where(page)).to_have_text(everything)


def test_following_a_reference_is_one_step_and_back_is_the_list(visit: Visit) -> None:
    page = visit("/asset?f.state=in_use", "facility")
    link = rows(page).locator("a.reference").first
    expect(link).to_be_visible()
    link.click()
    page.wait_for_url(re.compile(r"/asset_class\?id=\d+$"))
    settled(page)
    page.go_back()
    page.wait_for_url(re.compile(r"/asset\?f\.state=in_use$"))
    expect(rows(page).first).to_be_visible()


def test_several_records_are_changed_after_a_look_at_what_will_happen(visit: Visit) -> None:
    page = visit("/asset?f.state=in_use&size=20", "facility")
    for place in (0, 1, 2):
        rows(page).nth(place).locator("input[type=checkbox]").click()
    page.get_by_role("button", name="批量修改").click()
    dialog = page.get_by_test_id("stDialog")
    # What is in use changes hands by a move; no field that each of them would refuse is offered.
    expect(dialog.get_by_role("button", name="资产名称", exact=True)).to_be_visible()
    expect(dialog.get_by_role("button", name="保管人", exact=True)).to_have_count(0)
    dialog.get_by_role("button", name="备注", exact=True).click()
    dialog.get_by_role("textbox").last.fill("清点后贴新标签")
    dialog.get_by_role("button", name="预览结果").click()
    expect(dialog.get_by_text("可以处理 3 条")).to_be_visible()
    expect(dialog.get_by_text("备注 → 清点后贴新标签")).to_be_visible()
    dialog.get_by_role("button", name="返回").click()
    expect(dialog.get_by_role("textbox").last).to_have_value("清点后贴新标签")
    dialog.get_by_role("button", name="预览结果").click()
    dialog.get_by_role("button", name="确认处理 3 条").click()
    expect(dialog.get_by_text("已处理 3 条")).to_be_visible()
    dialog.get_by_role("button", name="关闭").last.click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="批量修改")).to_have_count(0)


def test_a_selection_can_grow_to_all_that_match(visit: Visit) -> None:
    page = visit("/asset?size=20", "facility")
    page.locator("thead input[type=checkbox]").click()
    bar = page.locator(".st-key-asset-bulk")
    expect(bar).to_contain_text("已选 20 条")
    page.get_by_role("button", name=re.compile("选择符合条件的全部")).click()
    total = re.search(r"共 ([\d,+]+) 条", where(page).inner_text())
    assert total
    expect(bar).to_contain_text(f"已选 {total[1]} 条")
    page.get_by_role("button", name="取消选择").click()
    expect(page.get_by_role("button", name="取消选择")).to_have_count(0)


def test_columns_density_and_a_view_of_ones_own(visit: Visit) -> None:
    page = visit("/asset", "facility")
    page.locator("[data-testid=stPopover] button", has_text="显示").click()
    first = body(page).locator("li").nth(3)
    moved = first.get_attribute("data-name")
    first.locator(".arrow").first.click()
    page.wait_for_url(re.compile("cols="))
    body(page).get_by_role("radio", name="紧凑").click()
    page.wait_for_url(re.compile("density=compact"))
    assert query(page)["cols"][0].split(",")[2] == moved
    page.keyboard.press("Escape")
    chip(page, "视图").click()
    body(page).get_by_role("textbox").fill("我的资产")
    body(page).get_by_role("button", name="另存为新视图").click()
    page.wait_for_url(re.compile("view="))
    expect(page.locator("[data-testid=stPopover] button", has_text="我的资产")).to_be_visible()


class Sheet:
    """The sheet of quick edit, as its own table for readers of screens tells it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.canvas = page.get_by_test_id("data-grid-canvas")
        expect(self.canvas).to_be_visible(timeout=DRAW_MS)
        settled(page)

    def column(self, name: str) -> int:
        heads = self.canvas.locator("thead th")
        expect(self.canvas.get_by_text(name, exact=True)).to_be_attached()
        return heads.all_text_contents().index(name)

    def cell(self, row: int, name: str) -> Locator:
        return self.canvas.locator(f"tr[aria-rowindex='{row + 2}'] td").nth(self.column(name))

    def enter(self, name: str, text: str = "") -> None:
        """Write into a cell of the first row, or turn its tick, as with the keyboard."""
        box = self.canvas.bounding_box()
        assert box
        self.page.mouse.click(box["x"] + 10, box["y"] + 50)
        for _step in range(self.column(name)):
            self.page.keyboard.press("ArrowRight")
        self.page.keyboard.press("Enter")
        if text:
            editor = self.page.locator(".gdg-input")
            editor.fill(text)
            editor.press("Enter")


def test_a_list_opens_with_a_view_and_back_leads_out_of_it(visit: Visit) -> None:
    page = visit("/supply_item?f.category=office", "facility")
    few = where(page).inner_text()
    chip(page, "视图").click()
    body(page).get_by_role("textbox").fill("办公用品")
    body(page).get_by_text("打开列表时默认使用").click()
    body(page).get_by_role("button", name="另存为新视图").click()
    page.wait_for_url(re.compile("view="))
    page.goto(page.url.partition("/supply_item")[0] + "/stock_move")
    expect(rows(page).first).to_be_visible()
    page.get_by_role("link", name="物资", exact=True).click()
    page.wait_for_url(re.compile(r"/supply_item\?f\.category=office&view=\d+$"))
    expect(where(page)).to_have_text(few)
    page.go_back()
    page.wait_for_url(re.compile(r"/stock_move$"))
    page.go_forward()
    expect(where(page)).to_have_text(few)
    chip(page, "办公用品").click()
    body(page).get_by_role("button", name="全部记录").click()
    expect(where(page)).not_to_have_text(few)
    chip(page, "视图").click()
    body(page).get_by_role("button", name="办公用品").click()
    page.wait_for_url(re.compile("view="))
    chip(page, "办公用品").click()
    body(page).get_by_role("button", name="删除").click()
    page.wait_for_url(lambda url: "view=" not in url)
    expect(page.locator("[data-testid=stPopover] button", has_text="视图")).to_be_visible()


def test_quick_edit_saves_a_cell_that_is_left(visit: Visit) -> None:
    page = visit("/place", "facility")
    page.locator("label", has_text="快速编辑").click()
    sheet = Sheet(page)
    # A field that is no column of the list stands here as it is kept.
    expect(sheet.cell(0, "疏散通道畅通")).to_have_text("true")
    expect(sheet.cell(0, "可预约")).to_have_text("false")
    sheet.enter("可预约")
    expect(sheet.cell(0, "保存状态")).to_have_text("✓ 已保存")
    other = page.context.new_page()
    other.goto(page.url + "?cols=code,bookable")
    expect(rows(other).first).to_contain_text("是")


def test_what_quick_edit_cannot_save_stays_and_says_why(visit: Visit) -> None:
    page = visit("/supply_item", "facility")
    page.locator("label", has_text="快速编辑").click()
    sheet = Sheet(page)
    sheet.enter("最低库存", "5000")
    expect(sheet.cell(0, "保存状态")).to_have_text("⚠ 未保存")
    expect(page.get_by_test_id("stAlert")).to_contain_text("最高库存低于最低库存")
    sheet.enter("最高库存", "6000")
    expect(sheet.cell(0, "保存状态")).to_have_text("✓ 已保存")
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_a_click_on_a_chart_leads_to_its_records_and_back(visit: Visit) -> None:
    page = visit("/asset?as=charts&period=all", "facility")
    marks = page.locator("[class*='chart-asset-states-'] .vega-embed svg.marks").first
    expect(marks).to_be_visible(timeout=DRAW_MS)
    settled(page)
    mark = marks.locator(".mark-rect path").nth(1)
    expect(mark).to_have_attribute("aria-label", re.compile(r"^在用: \d+, [\d.]+%，共 \d+ 条$"))
    mark.click()
    page.wait_for_url(re.compile(r"/asset\?f\.state=in_use$"))
    expect(rows(page).first).to_be_visible()
    page.go_back()
    page.wait_for_url(re.compile(r"/asset\?as=charts&period=all$"))
    expect(page.locator("[class*='chart-asset-states-'] .vega-embed svg.marks").first).to_be_visible(timeout=DRAW_MS)


def test_a_chart_is_taken_along_as_picture_and_as_figures(visit: Visit, tmp_path: Path) -> None:
    page = visit("/asset?as=charts&period=all", "facility")
    expect(page.locator("[class*='chart-asset-states-'] .vega-embed svg.marks").first).to_be_visible(timeout=DRAW_MS)
    settled(page)
    name = page.get_by_role("button", name=re.compile("^下载图片（PNG）")).nth(3).get_attribute("aria-label")
    assert name
    for kind, head in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        with page.expect_download() as taken:
            page.get_by_role("button", name=name.replace("PNG", kind)).click()
        taken.value.save_as(tmp_path / kind)
        assert (tmp_path / kind).read_bytes().startswith(head)
        assert (tmp_path / kind).stat().st_size > 2_000
    with page.expect_download() as taken:
        page.locator("[class*='st-key-chart-asset-states-csv'] button:visible").first.click()
    taken.value.save_as(tmp_path / "csv")
    assert (tmp_path / "csv").read_text("utf-8-sig").count("\n") > 1


def test_results_lead_to_the_records_of_another_page(visit: Visit) -> None:
    page = visit("/results?area=resources&period=all", "facility")
    marks = page.locator("[class*='chart-supply_item-value-'] .vega-embed svg.marks").first
    expect(marks).to_be_visible(timeout=DRAW_MS)
    expect(page.get_by_role("radio", name="物资")).to_be_checked()
    settled(page)
    marks.locator(".mark-rect path").first.click()
    page.wait_for_url(re.compile(r"/supply_item\?f\.category="))
    expect(rows(page).first).to_be_visible()
    page.go_back()
    page.wait_for_url(re.compile(r"/results\?area=resources&period=all$"))
    expect(marks).to_be_visible(timeout=DRAW_MS)


def test_a_list_fits_a_phone_in_the_dark(visit: Visit) -> None:
    page = visit("/work_order?f.state=done,assigned", "facility", phone=True, scheme="dark", locale="en-GB")
    expect(rows(page).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # No more than a third of the screen stands above the first record.
    box = rows(page).first.bounding_box()
    assert box
    assert box["y"] < 844 / 3
    state = page.locator("[data-testid=stPopover] button", has_text="State")
    state.click()
    expect(body(page)).to_be_visible()
    edge = body(page).bounding_box()
    assert edge
    assert edge["x"] >= 0
    assert edge["x"] + edge["width"] <= 391


def test_an_address_with_nonsense_says_so_and_shows_the_list(visit: Visit) -> None:
    page = visit("/asset?f.nothing=1&sort=oops&after=xyz", "facility")
    expect(page.get_by_test_id("stAlert")).to_have_count(3)
    expect(rows(page).first).to_be_visible()
