from datetime import UTC, date, datetime
from pathlib import Path

from kpis.workflows.build import build
from kpis.workflows.measure import by_cut, exact, figures, members, uncredited
from kpis.workspace import open_snapshot
from tests.kpis.small import FCR as SOLVED
from tests.kpis.small import fill, workspace

FCR = SOLVED.replace("promise: solved\n", "") + "min_n_show: 1\n"


def case(at: int, day: str, good: bool, **more: object) -> dict[str, object]:
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return {"case_id": f"k{at}", "opened_at": moment, "first_contact_resolved": good, "contacts": 1, **more}


def department(name: str, parent: str | None = None) -> dict[str, object]:
    return {"department": name, "name": name.title(), "parent": parent}


def test_a_figure_rolls_up_the_tree_and_keeps_what_nobody_is_credited_for(tmp_path: Path) -> None:
    where = workspace(tmp_path, [FCR])
    fill(where, "departments", [department("all"), department("north", "all"), department("south", "all")])
    cases = [
        case(1, "2026-11-02", True, department="north"),
        case(2, "2026-11-03", False, department="north", channel="chat"),
    ]
    cases += [case(3, "2026-11-03", True, department="south"), case(4, "2026-11-09", True)]
    fill(where, "service_cases", cases)
    build(where)
    snapshot = open_snapshot(where)
    kpi, month = where.kpis["fcr"], where.settings.calendar.parse("2026-11")
    found = figures(snapshot, kpi, ["company", "department:all", "department:north", "joint:north+south"], [month])
    assert [(each.scope, each.n, each.value) for each in found] == [
        ("company", 4, 0.75), ("department:all", 3, 2 / 3), ("department:north", 2, 0.5), ("joint:north+south", 3, 2 / 3),
    ]  # fmt: skip
    assert members(snapshot, kpi, "department", [month]) == ["department:all", "department:north", "department:south"]
    assert uncredited(snapshot, kpi, month) == {"nobody named": 1.0}
    assert [(each.scope, each.n) for each in by_cut(snapshot, kpi, "channel", [month])] == [
        ("channel:", 3),
        ("channel:chat", 1),
    ]


def test_the_department_is_that_of_the_assignment_on_the_day_and_shares_split_linearly(tmp_path: Path) -> None:
    where = workspace(tmp_path, [FCR])
    fill(where, "departments", [department("all"), department("north", "all"), department("south", "all")])
    old = {
        "person": "p_1",
        "department": "north",
        "share": 1_000_000,
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2026, 11, 2),
    }
    new = [
        {**old, "department": name, "share": share, "valid_from": date(2026, 11, 3), "valid_to": None}
        for name, share in (("north", 400_000), ("south", 600_000))
    ]
    fill(where, "assignments", [old, *new])
    fill(
        where, "service_cases", [case(1, "2026-11-02", True, person="p_1"), case(2, "2026-11-03", False, person="p_1")]
    )
    build(where)
    snapshot, month = open_snapshot(where), where.settings.calendar.parse("2026-11")
    scopes = ["company", "department:north", "department:south", "person:p_1"]
    found = exact(snapshot, where.kpis["fcr"], scopes, [month])
    assert [(each.n, each.value) for each in found] == [(2, 0.5), (1.4, 1 / 1.4), (0.6, None), (2, 0.5)]


def test_a_build_with_nothing_new_writes_nothing_and_a_new_week_touches_its_slice_only(tmp_path: Path) -> None:
    where = workspace(tmp_path, [FCR])
    fill(where, "service_cases", [case(1, "2026-10-05", True), case(2, "2026-10-12", True)])
    first = build(where)
    assert first.kpis == {"fcr": None}
    again = build(where)
    assert (again.kpis, again.version) == ({}, first.version)
    fill(where, "service_cases", [case(3, "2026-10-13", False)], delivery="d2")
    assert build(where).kpis == {"fcr": (date(2026, 10, 12),)}
    step = open_snapshot(where).rows("SELECT * FROM facts ORDER BY ALL").to_pylist()
    build(where, everything=True)
    assert open_snapshot(where).rows("SELECT * FROM facts ORDER BY ALL").to_pylist() == step
