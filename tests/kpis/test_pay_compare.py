"""HR's own sheet beside ours: each cause is planted in a sheet and must be found, and what was not planted must not."""

import io
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from xlsxwriter import Workbook

from data_contracts.problems import Problems
from kpis.calendar import Calendar
from kpis.incentives import plan as language
from kpis.incentives.paid import Frame, Participant, Ratio, Reading, Segment
from kpis.incentives.reckon import reckon
from kpis.payroll import their_sheet
from kpis.payroll.compare import Compared, Difference, Ours, compare
from kpis.workflows import workbooks

PERIOD = Calendar().parse("2026-Q3")
FRAME = Frame("2026-Q3", PERIOD.days, 365)
PLAN = language.parse(
    """
id: service
frequency: quarter
opportunity: {percent_of_salary: 10}
decimals: 1
components:
  - {id: fcr, title: First contact, weight: 60, target: {threshold: 60, target: 70, stretch: 80},
     curve: {points: [[0, 50], [100, 100], [200, 150]]}}
  - {id: told, title: Told, weight: 40, target: {threshold: 60, target: 70, stretch: 80},
     curve: {points: [[0, 50], [100, 100], [200, 150]]}}
"""
)
AIM = (Fraction(60), Fraction(70), Fraction(80))


def person(number: str, salary: int, days: int = PERIOD.days, fcr: str = "73.3", told: str = "68.1") -> Participant:
    readings = {
        name: Reading(Ratio(Fraction(value).numerator, Fraction(value).denominator), target=AIM)
        for name, value in (("fcr", fcr), ("told", told))
    }
    start = date.fromordinal(PERIOD.end.toordinal() - days)
    segment = Segment(salary * 100, days, department="service", start=start, end=PERIOD.end, readings=readings)
    return Participant(f"p_{number}", (segment,))


PEOPLE = {f"E{at}": person(f"E{at}", 30_000 + 1_237 * at) for at in range(12)} | {
    "H1": person("H1", 41_000, days=47),
    "H2": person("H2", 43_000, days=31),
}
OURS = Ours(PLAN, FRAME, PERIOD, PEOPLE, {"B1": "a gap in assignments"})


def paid(number: str) -> float:
    return reckon(PLAN, PEOPLE[number], FRAME).payout / 100


def sheet(rows: Sequence[Mapping[str, Any]], above: int = 0) -> tuple[str, bytes]:
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("Bonus")
        heads = list(dict.fromkeys(name for row in rows for name in row))
        page.write_row(above, 0, heads)
        for at, row in enumerate(rows, start=above + 1):
            for column, name in enumerate(heads):
                if row.get(name) is not None:
                    page.write(at, column, row[name])
    return "theirs.xlsx", out.getvalue()


def compared(rows: Sequence[Mapping[str, Any]], above: int = 0) -> Compared:
    return compare(OURS, their_sheet.read(workbooks.read(sheet(rows, above), "cached"), PLAN, 2))


def equal_rows(*but: str) -> list[dict[str, Any]]:
    return [{"Employee": number, "Bonus": paid(number)} for number in PEOPLE if number not in but]


def only(found: Compared) -> Difference:
    assert len(found.differences) == 1
    return found.differences[0]


def test_a_sheet_that_pays_the_same_has_no_difference() -> None:
    found = compared(equal_rows(), above=3)
    assert (found.equal, found.differences) == (len(PEOPLE), ())


def test_a_missing_row_is_found_on_either_side() -> None:
    rows = [*equal_rows("E3"), {"Employee": "X9", "Bonus": 100}, {"Employee": "B1", "Bonus": 50.5}]
    found = {each.number: each for each in compared(rows).differences}
    assert (found["E3"].kind, found["E3"].theirs) == ("missing_theirs", None)
    assert (found["X9"].kind, found["X9"].ours, found["X9"].theirs) == ("missing_ours", None, 10_000)
    assert str(found["B1"].told[0]) == "nothing is paid here: a gap in assignments"


def rounded_by_line(number: str) -> float:
    work = reckon(PLAN, PEOPLE[number], FRAME)
    return sum(int(line.value + Fraction(1, 2)) for line in work.lines) / 100


def test_rounding_of_every_component_is_found_and_says_how_many_rows_it_gives() -> None:
    rows = [{"Employee": number, "Bonus": rounded_by_line(number)} for number in PEOPLE]
    found = compared(rows)
    assert found.differences
    assert {each.kind for each in found.differences} == {"rounding"}
    assert {each.told[0].rule for each in found.differences} == {"lines_rounded"}
    assert {each.support for each in found.differences} == {len(PEOPLE)}


def test_another_count_of_days_is_proration() -> None:
    for rule, days, year in (("equal_periods", None, PERIOD.days * 4), ("year_360", None, 360)):
        rows = []
        for number, each in PEOPLE.items():
            payout = reckon(PLAN, each, Frame("2026-Q3", PERIOD.days, year)).payout
            rows.append({"Employee": number, "Bonus": payout / 100})
        found = compared(rows)
        assert {(each.kind, each.told[0].rule) for each in found.differences} == {("proration", rule)}, days


def test_a_sheet_that_pays_a_quarter_as_a_quarter_of_the_year_is_told_so_and_not_as_a_rounded_factor() -> None:
    rows = []
    for number, each in PEOPLE.items():
        if number.startswith("E"):  # whole quarters alone: 92 of 365 days to 2 decimals give a quarter as well
            payout = reckon(PLAN, each, Frame("2026-Q3", PERIOD.days, PERIOD.days * 4)).payout
            rows.append({"Employee": number, "Bonus": payout / 100})
    found = [each for each in compared(rows).differences if each.kind != "missing_theirs"]
    assert {(each.kind, each.told[0].rule) for each in found} == {("proration", "equal_periods")}


def test_a_cent_that_nothing_else_gives_is_rounding_and_two_cents_are_unexplained() -> None:
    rows = equal_rows("E3", "E4", "E5")
    rows += [
        {"Employee": who, "Bonus": round(paid(who) + cents / 100, 2)}
        for who, cents in (("E3", 1), ("E4", -1), ("E5", 2))
    ]
    found = {each.number: each for each in compared(rows).differences}
    assert {each: (found[each].kind, found[each].told[0].rule) for each in found} == {
        "E3": ("rounding", "one_unit"), "E4": ("rounding", "one_unit"), "E5": ("unexplained", "no_cause"),
    }  # fmt: skip
    assert (
        str(found["E3"].told[0])
        == "the amounts are one unit of the smallest coin apart: some step is rounded another way"
    )


def test_a_first_day_left_out_is_proration_for_those_who_joined_alone() -> None:
    rows = equal_rows("H1", "H2")
    for number, days in (("H1", 46), ("H2", 30)):
        joined = person(number, PEOPLE[number].segments[0].annual // 100, days)
        rows.append({"Employee": number, "Bonus": reckon(PLAN, joined, FRAME).payout / 100})
    found = compared(rows)
    assert {each.number: (each.kind, each.told[0].rule) for each in found.differences} == {
        "H1": ("proration", "first_day_out"), "H2": ("proration", "first_day_out"),
    }  # fmt: skip


def test_days_in_a_column_of_theirs_are_proration() -> None:
    joined = reckon(PLAN, person("H1", 41_000, 40), FRAME).payout
    found = only(compared([*equal_rows("H1"), {"Employee": "H1", "Bonus": joined / 100, "Days": 40}]))
    assert (found.kind, str(found.told[0])) == ("proration", "days is 40 in the sheet, 47 here")


@pytest.mark.parametrize(
    ("column", "value", "other", "told"),
    [
        ("Salary", 50_000, person("E1", 50_000), "salary is 50000 in the sheet, 31237 here"),
        ("First contact actual", 75.5, person("E1", 31_237, fcr="75.5"), "figure fcr is 75.5 in the sheet, 73.3 here"),
    ],
)
def test_another_input_is_named_when_it_gives_their_amount(
    column: str, value: float, other: Participant, told: str
) -> None:
    payout = reckon(PLAN, other, FRAME).payout / 100
    found = only(compared([*equal_rows("E1"), {"Employee": "E1", "Bonus": payout, column: value}]))
    assert (found.kind, str(found.told[0])) == ("inputs", told)


def test_another_target_is_named_and_a_share_written_as_a_fraction_is_the_same_share() -> None:
    theirs = language.from_normal_form(language.normal_form(PLAN))
    aim = (Fraction(60), Fraction(72), Fraction(80))
    part = PEOPLE["E2"].segments[0]
    readings = {**part.readings, "fcr": Reading(part.readings["fcr"].own, target=aim)}
    other = Participant("p", (Segment(part.annual, part.days, start=part.start, end=part.end, readings=readings),))
    rows: list[dict[str, Any]] = [row | {"fcr target": 0.70} for row in equal_rows("E2")]
    rows.append({"Employee": "E2", "Bonus": reckon(theirs, other, FRAME).payout / 100, "fcr target": 0.72})
    found = only(compared(rows))
    assert (found.kind, str(found.told[0])) == ("inputs", "target fcr is 72 in the sheet, 70 here")


def test_what_nothing_explains_is_unexplained_and_keeps_what_else_differs() -> None:
    found = only(compared([*equal_rows("E5"), {"Employee": "E5", "Bonus": paid("E5") + 123.45, "FTE": 0.9}]))
    assert (found.kind, found.difference) == ("unexplained", 12_345)
    assert str(found.beside[0]) == "fte is 0.9 in the sheet, 1 here"


def test_another_input_and_their_rounding_together_are_found_where_the_sheet_rounds_so() -> None:
    rows = [{"Employee": number, "Bonus": rounded_by_line(number)} for number in PEOPLE if number != "E1"]
    for salary in range(50_000, 50_400):
        work = reckon(PLAN, person("E1", salary), FRAME)
        theirs = sum(int(line.value + Fraction(1, 2)) for line in work.lines)
        if theirs != work.payout:
            break
    rows.append({"Employee": "E1", "Bonus": theirs / 100, "Salary": salary})
    found = {each.number: each for each in compared(rows).differences}
    assert (found["E1"].kind, [each.rule for each in found["E1"].told]) == ("inputs", ["other", "lines_rounded"])


def test_one_cell_whose_days_are_counted_another_way_is_told_so_and_that_no_other_row_is() -> None:
    by_360 = reckon(PLAN, PEOPLE["E4"], Frame("2026-Q3", PERIOD.days, 360)).payout
    found = only(compared([*equal_rows("E4"), {"Employee": "E4", "Bonus": by_360 / 100}]))
    assert (found.kind, [each.rule for each in found.told], found.support) == ("proration", ["year_360", "alone"], 1)


def test_a_rounding_that_contradicts_the_other_rows_is_no_cause() -> None:
    whole = {"Employee": "E4", "Bonus": round(paid("E4"))}
    assert only(compared([*equal_rows("E4"), whole])).kind == "unexplained"


def test_totals_count_and_add_up_by_cause() -> None:
    rows = [*equal_rows("E3", "E5"), {"Employee": "E5", "Bonus": paid("E5") + 10}]
    found = compared(rows)
    assert found.equal == len(PEOPLE) - 2
    assert found.counts()["unexplained"] == (1, 1_000)
    assert found.counts()["missing_theirs"] == (1, -round(paid("E3") * 100))


def test_every_cell_that_cannot_be_read_is_named() -> None:
    rows = [{"Employee": "E1", "Bonus": "a lot"}, {"Employee": "E1", "Bonus": 3}, {"Employee": "E2", "Bonus": None}]
    with pytest.raises(Problems) as refused:
        compared(rows)
    assert {each.where for each in refused.value.problems} == {"Bonus!A3", "Bonus!B2", "Bonus!B4"}


@pytest.mark.parametrize("nobody", ["", "  ", None])
def test_an_amount_without_an_employee_number_is_named_at_its_cell_and_never_left_out(nobody: str | None) -> None:
    rows = [*equal_rows(), {"Employee": nobody, "Bonus": 700}, {"Employee": nobody, "Bonus": None}]
    with pytest.raises(Problems) as refused:
        compared(rows)
    named = [(each.where, each.expected) for each in refused.value.problems]
    assert named == [(f"Bonus!A{len(PEOPLE) + 2}", "an employee number")]


@pytest.mark.parametrize("value", [1e300, -1e300, 10**12, 1e29])
def test_an_amount_that_nobody_is_paid_is_refused_at_its_cell(value: float) -> None:
    for column in ("Bonus", "Salary"):
        with pytest.raises(Problems) as refused:
            compared([*equal_rows("E3"), {"Employee": "E3", "Bonus": paid("E3"), "Salary": 40_000, column: value}])
        assert [each.expected for each in refused.value.problems] == ["a number below 1,000,000,000,000"]


def test_other_titles_are_named_in_a_layout_and_a_wrong_field_gets_a_suggestion() -> None:
    rows = [{"Wer": number, "Prämie Q3": paid(number)} for number in PEOPLE]
    given = their_sheet.layout("columns: {person: Wer, payout: Prämie Q3}", "l.yaml", PLAN)
    read = their_sheet.read(workbooks.read(sheet(rows), "cached"), PLAN, 2, given)
    assert compare(OURS, read).equal == len(PEOPLE)
    with pytest.raises(Problems, match="Did you mean 'payout'"):
        their_sheet.layout("columns: {payoutt: x}", "l.yaml", PLAN)


def test_formulas_of_theirs_count_as_what_they_showed() -> None:
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("Bonus")
        page.write_row(0, 0, ["Employee", "Bonus"])
        for at, number in enumerate(PEOPLE, start=1):
            page.write(at, 0, number)
            page.write_formula(at, 1, "=SUM(C2:D2)", None, paid(number))
    read = their_sheet.read(workbooks.read(("t.xlsx", out.getvalue()), "cached"), PLAN, 2)
    assert compare(OURS, read).equal == len(PEOPLE)
