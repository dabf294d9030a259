"""Versions of a KPI definition: old and new side by side over the same data, then accepted, and kept with who and why."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlmodel import select

from data_contracts.lake import FACTS, Lake
from data_contracts.problems import Problem, Problems, raise_if
from kpis import definitions
from kpis.calendar import Period
from kpis.definitions import KpiDefinition
from kpis.figures import Figure
from kpis.records.session import session
from kpis.records.tables import DefinitionVersion, utc
from kpis.workflows import aim, build, inforce, interests, measure, review
from kpis.workspace import Snapshot, Workspace, open_snapshot, open_workspace, shipped_kpis, told

Kind = Literal["week", "month", "quarter", "year"]
FOUND = "in force before its first accepted change"


@dataclass(frozen=True)
class Changed:
    """One field that differs: its place, and what it said and says; empty where it says nothing."""

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Pair:
    """The old and the new figure of one window over the same data."""

    window: str
    old: Figure
    new: Figure


@dataclass(frozen=True)
class Rests:
    """What was said, aimed at and paid by the old definition: signals of the last year, ids of targets and of plans."""

    signals: int
    targets: tuple[str, ...]
    plans: tuple[str, ...]


@dataclass(frozen=True)
class Diff:
    """A definition and the one that would take its place: fields that differ, figures of the company, what rests on it."""

    old: KpiDefinition
    new: KpiDefinition
    fields: tuple[Changed, ...]
    pairs: tuple[Pair, ...]
    rests: Rests


def diff(snapshot: Snapshot, kpi: str, text: str, period: Kind = "month", where: str = "the new definition") -> Diff:
    """Both definitions over the same versions of the data, window by window; nothing is written.

    Raises Problems for a text that is no definition of this KPI or names what the workspace does not have.
    """
    old, new = snapshot.workspace.kpi(kpi), _parsed(snapshot.workspace, kpi, text, where)
    sides = [_computed(snapshot, each) for each in (old, new)]
    windows = _windows(sides, period)
    figures = [measure.figures(side, side.workspace.kpis[kpi], ["company"], windows) for side in sides]
    pairs = tuple(Pair(window.name, *both) for window, *both in zip(windows, *figures, strict=True))
    return Diff(old, new, changed(old, new), pairs, rests(snapshot, kpi))


def changed(old: KpiDefinition, new: KpiDefinition) -> tuple[Changed, ...]:
    """The fields in which two definitions differ, those within measure, credit and the like one by one."""
    before, after = (_flat(each.model_dump(mode="json", exclude_none=True)) for each in (old, new))
    places = [*before, *(place for place in after if place not in before)]
    found = (Changed(each, before.get(each, ""), after.get(each, "")) for each in places)
    return tuple(each for each in found if each.old != each.new)


def rests(snapshot: Snapshot, kpi: str) -> Rests:
    """What rests on a KPI: the signals of its company chart, its targets, and the plans that read it or them."""
    aimed = sorted(each.id for each in aim.current(snapshot.workspace).values() if each.kpi == kpi)
    paid = dict.fromkeys(plan.id for plan in inforce.known(snapshot.workspace) if _reads(plan.sources, kpi, aimed))
    spoken = review.course(snapshot, kpi, "company").signals if kpi in snapshot.built else ()
    return Rests(sum(bool(each.rule) for each in spoken), tuple(aimed), tuple(paid))


def accept(workspace: Workspace, kpi: str, text: str, by: str, reason: str, now: datetime) -> DefinitionVersion:
    """Put a definition with a higher version number into the workspace's kpis/, and keep its text with who and why.

    Raises Problems where it is none, its number is not higher, no reason is named, the workspace would not open, or `by` is
    nobody known, has no role for it, or is paid by what the KPI says.
    """
    new = _parsed(workspace, kpi, text, "--from")
    raise_if(_unacceptable(workspace.kpi(kpi), new, reason))
    what = "accept a definition"
    who = interests.require(open_snapshot(workspace), by, what, f"{what} of", [f"kpi:{kpi}"], now)
    kept, file = _in_force(workspace, kpi, now), workspace.root / "kpis" / f"{kpi}.yaml"
    before = file.read_text("utf-8") if file.is_file() else None
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")
    try:
        open_workspace(workspace.root, now)
        record = DefinitionVersion(
            kpi=kpi, version=new.version, digest=new.digest(), text=text, accepted_at=utc(now), accepted_by=who.key, reason=reason
        )  # fmt: skip
        with session(workspace.engine) as records:
            records.add_all([*kept, record])
    except BaseException:
        file.unlink() if before is None else file.write_text(before, "utf-8")
        raise
    return record


def history(workspace: Workspace, kpi: str) -> list[DefinitionVersion]:
    """The versions that were accepted, oldest first; the one before the first of them as it was found."""
    workspace.kpi(kpi)
    with session(workspace.engine) as records:
        query = select(DefinitionVersion).where(DefinitionVersion.kpi == kpi).order_by(DefinitionVersion.version)  # type: ignore[arg-type]
        return list(records.exec(query).all())


def changed_unaccepted(workspace: Workspace) -> list[Problem]:
    """A definition in kpis/ that no longer says what was accepted or built under its version number."""
    lake = Lake(workspace.lake)
    built, _ = told(lake, lake.table(FACTS).version() if lake.exists(FACTS) else None)
    with session(workspace.engine) as records:
        known = {(row.kpi, row.version): row.digest for row in records.exec(select(DefinitionVersion)).all()}
    known = {(name, each.get("version", 0)): str(each["definition"]) for name, each in built.items()} | known
    own = [kpi for name, kpi in workspace.kpis.items() if (workspace.root / "kpis" / f"{name}.yaml").is_file()]
    return [_unaccepted(kpi) for kpi in own if known.get((kpi.id, kpi.version), kpi.digest()) != kpi.digest()]


def _unaccepted(kpi: KpiDefinition) -> Problem:
    step = f"Put the old text back, and take the new one in as version {kpi.version + 1}:"
    step += f" `goldenthread definition diff {kpi.id} --with FILE`, then `goldenthread definition accept {kpi.id} --from FILE`."
    expected, found = (
        f"version {kpi.version} as it was accepted or built",
        f"version {kpi.version} with another content",
    )
    return Problem(f"kpis/{kpi.id}.yaml, version", expected, found, step)


def _parsed(workspace: Workspace, kpi: str, text: str, where: str) -> KpiDefinition:
    """The definition of a text, of that KPI, with columns the workspace has."""
    workspace.kpi(kpi)
    new = definitions.parse(text, where)
    if new.id != kpi:
        raise Problems([Problem(f"{where}, id", repr(kpi), repr(new.id), "A new version keeps the KPI's id.")])
    open_columns = {
        name: [column.name for column in each.lake_columns if column.classification != "restricted"]
        for name, each in workspace.contracts.items()
    }
    raise_if(definitions.check(new, open_columns))
    return new


def _unacceptable(old: KpiDefinition, new: KpiDefinition, reason: str) -> list[Problem]:
    least = old.version + 1
    number = Problem("--from, version", f"{least} or more", str(new.version), f"Write `version: {least}` in the file.")
    faults = {
        number: new.version < least,
        Problem("--reason", "why the meaning changes", "nothing", "Say it in a sentence."): not reason.strip(),
    }
    return [problem for problem, found in faults.items() if found]


def _in_force(workspace: Workspace, kpi: str, now: datetime) -> list[DefinitionVersion]:
    """The record of the version that is about to be replaced, where there is none yet."""
    old, file = workspace.kpi(kpi), workspace.root / "kpis" / f"{kpi}.yaml"
    if any(row.version == old.version for row in history(workspace, kpi)):
        return []
    text = file.read_text("utf-8") if file.is_file() else shipped_kpis()[kpi]
    found: dict[str, Any] = {"kpi": kpi, "version": old.version, "digest": old.digest(), "text": text}
    return [DefinitionVersion(**found, accepted_at=utc(now), accepted_by="", reason=FOUND)]


def _computed(snapshot: Snapshot, kpi: KpiDefinition) -> Snapshot:
    """The same versions of the data, with the facts of that definition alone in the place of the lake's."""
    workspace = replace(snapshot.workspace, kpis={**snapshot.workspace.kpis, kpi.id: kpi})
    return open_snapshot(workspace, snapshot.lake, build.compute(workspace, snapshot.lake, kpi))


def _windows(sides: Sequence[Snapshot], period: Kind) -> list[Period]:
    """The windows that hold facts of either side."""
    found = [side.rows("SELECT min(slice) AS low, max(slice) AS high FROM facts").to_pylist()[0] for side in sides]
    held = [each for each in found if each["low"]]
    if not held:
        return []
    first, last = min(each["low"] for each in held), max(each["high"] for each in held)
    return sides[0].workspace.settings.calendar.between(first, last + timedelta(days=1), period)


def _reads(sources: Sequence[Any], kpi: str, aimed: Sequence[str]) -> bool:
    return any(each.kpi == kpi or each.target in aimed for each in sources)


def _flat(document: Any, place: str = "") -> dict[str, str]:
    if not isinstance(document, dict):
        return {place: str(document)}
    found = (_flat(value, f"{place}.{name}" if place else name) for name, value in document.items())
    return {name: text for each in found for name, text in each.items()}
