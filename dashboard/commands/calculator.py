"""Commands on plans that need no workspace: the calculator HR tests them with, and templates to start from."""

import sys
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard import shell
from dashboard.shell import Column, JsonOption
from data_contracts.problems import Problem, Problems

if TYPE_CHECKING:
    from kpis.incentives.plan import Plan
    from kpis.incentives.reckon import Work
    from kpis.workflows.plans import Evaluated

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A YAML file.")]
ACTUALS = "A CSV file: participant, salary, days, fte and a column for each component's actual value."
TEMPLATES = (Column("name", "Template"), Column("title", "What it is"))


def register(plan: typer.Typer) -> None:
    """Add the commands to those on plans."""
    plan.command("evaluate")(evaluate_plan)
    plan.command("templates")(templates)


def text_of(file: Path) -> str:
    """The text of a file; raises Problems when there is none or it is not UTF-8."""
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        step = "Check the path and how it was saved."
        raise Problems([Problem(str(file), "a readable UTF-8 file", str(error), step)]) from error


def templates(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Write this one on stdout, to start from.")] = "",
    as_json: JsonOption = False,
) -> None:
    """The plans that ship as templates; with a name its YAML text."""
    from kpis.workflows import templates as shipped

    if name:
        sys.stdout.write(shipped.one(name))
        return
    shell.show(shipped.titles(), TEMPLATES, as_json, title="Templates", empty="None ship.")


def evaluate_plan(
    file: FileArgument,
    actuals: Annotated[Path, typer.Option(metavar="CSV", help=ACTUALS)],
    layout: Annotated[
        Path | None, typer.Option(metavar="YAML", help="Which columns of the file are which of the plan's.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Apply a plan to given actual values per participant: a calculator, without a workspace."""
    from dashboard.formats import Formats
    from kpis.workflows import plans

    names = (text_of(layout), layout.name) if layout else ()
    found = plans.evaluate_plan(text_of(file), text_of(actuals), file.name, actuals.name, *names)
    rows = [_paid(found.plan, work) for work in found.works]
    if as_json:
        shell.print_json(rows)
        return
    plan, write = found.plan, Formats("en_GB", found.plan.currency)

    def amount(minor: int) -> str:
        return write.number(Fraction(minor, 10**plan.minor_units), plan.minor_units)

    shown = [
        {"participant": row["participant"], "payout": amount(row["payout_minor"])}
        | {f"component {name}": amount(each) for name, each in row["components_minor"].items()}
        for row in rows
    ]
    columns = [Column("participant", "Participant"), Column("payout", f"Payout, {plan.currency}", right=True)]
    columns += [Column(f"component {name}", title, right=True) for name, title in _parts(plan).items()]
    shell.show(shown, columns, as_json, title=plan.title or plan.id, empty="The file holds no participants.")
    if found.published:
        shell.say(agreement(found), as_json)


def _parts(plan: "Plan") -> dict[str, str]:
    """What payouts are made of, by id: components, kickers and the draw."""
    ahead = {"draw": "Draw"} if plan.draw else {}
    return {each.id: each.name for each in (*plan.components, *plan.kickers)} | ahead


def agreement(found: "Evaluated") -> str:
    """How many payouts agree with the published ones, and their mean."""
    mean = sum(found.payouts) / len(found.payouts) if found.payouts else Fraction(0)
    told = f"{found.agree:,} of {len(found.published):,} agree with what is published, in all {found.plan.minor_units} decimals"
    return f"{told}; their mean is {float(mean):.6f}."


def _paid(plan: "Plan", work: "Work") -> dict[str, Any]:
    parts: dict[str, int] = defaultdict(int)
    for _segment, name, amount in work.amounts:
        parts[name] += amount
    told = {"participant": work.person, "currency": plan.currency, "payout_minor": work.payout}
    return told | {"components_minor": dict(parts)}
