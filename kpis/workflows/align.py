"""The thread of a workspace: every promise, KPI and target, every component that pays on them, and the money that runs along."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from data_contracts.problems import Problem, Problems, did_you_mean
from kpis.alignment import Path
from kpis.calendar import FREQUENCIES, Period
from kpis.definitions import KpiDefinition
from kpis.exact import largest_remainder, round_half_away
from kpis.incentives.paid import Frame
from kpis.incentives.plan import Component, Plan
from kpis.incentives.reckon import due
from kpis.organisation import Organisation
from kpis.targets import Target
from kpis.workflows import aim, identities, inforce, measure, pay, payroll
from kpis.workflows.kept import closed_runs
from kpis.workspace import Snapshot

Thread = tuple[str, str | None, str | None]  # component, KPI, target
MONITORED = 2  # periods before the first that pays (definitions.md, "Ready for pay")


def paths(snapshot: Snapshot, whole_year: str = "") -> list[Path]:
    """Every thread, whole or broken, with pay at target of the open periods, or of the business year where it is asked for."""
    workspace = snapshot.workspace
    targets = payroll.Targets(aim.current(workspace))
    ready = {name: not unready(snapshot, workspace.kpis[name]) for name in snapshot.built if name in workspace.kpis}
    found = [
        path
        for plan, periods in _paying(snapshot, bool(whole_year))
        for path in _of_plan(snapshot, plan, periods, targets, ready)
    ]
    return found + _beside_pay(snapshot, found, targets)


def _beside_pay(snapshot: Snapshot, paid: list[Path], targets: payroll.Targets) -> list[Path]:
    """What no plan pays on: targets of periods that have not ended, then KPIs that hold figures, then promises."""
    workspace, found = snapshot.workspace, list[Path]()
    used = {node for each in paid for node in each.nodes}
    for target in _current(snapshot, targets):
        if f"target:{target.id}" not in used and target.kpi in workspace.kpis:
            joint = target.scope.startswith("joint:")
            found.append(
                Path(_promise(workspace.kpis[target.kpi]), f"kpi:{target.kpi}", f"target:{target.id}", None, joint)
            )
    used |= {node for each in found for node in each.nodes}
    for kpi in workspace.kpis.values():
        if f"kpi:{kpi.id}" not in used and kpi.id in snapshot.built:
            found.append(Path(_promise(kpi), f"kpi:{kpi.id}", None, None))
    measured = {each.promise for each in (*paid, *found)}
    lonely = (f"promise:{each.id}" for each in workspace.promises.promises)
    return found + [Path(name, None, None, None) for name in lonely if name not in measured]


def _promise(kpi: KpiDefinition | None) -> str | None:
    return f"promise:{kpi.promise_id}" if kpi and kpi.promise_id else None


def _current(snapshot: Snapshot, targets: payroll.Targets) -> Iterator[Target]:
    """The targets whose period has not ended."""
    calendar, today = snapshot.workspace.settings.calendar, snapshot.workspace.today
    yield from (each for each in targets.by_id.values() if calendar.parse(each.period).end > today)


def _paying(snapshot: Snapshot, whole_year: bool) -> list[tuple[Plan, list[Period]]]:
    """Every plan version with the periods of the business year it pays: those that are not closed, or all of them.

    The version in force on a period's first day pays it; drafts pay nothing.
    """
    workspace, calendar = snapshot.workspace, snapshot.workspace.settings.calendar
    year = calendar.containing(workspace.today, "year")
    done = closed_runs(workspace)
    closed = {(run.plan, run.period) for run in pay.runs(workspace) if run.id in done}
    found: dict[str, tuple[Plan, list[Period]]] = {}
    windows = (each for kind in FREQUENCIES for each in calendar.between(year.start, year.end, kind))
    for plan, period in inforce.of_periods(workspace, windows):
        if whole_year or (plan.id, period.name) not in closed:
            found.setdefault(plan.digest(), (plan, []))[1].append(period)
    return list(found.values())


def _of_plan(
    snapshot: Snapshot, plan: Plan, periods: list[Period], targets: payroll.Targets, ready: Mapping[str, bool]
) -> list[Path]:
    """One path for each component, KPI and target; a component that nobody holds yet is still there to be seen."""
    money: dict[Thread, dict[tuple[str, str], Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for period in periods:
        for department, amount, person in _opportunities(snapshot, plan, period):
            for component in plan.components:
                read = payroll.reads(snapshot, component, person, department, period, targets)
                name = read.target.id if read and read.target else None
                thread = component.id, read.own[0] if read else component.kpi, name
                money[thread][department, person] += amount * (component.weight or 0) / 100
    held = {name for name, _, _ in money}
    for component in plan.components:
        if component.id not in held:
            money[_unheld(component, targets)] = {}
    return [_path(snapshot, plan, thread, targets, parts, ready) for thread, parts in money.items()]


def _unheld(component: Component, targets: payroll.Targets) -> Thread:
    named = targets.by_id.get(component.target) if isinstance(component.target, str) else None
    return component.id, named.kpi if named else component.kpi, named.id if named else None


def _path(
    snapshot: Snapshot,
    plan: Plan,
    thread: Thread,
    targets: payroll.Targets,
    parts: Mapping[tuple[str, str], Fraction],
    ready: Mapping[str, bool],
) -> Path:
    component, kpi, name = thread
    target = targets.by_id.get(name or "")
    amount = round_half_away(sum(parts.values(), Fraction(0)))
    shares = dict(zip(parts, largest_remainder(amount, list(parts.values())), strict=True)) if amount else {}
    nodes = f"kpi:{kpi}" if kpi else None, f"target:{name}" if name else None, f"pay:{plan.id}.{component}"
    joint = bool(target and target.scope.startswith("joint:"))
    return Path(_promise(snapshot.workspace.kpis.get(kpi or "")), *nodes, joint, ready.get(kpi or "", False), shares)


def _opportunities(snapshot: Snapshot, plan: Plan, period: Period) -> Iterator[tuple[str, Fraction, str]]:
    """(department, opportunity in minor units, person) of every segment of everyone in the plan."""
    calendar = snapshot.workspace.settings.calendar
    frame = Frame(period.name, period.days, calendar.containing(period.start, "year").days)
    for contract, found, missing in payroll.people(snapshot, plan, period):
        if not missing:
            yield from ((each.department, due(plan, each, frame).amount, contract.person) for each in found)


def unready(snapshot: Snapshot, kpi: KpiDefinition) -> tuple[str, ...]:
    """Why a KPI may not be paid on yet; empty where it is ready (definitions.md, "Ready for pay")."""
    calendar = snapshot.workspace.settings.calendar
    held = measure.extent(snapshot, kpi)
    reasons = [] if kpi.guardrail else ["it names no guardrail"]
    reasons += ["a quantile is shown, never paid: pay on the share within a limit"] if kpi.measure.q is not None else []
    reasons += [] if snapshot.deliveries.get(kpi.dataset, False) else ["its newest delivery did not pass its contract"]
    if held is None:
        return (*reasons, "it holds no figures")
    before = [
        each
        for each in calendar.between(*held, "month")
        if each.end <= calendar.containing(snapshot.workspace.today, "quarter").start
    ]
    reasons += (
        []
        if len(before) >= MONITORED
        else [f"it was monitored for {len(before)} months before this quarter, not {MONITORED}"]
    )
    return tuple(reasons)


def names(snapshot: Snapshot) -> dict[str, str]:
    """What people call every node of the thread."""
    workspace, tree = snapshot.workspace, snapshot.organisation
    found = {f"promise:{each.id}": each.title for each in workspace.promises.promises}
    found |= {f"kpi:{each.id}": each.title for each in workspace.kpis.values()}
    found |= {f"target:{each.id}": scope_name(tree, each.scope) for each in aim.current(workspace).values()}
    return found | {
        f"pay:{plan.id}.{part.id}": f"{plan.title or plan.id}: {part.name}"
        for plan in [*inforce.known(workspace), *inforce.paying(workspace, workspace.today)]
        for part in plan.components
    }


def scope_name(tree: Organisation, scope: str) -> str:
    """What people call a scope: departments by name, a person as a person (who it is stays in the record)."""
    kind, _, rest = scope.partition(":")
    if kind == "company":
        return "Company"
    if kind == "person":
        return "one person"
    members = [tree.name(each) for each in rest.split("+")]
    return members[0] if kind == "department" else f"{' and '.join([', '.join(members[:-1]), members[-1]])}, joint"


@dataclass(frozen=True)
class PayoutLine:
    """One line of one person's payout: the component, the threads its own run names, and what it paid in minor units."""

    component: str
    paths: tuple[Path, ...]
    paid: int
    currency: str


def payout_line(snapshot: Snapshot, text: str) -> PayoutLine | None:
    """The line RUN/PERSON/COMPONENT; None for a text that is none. Raises Problems for a run, person or component unknown."""
    run, slash, rest = text.partition("/")
    if not slash:
        return None
    workspace, (person, _, component) = snapshot.workspace, rest.partition("/")
    pay.one(workspace, run)
    found = pay.statement(workspace, run, identities.surrogate(workspace, person))
    known = {each.id: each for each in found.plan.components}
    if component not in known:
        step = did_you_mean(component, known)
        raise Problems([Problem("NODE", f"a component of plan {found.plan.id}", repr(component), step)])
    read = [each.readings[component].target_id for each in found.participant.segments if component in each.readings]
    at, targets = f"pay:{found.plan.id}.{component}", aim.current(workspace)
    threads = [_line(snapshot, known[component], targets.get(name), at) for name in dict.fromkeys(read or [""])]
    paid = sum(line.amount for line in found.work.lines if line.component.id == component)
    return PayoutLine(at, tuple(threads), paid, found.plan.currency)


def _line(snapshot: Snapshot, component: Component, target: Target | None, at: str) -> Path:
    kpi = target.kpi if target else component.kpi
    promise = _promise(snapshot.workspace.kpis.get(kpi or ""))
    return Path(promise, f"kpi:{kpi}" if kpi else None, f"target:{target.id}" if target else None, at)


def node(found: list[Path], text: str) -> str:
    """A node as somebody typed it: with its level, or only its name where that is plain. Raises Problems with a suggestion."""
    known = {each for path in found for each in path.nodes if each}
    fits = [each for each in known if text in (each, each.partition(":")[2])]
    if len(fits) != 1:
        actual = f"{text!r}, which is {' and '.join(sorted(fits))}" if fits else repr(text)
        step = (
            "Write the level too, such as kpi:…"
            if fits
            else did_you_mean(text, {each.partition(":")[2] for each in known} | known)
        )
        raise Problems([Problem("NODE", "a promise, KPI, target or plan component of this workspace", actual, step)])
    return fits[0]
