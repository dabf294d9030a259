"""The golden thread: promise → KPI → target → pay, as ribbons whose thickness is money on one scale."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import altair as alt
import pandas as pd

from dashboard.charts.grammar import BODY, OWN, SMALL, Picture, Row, halo, layer, records, specification, text, told
from dashboard.words import _

PICK = "pick"
HEAD, LINE, GAP, BAR = 30, 34, 12, 6
INK = 230  # pixels the fullest column's money takes
SLIVER, THINNEST = 8.0, 1.0  # pixels of a node, and of a ribbon, without money
LEFT = "[0.012,0.30,0.575,0.84]"
STEPS = tuple((i / 14, (i / 14) ** 2 * (3 - 2 * i / 14)) for i in range(15))  # smoothstep
LABELS = "width<640?0:1"


def thread(nodes: pd.DataFrame, paths: pd.DataFrame, *, title: str, selected: str | None = None) -> Picture:
    """The thread, with every path through the node `selected` in gold.

    `nodes`: id, column (0 promise, 1 KPI, 2 target, 3 pay), name, note (text: the amount, or why it is broken),
    broken (bool). `paths`: promise, kpi, target, pay (node ids; None where the thread ends), amount (minor units).
    A click chooses the node's id.
    """
    ways = [(_stations(way), float(way["amount"])) for way in records(paths)]
    lit = {station for stations, _amount in ways if selected in stations for station in stations}
    placed, scale, height = _placed(records(nodes), ways)
    drawn = [_node(node, lit, selected) for node in placed.values()]
    heads = _heads()
    data = {
        "table": [_listed(node, heads) for node in placed.values()],
        "ribbons": _ribbons(placed, ways, scale, selected),
        "bars": [node for node in drawn if not node["broken"]],
        "broken": [node for node in drawn if node["broken"]],
        "nodes": drawn,
        "heads": heads,
    }
    shown = [node for node in placed.values() if selected is None or node["id"] in lit]
    return Picture(_layers(), data, told(title, (f"{node['name']}: {node['note']}" for node in shown)), height)


def _heads() -> list[Row]:
    wide = (_("Promise"), _("KPI"), _("Target held by"), _("Paid through"))
    short = (_("Promise"), _("KPI"), _("Target"), _("Pay"))
    return [{"c": c, "text": wide[c], "short": short[c]} for c in range(4)]


def _listed(node: Row, heads: Sequence[Row]) -> Row:
    return {_("Kind"): heads[node["column"]]["short"], _("Name"): node["name"], _("Variable pay"): node["note"]}


def _stations(way: Row) -> tuple[str, ...]:
    return tuple(way[name] for name in ("promise", "kpi", "target", "pay") if way[name] is not None)


def _placed(nodes: Sequence[Row], ways: Sequence[tuple[tuple[str, ...], float]]) -> tuple[dict[str, Row], float, int]:
    """Nodes by id with top `y` and height `h`; pixels a unit of money; the picture's height.

    Every node has room for two lines of text, and every column the whole height.
    """
    money = {node["id"]: sum(amount for stations, amount in ways if node["id"] in stations) for node in nodes}
    columns = [[node for node in nodes if node["column"] == column] for column in range(4)]
    fullest = max((sum(money[node["id"]] for node in column) for column in columns), default=0)
    scale = INK / fullest if fullest else 0.0
    tall = {node["id"]: max(money[node["id"]] * scale, SLIVER) for node in nodes}
    rooms = [[max(tall[node["id"]], LINE) + GAP for node in column] for column in columns]
    height = max((sum(room) for room in rooms), default=0)
    placed: dict[str, Row] = {}
    for column, room in zip(columns, rooms, strict=True):
        spare, top = (height - sum(room)) / (len(column) or 1), float(HEAD)
        for node, need in zip(column, room, strict=True):
            h = tall[node["id"]]
            placed[node["id"]] = node | {"y": top + (need + spare - h) / 2, "h": h}
            top += need + spare
    return placed, scale, int(HEAD + height)


def _ribbons(
    placed: Mapping[str, Row], ways: Sequence[tuple[tuple[str, ...], float]], scale: float, selected: str | None
) -> list[Row]:
    """Fifteen points a ribbon, stacked at each node in the order of the paths; the chosen ones last, to lie on top."""
    out, into = dict.fromkeys(placed, 0.0), dict.fromkeys(placed, 0.0)
    plain: list[Row] = []
    gold: list[Row] = []
    for number, (stations, amount) in enumerate(ways):
        chosen, wide = selected in stations, max(amount * scale, THINNEST)
        look = {"role": "accent" if chosen else "context", "opacity": 0.55 if chosen else 0.18 if selected else 0.3}
        for one, other in pairwise(stations):
            a, b = placed[one], placed[other]
            start, end = a["y"] + out[one] + wide / 2, b["y"] + into[other] + wide / 2
            out[one], into[other] = out[one] + wide, into[other] + wide
            base = {"id": f"{number}/{a['column']}", "c": a["column"], "d": b["column"], "wide": wide, **look}
            points = [base | {"u": u, "y": start + (end - start) * eased} for u, eased in STEPS]
            (gold if chosen else plain).extend(points)
    return plain + gold


def _node(node: Row, lit: set[str], selected: str | None) -> Row:
    on, broken = node["id"] in lit, bool(node["broken"])
    look = {
        "role": "data" if selected is None else "accent" if on else "context",
        "ink": "text" if selected is None or on else "muted",
        "tint": "worse" if broken else "muted",
        "tip": f"{node['name']}: {node['note']}",
    }
    place = {"id": node["id"], "c": node["column"], "y": node["y"], "h": node["h"]}
    return place | {"name": node["name"], "note": node["note"], "broken": broken} | look


@specification
def _layers() -> Sequence[alt.Chart]:
    left, middle = f"width*{LEFT}[datum.c]", "datum.y+datum.h/2"
    bar = {"x": left, "x2": f"{left}+{BAR}", "y": "datum.y", "y2": "datum.y+datum.h"}
    along = f"{left}+{BAR}+datum.u*(width*({LEFT}[datum.d]-{LEFT}[datum.c])-{BAR})"
    ribbon = {"x": along, "y": "datum.y-datum.wide/2", "y2": "datum.y+datum.wide/2", "opacity": "datum.opacity"}
    hit = {"x": left, "x2": f"{left}+width*0.16", "y": "datum.y-6", "y2": "datum.y+max(datum.h,28)", "opacity": "0.001"}
    pick = alt.selection_point(name=PICK, fields=["id"], on="click", empty=False)
    return (
        layer("ribbons", "area", OWN, detail="id", **ribbon),
        layer("bars", "rect", OWN, cornerRadius=1, **bar),
        layer("broken", "rect", "page", edge="worse", strokeWidth=1.5, strokeDash=[3, 2], **bar),
        *_labels("name", "ink", ("text", "muted"), f"{middle}-8", BODY),
        *_labels("note", "tint", ("muted", "worse"), f"{middle}+8", SMALL),
        text("heads", "text", "muted", left, "10", opacity=LABELS),
        text("heads", "short", "muted", left, "10", opacity="width<640?1:0"),
        layer("nodes", "rect", "page", cursor="pointer", tip=True, **hit).add_params(pick),
    )


def _labels(field: str, by: str, roles: Sequence[str], y: str, style: Mapping[str, object]) -> list[alt.Chart]:
    """One text of every node, in the role its field `by` names, cut where the next column begins."""
    left = f"width*{LEFT}[datum.c]+12"
    room = {"expr": f"width*({LEFT}[min(datum.c+1,3)]-{LEFT}[datum.c]+(datum.c==3?0.15:0))-20"}
    return [
        each.transform_filter(f"datum.{by}=='{role}'")
        for role in roles
        for each in halo("nodes", field, role, left, y, style, opacity=LABELS, limit=room)
    ]
