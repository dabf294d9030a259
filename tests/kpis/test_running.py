"""Running sums of few buckets against the rows they come from."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis import estimates, running, sums
from kpis.calendar import Calendar, Period
from kpis.dense import Dense
from kpis.distributions import MILLION, Distributions, merge
from kpis.estimates import Estimates
from kpis.sums import Rows
from kpis.workflows import spans
from kpis.workspace import Snapshot
from tests.kpis import surveyed
from tests.kpis.surveyed import DONE, answers

SLICES, NAMES, SCOPES, WINDOWS = 6, 4, ("a", "b", "c"), ("v", "w")
Row = st.tuples(st.integers(0, NAMES - 1), st.integers(0, SLICES - 1), st.integers(0, 10), st.integers(1, 10**12))
Pairs = st.sets(st.tuples(st.integers(0, NAMES - 1), st.integers(0, len(SCOPES) - 1)))
Run = st.tuples(st.integers(0, SLICES), st.integers(0, SLICES)).map(sorted)


def top(d: Dense | Distributions) -> Estimates:
    return estimates.share(d, (4, 5))


def kept(found: list[tuple[int, int, int, int]], apart: int = 1) -> Rows:
    """Rows of names and slices with their running sums, however sparse they are."""
    name, at, bucket, n = np.array(found, dtype=np.int64).T
    keys = {"department": (np.array([*"nesw"], dtype=object), name * SLICES + at)}
    rows = Rows(np.arange(SLICES) * 7, bucket * apart - 3, {"n": n}, keys)
    return running.kept(rows)


@pytest.fixture(autouse=True)
def sparse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "SPARSE", 10**6)


@settings(max_examples=200)
@given(st.lists(Row, min_size=1), Pairs, st.tuples(Run, Run), st.sampled_from([1, 10**6]))
def test_running_sums_tell_what_the_rows_add_up_to(
    found: list[tuple[int, int, int, int]], chosen: set[tuple[int, int]], runs: tuple[list[int], list[int]], apart: int
) -> None:
    rows = kept(found, apart)
    pairs = tuple(np.array(sorted(chosen), dtype=np.int64).reshape(-1, 2).T)
    reached = tuple(np.array(runs).T)
    days = np.array([(at * 7, w) for w, (low, high) in enumerate(runs) for at in range(low, high)]).reshape(-1, 2).T
    dated = (days[0].astype(np.int64), days[1].astype(np.int64))
    made = running.added(rows, "department", SCOPES, pairs, WINDOWS, reached)
    facts = sums.added(rows, "department", SCOPES, pairs, WINDOWS, dated)
    cells, first = np.unique(facts.keys.cell, return_inverse=True)
    assert made.keys.cell.tolist() == cells.tolist()
    wanted = merge(Distributions(max(len(cells), 1), first, facts.columns["bucket"], facts.columns["n"]))
    told = made.d.rows()
    for column in ("cell", "bucket", "n"):
        assert getattr(told, column).tolist() == getattr(wanted, column).tolist()
    for measure in (estimates.nps, estimates.mean, top) if len(cells) else ():
        one, other = measure(made.d), measure(wanted)
        assert (one.numerator.tolist(), one.denominator.tolist()) == (
            other.numerator.tolist(),
            other.denominator.tolist(),
        )
        near = (
            ("low", "high", "effective_n", "variance") if apart == 1 else ()
        )  # of scores of millions floats lose the spread
        for each in ("value", "n", *near):
            np.testing.assert_allclose(getattr(one, each), getattr(other, each), rtol=1e-9, atol=1e-9)
    members = set(running.held(rows, "department", reached).tolist())
    assert members == {name for name, at, *_ in found if any(low <= at < high for low, high in runs)}


def test_rows_that_are_weighted_or_hold_nothing_keep_no_running_sums() -> None:
    rows = kept([(0, 0, 4, MILLION), (1, 2, 5, MILLION)])
    assert rows.running
    plain = replace(rows, running={})
    for moments in (
        {"n": np.array([0, MILLION])},
        {"n": np.array([2**52, 1])},
        {"n": rows.moments["n"], "x": rows.bucket},
    ):
        assert not running.kept(replace(plain, moments=moments)).running


def test_rows_far_apart_keep_no_running_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "SPARSE", 4)
    assert not kept([(at, at, at, MILLION) for at in range(NAMES)]).running


@pytest.fixture(scope="module")
def surveys(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    rows = list(answers(9, 1, lambda *_: True))
    return surveyed.company(tmp_path_factory.mktemp("runs"), rows, (DONE,))


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 200)), min_size=1, max_size=5), st.booleans())
@settings(max_examples=100)
def test_windows_reach_the_slices_that_make_them_up(
    surveys: Snapshot, ends: list[tuple[int, int]], promised: bool
) -> None:
    kpi = surveys.workspace.kpi("done").model_copy(update={"period_of": "promised"} if promised else {})
    start = surveys.workspace.today.toordinal() - 300
    days = [(start + low, start + low + length) for low, length in ends]
    windows = [
        Period(date.fromordinal(low), date.fromordinal(high), "span", f"w{at}") for at, (low, high) in enumerate(days)
    ]
    every = Calendar().slices(date.fromordinal(start - 40), date.fromordinal(start + 700))
    slices = np.array([each.toordinal() - spans.EPOCH for each in every])[1::2]
    low, high = spans.runs(surveys, kpi, windows, slices)
    day, code = spans.dated(spans.days(surveys, kpi, windows))
    for at in range(len(windows)):
        wanted = sorted(set(day[code == at].tolist()) & set(slices.tolist()))
        assert slices[low[at] : high[at]].tolist() == wanted
