"""The terms of a plan: what it is worth to whom, what funds it, when it trues up, what is paid ahead or claimed back."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from kpis.exact import Money, Number, Strict
from kpis.incentives.shapes import Places

Rounding = Literal["half_away", "half_even", "down"]
DepartmentFigure = Literal["whole_period", "while_there", "at_period_end"]
Missing = Literal["no_payout", "renormalise", "fallback"]
HeldAgainst = Literal["so_far", "by_volume", "of_period"]


class Terms(Strict):
    """Pay at target for a full year in full time: percent of salary, or an amount of currency."""

    percent_of_salary: Annotated[Number, Field(le=10_000)] | None = None
    amount: Money | None = None

    @property
    def given(self) -> int:
        """How many of the two are written."""
        return (self.percent_of_salary is not None) + (self.amount is not None)


class Opportunity(Terms):
    """Terms for everyone, and others by level or by person, who come first."""

    by_level: Mapping[str, Terms] = {}
    by_person: Mapping[str, Terms] = {}

    def of(self, person: str, level: str) -> Terms | None:
        """The terms of a person at a level; None where the plan has none."""
        found = self.by_person.get(person) or self.by_level.get(level) or self
        return found if found.given else None

    @property
    def everything(self) -> tuple[Terms, ...]:
        """All terms that are written: the default's, then by level, then by person."""
        default = (self,) if self.given else ()
        return (*default, *self.by_level.values(), *self.by_person.values())


class Added(Strict):
    """What a kicker adds: percent of the prorated opportunity, or an amount of currency."""

    percent: Number | None = None
    amount: Money | None = None


class Fallback(Strict):
    """What stands in for a missing figure: a figure, or what the curve would pay in percent."""

    figure: Number | None = None
    pays: Number | None = None


class Proration(Strict):
    """Eligible days ÷ days of the year: rounded not at all or to decimals, halves up; whether a span's last day counts."""

    decimals: Places | None = None
    last_day: Literal["inclusive", "exclusive"] = "inclusive"


class YearToDate(Strict):
    """Each run pays the year so far less what was paid; what a shortfall becomes when the year ends.

    `target` is what the figure so far is held against where no target is set for just these days: the one that all periods
    so far have (`so_far`; refused where they differ), theirs by volume, or that of the period that is paid.
    """

    year_end: Literal["forgive", "carry", "recover"] = "forgive"
    target: HeldAgainst = "so_far"


class Draw(Strict):
    """Paid each period at least: percent of its opportunity, or an amount. Recoverable draws are made good by later pay."""

    percent: Number | None = None
    amount: Money | None = None
    recoverable: bool = False


class Clawback(Strict):
    """For how many months after payment, and for which causes, pay may be claimed back: how much, and against what.

    `share` in percent of what was paid (unless said: all of it), `falls: monthly` takes each completed month's part off, and
    `set_off: any_plan` nets it against variable pay of every plan, not of this one alone. Base pay is never touched.
    """

    months: int = Field(ge=1)
    causes: tuple[str, ...] = Field(min_length=1)
    share: Annotated[Number, Field(gt=0, le=100)] | None = None
    falls: Literal["monthly"] | None = None
    set_off: Literal["any_plan"] | None = None


class Budget(Strict):
    """What one period may cost in all, in whole currency; `currency` is the plan's where it is not written. It caps no pay."""

    amount: Money
    currency: str | None = None


class Override(Strict):
    """A country rule that this plan, or this workspace, sets otherwise, and why."""

    rule: Literal["leaver", "part_time_below"]
    value: Annotated[str, BeforeValidator(str)]
    reason: Annotated[
        str, BeforeValidator(lambda raw: raw.strip() if isinstance(raw, str) else raw), Field(min_length=1)
    ]
