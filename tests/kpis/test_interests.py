"""Every recorded decision on what pays somebody is a link in the chain of who decides whose pay."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import SQLModel, select

from kpis.records.aims import TargetChange, TargetConsent
from kpis.records.runs import ClawbackClaim
from kpis.records.session import session
from kpis.records.tables import ChartBaseline, DefinitionVersion, Evidence, PayoutRecord, Run, TargetRecord
from kpis.workflows import actors, interests
from kpis.workspace import Workspace, open_snapshot, open_workspace
from tests.dashboard.company import company
from tests.kpis.small import NOW

HASH = "0" * 64
TARGET = {"target": "told_field", "terms": HASH, "given_by": "agreement:1", "given_on": NOW.date(), "document": "x"}
FROZEN = {"kpi": "told", "scope": "company", "since": NOW.date(), "document": "{}", "reason": "x"}
ACCEPTED = {"kpi": "told", "version": 2, "digest": HASH, "text": "x", "reason": "x"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return company(tmp_path_factory.mktemp("company")).root


@pytest.fixture
def where(made: Path, tmp_path: Path) -> Workspace:
    return open_workspace(Path(shutil.copytree(made, tmp_path / "w")), NOW)


def keep(where: Workspace, row: SQLModel) -> None:
    with session(where.engine) as records:
        records.add(row)


def why_not_approve(where: Workspace, by: str = "E33") -> str:
    """Why somebody of field may not approve the plan that pays service; empty where they may."""
    snapshot = open_snapshot(where)
    with session(where.engine) as records:
        who = actors.actor(snapshot, by)
        return "".join(map(str, interests.refused(snapshot, records, who, "approve", ["plan:service"], NOW)))


def test_without_a_decision_somebody_of_another_department_may_approve(where: Workspace) -> None:
    assert why_not_approve(where) == ""


@pytest.mark.parametrize("by", ["p_0", "E0"])
def test_whoever_set_the_target_that_pays_you_does_not_get_their_plan_approved_by_you(
    where: Workspace, by: str
) -> None:
    with session(where.engine) as records:
        held = records.exec(select(TargetChange).where(TargetChange.id == "told_field")).one()
        held.made_by = by
    assert "Name 0 changed target:told_field, which pays you" in why_not_approve(where)


@pytest.mark.parametrize("by", ["p_0", "E0"])
@pytest.mark.parametrize(
    ("row", "told"),
    [
        (
            lambda by: TargetConsent(**TARGET, recorded_at=NOW, recorded_by=by),
            "recorded a consent on target:told_field",
        ),
        (
            lambda by: DefinitionVersion(**ACCEPTED, accepted_at=NOW, accepted_by=by),
            "accepted a definition of kpi:told",
        ),
        (lambda by: ChartBaseline(**FROZEN, frozen_at=NOW, frozen_by=by), "froze the baseline of kpi:told"),
    ],
)
def test_a_consent_a_definition_and_a_baseline_are_decisions_too(where, by, row, told) -> None:
    keep(where, row(by))
    assert f"Name 0 {told}, which pays you" in why_not_approve(where)


def test_proposing_a_clawback_is_a_decision_too(where: Workspace) -> None:
    run = Run(
        id="field.2026-Q3.1", plan="field", plan_version=1, period="2026-Q3", evidence=HASH, made_at=NOW, made_by="x",
        currency="EUR", total=1,
    )  # fmt: skip
    keep(where, Evidence(digest=HASH, document="{}"))
    keep(where, run)
    keep(where, PayoutRecord(run=run.id, person="p_33", amount=1, steps=HASH))
    assert why_not_approve(where) == ""
    keep(where, ClawbackClaim(
        entry=1, run=run.id, person="p_32", cause="leaving", event=NOW.date(), share="100", months_left=1, any_plan=False,
        paid=1, amount=1, reason="x", by="p_0", at=NOW,
    ))  # fmt: skip
    assert "Name 0 proposed a clawback of run:field.2026-Q3.1, which pays you" in why_not_approve(where)


def test_what_was_decided_more_than_a_year_ago_is_forgotten(where: Workspace) -> None:
    old = NOW - timedelta(days=400)
    keep(where, TargetConsent(**TARGET, recorded_at=old, recorded_by="p_0"))
    with session(where.engine) as records:
        assert records.exec(select(TargetRecord).where(TargetRecord.id == "told_field")).one()
    assert why_not_approve(where) == ""
