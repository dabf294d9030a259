"""The plan designer: one text behind form and picture, kept as a version only when it holds."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kpis.workflows import plans
from kpis.workspace import open_workspace
from tests.dashboard.company import company
from tests.dashboard.pages import opened, sent
from tests.kpis.small import NOW


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    company(tmp_path)
    monkeypatch.setenv("GOLDENTHREAD_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("GOLDENTHREAD_VIEWER", "")
    return tmp_path


def designer(plan: str = "service") -> AppTest:
    return opened("plan", "hr", plan=plan)


def set_weight(at: AppTest, weight: str) -> None:
    next(each for each in at.text_input if each.label == "Weight in the plan, %").set_value(weight).run()


def test_a_changed_weight_is_told_at_once_and_keeps_the_draft_from_being_kept(served: Path) -> None:
    at = designer()
    assert any("As it is kept." in each.value for each in at.markdown)
    set_weight(at, "55")
    assert any("weights sum to 95, not 100" in each.value.replace("\\", "") for each in at.error)
    assert next(each for each in at.button if "Keep" in each.label).disabled


def test_what_holds_is_kept_as_the_next_version_and_the_old_one_stays(served: Path) -> None:
    at = designer("field")
    before = plans.one(open_workspace(served, NOW), "field")
    next(each for each in at.text_input if each.label == "Cap, %").set_value("120").run()
    assert "changes what is paid" in sent(at)
    next(each for each in at.button if "Keep" in each.label).click().run()
    after = plans.one(open_workspace(served, NOW), "field")
    assert (before.version, before.components[0].curve.cap) == (1, None)
    assert (after.version, after.components[0].curve.cap) == (2, 120)


def test_a_word_where_a_number_belongs_is_told_and_changes_nothing(served: Path) -> None:
    at = designer()
    set_weight(at, "much/of it")
    assert any("exact number" in each.value for each in at.error)
    assert not at.exception


def test_the_curve_stands_beside_the_form_with_what_earlier_quarters_would_have_paid(served: Path) -> None:
    told = sent(designer()).replace("\\", "")
    assert "target 72% pays 100%" in told
    assert "Dots: earlier periods of" in told
    assert "Weights: 60 + 40 = 100." in told


def test_a_plan_is_nobodys_but_hrs_to_design(served: Path) -> None:
    assert any("You may not see this page" in each.value for each in opened("plan", "steward").markdown)
    told = sent(opened("plan", "leader"))
    assert "You may not judge this plan" in told  # a role is nobody who could approve
    assert "Weight in the plan" not in told
