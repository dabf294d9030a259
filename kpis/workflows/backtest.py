"""A plan applied to the periods that are over, from the figures and contracts of each."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from data_contracts.problems import Problem, Problems
from kpis import figures as figure_rules
from kpis.calendar import Period
from kpis.figures import Figure
from kpis.incentives import backtest as rules
from kpis.incentives.backtest import Backtest, Would, Year
from kpis.incentives.paid import Frame, Participant, Segment
from kpis.incentives.plan import Plan
from kpis.incentives.segments import Contract
from kpis.workflows import cells, payroll
from kpis.workflows.histories import agreed, targets_for
from kpis.workspace import Snapshot

PART_TIME, ON_LEAVE, MOVED = "part-time", "on leave", "moved"
GROUPS = (PART_TIME, ON_LEAVE, MOVED)
DAY = timedelta(days=1)
EVERY = 400  # more periods than any history has


def backtest(snapshot: Snapshot, plan: Plan, periods: int = 8) -> Backtest:
    """The plan over the last whole periods that hold figures of its KPIs, with the targets of each, else the newest set.

    Raises Problems where there is none, or individual figures without an agreement.
    """
    agreed(snapshot.workspace, plan)
    windows = past(snapshot, plan, periods)
    if not windows:
        step = "Wait for a whole period, or build facts of earlier ones."
        raise Problems([Problem(f"plan {plan.id}", f"a whole {plan.frequency} with figures of its KPIs", "none", step)])
    shown = {each.name for each in windows}
    would = [each for each in _paid(snapshot, plan, _from_january(snapshot, plan, windows)) if each.period in shown]
    return rules.backtest(plan, would, GROUPS)


def _from_january(snapshot: Snapshot, plan: Plan, windows: list[Period]) -> list[Period]:
    """The windows, and those of the same year before them, as far as there are figures, where what a year paid counts."""
    if not (plan.year_to_date or plan.draw):
        return windows
    year = snapshot.workspace.settings.calendar.containing(windows[0].start, "year")
    return [each for each in past(snapshot, plan, EVERY) if year.start <= each.start < windows[0].start] + windows


def _paid(snapshot: Snapshot, plan: Plan, windows: Sequence[Period]) -> Iterator[Would]:
    """Everyone's payouts period by period, each set against what those of its year before it paid."""
    calendar, years, last = snapshot.workspace.settings.calendar, dict[str, Year](), None
    for window in windows:
        year = calendar.containing(window.start, "year")
        if last is not None and year != last:
            years = {person: each.ended() for person, each in years.items()}
        last = year
        yield from rules.paid(plan, *read(snapshot, plan, window), years)


def past(snapshot: Snapshot, plan: Plan, periods: int) -> list[Period]:
    """The last whole periods in which every KPI the plan reads has facts, oldest first."""
    calendar, today = snapshot.workspace.settings.calendar, snapshot.workspace.today
    targets = targets_for(snapshot.workspace, calendar.containing(today, plan.frequency)).by_id
    named = [
        targets[each.target].kpi if isinstance(each.target, str) and each.target in targets else each.kpi
        for each in plan.sources
    ]
    held = [cells.extent(snapshot, snapshot.workspace.kpi(name)) for name in {each for each in named if each}]
    first = max((each[0] for each in held if each), default=today)
    found = calendar.between(first, calendar.containing(today, plan.frequency).start, plan.frequency)
    return [each for each in found if each.start >= first - 6 * DAY][-periods:]


def read(snapshot: Snapshot, plan: Plan, window: Period) -> tuple[Frame, list[Participant], dict[str, frozenset[str]]]:
    """A plan's people in a period with the figures of that period, and what sets each apart."""
    targets = targets_for(snapshot.workspace, window)
    cut = payroll.people(snapshot, plan, window)
    held = [(contract, parts) for contract, parts, missing in cut if parts and not missing]
    figures = figures_of(snapshot, payroll.wanted(payroll.every_read(snapshot, plan, held, window, targets)))
    people = [
        payroll.participant(snapshot, plan, contract, parts, window, targets, figures) for contract, parts in held
    ]
    marks = {contract.person: _marks(contract, parts) for contract, parts in held}
    return payroll.frame(snapshot, plan, window), people, marks


def _marks(contract: Contract, parts: Sequence[Segment]) -> frozenset[str]:
    found = {
        PART_TIME: any(part.fte < 1 for part in parts),
        ON_LEAVE: bool(contract.absences),
        MOVED: len({part.department for part in parts}) > 1,
    }
    return frozenset(name for name, holds in found.items() if holds)


def figures_of(snapshot: Snapshot, wanted: Iterable[payroll.Wanted]) -> dict[payroll.Wanted, Figure]:
    """The figures of periods that are over, as a run reads them; a delivery refused since does not unmake them."""
    scopes: dict[tuple[str, str], list[str]] = {}
    for name, scope, period in sorted(wanted):
        scopes.setdefault((name, period), []).append(scope)
    found: dict[payroll.Wanted, Figure] = {}
    for (name, period), chosen in scopes.items():
        kpi, window = snapshot.workspace.kpi(name), snapshot.workspace.settings.calendar.parse(period)
        facts = cells.summed(snapshot, kpi, chosen, [window])
        for each in figure_rules.figures(kpi, facts, chosen, [window], snapshot.workspace.today):
            found[each.kpi, each.scope, each.window] = each
    return found
