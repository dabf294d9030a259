"""The plan language: YAML text ↔ a plan, as HR people write it. What the words mean stands in docs/plan-language.md."""

from collections.abc import Mapping
from fractions import Fraction
from hashlib import sha256
from typing import Annotated, Any, Literal

import rfc8785
from babel.numbers import get_currency_precision
from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from kpis.exact import Exact, Money, Number, Strict, dumped, load_yaml, number, read_model, round_half_up, shown
from kpis.incentives.scoring import Score
from kpis.incentives.shapes import Curve, Places
from kpis.incentives.terms import (
    Added,
    Budget,
    Clawback,
    DepartmentFigure,
    Draw,
    Fallback,
    Missing,
    Opportunity,
    Override,
    Proration,
    Rounding,
    YearToDate,
)

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
PaidBy = Literal["own", "team", "credibility"]


class Aim(Strict):
    """A target written into the plan itself."""

    threshold: Number
    target: Number
    stretch: Number

    @property
    def values(self) -> tuple[Fraction, Fraction, Fraction]:
        """Threshold, target and stretch, exact."""
        return self.threshold, self.target, self.stretch


class Source(Strict):
    """Where a figure comes from: a target (its id, or written out), or a KPI and whose figure. Neither.

    It is given as an actual.
    """

    id: Slug
    title: str = ""
    kpi: Slug | None = None
    scope: str | None = None
    target: (
        Annotated[
            Annotated[str, Tag("id")] | Annotated[Aim, Tag("values")],
            Discriminator(lambda raw: "id" if isinstance(raw, str) else "values"),
        ]
        | None
    ) = None
    decimals: Places | None = None
    nearest: Number | None = None

    @property
    def name(self) -> str:
        """The name people read."""
        return self.title or self.id


class Component(Source):
    """One thing that pays: a weight in percent of the opportunity, or none where its tiers pay money.

    `second` is the other figure of a matrix. `segments_by` says what shares a person's segments: their days, or the
    answers (n) of each segment's own figure.
    """

    weight: Number | None = None
    section: Slug | None = None
    curve: Curve
    second: Source | None = None
    score: Score | None = None
    min_n: Annotated[int | None, Field(ge=1)] = None
    paid_figure: PaidBy | None = None
    missing: Missing | None = None
    fallback: Fallback | None = None
    segments_by: Literal["days", "n"] = "days"


class Passes(Strict):
    """When a gate is passed: exactly one limit on its figure."""

    at_least: Number | None = None
    at_most: Number | None = None
    above: Number | None = None
    below: Number | None = None


class Otherwise(Strict):
    """What a failed gate leaves.

    At most `cap` percent of the opportunity it stands on, or pay for the named components alone.
    """

    cap: Number | None = None
    only: tuple[Slug, ...] = ()


class Gate(Source):
    """A condition `on` a component:<id>, a section:<id> or the payout; on it by a `company` or a `person` figure."""

    on: str = "payout"
    passes: Passes
    otherwise: Annotated[Otherwise, BeforeValidator(lambda raw: raw if isinstance(raw, dict) else {"cap": raw})] = (
        Otherwise(cap=Fraction(0))
    )


class Modifier(Source):
    """A factor on the sum: its curve pays percent, 110 means × 1.10."""

    curve: Curve


class Kicker(Source):
    """An amount, or percent of the opportunity, added when its condition holds."""

    passes: Passes
    adds: Annotated[Added, BeforeValidator(lambda raw: raw if isinstance(raw, dict) else {"percent": raw})]


class Pool(Strict):
    """What funds all payouts together.

    Percent of everyone's opportunity, an amount, or a curve on a company `figure` that pays such a percent; payouts are
    scaled `down` to it, or always `to_pool`.
    """

    percent: Number | None = None
    amount: Money | None = None
    figure: Modifier | None = None
    scaling: Literal["down", "to_pool"] = "down"


class Section(Strict):
    """Components that share a cap, in percent of their part of the opportunity."""

    id: Slug
    title: str = ""
    cap: Number | None = None


class Participants(Strict):
    """Who is in the plan; a person who fits any of the lists is."""

    departments: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


def _texts(inputs: object) -> object:
    """Example inputs as exact text, so that reading them back changes nothing."""
    return _plain(inputs) if isinstance(inputs, Mapping) else inputs


class Example(Strict):
    """A worked example as printed: inputs by name (salary, days, fte, component, gate and modifier ids) and results."""

    title: str = ""
    inputs: Annotated[Mapping[str, Any], BeforeValidator(_texts)] = {}
    result: Annotated[
        Mapping[str, Exact],
        BeforeValidator(lambda raw: raw if isinstance(raw, dict) else {"payout": raw}),
        Field(min_length=1),
    ]


class Plan(Strict):
    """One version of one incentive plan."""

    id: Slug
    title: str = ""
    version: int = Field(default=1, ge=1)
    currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$")
    minor_units: int = Field(default=2, ge=0, le=12)
    rounding: Rounding = "half_away"
    frequency: Literal["month", "quarter", "half", "year"] = "year"
    participants: Participants = Participants()
    opportunity: Opportunity = Opportunity()
    country: Annotated[str | None, Field(pattern=r"^[A-Z]{2}$")] = None
    overrides: tuple[Override, ...] = ()
    paid_figure: PaidBy = "own"
    credibility_k: Number | None = None
    department_figure: DepartmentFigure = "whole_period"
    missing: Missing = "no_payout"
    fallback: Fallback | None = None
    decimals: Places = 2
    components: tuple[Component, ...] = Field(min_length=1)
    sections: tuple[Section, ...] = ()
    gates: tuple[Gate, ...] = ()
    modifiers: tuple[Modifier, ...] = ()
    kickers: tuple[Kicker, ...] = ()
    cap: Number | None = None
    pool_factor: Number = Fraction(100)
    pool: Pool | None = None
    proration: Proration = Proration()
    year_to_date: YearToDate | None = None
    draw: Draw | None = None
    clawback: Clawback | None = None
    budget: Budget | None = None
    expect: tuple[Example, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _currencys_own(cls, raw: Any) -> Any:
        """The minor units of the currency (ISO 4217, as the CLDR in Babel has them) where the plan names none."""
        if not isinstance(raw, dict) or "minor_units" in raw:
            return raw
        return raw | {"minor_units": get_currency_precision(str(raw.get("currency", "EUR")))}

    @property
    def budget_minor(self) -> int | None:
        """What one period may cost in all, in minor units; None where the plan keeps no budget."""
        return int(self.budget.amount * 10**self.minor_units) if self.budget else None

    @property
    def segment_sources(self) -> tuple[Source, ...]:
        """What reads a figure for each segment, in plan order: components and the second figures of matrices."""
        return tuple(each for part in self.components for each in (part, part.second) if each)

    @property
    def person_sources(self) -> tuple[Source, ...]:
        """What reads one figure for the person: gates, modifiers, kickers and the figure that funds the pool."""
        funded = (self.pool.figure,) if self.pool and self.pool.figure else ()
        return (*self.gates, *self.modifiers, *self.kickers, *funded)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Everything that reads a figure, in plan order."""
        return (*self.segment_sources, *self.person_sources)

    def places(self, source: Source) -> int:
        """The decimals a source's figure is rounded to before it pays."""
        return self.decimals if source.decimals is None else source.decimals

    def rounded(self, source: Source, value: Fraction) -> Fraction:
        """A source's figure rounded half up: to its decimals, or to the nearest multiple the plan names."""
        if source.nearest is None:
            return round_half_up(value, self.places(source))
        return source.nearest * round_half_up(value / source.nearest, 0)

    def digest(self) -> str:
        """SHA-256 of the canonical JSON (RFC 8785) of the normal form: what an approval binds."""
        return sha256(rfc8785.dumps(normal_form(self))).hexdigest()


def parse(text: str, where: str = "plan.yaml") -> Plan:
    """The plan in a YAML text, its form checked; raises Problems with every fault and its place.

    Meaning is `check.check`.
    """
    return read_model(Plan, load_yaml(text, where), where)


def normal_form(plan: Plan) -> dict[str, Any]:
    """The plan with every default written out, numbers as exact text; `from_normal_form` gives the same plan back."""
    return _plain(plan.model_dump(exclude_none=True))  # type: ignore[no-any-return]


def from_normal_form(form: Mapping[str, Any], where: str = "plan") -> Plan:
    """The plan of a normal form; raises Problems when it is none."""
    return read_model(Plan, dict(form), where)


def to_yaml(plan: Plan) -> str:
    """The plan as YAML without its defaults; `parse` gives the same plan back, and it the same text."""
    form = _plain(plan.model_dump(exclude_none=True, exclude_defaults=True))
    form.pop("minor_units", None)
    if plan.minor_units != get_currency_precision(plan.currency):
        form["minor_units"] = plan.minor_units
    return dumped(form)


def _plain(value: Any) -> Any:
    """Values as YAML and JSON know them: exact numbers as text."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, str | bool) or value is None:
        return value
    return value if isinstance(value, int) else shown(number(value))
