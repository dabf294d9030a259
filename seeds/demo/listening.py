"""What customers say and do by themselves: invitations, survey answers, attempts on web and app."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from seeds.demo import draws
from seeds.demo.cases import Cases
from seeds.demo.company import APP_SINCE, AT, SEGMENTS, UNITS
from seeds.demo.customers import Customers
from seeds.demo.draws import Bools, Floats, Ints, Span, Texts, Times, later, number, pick, shown, write, yes
from seeds.demo.orders import Orders
from seeds.demo.staff import Staff

SURVEY: tuple[str, ...] = ("response_id", "survey", "customer", "person", "department", "order_id", "case_id")
SURVEY += ("answered_at", "channel", "segment", "touchpoint", "nps", "csat", "ces", "weight")
SCORES = {"nps": (7.7, 1.9, 0, 10), "csat": (4.05, 0.85, 1, 5), "ces": (5.2, 1.1, 1, 7)}  # middle, width, ends
GOALS = {"move an appointment": 0.30, "pay a bill": 0.28, "report a fault": 0.24, "send a meter reading": 0.18}
WEIGHTS = np.array([1.0, 0.8, 0.9, 1.4])  # so that the answers speak for all customers
DAY = 86_400
Table = dict[str, object]


@dataclass(frozen=True)
class World:
    """What people are asked about, by whom they were served, and who they are."""

    cases: Cases
    orders: Orders
    staff: Staff
    customers: Customers


@dataclass(frozen=True)
class Sent:
    """One entry per invitation after a closed case."""

    case: Ints
    at: Times
    eligible: Bools
    answered: Bools


@dataclass(frozen=True)
class Said:
    """One entry per answer: after a case or a visit, about which one, whose, when, and how content the customer felt."""

    case: Bools
    about: Texts
    person: Ints
    customer: Ints
    moment: Times
    felt: Floats


def invited(size: int, seed: int, over: Span, asked: Cases, whom: Customers) -> Sent:
    """Draw that many invitations; one in four of those who may answer does."""
    rng = draws.stream(seed, "invitations")
    closed = np.flatnonzero(asked.done)
    case = np.sort(rng.choice(closed, min(size, len(closed)), replace=False))
    at = later(asked.closed[case], rng.integers(1, 20, len(case)) * 3600)
    eligible = yes(rng, np.full(len(case), 0.93))
    content = 0.22 + 0.02 * whom.mood[asked.customer[case]] + 0.03 * asked.first[case]
    return Sent(case, at, eligible, yes(rng, content) & eligible & (at < over.end - np.timedelta64(2, "D")))


def invitations(folder: Path, sent: Sent, over: Span, asked: Cases, who: Staff, whom: Customers) -> Path:
    """Write the invitations; who was not asked stands there with the reason."""
    person = asked.person[sent.case]
    why = np.where(asked.complaint[sent.case], "open complaint", "asked in the last 90 days")
    columns: Table = {
        "invitation_id": number("I", len(sent.case)),
        "customer": whom.key[asked.customer[sent.case]],
        "case_id": asked.key[sent.case],
        "person": shown(person >= 0, who.number[person]),
        "eligible": sent.eligible,
        "sent_at": shown(sent.eligible & (sent.at <= over.end), sent.at),
        "removed_by": shown(~sent.eligible, np.full(len(person), "rule")),
        "removed_why": shown(~sent.eligible, why),
        "answered": sent.answered,
    }
    return write(folder / "invitations.csv", columns)


def answers(size: int, seed: int, over: Span, sent: Sent, world: World) -> Table:
    """That many survey answers, in order of time: of invitations after a case, and after a visit."""
    rng = draws.stream(seed, "answers")
    said = _said(rng, size, sent, world)
    order = np.argsort(said.moment, kind="stable")
    order = order[said.moment[order] <= over.end]
    told = {name: _taken(each, order) for name, each in _told(rng, said, world).items()}
    return {"response_id": number("R", len(order)), **told}


def _taken(column: object, order: Ints) -> object:
    return column.take(order) if isinstance(column, pa.Array) else np.asarray(column)[order]


def _said(rng: np.random.Generator, size: int, sent: Sent, world: World) -> Said:
    """Who answers, and how content they are: by what happened, by nature, by who served, and by chance."""
    asked, done, case = world.cases, world.orders, sent.case[sent.answered]
    finished = np.flatnonzero(done.done & ~done.cancelled)
    visit = np.sort(rng.choice(finished, min(max(0, size - len(case)), len(finished)), replace=False))
    after = (
        later(sent.at[sent.answered], rng.integers(60, DAY, len(case))),
        later(done.delivered[visit], rng.integers(3600, 2 * DAY, len(visit))),
    )
    person = np.concatenate([asked.person[case], done.person[visit]])
    customer = np.concatenate([asked.customer[case], done.customer[visit]])
    solved = 0.40 * asked.first[case] + 0.25 * asked.fast[case] - 0.45 * asked.reopened[case]
    well = np.concatenate([solved - 0.5 * asked.complaint[case] - 0.15, np.where(done.late[visit], -0.85, 0.25)])
    felt = well + 0.35 * world.customers.mood[customer] + 0.12 * world.staff.skill[person]
    is_case = np.arange(len(person)) < len(case)
    about = np.concatenate([asked.key[case], done.key[visit]])
    return Said(is_case, about, person, customer, np.concatenate(after), felt + rng.normal(0, 0.75, len(person)))


def _told(rng: np.random.Generator, said: Said, world: World) -> Table:
    """The columns of the answers but their key: felt contentment becomes 0 to 10, 1 to 5 and 1 to 7."""
    size, segment = len(said.case), world.customers.segment[said.customer]
    scores = {
        name: np.clip(np.round(middle + wide * said.felt + rng.normal(0, 0.4, size)), low, high).astype(np.int64)
        for name, (middle, wide, low, high) in SCORES.items()
    }
    return {
        "survey": np.where(said.case, "after a case", "after a visit"),
        "customer": world.customers.key[said.customer],
        "person": shown(said.person >= 0, world.staff.number[said.person]),
        "department": pa.nulls(size, pa.string()),
        "order_id": shown(~said.case, said.about),
        "case_id": shown(said.case, said.about),
        "answered_at": said.moment,
        "channel": np.array(["email", "app", "web"])[pick(rng, size, (6, 3, 1))],
        "segment": np.array(SEGMENTS)[segment],
        "touchpoint": np.where(said.case, "help", "visit"),
        **{name: shown(rng.random(size) > 0.04, each) for name, each in scores.items()},
        "weight": WEIGHTS[segment],
    }


def applicants(seed: int, over: Span, per_quarter: int = 5) -> Table:
    """A few answers of people who applied for a job: too few to say anything."""
    rng = draws.stream(seed, "applicants")
    size = max(4, over.days * per_quarter // 91)
    moment = draws.moments(rng, size, Span(over.first, over.last - timedelta(days=3)))
    columns: Table = dict.fromkeys(SURVEY, pa.nulls(size))
    return columns | {
        "response_id": number("J", size), "survey": np.full(size, "candidate"), "answered_at": moment,
        "department": np.full(size, "hr"), "channel": np.full(size, "email"), "touchpoint": np.full(size, "job application"),
        "csat": 5 - pick(rng, size, (4, 3, 2, 1, 1)),
    }  # fmt: skip


def journeys(folder: Path, size: int, seed: int, over: Span, whom: Customers) -> Path:
    """Write attempts on web and app; from 13 April 2026 an appointment can be moved in the app."""
    rng = draws.stream(seed, "journeys")
    started, goal = draws.moments(rng, size, over), pick(rng, size, list(GOALS.values()))
    app, customer = yes(rng, np.full(size, 0.44)), whom.drawn(rng, size)
    better = app & (goal == 0) & draws.since(started, APP_SINCE)
    completed = yes(rng, np.array([0.52, 0.81, 0.66, 0.78])[goal] + 0.01 * whom.mood[customer] + 0.24 * better)
    seconds = (rng.lognormal(4.9, 0.6, size) * np.where(better, 0.7, 1.0)).astype(np.int64)
    ids = np.array([each.id for each in UNITS])
    columns: Table = {
        "journey_id": number("D", size),
        "customer": shown(rng.random(size) < 0.7, whom.key[customer]),
        "department": ids[np.where(rng.random(size) < 0.88, AT["digital"], AT["it"])],
        "started_at": started,
        "ended_at": later(started, seconds),
        "channel": np.where(app, "app", "web"),
        "goal": np.array(list(GOALS))[goal],
        "completed": completed,
        "seconds": seconds,
    }
    return write(folder / "digital_journeys.csv", columns)
