"""The oracle's numbers and curves: plain Decimal arithmetic with 140 digits, written to be seen through.

Thirds do not end, so a number is `settled` before it is compared (70 decimals) or rounded (40): what is no tie is farther
from one than that, and what was lost on the way is less. A jump is looked at from a hair's breadth on either side, where
nothing jumps.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from itertools import pairwise
from typing import Any

DIGITS = 140
HAIR = Decimal(10) ** -100
HALF = Decimal("0.5")
NOTHING = Decimal(0)
Json = Mapping[str, Any]


class Refused(Exception):  # noqa: N818 (no fault: nothing is paid)
    """Nothing to pay on."""


def d(text: str) -> Decimal:
    """A number as plans write it."""
    top, _, bottom = text.partition("/")
    return Decimal(top) / Decimal(bottom or "1")


def settled(value: Decimal, decimals: int = 70) -> Decimal:
    """The number without the dust of divisions that do not end."""
    return value.quantize(Decimal(10) ** -decimals, ROUND_HALF_EVEN)


def down(value: Decimal) -> int:
    """The whole number at or below."""
    return int(settled(value, 40).to_integral_value(ROUND_FLOOR))


def rounded(value: Decimal, places: int) -> Decimal:
    """To decimals, halves up."""
    return Decimal(down(value * 10**places + HALF)) / 10**places


def attained(run: Json, curve: Json, reading: Json, figure: Decimal) -> Decimal:
    """Where a figure lies on the axis."""
    axis, found = curve["axis"], figure
    if axis in ("position", "percent_of_target"):
        if "target" not in reading:
            raise Refused
        low, middle, high = map(d, run["targets"][reading["target"]]["values"])
        if axis == "position":
            short = figure < middle if low < middle else figure > middle
            found = 100 * (figure - low) / (middle - low) if short else 100 + 100 * (figure - middle) / (high - middle)
        elif curve["form"] == "target_over_figure":
            if not figure:
                raise Refused
            found = 100 * middle / figure
        else:
            found = 100 * figure / middle if curve["form"] == "figure_over_target" else 200 - 100 * figure / middle
    elif axis == "change":
        found = figure - d(curve["base"])
    elif axis == "scored":
        found = on_scale(curve["scale"], figure)
    return settled(rounded(found, curve["decimals"]) if "decimals" in curve else found)


def on_scale(scale: Json, figure: Decimal) -> Decimal:
    """Points on a scale."""
    flat = {"kind": "linear", "points": scale["points"], "below_first": "flat", "above_last": "flat"}
    found = _at(flat, figure)
    if "decimals" not in scale:
        return found
    unit = 10 ** scale["decimals"]
    return Decimal(down(found * unit)) / unit if scale["rounding"] == "down" else rounded(found, scale["decimals"])


def pays(curve: Json, at: Decimal, across: Decimal = NOTHING) -> Decimal:
    """What a curve pays, with its floor and cap."""
    found = _matrix(curve, at, across) if curve["kind"] == "matrix" else _at(curve, at)
    found = max(found, d(curve["floor"]))
    return min(found, d(curve["cap"])) if "cap" in curve else found


def _at(curve: Json, at: Decimal) -> Decimal:
    """What the curve pays: where both sides of a place agree that; at a jump the side it belongs to, else the higher."""
    pieces = curve.get("points") or curve["tiers"]
    sides = []
    for hair in (-HAIR, HAIR):
        try:
            sides.append(settled(_beside(curve, at + hair)))
        except Refused:
            continue
    if not sides:
        raise Refused
    belongs = [each["belongs_to"] for each in pieces if settled(d(each["at"])) == at and "belongs_to" in each]
    return max(sides) if not belongs else sides[0] if belongs[0] == "below" else sides[-1]


def _beside(curve: Json, at: Decimal) -> Decimal:
    """What the curve pays at a place that is no point of it."""
    return _pointed(curve, at) if curve["kind"] in ("linear", "stepped") else _tiered(curve, at)


def _outside(rule: str, flat: Decimal, onwards: Decimal) -> Decimal:
    if rule == "refuse":
        raise Refused
    return flat if rule == "flat" else onwards if rule == "continue" else d(rule)


def _pointed(curve: Json, at: Decimal) -> Decimal:
    points = [(d(each["at"]), d(each["pays"])) for each in curve["points"]]

    def line(one: tuple[Decimal, Decimal], two: tuple[Decimal, Decimal]) -> Decimal:
        return one[1] + (two[1] - one[1]) / (two[0] - one[0]) * (at - one[0])

    stepped = curve["kind"] == "stepped"
    for rule, beyond, end, beside in (
        ("below_first", at < points[0][0], points[0], points[1]),
        ("above_last", at > points[-1][0], points[-1], points[-2]),
    ):
        if beyond:  # a step, and a jump at the very end, continue as they are
            return _outside(curve[rule], end[1], end[1] if stepped or end[0] == beside[0] else line(end, beside))
    one, two = next(pair for pair in pairwise(points) if pair[0][0] < at < pair[1][0])
    return one[1] if stepped else line(one, two)


def _tiered(curve: Json, at: Decimal) -> Decimal:
    tiers = curve["tiers"]
    first, last = d(tiers[0]["at"]), d(tiers[-1]["to"]) if "to" in tiers[-1] else None

    def total(place: Decimal, which: Json) -> Decimal:
        """What is paid at a place by the rate of a tier, and by those below it where each band has its own."""
        if curve["kind"] == "whole_band":
            return place * _rate(which) if which["rate"].endswith("%") else _rate(which)
        below = tiers[: tiers.index(which)]
        return sum(
            (_rate(each) * (d(each["to"]) - d(each["at"])) for each in below), _rate(which) * (place - d(which["at"]))
        )

    if at < first:
        return _outside(curve["below_first"], total(first, tiers[0]), total(at, tiers[0]))
    if last is not None and at > last:
        return _outside(curve["above_last"], total(last, tiers[-1]), total(at, tiers[-1]))
    return total(at, next(each for each in reversed(tiers) if d(each["at"]) < at))


def _rate(tier: Json) -> Decimal:
    return d(tier["rate"].removesuffix("%")) / (100 if tier["rate"].endswith("%") else 1)


def _matrix(curve: Json, at: Decimal, across: Decimal) -> Decimal:
    """What two figures pay: the most of the places a hair beside them, where nothing jumps."""
    cells, found = [[d(each) for each in row] for row in curve["cells"]], []
    for x in _hairs(curve, curve["rows"], at):
        for y in _hairs(curve, curve["columns"], across):
            rows, columns = _shares(curve, curve["rows"], x), _shares(curve, curve["columns"], y)
            if rows and columns:
                found.append(settled(sum((cells[i][j] * u * v for i, u in rows for j, v in columns), NOTHING)))
            elif curve["below_first"] != "refuse":
                found.append(d(curve["below_first"]))
    if not found:
        raise Refused
    return max(found)


def _hairs(curve: Json, edges: Sequence[Json], x: Decimal) -> list[Decimal]:
    """A value that lies on an edge, a hair to the sides it may belong to."""
    if x > d(edges[-1]["at"]) and curve["above_last"] == "refuse":
        raise Refused
    belongs = [each.get("belongs_to", "both") for each in edges if d(each["at"]) == x]
    sides = {"both": (-HAIR, HAIR), "below": (-HAIR,), "above": (HAIR,)}
    return [x + hair for hair in (sides[belongs[0]] if belongs else (NOTHING,))]


def _shares(curve: Json, edges: Sequence[Json], x: Decimal) -> list[tuple[int, Decimal]]:
    """The edges beside a value, each with its share; none before the first, unless the curve is flat there."""
    places = [d(each["at"]) for each in edges]
    low = max((at for at, place in enumerate(places) if place < x), default=-1)
    if low < 0:
        return [(0, Decimal(1))] if curve["below_first"] == "flat" else []
    if curve["between"] == "stepped" or low == len(places) - 1:
        return [(low, Decimal(1))]
    share = (x - places[low]) / (places[low + 1] - places[low])
    return [(low, 1 - share), (low + 1, share)]


def ramp(part: Json, way: Decimal) -> Decimal:
    """Points for a share of the way."""
    least, most = map(d, part["within"])
    return min(most, max(least, rounded(d(part["slope"]) * way + d(part["addend"]), part["decimals"])))


def points(rule: Json, x: Decimal, base: Decimal | None) -> Decimal:
    """Points for achievement and improvement, whichever is more."""
    better = (lambda one, two: one <= two) if rule["lower_is_better"] else (lambda one, two: one >= two)
    found = [NOTHING]
    if part := rule.get("achievement"):
        low, high = d(part["threshold"]), d(part["benchmark"])
        if better(x, high):
            found.append(d(part["at_or_above_benchmark"]))
        else:
            found.append(ramp(part, (x - low) / (high - low)) if better(x, low) else d(part["below_threshold"]))
    if (part := rule.get("improvement")) and base is not None:
        high = d(part["benchmark"])
        if better(base, x):
            found.append(d(part["at_or_below_baseline"]))
        else:
            way = d(part["at_or_above_benchmark"]) if better(x, high) else ramp(part, (x - base) / (high - base))
            found.append(way)
    best = max(found[1:], default=NOTHING)
    return min(best, d(rule["at_most"])) if "at_most" in rule else best
