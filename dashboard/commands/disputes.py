"""Commands on disputes, and on the head of the ledger that is kept elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.commands.lifecycle import ByOption, TokenOption, fresh
from dashboard.shell import Column, JsonOption, WorkspaceOption
from data_contracts.problems import Problem, Problems, raise_if

if TYPE_CHECKING:
    from kpis.incentives.heads import Head
    from kpis.workflows.disputes import Told

PANEL = "Targets and pay"
LISTED = (
    Column("dispute", "No.", right=True), Column("run", "Run"), Column("component", "Line"), Column("text", "What is wrong"),
    Column("until", "Decide until"), Column("outcome", "Outcome"), Column("reason", "Why"),
)  # fmt: skip
OutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to write it; default: stdout.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    disputes = typer.Typer(no_args_is_help=True, help="A person contests one line of a payout; somebody else decides.")
    for name, command in {"open": open_, "decide": decide, "list": listed}.items():
        disputes.command(name)(command)
    ledger = typer.Typer(no_args_is_help=True, help="The head of the ledger, to be kept where the records are not.")
    for command in (head, sign):
        ledger.command()(command)
    app.add_typer(disputes, name="dispute", rich_help_panel=PANEL)
    app.add_typer(ledger, name="ledger", rich_help_panel=PANEL)


def open_(
    run: Annotated[str, typer.Argument(help="A run's id.")],
    component: Annotated[str, typer.Argument(help="The line: a component of the plan.")],
    text: Annotated[str, typer.Option(help="What is wrong, in your own words.")],
    by: ByOption,
    token: TokenOption = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Contest a line of one's own payout: the line waits, the payout does not."""
    from kpis.workflows import disputes

    done = disputes.open_(opened.snapshot(folder), run, by, component, text, by, opened.now(), fresh(token))
    shell.say(f"Dispute {done.entry} is open. {disputes.LIMITS}", as_json, dispute=done.entry)


def decide(
    dispute: Annotated[int, typer.Argument(help="The dispute's number.")],
    reason: Annotated[str, typer.Option(help="Why, in a sentence.")],
    by: ByOption,
    grant: Annotated[int, typer.Option(help="Grant it: the difference in minor units; default: refused.")] = 0,
    token: TokenOption = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Decide a dispute as another person; what is granted is a line of its own, paid at the next closing."""
    from kpis.workflows import disputes

    snapshot = opened.snapshot(folder)
    disputes.decide(snapshot, dispute, bool(grant), reason, by, opened.now(), fresh(token), grant)
    outcome = "granted" if grant else "refused"
    shell.say(f"Dispute {dispute} is {outcome}.", as_json, dispute=dispute, outcome=outcome, amount_minor=grant)


def listed(folder: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Every dispute, with how it ended or by when it must."""
    from kpis.workflows import disputes

    workspace = opened.workspace(folder)
    rows = [
        {"dispute": each.dispute.entry, "run": each.dispute.run, "component": each.dispute.component,
         "text": each.dispute.text, "until": each.dispute.decide_until, "overdue": each.overdue,
         "outcome": _outcome(each, as_json), "reason": each.decision.reason if each.decision else ""}
        for each in disputes.every(workspace, workspace.today)
    ]  # fmt: skip
    shell.show(rows, LISTED, as_json, empty="Nobody contests anything.")


def _outcome(each: "Told", plainly: bool) -> str:
    late = ", overdue" if each.overdue and not plainly else ""
    return each.decision.outcome if each.decision else f"open{late}"


def head(out: OutOption = None, folder: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Export the head of the ledger: keep it where whoever may change the records cannot."""
    _export(folder, out, None, as_json)


def sign(
    key: Annotated[Path, typer.Option(metavar="PEM", help="An Ed25519 private key.")],
    out: OutOption = None,
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Export the head of the ledger with a signature (Ed25519) that anyone can check."""
    _export(folder, out, _bytes(key), as_json)


def _export(folder: Path, out: Path | None, key: bytes | None, as_json: bool) -> None:
    import json

    from kpis.workflows import kept_heads

    found = kept_heads.export(opened.workspace(folder), opened.now(), str(out.name) if out else "stdout", key)
    if out is None:
        shell.print_json(found)
        return
    out.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    shell.say(f"Head {found['sequence']}:{found['hash'][:16]} written to {out}.", as_json, **found)


def kept_head(file: Path | None, key: Path | None) -> "Head | None":
    """The head in a file that was kept, its signature checked where a public key is given. Raises Problems."""
    from kpis.incentives import heads

    if file is None:
        if key is not None:
            raise Problems([Problem("--key", "a head to check it on", "none", "Name the file with --head.")])
        return None
    head, found = heads.read(_bytes(file).decode("utf-8", "replace"), str(file))
    raise_if(heads.unsigned(found, _bytes(key), str(file)) if key else ())
    return head


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Problems([Problem(str(file), "a file that can be read", str(error), "Check the path.")]) from error
