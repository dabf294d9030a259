"""What another version of a plan would have done: the cost and each group's pay, under both versions over the same periods."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kpis.incentives.backtest import LEAST, Backtest, Would

EVERYONE = "everyone"


@dataclass(frozen=True)
class Effect:
    """One group over the periods both versions know: people, and what both would have paid them in minor units.

    before and after are None for a group of fewer than ten people, and for the one whose complement that would be.
    """

    group: str
    people: int
    before: int | None
    after: int | None


def effects(before: Backtest, after: Backtest, groups: Sequence[str]) -> tuple[Effect, ...]:
    """Everyone first, then each group; only periods that both backtests cover count."""
    shared = frozenset(before.periods) & frozenset(after.periods)
    whole = Effect(EVERYONE, _people(before, after, shared, None), _cost(before, shared), _cost(after, shared))
    return (whole, *(_of_group(before, after, shared, name, whole.people) for name in groups))


def _of_group(before: Backtest, after: Backtest, shared: frozenset[str], name: str, everyone: int) -> Effect:
    people = _people(before, after, shared, name)
    if min(people, everyone - people) < LEAST:
        return Effect(name, people, None, None)
    return Effect(name, people, _cost(before, shared, name), _cost(after, shared, name))


def _rows(found: Backtest, shared: frozenset[str], name: str | None) -> Iterator[Would]:
    return (each for each in found.would if each.period in shared and (name is None or name in each.marks))


def _people(before: Backtest, after: Backtest, shared: frozenset[str], name: str | None) -> int:
    return len({each.person for found in (before, after) for each in _rows(found, shared, name)})


def _cost(found: Backtest, shared: frozenset[str], name: str | None = None) -> int:
    return sum(each.payout for each in _rows(found, shared, name))
