"""Whose eyes: from Streamlit's sign-in, from `serve --as`, or, in a demo workspace, from the viewer's own choice."""

from collections.abc import Mapping

from dashboard.access import GIVEN, Viewer, viewer_of
from dashboard.words import _
from data_contracts.problems import Problem, Problems
from kpis.organisation import Organisation
from kpis.workflows import identities, people
from kpis.workspace import Snapshot, Workspace, open_snapshot


def viewer_as(workspace: Workspace, who: str) -> Viewer:
    """The viewer that `serve --as` names: a role, an address, or a person by employee number. Raises Problems for nobody."""
    return viewer_in(open_snapshot(workspace), who)


def viewer_in(snapshot: Snapshot, who: str) -> Viewer:
    """The same, over an open snapshot."""
    if who in GIVEN:
        return Viewer(None, who, frozenset({who}))
    if "@" in who:
        return signed_in(snapshot, {"email": who})
    person = identities.surrogate(snapshot.workspace, who)
    return _person(snapshot, person, "")


def signed_in(snapshot: Snapshot, user: Mapping[str, object]) -> Viewer:
    """The viewer of a signed-in e-mail address; someone unknown has no role and sees nothing.

    Of several people with one address it is the one who works here now. Raises Problems where that is more than one, and
    for an address that the identity provider says is not verified (some say it as text).
    """
    email = str(user.get("email") or "")
    if str(user.get("email_verified", True)).lower() != "true":
        raise Problems(
            [Problem("sign-in", "a verified e-mail address", email, "Verify it with your identity provider.")]
        )
    everyone = [each.surrogate for each in identities.by_email(snapshot.workspace, email)]
    here = [each for each in everyone if people.employed(snapshot, each)] or everyone[:1]
    if len(here) > 1:
        raise Problems([Problem("sign-in", "the address of one person", f"{email}, of {len(here)}", "Tell HR.")])
    if not here:
        return viewer_of(None, email, email, _given(snapshot.workspace), Organisation(()), ())
    return _person(snapshot, here[0], email)


def _person(snapshot: Snapshot, person: str, email: str) -> Viewer:
    workspace = snapshot.workspace
    who = identities.one(workspace, person)
    departments = people.departments(snapshot, person)
    given = _given(workspace)
    if not people.employed(snapshot, person):
        return Viewer(None, who.name or who.external, frozenset())
    return viewer_of(person, who.name or who.external, who.email or email, given, snapshot.organisation, departments)


def _given(workspace: Workspace) -> dict[str, tuple[str, ...]]:
    access = workspace.settings.access
    return {role: getattr(access, role) for role in GIVEN}


def choices(snapshot: Snapshot) -> dict[str, str]:
    """Whose eyes a demo offers: roles, heads of departments, and one employee of each department, by name."""
    names = identities.names(snapshot.workspace)
    found = {"leader": _("Leadership"), "hr": _("HR"), "steward": _("Data steward")}
    for each in snapshot.organisation.departments:
        if each.head:
            found[each.head] = _("{name}, head of {department}").format(
                name=names.get(each.head, ""), department=each.name
            )
    for mail in snapshot.workspace.settings.access.approver:
        if not identities.by_email(snapshot.workspace, mail):
            found[mail] = _("{name}, approves, from outside").format(name=mail)
    for person, department in people.examples(snapshot):
        found.setdefault(
            person,
            _("{name}, {department}").format(
                name=names.get(person, ""), department=snapshot.organisation.name(department)
            ),
        )
    return found
