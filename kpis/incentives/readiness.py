"""Can we pay on this? What a figure needs before it pays, what noise does to pay meanwhile, and what mends it.

Noise costs people with few answers money at equal quality, because curves jump and bend: 84 answers are paid 91.5% where
168 get 94.5% and no noise would pay 100% (a share at its target of 74%, four points above the threshold).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, inf, sqrt

import numpy as np
from scipy import special

from data_contracts.problems import Problem
from kpis.incentives.chance import Belief
from kpis.incentives.luck import percent
from kpis.incentives.noise import Asked, expected_pay, needed, outcomes
from kpis.incentives.resample import Floats

GAP, MONITORED = 2.0, 2
LONGER = {"month": (3, 6, 12), "quarter": (2, 4), "half": (2,), "year": ()}
ANSWERS = (0.25, 0.5, 1, 2, 4)  # times what is expected
STEPS = {
    "contract": "Mend the delivery first.",
    "ripe": "Pay later, or shorten what the KPI waits for.",
    "guardrail": "Name a guardrail in the KPI's definition.",
    "monitored": "Show it for two periods before it pays.",
}
Stands = tuple[bool, bool, str, int]  # contract passing, ripe, guardrail, periods monitored


@dataclass(frozen=True)
class Check:
    """One thing a figure needs before it pays."""

    name: str
    passed: bool
    expected: str
    actual: str


@dataclass(frozen=True)
class Mend:
    """A way to make a figure ready: answers it then rests on, the gap left by hours, what noise still takes, in percent."""

    kind: str
    told: str
    answers: float
    gap: float
    taken: float
    works: bool


@dataclass(frozen=True)
class Ready:
    """Whether a component can pay, and why: checks, and what noise does.

    wrong_side: (figure at a step, chance of landing on its other side). by_answers: (answers, pay in percent at equal
    quality); by_hours: (part-time factor, answers, pay). mends: the cheapest that works first.
    """

    asked: Asked
    checks: tuple[Check, ...]
    needed: int
    expected: float
    without_noise: float
    wrong_side: tuple[tuple[float, float], ...]
    by_answers: tuple[tuple[int, float], ...]
    by_hours: tuple[tuple[float, int, float], ...]
    gap: float
    mends: tuple[Mend, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing stands in the way."""
        return all(each.passed for each in self.checks)

    @property
    def instead(self) -> str:
        """Which figure the plan pays where one's own is not expected to have enough answers: `team`, `credibility`, or ''."""
        return _falls_back(self.asked, self.needed) if self.expected < self.needed else ""


def assess(asked: Asked) -> Ready:
    """Everything about one component."""
    expected, least = asked.belief.n, needed(asked)
    free = float(percent(asked.plan, asked.component, np.array([float(asked.target[1])]), asked.target)[0])
    hours = _by_hours(asked)
    gap = _gap(hours)
    checks = (
        *basics(asked.contract, asked.ripe, asked.guardrail, asked.monitored),
        Check("answers", expected >= least or bool(_falls_back(asked, least)), f"{least} answers in a period", f"{expected:.0f}"),
        Check("hours", gap <= GAP, f"at equal quality at most {GAP:.0f}% between hours", f"{gap:.1f}%"),
    )  # fmt: skip
    ready = Ready(
        asked, checks, least, expected, free, tuple(_wrong_side(asked)),
        tuple((n, expected_pay(asked, n)) for n in dict.fromkeys(max(1, round(expected * times)) for times in ANSWERS)),
        hours, gap, (),
    )  # fmt: skip
    return ready if ready.ready else replace(ready, mends=tuple(_mends(asked, least, free)))


def basics(contract: bool, ripe: bool, guardrail: str, monitored: int) -> tuple[Check, ...]:
    """What every figure needs that decides money, beside answers enough."""
    return (
        Check("contract", contract, "the newest delivery admitted", "admitted" if contract else "refused"),
        Check("ripe", ripe, "figures that are ripe when they pay", "ripe" if ripe else "still ripening"),
        Check("guardrail", bool(guardrail), "a guardrail named by the KPI", guardrail or "none"),
        Check("monitored", monitored >= MONITORED, f"{MONITORED} periods before the first paid one", str(monitored)),
    )


def _falls_back(asked: Asked, least: int) -> str:
    """The rule of the plan that takes over below the plan's own minimum, if that is high enough."""
    component = asked.component
    rule = component.paid_figure or asked.plan.paid_figure
    return rule if rule != "own" and asked.team is not None and (component.min_n or 0) >= least else ""


def _by_hours(asked: Asked) -> tuple[tuple[float, int, float], ...]:
    if asked.shared:
        return ()
    ftes = sorted({Fraction(1), *(each for each in asked.ftes if 0 < each < 1)}, reverse=True)
    answers = {float(fte): asked.belief.n * float(fte) for fte in ftes}
    return tuple((fte, max(1, round(n)), expected_pay(asked, n)) for fte, n in answers.items())


def _gap(hours: Sequence[tuple[float, int, float]]) -> float:
    """How much less the worst-off hours are paid than full time, or more, in percent of the latter."""
    if not hours or not hours[0][2]:
        return 0.0
    return max(abs(hours[0][2] - pay) / hours[0][2] * 100 for _, _, pay in hours)


def _wrong_side(asked: Asked) -> Iterator[tuple[float, float]]:
    """Each step of the curve, and how often the figure falls on its other side than the true value, which is uncertain."""
    unit = 10 ** asked.plan.places(asked.component)
    low, high = sorted((float(asked.target[0]), float(asked.target[2])))
    grid = np.arange(np.floor((2 * low - high) * unit), np.ceil((2 * high - low) * unit) + 1) / unit
    pays = percent(asked.plan, asked.component, grid, asked.target)
    rises = np.nan_to_num(np.diff(pays))
    usual = np.abs(rises[rises != 0]).mean() if (rises != 0).any() else inf
    for at in np.flatnonzero(np.abs(rises) > np.maximum(2 * usual, 5)):
        step = grid[at + 1]
        true = _quantiles(asked.belief)
        wrong = [_chance(asked, value, step) for value in true]
        yield float(step), float(np.mean(wrong))


def _quantiles(belief: Belief, many: int = 25) -> Floats:
    """Equally likely true values."""
    values = belief.mean + belief.sd * special.ndtri((np.arange(many) + 0.5) / many)
    found: Floats = np.clip(values, belief.least, belief.most)
    return found


def _chance(asked: Asked, true: float, step: float) -> float:
    values, chance = outcomes(asked.belief, true, asked.belief.effective_n)
    unit = 10 ** asked.plan.places(asked.component)
    beyond = np.floor(values * unit + 0.5 + 1e-9) / unit >= step
    return float(chance[beyond != (true >= step)].sum())


def _mends(asked: Asked, least: int, free: float) -> list[Mend]:
    """The ways out, those that work first and of them the one that leaves noise the least."""
    found = [
        *_longer(asked, least, free), *_shared(asked, least, free), *_wider(asked, free), *_higher(asked, least, free),
    ]  # fmt: skip
    return sorted(found, key=lambda each: (not each.works, each.taken))


def _mend(asked: Asked, kind: str, told: str, n: float, least: int, free: float) -> Mend:
    gap, pay = _gap(_by_hours(asked)), expected_pay(asked, n)
    taken = abs(free - pay) / free * 100 if free else 0.0
    return Mend(kind, told, n, gap, taken, gap <= GAP and (n >= least or bool(_falls_back(asked, least))))


def _longer(asked: Asked, least: int, free: float) -> Iterator[Mend]:
    for times in LONGER[asked.plan.frequency]:
        n = asked.belief.n * times
        longer = replace(asked, belief=replace(asked.belief, n=n, effective_n=asked.belief.effective_n * times))
        yield _mend(
            longer, "longer period", f"pay every {times} {asked.plan.frequency}s: {n:.0f} answers", n, least, free
        )


def _shared(asked: Asked, least: int, free: float) -> Iterator[Mend]:
    if asked.team is None or asked.shared:
        return
    team = replace(asked, belief=asked.team, shared=True, design=asked.team.n / max(asked.team.effective_n, 1))
    yield _mend(team, "team figure", f"pay on the larger scope: {asked.team.n:.0f} answers", asked.team.n, least, free)
    k = Fraction(max(1, round(least if asked.belief.sd <= 0 else asked.belief.spread / asked.belief.sd**2)))
    part = asked.component.model_copy(
        update={"paid_figure": "credibility", "min_n": max(least, asked.component.min_n or 0)}
    )
    mixed = replace(asked, plan=asked.plan.model_copy(update={"credibility_k": k}), component=part)
    yield _mend(mixed, "credibility", f"weigh one's own figure by n ÷ (n + {k})", asked.belief.n, least, free)


def _higher(asked: Asked, least: int, free: float) -> Iterator[Mend]:
    """Where the plan already falls back below a minimum: raise it to what is needed."""
    component = asked.component
    rule = component.paid_figure or asked.plan.paid_figure
    if rule == "own" or asked.team is None or (component.min_n or 0) >= least:
        return
    higher = replace(asked, component=component.model_copy(update={"min_n": least}))
    told = f"min_n: {least} instead of {component.min_n or 'none'}, below it the {rule} figure pays"
    yield _mend(higher, "higher minimum", told, asked.belief.n, least, free)


def _wider(asked: Asked, free: float) -> Iterator[Mend]:
    """The band at which the answers that are expected suffice."""
    threshold, target, stretch = asked.target
    spread = (
        float(target) * (asked.belief.most - float(target)) if asked.belief.kind == "share" else asked.belief.spread
    )
    places = asked.plan.places(asked.component)
    band = Fraction(ceil(sqrt(asked.design * 3.84 * spread / max(asked.belief.n, 1)) * 10**places), 10**places)
    side = 1 if target > threshold else -1
    wide = max(band, abs(target - threshold))
    wider = replace(asked, target=(target - side * wide, target, stretch))
    told = f"threshold at {float(target - side * wide):.{places}f}, {float(wide):.{places}f} from target"
    yield _mend(wider, "wider band", told, asked.belief.n, needed(wider), free)


def problems(found: Sequence[Ready]) -> list[Problem]:
    """What blocks an approval: everything that a component lacks, with the cheapest mend."""
    return [
        Problem(_place(each), check.expected, check.actual, _step(each, check))
        for each in found
        for check in each.checks
        if not check.passed
    ]


def _place(each: Ready) -> str:
    return f"plan {each.asked.plan.id}, component {each.asked.component.id}, {each.asked.kpi} of {each.asked.scope}"


def _step(each: Ready, check: Check) -> str:
    if check.name in ("answers", "hours"):
        best = next((mend for mend in each.mends if mend.works), None)
        return (
            f"Cheapest mend: {best.kind}, {best.told}."
            if best
            else "No single mend suffices: combine them, or only monitor it."
        )
    return STEPS[check.name]
