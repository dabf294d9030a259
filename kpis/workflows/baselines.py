"""What was usual: one frozen baseline per KPI and scope, kept as a record, restarted only at a marked change."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import col, select

from data_contracts.problems import Problem, did_you_mean, raise_if
from kpis import measured, signals
from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.figures import Figure
from kpis.records.session import session
from kpis.records.tables import ChartBaseline
from kpis.signals import POINTS, YEAR, Baseline
from kpis.workflows import actors, cells, measure
from kpis.workspace import Snapshot, Workspace, open_snapshot

JUDGED = ("ok", "no interval")
FIRST, SEASON, BUILD = "The first weeks.", "A year of history shows a season.", "the build"
ANEW = "Version {version} of the definition."
WEEK = timedelta(days=7)
Key = tuple[str, str]


@dataclass(frozen=True)
class Kept:
    """A baseline as it is kept: since when it counts, why it begins there and who said so.

    baseline is None while fewer than 20 whole ripe weeks have passed since then. definition: the digest of the KPI's
    definition whose figures it is made of. anew: why the same weeks were frozen again; earlier: what they were before, oldest
    first.
    """

    since: date
    baseline: Baseline | None
    reason: str
    by: str
    at: datetime
    definition: str = ""
    anew: str = ""
    earlier: tuple["Kept", ...] = ()


def of(workspace: Workspace) -> dict[Key, tuple[Kept, ...]]:
    """The baselines of every KPI and scope, oldest first."""
    found: dict[Key, tuple[Kept, ...]] = {}
    with session(workspace.engine) as records:
        for row in records.exec(select(ChartBaseline).order_by(col(ChartBaseline.since))).all():
            mark = Kept(row.since, None, row.reason, row.frozen_by, row.frozen_at)
            kept = _read(mark, json.loads(row.document) or {})
            found[row.kpi, row.scope] = (*found.get((row.kpi, row.scope), ()), kept)
    return found


def freeze(workspace: Workspace, now: datetime, kpis: Iterable[str] | None = None) -> int:
    """Freeze the baselines that have 20 whole ripe weeks by now; returns how many.

    A KPI and scope without one gets its first, a restart that waited gets its own, a chart that did not know its season
    begins anew; another definition makes another baseline of the same weeks, whose mark keeps its reason, its author and
    what was frozen before. Else what is frozen stays. `kpis` are those a build has touched, all without it: only these are
    looked at, and read where some scope of theirs waits.
    """
    snapshot, kept = open_snapshot(workspace), of(workspace)
    names = [name for name in (snapshot.built if kpis is None else kpis) if name in workspace.kpis]
    rows = [row for name in sorted(names) for row in _ready(snapshot, workspace.kpi(name), kept, now)]
    _keep(workspace, rows)
    return len(rows)


def restart(workspace: Workspace, kpi: str, whose: str, since: date, reason: str, by: str, now: datetime) -> Kept:
    """Begin a new baseline at a marked change; it is frozen once 20 weeks have passed since then.

    Raises Problems for an unknown KPI or scope, a day to come or before the last restart, a missing reason, and for `by`
    who is nobody known or has no role for it.
    """
    snapshot, before = open_snapshot(workspace), of(workspace).get((kpi, whose), ())
    workspace.kpi(kpi)
    who = actors.actor(snapshot, by)
    raise_if([*actors.refuse(who, "restart a baseline"), *_refused(snapshot, whose, since, reason, before)])
    _keep(workspace, [_record(kpi, whose, Kept(since, None, reason.strip(), who.key, now))])
    freeze(workspace, now, [kpi])
    return of(workspace)[kpi, whose][-1]


def series(kpi: KpiDefinition, figures: Sequence[Figure]) -> tuple[list[float], list[float] | None]:
    """What a chart is made of: the values, NaN where a figure may not be judged, and for a share its n."""
    values = [each.value if each.value is not None and each.state in JUDGED else float("nan") for each in figures]
    return values, [each.n for each in figures] if kpi.measure.kind in ("share", "top_box") else None


def starts(kept: Sequence[Kept], windows: Sequence[Period]) -> list[tuple[int, Baseline | None]]:
    """The place of each baseline in a series of windows: the first that begins on its day or later."""
    return [(sum(window.start < each.since for window in windows), each.baseline) for each in kept]


def _refused(snapshot: Snapshot, whose: str, since: date, reason: str, before: Sequence[Kept]) -> list[Problem]:
    known = ["company", *(f"department:{each.id}" for each in snapshot.organisation.departments)]
    found = (
        []
        if whose in known
        else [Problem("--unit", "the company or a department", repr(whose), did_you_mean(whose, known))]
    )
    if since > snapshot.workspace.today:
        found.append(Problem("--since", "a day that has come", str(since), "Mark a change once it has happened."))
    if before and since <= before[-1].since:
        step = "A frozen baseline stays; mark a later change."
        found.append(Problem("--since", f"a day after {before[-1].since}, the last beginning", str(since), step))
    if not reason.strip():
        found.append(Problem("--reason", "words that explain it later", "nothing", "Say what changed."))
    return found


def _ready(
    snapshot: Snapshot, kpi: KpiDefinition, kept: Mapping[Key, Sequence[Kept]], now: datetime
) -> list[ChartBaseline]:
    """The baselines of one KPI that can be frozen now."""
    weeks = _weeks(snapshot, kpi)
    if len(weeks) < POINTS:
        return []
    first = (Kept(weeks[0].start, None, FIRST, BUILD, now),)
    every = ["company", *(f"department:{each.id}" for each in snapshot.organisation.departments)]
    marks = {whose: _due(kept.get((kpi.id, whose), first), kpi.digest(), weeks) for whose in every}
    waiting = [whose for whose, due in marks.items() if due]
    held = {"company", *cells.lasting(snapshot, kpi, waiting, weeks, POINTS)} if waiting else set()
    found = _histories(snapshot, kpi, [whose for whose in waiting if whose in held], weeks)
    made = ((whose, _frozen(kpi, found[whose], weeks, *due, now)) for whose in found for due in marks[whose])
    return [_record(kpi.id, whose, each) for whose, each in made if each is not None]


def _due(marks: Sequence[Kept], digest: str, weeks: Sequence[Period]) -> list[tuple[Kept, date]]:
    """The marks of a scope that are to be looked at, each with the day of the next: all that are another definition's."""
    ends = zip(marks, [*(each.since for each in marks[1:]), date.max], strict=True)
    return [
        (mark, end)
        for mark, end in ends
        if (_waits(mark, digest, weeks) if end == date.max else mark.baseline and mark.definition != digest)
    ]


def _waits(mark: Kept, digest: str, weeks: Sequence[Period]) -> bool:
    """Whether a baseline is to come, is another definition's, or was frozen before a season can show and may lack it."""
    if mark.baseline is None or mark.definition != digest:
        return True
    shows, since = YEAR + POINTS, sum(week.start >= mark.since for week in weeks)
    young = mark.at.date() - mark.since < shows * WEEK
    return young and not mark.baseline.season and shows <= since <= 2 * YEAR


def _weeks(snapshot: Snapshot, kpi: KpiDefinition) -> list[Period]:
    """The whole weeks of a KPI's history that have ended, oldest first."""
    held, calendar = cells.extent(snapshot, kpi), snapshot.workspace.settings.calendar
    if held is None:
        return []
    found = calendar.between(held[0], snapshot.workspace.today, "week")
    return [week for week in found if held[0] <= week.start and week.end <= snapshot.workspace.today]


def _histories(
    snapshot: Snapshot, kpi: KpiDefinition, scopes: list[str], weeks: list[Period]
) -> dict[str, Sequence[Figure]]:
    """The figures of scopes week by week; their intervals play no part, so no groups are read."""
    if not scopes:
        return {}
    facts = cells.summed(snapshot, kpi, scopes, weeks)
    found = measured.measured(kpi, facts, None, cells.read_on(snapshot, kpi))
    figures = measure.listed(snapshot, kpi, found, scopes, weeks)
    return {whose: figures[at * len(weeks) : (at + 1) * len(weeks)] for at, whose in enumerate(scopes)}


def _frozen(
    kpi: KpiDefinition, figures: Sequence[Figure], weeks: Sequence[Period], mark: Kept, end: date, now: datetime
) -> Kept | None:
    """The mark with its baseline of the weeks before the next, or a new mark where a year shows a season; None for nothing new."""
    held = (each for each, week in zip(figures, weeks, strict=True) if mark.since <= week.start < end)
    values, n = series(kpi, list(held))
    told: dict[str, Any] = {"baseline": signals.frozen(values, n), "at": now, "definition": kpi.digest()}
    if mark.baseline and mark.definition != kpi.digest():
        before = (*mark.earlier, replace(mark, earlier=()))
        return replace(mark, anew=ANEW.format(version=kpi.version), earlier=before, **told)
    if told["baseline"] is None:
        return None
    if mark.baseline is None:
        return replace(mark, **told)
    if not signals.outgrown(mark.baseline, values):
        return None
    return replace(mark, since=weeks[-1].start, reason=SEASON, by=BUILD, anew="", earlier=(), **told)


def _read(mark: Kept, document: dict[str, Any]) -> Kept:
    """A mark with what its document says of it."""
    told = {name: document.pop(name, "") for name in ("definition", "anew")}
    earlier = document.pop("earlier", [])
    before = tuple(_read(replace(mark, at=datetime.fromisoformat(each.pop("at"))), each) for each in earlier)
    return replace(mark, baseline=signals.from_document(document) if document else None, earlier=before, **told)


def _document(kept: Kept) -> dict[str, Any]:
    """What a mark's document keeps: its baseline, whose definition's it is, and what the same weeks were before."""
    found = signals.to_document(kept.baseline) if kept.baseline else {}
    told: dict[str, Any] = {"definition": kept.definition, "anew": kept.anew}
    told["earlier"] = [_document(each) | {"at": each.at.isoformat()} for each in kept.earlier]
    return found | {name: value for name, value in told.items() if value}


def _record(kpi: str, whose: str, kept: Kept) -> ChartBaseline:
    text = json.dumps(_document(kept) or None, sort_keys=True)
    return ChartBaseline(
        kpi=kpi, scope=whose, since=kept.since, document=text, frozen_at=kept.at, frozen_by=kept.by, reason=kept.reason
    )


def _keep(workspace: Workspace, rows: Collection[ChartBaseline]) -> None:
    with session(workspace.engine) as records:
        for row in rows:
            records.merge(row)
