"""Plans: checked, imported as versions, exported, and applied to given actual values without a workspace."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import lru_cache

from sqlmodel import select

from data_contracts.problems import Problem, Problems, did_you_mean, raise_if
from kpis.exact import load_yaml, number, read_model
from kpis.incentives import check, evaluate, named, plan
from kpis.incentives.plan import Plan
from kpis.incentives.reckon import Work
from kpis.records.session import session
from kpis.records.tables import PlanRecord
from kpis.workflows import aim, identities
from kpis.workspace import Snapshot, Workspace


def known(snapshot: Snapshot, text: str) -> check.Known:
    """The names that the text of a plan may use in this workspace, people under their employee numbers."""
    workspace = snapshot.workspace
    people = identities.numbers(workspace) if named.people(text) else {}
    rows = snapshot.rows("SELECT DISTINCT level FROM pay_basis WHERE level IS NOT NULL")
    levels, departments = set(rows.column("level").to_pylist()), set(snapshot.organisation.by_id)
    return check.Known(workspace.kpis, aim.current(workspace), departments, set(people.values()), levels)


def read(snapshot: Snapshot, text: str, where: str) -> tuple[Plan, list[Problem]]:
    """The plan of a text, people under their surrogates, and everything it does not satisfy.

    Raises Problems where its form is wrong.
    """
    told = numbered(snapshot.workspace, text)
    found = check.check(plan.parse(told, where), known(snapshot, told), where)
    return plan.parse(keyed(snapshot.workspace, told), where), found


def keyed(workspace: Workspace, text: str) -> str:
    """A plan's text as the record keeps it: the people it names under their surrogates; whoever is unknown stays."""
    keys = {number: key for key, number in identities.numbers(workspace).items()} if named.people(text) else {}
    return named.renamed(text, lambda each: keys.get(each, each))


def numbered(workspace: Workspace, text: str) -> str:
    """A plan's text as people write it: the people it names under their employee numbers."""
    numbers = identities.numbers(workspace) if named.people(text) else {}
    return named.renamed(text, lambda each: numbers.get(each, each))


def check_plan(snapshot: Snapshot | None, text: str, where: str) -> Plan:
    """The plan of a text; raises Problems with everything it does not satisfy, its printed examples among them."""
    if snapshot is None:
        return check.read_checked(text, None, where)
    found, problems = read(snapshot, text, where)
    raise_if(problems)
    return found


def import_plan(snapshot: Snapshot, text: str, now: datetime, where: str = "plan.yaml") -> PlanRecord:
    """Take in a plan as a new version; the same plan again changes nothing. Raises Problems as `check_plan` does."""
    found = check_plan(snapshot, text, where)
    digest = found.digest()
    with session(snapshot.workspace.engine) as records:
        rows = records.exec(select(PlanRecord).where(PlanRecord.id == found.id).order_by(PlanRecord.version)).all()  # type: ignore[arg-type]
        same = next((row for row in rows if row.digest == digest), None)
        if same:
            return same
        if rows and rows[-1].version >= found.version:
            step = f"Raise `version` to {rows[-1].version + 1}: version {rows[-1].version} is kept as it was imported."
            raise Problems(
                [Problem(f"{where}, version", f"a version after {rows[-1].version}", str(found.version), step)]
            )
        kept = keyed(snapshot.workspace, text)
        record = PlanRecord(id=found.id, version=found.version, digest=digest, text=kept, imported_at=now)
        records.add(record)
    return record


def current(workspace: Workspace) -> dict[str, Plan]:
    """The newest version of every plan, by id."""
    with session(workspace.engine) as records:
        rows = records.exec(select(PlanRecord).order_by(PlanRecord.id, PlanRecord.version)).all()  # type: ignore[arg-type]
    return {row.id: parsed(row.text, row.id) for row in rows}


@lru_cache(64)
def parsed(text: str, name: str) -> Plan:
    """The plan of a stored text; remembered, because many questions ask for it."""
    return plan.parse(text, f"plan {name}")


def one(workspace: Workspace, name: str) -> Plan:
    """The newest version of a plan; raises Problems with a suggestion when there is none."""
    plans = current(workspace)
    if name not in plans:
        raise Problems([Problem("plan", "a plan of this workspace", repr(name), did_you_mean(name, plans))])
    return plans[name]


def export_plan(workspace: Workspace, name: str) -> str:
    """The newest version as YAML in its shortest form, people under their employee numbers; imported again it changes nothing."""
    return numbered(workspace, plan.to_yaml(one(workspace, name)))


@dataclass(frozen=True)
class Evaluated:
    """A plan applied to a file: each participant's payout in the order of the rows, and the payouts the file holds itself.

    `published` is empty where the file has none to compare with.
    """

    plan: Plan
    works: tuple[Work, ...]
    published: tuple[Fraction, ...] = ()

    @property
    def payouts(self) -> tuple[Fraction, ...]:
        """Payouts in units of the currency."""
        return tuple(Fraction(each.payout, 10**self.plan.minor_units) for each in self.works)

    @property
    def agree(self) -> int:
        """How many payouts are the published ones, to the last decimal."""
        return sum(mine == theirs for mine, theirs in zip(self.payouts, self.published, strict=False))


def evaluate_plan(
    text: str, actuals: str, where: str, actuals_where: str, layout: str = "", layout_where: str = "layout"
) -> Evaluated:
    """A plan applied to a CSV text of actual values, whose columns a layout may name.

    Raises Problems with every fault of the plan, the layout and the rows.
    """
    found = check.read_checked(text, None, where)
    mapping = read_model(evaluate.Layout, load_yaml(layout, layout_where), layout_where) if layout else None
    raise_if(evaluate.layout_problems(found, mapping, actuals, layout_where) if mapping else [])
    result = evaluate.evaluate(found, evaluate.rows(actuals, mapping, actuals_where), None, actuals_where)
    raise_if(result.problems)
    published = evaluate.published(actuals, mapping) if mapping and mapping.payout else []
    return Evaluated(found, result.works, tuple(number(each) for each in published))
