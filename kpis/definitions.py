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

SLUG = r"^[a-z0-9][a-z0-9_.-]*$"
DURATION = re.compile(r"(\d+) (day|hour)s?", re.ASCII)
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


class Measure(_Strict):
    """How observations become a distribution: the kind, and the expressions that give the bucket.

    `value` is an integer answer (nps, top_box, mean), a condition (share) or an integer amount (mean, quantile);
    a rate has `events` over `exposure`. `low` and `high` mark a small integer scale, on which the bucket is the answer itself.
    """

    kind: Literal["nps", "share", "top_box", "mean", "quantile", "rate"]
    value: str | None = None
    boxes: tuple[int, ...] = ()
    low: int | None = None
    high: int | None = None
    q: float | None = Field(default=None, gt=0, lt=1)
    events: str | None = None
    exposure: str | None = None
    interval: Literal["wilson", "adjusted_wald", "wald"] | None = None

    @model_validator(mode="after")
    def _complete(self) -> "Measure":
        choices: dict[str, dict[str, object]] = {
            "rate": {"events": self.events, "exposure": self.exposure},
            "top_box": {"value": self.value, "boxes": self.boxes},
            "quantile": {"value": self.value, "q": self.q},
        }
        needed = choices.get(self.kind, {"value": self.value})
        missing = [name for name, value in needed.items() if not value]
        if missing:
            raise ValueError(f"a {self.kind} needs {' and '.join(missing)}")
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
        """SHA-256 of the canonical JSON of the definition: its content hash."""
        return sha256(rfc8785.dumps(self.model_dump(mode="json"))).hexdigest()

    def expressions(self) -> dict[str, str]:
        """Every expression of the definition by the place it stands at."""
        places = {"when": self.when, "filter": self.filter, "weight": self.weight, "cluster": self.cluster}
        places |= {f"measure.{name}": getattr(self.measure, name) for name in ("value", "events", "exposure")}
        places |= {f"credit.{name}": getattr(self.credit, name) for name in ("person", "department", "subject")}
        places |= {f"cuts.{name}": text for name, text in self.cuts.items()}
        return {place: text for place, text in places.items() if text}


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
        raise Problems(_told(fault, where) for fault in error.errors()) from error


def _told(fault: Any, where: str) -> Problem:
    place = ".".join(map(str, fault["loc"]))
    if fault["type"] == "extra_forbidden":
        known = _fields(fault["loc"])
        return Problem(
            f"{where}, {place}", "a known field", repr(fault["loc"][-1]), did_you_mean(str(fault["loc"][-1]), known)
        )
    return Problem(
        f"{where}, {place}", fault["msg"].removeprefix("Value error, "), repr(fault["input"])[:80], "Mend the field."
    )


def _fields(loc: tuple[str | int, ...]) -> Collection[str]:
    parts: dict[str, type[BaseModel]] = {"measure": Measure, "credit": Credit, "count": Aggregate}
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
