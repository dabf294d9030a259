"""Who releases a delivery into the data: nobody whose pay hangs on its dataset, directly or through a chain."""

from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import select

from data_contracts.problems import Problem, Problems, raise_if
from data_contracts.receipts import UNRELEASED, Receipt, store
from kpis.incentives.conflict import reached
from kpis.records.runs import PlanStep
from kpis.records.session import session
from kpis.workflows import actors, interests
from kpis.workspace import Workspace, open_snapshot


def release(workspace: Workspace, dataset: str, file: Path, by: str, now: datetime) -> str:
    """The key of who releases a delivery of the dataset; raises Problems for somebody whose role or pay forbids it.

    A release refused for a conflict of interest leaves a receipt, that says so without the path. Nobody need be named
    while no plan in force pays anybody on the dataset.
    """
    if not by:
        raise_if(_unnamed(workspace, dataset, now))
        return ""
    snapshot = open_snapshot(workspace)
    who = actors.actor(snapshot, by)
    raise_if(actors.refuse(who, "release data"))
    with session(workspace.engine) as records:
        found = interests.refused(snapshot, records, who, "release", [f"dataset:{dataset}"], now)
    if found:
        told = Problem(dataset, "somebody without a conflict of interest", "one", "Let somebody else release it.")
        at = now.astimezone(UTC).isoformat()
        store(workspace.lake, Receipt(dataset, "", UNRELEASED, at, file.name, by=who.key, problems=(told,)))
        raise Problems(found)
    return who.key


def _unnamed(workspace: Workspace, dataset: str, now: datetime) -> list[Problem]:
    """Why somebody must be named: a plan is in force, and pay hangs on the dataset."""
    thing = f"dataset:{dataset}"
    with session(workspace.engine) as records:
        if records.exec(select(PlanStep).where(PlanStep.step == "active")).first() is None:
            return []
        moves = interests.gathered(open_snapshot(workspace), records, [thing], now).moves
    if not any(each.startswith("person:") for each in reached(moves, [thing])):
        return []
    step = "Name a steward or HR whose pay does not hang on it: a pipeline by an address of its own."
    return [Problem(f"release {dataset}, --by", "who releases it: somebody's pay hangs on it", "nobody", step)]
