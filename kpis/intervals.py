"""The intervals themselves: from a value and its effective n to two ends, each with its source.

All arrays are (cells,) and NaN where there is nothing to say. A level of 0.95 is two-sided.
"""

from math import ceil, log

import numpy as np
from scipy import special

from kpis.distributions import Floats, Ints

LEVEL = 0.95


def over(a: Floats, b: Floats) -> Floats:
    """a / b, NaN where b is not positive."""
    held = b > 0
    if held.all():
        return a / b
    return np.where(held, a / np.where(held, b, 1), np.nan)


def normal(level: float) -> float:
    """The two-sided normal quantile of a level: 1.96 for 0.95."""
    return float(special.ndtri((1 + level) / 2))


def student(level: float, df: Floats) -> Floats:
    """The two-sided quantile of Student's t, the normal one where df is infinite."""
    sizes, at = np.unique(df, return_inverse=True)  # the function is dear, and cells by the million have few sizes
    t: Floats = np.where(np.isinf(sizes), normal(level), special.stdtrit(sizes, (1 + level) / 2))[at]
    return t


def wilson(p: Floats, n: Floats, z: float) -> tuple[Floats, Floats]:
    """The score interval of a share (Wilson 1927)."""
    half = over(z * np.sqrt(n * p * (1 - p) + z**2 / 4), n + z**2)
    centre = over(p * n + z**2 / 2, n + z**2)
    return np.maximum(centre - half, 0), np.minimum(centre + half, 1)


def adjusted_wald(p: Floats, n: Floats, z: float) -> tuple[Floats, Floats]:
    """The interval of a share with z²/2 answers added to either side (Agresti and Coull 1998)."""
    centre = over(p * n + z**2 / 2, n + z**2)
    return wald(centre, n + z**2, z)


def wald(p: Floats, n: Floats, z: float) -> tuple[Floats, Floats]:
    """The textbook's p ± z·sd of a share, where a source asks for it (Laplace 1812)."""
    half = z * np.sqrt(over(p * (1 - p), n))
    return np.maximum(p - half, 0), np.minimum(p + half, 1)


def adjusted_nps(theta: Floats, spread: Floats, n: Floats, added: float) -> tuple[Floats, Floats]:
    """Centre and variance of a mean of +1, 0, −1 after `added` answers, ¼ promoters, ½ passives, ¼ detractors.

    spread is the variance of one answer. Added are 3 by Rocks (2016): ¾, 1½ and ¾.
    """
    either = theta**2 + spread
    centre = over(theta * n, n + added)
    variance = over(over(either * n + added / 2, n + added) - centre**2, n + added)
    return centre, np.maximum(variance, 0)


def poisson(k: Floats, level: float) -> tuple[Floats, Floats]:
    """The exact interval of an expected number of events of which k came (Garwood 1936), also for a fractional k."""
    tail = (1 - level) / 2
    low = np.where(k > 0, special.gammaincinv(k, tail), 0 * k)
    return low, special.gammaincinv(k + 1, 1 - tail)


def ratio_of_counts(k: Floats, m: Floats, z: float) -> tuple[Floats, Floats]:
    """The score interval of the ratio of two Poisson means of which k and m came.

    Given k + m, k is binomial (Przyborowski and Wilenski 1940): Wilson's ends of its chance, turned into odds.
    """
    low, high = wilson(over(k, k + m), k + m, z)
    return over(low, 1 - low), over(high, 1 - high)


def fieller(value: Floats, above: Floats, below: Floats, z: float) -> tuple[Floats, Floats]:
    """The interval of a ratio of two independent totals (Fieller 1954).

    above, below: the variance of either total over the squared denominator. NaN where the denominator cannot be told
    from zero: no end closes then.
    """
    left = 1 - z**2 * below
    half = over(z * np.sqrt(np.maximum(above * left + value**2 * below, 0)), left)
    return over(value, left) - half, over(value, left) + half


def stretched(
    arms: tuple[Floats, Floats, Floats], variance: Floats, design: Floats, t: Floats, level: float, totals: bool
) -> tuple[Floats, Floats]:
    """A ratio's interval (cells,) stretched by the root of a design effect and from normal to Student's t, never past zero.

    arms: low, value, high. A score interval keeps its uneven arms, and so does Fieller's, of two independent `totals`.
    Where these vary together (a design effect below one) the arms are even, t·√variance (Kott 2001): uneven ones would
    call two groups of ten customers alike 999 times of 1,000.
    """
    least, value, most = arms
    low, high = (value + (end - value) * np.sqrt(design) * t / normal(level) for end in (least, most))
    if totals:
        half, even = t * np.sqrt(variance), design < 1
        low, high = np.where(even, value - half, low), np.where(even, value + half, high)
    return np.where(least >= 0, np.maximum(low, 0), low), high


def ranks(n: Floats, q: float, level: float) -> tuple[Floats, Floats]:
    """The two order statistics, 1 to n, between which the q-quantile lies by the exact binomial (Conover 1999).

    A rank of 0 or n + 1 is an end that cannot close.
    """
    tail = (1 - level) / 2
    sizes, at = np.unique(np.nan_to_num(n).astype(np.int64), return_inverse=True)
    return _binomial_rank(tail, sizes, q)[at], _binomial_rank(1 - tail, sizes, q)[at] + 1


def answers_to_close(q: float, level: float = LEVEL) -> int:
    """The independent answers from which both ends of a q-quantile's interval close (Conover 1999); more if weighted.

    At level 0.95 the upper end closes when q^n ≤ 0.025, the lower one when (1−q)^n < 0.025.
    """
    return ceil(log((1 - level) / 2) / log(max(q, 1 - q)))


def _binomial_rank(p: float, n: Ints, q: float) -> Floats:
    """The smallest k with P(B ≤ k) ≥ p for B binomial (n, q)."""
    k = np.ceil(special.bdtrik(p, n, q))
    before = np.maximum(k - 1, 0)
    found: Floats = np.where(special.bdtr(before, n, q) >= p, before, k)
    return found


SHARES = {"wilson": wilson, "adjusted_wald": adjusted_wald, "wald": wald}
METHODS = {"wilson": "Wilson score", "adjusted_wald": "adjusted Wald", "wald": "Wald"}
