"""Who covers what? Departments by promises."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts.grammar import BODY, NARROW, OWN, SMALL, WIDE_ONLY, Picture, layer, records, specification
from dashboard.words import _

Row = dict[str, Any]
HEAD, ROW = 40, 38


def matrix(cells: pd.DataFrame, rows: pd.DataFrame, columns: Sequence[str], *, title: str, total: str) -> Picture:
    """A share in every cell, deeper the larger; a dot for zero; a dashed outline where pay serves no promise.

    `cells`: row, column (numbers from 0), share (0..1), text, outside (bool: serves no promise).
    `rows`: name, total (text), note ('' or why the row is empty). `columns`: head texts, a line break where they may break.
    """
    each = [row | {"i": i} for i, row in enumerate(records(rows))]
    filled = [_cell(cell, len(columns)) for cell in records(cells)]
    height = HEAD + ROW * len(each)
    data = {
        "table": [_listed(row, filled, columns, total) for row in each],
        "shares": [cell for cell in filled if cell["share"] > 0 and not cell["outside"]],
        "zeros": [cell for cell in filled if cell["share"] == 0],
        "outside": [cell for cell in filled if cell["share"] > 0 and cell["outside"]],
        "cells": filled,
        "rows": [
            {"i": row["i"], "name": row["name"], "total": row["total"] or "", "note": row["note"] or ""} for row in each
        ],
        "heads": [{"j": j, "of": len(columns), "text": text} for j, text in enumerate(columns)],
        "total": [{"text": total}],
    }
    told = [f"{row['name']}: {row['note'] or ', '.join(_spoken(row['i'], filled, columns))}." for row in each]
    return Picture(_layers() | {"height": height}, data, " ".join([title.rstrip(".") + ".", *told]), height)


def _cell(cell: Row, of: int) -> Row:
    text = "·" if cell["share"] == 0 else cell["text"]
    return {
        "i": cell["row"],
        "j": cell["column"],
        "of": of,
        "share": float(cell["share"]),
        "text": text,
        "outside": bool(cell["outside"]),
    }


def _spoken(i: int, cells: Sequence[Row], columns: Sequence[str]) -> list[str]:
    return [
        f"{columns[cell['j']].replace(chr(10), ' ')} {cell['text']}"
        for cell in cells
        if cell["i"] == i and cell["share"]
    ]


def _listed(row: Row, cells: Sequence[Row], columns: Sequence[str], total: str) -> Row:
    own = {cell["j"]: "0%" if cell["text"] == "·" else cell["text"] for cell in cells if cell["i"] == row["i"]}
    shares = {head.replace("\n", " "): own.get(j, row["note"] or "") for j, head in enumerate(columns)}
    return {_("Department"): row["name"], **shares, total: row["total"] or ""}


@specification
def _layers() -> Sequence[alt.Chart]:
    begin, end = f"({NARROW}?96:150)", f"({NARROW}?0:110)"
    wide = f"((width-{begin}-{end})/datum.of)"
    top = f"{HEAD}+datum.i*{ROW}"
    box = {
        "x": f"{begin}+{wide}*(datum.j+0.04)",
        "x2": f"{begin}+{wide}*(datum.j+0.96)",
        "y": f"{top}+3",
        "y2": f"{top}+{ROW - 3}",
        "cornerRadius": 3,
    }
    ramp = alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], range="ramp"), legend=None)
    middle = f"{top}+{ROW / 2}"
    limit = {"expr": f"{begin}-8"}
    return (
        layer("shares", "rect", **box).encode(color=ramp),
        layer("zeros", "rect", edge="band2", **box),
        layer("outside", "rect", edge="worse", strokeDash=[4, 3], strokeWidth=1.4, **box),
        layer("cells", "text", "text", text="text", x=f"{begin}+{wide}*(datum.j+0.5)", y=middle, fontSize=BODY),
        layer(
            "rows",
            "text",
            "text",
            text="name",
            align="left",
            x="0",
            y=middle,
            fontSize=BODY,
            fontWeight=600,
            limit=limit,
        ),
        layer(
            "rows",
            "text",
            "text",
            text="total",
            align="right",
            x="width",
            y=middle,
            fontSize=BODY,
            fontWeight=600,
            opacity=WIDE_ONLY,
        ),
        layer(
            "rows",
            "text",
            "muted",
            text="note",
            align="left",
            x=f"{begin}+10",
            y=middle,
            fontSize=SMALL,
            fontStyle="italic",
        ),
        layer(
            "heads",
            "text",
            "muted",
            text="text",
            x=f"{begin}+{wide}*(datum.j+0.5)",
            y="4",
            baseline="top",
            lineBreak="\n",
            fontSize=SMALL,
        ),
        layer(
            "total",
            "text",
            "muted",
            text="text",
            align="right",
            x="width",
            y="4",
            baseline="top",
            fontSize=SMALL,
            opacity=WIDE_ONLY,
        ),
    )
