"""Who explains how much: R² shared out among factors that go together (LMG), and how much they go together."""

from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
GROUPS = 20


@dataclass(frozen=True)
class Explained:
    """R² of all factors and what each adds to it; arrays by factor, then the total, each as value, low, high (95%)."""

    value: Floats
    low: Floats
    high: Floats


def explained(values: Floats, x: Floats, factor: Ints, clusters: Ints) -> Explained:
    """Shapley shares of R²: what a factor adds, averaged over every order in which factors can come in.

    values (rows,), x (rows, columns), factor (columns,): which factor 0, 1, … a column belongs to. The shares sum to R².
    Lindeman, Merenda and Gold (1980), Grömping (2006). Intervals leave out one of 20 groups of clusters at a time
    (delete-a-group jackknife, Kott 2001) and end at 0 and 1.
    """
    table = np.column_stack([x, values])
    group = np.unique(clusters, return_inverse=True)[1] % GROUPS
    parts = [_moments(table[group == at]) for at in range(GROUPS)]
    whole = sum(parts[1:], parts[0])
    found = _lmg(whole, factor)
    left = np.array([_lmg(whole - part, factor) for part in parts])
    width = stats.t.ppf(0.975, GROUPS - 1) * np.sqrt((GROUPS - 1) / GROUPS * ((left - found) ** 2).sum(axis=0))
    return Explained(found, np.maximum(found - width, 0), np.minimum(found + width, 1))


def together(x: Floats, factor: Ints) -> Floats:
    """How far each factor goes with the others: generalised variance inflation per degree of freedom, 1 for not at all.

    Fox and Monette (1992): det R(own) · det R(others) / det R, to the power 1 / columns.
    """
    r = np.atleast_2d(np.corrcoef(x, rowvar=False))
    size = factor.max() + 1
    own = [factor == at for at in range(size)]
    return np.array([np.exp((_log(r, mine) + _log(r, ~mine) - _log(r, mine | True)) / mine.sum()) for mine in own])


def _log(r: Floats, chosen: NDArray[np.bool_]) -> float:
    return float(np.linalg.slogdet(r[np.ix_(chosen, chosen)])[1]) if chosen.any() else 0.0


def _moments(table: Floats) -> Floats:
    """Sums, squares and products, which add up over groups."""
    one = np.column_stack([np.ones(len(table)), table])
    return one.T @ one


def _lmg(moments: Floats, factor: Ints) -> Floats:
    mean = moments[0, 1:] / moments[0, 0]
    around = moments[1:, 1:] - moments[0, 0] * np.outer(mean, mean)
    size = int(factor.max()) + 1
    r2 = {
        chosen: _r2(around, np.isin(factor, chosen))
        for count in range(size + 1)
        for chosen in combinations(range(size), count)
    }
    added = np.zeros(size + 1)
    for chosen, value in r2.items():
        weight = factorial(len(chosen)) * factorial(size - len(chosen) - 1) if len(chosen) < size else 0
        for each in set(range(size)) - set(chosen):
            added[each] += weight * (r2[tuple(sorted((*chosen, each)))] - value)
    added[:size] /= factorial(size)
    added[size] = r2[tuple(range(size))]
    return added


def _r2(around: Floats, chosen: NDArray[np.bool_]) -> float:
    if not chosen.any():
        return 0.0
    inside = np.append(chosen, False)
    with_values = around[inside, -1]
    return float(
        with_values @ np.linalg.lstsq(around[np.ix_(inside, inside)], with_values, rcond=None)[0] / around[-1, -1]
    )
