"""The proofs at a fiftieth of their draws: the same code, its bounds widened by the error of fewer draws."""

import pytest

from tests.conftest import ROOT
from tests.prove import coverage, gaming, power, simulation
from tests.prove.coverage import methods
from tests.prove.run import main, proofs, run


@pytest.fixture(scope="module")
def proved():
    return coverage.prove(0.02, [].append)


def test_every_interval_holds_the_truth_as_often_as_it_says(proved) -> None:
    assert proved.passed, proved.page


def test_every_kind_of_figure_is_proved_plain_weighted_and_in_clusters() -> None:
    names = " ".join(method.name for method in methods())
    for kind in ("Share", "NPS", "Mean"):
        for form in (":", ", weighted", ", clustered"):
            assert f"{kind}{form}" in names
    for kind in ("shares", "NPS", "means", "rates", "ratios", "quantiles"):
        assert f"Difference of {kind}:" in names
        assert f"Difference of {kind}, weighted" in names
    for kind in ("counts", "totals"):
        assert f"Ratio of {kind}, weighted" in names
    assert "Ratio, parts share customers" in names
    for kind in ("Rate", "Ratio of counts", "Ratio of totals", "Quantile: ", "Kaplan–Meier", "Difference of quantiles"):
        assert kind in names


def test_patterns_of_gaming_are_found_where_they_were_planted_and_hardly_elsewhere() -> None:
    proved = gaming.prove(0.03, [].append)
    assert proved.passed, proved.page


def test_a_method_that_holds_too_seldom_or_too_often_misses_its_rule() -> None:
    method = methods()[0]

    def number(held: int) -> coverage.Held:
        return coverage.Held(method.name, "50%", 100, 10_000, held, 0, None)

    assert coverage.kept(method, [number(9_500)] * 4)
    assert not coverage.kept(method, [number(9_300)] * 4)
    assert not coverage.kept(method, [number(9_800)] * 4)


def test_the_published_page_is_the_one_the_proof_writes(proved) -> None:
    page = (ROOT / proofs()["coverage"].page).read_text("utf-8")
    assert "Every method keeps its rule." in page
    assert "10,000 draws" in page
    assert [line for line in page.splitlines() if line.startswith("#")] == [
        line for line in proved.page.splitlines() if line.startswith("#")
    ]


def test_a_change_of_the_size_told_is_seen_four_times_in_five() -> None:
    found = power.seen(1_000)
    assert power.kept(found, 1_000), found


def test_a_proof_below_full_scale_writes_no_page_and_tells_how_it_went(capsys, tmp_path) -> None:
    page = ROOT / proofs()["coverage"].page
    before = page.stat().st_mtime_ns
    assert run("coverage", proofs()["coverage"], 0.002)
    assert page.stat().st_mtime_ns == before
    assert "coverage: held" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["no such proof"])


def test_the_published_page_on_chance_and_luck_is_the_one_its_proof_writes() -> None:
    page = (ROOT / proofs()["simulation"].page).read_text("utf-8")
    found = simulation.prove(0.012, [].append)
    assert found.passed, found.page
    assert [line for line in page.splitlines() if line.startswith(("#", "| planted"))] == [
        line for line in found.page.splitlines() if line.startswith(("#", "| planted"))
    ]
    assert "2,500 payouts" in page
