"""What is exceptional about a run, as a person should see it before anything is paid."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import sha256
from math import ceil

import rfc8785

from kpis.incentives.paid import Participant, Reading, Run
from kpis.incentives.reckon import Work

MOVED = Fraction(1, 4)
CHECKED_AT_RANDOM = Fraction(1, 20)


@dataclass(frozen=True)
class Found:
    """One exception: its kind, whose payouts, which component ('' for the whole payout), the numbers in words.

    `held` keeps the lines back until somebody releases them.
    """

    kind: str
    people: tuple[str, ...]
    told: str
    component: str = ""
    held: bool = False


def facts(run: Run, each: Found) -> str:
    """SHA-256 of what a decision on an exception rests on: the plan, what is told, and what its people's payouts are made of.

    Of an exception about one component only that component's figures and targets count.
    """
    by_person = {one.person: one for one in run.participants}
    people = [_made_of(by_person[person], each.component) for person in each.people if person in by_person]
    about = [run.plan.digest(), each.kind, each.component, list(each.people), each.told, each.held, people]
    return sha256(rfc8785.dumps(about)).hexdigest()


def _made_of(person: Participant, component: str) -> list[object]:
    """Everything a payout is computed from, or the readings of one component, as plain text in one order."""

    def told(readings: Mapping[str, Reading]) -> list[list[str]]:
        """The readings as text, by id."""
        return [[name, repr(each)] for name, each in sorted(readings.items()) if component in ("", name)]

    segments = [
        [told(part.readings), *([] if component else [repr(replace(part, readings={}))])] for part in person.segments
    ]
    rest = replace(person, segments=(), readings={}, share=None)
    return [person.person, segments, *([] if component else [told(person.readings), repr(rest)])]


def missing(blocked: Sequence[Mapping[str, str]]) -> list[Found]:
    """Everybody who cannot be paid: a figure that is missing, or a gap in what the contract says."""
    found = []
    for each in blocked:
        person, _, _rest = each["where"].partition(",")
        kind = "missing figure" if each["expected"] == "a figure that pays" else "gap"
        found.append(Found(kind, (person,), f"Expected {each['expected']}; it is {each['actual']}.", held=True))
    return found


def fallbacks(works: Sequence[Work]) -> dict[str, tuple[str, ...]]:
    """By component, the people whose line rests on a team's or a mixed figure."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for work in works:
        for line in work.lines:
            if line.paid.basis != "own":
                found[line.component.id][work.person] = None
    return {component: tuple(people) for component, people in found.items()}


def too_few(works: Sequence[Work], names: Mapping[str, str]) -> list[Found]:
    """Components whose own figure has too few answers, and how many people are paid on a larger one."""
    return [
        Found("too few answers", people, f"{names.get(component, component)}: {_people(people)} paid on a larger figure.", component)
        for component, people in fallbacks(works).items()
    ]  # fmt: skip


def moved(now: Mapping[str, int], before: Mapping[str, int]) -> tuple[str, ...]:
    """Who gets at least a quarter more or less than in the last period; somebody without a last payout has not moved."""
    return tuple(
        person
        for person, amount in sorted(now.items())
        if person in before and abs(amount - before[person]) >= MOVED * abs(before[person]) and amount != before[person]
    )


def movers(now: Mapping[str, int], before: Mapping[str, int], period: str) -> list[Found]:
    """The big movers as one exception."""
    people = moved(now, before)
    return [Found("big mover", people, f"{_people(people)} paid 25% more or less than in {period}.")] if people else []


def several_plans(plan: str, others: Mapping[str, Collection[str]], people: Collection[str]) -> list[Found]:
    """People whom another plan pays for the same period as well."""
    found = []
    for other, theirs in sorted(others.items()):
        both = tuple(sorted(set(theirs) & set(people)))
        if other != plan and both:
            found.append(Found("two plans", both, f"{_people(both)} paid by plan {other} too."))
    return found


def never_told(people: Collection[str], untold: Collection[str]) -> list[Found]:
    """People who were never told a target they are paid on."""
    found = tuple(sorted(set(people) & set(untold)))
    return [Found("never told", found, f"{_people(found)} paid on targets nobody told them.")] if found else []


def at_random(people: Collection[str], seed: str) -> frozenset[str]:
    """A twentieth of the people, at least one, drawn by the hash of the run, so that nobody can choose them."""
    ranked = sorted(people, key=lambda person: sha256(f"{seed}:{person}".encode()).digest())
    return frozenset(ranked[: ceil(CHECKED_AT_RANDOM * len(ranked))])


def must_open(
    held: Collection[str], movers: Collection[str], fallback: Collection[str], people: Collection[str], seed: str
) -> frozenset[str]:
    """The payouts an approver opens: held ones, ±25%, fallbacks, and a random twentieth, of those that are paid."""
    return frozenset({*held, *movers, *fallback} & set(people)) | at_random(people, seed)


def _people(people: Sequence[str]) -> str:
    return "1 person is" if len(people) == 1 else f"{len(people):,} people are"
