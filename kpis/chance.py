"""The rules of a chart and how often chance alone makes them speak: limits that are estimates, runs, many charts."""

from collections.abc import Collection
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]

LIMIT, SIGMA = 2.66, 1.128


def spoken(off: Floats, rules: Collection[int]) -> NDArray[np.int64]:
    """The first rule that speaks at each point (points,), 0 for none; `off` is the distance from the mean in limits.

    1: outside the limits. 2: eight in a row on one side. 3: three of four in a row nearer to one limit than the mean.
    """
    side = np.sign(off)
    near = np.where(np.abs(off) > 0.5, side, 0)
    run = np.abs(_last(side, 8)) == 8
    three = np.maximum(_last(near == 1, 4) * (near == 1), _last(near == -1, 4) * (near == -1)) >= 3
    found = {1: np.abs(off) > 1, 2: run, 3: three}
    return np.select([found[rule] for rule in sorted(rules)], sorted(rules), default=0).astype(np.int64)


def tail(ranges: Floats, points: int, leans: bool = False) -> Floats:
    """Chance of a point that many moving ranges from the mean, when both come from `points` points.

    t with 0.62 (points − 1) degrees of freedom, those of a mean moving range (Wheeler 1995), for a new point. A lean is
    an estimate as well: it costs four points here, and half of them in `of_rule`'s runs (both measured).
    """
    known = points - 4 if leans else points
    t = ranges * SIGMA / np.sqrt(1 + 1 / known)
    found: Floats = 2 * special.stdtr(0.62 * (known - 1), -t)
    return found


@lru_cache
def of_rule(rule: int, points: int, leans: bool = False) -> float:
    """How often a rule speaks where nothing happened and the baseline's mean is off by its standard error."""
    if rule == 1:
        return float(tail(np.array([LIMIT]), points, leans)[0])
    at, weights = np.polynomial.hermite_e.hermegauss(40)
    off = at / np.sqrt(points / 2 if leans else points)
    if rule == 2:
        odds = 2 * special.ndtr(off) ** 8
    else:
        beyond = special.ndtr(off - LIMIT * SIGMA / 2)
        odds = 2 * beyond**3 * (3 * (1 - beyond) + beyond)
    return float(weights @ odds / weights.sum())


def benjamini_hochberg(p: ArrayLike, level: float = 0.1) -> NDArray[np.bool_]:
    """Which p-values (tests,) are rejected at that false discovery rate; NaN is no test (1995)."""
    values = np.nan_to_num(np.asarray(p, dtype=float), nan=2.0)
    tests = int((values <= 1).sum())
    ordered = np.sort(values)[:tests]
    passed = ordered[ordered <= level * np.arange(1, tests + 1) / max(tests, 1)]
    return np.asarray(values <= (passed[-1] if len(passed) else -1.0), dtype=bool)


def _last(values: NDArray[np.generic], window: int) -> Floats:
    """The sum of the last `window` values at each point, of fewer at the start."""
    total = np.cumsum(np.concatenate([np.zeros(window), values.astype(float)]))
    sums: Floats = total[window:] - total[:-window]
    return sums
