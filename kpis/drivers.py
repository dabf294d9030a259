"""Drivers of a KPI, a study: which factors go with it, by how much, how sure, and how much of it each explains.

A regression of every observation on all factors at once says what goes with the KPI when the others stay alike. It never says
what would happen if a factor were changed: nobody drew lots. Effects are average marginal effects in the KPI's own unit as
`Figure.value` has it (shares 0 to 1, NPS −100 to 100, else the unit): a level of a factor against a reference level, which is
`no` for yes/no and the most frequent one otherwise, a number by one standard deviation. p-values are Holm's over all effects.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from kpis.definitions import KpiDefinition
from kpis.explained import Explained, explained, together
from kpis.factors import Coded, Term, coded
from kpis.marginal import Fitted, Floats, Ints, linear, ordered
from kpis.measures import STORED

UNITS = {
    "percent": "percentage points",
    "points": "points",
    "score": "points of the scale",
    "money": "money",
    "count": "a count",
}
PER_COLUMN = 10  # like answers for each column of the regression, at least (Harrell 2015, 4.4)
FEWEST_CLUSTERS, STEADY_CLUSTERS = 10, 40
CHANCE = 0.05
Odds = tuple[float | None, float | None, float | None]
CORRELATED = 2.5  # generalised variance inflation from which single effects are told with a warning


@dataclass(frozen=True)
class Effect:
    """One level of a factor against its reference (a number: one standard deviation more), all other factors alike.

    n counts the observations at that level. `odds` is the odds ratio with its interval, None for a linear model. p is Holm's.
    """

    factor: str
    level: str
    against: str
    label: str
    n: int
    effect: float
    low: float
    high: float
    odds: float | None
    odds_low: float | None
    odds_high: float | None
    p: float
    verdict: str


@dataclass(frozen=True)
class Factor:
    """What a factor adds to R² (Shapley share, 95% interval), and `together`: how far it goes with the others, 1 for not at all."""

    name: str
    n: int
    share: float
    low: float
    high: float
    together: float


@dataclass(frozen=True)
class Study:
    """Drivers of one KPI in one segment ('' for all); `state` is ok, too few or no fit, with the reason.

    `explained` is R² of the KPI's own values, with interval; `clusters` None means that answers count as independent.
    """

    kpi: str
    segment: str
    state: str
    reason: str
    n: int
    clusters: int | None
    unit: str
    explained: tuple[float, float, float] | None = None
    effects: tuple[Effect, ...] = ()
    factors: tuple[Factor, ...] = ()
    method: str = ""
    notes: tuple[str, ...] = ()
    source: str = ""


def points(definition: KpiDefinition, values: Iterable[Any]) -> Floats:
    """What single observations contribute to the KPI, in its unit: NPS −100, 0 or 100; a box 0 or 1; amounts converted."""
    raw = np.asarray(values, dtype=np.float64)
    if definition.measure.kind == "nps":
        return 100.0 * ((raw >= 9).astype(np.float64) - (raw <= 6))
    if definition.measure.kind == "top_box":
        return np.isin(raw, definition.measure.boxes).astype(np.float64)
    return raw / (1 if definition.measure.scaled else STORED.get(definition.unit, 1))


def study(definition: KpiDefinition, frame: pd.DataFrame, factors: Sequence[str], segment: str = "") -> Study:
    """The study of a frame with a row per observation: `_value` (as the measure gives it), `_cluster` (or null), the factors."""
    values = points(definition, frame["_value"])
    columns = coded(frame, factors, values if definition.measure.scaled else None)
    values, clusters = values[columns.rows], _clusters(frame["_cluster"])[columns.rows]
    known = len(np.unique(clusters)) if definition.cluster else None
    found = Study(definition.id, segment, "ok", "", len(values), known, UNITS.get(definition.unit, definition.unit))
    found = replace(found, notes=(*columns.notes, *_caveats(definition, found)))
    reason = _too_few(definition, values, columns, clusters)
    if reason:
        return replace(found, state="too few", reason=reason)
    fitted = _fitted(definition, values, columns.x, clusters)
    if fitted is None:
        reason = "The factors together foretell the KPI (nearly) exactly, so no odds can be given. Leave out what says the same as it."
        return replace(found, state="no fit", reason=reason)
    shared = explained(values, columns.x, columns.of, clusters)
    told = _factors(columns, shared)
    order = {each.name: at for at, each in enumerate(told)}
    effects = sorted(_effects(definition, fitted, columns), key=lambda each: (order[each.factor], -abs(each.effect)))
    total = (float(shared.value[-1]), float(shared.low[-1]), float(shared.high[-1]))
    notes = (*found.notes, *_correlated(told))
    return replace(
        found,
        effects=tuple(effects),
        factors=told,
        explained=total,
        notes=notes,
        method=_method(definition, fitted, found),
    )


def _clusters(column: pd.Series) -> Ints:
    """A number per cluster; a row without one is its own."""
    codes, names = pd.factorize(column)
    return np.where(codes < 0, len(names) + np.arange(len(codes)), codes).astype(np.int64)


def _too_few(definition: KpiDefinition, values: Floats, columns: Coded, clusters: Ints) -> str:
    """Why the observations cannot carry the columns; '' when they can. Limiting sample size: Harrell (2015), table 4.1."""
    if not columns.terms:
        return "No factor varies. Name others with --factors."
    counts = np.unique(values, return_counts=True)[1].astype(np.float64)
    carried = len(values) - (counts**3).sum() / max(len(values), 1) ** 2
    if definition.measure.scaled and len(counts) <= 2:
        carried = counts.min() if len(counts) == 2 else 0.0
    needed = PER_COLUMN * columns.x.shape[1]
    if carried < needed:
        step = "Name fewer factors with --factors, or wait for more."
        return f"{len(values):,} answers carry what {carried:,.0f} would; {columns.x.shape[1]} comparisons need {needed}. {step}"
    few = len(np.unique(clusters))
    return f"Only {few} {definition.cluster}s: too few to tell chance from signal." if few < FEWEST_CLUSTERS else ""


def _fitted(definition: KpiDefinition, values: Floats, x: Floats, clusters: Ints) -> Fitted | None:
    if not definition.measure.scaled:
        return linear(values, x, clusters)
    scores, classes = np.unique(values, return_inverse=True)
    return ordered(classes.astype(np.int64), scores, x, clusters)


def _effects(definition: KpiDefinition, fitted: Fitted, columns: Coded) -> list[Effect]:
    t = stats.t.ppf(1 - CHANCE / 2, fitted.df)
    measured = [(term, *fitted.effect(*columns.contrast(term))) for term in columns.terms if term.shown]
    raw = np.array([2 * stats.t.sf(abs(value) / error, fitted.df) if error else 1.0 for _, value, error in measured])
    return [
        _effect(term, value, t * error, _odds(definition, fitted, term, t), float(p))
        for (term, value, error), p in zip(measured, holm(raw), strict=True)
    ]


def _effect(term: Term, value: float, width: float, odds: Odds, p: float) -> Effect:
    verdict = "could be chance" if p >= CHANCE else "goes with more" if value > 0 else "goes with less"
    around = (value, value - width, value + width)
    return Effect(term.factor, term.level, term.against, term.label, term.n, *around, *odds, p, verdict)


def _odds(definition: KpiDefinition, fitted: Fitted, term: Term, t: float) -> Odds:
    if not definition.measure.scaled:
        return None, None, None
    slope, width = fitted.slopes[term.column], t * fitted.errors[term.column]
    return float(np.exp(slope)), float(np.exp(slope - width)), float(np.exp(slope + width))


def holm(p: NDArray[np.float64]) -> Floats:
    """p-values adjusted so that one false alarm among all of them stays at the level (Holm 1979)."""
    order = np.argsort(p)
    raised = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    found = np.empty_like(p)
    found[order] = np.minimum(raised, 1.0)
    return found


def _factors(columns: Coded, shared: Explained) -> tuple[Factor, ...]:
    along = together(columns.x, columns.of)
    lines = np.column_stack([shared.value[:-1], shared.low[:-1], shared.high[:-1], along]).tolist()
    rows = [Factor(name, n, *line) for (name, n), line in zip(columns.factors, lines, strict=True)]
    return tuple(sorted(rows, key=lambda each: -each.share))


def _correlated(told: Sequence[Factor]) -> list[str]:
    names = [each.name for each in told if each.together > CORRELATED]
    if not names:
        return []
    return [f"{' and '.join(names)} come together, so their single effects are uncertain: read their shares."]


def _caveats(definition: KpiDefinition, found: Study) -> list[str]:
    """What a reader must know about these data, in words."""
    kind, notes = definition.measure.kind, []
    if kind == "quantile":
        notes.append("Effects are on the mean, not on the quantile that the KPI shows.")
    if definition.measure.censored:
        notes.append("What still runs is left out.")
    if kind == "rate":
        notes.append("Every observation counts once, whatever its exposure.")
    if definition.weight:
        notes.append("Weights are not used: every answer counts once.")
    if found.clusters is None:
        notes.append("Assuming independent answers: the KPI names no cluster.")
    elif found.clusters < STEADY_CLUSTERS:
        notes.append(f"Only {found.clusters} clusters ({definition.cluster}): the intervals may be too narrow.")
    return notes


def _method(definition: KpiDefinition, fitted: Fitted, found: Study) -> str:
    cuts = len(fitted.cuts)
    model = (
        "linear regression"
        if not cuts
        else "logistic regression"
        if cuts == 1
        else "ordinal regression (proportional odds)"
    )
    over = f", covariance over {found.clusters:,} values of {definition.cluster}" if found.clusters is not None else ""
    coding = "each level against the most frequent one, yes against no, a number by one standard deviation"
    return f"{model}{over}; average marginal effects, {coding}; p by Holm; shares of R² by Shapley (LMG), intervals 95%"


def opposite(parts: Sequence[Study]) -> tuple[str, ...]:
    """Sentences on effects that differ between segments beyond chance (Cochran's Q, Holm), opposite ones named as such."""
    by: dict[str, list[tuple[str, Effect]]] = {}
    for part in parts:
        for each in part.effects:
            by.setdefault(each.label.partition(" (")[0], []).append((part.segment, each))
    several = {label: found for label, found in by.items() if len(found) > 1}
    tested = holm(np.array([_heterogeneous([each for _, each in found]) for found in several.values()]))
    return tuple(
        _differs(label, found) for (label, found), p in zip(several.items(), tested, strict=True) if p < CHANCE
    )


def _heterogeneous(found: Sequence[Effect]) -> float:
    value = np.array([each.effect for each in found])
    weight = (2 * 1.96 / np.array([max(each.high - each.low, 1e-12) for each in found])) ** 2
    q = (weight * (value - (weight * value).sum() / weight.sum()) ** 2).sum()
    return float(stats.chi2.sf(q, len(found) - 1))


def _differs(label: str, found: Sequence[tuple[str, Effect]]) -> str:
    more, less = ([name for name, each in found if each.verdict == f"goes with {way}"] for way in ("more", "less"))
    if more and less:
        return f"{label}: opposite directions, more in {', '.join(more)} and less in {', '.join(less)}; the whole hides it."
    return f"{label}: the effect differs between segments beyond chance."
