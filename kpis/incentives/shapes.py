"""A curve as it is written: points or tiers, an axis, and what holds outside them."""

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator

from kpis.exact import Number, Strict, number, shown

Places = Annotated[int, Field(ge=0, le=9)]
Axis = Literal["position", "figure", "percent_of_target", "change", "scored"]
Form = Literal["figure_over_target", "target_over_figure", "twice_less_ratio"]
OUTSIDE = ("flat", "continue", "refuse")


def _row(*names: str) -> BeforeValidator:
    """A list [a, b] read as the fields it abbreviates."""
    return BeforeValidator(lambda raw: dict(zip(names, raw, strict=False)) if isinstance(raw, list) else raw)


def _outside(value: object) -> str | Fraction:
    if value in OUTSIDE:
        return str(value)
    try:
        return number(value)
    except ValueError as error:
        raise ValueError("expected flat, continue, refuse or a number") from error


Outside = Annotated[
    str | Fraction,
    PlainValidator(_outside),
    PlainSerializer(lambda value: value if isinstance(value, str) else shown(value)),
]


class Point(Strict):
    """One point of a curve; where the curve jumps here, `belongs_to` says which side the point itself is on."""

    at: Number
    pays: Number
    belongs_to: Literal["below", "above"] | None = None


class Rate(Strict):
    """What a tier pays: percent of the opportunity, or, written with %, money as a percentage of the figure."""

    of_figure: bool
    value: Number


def _rate(raw: object) -> object:
    if isinstance(raw, dict):
        return raw
    text = str(raw).strip()
    return {"of_figure": text.endswith("%"), "value": text.removesuffix("%").strip() if isinstance(raw, str) else raw}


class Tier(Strict):
    """One band, its lower bound included as the jump says; `to` is empty in an open last band."""

    at: Number
    to: Number | None = None
    rate: Annotated[
        Rate, BeforeValidator(_rate), PlainSerializer(lambda rate: shown(rate.value) + "%" * rate.of_figure)
    ]
    belongs_to: Literal["below", "above"] | None = None


class Scale(Strict):
    """A score scale.

    Points joined by lines, cut flat outside, the score rounded or cut to decimals where they are named.
    """

    points: tuple[Annotated[Point, _row("at", "pays", "belongs_to")], ...] = Field(min_length=2)
    decimals: Places | None = None
    rounding: Literal["half_up", "down"] = "half_up"


class Curve(Strict):
    """From attainment to pay. `points` for linear and stepped, `tiers` for marginal and whole_band."""

    axis: Axis = "position"
    form: Form | None = None
    decimals: Places | None = None
    base: Number | None = None
    scale: Scale | None = None
    kind: Literal["linear", "stepped", "marginal", "whole_band"] = "linear"
    points: tuple[Annotated[Point, _row("at", "pays", "belongs_to")], ...] = ()
    tiers: tuple[Annotated[Tier, _row("at", "to", "rate", "belongs_to")], ...] = ()
    basis: Literal["each_transaction", "period_total", "year_to_date"] = "period_total"
    below_first: Outside = Fraction(0)
    above_last: Outside = "flat"
    floor: Number = Fraction(0)
    cap: Number | None = None

    @property
    def pays_money(self) -> bool:
        """Whether the curve's result is an amount of currency rather than a percentage of the opportunity."""
        return any(tier.rate.of_figure for tier in self.tiers)
