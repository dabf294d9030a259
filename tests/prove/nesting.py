"""Chance ranges of figures of one KPI that hold each other: a person's, their department's, the company's."""

from dataclasses import dataclass, replace

import numpy as np

from kpis.distributions import MILLION, Distributions
from kpis.estimates import share
from kpis.incentives import luck
from kpis.incentives.beliefs import beliefs
from kpis.incentives.chance import Belief, chance_range
from kpis.incentives.nested import Inside
from kpis.incentives.paid import Frame, Participant, Ratio, Reading, Segment, Values
from kpis.incentives.plan import parse
from kpis.incentives.reckon import reckon

QUARTER = Frame("2026-Q3", 92, 365)
AIM: Values = (luck.Fraction(70), luck.Fraction(74), luck.Fraction(78))
STEEP = {"points": "[[0, 50], [100, 100], [200, 150]]", "below": 0}
COMPANIES = 500
NESTED = """
id: nested
opportunity: {{amount: 4000}}
decimals: 1
components:
  - {{id: own, weight: 40, kpi: fcr, scope: self, curve: {{points: {points}, below_first: {below}}}}}
  - {{id: department, weight: 30, kpi: fcr, scope: own_department, curve: {{points: {points}, below_first: {below}}}}}
  - {{id: all, weight: 30, kpi: fcr, scope: company, curve: {{points: {points}, below_first: {below}}}}}
cap: 150
"""


@dataclass(frozen=True)
class Covered:
    """How often the payout of the next period, from the same true rates, fell into the chance range."""

    share: float
    payouts: int
    error: float


def together(scale: float) -> list[Covered]:
    """Companies of five departments of eight people, each paid on one KPI: their own, their department's, the company's.

    How often the next payout of everyone together fell into its range: figures drawn apart, and drawn together.
    """
    rng, plan, held = np.random.default_rng(44), parse(NESTED.format(**STEEP)), ([], [])
    many = max(6, round(COMPANIES * scale))
    for _ in range(many):
        n = rng.integers(40, 400, (5, 8))
        true = rng.beta(0.74 * 300, 0.26 * 300, n.shape)
        now, after = (rng.binomial(n, true) for _ in range(2))
        known = _nested(now, n)
        apart = {name: replace(each, inside=None) for name, each in known.items()}
        paid = sum(reckon(plan, each, QUARTER).payout for each in everyone(after, n))
        for at, drawn in enumerate((apart, known)):
            found = chance_range(plan, QUARTER, everyone(now, n), drawn, seed=int(rng.integers(2**31)), draws=1_000)
            assert found is not None
            held[at].append(found.low <= paid <= found.high)
    return [Covered(float(np.mean(each)), many, float(np.sqrt(0.05 * 0.95 / many))) for each in held]


def _nested(good: np.ndarray, n: np.ndarray) -> dict[str, Belief]:
    """What is known of every person, department and the company, and whose answers each counts."""
    places, people = [f"d{at}" for at in range(len(n))], np.ndindex(*n.shape)
    own = told([f"fcr@person:p{at}" for at in range(n.size)], good.ravel(), n.ravel())
    units = told([f"fcr@department:{each}" for each in places], good.sum(axis=1), n.sum(axis=1))
    whole = told(["fcr@company"], good.sum(keepdims=True).ravel(), n.sum(keepdims=True).ravel())
    sizes = tuple(zip(places, map(float, n.sum(axis=1)), strict=True))
    inside = {
        f"fcr@person:p{at}": Inside(((places[unit], float(n[unit, one])),), True)
        for at, (unit, one) in enumerate(people)
    }
    inside |= {f"fcr@department:{name}": Inside(((name, size),)) for name, size in sizes} | {
        "fcr@company": Inside(sizes)
    }
    return {name: replace(each, inside=inside[name]) for name, each in (own | units | whole).items()}


def everyone(good: np.ndarray, n: np.ndarray) -> list[Participant]:
    """All people with the figures of one period."""

    def read(top: int, bottom: int, of: str) -> Reading:
        return Reading(
            own=Ratio(int(top) * 100, int(bottom), luck.Fraction(int(bottom)), f"fcr@{of}@2026-Q3"), target=AIM
        )

    found = []
    for at, (unit, one) in enumerate(np.ndindex(*n.shape)):
        readings = {
            "own": read(good[unit, one], n[unit, one], f"person:p{at}"),
            "all": read(good.sum(), n.sum(), "company"),
        }
        readings |= {"department": read(good[unit].sum(), n[unit].sum(), f"department:d{unit}")}
        found.append(Participant(f"p{at}", (Segment(0, 92, department=f"d{unit}", readings=readings),)))
    return found


def told(names: list[str], good: np.ndarray, n: np.ndarray) -> dict[str, Belief]:
    """What is known of shares of one level."""
    cell, bucket = np.repeat(np.arange(len(n)), 2), np.tile([0, 1], len(n))
    d = Distributions(len(n), cell, bucket, np.stack([n - good, good], axis=1).ravel().astype(np.int64) * MILLION)
    return beliefs(names, share(d), d, times=100)
