"""Commands on the life of a plan: reviewed, approved by two people, active from a day."""

from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Annotated

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.shell import JsonOption, WorkspaceOption

BY = "Who does it: an employee number, or an address that was given a role."
NameArgument = Annotated[str, typer.Argument(metavar="PLAN", help="A plan's id.")]
ByOption = Annotated[str, typer.Option(help=BY)]
ReasonOption = Annotated[str, typer.Option(help="Why; the ledger keeps it.")]
TokenOption = Annotated[
    str, typer.Option(help="A one-time token: the same one again is the same act. Default: a new one.")
]


def add(plan: typer.Typer) -> None:
    """Add the commands beside the other commands on plans."""
    for command in (review, approve, activate):
        plan.command()(command)


def fresh(token: str) -> str:
    """The token given, or a new one."""
    return token or token_hex(16)


def review(
    name: NameArgument,
    by: ByOption,
    reason: ReasonOption = "",
    token: TokenOption = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Say that the newest version of a plan was read and may go to approval."""
    from kpis.workflows import lifecycle

    done = lifecycle.review(opened.snapshot(folder), name, by, opened.now(), fresh(token), reason)
    _told(folder, name, done.entry, as_json)


def approve(
    name: NameArgument,
    by: ByOption,
    reason: ReasonOption = "",
    token: TokenOption = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Approve a reviewed version as it is, byte for byte; two people do, neither paid by it."""
    from kpis.workflows import lifecycle

    done = lifecycle.approve(opened.snapshot(folder), name, by, opened.now(), fresh(token), reason=reason)
    _told(folder, name, done.entry, as_json)


def activate(
    name: NameArgument,
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day it is in force.")],
    by: ByOption,
    reason: ReasonOption = "",
    agreement: Annotated[
        str, typer.Option(help="To reach back into a period that was calculated: agreement:<number>, beside a reason.")
    ] = "",
    token: TokenOption = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Put an approved version into force from a day; the version before is superseded from then on.

    A period that was calculated it reaches only with a reason and an agreement; a closed one never.
    """
    from kpis.workflows import lifecycle

    done = lifecycle.activate(
        opened.snapshot(folder), name, since.date(), by, opened.now(), fresh(token), reason, agreement
    )
    _told(folder, name, done.entry, as_json)


def _told(folder: Path, name: str, entry: int, as_json: bool) -> None:
    from kpis.workflows import chain, inforce

    workspace = opened.workspace(folder)
    at, head = inforce.of(workspace, name)[-1], chain.head(workspace).short()
    text = (
        f"Plan {name}, version {at.record.version}, is {at.state}: content hash {at.record.digest[:12]}, ledger {head}."
    )
    shell.say(
        text,
        as_json,
        plan=name,
        version=at.record.version,
        state=at.state,
        digest=at.record.digest,
        entry=entry,
        head=head,
    )
