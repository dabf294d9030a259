"""What payroll says it paid for a run, reconciled person by person to the cent, and kept."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from data_contracts.problems import Problem, Problems, raise_if
from kpis.payroll import layouts, reconcile
from kpis.payroll.layouts import Layout
from kpis.payroll.reconcile import Payment, Settled
from kpis.records.payroll import PaymentFile, PaymentRecord
from kpis.records.session import session
from kpis.records.tables import PayoutRecord, Run
from kpis.sheets.cells import Head, Sheet, exact, table, text
from kpis.workflows import workbooks
from kpis.workflows.handoff import at_once, exponent_of, keys_of, layout, payable
from kpis.workspace import Snapshot, Workspace

HEADS = (
    Head(
        "employee_number",
        "employee number",
        aliases=("personeelsnummer", "personalnummer", "pnr", "person"),
        needed=True,
    ),
    Head("gross", "gross", "number", ("paid", "amount", "bedrag", "betrag"), needed=True),
)
CONTROL = ("control", "controletotaal")
STEP = "Mend the row, or name the layout it is written in."
Given = tuple[int, str, int]  # row, employee number, minor units


@dataclass(frozen=True)
class ReadBack:
    """What payroll paid against a run; `again` where the same file was read before."""

    run: Run
    settled: tuple[Settled, ...]
    again: bool

    @property
    def expected(self) -> int:
        """Handed over, minor units."""
        return sum(each.expected for each in self.settled)

    @property
    def paid(self) -> int:
        """Paid, minor units."""
        return sum(each.paid for each in self.settled)


def read_back(snapshot: Snapshot, file: Path, run_id: str, layout_name: str, by: str, now: datetime) -> ReadBack:
    """Reconcile a file of payments with a run, and keep it; the same file again changes nothing.

    A CSV has the layout's marks, and its titles where the layout has some; an XLSX has titles. Raises Problems with
    every row that cannot be read.
    """
    workspace = snapshot.workspace
    run, form = payable(workspace, run_id), layout(layout_name)
    keys, exponent = keys_of(workspace), exponent_of(workspace, run)
    content = _bytes(file)
    given = (
        _sheet_rows(file, exponent)
        if file.suffix.lower() == ".xlsx"
        else _text_rows(file.name, content, form, exponent)
    )
    payments = [Payment(row, keys.get(number), amount) for row, number, amount in given]
    digest = sha256(content).hexdigest()
    try:
        return _read(workspace, run, payments, digest, by, now)
    except IntegrityError as error:
        step = "It is kept, once. Read it back again to see what it says."
        raise Problems([at_once(f"run {run.id}", "read-back", step)]) from error


def _read(workspace: Workspace, run: Run, payments: list[Payment], digest: str, by: str, now: datetime) -> ReadBack:
    """The payments reconciled with the run, and kept where they are new."""
    with session(workspace.engine) as records:
        payouts = records.exec(select(PayoutRecord).where(PayoutRecord.run == run.id)).all()
        settled = tuple(reconcile.reconcile({each.person: each.amount for each in payouts}, payments))
        query = select(PaymentFile).where(PaymentFile.run == run.id, PaymentFile.digest == digest)
        found = ReadBack(run, settled, records.exec(query).first() is not None)
        if not found.again:
            sums = {"expected": found.expected, "paid": found.paid}
            _keep(records, found, PaymentFile(run=run.id, digest=digest, **sums, read_at=now, read_by=by))
    return found


def _keep(records: Session, found: ReadBack, head: PaymentFile) -> None:
    records.add(head)
    records.flush()
    records.add_all(
        PaymentRecord(
            file=head.id or 0, line=at, person=each.person, row=each.row, state=each.state, expected=each.expected, paid=each.paid,
        )
        for at, each in enumerate(found.settled, start=1)
    )  # fmt: skip


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Problems([Problem(str(file), "a file", str(error), "Check the path.")]) from error


def _sheet_rows(file: Path, exponent: int) -> list[Given]:
    book = workbooks.read(file, "cached")
    found = list(book.refused)
    given = []
    for row in table(next(iter(book.sheets.values()), Sheet("", ())), HEADS, strict=False):
        if text(row.cells["employee_number"]).casefold() in CONTROL:
            continue
        try:
            amount = exact(row.cells["gross"], exponent).scaleb(exponent)
            given.append((row.number, text(row.cells["employee_number"]), int(amount)))
        except Problems as problems:
            found += problems.problems
    raise_if(found)
    return given


def _text_rows(name: str, content: bytes, form: Layout, exponent: int) -> list[Given]:
    """The payments of a CSV in a layout's marks; control lines are passed over."""
    try:
        told = content.decode("utf-8-sig" if form.encoding == "utf-8" else form.encoding)
    except UnicodeDecodeError as error:
        raise Problems([Problem(name, f"text in {form.encoding}", str(error), STEP)]) from error
    read = list(enumerate(csv.reader(io.StringIO(told), delimiter=form.delimiter), start=1))
    if form.header:
        places = _places(name, read[0][1] if read else [])
        kept = [(at, row) for at, row in read[1:] if row and row[0].casefold() not in CONTROL]
    else:
        places = {each.head: at for at, each in enumerate(form.columns)}
        kept = [(at, row) for at, row in read if _of_form(row, form)]
    found: list[Problem] = []
    given = []
    for at, row in kept:
        if len(row) <= max(places["employee_number"], places["gross"]):
            found.append(Problem(f"{name}, row {at}", "as many columns as titles", str(len(row)), STEP))
            continue
        try:
            amount = layouts.minor(row[places["gross"]], exponent, form.decimal_mark)
            given.append((at, row[places["employee_number"]].strip(), amount))
        except ValueError as error:
            found.append(Problem(f"{name}, row {at}", str(error), repr(row[places["gross"]]), STEP))
    raise_if(found)
    return given


def _of_form(row: list[str], form: Layout) -> bool:
    """Whether a row of a file without titles is one of the layout's lines: as long, with its fixed columns."""
    return len(row) == len(form.columns) and all(
        "{" in each.value or each.value == value for each, value in zip(form.columns, row, strict=True)
    )


def _places(name: str, titles: list[str]) -> Mapping[str, int]:
    sheet = Sheet(name, (tuple(titles), tuple(str(at) for at in range(len(titles)))))
    row = table(sheet, HEADS, strict=False)[0]
    return {field: int(str(cell.value)) for field, cell in row.cells.items()}
