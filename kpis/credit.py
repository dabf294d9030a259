"""Who an observation is credited to: by the `credits` dataset, the person's assignment of that day, or its own columns.

Ibis expressions over rows that carry `_day`, `_person`, `_department` and, through credits, `_subject`. What cannot be
credited keeps its whole share, with a reason. The shares of one observation sum to exactly one million millionths.
"""

from datetime import date
from typing import Protocol

import ibis
from ibis.expr import types as ir

ONE = 1_000_000
IDENTITY = ("_delivery", "_row")
NO_END = date(9999, 12, 31)
UNNAMED, UNASSIGNED = 0, 1
REASONS = {UNNAMED: "nobody named", UNASSIGNED: "no assignment on that day"}


class References(Protocol):
    """The tables that say who did what and who worked where, where the workspace has them."""

    @property
    def assignments(self) -> ir.Table | None:
        """Which share of a person's work was in which department, from when to when."""
        ...

    @property
    def credits(self) -> ir.Table | None:
        """Who took part in what, in parts."""
        ...


def credited(rows: ir.Table, references: References, through: bool) -> ir.Table:
    """The rows once per credited share (`_share`, absent where none can be split), `_uncredited` a code of `REASONS` or null."""
    if through and references.credits is not None:
        parts = references.credits.select(of="subject", credited="person", parts="parts")
        rows = rows.left_join(parts, rows["_subject"] == parts.of)
        person, share = ibis.coalesce(rows.credited, rows["_person"]), ibis.coalesce(rows.parts, 1).cast("int64")
        rows = rows.mutate(_person=person, _share=share).drop("of", "credited", "parts")
    if references.assignments is not None:
        rows = _assigned(rows, references.assignments, through)
    if through and "_share" in rows.columns:
        rows = _allotted(rows)
    codes = [ibis.literal(each).cast("int8") for each in (UNASSIGNED, UNNAMED)]
    missing = ibis.ifelse(rows["_person"].notnull(), *codes)
    return rows.mutate(_uncredited=ibis.ifelse(rows["_department"].isnull(), missing, ibis.null("int8")))


def _assigned(rows: ir.Table, assignments: ir.Table, through: bool) -> ir.Table:
    """The rows once per assignment in force on their day; products of shares stay unallotted where credit was split before."""
    held = assignments.select(
        holder="person",
        place="department",
        part="share",
        since="valid_from",
        until=assignments.valid_to.fill_null(NO_END),
    )
    day = rows["_day"]
    rows = rows.left_join(held, [rows["_person"] == held.holder, day >= held.since, day <= held.until])
    whole = ibis.coalesce(rows.part, ONE)
    share = rows["_share"] * whole if through and "_share" in rows.columns else whole
    found = rows.mutate(_department=ibis.coalesce(rows.place, rows["_department"]), _share=share)
    return found.drop("holder", "place", "part", "since", "until")


def _allotted(rows: ir.Table) -> ir.Table:
    """Shares of any size → millionths that sum to exactly one million per observation (differences of floored cumulative sums)."""
    of = ibis.window(group_by=IDENTITY, order_by=["_person", "_department"], preceding=None, following=0)
    whole, share = ibis.window(group_by=IDENTITY), rows["_share"]
    rows = rows.mutate(_upto=share.sum().over(of).cast("int64"), _total=share.sum().over(whole).cast("int64"))
    upto, total = rows["_upto"], rows["_total"]
    allotted = _floor(upto * ONE, total) - _floor((upto - rows["_share"]) * ONE, total)
    return rows.mutate(_share=allotted).drop("_upto", "_total")


def _floor(value: ir.Value, by: ir.Value) -> ir.Value:
    """Integer division without a floating quotient that could miss by one (value ≥ 0)."""
    return ((value - value % by) / by).round().cast("int64")
