"""Who acts: a person of the company by number, or somebody outside its data by an address that was given a role."""

from dataclasses import dataclass

from data_contracts.problems import Problem, Problems, did_you_mean
from kpis.workflows import identities, people
from kpis.workspace import Snapshot, Workspace

APPROVERS = frozenset({"leader", "head", "hr", "approver"})
RIGHTS = {
    "calculate": frozenset({"hr"}),
    "check": frozenset({"hr"}),
    "decide": APPROVERS,
    "approve": APPROVERS,
    "close": frozenset({"hr", "leader", "approver"}),
    "send back": APPROVERS,
    "decide a dispute": APPROVERS,
    "propose a clawback": frozenset({"hr"}),
    "decide a clawback": APPROVERS,
    "review plan": APPROVERS,
    "approve plan": APPROVERS,
    "activate plan": frozenset({"hr"}),
    "release data": frozenset({"steward", "hr"}),
    "change a target": frozenset({"leader", "head", "hr"}),
    "send letters": frozenset({"hr"}),
    "acknowledge for a holder": frozenset({"hr"}),
    "accept a definition": APPROVERS | {"steward"},
    "restart a baseline": APPROVERS | {"steward"},
    "record an agreement": frozenset({"leader", "hr"}),
}
GIVEN = ("leader", "hr", "steward", "approver")


@dataclass(frozen=True)
class Actor:
    """Somebody who decides: surrogate of a person, or address of somebody outside; with the roles that hold now."""

    key: str
    name: str
    roles: frozenset[str]
    inside: bool


def actor(snapshot: Snapshot, by: str, where: str = "--by") -> Actor:
    """Who `by` is: an employee number, a surrogate, or an address with a role.

    An address of somebody who works here is that person. Raises Problems, with their place, for nobody, and for somebody
    who left.
    """
    workspace = snapshot.workspace
    if "@" not in by:
        return _person(snapshot, _key(workspace, by, where), where)
    here = [each.surrogate for each in identities.by_email(workspace, by)]
    if len(here) > 1:
        raise Problems([Problem(where, "the address of one person", f"{by}, of {len(here)}", "Use a number.")])
    if here:
        return _person(snapshot, here[0], where)
    mail = identities.address(by)
    roles = given(workspace, mail)
    if not roles:
        raise Problems([_nobody(workspace, by, where)])
    return Actor(mail, mail, roles, inside=False)


def _key(workspace: Workspace, by: str, where: str) -> str:
    try:
        return identities.surrogate(workspace, by)
    except Problems as nobody:
        raise Problems([_nobody(workspace, by, where)]) from nobody


def _nobody(workspace: Workspace, by: str, where: str) -> Problem:
    given = {mail for role in GIVEN for mail in getattr(workspace.settings.access, role)}
    near = f"{did_you_mean(by, {*given, *identities.numbers(workspace).values()})} " if by else ""
    step = near + "Name an employee number, or give an address a role under [access] in goldenthread.toml."
    return Problem(where, "an employee number, or an address with a role", repr(by) if by else "nothing", step)


def _person(snapshot: Snapshot, key: str, where: str) -> Actor:
    who = identities.one(snapshot.workspace, key)
    if not people.employed(snapshot, key):
        raise Problems([Problem(where, "somebody who works here now", who.name or who.external, "Ask somebody else.")])
    roles = given(snapshot.workspace, identities.address(who.email or "")) | {"employee"}
    heads = any(each.head == key for each in snapshot.organisation.departments)
    return Actor(key, who.name or who.external, roles | ({"head"} if heads else set()), inside=True)


def given(workspace: Workspace, mail: str) -> frozenset[str]:
    """The roles that the settings give an address."""
    access = workspace.settings.access
    return frozenset(
        role for role in GIVEN if mail and mail in {identities.address(each) for each in getattr(access, role)}
    )


def refuse(who: Actor, step: str) -> list[Problem]:
    """Why the actor's roles do not allow a step; none when they do."""
    if who.roles & RIGHTS[step]:
        return []
    wanted = ", ".join(sorted(RIGHTS[step]))
    return [Problem(f"{step}, by {who.name}", f"one of the roles {wanted}", ", ".join(sorted(who.roles)), "Ask them.")]
