"""Customers followed from a score on: what came before it is no outcome, and what was not delivered is refused."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from data_contracts.problems import Problems
from kpis.workflows import followed, studies
from kpis.workspace import Snapshot
from tests.kpis.shop import START, opened, order


def follow(snapshot: Snapshot, outcome: str = "repeat", within: int = 60) -> pd.DataFrame:
    return followed.followed(snapshot, snapshot.workspace.kpi("kept"), outcome, within).frame


def spread(n: int = 2) -> list[dict[str, object]]:
    """Orders of others, so that the history begins on day 0 and ends on day 300."""
    return [order(f"z{at}", day) for at in range(n) for day in (0, 300)]


def test_only_what_came_after_the_score_is_an_outcome_and_the_order_itself_is_neither(tmp_path: Path) -> None:
    rows = [
        order("a", 50, late=True),
        order("a", 90, late=True),
        order("a", 120),
        order("b", 90),
        order("b", 170),
        *spread(),
    ]
    frame = follow(opened(tmp_path, rows)).set_index("score").sort_index()
    late, kept = frame.loc[0.0], frame.loc[1.0]
    assert (late["n_before"], late["n_after"], late["days"]) == (1, 1, 26)  # scored on day 94: before 50, after 120
    assert (kept["n_before"], kept["n_after"], kept["days"]) == (
        0,
        0,
        79,
    )  # day 170 is too late, and in the curve all the same


def test_customers_who_bought_more_before_a_late_order_are_not_said_to_buy_more_after_it(tmp_path: Path) -> None:
    rows = [order(f"l{at}", day, late=day == 90) for at in range(150) for day in (10, 40, 90)]
    rows += [order(f"k{at}", 90) for at in range(150)]
    found = studies.outcomes(
        (snapshot := opened(tmp_path, [*rows, *spread()])), snapshot.workspace.kpi("kept"), "repeat", 60
    )
    assert (found.grade, found.events, found.effect) == ("D", 0, None)


def test_each_customer_counts_once_from_the_first_score_with_enough_history(tmp_path: Path) -> None:
    rows = [order("a", 10, late=True), *[order("a", day) for day in (80, 100, 200)], *spread(1)]
    frame = follow(opened(tmp_path, rows))
    assert frame["score"].tolist() == [1.0]  # z is seen on day 301 alone, beyond the last order
    assert frame["n_before"].tolist() == [0]  # day 10 is more than 60 days before day 81
    assert frame["complete"].all()


def test_with_too_short_a_history_nothing_earlier_is_held_constant(tmp_path: Path) -> None:
    rows = [order(f"c{at}", day) for at in range(20) for day in (0, 40)]
    found = followed.followed((snapshot := opened(tmp_path, rows)), snapshot.workspace.kpi("kept"), "repeat", 30)
    assert found.window.earlier == ()
    assert "before" not in found.frame
    long = followed.followed(snapshot, snapshot.workspace.kpi("kept"), "repeat", 20)
    assert long.window.earlier == followed.EARLIER


def test_cancelled_orders_are_neither_scores_nor_outcomes(tmp_path: Path) -> None:
    rows = [order("a", 90), order("a", 100, status="cancelled"), order("b", 90, status="canceled"), *spread(1)]
    frame = follow(opened(tmp_path, rows))
    assert (frame["n_after"].tolist(), len(frame)) == ([0], 1)


def test_who_left_before_the_score_is_not_followed_and_who_leaves_later_is(tmp_path: Path) -> None:
    day = START.date()
    left = [
        {"customer": "a", "left_on": day + timedelta(days=120)},
        {"customer": "b", "left_on": day + timedelta(days=80)},
    ]
    rows = [*[order(name, 90, late=name == "a") for name in "abc"], *spread(1)]
    frame = follow(opened(tmp_path, rows, left=left), "retention").set_index("score")
    assert frame.loc[0.0, ["after", "days", "event"]].tolist() == [0.0, 26, True]
    assert frame.loc[1.0, "after"].tolist() == [1.0, 1.0]  # c, and z who is seen on the last day
    assert len(frame) == 3  # b had left on day 80


def test_outcomes_that_were_not_delivered_are_refused_with_what_can_be_asked(tmp_path: Path) -> None:
    snapshot = opened(tmp_path, [order("a", 90), *spread()])
    kept = snapshot.workspace.kpi("kept")
    assert studies.available(snapshot, kept) == ["repeat", "revenue"]
    assert studies.available(snapshot, snapshot.workspace.kpi("counted")) == []
    with pytest.raises(Problems, match=r"customers\.left_on.*repeat or revenue"):
        studies.outcomes(snapshot, kept, "retention")
    with pytest.raises(Problems, match="customers"):
        studies.outcomes(snapshot, snapshot.workspace.kpi("counted"), "repeat")
