"""Take in a delivery: the contract decides, a receipt says what happened."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from data_contracts.lake import Lake
from data_contracts.problems import Problem, Problems, did_you_mean
from data_contracts.receipts import Receipt, read_receipts
from kpis.records.keys import RecordKeys
from kpis.workspace import Workspace

Progress = Callable[[str, float], None]


def admit(
    workspace: Workspace,
    dataset: str,
    file: Path,
    now: datetime,
    layout: str = "",
    progress: Progress = lambda _step, _done: None,
) -> Receipt:
    """Admit one file to a dataset; the receipt tells also when it was refused or came before.

    Raises Problems for an unknown dataset, layout or file.
    """
    from data_contracts.admission import admit as validate  # late: Great Expectations takes seconds to import
    from data_contracts.layouts import parse_layout

    if dataset not in workspace.contracts:
        step = did_you_mean(dataset, workspace.contracts)
        raise Problems([Problem("DATASET", "a contract of this workspace", repr(dataset), step)])
    if not file.is_file():
        raise Problems([Problem(str(file), "a file", "none", "Check the path.")])
    contract = workspace.contracts[dataset]
    mapped = parse_layout(workspace.layout_text(layout), contract, f"layouts/{layout}.yaml") if layout else None
    keys = RecordKeys(workspace.engine)
    return validate(Lake(workspace.lake), contract, file, keys=keys, now=now, layout=mapped, progress=progress)


def receipts(workspace: Workspace) -> list[Receipt]:
    """Every receipt of the workspace, in the order they were given."""
    return read_receipts(workspace.lake)
