"""What tables do not hold is paid in columns all the same, as the rules of a row pay it."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis.incentives.columns import pattern
from kpis.incentives.curves import NoResultError
from kpis.incentives.evidence import Run
from kpis.incentives.paid import Participant, Ratio, Reading, Segment
from kpis.incentives.plan import Plan, from_normal_form
from kpis.incentives.reckon import reckon
from kpis.incentives.run import Amounts, amounts
from tests.kpis.incentives.plans import FRAME, MATRIX, MONEY, SCORE, people

AIM = (Fraction(70), Fraction(74), Fraction(78))
KINDS = {
    "score": {"score": SCORE, "curve": {"axis": "scored", "points": [["0", "0"], ["10", "100"]]}},
    "matrix": {"second": {"id": "other"}, "curve": MATRIX | {"between": "linear"}},
    "nearest": {"nearest": "0.25", "curve": {"points": [["0", "50"], ["100", "100"]]}},
    "n": {"segments_by": "n", "curve": {"points": [["0", "50"], ["100", "100"]]}},
    "transactions": {"curve": MONEY[0] | {"basis": "each_transaction"}},
    "year to date": {"curve": MONEY[0] | {"basis": "year_to_date"}},
}
MONEYED = ("transactions", "year to date")


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_tables_do_not_hold_is_paid_in_columns_as_the_rules_of_a_row_pay_it(
    kind: str, data: st.DataObject
) -> None:
    money = kind in MONEYED
    parts = [{"id": "c0", "weight": "100" if money else "60", "curve": {"points": [["0", "50"], ["100", "100"]]}}]
    parts += [{"id": "rare", **({} if money else {"weight": "40"}), **KINDS[kind]}]
    made = {"id": "k", "components": parts, "opportunity": {"percent_of_salary": "15"}, "cap": "140"}
    made |= {"sections": [{"id": "s", "cap": "95"}]} if data.draw(st.booleans()) else {}
    parts[1] |= {"section": "s"} if made.get("sections") else {}
    plan = from_normal_form(made)
    crowd = tuple(_with_transactions(each, kind, data) for each in data.draw(people(plan)))
    found = amounts(Run(plan, FRAME, crowd))
    assert all(each == _row_wise(plan, person) for person, each in zip(crowd, found, strict=True))


def _with_transactions(person: Participant, kind: str, data: st.DataObject) -> Participant:
    """The person with sales, one by one or so far, where the plan pays on them."""

    def read(given: Reading) -> Reading:
        sales = tuple(Ratio(each, 7) for each in data.draw(st.lists(st.integers(0, 900), max_size=4)))
        before = Ratio(data.draw(st.integers(0, 500)), 3)
        return replace(given, transactions=sales) if kind == "transactions" else replace(given, before=before)

    if kind not in MONEYED:
        return person
    parts = (replace(part, readings=part.readings | {"rare": read(part.readings["rare"])}) for part in person.segments)
    return replace(person, segments=tuple(parts))


def _row_wise(plan: Plan, person: Participant) -> Amounts:
    try:
        work = reckon(plan, person, FRAME)
    except NoResultError as none:
        return Amounts(person.person, 0, (), str(none))
    return Amounts(person.person, work.payout, tuple(amount for _, _, amount in work.amounts))


def test_rare_components_of_people_with_one_segment_are_columns_and_movers_shared_by_answers_are_not() -> None:
    for kind, part in KINDS.items():
        weight = {} if kind in MONEYED else {"weight": "100"}
        parts = [{"id": "rare", **weight, **part}]
        plan = from_normal_form({"id": "k", "components": parts, "opportunity": {"amount": "100"}})
        reading = Reading(own=Ratio(75, 1, Fraction(9)), target=AIM)
        one = Segment(0, 92, readings={"rare": reading, "other": reading})
        assert pattern(plan, Participant("p", (one,)), {}) is not None, kind
        assert (pattern(plan, Participant("p", (one, one)), {}) is None) == (kind == "n")
