"""What target letters say: who holds which targets under which plan, what three results would pay, and how fresh the data is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data_contracts.problems import Problem
from kpis import letters as rules
from kpis.calendar import Period
from kpis.exact import shown
from kpis.in_force import Prorated, Version, spans
from kpis.incentives.curves import NoResultError
from kpis.incentives.paid import Frame, Participant, Segment, Values
from kpis.incentives.plan import Component, Plan
from kpis.incentives.segments import Contract
from kpis.targets import Target
from kpis.workflows import aim, cells, inforce, payroll
from kpis.workspace import Snapshot


@dataclass(frozen=True)
class Holding:
    """One plan of one holder in a period: their contract, segments, and what blocks an amount."""

    plan: Plan
    contract: Contract
    parts: tuple[Segment, ...]
    missing: tuple[Problem, ...]


def holders(snapshot: Snapshot, period: str) -> dict[str, list[Holding]]:
    """Everyone who is in a plan that pays the period, with their plans."""
    window = snapshot.workspace.settings.calendar.parse(period)
    found: dict[str, list[Holding]] = {}
    for plan in inforce.of_period(snapshot.workspace, window):
        for contract, parts, missing in payroll.people(snapshot, plan, window):
            if parts:
                found.setdefault(contract.person, []).append(Holding(plan, contract, tuple(parts), tuple(missing)))
    return found


def documents(
    snapshot: Snapshot, period: str, now: datetime, people: Collection[str] = ()
) -> dict[str, dict[str, Any]]:
    """The letters of a period as they would be written now, by person; of everyone, or of those named."""
    window, workspace = snapshot.workspace.settings.calendar.parse(period), snapshot.workspace
    year = workspace.settings.calendar.containing(window.start, "year").days
    writing = _Writing(snapshot, window, Frame(window.name, window.days, year), now)
    chosen = {name: held for name, held in holders(snapshot, period).items() if not people or name in people}
    return {name: writing.document(name, held) for name, held in chosen.items()}


class _Writing:
    """What every letter of a period is written from, read once."""

    def __init__(self, snapshot: Snapshot, window: Period, frame: Frame, now: datetime) -> None:
        self.snapshot, self.window, self.frame, self.now = snapshot, window, frame, now
        self.versions: dict[str, list[Version]] = aim.versions(snapshot.workspace)
        self.targets = payroll.Targets(aim.current(snapshot.workspace))
        self.digests = {plan.id: plan.digest() for plan in inforce.of_period(snapshot.workspace, window)}
        self.lines: dict[tuple[str, str, Values | None], list[list[str]]] = {}

    def document(self, person: str, held: Sequence[Holding]) -> dict[str, Any]:
        """One letter: its terms, the day it was written, and how fresh its sources were."""
        terms: dict[str, Any] = {
            "person": person,
            "period": self.window.name,
            "plans": [self._plan(each) for each in held],
        }
        kpis = sorted({each["kpi"] for plan in terms["plans"] for each in plan["aims"] if each["kpi"]})
        return {
            "terms": terms,
            "on": self.now.date().isoformat(),
            "sources": {name: self._source(name) for name in kpis},
        }

    def _source(self, name: str) -> dict[str, str]:
        """Where a KPI is counted from, up to which week, and the hash of its definition."""
        kpi, calendar = self.snapshot.workspace.kpi(name), self.snapshot.workspace.settings.calendar
        extent = cells.extent(self.snapshot, kpi)
        until = min(extent[1], calendar.slice_of(self.now.date())).isoformat() if extent else ""
        return {"dataset": kpi.dataset, "until": until, "definition": kpi.digest()}

    def _plan(self, held: Holding) -> dict[str, Any]:
        plan = held.plan
        each = payroll.participant(self.snapshot, plan, held.contract, held.parts, self.window, self.targets, {})
        paid = rules.results(plan, each, self.frame)
        told = {
            "id": plan.id, "title": plan.title or plan.id, "version": plan.version, "digest": self.digests[plan.id],
            "currency": plan.currency,
            "minor_units": plan.minor_units, "left_out": list(paid.left_out),
        }  # fmt: skip
        if held.missing or paid.opportunity is None:
            why = str(held.missing[0].expected) if held.missing else paid.reason
            return told | {"aims": self._aims(plan, each), "why_not": why}
        amounts = dict(zip(rules.RESULTS, map(str, paid.amounts), strict=True))
        return told | {"aims": self._aims(plan, each), "opportunity": str(paid.opportunity), "pays": amounts}

    def _aims(self, plan: Plan, each: Participant) -> list[dict[str, Any]]:
        """The components, once for each target that a segment reads."""
        read = {
            (component.id, reading.target_id if reading else ""): (component, reading.target if reading else None)
            for segment in each.segments
            for component in plan.components
            for reading in [segment.readings.get(component.id)]
        }
        return [self._aim(plan, component, target_id, values) for (_, target_id), (component, values) in read.items()]

    def _aim(self, plan: Plan, component: Component, target_id: str, values: Values | None) -> dict[str, Any]:
        target = self.targets.by_id.get(target_id)
        kpi = target.kpi if target else component.kpi or ""
        told = {
            "component": component.id, "title": component.name, "weight": shown(component.weight) if component.weight else "",
            "kpi": kpi, "scope": target.scope if target else component.scope or "", "target": target_id,
            "versions": self._versions(target_id, target),
            "curve": self._line(plan, component, values),
        }  # fmt: skip
        rule = component.paid_figure or plan.paid_figure
        if rule != "own" and component.min_n:
            told |= {"min_n": str(component.min_n), "below": rule}
        try:
            return told | {"values": [shown(each) for each in rules.aims(component, values)]}
        except NoResultError as none:
            return told | {"why_not": str(none)}

    def _line(self, plan: Plan, component: Component, values: Values | None) -> list[list[str]]:
        """The curve along its figures, drawn once for everyone who has it."""
        key = plan.id, component.id, values
        if key not in self.lines:
            self.lines[key] = [[shown(x), shown(y)] for x, y in rules.line(component, values)]
        return self.lines[key]

    def _versions(self, target_id: str, target: Target | None) -> list[list[Any]]:
        """Number, first day and hash of the versions whose values are in a target."""
        held = spans(self.versions.get(target_id, ()), self.window)
        counting = held if isinstance(target, Prorated) else held[-1:]
        return [[each.version.number, each.start.isoformat(), aim.digest(each.version.target)] for each in counting]
