"""Targets: set, changed, imported and exported, every change a new version with its date; the cascade checked."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256

import pyarrow as pa
from sqlmodel import Session, col, select

from data_contracts.problems import Problem, raise_if
from kpis import cascade, in_force, targets
from kpis.calendar import Period
from kpis.in_force import Version
from kpis.records.aims import TargetChange, TargetConsent, UsedToken
from kpis.records.keys import RecordKeys
from kpis.records.session import session
from kpis.records.tables import Identity, Run, TargetRecord
from kpis.targets import Target
from kpis.workflows import actors, consents
from kpis.workspace import Snapshot, Workspace

Conflict = Callable[[Snapshot, str, Sequence[Target]], list[Problem]]


@dataclass(frozen=True)
class Consent:
    """Who accepted harder values (the holder, or `agreement:<number>`), when, and the document that says so."""

    given_by: str
    given_on: date
    document: str


@dataclass(frozen=True)
class Change:
    """Who changes targets (as `actors.actor` knows them), why, and from which day on; by default from today.

    A `token` is used once: a second write with the same one changes nothing. `today` stands in for the workspace's.
    """

    by: str
    reason: str = ""
    since: date | None = None
    consent: Consent | None = None
    token: str = ""
    today: date | None = None


def import_targets(
    snapshot: Snapshot, text: str, change: Change, now: datetime, where: str = "targets.yaml"
) -> tuple[Target, ...]:
    """Take in the targets of a YAML text; raises Problems with every fault, cascades that do not close among them.

    People stand in the file under their employee number. Returns the targets that are new or changed.
    """
    return save(snapshot, read(snapshot, text, where), change, now, where)


def read(snapshot: Snapshot, text: str, where: str = "targets.yaml") -> list[Target]:
    """The targets of a YAML text with people under their surrogates; raises Problems for a fault of form."""
    given = targets.parse(text, where)
    numbers = _people(given)
    keys = (
        RecordKeys(snapshot.workspace.engine)
        .resolve("person", pa.table({"key": pa.array(numbers, pa.string())}), mint=False)
        .to_pydict()
    )
    known = dict(zip(keys["key"], keys["surrogate"], strict=True))
    return [_renamed(each, lambda number: known.get(number, number)) for each in given]


def save(
    snapshot: Snapshot,
    given: Sequence[Target],
    change: Change,
    now: datetime,
    where: str = "targets",
    conflict: Conflict | None = None,
) -> tuple[Target, ...]:
    """Keep new and changed targets as new versions, in one transaction; raises Problems with everything against it.

    The whole set is checked with them: names, order, cascades, dates, consent to what gets harder, and whether whoever
    changes them may, and is paid on them (`conflict`; by default what `conflicts.every` finds). Returns what was kept.
    """
    from kpis.workflows import conflicts  # late: it reads plans, and plans read targets

    workspace, old, who = snapshot.workspace, newest(snapshot.workspace), actors.actor(snapshot, change.by)
    changed = [each for each in given if _document(each) != _document(old.get(each.id))]
    merged = list((old | {each.id: each for each in given}).values())
    raise_if(check(snapshot, merged, where))
    paid = [each for each in changed if each.id not in old or each.values != old[each.id].values]
    change, unsaid = _consented(snapshot, changed, replace(change, by=who.key))
    refused = [
        *conflicts.not_theirs(snapshot, who, changed, paid),
        *(conflict or conflicts.every)(snapshot, who.key, paid),
    ]
    raise_if([*unsaid, *_in_time(workspace, changed, change), *refused])
    with session(workspace.engine) as records:
        if change.token:
            if records.get(UsedToken, change.token) is not None:
                return ()
            records.add(UsedToken(token=change.token, used_at=now, used_for="targets"))
            records.flush()
        for each in changed:
            _keep(records, workspace, each, change, now)
    return tuple(changed)


def check(snapshot: Snapshot, everyone: Sequence[Target], where: str = "targets") -> list[Problem]:
    """Every problem of a whole set of targets, people under their surrogates: each by itself, then how they tie."""
    workspace, tree = snapshot.workspace, snapshot.organisation
    with session(workspace.engine) as records:
        people = records.exec(select(Identity.surrogate).where(Identity.kind == "person")).all()
    found = targets.check(everyone, workspace.kpis, tree, workspace.settings.calendar, set(people), where)
    return found or cascade.check(everyone, workspace.kpis, tree, where)


def export_targets(workspace: Workspace) -> str:
    """The current targets as YAML, people under their employee number; importing it again changes nothing."""
    with session(workspace.engine) as records:
        rows = records.exec(select(Identity).where(Identity.kind == "person")).all()
    numbers = {row.surrogate: row.external for row in rows}
    return targets.to_yaml(_renamed(each, lambda key: numbers.get(key, key)) for each in newest(workspace).values())


def versions(workspace: Workspace) -> dict[str, list[Version]]:
    """Every version of every target by id, oldest first."""
    with session(workspace.engine) as records:
        rows = records.exec(select(TargetRecord).order_by(col(TargetRecord.id), col(TargetRecord.version))).all()
    found: dict[str, list[Version]] = defaultdict(list)
    for row in rows:
        found[row.id].append(Version(row.version, row.valid_from, Target.model_validate_json(row.document)))
    return dict(found)


def newest(workspace: Workspace) -> dict[str, Target]:
    """The newest version of every target, by id: what an export holds and a change starts from."""
    return {name: held[-1].target for name, held in versions(workspace).items()}


def current(workspace: Workspace) -> dict[str, Target]:
    """Every target as it counts and pays, by id: the version in force, or the mixture of those that shared its period."""
    calendar = workspace.settings.calendar
    return {
        name: held[0].target if len(held) == 1 else in_force.in_force(held, calendar.parse(held[-1].target.period))
        for name, held in versions(workspace).items()
    }


def changes(workspace: Workspace) -> dict[tuple[str, int], TargetChange]:
    """Who set each version of each target, and why."""
    with session(workspace.engine) as records:
        return {(each.id, each.version): each for each in records.exec(select(TargetChange)).all()}


def consented(workspace: Workspace) -> set[str]:
    """The terms somebody has accepted (see `in_force.terms`)."""
    with session(workspace.engine) as records:
        return set(records.exec(select(TargetConsent.terms)).all())


def worsened(
    workspace: Workspace, given: Iterable[Target], change: Change | None = None
) -> list[tuple[Target, tuple[str, ...]]]:
    """Those of the given targets that a change, by default from today, makes harder in a running period: in which values."""
    change = change or Change("")
    held, today = versions(workspace), change.today or workspace.today
    found = [(each, held[each.id], workspace.settings.calendar.parse(each.period)) for each in given if each.id in held]
    told = [
        (each, in_force.worsens(old, each, since(change, today, period), today, period)) for each, old, period in found
    ]
    return [(each, names) for each, names in told if names]


def since(change: Change, today: date, period: Period) -> date:
    """The day a change counts from: the one it names, else today."""
    return change.since or max(today, period.start)


def consent(snapshot: Snapshot, given: Iterable[Target], change: Change, now: datetime) -> list[Target]:
    """Record the consent a change carries for each target it makes harder; raises Problems where it is not whole.

    Whoever records it may change the targets themself, and its giver may speak for their holders. Returns those
    targets; it binds to their values and to the day they count from.
    """
    from kpis.workflows import conflicts  # late: it reads plans, and plans read targets

    workspace, who = snapshot.workspace, actors.actor(snapshot, change.by)
    worse = [each for each, _ in worsened(workspace, given, change)]
    by = consents.giver(snapshot, change.consent, worse, who.key, change.today or workspace.today)
    raise_if([*conflicts.not_theirs(snapshot, who, worse, worse), *conflicts.every(snapshot, who.key, worse)])
    assert change.consent is not None  # looked at
    held = replace(change.consent, given_by=by)
    change = replace(change, by=who.key, consent=held)
    with session(workspace.engine) as records:
        for each in worse:
            records.add(_consent(workspace, each, change, held, now))
    return worse


def _consent(workspace: Workspace, each: Target, change: Change, held: Consent, now: datetime) -> TargetConsent:
    period = workspace.settings.calendar.parse(each.period)
    said = in_force.terms(each, since(change, change.today or workspace.today, period))
    return TargetConsent(
        target=each.id, terms=said, given_by=held.given_by, given_on=held.given_on,
        document=held.document.strip(), recorded_at=now, recorded_by=change.by,
    )  # fmt: skip


def _consented(snapshot: Snapshot, changed: Sequence[Target], change: Change) -> tuple[Change, list[Problem]]:
    """The change with its consent's giver known by key, and what is wrong with the consent; one not needed is dropped."""
    worse = [each for each, _ in worsened(snapshot.workspace, changed, change)]
    if not change.consent or not worse:
        return replace(change, consent=None), []
    today = change.today or snapshot.workspace.today
    by, wrong = consents.collected(snapshot, change.consent, worse, change.by, today)
    return replace(change, consent=replace(change.consent, given_by=by)), wrong


def in_period(found: Mapping[str, Target], period: str) -> dict[str, Target]:
    """The targets of one period."""
    return {name: each for name, each in found.items() if each.period == period}


def _people(given: Iterable[Target]) -> list[str]:
    scopes = (targets.scope(each.scope) for each in given)
    return sorted({name for whose in scopes if whose.kind == "person" for name in whose.members})


def _renamed(each: Target, rename: Callable[[str], str]) -> Target:
    whose = targets.scope(each.scope)
    return each if whose.kind != "person" else each.model_copy(update={"scope": f"person:{rename(whose.members[0])}"})


def digest(each: Target) -> str:
    """SHA-256 of what a version of a target says."""
    return sha256(_document(each).encode()).hexdigest()


def _document(each: Target | None) -> str:
    return json.dumps(each.model_dump(mode="json", exclude_none=True), sort_keys=True) if each else ""


def _in_time(workspace: Workspace, changed: Sequence[Target], change: Change) -> list[Problem]:
    """What the calendar says against the changes, a consent that comes with them counted in."""
    today, held, accepted = change.today or workspace.today, versions(workspace), consented(workspace)
    found: list[Problem] = []
    for each in changed:
        period = workspace.settings.calendar.parse(each.period)
        day = since(change, today, period)
        if each.id not in held:
            found += _too_late(workspace, each, period, today)
            continue
        with_it = {in_force.terms(each, day)} if change.consent else set()
        found += in_force.check(held[each.id], each, day, today, period, accepted | with_it)
    return found


def _too_late(workspace: Workspace, each: Target, period: Period, today: date) -> list[Problem]:
    """A target first set after its period ended is taken in, and marked, while nothing was paid on the period."""
    if today < period.end:
        return []
    with session(workspace.engine) as records:
        paid = records.exec(select(Run).where(Run.period == period.name)).first()
    step = "It was not set in time; what was paid is corrected by an adjustment."
    return (
        [Problem(f"target {each.id}", "a period that is not paid yet", f"{period}, run {paid.id}", step)]
        if paid
        else []
    )


def _keep(records: Session, workspace: Workspace, each: Target, change: Change, now: datetime) -> None:
    """One new version, who set it, and the consent it needed."""
    today, period = change.today or workspace.today, workspace.settings.calendar.parse(each.period)
    rows = records.exec(
        select(TargetRecord).where(TargetRecord.id == each.id).order_by(col(TargetRecord.version))
    ).all()
    held = [Version(row.version, row.valid_from, Target.model_validate_json(row.document)) for row in rows]
    day, version = since(change, today, period), len(rows) + 1
    worse = bool(held) and bool(in_force.worsens(held, each, day, today, period))
    records.add(TargetRecord(id=each.id, version=version, valid_from=day, document=_document(each), imported_at=now))
    records.flush()
    records.add(
        TargetChange(
            id=each.id,
            version=version,
            made_by=change.by,
            reason=change.reason.strip(),
            harder=worse,
            after_end=today >= period.end,
        )
    )
    if worse and change.consent:
        records.add(_consent(workspace, each, change, change.consent, now))
