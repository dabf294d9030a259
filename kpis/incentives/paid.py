"""The figure that pays: whose it is, and its one rounding to the decimals the plan declares."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import ceil

from kpis.exact import round_half_up
from kpis.incentives.curves import NoResultError
from kpis.incentives.plan import Component, Plan, Source

Values = tuple[Fraction, Fraction, Fraction]


@dataclass(frozen=True)
class Ratio:
    """A figure as an exact ratio of integers in the KPI's display unit, and the answers it rests on, if counted.

    `of` names it to a reader: KPI, scope and period.
    """

    numerator: int
    denominator: int = 1
    n: Fraction | None = None
    of: str = ""

    @property
    def value(self) -> Fraction:
        """The ratio; raises ZeroDivisionError for a denominator of 0."""
        return Fraction(self.numerator, self.denominator)


@dataclass(frozen=True)
class Reading:
    """What one component, gate or modifier reads for one person.

    `team` is the next larger scope that is ready; `before` is the figure up to the period, for a year-to-date basis;
    `transactions` stand in for `own` where each is paid by itself; `target` is threshold, target and stretch.
    """

    own: Ratio | None = None
    team: Ratio | None = None
    before: Ratio | None = None
    transactions: tuple[Ratio, ...] = ()
    target: Values | None = None
    target_id: str = ""


@dataclass(frozen=True)
class Segment:
    """A part of the period in which department, hours, salary and plan stay the same.

    `annual` is the salary of a year in minor units, `fte` contract over full-time hours, `share` the part of an
    assignment, `days` the eligible days. `readings` hold one figure per component id.
    """

    annual: int
    days: int
    fte: Fraction = Fraction(1)
    share: Fraction = Fraction(1)
    amount_is: str = "full_time"
    department: str = ""
    start: date | None = None
    end: date | None = None
    readings: Mapping[str, Reading] = field(default_factory=dict)


@dataclass(frozen=True)
class Participant:
    """One person in one run; `readings` hold one figure per gate and modifier id."""

    person: str
    segments: tuple[Segment, ...]
    readings: Mapping[str, Reading] = field(default_factory=dict)


@dataclass(frozen=True)
class Frame:
    """The period a run pays: its name, its days, and the days of the year it lies in."""

    period: str
    days: int
    year_days: int


@dataclass(frozen=True)
class Paid:
    """The paid figure: signed terms (one, unless transactions or year to date), each rounded.

    `basis` says whose it is.
    """

    terms: tuple[tuple[int, Fraction], ...]
    basis: str
    n: Fraction | None = None

    @property
    def figure(self) -> Fraction:
        """The one figure, or the sum of the terms."""
        return sum((sign * value for sign, value in self.terms), Fraction(0))


def choose(plan: Plan, source: Source, reading: Reading) -> tuple[Fraction, str]:
    """The figure before rounding and whose it is.

    Own, team, or credibility Z·own + (1−Z)·team with Z = n/(n+k) (Bühlmann 1967).

    Raises NoResultError where the plan's rule finds no figure: missing is not zero.
    """
    own, team = reading.own, reading.team
    minimum = source.min_n if isinstance(source, Component) else None
    rule = (source.paid_figure if isinstance(source, Component) else None) or plan.paid_figure
    enough = own is not None and (minimum is None or own.n is None or own.n >= minimum)
    if own is not None and (enough or rule == "own"):
        return _value(own, source), "own"
    if team is None or rule == "own":
        raise NoResultError(
            f"{source.name}: no figure" if own is None else f"{source.name}: too few answers and no team figure"
        )
    if rule == "team" or own is None:
        return _value(team, source), "team"
    weight = (own.n or Fraction(0)) / ((own.n or Fraction(0)) + (plan.credibility_k or Fraction(1)))
    return weight * _value(own, source) + (1 - weight) * _value(team, source), "credibility"


def paid(plan: Plan, source: Source, reading: Reading) -> Paid:
    """The paid figure of a source, rounded half up once to its decimals. Raises NoResultError where there is none."""
    places = plan.places(source)
    basis = source.curve.basis if isinstance(source, Component) else "period_total"
    if basis == "each_transaction" and reading.transactions:
        terms = tuple((1, round_half_up(_value(each, source), places)) for each in reading.transactions)
        return Paid(terms, "own")
    value, whose = choose(plan, source, reading)
    terms = ((1, round_half_up(value, places)),)
    if basis == "year_to_date" and reading.before:
        terms = (*terms, (-1, round_half_up(_value(reading.before, source), places)))
    return Paid(terms, whose, reading.own.n if reading.own else None)


def _value(ratio: Ratio, source: Source) -> Fraction:
    if not ratio.denominator:
        raise NoResultError(f"{source.name}: the denominator is 0")
    return ratio.value


def minimum_n(variance: Fraction, target: Fraction, threshold: Fraction, design_effect: Fraction = Fraction(1)) -> int:
    """Answers a figure needs before it pays.

    Deff · 3.84 · σ² ÷ (target − threshold)², rounded up (definitions: 462 at 74%, 4 points).
    """
    return ceil(design_effect * Fraction(384, 100) * variance / (target - threshold) ** 2)
