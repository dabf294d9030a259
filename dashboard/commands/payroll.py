"""Commands on what leaves for payroll and finance, and what comes back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.shell import Column, JsonOption, WorkspaceOption

if TYPE_CHECKING:
    from kpis.payroll.journal import Accrued
    from kpis.workflows.accrual import Month
    from kpis.workflows.handovers import History
    from kpis.workflows.pay import Prepared
    from kpis.workflows.readback import ReadBack

HELP = "A run's hand-off to payroll, what was paid of it, and the month's accrual."
RunArgument = Annotated[str, typer.Argument(help="A run's id, as `pay` printed it.")]
LayoutOption = Annotated[str, typer.Option(metavar="NAME", help="generic, datev, nl, or a YAML file of your own.")]
ByOption = Annotated[str, typer.Option(help="Who does it; the record keeps the name.")]
ClosingOption = Annotated[
    int, typer.Option(min=0, metavar="N", help="Which closing of the run, from 1; see `payroll status`.")
]
SETTLED = (
    Column("person", "Person"), Column("name", "Name"), Column("row", "Row", right=True), Column("state", "State"),
    Column("expected", "Handed over", right=True), Column("paid", "Paid", right=True), Column("difference", "Difference", right=True),
)  # fmt: skip
ACCRUED = (
    Column("plan", "Plan"), Column("period", "Period"), Column("cost_centre", "Cost centre"),
    Column("amount", "Owed by the end of the month", right=True), Column("range", "Range"),
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    payroll = typer.Typer(no_args_is_help=True, help=HELP)
    payroll.command("export")(export_run)
    payroll.command("read-back")(read_back)
    payroll.command("status")(status)
    payroll.command("accrual")(accrual)
    app.add_typer(payroll, name="payroll", rich_help_panel="Targets and pay")


def export_run(
    run: RunArgument,
    layout: LayoutOption = "generic",
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write it; default: RUN.LAYOUT.csv here.")
    ] = None,
    closing: ClosingOption = 0,
    again: Annotated[bool, typer.Option("--again", help="Write what payroll has already, marked as a repeat.")] = False,
    by: ByOption = "command line",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """One closing of a run as a payroll file: employee number, wage code, cost centre, gross and period, with a control sum.

    Each closing is handed over once: unless named, it is the oldest that payroll does not have. Wage codes and cost centres
    come from payroll.toml; everything that is not mapped is told at once.
    """
    from kpis.workflows import handoff

    snapshot = opened.snapshot(folder)
    found = handoff.handed_over(snapshot, run, layout, by, opened.now(), closing, again)
    file, row = out or Path(found.name), found.row
    file.write_bytes(found.content)
    total = opened.formats(snapshot.workspace, found.currency).money(found.total)
    told = {
        "file": file, "lines": row.lines, "total_minor": found.total, "currency": found.currency, "sha256": row.digest,
        "closing": found.closing, "repeat": bool(row.repeat), "left": found.left,
    }  # fmt: skip
    which = f"{file}: closing {found.closing}, {shell.counted(row.lines, 'line')}, control sum {total}, SHA-256 {row.digest[:12]}."
    shell.say(which, as_json, **told)
    if row.repeat and not as_json:
        shell.note("A repeat: payroll has this closing already. Loaded twice, it pays twice.")
    if found.left and not as_json:
        shell.note(f"{found.left} more to hand over: run `payroll export {run}` again.")


def read_back(
    file: Annotated[Path, typer.Argument(help="What payroll says it paid: CSV in the layout's marks, or XLSX.")],
    run: Annotated[str, typer.Option(help="The run it paid.")],
    layout: LayoutOption = "generic",
    closing: ClosingOption = 0,
    by: ByOption = "command line",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> int:
    """What was paid of a closing, reconciled to the cent and kept: paid, differs, missing, unknown. Exit code 1 when one is not paid."""
    from kpis.payroll.reconcile import counts
    from kpis.workflows import readback

    snapshot = opened.snapshot(folder)
    found = readback.read_back(snapshot, file, run, layout, by, opened.now(), closing)
    held = [each for each in found.settled if each.state != "paid"]
    if as_json:
        shell.print_json(_settled(found))
    else:
        _show_settled(snapshot.workspace, held, found.run.currency)
        write, counted = opened.formats(snapshot.workspace, found.run.currency), counts(found.settled)
        again = " The same file was read before." if found.again else ""
        told = ", ".join(f"{n} {state}" for state, n in counted.items())
        paid = f"closing {found.closing}, {write.money(found.paid)} of {write.money(found.expected)}"
        run_paid = f"In all, {write.money(found.run_paid)} of {write.money(found.run_expected)} read back."
        shell.say(f"{told}: {paid}. {run_paid}{again}", as_json)
    return shell.PROBLEMS if held else shell.DONE


def _settled(found: "ReadBack") -> dict[str, Any]:
    from kpis.payroll.reconcile import counts

    rows = [_payment(each) for each in found.settled if each.state != "paid"]
    told = {
        "run": found.run.id,
        "currency": found.run.currency,
        "expected_minor": found.expected,
        "paid_minor": found.paid,
        "closing": found.closing,
        "run_expected_minor": found.run_expected,
        "run_paid_minor": found.run_paid,
    }
    return {**told, "counts": counts(found.settled), "differences": rows, "read_before": found.again}


def _show_settled(workspace: Any, held: list[Any], currency: str) -> None:
    from kpis.workflows import identities

    write, names = opened.formats(workspace, currency), identities.names(workspace)
    rows = [
        {
            "person": each.person, "name": names.get(each.person or ""), "row": each.row, "state": each.state,
            "expected": write.amount(each.expected), "paid": write.amount(each.paid), "difference": write.amount(each.paid - each.expected),
        }
        for each in held
    ]  # fmt: skip
    if rows:
        shell.show(rows, SETTLED, False)


def status(run: RunArgument, folder: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """The files that left for a run and that came back, and everyone who was not paid what was handed over."""
    from kpis.workflows import handovers, pay

    workspace = opened.workspace(folder)
    found, currency = handovers.history(workspace, run), pay.one(workspace, run).currency
    write = opened.formats(workspace, currency)
    if as_json:
        shell.print_json({"run": run, "currency": currency, **_history(found)})
        return
    for each in found.files:
        told = f"{_which(found, each)}, {each.layout}, {shell.counted(each.lines, 'line')}, {write.money(each.total)}"
        shell.say(f"Handed over {each.made_at:%Y-%m-%d} by {each.made_by}: {told}.", as_json)
    for back in found.payments:
        told = f"{write.money(back.paid)} of {write.money(back.expected)}"
        shell.say(f"Read back {back.read_at:%Y-%m-%d} by {back.read_by}: {told}.", as_json)
    waits = [str(each.number) for each in found.closings if not each.handed]
    if waits:
        shell.say(f"Not handed over yet: closing {', '.join(waits)}.", as_json)
    _show_settled(workspace, [each for each in found.newest if each.state != "paid"], currency)


def _which(found: "History", file: Any) -> str:
    """Which closings a file has, and whether it repeats them."""
    numbers = [str(each.number) for each in found.closings if file in each.handed]
    return f"closing {', '.join(numbers)}{', a repeat' if getattr(file, 'repeat', 0) else ''}"


def _history(found: "History") -> dict[str, Any]:
    files = [
        {
            "closing": _which(found, f),
            "layout": f.layout,
            "lines": f.lines,
            "total_minor": f.total,
            "sha256": f.digest,
            "at": f.made_at,
            "by": f.made_by,
        }
        for f in found.files
    ]
    back = [
        {"expected_minor": f.expected, "paid_minor": f.paid, "sha256": f.digest, "at": f.read_at, "by": f.read_by}
        for f in found.payments
    ]
    waits = [each.number for each in found.closings if not each.handed]
    newest = [_payment(each) for each in found.newest]
    return {"handed_over": files, "not_handed_over": waits, "read_back": back, "newest": newest}


def _payment(each: Any) -> dict[str, Any]:
    told = {"person": each.person, "row": each.row, "state": each.state}
    return told | {"expected_minor": each.expected, "paid_minor": each.paid}


def accrual(
    month: Annotated[str, typer.Option(help="The month, such as 2026-11.")],
    journal: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="Write finance's journal: last month's reversed, this month's booked."),
    ] = None,
    book: Annotated[bool, typer.Option("--book", help="Keep it as booked; next month's journal reverses it.")] = False,
    by: ByOption = "command line",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """What the running plans owe by the end of a month, by cost centre: expected payout × the part of the period gone."""
    from kpis.payroll import journal as books
    from kpis.workflows import accrual as workflow
    from kpis.workflows import chances

    snapshot = opened.snapshot(folder)

    def chance(ready: "Prepared", _amounts: object) -> tuple[int, int] | None:
        found = chances.of_run(snapshot, ready)
        return (found.low, found.high) if found else None

    found = workflow.of_month(snapshot, month, chance)
    entries = workflow.entries(snapshot.workspace, found) if journal or book else []
    if journal:
        journal.write_bytes(books.to_csv(entries, found.currency, found.exponent))
    if book:
        workflow.booked(snapshot.workspace, found, by, opened.now())
    if as_json:
        shell.print_json(_accrual(found, len(entries), book))
        return
    _show_accrual(found, opened.formats(snapshot.workspace, found.currency))


def _show_accrual(found: "Month", write: Any) -> None:
    rows = [{**vars(each), "amount": write.amount(each.amount), "range": _range(each, write)} for each in found.accrued]
    title = f"Accrual {found.period.name}, figures of {found.figures_on}"
    shell.show(rows, ACCRUED, False, title=title, empty="No plan owes anything in that month.")
    before = f"{write.money(found.owed - found.change)} booked for {found.reversed_month} is reversed"
    told = before if found.reversed_month else "nothing was booked before"
    shell.say(f"Owed {write.money(found.owed)}; {told}; the month adds {write.money(found.change)}.", False)
    for (plan, period), budget in found.budgets.items():
        owed = write.money(found.owed_of(plan, period))
        shell.say(f"{plan}, {period}: owed {owed}; its budget for the days gone is {write.money(budget)}.", False)
    if not found.ranged:
        shell.note("The chance range is not yet computed.")
    if found.left_out:
        shell.note(
            f"{len(found.left_out)} people are not in it, for there is no figure that pays yet; --json lists them."
        )


def _range(each: "Accrued", write: Any) -> str:
    return (
        "not yet computed"
        if each.low is None or each.high is None
        else f"{write.amount(each.low)} to {write.amount(each.high)}"
    )


def _accrual(found: "Month", entries: int, booked: bool) -> dict[str, Any]:
    lines = [
        {
            "plan": each.plan, "period": each.period, "cost_centre": each.cost_centre,
            "amount_minor": each.amount, "low_minor": each.low, "high_minor": each.high,
        }
        for each in found.accrued
    ]  # fmt: skip
    told = {
        "month": found.period.name,
        "currency": found.currency,
        "owed_minor": found.owed,
        "change_minor": found.change,
    }
    told |= {
        "reversed_month": found.reversed_month or None,
        "range": "computed" if found.ranged else "not yet computed",
    }
    return {
        **told,
        "lines": lines,
        "budgets": [
            {"plan": plan, "period": at, "budget_minor": amount} for (plan, at), amount in found.budgets.items()
        ],
        "left_out": shell.told_plainly(found.left_out),
        "entries": entries,
        "booked": booked,
    }
