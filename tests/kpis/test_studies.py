"""Studies over a workspace: what they read, what they refuse, how they are told on the command line; and that pay never sees them."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from data_contracts.problems import Problems
from kpis.workflows import build, measure, observed, studies
from kpis.workspace import Snapshot, open_snapshot
from tests.conftest import ROOT
from tests.dashboard import line
from tests.kpis.shop import START, opened, order

# Observations: those of the figures


def answers() -> list[dict[str, object]]:
    rng = np.random.default_rng(1)
    return [
        {"response_id": f"r{at}", "customer": f"c{at % 90}", "answered_at": START + timedelta(days=500 + at % 150),
         "csat": int(rng.integers(1, 6)),
         "touchpoint": "visit" if at % 2 else "help", "order_id": f"c{at % 90}-600" if at % 2 else None}
        for at in range(400)
    ]  # fmt: skip


def cases() -> list[dict[str, object]]:
    first = datetime(2026, 6, 1, 9, tzinfo=UTC)
    return [
        {"case_id": f"k{at}", "opened_at": first + timedelta(hours=20 * at), "first_contact_resolved": at % 3 > 0,
         "complaint": at % 10 == 0,
         "contacts": 1, "channel": "web" if at % 4 else "phone"}
        for at in range(208)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    rows = [order(f"c{at}", 600, late=at % 3 == 0) for at in range(90)]
    snapshot = opened(tmp_path_factory.mktemp("shop"), rows, survey_responses=answers(), service_cases=cases())
    build.build(snapshot.workspace)
    return open_snapshot(snapshot.workspace)


@pytest.mark.parametrize("name", ["kept", "liked", "solved"])
def test_a_study_counts_the_observations_of_the_figure_no_more_and_no_less(shop: Snapshot, name: str) -> None:
    kpi = shop.workspace.kpi(name)
    seen = observed.observed(shop, kpi, {}).frame
    windows = [shop.workspace.settings.calendar.parse(year) for year in ("2025", "2026")]
    ripe = shop.workspace.today - (kpi.matures_after or timedelta())
    facts = (
        shop.rows("SELECT sum(n) / 1e6 AS n FROM facts WHERE kpi = $kpi AND cube = 'company'", kpi=name)
        .column("n")[0]
        .as_py()
    )
    unripe = sum(row["opened_at"].date() > ripe and not row["complaint"] for row in cases()) if name == "solved" else 0
    assert len(seen) == facts - unripe
    assert (unripe > 0) == (name == "solved")
    if not unripe:
        figure = next(each for each in measure.figures(shop, kpi, ["company"], windows) if each.n)
        assert studies.rules.points(kpi, seen["_value"]).mean() == pytest.approx(figure.value)


def test_an_answer_is_studied_by_the_order_it_is_about(shop: Snapshot) -> None:
    kpi = shop.workspace.kpi("liked")
    seen = observed.observed(
        shop, kpi, {"late": observed.factor(shop.workspace, kpi, "kept"), "sold": "orders.channel"}
    ).frame
    about, known = seen["sold"].notna(), seen["late"].notna()
    assert 0 < known.sum() < about.sum() < len(seen)  # answers after help are about no order: neither late nor in time
    assert not (known & ~about).any()
    assert seen.loc[about & ~known, "_at"].max() < START + timedelta(days=604)  # said before the parcel came
    words = ["survey", "channel", "segment", "touchpoint"]
    joined = [
        "customers.segment",
        "customers.region",
        "service_cases.channel",
        "service_cases.reason",
        "orders.channel",
    ]
    assert studies.suggested(shop.workspace, kpi) == [*words, "kept", "solved", *joined]


def test_a_large_kpi_is_sampled_the_same_way_every_time_and_says_so(
    shop: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observed, "MOST", 50)
    kpi = shop.workspace.kpi("solved")
    one, two = (observed.observed(shop, kpi, {}) for _ in range(2))
    assert len(one.frame) == 50
    assert sorted(one.frame["_at"]) == sorted(two.frame["_at"])
    assert "50 of 1" in one.source
    assert "drawn with seed 1" in one.source


def test_names_of_people_and_customers_and_unknown_columns_are_no_factors(shop: Snapshot) -> None:
    kpi = shop.workspace.kpi("solved")
    for name in ("person", "customer", "customers.customer", "chanel", "counted", "channel; drop table facts"):
        with pytest.raises(Problems):
            studies.drivers(shop, kpi, [name])
    with pytest.raises(Problems, match="Did you mean 'channel'"):
        studies.drivers(shop, kpi, ["chanel"])
    with pytest.raises(Problems, match="10 at most"):
        studies.drivers(shop, kpi, [f"contacts > {at}" for at in range(11)])
    with pytest.raises(Problems, match="--by"):
        studies.drivers(shop, kpi, ["channel"], "segment")
    with pytest.raises(Problems, match="arrive counted"):
        studies.drivers(shop, shop.workspace.kpi("counted"), ["channel"])


# Faces and directions


def test_the_command_line_tells_drivers_in_words_and_json_alone(shop: Snapshot) -> None:
    asked = ("drivers", "solved", "--workspace", shop.workspace.root, "--factors")
    told = line.done(*asked, "channel").out
    assert "channel: phone, against web" in told
    assert "Goes with, not causes" in told
    document = line.done(*asked, "channel", "--json").json
    assert [each["state"] for each in document] == ["ok"]
    assert "service_cases version 1" in document[0]["source"]
    wrong = line.call(*asked, "chanel", "--json")
    assert wrong.code == 1
    assert "channel" in wrong.problems[0]["next_step"]


def test_the_command_line_tells_the_grade_and_why(shop: Snapshot) -> None:
    asked = ("outcomes", "kept", "--workspace", shop.workspace.root, "--on")
    told = line.done(*asked, "repeat", "--within", "30").out
    assert told.startswith("Grade D. These data show no link of Kept with what follows: too few (")
    assert "the score was measured before the outcome" in told
    document = line.done(*asked, "repeat", "--json").json
    assert (document["grade"], document["currency"], document["worth"]) == ("D", "EUR", None)
    assert line.call(*asked, "loyalty").code == 2


def test_nothing_that_pays_knows_of_studies_and_pages_open_without_statsmodels() -> None:
    code = "import sys, kpis.workflows.pay, kpis.workflows.payroll, kpis.workflows.verify, kpis.incentives.engine;"
    code += "names = [name for name in sys.modules if name.split('.')[-1] in ('studies', 'drivers', 'outcomes', 'observed', 'followed')];"
    code += "import kpis.workflows.studies; print(names, 'statsmodels' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[] False"
