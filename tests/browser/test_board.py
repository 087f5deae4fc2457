"""Boards and agendas in a browser: cards and bookings are dragged, dropped where they may not go, and moved by keyboard alone."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from playwright.sync_api import FloatRect, Locator, Page, expect

from models.fields import today
from tests.browser.conftest import Visit
from tests.browser.test_list import query, settled

HOUR = 2.75
"""Rem of an hour in the agenda."""


def column(page: Page, title: str) -> Locator:
    return page.locator(f".column[aria-label^='{title}:']")


def card(page: Page, state: str, at: int = 0) -> Locator:
    return column(page, state).locator(".card").nth(at)


def box(of: Locator) -> FloatRect:
    found = of.bounding_box()
    assert found is not None
    return found


def drag(
    page: Page, of: Locator, to: Callable[[], tuple[float, float]], *, grip: tuple[float, float] = (40, 30), drop: bool = True
) -> None:
    """Take it at this place and carry it there; at the side of a board one waits until the column comes into sight."""
    of.scroll_into_view_if_needed()
    here = box(of)
    x, y = here["x"] + grip[0], here["y"] + grip[1]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 9, y + 9, steps=3)
    page.wait_for_timeout(300)
    right = page.viewport_size["width"] - 60 if page.viewport_size else 0
    while to()[0] > right:
        page.mouse.move(right, y + 9)
        page.mouse.move(right + 5, y + 9)
        page.wait_for_timeout(100)
    page.mouse.move(*to(), steps=6)
    page.wait_for_timeout(100)
    if drop:
        page.mouse.up()
        settled(page)


def into(of: Locator) -> Callable[[], tuple[float, float]]:
    return lambda: (box(of)["x"] + 70, box(of)["y"] + 90)


def beside(of: Locator, right: float = 0, down: float = 0) -> Callable[[], tuple[float, float]]:
    here = box(of)
    x, y = here["x"] + here["width"] / 2, here["y"] + here["height"] / 2
    return lambda: (x + right, y + down)


def rem(page: Page) -> float:
    return float(page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)"))


def middle(of: Locator) -> tuple[float, float]:
    return box(of)["width"] / 2, box(of)["height"] / 2


def report(page: Page, fault: str) -> None:
    """A new repair in the first column."""
    page.goto(page.evaluate("location.origin") + "/work_order?new=1")
    page.wait_for_selector(".st-key-bar")
    settled(page)
    page.get_by_role("textbox", name=re.compile("^故障")).first.fill(fault)
    place = page.get_by_role("combobox", name="场所", exact=True).first
    place.click()
    place.fill("多功能厅")
    page.get_by_role("option").filter(has_text="多功能厅").first.click()
    settled(page)
    page.get_by_role("button", name=re.compile("保存")).first.click()
    page.wait_for_url(re.compile(r"id=\d+"))
    settled(page)


def test_a_card_is_dragged_where_it_may_go_and_nowhere_else(visit: Visit) -> None:
    page = visit("/work_order", "facility")
    report(page, "拖动试验：水管渗水")
    page.goto(page.evaluate("location.origin") + "/work_order?show=board&q=拖动试验")
    page.wait_for_selector(".column")
    settled(page)
    mine = card(page, "待派")
    expect(mine).to_contain_text("水管渗水")

    # Only where a move leads does the board light up, and where none does it says why.
    drag(page, mine, into(column(page, "已完成")), drop=False)
    expect(page.locator(".column.may")).to_have_count(2)
    expect(column(page, "已派")).to_have_class(re.compile("may"))
    expect(column(page, "已完成")).to_have_class(re.compile("not"))
    expect(page.locator(".board .note")).to_contain_text("不能从“待派”直接到“已完成”")
    page.mouse.up()
    settled(page)
    expect(card(page, "待派")).to_be_visible()

    # A move that asks for something opens the dialog; left alone, the card is where it was.
    drag(page, mine, into(column(page, "已取消")))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    settled(page)
    expect(card(page, "待派")).to_be_visible()

    drag(page, mine, into(column(page, "已派")))
    expect(dialog).to_be_visible()
    person = dialog.get_by_role("combobox").first
    person.click()
    person.fill("钟")
    page.get_by_role("option").first.click()
    settled(page)
    dialog.get_by_role("button", name=re.compile("派")).last.click()
    expect(dialog).to_have_count(0)
    expect(card(page, "已派")).to_contain_text("水管渗水")

    # By keyboard alone: to the card, its menu, the move.
    card(page, "已派").focus()
    page.keyboard.press("m")
    menu = page.locator(".board .menu")
    expect(menu).to_be_visible()
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(card(page, "已派")).to_be_focused()
    page.keyboard.press("m")
    menu.get_by_role("menuitem").filter(has_text="处理中").press("Enter")
    settled(page)
    expect(card(page, "处理中")).to_contain_text("水管渗水")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"show=board&.*id=\d+|id=\d+.*show=board"))
    settled(page)
    page.go_back()
    expect(card(page, "处理中")).to_contain_text("水管渗水")


def test_the_second_of_two_people_is_told(visit: Visit) -> None:
    one, two = visit("/work_order", "facility"), visit("/work_order", "head")
    report(one, "两人同时：门锁松动")
    for page in (one, two):
        page.goto(page.evaluate("location.origin") + "/work_order?show=board&q=两人同时")
        page.wait_for_selector(".column")
        settled(page)
        expect(card(page, "待派")).to_be_visible()
    drag(one, card(one, "待派"), into(column(one, "已取消")))
    one.get_by_role("dialog").locator("textarea").fill("重复报修")
    one.get_by_role("dialog").get_by_role("button").last.click()
    expect(card(one, "已取消")).to_be_visible()
    drag(two, card(two, "待派"), into(column(two, "已取消")))
    expect(two.locator(".board .note")).to_contain_text("刚才改动了这条记录")
    expect(card(two, "已取消")).to_be_visible()
    expect(two.get_by_role("dialog")).to_have_count(0)


# Agendas


def workday() -> date:
    """A Wednesday of a week in which nothing is booked yet."""
    return today() + timedelta(days=56 - today().weekday() + 2)


def entry(page: Page, text: str) -> Locator:
    return page.locator(".entry", has_text=text).first


def agenda(page: Page, day: date, **params: str) -> None:
    more = "".join(f"&{name}={value}" for name, value in params.items())
    page.goto(page.evaluate("location.origin") + f"/booking?show=agenda&on={day}{more}")
    page.wait_for_selector(".track")
    settled(page)


def booked(page: Page, day: date, purpose: str, hour: int) -> None:
    """A booking made by dragging over an empty time of the room's row."""
    agenda(page, day, range="day")
    row = page.locator(".head", has_text="多功能厅")
    track = page.locator(".track").nth(page.locator(".head .name").all_inner_texts().index(row.inner_text()))
    width = box(track)["width"] / len(page.locator(".scale span").all())
    first = int(page.locator(".scale span").first.inner_text()[:2])
    drag(page, track, lambda: (box(track)["x"] + (hour - first + 1.9) * width, box(track)["y"] + 20), grip=((hour - first) * width + 3, 20))
    page.wait_for_url(re.compile(r"new=1.*set\.place=\d+"))
    settled(page)
    page.get_by_role("textbox", name=re.compile("^用途")).first.fill(purpose)
    page.get_by_role("textbox", name=re.compile("^预计人数")).first.fill("12")
    page.get_by_role("textbox", name=re.compile("^预计人数")).first.blur()
    settled(page)
    save = page.get_by_role("button", name=re.compile("保存"))
    save.first.click()
    settled(page)
    if not re.search(r"[?&]id=\d+", page.url):  # a warning about the room is confirmed
        save.first.click()
    page.wait_for_url(re.compile(r"id=\d+"))
    settled(page)


def confirm(page: Page) -> None:
    """The inspection of the room is due soon: it is moved all the same."""
    if page.get_by_role("dialog").count():
        page.get_by_role("dialog").get_by_role("button", name="仍要继续").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        settled(page)


def test_a_booking_is_made_moved_and_stretched_and_a_clash_is_refused(visit: Visit) -> None:
    page = visit("/booking", "facility")
    day = workday()
    booked(page, day, "拖出来的预约", 9)
    booked(page, day, "另一场", 14)
    agenda(page, day)
    one = entry(page, "拖出来的预约")
    expect(one).to_have_attribute("aria-label", re.compile("^09:00–11:00"))
    height = HOUR * rem(page)

    drag(page, one, beside(one, down=height), grip=middle(one))
    confirm(page)
    expect(entry(page, "拖出来的预约")).to_have_attribute("aria-label", re.compile("^10:00–12:00"))
    foot = box(one)["height"] - 2
    drag(page, one, lambda: (box(one)["x"] + 30, box(one)["y"] + foot - height), grip=(30, foot))
    confirm(page)
    expect(entry(page, "拖出来的预约")).to_have_attribute("aria-label", re.compile("^10:00–11:00"))

    # On top of the other one: back where it was, with the reason.
    drag(page, one, beside(one, down=4 * height), grip=middle(one))
    expect(page.locator(".timetable .note")).to_contain_text("已被占用")
    expect(entry(page, "拖出来的预约")).to_have_attribute("aria-label", re.compile("^10:00–11:00"))
    # While it is closed.
    drag(page, one, beside(one, down=9 * height), grip=middle(one))
    expect(page.locator(".timetable .note")).to_contain_text("不在开放时间内")

    # By keyboard: a day on, a quarter of an hour later, a quarter longer.
    entry(page, "拖出来的预约").focus()
    for key in ("m", "ArrowRight", "ArrowDown", "Shift+ArrowDown", "Enter"):
        page.keyboard.press(key)
    settled(page)
    confirm(page)
    expect(entry(page, "拖出来的预约")).to_have_attribute("aria-label", re.compile("^10:15–11:30"))
    entry(page, "拖出来的预约").focus()
    page.keyboard.press("m")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator(".shadow")).to_have_count(0)
    expect(entry(page, "拖出来的预约")).to_have_attribute("aria-label", re.compile("^10:15–11:30"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"id=\d+"))


def test_the_calendar_is_walked_by_keyboard_and_links(visit: Visit) -> None:
    page = visit(f"/booking?show=agenda&on={workday()}", "facility")
    page.wait_for_selector(".track")
    settled(page)
    for key, days in (("j", 7), ("k", 0)):
        page.keyboard.press(key)
        page.wait_for_url(re.compile(str(workday() + timedelta(days=days))))
        settled(page)
    page.get_by_text("月", exact=True).last.click()
    page.wait_for_url(re.compile("range=month"))
    expect(page.locator(".cell").first).to_be_visible()
    assert page.locator(".cell").count() in (28, 35, 42)
    page.locator(".cell .name").nth(9).click()
    page.wait_for_url(re.compile("range=day"))
    settled(page)
    page.go_back()
    page.wait_for_url(re.compile("range=month"))
    page.get_by_role("button", name=re.compile("今天")).click()
    page.wait_for_url(re.compile(f"on={today()}"))
    assert query(page)["show"] == ["agenda"]


def test_on_a_phone_days_are_lists_and_nothing_runs_off_the_screen(visit: Visit) -> None:
    page = visit("/booking?show=agenda", "facility", phone=True)
    page.wait_for_selector(".timetable .list section")
    settled(page)
    expect(page.locator(".timetable .list section")).to_have_count(7)
    expect(page.locator(".track").first).to_be_hidden()
    for show in ("agenda", "agenda&range=month", "board"):
        page.goto(page.evaluate("location.origin") + f"/booking?show={show}")
        page.wait_for_selector(".timetable, .board")
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".board .act").first.tap()
    expect(page.locator(".board .menu")).to_be_visible()
    menu = box(page.locator(".board .menu"))
    assert menu["x"] >= 0
    assert menu["x"] + menu["width"] <= 390
