"""The decisions that rest on a KPI: targets set, plans that pay on it, baselines restarted, definitions accepted."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from sqlmodel import col, select

from kpis.records.aims import TargetChange
from kpis.records.session import session
from kpis.records.tables import DefinitionVersion, TargetRecord
from kpis.targets import Target
from kpis.workflows import aim, baselines, inforce, plans
from kpis.workspace import Snapshot

STEPS = ("reviewed", "approved", "active")


@dataclass(frozen=True)
class Decision:
    """What somebody decided about a KPI: when, what about, whose figure, by whom (surrogate, address or name) and why.

    kind: target, plan, baseline or definition; what: its period or title and version, or the day from which it counts.
    """

    on: date
    kind: str
    what: str
    scope: str
    by: str
    reason: str


def decisions(snapshot: Snapshot, kpi: str, scopes: Collection[str], with_plans: bool) -> list[Decision]:
    """The decisions that cite a KPI in those scopes, newest first; plans, which pay people, only where they are asked for."""
    found = [*_targets(snapshot, kpi, scopes), *_baselines(snapshot, kpi, scopes), *_definitions(snapshot, kpi)]
    found += _plans(snapshot, kpi) if with_plans else []
    return sorted(found, key=lambda each: (each.on, each.kind, each.what), reverse=True)


def _targets(snapshot: Snapshot, kpi: str, scopes: Collection[str]) -> Iterator[Decision]:
    with session(snapshot.workspace.engine) as records:
        why = {(each.id, each.version): each for each in records.exec(select(TargetChange)).all()}
        for row in records.exec(select(TargetRecord).order_by(col(TargetRecord.imported_at))).all():
            held = Target.model_validate_json(row.document)
            if held.kpi == kpi and held.scope in scopes:
                told = why.get((row.id, row.version))
                by, reason = (told.made_by, told.reason) if told else ("", "")
                what = f"{held.period}, version {row.version}"
                yield Decision(row.imported_at.date(), "target", what, held.scope, by, reason)


def _baselines(snapshot: Snapshot, kpi: str, scopes: Collection[str]) -> Iterator[Decision]:
    for (name, whose), marks in baselines.of(snapshot.workspace).items():
        for each in marks if name == kpi and whose in scopes else ():
            if each.by != baselines.BUILD:
                yield Decision(each.at.date(), "baseline", str(each.since), whose, each.by, each.reason)


def _definitions(snapshot: Snapshot, kpi: str) -> Iterator[Decision]:
    with session(snapshot.workspace.engine) as records:
        for each in records.exec(select(DefinitionVersion).where(DefinitionVersion.kpi == kpi)).all():
            what = f"version {each.version}"
            yield Decision(each.accepted_at.date(), "definition", what, "", each.accepted_by, each.reason)


def since(snapshot: Snapshot, kpi: str, digest: str) -> date | None:
    """The day a definition of that content hash was accepted; None for one that was there from the start."""
    with session(snapshot.workspace.engine) as records:
        query = select(DefinitionVersion).where(DefinitionVersion.kpi == kpi, DefinitionVersion.digest == digest)
        found = records.exec(query).first()
    return found.accepted_at.date() if found else None


def _plans(snapshot: Snapshot, kpi: str) -> Iterator[Decision]:
    aimed = {name: each.kpi for name, each in aim.newest(snapshot.workspace).items()}
    for name in plans.current(snapshot.workspace):
        for standing in inforce.of(snapshot.workspace, name):
            read = {
                each.kpi or aimed.get(each.target or "")
                for each in standing.plan.sources
                if isinstance(each.target, str | None)
            }
            for step in standing.steps if kpi in read else ():
                if step.step in STEPS:
                    what = f"{standing.plan.title or name}, version {step.version}: {step.step}"
                    yield Decision(step.at.date(), "plan", what, "", step.by, "")
