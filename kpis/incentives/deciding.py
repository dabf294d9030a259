"""What decides money beside the components: gates, kickers, modifiers, a matrix's second figure, what funds a pool.

They must be as ready as what pays (definitions, "Ready for pay"). Answers are enough when 3.84 · deff · σ² ÷ band² are there. The
band is that between the target and the threshold in force; without a target, between two points of the source's curve; of a
condition without either, between the figure and the limit, so that it falls on the wrong side of it in at most 2.5 of 100.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, pairwise

from data_contracts.problems import Problem
from kpis.incentives.chance import Belief
from kpis.incentives.curves import pieces
from kpis.incentives.paid import Values, minimum_n
from kpis.incentives.plan import Gate, Kicker, Modifier, Plan, Source
from kpis.incentives.readiness import STEPS, Check, Stands, basics
from kpis.incentives.shapes import Curve

KINDS = {Gate: "gate", Modifier: "modifier", Kicker: "kicker"}
STEP = "Take a longer period or a larger scope, give it a target, or move the limit away from where the figure lies."


@dataclass(frozen=True)
class Deciding:
    """One source that decides money, and what is known of the figure its typical holder reads, in display units.

    points: where its curve bends or its matrix has edges, where these stand on the figure itself.
    """

    plan: str
    kind: str
    source: Source
    points: tuple[Fraction, ...]
    kpi: str
    scope: str
    target: Values | None
    belief: Belief
    design: float
    stands: Stands

    @property
    def band(self) -> Fraction:
        """How finely the figure must be told; 0 where it lies on its limit, or nothing says it."""
        if self.target:
            return abs(self.target[1] - self.target[0])
        if isinstance(self.source, Gate | Kicker):
            (limit,) = self.source.passes.model_dump(exclude_none=True).values()
            return abs(Fraction(limit) - Fraction(self.belief.mean).limit_denominator(10**6))
        return min((after - before for before, after in pairwise(self.points)), default=Fraction(0))

    @property
    def needed(self) -> int | None:
        """Answers it needs; None where no number of them is enough."""
        if not self.band:
            return None
        design = Fraction(self.design).limit_denominator(10**4)
        return minimum_n(Fraction(self.belief.spread).limit_denominator(10**6), self.band, Fraction(0), design)

    @property
    def checks(self) -> tuple[Check, ...]:
        """Everything it needs."""
        needed, expected = self.needed, self.belief.n
        if needed is None:
            return (*basics(*self.stands), Check("answers", False, "a target, or a figure off its limit", "neither"))
        enough = Check("answers", expected >= needed, f"{needed} answers in a period", f"{expected:.0f}")
        return (*basics(*self.stands), enough)

    @property
    def ready(self) -> bool:
        """Whether nothing stands in the way."""
        return all(each.passed for each in self.checks)


def sources(plan: Plan) -> list[tuple[str, Source, tuple[Fraction, ...]]]:
    """Everything but components that reads a figure, in plan order: what it is, the source, and its points."""
    seconds = [("second figure", each.second, _edges(each.curve)) for each in plan.components if each.second]
    funded = [("pool", plan.pool.figure, _starts(plan.pool.figure.curve))] if plan.pool and plan.pool.figure else []
    modifiers = [("modifier", each, _starts(each.curve)) for each in plan.modifiers]
    conditions = [(KINDS[type(each)], each, ()) for each in chain(plan.gates, plan.kickers)]
    return [*seconds, *conditions, *modifiers, *funded]


def _edges(curve: Curve) -> tuple[Fraction, ...]:
    on_figure = (curve.across or curve).axis == "figure"
    return tuple(edge.at for edge in curve.columns) if on_figure else ()


def _starts(curve: Curve) -> tuple[Fraction, ...]:
    return tuple(sorted(set(pieces(curve).starts))) if curve.axis == "figure" else ()


def problems(found: Sequence[Deciding]) -> list[Problem]:
    """What blocks an approval."""
    return [
        Problem(
            f"plan {each.plan}, {each.kind} {each.source.id}, {each.kpi} of {each.scope}", check.expected, check.actual,
            STEPS.get(check.name, STEP),
        )
        for each in found
        for check in each.checks
        if not check.passed
    ]  # fmt: skip
