"""Can we pay on this? Any KPI, scope and period, or every component of a plan, from the last period that is over."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import median_low

import numpy as np

from data_contracts.problems import Problem, Problems
from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.incentives import luck, readiness
from kpis.incentives.beliefs import beliefs
from kpis.incentives.chance import Belief
from kpis.incentives.curves import NoResultError
from kpis.incentives.noise import Asked
from kpis.incentives.paid import Participant, Reading, Values, choose
from kpis.incentives.plan import Component, Plan, parse
from kpis.incentives.readiness import Ready
from kpis.incentives.resample import SEED
from kpis.targets import scope as scope_of
from kpis.workflows import measure, payroll
from kpis.workflows.backtest import past, read
from kpis.workflows.histories import agreed, targets_for, window_of
from kpis.workflows.so_far import Aimed
from kpis.workspace import Snapshot

KEPT = 8
ALONE = """
id: asked
frequency: {frequency}
decimals: {decimals}
components:
  - {{id: asked, title: "{title}", weight: 100, kpi: {kpi}, scope: "{scope}", curve: {{points: [[0, 50], [100, 100], [200, 150]]}}}}
"""


@dataclass(frozen=True)
class Assessed:
    """Every component of a plan that reads a KPI, assessed, and what kept others from being so."""

    ready: tuple[Ready, ...]
    problems: tuple[Problem, ...]


def blocks(snapshot: Snapshot, plan: Plan, period: str = "") -> list[Problem]:
    """What keeps a plan from being approved: figures that cannot be paid on, each with the cheapest mend."""
    found = assess(snapshot, plan, period)
    return [*found.problems, *readiness.problems(found.ready)]


def alone(snapshot: Snapshot, kpi: str, scope: str, period: str) -> Assessed:
    """One KPI and scope as if a plan paid on it, half at threshold and half as much again at stretch.

    Raises Problems for an unknown KPI or scope.
    """
    definition, window = snapshot.workspace.kpi(kpi), snapshot.workspace.settings.calendar.parse(period, "--period")
    scope_of(scope, "--scope") if scope not in ("self", "own_department") else None
    given = {
        "frequency": window.kind,
        "decimals": definition.decimals,
        "title": definition.title,
        "kpi": kpi,
        "scope": scope,
    }
    return assess(snapshot, parse(ALONE.format(**given)), period)


def assess(snapshot: Snapshot, plan: Plan, period: str = "") -> Assessed:
    """Whether each component can be paid on in a period (default: the one that runs); raises Problems as a run does."""
    agreed(snapshot.workspace, plan)
    window, before = window_of(snapshot, plan, period), past(snapshot, plan, KEPT)
    if not before:
        step = "Monitor its KPIs first: two whole periods before the first paid one."
        return Assessed(
            (), (Problem(f"plan {plan.id}", f"a whole {plan.frequency} with figures of its KPIs", "none", step),)
        )
    _, people, _ = read(snapshot, plan, before[-1])
    ready: list[Ready] = []
    problems: list[Problem] = []
    for component in plan.components:
        try:
            ready += [readiness.assess(each) for each in _asked(snapshot, plan, component, window, before, people)]
        except Problems as none:
            problems += none.problems
    return Assessed(tuple(ready), tuple(problems))


def _asked(
    snapshot: Snapshot, plan: Plan, component: Component, window: Period, before: Sequence[Period],
    people: Sequence[Participant],
) -> Iterator[Asked]:  # fmt: skip
    """The component as its typical holder reads it; nothing where it reads no KPI."""
    target = (
        targets_for(snapshot.workspace, window).by_id.get(component.target)
        if isinstance(component.target, str)
        else None
    )
    name = target.kpi if target else component.kpi
    if name is None:
        return
    kpi, place = snapshot.workspace.kpi(name), f"plan {plan.id}, component {component.id}"
    reads = list(_reads(snapshot, component, before[-1], people))
    known = known_of(snapshot, kpi, {scope for each in reads for scope in (each.own[1], *each.larger)}, before[-1])
    held = [each for each in reads if each.target is not None and f"{name}@{each.own[1]}" in known]
    if not held:
        step = "Set targets for the period, and let answers come in."
        raise Problems([Problem(place, "a target and answers in the last whole period", "none", step)])
    sizes = {each.own[1]: known[f"{name}@{each.own[1]}"].n for each in held}
    typical = next(each for each in held if sizes[each.own[1]] == median_low(sizes.values()))
    assert typical.target is not None  # looked at above
    belief, values = known[f"{name}@{typical.own[1]}"], typical.target.values
    teams = [known[f"{name}@{scope}"] for scope in typical.larger if f"{name}@{scope}" in known]
    enough = [each for each in teams if each.n >= (component.min_n or 0)]
    yield Asked(
        plan, component, name, typical.own[1] if component.scope != "self" else "self", window.name, values, belief,
        next(iter(enough or teams), None), max(1.0, belief.n / belief.effective_n),
        scope_of(typical.own[1]).kind != "person", *_flags(snapshot, kpi, typical.own[1], before), _ftes(people),
        luck_of(snapshot, plan, component, before, people, known),
    )  # fmt: skip


def _reads(
    snapshot: Snapshot, component: Component, window: Period, people: Iterable[Participant]
) -> Iterator[payroll.Read]:
    """What everyone reads; where nobody is in the plan, what the component names itself."""
    targets, found = targets_for(snapshot.workspace, window), False
    for each in people:
        for department in {segment.department for segment in each.segments}:
            read_there = payroll.reads(snapshot, component, each.person, department, window, targets)
            if read_there:
                found = True
                yield read_there
    if not found and component.kpi and component.scope and component.scope not in ("self", "own_department"):
        at = (component.kpi, component.scope, window.name)
        yield payroll.Read(at, ("company",) if component.scope != "company" else (), Aimed(targets.by_place.get(at)))


def known_of(snapshot: Snapshot, kpi: KpiDefinition, scopes: Iterable[str], window: Period) -> dict[str, Belief]:
    """What is known of the true value behind each figure of a period, each level shrunken by itself; by KPI@scope."""
    levels: dict[str, list[str]] = {}
    for each in sorted(set(scopes)):
        levels.setdefault(scope_of(each).kind, []).append(each)
    found: dict[str, Belief] = {}
    for level in levels.values():
        made = measure.estimated(snapshot, kpi, level, [window])
        names = [f"{kpi.id}@{scope}" for scope in made.keys["scope"]]
        scale = (kpi.measure.low, kpi.measure.high) if kpi.measure.kind == "mean" else (None, None)
        times = 100 if kpi.unit == "percent" else 1
        found |= beliefs(names, made.found, made.d, times, kpi.min_n_show, scale)
    return found


def _flags(snapshot: Snapshot, kpi: KpiDefinition, scope: str, before: Sequence[Period]) -> tuple[bool, bool, str, int]:
    """Contract passing, ripe, guardrail, and in how many whole periods the figure could be shown."""
    told = measure.figures(snapshot, kpi, [scope], before)
    valid, ripe = measure.validated(snapshot, kpi, before[-1]), told[-1].state != "ripening"
    return valid, ripe, kpi.guardrail or "", sum(each.state in ("ok", "ripening") for each in told)


def _ftes(people: Iterable[Participant]) -> tuple[Fraction, ...]:
    """The part-time factors that at least one person has, the commonest twelve."""
    found = Counter(segment.fte for each in people for segment in each.segments)
    return tuple(fte for fte, _ in found.most_common(12))


def luck_of(
    snapshot: Snapshot, plan: Plan, component: Component, before: Sequence[Period], people: Sequence[Participant],
    given: Mapping[str, Belief],
) -> luck.Luck:  # fmt: skip
    """The luck share of a component among its people in the last whole period, or over periods of a figure all share."""
    known = dict(given)
    rng = np.random.default_rng(SEED)
    read_by: dict[str, tuple[str, Values | None, float]] = {}
    for each in people:
        reading = each.segments[-1].readings.get(component.id, Reading())
        try:
            value, whose = choose(plan, component, reading)
        except NoResultError:
            continue
        ratio = reading.team if whose == "team" else reading.own
        name = ratio.of.rsplit("@", 1)[0] if ratio else ""
        if whose == "credibility" and name in known:
            known[f"{name}~"] = _mixed(plan, known[name], float(value))
            name += "~"
        pays = luck.percent(plan, component, np.array([float(value)]), reading.target)
        read_by[each.person] = (name, reading.target, float(pays[0]))
    if len({name for name, _, _ in read_by.values()}) != 1:
        return luck.of_group(plan, component, read_by, known, rng)
    name, target, _ = next(iter(read_by.values()))
    kpi, scope = name.split("@", 1)
    series = [known_of(snapshot, snapshot.workspace.kpi(kpi), [scope], window).get(name) for window in before]
    held = [each for each in series if each is not None]
    told = [(each, float(luck.percent(plan, component, np.array([each.mean]), target)[0])) for each in held]
    return luck.over_time(plan, component, told, target, rng)


def _mixed(plan: Plan, own: Belief, value: float) -> Belief:
    """A figure weighed with the team's: of its own chance, Z is left."""
    weight = own.n / (own.n + float(plan.credibility_k or 1))
    return replace(own, kind="mean", mean=value, sd=own.sd * weight, spread=own.spread * weight**2)
