"""Did it arrive? Contracts by days."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from dashboard.charts.grammar import (
    NAME,
    NARROW,
    OWN,
    WIDE_ONLY,
    Picture,
    Row,
    layer,
    records,
    specification,
    text,
    told,
)
from dashboard.words import _

HEAD, ROW = 26, 30
FILLED = {
    "admitted": ("circle", "data", 70),
    "part quarantined": ("diamond", "accent", 130),
    "refused": ("cross", "worse", 170),
}
HOLLOW = {"late": ("circle", "worse", 90), "none due": ("stroke", "context", 60)}


def deliveries(days: pd.DataFrame, contracts: pd.DataFrame, heads: Sequence[str], *, title: str) -> Picture:
    """What arrived on which day, by shape and colour.

    `days`: contract, day (numbers from 0), state (a key of FILLED or HOLLOW), text (for the pointer).
    `contracts`: name, verdict (text), bad (bool). `heads`: the days' names.
    """
    each = [row | {"i": i} for i, row in enumerate(records(contracts))]
    arrived = [day | {"of": len(heads)} for day in records(days)]
    data = {
        "table": [_listed(row, arrived, heads) for row in each],
        "filled": [_mark(day, FILLED[day["state"]]) for day in arrived if day["state"] in FILLED],
        "hollow": [_mark(day, HOLLOW[day["state"]]) for day in arrived if day["state"] not in FILLED],
        "rows": [{"i": row["i"], "name": row["name"], **_verdict(row)} for row in each],
        "heads": [{"j": j, "of": len(heads), "text": head} for j, head in enumerate(heads)],
    }
    return Picture(
        _layers(), data, told(title, (f"{row['name']}: {row['verdict']}" for row in each)), HEAD + ROW * len(each)
    )


def _mark(day: Row, look: tuple[str, str, int]) -> Row:
    place = {"i": day["contract"], "j": day["day"], "of": day["of"], "tip": day["text"]}
    return place | dict(zip(("shape", "role", "area"), look, strict=True))


def _verdict(row: Row) -> Row:
    return {"verdict": row["verdict"], "role": "worse" if row["bad"] else "muted"}


def _listed(row: Row, days: Sequence[Row], heads: Sequence[str]) -> Row:
    own = {day["day"]: day["state"] for day in days if day["contract"] == row["i"]}
    states = {head: own.get(j, "") for j, head in enumerate(heads)}
    return {_("Contract"): row["name"], **states, _("Now"): row["verdict"]}


@specification
def _layers() -> Sequence[alt.Chart]:
    begin, end = f"({NARROW}?104:150)", f"({NARROW}?8:190)"
    wide = f"(width-{begin}-{end})/datum.of"
    x, y = f"{begin}+{wide}*(datum.j+0.5)", f"{HEAD}+datum.i*{ROW}+{ROW / 2}"
    place = {"x": x, "y": y, "size": "datum.area", "shape": True, "tip": True}
    every_other = f"{wide}<20?(datum.j%2?0:1):1"
    return (
        layer("filled", "point", OWN, **place),
        layer("hollow", "point", edge=OWN, strokeWidth=2, **place),
        text("rows", "name", "text", "0", y, NAME, limit={"expr": f"{begin}-8"}),
        text("rows", "verdict", OWN, "width", y, align="right", opacity=WIDE_ONLY),
        text("heads", "text", "muted", x, "10", align="center", opacity=every_other),
    )
