"""What stands beside a figure: the smallest change that would show, an end that is open, and who published the method."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard import shapes
from dashboard.commands.measure import row
from dashboard.formats import Formats
from kpis.differences import detectable
from kpis.workflows import measure
from kpis.workspace import Snapshot
from tests.dashboard.line import done
from tests.kpis import surveyed
from tests.kpis.surveyed import DONE, LONE, MONDAY, SCORE, answers

WAIT = """id: wait
version: 1
title: Wait
question: How long?
direction: lower
dataset: service_cases
when: opened_at
period_of: opened
measure: {kind: quantile, value: "seconds_between(opened_at, closed_at)", q: 0.9}
unit: hours
decimals: 1
min_n_show: 1
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    rows = list(answers(120, 4, lambda customer, _: customer % 3 > 0, department="north", channel="phone"))
    opened = [MONDAY + timedelta(days=at) for at in range(12)]
    cases = [
        {"case_id": f"k{at}", "opened_at": moment, "closed_at": moment + timedelta(hours=3 + at), "contacts": 1}
        for at, moment in enumerate(opened)
    ]
    return surveyed.company(tmp_path_factory.mktemp("told"), rows, (DONE, LONE, SCORE, WAIT), service_cases=cases)


def asked(snapshot: Snapshot, *arguments: str) -> list[dict]:
    return done(*arguments, "--workspace", snapshot.workspace.root, "--json").json


def test_the_smallest_change_that_would_show_stands_beside_every_figure(told: Snapshot) -> None:
    kpi, window = told.workspace.kpi("lone"), told.workspace.settings.calendar.parse("2026-Q3")
    found = measure.estimated(told, kpi, ["company"], [window])
    (figure,) = measure.figures(told, kpi, ["company"], [window])
    assert figure.detectable == pytest.approx(detectable(found.found)[0])
    assert asked(told, "figures", "lone")[0]["smallest_change"] == pytest.approx(figure.detectable)
    shown = done("figures", "lone", "--workspace", told.workspace.root).out
    assert "Smallest change" in shown
    assert f"{100 * figure.detectable:.1f} points" in shown
    assert "a change of" in shapes.least(Formats(), kpi, figure)


def test_an_end_that_is_open_says_at_least_and_the_answers_it_needs(told: Snapshot) -> None:
    kpi, window = told.workspace.kpi("wait"), told.workspace.settings.calendar.parse("2026-Q3")
    (figure,) = measure.figures(told, kpi, ["company"], [window])
    cell = row(Formats(), kpi, figure)["interval"]
    assert cell == f"at least {figure.low:.1f} (closes at {figure.closes} answers)"
    running = row(Formats(), kpi, replace(figure, closes=None))["interval"]
    assert running.endswith("(too many still run)")
    assert asked(told, "figures", "wait")[0]["smallest_change"] is None


def test_compare_shows_the_effective_n_where_answers_repeat(told: Snapshot) -> None:
    where = "--workspace", told.workspace.root
    arguments = "--unit", "department:north", "--against", "department:south", "--period", "2026-Q3"
    assert "Effective n" in done("compare", "done", *arguments, *where).out
    assert "Effective n" not in done("compare", "lone", *arguments, *where).out


def test_the_method_of_a_figure_and_of_a_difference_name_who_published_them(told: Snapshot) -> None:
    sources = {kpi: asked(told, "figures", kpi)[0]["source"] for kpi in ("done", "lone", "score", "wait")}
    assert sources == {
        "done": "Wilson 1927, Kott 2001", "lone": "Wilson 1927", "score": "Rocks 2016, Kott 2001", "wait": "Conover 1999",
    }  # fmt: skip
    two = asked(told, "compare", "lone", "--from", "2026-Q2", "--to", "2026-Q3")
    assert two["source"] == "Newcombe 1998"
    assert two["after"]["source"] == "Wilson 1927"
