"""Random people, roles, plans and joint targets: in no order of steps does anybody decide their own pay.

A share of the steps goes through the workflows on a real SQLite (tests/prove/workflows.py). In the others a Hypothesis
state machine asks the rule for every step and holds each answer against an oracle that knows nothing of it:
the transitive closure (Warshall) of a matrix of who is paid by what, built from the drawn company itself.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from kpis.incentives.conflict import Decided, Interests, conflict, four_eyes
from kpis.incentives.plan import Plan
from kpis.incentives.plan_graph import Payee, Paying, graph
from kpis.organisation import Department, Organisation
from kpis.targets import Target
from tests.prove import workflows
from tests.prove.run import Progress, Proved

STEPS, ACTED, SHARES, LONG = 100_000, 20_000, 4, 50
DEPARTMENTS = ("d0", "d1", "d2", "d3")
TREE = Organisation((Department("all", "All"), *(Department(each, each, "all") for each in DEPARTMENTS)))
VERBS = ("calculated", "checked", "approved", "closed")
COUNT = {"steps": 0, "taken": 0, "refused": 0, "four eyes": 0}
numbers = st.integers(0, 7)


class Company(RuleBasedStateMachine):
    """A company that decides about its pay."""

    @initialize(data=st.data(), people=st.integers(3, 8), plans=st.integers(2, 4))
    def begin(self, data: st.DataObject, people: int, plans: int) -> None:
        """Draw who is paid by which plan, which target each plan reads, and how the targets hang together."""
        self.people = [f"p{at}" for at in range(people)]
        self.home = {person: data.draw(st.sampled_from(DEPARTMENTS)) for person in self.people}
        self.paid = {at: set(data.draw(st.lists(st.sampled_from(self.people), max_size=3))) for at in range(plans)}
        self.members = sorted(data.draw(st.sets(st.sampled_from(DEPARTMENTS), min_size=2, max_size=3)))
        children = data.draw(st.sets(st.sampled_from(DEPARTMENTS), max_size=3))
        self.targets = {"whole": ("company", ""), "joint": (f"joint:{'+'.join(self.members)}", "")}
        self.targets |= {
            f"t_{each}": (f"department:{each}", "whole" if each in children else "") for each in DEPARTMENTS
        }
        self.reads = {at: data.draw(st.sampled_from(sorted(self.targets))) for at in range(plans)}
        self.decided: list[Decided] = []
        self.rounds: dict[int, list[tuple[str, str]]] = {at: [] for at in self.paid}
        self.moves = self._graph()

    def _graph(self):  # type: ignore[no-untyped-def]
        targets = {name: _target(name, *each) for name, each in self.targets.items()}
        paying = [
            Paying(_plan(at, self.reads[at]), [Payee(person, (self.home[person],)) for person in sorted(people)])
            for at, people in self.paid.items()
        ]
        return graph(paying, targets, {}, TREE)

    def _oracle(self, things: list[str]) -> set[str]:
        """Everybody whose pay the things reach, through targets and through whoever decided something."""
        nodes = [*self.people, *(f"plan{at}" for at in self.paid), *(f"target {name}" for name in self.targets)]
        place = {name: at for at, name in enumerate(nodes)}
        reach = np.eye(len(nodes), dtype=bool)
        for at, people in self.paid.items():
            for person in people:
                reach[place[f"plan{at}"], place[person]] = reach[place[f"target {self.reads[at]}"], place[person]] = (
                    True
                )
        for name, (scope, parent) in self.targets.items():
            others = [parent] if parent else []
            others += ["joint"] if scope.removeprefix("department:") in self.members else []
            for other in others:
                reach[place[f"target {name}"], place[f"target {other}"]] = True
                reach[place[f"target {other}"], place[f"target {name}"]] = True
        for each in self.decided:
            if each.by in place:
                reach[place[each.by], place[_node(each.thing)]] = True
        for middle in range(len(nodes)):
            reach |= np.outer(reach[:, middle], reach[middle])
        found = set()
        for each in things:
            found |= {nodes[at] for at in np.flatnonzero(reach[place[_node(each)]])}
        return found & set(self.people)

    def _ask(self, who: str, verb: str, things: list[str]) -> bool:
        """Ask the rule, hold its answer against the oracle, and keep what was decided."""
        COUNT["steps"] += 1
        refused = conflict(Interests(self.moves, tuple(self.decided)), who, verb, things)
        mine = who in self._oracle(things)
        assert (refused is not None) == mine, (who, verb, things, refused, self.paid, self.targets, self.decided)
        COUNT["refused" if refused else "taken"] += 1
        if refused is None:
            self.decided += [Decided(who, verb, each) for each in things]
        return refused is None

    @rule(who=numbers, plan=numbers)
    def approve_a_plan(self, who: int, plan: int) -> None:
        """Review, approve or activate."""
        self._ask(self._who(who), "approved", [f"plan:{plan % len(self.paid)}"])

    @rule(who=numbers, plan=numbers, verb=st.sampled_from(VERBS))
    def take_a_step_of_a_run(self, who: int, plan: int, verb: str) -> None:
        """Calculate, check, approve or close, with four eyes."""
        at, person = plan % len(self.paid), self._who(who)
        if four_eyes(verb, person, self.rounds[at]):
            COUNT["steps"] += 1
            COUNT["four eyes"] += 1
            return
        if self._ask(person, verb, [f"plan:{at}"]):
            self.rounds[at].append((verb, person))
            taken = {step: {by for each, by in self.rounds[at] if each == step} for step in VERBS}
            assert not taken["approved"] & (taken["calculated"] | taken["checked"] | taken["closed"])

    @rule(who=numbers, aim=numbers)
    def change_a_target(self, who: int, aim: int) -> None:
        """Change a target, or decide a dispute that rests on it."""
        names = sorted(self.targets)
        self._ask(self._who(who), "changed", [f"target:{names[aim % len(names)]}"])

    @rule(plan=numbers, who=numbers, aim=numbers)
    def the_company_changes(self, plan: int, who: int, aim: int) -> None:
        """Somebody joins or leaves a plan, and it reads another target: what was decided before is seen anew."""
        COUNT["steps"] += 1
        at, names = plan % len(self.paid), sorted(self.targets)
        self.paid[at] ^= {self.people[who % len(self.people)]}
        self.reads[at] = names[aim % len(names)]
        self.rounds[at].clear()
        self.moves = self._graph()

    @rule(keep=st.integers(0, 3))
    def a_year_passes(self, keep: int) -> None:
        """Old decisions do not make chains for ever."""
        COUNT["steps"] += 1
        self.decided = self.decided[-keep:] if keep else []

    def _who(self, at: int) -> str:
        """A person, or now and then somebody outside."""
        return "board@example.org" if at == 7 else self.people[at % len(self.people)]


def _node(thing: str) -> str:
    kind, _colon, name = thing.partition(":")
    return f"plan{name}" if kind == "plan" else f"target {name}"


def _target(name: str, scope: str, parent: str) -> Target:
    tie = {"parent": parent, "share": "0.2"} if parent else {}
    values = {"threshold": "1", "target": "2", "stretch": "3"}
    return Target.model_validate({"id": name, "kpi": "fcr", "scope": scope, "period": "2026-Q3", **values, **tie})


def _plan(at: int, target: str) -> Plan:
    curve = {"points": [[0, 0], [100, 100]]}
    return Plan.model_validate(
        {"id": str(at), "components": [{"id": "one", "weight": 100, "target": target, "curve": curve}]}
    )


def prove(scale: float, tell: Progress) -> Proved:
    """Take that share of 100,000 steps, 20,000 of them through the workflows, in several processes.

    A step that an oracle judges otherwise raises.
    """
    wanted, done, kinds = int(ACTED * scale), Counter[str](), Counter[tuple[str, str]]()
    shares = max(1, min(SHARES, wanted // 2_000))
    with ProcessPoolExecutor(shares + 1, mp_context=get_context("forkserver")) as pool, TemporaryDirectory() as folder:
        asked = pool.submit(_asked, int((STEPS - ACTED) * scale))
        for each in as_completed([pool.submit(_acted, f"{folder}/{at}", -(-wanted // shares)) for at in range(shares)]):
            done.update(each.result()[0])
            kinds.update(each.result()[1])
            tell(f"{done['steps']:,} steps through the workflows")
        counts = asked.result()
    rows = [{"through": "the rules", "what": name, "count": count} for name, count in counts.items()]
    rows += [{"through": "the workflows", "what": name, "count": count} for name, count in done.most_common()]
    return Proved(rows, True, _page(rows, kinds))


def _acted(folder: str, wanted: int) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """The steps through the workflows, in companies of that folder; how they ended, and each act by how it did."""
    workflows.Acting.root = Path(folder)
    workflows.Acting.root.mkdir()
    workflows.DONE.clear()
    workflows.KINDS.clear()
    _run(workflows.Acting, workflows.LONG, workflows.DONE, workflows.SEEN, wanted)
    return workflows.DONE, workflows.KINDS


def _asked(wanted: int) -> dict[str, int]:
    """The steps by the rules alone, and how they ended."""
    _run(Company, LONG, COUNT, ("taken", "refused"), wanted)
    return COUNT


def _run(
    machine: type[RuleBasedStateMachine], long: int, count: Mapping[str, int], seen: Collection[str], wanted: int
) -> None:
    """Run a machine until it took that many steps, and everything that must be seen was."""
    while count["steps"] < wanted or not all(count[each] for each in seen):
        examples = max(2, (wanted - count["steps"]) // long)
        run_state_machine_as_test(machine, settings=settings(
            max_examples=min(examples, 400 if machine is Company else 12), stateful_step_count=long, deadline=None,
            database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        ))  # fmt: skip
        print(f"approvals: {machine.__name__}: {count['steps']:,} of {wanted:,} steps", flush=True)


def _page(rows: list[dict[str, object]], kinds: Counter[tuple[str, str]]) -> str:
    lines = "\n".join(f"| {row['through']} | {row['what']} | {row['count']:,} |" for row in rows)
    acted = "\n".join(
        f"| {kind} | {' | '.join(f'{kinds[kind, each]:,}' for each in workflows.ENDS)} |"
        for kind in sorted({kind for kind, _ in kinds})
    )
    return f"""# Nobody decides their own pay

`python -m tests.prove.run approvals` draws companies with up to eight people, four departments, plans, a cascade and a joint
target, and lets random people decide about pay, in two ways.

- Through the rules: they approve plans, take the steps of runs, change targets and join plans. Every answer of
  `kpis/incentives/conflict.py` is held against the transitive closure of the drawn company, computed by other means.
- Through the workflows, {ACTED / STEPS:.0%} of the steps of a full run: each company is a workspace of its own with its records on
  SQLite, and people of random roles act in it by key, number or address. Each act that was taken, and each that was refused, is
  held against who is paid by what is decided, worked out from the drawing alone (`tests/prove/offices.py`).

Not drawn in the workflows: releases of data, definitions, consents, adjustments of single payouts, and years that pass.

| through | steps | count |
| --- | --- | --- |
{lines}

What was done through the workflows, and how it ended: taken, refused for a conflict of interest, or refused for something else
alone (a role, four eyes, the order of steps):

| act | taken | a conflict | something else |
| --- | --- | --- | --- |
{acted}

No step was taken by somebody whose pay it moved, directly, through targets, or through a chain of deciders; none was refused
as a conflict that moved nobody's own pay.
"""
