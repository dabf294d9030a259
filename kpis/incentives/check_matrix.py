"""What a matrix must satisfy: two figures, edges in order, a cell for each row and column."""

from collections.abc import Iterator
from itertools import pairwise

from data_contracts.problems import Problem
from kpis.exact import shown
from kpis.incentives.plan import Component, Source
from kpis.incentives.shapes import Curve, Edges


def matrix_problems(given: Curve, source: Source, place: str) -> list[Problem]:
    """The problems of a matrix itself; those of its first axis are every curve's."""
    return list(_matrix(given, source, place))


def _matrix(given: Curve, source: Source, place: str) -> Iterator[Problem]:
    if not isinstance(source, Component) or source.second is None or source.score:
        step = "Name it as `second` of the component."
        yield Problem(place, "a component with a second figure and no score", "one figure", step)
    if given.points or given.tiers:
        yield Problem(place, "rows, columns and cells for a matrix", "points or tiers", "Keep the cells.")
    yield from _edges(given.rows, f"{place}.rows")
    yield from _edges(given.columns, f"{place}.columns")
    if len(given.cells) != len(given.rows) or any(len(row) != len(given.columns) for row in given.cells):
        expected = f"{len(given.rows)} rows of {len(given.columns)} cells"
        told = " + ".join(str(len(row)) for row in given.cells) or "none"
        yield Problem(f"{place}.cells", expected, told, "Write a cell for each row and column.")
    for at, row in enumerate(given.cells):
        for beside, value in enumerate(row):
            if value < 0:
                yield Problem(f"{place}.cells[{at}][{beside}]", "pay of 0 or more", shown(value), "Mend it.")
    if given.below_first == "continue" or given.above_last not in ("flat", "refuse"):
        told = f"{given.below_first}, {given.above_last}"
        yield Problem(place, "below_first a number, flat or refuse; above_last flat or refuse", told, "Mend it.")
    if given.basis != "period_total":
        yield Problem(f"{place}.basis", "period_total", given.basis, "Take it out.")
    if "scored" in (given.axis, given.across.axis if given.across else ""):
        yield Problem(f"{place}.axis", "position, figure, percent_of_target or change", "scored", "Mend it.")


def _edges(edges: Edges, place: str) -> Iterator[Problem]:
    if not edges:
        yield Problem(place, "one edge or more", "none", "Write where each begins.")
    for at, (low, high) in enumerate(pairwise(edges)):
        if high.at <= low.at:
            yield Problem(f"{place}[{at + 1}]", f"an edge above {shown(low.at)}", shown(high.at), "Put them in order.")
