"""Did it change, and does it differ: two periods, two scopes, or groups against the rest, with what chance would do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from data_contracts.problems import Problem, Problems
from kpis import comparisons, measured
from kpis.calendar import Period
from kpis.comparisons import ENDS, LEVEL, Split
from kpis.definitions import KpiDefinition
from kpis.differences import Difference, detectable
from kpis.figures import Figure
from kpis.groups import Verdict, differing
from kpis.targets import scope
from kpis.workflows import cells, measure, shield
from kpis.workspace import Snapshot

SEED = 20_261_122


@dataclass(frozen=True)
class Comparison:
    """Two figures of a KPI and what lies between them, after − before, in the unit of the figures.

    signal: True, False, or None where it cannot be told. detectable: the smallest difference that would show in four of
    five cases at these numbers of answers. mix: for each cut, how much of the change is customers moving between its
    groups and how much is other service; they sum to it exactly. Group "" holds the small and the unknown ones. traps:
    the cuts in which the two pull in opposite directions, in words.
    """

    kpi: KpiDefinition
    before: Figure
    after: Figure
    value: float | None
    low: float | None
    high: float | None
    p: float | None
    signal: bool | None
    detectable: float | None
    words: str
    mix: Mapping[str, Split] = field(default_factory=dict)
    traps: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Compared:
    """A group against the rest of its scope: group − rest; p alone, and Holm's over all groups asked for together.

    direction: above, below, same or unknown; differs is Holm's answer, never True where it cannot be told.
    """

    cut: str
    name: str
    figure: Figure
    rest: Figure
    value: float | None
    low: float | None
    high: float | None
    p: float | None
    adjusted: float | None
    differs: bool
    direction: str
    words: str


def periods(snapshot: Snapshot, kpi: KpiDefinition, whose: str, before: Period, after: Period) -> Comparison:
    """One scope in two periods; raises Problems when they share a day."""
    if before.start < after.end and after.start < before.end:
        step = "Name two periods that share no day, such as 2026-Q2 and 2026-Q3."
        raise Problems([Problem("--from, --to", "two periods", f"{before} and {after}, which overlap", step)])
    found = _compared(snapshot, kpi, [whose], [before, after])
    if found.value is None:
        return found
    cuts = [] if scope(whose).kind == "person" else list(kpi.cuts)
    parts = {str(cut): _split(snapshot, found, cut, before, after) for cut in cuts}
    mix = {cut: each for cut, each in parts.items() if each is not None}
    traps = {cut: comparisons.trap(kpi, cut, each) for cut, each in mix.items()}
    return replace(found, mix=mix, traps={cut: words for cut, words in traps.items() if words})


def scopes(snapshot: Snapshot, kpi: KpiDefinition, one: str, other: str, window: Period) -> Comparison:
    """Two scopes in one period, other − one; raises Problems when one holds a part of the other."""
    places = [_places(snapshot, each) for each in (one, other)]
    if not (places[0] and places[1]) or places[0] & places[1]:
        step = "Hold a part against the rest instead: `goldenthread compare KPI --groups department`."
        raise Problems([Problem("--unit", "two scopes without common departments", f"{one} and {other}", step)])
    return _compared(snapshot, kpi, [one, other], [window])


def groups(
    snapshot: Snapshot, kpi: KpiDefinition, whose: str, window: Period, cuts: Sequence[str] = ()
) -> list[Compared]:
    """Each group of a scope against all the others in it: departments directly below, and the KPI's cuts.

    Holm's correction runs over all groups asked for at once, so ask for what one page shows together.
    """
    asked = cuts or ("department", *kpi.cuts)
    rows = [row for cut in asked for row in _against(snapshot, kpi, cut, whose, window)]
    verdicts = differing(Difference(*(np.array([row[name] for row in rows]) for name in ENDS)), 1 - LEVEL)
    tests = sum(bool(np.isfinite(each.p)) for each in verdicts)
    return [_judged(kpi, row, verdict, tests) for row, verdict in zip(rows, verdicts, strict=True)]


def _against(snapshot: Snapshot, kpi: KpiDefinition, cut: str, whose: str, window: Period) -> Iterator[dict[str, Any]]:
    """The groups of one cut, each with its rest and what lies between; nothing where there are fewer than two."""
    mine = measure.group(snapshot, kpi, cut, [window], whose)
    names = mine.keys["scope"].tolist()
    if len(names) < 2:
        return
    whole = measure.estimated(snapshot, kpi, [whose], [window])
    rest = measured.others(kpi, mine, whole, cells.read_on(snapshot, kpi))
    found = comparisons.between(kpi, mine, rest, np.random.default_rng(SEED))
    hidden = measure.withheld(snapshot, kpi, cut, mine, [window], whose)
    shown = [measure.listed(snapshot, kpi, each, names, [window], hidden) for each in (mine, rest)]
    for at, (figure, other) in enumerate(zip(*shown, strict=True)):
        why = comparisons.missing(figure, other)
        ends = {name: np.nan if why else float(getattr(found, name)[at]) for name in ENDS}
        yield {"cut": cut, "figure": figure, "rest": other, "why": why, **ends}


def _judged(kpi: KpiDefinition, row: Mapping[str, Any], verdict: Verdict, tests: int) -> Compared:
    adjusted, name = _plain(verdict.adjusted), row["figure"].scope.partition(":")[2]
    words = f"Cannot tell: {row['why']}" if row["why"] else comparisons.verdict(kpi, adjusted, groups=tests)
    value, low, high, p = (_plain(row[name]) for name in ENDS)
    told = adjusted, verdict.differs, verdict.direction, words
    return Compared(row["cut"], name, row["figure"], row["rest"], value, low, high, p, *told)


def _places(snapshot: Snapshot, whose: str) -> frozenset[str]:
    tree = snapshot.organisation
    return frozenset().union(*({each} | tree.descendants(each) for each in scope(whose).members))


def _compared(snapshot: Snapshot, kpi: KpiDefinition, whose: list[str], windows: list[Period]) -> Comparison:
    """The two cells of two scopes in one window, or of one scope in two."""
    found = measure.estimated(snapshot, kpi, whose, windows)
    hidden = shield.of_departments(snapshot, kpi, found, windows)
    before, after = measure.listed(snapshot, kpi, found, whose, windows, hidden)
    why = comparisons.missing(before, after)
    if why:
        return Comparison(kpi, before, after, None, None, None, None, None, None, f"Cannot tell: {why}")
    was, now = (measured.picked(found, found.keys.rows([each.scope], [each.window])) for each in (before, after))
    told = comparisons.between(kpi, now, was, np.random.default_rng(SEED))
    value, low, high, p = (_plain(getattr(told, name)[0]) for name in ENDS)
    least = _plain(max(detectable(each.found)[0] for each in (was, now)))
    words = comparisons.verdict(kpi, p, least)
    return Comparison(kpi, before, after, value, low, high, p, None if p is None else p <= LEVEL, least, words)


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _split(snapshot: Snapshot, whole: Comparison, cut: str, before: Period, after: Period) -> Split | None:
    found = measure.group(snapshot, whole.kpi, cut, [before, after], whole.after.scope)
    keys = zip(found.keys["scope"].tolist(), found.keys["window"].tolist(), strict=True)
    variance = dict(zip(keys, found.found.variance.tolist(), strict=True))
    names = sorted({name for name, _ in variance})
    sides: dict[str, dict[str, tuple[Figure, float]]] = {before.name: {}, after.name: {}}
    for each in measure.listed(snapshot, whole.kpi, found, names, [before, after]):
        spread = float(variance.get((each.scope, each.window), 0.0))
        sides[each.window][each.scope.partition(":")[2]] = each, spread
    flags = measure.withheld(snapshot, whole.kpi, cut, found, [before, after], whole.after.scope)
    hidden = {name.partition(":")[2] for name in found.keys["scope"][flags]}
    n = whole.before.effective_n or whole.before.n, whole.after.effective_n or whole.after.n
    return comparisons.split(whole.kpi, sides[before.name], sides[after.name], n, hidden)
