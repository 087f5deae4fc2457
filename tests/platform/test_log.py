"""The log: one line of JSON per event, and a number that a person can read out."""

import json
import logging
import re
from collections.abc import Iterator

import pytest

from services.platform import log


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """Give the log back to pytest, whose stream this test's one is not."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(said: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in said.splitlines()]


def test_an_event_is_one_line_of_json_with_its_extras(capsys: pytest.CaptureFixture[str]) -> None:
    log.start()
    logging.getLogger("centre.test").warning("two\nlines: %s", "陈", extra={"table": "asset", "record": 3})
    (event,) = lines(capsys.readouterr().err)
    assert (event["level"], event["message"], event["table"], event["record"]) == ("warning", "two\nlines: 陈", "asset", 3)
    assert str(event["at"]).endswith("+00:00")


def test_a_fault_is_found_under_its_number(capsys: pytest.CaptureFixture[str]) -> None:
    log.start()
    try:
        _ = 1 / 0
    except ZeroDivisionError as error:
        number = log.reference(error)
    (event,) = lines(capsys.readouterr().err)
    assert event["reference"] == number
    assert "ZeroDivisionError" in str(event["traceback"])


def test_numbers_can_be_read_out_and_do_not_repeat() -> None:
    numbers = {log.reference() for _ in range(200)}
    assert len(numbers) == 200
    assert all(re.fullmatch(r"[2-9A-HJ-NP-Z]{3}-[2-9A-HJ-NP-Z]{3}", number) for number in numbers)
