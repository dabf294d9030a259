"""Where against target? A row a KPI with threshold, target and stretch."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from dashboard.charts.grammar import (
    ITALIC,
    NAME,
    NARROW,
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
from dashboard.charts.strip import STRETCH, TARGET, THRESHOLD, marks, reach, said
from dashboard.words import _

HEAD, ROW = 26, 64
BANDS = (("band", 0, THRESHOLD), ("band2", THRESHOLD, TARGET), ("band", TARGET, STRETCH))
TEXTS = ("name", "about", "value", "interval", "asked")


def bullet_rows(rows: pd.DataFrame, *, title: str, pays: bool = True) -> Picture:
    """Each KPI against its target: solid to the lower bound, pale to the upper, a tick at the figure.

    `rows`: name, about (weight, joint with), value, interval, of a survey asked (texts), attained, attained_low,
    attained_high (0 threshold, 100 target, 200 stretch; None when nothing is shown), note ('' or why); with `pays` also
    pay and pay_of (texts: would pay, of how much).
    """
    each = [
        row | {"i": i, "both": " · ".join(filter(None, (row["interval"], row.get("asked")))), "asked": row.get("asked")}
        for i, row in enumerate(records(rows))
    ]
    texts = (*TEXTS, "pay", "pay_of") if pays else TEXTS
    data = {
        "table": [_listed(row, pays) for row in each],
        "rows": [{"i": row["i"], **{name: row[name] or "" for name in texts}} for row in each],
        "lines": [{"i": i} for i in range(len(each) + 1)],
        "attained": [reach(row) for row in each if row["attained"] is not None],
        "notes": [{"i": row["i"], "note": row["note"]} for row in each if row["note"]],
        "marks": marks(),
        "heads": [{"now": _("now"), "pay": _("would pay")}],
    }
    return Picture(
        _layers(pays),
        data,
        told(title, [said(row | {"interval": row["both"]}) for row in each]),
        HEAD + ROW * len(each) + 1,
    )


def _listed(row: Row, pays: bool) -> Row:
    names = (_("KPI"), _("Figure"), _("Interval"), _("Note"))
    listed = dict(zip(names, (row[name] or "" for name in ("name", "value", "both", "note")), strict=True))
    return listed | ({_("Would pay"): f"{row['pay'] or ''} {row['pay_of'] or ''}".strip()} if pays else {})


@specification
def _layers(pays: bool) -> Sequence[alt.Chart]:
    top = f"{HEAD}+datum.i*{ROW}"
    upper, lower = f"{top}+({NARROW}?12:20)", f"{top}+({NARROW}?27:38)"
    now = f"{NARROW}?width:width*{0.83 if pays else 0.985}"
    limit = {"expr": f"{NARROW}?width*0.66:width*0.25"}
    right = {"align": "right"}
    paid = {"align": "right", "opacity": WIDE_ONLY}
    columns = (
        text("heads", "pay", "muted", "width*0.985", "10", **paid),
        text("rows", "pay", "text", "width*0.985", upper, STRONG, **paid),
        text("rows", "pay_of", "muted", "width*0.985", lower, **paid),
    )
    return (
        layer("lines", "rule", "band2", x="0", x2="width", y=top),
        *_bars(f"({top}+({NARROW}?52:29))", 0.42 if pays else 0.50),
        text("heads", "now", "muted", now, "10", **paid),
        text("rows", "name", "text", "0", upper, NAME, limit=limit),
        text("rows", "about", "muted", "0", lower, limit=limit),
        text("rows", "value", "text", now, upper, STRONG, **right),
        text("rows", "interval", "muted", now, lower, **right),
        text("rows", "asked", "muted", now, f"{lower}+14", **right),
        *(columns if pays else ()),
    )


def _bars(bar: str, long: float) -> Sequence[alt.Chart]:
    """The bullets around the height `bar`, `long` of a wide picture; on a narrow one they take its whole width."""
    begin, reach_of = f"({NARROW}?0:width*0.27)", f"({NARROW}?width*0.985:width*{long})"
    half, inner = f"({NARROW}?6:11)", f"({NARROW}?2.5:5)"
    edges = {"y": f"{bar}-{half}", "y2": f"{bar}+{half}"}
    fill = {"y": f"{bar}-{inner}", "y2": f"{bar}+{inner}"}

    def along(at: str | float) -> str:
        return f"{begin}+{reach_of}*({at})"

    def tick(at: str | float, half_width: float) -> dict[str, str]:
        return {"x": f"{along(at)}-{half_width}", "x2": f"{along(at)}+{half_width}", **edges}

    return (
        *(layer("rows", "rect", role, x=along(a), x2=along(b), **edges) for role, a, b in BANDS),
        layer("attained", "rect", "data", x=along(0), x2=along("datum.low"), **fill),
        layer("attained", "rect", "data", x=along("datum.low"), x2=along("datum.high"), opacity="0.38", **fill),
        layer("rows", "rect", "accent", **tick(TARGET, 1.5)),
        layer("attained", "rect", "text", **tick("datum.at", 1.25)),
        *halo("notes", "note", "text", along(0.28), bar, ITALIC, align="center"),
        *emphasised("marks", "text", along("datum.at"), "10", align="center"),
    )
