"""What a build works on: KPIs and slices over one state of the lake, by one engine, a stretch of time at a time."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from data_contracts.lake import Snapshot
from kpis import facts
from kpis.calendar import Calendar
from kpis.cubes import TYPES, WIDE
from kpis.definitions import KpiDefinition
from kpis.workflows.engines import Engine
from kpis.workspace import Workspace

ARROW = {
    "string": pa.string(),
    "date": pa.date32(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    WIDE: pa.decimal128(38, 0),
}
SCHEMA = pa.schema([(name, ARROW[kind]) for name, kind in TYPES.items()])
MOST = 8_000_000  # rows times KPIs a stretch; what a stretch groups lies in memory at once
Stale = Mapping[str, tuple[date, ...] | None]


@dataclass(frozen=True)
class Work:
    """What is built: the KPIs and their slices (None: all), over one state of the lake by one engine, into files below `root`."""

    workspace: Workspace
    engine: Engine
    now: Snapshot
    root: Path
    stale: Stale
    most: int = MOST

    @property
    def calendar(self) -> Calendar:
        """The company's calendar."""
        return self.workspace.settings.calendar

    def needed(self) -> dict[str, set[date] | None]:
        """What is computed: the KPIs that are written, and the parts of ratios among them."""
        found: dict[str, set[date] | None] = {}
        for name, slices in self.stale.items():
            for each in (name, *self.workspace.kpis[name].parts):
                known = found.get(each, set())
                found[each] = None if slices is None or known is None else known | set(slices)
        return found

    def span(self, stretch: Sequence[date]) -> facts.Span:
        """A stretch of slices as a span, with the moments at which they begin."""
        start, end = stretch[0], self.after(stretch[-1])
        return facts.Span(start, end, self.calendar.steps(start, end, self.workspace.settings.zone))

    def after(self, day: date) -> date:
        """The first day of the next slice."""
        return self.calendar.slices(day, day + timedelta(days=8))[1]


@dataclass(frozen=True)
class Stretch:
    """Slices without a gap of a work, some `rows` times KPIs of them, and by KPI the tables it is built from."""

    work: Work
    given: Mapping[str, facts.Sources]
    slices: tuple[date, ...]
    rows: float

    @property
    def small(self) -> bool:
        """Whether its rows may lie in this process: not where a slice alone is far more than a stretch should be."""
        return self.rows <= 2 * self.work.most

    @cached_property
    def span(self) -> facts.Span:
        """The days of the slices."""
        return self.work.span(self.slices)

    @cached_property
    def needed(self) -> dict[str, tuple[date, ...]]:
        """By KPI the slices here that are computed: of what is written, and of the parts of ratios among it."""
        return self._here(self.work.needed())

    @cached_property
    def wanted(self) -> dict[str, tuple[date, ...]]:
        """By KPI the slices here that are written."""
        return self._here(self.work.stale)

    @cached_property
    def parts(self) -> set[str]:
        """The KPIs that ratios here are made of."""
        return {part for name in self.needed for part in self.work.workspace.kpis[name].parts}

    def families(self, without: Collection[str] = ()) -> list[list[KpiDefinition]]:
        """The KPIs here that are built from rows, those together that place them alike; what arrives counted by itself."""
        found: dict[str, list[KpiDefinition]] = defaultdict(list)
        for kpi in (
            self.work.workspace.kpis[name] for name in self.needed if name in self.given and name not in without
        ):
            found[f"{kpi.id} counted" if kpi.count else facts.family(kpi)].append(kpi)
        return list(found.values())

    def _here(self, slices: Mapping[str, Collection[date] | None]) -> dict[str, tuple[date, ...]]:
        here = {
            name: self.slices if days is None else tuple(day for day in self.slices if day in days)
            for name, days in slices.items()
        }
        return {name: days for name, days in here.items() if days}
