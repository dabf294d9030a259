"""The grade of evidence of an outcome link: how much the data can show, as one rule whose every step is told.

A  Customers were assigned by chance, or by a natural experiment marked in the data: at least 100 in each group, alike before;
   the assignment moved the score (F > 10, Staiger and Stock 1997); the interval of the effect excludes zero.
B  The score was measured before the outcome; segment and earlier behaviour are held constant; at least 400 customers and 50 of
   the rarer outcome; p below 0.001, so that it stands out even where fifty links are tried; more score, more outcome (three groups
   or more: no step back beyond chance; two: they differ without controls, too); and the score does not go half as strongly with
   what lay before it.
C  The score was measured before the outcome; at least 100 customers and 20 of the rarer outcome, and 5 for each column held
   constant (Vittinghoff and McCulloch 2007); the interval excludes zero.
D  Anything else: measured at the same time, too few, or an interval that includes zero.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kpis.definitions import KpiDefinition
from kpis.factors import LEAST, Coded, coded
from kpis.marginal import Slope, Z, instrumented, slope
from kpis.survivors import grouped

ENOUGH, FEW, ASSIGNED, STRONG = (400, 50), (100, 20), 100, 10.0
ALIKE, RARE, PER_COLUMN = 0.01, 0.001, 5
YES_NO = ("repeat", "retention")


@dataclass(frozen=True)
class Window:
    """How score and outcome were measured: `within` days after the score, or `lagged` False for the same time.

    `controls` and `earlier` (behaviour before the score) are columns held constant; `money` says that amounts are minor units.
    """

    within: int
    lagged: bool = True
    controls: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    money: bool = True


@dataclass(frozen=True)
class Step:
    """One step of the rule for grades: what it asks, whether it holds, and what was found."""

    asks: str
    holds: bool
    found: str


@dataclass(frozen=True)
class Evidence:
    """What the rule looks at: customers followed for the whole window (frame of `outcomes.link`), and how they were measured."""

    definition: KpiDefinition
    outcome: str
    whole: pd.DataFrame
    window: Window
    slope: Slope | None
    columns: int = 0
    drawn: bool = False

    @property
    def yes_no(self) -> bool:
        """Whether the outcome is one that a customer has or has not."""
        return self.outcome in YES_NO

    @property
    def events(self) -> int:
        """How many customers had the rarer outcome; of an amount, how many had any."""
        some = int((self.whole["after"] > 0).sum())
        return min(some, len(self.whole) - some) if self.yes_no else some

    @property
    def rarer(self) -> str:
        """What `events` counts, in words."""
        return "of the rarer outcome" if self.yes_no else "with any of it"

    @property
    def counted(self) -> str:
        """Customers and events, in words."""
        return f"{len(self.whole):,} customers, {self.events:,} {self.rarer}"

    def least(self, least: tuple[int, int]) -> tuple[int, int]:
        """How many customers and events are asked for: five events for each column held constant, too."""
        return least[0], max(least[1], PER_COLUMN * self.columns)

    def many(self, least: tuple[int, int]) -> bool:
        """Whether there are that many customers, and that many of the rarer outcome."""
        customers, events = self.least(least)
        return len(self.whole) >= customers and self.events >= events


def observed(definition: KpiDefinition, outcome: str, whole: pd.DataFrame, window: Window) -> Evidence:
    """The evidence of a regression on the score with everything held constant that the window names."""
    held = coded(whole, (*window.controls, *window.earlier), None)
    return Evidence(definition, outcome, whole, window, _slope(whole, "after", outcome, held), held.x.shape[1])


def drawn(definition: KpiDefinition, outcome: str, whole: pd.DataFrame, window: Window) -> Evidence:
    """The evidence of an assignment by chance: column `assigned`."""
    score, lots = whole["score"].to_numpy(np.float64), whole["assigned"].to_numpy(np.bool_)
    apart = lots.any() and not lots.all() and score[lots].mean() != score[~lots].mean()
    found = instrumented(whole["after"].to_numpy(np.float64), score, lots) if apart else None
    return Evidence(definition, outcome, whole, window, found, drawn=True)


def graded(study: Evidence) -> tuple[str, tuple[Step, ...]]:
    """The grade A to D and every step that was looked at."""
    first = basic(study)
    if not all(each.holds for each in first):
        return "D", first
    better = _by_chance(study) if study.drawn else _controlled(study)
    best = "A" if study.drawn else "B"
    return (best if all(each.holds for each in better) else "C"), (*first, *better)


def basic(study: Evidence) -> tuple[Step, ...]:
    """What grade C asks."""
    found = study.slope
    lagged = "before" if study.window.lagged else "at the same time"
    clear = "it includes zero" if found else "no fit exists"
    clear = "it does" if found and found.clear else clear
    return (
        Step("the score was measured before the outcome", study.window.lagged, lagged),
        Step("at least {} customers and {} {}".format(*study.least(FEW), study.rarer), study.many(FEW), study.counted),
        Step("the interval excludes zero", clear == "it does", clear),
    )


def _controlled(study: Evidence) -> tuple[Step, ...]:
    """What B asks beside it."""
    window, found = study.window, study.slope
    assert found is not None
    held = "segment" in window.controls and bool(window.earlier)
    named = ", ".join((*window.controls, *window.earlier)) or "nothing"
    return (
        Step("segment and earlier behaviour are held constant", held, named),
        Step(
            "at least {} customers and {} {}".format(*study.least(ENOUGH), study.rarer),
            study.many(ENOUGH),
            study.counted,
        ),
        Step(f"p below {RARE}, for many links are tried", found.p < RARE, f"p {found.p:.1g}"),
        _dose(study),
        _earlier(study),
    )


def _dose(study: Evidence) -> Step:
    """More score, more outcome, over the groups as they are; with two groups, whether they differ without controls."""
    assert study.slope is not None
    asks = "more score, more of the outcome"
    parts = study.whole.groupby(grouped(study.definition, study.whole["score"]), observed=True)["after"]
    table = parts.agg(["mean", "var", "count"])
    table = table[table["count"] >= LEAST]
    steps = table["mean"].diff().iloc[1:] * np.sign(study.slope.value)
    error = (table["var"] / table["count"]).rolling(2).sum().iloc[1:] ** 0.5
    if len(table) < 3:
        apart = len(table) == 2 and bool((steps > Z * error).all())
        told = "two groups that differ without controls" if apart else "the groups do not differ by themselves"
        return Step(asks, apart, told)
    back = bool((steps < -Z * error).any())
    whole = (table["mean"].iloc[-1] - table["mean"].iloc[0]) * np.sign(study.slope.value) > 0
    return Step(asks, whole and not back, "a step back" if back or not whole else f"in order over {len(table)} groups")


def _earlier(study: Evidence) -> Step:
    """The same regression on what lay before the score, which the score cannot have moved (a negative control: Lipsitch et al. 2010)."""
    asks = "the score does not go half as strongly with what lay before it"
    if "before" not in study.whole:
        stays = study.outcome == "retention"
        return Step(asks, stays, "all were customers before" if stays else "not known")
    assert study.slope is not None
    past = _slope(study.whole, "before", study.outcome, coded(study.whole, study.window.controls, None))
    strong = past is not None and past.clear and past.value / study.slope.value >= 0.5
    return Step(asks, not strong, "it does, so something else goes with both" if strong else "it does not")


def _by_chance(study: Evidence) -> tuple[Step, ...]:
    """What A asks beside C: groups large enough and alike, and an assignment that moved the score."""
    from scipy import stats

    lots = study.whole["assigned"].to_numpy(np.bool_)
    smaller = int(min(lots.sum(), (~lots).sum()))
    score = study.whole["score"].to_numpy(np.float64)
    moved = float(stats.ttest_ind(score[lots], score[~lots], equal_var=False).statistic ** 2)
    p = _unlike(study, lots)
    return (
        Step(f"at least {ASSIGNED} customers in each group", smaller >= ASSIGNED, f"{smaller:,} in the smaller one"),
        Step("the groups were alike before", p >= ALIKE, f"p {p:.3f} for any difference"),
        Step("the assignment moved the score", moved > STRONG, f"F {moved:.0f}"),
    )


def _unlike(study: Evidence, lots: NDArray[np.bool_]) -> float:
    """The p-value of all that was known before together, by regression of the assignment on it."""
    from statsmodels.regression.linear_model import OLS

    held = coded(study.whole, (*study.window.controls, *study.window.earlier), None)
    if not held.terms:
        return 1.0
    found = OLS(lots[held.rows].astype(np.float64), np.column_stack([np.ones(len(held.rows)), held.x])).fit()
    return float(found.f_pvalue)


def _slope(whole: pd.DataFrame, column: str, outcome: str, held: Coded) -> Slope | None:
    kept = whole.iloc[held.rows]
    values, score = (kept[name].to_numpy(np.float64) for name in (column, "score"))
    yes_no = outcome in YES_NO
    return slope((values > 0).astype(np.float64) if yes_no else values, score, held.x, yes_no)
