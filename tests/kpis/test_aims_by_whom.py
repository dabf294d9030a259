"""Who may set a target, and whose word makes one harder: nobody by a name, nobody without the right, nobody for others."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from data_contracts.problems import Problems
from kpis.records.aims import TargetConsent
from kpis.records.session import session
from kpis.targets import Target
from kpis.workflows import agreements, aim
from kpis.workflows.aim import Change, Consent
from kpis.workspace import Workspace, open_snapshot, open_workspace
from tests.dashboard.company import company
from tests.kpis.small import NOW, PLANNER

GIVEN = date(2026, 11, 20)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return company(tmp_path_factory.mktemp("company")).root


@pytest.fixture
def where(made: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(made, tmp_path / "company")
    return open_workspace(tmp_path / "company", NOW)


def moved(where: Workspace, name: str, **values: object) -> Target:
    return Target.model_validate(aim.newest(where)[name].model_dump(exclude_none=True) | values)


def save(where: Workspace, by: str, *given: Target, consent: Consent | None = None) -> tuple[Target, ...]:
    return aim.save(open_snapshot(where), given, Change(by, consent=consent), NOW)


def terms(where: Workspace) -> str:
    """An agreement on harder targets, by its number."""
    return f"agreement:{agreements.record(where, date(2026, 11, 1), about='terms', parties='the works council', by=PLANNER)}"


@pytest.mark.parametrize("by", ["Tess Brandt", "", "command line", "HR", "tess@example.org", "E4000"])
def test_a_target_is_changed_by_nobody_who_is_no_person_and_has_no_role(where: Workspace, by: str) -> None:
    with pytest.raises(Problems, match="an employee number, or an address with a role"):
        save(where, by, moved(where, "told_field", target="68"))
    assert len(aim.versions(where)["told_field"]) == 1


def test_an_agent_without_a_role_changes_no_target(where: Workspace) -> None:
    with pytest.raises(Problems, match="one of the roles head, hr, leader"):
        save(where, "E40", moved(where, "told_field", target="68"))


def test_a_head_changes_targets_below_what_they_head_and_no_others(where: Workspace) -> None:
    with pytest.raises(Problems, match="a target below a department they head"):
        save(where, "E32", moved(where, "fcr_all", target="71"))
    assert save(where, "E43", moved(where, "told_field", target="68"))
    assert aim.changes(where)["told_field", 2].made_by == "p_43"


def test_whoever_changes_is_kept_under_one_key_however_they_are_named(where: Workspace) -> None:
    save(where, f" {PLANNER.upper()}", moved(where, "told_field", target="68"))
    assert aim.changes(where)["told_field", 2].made_by == PLANNER


def test_a_consent_is_the_holders_own_or_a_recorded_agreements_by_its_number(where: Workspace) -> None:
    own, shared = moved(where, "told_p1", target="72"), moved(where, "told_field", target="72")
    for given_by, each, why in (
        ("Santa", own, "an employee number"),
        ("E2", own, "the word of E1|the holder"),
        ("E32", shared, "a recorded agreement"),
        ("agreement:99", shared, "an agreement of this workspace"),
        (PLANNER, own, "the holder"),
    ):
        with pytest.raises(Problems, match=why):
            save(where, PLANNER, each, consent=Consent(given_by, GIVEN, "Letter of 20 November"))
    assert save(where, PLANNER, own, consent=Consent("E1", GIVEN, "Letter of 20 November")) == (own,)
    agreed = terms(where)
    assert save(where, PLANNER, shared, consent=Consent(agreed, GIVEN, "Agreement 12")) == (shared,)
    with session(where.engine) as records:
        kept = {each.target: each.given_by for each in records.exec(select(TargetConsent)).all()}
    assert kept == {"told_p1": "p_1", "told_field": agreed}


def test_an_agreement_on_individual_figures_makes_no_target_harder(where: Workspace) -> None:
    number = agreements.record(
        where, date(2026, 1, 1), parties="all", scope="all", kpis="all", purposes="own view", viewers="self",
        retention="24 months",
    )  # fmt: skip
    with pytest.raises(Problems, match="an agreement of this workspace on terms"):
        save(
            where, PLANNER, moved(where, "told_field", target="72"), consent=Consent(f"agreement:{number}", GIVEN, "x")
        )
    terms(where)
    found = agreements.current(where)
    assert found is not None
    assert found.id == number, "an agreement on terms is none on individual figures"


def test_a_consent_is_recorded_by_somebody_who_may_set_the_target_and_is_not_paid_on_it(where: Workspace) -> None:
    snapshot, harder = open_snapshot(where), [moved(where, "told_field", target="72")]
    given = Consent(terms(where), GIVEN, "Agreement 12")
    for by, why in (("Santa", "an employee number"), ("E40", "one of the roles"), ("E32", "who is not paid on it")):
        with pytest.raises(Problems, match=why):
            aim.consent(snapshot, harder, Change(by, consent=given), NOW)
    assert aim.consent(snapshot, harder, Change(PLANNER, consent=given), NOW) == harder
    assert save(where, PLANNER, *harder) == tuple(harder)


def test_an_agreement_on_terms_is_recorded_by_hr_or_leadership(where: Workspace) -> None:
    for by in ("Santa", "E40"):
        with pytest.raises(Problems):
            agreements.record(where, date(2026, 11, 1), about="terms", parties="the works council", by=by)
