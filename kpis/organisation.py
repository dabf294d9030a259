"""The department tree. Roll-ups follow identity, never a prefix of a name."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from data_contracts.problems import Problem, raise_if


@dataclass(frozen=True)
class Department:
    """One department: its identity, its name, its parent (None for the root) and the surrogate of its head."""

    id: str
    name: str
    parent: str | None = None
    head: str | None = None
    function: str | None = None


@dataclass(frozen=True)
class Organisation:
    """The tree of departments of one snapshot."""

    departments: tuple[Department, ...]

    @cached_property
    def by_id(self) -> dict[str, Department]:
        """Departments by identity."""
        return {department.id: department for department in self.departments}

    def ancestors(self, department: str) -> tuple[str, ...]:
        """The department itself and everything above it, nearest first."""
        found, at = [], self.by_id.get(department)
        while at:
            found.append(at.id)
            at = self.by_id.get(at.parent) if at.parent else None
        return tuple(found)

    def descendants(self, department: str) -> frozenset[str]:
        """The department itself and everything below it."""
        return frozenset(each.id for each in self.departments if department in self.ancestors(each.id))

    def children(self, department: str) -> tuple[Department, ...]:
        """The departments directly below."""
        return tuple(each for each in self.departments if each.parent == department)

    def name(self, department: str) -> str:
        """The name people use, or the identity where the department is unknown."""
        found = self.by_id.get(department)
        return found.name if found else department


def organisation(departments: Iterable[Department]) -> Organisation:
    """The checked tree; raises Problems for unknown parents, self-parents, cycles and more than one root."""
    tree = Organisation(tuple(departments))
    raise_if([*_unknown_parents(tree), *_cycles(tree), *_roots(tree)])
    return tree


def _unknown_parents(tree: Organisation) -> list[Problem]:
    return [
        Problem(
            f"departments, {each.id}",
            "a parent that is a department",
            repr(each.parent),
            "Deliver the parent, or mend its name.",
        )
        for each in tree.departments
        if each.parent and each.parent not in tree.by_id
    ]


def _cycles(tree: Organisation) -> list[Problem]:
    problems = []
    for each in tree.departments:
        seen, at = {each.id}, each.parent
        while at and at not in seen:
            seen.add(at)
            at = tree.by_id[at].parent if at in tree.by_id else None
        if at == each.id:
            problems.append(
                Problem(f"departments, {each.id}", "no cycle", "a department above itself", "Give it another parent.")
            )
    return problems


def _roots(tree: Organisation) -> list[Problem]:
    roots = [each.id for each in tree.departments if not each.parent]
    if len(roots) <= 1:
        return []
    return [Problem("departments", "one root", ", ".join(roots), "Give all but one a parent.")]
