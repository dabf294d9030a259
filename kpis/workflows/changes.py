"""Which slices of a KPI a new version of the lake touches: those of the rows that changed, and of the rows they bear on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr import types as ir

from data_contracts.lake import Snapshot
from kpis import facts, slices
from kpis.calendar import day_of
from kpis.credit import IDENTITY, NO_END
from kpis.definitions import KpiDefinition
from kpis.expressions import read
from kpis.workflows.engines import Engine
from kpis.workspace import Workspace, duckdb_types

Versions = Mapping[str, int]
SLICE = pa.schema([("slice", pa.date32())])


@dataclass(frozen=True)
class Sides:
    """What a dataset held before and holds now: the rows of the files that are not in both; `grew`: none were removed."""

    removed: ir.Table
    added: ir.Table
    grew: bool

    def differ(self, columns: list[str]) -> ir.Table:
        """The rows that are on one side only, as those columns."""
        old, new = (side.select(columns) for side in (self.removed, self.added))
        return old.difference(new).union(new.difference(old))


@dataclass(frozen=True)
class Change:
    """One KPI between two states of the lake."""

    workspace: Workspace
    engine: Engine
    kpi: KpiDefinition
    now: Snapshot
    before: Versions

    def table(self, dataset: str) -> ir.Table:
        """A dataset as it is now."""
        return self.engine.table(dataset, self.now.files(dataset), self._columns(dataset))

    def sides(self, dataset: str) -> Sides:
        """What differs between the two versions of a dataset; files that are in both are not read."""
        then = Snapshot(self.now.lake, {dataset: self.before[dataset]})
        old, new = set(then.files(dataset)), set(self.now.files(dataset))
        lists = {f"removed from {dataset}": sorted(old - new), f"added to {dataset}": sorted(new - old)}
        removed, added = (self.engine.table(name, files, self._columns(dataset)) for name, files in lists.items())
        return Sides(removed, added, grew=old <= new)

    def _columns(self, dataset: str) -> Mapping[str, str]:
        return duckdb_types(self.workspace.contracts[dataset])


def touched(change: Change, after: Versions) -> tuple[date, ...] | None:
    """The slices whose facts may differ, in order; None where that cannot be told but by building all of them."""
    names = [name for name, version in after.items() if change.before.get(name) != version]
    if set(change.before) != set(after):
        return None
    if names == [change.kpi.dataset] and (known := _logged(change)):
        return known
    told = {"assignments": _worked, "credits": _took_part, "customers": _cut}
    found: list[ir.Table] = []
    for name in names:
        of = _counted if name == change.kpi.dataset else told[name]
        slices = of(change)
        if slices is None:
            return None
        found.append(slices)
    if not found:
        return ()
    table = ibis.union(*found, distinct=True) if len(found) > 1 else found[0].distinct()
    rows = change.engine.stream(table.filter(table.slice.notnull()), SLICE).read_all()
    return tuple(sorted(rows.column("slice").to_pylist()))


def _logged(change: Change) -> tuple[date, ...]:
    """The slices of rows that were added, where the ends that the log tells lie in the same one or in two that touch."""
    kpi, now = change.kpi, change.now
    then = Snapshot(now.lake, {kpi.dataset: change.before[kpi.dataset]}).files(kpi.dataset)
    files, ends = set(now.files(kpi.dataset)), now.ends(kpi.dataset, kpi.when)
    new = files - set(then)
    if kpi.one_answer_per or not new <= ends.keys() or not new or not files.issuperset(then):
        return ()
    settings = change.workspace.settings
    low, high = (day_of(end(ends[each][at] for each in new), settings.zone) for at, end in enumerate((min, max)))
    found = settings.calendar.slices(low, high + timedelta(days=1))
    return tuple(found) if len(found) <= 2 else ()


def _counted(change: Change) -> ir.Table | None:
    """The slices of the rows themselves, and of answers whose place a changed one takes or gives back."""
    kpi, sides = change.kpi, change.sides(change.kpi.dataset)
    if "customers." in kpi.when or (kpi.one_answer_per and "customers." in kpi.one_answer_per.by):
        return None
    old, new = (_dated(kpi, side) for side in (sides.removed, sides.added))
    rows = new if sides.grew else old.difference(new).union(new.difference(old))
    if kpi.one_answer_per is None:
        return rows.select("slice")
    later = rows.select(who="by", until="day").distinct()
    every, wait = _dated(kpi, change.table(kpi.dataset)), kpi.one_answer_per.within
    bearing = every.join(
        later, [every.by == later.who, every.day <= later.until, later.until <= _plus(every.day, wait)]
    )
    return rows.select("slice").union(bearing.select("slice"))


def _dated(kpi: KpiDefinition, rows: ir.Table) -> ir.Table:
    """Identity, day, slice, and who answered where that matters."""
    day = read(rows, kpi.when).cast("date")
    by = {"by": read(rows, kpi.one_answer_per.by).cast("string")} if kpi.one_answer_per else {}
    return rows.select(*IDENTITY, day=day, slice=slices.of_day(day), **by)


def _plus(day: ir.Value, wait: timedelta) -> ir.Value:
    return (day + ibis.interval(days=wait.days)).cast("date")


def _worked(change: Change) -> ir.Table:
    """The slices of what people did while their assignment is another than it was."""
    columns = ["person", "department", "share", "valid_from", "valid_to"]
    other = change.sides("assignments").differ(columns)
    held = other.select(who="person", since="valid_from", until=other.valid_to.fill_null(NO_END)).distinct()
    rows = _done(change)
    return rows.join(held, [rows.person == held.who, rows.day >= held.since, rows.day <= held.until]).select("slice")


def _done(change: Change) -> ir.Table:
    """Who did what on which day, by the credits of now where there are any: other credits are another change."""
    kpi, table = change.kpi, change.table(change.kpi.dataset)
    day = read(table, kpi.when).cast("date")
    columns = {"person": kpi.credit.person, "subject": kpi.credit.subject}
    named = {name: read(table, text).cast("string") if text else ibis.null("string") for name, text in columns.items()}
    rows = table.select(day=day, slice=slices.of_day(day), **named)
    if kpi.credit.through and "credits" in change.now.versions:
        parts = change.table("credits").select(of="subject", credited="person")
        rows = rows.left_join(parts, rows.subject == parts.of)
        rows = rows.mutate(person=ibis.coalesce(rows.credited, rows.person))
    return rows


def _took_part(change: Change) -> ir.Table:
    """The slices of the subjects whose credit is another than it was."""
    other = change.sides("credits").differ(["subject", "person", "parts"]).select(of="subject").distinct()
    table, kpi = change.table(change.kpi.dataset), change.kpi
    rows = table.select(slice=slices.of(table, kpi), subject=read(table, kpi.credit.subject or "null").cast("string"))
    return rows.join(other, rows.subject == other.of).select("slice")


def _cut(change: Change) -> ir.Table | None:
    """The slices of the customers of whom something else is known than before, in a column that the KPI reads."""
    kpi, table = change.kpi, change.table(change.kpi.dataset)
    if "customers." in kpi.when or (kpi.one_answer_per and "customers." in kpi.one_answer_per.by):
        return None
    sides = change.sides("customers")
    known = {f"customers.{name}": name for name in sides.added.columns}
    read_here = [name for text in kpi.expressions().values() for name in facts.names_of(text, [*table.columns, *known])]
    columns = sorted({"customer", *(known[name] for name in read_here if name in known)})
    other = sides.differ(columns).select(whose="customer").distinct()
    rows = table.select(customer=table.customer, slice=slices.of(table, kpi))
    return rows.join(other, rows.customer == other.whose).select("slice")


def same(before: Any, after: Any) -> bool:
    """Whether two descriptions of what facts are built from differ in nothing but the versions of datasets."""
    rest = [{name: value for name, value in (each or {}).items() if name != "datasets"} for each in (before, after)]
    return rest[0] == rest[1]
