"""A run's hand-off to payroll, closing by closing: mapped, written, recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlmodel import select

from data_contracts.problems import Problem, Problems, did_you_mean, raise_if
from kpis.incentives.owed import BESIDE
from kpis.payroll import layouts, mapping
from kpis.payroll.handoff import About, Line, Part, anonymous, lines, rows, sums
from kpis.payroll.layouts import Layout
from kpis.payroll.mapping import Mapped
from kpis.records.payroll import Handover
from kpis.records.runs import PaidLine
from kpis.records.session import session
from kpis.records.tables import Identity, Run
from kpis.workflows import handovers, kept, pay
from kpis.workflows.handovers import Closing
from kpis.workspace import Snapshot, Workspace


def mapped(workspace: Workspace) -> Mapped:
    """The mapping in payroll.toml; raises Problems with every fault, and where there is no such file."""
    file = workspace.root / mapping.FILE
    if not file.is_file():
        step = "Write [wage_codes], [cost_centres] and [accounts] as docs/payroll.md shows."
        raise Problems([Problem(mapping.FILE, "a file in the workspace", "none", step)])
    return mapping.parse(file.read_text("utf-8-sig"))


def layout(name: str) -> Layout:
    """The layout that ships under that name, or the one in that YAML file; raises Problems with every fault."""
    known = layouts.shipped()
    if name in known:
        return layouts.parse(known[name], f"{name}.yaml")
    file = Path(name)
    if file.suffix not in (".yaml", ".yml") or not file.is_file():
        step = f"{did_you_mean(name, known)} Or name a YAML file."
        raise Problems([Problem("--layout", "a layout that ships, or a YAML file", repr(name), step)])
    return layouts.parse(file.read_text("utf-8-sig"), file.name)


def payable(workspace: Workspace, run_id: str) -> Run:
    """The run that may be handed over: one that was approved and closed. Raises Problems for any other."""
    run = pay.one(workspace, run_id)
    if run.id not in kept.closed_runs(workspace):
        step = "Check, approve and close it: `goldenthread pay check|approve|close`."
        raise Problems([Problem(f"run {run.id}", "a run that is approved and closed", "one that is not", step)])
    return run


@dataclass(frozen=True)
class Handed:
    """A payroll file of one closing: its name and bytes, and what the record keeps of it.

    `closing` counts the run's closings from 1; `left` are others that payroll does not have yet.
    """

    name: str
    content: bytes
    row: Handover
    currency: str
    closing: int
    left: int

    @property
    def total(self) -> int:
        """The sum of its lines, minor units."""
        return self.row.total


def handed_over(
    snapshot: Snapshot, run_id: str, layout_name: str, by: str, now: datetime, closing: int = 0, again: bool = False
) -> Handed:
    """The payroll file of one closing of a run, recorded: unless named, the oldest that payroll does not have yet.

    Each closing is handed over once; `again` writes the same file as a repeat, and says so in its name and in the record.
    Raises Problems with everything that is not mapped, everyone without an employee number, missing settings, and for a
    closing that payroll has.
    """
    workspace = snapshot.workspace
    run, form, told = payable(workspace, run_id), layout(layout_name), mapped(workspace)
    with session(workspace.engine) as records:
        found = handovers.closings(records, run.id)
        one = handovers.chosen(found, closing, again)
    if isinstance(one, list):
        raise Problems(one)
    held, wrong = lines(run.plan, _parts(workspace, run, one.entry), told, snapshot.organisation)
    numbers = {key: each for each, key in keys_of(workspace).items()}
    raise_if([*wrong, *anonymous(held, numbers)])
    name = run.id if one.number == 1 else f"{run.id}/{one.number}"
    about = About(name, workspace.settings.calendar.parse(run.period), run.currency, exponent_of(workspace, run))
    content = layouts.render(
        form, rows(held, numbers, about, form), sums(held, about, form), told.layouts.get(form.name, {})
    )
    row = handovers.keep(workspace, _row(one, run, form, content, held, by, now), one.number, again)
    left = sum(not each.handed for each in found if each != one)
    return Handed(_name(run, one, row, form), content, row, run.currency, one.number, left)


def _row(
    one: Closing, run: Run, form: Layout, content: bytes, held: Sequence[Line], by: str, now: datetime
) -> Handover:
    return Handover(
        entry=0, run=run.id, closing=one.entry, repeat=0, layout=form.name, digest=sha256(content).hexdigest(),
        lines=len(held), total=sum(each.amount for each in held), made_at=now, made_by=by,
    )  # fmt: skip


def _name(run: Run, one: Closing, row: Handover, form: Layout) -> str:
    number = f".closing-{one.number}" if one.number > 1 else ""
    return f"{run.id}{number}.{form.name}{'.repeat' if row.repeat else ''}.{form.extension}"


def _parts(workspace: Workspace, run: Run, closing: int) -> list[Part]:
    """Every line that a closing paid, difference and adjustment, with the department of its segment."""
    places = departments(workspace, run)
    with session(workspace.engine) as records:
        found = records.exec(select(PaidLine).where(PaidLine.run == run.id, PaidLine.entry == closing)).all()
    return [Part(each.person, places[each.person][each.segment], each.component, each.amount) for each in found]


def departments(workspace: Workspace, run: Run) -> dict[str, dict[int, str]]:
    """Everybody's department in each segment; of people and segments that a restatement has no more, as they last were.

    An adjustment stands in segment -1: it is charged where the person was last.
    """
    found: dict[str, dict[int, str]] = {}
    same = [each for each in pay.runs(workspace) if (each.plan, each.period) == (run.plan, run.period)]
    for each in [*(one for one in same if one.id != run.id), run]:
        for person in pay.document(workspace, each.id)["run"]["participants"]:
            parts = [part["department"] for part in person["segments"]]
            found.setdefault(person["person"], {}).update({**dict(enumerate(parts)), BESIDE: parts[-1]})
    return found


def exponent_of(workspace: Workspace, run: Run) -> int:
    """The decimals of the currency a run paid in."""
    return int(pay.document(workspace, run.id)["run"]["plan"]["minor_units"])


def keys_of(workspace: Workspace) -> dict[str, str]:
    """The key of every employee number: the one place where a run meets them."""
    with session(workspace.engine) as records:
        people = records.exec(select(Identity).where(Identity.kind == "person")).all()
    return {row.external: row.surrogate for row in people}
