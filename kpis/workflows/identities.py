"""Who surrogate keys stand for: the only way from a key to a name."""

from collections.abc import Sequence
from string import ascii_lowercase, ascii_uppercase

from sqlmodel import col, func, or_, select

from data_contracts.problems import Problem, raise_if
from kpis.records.session import session
from kpis.records.tables import Identity
from kpis.workspace import Workspace

LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


def names(workspace: Workspace) -> dict[str, str]:
    """The name of every person, by surrogate; the employee number where no name was delivered."""
    with session(workspace.engine) as records:
        rows = records.exec(select(Identity).where(Identity.kind == "person")).all()
    return {row.surrogate: row.name or row.external for row in rows}


def numbers(workspace: Workspace) -> dict[str, str]:
    """The employee number of every person, by surrogate."""
    with session(workspace.engine) as records:
        query = select(Identity.surrogate, Identity.external).where(Identity.kind == "person")
        return dict(records.exec(query).all())


def address(email: str) -> str:
    """An e-mail address as two of them are compared: without blanks around it, and A to Z alike in both cases.

    No other letter is folded: for Python the Kelvin sign is a k, and for SQL's LIKE `_` is any letter.
    """
    return email.strip().translate(LOWER)


def by_email(workspace: Workspace, email: str) -> list[Identity]:
    """Everyone who was delivered with exactly that address, but for the case of A to Z; nobody for an empty one."""
    wanted = address(email)
    with session(workspace.engine) as records:
        query = select(Identity).where(Identity.kind == "person", col(Identity.email).is_not(None))
        near = records.exec(query.where(func.lower(func.trim(Identity.email)) == func.lower(wanted))).all()
    return [row for row in near if wanted and address(row.email or "") == wanted]


def surrogate(workspace: Workspace, person: str) -> str:
    """The surrogate of an employee number, or the surrogate itself; raises Problems for nobody."""
    return surrogates(workspace, [person])[0]


def surrogates(workspace: Workspace, people: Sequence[str]) -> list[str]:
    """The surrogates of employee numbers or surrogates, in their order; raises Problems for everybody unknown."""
    with session(workspace.engine) as records:
        query = select(Identity.external, Identity.surrogate).where(Identity.kind == "person")
        if len(people) == 1:
            query = query.where(or_(Identity.external == people[0], Identity.surrogate == people[0]))
        rows = records.exec(query).all()
    known = {key: key for _, key in rows} | dict(rows)
    step = "Look it up in people."
    raise_if(
        Problem("PERSON", "an employee number of this workspace", repr(each), step)
        for each in people
        if each not in known
    )
    return [known[each] for each in people]


def one(workspace: Workspace, key: str) -> Identity:
    """The identity behind a surrogate; one without a name where it was erased."""
    with session(workspace.engine) as records:
        found = records.get(Identity, key)
    return found or Identity(surrogate=key, kind="person", external=key)
