"""What a payout run reads: who takes part, under which contract, and the figure that each component reads for them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from data_contracts.problems import Problem
from kpis.calendar import Period
from kpis.figures import Figure
from kpis.incentives.paid import Participant, Ratio, Reading, Segment, mixed, rule_of, whose
from kpis.incentives.plan import Aim, Component, Plan, Source
from kpis.incentives.segments import Contract
from kpis.targets import Target
from kpis.workflows.aiming import Aiming
from kpis.workflows.aiming import Targets as Targets
from kpis.workflows.aiming import Wanted as Wanted
from kpis.workflows.enrolled import frame as frame
from kpis.workflows.enrolled import people as people
from kpis.workflows.enrolled import so_far, window
from kpis.workflows.so_far import Aimed, SoFar
from kpis.workspace import Snapshot

MILLION = 1_000_000


@dataclass(frozen=True)
class Balance:
    """What a person's next payout is set against, in minor units.

    `paid_before`: paid for the periods of this year before, without draws that are still to be made good; `carried`: the
    shortfall of the year before; `draws`: still to be made good.
    """

    paid_before: int = 0
    carried: int = 0
    draws: int = 0


@dataclass(frozen=True)
class Read:
    """Where one source's figure comes from for one person.

    KPI, scope (empty: nowhere) and window; what it aims at; and the same of the larger scopes, the nearest first: a team's
    figure is held against the team's own target, never against one that was set for somebody else.
    """

    own: Wanted
    aimed: Aimed
    teams: tuple[tuple[Wanted, Aimed], ...] = ()

    @property
    def target(self) -> Target | None:
        """The target; the newest one, where those of several periods are mixed."""
        return self.aimed.target

    @property
    def larger(self) -> tuple[str, ...]:
        """The larger scopes."""
        return tuple(scope for (_, scope, _), _ in self.teams)

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """Every figure that may be read: one's own, if there is one, and then the larger scopes'."""
        mine = (self.own,) if self.own[1] else ()
        return (*mine, *(name for name, _ in self.teams))

    @property
    def weighed(self) -> tuple[Wanted, ...]:
        """The figures whose answers weigh the targets of several periods."""
        return tuple(name for aimed in (self.aimed, *(aimed for _, aimed in self.teams)) for name, _ in aimed.parts)


def reads(
    snapshot: Snapshot,
    source: Source,
    person: str,
    department: str,
    period: Period,
    targets: Targets,
    looked_at: str = "",
    year: SoFar | None = None,
    larger_in: str = "",
) -> Read | None:
    """Where a source reads its figure for a person in a department; None where it is given as an actual or has no target.

    `own_department` is the nearest department upwards that holds a target; `self` without a target of its own takes
    the values of that department. The figure is that of the window `looked_at`, the period unless said, the larger scopes'
    that of `larger_in`; the target is the period's, or that of the `year` so far by the plan's rule.
    """
    tree = snapshot.organisation
    upwards = [f"department:{each}" for each in tree.ancestors(department)] + ["company"]
    name = looked_at or period.name
    if isinstance(source.target, str):
        target = targets.by_id.get(source.target)
        return _named(target, upwards, period, targets, name, year) if target else None
    if source.kpi is None or source.scope is None:
        return None
    aiming = Aiming(source.kpi, period, targets, year)
    held = next(filter(aiming.holds, upwards), "")
    scope = {"own_department": held or upwards[0], "self": f"person:{person}"}.get(source.scope, source.scope)
    holder = held if source.scope == "self" and not aiming.holds(scope) else scope
    above = aiming.above(scope, upwards, larger_in or name)
    return Read((source.kpi, scope, name), aiming.at(holder, scope, name), above)


def _named(
    target: Target, upwards: Sequence[str], period: Period, targets: Targets, name: str, year: SoFar | None
) -> Read:
    """What a source reads that names a target: of the period that is paid, or of another, which then is looked at."""
    if target.period == period.name:
        aiming = Aiming(target.kpi, period, targets, year)
        aimed = aiming.at(target.scope, target.scope, name) if year else Aimed(target)
    else:
        name = target.period
        aiming = Aiming(target.kpi, replace(period, name=name), targets, None)
        aimed = Aimed(target)
    return Read((target.kpi, target.scope, name), aimed, aiming.above(target.scope, upwards, name))


def _segment_reads(
    snapshot: Snapshot, plan: Plan, source: Source, person: str, part: Segment, parts: Sequence[Segment], period: Period,
    targets: Targets,
) -> Read | None:  # fmt: skip
    """Where a source reads its figure for one segment.

    A figure of one's own is that of the segment's own days. A department's is that of the whole period, of the time spent
    there, or of the department at the end, as the plan says. A segment without a whole slice has no figure of its own.
    """
    whole, department = window(snapshot, plan, period), part.department
    if plan.department_figure == "at_period_end":
        department = max(parts, key=lambda each: (each.end or period.end, each.share)).department
    own = source.scope == "self" or (plan.department_figure == "while_there" and source.scope == "own_department")
    moved = len({(each.start, each.end) for each in parts}) > 1
    looked_at: Period | None = whole
    if own and moved and part.start and part.end:
        looked_at = snapshot.workspace.settings.calendar.span(part.start, part.end)
    name, year = looked_at.name if looked_at else whole.name, so_far(snapshot, plan, period)
    larger_in = whole.name if source.scope == "self" and plan.department_figure != "while_there" else ""
    found = reads(snapshot, source, person, department, period, targets, name, year, larger_in)
    if found is None or looked_at:
        return found
    kpi, _, name = found.own
    return replace(found, own=(kpi, "", name))


def wanted(found: Iterable[Read]) -> set[Wanted]:
    """Every figure that may be read, the larger scopes and those that weigh targets among them."""
    return {name for each in found for name in (*each.wanted, *each.weighed)}


def participant(
    snapshot: Snapshot, plan: Plan, contract: Contract, parts: Sequence[Segment], period: Period, targets: Targets,
    figures: Mapping[Wanted, Figure], balance: Balance | None = None,
) -> Participant:  # fmt: skip
    """A person with the readings of everything that reads, and what their payout is set against."""

    def readings(found: Iterable[tuple[Source, Read | None]]) -> dict[str, Reading]:
        return {source.id: _reading(snapshot, plan, source, read, figures) for source, read in found if read}

    person, mine = contract.person, balance or Balance()
    segments = tuple(
        replace(
            part,
            readings=readings(
                (source, _segment_reads(snapshot, plan, source, person, part, parts, period, targets))
                for source in plan.segment_sources
            ),
        )
        for part in parts
    )
    last = parts[-1].department if parts else ""
    name, year = window(snapshot, plan, period).name, so_far(snapshot, plan, period)
    whole = readings(
        (source, reads(snapshot, source, person, last, period, targets, name, year)) for source in plan.person_sources
    )
    return Participant(person, segments, whole, mine.paid_before, mine.carried, mine.draws)


def _reading(snapshot: Snapshot, plan: Plan, source: Source, found: Read, figures: Mapping[Wanted, Figure]) -> Reading:
    """What a source reads for somebody; where the team's figure pays, it is held against the team's target.

    A team must be ready to pay alone; credibility weighs a figure of one's own with the nearest department's, ready or not.
    """
    needed, mine = source.min_n if isinstance(source, Component) and source.min_n else 0, figures.get(found.own)
    own = ratio(snapshot, mine, few=mine is not None and mine.n < needed)
    given = source.target.values if isinstance(source.target, Aim) else None
    aims = given is None and found.target is not None
    least = 0 if own and rule_of(plan, source) == "credibility" else needed
    larger = ((ratio(snapshot, figures.get(name)), aimed) for name, aimed in found.teams if aimed.target or not aims)
    ready = (each for each in larger if each[0] and (each[0].n or 0) >= least)
    team, theirs = next(ready, (None, found.aimed))
    aimed = theirs if aims and whose(plan, source, own, team) == "team" else found.aimed
    parts = tuple(
        (part, target.values) for name, target in aimed.parts if (part := counted(snapshot, figures.get(name)))
    )
    target = given or (aimed.target.values if aimed.target else None)
    target = mixed(parts) if aimed.parts and figures else target  # a letter is written before there are any
    named = aimed.target.id if aimed.target else ""
    return Reading(
        own, team, target=target, target_id=named, parts=parts,
        because=mine.reason if mine and own is None else "",
        instead_of="" if found.target is None or found.target.id == named else found.target.id,
    )  # fmt: skip


def ratio(snapshot: Snapshot, figure: Figure | None, few: bool = False) -> Ratio | None:
    """The exact ratio of a figure that may be paid on, in the KPI's display unit; None for every other state.

    `few` lets one with too few answers through, where the plan's minimum keeps it from paying and a statement tells its n.
    """
    states = ("ok", "too few") if few else ("ok",)
    return counted(snapshot, figure) if figure and figure.state in states else None


def counted(snapshot: Snapshot, figure: Figure | None) -> Ratio | None:
    """The exact ratio of a figure whatever its state; None where nothing was counted."""
    if figure is None or figure.numerator is None or not figure.denominator:
        return None
    times = 100 if snapshot.workspace.kpis[figure.kpi].unit == "percent" else 1
    answers = Fraction(round(figure.n * MILLION), MILLION)
    return Ratio(figure.numerator * times, figure.denominator, answers, f"{figure.kpi}@{figure.scope}@{figure.window}")


def every_read(
    snapshot: Snapshot,
    plan: Plan,
    people: Iterable[tuple[Contract, Sequence[Segment]]],
    period: Period,
    targets: Targets,
) -> Iterator[Read]:
    """Every figure a run may read."""
    name, year = window(snapshot, plan, period).name, so_far(snapshot, plan, period)
    for contract, parts in people:
        for part in parts:
            for source in plan.segment_sources:
                if found := _segment_reads(snapshot, plan, source, contract.person, part, parts, period, targets):
                    yield found
        for department in {part.department for part in parts[-1:]}:
            for source in plan.person_sources:
                if found := reads(snapshot, source, contract.person, department, period, targets, name, year):
                    yield found


def refused(reads: Iterable[Read], plan: Plan, period: Period) -> list[Problem]:
    """Why no target counts for a year so far: those of its periods differ, and the plan does not say which one."""
    step = "Set one for the days so far, or write year_to_date: {target: by_volume} or {target: of_period} in the plan."
    place, wanted = f"plan {plan.id}, year_to_date.target", f"one target for the year up to {period.name}"
    told = dict.fromkeys(each.aimed.refused for each in reads if each.aimed.refused)
    return [Problem(place, wanted, each, step) for each in told]
