"""Commands on the steps of a payout run."""

from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.commands.lifecycle import BY, ByOption, TokenOption, fresh
from dashboard.shell import Column, JsonOption, WorkspaceOption

if TYPE_CHECKING:
    from kpis.records.runs import RunException
    from kpis.workflows.looked import Looked

RunArgument = Annotated[str, typer.Argument(help="A run's id, as `pay` printed it.")]
ReasonOption = Annotated[str, typer.Option(help="Why, in a sentence.")]
EXCEPTIONS = (
    Column("number", "No.", right=True), Column("kind", "Exception"), Column("people", "People", right=True),
    Column("amount", "Amount", right=True),
    Column("told", "What was seen"), Column("choice", "Decided"), Column("reason", "Why"),
)  # fmt: skip
__all__ = ["BY", "add"]


def add(runs: typer.Typer) -> None:
    """Add the commands beside the run itself."""
    for name, command in {
        "show": show, "open": open_, "decide": decide, "check": check, "approve": approve, "send-back": send_back,
        "close": close, "restate": restate,
    }.items():  # fmt: skip
        runs.command(name)(command)


def show(run: RunArgument, folder: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Where a run stands: its exceptions, what was decided on each, and what closing pays."""
    from kpis.workflows import payruns

    at = payruns.looked(opened.workspace(folder), run)
    rows = [_exception(at, row) for row in at.exceptions]
    if as_json:
        shell.print_json({**_state(at), "exceptions": rows})
        return
    write = opened.formats(opened.workspace(folder), at.run.currency)
    rows = [{**row, "amount": write.amount(int(str(row["amount_minor"])))} for row in rows]
    shell.show(rows, EXCEPTIONS, as_json, title=run, empty="Nothing exceptional was seen.")
    _tell(folder, run, as_json)


def _exception(at: "Looked", row: "RunException") -> dict[str, object]:
    """One exception: how many people it names, what is to be paid on its lines, and what was decided, by how many."""
    decided, choices = at.decisions.get(row.number), Counter(at.choices(row).values())
    choice = at.choice(row) if len(choices) < 2 else ", ".join(f"{n} {each}" for each, n in sorted(choices.items()))
    told = {"number": row.number, "kind": row.kind, "told": row.told, "people": choices.total(), "held": row.held}
    return told | {"amount_minor": at.amount(row), "choice": choice, "reason": decided.reason if decided else ""}


def open_(
    run: RunArgument,
    by: ByOption,
    people: Annotated[
        list[str] | None, typer.Argument(metavar="[PERSON]...", help="Employee numbers; none: the list.")
    ] = None,
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Open payouts to look at them; that you did is kept, and an approver must open what the run names."""
    from dashboard.steps import told
    from kpis.workflows import actors, align, identities, payruns

    snapshot = opened.snapshot(folder)
    found = payruns.opened(snapshot, run, people or [], by, opened.now())
    at, who = payruns.looked(snapshot.workspace, run), actors.actor(snapshot, by)
    left = sorted(identities.one(snapshot.workspace, each).external for each in at.unopened(who.key))
    write = opened.formats(snapshot.workspace, at.run.currency)
    named = partial(align.scope_name, snapshot.organisation)
    rows = [{"person": each.work.person, "name": step.name, "told": told(write, step, named), "result": step.result}
            for each in found for step in each.steps]  # fmt: skip
    if as_json:
        shell.print_json({"run": run, "opened": [each.work.person for each in found], "steps": rows, "left": left})
        return
    for each in found:
        mine = [row for row in rows if row["person"] == each.work.person]
        columns = (Column("name", "Step"), Column("told", "Rule and inputs"), Column("result", "Result", right=True))
        shell.show(mine, columns, as_json, title=f"{each.work.person}: {write.money(each.work.payout)}")
    shell.say(f"{len(left)} of {len(at.to_open)} left to open: {', '.join(left)}", as_json)


def decide(
    run: RunArgument,
    number: Annotated[str, typer.Argument(help="The exception's number, or `open` for all that hold nothing.")],
    choice: Annotated[str, typer.Argument(help="pay, hold or adjust.")],
    reason: ReasonOption,
    by: ByOption,
    person: Annotated[
        list[str] | None,
        typer.Option(help="Whom it is about; default: everybody the exception names. Repeat it for several."),
    ] = None,
    amount: Annotated[int, typer.Option(help="For `adjust`: the difference in minor units, such as -4210.")] = 0,
    beyond_opportunity: Annotated[
        bool,
        typer.Option(
            "--beyond-opportunity",
            help="For `adjust`: more than the person's opportunity is meant; another releases it.",
        ),
    ] = False,
    token: TokenOption = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Decide on an exception, with a reason. Departing from the calculation is a line of its own."""
    from kpis.workflows import payruns

    at = payruns.ALL if number == "open" else int(number) if number.isascii() and number.isdecimal() else -1
    snapshot, now = opened.snapshot(folder), opened.now()
    payruns.decide(snapshot, run, at, choice, reason, by, now, fresh(token), person or [], amount, beyond_opportunity)
    _tell(folder, run, as_json)


def check(
    run: RunArgument,
    approver: Annotated[str, typer.Option(help="Who is asked to approve it; somebody it does not pay.")],
    by: ByOption,
    token: TokenOption = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Say that every exception was looked at, and ask somebody to approve the run."""
    from kpis.workflows import payruns

    payruns.check(opened.snapshot(folder), run, approver, by, opened.now(), fresh(token))
    _tell(folder, run, as_json)


def approve(
    run: RunArgument,
    by: ByOption,
    token: TokenOption = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Approve a checked run as it is, byte for byte, after opening what must be opened."""
    from kpis.workflows import payruns

    snapshot = opened.snapshot(folder)
    payruns.approve(snapshot, run, by, opened.now(), fresh(token))
    _tell(folder, run, as_json)
    shell.note(f"Keep this with the approval: {payruns.approved_with(snapshot.workspace, run)}")


def send_back(
    run: RunArgument,
    reason: ReasonOption,
    by: ByOption,
    token: TokenOption = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Send a run back to be checked again."""
    from kpis.workflows import payruns

    payruns.send_back(opened.snapshot(folder), run, reason, by, opened.now(), fresh(token))
    _tell(folder, run, as_json)


def close(
    run: RunArgument,
    by: ByOption,
    token: TokenOption = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Pay what was approved, as a second person; later, what was released or granted since."""
    from kpis.workflows import payruns

    payruns.close(opened.snapshot(folder), run, by, opened.now(), fresh(token))
    _tell(folder, run, as_json)


def restate(run: RunArgument, by: ByOption, folder: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Calculate a closed period anew from what was delivered since; only differences are paid, each decided on."""
    from kpis.workflows import payruns

    made, _found = payruns.restate(opened.snapshot(folder), run, by, opened.now())
    if made.id == run:
        shell.say("Nothing changed since: the run stays as it is.", as_json, run=run, changed=0)
        return
    _tell(folder, made.id, as_json)


def _state(at: "Looked") -> dict[str, object]:
    due, waiting, paid = (sum(each.values()) for each in (at.due, at.waiting, at.paid))
    return {
        "run": at.run.id, "state": at.state, "currency": at.run.currency, "due_minor": due, "held_minor": waiting,
        "paid_minor": paid, "content": at.content,
    }  # fmt: skip


def _tell(folder: Path, run: str, as_json: bool) -> None:
    """Where the run stands now."""
    from kpis.workflows import payruns

    workspace = opened.workspace(folder)
    at = payruns.looked(workspace, run)
    write, state = opened.formats(workspace, at.run.currency), _state(at)
    due, held, paid = (write.money(int(str(state[f"{name}_minor"]))) for name in ("due", "held", "paid"))
    text = f"Run {at.run.id} is {at.state}: {paid} paid, {due} due at closing, {held} held."
    shell.say(text, as_json, **state)
