"""CONTRIBUTING.md, followed to the letter in a copy of the repository: what it says is what works."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.areas import AREAS
from services.platform.settings import ROOT

LEFT = (".git", ".venv", "data", "test-results", "__pycache__", ".hypothesis", ".pytest_cache", ".ruff_cache", "test_*.py")
"""What a clone does not bring along, and the tests, which are not tried here. The cache of mypy does no harm and saves a minute."""
BLOCK = re.compile(r"(?P<said>.*?)^```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"`([\w.]+(?:/[\w.]+)+)`")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository, with the environment of this run as its own."""
    copy = tmp_path_factory.mktemp("clone") / "centre"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT))
    python = copy / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n', "utf-8")
    python.chmod(0o755)
    for stamp in ("run.stamp", "dev.stamp"):
        (copy / ".venv" / stamp).touch()
    return copy


def run(clone: Path, command: str) -> str:
    """Run a command as somebody in the copy would; a command that fails fails the test."""
    own = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "MAKE", "MFLAGS", "DATABASE_URL", "DATA_DIR"))
    }
    done = subprocess.run(command, shell=True, cwd=clone, env=own, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return done.stdout


def steps() -> Iterator[tuple[str, str, str]]:
    """What the guide asks for, in its order: (kind, file, text), or ("sh", "", command)."""
    for block in BLOCK.finditer((ROOT / "CONTRIBUTING.md").read_text("utf-8")):
        named = FILE.findall(block["said"])
        yield block["kind"], named[-1] if named else "", block["body"]


def follow(clone: Path, kind: str, file: str, body: str) -> None:
    """Do what one block says: run it, or write it into the file named before it."""
    if kind == "sh":
        for command in body.splitlines():
            run(clone, command)
        return
    path = clone / file
    before = path.read_text("utf-8") if path.exists() else ""
    if kind == "diff":
        old = "".join(f"{line[1:]}\n" for line in body.splitlines() if not line.startswith("+"))
        new = "".join(f"{line[1:]}\n" for line in body.splitlines() if not line.startswith("-"))
        assert before.count(old) == 1, f"{file} does not hold:\n{old}"
        path.write_text(before.replace(old, new), "utf-8")
    else:
        path.write_text(f"{before}\n{body}" if before else body, "utf-8")


def test_the_guide_is_true(clone: Path) -> None:
    asked = list(steps())
    assert [kind for kind, _file, _body in asked] == ["python", "po", "sh", "python", "diff", "po"]
    run(clone, "make format")  # what somebody else is just writing is not what is tried here
    for step in asked:
        follow(clone, *step)
    written = [path.name for path in (clone / "models" / "migrations" / "versions").glob("*.py")]
    assert [name for name in written if name.endswith("_add_key_loans.py")]
    run(clone, "make check")
    run(clone, f"{shlex.quote(sys.executable)} -m pytest -n 0 -q tests/key_loans.py")


def test_the_way_to_its_screen_is_named_right() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    area, plural = re.findall(r"\*([^*→]+) → ([^*]+)\*", text)[0]
    assert area in {one.title for one in AREAS}
    assert f'"{plural}"' in text


def test_every_command_that_is_named_exists() -> None:
    named = set(re.findall(r"`make ([a-z-]+)", (ROOT / "CONTRIBUTING.md").read_text("utf-8")))
    offered = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert named <= offered
