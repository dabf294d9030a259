"""Targets and plans as workbooks, both ways: the rules that read YAML decide, and each problem names its cell."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from data_contracts.problems import Problem, Problems
from kpis import targets as rules
from kpis.incentives import plan as language
from kpis.records.tables import PlanRecord
from kpis.sheets import plan_reading
from kpis.sheets import plans as plan_sheets
from kpis.sheets import targets as target_sheets
from kpis.targets import Target
from kpis.workflows import aim, plans, workbooks
from kpis.workflows.workbook_writing import Table, write
from kpis.workspace import Snapshot, Workspace

RULES = (
    ("Rules", ""),
    (
        "Columns",
        "May stand in any order; a title nobody knows is refused. The comment on a title says what belongs there.",
    ),
    ("Numbers", "Real numbers, exact: 74.5, never '74,5' as text. More digits than the field knows are refused."),
    ("Formulas", "Are refused: paste values. What a formula showed last may be stale."),
    ("Import", "All problems are told at once, each with its cell. Importing an unchanged export changes nothing."),
)
STARTER = """id: example
title: An example to change
participants: {departments: [everyone]}
opportunity: {percent_of_salary: 10}
components:
  - {id: first, title: First figure, weight: 100, kpi: a_kpi, scope: own_department, curve: {points: [[0, 50], [100, 100], [200, 150]]}}
"""


def lists(snapshot: Snapshot) -> dict[str, Sequence[str]]:
    """What cells may be chosen from: the names this workspace knows."""
    departments = sorted(snapshot.organisation.by_id)
    scopes = ["company", "own_department", "self", *(f"department:{each}" for each in departments)]
    return {
        "kpis": sorted(snapshot.workspace.kpis),
        "scopes": scopes,
        "departments": departments,
        "targets": sorted(aim.current(snapshot.workspace)),
        "whats": ["points", "tiers", "scale"],
    }


def about(workspace: Workspace, what: str, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The sheet Read me: what the workbook holds, whose, as of when, and how it is filled in."""
    company = workspace.settings.company
    return [("What", what), ("Company", company.name), ("As of", workspace.today.isoformat()), *more, *RULES]


# Targets


def export_targets(snapshot: Snapshot) -> bytes:
    """The current targets as a workbook, people under their employee number; without any, a template."""
    held = rules.parse(aim.export_targets(snapshot.workspace))
    told = about(
        snapshot.workspace, "Targets: one a row.", ("Order", "Threshold, target and stretch rise, or fall, strictly.")
    )
    listed = target_sheets.rows(held)
    return write(told, [Table(target_sheets.SHEET, target_sheets.HEADS, listed)], lists(snapshot))


def import_targets(snapshot: Snapshot, file: Path, by: str, now: datetime) -> tuple[Target, ...]:
    """Take in the targets of a workbook as `aim.import_targets` does; raises Problems that name the cells."""
    book = workbooks.read(file)
    known = {each.id: each for each in rules.parse(aim.export_targets(snapshot.workspace))}
    text, _, by_id = target_sheets.read(book, known)
    try:
        return aim.import_targets(snapshot, text, aim.Change(by), now, file.name)
    except Problems as problems:
        raise Problems(target_sheets.at_cells(problems, list(by_id.values()), by_id)) from problems


# Plans


def export_plan(snapshot: Snapshot, name: str = "") -> bytes:
    """The newest version of a plan as a workbook; an example to change where none is named and the workspace has none."""
    held = plans.current(snapshot.workspace)
    if not name and len(held) > 1:
        step = f"Name one with --plan: {', '.join(sorted(held))}."
        raise Problems([Problem("--plan", "the plan to export", f"nothing, of {len(held)}", step)])
    found = plans.one(snapshot.workspace, name) if name else next(iter(held.values()), None) or language.parse(STARTER)
    as_written = language.parse(plans.numbered(snapshot.workspace, language.to_yaml(found)))
    told = about(
        snapshot.workspace, f"The plan {found.id}, version {found.version}.",
        ("Content hash", found.digest()), ("Sheets", "Plan, Components, Curves, Gates, Modifiers, Sections and Examples."),
        ("More (YAML)", "What no sheet has a column for, in the plan language; keep it as it is, or read docs/plan-language.md."),
    )  # fmt: skip
    tables = [Table(title, heads, rows) for title, (heads, rows) in plan_sheets.sheets(as_written).items()]
    return write(told, tables, lists(snapshot))


def import_plan(snapshot: Snapshot, file: Path, now: datetime) -> PlanRecord:
    """Take in the plan of a workbook as `plans.import_plan` does; raises Problems that name the cells."""
    text, reading = plan_reading.read(workbooks.read(file))
    try:
        return plans.import_plan(snapshot, text, now, file.name)
    except Problems as problems:
        raise Problems(plan_reading.at_cells(problems, reading, file.name)) from problems
