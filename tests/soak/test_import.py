"""Fifty times the server is killed at a random point of an import, on both databases: it resumes or is undone, never half."""

import random

import pytest

from tests.conftest import Database
from tests.importing.crash import killed, quick_check, times


@pytest.mark.parametrize("wrong", [False, True])
def test_killed_over_and_over(database: Database, wrong: bool) -> None:
    chance = random.Random()
    met = killed(database, times(), chance, wrong=wrong)
    print(f"\n{database.engine}, {'all or nothing' if wrong else 'all good'}: killed at work {met} times")  # noqa: T201
    assert quick_check(database) == "ok"
