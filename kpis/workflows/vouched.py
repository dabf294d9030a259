"""What nothing vouches for: a run that says of itself what neither ledger nor evidence do, and rows that belong to no run."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from data_contracts.problems import Problem
from kpis.incentives.evidence import line_order
from kpis.incentives.ledger import Entry
from kpis.records.tables import LineRecord, PayoutRecord, Run

CHANGED = "It was changed after the run. Restore it from a backup, and find out who may write there."


def in_order(document: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """The stored outcome in the order of its evidence: people, then lines by segment, then as `line_order` has them."""
    content = document["run"]
    people = {each["person"]: at for at, each in enumerate(content["participants"])}
    rank = {name: at for at, name in enumerate(line_order(content["plan"]))}

    def place(line: Mapping[str, Any]) -> tuple[int, int]:
        return line["segment"], rank.get(line["component"], -1)

    told = [
        {**each, "lines": sorted(each["lines"], key=place)}
        for each in sorted(stored["payouts"], key=lambda each: people.get(each["person"], -1))
    ]
    return {**stored, "payouts": told}


def told(run: Run, document: Mapping[str, Any], entry: Entry | None) -> Iterator[Problem]:
    """Where a run's record says otherwise than its evidence (plan, version, period) or its ledger entry (by, at, currency)."""
    content, payload = document["run"], entry.payload if entry else {}
    at = run.made_at if run.made_at.tzinfo else run.made_at.replace(tzinfo=UTC)
    held: dict[str, tuple[Any, Any]] = {
        "plan": (content["plan"]["id"], run.plan),
        "plan version": (content["plan"]["version"], run.plan_version),
        "period": (content["period"]["name"], run.period),
    }
    if entry:
        held |= {
            "by": (payload.get("by"), run.made_by),
            "at": (_moment(payload.get("at")), at),
            "currency": (payload.get("currency"), run.currency),
        }
    for name, (expected, actual) in held.items():
        if expected != actual:
            yield Problem(f"run {run.id}, {name}", str(expected), str(actual), CHANGED)


def _moment(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def strays(
    runs: Sequence[Run], evidence: Collection[str], payouts: Sequence[PayoutRecord], lines: Sequence[LineRecord]
) -> Iterator[Problem]:
    """Evidence that no run names, payouts of no run and lines of no payout."""
    ids, paid = {run.id for run in runs}, {(each.run, each.person) for each in payouts}
    for digest in sorted(set(evidence) - {run.evidence for run in runs}):
        yield Problem(f"evidence {digest[:12]}…", "a run that names it", "none", CHANGED)
    for run, person in sorted(paid):
        if run not in ids:
            yield Problem(f"payout of {person}", "a run of its own", f"none named {run}", CHANGED)
    for line in lines:
        if (line.run, line.person) not in paid:
            yield Problem(
                f"line {line.component} of {line.person}", "a payout it is part of", f"none in {line.run}", CHANGED
            )
