from collections import Counter
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from data_contracts.problems import Problems
from kpis import cascade
from kpis.figures import Figure
from kpis.workflows import aim, measure, pay, verify
from kpis.workflows.admit import receipts
from kpis.workspace import Snapshot
from seeds import examples
from tests.conftest import shared

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
AREAS = {  # n, NPS, weighted NPS: added up from the file by other means, to the decimals that weights in millionths keep
    "a": (724, 39.9171, 38.7647), "b": (166, 43.3735, 43.3735), "c": (226, 46.9027, 47.0232),
    "d": (386, 43.5233, 44.8700), "e": (175, 46.8571, 46.8571), "f": (444, 38.5135, 38.2369),
    "g": (625, 32.9600, 30.9657),
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return examples.make("airport", shared("data", "sfo_customer_survey"), tmp_path_factory.mktemp("sfo") / "sfo", NOW)


def figures(made: Snapshot, kpi: str, *scopes: str) -> list[Figure]:
    year = made.workspace.settings.calendar.parse("2017")
    return measure.figures(made, made.workspace.kpi(kpi), scopes or ("company",), [year])


def test_nps_is_the_known_one_of_promoters_passives_and_detractors(made: Snapshot) -> None:
    (found,) = figures(made, "nps")
    assert found.value is not None
    assert (found.n, round(found.value, 4)) == (2746, 39.8398)
    rows = made.rows("SELECT bucket, sum(n) / 1000000 AS n FROM facts WHERE kpi = 'nps' AND cube = 'place' GROUP BY 1")
    groups: Counter[str] = Counter()
    for row in rows.to_pylist():
        groups["promoters" if row["bucket"] > 8 else "passives" if row["bucket"] > 6 else "detractors"] += row["n"]
    assert groups == {"promoters": 1436, "passives": 968, "detractors": 342}


def test_weighted_nps_is_the_known_one_with_an_interval_and_fewer_effective_answers(made: Snapshot) -> None:
    (plain,), (found,) = figures(made, "nps"), figures(made, "nps_weighted")
    assert None not in (found.value, found.low, found.high, found.effective_n, plain.low, plain.high)
    assert (found.n, round(found.value or 0, 4)) == (2746, 40.3984)
    assert (found.low or 0) < (found.value or 0) < (found.high or 0)
    assert (found.effective_n or 0) < found.n
    assert (found.high or 0) - (found.low or 0) > (plain.high or 0) - (plain.low or 0)


def test_satisfaction_is_the_known_share_of_those_who_answered(made: Snapshot) -> None:
    (found,) = figures(made, "csat_top_two")
    assert Fraction(found.numerator or 0, found.denominator or 1) == Fraction(2206, 2688)
    assert (found.n, round(100 * (found.value or 0), 4)) == (2688, 82.0685)


@pytest.mark.parametrize("area", AREAS)
def test_each_boarding_area_has_its_own_figures_and_intervals(made: Snapshot, area: str) -> None:
    scope = f"department:{area}"
    found = [*figures(made, "nps", scope), *figures(made, "nps_weighted", scope)]
    assert (found[0].n, *(round(each.value or 0, 4) for each in found)) == AREAS[area]
    assert all((each.low or 0) < (each.value or 0) < (each.high or 0) and each.state == "ok" for each in found)


def test_the_areas_add_up_to_the_airport_and_a_joint_counts_each_answer_once(made: Snapshot) -> None:
    company, root, joint = figures(made, "nps", "company", "department:sfo", "joint:a+g")
    assert (company.n, company.value) == (root.n, root.value)
    assert joint.n == AREAS["a"][0] + AREAS["g"][0]
    areas = figures(made, "nps", *(f"department:{each}" for each in AREAS))
    assert sum(each.numerator or 0 for each in areas) == company.numerator


def test_every_answer_was_admitted_blank_codes_as_no_answer(made: Snapshot) -> None:
    found = {each.dataset: each for each in receipts(made.workspace)}
    survey = found["survey_responses"]
    assert (survey.received, survey.admitted, survey.quarantined, survey.repeats) == (2831, 2831, 0, 0)
    sql = "SELECT count(*) AS n, count(nps) AS nps, count(csat) AS csat, count(weight) AS weight FROM survey_responses"
    assert made.rows(sql).to_pylist() == [{"n": 2831, "nps": 2746, "csat": 2688, "weight": 2831}]


def test_the_day_of_the_survey_is_a_day_of_may_in_the_airports_own_zone(made: Snapshot) -> None:
    sql = "SELECT min(CAST(answered_at AS DATE)) AS first, max(CAST(answered_at AS DATE)) AS last FROM survey_responses"
    (row,) = made.rows(sql).to_pylist()
    assert (str(row["first"]), str(row["last"])) == ("2017-05-05", "2017-05-30")


def test_targets_for_airport_and_areas_close_one_of_them_joint(made: Snapshot) -> None:
    targets = aim.current(made.workspace)
    assert sum(each.scope.startswith("joint:") for each in targets.values()) == 1
    assert cascade.check(list(targets.values()), made.workspace.kpis, made.organisation) == []


def test_nobody_is_paid_and_the_note_says_why(made: Snapshot) -> None:
    assert "people" not in made.lake.versions
    assert pay.runs(made.workspace) == []
    assert "so nobody is paid on it" in made.workspace.settings.company.note


def test_verify_confirms_every_receipt(made: Snapshot) -> None:
    found = verify.everything(made.workspace)
    assert (found.problems, found.receipts, found.payouts) == ((), 2, 0)


def test_a_folder_without_the_survey_of_2017_is_told_by_its_file(tmp_path: Path) -> None:
    with pytest.raises(Problems, match="2017_SFO_Customer_Survey"):
        examples.make("airport", tmp_path, tmp_path / "new", NOW)
