"""Commands that look ahead before a plan pays: simulation, backtest, and whether its figures can be paid on."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dashboard import shell
from dashboard.commands import opened
from dashboard.shell import Column, JsonOption, WorkspaceOption
from data_contracts.problems import Problem, Problems

if TYPE_CHECKING:
    from dashboard.formats import Formats
    from kpis.incentives.deciding import Deciding
    from kpis.incentives.plan import Plan
    from kpis.incentives.readiness import Ready
    from kpis.incentives.simulate import Spread
    from kpis.workflows.simulate import Outlook
    from kpis.workspace import Snapshot

PlanArgument = Annotated[str, typer.Argument(metavar="PLAN", help="A plan's id, or a YAML file not imported yet.")]
PeriodOption = Annotated[str, typer.Option(help="The period, such as 2026-Q4; default: the one that runs.")]
COSTS = (
    Column("of", "Department"), Column("mean", "Mean", right=True), Column("p5", "1 in 20 below", right=True),
    Column("p95", "1 in 20 above", right=True),
)  # fmt: skip
CLIFFS = (
    Column("title", "Cliff"), Column("at", "At", right=True), Column("moves", "Moves, % of its part", right=True),
    Column("money", "Money near it", right=True), Column("people", "People near it", right=True),
    Column("chance", "Draws near it", right=True),
)  # fmt: skip
POINTS = (Column("title", "One percent more"), Column("what", "Of"), Column("cost", "Costs", right=True))
PERIODS = (
    Column("period", "Period"),
    Column("people", "People", right=True),
    Column("cost", "Would have cost", right=True),
)
GROUPS = (
    Column("group", "Group"), Column("people", "People", right=True), Column("pays", "Paid, % of opportunity", right=True),
    Column("interval", "95% interval", right=True), Column("rest", "The rest", right=True), Column("answer", "Answer"),
)  # fmt: skip
READY = (
    Column("component", "Component"), Column("kpi", "KPI"), Column("scope", "Scope"), Column("ready", "Ready"),
    Column("needed", "Needs n", right=True), Column("expected", "Expects n", right=True), Column("gap", "Gap by hours", right=True),
    Column("luck", "Luck share", right=True), Column("lacks", "Lacks"), Column("mend", "Cheapest mend"),
)  # fmt: skip

PAID_ON = {"": "", "team": ": the team's figure pays", "credibility": ": a mixed figure pays"}


def register(plan: typer.Typer) -> None:
    """Add the commands to those on plans."""
    plan.command("simulate")(simulate)
    plan.command("backtest")(backtest)
    plan.command("ready")(ready)


def plan_of(snapshot: "Snapshot", name: str) -> "Plan":
    """The plan of that id, or of a file, checked."""
    from kpis.workflows import plans

    file = Path(name)
    if file.suffix in (".yaml", ".yml"):
        from dashboard.commands.aim import text_of

        return plans.check_plan(snapshot, text_of(file), file.name)
    return plans.one(snapshot.workspace, name)


def simulate(
    plan: PlanArgument,
    draws: Annotated[int, typer.Option(min=100, max=1_000_000, help="Periods drawn from history.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same draws.")] = 20_261_122,
    budget: Annotated[
        float | None, typer.Option(help="In whole currency: how often is it exceeded? Default: the plan's.")
    ] = None,
    period: PeriodOption = "",
    periods: Annotated[int, typer.Option(min=1, max=12, help="Periods added up, such as 4 quarters to a year.")] = 1,
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """What a plan would cost, on periods drawn from the company's own history; where it hangs on little."""
    from kpis.exact import LARGEST
    from kpis.workflows import simulate as workflow

    snapshot = opened.snapshot(folder)
    chosen = plan_of(snapshot, plan)
    write = opened.formats(snapshot.workspace, chosen.currency)
    if budget is not None and not 0 <= budget < LARGEST:
        step = "Write it in whole currency."
        raise Problems([Problem("--budget", f"an amount from 0, below {LARGEST:,}", f"{budget:g}", step)])
    minor = None if budget is None else round(budget * 10**chosen.minor_units)
    shell.note(f"Seed {seed}, {draws:,} draws.")
    given: dict[str, Any] = {"draws": draws, "seed": seed, "budget": minor, "periods": periods}
    found = workflow.simulate(snapshot, chosen, period, **given)
    if as_json:
        shell.print_json(_outlook(found))
        return
    _told(write, found)


def _outlook(found: "Outlook") -> dict[str, Any]:
    cost, whole = found.cost, found.cost.spread(found.budget)
    return {
        "plan": cost.plan.id, "period": found.company.window.name, "currency": cost.plan.currency, "seed": cost.terms.seed,
        "draws": cost.terms.draws, "periods": cost.terms.periods, "slices": cost.slices, "take": cost.terms.take,
        "since": found.company.since, "until": found.company.until, "by": cost.by, "people": cost.people,
        "unpaid": cost.unpaid, "left_out": dict(cost.left_out), "budget_minor": found.budget, "exceeded": whole.over,
        **_minor(whole), "departments": {name: _minor(each) for name, each in cost.departments().items()},
        "histogram": [{"from_minor": round(low), "to_minor": round(high), "draws": n} for low, high, n in cost.histogram()],
        "cliffs": [
            {name: value for name, value in vars(each).items() if name != "money"} | {"money_minor": round(each.money)}
            for each in found.cliffs
        ],
        "sensitivities": [
            {"source": each.source, "what": each.what, "at": str(each.at), "cost_minor": round(each.cost)}
            for each in found.sensitivities
        ],
        "problems": shell.told_plainly(found.missing),
    }  # fmt: skip


def _minor(spread: "Spread") -> dict[str, int]:
    return {f"{name}_minor": round(getattr(spread, name)) for name in ("mean", "p5", "p95")}


def _told(write: "Formats", found: "Outlook") -> None:
    cost, whole = found.cost, found.cost.spread(found.budget)
    spreads = {**cost.departments(), "all": whole}
    rows = [
        {"of": name} | {part: write.money_headline(round(getattr(each, part))) for part in ("mean", "p5", "p95")}
        for name, each in spreads.items()
    ]
    title = f"{cost.plan.title or cost.plan.id}, {found.company.window.name}"
    title += f", {cost.terms.periods} periods together" if cost.terms.periods > 1 else ""
    shell.show(rows, COSTS, False, title=title)
    from dashboard.forecasts import cost_sentence, history_sentence

    shell.say(f"{cost_sentence(write, found)} {history_sentence(write, found)}", False)
    shell.show(
        [_cliff(write, each) for each in found.cliffs], CLIFFS, False, empty="No cliff that anybody stands near."
    )
    shell.show([_point(write, each) for each in found.sensitivities[:8]], POINTS, False)
    if found.missing:
        shell.tell(found.missing, False)


def _cliff(write: "Formats", each: Any) -> dict[str, str]:
    return {
        "title": each.title, "at": write.number(each.at, 2), "moves": write.number(each.moves, 0, sign=True),
        "money": write.money_headline(round(each.money)), "people": f"{each.people} of {each.reading}",
        "chance": write.percent(each.chance),
    }  # fmt: skip


def _point(write: "Formats", each: Any) -> dict[str, str]:
    what = f"its weight of {float(each.at):g}%" if each.what == "weight" else f"its point at {float(each.at):g}"
    return {"title": each.title, "what": what, "cost": write.money_headline(round(each.cost))}


def backtest(
    plan: PlanArgument,
    periods: Annotated[int, typer.Option(min=1, max=40, help="How many of the last whole periods.")] = 8,
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """The plan applied to the last whole periods: cost, stability, and whether groups fare alike."""
    from kpis.workflows import backtest as workflow

    snapshot = opened.snapshot(folder)
    chosen = plan_of(snapshot, plan)
    found = workflow.backtest(snapshot, chosen, periods)
    if as_json:
        would = [
            {"period": each.period, "person": each.person, "payout_minor": each.payout, "reason": each.reason}
            for each in found.would
        ]
        costs = [{"period": name, "cost_minor": cost} for name, cost in found.costs().items()]
        told = {"plan": chosen.id, "currency": chosen.currency, "periods": costs, "stability": vars(found.stability)}
        told |= {"budget_minor": chosen.budget_minor, "over_budget": found.over}
        shell.print_json({**told, "groups": [vars(each) for each in found.groups], "would": would})
        return
    write = opened.formats(snapshot.workspace, chosen.currency)
    rows = [
        {"period": name, "people": sum(each.period == name for each in found.would), "cost": write.money_headline(cost)}
        for name, cost in found.costs().items()
    ]
    shell.show(rows, PERIODS, False, title=f"{chosen.title or chosen.id}, as if it had paid before")
    shell.show([_group(write, each) for each in found.groups], GROUPS, False)
    from dashboard.forecasts import budget_sentence

    if told_budget := budget_sentence(write, found):
        shell.say(told_budget, False)
    rank, between = found.stability.rank, found.stability.between
    told_rank = "not shown" if rank is None else f"{rank:.2f}"
    told_share = "not shown" if between is None else write.percent(between)
    shell.say(
        f"From period to period the order of people correlates by {told_rank}; {told_share} of the variance lies between "
        "people, the rest within them.", False,
    )  # fmt: skip


def _group(write: "Formats", each: Any) -> dict[str, Any]:
    if each.pays is None:
        return {"group": each.group, "pays": "–", "answer": each.note}
    interval = f"{write.number(each.low, 1)} to {write.number(each.high, 1)}"
    pays, rest = write.number(each.pays, 1), write.number(each.rest_pays, 1)
    return {
        "group": each.group,
        "people": each.people,
        "pays": pays,
        "interval": interval,
        "rest": rest,
        "answer": each.answer,
    }


def ready(
    plan: Annotated[
        str, typer.Argument(metavar="[PLAN]", help="A plan's id, or a YAML file; or name a KPI below.")
    ] = "",
    kpi: Annotated[str, typer.Option(help="A KPI, instead of a plan.")] = "",
    scope: Annotated[
        str, typer.Option(help="Its scope: company, department:ID, joint:ID+ID or person:KEY.")
    ] = "company",
    period: PeriodOption = "",
    folder: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> int:
    """Can we pay on this? Needed and expected answers, what noise does to pay, and the cheapest mend; 1 when not."""
    from kpis.workflows import readiness

    if bool(plan) == bool(kpi) or (kpi and not period):
        step = "Write `plan ready PLAN`, or `plan ready --kpi KPI --scope SCOPE --period PERIOD`."
        raise Problems([Problem("plan ready", "a plan, or a KPI with a period", f"{plan or kpi or 'nothing'}", step)])
    snapshot = opened.snapshot(folder)
    found = (
        readiness.assess(snapshot, plan_of(snapshot, plan), period)
        if plan
        else readiness.alone(snapshot, kpi, scope, period)
    )
    lacking = found.lacking
    if as_json:
        told = {"ready": [_ready_json(each) for each in found.ready]}
        told |= {"deciding": [_deciding_json(each) for each in found.deciding]}
        shell.print_json(told | {"problems": shell.told_plainly(lacking)})
        return shell.PROBLEMS if lacking else shell.DONE
    rows = [*map(_ready, found.ready), *map(_deciding, found.deciding)]
    if rows or not lacking:
        shell.show(rows, READY, False, empty="Nothing that reads a KPI.")
    if lacking:
        shell.tell(lacking, False)
    return shell.PROBLEMS if lacking else shell.DONE


def _ready(each: "Ready") -> dict[str, Any]:
    mend = next((mend.told for mend in each.mends if mend.works), "–" if each.ready else "none alone")
    luck = each.asked.luck
    return {
        "component": each.asked.component.name, "kpi": each.asked.kpi, "scope": each.asked.scope,
        "ready": f"yes{PAID_ON[each.instead]}" if each.ready else "no", "needed": each.needed, "expected": round(each.expected),
        "gap": f"{each.gap:.1f}%", "luck": f"{100 * luck.share:.0f}%" if luck and luck.share is not None else "not defined",
        "lacks": ", ".join(check.name for check in each.checks if not check.passed), "mend": mend,
    }  # fmt: skip


def _deciding(each: "Deciding") -> dict[str, Any]:
    return {
        "component": f"{each.kind}: {each.source.name}", "kpi": each.kpi, "scope": each.scope,
        "ready": "yes" if each.ready else "no", "needed": "–" if each.needed is None else each.needed,
        "expected": round(each.belief.n), "gap": "–", "luck": "–",
        "lacks": ", ".join(check.name for check in each.checks if not check.passed), "mend": "–",
    }  # fmt: skip


def _deciding_json(each: "Deciding") -> dict[str, Any]:
    return {
        "kind": each.kind, "id": each.source.id, "kpi": each.kpi, "scope": each.scope, "ready": each.ready,
        "needed": each.needed, "expected": each.belief.n, "checks": [vars(check) for check in each.checks],
    }  # fmt: skip


def _ready_json(each: "Ready") -> dict[str, Any]:
    luck = each.asked.luck
    return {
        "component": each.asked.component.id, "kpi": each.asked.kpi, "scope": each.asked.scope, "period": each.asked.period,
        "ready": each.ready, "paid_on": each.instead or "own", "needed": each.needed, "expected": each.expected, "gap_percent": each.gap,
        "checks": [vars(check) for check in each.checks], "without_noise_percent": each.without_noise,
        "wrong_side": [{"at": at, "chance": chance} for at, chance in each.wrong_side],
        "by_answers": [{"answers": n, "pays_percent": pays} for n, pays in each.by_answers],
        "by_hours": [{"fte": fte, "answers": n, "pays_percent": pays} for fte, n, pays in each.by_hours],
        "luck": luck and vars(luck), "mends": [vars(mend) for mend in each.mends],
    }  # fmt: skip
