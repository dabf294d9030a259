"""What the contracts of calls, bills, months and the like let in, and what they do not."""

import pytest

from data_contracts.contract import Contract
from tests.data_contracts.conftest import Desk

DAY, LATER, BEFORE = "2026-11-02T10:00:00", "2026-11-02T10:01:00", "2026-11-01T10:00:00"
ROWS: dict[str, dict[str, str]] = {
    "calls": {"call_id": "t1", "offered_at": DAY, "answered_at": LATER, "wait_seconds": "60", "abandoned": "false"},
    "backlog": {"case_id": "k1", "counted_at": LATER, "opened_at": DAY},
    "invoices": {"invoice_id": "n1", "issued_at": DAY, "corrected_at": LATER, "amount": "9.50", "currency": "EUR"},
    "refunds": {"refund_id": "f1", "requested_at": DAY, "paid_at": LATER, "amount": "9.50", "currency": "EUR"},
    "customer_months": {
        "customer": "c1", "month": "2026-10-01", "active_at_start": "true", "active_at_end": "false", "revenue": "-3.10",
        "cost": "1.00", "currency": "EUR",
    },
    "costs": {"cost_id": "b1", "day": "2026-11-02", "amount": "12.00", "currency": "EUR"},
    "insights": {"insight_id": "l1", "raised_at": DAY, "acted_at": LATER, "told_at": LATER},
    "employee_surveys": {"answer_id": "s1", "survey": "pulse", "department": "", "answered_on": "2026-11-02", "score": "4"},
    "customer_contacts": {"person": "e1", "month": "2026-10-01", "serves_customers": "false", "minutes": "90"},
}  # fmt: skip
FAULTS = [
    ("calls", {"answered_at": BEFORE}, "answered before it was offered"),
    ("calls", {"abandoned": "true"}, "given up and answered"),
    ("calls", {"wait_seconds": "-1"}, "wait_seconds"),
    ("backlog", {"opened_at": LATER, "counted_at": DAY}, "opened after it was counted"),
    ("invoices", {"corrected_at": BEFORE}, "corrected before it was sent"),
    ("refunds", {"paid_at": BEFORE}, "paid before it was due"),
    ("customer_months", {"active_at_start": ""}, "active_at_start is missing"),
    ("customer_months", {"cost": "-1.00"}, "cost"),
    ("costs", {"amount": ""}, "amount is missing"),
    ("insights", {"told_at": BEFORE}, "told before it was heard"),
    ("insights", {"acted_at": BEFORE}, "acted on before it was heard"),
    ("employee_surveys", {"score": "6"}, "score"),
    ("customer_contacts", {"person": "e9"}, "person"),
    ("customer_contacts", {"minutes": "1.5"}, "minutes"),
]
LEFT_OUT = {
    "service_cases": ("case_id,customer,person,department,opened_at,closed_at,channel,reason,contacts,transfers,"
                      "first_contact_resolved,reopened,status_told,complaint,promised_at", f"k1,,,,{DAY},,web,,1,0,true,,,,",
                      "first_response_at"),
    "orders": ("order_id,customer,person,department,ordered_at,promised_at,delivered_at,status,channel,amount,currency",
               f"o1,,,,{DAY},,,planned,,1.00,EUR", "next_order_at"),
    "customers": ("customer,segment,region,since,key_user,value", "c1,,,,,", "left_on"),
}  # fmt: skip


def text(contract: Contract, row: dict[str, str]) -> str:
    names = [column.name for column in contract.columns]
    return f"{','.join(names)}\n{','.join(row.get(name, '') for name in names)}\n"


@pytest.mark.parametrize("dataset", sorted(ROWS))
def test_an_ordinary_row_is_let_in(desk: Desk, dataset: str) -> None:
    row = ROWS[dataset]
    if dataset == "employee_surveys":
        desk.admit("departments", "department,name,parent,head,function\nservice,Service,,,\n", "departments.csv")
        row = row | {"department": "service"}
    receipt = desk.admit(dataset, text(desk.contracts[dataset], row))
    assert (receipt.admitted, receipt.quarantined) == (1, 0), receipt.reasons


@pytest.mark.parametrize(("dataset", "wrong", "reason"), FAULTS)
def test_a_row_that_cannot_be_is_set_aside_with_the_reason(
    desk: Desk, dataset: str, wrong: dict[str, str], reason: str
) -> None:
    receipt = desk.admit(dataset, text(desk.contracts[dataset], ROWS[dataset] | wrong))
    assert (receipt.admitted, receipt.quarantined) == (0, 1), receipt
    assert any(reason in each for each in receipt.reasons), receipt.reasons


@pytest.mark.parametrize("dataset", sorted(LEFT_OUT))
def test_a_delivery_from_before_a_column_was_added_is_still_let_in_with_blanks(desk: Desk, dataset: str) -> None:
    head, row, added = LEFT_OUT[dataset]
    receipt = desk.admit(dataset, f"{head}\n{row}\n")
    assert (receipt.state, receipt.admitted) == ("admitted", 1), receipt
    assert desk.rows(dataset, added) == [(None,)]


@pytest.mark.parametrize("dataset", sorted(LEFT_OUT))
def test_a_blank_in_an_added_column_stays_blank(desk: Desk, dataset: str) -> None:
    head, row, added = LEFT_OUT[dataset]
    desk.admit(dataset, f"{head},{added}\n{row},\n")
    assert desk.rows(dataset, added) == [(None,)]


def test_two_currencies_in_a_delivery_of_costs_are_refused(desk: Desk) -> None:
    contract, row = desk.contracts["costs"], ROWS["costs"]
    other = text(contract, row | {"cost_id": "b2", "currency": "USD"}).splitlines()[1]
    assert desk.admit("costs", text(contract, row) + other + "\n").state == "refused"
