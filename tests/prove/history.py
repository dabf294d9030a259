"""A company in whose records every table has rows: what the proof of tamperings tampers with."""

from decimal import Decimal
from pathlib import Path

from sqlmodel import SQLModel

from kpis.records.aims import UsedToken
from kpis.records.payroll import AccrualBooking, AccrualRecord, Handover, PaymentFile, PaymentRecord, PayrollFile
from kpis.records.runs import ClawbackClaim, ClawbackDecision, ClawbackSetOff
from kpis.records.session import session
from kpis.records.tables import ChartBaseline, DefinitionVersion
from kpis.workflows import agreements, aim, chain, kept_heads, letters, pay, plans
from kpis.workspace import Workspace, open_snapshot
from tests.kpis.approved import HR, SECOND, approved_company, token
from tests.kpis.restated import restated
from tests.kpis.small import NOW, PLAN

FIRST, RUN, TRIAL = "service.2026-Q3.1", "service.2026-Q3.2", "third.2026-Q3.1"
TERMS = {
    "parties": "council, HR",
    "scope": "all",
    "kpis": "all",
    "purposes": "own view",
    "viewers": "self",
    "retention": "2 years",
}
HASH = "5" * 64


def kept(folder: Path) -> Workspace:
    """A run contested, corrected, restated, adjusted and closed; another plan's trial; targets, letters, payroll, heads."""
    where = approved_company(folder)
    agreements.record(where, NOW.date(), **TERMS)
    _aimed(where)
    restated(where)
    text = PLAN.replace("id: service", "id: third").replace("150]]", "140]]")
    plans.import_plan(open_snapshot(where), text, NOW)
    pay.run(open_snapshot(where), "third", "2026-Q3", "HR", NOW)
    _kept_beside(where)
    kept_heads.export(where, NOW, "usb")
    return where


def _aimed(where: Workspace) -> None:
    """A target made harder with consent; one letter opened, one acknowledged."""
    agreed, snapshot = agreements.record(where, NOW.date(), "terms", HR, **TERMS), open_snapshot(where)
    harder = aim.newest(where)["fcr_next"].model_copy(update={"threshold": Decimal(61)})
    consent = aim.Consent(f"agreement:{agreed}", NOW.date(), "minutes of 20 November")
    aim.save(snapshot, [harder], aim.Change(HR, "Agreed.", consent=consent), NOW)
    for person in ("p_0", "p_1"):
        letters.opened(where, letters.one(where, person, "2026-Q3"), NOW)
    letters.acknowledged(snapshot, letters.one(where, "p_1", "2026-Q3"), "p_1", NOW)


def _kept_beside(where: Workspace) -> None:
    """What leaves for payroll and comes back, an accrual, a frozen baseline, a definition, a used token."""
    made = {"made_at": NOW, "made_by": HR}
    _stored(where, PayrollFile(run=RUN, layout="generic", digest=HASH, lines=2, total=300, **made))
    _stored(where, PaymentFile(run=RUN, digest=HASH, expected=300, paid=250, read_at=NOW, read_by=HR))
    sums = [("p_0", 100, 100, "paid"), ("p_3", 200, 150, "differs")]
    _stored(where, *(
        PaymentRecord(file=1, line=at, person=person, row=at, state=state, expected=expected, paid=paid)
        for at, (person, expected, paid, state) in enumerate(sums, 1)
    ))  # fmt: skip
    _stored(where, AccrualBooking(month="2026-10", digest=HASH, currency="EUR", booked_at=NOW, booked_by=HR))
    _stored(
        where, AccrualRecord(booking=1, plan="service", period="2026-Q4", cost_centre="1000", amount=5, low=1, high=9)
    )
    _stored(where, ChartBaseline(
        kpi="fcr", scope="company", since=NOW.date(), document="{}", frozen_at=NOW, frozen_by=HR, reason="First."
    ))  # fmt: skip
    _stored(where, DefinitionVersion(
        kpi="fcr", version=1, digest=HASH, text="id: fcr", accepted_at=NOW, accepted_by=HR, reason="First."
    ))  # fmt: skip
    _stored(where, UsedToken(token=token(), used_at=NOW, used_for="targets"))
    file = {"layout": "generic", "digest": HASH, "lines": 2, "total": 300}
    _entered(where, "handed over", Handover(entry=0, run=RUN, closing=1, repeat=0, **file, **made))
    claim = ClawbackClaim(
        entry=0, run=FIRST, person="p_3", cause="leaving", event=NOW.date(), share="50", months_left=6, any_plan=False,
        paid=200, amount=100, reason="So it says.", by=HR, at=NOW,
    )  # fmt: skip
    at = _entered(where, "clawback", claim)
    decided = ClawbackDecision(clawback=at, entry=0, outcome="dropped", reason="Not so.", by=SECOND, at=NOW)
    _entered(where, "clawback decided", decided)
    _entered(where, "set off", ClawbackSetOff(entry=0, clawback=at, run=FIRST, person="p_3", amount=1))


def _entered(where: Workspace, kind: str, row: SQLModel) -> int:
    """One row under an entry of its own."""
    return chain.act(where, token(), kind, RUN, HR, NOW, lambda _: ([row], {"run": FIRST})).entry


def _stored(where: Workspace, *rows: SQLModel) -> None:
    with session(where.engine) as records:
        records.add_all(rows)
