"""Can we pay on this? Any KPI, scope and period, or every component of a plan, from the last period that is over."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import median_low

import numpy as np

from data_contracts.problems import Problem, Problems
from kpis.calendar import Period
from kpis.incentives import deciding, luck, readiness
from kpis.incentives.chance import Belief
from kpis.incentives.curves import NoResultError
from kpis.incentives.deciding import Deciding
from kpis.incentives.noise import Asked
from kpis.incentives.paid import Participant, Reading, Values, choose
from kpis.incentives.plan import Aim, Component, Plan, Source, parse
from kpis.incentives.readiness import Ready
from kpis.incentives.resample import SEED
from kpis.targets import Target
from kpis.targets import scope as scope_of
from kpis.workflows.backtest import past, read
from kpis.workflows.histories import agreed, targets_for, window_of
from kpis.workflows.known import design_of, flags, reads_of
from kpis.workflows.known import known_of as known_of
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
    """Every component of a plan that reads a KPI, what else decides money, and what kept any from being assessed."""

    ready: tuple[Ready, ...]
    problems: tuple[Problem, ...]
    deciding: tuple[Deciding, ...] = ()

    @property
    def lacking(self) -> list[Problem]:
        """Everything that stands in the way, each with what mends it."""
        return [*self.problems, *readiness.problems(self.ready), *deciding.problems(self.deciding)]


def blocks(snapshot: Snapshot, plan: Plan, period: str = "") -> list[Problem]:
    """What keeps a plan from being approved: figures that cannot be paid on, each with the cheapest mend."""
    return assess(snapshot, plan, period).lacking


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
    others: list[Deciding] = []
    for kind, source, points in deciding.sources(plan):
        try:
            others += _deciding(snapshot, plan, (kind, source, points), before, people)
        except Problems as none:
            problems += none.problems
    return Assessed(tuple(ready), tuple(problems), tuple(others))


def _deciding(
    snapshot: Snapshot, plan: Plan, asked: tuple[str, Source, tuple[Fraction, ...]], before: Sequence[Period],
    people: Sequence[Participant],
) -> Iterator[Deciding]:  # fmt: skip
    """What a gate, modifier, kicker, pool or second figure reads for its typical holder; nothing where it reads no KPI."""
    kind, source, points = asked
    reads = list(reads_of(snapshot, source, before[-1], people))
    for name in {each.own[0] for each in reads}:
        kpi = snapshot.workspace.kpi(name)
        known = known_of(snapshot, kpi, {each.own[1] for each in reads}, before[-1])
        held = sorted(
            (each for each in reads if f"{name}@{each.own[1]}" in known),
            key=lambda each: known[f"{name}@{each.own[1]}"].n,
        )
        if not held:
            place = f"plan {plan.id}, {kind} {source.id}"
            raise Problems([Problem(place, "answers in the last whole period", "none", "Let answers come in.")])
        typical = held[(len(held) - 1) // 2]
        aim: Aim | Target | None = source.target if isinstance(source.target, Aim) else typical.target
        whose = typical.own[1]
        yield Deciding(
            plan.id, kind, source, points, name, whose if source.scope != "self" else "self", aim.values if aim else None,
            known[f"{name}@{whose}"], design_of(snapshot, kpi, typical, before), flags(snapshot, kpi, whose, before),
        )  # fmt: skip


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
    reads = list(reads_of(snapshot, component, before[-1], people))
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
        next(iter(enough or teams), None), design_of(snapshot, kpi, typical, before),
        scope_of(typical.own[1]).kind != "person", *flags(snapshot, kpi, typical.own[1], before), _ftes(people),
        luck_of(snapshot, plan, component, before, people, known),
    )  # fmt: skip


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
