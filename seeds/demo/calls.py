"""Calls to the service desk, in three queues, and what was still open on every Sunday evening."""

from pathlib import Path

import numpy as np

from seeds.demo import draws
from seeds.demo.cases import Cases
from seeds.demo.company import AT, QUEUES_SINCE, UNITS
from seeds.demo.customers import Customers
from seeds.demo.draws import Floats, Ints, Span, Times, later, number, pick, shown, write, yes
from seeds.demo.staff import Staff, served_by

QUEUES = ("emergency", "appointment", "bill")
BEFORE, AFTER = (0.58, 0.28, 0.14), (0.20, 0.24, 0.56)  # since July 2026 everybody calls about the new bills
GIVE_UP = np.array([[0.10, 0.19, 0.38], [0.05, 0.125, 0.30]])  # and each queue loses fewer than before
PATIENCE = np.array([14.0, 30.0, 62.0])
LEAN = 0.6  # of a week on the week before


def file(folder: Path, size: int, seed: int, over: Span, who: Staff, whom: Customers) -> Path:
    """Write that many calls: who waits longer gives up more often, and a bad week leans on the one before."""
    rng = draws.stream(seed, "calls")
    offered, customer = draws.moments(rng, size, over), whom.drawn(rng, size)
    since = draws.since(offered, QUEUES_SINCE)
    queue = np.where(since, pick(rng, size, AFTER), pick(rng, size, BEFORE))
    strain = _strain(rng, offered, over)
    gone = yes(rng, GIVE_UP[since.astype(np.int64), queue] * strain)
    wait = np.ceil(
        rng.exponential(PATIENCE[queue] * strain * np.where(since, 0.85, 1.0)) + np.where(gone, 12, 0)
    ).astype(np.int64)
    desk = np.full(size, AT["service"])
    person = served_by(rng, who, desk, offered)
    columns: dict[str, object] = {
        "call_id": number("T", size),
        "customer": shown(rng.random(size) < 0.72, whom.key[customer]),
        "person": shown(~gone, who.number[person]),
        "department": np.array([each.id for each in UNITS])[desk],
        "offered_at": offered,
        "answered_at": shown(~gone, later(offered, wait)),
        "wait_seconds": wait,
        "abandoned": gone,
        "queue": np.array(QUEUES)[queue],
    }
    return write(folder / "calls.csv", columns)


def _strain(rng: np.random.Generator, moment: Times, over: Span) -> Floats:
    """How strained the desk is in the week of each moment: 1 in the middle, much of last week's strain kept, an AR(1)."""
    level = np.zeros(over.days // 7 + 2)
    for week in range(1, len(level)):
        level[week] = LEAN * level[week - 1] + rng.normal(0, 0.07)
    found: Floats = np.exp(level)[(draws.day_of(moment) - np.datetime64(over.first)).astype(np.int64) // 7]
    return found


def backlog(folder: Path, made: Cases, over: Span, who: Staff, whom: Customers) -> Path:
    """Write the cases that were open on each Sunday at 20:00 UTC."""
    evenings = np.arange(over.first, over.last + np.timedelta64(1, "D"), dtype="datetime64[D]")
    evenings = later(evenings[evenings.astype(np.int64) % 7 == 3].astype("datetime64[s]"), 20 * 3600)  # 4 January 1970
    open_then = [np.flatnonzero((made.opened <= at) & (made.closed > at)) for at in evenings]
    case: Ints = np.concatenate(open_then)
    named, ids = made.person[case] >= 0, np.array([each.id for each in UNITS])
    columns: dict[str, object] = {
        "case_id": made.key[case],
        "counted_at": np.repeat(evenings, [len(each) for each in open_then]),
        "opened_at": made.opened[case],
        "customer": whom.key[made.customer[case]],
        "person": shown(named, who.number[made.person[case]]),
        "department": shown(~named, ids[made.unit[case]]),
        "channel": made.channel[case],
    }
    return write(folder / "backlog.csv", columns)
