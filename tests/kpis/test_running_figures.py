from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from kpis.workflows import cells, measure
from kpis.workflows.build import build
from kpis.workspace import Snapshot, open_snapshot
from tests.kpis.small import fill, workspace
from tests.kpis.surveyed import DONE


def quarter(snapshot: Snapshot) -> list:
    return [snapshot.workspace.settings.calendar.parse("2026-Q3")]


OPEN = """id: running
version: 1
title: Time to close
question: How long?
direction: lower
dataset: service_cases
when: opened_at
period_of: opened
measure:
  kind: quantile
  value: coalesce(seconds_between(opened_at, closed_at), 0)
  q: 0.5
  censored: closed_at is null
unit: days
min_n_show: 1
"""


def cases(folder: Path, spans: list[int | None], text: str = OPEN) -> Snapshot:
    """One case a day from 1 July 2026 on, open for so many days; None is open still."""
    where = workspace(folder, [text])
    rows = []
    for at, span in enumerate(spans):
        opened = datetime(2026, 7, 1, 9, tzinfo=UTC) + timedelta(days=at)
        closed = None if span is None else opened + timedelta(days=span)
        rows.append({"case_id": f"k{at}", "opened_at": opened, "closed_at": closed, "contacts": 1})
    fill(where, "service_cases", rows)
    build(where)
    return open_snapshot(where)


ENDED = OPEN.replace("  censored: closed_at is null\n", "").replace("q: 0.5", "q: 0.9")


def test_a_case_that_still_runs_counts_as_old_as_the_data_reach_and_never_as_closed(tmp_path: Path) -> None:
    spans = [2] * 12 + [None] * 10 + [2] * 8
    made = cases(tmp_path, spans)
    kpi = made.workspace.kpi("running")
    assert cells.read_on(made, kpi) == date(2026, 7, 27)  # the last slice begins there; today is months later
    (found,) = measure.figures(made, kpi, ["company"], quarter(made))
    assert found.n == 30
    (without,) = measure.figures(cases(tmp_path / "closed", [2] * 20), kpi, ["company"], quarter(made))
    assert found.value >= without.value
    assert found.value == pytest.approx(2, rel=0.03)


def test_a_median_that_most_cases_have_not_reached_is_said_to_be_at_least(tmp_path: Path) -> None:
    made = cases(tmp_path, [1] * 6 + [None] * 20)
    (found,) = measure.figures(made, made.workspace.kpi("running"), ["company"], quarter(made))
    assert (found.state, found.value, found.high) == ("open", None, None)
    assert found.reason.startswith("At least ")
    assert "too many still run to say more" in found.reason


def test_an_interval_with_one_end_says_from_how_many_answers_it_closes(tmp_path: Path) -> None:
    made = cases(tmp_path, [day % 7 + 1 for day in range(20)], ENDED)
    (found,) = measure.figures(made, made.workspace.kpi("running"), ["company"], quarter(made))
    assert (found.state, found.high, found.closes) == ("ok", None, 36)  # 0.9^n ≤ 0.025 from n = 36 on (Conover 1999)
    assert found.reason == f"At least {found.low:.1f} days: both ends close from 36 answers."


def test_a_figure_that_is_too_thin_to_show_does_not_tell_its_value_in_the_reason(tmp_path: Path) -> None:
    made = cases(tmp_path, [3] * 5, ENDED)
    hidden = made.workspace.kpi("running").model_copy(update={"min_n_show": 10})
    (found,) = measure.figures(made, hidden, ["company"], quarter(made))
    assert (found.state, found.closes, found.reason) == ("too few", None, "Too few answers: 5 of 10.")


# What is promised for a day to come


def test_a_promise_for_a_day_to_come_is_not_broken_yet(tmp_path: Path) -> None:
    text = (
        DONE.replace("id: done", "id: kept").replace("survey_responses", "orders").replace("answered_at", "promised_at")
    )
    text = text.replace("period_of: answered", "period_of: promised").replace(
        "cuts: {segment: segment, channel: channel}\n", ""
    )
    text = text.replace("{kind: top_box, value: csat, boxes: [4, 5]}", "{kind: share, value: delivered_at is not null}")
    where = workspace(tmp_path, [text.replace("min_n_show: 10", "min_n_show: 1")])
    at = datetime(2026, 11, 2, 9, tzinfo=UTC)
    orders = [
        {"order_id": "a", "promised_at": at, "delivered_at": at},
        {"order_id": "b", "promised_at": at + timedelta(days=26)},
    ]
    fill(where, "orders", [{"ordered_at": at, "customer": each["order_id"]} | each for each in orders])
    build(where)
    made = open_snapshot(where)
    month = made.workspace.settings.calendar.parse("2026-11")
    (found,) = measure.figures(made, made.workspace.kpi("kept"), ["company"], [month])
    assert (found.value, found.n, found.state) == (1, 1, "ripening")
