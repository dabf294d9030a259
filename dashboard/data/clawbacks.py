"""Claims on what a run paid: for HR, who proposes, and for another person, who decides; each authorised again by the workflow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard import access
from dashboard.access import Viewer
from dashboard.components.once import spent, token
from dashboard.data.core import allow, moment, snapshot, workspace
from dashboard.data.payouts import acting, stands
from dashboard.words import _
from data_contracts.problems import Problem, Problems
from kpis.incentives import evidence
from kpis.incentives.clawback import Claim
from kpis.incentives.terms import Clawback
from kpis.workflows import clawbacks, identities, pay, payruns
from kpis.workflows.clawbacks import Claimed


@dataclass(frozen=True)
class Claims:
    """The claims on a run's payouts with the name of whom each concerns, the plan's terms, and whom HR may propose one for."""

    rows: Sequence[tuple[str, Claimed]]
    terms: Clawback | None
    people: dict[str, str]


def claims(viewer: Viewer, run: str) -> Claims:
    """The claims of a run; nothing for who may neither propose nor decide one."""
    at = payruns.looked(workspace(), run)
    if not access.may_decide_disputes(viewer, *stands(viewer, at)):
        return Claims((), None, {})
    names, document = identities.names(workspace()), pay.document(workspace(), run)["run"]
    rows = [(names.get(each.claim.person, each.claim.person), each) for each in clawbacks.every(workspace(), run)]
    paid = {each: names.get(each, each) for each in sorted({place[0] for place in at.paid})}
    people = paid if "hr" in viewer.roles and at.ever_closed else {}
    return Claims(rows, evidence.read(document).plan.clawback, people)


def claimable(viewer: Viewer, run: str, person: str, cause: str, event: date) -> Claim:
    """What the plan's terms let be claimed back of a person's payout of a run, or why nothing: HR only."""
    allow(access.may_see_page(viewer, "payout"))
    allow(access.may_see_pay(viewer, f"person:{person}", snapshot().organisation))
    return clawbacks.look(workspace(), person, cause, event)[run]


def propose_claim(viewer: Viewer, run: str, person: str, cause: str, event: date, reason: str) -> None:
    """Propose to claim back what the terms allow, as the viewer and once. Raises Problems with what hinders it."""
    allow(access.may_see_page(viewer, "payout"))
    key = f"claim {run} {person} {cause}"
    clawbacks.propose(snapshot(), run, person, cause, event, reason, acting(viewer), moment(), token(key))
    spent(key)


def decide_claim(viewer: Viewer, run: str, number: int, accept: bool, reason: str) -> None:
    """Accept or drop a claim of a run, as the viewer and once. Raises Problems with what hinders it."""
    allow(access.may_see_page(viewer, "payout"))
    if number not in {each.claim.entry for _name, each in claims(viewer, run).rows}:
        step = _("Open the page again.")
        raise Problems([Problem(_("Clawback"), _("a claim of this run"), str(number), step)])
    key = f"claim {number}"
    clawbacks.decide(snapshot(), number, accept, reason, acting(viewer), moment(), token(key))
    spent(key)
