"""Commands on clawback: what a plan's terms let be claimed back, a proposal with its cause, another person's decision."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.commands.lifecycle import ByOption, TokenOption, fresh
from dashboard.shell import Column, JsonOption, WorkspaceOption

if TYPE_CHECKING:
    from kpis.workspace import Workspace

PersonArgument = Annotated[str, typer.Argument(help="An employee number or a surrogate key.")]
CauseOption = Annotated[str, typer.Option(help="A cause that the plan names.")]
EventOption = Annotated[datetime, typer.Option("--event", formats=["%Y-%m-%d"], help="The day it happened.")]
WhyOption = Annotated[str, typer.Option("--reason", help="Why, in a sentence that the person reads.")]
FOUND = (
    Column("run", "Run"), Column("paid", "Paid", right=True), Column("inside", "In the window", right=True),
    Column("share", "Share", right=True), Column("months_left", "Months left", right=True),
    Column("amount", "May be claimed", right=True), Column("restated", "Restated by", right=True),
    Column("proposed", "Proposed", right=True), Column("reason", "Why not"),
)  # fmt: skip
LISTED = (
    Column("clawback", "No."), Column("run", "Run"), Column("person", "Person"), Column("cause", "Cause"), Column("event", "Event"),
    Column("amount", "Amount", right=True), Column("set_off", "Set off", right=True), Column("state", "State"),
)  # fmt: skip


def group() -> typer.Typer:
    """The commands, to be added beside a run's."""
    app = typer.Typer(
        no_args_is_help=True, help="Claim back what was paid, by the plan's terms, against later variable pay."
    )
    for name, command in {"look": look, "propose": propose, "decide": decide, "list": listed}.items():
        app.command(name)(command)
    return app


def look(
    person: PersonArgument,
    cause: CauseOption,
    event: EventOption,
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """What may be claimed back of every closed payout of a person, or why nothing; nothing is kept."""
    from kpis.workflows import clawbacks

    workspace = opened.workspace(folder)
    found = clawbacks.look(workspace, person, cause, event.date())
    rows = [
        {"run": run, "paid": each.paid, "inside": each.inside, "share": str(each.share), "months_left": each.months_left,
         "amount": each.amount, "restated": each.restated, "proposed": each.proposed, "reason": each.reason}
        for run, each in found.items()
    ]  # fmt: skip
    if not as_json:
        rows = _written(workspace, rows, ("paid", "inside", "amount", "restated", "proposed"))
    shell.show(rows, FOUND, as_json, empty="No closed run paid this person.")


def propose(
    run: Annotated[str, typer.Argument(help="A closed run's id.")],
    person: PersonArgument,
    cause: CauseOption,
    event: EventOption,
    reason: WhyOption,
    by: ByOption,
    amount: Annotated[
        int | None,
        typer.Option(
            help="Less than the terms allow, in minor units; default: what a restatement pays less, else all of it."
        ),
    ] = None,
    token: TokenOption = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Propose to claim back what the plan's terms allow, of a restated payout its difference; another person decides."""
    from kpis.workflows import clawbacks

    snapshot, day = opened.snapshot(folder), event.date()
    done = clawbacks.propose(snapshot, run, person, cause, day, reason, by, opened.now(), fresh(token), amount)
    claim = next(each.claim for each in clawbacks.every(snapshot.workspace, run) if each.claim.entry == done.entry)
    write = opened.formats(snapshot.workspace, clawbacks.currency(snapshot.workspace, claim))
    text = (
        f"Clawback {done.entry}: {write.money(claim.amount)} of {write.money(claim.paid)} paid. Another person decides."
    )
    shell.say(text, as_json, clawback=done.entry, amount_minor=claim.amount, paid_minor=claim.paid)


def decide(
    number: Annotated[int, typer.Argument(help="The claim's number.")],
    reason: WhyOption,
    by: ByOption,
    accept: Annotated[bool, typer.Option("--accept/--drop", help="Accept it, or drop it.")],
    token: TokenOption = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Accept a claim or drop it, as another person; accepted, it is set off when runs close, never against base pay."""
    from kpis.workflows import clawbacks

    clawbacks.decide(opened.snapshot(folder), number, accept, reason, by, opened.now(), fresh(token))
    outcome = "accepted" if accept else "dropped"
    shell.say(f"Clawback {number} is {outcome}.", as_json, clawback=number, outcome=outcome)


def listed(folder: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Every claim with its state and what was set off."""
    from kpis.workflows import clawbacks

    workspace = opened.workspace(folder)
    rows = [
        {"clawback": each.claim.entry, "run": each.claim.run, "person": each.claim.person, "cause": each.claim.cause,
         "event": each.claim.event, "amount": each.claim.amount, "set_off": each.taken, "state": each.state}
        for each in clawbacks.every(workspace)
    ]  # fmt: skip
    if not as_json:
        rows = _written(workspace, rows, ("amount", "set_off"))
    shell.show(rows, LISTED, as_json, empty="Nothing is claimed back.")


def _written(workspace: "Workspace", rows: Sequence[Mapping[str, Any]], money: Sequence[str]) -> list[dict[str, Any]]:
    """The rows as people read them: amounts in the currency of each row's run."""
    from kpis.workflows import pay

    found = []
    for row in rows:
        write = opened.formats(workspace, pay.one(workspace, row["run"]).currency)
        found.append({**row, **{name: write.money(row[name]) for name in money}})
    return found
