"""What one KPI says of others: the parts of a ratio, and the KPIs that tell who was asked and who answered."""

from collections.abc import Iterator, Mapping

from data_contracts.problems import Problem, did_you_mean
from kpis.definitions import KpiDefinition, Part

TOTALS = ("share", "top_box", "mean", "rate")
SAME = ("dataset", "when", "period_of")


def check(kpi: KpiDefinition, kpis: Mapping[str, KpiDefinition]) -> list[Problem]:
    """Problems of what a definition says of the other KPIs of its workspace."""
    where, measure = f"kpis/{kpi.id}.yaml", kpi.measure
    found: list[Problem] = []
    for side, part in (("numerator", measure.numerator), ("denominator", measure.denominator)):
        if part:
            found += _part(f"{where}, measure.{side}", kpi, part, kpis)
    for name, named in (
        ("asked", kpi.response and kpi.response.asked),
        ("answered", kpi.response and kpi.response.answered),
    ):
        if named and named not in kpis:
            found.append(_unknown(f"{where}, response.{name}", named, kpis))
    if measure.numerator and measure.numerator.kpi in kpis:
        found += _repeated(where, kpi, kpis[measure.numerator.kpi])
    return found


def _part(where: str, kpi: KpiDefinition, part: Part, kpis: Mapping[str, KpiDefinition]) -> Iterator[Problem]:
    known = kpis.get(part.kpi)
    if known is None:
        yield _unknown(where, part.kpi, kpis)
    elif known.measure.kind == "ratio" or (part.of == "total" and known.measure.kind not in TOTALS):
        step = (
            "Take `of: n`, or a KPI that adds up." if known.measure.kind != "ratio" else "Name the parts of that ratio."
        )
        yield Problem(
            where, f"a KPI that has a total ({', '.join(TOTALS)})", f"{part.kpi}, a {known.measure.kind}", step
        )
    elif kpi.cluster and not known.cluster:
        yield Problem(
            where, "a part that says what repeats, as the ratio does", f"{part.kpi} without cluster", "Give it one."
        )


def _repeated(where: str, kpi: KpiDefinition, numerator: KpiDefinition) -> Iterator[Problem]:
    for name in SAME:
        own, theirs = getattr(kpi, name), getattr(numerator, name)
        if own != theirs:
            yield Problem(f"{where}, {name}", f"{theirs!r}, as in {numerator.id}", repr(own), "Repeat the numerator's.")


def _unknown(where: str, name: str, kpis: Mapping[str, KpiDefinition]) -> Problem:
    return Problem(where, "a KPI of this workspace", repr(name), did_you_mean(name, kpis))
