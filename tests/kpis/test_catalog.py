import re

import pytest

from data_contracts.contract import parse_contract, shipped
from kpis import definitions
from kpis.definitions import KpiDefinition
from kpis.promises import parse
from kpis.workspace import shipped_kpis
from seeds import demo
from tests.conftest import ROOT

TEXTS = shipped_kpis()
FOUND = {name: definitions.parse(text, name) for name, text in TEXTS.items()}
CONTRACTS = {name: parse_contract(text, name) for name, text in shipped().items()}
COLUMNS = {
    name: [column.name for column in contract.lake_columns if column.classification != "restricted"]
    for name, contract in CONTRACTS.items()
}
OBSERVED = {
    "survey_responses", "invitations", "service_cases", "calls", "backlog", "digital_journeys", "orders", "invoices", "refunds",
    "customer_months", "costs", "insights", "employee_surveys", "customer_contacts", "kpi_aggregates",
}  # fmt: skip
ASKED_FOR = {
    "effort", "complaint_rate", "first_response_median", "backlog_age", "abandonment", "answered_within_20s", "reopened_share",
    "self_service_success", "delivery_promise_kept", "days_late", "billing_correctness", "refund_time", "churn", "retention",
    "repeat_purchase", "revenue_per_customer", "cost_to_serve", "margin", "employee_nps", "internal_service_score",
    "onboarding_friction", "insight_to_action", "told_customer", "customer_contact_hours", "survey_asked_share",
}  # fmt: skip
KINDS = {"nps", "share", "top_box", "mean", "quantile", "rate", "ratio"}
DOCS = ROOT / "docs" / "kpi-catalog.md"


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_shipped_kpi_parses_and_its_expressions_hold_against_the_shipped_contracts(name: str) -> None:
    assert FOUND[name].id == name
    assert definitions.check(FOUND[name], COLUMNS) == []


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_shipped_kpi_says_what_it_asks_what_is_good_how_it_is_gamed_and_names_a_guardrail_that_ships(
    name: str,
) -> None:
    found = FOUND[name]
    assert all((found.question.endswith("?"), found.owner, found.good, found.gaming))
    assert found.guardrail in TEXTS
    assert found.guardrail != name


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_the_kpis_a_shipped_kpi_names_ship_too(name: str) -> None:
    measure, response = FOUND[name].measure, FOUND[name].response
    named = [part.kpi for part in (measure.numerator, measure.denominator) if part]
    named += [response.asked, response.answered] if response else []
    assert set(named) <= set(TEXTS)


def test_more_than_thirty_ship_over_everything_that_is_observed_and_every_kind_of_measure() -> None:
    assert len(FOUND) >= 40
    assert set(FOUND) >= ASKED_FOR
    assert {each.dataset for each in FOUND.values()} == OBSERVED
    assert {each.measure.kind for each in FOUND.values()} == KINDS
    assert {each.count.form for each in FOUND.values() if each.count} == {"ones", "buckets", "moments"}


def test_a_figure_of_answers_to_a_survey_says_who_was_asked_and_who_answered() -> None:
    surveys = [each for each in FOUND.values() if each.dataset == "survey_responses"]
    assert len(surveys) == 5
    assert all(each.response and each.guardrail == "survey_asked_share" for each in surveys)


def test_a_duration_that_may_still_run_counts_what_runs_and_ships_a_form_that_may_be_paid() -> None:
    quantiles = [each for each in FOUND.values() if each.measure.kind == "quantile"]
    assert all(each.measure.censored for each in quantiles)
    assert {"time_to_resolve_median", "time_to_resolve_p90", "first_response_median"} <= {each.id for each in quantiles}


def test_what_has_customers_says_that_answers_of_one_customer_repeat() -> None:
    silent = [name for name, each in FOUND.items() if "customer" in COLUMNS[each.dataset] and not each.cluster]
    assert silent == []


def test_promises_and_customer_goals_of_shipped_kpis_are_those_of_the_demo_company() -> None:
    promised = parse(demo.PROMISES)
    goals = {each.id for each in promised.customer_goals}
    for found in FOUND.values():
        assert found.promise is None or found.promise in promised.known
        assert found.customer_goal is None or found.customer_goal in goals


def test_no_column_of_a_dataset_of_employees_answers_leads_to_a_person() -> None:
    assert [each.name for each in CONTRACTS["employee_surveys"].columns if each.surrogate] == []


def row(found: KpiDefinition) -> str:
    """The line of a KPI in docs/kpi-catalog.md."""
    told = (
        f"`{found.id}`",
        found.title,
        found.question,
        found.good,
        found.gaming,
        f"`{found.guardrail}`",
        f"`{found.dataset}`",
    )
    return f"| {' | '.join(str(each) for each in told)} |"


def test_the_documentation_lists_every_shipped_kpi_as_its_definition_says() -> None:
    listed = [line for line in DOCS.read_text("utf-8").splitlines() if re.match(r"\| `", line)]
    assert sorted(listed) == sorted(row(each) for each in FOUND.values())
