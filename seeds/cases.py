"""Service cases of the demo company: arrivals, who takes them, how they end; two stories and a decision among them."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from seeds.chance import HOUR, Array, Span, logit, moments, pick, seconds, stream, yes
from seeds.customers import Customers
from seeds.organisation import AT
from seeds.roster import Roster
from seeds.stories import APART, DECISION, GAMED, gamed_days, weeks_before

SHARE = {"service": 0.62, "complaints": 0.10, "planning": 0.14, "digital": 0.06, "finance": 0.08}
SOLVED = {"service": DECISION["before"], "complaints": 0.40, "planning": 0.68, "digital": 0.62, "finance": 0.70}
TOLD = {"service": APART["service"][0], "complaints": 0.58, "planning": APART["planning"][0], "digital": 0.60, "finance": 0.64}
HOURS = {"service": 30.0, "complaints": 120.0, "planning": 24.0, "digital": 36.0, "finance": 40.0}
PROMISED = {"service": 48, "complaints": 240, "planning": 24, "digital": 72, "finance": 120}
REASONS = {
    "service": ("heating fault", "leak", "maintenance", "tariff question", "moving house"),
    "complaints": ("damage", "second visit", "treatment", "compensation"),
    "planning": ("appointment", "delay", "parts"),
    "digital": ("sign-in", "app", "smart meter"),
    "finance": ("bill", "payment", "refund"),
}
CHANNELS = {"phone": 0.5, "chat": 0.2, "email": 0.2, "app": 0.1}
Case = dict[str, Array]


def _of(values: dict[str, float], unit: Array) -> NDArray[np.float64]:
    """The value of each row's unit."""
    table = np.zeros(len(AT))
    for name, value in values.items():
        table[AT[name]] = value
    return table[unit.astype(int)]


def cases(size: int, over: Span, roster: Roster, customers: Customers, seed: int) -> Case:
    """One entry per case: text, integer and moment columns; `person` and `customer` are positions, −1 for none."""
    rng = stream(seed, "cases")
    opened = moments(rng, size, over)
    unit = rng.choice([AT[name] for name in SHARE], size=size, p=list(SHARE.values()))
    person = roster.pick(rng, unit, opened)
    customer = customers.pick(rng, size)
    effect = np.where(person >= 0, roster.staff.skill[person], 0) + 0.5 * customers.mood[customer]
    solved = yes(rng, _solving(unit, opened, over) + effect)
    told = yes(rng, _telling(unit, opened, over) + 0.5 * effect)
    closed, reopened = _ends(rng, unit, opened, solved, over)
    again = np.where(solved, yes(rng, np.full(size, -2.4)), yes(rng, np.full(size, 1.7)))
    promised = np.where(rng.random(size) < 0.9, opened + seconds(_of(PROMISED, unit)), np.datetime64("NaT", "s"))
    return {
        "case_id": np.char.mod("K%07d", np.arange(1, size + 1)), "customer": customer, "person": person, "unit": unit,
        "opened_at": opened, "closed_at": closed, "channel": pick(rng, CHANNELS, size), "reason": _reasons(rng, unit),
        "contacts": 1 + again * rng.geometric(0.62, size), "transfers": rng.poisson(np.where(solved, 0.05, 0.75)),
        "first_contact_resolved": solved, "reopened": reopened, "status_told": told,
        "complaint": rng.random(size) < _of({"complaints": 0.92} | dict.fromkeys(set(SHARE) - {"complaints"}, 0.05), unit),
        "promised_at": promised, "mood": effect,
    }  # fmt: skip


def _solving(unit: Array, opened: Array, over: Span) -> NDArray[np.float64]:
    """Logits of solving at the first contact, the decision's effect from its day on."""
    since = np.datetime64(weeks_before(_day(over), DECISION["weeks"]))
    base = _of({name: float(logit(share)) for name, share in SOLVED.items()}, unit)
    after = float(logit(DECISION["after"])) - float(logit(DECISION["before"]))
    return base + after * ((unit == AT[DECISION["unit"]]) & (opened >= since))


def _telling(unit: Array, opened: Array, over: Span) -> NDArray[np.float64]:
    """Logits of telling the customer first; two departments drift apart over eight weeks."""
    since = np.datetime64(weeks_before(_day(over), APART["weeks"]), "s")
    drift = np.clip((opened - since) / np.timedelta64(8 * 7 * 86_400, "s"), 0, 1)
    base = _of({name: float(logit(share, 0.25)) for name, share in TOLD.items()}, unit)
    for name in ("service", "planning"):
        before, after = (float(each) for each in logit(APART[name], 0.25))
        base = base + (after - before) * drift * (unit == AT[name])
    return base


def _ends(rng: np.random.Generator, unit: Array, opened: Array, solved: Array, over: Span) -> tuple[Array, Array]:
    """When each case is closed, and whether it came back; the end of a quarter is gamed in one department."""
    size = len(opened)
    quick, slow = np.exp(rng.normal(-0.7, 0.8, size)), _of(HOURS, unit) * np.exp(rng.normal(0, 1.0, size))
    closed = opened + seconds(np.where(solved, quick, slow))
    reopened = rng.random(size) < GAMED["usual"]
    rushed, sooner = rng.random(size) < GAMED["within"], opened + seconds(rng.uniform(20, 47, size))
    back = rng.random(size) < GAMED["reopened"]
    for first, last in gamed_days(_day(over)):
        start, end = np.datetime64(first), np.datetime64(last) + 1
        ours = (unit == AT[GAMED["unit"]]) & (opened >= start) & (opened < end) & ~solved & rushed & (closed > sooner)
        closed = np.where(ours, np.maximum(np.minimum(sooner, end.astype("datetime64[s]") - 4 * HOUR), opened + HOUR), closed)
        reopened = np.where(ours, back, reopened)
    return np.where(closed <= over.end, closed, np.datetime64("NaT", "s")), reopened & (closed <= over.end)


def _reasons(rng: np.random.Generator, unit: Array) -> Array:
    width = max(map(len, REASONS.values()))
    table = np.full((len(AT), width), "", dtype="U20")
    sizes = np.ones(len(AT), dtype=int)
    for name, words in REASONS.items():
        table[AT[name], : len(words)], sizes[AT[name]] = words, len(words)
    return table[unit.astype(int), (rng.random(len(unit)) ** 1.4 * sizes[unit.astype(int)]).astype(int)]


def _day(over: Span) -> date:
    return over.last.astype(object)  # type: ignore[no-any-return]
