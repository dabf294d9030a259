"""The customers, and who of them comes back."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seeds.demo.company import REGION_SHARES, REGIONS, SEGMENT_SHARES, SEGMENTS
from seeds.demo.draws import Bools, Floats, Ints, Span, Texts, Times, number, pick, stream, write, yes


@dataclass(frozen=True)
class Customers:
    """One entry per customer: numbers of region and segment, how often they come, how content they are by nature, who has a care plan."""

    region: Ints
    segment: Ints
    since: Times
    key_user: Bools
    value: Floats
    often: Floats
    mood: Floats
    care: Bools

    @property
    def key(self) -> Texts:
        """Customer numbers."""
        return number("C", len(self.region))

    def drawn(self, rng: np.random.Generator, size: int) -> Ints:
        """That many visits of customers, the frequent ones more often."""
        return pick(rng, size, self.often)


def customers(size: int, seed: int, over: Span) -> Customers:
    """Draw that many customers."""
    rng = stream(seed, "customers")
    segment = pick(rng, size, SEGMENT_SHARES)
    region, since, business = pick(rng, size, REGION_SHARES), rng.integers(1, 5000, size), segment > 0
    key_user = business & (rng.random(size) < 0.08)
    value = (rng.lognormal(5.6, 0.5, size) * np.array([1, 3, 4, 9])[segment]).round(2)
    often = rng.gamma(1.3, 1.0, size) * np.array([1, 1.6, 1.4, 1.8])[segment] + 0.05
    mood, care = rng.normal(0, 1, size), yes(stream(seed, "care plans"), 0.02 * often)
    return Customers(region, segment, np.datetime64(over.first) - since, key_user, value, often, mood, care)


def file(folder: Path, who: Customers, left: Times) -> Path:
    """Write the customers, with the last day of those who left."""
    columns = {
        "customer": who.key,
        "segment": np.array(SEGMENTS)[who.segment],
        "region": np.array(list(REGIONS))[who.region],
        "since": who.since,
        "left_on": left,
        "key_user": who.key_user,
        "value": np.char.mod("%.2f", who.value),
    }
    return write(folder / "customers.csv", columns)
