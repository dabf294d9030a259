from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from data_contracts.problems import Problems
from kpis.workflows import compare, measure
from kpis.workspace import Snapshot
from tests.kpis import surveyed
from tests.kpis.surveyed import DONE, LONE, MONDAY, SCORE, answers

SPRING = MONDAY.replace(month=4, day=6)
SHARES = {"north": (0.80, 0.60), "south": (0.80, 0.80), "west": (0.80, 0.82)}  # spring, summer


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Three departments of 300 customers a quarter: north falls from 80% to 60%, the others stay."""
    rows = []
    for place, shares in SHARES.items():
        for start, share in zip((SPRING, MONDAY), shares, strict=True):
            more = {"department": place, "channel": "phone" if place == "north" else "chat"}
            rows += answers(300, 1, lambda customer, _, share=share: customer < 300 * share, start, **more)
    for at, row in enumerate(rows):
        row["customer"] = f"c{at}"
    return surveyed.company(tmp_path_factory.mktemp("made"), rows, (DONE, LONE, SCORE))


def period(made: Snapshot, name: str):
    return made.workspace.settings.calendar.parse(name)


def change(made: Snapshot, kpi: str, scope: str = "company") -> compare.Comparison:
    return compare.periods(made, made.workspace.kpi(kpi), scope, period(made, "2026-Q2"), period(made, "2026-Q3"))


def test_a_fall_that_chance_does_not_give_is_a_signal_and_says_how_often_chance_would(made: Snapshot) -> None:
    found = change(made, "lone", "department:north")
    assert (found.value, found.signal) == (pytest.approx(-0.2), True)
    assert found.low < -0.2 < found.high < 0
    assert (
        found.words
        == "Signal: chance alone gives so large a difference in fewer than 1 of 1,000 such comparisons (p < 0.001)."
    )


def test_what_could_be_chance_says_how_large_a_change_would_have_shown(made: Snapshot) -> None:
    found = change(made, "lone", "department:west")
    assert found.signal is False
    assert found.low < 0 < found.high
    assert found.words.startswith("Could be chance: so large a difference comes by itself in ")
    least = f"{found.detectable * 100:.1f} percentage points"
    assert found.words.endswith(
        f"With these answers a difference of {least} or more would have shown in four of five cases."
    )
    assert found.detectable == pytest.approx(2.8 * np.sqrt(2 * 0.81 * 0.19 / 300), rel=0.1)  # Cohen (1988)


def test_both_figures_of_a_comparison_are_those_of_every_other_page(made: Snapshot) -> None:
    found, kpi = change(made, "done"), made.workspace.kpi("done")
    windows = [period(made, "2026-Q2"), period(made, "2026-Q3")]
    assert [found.before, found.after] == measure.figures(made, kpi, ["company"], windows)


def test_a_window_without_enough_answers_cannot_be_compared_and_says_why(made: Snapshot) -> None:
    kpi = made.workspace.kpi("lone")
    found = compare.periods(made, kpi, "company", period(made, "2025-Q2"), period(made, "2026-Q3"))
    assert (found.signal, found.value) == (None, None)
    assert found.words == "Cannot tell: company, 2025-Q2: No answers in this window."


def test_periods_that_overlap_are_no_comparison(made: Snapshot) -> None:
    with pytest.raises(Problems, match="overlap"):
        compare.periods(made, made.workspace.kpi("done"), "company", period(made, "2026"), period(made, "2026-Q3"))


def test_two_departments_are_compared_and_a_part_with_its_whole_is_not(made: Snapshot) -> None:
    kpi, summer = made.workspace.kpi("lone"), period(made, "2026-Q3")
    found = compare.scopes(made, kpi, "department:north", "department:south", summer)
    assert (found.value, found.signal) == (pytest.approx(0.2), True)
    for other in ("department:far", "company", "joint:north+west"):
        with pytest.raises(Problems, match="without common departments"):
            compare.scopes(made, kpi, "department:north", other, summer)


# Groups against the rest


def test_a_group_is_held_against_all_the_others_of_its_scope(made: Snapshot) -> None:
    found = {
        each.name: each for each in compare.groups(made, made.workspace.kpi("lone"), "company", period(made, "2026-Q3"))
    }
    north = found["north"]
    assert (north.figure.n, north.rest.n) == (300, 600)
    assert north.rest.value == pytest.approx(0.81)
    assert north.value == pytest.approx(0.6 - 0.81)
    assert (north.differs, north.direction) == (True, "below")
    assert set(found) == {"north", "south", "west", "phone", "chat"}


def test_all_groups_of_a_page_share_holms_correction(made: Snapshot) -> None:
    kpi, summer = made.workspace.kpi("lone"), period(made, "2026-Q3")
    every = compare.groups(made, kpi, "company", summer)
    only = compare.groups(made, kpi, "company", summer, ["department"])
    p = sorted(each.p for each in only)
    assert next(each.adjusted for each in sorted(only, key=lambda each: each.p)) == pytest.approx(3 * p[0])
    assert min(each.adjusted for each in every) == pytest.approx(5 * min(each.p for each in every))
    assert "such sets of 5 groups" in every[0].words


def test_a_department_with_nothing_below_it_has_no_groups(made: Snapshot) -> None:
    assert (
        compare.groups(made, made.workspace.kpi("done"), "department:far", period(made, "2026-Q3"), ["department"])
        == []
    )


def test_the_rest_holds_what_no_department_is_credited_with(tmp_path: Path) -> None:
    rows = [*answers(40, 1, lambda customer, _: customer < 30, department="north")]
    rows += answers(40, 1, lambda customer, _: customer < 20, department="south")
    rows += answers(40, 1, lambda customer, _: customer < 10)
    made = surveyed.company(tmp_path, rows, (LONE,))
    found = compare.groups(made, made.workspace.kpi("lone"), "company", period(made, "2026-Q3"), ["department"])
    assert {each.name: each.rest.n for each in found} == {"north": 80, "south": 80}
    (company,) = measure.figures(made, made.workspace.kpi("lone"), ["company"], [period(made, "2026-Q3")])
    for each in found:
        assert each.figure.numerator + each.rest.numerator == company.numerator


def test_a_thin_group_is_no_test_and_takes_no_part_in_the_correction(tmp_path: Path) -> None:
    rows = [*answers(100, 1, lambda customer, _: customer < 50, segment="a")]
    rows += answers(100, 1, lambda customer, _: customer < 90, segment="b")
    rows += answers(3, 1, lambda *_: False, segment="c")
    rows += answers(8, 1, lambda *_: False, segment="d")
    made = surveyed.company(tmp_path, rows, (LONE,))
    found = compare.groups(made, made.workspace.kpi("lone"), "company", period(made, "2026-Q3"), ["segment"])
    thin = found[2]
    assert (thin.name, thin.p, thin.adjusted, thin.differs, thin.direction) == ("c", None, None, False, "unknown")
    assert thin.words.startswith("Cannot tell: segment:c, 2026-Q3: Not shown to protect people: fewer than 10 answers,")
    assert (thin.figure.value, thin.rest.value, thin.rest.numerator, thin.rest.shown()["n"]) == (None, None, None, None)
    assert min(each.adjusted for each in found[:2]) == pytest.approx(2 * min(each.p for each in found[:2]))


def test_a_group_of_which_all_are_happy_is_not_certain_beyond_its_interval(tmp_path: Path) -> None:
    """Twelve of twelve against 91%: a variance of zero must not make it a signal (once wrong on the real orders)."""
    rows = [*answers(6, 2, lambda *_: True, department="west")]
    rows += answers(600, 2, lambda customer, _: customer % 11 > 0, department="north")
    made = surveyed.company(tmp_path, rows)
    found = compare.groups(made, made.workspace.kpi("done"), "company", period(made, "2026-Q3"), ["department"])
    west = next(each for each in found if each.name == "west")
    assert west.low < 0 < west.high
    assert west.p > 0.05
    assert not west.differs


def test_customers_who_answer_for_both_sides_are_known_to_be_the_same(tmp_path: Path) -> None:
    """Half of the customers are always happy, half never, in both quarters: nothing can change between them."""
    rows = [
        row
        for start in (SPRING, MONDAY)
        for row in answers(200, 2, lambda customer, _: customer % 2 > 0, start, department="north", channel="phone")
    ]
    made = surveyed.company(tmp_path, rows, (DONE, LONE))
    paired, alone = change(made, "done"), change(made, "lone")
    assert (paired.value, alone.value) == (0, 0)
    assert paired.high - paired.low < 0.35 * (alone.high - alone.low)


# Moved, or served differently


def mixed(folder: Path, groups: dict[str, tuple[tuple[int, int], tuple[int, int]]]) -> compare.Comparison:
    """The comparison of two quarters in which each segment had (answers, happy ones)."""
    rows = [
        row
        for name, sides in groups.items()
        for start, (n, good) in zip((SPRING, MONDAY), sides, strict=True)
        for row in answers(n, 1, lambda customer, _, good=good: customer < good, start, segment=name)
    ]
    made = surveyed.company(folder, rows, (LONE,))
    return change(made, "lone")


def test_a_change_splits_exactly_into_who_moved_and_how_they_were_served(tmp_path: Path) -> None:
    found = mixed(tmp_path, {"a": ((300, 270), (100, 92)), "b": ((100, 50), (300, 165))})
    parts = found.mix["segment"].parts
    assert parts.change == parts.moved + parts.served == Fraction(257, 400) - Fraction(320, 400)
    assert float(parts.change) == pytest.approx(found.value)
    assert sum(each.moved + each.served for each in parts.groups) == parts.change


def test_simpsons_trap_is_told_where_every_segment_got_better_and_the_whole_worse(tmp_path: Path) -> None:
    found = mixed(tmp_path, {"a": ((900, 810), (300, 285)), "b": ((300, 150), (900, 540))})
    assert found.value < 0
    assert found.mix["segment"].parts.paradox
    words = found.traps["segment"]
    assert words.startswith("Served better by 7.5 percentage points at an equal mix of segments, ")
    assert words.endswith("No segment went the way the whole did: the whole misleads (Simpson's paradox).")


def test_a_drift_of_the_mix_within_chance_is_no_trap(tmp_path: Path) -> None:
    found = mixed(tmp_path, {"a": ((300, 240), (301, 270)), "b": ((300, 237), (299, 266))})
    assert found.mix["segment"].parts.moved != 0
    assert found.traps == {}


def test_small_groups_are_told_together_so_that_the_parts_still_sum(tmp_path: Path) -> None:
    found = mixed(tmp_path, {"a": ((100, 80), (90, 60)), "b": ((4, 4), (50, 20)), "c": ((30, 10), (3, 0))})
    parts = found.mix["segment"].parts
    assert {each.group for each in parts.groups} == {"a", ""}
    assert parts.moved + parts.served == parts.change
