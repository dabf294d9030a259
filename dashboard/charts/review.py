"""How are all KPIs? One picture with a row a KPI."""

from collections.abc import Callable, Sequence

import altair as alt
import pandas as pd

from dashboard.charts.grammar import (
    ITALIC,
    NAME,
    NARROW,
    OWN,
    STRONG,
    WIDE_ONLY,
    Picture,
    Row,
    emphasised,
    halo,
    layer,
    records,
    specification,
    text,
    told,
)
from dashboard.charts.strip import marks, reach, said
from dashboard.words import _

HEAD, ROW = 26, 46
TEXTS = ("name", "n", "value", "interval")


def review_rows(rows: pd.DataFrame, *, title: str, trend: str) -> Picture:
    """All KPIs of a review in one picture.

    `rows`: name, n, value, interval (texts), spark (list of values, oldest first, None where nothing is shown),
    usual_low, usual_high (or None), signal ('' | 'better' | 'worse'), attained, attained_low, attained_high
    (0 threshold, 100 target, 200 stretch; None without target or figure), note ('' or why, shown on the strip).
    `trend` says what the sparks show ("Last 26 weeks; band: usual range").
    """
    each = [row | {"i": i} for i, row in enumerate(records(rows))]
    sparks = {row["i"]: _spark(row) for row in each}
    data = {
        "table": [_listed(row) for row in each],
        "rows": [{"i": row["i"], **{name: row[name] or "" for name in TEXTS}} for row in each],
        "lines": [{"i": i} for i in range(len(each) + 1)],
        "bands": [_band(row) for row in each if sparks[row["i"]] and row["usual_low"] is not None],
        "sparks": [point for spark in sparks.values() for point in spark],
        "ends": [_end(row, sparks[row["i"]][-1]) for row in each if row["spark"] and row["spark"][-1] is not None],
        "attained": [reach(row) for row in each if row["attained"] is not None],
        "notes": [{"i": row["i"], "note": row["note"]} for row in each if row["note"]],
        "marks": marks(),
        "trend": [{"text": trend}],
    }
    return Picture(_layers(), data, told(title, map(said, each)), HEAD + ROW * len(each) + 1)


def _listed(row: Row) -> Row:
    names = (_("KPI"), _("Figure"), _("Interval"), _("Answers"), _("Note"))
    return dict(zip(names, (row[name] or "" for name in ("name", "value", "interval", "n", "note")), strict=True))


def _heights(row: Row) -> Callable[[float], float]:
    """Pixels below the row's middle; spark and band together fill 30 pixels."""
    values = [each for each in (*(row["spark"] or ()), row["usual_low"], row["usual_high"]) if each is not None]
    low, high = (min(values), max(values)) if values else (0.0, 0.0)
    return lambda value: 0.0 if high == low else 15 - 30 * (value - low) / (high - low)


def _spark(row: Row) -> list[Row]:
    """The spark's points; `piece` changes where a value is missing, so that no line bridges a gap."""
    values = [(k, value) for k, value in enumerate(row["spark"] or ()) if value is not None]
    of, height = max(len(row["spark"] or ()) - 1, 1), _heights(row)
    return [
        {"i": row["i"], "u": k / of, "y": height(value), "piece": f"{row['i']}/{k - shown}"}
        for shown, (k, value) in enumerate(values)
    ]


def _band(row: Row) -> Row:
    height = _heights(row)
    return {"i": row["i"], "low": height(row["usual_low"]), "high": height(row["usual_high"])}


def _end(row: Row, point: Row) -> Row:
    banded = row["usual_low"] is not None
    rising = banded and row["spark"][-1] > (row["usual_low"] + row["usual_high"]) / 2
    shape = ("triangle-up" if rising else "triangle-down") if row["signal"] else "circle"
    return point | {"role": row["signal"] or "data", "shape": shape, "area": 110 if row["signal"] else 28}


@specification
def _layers() -> Sequence[alt.Chart]:
    middle = f"{HEAD}+datum.i*{ROW}+{ROW / 2}"
    begin, end = f"({NARROW}?width*0.52:width*0.30)", f"({NARROW}?width*0.74:width*0.56)"
    x, y = f"{begin}+datum.u*({end}-{begin})", f"{middle}+datum.y"
    upper, lower, right = f"{middle}-8", f"{middle}+9", f"{NARROW}?width:width*0.645"
    limit = {"expr": f"{NARROW}?width*0.50:width*0.28"}
    return (
        layer("lines", "rule", "band2", x="0", x2="width", y=f"{HEAD}+datum.i*{ROW}"),
        text("trend", "text", "muted", begin, "10", opacity=WIDE_ONLY),
        layer("bands", "rect", "band", x=begin, x2=end, y=f"{middle}+datum.low", y2=f"{middle}+datum.high"),
        layer("sparks", "line", "data", detail="piece", x=x, y=y, strokeWidth=1.6),
        layer("ends", "point", OWN, shape=True, x=x, y=y, size="datum.area"),
        text("rows", "name", "text", "0", upper, NAME, limit=limit),
        text("rows", "n", "muted", "0", lower),
        text("rows", "value", "text", right, upper, STRONG, align="right"),
        text("rows", "interval", "muted", right, lower, align="right"),
        *_strip(middle),
    )


def _strip(middle: str) -> Sequence[alt.Chart]:
    """Distance to target; narrow screens leave it to the department page."""

    def along(field: str) -> str:
        return f"width*(0.71+0.275*datum.{field})"

    rule = {"x": along("at"), "y": f"{HEAD - 4}", "y2": "height", "opacity": WIDE_ONLY}
    at = {"x": along("at"), "y": middle, "opacity": WIDE_ONLY}
    interval = {"x": along("low"), "x2": along("high"), "y": middle, "opacity": f"{NARROW}?0:0.45"}
    return (
        layer("marks", "rule", "band2", **rule),
        layer("marks", "rule", "accent", strokeWidth=1.5, **rule).transform_filter("datum.role=='accent'"),
        *emphasised("marks", "text", along("at"), "10", align="center", opacity=WIDE_ONLY),
        layer("attained", "rule", "data", strokeWidth=3, **interval),
        layer("attained", "point", "data", edge="page", size="70", strokeWidth=1, **at),
        *halo("notes", "note", "muted", "width*0.8475", middle, ITALIC, align="center", wide=8, opacity=WIDE_ONLY),
    )
