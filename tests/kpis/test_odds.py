"""What chance would do: reproducible, honest about few answers, and right as often as it says."""

from fractions import Fraction

import numpy as np
import pytest

from kpis.odds import Odds, Seen, Week, odds

NOTHING = Week(0, 0)
VALUES = (Fraction(70), Fraction(74), Fraction(78))


def seen(weeks: list[Week], effective: float | None = None, variance: float | None = None) -> Seen:
    return Seen(tuple(weeks), float(sum(week.denominator for week in weeks)), effective, variance)


def weeks(rng: np.random.Generator, rate: float, count: int = 52, size: int = 80) -> list[Week]:
    return [Week(100 * int(rng.binomial(size, rate)), size) for _ in range(count)]


def asked(values, history: Seen, left: int = 13, so_far: Week = NOTHING, least: int = 10, seed: int = 1) -> Odds:
    return odds(values, history, left, so_far, least, np.random.default_rng(seed))


def test_the_same_seed_gives_the_same_answer_and_chances_fall_from_threshold_to_stretch() -> None:
    history = seen(weeks(np.random.default_rng(2), 0.73))
    first = asked(VALUES, history)
    assert first == asked(VALUES, history)
    assert first.chances is not None
    low, middle, high = first.chances
    assert low > middle > high
    assert first.method == "13 whole weeks drawn from the last 52"
    assert first.n == 52 * 80


def test_lower_is_better_by_the_order_of_the_values() -> None:
    history = seen(weeks(np.random.default_rng(2), 0.73))
    up, down = (
        asked((Fraction(72), Fraction(73), Fraction(74)), history),
        asked((Fraction(74), Fraction(73), Fraction(72)), history),
    )
    assert up.chances is not None
    assert down.chances is not None
    assert down.chances[1] == pytest.approx(1 - up.chances[1], abs=0.01)


def test_what_of_the_period_has_been_seen_is_kept() -> None:
    history = seen(weeks(np.random.default_rng(2), 0.73))
    done = asked(VALUES, history, left=0, so_far=Week(100 * 800, 1040))
    assert done.chances == (1.0, 1.0, 0.0)
    assert done.method == "the period has been seen whole"
    ahead = asked(VALUES, history, left=2, so_far=Week(100 * 600, 880))
    assert ahead.chances is not None
    assert ahead.chances[1] < 0.01


def test_too_few_answers_and_too_few_weeks_say_so_instead_of_guessing() -> None:
    assert asked(VALUES, seen([Week(300, 4)])).reason == "Too few answers: 4 of 10."
    assert asked(VALUES, seen([NOTHING] * 52)).chances is None
    assert asked(VALUES, seen([Week(7300, 100)] * 5)).reason == "Too short a history: 5 of 20 weeks."


def test_a_short_history_is_answered_from_its_effective_n_and_wider() -> None:
    short = seen(weeks(np.random.default_rng(3), 0.74, count=8), effective=400.0, variance=0.74 * 0.26 * 10_000)
    found = asked(VALUES, short)
    assert found.likely is not None
    assert found.method == "level and answers drawn at the effective n"
    long = asked(VALUES, seen(weeks(np.random.default_rng(3), 0.74)))
    assert long.likely is not None
    assert found.likely[1] - found.likely[0] > long.likely[1] - long.likely[0]


def test_what_is_called_a_half_happens_in_half_of_the_quarters() -> None:
    """Made companies with weeks of their own level: predicted against what then came, over 1,000 of them."""
    rng = np.random.default_rng(11)
    told, came = [], []
    for _ in range(1000):
        levels = np.clip(rng.normal(rng.uniform(0.69, 0.79), 0.02, 65), 0, 1)
        made = [Week(100 * int(rng.binomial(60, level)), 60) for level in levels]
        found = odds(VALUES, seen(made[:52]), 13, NOTHING, 10, rng, 200)
        figure = sum(week.numerator for week in made[52:]) / sum(week.denominator for week in made[52:])
        assert found.chances is not None
        told.append(found.chances[1])
        came.append(figure >= 74)
    assert np.mean(told) == pytest.approx(np.mean(came), abs=0.05)
    happened, said = np.array(came), np.array(told)
    assert happened[said > 0.9].mean() > 0.93
    assert happened[said < 0.1].mean() < 0.07
