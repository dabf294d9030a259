"""Which kind of evidence a dataset is: what customers say, what they ask for, what they do. A promise should rest on all three."""

from collections.abc import Iterable, Mapping
from typing import Literal

from kpis.definitions import KpiDefinition

Kind = Literal["direct feedback", "contact centre", "behaviour", "own records"]
KINDS: tuple[Kind, ...] = ("direct feedback", "contact centre", "behaviour")
OF: Mapping[str, Kind] = {
    "survey_responses": "direct feedback", "employee_surveys": "direct feedback",
    "service_cases": "contact centre", "calls": "contact centre", "backlog": "contact centre",
    "orders": "behaviour", "refunds": "behaviour", "digital_journeys": "behaviour", "customer_months": "behaviour",
}  # fmt: skip


def kind(kpi: KpiDefinition) -> Kind:
    """The kind of evidence a KPI is; what the company writes down about itself, where its dataset is none of the three."""
    return OF.get(kpi.dataset, "own records")


def mix(kpi: KpiDefinition, held: Iterable[KpiDefinition]) -> dict[Kind, list[KpiDefinition]]:
    """The KPIs, of those that hold data, that stand behind the same promise, by kind of evidence; of no promise, itself."""
    beside = [each for each in held if each.id != kpi.id and kpi.promise_id and each.promise_id == kpi.promise_id]
    found: dict[Kind, list[KpiDefinition]] = {}
    for each in (kpi, *sorted(beside, key=lambda each: each.title)):
        found.setdefault(kind(each), []).append(each)
    return found
