"""Which group differs? Dots with interval against a reference."""

from collections.abc import Callable, Sequence

import altair as alt
import pandas as pd

from dashboard.charts.grammar import (
    BODY,
    ITALIC,
    NAME,
    OWN,
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

ROW, GAP, FOOT = 27, 16, 24
NAMES = "min(max(110,width*0.26),190)"


def dots(
    groups: pd.DataFrame, *, title: str, reference: float | None, reference_is: str, say: Callable[[float], str]
) -> Picture:
    """Groups with interval against a reference figure.

    `groups`, in order: group (kind of cut; a gap opens where it changes), name, value, low, high (None: not shown),
    text, ends (the interval), n (texts), signal ('' | 'better' | 'worse', decided elsewhere), note ('' or why nothing is shown), and, where
    a group has a second figure that leans on the others, second (else None) and second_text.
    """
    rows = _placed(records(groups))
    shown = [row for row in rows if row["value"] is not None and not row["note"]]
    line = [] if reference is None else [reference]
    values = [row[name] for row in shown for name in ("value", "low", "high", "second") if row[name] is not None] + line
    f, low, high = fraction(values)
    data = {
        "table": [_listed(row) for row in rows],
        "names": [{"y": row["y"], "name": row["name"]} for row in rows],
        "figures": [{"y": row["y"], "text": row["text"], "n": row["n"]} for row in shown],
        "reference": [{"u": f(value)} for value in line],
        "intervals": [_look(row) | found for row in shown if (found := ends(row["low"], row["high"], f))],
        "dots": [_dot(row, f, reference) for row in shown],
        "seconds": [_second(row, f) for row in shown if row["second"] is not None],
        "notes": [{"y": row["y"], "note": row["note"]} for row in rows if row["note"]],
        "ticks": marked(ticks(low, high), f, say),
    }
    words = [f"{reference_is}: {say(value)}" for value in line]
    words += [f"{row['name']}: {_said(row)}" for row in rows]
    return Picture(_layers(), data, told(title, words), (rows[-1]["y"] if rows else 0) + ROW // 2 + FOOT)


def _placed(rows: Sequence[Row]) -> list[Row]:
    """Each row's middle in pixels from the top, with a gap where the kind of group changes."""
    placed: list[Row] = []
    for row in rows:
        gap = GAP if placed and placed[-1]["group"] != row["group"] else 0
        placed.append(row | {"y": placed[-1]["y"] + ROW + gap if placed else ROW // 2})
    return placed


def _listed(row: Row) -> Row:
    return {_("Group"): row["name"], _("Figure"): _said(row), _("Answers"): "" if row["note"] else row["n"] or ""}


def _said(row: Row) -> str:
    """The figure of a group in words, with its second one; or why nothing is shown."""
    return row["note"] or "; ".join(each for each in (f"{row['text']} ({row['ends']})", row["second_text"]) if each)


def _look(row: Row) -> Row:
    return {"y": row["y"], "role": row["signal"] or "data"}


def _dot(row: Row, f: Callable[[float], float], reference: float | None) -> Row:
    above = reference is not None and row["value"] > reference
    shape = ("triangle-up" if above else "triangle-down") if row["signal"] else "circle"
    return _look(row) | {
        "u": f(row["value"]),
        "shape": shape,
        "tip": f"{row['name']}: {_said(row)}, {row['n']}",
    }


def _second(row: Row, f: Callable[[float], float]) -> Row:
    return {"y": row["y"], "u": f(row["second"]), "tip": f"{row['name']}: {row['second_text']}"}


@specification
def _layers() -> Sequence[alt.Chart]:
    def along(field: str) -> str:
        return f"{NAMES}+datum.{field}*(width-118-{NAMES})"

    right = {"align": "right"}
    return (
        layer("reference", "rule", "context", x=along("u"), y="0", y2=f"height-{FOOT}"),
        text("names", "name", "text", "0", "datum.y", BODY, limit={"expr": f"{NAMES}-8"}),
        layer("intervals", "rule", OWN, x=along("low"), x2=along("high"), y="datum.y", strokeWidth=2),
        layer("dots", "point", OWN, shape=True, tip=True, x=along("u"), y="datum.y", size="75"),
        layer("seconds", "point", edge="data", tip=True, x=along("u"), y="datum.y", size="90", strokeWidth=1.5),
        text("figures", "text", "text", "width-56", "datum.y", NAME, **right),
        text("figures", "n", "muted", "width", "datum.y", **right),
        text("notes", "note", "muted", "width", "datum.y", ITALIC, **right),
        text("ticks", "text", "muted", along("u"), "height-8", align="center", opacity=thinned(f"width-118-{NAMES}")),
    )
