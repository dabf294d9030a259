"""A payout run: figures and contracts in, payouts with every step out, kept with its own evidence under a hash chain."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib.metadata import version
from typing import Any

import rfc8785
from sqlmodel import Session, col, select

from data_contracts.problems import Problem, Problems, did_you_mean, raise_if
from kpis import figures as figure_rules
from kpis.calendar import Period
from kpis.figures import Figure
from kpis.incentives import evidence, ledger
from kpis.incentives.curves import NoResultError
from kpis.incentives.paid import Frame, Participant
from kpis.incentives.plan import Plan
from kpis.incentives.reckon import Work, reckon
from kpis.incentives.statement import Step
from kpis.incentives.statement import statement as told
from kpis.records.session import session
from kpis.records.tables import Agreement, Evidence, LedgerRecord, LineRecord, PayoutRecord, Run
from kpis.sums import Facts
from kpis.workflows import aim, measure, payroll, plans
from kpis.workspace import Snapshot, Workspace


@dataclass(frozen=True)
class Prepared:
    """Everything a run is computed from: who takes part with which figures, the facts behind them, and who cannot be paid."""

    plan: Plan
    period: Period
    run: evidence.Run
    facts: Mapping[str, Any]
    blocked: tuple[Problem, ...]


@dataclass(frozen=True)
class Payout:
    """What a run gives: the document it was computed from, the outcome, and who could not be paid, with the reason."""

    plan: Plan
    period: Period
    document: Mapping[str, Any]
    outcome: Mapping[str, Any]
    blocked: tuple[Problem, ...]


def prepare(snapshot: Snapshot, name: str, period: str, person: str = "", to_date: bool = False) -> Prepared:
    """Read what a plan's payouts for a period are computed from: everyone's, or one person's.

    `to_date` reads figures that are still ripening as they stand, for a preview; a run never does.

    Raises Problems for an unknown plan, a period that does not fit, or individual figures without an agreement.
    """
    workspace = snapshot.workspace
    plan, window = plans.one(workspace, name), workspace.settings.calendar.parse(period, "--period")
    raise_if([*_fits(plan, window), *_agreed(workspace, plan)])
    targets = payroll.Targets(aim.current(workspace))
    cut = [each for each in payroll.people(snapshot, plan, window) if person in ("", each[0].person)]
    people = [(contract, parts) for contract, parts, missing in cut if parts and not missing]
    facts, figures = _figures(snapshot, payroll.wanted(payroll.every_read(snapshot, plan, people, window, targets)))
    if to_date:
        figures = {at: replace(each, state="ok") if each.state == "ripening" else each for at, each in figures.items()}
    participants = tuple(
        payroll.participant(snapshot, plan, each, parts, window, targets, figures) for each, parts in people
    )
    year_days = workspace.settings.calendar.containing(window.start, "year").days
    run = evidence.Run(plan, Frame(window.name, window.days, year_days), participants)
    return Prepared(plan, window, run, facts, tuple(problem for _, _, missing in cut for problem in missing))


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
            blocked.append(Problem(each.person, "a figure that pays", str(none), step))
    run = evidence.Run(ready.plan, ready.run.frame, tuple(paid_people))
    document = _document(snapshot, evidence.evidence(run), ready.facts, blocked)
    return Payout(ready.plan, ready.period, document, evidence.outcome(run, works), tuple(blocked))


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
    """A payout run, kept: evidence, payouts, lines and a ledger entry in one transaction. The same evidence again is the same run."""
    found = calculate(snapshot, name, period)
    text = rfc8785.dumps(dict(found.document)).decode()
    digest = evidence.digest(found.document)
    with session(snapshot.workspace.engine) as records:
        runs = records.exec(select(Run).where(Run.plan == name, Run.period == period).order_by(col(Run.made_at))).all()
        if runs and runs[-1].evidence == digest:
            return runs[-1], found
        record = Run(
            id=f"{name}.{period}.{len(runs) + 1}", plan=name, plan_version=found.plan.version, period=period, evidence=digest,
            made_at=now, made_by=by, currency=found.plan.currency, total=found.outcome["total"],
        )  # fmt: skip
        if records.get(Evidence, digest) is None:
            records.add(Evidence(digest=digest, document=text))
            records.flush()
        records.add(record)
        records.flush()
        _keep(records, record, found.outcome)
        _chain(records, record, found.outcome)
    return record, found


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


def _chain(records: Session, record: Run, outcome: Mapping[str, Any]) -> None:
    """Append the run to the ledger, under the hash of the entry before."""
    last = records.exec(select(LedgerRecord).order_by(col(LedgerRecord.sequence).desc())).first()
    payload = {
        "kind": "run", "run": record.id, "evidence": record.evidence, "outcome": evidence.digest(outcome),
        "total": str(record.total), "currency": record.currency, "by": record.made_by, "at": record.made_at.isoformat(),
    }  # fmt: skip
    entry = ledger.entry(entry_of(last) if last else None, payload)
    text = rfc8785.dumps(dict(entry.payload)).decode()
    records.add(LedgerRecord(sequence=entry.position, previous=entry.previous, digest=entry.hash, payload=text))


def entry_of(row: LedgerRecord) -> ledger.Entry:
    """A ledger row as the entry it holds."""
    return ledger.Entry(row.sequence, row.previous, json.loads(row.payload), row.digest)


def runs(workspace: Workspace) -> list[Run]:
    """Every run, oldest first."""
    with session(workspace.engine) as records:
        return list(records.exec(select(Run).order_by(col(Run.made_at))).all())


def one(workspace: Workspace, name: str) -> Run:
    """The run of that id; raises Problems with a suggestion when there is none."""
    known = {each.id: each for each in runs(workspace)}
    if name not in known:
        raise Problems([Problem("run", "a run of this workspace", repr(name), did_you_mean(name, known))])
    return known[name]


def document(workspace: Workspace, run_id: str) -> dict[str, Any]:
    """The evidence document of a run."""
    with session(workspace.engine) as records:
        found = records.get(Evidence, one(workspace, run_id).evidence)
    assert found is not None  # a foreign key holds it
    return dict(json.loads(found.document))


@dataclass(frozen=True)
class Statement:
    """One person's payout of one run, with every step that led to it, rebuilt from the run's own evidence."""

    run: Run
    plan: Plan
    participant: Participant
    work: Work
    steps: tuple[Step, ...]


def statement(workspace: Workspace, run_id: str, person: str) -> Statement:
    """One person's statement; raises Problems where the run paid no such person."""
    record, content = one(workspace, run_id), evidence.read(document(workspace, run_id)["run"])
    found = next((each for each in content.participants if each.person == person), None)
    if found is None:
        raise Problems(
            [Problem(f"run {run_id}", "a person it paid", repr(person), "Look at the run's blocked payouts.")]
        )
    work = reckon(content.plan, found, content.frame)
    return Statement(record, content.plan, found, work, told(content.plan, found, content.frame, work))


def paid(workspace: Workspace, person: str, since: date | None = None) -> list[tuple[Run, PayoutRecord]]:
    """One person's payouts, newest first."""
    with session(workspace.engine) as records:
        query = (
            select(Run, PayoutRecord)
            .join(PayoutRecord, col(PayoutRecord.run) == col(Run.id))
            .where(PayoutRecord.person == person)
        )
        rows = records.exec(query.order_by(col(Run.made_at).desc())).all()
    return [(run_record, payout) for run_record, payout in rows if since is None or run_record.made_at.date() >= since]
