"""Known public data sets as workspaces: their files are admitted through layouts, built, aimed at, and paid on where there are people."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import yaml

from data_contracts.problems import Problem, Problems, did_you_mean, raise_if
from data_contracts.receipts import REFUSED
from kpis.incentives import evidence
from kpis.workflows import agreements, aim, pay, plans, verify
from kpis.workflows.admit import admit
from kpis.workflows.refresh import refresh
from kpis.workspace import SETTINGS, Snapshot, open_snapshot, open_workspace

Progress = Callable[[str, float], None]
PRIVATE = 0o700
FOLDERS = ("contracts", "lake", "exports")
IGNORED = "lake/\nexports/\nrecords.db*\n"


@dataclass(frozen=True)
class Delivery:
    """A file for a dataset: of the data set through a layout, or without one from the example's own `deliveries/`."""

    dataset: str
    file: str
    layout: str = ""


@dataclass(frozen=True)
class Example:
    """What makes a data set a workspace; `plan` and `period` are empty where nobody is paid."""

    deliveries: tuple[Delivery, ...]
    plan: str = ""
    period: str = ""


DEPARTMENTS = Delivery("departments", "departments.csv")
OLIST = "olist_{}_dataset.csv".format
EXAMPLES: Mapping[str, Example] = {
    "olist": Example(
        (
            DEPARTMENTS,
            Delivery("people", OLIST("sellers"), "people"),
            Delivery("assignments", OLIST("sellers"), "assignments"),
            Delivery("employment", OLIST("sellers"), "employment"),
            Delivery("customers", OLIST("customers"), "customers"),
            Delivery("credits", OLIST("order_items"), "credits"),
            Delivery("orders", OLIST("orders"), "orders"),
            Delivery("survey_responses", OLIST("order_reviews"), "reviews"),
        ),
        plan="sellers",
        period="2017",
    ),
    "airport": Example(
        (DEPARTMENTS, Delivery("survey_responses", "2017_SFO_Customer_Survey.csv", "survey_2017")),
    ),
}


def make(
    name: str, data: Path, folder: Path, now: datetime, progress: Progress = lambda _step, _share: None
) -> Snapshot:
    """Make the workspace of a known data set in a new folder, from the data set's own files in `data`; returns what it holds.

    `progress` hears the step and the share done. Raises Problems for an unknown name, files that are missing, a folder that
    holds something, and anything that does not pass on the way: deliveries, targets, plan, and at the end `verify`.
    """
    raise_if(_cannot(name, data, folder))
    example = EXAMPLES[name]
    _copied(resources.files("seeds") / name, folder)
    _admitted(example, data, folder, now, progress)
    workspace = open_workspace(folder, now)
    progress("facts", 0.7)
    refresh(workspace, now)
    snapshot = open_snapshot(workspace)
    progress("targets", 0.8)
    text, by = (folder / "targets.yaml").read_text("utf-8"), workspace.settings.access.hr[0]
    aim.import_targets(snapshot, text, aim.Change(by, "Made up for the example"), now)
    told = _paid(snapshot, example, now, progress) if example.plan else {}
    progress("verify", 0.95)
    raise_if(verify.everything(workspace).problems)
    _told(folder, told)
    return open_snapshot(open_workspace(folder, now))


def _cannot(name: str, data: Path, folder: Path) -> list[Problem]:
    """Why nothing can be made, all of it."""
    if name not in EXAMPLES:
        return [Problem("NAME", " or ".join(EXAMPLES), repr(name), did_you_mean(name, EXAMPLES))]
    found = []
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        step = "Name a new folder: nothing is ever overwritten."
        found.append(Problem(str(folder), "a new or empty folder", "one that holds files", step))
    if not data.is_dir():
        return [*found, Problem(str(data), f"the folder with the files of {name}", "none", "Name it with --data.")]
    files = sorted({each.file for each in EXAMPLES[name].deliveries if each.layout})
    step = "Name the folder that holds the data set's files with --data."
    return found + [Problem(str(data / file), "a file", "none", step) for file in files if not (data / file).is_file()]


def _copied(source: Traversable, folder: Path) -> None:
    """The packaged definitions in a folder that only its owner may enter."""
    with resources.as_file(source) as files:
        shutil.copytree(files, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    for each in FOLDERS:
        (folder / each).mkdir(exist_ok=True)
    (folder / ".gitignore").write_text(IGNORED)
    for path in (folder, *folder.rglob("*")):
        path.chmod(PRIVATE if path.is_dir() else PRIVATE & 0o666)


def _admitted(example: Example, data: Path, folder: Path, now: datetime, progress: Progress) -> None:
    """Every delivery through its contract; raises the Problems of the first that is refused."""
    workspace = open_workspace(folder, now)
    for at, each in enumerate(example.deliveries):
        progress(each.dataset, 0.7 * at / len(example.deliveries))
        file = (data if each.layout else folder / "deliveries") / each.file
        receipt = admit(workspace, each.dataset, file, now, each.layout)
        if receipt.state == REFUSED:
            raise Problems(receipt.problems)


def _paid(snapshot: Snapshot, example: Example, now: datetime, progress: Progress) -> dict[str, str]:
    """Agreement, plan and payout run; what the run shows in words, counted from the data."""
    workspace = snapshot.workspace
    agreements.record(workspace, **yaml.safe_load((workspace.root / "agreement.yaml").read_text("utf-8")))
    progress("plan", 0.85)
    plans.import_plan(snapshot, (workspace.root / "plans" / f"{example.plan}.yaml").read_text("utf-8"), now)
    progress("payout run", 0.9)
    run, payout = pay.run(snapshot, example.plan, example.period, "example", now)
    return {"run": run.id, "counts": _counts(snapshot, example, payout)}


def delivered_orders(snapshot: Snapshot) -> list[int]:
    """How many delivered orders each person had a part in, of those who had any: the measure of who can be told from chance."""
    sql = """SELECT count(DISTINCT order_id) AS orders FROM credits JOIN orders ON order_id = subject
             WHERE status = 'delivered' AND delivered_at IS NOT NULL GROUP BY credits.person ORDER BY 1"""
    return [int(each) for each in snapshot.rows(sql).column("orders").to_pylist()]


def _counts(snapshot: Snapshot, example: Example, payout: pay.Payout) -> str:
    """How many people have enough orders, over all the data and in the period that was paid."""
    people = snapshot.rows("SELECT count(*) AS n FROM people").column("n")[0].as_py()
    lines = [line for work in evidence.recompute(payout.document["run"]) for line in work.lines if line.component.min_n]
    least = max(line.component.min_n or 0 for line in lines)
    enough = sum(each >= least for each in delivered_orders(snapshot))
    own = sum(line.paid.basis == "own" for line in lines)
    return (
        f" Only {enough:,} of {people:,} sellers ever have {least} delivered orders or more; for {example.period}, {own:,}"
        f" are paid on their own orders and {len(lines) - own:,} on their state's or the marketplace's figure."
    )


def _told(folder: Path, told: Mapping[str, str]) -> None:
    """Put what was counted where the pages and the reader find it: the note of the settings, and README.md."""
    for name in (SETTINGS, "README.md"):
        text = (folder / name).read_text("utf-8")
        for key in ("counts", "run"):
            text = text.replace(f"{{{key}}}", told.get(key, ""))
        (folder / name).write_text(text, "utf-8")
