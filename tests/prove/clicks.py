"""Eight clicks on close at the same moment, on SQLite and on PostgreSQL: one run is closed, once."""

import multiprocessing
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from kpis.settings import Records
from kpis.workflows import payruns, verify
from kpis.workspace import Workspace, open_workspace
from tests.conftest import postgresql
from tests.kpis.approved import approve, approved_company, checked
from tests.kpis.small import NOW
from tests.prove.acting import PRELOAD, click
from tests.prove.run import Progress, Proved

CLICKS, ROUNDS = 8, 25
SAME, OWN = "one page, clicked eight times", "eight pages, clicked once each"
TOLD = {"closed", "the same act", "refused"}
Copy = Callable[[Path], Workspace]
LEAVE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :template AND pid <> pg_backend_pid()"


def prove(scale: float, tell: Progress) -> Proved:
    """That share of 25 rounds of each kind on each database, each on a copy of an approved run."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    rounds = max(1, round(ROUNDS * scale))
    rows: list[dict[str, object]] = []
    wrong: list[str] = []
    with postgresql() as url, tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(CLICKS, context) as pool:
        for database, made in (("SQLite", _on_sqlite(Path(folder))), ("PostgreSQL", _on_postgresql(Path(folder), url))):
            for kind in (SAME, OWN):
                told, found = _rounds(pool, *made, Path(folder, f"{database}{len(rows)}"), kind, rounds)
                wrong += [f"{database}, {kind}, {each}" for each in found]
                rows.append({"database": database, "clicks": kind, **told})
                tell(f"{database}, {kind}: {rounds} rounds, {dict(told)}")
    return Proved(rows, not wrong, _page(rounds, rows, wrong))


def _on_sqlite(folder: Path) -> tuple[Copy, str]:
    """How to copy a company whose run waits to be closed into a folder, and the run."""
    approved, run = _approved(folder / "sqlite", "")
    return lambda to: replace(approved, root=Path(shutil.copytree(approved.root, to))), run


def _on_postgresql(folder: Path, url: str) -> tuple[Copy, str]:
    """The same with its records in a database that is the template of each copy's own."""

    def of(name: str) -> str:
        return make_url(url).set(database=name).render_as_string(hide_password=False)

    def made(name: str, template: str = "template1") -> str:
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(LEAVE), {"template": template})
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        return of(name)

    approved, run = _approved(folder / "postgresql", f'[records]\nurl = "{made("approved")}"\n')

    def copy(to: Path) -> Workspace:
        records = Records(url=made(to.name, "approved"))
        root = Path(shutil.copytree(approved.root, to))
        return replace(approved, root=root, settings=approved.settings.model_copy(update={"records": records}))

    return copy, run


def _approved(folder: Path, more: str) -> tuple[Workspace, str]:
    """A company whose run waits to be closed, without an engine, so that it travels to other processes."""
    where = approved_company(folder, more)
    run = checked(where)
    approve(where, run.id)
    where.engine.dispose()
    return open_workspace(folder, NOW), run.id


def _rounds(
    pool: ProcessPoolExecutor, copy: Copy, run: str, folder: Path, kind: str, rounds: int
) -> tuple[Counter[str], list[str]]:
    """What the clicks were answered, and the rounds that went wrong."""
    told: Counter[str] = Counter()
    wrong = []
    for at in range(rounds):
        answers, once = _round(pool, copy(folder.with_name(f"{folder.name.lower()}_{at}")), run, kind)
        told.update(answers)
        if not once or answers.count("closed") != 1 or set(answers) - TOLD:
            wrong.append(f"round {at + 1}: {answers}")
    return told, wrong


def _round(pool: ProcessPoolExecutor, where: Workspace, run: str, kind: str) -> tuple[list[str], bool]:
    """The answers to eight clicks, and whether the run was closed and paid once."""
    at = where.root / str(CLICKS)
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
        f"| {row['database']} | {row['clicks']} | {row.get('closed', 0)} | {row.get('the same act', 0)} | {row.get('refused', 0)} |"
        for row in rows
    )
    verdict = "Each run was closed once, and paid once." if not wrong else "\n".join(f"- {each}" for each in wrong)
    return f"""# Eight clicks on close

`python -m tests.prove.run clicks` closes an approved run from {CLICKS} processes at the same moment, {rounds} rounds of each kind
on SQLite and on a PostgreSQL server of its own.

| records on | clicks | closed | answered as the same act | refused |
| --- | --- | --- | --- | --- |
{lines}

{verdict}
"""
