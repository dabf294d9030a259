"""Bills of what was delivered, those that had to be put right, and money that goes back."""

from pathlib import Path

import numpy as np

from seeds.demo import draws
from seeds.demo.customers import Customers
from seeds.demo.draws import NEVER, Ints, Span, later, number, shown, write, yes
from seeds.demo.orders import DAY, Orders
from seeds.demo.staying import money

SHARE = 0.4  # of the visits, billed by themselves; the others go into a care plan's fee


def file(folder: Path, seed: int, over: Span, done: Orders, whom: Customers) -> tuple[Path, Ints]:
    """Write the bills; returns the file, and the orders whose bill was corrected."""
    rng = draws.stream(seed, "bills")
    order = np.flatnonzero(done.done & ~done.cancelled & yes(rng, np.full(len(done.done), SHARE)))
    issued = later(done.delivered[order], rng.integers(DAY, 3 * DAY, len(order)))
    order, issued = order[issued <= over.end], issued[issued <= over.end]
    wrong = yes(rng, np.full(len(order), 0.041))
    corrected = later(issued, rng.exponential(3.2 * DAY, len(order)).round())
    columns: dict[str, object] = {
        "invoice_id": number("N", len(order)),
        "customer": whom.key[done.customer[order]],
        "department": np.full(len(order), "finance"),
        "order_id": done.key[order],
        "issued_at": issued,
        "corrected_at": shown(wrong & (corrected <= over.end), corrected),
        "reason": shown(wrong & (corrected <= over.end), np.where(rng.random(len(order)) < 0.6, "price", "hours")),
        "channel": np.where(rng.random(len(order)) < 0.8, "email", "letter"),
        "amount": money(done.amount[order]),
        "currency": np.full(len(order), "EUR"),
    }
    return write(folder / "invoices.csv", columns), order[wrong]


def refunds(folder: Path, seed: int, over: Span, wrong: Ints, done: Orders, whom: Customers) -> Path:
    """Write the refunds: of orders cancelled after paying, and of bills that were too high; some are not paid yet."""
    rng = draws.stream(seed, "refunds")
    order = np.sort(np.concatenate([np.flatnonzero(done.cancelled), wrong[rng.random(len(wrong)) < 0.7]]))
    asked = later(
        done.ordered[order], rng.exponential(5 * DAY, len(order)).round() + np.where(done.cancelled[order], 0, 9 * DAY)
    )
    order, asked = order[asked <= over.end], asked[asked <= over.end]
    paid = later(asked, (rng.lognormal(1.7, 0.7, len(order)) * DAY).round())
    paid = np.where(paid <= over.end, paid, NEVER.astype(paid.dtype))
    columns: dict[str, object] = {
        "refund_id": number("F", len(order)),
        "customer": whom.key[done.customer[order]],
        "department": np.full(len(order), "finance"),
        "order_id": done.key[order],
        "invoice_id": shown(np.zeros(len(order), dtype=bool), done.key[order]),
        "requested_at": asked,
        "paid_at": paid,
        "reason": np.where(done.cancelled[order], "cancelled", "billed too high"),
        "channel": done.channel[order],
        "amount": money(done.amount[order] * np.where(done.cancelled[order], 1.0, 0.2)),
        "currency": np.full(len(order), "EUR"),
    }
    return write(folder / "refunds.csv", columns)
