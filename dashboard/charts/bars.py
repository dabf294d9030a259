"""Plain bars from zero, and what each part adds to or takes from a sum."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from dashboard.charts.grammar import BODY, ITALIC, NAME, OWN, Picture, Row, layer, records, specification, text, told
from dashboard.words import _

ROW = 25
NAMES = "min(max(110,width*0.26),190)"


def bars(rows: pd.DataFrame, *, title: str, whole: float = 1.0) -> Picture:
    """Bars from zero to `whole`, in the order given. `rows`: name, value (None: not shown), text (or why not)."""
    each = records(rows)
    made = [_bar(row, i, 0.0, row["value"] / whole, "data") for i, row in enumerate(each) if row["value"] is not None]
    return _picture(each, made, [], title)


def contributions(rows: pd.DataFrame, *, title: str) -> Picture:
    """Bars to both sides of zero. `rows`: name, value (signed; None: not shown), text (or why not), better (bool; None: no verdict)."""
    each = records(rows)
    values = [float(row["value"]) for row in each if row["value"] is not None]
    low, high = min([*values, 0.0]), max([*values, 0.0])
    span = (high - low) * 1.24 or 1.0
    left = low - span * 0.1

    def u(value: float) -> float:
        return (value - left) / span

    made = [
        _bar(row, i, u(0), u(float(row["value"])), _verdict(row["better"]))
        for i, row in enumerate(each)
        if row["value"] is not None
    ]
    return _picture(each, made, [{"u": u(0)}], title)


def _verdict(better: bool | None) -> str:
    return "data" if better is None else "better" if better else "worse"


def _bar(row: Row, i: int, start: float, end: float, role: str) -> Row:
    return {"y": i * ROW + ROW / 2, "start": start, "end": end, "text": row["text"], "role": role, "left": end < start}


def _picture(rows: Sequence[Row], made: Sequence[Row], zero: Sequence[Row], title: str) -> Picture:
    placed = [row | {"y": i * ROW + ROW / 2} for i, row in enumerate(rows)]
    data = {
        "table": [{_("Name"): row["name"], _("Figure"): row["text"]} for row in rows],
        "names": [{"y": row["y"], "name": row["name"]} for row in placed],
        "bars": made,
        "notes": [{"y": row["y"], "text": row["text"]} for row in placed if row["value"] is None],
        "zero": zero,
    }
    return Picture(_layers(), data, told(title, (f"{row['name']}: {row['text']}" for row in rows)), ROW * len(rows))


@specification
def _layers() -> Sequence[alt.Chart]:
    def along(field: str) -> str:
        return f"{NAMES}+datum.{field}*(width-64-{NAMES})"

    right, left = ("bars", "text", "text", f"{along('end')}+5"), ("bars", "text", "text", f"{along('end')}-5")
    return (
        text("names", "name", "text", "0", "datum.y", BODY, limit={"expr": f"{NAMES}-8"}),
        layer("bars", "rect", OWN, x=along("start"), x2=along("end"), y="datum.y-7", y2="datum.y+7"),
        layer("zero", "rule", "context", x=along("u"), y="0", y2="height"),
        text(*right, "datum.y", NAME).transform_filter("!datum.left"),
        text(*left, "datum.y", NAME, align="right").transform_filter("datum.left"),
        text("notes", "text", "muted", f"{NAMES}+5", "datum.y", ITALIC),
    )
