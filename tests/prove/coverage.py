"""How often a 95% interval holds the truth, for every method the program uses, and how it is written down."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy import special

from kpis.differences import Difference
from tests.prove import power
from tests.prove.methods import SIZES, Method, World, answers, totals
from tests.prove.pairs import differences
from tests.prove.run import Progress, Proved

DRAWS, CHUNK = 10_000, 2_000
LOW, HIGH, LEVEL = 0.94, 0.97, 0.95
HEAD = """# Coverage: how often a 95% interval holds the truth

Samples are drawn from worlds whose truth is known, each goes through the program's own functions, and it is counted how
often the interval holds the truth. An end that cannot close ("at least") holds everything on its side. Every number here
is out of {draws:,} draws; `make prove` draws them again.

**The rule.** Approximate methods hold the truth between 94% and 97% of the time on average over their worlds and sizes:
single worlds lie around that, because counts are whole numbers. Exact methods (Poisson, order statistics) are never below
95%, beyond the error of the simulation itself: {error:.1f} points either way for one number, and up to {least:.1f} for the lowest of
twenty. Rows for comparison are held to no rule.

{verdict}

| Method | Rule | n = 10 | 30 | 100 | 1,000 | Average | Lowest | False alarms | |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |
"""
NOTES = """
False alarms: how often two samples of one world are told apart at p < 0.05; 5% is what chance alone should give. Exact
and small-sample tests give less.

What the numbers teach:

- Ten answers are few. A mean of very uneven values (ratings nearly all at the top, waits with a long tail) is held less
  often than told until about a hundred answers: the tail has not been seen yet. A median or a share within a limit does
  better, and is what a KPI of waits should be.
- Answers of the same customers taken as independent hold the truth far less often than told, however many there are. That
  is what the 20 groups of the replicates cube are for. Where fewer than 10 groups hold answers the design effect is
  borrowed, as the program does.
- Weights that vary much (a design effect of 1.9) make the variance itself a guess. Shares and NPS rest on the smaller of
  their effective n and Kish's, means on fewer degrees of freedom; differences take their p-value from their interval.
- What is left of what customers pay is surer than two independent totals would be: a big payer raises both. Segments and
  people borrow that from the company's 20 groups, with Student's t, since 20 groups know a variance within a third. The
  interval is even then: with the uneven arms of independent totals two alike groups of ten held 99.9% of the time.
- Durations lie in buckets 4% wide and an interval ends at the far edge of one: with many answers it holds more than told.
- Two groups of rare events can hardly be told apart: differences of shares, NPS and rates near their ends are cautious.
  Weighted and clustered shares are therefore compared from 5% to 95%.
- The exact methods are also held to 95% by their own arithmetic, without drawing, in tests/kpis/test_intervals.py.

Who published them: Wilson score: Wilson 1927. Adjusted Wald: Agresti and Coull 1998 for shares, Rocks 2016 for NPS. Student's
t: Student 1908; Welch 1947 for two means. Exact Poisson: Garwood 1936. Score of two counts: Przyborowski and Wilenski 1940.
Fieller 1954. Order statistics: Conover 1999, at an effective n Woodruff 1952, resampled Maritz and Jarrett 1978. Kaplan and
Meier 1958 with the log-log ends of Brookmeyer and Crowley 1982. Differences of shares: Newcombe 1998; square and add: Zou and
Donner 2008. 20 groups: Kott 2001, with their effective n Korn and Graubard 1998. Design effects and effective n: Kish 1965.
Groups held against the rest: Holm 1979. `figures --json` and `compare --json` name them beside each figure, as `source`.
"""


@dataclass(frozen=True)
class Held:
    """One number of the page: how many draws of a world of n held the truth, stayed open, or raised a false alarm."""

    method: str
    world: str
    n: int
    draws: int
    held: int
    open: int
    alarms: int | None

    @property
    def share(self) -> float:
        return self.held / self.draws


def methods() -> list[Method]:
    """All of them, in the order of the page."""
    return [*answers(), *totals(), *differences()]


def prove(scale: float, progress: Progress) -> Proved:
    """Every method in every world."""
    draws, found, lines, passed = max(round(DRAWS * scale), 20), [], [], True
    for at, method in enumerate(methods()):
        numbers = [
            counted(method.name, name, world, n, draws, np.random.default_rng([at, k, n]))
            for k, (name, world) in enumerate(method.worlds.items())
            for n in method.sizes
        ]
        fine = kept(method, numbers)
        lines.append(summary(method, numbers, fine))
        found += numbers
        passed &= fine
        progress(" · ".join(part.strip() for part in lines[-1].strip("| ").split("|") if part.strip()))
    seen = power.seen(draws)
    passed &= power.kept(seen, draws)
    return Proved([asdict(each) for each in found], passed, page(draws, lines, found, seen, passed))


def counted(method: str, name: str, world: World, n: int, draws: int, rng: np.random.Generator) -> Held:
    """One world, drawn in pieces that fit in memory."""
    held = left_open = alarms = 0
    tells = False
    for piece in pieces(draws):
        found, truth = world(rng, piece, n)
        near = 1e-9 * np.abs(truth)
        held += int((~(found.low > truth + near) & ~(found.high < truth - near)).sum())
        left_open += int((np.isnan(found.low) | np.isnan(found.high)).sum())
        if isinstance(found, Difference):
            tells = True
            alarms += int((found.p < 1 - LEVEL).sum())
    return Held(method, name, n, draws, held, left_open, alarms if tells else None)


def pieces(draws: int) -> Iterator[int]:
    for start in range(0, draws, CHUNK):
        yield min(CHUNK, draws - start)


def kept(method: Method, numbers: Sequence[Held]) -> bool:
    """Whether a method keeps its rule, given how far so many draws stray by luck (one time in a thousand)."""
    each = np.array([number.share for number in numbers])
    error = np.sqrt(LEVEL * (1 - LEVEL) / numbers[0].draws)
    if method.rule == "exact":
        return bool(each.min() >= LEVEL + special.ndtri(0.001 / len(each)) * error)
    slack = 3.3 * error / np.sqrt(len(each))
    return method.rule == "for comparison" or bool(LOW - slack <= each.mean() <= HIGH + slack)


def summary(method: Method, numbers: Sequence[Held], fine: bool) -> str:
    each = [number.share for number in numbers]
    by_size = {n: np.mean([number.share for number in numbers if number.n == n]) for n in method.sizes}
    sizes = " | ".join(f"{by_size[n]:.1%}" if n in by_size else "" for n in SIZES)
    told = [number.alarms / number.draws for number in numbers if number.alarms is not None]
    alarms = f"{np.mean(told):.1%}" if told else ""
    verdict = "" if method.rule == "for comparison" else "holds" if fine else "**misses**"
    shares = f"{sizes} | {np.mean(each):.1%} | {min(each):.1%}"
    return f"| {method.name} | {method.rule} | {shares} | {alarms} | {verdict} |"


def page(draws: int, lines: Sequence[str], found: Sequence[Held], seen: Sequence[power.Seen], passed: bool) -> str:
    """The page in Markdown: the rule, one line a method, what they teach, then every number."""
    verdict = "Every method keeps its rule." if passed else "**Not every method keeps its rule.**"
    error = 100 * np.sqrt(LEVEL * (1 - LEVEL) / draws)
    told = {"error": 1.96 * error, "least": -special.ndtri(0.001 / 20) * error}
    parts = [HEAD.format(draws=draws, verdict=verdict, **told) + "\n".join(lines), NOTES, power.table(seen)]
    parts += [
        "## Every number\n\nPercent of draws whose interval holds the truth; in brackets how many have an open end."
    ]
    return "\n".join(parts + [grid([one for one in found if one.method == name]) for name in in_order(found)])


def in_order(found: Sequence[Held]) -> list[str]:
    return list(dict.fromkeys(number.method for number in found))


def grid(numbers: Sequence[Held]) -> str:
    """One method: a row for each n, a column for each world."""
    names = list(dict.fromkeys(number.world for number in numbers))
    cells = {(number.n, number.world): cell(number) for number in numbers}
    rows = [[str(n), *(cells[n, name] for name in names)] for n in dict.fromkeys(number.n for number in numbers)]
    head = f"\n### {numbers[0].method}\n\n| n | {' | '.join(names)} |\n| ---: |{' ---: |' * len(names)}\n"
    return head + "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def cell(number: Held) -> str:
    share = number.open / number.draws
    return f"{100 * number.share:.1f}" + (f" ({share:.0%} open)" if share >= 0.005 else "")
