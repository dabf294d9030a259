"""A million random payout lines, each paid three times: by the engine, by the stand-alone checker, and by a Decimal oracle."""

from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from random import Random
from typing import Any

from kpis.incentives import checker, pool
from kpis.incentives.columns import pattern
from kpis.incentives.evidence import Run, evidence
from kpis.incentives.run import amounts
from tests.prove import oracle, schemes
from tests.prove.run import Progress, Proved

LINES, SHARES, PROCESSES = 1_000_000, 40, 4
PEOPLE = 40
SEED = 2026
Paid = tuple[int, tuple[int, ...]] | None
EXPLAINED = """# A million payout lines

`make prove` makes random plans out of nearly every word of [the plan language](plan-language.md) and random people with figures on and
beside every edge, and pays each line three times: by the engine, by the stand-alone checker that strangers get
([how](check-a-payout.md)), and by a third program of plain decimal arithmetic. The three share no code. Lines of people whom all three
refuse a payout are counted too. Left out are stepped curves whose last step would pay at one single place, and running totals that fall.

| | |
| --- | ---: |
"""


@dataclass
class Tally:
    """What was paid, by kind, and the first cases that disagreed."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[dict[str, object]] = field(default_factory=list)


def prove(scale: float, progress: Progress) -> Proved:
    """Pay `scale` million lines three times, in as many processes as there are shares of 10,000 or more."""
    wanted, tally = max(1, round(LINES * scale)), Tally()
    shares = max(1, min(SHARES, wanted // 10_000))
    if shares == 1:
        tally = share(SEED, wanted)
    else:
        with ProcessPoolExecutor(PROCESSES, mp_context=get_context("forkserver")) as pool_of:
            for each in as_completed([pool_of.submit(share, SEED + at, -(-wanted // shares)) for at in range(shares)]):
                tally.counts.update(each.result().counts)
                tally.wrong += each.result().wrong
                counts = tally.counts
                progress(
                    f"{counts['lines']:,} lines of {counts['plans']:,} plans, {len(tally.wrong)} payouts that differ"
                )
    return Proved(tally.wrong, not tally.wrong, page(tally))


def share(seed: int, wanted: int) -> Tally:
    """One share of the lines, of plans and people of its own."""
    draw, tally = Random(seed), Tally()
    while tally.counts["lines"] < wanted:
        group(draw, tally)
    return tally


def group(draw: Random, tally: Tally) -> None:
    """One random plan for a group of random people; who has no result stands outside a pool."""
    plan, frame = schemes.plan(draw), draw.choice(schemes.FRAMES)
    run = Run(plan, frame, tuple(schemes.person(draw, plan, frame, at) for at in range(PEOPLE)))
    if plan.pool:
        paid = [
            each
            for each, done in zip(run.participants, amounts(replace(run, plan=plan)), strict=True)
            if not done.reason
        ]
        run = pool.settle(replace(run, participants=tuple(paid)), "5eed") if paid else replace(run, participants=())
    content = evidence(run)
    engine: list[Paid] = [None if done.reason else (done.payout, done.lines) for done in amounts(run)]
    tally.counts["plans"] += 1
    tally.counts["payouts"] += len(engine)
    tally.counts["payouts in columns"] += sum(pattern(plan, each, {}) is not None for each in run.participants)
    tally.counts["refused, with a reason"] += engine.count(None)
    three = zip(content["participants"], engine, by_checker(content), oracle.payouts(content), strict=True)
    for person, first, second, third in three:
        tally.counts["lines"] += len(person["segments"]) * len(plan.components)
        tally.counts["payouts of nothing"] += bool(first) and not first[0]
        if not first == second == third:
            told = {"engine": first, "checker": second, "oracle": third, "plan": content["plan"], "person": person}
            tally.wrong.append(told)


def by_checker(content: dict[str, Any]) -> list[Paid]:
    """What the stand-alone checker pays, and its own pool."""
    works: dict[str, checker.Work] = {}
    for person in content["participants"]:
        with suppress(checker.NoResult):
            works[person["person"]] = checker.before_pool(content, person)
    if "pool" in content["plan"] and works:
        for work, share in zip(works.values(), checker.pool(content, list(works.values()))[2], strict=True):
            work.person = {**work.person, "share": str(share)}
    for work in works.values():
        work.settle()
        work.share()
    named = (works.get(person["person"]) for person in content["participants"])
    return [(work.payout, tuple(amount for _, _, amount in work.amounts)) if work else None for work in named]


def page(tally: Tally) -> str:
    """What was paid, as a page."""
    rows = [("payout lines", tally.counts["lines"]), ("random plans", tally.counts["plans"])]
    rows += [(name, tally.counts[name]) for name in ("payouts", "payouts in columns", "payouts of nothing")]
    rows += [
        ("refused, with a reason", tally.counts["refused, with a reason"]),
        ("on which the three differ", len(tally.wrong)),
    ]
    return EXPLAINED + "\n".join(f"| {name} | {count:,} |" for name, count in rows) + "\n"
