"""The worked examples inside a plan, recomputed: a printed result that the plan does not give is contradicted."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from data_contracts.problems import Problem, did_you_mean
from kpis.exact import round_half_up
from kpis.incentives.evaluate import work
from kpis.incentives.paid import Values
from kpis.incentives.plan import Plan
from kpis.incentives.reckon import Work


def expect_problems(plan: Plan, targets: Mapping[str, Values], where: str) -> list[Problem]:
    """A problem for every printed result that differs from the recomputed one, and for inputs that cannot be read."""
    found: list[Problem] = []
    for at, example in enumerate(plan.expect):
        place = f"{where}, expect[{at}]" + (f" {example.title}" if example.title else "")
        done = work(plan, example.inputs, targets, place)
        found += done if isinstance(done, list) else _compare(plan, done, example.result, place)
    return found


def results(plan: Plan, done: Work) -> dict[str, Fraction]:
    """What an example may print.

    Payout, percent of the opportunity, opportunity, factor of proration, each line by component or kicker id, the draw,
    and the points of what is scored.
    """
    unit = 10**plan.minor_units
    found = {
        "payout": Fraction(done.payout, unit),
        "opportunity": done.opportunity / unit,
        "factor": done.dues[0].factor,
        **{name: Fraction(amount, unit) for _, name, amount in done.amounts},
        **{f"{line.component.id}.points": line.attained or Fraction(0) for line in done.lines if line.earned.scored},
    }
    if done.opportunity:
        found["percent"] = 100 * done.exact / done.opportunity
    return found


def _compare(plan: Plan, done: Work, printed: Mapping[str, Decimal], place: str) -> list[Problem]:
    known = results(plan, done)
    found = []
    for name, value in printed.items():
        if name not in known:
            found.append(Problem(f"{place}.result", "a result the plan has", repr(name), did_you_mean(name, known)))
            continue
        places = max(0, -int(value.as_tuple().exponent))
        recomputed = round_half_up(known[name], places)
        if recomputed != Fraction(value):
            told = f"{Decimal(recomputed.numerator) / Decimal(recomputed.denominator):.{places}f}"
            step = f"The plan gives {told}, not {value}: mend the plan or the example."
            found.append(Problem(f"{place}.result.{name}", told, str(value), step))
    return found
