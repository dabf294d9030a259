"""Orders: repairs, services and installations at the customer's home; a promise slips on the coast, and who waited in vain stays away."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from seeds.demo import draws
from seeds.demo.company import AT, REGIONS, SLIP_REGION, SLIP_SINCE
from seeds.demo.customers import Customers
from seeds.demo.draws import Bools, Floats, Ints, Span, Texts, Times, day_of, later, number, pick, shown, write, yes
from seeds.demo.staff import Staff, served_by

HOUR, DAY = 3600, 86_400
AWAY = 200 * DAY  # how long a customer stays away who waited in vain, if they do
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

    @property
    def turn(self) -> Ints:
        """The orders by customer, each customer's in order of time."""
        return np.argsort(self.customer, kind="stable")

    @property
    def again(self) -> Times:
        """When the same customer ordered next; NaT where they have not."""
        turn, found = self.turn, np.full(len(self.ordered), np.datetime64("NaT"), dtype=self.ordered.dtype)
        same = self.customer[turn[1:]] == self.customer[turn[:-1]]
        found[turn[:-1][same]] = self.ordered[turn[1:][same]]
        return found


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
    made = Orders(
        customer, np.where(rng.random(size) < 0.02, -1, person), np.where(rng.random(size) < 0.22, planner, -1),
        ordered, promised, delivered, delivered <= over.end,
        rng.random(size) < 0.03, late, (PRICES[kind] * rng.lognormal(0, 0.28, size)).round(2),
        np.array(CHANNELS)[pick(rng, size, (0.42, 0.30, 0.21, 0.07))],
    )  # fmt: skip
    return handed_on(made, _stays_away(made, draws.stream(seed, "stays away")), whom, seed)


def _stays_away(made: Orders, rng: np.random.Generator) -> Bools:
    """The orders that will not come from their customer: four in ten who waited in vain stay away for 200 days."""
    turn, seconds = made.turn, made.ordered.astype("datetime64[s]").astype(np.int64)
    lost = made.late & made.done & ~made.cancelled & yes(rng, np.full(len(turn), 0.4))
    level, day = (
        made.customer[turn] << 32,
        seconds[turn],
    )  # a customer's own range of numbers: the running maximum stays in it
    latest = np.maximum.accumulate(level + np.where(lost[turn], day, 0))
    before = np.r_[-1, latest[:-1]] - level
    away = np.zeros(len(turn), dtype=bool)
    away[turn] = (before > 0) & (day - before < AWAY)
    return away


def handed_on(made: Orders, away: Bools, whom: Customers, seed: int, stays: Bools | None = None) -> Orders:
    """The orders, those of whoever is away from another customer of the same region, of those who stay."""
    rng, customer = draws.stream(seed, f"handed on {int(away.sum())}"), made.customer.copy()
    chance = whom.often if stays is None else whom.often * stays
    for region in range(len(REGIONS)):
        pool, mine = np.flatnonzero(whom.region == region), np.flatnonzero(away & (whom.region[customer] == region))
        customer[mine] = pool[pick(rng, len(mine), chance[pool])]
    return replace(made, customer=customer)


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
        "next_order_at": made.again,
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
