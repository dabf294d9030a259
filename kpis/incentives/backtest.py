"""A plan applied to periods that are over: who would have been paid what, how stable that is, and whether groups fare alike.

Pay is compared in percent of the opportunity. Groups are told apart as the definitions say: alike when both one-sided
tests place the difference within five points, else they differ or it cannot be told; tests are clustered by person.
Groups below ten people are not shown, and neither is the rest that would give them away.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import sqrt
from typing import Literal

import numpy as np
from scipy import stats

from kpis.incentives.evidence import Run
from kpis.incentives.paid import Frame, Participant
from kpis.incentives.plan import Plan
from kpis.incentives.reckon import due, reckon
from kpis.incentives.resample import Floats
from kpis.incentives.run import amounts, pooled
from kpis.incentives.standing import Standing, keeps, owed

LEAST, MARGIN, ALPHA = 10, 5.0, 0.05
NOTHING = Standing()
Answer = Literal["alike", "differ", "cannot tell", "not shown"]
NOT_SHOWN = f"not shown, n below {LEAST}"


@dataclass(frozen=True)
class Would:
    """What one person would have been paid for one period: minor units and percent of the opportunity, or why not.

    marks: what sets the person apart in that period, such as part-time.
    """

    period: str
    person: str
    payout: int
    opportunity: float
    marks: frozenset[str] = frozenset()
    reason: str = ""

    @property
    def percent(self) -> float:
        """The payout in percent of the opportunity."""
        return 100 * self.payout / self.opportunity if self.opportunity else float("nan")


@dataclass(frozen=True)
class Stability:
    """How alike the order of people is from one period to the next, and where the variance lies.

    rank: Spearman's correlation over neighbouring periods, weighed by people, None below ten. between: the share of
    variance that lies between people rather than within them over time.
    """

    rank: float | None
    between: float | None
    people: int


@dataclass(frozen=True)
class Treated:
    """A group against the rest in points of pay: difference with 95% interval, and the answer; numbers None when hidden."""

    group: str
    people: int | None
    rest: int | None
    pays: float | None
    low: float | None
    high: float | None
    rest_pays: float | None
    difference: float | None
    answer: Answer
    note: str = ""


@dataclass(frozen=True)
class Backtest:
    """The plan over past periods, oldest first: everyone's payouts, costs by period, stability and groups."""

    plan: Plan
    periods: tuple[str, ...]
    would: tuple[Would, ...]
    stability: Stability
    groups: tuple[Treated, ...]

    def costs(self) -> dict[str, int]:
        """The cost of each period in minor units."""
        return {name: sum(each.payout for each in self.would if each.period == name) for name in self.periods}

    @property
    def over(self) -> tuple[str, ...] | None:
        """The periods that would have cost more than the plan's budget; None where it keeps none."""
        budget = self.plan.budget_minor
        return None if budget is None else tuple(name for name, cost in self.costs().items() if cost > budget)


@dataclass(frozen=True)
class Year:
    """How a person stands within a year of a backtest: paid so far, the opportunity it was paid on, and how the year began."""

    paid: int = 0
    opportunity: Fraction = Fraction(0)
    opening: Standing = NOTHING
    now: Standing = NOTHING

    def ended(self) -> "Year":
        """The same person when the next year begins."""
        return Year(opening=self.now, now=self.now)


def paid(
    plan: Plan, frame: Frame, people: Sequence[Participant], marks: Mapping[str, frozenset[str]],
    years: dict[str, Year] | None = None,
) -> list[Would]:  # fmt: skip
    """Everyone's payout in one period, by the rules of a run; a year so far is set against what `years` was paid, and added to it."""
    years = {} if years is None else years
    run = Run(plan, frame, tuple(_set_against(plan, each, years) for each in people))
    found = amounts(run)
    stands = _standings(run, {each.person for each in found if not each.reason}) if keeps(plan) else {}
    would = []
    for person, each in zip(run.participants, found, strict=True):
        before, whole = years.get(each.person, Year()), _opportunity(plan, person, frame)
        own = float(whole - before.opportunity if plan.year_to_date else whole)
        told = marks.get(each.person, frozenset())
        would.append(Would(frame.period, each.person, each.payout, own, told, each.reason))
        if not each.reason:
            now = stands.get(each.person, Standing())
            years[each.person] = Year(before.paid + each.payout, whole, before.opening, now)
    return would


def _set_against(plan: Plan, each: Participant, years: Mapping[str, Year]) -> Participant:
    if each.person not in years or not (plan.year_to_date or plan.draw):
        return each
    year = years[each.person]
    before, carried, draws = owed(plan, year.paid, year.opening, year.now)
    return replace(each, paid_before=before, carried=carried, draw_balance=draws)


def _opportunity(plan: Plan, person: Participant, frame: Frame) -> Fraction:
    return sum((due(plan, segment, frame).amount for segment in person.segments), Fraction(0))


def _standings(run: Run, held: Collection[str]) -> dict[str, Standing]:
    """How everyone who has a result stands after it."""
    settled = pooled(run) if held else run
    people = (each for each in settled.participants if each.person in held)
    works = (reckon(run.plan, each, settled.frame) for each in people)
    return {each.person: Standing(each.settled.shortfall, each.settled.balance) for each in works}


def backtest(plan: Plan, would: Sequence[Would], groups: Sequence[str]) -> Backtest:
    """Stability and fairness of payouts over periods."""
    known = [each for each in would if not each.reason and each.opportunity > 0]
    periods = tuple(dict.fromkeys(each.period for each in would))
    treated = tuple(against_rest(name, known) for name in groups)
    return Backtest(plan, periods, tuple(would), stability(known, periods), treated)


def stability(would: Sequence[Would], periods: Sequence[str]) -> Stability:
    """Rank correlation between neighbouring periods, and the variance split of a one-way model of people (Fisher 1925)."""
    by_period = {name: {each.person: each.percent for each in would if each.period == name} for name in periods}
    ranks, weights = [], []
    for before, after in pairwise(periods):
        both = sorted(set(by_period[before]) & set(by_period[after]))
        pair = [[by_period[name][who] for who in both] for name in (before, after)]
        if len(both) >= LEAST and all(len(set(each)) > 1 for each in pair):
            ranks.append(float(stats.spearmanr(*pair).statistic))
            weights.append(len(both))
    people: dict[str, list[float]] = {}
    for each in would:
        people.setdefault(each.person, []).append(each.percent)
    often = [values for values in people.values() if len(values) > 1]
    rank = float(np.average(ranks, weights=weights)) if ranks else None
    return Stability(rank, _between(often) if len(often) >= LEAST else None, len(people))


def _between(values: Sequence[Sequence[float]]) -> float | None:
    """The intraclass correlation, never below 0."""
    sizes = np.array([len(each) for each in values])
    means = np.array([np.mean(each) for each in values])
    whole = float(np.average(means, weights=sizes))
    inside = sum(float(((np.array(each) - mean) ** 2).sum()) for each, mean in zip(values, means, strict=True))
    within = inside / (sizes.sum() - len(sizes))
    among = float((sizes * (means - whole) ** 2).sum()) / (len(sizes) - 1)
    size = (sizes.sum() - (sizes**2).sum() / sizes.sum()) / (len(sizes) - 1)
    total = (among - within) / size + within
    return None if total <= 0 else max(0.0, float((among - within) / size / total))


def against_rest(group: str, would: Sequence[Would]) -> Treated:
    """The payouts that carry a mark against all others; a person may be on both sides in different periods."""
    inside = np.array([group in each.marks for each in would], dtype=bool)
    values = np.array([each.percent for each in would])
    who = np.array([each.person for each in would])
    sides = [len(set(who[side])) for side in (inside, ~inside)]
    if min(sides, default=0) < LEAST:
        few = sides[0] < LEAST
        note = NOT_SHOWN if few else f"{NOT_SHOWN} in the rest, which it would tell"
        return Treated(group, None, None, None, None, None, None, None, "not shown", note)
    mean, other = float(values[inside].mean()), float(values[~inside].mean())
    errors = [_error(values, inside, ~inside, who), _error(values, inside, None, who)]
    df = min(sides) - 1
    low, high = (mean + side * stats.t.ppf(0.975, df) * errors[1] for side in (-1, 1))
    return Treated(
        group, sides[0], sides[1], mean, float(low), float(high), other, mean - other,
        answer(mean - other, errors[0], df),
    )  # fmt: skip


def _error(values: Floats, inside: Floats, outside: Floats | None, who: Floats) -> float:
    """The standard error of a mean, or of a difference of two, clustered by person (Liang and Zeger 1986)."""
    influence = np.where(inside, (values - values[inside].mean()) / inside.sum(), 0.0)
    if outside is not None:
        influence -= np.where(outside, (values - values[outside].mean()) / outside.sum(), 0.0)
    _, at = np.unique(who, return_inverse=True)
    sums = np.bincount(at, weights=influence)
    many = len(set(who[inside])) if outside is None else min(len(set(who[inside])), len(set(who[outside])))
    return sqrt(float((sums**2).sum()) * many / (many - 1))


def answer(difference: float, error: float, df: int) -> Answer:
    """Alike: both one-sided tests reject a difference of five points or more (Schuirmann 1987); else differ, or cannot tell."""
    if abs(difference) + float(stats.t.ppf(1 - ALPHA, df)) * error < MARGIN:
        return "alike"
    return "differ" if abs(difference) > float(stats.t.ppf(1 - ALPHA / 2, df)) * error else "cannot tell"
