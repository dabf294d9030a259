"""Targets: imported and exported as YAML, every change a new version, the cascade checked."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import pyarrow as pa
from sqlmodel import select

from data_contracts.problems import raise_if
from kpis import cascade, targets
from kpis.records.keys import RecordKeys
from kpis.records.session import session
from kpis.records.tables import Identity, TargetRecord
from kpis.targets import Target
from kpis.workspace import Snapshot, Workspace


def import_targets(snapshot: Snapshot, text: str, now: datetime, where: str = "targets.yaml") -> tuple[Target, ...]:
    """Take in the targets of a YAML text; raises Problems with every fault, cascades that do not close among them.

    People stand in the file under their employee number. Returns the targets that are new or changed.
    """
    workspace = snapshot.workspace
    given = targets.parse(text, where)
    numbers = _people(given)
    keys = (
        RecordKeys(workspace.engine)
        .resolve("person", pa.table({"key": pa.array(numbers, pa.string())}), mint=False)
        .to_pydict()
    )
    known = dict(zip(keys["key"], keys["surrogate"], strict=True))
    merged = current(workspace) | {each.id: _renamed(each, lambda number: known.get(number, number)) for each in given}
    everyone = list(merged.values())
    found = targets.check(
        everyone, workspace.kpis, snapshot.organisation, workspace.settings.calendar, known.values(), where
    )
    raise_if(found or cascade.check(everyone, workspace.kpis, snapshot.organisation, where))
    return _stored(workspace, [merged[each.id] for each in given], now)


def export_targets(workspace: Workspace) -> str:
    """The current targets as YAML, people under their employee number; importing it again changes nothing."""
    with session(workspace.engine) as records:
        rows = records.exec(select(Identity).where(Identity.kind == "person")).all()
    numbers = {row.surrogate: row.external for row in rows}
    return targets.to_yaml(_renamed(each, lambda key: numbers.get(key, key)) for each in current(workspace).values())


def current(workspace: Workspace) -> dict[str, Target]:
    """The newest version of every target, by id."""
    with session(workspace.engine) as records:
        rows = records.exec(select(TargetRecord).order_by(TargetRecord.id, TargetRecord.version)).all()  # type: ignore[arg-type]
    return {row.id: Target.model_validate_json(row.document) for row in rows}


def in_period(found: Mapping[str, Target], period: str) -> dict[str, Target]:
    """The targets of one period."""
    return {name: each for name, each in found.items() if each.period == period}


def _people(given: Iterable[Target]) -> list[str]:
    scopes = (targets.scope(each.scope) for each in given)
    return sorted({name for whose in scopes if whose.kind == "person" for name in whose.members})


def _renamed(each: Target, rename: Callable[[str], str]) -> Target:
    whose = targets.scope(each.scope)
    return each if whose.kind != "person" else each.model_copy(update={"scope": f"person:{rename(whose.members[0])}"})


def _stored(workspace: Workspace, given: Iterable[Target], now: datetime) -> tuple[Target, ...]:
    changed = []
    with session(workspace.engine) as records:
        rows = records.exec(select(TargetRecord).order_by(TargetRecord.version)).all()  # type: ignore[arg-type]
        newest = {row.id: row for row in rows}
        for each in given:
            document = json.dumps(each.model_dump(mode="json", exclude_none=True), sort_keys=True)
            old = newest.get(each.id)
            if old is None or old.document != document:
                version = old.version + 1 if old else 1
                records.add(
                    TargetRecord(
                        id=each.id, version=version, valid_from=workspace.today, document=document, imported_at=now
                    )
                )
                changed.append(each)
    return tuple(changed)
