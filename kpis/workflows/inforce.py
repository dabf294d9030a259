"""Where a plan version stands: draft, reviewed, approved, active, superseded, or changed after it was approved."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256

from sqlmodel import Session, col, select

from data_contracts.problems import Problem, Problems, did_you_mean
from kpis.calendar import Period
from kpis.incentives.plan import Plan
from kpis.records.runs import PlanStep
from kpis.records.session import session
from kpis.records.tables import PlanRecord
from kpis.workflows import plans
from kpis.workspace import Workspace

APPROVALS = 2


@dataclass(frozen=True)
class Standing:
    """One version of a plan, the steps that bind it as it is now, and where it stands on a day."""

    record: PlanRecord
    plan: Plan
    steps: tuple[PlanStep, ...]
    state: str

    @property
    def since(self) -> date | None:
        """The day it is active from."""
        return next((each.valid_from for each in self.steps if each.step == "active"), None)

    @property
    def approvers(self) -> tuple[str, ...]:
        """Who approved it as it is."""
        return tuple(dict.fromkeys(each.by for each in self.steps if each.step == "approved"))


@lru_cache(64)
def content(text: str, name: str) -> str:
    """The content hash of a plan's text, remembered: it is asked for at every decision."""
    return plans.parsed(text, name).digest()


def text_digest(text: str) -> str:
    """SHA-256 of a plan's bytes as they were imported: what an approval binds beside the normal form's hash."""
    return sha256(text.encode()).hexdigest()


def standing(records: Session, name: str, today: date) -> list[Standing]:
    """Every version of a plan, oldest first."""
    rows = records.exec(select(PlanRecord).where(PlanRecord.id == name).order_by(col(PlanRecord.version))).all()
    steps = records.exec(select(PlanStep).where(PlanStep.plan == name).order_by(col(PlanStep.entry))).all()
    found = [_standing(row, [each for each in steps if each.version == row.version]) for row in rows]
    begun = [each.since for each in found if each.state == "active" and each.since]
    newest = max((each for each in begun if each <= today), default=None)
    return [
        Standing(each.record, each.plan, each.steps, "superseded")
        if each.state == "active" and each.since and newest and each.since < newest
        else each
        for each in found
    ]


def _standing(row: PlanRecord, steps: Sequence[PlanStep]) -> Standing:
    plan = plans.parsed(row.text, row.id)
    binds = (content(row.text, row.id), text_digest(row.text))
    held = tuple(each for each in steps if (each.digest, each.text_digest) == binds)
    if len(held) < len(steps) or row.digest != binds[0]:
        return Standing(row, plan, (), "changed")
    done = {each.step for each in held}
    approved = len({each.by for each in held if each.step == "approved"}) >= APPROVALS
    states = ("active", "active" in done and approved), ("approved", approved), ("reviewed", "reviewed" in done)
    return Standing(row, plan, held, next((state for state, holds in states if holds), "draft"))


def of(workspace: Workspace, name: str) -> list[Standing]:
    """Every version of a plan, oldest first; raises Problems with a suggestion when there is none."""
    with session(workspace.engine) as records:
        found = standing(records, name, workspace.today)
    if not found:
        known = plans.current(workspace)
        raise Problems([Problem("plan", "a plan of this workspace", repr(name), did_you_mean(name, known))])
    return found


def in_force(found: Sequence[Standing], day: date) -> Standing | None:
    """The version that is active on a day; None where none is."""
    begun = [each for each in found if each.state in ("active", "superseded") and each.since and each.since <= day]
    return max(begun, key=lambda each: (each.since, each.record.version), default=None)


def version_for(workspace: Workspace, name: str, day: date) -> tuple[Plan, str]:
    """The plan a run or a preview of a period beginning that day uses, and its state.

    The version in force on the day; where there is none, the newest one, which is then a draft or not active yet.
    """
    found = of(workspace, name)
    active = in_force(found, day)
    if active:
        return active.plan, "active"
    newest = found[-1]
    return newest.plan, "not active yet" if newest.state in ("active", "superseded") else newest.state


def live(records: Session, today: date) -> dict[str, Plan]:
    """Every plan version that pays or may come to, by content hash: active, superseded, and the newest of each plan."""
    names = records.exec(select(PlanRecord.id).distinct().order_by(col(PlanRecord.id))).all()
    found = [standing(records, name, today) for name in names]
    return {
        content(each.record.text, each.record.id): each.plan
        for versions in found
        for each in versions
        if each is versions[-1] or each.state in ("active", "superseded", "approved")
    }


def known(workspace: Workspace) -> list[Plan]:
    """Every plan version that pays or may come to, each plan's oldest first (see `live`)."""
    with session(workspace.engine) as records:
        return list(live(records, workspace.today).values())


def paying(workspace: Workspace, day: date) -> list[Plan]:
    """The version of every plan that is in force on a day."""
    return [held.plan for versions in _every(workspace) if (held := in_force(versions, day))]


def of_period(workspace: Workspace, window: Period) -> list[Plan]:
    """The plans that pay a period: the version of each that is in force on its first day. A draft pays nobody."""
    return [plan for plan, _ in of_periods(workspace, [window])]


def of_periods(workspace: Workspace, windows: Iterable[Period]) -> list[tuple[Plan, Period]]:
    """The plans that pay each of some periods (see `of_period`)."""
    every = _every(workspace)
    return [
        (held.plan, window)
        for window in windows
        for versions in every
        if (held := in_force(versions, window.start)) and held.plan.frequency == window.kind
    ]


def _every(workspace: Workspace) -> list[list[Standing]]:
    with session(workspace.engine) as records:
        names = records.exec(select(PlanRecord.id).distinct().order_by(col(PlanRecord.id))).all()
        return [standing(records, name, workspace.today) for name in names]
