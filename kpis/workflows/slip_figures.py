"""The figures a payout reads, each with n, interval, window, and the target it was held against."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

import pandas as pd

from kpis import figures as rules
from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.figures import Figure
from kpis.in_force import spans
from kpis.incentives.paid import Participant, Ratio, Reading, Values
from kpis.incentives.plan import Plan
from kpis.incentives.reckon import Work
from kpis.states import INDEPENDENT
from kpis.targets import position
from kpis.workflows import aim, measure
from kpis.workspace import Snapshot


@dataclass(frozen=True)
class Read:
    """A figure that a payout reads, and where: the ids of components, gates, modifiers and kickers.

    `exact` is the ratio that pays, in the display unit; `figure` has value, n and interval as pages show them, or from the
    run's own facts where the data behind pages have changed since. `versions` of the target that count: number, first
    day, hash. `attained` are the figure and both ends of its interval against the target: 0 threshold, 100 target,
    200 stretch.
    """

    of: str
    kpi: str
    title: str
    scope: str
    window: str
    exact: Fraction
    n: Fraction | None
    unit: str
    decimals: int
    figure: Figure | None
    reads: tuple[str, ...]
    target: str
    values: Values | None
    versions: tuple[tuple[int, date, str], ...]
    attained: tuple[float | None, float | None, float | None]


class Reads:
    """The figures of one run."""

    def __init__(self, snapshot: Snapshot, document: Mapping[str, Any], window: Period, day: date) -> None:
        """`day` is that of the run: what was ripe then."""
        self.snapshot, self.document, self.window, self.day = snapshot, document, window, day
        self.kpis = {name: KpiDefinition.model_validate(text) for name, text in document["kpis"].items()}

    def of(self, person: Participant, work: Work, plan: Plan) -> Iterator[Read]:
        """What the lines, gates and factors of a payout read, each figure once, in the order of the plan."""
        uses: dict[Ratio, list[str]] = {}
        aims: dict[Ratio, Reading] = {}
        for name, reading, ratio in _used(person, work, plan):
            if ratio.of:
                uses.setdefault(ratio, []).append(name)
                aims.setdefault(ratio, reading)
        for ratio, names in uses.items():
            yield self._read(ratio, tuple(dict.fromkeys(names)), aims[ratio])

    def _read(self, ratio: Ratio, names: tuple[str, ...], reading: Reading) -> Read:
        name, scope, window = ratio.of.split("@")
        kpi, figure = self.kpis[name], self.figures.get(ratio.of)
        return Read(
            ratio.of, name, kpi.title, scope, window, ratio.value, ratio.n, kpi.unit, kpi.decimals,
            figure, names, reading.target_id, reading.target, self._versions(reading.target_id),
            _attained(reading.target, ratio.value, figure, 100 if kpi.unit == "percent" else 1),
        )  # fmt: skip

    def _versions(self, target: str) -> tuple[tuple[int, date, str], ...]:
        """The versions of a target that were recorded by the day of the run and count within its period."""
        held = spans(self._targets.get(target, ()), self.window)
        return tuple((each.version.number, each.start, aim.digest(each.version.target)) for each in held)

    @cached_property
    def _targets(self) -> Mapping[str, Sequence[Any]]:
        return aim.versions(self.snapshot.workspace)

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """Every figure of the run with its interval, a KPI and a window at a time."""
        groups: dict[tuple[str, str], list[str]] = defaultdict(list)
        for each in self.document["facts"]:
            name, scope, window = each.split("@")
            groups[name, window].append(scope)
        found: dict[str, Figure] = {}
        for (name, window), scopes in groups.items():
            period = self.snapshot.workspace.settings.calendar.parse(window)
            for each in self._measured(self.kpis[name], sorted(scopes), period):
                found[f"{name}@{each.scope}@{window}"] = each
        return found

    def _measured(self, kpi: KpiDefinition, scopes: list[str], period: Period) -> list[Figure]:
        """As pages show them, where they are built from the same data; else from the facts the run keeps."""
        if self.snapshot.built.get(kpi.id) == self.document["built"][kpi.id]:
            return list(measure.exact(self.snapshot, kpi, scopes, [period]))
        rows = [
            {"scope": scope, "window": period.name, "bucket": bucket} | dict(zip(measure.MOMENTS, moments, strict=True))
            for scope in scopes
            for bucket, *moments in self.document["facts"][f"{kpi.id}@{scope}@{period.name}"]
        ]
        frame = pd.DataFrame(rows, columns=["scope", "window", "bucket", *measure.MOMENTS])
        for name in measure.MOMENTS:
            frame[name] = pd.Series([None if each is None else int(each) for each in frame[name]], dtype=object)
        frame["n"] = frame["n"].astype("int64")
        told = rules.figures(kpi, frame, scopes, [period], self.day)
        return [replace(each, assumption=each.assumption or INDEPENDENT) for each in told]


def _attained(
    target: Values | None, exact: Fraction, figure: Figure | None, times: int
) -> tuple[float | None, float | None, float | None]:
    if target is None:
        return None, None, None
    ends = (figure.low, figure.high) if figure else (None, None)
    told = [None if each is None else float(position(target, Fraction(each) * times)) for each in ends]
    low, high = sorted(told) if None not in told else told  # type: ignore[type-var]
    return float(position(target, exact)), low, high


def _used(person: Participant, work: Work, plan: Plan) -> Iterator[tuple[str, Reading, Ratio]]:
    """Name, reading and ratio of whatever a payout was computed from."""
    for line in work.lines:
        reading = person.segments[line.segment].readings.get(line.component.id, Reading())
        own, team = reading.own, reading.team
        parts = {"team": (team,), "credibility": (own, team)}.get(line.paid.basis, (own,))
        yield from ((line.component.id, reading, each) for each in (*parts, reading.baseline, reading.before) if each)
        if line.component.second:
            other = person.segments[line.segment].readings.get(line.component.second.id, Reading())
            yield from ((line.component.id, other, each) for each in (other.own,) if each)
    whole = [
        *plan.gates,
        *plan.modifiers,
        *plan.kickers,
        *([plan.pool.figure] if plan.pool and plan.pool.figure else []),
    ]
    for source in whole:
        reading = person.readings.get(source.id, Reading())
        yield from ((source.id, reading, each) for each in (reading.own or reading.team,) if each)
