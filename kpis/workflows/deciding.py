"""Decisions on the exceptions of a run, with a reason: for everybody an exception names, or for those who are named."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, SQLModel

from data_contracts.problems import Problem, raise_if
from kpis.exact import LARGEST
from kpis.records.runs import Adjustment, RunDecision, RunDecisionPerson, RunException
from kpis.workflows import actors, chain, identities, kept
from kpis.workflows.actors import Actor
from kpis.workflows.allowed import may, unasked
from kpis.workflows.chain import Done
from kpis.workflows.exceptional import BEYOND, people_of
from kpis.workflows.looked import APPROVED, CALCULATED, CHECKED, Looked, look
from kpis.workspace import Snapshot

ALL = 0  # decides on every exception that is open and holds nothing


def decide(
    snapshot: Snapshot, run: str, number: int, choice: str, reason: str, by: str, now: datetime, token: str,
    people: Collection[str] = (), amount: int = 0, beyond: bool = False,
) -> Done:  # fmt: skip
    """Decide on an exception: pay, hold, or adjust one person by an amount that becomes a line of its own.

    `people` (employee numbers) are whom it is about; everybody the exception names unless said. An adjustment decides about
    the one it adjusts, and leaves the others as they were. One that goes beyond the person's opportunity must say so
    (`beyond`); it is an exception of its own, held until another person releases it. Raises Problems.
    """
    who = actors.actor(snapshot, by)
    keys = identities.surrogates(snapshot.workspace, list(people))
    most = kept.opportunity(snapshot.workspace, run) if choice == "adjust" else {}

    def what(records: Session) -> tuple[Sequence[SQLModel], Mapping[str, str]]:
        at = look(records, run)
        raise_if(
            [*unasked(at, who), *may(snapshot, records, at, who, "decide", now), *_choice(at, number, choice, reason)]
        )
        raise_if([*_people(at, number, keys), *_second(at, number, choice, who)])
        chosen = {number: keys} if number else _open(at)
        rows: list[SQLModel] = []
        for each, whose in chosen.items():
            rows.append(RunDecision(entry=0, run=run, number=each, choice=choice, reason=reason, by=who.key, at=now))
            rows += [RunDecisionPerson(entry=0, number=each, person=person) for person in dict.fromkeys(whose)]
        if choice == "adjust":
            rows += _adjustment(at, keys, amount, reason, who, now, most, beyond)
        return rows, {"run": run, "choice": choice, "numbers": ",".join(map(str, chosen)), "amount": str(amount)}

    return chain.act(snapshot.workspace, token, "decided", f"{run} {number}", who.key, now, what)


def _open(at: Looked) -> dict[int, list[str]]:
    """The exceptions that wait for a decision, with the people who do where not everybody does."""
    found = {}
    for row in at.exceptions:
        waits = [person for person, choice in at.choices(row).items() if choice == "open"]
        if waits or at.choice(row) == "open":
            found[row.number] = waits if len(waits) < len(people_of(row)) else []
    return found


def _choice(at: Looked, number: int, choice: str, reason: str) -> list[Problem]:
    found, where = [], f"run {at.run.id}, exception {number}"
    known = [each.number for each in at.exceptions]
    if number != ALL and number not in known:
        found.append(Problem(where, "an exception of the run", str(number), f"Known: {known}."))
    if choice not in ("pay", "hold", "adjust"):
        found.append(Problem(where, "pay, hold or adjust", repr(choice), "Choose one."))
    if not reason.strip():
        found.append(Problem(where, "a reason", "none", "Say why in a sentence."))
    if choice == "adjust" and (at.state != CALCULATED or not number):
        found.append(
            Problem(where, "an adjustment of one exception before the check", at.state, "Send the run back first.")
        )
    if at.state == CHECKED:
        found.append(
            Problem(where, "a decision before the check or after the closing", at.state, "Send the run back first.")
        )
    if at.state == APPROVED:
        found.append(Problem(where, "a decision before the check or after the closing", at.state, "Close it first."))
    return found


def _people(at: Looked, number: int, keys: Sequence[str]) -> list[Problem]:
    """Whoever is named belongs to the exception."""
    if not keys:
        return []
    known = {person for row in at.exceptions if row.number == number for person in people_of(row)}
    step = "Name people of the exception, or another exception."
    where = f"run {at.run.id}, exception {number}"
    return [Problem(where, "a person it names", each, step) for each in keys if each not in known]


def _second(at: Looked, number: int, choice: str, who: Actor) -> list[Problem]:
    """What goes beyond an opportunity is released by another person than the one who wrote it."""
    row = next((each for each in at.exceptions if each.number == number), None)
    if row is None or row.kind != BEYOND or choice != "pay":
        return []
    wrote = any(each.entry == row.entry and each.by == who.key for each in at.adjustments)
    where = f"run {at.run.id}, exception {number}"
    return [Problem(where, "another person", f"{who.name} wrote the adjustment", "Ask somebody else.")] if wrote else []


def _adjustment(
    at: Looked,
    keys: Sequence[str],
    amount: int,
    reason: str,
    who: Actor,
    now: datetime,
    most: Mapping[str, int],
    beyond: bool,
) -> list[SQLModel]:
    where = f"run {at.run.id}, adjust"
    if abs(amount) >= LARGEST:
        raise_if([Problem(where, f"an amount below {LARGEST:,} minor units", f"{amount:,}", "Mend the amount.")])
    if len(keys) != 1 or keys[0] not in at.payouts or not amount:
        step = "Name one person the run pays, and an amount that is not 0."
        raise_if([Problem(where, "one person of the run and an amount", f"{len(keys)} people, {amount}", step)])
    [person] = keys
    before = sum(each.amount for each in at.adjustments if each.kind == "decided" and each.person == person)
    over = abs(before + amount) > most.get(person, 0)
    if over and not beyond:
        step = "If it is meant, say so: --beyond-opportunity; another person then releases it."
        told = f"{before + amount} of {most.get(person, 0)} minor units"
        raise_if([Problem(where, "no more than the person's opportunity", told, step)])
    rows: list[SQLModel] = [
        Adjustment(
            entry=0, run=at.run.id, person=person, kind="decided", amount=amount, cause=reason, by=who.key, at=now
        )
    ]
    return [*rows, _beyond(at, person, reason)] if over else rows


def _beyond(at: Looked, person: str, reason: str) -> RunException:
    number, told = len(at.exceptions) + 1, f"An adjustment beyond the person's opportunity: {reason}"
    return RunException(
        run=at.run.id,
        number=number,
        entry=0,
        kind=BEYOND,
        component="",
        people=json.dumps([person]),
        told=told,
        held=True,
    )
