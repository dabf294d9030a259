"""Patterns that hold a payout: found where they were put, silent where chance could have done it."""

import random

from kpis.incentives import exceptions, gaming, owed
from kpis.incentives.gaming import Counted
from kpis.incentives.owed import Beside

WEEKS = [Counted(80, 100, 7)] * 12


def test_a_burst_at_the_end_is_told_with_its_numbers() -> None:
    found = gaming.burst_at_the_end([*WEEKS, Counted(60, 60, 3)], "higher", "28 to 30 September")
    assert found is not None
    assert found.told == "100% of 60 on 28 to 30 September; 80% of 1,200 before"
    assert gaming.burst_at_the_end([*WEEKS, Counted(60, 60, 3)], "lower", "x") is None
    assert gaming.burst_at_the_end([*WEEKS, Counted(51, 60, 3)], "higher", "x") is None
    assert gaming.burst_at_the_end([*WEEKS, Counted(10, 10, 3)], "higher", "x") is None


def test_more_cases_than_usual_in_the_last_days() -> None:
    assert gaming.more_at_the_end([*WEEKS, Counted(80, 120, 3)], "the end") is not None
    assert gaming.more_at_the_end([*WEEKS, Counted(40, 50, 3)], "the end") is None


def test_cases_closed_at_the_end_and_opened_again() -> None:
    usual = [Counted(5, 100, 7)] * 12
    found = gaming.reopened([*usual, Counted(29, 41, 1)], "30 September")
    assert found is not None
    assert found.told == "41 cases closed on 30 September, 29 opened again; 5% before"
    assert gaming.reopened([*usual, Counted(4, 41, 1)], "30 September") is None


def test_customers_left_out_of_a_survey() -> None:
    assert gaming.left_out(Counted(50, 100), Counted(900, 1000)) is not None
    assert gaming.left_out(Counted(85, 100), Counted(900, 1000)) is None


def test_a_score_that_rises_as_fewer_answer() -> None:
    draw = random.Random(3)
    kept = [draw.random() for _ in range(30)]
    down = [(0.5 - each / 5, 0.6 + each / 4 + draw.random() / 40) for each in kept]
    assert gaming.silence_for_score(down) is not None
    assert gaming.silence_for_score([(rate, 1 - score) for rate, score in down]) is None
    assert gaming.silence_for_score(down[:6]) is None


def test_a_score_that_rises_slowly_while_ever_fewer_answer_is_no_pattern() -> None:
    draw = random.Random(4)
    slow = [(0.5 - at / 200 + draw.random() / 50, 0.6 + at / 200 + draw.random() / 50) for at in range(52)]
    assert gaming.silence_for_score(slow) is None


def test_a_heap_is_not_the_peak_of_a_smooth_distribution() -> None:
    assert gaming.heaping({7: 40, 8: 45, 9: 200, 10: 50}, 9, "exactly 9") is not None
    assert gaming.heaping({2: 10, 3: 45, 4: 89, 5: 70}, 4, "exactly 4") is None


def test_a_heap_stands_out_against_the_others_and_a_better_group_does_not() -> None:
    others = {7: 1200.0, 8: 2000.0, 9: 2000.0, 10: 2600.0}
    found = gaming.heaping({7: 60, 8: 80, 9: 320, 10: 240}, 9, "exactly 9", others)
    assert found is not None
    assert found.told.endswith("80% of 400 against 50% elsewhere and 57% of 560 against 43% elsewhere")
    assert gaming.heaping({7: 40, 8: 120, 9: 240, 10: 480}, 9, "exactly 9", others) is None  # better, all the way up
    assert gaming.heaping({7: 60, 8: 80, 9: 320, 10: 240}, 9, "exactly 9") is None


def test_honest_quarters_are_hardly_ever_held() -> None:
    draw = random.Random(1)
    held = 0
    for _ in range(1000):
        parts = [Counted(sum(draw.random() < 0.8 for _ in range(40)), 40, 7) for _ in range(13)]
        held += gaming.burst_at_the_end(parts, "higher", "the end") is not None
    assert held <= 5


def test_what_is_opened_at_random_depends_on_the_run_and_is_a_twentieth() -> None:
    people = [f"p_{at}" for at in range(200)]
    first, second = exceptions.at_random(people, "a"), exceptions.at_random(people, "b")
    assert len(first) == len(second) == 10
    assert first != second
    assert exceptions.at_random(list(reversed(people)), "a") == first
    assert exceptions.must_open(["p_1"], ["p_2"], ["p_3", "gone"], people, "a") == first | {"p_1", "p_2", "p_3"}


def test_somebody_without_a_last_payout_has_not_moved() -> None:
    assert exceptions.moved({"a": 125, "b": 124, "c": 75, "d": 1, "e": 0}, {"a": 100, "b": 100, "c": 100, "e": 0}) == (
        "a",
        "c",
    )


def test_what_is_due_is_the_difference_line_by_line_without_what_is_held() -> None:
    lines = {("a", 0, "x"): 100, ("a", 0, "y"): 50, ("b", 0, "x"): 70}
    whole = owed.entitled(lines, [Beside("a", -10, 7)])
    assert owed.due(whole, {}, [("a", "y"), ("b", "")]) == {("a", -1, "adjustment 7"): -10, ("a", 0, "x"): 100}
    paid = owed.due(whole, {}, ())
    assert owed.due(whole, paid, ()) == {}
    assert owed.due({**whole, ("b", 0, "x"): 80}, paid, ()) == {("b", 0, "x"): 10}
    assert owed.by_person(owed.due({}, paid, ())) == {"a": -140, "b": -70}
