"""A KPI's own history as far as targets need it: levels, reach and what of a period has been seen; and what chance would do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from hashlib import sha256
from math import ceil

import numpy as np

from data_contracts.problems import Problem, Problems
from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.figures import Figure
from kpis.measured import Measured
from kpis.odds import Odds, Seen, Week, odds
from kpis.spread import Values
from kpis.targets import Target
from kpis.workflows import cells, measure, shield
from kpis.workspace import Snapshot

WEEKS, QUARTER = 52, 13
DAY, WEEK = timedelta(days=1), timedelta(days=7)
NOTHING = (float("nan"),) * 3


@dataclass(frozen=True)
class History:
    """One scope's own history: what was seen of it, its level, its best quarter, and the period that comes.

    `level` and `best` are in the display unit, None without answers enough to show; `reached` is the figure behind the level,
    with its interval, and `days` those it counts. `left` are the weeks still to come.
    """

    seen: Seen
    level: Fraction | None
    best: Fraction | None
    denominator: int
    so_far: Week
    left: int
    reached: Figure | None = None
    days: Period | None = None


def history(snapshot: Snapshot, kpi: KpiDefinition, scopes: Sequence[str], period: Period) -> dict[str, History]:
    """The last 52 whole ripe weeks of every scope, and what of the period has been seen.

    Raises Problems for a quantile, which adds up to nothing.
    """
    if kpi.measure.kind == "quantile":
        step = 'Aim at a KPI of measure share, "share within x": it is exact and adds up.'
        raise Problems([Problem(f"KPI {kpi.id}", "a KPI that adds up", "a quantile", step)])
    ripe = _ripe(snapshot, kpi)
    weeks = weeks_of(snapshot, kpi)
    cut = min(max(period.start, ripe), period.end)
    so_far = [Period(period.start, cut, "to date", "to date")] if cut > period.start else []
    whole = [Period(weeks[0].start, weeks[-1].end, "weeks", "whole")] if weeks else []
    figures = measure.exact(snapshot, kpi, scopes, [*weeks, *so_far]) if weeks or so_far else []
    by_key = {(each.scope, each.window): each for each in figures}
    estimated = measure.estimated(snapshot, kpi, scopes, whole) if whole else None
    told = measure.listed(snapshot, kpi, estimated, scopes, whole) if estimated else []
    reached = {each.scope: each for each in told}
    sizes = _sizes(estimated) if estimated else {}
    flags = shield.of_departments(snapshot, kpi, estimated, whole) if estimated else ()
    hidden = set(estimated.keys["scope"][flags]) if estimated else set()
    times, left = 100 if kpi.unit == "percent" else 1, max(ceil((period.end - cut) / WEEK - 0.5), 0)
    found = {}
    for each in scopes:
        rows = [by_key[each, week.name] for week in weeks]
        parts = tuple(Week((row.numerator or 0) * times, row.denominator or 0) for row in rows)
        ahead = by_key.get((each, "to date"))
        done = Week((ahead.numerator or 0) * times, ahead.denominator or 0) if ahead else Week(0, 0)
        made = _history(kpi, parts, sizes.get(each, NOTHING), done, left, each in hidden)
        told_there = None if each in hidden else reached.get(each)
        found[each] = replace(made, reached=told_there, days=whole[0] if whole else None)
    return found


def _ripe(snapshot: Snapshot, kpi: KpiDefinition) -> date:
    """The Monday up to which every week is whole and ripe."""
    day = snapshot.workspace.today + DAY - (kpi.matures_after or timedelta())
    return day - timedelta(days=day.weekday())


def weeks_of(snapshot: Snapshot, kpi: KpiDefinition) -> list[Period]:
    """The last 52 whole ripe weeks since the KPI holds facts, oldest first."""
    extent, ripe = cells.extent(snapshot, kpi), _ripe(snapshot, kpi)
    if extent is None:
        return []
    first = max(extent[0] - timedelta(days=extent[0].weekday()), ripe - WEEKS * WEEK)
    return snapshot.workspace.settings.calendar.between(first, ripe, "week")


def _sizes(found: Measured) -> dict[str, tuple[float, float, float]]:
    """By scope: n, effective n and the standard deviation of one answer; NaN where there is none."""
    e = found.found
    columns = (e.n, e.effective_n, np.sqrt(e.variance * e.effective_n))
    return dict(zip(found.keys["scope"], zip(*(each.tolist() for each in columns), strict=True), strict=True))


def _history(
    kpi: KpiDefinition, weeks: tuple[Week, ...], size: Sequence[float], so_far: Week, left: int, hidden: bool
) -> History:
    n, effective, sd = (None if np.isnan(each) else each for each in size)
    times = 100 if kpi.unit == "percent" else 1
    seen = Seen(weeks, n or 0.0, effective, None if sd is None else (sd * times) ** 2)
    quarters = [weeks[at : at + QUARTER] for at in range(len(weeks) % QUARTER, len(weeks), QUARTER)]
    reached = [_level(each) for each in quarters if len(each) == QUARTER]
    best = (max if kpi.direction == "higher" else min)((each for each in reached if each is not None), default=None)
    few = hidden or seen.n < kpi.min_n_show
    total = sum(each.denominator for each in weeks)
    return History(seen, None if few else _level(weeks), None if few else best, total, so_far, left)


def _level(weeks: Sequence[Week]) -> Fraction | None:
    bottom = sum(each.denominator for each in weeks)
    return Fraction(sum(each.numerator for each in weeks), bottom) if bottom else None


def chances(kpi: KpiDefinition, values: Values, held: History, seed: int) -> Odds:
    """The chance of each value for a scope whose history is given; the same seed is the same answer."""
    return odds(values, held.seen, held.left, held.so_far, kpi.min_n_show, np.random.default_rng(seed))


def seed_of(target: Target) -> int:
    """A seed of the target's own, so that two of them are drawn apart and each is drawn alike again."""
    return int(sha256(f"{target.kpi} {target.scope} {target.period}".encode()).hexdigest()[:8], 16)
