"""The picture of a chart: its Vega-Lite specification, built once per look and kept, apart from the data.

The data has one row per mark: `key` (number of the mark), `x` and `y` (places on the axes, whose labels are given apart), `s` (the
split), `v` (the value), `at`, `text` and `of` (where, how much and out of how many, in words), `good` (`ok` or `bad`, where there
is a target), `sum` (running share, pareto).
"""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import altair as alt

Labels = Mapping[str, str | Sequence[str]]
"""Place on an axis → its label, in one line or several; a place without one gets none."""

CLICKED = "mark"
"""The name of the selection that a click makes."""
_ROW, _HEIGHT = 30, 300
_LEGEND = 90
"""Pixels of a name in the legend before it is cut."""
_COLUMNS = f"max(1, floor(width / {_LEGEND + 15}))"
_NEUTRAL = "#7a868f"
"""A grey that stands out from a light and from a dark ground."""
_LABEL = "datum.label"
_ROOM = "toNumber(datum.value) % ceil(13 / bandwidth('x')) ? '' : "
"""Where the groups stand too close for the label of each: that of every second, third, …"""
_SAID = "datum.at + (datum.s ? ', ' + datum.s : '') + ': ' + datum.text + ', ' + datum.of"
"""What a screen reader says of a mark."""
_LIMIT = 180
"""Pixels of a label before it is cut."""


@dataclass(frozen=True)
class Look:
    """All that decides how a chart looks, whatever its data."""

    mark: str
    axis: Literal["groups", "time", "bins"]
    split: bool
    judged: bool
    """Coloured by whether it meets its target."""
    target: bool
    value: str
    """What is measured, with its unit."""
    group: str
    split_title: str
    of: str
    """What the value is out of."""
    share: str
    """Title of the running share of a pareto chart."""
    good: str
    bad: str
    suffix: str = ""
    """Behind the numbers of the axis."""


def specification(look: Look, labels: Mapping[str, Labels], target: float | None = None, target_title: str = "") -> dict[str, Any]:
    """The specification with what depends on the data: the labels of the axes by channel, and the line of the target."""
    made = deepcopy(_built(look))
    for layer in made["layer"]:
        for channel, texts in labels.items():
            axis = layer.get("encoding", {}).get(channel, {}).get("axis")
            if axis and axis.get("labelExpr", "").endswith(_LABEL):
                axis["labelExpr"] = axis["labelExpr"].replace(_LABEL, f"({json.dumps(texts, ensure_ascii=False)})[datum.value]")
                axis["values"] = list(texts)
    if look.target and target is not None:
        for layer in made["layer"][-2:]:
            layer["encoding"][_along(look)]["datum"] = target
        made["layer"][-1]["mark"]["text"] = target_title
    return made


def _along(look: Look) -> str:
    """The channel of the values: x where the bars lie."""
    return "x" if _lying(look) else "y"


def _lying(look: Look) -> bool:
    return look.mark == "bar" and look.axis == "groups"


@lru_cache(maxsize=256)
def _built(look: Look) -> dict[str, Any]:
    """Altair checks a specification for 14 ms: once per look is enough."""
    clicked = alt.selection_point(name=CLICKED, fields=["key"], on="click", nearest=look.mark in ("line", "point"), clear="dblclick")
    layers = _MARKS[look.mark](look)
    at = 0 if look.mark == "pareto" else -1
    layers[at] = layers[at].add_params(clicked)
    if look.target:
        layers += _target(look)
    made = alt.layer(*layers, data=alt.NamedData("figures"))
    if look.mark == "pareto":
        made = made.resolve_scale(y="independent")
    height: Any = alt.Step(_ROW) if _lying(look) or look.mark == "heat" else _HEIGHT
    built: dict[str, Any] = made.properties(height=height).to_dict()
    for name in ("data", "datasets", "config", "$schema"):
        built.pop(name, None)
    for layer in built["layer"][-2:] if look.target else ():
        layer["data"] = {"values": [{}]}
    return built


def _place(look: Look) -> alt.X:
    """The axis of the groups, in the order of the data."""
    if look.axis == "time" or look.mark == "heat":
        axis = alt.Axis(labelAngle=0, labelOverlap="parity", labelExpr=_LABEL, ticks=False)
    elif look.axis == "bins":
        axis = alt.Axis(labelAngle=0, labelOverlap="greedy", labelExpr=_LABEL)
    else:
        said = _ROOM + _LABEL
        axis = alt.Axis(labelAngle=-40, labelAlign="right", labelBaseline="middle", labelLimit=100, labelOverlap=False, labelExpr=said)
    return alt.X("x:O", sort=None, title=look.group if look.axis == "bins" or look.mark == "heat" else None, axis=axis)


def _across() -> alt.Y:
    """The axis of the groups where the bars lie, and of the lines of a heat map."""
    return alt.Y("y:O", sort=None, title=None, axis=alt.Axis(labelLimit=_LIMIT, ticks=False, domain=False, labelExpr=_LABEL))


def _values(look: Look, kind: type[alt.X] | type[alt.Y]) -> Any:
    axis = alt.Axis(
        labelExpr=f"datum.label + {json.dumps(look.suffix)}" if look.suffix else alt.Undefined,
        tickMinStep=1 if not look.suffix else alt.Undefined,
        tickCount=5,
    )
    return kind("v:Q", title=look.value, axis=axis, scale=alt.Scale(zero=look.mark != "point", nice=True), stack=_stacked(look))


def _stacked(look: Look) -> Any:
    return "zero" if look.mark in ("bar", "area") and look.split else None


def _colour(look: Look) -> Any:
    if look.judged:
        return alt.Color(
            "good:N",
            scale=alt.Scale(domain=["ok", "bad"]),
            title=None,
            legend=alt.Legend(orient="top", labelExpr=f"datum.value == 'ok' ? {json.dumps(look.good)} : {json.dumps(look.bad)}"),
        )
    if look.split:
        return alt.Color(
            "s:N", sort=None, title=look.split_title, legend=alt.Legend(orient="top", columns=alt.ExprRef(_COLUMNS), labelLimit=_LEGEND)
        )
    return alt.Undefined


def _told(look: Look) -> dict[str, Any]:
    """What a mark says to who points at it, and to who only hears it."""
    return {"tooltip": _tips(look), "description": alt.DescriptionValue({"expr": _SAID})}


def _tips(look: Look) -> list[alt.Tooltip]:
    tips = [alt.Tooltip("at:N", title=look.group)]
    if look.split:
        tips.append(alt.Tooltip("s:N", title=look.split_title))
    tips.append(alt.Tooltip("text:N", title=look.value))
    if look.of:
        tips.append(alt.Tooltip("of:N", title=look.of))
    return tips


def _bars(look: Look) -> list[Any]:
    base = alt.Chart().mark_bar(cornerRadiusEnd=2, cursor="pointer", minBandSize=2)
    if _lying(look):
        return [base.encode(y=_across(), x=_values(look, alt.X), color=_colour(look), order=_order(look), **_told(look))]
    return [base.encode(x=_place(look), y=_values(look, alt.Y), color=_colour(look), order=_order(look), **_told(look))]


def _order(look: Look) -> Any:
    return alt.Order("key:Q") if look.split else alt.Undefined


def _points(look: Look) -> Any:
    """What is clicked on a line (of a chart the topmost layer is clicked). The shapes tell the lines apart without their colours."""
    shape = alt.Shape("s:N", sort=None, title=look.split_title) if look.split else alt.Undefined
    return (
        alt.Chart()
        .mark_point(filled=True, size=55, opacity=1, cursor="pointer")
        .encode(
            x=_place(look),
            y=_values(look, alt.Y),
            color=_colour(look),
            shape=shape,
            **_told(look),
        )
    )


def _lines(look: Look) -> list[Any]:
    dash = alt.StrokeDash("s:N", sort=None, title=look.split_title) if look.split else alt.Undefined
    colour = alt.Undefined if look.judged else _colour(look)
    line = alt.Chart().mark_line(strokeWidth=2).encode(x=_place(look), y=_values(look, alt.Y), color=colour, strokeDash=dash)
    return [line, _points(look)]


def _areas(look: Look) -> list[Any]:
    place, values, colour = _place(look), _values(look, alt.Y), alt.Undefined if look.judged else _colour(look)
    # An area can't be clicked at a point of it: clear bars lie over it.
    bars = alt.Chart().mark_bar(opacity=0, cursor="pointer").encode(x=place, y=values, color=colour, **_told(look))
    return [alt.Chart().mark_area(line=True, opacity=0.35).encode(x=place, y=values, color=colour), bars]


def _heat(look: Look) -> list[Any]:
    return [
        alt.Chart()
        .mark_rect(cursor="pointer", cornerRadius=2)
        .encode(
            x=_place(look),
            y=_across(),
            color=alt.Color("v:Q", title=look.value, legend=alt.Legend(orient="top")),
            **_told(look),
        )
    ]


def _pareto(look: Look) -> list[Any]:
    bars = alt.Chart().mark_bar(cornerRadiusEnd=2, cursor="pointer").encode(x=_place(look), y=_values(look, alt.Y), **_told(look))
    share = alt.Y(
        "sum:Q", title=look.share, scale=alt.Scale(domain=[0, 100]), axis=alt.Axis(labelExpr="datum.label + '%'", grid=False, tickCount=5)
    )
    line = (
        alt.Chart()
        .mark_line(point=alt.OverlayMarkDef(color=_NEUTRAL), strokeWidth=2, color=_NEUTRAL)
        .encode(x=_place(look), y=share, tooltip=_tips(look))
    )
    return [bars, line]


def _dots(look: Look) -> list[Any]:
    return [_points(look)]


_MARKS = {"bar": _bars, "histogram": _bars, "line": _lines, "area": _areas, "heat": _heat, "pareto": _pareto, "point": _dots}


def _target(look: Look) -> list[Any]:
    """A dashed line and its name, outside where no mark can lie under it. The numbers are put in when the data is known."""
    lying, along = _lying(look), _along(look)
    value = {along: (alt.XDatum if lying else alt.YDatum)(0)}
    rule = alt.Chart().mark_rule(strokeDash=[6, 4], strokeWidth=1.5, color=_NEUTRAL).encode(**value)
    name = (
        alt.Chart()
        .mark_text(
            align="center" if lying else "left",
            baseline="bottom" if lying else "middle",
            dx=0 if lying else 4,
            dy=-3 if lying else 0,
            fontWeight="bold",
            color=_NEUTRAL,
            text="",
        )
        .encode(**value, **({"y": alt.value(0)} if lying else {"x": alt.value("width")}))
    )
    return [rule, name]
