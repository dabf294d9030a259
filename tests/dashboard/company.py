"""A company of 46 people in four departments, with promises, targets and plans: small, and with every kind of break."""

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from kpis.records.session import session
from kpis.records.tables import Identity
from kpis.workflows import plans
from kpis.workflows.build import build
from kpis.workspace import Workspace, open_snapshot
from tests.kpis.small import NOW, PLANNER, SETTINGS, fill, in_force, set_targets, workspace

DEMO = SETTINGS.replace("as_of", "demo = true\nas_of") + f'[access]\nhr = ["{PLANNER}"]\n'
PROMISES = """
promises:
  - {id: first_time, title: We solve it the first time, short: First time}
  - {id: on_time, title: We come when we say, short: When we say}
  - {id: fair, title: Fair when things go wrong, short: Fair}
"""
KPI = """id: {id}
version: 1
title: {title}
question: {title}?
promise: {promise}
owner: service
direction: higher
dataset: service_cases
when: opened_at
period_of: opened
measure: {{kind: share, value: "{value}"}}
credit: {{department: department}}
cuts: {{channel: channel}}
unit: percent
guardrail: transfers
"""
KPIS = (
    KPI.format(id="fcr", title="First-contact resolution", promise="first_time", value="first_contact_resolved"),
    KPI.format(id="told", title="Status told before asking", promise="on_time", value="status_told"),
    KPI.format(id="complaints", title="Complaints settled", promise="fair", value="complaint"),
    KPI.format(id="reopened", title="Cases reopened", promise="x", value="reopened").replace("promise: x\n", ""),
)
TARGETS = """
targets:
  - {id: fcr_all, kpi: fcr, scope: company, period: 2026-Q4, threshold: 66, target: 72, stretch: 78}
  - {id: fcr_joint, kpi: fcr, scope: "joint:it+service", period: 2026-Q4, threshold: 66, target: 72, stretch: 78}
  - {id: told_field, kpi: told, scope: "department:field", period: 2026-Q4, threshold: 60, target: 70, stretch: 80}
  - {id: fair_all, kpi: complaints, scope: company, period: 2026-Q4, threshold: 5, target: 10, stretch: 20}
  - {id: told_p0, kpi: told, scope: "person:E0", period: 2026-Q4, threshold: 60, target: 70, stretch: 80}
  - {id: told_p1, kpi: told, scope: "person:E1", period: 2026-Q4, threshold: 61, target: 71, stretch: 81}
"""
PLAN = """
id: {id}
title: {title}
frequency: quarter
participants: {{departments: [{who}]}}
opportunity: {{amount: {amount}}}
components:
"""
COMPONENT = (
    "  - {{id: {id}, title: {title}, weight: {weight}, {reads}, curve: {{points: [[0, 0], [100, 100], [200, 150]]}}}}\n"
)
SIZES = {"service": 20, "it": 12, "field": 11, "leaders": 3}


def plan(name: str, title: str, who: str, amount: int, *parts: tuple[str, str, int, str]) -> str:
    """A plan that pays an amount a year in quarters."""
    lines = (COMPONENT.format(id=part, title=told, weight=weight, reads=reads) for part, told, weight, reads in parts)
    return PLAN.format(id=name, title=title, who=who, amount=amount) + "".join(lines)


SERVICE = ("fcr", "First contact", 60, "target: fcr_joint"), ("told", "Told", 40, "kpi: told, scope: self")
LEADING = ("fcr", "First contact", 50, "target: fcr_all"), ("margin", "Margin", 50, "kpi: reopened, scope: company")
PLANS = (
    plan("service", "Service plan", "service, it", 4000, *SERVICE),
    plan("field", "Field plan", "field", 2000, ("told", "Told", 100, "kpi: told, scope: own_department")),
    plan("leading", "Leadership plan", "leaders", 30000, *LEADING),
)


def people() -> list[tuple[str, str]]:
    """(surrogate, department) of everyone; p_0 to p_19 are in service."""
    places = [name for name, size in SIZES.items() for _ in range(size)]
    return [(f"p_{at}", name) for at, name in enumerate(places)]


def company(folder: Path, settings: str = DEMO, active: bool = True) -> Workspace:
    """The company, built, with its targets, and its plans: in force since January where they are active, else drafts."""
    where = workspace(folder, KPIS, settings, PROMISES)
    heads = {"all": "p_43", "service": "p_0", "it": "p_20", "field": "p_32", "leaders": "p_43"}
    tree = [
        {"department": name, "name": name.title(), "parent": None if name == "all" else "all", "head": head}
        for name, head in heads.items()
    ]
    fill(where, "departments", tree)
    since = {"valid_from": date(2025, 1, 1), "valid_to": None}
    fill(
        where,
        "assignments",
        [{"person": who, "department": name, "share": 1_000_000, **since} for who, name in people()],
    )
    hours = {"hired_on": date(2025, 1, 1), "left_on": None, "contract_hours": 40.0, "full_time_hours": 40.0}
    fill(where, "employment", [{"person": who, **hours} for who, _ in people()])
    fill(where, "service_cases", _cases())
    with session(where.engine) as records:
        records.add_all(
            Identity(surrogate=who, kind="person", external=f"E{who[2:]}", name=f"Name {who[2:]}")
            for who, _ in people()
        )
    build(where)
    set_targets(where, TARGETS)
    snapshot = open_snapshot(where)
    for text in PLANS:
        plans.import_plan(snapshot, text, NOW)
    in_force(where, *(("service", "field", "leading") if active else ()))
    return where


def _cases() -> list[dict[str, object]]:
    """Eighty cases a week over 60 weeks, two of them letters; first-contact resolution falls in the last two."""
    draw, rows = random.Random(5), []
    for week in range(60):
        monday = datetime(2026, 11, 22, 9, tzinfo=UTC) - timedelta(weeks=60 - week, days=-1)
        good = 0.72 if week < 58 else 0.35
        for at in range(80):
            rows.append({
                "case_id": f"k{week}_{at}", "opened_at": monday + timedelta(days=at % 5), "contacts": 1,
                "first_contact_resolved": draw.random() < good, "status_told": draw.random() < 0.7,
                "complaint": draw.random() < 0.1, "reopened": draw.random() < 0.2,
                "department": ("service", "it", "field", "all")[at % 4],
                "channel": "letter" if at in (0, 1) else ("phone", "chat", "visit")[at % 3],
            })  # fmt: skip
    return rows
