"""A running product with the demo centre, and people who sign in to it."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fasteners import InterProcessLock
from playwright.sync_api import Browser, Page, ViewportSize

from seed import demo
from services.platform import db, migrate
from services.platform.settings import override
from tests.conftest import serve

PASSWORD = demo.PASSWORD
WIDE: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def demo_database(_shared: Path) -> Path:
    """A SQLite database with the demo centre, made once for all workers; copy it."""
    made = _shared / "demo"
    with InterProcessLock(_shared / "demo.lock"):
        if not (made / "done").exists():
            with override(data_dir=made):
                migrate.upgrade(lambda _line: None)
                demo.ensure(lambda _line: None)
                db.engine().dispose()
            (made / "done").touch()
    return made


@pytest.fixture(scope="module")
def folder(demo_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the product of this module keeps its data: a copy of the demo centre."""
    return Path(shutil.copytree(demo_database, tmp_path_factory.mktemp("served"), dirs_exist_ok=True))


@pytest.fixture(scope="module")
def demo_server(folder: Path) -> Iterator[str]:
    """The address of a product of this module's own."""
    os.environ.pop("DATABASE_URL", None)
    with serve({"DATA_DIR": str(folder), "DATABASE_URL": "", "DEMO": "1"}) as address:
        yield address


Visit = Callable[..., Page]


@pytest.fixture
def visit(chromium: Browser, demo_server: str) -> Iterator[Visit]:
    """Open an address of the product in a browser of its own: `visit("/asset", "facility")` signs in first.

    A page fails its test when a script of it fails, or when anything is fetched from elsewhere.
    """
    wrong: list[str] = []
    opened = []

    def open_page(path: str = "/", username: str = "", *, locale: str = "zh-CN", phone: bool = False, scheme: str = "light") -> Page:
        context = chromium.new_context(
            locale=locale,
            viewport=PHONE if phone else WIDE,
            has_touch=phone,
            is_mobile=phone,
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: wrong.append(request.url) if _is_elsewhere(request.url, demo_server) else None)
        page.goto(demo_server + path)
        if username:
            sign_in(page, username)
        return page

    yield open_page
    for context in opened:
        context.close()
    assert not wrong


def _is_elsewhere(url: str, server: str) -> bool:
    return url.startswith("http") and not url.startswith(server)


def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """Fill in the sign-in page and wait for the frame, drawn once more when the cookie is there."""
    page.locator("input[autocomplete=username]").fill(username)
    page.locator("input[autocomplete=current-password]").fill(password)
    page.locator("input[autocomplete=current-password]").press("Enter")
    page.wait_for_selector(".st-key-bar")
    page.wait_for_timeout(300)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
