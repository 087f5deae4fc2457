"""Many people for minutes: `SOAK_SECONDS=600 make soak`. Memory must settle and answers must not slow down."""

import os
import time
from pathlib import Path
from statistics import median
from urllib.request import urlopen

import psutil
from playwright.sync_api import Browser, Page

from tests.conftest import Database, serve

SECONDS = int(os.environ.get("SOAK_SECONDS", "120"))
PEOPLE = 4
GROWTH_MEGABYTES = 150
"""What the server may grow by once everybody is there: caches fill, sessions keep their state."""
SLOWER = 2.0
"""How much slower the last tenth of the visits may be than the first."""


def visit(page: Page, address: str) -> float:
    """Open a page anew, as somebody who presses F5 does; seconds until its content is there."""
    began = time.perf_counter()
    page.goto(address)
    page.locator("[data-testid=stMain] [data-testid=stVerticalBlock]").first.wait_for(timeout=30_000)
    return time.perf_counter() - began


def server_of(address: str) -> psutil.Process:
    port = int(address.rpartition(":")[2])
    return next(child for child in psutil.Process().children() if any(one.laddr.port == port for one in child.net_connections("tcp")))


def test_memory_settles_and_nothing_slows_down(chromium: Browser, tmp_path: Path) -> None:
    database = Database("sqlite", f"sqlite:///{(tmp_path / 'centre.db').as_posix()}", tmp_path)
    with serve({**database.environment, "DEMO": "1"}) as address:
        server = server_of(address)
        pages = [chromium.new_page() for _ in range(PEOPLE)]
        for page in pages * 3:
            visit(page, address)
        before, took, until = server.memory_info().rss, list[float](), time.monotonic() + SECONDS
        while time.monotonic() < until:
            took.extend(visit(page, address) for page in pages)
            with urlopen(f"{address}/health", timeout=5) as answer:
                assert answer.status == 200
        grown = (server.memory_info().rss - before) / 2**20
        for page in pages:
            page.close()
    tenth = max(4, len(took) // 10)
    first, last = median(took[:tenth]), median(took[-tenth:])
    print(f"\n{len(took)} visits, first {first:.3f} s, last {last:.3f} s, grown by {grown:.0f} MB")  # noqa: T201
    assert grown < GROWTH_MEGABYTES
    assert last < first * SLOWER
