"""A step of a statement in words, for pages, paper and the shell alike."""

from collections.abc import Callable, Sequence

from dashboard.formats import Formats
from dashboard.words import _
from kpis.exact import number, round_half_away
from kpis.incentives.plan import Plan
from kpis.incentives.statement import RULES, Step

TOTALS = ("opportunity", "sum", "payout")
Rows = list[tuple[str, str, str]]
Named = Callable[[str], str]


def rows(write: Formats, plan: Plan, steps: Sequence[Step], named: Named) -> tuple[Rows, frozenset[int]]:
    """Step, rule and inputs, amount of a payout's steps; and which of them are totals; `named` tells what scopes are called."""
    found = [(_(each.name), told(write, each, named), _result(write, plan, each)) for each in steps]
    return found, frozenset(at for at, each in enumerate(steps) if each.kind in TOTALS)


def _result(write: Formats, plan: Plan, step: Step) -> str:
    value = number(step.result)
    if step.unit == "factor":
        places = next((at for at in (2, 3) if (value * 10**at).denominator == 1), 4)
        return f"× {write.number(value, places)}"
    if step.unit == "days":
        return write.number(value)
    return write.amount(round_half_away(value * 10**plan.minor_units))


def told(write: Formats, step: Step, named: Named) -> str:
    """A step's rule with its inputs as readers write numbers; what does not end is cut at four decimals and says so."""
    inputs = {name: _number(write, text) for name, text in step.inputs.items()}
    return _(RULES[step.rule]).format(whose=f" ({named(step.whose)})" if step.whose else "", **inputs)


def _number(write: Formats, text: str) -> str:
    try:
        value = number(text)
    except ValueError:
        return text
    places = next((at for at in range(5) if (value * 10**at).denominator == 1), 4)
    return write.number(value, places) + ("" if (value * 10**places).denominator == 1 else "…")
