"""What the frame costs at every step, in time of the processor."""

import statistics
import time
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts import frame
from services.platform.db import writing
from services.platform.settings import ROOT
from tests.areas.conftest import furnish
from tests.bench.figures import Figures
from tests.conftest import Database

BUDGET = 8.0
"""Milliseconds for everything around the page."""


def test_a_step_of_an_almost_empty_page(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, figures: Figures) -> None:
    from pages import today
    from services import accounts

    with writing() as db:
        house = furnish()
        accounts.set_password(db, house.system, house.accounts["facility"], "three blue boats")
    monkeypatch.setattr(today, "show", lambda: None)
    taken: list[float] = []
    run = frame.run

    def timed() -> Any:
        began = time.thread_time()
        run()
        taken.append(1000 * (time.thread_time() - began))

    monkeypatch.setattr(frame, "run", timed)
    screen = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=20).run()
    screen.text_input(key="signin-name").input("facility")
    screen.text_input(key="signin-password").input("three blue boats")
    screen.button[0].click().run()
    for _time in range(30):
        screen.run()
    median = statistics.median(taken[5:])
    figures.add("frame: around an almost empty page, of the processor", median, target=BUDGET)
    assert median < BUDGET
