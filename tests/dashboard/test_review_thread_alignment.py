"""The weekly review, the golden thread and the alignment of pay: who may open them, and what is never sent."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import data, reviews, threads
from dashboard.access import Viewer
from dashboard.alignments import sheet
from dashboard.data import core
from data_contracts.problems import Problems
from kpis import alignment
from tests.dashboard.company import company
from tests.dashboard.pages import opened, sent

LEADER, HR, STEWARD = (Viewer(None, role, frozenset({role})) for role in ("leader", "hr", "steward"))
HEAD = Viewer("p_0", "Name 0", frozenset({"head", "employee"}), frozenset({"service"}), frozenset({"service"}))
FIELD_HEAD = Viewer("p_32", "Name 32", frozenset({"head", "employee"}), frozenset({"field"}), frozenset({"field"}))
EMPLOYEE = Viewer("p_5", "Name 5", frozenset({"employee"}), frozenset(), frozenset({"service"}))
TITLES = {"review": "Weekly review", "thread": "Golden thread", "alignment": "Incentive alignment"}
LEADING_FCR, LEADING_WHOLE = 4_500_000, 9_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return company(tmp_path_factory.mktemp("company")).root


@pytest.fixture(autouse=True)
def _served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(core.ROOT, str(folder))
    monkeypatch.setenv(core.VIEWER, "")


def words(at: AppTest) -> str:
    """All text of a page."""
    parts = (*at.title, *at.header, *at.subheader, *at.markdown, *at.error)
    return "\n".join(str(each.value) for each in parts).replace("\\", "")


def arrived(name: str, eyes: str, **query: str) -> AppTest:
    """The page at that address, on a later visit than the first, which may lead elsewhere."""
    at = opened(name, eyes)
    for key, value in {"as": eyes, **query}.items():
        at.query_params[key] = value
    at._page_hash = next(key for key, info in at._registered_pages.items() if info["page_name"] == TITLES[name])
    return at.run()


def received(at: AppTest) -> str:
    """Everything that was sent, without the escapes of Markdown and JSON."""
    return sent(at).replace("\\", "")


def amounts(viewer: Viewer) -> dict[str, int]:
    return alignment.amounts(data.thread(viewer).fine)


@pytest.mark.parametrize("page", ["review", "thread", "alignment"])
@pytest.mark.parametrize("eyes", ["leader", "hr", "steward", "p_20", "E5"])
def test_each_page_opens_for_its_roles_and_refuses_the_others(
    page: str, eyes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if eyes.startswith("E"):
        monkeypatch.setenv(core.VIEWER, eyes)
    may = {"review": "leader hr steward p_20", "thread": "leader hr p_20 E5", "alignment": "leader hr"}[page]
    at = arrived(page, eyes)
    assert not at.exception
    assert not at.error
    assert "could not be drawn" not in words(at)
    assert ("You may not see this page" in words(at)) == (eyes not in may.split())


def test_the_review_counts_signals_and_says_what_hangs_on_them() -> None:
    at = arrived("review", "leader")
    assert (
        "**One signal; three KPIs moved no more than they usually do.** Chance alone would give 0.1 signals in 4 charts."
        in words(at)
    )
    assert "€72,000 of this year’s variable pay hangs on the signal." in words(at)
    assert "First-contact resolution fell below its usual range" in words(at)
    assert "Owner: Service (Name 0)" in words(at)


def test_the_same_amount_hangs_on_a_kpi_in_the_review_and_in_the_thread() -> None:
    for viewer in (LEADER, HR):
        hangs = data.hangs(viewer, "company") or {}
        assert hangs["fcr"] == amounts(viewer)["kpi:fcr"]
    assert (data.hangs(HR, "company") or {})["fcr"] == 7_680_000 + LEADING_FCR


def test_what_few_people_share_in_a_unit_is_not_shown_and_not_called_nothing() -> None:
    assert (data.hangs(LEADER, "department:leaders") or {})["fcr"] is None
    assert (data.hangs(LEADER, "department:service") or {})[
        "fcr"
    ] == 4_320_000  # without p_0 and p_1: no other two share what they are paid on
    assert (data.hangs(HR, "department:leaders") or {})["fcr"] == LEADING_FCR
    assert (data.hangs(LEADER, "company") or {})["complaints"] == 0
    assert data.hangs(HEAD, "department:field") is None


def test_a_steward_reviews_figures_without_pay() -> None:
    assert data.hangs(STEWARD, "company") is None
    assert "pay" not in words(arrived("review", "steward"))
    assert "72,000" not in received(arrived("review", "steward"))


def test_a_head_reviews_the_own_unit_and_no_other() -> None:
    assert list(data.review_units(HEAD)) == ["department:service"]
    at = arrived("review", "p_20", unit="department:field")
    assert "It does not exist, or it is not yours to see" in words(at)
    with pytest.raises(Problems):
        data.courses(HEAD, "department:field", "2026-W47")


def test_what_three_leaders_are_paid_is_in_nothing_that_a_leader_gets() -> None:
    found = amounts(LEADER)
    assert found["pay:leading.fcr"] == found["pay:leading.margin"] == 0
    assert found["kpi:fcr"] == 7_200_000
    assert amounts(HR)["pay:leading.fcr"] == LEADING_FCR
    for page in ("review", "thread", "alignment"):
        text = received(arrived(page, "leader"))
        assert not [each for each in ("45,000", "45k", "90,000", "90k", "121,800", "122k") if each in text]
    assert "not shown to protect people" in words(arrived("thread", "leader"))
    assert "45k" in received(arrived("thread", "hr"))
    assert "90k" in received(arrived("alignment", "hr"))


def test_a_small_department_says_why_its_row_is_empty() -> None:
    notes = {row.department: row.note for row in data.alignment_rows(LEADER)}
    assert notes["leaders"] == "Not shown to protect people"
    assert notes["all"] == "no variable pay"
    whole = {row.department: sum(row.pay.values()) for row in data.alignment_rows(HR)}
    assert whole["leaders"] == LEADING_WHOLE
    assert notes["field"] == ""


def test_a_head_sees_sums_of_the_own_department_alone() -> None:
    found = amounts(HEAD)
    assert found["pay:service.fcr"] == 4_560_000
    assert not [node for node in found if node.startswith(("pay:field", "pay:leading"))]


def test_a_head_is_not_counted_among_the_ten() -> None:
    assert amounts(FIELD_HEAD)["pay:field.told"] == 2_200_000
    elsewhere = Viewer("p_33", "Name 33", frozenset({"head", "employee"}), frozenset({"leaders"}), frozenset({"field"}))
    assert amounts(elsewhere)["pay:field.told"] == 200_000
    assert not amounts(elsewhere).get("pay:leading.fcr")


def test_an_employee_follows_the_own_thread_with_the_own_amount() -> None:
    found = data.thread(EMPLOYEE)
    assert alignment.people(found.fine) == {"p_5"}
    assert amounts(EMPLOYEE)["pay:service.fcr"] == 240_000
    assert not [
        node
        for path in found.fine
        for node in path.nodes
        if node and node in ("target:told_p0", "target:told_p1", threads.PEOPLE)
    ]
    assert "target:told_field" not in amounts(EMPLOYEE)


def test_a_promise_that_others_are_paid_on_is_not_called_broken() -> None:
    field = Viewer("p_33", "Name 33", frozenset({"employee"}), frozenset(), frozenset({"field"}))
    found = data.thread(field)
    notes = {row["id"]: (row["note"], row["broken"]) for row in threads.nodes(data.formats(), found).to_dict("records")}
    assert notes["kpi:complaints"] == ("not paid on", True)
    assert notes["kpi:told"] == ("€2k", False)
    assert "that you may see" in threads.lead(data.formats(), found)


def test_ones_own_individual_target_is_seen_and_that_of_another_is_not() -> None:
    one = Viewer("p_1", "Name 1", frozenset({"employee"}), frozenset(), frozenset({"service"}))
    found = amounts(one)
    assert "target:told_p1" in found
    assert "target:told_p0" not in found
    assert threads.name(data.thread(one), "target:person:p_1") == "You"
    assert "target:told_p0" not in amounts(HR)


def test_no_other_persons_key_or_amount_is_sent_to_an_employee(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(core.VIEWER, "E5")
    for at in ("", "kpi:told", "pay:service"):
        text = received(arrived("thread", "E5", at=at))
        assert not [
            each for each in ("p_0", "p_1", "72,000", "72k", "128,000", "127k", "leading", "Individual") if each in text
        ]
    assert "2,400, weight 60%" in text


def test_choosing_a_node_tells_its_thread_in_words() -> None:
    at = arrived("thread", "leader", at="kpi:fcr")
    assert "€72,000 of pay hangs on First-contact resolution, most of it jointly" in words(at)
    text = received(at)
    assert "66.0% / 72.0% / 78.0%" in text
    assert "below threshold" in text


def test_a_node_that_is_not_the_viewers_gets_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(core.VIEWER, "E5")
    assert "is called" in words(arrived("thread", "E5", at="pay:leading"))


def test_the_spreadsheet_holds_every_target_and_weight_and_no_person() -> None:
    found = data.thread(HR)
    rows = sheet(data.formats(), found, data.known_targets(HR), data.weights(HR))
    assert {"fcr_joint", "fcr_all", "told_field", "fair_all"} <= {row[2] for row in rows}
    assert not [row for row in rows if "told_p0" in row]
    joint = next(row for row in rows if row[2] == "fcr_joint")
    assert joint[5:8] == [66.0, 72.0, 78.0]
    assert joint[-2:] == [60.0, 76_800.0]
    hidden = next(
        row for row in sheet(data.formats(), data.thread(LEADER), data.known_targets(LEADER), {}) if row[2] == "fcr_all"
    )
    assert hidden[-1] == "not shown to protect people"


def test_the_weakest_area_is_the_one_least_far_on_its_way() -> None:
    courses = data.courses(LEADER, "company", "2026-W47")
    weak = reviews.weakest(courses)
    assert weak is not None
    assert (weak[0].kpi.id, weak[1] < 0) == ("fcr", True)
