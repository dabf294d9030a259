"""Eight clicks on close at the same moment: one run is closed, once."""

import multiprocessing
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from kpis.workflows import payruns, verify
from kpis.workspace import Workspace, open_workspace
from tests.kpis.approved import approve, approved_company, checked
from tests.kpis.small import NOW
from tests.prove.acting import PRELOAD, click
from tests.prove.run import Progress, Proved

CLICKS, ROUNDS = 8, 25
SAME, OWN = "one page, clicked eight times", "eight pages, clicked once each"


def prove(scale: float, tell: Progress) -> Proved:
    """That share of 25 rounds of each kind, each on a copy of an approved run."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    rounds = max(1, round(ROUNDS * scale))
    rows, wrong = [], []
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(CLICKS, context) as pool:
        approved, run = _approved(Path(folder, "approved"))
        for kind in (SAME, OWN):
            told: dict[str, int] = {}
            for at in range(rounds):
                answers, paid_once = _round(pool, approved, run, Path(folder, f"{len(rows)}-{at}"), kind)
                for each in answers:
                    told[each] = told.get(each, 0) + 1
                if (
                    not paid_once
                    or answers.count("closed") != 1
                    or set(answers) - {"closed", "the same act", "refused"}
                ):
                    wrong.append(f"{kind}, round {at + 1}: {answers}")
            rows.append({"clicks": kind, **told})
            tell(f"{kind}: {rounds} rounds, {told}")
    return Proved(rows, not wrong, _page(rounds, rows, wrong))


def _approved(folder: Path) -> tuple[Workspace, str]:
    """A company whose run waits to be closed, without an engine, so that it travels to other processes."""
    where = approved_company(folder)
    run = checked(where)
    approve(where, run.id)
    where.engine.dispose()
    return open_workspace(folder, NOW), run.id


def _round(pool: ProcessPoolExecutor, approved: Workspace, run: str, folder: Path, kind: str) -> tuple[list[str], bool]:
    shutil.copytree(approved.root, folder)
    where, at = replace(approved, root=folder), folder / str(CLICKS)
    at.mkdir()
    tokens = ["once" if kind == SAME else f"page {each}" for each in range(CLICKS)]
    asked = [pool.submit(click, replace(where), run, token, str(at)) for token in tokens]
    answers = [each.result() for each in asked]
    paid = payruns.looked(where, run)
    closings = [each for each in paid.steps if each.step == "closed"]
    once = len(closings) == 1 and sum(paid.paid.values()) == paid.run.total and not verify.payouts(where).problems
    where.engine.dispose()
    return answers, once


def _page(rounds: int, rows: list[dict[str, object]], wrong: list[str]) -> str:
    lines = "\n".join(
        f"| {row['clicks']} | {row.get('closed', 0)} | {row.get('the same act', 0)} | {row.get('refused', 0)} |"
        for row in rows
    )
    verdict = "Each run was closed once, and paid once." if not wrong else "\n".join(f"- {each}" for each in wrong)
    return f"""# Eight clicks on close

`python -m tests.prove.run clicks` closes an approved run from {CLICKS} processes at the same moment, {rounds} rounds of each kind.

| clicks | closed | answered as the same act | refused |
| --- | --- | --- | --- |
{lines}

{verdict}
"""
