"""The server is killed in the middle of an import: it goes on behind the last chunk, or nothing stays. Fifty times in `make soak`."""

import random

import pytest

from tests.conftest import Database
from tests.importing.crash import killed, quick_check


@pytest.mark.parametrize("wrong", [False, True])
def test_killed_and_started_again(database: Database, wrong: bool) -> None:
    killed(database, 2, random.Random(f"{database.engine} {wrong}"), wrong=wrong)
    assert quick_check(database) == "ok"
