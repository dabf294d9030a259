"""A plan while it is written: its curve as a line, what differs between versions, changes by form."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.incentives import edit
from kpis.incentives.backtest import Backtest, Would, backtest
from kpis.incentives.changed import changes
from kpis.incentives.curves import attainment, pays
from kpis.incentives.effect import effects
from kpis.incentives.outline import named, outline, paid_at
from kpis.incentives.plan import parse
from kpis.incentives.shapes import Curve

PLAN = """# What HR wrote.
id: service
title: Service
version: 3
opportunity: {percent_of_salary: 10}
components:
  - {id: fcr, weight: 60, curve: {points: [[0, 50], [100, 100], [200, 150]]}}
  - {id: told, weight: 40, curve: {axis: figure, kind: stepped, points: [[70, 100], [78, 149]]}}
"""
HIGHER = Fraction(70), Fraction(74), Fraction(78)


def curve(*points: tuple[int, int], **more: object) -> Curve:
    return Curve.model_validate({"points": [list(each) for each in points], **more})


FCR = curve((0, 50), (100, 100), (200, 150))


def test_a_jump_is_two_dots_at_one_figure_the_lower_first() -> None:
    line = outline(FCR, HIGHER)
    assert [(x, y) for x, y in line if x == 70] == [(70, 0), (70, 50)]
    assert line[-1][1] == 150


def test_where_lower_is_better_the_line_falls_from_left_to_right() -> None:
    line = outline(FCR, (Fraction(20), Fraction(10), Fraction(5)))
    assert [x for x, _ in line] == sorted(x for x, _ in line)
    assert [y for x, y in line if x == 20] == [50, 0]


def test_a_cap_bends_the_line_where_it_bites() -> None:
    assert (Fraction(76), Fraction(125)) in outline(curve((0, 50), (100, 100), (200, 150), cap=125), HIGHER)


def test_where_the_curve_refuses_there_is_no_line_and_no_pay() -> None:
    refusing = curve((0, 50), (100, 100), below_first="refuse")
    assert min(x for x, _ in outline(refusing, HIGHER)) == 70
    assert paid_at(refusing, HIGHER, Fraction(69)) is None


def test_threshold_target_and_stretch_stand_on_the_line() -> None:
    assert [(name, int(paid)) for name, (_, paid) in named(FCR, HIGHER)] == [
        ("threshold", 50), ("target", 100), ("stretch", 150),
    ]  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(-50, 250), st.integers(0, 200)), min_size=2, max_size=5, unique_by=lambda p: p[0]),
    st.integers(0, 100), st.sampled_from(["linear", "stepped"]), st.sampled_from(["flat", "continue", 0]),
)  # fmt: skip
def test_between_two_dots_of_the_line_lies_what_the_curve_pays(
    points: list[tuple[int, int]], part: int, kind: str, outside: object
) -> None:
    target = Fraction(70), Fraction(74), Fraction(75)
    made = curve(*sorted(points), kind=kind, below_first=outside, above_last=outside, cap=180)
    line = outline(made, target)
    for (x, y), (after, then) in pairwise(line):
        at = x + (after - x) * Fraction(part, 100)
        if x < at < after:
            assert pays(made, attainment(made, at, target)) == y + (then - y) * (at - x) / (after - x)


def test_versions_differ_field_by_field_and_components_are_told_by_id() -> None:
    moved = (
        PLAN.replace("weight: 60", "weight: 50")
        .replace("weight: 40", "weight: 50")
        .replace("title: Service", "title: Desk")
    )
    found = changes(parse(PLAN), parse(moved))
    assert [(each.place, each.before, each.after, each.pays) for each in found] == [
        ("title", "Service", "Desk", False),
        ("components.fcr.weight", "60", "50", True),
        ("components.told.weight", "40", "50", True),
    ]


def test_the_order_of_components_is_no_change_and_a_new_one_is() -> None:
    first, second = PLAN.splitlines()[-2:]
    turned = PLAN.replace(f"{first}\n{second}", f"{second}\n{first}")
    assert changes(parse(PLAN), parse(turned)) == ()
    more = (
        PLAN.replace("weight: 40", "weight: 30")
        + "  - {id: extra, weight: 10, curve: {points: [[0, 0], [100, 100]]}}\n"
    )
    places = {each.place: each.after for each in changes(parse(PLAN), parse(more))}
    assert places["components.extra.weight"] == "10"


def test_a_form_writes_into_the_text_and_the_same_values_leave_it_as_it_was() -> None:
    component = parse(PLAN).components[0]
    same = {"weight": "60", "points": [["0", "50"], ["100", "100"], ["200", "150"]], "cap": "", "min_n": ""}
    assert edit.edited(PLAN, component, same) == PLAN
    changed = parse(edit.edited(PLAN, component, same | {"weight": "55.5", "cap": "140", "min_n": "100"})).components[0]
    assert (changed.weight, changed.curve.cap, changed.min_n) == (Fraction("55.5"), 140, 100)
    assert changed.curve.points == component.curve.points


def test_empty_rows_of_a_form_are_no_points_and_words_are_no_numbers() -> None:
    assert edit.read_points([["0", "50"], [None, ""], [" 100 ", "100"]]) == [["0", "50"], ["100", "100"]]
    with pytest.raises(ValueError, match="exact number"):
        edit.read_points([["zero", "50"]])


def test_another_version_of_a_text_differs_in_nothing_else() -> None:
    assert edit.versioned(PLAN, 4) == PLAN.replace("version: 3", "version: 4")
    bare = PLAN.replace("version: 3\n", "")
    assert parse(edit.versioned(bare, 2)) == parse(PLAN.replace("version: 3", "version: 2"))


def test_two_versions_are_compared_over_the_periods_both_know_and_small_groups_are_not_told() -> None:
    def tested(pay: int, periods: tuple[str, ...]) -> Backtest:
        rows = [
            Would(period, f"p{at}", pay + at, 1000.0, frozenset({"part-time"} if at < 12 else {"moved"} if at < 14 else ()))
            for period in periods
            for at in range(30)
        ]  # fmt: skip
        return backtest(parse(PLAN), rows, ("part-time", "moved"))

    whole, part, moved = effects(tested(100, ("Q1", "Q2")), tested(110, ("Q2", "Q3")), ("part-time", "moved"))
    assert (whole.people, whole.before, whole.after) == (30, 3435, 3735)
    assert (part.people, part.after - part.before) == (12, 120)
    assert (moved.people, moved.before, moved.after) == (2, None, None)
