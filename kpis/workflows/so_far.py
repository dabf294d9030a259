"""Which target a plan that trues up holds the year so far against: docs/plan-language.md, "Through the year"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kpis.calendar import KINDS, Calendar, Period
from kpis.incentives.terms import HeldAgainst
from kpis.targets import Target

Place = tuple[str, str, str]  # KPI, scope, period


@dataclass(frozen=True)
class Aimed:
    """The target that counts, or why none does; `parts` are the periods whose targets are mixed, with the figure of each."""

    target: Target | None = None
    parts: tuple[tuple[Place, Target], ...] = ()
    refused: str = ""


@dataclass(frozen=True)
class SoFar:
    """A year up to the end of the period that is paid: the plan's rule, the period, those since January, the days of all."""

    rule: HeldAgainst
    period: Period
    periods: tuple[Period, ...]
    whole: Period
    calendar: Calendar

    @property
    def names(self) -> tuple[str, ...]:
        """The names a target for just these days may give its period: the span, the half or the year."""
        named = (self.calendar.containing(self.whole.start, kind) for kind in KINDS)
        same = (each.name for each in named if (each.start, each.end) == (self.whole.start, self.whole.end))
        return (self.whole.name, *same)

    def held(self, targets: Mapping[Place, Target], kpi: str, scope: str) -> bool:
        """Whether a scope has a target for the year so far or for the period that is paid."""
        return any((kpi, scope, name) in targets for name in (*self.names, self.period.name))

    def aimed(self, targets: Mapping[Place, Target], kpi: str, holder: str, scope: str, looked_at: str) -> Aimed:
        """The target of `holder` for a figure of `scope` in the window `looked_at`, by the plan's rule.

        One that was set for just these days comes first, unless the plan wants the period's own.
        """
        if self.rule == "of_period":
            return Aimed(targets.get((kpi, holder, self.period.name)))
        whole = next((targets[kpi, holder, name] for name in self.names if (kpi, holder, name) in targets), None)
        if whole:
            return Aimed(whole)
        each = [targets.get((kpi, holder, period.name)) for period in self.periods]
        held = [target for target in each if target]
        if len({target.values for target in held}) <= 1:
            return Aimed(held[-1] if held else None)
        if self.rule == "by_volume" and len(held) == len(each):
            return Aimed(held[-1], self._parts(kpi, scope, held, self.calendar.parse(looked_at)))
        return Aimed(refused=f"{kpi} of {holder}: {self._told(each)}")

    def _parts(self, kpi: str, scope: str, held: Sequence[Target], window: Period) -> tuple[tuple[Place, Target], ...]:
        """Each period's target with the figure that weighs it: that of the days of the window which lie in the period."""
        found = []
        for period, target in zip(self.periods, held, strict=True):
            start, end = max(period.start, window.start), min(period.end, window.end)
            inside = start <= period.start and period.end <= end
            cut = period if inside else self.calendar.span(start, end) if start < end else None
            if cut:
                found.append(((kpi, scope, cut.name), target))
        return tuple(found)

    def _told(self, each: Sequence[Target | None]) -> str:
        """The targets of the periods, in words."""
        told = (
            f"{period} {'none' if target is None else '/'.join(str(value) for value in (target.threshold, target.target, target.stretch))}"
            for period, target in zip(self.periods, each, strict=True)
        )
        return ", ".join(told)
