"""What the proofs of kills and clicks do in processes of their own: one payout run, from wherever it stands, to its end."""

import os
from pathlib import Path

from data_contracts.problems import Problems
from kpis.workflows import payruns
from kpis.workspace import Workspace, open_snapshot
from tests.kpis.approved import BOARD, HR
from tests.kpis.small import NOW

PRELOAD = ["tests.prove.acting", "kpis.workflows.pay", "kpis.records.tables", "rfc8785", "pandas"]


STEPS = ("calculate", "check", "open", "approve", "close")


def run_on(where: Workspace) -> None:
    """Take every step that is left of the third quarter's run; the tokens are those of a page that was left open.

    A file of the step's name says that it began.
    """
    snapshot = open_snapshot(where)

    def begin(step: str) -> None:
        """Say that a step began."""
        (where.root / step).touch()

    begin("calculate")
    run, _ = payruns.calculate(snapshot, "service", "2026-Q3", HR, NOW)
    at = payruns.looked(where, run.id)
    if at.state == "calculated":
        begin("check")
        payruns.check(snapshot, run.id, BOARD, HR, NOW, "check")
    if payruns.looked(where, run.id).state == "checked":
        begin("open")
        payruns.opened(snapshot, run.id, sorted(at.to_open), BOARD, NOW)
        begin("approve")
        payruns.approve(snapshot, run.id, BOARD, NOW, "approve")
    if payruns.looked(where, run.id).state == "approved":
        begin("close")
        payruns.close(snapshot, run.id, HR, NOW, "close")


def click(where: Workspace, run: str, token: str, at: str) -> str:
    """Close a run at the same moment as the others; says whether it closed it, it was closed, or it was refused."""
    snapshot = open_snapshot(where)
    Path(at, str(os.getpid())).touch()
    while len(list(Path(at).iterdir())) < int(Path(at).name):
        pass  # all have their finger on the button
    try:
        done = payruns.close(snapshot, run, HR, NOW, token)
    except Problems as problems:
        return "refused" if "closed, and paid" in str(problems) else f"wrong: {problems}"
    finally:
        where.engine.dispose()
    return "the same act" if done.again else "closed"
