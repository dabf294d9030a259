"""What customers say and do by themselves: invitations, survey answers, attempts on web and app."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from seeds.demo import draws
from seeds.demo.cases import Cases
from seeds.demo.company import APP_SINCE, AT, LEFT_OUT_SINCE, SEGMENTS, UNITS
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
    """One entry per invitation, in order of time: after which case or which visit; `why` is empty for those who were asked."""

    after_case: Bools
    of: Ints
    at: Times
    eligible: Bools
    why: Texts
    answered: Bools

    def answers(self, after_case: bool) -> tuple[Ints, Times]:
        """The cases, or the visits, whose customers answered, and when they were asked."""
        found = self.answered & (self.after_case == after_case)
        return self.of[found], self.at[found]


@dataclass(frozen=True)
class Said:
    """One entry per answer: after a case or a visit, about which one, whose, when, and how content the customer felt."""

    case: Bools
    about: Texts
    person: Ints
    customer: Ints
    moment: Times
    felt: Floats


def invited(size: int, seed: int, over: Span, world: World) -> Sent:
    """Draw that many invitations, half after a case and half after a visit; nearly one in three of those asked answers."""
    rng, asked, done = draws.stream(seed, "invitations"), world.cases, world.orders
    case = np.sort(_some(rng, np.flatnonzero(asked.done), size // 2))
    visit = np.sort(_some(rng, np.flatnonzero(done.done & ~done.cancelled), size - size // 2))
    after_case = np.arange(len(case) + len(visit)) < len(case)
    customer = np.concatenate([asked.customer[case], done.customer[visit]])
    at = later(np.concatenate([asked.closed[case], done.delivered[visit]]), rng.integers(1, 20, len(after_case)) * 3600)
    content = 0.29 + 0.02 * world.customers.mood[customer]
    content[: len(case)] += 0.03 * asked.first[case]
    eligible, why = yes(rng, np.full(len(at), 0.93)), np.full(len(at), "", dtype="<U28")
    why[~eligible] = "asked in the last 90 days"
    why[: len(case)][_left_out(rng, at[: len(case)], case, asked) & eligible[: len(case)]] = "case still sensitive"
    answered = yes(rng, content) & (why == "") & (at < over.end - np.timedelta64(2, "D"))
    order = np.flatnonzero(at <= over.end)
    order = order[np.argsort(at[order], kind="stable")]
    of = np.concatenate([case, visit])
    return Sent(after_case[order], of[order], at[order], eligible[order], why[order], answered[order])


def _some(rng: np.random.Generator, of: Ints, size: int) -> Ints:
    return rng.choice(of, min(size, len(of)), replace=False)


def _left_out(rng: np.random.Generator, at: Times, case: Ints, asked: Cases) -> Bools:
    """Since June 2026 Complaints and recovery leaves out half of those who complained or whose case was opened again."""
    angry = (asked.complaint[case] | asked.reopened[case]) & (asked.unit[case] == AT["complaints"])
    return angry & draws.since(at, LEFT_OUT_SINCE) & yes(rng, np.full(len(case), 0.5))


def invitations(folder: Path, sent: Sent, world: World) -> Path:
    """Write the invitations; who was not asked stands there with the reason."""
    asked, done, who, of = world.cases, world.orders, world.staff, sent.of
    person = _either(sent, asked.person, done.person)
    columns: Table = {
        "invitation_id": number("I", len(of)),
        "customer": world.customers.key[_either(sent, asked.customer, done.customer)],
        "case_id": shown(sent.after_case, asked.key[np.where(sent.after_case, of, 0)]),
        "order_id": shown(~sent.after_case, done.key[np.where(sent.after_case, 0, of)]),
        "person": shown(person >= 0, who.number[person]),
        "eligible": sent.eligible,
        "due_at": sent.at,
        "sent_at": shown(sent.why == "", sent.at),
        "channel": np.where(sent.after_case, "email", "app"),
        "removed_by": shown(sent.why != "", np.where(sent.eligible, "head of department", "rule")),
        "removed_why": shown(sent.why != "", sent.why),
        "answered": sent.answered,
    }
    return write(folder / "invitations.csv", columns)


def _either(sent: Sent, of_case: Ints, of_visit: Ints) -> Ints:
    return np.where(
        sent.after_case, of_case[np.where(sent.after_case, sent.of, 0)], of_visit[np.where(sent.after_case, 0, sent.of)]
    )


def answers(seed: int, over: Span, sent: Sent, world: World) -> Table:
    """The answers to the invitations, in order of time."""
    rng = draws.stream(seed, "answers")
    said = _said(rng, sent, world)
    order = np.argsort(said.moment, kind="stable")
    order = order[said.moment[order] <= over.end]
    told = {name: _taken(each, order) for name, each in _told(rng, said, world).items()}
    return {"response_id": number("R", len(order)), **told}


def _taken(column: object, order: Ints) -> object:
    return column.take(order) if isinstance(column, pa.Array) else np.asarray(column)[order]


def _said(rng: np.random.Generator, sent: Sent, world: World) -> Said:
    """Who answers, and how content they are: by what happened, by nature, by who served, and by chance."""
    asked, done, (case, after), (visit, since) = world.cases, world.orders, sent.answers(True), sent.answers(False)
    person = np.concatenate([asked.person[case], done.person[visit]])
    customer = np.concatenate([asked.customer[case], done.customer[visit]])
    solved = 0.40 * asked.first[case] + 0.25 * asked.fast[case] - 0.45 * asked.reopened[case]
    well = np.concatenate([solved - 0.5 * asked.complaint[case] - 0.15, np.where(done.late[visit], -0.85, 0.25)])
    felt = well + 0.35 * world.customers.mood[customer] + 0.12 * world.staff.skill[person]
    moment = later(np.concatenate([after, since]), rng.integers(60, DAY, len(person)))
    about = np.concatenate([asked.key[case], done.key[visit]])
    is_case = np.arange(len(person)) < len(case)
    return Said(is_case, about, person, customer, moment, felt + rng.normal(0, 0.75, len(person)))


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
        "contacted_after": yes(draws.stream(seed, "calls after"), np.where(completed, 0.07 - 0.03 * better, 0.38)),
        "seconds": seconds,
    }
    return write(folder / "digital_journeys.csv", columns)
