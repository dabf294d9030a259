"""Patterns of gaming: how often each is found where it was planted, and how often it is told of honest quarters."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kpis.incentives import gaming
from kpis.incentives.gaming import Counted, Signal
from tests.prove.run import Progress, Proved

WORLDS, WEEKS, SLICES = 4_000, 13, 56
ANSWERS = (30, 100, 400)  # a week
ALARMS = 0.004  # most an honest quarter may be told of, of one pattern
World = Callable[[np.random.Generator, int, float], Signal | None]
NPS = np.array([4, 1, 2, 2, 2, 5, 6, 12, 20, 20, 26]) / 100  # answers 0 to 10


@dataclass(frozen=True)
class Told:
    """One pattern, planted so strongly (0: honest), with so many answers a week: how often it was told."""

    pattern: str
    planted: str
    answers: int
    honest: bool
    share: float


def weeks(rng: np.random.Generator, n: int, share: float) -> list[Counted]:
    """Twelve weeks and the quarter's last three days; the true share drifts by a point a week."""
    drift = np.cumsum(rng.normal(0, 0.01, WEEKS)) * 0.5
    sizes = rng.poisson([n] * (WEEKS - 1) + [max(1, n * 3 // 7)])
    true = np.clip(share + drift, 0.01, 0.99)
    days = [7] * (WEEKS - 1) + [3]
    return [
        Counted(float(rng.binomial(size, p)), float(size), day) for size, p, day in zip(sizes, true, days, strict=True)
    ]


def burst(rng: np.random.Generator, n: int, planted: float) -> Signal | None:
    """In the last days a part of the failures are written down as successes."""
    parts = weeks(rng, n, 0.75)
    last = parts[-1]
    turned = rng.binomial(int(last.n - last.ones), planted)
    return gaming.burst_at_the_end(
        [*parts[:-1], Counted(last.ones + turned, last.n, last.days)], "higher", "the last days"
    )


def more(rng: np.random.Generator, n: int, planted: float) -> Signal | None:
    """In the last days so many times more is closed; honest weeks differ by a tenth."""
    usual = [Counted(0.0, float(rng.poisson(n * rng.gamma(100, 0.01))), 7) for _ in range(WEEKS - 1)]
    return gaming.more_at_the_end(
        [*usual, Counted(0.0, float(rng.poisson(n * 3 / 7 * (1 + planted))), 3)], "the last days"
    )


def reopened(rng: np.random.Generator, n: int, planted: float) -> Signal | None:
    """A part of what is closed in the last days is not solved, and opened again."""
    parts = weeks(rng, n, 0.06)
    last = parts[-1]
    again = rng.binomial(int(last.n - last.ones), planted)
    return gaming.reopened([*parts[:-1], Counted(last.ones + again, last.n, last.days)], "the last days")


def left_out(rng: np.random.Generator, n: int, planted: float) -> Signal | None:
    """A part of the customers of one department is not asked; elsewhere nine of ten are, give or take a point."""
    whole, here = n * WEEKS * 4, n * WEEKS
    asked = rng.binomial(here, np.clip(0.9 + rng.normal(0, 0.01), 0, 1) * (1 - planted))
    return gaming.left_out(Counted(float(asked), here), Counted(float(rng.binomial(whole, 0.9)), whole))


def silence(rng: np.random.Generator, n: int, planted: float) -> Signal | None:
    """In some weeks more, in others less, unhappy customers are kept from answering; both rates drift by themselves."""
    both, rate_drift, score_drift = [], 0.0, 0.0
    for _ in range(SLICES):
        rate_drift, score_drift = 0.9 * rate_drift + rng.normal(0, 0.01), 0.9 * score_drift + rng.normal(0, 0.005)
        rate = np.clip(0.35 + rate_drift + rng.normal(0, 0.03), 0.05, 0.9)
        asked = rng.poisson(n / 0.35)
        happy = rng.binomial(asked, np.clip(0.75 + score_drift, 0, 1))
        answers = (rng.binomial(happy, rate), rng.binomial(asked - happy, rate * (1 - planted * rng.random())))
        if sum(answers) >= gaming.LEAST:
            both.append((sum(answers) / asked, answers[0] / sum(answers)))
    return gaming.silence_for_score(both)


def heap(rng: np.random.Generator, n: int, planted: float) -> Signal | None:
    """A part of the sevens and eights of one department are written down as nines; departments differ in level."""
    elsewhere = rng.multinomial(n * WEEKS * 4, NPS)
    tilt = NPS * np.exp(rng.normal(0, 0.03) * np.arange(11))
    here = rng.multinomial(n * WEEKS, tilt / tilt.sum())
    for value in (7, 8):
        turned = rng.binomial(here[value], planted)
        here[value], here[9] = here[value] - turned, here[9] + turned
    counts = [{at: float(each) for at, each in enumerate(found)} for found in (here, elsewhere)]
    return gaming.heaping(counts[0], 9, "exactly 9", counts[1])


PATTERNS: tuple[tuple[str, World, str, tuple[float, ...]], ...] = (
    ("period-end burst: better", burst, "{:.0%} of the last days' failures turned", (0.5, 0.8)),
    ("period-end burst: more", more, "{:.0f} times as many on top", (1.0, 2.0)),
    ("closed and reopened", reopened, "{:.0%} of what the last days closed", (0.15, 0.4)),
    ("who is surveyed", left_out, "{:.0%} of the customers not asked", (0.15, 0.3)),
    ("response against score", silence, "up to {:.0%} of the unhappy kept silent", (0.5, 0.9)),
    ("heaping", heap, "{:.0%} of the 7 and 8 written as 9", (0.25, 0.5)),
)


def prove(scale: float, progress: Progress) -> Proved:
    """Every pattern, planted and not."""
    worlds, rows = max(100, round(WORLDS * scale)), []
    for at, (name, world, words, strengths) in enumerate(PATTERNS):
        progress(name)
        for n in ANSWERS:
            for planted in (0.0, *strengths):
                rng = np.random.default_rng([at, n, int(100 * planted)])
                found = float(np.mean([world(rng, n, planted) is not None for _ in range(worlds)]))
                rows.append(Told(name, words.format(planted) if planted else "nothing", n, not planted, found))
    slack = 3.3 * (ALARMS / worlds) ** 0.5
    most = {name: max(each.share for each in rows if each.pattern == name) for name, *_ in PATTERNS}
    passed = all(each.share <= ALARMS + slack for each in rows if each.honest) and all(
        each >= 0.5 for each in most.values()
    )
    return Proved([vars(each) for each in rows], passed, page(rows, worlds))


def page(rows: list[Told], worlds: int) -> str:
    """What was found, in Markdown."""
    keys = list(dict.fromkeys((each.pattern, each.planted) for each in rows))
    found = {(each.pattern, each.planted, each.answers): each.share for each in rows}
    table = "\n".join(
        f"| {pattern} | {planted} | {' | '.join(f'{found[pattern, planted, n]:.1%}' for n in ANSWERS)} |"
        for pattern, planted in keys
    )
    return f"""# Patterns of gaming, checked

`make prove ARGS=gaming` draws quarters of one department, honest ones and ones in which a pattern was planted, {worlds:,} of each, and
writes how often it was told. A line of *nothing* is the false alarms: honest quarters whose payouts wait for a look.

| pattern | planted | {ANSWERS[0]} answers a week | {ANSWERS[1]} | {ANSWERS[2]} |
| --- | --- | ---: | ---: | ---: |
{table}

Honest quarters drift, departments differ in level, and weeks differ in size. Few answers hide much: a pattern that is not told is no proof
of honesty. Response against score looks at the changes of a year, for a quarter holds too few weeks to tell anything; the others look at
the quarter. Heaping is held against the other departments, so a company of one department is told only of heaps twice as high as both
values beside them.
"""
