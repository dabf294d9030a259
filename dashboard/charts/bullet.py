"""Where against target? A row a KPI with threshold, target and stretch."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts.grammar import BODY, NARROW, OWN, SMALL, STRONG, WIDE_ONLY, Picture, emphasised, halo, layer, records, specification
from dashboard.charts.strip import STRETCH, TARGET, THRESHOLD, marks, reach, told
from dashboard.words import _

Row = dict[str, Any]
HEAD, ROW = 26, 58
BANDS = (("band", 0, THRESHOLD), ("band2", THRESHOLD, TARGET), ("band", TARGET, STRETCH))


def bullet_rows(rows: pd.DataFrame, *, title: str, pays: bool = True) -> Picture:
    """Each KPI against threshold, target and stretch: solid to the lower bound, pale to the upper, a tick at the figure.

    `rows`: name, about (weight, joint with), value, interval (texts), attained, attained_low, attained_high (0 threshold, 100
    target, 200 stretch; None when nothing is shown), note ('' or why), pay and pay_of (texts: would pay, of how much).
    """
    each = [row | {"i": i} for i, row in enumerate(records(rows))]
    data = {
        "table": [_listed(row, pays) for row in each],
        "rows": [
            {
                "i": row["i"],
                **{name: row[name] or "" for name in ("name", "about", "value", "interval", "pay", "pay_of")},
            }
            for row in each
        ],
        "lines": [{"i": i} for i in range(len(each) + 1)],
        "attained": [reach(row) for row in each if row["attained"] is not None],
        "notes": [{"i": row["i"], "note": row["note"]} for row in each if row["note"]],
        "marks": marks(),
        "heads": [{"text": _("now"), "at": 0.83}] + ([{"text": _("would pay"), "at": 0.985}] if pays else []),
    }
    height = ROW * len(each) + HEAD
    return Picture(_layers() | {"height": height}, data, told(title, each), height)


def _listed(row: Row, pays: bool) -> Row:
    listed = {
        _("KPI"): row["name"],
        _("Figure"): row["value"],
        _("Interval"): row["interval"],
        _("Note"): row["note"] or "",
    }
    return listed | ({_("Would pay"): f"{row['pay'] or ''} {row['pay_of'] or ''}".strip()} if pays else {})


@specification
def _layers() -> Sequence[alt.Chart]:
    top = f"{HEAD}+datum.i*{ROW}"
    first, second = f"{top}+({NARROW}?12:20)", f"{top}+({NARROW}?27:38)"
    bar = f"({top}+({NARROW}?44:29))"
    half, inner = f"({NARROW}?6:11)", f"({NARROW}?2.5:5)"
    begin, long = f"({NARROW}?0:width*0.27)", f"({NARROW}?width*0.985:width*0.42)"
    edges = {"y": f"{bar}-{half}", "y2": f"{bar}+{half}"}
    fill = {"y": f"{bar}-{inner}", "y2": f"{bar}+{inner}"}

    def along(place: str | float) -> str:
        return f"{begin}+{long}*({place})"

    def line(field: str, x: str, y: str, role: str, opacity: str = "1", **rest: Any) -> alt.Chart:
        return layer("rows", "text", role, text=field, x=x, y=y, opacity=opacity, **rest)

    strong, small = {"fontSize": STRONG, "fontWeight": 600}, {"fontSize": SMALL}
    now, pay = f"{NARROW}?width:width*0.83", "width*0.985"
    return (
        layer("lines", "rule", "band2", x="0", x2="width", y=top, strokeWidth=1),
        *(layer("rows", "rect", role, x=along(a), x2=along(b), **edges) for role, a, b in BANDS),
        layer("attained", "rect", "data", x=along(0), x2=along("datum.low"), **fill),
        layer("attained", "rect", "data", x=along("datum.low"), x2=along("datum.high"), opacity="0.38", **fill),
        layer("rows", "rect", "accent", x=f"{along(TARGET)}-1.5", x2=f"{along(TARGET)}+1.5", **edges),
        layer(
            "attained",
            "rect",
            "text",
            x=f"{along('datum.at')}-1.25",
            x2=f"{along('datum.at')}+1.25",
            y=f"{bar}-{half}-1",
            y2=f"{bar}+{half}+1",
        ),
        *halo("notes", text="note", role="text", x=along(0.28), y=bar, fontSize=SMALL, fontStyle="italic"),
        layer("marks", "text", OWN, text="text", x=along("datum.at"), y="10", **small),
        layer(
            "heads", "text", "muted", text="text", align="right", x="width*datum.at", y="10", opacity=WIDE_ONLY, **small
        ),
        line(
            "name",
            "0",
            first,
            "text",
            align="left",
            fontSize=BODY,
            fontWeight=600,
            limit={"expr": f"{NARROW}?width*0.66:width*0.25"},
        ),
        line("about", "0", second, "muted", align="left", **small),
        line("value", now, first, "text", align="right", **strong),
        line("interval", now, second, "muted", align="right", **small),
        line("pay", pay, first, "text", WIDE_ONLY, align="right", **strong),
        line("pay_of", pay, second, "muted", WIDE_ONLY, align="right", **small),
    )
