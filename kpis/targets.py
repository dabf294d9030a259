"""Targets: threshold, target and stretch of a KPI for a scope and a period, and attainment on their axes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field

from data_contracts.problems import Problem, Problems, did_you_mean
from kpis.calendar import Calendar
from kpis.definitions import KpiDefinition
from kpis.exact import Exact, Strict, load_yaml, read_model, shown
from kpis.organisation import Organisation

SLUG = r"^[a-z0-9][a-z0-9_.-]*$"
SIZES = {"company": 0, "department": 1, "person": 1}
SCOPES = "company, department:<id>, joint:<id>+<id> or person:<key>"
Item = TypeVar("Item")
FORMS = ("figure_over_target", "target_over_figure", "twice_less_ratio")


@dataclass(frozen=True)
class Scope:
    """Who a figure or target belongs to; `members` are department ids, or the one person's key."""

    kind: str
    members: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.kind if self.kind == "company" else f"{self.kind}:{'+'.join(self.members)}"


@lru_cache(10_000)
def scope(text: str, where: str = "scope") -> Scope:
    """The scope of that text, joint members in alphabetical order; raises Problems when there is none."""
    kind, _, rest = text.partition(":")
    members = tuple(sorted(rest.split("+"))) if rest else ()
    several = kind == "joint" and len(members) == len(set(members)) > 1
    if not (several or len(members) == SIZES.get(kind)) or not all(members):
        raise Problems([Problem(where, SCOPES, repr(text), "Write one of these forms.")])
    return Scope(kind, members)


class Rest(Strict):
    """What a cascade assumes of those below a parent who have no target of their own."""

    share: Exact = Field(gt=0, lt=1)
    threshold: Exact
    target: Exact
    stretch: Exact


class Target(Strict):
    """One target. Values are decimals in the KPI's display unit (percent for shares).

    `share` is the planned part of the parent's denominator.
    """

    id: str = Field(pattern=SLUG)
    kpi: str = Field(pattern=SLUG)
    scope: str
    period: Annotated[str, BeforeValidator(str)]
    threshold: Exact
    target: Exact
    stretch: Exact
    parent: str | None = None
    share: Annotated[Exact | None, Field(gt=0, le=1)] = None
    rest: Rest | None = None

    @property
    def values(self) -> tuple[Fraction, Fraction, Fraction]:
        """Threshold, target and stretch, exact."""
        return Fraction(self.threshold), Fraction(self.target), Fraction(self.stretch)

    @property
    def direction(self) -> str:
        """The direction that the order of the three values says: higher or lower is better."""
        return "higher" if self.stretch > self.threshold else "lower"


class _File(Strict):
    targets: tuple[Target, ...]


def parse(text: str, where: str = "targets.yaml") -> tuple[Target, ...]:
    """The targets in a YAML text; raises Problems with every fault of form and its place."""
    return read_model(_File, load_yaml(text, where), where).targets


def to_yaml(targets: Iterable[Target]) -> str:
    """The targets as YAML, one a line; `parse` gives the same targets back, and they the same text."""
    lines = []
    for each in targets:
        fields = [f"{name}: {_flow(value)}" for name, value in each.model_dump(exclude_none=True).items()]
        lines.append(f"  - {{{', '.join(fields)}}}\n")
    return "targets:\n" + "".join(lines) if lines else "targets: []\n"


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_flow(inner)}" for name, inner in value.items()) + "}"
    return f'"{value}"'


def check(
    targets: Sequence[Target],
    kpis: Mapping[str, KpiDefinition],
    organisation: Organisation,
    calendar: Calendar,
    people: Collection[str] | None = None,
    where: str = "targets.yaml",
) -> list[Problem]:
    """Every problem of each target by itself: order, direction, unknown names, repeats.

    How they tie is `cascade.check`. `people` are the known surrogate keys; None leaves person scopes unchecked.
    """
    found: list[Problem] = []
    ids = {each.id for each in targets}
    for at, each in enumerate(targets):
        place = f"{where}, targets[{at}] {each.id}"
        found += (
            _order(each, kpis, place) + _off_scale(each, kpis, place) + _names(each, ids, organisation, people, place)
        )
        try:
            calendar.parse(each.period, f"{place}.period")
        except Problems as problems:
            found += problems.problems
    return found + _repeats(targets, where)


def _order(each: Target, kpis: Mapping[str, KpiDefinition], place: str) -> list[Problem]:
    low, middle, high = each.values
    told = f"{each.threshold}, {each.target}, {each.stretch}"
    if not (low < middle < high or low > middle > high):
        return [Problem(place, "threshold, target and stretch in one strict order", told, "Put them in order.")]
    if each.kpi not in kpis:
        return [Problem(f"{place}.kpi", "a KPI of the workspace", repr(each.kpi), did_you_mean(each.kpi, kpis))]
    if each.direction != kpis[each.kpi].direction:
        wanted = f"values that get {kpis[each.kpi].direction} towards stretch, as {each.kpi} does"
        return [Problem(place, wanted, told, "Reverse the order, or mend the KPI's direction.")]
    return []


def scale(kpi: KpiDefinition) -> tuple[Fraction, Fraction] | None:
    """The ends of a KPI's display scale: 0 to 100 for shares, −100 to 100 for NPS, a score's own; None without ends."""
    kind = kpi.measure.kind
    if kind == "nps":
        return Fraction(-100), Fraction(100)
    if kind in ("share", "top_box"):
        return Fraction(0), Fraction(100)
    low, high = kpi.measure.low, kpi.measure.high
    return (Fraction(low), Fraction(high)) if kind == "mean" and low is not None and high is not None else None


def _off_scale(each: Target, kpis: Mapping[str, KpiDefinition], place: str) -> list[Problem]:
    ends = scale(kpis[each.kpi]) if each.kpi in kpis else None
    if ends is None or (ends[0] <= min(each.values) and max(each.values) <= ends[1]):
        return []
    told = f"{each.threshold}, {each.target}, {each.stretch}"
    return [Problem(place, f"values from {shown(ends[0])} to {shown(ends[1])}", told, f"{each.kpi} ends there.")]


def _names(
    each: Target, ids: Collection[str], organisation: Organisation, people: Collection[str] | None, place: str
) -> list[Problem]:
    found: list[Problem] = []
    if each.parent is not None and each.parent not in ids:
        found.append(
            Problem(f"{place}.parent", "a target of this file", repr(each.parent), did_you_mean(each.parent, ids))
        )
    if each.parent is not None and each.share is None:
        found.append(
            Problem(f"{place}.share", "the planned share of the parent's denominator", "nothing", "Write share.")
        )
    try:
        whose = scope(each.scope, f"{place}.scope")
    except Problems as problems:
        return found + list(problems.problems)
    known: Collection[str] | None = people if whose.kind == "person" else organisation.by_id
    for name in whose.members:
        if known is not None and name not in known:
            step = did_you_mean(name, known) if whose.kind != "person" else "Deliver the person first."
            found.append(Problem(f"{place}.scope", f"a known {whose.kind}", repr(name), step))
    return found


def _repeats(targets: Sequence[Target], where: str) -> list[Problem]:
    ids = [each.id for each in targets]
    whats = [(each.kpi, each.scope, each.period) for each in targets]
    found = [
        Problem(f"{where}, {name}", "an id once", f"{ids.count(name)} times", "Rename one.") for name in _twice(ids)
    ]
    for what in _twice(whats):
        found.append(Problem(f"{where}, {' '.join(what)}", "one target", f"{whats.count(what)}", "Keep one of them."))
    return found


def _twice(items: Sequence[Item]) -> list[Item]:
    return [item for at, item in enumerate(items) if items.count(item) > 1 and items.index(item) == at]


def position(values: tuple[Fraction, Fraction, Fraction], figure: Fraction) -> Fraction:
    """Attainment: 0 at threshold, 100 at target, 200 at stretch, linear between, the outer segments continued."""
    threshold, target, stretch = values
    before = (figure < target) == (threshold < target) and figure != target
    if before:
        return 100 * (figure - threshold) / (target - threshold)
    return 100 + 100 * (figure - target) / (stretch - target)


def figure_at(values: tuple[Fraction, Fraction, Fraction], attainment: Fraction) -> Fraction:
    """The figure at a position: the inverse of `position`."""
    threshold, target, stretch = values
    if attainment < 100:
        return threshold + attainment * (target - threshold) / 100
    return target + (attainment - 100) * (stretch - target) / 100


def percent_of_target(figure: Fraction, target: Fraction, form: str) -> Fraction:
    """100·F/T, 100·T/F or 100·(2 − F/T), by the named form.

    Raises ZeroDivisionError where the result does not exist.
    """
    if form == "target_over_figure":
        return 100 * target / figure
    ratio = figure / target
    return 100 * ratio if form == "figure_over_target" else 100 * (2 - ratio)


def refuses_percent_of_target(kpi: KpiDefinition, target: Fraction, form: str, where: str) -> list[Problem]:
    """Why a percentage of the target means nothing here.

    No true zero (NPS, scores, a signed KPI), T ≤ 0, or the wrong form.
    """
    if kpi.measure.kind == "nps" or kpi.unit in ("points", "score"):
        return [Problem(where, "a KPI with a true zero", f"{kpi.id} in {kpi.unit}", "Use the axis position.")]
    if target <= 0:
        return [Problem(where, "a target above 0", shown(target), "Use the axis position or change.")]
    higher = form == "figure_over_target"
    if higher != (kpi.direction == "higher"):
        fits = FORMS[0] if kpi.direction == "higher" else " or ".join(FORMS[1:])
        return [Problem(where, f"the form {fits}, as {kpi.direction} is better", form, "Name that form.")]
    return []
