"""A payout run: everyone's amounts by the columnar engine, or row by row where columns do not fit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kpis.incentives.columns import Memo, Pattern, columns, pattern
from kpis.incentives.curves import NoResultError
from kpis.incentives.engine import pay
from kpis.incentives.evidence import Run
from kpis.incentives.paid import Participant
from kpis.incentives.pool import Claim, key, settled
from kpis.incentives.reckon import reckon


@dataclass(frozen=True)
class Amounts:
    """A person's payout and its lines, segment by segment in plan order, then kickers and draw, in minor units.

    Or the reason there is none.
    """

    person: str
    payout: int
    lines: tuple[int, ...]
    reason: str = ""


def amounts(run: Run) -> tuple[Amounts, ...]:
    """Everyone's amounts, in the order of the run; equal to `reckon` for each.

    A pool that is not settled yet is settled among those who have a result; where its own figure is missing, nobody has one.
    """
    found = _amounts(run)
    if run.plan.pool is None or run.frame.pool is not None:
        return found
    try:
        shared = iter(_amounts(_pooled(run, found)))
    except NoResultError as none:
        return tuple(each if each.reason else Amounts(each.person, 0, (), str(none)) for each in found)
    return tuple(each if each.reason else next(shared) for each in found)


def pooled(run: Run) -> Run:
    """The run of those who have a result, their pool settled; the same run without a pool. Raises NoResultError without its figure."""
    return run if run.plan.pool is None else _pooled(run, _amounts(run))


def _pooled(run: Run, before: Sequence[Amounts]) -> Run:
    held = (each for each, found in zip(run.participants, before, strict=True) if not found.reason)
    return settle(replace(run, participants=tuple(held)), key(run.plan, run.frame.period))


def _amounts(run: Run) -> tuple[Amounts, ...]:
    found: dict[int, Amounts] = {}
    memo: Memo = {}
    for rows, stands in _alike(run, memo):
        found |= _columnar(run, rows, stands, memo)
    return tuple(found.get(at) or _row(run, at) for at in range(len(run.participants)))


def settle(run: Run, ties: str) -> Run:
    """The run with its pool settled, by columns where they fit; equal to `pool.settle`, whose key is `ties`; raises as it does."""
    if run.plan.pool is None:
        return run
    before = replace(run, frame=replace(run.frame, pool=None), participants=tuple(map(_unshared, run.participants)))
    found: dict[int, Claim] = {}
    memo: Memo = {}
    for rows, stands in _alike(before, memo):
        people = [before.participants[at] for at in rows]
        done = pay(run.plan, before.frame, columns(run.plan, people, stands, memo))
        claims = zip(rows, people, done.exact(), done.opportunities(), done.inputs.refused, strict=True)
        found |= {at: Claim(each.person, exact, whole) for at, each, exact, whole, refused in claims if not refused}
    for at, each in enumerate(before.participants):
        if at not in found:
            work = reckon(run.plan, each, before.frame)
            found[at] = Claim(work.person, work.before_pool, work.opportunity)
    return settled(run, [found[at] for at in range(len(run.participants))], ties)


def _unshared(each: Participant) -> Participant:
    return each if each.share is None else replace(each, share=None)


def _alike(run: Run, memo: Memo) -> Iterable[tuple[list[int], Pattern]]:
    """The rows of people who fit the same columns, and what stands for each of their components."""
    alike: dict[tuple[int, Pattern], list[int]] = {}
    for at, each in enumerate(run.participants):
        stands = pattern(run.plan, each, memo)
        if stands is not None:
            alike.setdefault((len(each.segments), stands), []).append(at)
    return [(rows, stands) for (_, stands), rows in alike.items()]


def _columnar(run: Run, rows: Sequence[int], stands: Pattern, memo: Memo) -> dict[int, Amounts]:
    people = [run.participants[at] for at in rows]
    done = pay(run.plan, run.frame, columns(run.plan, people, stands, memo))
    lines = list(zip(*(map(int, line) for line in done.lines), strict=True))
    return {
        at: Amounts(people[row].person, int(done.payout[row]), lines[row])
        for row, at in enumerate(rows)
        if not done.inputs.refused[row]
    }


def _row(run: Run, at: int) -> Amounts:
    person = run.participants[at]
    try:
        work = reckon(run.plan, person, run.frame)
    except NoResultError as none:
        return Amounts(person.person, 0, (), str(none))
    return Amounts(person.person, work.payout, tuple(amount for _, _, amount in work.amounts))
