"""Which version of the product this is."""

import tomllib
from functools import cache

from services.platform.settings import ROOT


@cache
def number() -> str:
    """The version, as `pyproject.toml` says."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])
