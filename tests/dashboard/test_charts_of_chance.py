"""The pictures of what a plan would cost and of what chance does to a payout."""

import pandas as pd

from dashboard import charts
from dashboard.formats import Formats

F = Formats()


def cost(budget: float = 30.0) -> charts.Picture:
    bars = pd.DataFrame(
        [(0.0, 20.0, 5, "€0 to €20: 5 draws"), (20.0, 40.0, 15, "€20 to €40: 15 draws")],
        columns=["low", "high", "n", "text"],
    )
    marks = pd.DataFrame(
        [(budget, "budget €30", "accent"), (5.0, "1 in 20 below €5", "text")], columns=["value", "text", "role"]
    )
    return charts.histogram(bars, marks, title="It costs less than €40", say=lambda value: f"€{value:.0f}")


def test_a_histogram_tells_its_marks_in_words_and_its_bars_as_a_table() -> None:
    found = cost()
    assert found.words == "It costs less than €40. 1 in 20 below €5. budget €30."
    assert list(found.rows["table"]) == [{"Cost": "€0 to €20", "Draws": 5}, {"Cost": "€20 to €40", "Draws": 15}]
    assert [each["h"] for each in found.rows["bars"]] == [5 / 15, 1.0]
    assert found.chart().to_dict()["datasets"]["marks"]


def test_labels_of_marks_stand_on_lines_of_their_own_and_turn_inwards_on_the_right() -> None:
    marks = cost().rows["marks"]
    assert [each["k"] for each in marks] == [0, 1]
    assert [each["left"] for each in marks] == [False, True]
    assert [each["role"] for each in marks] == ["text", "accent"]


def test_twenty_dots_are_twenty_payouts_stacked_where_they_lie_close() -> None:
    dots = [100, 100, 101, *range(200, 370, 10)]
    found = charts.equally_likely(
        dots, 230, title="Chance", say=lambda value: F.money(round(value)), now_is="this payout €2.30"
    )
    assert len(found.rows["dots"]) == 20
    assert [each["k"] for each in found.rows["dots"]][:3] == [0, 1, 2]
    assert "Each of 20 dots is as likely" in found.words
    assert all(0 <= each["u"] <= 1 for each in found.rows["dots"])
    one = charts.equally_likely([5] * 20, 5, title="Certain", say=str, now_is="5")
    assert max(each["k"] for each in one.rows["dots"]) == 19
    assert one.height > found.height
