"""What is at stake while a period runs: pay at target, and what the figures to date would pay, line by line."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kpis.exact import round_half_away
from kpis.figures import Figure
from kpis.incentives.curves import NoResultError
from kpis.incentives.evidence import Run
from kpis.incentives.paid import Frame, Participant
from kpis.incentives.plan import Plan
from kpis.incentives.reckon import Work, due, reckon
from kpis.incentives.run import Amounts, amounts, pooled
from kpis.incentives.statement import Step, statement
from kpis.targets import Target, scope
from kpis.workflows import agreements, aim, inforce, measure, pay, payroll
from kpis.workflows.measure import Asked
from kpis.workspace import Snapshot

NOT_AGREED = "It reads figures of single people, and no agreement on them is recorded: until then it pays nobody."


@dataclass(frozen=True)
class Line:
    """One component of one person in one department; money in minor units. `pays` is None where no figure pays yet.

    `instead_of`: the target in whose place that of a larger scope stands, for want of answers.
    """

    plan: str
    component: str
    title: str
    weight: Fraction
    target: str
    person: str
    department: str
    at_target: Fraction
    pays: int | None
    instead_of: str = ""


@dataclass(frozen=True)
class Held:
    """A target somebody holds with its figure to date, and the money on it of those who are looked at.

    asked: who is behind a survey figure; None for others, and where nobody kept whom it was sent to. replaced: a larger
    scope pays in its place, for want of answers.
    """

    target: Target
    figure: Figure
    lines: tuple[Line, ...]
    asked: Asked | None = None
    replaced: bool = False

    @property
    def people(self) -> int:
        """How many people's pay is added up."""
        return len({line.person for line in self.lines})

    @property
    def at_target(self) -> int:
        """Pay at target, minor units."""
        return round_half_away(sum((line.at_target for line in self.lines), Fraction(0)))

    @property
    def pays(self) -> int | None:
        """Pay at the figure to date; None where it pays nobody yet."""
        known = [line.pays for line in self.lines if line.pays is not None]
        return sum(known) if known else None


def lines(snapshot: Snapshot, period: str) -> list[Line]:
    """Every line of every plan that pays that period, at the figures to date."""
    return [line for plan in _paying(snapshot, period) for line in _of_plan(snapshot, plan.id, period)]


def _paying(snapshot: Snapshot, period: str) -> list[Plan]:
    return inforce.of_period(snapshot.workspace, snapshot.workspace.settings.calendar.parse(period))


def agreed_lines(snapshot: Snapshot, period: str) -> list[Line]:
    """The same without plans that read figures of single people while no agreement on them is recorded."""
    told = [each.id for each in _paying(snapshot, period) if not agreements.lacking(snapshot.workspace, each)]
    return [line for name in told for line in _of_plan(snapshot, name, period)]


def _of_plan(snapshot: Snapshot, name: str, period: str) -> list[Line]:
    ready = pay.prepare(snapshot, name, period, to_date=True)
    paid = amounts(ready.run)
    return [
        line
        for each, amount in zip(ready.run.participants, paid, strict=True)
        for line in _of_person(ready, each, amount)
    ]


def _of_person(ready: pay.Prepared, each: Participant, amount: Amounts) -> Iterable[Line]:
    cents = iter(amount.lines)
    for segment in each.segments:
        whole = due(ready.plan, segment, ready.run.frame).amount
        for component in ready.plan.components:
            weight = component.weight or Fraction(0)
            reading = segment.readings.get(component.id)
            yield Line(
                ready.plan.id, component.id, component.name, weight, reading.target_id if reading else "", each.person,
                segment.department, whole * weight / 100, None if amount.reason else next(cents), reading.instead_of if reading else "",
            )  # fmt: skip


def held(snapshot: Snapshot, owner: str, period: str, paying: Iterable[Line]) -> list[Held]:
    """The targets of a scope in a period, its joint ones among them, each with its figure to date and the lines given."""
    by_target: Mapping[str, list[Line]] = defaultdict(list)
    replaced: set[str] = set()
    for line in paying:
        by_target[line.target].append(line)
        replaced.add(line.instead_of)
    whose = scope(owner)
    mine = [each for each in aim.current(snapshot.workspace).values() if each.period == period]
    chosen = [
        each for each in mine if each.scope == owner or (whose.kind == "department" and _joint(each, whose.members[0]))
    ]
    chosen += [each for each in mine if each.id in by_target and each not in chosen]
    order = sorted(chosen, key=lambda each: (-len(by_target.get(each.id, ())), each.id))
    own = whose.kind == "person"
    return [_held(snapshot, each, tuple(by_target.get(each.id, ())), own, each.id in replaced) for each in order]


def _held(snapshot: Snapshot, target: Target, paying: tuple[Line, ...], own: bool, replaced: bool) -> Held:
    """`own`: one person's, who is told what pays them, as their statement does."""
    kpi, window = snapshot.workspace.kpi(target.kpi), snapshot.workspace.settings.calendar.parse(target.period)
    found = (measure.exact if own else measure.figures)(snapshot, kpi, [target.scope], [window])
    asked = measure.asked(snapshot, kpi, found, [window])
    return Held(target, found[0], paying, asked.get((target.scope, window.name)), replaced)


def _joint(each: Target, department: str) -> bool:
    whose = scope(each.scope)
    return whose.kind == "joint" and department in whose.members


@dataclass(frozen=True)
class Preview:
    """One person's payout if the period closed today, or why the plan finds none yet."""

    plan: Plan
    work: Work | None
    steps: tuple[Step, ...]
    reason: str = ""


def previews(snapshot: Snapshot, person: str, period: str) -> list[Preview]:
    """What every plan that pays the period would pay one person at the figures to date; raises Problems for a broken plan."""
    found: list[Preview] = []
    for plan in _paying(snapshot, period):
        if agreements.lacking(snapshot.workspace, plan):
            found += [Preview(plan, None, (), NOT_AGREED)] * _takes_part(snapshot, plan, person, period)
            continue
        ready = pay.prepare(snapshot, plan.id, period, "" if plan.pool else person, to_date=True)
        found += [Preview(plan, None, (), str(each)) for each in ready.blocked if not plan.pool or each.where == person]
        mine = [each for each in ready.run.participants if each.person == person]
        found += [_preview(plan, frame, each) for frame, each in _shared(ready.run, mine)]
    return found


def _shared(run: Run, mine: Sequence[Participant]) -> list[tuple[Frame, Participant]]:
    """One person of a run with their share of the pool, which everybody's figures make; as they are where there is none."""
    if run.plan.pool is None or not mine:
        return [(run.frame, each) for each in mine]
    try:
        settled = pooled(run)
    except NoResultError:
        return [(run.frame, each) for each in mine]
    held = [(settled.frame, each) for each in settled.participants if each.person == mine[0].person]
    return held or [(run.frame, each) for each in mine]


def _takes_part(snapshot: Snapshot, plan: Plan, person: str, period: str) -> bool:
    window = snapshot.workspace.settings.calendar.parse(period)
    return any(
        contract.person == person and (parts or missing)
        for contract, parts, missing in payroll.people(snapshot, plan, window)
    )


def _preview(plan: Plan, frame: Frame, each: Participant) -> Preview:
    try:
        work = reckon(plan, each, frame)
    except NoResultError as none:
        return Preview(plan, None, (), none.told)
    return Preview(plan, work, statement(plan, each, frame, work))
