"""A payout run: figures and contracts in, payouts with every step out, kept with its own evidence under a hash chain."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from typing import Any

import rfc8785
from sqlmodel import Session, col, select

from data_contracts.problems import Problem, raise_if
from kpis import figures as figure_rules
from kpis.calendar import Period
from kpis.figures import Figure
from kpis.incentives import evidence, parts, pool
from kpis.incentives.curves import NoResultError
from kpis.incentives.plan import Plan
from kpis.incentives.reckon import Work, reckon
from kpis.records.session import session
from kpis.records.tables import Agreement, Evidence, LineRecord, PayoutRecord, Run
from kpis.sums import Facts
from kpis.workflows import aim, balances, chain, exceptional, inforce, measure, payroll
from kpis.workflows.chain import entry_of as entry_of
from kpis.workflows.kept import Statement as Statement
from kpis.workflows.kept import document as document
from kpis.workflows.kept import one as one
from kpis.workflows.kept import paid as paid
from kpis.workflows.kept import runs as runs
from kpis.workflows.kept import statement as statement
from kpis.workspace import Snapshot, Workspace


@dataclass(frozen=True)
class Prepared:
    """Everything a run is computed from: who takes part with which figures, the facts behind them, and who cannot be paid."""

    plan: Plan
    period: Period
    run: evidence.Run
    facts: Mapping[str, Any]
    blocked: tuple[Problem, ...]
    figures: Mapping[payroll.Wanted, Figure] = field(default_factory=dict)
    standing: str = "draft"


@dataclass(frozen=True)
class Payout:
    """What a run gives: the document it was computed from, the outcome, and who could not be paid, with the reason.

    `standing` is that of the plan: a run of one that is not active is a trial. `figures` are all that could be read.
    """

    plan: Plan
    period: Period
    document: Mapping[str, Any]
    outcome: Mapping[str, Any]
    blocked: tuple[Problem, ...]
    standing: str = "draft"
    works: tuple[Work, ...] = ()
    run: evidence.Run | None = None
    figures: Mapping[payroll.Wanted, Figure] = field(default_factory=dict)


def prepare(snapshot: Snapshot, name: str, period: str, person: str = "", to_date: bool = False) -> Prepared:
    """Read what a plan's payouts for a period are computed from: everyone's, or one person's.

    The plan's version is the one in force on the period's first day; where none is, the newest, as a draft.
    `to_date` reads figures that are still ripening as they stand, for a preview; a run never does.

    Raises Problems for an unknown plan, a period that does not fit, individual figures without an agreement, or a year so
    far whose target is not clear.
    """
    workspace = snapshot.workspace
    window = workspace.settings.calendar.parse(period, "--period")
    plan, standing = inforce.version_for(workspace, name, window.start)
    raise_if([*_fits(plan, window), *_agreed(workspace, plan)])
    targets = payroll.Targets(aim.current(workspace))
    cut = [each for each in payroll.people(snapshot, plan, window) if person in ("", each[0].person)]
    people = [(contract, parts) for contract, parts, missing in cut if parts and not missing]
    reads = list(payroll.every_read(snapshot, plan, people, window, targets))
    raise_if(payroll.refused(reads, plan, window))
    facts, figures = _figures(snapshot, payroll.wanted(reads))
    if to_date:
        figures = {at: replace(each, state="ok") if each.state == "ripening" else each for at, each in figures.items()}
    owed = balances.before(workspace, plan, window)
    participants = tuple(
        payroll.participant(snapshot, plan, each, parts, window, targets, figures, owed.get(each.person))
        for each, parts in people
    )
    run = evidence.Run(plan, payroll.frame(snapshot, plan, window), participants)
    blocked = tuple(problem for _, _, missing in cut for problem in missing)
    return Prepared(plan, window, run, facts, blocked, figures, standing)


def calculate(snapshot: Snapshot, name: str, period: str) -> Payout:
    """A plan's payouts for a period, computed and not kept; raises Problems as `prepare` does."""
    ready = prepare(snapshot, name, period)
    blocked, works, paid_people = list(ready.blocked), [], []
    for each in ready.run.participants:
        try:
            works.append(reckon(ready.plan, each, ready.run.frame))
            paid_people.append(each)
        except NoResultError as none:
            step = "The payout waits until the plan finds a figure."
            blocked.append(Problem(each.person, "a figure that pays", none.told, step))
    run = pool.settle(evidence.Run(ready.plan, ready.run.frame, tuple(paid_people)), pool.key(ready.plan, period))
    works = [reckon(ready.plan, each, run.frame) for each in run.participants] if ready.plan.pool else works
    document = _document(snapshot, evidence.evidence(run), ready.facts, blocked)
    outcome, told = evidence.outcome(run, works), tuple(blocked)
    return Payout(ready.plan, ready.period, document, outcome, told, ready.standing, tuple(works), run, ready.figures)


def _fits(plan: Plan, window: Period) -> list[Problem]:
    if window.kind == plan.frequency:
        return []
    return [Problem("--period", f"a {plan.frequency}, as the plan pays", window.name, "Name such a period.")]


def _agreed(workspace: Workspace, plan: Plan) -> list[Problem]:
    """Individual figures are off until an agreement is recorded."""
    if not any(source.scope == "self" for source in plan.sources):
        return []
    with session(workspace.engine) as records:
        if records.exec(select(Agreement)).first():
            return []
    step = "Record it with `goldenthread agreement`, or pay on team figures."
    return [Problem(f"plan {plan.id}", "a recorded agreement on individual figures", "none", step)]


def _figures(
    snapshot: Snapshot, wanted: Iterable[payroll.Wanted]
) -> tuple[dict[str, Any], dict[payroll.Wanted, Figure]]:
    """The facts and the figure of everything wanted; a KPI and a period are one query."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, scope, period in sorted(wanted):
        groups[name, period].append(scope)
    facts: dict[str, Any] = {}
    found: dict[payroll.Wanted, Figure] = {}
    for (name, period), scopes in groups.items():
        kpi, window = snapshot.workspace.kpi(name), snapshot.workspace.settings.calendar.parse(period)
        cells = measure.summed(snapshot, kpi, scopes, [window])
        valid = measure.validated(snapshot, kpi, window)
        figures = figure_rules.figures(kpi, cells, scopes, [window], snapshot.workspace.today, valid)
        found |= {(each.kpi, each.scope, each.window): each for each in figures}
        facts |= fact_rows(cells, name, period)
    return facts, found


def fact_rows(cells: Facts, kpi: str, period: str) -> dict[str, list[list[Any]]]:
    """Summed facts as a run keeps them: by figure, rows of bucket and moments, the moments as text."""
    found: dict[str, list[list[Any]]] = defaultdict(list)
    for row in cells:
        moments = [None if row[each] is None else str(row[each]) for each in measure.MOMENTS]
        found[f"{kpi}@{row['scope']}@{period}"].append([int(row["bucket"]), *moments])
    return {name: sorted(rows, key=lambda row: row[0]) for name, rows in found.items()}


def _document(
    snapshot: Snapshot, content: Mapping[str, Any], facts: Mapping[str, Any], blocked: Sequence[Problem]
) -> dict[str, Any]:
    """Everything the run was computed from: its evidence, the facts of every figure it names, definitions and versions."""
    named = {each["of"] for each in content["figures"].values()}
    kpis = sorted({name.split("@")[0] for name in named})
    return {
        "run": content,
        "facts": {name: rows for name, rows in facts.items() if name in named},
        "kpis": {name: snapshot.workspace.kpis[name].model_dump(mode="json", exclude_none=True) for name in kpis},
        "lake": dict(snapshot.lake.versions),
        "built": {name: snapshot.built[name] for name in kpis},
        "program": version("goldenthread"),
        "blocked": [problem.as_dict() for problem in blocked],
    }


def run(snapshot: Snapshot, name: str, period: str, by: str, now: datetime) -> tuple[Run, Payout]:
    """A payout run, kept: evidence, payouts, lines, exceptions and a ledger entry in one transaction.

    The same evidence again is the same run. A run of a plan that is not active is kept as a trial: it says so in the
    ledger, and can be neither checked nor paid (`payruns.calculate` refuses it from the start).
    """
    from kpis.workflows import letters  # late: a letter tells what a run would pay

    found = calculate(snapshot, name, period)
    seen = exceptional.seen(snapshot, found, letters.never_told(snapshot.workspace, period, snapshot))
    return chain.retried(snapshot.workspace, lambda records: _once(records, snapshot, found, seen, by, now)), found


def _once(records: Session, snapshot: Snapshot, found: Payout, seen: exceptional.Seen, by: str, now: datetime) -> Run:
    name, period = found.plan.id, found.period.name
    last, digest = chain.newest(records), evidence.digest(found.document)
    runs = records.exec(select(Run).where(Run.plan == name, Run.period == period).order_by(col(Run.made_at))).all()
    if runs and runs[-1].evidence == digest:
        return runs[-1]
    record = Run(
        id=f"{name}.{period}.{len(runs) + 1}", plan=name, plan_version=found.plan.version, period=period, evidence=digest,
        made_at=now, made_by=by, currency=found.plan.currency, total=found.outcome["total"],
    )  # fmt: skip
    if records.get(Evidence, digest) is None:
        records.add(Evidence(digest=digest, document=rfc8785.dumps(dict(found.document)).decode()))
        records.flush()
    records.add(record)
    records.flush()
    _keep(records, record, found.outcome)
    rows = exceptional.rows(records, snapshot, record, found, seen)
    chain.append(records, last, _payload(record, found), rows)
    chain.append(records, chain.newest(records), parts.vouched(record.id, found.document, found.outcome), ())
    return record


def _payload(record: Run, found: Payout) -> dict[str, str]:
    """What the ledger says of a run."""
    return {
        "kind": "run", "run": record.id, "evidence": record.evidence, "outcome": evidence.digest(found.outcome),
        "total": str(record.total), "currency": record.currency, "by": record.made_by, "at": record.made_at.isoformat(),
        "plan": found.standing,
    }  # fmt: skip


def _keep(records: Session, record: Run, outcome: Mapping[str, Any]) -> None:
    records.add_all(
        PayoutRecord(run=record.id, person=each["person"], amount=each["payout"], steps=each["steps"])
        for each in outcome["payouts"]
    )
    records.flush()
    records.add_all(
        LineRecord(
            run=record.id,
            person=each["person"],
            segment=line["segment"],
            component=line["component"],
            amount=line["amount"],
        )
        for each in outcome["payouts"]
        for line in each["lines"]
    )
