"""The demo company's targets: company → departments (some joint) → a few people, closing at all three values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from kpis.workflows import aim
from kpis.workflows.aim import Change
from kpis.workspace import Snapshot

SET_AT = datetime(2026, 3, 19, 9, tzinfo=UTC)
PERIODS = ("2026-Q2", "2026-Q3", "2026-Q4")
PEOPLE = 4  # how many agents hold a target of their own
FCR, PROMISED, TOP_TWO = "first_contact_resolution", "delivered_as_promised", "review_top_two"
RAISED = {
    ("2026-Q4", FCR): Decimal("0.5"),
    ("2026-Q4", "goal_completion"): Decimal(1),
    ("2026-Q3", "goal_completion"): Decimal("0.5"),
}
Values = tuple[str, str, str]
VALUES = ("threshold", "target", "stretch")
HEAD = "# `goldenthread targets import targets.yaml --by WHO`. Children share out their parent, with the rest named.\ntargets:\n"


@dataclass(frozen=True)
class Aim:
    """A scope's threshold, target and stretch, its planned share of what is above it, and who shares it out below."""

    scope: str
    values: Values
    share: str = ""
    below: Sequence["Aim"] = field(default=())


SERVICE = Aim("department:service", ("71.2", "73.6", "76"), "0.86")
RECOVERY = Aim("department:complaints", ("57", "60", "63"), "0.085")
FIELD = (
    Aim("department:field_north", ("89.5", "92.5", "94.5"), "0.48"),
    Aim("department:field_south", ("88.5", "91.5", "93.5"), "0.435"),
    Aim("department:planning", ("89", "92", "94"), "0.085"),
)
CONTENT = (
    Aim("department:field_north", ("77", "80", "83"), "0.53"),
    Aim("department:field_south", ("77", "80", "83"), "0.46"),
)


def _company(first_line: Sequence[str]) -> dict[str, Aim]:
    people = [Aim(f"person:{each}", ("72", "75", "78"), "0.035") for each in first_line[:PEOPLE]]
    desk = Aim(SERVICE.scope, SERVICE.values, SERVICE.share, people)
    division = Aim("department:customers", ("70", "72.5", "75"), "0.98", (desk, RECOVERY))
    operations = Aim("department:operations", ("89", "92", "94"), "0.98", FIELD)
    day = Aim("joint:field_north+field_south+planning", ("93", "95", "97"), "0.98")
    within = Aim("joint:complaints+service", ("75", "77.5", "80"), "0.94")
    customers = Aim("department:customers", ("79", "82", "85"), "0.58")
    visits = Aim("department:operations", ("77", "80", "83"), "0.33", CONTENT)
    return {
        FCR: Aim("company", division.values, below=(division,)),
        "resolved_within_48h": Aim("company", within.values, below=(within,)),
        PROMISED: Aim("company", operations.values, below=(operations,)),
        "delivered_by_day": Aim("company", day.values, below=(day,)),
        TOP_TWO: Aim("company", ("78", "81", "84"), below=(customers, visits)),
        "goal_completion": Aim("company", ("67", "70", "74"), below=(Aim("joint:digital+it", ("67", "70", "74"), "1"),)),
        "billing_correctness": Aim("company", ("94.5", "96", "97.5"), below=(Aim("department:finance", ("94.5", "96", "97.5"), "1"),)),
        "nps": Aim("company", ("20", "25", "30")),
        "effort": Aim("company", ("5.3", "5.45", "5.6")),
        "revenue_per_order": Aim("company", ("300", "325", "350")),
        "cost_per_visit": Aim("company", ("92", "87", "84")),
    }  # fmt: skip


def targets_yaml(first_line: Sequence[str]) -> str:
    """targets.yaml for every period: people stand in it under their employee numbers."""
    lines = [
        line
        for period in PERIODS
        for kpi, whole in _company(first_line).items()
        for line in _lines(kpi, whole, period, "")
    ]
    return HEAD + "".join(lines)


def _lines(kpi: str, each: Aim, period: str, parent: str) -> Iterator[str]:
    raised = RAISED.get((period, kpi), Decimal(0))
    name = f"{kpi}.{each.scope.replace(':', '.').replace('+', '.').lower()}.{period.lower()}"
    values = [Decimal(value) + raised for value in each.values]
    above = f", parent: {parent}, share: {each.share}" if parent else ""
    yield f'  - {{id: {name}, kpi: {kpi}, scope: "{each.scope}", period: {period}, {_told(values)}{above}{_rest(each, raised)}}}\n'
    for below in each.below:
        yield from _lines(kpi, below, period, name)


def _told(values: Sequence[Decimal]) -> str:
    return ", ".join(f'{name}: "{value}"' for name, value in zip(VALUES, values, strict=True))


def _rest(each: Aim, raised: Decimal) -> str:
    """What is left for those below without a target: the parent's values less the children's, by share."""
    share = 1 - sum((Decimal(below.share) for below in each.below), Decimal(0))
    if not each.below or share == 0:
        return ""
    parts = [
        sum((Decimal(below.share) * Decimal(below.values[at]) for below in each.below), Decimal(0)) for at in range(3)
    ]
    values = [((Decimal(each.values[at]) - parts[at]) / share + raised).quantize(Decimal("0.001")) for at in range(3)]
    return f', rest: {{share: "{share}", {_told(values)}}}'


def set_targets(snapshot: Snapshot, text: str, by: str) -> None:
    """Set the targets of every period as the company did: before the first of them began, by HR's clerk."""
    reason = "Agreed in the planning round of March 2026"
    aim.import_targets(snapshot, text, Change(by, reason, today=SET_AT.date()), SET_AT)
