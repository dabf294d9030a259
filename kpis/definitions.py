"""KPI definitions: YAML text in, a checked definition or every problem out."""

import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Any, Literal

import rfc8785
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from data_contracts import expressions
from data_contracts.problems import Problem, Problems, did_you_mean
from kpis import faults

SLUG = r"^[a-z0-9][a-z0-9_.-]*$"
DURATION = re.compile(r"(\d+) (day|hour)s?", re.ASCII)
COUNTING = ("value", "events", "exposure", "censored")
Slug = Annotated[str, Field(pattern=SLUG)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _duration(value: object) -> object:
    """`7 days` or `36 hours`; a bare number would be seconds, and nobody means them. ISO 8601 is what a dump holds."""
    match = DURATION.fullmatch(value) if isinstance(value, str) else None
    if match:
        return timedelta(**{f"{match[2]}s": int(match[1])})
    if value is None or isinstance(value, timedelta) or (isinstance(value, str) and value.startswith("P")):
        return value
    raise ValueError("a time such as 7 days or 36 hours")


Span = Annotated[timedelta, BeforeValidator(_duration)]


class Part(_Strict):
    """One side of a ratio: the total of another KPI (ones, answers in the boxes, values, events), or its observations."""

    kpi: Slug
    of: Literal["total", "n"]


class Measure(_Strict):
    """How observations become a distribution: the kind, and the expressions that give the bucket.

    `value` is an integer answer (nps, top_box, mean), a condition (share) or an integer amount (mean, quantile);
    a rate has `events` over `exposure`, a ratio two other KPIs. `low` and `high` mark a small integer scale, on which
    the bucket is the answer itself. While `censored` holds, a duration still runs.
    """

    kind: Literal["nps", "share", "top_box", "mean", "quantile", "rate", "ratio"]
    value: str | None = None
    boxes: tuple[int, ...] = ()
    low: int | None = None
    high: int | None = None
    q: float | None = Field(default=None, gt=0, lt=1)
    events: str | None = None
    exposure: str | None = None
    censored: str | None = None
    numerator: Part | None = None
    denominator: Part | None = None
    interval: Literal["wilson", "adjusted_wald", "wald"] | None = None

    @model_validator(mode="after")
    def _complete(self) -> "Measure":
        choices: dict[str, dict[str, object]] = {
            "rate": {"events": self.events, "exposure": self.exposure},
            "ratio": {"numerator": self.numerator, "denominator": self.denominator},
            "top_box": {"value": self.value, "boxes": self.boxes},
            "quantile": {"value": self.value, "q": self.q},
        }
        needed = choices.get(self.kind, {"value": self.value})
        missing = [name for name, value in needed.items() if not value]
        if missing:
            raise ValueError(f"a {self.kind} needs {' and '.join(missing)}")
        if self.censored and self.kind != "quantile":
            raise ValueError("censored beside a quantile only: what still runs has no place in another measure")
        if (self.numerator or self.denominator) and self.kind != "ratio":
            raise ValueError("numerator and denominator beside a ratio only")
        return self

    @property
    def scaled(self) -> bool:
        """Whether the bucket is the answer itself, rather than a logarithmic one."""
        return self.kind in ("nps", "share", "top_box") or (self.kind == "mean" and self.low is not None)


class Credit(_Strict):
    """Who an observation is credited to: columns of the dataset, or the `credits` dataset joined on `subject`."""

    person: str | None = None
    department: str | None = None
    through: Literal["credits"] | None = None
    subject: str | None = None


class OneAnswer(_Strict):
    """Of the answers that `by` gave, one counts that no other follows `within` that many days: the last."""

    by: str
    within: Span

    @model_validator(mode="after")
    def _whole(self) -> "OneAnswer":
        if self.within < timedelta(days=1) or self.within % timedelta(days=1):
            raise ValueError("one_answer_per counts whole days, such as 90 days")
        return self


class Response(_Strict):
    """The KPIs whose figures say how many were asked and how many of them answered."""

    asked: Slug
    answered: Slug


class Aggregate(_Strict):
    """Which columns carry what arrives already counted (dataset `kpi_aggregates`)."""

    kpi: str
    form: Literal["ones", "buckets", "moments"]


class KpiDefinition(_Strict):
    """One version of one KPI, as people review it."""

    id: Slug
    version: int = Field(ge=1)
    title: str
    question: str
    promise: Slug | None = None
    customer_goal: Slug | None = None
    owner: str | None = None
    direction: Literal["higher", "lower"]
    dataset: Slug
    when: str
    period_of: Literal["opened", "closed", "promised", "answered"]
    measure: Measure
    filter: str | None = None
    credit: Credit = Credit()
    cuts: Mapping[Literal["segment", "channel"], str] = {}
    weight: str | None = None
    count: Aggregate | None = None
    unit: Literal["percent", "points", "score", "hours", "days", "count", "money"]
    decimals: int = Field(default=1, ge=0, le=6)
    matures_after: Annotated[timedelta | None, BeforeValidator(_duration)] = None
    cluster: str | None = None
    one_answer_per: OneAnswer | None = None
    response: Response | None = None
    min_n: int = Field(default=30, ge=1)
    min_n_show: int = Field(default=10, ge=1)
    good: str | None = None
    gaming: str | None = None
    guardrail: str | None = None

    @property
    def promise_id(self) -> str | None:
        """The promise, without the clause."""
        return self.promise.split(".")[0] if self.promise else None

    def digest(self) -> str:
        """SHA-256 of the canonical JSON of what the definition says: its content hash."""
        return sha256(rfc8785.dumps(self.model_dump(mode="json", exclude_none=True))).hexdigest()

    def expressions(self) -> dict[str, str]:
        """Every expression of the definition by the place it stands at."""
        places = {"when": self.when, "filter": self.filter, "weight": self.weight, "cluster": self.cluster}
        places |= {f"measure.{name}": getattr(self.measure, name) for name in COUNTING}
        places |= {"one_answer_per.by": self.one_answer_per.by} if self.one_answer_per else {}
        places |= {f"credit.{name}": getattr(self.credit, name) for name in ("person", "department", "subject")}
        places |= {f"cuts.{name}": text for name, text in self.cuts.items()}
        return {place: text for place, text in places.items() if text}

    @property
    def parts(self) -> tuple[str, ...]:
        """The KPIs that a ratio is made of; none of any other."""
        sides = (self.measure.numerator, self.measure.denominator)
        return tuple(dict.fromkeys(each.kpi for each in sides if each))

    @property
    def reads(self) -> tuple[str, ...]:
        """The datasets its facts are built from, its own first; none of a ratio, which its parts are built for."""
        more = {
            "assignments": bool(self.credit.person or self.credit.through),
            "credits": bool(self.credit.through),
            "customers": self.names_customers,
        }
        return (self.dataset, *(name for name, read in more.items() if read)) if self.dataset else ()

    @property
    def surveyed(self) -> bool:
        """Whether its observations are answers, so that somebody was asked and others did not answer."""
        return self.period_of == "answered"

    @property
    def names_customers(self) -> bool:
        """Whether an expression reads a column of `customers` beside those of the dataset."""
        return any("customers." in text for text in self.expressions().values())

    def counting(self) -> tuple[str, ...]:
        """The expressions that say which rows count, and what each counts: all but where they belong."""
        own = (self.filter, self.weight, *(getattr(self.measure, name) for name in COUNTING))
        return tuple(text for text in own if text)


def parse(text: str, where: str) -> KpiDefinition:
    """The definition in a YAML text; raises Problems with every fault and its place in the file."""
    try:
        raw: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Problems([Problem(where, "YAML", str(error).replace("\n", " "), "Mend the line named.")]) from error
    if not isinstance(raw, dict):
        raise Problems([Problem(where, "a KPI definition", type(raw).__name__, "Start from a shipped definition.")])
    try:
        return KpiDefinition.model_validate(raw)
    except ValidationError as error:
        found = faults.real(error.errors())
        raise Problems(faults.problem(where, each, _fields(each["loc"])) for each in found) from error


def _fields(loc: tuple[str | int, ...]) -> Collection[str]:
    parts: dict[str, type[BaseModel]] = {"measure": Measure, "credit": Credit, "count": Aggregate}
    parts |= {"one_answer_per": OneAnswer, "response": Response}
    return (parts.get(str(loc[0]), KpiDefinition) if len(loc) > 1 else KpiDefinition).model_fields


def check(definition: KpiDefinition, columns: Mapping[str, Collection[str]]) -> list[Problem]:
    """Problems of a definition against the columns of the workspace's datasets (dataset → column names)."""
    where = f"kpis/{definition.id}.yaml"
    if definition.dataset not in columns:
        step = did_you_mean(definition.dataset, columns)
        return [Problem(f"{where}, dataset", "a contract of the workspace", repr(definition.dataset), step)]
    own = set(columns[definition.dataset])
    reachable = own | {f"customers.{name}" for name in columns.get("customers", ()) if "customer" in own}
    problems: list[Problem] = []
    for place, text in definition.expressions().items():
        try:
            expressions.parse(text, reachable, f"{where}, {place}")
        except Problems as found:
            problems.extend(found.problems)
    return problems
