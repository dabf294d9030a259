"""What a figure is held against: the target of its own scope, or the nearest one above, of a period or of the year so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kpis.calendar import Period
from kpis.targets import Target
from kpis.workflows.so_far import Aimed, SoFar

Wanted = tuple[str, str, str]  # KPI, scope, period


@dataclass(frozen=True)
class Targets:
    """Targets by id, and by KPI, scope and period."""

    by_id: Mapping[str, Target]

    @cached_property
    def by_place(self) -> dict[Wanted, Target]:
        """The target of a KPI for a scope and a period."""
        return {(each.kpi, each.scope, each.period): each for each in self.by_id.values()}


@dataclass(frozen=True)
class Aiming:
    """What a KPI aims at in a period, or in the year so far by a plan's rule."""

    kpi: str
    period: Period
    targets: Targets
    year: SoFar | None

    def holds(self, scope: str) -> bool:
        """Whether that scope has a target of its own."""
        mine = self.targets.by_place
        return self.year.held(mine, self.kpi, scope) if self.year else (self.kpi, scope, self.period.name) in mine

    def at(self, holder: str, scope: str, window: str) -> Aimed:
        """What the holder's target says for the figure of a scope in a window."""
        mine = self.targets.by_place
        if self.year:
            return self.year.aimed(mine, self.kpi, holder, scope, window)
        return Aimed(mine.get((self.kpi, holder, self.period.name)))

    def above(self, scope: str, upwards: Sequence[str], window: str) -> tuple[tuple[Wanted, Aimed], ...]:
        """The larger scopes, each with its own target or the nearest one above it."""
        larger = _larger(scope, upwards)
        holders = (next(filter(self.holds, upwards[upwards.index(each) :]), "") for each in larger)
        return tuple(
            ((self.kpi, each, window), self.at(holder, each, window) if holder else Aimed())
            for each, holder in zip(larger, holders, strict=True)
        )


def _larger(scope: str, upwards: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        upwards[upwards.index(scope) + 1 :]
        if scope in upwards
        else upwards
        if scope.startswith("person:")
        else ("company",)
    )
