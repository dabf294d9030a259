"""Outcome links, a study: does a customer's score go with what the customer does afterwards, and what is one point worth?

One row per customer: a score, what came before it, what came after it. What the answer is worth is its grade (`kpis.grades`).
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kpis.definitions import KpiDefinition
from kpis.factors import LEAST
from kpis.grades import FEW, Evidence, Step, Window, basic, drawn, graded, observed
from kpis.marginal import Slope, Z
from kpis.survivors import Group, survivors

THOUSAND = 1_000
GRADES = {
    "A": "Chance settled who got the better service, so the score is the likely cause.",
    "B": "More than chance, and more than the differences that the data hold. Nobody drew lots.",
    "C": "A hint: one in twenty links without any truth looks like this, and other differences may be behind it.",
}
TOLD = {
    "repeat": "the {more} often customers order again",
    "retention": "the {more} often customers stay",
    "revenue": "the {more} customers spend",
    "cost": "the {more} customers cost to serve",
}


@dataclass(frozen=True)
class Worth:
    """Minor units of the currency: one point of the KPI more, for 1,000 customers, within the window; 95% interval."""

    value: int
    low: int
    high: int


@dataclass(frozen=True)
class OutcomeLink:
    """What goes with a KPI afterwards: effect, low and high per one point of the KPI, in `unit` (share of customers 0 to 1, minor
    units or cases).

    A point is a percentage point of a share, a point of NPS, else one unit of the KPI. n counts customers followed to the end of
    the window, `events` those of the rarer outcome; `chance` is the log-rank p-value of the groups.
    """

    kpi: str
    outcome: str
    within: int
    grade: str
    sentence: str
    steps: tuple[Step, ...]
    n: int
    events: int
    unit: str = ""
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    worth: Worth | None = None
    groups: tuple[Group, ...] = ()
    chance: float | None = None
    method: str = ""
    cannot: tuple[str, ...] = ()
    source: str = ""


def link(definition: KpiDefinition, outcome: str, frame: pd.DataFrame, window: Window) -> OutcomeLink:
    """The link of one KPI and one outcome: repeat, retention, revenue or cost.

    frame, a row per customer: score (as `drivers.points` gives it), after (0 or 1, or an amount), days (to the event, or for as long
    as the customer was followed), event (bool), complete (followed for the whole window); where known also before (like after),
    worth (what the outcome brought, minor units), the columns of the window, and assigned (bool: by chance).
    """
    groups, chance = survivors(definition, frame, window.within, stays=outcome == "retention")
    whole = frame[frame["complete"]].reset_index(drop=True)
    study = observed(definition, outcome, whole, window)
    grade, steps = graded(study)
    if "assigned" in whole:
        lots = drawn(definition, outcome, whole, window)
        by_chance, looked = graded(lots)
        more = (study, grade, (*steps, *looked[len(basic(lots)) :]))
        study, grade, steps = (lots, by_chance, looked) if by_chance == "A" else more
    point = study.slope.by(100) if study.slope and definition.unit == "percent" else study.slope
    point = point if study.many(FEW) else None
    found = OutcomeLink(
        definition.id, outcome, window.within, grade, _sentence(study, grade), steps, len(whole), study.events
    )
    found = replace(
        found, unit=_unit(study), groups=groups, chance=chance, method=_method(study), cannot=_cannot(study)
    )
    if point is None:
        return found
    return replace(found, effect=point.value, low=point.low, high=point.high, worth=_worth(study, point))


def _unit(study: Evidence) -> str:
    """What the effect is counted in."""
    return "share of customers" if study.yes_no else "minor units" if study.window.money else "cases"


def _worth(study: Evidence, point: Slope) -> Worth | None:
    """One point for 1,000 customers in money: the effect, times what the outcome brought where it is a yes/no.

    Both are estimates: variances of a product (Goodman 1960), normal interval.
    """
    if study.yes_no:
        if "worth" not in study.whole:
            return None
        brought = study.whole.loc[study.whole["after"] > 0, "worth"].dropna()
        if len(brought) < LEAST:
            return None
        value, error = float(brought.mean()), float(brought.std() / np.sqrt(len(brought)))
    elif study.window.money:
        value, error = 1.0, 0.0
    else:
        return None
    middle = THOUSAND * point.value * value
    width = Z * THOUSAND * np.sqrt((point.value * error) ** 2 + (value * point.error) ** 2 + (point.error * error) ** 2)
    return Worth(round(middle), round(middle - width), round(middle + width))


def _sentence(study: Evidence, grade: str) -> str:
    title = study.definition.title
    if grade == "D" or study.slope is None:
        first = next(at for at, each in enumerate(basic(study)) if not each.holds)
        why = ("score and outcome are of the same time", f"too few ({study.counted})", "it could be chance")[first]
        return f"These data show no link of {title} with what follows: {why}."
    told = TOLD[study.outcome].format(more="more" if study.slope.value > 0 else "less")
    return f"The higher {title}, {told} within {study.window.within} days. {GRADES[grade]}"


def _method(study: Evidence) -> str:
    held = ", ".join((*study.window.controls, *study.window.earlier)) or "nothing"
    model = "logistic" if study.yes_no else "linear"
    regression = f"{model} regression, average marginal effect, held constant: {held}"
    how = "assignment by chance as instrument (Wald)" if study.drawn else regression
    return f"{how}; robust covariance; groups by Kaplan–Meier and log-rank; 95%"


def _cannot(study: Evidence) -> tuple[str, ...]:
    """What the data cannot show, whatever the grade."""
    told = ["Of the customers without a score nothing is said: who answers may differ from who does not."]
    if not study.window.lagged:
        told.append("Score and outcome are of the same time: which came first cannot be told.")
    if not study.drawn:
        told.append("Nobody drew lots: customers with high and low scores may differ in what the data do not hold.")
    if study.yes_no:
        told.append("What the outcome brought is a mean of those who had it, not of those who would come on top.")
    return tuple(told)
