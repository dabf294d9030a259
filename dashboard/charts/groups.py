"""Which group differs? Dots with interval, plain bars, and contributions to a sum."""

from collections.abc import Callable, Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts.grammar import BODY, OWN, SMALL, Picture, layer, records, specification, ticks
from dashboard.words import _

Row = dict[str, Any]
DOT_ROW, BAR_ROW, GAP, FOOT = 27, 25, 16, 24
NAMES = "min(max(110,width*0.26),190)"


def dots(
    groups: pd.DataFrame, *, title: str, reference: float | None, reference_is: str, say: Callable[[float], str]
) -> Picture:
    """Groups with interval against a reference figure.

    `groups`, in order: group (kind of cut; a gap opens where it changes), name, value, low, high (None: not shown), text, n
    (texts), signal ('' | 'better' | 'worse', decided with Holm elsewhere), note ('' or why nothing is shown).
    """
    rows = _placed(records(groups))
    shown = [row for row in rows if row["value"] is not None and not row["note"]]
    values = [row[name] for row in shown for name in ("value", "low", "high") if row[name] is not None]
    values += [] if reference is None else [reference]
    f, low, high = _scale(values)
    height = (rows[-1]["y"] if rows else 0) + DOT_ROW // 2 + FOOT
    data = {
        "table": [
            {_("Group"): row["name"], _("Figure"): row["text"] or row["note"], _("Answers"): row["n"] or ""}
            for row in rows
        ],
        "names": [
            {
                "y": row["y"],
                "name": row["name"],
                "text": "" if row["note"] else row["text"],
                "n": "" if row["note"] else row["n"],
            }
            for row in rows
        ],
        "reference": [] if reference is None else [{"u": f(reference)}],
        "intervals": [_reach(row, f) for row in shown if row["low"] is not None],
        "dots": [_dot(row, f, reference) for row in shown],
        "notes": [{"y": row["y"], "note": row["note"]} for row in rows if row["note"]],
        "ticks": [{"u": f(value), "text": say(value)} for value in ticks(low, high) if low <= value <= high],
    }
    told = [f"{row['name']}: {row['text'] or row['note']}." for row in rows]
    words = " ".join(
        [title.rstrip(".") + ".", *([] if reference is None else [f"{reference_is}: {say(reference)}."]), *told]
    )
    return Picture(_dot_layers() | {"height": height}, data, words, height)


def _placed(rows: Sequence[Row]) -> list[Row]:
    """Each row's middle in pixels from the top, with a gap where the kind of group changes."""
    placed: list[Row] = []
    for row in rows:
        gap = GAP if placed and placed[-1]["group"] != row["group"] else 0
        placed.append(row | {"y": placed[-1]["y"] + DOT_ROW + gap if placed else DOT_ROW // 2})
    return placed


def _scale(values: Sequence[float]) -> tuple[Callable[[float], float], float, float]:
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    pad = (high - low) * 0.08 or abs(high) * 0.05 or 1.0
    low, high = float(low - pad), float(high + pad)
    return (lambda value: (float(value) - low) / (high - low)), low, high


def _reach(row: Row, f: Callable[[float], float]) -> Row:
    return {"y": row["y"], "low": f(row["low"]), "high": f(row["high"]), "role": row["signal"] or "data"}


def _dot(row: Row, f: Callable[[float], float], reference: float | None) -> Row:
    above = reference is not None and row["value"] > reference
    shape = ("triangle-up" if above else "triangle-down") if row["signal"] else "circle"
    return {
        "y": row["y"],
        "u": f(row["value"]),
        "role": row["signal"] or "data",
        "shape": shape,
        "tip": f"{row['name']}: {row['text']}",
    }


@specification
def _dot_layers() -> Sequence[alt.Chart]:
    def along(field: str) -> str:
        return f"{NAMES}+datum.{field}*(width-118-{NAMES})"

    return (
        layer("reference", "rule", "context", x=along("u"), y="0", y2=f"height-{FOOT}", strokeWidth=1),
        layer(
            "names",
            "text",
            "text",
            text="name",
            align="left",
            x="0",
            y="datum.y",
            fontSize=BODY,
            limit={"expr": f"{NAMES}-8"},
        ),
        layer("intervals", "rule", OWN, x=along("low"), x2=along("high"), y="datum.y", strokeWidth=2),
        layer("dots", "point", OWN, shape=True, tip=True, x=along("u"), y="datum.y", size="75"),
        layer(
            "names",
            "text",
            "text",
            text="text",
            align="right",
            x="width-56",
            y="datum.y",
            fontSize=BODY,
            fontWeight=600,
        ),
        layer("names", "text", "muted", text="n", align="right", x="width", y="datum.y", fontSize=SMALL),
        layer(
            "notes",
            "text",
            "muted",
            text="note",
            align="right",
            x="width",
            y="datum.y",
            fontSize=SMALL,
            fontStyle="italic",
        ),
        layer("ticks", "text", "muted", text="text", x=along("u"), y="height-8", fontSize=SMALL),
    )


def bars(rows: pd.DataFrame, *, title: str, whole: float = 1.0) -> Picture:
    """Plain bars from zero to `whole`, largest first as given. `rows`: name, value (0..whole, None: not shown), text."""
    each = [row | {"y": i * BAR_ROW + BAR_ROW / 2} for i, row in enumerate(records(rows))]
    data = {
        "table": [{_("Name"): row["name"], _("Figure"): row["text"]} for row in each],
        "names": [{"y": row["y"], "name": row["name"]} for row in each],
        "bars": [_bar(row, 0.0, row["value"] / whole, "data") for row in each if row["value"] is not None],
        "notes": [{"y": row["y"], "text": row["text"]} for row in each if row["value"] is None],
        "zero": [],
    }
    return Picture(_bar_layers() | {"height": len(each) * BAR_ROW}, data, _bar_words(title, each), len(each) * BAR_ROW)


def contributions(rows: pd.DataFrame, *, title: str) -> Picture:
    """What each part adds to or takes from a sum. `rows`: name, value (signed, None: not shown), text, better (bool)."""
    each = [row | {"y": i * BAR_ROW + BAR_ROW / 2} for i, row in enumerate(records(rows))]
    shown = [row for row in each if row["value"] is not None]
    low, high = min([row["value"] for row in shown] + [0]), max([row["value"] for row in shown] + [0])
    span = float(high - low) or 1.0
    low, span = low - span * 0.12, span * 1.24
    zero = -low / span
    data = {
        "table": [{_("Name"): row["name"], _("Figure"): row["text"]} for row in each],
        "names": [{"y": row["y"], "name": row["name"]} for row in each],
        "bars": [_bar(row, zero, (row["value"] - low) / span, "better" if row["better"] else "worse") for row in shown],
        "notes": [{"y": row["y"], "text": row["text"]} for row in each if row["value"] is None],
        "zero": [{"u": zero}],
    }
    return Picture(_bar_layers() | {"height": len(each) * BAR_ROW}, data, _bar_words(title, each), len(each) * BAR_ROW)


def _bar(row: Row, start: float, end: float, role: str) -> Row:
    return {"y": row["y"], "start": start, "end": end, "text": row["text"], "role": role, "left": end < start}


def _bar_words(title: str, rows: Sequence[Row]) -> str:
    return " ".join([title.rstrip(".") + ".", *(f"{row['name']}: {row['text']}." for row in rows)])


@specification
def _bar_layers() -> Sequence[alt.Chart]:
    def along(field: str) -> str:
        return f"{NAMES}+datum.{field}*(width-64-{NAMES})"

    number = {"fontSize": BODY, "fontWeight": 600, "y": "datum.y"}
    return (
        layer(
            "names",
            "text",
            "text",
            text="name",
            align="left",
            x="0",
            y="datum.y",
            fontSize=BODY,
            limit={"expr": f"{NAMES}-8"},
        ),
        layer("bars", "rect", OWN, x=along("start"), x2=along("end"), y="datum.y-7", y2="datum.y+7"),
        layer("zero", "rule", "context", x=along("u"), y="0", y2="height", strokeWidth=1),
        layer("bars", "text", "text", text="text", align="left", x=f"{along('end')}+5", **number).transform_filter(
            "!datum.left"
        ),
        layer("bars", "text", "text", text="text", align="right", x=f"{along('end')}-5", **number).transform_filter(
            "datum.left"
        ),
        layer(
            "notes",
            "text",
            "muted",
            text="text",
            align="left",
            x=f"{NAMES}+5",
            y="datum.y",
            fontSize=SMALL,
            fontStyle="italic",
        ),
    )
