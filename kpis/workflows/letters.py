"""Target letters: kept under their hash, sent, opened, acknowledged; and who was never told."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

import rfc8785
from sqlmodel import col, select

from data_contracts.problems import Problem, Problems, raise_if
from kpis import letters as rules
from kpis.calendar import Period
from kpis.records.aims import Letter, UsedToken
from kpis.records.session import session
from kpis.workflows import actors, aim, inforce
from kpis.workflows.writing import documents, holders
from kpis.workspace import Snapshot, Workspace, open_snapshot


@dataclass(frozen=True)
class Told:
    """Where one holder's letter stands: never told, or sent (late, or of terms that have changed since), opened, acknowledged."""

    person: str
    letter: Letter | None
    late: bool = False
    outdated: bool = False

    @property
    def state(self) -> str:
        """The furthest it has come."""
        if self.letter is None:
            return "never told"
        return "acknowledged" if self.letter.acknowledged_at else "opened" if self.letter.opened_at else "sent"


@dataclass(frozen=True)
class Sent:
    """What sending did: first letters, new editions, and people whose letter says the same already."""

    first: tuple[str, ...]
    again: tuple[str, ...]
    same: tuple[str, ...]


def send(
    snapshot: Snapshot, period: str, by: str, now: datetime, people: Collection[str] = (), token: str = ""
) -> Sent:
    """Write and send the letters of a period: to everyone it concerns, or to those named. What was told already stays.

    A letter of other terms than the last one is a new edition. A `token` that was used before sends nothing.
    Raises Problems for people whom the period does not concern, and where `by` is nobody known or not of HR.
    """
    who = actors.actor(snapshot, by)
    raise_if(actors.refuse(who, "send letters"))
    raise_if(_nothing_pays(snapshot.workspace, period))
    made = documents(snapshot, period, now, people)
    raise_if([Problem(f"letter to {each}", f"a holder in {period}", each, "Look at the plan's participants.")
              for each in people if each not in made])  # fmt: skip
    first: list[str] = []
    again: list[str] = []
    alike: list[str] = []
    with session(snapshot.workspace.engine) as records:
        if token and records.get(UsedToken, token) is not None:
            return Sent((), (), ())
        if token:
            records.add(UsedToken(token=token, used_at=now, used_for=f"letters of {period}"))
        query = select(Letter).where(Letter.period == period).order_by(col(Letter.edition))
        held = {each.person: each for each in records.exec(query).all()}
        for person, document in made.items():
            old = held.get(person)
            if old and rules.same(json.loads(old.document), document):
                alike.append(person)
                continue
            (again if old else first).append(person)
            records.add(_letter(person, period, old.edition + 1 if old else 1, document, who.key, now))
    return Sent(tuple(first), tuple(again), tuple(alike))


def _letter(person: str, period: str, edition: int, document: Mapping[str, Any], by: str, now: datetime) -> Letter:
    text = rfc8785.dumps(dict(document))
    return Letter(
        person=person, period=period, edition=edition, digest=sha256(text).hexdigest(), document=text.decode(),
        token=token_urlsafe(24), sent_at=now, sent_by=by,
    )  # fmt: skip


def _nothing_pays(workspace: Workspace, period: str) -> list[Problem]:
    """A draft tells nobody anything."""
    if inforce.of_period(workspace, workspace.settings.calendar.parse(period)):
        return []
    step = "Have one reviewed, approved by two people and activated: `goldenthread plan review`, `approve`, `activate`."
    return [Problem(f"letters of {period}", "an active plan that pays it", "none", step)]


def sent(workspace: Workspace, period: str = "", person: str = "") -> list[Letter]:
    """The newest edition of every letter sent: of a period, of a person, or all; newest period first."""
    query = select(Letter).order_by(col(Letter.period).desc(), col(Letter.person), col(Letter.edition))
    with session(workspace.engine) as records:
        rows = records.exec(query).all()
    chosen = [each for each in rows if period in ("", each.period) and person in ("", each.person)]
    return list({(each.period, each.person): each for each in chosen}.values())


def status(snapshot: Snapshot, period: str) -> list[Told]:
    """Where the letter of everyone it concerns stands, by person."""
    workspace = snapshot.workspace
    window = workspace.settings.calendar.parse(period)
    held = {each.person: each for each in sent(workspace, period)}
    versions = {name: len(each) for name, each in aim.versions(workspace).items()}
    now = {plan.id: plan.digest() for plan in inforce.of_period(workspace, window)}
    return [
        Told(person, None)
        if (letter := held.get(person)) is None
        else Told(person, letter, is_late(workspace, letter, window), _outdated(letter, versions, now))
        for person in sorted(set(holders(snapshot, period)) | set(held))
    ]


def is_late(workspace: Workspace, letter: Letter, window: Period) -> bool:
    """Whether it was first sent after a quarter of its period; a later edition tells a change, which has its own date."""
    return letter.edition == 1 and rules.late(window, day(workspace, letter.sent_at))


def day(workspace: Workspace, moment: datetime) -> date:
    """The day of a kept moment in the company's time zone; SQLite gives UTC back without saying so."""
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return known.astimezone(workspace.settings.zone).date()


def _outdated(letter: Letter, versions: Mapping[str, int], plans_now: Mapping[str, str]) -> bool:
    terms = json.loads(letter.document)["terms"]
    aims = [each for plan in terms["plans"] for each in plan["aims"] if each["versions"]]
    newer = any(versions.get(each["target"], 0) > each["versions"][-1][0] for each in aims)
    return newer or any(plans_now.get(plan["id"]) != plan["digest"] for plan in terms["plans"])


def never_told(workspace: Workspace, period: str, snapshot: Snapshot | None = None) -> set[str]:
    """The people in a plan that pays the period who were never sent a letter: what a run lists before it is approved."""
    concerned = holders(snapshot or open_snapshot(workspace), period)
    return set(concerned) - {each.person for each in sent(workspace, period)}


def one(workspace: Workspace, person: str, period: str) -> Letter:
    """A person's newest letter of a period; raises Problems where none was sent."""
    found = sent(workspace, period, person)
    if not found:
        raise Problems([Problem("letter", f"a letter to {person}", f"none for {period}", "Send it first.")])
    return found[0]


def opened(workspace: Workspace, letter: Letter, now: datetime) -> Letter:
    """Note that the holder opened it; the first time counts."""
    return _noted(workspace, letter, now)


def acknowledged(snapshot: Snapshot, letter: Letter, by: str, now: datetime, proof: str = "") -> Letter:
    """Note that the holder has read it, and who says so: the holder, or HR with the document that proves it.

    The first time counts. Raises Problems for anybody else, and for HR without a document.
    """
    who = by if by == letter.person else _witness(snapshot, letter, by, proof)
    return _noted(snapshot.workspace, letter, now, who, "" if who == letter.person else proof.strip())


def _witness(snapshot: Snapshot, letter: Letter, by: str, proof: str) -> str:
    who = actors.actor(snapshot, by)
    if who.key == letter.person:
        return who.key
    step = "Name it with --proof, such as the signed copy and its day."
    missing = [] if proof.strip() else [Problem("--proof", "the document that says so", "nothing", step)]
    raise_if([*actors.refuse(who, "acknowledge for a holder"), *missing])
    return who.key


def _noted(workspace: Workspace, letter: Letter, now: datetime, by: str = "", proof: str = "") -> Letter:
    with session(workspace.engine) as records:
        held = records.get(Letter, (letter.person, letter.period, letter.edition))
        assert held is not None  # nothing deletes a letter
        held.opened_at = held.opened_at or now
        if by and held.acknowledged_at is None:
            held.acknowledged_at, held.acknowledged_by, held.proof = now, by, proof
        records.add(held)
    return held
