"""The demo company's approvals: plans put into force, the second quarter closed, the third waiting, one line contested,
one claim of clawback proposed.

Everybody acts through the same rules as in any workspace: nobody here decides their own pay.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kpis.workflows import clawbacks, disputes, lifecycle, pay, payruns, people
from kpis.workspace import Snapshot

BOARD, AUDIT = "board@ardenmoor.example", "audit@ardenmoor.example"
LEADERSHIP = "leadership"
SINCE = date(2026, 4, 1)
RELEASED = "Talked to the head of the department: the cases were closed in time, and the gate held."
CANCELLED = "cancelled orders"
WHY = "Orders of June that this was paid on were cancelled in August; their part is a tenth."
LOOKED = "Looked at; the rule of the plan applies."


@dataclass(frozen=True)
class People:
    """Who acts, by address: HR's clerk, whom no plan pays, and the heads of HR and finance, paid by leadership."""

    clerk: str
    hr: str
    finance: str

    def approvers(self, plan: str) -> tuple[str, str]:
        """Two people who may approve the plan: heads, or those outside for what the heads are paid by."""
        return (BOARD, AUDIT) if plan == LEADERSHIP else (self.finance, self.hr)


def in_force(
    snapshot: Snapshot, plans: list[str], who: People, now: datetime, blocks: lifecycle.Blocks | None = None
) -> None:
    """Review, approve and activate every plan; `blocks` as in `lifecycle.approve`."""
    for name in plans:
        lifecycle.review(snapshot, name, who.clerk, now, f"review {name}")
        for at, by in enumerate(who.approvers(name), 1):
            lifecycle.approve(snapshot, name, by, now + timedelta(days=at), f"approve {name} {at}", blocks)
        lifecycle.activate(snapshot, name, SINCE, who.clerk, now + timedelta(days=3), f"activate {name}")


def paid(snapshot: Snapshot, plan: str, period: str, who: People, now: datetime, closed: bool) -> None:
    """Calculate and check a quarter; close it too, or leave it with what is held to its approver."""
    run, _ = payruns.calculate(snapshot, plan, period, who.clerk, now)
    at = payruns.looked(snapshot.workspace, run.id)
    later = [now + timedelta(hours=2, days=each) for each in range(4)]
    if any(at.choice(each) == "open" for each in at.exceptions):
        payruns.decide(snapshot, run.id, payruns.ALL, "pay", LOOKED, who.clerk, later[0], f"decide {run.id}")
    for each in at.exceptions if closed else ():
        if each.held:
            payruns.decide(
                snapshot, run.id, each.number, "pay", RELEASED, who.clerk, later[0], f"{run.id} {each.number}"
            )
    asked = who.approvers(plan)[0]
    payruns.check(snapshot, run.id, asked, who.clerk, later[1], f"check {run.id}")
    if closed:
        to_open = sorted(payruns.looked(snapshot.workspace, run.id).to_open)
        payruns.opened(snapshot, run.id, to_open, asked, later[2])
        payruns.approve(snapshot, run.id, asked, later[2], f"approve {run.id}")
        payruns.close(snapshot, run.id, who.clerk, later[3], f"close {run.id}")


def contested(snapshot: Snapshot, run: str, now: datetime) -> None:
    """Somebody contests a line that was paid on the team's figure."""
    paid_people = [each["person"] for each in pay.document(snapshot.workspace, run)["run"]["participants"]]
    text = "My own cases should count: I closed more than the plan's minimum."
    by = next(each for each in paid_people if people.employed(snapshot, each))
    disputes.open_(snapshot, run, by, "first_time", text, by, now - timedelta(days=60), "the dispute")


def claimed(snapshot: Snapshot, run: str, clerk: str, now: datetime) -> None:
    """HR's clerk proposes to claim back a tenth of what an adviser was paid, for orders that were cancelled since."""
    paid_people = [each["person"] for each in pay.document(snapshot.workspace, run)["run"]["participants"]]
    asked = (each for each in paid_people if people.employed(snapshot, each))
    for who in asked:
        found = clawbacks.look(snapshot.workspace, who, CANCELLED, now.date()).get(run)
        if found and found.amount:
            amount = -(-found.paid // 10)
            clawbacks.propose(snapshot, run, who, CANCELLED, now.date(), WHY, clerk, now, "the clawback", amount)
            return
