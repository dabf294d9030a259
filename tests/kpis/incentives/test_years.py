"""A backtest of a plan that trues up or draws pays what is due less what its year was paid, period by period."""

from fractions import Fraction

import pytest

from kpis.incentives.backtest import Would, Year, paid
from kpis.incentives.paid import Frame, Participant, Ratio, Reading, Segment
from kpis.incentives.plan import Plan, parse
from kpis.incentives.reckon import reckon

PLAN = """
id: trued
frequency: quarter
opportunity: {{percent_of_salary: 10}}
{terms}
components: [{{id: sold, weight: 100, curve: {{axis: figure, points: [[0, 0], [100, 100], [200, 200]]}}}}]
"""
DAYS = (90, 91, 92, 92)  # of a year of 365


def quarters(plan: Plan, figures: list[int], years: int = 1) -> list[Would]:
    """One person paid €36,500 a year, quarter by quarter: the figures of each quarter, or so far where the plan trues up."""
    year: dict[str, Year] = {}
    found = []
    for at, figure in enumerate(figures):
        if at and at % 4 == 0:
            year = {name: each.ended() for name, each in year.items()}
        days = sum(DAYS[: at % 4 + 1]) if plan.year_to_date else DAYS[at % 4]
        read = {"sold": Reading(own=Ratio(figure, 1, Fraction(50), "sold"))}
        person = Participant("p", (Segment(3_650_000, days, readings=read),))
        found += paid(plan, Frame(f"Q{at + 1}", days, 365), [person], {}, year)
    return found


def amounts(terms: str, figures: list[int]) -> list[int]:
    return [each.payout for each in quarters(parse(PLAN.format(terms=terms)), figures)]


def test_a_quarter_pays_what_is_due_so_far_less_what_was_paid() -> None:
    # due: 900.00 · 100%; 1,810.00 · 120%; 2,730.00 · 60%; 3,650.00 · 90%
    found = quarters(parse(PLAN.format(terms="year_to_date: {}")), [100, 120, 60, 90])
    assert [each.payout for each in found] == [90_000, 217_200 - 90_000, 0, 328_500 - 217_200]
    assert [round(each.opportunity) for each in found] == [90_000, 91_000, 92_000, 92_000]


def test_the_next_year_begins_anew_or_carries_the_shortfall_until_it_is_set_off() -> None:
    figures = [100, 100, 100, 20, 50, 50]  # 2,730.00 paid, 730.00 due: 2,000.00 too much
    assert amounts("year_to_date: {}", figures)[4:] == [45_000, 90_500 - 45_000]
    assert amounts("year_to_date: {year_end: carry}", figures)[4:] == [0, 0]  # 450.00 and 905.00 due, 2,000.00 carried
    later = amounts("year_to_date: {year_end: carry}", [*figures, 100, 100])
    assert later[6:] == [273_000 - 200_000, 365_000 - 273_000]


def test_a_recoverable_draw_is_made_good_by_later_quarters() -> None:
    # without a draw: 180.00, 910.00, 1,840.00, 920.00; the draw is 500.00
    found = amounts("draw: {amount: 500, recoverable: true}", [20, 100, 200, 100])
    assert found == [50_000, 91_000 - 32_000, 184_000, 92_000]


@pytest.mark.parametrize("terms", ["year_to_date: {}", "draw: {percent: 50, recoverable: true}"])
def test_who_has_no_result_in_a_quarter_keeps_what_the_year_paid(terms: str) -> None:
    plan, year = parse(PLAN.format(terms=terms)), dict[str, Year]()
    read = {"sold": Reading(own=Ratio(40, 1, Fraction(50), "sold"))}
    known, silent = (Participant("p", (Segment(3_650_000, 90, readings=each),)) for each in (read, {}))
    first = paid(plan, Frame("Q1", 90, 365), [known], {}, year)[0]
    held = dict(year)
    assert paid(plan, Frame("Q2", 90, 365), [silent], {}, year)[0].reason
    assert year == held
    assert first.payout > 0


def test_a_backtest_cuts_payouts_to_the_pool_as_a_run_does() -> None:
    plan = parse(PLAN.format(terms="pool: {percent: 100}"))
    read = {"sold": Reading(own=Ratio(150, 1, Fraction(50), "sold"))}
    people = [Participant(name, (Segment(3_650_000, 90, readings=read),)) for name in "ab"]
    assert [each.payout for each in paid(plan, Frame("Q1", 90, 365), people, {})] == [90_000, 90_000]
    assert reckon(plan, people[0], Frame("Q1", 90, 365)).payout == 135_000
