"""Who reads while others write sees one published state, never a mixture; and facts add up however they came about."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data_contracts.lake import Lake
from kpis.workflows.admit import admit
from kpis.workflows.build import build
from kpis.workflows.measure import figures
from kpis.workspace import Snapshot, Workspace, open_snapshot
from tests.kpis.small import NOW, company

HEADER = "case_id,customer,person,department,opened_at,closed_at,channel,reason,contacts,transfers,first_contact_resolved,reopened,status_told,complaint,promised_at\n"  # noqa: E501
WEEKS = 5


@dataclass(frozen=True)
class Reading:
    """One reading of one snapshot: the facts' version, and (answers, solved) of the company, of departments and people."""

    version: int
    company: tuple[float, int]
    places: tuple[float, int]
    people: tuple[float, int]
    rows: int


@pytest.fixture
def where(tmp_path: Path) -> Workspace:
    return company(tmp_path)


def delivery(folder: Path, week: int) -> Path:
    """Cases of one week, credited to people; each week of another size and share solved."""
    first = datetime(2026, 8, 3, 9, tzinfo=UTC) + timedelta(weeks=week)
    rows = [
        f"w{week}_{at},,E{at % 6},,{(first + timedelta(hours=at)):%Y-%m-%dT%H:%M:%SZ},,chat,,1,0,{str(at % (week + 2) == 0).lower()},,,,\n"
        for at in range(11 + 7 * week)
    ]
    file = folder / f"week{week}.csv"
    file.write_text(HEADER + "".join(rows))
    return file


def reading(snapshot: Snapshot, pause: threading.Event | None = None) -> Reading:
    """What one snapshot says; several questions, one after the other."""
    workspace = snapshot.workspace
    kpi, year = workspace.kpis["fcr"], workspace.settings.calendar.parse("2026")

    def total(*scopes: str) -> tuple[float, int]:
        if pause:
            pause.wait(0.01)
        found = figures(snapshot, kpi, scopes, [year])
        return round(sum(each.n for each in found), 6), sum(each.numerator or 0 for each in found)

    whole, places = total("company"), total("department:north", "department:south")
    people = total(*(f"person:p_{at}" for at in range(6)))
    rows = int(snapshot.rows("SELECT count(*) AS n FROM service_cases").column("n")[0].as_py())
    return Reading(snapshot.lake.versions["facts"], whole, places, people, rows)


def published(where: Workspace, folder: Path) -> Iterator[Reading]:
    """Admit and build week after week; what each published state says."""
    yield reading(open_snapshot(where))
    for week in range(WEEKS):
        admit(where, "service_cases", delivery(folder, week), NOW)
        build(where)
        yield reading(open_snapshot(where))


def consistent(snapshot: Snapshot) -> bool:
    """Whether the facts were built from data this snapshot holds, not from newer ones."""
    read = {name: at for each in snapshot.built.values() for name, at in each["datasets"].items()}
    return all(snapshot.lake.versions[name] >= at for name, at in read.items())


def test_a_reader_sees_only_published_states_while_admit_and_build_write(where: Workspace, tmp_path: Path) -> None:
    seen, faults, done = list[Reading](), list[object](), threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                snapshot = open_snapshot(where)
                seen.append(reading(snapshot, done))
                if not consistent(snapshot):
                    faults.append("facts newer than the data beside them")
            except Exception as error:
                faults.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(2)]
    for each in readers:
        each.start()
    try:
        states = {each.version: each for each in published(where, tmp_path)}
    finally:
        done.set()
        for each in readers:
            each.join()
    assert faults == []
    assert len(states) == WEEKS + 1
    assert {each.version for each in seen} <= set(states)
    assert len({each.version for each in seen}) > 2, "the readers saw too few states to tell"
    for each in seen:
        state = states[each.version]
        assert (each.company, each.places, each.people) == (state.company, state.places, state.people)
        assert each.rows >= each.company[0]


def test_departments_and_people_add_up_to_the_company_in_every_state(where: Workspace, tmp_path: Path) -> None:
    before, *later = published(where, tmp_path)
    assert before.people == (0, 0)
    for each in later:
        assert each.places == each.company
        added = each.company[0] - before.company[0], each.company[1] - before.company[1]
        assert each.people == added


def test_an_open_snapshot_stays_as_it_was_while_others_write(where: Workspace, tmp_path: Path) -> None:
    opened = open_snapshot(where)
    before = reading(opened)
    admit(where, "service_cases", delivery(tmp_path, 1), NOW)
    build(where)
    build(where, everything=True)
    assert reading(opened) == before
    assert reading(open_snapshot(where)).company != before.company


def test_what_was_admitted_and_not_built_yet_leaves_the_old_facts_whole(where: Workspace, tmp_path: Path) -> None:
    before = reading(open_snapshot(where))
    admit(where, "service_cases", delivery(tmp_path, 0), NOW)
    between = reading(open_snapshot(where))
    assert (between.version, between.company, between.people) == (before.version, before.company, before.people)
    assert between.rows == before.rows + 11
    build(where)
    assert reading(open_snapshot(where)).company[0] == before.company[0] + 11


def test_a_build_that_breaks_half_way_leaves_the_old_facts_and_the_next_one_mends_it(
    where: Workspace, tmp_path: Path
) -> None:
    before = reading(open_snapshot(where))
    admit(where, "service_cases", delivery(tmp_path, 0), NOW)

    def stop(step: str, _done: float) -> None:
        raise InterruptedError(step)

    with pytest.raises(InterruptedError):
        build(where, progress=stop)
    assert reading(open_snapshot(where)).company == before.company
    build(where)
    assert reading(open_snapshot(where)).company[0] == before.company[0] + 11


def test_built_week_by_week_in_any_order_or_at_once_the_facts_are_the_same(where: Workspace, tmp_path: Path) -> None:
    for week in (2, 0, 1):
        admit(where, "service_cases", delivery(tmp_path, week), NOW)
        build(where)
    step = open_snapshot(where).rows("SELECT * FROM facts ORDER BY ALL").to_pylist()
    build(where, everything=True)
    assert open_snapshot(where).rows("SELECT * FROM facts ORDER BY ALL").to_pylist() == step


def test_facts_are_read_before_the_data_they_were_built_from(where: Workspace) -> None:
    assert next(iter(Lake(where.lake).snapshot().versions)) == "facts"
