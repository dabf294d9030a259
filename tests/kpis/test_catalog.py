import pytest

from data_contracts.contract import parse_contract, shipped
from kpis import definitions
from kpis.promises import parse
from kpis.workspace import shipped_kpis
from seeds import demo

TEXTS = shipped_kpis()
COLUMNS = {
    name: [column.name for column in parse_contract(text, name).lake_columns] for name, text in shipped().items()
}
OBSERVED = {"orders", "survey_responses", "service_cases", "digital_journeys", "invitations", "kpi_aggregates"}


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_shipped_kpi_parses_and_its_expressions_hold_against_the_shipped_contracts(name: str) -> None:
    found = definitions.parse(TEXTS[name], name)
    assert found.id == name
    assert definitions.check(found, COLUMNS) == []


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_shipped_kpi_says_what_it_asks_what_is_good_how_it_is_gamed_and_names_a_guardrail_that_ships(
    name: str,
) -> None:
    found = definitions.parse(TEXTS[name], name)
    assert all((found.question, found.owner, found.good, found.gaming))
    assert found.guardrail in TEXTS
    assert found.guardrail != name


def test_at_least_twelve_ship_over_every_dataset_of_observations_and_every_kind_of_measure() -> None:
    found = [definitions.parse(text, name) for name, text in TEXTS.items()]
    assert len(found) >= 12
    assert {each.dataset for each in found} == OBSERVED
    assert {each.measure.kind for each in found} == {"nps", "share", "top_box", "mean", "quantile", "rate"}
    assert {each.count.form for each in found if each.count} == {"ones", "buckets", "moments"}


def test_promises_and_customer_goals_of_shipped_kpis_are_those_of_the_demo_company() -> None:
    promised = parse(demo.PROMISES)
    goals = {each.id for each in promised.customer_goals}
    for name, text in TEXTS.items():
        found = definitions.parse(text, name)
        assert found.promise is None or found.promise in promised.known
        assert found.customer_goal is None or found.customer_goal in goals
