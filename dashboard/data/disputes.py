"""Disputes of a run: the contested lines for who may decide them, and the decision, authorised again by the workflow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard import access
from dashboard.access import Viewer
from dashboard.components.once import spent, token
from dashboard.data.core import allow, moment, snapshot, workspace
from dashboard.data.payouts import acting, stands
from dashboard.data.plainly import plainly
from dashboard.data.slips import book
from dashboard.slip_beside import line_names
from dashboard.words import _
from data_contracts.problems import Problem, Problems
from kpis.workflows import disputes, identities, payruns
from kpis.workflows.looked import Looked
from kpis.workflows.slip_beside import Contested
from kpis.workflows.slip_figures import Read


@dataclass(frozen=True)
class ContestedLine:
    """A contested line: whose, what it is called, what it is worth now (minor units), the figures it was paid on, the dispute."""

    name: str
    line: str
    worth: int
    figures: Sequence[Read]
    dispute: Contested


def may_decide(viewer: Viewer, run: str) -> bool:
    """Whether the contested lines of a run are for the viewer."""
    return bool(access.may_decide_disputes(viewer, *stands(viewer, payruns.looked(workspace(), run))))


def contested(viewer: Viewer, run: str) -> list[ContestedLine]:
    """Every contested line of a run, open ones first; nothing else of anybody's payout."""
    allow(access.may_see_page(viewer, "payout"))
    at = payruns.looked(workspace(), run)
    allow(access.may_decide_disputes(viewer, *stands(viewer, at)))
    names = identities.names(workspace())
    people = sorted({each.person for each, _decided in at.disputes})
    found = [row for person in people for row in _of(at, person, names)]
    return sorted(found, key=lambda each: (each.dispute.outcome != "open", each.dispute.number))


def _of(at: Looked, person: str, names: Mapping[str, str]) -> list[ContestedLine]:
    held = book(snapshot(), at.run.id)
    if person not in held.people:
        return []  # an older run of the period paid them; this one does not
    full = held.of(person)
    lines = line_names(full)
    return [
        ContestedLine(
            names.get(person, person), lines.get(each.component, each.component), full.beside.lines.get(each.component, 0),
            [one for one in full.figures if each.component in one.reads], each,
        )
        for each in full.beside.disputes
    ]  # fmt: skip


def why_not_decide(viewer: Viewer, number: int) -> list[str]:
    """What keeps the viewer from deciding a dispute, in words; nothing means that they may."""
    if not acting(viewer):
        return [_("You look as a role, not as a person.")]
    return [plainly(each.actual) for each in disputes.why_not(snapshot(), number, acting(viewer), moment())]


def decide_dispute(viewer: Viewer, run: str, number: int, amount: int, reason: str) -> None:
    """Grant a dispute by an amount in minor units, or refuse it with 0, as the viewer and once. Raises Problems with what hinders it."""
    known = {each.dispute.number for each in contested(viewer, run)}
    if number not in known:
        step = _("Open the page again.")
        raise Problems([Problem(_("Dispute"), _("a dispute of this run"), str(number), step)])
    key = f"dispute {number}"
    disputes.decide(snapshot(), number, bool(amount), reason, acting(viewer), moment(), token(key), amount)
    spent(key)
