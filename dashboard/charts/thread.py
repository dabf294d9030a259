"""The golden thread: promise → KPI → target → pay, as ribbons whose thickness is money on one scale."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts.grammar import BODY, OWN, SMALL, Picture, halo, layer, records, specification
from dashboard.words import _

Row = dict[str, Any]
PICK = "pick"
HEAD, LINE, GAP, BAR = 30, 34, 12, 6
INK = 230  # pixels the fullest column's money takes
LEFT = "[0.012,0.30,0.575,0.84]"
STEPS = tuple((i / 14, (i / 14) ** 2 * (3 - 2 * i / 14)) for i in range(15))  # smoothstep


def thread(nodes: pd.DataFrame, paths: pd.DataFrame, *, title: str, selected: str | None = None) -> Picture:
    """The thread, with every path through the node `selected` in gold.

    `nodes`: id, column (0 promise, 1 KPI, 2 target, 3 pay), name, note (text: the amount, or why it is broken), broken (bool).
    `paths`: promise, kpi, target, pay (node ids; None where the thread ends), amount (minor units, 0 allowed).
    A click returns {"pick": [{"id": …}]}.
    """
    ways = records(paths)
    chosen = [way for way in ways if selected is None or selected in _stations(way)]
    lit = {station for way in chosen for station in _stations(way)} if selected else set()
    placed, height = _placed(records(nodes), ways)
    ribbons = _ribbons(placed, ways, chosen if selected else [])
    drawn = [_node(node, lit, selected) for node in placed.values()]
    data = {
        "table": [
            {_("Kind"): _heads()[node["column"]]["text"], _("Name"): node["name"], _("Pay"): node["note"]}
            for node in placed.values()
        ],
        "nodes": [node for node in drawn if not node["broken"]],
        "broken": [node for node in drawn if node["broken"]],
        "labels": drawn,
        "ribbons": ribbons,
        "heads": _heads(),
    }
    said = [f"{node['name']}: {node['note']}." for node in placed.values() if not selected or node["id"] in lit]
    return Picture(_layers() | {"height": height}, data, " ".join([title.rstrip(".") + ".", *said]), height)


def _heads() -> list[Row]:
    wide = (_("Promise"), _("KPI"), _("Target held by"), _("Paid through"))
    short = (_("Promise"), _("KPI"), _("Target"), _("Pay"))
    return [{"column": i, "text": wide[i], "short": short[i]} for i in range(4)]


def _stations(way: Row) -> list[str]:
    return [way[name] for name in ("promise", "kpi", "target", "pay") if way[name] is not None]


def _placed(nodes: Sequence[Row], ways: Sequence[Row]) -> tuple[dict[str, Row], int]:
    """Nodes by id with their top `y` and height `h`, each with room for two lines of text; and the picture's height."""
    money = {node["id"]: sum(way["amount"] for way in ways if node["id"] in _stations(way)) for node in nodes}
    columns = [[node for node in nodes if node["column"] == column] for column in range(4)]
    fullest = max((sum(money[node["id"]] for node in column) for column in columns), default=0)
    scale = INK / fullest if fullest else 0.0
    heights = {node["id"]: max(money[node["id"]] * scale, 8.0) for node in nodes}
    rooms = [[max(heights[node["id"]], LINE) + GAP for node in column] for column in columns]
    height = HEAD + max((sum(room) for room in rooms), default=0)
    placed = {}
    for column, room in zip(columns, rooms, strict=True):
        spare = (height - HEAD - sum(room)) / (len(column) or 1)
        top = float(HEAD)
        for node, need in zip(column, room, strict=True):
            h = heights[node["id"]]
            placed[node["id"]] = node | {"y": top + (need + spare - h) / 2, "h": h, "scale": scale}
            top += need + spare
    return {node["id"]: placed[node["id"]] for node in nodes}, int(height)


def _ribbons(placed: Mapping[str, Row], ways: Sequence[Row], chosen: Sequence[Row]) -> list[Row]:
    """Fifteen points a ribbon; the chosen ones last, so that they lie on top."""
    out, into = dict.fromkeys(placed, 0.0), dict.fromkeys(placed, 0.0)
    plain: list[Row] = []
    gold: list[Row] = []
    for number, way in enumerate(ways):
        stations = _stations(way)
        for one, other in zip(stations, stations[1:], strict=False):
            a, b = placed[one], placed[other]
            wide = max(way["amount"] * a["scale"], 1.0)
            start, end = a["y"] + out[one] + wide / 2, b["y"] + into[other] + wide / 2
            out[one], into[other] = out[one] + wide, into[other] + wide
            lit = way in chosen
            role, opacity = ("accent", 0.55) if lit else ("context", 0.18 if chosen else 0.3)
            base = {
                "id": f"{number}/{a['column']}",
                "c": a["column"],
                "d": b["column"],
                "role": role,
                "opacity": opacity,
                "wide": wide,
            }
            (gold if lit else plain).extend(base | {"u": u, "y": start + (end - start) * eased} for u, eased in STEPS)
    return plain + gold


def _node(node: Row, lit: set[str], selected: str | None) -> Row:
    on = node["id"] in lit
    role = ("accent" if on else "context") if selected else "data"
    return {
        "id": node["id"],
        "c": node["column"],
        "y": node["y"],
        "h": node["h"],
        "name": node["name"],
        "note": node["note"],
        "broken": bool(node["broken"]),
        "role": role,
        "ink": "muted" if selected and not on else "text",
        "tint": "worse" if node["broken"] else "muted",
    }


@specification
def _layers() -> Sequence[alt.Chart]:
    left = f"width*{LEFT}[datum.c]"
    ribbon = f"{left}+{BAR}+datum.u*(width*({LEFT}[datum.d]-{LEFT}[datum.c])-{BAR})"
    middle, label = "datum.y+datum.h/2", f"{left}+12"
    bar = {"x": left, "x2": f"{left}+{BAR}", "y": "datum.y", "y2": "datum.y+datum.h"}
    wide, fits = "width<640?0:1", {"expr": f"width*({LEFT}[min(datum.c+1,3)]-{LEFT}[datum.c]+(datum.c==3?0.15:0))-20"}
    hit = {"x": left, "x2": f"{left}+width*0.16", "y": "datum.y-6", "y2": "datum.y+max(datum.h,28)"}
    pick = alt.selection_point(name=PICK, fields=["id"], on="click", empty=False)
    own_ink = {
        "text": "name",
        "align": "left",
        "x": label,
        "y": f"{middle}-8",
        "fontSize": BODY,
        "opacity": wide,
        "limit": fits,
    }
    own_note = {
        "text": "note",
        "align": "left",
        "x": label,
        "y": f"{middle}+8",
        "fontSize": SMALL,
        "opacity": wide,
        "limit": fits,
    }
    return (
        layer(
            "ribbons",
            "area",
            OWN,
            detail="id",
            x=ribbon,
            y="datum.y-datum.wide/2",
            y2="datum.y+datum.wide/2",
            opacity="datum.opacity",
        ),
        layer("nodes", "rect", OWN, cornerRadius=1, **bar),
        layer("broken", "rect", "page", edge="worse", strokeWidth=1.5, strokeDash=[3, 2], **bar),
        *(
            each
            for role in ("text", "muted")
            for each in _filtered(halo("labels", role=role, **own_ink), f"datum.ink=='{role}'")
        ),
        *(
            each
            for role in ("muted", "worse")
            for each in _filtered(halo("labels", role=role, **own_note), f"datum.tint=='{role}'")
        ),
        layer(
            "heads",
            "text",
            "muted",
            text="text",
            align="left",
            x=f"width*{LEFT}[datum.column]",
            y="10",
            fontSize=SMALL,
            opacity=wide,
        ),
        layer(
            "heads",
            "text",
            "muted",
            text="short",
            align="left",
            x=f"width*{LEFT}[datum.column]",
            y="10",
            fontSize=SMALL,
            opacity="width<640?1:0",
        ),
        layer("labels", "rect", "page", cursor="pointer", tip=True, **hit, opacity="0.001")
        .transform_calculate(tip="datum.name+': '+datum.note")
        .add_params(pick),
    )


def _filtered(layers: Sequence[alt.Chart], test: str) -> list[alt.Chart]:
    return [each.transform_filter(test) for each in layers]
