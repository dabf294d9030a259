"""A payout run killed at random moments of each of its steps: nothing is half, and when it is taken up again nothing is twice."""

import multiprocessing
import random
import shutil
import tempfile
import time
from collections import Counter
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
from tests.prove.acting import PRELOAD, STEPS, run_on
from tests.prove.run import Progress, Proved

KILLS = 500
ENDED = "ended"
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
        stood: Counter[tuple[str, str]] = Counter()
        wrong: list[str] = []
        for at in range(kills):
            during = STEPS[at % len(STEPS)]
            after = draw.uniform(0, lasted[during])
            state, found = _killed(context, where, Path(folder, "killed"), during, after, undisturbed)
            stood[during, state] += 1
            wrong += [f"kill {at + 1}: {each}" for each in found]
            if (at + 1) % 50 == 0 or at + 1 == kills:
                tell(f"{at + 1} of {kills} kills, {len(wrong)} wrong")
    rows = [
        {"killed during": during, "it was": state, "times": stood[during, state]}
        for during in STEPS
        for state in sorted(state for step, state in stood if step == during)
    ]
    return Proved(rows, not wrong, _page(kills, rows, wrong))


def _undisturbed(context, template: Workspace, folder: Path) -> tuple[tuple[int, ...], dict[str, float]]:  # type: ignore[no-untyped-def]
    """The rows of a run that nobody disturbed, and how long each of its steps lasted, in seconds."""
    where = _copied(template, folder)
    _start(context, where, STEPS[0]).join()
    began = [(where.root / step).stat().st_mtime for step in STEPS] + [time.time()]
    found = counts(where)
    where.engine.dispose()
    return found, {step: began[at + 1] - began[at] for at, step in enumerate(STEPS)}


def _copied(template: Workspace, folder: Path) -> Workspace:
    """The template's company in another folder."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template.root, folder)
    return replace(template, root=folder)


def _start(context, where: Workspace, step: str):  # type: ignore[no-untyped-def]
    """A process that takes the run's steps, at the moment when the step named began."""
    process = context.Process(target=run_on, args=(replace(where),))  # a copy that holds no engine yet
    process.start()
    while not (where.root / step).exists() and process.is_alive():
        time.sleep(0.001)
    return process


def _killed(context, template: Workspace, folder: Path, during: str, after: float, whole: tuple[int, ...]):  # type: ignore[no-untyped-def]
    """Kill one run that many seconds into a step, look at what is there, then take it up to its end."""
    where = _copied(template, folder)
    process = _start(context, where, during)
    process.join(after)
    ended = not process.is_alive()
    process.kill()
    process.join()
    state, found = _stands(where)
    run_on(where)
    if counts(where) != whole:
        found.append(f"{counts(where)} rows instead of {whole}")
    found += [str(each) for each in verify.payouts(where).problems]
    where.engine.dispose()
    return ENDED if ended else state, found


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
    lines = "\n".join(f"| {row['killed during']} | {row['it was']} | {row['times']} |" for row in rows)
    inside = sum(int(str(row["times"])) for row in rows if row["it was"] != ENDED)
    verdict = "Nothing was half, nothing twice." if not wrong else "\n".join(f"- {each}" for each in wrong)
    return f"""# A run that is killed

`python -m tests.prove.run kills` starts a payout run (calculate, check, open, approve, close) in a process of its own and
kills it (SIGKILL) {kills} times, as often in each step, at a random moment of the time the step takes. What is left is verified;
then the run is taken up; the end must have the very rows of a run that nobody disturbed.

| killed during | the run was | times |
| --- | --- | --- |
{lines}

{inside} of {kills} ({inside / kills:.0%}) were killed inside the run; the others had ended a moment before.

{verdict}
"""
