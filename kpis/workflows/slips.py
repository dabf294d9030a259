"""The whole statement of a payout: steps, figures, one more point, chance, sources down to the deliveries, who decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import col, select

from data_contracts.problems import Problem, raise_if
from kpis.incentives import evidence
from kpis.incentives.chance import Belief, Range, chance_range
from kpis.incentives.luck import Luck
from kpis.incentives.margin import Margin, margins, payer, scale_of
from kpis.incentives.paid import Participant
from kpis.incentives.plan import Plan
from kpis.incentives.reckon import Work, reckon
from kpis.incentives.statement import Step, statement
from kpis.records.session import session
from kpis.records.tables import LedgerRecord, Run, utc
from kpis.workflows import chances, clawbacks, identities, inforce, pay
from kpis.workflows.disputes import TO_CONTEST
from kpis.workflows.looked import CLOSED, Looked, look
from kpis.workflows.slip_beside import Beside, beside
from kpis.workflows.slip_figures import Read, Reads
from kpis.workflows.slip_sources import Source, Sources
from kpis.workspace import Snapshot


@dataclass(frozen=True)
class Decided:
    """One step of a run by a person: calculated, checked, approved, closed; the moment in UTC."""

    step: str
    who: str
    at: datetime


@dataclass(frozen=True)
class Sealed:
    """The run's entry in the ledger: its number and its hash, to be held against a chain that was written anew."""

    number: int
    hash: str


@dataclass(frozen=True)
class FullStatement:
    """Everything a payout rests on, of one person of one run.

    `chance` is None where a figure is not known of; `luck` by component id is that of the plan's group, never of the person, and
    holds what is defined. Money is in minor units.
    """

    run: Run
    work: Work
    participant: Participant
    plan: Plan
    steps: tuple[Step, ...]
    figures: tuple[Read, ...]
    margins: tuple[Margin, ...]
    chance: Range | None
    luck: Mapping[str, Luck]
    sources: tuple[Source, ...]
    decided: tuple[Decided, ...]
    plan_hash: str
    facts_version: int | None
    datasets: Mapping[str, int]
    sealed: Sealed | None
    program: str
    beside: Beside = field(default_factory=Beside)

    @property
    def closed(self) -> bool:
        """Whether it was approved and paid; until then it is what was calculated."""
        return any(each.step == CLOSED for each in self.decided)

    @property
    def contest_until(self) -> datetime:
        """The last moment to contest a line."""
        closed = [each.at for each in self.decided if each.step == CLOSED]
        return (closed[-1] if closed else utc(self.run.made_at)) + TO_CONTEST

    def contestable(self, now: datetime) -> dict[str, int]:
        """The lines that may be contested now, with what each is worth in minor units: in time, and not contested yet."""
        if now > self.contest_until:
            return {}
        return {name: worth for name, worth in self.beside.lines.items() if name not in self.beside.in_dispute}


class Book:
    """The statements of one run: its evidence is read once, and so is what its people share."""

    def __init__(
        self, snapshot: Snapshot, run_id: str, decided: Sequence[Decided] = (), at: Looked | None = None
    ) -> None:
        """Open a run; `decided` are its later steps and `at` how it stands, where known. Raises Problems for an unknown run."""
        workspace = snapshot.workspace
        self.snapshot, self.record, self.at = snapshot, pay.one(workspace, run_id), at
        self.document = pay.document(workspace, run_id)
        self.content = evidence.read(self.document["run"])
        self.window = workspace.settings.calendar.parse(self.record.period)
        self.people = {each.person: each for each in self.content.participants}
        calculated = Decided("calculated", self.record.made_by, utc(self.record.made_at))
        names = identities.names(snapshot.workspace)
        self.decided = tuple(replace(each, who=names.get(each.who, each.who)) for each in (calculated, *decided))
        self.reads = Reads(snapshot, self.document, self.window, utc(self.record.made_at).date())
        self.sources = Sources(snapshot, self.document, self.window)
        self.scales = {name: scale_of(each) for name, each in self.reads.kpis.items()}
        self.again = payer(self.content)
        self.sealed = _sealed(snapshot, run_id)
        self.claims = clawbacks.every(workspace)

    def amounts(self) -> dict[str, int]:
        """What the run pays everybody, by person."""
        return {each: self._work(one).payout for each, one in self.people.items()}

    def _work(self, each: Participant) -> Work:
        return reckon(self.content.plan, each, self.content.frame)

    def of(self, person: str) -> FullStatement:
        """One person's statement; raises Problems where the run paid no such person."""
        step = "Look at the run's blocked payouts."
        wrong = Problem(f"run {self.record.id}", "a person it paid", repr(person), step)
        raise_if([] if person in self.people else [wrong])
        one, plan, frame = self.people[person], self.content.plan, self.content.frame
        work = self._work(one)
        figures = tuple(self.reads.of(one, work, plan))
        known, lucky = self._known()
        others = [each for each in self.content.participants if each.person != person] if plan.pool else []
        return FullStatement(
            self.record, work, one, plan, statement(plan, one, frame, work), figures,
            tuple(margins(one, work, self.again, self.scales)),
            chance_range(plan, frame, [one], known, others=others), lucky,
            tuple(self.sources.of({each.kpi for each in figures})), self.decided, plan.digest(),
            self.document["lake"].get("facts"), self.document["lake"], self.sealed, self.document["program"],
            beside(self.at, person, self.snapshot.workspace.today, self.claims) if self.at else Beside(),
        )  # fmt: skip

    def _known(self) -> tuple[Mapping[str, Belief], Mapping[str, Luck]]:
        """What is known of every figure of the run, and the luck shares of its group; of another plan than today's, nothing."""
        plan = self.content.plan
        today, _ = inforce.version_for(self.snapshot.workspace, plan.id, self.window.start)
        if today.digest() != plan.digest():
            return {}, {}
        people, now, window = self.content.participants, self.snapshot, self.window
        known = now.once(("believed", self.record.id), lambda: chances.beliefs_of(now, plan, people, window))
        luck = now.once(("luck", plan.digest(), window.name), lambda: chances.of_group(now, plan, window))
        return known, luck


def book(snapshot: Snapshot, run_id: str) -> Book:
    """The statements of a run with what is recorded of its steps; raises Problems for an unknown run."""
    pay.one(snapshot.workspace, run_id)
    with session(snapshot.workspace.engine) as records:
        at = look(records, run_id)
    return Book(snapshot, run_id, [Decided(each.step, each.by, utc(each.at)) for each in at.steps], at)


def _sealed(snapshot: Snapshot, run_id: str) -> Sealed | None:
    """The ledger entry of a run's calculation."""
    with session(snapshot.workspace.engine) as records:
        near = select(LedgerRecord).where(col(LedgerRecord.payload).contains(f'"run":"{run_id}"', autoescape=True))
        rows = records.exec(near.order_by(col(LedgerRecord.sequence))).all()
    found = [each for each in map(pay.entry_of, rows) if each.payload.get("kind") == "run"]
    return Sealed(found[0].position, found[0].hash) if found else None
