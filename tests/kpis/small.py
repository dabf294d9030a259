"""A small workspace whose lake is filled directly, for tests of what comes after admission."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from data_contracts.lake import Lake, append
from kpis.records.session import session
from kpis.records.tables import Identity
from kpis.workflows import agreements, lifecycle, pay
from kpis.workflows.aim import Change, import_targets
from kpis.workflows.build import build
from kpis.workflows.plans import import_plan
from kpis.workspace import Snapshot, Workspace, open_snapshot, open_workspace

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ARROW = {
    "string": pa.string(),
    "key": pa.string(),
    "int": pa.int64(),
    "money": pa.int64(),
    "share": pa.int64(),
    "number": pa.float64(),
}
ARROW |= {"bool": pa.bool_(), "date": pa.date32(), "timestamp": pa.timestamp("us", tz="UTC")}
PLANNER = "planning@example.org"
SETTINGS = '[company]\nname = "Test"\nas_of = 2026-11-22\n[kpis]\nshipped = []\n'


def workspace(folder: Path, kpis: Sequence[str] = (), settings: str = SETTINGS, promises: str = "") -> Workspace:
    """A workspace with those KPI texts (first line `id: name`)."""
    (folder / "kpis").mkdir(parents=True, exist_ok=True)
    (folder / "goldenthread.toml").write_text(settings)
    (folder / "promises.yaml").write_text(promises)
    for text in kpis:
        (folder / "kpis" / f"{text.split()[1]}.yaml").write_text(text)
    return open_workspace(folder, NOW)


def planning(where: Workspace) -> Snapshot:
    """A snapshot in which PLANNER, who is nobody of the company, may set targets, whatever the settings say."""
    access = where.settings.access
    more = access.model_copy(update={"hr": (*access.hr, PLANNER)})
    return open_snapshot(replace(where, settings=where.settings.model_copy(update={"access": more})))


def in_force(where: Workspace, *names: str, since: date = date(2026, 1, 1)) -> None:
    """Take plans from draft to active, whoever the settings let do so."""
    first, second = "first@example.org", "second@example.org"
    access = where.settings.access.model_copy(update={"hr": (PLANNER,), "approver": (first, second)})
    snapshot = open_snapshot(replace(where, settings=where.settings.model_copy(update={"access": access})))
    for name in names:
        lifecycle.review(snapshot, name, PLANNER, NOW, f"review {name}")
        for who in (first, second):
            lifecycle.approve(snapshot, name, who, NOW, f"{who} {name}", lifecycle.nothing)
        lifecycle.activate(snapshot, name, since, PLANNER, NOW, f"activate {name}")


def set_targets(where: Workspace, text: str) -> None:
    """Take in targets as PLANNER."""
    import_targets(planning(where), text, Change(PLANNER), NOW)


def fill(where: Workspace, dataset: str, rows: Sequence[Mapping[str, Any]], delivery: str = "d1") -> None:
    """Append rows to a dataset of the lake as if they had been admitted."""
    contract = where.contracts[dataset]
    schema = pa.schema(
        [(c.name, ARROW[c.kind]) for c in contract.lake_columns] + [("_delivery", pa.string()), ("_row", pa.int64())]
    )
    full = [
        dict.fromkeys(schema.names) | dict(row) | {"_delivery": delivery, "_row": at + 1} for at, row in enumerate(rows)
    ]
    table = pa.Table.from_pylist(full, schema=schema)
    append(Lake(where.lake).open(dataset, schema), table.to_reader())


FCR = """id: fcr
version: 1
title: First-contact resolution
question: How often at once?
promise: solved
direction: higher
dataset: service_cases
when: opened_at
period_of: opened
measure: {kind: share, value: first_contact_resolved}
credit: {person: person, department: department}
cuts: {channel: channel}
unit: percent
guardrail: cost per case
"""
PROMISES = "promises:\n  - {id: solved, title: Solved at the first contact}\n  - {id: fair, title: Fair when things go wrong}\n"
TARGETS = """targets:
  - {id: fcr_company, kpi: fcr, scope: company, period: 2026-Q3, threshold: 60, target: 70, stretch: 80}
  - {id: fcr_north, kpi: fcr, scope: "department:north", period: 2026-Q3, threshold: 60, target: 70, stretch: 80,
     parent: fcr_company, share: 0.5}
  - {id: fcr_south, kpi: fcr, scope: "department:south", period: 2026-Q3, threshold: 60, target: 70, stretch: 80,
     parent: fcr_company, share: 0.5}
  - {id: fcr_next, kpi: fcr, scope: company, period: 2026-Q4, threshold: 60, target: 70, stretch: 80}
"""
PLAN = """id: service
title: Service plan
version: 1
frequency: quarter
participants: {departments: [all]}
opportunity: {percent_of_salary: 10}
paid_figure: team
decimals: 1
components:
  - {id: own, title: "First contact, department", weight: 60, kpi: fcr, scope: own_department, min_n: 20,
     curve: {points: [[0, 50], [100, 100], [200, 150]]}}
  - {id: company, title: "First contact, company", weight: 40, kpi: fcr, scope: company, curve: {points: [[0, 50], [100, 100], [200, 150]]}}
cap: 150
"""
HIRED = {"hired_on": date(2020, 1, 1), "contract_hours": 40.0, "full_time_hours": 40.0}


def company(folder: Path, settings: str = SETTINGS, levels: Sequence[str] = ()) -> Workspace:
    """Two departments of three people each; north solves 80 of 100 cases at once, south 60, in the third quarter of 2026.

    The `levels` are the people's in turn.
    """
    where = workspace(folder, [FCR], settings, PROMISES)
    tree = [("all", None), ("north", "all"), ("south", "all")]
    fill(where, "departments", [{"department": name, "name": name.title(), "parent": parent} for name, parent in tree])
    people = [(f"p_{at}", "north" if at < 3 else "south") for at in range(6)]
    fill(where, "people", [{"person": person} for person, _ in people])
    since = {"valid_from": date(2026, 1, 1)}
    fill(
        where,
        "assignments",
        [{"person": person, "department": place, "share": 1_000_000, **since} for person, place in people],
    )
    base = {"amount": 4_000_000, "currency": "EUR", "amount_is": "full_time", **since}
    rank = {person: {"level": levels[at % len(levels)]} for at, (person, _) in enumerate(people)} if levels else {}
    fill(where, "pay_basis", [{"person": person, **base, **rank.get(person, {})} for person, _ in people])
    hours = {"p_5": {"contract_hours": 20.0}}
    fill(where, "employment", [{"person": person, **HIRED, **hours.get(person, {})} for person, _ in people])
    cases = [(place, at, at < (80 if place == "north" else 60)) for place in ("north", "south") for at in range(100)]
    moments = [datetime(2026, 7, 6, 9, tzinfo=UTC) + timedelta(days=at % 80) for _, at, _ in cases]
    rows = [
        {
            "case_id": f"{place}{at}",
            "opened_at": moment,
            "first_contact_resolved": good,
            "contacts": 1,
            "department": place,
            "channel": "phone",
        }
        for (place, at, good), moment in zip(cases, moments, strict=True)
    ]
    fill(where, "service_cases", rows)
    with session(where.engine) as records:
        records.add_all(
            Identity(surrogate=f"p_{at}", kind="person", external=f"E{at}", name=f"Person {at}") for at in range(6)
        )
    build(where)
    set_targets(where, TARGETS)
    import_plan(open_snapshot(where), PLAN, NOW)
    return where


def demo_company(folder: Path) -> Workspace:
    """The company after its third quarter was paid, with an agreement, as a workspace whose eyes a viewer may pick."""
    where = company(folder)
    pay.run(open_snapshot(where), "service", "2026-Q3", "HR", NOW)
    terms = {
        "parties": "council, HR",
        "scope": "all",
        "kpis": "all",
        "purposes": "own view",
        "viewers": "self",
        "retention": "24 months",
    }
    agreements.record(where, NOW.date(), **terms)
    (folder / "goldenthread.toml").write_text(SETTINGS.replace("as_of", "demo = true\nas_of"))
    return where
