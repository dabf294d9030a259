"""Seen from inside: what colleagues say of each other's service, first weeks, hours with customers, and what was learned from them."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from seeds.demo import draws
from seeds.demo.company import AT, UNITS
from seeds.demo.customers import Customers
from seeds.demo.draws import Ints, Span, Times, later, number, pick, shown, write, yes
from seeds.demo.staff import Staff

SERVING = {
    "finance": 3.9,
    "hr": 3.7,
    "it": 3.5,
    "planning": 3.8,
}  # whom colleagues judge, and the middle of their scores
ASKING = ("service", "field_north", "field_south", "sales", "digital")
SERVES_CUSTOMERS = ("service", "complaints", "sales", "field_north", "field_south")
SOURCES = ("survey", "complaint", "visit", "call")
THEMES = ("waiting at home", "bill", "app", "words", "spare parts")
DAY = 86_400


def surveys(folder: Path, people: int, seed: int, over: Span, who: Staff) -> Path:
    """Write employees' answers, without the employees: service from inside and the pulse once a month, the first weeks once each."""
    rng, ids = draws.stream(seed, "employee surveys"), np.array([each.id for each in UNITS])
    months = _months(over)
    inside, pulse = max(3, people // 40), max(5, people // 6)
    served = np.tile(np.repeat(list(SERVING), inside), len(months))
    middle = np.tile(np.repeat(list(SERVING.values()), inside), len(months))
    place = pick(rng, pulse * len(months), [each.people for each in UNITS])
    new = np.flatnonzero((who.hired >= np.datetime64(over.first)) & (who.hired <= np.datetime64(over.last) - 31))
    sizes = [len(served), len(place), len(new)]
    day = np.concatenate([np.repeat(months, 4 * inside), np.repeat(months, pulse), who.hired[new] + 30])
    survey = np.repeat(["internal service", "pulse", "onboarding"], sizes)
    free = rng.normal(3.6 - 0.5 * np.isin(ids[place], ("finance", "it")), 1.0)
    score = np.concatenate([rng.normal(middle, 0.9), free, np.zeros(len(new))]).round().clip(1, 5).astype(np.int64)
    obstacles = np.r_[np.zeros(sizes[0] + sizes[1], dtype=np.int64), rng.poisson(1.7, len(new))]
    from_where = np.r_[np.array(ASKING)[pick(rng, sizes[0], (5, 3, 3, 2, 1))], np.full(sizes[1] + sizes[2], "")]
    order = np.argsort(day, kind="stable")
    columns: dict[str, object] = {
        "answer_id": number("P", len(order)),
        "survey": survey[order],
        "department": np.concatenate([served, ids[place], ids[who.unit[new]]])[order],
        "asked_in": shown(survey[order] == "internal service", from_where[order]),
        "answered_on": day[order],
        "statement": shown(survey[order] == "pulse", np.full(len(order), "free to help")),
        "score": shown(survey[order] != "onboarding", score[order]),
        "obstacles": shown(survey[order] == "onboarding", obstacles[order]),
    }
    return write(folder / "employee_surveys.csv", columns)


def _months(over: Span) -> Times:
    """The tenth of each month of the history."""
    tenth = np.arange(np.datetime64(over.first, "M"), np.datetime64(over.last, "M") + 1).astype("datetime64[D]") + 9
    found: Times = tenth[(tenth >= np.datetime64(over.first)) & (tenth <= np.datetime64(over.last))]
    return found


def contacts(folder: Path, seed: int, over: Span, who: Staff) -> Path:
    """Write the hours with customers of those who do not serve them: half of them spend none in a month, heads a little."""
    rng, ids = draws.stream(seed, "customer contacts"), np.array([each.id for each in UNITS])
    months = np.arange(np.datetime64(over.first, "M") + 1, np.datetime64(over.last, "M")).astype("datetime64[D]")
    mine = np.flatnonzero(~np.isin(ids[who.unit], SERVES_CUSTOMERS) | who.head)
    person, month = np.repeat(mine, len(months)), np.tile(months, len(mine))
    there = (who.hired[person] <= month) & ~(who.left[person] < month + 31)
    person, month = person[there], month[there]
    often = np.where(ids[who.unit[person]] == "digital", 0.75, np.where(who.head[person], 0.6, 0.35))
    minutes = np.where(yes(rng, often), rng.gamma(2.0, 70.0, len(person)), 0).round().astype(np.int64)
    role = np.where(who.head[person], "leader", np.array([each.level for each in UNITS])[who.unit[person]])
    columns: dict[str, object] = {
        "person": who.number[person],
        "month": month,
        "department": ids[who.unit[person]],
        "role": role,
        "serves_customers": np.zeros(len(person), dtype=bool),
        "minutes": minutes,
    }
    return write(folder / "customer_contacts.csv", columns)


def insights(folder: Path, size: int, seed: int, over: Span, whom: Customers) -> Path:
    """Write what was learned from customers: a fifth is never acted on, and fewer than half hear what became of it."""
    rng = draws.stream(seed, "insights")
    raised, customer = draws.moments(rng, size, over), whom.drawn(rng, size)
    source, theme = pick(rng, size, (4, 3, 2, 3)), pick(rng, size, (5, 3, 4, 2, 2))
    wait = rng.lognormal(3.2, 0.8, size) * DAY * np.where(source == SOURCES.index("visit"), 0.6, 1.0)
    acted, told = later(raised, wait.round()), later(raised, (rng.lognormal(2.9, 0.9, size) * DAY).round())
    units: Ints = np.array([AT[each] for each in ("planning", "finance", "digital", "service", "planning")])[theme]
    columns: dict[str, object] = {
        "insight_id": number("L", size),
        "customer": whom.key[customer],
        "department": np.array([each.id for each in UNITS])[units],
        "person": pa.nulls(size, pa.string()),
        "source": np.array(SOURCES)[source],
        "theme": np.array(THEMES)[theme],
        "raised_at": raised,
        "acted_at": shown(yes(rng, np.full(size, 0.8)) & (acted <= over.end), acted),
        "told_at": shown(yes(rng, np.full(size, 0.55)) & (told <= over.end), told),
    }
    return write(folder / "insights.csv", columns)
