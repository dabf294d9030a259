"""Gaming signals of a run: facts of its figures, slice by slice, asked for patterns a person should look at."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.incentives import gaming
from kpis.incentives.exceptions import Found
from kpis.incentives.gaming import Counted, Signal
from kpis.sums import Facts
from kpis.targets import scope
from kpis.workflows import measure
from kpis.workspace import Snapshot

if TYPE_CHECKING:
    from kpis.workflows.pay import Payout

SHARES = ("share", "top_box", "nps")
WHOLE = 1_000_000


@dataclass(frozen=True)
class Looked:
    """A KPI of one scope that people are paid on through a component."""

    component: str
    title: str
    kpi: KpiDefinition
    scope: str
    people: tuple[str, ...]


def of(snapshot: Snapshot, payout: "Payout") -> list[Found]:
    """Every pattern behind the figures of a run; each holds the lines it bears on until somebody has looked."""
    slices = _slices(snapshot, payout.period)
    found = []
    for each in _looked(snapshot, payout):
        for signal in _signals(snapshot, each, slices, payout.period):
            told = f"{each.title}, {_name(snapshot, each.scope)}: {signal.told}."
            found.append(Found(f"pattern: {signal.kind}", each.people, told, each.component, held=True))
    return found


def _slices(snapshot: Snapshot, period: Period) -> list[Period]:
    """The slices of a period as windows of their own."""
    starts = [
        each for each in snapshot.workspace.settings.calendar.slices(period.start, period.end) if each >= period.start
    ]
    ends = [*starts[1:], period.end]
    return [Period(start, end, "slice", start.isoformat()) for start, end in zip(starts, ends, strict=True)]


def _looked(snapshot: Snapshot, payout: "Payout") -> list[Looked]:
    """Which KPI of which department, or of the company, each component reads for whom; joint scopes by their members."""
    tree = snapshot.organisation
    read: dict[tuple[str, str, str], dict[str, None]] = defaultdict(dict)
    participants = payout.run.participants if payout.run else ()
    titles = {each.id: each.name for each in payout.plan.components}
    for person in participants:
        for part in person.segments:
            for component, reading in part.readings.items():
                ratio = reading.own or reading.team
                if ratio is None or "@" not in ratio.of or component not in titles:
                    continue
                kpi, whose, _period = ratio.of.split("@")
                kind = scope(whose).kind
                at = f"department:{part.department}" if kind in ("joint", "person") else whose
                if kind != "joint" or set(tree.ancestors(part.department)) & set(scope(whose).members):
                    read[component, kpi, at][person.person] = None
    kpis = snapshot.workspace.kpis
    return [
        Looked(component, titles[component], kpis[kpi], whose, tuple(sorted(people)))
        for (component, kpi, whose), people in sorted(read.items())
        if kpi in kpis
    ]


def _signals(snapshot: Snapshot, each: Looked, slices: Sequence[Period], period: Period) -> Iterator[Signal]:
    if each.kpi.measure.kind in SHARES:
        parts = _parts(snapshot, each.kpi, each.scope, slices)
        days = f"{slices[-1].start.day} to {period.end.fromordinal(period.end.toordinal() - 1):%-d %B}"
        yield from filter(
            None, (gaming.burst_at_the_end(parts, each.kpi.direction, days), gaming.more_at_the_end(parts, days))
        )
        guard = snapshot.workspace.kpis.get(each.kpi.guardrail or "")
        if guard and guard.period_of == "closed" and guard.measure.kind == "share":
            yield from filter(None, (gaming.reopened(_parts(snapshot, guard, each.scope, slices), days),))
        yield from _heaped(snapshot, each, period)
    if each.kpi.response:
        yield from _surveyed(snapshot, each, period)


def _parts(snapshot: Snapshot, kpi: KpiDefinition, whose: str, windows: Sequence[Period]) -> list[Counted]:
    """How many of how many, window by window; those that hold nothing are left out."""
    cells = measure.summed(snapshot, kpi, [whose], windows)
    days = {each.name: each.days for each in windows}
    counted = _counted(kpi, cells)
    return [Counted(ones, n, days[name]) for name in days if name in counted for ones, n in [counted[name]] if n]


def _counted(kpi: KpiDefinition, cells: Facts) -> Mapping[str, tuple[float, float]]:
    found: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in cells:
        found[row["window"]][0] += row["n"] / WHOLE if _counts(kpi, row["bucket"]) else 0.0
        found[row["window"]][1] += row["n"] / WHOLE
    return {name: (ones, n) for name, (ones, n) in found.items()}


def _counts(kpi: KpiDefinition, bucket: int) -> bool:
    """Whether a bucket is one that the share counts: yes, the boxes, or a promoter."""
    if kpi.measure.kind == "share":
        return bucket == 1
    return bucket in kpi.measure.boxes if kpi.measure.kind == "top_box" else bucket >= 9


def _heaped(snapshot: Snapshot, each: Looked, period: Period) -> Iterator[Signal]:
    """Answers heaped on the first value that pays."""
    measured = each.kpi.measure
    if measured.kind == "share":
        return
    counts: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for row in measure.summed(snapshot, each.kpi, list(dict.fromkeys([each.scope, "company"])), [period]):
        counts[row["scope"]][row["bucket"]] += row["n"] / WHOLE
    here, whole = counts[each.scope], counts["company"]
    others = {bucket: n - here.get(bucket, 0.0) for bucket, n in whole.items()} if each.scope != "company" else None
    at = min(measured.boxes) if measured.boxes else 9
    yield from filter(None, (gaming.heaping(here, at, f"exactly {at}", others),))


def _surveyed(snapshot: Snapshot, each: Looked, period: Period) -> Iterator[Signal]:
    """Who was asked, here against elsewhere; and whether over a year the score rises as fewer answer."""
    assert each.kpi.response is not None  # looked at by the caller
    kpis = snapshot.workspace.kpis
    asked, answered = kpis.get(each.kpi.response.asked), kpis.get(each.kpi.response.answered)
    if asked and each.scope != "company":
        here = gaming.total(_parts(snapshot, asked, each.scope, [period]))
        whole = gaming.total(_parts(snapshot, asked, "company", [period]))
        others = Counted(whole.ones - here.ones, whole.n - here.n)
        yield from filter(None, (gaming.left_out(here, others),))
    if answered and each.kpi.measure.kind in SHARES:
        year = _slices(snapshot, Period(period.end - timedelta(days=365), period.end, "span", "year"))
        rates, scores = (_by_window(snapshot, kpi, each.scope, year) for kpi in (answered, each.kpi))
        both = [(rates[name].share, scores[name].share) for name in rates if name in scores]
        yield from filter(None, (gaming.silence_for_score(both),))


def _by_window(snapshot: Snapshot, kpi: KpiDefinition, whose: str, windows: Sequence[Period]) -> dict[str, Counted]:
    counted = _counted(kpi, measure.summed(snapshot, kpi, [whose], windows))
    return {name: Counted(ones, n) for name, (ones, n) in counted.items() if n >= gaming.LEAST}


def _name(snapshot: Snapshot, whose: str) -> str:
    kind, _colon, name = whose.partition(":")
    return snapshot.organisation.name(name) if kind == "department" else "the company"
