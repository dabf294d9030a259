"""What noise does to pay: every figure that so many answers can give at a true value, and what a component pays on them."""

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

import numpy as np
from scipy import special, stats

from kpis.incentives.chance import Belief
from kpis.incentives.luck import Luck, percent
from kpis.incentives.paid import Values, minimum_n
from kpis.incentives.plan import Component, Plan
from kpis.incentives.resample import Floats

GRID = special.ndtri((np.arange(4_000) + 0.5) / 4_000)


@dataclass(frozen=True)
class Asked:
    """One component and what is known of the figure it reads, in display units.

    belief: a typical holder's, with the answers of one period; team: that of the next larger scope. shared: everyone
    reads the same figure, so hours do not change its answers. ftes: the part-time factors that occur.
    """

    plan: Plan
    component: Component
    kpi: str
    scope: str
    period: str
    target: Values
    belief: Belief
    team: Belief | None
    design: float
    shared: bool
    contract: bool
    ripe: bool
    guardrail: str
    monitored: int
    ftes: tuple[Fraction, ...] = ()
    luck: Luck | None = None


def outcomes(belief: Belief, true: float, n: float) -> tuple[Floats, Floats]:
    """Every figure that n independent answers can give at a true value, with its probability."""
    size = max(1, round(n))
    if belief.kind == "share":
        k = np.arange(size + 1)
        return k * (belief.most / size), stats.binom.pmf(k, size, min(max(true / belief.most, 0.0), 1.0))
    if belief.kind == "rate":
        k = np.arange(int(stats.poisson.ppf(1 - 1e-9, max(true, 0) * size)) + 1)
        return k / size, stats.poisson.pmf(k, max(true, 0) * size)
    values = np.clip(true + GRID * sqrt(belief.spread / size), belief.least, belief.most)
    return values, np.full(len(GRID), 1 / len(GRID))


def expected_pay(asked: Asked, n: float) -> float:
    """What the component pays on average at target quality with n credited answers, in percent, by the plan's own rule."""
    component, true = asked.component, float(asked.target[1])
    rule = component.paid_figure or asked.plan.paid_figure
    few = component.min_n is not None and n < component.min_n and rule != "own" and asked.team is not None
    if few and rule == "team" and asked.team is not None:
        return _mean(asked, outcomes(asked.team, true, asked.team.effective_n))
    if few and asked.team is not None:
        return _mean(asked, _blended(asked, asked.team, n, float(asked.plan.credibility_k or 1)))
    return _mean(asked, outcomes(asked.belief, true, n / asked.design))


def _blended(asked: Asked, team: Belief, n: float, k: float) -> tuple[Floats, Floats]:
    """Credibility: Z·own + (1−Z)·team, both of target quality."""
    weight, one = n / (n + k), asked.belief
    variance = weight**2 * one.spread / max(n / asked.design, 1)
    variance += (1 - weight) ** 2 * team.spread / max(team.effective_n, 1)
    values = float(asked.target[1]) + GRID * sqrt(variance)
    return np.clip(values, one.least, one.most), np.full(len(GRID), 1 / len(GRID))


def _mean(asked: Asked, given: tuple[Floats, Floats]) -> float:
    values, chance = given
    pays = percent(asked.plan, asked.component, values, asked.target)
    held = np.isfinite(pays)
    return float(pays[held] @ chance[held] / chance[held].sum()) if held.any() else 0.0


def needed(asked: Asked) -> int:
    """min_n_pay = deff · 3.84 · σ² ÷ (target − threshold)², σ² that of one answer at target."""
    threshold, target, _ = asked.target
    spread = Fraction(asked.belief.spread).limit_denominator(10**6)
    if asked.belief.kind == "share":
        most = Fraction(asked.belief.most).limit_denominator()
        spread = target * (most - target)
    return minimum_n(spread, target, threshold, Fraction(asked.design).limit_denominator(10**4))
