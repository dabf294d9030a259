"""Take in a delivery: the contract decides, a receipt says what happened."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from pathlib import Path

from data_contracts.lake import Lake
from data_contracts.problems import Problem, Problems, did_you_mean, raise_if
from data_contracts.receipts import Receipt, read_receipts
from kpis.workspace import Workspace

Progress = Callable[[str, float], None]


def admit(
    workspace: Workspace,
    dataset: str,
    file: Path,
    now: datetime,
    layout: str = "",
    progress: Progress = lambda _step, _done: None,
    by: str = "",
    trial: Collection[str] | None = None,
) -> Receipt:
    """Admit one file to a dataset; the receipt tells also when it was refused or came before.

    `by` releases it: an employee number, or an address with a role. A `trial` writes nothing and says what would be,
    supposing that those people, by number, are known. Raises Problems for an unknown dataset, layout or
    file, and for somebody who may not release it.
    """
    from data_contracts.admission import admit as validate  # late: Great Expectations takes seconds to import
    from data_contracts.layouts import parse_layout
    from kpis.records.keys import RecordKeys, SupposedKeys
    from kpis.workflows import releases

    check(workspace, dataset, [file], layout)
    contract = workspace.contracts[dataset]
    mapped = parse_layout(workspace.layout_text(layout), contract, f"layouts/{layout}.yaml") if layout else None
    keys, who = RecordKeys(workspace.engine), releases.release(workspace, dataset, file, by, now)
    return validate(
        Lake(workspace.lake), contract, file, keys=keys if trial is None else SupposedKeys(keys, trial), now=now, layout=mapped,
        by=who, trial=trial is not None, progress=progress,
    )  # fmt: skip


def check(workspace: Workspace, dataset: str, files: Iterable[Path] = (), layout: str = "") -> None:
    """Raise Problems for an unknown dataset, an unknown layout and every file that is none, all at once."""
    found = [Problem(str(file), "a file", "none", "Check the path.") for file in files if not file.is_file()]
    if dataset not in workspace.contracts:
        step = did_you_mean(dataset, workspace.contracts)
        found.insert(0, Problem("DATASET", "a contract of this workspace", repr(dataset), step))
    try:
        if layout:
            workspace.layout_text(layout)
    except Problems as unknown:
        found += unknown.problems
    raise_if(found)


def receipts(workspace: Workspace) -> list[Receipt]:
    """Every receipt of the workspace, in the order they were given."""
    return read_receipts(workspace.lake)
