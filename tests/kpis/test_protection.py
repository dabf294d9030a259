"""Nobody works out a group that is not shown: not from its siblings and the whole, not from whatever n is told."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kpis.protection import crossed, joined, withheld

LEAST = 10
Tree = list["Tree"] | int
TREES = st.recursive(st.integers(0, 40), lambda below: st.lists(below, min_size=1, max_size=5), max_leaves=16)


def hidden(n: list[int], rest: int = 0, beneath: bool = False, least: int = LEAST) -> list[bool]:
    line = np.zeros(len(n), dtype=np.int64)
    told = withheld(line, np.array(n, float), least, np.array([rest], float), np.array([beneath]))
    return [bool(each) for each in told]


def test_one_small_group_hides_the_next_smallest_too() -> None:
    assert hidden([7, 40, 12, 90]) == [True, False, True, False]


def test_two_small_groups_are_enough_where_they_hold_enough_answers_together() -> None:
    assert hidden([7, 40, 3, 90]) == [True, False, True, False]


def test_small_groups_that_hold_too_few_together_hide_one_more() -> None:
    assert hidden([2, 40, 3, 90]) == [True, True, True, False]


def test_nothing_is_hidden_where_every_group_may_be_shown() -> None:
    assert not any(hidden([10, 40, 12, 0]))


def test_what_belongs_to_the_whole_alone_covers_a_small_group_and_is_covered_itself() -> None:
    assert hidden([7, 40, 90], rest=5) == [True, False, False]
    assert hidden([70, 40, 90], rest=5) == [False, True, False]
    assert hidden([7, 40, 90], rest=1) == [True, True, False]
    assert not any(hidden([70, 40, 90], rest=50))


def test_of_a_whole_that_is_not_shown_not_every_part_is() -> None:
    assert hidden([70, 40, 90], beneath=True) == [False, True, False]


def test_wholes_side_by_side_are_looked_at_each_by_itself() -> None:
    line, n = np.array([0, 1, 0, 1, 0, 1]), np.array([7.0, 20, 30, 40, 12, 15])
    assert withheld(line, n, LEAST).tolist() == [True, False, False, False, True, False]


@given(st.lists(st.integers(0, 60), min_size=1, max_size=9), st.integers(0, 30))
def test_no_hidden_group_is_worked_out_from_what_is_shown_of_its_level_and_the_whole(n: list[int], rest: int) -> None:
    told = hidden(n, rest)
    gone = [size for size, each in zip(n, told, strict=True) if each]
    assert all(each for size, each in zip(n, told, strict=True) if 0 < size < LEAST)
    if sum(n) + rest < LEAST or not gone:
        assert gone or not 0 < rest < LEAST or not sum(n)
        return  # the whole is not shown either, or there is nothing to work out
    left = sum(gone) + rest
    assert left >= LEAST
    assert len(gone) + (rest > 0) > 1
    assert _solutions(left, len(gone) + (rest > 0)) > 1


def _solutions(total: int, parts: int) -> int:
    """In how many ways so many parts of at least one answer can make up the total, as far as two."""
    return 1 if parts == 1 or total == parts else 2


@given(TREES)
def test_in_a_tree_no_hidden_department_follows_from_all_that_is_shown_at_every_level(tree: Tree) -> None:
    sizes, above = _flat(tree)
    shown = _shown(sizes, above)
    if not shown[0]:
        return  # not even the company may be shown
    rows = [_row(each, sizes, above) for each in range(len(sizes))]  # what a figure of it adds up, by leaf
    known = [row for row, told in zip(rows, shown, strict=True) if told]
    for row, told in zip(rows, shown, strict=True):
        assert told or not row.any() or _rank([*known, row]) > _rank(known)


@given(TREES)
def test_what_is_shown_in_one_with_small_ones_follows_from_what_is_shown_anyway(tree: Tree) -> None:
    sizes, above = _flat(tree)
    shown = _shown(sizes, above)
    known = [_row(each, sizes, above) for each, told in enumerate(shown) if told]
    for at in range(len(sizes)):
        below = [each for each, up in enumerate(above) if up == at]
        gone = np.array([not shown[each] for each in below], dtype=bool)
        line, n = np.zeros(len(below), dtype=np.int64), np.array([sizes[each] for each in below], float)
        whole = joined(line, n, LEAST, gone, np.zeros(1), np.array([not shown[at]]))
        assert whole.sum() <= 1
        if whole.any():
            both = sum(_row(each, sizes, above) for each, hid in zip(below, gone, strict=True) if hid)
            assert _rank([*known, both]) == _rank(known)


def test_a_large_group_is_shown_in_one_with_a_small_one_and_another_is_hidden() -> None:
    line = np.zeros(3, dtype=np.int64)

    def one(*n: int, rest: int = 0, beneath: bool = False) -> list[bool]:
        sizes = np.array(n, float)
        told = withheld(line, sizes, LEAST, np.array([rest], float), np.array([beneath]))
        return joined(line, sizes, LEAST, told, np.array([rest], float), np.array([beneath])).tolist()

    assert one(3, 400, 500) == [False, True, False]
    assert one(3, 20, 500) == [False, False, False]  # they would not be alike
    assert one(4, 8, 500) == [False, False, False]  # there is enough to hide among the small ones
    assert one(3, 400, 500, rest=1) == [False, False, False]  # the rest would be told
    assert one(3, 400, 500, beneath=True) == [False, False, False]


def _flat(tree: Tree, above: int = -1, at: int = 0) -> tuple[list[int], list[int]]:
    """Answers and parent of every department, parents first."""
    if isinstance(tree, int):
        return [tree], [above]
    sizes, parents = [0], [above]
    for each in tree:
        more, up = _flat(each, at, at + len(sizes))
        sizes, parents = sizes + more, parents + up
    sizes[0] = sum(size for size, up in zip(sizes[1:], parents[1:], strict=True) if up == at)
    return sizes, parents


def _shown(sizes: list[int], above: list[int]) -> list[bool]:
    told = [size == 0 or size >= LEAST for size in sizes]
    for at in range(len(sizes)):
        below = [each for each, up in enumerate(above) if up == at]
        flags = hidden([sizes[each] for each in below], beneath=not told[at]) if below else []
        for each, gone in zip(below, flags, strict=True):
            told[each] = not gone
    return told


def _row(at: int, sizes: list[int], above: list[int]) -> np.ndarray:
    """Which leaves with answers a department adds up."""
    row = np.zeros(len(sizes))
    for leaf in set(range(len(sizes))) - set(above):
        up = leaf
        while up not in (-1, at):
            up = above[up]
        row[leaf] = up == at and sizes[leaf] > 0
    return row


def _rank(rows: list[np.ndarray]) -> int:
    return int(np.linalg.matrix_rank(np.array(rows))) if rows else 0


@given(st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=2, max_size=4))
def test_in_a_table_no_line_leaves_one_hidden_cell_that_its_sum_would_tell(table: list[list[int]]) -> None:
    n = np.array(table, dtype=float)
    row, column = np.indices(n.shape).reshape(2, -1)
    gone = crossed([row, column], n.ravel(), LEAST).reshape(n.shape)
    for cells, told in [*zip(n, gone, strict=True), *zip(n.T, gone.T, strict=True)]:
        alone = told.sum() == 1 or (told.any() and cells[told].sum() < LEAST)
        assert (
            not alone or (told | (cells == 0)).all()
        )  # all of the line is hidden: its sum is too small, or one cell's
