"""What does it pay? A component's curve with past periods on it."""

from collections.abc import Callable, Sequence

import altair as alt
import pandas as pd

from dashboard.charts.grammar import NAME, SMALL, Picture, Row, halo, layer, records, specification, text, ticks, told
from dashboard.words import _

HEIGHT, TOP, BOTTOM = 300, 26, 26
Say = Callable[[float], str]


def curve(
    line: pd.DataFrame, points: pd.DataFrame, past: pd.DataFrame, *, title: str, say_x: Say, say_y: Say
) -> Picture:
    """The pay at each result.

    `line`: x, y in the order they are joined (two rows with one x where it jumps). `points`: x, y, text (the named
    points). `past`: x, y, low, high (interval of the result, or None), text: what earlier periods would have paid.
    """
    drawn, named, earlier = records(line), records(points), records(past)
    xs = [row["x"] for row in drawn]
    xs += [row[name] for row in earlier for name in ("x", "low", "high") if row[name] is not None]
    left, right, top = min(xs), max(xs), max(*(row["y"] for row in drawn + earlier), 1e-9)

    def u(x: float) -> float:
        return (x - left) / ((right - left) or 1)

    def at(row: Row) -> Row:
        return {"u": u(row["x"]), "y": row["y"] / top}

    data = {
        "table": [{_("Result"): say_x(row["x"]), _("Pays"): say_y(row["y"])} for row in drawn],
        "line": [at(row) for row in drawn],
        "points": [at(row) | {"text": row["text"]} for row in named],
        "past": [at(row) | {"tip": row["text"]} for row in earlier],
        "reach": [
            at(row) | {"low": u(row["low"]), "high": u(row["high"])} for row in earlier if row["low"] is not None
        ],
        "x": [{"u": u(x), "text": say_x(x), "k": k} for k, x in enumerate(ticks(left, right, 6))],
        "y": [{"y": y / top, "text": say_y(y)} for y in ticks(0, top, 3)],
    }
    return Picture(_layers(), data, told(title, (row["text"] for row in named + earlier)), HEIGHT)


@specification
def _layers() -> Sequence[alt.Chart]:
    def along(field: str) -> str:
        return f"48+datum.{field}*(width-60)"

    x, y = along("u"), f"height-{BOTTOM}-datum.y*(height-{TOP + BOTTOM})"
    square = {"x": f"{x}-4", "x2": f"{x}+4", "y": f"{y}-4", "y2": f"{y}+4"}
    return (
        layer("y", "rule", "band2", x="48", x2="width-12", y=y),
        text("y", "text", "muted", "0", y),
        text("x", "text", "muted", x, "height-8", align="center", opacity="width<420&&datum.k%2?0:1"),
        layer("line", "line", "accent", x=x, y=y, strokeWidth=2.5),
        layer("reach", "rule", "context", x=along("low"), x2=along("high"), y=y, strokeWidth=1.5),
        layer("past", "point", "data", tip=True, x=x, y=y, size="60"),
        layer("points", "rect", "accent", **square),
        *halo("points", "text", "accent", f"{x}-10", f"{y}-12", {**NAME, **SMALL}, align="right"),
    )
