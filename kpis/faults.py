"""What pydantic finds wrong with a text, in plain words: what was expected, and what to write."""

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from data_contracts.problems import Problem, did_you_mean

NUMBER, SO = "Write such a number.", "Write it so."
PATTERNS = {
    "^[a-z0-9][a-z0-9_.-]*$": "small letters, digits, and _ . - between them, such as first_time",
    "^[A-Z]{3}$": "three capital letters, such as EUR",
    "^[A-Z]{2}$": "two capital letters, such as NL",
}
MAPPING = ("fields with their values", "Write it as {name: value}.")
LISTED = ("a list", "Write it in brackets: [one, another].")
WHOLE, TRUTH = ("a whole number", NUMBER), ("true or false", "Write one.")
ALWAYS = {"string_too_short": ("a text", "Write it.")}
ALWAYS |= dict.fromkeys(("tuple_type", "list_type"), LISTED) | dict.fromkeys(("bool_type", "bool_parsing"), TRUTH)
ALWAYS |= dict.fromkeys(("int_type", "int_parsing", "int_from_float"), WHOLE)
ALWAYS |= dict.fromkeys(("model_type", "mapping_type", "dict_type"), MAPPING)
TOLD: Mapping[str, Callable[[Any], tuple[str, str]]] = {
    "missing": lambda fault: (str(fault["loc"][-1]), "Write it."),
    "literal_error": lambda fault: (fault["ctx"]["expected"], _choose(fault)),
    "greater_than_equal": lambda fault: (f"{fault['ctx']['ge']} or more", NUMBER),
    "less_than_equal": lambda fault: (f"{fault['ctx']['le']} or less", NUMBER),
    "greater_than": lambda fault: (f"more than {fault['ctx']['gt']}", NUMBER),
    "less_than": lambda fault: (f"less than {fault['ctx']['lt']}", NUMBER),
    "string_pattern_mismatch": lambda fault: (PATTERNS.get(fault["ctx"]["pattern"], fault["msg"]), SO),
    "string_type": lambda fault: ("a text", _quoted(fault["input"])),
    "too_short": lambda fault: (f"at least {_count(fault['ctx']['min_length'])}", "Write one."),
}


def told(fault: Any) -> tuple[str, str]:
    """What was expected where a fault lies, and the next step."""
    kind = fault["type"]
    if kind in ALWAYS:
        return ALWAYS[kind]
    if kind in TOLD:
        return TOLD[kind](fault)
    return fault["msg"].removeprefix("Value error, ").removeprefix("expected ").removeprefix("Input should be "), SO


def problem(where: str, fault: Any, fields: Collection[str], what: str = "field") -> Problem:
    """A fault as a problem: its place in the text, what was expected, what stands there, and what to write.

    fields: those that are known where it lies; what: what one of them is called.
    """
    at = ".".join(str(each) for each in fault["loc"])
    place = f"{where}, {at}" if at else where
    if fault["type"] == "extra_forbidden":
        name = str(fault["loc"][-1])
        return Problem(place, f"a known {what}", repr(name), did_you_mean(name, fields))
    expected, step = told(fault)
    given = "nothing" if fault["type"] == "missing" else repr(fault["input"])[:80]
    return Problem(place, expected, given, step)


def real(faults: Sequence[Any]) -> list[Any]:
    """The faults without those that only follow from one: a list is not too short because what stands in it is wrong."""
    return [
        each
        for each in faults
        if each["type"] != "too_short"
        or not any(other["loc"][: len(each["loc"])] == each["loc"] for other in faults if other is not each)
    ]


def _choose(fault: Any) -> str:
    words = [part.strip("' ") for part in fault["ctx"]["expected"].replace(" or ", ",").split(",")]
    step = did_you_mean(str(fault["input"]), words)
    return step if step.startswith("Did") else "Choose one of them."


def _quoted(given: Any) -> str:
    return "Put it in quotes." if isinstance(given, int | Decimal) else "Write a text."


def _count(least: int) -> str:
    return "one" if least == 1 else str(least)
