"""What the company promises its customers, what they try to achieve, and what customer centricity does not mean."""

from collections.abc import Collection
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data_contracts.problems import Problem, Problems
from kpis import faults
from kpis.definitions import SLUG

Slug = Annotated[str, Field(pattern=SLUG)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Clause(_Strict):
    """One checkable part of a promise."""

    id: Slug
    text: str


class Promise(_Strict):
    """A brand promise in the customer's words."""

    id: Slug
    title: str
    short: str | None = None
    text: str = ""
    clauses: tuple[Clause, ...] = ()


class CustomerGoal(_Strict):
    """What customers try to achieve, with the metric, baseline and dilemma in their own unit."""

    id: Slug
    title: str
    metric: str = ""
    baseline: str = ""
    dilemma: str = ""


class Guardrail(_Strict):
    """What must not be given up for the promise."""

    kpi: Slug
    why: str


class Promises(_Strict):
    """The whole of promises.yaml."""

    promises: tuple[Promise, ...] = ()
    customer_goals: tuple[CustomerGoal, ...] = ()
    golden_rules: tuple[Any, ...] = ()
    does_not_mean: tuple[str, ...] = ()
    guardrails: tuple[Guardrail, ...] = ()

    def title(self, promise: str) -> str:
        """The promise in the customer's words, or its identity where it is unknown."""
        return next((each.title for each in self.promises if each.id == promise), promise)

    @property
    def known(self) -> frozenset[str]:
        """Every identity a KPI may name: promises, and promise.clause."""
        clauses = {f"{each.id}.{clause.id}" for each in self.promises for clause in each.clauses}
        return frozenset({each.id for each in self.promises} | clauses)


def parse(text: str, where: str = "promises.yaml") -> Promises:
    """The promises in a YAML text; raises Problems with every fault and its place."""
    try:
        return Promises.model_validate(yaml.safe_load(text) or {})
    except yaml.YAMLError as error:
        raise Problems([Problem(where, "YAML", str(error).replace("\n", " "), "Mend the line named.")]) from error
    except ValidationError as error:
        found = faults.real(error.errors())
        raise Problems(faults.problem(where, each, _fields(each["loc"])) for each in found) from error


def _fields(loc: tuple[str | int, ...]) -> Collection[str]:
    """The fields that are known where a fault lies: of the file, of an entry of a list, of a clause of a promise."""
    lists: dict[str, type[BaseModel]] = {"promises": Promise, "customer_goals": CustomerGoal, "guardrails": Guardrail}
    if len(loc) < 2:
        return Promises.model_fields
    return (Clause if "clauses" in loc else lists.get(str(loc[0]), Promises)).model_fields
