"""What a payout is made of: opportunities, lines, gates, limits, factors and kickers, in the order they came about."""

from dataclasses import dataclass
from fractions import Fraction

from kpis.incentives.earned import Earned
from kpis.incentives.paid import Paid
from kpis.incentives.plan import Component, Gate, Kicker, Modifier
from kpis.incentives.settle import Settled

ZERO = Fraction(0)


@dataclass(frozen=True)
class Due:
    """The opportunity of one segment, in minor units, and what it is made of; `percent` of the salary, if it is one."""

    yearly: Fraction
    factor: Fraction
    fte: Fraction
    share: Fraction
    amount: Fraction
    percent: Fraction | None = None


@dataclass(frozen=True)
class Line:
    """One component in one segment.

    What it earned, what gates leave of that, its weight and opportunity, its value and its minor units.
    """

    segment: int
    component: Component
    earned: Earned
    gated: Fraction
    weight: Fraction
    opportunity: Fraction
    value: Fraction
    amount: int

    @property
    def paid(self) -> Paid:
        """The figure that pays."""
        return self.earned.paid

    @property
    def attained(self) -> Fraction | None:
        """Where the figure lies on the curve's axis."""
        return self.earned.attained

    @property
    def curve_pays(self) -> Fraction:
        """What the curve pays, before gates."""
        return self.earned.curve_pays


@dataclass(frozen=True)
class GateResult:
    """A gate's figure and whether it passed."""

    gate: Gate
    figure: Fraction
    passed: bool


@dataclass(frozen=True)
class Limit:
    """A sum and what a cap or a failed gate left of it.

    `kind` is section_cap, section_gate, payout_gate or payout_cap.
    """

    kind: str
    name: str
    limit: Fraction
    before: Fraction
    after: Fraction


@dataclass(frozen=True)
class Factor:
    """A modifier's figure and the factor it gives."""

    modifier: Modifier
    figure: Fraction
    factor: Fraction


@dataclass(frozen=True)
class Kick:
    """A kicker's figure, whether its condition holds, what it adds, and its minor units of the payout."""

    kicker: Kicker
    figure: Fraction
    passed: bool
    value: Fraction
    amount: int


@dataclass(frozen=True)
class Work:
    """Every value of one payout, in the order it came about. Money is in minor units, exact until `settled`.

    `before_pool` is what the pool scales, `exact` what it leaves.
    """

    person: str
    dues: tuple[Due, ...]
    lines: tuple[Line, ...]
    gates: tuple[GateResult, ...]
    total: Fraction
    limits: tuple[Limit, ...]
    factors: tuple[Factor, ...]
    kicks: tuple[Kick, ...]
    before_pool: Fraction
    exact: Fraction
    settled: Settled
    payout: int

    @property
    def opportunity(self) -> Fraction:
        """The opportunity of all segments, in minor units."""
        return sum((due.amount for due in self.dues), ZERO)

    @property
    def amounts(self) -> tuple[tuple[int, str, int], ...]:
        """Segment, id and minor units of everything that sums to the payout.

        Component lines, then kickers, then a draw where one was paid.
        """
        lines = [(line.segment, line.component.id, line.amount) for line in self.lines]
        kicks = [(0, each.kicker.id, each.amount) for each in self.kicks]
        ahead = [(0, "draw", self.settled.drawn)] if self.settled.draw is not None else []
        return (*lines, *kicks, *ahead)
