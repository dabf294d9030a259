"""A run's pool: what funds all payouts together, the exact factor it gives, and whole shares by the largest remainder."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import sha256
from hmac import digest
from math import floor

from kpis.exact import largest_remainder, round_half_away
from kpis.incentives.curves import NoResultError, attainment, pays
from kpis.incentives.earned import reading
from kpis.incentives.paid import Participant, Pooled, Run, paid
from kpis.incentives.plan import Plan
from kpis.incentives.reckon import reckon


@dataclass(frozen=True)
class Claim:
    """One person's payout before the pool and their opportunity, exact minor units."""

    person: str
    before: Fraction
    opportunity: Fraction


def settle(run: Run, key: str) -> Run:
    """The run with its pool settled: the same participants with their shares, in a frame that holds the pool.

    `key` (hex) orders equal remainders; it is kept in the evidence. Without a pool the run is returned as it is. Raises
    NoResultError where a participant has no result: take those out first.
    """
    if run.plan.pool is None:
        return run
    frame = replace(run.frame, pool=None)
    works = [reckon(run.plan, each, frame) for each in run.participants]
    claims = [Claim(work.person, work.before_pool, work.opportunity) for work in works]
    return settled(run, claims, key)


def key(plan: Plan, period: str) -> str:
    """The key of a plan's pool for a period: the same for the same plan, so that the same evidence is the same run."""
    return sha256(f"{plan.digest()} {period}".encode()).hexdigest()


def settled(run: Run, claims: Sequence[Claim], key: str) -> Run:
    """The run with the pool that everyone's claims make, given in the order of its participants."""
    funds = funding(run.plan, run.participants, sum((each.opportunity for each in claims), Fraction(0)))
    whole = sum((each.before for each in claims), Fraction(0))
    assert run.plan.pool is not None
    total = funds if run.plan.pool.scaling == "to_pool" else min(funds, round_half_away(whole))
    pool = Pooled(total if whole else 0, whole, key)
    ties = [digest(bytes.fromhex(key), each.person.encode(), sha256) for each in claims]
    shares = largest_remainder(pool.total, [each.before for each in claims], ties)
    people = tuple(replace(each, share=share) for each, share in zip(run.participants, shares, strict=True))
    return replace(run, frame=replace(run.frame, pool=pool), participants=people)


def funding(plan: Plan, people: Sequence[Participant], opportunity: Fraction) -> int:
    """What the pool holds, in whole minor units, given everyone's opportunity; raises NoResultError without its figure."""
    pool = plan.pool
    assert pool is not None
    if pool.amount is not None:
        return floor(pool.amount * Fraction(10**plan.minor_units))
    percent = pool.percent if pool.percent is not None else _percent(plan, people)
    return floor(percent * opportunity / 100)


def _percent(plan: Plan, people: Sequence[Participant]) -> Fraction:
    """What the pool's curve pays on its figure, which is one figure for everyone."""
    figure = plan.pool.figure if plan.pool else None
    assert figure is not None
    found = {reading(each.readings, figure.id) for each in people}
    if len(found) > 1:
        raise NoResultError(f"{figure.name}: one figure funds the pool, but participants read different ones")
    for each in found:
        return pays(figure.curve, attainment(figure.curve, paid(plan, figure, each).figure, each.target))
    return Fraction(0)
