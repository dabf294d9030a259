"""A month in which everything a shipped KPI reads happened a few times: rows small enough to work each figure out by hand."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

Row = dict[str, Any]
START = datetime(2026, 3, 2, 10, tzinfo=UTC)
MONTH = date(2026, 3, 1)


def at(place: int, **later: float) -> datetime:
    """The moment of the row with that number, a while later."""
    return START + timedelta(hours=7 * place) + timedelta(**later)


def numbered(count: int) -> Iterator[tuple[int, Row]]:
    """Rows 1 to `count`, each of a customer of its own, of one department."""
    for place in range(1, count + 1):
        yield place, {"customer": f"c{place}", "department": "desk"}


def cases() -> Iterator[Row]:
    """Fifteen requests: the i-th is answered after i half hours and solved after i times ten hours, the last is open."""
    for i, row in numbered(15):
        done = {"closed_at": at(i, hours=10 * i)} if i < 15 else {}
        answered = {"first_response_at": at(i, minutes=30 * i)} if i < 14 else {}
        yield row | {"case_id": f"k{i}", "opened_at": at(i), "complaint": i <= 3, "contacts": 2 if i <= 4 else 1} | {
            "transfers": {1: 2, 2: 1}.get(i, 0), "first_contact_resolved": i >= 7, "status_told": i <= 6, "reopened": i == 1,
        } | done | answered  # fmt: skip


def orders() -> Iterator[Row]:
    """Thirteen orders promised two days later: one a day late, one twelve hours, one never came, one was cancelled."""
    late = {1: 24.0, 2: 12.0}
    for i, row in numbered(13):
        ordered = START + timedelta(days=i)
        promised = ordered + timedelta(days=2)
        made = {
            "order_id": f"o{i}",
            "ordered_at": ordered,
            "promised_at": promised,
            "amount": 15_000 if i == 1 else 10_000,
        }
        if i <= 11:
            made |= {"delivered_at": promised + timedelta(hours=late.get(i, -1.0)), "status": "delivered"}
        else:
            made["status"] = "planned" if i == 12 else "cancelled"
        if i <= 7:
            made["next_order_at"] = ordered + timedelta(days=100 if i <= 6 else 200)
        yield row | made


def answers() -> Iterator[Row]:
    """Twelve answers of as many customers, and an earlier one of the first customer, who then thought worse of us."""
    nps, csat, ces = [10] * 6 + [8] * 3 + [3] * 3, [5] * 5 + [4] * 4 + [2] * 3, [6] * 7 + [5] * 2 + [2] * 3
    for i, row in numbered(12):
        scores = {"nps": nps[i - 1], "csat": csat[i - 1], "ces": ces[i - 1]}
        yield row | scores | {"response_id": f"r{i}", "answered_at": at(i)}
    yield {"response_id": "r0", "customer": "c1", "department": "desk", "answered_at": START, "nps": 0}


def invitations() -> Iterator[Row]:
    """Fourteen to be asked, one by the rules not, one left out; three of the twelve asked answer."""
    for i, row in numbered(14):
        asked = {"sent_at": at(i)} if i <= 12 else {"removed_why": "asked before" if i == 14 else "too angry"}
        yield row | {"invitation_id": f"i{i}", "due_at": at(i), "eligible": i < 14, "answered": i <= 3} | asked


def calls() -> Iterator[Row]:
    """Twelve calls: three given up, six answered after 20 seconds, three after 21."""
    for i, row in numbered(12):
        gone, wait = i <= 3, 20 if i <= 9 else 21
        answered = {} if gone else {"answered_at": at(i, seconds=wait)}
        yield (
            row
            | {"call_id": f"t{i}", "offered_at": at(i), "wait_seconds": wait, "abandoned": gone, "queue": "bill"}
            | answered
        )


def journeys() -> Iterator[Row]:
    """Twelve attempts: nine succeed, of which two call afterwards and of one nobody knows."""
    for i, row in numbered(12):
        after = None if i == 9 else i <= 2
        yield row | {
            "journey_id": f"d{i}",
            "started_at": at(i),
            "goal": "pay",
            "completed": i <= 9,
            "contacted_after": after,
        }


def aggregates() -> Iterator[Row]:
    """99 of 100 checks passed; twelve employees' answers in buckets; ten visits for 1,000.00."""
    place = {"day": MONTH, "department": "desk"}
    yield place | {"kpi": "systems_available", "n": 100, "ones": 99}
    yield from (place | {"kpi": "employee_nps", "bucket": bucket, "n": n} for bucket, n in ((10, 6), (8, 2), (3, 4)))
    yield place | {"kpi": "cost_per_visit", "n": 10, "total": 100_000.0, "squares": 1_010_000_000.0}


def months() -> Iterator[Row]:
    """Twelve customer-months: eleven customers at the start, two leave; one left before, within the year."""
    for i, row in numbered(12):
        held = {"active_at_start": i < 12, "active_at_end": 2 < i < 12, "active_year_before": i != 11}
        yield row | held | {"month": MONTH, "revenue": 20_000 if i == 1 else 10_000, "cost": 4_000}


def surveys() -> Iterator[Row]:
    """Employees: 8 of 12 content with a service, fifteen obstacles for ten newcomers, 6 of 12 free to help."""
    place = {"department": "desk", "answered_on": MONTH}
    for i in range(12):
        yield place | {"answer_id": f"s{i}", "survey": "internal service", "score": 4 if i < 8 else 3}
        yield place | {"answer_id": f"p{i}", "survey": "pulse", "statement": "free to help", "score": 5 if i < 6 else 2}
    yield from (place | {"answer_id": f"n{i}", "survey": "onboarding", "obstacles": 1 + i % 2} for i in range(10))


def insights() -> Iterator[Row]:
    """Thirteen insights: ten acted on, the i-th after i days; five told after ten days, two after forty."""
    for i, row in numbered(13):
        acted = {"acted_at": at(i, days=i)} if i <= 10 else {}
        told = {"told_at": at(i, days=10 if i <= 5 else 40)} if i <= 7 else {}
        yield row | {"insight_id": f"l{i}", "raised_at": at(i), "source": "visit"} | acted | told


def open_cases() -> Iterator[Row]:
    """Ten open cases, one to ten days old when they are counted."""
    for i, row in numbered(10):
        yield row | {"case_id": f"k{i}", "counted_at": at(0, days=12), "opened_at": at(0, days=12 - i)}


def bills() -> Iterator[Row]:
    """Twelve bills: two corrected after five days, one after eleven."""
    after = {1: 5, 2: 5, 3: 11}
    for i, row in numbered(12):
        corrected = {"corrected_at": at(i, days=after[i])} if i in after else {}
        yield row | {"invoice_id": f"n{i}", "issued_at": at(i)} | corrected


def refunds() -> Iterator[Row]:
    """Eleven refunds: the i-th paid after i days, the last not yet."""
    for i, row in numbered(11):
        yield row | {"refund_id": f"f{i}", "requested_at": at(i)} | ({"paid_at": at(i, days=i)} if i < 11 else {})


def costs() -> Iterator[Row]:
    """Ten costs from 10.00 to 100.00."""
    yield from (row | {"cost_id": f"b{i}", "day": MONTH, "amount": 1_000 * i} for i, row in numbered(10))


def contacts() -> Iterator[Row]:
    """One to eleven hours with customers, and twelve of a person whose job that is."""
    for i in range(1, 13):
        who = {"person": f"p_{i}", "month": MONTH, "department": "desk", "role": "developer"}
        yield who | {"serves_customers": i == 12, "minutes": 60 * i}


def later() -> Mapping[str, Row]:
    """One more of what may still run, months later: who is still open in March is known to have waited that long."""
    june = datetime(2026, 6, 1, 10, tzinfo=UTC)
    case = {"case_id": "k99", "opened_at": june, "closed_at": june, "first_response_at": june, "contacts": 1}
    return {
        "service_cases": case,
        "refunds": {"refund_id": "f99", "requested_at": june, "paid_at": june},
        "insights": {"insight_id": "l99", "raised_at": june, "acted_at": june},
    }


def lake() -> Mapping[str, list[Row]]:
    """Every dataset that a shipped KPI reads."""
    made = {
        "service_cases": cases,
        "orders": orders,
        "survey_responses": answers,
        "invitations": invitations,
        "calls": calls,
    }
    made |= {"digital_journeys": journeys, "kpi_aggregates": aggregates, "customer_months": months}
    made |= {"employee_surveys": surveys, "insights": insights, "backlog": open_cases, "invoices": bills}
    made |= {"refunds": refunds, "costs": costs, "customer_contacts": contacts}
    customers = [{"customer": f"c{i}", "segment": "home"} for i in range(1, 16)]
    beyond = {name: [row] for name, row in later().items()}
    return {"customers": customers, **{name: [*rows(), *beyond.get(name, [])] for name, rows in made.items()}}


# KPI: the figure, the number of answers, how it comes about.
BY_HAND: Mapping[str, tuple[float, float, str]] = {
    "abandonment": (3 / 12, 12, "three of twelve callers give up"),
    "answered_within_20s": (6 / 12, 12, "20 seconds are within, 21 are not, and who gave up was not answered"),
    "backlog_age": ((1 + 10) / 2, 10, "one to ten days"),
    "billing_correctness": (10 / 12, 12, "two corrected after five days; the one after eleven came too late to count"),
    "churn": (2 / 11, 11, "who left before is not counted again"),
    "complaint_rate": (3 / 12, 12, "three complaints for twelve orders; the cancelled one is none"),
    "complaint_share": (3 / 15, 15, ""),
    "cost_per_job": (55.0, 10, "10 to 100"),
    "cost_per_visit": (100.0, 10, "1,000.00 for ten visits"),
    "cost_to_serve": (40.0, 11, ""),
    "customer_contact_hours": (6.0, 11, "one to eleven hours; whose job it is to serve is left out"),
    "days_late": ((1 + 0.5) / 11, 11, "a day and half a day over eleven deliveries"),
    "delivered_as_promised": (9 / 11, 11, "two came later"),
    "delivered_by_day": (10 / 11, 11, "twelve hours later is the same day"),
    "delivery_promise_kept": (9 / 12, 12, "what never came was promised too"),
    "easy_share": (9 / 12, 12, "5 and 6 of 7"),
    "effort": ((7 * 6 + 2 * 5 + 3 * 2) / 12, 12, ""),
    "employee_nps": (100 * (6 - 4) / 12, 12, ""),
    "first_contact_resolution": (9 / 12, 12, "complaints are left out"),
    "first_response_median": (4.0, 15, "the eighth of fifteen waits eight half hours"),
    "first_response_within_4h": (8 / 15, 15, "four hours to the second are within"),
    "free_to_help": (6 / 12, 12, ""),
    "goal_completion": (9 / 12, 12, ""),
    "insight_to_action": (7 * 1.0, 13, "after seven of thirteen fewer than half still wait"),
    "internal_service_score": (8 / 12, 12, ""),
    "margin": (760 / 1200, 11, "ten times 60 and one 160, of ten times 100 and one 200"),
    "margin_per_customer": (760 / 11, 11, ""),
    "nps": (100 * (6 - 3) / 12, 12, "the customer who answered twice counts once, with the last answer"),
    "onboarding_friction": (15 / 10, 10, ""),
    "promised_lead_time": (2.0, 12, ""),
    "refund_time": (6 * 1.0, 11, "after six of eleven fewer than half still wait"),
    "reopened_share": (1 / 14, 14, "of what was closed"),
    "repeat_contact": (4 / 15, 15, ""),
    "repeat_purchase": (6 / 12, 12, "after 200 days is not within 180"),
    "resolved_within_48h": (4 / 15, 15, "after 10, 20, 30 and 40 hours"),
    "retention": (8 / 11, 11, "of eleven a year ago two left now and one before"),
    "revenue_per_customer": ((10 * 100 + 200) / 11, 11, ""),
    "revenue_per_order": ((11 * 100 + 150) / 12, 12, ""),
    "review_mean": ((5 * 5 + 4 * 4 + 3 * 2) / 12, 12, ""),
    "review_top_two": (9 / 12, 12, ""),
    "self_service_success": (6 / 11, 11, "nine done, two called, of one nobody knows"),
    "status_told": (6 / 15, 15, ""),
    "survey_asked_share": (12 / 13, 13, "who is not eligible is left out"),
    "survey_response_rate": (3 / 12, 12, ""),
    "systems_available": (99 / 100, 100, ""),
    "time_to_resolve_median": (80.0, 15, "after eight of fifteen fewer than half are open"),
    "time_to_resolve_p90": (140.0, 15, "after fourteen of fifteen less than a tenth is open"),
    "told_customer": (5 / 13, 13, "forty days are too late"),
    "transfers_per_case": (3 / 15, 15, ""),
}  # fmt: skip
