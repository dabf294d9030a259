from datetime import timedelta
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.problems import Problem, Problems
from kpis import links, promises
from kpis.definitions import KpiDefinition, check, parse

COLUMNS = {
    "service_cases": ["case_id", "customer", "person", "department", "opened_at", "first_contact_resolved", "channel"],
    "departments": ["department", "name"],
    "customers": ["customer", "segment"],
}
words = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1)
PLAIN: dict[str, Any] = {
    "id": "fcr", "version": 1, "title": "First-contact resolution", "question": "How often at once?", "direction": "higher",
    "dataset": "service_cases", "when": "opened_at", "period_of": "opened", "unit": "percent",
    "measure": {"kind": "share", "value": "first_contact_resolved"},
}  # fmt: skip


def made(**fields: Any) -> KpiDefinition:
    return parse(yaml.safe_dump(PLAIN | fields), "kpis/fcr.yaml")


def problems(**fields: Any) -> list[Problem]:
    with pytest.raises(Problems) as refused:
        made(**fields)
    return list(refused.value.problems)


def places(**fields: Any) -> list[str]:
    return [each.where.removeprefix("kpis/fcr.yaml, ") for each in problems(**fields)]


def test_a_definition_is_as_short_as_this() -> None:
    found = made()
    assert (found.decimals, found.min_n, found.min_n_show, found.promise_id) == (1, 30, 10, None)
    assert check(found, COLUMNS) == []


def test_every_fault_is_told_at_once_each_with_its_place() -> None:
    told = places(id="First Contact", version=0, direction="up", min_n=0, decimals=9, unit="stars")
    assert sorted(told) == ["decimals", "direction", "id", "min_n", "unit", "version"]


@pytest.mark.parametrize(
    ("fields", "suggestion"),
    [
        ({"promis": "x"}, "Did you mean 'promise'?"),
        ({"measure": {**PLAIN["measure"], "valeu": "x"}}, "Did you mean 'value'?"),
        ({"credit": {"persn": "person"}}, "Did you mean 'person'?"),
    ],
)
def test_a_misspelt_field_gets_a_suggestion(fields: dict[str, Any], suggestion: str) -> None:
    assert suggestion in [each.next_step for each in problems(**fields)]


@pytest.mark.parametrize(
    ("measure", "missing"),
    [
        ({"kind": "rate", "events": "1"}, "a rate needs exposure"),
        ({"kind": "rate"}, "a rate needs events and exposure"),
        ({"kind": "top_box", "value": "x"}, "a top_box needs boxes"),
        ({"kind": "quantile", "value": "x"}, "a quantile needs q"),
        ({"kind": "nps"}, "a nps needs value"),
    ],
)
def test_a_measure_says_what_it_lacks(measure: dict[str, Any], missing: str) -> None:
    assert missing in problems(measure=measure)[0].expected


@pytest.mark.parametrize("q", [0, 1, 1.5, -0.1])
def test_a_quantile_lies_between_none_and_all(q: float) -> None:
    assert places(measure={"kind": "quantile", "value": "x", "q": q}) == ["measure.q"]


@pytest.mark.parametrize(
    ("text", "span"), [("7 days", timedelta(days=7)), ("1 day", timedelta(days=1)), ("36 hours", timedelta(hours=36))]
)
def test_how_long_a_row_ripens_is_written_in_days_or_hours(text: str, span: timedelta) -> None:
    assert made(matures_after=text).matures_after == span


@pytest.mark.parametrize("text", ["a week", "7 dagen", "-1 days", "7days", 7, 1.5])
def test_another_way_to_write_it_is_a_problem(text: object) -> None:
    assert places(matures_after=text) == ["matures_after"]


@pytest.mark.parametrize("text", ["", "- a\n- b", "just words", "id: [", "id: !!python/object:os.system x"])
def test_what_is_no_definition_at_all_is_a_problem(text: str) -> None:
    with pytest.raises(Problems) as refused:
        parse(text, "kpis/fcr.yaml")
    assert refused.value.problems[0].where == "kpis/fcr.yaml"


def test_unknown_columns_are_told_at_once_at_their_places_with_a_suggestion() -> None:
    wrong = made(
        when="openend_at", filter="chanel = 'web'", credit={"person": "persn"}, cuts={"segment": "customers.segmnt"}
    )
    told = {each.where: each.next_step for each in check(wrong, COLUMNS)}
    assert told == {
        "kpis/fcr.yaml, when": "Did you mean 'opened_at'?",
        "kpis/fcr.yaml, filter": "Did you mean 'channel'?",
        "kpis/fcr.yaml, credit.person": "Did you mean 'person'?",
        "kpis/fcr.yaml, cuts.segment": "Did you mean 'customers.segment'?",
    }


def test_an_unknown_dataset_is_told_once_with_a_suggestion() -> None:
    [problem] = check(made(dataset="service_case"), COLUMNS)
    assert (problem.where, problem.next_step) == ("kpis/fcr.yaml, dataset", "Did you mean 'service_cases'?")


def test_customers_are_within_reach_of_a_dataset_that_names_them_only() -> None:
    cut = {"cuts": {"segment": "customers.segment"}}
    assert check(made(**cut), COLUMNS) == []
    assert (
        check(made(dataset="departments", when="name", measure={"kind": "share", "value": "name"}, **cut), COLUMNS)
        != []
    )


@given(version=st.integers(1, 99), title=words, decimals=st.integers(0, 6), min_n=st.integers(1, 10_000))
def test_the_digest_is_of_what_is_said_and_not_of_how_it_is_written(
    version: int, title: str, decimals: int, min_n: int
) -> None:
    fields = PLAIN | {"version": version, "title": title, "decimals": decimals, "min_n": min_n}
    one = parse(yaml.safe_dump(fields, allow_unicode=True), "a")
    two = parse(yaml.safe_dump(dict(reversed(fields.items())), default_flow_style=True), "b")
    assert one.digest() == two.digest()
    assert one.digest() != one.model_copy(update={"version": version + 1}).digest()


def test_a_definition_comes_back_from_the_json_that_evidence_keeps() -> None:
    one = made(
        matures_after="7 days", measure={"kind": "quantile", "value": "x", "q": 0.9}, cuts={"channel": "channel"}
    )
    assert KpiDefinition.model_validate(one.model_dump(mode="json")) == one


RATIO = {
    "kind": "ratio",
    "numerator": {"kpi": "complaints", "of": "total"},
    "denominator": {"kpi": "orders", "of": "n"},
}
PARTS = {
    "complaints": made(id="complaints", cluster="customer"),
    "orders": made(id="orders", measure={"kind": "quantile", "value": "x", "q": 0.5}),
}


@pytest.mark.parametrize(
    ("measure", "told"),
    [
        ({"kind": "ratio", "numerator": RATIO["numerator"]}, "a ratio needs denominator"),
        ({**PLAIN["measure"], "censored": "closed_at is null"}, "censored beside a quantile only"),
        ({**PLAIN["measure"], "numerator": RATIO["numerator"]}, "numerator and denominator beside a ratio only"),
    ],
)
def test_a_measure_says_what_does_not_belong_to_it(measure: dict[str, Any], told: str) -> None:
    assert told in problems(measure=measure)[0].expected


def test_one_answer_counts_whole_days() -> None:
    assert made(one_answer_per={"by": "customer", "within": "90 days"}).one_answer_per is not None
    assert places(one_answer_per={"by": "customer", "within": "36 hours"}) == ["one_answer_per"]


def test_expressions_of_who_answers_and_what_still_runs_are_checked_at_their_places() -> None:
    measure = {"kind": "quantile", "value": "channel", "q": 0.5, "censored": "clsed_at is null"}
    wrong = made(measure=measure, one_answer_per={"by": "custmer", "within": "90 days"})
    told = {each.where for each in check(wrong, COLUMNS)}
    assert told == {"kpis/fcr.yaml, measure.censored", "kpis/fcr.yaml, one_answer_per.by"}


def test_a_ratio_of_kpis_that_exist_and_add_up_is_well() -> None:
    assert links.check(made(measure=RATIO), PARTS) == []
    assert made(measure=RATIO).parts == ("complaints", "orders")


@pytest.mark.parametrize(
    ("fields", "where", "step"),
    [
        ({"measure": {**RATIO, "numerator": {"kpi": "complants", "of": "n"}}}, "measure.numerator", "'complaints'?"),
        ({"measure": {**RATIO, "denominator": {"kpi": "orders", "of": "total"}}}, "measure.denominator", "`of: n`"),
        ({"measure": RATIO, "cluster": "customer"}, "measure.denominator", "Give it one."),
        ({"measure": RATIO, "when": "closed_at"}, "when", "Repeat the numerator's."),
        ({"response": {"asked": "order", "answered": "orders"}}, "response.asked", "'orders'?"),
    ],
)
def test_what_a_kpi_says_of_others_must_be_so(fields: dict[str, Any], where: str, step: str) -> None:
    [problem] = links.check(made(**fields), PARTS)
    assert problem.where == f"kpis/fcr.yaml, {where}"
    assert step in problem.next_step


def test_a_field_that_is_not_used_changes_no_digest() -> None:
    one = made()
    assert one.digest() == made(response=None, one_answer_per=None).digest()
    assert one.digest() != made(response={"asked": "a", "answered": "b"}).digest()


def test_a_fault_names_place_what_was_expected_what_stands_there_and_what_to_write() -> None:
    with pytest.raises(Problems) as found:
        parse(
            yaml.safe_dump(PLAIN | {"version": "one", "measure": {"kind": "nsp"}, "matures_after": "soon"}),
            "kpis/fcr.yaml",
        )
    told = {
        each.where.partition(", ")[2]: (each.expected, each.actual, each.next_step) for each in found.value.problems
    }
    assert told["version"] == ("a whole number", "'one'", "Write such a number.")
    assert told["measure.kind"][1:] == ("'nsp'", "Did you mean 'nps'?")
    assert told["matures_after"] == ("a time such as 7 days or 36 hours", "'soon'", "Write it so.")


def test_faults_of_promises_are_told_with_their_place_and_the_fields_that_are_known_there() -> None:
    with pytest.raises(Problems) as found:
        promises.parse("promises:\n  - {id: a, titel: Fair, clauses: [{id: q, text: x, wy: 1}]}\nwut: 1\n")
    told = {each.where.partition(", ")[2]: (each.actual, each.next_step) for each in found.value.problems}
    assert told["promises.0.title"] == ("nothing", "Write it.")
    assert told["promises.0.titel"] == ("'titel'", "Did you mean 'title'?")
    assert told["promises.0.clauses.0.wy"][1] == "Known: id, text."
    assert told["wut"][1].startswith("Known: customer_goals")
    with pytest.raises(Problems, match="fields with their values"):
        promises.parse("- a")
