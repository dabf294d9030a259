"""A company drawn at random, kept as a real workspace on SQLite, and who in it is paid by what, worked out from the drawing alone."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from kpis import settings
from kpis.records.session import session
from kpis.records.tables import Identity
from kpis.workflows.build import build
from kpis.workflows.plans import import_plan
from kpis.workspace import Workspace, open_snapshot
from tests.kpis.approved import AUDIT, BOARD, HR, SECOND
from tests.kpis.small import FCR, HIRED, NOW, PROMISES, SETTINGS, fill, set_targets, workspace

DEPARTMENTS = ("d0", "d1", "d2", "d3")
DECIDED = ("plan", "run", "target")
OUTSIDE = (HR, BOARD, SECOND, AUDIT)
QUARTERS = {"q3": "2026-Q3", "q4": "2026-Q4"}
SINCE = date(2026, 1, 1)


@dataclass
class Version:
    """One version of a plan: who is in it, whose figures it reads, and how far it came."""

    members: frozenset[str]
    places: frozenset[str]
    reads: tuple[str, ...]
    approvers: set[str] = field(default_factory=set)
    active: bool = False

    @property
    def approved(self) -> bool:
        """Whether two people approved it."""
        return len(self.approvers) > 1


@dataclass
class Office:
    """What was drawn: homes, roles and heads of people, which departments hold targets, and plans; then what is decided."""

    home: dict[str, str]
    role: dict[str, str]
    heads: dict[str, str]
    held: tuple[str, ...]
    below: tuple[str, ...]
    joint: tuple[str, ...]
    plans: dict[str, list[Version]]
    runs: dict[str, frozenset[str]] = field(default_factory=dict)
    decided: list[tuple[str, str]] = field(default_factory=list)

    def paid(self, version: Version) -> frozenset[str]:
        """Whom a version pays."""
        return version.members | {each for each, home in self.home.items() if home in version.places}

    def live(self, plan: str) -> list[Version]:
        """The versions that pay or may come to: the newest, and every one that two people approved."""
        return [each for each in self.plans[plan] if each.approved or each is self.plans[plan][-1]]

    def scopes(self) -> dict[str, str]:
        """The scope of every target, by the name it has in each quarter."""
        whose = {"whole": "company", "joint": "joint:" + "+".join(self.joint)}
        return whose | {each: f"department:{each}" for each in self.held}

    def edges(self, ties: bool, chain: tuple[str, ...]) -> Iterable[tuple[str, str]]:
        """What moves what; with the `ties` of targets to others, and what people inside decided on the `chain`'s things."""
        for plan in self.plans:
            for version in self.live(plan):
                for person in self.paid(version):
                    yield f"plan:{plan}", f"person:{person}"
                    yield from ((f"target:{each}", f"person:{person}") for each in self._read(version, person))
        for quarter in QUARTERS if ties else ():
            tied = [("whole", each) for each in self.below] + [
                ("joint", each) for each in self.joint if each in self.held
            ]
            for one, other in tied:
                yield f"target:{one}_{quarter}", f"target:{other}_{quarter}"
                yield f"target:{other}_{quarter}", f"target:{one}_{quarter}"
        for run, people in self.runs.items():
            yield from ((f"run:{run}", f"person:{each}") for each in people)
        yield from (
            (f"person:{by}", thing) for by, thing in self.decided if by in self.home and thing.startswith(chain)
        )

    def _read(self, version: Version, person: str) -> set[str]:
        """The targets a version pays a person on: for `own`, the department's, and the company's that stands in for it."""
        found = set()
        for each in version.reads:
            names = {self.home[person], "whole"} & {*self.held, "whole"} if each == "own" else {each}
            found |= {f"{name}_{quarter}" for name in names for quarter in QUARTERS}
        return found

    def paid_by(self, things: Iterable[str], ties: bool = True, chain: tuple[str, ...] = DECIDED) -> set[str]:
        """Everybody whose pay the things reach, directly, through targets, or through whoever decided something."""
        reach, edges = set(things), list(self.edges(ties, chain))
        while more := {to for one, to in edges if one in reach} - reach:
            reach |= more
        return {each.removeprefix("person:") for each in reach if each.startswith("person:")}

    def read_for(self, plan: str, person: str, component: int) -> str:
        """The target that a component of the run's version was paid on for a person in the third quarter."""
        version = next(each for each in self.plans[plan] if each.active)
        name = version.reads[component]
        own = self.home[person] if self.home[person] in self.held else "whole"
        return f"target:{own if name == 'own' else name}_q3"


TREE = [
    {"department": each, "name": each, "parent": "all" if each != "all" else None} for each in ("all", *DEPARTMENTS)
]


@cache
def _template(folder: Path) -> Workspace:
    """A workspace with cases of every department, their facts, and nobody in it, made once."""
    where = workspace(folder, [FCR], SETTINGS, PROMISES)
    start = datetime(2026, 7, 6, 9, tzinfo=NOW.tzinfo)
    rows = [
        {
            "case_id": f"{place}{at}", "opened_at": start + timedelta(days=at), "first_contact_resolved": at % 4 > 0,
            "contacts": 1, "department": place, "channel": "phone",
        }
        for place in DEPARTMENTS for at in range(40)
    ]  # fmt: skip
    fill(where, "service_cases", rows)
    fill(where, "departments", TREE)
    build(where)
    shutil.rmtree(where.lake / "departments")  # each company has its own heads
    where.engine.dispose()
    return where


def made(root: Path, office: Office) -> Workspace:
    """The company as a workspace: people with their roles, its targets of both quarters, and its plans as drafts."""
    folder, like = Path(mkdtemp(dir=root)), _template(root / "template")
    shutil.copytree(like.root, folder, dirs_exist_ok=True)
    told = SETTINGS + _access(office)
    (folder / "goldenthread.toml").write_text(told)
    where = replace(like, root=folder, settings=settings.parse(told))
    people, since = sorted(office.home), {"valid_from": SINCE}
    pay = {"amount": 4_000_000, "currency": "EUR", "amount_is": "full_time", **since}
    fill(where, "departments", [each | {"head": office.heads.get(str(each["department"]))} for each in TREE])
    fill(where, "people", [{"person": each} for each in people])
    fill(where, "assignments", [
        {"person": each, "department": office.home[each], "share": 1_000_000, **since} for each in people
    ])  # fmt: skip
    fill(where, "pay_basis", [{"person": each, **pay} for each in people])
    fill(where, "employment", [{"person": each, **HIRED} for each in people])
    with session(where.engine) as records:
        records.add_all(
            Identity(surrogate=each, kind="person", external=f"E{each}", name=each, email=f"{each}@example.org")
            for each in people
        )
    set_targets(where, "targets:\n" + "".join(_target(office, *each) for each in office.scopes().items()))
    snapshot = open_snapshot(where)
    for plan, versions in office.plans.items():
        import_plan(snapshot, plan_text(plan, 1, versions[0], office), NOW)
    return where


def _access(office: Office) -> str:
    given = {"hr": [HR, SECOND], "approver": [BOARD, AUDIT], "leader": []}
    for person, role in office.role.items():
        if role:
            given[role].append(f"{person}@example.org")
    return "[access]\n" + "".join(f"{role} = {addresses!r}\n" for role, addresses in given.items())


def _target(office: Office, name: str, scope: str) -> str:
    values = "threshold: 60, target: 70, stretch: 80"
    more = ""
    if name == "whole" and office.below:
        more = f", rest: {{share: {(10 - 2 * len(office.below)) / 10}, {values}}}"
    found = ""
    for quarter in QUARTERS:
        tie = f", parent: whole_{quarter}, share: 0.2" if name in office.below else more
        found += (
            f'  - {{id: {name}_{quarter}, kpi: fcr, scope: "{scope}", period: {QUARTERS[quarter]}, {values}{tie}}}\n'
        )
    return found


def plan_text(plan: str, number: int, version: Version, office: Office) -> str:
    """The YAML of a version; its components are `c0` and on."""
    scopes = office.scopes() | {"own": "own_department"}
    people = ", ".join(f"E{each}" for each in sorted(version.members))
    weight = 100 // len(version.reads)
    lines = "".join(
        f'  - {{id: c{at}, weight: {weight}, kpi: fcr, scope: "{scopes[each]}", curve: {{points: [[0, 50], [100, 100]]}}}}\n'
        for at, each in enumerate(version.reads)
    )
    return f"""id: {plan}
version: {number}
frequency: quarter
participants: {{departments: [{", ".join(sorted(version.places))}], people: [{people}]}}
opportunity: {{percent_of_salary: 10}}
clawback: {{months: 12, causes: [leaving]}}
decimals: 1
components:
{lines}"""
