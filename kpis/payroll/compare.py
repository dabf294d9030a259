"""Our amounts beside those of HR's own sheet, with the cause of each difference found: what reproduces their amount, or nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    "lines_rounded": "the sheet rounds every component to the cent ({mode})",
    "opportunity_rounded": "the sheet rounds the opportunity to the cent ({mode})",
    "both_rounded": "the sheet rounds the opportunity and every component to the cent ({mode})",
    "payout_rounded": "the sheet rounds the payout another way ({mode})",
    "payout_whole": "the sheet rounds the payout to whole currency ({mode})",
    "lines_whole": "the sheet rounds every component to whole currency ({mode})",
    "pays_rounded": "the sheet rounds what the curve pays to {decimals} decimals",
    "figure_rounded": "the sheet rounds figures to {decimals} decimals",
    "factor_rounded": "the sheet rounds days over days of the year to {decimals} decimals",
    "equal_periods": "the sheet counts every period as the same part of the year",
    "year_365": "the sheet divides by 365 days",
    "year_366": "the sheet divides by 366 days",
    "year_360": "the sheet divides by 360 days",
    "thirty_days": "the sheet counts months of 30 days",
    "first_day_out": "the sheet leaves out the first day",
    "last_day_out": "the sheet leaves out the last day",
    "whole_months": "the sheet counts every month begun as whole",
    "not_prorated": "the sheet does not prorate",
    "one_unit": "the amounts are one unit of the smallest coin apart: some step is rounded another way",
    "no_row": "the sheet has no row for this person",
    "not_paid": "nothing is paid here: {why}",
    "other": "{field} is {theirs} in the sheet, {ours} here",
    "alone": "it gives this row alone, no other of the sheet",
    "no_cause": "nothing we tried gives the amount",
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
    """Every person of either side, once. A convention counts only where it reproduces more rows of their sheet than our own
    calculation does: one that fits a row by chance and contradicts others is no cause. A way to count days that gives one row to the
    cent, where nothing else does, is told as that: a cell that was calculated otherwise.
    """
    works = {number: reckon(ours.plan, each, ours.frame) for number, each in ours.people.items()}
    both = [_case(ours, works[each.number], each) for each in _in_percent(ours, works, theirs) if each.number in works]
    differing = [each for each in both if each.work.payout != each.row.amount]
    held = _conventions(ours, both, differing)
    found = [_differs(ours, each, held) for each in differing]
    found += [_not_paid(ours, each) for each in theirs if each.number not in works]
    missing = sorted(set(works) - {each.number for each in theirs})
    why = (Told("no_row"),)
    found += [
        Difference(name, works[name].person, "", works[name].payout, None, "missing_theirs", why) for name in missing
    ]
    ordered = sorted(found, key=lambda each: (-abs(each.difference), each.number))
    return Compared(len(both) - len(differing), tuple(ordered))


def _not_paid(ours: Ours, row: Theirs) -> Difference:
    why = Told("not_paid", {"why": ours.unpaid.get(row.number, "no such person")})
    return Difference(row.number, "", row.where, None, row.amount, "missing_ours", (why,))


_Given = tuple[Plan, Participant, Work | None]  # inputs and what our own rules make of them


@dataclass(frozen=True)
class _Case:
    """A row of theirs with our payout, the inputs that differ, and the same person with theirs in place of ours."""

    row: Theirs
    work: Work
    others: Mapping[str, Told]
    mine: _Given
    theirs: _Given


def _case(ours: Ours, work: Work, row: Theirs) -> _Case:
    participant = ours.people[row.number]
    others = _others(ours, work, participant, row)
    mine: _Given = (ours.plan, participant, work)
    if not others:
        return _Case(row, work, others, mine, mine)
    plan, changed = with_theirs(ours.plan, participant, {name: row.inputs[name] for name in others})
    return _Case(row, work, others, mine, (plan, changed, _work(plan, changed, ours.frame)))


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


def _conventions(ours: Ours, both: Sequence[_Case], differing: Sequence[_Case]) -> list[tuple[Convention, int]]:
    """The conventions that their sheet as a whole may follow, with the rows each reproduces; most rows first."""
    ordinary = sum(
        1 for case in both if case.row.amount in (case.work.payout, case.theirs[2] and case.theirs[2].payout)
    )
    found = []
    for each in conventions():
        if any(_gives(ours, each, case) for case in differing):
            support = sum(1 for case in both if _gives(ours, each, case))
            if support > ordinary:
                found.append((each, support))
    return sorted(found, key=lambda pair: -pair[1])


def _gives(ours: Ours, convention: Convention, case: _Case) -> _Given | None:
    """The inputs with which a convention gives their amount: ours first where nothing but days differs, else theirs first."""
    order = (case.mine, case.theirs) if set(case.others) <= {"days"} else (case.theirs, case.mine)
    for plan, participant, work in order if case.others else order[:1]:
        try:
            if work and convention.amount(plan, participant, ours.frame, ours.period, work) == case.row.amount:
                return plan, participant, work
        except (NoResultError, ZeroDivisionError):
            continue
    return None


def _differs(ours: Ours, case: _Case, held: Sequence[tuple[Convention, int]]) -> Difference:
    row, others, participant = case.row, case.others, case.mine[1]
    number, person, mine = row.number, case.work.person, case.work.payout
    base = Difference(number, person, row.where, mine, row.amount, "unexplained", (Told("no_cause"),))
    components = tuple(_components(ours.plan, case.work, row))
    tries: list[list[str]] = [*([name] for name in others), list(others)] if others else []
    for names in tries:
        plan, changed = with_theirs(ours.plan, participant, {name: row.inputs[name] for name in names})
        if _payout(plan, changed, ours.frame) == row.amount:
            rest = tuple(told for name, told in others.items() if name not in names)
            kind = "proration" if names == ["days"] else "inputs"
            return replace(base, kind=kind, told=tuple(others[name] for name in names), beside=(*rest, *components))
    for convention, support in held:
        given = _gives(ours, convention, case)
        if given is None:
            continue
        why = Told(convention.rule, dict(convention.inputs))
        if given[1] is participant:
            beside = (*others.values(), *components)
            return replace(base, kind=convention.kind, told=(why,), support=support, beside=beside)
        return replace(base, kind="inputs", told=(*others.values(), why), support=support, beside=components)
    if abs(row.amount - mine) <= 1:  # the last convention: it reproduces no amount, and claims no rule
        base = replace(base, kind="rounding", told=(Told("one_unit"),))
    elif (theirs := case.theirs[2]) and abs(row.amount - theirs.payout) <= 1:
        return replace(base, kind="inputs", told=(*others.values(), Told("one_unit")), beside=components)
    beside = (*others.values(), *components)
    if abs(row.amount - mine) > 1 and (each := next(_alone(ours, case), None)):
        told = (Told(each.rule, dict(each.inputs)), Told("alone"))
        return replace(base, kind=each.kind, told=told, support=1, beside=beside)
    return replace(base, beside=beside)


def _alone(ours: Ours, case: _Case) -> Iterator[Convention]:
    """The ways to count days that give their amount from our own inputs."""
    given = replace(case, others={})
    return (each for each in conventions() if each.kind == "proration" and _gives(ours, each, given))


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
    work = _work(plan, participant, frame)
    return work.payout if work else None


def _work(plan: Plan, participant: Participant, frame: Frame) -> Work | None:
    try:
        return reckon(plan, participant, frame)
    except (NoResultError, ZeroDivisionError):
        return None
