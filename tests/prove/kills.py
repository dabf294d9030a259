"""A payout run killed at random moments: nothing is half, and when it is taken up again nothing is twice."""

import multiprocessing
import random
import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from sqlmodel import func, select

from kpis.records.runs import Act, PaidLine, RunStep
from kpis.records.session import session
from kpis.records.tables import LedgerRecord, LineRecord, PayoutRecord, Run
from kpis.workflows import payruns, verify
from kpis.workspace import Workspace, open_workspace
from tests.kpis.approved import approved_company
from tests.kpis.small import NOW
from tests.prove.acting import PRELOAD, run_on
from tests.prove.run import Progress, Proved

KILLS = 500
TABLES = (Run, PayoutRecord, LineRecord, RunStep, PaidLine, Act, LedgerRecord)


def counts(where: Workspace) -> tuple[int, ...]:
    """How many rows each table of pay holds."""
    with session(where.engine) as records:
        return tuple(int(records.exec(select(func.count()).select_from(each)).one()) for each in TABLES)


def prove(scale: float, tell: Progress) -> Proved:
    """Kill a process that share of 500 times, look, and take the run up; the truth is a run that nobody disturbed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    draw, kills = random.Random(500), max(1, round(KILLS * scale))
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder, "template")
        approved_company(template).engine.dispose()
        where = open_workspace(template, NOW)  # without an engine, so that it travels to other processes
        undisturbed, lasted = _undisturbed(context, where, Path(folder, "whole"))
        stood: dict[str, int] = {}
        wrong: list[str] = []
        for at in range(kills):
            state, found = _killed(context, where, Path(folder, "killed"), draw.uniform(0, 1.1 * lasted), undisturbed)
            stood[state] = stood.get(state, 0) + 1
            wrong += [f"kill {at + 1}: {each}" for each in found]
            if (at + 1) % 50 == 0 or at + 1 == kills:
                tell(f"{at + 1} of {kills} kills, {len(wrong)} wrong")
    rows = [{"killed when the run was": state, "times": times} for state, times in sorted(stood.items())]
    return Proved(rows, not wrong, _page(kills, rows, wrong))


def _undisturbed(context, template: Workspace, folder: Path) -> tuple[tuple[int, ...], float]:  # type: ignore[no-untyped-def]
    where = _copied(template, folder)
    process, began = _start(context, where)
    process.join()
    lasted = time.monotonic() - began
    found = counts(where)
    where.engine.dispose()
    return found, lasted


def _copied(template: Workspace, folder: Path) -> Workspace:
    """The template's company in another folder."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template.root, folder)
    return replace(template, root=folder)


def _start(context, where: Workspace):  # type: ignore[no-untyped-def]
    process = context.Process(target=run_on, args=(replace(where),))  # a copy that holds no engine yet
    process.start()
    while not (where.root / "started").exists() and process.is_alive():
        time.sleep(0.001)
    return process, time.monotonic()


def _killed(context, template: Workspace, folder: Path, after: float, whole: tuple[int, ...]):  # type: ignore[no-untyped-def]
    """Kill one run after that many seconds, look at what is there, then take it up to its end."""
    where = _copied(template, folder)
    process, _began = _start(context, where)
    process.join(after)
    process.kill()
    process.join()
    state, found = _stands(where)
    run_on(where)
    if counts(where) != whole:
        found.append(f"{counts(where)} rows instead of {whole}")
    found += [str(each) for each in verify.payouts(where).problems]
    where.engine.dispose()
    return state, found


def _stands(where: Workspace) -> tuple[str, list[str]]:
    """Where a killed run stands, and what of it is half."""
    wrong = [str(each) for each in verify.payouts(where).problems]
    with session(where.engine) as records:
        runs = records.exec(select(Run)).all()
    if not runs:
        return "not there yet", wrong + ([f"rows without a run: {counts(where)}"] if sum(counts(where)[:5]) else [])
    at = payruns.looked(where, runs[0].id)
    paid = sum(at.paid.values())
    if paid != (at.run.total if at.state == "closed" else 0):
        wrong.append(f"{at.state}, and {paid} of {at.run.total} paid")
    return at.state, wrong


def _page(kills: int, rows: list[dict[str, object]], wrong: list[str]) -> str:
    lines = "\n".join(f"| {row['killed when the run was']} | {row['times']} |" for row in rows)
    verdict = "Nothing was half, nothing twice." if not wrong else "\n".join(f"- {each}" for each in wrong)
    return f"""# A run that is killed

`python -m tests.prove.run kills` starts a payout run (calculate, check, open, approve, close) in a process of its own and
kills it (SIGKILL) at a random moment, {kills} times. What is left is verified; then the run is taken up; the end must
have the very rows of a run that nobody disturbed.

| killed when the run was | times |
| --- | --- |
{lines}

{verdict}
"""
