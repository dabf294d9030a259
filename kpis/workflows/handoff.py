"""A run's hand-off to payroll: mapped, written, recorded; and the history of what left and what came back."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from data_contracts.problems import Problem, Problems, did_you_mean, raise_if
from kpis.payroll import layouts, mapping
from kpis.payroll.handoff import About, Part, anonymous, lines, rows, sums
from kpis.payroll.layouts import Layout
from kpis.payroll.mapping import Mapped
from kpis.records.payroll import PaymentFile, PaymentRecord, PayrollFile
from kpis.records.runs import PaidLine
from kpis.records.session import session
from kpis.records.tables import Identity, Run
from kpis.workflows import kept, pay
from kpis.workspace import Snapshot, Workspace


def mapped(workspace: Workspace) -> Mapped:
    """The mapping in payroll.toml; raises Problems with every fault, and where there is no such file."""
    file = workspace.root / mapping.FILE
    if not file.is_file():
        step = "Write [wage_codes], [cost_centres] and [accounts] as docs/payroll.md shows."
        raise Problems([Problem(mapping.FILE, "a file in the workspace", "none", step)])
    return mapping.parse(file.read_text("utf-8-sig"))


def layout(name: str) -> Layout:
    """The layout that ships under that name, or the one in that YAML file; raises Problems with every fault."""
    known = layouts.shipped()
    if name in known:
        return layouts.parse(known[name], f"{name}.yaml")
    file = Path(name)
    if file.suffix not in (".yaml", ".yml") or not file.is_file():
        step = f"{did_you_mean(name, known)} Or name a YAML file."
        raise Problems([Problem("--layout", "a layout that ships, or a YAML file", repr(name), step)])
    return layouts.parse(file.read_text("utf-8-sig"), file.name)


def payable(workspace: Workspace, run_id: str) -> Run:
    """The run that may be handed over: one that was approved and closed. Raises Problems for any other."""
    run = pay.one(workspace, run_id)
    if run.id not in kept.closed_runs(workspace):
        step = "Check, approve and close it: `goldenthread pay check|approve|close`."
        raise Problems([Problem(f"run {run.id}", "a run that is approved and closed", "one that is not", step)])
    return run


@dataclass(frozen=True)
class Handed:
    """A payroll file: its name and bytes, its lines and their sum in minor units."""

    name: str
    content: bytes
    lines: int
    total: int
    currency: str
    digest: str


def handed_over(snapshot: Snapshot, run_id: str, layout_name: str, by: str, now: datetime) -> Handed:
    """The payroll file of a run, recorded; the same run in the same layout is the same file, byte for byte.

    Raises Problems with everything that is not mapped, everyone without an employee number, and missing settings.
    """
    workspace = snapshot.workspace
    run, form, told = payable(workspace, run_id), layout(layout_name), mapped(workspace)
    held, found = lines(run.plan, _parts(workspace, run), told, snapshot.organisation)
    numbers = {key: each for each, key in keys_of(workspace).items()}
    raise_if([*found, *anonymous(held, numbers)])
    about = About(run.id, workspace.settings.calendar.parse(run.period), run.currency, exponent_of(workspace, run))
    settings = told.layouts.get(form.name, {})
    content = layouts.render(form, rows(held, numbers, about, form), sums(held, about, form), settings)
    total = sum(each.amount for each in held)
    digest = sha256(content).hexdigest()
    _recorded(
        workspace,
        PayrollFile(run=run.id, layout=form.name, digest=digest, lines=len(held), total=total, made_at=now, made_by=by),
    )
    return Handed(f"{run.id}.{form.name}.{form.extension}", content, len(held), total, run.currency, digest)


def _recorded(workspace: Workspace, row: PayrollFile) -> None:
    """Keep that a file was made, once; raises Problems where another hand-over of it is being recorded at this moment."""
    try:
        with session(workspace.engine) as records:
            query = select(PayrollFile).where(PayrollFile.run == row.run, PayrollFile.digest == row.digest)
            if records.exec(query).first() is None:
                records.add(row)
    except IntegrityError as error:
        step = "It is recorded, once. Look at the run's history before you hand it over again."
        raise Problems([at_once(f"run {row.run}", "hand-over", step)]) from error


def at_once(where: str, what: str, step: str) -> Problem:
    """Somebody else did the same at the same moment, and was first."""
    return Problem(where, f"one {what} at a time", f"somebody else's {what} of the same file, a moment ago", step)


def _parts(workspace: Workspace, run: Run) -> list[Part]:
    """Every line that the closing paid, difference and adjustment, with the department of its segment."""
    departments = {
        each["person"]: [part["department"] for part in each["segments"]]
        for each in pay.document(workspace, run.id)["run"]["participants"]
    }
    with session(workspace.engine) as records:
        found = records.exec(select(PaidLine).where(PaidLine.run == run.id)).all()
    # An adjustment stands in segment -1: it is charged where the person was last.
    return [Part(each.person, departments[each.person][each.segment], each.component, each.amount) for each in found]


def exponent_of(workspace: Workspace, run: Run) -> int:
    """The decimals of the currency a run paid in."""
    return int(pay.document(workspace, run.id)["run"]["plan"]["minor_units"])


def keys_of(workspace: Workspace) -> dict[str, str]:
    """The key of every employee number: the one place where a run meets them."""
    with session(workspace.engine) as records:
        people = records.exec(select(Identity).where(Identity.kind == "person")).all()
    return {row.external: row.surrogate for row in people}


@dataclass(frozen=True)
class History:
    """What left of a run and what came back, oldest first, with the state of everyone in the newest file of payments."""

    files: tuple[PayrollFile, ...]
    payments: tuple[PaymentFile, ...]
    newest: tuple[PaymentRecord, ...]


def history(workspace: Workspace, run_id: str) -> History:
    """The hand-offs and read-backs of a run."""
    run = pay.one(workspace, run_id)
    with session(workspace.engine) as records:
        files = records.exec(select(PayrollFile).where(PayrollFile.run == run.id).order_by(col(PayrollFile.id))).all()
        payments = records.exec(
            select(PaymentFile).where(PaymentFile.run == run.id).order_by(col(PaymentFile.id))
        ).all()
        last = payments[-1].id if payments else None
        query = select(PaymentRecord).where(PaymentRecord.file == last).order_by(col(PaymentRecord.line))
        return History(tuple(files), tuple(payments), tuple(records.exec(query).all()))
