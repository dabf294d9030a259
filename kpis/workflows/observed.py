"""Single observations of a KPI at a snapshot's versions, for studies alone: no figure and no pay is made of them.

An observation is what `kpis.facts` counts: the definition's filter, value, date, cluster and one answer per customer, written
in SQL over the snapshot's views. What an expression may name besides the KPI's own dataset: `customers.…`, and for answers the
case or order they are about, `service_cases.…` and `orders.…`. Names of people and customers, and what is restricted, it may not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import pandas as pd
from sqlglot import exp

from data_contracts import expressions
from data_contracts.contract import Contract
from data_contracts.problems import Problem, Problems, did_you_mean, raise_if
from kpis.definitions import KpiDefinition
from kpis.workspace import Snapshot, Workspace

JOINS = {"customers": "customer", "service_cases": "case_id", "orders": "order_id"}
OWN = "own"
KEPT = ("restricted", "personal")
MOST, SEED = 40_000, 1  # a study reads at most that many observations: more would only narrow what is narrow already


@dataclass(frozen=True)
class Observed:
    """Observations as a frame (_value, _cluster, _day, _at and what was asked for), and in words where they come from."""

    frame: pd.DataFrame
    source: str


def reachable(workspace: Workspace, dataset: str) -> dict[str, str]:
    """What an expression over observations of that dataset may name → the dataset it is in: own columns plain, joined ones with theirs."""
    contract = workspace.contracts[dataset]
    found = dict.fromkeys(_open(contract), dataset)
    for joined, key in JOINS.items():
        if joined != dataset and joined in workspace.contracts and key in {each.name for each in contract.lake_columns}:
            found |= {f"{joined}.{name}": joined for name in _open(workspace.contracts[joined])}
    return found


def _open(contract: Contract) -> list[str]:
    return [each.name for each in contract.lake_columns if not each.surrogate and each.classification not in KEPT]


def factor(workspace: Workspace, definition: KpiDefinition, name: str) -> str:
    """The expression a factor stands for: itself, or what a yes/no KPI over the same case, order or answer measures."""
    kpi = workspace.kpis.get(name)
    known = reachable(workspace, definition.dataset)
    if kpi is not None and is_factor(workspace, definition, kpi):
        return _of(workspace, definition, kpi)
    where = f"factor {name!r}"
    step = "Name a column such as channel, customers.segment or service_cases.reason, a condition, or a yes/no KPI."
    expressions.parse(name, known, where, lambda text, names: f"{did_you_mean(text, names)} {step}")
    return name


def _of(workspace: Workspace, definition: KpiDefinition, kpi: KpiDefinition) -> str:
    """What a yes/no KPI says of the row, or of the case or order it is about.

    Null where there is none, where the KPI's filter leaves it out, and where the KPI was measured after the row: what came later
    cannot have moved it.
    """
    columns = reachable(workspace, kpi.dataset)
    if kpi.dataset == definition.dataset:
        return f"case when {kpi.filter or 'true'} then {kpi.measure.value} end"
    told, when = (
        expressions.parse(text, columns).transform(lambda node: _under(node, kpi.dataset)).sql("duckdb")
        for text in (f"case when {kpi.filter or 'true'} then {kpi.measure.value} end", kpi.when)
    )
    return f"case when {kpi.dataset}.{JOINS[kpi.dataset]} is not null and {when} <= {definition.when} then {told} end"


def _under(node: exp.Expr, table: str) -> exp.Expr:
    return exp.column(node.name, table=table) if isinstance(node, exp.Column) and not node.table else node


def is_factor(workspace: Workspace, definition: KpiDefinition, kpi: KpiDefinition) -> bool:
    """Whether a KPI is a yes/no of the case, order or answer that the observations of `definition` are about."""
    if kpi.measure.kind != "share" or kpi.count or kpi.id == definition.id:
        return False
    known = reachable(workspace, definition.dataset)
    own = reachable(workspace, kpi.dataset)
    texts = [kpi.measure.value or "", *([kpi.filter] if kpi.filter else [])]
    try:
        named = set().union(*(expressions.names(expressions.parse(text, own)) for text in texts))
    except Problems:
        return False
    prefix = "" if kpi.dataset == definition.dataset else f"{kpi.dataset}."
    return all(name in known if "." in name else f"{prefix}{name}" in known for name in named)


def observed(
    snapshot: Snapshot, definition: KpiDefinition, more: Mapping[str, str], days: int | None = None
) -> Observed:
    """Ripe observations of the last `days` days that hold any (all without it), with the expressions `more` as columns.

    At most 40,000 are read, drawn by a hash of their identity; raises Problems where the KPI has no single observations.
    """
    raise_if(_unobserved(definition))
    relation = f"({select(snapshot.workspace, definition, more)})"
    limits = _limits(snapshot, definition, relation, days)
    where = f"_day BETWEEN DATE '{limits[0]}' AND DATE '{limits[1]}'"
    count = int(snapshot.rows(f"SELECT count(*) AS n FROM {relation} WHERE {where}").column("n")[0].as_py())
    cut = f" ORDER BY md5(concat(_row, ':', {SEED})) LIMIT {MOST}" if count > MOST else ""
    frame = snapshot.rows(f"SELECT * EXCLUDE _row FROM {relation} WHERE {where}{cut}").to_pandas()
    told = f", {MOST:,} of {count:,} drawn with seed {SEED}" if cut else ""
    return Observed(frame, f"{_versions(snapshot, definition, more)}; {limits[0]} to {limits[1]}{told}")


def _unobserved(definition: KpiDefinition) -> list[Problem]:
    where, step = f"kpis/{definition.id}.yaml", "Study a KPI that is counted from single cases, orders or answers."
    if definition.count:
        return [Problem(where, "single observations", "numbers that arrive counted", step)]
    if definition.measure.kind == "ratio":
        return [Problem(where, "single observations", "a ratio of two KPIs", "Study one of the two.")]
    return []


def select(workspace: Workspace, definition: KpiDefinition, more: Mapping[str, str]) -> str:
    """The observations as SQL: _value, _cluster, _day, _at, _row (identity) and the columns `more`; a checked expression each."""
    measure = definition.measure
    texts = {"_value": measure.value or "", "_cluster": definition.cluster or "null", "_at": definition.when, **more}
    if measure.kind == "rate":
        texts["_value"] = f"({measure.events}) / nullif({measure.exposure}, 0)"
    once = definition.one_answer_per
    texts |= {"_by_one": once.by} if once else {}
    listed = ", ".join(f'{_sql(workspace, definition, text)} AS "{name}"' for name, text in texts.items())
    kept = [definition.filter, f"not coalesce({measure.censored}, false)" if measure.censored else None]
    where = " AND ".join(f"({_sql(workspace, definition, text)})" for text in kept if text) or "true"
    inner = f"""SELECT {listed}, concat({OWN}._delivery, ':', {OWN}._row) AS _row
                FROM "{definition.dataset}" AS {OWN} {_joins(workspace, definition)} WHERE {where}"""
    found = f"""SELECT * REPLACE (CAST(_value AS DOUBLE) AS _value, CAST(_cluster AS VARCHAR) AS _cluster),
                CAST(_at AS DATE) AS _day FROM ({inner}) WHERE _value IS NOT NULL AND _at IS NOT NULL"""
    if not once:
        return found
    waits = "lead(_day) OVER (PARTITION BY _by_one ORDER BY _at, _row) - _day"
    return f"""SELECT * EXCLUDE _by_one FROM ({found})
               QUALIFY _by_one IS NULL OR coalesce({waits} > {once.within.days}, true)"""


def _joins(workspace: Workspace, definition: KpiDefinition) -> str:
    named = {name.partition(".")[0] for name in reachable(workspace, definition.dataset) if "." in name}
    return " ".join(f'LEFT JOIN "{name}" ON {OWN}.{JOINS[name]} = "{name}".{JOINS[name]}' for name in sorted(named))


def _sql(workspace: Workspace, definition: KpiDefinition, text: str) -> str:
    """An expression over the joined relation, its plain columns read from the KPI's own dataset."""
    contracts = workspace.contracts
    columns = [each.name for each in contracts[definition.dataset].lake_columns]
    columns += [
        f"{joined}.{each.name}" for joined in JOINS if joined in contracts for each in contracts[joined].lake_columns
    ]
    return expressions.to_sql(expressions.parse(text, columns).transform(lambda node: _under(node, OWN)))


def _limits(snapshot: Snapshot, definition: KpiDefinition, relation: str, days: int | None) -> tuple[str, str]:
    """The first and the last day: of the observations that are ripe today."""
    ripe = snapshot.workspace.today + -(definition.matures_after or timedelta()) // timedelta(days=1) * timedelta(
        days=1
    )
    sql = f"SELECT min(_day) AS low, max(_day) AS high FROM {relation} WHERE _day <= DATE '{ripe}'"
    low, high = (each[0] for each in snapshot.rows(sql).to_pydict().values())
    if high is None:
        step = "Admit data and run `goldenthread build`."
        raise Problems([Problem(f"KPI {definition.id}", "observations to study", "none that is ripe", step)])
    first = low if days is None else max(low, high - timedelta(days=days - 1))
    return str(first), str(high)


def _versions(snapshot: Snapshot, definition: KpiDefinition, more: Mapping[str, str]) -> str:
    texts = " ".join([*definition.expressions().values(), *more.values()])
    read = [definition.dataset, *(name for name in JOINS if name != definition.dataset and f"{name}." in texts)]
    held = snapshot.lake.versions
    return ", ".join(f"{name} version {held[name]}" for name in read if name in held)
