"""The floors of the house: each knows only those below it; the engine names no table of an area."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.platform.settings import ROOT

KNOWS = {
    "models": {"models"},
    "services": {"models", "services"},
    "seed": {"models", "services", "seed"},
    "pages": {"models", "services", "seed", "pages", "streamlit"},
}
OURS = {"models", "services", "seed", "pages", "app", "tests", "streamlit"}
FILES = [file for floor in KNOWS for file in sorted((ROOT / floor).rglob("*.py")) if "migrations" not in file.parts]


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_a_floor_knows_only_those_below() -> None:
    strays = {}
    for file in FILES:
        floor = file.relative_to(ROOT).parts[0]
        if unknown := {name.partition(".")[0] for name in imported(file)} & OURS - KNOWS[floor]:
            strays[file.relative_to(ROOT).as_posix()] = unknown
    assert strays == {}


@pytest.mark.parametrize("file", sorted((ROOT / "services" / "platform").glob("*.py")), ids=lambda file: file.name)
def test_the_platform_knows_no_engine(file: Path) -> None:
    # The check of translations asks the declarations for their labels, and only it.
    allowed = {"services.crud.registry"} if file.stem == "translations" else set()
    above = {name for name in imported(file) if name.startswith("services.") and not name.startswith("services.platform")}
    assert above <= allowed


def test_no_module_is_too_long_to_read() -> None:
    long = {file.relative_to(ROOT).as_posix(): lines for file in FILES if (lines := len(file.read_text("utf-8").splitlines())) > 500}
    assert long == {}
