"""Two figures, and what may be said of what lies between them: a signal, or what chance alone could do."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np

from kpis import differences, measures
from kpis.clusters import covariance
from kpis.definitions import KpiDefinition
from kpis.differences import Difference
from kpis.distributions import Floats
from kpis.figures import Figure
from kpis.measured import Measured
from kpis.mix import Parts, margins, mix_and_rate

LEVEL = 0.05
ENDS = ("value", "low", "high", "p")


def between(definition: KpiDefinition, a: Measured, b: Measured, rng: np.random.Generator) -> Difference:
    """a − b cell by cell, in the unit of a figure.

    Where the 20 groups speak for both, what the two share of their clusters is taken out. Quantiles are redrawn; where
    cases still run, their difference comes from the ends of both.
    """
    if definition.measure.kind == "quantile":
        return _of_quantiles(definition, a, b, rng)
    apart, both = differences.difference(a.found, b.found), a.told & b.told
    if a.jack is None or b.jack is None or not both.any():
        return apart
    shared = np.where(both, covariance(a.jack, b.jack), 0.0)
    joined = differences.difference(a.found, b.found, covariance=shared)
    return Difference(*(np.where(both, getattr(joined, each), getattr(apart, each)) for each in ENDS))


def _of_quantiles(definition: KpiDefinition, a: Measured, b: Measured, rng: np.random.Generator) -> Difference:
    if definition.measure.censored:
        return differences.by_ends(a.found, b.found)
    q, size = cast(float, definition.measure.q), measures.STORED.get(definition.unit, 1)
    found = differences.quantile_difference(a.d, b.d, q, rng, designs=(_effect(a), _effect(b)))
    return Difference(found.value / size, found.low / size, found.high / size, found.p)


def _effect(cells: Measured) -> Floats | None:
    return None if np.isnan(cells.effect).all() else np.maximum(np.nan_to_num(cells.effect, nan=1.0), 1)


def missing(*found: Figure) -> str:
    """Why two figures cannot be compared; empty where they can."""
    return " ".join(f"{each.scope}, {each.window}: {each.reason}" for each in found if each.state != "ok")


def verdict(definition: KpiDefinition, p: float | None, least: float | None = None, groups: int = 1) -> str:
    """A p-value in plain words: "Signal: …" or "Could be chance: …", and why.

    least: the smallest difference that would show in four of five cases. `groups`: p is Holm's over so many groups.
    """
    if p is None:
        return "Cannot tell: the answers do not vary."
    often, told = _often(p), f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"
    such = f"sets of {groups} groups" if groups > 1 else "comparisons"
    if p <= LEVEL:
        return f"Signal: chance alone gives so large a difference in {often} such {such} ({told})."
    words = f"Could be chance: so large a difference comes by itself in {often} such {such} ({told})."
    if least is None:
        return words
    return f"{words} With these answers a difference of {amount(definition, least)} or more would have shown in four of five cases."


def _often(p: float) -> str:
    """A chance as a count people can picture."""
    if p >= 0.995:
        return "nearly all"
    if p >= 0.01:
        return f"{round(p * 100)} of 100"
    return f"{round(p * 1000)} of 1,000" if p >= 0.001 else "fewer than 1 of 1,000"


def amount(definition: KpiDefinition, size: float) -> str:
    """A difference in the KPI's unit, without its sign: shares in percentage points."""
    times = 100 if definition.unit == "percent" else 1
    unit = {"percent": " percentage points", "points": " points", "hours": " hours", "days": " days"}.get(
        definition.unit, ""
    )
    return f"{abs(size) * times:.{max(definition.decimals, 1)}f}{unit}"


@dataclass(frozen=True)
class Split:
    """A change by the groups of a cut, exactly, and ± what chance does to either part at 95%."""

    parts: Parts
    moved: float
    served: float

    @property
    def certain(self) -> bool:
        """Whether both parts are beyond chance."""
        return abs(self.parts.served) > self.served and abs(self.parts.moved) > self.moved


def split(
    definition: KpiDefinition,
    before: Mapping[str, tuple[Figure, float]],
    after: Mapping[str, tuple[Figure, float]],
    n: tuple[float, float],
    hidden: Collection[str] = (),
) -> Split | None:
    """A change by groups, each with the variance of its figure; None for what is no ratio. n: effective n of the whole.

    Groups that are too small to show in either period, those `hidden` to protect them, and those without a name, are one: "".
    """
    if definition.measure.kind == "quantile":
        return None
    small = set(hidden) | {
        name
        for name in before.keys() | after.keys()
        if min(found[name][0].n if name in found else 0.0 for found in (before, after)) < definition.min_n_show
    }
    sides = [_folded(found, small) for found in (before, after)]
    ratios = [{name: (top, bottom) for name, (top, bottom, _) in side.items()} for side in sides]
    parts = mix_and_rate(*ratios)
    if parts is None:
        return None
    errors = {each.group: (_error(sides[0], each.group), _error(sides[1], each.group)) for each in parts.groups}
    return Split(parts, *margins(parts, errors, n))


def _folded(found: Mapping[str, tuple[Figure, float]], small: set[str]) -> dict[str, tuple[int, int, float]]:
    """Numerator, denominator and the numerator's variance of each group that is large enough, of the others together."""
    held: dict[str, tuple[int, int, float]] = {}
    for name, (figure, variance) in sorted(found.items()):
        at, size = "" if name in small else name, figure.denominator or 0
        top, bottom, spread = held.get(at, (0, 0, 0.0))
        held[at] = (top + (figure.numerator or 0), bottom + size, spread + np.nan_to_num(variance) * float(size) ** 2)
    return held


def _error(side: Mapping[str, tuple[int, int, float]], name: str) -> float:
    _, bottom, spread = side.get(name, (0, 0, 0.0))
    return float(np.sqrt(spread)) / bottom if bottom else 0.0


def trap(definition: KpiDefinition, cut: str, told: Split) -> str:
    """Simpson's trap in words (1951): what was served and who moved pull in opposite directions; empty where they do not."""
    parts = told.parts
    if not parts.opposite:
        return ""
    if not told.certain:
        return f"By {cut}, who moved and how they were served pull in opposite directions, which could be chance."
    good = definition.direction == "higher"
    served, moved = (("better" if (part > 0) == good else "worse") for part in (parts.served, parts.moved))
    head = f"Served {served} by {amount(definition, float(parts.served))} at an equal mix of {cut}s"
    tail = f"{amount(definition, float(parts.moved))} {moved} because customers moved between them"
    end = f" No {cut} went the way the whole did: the whole misleads (Simpson's paradox)." if parts.paradox else ""
    return f"{head}, {tail}.{end}"
