"""Chance ranges and luck shares against worlds whose truth is known, and simulated budgets against every possible draw."""

from dataclasses import dataclass

import numpy as np

from kpis.incentives import luck
from kpis.incentives.chance import chance_range
from kpis.incentives.paid import Participant, Ratio, Reading, Segment
from kpis.incentives.plan import Plan, parse
from kpis.incentives.reckon import reckon
from tests.prove.moving_together import moving
from tests.prove.nesting import AIM, COMPANIES, QUARTER, STEEP, Covered, together, told
from tests.prove.run import Progress, Proved

PLAN = """
id: proved
opportunity: {{amount: 4000}}
decimals: 1
components:
  - {{id: own, weight: 60, kpi: fcr, scope: self, curve: {{points: {points}, below_first: {below}}}}}
  - {{id: all, weight: 40, kpi: told, scope: company, curve: {{points: {points}, below_first: {below}}}}}
cap: 150
"""
STRAIGHT = {"points": "[[-2000, 0], [3000, 5000]]", "below": "continue"}
PEOPLE, LUCKY = 20, 400
WORLDS = (  # people of a group, answers of each, answers that the spread of their true rates is worth, the curve
    (40, 60, 60, STRAIGHT), (40, 200, 60, STRAIGHT), (40, 100, 400, STRAIGHT), (10, 60, 60, STRAIGHT), (10, 200, 60, STRAIGHT),
    (120, 60, 60, STRAIGHT), (40, 60, 60, STEEP), (40, 200, 60, STEEP), (10, 100, 60, STEEP),
)  # fmt: skip


@dataclass(frozen=True)
class Lucky:
    """The luck share told, on average, where so much was planted, and how often its interval held it."""

    people: int
    curve: str
    planted: float
    told: float
    held: float


def who(name: str, own: float, n: int, company: float) -> Participant:
    """A person with a figure of their own and the company's."""

    def read(value: float, of: str) -> Reading:
        return Reading(own=Ratio(round(value * 10_000), 10_000, luck.Fraction(n), f"{of}@2026-Q3"), target=AIM)

    readings = {"own": read(own, f"fcr@person:{name}"), "all": read(company, "told@company")}
    return Participant(name, (Segment(0, 92, department="a", readings=readings),))


def covered(scale: float) -> Covered:
    """Companies of 20 people whose true rates are drawn from a beta: each one's range, and their next payout."""
    rng, plan, held = np.random.default_rng(20), parse(PLAN.format(**STEEP)), []
    for _ in range(max(6, round(COMPANIES * scale))):
        n = rng.integers(60, 500, PEOPLE)
        true, whole = rng.beta(0.74 * 300, 0.26 * 300, PEOPLE), rng.normal(0.75, 0.02)
        counts = [rng.binomial(n, true) for _ in range(2)]
        company = [rng.binomial(3_000, whole) / 30 for _ in range(2)]
        names = [f"fcr@person:p{at}" for at in range(PEOPLE)]
        known = told(names, counts[0], n) | told(
            ["told@company"], np.array([round(company[0] * 30)]), np.array([3_000])
        )
        for at in range(0, PEOPLE, 4):
            now, after = (
                who(f"p{at}", 100 * count[at] / n[at], int(n[at]), every)
                for count, every in zip(counts, company, strict=True)
            )
            found = chance_range(plan, QUARTER, [now], known, seed=int(rng.integers(2**31)), draws=1_000)
            assert found is not None
            held.append(found.low <= reckon(plan, after, QUARTER).payout <= found.high)
    part = float(np.mean(held))
    return Covered(part, len(held), float(np.sqrt(0.05 * 0.95 / len(held))))


def lucky(scale: float) -> list[Lucky]:
    """Groups of people on a straight curve and on one that begins with a cliff."""
    return [one(*world, max(6, round(LUCKY * scale))) for world in WORLDS]


def planted_in(plan: Plan, n: int, strength: float) -> float:
    """The luck share of a world: on a straight curve strength ÷ (strength + n), else that of many people drawn often."""
    if plan.components[0].curve.below_first == "continue":
        return strength / (strength + n)
    rng = np.random.default_rng(8)
    good = rng.binomial(n, rng.beta(0.74 * strength, 0.26 * strength, 5_000), (200, 5_000))
    pays = luck.percent(plan, plan.components[0], good * 100 / n, AIM)
    return float(pays.var(axis=0, ddof=1).mean() / pays.var())


def one(people: int, n: int, strength: float, curve: dict[str, object], groups: int) -> Lucky:
    """One planted split: rates from a beta worth `strength` answers, n answers a person."""
    rng, plan = np.random.default_rng([people, n, int(strength)]), parse(PLAN.format(**curve))
    component, planted, found = plan.components[0], planted_in(plan, n, strength), []
    for _ in range(groups):
        true = rng.beta(0.74 * strength, 0.26 * strength, people)
        good, names = rng.binomial(n, true), [f"p{at}" for at in range(people)]
        known = told(names, good, np.full(people, n))
        pays = luck.percent(plan, component, good * 100 / n, AIM)
        read = {name: (name, AIM, float(each)) for name, each in zip(names, pays, strict=True)}
        found.append(luck.of_group(plan, component, read, known, rng))
    found = [each for each in found if each.share is not None]
    shares = [each.share or 0.0 for each in found]
    held = [each.low is not None and each.high is not None and each.low <= planted <= each.high for each in found]
    kind = "straight" if curve is STRAIGHT else "with a cliff"
    return Lucky(people, kind, planted, float(np.mean(shares)), float(np.mean(held)))


def prove(scale: float, progress: Progress) -> Proved:
    """Both, told on one page."""
    progress("chance ranges")
    ranges = covered(scale)
    progress("figures that hold each other")
    apart, whole_ranges = together(scale)
    progress("KPIs that the same customers answer")
    moved = moving(scale)
    progress("luck shares")
    splits = lucky(scale)
    slack = 3.3 * ranges.error
    whole = float(np.mean([each.held for each in splits]))
    wide = 3.3 * float(np.sqrt(0.05 * 0.95 / (len(splits) * max(6, round(LUCKY * scale)))))
    passed = 0.94 - slack <= ranges.share <= 0.97 + slack and 0.94 - wide <= whole <= 0.975 + wide
    passed &= all(abs(each.told - each.planted) <= 0.05 + 0.2 * (scale < 1) for each in splits if each.people >= 40)
    passed &= 0.94 - 3.3 * whole_ranges.error <= whole_ranges.share <= 0.975 + 3.3 * whole_ranges.error
    passed &= all(0.94 - 3.3 * each.error <= each.share <= 0.975 + 3.3 * each.error for _, _, each in moved)
    rows: list[dict[str, object]] = [vars(ranges), vars(apart), vars(whole_ranges), *(vars(each) for each in splits)]
    rows += [{"correlation": at} | vars(each) for at, *both in moved for each in both]
    return Proved(rows, passed, page(ranges, (apart, whole_ranges), moved, splits))


def page(
    ranges: Covered, nested: tuple[Covered, Covered], moved: list[tuple[float, Covered, Covered]], splits: list[Lucky]
) -> str:
    """What was found, in Markdown."""
    rows = "\n".join(
        f"| {each.people} | {each.curve} | {each.planted:.1%} | {each.told:.1%} | {each.held:.1%} |" for each in splits
    )
    whole = np.mean([each.held for each in splits])
    kpis = "\n".join(f"| {at:g} | {apart.share:.1%} | {joined.share:.1%} |" for at, apart, joined in moved)
    return f"""# Chance ranges and luck shares, checked

`make prove ARGS=simulation` draws companies whose true rates are known and writes this page.

## Chance ranges

{ranges.payouts:,} payouts of a plan with a cliff at its threshold: people's own shares of 60 to 500 answers beside one figure of the
company. The payout of the next period, from the same true rates, fell into the range of this one {ranges.share:.1%} of the time
(95% is told; a payout that lies on an end of its range, as at a cap, counts as within).

{nested[1].payouts:,} companies of 40 people in five departments, each paid on one KPI three times: their own figure, their
department's and the company's, which hold each other. What all were paid together in the next period fell into its
range {nested[1].share:.1%} of the time.
With the same figures drawn as if they were independent it would be {nested[0].share:.1%}.

Two KPIs that the same customers answer, {moved[0][1].payouts:,} companies of 20 people in four departments each, paid on both of their own
figures, their department's of one and the company's of the other. The groups of eight periods, department by department, tell
the one correlation of the two KPIs. How often what all were paid together next fell into its range:

| correlation of the two answers of a customer | KPIs drawn apart | drawn together |
| ---: | ---: | ---: |
{kpis}

## Luck shares

Groups of people on a curve. Planted is the part of the variance between their pay that is chance. The interval is that of a ratio of
variances, χ² on degrees of freedom that the jackknife finds in the group itself, at most one less than its people. Over all
groups it held what was planted in {whole:.1%} (95% is told). With few people it is wide, and a little wider than it need be.

| people | curve | planted | told, on average | interval held it |
| ---: | --- | ---: | ---: | ---: |
{rows}
"""
