"""What a KPI did: its figures over time, its usual range, its signal, and where it stands against its target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from kpis import signals
from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.figures import Figure
from kpis.signals import Signal
from kpis.targets import Target, position
from kpis.workflows import aim, baselines, cells, measure
from kpis.workflows.baselines import Kept
from kpis.workspace import Snapshot

WEEKS = 52
SHOWN = ("ok", "no interval")
TO_DATE = (*SHOWN, "ripening")  # a period that still runs is looked at before it is ripe, and never paid on


@dataclass(frozen=True)
class Course:
    """One KPI of one scope over whole periods, oldest first: figures with a signal each, and the target now.

    restarts: the days within them at which the usual range begins anew, and why.
    """

    kpi: KpiDefinition
    scope: str
    windows: tuple[Period, ...]
    figures: tuple[Figure, ...]
    signals: tuple[Signal, ...]
    target: Target | None
    restarts: tuple[tuple[date, str], ...] = ()

    @property
    def now(self) -> Figure:
        """The newest figure."""
        return self.figures[-1]

    @property
    def signal(self) -> Signal:
        """The newest signal."""
        return self.signals[-1]


def weeks(snapshot: Snapshot, last: str = "", count: int = WEEKS) -> list[Period]:
    """The whole weeks up to the named one, or up to the newest that has ended; oldest first."""
    calendar, today = snapshot.workspace.settings.calendar, snapshot.workspace.today
    end = calendar.parse(last).end if last else calendar.containing(today + timedelta(days=1), "week").start
    return calendar.between(end - timedelta(weeks=count), end, "week")


def course(
    snapshot: Snapshot,
    kpi: str,
    scope: str,
    last: str = "",
    count: int = WEEKS,
    targets: Mapping[str, Target] | None = None,
    kept: Sequence[Kept] | None = None,
) -> Course:
    """A KPI week by week against its frozen baselines, or its first 20 weeks here while there are none.

    Company figures answer to every rule, departments to the first alone (definitions.md).
    """
    definition = snapshot.workspace.kpi(kpi)
    kept = baselines.of(snapshot.workspace).get((kpi, scope), ()) if kept is None else kept
    before = max((each.baseline.season for each in kept if each.baseline), default=0)
    every = weeks(snapshot, last, count + before)
    figures = measure.figures(snapshot, definition, [scope], every)
    found, windows = _signals(definition, scope, figures, every, kept)[before:], every[before:]
    aimed = target(snapshot, aim.current(snapshot.workspace) if targets is None else targets, kpi, scope, windows[-1])
    restarts = tuple((each.since, each.reason) for each in kept[1:] if windows[0].start < each.since < windows[-1].end)
    return Course(definition, scope, tuple(windows), tuple(figures[before:]), tuple(found), aimed, restarts)


def _signals(
    kpi: KpiDefinition, scope: str, figures: Sequence[Figure], windows: Sequence[Period], kept: Sequence[Kept]
) -> list[Signal]:
    values, n = baselines.series(kpi, figures)
    rules = signals.RULES if scope == "company" else signals.DEPARTMENT_RULES
    if not kept:
        return signals.signals(values, kpi.direction, n=n, rules=rules)
    return signals.chart(values, kpi.direction, baselines.starts(kept, windows), n, rules)


def courses(snapshot: Snapshot, scope: str, last: str = "", count: int = WEEKS) -> list[Course]:
    """Every KPI that holds facts, the newest signals read together so that many charts do not cry wolf."""
    targets, kept = aim.current(snapshot.workspace), baselines.of(snapshot.workspace)
    names = sorted(snapshot.built)
    with cells.together(
        snapshot, [snapshot.workspace.kpi(each) for each in names], scope, weeks(snapshot, last, count)
    ):
        found = [course(snapshot, each, scope, last, count, targets, kept.get((each, scope), ())) for each in names]
    told = signals.across_charts([each.signal for each in found])
    return [replace(each, signals=(*each.signals[:-1], signal)) for each, signal in zip(found, told, strict=True)]


def newest(snapshot: Snapshot, scope: str, last: str = "") -> dict[str, Signal]:
    """The newest signal of every KPI of a scope, read together."""
    return {each.kpi.id: each.signal for each in courses(snapshot, scope, last)}


def expected(courses: Sequence[Course]) -> float:
    """How many signals chance alone would give among the newest points, before the charts are read together."""
    return sum(each.signal.chance for each in courses)


def target(snapshot: Snapshot, targets: Mapping[str, Target], kpi: str, scope: str, window: Period) -> Target | None:
    """The target in force at the end of a window: the one of the shortest period that holds it."""
    calendar, day = snapshot.workspace.settings.calendar, window.end - timedelta(days=1)
    mine = [(calendar.parse(each.period), each) for each in targets.values() if (each.kpi, each.scope) == (kpi, scope)]
    held = [(period.days, each.id, each) for period, each in mine if period.start <= day < period.end]
    return min(held)[2] if held else None


def attained(
    each: Target, figure: Figure, definition: KpiDefinition, states: Sequence[str] = SHOWN
) -> tuple[float | None, float | None, float | None]:
    """Attainment (0 threshold, 100 target, 200 stretch) of the figure and of its interval's ends, worse end first."""
    times = 100 if definition.unit == "percent" else 1
    if figure.value is None or figure.state not in states:
        return None, None, None
    low, high = sorted(
        position(each.values, _fraction(end * times))
        if end is not None
        else position(each.values, _fraction(figure.value * times))
        for end in (figure.low, figure.high)
    )
    return float(position(each.values, _fraction(figure.value * times))), float(low), float(high)


def to_date(snapshot: Snapshot, kind: str) -> Period:
    """The period of that kind that today lies in: figures of it are "to date"."""
    return snapshot.workspace.settings.calendar.containing(snapshot.workspace.today, kind)


def periods(snapshot: Snapshot, kind: str, scopes: Sequence[str] = ()) -> list[str]:
    """The names of the periods that hold targets of that kind, newest first."""
    calendar = snapshot.workspace.settings.calendar
    found = {
        calendar.parse(each.period)
        for each in aim.current(snapshot.workspace).values()
        if not scopes or each.scope in scopes
    }
    return [each.name for each in sorted(found, reverse=True) if each.kind == kind]


def _fraction(value: float) -> Fraction:
    return Fraction(str(value))
