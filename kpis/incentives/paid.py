"""The figure that pays: whose it is, and its one rounding to the decimals the plan declares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import ceil

from kpis.incentives.curves import NoResultError
from kpis.incentives.plan import Component, PaidBy, Plan, Source

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


Part = tuple[Ratio, Values]  # the figure of one period, whose answers weigh, and its target


def mixed(parts: Sequence[Part]) -> Values | None:
    """Targets weighted by the answers behind each period's figure: Σ n · T ÷ Σ n, exact; None without any.

    Who meets each period's target exactly then meets the mixture exactly, because the figure of all periods is the mean of
    theirs with the same weights.
    """
    whole = sum(weight.denominator for weight, _ in parts)
    if not whole:
        return None
    low, middle, high = (
        sum((weight.denominator * values[at] for weight, values in parts), Fraction(0)) / whole for at in range(3)
    )
    return low, middle, high


@dataclass(frozen=True)
class Reading:
    """What one component, gate or modifier reads for one person.

    `team` is the next larger scope that is ready; `before` is the figure up to the period, for a year-to-date basis;
    `transactions` stand in for `own` where each is paid by itself; `baseline` is one's own earlier figure, which a score
    counts improvement from; `target` is threshold, target and stretch, mixed from those of `parts` where there are any.
    `because` tells why there is no figure of one's own, `instead_of` the target in whose place the team's stands; neither is
    evidence.
    """

    own: Ratio | None = None
    team: Ratio | None = None
    before: Ratio | None = None
    transactions: tuple[Ratio, ...] = ()
    target: Values | None = None
    target_id: str = ""
    baseline: Ratio | None = None
    parts: tuple[Part, ...] = ()
    because: str = field(default="", compare=False)
    instead_of: str = field(default="", compare=False)


@dataclass(frozen=True)
class Segment:
    """A part of the period in which department, hours, salary and plan stay the same.

    `annual` is the salary of a year in minor units, `fte` contract over full-time hours, `share` the part of an
    assignment, `days` the eligible days, `level` what the opportunity may depend on. `readings` hold one figure per
    component id, and per id of a matrix's second figure. `because` names the rule that set the days, where one did.
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
    level: str = ""
    because: str = ""


@dataclass(frozen=True)
class Participant:
    """One person in one run; `readings` hold one figure per id of gate, modifier, kicker and the pool's figure.

    In minor units: `paid_before` this year, the shortfall `carried` from the year before, the `draw_balance` still to be
    made good, and the `share` of the pool, once it is settled.
    """

    person: str
    segments: tuple[Segment, ...]
    readings: Mapping[str, Reading] = field(default_factory=dict)
    paid_before: int = 0
    carried: int = 0
    draw_balance: int = 0
    share: int | None = None


@dataclass(frozen=True)
class Pooled:
    """What a run's pool pays in all (minor units), the exact sum before it, and the key that orders ties."""

    total: int
    sum: Fraction
    key: str

    @property
    def factor(self) -> Fraction:
        """What each payout is scaled by."""
        return self.total / self.sum if self.sum else Fraction(1)


@dataclass(frozen=True)
class Frame:
    """The period a run pays: its name, its days, the days of the year it lies in.

    Whether it is the `last` of that year, and the run's pool, once it is settled.
    """

    period: str
    days: int
    year_days: int
    last: bool = False
    pool: Pooled | None = None


@dataclass(frozen=True)
class Run:
    """What one payout run is computed from."""

    plan: Plan
    frame: Frame
    participants: tuple[Participant, ...]


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


def rule_of(plan: Plan, source: Source) -> PaidBy:
    """What pays where answers are too few: the source's own rule, or the plan's."""
    return (source.paid_figure if isinstance(source, Component) else None) or plan.paid_figure


def whose(plan: Plan, source: Source, own: Ratio | None, team: Ratio | None) -> str:
    """Whose figure pays by the plan's rule: "own", "team", or "credibility", which weighs both; "" where none does."""
    minimum, rule = source.min_n if isinstance(source, Component) else None, rule_of(plan, source)
    enough = own is not None and (minimum is None or own.n is None or own.n >= minimum)
    if own is not None and (enough or rule == "own"):
        return "own"
    if team is None or rule == "own":
        return ""
    return "team" if own is None else rule


def choose(plan: Plan, source: Source, reading: Reading) -> tuple[Fraction, str]:
    """The figure before rounding and whose it is.

    Own, team, or credibility Z·own + (1−Z)·team with Z = n/(n+k) (Bühlmann 1967).

    Raises NoResultError where the plan's rule finds no figure: missing is not zero.
    """
    own, team = reading.own, reading.team
    basis = whose(plan, source, own, team)
    if basis == "own" and own:
        return _value(own, source), basis
    if basis == "team" and team:
        return _value(team, source), basis
    if own and team and basis:
        weight = (own.n or Fraction(0)) / ((own.n or Fraction(0)) + (plan.credibility_k or Fraction(1)))
        return weight * _value(own, source) + (1 - weight) * _value(team, source), basis
    reason = "no figure" if own is None else "too few answers and no team figure"
    raise NoResultError(f"{source.name}: {reason}", reading.because)


def paid(plan: Plan, source: Source, reading: Reading) -> Paid:
    """The paid figure of a source, rounded half up once to its decimals. Raises NoResultError where there is none."""
    basis = source.curve.basis if isinstance(source, Component) else "period_total"
    if basis == "each_transaction" and reading.transactions:
        terms = tuple((1, plan.rounded(source, _value(each, source))) for each in reading.transactions)
        return Paid(terms, "own")
    value, whose = choose(plan, source, reading)
    terms = ((1, plan.rounded(source, value)),)
    if basis == "year_to_date" and reading.before:
        terms = (*terms, (-1, plan.rounded(source, _value(reading.before, source))))
    return Paid(terms, whose, reading.own.n if reading.own else None)


def baseline(plan: Plan, source: Source, reading: Reading) -> Fraction | None:
    """One's own earlier figure, rounded as the paid one; None where there is none."""
    return None if reading.baseline is None else plan.rounded(source, _value(reading.baseline, source))


def _value(ratio: Ratio, source: Source) -> Fraction:
    if not ratio.denominator:
        raise NoResultError(f"{source.name}: the denominator is 0")
    return ratio.value


def minimum_n(variance: Fraction, target: Fraction, threshold: Fraction, design_effect: Fraction = Fraction(1)) -> int:
    """Answers a figure needs before it pays.

    Deff · 3.84 · σ² ÷ (target − threshold)², rounded up (definitions: 462 at 74%, 4 points).
    """
    return ceil(design_effect * Fraction(384, 100) * variance / (target - threshold) ** 2)
