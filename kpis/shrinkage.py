"""A second figure for small groups: pulled towards the level of their kin, as far as their own answers are few.

Empirical Bayes: the groups of one level share a prior worth s answers, so a group of n borrows s/(n + s). Answers in
classes follow a Dirichlet-multinomial (beta-binomial for a share), means and rates the normal–normal model. The prior's
mean is the generalised least squares one; s is not one guess but weighed by its marginal likelihood over a grid on
which borrowing is uniform (Morris 1983, Daniels 1999), so that intervals do not collapse where groups look alike.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from kpis.distributions import Distributions, Floats, Ints, merge, per_cell, ratio, wide
from kpis.estimates import Estimates
from kpis.intervals import LEVEL, normal

GROUPS = 4
GRID = (np.arange(60) + 0.5)[:, None] / 60
NPS = np.array([-100.0, 0.0, 100.0])


@dataclass(frozen=True, eq=False)
class Shrunken:
    """Second figures of many groups in the unit of the first: value, posterior interval, how much was borrowed.

    Arrays (cells,), NaN for a group without answers, and for all where fewer than four hold any. borrowed: 0 nothing,
    1 all; value = (1 − borrowed) own + borrowed prior. strength: the answers the prior is worth, NaN where unknown.
    """

    value: Floats
    low: Floats
    high: Floats
    borrowed: Floats
    prior: Floats
    strength: float


@dataclass(frozen=True, eq=False)
class _Posterior:
    """Over the grid of strengths: the share borrowed, mean and variance (grid, cells), the prior's mean (grid, 1)."""

    borrowed: Floats
    mean: Floats
    variance: Floats
    prior: Floats
    likelihood: Floats


def shrunken(found: Estimates, d: Distributions, level: float = LEVEL) -> Shrunken:
    """The second figures of the groups of one level, from their estimates (effective n counts) and distributions.

    Shares on two classes, NPS on three, means of whole answers on their buckets; other means, rates and ratios by the
    normal–normal model. Raises ValueError for quantiles.
    """
    if found.kind == "quantile":
        raise ValueError("a quantile has no second figure")
    n = np.nan_to_num(found.effective_n)
    if found.kind == "share":
        return of_classes(np.stack([1 - found.value, found.value], axis=1), NPS[1:] / 100, n, level)
    d = merge(d)
    if found.kind == "nps":
        return of_classes(_shares(d, (d.bucket >= 9) * 1 + (d.bucket >= 7), 3), NPS, n, level)
    if found.kind == "mean" and d.x is None:
        scores, at = np.unique(d.bucket, return_inverse=True)
        return of_classes(_shares(d, at, len(scores)), scores.astype(float), n, level)
    free = np.maximum(n - (found.kind != "rate"), 0).sum()
    squares = float(np.nansum(found.variance * n**2))
    told = of_values(found.value, n, squares / free if free > 0 else np.nan, level)
    return replace(told, low=np.maximum(told.low, 0)) if found.kind == "rate" else told


def of_classes(shares: Floats, scores: Floats, n: Floats, level: float = LEVEL) -> Shrunken:
    """Second figures Σ score·share from the class shares (cells, classes) of n answers (cells,), Dirichlet-multinomial.

    Two classes are the beta-binomial. The interval is that of the beta with the posterior's mean and variance on the
    scale from the lowest to the highest score.
    """
    held = (n > 0) & np.isfinite(shares).all(axis=1)
    if held.sum() < GROUPS:
        return _untold(len(n))
    shares, size, s = shares[held], n[held], _strengths(n[held])
    w = size * s / (size + s)
    m, total = w @ shares / w.sum(axis=1, keepdims=True), w.sum(axis=1, keepdims=True)
    (own, own_square), (prior, prior_square) = ((p @ scores, p @ scores**2) for p in (shares, m))
    prior, prior_square, borrowed = prior[:, None], prior_square[:, None], s / (size + s)
    mean, square = own + borrowed * (prior - own), own_square + borrowed * (prior_square - own_square)
    variance = (square - mean**2) / (size + s + 1) + borrowed**2 * (prior_square - prior**2) / total
    likelihood = _dirichlet(shares * size[:, None], s, m, total[:, 0])
    least, most = float(scores.min()), float(scores.max())
    found = _Posterior(borrowed, mean, variance, prior, likelihood)
    return _told(held, found, size, lambda value, sd: _beta(value, sd, least, most, level))


def of_values(values: Floats, n: Floats, spread: float, level: float = LEVEL) -> Shrunken:
    """Second figures of means or rates (cells,) of n answers (cells,) each by the normal–normal model.

    spread: the variance of one answer, pooled over the groups, since that of a few answers is a poor guess.
    """
    held = (n > 0) & np.isfinite(values)
    if held.sum() < GROUPS or not spread > 0:
        return _untold(len(n))
    own, size, s = values[held], n[held], _strengths(n[held])
    w = size * s / (size + s)
    total = w.sum(axis=1, keepdims=True)
    prior, borrowed = w @ own[:, None] / total, s / (size + s)
    mean = own + borrowed * (prior - own)
    variance = spread / (size + s) + borrowed**2 * spread / total
    fit = np.log(w / spread) - w / spread * (own - prior) ** 2
    likelihood, z = (fit.sum(axis=1) - np.log(total[:, 0])) / 2, normal(level)
    found = _Posterior(borrowed, mean, variance, prior, likelihood)
    return _told(held, found, size, lambda value, sd: (value - z * sd, value + z * sd))


def _strengths(n: Floats) -> Floats:
    """The grid (60, 1) on which a group of median n borrows uniformly between nothing and all."""
    return float(np.median(n)) * GRID / (1 - GRID)


def _dirichlet(counts: Floats, s: Floats, m: Floats, total: Floats) -> Floats:
    """The log marginal likelihood of counts (cells, classes) at each strength (grid,), but for what is constant.

    m: the prior's shares (grid, classes), which cost what is known of them, total (grid,), as in restricted likelihood.
    """
    used = counts.sum(axis=0) > 0
    counts, alphas = counts[:, used], s * m[:, used]
    n, sizes = counts.sum(axis=1), alphas.sum(axis=1, keepdims=True)
    own = [np.sum(special.gammaln(counts + alpha) - special.gammaln(alpha)) for alpha in alphas]
    less = np.sum(special.gammaln(n + sizes) - special.gammaln(sizes), axis=1)
    found: Floats = np.array(own) - less - (used.sum() - 1) / 2 * np.log(total)
    return found


def _told(
    held: Ints, found: _Posterior, n: Floats, ends: Callable[[Floats, Floats], tuple[Floats, Floats]]
) -> Shrunken:
    """The posterior averaged over the grid, weighed by likelihood; `ends` makes an interval of mean and deviation."""
    weight = np.exp(found.likelihood - found.likelihood.max())
    weight /= weight.sum()
    value, borrowed = weight @ found.mean, weight @ found.borrowed
    variance = weight @ (found.variance + (found.mean - value) ** 2)
    prior, (low, high) = weight @ (found.borrowed * found.prior) / borrowed, ends(value, np.sqrt(variance))
    value, low, high, borrowed, prior = (_filled(held, each) for each in (value, low, high, borrowed, prior))
    half = float(weight @ GRID[:, 0])
    return Shrunken(value, low, high, borrowed, prior, float(np.median(n)) * half / (1 - half))


def _untold(cells: int) -> Shrunken:
    nothing = np.full(cells, np.nan)
    return Shrunken(nothing, nothing, nothing, nothing, nothing, float("nan"))


def _filled(held: Ints, values: Floats) -> Floats:
    found = np.full(len(held), np.nan)
    found[held] = values
    return found


def _beta(mean: Floats, sd: Floats, least: float, most: float, level: float) -> tuple[Floats, Floats]:
    """The middle of the beta distribution of that mean and deviation on a scale; the mean itself where it ends."""
    width = max(most - least, 1e-300)
    at = (mean - least) / width
    inside = (at > 1e-9) & (at < 1 - 1e-9) & (sd > 0)
    p = np.where(inside, at, 0.5)
    size = p * (1 - p) * (width / np.where(inside, sd, width)) ** 2 - 1
    tails = (special.betaincinv(p * size, (1 - p) * size, tail) for tail in ((1 - level) / 2, (1 + level) / 2))
    low, high = (np.where(inside, least + width * tail, mean) for tail in tails)
    return low, high


def _shares(d: Distributions, kind: Ints, classes: int) -> Floats:
    """The share (cells, classes) of each class, given the class of every row of merged distributions."""
    weight = wide(d.weight)
    counts = np.stack([per_cell(d, np.where(kind == each, weight, 0)) for each in range(classes)], axis=1)
    total = counts.sum(axis=1)
    return np.stack([ratio(column, total) for column in counts.T], axis=1)
