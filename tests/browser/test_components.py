"""The grid and the picker in a browser: what people do with mouse, keyboard and finger, and texts that try to break them."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Error, FloatRect, Locator, Page, ViewportSize, expect

from pages.parts.browser import MOST_IDS, counted
from pages.parts.grid import Column, _follow, _sort
from pages.parts.picker import Found, _answer
from services.platform.settings import ROOT
from tests.conftest import free_port

SCRIPT = Path(__file__).with_name("components_script.py")
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    printed = tmp_path_factory.mktemp("components") / "server.log"
    program = f"import streamlit, uvicorn; uvicorn.run(streamlit.App({str(SCRIPT)!r}), port={port})"
    with printed.open("wb") as output:
        server = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + 60
        while True:
            assert server.poll() is None, printed.read_text("utf-8")
            assert time.monotonic() < until, printed.read_text("utf-8")
            try:
                with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5):
                    break
            except OSError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


class Screen:
    """One open page and what its script says."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self.page.locator(".st-key-facts code").inner_text())
        return facts

    def until(self, **wanted: Any) -> dict[str, Any]:
        """Wait for the script to say this."""
        limit = time.monotonic() + 8
        while (facts := self.facts()) and any(facts[name] != value for name, value in wanted.items()):
            assert time.monotonic() < limit, f"wanted {wanted}, got {facts}"
            self.page.wait_for_timeout(30)
        return facts

    def meets(self, test: Callable[[dict[str, Any]], bool]) -> None:
        """Wait for the script to say something that passes."""
        limit = time.monotonic() + 8
        while not test(facts := self.facts()):
            assert time.monotonic() < limit, facts
            self.page.wait_for_timeout(30)

    def settle(self, seconds: float = 0.4) -> dict[str, Any]:
        self.page.wait_for_timeout(seconds * 1000)
        return self.facts()

    def row(self, id_: int) -> Locator:
        return self.page.locator(f'tbody tr[data-id="{id_}"]')

    def tick(self, id_: int, *modifiers: Any) -> None:
        self.row(id_).locator("input").click(modifiers=list(modifiers))

    def ticked(self) -> list[int]:
        ids: list[int] = self.page.locator("tbody tr.chosen").evaluate_all("rows => rows.map(row => Number(row.dataset.id))")
        return ids

    def box(self, name: str) -> Locator:
        return self.page.get_by_role("combobox", name=name, exact=True)

    def options(self) -> Locator:
        return self.page.get_by_role("option")

    def note(self) -> Locator:
        """The line above the options."""
        return self.page.locator(".drop.shown .note").first

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)


def bounds(one: Locator) -> FloatRect:
    """Where it is on the screen."""
    found = one.bounding_box()
    assert found is not None, one
    return found


@pytest.fixture(scope="module")
def pages(chromium: Browser) -> Iterator[dict[bool, Page]]:
    """One for the desk, one for the phone; a test starts with a new address, which is a new session."""
    contexts = [chromium.new_context(viewport=DESK), chromium.new_context(viewport=PHONE, has_touch=True)]
    yield {False: contexts[0].new_page(), True: contexts[1].new_page()}
    for context in contexts:
        context.close()


@pytest.fixture
def screens(pages: dict[bool, Page], address: str) -> Iterator[Any]:
    errors: list[str] = []

    def note(error: Error) -> None:
        errors.append(str(error))

    def open_screen(query: str, size: ViewportSize = DESK) -> Screen:
        page = pages[size is PHONE]
        page.set_viewport_size(size)
        page.goto(f"{address}/?screen={query}")
        page.locator(".grid, .picker").first.wait_for()
        page.locator(".st-key-facts").wait_for()
        return Screen(page)

    for page in pages.values():
        page.on("pageerror", note)
    yield open_screen
    for page in pages.values():
        page.remove_listener("pageerror", note)
        assert "hit" not in page.title()
    assert errors == []


def test_grid_is_a_table_to_a_screen_reader(screens: Any) -> None:
    screen = screens("grid")
    table = screen.page.get_by_role("table", name="Things")
    expect(table.get_by_role("columnheader")).to_have_count(11)
    expect(table.get_by_role("columnheader", name="Number")).to_have_attribute("aria-sort", "ascending")
    expect(table.get_by_role("rowheader", name="Thing 6")).to_have_count(1)
    expect(screen.row(6).get_by_role("checkbox", name="Select Thing 6")).to_have_count(1)
    expect(screen.row(10)).to_have_attribute("aria-description", "late")
    expect(table.get_by_role("row").last).to_contain_text("4,650")
    # Tab leads to one row and what is in it, not to 30 × 3 controls.
    assert screen.page.locator("tbody [tabindex='0']").count() <= 6


def test_texts_stay_texts(screens: Any) -> None:
    screen = screens("grid")
    expect(screen.row(1).locator(".title")).to_contain_text("<script>")
    assert screen.page.locator("tbody script, tbody .title img").count() == 0
    assert screen.row(2).locator(".title bdi").count() == 1
    long = screen.row(3).locator(".title")
    assert len(long.inner_text()) < 600
    assert bounds(long)["height"] < 40
    screen.row(3).locator("td.primary").hover()
    expect(screen.row(3).locator("td.primary")).to_have_attribute("title", "长" * 500 + "…\n" + "长" * 500 + "…")
    expect(screen.row(6).locator("td.primary")).not_to_have_attribute("title", "x")
    heights = {round(box["height"]) for box in (bounds(screen.row(n)) for n in range(1, 8))}
    assert len(heights) == 1, heights


def test_addresses_that_would_run_are_left_out(screens: Any) -> None:
    screen = screens("grid")
    assert screen.row(5).locator("a.title").get_attribute("href") is None
    assert screen.row(5).locator("a.link").get_attribute("href") is None
    assert screen.row(6).locator("a.title").get_attribute("href") == "thing?id=6"
    assert screen.row(6).locator("a.link").get_attribute("rel") == "noopener noreferrer"
    assert screen.row(6).locator("img").get_attribute("src") is None


def test_five_ticks_are_shown_at_once_and_sent_together(screens: Any) -> None:
    screen = screens("grid")
    runs = screen.facts()["runs"]
    for id_ in (6, 8, 9, 12, 13):
        screen.tick(id_)
        assert id_ in screen.ticked()
    facts = screen.until(selected=[6, 8, 9, 12, 13])
    assert facts["runs"] <= runs + 2
    screen.tick(8)
    screen.until(selected=[6, 9, 12, 13])


def test_a_range_and_the_whole_page(screens: Any) -> None:
    screen = screens("grid")
    screen.tick(6)
    screen.tick(11, "Shift")
    screen.until(selected=[6, 7, 8, 9, 10, 11])
    screen.tick(8)
    screen.tick(10, "Shift")
    screen.until(selected=[6, 7, 11])
    head = screen.page.locator("thead input")
    expect(head).to_have_js_property("indeterminate", True)
    head.click()
    screen.meets(lambda facts: sorted(facts["selected"]) == list(range(1, 31)))
    head.click()
    screen.until(selected=[])


def test_selection_survives_pages_sorting_changes_and_being_moved(screens: Any) -> None:
    screen = screens("grid&preset=1")
    assert screen.ticked() == [7]
    screen.tick(9)
    screen.page.get_by_role("button", name="Next page").click()
    expect(screen.row(31)).to_be_visible()
    screen.until(selected=[7, 9])
    assert screen.ticked() == []
    screen.tick(40)
    screen.until(selected=[7, 9, 40])
    screen.page.get_by_text("Move it").click()
    expect(screen.page.get_by_text("above")).to_be_visible()
    expect(screen.row(40)).to_have_class("chosen")
    screen.page.get_by_text("Hide it").click()
    expect(screen.page.locator(".grid")).to_have_count(0)
    screen.page.wait_for_timeout(2300)
    screen.page.get_by_text("Hide it").click()
    expect(screen.row(40)).to_have_class("chosen")
    screen.page.get_by_role("button", name="Clear").click()
    screen.until(selected=[])
    expect(screen.page.locator("tbody tr.chosen")).to_have_count(0)
    screen.tick(41)
    screen.until(selected=[41])


def test_a_tick_is_sent_before_the_button_that_uses_it(screens: Any) -> None:
    screen = screens("grid")
    screen.tick(6)
    screen.page.get_by_role("button", name="Touch").click()
    screen.until(selected=[6])
    expect(screen.row(6).locator("td[data-kind=number]")).to_have_text("61")


def test_open_follow_and_new_tabs(screens: Any) -> None:
    screen = screens("grid")
    screen.row(6).locator("a.title").click()
    screen.until(events=[["open", 6]])
    screen.row(7).locator("td[data-kind=code]").click()
    screen.until(events=[["open", 6], ["open", 7]])
    screen.row(8).locator("a.reference").click()
    screen.until(events=[["open", 6], ["open", 7], ["follow", [3, "place"]]])
    clicks: list[tuple[str, dict[str, Any]]] = [
        ("a.title", {"modifiers": ["Control"]}),
        ("td[data-kind=code]", {"button": "middle"}),
        ("td[data-kind=code]", {"modifiers": ["Control"]}),
    ]
    for part, how in clicks:
        with screen.page.context.expect_page() as opened:
            screen.row(9).locator(part).click(**how)
        opened.value.wait_for_url("**/thing?id=9")
        opened.value.close()
    screen.meets(lambda facts: len(facts["events"]) == 3)


def test_marking_text_does_not_open(screens: Any) -> None:
    screen = screens("grid")
    cell = bounds(screen.row(6).locator("td[data-kind=code] bdi"))
    screen.page.mouse.move(cell["x"] + 2, cell["y"] + 8)
    screen.page.mouse.down()
    screen.page.mouse.move(cell["x"] + cell["width"] - 2, cell["y"] + 8, steps=4)
    screen.page.mouse.up()
    assert screen.settle()["events"] == []


def test_sorting_keeps_the_focus(screens: Any) -> None:
    screen = screens("grid")
    button = screen.page.get_by_role("columnheader", name="Number").get_by_role("button")
    button.click()
    screen.until(events=[["sort", ["number", True]]])
    expect(screen.page.get_by_role("columnheader", name="Number")).to_have_attribute("aria-sort", "descending")
    expect(screen.page.locator("tbody tr").first).to_have_attribute("data-id", "30")
    expect(button).to_be_focused()
    screen.press("Enter")
    screen.until(events=[["sort", ["number", True]], ["sort", ["number", False]]])
    assert screen.page.get_by_role("columnheader", name="Tags").get_by_role("button").count() == 0


def test_keyboard_alone(screens: Any) -> None:
    screen = screens("grid&rows=200")
    screen.page.locator("thead button").last.focus()
    screen.press("Tab")
    expect(screen.row(1)).to_be_focused()
    screen.press("ArrowDown", "ArrowDown", "ArrowUp", "ArrowDown", " ")
    screen.press("ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowUp")
    screen.until(selected=[3, 4, 5, 6])
    screen.press("End")
    expect(screen.row(200)).to_be_focused()
    expect(screen.row(200)).to_be_in_viewport()
    screen.press("PageUp")
    expect(screen.row(190)).to_be_focused()
    screen.press("Home", "Enter")
    screen.until(events=[["open", 1]])
    expect(screen.row(1)).to_be_focused()
    screen.press("Tab", "Tab", "Tab", "Tab", "Tab")
    assert not screen.row(1).evaluate("row => row.matches(':focus')")
    screen.row(3).focus()
    screen.press("Control+a")
    screen.meets(lambda facts: len(facts["selected"]) == 200)
    screen.press("Escape")
    screen.until(selected=[])


def test_changes_come_in_place(screens: Any) -> None:
    screen = screens("grid&rows=200")
    screen.row(150).focus()
    top = screen.page.locator(".scroller").evaluate("one => one.scrollTop")
    assert top > 1000
    screen.row(150).evaluate("row => { row.mark = 'same' }")
    screen.page.get_by_role("button", name="Touch").evaluate("button => button.click()")
    screen.page.wait_for_timeout(500)
    assert screen.row(6).locator("td[data-kind=number]").text_content() == "61"
    assert screen.row(150).evaluate("row => row.mark") == "same"
    assert screen.page.locator(".scroller").evaluate("one => one.scrollTop") == top
    # Streamlit takes the block off the page and puts a new one in its place.
    screen.row(150).focus()
    screen.page.get_by_role("checkbox", name="Move it").evaluate("one => one.click()")
    expect(screen.page.get_by_text("above")).to_be_visible()
    screen.page.wait_for_timeout(300)
    assert screen.page.locator(".scroller").evaluate("one => one.scrollTop") == top
    screen.page.get_by_role("button", name="Next page").click()
    expect(screen.row(201)).to_be_visible()
    assert screen.page.locator(".scroller").evaluate("one => one.scrollTop") == 0


def test_head_and_name_stay_in_view(screens: Any) -> None:
    screen = screens("grid&rows=200", {"width": 900, "height": 700})
    screen.page.locator(".scroller").evaluate("one => { one.scrollTop = 3000; one.scrollLeft = 400 }")
    screen.page.wait_for_timeout(200)
    frame = bounds(screen.page.locator(".scroller"))
    head = bounds(screen.page.locator("thead .primary"))
    assert abs(head["y"] - frame["y"]) < 3
    assert abs(head["x"] - frame["x"]) < 60
    foot = bounds(screen.page.locator("tfoot tr"))
    assert foot["y"] + foot["height"] <= frame["y"] + frame["height"] + 1
    cells = {round(bounds(screen.page.locator(f"{part} .primary").first)["width"]) for part in ("thead", "tbody", "tfoot")}
    assert len(cells) == 1


def test_cards_on_a_phone(screens: Any) -> None:
    screen = screens("grid", PHONE)
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= 390
    scroller = screen.page.locator(".scroller")
    assert scroller.evaluate("one => one.scrollWidth <= one.clientWidth")
    expect(screen.page.locator("thead")).to_be_hidden()
    card = screen.row(6)
    expect(card.locator(".title")).to_be_visible()
    expect(card.locator(".badge").first).to_be_visible()
    assert card.locator("td.line:visible").count() == 4
    tick = bounds(card.locator("td.check"))
    assert tick["width"] >= 40
    assert tick["height"] >= 40
    card.locator("td.check").tap()
    screen.until(selected=[6])
    expect(screen.page.locator(".bar .count")).to_have_text("1 chosen")
    screen.page.locator(".bar select").select_option(label="Name · descending")
    screen.until(events=[["sort", ["name", True]]])
    screen.row(10).locator("td.line").first.tap()
    screen.until(events=[["sort", ["name", True]], ["open", 10]])


def test_an_empty_list_says_so(screens: Any) -> None:
    screen = screens("grid&empty=1")
    expect(screen.page.get_by_text("Nothing here yet")).to_be_visible()
    expect(screen.page.locator("thead")).to_be_visible()
    expect(screen.page.locator("tfoot tr")).to_have_count(0)
    plain = screens("grid&plain=1")
    assert plain.page.locator("tbody input").count() == 0
    plain.row(6).focus()
    plain.press(" ")
    assert plain.settle()["selected"] == []


def test_two_hundred_rows_are_drawn_fast(screens: Any) -> None:
    screen = screens("grid&rows=200")
    measure = """() => new Promise(done => {
        const body = document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot.querySelector('tbody')
        new MutationObserver((_, me) => {
            me.disconnect()
            const from = performance.now()
            body.offsetHeight
            done(performance.now() - from)
        }).observe(body, { childList: true })
        for (const one of document.querySelectorAll('button')) if (one.textContent === 'Next page') one.click()
    })"""
    best = min(screen.page.evaluate(measure) for _ in range(3))
    assert best < 30, f"laying out took {best:.0f} ms"


def test_pick_by_typing(screens: Any) -> None:
    screen = screens("picker")
    screen.box("One").click()
    expect(screen.options()).to_have_count(3)
    expect(screen.page.get_by_text("Used lately")).to_be_visible()
    screen.page.keyboard.type("person 123")
    expect(screen.options().first).to_contain_text("Person 123")
    assert screen.page.locator("mark").all_inner_texts()[:2] == ["Person", "123"]
    expect(screen.box("One")).to_have_attribute("aria-expanded", "true")
    active = screen.box("One").get_attribute("aria-activedescendant")
    expect(screen.page.locator(f"#{active}")).to_contain_text("Person 123")
    screen.press("ArrowDown", "ArrowDown", "ArrowUp", "Enter")
    facts = screen.until(one=1123)
    expect(screen.box("One")).to_have_value("Person 1123")
    expect(screen.box("One")).to_have_attribute("aria-expanded", "false")
    screen.press("Backspace")
    screen.until(one=None)
    expect(screen.options()).to_have_count(3)
    screen.press("Escape")
    expect(screen.options()).to_have_count(0)
    assert len(facts["asked"]) <= 3


def test_what_the_script_sets_is_shown(screens: Any) -> None:
    screen = screens("picker")
    screen.page.get_by_role("button", name="Set to 9").click()
    screen.until(one=9)
    expect(screen.box("One")).to_have_value("Person 9")
    screen.page.locator(".picker", has=screen.box("One")).locator(".clear").click()
    screen.until(one=None)
    expect(screen.box("One")).to_have_value("")
    expect(screen.box("One")).to_be_focused()


def test_fast_typing_loses_nothing_and_old_answers_are_not_shown(screens: Any) -> None:
    screen = screens("picker&move=1")
    box = screen.box("One")
    box.click()
    screen.page.keyboard.type("slow")
    screen.page.wait_for_timeout(250)  # asked; the answer takes 0.8 s
    for _ in range(4):
        screen.press("Backspace")
    screen.page.keyboard.type("person 4321", delay=25)
    expect(box).to_have_value("person 4321")
    expect(screen.options().first).to_contain_text("Person 4321")
    screen.page.wait_for_timeout(900)
    expect(box).to_have_value("person 4321")
    expect(box).to_be_focused()
    assert screen.options().count() == 1
    # Typing in the middle, with the block around it taken off and put back meanwhile.
    screen.press("Home")
    for letter in "ab":
        screen.page.keyboard.type(letter)
        screen.page.wait_for_timeout(300)
    screen.page.get_by_role("checkbox", name="Move it").evaluate("one => one.click()")
    screen.page.wait_for_timeout(600)
    screen.page.keyboard.type("c")
    expect(box).to_have_value("abcperson 4321")
    expect(screen.note()).to_have_text("Nothing found for “abcperson 4321”")


def test_enter_before_the_answer_picks_only_what_is_certain(screens: Any) -> None:
    screen = screens("picker")
    screen.box("One").click()
    screen.page.keyboard.type("person 4321")
    screen.press("Enter")
    screen.until(one=4321)
    screen.box("One").fill("person 12")
    screen.press("Enter")
    expect(screen.options()).to_have_count(20)
    assert screen.settle()["one"] in (None, 4321)


def test_leaving_keeps_what_was_picked(screens: Any) -> None:
    screen = screens("picker")
    screen.page.get_by_role("button", name="Set to 9").click()
    screen.until(one=9)
    screen.box("One").click()
    screen.page.keyboard.type("zzz")
    expect(screen.note()).to_contain_text("Nothing found")
    screen.press("Tab", "Tab")  # the next field's help comes first, as with Streamlit's own
    expect(screen.box("One")).to_have_value("Person 9")
    expect(screen.box("Many")).to_be_focused()
    screen.until(one=9)


def test_an_input_method_is_left_alone(screens: Any) -> None:
    screen = screens("picker")
    screen.box("One").click()
    expect(screen.options()).to_have_count(3)
    client = screen.page.context.new_cdp_session(screen.page)
    for text in ("p", "pe", "per"):
        client.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
        screen.page.wait_for_timeout(200)
    assert screen.facts()["asked"] == [""]
    client.send("Input.insertText", {"text": "person 55"})
    expect(screen.options().first).to_contain_text("Person 55")
    assert screen.until(asked=["", "person 55"])["one"] is None


def test_several_are_chips(screens: Any) -> None:
    screen = screens("picker")
    box = screen.box("Many")
    box.click()
    expect(screen.options()).to_have_count(4)
    screen.press("ArrowDown", "Enter", "ArrowDown", "Enter")
    screen.until(many=[7, 77])
    box.type("person 500")
    expect(screen.options().first).to_contain_text("Person 500")
    screen.press("Enter")
    screen.until(many=[7, 77, 500])
    expect(box).to_have_value("")
    screen.press("ArrowLeft", "ArrowLeft", "Delete")
    screen.until(many=[7, 500])
    screen.page.get_by_role("button", name="Remove Person 7", exact=True).click()
    screen.until(many=[500])
    box.click()
    screen.press("Backspace")
    screen.until(many=[])


def test_add_new_says_what_was_typed(screens: Any) -> None:
    screen = screens("picker")
    screen.box("Many").click()
    screen.page.keyboard.type("nobody at all")
    expect(screen.note()).to_contain_text("Nothing found")
    screen.press("ArrowDown")
    expect(screen.options().last).to_have_class("adder active")
    screen.press("Enter")
    screen.until(events=[["add", "nobody at all"]])
    expect(screen.box("Many")).to_have_value("")


def test_picker_texts_stay_texts(screens: Any) -> None:
    screen = screens("picker")
    for term, id_ in (("<script>", 10_001), ("长", 10_002), ("שלום", 10_003), ("istanbul", None), ("(.*", None)):
        box = screen.box("One")
        box.fill(term)
        if id_ is None:
            expect(screen.note()).to_contain_text("Nothing found")
            continue
        expect(screen.options()).to_have_count(1)
        expect(screen.options().first.locator("mark").first).to_have_text(term if id_ != 10_002 else "长")
        assert bounds(screen.options().first)["height"] < 60
        screen.press("Enter")
        screen.until(one=id_)
    assert screen.page.locator(".picker script, .picker img").count() == 0
    screen.box("One").fill("x" * 3000)
    assert len(screen.box("One").input_value()) == 200


def test_a_fragment_alone_runs(screens: Any) -> None:
    screen = screens("picker")
    runs = screen.facts()["runs"]
    screen.box("In a fragment").click()
    screen.page.keyboard.type("person 42")
    expect(screen.options().first).to_contain_text("Person 42")
    screen.press("Enter")
    expect(screen.page.get_by_text("fragment: 42,")).to_be_visible()
    assert screen.facts()["runs"] == runs


def test_in_a_dialog(screens: Any) -> None:
    screen = screens("picker")
    screen.page.get_by_role("button", name="Open dialog").click()
    box = screen.box("In a dialog")
    box.click()
    screen.page.keyboard.type("person 42")
    expect(screen.options().first).to_contain_text("Person 42")
    field, shown = bounds(box), bounds(screen.options().first)
    assert abs(shown["x"] - field["x"]) < 30
    assert 0 < shown["y"] - field["y"] < 60
    at = screen.page.evaluate(
        "([x, y]) => { let one = document.elementFromPoint(x, y); while (one.shadowRoot) one = one.shadowRoot.elementFromPoint(x, y);"
        " return Boolean(one.closest('li')) }",
        [shown["x"] + 20, shown["y"] + 10],
    )
    assert at, "something lies over the list"
    screen.press("Escape")
    expect(screen.options()).to_have_count(0)
    expect(screen.page.get_by_role("dialog")).to_be_visible()
    box.fill("person 43")
    screen.options().first.click()
    expect(screen.page.get_by_text("dialog: 43 []")).to_be_visible()
    screen.press("Escape")
    expect(screen.page.get_by_role("dialog")).to_be_hidden()


def test_the_list_is_not_cut_off(screens: Any) -> None:
    for size in (DESK, PHONE):
        screen = screens("picker", size)
        for name, wanted in (("In a small box", True), ("Last", False)):
            screen.box(name).scroll_into_view_if_needed()
            screen.box(name).click()
            screen.page.keyboard.type("person 1")
            expect(screen.options()).to_have_count(20)
            shown = bounds(screen.page.locator(".drop.shown"))
            field = bounds(screen.box(name))
            assert shown["height"] > 150
            assert shown["y"] >= 0
            assert shown["y"] + shown["height"] <= size["height"]
            assert shown["x"] >= 0
            assert shown["x"] + shown["width"] <= size["width"]
            assert shown["y"] >= field["y"] + field["height"] - 1 or shown["y"] + shown["height"] <= field["y"] + 1
            screen.options().nth(1).click()
            if wanted:
                screen.meets(lambda facts: facts["cut"] is not None)


def test_it_looks_and_reads_like_its_neighbours(screens: Any) -> None:
    screen = screens("picker")
    wrong = screen.box("Wrong")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_attribute("aria-required", "true")
    expect(wrong).to_have_accessible_description("Choose somebody A hint")
    expect(screen.box("Off")).to_be_disabled()
    field = screen.page.locator(".picker", has=screen.box("One"))
    field.locator(".help").hover()
    expect(field.locator(".tip")).to_be_visible()
    expect(field.locator(".tip")).to_have_text("A hint")
    box = field.locator(".box")
    assert bounds(box)["height"] == pytest.approx(
        2.5 * screen.page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)"), abs=1
    )


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.sampled_from(["n", "ids", "code", "place"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["n", "ids", "id", "column", "descending", "term"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(JSON)
def test_whatever_comes_back_is_checked_for_its_shape(sent: Any) -> None:
    columns = [Column("code", "Code"), Column("place", "Place", "reference", sortable=False)]
    if (choice := counted(sent)) is not None:
        assert all(type(one) is int and one > 0 for one in (choice[0], *choice[1]))
    if (followed := _follow(sent, columns)) is not None:
        assert type(followed[0]) is int
        assert followed[1] == "place"
    if (sort := _sort(sent, columns)) is not None:
        assert sort[0] == "code"
        assert type(sort[1]) is bool
    asked: list[str] = []

    def search(term: str) -> Found:
        asked.append(term)
        return Found([])

    _answer(sent, search)
    assert all(isinstance(one, str) and len(one) <= 200 for one in asked)


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "x",
        {"n": 0, "ids": []},
        {"n": True, "ids": []},
        {"n": 1, "ids": {}},
        {"n": 1, "ids": [True]},
        {"n": 1, "ids": [-1]},
        {"n": 1, "ids": ["1"]},
        {"n": 1, "ids": [1.0]},
        {"n": 1, "ids": list(range(1, MOST_IDS + 2))},
    ],
)
def test_a_choice_of_the_wrong_shape_is_not_believed(sent: Any) -> None:
    assert counted(sent) is None
    assert counted({"n": 2, "ids": [3, 1, 3]}) == (2, (3, 1))
