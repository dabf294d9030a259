"""What a plan would cost: its people paid on thousands of periods drawn from history, before money is spent.

Every draw takes whole slices for all KPIs and departments at once (resample.py), rounds each figure as a payout does,
and applies the plan: as tables (swift.py), whose costs leave out the last rounding of each payout, half a cent a person
at most; else by the engine of a run on every draw (rerun.py), to the cent. A run's own rules pay some draws of either.
What is left to them is drawn less often, and the result says so; so is a plan of which they would pay anything else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from kpis.incentives import rerun
from kpis.incentives.blocks import model, name_of, parts, without_history
from kpis.incentives.curves import NoResultError
from kpis.incentives.evidence import Run
from kpis.incentives.paid import Frame, Participant, Ratio, Reading
from kpis.incentives.plan import Component, Plan, Source
from kpis.incentives.reckon import due
from kpis.incentives.resample import Floats, History, Ints, Sums, Terms, drawn, starts, sums
from kpis.incentives.run import amounts
from kpis.incentives.swift import unknown
from kpis.incentives.walk import cost

CHECKED = 3  # draws of each simulation that a run's rules pay too
APART = 0.51  # minor units a person by which the last rounding may set them apart
EXACT_ROWS = 10_000
NOBODY = "nobody whose figures have a history"


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

    @property
    def error(self) -> float:
        """The standard error of the mean cost, for the draws are so many and no more."""
        return float(self.total.std(ddof=1) / np.sqrt(len(self.total))) if len(self.total) > 1 else float("nan")

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


@dataclass(frozen=True)
class Drawn:
    """What is simulated: a plan, its period, people and their histories, and which runs make up each draw."""

    plan: Plan
    frame: Frame
    people: Sequence[Participant]
    history: History
    picks: Ints
    terms: Terms


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
    frame, people = replace(frame, pool=None), [replace(each, share=None) for each in people]
    drawn, reason = Drawn(plan, frame, people, history, picks, terms), ""
    for way in (_by_tables, _by_engine):
        try:
            return way(drawn)
        except (ValueError, NoResultError) as why:
            reason = str(why)
    return _exactly(drawn, reason)


def _by_tables(given: Drawn) -> Simulated:
    """The plan as tables, for people who read alike at once; raises ValueError for what they do not hold."""
    if beyond := unknown(given.plan):
        raise ValueError(", ".join(beyond))
    made = model(given.plan, given.frame, given.people, given.history)
    if not made.blocks:
        raise ValueError(NOBODY)
    costs, lost = cost(made, made.blocks, given.picks, given.terms)
    return _told(given, made.left_out, made.units, costs, lost, "tables")


def _by_engine(given: Drawn) -> Simulated:
    """The engine of a run on every draw; raises ValueError for what only the rules of a row pay."""
    missing = {each.person: without_history(given.plan, each, given.history) for each in given.people}
    held = [each for each in given.people if not missing[each.person]]
    if not held:
        raise ValueError(NOBODY)
    units, parts = _units(given.plan, given.frame, held)
    costs, lost = rerun.cost(given.plan, given.frame, held, given.history, given.picks, given.terms, parts)
    return _told(given, {who: why for who, why in missing.items() if why}, units, costs, lost, "the engine of a run")


def _units(plan: Plan, frame: Frame, people: Sequence[Participant]) -> tuple[list[str], Floats]:
    """The departments, and which part (people, departments) of each person's payout they bear, by opportunity."""
    units = sorted({segment.department for each in people for segment in each.segments})
    found = np.zeros((len(people), len(units)))
    for at, each in enumerate(people):
        try:
            owed = [float(due(plan, segment, frame, each.person).amount) for segment in each.segments]
        except NoResultError:
            owed = [0.0] * len(each.segments)
        for segment, part in zip(each.segments, parts(owed), strict=True):
            found[at, units.index(segment.department)] += part
    return units, found


def _told(
    given: Drawn, left_out: Mapping[str, str], units: Sequence[str], costs: Floats, lost: float, by: str
) -> Simulated:
    """The result, held against a run on some of its draws; raises ValueError where they differ."""
    held = [each for each in given.people if each.person not in left_out]
    apart = _apart(given, held, costs)
    if apart > APART:
        raise ValueError(f"{by} and the rules differ by {apart:.2f} minor units a person")
    return _summed(given, units, costs, len(held), lost, left_out, by, apart)


def _summed(
    given: Drawn, units: Sequence[str], costs: Floats, people: int, lost: float, left_out: Mapping[str, str], by: str,
    apart: float = 0.0,
) -> Simulated:  # fmt: skip
    terms, slices = given.terms, len(next(iter(given.history.values())).top)
    summed = costs.reshape(-1, terms.periods, len(units)).sum(axis=1)
    by_unit = {name: summed[:, at] for at, name in enumerate(units)}
    terms = replace(terms, draws=len(summed))
    return Simulated(given.plan, terms, slices, summed.sum(axis=1), by_unit, people, lost, left_out, by, apart)


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


def _apart(given: Drawn, held: Sequence[Participant], costs: Floats) -> float:
    """The largest difference a person between what some draws cost here and in a run, in minor units."""
    worst, ready = 0.0, _ready_of(given.history, given.terms)
    for at in range(0, len(costs), max(1, len(costs) // CHECKED)):
        paid = _paid(given.plan, given.frame, held, ratios(ready, given.picks[at : at + 1]), given.history)
        whole = sum(each or 0 for each in paid)
        slack = 1e-6 * whole  # single precision
        worst = max(worst, (abs(whole - float(costs[at].sum())) - slack) / max(len(held), 1))
    return worst


def _ready_of(history: History, terms: Terms) -> dict[str, Sums]:
    return {name: sums(series, terms.take, terms.run) for name, series in history.items()}


def _exactly(given: Drawn, reason: str) -> Simulated:
    """The same by the rules of a run, on as many draws as that allows; it says how well their mean is known."""
    plan, people, periods = given.plan, given.people, given.terms.periods
    draws = min(given.terms.draws, max(20, EXACT_ROWS // (max(len(people), 1) * periods)))
    units, parts = _units(plan, given.frame, people)
    costs, lost, ready = np.zeros((draws * periods, len(units))), 0, _ready_of(given.history, given.terms)
    for at in range(len(costs)):
        paid = _paid(plan, given.frame, people, ratios(ready, given.picks[at : at + 1]), given.history)
        lost += sum(each is None for each in paid)
        costs[at] = np.array([each or 0 for each in paid], dtype=np.float64) @ parts
    found = _summed(given, units, costs, len(people), lost / len(costs), {}, "")
    error = found.error / 10**plan.minor_units
    why = f"the rules of a run on {draws} draws (standard error of the mean {error:,.2f} {plan.currency}), for columns do not hold {reason}"
    return replace(found, by=why)
