"""A step of a statement in words, for pages and the shell alike."""

from dashboard.formats import Formats
from dashboard.words import _
from kpis.exact import number
from kpis.incentives.statement import RULES, Step


def told(write: Formats, step: Step) -> str:
    """A step's rule with its inputs as readers write numbers; what does not end is cut at four decimals and says so."""
    inputs = {name: _number(write, text) for name, text in step.inputs.items()}
    return _(RULES[step.rule]).format(**inputs)


def _number(write: Formats, text: str) -> str:
    try:
        value = number(text)
    except ValueError:
        return text
    places = next((at for at in range(5) if (value * 10**at).denominator == 1), 4)
    return write.number(value, places) + ("" if (value * 10**places).denominator == 1 else "…")
