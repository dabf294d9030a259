"""What a plan would cost: its people paid on thousands of periods drawn from history, before money is spent.

Every draw takes whole slices for all KPIs and departments at once (resample.py), rounds each figure as a payout does,
and applies the plan (swift.py). Costs leave out the last rounding of each payout, half a cent a person at most. A plan
with a part that tables do not hold is reckoned by the rules of a run, on fewer draws, and the result says so; so is one
of whose sampled draws a run would pay anything else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from kpis.incentives.blocks import Model, model, name_of
from kpis.incentives.evidence import Run
from kpis.incentives.paid import Frame, Participant, Ratio, Reading
from kpis.incentives.plan import Component, Plan, Source
from kpis.incentives.resample import Floats, History, Ints, Sums, Terms, drawn, starts, sums
from kpis.incentives.run import amounts
from kpis.incentives.swift import unknown
from kpis.incentives.walk import cost

CHECKED = 3  # draws of each simulation that a run's rules pay too
APART = 0.51  # minor units a person by which the last rounding may set them apart
EXACT_ROWS = 10_000


@dataclass(frozen=True)
class Spread:
    """A cost over the draws, minor units: mean, the ends of the middle nine tenths, and how often a budget is exceeded."""

    mean: float
    p5: float
    p95: float
    over: float | None = None


@dataclass(frozen=True, eq=False)
class Simulated:
    """What a plan costs in each draw, in minor units: `total` (draws,), `units` by department.

    unpaid: how many people a draw leaves without a result, on average. left_out: who reads a figure without history,
    and which. by: what computed it. apart: the largest difference to a run in the draws that were held against one,
    minor units a person.
    """

    plan: Plan
    terms: Terms
    slices: int
    total: Floats
    units: Mapping[str, Floats]
    people: int
    unpaid: float
    left_out: Mapping[str, str] = field(default_factory=dict)
    by: str = "tables"
    apart: float = 0.0

    def spread(self, budget: int | None = None) -> Spread:
        """The cost of the whole plan, against a budget in minor units."""
        return spread(self.total, budget)

    def departments(self) -> dict[str, Spread]:
        """The same by department."""
        return {name: spread(costs) for name, costs in self.units.items()}

    def histogram(self, bins: int = 24) -> list[tuple[float, float, int]]:
        """Bars of the cost: from, to, and how many draws."""
        counts, edges = np.histogram(self.total, bins=bins)
        return [(float(low), float(high), int(n)) for low, high, n in zip(edges[:-1], edges[1:], counts, strict=True)]


def spread(costs: Floats, budget: int | None = None) -> Spread:
    """The spread of costs over draws."""
    low, high = np.quantile(costs, [0.05, 0.95])
    over = None if budget is None else float(np.mean(costs > budget))
    return Spread(float(costs.mean()), float(low), float(high), over)


def simulate(
    plan: Plan, frame: Frame, people: Sequence[Participant], history: History, terms: Terms, each: bool = False
) -> Simulated:
    """The cost of a plan for its people over draws of history (one figure by KPI@scope, which their readings name).

    each: history holds a period a row, which are paid one after the other instead of drawn; their number is that of the
    draws. Raises ValueError without any history.
    """
    if not history:
        raise ValueError("no figure of the plan has a history")
    slices = len(next(iter(history.values())).top)
    if each:
        terms = replace(terms, take=1, run=1, draws=slices, periods=1)
        picks = np.arange(slices, 2 * slices)[:, None]
    else:
        rng = np.random.default_rng(terms.seed)
        picks = starts(rng, slices, terms.take, terms.draws * terms.periods, terms.run)
    reasons = unknown(plan)
    try:
        made = None if reasons else model(plan, frame, people, history)
    except ValueError as wide:
        made, reasons = None, [str(wide)]
    if made is not None and made.blocks:
        costs, lost = cost(made, made.blocks, picks, terms)
        held = [each for each in people if each.person not in made.left_out]
        apart = _apart(plan, frame, held, history, picks, costs, terms)
        if apart <= APART:
            return _told(made, terms, slices, costs, lost, apart)
        reasons = [f"tables and a run differ by {apart:.2f} minor units a person"]
    return _exactly(plan, frame, people, history, picks, terms, reasons or ["nobody whose figures have a history"])


def _told(made: Model, terms: Terms, slices: int, costs: Floats, lost: float, apart: float) -> Simulated:
    summed = costs.reshape(terms.draws, terms.periods, -1).sum(axis=1)
    units = {name: summed[:, at] for at, name in enumerate(made.units)}
    heads = int(sum(block.people.sum() for block in made.blocks))
    return Simulated(
        made.plan, terms, slices, summed.sum(axis=1), units, heads, lost, made.left_out, apart=apart
    )  # fmt: skip


def ratios(ready: Mapping[str, Sums], picks: Ints) -> dict[str, Ratio]:
    """The exact ratio of every figure in one draw (picks of one row); none where nothing was counted."""
    found = {}
    for name, made in ready.items():
        top, bottom = (int(drawn(each, picks)[0, 0]) for each in (made.top, made.bottom))
        n = None if made.n is None else Fraction(round(float(drawn(made.n, picks)[0, 0]) * 1_000_000), 1_000_000)
        if bottom:
            found[name] = Ratio(top * made.times, bottom, n, f"{name}@drawn")
    return found


def at_draw(plan: Plan, person: Participant, figures: Mapping[str, Ratio], history: History) -> Participant:
    """The participant with the figures of one draw, read as a run reads them.

    A figure with fewer answers than its KPI shows is none, but where the plan needs even more: then it has too few.
    """

    def ratio(given: Ratio | None, needed: int) -> Ratio | None:
        found = figures.get(name_of(given))
        if found is None or found.n is None:
            return found
        return None if needed <= found.n < history[name_of(given)].least else found

    def read(given: Mapping[str, Reading]) -> dict[str, Reading]:
        return {name: reading(by_id.get(name), each) for name, each in given.items()}

    def reading(source: Source | None, given: Reading) -> Reading:
        needed = (source.min_n if isinstance(source, Component) else None) or 0
        return replace(given, own=ratio(given.own, needed), team=ratio(given.team, 0))

    by_id = {source.id: source for source in plan.sources}
    segments = tuple(replace(segment, readings=read(segment.readings)) for segment in person.segments)
    return replace(person, segments=segments, readings=read(person.readings))


def _paid(
    plan: Plan, frame: Frame, people: Sequence[Participant], figures: Mapping[str, Ratio], history: History
) -> list[int | None]:
    """Everyone's payout in one draw by the rules of a run; None where there is no result."""
    run = Run(plan, frame, tuple(at_draw(plan, each, figures, history) for each in people))
    return [None if each.reason else each.payout for each in amounts(run)]


def _apart(
    plan: Plan, frame: Frame, people: Sequence[Participant], history: History, picks: Ints, costs: Floats, terms: Terms
) -> float:
    """The largest difference a person between what some draws cost here and in a run, in minor units."""
    worst, ready = 0.0, {name: sums(series, terms.take, terms.run) for name, series in history.items()}
    for at in range(0, len(picks), max(1, len(picks) // CHECKED)):
        paid = _paid(plan, frame, people, ratios(ready, picks[at : at + 1]), history)
        whole = sum(each or 0 for each in paid)
        slack = 1e-6 * whole  # single precision
        worst = max(worst, (abs(whole - float(costs[at].sum())) - slack) / max(len(people), 1))
    return worst


def _exactly(
    plan: Plan, frame: Frame, people: Sequence[Participant], history: History, picks: Ints, terms: Terms,
    reasons: Sequence[str],
) -> Simulated:  # fmt: skip
    """The same by the rules of a run, on as many draws as that allows."""
    draws = min(terms.draws, max(20, EXACT_ROWS // (max(len(people), 1) * terms.periods)))
    units = sorted({segment.department for each in people for segment in each.segments})
    costs, lost = np.zeros((draws * terms.periods, len(units))), 0
    ready = {name: sums(series, terms.take, terms.run) for name, series in history.items()}
    for at in range(len(costs)):
        paid = _paid(plan, frame, people, ratios(ready, picks[at : at + 1]), history)
        lost += sum(each is None for each in paid)
        for each, amount in zip(people, paid, strict=True):
            days = sum(segment.days for segment in each.segments) or 1
            for segment in each.segments:
                costs[at, units.index(segment.department)] += (amount or 0) * segment.days / days
    summed = costs.reshape(draws, terms.periods, -1).sum(axis=1)
    by_unit = {name: summed[:, at] for at, name in enumerate(units)}
    slices, fewer = len(next(iter(history.values())).top), replace(terms, draws=draws)
    why = f"the rules of a run on {draws} draws, for tables do not hold {', '.join(reasons)}"
    return Simulated(plan, fewer, slices, summed.sum(axis=1), by_unit, len(people), lost / len(costs), by=why)
