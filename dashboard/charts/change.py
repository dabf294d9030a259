"""What made the difference? From the figure before to the figure now, step by step."""

from collections.abc import Callable, Sequence

import altair as alt
import pandas as pd

from dashboard.charts.grammar import (
    BODY,
    NAME,
    Picture,
    Row,
    ends,
    fraction,
    layer,
    marked,
    records,
    specification,
    text,
    thinned,
    ticks,
    told,
)
from dashboard.words import _

ROW, FOOT = 32, 24
NAMES = "min(max(120,width*0.26),190)"


def change(rows: pd.DataFrame, *, title: str, say: Callable[[float], str]) -> Picture:
    """Figures with interval, and between them what each part added or took.

    `rows`, in order: name, start, end (where the part begins and ends; the same for a figure), low, high (a figure's
    interval, else None), text. `say` writes a value on the axis.
    """
    each = [row | {"y": i * ROW + ROW / 2} for i, row in enumerate(records(rows))]
    held = [row[name] for row in each for name in ("start", "end", "low", "high") if row[name] is not None]
    f, low, high = fraction(held)
    data = {
        "table": [{_("Step"): row["name"], _("Figure"): row["text"]} for row in each],
        "rows": [{"y": row["y"], "name": row["name"], "text": row["text"]} for row in each],
        "links": [{"y": row["y"], "u": f(row["end"])} for row in each[:-1]],
        "parts": [_part(row, f) for row in each if row["start"] != row["end"]],
        "intervals": [{"y": row["y"]} | found for row in each if (found := ends(row["low"], row["high"], f))],
        "figures": [{"y": row["y"], "u": f(row["end"])} for row in each if row["start"] == row["end"]],
        "ticks": marked(ticks(low, high), f, say),
    }
    words = told(title, (f"{row['name']}: {row['text']}" for row in each))
    return Picture(_layers(), data, words, len(each) * ROW + FOOT)


def _part(row: Row, f: Callable[[float], float]) -> Row:
    return {"y": row["y"], "start": f(row["start"]), "end": f(row["end"])}


@specification
def _layers() -> Sequence[alt.Chart]:
    def along(field: str) -> str:
        return f"{NAMES}+datum.{field}*(width-76-{NAMES})"

    return (
        layer("links", "rule", "context", x=along("u"), y="datum.y", y2=f"datum.y+{ROW}", strokeDash=[2, 3]),
        layer("parts", "rect", "data", x=along("start"), x2=along("end"), y="datum.y-8", y2="datum.y+8"),
        layer("intervals", "rule", "context", x=along("low"), x2=along("high"), y="datum.y", strokeWidth=2),
        layer("figures", "point", "data", x=along("u"), y="datum.y", size="75"),
        text("rows", "name", "text", "0", "datum.y", BODY, limit={"expr": f"{NAMES}-8"}),
        text("rows", "text", "text", "width", "datum.y", NAME, align="right"),
        text("ticks", "text", "muted", along("u"), "height-8", align="center", opacity=thinned(f"width-76-{NAMES}")),
    )
