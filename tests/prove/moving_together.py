"""Chance ranges of two KPIs that the same customers answer: how often what all are paid next falls into its range."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from kpis.clusters import GROUPS, jackknife
from kpis.incentives import luck
from kpis.incentives.chance import Belief, chance_range
from kpis.incentives.nested import Inside, grouped
from kpis.incentives.paid import Participant, Ratio, Reading, Segment
from kpis.incentives.plan import parse
from kpis.incentives.reckon import reckon
from tests.prove.nesting import AIM, QUARTER, STEEP, Covered, told

COMPANIES, UNITS, PEOPLE, WINDOWS = 500, 4, 5, 8
CORRELATIONS = (0.0, 0.5)
PLAN = """
id: moved
opportunity: {{amount: 4000}}
decimals: 1
components:
  - {{id: own, weight: 30, kpi: fcr, scope: self, curve: {{points: {points}, below_first: {below}}}}}
  - {{id: mine, weight: 20, kpi: csat, scope: self, curve: {{points: {points}, below_first: {below}}}}}
  - {{id: department, weight: 25, kpi: fcr, scope: own_department, curve: {{points: {points}, below_first: {below}}}}}
  - {{id: all, weight: 25, kpi: csat, scope: company, curve: {{points: {points}, below_first: {below}}}}}
cap: 150
"""
KPIS = {"own": "fcr", "mine": "csat", "department": "fcr", "all": "csat"}
LATENT = {0.0: 0.0, 0.5: 0.73}  # of the normals behind two answers of a rate of 0.74 that are so correlated


@dataclass(frozen=True, eq=False)
class Period:
    """Who of the good answers are whose: n and good by KPI, person (units · people) and group."""

    n: np.ndarray
    good: np.ndarray


def answers(rng: np.random.Generator, n: np.ndarray, true: np.ndarray, latent: float) -> Period:
    """The answers of a period: each customer answers both KPIs, and falls into a group at random."""
    who = np.repeat(np.arange(n.size), n)
    one, other = rng.standard_normal((2, len(who)))
    pair = np.stack([one, latent * one + np.sqrt(1 - latent**2) * other])
    yes = pair < special.ndtri(true)[:, who]
    place = who * GROUPS + rng.integers(0, GROUPS, len(who))
    counts = np.bincount(place, minlength=n.size * GROUPS).reshape(n.size, GROUPS)
    good = [np.bincount(place, weights=each, minlength=n.size * GROUPS).reshape(n.size, GROUPS) for each in yes]
    return Period(counts, np.stack(good).astype(np.int64))


def known(periods: list[Period]) -> dict[str, Belief]:
    """What is known after the last of these periods; the groups are those of all."""
    found: dict[str, Belief] = {}
    last, units = periods[-1], np.arange(UNITS * PEOPLE) // PEOPLE
    n = last.n.sum(axis=1)
    parts = tuple((f"d{unit}", float(n[units == unit].sum())) for unit in range(UNITS))
    for at, kpi in enumerate(("fcr", "csat")):
        good = last.good[at].sum(axis=1)
        names = [f"{kpi}@person:p{each}" for each in range(n.size)]
        homes = [_moved(periods, at, units == unit) for unit in range(UNITS)]
        inside = {
            name: Inside(((f"d{units[each]}", float(n[each])),), True, homes[units[each]])
            for each, name in enumerate(names)
        }
        inside |= {f"{kpi}@department:d{unit}": Inside((parts[unit],), groups=homes[unit]) for unit in range(UNITS)}
        inside[f"{kpi}@company"] = Inside(parts, groups=_moved(periods, at, units >= 0))
        by_unit = [each.reshape(UNITS, PEOPLE).sum(axis=1) for each in (good, n)]
        levels = told(names, good, n) | told([f"{kpi}@department:d{unit}" for unit in range(UNITS)], *by_unit)
        levels |= told([f"{kpi}@company"], good.sum(keepdims=True), n.sum(keepdims=True))
        found |= {name: replace(each, inside=inside[name]) for name, each in levels.items()}
    return found


def _moved(periods: list[Period], kpi: int, held: np.ndarray):  # type: ignore[no-untyped-def]
    made = [jackknife(each.good[kpi][held].sum(axis=0)[None], each.n[held].sum(axis=0)[None]) for each in periods]
    return grouped("customer", [each.deviations[0] for each in made])


def everyone(period: Period) -> list[Participant]:
    """All people with their figures of one period."""
    n, good = period.n.sum(axis=1), period.good.sum(axis=2)

    def read(kpi: str, whose: str, held: np.ndarray) -> Reading:
        at, bottom = ("fcr", "csat").index(kpi), int(n[held].sum())
        top = int(good[at][held].sum()) * 100
        return Reading(own=Ratio(top, bottom, luck.Fraction(bottom), f"{kpi}@{whose}@2026-Q3"), target=AIM)

    units, found = np.arange(n.size) // PEOPLE, []
    for each in range(n.size):
        alone, unit = np.arange(n.size) == each, units == units[each]
        whose = {"own": (f"person:p{each}", alone), "mine": (f"person:p{each}", alone)}
        whose |= {"department": (f"department:d{units[each]}", unit), "all": ("company", units >= 0)}
        readings = {name: read(KPIS[name], *of) for name, of in whose.items()}
        found.append(Participant(f"p{each}", (Segment(0, 92, department=f"d{units[each]}", readings=readings),)))
    return found


def moving(scale: float) -> list[tuple[float, Covered, Covered]]:
    """For each correlation: KPIs drawn apart, and drawn together."""
    found = []
    for correlation in CORRELATIONS:
        rng, plan, held = np.random.default_rng([7, round(100 * correlation)]), parse(PLAN.format(**STEEP)), ([], [])
        many = max(6, round(COMPANIES * scale))
        for _ in range(many):
            true, n = rng.beta(0.74 * 300, 0.26 * 300, (2, UNITS * PEOPLE)), rng.integers(60, 300, UNITS * PEOPLE)
            *before, after = (answers(rng, n, true, LATENT[correlation]) for _ in range(WINDOWS + 1))
            beliefs, people = known(before), everyone(before[-1])
            alone = {name: replace(each, inside=_without(each.inside)) for name, each in beliefs.items()}
            paid = sum(reckon(plan, each, QUARTER).payout for each in everyone(after))
            for at, drawn in enumerate((alone, beliefs)):
                ranged = chance_range(plan, QUARTER, people, drawn, seed=int(rng.integers(2**31)), draws=1_000)
                assert ranged is not None
                held[at].append(ranged.low <= paid <= ranged.high)
        error = float(np.sqrt(0.05 * 0.95 / many))
        found.append((correlation, *(Covered(float(np.mean(each)), many, error) for each in held)))
    return found


def _without(inside: Inside | None) -> Inside | None:
    return None if inside is None else replace(inside, groups=None)
