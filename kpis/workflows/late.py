"""Late data after a closing: whose payout it changes, by how much, and which delivery changed which figure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, select

from data_contracts.receipts import ADMITTED, read_receipts
from kpis.records.runs import RunStep
from kpis.records.tables import Evidence, PayoutRecord, Run
from kpis.workspace import Snapshot

if TYPE_CHECKING:
    from kpis.workflows.pay import Payout


@dataclass(frozen=True)
class Change:
    """What late data changes of one payout: minor units, the cause in words, and what it has in common with others'."""

    amount: int
    cause: str
    common: str


def closed_before(records: Session, run: Run) -> Run | None:
    """The newest closed run of the same plan and period; None where nothing was closed."""
    closed = (
        select(Run)
        .join(RunStep, col(RunStep.run) == col(Run.id))
        .where(Run.plan == run.plan, Run.period == run.period, RunStep.step == "closed", Run.id != run.id)
        .order_by(col(RunStep.entry).desc())
    )
    return records.exec(closed).first()


def changes(records: Session, snapshot: Snapshot, run: Run, payout: "Payout") -> dict[str, Change]:
    """By person, the difference to the closed run with its cause; empty without a closed run."""
    closed = closed_before(records, run)
    if closed is None:
        return {}
    was = {each.person: each for each in records.exec(select(PayoutRecord).where(PayoutRecord.run == closed.id)).all()}
    now = {each["person"]: int(each["payout"]) for each in payout.outcome["payouts"]}
    kept = records.get(Evidence, closed.evidence)
    cause = _Causes(snapshot, json.loads(kept.document) if kept else {}, payout.document)
    found = {}
    for person in sorted({*was, *now}):
        before = was[person].amount if person in was else 0
        if now.get(person, 0) != before:
            found[person] = Change(now.get(person, 0) - before, *cause.of(person))
    return found


class _Causes:
    """What differs between the evidence of two runs of one period, person by person, in words."""

    def __init__(self, snapshot: Snapshot, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        self.snapshot, self.before, self.after = snapshot, before, after
        self.old, self.new = _people(before), _people(after)
        self.known: dict[tuple[str, ...], str] = {}

    def of(self, person: str) -> tuple[str, str]:
        """Which figures, terms or targets of the person changed, and the deliveries since: in full, and without the figures.

        The second is the same for everybody whose payout changed for the same reason, whatever their figures are.
        """
        old, new = self.old.get(person), self.new.get(person)
        if old is None or new is None:
            told = f"{'Not paid before' if old is None else 'Not paid any more'}. {self._deliveries(())}".strip()
            return told, told
        figures = [
            f"{of}: {_shown(old['figures'][of])} is now {_shown(new['figures'].get(of))}"
            for of in sorted(old["figures"])
            if old["figures"][of] != new["figures"].get(of)
        ]
        added = [f"{of}: now {_shown(new['figures'][of])}" for of in sorted(set(new["figures"]) - set(old["figures"]))]
        terms = ["contract, hours, salary or assignment changed"] if old["terms"] != new["terms"] else []
        terms += ["a target changed"] if old["targets"] != new["targets"] else []
        moved = sorted({each.split("@")[0] for each in (*figures, *added)})
        names = {each.split("@")[0] for each in (*old["figures"], *new["figures"])}
        deliveries = self._deliveries(tuple(sorted(names)))
        common = [f"{' and '.join(moved)} changed"] if moved else []
        full, short = (
            "; ".join(each) or "the plan changed" for each in ([*figures, *added, *terms], [*common, *terms])
        )
        return f"{full}. {deliveries}".strip(), f"{short}. {deliveries}".strip()

    def _deliveries(self, kpis: tuple[str, ...]) -> str:
        """The deliveries admitted between the two runs to the datasets those figures, or the contracts, were read from."""
        if kpis not in self.known:
            self.known[kpis] = self._asked(kpis)
        return self.known[kpis]

    def _asked(self, kpis: tuple[str, ...]) -> str:
        sets = {self.after["kpis"][name]["dataset"] for name in kpis if name in self.after.get("kpis", {})}
        sets |= {"assignments", "employment", "pay_basis", "absences"}
        then, now = self.before.get("lake", {}), self.after.get("lake", {})
        moved = {name for name in sets if then.get(name) != now.get(name)}
        told = [
            f"{each.dataset} {each.file or each.delivery[:12]} of {each.at[:10]}"
            for each in read_receipts(self.snapshot.workspace.lake)
            if each.state == ADMITTED and each.dataset in moved and (each.version or 0) > then.get(each.dataset, -1)
        ]
        named = {each.split()[0] for each in told}
        told += [
            f"{name}, version {then.get(name, 'none')} to {now[name]}" for name in sorted(moved - named) if name in now
        ]
        return f"Delivered since: {'; '.join(told)}." if told else ""


def _people(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """By person: the figures they are paid on by name, their terms, and their targets."""
    if "run" not in document:
        return {}
    run = document["run"]
    found = {}
    for each in run["participants"]:
        readings = [
            *each["readings"].values(),
            *(one for part in each["segments"] for one in part["readings"].values()),
        ]
        names = {one[key] for one in readings for key in ("own", "team") if key in one}
        figures = {run["figures"][name]["of"]: run["figures"][name] for name in names}
        targets = sorted(str(run["targets"][one["target"]]) for one in readings if "target" in one)
        terms = [{key: part[key] for key in part if key != "readings"} for part in each["segments"]]
        found[each["person"]] = {"figures": figures, "targets": targets, "terms": terms}
    return found


def _shown(figure: Mapping[str, str] | None) -> str:
    if figure is None:
        return "gone"
    value = Fraction(int(figure["numerator"]), int(figure["denominator"]) or 1)
    hundredths = round(value * 100)
    return f"{'−' if hundredths < 0 else ''}{abs(hundredths) // 100}.{abs(hundredths) % 100:02d}"
