"""What a person does at the counter of the product, step by step: opens, types, picks, presses, and reads what is said."""

import re
from datetime import datetime

from playwright.sync_api import Locator, Page, expect

READY = "[data-testid=stApp][data-test-script-state=notRunning]"


def cell(page: Page, share: float, line: int) -> tuple[float, float]:
    """A place in the grid of lines: how far across, and in which line."""
    frame = page.locator("[data-testid=stDataFrame]").bounding_box()
    assert frame
    return frame["x"] + frame["width"] * share, frame["y"] + 35 * (line + 1) + 17


def into(page: Page, share: float, line: int, text: str) -> None:
    """Type into a cell of the grid."""
    page.wait_for_selector("[data-testid=stDataFrame] canvas")
    editor = page.locator("textarea.gdg-input:enabled")
    for _try in range(5):  # a grid that has just been drawn does not listen yet
        page.mouse.dblclick(*cell(page, share, line))
        page.wait_for_timeout(300)
        if editor.count():
            break
    editor.fill(text)
    page.keyboard.press("Enter")
    expect(editor).to_have_count(0)
    page.wait_for_timeout(150)
    page.wait_for_selector(READY)


class Counter:
    """One person's browser; each step waits until the page has done what it was asked."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.settle()

    @property
    def id(self) -> str:
        """The record in the address."""
        found = re.search(r"[?&]id=(\d+)", self.page.url)
        assert found, self.page.url
        return found[1]

    @property
    def main(self) -> Locator:
        """The dialog if one is open, else the page."""
        dialog = self.page.get_by_role("dialog")
        return dialog if dialog.count() else self.page.locator(".stMain")

    def settle(self) -> None:
        self.page.wait_for_timeout(150)
        self.page.wait_for_selector(READY)

    def open(self, address: str) -> "Counter":
        """Type an address of the product."""
        self.page.goto(self.page.evaluate("location.origin") + address)
        self.page.wait_for_selector(".st-key-bar")
        self.settle()
        return self

    def press(self, name: str) -> None:
        """A button, by the words on it."""
        self.main.get_by_role("button", name=re.compile(rf"(^|\s){re.escape(name)}(\s|$)")).locator("visible=true").first.click()
        self.settle()

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=re.compile(rf"^{re.escape(name)}")).first.click()
        self.settle()

    def fill(self, label: str, text: str) -> None:
        """A text field, by its label without unit and star."""
        box = self.main.get_by_role("textbox", name=re.compile(rf"^{re.escape(label)}( \(.+\))?( \*)?$")).locator("visible=true").first
        box.fill(text)
        box.blur()
        self.settle()

    def pick(self, label: str, term: str) -> None:
        """A record, by what is typed to find it."""
        box = self.main.get_by_role("combobox", name=label, exact=True).locator("visible=true").first
        box.click()
        box.fill(term)
        self.page.get_by_role("option").filter(has_text=term).first.click()
        self.settle()

    def choose(self, choice: str) -> None:
        """One of a few choices that lie side by side."""
        self.main.get_by_text(choice, exact=True).locator("visible=true").first.click()
        self.settle()

    def select(self, label: str, choice: str) -> None:
        """One of many choices."""
        self.main.get_by_role("combobox", name=re.compile(rf"^{re.escape(label)}( \*)?$|{re.escape(label)}")).first.click()
        self.page.get_by_role("option", name=choice, exact=True).click()
        self.settle()

    def date(self, label: str, when: datetime, clock: bool = True) -> None:
        """A date, or a date and time, digit by digit as it is typed."""
        kind = "stDateTimeInput" if clock else "stDateInput"
        parts = self.main.get_by_test_id(kind).filter(has_text=label).first.get_by_role("spinbutton")
        parts.first.click()
        for number in f"{when:%Y-%m-%d-%H-%M}".split("-")[: 5 if clock else 3]:
            self.page.keyboard.type(number)
        self.page.keyboard.press("Escape")
        self.page.evaluate("document.activeElement.blur()")
        self.settle()

    def save(self, button: str = "保存") -> str:
        """The id of what was saved."""
        self.press(button)
        self.page.wait_for_url(re.compile(r"[?&]id=\d+(&|$)"))
        expect(self.page.get_by_role("tab", name="历史")).to_be_visible()
        self.settle()
        return self.id

    def move(self, name: str, state: str, **typed: str) -> None:
        """A move of the record, with what its dialog asks for; `state`: where it leads."""
        self.press(name)
        if self.page.get_by_role("dialog").count():
            for label, text in typed.items():
                self.fill(label, text)
            self.page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()
            self.settle()
        expect(self.page.get_by_role("dialog")).to_have_count(0)
        self.reads(state)

    def offers(self, name: str) -> bool:
        """Whether there is such a button, and it can be pressed."""
        button = self.page.locator(".stMain").get_by_role("button", name=re.compile(rf"(^|\s){re.escape(name)}(\s|$)"))
        return bool(button.count()) and button.first.is_enabled()

    def reads(self, *texts: str) -> None:
        """All of these stand on the page."""
        for text in texts:
            expect(self.main.get_by_text(text).locator("visible=true").first).to_be_visible()

    def lacks(self, *texts: str) -> None:
        for text in texts:
            expect(self.main.get_by_text(text).locator("visible=true")).to_have_count(0)
