"""The command that follows the thread."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.commands.measure import PANEL
from dashboard.shell import Column, JsonOption, WorkspaceOption

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kpis.alignment import Path as Thread
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
    from dashboard.threads import PEOPLE
    from kpis import alignment
    from kpis.workflows import align

    snapshot, both = opened.snapshot(folder), up == down
    line = align.payout_line(snapshot, node)
    every = align.paths(snapshot)
    along = list(line.paths) if line else every
    fold = _folding(snapshot)
    at = fold(align.node(along, line.component if line else node))
    along, paths = alignment.renamed(along, fold), _guarded(alignment.renamed(every, fold))
    found = [("serves", each) for each in reversed(alignment.upwards(along, at)) if up or both]
    found += [("serves" if line else "here", at)] if up or both or not line else []
    found += [("carries", each) for each in alignment.downwards(along, at) if down or both]
    names = align.names(snapshot) | {PEOPLE: "Individual targets"}
    amounts, currency = alignment.amounts(paths), snapshot.workspace.settings.company.currency
    hidden = {each: any(path.hidden for path in alignment.through(paths, each)) for _relation, each in found}
    rows = [
        _node(relation, each, names.get(each, ""), amounts.get(each, 0), hidden[each], currency)
        for relation, each in found
    ]
    if line:
        paid = {"paid_minor": line.paid, "currency": line.currency}
        rows.append({"relation": "here", "node": node, "name": "Payout line"} | paid)
    shell.show(rows if as_json else [_priced(snapshot, row) for row in rows], NODES, as_json)
    if not as_json and any(row.get("hidden") for row in rows):
        shell.say(f"To protect people, pay that fewer than {alignment.LEAST} share is in no amount.", as_json)


def _folding(snapshot: "Snapshot") -> "Callable[[str], str]":
    """Individual targets under one name: a number of somebody beside an amount would tell what they earn."""
    from dashboard.threads import PEOPLE
    from kpis.targets import scope
    from kpis.workflows import aim

    held = aim.current(snapshot.workspace).values()
    single = {f"target:{each.id}" for each in held if scope(each.scope).kind == "person"}
    return lambda node: PEOPLE if node in single else node


def _guarded(paths: "Sequence[Thread]") -> "list[Thread]":
    """The paths without the pay that few share, as the page draws them for who may see sums alone."""
    from dashboard import sharing
    from kpis import alignment

    return alignment.protected(sharing.only(paths, sharing.of_paths(paths).whole))


def _node(relation: str, node: str, name: str, amount: int, hidden: bool, currency: str) -> dict[str, Any]:
    told = None if hidden and not amount else amount
    return {
        "relation": relation, "node": node, "name": name, "pay_at_target_minor": told, "hidden": hidden, "currency": currency,
    }  # fmt: skip


def _priced(snapshot: "Snapshot", row: dict[str, Any]) -> dict[str, Any]:
    write = opened.formats(snapshot.workspace, row["currency"])
    if "paid_minor" in row:
        return row | {"shown": f"paid {write.money(row['paid_minor'])}"}
    amount = row["pay_at_target_minor"]
    return row | {"shown": "not shown to protect people" if amount is None else write.money_headline(amount)}
