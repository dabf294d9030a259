"""Conflict of interest, computed: whose pay hangs on what is decided, and who decides whose pay, through any chain.

Things are named by text: `dataset:x`, `kpi:x`, `target:x`, `pay:plan.component`, `plan:x`, `run:x`, `person:x`. A thing
moves another when deciding on the first changes what the second is worth.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Moves:
    """One thing moves another; `words` say how, to the person it is told to."""

    to: str
    words: str


@dataclass(frozen=True)
class Decided:
    """Somebody decided on a thing: `step` says what they did (approved, closed …), `by` is the decider's key."""

    by: str
    step: str
    thing: str


@dataclass(frozen=True)
class Conflict:
    """Why somebody may not decide: the path in words, from what is decided to their own pay."""

    actor: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(self.path)


@dataclass(frozen=True)
class Interests:
    """What moves what, down to the people it pays, and what was decided before, oldest first."""

    moves: Mapping[str, tuple[Moves, ...]]
    decided: tuple[Decided, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, key: str) -> str:
        """What people call a decider or a person."""
        return self.names.get(key, key)


def reached(moves: Mapping[str, tuple[Moves, ...]], things: Iterable[str]) -> dict[str, tuple[Moves, ...]]:
    """Every thing that the given ones move, with the shortest way to it; breadth first, so ways are short."""
    found: dict[str, tuple[Moves, ...]] = dict.fromkeys(things, ())
    queue = deque(found)
    while queue:
        at = queue.popleft()
        for each in moves.get(at, ()):
            if each.to not in found:
                found[each.to] = (*found[at], each)
                queue.append(each.to)
    return found


def conflict(interests: Interests, actor: str, step: str, things: Iterable[str]) -> Conflict | None:
    """Why the actor may not take the step (a verb: approve) on those things, or None.

    They may not when the things move their own pay, or when somebody whose pay they move decides theirs: directly, or
    through a chain of deciders.
    """
    asked = tuple(things)
    mine = reached(interests.moves, asked)
    if f"person:{actor}" in mine:
        return Conflict(actor, ("You are paid by it:", *_told(mine[f"person:{actor}"])))
    return _chain(interests, actor, step, asked, mine)


def _chain(
    interests: Interests, actor: str, step: str, asked: tuple[str, ...], mine: Mapping[str, tuple[Moves, ...]]
) -> Conflict | None:
    """Follow who decides whose pay from the people this step pays, until it comes back to the actor or ends."""
    by: dict[str, list[Decided]] = {}
    for each in interests.decided:
        by.setdefault(each.by, []).append(each)
    ways = {name.removeprefix("person:"): () for name in mine if name.startswith("person:")}
    told: dict[str, tuple[str, ...]] = {
        person: (f"You {step} {_list(asked)}, which pays {interests.name(person)}.",) for person in ways
    }
    queue, seen = deque(sorted(person for person in ways if person in by)), set(ways)
    while queue:
        at = queue.popleft()
        for decision in by.get(at, ()):
            for name, way in reached(interests.moves, [decision.thing]).items():
                person = name.removeprefix("person:")
                if person == name or person in seen:
                    continue
                seen.add(person)
                words = f"{interests.name(at)} {decision.step} {decision.thing}, which pays"
                told[person] = (
                    *told[at],
                    f"{words} {'you' if person == actor else interests.name(person)}.",
                    *_via(way),
                )
                if person == actor:
                    return Conflict(actor, told[person])
                if person in by:
                    queue.append(person)
    return None


def _via(way: tuple[Moves, ...]) -> tuple[str, ...]:
    return _told(way[:-1]) if len(way) > 1 else ()


def _told(way: tuple[Moves, ...]) -> tuple[str, ...]:
    return tuple(f"{each.words}{'.' if at == len(way) - 1 else ','}" for at, each in enumerate(way))


def _list(things: tuple[str, ...]) -> str:
    return " and ".join(things[:2]) + (" and others" if len(things) > 2 else "")


SHARED = (
    frozenset({"calculated", "approved"}),
    frozenset({"checked", "approved"}),
    frozenset({"decided", "approved"}),
    frozenset({"approved", "closed"}),
    frozenset({"released", "closed"}),
)


def four_eyes(step: str, actor: str, before: Iterable[tuple[str, str]]) -> str:
    """The step that the actor has taken already and that must be another person's; empty where there is none.

    `before` are (step, who) of one run, one round of it.
    """
    for other, who in before:
        if who == actor and frozenset({step, other}) in SHARED:
            return other
    return ""
