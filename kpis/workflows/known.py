"""What is known of the figures a plan reads in its last whole period: whose they are, their true values, how they stand."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from kpis.calendar import Period
from kpis.clusters import GROUPS
from kpis.definitions import KpiDefinition
from kpis.incentives.beliefs import beliefs
from kpis.incentives.chance import Belief
from kpis.incentives.nested import Groups, Inside, grouped
from kpis.incentives.paid import Participant
from kpis.incentives.plan import Source
from kpis.incentives.readiness import Stands
from kpis.targets import scope as scope_of
from kpis.workflows import cells, measure, payroll, spans
from kpis.workflows.histories import targets_for
from kpis.workflows.so_far import Aimed
from kpis.workspace import Snapshot


def reads_of(
    snapshot: Snapshot, source: Source, window: Period, people: Iterable[Participant]
) -> Iterator[payroll.Read]:
    """What everyone reads; where nobody is in the plan, what the source names itself."""
    targets, found = targets_for(snapshot.workspace, window), False
    for each in people:
        for department in {segment.department for segment in each.segments}:
            read_there = payroll.reads(snapshot, source, each.person, department, window, targets)
            if read_there:
                found = True
                yield read_there
    if not found and source.kpi and source.scope and source.scope not in ("self", "own_department"):
        at, whole = (source.kpi, source.scope, window.name), (source.kpi, "company", window.name)
        here, above = (Aimed(targets.by_place.get(each)) for each in (at, whole))
        yield payroll.Read(at, here, ((whole, above),) if source.scope != "company" else ())


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
    inside = _inside(snapshot, kpi, [name.partition("@")[2] for name in found], window)
    return {name: replace(each, inside=inside.get(name.partition("@")[2])) for name, each in found.items()}


def moving(
    snapshot: Snapshot, kpi: KpiDefinition, known: Mapping[str, Belief], windows: Sequence[Period]
) -> dict[str, Belief]:
    """The same beliefs with what their figures did in the groups of the KPI's clusters, so that KPIs are drawn together.

    A person's are those of their department. The windows are the same for every KPI of a plan.
    """
    if not kpi.cluster or kpi.measure.kind == "quantile":
        return dict(known)
    whose = {name: _whose(name.partition("@")[2], each) for name, each in known.items()}
    groups = _groups(snapshot, kpi, sorted(set(whose.values()) - {""}), windows)
    return {
        name: replace(each, inside=replace(each.inside, groups=groups.get(whose[name]))) if each.inside else each
        for name, each in known.items()
    }


def _whose(scope: str, belief: Belief) -> str:
    """The scope whose groups tell of a figure: its own, or a person's department; none where that is not known."""
    if belief.inside is None or not belief.inside.one:
        return scope
    home = belief.inside.parts[0][0]
    return f"department:{home}" if home else ""


def _groups(
    snapshot: Snapshot, kpi: KpiDefinition, scopes: Sequence[str], windows: Sequence[Period]
) -> dict[str, Groups | None]:
    made = measure.estimated(snapshot, kpi, scopes, windows)
    if made.jack is None or not kpi.cluster:
        return {}
    deviations = np.where(made.told[:, None], np.nan_to_num(made.jack.deviations), 0.0)
    place = {key: at for at, key in enumerate(zip(made.keys["scope"], made.keys["window"], strict=True))}
    silent = np.zeros(GROUPS)
    moved = {
        each: [deviations[place[each, on.name]] if (each, on.name) in place else silent for on in windows]
        for each in scopes
    }
    return {each: grouped(kpi.cluster, parts) for each, parts in moved.items()}


def _inside(snapshot: Snapshot, kpi: KpiDefinition, scopes: Sequence[str], window: Period) -> dict[str, Inside]:
    """The answers that each scope's figure counts, by department without those below it; a person's by their department."""
    sql = """SELECT coalesce(department, '') AS department, sum(n) / 1e6 AS n FROM facts_department JOIN days USING (slice)
             WHERE kpi = $kpi GROUP BY 1 ORDER BY 1"""
    rows = cells.asked(snapshot, sql, kpi, days=spans.days(snapshot, kpi, [window])).to_pylist()
    whole = {row["department"]: float(row["n"]) for row in rows}
    homes, tree = cells.homes(snapshot, kpi, scopes, [window]), snapshot.organisation
    answers = _answers(snapshot, kpi, sorted(homes), window)
    found = {each: Inside(((home, answers[each]),), True) for each, home in homes.items() if each in answers}
    for each in scopes:
        whose = scope_of(each)
        if whose.kind == "person":
            continue
        below = {part for member in whose.members for part in tree.descendants(member)}
        parts = [(part, n) for part, n in whole.items() if whose.kind == "company" or part in below]
        found |= {each: Inside(tuple(parts))} if parts else {}
    return found


def _answers(snapshot: Snapshot, kpi: KpiDefinition, people: Sequence[str], window: Period) -> dict[str, float]:
    """How many answers each person's figure counts."""
    if not people:
        return {}
    found = measure.summed(snapshot, kpi, people, [window])
    counted: dict[str, float] = defaultdict(float)
    for row in found:
        counted[row["scope"]] += float(row["n"]) / 1e6
    return dict(counted)


def design_of(snapshot: Snapshot, kpi: KpiDefinition, read: payroll.Read, before: Sequence[Period]) -> float:
    """The design effect of what is read over the last whole periods, at least 1; a person's is that of their department.

    That of one period has 19 degrees of freedom: its chance alone would make a figure ready in one quarter and not in the next.
    """
    scope = next(iter(read.larger), read.own[1]) if read.own[1].startswith("person:") else read.own[1]
    found = measure.estimated(snapshot, kpi, [scope], before).found
    with np.errstate(divide="ignore", invalid="ignore"):
        each = found.n / found.effective_n
    return max(1.0, float(each[np.isfinite(each)].mean())) if np.isfinite(each).any() else 1.0


def flags(snapshot: Snapshot, kpi: KpiDefinition, scope: str, before: Sequence[Period]) -> Stands:
    """Contract passing, ripe, guardrail, and in how many whole periods the figure could be shown."""
    told = measure.exact(snapshot, kpi, [scope], before)
    valid, ripe = measure.validated(snapshot, kpi, before[-1]), told[-1].state != "ripening"
    return valid, ripe, kpi.guardrail or "", sum(each.state in ("ok", "ripening") for each in told)
