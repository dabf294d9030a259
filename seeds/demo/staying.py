"""Who leaves and who stays: months of customers with a care plan, what they pay, and what it costs to serve them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seeds.demo import draws
from seeds.demo.cases import Cases
from seeds.demo.company import UNITS
from seeds.demo.customers import Customers
from seeds.demo.draws import Floats, Ints, Span, Texts, Times, day_of, number, shown, write, yes
from seeds.demo.orders import Orders
from seeds.demo.staff import Staff

HAZARD, AFTER_LATE, MONTHS = 0.004, 4.0, 6  # a month; times as high for half a year after waiting in vain
FEES = np.array([14.0, 26.0, 34.0, 48.0])  # a care plan a month, by segment
KINDS = ("visit", "contact", "goodwill")


@dataclass(frozen=True)
class Costs:
    """One entry per cost of serving a customer with a care plan: for which order or case, by whom."""

    kind: Ints
    of: Ints
    customer: Ints
    person: Ints
    unit: Ints
    day: Times
    amount: Floats


def left(seed: int, over: Span, done: Orders, whom: Customers) -> Times:
    """The last day of each customer who left, NaT of those who stay: who waited in vain leaves four times as often."""
    rng, size = draws.stream(seed, "leaving"), len(whom.region)
    first = np.datetime64(over.first, "M") + 1
    months = int((np.datetime64(over.last, "M") - first).astype(np.int64)) + 1
    hazard = np.full((size, months), HAZARD)
    late = np.flatnonzero(done.late & done.done & ~done.cancelled)
    at = (done.delivered[late].astype("datetime64[M]") - first).astype(np.int64)
    for later in range(1, MONTHS + 1):
        inside = (at + later >= 0) & (at + later < months)
        hazard[done.customer[late[inside]], at[inside] + later] = HAZARD * AFTER_LATE
    spent, limit = np.cumsum(hazard, axis=1), rng.exponential(1.0, size)
    month = (spent < limit[:, None]).sum(axis=1)
    day = (first + month).astype("datetime64[D]") + rng.integers(0, 28, size)
    return np.where((month < months) & (day <= np.datetime64(over.last)), day, draws.NEVER)


def costs(seed: int, done: Orders, asked: Cases, whom: Customers) -> Costs:
    """What it cost to serve the customers with a care plan: visits, contacts, and goodwill to some who waited in vain."""
    rng, was = draws.stream(seed, "costs"), done.done & ~done.cancelled
    visit, contact = (
        np.flatnonzero(was & whom.care[done.customer]),
        np.flatnonzero(asked.done & whom.care[asked.customer]),
    )
    sorry = visit[done.late[visit] & yes(rng, np.full(len(visit), 0.4))]
    unit = np.full(len(done.person), -1)
    parts = [
        (0, visit, done.delivered, done, unit),
        (1, contact, asked.closed, asked, asked.unit),
        (2, sorry, done.delivered, done, unit),
    ]
    amounts = [
        20 + 0.55 * done.amount[visit] * rng.lognormal(0, 0.15, len(visit)),
        rng.lognormal(1.9, 0.4, len(contact)),
    ]
    amounts.append(rng.choice([15.0, 25.0, 40.0], len(sorry)))
    return Costs(
        np.repeat([0, 1, 2], [len(visit), len(contact), len(sorry)]),
        np.concatenate([of for _, of, *_ in parts]),
        np.concatenate([made.customer[of] for _, of, _, made, _ in parts]),
        np.concatenate([made.person[of] for _, of, _, made, _ in parts]),
        np.concatenate([place[of] for _, of, *_, place in parts]),
        day_of(np.concatenate([when[of] for _, of, when, *_ in parts])),
        np.concatenate(amounts).round(2),
    )  # fmt: skip


def costs_file(folder: Path, made: Costs, done: Orders, asked: Cases, who: Staff, whom: Customers) -> Path:
    """Write the costs."""
    contact, size, ids = made.kind == 1, len(made.of), np.array([*(each.id for each in UNITS), ""])
    columns: dict[str, object] = {
        "cost_id": number("B", size),
        "day": made.day,
        "customer": whom.key[made.customer],
        "person": shown(made.person >= 0, who.number[made.person]),
        "department": shown((made.person < 0) & (made.unit >= 0), ids[made.unit]),
        "order_id": shown(~contact, done.key[np.where(contact, 0, made.of)]),
        "case_id": shown(contact, asked.key[np.where(contact, made.of, 0)]),
        "kind": np.array(KINDS)[made.kind],
        "channel": np.where(
            contact, asked.channel[np.where(contact, made.of, 0)], done.channel[np.where(contact, 0, made.of)]
        ),
        "amount": money(made.amount),
        "currency": np.full(size, "EUR"),
    }
    return write(folder / "costs.csv", columns)


def money(amount: Floats) -> Texts:
    """Amounts with two decimals."""
    return np.char.mod("%.2f", amount)


def months_file(folder: Path, over: Span, gone: Times, made: Costs, done: Orders, whom: Customers) -> Path:
    """Write a row per customer with a care plan and whole month, up to a year after they left."""
    care, last = np.flatnonzero(whom.care), np.datetime64(over.last, "M")
    months = np.arange(np.datetime64(over.first, "M") + 1, last)
    begins, ends = months.astype("datetime64[D]"), (months + 1).astype("datetime64[D]")
    until = np.where(np.isnat(gone), np.datetime64("2200-01-01"), gone)[care][:, None]
    keep = until >= begins[None, :] - 365
    row, column = np.nonzero(keep)
    at = np.full(len(whom.care), -1)
    at[care] = np.arange(len(care))
    was = done.done & ~done.cancelled & whom.care[done.customer]
    paid = _by_month(at[done.customer[was]], done.delivered[was], done.amount[was], months, len(care))
    orders = _by_month(at[done.customer[was]], done.delivered[was], np.ones(int(was.sum())), months, len(care))
    spent = _by_month(at[made.customer], made.day, made.amount, months, len(care))
    start, end = (until >= begins)[row, column], (until >= ends)[row, column]
    fee = np.where(start, FEES[whom.segment[care]][row], 0.0)
    columns: dict[str, object] = {
        "customer": whom.key[care][row],
        "month": begins[column],
        "department": np.full(len(row), "sales"),
        "active_at_start": start,
        "active_at_end": end,
        "active_year_before": (until >= ends - 365)[row, column],
        "orders": orders[row, column].astype(np.int64),
        "revenue": money(fee + paid[row, column]),
        "cost": money(2.5 * start + spent[row, column]),
        "currency": np.full(len(row), "EUR"),
    }
    return write(folder / "customer_months.csv", columns)


def _by_month(who: Ints, when: Times, what: Floats, months: Times, size: int) -> Floats:
    """Sums by customer and month."""
    at = (when.astype("datetime64[M]") - months[0]).astype(np.int64)
    inside = (at >= 0) & (at < len(months))
    found = np.bincount(who[inside] * len(months) + at[inside], weights=what[inside], minlength=size * len(months))
    return found.reshape(size, len(months))
