"""Make the demo workspace: definitions, deliveries, facts, targets, plans, an agreement, and the payouts of closed quarters."""

import csv
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path

from data_contracts.problems import Problem, Problems
from kpis.workflows import agreements, lifecycle, plans
from kpis.workflows.admit import admit
from kpis.workflows.make import FOLDERS, PRIVATE
from kpis.workflows.refresh import refresh
from kpis.workspace import SETTINGS, Workspace, open_snapshot, open_workspace
from seeds.demo import aims, approvals, budgets, deliveries, letters
from seeds.demo.company import NAME

LAST_DAY = date(2026, 11, 22)
ANSWERING = 1000  # people from which customers answer often enough for its plans to be paid on
ENOUGH, FEWER = "min_n: 3000", "min_n: 1800"  # of one's own answers: no team of a small company has 3,000
PAID = {"2026-Q2": datetime(2026, 7, 14, 9, tzinfo=UTC), "2026-Q3": datetime(2026, 10, 14, 9, tzinfo=UTC)}
APPROVED = datetime(2026, 3, 16, 9, tzinfo=UTC)
UNFINISHED = ".unfinished"  # lies in the folder until everything is made
Progress = Callable[[str, float], None]
IGNORED = "/lake/\n/records.db*\n/exports/\n/logs/\n/deliveries/\n"
TOML = """# A company that does not exist, for a first look. Everything in it is made up, by seed {seed}, on {made}.

[company]
name = "{name}"
currency = "EUR"
locale = "en_GB"
zone = "Europe/Amsterdam"
year_start = 1
demo = true                  # a viewer may pick whose eyes to look through
as_of = {last_day}           # the day its data ends
note = "An invented company. Its people, customers, figures and pay are made up."

[access]
leader = ["{ardenmoor}"]
hr = ["{hr}", "{clerk}"]
steward = ["{it}"]
approver = ["{board}", "{audit}"]  # who approve what leadership is paid; nobody of the company's data
"""
AGREEMENT = {
    "parties": "Ardenmoor Home Energy and its works council (both made up)",
    "scope": "the agents of the service desk",
    "kpis": "first_contact_resolution",
    "purposes": "the quarterly incentive, and a talk about one's own figures",
    "viewers": "the person; the head of the department only together with the person",
    "retention": "two years after the payout",
}


def make_workspace(
    folder: Path,
    *,
    people: int = 1200,
    weeks: int = 104,
    seed: int = 7,
    now: datetime,
    last_day: date = LAST_DAY,
    progress: Progress = lambda _step, _share: None,
) -> Workspace:
    """Make the demo company in a folder that is new or empty; its clock is that of its data, `now` is only noted.

    The deliveries stay in `deliveries/`, byte for byte the same for the same arguments. Raises Problems for a folder
    that holds something, and ValueError for fewer than 60 people.
    """
    progress("definitions", 0.0)
    _folders(folder)
    progress("deliveries", 0.02)
    written = deliveries.write_all(folder / "deliveries", people, weeks, seed, last_day)
    _definitions(folder, now, seed, last_day, written.first_line)
    if people < ANSWERING:
        plan = folder / "plans" / "service.yaml"
        plan.write_text(plan.read_text("utf-8").replace(ENOUGH, FEWER), "utf-8")
    workspace = open_workspace(folder, now)
    _admitted(workspace, written.deliveries, progress)
    refresh(workspace, now, progress=lambda name, share: progress(f"facts of {name}", 0.62 + 0.2 * share))
    progress("targets and plans", 0.83)
    _paid(workspace, _mails(folder / "deliveries"), last_day, people >= ANSWERING, progress)
    (folder / UNFINISHED).unlink()
    progress("done", 1.0)
    return workspace


def finished(folder: Path) -> bool:
    """Whether a demo company lies there; raises Problems for one whose making was ended before it was done."""
    if (folder / UNFINISHED).exists():
        step = "Remove the folder, and make it again."
        raise Problems([Problem(str(folder), "a demo that was made to its end", "one that was not", step)])
    return (folder / SETTINGS).is_file()


def _folders(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        step = "Name a new folder: nothing is ever overwritten."
        raise Problems([Problem(str(folder), "a new or empty folder", "one that holds files", step)])
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(PRIVATE)
    (folder / UNFINISHED).touch(0o600)
    for each in (*FOLDERS, "deliveries"):
        (folder / each).mkdir(mode=PRIVATE)


def _definitions(folder: Path, now: datetime, seed: int, last_day: date, first_line: tuple[str, ...]) -> None:
    """Write settings, promises, KPIs of the company's own, plans, and targets with the employee numbers that were drawn."""
    said = {"seed": seed, "made": f"{now:%Y-%m-%d}", "name": NAME, "last_day": last_day} | _mails(folder / "deliveries")
    texts = {SETTINGS: TOML.format(**said), "targets.yaml": aims.targets_yaml(first_line), ".gitignore": IGNORED}
    here = resources.files("seeds.demo")
    texts |= {name: (here / name).read_text("utf-8") for name in ("promises.yaml", "payroll.toml")}
    for part in ("kpis", "plans"):
        found = (each for each in (here / part).iterdir() if each.name.endswith(".yaml"))
        texts |= {f"{part}/{each.name}": each.read_text("utf-8") for each in found}
    for name, text in sorted(texts.items()):
        written = budgets.budgeted(text, folder / "deliveries") if name.startswith("plans/") else text
        (folder / name).write_text(written, "utf-8")
        (folder / name).chmod(0o600)


def _mails(folder: Path) -> dict[str, str]:
    """The address of the head of each department, of somebody in HR whom no plan pays, and of those outside."""
    people = _rows(folder / "people.csv")
    mail = {row["person"]: row["email"] for row in people}
    gone = {row["person"] for row in _rows(folder / "employment.csv") if row["left_on"]}
    clerk = next(row["email"] for row in people if row["level"] == "hr" and row["person"] not in gone)
    heads = {row["department"]: mail[row["head"]] for row in _rows(folder / "departments.csv")}
    return heads | {"clerk": clerk, "board": approvals.BOARD, "audit": approvals.AUDIT}


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def _admitted(workspace: Workspace, found: tuple[deliveries.Delivery, ...], progress: Progress) -> None:
    for at, each in enumerate(found):
        progress(f"admitting {each.dataset}", 0.12 + 0.5 * at / len(found))
        receipt = admit(workspace, each.dataset, each.file, each.at)
        if receipt.state != each.state:
            told = receipt.problems or [Problem(each.file.name, each.state, receipt.state, "Look at its receipt.")]
            raise Problems(told)


def _paid(workspace: Workspace, mails: Mapping[str, str], last_day: date, ready: bool, progress: Progress) -> None:
    """Import targets, put plans into force, record the agreement, close the second quarter, and leave the third to approve."""
    snapshot = open_snapshot(workspace)
    aims.set_targets(snapshot, (workspace.root / "targets.yaml").read_text("utf-8"), mails["clerk"])
    files = sorted((workspace.root / "plans").glob("*.yaml"))
    names = [plans.import_plan(snapshot, file.read_text("utf-8"), APPROVED, f"plans/{file.name}").id for file in files]
    agreements.record(workspace, date(last_day.year - 1, 12, 15), **AGREEMENT)
    who = approvals.People(mails["clerk"], mails["hr"], mails["finance"])
    approvals.in_force(snapshot, names, who, APPROVED, None if ready else lifecycle.nothing)
    letters.send(snapshot, mails["clerk"])
    for done, (period, moment) in enumerate(PAID.items()):
        for at_plan, name in enumerate(names):
            share = (done * len(names) + at_plan) / (len(PAID) * len(names))
            progress(f"paying {name} for {period}", 0.85 + 0.15 * share)
            approvals.paid(snapshot, name, period, who, moment, closed=period != max(PAID))
    approvals.contested(snapshot, f"service.{min(PAID)}.1", PAID[max(PAID)])
    approvals.claimed(snapshot, f"sales.{min(PAID)}.1", mails["clerk"], PAID[max(PAID)] - timedelta(days=30))
