"""The page of a KPI, as each role sees it: cuts of the own unit only, nothing of the few, and within its budget."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import access, data
from dashboard.access import Viewer
from dashboard.data import core
from data_contracts.problems import Problems
from kpis.workflows import baselines
from kpis.workspace import open_workspace
from tests.dashboard import company as town
from tests.dashboard.pages import _elements, opened, sent
from tests.kpis.small import NOW, PLANNER

LEADER = Viewer(None, "leader", frozenset({"leader"}))
HEAD = Viewer("p_0", "head", frozenset({"employee", "head"}), frozenset({"service"}), frozenset({"service"}))
EMPLOYEE = Viewer("p_5", "employee", frozenset({"employee"}), frozenset(), frozenset({"service"}))
WEEK = "2026-W47"
TABS = (
    "By group",
    "Since the week before",
    "What goes with it",
    "What follows it",
    "Definition",
    "Decisions and receipts",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    town.company(folder)
    where = open_workspace(folder, NOW)
    baselines.freeze(where, NOW)
    baselines.restart(where, "fcr", "company", date(2026, 5, 4), "A new phone menu", PLANNER, NOW)
    return folder


@pytest.fixture(autouse=True)
def _served(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(core.ROOT, str(made))
    monkeypatch.setenv(core.VIEWER, "")


def words(at: AppTest) -> str:
    return " ".join(each.value for each in at.markdown).replace("\\", "")


def test_the_title_is_the_kpi_and_there_is_one() -> None:
    at = opened("kpi", "leader", kpi="told")
    assert [each.value for each in at.title] == ["Status told before asking"]


def test_the_page_says_signal_or_chance_and_against_what() -> None:
    said = words(opened("kpi", "leader", kpi="fcr"))
    assert "A signal, for the worse." in said
    assert "Usual is" in said
    assert "Could be chance." in words(opened("kpi", "leader", kpi="told"))


def test_promise_and_owner_stand_below_the_title() -> None:
    assert "Serves the promise *We solve it the first time*. Owner: Service" in words(
        opened("kpi", "leader", kpi="fcr")
    )


def test_a_restarted_baseline_is_marked_with_its_reason() -> None:
    at = opened("kpi", "leader", kpi="fcr")
    assert "A new phone menu" in at.get("vega_lite_chart")[0].proto.alt
    assert "A new phone menu" not in sent(opened("kpi", "leader", kpi="told"))


@pytest.mark.parametrize("part", TABS)
@pytest.mark.parametrize("who", ["leader", "hr", "steward", "E0", "E5"])
def test_every_part_of_the_page_is_drawn_for_everybody(who: str, part: str) -> None:
    at = opened("kpi", who, kpi="fcr", part=part)
    assert not at.exception
    assert "could not be drawn" not in words(at)
    assert len(at.title) == 1
    assert all(each.proto.alt for each in at.get("vega_lite_chart"))


@pytest.mark.parametrize("part", TABS)
def test_the_page_stays_within_its_budget(part: str) -> None:
    found = _elements(opened("kpi", "leader", kpi="fcr", part=part))
    kinds = [each.type for each in found]
    assert kinds.count("vega_lite_chart") <= 3
    assert len(kinds) <= 24
    assert sum(each.proto.ByteSize() for each in found) <= 60_000


def test_only_the_open_part_is_asked_for() -> None:
    assert "What is counted" not in sent(opened("kpi", "leader", kpi="fcr"))
    assert "What is counted" in sent(opened("kpi", "leader", kpi="fcr", part="Definition"))


def test_a_leader_sees_departments_and_channels_of_the_company() -> None:
    found = {(each.cut, each.name) for each in data.groups(LEADER, "fcr", "company", WEEK)}
    assert {("department", "Service"), ("department", "It"), ("channel", "chat")} <= found


@pytest.mark.parametrize("viewer", [HEAD, EMPLOYEE])
def test_others_see_the_groups_of_their_own_unit_only(viewer: Viewer) -> None:
    assert isinstance(data.may_see_cuts(viewer, "company"), access.Refused)
    for scope in ("company", "department:it", "department:service+it", "joint:it+service", "person:p_5"):
        for ask in (data.groups, data.borrowed):
            if scope != "joint:it+service":
                with pytest.raises(Problems, match="may not see"):
                    ask(viewer, "fcr", scope, WEEK)
    names = {each.name for each in data.groups(viewer, "fcr", "department:service", WEEK)}
    assert names <= {"phone", "chat", "visit", "letter"}
    assert names


def test_a_head_is_told_why_the_company_is_not_cut_and_gets_no_other_department() -> None:
    at = opened("kpi", "E0", kpi="fcr")
    assert "You may not see groups of the whole company." in words(at)
    text = sent(at)
    for other in ("Field", "chat", "visit"):
        assert other not in text


def test_a_change_of_the_company_is_told_to_everybody_and_split_for_those_who_see_its_groups() -> None:
    for viewer, split in ((LEADER, True), (HEAD, False), (EMPLOYEE, False)):
        found = data.period_before(viewer, data.course(viewer, "fcr", "company", WEEK))
        assert found.value is not None
        assert bool(found.mix) == split
        assert split or not found.traps


def rows(at: AppTest) -> list[dict[str, object]]:
    """Every row of every dataset of every chart that was sent."""
    sets = [each for chart in at.get("vega_lite_chart") for each in chart.proto.datasets]
    return [row for each in sets for row in pa.ipc.open_stream(each.data.data).read_all().to_pylist()]


def test_no_figure_of_a_group_below_the_minimum_is_sent() -> None:
    at = opened("kpi", "leader", kpi="fcr")
    letters = [row for row in rows(at) if "letter" in row.values()]
    assert [row for row in letters if "Figure" in row] == [
        {"Group": "letter", "Figure": "not shown to protect people", "Answers": ""}
    ]
    heights = {row["y"] for row in letters if "y" in row}
    assert not [row for row in rows(at) if row.get("y") in heights and {"u", "low"} & set(row)]
    found = next(each for each in data.groups(LEADER, "fcr", "company", WEEK) if each.name == "letter")
    assert (found.figure.state, found.figure.value) == ("suppressed", None)
    split = data.period_before(LEADER, data.course(LEADER, "fcr", "company", WEEK)).mix["channel"]
    assert "letter" not in {each.group for each in split.parts.groups}
    assert "letter" not in sent(opened("kpi", "leader", kpi="fcr", part=TABS[1]))


@pytest.mark.parametrize("eyes", ["leader", "steward"])
def test_who_steers_by_a_kpi_opens_the_receipts_behind_it(eyes: str) -> None:
    assert any("receipts" in each.proto.label for each in opened("kpi", eyes, kpi="fcr").get("page_link"))
    told = sent(opened("kpi", eyes, kpi="fcr", part="Decisions and receipts"))
    assert "Every delivery this KPI reads" in told
    assert ("Open data quality" in told) == (eyes == "steward")


def test_an_employee_is_told_who_has_the_receipts_and_gets_none() -> None:
    at = opened("kpi", "E5", kpi="fcr", part="Decisions and receipts")
    assert "are with leaders, heads and data stewards" in words(at)
    with pytest.raises(Problems, match="may not see"):
        data.receipts(EMPLOYEE, "fcr")


def test_decisions_that_cite_a_kpi_are_those_of_the_unit_and_plans_of_those_who_see_plans() -> None:
    about = [row[1] for row in data.citing(LEADER, "fcr", "company")]
    assert "Target: 2026-Q4, version 1" in about
    assert "Usual range anew from 2026-05-04" in about
    assert not [each for each in about if "joint" in each]
    marked = next(row for row in data.citing(EMPLOYEE, "fcr", "company") if "Usual range" in row[1])
    assert marked[2:] == [PLANNER, "A new phone menu"]
    assert not [row for row in data.citing(EMPLOYEE, "fcr", "company") if row[1].startswith("Plan")]
    with pytest.raises(Problems, match="may not see"):
        data.citing(EMPLOYEE, "fcr", "department:it")


def test_the_kinds_of_evidence_behind_a_promise_are_told_and_one_alone_is_said_so() -> None:
    told = sent(opened("kpi", "leader", kpi="fcr", part="Decisions and receipts"))
    assert "rests on one kind of evidence alone" in told
