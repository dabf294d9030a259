"""Where each method was published: what stands beside its name."""

from kpis.definitions import KpiDefinition
from kpis.figures import Figure

INTERVALS = {
    "Wilson score": "Wilson 1927", "Wald": "Laplace 1812", "Student's t": "Student 1908", "exact Poisson": "Garwood 1936",
    "score of two Poisson counts": "Przyborowski and Wilenski 1940", "Fieller": "Fieller 1954",
    "order statistics at the effective n": "Woodruff 1952", "order statistics": "Conover 1999",
    "Kaplan–Meier, log-log": "Kaplan and Meier 1958, Brookmeyer and Crowley 1982",
}  # fmt: skip
ADJUSTED = {"nps": "Rocks 2016"}  # of a share: Agresti and Coull
DIFFERENCES = {
    "nps": "Rocks 2016", "mean": "Welch 1947", "share": "Newcombe 1998", "top_box": "Newcombe 1998",
    "rate": "Zou and Donner 2008, Przyborowski and Wilenski 1940", "ratio": "Zou and Donner 2008",
    "quantile": "Maritz and Jarrett 1978, Efron 1979",
}  # fmt: skip
WEIGHTED, RUNNING, GROUPS = "Zou and Donner 2008", "Zou and Donner 2008", "Holm 1979"


def interval(definition: KpiDefinition, figure: Figure) -> str:
    """Who published the interval of a figure, and what its variance knows of answers that repeat; empty without a method."""
    name, _comma, variance = figure.method.partition(", ")
    if figure.method.startswith("Kaplan–Meier"):
        name, variance = "Kaplan–Meier, log-log", figure.method.partition(", log-log")[2]
    found = ADJUSTED.get(definition.measure.kind, "Agresti and Coull 1998") if name == "adjusted Wald" else ""
    told = [found or INTERVALS.get(name, "")]
    told += ["Kott 2001"] * ("groups by" in variance) + ["Kish 1965"] * ("design effect" in variance)
    return ", ".join(filter(None, told))


def difference(definition: KpiDefinition, groups: bool = False) -> str:
    """Who published the difference of two figures of a KPI; of groups held against the rest also Holm."""
    kind = definition.measure.kind
    weighted = definition.weight is not None and kind in ("nps", "share", "top_box")
    name = WEIGHTED if weighted else RUNNING if definition.measure.censored else DIFFERENCES[kind]
    return f"{name}, {GROUPS}" if groups else name
