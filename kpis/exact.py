"""Exact numbers: YAML read without floats, numbers as people write them, and the roundings that pay knows."""

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator, ValidationError

from data_contracts.problems import Problem, Problems, did_you_mean
from kpis import faults

PLAIN = re.compile(r"-?\d{1,30}(\.\d{1,30})?|-?\d{1,30}/[1-9]\d{0,29}", re.ASCII)
LARGEST = 10**12  # what an amount stays below, in whole currency: sums of many fit 64 bits
QUOTED = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)
Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """What text becomes: unknown fields are refused and values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class _ExactLoader(yaml.SafeLoader):
    """Safe YAML with the plain scalars of YAML 1.2, decimals as `Decimal`, and repeated keys as an error.

    YAML 1.1 reads `on:` as true, 010 as 8 and 1:30 as 90.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (PyYAML declares it so)


def _decimal_node(_: _ExactLoader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(node.value)


def _integer_node(_: _ExactLoader, node: yaml.ScalarNode) -> int:
    return int(node.value)


def _mapping_node(loader: _ExactLoader, node: yaml.MappingNode) -> dict[str, Any]:
    keys = [str(key.value) for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.constructor.ConstructorError(None, None, f"key {key!r} stands twice", node.start_mark)
    return {key: loader.construct_object(value, deep=True) for key, (_, value) in zip(keys, node.value, strict=True)}


for _tag, _shape, _first in (
    ("null", r"^(null|~|)$", ["n", "~", ""]),
    ("bool", r"^(true|false)$", ["t", "f"]),
    ("int", r"^-?\d{1,30}$", list("-0123456789")),
    ("float", r"^-?\d{1,30}\.\d{1,30}$", list("-0123456789")),
):
    _ExactLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_shape, re.ASCII), _first)
_ExactLoader.add_constructor("tag:yaml.org,2002:int", _integer_node)
_ExactLoader.add_constructor("tag:yaml.org,2002:float", _decimal_node)
_ExactLoader.add_constructor("tag:yaml.org,2002:map", _mapping_node)


def load_yaml(text: str, where: str) -> dict[str, Any]:
    """The mapping in a YAML text, decimals exact; raises Problems when the text is no YAML or no mapping."""
    try:
        raw = yaml.load(text, Loader=_ExactLoader)  # noqa: S506 (a SafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        raise Problems([Problem(where, "YAML", " ".join(str(error).split()), "Mend the line named.")]) from error
    if not isinstance(raw, dict):
        raise Problems([Problem(where, "a mapping of fields", type(raw).__name__, "Start from a shipped example.")])
    return raw


class _Quoting(yaml.SafeDumper):
    """Safe YAML in which text that the loader above would read as a number is quoted, 08 too."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = '"' if QUOTED.fullmatch(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style)


_Quoting.add_representer(str, _text)


def dumped(form: Any, flow: bool = False) -> str:
    """The YAML text of plain values, which `load_yaml` reads back as they were; `flow` writes it on one line, as {a: 1}."""
    if not flow:
        return yaml.dump(form, Dumper=_Quoting, sort_keys=False, allow_unicode=True, width=120)
    return yaml.dump(form, Dumper=_Quoting, default_flow_style=True, allow_unicode=True, width=10**6).strip()


def number(value: object) -> Fraction:
    """An exact number written as 70, 37.5, "37.5" or "10/3"; raises ValueError for anything else, floats among it."""
    if isinstance(value, bool | float):
        raise ValueError("expected an exact number such as 70, 37.5 or 10/3")
    text = format(value, "f") if isinstance(value, Decimal) and value.is_finite() else str(value).strip()
    if not PLAIN.fullmatch(text):
        raise ValueError("expected an exact number such as 70, 37.5 or 10/3")
    return Fraction(text)


def shown(value: Fraction) -> str:
    """The shortest exact text of a number: a decimal where one exists, else a ratio. `number` reads it back."""
    twos = (value.denominator & -value.denominator).bit_length() - 1
    rest, fives = value.denominator >> twos, 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest > 1:
        return f"{value.numerator}/{value.denominator}"
    digits = max(twos, fives)
    whole = str(abs(value.numerator) * 10**digits // value.denominator).rjust(digits + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{whole[:-digits]}.{whole[-digits:]}" if digits else whole)


def money(value: object) -> Fraction:
    """An exact amount in whole currency, below LARGEST either side of zero; raises ValueError for anything else."""
    exact = number(value)
    if abs(exact) >= LARGEST:
        raise ValueError(f"expected an amount below {LARGEST:,}")
    return exact


def _decimal(value: object) -> Decimal:
    exact = number(value)
    text = format(value, "f") if isinstance(value, Decimal) else str(value).strip()
    if "/" in text:
        raise ValueError(f"expected a decimal number, not the ratio {exact}")
    return Decimal(text)


Number = Annotated[Fraction, PlainValidator(number), PlainSerializer(shown)]
Money = Annotated[Fraction, PlainValidator(money), PlainSerializer(shown)]
Exact = Annotated[Decimal, PlainValidator(_decimal), PlainSerializer(lambda value: format(value, "f"))]


def read_model(kind: type[Model], raw: Any, where: str) -> Model:
    """The raw value as a checked model; raises Problems with every fault and its place, as `components[1].curve`."""
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise Problems(_told(kind, fault, where) for fault in faults.real(error.errors())) from error


def _told(kind: type[BaseModel], fault: Any, where: str) -> Problem:
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault["loc"]]
    place = f"{where}, {''.join(parts).lstrip('.')}" if parts else where
    if fault["type"] == "extra_forbidden":
        name = str(fault["loc"][-1])
        return Problem(place, "a known field", repr(name), did_you_mean(name, _fields(kind, fault["loc"][:-1])))
    expected, step = faults.told(fault)
    return Problem(place, expected, _short(fault), step)


def _short(fault: Any) -> str:
    given = fault["input"]
    if fault["type"] == "missing":
        return "nothing"
    if isinstance(given, Decimal):
        return format(given, "f")
    return f"fields {', '.join(map(str, given))}" if isinstance(given, dict) else repr(given)[:80]


def _fields(kind: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The field names of the model that lies at a place of another."""
    for part in loc:
        if isinstance(part, str) and part in kind.model_fields:
            kind = _inner(kind.model_fields[part].annotation) or kind
    return list(kind.model_fields)


def _inner(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = [_inner(part) for part in getattr(annotation, "__args__", ())]
    return next((each for each in found if each), None)


def round_half_up(value: Fraction, decimals: int) -> Fraction:
    """The value rounded to decimals, halves towards plus infinity: how a figure becomes the paid figure."""
    scale = 10**decimals
    return Fraction(floor(value * scale + Fraction(1, 2)), scale)


def round_half_away(value: Fraction) -> int:
    """The value as a whole number, halves away from zero: the one rounding of a payout to its minor unit."""
    size = floor(abs(value) + Fraction(1, 2))
    return size if value >= 0 else -size


def round_whole(value: Fraction, rule: str) -> int:
    """The value as a whole number: half_away, half_even (halves to the even number) or down (the floor)."""
    if rule == "half_away":
        return round_half_away(value)
    return floor(value) if rule == "down" else round(value)


def largest_remainder(total: int, weights: Sequence[Fraction | int], ties: Sequence[bytes] | None = None) -> list[int]:
    """A whole total shared by non-negative weights so that the parts sum to it.

    Each part is the floor of total × weight ÷ Σ weights, and what is left goes one by one to the largest remainders
    (Hamilton 1792), of equal ones to the earlier part, or to the one smaller in `ties`. All parts are 0 when all weights are.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    quotas = [Fraction(total * weight) / whole for weight in weights]
    parts = [floor(quota) for quota in quotas]
    order = sorted(range(len(parts)), key=lambda at: (parts[at] - quotas[at], ties[at] if ties else b"", at))
    for at in order[: total - sum(parts)]:
        parts[at] += 1
    return parts
