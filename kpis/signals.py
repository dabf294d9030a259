"""Signal or noise: process-behaviour charts against frozen baselines.

XmR limits are mean ± 2.66 mean moving ranges (Wheeler 1993). Where a point leans on the one before it, the chart is of
AR(1) residuals (Alwan and Roberts 1988); where a year of history shows a season, of differences from a year before;
where a share's n varies, limits follow n (Laney's p′, 2002). False alarms and power are measured in docs/signals.md.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from kpis.chance import LIMIT, SIGMA, Floats, benjamini_hochberg, of_rule, spoken, tail

Word = Literal["better", "worse", "usual", "not enough history"]
Direction = Literal["higher", "lower"]

POINTS, YEAR = 20, 52
LEANS, VARIES, RECURS = 0.2, 0.25, 0.5
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
    """What was usual when it was frozen: mean, lean on the point before (phi), mean moving range of what remains.

    size: the mean n, 0 where n plays no part. `by_n` (Laney's p′): n varied, so limits follow n / size. season: 52
    where the chart is of differences from 52 points before, whose mean and moving range these then are; else 0.
    """

    points: int
    mean: float
    phi: float
    moving_range: float
    by_n: bool
    size: float = 0.0
    season: int = 0


@dataclass(frozen=True)
class Signal:
    """One point of a chart: the word, its usual range, the rule that spoke (0: none) and chance's odds of it.

    low, mean, high and p are NaN where there is not enough history. chance: how likely chance alone gives a signal at
    such a point; summed over charts it is the number of signals to expect where nothing happened.
    """

    signal: Word
    low: float
    mean: float
    high: float
    rule: int
    p: float
    reason: str
    chance: float = 0.0


def to_document(base: Baseline) -> dict[str, Any]:
    """The baseline as plain values."""
    return asdict(base)


def from_document(document: Mapping[str, Any]) -> Baseline:
    """The baseline of a document; raises TypeError for what is none."""
    return Baseline(**document)


def baseline(values: ArrayLike, n: ArrayLike | None = None, year: int = YEAR) -> Baseline | None:
    """The baseline of a whole series (points,), NaN for a missing one; None below 20 points and where nothing varies.

    Pass `n` for shares (0 to 1) only: it makes the limits follow n where n varies by more than 25% around its mean.
    `year` is how many points make one: with 20 more, a season shows where the two years correlate by more than a half,
    which is where a point tells more of its like a year on than the mean does.
    """
    v, size = _column(values), None if n is None else _column(n)
    season = year if _recurs(v, year) else 0
    off = v - _before(v, season) if season else v
    held = np.isfinite(off)
    if held.sum() < POINTS:
        return None
    middle = 0.0 if size is None else float(size[held].mean())
    by_n = size is not None and bool(np.max(np.abs(size[held] / middle - 1)) > VARIES)
    scale = _scale(size, Baseline(POINTS, 0, 0, 0, by_n, middle, season), len(v))[held]
    mean = float(np.average(off[held], weights=scale**-2))
    z = (off[held] - mean) / scale
    phi = _lean(z)
    moving_range = float(np.mean(np.abs(np.diff(z[1:] - phi * z[:-1] if phi else z))))
    return Baseline(len(z), mean, phi, moving_range, by_n, middle, season) if moving_range > 0 else None


def frozen(values: ArrayLike, n: ArrayLike | None = None, year: int = YEAR) -> Baseline | None:
    """The baseline to freeze of a history: of its first two years where they show a season, else of its first.

    Of all there is where the first year holds no 20 points; None where that is too little as well.
    """
    v, size = _column(values), None if n is None else _column(n)
    ends = (2 * year, year, len(v))
    two, one, every = (baseline(v[:end], None if size is None else size[:end], year) for end in ends)
    return two if two is not None and two.season else one or every


def outgrown(base: Baseline, values: ArrayLike, year: int = YEAR) -> bool:
    """Whether history shows a season that a frozen baseline does not know: it is time for a new one, with that reason."""
    return not base.season and _recurs(_column(values), year)


def signals(
    values: ArrayLike,
    direction: Direction,
    base: Baseline | None = None,
    n: ArrayLike | None = None,
    rules: Collection[int] = RULES,
) -> list[Signal]:
    """A signal for every point of a series (points,) in time order, NaN for a missing one.

    `base` is the frozen baseline, or that of the first 20 points. `n` as for `baseline`. Departments pass
    `DEPARTMENT_RULES`. Rules: a point outside the limits; eight in a row on one side of the mean; three of four in a
    row nearer to one limit than to the mean. Runs are not read where points lean and fewer than a year is known.
    """
    first = np.flatnonzero(np.isfinite(_column(values)))[:POINTS]
    base = base or baseline(_column(values)[first], None if n is None else _column(n)[first])
    return chart(values, direction, [(0, base)], n, rules)


def chart(
    values: ArrayLike,
    direction: Direction,
    baselines: Sequence[tuple[int, Baseline | None]],
    n: ArrayLike | None = None,
    rules: Collection[int] = RULES,
) -> list[Signal]:
    """A signal for every point, each against the last baseline that starts at or before it; a restart ends all runs.

    baselines: (index of the first point, baseline) in order, None where a restart has no 20 points yet. A season's
    chart looks a year back, before its start as well: pass that year and show what follows.
    """
    v, size = _column(values), None if n is None else _column(n)
    starts = [*(start for start, _ in baselines), len(v)]
    told = [_untold("Before the first baseline.")] * starts[0]
    for (start, base), end in zip(baselines, starts[1:], strict=True):
        told += _stretch(v, size, slice(start, end), base, direction, rules)
    return told


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


def _column(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=float)


def _before(v: Floats, season: int) -> Floats:
    return np.concatenate([np.full(min(season, len(v)), np.nan), v[: max(len(v) - season, 0)]])


def _recurs(v: Floats, year: int) -> bool:
    pairs = np.stack([v, _before(v, year)])
    then, now = pairs[:, np.isfinite(pairs).all(axis=0)]
    if len(now) < POINTS or not then.std() * now.std() > 0:
        return False
    return bool(np.corrcoef(then, now)[0, 1] > RECURS)


def _scale(n: Floats | None, base: Baseline, points: int) -> Floats:
    """How wide the limits of each point are against those at the baseline's n (points,)."""
    if n is None or not base.size:
        return np.ones(points)
    square = np.where(base.by_n | (np.abs(n / base.size - 1) > VARIES), base.size / np.where(n > 0, n, np.nan), 1.0)
    return np.sqrt((square + _before(square, base.season)) / 2 if base.season else square)


def _lean(z: Floats) -> float:
    """Lag-1 autocorrelation where it is, or within a standard error could be, above 0.2; else 0.

    Its bias, −(1 + 4φ)/n in a short series, is taken out (Marriott and Pope 1954).
    """
    points, centred = len(z), z - z.mean()
    total = float(centred @ centred)
    r = float(centred[1:] @ centred[:-1]) / total if total > 0 else 0.0
    phi = (points * r + 1) / (points - 4)
    return min(phi, 0.95) if phi > max(LEANS - points**-0.5, 0) else 0.0


def _read(rules: Collection[int], points: int, leans: bool) -> list[int]:
    """The rules a chart answers to: a lean known from less than a year cannot be told from a run."""
    return sorted(set(rules) & {1} if leans and points < YEAR else rules)


def _stretch(
    v: Floats, n: Floats | None, at: slice, base: Baseline | None, direction: str, rules: Collection[int]
) -> list[Signal]:
    """The signals of the points under one baseline."""
    present = np.isfinite(v[at])
    if base is None:
        count = int(present.sum())
        few = f"{count} of {POINTS} points." if count < POINTS else f"The first {POINTS} points did not vary."
        return [_untold(few if there else "No figure for this point.") for there in present]
    usual = base.mean + (_before(v, base.season)[at] if base.season else 0 * v[at])
    scale = _scale(n, base, len(v))[at]
    z = (v[at] - usual) / scale
    held = np.flatnonzero(np.isfinite(z))
    steps = np.diff(held, prepend=-np.inf)
    missing = ("No figure for this point.", "No figure a year before to compare with.")
    told = [_untold(missing[there]) for there in present * 1]
    for i, signal in zip(held, _points(z[held], steps, usual[held], scale[held], base, direction, rules), strict=True):
        told[i] = signal
    return told


def _points(
    z: Floats, steps: Floats, usual: Floats, scale: Floats, base: Baseline, direction: str, rules: Collection[int]
) -> list[Signal]:
    leans = base.phi > 0
    expected, width = _limits(z, steps, base)
    off, read = (z - expected) / width, _read(rules, base.points, leans)
    rule = spoken(off, read)
    runs = np.array([0, 0, of_rule(2, base.points, leans), of_rule(3, base.points, leans)])
    p = np.where(rule > 1, runs[rule], tail(LIMIT * np.abs(off), base.points, leans))
    up = off > 0 if direction == "higher" else off < 0
    words = np.where(rule == 0, "usual", np.where(up, "better", "worse"))
    low, mean, high = (usual + scale * (expected + width * side) for side in (-1, 0, 1))
    if base.size:
        low, high = np.maximum(low, 0), np.minimum(high, 1)
    chance = sum(of_rule(each, base.points, leans) for each in read)
    tells = [TELLS[each] + (_held_against(base) if each else "") for each in TELLS]
    rows = zip(words, low, mean, high, rule, p, strict=True)
    return [Signal(w, float(a), float(m), float(b), int(r), float(q), tells[r], chance) for w, a, m, b, r, q in rows]


def _limits(z: Floats, steps: Floats, base: Baseline) -> tuple[Floats, Floats]:
    """What the point before leads to expect and the width of the limits (points,); steps: how long ago it was.

    Limits are wider after a gap and, since the lean is an estimate, after an extreme point.
    """
    before = np.concatenate([[0.0], z[:-1]])[: len(z)]
    carried, rest = base.phi**steps, 1 - base.phi**2
    doubt = rest / base.points * (carried / max(base.phi, 1e-9) * before * SIGMA / base.moving_range) ** 2
    return carried * before, LIMIT * base.moving_range * np.sqrt((1 - carried**2) / rest + doubt)


def _held_against(base: Baseline) -> str:
    """What a signal was measured from, where that is not the mean alone."""
    if base.season:
        return " The range is that around the same week a year before."
    return " The range follows the week before, as weeks here do." if base.phi > LEANS else ""


def _untold(reason: str) -> Signal:
    nan = float("nan")
    return Signal("not enough history", nan, nan, nan, 0, nan, reason)
