"""How much of the difference between people's pay is luck: of a component and a group, never of one person."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy import stats

from kpis.incentives.chance import Belief, answered, true_values
from kpis.incentives.paid import Values
from kpis.incentives.plan import Component, Plan
from kpis.incentives.resample import Floats
from kpis.incentives.swift import lookup

LEAST_PEOPLE, LEAST_PERIODS = 10, 8
RATES, ANSWERS = 60, 60
UNDEFINED = "not defined"


@dataclass(frozen=True)
class Luck:
    """The share of luck (0 to 1) with its 95% interval, and over how many people or periods; None with a reason.

    One minus it is the reliability.
    """

    share: float | None
    low: float | None
    high: float | None
    over: int
    reason: str = ""


def share(within: Floats, paid: Floats, periods: bool = False, people: Floats | None = None) -> Luck:
    """Mean variance of the payout given the true rate (`within`) over the variance of payouts between people (or periods).

    Arrays (figures,), of `people` each (default: one). The interval is that of a ratio of variances (see `_freedom`). Not
    defined below 10 figures, or 8 periods of a figure all share: a few figures of many people tell little of the variance
    between them.
    """
    held = np.isfinite(within) & np.isfinite(paid)
    within, paid, many = within[held], paid[held], int(held.sum())
    heads = np.ones(many) if people is None else people[held]
    least, what = (LEAST_PERIODS, "periods") if periods else (LEAST_PEOPLE, "people or figures")
    if many < least:
        return Luck(None, None, None, many, f"{UNDEFINED}: {many} {what} of {least}")
    if not np.var(paid) > 0:
        return Luck(None, None, None, many, f"{UNDEFINED}: all were paid alike")
    found, free = _ratio(within[None], paid[None], heads[None])[0], _freedom(within, paid, heads)
    low, high = found * stats.chi2.ppf([0.025, 0.975], free) / free
    return Luck(min(float(found), 1.0), min(float(low), 1.0), min(float(high), 1.0), int(heads.sum()))


def _freedom(within: Floats, paid: Floats, heads: Floats) -> float:
    """The degrees of freedom of luck over spread, as of a variance: 2 ÷ the variance of its logarithm.

    That variance is the delete-one jackknife's, so that pay with long tails counts for fewer (Satterthwaite 1946); never
    more than normal pay would have, one less than the figures, as an F test of reliability has (Feldt 1965).
    """
    many = len(paid)
    rest = np.array([np.delete(np.arange(many), at) for at in range(many)])
    with np.errstate(divide="ignore", invalid="ignore"):
        told = np.log(_ratio(within[rest], paid[rest], heads[rest]))
        variance = (many - 1) / many * ((told - told.mean()) ** 2).sum()
    if not np.isfinite(variance):
        return 1.0
    return float(np.clip(2 / variance if variance else np.inf, 1, many - 1))


def _ratio(within: Floats, paid: Floats, heads: Floats) -> Floats:
    """Luck over spread, row by row; weighed by people, the variance unbiased over figures."""
    whole, many = heads.sum(axis=1, keepdims=True), heads.shape[1]
    mean = (heads * paid).sum(axis=1, keepdims=True) / whole
    spread = (heads * (paid - mean) ** 2).sum(axis=1) / whole[:, 0] * many / (many - 1)
    found: Floats = np.divide(
        (heads * within).sum(axis=1) / whole[:, 0], spread, out=np.full(len(spread), np.inf), where=spread > 0
    )
    return found


def within(plan: Plan, component: Component, belief: Belief, target: Values | None, rng: np.random.Generator) -> float:
    """The variance of what the component pays, in percent of its part, given the true rate: mean over the posterior."""
    true = true_values(belief, rng, (RATES, 1))
    pays = percent(plan, component, answered(belief, np.repeat(true, ANSWERS, axis=1), rng), target)
    return float(np.nanmean(pays.var(axis=1, ddof=1)))


def percent(plan: Plan, component: Component, values: Floats, target: Values | None) -> Floats:
    """What the component pays at figures in the display unit, in percent; NaN without a result."""
    unit = 10 ** plan.places(component)
    figures = np.floor(values * unit + 0.5 + 1e-9)
    whole = component.model_copy(update={"weight": Fraction(100)})
    table = lookup(whole, plan.places(component), [target], int(figures.min()), int(figures.max()))
    return table.at(figures, np.zeros(1, dtype=np.int64)).astype(np.float64)


def of_group(
    plan: Plan, component: Component, read: Mapping[str, tuple[str, Values | None, float]],
    beliefs: Mapping[str, Belief], rng: np.random.Generator,
) -> Luck:  # fmt: skip
    """The luck share of a component in a group; read: by person the figure that pays, its target, and what it pays.

    A figure all of them share says nothing of differences between them: then it is not defined here, see `over_time`.
    """
    if len({name for name, _, _ in read.values()}) < 2:
        return Luck(None, None, None, len(read), f"{UNDEFINED}: all share one figure")
    heads = Counter(each for each in read.values() if each[0] in beliefs)
    inside = [within(plan, component, beliefs[name], target, rng) for name, target, _ in heads]
    paid = np.array([pays for _, _, pays in heads])
    return share(np.array(inside), paid, people=np.array(list(heads.values()), dtype=np.float64))


def over_time(
    plan: Plan, component: Component, figures: Sequence[tuple[Belief, float]], target: Values | None,
    rng: np.random.Generator,
) -> Luck:  # fmt: skip
    """The luck share of a figure all share, over periods: what is known of each period's, and what it pays in percent."""
    inside = np.array([within(plan, component, belief, target, rng) for belief, _ in figures])
    return share(inside, np.array([pays for _, pays in figures]), periods=True)
