"""Signal or noise: process-behaviour charts against a frozen baseline.

XmR limits are mean ± 2.66 mean moving ranges (Wheeler 1993). Where a baseline point leans on the one before it, the
chart is of AR(1) residuals (Alwan and Roberts 1988); where a share's n varies, limits follow n (Laney's p′, 2002).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]
Word = Literal["better", "worse", "usual", "not enough history"]

POINTS = 20
LIMIT, SIGMA = 2.66, 1.128
LEANS, VARIES = 0.2, 0.25
RULES = (1, 2, 3)
DEPARTMENT_RULES = (1,)
TELLS = {
    0: "Inside the usual range.",
    1: "Outside the usual range.",
    2: "Eight points in a row on one side of the mean.",
    3: "Three of four points nearer to a limit than to the mean.",
}


@dataclass(frozen=True)
class Baseline:
    """What was usual when it was frozen: its mean, lean on the point before (phi), and mean moving range.

    `by_n` (Laney's p′): the moving range is that of (value − mean) / √(mean (1 − mean) / n), and limits follow n.
    """

    points: int
    mean: float
    phi: float
    moving_range: float
    by_n: bool


@dataclass(frozen=True)
class Signal:
    """One point of a chart: the word, its usual range, the rule that spoke (0: none) and chance's odds of it.

    low, mean, high and p are NaN where there is not enough history.
    """

    signal: Word
    low: float
    mean: float
    high: float
    rule: int
    p: float
    reason: str


def baseline(values: ArrayLike, n: ArrayLike | None = None) -> Baseline | None:
    """The baseline of a whole series (points,), NaN for a missing one; None below 20 points and where nothing varies.

    Pass `n` for shares (0 to 1) only: it makes the limits follow n where n varies by more than 25% around its mean.
    """
    v, size = _present(values, n)
    if len(v) < POINTS:
        return None
    by_n = size is not None and bool(np.max(np.abs(size / size.mean() - 1)) > VARIES)
    mean = float(np.average(v, weights=size if by_n else None))
    by_n = by_n and 0 < mean < 1
    z = (v - mean) / _scale(mean, size if by_n else None, len(v))
    phi = _lag_one(z)
    phi = min(phi, 0.95) if phi > LEANS else 0.0
    moving_range = float(np.mean(np.abs(np.diff(z[1:] - phi * z[:-1] if phi else z))))
    return Baseline(len(v), mean, phi, moving_range, by_n) if moving_range > 0 else None


def signals(
    values: ArrayLike,
    direction: Literal["higher", "lower"],
    base: Baseline | None = None,
    n: ArrayLike | None = None,
    rules: Collection[int] = RULES,
) -> list[Signal]:
    """A signal for every point of a series (points,) in time order, NaN for a missing one.

    `base` is the frozen baseline, or that of the first 20 points. `n` as for `baseline`. Departments pass
    `DEPARTMENT_RULES`. Rules: a point outside the limits; eight in a row on one side of the mean; three of four in a
    row nearer to one limit than to the mean.
    """
    v, size = _present(values, n)
    held = np.isfinite(np.asarray(values, dtype=float))
    base = base or baseline(v[:POINTS], None if size is None else size[:POINTS])
    if base is None:
        return [_untold(len(v), present=bool(there)) for there in held]
    told = iter(_chart(v, size, base, direction, rules))
    return [next(told) if there else _untold(len(v), present=False) for there in held]


def across_charts(points: Sequence[Signal], level: float = 0.1) -> list[Signal]:
    """The newest points of several charts read together: signals beyond a false discovery rate of `level` are usual.

    The reason then says so (Benjamini and Hochberg 1995).
    """
    p = np.array([point.p for point in points])
    charts = int(np.isfinite(p).sum())
    kept = benjamini_hochberg(p, level)
    weak = f"Would not stand out among {charts} charts."
    return [
        replace(point, signal="usual", reason=weak) if point.rule and not holds else point
        for point, holds in zip(points, kept, strict=True)
    ]


def benjamini_hochberg(p: ArrayLike, level: float = 0.1) -> NDArray[np.bool_]:
    """Which p-values (tests,) are rejected at that false discovery rate; NaN is no test."""
    values = np.nan_to_num(np.asarray(p, dtype=float), nan=2.0)
    tests = int((values <= 1).sum())
    ordered = np.sort(values)[:tests]
    passed = ordered[ordered <= level * np.arange(1, tests + 1) / max(tests, 1)]
    return np.asarray(values <= (passed[-1] if len(passed) else -1.0), dtype=bool)


def expected_by_chance(charts: int, rules: Collection[int] = RULES, points: int = POINTS) -> float:
    """How many signals chance alone gives among the newest points of that many charts, baselines of `points` each."""
    return charts * sum(_chance(rule, points) for rule in rules)


def _present(values: ArrayLike, n: ArrayLike | None) -> tuple[Floats, Floats | None]:
    v = np.asarray(values, dtype=float)
    held = np.isfinite(v)
    return v[held], None if n is None else np.asarray(n, dtype=float)[held]


def _scale(mean: float, size: Floats | None, points: int) -> Floats:
    return np.ones(points) if size is None else np.sqrt(mean * (1 - mean) / size)


def _lag_one(z: Floats) -> float:
    """Lag-1 autocorrelation (Box and Jenkins 1970)."""
    centred = z - z.mean()
    total = float(centred @ centred)
    return float(centred[1:] @ centred[:-1]) / total if total > 0 else 0.0


def _chart(v: Floats, size: Floats | None, base: Baseline, direction: str, rules: Collection[int]) -> list[Signal]:
    scale = _scale(base.mean, size if base.by_n else None, len(v))
    z = (v - base.mean) / scale
    usual = base.phi * np.concatenate([[0.0], z[:-1]])
    width = np.full(len(v), LIMIT * base.moving_range)
    width[:1] /= np.sqrt(1 - base.phi**2)
    off = (z - usual) / width
    rule = _rules(off, rules)
    runs = np.array([0, 0, _chance(2, base.points), _chance(3, base.points)])
    p = np.where(rule > 1, runs[rule], _tail(LIMIT * np.abs(off), base.points))
    up = off > 0 if direction == "higher" else off < 0
    words = np.where(rule == 0, "usual", np.where(up, "better", "worse"))
    low, mean, high = (base.mean + scale * (usual + width * side) for side in (-1, 0, 1))
    if base.by_n:
        low, high = np.maximum(low, 0), np.minimum(high, 1)
    rows = zip(words, low, mean, high, rule, p, strict=True)
    return [Signal(w, float(a), float(m), float(b), int(r), float(q), TELLS[int(r)]) for w, a, m, b, r, q in rows]


def _rules(off: Floats, rules: Collection[int]) -> NDArray[np.int64]:
    """The first rule that speaks at each point; `off` is the distance from the mean in limits."""
    side = np.sign(off)
    near = np.where(np.abs(off) > 0.5, side, 0)
    run = np.abs(_last(side, 8)) == 8
    three = np.maximum(_last(near == 1, 4) * (near == 1), _last(near == -1, 4) * (near == -1)) >= 3
    found = {1: np.abs(off) > 1, 2: run, 3: three}
    return np.select([found[rule] for rule in sorted(rules)], sorted(rules), default=0).astype(np.int64)


def _last(values: NDArray[np.generic], window: int) -> Floats:
    """The sum of the last `window` values at each point, of fewer at the start."""
    total = np.cumsum(np.concatenate([np.zeros(window), values.astype(float)]))
    sums: Floats = total[window:] - total[:-window]
    return sums


def _tail(ranges: Floats, points: int) -> Floats:
    """Chance of a point that many moving ranges from the mean, when both come from `points` points.

    t with 0.62 (points − 1) degrees of freedom, those of a mean moving range (Wheeler 1995), for a new point.
    """
    t = ranges * SIGMA / np.sqrt(1 + 1 / points)
    tail: Floats = 2 * special.stdtr(0.62 * (points - 1), -t)
    return tail


@lru_cache
def _chance(rule: int, points: int) -> float:
    """How often a rule speaks when nothing happened and the baseline mean is off by its standard error."""
    if rule == 1:
        return float(_tail(np.array([LIMIT]), points)[0])
    at, weights = np.polynomial.hermite_e.hermegauss(40)
    off = at / np.sqrt(points)
    if rule == 2:
        odds = 2 * special.ndtr(off) ** 8
    else:
        beyond = special.ndtr(off - LIMIT * SIGMA / 2)
        odds = 2 * beyond**3 * (3 * (1 - beyond) + beyond)
    return float(weights @ odds / weights.sum())


def _untold(points: int, present: bool) -> Signal:
    nan = float("nan")
    few = f"{points} of {POINTS} points." if points < POINTS else f"The first {POINTS} points did not vary."
    return Signal("not enough history", nan, nan, nan, 0, nan, few if present else "No figure for this point.")
