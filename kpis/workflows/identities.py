"""Who surrogate keys stand for: the only way from a key to a name."""

from sqlmodel import col, or_, select

from data_contracts.problems import Problem, Problems
from kpis.records.session import session
from kpis.records.tables import Identity
from kpis.workspace import Workspace


def names(workspace: Workspace) -> dict[str, str]:
    """The name of every person, by surrogate; the employee number where no name was delivered."""
    with session(workspace.engine) as records:
        rows = records.exec(select(Identity).where(Identity.kind == "person")).all()
    return {row.surrogate: row.name or row.external for row in rows}


def by_email(workspace: Workspace, email: str) -> Identity | None:
    """The one person who signs in with that address, whatever its case; None where there is none or more than one."""
    with session(workspace.engine) as records:
        rows = records.exec(select(Identity).where(Identity.kind == "person", col(Identity.email).ilike(email))).all()
    return rows[0] if len(rows) == 1 else None


def surrogate(workspace: Workspace, person: str) -> str:
    """The surrogate of an employee number, or the surrogate itself; raises Problems for nobody."""
    with session(workspace.engine) as records:
        query = select(Identity).where(
            Identity.kind == "person", or_(Identity.external == person, Identity.surrogate == person)
        )
        found = records.exec(query).first()
    if found is None:
        raise Problems(
            [Problem("PERSON", "an employee number of this workspace", repr(person), "Look it up in people.")]
        )
    return found.surrogate


def one(workspace: Workspace, key: str) -> Identity:
    """The identity behind a surrogate; one without a name where it was erased."""
    with session(workspace.engine) as records:
        found = records.get(Identity, key)
    return found or Identity(surrogate=key, kind="person", external=key)
