"""Statements as texts, PDF files and data, from a run: what pages and commands share."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import IO, Any

from dashboard import paper
from dashboard.formats import Formats
from dashboard.reading import Reader
from dashboard.slip_texts import SlipText, text
from dashboard.steps import Named
from dashboard.steps import told as rule_told
from kpis.exact import shown
from kpis.incentives.margin import Margin
from kpis.incentives.statement import Step
from kpis.workflows import align, identities
from kpis.workflows.slip_figures import Read
from kpis.workflows.slips import Book, FullStatement
from kpis.workspace import Snapshot

PART = 500  # statements a page puts into one file, which it holds in memory
CSV = ("run", "person", "name", "segment", "step", "kind", "rule", "result", "unit", "paid_minor")


def reader(snapshot: Snapshot) -> Reader:
    """What statements of a workspace are told with."""
    company = snapshot.workspace.settings.company
    write = Formats(company.locale, company.currency)
    named = partial(align.scope_name, snapshot.organisation)
    return Reader(write, snapshot.workspace.settings.zone, named, identities.names(snapshot.workspace))


def told(snapshot: Snapshot, full: FullStatement, read: Reader | None = None) -> SlipText:
    """A statement in words."""
    return text(read or reader(snapshot), full)


def pdf(snapshot: Snapshot, full: FullStatement, read: Reader | None = None) -> bytes:
    """A statement as PDF, dated as its run: the same statement is the same bytes."""
    on = full.run.made_at.date()
    return paper.statement(told(snapshot, full, read), snapshot.workspace.settings.company.name, on)


def zipped(book: Book, people: Sequence[str]) -> bytes:
    """The statements of some people as PDF, under their names and a part of the run's hash, in one zip."""
    return paper.zipped(_papers(book, people))


def zipped_to(out: IO[bytes], book: Book, tell: Callable[[str, float], None]) -> None:
    """Everybody's into an open file, one statement in memory at a time; `tell` hears who is done and the share that is."""
    paper.zipped_to(out, _papers(book, sorted(book.people), tell))


def _papers(
    book: Book, people: Sequence[str], tell: Callable[[str, float], None] = lambda _who, _done: None
) -> Iterator[tuple[str, Callable[[], bytes]]]:
    read, run = reader(book.snapshot), book.record
    for at, each in enumerate(people):
        number = identities.one(book.snapshot.workspace, each).external
        tell(f"{at + 1} of {len(people)}", at / len(people))
        yield (
            f"{read.name(each)} {number} {run.period} {run.evidence[:6]}.pdf",
            partial(pdf, book.snapshot, book.of(each), read),
        )


def csv(book: Book, people: Sequence[str]) -> bytes:
    """The steps of some people's payouts, a row a step; nothing in it runs as a formula."""
    from dashboard.components.tables import Column, to_csv  # late: it loads Streamlit

    read = reader(book.snapshot)
    return to_csv([Column(each) for each in CSV], [row for each in people for row in _rows(read, book.of(each))])


def _rows(read: Reader, full: FullStatement) -> Iterator[list[Any]]:
    who = full.participant.person
    for each in full.steps:
        amount = "" if each.amount is None else each.amount
        told_rule = rule_told(read.write, each, read.named)
        at = "" if each.segment is None else each.segment
        yield [full.run.id, who, read.name(who), at, each.name, each.kind, told_rule, each.result, each.unit, amount]


def json_of(book: Book, people: Sequence[str]) -> bytes:
    """The statements of some people, as a JSON list."""
    read = reader(book.snapshot)
    return _json([data(read, book.of(each)) for each in people])


def csv_to(out: IO[bytes], book: Book) -> None:
    """Every step of everybody into an open file, some people at a time."""
    for at, people in enumerate(batched(sorted(book.people), PART)):
        text = csv(book, people)
        out.write(text if at == 0 else text.split(b"\n", 1)[1])


def json_to(out: IO[bytes], book: Book) -> None:
    """The statements of everybody into an open file as a JSON list, one in memory at a time."""
    read = reader(book.snapshot)
    for at, each in enumerate(sorted(book.people)):
        out.write((b",\n" if at else b"[\n") + _json(data(read, book.of(each))))
    out.write(b"\n]\n")


def batched(people: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """The people, so many at a time; one empty part of nobody."""
    for at in range(0, max(len(people), 1), size):
        yield people[at : at + size]


def _json(value: Any) -> bytes:
    return json.dumps(value, default=str, ensure_ascii=False, indent=1).encode()


def data(read: Reader, full: FullStatement) -> dict[str, Any]:
    """A statement as JSON values: money in minor units, exact numbers as text."""
    run, plan = full.run, full.plan
    return {
        "run": run.id, "plan": plan.id, "period": run.period, "person": full.participant.person, "currency": plan.currency,
        "payout_minor": full.work.payout, "opportunity_minor": shown(full.work.opportunity),
        "steps": [_step(read.write, each, read.named) for each in full.steps],
        "figures": [_figure(each) for each in full.figures],
        "one_more_point": [_margin(each) for each in full.margins],
        "chance_range": full.chance and asdict(full.chance),
        "luck": {name: asdict(each) for name, each in full.luck.items()},
        "sources": [asdict(each) for each in full.sources],
        "plan_version": plan.version, "plan_hash": full.plan_hash, "evidence": run.evidence,
        "facts_version": full.facts_version, "datasets": dict(full.datasets), "program": full.program,
        "ledger": full.sealed and asdict(full.sealed),
        "decided": [{**asdict(each), "name": read.name(each.who)} for each in full.decided],
        "contest_until": full.contest_until,
        "held": [asdict(each) for each in full.beside.held],
        "adjustments": [{**asdict(each), "by": read.name(each.by)} for each in full.beside.adjustments],
        "disputes": [{**asdict(each), "by": read.name(each.by)} for each in full.beside.disputes],
    }  # fmt: skip


def _step(write: Formats, step: Step, named: Named) -> dict[str, Any]:
    row = {
        "name": step.name,
        "told": rule_told(write, step, named),
        "result": step.result,
        "kind": step.kind,
        "unit": step.unit,
    }
    inputs: Mapping[str, str] = dict(step.inputs)
    return row | {"rule": step.rule, "inputs": inputs, "amount_minor": step.amount, "segment": step.segment}


def _figure(each: Read) -> dict[str, Any]:
    held = each.figure
    return {
        "of": each.of, "kpi": each.kpi, "title": each.title, "scope": each.scope, "window": each.window, "unit": each.unit,
        "exact": shown(each.exact), "n": None if each.n is None else shown(each.n),
        "low": held and held.low, "high": held and held.high, "method": held and held.method,
        "assumption": held and held.assumption, "read_by": list(each.reads), "target": each.target,
        "values": None if each.values is None else [shown(one) for one in each.values],
        "target_versions": [{"version": at, "since": since, "hash": digest} for at, since, digest in each.versions],
    }  # fmt: skip


def _margin(each: Margin) -> dict[str, Any]:
    figure, better = (None if one is None else shown(one) for one in (each.figure, each.better))
    lines = [{"segment": segment, "component": component} for segment, component in each.lines]
    return {
        "of": each.of, "figure": figure, "better": better, "more_minor": each.amount, "lines": lines, "reason": each.told(),
    }  # fmt: skip
