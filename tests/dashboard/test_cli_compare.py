"""compare and baseline: what people read and machines get."""

import re
from pathlib import Path

import pytest

from kpis.workflows import baselines
from tests.dashboard.line import call, done
from tests.kpis import surveyed
from tests.kpis.small import NOW
from tests.kpis.surveyed import DONE, LONE, MONDAY, STEWARD, answers

SPRING = MONDAY.replace(month=4, day=6)


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """North falls from 80% to 60% happy answers, south stays."""
    folder = tmp_path_factory.mktemp("w")
    rows = []
    for place, shares in {"north": (0.8, 0.6), "south": (0.8, 0.8)}.items():
        for start, share in zip((SPRING, MONDAY), shares, strict=True):
            rows += answers(
                300, 1, lambda customer, _, share=share: customer < 300 * share, start, department=place, segment="a"
            )
    surveyed.company(folder, rows, (DONE, LONE))
    return folder


def test_a_comparison_of_two_periods_says_signal_and_what_moved(where: Path) -> None:
    told = done(
        "compare", "lone", "--from", "2026-Q2", "--to", "2026-Q3", "--unit", "department:north", "--workspace", where
    ).out
    assert (
        "Signal: chance alone gives so large a difference in fewer than 1 of 1,000 such comparisons (p < 0.001)."
        in told
    )
    assert "Difference −20.0 points, 95% interval −27.0 to −12.7." in told
    whole = next(line for line in told.splitlines() if "in all" in line)
    assert re.search(r"points, [−+]\d+\.\d to [−+]\d+\.\d ", f"{whole} ")
    assert "±" not in told


def test_for_machines_a_comparison_is_one_document(where: Path) -> None:
    told = done("compare", "lone", "--from", "2026-Q2", "--to", "2026-Q3", "--workspace", where, "--json").json
    assert told["signal"] is True
    assert told["before"]["n"] == told["after"]["n"] == 600
    mix = told["mix"]["segment"]
    assert mix["moved"] + mix["served"] == pytest.approx(mix["change"]) == pytest.approx(told["value"])


def test_groups_are_held_against_the_rest(where: Path) -> None:
    told = done("compare", "lone", "--groups", "department", "--period", "2026-Q3", "--workspace", where, "--json").json
    assert [(each["name"], each["differs"], each["direction"]) for each in told] == [
        ("north", True, "below"), ("south", True, "above"),
    ]  # fmt: skip
    shown = done("compare", "lone", "--groups", "department", "--period", "2026-Q3", "--workspace", where).out
    assert shown.count("Signal: ") == 2


def test_two_units_are_compared_in_one_period(where: Path) -> None:
    unit = ("--unit", "department:north", "--against", "department:south", "--period", "2026-Q3")
    assert done("compare", "lone", *unit, "--workspace", where, "--json").json["value"] == pytest.approx(0.2)


@pytest.mark.parametrize(
    "flags",
    [
        (),
        ("--from", "2026-Q2"),
        ("--groups", "channel"),
        ("--from", "2026-Q2", "--to", "2026-Q3", "--against", "company", "--period", "2026"),
    ],
)
def test_what_to_compare_is_said_in_one_of_three_ways(where: Path, flags: tuple[str, ...]) -> None:
    answer = call("compare", "lone", *flags, "--workspace", where)
    assert answer.code == 2
    assert "one of three ways" in answer.err


def test_an_unknown_unit_is_a_problem_with_a_suggestion_and_a_person_needs_an_agreement(where: Path) -> None:
    unit = ("--from", "2026-Q2", "--to", "2026-Q3", "--workspace", where, "--json", "--unit")
    assert "north" in call("compare", "lone", *unit, "department:nroth").problems[0]["next_step"]
    person = call("compare", "lone", *unit, "person:p1")
    assert (person.code, person.problems[0]["expected"]) == (1, "a recorded agreement on individual figures")


def test_figures_tell_their_effective_n_and_method(where: Path) -> None:
    shown = done("figures", "lone", "--workspace", where).out
    assert "Wilson score, assuming independent answers" in shown
    found = done("figures", "done", "--workspace", where, "--json").json[0]
    assert found["method"] == "Wilson score, 20 groups by customer"
    assert found["effective_n"] > 0 < found["design"]


def test_a_baseline_is_listed_and_begun_anew_with_a_reason(tmp_path: Path) -> None:
    rows = [
        row
        for at in range(24)
        for row in answers(40, 1, lambda c, _, at=at: c < 28 + at % 3, SPRING + at * (MONDAY - SPRING) / 13, 7)
    ]
    workspace = surveyed.company(tmp_path, rows, (LONE,)).workspace
    assert "No baseline yet" in done("baseline", "list", "--workspace", tmp_path).out
    baselines.freeze(workspace, NOW)
    shown = done("baseline", "list", "--workspace", tmp_path).out
    assert "The first weeks." in shown
    why = ("--since", "2026-08-03", "--reason", "New telephone system", "--by", STEWARD, "--workspace", tmp_path)
    told = done("baseline", "restart", "lone", *why).out
    assert told.startswith(
        "lone, company: what is usual begins anew on 2026-08-03. It is frozen once 20 whole weeks have passed"
    )
    kept = done("baseline", "list", "--kpi", "lone", "--workspace", tmp_path, "--json").json
    assert [(each["since"], each["reason"], each["by"]) for each in kept][1:] == [
        ("2026-08-03", "New telephone system", STEWARD)
    ]
    assert call("baseline", "restart", "lone", *why, "--json").problems[0]["where"] == "--since"


def test_what_is_too_few_to_show_leaves_no_ratio_for_machines_either(tmp_path: Path) -> None:
    surveyed.company(tmp_path, answers(4, 1, lambda customer, _: customer < 3, MONDAY, segment="a"), (DONE, LONE))
    (told,) = done("figures", "lone", "--period", "month", "--workspace", tmp_path, "--json").json
    assert (told["state"], told["n"]) == ("too few", 4)
    assert [told[each] for each in ("value", "low", "high", "numerator", "denominator")] == [None] * 5


def test_what_would_tell_of_a_small_group_is_not_told_by_figures_compare_or_the_parts_of_a_change(
    tmp_path: Path,
) -> None:
    sizes = {"north": 90, "south": 60, "far": 40, "west": 7}  # far is below north
    rows = []
    for start in (SPRING, MONDAY):
        for name, n in sizes.items():
            rows += answers(n, 1, lambda customer, _: customer % 3 > 0, start, department=name, segment=name)
    surveyed.company(tmp_path, rows, (LONE,))
    for by, beside in (("department", "south"), ("segment", "far")):
        told = done("figures", "lone", "--by", by, "--workspace", tmp_path, "--json").json
        hidden = [each for each in told if each["value"] is None]
        assert {each["scope"].partition(":")[2] for each in hidden} == {"west", beside}
        assert {each["state"] for each in hidden} == {"suppressed"}
        assert not any(
            each[name] for each in hidden for name in ("n", "effective_n", "numerator", "denominator", "leaning")
        )
    shown = done("figures", "lone", "--by", "segment", "--workspace", tmp_path).out
    assert "cannot be worked out from" in " ".join(shown.split())
    groups = done(
        "compare", "lone", "--groups", "segment", "--period", "2026-Q3", "--workspace", tmp_path, "--json"
    ).json
    assert [each["name"] for each in groups if each["rest"]["value"] is None] == ["far", "west"]
    change = done("compare", "lone", "--from", "2026-Q2", "--to", "2026-Q3", "--workspace", tmp_path, "--json").json
    assert [each["group"] for each in change["mix"]["segment"]["groups"]] == ["", "north", "south"]


def test_a_small_group_has_a_figure_that_leans_on_its_kin_and_says_how_much_it_borrows(tmp_path: Path) -> None:
    sizes = {"a": (400, 3), "b": (300, 3), "c": (350, 3), "d": (12, 12)}
    rows = [
        row
        for name, (n, each) in sizes.items()
        for row in answers(n, 1, lambda customer, _, each=each: customer % each > 0, segment=name)
    ]
    surveyed.company(tmp_path, rows, (LONE,))
    told = done("figures", "lone", "--by", "segment", "--workspace", tmp_path, "--json").json
    small, large = told[3], told[0]
    assert large["leaning"]["borrowed"] < small["leaning"]["borrowed"] < 1
    assert small["leaning"]["prior"] < small["leaning"]["value"] < small["value"]
    shown = done("figures", "lone", "--by", "segment", "--workspace", tmp_path).out
    assert "Borrowed" in shown
    assert "never paid on" in " ".join(shown.split())
    assert "leaning" not in done("figures", "lone", "--workspace", tmp_path, "--json").json[0]


def test_a_quarter_that_still_runs_is_named_to_date(tmp_path: Path) -> None:
    autumn = MONDAY.replace(month=10, day=5)
    rows = [
        *answers(40, 1, lambda customer, _: customer % 3 > 0),
        *answers(40, 1, lambda customer, _: customer % 3 > 0, autumn),
    ]
    surveyed.company(tmp_path, rows, (LONE,))
    told = done("figures", "lone", "--workspace", tmp_path, "--json").json
    assert [(each["window"], each["to_date"]) for each in told] == [("2026-Q3", False), ("2026-Q4", True)]
    assert "2026-Q4 to date" in " ".join(done("figures", "lone", "--workspace", tmp_path).out.split())
    change = done("compare", "lone", "--from", "2026-Q3", "--to", "2026-Q4", "--workspace", tmp_path).out
    assert "to date" in change


def test_a_large_department_is_shown_in_one_with_the_small_one_beside_it_and_says_so(tmp_path: Path) -> None:
    sizes = {"north": (90, 0), "south": (120, 60), "west": (4, 4)}
    rows = [
        row
        for name, (n, good) in sizes.items()
        for row in answers(n, 1, lambda customer, _, good=good: customer < good, department=name)
    ]
    surveyed.company(tmp_path, rows, (LONE,))
    told = {
        each["scope"]: each
        for each in done("figures", "lone", "--by", "department", "--workspace", tmp_path, "--json").json
    }
    assert told["department:west"]["state"] == "suppressed"
    assert (told["department:north"]["n"], told["department:north"]["beside"]) == (94, ["West"])
    assert told["department:north"]["value"] == pytest.approx(4 / 94)
    assert told["department:north"]["reason"].startswith("Shown in one with West: too small to be shown")
    assert told["department:south"]["n"] == 120
    groups = done(
        "compare", "lone", "--groups", "department", "--period", "2026-Q3", "--workspace", tmp_path, "--json"
    ).json
    assert {each["name"] for each in groups if each["figure"]["value"] is None} == {"north", "west"}
