"""Start-up: from nothing to the first answer, and again."""

import time
from pathlib import Path

import pytest

from tests.bench.figures import Figures
from tests.conftest import Database, serve

AGAIN_SECONDS = 3.0
"""What is promised for a second start."""


def seconds(database: Database, demo: str) -> float:
    began = time.perf_counter()
    with serve({**database.environment, "DEMO": demo}):
        return time.perf_counter() - began


@pytest.mark.parametrize("demo", ["0", "1"])
def test_second_start(demo: str, tmp_path: Path, figures: Figures) -> None:
    empty = Database("sqlite", f"sqlite:///{(tmp_path / 'centre.db').as_posix()}", tmp_path)
    first = seconds(empty, demo)
    again = sorted(seconds(empty, demo) for _ in range(3))[1]
    figures.add(f"start: DEMO={demo}, first", first, unit="s")
    figures.add(f"start: DEMO={demo}, again", again, unit="s", target=AGAIN_SECONDS)
    assert again < AGAIN_SECONDS
