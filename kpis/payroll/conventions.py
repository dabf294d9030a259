"""The other ways in which a sheet may round or count days: each is a calculation, and its amount is compared, not argued."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from math import floor

from kpis.calendar import MONTHS, Period
from kpis.exact import round_half_away
from kpis.incentives.paid import Frame, Participant, Segment
from kpis.incentives.plan import Plan
from kpis.incentives.reckon import Work, reckon

Amount = Callable[[Plan, Participant, Frame, Period, Work], int]  # the work is what these give by our own rules
Count = Callable[[Segment, Period], tuple[int, int]]  # days, and days of the year; 0 for those of the frame


@dataclass(frozen=True)
class Convention:
    """A way to calculate: `kind` is rounding or proration, `rule` a sentence of compare.RULES with its inputs."""

    kind: str
    rule: str
    inputs: tuple[tuple[str, str], ...]
    amount: Amount


def conventions() -> Iterator[Convention]:
    """Every convention, the plainer ones first."""
    for rule, steps in STEPS.items():
        for mode, by in MODES.items():
            yield Convention("rounding", rule, (("mode", mode),), _stepwise(steps, by))
    for places in (0, 1, 2):
        yield Convention(
            "rounding", "pays_rounded", (("decimals", str(places)),), _stepwise(("gated",), MODES["half_up"], places)
        )
    for places in (0, 1, 2, 3):
        yield Convention("rounding", "figure_rounded", (("decimals", str(places)),), _figures(places))
    yield Convention(
        "proration", "equal_periods", (), _counted(DAYS["equal_periods"])
    )  # before a factor rounded to the same
    for places in (2, 3, 4):
        yield Convention("rounding", "factor_rounded", (("decimals", str(places)),), _factor(places))
    for rule, change in list(DAYS.items())[1:]:
        yield Convention("proration", rule, (), _counted(change))


# Rounding


def _half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


MODES: dict[str, Callable[[Fraction], int]] = {"half_up": _half_up, "half_even": round, "down": floor}
STEPS: dict[str, tuple[str, ...]] = {
    "lines_rounded": ("line",),
    "opportunity_rounded": ("due",),
    "both_rounded": ("due", "line"),
    "payout_rounded": ("payout",),
    "payout_whole": ("whole",),
    "lines_whole": ("line_whole",),
}


def _stepwise(steps: tuple[str, ...], by: Callable[[Fraction], int], places: int = 0) -> Amount:
    """The payout with the named steps rounded as well; modifiers, caps and pool apply as they did to the exact sum."""

    def amount(plan: Plan, participant: Participant, frame: Frame, period: Period, work: Work) -> int:
        del participant, frame, period
        unit = 10**plan.minor_units
        total = sum((_line(work, at, steps, by, places, unit) for at in range(len(work.lines))), Fraction(0))
        left = work.exact / work.total if work.total else Fraction(1)
        exact = total * left
        if "payout" in steps:
            return by(exact)
        return by(exact / unit) * unit if "whole" in steps else round_half_away(exact)

    return amount


def _line(
    work: Work, at: int, steps: tuple[str, ...], by: Callable[[Fraction], int], places: int, unit: int
) -> Fraction:
    line = work.lines[at]
    owed, value = work.dues[line.segment].amount, line.value
    if "due" in steps and owed:
        value = value * by(owed) / owed
    if "gated" in steps and line.gated:
        value = value * Fraction(by(line.gated * 10**places), 10**places) / line.gated
    if "line_whole" in steps:
        return Fraction(by(value / unit) * unit)
    return Fraction(by(value)) if "line" in steps else value


def _figures(places: int) -> Amount:
    def amount(plan: Plan, participant: Participant, frame: Frame, period: Period, work: Work) -> int:
        del period, work
        parts = tuple(each.model_copy(update={"decimals": None}) for each in plan.components)
        return reckon(plan.model_copy(update={"decimals": places, "components": parts}), participant, frame).payout

    return amount


def _factor(places: int) -> Amount:
    def amount(plan: Plan, participant: Participant, frame: Frame, period: Period, work: Work) -> int:
        del period, work
        changed = plan.model_copy(update={"proration": plan.proration.model_copy(update={"decimals": places})})
        return reckon(changed, participant, frame).payout

    return amount


# Days


def _counted(change: Count) -> Amount:
    """The payout with days over days of the year counted another way."""

    def amount(plan: Plan, participant: Participant, frame: Frame, period: Period, work: Work) -> int:
        del work
        counted = [change(each, period) for each in participant.segments]
        year_days = (counted[0][1] if counted else 0) or frame.year_days
        segments = tuple(
            replace(each, days=days) for each, (days, _) in zip(participant.segments, counted, strict=True)
        )
        return reckon(plan, replace(participant, segments=segments), replace(frame, year_days=year_days)).payout

    return amount


def _periods(period: Period) -> int:
    return 12 // MONTHS[period.kind]


def _share(each: Segment, period: Period) -> tuple[int, int]:
    return each.days, period.days * _periods(period)


def _fixed(days: int) -> Count:
    return lambda each, _: (each.days, days)


def _days360(each: Segment, period: Period) -> tuple[int, int]:
    start, end = each.start or period.start, each.end or period.end
    gone = (end - start).days - each.days
    return _thirty(end) - _thirty(start) - gone, 360


def _thirty(day: date) -> int:
    return 360 * day.year + 30 * day.month + min(day.day, 30)


def _whole(each: Segment, period: Period) -> tuple[int, int]:
    del each
    return period.days, period.days * _periods(period)


def _months(each: Segment, period: Period) -> tuple[int, int]:
    start, end = each.start or period.start, each.end or period.end
    last = date.fromordinal(end.toordinal() - 1)
    return (last.year - start.year) * 12 + last.month - start.month + 1, 12


def _without_first(each: Segment, period: Period) -> tuple[int, int]:
    return each.days - (each.start is not None and each.start > period.start), 0


def _without_last(each: Segment, period: Period) -> tuple[int, int]:
    return each.days - (each.end is not None and each.end < period.end), 0


DAYS: dict[str, Count] = {
    "equal_periods": _share,
    "year_365": _fixed(365),
    "year_366": _fixed(366),
    "year_360": _fixed(360),
    "thirty_days": _days360,
    "first_day_out": _without_first,
    "last_day_out": _without_last,
    "whole_months": _months,
    "not_prorated": _whole,
}
