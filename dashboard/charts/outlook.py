"""What will it cost, and what is luck? A histogram with marked places, and 20 equally likely payouts as dots."""

from collections.abc import Callable, Sequence

import altair as alt
import pandas as pd

from dashboard.charts.grammar import (
    NAME,
    OWN,
    SMALL,
    Picture,
    Row,
    fraction,
    halo,
    layer,
    records,
    specification,
    text,
    thinned,
    ticks,
    told,
)
from dashboard.words import _

HEIGHT, TOP, BOTTOM, LABEL = 260, 74, 22, 16
DOT, STEP, COLUMNS = 120, 13, 18
Say = Callable[[float], str]


def histogram(bars: pd.DataFrame, marks: pd.DataFrame, *, title: str, say: Say) -> Picture:
    """How often which cost.

    `bars`: low, high, n (draws), text. `marks`: value, text, role (accent: the budget), each a line with its label.
    """
    drawn, named = records(bars), sorted(records(marks), key=lambda row: row["value"])
    most = max((row["n"] for row in drawn), default=1) or 1
    ends = [value for row in drawn for value in (row["low"], row["high"])] + [row["value"] for row in named]
    u, low, high = fraction(ends)
    data = {
        "table": [{_("Cost"): row["text"].rsplit(":", 1)[0], _("Draws"): row["n"]} for row in drawn],
        "bars": [
            {"start": u(row["low"]), "end": u(row["high"]), "h": row["n"] / most, "tip": row["text"]} for row in drawn
        ],
        "marks": [
            {"u": u(row["value"]), "text": row["text"], "role": row["role"], "k": k, "left": u(row["value"]) > 0.5}
            for k, row in enumerate(named)
        ],
        "ticks": _ticks(low, high, u, say),
    }
    return Picture(_bars(), data, told(title, (row["text"] for row in named)), HEIGHT)


def _ticks(low: float, high: float, u: Callable[[float], float], say: Say) -> list[Row]:
    places = ticks(low, high, 6)
    return [{"u": u(value), "text": say(value), "k": k, "of": len(places)} for k, value in enumerate(places)]


@specification
def _bars() -> Sequence[alt.Chart]:
    def along(field: str) -> str:
        return f"8+datum.{field}*(width-16)"

    floor, label = f"height-{BOTTOM}", f"8+datum.k*{LABEL}"
    right, left = ("marks", "text", OWN, f"{along('u')}+5"), ("marks", "text", OWN, f"{along('u')}-5")
    return (
        layer(
            "bars", "rect", "band2", tip=True, x=f"{along('start')}+1", x2=f"{along('end')}-1",
            y=f"{floor}-datum.h*(height-{TOP + BOTTOM})", y2=floor,
        ),
        layer("marks", "rule", OWN, x=along("u"), y=label, y2=floor, strokeWidth=1.5),
        text("ticks", "text", "muted", along("u"), "height-8", align="center", opacity=thinned("width-16")),
        *(each.transform_filter("!datum.left") for each in halo(*right, label, {**SMALL})),
        *(each.transform_filter("datum.left") for each in halo(*left, label, {**SMALL}, align="right")),
    )  # fmt: skip


def equally_likely(dots: Sequence[int], now: int, *, title: str, say: Say, now_is: str) -> Picture:
    """Payouts that are equally likely, a dot each, those that lie close together on top of each other; `now` as a line."""
    u, low, high = fraction([*dots, now])
    stacks: dict[int, list[int]] = {}
    for value in sorted(dots):
        stacks.setdefault(round(u(value) * COLUMNS), []).append(value)
    placed = [
        {"u": sum(map(u, stack)) / len(stack), "k": k, "tip": say(value)}
        for stack in stacks.values()
        for k, value in enumerate(stack)
    ]
    data = {
        "table": [{_("Equally likely payout"): say(value)} for value in sorted(dots)],
        "dots": placed,
        "now": [{"u": u(now), "text": now_is, "left": u(now) > 0.6}],
        "ticks": _ticks(low, high, u, say),
    }
    height = max(DOT, (max(map(len, stacks.values()), default=1) + 3) * STEP + BOTTOM)
    return Picture(_dots(), data, told(title, [now_is, _("Each of {n} dots is as likely").format(n=len(dots))]), height)


@specification
def _dots() -> Sequence[alt.Chart]:
    def along(field: str) -> str:
        return f"14+datum.{field}*(width-28)"

    right, left = ("now", "text", "accent", f"{along('u')}+6"), ("now", "text", "accent", f"{along('u')}-6")
    return (
        layer("dots", "point", "context", tip=True, x=along("u"), y=f"height-{BOTTOM + 8}-datum.k*{STEP}", size="90"),
        layer("now", "rule", "accent", x=along("u"), y="4", y2=f"height-{BOTTOM}", strokeWidth=2),
        text("ticks", "text", "muted", along("u"), "height-8", align="center", opacity=thinned("width-28")),
        *(each.transform_filter("!datum.left") for each in halo(*right, "10", NAME)),
        *(each.transform_filter("datum.left") for each in halo(*left, "10", NAME, align="right")),
    )
