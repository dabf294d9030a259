"""What would chance do: how probable threshold, target and stretch are if nothing changes.

The period that comes is drawn from the KPI's own history. With 20 weeks or more that hold answers, whole weeks are drawn:
first how often each week counts (Dirichlet weights, the Bayesian bootstrap of Rubin 1981, so that a level that is not
known well is not taken for known), then the weeks of the period by these weights; numerators and denominators add up.
With fewer, the level is drawn from its normal posterior and the figure around it, both at the effective number of answers.
What of the period has been seen is kept as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

DRAWS = 4000
ENOUGH = 20
Values = tuple[Fraction, Fraction, Fraction]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Week:
    """The exact numerator and denominator of one week's figure, in the KPI's display unit."""

    numerator: int
    denominator: int


@dataclass(frozen=True)
class Seen:
    """History as far as it may be shown: whole weeks, answers, effective answers and the variance of one answer.

    `variance` is that of one effective answer in the display unit; None, like `effective`, where nobody knows.
    """

    weeks: tuple[Week, ...]
    n: float
    effective: float | None = None
    variance: float | None = None


@dataclass(frozen=True)
class Odds:
    """The chance (0 to 1) to reach each of the three; None where history cannot say, with the reason.

    `likely` is the middle 80% of the figures that were drawn, in the display unit.
    """

    chances: tuple[float, float, float] | None
    likely: tuple[float, float] | None
    n: float
    effective: float | None
    method: str
    reason: str = ""


def odds(
    values: Values, seen: Seen, left: int, so_far: Week, least: int, rng: np.random.Generator, draws: int = DRAWS
) -> Odds:
    """The chances of the three values over `left` weeks to come and what was seen `so_far` of the period.

    `least` is the number of answers below which nothing is said. Higher or lower is told by the order of the values.
    """
    held = [week for week in seen.weeks if week.denominator > 0]
    if seen.n < least or not held:
        return Odds(None, None, seen.n, seen.effective, "", f"Too few answers: {seen.n:.6g} of {least}.")
    if len(held) >= ENOUGH or (not left and so_far.denominator):
        figures, method = _weeks(seen.weeks, left, so_far, rng, draws), _told(len(seen.weeks), left, so_far)
    elif seen.effective and seen.variance is not None and left:
        figures, method = _posterior(held, seen, left, so_far, rng, draws), "level and answers drawn at the effective n"
    else:
        return Odds(None, None, seen.n, seen.effective, "", f"Too short a history: {len(held)} of {ENOUGH} weeks.")
    figures = figures[np.isfinite(figures)]
    if not len(figures):
        return Odds(None, None, seen.n, seen.effective, "", "No answers are to be expected in the period.")
    up = 1 if values[2] > values[0] else -1
    low, middle, high = (float(np.mean(up * (figures - float(each)) >= -1e-9)) for each in values)
    tenth, ninetieth = (float(each) for each in np.quantile(figures, (0.1, 0.9)))
    return Odds((low, middle, high), (tenth, ninetieth), seen.n, seen.effective, method)


def _told(weeks: int, left: int, so_far: Week) -> str:
    kept = ", the period so far kept as it is" if so_far.denominator else ""
    return f"{left} whole weeks drawn from the last {weeks}{kept}" if left else "the period has been seen whole"


def _weeks(weeks: Sequence[Week], left: int, so_far: Week, rng: np.random.Generator, draws: int) -> Floats:
    weights = rng.dirichlet(np.ones(len(weeks)), size=draws)
    counts = rng.multinomial(left, weights)
    tops, bottoms = (
        np.array([getattr(week, name) for week in weeks], dtype=float) for name in ("numerator", "denominator")
    )
    return _over(counts @ tops + float(so_far.numerator), counts @ bottoms + float(so_far.denominator))


def _posterior(
    held: Sequence[Week], seen: Seen, left: int, so_far: Week, rng: np.random.Generator, draws: int
) -> Floats:
    """Level and period both normal at the effective n: what few weeks can tell."""
    top, bottom = sum(week.numerator for week in held), sum(week.denominator for week in held)
    effective, variance = seen.effective or 1.0, seen.variance or 0.0
    ahead = effective * left / len(seen.weeks)
    spread = np.sqrt(variance / effective + variance / max(ahead, 1.0))
    drawn = top / bottom + spread * rng.standard_t(max(effective - 1, 1), size=draws)
    weight = float(bottom) * left / len(seen.weeks)
    return _over(drawn * weight + float(so_far.numerator), np.full(draws, weight + float(so_far.denominator)))


def _over(tops: Floats, bottoms: Floats) -> Floats:
    held = bottoms > 0
    return np.where(held, tops / np.where(held, bottoms, 1.0), np.nan)
