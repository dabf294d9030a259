"""What every chart is made of: roles for colour, pixels from the chart's own width, a specification built once.

A chart has no scales or axes of its own. Python sends places as fractions or row numbers and every word as text; the
specification turns them into pixels by expressions over `width` and `height`. So one specification serves every screen and
every set of rows: it is built and validated by Altair once a process, and a rerun sends rows only.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import altair as alt
import pandas as pd

ROLES = ("data", "accent", "better", "worse", "context", "band", "band2", "muted", "text", "page")
NARROW = "width<560"
WIDE_ONLY = f"{NARROW}?0:1"
OWN = "own"  # the row names its role, in its field `role`
PLACES = ("x", "x2", "y", "y2", "opacity", "size")
SMALL, BODY, STRONG = 12, 13, 14

Rows = Sequence[Mapping[str, Any]]
_PALETTE = alt.Scale(domain=list(ROLES), range="category")


@dataclass(frozen=True)
class Picture:
    """A chart to be drawn: its specification, its rows by dataset (the first one is what "Show data" lists), its words."""

    spec: Mapping[str, Any]
    rows: Mapping[str, Rows]
    words: str
    height: int

    def chart(self) -> alt.LayerChart:
        """The picture as a self-contained Altair chart, for documents and tests."""
        datasets = {name: [dict(row) for row in rows] for name, rows in self.rows.items()}
        return alt.LayerChart.from_dict({**self.spec, "height": self.height, "datasets": datasets})


def specification(build: Callable[..., Sequence[alt.Chart]]) -> Callable[..., Mapping[str, Any]]:
    """Turn a function that returns layers into one that returns their specification, built once for each set of arguments."""

    @cache
    def made(*arguments: Any) -> Mapping[str, Any]:
        listing = layer("table", "text").transform_filter("false")  # holds what "Show data" lists; draws nothing
        chart = alt.layer(listing, *build(*arguments)).resolve_scale(color="independent", stroke="independent")
        spec = chart.configure(mark={"aria": False}, view={"stroke": None}, legend={"disable": True}).to_dict()
        spec["config"]["view"] = {"stroke": None}
        return spec | {
            "padding": 0,
            "autosize": {"type": "fit", "contains": "padding"},
        }

    return made


def layer(
    rows: str,
    mark: str,
    role: str | None = None,
    *,
    edge: str | None = None,
    text: str | None = None,
    detail: str | None = None,
    shape: bool = False,
    tip: bool = False,
    **rest: Any,
) -> alt.Chart:
    """One layer over the dataset `rows`.

    `role` colours the mark and `edge` its outline (a role, OWN, or None for none). x, x2, y, y2, opacity and size are
    expressions over the row (`datum`), `width` and `height`; `text` and `detail` name fields; the rest are mark properties.
    """
    channels: dict[str, Any] = {name: {"value": {"expr": str(rest.pop(name))}} for name in PLACES if name in rest}
    if text:
        channels["text"] = f"{text}:N"
    if detail:
        channels["detail"] = f"{detail}:N"
    if shape:
        channels["shape"] = alt.Shape("shape:N", scale=None)
    if tip:
        channels["tooltip"] = "tip:N"
    chart = alt.Chart(alt.NamedData(rows), mark=alt.MarkDef(type=mark, **_paint(mark, role, edge, rest)))
    for role_name, field, channel in ((role, "paint", alt.Color), (edge, "edge", alt.Stroke)):
        if role_name:
            chart = chart.transform_calculate(**{field: "datum.role" if role_name == OWN else f"'{role_name}'"})
            name = "stroke" if channel is alt.Stroke else "color"
            channels[name] = channel(f"{field}:N", scale=_PALETTE, legend=None)
    return chart.encode(**channels)


def _paint(mark: str, role: str | None, edge: str | None, properties: dict[str, Any]) -> dict[str, Any]:
    base: dict[str, Any] = {
        "point": {"filled": True, "opacity": 1},
        "area": {"orient": "vertical"},
        "text": {"baseline": "middle"},
    }.get(mark, {})
    hollow = {"filled": False, "fill": None} if edge and not role else {}
    return {**base, **hollow, **properties}


def halo(rows: str, *, text: str, role: str, opacity: str = "1", width: int = 4, **rest: Any) -> tuple[alt.Chart, ...]:
    """Text that stays readable over lines: once with a stroke of the page's colour, then as it is."""
    stroke = {"strokeWidth": width, "strokeJoin": "round"}
    under = layer(rows, "text", "page", edge="page", text=text, opacity=opacity, **stroke, **rest)
    return under, layer(rows, "text", role, text=text, opacity=opacity, **rest)


def emphasised(rows: str, **rest: Any) -> tuple[alt.Chart, alt.Chart]:
    """Text in the row's own role, bold where that is the accent."""
    usual = layer(rows, "text", OWN, **rest).transform_filter("datum.role!='accent'")
    return usual, layer(rows, "text", OWN, fontWeight=600, **rest).transform_filter("datum.role=='accent'")


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame with None where something is missing."""
    return [{key: None if _missing(value) else value for key, value in row.items()} for row in frame.to_dict("records")]


def _missing(value: Any) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round numbers from low to high, about so many."""
    if not high > low:
        return [low]
    raw = (high - low) / about
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw * 0.8)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 12) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def pushed_apart(places: Sequence[float], gap: float, highest: float) -> list[float]:
    """Ascending places moved as little as needed to stand `gap` apart and to end at `highest`."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + gap) if moved else place)
    for i in range(len(moved) - 1, -1, -1):
        limit = moved[i + 1] - gap if i + 1 < len(moved) else highest
        moved[i] = min(moved[i], limit)
    return moved
