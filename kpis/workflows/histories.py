"""What a plan's people would read in a period, and the history of every such figure slice by slice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Any

import numpy as np

from data_contracts.problems import Problem, Problems
from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.figures import Figure
from kpis.incentives.paid import Frame, Participant
from kpis.incentives.plan import Plan
from kpis.incentives.resample import Series, reduced
from kpis.measured import measured
from kpis.targets import Target
from kpis.workflows import agreements, aim, cells, payroll
from kpis.workspace import Snapshot, Workspace

YEARS = timedelta(days=728)


@dataclass(frozen=True)
class Company:
    """A plan's people in a period as they would read their figures, the histories of those, and how many slices it takes.

    since and until bound the history; missing names what keeps a person out, before any figure.
    """

    plan: Plan
    window: Period
    frame: Frame
    people: tuple[Participant, ...]
    history: Mapping[str, Series]
    take: int
    since: date
    until: date
    missing: tuple[Problem, ...]


def agreed(workspace: Workspace, plan: Plan) -> None:
    """Raise Problems where a plan reads figures of single people and no agreement on them is recorded."""
    if any(source.scope == "self" for source in plan.sources) and agreements.current(workspace) is None:
        step = "Record it with `goldenthread agreement`, or pay on team figures."
        raise Problems([Problem(f"plan {plan.id}", "a recorded agreement on individual figures", "none", step)])


def window_of(snapshot: Snapshot, plan: Plan, period: str = "") -> Period:
    """The period of that name, or the one that holds today; raises Problems when the plan does not pay such periods."""
    calendar = snapshot.workspace.settings.calendar
    window = (
        calendar.parse(period, "--period") if period else calendar.containing(snapshot.workspace.today, plan.frequency)
    )
    if window.kind != plan.frequency:
        step = "Name such a period."
        raise Problems([Problem("--period", f"a {plan.frequency}, as the plan pays", window.name, step)])
    return window


def company(snapshot: Snapshot, plan: Plan, period: str = "") -> Company:
    """Everything a simulation of a plan is made of; raises Problems without history or agreement."""
    workspace = snapshot.workspace
    agreed(workspace, plan)
    window = window_of(snapshot, plan, period)
    targets = targets_for(workspace, window)
    cut = payroll.people(snapshot, plan, window)
    held = [(contract, parts) for contract, parts, missing in cut if parts and not missing]
    wanted = payroll.wanted(payroll.every_read(snapshot, plan, held, window, targets))
    span, history = histories(snapshot, {(kpi, scope) for kpi, scope, _ in wanted})
    take = len(workspace.settings.calendar.slices(window.start, window.end))
    figures = {each: _stand_in(each, history.get(f"{each[0]}@{each[1]}"), take) for each in wanted}
    people = tuple(
        payroll.participant(snapshot, plan, contract, parts, window, targets, figures) for contract, parts in held
    )
    year = workspace.settings.calendar.containing(window.start, "year").days
    missing = tuple(problem for _, _, found in cut for problem in found)
    frame = Frame(window.name, window.days, year)
    return Company(plan, window, frame, people, history, take, *span, missing)


def targets_for(workspace: Workspace, window: Period) -> payroll.Targets:
    """The targets of a period; where it has none of a KPI and scope, the newest ones set for another of its kind."""
    calendar, found = workspace.settings.calendar, aim.current(workspace)
    own = {(each.kpi, each.scope) for each in found.values() if each.period == window.name}
    others = [
        each
        for each in found.values()
        if each.period != window.name and calendar.parse(each.period).kind == window.kind
    ]
    newest: dict[tuple[str, str], Target] = {}
    for each in sorted(others, key=lambda each: calendar.parse(each.period).start):
        newest[each.kpi, each.scope] = each
    moved = {each.id: each.model_copy(update={"period": window.name}) for key, each in newest.items() if key not in own}
    return payroll.Targets(found | moved)


def _stand_in(wanted: payroll.Wanted, series: Series | None, take: int) -> Figure:
    """A figure with the answers to be expected of a period, so that what is read in its place is found as in a run."""
    if series is None or not series.bottom.any():
        return Figure(*wanted, None, None, None, 0.0, None, "no data", "")
    n = float(np.asarray(series.n).mean()) * take
    return Figure(*wanted, None, None, None, n, n, "ok", "", int(series.top.sum()), int(series.bottom.sum()))


def slices(snapshot: Snapshot, kpis: Iterable[KpiDefinition]) -> list[Period]:
    """The whole slices of the last two years in which every one of these KPIs has facts that are ripe."""
    calendar, today, first, last = snapshot.workspace.settings.calendar, snapshot.workspace.today, date.min, date.max
    for kpi in kpis:
        held = cells.extent(snapshot, kpi)
        if held is None:
            continue
        wait = timedelta(days=ceil((kpi.matures_after or timedelta()) / timedelta(days=1)))
        first, last = max(first, held[0]), min(last, held[1], today - wait)
    if first == date.min:
        return []
    days = calendar.slices(max(first, last - YEARS), last + timedelta(days=1))
    ends = [*days[1:], calendar.slices(days[-1], days[-1] + timedelta(days=8))[1]]
    found = [Period(day, end, "slice", day.isoformat()) for day, end in zip(days, ends, strict=True)]
    return [each for each in found[1:] if each.end <= last + timedelta(days=1)]  # the first may have begun before


def histories(snapshot: Snapshot, wanted: Iterable[tuple[str, str]]) -> tuple[tuple[date, date], dict[str, Series]]:
    """Each figure (KPI, scope) slice by slice, by KPI@scope, and the days they span; quantiles, which pay nothing, left out."""
    by_kpi: dict[str, list[str]] = {}
    for kpi, scope in sorted(wanted):
        by_kpi.setdefault(kpi, []).append(scope)
    kpis = {name: snapshot.workspace.kpi(name) for name in by_kpi}
    kpis = {name: kpi for name, kpi in kpis.items() if kpi.measure.kind != "quantile" and cells.extent(snapshot, kpi)}
    spans = slices(snapshot, kpis.values())
    if not spans:
        step = "Build facts of the plan's KPIs first; whole ripe weeks are needed."
        raise Problems([Problem("history", "slices that hold figures of every KPI of the plan", "none", step)])
    found: dict[str, Series] = {}
    for name, held in kpis.items():
        found |= {f"{name}@{scope}": each for scope, each in _of_kpi(snapshot, held, by_kpi[name], spans).items()}
    return (spans[0].start, spans[-1].end), found


def _of_kpi(
    snapshot: Snapshot, kpi: KpiDefinition, scopes: Sequence[str], spans: Sequence[Period]
) -> dict[str, Series]:
    made = measured(kpi, cells.summed(snapshot, kpi, scopes, spans), None, cells.read_on(snapshot, kpi))
    if made.found.numerator is None or made.found.denominator is None:
        return {}
    place = {each.name: at for at, each in enumerate(spans)}
    columns: dict[str, list[list[Any]]] = {}
    rows = zip(
        made.keys["scope"], made.keys["window"], made.found.numerator, made.found.denominator, made.found.n, strict=True
    )
    for scope, window, top, bottom, n in rows:
        of = columns.setdefault(scope, [[0] * len(spans), [0] * len(spans), [0.0] * len(spans)])
        of[0][place[window]], of[1][place[window]], of[2][place[window]] = int(top), int(bottom), float(n)
    times = 100 if kpi.unit == "percent" else 1
    return {scope: reduced(top, bottom, n, times, kpi.min_n_show) for scope, (top, bottom, n) in columns.items()}
