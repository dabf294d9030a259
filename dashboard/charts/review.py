"""How are all KPIs? One picture with a row a KPI."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts.grammar import BODY, NARROW, OWN, SMALL, STRONG, WIDE_ONLY, Picture, emphasised, halo, layer, records, specification
from dashboard.charts.strip import marks, reach, told
from dashboard.words import _

Row = dict[str, Any]
HEAD, ROW = 26, 46


def review_rows(rows: pd.DataFrame, *, title: str, trend: str) -> Picture:
    """All KPIs of a review in one picture.

    `rows`: name, n, value, interval (texts), spark (list of values, oldest first, None where nothing is shown), usual_low,
    usual_high (or None), signal ('' | 'better' | 'worse'), attained, attained_low, attained_high (0 threshold, 100 target,
    200 stretch; None without a target), note ('' or why there is no figure or target, shown on the strip). `trend` says what
    the sparks show ("Last 26 weeks; band: usual range").
    """
    each = [row | {"i": i} for i, row in enumerate(records(rows))]
    sparks = [(row, _spark(row)) for row in each]
    data = {
        "table": [_listed(row) for row in each],
        "rows": [_texts(row) for row in each],
        "lines": [{"i": i} for i in range(len(each) + 1)],
        "bands": [{"i": row["i"], **spark["band"]} for row, spark in sparks if spark["band"]],
        "sparks": [{"i": row["i"], **point} for row, spark in sparks for point in spark["points"]],
        "ends": [_end(row, spark["points"][-1]) for row, spark in sparks if spark["points"]],
        "attained": [reach(row) for row in each if row["attained"] is not None],
        "notes": [{"i": row["i"], "note": row["note"]} for row in each if row["note"]],
        "marks": marks(),
        "trend": [{"text": trend}],
    }
    height = ROW * len(each) + HEAD
    return Picture(_layers() | {"height": height}, data, told(title, each), height)


def _texts(row: Row) -> Row:
    return {"i": row["i"], **{name: row[name] or "" for name in ("name", "n", "value", "interval")}}


def _listed(row: Row) -> Row:
    return {
        _("KPI"): row["name"],
        _("Figure"): row["value"],
        _("Interval"): row["interval"],
        _("Answers"): row["n"],
        _("Note"): row["note"] or "",
    }


def _spark(row: Row) -> dict[str, Any]:
    """The spark's points and band, as pixels above (negative) and below the row's middle."""
    values = [(k, value) for k, value in enumerate(row["spark"] or []) if value is not None and value == value]
    band = row["usual_low"] is not None
    ends = [value for _k, value in values] + ([row["usual_low"], row["usual_high"]] if band else [])
    if not values:
        return {"points": [], "band": None}
    low, high = min(ends), max(ends)
    of = max(len(row["spark"]) - 1, 1)

    def y(value: float) -> float:
        return 0.0 if high == low else 15 - 30 * (value - low) / (high - low)

    points = [{"u": k / of, "y": y(value), "piece": f"{row['i']}/{k - n}"} for n, (k, value) in enumerate(values)]
    return {"points": points, "band": {"low": y(row["usual_low"]), "high": y(row["usual_high"])} if band else None}


def _end(row: Row, point: Row) -> Row:
    up = row["usual_high"] is not None and row["spark"][-1] is not None and row["spark"][-1] > row["usual_high"]
    shape = ("triangle-up" if up else "triangle-down") if row["signal"] else "circle"
    return {
        "i": row["i"],
        **point,
        "role": row["signal"] or "data",
        "shape": shape,
        "area": 110 if row["signal"] else 28,
    }


@specification
def _layers() -> Sequence[alt.Chart]:
    middle = f"{HEAD}+datum.i*{ROW}+{ROW / 2}"
    begin, end = f"({NARROW}?width*0.52:width*0.30)", f"({NARROW}?width*0.74:width*0.56)"
    x = f"{begin}+datum.u*({end}-{begin})"
    right = f"{NARROW}?width:width*0.645"
    name_limit = {"expr": f"{NARROW}?width*0.50:width*0.28"}

    def along(field: str) -> str:
        return f"width*(0.71+0.275*datum.{field})"

    rule = {"y": f"{HEAD - 4}", "y2": "height", "opacity": WIDE_ONLY}
    return (
        layer("lines", "rule", "band2", x="0", x2="width", y=f"{HEAD}+datum.i*{ROW}", strokeWidth=1),
        layer("trend", "text", "muted", text="text", align="left", x=begin, y="10", fontSize=SMALL, opacity=WIDE_ONLY),
        layer("bands", "rect", "band", x=begin, x2=end, y=f"{middle}+datum.low", y2=f"{middle}+datum.high"),
        layer("sparks", "line", "data", detail="piece", x=x, y=f"{middle}+datum.y", strokeWidth=1.6),
        layer("ends", "point", OWN, shape=True, x=x, y=f"{middle}+datum.y", size="datum.area"),
        layer(
            "rows",
            "text",
            "text",
            text="name",
            align="left",
            x="0",
            y=f"{middle}-8",
            fontSize=BODY,
            fontWeight=600,
            limit=name_limit,
        ),
        layer("rows", "text", "muted", text="n", align="left", x="0", y=f"{middle}+9", fontSize=SMALL),
        layer(
            "rows",
            "text",
            "text",
            text="value",
            align="right",
            x=right,
            y=f"{middle}-8",
            fontSize=STRONG,
            fontWeight=600,
        ),
        layer("rows", "text", "muted", text="interval", align="right", x=right, y=f"{middle}+9", fontSize=SMALL),
        layer("marks", "rule", "band2", x=along("at"), strokeWidth=1, **rule),
        layer("marks", "rule", "accent", x=along("at"), strokeWidth=1.5, **rule).transform_filter(
            "datum.line=='accent'"
        ),
        layer("marks", "text", OWN, text="text", x=along("at"), y="10", fontSize=SMALL, opacity=WIDE_ONLY),
        layer(
            "attained",
            "rule",
            "data",
            x=along("low"),
            x2=along("high"),
            y=middle,
            strokeWidth=3,
            opacity=f"{NARROW}?0:0.45",
        ),
        layer(
            "attained",
            "point",
            "data",
            edge="page",
            x=along("at"),
            y=middle,
            size="70",
            strokeWidth=1,
            opacity=WIDE_ONLY,
        ),
        *halo(
            "notes",
            text="note",
            role="muted",
            x="width*0.8475",
            y=middle,
            fontSize=SMALL,
            fontStyle="italic",
            opacity=WIDE_ONLY,
        ),
    )
