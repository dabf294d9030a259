"""A curve as it is written: points, tiers or cells, an axis, and what holds outside them."""

from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator, model_validator

from kpis.exact import Number, Strict, number, shown

Places = Annotated[int, Field(ge=0, le=12)]
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


class OnAxis(Strict):
    """What a figure becomes before it pays: `decimals` round it there, `form` and `base` belong to their axes."""

    axis: Axis = "position"
    form: Form | None = None
    decimals: Places | None = None
    base: Number | None = None


class Edge(Strict):
    """Where a row or a column of a matrix begins; `belongs_to` says which side the edge itself is on."""

    at: Number
    belongs_to: Literal["below", "above"] | None = None


Edges = tuple[Annotated[Edge, BeforeValidator(lambda raw: raw if isinstance(raw, dict) else {"at": raw})], ...]


class Curve(OnAxis):
    """From attainment to pay.

    `points` for linear and stepped, `tiers` for marginal and whole_band; `rows`, `columns`, `cells` and `across` for a
    matrix of two figures. `beyond` and `short_of` are read as the points they stand for.
    """

    scale: Scale | None = None
    kind: Literal["linear", "stepped", "marginal", "whole_band", "matrix"] = "linear"
    points: tuple[Annotated[Point, _row("at", "pays", "belongs_to")], ...] = ()
    tiers: tuple[Annotated[Tier, _row("at", "to", "rate", "belongs_to")], ...] = ()
    across: OnAxis | None = None
    rows: Edges = ()
    columns: Edges = ()
    cells: tuple[tuple[Number, ...], ...] = ()
    between: Literal["stepped", "linear"] = "stepped"
    basis: Literal["each_transaction", "period_total", "year_to_date"] = "period_total"
    below_first: Outside = Fraction(0)
    above_last: Outside = "flat"
    floor: Number = Fraction(0)
    cap: Number | None = None

    @model_validator(mode="before")
    @classmethod
    def _written_short(cls, raw: Any) -> Any:
        return expanded(raw) if isinstance(raw, dict) and {"beyond", "short_of"} & raw.keys() else raw

    @property
    def pays_money(self) -> bool:
        """Whether the curve's result is an amount of currency rather than a percentage of the opportunity."""
        return any(tier.rate.of_figure for tier in self.tiers)


def expanded(raw: dict[str, Any]) -> dict[str, Any]:
    """A curve's accelerator (`beyond`) and decelerator (`short_of`) as the points they stand for; raises ValueError."""
    made = {name: value for name, value in raw.items() if name not in ("beyond", "short_of")}
    for name, each, end in (("beyond", "each_point_pays", "up_to"), ("short_of", "each_point_costs", "down_to")):
        given = raw.get(name)
        if given is None:
            continue
        if not isinstance(given, dict) or not {"from", each} <= given.keys() <= {"from", each, end}:
            raise ValueError(f"expected {name}: {{from: …, {each}: …}}, and {end} where it ends")
        start, rate = number(given["from"]), number(given[each])
        stop = None if given.get(end) is None else number(given[end])
        made |= _leg(made, name == "beyond", start, rate, stop)
    return made


def _leg(made: dict[str, Any], beyond: bool, start: Fraction, rate: Fraction, stop: Fraction | None) -> dict[str, Any]:
    """The points with one more before or after them: to where the leg stops, else on without end, or down to no pay."""
    points = list(made.get("points") or [[shown(start), "100"]])
    beside = points[-1 if beyond else 0]
    at, pays = (number(each) for each in (beside.values() if isinstance(beside, dict) else beside[:2]))
    if at != start or rate <= 0:
        raise ValueError(
            f"expected a start at the {'last' if beyond else 'first'} point, {shown(at)}, and a rate above 0"
        )
    if beyond:
        length = Fraction(1) if stop is None else stop - at
        outside = {"above_last": "continue"} if stop is None else {}
        return outside | {"points": [*points, [shown(at + length), shown(pays + rate * length)]]}
    length = pays / rate if stop is None else at - stop
    return {"points": [[shown(at - length), shown(pays - rate * length)], *points]}
