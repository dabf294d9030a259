"""What is known of the true values behind figures: the shrunken posterior of a level, else that of their own answers."""

from collections.abc import Sequence

import numpy as np

from kpis.distributions import Distributions
from kpis.estimates import Estimates
from kpis.incentives.chance import Belief
from kpis.intervals import LEVEL, normal, over
from kpis.shrinkage import Shrunken, shrunken

SCALES = {"share": (0.0, 1.0), "nps": (-100.0, 100.0), "rate": (0.0, np.inf)}


def beliefs(
    names: Sequence[str],
    found: Estimates,
    d: Distributions,
    times: int = 1,
    show: int = 0,
    scale: tuple[float | None, float | None] = (None, None),
) -> dict[str, Belief]:
    """What is known of each figure of one level (cells, in the order of names), in display units: value × times.

    Fewer than four groups do not share a prior: each then has the posterior of its own answers under Jeffreys' (a
    share) or a flat prior. scale: the ends of a mean's own scale, where it has them. Figures without answers are left
    out, quantiles too: they do not pay.
    """
    if found.kind == "quantile":
        return {}
    least, most = _ends(found.kind, scale)
    second = shrunken(found, d)
    mean, sd, spread = _posterior(found, second)
    common = _common(found.effective_n, second.borrowed, sd, spread)
    kind = "mean" if found.kind == "ratio" else found.kind
    return {
        name: Belief(
            kind, float(mean[at]) * times, float(sd[at]) * times, float(found.effective_n[at]),
            float(spread[at]) * times**2, least * times, most * times, float(found.n[at]), show,
            common=float(common[at]),
        )
        for at, name in enumerate(names)
        if np.isfinite(mean[at]) and np.isfinite(sd[at]) and found.effective_n[at] > 0
    }  # fmt: skip


def _ends(kind: str, scale: tuple[float | None, float | None]) -> tuple[float, float]:
    low, high = SCALES.get(kind, (-np.inf, np.inf))
    return low if scale[0] is None else scale[0], high if scale[1] is None else scale[1]


def _common(n: np.ndarray, borrowed: np.ndarray, sd: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """The part of the variance of each next figure that is the error of the level's mean, of which each borrows so much.

    That mean rests on Σ n · borrowed answers (it weighs each group n · s ÷ (n + s)).
    """
    took = np.nan_to_num(borrowed)
    weight = (n * took).sum()
    if not weight > 0:
        return np.zeros(len(n))
    level = took**2 * (n * took * spread).sum() / weight**2
    return np.clip(np.nan_to_num(over(level, sd**2 + over(spread, n))), 0.0, 1.0)


def _posterior(found: Estimates, second: Shrunken) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and deviation of the true values, and the variance of one answer."""
    n = found.effective_n
    mean, sd, spread = found.value, np.sqrt(np.nan_to_num(found.variance)), found.variance * n
    if found.kind == "share":
        mean = over(found.value * n + 0.5, n + 1)
        sd = np.sqrt(over(mean * (1 - mean), n + 2))
        spread = mean * (1 - mean)
    elif found.kind == "rate":
        spread = found.value
    told = np.isfinite(second.value) & np.isfinite(second.low) & np.isfinite(second.high)
    width = (second.high - second.low) / (2 * normal(LEVEL))
    return np.where(told, second.value, mean), np.where(told, width, sd), np.nan_to_num(spread)
