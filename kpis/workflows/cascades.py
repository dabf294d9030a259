"""What moved a parent's figure away from its target: the children's own results, or who had how much of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from kpis.cascade import Actual, Closure, children, closure
from kpis.definitions import KpiDefinition
from kpis.figures import Figure
from kpis.targets import Target
from kpis.workflows import aim, measure
from kpis.workspace import Snapshot


@dataclass(frozen=True)
class Settled:
    """A cascade when figures have arrived: F_parent − T_parent = served + mix − residual, or why it cannot be told.

    hidden: the scopes of children whose part nobody is shown, to protect people; the sums hold it.
    """

    parent: Target
    children: tuple[Target, ...]
    closure: Closure | None
    reason: str = ""
    actuals: Mapping[str, Actual] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()


def settled(snapshot: Snapshot, period: str) -> list[Settled]:
    """Every cascade of a period, held against the figures to date."""
    targets = [each for each in aim.current(snapshot.workspace).values() if each.period == period]
    parents = [each for each in targets if children(targets, each.id)]
    return [
        _settled(snapshot, parent, children(targets, parent.id)) for parent in sorted(parents, key=lambda each: each.id)
    ]


def _settled(snapshot: Snapshot, parent: Target, below: tuple[Target, ...]) -> Settled:
    definition, window = snapshot.workspace.kpi(parent.kpi), snapshot.workspace.settings.calendar.parse(parent.period)
    scopes = [parent.scope, *(each.scope for each in below)]
    found = dict(zip(scopes, measure.exact(snapshot, definition, scopes, [window]), strict=True))
    missing = [each.scope for each in (parent, *below) if not found[each.scope].denominator]
    if missing:
        return Settled(parent, below, None, f"no figure yet for {', '.join(missing)}")
    actuals = {each.id: _actual(definition, found[each.scope], found[parent.scope]) for each in below}
    rest = _rest(definition, found[parent.scope], [found[each.scope] for each in below])
    if parent.rest:
        actuals["rest"] = rest
    elif rest.share:
        return Settled(parent, below, None, f"{float(rest.share):.1%} of the parent's answers belong to no child")
    shown = measure.figures(snapshot, definition, scopes[1:], [window])
    hidden = frozenset(each.scope for each in shown if each.numerator != found[each.scope].numerator)
    return Settled(parent, below, closure(parent, below, actuals), "", actuals, hidden)


def _times(definition: KpiDefinition) -> int:
    return 100 if definition.unit == "percent" else 1


def _actual(definition: KpiDefinition, child: Figure, parent: Figure) -> Actual:
    figure = Fraction(
        (child.numerator or 0) * _times(definition), child.denominator or 1
    )  # a caller looked: there is one
    return Actual(figure, Fraction(child.denominator or 0, parent.denominator or 1))


def _rest(definition: KpiDefinition, parent: Figure, below: list[Figure]) -> Actual:
    """What belongs to no child: uncredited answers and departments without a target."""
    numerator = (parent.numerator or 0) - sum(each.numerator or 0 for each in below)
    denominator = (parent.denominator or 0) - sum(each.denominator or 0 for each in below)
    figure = Fraction(numerator * _times(definition), denominator) if denominator else Fraction(0)
    return Actual(figure, Fraction(denominator, parent.denominator or 1))


def by_scope(each: Settled) -> Mapping[str, Fraction]:
    """What each child accounts for, by its scope ("rest" for the rest), in the KPI's display unit; they sum to served + mix.

    A child's mix is taken against the parent's target, which changes no sum: shares that grow sum to those that shrink.
    """
    assert each.closure is not None
    target = each.parent.values[1]
    planned = {child.id: Fraction(child.share or 0) for child in each.children}
    planned["rest"] = Fraction(each.parent.rest.share) if each.parent.rest else Fraction(0)
    scopes = {child.id: child.scope for child in each.children}
    shifts = {name: each.actuals[name].share - planned[name] for name in each.closure.by_child}
    terms = each.closure.by_child.items()
    return {scopes.get(name, name): served + mix - shifts[name] * target for name, (served, mix) in terms}
