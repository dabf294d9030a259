"""A workspace is one company in one folder: its settings, its definitions, its lake, its records."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb
import pyarrow as pa

from data_contracts.contract import Contract, parse_contract, shipped
from data_contracts.lake import FACTS, Lake
from data_contracts.lake import Snapshot as LakeSnapshot
from data_contracts.problems import Problem, Problems, did_you_mean
from data_contracts.receipts import ADMITTED, REFUSED, read_receipts
from kpis import definitions, links, promises, settings, views
from kpis.definitions import KpiDefinition
from kpis.organisation import Department, Organisation
from kpis.promises import Promises
from kpis.settings import Settings
from kpis.sums import Rows
from kpis.views import Cube

if TYPE_CHECKING:
    from sqlalchemy import Engine

SETTINGS = "goldenthread.toml"
Value = TypeVar("Value")
KINDS = {
    "string": "VARCHAR",
    "key": "VARCHAR",
    "int": "BIGINT",
    "money": "BIGINT",
    "share": "BIGINT",
    "number": "DOUBLE",
    "bool": "BOOLEAN",
}
KINDS |= {"date": "DATE", "timestamp": "TIMESTAMPTZ"}


def duckdb_types(contract: Contract) -> dict[str, str]:
    """The DuckDB types of a contract's lake columns, for a dataset that has received nothing yet."""
    return {column.name: KINDS[column.kind] for column in contract.lake_columns} | {
        "_delivery": "VARCHAR",
        "_row": "BIGINT",
    }


@dataclass(frozen=True)
class Workspace:
    """Everything a workspace's files say, checked. `today` is the day figures are read on."""

    root: Path
    settings: Settings
    contracts: Mapping[str, Contract]
    kpis: Mapping[str, KpiDefinition]
    promises: Promises
    today: date

    @property
    def lake(self) -> Path:
        """The folder of the Delta tables."""
        return self.root / "lake"

    @cached_property
    def engine(self) -> "Engine":
        """The record database, at its newest schema."""
        from kpis.records.session import engine_for  # late: most of what reads a workspace never asks its records

        return engine_for(self.settings.records.url or f"sqlite:///{self.root / 'records.db'}")

    def kpi(self, name: str) -> KpiDefinition:
        """The KPI of that name; raises Problems with a suggestion when there is none."""
        if name not in self.kpis:
            raise Problems([Problem("KPI", "a KPI of this workspace", repr(name), did_you_mean(name, self.kpis))])
        return self.kpis[name]

    def layout_text(self, name: str) -> str:
        """The text of a layout; raises Problems with a suggestion when there is none."""
        known = {path.stem: path for path in (self.root / "layouts").glob("*.yaml")}
        if name not in known:
            step = did_you_mean(name, known)
            raise Problems([Problem("--layout", "a file in layouts/", repr(name), step)])
        return known[name].read_text("utf-8")


def open_workspace(root: Path, now: datetime) -> Workspace:
    """The workspace in that folder; raises Problems with everything wrong in any of its files."""
    file = root / SETTINGS
    if not file.is_file():
        step = "Make one with `goldenthread init DIR`, or name one with --workspace."
        raise Problems([Problem(str(root), f"a folder with {SETTINGS}", "none", step)])
    found: list[Problem] = []
    told = _collected(found, lambda: settings.parse(_text(file)))
    contracts = dict(_contracts(root, found))
    promised = _collected(found, lambda: promises.parse(_text(root / "promises.yaml")))
    kpis = dict(_kpis(root, told, found))
    whole = not found
    if promised is not None:
        kpis = {name: _served(kpi, promised, root, found) for name, kpi in kpis.items()}
    columns = {name: _measurable(contract) for name, contract in contracts.items()}
    kpis = _answerable(kpis, columns, root)
    for kpi in kpis.values():
        if whole or kpi.dataset in columns:  # a contract that cannot be read has its own problem already
            found.extend(definitions.check(kpi, columns))
            found.extend(_telling(kpi, contracts.get(kpi.dataset)))
            found.extend(links.check(kpi, kpis) if whole else ())
    if found or told is None or promised is None:
        raise Problems(found)
    today = told.company.as_of or now.astimezone(told.zone).date()
    return Workspace(root, told, contracts, kpis, promised, today)


def _measurable(contract: Contract) -> list[str]:
    """The columns a figure may be made of: what a contract calls restricted (pay, levels, absences) is for payouts alone."""
    return [column.name for column in contract.lake_columns if column.classification != "restricted"]


def _telling(kpi: KpiDefinition, contract: Contract | None) -> Iterator[Problem]:
    """A cut by person or customer would be a list of individual figures, which no agreement on a KPI page covers."""
    keys = [column.name for column in contract.lake_columns if column.surrogate] if contract else []
    for cut, text in kpi.cuts.items():
        if any(re.search(rf"\b{name}\b", text) for name in (*keys, r"customers\.customer")):
            step = "Cut by a segment, a channel or another group; credit people under `credit`."
            yield Problem(f"kpis/{kpi.id}.yaml, cuts.{cut}", "a group of many", repr(text), step)


def _served(kpi: KpiDefinition, promised: Promises, root: Path, found: list[Problem]) -> KpiDefinition:
    """The KPI as the workspace's promises see it: its own must name one of them, a shipped one else serves none here."""
    if kpi.promise is None or kpi.promise in promised.known:
        return kpi
    if (root / "kpis" / f"{kpi.id}.yaml").is_file():
        step = did_you_mean(kpi.promise, promised.known)
        found.append(Problem(f"kpis/{kpi.id}.yaml, promise", "a promise of promises.yaml", repr(kpi.promise), step))
    return kpi.model_copy(update={"promise": None})


def _answerable(
    kpis: Mapping[str, KpiDefinition], columns: Mapping[str, Collection[str]], root: Path
) -> dict[str, KpiDefinition]:
    """Without the shipped KPIs that ask more than a contract of the workspace's own has, and without links to what is not here."""
    own = {path.stem for path in (root / "kpis").glob("*.yaml")}
    held = {path.stem for path in (root / "contracts").glob("*.yaml")}
    found = {
        name: kpi
        for name, kpi in kpis.items()
        if name in own or kpi.dataset not in held or not definitions.check(kpi, columns)
    }
    found = {name: kpi for name, kpi in found.items() if name in own or set(kpi.parts) <= set(found)}
    asked = {name: kpi.response for name, kpi in found.items() if kpi.response and name not in own}
    lost = [name for name, each in asked.items() if not {each.asked, each.answered} <= set(found)]
    return found | {name: found[name].model_copy(update={"response": None}) for name in lost}


def _contracts(root: Path, found: list[Problem]) -> Iterator[tuple[str, Contract]]:
    texts = {f"{name}.yaml": text for name, text in shipped().items()} | _texts(root / "contracts", found)
    for name, text in texts.items():
        contract = _collected(found, lambda name=name, text=text: parse_contract(text, f"contracts/{name}"))  # type: ignore[misc]
        if contract is not None:
            yield contract.name, contract


def _kpis(root: Path, told: Settings | None, found: list[Problem]) -> Iterator[tuple[str, KpiDefinition]]:
    texts = shipped_kpis()
    chosen = set(texts) if told is None or told.kpis.shipped == "all" else set(told.kpis.shipped)
    for name in sorted(chosen - set(texts)):
        step = did_you_mean(name, texts)
        found.append(Problem(f"{SETTINGS}, kpis.shipped", "a KPI that ships", repr(name), step))
    texts = {f"{name}.yaml": text for name, text in texts.items() if name in chosen} | _texts(root / "kpis", found)
    for name, text in texts.items():
        kpi = _collected(found, lambda name=name, text=text: definitions.parse(text, f"kpis/{name}"))  # type: ignore[misc]
        if kpi is not None and f"{kpi.id}.yaml" != name:
            step = f"Rename the file to {kpi.id}.yaml, or the KPI."
            found.append(Problem(f"kpis/{name}, id", repr(name.removesuffix(".yaml")), repr(kpi.id), step))
        elif kpi is not None:
            yield kpi.id, kpi


def _texts(folder: Path, found: list[Problem]) -> dict[str, str]:
    """The text of every YAML file of a folder, by its name."""
    read = {path.name: _collected(found, lambda path=path: _text(path)) for path in sorted(folder.glob("*.yaml"))}  # type: ignore[misc]
    return {name: text for name, text in read.items() if text is not None}


def _text(file: Path) -> str:
    """The text of a file, empty where there is none; raises Problems when it is not UTF-8."""
    try:
        return file.read_text("utf-8-sig") if file.is_file() else ""
    except UnicodeDecodeError as error:
        raise Problems([Problem(file.name, "a UTF-8 file", str(error), "Save it as UTF-8.")]) from error


def shipped_kpis() -> dict[str, str]:
    """The YAML text of every KPI that ships, by identity."""
    folder = resources.files("kpis") / "catalog"
    return {
        item.name.removesuffix(".yaml"): item.read_text("utf-8")
        for item in sorted(folder.iterdir(), key=lambda item: item.name)
        if item.name.endswith(".yaml")
    }


def _collected(found: list[Problem], read: Callable[[], Value]) -> Value | None:
    """What `read` gives, or None with its problems added to `found`."""
    try:
        return read()
    except Problems as problems:
        found.extend(problems.problems)
        return None


@dataclass(frozen=True)
class Snapshot:
    """One version of the lake and its facts: whoever reads through it never sees a mixture.

    `built` is what the facts were built from: KPI → definition digest and the version of every dataset that was read.
    `deliveries` says of each dataset whether its newest delivery was admitted. `designs` are design effects: KPI →
    department ('' for the company) → variance over what independent answers would give. `held` are the facts that are
    small enough to keep in memory.
    """

    workspace: Workspace
    lake: LakeSnapshot
    connection: duckdb.DuckDBPyConnection
    built: Mapping[str, Any]
    deliveries: Mapping[str, bool]
    designs: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    held: Mapping[str, Cube] = field(default_factory=dict, repr=False, compare=False)
    memory: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, key: Any, ask: Callable[[], Value]) -> Value:
        """The answer of `ask`, asked once for this snapshot: nothing in it changes."""
        found = self.memory.get(key, self)  # hashed once: a key may name a hundred windows
        if found is self:
            found = self.memory[key] = ask()
        return found  # type: ignore[no-any-return]

    def kept(self, cube: str, kpi: str) -> Rows | None:
        """A KPI's rows of a cube, where they are in memory."""
        return self.held.get(cube, {}).get(kpi)

    def rows(self, sql: str, **parameters: Any) -> pa.Table:
        """The answer of one SELECT over the views `facts` and the datasets; `$name` takes a parameter."""
        return self.connection.cursor().sql(sql, params=parameters or None).to_arrow_table()

    @cached_property
    def organisation(self) -> Organisation:
        """The department tree of this snapshot; empty where no departments were delivered."""
        if "departments" not in self.lake.versions:
            return Organisation(())
        found = self.rows(
            "SELECT department AS id, name, parent, head, function FROM departments ORDER BY id"
        ).to_pylist()
        return Organisation(tuple(Department(**each) for each in found))


def open_snapshot(
    workspace: Workspace, at: LakeSnapshot | None = None, facts: pa.Table | None = None, keep: bool = True
) -> Snapshot:
    """A state of the lake, opened once: views of its datasets and facts over one in-memory DuckDB.

    The newest state, or the versions `at` names; `facts` stand in for the lake's; `keep` the small cubes for many questions.
    """
    lake = Lake(workspace.lake)
    snapshot = at or lake.snapshot()
    connection = duckdb.connect()
    connection.execute(f"SET TimeZone = '{workspace.settings.company.zone}'; SET threads = 2")
    for name, contract in workspace.contracts.items():
        relation = snapshot.sql(name, duckdb_types(contract))
        connection.execute(f'CREATE VIEW "{name}" AS SELECT * FROM {relation}')  # noqa: S608 - names come from checked contracts
    if facts is None:
        views.of_lake(connection, snapshot)
    else:
        views.of_table(connection, facts)
    held = views.held(connection, snapshot) if facts is None and keep else {}
    connection.execute("SET lock_configuration = true")
    built, designs = told(lake, snapshot.versions.get(FACTS))
    return Snapshot(workspace, snapshot, connection, built, _newest(lake), designs, held)


def _newest(lake: Lake) -> dict[str, bool]:
    """Whether the newest delivery of each dataset was admitted; one that came before, or was not released, says nothing."""
    return {
        each.dataset: each.state == ADMITTED for each in read_receipts(lake.root) if each.state in (ADMITTED, REFUSED)
    }


def told(lake: Lake, version: int | None) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What a version of the facts was built from, and its design effects; nothing where there are none of today's layout."""
    if not version or not views.laid_out(lake, version):
        return {}, {}
    entry = next(each for each in lake.table(FACTS, version).history() if each["version"] == version)
    return json.loads(entry["goldenthread.built"]), json.loads(entry.get("goldenthread.designs", "{}"))
