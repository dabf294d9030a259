"""The thread itself: promise → KPI → target → pay, walked in both directions, with what hangs on every part of it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

LEVELS = ("promise", "kpi", "target", "pay")
LEAST = 10  # people below whom an amount would tell what somebody earns
Nodes = tuple[str | None, str | None, str | None, str | None]
Some = tuple[str | None, ...]


@dataclass(frozen=True)
class Path:
    """One thread, or what there is of one; None where it ends.

    Nodes are `promise:…`, `kpi:…`, `target:…` and `pay:plan.component`. `parts`: (department, person) → pay at target in
    minor units that runs along it. `ready`: the KPI may be paid on, so that the pay is traced and not only labelled.
    `hidden`: parts of too few people were left out.
    """

    promise: str | None
    kpi: str | None
    target: str | None
    pay: str | None
    joint: bool = False
    ready: bool = False
    parts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    hidden: bool = False

    @property
    def nodes(self) -> Nodes:
        """The four nodes in order, from promise to pay."""
        return self.promise, self.kpi, self.target, self.pay

    @property
    def amount(self) -> int:
        """Pay at target along the whole path, in minor units."""
        return sum(self.parts.values())

    @property
    def departments(self) -> dict[str, int]:
        """Department → its part of the amount."""
        found: dict[str, int] = defaultdict(int)
        for (department, _), amount in self.parts.items():
            found[department] += amount
        return dict(found)


@dataclass(frozen=True)
class Broken:
    """Where the thread is broken: promises nobody is paid for, pay that serves no promise, targets that hold nobody's pay."""

    promises_without_kpi: tuple[str, ...]
    promises_without_pay: tuple[str, ...]
    pay_without_promise: tuple[str, ...]
    targets_without_pay: tuple[str, ...]


def through(paths: Iterable[Path], node: str) -> list[Path]:
    """The paths that run through a node."""
    return [each for each in paths if node in each.nodes]


def upwards(paths: Iterable[Path], node: str) -> list[str]:
    """What a node serves: everything above it, nearest first, each once."""
    return _beside(paths, node, lambda nodes, at: nodes[:at][::-1])


def downwards(paths: Iterable[Path], node: str) -> list[str]:
    """What hangs below a node, nearest first, each once."""
    return _beside(paths, node, lambda nodes, at: nodes[at + 1 :])


def _beside(paths: Iterable[Path], node: str, part: Callable[[Some, int], Some]) -> list[str]:
    found: dict[str, int] = {}
    for each in through(paths, node):
        for distance, other in enumerate(part(each.nodes, each.nodes.index(node))):
            if other:
                found[other] = min(distance, found.get(other, distance))
    return sorted(found, key=lambda name: (found[name], name))


def amounts(paths: Iterable[Path]) -> dict[str, int]:
    """Pay at target of open periods that runs through every node, in minor units."""
    found: dict[str, int] = defaultdict(int)
    for each in paths:
        for node in each.nodes:
            if node:
                found[node] += each.amount
    return dict(found)


def people(paths: Iterable[Path]) -> frozenset[str]:
    """Everyone whose pay runs along these paths."""
    return frozenset(person for each in paths for _, person in each.parts)


def traced(paths: Sequence[Path]) -> tuple[int, int, int]:
    """(traced, labelled only, all) pay in minor units: traced runs from a promise through a KPI that is ready."""
    paid = [each for each in paths if each.pay]
    labelled = sum(each.amount for each in paid if each.promise and each.kpi)
    sure = sum(each.amount for each in paid if each.promise and each.kpi and each.ready)
    return sure, labelled - sure, sum(each.amount for each in paid)


def joint(paths: Iterable[Path]) -> int:
    """Pay in minor units that rests on a joint target."""
    return sum(each.amount for each in paths if each.pay and each.joint)


def by_department(paths: Iterable[Path]) -> dict[str, dict[str | None, int]]:
    """Department → promise (None: serves no promise) → pay at target in minor units."""
    found: dict[str, dict[str | None, int]] = defaultdict(lambda: defaultdict(int))
    for each in paths:
        for department, amount in each.departments.items():
            found[department][each.promise] += amount
    return {department: dict(shares) for department, shares in found.items()}


def restricted(paths: Iterable[Path], keep: Callable[[str, str], bool]) -> list[Path]:
    """The paths with the parts of which `keep(department, person)` holds; one that pays none of them is not among them."""
    cut = [replace(each, parts={key: amount for key, amount in each.parts.items() if keep(*key)}) for each in paths]
    return [each for each in cut if each.parts or not each.pay]


def renamed(paths: Iterable[Path], name: Callable[[str], str]) -> list[Path]:
    """The paths under other names for their nodes; those that then are the same path are one."""
    found: dict[Nodes, list[Path]] = defaultdict(list)
    for each in paths:
        promise, kpi, target, pay = (node and name(node) for node in each.nodes)
        found[promise, kpi, target, pay].append(each)
    return [_one(nodes, same) for nodes, same in found.items()]


def _one(nodes: Nodes, same: Sequence[Path]) -> Path:
    parts: dict[tuple[str, str], int] = defaultdict(int)
    for each in same:
        for key, amount in each.parts.items():
            parts[key] += amount
    flags = any(each.joint for each in same), all(each.ready for each in same)
    return Path(*nodes, *flags, dict(parts), any(each.hidden for each in same))


def crowds(paths: Iterable[Path], least: int = LEAST, but: str | None = None) -> frozenset[str]:
    """Departments whose pay may be shown: those of at least so many people, not counting the one who looks (`but`).

    Where the others together are fewer than that, the smallest is left out too: what is shown and the whole would tell.
    """
    held: dict[str, set[str]] = defaultdict(set)
    for each in paths:
        for department, person in each.parts:
            held[department] |= {person} - {but}
    order = sorted(held, key=lambda name: (len(held[name]), name))
    hidden = [name for name in order if len(held[name]) < least]
    while hidden and len(hidden) < len(order) and len(set().union(*(held[name] for name in hidden))) < least:
        hidden.append(order[len(hidden)])
    return frozenset(order) - set(hidden)


def protected(paths: Iterable[Path], least: int = LEAST, but: str | None = None) -> list[Path]:
    """The paths without the parts that fewer than `least` people share: not in any sum, so that no sum tells them.

    The one who looks (`but`) is not counted, and may see what is theirs alone.
    """
    return [replace(each, parts={}, hidden=True) if 0 < len(people([each]) - {but}) < least else each for each in paths]


def crowded(paths: Iterable[Path], least: int = LEAST, but: str | None = None) -> list[Path]:
    """The paths with the parts of those departments in which enough people share each of them."""
    shown = [(each, crowds([each], least, but)) for each in paths]
    return [
        replace(each, parts={key: amount for key, amount in each.parts.items() if key[0] in departments})
        for each, departments in shown
    ]


def broken(paths: Sequence[Path], promises: Iterable[str]) -> Broken:
    """Every break of the thread."""
    known = [f"promise:{name}" for name in promises]
    measured = {each.promise for each in paths if each.kpi}
    paid = {each.promise for each in paths if each.pay}
    serves = {each.pay for each in paths if each.pay and each.promise}
    held = {each.target for each in paths if each.target and each.pay}
    return Broken(
        tuple(name for name in known if name not in measured),
        tuple(name for name in known if name in measured and name not in paid),
        tuple(sorted({each.pay for each in paths if each.pay} - serves)),
        tuple(sorted({each.target for each in paths if each.target} - held)),
    )
