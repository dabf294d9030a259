"""Which days count for a plan in a workspace: the shipped table of country rules, and what is set otherwise."""

from functools import cache
from importlib import resources

from kpis.incentives import country_rules
from kpis.incentives.country_rules import Applied, Company, Table
from kpis.incentives.plan import Plan
from kpis.incentives.segments import Eligibility
from kpis.workspace import Workspace

FILE = "country_rules.yaml"


@cache
def table() -> Table:
    """The table that ships, which no run of the program changes."""
    return country_rules.read((resources.files("kpis.incentives") / FILE).read_text("utf-8"))


def company(workspace: Workspace) -> Company:
    """What the workspace's own country_rules.yaml says; nothing where there is none. Raises Problems for a faulty one."""
    file = workspace.root / FILE
    return country_rules.read_company(file.read_text("utf-8"), FILE) if file.is_file() else Company()


def applied(workspace: Workspace, plan: Plan) -> tuple[Applied, ...]:
    """The rules that apply to a plan, each with why and where it stands."""
    own = company(workspace)
    return country_rules.applied(table(), plan.country or own.country, (*own.overrides, *plan.overrides))


def rules(workspace: Workspace, plan: Plan) -> Eligibility:
    """The rules that apply to a plan, as they change which days count."""
    return country_rules.eligibility(applied(workspace, plan), plan.proration.last_day)
