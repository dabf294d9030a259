"""Did it really change? The process-behaviour chart (XmR, Wheeler): a line on its usual range."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts.grammar import OWN, SMALL, Picture, halo, layer, pushed_apart, records, specification, ticks
from dashboard.words import _

Row = dict[str, Any]
TOP, BOTTOM = 8, 24
HEIGHT, CARD_HEIGHT = 270, 150


def xmr(
    points: pd.DataFrame,
    *,
    title: str,
    say: Callable[[float], str],
    day: Callable[[date], str],
    target: float | None = None,
    card: bool = False,
) -> Picture:
    """A KPI over time on its usual range.

    `points`, in order of time, one row a period: start (date), when (text), value (None: not shown), low, high (interval or
    None), usual_low, usual_mean, usual_high (None without a baseline), signal ('' | 'better' | 'worse'), text (value, interval
    and n in words). `say` writes a value, `day` a date; `card` draws the small form without axis and intervals.
    """
    rows = records(points)
    shown = [row | {"u": u} for row, u in zip(rows, _along(rows), strict=True) if row["value"] is not None]
    height = CARD_HEIGHT if card else HEIGHT
    f, low, high = _heights(shown, target, intervals=not card)
    banded = [row for row in shown if row["usual_low"] is not None]
    data = {
        "table": [{_("Period"): row["when"], _("Figure"): row["text"]} for row in rows],
        "band": [
            {"u": row["u"], "low": f(row["usual_low"]), "mean": f(row["usual_mean"]), "high": f(row["usual_high"])}
            for row in banded
        ],
        "target": [] if target is None else [{"y": f(target)}],
        "intervals": [] if card else [_interval(row, f) for row in shown if row["low"] is not None],
        "points": _points(shown, rows, f),
        "ticks": []
        if card
        else [{"y": f(value), "text": say(value)} for value in ticks(low, high) if low < value < high],
        "months": _months(rows, day),
        "labels": _labels(banded[-1:], target, say, f, height, card),
        "last": [] if card else _last(shown, f),
    }
    return Picture(_layers(card) | {"height": height}, data, _words(title, rows, banded, target, say), height)


def _along(rows: Sequence[Row]) -> list[float]:
    if not rows:
        return []
    first, last = rows[0]["start"], rows[-1]["start"]
    span = (last - first).days or 1
    return [(row["start"] - first).days / span for row in rows]


def _heights(
    rows: Sequence[Row], target: float | None, intervals: bool
) -> tuple[Callable[[float], float], float, float]:
    """How values map to 0..1 from bottom to top, and the lowest and highest value that fits."""
    fields = ("value", "usual_low", "usual_high", *(("low", "high") if intervals else ()))
    values = [row[name] for row in rows for name in fields if row[name] is not None]
    values += [] if target is None else [target]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    pad = (high - low) * 0.08 or abs(high) * 0.05 or 1.0
    low, high = float(low - pad), float(high + pad)
    return (lambda value: (float(value) - low) / (high - low)), low, high


def _interval(row: Row, f: Callable[[float], float]) -> Row:
    return {"u": row["u"], "low": f(row["low"]), "high": f(row["high"])}


def _points(shown: Sequence[Row], rows: Sequence[Row], f: Callable[[float], float]) -> list[Row]:
    """The line's points; `piece` changes where a period is missing, so that no line bridges a gap."""
    order = {row["start"]: i for i, row in enumerate(rows)}
    made = []
    for k, row in enumerate(shown):
        above = row["usual_mean"] is not None and row["value"] > row["usual_mean"]
        shape = ("triangle-up" if above else "triangle-down") if row["signal"] else "circle"
        made.append(
            {
                "u": row["u"],
                "y": f(row["value"]),
                "piece": order[row["start"]] - k,
                "role": row["signal"] or "data",
                "shape": shape,
                "area": 120 if row["signal"] else 22,
                "tip": f"{row['when']}: {row['text']}",
            }
        )
    return made


def _months(rows: Sequence[Row], day: Callable[[date], str]) -> list[Row]:
    """Month starts within the span; `k` of `of` lets the chart thin its labels to the room it has."""
    if not rows:
        return []
    first, last = rows[0]["start"], rows[-1]["start"]
    span = (last - first).days or 1
    starts = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    inside = [start for start in starts if first <= start <= last]
    return [
        {"u": (start - first).days / span, "text": day(start), "k": k, "of": len(inside)}
        for k, start in enumerate(inside)
    ]


def _labels(
    band: Sequence[Row],
    target: float | None,
    say: Callable[[float], str],
    f: Callable[[float], float],
    height: int,
    card: bool,
) -> list[Row]:
    """The right-hand labels, pushed 16 pixels apart."""
    named = []
    for row in band:
        named = [
            (row["usual_low"], _("{value} low") if card else _("{value} usual, low"), "muted"),
            (row["usual_high"], _("{value} high") if card else _("{value} usual, high"), "muted"),
        ]
        named += [] if card else [(row["usual_mean"], _("{value} average"), "muted")]
    named += [] if target is None else [(target, _("{value} target"), "accent")]
    named.sort(key=lambda each: each[0])
    places = pushed_apart([f(value) for value, _text, _role in named], 16 / (height - TOP - BOTTOM), 1.0)
    return [
        {"y": y, "text": text.format(value=say(value)), "role": role}
        for y, (value, text, role) in zip(places, named, strict=True)
    ]


def _last(shown: Sequence[Row], f: Callable[[float], float]) -> list[Row]:
    if not shown:
        return []
    falling = len(shown) > 1 and shown[-2]["value"] > shown[-1]["value"]
    return [{"u": shown[-1]["u"], "y": f(shown[-1]["value"]), "text": shown[-1]["text"], "dy": 8 if falling else -14}]


def _words(
    title: str, rows: Sequence[Row], banded: Sequence[Row], target: float | None, say: Callable[[float], str]
) -> str:
    if not rows:
        return title
    said = [
        title.rstrip(".") + ".",
        _("{n} periods, {first} to {last}.").format(n=len(rows), first=rows[0]["when"], last=rows[-1]["when"]),
    ]
    if banded:
        said.append(
            _("Usual range {low} to {high}.").format(
                low=say(banded[-1]["usual_low"]), high=say(banded[-1]["usual_high"])
            )
        )
    if target is not None:
        said.append(_("Target {value}.").format(value=say(target)))
    return " ".join([*said, _("Latest: {text}.").format(text=rows[-1]["text"])])


@specification
def _layers(card: bool) -> Sequence[alt.Chart]:
    left, right = ("6", "(width-92)") if card else ("48", "(width-112)")
    x = f"{left}+datum.u*({right}-{left})"

    def y(field: str) -> str:
        return f"height-{BOTTOM}-datum.{field}*(height-{TOP + BOTTOM})"

    room = f"datum.k%max(1,ceil(54*datum.of/({right}-{left})))==0?1:0"
    return (
        layer("ticks", "rule", "band2", x=left, x2=right, y=y("y"), strokeWidth=1),
        layer("ticks", "text", "muted", text="text", align="left", x="0", y=y("y"), fontSize=SMALL),
        layer("band", "area", "band", x=x, y=y("low"), y2=y("high")),
        layer("band", "line", "context", x=x, y=y("mean"), strokeWidth=1),
        layer("target", "rule", "accent", x=left, x2=right, y=y("y"), strokeWidth=1.5, strokeDash=[5, 3]),
        layer("intervals", "rule", "context", x=x, y=y("low"), y2=y("high"), strokeWidth=1),
        layer("points", "line", "data", x=x, y=y("y"), detail="piece", strokeWidth=1.8),
        layer("points", "point", OWN, shape=True, tip=True, x=x, y=y("y"), size="datum.area", strokeWidth=0),
        layer("months", "text", "muted", text="text", x=x, y="height-6", opacity=room, fontSize=SMALL),
        layer("labels", "text", OWN, text="text", align="left", x=f"{right}+6", y=y("y"), fontSize=SMALL),
        *halo("last", text="text", role="text", align="right", x=f"{x}-10", y=f"{y('y')}+datum.dy", fontSize=SMALL),
    )
