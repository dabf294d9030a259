"""Did it really change? The process-behaviour chart (XmR, Wheeler): a line on its usual range."""

from collections.abc import Callable, Sequence
from datetime import date

import altair as alt
import pandas as pd

from dashboard.charts.grammar import (
    NARROW,
    OWN,
    WIDE_ONLY,
    Picture,
    Row,
    emphasised,
    ends,
    fraction,
    halo,
    layer,
    pushed_apart,
    records,
    specification,
    text,
    thinned,
    ticks,
    told,
)
from dashboard.words import _

TOP, BOTTOM = 8, 24
HEIGHT, CARD_HEIGHT = 270, 150
Say = Callable[[float], str]
Place = Callable[[float], float]


def xmr(
    points: pd.DataFrame,
    *,
    title: str,
    say: Say,
    day: Callable[[date], str],
    tick: Say | None = None,
    target: float | None = None,
    card: bool = False,
) -> Picture:
    """A KPI over time on its usual range.

    `points`, in order of time, one row a period: start (date), when (text), value (None: not shown), low, high
    (interval or None), usual_low, usual_mean, usual_high (None without a baseline), changed (why the usual range begins
    anew here, or ''), signal ('' | 'better' | 'worse'), text (value, interval and n, or why nothing is shown), short
    (value and n). `say` writes a value, `tick` one on the axis (else `say`), `day` a date; `card` draws the small form,
    without axis and intervals.
    """
    rows = _along(records(points))
    shown = [row for row in rows if row["value"] is not None]
    banded = [row for row in shown if row["usual_low"] is not None]
    f, low, high = fraction(_values(shown, target, card))
    height = CARD_HEIGHT if card else HEIGHT
    data = {
        "table": [{_("Period"): row["when"], _("Figure"): row["text"]} for row in rows],
        "band": [_band(row, f) for row in banded],
        "target": [] if target is None else [{"y": f(target)}],
        "changes": [_change(row) for row in rows if row["changed"]],
        "points": [_point(row, f) for row in shown],
        "months": _months(rows, day),
        "labels": _labels(banded[-1:], target, say, f, height, card),
    }
    if not card:
        data |= {
            "intervals": [{"u": row["u"]} | found for row in shown if (found := ends(row["low"], row["high"], f))],
            "ticks": [{"y": f(value), "text": (tick or say)(value)} for value in ticks(low, high)],
            "last": _last(shown, f),
        }
    return Picture(_layers(card), data, told(title, _words(rows, banded, target, say)), height)


def _along(rows: Sequence[Row]) -> list[Row]:
    """The rows with their place in time 0..1, `piece`, which changes where nothing is shown, and `chart`, where the band does."""
    placed, missing, charts = [], 0, 0
    for row in rows:
        span = (rows[-1]["start"] - rows[0]["start"]).days or 1
        missing += row["value"] is None
        charts += bool(row["changed"])
        placed.append(row | {"u": (row["start"] - rows[0]["start"]).days / span, "piece": missing, "chart": charts})
    return placed


def _values(shown: Sequence[Row], target: float | None, card: bool) -> list[float]:
    names = ("value", "usual_low", "usual_high") if card else ("value", "usual_low", "usual_high", "low", "high")
    values = [row[name] for row in shown for name in names if row[name] is not None]
    return values if target is None else [*values, target]


def _band(row: Row, f: Place) -> Row:
    ends = {"low": f(row["usual_low"]), "mean": f(row["usual_mean"]), "high": f(row["usual_high"])}
    return {"u": row["u"], "chart": row["chart"]} | ends


def _change(row: Row) -> Row:
    """A mark where the usual range begins anew; its words stand on the side with more room."""
    late = row["u"] > 0.5
    return {"u": row["u"], "text": row["changed"], "align": "right" if late else "left", "dx": -6 if late else 6}


def _point(row: Row, f: Place) -> Row:
    above = row["usual_mean"] is not None and row["value"] > row["usual_mean"]
    shape = ("triangle-up" if above else "triangle-down") if row["signal"] else "circle"
    look = {"role": row["signal"] or "data", "shape": shape, "area": 120 if row["signal"] else 22}
    return {"u": row["u"], "y": f(row["value"]), "piece": row["piece"], "tip": f"{row['when']}: {row['text']}"} | look


def _months(rows: Sequence[Row], day: Callable[[date], str]) -> list[Row]:
    """Month starts within the span; `k` of `of` lets the chart thin its labels to the room it has."""
    if not rows:
        return []
    first, last = rows[0]["start"], rows[-1]["start"]
    span = (last - first).days or 1
    starts = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    inside = [start for start in starts if first <= start <= last]
    places = ((start - first).days / span for start in inside)
    return [
        {"u": u, "text": day(start), "k": k, "of": len(inside)}
        for k, (u, start) in enumerate(zip(places, inside, strict=True))
    ]


def _labels(band: Sequence[Row], target: float | None, say: Say, f: Place, height: int, card: bool) -> list[Row]:
    """The right-hand labels, pushed 16 pixels apart."""
    low, high = (_("{value} low"), _("{value} high")) if card else (_("{value} usual, low"), _("{value} usual, high"))
    named = [(row["usual_low"], low, "muted") for row in band] + [(row["usual_high"], high, "muted") for row in band]
    if not card:
        named += [(row["usual_mean"], _("{value} average"), "muted") for row in band]
    if target is not None:
        named.append((target, _("{value} target"), "accent"))
    named.sort(key=lambda each: float(each[0]))
    places = pushed_apart([f(value) for value, *_rest in named], 16 / (height - TOP - BOTTOM), 1.0)
    return [
        {"y": y, "text": form.format(value=say(value)), "short": say(value), "role": role}
        for y, (value, form, role) in zip(places, named, strict=True)
    ]


def _last(shown: Sequence[Row], f: Place) -> list[Row]:
    """The last figure in words, beyond its interval, on the side the line does not come from."""
    if not shown:
        return []
    falling = len(shown) > 1 and shown[-2]["value"] > shown[-1]["value"]
    last = shown[-1]
    end = last["low" if falling else "high"]
    return [
        {
            "u": last["u"],
            "y": f(last["value"] if end is None else end),
            "text": last["short"],
            "dy": 10 if falling else -8,
        }
    ]


def _words(rows: Sequence[Row], banded: Sequence[Row], target: float | None, say: Say) -> list[str]:
    words = (
        [_("{n} periods, {first} to {last}").format(n=len(rows), first=rows[0]["when"], last=rows[-1]["when"])]
        if rows
        else []
    )
    for row in banded[-1:]:
        words.append(_("Usual range {low} to {high}").format(low=say(row["usual_low"]), high=say(row["usual_high"])))
    words += [
        _("New usual range from {when}: {why}").format(when=row["when"], why=row["changed"])
        for row in rows
        if row["changed"]
    ]
    words += [] if target is None else [_("Target {value}").format(value=say(target))]
    return words + [_("Latest: {text}").format(text=row["text"]) for row in rows[-1:]]


@specification
def _layers(card: bool) -> Sequence[alt.Chart]:
    left, right = ("6", "(width-92)") if card else ("48", f"(width-({NARROW}?52:122))")
    x = f"{left}+datum.u*({right}-{left})"

    def y(field: str) -> str:
        return f"height-{BOTTOM}-datum.{field}*(height-{TOP + BOTTOM})"

    whole = {"x": left, "x2": right, "y": y("y")}
    point = {"x": x, "y": y("y"), "shape": True, "tip": True, "size": "datum.area"}
    grid = (layer("ticks", "rule", "band2", **whole), text("ticks", "text", "muted", "0", y("y")))
    intervals = layer("intervals", "rule", "context", x=x, y=y("low"), y2=y("high"))
    return (
        *(() if card else grid),
        layer("band", "area", "band", x=x, y=y("low"), y2=y("high"), detail="chart"),
        layer("band", "line", "context", x=x, y=y("mean"), detail="chart", strokeWidth=1),
        layer("changes", "rule", "muted", x=x, y="0", y2=f"height-{BOTTOM}", strokeDash=[2, 3]),
        layer("target", "rule", "accent", strokeWidth=1.5, strokeDash=[5, 3], **whole),
        *(() if card else (intervals,)),
        layer("points", "line", "data", x=x, y=y("y"), detail="piece", strokeWidth=1.8),
        layer("points", "point", OWN, strokeWidth=0, **point),
        text("months", "text", "muted", x, "height-6", align="center", opacity=thinned(f"{right}-{left}")),
        *(() if card else _marked(x, left, right)),
        *emphasised("labels", "text", f"{right}+6", y("y"), opacity="1" if card else WIDE_ONLY),
        *(() if card else emphasised("labels", "short", f"{right}+6", y("y"), opacity=f"{NARROW}?1:0")),
        *(() if card else halo("last", "text", "text", x, f"{y('y')}+datum.dy", align="right")),
    )


def _marked(x: str, left: str, right: str) -> Sequence[alt.Chart]:
    """Why the usual range begins anew, beside its mark, cut off where the room ends."""
    sides = (("left", f"{right}-({x})-6"), ("right", f"({x})-{left}-14"))
    return tuple(
        each.transform_filter(f"datum.align=='{align}'")
        for align, room in sides
        for each in halo("changes", "text", "muted", f"{x}+datum.dx", "6", align=align, limit={"expr": room})
    )
