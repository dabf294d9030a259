"""The command that follows the thread."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.commands.measure import PANEL
from dashboard.shell import Column, JsonOption, WorkspaceOption

if TYPE_CHECKING:
    from kpis.workspace import Snapshot

NODES = (
    Column("relation", ""), Column("node", "Node"), Column("name", "Name"),
    Column("shown", "Pay at target, open periods", right=True),
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(rich_help_panel=PANEL)(thread)


def thread(
    node: Annotated[
        str, typer.Argument(help="A promise, KPI, target or plan component, or a payout line RUN/PERSON/COMPONENT.")
    ],
    up: Annotated[bool, typer.Option("--up", help="Only what it serves.")] = False,
    down: Annotated[bool, typer.Option("--down", help="Only what hangs on it.")] = False,
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """The line of sight: from a promise down to pay, and from pay up to the promise."""
    from kpis import alignment
    from kpis.workflows import align

    snapshot, both = opened.snapshot(folder), up == down
    line = align.payout_line(snapshot, node)
    paths = align.paths(snapshot)
    along = list(line.paths) if line else paths
    at = align.node(along, line.component if line else node)
    found = [("serves", each) for each in reversed(alignment.upwards(along, at)) if up or both]
    found += [("serves" if line else "here", at)] if up or both or not line else []
    found += [("carries", each) for each in alignment.downwards(along, at) if down or both]
    names, amounts = align.names(snapshot), alignment.amounts(paths)
    currency = snapshot.workspace.settings.company.currency
    rows = [_node(relation, each, names.get(each, ""), amounts.get(each, 0), currency) for relation, each in found]
    if line:
        rows.append(
            {
                "relation": "here",
                "node": node,
                "name": "Payout line",
                "paid_minor": line.paid,
                "currency": line.currency,
            }
        )
    shell.show(rows if as_json else [_priced(snapshot, row) for row in rows], NODES, as_json)


def _node(relation: str, node: str, name: str, amount: int, currency: str) -> dict[str, Any]:
    return {"relation": relation, "node": node, "name": name, "pay_at_target_minor": amount, "currency": currency}


def _priced(snapshot: "Snapshot", row: dict[str, Any]) -> dict[str, Any]:
    write = opened.formats(snapshot.workspace, row["currency"])
    if "paid_minor" in row:
        return row | {"shown": f"paid {write.money(row['paid_minor'])}"}
    return row | {"shown": write.money_headline(row["pay_at_target_minor"])}
