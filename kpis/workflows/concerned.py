"""Whom each act on a run concerns: the ledger gets the hash of what it says to everybody, right after the act."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from data_contracts.problems import Problem
from kpis.incentives import acts, ledger
from kpis.incentives.acts import PEOPLE, Context
from kpis.records import vouching
from kpis.records.runs import ClawbackClaim, ClawbackDecision, Dispute, DisputeDecision, RunDecision, RunException
from kpis.records.vouching import plain

CHANGED = "What the act says to each person was changed afterwards."


def enter(records: Session, of: int, run: str, rows: Sequence[SQLModel]) -> None:
    """Add the entry that vouches for everybody's view of an act; none for an act that concerns nobody."""
    known = _known(records, run, rows)
    told = [plain(row) for row in rows]
    known.learn(of, told)
    found = acts.vouched(run, of, told, known)
    if found:
        vouching.append(records, vouching.newest(records), found)


def _known(records: Session, run: str, rows: Sequence[SQLModel]) -> Context:
    """Whom the earlier rows name that these rows speak of."""
    known = Context()
    asked = {each.number for each in rows if isinstance(each, RunDecision)}
    query = select(RunException).where(RunException.run == run, col(RunException.number).in_(asked))
    for exception in records.exec(query).all() if asked else ():
        known.learn(exception.entry, [plain(exception)])
    ends = {each.dispute for each in rows if isinstance(each, DisputeDecision)}
    ends |= {each.clawback for each in rows if isinstance(each, ClawbackDecision)}
    for number in ends:
        known.whose |= {
            str(number): each.person
            for each in (records.get(Dispute, number), records.get(ClawbackClaim, number))
            if each
        }
    return known


def catch_up(
    records: Session, chained: Sequence[ledger.Entry], decided: Sequence[Mapping[str, Any]], since: int
) -> None:
    """Vouch for what the acts of a run said, where no entry after `since` does; `decided` are their rows with their entries."""
    runs = {each.position: str(each.payload.get("run", "")) for each in chained}
    told = [each.payload for each in chained if each.position > since and each.payload.get("kind") == PEOPLE]
    done = {each["of"] for each in told if "of" in each}
    for at, rows, known in acts.in_order(decided):
        found = None if at in done else acts.vouched(runs[at], at, rows, known)
        if found:
            vouching.append(records, vouching.newest(records), found)


def changed(found: Mapping[int | None, Sequence[Any]], chain: Sequence[ledger.Entry]) -> list[Problem]:
    """Every act whose rows, by entry, do not give the hash of everybody's view that the ledger holds."""
    held = {
        each.payload["of"]: each.payload
        for each in chain
        if each.payload.get("kind") == PEOPLE and "of" in each.payload
    }
    known, wrong = Context(), []
    for at in sorted(each for each in found if each is not None):
        told = [plain(row) for row in found[at]]
        known.learn(at, told)
        if at in held:
            run = held[at]["run"]
            try:
                again = acts.vouched(run, at, told, known)
            except (LookupError, ValueError, TypeError):
                again = None
            if again != held.pop(at):
                wrong.append(at)
    return [
        Problem(f"ledger, entry {at}, what it says to everybody", "what the ledger holds", "another", CHANGED)
        for at in sorted([*wrong, *held])
    ]
