"""The demo company's planted truths as studies find them: what goes with recommending, and what a late visit costs."""

from datetime import UTC, date, datetime

import pytest

from kpis.workflows import studies
from kpis.workflows.admit import admit
from kpis.workspace import Snapshot, open_snapshot, open_workspace
from seeds.demo import deliveries

NOW = datetime(2026, 11, 22, 22, tzinfo=UTC)
READ = ("departments", "people", "customers", "orders", "service_cases", "survey_responses")
SETTINGS = '[company]\nname = "Demo"\nzone = "Europe/Amsterdam"\nas_of = 2026-11-22\n'


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """What studies read of the demo company, without facts, targets and pay."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "goldenthread.toml").write_text(SETTINGS)
    (folder / "promises.yaml").write_text("promises: []\n")
    (folder / "deliveries").mkdir()
    written = deliveries.write_all(folder / "deliveries", 200, 60, 7, date(2026, 11, 22))
    where = open_workspace(folder, NOW)
    for each in written.deliveries:
        if each.dataset in READ and each.state == "admitted":
            assert admit(where, each.dataset, each.file, each.at).state == "admitted"
    return open_snapshot(where)


def test_what_went_wrong_drives_recommendation_and_nothing_else_does(snapshot: Snapshot) -> None:
    (study,) = studies.drivers(snapshot, snapshot.workspace.kpi("nps"))
    found = {each.factor: each for each in study.effects if each.verdict != "could be chance"}
    assert found["delivered_as_promised"].effect > 50
    assert found["first_contact_resolution"].effect > 15
    assert found["complaint_share"].effect < -15
    assert not {"channel", "segment"} & set(found)
    assert study.factors[0].name == "delivered_as_promised"
    assert "survey_responses version" in study.source


def test_two_reasons_for_a_case_drive_first_contact_and_one_of_them_in_one_segment_most(snapshot: Snapshot) -> None:
    kpi = snapshot.workspace.kpi("first_contact_resolution")
    whole, *parts = studies.drivers(snapshot, kpi, ["reason", "channel"], "segment")
    worse = {each.level for each in whole.effects if each.verdict == "goes with less"}
    assert worse == {"meter", "contract"}
    contract = {part.segment: each.effect for part in parts for each in part.effects if each.level == "contract"}
    assert min(contract, key=lambda name: contract[name]) == "landlord"
    assert any(note.startswith("reason: contract") for note in whole.notes)


def test_a_late_visit_goes_with_fewer_orders_afterwards_and_that_has_a_price(snapshot: Snapshot) -> None:
    found = studies.outcomes(snapshot, snapshot.workspace.kpi("delivered_as_promised"), "repeat", 90)
    late, kept = found.groups
    assert (found.grade, late.name, kept.name) == ("B", "Delivered as promised: no", "Delivered as promised: yes")
    assert kept.low > late.high
    assert found.worth is not None
    assert found.worth.low > 0
    assert any("Nobody drew lots" in each for each in found.cannot)


def test_where_nothing_was_planted_no_evidence_is_found(snapshot: Snapshot) -> None:
    found = studies.outcomes(snapshot, snapshot.workspace.kpi("status_told"), "repeat", 90)
    assert found.grade in ("C", "D")  # nothing was planted: chance may give a hint, never more
