"""What payroll says it paid for a run, reconciled person by person to the cent, and kept."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from data_contracts.problems import Problem, Problems, raise_if
from kpis.payroll import layouts, reconcile
from kpis.payroll.layouts import NAMED, Layout
from kpis.payroll.reconcile import Payment, Settled
from kpis.records.payroll import PaymentFile, PaymentRecord
from kpis.records.runs import PaidLine
from kpis.records.session import session
from kpis.records.tables import Run
from kpis.sheets.cells import Head, Sheet, minor, table, text
from kpis.workflows import handovers, workbooks
from kpis.workflows.handoff import exponent_of, keys_of, layout, payable
from kpis.workflows.handovers import Closing
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
    """What payroll paid against one closing of a run; `again` where the same file was read before.

    `run_expected` and `run_paid` add up the newest file of every closing that was read back, minor units.
    """

    run: Run
    settled: tuple[Settled, ...]
    again: bool
    closing: int
    run_expected: int = 0
    run_paid: int = 0

    @property
    def expected(self) -> int:
        """Handed over, minor units."""
        return sum(each.expected for each in self.settled)

    @property
    def paid(self) -> int:
        """Paid, minor units."""
        return sum(each.paid for each in self.settled)


def read_back(
    snapshot: Snapshot, file: Path, run_id: str, layout_name: str, by: str, now: datetime, closing: int = 0
) -> ReadBack:
    """Reconcile a file of payments with one closing of a run, and keep it; the same file again changes nothing.

    Unless named, it is the closing whose hand-over has these very bytes, else the oldest that was handed over and not read
    back, else the newest. A later file of the same closing takes the place of an earlier one. A CSV has the layout's marks, and
    its titles where the layout has some; an XLSX has titles. Raises Problems with every row that cannot be read.
    """
    workspace = snapshot.workspace
    run, form = payable(workspace, run_id), layout(layout_name)
    content = _bytes(file)
    payments = _payments(workspace, run, file, content, form)
    try:
        return _reconciled(workspace, run, payments, sha256(content).hexdigest(), closing, by, now)
    except IntegrityError as error:
        actual = "somebody else read the same file back at this moment"
        step = "It is kept, once. Read it back again to see what it says."
        raise Problems([Problem(f"run {run.id}", "one read-back of a file at a time", actual, step)]) from error


def _reconciled(
    workspace: Workspace, run: Run, payments: Sequence[Payment], digest: str, closing: int, by: str, now: datetime
) -> ReadBack:
    """The payments held against a closing, and kept where they are new."""
    with session(workspace.engine) as records:
        found = handovers.closings(records, run.id)
        files = list(records.exec(select(PaymentFile).where(PaymentFile.run == run.id).order_by(col(PaymentFile.id))))
        known = next((each for each in files if each.digest == digest), None)
        one = _closing(found, files, digest, known, closing)
        query = select(PaidLine).where(PaidLine.run == run.id, PaidLine.entry == one.entry)
        settled = tuple(reconcile.reconcile(_sums(records.exec(query).all()), payments))
        told = ReadBack(run, settled, known is not None, one.number)
        if not known:
            sums = {"expected": told.expected, "paid": told.paid}
            head = PaymentFile(run=run.id, closing=one.entry, digest=digest, **sums, read_at=now, read_by=by)
            _keep(records, told, head)
            files.append(head)
        newest = handovers.newest(found, files).values()
        expected, paid = sum(f.expected for f in newest), sum(f.paid for f in newest)
    return replace(told, run_expected=expected, run_paid=paid)


def _sums(lines: Iterable[PaidLine]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for each in lines:
        found[each.person] += each.amount
    return found


def _closing(
    found: Sequence[Closing], files: Sequence[PaymentFile], digest: str, known: PaymentFile | None, number: int
) -> Closing:
    """Which closing a file of payments is of; raises Problems for one there is not, and for a file that was read of another."""
    if known:
        one = next(each for each in found if each.entry == (known.closing or found[0].entry))
        if number not in (0, one.number):
            step = "A payment counts once: name the file of that closing."
            raise Problems([Problem("--closing", f"{one.number}, as it was read before", str(number), step)])
        return one
    if number:
        if number not in {each.number for each in found}:
            step = "`payroll status` lists them."
            raise Problems([Problem("--closing", f"one of the {len(found)} closings", str(number), step)])
        return found[number - 1]
    read = handovers.newest(found, files)
    same = [each for each in found if any(sent.digest == digest for sent in each.handed)]
    waits = [each for each in found if each.handed and each.entry not in read]
    open_ = [each for each in found if each.entry not in read]
    newest = [each for each in reversed(found) if each.handed]
    return next(iter([*same, *waits, *newest, *open_, *reversed(found)]))


def _payments(workspace: Workspace, run: Run, file: Path, content: bytes, form: Layout) -> list[Payment]:
    keys, exponent = keys_of(workspace), exponent_of(workspace, run)
    given = (
        _sheet_rows(file, exponent)
        if file.suffix.lower() == ".xlsx"
        else _text_rows(file.name, content, form, exponent)
    )
    return [Payment(row, keys.get(number), amount) for row, number, amount in given]


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
            given.append((row.number, text(row.cells["employee_number"]), minor(row.cells["gross"], exponent)))
        except Problems as problems:
            found += problems.problems
    raise_if(found)
    return given


def _text_rows(name: str, content: bytes, form: Layout, exponent: int) -> list[Given]:
    """The payments of a CSV in a layout's marks; control lines are passed over, and every other row is one or is named."""
    try:
        told = content.decode("utf-8-sig" if form.encoding == "utf-8" else form.encoding)
    except UnicodeDecodeError as error:
        raise Problems([Problem(name, f"text in {form.encoding}", str(error), STEP)]) from error
    read = list(enumerate(csv.reader(io.StringIO(told), delimiter=form.delimiter), start=1))
    if form.header:
        wide, places = len(read[0][1]) if read else 0, _places(name, read[0][1] if read else [])
        kept = [(at, row) for at, row in read[1:] if row and row[0].casefold() not in CONTROL]
    else:
        wide, places = len(form.columns), {each.head: at for at, each in enumerate(form.columns)}
        kept = [(at, row) for at, row in read if row and not _around(row, form)]
    found: list[Problem] = []
    given = []
    for at, row in kept:
        short = len(row) <= max(places["employee_number"], places["gross"])
        if short or any(row[wide:]) or not (form.header or _of_form(row[:wide], form)):
            expected = f"{wide} columns, as the titles" if form.header else f"a line of the layout {form.name}"
            found.append(Problem(f"{name}, row {at}", expected, form.delimiter.join(row)[:80], STEP))
            continue
        try:
            amount = layouts.minor(row[places["gross"]], exponent, form.decimal_mark)
            given.append((at, row[places["employee_number"]].strip(), amount))
        except ValueError as error:
            found.append(Problem(f"{name}, row {at}", str(error), repr(row[places["gross"]]), STEP))
    raise_if(found)
    return given


def _around(row: list[str], form: Layout) -> bool:
    """Whether a row of a file without titles is one of the layout's first or last lines, whatever fills its {fields}."""
    line = form.delimiter.join(row)
    parts = (NAMED.split(each)[::2] for each in (*form.first, *form.last))
    return any(re.fullmatch(f"[^{form.delimiter}]*".join(map(re.escape, each)), line) for each in parts)


def _of_form(row: list[str], form: Layout) -> bool:
    """Whether a row of a file without titles is one of the layout's lines: as long, with its fixed columns."""
    return len(row) == len(form.columns) and all(
        "{" in each.value or each.value == value for each, value in zip(form.columns, row, strict=True)
    )


def _places(name: str, titles: list[str]) -> Mapping[str, int]:
    sheet = Sheet(name, (tuple(titles), tuple(str(at) for at in range(len(titles)))))
    row = table(sheet, HEADS, strict=False)[0]
    return {field: int(str(cell.value)) for field, cell in row.cells.items()}
