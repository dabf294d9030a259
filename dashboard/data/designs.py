"""Plans while they are written, for HR alone; what a text would cost, for who judges it as well. Checked again on the server."""

from datetime import UTC, datetime

from dashboard import access
from dashboard.access import Viewer
from dashboard.data.core import allow, cached, snapshot, workspace
from dashboard.data.judging import may_read
from dashboard.words import _
from kpis.incentives import edit, plan
from kpis.incentives.backtest import Backtest
from kpis.incentives.changed import Change, changes
from kpis.incentives.effect import Effect, effects
from kpis.incentives.plan import Plan
from kpis.workflows import backtest as backtests
from kpis.workflows import drafts, plans, simulate, templates
from kpis.workflows import readiness as ready
from kpis.workflows.drafts import Draft, Past, Read
from kpis.workflows.readiness import Assessed
from kpis.workflows.simulate import Outlook
from kpis.workspace import Snapshot


def plan_choices(viewer: Viewer) -> dict[str, str]:
    """The plans of the workspace and the templates a new one may start from, by key, with their names."""
    allow(access.may_design(viewer))
    own = {name: each.title or name for name, each in plans.current(workspace()).items()}
    return own | {f"new:{name}": plan.parse(text, name).title for name, text in templates.texts().items()}


def plan_text(viewer: Viewer, choice: str) -> str:
    """The text a draft starts from: the newest version as it was written, or a template."""
    allow(access.may_design(viewer))
    kind, _colon, name = choice.partition(":")
    return templates.one(name) if kind == "new" else drafts.kept_text(workspace(), choice)


def draft(viewer: Viewer, text: str) -> Draft:
    """A text read, with everything that is wrong with it."""
    allow(access.may_design(viewer))
    return drafts.read(snapshot(), text)


def read_by(viewer: Viewer, plan: Plan, component: str) -> Read | None:
    """Whose figure a component reads, and at which target."""
    allow(access.may_design(viewer))
    return drafts.reads(snapshot(), plan, next(each for each in plan.components if each.id == component))


def past(viewer: Viewer, plan: Plan, component: str) -> list[Past]:
    """What a component would have paid in the last whole periods."""
    allow(access.may_design(viewer))
    return drafts.past(snapshot(), plan, next(each for each in plan.components if each.id == component))


def changed(viewer: Viewer, draft: Plan) -> tuple[Plan | None, tuple[Change, ...]]:
    """The newest version that is kept of a plan, and every field in which a draft differs from it, as people write it."""
    allow(access.may_design(viewer))
    kept = cached(_kept, viewer, draft.id)
    return kept, changes(_written(kept), _written(draft)) if kept else ()


def _written(found: Plan) -> Plan:
    return plan.parse(plans.numbered(workspace(), plan.to_yaml(found)))


def _keyed(now: Snapshot, text: str) -> Plan:
    return plan.parse(plans.keyed(now.workspace, text))


def _kept(now: object, name: str) -> Plan | None:
    del now  # plans are records: their state is part of the cache's key
    return plans.current(workspace()).get(name)


def keep(viewer: Viewer, text: str) -> str:
    """Keep a draft as the plan's next version; returns its version and hash in words. Raises Problems for what does not hold."""
    allow(access.may_design(viewer))
    plan = plans.check_plan(snapshot(), text, _("the draft"))
    kept = plans.current(workspace()).get(plan.id)
    version = kept.version + 1 if kept and kept.digest() != plan.digest() else plan.version
    record = plans.import_plan(snapshot(), edit.versioned(text, version), datetime.now(UTC), _("the draft"))
    return f"{record.id}, version {record.version}, {record.digest[:12]}"


def budget_of(text: str) -> int | None:
    """The budget that a plan's text keeps, in whole currency, rounded down; None where it keeps none."""
    kept = plan.parse(text).budget
    return int(kept.amount) if kept else None


def outlook(viewer: Viewer, text: str, budget: str) -> Outlook:
    """What the draft would cost, drawn from history; `budget` in minor units as text, empty for none."""
    allow(may_read(viewer, plan.parse(text).id))
    return cached(_outlook, viewer, text, budget)


def _outlook(now: Snapshot, text: str, budget: str) -> Outlook:
    return simulate.simulate(now, _keyed(now, text), budget=int(budget) if budget else None)


def backtest(viewer: Viewer, text: str) -> Backtest:
    """The draft over the last eight whole periods."""
    allow(may_read(viewer, plan.parse(text).id))
    return cached(_backtest, viewer, text)


def _backtest(now: Snapshot, text: str) -> Backtest:
    return backtests.backtest(now, _keyed(now, text), drafts.BACK)


def effect(viewer: Viewer, text: str, kept: Plan) -> tuple[Effect, ...]:
    """What the draft would have paid against the version that is kept, over the same periods, whole and by group."""
    found = [backtest(viewer, each) for each in (plan.to_yaml(kept), text)]
    return effects(found[0], found[1], backtests.GROUPS)


def readiness(viewer: Viewer, text: str) -> Assessed:
    """Whether the figures of the draft can be paid on."""
    allow(may_read(viewer, plan.parse(text).id))
    return cached(_readiness, viewer, text)


def _readiness(now: Snapshot, text: str) -> Assessed:
    return ready.assess(now, _keyed(now, text))
