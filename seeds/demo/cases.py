"""Service cases: requests for help, with two of the stories in them (pulled apart; closed for the quarter's end)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from seeds.demo import draws
from seeds.demo.company import AT, BURSTS, CASE_CHANNELS, PULL_SINCE, REASONS, SEGMENTS, UNITS
from seeds.demo.customers import Customers
from seeds.demo.draws import Bools, Floats, Ints, Span, Texts, Times, later, number, pick, shown, write, yes
from seeds.demo.staff import Staff, served_by

DESKS = {"service": 0.78, "complaints": 0.17, "sales": 0.05}
TWO_DAYS = 172_800
LANDLORD = SEGMENTS.index("landlord")


@dataclass(frozen=True)
class Cases:
    """One entry per case; `person` is −1 where nobody is named, `done` says which were closed before the history ends."""

    customer: Ints
    person: Ints
    unit: Ints
    channel: Texts
    opened: Times
    closed: Times
    done: Bools
    fast: Bools
    first: Bools
    reopened: Bools
    told: Bools
    complaint: Bools
    transfers: Ints
    answered: Times

    @property
    def key(self) -> Texts:
        """Case numbers."""
        return number("K", len(self.opened))


def cases(size: int, seed: int, over: Span, who: Staff, whom: Customers) -> Cases:
    """Draw that many cases."""
    rng = draws.stream(seed, "cases")
    opened = draws.moments(rng, size, over)
    unit = np.array([AT[each] for each in DESKS])[pick(rng, size, list(DESKS.values()))]
    person, customer = served_by(rng, who, unit, opened), whom.drawn(rng, size)
    skill, service, recovery = who.skill[person], unit == AT["service"], unit == AT["complaints"]
    rushed = service & np.any([draws.within(opened, *burst) for burst in BURSTS], axis=0)
    first = yes(rng, 0.735 + 0.045 * skill - 0.15 * recovery + 0.02 * whom.mood[customer])
    fast = yes(rng, _speed(opened, service, recovery) + 0.03 * skill + 0.22 * rushed)
    seconds = np.where(fast, rng.beta(1.1, 3.2, size) * TWO_DAYS, TWO_DAYS * (1 + rng.exponential(1.1, size)))
    closed = later(opened, seconds.round())
    complaint = yes(rng, np.where(recovery, 0.62, 0.035))
    hurried, named = rushed & fast, np.where(rng.random(size) < 0.11, -1, person)
    channel = np.array(list(CASE_CHANNELS))[pick(rng, size, list(CASE_CHANNELS.values()))]
    return Cases(
        customer, named, unit, channel, opened, closed,
        closed <= over.end, fast, first & (~hurried | (rng.random(size) < 0.8)),
        yes(rng, np.where(hurried, 0.30, 0.055)), yes(rng, 0.66 + 0.03 * skill), complaint,
        np.where(first, 0, rng.poisson(0.95, size)), _answered(draws.stream(seed, "first answers"), opened, closed, channel),
    )  # fmt: skip


def _answered(rng: np.random.Generator, opened: Times, closed: Times, channel: Texts) -> Times:
    """When a person first answered: at once on the phone and on a visit, within minutes in a chat, after hours in writing."""
    wait = rng.lognormal(0, 1.1, len(opened)) * np.select(
        [np.isin(channel, ("phone", "visit")), channel == "chat"], [40, 240], 9_000
    )
    return np.minimum(later(opened, wait.round()), closed)


def _reason(rng: np.random.Generator, made: Cases, whom: Customers) -> Texts:
    """Why customers ask. What is not solved at once is about a meter twice as often, and about the contract with landlords."""
    landlord = whom.segment[made.customer] == LANDLORD
    solved, open_again, letting = (5, 4, 4, 2, 2, 2, 1), (4, 3.5, 3.5, 5, 2, 1.5, 1), (4, 3, 3, 4, 8, 1.5, 1)
    kinds = [(made.first, solved), (~made.first & ~landlord, open_again), (~made.first & landlord, letting)]
    found = np.zeros(len(made.opened), dtype=np.int64)
    for mine, weights in kinds:
        found[mine] = pick(rng, int(mine.sum()), weights)
    return np.array(REASONS)[found]


def _speed(opened: Times, service: Bools, recovery: Bools) -> Floats:
    """The chance of 48 hours: since the handover rule of March 2026 the desk gains what recovery loses."""
    pulled = draws.since(opened, PULL_SINCE)
    chance: Floats = 0.78 - 0.09 * recovery + pulled * (0.035 * service - 0.155 * recovery)
    return chance


def file(folder: Path, made: Cases, who: Staff, whom: Customers, seed: int, over: Span) -> Path:
    """Write the cases: some name a person, some a department only, some nobody."""
    rng, size = draws.stream(seed, "case file"), len(made.opened)
    named, placed = made.person >= 0, rng.random(size) < 0.85
    extra = np.where(made.first, 0, 1 + rng.poisson(0.4, size))
    ids = np.array([each.id for each in UNITS])
    columns: dict[str, object] = {
        "case_id": made.key,
        "customer": whom.key[made.customer],
        "person": shown(named, who.number[made.person]),
        "department": shown(~named & placed, ids[made.unit]),
        "opened_at": made.opened,
        "closed_at": shown(made.done, made.closed),
        "first_response_at": shown(made.answered <= over.end, made.answered),
        "channel": made.channel,
        "reason": _reason(rng, made, whom),
        "contacts": 1 + extra,
        "transfers": made.transfers,
        "first_contact_resolved": made.first,
        "reopened": pa.array(made.reopened & made.done),
        "status_told": made.told,
        "complaint": made.complaint,
        "promised_at": later(made.opened, np.full(size, TWO_DAYS)),
    }
    return write(folder / "service_cases.csv", columns)
