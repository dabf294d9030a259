"""The customers, and who of them comes back."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seeds.demo.company import REGION_SHARES, REGIONS, SEGMENT_SHARES, SEGMENTS
from seeds.demo.draws import Bools, Floats, Ints, Span, Texts, Times, number, pick, stream, write


@dataclass(frozen=True)
class Customers:
    """One entry per customer: numbers of region and segment, how often they come, and how content they are by nature."""

    region: Ints
    segment: Ints
    since: Times
    key_user: Bools
    value: Floats
    often: Floats
    mood: Floats

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
    business = segment > 0
    return Customers(
        pick(rng, size, REGION_SHARES), segment,
        np.datetime64(over.first) - rng.integers(1, 5000, size),
        business & (rng.random(size) < 0.08),
        (rng.lognormal(5.6, 0.5, size) * np.array([1, 3, 4, 9])[segment]).round(2),
        rng.gamma(1.3, 1.0, size) * np.array([1, 1.6, 1.4, 1.8])[segment] + 0.05,
        rng.normal(0, 1, size),
    )  # fmt: skip


def file(folder: Path, who: Customers) -> Path:
    """Write the customers."""
    columns = {
        "customer": who.key,
        "segment": np.array(SEGMENTS)[who.segment],
        "region": np.array(list(REGIONS))[who.region],
        "since": who.since,
        "key_user": who.key_user,
        "value": np.char.mod("%.2f", who.value),
    }
    return write(folder / "customers.csv", columns)
