from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from data_contracts.problems import Problems
from kpis import signals
from kpis.workflows import baselines, review
from kpis.workflows.build import build
from kpis.workspace import Workspace, open_snapshot, open_workspace
from tests.kpis import surveyed
from tests.kpis.small import NOW, fill
from tests.kpis.surveyed import LONE, STEWARD, answers

FIRST = datetime(2026, 3, 2, 9, tzinfo=NOW.tzinfo)
WEEK = timedelta(days=7)


def weeks(shares: list[float], n: int = 60, start: datetime = FIRST, **more: object) -> list[dict]:
    """Sixty answers a week, of which such a share is happy."""
    return [
        row
        for at, share in enumerate(shares)
        for row in answers(n, 1, lambda customer, _, share=share: customer < share * n, start + at * WEEK, 7, **more)
    ]


def usual(count: int, seed: int = 1) -> list[float]:
    return list(np.random.default_rng(seed).normal(0.7, 0.04, count).round(3))


def made(folder: Path, shares: list[float], **more: object) -> Workspace:
    return surveyed.company(folder, weeks(shares, department="north", **more), (LONE,)).workspace


def later(where: Workspace, shares: list[float], after: int) -> None:
    """More weeks, delivered and built."""
    rows = weeks(shares, start=FIRST + after * WEEK, department="north")
    fill(where, "survey_responses", [{"response_id": f"n{at}"} | row for at, row in enumerate(rows)], "d2")
    build(where)


def test_a_baseline_is_frozen_once_twenty_whole_weeks_have_passed(tmp_path: Path) -> None:
    where = made(tmp_path, usual(19))
    assert baselines.freeze(where, NOW) == 0
    later(where, usual(1, seed=3), after=19)
    assert baselines.freeze(where, NOW) == 3  # the company, the root and north
    (kept,) = baselines.of(where)["lone", "company"]
    assert (kept.since, kept.reason, kept.by, kept.at) == (date(2026, 3, 2), "The first weeks.", "the build", NOW)
    assert kept.baseline.points == 20


def test_what_is_frozen_stays_when_later_weeks_differ(tmp_path: Path) -> None:
    where = made(tmp_path, usual(22))
    assert baselines.freeze(where, NOW) == 3
    before = baselines.of(where)
    later(where, [0.3] * 6, after=22)
    assert baselines.freeze(where, NOW) == 0
    assert baselines.of(where) == before


def test_a_frozen_baseline_is_that_of_the_figures_of_its_weeks(tmp_path: Path) -> None:
    where = made(tmp_path, usual(22))
    baselines.freeze(where, NOW)
    shown = review.course(open_snapshot(where), "lone", "company")
    values = [each.value for each in shown.figures if each.value is not None]
    assert baselines.of(where)["lone", "company"][0].baseline == signals.frozen(values, [60.0] * 22)


def test_the_chart_reads_the_frozen_baseline_and_not_the_weeks_it_shows(tmp_path: Path) -> None:
    where = made(tmp_path, usual(24))
    baselines.freeze(where, NOW)
    later(where, [0.45, 0.44], after=24)
    snapshot = open_snapshot(where)
    full, short = (review.course(snapshot, "lone", "company", "2026-W35", count) for count in (30, 3))
    assert full.now == short.now
    assert full.signal.low == pytest.approx(short.signal.low)
    assert short.signal.signal == "worse"


def test_a_marked_change_begins_a_new_baseline_and_keeps_the_old_one(tmp_path: Path) -> None:
    where = made(tmp_path, usual(24) + [share + 0.2 for share in usual(12, seed=2)])
    baselines.freeze(where, NOW)
    since = (FIRST + 24 * WEEK).date()
    kept = baselines.restart(where, "lone", "company", since, "New telephone system", STEWARD, NOW)
    assert (kept.since, kept.baseline, kept.reason, kept.by) == (since, None, "New telephone system", STEWARD)
    found = review.course(open_snapshot(where), "lone", "company")
    told = {window.start: signal.signal for window, signal in zip(found.windows, found.signals, strict=True)}
    assert told[since - WEEK] in ("usual", "better", "worse")
    assert {told[since + at * WEEK] for at in range(12)} == {"not enough history"}
    assert found.restarts == ((since, "New telephone system"),)


def test_a_restart_is_frozen_as_soon_as_it_has_its_weeks(tmp_path: Path) -> None:
    where = made(tmp_path, usual(16) + [share + 0.2 for share in usual(20, seed=2)])
    baselines.freeze(where, NOW)
    since = (FIRST + 16 * WEEK).date()
    kept = baselines.restart(where, "lone", "company", since, "New telephone system", STEWARD, NOW)
    assert kept.baseline is not None
    assert kept.baseline.mean == pytest.approx(0.9, abs=0.02)
    assert (kept.reason, kept.by) == ("New telephone system", STEWARD)


@pytest.mark.parametrize(
    ("scope", "since", "reason", "by", "expected"),
    [
        ("department:nroth", date(2026, 8, 1), "r", STEWARD, "north"),
        ("company", date(2027, 1, 1), "r", STEWARD, "has come"),
        ("company", date(2026, 3, 2), "r", STEWARD, "a day after 2026-03-02"),
        ("company", date(2026, 8, 1), " ", STEWARD, "words that explain"),
        ("company", date(2026, 8, 1), "r", "Femke", "an employee number, or an address with a role"),
    ],
)
def test_a_restart_names_a_scope_a_day_that_has_come_a_reason_and_somebody_known(
    tmp_path: Path, scope: str, since: date, reason: str, by: str, expected: str
) -> None:
    where = made(tmp_path, usual(22))
    baselines.freeze(where, NOW)
    with pytest.raises(Problems, match=expected):
        baselines.restart(where, "lone", scope, since, reason, by, NOW)


def test_another_definition_makes_another_baseline_of_the_same_weeks_and_says_so(tmp_path: Path) -> None:
    where = made(tmp_path, usual(22))
    baselines.freeze(where, NOW)
    text = LONE.replace("version: 1", "version: 2").replace("boxes: [4, 5]", "boxes: [1, 2]")
    (tmp_path / "kpis" / "lone.yaml").write_text(text)
    again = open_workspace(tmp_path, NOW)
    build(again)
    assert baselines.freeze(again, NOW) == 3
    (kept,) = baselines.of(again)["lone", "company"]
    assert (kept.since, kept.reason, kept.anew) == (
        date(2026, 3, 2), "The first weeks.", "Version 2 of the definition."
    )  # fmt: skip
    assert kept.baseline.mean == pytest.approx(0.3, abs=0.02)
    assert baselines.freeze(again, NOW) == 0


def test_a_marked_change_keeps_its_reason_and_author_through_another_definition_and_every_part_is_frozen_again(
    tmp_path: Path,
) -> None:
    where = made(tmp_path, usual(22) + [share + 0.2 for share in usual(12, seed=2)])
    baselines.freeze(where, NOW)
    since = (FIRST + 10 * WEEK).date()
    before = baselines.restart(where, "lone", "company", since, "New questionnaire", STEWARD, NOW)
    short = (FIRST + 33 * WEEK).date()
    baselines.restart(where, "lone", "company", short, "New telephone system", STEWARD, NOW)
    old = baselines.of(where)["lone", "company"]
    text = LONE.replace("version: 1", "version: 2").replace("boxes: [4, 5]", "boxes: [1, 2]")
    (tmp_path / "kpis" / "lone.yaml").write_text(text)
    again = open_workspace(tmp_path, NOW)
    build(again)
    baselines.freeze(again, NOW)
    first, marked, waiting = baselines.of(again)["lone", "company"]
    assert (marked.since, marked.reason, marked.by) == (since, "New questionnaire", STEWARD)
    assert marked.anew == "Version 2 of the definition."
    assert marked.baseline.mean < 0.35 < before.baseline.mean
    assert [(each.baseline, each.definition, each.reason) for each in marked.earlier] == [
        (before.baseline, before.definition, "New questionnaire")
    ]
    assert {first.definition, marked.definition} == {again.kpi("lone").digest()}
    assert first.baseline is None  # ten weeks before the mark are too few, and the old definition's are no longer shown
    assert first.earlier[0].baseline == old[0].baseline
    assert (waiting.reason, waiting.by, waiting.baseline) == ("New telephone system", STEWARD, None)
    assert baselines.freeze(again, NOW) == 0


def test_only_the_kpis_a_build_touched_are_looked_at(tmp_path: Path) -> None:
    where = made(tmp_path, usual(22))
    assert baselines.freeze(where, NOW, []) == 0
    assert baselines.freeze(where, NOW, ["lone"]) == 3


def test_the_review_tells_how_many_signals_chance_alone_would_give(tmp_path: Path) -> None:
    where = made(tmp_path, usual(36))
    baselines.freeze(where, NOW)
    snapshot = open_snapshot(where)
    found = review.courses(snapshot, "company", "2026-W44")
    assert review.expected(found) == sum(each.signal.chance for each in found) > 0
    far = review.courses(snapshot, "department:far", "2026-W44")
    assert review.expected(far) == 0  # no figures, so nothing that chance could light
