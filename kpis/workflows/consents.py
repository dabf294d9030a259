"""Whose word makes a target harder: its holder's own, or an agreement's where more than one person is paid on it."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from data_contracts.problems import Problem, Problems, raise_if
from kpis.targets import Target, scope
from kpis.workflows import actors, agreements
from kpis.workspace import Snapshot

if TYPE_CHECKING:
    from kpis.workflows.aim import Consent

GIVEN_BY = "consent, given_by"


def giver(snapshot: Snapshot, held: "Consent | None", worse: Sequence[Target], by: str, today: date) -> str:
    """The key of who gives a consent: a person's surrogate, or `agreement:<number>`.

    `by` is the key of who makes the targets harder, who cannot also accept that. Raises Problems where the consent is
    not whole, or its giver cannot speak for everybody it concerns.
    """
    raise_if(_unsaid(held, today))
    assert held is not None  # looked at
    named = held.given_by.strip()
    if named.startswith("agreement:"):
        raise_if(agreements.on_terms(snapshot.workspace, named, GIVEN_BY))
        return named
    who = actors.actor(snapshot, named, GIVEN_BY)
    raise_if(problem for each in worse for problem in _speaks(who, each, by))
    return who.key


def _speaks(who: actors.Actor, each: Target, by: str) -> list[Problem]:
    """A person speaks for themself alone; what several are held to needs an agreement."""
    whose, place = scope(each.scope), f"{GIVEN_BY}, target {each.id}"
    if whose.kind != "person":
        step = "Several people are held to it: record what was agreed, and name it as agreement:<number>."
        return [Problem(place, "a recorded agreement", who.name, step)]
    if whose.members[0] != who.key or who.key == by:
        return [Problem(place, "the holder, who did not make it harder", who.name, "Ask the holder.")]
    return []


def _unsaid(held: "Consent | None", today: date) -> list[Problem]:
    step = "Name who consented, when, and the document that says so."
    if held is None:
        return [Problem("consent", "a consent", "none", step)]
    texts = (("given_by", held.given_by), ("document", held.document))
    missing = [Problem(f"consent, {name}", "a text", "nothing", step) for name, text in texts if not text.strip()]
    late = Problem("consent, given_on", f"a day up to {today}", str(held.given_on), step)
    return missing + ([late] if held.given_on > today else [])


def collected(
    snapshot: Snapshot, held: "Consent", worse: Sequence[Target], by: str, today: date
) -> tuple[str, list[Problem]]:
    """The giver as `giver` names them, or what is wrong as a list, for those who tell all problems at once."""
    try:
        return giver(snapshot, held, worse, by, today), []
    except Problems as problems:
        return held.given_by, list(problems.problems)
