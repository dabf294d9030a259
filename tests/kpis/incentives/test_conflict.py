"""Conflict of interest is computed: directly, through targets, and through chains of deciders."""

from kpis.incentives.conflict import Decided, Interests, Moves, conflict, four_eyes
from kpis.incentives.plan import parse
from kpis.incentives.plan_graph import Payee, Paying, graph, ties
from kpis.organisation import Department, Organisation
from kpis.targets import Target
from tests.kpis.small import PLAN

TREE = Organisation(
    (Department("all", "All"), Department("north", "North", "all"), Department("south", "South", "all"))
)


def target(name: str, scope: str, parent: str | None = None) -> Target:
    share = {"parent": parent, "share": "0.5"} if parent else {}
    values = {"threshold": "60", "target": "70", "stretch": "80"}
    return Target.model_validate({"id": name, "kpi": "fcr", "scope": scope, "period": "2026-Q3", **values, **share})


TARGETS = {
    each.id: each
    for each in (
        target("whole", "company"),
        target("north", "department:north", "whole"),
        target("south", "department:south", "whole"),
        target("both", "joint:north+south"),
    )
}
MOVES = graph([Paying(parse(PLAN), [Payee("anna", ("north",)), Payee("bob", ("south",))])], TARGETS, {}, TREE)


def paid(**people: str) -> dict[str, tuple[Moves, ...]]:
    """Plans by who is paid by them."""
    return {
        f"plan:{plan}": tuple(Moves(f"person:{each}", f"{plan} pays {each}") for each in who)
        for plan, who in people.items()
    }


def test_somebody_paid_by_a_plan_may_not_approve_it_and_reads_the_path() -> None:
    found = conflict(Interests(MOVES), "anna", "approve", ["plan:service"])
    assert found is not None
    assert str(found) == "You are paid by it: plan service pays you."
    assert conflict(Interests(MOVES), "carol", "approve", ["plan:service"]) is None


def test_a_target_of_the_next_department_moves_ones_own_through_the_parent() -> None:
    found = conflict(Interests(MOVES), "anna", "change", ["target:south"])
    assert found is not None
    assert "target whole is the parent of south" in str(found)
    assert "through target" in str(found)


def test_a_joint_target_is_moved_by_the_targets_of_its_members() -> None:
    tied = {(one, other) for one, other, _ in ties(TARGETS, TREE)}
    assert {("north", "both"), ("both", "north"), ("south", "both")} <= tied
    assert ("north", "south") not in tied


def test_two_who_decide_each_others_pay_may_not_also_through_a_third() -> None:
    moves = paid(one="a", two="b", three="c")
    direct = Interests(moves, (Decided("b", "approved", "plan:one"),))
    assert "b approved plan:one, which pays you" in str(conflict(direct, "a", "approve", ["plan:two"]))
    chain = Interests(moves, (Decided("b", "approved", "plan:three"), Decided("c", "closed", "plan:one")))
    assert conflict(chain, "a", "approve", ["plan:two"]) is not None
    assert conflict(Interests(moves, chain.decided[:1]), "a", "approve", ["plan:two"]) is None


def test_deciders_who_go_round_without_the_actor_are_no_conflict_and_end() -> None:
    moves = paid(one="a", two="b", three="c")
    round_ = Interests(moves, (Decided("b", "approved", "plan:three"), Decided("c", "approved", "plan:two")))
    assert conflict(round_, "a", "approve", ["plan:two"]) is None


def test_steps_that_four_eyes_share_are_two_peoples() -> None:
    before = [("calculated", "hr"), ("checked", "hr"), ("approved", "board")]
    assert four_eyes("approved", "hr", before[:2]) == "calculated"
    assert four_eyes("closed", "board", before) == "approved"
    assert four_eyes("closed", "hr", before) == ""
    assert four_eyes("closed", "audit", [*before, ("released", "audit")]) == "released"
