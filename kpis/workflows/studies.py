"""Studies of a KPI: what goes with it, and what follows from it. They read single observations and never feed pay."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import pandas as pd

from data_contracts.contract import Contract
from data_contracts.problems import Problem, Problems, did_you_mean
from kpis import drivers as rules
from kpis import outcomes as links
from kpis.definitions import KpiDefinition
from kpis.drivers import Study
from kpis.factors import LEAST, distinct
from kpis.outcomes import OutcomeLink
from kpis.workflows import followed, observed
from kpis.workspace import Snapshot, Workspace

DAYS = 364  # 52 weeks: every weekday and season once
MOST_FACTORS, SEGMENTS = 10, 12
UNASKED = ("currency", "status")


def drivers(
    snapshot: Snapshot,
    definition: KpiDefinition,
    factors: Sequence[str] = (),
    by: Literal["segment", "channel"] | None = None,
) -> list[Study]:
    """What goes with a KPI over the last 52 weeks: the study of all observations, then with `by` one of each of its values.

    `factors` are expressions or yes/no KPIs; without them those that `suggested` gives and that vary. Raises Problems for a
    KPI without single observations, an unknown factor, or more than 10 of them.
    """
    named = list(dict.fromkeys(factors)) or suggested(snapshot.workspace, definition)
    if len(factors) > MOST_FACTORS:
        raise Problems([Problem("--factors", f"{MOST_FACTORS} at most", str(len(named)), "Name those you ask about.")])
    asked = {f"_{at}": observed.factor(snapshot.workspace, definition, name) for at, name in enumerate(named)}
    found = observed.observed(snapshot, definition, asked | _cut(definition, by), DAYS)
    frame = found.frame.rename(columns={f"_{at}": name for at, name in enumerate(named)})
    notes: list[str] = []
    if not factors:
        named, notes = distinct(frame, named)
        named = named[:MOST_FACTORS]
    if any(
        snapshot.workspace.kpis[each].dataset != definition.dataset for each in named if each in snapshot.workspace.kpis
    ):
        notes.append("A KPI counts as a factor only where it was measured before the answer.")
    whole, parts = rules.study(definition, frame, named), _parts(definition, frame, named, by)
    whole = replace(whole, notes=(*whole.notes, *notes, *rules.opposite(parts)))
    return [replace(each, source=found.source) for each in (whole, *parts)]


def _cut(definition: KpiDefinition, by: str | None) -> dict[str, str]:
    if by is None:
        return {}
    if by not in definition.cuts:
        step = did_you_mean(by, definition.cuts)
        raise Problems([Problem("--by", f"a cut of {definition.id}", repr(by), step)])
    return {"_by": definition.cuts[by]}  # type: ignore[index]


def _parts(definition: KpiDefinition, frame: pd.DataFrame, named: Sequence[str], by: str | None) -> list[Study]:
    """A study of each value of the cut, the largest first; groups too small to show are left out."""
    if by is None:
        return []
    others = [each for each in named if each != definition.cuts[by]]  # type: ignore[index]
    sizes = frame["_by"].value_counts()
    large = [name for name, n in sizes.items() if n >= LEAST][:SEGMENTS]
    return [rules.study(definition, frame[frame["_by"] == name], others, str(name)) for name in large]


def suggested(workspace: Workspace, definition: KpiDefinition) -> list[str]:
    """What a KPI is studied by when nobody says: words of its own dataset, yes/no KPIs of the case or order it is about, words of those.

    Left out are keys, departments (`figures --by department` compares those) and what the KPI itself is made of.
    """
    known = observed.reachable(workspace, definition.dataset)
    used = " ".join([definition.measure.value or "", definition.filter or ""])
    words = [name for name, dataset in known.items() if _word(workspace.contracts[dataset], name) and name not in used]
    kpis: dict[str, str] = {}
    for kpi in workspace.kpis.values():
        if kpi.dataset != definition.dataset and observed.is_factor(workspace, definition, kpi):
            kpis.setdefault(f"{kpi.filter} {kpi.measure.value}", kpi.id)
    return [*(name for name in words if "." not in name), *kpis.values(), *(name for name in words if "." in name)]


def _word(contract: Contract, name: str) -> bool:
    column = contract.column(name.rpartition(".")[2])
    key = column.name in contract.key or column.name.endswith("_id") or column.references
    return column.kind == "string" and not key and column.name not in UNASKED


def outcomes(
    snapshot: Snapshot, definition: KpiDefinition, on: str, within: int = 180, assigned: str | None = None
) -> OutcomeLink:
    """What goes with a KPI in the `within` days after it: repeat, retention, revenue or cost, with its grade of evidence.

    Raises Problems for what the delivered data cannot be asked (`available` says what they can).
    """
    found = followed.followed(snapshot, definition, on, within, assigned)
    return replace(links.link(definition, on, found.frame, found.window), source=found.source)


def available(snapshot: Snapshot, definition: KpiDefinition) -> list[str]:
    """The outcomes that the delivered data can be asked about for this KPI."""
    return followed.available(snapshot, definition)
