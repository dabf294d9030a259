"""Orders: repairs, services and installations at the customer's home, with one promise that slips on the coast."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seeds.demo import draws
from seeds.demo.company import AT, REGIONS, SLIP_REGION, SLIP_SINCE
from seeds.demo.customers import Customers
from seeds.demo.draws import Bools, Floats, Ints, Span, Texts, Times, day_of, later, number, pick, shown, write, yes
from seeds.demo.staff import Staff, served_by

HOUR = 3600
PRICES = np.array([95.0, 145.0, 240.0, 2650.0])  # service, repair, meter, installation
KINDS = (0.34, 0.45, 0.14, 0.07)
CHANNELS = ("phone", "web", "app", "email")


@dataclass(frozen=True)
class Orders:
    """One entry per order; `person` is −1 where nobody is named; `planner` shares the credit where not −1."""

    customer: Ints
    person: Ints
    planner: Ints
    ordered: Times
    promised: Times
    delivered: Times
    done: Bools
    cancelled: Bools
    late: Bools
    amount: Floats
    channel: Texts

    @property
    def key(self) -> Texts:
        """Order numbers."""
        return number("O", len(self.ordered))


def orders(size: int, seed: int, over: Span, who: Staff, whom: Customers) -> Orders:
    """Draw that many orders."""
    rng = draws.stream(seed, "orders")
    ordered, customer = draws.moments(rng, size, over, winter=0.35), whom.drawn(rng, size)
    noon = day_of(ordered) + 1 + rng.geometric(0.28, size)
    promised = later(noon.astype("datetime64[s]"), rng.choice([10, 12, 14, 16], size) * HOUR)
    region = whom.region[customer]
    unit = np.array([AT[each] for each in REGIONS.values()])[region]
    person, planner = served_by(rng, who, unit, ordered), served_by(rng, who, np.full(size, AT["planning"]), ordered)
    slipped = (region == list(REGIONS).index(SLIP_REGION)) & draws.since(promised, SLIP_SINCE)
    winter = np.cos(2 * np.pi * (day_of(promised).astype(np.int64) % 365.25 - 15) / 365.25)
    late = yes(rng, 0.075 + 0.012 * winter - 0.018 * who.skill[person] + 0.19 * slipped)
    drift = np.where(late, rng.exponential(22 * HOUR, size) + 600, -rng.beta(2, 2, size) * 3 * HOUR)
    delivered = later(promised, drift.round())
    kind = pick(rng, size, KINDS)
    return Orders(
        customer, np.where(rng.random(size) < 0.02, -1, person), np.where(rng.random(size) < 0.22, planner, -1),
        ordered, promised, delivered, delivered <= over.end,
        rng.random(size) < 0.03, late, (PRICES[kind] * rng.lognormal(0, 0.28, size)).round(2),
        np.array(CHANNELS)[pick(rng, size, (0.42, 0.30, 0.21, 0.07))],
    )  # fmt: skip


def file(folder: Path, made: Orders, who: Staff, whom: Customers) -> Path:
    """Write the orders; what was cancelled or has not happened yet is not delivered."""
    done = made.done & ~made.cancelled
    status = np.where(made.cancelled, "cancelled", np.where(done, "delivered", "planned"))
    columns: dict[str, object] = {
        "order_id": made.key,
        "customer": whom.key[made.customer],
        "person": shown(made.person >= 0, who.number[made.person]),
        "department": shown(np.zeros(len(done), dtype=bool), status),
        "ordered_at": made.ordered,
        "promised_at": made.promised,
        "delivered_at": shown(done, made.delivered),
        "status": status,
        "channel": made.channel,
        "amount": np.char.mod("%.2f", made.amount),
        "currency": np.full(len(done), "EUR"),
    }
    return write(folder / "orders.csv", columns)


def credits_file(folder: Path, made: Orders, who: Staff) -> Path:
    """Write the shared credit: two parts to the engineer, one to the planner who made the day possible."""
    shared = np.flatnonzero((made.planner >= 0) & (made.person >= 0))
    columns = {
        "subject": np.concatenate([made.key[shared]] * 2),
        "person": who.number[np.concatenate([made.person[shared], made.planner[shared]])],
        "parts": np.repeat([2, 1], len(shared)),
    }
    return write(folder / "credits.csv", columns)
