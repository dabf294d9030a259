"""Ten thousand random tamperings, half of the records, half of bundles, each held against a head of the ledger kept elsewhere."""

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from random import Random

from kpis.incentives import checker
from kpis.workflows import bundles
from tests.prove import tampered_bundles, tampered_records
from tests.prove.history import RUN
from tests.prove.run import Progress, Proved
from tests.prove.tampered_records import TABLES, UNVOUCHED, Records

TAMPERINGS = 10_000
SEED = 1789
SHARES = 4
EVERY = 10  # after so many tamperings an untouched copy is looked at
EXPLAINED = """# Ten thousand tamperings

`make prove` changes the record database of a small company, and the bundles exported from it, in ten thousand random ways, by
somebody who has the files, knows the program and can compute every hash anew. `goldenthread verify` and the stand-alone checker
look at each, against the head of the ledger that was kept elsewhere ([why](check-a-payout.md)). In between they look at untouched copies.

| Tampering | Where | Tried | Found |
| --- | --- | ---: | ---: |
"""

BY_TABLE = """## By table

Tamperings of one value or row, by the table it was in. Those of several tables at once are not counted here.

| Table | Tried | Found |
| --- | ---: | ---: |
"""
NOT = """What is stored and not vouched for, because nothing that is paid is computed from it:
"""


@dataclass
class Tally:
    """How often each tampering was tried and found, and in which table; `false` alarms on `untouched` copies."""

    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    tables: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    untouched: int = 0
    false: int = 0

    def add(self, other: "Tally") -> None:
        """Count another's with these."""
        for mine, theirs in ((self.tried, other.tried), (self.found, other.found)):
            mine.update(theirs)
        self.tables.update(other.tables)
        self.seen.update(other.seen)
        self.untouched += other.untouched
        self.false += other.false

    @property
    def total(self) -> int:
        """Tamperings tried."""
        return self.tried.total()


def prove(scale: float, progress: Progress) -> Proved:
    """Tamper `scale` × 10,000 times, in as many processes as there are shares of a thousand or more."""
    wanted = max(2, round(TAMPERINGS * scale))
    shares = max(1, min(SHARES, wanted // 1_000))
    sizes = [wanted // shares + (at < wanted % shares) for at in range(shares)]
    with ProcessPoolExecutor(shares, mp_context=get_context("forkserver")) as pool:
        done = [pool.submit(share, SEED + at, size) for at, size in enumerate(sizes)]
        tally = Tally()
        for each in as_completed(done):
            tally.add(each.result())
            progress(f"{tally.total:,} tamperings, {tally.found.total():,} found, {tally.false} false alarms")
    rows = [
        {"tampering": name, "where": where, "tried": tried, "found": tally.found[name, where]}
        for (name, where), tried in sorted(tally.tried.items())
    ]
    passed = tally.found == tally.tried and not tally.false and tally.untouched > 0
    return Proved(rows, passed, page(rows, tally))  # type: ignore[arg-type]


def share(seed: int, wanted: int) -> Tally:
    """One share of the tamperings, of a company of its own."""
    draw, tally = Random(seed), Tally()
    with tempfile.TemporaryDirectory() as folder:
        records = Records(Path(folder) / "company")
        exported, mine = bundles.files(records.where, RUN), bundles.files(records.where, RUN, "p_3")
        while tally.total < wanted:
            before = tally.total
            if before % 2:
                in_records(draw, records, tally)
            elif before % 6:
                in_bundle(draw, exported, records.head.hash, tally, "bundle")
            else:
                in_bundle(draw, mine, records.head.hash, tally, "one person's bundle")
            if tally.total % EVERY == 0:
                untouched(records, (exported, mine), tally)
        records.where.engine.dispose()
    return tally


def in_records(draw: Random, records: Records, tally: Tally) -> None:
    """One tampering of the records; a change that leaves every row as it was does not count."""
    records.restore()
    name, table = tampered_records.tamper(draw, records)
    if records.changed():
        found = records.found()
        tally.tried[name, "records"] += 1
        tally.found[name, "records"] += found
        tally.tables[table] += bool(table)
        tally.seen[table] += bool(table) and found


def in_bundle(draw: Random, exported: dict[str, bytes], head: str, tally: Tally, where: str) -> None:
    """One tampering of a bundle."""
    files = dict(exported)
    what = tampered_bundles.tamper(draw, files), where
    if content(files) != content(exported):
        tally.tried[what] += 1
        tally.found[what] += bool(checker.check(files, head)[0])


def content(files: dict[str, bytes]) -> dict[str, object]:
    """What the files say: a manifest that was changed and mended again says what it said."""
    manifest = files.get("manifest.json", b"")
    with suppress(ValueError):
        return {**files, "manifest.json": json.loads(manifest)}
    return dict(files)


def untouched(records: Records, exported: Sequence[dict[str, bytes]], tally: Tally) -> None:
    """Copies that nobody touched."""
    records.restore()
    tally.untouched += 1 + len(exported)
    tally.false += records.found() + sum(bool(checker.check(dict(each), records.head.hash)[0]) for each in exported)


def page(rows: list[dict[str, object]], tally: Tally) -> str:
    """What was tried and found, as a page."""
    told = [f"| {row['tampering']} | {row['where']} | {row['tried']:,} | {row['found']:,} |" for row in rows]
    total = f"| **all** | | **{tally.total:,}** | **{tally.found.total():,}** |"
    alarms = f"\nUntouched copies looked at in between: {tally.untouched:,}; false alarms: {tally.false}.\n"
    tables = [f"| {name} | {tally.tables[name]:,} | {tally.seen[name]:,} |" for name in sorted(TABLES)]
    why = [f"- `{name}`: {reason}." for name, reason in UNVOUCHED.items()]
    return (
        "\n".join([EXPLAINED + "\n".join([*told, total]), alarms, BY_TABLE + "\n".join(tables), "", NOT, *why]) + "\n"
    )
