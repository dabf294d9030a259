import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.problems import Problems
from kpis.organisation import Department, Organisation, organisation

TREE = organisation([
    Department("all", "Everyone"), Department("north", "North", "all"), Department("northeast", "North-east", "all"),
    Department("north.coast", "Coast", "north"), Department("north-service", "Service", "northeast"),
])  # fmt: skip


@st.composite
def trees(draw: st.DrawFn) -> Organisation:
    """A tree of up to twenty departments, in any order."""
    size = draw(st.integers(1, 20))
    parents = [None, *(f"d{draw(st.integers(0, at - 1))}" for at in range(1, size))]
    return organisation(
        draw(st.permutations([Department(f"d{at}", f"D{at}", above) for at, above in enumerate(parents)]))
    )


def refused(*departments: Department) -> list[tuple[str, str]]:
    with pytest.raises(Problems) as found:
        organisation(departments)
    return [(each.where, each.expected) for each in found.value.problems]


def test_roll_ups_follow_identity_and_never_the_beginning_of_a_name() -> None:
    assert TREE.descendants("north") == {"north", "north.coast"}
    assert TREE.descendants("northeast") == {"northeast", "north-service"}
    assert TREE.ancestors("north-service") == ("north-service", "northeast", "all")


def test_the_root_holds_everyone_and_a_leaf_itself() -> None:
    assert TREE.descendants("all") == set(TREE.by_id)
    assert TREE.descendants("north.coast") == {"north.coast"}
    assert [each.id for each in TREE.children("all")] == ["north", "northeast"]


def test_an_unknown_department_has_nobody_above_or_below_and_keeps_its_identity_as_name() -> None:
    assert TREE.ancestors("south") == ()
    assert TREE.descendants("south") == frozenset()
    assert (TREE.name("south"), TREE.name("north")) == ("south", "North")


@given(tree=trees())
def test_below_and_above_are_the_same_relation(tree: Organisation) -> None:
    for one in tree.by_id:
        assert {other for other in tree.by_id if one in tree.ancestors(other)} == tree.descendants(one)
        parts = [tree.descendants(child.id) for child in tree.children(one)]
        assert sum(map(len, parts)) + 1 == len(tree.descendants(one))


def test_a_cycle_is_told_for_every_department_in_it_and_for_no_other() -> None:
    told = refused(
        Department("root", "R"), Department("a", "A", "c"), Department("b", "B", "a"), Department("c", "C", "b"), Department("d", "D", "a")
    )  # fmt: skip
    assert told == [(f"departments, {name}", "no cycle") for name in "abc"]


def test_a_department_is_not_its_own_parent() -> None:
    assert ("departments, a", "no cycle") in refused(Department("root", "R"), Department("a", "A", "a"))


def test_there_is_one_root_and_every_parent_is_known() -> None:
    told = refused(Department("a", "A"), Department("b", "B"), Department("c", "C", "x"))
    assert told == [("departments, c", "a parent that is a department"), ("departments", "one root")]


def test_no_departments_are_an_organisation_too() -> None:
    assert organisation([]).departments == ()
