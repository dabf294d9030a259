"""People, employment, assignments and pay basis as one workbook, both ways: each sheet is a delivery to its contract."""

import re
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlmodel import select

from data_contracts.contract import Contract
from data_contracts.problems import Problem, Problems, raise_if
from data_contracts.receipts import REFUSED, Receipt
from kpis.records.session import session
from kpis.records.tables import Identity
from kpis.sheets import people as staff
from kpis.sheets.cells import Cell, Row, Value
from kpis.workflows import admit, workbooks
from kpis.workflows.sheets import about, lists
from kpis.workflows.workbook_writing import Table, fits, write
from kpis.workspace import Snapshot, Workspace

ROW = re.compile(r"row (\d+)")
ROWS = re.compile(r"\d+ × (.+?) \(rows ([\d, ]+)\)")


def _contracts(workspace: Workspace) -> list[Contract]:
    return [workspace.contracts[name] for name in staff.DATASETS]


def _identities(workspace: Workspace) -> dict[str, Identity]:
    with session(workspace.engine) as records:
        return {row.surrogate: row for row in records.exec(select(Identity).where(Identity.kind == "person")).all()}


def people_rows(snapshot: Snapshot, contract: Contract) -> list[list[Value]]:
    """The rows of one dataset as HR knows them: employee numbers, names and addresses from the record of identities."""
    known = _identities(snapshot.workspace)
    numbers = {key: each.external for key, each in known.items()}
    listed = snapshot.rows(f'SELECT * FROM "{contract.name}" ORDER BY _row').to_pylist()
    rows = []
    for row in listed:
        who = known.get(row.get("person", ""))
        row |= {"name": who.name if who else None, "email": who.email if who else None}
        rows.append([staff.cell(each, row.get(each.name), numbers) for each in contract.columns])
    return rows


def export_people(snapshot: Snapshot) -> bytes:
    """People, employment, assignments and pay basis as a workbook of four sheets; without any, a template."""
    tables = [
        Table(staff.title(each), staff.heads(each), people_rows(snapshot, each))
        for each in _contracts(snapshot.workspace)
    ]
    raise_if(problem for each in tables for problem in fits(iter(each.rows), each.name))
    more = (
        "Personal",
        "This file names people and what they earn. Keep it where such files belong, and delete it after use.",
    )
    values = {
        each.name: list(each.values)
        for contract in _contracts(snapshot.workspace)
        for each in contract.columns
        if each.values
    }
    told = about(snapshot.workspace, "People, their employment, assignments and pay basis.", more)
    return write(told, tables, {**lists(snapshot), **values})


def import_people(
    snapshot: Snapshot,
    file: Path,
    now: datetime,
    progress: admit.Progress = lambda _step, _done: None,
    by: str = "",
) -> list[Receipt]:
    """Admit the sheets of a workbook that differ from what the workspace holds, each through its own contract: all or none.

    Every sheet is tried before any is admitted, people new to the company supposed to be known to the others. Raises
    Problems that name the cells, with everything that the contracts refuse.
    """
    book, workspace = workbooks.read(file), snapshot.workspace
    read: dict[str, tuple[list[Row], list[tuple[str, ...]]]] = {}
    found: list[Problem] = list(book.refused)
    for contract in _contracts(workspace):
        try:
            read[contract.name] = staff.rows(book, contract)
        except Problems as problems:
            found += problems.problems
    raise_if(found)
    changed = [
        (contract, *read[contract.name])
        for contract in _contracts(workspace)
        if read[contract.name][1] and sorted(read[contract.name][1]) != sorted(_held(snapshot, contract))
    ]
    people = _numbers(workspace, read[staff.DATASETS[0]][1])

    def each_of(trial: frozenset[str] | None) -> list[Receipt]:
        """Every changed sheet, tried or admitted; raises Problems with everything refused."""
        receipts = [_admitted(workspace, *each[::2], file, now, progress, by, trial) for each in changed]
        raise_if(
            told
            for (contract, listed, _), each in zip(changed, receipts, strict=True)
            for told in _told(contract, each, listed)
        )
        return receipts

    each_of(people)
    return each_of(None)


def _numbers(workspace: Workspace, texts: Sequence[Sequence[str]]) -> frozenset[str]:
    """The employee numbers on the sheet of people."""
    names = [each.name for each in workspace.contracts[staff.DATASETS[0]].columns]
    return frozenset(row[names.index("person")] for row in texts)


def _held(snapshot: Snapshot, contract: Contract) -> list[tuple[str, ...]]:
    """The rows that are there, as the texts their own export would be read as."""
    heads = staff.heads(contract)
    rows = [
        Row(at, {head.field: Cell("", value) for head, value in zip(heads, row, strict=True)})
        for at, row in enumerate(people_rows(snapshot, contract))
    ]
    return [
        tuple("" if row.cells[head.field].empty else staff.plain(row.cells[head.field], head) for head in heads)
        for row in rows
    ]


def _admitted(
    workspace: Workspace,
    contract: Contract,
    texts: Sequence[Sequence[str]],
    file: Path,
    now: datetime,
    progress: admit.Progress,
    by: str,
    trial: frozenset[str] | None,
) -> Receipt:
    with tempfile.TemporaryDirectory() as folder:
        delivery = Path(folder) / f"{file.stem}.{contract.name}.csv"
        delivery.write_text(staff.to_csv(contract, texts), contract.encoding)
        return admit.admit(workspace, contract.name, delivery, now, progress=progress, by=by, trial=trial)


def _told(contract: Contract, receipt: Receipt, listed: Sequence[Row]) -> list[Problem]:
    """What a contract refuses of a sheet, by cell: a whole delivery's problems, or each row that waits in quarantine."""
    if receipt.state == REFUSED:
        return [placed for each in receipt.problems for placed in _placed(contract, each, listed)]
    reasons = ((reason, number) for reason, numbers in receipt.rows.items() for number in numbers)
    return [_row(contract, listed, number, reason) for reason, number in reasons]


def _row(contract: Contract, listed: Sequence[Row], number: int, reason: str) -> Problem:
    where = staff.at_cell(contract, listed, number, reason)
    return Problem(where, f"a row that {contract.name} admits", reason, "Mend the row and import again.")


def _placed(contract: Contract, each: Problem, listed: Sequence[Row]) -> list[Problem]:
    """The problem at the cells of the rows it names; at its sheet where it names none."""
    rows = [
        _row(contract, listed, int(at), why) for why, numbers in ROWS.findall(each.actual) for at in numbers.split(", ")
    ]
    if rows:
        return rows
    named = ROW.search(each.where)
    where = (
        staff.at_cell(contract, listed, int(named[1]), f"{each.where} {each.expected} {each.actual}")
        if named
        else f"{staff.title(contract)}: {each.where}"
    )
    return [Problem(where, each.expected, each.actual, each.next_step)]
