"""Orders of the demo company: visits with a promised day, and what sales sells."""

import numpy as np
from numpy.typing import NDArray

from seeds.chance import HOUR, Array, Span, logit, moments, pick, seconds, stream, yes
from seeds.customers import Customers
from seeds.organisation import AT, REGIONS
from seeds.roster import Roster
from seeds.stories import SLIP, weeks_before

DAY = np.timedelta64(1, "D")
KEPT = {"north": 0.925, "east": 0.93, "south": 0.92, "coast": SLIP["before"]}
SOLD, SHARED, CANCELLED = 0.18, 0.10, 0.04
SUNDAY = 3  # 1 January 1970 was a Thursday: day number 3 is a Sunday


def orders(size: int, over: Span, roster: Roster, customers: Customers, seed: int) -> dict[str, Array]:
    """One entry per order; `second` is the other engineer of a shared visit, −1 for none."""
    rng = stream(seed, "orders")
    ordered = moments(rng, size, over, winter=0.35)
    customer = customers.pick(rng, size)
    region = customers.region[customer]
    sold = rng.random(size) < SOLD
    field = np.array([AT[REGIONS[each]] for each in region.tolist()], dtype=int)
    unit = np.where(sold, AT["sales"], field)
    person = roster.pick(rng, unit, ordered)
    second = np.where(~sold & (rng.random(size) < SHARED), roster.pick(rng, unit, ordered), -1)
    visit = ~sold & (rng.random(size) > CANCELLED)
    promised = _promised(rng, ordered)
    effect = np.where(person >= 0, roster.staff.skill[person], 0)
    kept = yes(rng, _keeping(region, promised, over) + effect)
    delivered = _delivered(rng, promised, ordered, kept)
    worth = np.where(sold, 3_200, 140) * np.exp(rng.normal(0, 0.5, size))
    return {
        "order_id": np.char.mod("O%07d", np.arange(1, size + 1)), "customer": customer, "person": person,
        "second": np.where(second == person, -1, second), "unit": unit, "ordered_at": ordered,
        "promised_at": np.where(sold, np.datetime64("NaT", "s"), promised),
        "delivered_at": np.where(visit & (delivered <= over.end), delivered, np.datetime64("NaT", "s")),
        "final": np.where(sold, "signed", np.where(visit, "delivered", "cancelled")),
        "channel": np.where(sold, "adviser", pick(rng, {"phone": 0.45, "web": 0.3, "app": 0.25}, size)),
        "amount": np.rint(worth * 100).astype(np.int64), "kept": kept, "effect": effect, "visit": visit,
    }  # fmt: skip


def _promised(rng: np.random.Generator, ordered: Array) -> Array:
    """A half day of two to twenty days later, never a Sunday, at its end: 12:00 or 17:00 UTC."""
    day = ordered.astype("datetime64[D]") + 2 + rng.poisson(6, len(ordered))
    day = day + (day.astype(np.int64) % 7 == SUNDAY)
    return day.astype("datetime64[s]") + np.where(rng.random(len(ordered)) < 0.5, 12, 17) * HOUR


def _keeping(region: Array, promised: Array, over: Span) -> NDArray[np.float64]:
    """Logits of keeping the day: harder in January, and since its day the story of one region."""
    since = np.datetime64(weeks_before(over.last.astype(object), SLIP["weeks"]))
    base = np.zeros(len(region))
    for name, share in KEPT.items():
        base[region == name] = float(logit(share, 0.3))
    slipped = (region == SLIP["region"]) & (promised >= since)
    winter = -0.15 * np.cos(2 * np.pi * (promised.astype("datetime64[D]").astype(np.int64) % 365.25 - 15) / 365.25)
    return np.where(slipped, float(logit(SLIP["after"], 0.3)), base + winter)


def _delivered(rng: np.random.Generator, promised: Array, ordered: Array, kept: Array) -> Array:
    """When the visit was done: within the half day as a rule, else later that day, or one to six days late."""
    size = len(promised)
    before = promised - seconds(rng.uniform(0.1, 3.5, size))
    same = np.where(rng.random(size) < 0.94, before, promised + seconds(rng.uniform(0.1, 2.5, size)))
    early = before - np.where((rng.random(size) < 0.08) & (before - DAY > ordered), 1, 0) * DAY
    done = np.where(rng.random(size) < 0.5, early, same)
    late = promised + np.minimum(rng.geometric(0.5, size), 6) * DAY - seconds(rng.uniform(0, 3, size))
    return np.where(kept, done, late + DAY * (late.astype("datetime64[D]").astype(np.int64) % 7 == SUNDAY))
