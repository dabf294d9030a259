"""What may be claimed back: never more than was paid, never outside the window, never below what is due."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.incentives.clawback import Open, Payment, after, claim, set_off
from kpis.incentives.terms import Clawback

PAID = [Payment(date(2026, 1, 31), 100_001)]
LEAVING = "leaving"


def terms(**more: object) -> Clawback:
    return Clawback.model_validate({"months": 12, "causes": [LEAVING], **more})


def test_all_of_it_within_the_window_unless_the_plan_says_less() -> None:
    assert claim(terms(), LEAVING, date(2026, 12, 1), PAID).amount == 100_001
    half = claim(terms(share="50"), LEAVING, date(2026, 12, 1), PAID)
    assert (half.amount, half.months_left) == (50_000, 2)  # rounded down, in favour of the person


@pytest.mark.parametrize(
    ("event", "amount"),
    [
        (date(2026, 1, 30), 0),  # before it was paid
        (date(2026, 1, 31), 100_001),
        (date(2026, 2, 27), 100_001),
        (date(2026, 2, 28), 91_667),  # a completed month: February's last day stands for the 31st
        (date(2026, 7, 31), 50_000),
        (date(2027, 1, 30), 8_333),
        (date(2027, 1, 31), 0),  # the window is over
    ],
)
def test_each_completed_month_takes_its_part_off_where_the_plan_says_so(event: date, amount: int) -> None:
    assert claim(terms(falls="monthly"), LEAVING, event, PAID).amount == amount


def test_no_terms_another_cause_or_an_earlier_claim_leave_nothing_and_say_why() -> None:
    for found in (
        claim(None, LEAVING, date(2026, 2, 1), PAID),
        claim(terms(), "a bad mood", date(2026, 2, 1), PAID),
        claim(terms(), LEAVING, date(2026, 2, 1), PAID, earlier=100_001),
        claim(terms(), LEAVING, date(2026, 2, 1), [Payment(date(2026, 1, 31), 500), Payment(date(2026, 1, 31), -500)]),
    ):
        assert found.amount == 0
        assert found.reason


PAYMENTS = st.lists(
    st.builds(Payment, st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(-(10**9), 10**9)),
    min_size=1,
    max_size=6,
)
TERMS = st.builds(
    terms,
    months=st.integers(1, 60),
    share=st.sampled_from(["100", "33.3", "0.01", "50"]),
    falls=st.sampled_from([None, "monthly"]),
)


@given(TERMS, PAYMENTS, st.dates(date(2023, 1, 1), date(2033, 1, 1)), st.lists(st.integers(0, 10**9), max_size=3))
def test_never_more_than_was_paid_and_never_outside_the_window(
    kept: Clawback, payments: list[Payment], event: date, wishes: list[int]
) -> None:
    paid, claimed = max(sum(each.amount for each in payments), 0), 0
    for wish in [*wishes, 10**12]:
        found = claim(kept, LEAVING, event, payments, claimed)
        assert 0 <= found.amount <= max(paid - claimed, 0)
        claimed += min(found.amount, wish)
    assert claimed <= paid
    inside = [each for each in payments if each.on <= event < after(each.on, kept.months)]
    assert claimed == 0 or inside
    assert claimed <= max(sum(max(each.amount, 0) for each in inside), 0)


@given(
    st.dictionaries(st.sampled_from("abc"), st.integers(-1000, 1000)),
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 900)), max_size=6),
)
def test_nobody_is_paid_less_than_nothing_and_no_claim_is_overdrawn(
    due: dict[str, int], open_: list[tuple[str, int]]
) -> None:
    claims = [Open(at, person, left) for at, (person, left) in enumerate(open_)]
    taken = set_off(due, claims)
    for person in due:
        kept = sum(taken.get(each.number, 0) for each in claims if each.person == person)
        assert 0 <= kept <= max(due[person], 0)
    assert all(0 < amount <= claims[number].left for number, amount in taken.items())


def test_the_same_day_months_later_is_the_months_last_day_where_it_has_no_such_day() -> None:
    assert after(date(2027, 11, 30), 3) == date(2028, 2, 29)
    assert after(date(2026, 1, 31), 0) == date(2026, 1, 31)
    assert after(date(2026, 12, 31), 1) - timedelta(days=31) == date(2026, 12, 31)
