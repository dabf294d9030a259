"""Every page for every role: it opens or refuses, and what is not the viewer's is not sent."""

import shutil
from pathlib import Path

import pytest

from dashboard import access
from dashboard.access import Viewer
from dashboard.app import VIEWS
from tests.dashboard.pages import opened, sent
from tests.kpis.small import NOW, demo_company, in_force

ROLES = {
    "leader": frozenset({"leader"}), "hr": frozenset({"hr"}), "steward": frozenset({"steward"}),
    "E0": frozenset({"employee"}), "E3": frozenset({"employee", "head"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    in_force(demo_company(folder), "service")
    return folder


@pytest.fixture
def served(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GOLDENTHREAD_WORKSPACE", str(made))
    monkeypatch.setenv("GOLDENTHREAD_VIEWER", "")
    return made


@pytest.mark.parametrize("who", ["leader", "hr", "steward", "E0", "E3"])
@pytest.mark.parametrize("page", list(VIEWS))
def test_a_page_opens_for_those_it_is_for_and_refuses_everybody_else(served: Path, page: str, who: str) -> None:
    at = opened(page, who)
    assert not at.exception
    roles = ROLES[who] if who != "E3" else frozenset({"employee"})
    may = bool(access.may_see_page(Viewer(None, "", roles), page))
    refused = [each.value for each in at.markdown if "You may not see this page" in each.value]
    assert bool(refused) != may
    broken = [each.value for each in at.markdown if "could not be drawn" in each.value]
    assert broken == []


@pytest.mark.parametrize("page", list(VIEWS))
@pytest.mark.parametrize("who", ["E0", "steward", "leader"])
def test_another_persons_pay_is_absent_from_what_is_sent(served: Path, page: str, who: str) -> None:
    # €705.75 is what three people of the south are paid, €352.88 what one of them is for half the hours
    text = sent(opened(page, who))
    for amount in ("705.75", "352.88"):
        assert amount not in text


def test_a_person_finds_the_own_payout_with_every_step(served: Path) -> None:
    at = opened("me", "E5", period="2026-Q3")
    assert [each.value for each in at.metric] == ["€352.88"]
    assert "Calculated by HR" in sent(at)


def test_an_unknown_or_forbidden_choice_in_the_address_is_told_and_never_replaced_silently(served: Path) -> None:
    at = opened("kpi", "leader", unit="department:nowhere")
    assert any("department:nowhere" in each.value.replace("\\", "") for each in at.markdown)


def test_one_viewers_answers_are_never_shown_to_another(served: Path) -> None:
    first = sent(opened("me", "E5", period="2026-Q3"))
    other = sent(opened("me", "E0", period="2026-Q3"))
    assert "352.88" in first
    assert "352.88" not in other


def test_a_leaver_is_out_at_the_next_rerun(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import date

    from kpis.workspace import open_workspace
    from tests.kpis.small import HIRED, fill

    folder = tmp_path / "left"
    shutil.copytree(made, folder)
    where = open_workspace(folder, NOW)
    shutil.rmtree(where.lake / "employment")
    fill(where, "employment", [{"person": "p_0", **HIRED, "left_on": date(2026, 10, 1)}])
    monkeypatch.setenv("GOLDENTHREAD_WORKSPACE", str(folder))
    at = opened("review", "E0")
    assert any("There is nothing here for" in each.value for each in at.markdown)


def test_a_person_sees_what_chance_does_to_the_own_payout_as_twenty_dots(served: Path) -> None:
    text = sent(opened("me", "E5", period="2026-Q3"))
    assert "Chance alone moves this between" in text
    assert "Each of 20 dots is as likely" in text
