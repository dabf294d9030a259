"""What every chart is made of: roles for colour, pixels from the chart's own width, a specification built once.

A chart has no scales or axes of its own. Python sends places as fractions or row numbers and every word as text; the
specification turns them into pixels by expressions over `width` and `height`. So one specification serves every screen
and every set of rows: Altair builds and validates it once a process, and a rerun sends rows only.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import altair as alt
import pandas as pd

Row = dict[str, Any]
Rows = Sequence[Mapping[str, Any]]
Style = Mapping[str, Any]

ROLES = ("data", "accent", "better", "worse", "context", "band", "band2", "muted", "text", "page")
OWN = "own"  # the row names its role, in its field `role`
NARROW = "width<560"
WIDE_ONLY = f"{NARROW}?0:1"
PLACES = ("x", "x2", "y", "y2", "opacity", "size")
SMALL: Style = {"fontSize": 12}
ITALIC: Style = {"fontSize": 12, "fontStyle": "italic"}
BODY: Style = {"fontSize": 13}
NAME: Style = {"fontSize": 13, "fontWeight": 600}
STRONG: Style = {"fontSize": 14, "fontWeight": 600}
DEFAULTS: Mapping[str, Style] = {
    "point": {"filled": True, "opacity": 1},
    "area": {"orient": "vertical"},
    "text": {"baseline": "middle"},
}
_PALETTE = alt.Scale(domain=list(ROLES), range="category")  # the theme's chartCategoricalColors, in this order


@dataclass(frozen=True)
class Picture:
    """A chart to be drawn: specification, rows by dataset, its words, its height in pixels.

    "Show data" lists the first dataset, so that one holds what a reader would want to read.
    """

    outline: Mapping[str, Any]
    rows: Mapping[str, Rows]
    words: str
    height: int

    @property
    def spec(self) -> dict[str, Any]:
        """The Vega-Lite specification without its rows."""
        return {**self.outline, "height": self.height}

    def chart(self) -> alt.LayerChart:
        """The picture as a self-contained Altair chart, for documents and tests."""
        datasets = {name: [dict(row) for row in rows] for name, rows in self.rows.items()}
        return alt.LayerChart.from_dict({**self.spec, "datasets": datasets})


def specification(build: Callable[..., Sequence[alt.Chart]]) -> Callable[..., Mapping[str, Any]]:
    """Turn a function that returns layers into one that returns their specification, built once for its arguments."""

    @cache
    def made(*arguments: Any) -> Mapping[str, Any]:
        listing = layer("table", "text").transform_filter("false")  # holds what "Show data" lists; draws nothing
        chart = alt.layer(listing, *build(*arguments)).resolve_scale(color="independent", stroke="independent")
        spec = chart.configure(mark={"aria": False}, legend={"disable": True}).to_dict()
        spec["config"]["view"] = {"stroke": None}
        padding = dict.fromkeys(("left", "right", "top", "bottom"), 0)  # all four, or Streamlit adds 20 below
        return spec | {"padding": padding, "autosize": {"type": "fit", "contains": "padding"}}

    return made


def layer(rows: str, mark: str, role: str | None = None, *, edge: str | None = None, **rest: Any) -> alt.Chart:
    """One layer over the dataset `rows`.

    `role` colours the mark, `edge` its outline (a role, OWN, or None for none). x, x2, y, y2, opacity and size are
    expressions over the row (`datum`), `width` and `height`; `text` and `detail` name fields; `shape` and `tip` take
    the fields of those names; the rest are mark properties.
    """
    channels: dict[str, Any] = {name: {"value": {"expr": str(rest.pop(name))}} for name in PLACES if name in rest}
    channels |= {name: f"{rest.pop(name)}:N" for name in ("text", "detail") if name in rest}
    if rest.pop("shape", False):
        channels["shape"] = alt.Shape("shape:N", scale=None)
    if rest.pop("tip", False):
        channels["tooltip"] = "tip:N"
    hollow = {"filled": False, "fill": None} if edge and not role else {}
    chart = alt.Chart(alt.NamedData(rows), mark=alt.MarkDef(mark, **{**DEFAULTS.get(mark, {}), **hollow, **rest}))
    if role:
        chart = chart.transform_calculate(paint=_own(role))
        channels["color"] = alt.Color("paint:N", scale=_PALETTE, legend=None)
    if edge:
        chart = chart.transform_calculate(edge=_own(edge))
        channels["stroke"] = alt.Stroke("edge:N", scale=_PALETTE, legend=None)
    return chart.encode(**channels)


def _own(role: str) -> str:
    return "datum.role" if role == OWN else f"'{role}'"


def text(rows: str, field: str, role: str, x: str, y: str, style: Style = SMALL, **rest: Any) -> alt.Chart:
    """The text in `field` of each row, from `x` to the right unless `align` says otherwise."""
    return layer(rows, "text", role, text=field, x=x, y=y, **{"align": "left", **style, **rest})


def halo(rows: str, field: str, role: str, x: str, y: str, style: Style = SMALL, **rest: Any) -> tuple[alt.Chart, ...]:
    """Text that stays readable over lines: once with a stroke of the page's colour, then as it is."""
    stroke = {"edge": "page", "strokeWidth": rest.pop("wide", 4), "strokeJoin": "round"}
    return text(rows, field, "page", x, y, style, **stroke, **rest), text(rows, field, role, x, y, style, **rest)


def emphasised(rows: str, field: str, x: str, y: str, **rest: Any) -> tuple[alt.Chart, alt.Chart]:
    """Small text in the row's own role, bold where that is the accent."""
    usual = text(rows, field, OWN, x, y, **rest).transform_filter("datum.role!='accent'")
    return usual, text(rows, field, OWN, x, y, fontWeight=600, **rest).transform_filter("datum.role=='accent'")


def told(title: str, parts: Iterable[str]) -> str:
    """The words of a picture: what it concludes, then what it shows."""
    return " ".join([title.rstrip(".") + ".", *(f"{part.rstrip('.')}." for part in parts)])


def records(frame: pd.DataFrame) -> list[Row]:
    """The rows of a frame with None where something is missing."""
    columns = [[None if _missing(value) else value for value in frame[name].tolist()] for name in frame.columns]
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def _missing(value: Any) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def fraction(values: Sequence[float]) -> tuple[Callable[[float], float], float, float]:
    """How values map to 0..1 with a little air at both ends, and the values at those ends."""
    low, high = (float(min(values)), float(max(values))) if values else (0.0, 1.0)
    air = (high - low) * 0.08 or abs(high) * 0.05 or 1.0
    low, high = low - air, high + air
    return (lambda value: (float(value) - low) / (high - low)), low, high


def ends(low: float | None, high: float | None, f: Callable[[float], float]) -> Row | None:
    """An interval as places 0..1; an end that does not close runs to the edge, and without any end there is none."""
    if low is None and high is None:
        return None
    return {"low": 0.0 if low is None else f(low), "high": 1.0 if high is None else f(high)}


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round numbers from low to high, about so many."""
    if not high > low:
        return [low]
    power = 10 ** math.floor(math.log10((high - low) / about))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= (high - low) / about * 0.8)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(k * step, 12) for k in range(first, last + 1)]


def thinned(room: str, each: int = 54) -> str:
    """Opacity that leaves out labels (`k` of `of`) where there is no room for all of them, `each` pixels wide."""
    return f"datum.k%max(1,ceil({each}*datum.of/({room})))==0?1:0"


def marked(values: Sequence[float], f: Callable[[float], float], say: Callable[[float], str]) -> list[Row]:
    """Ticks as rows: their place 0..1, their text, and which of how many they are."""
    return [{"u": f(value), "text": say(value), "k": k, "of": len(values)} for k, value in enumerate(values)]


def pushed_apart(places: Sequence[float], gap: float, highest: float) -> list[float]:
    """Ascending places moved as little as needed to stand `gap` apart and to end at `highest`."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + gap) if moved else place)
    for i in reversed(range(len(moved))):
        moved[i] = min(moved[i], moved[i + 1] - gap if i + 1 < len(moved) else highest)
    return moved
