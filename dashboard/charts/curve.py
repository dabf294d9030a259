"""What does it pay? A component's curve with past periods on it."""

from collections.abc import Callable, Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts.grammar import SMALL, Picture, halo, layer, records, specification, ticks
from dashboard.words import _

Row = dict[str, Any]
HEIGHT, TOP, BOTTOM = 300, 26, 26


def curve(
    line: pd.DataFrame,
    points: pd.DataFrame,
    past: pd.DataFrame,
    *,
    title: str,
    say_x: Callable[[float], str],
    say_y: Callable[[float], str],
) -> Picture:
    """The pay at each result.

    `line`: x, y in the order they are joined (two rows with the same x where it jumps). `points`: x, y, text (the named points).
    `past`: x, y, low, high (interval of the result, or None), text: earlier periods as the curve would have paid them.
    """
    drawn, named, earlier = records(line), records(points), records(past)
    xs = [row["x"] for row in drawn] + [
        row[name] for row in earlier for name in ("x", "low", "high") if row[name] is not None
    ]
    ys = [row["y"] for row in drawn + earlier]
    x_low, x_high, top = min(xs), max(xs), max([*ys, 1e-9])

    def at(x: float, y: float) -> Row:
        return {"u": (x - x_low) / ((x_high - x_low) or 1), "y": y / top}

    data = {
        "table": [{_("Result"): say_x(row["x"]), _("Pays"): say_y(row["y"])} for row in drawn],
        "line": [at(row["x"], row["y"]) for row in drawn],
        "points": [at(row["x"], row["y"]) | {"text": row["text"]} for row in named],
        "past": [at(row["x"], row["y"]) | {"tip": row["text"]} for row in earlier],
        "reach": [_reach(row, at) for row in earlier if row["low"] is not None],
        "x": [at(value, 0) | {"text": say_x(value), "k": k} for k, value in enumerate(ticks(x_low, x_high, 6))],
        "y": [at(x_low, value) | {"text": say_y(value)} for value in ticks(0, top, 3)],
    }
    words = " ".join([title.rstrip(".") + ".", *(f"{row['text']}." for row in named + earlier)])
    return Picture(_layers() | {"height": HEIGHT}, data, words, HEIGHT)


def _reach(row: Row, at: Callable[[float, float], Row]) -> Row:
    low, high = at(row["low"], row["y"]), at(row["high"], row["y"])
    return {"y": low["y"], "low": low["u"], "high": high["u"]}


@specification
def _layers() -> Sequence[alt.Chart]:
    def along(field: str) -> str:
        return f"48+datum.{field}*(width-60)"

    x, y = along("u"), f"height-{BOTTOM}-datum.y*(height-{TOP + BOTTOM})"
    return (
        layer("y", "rule", "band2", x="48", x2="width-12", y=y, strokeWidth=1),
        layer("y", "text", "muted", text="text", align="left", x="0", y=y, fontSize=SMALL),
        layer("x", "text", "muted", text="text", x=x, y="height-8", fontSize=SMALL, opacity="width<420&&datum.k%2?0:1"),
        layer("line", "line", "accent", x=x, y=y, strokeWidth=2.5),
        layer("reach", "rule", "context", x=along("low"), x2=along("high"), y=y, strokeWidth=1.5),
        layer("past", "point", "data", tip=True, x=x, y=y, size="60"),
        layer("points", "rect", "accent", x=f"{x}-4", x2=f"{x}+4", y=f"{y}-4", y2=f"{y}+4"),
        *halo(
            "points",
            text="text",
            role="accent",
            align="right",
            x=f"{x}-10",
            y=f"{y}-12",
            fontSize=SMALL,
            fontWeight=600,
        ),
    )
