"""Kaplan–Meier by group of scores: how many customers have ordered again, or have stayed, day by day."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpis.definitions import KpiDefinition
from kpis.factors import LEAST

Z = 1.959963984540054
CURVE = 30  # points of a curve at most
THIRDS = ("lowest third", "middle third", "highest third")


@dataclass(frozen=True)
class Group:
    """A group of scores at the window's end: the share with the outcome, 95% interval, and the curve as (day, share)."""

    name: str
    n: int
    events: int
    share: float
    low: float
    high: float
    curve: tuple[tuple[int, float], ...]


def grouped(definition: KpiDefinition, score: pd.Series) -> pd.Series:
    """The group of each score, as an ordered category: the classes of the KPI, the answers of a short scale, or thirds."""
    classes = {-100.0: "detractor", 0.0: "passive", 100.0: "promoter"}
    if definition.measure.kind in ("share", "top_box"):
        classes = {0.0: f"{definition.title}: no", 1.0: f"{definition.title}: yes"}
    if definition.measure.kind in ("nps", "share", "top_box"):
        return pd.Series(pd.Categorical(score.map(classes), list(classes.values()), ordered=True), score.index)
    if definition.measure.scaled:
        answers = [f"{each:g}" for each in sorted(score.unique())]
        return pd.Series(pd.Categorical(score.map("{:g}".format), answers, ordered=True), score.index)
    third = np.clip(3 * score.rank(pct=True).to_numpy() - 1e-9, 0, 2).astype(np.int64)
    return pd.Series(pd.Categorical(np.array(THIRDS)[third], THIRDS, ordered=True), score.index)


def survivors(
    definition: KpiDefinition, frame: pd.DataFrame, within: int, stays: bool
) -> tuple[tuple[Group, ...], float | None]:
    """The groups of at least 10 customers in the order of their score, and the log-rank p-value between them.

    frame: score, days (to the event, or followed), event. `stays`: the outcome is that the event did not happen.
    """
    from statsmodels.duration.survfunc import survdiff

    days = frame["days"].clip(lower=1)
    of = pd.DataFrame({"group": grouped(definition, frame["score"]), "days": days.clip(upper=within)})
    of["event"] = frame["event"] & (days <= within)
    sizes = of["group"].value_counts()
    of = of[of["group"].isin(sizes[sizes >= LEAST].index)]
    found = tuple(_group(str(name), part, within, stays) for name, part in of.groupby("group", observed=True))
    if len(found) < 2 or not of["event"].any():
        return found, None
    return found, float(survdiff(of["days"].to_numpy(), of["event"].to_numpy(), of["group"].astype(str).to_numpy())[1])


def _group(name: str, part: pd.DataFrame, within: int, stays: bool) -> Group:
    """The curve of one group, at most 30 points of it."""
    from statsmodels.duration.survfunc import SurvfuncRight

    days, event = part["days"].to_numpy(), part["event"].to_numpy()
    curve = SurvfuncRight(days, event) if event.any() else None
    times, left = (curve.surv_times, curve.surv_prob) if curve else (np.array([within]), np.ones(1))
    ends = _interval(left[-1], curve.surv_prob_se[-1] if curve else 0.0, len(part))
    if not stays:
        left, ends = 1 - left, (1 - ends[1], 1 - ends[0])
    at = np.unique(np.linspace(0, len(times) - 1, CURVE).astype(int))
    points = ((0, float(stays)), *((int(times[each]), float(left[each])) for each in at))
    return Group(name, len(part), int(event.sum()), float(left[-1]), *ends, points)


def _interval(left: float, error: float, n: int) -> tuple[float, float]:
    """By the transform log(−log S) of Greenwood's variance (Kalbfleisch and Prentice 1980); exact where all or none are left."""
    if left in (0.0, 1.0):
        end = 0.025 ** (1 / n)
        return (end, 1.0) if left else (0.0, 1 - end)
    width = Z * error / (left * abs(np.log(left)))
    return float(left ** np.exp(width)), float(left ** np.exp(-width))
