"""The cascade: whether children's targets close on their parent's, and what moved the parent afterwards."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from data_contracts.problems import Problem, Problems, raise_if
from kpis import targets
from kpis.calendar import Calendar
from kpis.definitions import KpiDefinition
from kpis.exact import shown
from kpis.organisation import Organisation
from kpis.targets import Scope, Target, scope

VALUES = ("threshold", "target", "stretch")


@dataclass(frozen=True)
class Gap:
    """T_parent − Σ s_c T_c at threshold, target and stretch, in the KPI's display unit."""

    threshold: Fraction
    target: Fraction
    stretch: Fraction

    def closes(self, tolerance: Fraction) -> bool:
        """Whether all three are within tolerance."""
        return all(abs(each) <= tolerance for each in (self.threshold, self.target, self.stretch))


@dataclass(frozen=True)
class Closure:
    """F_p − T_p = served + mix − residual, exactly, in the KPI's display unit.

    `by_child` are the terms of served and mix.
    """

    difference: Fraction
    served: Fraction
    mix: Fraction
    residual: Fraction
    by_child: Mapping[str, tuple[Fraction, Fraction]]


@dataclass(frozen=True)
class Actual:
    """What happened: the figure and its share of the parent's denominator."""

    figure: Fraction
    share: Fraction


def read_checked(
    text: str,
    kpis: Mapping[str, KpiDefinition],
    organisation: Organisation,
    calendar: Calendar,
    people: Collection[str] | None = None,
    where: str = "targets.yaml",
) -> tuple[Target, ...]:
    """The targets of a text that pass every check, their own and the cascade's; raises Problems with all that do not."""
    made = targets.parse(text, where)
    raise_if(targets.check(made, kpis, organisation, calendar, people, where) or check(made, kpis, organisation, where))
    return made


def children(among: Sequence[Target], parent: str) -> tuple[Target, ...]:
    """The targets that name this parent."""
    return tuple(each for each in among if each.parent == parent)


def _parts(parent: Target, below: Sequence[Target]) -> list[tuple[str, Fraction, tuple[Fraction, ...]]]:
    """(name, planned share, three values) of every child and of the untargeted rest."""
    parts: list[tuple[str, Fraction, tuple[Fraction, ...]]] = [
        (each.id, Fraction(each.share or 0), each.values) for each in below
    ]
    if parent.rest:
        rest = parent.rest
        parts.append(("rest", Fraction(rest.share), tuple(Fraction(getattr(rest, name)) for name in VALUES)))
    return parts


def gap(parent: Target, below: Sequence[Target]) -> Gap:
    """By how much the cascade does not close, the untargeted rest included."""
    parts = _parts(parent, below)
    return Gap(
        *(parent.values[at] - sum((share * values[at] for _, share, values in parts), Fraction(0)) for at in range(3))
    )


def closure(parent: Target, below: Sequence[Target], actuals: Mapping[str, Actual]) -> Closure:
    """What moved the parent's figure away from its target: the children's own results, and who had how much of it.

    `actuals` holds every child's id, and "rest" where the parent names one; the shares sum to one.
    Served is Σ s_c(F_c − T_c), mix is Σ (a_c − s_c)F_c, residual is T_p − Σ s_c T_c.
    """
    parts = _parts(parent, below)
    names = {name for name, _, _ in parts}
    if names != set(actuals) or sum(each.share for each in actuals.values()) != 1:
        told = ", ".join(f"{name} {shown(each.share)}" for name, each in actuals.items())
        raise Problems(
            [Problem(parent.id, f"shares of {', '.join(sorted(names))} that sum to 1", told, "Give all of them.")]
        )
    terms = {
        name: (share * (actuals[name].figure - values[1]), (actuals[name].share - share) * actuals[name].figure)
        for name, share, values in parts
    }
    whole = sum((each.share * each.figure for each in actuals.values()), Fraction(0))
    served, mix = (sum((term[at] for term in terms.values()), Fraction(0)) for at in (0, 1))
    return Closure(whole - parent.values[1], served, mix, gap(parent, below).target, terms)


def check(
    given: Sequence[Target],
    kpis: Mapping[str, KpiDefinition],
    organisation: Organisation,
    where: str = "targets.yaml",
) -> list[Problem]:
    """Every problem of how targets tie.

    Other KPI or period than the parent's, overlaps, shares, and cascades that do not close.

    The targets have passed `targets.check`. The tolerance is half the last decimal the KPI shows.
    """
    by_id = {each.id: each for each in given}
    found: list[Problem] = []
    for parent in given:
        below = children(given, parent.id)
        if not below:
            continue
        place = f"{where}, cascade of {parent.id}"
        kpi = kpis[parent.kpi]
        if kpi.measure.kind == "quantile":
            step = 'Cascade a KPI of measure share, "share within x", instead: it is exact and adds up.'
            found.append(Problem(place, "a KPI that adds up", f"{kpi.id}, a quantile", step))
            continue
        ties = _ties(parent, below, place) + _partition(parent, below, organisation, place)
        found += ties or _closes(parent, below, Fraction(1, 2 * 10**kpi.decimals), place)
    return found + [
        Problem(f"{where}, {each.id}", "a parent above it", "a circle of parents", "Take one parent away.")
        for each in given
        if _circles(each, by_id)
    ]


def _circles(each: Target, by_id: Mapping[str, Target]) -> bool:
    at, steps = each.parent, 0
    while at is not None and at in by_id and at != each.id and steps <= len(by_id):
        at, steps = by_id[at].parent, steps + 1
    return at == each.id


def _ties(parent: Target, below: Sequence[Target], place: str) -> list[Problem]:
    found = []
    for each in below:
        for name in ("kpi", "period"):
            mine, theirs = getattr(each, name), getattr(parent, name)
            if mine != theirs:
                found.append(
                    Problem(f"{place}, {each.id}", f"the parent's {name} {theirs}", mine, "Give it another parent.")
                )
    whole = sum((share for _, share, _ in _parts(parent, below)), Fraction(0))
    if whole != 1:
        step = "Mend the shares, or name the untargeted rest with its share and values in the parent."
        found.append(Problem(place, "shares that sum to 1", shown(whole), step))
    return found


def _partition(parent: Target, below: Sequence[Target], organisation: Organisation, place: str) -> list[Problem]:
    """Children of one level partition the observations; a joint target is one child and excludes its members' own."""
    scopes = [(each.id, scope(each.scope)) for each in below]
    if len({whose.kind == "person" for _, whose in scopes}) > 1:
        return [Problem(place, "children of one level", "people and departments", "Put people below their department.")]
    found = []
    above = _covers(scope(parent.scope), organisation)
    for at, (name, whose) in enumerate(scopes):
        mine = _covers(whose, organisation)
        if whose.kind != "person" and (above is None or not mine or not mine < above):
            found.append(
                Problem(f"{place}, {name}", f"a part of {parent.scope}", str(whose), "Give it another parent.")
            )
        for other, theirs in scopes[:at]:
            if (mine or set()) & (_covers(theirs, organisation) or set()):
                step = (
                    "A joint target stands for its members: keep it or their own."
                    if "joint" in (whose.kind, theirs.kind)
                    else "Keep one."
                )
                found.append(Problem(f"{place}, {name}", f"nothing that {other} counts too", str(whose), step))
    return found


def _covers(whose: Scope, organisation: Organisation) -> set[str] | None:
    """What a scope counts: every department below it, or the one person."""
    if whose.kind == "person":
        return set(whose.members)
    if whose.kind == "company":
        return {*organisation.by_id, ""}  # "" is what is credited to no department
    return {inner for member in whose.members for inner in organisation.descendants(member)}


def _closes(parent: Target, below: Sequence[Target], tolerance: Fraction, place: str) -> list[Problem]:
    left = gap(parent, below)
    if left.closes(tolerance):
        return []
    told = ", ".join(f"{name} {_signed(getattr(left, name))}" for name in VALUES)
    step = "Change the children's values or shares, or the parent's."
    return [
        Problem(place, f"children that come to the parent's values within {shown(tolerance)}", f"a gap of {told}", step)
    ]


def _signed(value: Fraction) -> str:
    return f"{'+' if value > 0 else ''}{shown(round(value, 6))}"
