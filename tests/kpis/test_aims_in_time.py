"""Changes of targets as they are kept: new versions with a date, consent where it is needed, nobody's own."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from sqlmodel import select

from data_contracts.problems import Problems
from kpis.in_force import Prorated
from kpis.records.aims import TargetConsent
from kpis.records.session import session
from kpis.targets import Target
from kpis.workflows import agreements, aim, pay
from kpis.workflows.aim import Change, Consent
from kpis.workspace import Workspace, open_snapshot
from tests.kpis import small
from tests.kpis.small import NOW, PLANNER, set_targets

GIVEN = date(2026, 11, 20)


def moved(where: Workspace, name: str, **values: object) -> Target:
    return Target.model_validate(aim.newest(where)[name].model_dump(exclude_none=True) | values)


def save(where: Workspace, *given: Target, **change: object) -> tuple[Target, ...]:
    return aim.save(open_snapshot(where), given, Change(**{"by": PLANNER} | change), NOW)  # type: ignore[arg-type]


def agreed(where: Workspace) -> Consent:
    number = agreements.record(where, date(2026, 11, 1), about="terms", parties="the works council", by=PLANNER)
    return Consent(f"agreement:{number}", GIVEN, "Agreement 12")


def test_a_relief_within_the_period_is_a_new_version_weighted_by_days_when_it_pays(where: Workspace) -> None:
    save(where, moved(where, "told_field", target="68"), by="p_43", reason="A flood", since=date(2026, 12, 1))
    found = aim.current(where)["told_field"]
    assert isinstance(found, Prorated)
    assert found.values[1] == Fraction(61 * 70 + 31 * 68, 92)
    kept = aim.changes(where)["told_field", 2]
    assert (kept.made_by, kept.reason, kept.harder, kept.after_end) == ("p_43", "A flood", False, False)
    reading = next(
        segment.readings["told"]
        for each in pay.prepare(open_snapshot(where), "field", "2026-Q4", to_date=True).run.participants
        for segment in each.segments
    )
    assert reading.target == found.values
    assert "68" in aim.export_targets(where)


def test_a_worsening_waits_for_consent_and_is_kept_with_it(where: Workspace) -> None:
    harder = moved(where, "told_field", target="72")
    with pytest.raises(Problems, match="a recorded consent or agreement"):
        save(where, harder)
    with pytest.raises(Problems, match="given_by"):
        save(where, harder, consent=Consent(" ", date(2026, 11, 20), "Agreement 12"))
    with pytest.raises(Problems, match="a day up to 2026-11-22"):
        save(where, harder, consent=Consent("agreement:1", date(2026, 12, 20), "Agreement 12"))
    save(where, harder, by="p_43", consent=agreed(where))
    with session(where.engine) as records:
        kept = records.exec(select(TargetConsent)).one()
    assert (kept.target, kept.given_by, kept.document, kept.recorded_by) == (
        "told_field", "agreement:1", "Agreement 12", "p_43",
    )  # fmt: skip
    assert aim.changes(where)["told_field", 2].harder


def test_a_yaml_file_obeys_the_same_rules_and_a_recorded_consent_opens_it(where: Workspace) -> None:
    text = aim.export_targets(where).replace('threshold: "61", target: "71"', 'threshold: "61", target: "73"')
    with pytest.raises(Problems, match=r"told_p1.*a recorded consent"):
        set_targets(where, text)
    snapshot = open_snapshot(where)
    own = Consent("E1", GIVEN, "Letter of 20 November")
    named = aim.consent(snapshot, aim.read(snapshot, text), Change(PLANNER, consent=own), NOW)
    assert [each.id for each in named] == ["told_p1"]
    assert [each.id for each in aim.import_targets(snapshot, text, Change(PLANNER), NOW)] == ["told_p1"]


def test_nobody_changes_a_target_their_own_pay_hangs_on(where: Workspace) -> None:
    easier = moved(where, "fcr_joint", target="70")
    with pytest.raises(Problems, match="somebody who is not paid on it, got p_0"):
        save(where, easier, by="p_0")
    assert save(where, easier) == (easier,)


def test_a_target_that_would_become_ones_own_is_refused_before_it_is(where: Workspace) -> None:
    nearer = {"id": "told_all", "kpi": "told", "scope": "person:p_5", "period": "2026-Q4"}
    made = Target.model_validate(nearer | {"threshold": "10", "target": "20", "stretch": "30"})
    with pytest.raises(Problems, match="not paid on it"):
        save(where, made, by="p_5")


def test_what_an_organisation_assumes_of_the_rest_is_nobodys_pay(where: Workspace) -> None:
    parts = {"kpi": "fcr", "period": "2026-Q4", "threshold": "66", "target": "72", "stretch": "78"}
    rest = {"share": "0.4", "threshold": "66", "target": "72", "stretch": "78"}
    child = Target.model_validate(
        parts | {"id": "fcr_field", "scope": "department:field", "parent": "fcr_all", "share": "0.6"}
    )
    assert len(save(where, moved(where, "fcr_all", rest=rest), child)) == 2


def test_a_hook_may_refuse_more_than_the_direct_check(where: Workspace) -> None:
    def refuse(_snapshot, by, changed):
        from data_contracts.problems import Problem

        return [Problem(each.id, "nobody at all", by, "Ask.") for each in changed]

    with pytest.raises(Problems, match="nobody at all"):
        aim.save(open_snapshot(where), [moved(where, "told_field", target="69")], Change(PLANNER), NOW, conflict=refuse)


def test_a_token_is_used_once(where: Workspace) -> None:
    assert len(save(where, moved(where, "told_field", target="69"), token="abc")) == 1
    assert save(where, moved(where, "told_field", target="67"), token="abc") == ()
    assert str(aim.newest(where)["told_field"].target) == "69"


def test_an_ended_period_is_not_edited_and_after_it_was_paid_not_set(tmp_path: Path) -> None:
    where = small.company(tmp_path)
    assert aim.changes(where)["fcr_company", 1].after_end
    text = small.TARGETS
    with pytest.raises(Problems, match="a period that has not ended"):
        set_targets(where, text.replace("threshold: 60", "threshold: 59"))
    pay.run(open_snapshot(where), "service", "2026-Q3", "HR", NOW)
    late = '  - {id: late, kpi: fcr, scope: "person:E0", period: 2026-Q3, threshold: 1, target: 2, stretch: 3}\n'
    with pytest.raises(Problems, match="a period that is not paid yet"):
        set_targets(where, text + late)


def test_values_beyond_the_scale_of_the_kpi_are_refused(where: Workspace) -> None:
    with pytest.raises(Problems, match="values from 0 to 100"):
        save(where, moved(where, "told_field", stretch="101"))
