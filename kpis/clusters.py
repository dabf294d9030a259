"""Answers that come in clusters (customers, orders, days): variances, covariances and design effects from 20 groups.

A cluster falls into one of 20 groups by a hash, so groups are alike and independent. Delete-a-group jackknife:
(G − 1)/G Σ(θ₍g₎ − θ)², θ₍g₎ being the figure without group g, t with 19 degrees of freedom (Kott 2001).
"""

from dataclasses import dataclass

import numpy as np

from kpis.distributions import Floats, Ints, ratio, wide
from kpis.estimates import Estimates
from kpis.intervals import over

GROUPS = 20


@dataclass(frozen=True, eq=False)
class Jackknife:
    """What 20 groups tell of the figures of many cells, in the figure's unit; NaN where fewer than two are filled.

    value, variance: (cells,). replicates: (cells, 20), each figure without one group; an empty group leaves it as it
    is. filled: (cells,) groups that hold answers; df: (cells,) one less, 19 where all do.
    """

    value: Floats
    variance: Floats
    replicates: Floats
    filled: Ints

    @property
    def df(self) -> Floats:
        """Degrees of freedom of the variance (cells,), for Student's t; NaN where there are none."""
        return np.where(self.filled > 1, self.filled - 1.0, np.nan)

    @property
    def deviations(self) -> Floats:
        """√((G − 1)/G) (θ₍g₎ − θ), (cells, 20): their products over groups are variances and covariances."""
        step: Floats = (self.replicates - self.value[:, None]) * np.sqrt((GROUPS - 1) / GROUPS)
        return step


def jackknife(numerator: Ints, denominator: Ints, scale: float = 1.0) -> Jackknife:
    """The jackknife of ratios scale·Σnumerator/Σdenominator; exact integers (cells, 20), zero for an empty group.

    Shares, NPS, means, rates and ratios are all such ratios. Unbiased for any number of clusters, as a hash puts them
    into groups at random: empty groups count as groups that change nothing.
    """
    above, below = wide(numerator), wide(denominator)
    totals = above.sum(axis=1, keepdims=True), below.sum(axis=1, keepdims=True)
    value = scale * ratio(*totals)[:, 0]
    found = Jackknife(value, value, scale * ratio(totals[0] - above, totals[1] - below), (below > 0).sum(axis=1))
    return Jackknife(value, covariance(found, found), found.replicates, found.filled)


def clustered(found: Estimates) -> Jackknife:
    """The jackknife of estimates whose cells are 20 groups each: cell·20 + group. Raises ValueError for quantiles."""
    if found.numerator is None or found.denominator is None:
        raise ValueError(f"a {found.kind} is no ratio of sums: the groups do not tell its variance")
    return jackknife(found.numerator.reshape(-1, GROUPS), found.denominator.reshape(-1, GROUPS))


def covariance(a: Jackknife, b: Jackknife) -> Floats:
    """The covariance of two figures cell by cell (cells,): other KPIs or departments of the same clusters."""
    found: Floats = (a.deviations * b.deviations).sum(axis=1)
    return found


def design_effect(variance: Floats, simple: Floats, least: float = 1.0) -> Floats:
    """Variance over that of as many independent answers, at least `least`; NaN where either is unknown (Kish 1965).

    A ratio whose two parts share their clusters has far less than independent parts would give: least is 0 for it. Of 20
    groups it is known within a third (√(2/19)): store it over a long window, borrow it for short ones.
    """
    return np.maximum(over(variance, simple), least)
