"""Where people work, and until when: read from the snapshot on every rerun, so that a leaver is out at the next one."""

from kpis.workspace import Snapshot


def departments(snapshot: Snapshot, person: str) -> tuple[str, ...]:
    """The departments a person is assigned to today."""
    sql = """SELECT department FROM assignments WHERE person = $person AND valid_from <= $today
             AND (valid_to IS NULL OR valid_to >= $today) ORDER BY 1"""
    rows = snapshot.rows(sql, person=person, today=snapshot.workspace.today)
    return tuple(rows.column("department").to_pylist())


def employed(snapshot: Snapshot, person: str) -> bool:
    """Whether a person is employed today; where no employment was delivered, everybody known is."""
    if "employment" not in snapshot.lake.versions:
        return True
    sql = "SELECT count(*) AS n FROM employment WHERE person = $person AND hired_on <= $today AND (left_on IS NULL OR left_on >= $today)"
    return bool(snapshot.rows(sql, person=person, today=snapshot.workspace.today).column("n")[0].as_py())


def manager(snapshot: Snapshot, person: str) -> str | None:
    """The surrogate of a person's manager."""
    rows = snapshot.rows("SELECT manager FROM people WHERE person = $person", person=person)
    return rows.column("manager")[0].as_py() if rows.num_rows else None


def examples(snapshot: Snapshot) -> list[tuple[str, str]]:
    """One person of each department who works there now, with the department."""
    sql = """SELECT min_by(person, valid_from) AS person, department FROM assignments
             WHERE valid_from <= $today AND valid_to IS NULL GROUP BY department ORDER BY department"""
    return [
        (row["person"], row["department"]) for row in snapshot.rows(sql, today=snapshot.workspace.today).to_pylist()
    ]
