"""A company with a KPI of every kind of measure, over rows that are as awkward as rows get."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from kpis.workspace import Workspace
from tests.kpis.small import fill, workspace

KPI = """id: {id}
version: 1
title: {id}
question: Q?
direction: higher
dataset: {dataset}
when: {when}
period_of: opened
credit: {{person: person, department: department{through}}}
unit: count
cluster: customer
{rest}
"""
ANSWER = {"dataset": "survey_responses", "when": "answered_at"}
CASE = {"dataset": "service_cases", "when": "opened_at"}
ORDER = {"dataset": "orders", "when": "ordered_at"}
MEASURES: dict[str, tuple[dict[str, str], str]] = {
    "nps": (ANSWER, "measure: {kind: nps, value: nps}\ncuts: {segment: segment, channel: channel}"),
    "nps_weighted": (ANSWER, "measure: {kind: nps, value: nps}\nweight: weight\ncuts: {segment: customers.segment}"),
    "top_box": (ANSWER, "measure: {kind: top_box, value: csat, boxes: [4, 5]}\nfilter: trim(survey) <> ''"),
    "mean_scaled": (ANSWER, "measure: {kind: mean, value: ces, low: 1, high: 7}"),
    "last_answer": (ANSWER, "measure: {kind: nps, value: nps}\none_answer_per: {by: customer, within: 90 days}"),
    "share": (
        CASE,
        "measure: {kind: share, value: 'hours_between(opened_at, closed_at) <= 47.5'}\ncuts: {channel: upper(channel)}",
    ),
    "median": (CASE, "measure: {kind: quantile, value: 'seconds_between(opened_at, closed_at)', q: 0.5}"),
    "open_cases": (
        CASE,
        "measure: {kind: quantile, value: 'seconds_between(opened_at, closed_at)', q: 0.9, censored: closed_at is null}",
    ),
    "rate": (CASE, "measure: {kind: rate, events: transfers, exposure: contacts}"),
    "days": (CASE, "measure: {kind: quantile, value: 'days_between(opened_at, closed_at)', q: 0.5}"),
    "division": (CASE, "measure: {kind: mean, value: 100 * transfers / contacts}"),
    "amount": (ORDER, "measure: {kind: mean, value: amount}\nfilter: status <> 'cancelled'"),
    "amount_weighted": (ORDER, "measure: {kind: mean, value: amount}\nweight: amount / 7"),
    "credited": (ORDER, "measure: {kind: share, value: on_day(delivered_at) <= on_day(promised_at)}"),
    "ratio": (
        ORDER,
        "measure: {kind: ratio, numerator: {kpi: amount, of: total}, denominator: {kpi: amount, of: n}}",
    ),
}
COUNTED = {
    "ones": "{kind: share, value: ones}",
    "buckets": "{kind: nps, value: bucket}",
    "moments": "{kind: mean, value: total}",
}
DST = [
    datetime(2026, 3, 28, 22, tzinfo=UTC),
    datetime(2026, 10, 24, 21, tzinfo=UTC),
    datetime(2025, 12, 31, 22, tzinfo=UTC),
]


def texts() -> dict[str, str]:
    """A definition of every kind, by identity."""
    found = {
        name: KPI.format(
            id=name, rest=rest, through=", through: credits, subject: order_id" if name == "credited" else "", **place
        )
        for name, (place, rest) in MEASURES.items()
    }
    for form, measure in COUNTED.items():
        rest = f"measure: {measure}\ncount: {{kpi: c, form: {form}}}"
        text = KPI.format(id=f"counted_{form}", dataset="kpi_aggregates", when="day", rest=rest, through="")
        found[f"counted_{form}"] = text.replace("cluster: customer\n", "")
    return found


def filled(folder: Path) -> Workspace:
    """A lake with moments around the changes of the clock and of months, missing values, split credit and two deliveries."""
    where = workspace(folder, list(texts().values()))
    draw = np.random.default_rng(3)
    people = [{"person": f"p{at}"} for at in range(6)]
    since = {"valid_from": date(2025, 1, 1), "valid_to": date(2026, 6, 17)}
    held = [row | since | {"department": f"d{at % 3}", "share": 600_000} for at, row in enumerate(people[:5])]
    held += [row | since | {"department": "d3", "share": 400_000} for row in people[:5]]
    fill(where, "assignments", held)
    fill(where, "customers", [{"customer": f"c{at}", "segment": ("ä", "b", None)[at % 3]} for at in range(40)])
    for delivery, size in (("one", 300), ("two", 150)):
        for dataset, rows in drawn(draw, size).items():
            fill(where, dataset, rows, delivery)
    return where


def drawn(draw: np.random.Generator, size: int) -> dict[str, list[dict[str, Any]]]:
    """Rows of four datasets, `size` each; a tenth of every column is missing."""

    def some(*values: Any) -> Any:
        return None if draw.random() < 0.1 else values[draw.integers(len(values))]

    def moment() -> datetime:
        near = DST[draw.integers(3)] if draw.random() < 0.3 else DST[2] + timedelta(days=int(draw.integers(330)))
        return near + timedelta(microseconds=int(draw.integers(6 * 3600 * 10**6)))

    def later(start: datetime) -> datetime | None:
        return some(
            start + timedelta(microseconds=int(10 ** draw.uniform(0, 13))), start - timedelta(seconds=90), start
        )

    found: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("survey_responses", "service_cases", "orders", "kpi_aggregates", "credits")
    }
    for at in range(size):
        start = moment()
        known = {
            "customer": some(*(f"c{each}" for each in range(40))),
            "person": some(*(f"p{each}" for each in range(6))),
        }
        known |= {"department": some("d0", "d9", "é"), "channel": some("phone", "mail")}
        scores = {
            "nps": some(*range(11)),
            "csat": some(1, 2, 3, 4, 5),
            "ces": some(*range(1, 8)),
            "weight": some(0.5, 1.0, 0.0000005, 2.3456785),
        }
        found["survey_responses"].append(
            known | scores | {"answered_at": start, "survey": some("a", " "), "segment": some("x", "Y")}
        )
        counts = {"contacts": some(0, 1, 2, 3), "transfers": some(0, 1, 7)}
        found["service_cases"].append(known | counts | {"opened_at": start, "closed_at": later(start)})
        order = {"order_id": f"o{at}", "ordered_at": start, "delivered_at": later(start), "promised_at": later(start)}
        found["orders"].append(
            known | order | {"amount": some(0, 1, -250, 99_999, 10**9 + 7), "status": some("open", "cancelled")}
        )
        found["credits"] += [
            {"subject": f"o{at}", "person": f"p{each}", "parts": int(draw.integers(1, 8))} for each in range(at % 4)
        ]
        counted = {
            "n": 20,
            "ones": some(0, 3, 20),
            "bucket": some(0, 6, 9, 10),
            "total": some(0.1, 12.345675, 1e6),
            "squares": 0.7,
        }
        found["kpi_aggregates"].append(known | counted | {"kpi": "c", "day": start.date()})
    return found
