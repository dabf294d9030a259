"""Random people of a drawn company act through the workflows themselves, on a real SQLite: nobody decides their own pay.

Every act is held against who is paid by what is decided, worked out by tests/prove/offices.py from the drawing alone.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from data_contracts.problems import Problem, Problems
from kpis.workflows import aim, clawbacks, disputes, lifecycle, payruns, plans
from kpis.workspace import open_snapshot
from tests.kpis.approved import BOARD, token
from tests.kpis.small import NOW
from tests.prove.offices import DEPARTMENTS, OUTSIDE, Office, Version, made, plan_text

LONG = 100
DONE: Counter[str] = Counter()
KINDS: Counter[tuple[str, str]] = Counter()
ENDS, SEEN = ("taken", "conflict", "else"), ("taken", "refused: paid by it")
WAYS = (
    ("refused: paid by it", False, ()),
    ("refused: through a joint target or a cascade", True, ()),
    ("refused: through somebody who decided on a plan or a run", True, ("plan", "run")),
)
ROLES = ("", "hr", "leader", "approver")
CONFLICTS = ("somebody without a conflict of interest", "somebody who is not paid on it")
Do = Callable[[str, str], Any]  # with a token of its own, as somebody by one of their names
numbers = st.integers(0, 15)


def _drawn_version(data: st.DataObject, people: Sequence[str], names: Sequence[str]) -> Version:
    members = data.draw(st.sets(st.sampled_from(people), max_size=2))
    places = data.draw(st.sets(st.sampled_from(DEPARTMENTS), max_size=0 if members else 1))
    reads = data.draw(st.lists(st.sampled_from(("own", *names)), min_size=1, max_size=2, unique=True))
    return Version(frozenset(members or {people[0]}), frozenset(places), tuple(reads))


class Acting(RuleBasedStateMachine):
    """A company whose people decide about its pay through the workflows."""

    root: ClassVar[Path]

    @initialize(data=st.data(), people=st.integers(4, 7), count=st.integers(2, 3))
    def begin(self, data: st.DataObject, people: int, count: int) -> None:
        """Draw the company, and make it a workspace."""
        names = [f"p{at}" for at in range(people)]
        held = sorted(data.draw(st.sets(st.sampled_from(DEPARTMENTS), min_size=1)))
        office = Office(
            {each: data.draw(st.sampled_from(DEPARTMENTS)) for each in names},
            {each: data.draw(st.sampled_from(ROLES)) for each in names},
            {each: data.draw(st.sampled_from(names)) for each in data.draw(st.sets(st.sampled_from(DEPARTMENTS)))},
            tuple(held), tuple(sorted(data.draw(st.sets(st.sampled_from(held), max_size=3)))),
            tuple(sorted(data.draw(st.sets(st.sampled_from(DEPARTMENTS), min_size=2, max_size=3)))), {},
        )  # fmt: skip
        office.plans |= {f"plan{at}": [_drawn_version(data, names, sorted(office.scopes()))] for at in range(count)}
        self.office, self.names = office, names
        self.where = made(self.root, office)
        self.snapshot = open_snapshot(self.where)
        self.states = dict.fromkeys(office.plans, "draft")
        self.run_of: dict[str, str] = {}
        self.turn, self.now = 0, NOW

    def teardown(self) -> None:
        """Leave nothing behind."""
        if hasattr(self, "where"):
            self.where.engine.dispose()
            shutil.rmtree(self.where.root)

    def _act(self, kind: str, who: str, things: list[str], do: Do, asked: str = "") -> Any:
        """Let somebody act, hold what happened against the oracle, and keep what was decided; None where it was refused."""
        DONE["steps"] += 1
        self.turn, self.now = self.turn + 1, self.now + timedelta(seconds=1)
        told = (who, asked or who)
        mine, done, against = self._how(things, set(told)), None, Problems([])
        try:
            done = do(token(), self._name(who))
        except Problems as problems:
            against = problems
        said = any(_conflict(each, told) for each in against.problems)
        assert said == bool(mine), (kind, told, things, str(against), self.office)
        DONE["taken" if done is not None else mine or "refused for something else"] += 1
        KINDS[kind, "taken" if done is not None else "conflict" if said else "else"] += 1
        return done

    def _how(self, things: list[str], whose: set[str]) -> str:
        """How the things move their pay, if they do: the plainest way there is."""
        if not whose & self.office.paid_by(things):
            return ""
        plain = (told for told, *way in WAYS if whose & self.office.paid_by(things, *way))
        return next(plain, "refused: through somebody who changed a target")

    def _decided(self, who: str, *things: str) -> None:
        self.office.decided += [(who, each) for each in things]

    @rule(at=numbers, by=numbers)
    def take_a_plan_further(self, at: int, by: int) -> None:
        """Review, approve or activate the newest version of a plan."""
        plan, who = self._plan(at), self._who(by)
        version, things, snapshot, now = self.office.plans[plan][-1], [f"plan:{plan}"], self.snapshot, self.now
        state = "approved" if version.approved else self.states[plan]
        if version.active:
            return
        since = date(2026, 10, 1) if any(each.active for each in self.office.plans[plan]) else date(2026, 1, 1)
        steps: dict[str, Do] = {
            "draft": lambda key, me: lifecycle.review(snapshot, plan, me, now, key),
            "reviewed": lambda key, me: lifecycle.approve(snapshot, plan, me, now, key, lifecycle.nothing),
            "approved": lambda key, me: lifecycle.activate(snapshot, plan, since, me, now, key),
        }
        verb = {"draft": "review a plan", "reviewed": "approve a plan", "approved": "activate a plan"}[state]
        if self._act(verb, who, things, steps[state]):
            self._decided(who, *things)
            if state == "reviewed":
                version.approvers.add(who)
            version.active |= state == "approved"
            self.states[plan] = "reviewed"

    @precondition(lambda self: any(version.active for each in self.office.plans.values() for version in each))
    @rule(at=numbers, by=numbers, asked=numbers, obey=st.booleans())
    def take_a_run_further(self, at: int, by: int, asked: int, obey: bool) -> None:
        """Calculate, decide on exceptions, check, approve or close; `obey`: the one who was asked approves."""
        ready = [each for each, versions in self.office.plans.items() if any(one.active for one in versions)]
        plan, who, snapshot, now = ready[at % len(ready)], self._who(by), self.snapshot, self.now
        if plan not in self.run_of:
            self._calculate(plan, who)
            return
        run = self.run_of[plan]
        things, looked = [f"run:{run}", f"plan:{plan}"], payruns.looked(self.where, run)
        if any(looked.choice(each) == "open" for each in looked.exceptions):
            verb = "decide on exceptions"
            done = self._act(verb, who, things, lambda key, me: payruns.decide(
                snapshot, run, payruns.ALL, "pay", "Looked at.", me, now, key
            ))  # fmt: skip
        elif looked.state == "calculated":
            other = BOARD if obey else self._who(asked)
            done = self._act(
                "check a run", who, things, lambda key, me: payruns.check(snapshot, run, other, me, now, key), other
            )
        elif looked.state == "checked":
            by_whom = looked.steps[-1].asked if obey else who
            who = by_whom or who
            done = self._act("approve a run", who, things, lambda key, me: self._approve(run, me, looked.to_open, key))
        else:
            done = self._act("close a run", who, things, lambda key, me: payruns.close(snapshot, run, me, now, key))
        if done:
            self._decided(who, f"run:{run}")

    def _calculate(self, plan: str, who: str) -> None:
        done = self._act(
            "calculate a run", who, [f"plan:{plan}"],
            lambda _key, me: payruns.calculate(self.snapshot, plan, "2026-Q3", me, self.now),
        )  # fmt: skip
        if done:
            self.run_of[plan] = done[0].id
            version = next(each for each in self.office.plans[plan] if each.active)
            self.office.runs[done[0].id] = self.office.paid(version)
            self._decided(who, f"run:{done[0].id}")

    def _approve(self, run: str, me: str, to_open: frozenset[str], key: str) -> Any:
        with suppress(Problems):  # whoever may not look at it is refused below too
            payruns.opened(self.snapshot, run, sorted(to_open), me, self.now)
        return payruns.approve(self.snapshot, run, me, self.now, key)

    @precondition(lambda self: self.run_of)
    @rule(at=numbers, by=numbers)
    def send_a_run_back(self, at: int, by: int) -> None:
        """Send a run back that was checked or approved."""
        run, plan = self._run(at)
        who = self._who(by)
        if payruns.looked(self.where, run).state not in ("checked", "approved"):
            return
        if self._act("send a run back", who, [f"run:{run}", f"plan:{plan}"], lambda key, me: payruns.send_back(
            self.snapshot, run, "Look again.", me, self.now, key
        )):  # fmt: skip
            self._decided(who, f"run:{run}")

    @rule(at=numbers, by=numbers, less=st.integers(1, 5))
    def change_targets(self, at: int, by: int, less: int) -> None:
        """Make a target of the running quarter easier: the whole cascade, or one part of it against the rest."""
        names, who, below = sorted(self.office.scopes()), self._who(by), self.office.below
        name, known = names[at % len(names)], aim.newest(self.where)
        part = Decimal(less) / 100
        moved = ["whole", *below] if name == "whole" else [name]
        given = [_easier(known[f"{each}_q4"], part) for each in moved]
        if name == "whole" and below:
            given[0] = given[0].model_copy(update={"rest": _easier(given[0].rest, part)})
        elif name in below:
            whole = known["whole_q4"]
            up = round(-part * Decimal("0.2") / whole.rest.share, 6)
            given.append(whole.model_copy(update={"rest": _easier(whole.rest, up)}))
        if self._act("change targets", who, [f"target:{each}_q4" for each in moved], lambda key, me: aim.save(
            self.snapshot, given, aim.Change(me, "It was too much.", token=key), self.now
        )):  # fmt: skip
            self._decided(who, *(f"target:{each.id}" for each in given))

    @rule(data=st.data(), at=numbers)
    def write_a_new_version(self, data: st.DataObject, at: int) -> None:
        """A plan gets another version, with other people and other figures."""
        plan = self._plan(at)
        versions = self.office.plans[plan]
        version = _drawn_version(data, self.names, sorted(self.office.scopes()))
        if len(versions) > 3 or not (versions[-1].active or len(versions[-1].approvers) == 1):
            return
        plans.import_plan(self.snapshot, plan_text(plan, len(versions) + 1, version, self.office), self.now)
        versions.append(version)
        self.states[plan] = "draft"
        DONE["steps"] += 1
        DONE["the company changed"] += 1

    @precondition(lambda self: self.run_of)
    @rule(at=numbers, by=numbers, whose=numbers, grant=st.booleans())
    def contest_a_line(self, at: int, by: int, whose: int, grant: bool) -> None:
        """Somebody contests a line of theirs, and somebody decides."""
        run, plan = self._run(at)
        who, paid = self._who(by), sorted(self.office.runs[run])
        person = paid[whose % len(paid)]
        waits = next((each for each in disputes.every(self.where, self.where.today)
                      if each.dispute.run == run and each.decision is None), None)  # fmt: skip
        if waits is None:
            try:
                disputes.open_(self.snapshot, run, person, "c0", "It is wrong.", person, self.now, token())
            except Problems:
                return  # no line of theirs
            waits = disputes.every(self.where, self.where.today)[-1]
        row = waits.dispute
        things = [f"run:{run}", f"person:{row.person}", self.office.read_for(plan, row.person, 0)]
        amount = 100 if grant else 0
        if self._act("decide a dispute", who, things, lambda key, me: disputes.decide(
            self.snapshot, row.entry, grant, "So it is.", me, self.now, key, amount
        )):  # fmt: skip
            self._decided(who, f"run:{run}")

    @precondition(lambda self: self.run_of)
    @rule(at=numbers, by=numbers, whose=numbers, accept=st.booleans())
    def claim_back(self, at: int, by: int, whose: int, accept: bool) -> None:
        """Propose a clawback of a closed run, or decide the one that waits."""
        run, _plan = self._run(at)
        if payruns.looked(self.where, run).state != "closed":
            return
        who, paid, snapshot, now = self._who(by), sorted(self.office.runs[run]), self.snapshot, self.now
        waits = [each.claim for each in clawbacks.every(self.where, run) if each.decision is None]
        person = waits[0].person if waits else paid[whose % len(paid)]
        things = [f"run:{run}", f"person:{person}"]
        if waits:
            done = self._act("decide a clawback", who, things, lambda key, me: clawbacks.decide(
                snapshot, waits[0].entry, accept, "So it says.", me, now, key
            ))  # fmt: skip
        else:
            done = self._act("propose a clawback", who, things, lambda key, me: clawbacks.propose(
                snapshot, run, person, "leaving", self.where.today, "Left.", me, now, key, 100
            ))  # fmt: skip
        if done:
            self._decided(who, f"run:{run}")

    def _plan(self, at: int) -> str:
        return sorted(self.office.plans)[at % len(self.office.plans)]

    def _run(self, at: int) -> tuple[str, str]:
        plan = sorted(self.run_of)[at % len(self.run_of)]
        return self.run_of[plan], plan

    def _name(self, who: str) -> str:
        """One of the names somebody goes by: key, employee number, or address."""
        return (who, f"E{who}", f"{who}@example.org")[self.turn % 3] if who in self.names else who

    def _who(self, at: int) -> str:
        """Somebody of the company, or half the time somebody outside."""
        at = (at + self.turn) % 16
        return OUTSIDE[at % len(OUTSIDE)] if at < 8 else self.names[at % len(self.names)]


def _conflict(problem: Problem, names: Sequence[str]) -> bool:
    """Whether a problem says that one of them has a conflict of interest."""
    mine = problem.where.endswith(tuple(f", by {each}" for each in names)) or problem.actual in names
    return problem.expected in CONFLICTS and mine


def _easier(values: Any, less: Decimal) -> Any:
    """Threshold, target and stretch, each lower by so much."""
    names = ("threshold", "target", "stretch")
    return values.model_copy(update={each: getattr(values, each) - less for each in names})
