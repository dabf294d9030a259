"""What a plan would cost, from the company's own history: the spread, the cliffs, and what each weight and point costs."""

from dataclasses import dataclass

from data_contracts.problems import Problem
from kpis.incentives import cliffs
from kpis.incentives.cliffs import Cliff, Sensitivity
from kpis.incentives.plan import Plan
from kpis.incentives.resample import DRAWS, SEED, Terms
from kpis.incentives.simulate import Simulated
from kpis.incentives.simulate import simulate as drawn
from kpis.workflows.histories import Company, company
from kpis.workspace import Snapshot


@dataclass(frozen=True)
class Outlook:
    """A plan's simulated cost with the company it was drawn from; cliffs and sensitivities where they were asked for."""

    company: Company
    cost: Simulated
    budget: int | None
    cliffs: tuple[Cliff, ...] = ()
    sensitivities: tuple[Sensitivity, ...] = ()

    @property
    def missing(self) -> tuple[Problem, ...]:
        """Who is not in the cost, and why."""
        return self.company.missing


def terms_of(found: Company, draws: int = DRAWS, seed: int = SEED, periods: int = 1) -> Terms:
    """How a company's plan is simulated."""
    return Terms(found.take, draws, seed, periods=periods)


def simulate(
    snapshot: Snapshot,
    plan: Plan,
    period: str = "",
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    budget: int | None = None,
    periods: int = 1,
    deep: bool = True,
) -> Outlook:
    """The cost of a plan for the people of a period (default: the one that runs), budget in minor units: the plan's own unless given.

    `periods` are added up to a year or so; `deep` also looks for cliffs and sensitivities. Raises Problems without
    history or agreement.
    """
    if budget is None and plan.budget_minor is not None:
        budget = plan.budget_minor * periods
    found = company(snapshot, plan, period)
    terms = terms_of(found, draws, seed, periods)
    cost = drawn(plan, found.frame, found.people, found.history, terms)
    if not deep:
        return Outlook(found, cost, budget)
    given = (plan, found.frame, found.people, found.history, terms)
    return Outlook(found, cost, budget, tuple(cliffs.cliffs(*given)), tuple(cliffs.sensitivities(*given)))
