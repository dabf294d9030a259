"""The demo company's customers and their own way through website and app."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seeds.chance import Array, Span, logit, moments, pick, seconds, stream, yes
from seeds.organisation import REGIONS, SEGMENTS

REGION_SHARES = dict(zip(REGIONS, (0.29, 0.22, 0.27, 0.22), strict=True))
GOALS = {
    "report a fault": ("service", 0.15, 0.71),
    "change an appointment": ("digital", 0.22, 0.66),
    "understand a bill": ("digital", 0.24, 0.78),
    "move house": ("digital", 0.12, 0.58),
    "see my usage": ("digital", 0.12, 0.88),
    "get a quote": ("sales", 0.15, 0.41),
}
WORTH = {"home": 900, "landlord": 4_200, "small business": 7_500, "key account": 38_000}


@dataclass(frozen=True)
class Customers:
    """One entry per customer: `mood` is what repeats in their answers, `weight` how often they turn up."""

    number: Array
    segment: Array
    region: Array
    since: Array
    key_user: NDArray[np.bool_]
    value: NDArray[np.int64]
    mood: NDArray[np.float64]
    weight: NDArray[np.float64]

    def pick(self, rng: np.random.Generator, size: int) -> NDArray[np.int64]:
        """Positions of customers, some far more often than others."""
        reach = np.cumsum(self.weight)
        return np.searchsorted(reach, rng.random(size) * reach[-1], side="right")


def customers(size: int, over: Span, seed: int) -> Customers:
    """That many customers, known before the last month begins; `value` is a year's revenue in cents."""
    rng = stream(seed, "customers")
    segment = pick(rng, SEGMENTS, size)
    worth = np.array([WORTH[each] for each in segment.tolist()]) * np.exp(rng.normal(0, 0.4, size))
    return Customers(
        np.char.mod("C%06d", np.arange(1, size + 1)), segment, pick(rng, REGION_SHARES, size),
        over.first - rng.integers(0, 5000, size), rng.random(size) < np.where(segment == "key account", 0.3, 0.01),
        np.rint(worth * 100).astype(np.int64), rng.normal(0, 0.6, size), rng.gamma(0.8, 1.25, size),
    )  # fmt: skip


def journeys(size: int, over: Span, known: Customers, seed: int) -> dict[str, Array]:
    """Attempts to reach a goal online: one entry each, some of people who have not said who they are."""
    rng = stream(seed, "journeys")
    started = moments(rng, size, over, winter=0.15)
    names = np.array(list(GOALS))
    goal = rng.choice(len(names), size=size, p=[share for _, share, _ in GOALS.values()])
    customer = np.where(rng.random(size) < 0.7, known.pick(rng, size), -1)
    channel = pick(rng, {"web": 0.58, "app": 0.42}, size)
    base = logit(np.array([done for _, _, done in GOALS.values()]))[goal]
    effect = np.where(customer >= 0, 0.4 * known.mood[customer], 0) + 0.15 * (channel == "app")
    completed = yes(rng, base + effect)
    spent = np.rint(np.exp(rng.normal(4.9, 0.8, size)) * np.where(completed, 1.2, 0.6)).astype(np.int64)
    return {
        "journey_id": np.char.mod("J%07d", np.arange(1, size + 1)), "customer": customer,
        "department": np.array([unit for unit, _, _ in GOALS.values()])[goal], "started_at": started,
        "ended_at": started + seconds(spent / 3600), "channel": channel, "goal": names[goal],
        "completed": completed, "seconds": spent,
    }  # fmt: skip
