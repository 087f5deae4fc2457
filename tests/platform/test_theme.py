"""The two appearances: readable by everybody, and in step with the settings."""

import itertools
import tomllib
from typing import Any

import pytest

from services.platform.settings import ROOT, Settings

CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
HUES = ("red", "orange", "yellow", "green", "blue", "violet", "gray")
SEEN_WITH = {
    "all colours": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""Machado, Oliveira, Fernandes (2009), severity 1: linear RGB as people without one kind of cone see it."""

Vector = tuple[float, float, float]


def linear(colour: str) -> Vector:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: 4.5 for text, 3 for what is not text."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def lab(light: Vector) -> Vector:
    red, green, blue = light
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = CONFIG["theme"][request.param]
    return found


def test_text_is_readable_everywhere(theme: dict[str, Any]) -> None:
    grounds = [theme["backgroundColor"], theme["secondaryBackgroundColor"], theme["sidebar"]["backgroundColor"]]
    inks = [theme["textColor"], theme["linkColor"], *(theme[f"{hue}TextColor"] for hue in HUES)]
    pairs = [
        *itertools.product(inks, grounds),
        *((theme[f"{hue}TextColor"], theme[f"{hue}BackgroundColor"]) for hue in HUES),
        (theme["dataframeHeaderTextColor"], theme["dataframeHeaderBackgroundColor"]),
        (theme["codeTextColor"], theme["codeBackgroundColor"]),
        ("#ffffff", theme["primaryColor"]),
    ]
    assert [pair for pair in pairs if contrast(*pair) < 4.5] == []


def test_marks_stand_out_from_their_ground(theme: dict[str, Any]) -> None:
    marks = [theme["primaryColor"], *(theme[f"{hue}Color"] for hue in HUES), *theme["chartCategoricalColors"]]
    assert [mark for mark in marks if contrast(mark, theme["backgroundColor"]) < 3] == []


@pytest.mark.parametrize("seen", SEEN_WITH)
def test_chart_colours_differ_for_everybody(seen: str, theme: dict[str, Any]) -> None:
    points = []
    for colour in theme["chartCategoricalColors"]:
        light = linear(colour)
        red, green, blue = (max(0.0, sum(a * b for a, b in zip(row, light, strict=True))) for row in SEEN_WITH[seen])
        points.append(lab((red, green, blue)))
    for one, other in itertools.combinations(points, 2):
        assert sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5 > 15


def test_ramps_have_the_ten_colours_that_streamlit_asks_for_and_run_one_way(theme: dict[str, Any]) -> None:
    ramp = [luminance(colour) for colour in theme["chartSequentialColors"]]
    assert len(ramp) == len(theme["chartDivergingColors"]) == 10
    assert ramp in (sorted(ramp), sorted(ramp, reverse=True))


def test_nothing_is_sent_out_and_no_error_is_shown_raw() -> None:
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["runner"]["postScriptGC"] is False


def test_the_browser_checks_the_same_upload_limit() -> None:
    assert CONFIG["server"]["maxUploadSize"] == Settings().upload_megabytes
