"""Days by the rules of a country: leavers, part-time, protected absence, and the last day of a span."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from data_contracts.problems import Problems
from kpis.calendar import Calendar
from kpis.incentives import country_rules
from kpis.incentives.country_rules import applied, eligibility
from kpis.incentives.segments import Absence, Assignment, Contract, Eligibility, Employment, Salary, segments
from kpis.incentives.terms import Override
from kpis.workflows.eligible import table
from tests.conftest import ROOT

QUARTER = Calendar().parse("2026-Q3")
START = date(2025, 1, 1)
HALF = Fraction(1, 2)


def contract(end: date | None = None, hours: int = 40) -> Contract:
    return Contract(
        "p_1",
        (Assignment(START, None, "service"),),
        (Salary(START, None, 4_000_000, "full_time", "agent"),),
        (Employment(START, end, Fraction(hours), Fraction(40)),),
    )


def days(given: Contract, **rules: object) -> list[tuple[int, str]]:
    found, problems = segments(given, QUARTER, True, Eligibility(**rules))  # type: ignore[arg-type]
    assert problems == []
    return [(each.days, each.because) for each in found]


@pytest.mark.parametrize(
    ("rule", "left"), [("pro_rata", (46, "")), ("none", (0, "leaver_none")), ("full", (92, "leaver_full"))]
)
def test_a_leaver_gets_what_the_rule_says(rule: str, left: tuple[int, str]) -> None:
    assert days(contract(date(2026, 8, 15)), leaver=rule) == [left]
    assert days(contract(date(2026, 9, 30)), leaver=rule) == [(92, "")]


def test_a_renewed_contract_is_nobody_leaving() -> None:
    given = replace(
        contract(),
        employments=(
            Employment(START, date(2026, 8, 15), Fraction(40), Fraction(40)),
            Employment(date(2026, 8, 16), None, Fraction(40), Fraction(40)),
        ),
    )
    assert days(given, leaver="none") == [(92, "")]


def test_hours_below_the_rules_part_of_full_time_get_nothing_and_say_why() -> None:
    assert days(contract(hours=19), part_time_below=HALF) == [(0, "part_time_below")]
    assert days(contract(hours=20), part_time_below=HALF) == [(92, "")]


def test_a_protected_day_is_never_taken_off_whatever_else_is_recorded_for_it() -> None:
    away = (
        Absence(date(2026, 8, 1), date(2026, 8, 10), "pro_rata"),
        Absence(date(2026, 8, 6), date(2026, 8, 20), "protected"),
    )
    assert days(replace(contract(), absences=away)) == [(87, "")]


@pytest.mark.parametrize(("last_day", "count"), [("inclusive", 46), ("exclusive", 45)])
def test_the_last_day_of_a_span_counts_or_not_as_the_plan_says(last_day: str, count: int) -> None:
    assert days(contract(date(2026, 8, 15)), last_day=last_day) == [(count, "")]


def test_a_change_of_level_cuts_the_period_and_each_segment_names_its_own() -> None:
    raised = (
        Salary(START, date(2026, 8, 31), 4_000_000, "full_time", "agent"),
        Salary(date(2026, 9, 1), None, 4_000_000, "full_time", "lead"),
    )
    found, _ = segments(replace(contract(), salaries=raised), QUARTER)
    assert [(each.days, each.level) for each in found] == [(62, "agent"), (30, "lead")]


def test_a_country_takes_its_own_rule_then_the_unions_then_the_default() -> None:
    german, french, american = (applied(table(), country) for country in ("DE", "FR", "US"))
    assert [each.sources for each in german] == [
        ("BAG, 13 November 2013, 10 AZR 848/12",),
        ("§ 4 (1) TzBfG",),
        ("§ 4a EFZG",),
    ]
    assert "Directive 97/81/EC, annex, clause 4" in french[1].sources
    assert all("counsel" in each.why for each in german)
    assert american[1].sources == ()


def test_an_override_changes_the_arithmetic_and_carries_its_reason() -> None:
    found = applied(table(), "NL", [Override(rule="leaver", value="none", reason="agreed 2026-01-01")])
    assert (found[0].value, found[0].why) == ("none", "Set otherwise: agreed 2026-01-01")
    assert eligibility(found).leaver == "none"


@pytest.mark.parametrize(
    "text",
    ["overrides: [{rule: leaver, value: never, reason: x}]", "overrides: [{rule: leaver, value: none}]", "contry: NL"],
)
def test_a_workspaces_own_file_is_checked(text: str) -> None:
    with pytest.raises(Problems):
        country_rules.read_company(text)


def test_every_rule_with_a_source_says_what_of_it_was_read_and_the_page_lists_it() -> None:
    rules_of = table()
    page = (ROOT / "docs" / "country-rules.md").read_text("utf-8")
    rules = [each for country in (rules_of.eu, *rules_of.countries.values()) for _, each in country if each is not None]
    assert rules
    for rule in rules:
        assert rule.checked, rule.note
    assert all(
        name in page
        for name in ("97/81/EC", "92/85/EEC", "2019/1158", "10 AZR 848/12", "TzBfG", "EFZG", "7:648", "2000/1551")
    )
