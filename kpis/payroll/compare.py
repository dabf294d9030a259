"""Our amounts beside those of HR's own sheet, with the cause of each difference found: what reproduces their amount, or nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from kpis.calendar import Period
from kpis.exact import shown
from kpis.incentives.curves import NoResultError
from kpis.incentives.paid import Frame, Participant
from kpis.incentives.plan import Plan
from kpis.incentives.reckon import Work, reckon
from kpis.payroll.conventions import Convention, conventions
from kpis.payroll.substitute import ours_of, with_theirs
from kpis.payroll.their_sheet import Theirs

KINDS = ("rounding", "proration", "missing_theirs", "missing_ours", "inputs", "unexplained")
RULES = {
    "lines_rounded": "their sheet rounds every component to the cent ({mode})",
    "opportunity_rounded": "their sheet rounds the opportunity to the cent ({mode})",
    "both_rounded": "their sheet rounds the opportunity and every component to the cent ({mode})",
    "payout_rounded": "their sheet rounds the payout another way ({mode})",
    "payout_whole": "their sheet rounds the payout to whole currency ({mode})",
    "lines_whole": "their sheet rounds every component to whole currency ({mode})",
    "pays_rounded": "their sheet rounds what the curve pays to {decimals} decimals",
    "figure_rounded": "their sheet rounds figures to {decimals} decimals",
    "factor_rounded": "their sheet rounds days over days of the year to {decimals} decimals",
    "equal_periods": "their sheet counts every period as the same part of the year",
    "year_365": "their sheet divides by 365 days",
    "year_366": "their sheet divides by 366 days",
    "year_360": "their sheet divides by 360 days",
    "thirty_days": "their sheet counts months of 30 days",
    "first_day_out": "their sheet leaves out the first day",
    "last_day_out": "their sheet leaves out the last day",
    "whole_months": "their sheet counts every month begun as whole",
    "not_prorated": "their sheet does not prorate",
    "no_row": "their sheet has no row for this person",
    "not_paid": "we pay this person nothing: {why}",
    "other": "their {field} is {theirs}, ours {ours}",
    "no_cause": "nothing we tried gives their amount",
}


@dataclass(frozen=True)
class Told:
    """One sentence of RULES with its inputs."""

    rule: str
    inputs: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return RULES[self.rule].format(**self.inputs)


@dataclass(frozen=True)
class Difference:
    """One person whose amount is not the same; minor units, None where that side has no row. `support` counts the rows of
    the whole sheet that the same convention reproduces. `beside` are other columns that differ, and components.
    """

    number: str
    person: str
    where: str
    ours: int | None
    theirs: int | None
    kind: str
    told: tuple[Told, ...]
    support: int = 0
    beside: tuple[Told, ...] = ()

    @property
    def difference(self) -> int:
        """Theirs less ours."""
        return (self.theirs or 0) - (self.ours or 0)


@dataclass(frozen=True)
class Ours:
    """What we pay from: the plan, the period, and everyone with a payout by employee number; and why others have none."""

    plan: Plan
    frame: Frame
    period: Period
    people: Mapping[str, Participant]
    unpaid: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Compared:
    """The whole comparison: how many are equal, and who differs, the largest difference first."""

    equal: int
    differences: tuple[Difference, ...]

    def counts(self) -> dict[str, tuple[int, int]]:
        """Of each kind: how many differ, and by how much in all, in minor units."""
        return {
            kind: (len(held), sum(each.difference for each in held))
            for kind in KINDS
            if (held := [each for each in self.differences if each.kind == kind])
        }


def compare(ours: Ours, theirs: Sequence[Theirs]) -> Compared:
    """Every person of either side, once. A convention counts only where it reproduces at least as many rows of their sheet
    as our own calculation does: one that fits a single row by chance and contradicts the others is no cause.
    """
    works = {number: reckon(ours.plan, each, ours.frame) for number, each in ours.people.items()}
    both = [each for each in _in_percent(ours, works, theirs) if each.number in works]
    equal = [each for each in both if works[each.number].payout == each.amount]
    differing = [each for each in both if works[each.number].payout != each.amount]
    held = _conventions(ours, both, differing, len(equal))
    found = [_differs(ours, works[each.number], each, held) for each in differing]
    found += [
        Difference(
            each.number,
            "",
            each.where,
            None,
            each.amount,
            "missing_ours",
            (Told("not_paid", {"why": ours.unpaid.get(each.number, "no such person")}),),
        )
        for each in theirs
        if each.number not in works
    ]
    missing = sorted(set(works) - {each.number for each in theirs})
    found += [
        Difference(number, works[number].person, "", works[number].payout, None, "missing_theirs", (Told("no_row"),))
        for number in missing
    ]
    return Compared(len(equal), tuple(sorted(found, key=lambda each: (-abs(each.difference), each.number))))


def _in_percent(ours: Ours, works: Mapping[str, Work], theirs: Sequence[Theirs]) -> list[Theirs]:
    """Rows whose shares, written as 0.74 where we say 74, are brought to our unit: column by column, never row by row."""
    times = set()
    for name in {name for each in theirs for name in each.inputs if name.partition(":")[2]}:
        mine = [
            value
            for each in theirs
            if each.number in works
            and (value := ours_of(ours.plan, works[each.number], ours.people[each.number], name))
        ]
        if (
            mine
            and all(abs(value) > 2 for value in mine)
            and all(abs(each.inputs.get(name, Fraction(0))) <= 2 for each in theirs)
        ):
            times.add(name)
    return [
        replace(each, inputs={name: value * 100 if name in times else value for name, value in each.inputs.items()})
        for each in theirs
    ]


def _conventions(
    ours: Ours, both: Sequence[Theirs], differing: Sequence[Theirs], equal: int
) -> list[tuple[Convention, int]]:
    """The conventions that their sheet as a whole may follow, with the rows each reproduces; most rows first."""
    found = []
    for each in conventions():
        if not any(_by(ours, each, ours.people[row.number]) == row.amount for row in differing):
            continue
        support = sum(1 for row in both if _by(ours, each, ours.people[row.number]) == row.amount)
        if support >= equal:
            found.append((each, support))
    return sorted(found, key=lambda pair: -pair[1])


def _by(ours: Ours, convention: Convention, participant: Participant, plan: Plan | None = None) -> int | None:
    try:
        return convention.amount(plan or ours.plan, participant, ours.frame, ours.period)
    except (NoResultError, ZeroDivisionError):
        return None


def _differs(ours: Ours, work: Work, row: Theirs, held: Sequence[tuple[Convention, int]]) -> Difference:
    participant = ours.people[row.number]
    others = _others(ours, work, participant, row)
    base = Difference(row.number, work.person, row.where, work.payout, row.amount, "unexplained", (Told("no_cause"),))
    components = tuple(_components(ours.plan, work, row))
    tries: list[list[str]] = [*([name] for name in others), list(others)] if others else []
    for names in tries:
        plan, changed = with_theirs(ours.plan, participant, {name: row.inputs[name] for name in names})
        if _payout(plan, changed, ours.frame) == row.amount:
            rest = tuple(told for name, told in others.items() if name not in names)
            kind = "proration" if names == ["days"] else "inputs"
            return replace(base, kind=kind, told=tuple(others[name] for name in names), beside=(*rest, *components))
    for convention, support in held:
        if _by(ours, convention, participant) == row.amount:
            why = Told(convention.rule, dict(convention.inputs))
            return replace(
                base, kind=convention.kind, told=(why,), support=support, beside=(*others.values(), *components)
            )
    plan, changed = with_theirs(ours.plan, participant, {name: row.inputs[name] for name in others})
    for convention, support in held if others else []:
        if _by(ours, convention, changed, plan) == row.amount:
            both = (*others.values(), Told(convention.rule, dict(convention.inputs)))
            return replace(base, kind="inputs", told=both, support=support, beside=components)
    return replace(base, beside=(*others.values(), *components))


def _others(ours: Ours, work: Work, participant: Participant, row: Theirs) -> dict[str, Told]:
    """The inputs they carry that are not ours, where ours is one value."""
    found = {}
    for name, value in row.inputs.items():
        mine = ours_of(ours.plan, work, participant, name)
        if mine is not None and mine != value:
            told = {"field": name.replace(":", " "), "theirs": shown(value), "ours": shown(mine)}
            found[name] = Told("other", told)
    return found


def _components(plan: Plan, work: Work, row: Theirs) -> Iterable[Told]:
    """The components whose amount they carry and that is not ours."""
    unit = 10**plan.minor_units
    for component in plan.components:
        value = row.inputs.get(f"pay:{component.id}")
        mine = Fraction(sum(line.amount for line in work.lines if line.component.id == component.id), unit)
        if value is not None and value != mine:
            yield Told("other", {"field": f"pay {component.id}", "theirs": shown(value), "ours": shown(mine)})


def _payout(plan: Plan, participant: Participant, frame: Frame) -> int | None:
    try:
        return reckon(plan, participant, frame).payout
    except (NoResultError, ZeroDivisionError):
        return None
