"""What chance does to a payout: true rates drawn from what is known of them, answers drawn anew, the whole plan applied.

The rate behind a figure is drawn from its shrunken posterior (shrinkage.py), answers at the figure's effective n; one
draw serves everyone who holds the same figure. The range is the middle 95% of the payouts, as skewed as it is, and by
construction never outside what the plan can pay.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kpis.incentives.blocks import names_of
from kpis.incentives.nested import Inside, in_order, scores
from kpis.incentives.paid import Frame, Participant
from kpis.incentives.plan import Plan
from kpis.incentives.resample import SEED, Floats, Series, Terms
from kpis.incentives.simulate import simulate

DRAWS, DOTS, LEVEL = 2_000, 20, 0.95
MILLION = 1_000_000
OURS = "ours"


@dataclass(frozen=True)
class Belief:
    """What is known of the true value behind a figure, in the display unit.

    mean and sd are the posterior's; spread is the variance of one answer, effective_n the answers of a period in
    independent ones, n those credited (what a plan's minimum asks for). least and most bound the scale, infinite where
    it has no end. inside: whose answers it counts, so that it is drawn with the figures that count them too. common: the
    part of the next figure's variance that everybody of its level shares, for what they borrow from the level's mean.
    """

    kind: str
    mean: float
    sd: float
    effective_n: float
    spread: float
    least: float
    most: float
    n: float = 0.0
    show: int = 0
    inside: Inside | None = None
    common: float = 0.0


@dataclass(frozen=True)
class Range:
    """A payout in minor units and what chance alone does to it: the middle 95%, and 20 payouts that are equally likely."""

    low: int
    high: int
    dots: tuple[int, ...]
    draws: int
    seed: int
    by: str


def true_values(belief: Belief, rng: np.random.Generator, size: int | tuple[int, ...]) -> Floats:
    """True values drawn from the posterior: a beta on a scale with two ends, a gamma above zero, else a normal."""
    mean, sd, least, most = belief.mean, belief.sd, belief.least, belief.most
    if not sd > 0:
        return np.full(size, mean)
    if np.isfinite(least) and np.isfinite(most):
        width = most - least
        at = min(max((mean - least) / width, 1e-6), 1 - 1e-6)
        strength = max(at * (1 - at) * (width / sd) ** 2 - 1, 1e-3)
        return least + width * rng.beta(at * strength, (1 - at) * strength, size)
    if least == 0 and mean > 0:
        return rng.gamma((mean / sd) ** 2, sd**2 / mean, size)
    return rng.normal(mean, sd, size)


def answered(belief: Belief, true: Floats, rng: np.random.Generator, n: float | None = None) -> Floats:
    """Figures of n answers each (default: the effective n) given their true values; binomial, Poisson, else normal."""
    size = max(1, round(belief.effective_n if n is None else n))
    if belief.kind == "share":
        return rng.binomial(size, np.clip(true / belief.most, 0, 1)) * belief.most / size
    if belief.kind == "rate":
        return rng.poisson(np.maximum(true, 0) * size) / size
    return np.clip(rng.normal(true, np.sqrt(belief.spread / size)), belief.least, belief.most)


def figures(beliefs: Mapping[str, Belief], rng: np.random.Generator, draws: int) -> dict[str, Series]:
    """Each figure drawn so often, as a history of that many periods for `simulate(each=True)`; by name, in its order.

    Figures that count the same answers, and those of KPIs that the same customers answered, are drawn together (nested.py).
    """
    found, order = {}, _together(beliefs, rng.spawn(1)[0], draws)
    for name in sorted(beliefs):
        belief = beliefs[name]
        values = answered(belief, true_values(belief, rng, draws), rng)
        values = in_order(values, order[name]) if name in order else values
        n, whole = (np.broadcast_to(np.asarray(each), (draws, 1)) for each in (belief.n, MILLION))
        top = np.rint(values * MILLION).astype(np.int64)[:, None]
        found[name] = Series(top, whole, n, 1, belief.show)
    return found


def _together(beliefs: Mapping[str, Belief], rng: np.random.Generator, draws: int) -> dict[str, Floats]:
    """The scores of all figures that move with others: of a KPI that has several, or whose clusters are known."""
    inside = {name: each.inside for name, each in sorted(beliefs.items()) if each.inside is not None}
    many = Counter(name.partition("@")[0] for name in inside)
    held = {name: each for name, each in inside.items() if each.groups or many[name.partition("@")[0]] > 1}
    return scores(held, rng, draws, {name: beliefs[name].common for name in held})


def payouts(
    plan: Plan, frame: Frame, people: Sequence[Participant], beliefs: Mapping[str, Belief], seed: int = SEED,
    draws: int = DRAWS, others: Sequence[Participant] = (),
) -> tuple[Floats, str]:  # fmt: skip
    """What all people together are paid in each draw, minor units, and what computed it; empty where nothing is known.

    others: who shares a pool with them, and is drawn too.
    """
    everyone = [_of(each, OURS) for each in people] + [_of(each, "others") for each in others]
    read = {name for each in everyone for name in names_of(plan, each)}
    known = {name: each for name, each in beliefs.items() if name in read}
    if not known:
        return np.zeros(0), ""
    drawn = figures(known, np.random.default_rng(seed), draws)
    found = simulate(plan, frame, everyone, drawn, Terms(1, draws, seed), each=True)
    whole = found.people == len(everyone) and not found.left_out and found.unpaid == 0
    return (np.rint(found.units[OURS]), found.by) if whole else (np.zeros(0), found.by)


def _of(each: Participant, unit: str) -> Participant:
    """The participant in another department, which decides no pay once figures are read."""
    return replace(each, segments=tuple(replace(segment, department=unit) for segment in each.segments))


def chance_range(
    plan: Plan, frame: Frame, people: Sequence[Participant], beliefs: Mapping[str, Belief], seed: int = SEED,
    draws: int = DRAWS, others: Sequence[Participant] = (),
) -> Range | None:  # fmt: skip
    """The chance range of one person's payout, or of several people's together; None where a figure is not known of.

    others: who shares a pool with them, for what it pays each hangs on everybody. A sum is drawn exactly and rounded once, but
    paid person by person: half a minor unit for each is added at both ends.
    """
    found, by = payouts(plan, frame, people, beliefs, seed, draws, others)
    if not len(found):
        return None
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="inverted_cdf")
    dots = np.quantile(found, (np.arange(DOTS) + 0.5) / DOTS, method="inverted_cdf")
    rounding = len(people) // 2
    least = max(int(low) - rounding, min(int(low), 0))
    return Range(least, int(high) + rounding, tuple(int(each) for each in dots), len(found), seed, by)
