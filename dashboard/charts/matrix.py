"""Who covers what? Departments by promises."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from dashboard.charts.grammar import (
    BODY,
    ITALIC,
    NAME,
    NARROW,
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

HEAD, ROW = 40, 38
NOTHING = "·"


def matrix(cells: pd.DataFrame, rows: pd.DataFrame, columns: Sequence[str], *, title: str, total: str) -> Picture:
    """A share in every cell, deeper the larger; a dot for zero; a dashed outline where pay serves no promise.

    `cells`: row, column (numbers from 0), share (0..1), text, outside (bool: serves no promise).
    `rows`: name, total (text), note ('' or why the row is empty). `columns`: heads, a line break where they may break.
    """
    each = [row | {"i": i} for i, row in enumerate(records(rows))]
    filled = [_cell(cell, len(columns)) for cell in records(cells)]
    data = {
        "table": [_listed(row, filled, columns, total) for row in each],
        "shares": [cell for cell in filled if cell["share"] and not cell["outside"]],
        "zeros": [cell for cell in filled if not cell["share"]],
        "outside": [cell for cell in filled if cell["share"] and cell["outside"]],
        "cells": filled,
        "rows": [{"i": row["i"], **{name: row[name] or "" for name in ("name", "total", "note")}} for row in each],
        "heads": [{"j": j, "of": len(columns), "text": head} for j, head in enumerate(columns)],
        "total": [{"text": total}],
    }
    words = (f"{row['name']}: {row['note'] or ', '.join(_said(row, filled, columns))}" for row in each)
    return Picture(_layers(), data, told(title, words), HEAD + ROW * len(each))


def _cell(cell: Row, of: int) -> Row:
    place = {"i": cell["row"], "j": cell["column"], "of": of}
    share = float(cell["share"])
    return place | {"share": share, "text": cell["text"] if share else NOTHING, "outside": bool(cell["outside"])}


def _said(row: Row, cells: Sequence[Row], columns: Sequence[str]) -> list[str]:
    own = [cell for cell in cells if cell["i"] == row["i"] and cell["share"]]
    return [f"{_line(columns[cell['j']])} {cell['text']}" for cell in own]


def _listed(row: Row, cells: Sequence[Row], columns: Sequence[str], total: str) -> Row:
    own = {cell["j"]: cell["text"] if cell["share"] else "0" for cell in cells if cell["i"] == row["i"]}
    shares = {_line(head): own.get(j, row["note"] or "") for j, head in enumerate(columns)}
    return {_("Department"): row["name"], **shares, total: row["total"] or ""}


def _line(head: str) -> str:
    return head.replace("\n", " ")


@specification
def _layers() -> Sequence[alt.Chart]:
    begin, end = f"({NARROW}?96:150)", f"({NARROW}?0:110)"
    wide, top = f"((width-{begin}-{end})/datum.of)", f"{HEAD}+datum.i*{ROW}"
    left, middle, centre = f"{begin}+{wide}*datum.j", f"{top}+{ROW / 2}", f"{begin}+{wide}*(datum.j+0.5)"
    sides = {"x": f"{left}+{wide}*0.04", "x2": f"{left}+{wide}*0.96"}
    box = {**sides, "y": f"{top}+3", "y2": f"{top}+{ROW - 3}", "cornerRadius": 3}
    ramp = alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], range="ramp"), legend=None)
    above = {"baseline": "top", "lineBreak": "\n"}
    right = {"align": "right", "opacity": WIDE_ONLY}
    return (
        layer("shares", "rect", **box).encode(color=ramp),
        layer("zeros", "rect", edge="band2", **box),
        layer("outside", "rect", edge="worse", strokeDash=[4, 3], strokeWidth=1.4, **box),
        text("cells", "text", "text", centre, middle, BODY, align="center"),
        text("rows", "name", "text", "0", middle, NAME, limit={"expr": f"{begin}-8"}),
        text("rows", "total", "text", "width", middle, NAME, **right),
        text("rows", "note", "muted", f"{begin}+10", middle, ITALIC),
        text("heads", "text", "muted", centre, "4", align="center", **above),
        text("total", "text", "muted", "width", "4", **right, **above),
    )
