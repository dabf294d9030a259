"""A shop with orders, answers and cases, filled directly, for tests of studies."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from kpis.workspace import Snapshot, open_snapshot
from tests.kpis.small import SETTINGS, fill, workspace

DELIVERED = """id: kept
version: 1
title: Kept
question: In time?
direction: higher
dataset: orders
when: delivered_at
period_of: closed
measure: {kind: share, value: delivered_at <= promised_at}
filter: status = 'delivered'
cuts: {segment: customers.segment}
cluster: customer
unit: percent
guardrail: cost
"""
LIKED = """id: liked
version: 1
title: Liked
question: q
direction: higher
dataset: survey_responses
when: answered_at
period_of: answered
measure: {kind: top_box, value: csat, boxes: [4, 5]}
cluster: customer
one_answer_per: {by: customer, within: 90 days}
unit: percent
guardrail: cost
"""
SOLVED = """id: solved
version: 1
title: Solved
question: q
direction: higher
dataset: service_cases
when: opened_at
period_of: opened
measure: {kind: share, value: "coalesce(first_contact_resolved, false)"}
filter: "coalesce(complaint, false) = false"
matures_after: 7 days
unit: percent
guardrail: cost
"""
COUNTED = """id: counted
version: 1
title: Counted
question: q
direction: higher
dataset: kpi_aggregates
when: day
period_of: closed
measure: {kind: share, value: ones}
count: {kpi: counted, form: ones}
unit: percent
guardrail: cost
"""
START = datetime(2025, 1, 1, 12, tzinfo=UTC)


def order(
    customer: str, day: int, late: bool = False, status: str = "delivered", amount: int = 5_000
) -> dict[str, object]:
    """An order placed on that day of the history, promised in two days and delivered in one or four."""
    placed = START + timedelta(days=day)
    return {
        "order_id": f"{customer}-{day}", "customer": customer, "ordered_at": placed, "promised_at": placed + timedelta(days=2),
        "delivered_at": placed + timedelta(days=4 if late else 1), "status": status, "amount": amount, "currency": "EUR", "channel": "web",
    }  # fmt: skip


def opened(folder: Path, rows: Sequence[dict[str, object]], **more: Sequence[dict[str, object]]) -> Snapshot:
    where = workspace(folder, [DELIVERED, LIKED, SOLVED, COUNTED], SETTINGS, "promises: []\n")
    names = sorted({str(row["customer"]) for row in rows})
    people = [
        {"customer": name, "segment": "home" if at % 2 else "business", "since": date(2020, 1, 1)}
        for at, name in enumerate(names)
    ]
    left = {str(row["customer"]): row.get("left_on") for row in more.pop("left", ())}
    fill(where, "customers", [each | {"left_on": left.get(str(each["customer"]))} for each in people])
    fill(where, "orders", rows)
    for name, table in more.items():
        fill(where, name, table)
    return open_snapshot(where)
