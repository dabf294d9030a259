"""payroll.toml: which wage code, cost centre and account a payout goes under, and what each layout needs to know."""

import tomllib
from collections.abc import Iterable, Mapping

from pydantic import Field

from data_contracts.problems import Problem, Problems, did_you_mean
from kpis.exact import Strict, read_model
from kpis.organisation import Organisation

FILE = "payroll.toml"


class Accounts(Strict):
    """The accounts of an accrual: the expense it debits and the liability it credits."""

    debit: str = Field(min_length=1)
    credit: str = Field(min_length=1)


class Mapped(Strict):
    """The whole of payroll.toml.

    `wage_codes` by plan, or by plan/component; `cost_centres` by department, a department without one has its parent's.
    `layouts` holds the settings of each layout by its name, such as a client number.
    """

    wage_codes: Mapping[str, str] = {}
    cost_centres: Mapping[str, str] = {}
    accounts: Accounts | None = None
    layouts: Mapping[str, Mapping[str, str]] = {}

    def wage_code(self, plan: str, component: str) -> str | None:
        """The wage code of a component, else of its plan."""
        return self.wage_codes.get(f"{plan}/{component}") or self.wage_codes.get(plan)

    def cost_centre(self, department: str, tree: Organisation) -> str | None:
        """The cost centre of a department, else of the nearest one above it."""
        above = tree.ancestors(department) if department in tree.by_id else [department]
        return next((self.cost_centres[each] for each in above if each in self.cost_centres), None)


def parse(text: str, where: str = FILE) -> Mapped:
    """The mapping in a TOML text; raises Problems with every fault and its place."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Problems([Problem(where, "TOML", str(error), "Mend the line named.")]) from error
    return read_model(Mapped, raw, where)


def unmapped(
    mapped: Mapped, parts: Iterable[tuple[str, str]], departments: Iterable[str], tree: Organisation
) -> list[Problem]:
    """A problem for every component without a wage code and every department without a cost centre, and for names nobody has."""
    found = []
    for plan, component in sorted(set(parts)):
        if mapped.wage_code(plan, component) is None:
            step = f'Write "{plan}" = "…", or "{plan}/{component}" = "…", under [wage_codes].'
            found.append(Problem(f"{FILE}, wage_codes", f"a wage code for {plan}/{component}", "none", step))
    for department in sorted(set(departments)):
        if mapped.cost_centre(department, tree) is None:
            step = f"Write {department} or a department above it under [cost_centres]."
            found.append(
                Problem(f"{FILE}, cost_centres", f"a cost centre for {department or 'no department'}", "none", step)
            )
    for name in sorted(set(mapped.cost_centres) - set(tree.by_id)):
        step = did_you_mean(name, tree.by_id)
        found.append(Problem(f"{FILE}, cost_centres", "a department of this workspace", repr(name), step))
    return found
