"""The thread walked both ways, what hangs on it, where it breaks, and the sums that protect people."""

from dataclasses import replace
from datetime import date
from pathlib import Path as Folder

import pytest

from data_contracts.problems import Problems
from kpis import alignment
from kpis.alignment import Path
from kpis.workflows import align, payruns
from kpis.workflows.plans import import_plan
from kpis.workspace import Snapshot, Workspace, open_snapshot
from tests.dashboard.company import company
from tests.kpis import small
from tests.kpis.approved import HR, approve, approved_company, checked, token
from tests.kpis.small import NOW


def parts(department: str, count: int, each: int = 100, first: int = 0) -> dict[tuple[str, str], int]:
    return {(department, f"p_{at}"): each for at in range(first, first + count)}


JOINT = Path(
    "promise:a", "kpi:x", "target:x_joint", "pay:plan.x", True, True, parts("one", 12) | parts("two", 11, first=12)
)
OWN = Path("promise:a", "kpi:x", "target:x_one", "pay:plan.y", False, False, parts("one", 12, 50))
LOOSE = Path(None, "kpi:z", None, "pay:plan.z", False, True, parts("two", 11, 10, first=12))
UNPAID = Path("promise:b", "kpi:y", "target:y_all", None)
LONELY = Path("promise:c", None, None, None)
PATHS = [JOINT, OWN, LOOSE, UNPAID, LONELY]


def test_a_node_is_walked_up_to_what_it_serves_and_down_to_what_pays() -> None:
    assert alignment.upwards(PATHS, "target:x_joint") == ["kpi:x", "promise:a"]
    assert alignment.downwards(PATHS, "kpi:x") == ["target:x_joint", "target:x_one", "pay:plan.x", "pay:plan.y"]
    assert alignment.downwards(PATHS, "promise:c") == []


def test_what_hangs_on_a_node_is_the_sum_of_the_paths_through_it() -> None:
    assert alignment.amounts(PATHS).get("kpi:x", 0) == 2300 + 600
    assert alignment.amounts(PATHS)["target:x_one"] == 600
    assert alignment.amounts(PATHS).get("promise:b", 0) == 0


def test_pay_is_traced_only_through_a_kpi_that_is_ready() -> None:
    assert alignment.traced(PATHS) == (2300, 600, 3010)
    assert alignment.joint(PATHS) == 2300


def test_a_departments_pay_is_shared_by_promise_and_the_shares_sum_to_the_whole() -> None:
    found = alignment.by_department(PATHS)
    assert found == {"one": {"promise:a": 1800}, "two": {"promise:a": 1100, None: 110}}
    assert sum(sum(each.values()) for each in found.values()) == alignment.traced(PATHS)[2]


def test_every_break_is_named() -> None:
    found = alignment.broken(PATHS, ["a", "b", "c"])
    assert found.promises_without_kpi == ("promise:c",)
    assert found.promises_without_pay == ("promise:b",)
    assert found.pay_without_promise == ("pay:plan.z",)
    assert found.targets_without_pay == ("target:y_all",)


def test_paths_under_the_same_names_are_one_and_no_cent_is_lost() -> None:
    found = alignment.renamed(
        PATHS,
        lambda node: "target:all" if node.startswith("target:x") else "pay:plan" if node.startswith("pay:") else node,
    )
    assert [each.nodes for each in found][:2] == [
        ("promise:a", "kpi:x", "target:all", "pay:plan"),
        (None, "kpi:z", None, "pay:plan"),
    ]
    assert found[0].parts["one", "p_0"] == 150
    assert not found[0].ready
    assert sum(each.amount for each in found) == sum(each.amount for each in PATHS)


def test_a_restricted_thread_drops_the_pay_of_others_and_the_paths_that_only_pay_them() -> None:
    found = alignment.restricted(PATHS, lambda _department, person: person == "p_0")
    assert [(each.pay, each.amount) for each in found] == [
        ("pay:plan.x", 100),
        ("pay:plan.y", 50),
        (None, 0),
        (None, 0),
    ]


def test_an_amount_of_fewer_than_ten_others_is_in_no_sum() -> None:
    few = replace(LOOSE, parts=parts("two", 9))
    assert [each.hidden for each in alignment.protected([JOINT, few])] == [False, True]
    assert alignment.amounts(alignment.protected([JOINT, few])) == alignment.amounts([JOINT]) | {
        "kpi:z": 0,
        "pay:plan.z": 0,
    }
    ten = replace(LOOSE, parts=parts("two", 10))
    assert alignment.protected([ten]) == [ten]
    assert alignment.protected([ten], but="p_3")[0].hidden


def test_ones_own_amount_alone_is_not_hidden_from_oneself() -> None:
    mine = replace(LOOSE, parts=parts("two", 1))
    assert alignment.protected([mine], but="p_0") == [mine]
    assert alignment.protected([mine])[0].hidden


def test_a_small_department_is_not_told_by_the_others_and_the_whole() -> None:
    sizes = {"big": 40, "middle": 12, "small": 4}
    paths = [
        Path(None, None, None, f"pay:{name}", parts={(name, f"{name}{at}"): 1 for at in range(size)})
        for name, size in sizes.items()
    ]
    assert alignment.crowds(paths) == {"big"}
    assert alignment.crowds(paths[:2]) == {"big", "middle"}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return open_snapshot(company(tmp_path_factory.mktemp("company")))


def test_a_workspaces_thread_runs_from_promises_to_the_pay_of_its_plans(snapshot: Snapshot) -> None:
    found = {each.nodes: each for each in align.paths(snapshot)}
    joint = found["promise:first_time", "kpi:fcr", "target:fcr_joint", "pay:service.fcr"]
    assert (joint.amount, joint.joint, joint.departments) == (
        32 * 4000_00 * 60 // 100,
        True,
        {"service": 4_800_000, "it": 2_880_000},
    )
    assert found[None, "kpi:reopened", None, "pay:leading.margin"].amount == 3 * 30000_00 // 2
    assert found["promise:fair", "kpi:complaints", "target:fair_all", None].parts == {}


def test_all_pay_at_target_of_a_year_is_in_the_thread_once(snapshot: Snapshot) -> None:
    whole = alignment.traced(align.paths(snapshot))[2]
    assert whole == 100 * (32 * 4000 + 11 * 2000 + 3 * 30000)


def test_a_kpi_is_ready_when_its_source_passed_and_it_has_been_watched(snapshot: Snapshot) -> None:
    kpi = snapshot.workspace.kpis["fcr"]
    assert align.unready(snapshot, kpi) == ("its newest delivery did not pass its contract",)
    passed = replace(snapshot, deliveries={"service_cases": True})
    assert align.unready(passed, kpi) == ()
    assert align.unready(passed, kpi.model_copy(update={"guardrail": None})) == ("it names no guardrail",)
    sure, labelled, every = alignment.traced(align.paths(passed))
    assert (labelled, every - sure) == (0, 4_500_000)


def hanging(where: Workspace, asked: str = "") -> int:
    return alignment.amounts(align.paths(open_snapshot(where), asked)).get("pay:service.own", 0)


def test_a_calculated_period_still_hangs_a_closed_one_no_longer_and_the_whole_year_shows_it(tmp_path: Folder) -> None:
    where = approved_company(tmp_path)
    year = hanging(where)
    run = checked(where)
    assert hanging(where) == year
    approve(where, run.id)
    payruns.close(open_snapshot(where), run.id, HR, NOW, token())
    third = round(5.5 * 4_000_000 * 0.1 * 0.6 * 92 / 365)
    assert abs(hanging(where) - (year - third)) <= 1
    assert hanging(where, "whole year") == year


def test_periods_before_a_plan_was_in_force_do_not_hang_and_a_draft_hangs_nothing(tmp_path: Folder) -> None:
    """Once wrong numbers: a quarter nobody was paid for hung on the thread, and a plan imported a minute ago counted."""
    where = small.company(tmp_path)
    assert hanging(where) == hanging(where, "whole year") == 0
    small.in_force(where, "service", since=date(2026, 7, 1))
    half = hanging(where)
    assert abs(half - round(5.5 * 4_000_000 * 0.1 * 0.6 * 184 / 365)) <= 1
    import_plan(
        open_snapshot(where),
        small.PLAN.replace("percent_of_salary: 10", "percent_of_salary: 20").replace("version: 1", "version: 2"),
        NOW,
    )
    assert hanging(where) == half


def test_a_node_is_found_by_its_name_and_a_misspelt_one_is_refused_with_a_suggestion(snapshot: Snapshot) -> None:
    found = align.paths(snapshot)
    assert align.node(found, "complaints") == "kpi:complaints"
    assert align.names(snapshot)["target:fcr_joint"] == "It and Service, joint"
    with pytest.raises(Problems) as refused:
        align.node(found, "complaint")
    assert "complaints" in refused.value.problems[0].next_step


def test_a_department_in_which_few_share_a_path_is_left_out_of_it_alone() -> None:
    mixed = replace(JOINT, parts=parts("one", 12) | parts("two", 3, first=20) | parts("three", 11, first=30))
    assert alignment.crowded([mixed])[0].departments == {"one": 1200}
    spread = replace(JOINT, parts=parts("one", 12) | parts("two", 6, first=20) | parts("three", 6, first=30))
    assert alignment.crowded([spread, OWN])[0].departments == {"one": 1200}
    assert alignment.crowded([spread, OWN])[1] == OWN
