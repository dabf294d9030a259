"""Did it arrive? Contracts by days."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts.grammar import BODY, NARROW, OWN, SMALL, WIDE_ONLY, Picture, layer, records, specification
from dashboard.words import _

Row = dict[str, Any]
HEAD, ROW = 26, 30
MARKS = {
    "admitted": ("circle", "data", 70),
    "part quarantined": ("diamond", "accent", 130),
    "refused": ("cross", "worse", 170),
    "late": ("circle", "worse", 90),
    "none due": ("stroke", "context", 60),
}


def deliveries(days: pd.DataFrame, contracts: pd.DataFrame, heads: Sequence[str], *, title: str) -> Picture:
    """What arrived on which day, by shape and colour.

    `days`: contract, day (numbers from 0), state (admitted, part quarantined, refused, late, none due), text (for the pointer).
    `contracts`: name, verdict (text), bad (bool). `heads`: the days' names.
    """
    each = [row | {"i": i} for i, row in enumerate(records(contracts))]
    marks = [_mark(day, len(heads)) for day in records(days)]
    height = HEAD + ROW * len(each)
    data = {
        "table": [_listed(row, marks, heads) for row in each],
        "filled": [mark for mark in marks if mark["state"] not in ("late", "none due")],
        "hollow": [mark for mark in marks if mark["state"] in ("late", "none due")],
        "names": [{"i": row["i"], "name": row["name"]} for row in each],
        "verdicts": [
            {"i": row["i"], "text": row["verdict"], "role": "worse" if row["bad"] else "muted"} for row in each
        ],
        "heads": [{"j": j, "of": len(heads), "text": text} for j, text in enumerate(heads)],
    }
    told = [f"{row['name']}: {row['verdict']}." for row in each]
    return Picture(_layers() | {"height": height}, data, " ".join([title.rstrip(".") + ".", *told]), height)


def _mark(day: Row, of: int) -> Row:
    shape, role, area = MARKS[day["state"]]
    place = {"i": day["contract"], "j": day["day"], "of": of, "state": day["state"]}
    return place | {"shape": shape, "role": role, "area": area, "tip": day["text"]}


def _listed(row: Row, marks: Sequence[Row], heads: Sequence[str]) -> Row:
    own = {mark["j"]: mark["state"] for mark in marks if mark["i"] == row["i"]}
    return {
        _("Contract"): row["name"],
        **{head: own.get(j, "") for j, head in enumerate(heads)},
        _("Now"): row["verdict"],
    }


@specification
def _layers() -> Sequence[alt.Chart]:
    begin, end = f"({NARROW}?104:150)", f"({NARROW}?8:190)"
    x = f"{begin}+(width-{begin}-{end})*(datum.j+0.5)/datum.of"
    y = f"{HEAD}+datum.i*{ROW}+{ROW / 2}"
    thin = f"(width-{begin}-{end})/datum.of<20?(datum.j%2?0:1):1"
    place = {"x": x, "y": y, "size": "datum.area", "shape": True, "tip": True}
    return (
        layer("filled", "point", OWN, **place),
        layer("hollow", "point", edge=OWN, strokeWidth=2, **place),
        layer(
            "names",
            "text",
            "text",
            text="name",
            align="left",
            x="0",
            y=y,
            fontSize=BODY,
            fontWeight=600,
            limit={"expr": f"{begin}-8"},
        ),
        layer("verdicts", "text", OWN, text="text", align="right", x="width", y=y, fontSize=SMALL, opacity=WIDE_ONLY),
        layer("heads", "text", "muted", text="text", x=x, y="10", fontSize=SMALL, opacity=thin),
    )
