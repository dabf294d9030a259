"""Which closings of a run payroll has: each is handed over once, and what is written again says that it is a repeat."""

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_hex

from sqlmodel import Session, SQLModel, col, select

from data_contracts.problems import Problem, raise_if
from kpis.records.payroll import Handover, PaymentFile, PaymentRecord, PayrollFile
from kpis.records.runs import RunStep
from kpis.records.session import session
from kpis.records.tables import utc
from kpis.workflows import chain, pay
from kpis.workspace import Workspace


@dataclass(frozen=True)
class Closing:
    """One closing of a run: its number from 1, its ledger entry, and how payroll got it, oldest first."""

    number: int
    entry: int
    handed: tuple[Handover | PayrollFile, ...]


def closings(records: Session, run: str) -> list[Closing]:
    """The closings of a run in order. A file of the whole run, as they were made before, has those that were paid by then."""
    steps = records.exec(
        select(RunStep).where(RunStep.run == run, RunStep.step == "closed").order_by(col(RunStep.entry))
    ).all()
    whole = records.exec(select(PayrollFile).where(PayrollFile.run == run)).all()
    told = records.exec(select(Handover).where(Handover.run == run).order_by(col(Handover.entry))).all()
    return [
        Closing(
            at,
            step.entry,
            (
                *(each for each in whole if utc(step.at) <= utc(each.made_at)),
                *(each for each in told if each.closing == step.entry),
            ),
        )
        for at, step in enumerate(steps, 1)
    ]


def chosen(found: Sequence[Closing], number: int, again: bool) -> list[Problem] | Closing:
    """The closing to hand over: the one named, or the oldest that payroll does not have; or why there is none."""
    open_ = [each for each in found if not each.handed]
    if number and number not in {each.number for each in found}:
        return [Problem("--closing", f"one of the {len(found)} closings", str(number), "`payroll status` lists them.")]
    closing = found[number - 1] if number else open_[0] if open_ and not again else found[-1]
    if closing.handed and not again:
        last = closing.handed[-1]
        actual = f"payroll has it: {last.layout}, {last.made_at:%Y-%m-%d} by {last.made_by}"
        step = f"Nothing is paid twice. The same file again, marked as a repeat: --closing {closing.number} --again."
        return [Problem(f"closing {closing.number}", "a closing that payroll does not have", actual, step)]
    return closing


def keep(workspace: Workspace, row: Handover, number: int, again: bool) -> Handover:
    """Enter that a closing was handed over; of two at once the second is refused. Raises Problems as `chosen` tells them."""

    def what(records: Session) -> tuple[Sequence[SQLModel], dict[str, str]]:
        closing = chosen(closings(records, row.run), number, again)
        raise_if(closing if isinstance(closing, list) else ())
        assert isinstance(closing, Closing)
        row.repeat = len(closing.handed)
        told = {"run": row.run, "closing": str(row.closing), "file": row.digest, "repeat": str(row.repeat)}
        return [row], told | {"total": str(row.total)}

    chain.act(workspace, token_hex(16), "handed over", f"{row.run} {number}", row.made_by, row.made_at, what)
    return row


@dataclass(frozen=True)
class History:
    """What left of a run and what came back, oldest first, with the state of everyone in the newest file of each closing."""

    files: tuple[PayrollFile | Handover, ...]
    payments: tuple[PaymentFile, ...]
    newest: tuple[PaymentRecord, ...]
    closings: tuple[Closing, ...] = ()


def history(workspace: Workspace, run_id: str) -> History:
    """The hand-offs and read-backs of a run."""
    run = pay.one(workspace, run_id)
    with session(workspace.engine) as records:
        whole = records.exec(select(PayrollFile).where(PayrollFile.run == run.id).order_by(col(PayrollFile.id))).all()
        told = records.exec(select(Handover).where(Handover.run == run.id).order_by(col(Handover.entry))).all()
        back = records.exec(select(PaymentFile).where(PaymentFile.run == run.id).order_by(col(PaymentFile.id))).all()
        found = closings(records, run.id)
        last = {each.id for each in newest(found, back).values()}
        query = select(PaymentRecord).where(col(PaymentRecord.file).in_(last))
        rows = records.exec(query.order_by(col(PaymentRecord.file), col(PaymentRecord.line))).all()
        return History((*whole, *told), tuple(back), tuple(rows), tuple(found))


def newest(found: Sequence[Closing], back: Sequence[PaymentFile]) -> dict[int, PaymentFile]:
    """The newest file of payments of each closing, by its ledger entry; one that names none paid the first."""
    first = found[0].entry if found else 0
    return {each.closing or first: each for each in back}
